/*
 * signals_rig.h - an area team that worries about somebody, and a school that is in the same region.
 *
 * The node is the area team's, with two users; what goes to the school stays in rig->peers until the test answers it.
 * Ownership: open_all/close_all, as cmocka's setup and teardown. Thread: one.
 */
#ifndef KETENBRUG_TESTS_SIGNALS_RIG_H
#define KETENBRUG_TESTS_SIGNALS_RIG_H

#include "unit/api/sets_rig.h"

#include "unit/api/homes_rig.h"

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

static inline int open_all(void **state)
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

static inline int close_all(void **state)
{
    (void)state;
    signals_stop(rig.api.signals);
    for (size_t i = 0; i < rig.peers.count; i++) {
        const struct peer_outcome none = {.kind = PEER_DOWN, .media_type = "", .tries = 1};
        rig.peers.asks[i].done(rig.peers.asks[i].ctx, &none);
        rig_run(&rig);
    }
    signals_close(rig.api.signals);
    homes_close(&rig);
    cooperation_close(rig.api.cooperation);
    rig_close(&rig);
    return 0;
}

/* Rounds and lines, with all that comes of them but answers of partners about people. */
static inline void tick(void)
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

static inline struct http_request desk(const char *who, const char *body)
{
    struct http_request request = rig_request(&rig, body);
    request.authorization = who;
    return request;
}

static inline struct ident said(struct http_request *request)
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

static inline struct ident publish(const char *who, const char *body)
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

static inline void write_withdrawal(struct withdrawal *w, const char *who, const struct ident *id)
{
    (void)snprintf(w->body, sizeof w->body, "{\"zorgsignaal\":\"%s\"}", ident_text(id).text);
    w->request = desk(who, w->body);
}

static inline void withdraw(const char *who, const struct ident *id)
{
    struct withdrawal w;
    write_withdrawal(&w, who, id);
    rig_handle(signals_withdraw, &w.request);
    assert_int_equal(w.request.status, 200);
    rig_forget(&w.request);
}

/* ---- what is stored ---- */

static uint64_t row_version; /* of what was read last */

static inline void take_signal(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct error err;
    assert_null(failed);
    assert_non_null(found->item);
    row_version = found->item->version;
    assert_int_equal(signal_decode(found->item->payload, ctx, &err), RESULT_OK);
}

static inline struct signal stored(const struct ident *id)
{
    struct signal signal;
    store_get(rig.world.door, STORE_SIGNAL, id, STORE_KIND_COUNT, take_signal, &signal);
    return signal;
}

static inline enum signal_reached at_school(const struct ident *id)
{
    struct oin school;
    const struct signal signal = stored(id);
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    return signal_reached(&signal, &school);
}

struct counted {
    size_t within, live, closed;
};

static inline enum result count_one(void *ctx, const struct meeting_row *row, struct error *err)
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

static inline struct counted matches(void)
{
    struct counted counted = {0};
    struct error err;
    assert_int_equal(meetings_each(&rig.api, count_one, &counted, &err), RESULT_OK);
    return counted;
}

/* ---- the school ---- */

/* The place of what it was asked; the count when it was not. */
static inline size_t asked(const char *path)
{
    size_t i = 0;
    while (i < rig.peers.count && strcmp(rig.peers.asks[i].path, path) != 0) {
        i++;
    }
    return i;
}

static inline size_t count_of(const char *path, const char *with, const char *without)
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

static inline void settle(size_t at, const struct peer_outcome *outcome)
{
    assert_true(at < rig.peers.count);
    struct rig_ask ask = rig.peers.asks[at];
    rig.peers.count--;
    memmove(&rig.peers.asks[at], &rig.peers.asks[at + 1], (rig.peers.count - at) * sizeof ask);
    ask.done(ask.ctx, outcome);
    buf_free(&ask.body);
    rig_run(&rig);
}

static inline void lose(const char *path)
{
    const struct peer_outcome lost = {.kind = PEER_DOWN, .media_type = "", .tries = 1};
    settle(asked(path), &lost);
}

static inline void answer_signal(const char *met)
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
static inline int from_school(http_handler *handler, const char *member, char number)
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

static inline void confirm_end(void)
{
    char body[RECEIPT_TEXT + 64];
    (void)snprintf(body, sizeof body, "{\"ontvangstbewijs\":\"%s\"}", rig_receipt_at(SCHOOL, rig.moved_ms).text);
    const struct peer_outcome outcome = {
        .kind = PEER_ANSWERED, .status = 200, .media_type = "application/json", .body = slice_text(body), .tries = 1};
    settle(asked(ENDS), &outcome);
}

/* That of the contact data comes before it, under the same key. */
static inline void until_the_end_is_asked(void)
{
    for (int i = 0; i < 20 && count_of(ENDS, "\"spoor\"", "\"contact\"") == 0; i++) {
        if (asked(ENDS) < rig.peers.count) {
            confirm_end();
        }
        tick();
    }
}

/* ---- people ---- */

/* The involvement of somebody who is shielded, or is not any more. */
static inline void shield(const struct ident *person, bool shielded)
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

static inline void keep_person(void *ctx, const struct store_found *found, const struct error *failed)
{
    assert_null(failed);
    *(struct ident *)ctx = found->item->id;
}

static inline struct ident person_of(const char *bsn)
{
    struct ident person;
    store_find(rig.world.door, STORE_SUBJECT, STORE_KEY_A, slice_text(bsn), STORE_KIND_COUNT, keep_person, &person);
    return person;
}

#endif
