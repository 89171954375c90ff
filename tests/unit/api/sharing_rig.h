/*
 * sharing_rig.h - the provider's half of private matching over a real store, by a clock that the test sets.
 *
 * Thread: one. Ownership: open_as and close_rig; or rig_open, start and close_rig.
 */
#ifndef KETENBRUG_TESTS_SHARING_RIG_H
#define KETENBRUG_TESTS_SHARING_RIG_H

#include "unit/api/api_rig.h"

#include "api/past_place.h"
#include "api/sharing.h"
#include "matching/published_set.h"

#define ALIGNMENT "hulpafstemming"

static const int64_t SECOND = 1000;
static const int64_t HOUR = 3600000;
static const int64_t DAY = 86400000;
enum { EPOCH = 731 }; /* begins on 2026-01-15 */

static int64_t now;

static inline int64_t clock_of_test(void *ctx)
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

static inline void started(void *ctx, const struct error *err)
{
    assert_null(err);
    *(bool *)ctx = true;
}

static inline void start(struct rig *rig)
{
    struct error err;
    bool ready = false;
    assert_int_equal(sharing_open(&rig->api, &times, &rig->api.sharing, &err), RESULT_OK);
    sharing_start(rig->api.sharing, started, &ready);
    rig_run(rig);
    assert_true(ready);
}

static inline void stop(struct rig *rig)
{
    sharing_stop(rig->api.sharing);
    rig_run(rig);
    sharing_close(rig->api.sharing);
    rig->api.sharing = NULL;
}

static inline void open_as(struct rig *rig, const char *own_oin)
{
    now = EPOCH * times.epoch_ms + 3 * DAY;
    rig_open(rig, own_oin);
    rig->world.clock.now_ms = clock_of_test;
    start(rig);
}

static inline void close_rig(struct rig *rig)
{
    stop(rig);
    rig_close(rig);
}

/* All that can be done at this moment is done. */
static inline void settle(struct rig *rig)
{
    sharing_tick(rig->api.sharing);
    rig_run(rig);
}

static inline void go_on(struct rig *rig, int64_t ms)
{
    now += ms;
    settle(rig);
}

/* As a node that is up all the time. */
static inline void live_until(struct rig *rig, int64_t until)
{
    while (now < until) {
        go_on(rig, until - now < HOUR ? until - now : HOUR);
    }
}

/* Until all is published that was registered before. */
static inline void publish(struct rig *rig)
{
    settle(rig);
    go_on(rig, times.tick_ms);
    assert_int_equal(sharing_waiting(rig->api.sharing), 0);
}

static inline struct match_scope scope_to(struct rig *rig, const char *requester, const char *purpose, uint32_t epoch)
{
    struct match_scope scope = {.provider = rig->api.own_oin, .purpose = slice_text(purpose), .epoch = epoch};
    assert_true(oin_parse(slice_text(requester), &scope.requester));
    return scope;
}

/* What the requester would come to, by the key that was published. */
static inline struct match_value value_of(struct rig *rig, const struct match_scope *scope, const char *number)
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

static inline bool in_set(const struct sharing_set *set, uint64_t fingerprint)
{
    bool found = false;
    for (uint32_t i = 0; i < set->header.class; i++) {
        found = found || set->entries[i] == fingerprint;
        assert_true(i == 0 || set->entries[i - 1] < set->entries[i]);
    }
    return found;
}

/* In the set, and found by ask key: both or neither. */
static inline bool knows_in(struct rig *rig, const char *requester, const char *purpose, const char *number,
                            uint32_t epoch)
{
    struct sharing_set set;
    struct error err;
    struct ident subject;
    const struct match_scope scope = scope_to(rig, requester, purpose, epoch);
    const struct match_value value = value_of(rig, &scope, number);
    assert_int_equal(sharing_set(rig->api.sharing, &scope, &set, &err), RESULT_OK);
    const bool in = in_set(&set, value.fingerprint);
    assert_int_equal(sharing_find(rig->api.sharing, &scope, &value.key, &subject), in);
    return in;
}

static inline bool knows(struct rig *rig, const char *requester, const char *purpose, const char *number)
{
    return knows_in(rig, requester, purpose, number, sharing_epoch(rig->api.sharing));
}

static inline size_t records(struct rig *rig, enum record_operation operation)
{
    size_t count = 0;
    for (uint64_t i = 0; i < rig_leaves(rig); i++) {
        count += rig_record(rig, i).operation == operation;
    }
    return count;
}

/* Not while a step is under way: as after a crash, what is in the store is all that is known. */
static inline void restart(struct rig *rig)
{
    stop(rig);
    start(rig);
}

static inline uint64_t version_of(struct rig *rig, const char *requester, const char *purpose)
{
    const struct match_scope scope = scope_to(rig, requester, purpose, sharing_epoch(rig->api.sharing));
    struct sharing_set set;
    struct error err;
    assert_int_equal(sharing_set(rig->api.sharing, &scope, &set, &err), RESULT_OK);
    return set.header.version;
}

static inline struct record last_of(struct rig *rig, enum record_operation operation)
{
    for (uint64_t i = rig_leaves(rig); i-- > 0;) {
        const struct record record = rig_record(rig, i);
        if (record.operation == operation) {
            return record;
        }
    }
    fail_msg("no such record");
    return (struct record){.operation = operation};
}

/* A client of whom the area team may know. */
static inline struct ident client(struct rig *rig, const char *number)
{
    const struct ident person = rig_person(rig, number);
    const struct involvement budget = rig_budget();
    rig_involve(rig, &person, &budget);
    rig_consent(rig, &person);
    return person;
}

static inline void withdraw(struct rig *rig, const struct ident *person)
{
    const struct fact fact = {.kind = FACT_CONSENT,
                              .state = STATE_WITHDRAWN,
                              .consent = CONSENT_GROUND,
                              .as = GIVER_SUBJECT,
                              .recorded_ms = now,
                              .changed_ms = now,
                              .told = true};
    rig_fact(rig, person, &fact);
}

static inline void consent_again(struct rig *rig, const struct ident *person)
{
    const struct fact fact = {.kind = FACT_CONSENT,
                              .state = STATE_GIVEN,
                              .consent = CONSENT_GROUND,
                              .as = GIVER_SUBJECT,
                              .categories = CATEGORY_BIT(CATEGORY_COUNT) - 1,
                              .recipients = {1, {"gebiedsteam"}},
                              .purposes = {1, {ALIGNMENT}},
                              .from = {2025, 6, 1},
                              .recorded_ms = now,
                              .changed_ms = now,
                              .told = true};
    rig_fact(rig, person, &fact);
}

struct pasts {
    struct past_place places[16];
    size_t count;
};

static inline void take_pasts(void *ctx, const struct store_found *found, const struct error *err)
{
    struct pasts *pasts = ctx;
    struct error fault;
    assert_null(err);
    for (size_t i = 0; i < found->child_count; i++) {
        assert_true(pasts->count < COUNT_OF(pasts->places));
        assert_int_equal(past_place_decode(found->children[i].payload, &pasts->places[pasts->count++], &fault),
                         RESULT_OK);
    }
}

static inline struct pasts pasts_of(struct rig *rig, const struct ident *person)
{
    struct pasts pasts = {.count = 0};
    store_get(rig->world.door, STORE_SUBJECT, person, STORE_PAST_PLACE, take_pasts, &pasts);
    return pasts;
}

static inline void number_of(unsigned n, char out[BSN_DIGITS + 1])
{
    unsigned digits = 999100000 + n * 20;
    struct bsn bsn;
    do {
        (void)snprintf(out, BSN_DIGITS + 1, "%u", digits++);
    } while (!bsn_parse(slice_text(out), &bsn));
}

static inline bool seed_there(struct rig *rig, uint32_t epoch)
{
    uint8_t seed[SEAL_KEY_SIZE];
    return seal_epoch_seed(rig->world.keyring, epoch, seed, NULL) == RESULT_OK;
}

static inline void drop_all(void *ctx, const struct store_change *changes, size_t count, const struct error *err)
{
    struct rig *rig = ctx;
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_null(err);
    for (size_t i = 0; i < count; i++) {
        store_feed_drop(batch, &changes[i]);
    }
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

#endif
