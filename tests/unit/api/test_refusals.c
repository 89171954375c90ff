/* Refusals within the rate are records of their own, beyond it they are counted, and none is lost. */
#include "unit/api/api_rig.h"

static const struct oin school = {SCHOOL};

static uint32_t counted_of(struct refusals *refusals, enum refusals_from from, const struct oin *party, uint32_t times,
                           int64_t now)
{
    uint32_t counted = 0;
    for (uint32_t i = 0; i < times; i++) {
        counted += refusals_single(refusals, from, party, FAULT_FORBIDDEN, now) ? 0 : 1;
    }
    return counted;
}

static void beyond_the_burst_they_are_counted(void **state)
{
    (void)state;
    struct refusals refusals = {0};
    struct refusals_bucket taken;
    const int64_t now = 1000000;
    assert_int_equal(counted_of(&refusals, REFUSALS_PARTY, &school, REFUSALS_BURST, now), 0);
    assert_int_equal(counted_of(&refusals, REFUSALS_PARTY, &school, 7, now), 7);
    assert_int_equal(counted_of(&refusals, REFUSALS_STRANGER, NULL, 1, now), 0);
    assert_int_equal(counted_of(&refusals, REFUSALS_DESK, NULL, 1, now), 0);
    assert_int_equal(counted_of(&refusals, REFUSALS_PARTY, &school, REFUSALS_PER_S + 1, now + 1000), 1);
    assert_false(refusals_take(&refusals, now + REFUSALS_WAIT_MS - 1, false, &taken));
    assert_true(refusals_take(&refusals, now + REFUSALS_WAIT_MS, false, &taken));
    assert_int_equal(taken.counted, 8);
    assert_true(oin_equal(&taken.party, &school));
    assert_false(refusals_take(&refusals, now + REFUSALS_WAIT_MS, true, &taken));
}

static void parties_past_the_table_share_a_bucket(void **state)
{
    (void)state;
    struct refusals refusals = {0};
    struct refusals_bucket taken;
    for (int i = 0; i <= REFUSALS_PARTIES_MAX; i++) {
        struct oin party;
        (void)snprintf(party.digits, sizeof party.digits, "%020d", i + 1);
        assert_int_equal(counted_of(&refusals, REFUSALS_PARTY, &party, 1, 1000), 0);
        if (i == REFUSALS_PARTIES_MAX) {
            assert_int_equal(counted_of(&refusals, REFUSALS_PARTY, &party, REFUSALS_BURST, 1000), 1);
        }
    }
    assert_int_equal(counted_of(&refusals, REFUSALS_STRANGER, NULL, 1, 1000), 1);
    assert_true(refusals_take(&refusals, 1000, true, &taken));
    assert_int_equal(taken.counted, 2);
    assert_false(oin_is_set(&taken.party));
}

static void a_clock_set_back_neither_blocks_nor_loses(void **state)
{
    (void)state;
    struct refusals refusals = {0};
    struct refusals_bucket taken;
    assert_int_equal(counted_of(&refusals, REFUSALS_DESK, NULL, REFUSALS_BURST + 3, 90000000), 3);
    assert_int_equal(counted_of(&refusals, REFUSALS_DESK, NULL, 1, 1000), 0);
    assert_true(refusals_take(&refusals, 1000, false, &taken));
    assert_int_equal(taken.counted, 3);
}

static void a_flood_grows_the_log_by_the_burst_and_one(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, DEBT_HELP);
    const struct cert_identity stranger = {.oin = {STRANGER}};
    struct error err;
    (void)error_set(&err, FAULT_FORBIDDEN, "certificaat", "geweigerd");
    api_record_refusal(&rig.api, &stranger, "/", &err);
    rig_run(&rig);
    const uint64_t before = rig_leaves(&rig);
    for (int i = 1; i < 5000; i++) {
        api_record_refusal(&rig.api, &stranger, "/", &err);
    }
    api_write_refusals(&rig.api, true);
    rig_run(&rig);
    assert_int_equal(rig_leaves(&rig) - before, REFUSALS_BURST);
    const struct record last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_REFUSED);
    assert_int_equal(last.fault, FAULT_FORBIDDEN);
    assert_int_equal(last.entries, 5000 - REFUSALS_BURST);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(beyond_the_burst_they_are_counted),
        cmocka_unit_test(parties_past_the_table_share_a_bucket),
        cmocka_unit_test(a_clock_set_back_neither_blocks_nor_loses),
        cmocka_unit_test(a_flood_grows_the_log_by_the_burst_and_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
