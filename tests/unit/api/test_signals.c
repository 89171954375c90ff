/* Signals that meet while something else happens: two users at once, an answer that is lost or late, an end on its way. The
 * node is the area team's, and what goes to the school stays in rig->peers until the test answers it. */
#include "unit/api/sets_rig.h"

#include "unit/api/contend.h"

#include "api/cooperation.h"
#include "api/households.h"
#include "api/meetings.h"
#include "api/meetings_parts.h"

#define JANSEN "Bearer kb-jansen"
#define BAKKER "Bearer kb-bakker"
#define ADA    "999000007"
#define THEIRS "\"spoor\":\"77777777777777777777777777777777\""

#define SIGNAL(key, who)                                                                                               \
    "{\"sleutel\":\"" key "\",\"bsn\":\"" ADA                                                                          \
    "\",\"grondslag\":\"wmo-5.1.1\",\"verteld\":true,\"contact\":{\"naam\":\"" who "\",\"telefoon\":\"0990555100\"}}"
#define FIRST  SIGNAL("11111111111111111111111111111111", "G. Jansen")
#define SECOND SIGNAL("22222222222222222222222222222222", "R. Bakker")

static struct rig rig;
static struct sets sets;

static int open_all(void **state)
{
    static const char *const nobody[] = {NULL};
    static const struct match_times times = {.tick_ms = 1, .removal_ms = 0};
    struct error err;
    (void)state;
    rig_open_with(&rig, AREA_TEAM, false);
    rig_user(&rig, "g.jansen", 1U << ROLE_GENERALIST, false, JANSEN);
    rig_user(&rig, "r.bakker", 1U << ROLE_GENERALIST, false, BAKKER);
    (void)rig_person(&rig, ADA);
    sets_open(&sets, &rig, nobody, 0);
    sets_know(&sets, SCHOOL, ADA);
    sets_turn(&sets);
    assert_int_equal(cooperation_open(&rig.api, &rig.api.cooperation, &err), RESULT_OK);
    assert_int_equal(signals_open(&rig.api, &times, &rig.api.signals, &err), RESULT_OK);
    meetings_register(&rig.api);
    return 0;
}

/* Who lives with ADA; the school knows none of them yet. */
static const char *const others[] = {"999000020", "999000032"};
static struct ident ada, other_ids[COUNT_OF(others)], home_id;

static void put_home(const struct ident *members, size_t count)
{
    struct household home = {.member_count = count, .source = "BRP", .recorded = {2025, 1, 2}};
    struct buf payload;
    memcpy(home.members, members, count * sizeof *members);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    household_encode(&home, &payload);
    rig_put(&rig, STORE_HOUSEHOLD, &(struct store_write){.id = home_id, .payload = buf_slice(&payload)});
    buf_free(&payload);
    households_reread(rig.api.households);
    for (int i = 0; i < 6; i++) {
        cooperation_look(&rig.api);
        rig_run(&rig);
    }
    assert_true(households_ready(rig.api.households));
}

static void keep_person(void *ctx, const struct store_found *found, const struct error *failed);

static int open_home(void **state)
{
    struct error err;
    (void)open_all(state);
    assert_int_equal(households_open(&rig.api, &rig.api.households, &err), RESULT_OK);
    store_find(rig.world.door, STORE_SUBJECT, STORE_KEY_A, slice_text(ADA), STORE_KIND_COUNT, keep_person, &ada);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        other_ids[i] = rig_person(&rig, others[i]);
    }
    home_id = entropy_ident(&rig.entropy);
    put_home((struct ident[]){ada, other_ids[0], other_ids[1]}, 3);
    sets.count = 0; /* the school shares nothing of ADA */
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    signals_stop(rig.api.signals);
    for (size_t i = 0; i < rig.peers.count; i++) {
        const struct peer_outcome none = {.kind = PEER_DOWN, .media_type = "", .tries = 1};
        rig.peers.asks[i].done(rig.peers.asks[i].ctx, &none);
        rig_run(&rig);
    }
    signals_close(rig.api.signals);
    households_close(rig.api.households);
    rig.api.households = NULL;
    cooperation_close(rig.api.cooperation);
    rig_close(&rig);
    return 0;
}

/* Rounds and lines, with all that comes of them but answers of partners about people. */
static void tick(void)
{
    for (int i = 0; i < 4; i++) {
        uv_update_time(&rig.world.loop);
        signals_tick(rig.api.signals);
        rig_run(&rig);
        sets_answer(&sets);
    }
    rig.moved_ms += INT64_C(2) * OUTBOX_FIRST_MS;
    outbox_tick(rig.api.outbox);
    rig_run(&rig);
}

/* ---- the desk ---- */

static struct http_request desk(const char *who, const char *body)
{
    struct http_request request = rig_request(&rig, body);
    request.authorization = who;
    return request;
}

static struct ident said(struct http_request *request)
{
    struct ident id;
    const char *at = strstr((const char *)request->answer.ptr, "\"zorgsignaal\":\"");
    if (request->answers != 1 || at == NULL) {
        fail_msg("%d: %s", request->status, (const char *)request->answer.ptr);
    }
    assert_true(ident_parse(slice_of((const uint8_t *)at + 15, IDENT_TEXT_SIZE - 1), &id));
    rig_forget(request);
    return id;
}

static struct ident publish(const char *who, const char *body)
{
    struct http_request request = desk(who, body);
    rig_handle(signals_add, &request);
    assert_int_equal(request.status, 201);
    return said(&request);
}

struct withdrawal {
    char body[80];
    struct http_request request;
};

static void write_withdrawal(struct withdrawal *w, const char *who, const struct ident *id)
{
    (void)snprintf(w->body, sizeof w->body, "{\"zorgsignaal\":\"%s\"}", ident_text(id).text);
    w->request = desk(who, w->body);
}

static void withdraw(const char *who, const struct ident *id)
{
    struct withdrawal w;
    write_withdrawal(&w, who, id);
    rig_handle(signals_withdraw, &w.request);
    assert_int_equal(w.request.status, 200);
    rig_forget(&w.request);
}

/* ---- what is stored ---- */

static uint64_t row_version; /* of what was read last */

static void take_signal(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct error err;
    assert_null(failed);
    assert_non_null(found->item);
    row_version = found->item->version;
    assert_int_equal(signal_decode(found->item->payload, ctx, &err), RESULT_OK);
}

static struct signal stored(const struct ident *id)
{
    struct signal signal;
    store_get(rig.world.door, STORE_SIGNAL, id, STORE_KIND_COUNT, take_signal, &signal);
    return signal;
}

static enum signal_reached at_school(const struct ident *id)
{
    struct oin school;
    const struct signal signal = stored(id);
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    return signal_reached(&signal, &school);
}

struct counted {
    size_t within, live, closed;
};

static enum result count_one(void *ctx, const struct meeting_row *row, struct error *err)
{
    struct counted *counted = ctx;
    (void)err;
    if (oin_equal(&row->meeting.peer, &rig.api.own_oin)) {
        counted->within++;
    } else if (row->meeting.head.number != 0) {
        *(row->meeting.state == MEETING_CLOSED ? &counted->closed : &counted->live) += 1;
    }
    return RESULT_OK;
}

static struct counted matches(void)
{
    struct counted counted = {0};
    struct error err;
    assert_int_equal(meetings_each(&rig.api, count_one, &counted, &err), RESULT_OK);
    return counted;
}

/* ---- the school ---- */

/* The place of what it was asked; the count when it was not. */
static size_t asked(const char *path)
{
    size_t i = 0;
    while (i < rig.peers.count && strcmp(rig.peers.asks[i].path, path) != 0) {
        i++;
    }
    return i;
}

static size_t count_of(const char *path, const char *with, const char *without)
{
    size_t count = 0;
    for (size_t i = 0; i < rig.peers.count; i++) {
        const char *body = (const char *)rig.peers.asks[i].body.ptr;
        count += strcmp(rig.peers.asks[i].path, path) == 0 && strstr(body, with) != NULL &&
                 (without == NULL || strstr(body, without) == NULL);
    }
    return count;
}

#define SIGNALS "/v1/zorgsignalen"
#define ENDS    "/v1/zorgsignalen/beeindigingen"

static void settle(size_t at, const struct peer_outcome *outcome)
{
    assert_true(at < rig.peers.count);
    struct rig_ask ask = rig.peers.asks[at];
    rig.peers.count--;
    memmove(&rig.peers.asks[at], &rig.peers.asks[at + 1], (rig.peers.count - at) * sizeof ask);
    ask.done(ask.ctx, outcome);
    buf_free(&ask.body);
    rig_run(&rig);
}

static void lose(const char *path)
{
    const struct peer_outcome lost = {.kind = PEER_DOWN, .media_type = "", .tries = 1};
    settle(asked(path), &lost);
}

static void answer_signal(const char *met)
{
    char body[SIGNAL_ANSWER_BYTES + 1];
    const int used = snprintf(body, sizeof body, "{\"ontmoetingen\":[%s],\"ontvangstbewijs\":\"%s\",\"opvulling\":\"",
                              met, rig_receipt_at(SCHOOL, rig.moved_ms).text);
    memset(body + used, 'x', sizeof body - (size_t)used);
    memcpy(body + SIGNAL_ANSWER_BYTES - 2, "\"}", 3);
    const struct peer_outcome outcome = {.kind = PEER_ANSWERED,
                                         .status = 200,
                                         .media_type = "application/json",
                                         .body = slice_of(body, SIGNAL_ANSWER_BYTES),
                                         .tries = 1};
    settle(asked(SIGNALS), &outcome);
}

#define MET                                                                                                            \
    "{" THEIRS ",\"grondslag\":\"wmo-5.1.1\",\"verteld\":true,\"tot\":\"2026-12-31\",\"contact\":{\"naam\":"           \
    "\"L. Meester\"},\"rollen\":[\"generalist\"]}"

/* What it sends here, about a spoor of its own or a match. */
static int from_school(http_handler *handler, const char *member, char number)
{
    struct cert_identity school = {.organisation = "School"};
    char body[1024];
    char id[IDENT_TEXT_SIZE] = "99999999999999999999999999999990";
    id[IDENT_TEXT_SIZE - 2] = number;
    assert_true(oin_parse(slice_text(SCHOOL), &school.oin));
    (void)snprintf(body, sizeof body, "{\"ontvangstbewijs\":\"%s\",%s}", rig_receipt_at(SCHOOL, rig.moved_ms).text,
                   member);
    struct http_request request = rig_request(&rig, body);
    request.peer = &school;
    request.request_id = id;
    rig_handle(handler, &request);
    const int status = request.status;
    rig_forget(&request);
    return status;
}

/* ---- two at once ---- */

static void two_who_publish_at_once_share_a_spoor_and_meet(void **state)
{
    (void)state;
    struct http_request one = desk(JANSEN, FIRST);
    struct http_request other = desk(BAKKER, SECOND);
    tick();
    signals_add(&one, &rig.api);
    signals_add(&other, &rig.api);
    rig_run(&rig);
    assert_int_equal(one.status, 201);
    assert_int_equal(other.status, 201);
    const struct ident ids[] = {said(&one), said(&other)};
    const struct signal first = stored(&ids[0]);
    const struct signal second = stored(&ids[1]);
    assert_true(ident_equal(&first.spoor, &second.spoor));
    assert_int_equal(matches().within, 1);
}

/* Whichever comes first: no signal lives on under a spoor of which the school hears that it is over. */
static void publish_while_withdrawn(bool withdraw_first)
{
    tick();
    const struct ident first = publish(JANSEN, FIRST);
    tick();
    answer_signal("");
    assert_int_equal(at_school(&first), REACH_SENT);
    struct withdrawal w;
    struct http_request add = desk(BAKKER, SECOND);
    write_withdrawal(&w, JANSEN, &first);
    if (withdraw_first) {
        signals_withdraw(&w.request, &rig.api);
        signals_add(&add, &rig.api);
    } else {
        signals_add(&add, &rig.api);
        signals_withdraw(&w.request, &rig.api);
    }
    rig_run(&rig);
    assert_int_equal(w.request.status, 200);
    assert_int_equal(add.status, 201);
    rig_forget(&w.request);
    const struct ident second = said(&add);
    const struct signal ended = stored(&first);
    const struct signal lives = stored(&second);
    const bool same = ident_equal(&ended.spoor, &lives.spoor);
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), same ? 0 : 1);
    assert_int_equal(count_of(ENDS, "\"contact\"", NULL), same ? 1 : 0);
}

static void a_signal_beside_one_that_ends_is_not_over_with_it(void **state)
{
    (void)state;
    publish_while_withdrawn(true);
}

static void and_neither_when_it_came_first(void **state)
{
    (void)state;
    publish_while_withdrawn(false);
}

static void confirm_end(void)
{
    char body[RECEIPT_TEXT + 64];
    (void)snprintf(body, sizeof body, "{\"ontvangstbewijs\":\"%s\"}", rig_receipt_at(SCHOOL, rig.moved_ms).text);
    const struct peer_outcome outcome = {
        .kind = PEER_ANSWERED, .status = 200, .media_type = "application/json", .body = slice_text(body), .tries = 1};
    settle(asked(ENDS), &outcome);
}

/* That of the contact data comes before it, under the same key. */
static void until_the_end_is_asked(void)
{
    for (int i = 0; i < 20 && count_of(ENDS, "\"spoor\"", "\"contact\"") == 0; i++) {
        if (asked(ENDS) < rig.peers.count) {
            confirm_end();
        }
        tick();
    }
}

/* The first came to the school, which may have met it; the second did not yet. */
static void the_end_of_the_second_goes_where_the_first_came(bool answered)
{
    tick();
    const struct ident first = publish(JANSEN, FIRST);
    tick();
    if (answered) {
        answer_signal("");
    } else {
        lose(SIGNALS);
    }
    const struct ident second = publish(BAKKER, SECOND);
    withdraw(JANSEN, &first);
    withdraw(BAKKER, &second);
    tick();
    until_the_end_is_asked();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

static void the_end_of_the_last_goes_wherever_one_came(void **state)
{
    (void)state;
    the_end_of_the_second_goes_where_the_first_came(true);
}

static void and_where_its_answer_was_lost(void **state)
{
    (void)state;
    the_end_of_the_second_goes_where_the_first_came(false);
}

static void of_two_that_end_at_once_the_second_is_the_last(void **state)
{
    (void)state;
    tick();
    const struct ident ids[] = {publish(JANSEN, FIRST), publish(BAKKER, SECOND)};
    tick();
    answer_signal("");
    struct withdrawal ws[2];
    write_withdrawal(&ws[0], JANSEN, &ids[0]);
    write_withdrawal(&ws[1], BAKKER, &ids[1]);
    signals_withdraw(&ws[0].request, &rig.api);
    signals_withdraw(&ws[1].request, &rig.api);
    rig_run(&rig);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ws[i].request.status, 200);
        rig_forget(&ws[i].request);
    }
    tick();
    tick();
    until_the_end_is_asked();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

/* ---- an answer that is lost or late ---- */

static void what_was_unanswered_and_is_withdrawn_ends_at_both(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    lose(SIGNALS); /* the school met it, perhaps */
    assert_int_equal(at_school(&id), REACH_HIT);
    withdraw(JANSEN, &id);
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
    assert_int_equal(asked(SIGNALS), rig.peers.count);
    static const char step[] = "\"match\":\"44444444444444444444444444444444\",\"voorstel\":"
                               "\"55555555555555555555555555555555\",\"stap\":\"signaal-einde\"";
    assert_int_equal(from_school(meetings_take_proposal, step, '1'), 410); /* which closes it there */
    assert_int_equal(matches().live + matches().closed, 0);
}

#define UNTIL_JANUARY                                                                                                  \
    "{\"sleutel\":\"33333333333333333333333333333333\",\"bsn\":\"" ADA                                                 \
    "\",\"grondslag\":\"wmo-5.1.1\",\"verteld\":true,\"tot\":\"2026-01-15\",\"contact\":{\"naam\":\"G. Jansen\","      \
    "\"telefoon\":\"0990555100\"}}"

static void expire(bool answered)
{
    tick();
    const struct ident id = publish(JANSEN, UNTIL_JANUARY);
    tick();
    if (answered) {
        answer_signal("");
    } else {
        lose(SIGNALS);
    }
    rig.moved_ms += INT64_C(32) * 86400000;
    tick();
    tick();
    assert_int_equal(stored(&id).state, SIGNAL_EXPIRED);
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), answered ? 0 : 1);
}

static void what_expires_unanswered_sends_its_end(void **state)
{
    (void)state;
    expire(false);
}

static void what_expires_answered_needs_none(void **state)
{
    (void)state;
    expire(true);
}

/* A colleague's goes on: under a spoor of its own, once the school heard that the old one is over. */
static void what_expires_unanswered_beside_another_sends_its_end_too(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, UNTIL_JANUARY);
    tick();
    lose(SIGNALS);
    const struct ident other = publish(BAKKER, SECOND);
    rig.moved_ms += INT64_C(32) * 86400000;
    tick();
    tick();
    assert_int_equal(stored(&id).state, SIGNAL_EXPIRED);
    assert_int_equal(stored(&other).state, SIGNAL_RUNS);
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

static void an_answer_makes_a_match(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_SENT);
    assert_int_equal(matches().live, 1);
}

static void an_answer_that_comes_after_its_end_makes_none(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    assert_int_equal(from_school(signals_take_end, THEIRS, '1'), 200);
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_SENT);
    assert_int_equal(matches().live + matches().closed, 0);
}

static void nor_one_that_comes_after_the_withdrawal(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    withdraw(JANSEN, &id);
    answer_signal(MET);
    tick();
    assert_int_equal(at_school(&id), REACH_ENDED);
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
    assert_int_equal(matches().live + matches().closed, 0);
}

/* The involvement of somebody who is shielded, or is not any more. */
static void shield(const struct ident *person, bool shielded)
{
    struct involvement involvement = rig_budget();
    struct buf payload;
    involvement.sensitivity = shielded ? SENSITIVITY_SHIELDED : SENSITIVITY_NORMAL;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    involvement_encode(&involvement, &payload);
    const struct store_write item = {.id = {{9}}, .parent = *person, .payload = buf_slice(&payload)};
    rig_put(&rig, STORE_INVOLVEMENT, &item);
    buf_free(&payload);
    cooperation_touched(&rig.api, person);
    for (int i = 0; i < 3; i++) {
        cooperation_look(&rig.api);
        rig_run(&rig);
        tick();
    }
}

static void keep_person(void *ctx, const struct store_found *found, const struct error *failed)
{
    assert_null(failed);
    *(struct ident *)ctx = found->item->id;
}

static struct ident person_of(const char *bsn)
{
    struct ident person;
    store_find(rig.world.door, STORE_SUBJECT, STORE_KEY_A, slice_text(bsn), STORE_KIND_COUNT, keep_person, &person);
    return person;
}

static void nor_one_that_comes_after_it_might_go_no_longer(void **state)
{
    (void)state;
    const struct ident person = person_of(ADA);
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    shield(&person, true);
    assert_int_equal(at_school(&id), REACH_ENDED);
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
    shield(&person, false); /* and may again */
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_ENDED);
    assert_int_equal(matches().live + matches().closed, 0);
}

#define RENEWED SIGNAL("44444444444444444444444444444444", "G. Jansen-Smit")

static void what_is_renewed_meanwhile_is_sent_once_more(void **state)
{
    (void)state;
    tick();
    const struct ident id = publish(JANSEN, FIRST);
    tick();
    const struct ident again = publish(JANSEN, RENEWED);
    assert_true(ident_equal(&id, &again));
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_HIT);
    assert_int_equal(matches().live, 1);
    sets_turn(&sets);
    tick();
    assert_int_equal(count_of(SIGNALS, "G. Jansen-Smit", NULL), 1);
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_SENT);
    assert_int_equal(matches().live, 1);
}

/* A colleague's met meanwhile, under a spoor that began anew: what the answer tells of was under the old one. */
static void an_answer_under_a_spoor_that_is_over_makes_no_match(void **state)
{
    struct oin school;
    struct error err;
    const struct ident none = {{0}};
    (void)state;
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    const struct ident person = person_of(ADA);
    tick();
    const struct ident ids[] = {publish(JANSEN, FIRST), publish(BAKKER, SECOND)};
    tick();
    const struct ident other = ids[at_school(&ids[0]) == REACH_HIT];
    struct signal signal = stored(&other);
    assert_int_equal(signal_reach_put(&signal, &school, REACH_SENT, &none, &err), RESULT_OK);
    signal_reach_of(&signal, &school)->turn = 1;
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(signals_put_row(batch, &other, &person, &signal, row_version, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    answer_signal(MET);
    assert_int_equal(matches().live, 0);
}

/* ---- a new spoor before the old one's end is confirmed ---- */

static void a_new_signal_does_not_wait_for_the_end_of_the_old_one(void **state)
{
    (void)state;
    tick();
    const struct ident first = publish(JANSEN, FIRST);
    tick();
    answer_signal(MET);
    withdraw(JANSEN, &first);
    const struct ident second = publish(JANSEN, RENEWED);
    assert_false(ident_equal(&first, &second));
    sets_turn(&sets);
    tick(); /* its end is under way, or waits */
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
    assert_int_equal(matches().live, 1); /* the school's signal lives */
    answer_signal(MET);
    assert_int_equal(at_school(&second), REACH_SENT);
    assert_int_equal(matches().live, 1);
    assert_int_equal(matches().closed, 1);
    assert_int_equal(from_school(signals_take_end, THEIRS, '1'), 200);
    withdraw(JANSEN, &second);
    assert_int_equal(matches().live, 0);
    assert_int_equal(matches().closed, 2);
}

/* ---- ends of what never met here ---- */

static void bury(const char *partner, uint32_t from, uint32_t count)
{
    struct oin oin;
    struct error err;
    assert_true(oin_parse(slice_text(partner), &oin));
    for (uint32_t i = 0; i < count;) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        assert_non_null(batch);
        for (int k = 0; k < 500 && i < count; k++, i++) {
            const struct ident spoor = world_ident(from + i);
            assert_int_equal(meetings_bury(&rig.api, batch, &oin, &spoor, &err), RESULT_OK);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    }
}

static void a_partner_has_so_many_ends_kept_and_no_more(void **state)
{
    (void)state;
    static const char *const spoors[] = {"\"spoor\":\"99999999999999999999999999999991\"",
                                         "\"spoor\":\"99999999999999999999999999999992\""};
    bury(SCHOOL, 1000, SIGNAL_ENDS_MAX - 1);
    bury(DEBT_HELP, 900000, 3); /* another's do not count */
    tick();
    (void)publish(JANSEN, FIRST);
    tick();
    answer_signal(MET);
    assert_int_equal(from_school(signals_take_end, spoors[0], '1'), 200);
    assert_int_equal(from_school(signals_take_end, spoors[1], '2'), 425);
    assert_int_equal(from_school(signals_take_end, spoors[0], '1'), 200); /* the same again */
    assert_int_equal(from_school(signals_take_end, spoors[0], '3'), 200); /* known by now */
    assert_int_equal(from_school(signals_take_end, THEIRS, '4'), 200);    /* that of a match */
    signals_close(rig.api.signals);
    struct error err;
    static const struct match_times times = {.tick_ms = 1, .removal_ms = 0};
    assert_int_equal(signals_open(&rig.api, &times, &rig.api.signals, &err), RESULT_OK);
    assert_int_equal(from_school(signals_take_end, spoors[1], '5'), 425); /* counted anew */
    rig.moved_ms += (SIGNAL_DAYS_MAX + 40) * INT64_C(86400000);           /* they are swept, some at a time */
    for (int i = 0; i < 3; i++) {
        tick();
    }
    assert_int_equal(from_school(signals_take_end, spoors[1], '6'), 200);
}

/* ---- many at once ---- */

static size_t looked_at(const struct signal_line *line)
{
    size_t count = 0;
    for (size_t slot = 0; slot < line->known_room && slot < rig.api.signals->live_count; slot++) {
        count += line->known[slot].state != KNOWN_NOT;
    }
    return count;
}

/* Each is read: some in a turn of the loop, and all in the end. */
static void a_round_reads_so_many_and_the_next_the_others(void **state)
{
    enum { MANY = 300 };
    struct error err;
    (void)state;
    tick();
    const struct signal_line *line = rig.api.signals->lines[0];
    for (uint32_t i = 0; i < MANY; i++) { /* of people who went meanwhile */
        const struct ident id = world_ident(5000 + i);
        assert_int_equal(signals_note(rig.api.signals, &id, &id, &err), RESULT_OK);
    }
    sets_turn(&sets);
    signals_tick(rig.api.signals);
    assert_in_range(looked_at(line), 1, SIGNAL_HITS_ROUND);
    for (int i = 0; i < MANY / SIGNAL_HITS_ROUND; i++) {
        rig_run(&rig);
        sets_answer(&sets);
        signals_tick(rig.api.signals);
    }
    assert_int_equal(looked_at(line), MANY);
}

/* ---- by way of a household ---- */

enum { SPOOR_TEXT = 2 * IDENT_SIZE };

/* The spoor in what the school was asked at that place. */
static void spoor_at(size_t at, char out[SPOOR_TEXT + 1])
{
    assert_true(at < rig.peers.count);
    const char *spoor = strstr((const char *)rig.peers.asks[at].body.ptr, "\"spoor\":\"");
    assert_non_null(spoor);
    (void)snprintf(out, SPOOR_TEXT + 1, "%s", spoor + strlen("\"spoor\":\""));
}

/* A version of the sets, and what a round of it brings. */
static void turn(void)
{
    sets_turn(&sets);
    for (int i = 0; i < 3; i++) {
        tick();
    }
}

/* Both who live with her are in the school's set, and it does not know that they live together. */
static void who_live_together_are_not_told_by_their_spoor_or_their_time(void **state)
{
    char spoors[3][SPOOR_TEXT + 1];
    (void)state;
    sets_know(&sets, SCHOOL, others[0]);
    sets_know(&sets, SCHOOL, others[1]);
    turn();
    const struct ident id = publish(JANSEN, FIRST);
    turn();
    spoor_at(asked(SIGNALS), spoors[0]);
    answer_signal("");
    for (int i = 0; i < 3; i++) {
        tick(); /* not in the same round */
        assert_int_equal(asked(SIGNALS), rig.peers.count);
    }
    assert_int_equal(at_school(&id), REACH_NOTHING);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    answer_signal("");
    turn();
    assert_int_equal(asked(SIGNALS), rig.peers.count); /* each once in a period, */
    cooperation_touched(&rig.api, &other_ids[0]);      /* whatever changes here */
    cooperation_look(&rig.api);
    rig_run(&rig);
    turn();
    assert_int_equal(asked(SIGNALS), rig.peers.count);
    sets_know(&sets, SCHOOL, ADA);
    turn();
    spoor_at(asked(SIGNALS), spoors[2]); /* she herself */
    answer_signal("");
    assert_int_equal(at_school(&id), REACH_SENT);
    assert_string_not_equal(spoors[0], spoors[1]);
    assert_string_not_equal(spoors[0], spoors[2]);
    assert_string_not_equal(spoors[1], spoors[2]);
}

/* The school's own came here and met, and that it met nothing by the household comes after it. */
static void what_met_meanwhile_is_not_forgotten_by_an_answer_about_a_household(void **state)
{
    (void)state;
    sets_know(&sets, SCHOOL, others[0]);
    turn();
    const struct ident id = publish(JANSEN, FIRST);
    turn();
    assert_true(asked(SIGNALS) < rig.peers.count);
    struct signal signal = stored(&id);
    struct error err;
    struct store_batch *batch = store_batch_new(rig.world.door);
    signal.reach[0].state = REACH_SENT;
    assert_int_equal(signals_put_row(batch, &id, &ada, &signal, row_version, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    answer_signal("");
    assert_int_equal(at_school(&id), REACH_SENT);
    withdraw(JANSEN, &id);
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

static void meet_by_the_first(struct ident *id, char spoor[SPOOR_TEXT + 1])
{
    sets_know(&sets, SCHOOL, others[0]);
    turn();
    *id = publish(JANSEN, FIRST);
    turn();
    spoor_at(asked(SIGNALS), spoor);
    answer_signal(MET);
    assert_int_equal(at_school(id), REACH_SENT);
    assert_int_equal(matches().live, 1);
}

/* The other still lives with her. And what is known of herself there goes after that, under another spoor. */
static void what_met_by_who_moved_out_ends(void **state)
{
    struct ident id;
    char spoors[2][SPOOR_TEXT + 1];
    (void)state;
    meet_by_the_first(&id, spoors[0]);
    put_home((struct ident[]){ada, other_ids[1]}, 2);
    turn();
    assert_int_equal(count_of(ENDS, spoors[0], "\"contact\""), 1);
    sets_know(&sets, SCHOOL, ADA);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
}

static void what_met_by_who_is_shielded_ends(void **state)
{
    struct ident id;
    char spoor[SPOOR_TEXT + 1];
    (void)state;
    meet_by_the_first(&id, spoor);
    shield(&other_ids[0], true);
    turn();
    assert_int_equal(count_of(ENDS, spoor, "\"contact\""), 1);
}

#define MET_ANEW                                                                                                       \
    "{\"spoor\":\"88888888888888888888888888888888\",\"grondslag\":\"wmo-5.1.1\",\"verteld\":true,"                    \
    "\"tot\":\"2026-12-31\",\"rollen\":[]}"

/* The school begins to help ADA: what is about her is told by her own name, and no more by another's. */
static void who_becomes_known_himself_is_named_himself(void **state)
{
    struct ident id;
    char spoors[2][SPOOR_TEXT + 1];
    (void)state;
    meet_by_the_first(&id, spoors[0]);
    sets_know(&sets, SCHOOL, ADA);
    turn();
    tick();
    tick();
    assert_int_equal(count_of(ENDS, spoors[0], "\"contact\""), 1);
    assert_int_equal(count_of(SIGNALS, "\"via\":\"persoon\"", NULL), 1);
    confirm_end();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
    answer_signal(MET_ANEW);
    assert_int_equal(at_school(&id), REACH_SENT);
    withdraw(JANSEN, &id);
    tick();
    tick();
    assert_int_equal(count_of(ENDS, spoors[1], "\"contact\""), 1);
}

/* A colleague's goes on, and nothing of it goes under a spoor by which another was named. */
static void what_met_by_a_member_and_is_withdrawn_ends_beside_another(void **state)
{
    struct ident id;
    char spoors[2][SPOOR_TEXT + 1];
    (void)state;
    meet_by_the_first(&id, spoors[0]);
    const struct ident other = publish(BAKKER, SECOND);
    turn();
    assert_int_equal(asked(SIGNALS), rig.peers.count); /* it came */
    withdraw(JANSEN, &id);
    tick();
    assert_int_equal(count_of(ENDS, spoors[0], "\"contact\""), 1);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
    answer_signal(MET_ANEW);
    assert_int_equal(at_school(&other), REACH_SENT);
}

/* One came by her own name and was withdrawn; she left the school's set. The colleague's goes by another's, not under that spoor. */
static void beside_what_was_withdrawn_a_member_is_named_under_another_spoor(void **state)
{
    char spoors[2][SPOOR_TEXT + 1];
    (void)state;
    sets_know(&sets, SCHOOL, ADA);
    turn();
    const struct ident first = publish(JANSEN, FIRST);
    turn();
    spoor_at(asked(SIGNALS), spoors[0]);
    answer_signal(MET);
    assert_int_equal(at_school(&first), REACH_SENT);
    sets.count = 0;
    turn();
    const struct ident second = publish(BAKKER, SECOND);
    withdraw(JANSEN, &first);
    sets_know(&sets, SCHOOL, others[0]);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
    answer_signal("");
    withdraw(BAKKER, &second);
    for (int i = 0; i < 3; i++) {
        tick();
        until_the_end_is_asked();
    }
    assert_int_equal(count_of(ENDS, spoors[0], "\"contact\""), 1);
}

/* Nobody knows whom it named: it ends, and what goes next is another. */
static void what_named_a_member_and_had_no_answer_names_nobody_else_after_a_restart(void **state)
{
    static const struct match_times times = {.tick_ms = 1, .removal_ms = 0};
    char spoors[2][SPOOR_TEXT + 1];
    struct error err;
    (void)state;
    sets_know(&sets, SCHOOL, others[0]);
    turn();
    const struct ident id = publish(JANSEN, FIRST);
    turn();
    spoor_at(asked(SIGNALS), spoors[0]);
    lose(SIGNALS);
    assert_int_equal(at_school(&id), REACH_HIT);
    signals_stop(rig.api.signals);
    rig_run(&rig);
    signals_close(rig.api.signals);
    assert_int_equal(signals_open(&rig.api, &times, &rig.api.signals, &err), RESULT_OK);
    sets.count = 0;
    sets_know(&sets, SCHOOL, ADA);
    turn();
    turn();
    assert_int_equal(count_of(ENDS, spoors[0], "\"contact\""), 1);
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
}

/* The store is put back from before somebody was named: nobody else is under the spoor of that. */
static void who_is_named_after_a_restore_goes_under_another_spoor(void **state)
{
    char spoors[2][SPOOR_TEXT + 1];
    struct error err;
    (void)state;
    sets_know(&sets, SCHOOL, others[0]);
    turn();
    const struct ident id = publish(JANSEN, FIRST);
    const struct signal before = stored(&id);
    turn();
    spoor_at(asked(SIGNALS), spoors[0]);
    answer_signal("");
    (void)stored(&id);
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(signals_put_row(batch, &id, &ada, &before, row_version, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    sets_know(&sets, SCHOOL, others[1]);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_not_equal(spoors[0], spoors[1]);
    answer_signal("");
}

/* It is asked once more by the same name, and under the same spoor. */
static void what_named_a_member_and_had_no_answer_is_tried_again(void **state)
{
    char spoors[2][SPOOR_TEXT + 1];
    (void)state;
    sets_know(&sets, SCHOOL, others[0]);
    sets_know(&sets, SCHOOL, others[1]);
    turn();
    const struct ident id = publish(JANSEN, FIRST);
    turn();
    spoor_at(asked(SIGNALS), spoors[0]);
    lose(SIGNALS);
    turn();
    spoor_at(asked(SIGNALS), spoors[1]);
    assert_string_equal(spoors[0], spoors[1]);
    answer_signal(MET);
    assert_int_equal(at_school(&id), REACH_SENT);
    turn();
    assert_int_equal(asked(SIGNALS), rig.peers.count);
}

/* ---- what a round writes in the middle of what a user does ---- */

struct signal_row {
    struct ident id;
    struct ident subject;
    struct signal signal;
    uint64_t version;
};

static void take_signal_row(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct signal_row *row = ctx;
    struct error err;
    assert_null(failed);
    assert_non_null(found->item);
    row->subject = found->item->parent;
    row->version = found->item->version;
    assert_int_equal(signal_decode(found->item->payload, &row->signal, &err), RESULT_OK);
}

static void rewrite_signal(struct store_batch *batch, void *of_row)
{
    struct signal_row row = {.id = *(struct ident *)of_row};
    struct error err;
    store_get(rig.world.door, STORE_SIGNAL, &row.id, STORE_KIND_COUNT, take_signal_row, &row);
    assert_int_equal(signals_put_row(batch, &row.id, &row.subject, &row.signal, row.version, &err), RESULT_OK);
}

static void rewrite_match(struct store_batch *batch, void *of_row)
{
    struct meeting_row row;
    struct error err;
    assert_int_equal(meetings_get(&rig.api, of_row, &row, &err), RESULT_OK);
    assert_int_equal(meetings_put(&rig.api, batch, &row, &err), RESULT_OK);
}

static size_t records_since(uint64_t from, enum record_operation operation)
{
    size_t count = 0;
    for (uint64_t i = from; i < rig_leaves(&rig); i++) {
        count += rig_record(&rig, i).operation == operation;
    }
    return count;
}

static int withdraw_status(const struct ident *id, const char *says)
{
    struct withdrawal w;
    write_withdrawal(&w, JANSEN, id);
    rig_handle(signals_withdraw, &w.request);
    const int status = w.request.status;
    assert_true(rig_says(&w.request, says));
    rig_forget(&w.request);
    return status;
}

static void a_withdrawal_is_made_by_what_a_round_left_there(void **state)
{
    (void)state;
    tick();
    struct ident id = publish(JANSEN, FIRST);
    tick();
    answer_signal("");
    const uint64_t before = rig_leaves(&rig);
    contend_for(INCOMING_TRIES - 1, rewrite_signal, &id);
    assert_int_equal(withdraw_status(&id, "ingetrokken"), 200);
    assert_int_equal(contend.met, INCOMING_TRIES - 1);
    assert_int_equal(stored(&id).state, SIGNAL_WITHDRAWN);
    assert_int_equal(records_since(before, RECORD_SIGNAL_ENDED), 1); /* of the tries that failed nothing is left */
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

static void past_the_bound_a_withdrawal_is_refused_and_nothing_of_it_is_left(void **state)
{
    (void)state;
    tick();
    struct ident id = publish(JANSEN, FIRST);
    tick();
    answer_signal("");
    const uint64_t before = rig_leaves(&rig);
    contend_for(INCOMING_TRIES + 1, rewrite_signal, &id);
    assert_int_equal(withdraw_status(&id, "intussen"), 409);
    assert_int_equal(contend.met, INCOMING_TRIES + 1); /* the last: the record that it was refused */
    assert_int_equal(stored(&id).state, SIGNAL_RUNS);
    assert_int_equal(records_since(before, RECORD_SIGNAL_ENDED), 0);
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", NULL), 0);
    assert_int_equal(withdraw_status(&id, "ingetrokken"), 200); /* and once it is quiet it goes */
    tick();
    assert_int_equal(count_of(ENDS, "\"spoor\"", "\"contact\""), 1);
}

static int publish_status(const char *says)
{
    struct http_request request = desk(JANSEN, SECOND); /* he again: it renews the first */
    rig_handle(signals_add, &request);
    const int status = request.status;
    assert_true(rig_says(&request, says));
    rig_forget(&request);
    return status;
}

static void a_renewal_is_made_by_what_a_round_left_there(void **state)
{
    (void)state;
    tick();
    struct ident id = publish(JANSEN, FIRST);
    const uint64_t before = rig_leaves(&rig);
    contend_for(INCOMING_TRIES - 1, rewrite_signal, &id);
    assert_int_equal(publish_status(ident_text(&id).text), 201);
    assert_int_equal(contend.met, INCOMING_TRIES - 1);
    assert_string_equal(stored(&id).contact.name, "R. Bakker");
    assert_int_equal(records_since(before, RECORD_SIGNAL), 1);
}

static void past_the_bound_a_renewal_is_refused_and_comes_again_under_its_key(void **state)
{
    (void)state;
    tick();
    struct ident id = publish(JANSEN, FIRST);
    const uint64_t before = rig_leaves(&rig);
    contend_for(INCOMING_TRIES, rewrite_signal, &id);
    assert_int_equal(publish_status("intussen veranderd; kijk opnieuw"), 409);
    assert_int_equal(contend.met, INCOMING_TRIES);
    assert_string_equal(stored(&id).contact.name, "G. Jansen");
    assert_int_equal(records_since(before, RECORD_SIGNAL), 0);
    assert_int_equal(publish_status(ident_text(&id).text), 201);
    assert_string_equal(stored(&id).contact.name, "R. Bakker");
}

static enum result keep_match(void *ctx, const struct meeting_row *row, struct error *err)
{
    (void)err;
    *(struct meeting_row *)ctx = *row;
    return RESULT_OK;
}

static struct meeting_row the_match(void)
{
    struct meeting_row row = {.version = 0};
    struct error err;
    assert_int_equal(meetings_each(&rig.api, keep_match, &row, &err), RESULT_OK);
    assert_true(row.version != 0);
    return row;
}

/* Met with the school, whose events this node orders. */
static struct ident meet_school(void)
{
    tick();
    (void)publish(JANSEN, FIRST);
    tick();
    answer_signal(MET);
    return the_match().id;
}

static int step_status(const struct ident *match, const char *says)
{
    const struct ident_text id = ident_text(match);
    struct http_request request =
        desk(JANSEN, "{\"sleutel\":\"66666666666666666666666666666666\",\"stap\":\"contact\"}");
    request.parameter = id.text;
    rig_handle(meetings_step, &request);
    const int status = request.status;
    assert_true(rig_says(&request, says));
    rig_forget(&request);
    return status;
}

static void a_step_is_made_by_what_a_round_left_of_the_match(void **state)
{
    (void)state;
    struct ident match = meet_school();
    contend_for(INCOMING_TRIES - 1, rewrite_match, &match);
    assert_int_equal(step_status(&match, "contact-gelegd"), 200);
    assert_int_equal(contend.met, INCOMING_TRIES - 1);
    assert_int_equal(the_match().meeting.state, MEETING_CONTACTED);
    assert_int_equal(the_match().meeting.head.number, 2); /* once */
}

static void past_the_bound_a_step_is_refused_and_comes_again_under_its_key(void **state)
{
    (void)state;
    struct ident match = meet_school();
    contend_for(INCOMING_TRIES, rewrite_match, &match);
    assert_int_equal(step_status(&match, "intussen veranderd; kijk opnieuw"), 409);
    assert_int_equal(contend.met, INCOMING_TRIES);
    assert_int_equal(the_match().meeting.state, MEETING_OPEN);
    assert_int_equal(the_match().meeting.head.number, 1);
    assert_int_equal(step_status(&match, "contact-gelegd"), 200);
    assert_int_equal(step_status(&match, "contact-gelegd"), 200); /* the same again is that step */
    assert_int_equal(the_match().meeting.head.number, 2);
}

/* It is closed here while something of it goes to the school, which knows of no such match. */
static void what_was_on_its_way_in_a_match_that_closed_is_so_no_more(void **state)
{
    static const char unknown[] = "{\"status\":410}";
    const struct peer_outcome gone = {.kind = PEER_ANSWERED,
                                      .status = 410,
                                      .media_type = "application/problem+json",
                                      .body = slice_of(unknown, sizeof unknown - 1),
                                      .tries = 1};
    struct error err;
    (void)state;
    const struct ident match = meet_school();
    assert_int_equal(step_status(&match, "contact-gelegd"), 200);
    tick();
    struct meeting_row row = the_match();
    struct store_batch *batch = store_batch_new(rig.world.door);
    const struct date today = {2026, 1, 5};
    meeting_replace(&row.meeting, &today);
    row.meeting.under_way = true;
    assert_int_equal(meetings_put(&rig.api, batch, &row, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    settle(asked("/v1/matches/gebeurtenissen"), &gone);
    assert_int_equal(the_match().meeting.state, MEETING_CLOSED);
    assert_false(the_match().meeting.under_way);
}

static void a_proposal_of_the_partner_is_looked_at_again_and_past_the_bound_sent_again(void **state)
{
    (void)state;
    char body[160];
    struct ident match = meet_school();
    (void)snprintf(body, sizeof body,
                   "\"match\":\"%s\",\"voorstel\":\"55555555555555555555555555555555\",\"stap\":\"contact\"",
                   ident_text(&match).text);
    contend_for(INCOMING_TRIES, rewrite_match, &match);
    assert_int_equal(from_school(meetings_take_proposal, body, '1'), 425);
    assert_int_equal(contend.met, INCOMING_TRIES);
    assert_int_equal(the_match().meeting.head.number, 1);
    contend_for(INCOMING_TRIES - 1, rewrite_match, &match);
    assert_int_equal(from_school(meetings_take_proposal, body, '1'), 200);
    assert_int_equal(contend.met, INCOMING_TRIES - 1);
    assert_int_equal(the_match().meeting.state, MEETING_CONTACTED);
    assert_int_equal(the_match().meeting.head.number, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(two_who_publish_at_once_share_a_spoor_and_meet, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_signal_beside_one_that_ends_is_not_over_with_it, open_all, close_all),
        cmocka_unit_test_setup_teardown(and_neither_when_it_came_first, open_all, close_all),
        cmocka_unit_test_setup_teardown(the_end_of_the_last_goes_wherever_one_came, open_all, close_all),
        cmocka_unit_test_setup_teardown(and_where_its_answer_was_lost, open_all, close_all),
        cmocka_unit_test_setup_teardown(of_two_that_end_at_once_the_second_is_the_last, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_was_unanswered_and_is_withdrawn_ends_at_both, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_expires_unanswered_sends_its_end, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_expires_answered_needs_none, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_expires_unanswered_beside_another_sends_its_end_too, open_all, close_all),
        cmocka_unit_test_setup_teardown(an_answer_makes_a_match, open_all, close_all),
        cmocka_unit_test_setup_teardown(an_answer_that_comes_after_its_end_makes_none, open_all, close_all),
        cmocka_unit_test_setup_teardown(nor_one_that_comes_after_the_withdrawal, open_all, close_all),
        cmocka_unit_test_setup_teardown(nor_one_that_comes_after_it_might_go_no_longer, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_is_renewed_meanwhile_is_sent_once_more, open_all, close_all),
        cmocka_unit_test_setup_teardown(an_answer_under_a_spoor_that_is_over_makes_no_match, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_new_signal_does_not_wait_for_the_end_of_the_old_one, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_partner_has_so_many_ends_kept_and_no_more, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_round_reads_so_many_and_the_next_the_others, open_all, close_all),
        cmocka_unit_test_setup_teardown(who_live_together_are_not_told_by_their_spoor_or_their_time, open_home,
                                        close_all),
        cmocka_unit_test_setup_teardown(what_met_meanwhile_is_not_forgotten_by_an_answer_about_a_household, open_home,
                                        close_all),
        cmocka_unit_test_setup_teardown(what_met_by_who_moved_out_ends, open_home, close_all),
        cmocka_unit_test_setup_teardown(what_met_by_who_is_shielded_ends, open_home, close_all),
        cmocka_unit_test_setup_teardown(beside_what_was_withdrawn_a_member_is_named_under_another_spoor, open_home,
                                        close_all),
        cmocka_unit_test_setup_teardown(who_becomes_known_himself_is_named_himself, open_home, close_all),
        cmocka_unit_test_setup_teardown(what_met_by_a_member_and_is_withdrawn_ends_beside_another, open_home,
                                        close_all),
        cmocka_unit_test_setup_teardown(what_named_a_member_and_had_no_answer_names_nobody_else_after_a_restart,
                                        open_home, close_all),
        cmocka_unit_test_setup_teardown(who_is_named_after_a_restore_goes_under_another_spoor, open_home, close_all),
        cmocka_unit_test_setup_teardown(what_named_a_member_and_had_no_answer_is_tried_again, open_home, close_all),
        cmocka_unit_test_setup_teardown(a_withdrawal_is_made_by_what_a_round_left_there, open_all, close_all),
        cmocka_unit_test_setup_teardown(past_the_bound_a_withdrawal_is_refused_and_nothing_of_it_is_left, open_all,
                                        close_all),
        cmocka_unit_test_setup_teardown(a_renewal_is_made_by_what_a_round_left_there, open_all, close_all),
        cmocka_unit_test_setup_teardown(past_the_bound_a_renewal_is_refused_and_comes_again_under_its_key, open_all,
                                        close_all),
        cmocka_unit_test_setup_teardown(a_step_is_made_by_what_a_round_left_of_the_match, open_all, close_all),
        cmocka_unit_test_setup_teardown(past_the_bound_a_step_is_refused_and_comes_again_under_its_key, open_all,
                                        close_all),
        cmocka_unit_test_setup_teardown(what_was_on_its_way_in_a_match_that_closed_is_so_no_more, open_all, close_all),
        cmocka_unit_test_setup_teardown(a_proposal_of_the_partner_is_looked_at_again_and_past_the_bound_sent_again,
                                        open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
