/* Any bytes as a receipt: read within its bounds, never one that holds but those that were made. */
#include <stdlib.h>
#include <string.h>

#include "audit/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void fill(void *ctx, void *out, size_t len)
{
    (void)ctx;
    memset(out, 7, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[ED25519_SEED_SIZE] = {1};
    static const char origin[] = "voorbeeld.nl/logboek";
    const struct entropy entropy = {fill, NULL};
    struct receipt_cache cache = {.next = 0};
    struct receipt receipt;
    struct note_key key;
    struct error err;
    uint8_t made[1][RECEIPT_BYTES];
    require(note_key_from_seed(origin, NOTE_ED25519, seed, &key, &err) == RESULT_OK);
    const struct receipt_log log = {origin, 0, &key};
    const struct receipt_promise promise = {{{1}}, {{2}}};
    require(receipts_make(&log, &promise, 1, 1000, &entropy, made, &err) == RESULT_OK);
    if (receipt_parse(slice_of(data, size), &receipt, &err) == RESULT_OK) {
        require(size == RECEIPT_BYTES && receipt.before_ms >= 0);
        require(!receipt_holds(&receipt, origin, &key, &cache) || memcmp(data, made[0], RECEIPT_BYTES) == 0);
    }
    /* One that was made, with these bytes over it: it holds only when nothing changed. */
    uint8_t changed[RECEIPT_BYTES];
    memcpy(changed, made[0], sizeof changed);
    for (size_t i = 0; i < size && i < sizeof changed; i++) {
        changed[i] ^= data[i];
    }
    if (receipt_parse(slice_of(changed, sizeof changed), &receipt, &err) == RESULT_OK) {
        require(receipt_holds(&receipt, origin, &key, &cache) == (memcmp(changed, made[0], sizeof changed) == 0));
    }
    note_key_drop(&key);
    return 0;
}
