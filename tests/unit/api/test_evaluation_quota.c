/* What a partner may have evaluated: per day, epoch and year, and the same people again at an epoch's turn. */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "api/evaluation_quota.h"

static struct date day_of(int year, int month, int day)
{
    return (struct date){(int16_t)year, (uint8_t)month, (uint8_t)day};
}

static enum quota_bound count(struct quota_used *used, const struct policy_quota *quota, struct date today,
                              uint32_t epoch, int renewal_days)
{
    struct quota_used tried = *used;
    const struct quota_moment when = {today, epoch, renewal_days};
    const enum quota_bound past = quota_count(&tried, quota, &when, MATCH_BATCH);
    if (past == QUOTA_WITHIN) {
        *used = tried; /* as who refuses does */
    }
    return past;
}

/* Batches until a bound is met. */
static int64_t fill(struct quota_used *used, const struct policy_quota *quota, struct date today, uint32_t epoch,
                    int renewal_days, enum quota_bound bound)
{
    int64_t values = 0;
    enum quota_bound past = QUOTA_WITHIN;
    for (int i = 0; i < 10000 && past == QUOTA_WITHIN; i++) {
        past = count(used, quota, today, epoch, renewal_days);
        values += past == QUOTA_WITHIN ? MATCH_BATCH : 0;
    }
    assert_int_equal(past, bound);
    return values;
}

static void each_bound_is_met_and_opens_again(void **state)
{
    (void)state;
    const struct policy_quota quota = {16, 32, 64};
    struct quota_used used = {.day_used = 0};
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 5), 7, 0, QUOTA_DAY), 16);
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 6), 7, 0, QUOTA_EPOCH), 16);
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 7), 7, 0, QUOTA_EPOCH), 0);
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 8), 8, 0, QUOTA_DAY), 16);
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 9), 8, 0, QUOTA_YEAR), 16);
    assert_int_equal(fill(&used, &quota, day_of(2026, 12, 31), 20, 0, QUOTA_YEAR), 0);
    assert_int_equal(fill(&used, &quota, day_of(2027, 1, 1), 20, 0, QUOTA_DAY), 16);
}

static void what_does_not_fit_whole_is_refused(void **state)
{
    (void)state;
    const struct policy_quota quota = {MATCH_BATCH * 2 - 1, 0, 0};
    struct quota_used used = {.day_used = 0};
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 5), 7, 0, QUOTA_DAY), MATCH_BATCH);
}

static void without_bounds_everything_is_within(void **state)
{
    (void)state;
    const struct policy_quota none = {0, 0, 0};
    struct quota_used used = {.day_used = 0};
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(count(&used, &none, day_of(2026, 1, 5), 7, 0), QUOTA_WITHIN);
    }
    assert_int_equal(used.year_used, 1000 * MATCH_BATCH);
}

/* As many as there were do not count for the day, in equal parts over the days that both epochs serve; more do. */
static void who_was_known_is_renewed_apart_from_the_day(void **state)
{
    (void)state;
    const struct policy_quota quota = {16, 1000, 10000};
    struct quota_used used = {.day_used = 0};
    for (int day = 5; day < 8; day++) {
        assert_int_equal(fill(&used, &quota, day_of(2026, 1, day), 7, 0, QUOTA_DAY), 16);
    }
    /* 48 over four days: two batches a day, until all are renewed */
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 8), 8, 4, QUOTA_DAY), 16 + 16);
    assert_int_equal(used.day_renewed, 16);
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 9), 8, 4, QUOTA_DAY), 16 + 16);
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 10), 8, 4, QUOTA_DAY), 16 + 16);
    assert_int_equal(used.epochs[0].renewed, 48);
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 11), 8, 4, QUOTA_DAY), 16); /* they are used up */
    /* not when only one epoch serves, nor from an epoch that is not the one before */
    assert_int_equal(fill(&used, &quota, day_of(2026, 2, 8), 9, 0, QUOTA_DAY), 16);
    assert_int_equal(fill(&used, &quota, day_of(2026, 4, 8), 11, 4, QUOTA_DAY), 16);
    /* and under the older of two as on any day; one batch at least is renewed a day */
    assert_int_equal(fill(&used, &quota, day_of(2026, 5, 8), 12, 4, QUOTA_DAY), 16 + 8);
    assert_int_equal(fill(&used, &quota, day_of(2026, 5, 9), 11, 0, QUOTA_DAY), 16);
}

/* An asker that used its whole epoch cannot have it all again on the day the next one opens. */
static void an_epochs_turn_does_not_lift_the_bound_of_a_day(void **state)
{
    (void)state;
    const struct policy_quota quota = {80, 2000, 100000};
    struct quota_used used = {.day_used = 0};
    for (int day = 1; day <= 20; day++) {
        assert_int_equal(fill(&used, &quota, day_of(2026, 1, day), 7, 0, QUOTA_DAY), 80);
    }
    int64_t renewed = 0;
    for (int day = 21; day <= 24; day++) {
        const int64_t had = fill(&used, &quota, day_of(2026, 1, day), 8, 4, QUOTA_DAY);
        assert_int_equal(had, 1600 / 4 + 80);
        renewed += used.day_renewed;
    }
    assert_int_equal(renewed, 1600);
}

/* Whoever takes what he can, at every turn again, never gets past the quota of an epoch. */
static void an_active_partner_gets_its_quota_an_epoch_and_no_more(void **state)
{
    (void)state;
    const struct policy_quota quota = {80, 240, 100000};
    struct quota_used used = {.day_used = 0};
    for (uint32_t epoch = 1; epoch <= 12; epoch++) {
        int64_t values = 0;
        for (int day = 1; day <= 28; day++) {
            for (int i = 0; i < 40; i++) {
                values += count(&used, &quota, day_of(2026, (int)epoch, day), epoch, day <= 4 ? 4 : 0) == QUOTA_WITHIN
                              ? MATCH_BATCH
                              : 0;
            }
        }
        assert_int_equal(values, 240);
    }
    assert_int_equal(used.year_used, 12 * 240);
}

static void a_clock_that_goes_back_opens_nothing(void **state)
{
    (void)state;
    const struct policy_quota quota = {16, 0, 32};
    struct quota_used used = {.day_used = 0};
    assert_int_equal(fill(&used, &quota, day_of(2027, 1, 5), 7, 0, QUOTA_DAY), 16);
    assert_int_equal(fill(&used, &quota, day_of(2027, 1, 4), 7, 0, QUOTA_DAY), 0);
    assert_int_equal(fill(&used, &quota, day_of(2027, 1, 5), 7, 0, QUOTA_DAY), 0);
}

/* A clock that was ahead once does not close a day's bound until then, nor open the year's. */
static void a_day_far_ahead_counts_as_today(void **state)
{
    (void)state;
    const struct policy_quota quota = {16, 0, 40};
    struct quota_used used = {.day_used = 0};
    assert_int_equal(fill(&used, &quota, day_of(2031, 1, 5), 7, 0, QUOTA_DAY), 16);
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 5), 7, 0, QUOTA_DAY), 16);
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 5), 7, 0, QUOTA_DAY), 0);
    assert_int_equal(fill(&used, &quota, day_of(2026, 1, 6), 7, 0, QUOTA_YEAR), 8);
}

static void what_is_stored_is_read_back(void **state)
{
    (void)state;
    struct quota_used used = {.purpose = "hulpafstemming",
                              .day = day_of(2026, 1, 5),
                              .day_used = 8,
                              .day_renewed = 24,
                              .year_used = INT64_C(1) << 40,
                              .epochs = {{8, 16, 8}, {7, 800, 0}},
                              .told = day_of(2026, 1, 4)};
    struct quota_used back;
    struct error err;
    struct buf bytes;
    assert_true(oin_parse(slice_text("00000099000000001000"), &used.partner));
    buf_init(&bytes, STORE_PAYLOAD_MAX);
    quota_encode(&used, &bytes);
    assert_int_equal(quota_decode(buf_slice(&bytes), &back, &err), RESULT_OK);
    assert_memory_equal(&back.partner, &used.partner, sizeof used.partner);
    assert_string_equal(back.purpose, used.purpose);
    assert_int_equal(date_compare(&back.day, &used.day) + date_compare(&back.told, &used.told), 0);
    assert_int_equal(back.day_used, used.day_used);
    assert_int_equal(back.day_renewed, 24);
    assert_int_equal(back.year_used, used.year_used);
    assert_int_equal(back.epochs[0].epoch, 8);
    assert_int_equal(back.epochs[0].used, 16);
    assert_int_equal(back.epochs[0].renewed, 8);
    assert_int_equal(back.epochs[1].used, 800);
    for (size_t len = 0; len < bytes.len - strlen(used.purpose); len++) {
        assert_int_equal(quota_decode(slice_of(bytes.ptr, len), &back, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_STORE);
    }
    bytes.ptr[0] = 9;
    assert_int_equal(quota_decode(buf_slice(&bytes), &back, &err), RESULT_FAILED);
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_bound_is_met_and_opens_again),
        cmocka_unit_test(what_does_not_fit_whole_is_refused),
        cmocka_unit_test(without_bounds_everything_is_within),
        cmocka_unit_test(who_was_known_is_renewed_apart_from_the_day),
        cmocka_unit_test(an_epochs_turn_does_not_lift_the_bound_of_a_day),
        cmocka_unit_test(an_active_partner_gets_its_quota_an_epoch_and_no_more),
        cmocka_unit_test(a_clock_that_goes_back_opens_nothing),
        cmocka_unit_test(a_day_far_ahead_counts_as_today),
        cmocka_unit_test(what_is_stored_is_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
