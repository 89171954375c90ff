/* By way of a household a signal of the school comes to the area team, whose own about the one it names is on its way to the
 * school: that of the lower OIN, the team's, goes on, and the school's meets nothing. See test_signals_taken.c. */
#define UNIFORM_PURPOSE  "zorgsignaal"
#define UNIFORM_PROVIDER AREA_TEAM
#define UNIFORM_ASKER    SCHOOL
#define UNIFORM_SHARED   LIFE_DAILY
#define UNIFORM_WITHHELD LIFE_MENTAL_HEALTH
#define UNIFORM_NEVER    LIFE_MENTAL_HEALTH
#include "unit/api/uniform.h"

#include "unit/api/homes_rig.h"

#include "api/signals_parts.h"

static struct uniform u;

static int open_all(void **state)
{
    static const struct match_times times = {.tick_ms = 1, .removal_ms = 0};
    struct error err;
    (void)state;
    uniform_open(&u, 3, 1);
    assert_int_equal(cooperation_open(&u.rig.api, &u.rig.api.cooperation, &err), RESULT_OK);
    assert_int_equal(signals_open(&u.rig.api, &times, &u.rig.api.signals, &err), RESULT_OK);
    meetings_register(&u.rig.api);
    const struct ident home[] = {u.people[CLASS_SHARED][0].id, u.people[CLASS_SHARED][1].id};
    homes_put(&u.rig, NULL, home, COUNT_OF(home));
    homes_open(&u.rig);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    signals_stop(u.rig.api.signals);
    rig_run(&u.rig);
    signals_close(u.rig.api.signals);
    homes_close(&u.rig);
    cooperation_close(u.rig.api.cooperation);
    uniform_close(&u);
    return 0;
}

/* Ours, that the school has under this state by the name of the other. */
static void worry(enum signal_reached state)
{
    struct error err;
    struct signal signal = {.told = SIGNAL_TOLD, .household = true, .published = {2026, 1, 2}, .until = {2030, 12, 31}};
    const struct ident id = entropy_ident(&u.rig.entropy);
    struct store_batch *batch = store_batch_new(u.rig.world.door);
    assert_non_null(batch);
    signal.spoor = entropy_ident(&u.rig.entropy);
    signal.key = entropy_ident(&u.rig.entropy);
    (void)snprintf(signal.publisher, sizeof signal.publisher, "g.jansen");
    (void)snprintf(signal.role, sizeof signal.role, "generalist");
    (void)snprintf(signal.basis, sizeof signal.basis, "wmo-5.1.1");
    if (state != REACH_NOTHING) {
        assert_int_equal(signal_reach_put(&signal, &u.asker.oin, state, &id, &err), RESULT_OK);
        signal.reach[0].person = u.people[CLASS_SHARED][1].id;
    }
    assert_int_equal(signals_put_row(batch, &id, &u.people[CLASS_SHARED][0].id, &signal, 0, &err), RESULT_OK);
    assert_int_equal(world_commit(&u.rig.world, batch), FAULT_NONE);
}

/* True when it met. */
static bool comes(void)
{
    static const char id[] = "00000000000000000000000000000001";
    char body[SIGNAL_REQUEST_BYTES + 1];
    char digits[2 * ASK_KEY_BYTES + 1];
    const struct ask_key *key = &u.people[CLASS_SHARED][0].key;
    hex_encode(slice_of(key->bytes, sizeof key->bytes), digits);
    const int len = snprintf(body, sizeof body,
                             "{\"ontvangstbewijs\":\"%s\",\"doel\":\"zorgsignaal\",\"betrokkene\":{\"sleutel\":\"%s\","
                             "\"periode\":%d},\"via\":\"huishouden\",\"inbreng\":{\"spoor\":\"%s\",\"grondslag\":"
                             "\"wpo-8\",\"verteld\":true,\"tot\":\"2026-12-31\",\"rollen\":[]},\"opvulling\":\"",
                             rig_receipt_at(SCHOOL, u.rig.moved_ms).text, digits, (int)u.scope.epoch, id);
    memset(body + len, ' ', (size_t)(SIGNAL_REQUEST_BYTES - 2 - len));
    memcpy(body + SIGNAL_REQUEST_BYTES - 2, "\"}", 3);
    struct http_request request = rig_request(&u.rig, body);
    request.peer = &u.asker;
    request.request_id = id;
    rig_handle(signals_take, &request);
    if (request.status != 200) {
        fail_msg("%d: %s", request.status, (const char *)request.answer.ptr);
    }
    const bool met = rig_says(&request, "\"spoor\"");
    rig_forget(&request);
    return met;
}

/* She is helped here too: by that it would be a second match, beside that of the two signals. */
static void one_that_is_on_its_way_waits_for_none(void **state)
{
    (void)state;
    worry(REACH_HIT);
    assert_false(comes());
}

static void one_that_went_nowhere_is_met(void **state)
{
    (void)state;
    worry(REACH_NOTHING);
    assert_true(comes());
}

/* What it met is over. */
static void and_one_of_which_nothing_lives(void **state)
{
    (void)state;
    worry(REACH_SENT);
    assert_true(comes());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_that_is_on_its_way_waits_for_none, open_all, close_all),
        cmocka_unit_test_setup_teardown(one_that_went_nowhere_is_met, open_all, close_all),
        cmocka_unit_test_setup_teardown(and_one_of_which_nothing_lives, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
