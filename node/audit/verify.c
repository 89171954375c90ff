#include "audit/verify.h"

#include <string.h>

const char *log_seal_word(enum log_seal seal)
{
    static const char *const words[] = {
        [LOG_SEAL_WHOLE] = "heel",
        [LOG_SEAL_DESTROYED] = "sleutel-vernietigd",
        [LOG_SEAL_DAMAGED] = "beschadigd",
        [LOG_SEAL_LOST] = "sleutel-ontbreekt",
    };
    return words[seal];
}

void log_verify_begin(struct log_verifier *verifier, const struct log_keys *keys)
{
    *verifier = (struct log_verifier){.keys = *keys, .first_wrong = -1, .first_lost = -1};
    merkle_init(&verifier->tree);
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
    uint8_t all = 0;
    for (size_t i = 0; i < len; i++) {
        all |= bytes[i];
    }
    return all == 0;
}

/* Records that answer what the other side signed for. */
static bool wants_receipt(const struct record *record)
{
    return record->operation == RECORD_ANSWERED ||
           (record->operation == RECORD_RECEIVED && !is_zero(record->attachment, LOG_RECEIPT_BYTES));
}

static const char *judge_receipt(struct log_verifier *v, const struct record *record, struct slice bytes)
{
    struct sha256 digest;
    struct receipt receipt;
    struct error err;
    const char *origin = NULL;
    if (bytes.len == 0) {
        return "mist het ontvangstbewijs van de andere kant";
    }
    sha256_of(bytes, &digest);
    if (memcmp(digest.bytes, record->attachment, SHA256_SIZE) != 0) {
        return "noemt een ander ontvangstbewijs dan er ligt";
    }
    const struct note_key *key = v->keys.key_of(v->keys.ctx, &record->peer, &origin);
    if (key == NULL) {
        v->foreign++;
        return NULL;
    }
    if (receipt_parse(bytes, &receipt, &err) != RESULT_OK || !receipt_holds(&receipt, origin, key, &v->cache)) {
        return "heeft een ontvangstbewijs dat het logboek van de andere kant niet ondertekende";
    }
    v->receipts++;
    return NULL;
}

static const char *judge(struct log_verifier *v, enum log_seal seal, const uint8_t *leaf, struct slice receipt)
{
    struct record record;
    struct error err;
    v->damaged += seal == LOG_SEAL_DAMAGED;
    if (seal == LOG_SEAL_DAMAGED) {
        return "is veranderd: zichtbaar en gesloten deel horen niet bij elkaar";
    }
    if (record_decode_visible(leaf, &record, &err) != RESULT_OK) {
        return "heeft een onbekende vorm";
    }
    v->destroyed += seal == LOG_SEAL_DESTROYED;
    if (seal == LOG_SEAL_LOST) {
        v->first_lost = v->lost++ == 0 ? (int64_t)v->tree.size : v->first_lost;
    }
    if (receipt.len != 0 || wants_receipt(&record)) {
        return judge_receipt(v, &record, receipt);
    }
    return NULL;
}

void log_verify_leaf(struct log_verifier *verifier, enum log_seal seal, const uint8_t *leaf, struct slice receipt)
{
    struct sha256 hash;
    const char *wrong = judge(verifier, seal, leaf, receipt);
    if (wrong != NULL && verifier->first_wrong < 0) {
        verifier->first_wrong = (int64_t)verifier->tree.size;
        verifier->why = wrong;
    }
    merkle_leaf_hash(slice_of(leaf, LOG_LEAF_BYTES), &hash);
    merkle_append(&verifier->tree, &hash);
    if (verifier->tree.size == verifier->promised_size) {
        struct sha256 root;
        merkle_root(&verifier->tree, &root);
        verifier->promised_holds = memcmp(root.bytes, verifier->promised_root.bytes, SHA256_SIZE) == 0;
    }
}
