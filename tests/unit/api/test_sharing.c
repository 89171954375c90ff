/* The provider's half of private matching over a real store: who stands in whose set when, against what was registered. */
#include "unit/api/api_rig.h"

#include "api/past_place.h"
#include "api/sharing.h"
#include "matching/published_set.h"

#define ALIGNMENT "hulpafstemming"
#define OTS       "uitvoering-ots"

static const int64_t SECOND = 1000;
static const int64_t HOUR = 3600000;
static const int64_t DAY = 86400000;
static const int64_t EPOCH_START = INT64_C(29213) * 16 * 3600000 * 24 / 16 * 0 + INT64_C(1767225600000); /* 2026-01-01 */

static int64_t now;

static int64_t clock_of_test(void *ctx)
{
    (void)ctx;
    return now;
}

static const struct match_times times = {.tick_ms = 900000,
                                         .urgent_tick_ms = 60000,
                                         .epoch_ms = INT64_C(28) * 86400000,
                                         .overlap_ms = INT64_C(48) * 3600000,
                                         .removal_ms = 86400000,
                                         .values_ms = INT64_C(28) * 86400000};

static void started(void *ctx, const struct error *err)
{
    assert_null(err);
    *(bool *)ctx = true;
}

static void start(struct rig *rig)
{
    struct error err;
    bool ready = false;
    assert_int_equal(sharing_open(&rig->api, &times, &rig->api.sharing, &err), RESULT_OK);
    sharing_start(rig->api.sharing, started, &ready);
    rig_run(rig);
    assert_true(ready);
}

static void stop(struct rig *rig)
{
    sharing_stop(rig->api.sharing);
    rig_run(rig);
    sharing_close(rig->api.sharing);
    rig->api.sharing = NULL;
}

static void open_as(struct rig *rig, const char *own_oin)
{
    now = EPOCH_START;
    rig_open(rig, own_oin);
    rig->world.clock.now_ms = clock_of_test;
    start(rig);
}

static void close_rig(struct rig *rig)
{
    stop(rig);
    rig_close(rig);
}

/* All that can be done at this moment is done. */
static void settle(struct rig *rig)
{
    sharing_tick(rig->api.sharing);
    rig_run(rig);
}

static void go_on(struct rig *rig, int64_t ms)
{
    now += ms;
    settle(rig);
}

/* Until all is published that was registered before. */
static void publish(struct rig *rig)
{
    settle(rig);
    go_on(rig, times.tick_ms);
    assert_int_equal(sharing_waiting(rig->api.sharing), 0);
}

static struct match_scope scope_of(struct rig *rig, const char *requester, const char *purpose, uint32_t epoch)
{
    struct match_scope scope = {.provider = rig->api.own_oin, .purpose = slice_text(purpose), .epoch = epoch};
    assert_true(oin_parse(slice_text(requester), &scope.requester));
    return scope;
}

/* What the requester would come to, by the key that was published. */
static struct match_value value_of(struct rig *rig, const struct match_scope *scope, const char *number)
{
    struct bsn bsn;
    struct voprf_key key;
    struct voprf_output output;
    struct match_value value;
    struct error err;
    uint8_t input[MATCH_INPUT_BYTES];
    assert_true(bsn_parse(slice_text(number), &bsn));
    match_input(&bsn, input);
    assert_int_equal(sharing_key(rig->api.sharing, scope, &key, &err), RESULT_OK);
    assert_int_equal(voprf_own(&key, slice_of(input, sizeof input), &output, &err), RESULT_OK);
    match_value_of(scope, &output, &value);
    return value;
}

static bool in_set(const struct sharing_set *set, uint64_t fingerprint)
{
    bool found = false;
    for (uint32_t i = 0; i < set->header.class; i++) {
        found = found || set->entries[i] == fingerprint;
        assert_true(i == 0 || set->entries[i - 1] < set->entries[i]);
    }
    return found;
}

/* In the set, and found by ask key: both or neither. */
static bool knows_in(struct rig *rig, const char *requester, const char *purpose, const char *number, uint32_t epoch)
{
    struct sharing_set set;
    struct error err;
    struct ident subject;
    const struct match_scope scope = scope_of(rig, requester, purpose, epoch);
    const struct match_value value = value_of(rig, &scope, number);
    assert_int_equal(sharing_set(rig->api.sharing, &scope, &set, &err), RESULT_OK);
    const bool in = in_set(&set, value.fingerprint);
    assert_int_equal(sharing_find(rig->api.sharing, &scope, &value.key, &subject), in);
    return in;
}

static bool knows(struct rig *rig, const char *requester, const char *purpose, const char *number)
{
    return knows_in(rig, requester, purpose, number, sharing_epoch(rig->api.sharing));
}

static size_t records(struct rig *rig, enum record_operation operation)
{
    size_t count = 0;
    for (uint64_t i = 0; i < rig_leaves(rig); i++) {
        count += rig_record(rig, i).operation == operation;
    }
    return count;
}

/* ---- ---- */

static void who_is_registered_stands_in_the_sets_that_the_covenant_says(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    const struct ident person = rig_person(&rig, "999000007");
    const struct ident other = rig_person(&rig, "999000019");
    const struct involvement budget = rig_budget();
    rig_involve(&rig, &person, &budget);
    rig_involve(&rig, &other, &budget);
    rig_consent(&rig, &person);
    assert_true(sharing_waiting(rig.api.sharing) != 0);
    settle(&rig);
    assert_true(sharing_waiting(rig.api.sharing) != 0);
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    publish(&rig);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000019"));
    assert_false(knows(&rig, SCHOOL, ALIGNMENT, "999000007"));
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_registered_stands_in_the_sets_that_the_covenant_says),
    };
    (void)SECOND;
    (void)HOUR;
    (void)DAY;
    (void)records;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
