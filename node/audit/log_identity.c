#include "audit/log_identity.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/mem.h"

const char log_generation_name[] = "logboek-generatie";

enum { GENERATION_TEXT = 11 /* slash and ten digits */ };

static enum result open_key(const struct keyring *keyring, enum seal_signer signer, const char *name,
                            enum note_key_type type, struct note_key *out, struct error *err)
{
    uint8_t seed[SEAL_KEY_SIZE];
    TRY(seal_signer_seed(keyring, signer, seed, err));
    const enum result result = note_key_from_seed(name, type, seed, out, err);
    mem_wipe(seed, sizeof seed);
    return result;
}

static enum result open_parts(const struct keyring *keyring, struct log_identity *identity, struct error *err)
{
    char witness[NOTE_NAME_MAX + 1];
    uint8_t key[SEAL_KEY_SIZE];
    (void)snprintf(witness, sizeof witness, "%s/getuige", identity->origin);
    TRY(open_key(keyring, SEAL_CHECKPOINTS, identity->origin, NOTE_ED25519, &identity->checkpoints, err));
    TRY(open_key(keyring, SEAL_COSIGNATURES, witness, NOTE_COSIGNATURE, &identity->cosignatures, err));
    seal_derived_key(keyring, SEAL_RECORD_ID, key);
    const enum result result = block_cipher_new(key, &identity->ids, err);
    mem_wipe(key, sizeof key);
    return result;
}

enum result log_identity_open(const struct keyring *keyring, const char *origin, uint32_t generation,
                              struct log_identity *out, struct error *err)
{
    struct log_identity identity = {.generation = generation};
    const size_t len = strlen(origin);
    ENSURE(len != 0 && len <= NOTE_NAME_MAX - GENERATION_TEXT, err, FAULT_INVALID, "oorsprong",
           "de naam van een logboek heeft 1 tot en met %d bytes", (int)(NOTE_NAME_MAX - GENERATION_TEXT));
    memcpy(identity.origin, origin, len + 1);
    if (open_parts(keyring, &identity, err) != RESULT_OK) {
        log_identity_drop(&identity);
        return RESULT_FAILED;
    }
    *out = identity;
    return RESULT_OK;
}

void log_identity_drop(struct log_identity *identity)
{
    note_key_drop(&identity->checkpoints);
    note_key_drop(&identity->cosignatures);
    block_cipher_free(identity->ids);
    identity->ids = NULL;
}

struct log_key_text log_key_text(const struct note_key *key)
{
    struct log_key_text out = {""};
    struct buf text;
    buf_init(&text, NOTE_KEY_TEXT_MAX);
    note_key_write(key, &text);
    (void)slice_copy_text(buf_slice(&text), out.text, sizeof out.text);
    buf_free(&text);
    return out;
}

/* Eight zeros before the number: a name that does not decrypt to them is none of ours. */
bool log_identity_named(const struct log_identity *log, const char *origin, const char *key, const char *witness_key)
{
    return strcmp(origin, log->origin) == 0 && strcmp(key, log_key_text(&log->checkpoints).text) == 0 &&
           strcmp(witness_key, log_key_text(&log->cosignatures).text) == 0;
}

void log_record_id(const struct log_identity *identity, uint64_t sequence, struct ident *out)
{
    uint8_t block[BLOCK_SIZE] = {0};
    bytes_put_u64(block + 8, sequence);
    block_encrypt(identity->ids, block, out->bytes);
}

bool log_record_sequence(const struct log_identity *identity, const struct ident *id, uint64_t *out)
{
    uint8_t block[BLOCK_SIZE];
    block_decrypt(identity->ids, id->bytes, block);
    *out = bytes_get_u64(block + 8);
    return bytes_get_u64(block) == 0;
}

struct log_origin_text log_origin_text(const char *origin, uint32_t generation)
{
    struct log_origin_text out;
    if (generation == 0) {
        (void)snprintf(out.text, sizeof out.text, "%s", origin);
    } else {
        (void)snprintf(out.text, sizeof out.text, "%s/%" PRIu32, origin, generation);
    }
    return out;
}

bool log_origin_is(const char *name, const char *origin, uint32_t *generation)
{
    const size_t len = strlen(origin);
    uint64_t value = 0;
    if (strncmp(name, origin, len) != 0) {
        return false;
    }
    const char *at = name + len;
    if (*at != '\0' && (at[0] != '/' || at[1] < '1' || at[1] > '9')) {
        return false;
    }
    for (at += *at != '\0'; *at >= '0' && *at <= '9' && value <= UINT32_MAX; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *generation = (uint32_t)value;
    return *at == '\0' && value <= UINT32_MAX;
}
