/*
 * homes_rig.h - households for the tests of signals and people: put into the store, and read into memory.
 *
 * Ownership: homes_open/homes_close, with cooperation_open before and cooperation_close behind them. Thread: one.
 */
#ifndef KETENBRUG_TESTS_HOMES_RIG_H
#define KETENBRUG_TESTS_HOMES_RIG_H

#include "unit/api/api_rig.h"

#include "api/cooperation.h"
#include "api/households.h"

/* With a source and a date, so that it counts. `id` NULL: a new one. */
static inline void homes_put(struct rig *rig, const struct ident *id, const struct ident *members, size_t count)
{
    struct household home = {.member_count = count, .source = "BRP", .recorded = {2025, 1, 2}};
    struct buf payload;
    assert_true(count <= HOUSEHOLD_MEMBERS_MAX);
    memcpy(home.members, members, count * sizeof *members);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    household_encode(&home, &payload);
    const struct store_write item = {.id = id != NULL ? *id : entropy_ident(&rig->entropy),
                                     .payload = buf_slice(&payload)};
    rig_put(rig, STORE_HOUSEHOLD, &item);
    buf_free(&payload);
}

/* All that there are, once more. */
static inline void homes_read(struct rig *rig)
{
    households_reread(rig->api.households);
    for (int i = 0; i < 6; i++) {
        cooperation_look(&rig->api);
        rig_run(rig);
    }
    assert_true(households_ready(rig->api.households));
}

static inline void homes_open(struct rig *rig)
{
    struct error err;
    assert_int_equal(households_open(&rig->api, &rig->api.households, &err), RESULT_OK);
    homes_read(rig);
}

static inline void homes_close(struct rig *rig)
{
    households_close(rig->api.households);
    rig->api.households = NULL;
}

#endif
