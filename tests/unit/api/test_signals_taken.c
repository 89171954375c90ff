/* Signals of a partner as they come in: under a new spoor before the end of the old one, and after an end; of a person who is
 * helped here, or about whom somebody here worries too. The node is the school's. */
#define UNIFORM_PURPOSE  "zorgsignaal"
#define UNIFORM_PROVIDER SCHOOL
#define UNIFORM_SHARED   LIFE_EDUCATION
#define UNIFORM_WITHHELD LIFE_MENTAL_HEALTH
#define UNIFORM_NEVER    LIFE_MENTAL_HEALTH
#include "unit/api/uniform.h"

#include "api/cooperation.h"
#include "api/meetings.h"
#include "api/meetings_parts.h"

#define TOKEN "Bearer kb-meester"
#define ONE   "11111111111111111111111111111111"
#define OTHER "22222222222222222222222222222222"

static struct uniform u;

static int open_all(void **state)
{
    static const struct match_times times = {.tick_ms = 1, .removal_ms = 0};
    struct error err;
    (void)state;
    uniform_open(&u, 3, 1);
    rig_user(&u.rig, "l.meester", 1U << ROLE_PROFESSIONAL, false, TOKEN);
    assert_int_equal(cooperation_open(&u.rig.api, &u.rig.api.cooperation, &err), RESULT_OK);
    assert_int_equal(signals_open(&u.rig.api, &times, &u.rig.api.signals, &err), RESULT_OK);
    meetings_register(&u.rig.api);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    signals_stop(u.rig.api.signals);
    for (size_t i = 0; i < u.rig.peers.count; i++) {
        const struct peer_outcome none = {.kind = PEER_DOWN, .media_type = "", .tries = 1};
        u.rig.peers.asks[i].done(u.rig.peers.asks[i].ctx, &none);
        rig_run(&u.rig);
    }
    signals_close(u.rig.api.signals);
    cooperation_close(u.rig.api.cooperation);
    uniform_close(&u);
    return 0;
}

/* True when it met. */
static bool post(http_handler *handler, char *body)
{
    static unsigned number;
    char id[IDENT_TEXT_SIZE];
    (void)snprintf(id, sizeof id, "%032x", ++number);
    struct http_request request = rig_request(&u.rig, body);
    request.peer = &u.asker;
    request.request_id = id;
    rig_handle(handler, &request);
    if (request.status != 200) {
        fail_msg("%d: %s", request.status, (const char *)request.answer.ptr);
    }
    const bool met = rig_says(&request, "\"spoor\"");
    rig_forget(&request);
    return met;
}

static bool comes(const char *spoor)
{
    char body[SIGNAL_REQUEST_BYTES + 1];
    char digits[2 * ASK_KEY_BYTES + 1];
    const struct ask_key *key = &u.people[CLASS_SHARED][0].key;
    hex_encode(slice_of(key->bytes, sizeof key->bytes), digits);
    const int len = snprintf(body, sizeof body,
                             "{\"ontvangstbewijs\":\"%s\",\"doel\":\"zorgsignaal\",\"betrokkene\":{\"sleutel\":\"%s\","
                             "\"periode\":%d},\"via\":\"persoon\",\"inbreng\":{\"spoor\":\"%s\",\"grondslag\":"
                             "\"wmo-5.1.1\",\"verteld\":true,\"tot\":\"2026-12-31\",\"rollen\":[]},\"opvulling\":\"",
                             rig_receipt_at(AREA_TEAM, u.rig.moved_ms).text, digits, (int)u.scope.epoch, spoor);
    memset(body + len, ' ', (size_t)(SIGNAL_REQUEST_BYTES - 2 - len));
    memcpy(body + SIGNAL_REQUEST_BYTES - 2, "\"}", 3);
    return post(signals_take, body);
}

static void ends(const char *spoor)
{
    char body[RECEIPT_TEXT + 128];
    (void)snprintf(body, sizeof body, "{\"ontvangstbewijs\":\"%s\",\"spoor\":\"%s\"}",
                   rig_receipt_at(AREA_TEAM, u.rig.moved_ms).text, spoor);
    (void)post(signals_take_end, body);
}

static void publish(void)
{
    char body[512];
    const struct bsn *bsn = &u.people[CLASS_SHARED][0].bsn;
    (void)snprintf(body, sizeof body,
                   "{\"sleutel\":\"" ONE "\",\"bsn\":\"%.*s\",\"grondslag\":\"wpo-8\",\"verteld\":true,\"contact\":"
                   "{\"naam\":\"L. Meester\",\"telefoon\":\"0990555200\"}}",
                   BSN_DIGITS, (const char *)bsn_digits(bsn).ptr);
    struct http_request request = rig_request(&u.rig, body);
    signals_tick(u.rig.api.signals);
    request.authorization = TOKEN;
    rig_handle(signals_add, &request);
    if (request.status != 201) {
        fail_msg("%d: %s", request.status, (const char *)request.answer.ptr);
    }
    rig_forget(&request);
}

/* Whose contact data or life is still here of the partner; and those that are over. */
struct counted {
    size_t live, over;
};

static enum result count_one(void *ctx, const struct meeting_row *row, struct error *err)
{
    struct counted *counted = ctx;
    const struct meeting_half *theirs = &row->meeting.halves[meeting_other(row->meeting.own)];
    (void)err;
    if (row->meeting.head.number != 0) {
        const bool live = row->meeting.state != MEETING_CLOSED && theirs->live && !theirs->ended;
        *(live ? &counted->live : &counted->over) += 1;
    }
    return RESULT_OK;
}

static void assert_matches(size_t live, size_t over)
{
    struct counted counted = {0};
    struct error err;
    assert_int_equal(meetings_each(&u.rig.api, count_one, &counted, &err), RESULT_OK);
    assert_int_equal(counted.live, live);
    assert_int_equal(counted.over, over);
}

static void a_new_spoor_stands_and_the_late_end_of_the_old_one_ends_nothing(void **state)
{
    (void)state;
    assert_true(comes(ONE));
    assert_matches(1, 0);
    assert_true(comes(OTHER));
    assert_matches(1, 1);
    ends(ONE);
    assert_matches(1, 1);
    assert_false(comes(ONE)); /* nor comes it back */
    assert_matches(1, 1);
    ends(OTHER);
    assert_matches(0, 2);
}

static void also_where_two_signals_met(void **state)
{
    publish();
    a_new_spoor_stands_and_the_late_end_of_the_old_one_ends_nothing(state);
}

static void what_comes_after_its_end_meets_nothing(void **state)
{
    (void)state;
    ends(ONE);
    assert_false(comes(ONE));
    assert_matches(0, 0);
    assert_true(comes(OTHER));
    assert_matches(1, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_spoor_stands_and_the_late_end_of_the_old_one_ends_nothing, open_all,
                                        close_all),
        cmocka_unit_test_setup_teardown(also_where_two_signals_met, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_comes_after_its_end_meets_nothing, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
