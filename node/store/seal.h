/*
 * seal.h - the node's own keys, and sealing with them. The one place (besides matching) that knows libsodium.
 *
 * Does:      seals content at rest (XChaCha20-Poly1305, random nonce), makes keyed hashes to find sealed items by
 *            (BLAKE2b, 16 bytes, domain-separated), and seals log records under a key per month and retention class.
 * Keys:      a folder outside the database, 0700, files 0600: `master.key` (32 random bytes, made by keyring_create)
 *            `controlepunten.key` and `getuige.key` (Ed25519 seeds, separate keys for separate jobs), and
 *            `log-YYYYMM-C.key` per month and class (made when first needed, synced before use). Destroying such a
 *            file ends the readable life of its records, at once: reading asks for the file each time. In memory:
 *            locked (sodium_malloc), wiped at close. The folder is no part of a data backup.
 * Ownership: keyring_open/keyring_close.
 * Thread:    sealing, opening and hashing from any thread; the class keys are behind a lock inside.
 * Faults:    FAULT_CONFIG naming the file: unreadable, wrong length, open to others. FAULT_INVALID for a month or
 *            class that cannot be. A sealed value that does not open is FAULT_STORE: wrong key or damaged.
 */
#ifndef KETENBRUG_STORE_SEAL_H
#define KETENBRUG_STORE_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/slice.h"

struct keyring;

enum { SEAL_OVERHEAD = 40 /* nonce 24, tag 16 */, SEAL_HASH_SIZE = 16, SEAL_SALT_SIZE = 16, SEAL_TAG_SIZE = 16 };

/* What a sealed value or a hash is for: keeps one use from being mistaken for another. */
enum seal_domain { SEAL_ITEM = 1, SEAL_LOOKUP = 2, SEAL_PSEUDONYM = 3, SEAL_RECORD_ID = 4 };

MUST_USE enum result keyring_create(const char *folder, struct error *err); /* FAULT_CONFLICT when it exists */
MUST_USE enum result keyring_open(const char *folder, struct keyring **out, struct error *err);
void keyring_close(struct keyring *keyring);

/* The nonce is random: its first bytes tell one sealing from another, of the same content too. */
enum { SEAL_VERSION_SIZE = 8 };

/* `bound` is authenticated, not stored: the place the value belongs to, so that it cannot be moved. */
void seal_value(const struct keyring *keyring, enum seal_domain domain, struct slice bound, struct slice plain,
                struct buf *out);
MUST_USE enum result seal_open(const struct keyring *keyring, enum seal_domain domain, struct slice bound,
                               struct slice sealed, struct buf *plain, struct error *err);
void seal_hash(const struct keyring *keyring, enum seal_domain domain, struct slice context, struct slice plain,
               uint8_t out[SEAL_HASH_SIZE]);

/* A key of its own for a use that needs one outside this room. */
enum { SEAL_KEY_SIZE = 32 };
void seal_derived_key(const struct keyring *keyring, enum seal_domain domain, uint8_t out[SEAL_KEY_SIZE]);
/* The seeds of what signs for the log. Made when the node is made, or when a node from before starts; `out` is the
 * caller's to wipe. */
enum seal_signer { SEAL_CHECKPOINTS, SEAL_COSIGNATURES, SEAL_SIGNER_COUNT };
MUST_USE enum result seal_signer_seed(const struct keyring *keyring, enum seal_signer signer,
                                      uint8_t out[SEAL_KEY_SIZE], struct error *err);

/* Log records: key of one record = BLAKE2b(class key, salt), so that a legal hold can keep a single record readable. */
struct seal_class {
    uint32_t month; /* YYYYMM */
    uint8_t class;  /* retention class, from the covenant: 0..9 */
};

/* Makes the class key when it is not there. */
MUST_USE enum result seal_class_ready(struct keyring *keyring, struct seal_class class, bool *created,
                                      struct error *err);
/* SHA-256 over a domain label and the class key: published in the log, it commits to the key without telling it. */
MUST_USE enum result seal_class_commitment(struct keyring *keyring, struct seal_class class, struct sha256 *out,
                                           struct error *err);
/* A key of its own for the search index of a month and class, derived from their key, so that both end together.
 * FAULT_NOT_FOUND when the class key was destroyed. `out` is the caller's to wipe. */
struct seal_index_key {
    struct seal_class class;
    uint8_t bytes[SEAL_KEY_SIZE];
};
MUST_USE enum result seal_index_key(struct keyring *keyring, struct seal_class class, struct seal_index_key *out,
                                    struct error *err);
void seal_index_hash(const struct seal_index_key *key, uint8_t what, struct slice value, uint8_t out[SEAL_HASH_SIZE]);

/* out has room for plain.len + SEAL_TAG_SIZE. The class must be ready. The salt is unique per record. */
MUST_USE enum result seal_record(struct keyring *keyring, struct seal_class class, const uint8_t salt[SEAL_SALT_SIZE],
                                 struct slice bound, struct slice plain, uint8_t *out, struct error *err);
/* FAULT_NOT_FOUND when the class key was destroyed; FAULT_STORE when the record does not open. */
MUST_USE enum result seal_record_open(struct keyring *keyring, struct seal_class class,
                                      const uint8_t salt[SEAL_SALT_SIZE], struct slice bound, struct slice sealed,
                                      uint8_t *plain, struct error *err);

#endif
