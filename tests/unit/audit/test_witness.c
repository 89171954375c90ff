/* What a witness answers (C2SP tlog-witness), and receipts: made, checked, forged. */
#include "unit/unit.h"

#include <string.h>

#include "audit/checkpoint.h"
#include "audit/receipt.h"

enum { LEAVES = 40 };

struct rig {
    struct sha256 hashes[LEAVES];
    struct note_key log;
    struct note_key other;
    uint64_t drawn;
    struct entropy entropy;
};

static void fill(void *ctx, void *out, size_t len)
{
    struct rig *rig = ctx;
    for (size_t i = 0; i < len; i++) {
        rig->drawn = rig->drawn * UINT64_C(6364136223846793005) + 1442695040888963407U;
        ((uint8_t *)out)[i] = (uint8_t)(rig->drawn >> 56);
    }
}

static enum result node(void *ctx, unsigned level, uint64_t index, struct sha256 *out, struct error *err)
{
    const struct rig *rig = ctx;
    struct merkle_frontier part;
    (void)err;
    merkle_init(&part);
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        merkle_append(&part, &rig->hashes[i]);
    }
    merkle_root(&part, out);
    return RESULT_OK;
}

static int open_rig(void **state)
{
    static struct rig rig;
    uint8_t seed[32] = {1};
    for (size_t i = 0; i < LEAVES; i++) {
        merkle_leaf_hash(slice_of(&i, sizeof i), &rig.hashes[i]);
    }
    rig.entropy = (struct entropy){fill, &rig};
    *state = &rig;
    if (note_key_from_seed("school.localhost/logboek", NOTE_ED25519, seed, &rig.log, NULL) != RESULT_OK) {
        return -1;
    }
    seed[0] = 2;
    return note_key_from_seed("school.localhost/logboek", NOTE_ED25519, seed, &rig.other, NULL) == RESULT_OK ? 0 : -1;
}

static int close_rig(void **state)
{
    struct rig *rig = *state;
    note_key_drop(&rig->log);
    note_key_drop(&rig->other);
    return 0;
}

static struct sha256 root_of(struct rig *rig, uint64_t size)
{
    struct sha256 root;
    assert_int_equal(merkle_range_root(&(struct merkle_nodes){node, rig}, (struct merkle_range){0, size}, &root, NULL),
                     RESULT_OK);
    return root;
}

/* A request as bytes and back, signed by `key`. */
static void request(struct rig *rig, uint64_t old_size, uint64_t size, const struct note_key *key, struct buf *body,
                    struct witness_request *out)
{
    struct checkpoint checkpoint = {.origin = "school.localhost/logboek", .size = size, .root = root_of(rig, size)};
    struct merkle_proof proof = {.count = 0};
    struct buf text;
    struct buf note;
    buf_init(&text, 1000);
    buf_init(&note, 4000);
    buf_init(body, 20000);
    checkpoint_write(&checkpoint, &text);
    buf_slice_in(&note, buf_slice(&text));
    buf_text(&note, "\n");
    assert_int_equal(note_sign(key, buf_slice(&text), 0, &note, NULL), RESULT_OK);
    if (old_size <= size) {
        assert_int_equal(merkle_consistency(&(struct merkle_nodes){node, rig}, old_size, size, &proof, NULL),
                         RESULT_OK);
    }
    witness_request_write(old_size, &proof, buf_slice(&note), body);
    assert_int_equal(witness_request_parse(buf_slice(body), out, NULL), RESULT_OK);
    buf_free(&text);
    buf_free(&note);
}

static void verdicts(void **state)
{
    struct rig *rig = *state;
    const struct witness_held nothing = {.size = 0};
    const struct witness_held held = {12, root_of(rig, 12)};
    struct witness_held forked = held;
    forked.root.bytes[0] ^= 1;
    const struct {
        uint64_t old_size, size;
        const struct note_key *key;
        const struct witness_held *held;
        enum witness_verdict verdict;
    } rows[] = {
        {0, 12, &rig->log, &nothing, WITNESS_COSIGN}, {12, 30, &rig->log, &held, WITNESS_COSIGN},
        {12, 12, &rig->log, &held, WITNESS_COSIGN},   {12, 30, &rig->other, &held, WITNESS_UNSIGNED},
        {30, 12, &rig->log, &held, WITNESS_BAD_OLD},  {11, 30, &rig->log, &held, WITNESS_STALE},
        {0, 30, &rig->log, &held, WITNESS_STALE},     {5, 12, &rig->log, &nothing, WITNESS_STALE},
        {12, 12, &rig->log, &forked, WITNESS_FORK},   {12, 30, &rig->log, &forked, WITNESS_UNPROVEN},
        {11, 12, &rig->log, &forked, WITNESS_FORK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct witness_request r;
        struct buf body;
        request(rig, rows[i].old_size, rows[i].size, rows[i].key, &body, &r);
        assert_int_equal(witness_judge(&r, &rig->log, rows[i].held), rows[i].verdict);
        buf_free(&body);
    }
}

static void bad_requests(void **state)
{
    struct rig *rig = *state;
    static const char *const rows[] = {"",           "old\n",           "old x\n\n", "oud 1\n\n",
                                       "old 01\n\n", "old 1\nAAAA\n\n", "old 1\n"};
    struct witness_request r;
    struct error err;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(witness_request_parse(slice_text(rows[i]), &r, &err), RESULT_FAILED);
    }
    /* One proof line too many. */
    struct buf body;
    struct buf good;
    request(rig, 12, 30, &rig->log, &good, &r);
    const struct slice note = r.note_bytes;
    for (int extra = 0; extra < 2; extra++) {
        struct merkle_proof proof = {.count = (size_t)(WITNESS_PROOF_MAX + extra)};
        buf_init(&body, 20000);
        witness_request_write(12, &proof, note, &body);
        assert_int_equal(witness_request_parse(buf_slice(&body), &r, &err), extra == 0 ? RESULT_OK : RESULT_FAILED);
        buf_free(&body);
    }
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    buf_free(&good);
}

static void receipts(struct rig *rig, size_t count, uint8_t (*out)[RECEIPT_BYTES])
{
    struct receipt_promise promises[RECEIPT_GROUP_MAX];
    const struct receipt_log log = {"school.localhost/logboek", 1, &rig->log};
    for (size_t i = 0; i < count; i++) {
        promises[i] = (struct receipt_promise){{{(uint8_t)i, 9}}, rig->hashes[i % LEAVES]};
    }
    assert_int_equal(receipts_make(&log, promises, count, 1795341600000, &rig->entropy, out, NULL), RESULT_OK);
}

static void every_receipt_of_every_group_holds(void **state)
{
    struct rig *rig = *state;
    static uint8_t bytes[RECEIPT_GROUP_MAX][RECEIPT_BYTES];
    for (size_t count = 1; count <= RECEIPT_GROUP_MAX; count++) {
        struct receipt_cache cache = {.next = 0};
        receipts(rig, count, bytes);
        uint64_t places = 0;
        for (size_t i = 0; i < count; i++) {
            struct receipt receipt;
            assert_int_equal(receipt_parse(slice_of(bytes[i], RECEIPT_BYTES), &receipt, NULL), RESULT_OK);
            assert_int_equal(receipt.promise.record_id.bytes[0], i);
            assert_int_equal(receipt.before_ms, 1795341600000);
            assert_true(receipt_holds(&receipt, "school.localhost/logboek", &rig->log, &cache));
            places |= UINT64_C(1) << bytes[i][61];
        }
        assert_int_equal((size_t)__builtin_popcountll(places), count); /* no two in one place */
        assert_int_equal(cache.next, 1);                               /* one check for all */
    }
}

static void more_groups_than_are_remembered_hold_too(void **state)
{
    struct rig *rig = *state;
    static uint8_t bytes[RECEIPT_CACHE + 1][2][RECEIPT_BYTES];
    static struct receipt_cache cache;
    for (size_t i = 0; i <= RECEIPT_CACHE; i++) {
        receipts(rig, 2, bytes[i]);
    }
    for (size_t i = 0; i < (size_t)4 * (RECEIPT_CACHE + 1); i++) {
        struct receipt receipt;
        const uint8_t *one = bytes[i / 2 % (RECEIPT_CACHE + 1)][i % 2];
        assert_int_equal(receipt_parse(slice_of(one, RECEIPT_BYTES), &receipt, NULL), RESULT_OK);
        assert_true(receipt_holds(&receipt, "school.localhost/logboek", &rig->log, &cache));
    }
    assert_int_equal(cache.count, RECEIPT_CACHE);
    assert_int_equal(cache.next,
                     2 * (RECEIPT_CACHE + 1) % RECEIPT_CACHE); /* one check a group, each time it was forgotten */
}

static void any_changed_byte_is_found(void **state)
{
    struct rig *rig = *state;
    static uint8_t bytes[RECEIPT_GROUP_MAX][RECEIPT_BYTES];
    struct receipt_cache cache = {.next = 0};
    struct receipt receipt;
    receipts(rig, 3, bytes);
    assert_int_equal(receipt_parse(slice_of(bytes[1], RECEIPT_BYTES), &receipt, NULL), RESULT_OK);
    assert_true(receipt_holds(&receipt, "school.localhost/logboek", &rig->log, &cache));
    assert_false(receipt_holds(&receipt, "cjg.localhost/logboek", &rig->log, &cache));
    assert_false(receipt_holds(&receipt, "school.localhost/logboek", &rig->other, &cache));
    /* Also when others of its group are known, so that not all of its path is reckoned again. */
    for (size_t known = 1; known <= 3; known++) {
        for (size_t i = 0; i < RECEIPT_BYTES; i++) {
            bytes[1][i] ^= 1;
            const bool parsed = receipt_parse(slice_of(bytes[1], RECEIPT_BYTES), &receipt, NULL) == RESULT_OK;
            assert_false(parsed && receipt_holds(&receipt, "school.localhost/logboek", &rig->log, &cache));
            bytes[1][i] ^= 1;
        }
        assert_int_equal(receipt_parse(slice_of(bytes[2 * (known % 2)], RECEIPT_BYTES), &receipt, NULL), RESULT_OK);
        assert_true(receipt_holds(&receipt, "school.localhost/logboek", &rig->log, &cache));
    }
    assert_int_equal(cache.next, 1);
    assert_int_equal(receipt_parse(slice_of(bytes[1], RECEIPT_BYTES - 1), &receipt, NULL), RESULT_FAILED);
    struct receipt_promise none[1];
    const struct receipt_log log = {"school.localhost/logboek", 1, &rig->log};
    assert_int_equal(receipts_make(&log, none, 0, 1, &rig->entropy, bytes, NULL), RESULT_FAILED);
    assert_int_equal(receipts_make(&log, none, RECEIPT_GROUP_MAX + 1, 1, &rig->entropy, bytes, NULL), RESULT_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(every_receipt_of_every_group_holds),
        cmocka_unit_test(more_groups_than_are_remembered_hold_too),
        cmocka_unit_test(any_changed_byte_is_found),
    };
    return cmocka_run_group_tests(tests, open_rig, close_rig);
}
