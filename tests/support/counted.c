#include "support/counted.h"

#include <stddef.h>
#include <string.h>

#include <sodium.h>
#include <sqlite3.h>

#include "api/consult_wire.h"
#include "api/sharing.h"
#include "base/digest.h"
#include "base/mem.h"
#include "policy/decide.h"
#include "store/store.h"

static _Thread_local struct counts counts;

#define X(what, word) [what] = (word),
static const char *const words[COUNTED_COUNT] = {COUNTED_TABLE(X)};
#undef X

const char *counted_word(enum counted what)
{
    return words[what];
}

void counted_begin(void)
{
    memset(&counts, 0, sizeof counts);
}

void counted_add(enum counted what, uint64_t more)
{
    counts.of[what] += more;
}

struct counts counted_so_far(void)
{
    return counts;
}

/* COUNT(what, type, name, parameters, arguments): a function that counts its calls and makes them. */
/* clang-format off */
#define COUNT(what, type, name, parameters, arguments) \
    type __real_##name parameters; \
    type __wrap_##name parameters; \
    type __wrap_##name parameters \
    { \
        counts.of[what]++; \
        return __real_##name arguments; \
    }
#define COUNT_BYTES(what, bytes, len, type, name, parameters, arguments) \
    type __real_##name parameters; \
    type __wrap_##name parameters; \
    type __wrap_##name parameters \
    { \
        counts.of[what]++; \
        counts.of[bytes] += (len); \
        return __real_##name arguments; \
    }
#define COUNT_VOID(what, name, parameters, arguments) \
    void __real_##name parameters; \
    void __wrap_##name parameters; \
    void __wrap_##name parameters \
    { \
        counts.of[what]++; \
        __real_##name arguments; \
    }
/* clang-format on */

COUNT_VOID(COUNTED_STORE_READS, store_get,
           (struct store_door * door, enum store_kind kind, const struct ident *id, enum store_kind children,
            store_found_fn *found, void *ctx),
           (door, kind, id, children, found, ctx))
COUNT_VOID(COUNTED_STORE_READS, store_find,
           (struct store_door * door, enum store_kind kind, enum store_key key, struct slice plain,
            enum store_kind children, store_found_fn *found, void *ctx),
           (door, kind, key, plain, children, found, ctx))
COUNT_VOID(COUNTED_STORE_COMMITS, store_commit,
           (struct store_door * door, struct store_batch *batch, store_done *done, void *ctx), (door, batch, done, ctx))
COUNT_VOID(COUNTED_STORE_LEAVES, store_append,
           (struct store_batch * batch, const uint8_t *leaf, struct slice sealed_text, struct slice receipt,
            struct store_place *place),
           (batch, leaf, sealed_text, receipt, place))
COUNT(COUNTED_SQL_STEPS, int, sqlite3_step, (sqlite3_stmt * statement), (statement))
COUNT_BYTES(COUNTED_OPENED, COUNTED_OPENED_BYTES, clen, int, crypto_aead_xchacha20poly1305_ietf_decrypt,
            (unsigned char *m, unsigned long long *mlen, unsigned char *nsec, const unsigned char *c,
             unsigned long long clen, const unsigned char *ad, unsigned long long adlen, const unsigned char *npub,
             const unsigned char *k),
            (m, mlen, nsec, c, clen, ad, adlen, npub, k))
COUNT_BYTES(COUNTED_SEALED, COUNTED_SEALED_BYTES, mlen, int, crypto_aead_xchacha20poly1305_ietf_encrypt,
            (unsigned char *c, unsigned long long *clen, const unsigned char *m, unsigned long long mlen,
             const unsigned char *ad, unsigned long long adlen, const unsigned char *nsec, const unsigned char *npub,
             const unsigned char *k),
            (c, clen, m, mlen, ad, adlen, nsec, npub, k))
COUNT(COUNTED_KEYED_HASHES, int, crypto_generichash_final,
      (crypto_generichash_state * state, unsigned char *out, size_t outlen), (state, out, outlen))
COUNT(COUNTED_KEYED_HASHES, int, crypto_generichash_blake2b_salt_personal,
      (unsigned char *out, size_t outlen, const unsigned char *in, unsigned long long inlen, const unsigned char *key,
       size_t keylen, const unsigned char *salt, const unsigned char *personal),
      (out, outlen, in, inlen, key, keylen, salt, personal))
COUNT_VOID(COUNTED_SHA256, sha256_of, (struct slice bytes, struct sha256 *out), (bytes, out))
COUNT_VOID(COUNTED_SHA256, merkle_leaf_hash, (struct slice leaf, struct sha256 *out), (leaf, out))
COUNT(COUNTED_SIGNATURES, int, crypto_sign_ed25519_detached,
      (unsigned char *sig, unsigned long long *siglen, const unsigned char *m, unsigned long long mlen,
       const unsigned char *sk),
      (sig, siglen, m, mlen, sk))
COUNT(COUNTED_SIGNATURES_CHECKED, int, crypto_sign_ed25519_verify_detached,
      (const unsigned char *sig, const unsigned char *m, unsigned long long mlen, const unsigned char *pk),
      (sig, m, mlen, pk))
COUNT(COUNTED_KEYS_LOOKED_UP, bool, sharing_find,
      (const struct sharing *sharing, const struct match_scope *scope, const struct ask_key *key,
       struct ident *subject),
      (sharing, scope, key, subject))
COUNT(COUNTED_DECOYS, bool, sharing_decoy, (const struct sharing *sharing, uint64_t pick, struct ident *subject),
      (sharing, pick, subject))
COUNT_VOID(COUNTED_DECISIONS, policy_may_answer,
           (const struct covenant *covenant, const struct policy_request *request, const struct policy_subject *subject,
            const struct policy_record *record, struct policy_decision *out),
           (covenant, request, subject, record, out))
COUNT_VOID(COUNTED_DECISIONS, policy_may_meet,
           (const struct covenant *covenant, const struct party *giver, const struct party *receiver,
            const struct policy_subject *subject, const struct policy_record *record, const struct date *today,
            struct policy_meeting *out),
           (covenant, giver, receiver, subject, record, today, out))
COUNT_VOID(COUNTED_ENTRIES_WRITTEN, answer_entry,
           (struct json_writer * w, const struct involvement *involvement, const struct policy_decision *decision,
            const char *central_phone),
           (w, involvement, decision, central_phone))
COUNT(COUNTED_ALLOCATIONS, void *, mem_alloc, (size_t size), (size))
COUNT(COUNTED_ALLOCATIONS, void *, mem_zalloc, (size_t size), (size))
COUNT(COUNTED_ALLOCATIONS, void *, mem_array, (size_t count, size_t size), (count, size))
COUNT(COUNTED_ALLOCATIONS, void *, mem_realloc, (void *ptr, size_t size), (ptr, size))
