/* The desk that signs receipts: all that was committed in a turn together, each its own. */
#include "unit/api/api_rig.h"

enum { WANTS = RECEIPT_GROUP_MAX + 1 };

struct got {
    int count;
    uint8_t receipt[RECEIPT_BYTES];
};

static void keep(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct got *got = ctx;
    assert_null(why);
    assert_non_null(receipt);
    got->count++;
    memcpy(got->receipt, receipt, RECEIPT_BYTES);
}

/* Keeps the loop turning without waiting, as commits do that come in. */
static void turn_until_got(uv_idle_t *idle)
{
    if (((struct got *)idle->data)->count != 0) {
        (void)uv_idle_stop(idle);
    }
}

/* WANTS of them, in turn for so many partners; how many signatures came of it. */
static size_t signatures_for(size_t partners)
{
    struct rig rig;
    static struct receipt_want wants[WANTS];
    static struct got got[WANTS];
    struct receipt_cache cache = {.next = 0};
    size_t signatures = 0;
    memset(got, 0, sizeof got);
    rig_open(&rig, AREA_TEAM);
    uv_idle_t idle;
    (void)uv_idle_init(rig.api.loop, &idle);
    idle.data = &got[WANTS - 1];
    (void)uv_idle_start(&idle, turn_until_got);
    for (size_t i = 0; i < WANTS; i++) {
        wants[i] = (struct receipt_want){.sequence = i,
                                         .leaf_hash = {{(uint8_t)i}},
                                         .peer = {{(char)('0' + i % partners)}},
                                         .got = keep,
                                         .ctx = &got[i]};
        receipts_want(rig.api.receipts, &wants[i]);
        assert_int_equal(got[i].count, 0);
    }
    rig_run(&rig);
    uv_close((uv_handle_t *)&idle, NULL);
    for (size_t i = 0; i < WANTS; i++) {
        struct receipt receipt;
        struct error err;
        uint64_t sequence = 0;
        assert_int_equal(got[i].count, 1);
        assert_int_equal(receipt_parse(slice_of(got[i].receipt, RECEIPT_BYTES), &receipt, &err), RESULT_OK);
        assert_int_equal(receipt.promise.leaf_hash.bytes[0], i);
        assert_true(log_record_sequence(&rig.api.identity, &receipt.promise.record_id, &sequence));
        assert_int_equal(sequence, i);
        assert_true(receipt_holds(&receipt, rig.api.identity.origin, &rig.api.identity.checkpoints, &cache));
        bool new = true;
        for (size_t k = 0; k < i; k++) {
            const bool same =
                memcmp(got[k].receipt + RECEIPT_BYTES - ED25519_SIGNATURE_SIZE,
                       got[i].receipt + RECEIPT_BYTES - ED25519_SIGNATURE_SIZE, ED25519_SIGNATURE_SIZE) == 0;
            assert_true(!same || k % partners == i % partners);
            new = new && !same;
        }
        signatures += new;
    }
    rig_close(&rig);
    return signatures;
}

static void one_more_than_a_group_is_two_signatures(void **state)
{
    (void)state;
    assert_int_equal(signatures_for(1), 2);
}

static void partners_have_no_signature_in_common(void **state)
{
    (void)state;
    assert_int_equal(signatures_for(2), 2);
    assert_int_equal(signatures_for(3), 3);
    assert_int_equal(signatures_for(7), 7);
}

/* A moment that all have in common would tell partners that they were asked together. */
static void each_partner_s_receipt_names_a_moment_of_its_own(void **state)
{
    (void)state;
    enum { PARTNERS = 8 };
    struct rig rig;
    static struct receipt_want wants[PARTNERS];
    static struct got got[PARTNERS];
    int64_t moments[PARTNERS];
    rig_open(&rig, AREA_TEAM);
    uv_idle_t idle;
    (void)uv_idle_init(rig.api.loop, &idle);
    idle.data = &got[PARTNERS - 1];
    (void)uv_idle_start(&idle, turn_until_got);
    for (size_t i = 0; i < PARTNERS; i++) {
        wants[i] = (struct receipt_want){
            .sequence = i, .leaf_hash = {{(uint8_t)i}}, .peer = {{(char)('0' + i)}}, .got = keep, .ctx = &got[i]};
        receipts_want(rig.api.receipts, &wants[i]);
    }
    rig_run(&rig);
    uv_close((uv_handle_t *)&idle, NULL);
    const int64_t latest_ms = clock_now(rig.api.clock) + RECEIPT_WITHIN_MS;
    for (size_t i = 0; i < PARTNERS; i++) {
        struct receipt receipt;
        struct error err;
        assert_int_equal(got[i].count, 1);
        assert_int_equal(receipt_parse(slice_of(got[i].receipt, RECEIPT_BYTES), &receipt, &err), RESULT_OK);
        moments[i] = receipt.before_ms;
        assert_true(moments[i] <= latest_ms && moments[i] > latest_ms - RECEIPT_SOONER_MS);
        for (size_t k = 0; k < i; k++) {
            assert_int_not_equal(moments[k], moments[i]);
        }
    }
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_more_than_a_group_is_two_signatures),
                                       cmocka_unit_test(partners_have_no_signature_in_common),
                                       cmocka_unit_test(each_partner_s_receipt_names_a_moment_of_its_own)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
