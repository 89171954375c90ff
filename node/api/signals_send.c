/*
 * One signal to one partner, top to bottom in this order: weighed once more -> that it is about to go is durable, with its
 * request-id -> our receipt -> the partner -> that he has it, and what met, durable.
 * After the commit of a withdrawal nothing begins: the row that the first commit replaces is another then.
 */
#include "api/blocks.h"
#include "api/households.h"
#include "api/match_values.h"
#include "api/outbox.h"
#include "api/signals_parts.h"
#include "base/bytes.h"
#include "base/mem.h"

static const struct ident none = {{0}};

static void end(struct sending *s, bool settled)
{
    mem_wipe(&s->weighed, sizeof s->weighed);
    mem_wipe(&s->bsn, sizeof s->bsn);
    s->done(s, settled);
}

static void fail(struct sending *s, const struct error *err)
{
    log_error(s->signals->api->log, LOG_ERROR, "zorgsignaal-niet-verzonden", err);
    end(s, false);
}

static struct record record_of(const struct sending *s, enum record_operation operation)
{
    struct record record = signals_record(s->held->covenant, operation);
    const struct signal *signal = &s->weighed.signal;
    record.request_id = s->request_id;
    record.peer = s->partner->oin;
    record.subject = s->subject;
    record.inputs = signal->told != SIGNAL_TOLD ? RECORD_INPUT_UNTOLD : 0;
    memcpy(record.user, signal->publisher, sizeof signal->publisher);
    (void)slice_copy_text(slice_text(signal->role), record.role, sizeof record.role);
    (void)slice_copy_text(slice_text(signal->basis), record.basis, sizeof record.basis);
    return record;
}

/* What he is told makes the request another one, when the covenant or the signal changed since the last try. */
static struct ident request_of(const struct sending *s)
{
    const struct api *api = s->signals->api;
    struct meeting_half half;
    struct buf told;
    struct sha256 digest;
    struct ident out = {{0}};
    signals_half(api, s->held->covenant, &s->partner->oin, &s->weighed, &s->weighed.signal_id, &half);
    buf_init(&told, SIGNAL_REQUEST_BYTES + IDENT_SIZE + 4);
    buf_bytes(&told, s->weighed.signal.key.bytes, IDENT_SIZE);
    signal_answer_write(&half, &told);
    if (s->via_household) { /* each member's is another, and each period's: his household may be known there by then */
        uint8_t epoch[4];
        bytes_put_u32(epoch, s->set.epoch);
        buf_bytes(&told, s->person.bytes, IDENT_SIZE);
        buf_bytes(&told, epoch, sizeof epoch);
    }
    sha256_of(buf_slice(&told), &digest);
    seal_hash(api->keyring, SEAL_PSEUDONYM, slice_text("zorgsignaal-verzoek"), slice_of(digest.bytes, SHA256_SIZE),
              out.bytes);
    buf_wipe(&told);
    mem_wipe(&half, sizeof half);
    return out;
}

/* ---- what came of it ---- */

static void written(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct sending *s = ctx;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(s->signals->api->audit);
        fail(s, err);
        return;
    }
    outbox_wake(s->signals->api->outbox, &s->partner->oin); /* an older match may have been replaced */
    end(s, s->told);
}

/* An answer may be late: what it tells of may have ended since, and that end came here before it. */
static enum result put_meeting(struct sending *s, struct store_batch *batch, struct error *err)
{
    struct meeting_row row;
    struct meeting_new met = {.peer = s->partner->oin,
                              .subject = s->subject,
                              .via_household = s->via_household,
                              .covenant = s->held->covenant,
                              .theirs = s->answer.half};
    TRY(meetings_find(s->signals->api, &s->partner->oin, &met.theirs.spoor, &row, err));
    const struct meeting_half *theirs = &row.meeting.halves[meeting_other(row.meeting.own)];
    if (row.version != 0 && !theirs->by_involvement && (!theirs->live || theirs->ended)) {
        return RESULT_OK;
    }
    signals_half(s->signals->api, s->held->covenant, &s->partner->oin, &s->weighed, &s->weighed.signal_id, &met.own);
    return meetings_meet(s->signals->api, batch, &met, err);
}

/* What he was told of it is what there is to tell: it was not renewed while the answer was on its way. */
static bool is_told(const struct sending *s)
{
    const struct ident now = request_of(s);
    return ident_equal(&now, &s->request_id);
}

/* What went under that turn of its spoor is over, at both. */
static enum result end_under(const struct sending *s, struct store_batch *batch, uint32_t turn, struct error *err)
{
    struct api *api = s->signals->api;
    const struct ident spoor = signals_spoor(api, &s->weighed.signal.spoor, &s->partner->oin, turn);
    return signals_end_spoor(api, batch, &s->signal, &s->subject, &s->partner->oin, &spoor, err);
}

/* By a member who met nothing nothing was kept there; unless an earlier try did. Whoever is named next goes under another spoor:
 * by the same one the partner would know that they live together. */
static enum result put_nobody(struct sending *s, struct store_batch *batch, struct error *err)
{
    struct signal_reach *reach = signal_reach_of(&s->weighed.signal, &s->partner->oin);
    TRY(s->again ? end_under(s, batch, s->weighed.turn, err) : RESULT_OK);
    reach->state = REACH_NOTHING;
    reach->turn = s->weighed.turn + 1;
    reach->person = none;
    return RESULT_OK;
}

/* What met meanwhile, by his own signal, stays so. */
static enum result put_reached(struct sending *s, struct store_batch *batch, struct error *err)
{
    struct signal_reach *reach = signal_reach_of(&s->weighed.signal, &s->partner->oin);
    if (!s->nobody) {
        reach->state = s->told ? REACH_SENT : REACH_HIT;
    } else if (reach->state == REACH_HIT) {
        return put_nobody(s, batch, err);
    }
    return RESULT_OK;
}

static enum result write_answered(struct sending *s, struct store_batch *batch, struct error *err)
{
    struct record record = record_of(s, RECORD_CONFIRMED);
    TRY(audit_append_exchange(s->signals->api->audit, batch, &record, slice_of(NULL, 0),
                              slice_of(s->theirs, RECEIPT_BYTES), &s->place, err));
    TRY(put_reached(s, batch, err));
    TRY(signals_put_row(batch, &s->signal, &s->subject, &s->weighed.signal, s->weighed.version, err));
    return s->answer.met ? put_meeting(s, batch, err) : RESULT_OK;
}

/* It went, and nothing ended it there since: neither a withdrawal, nor that it might go no longer, if it may again, nor that the
 * person's signals go under another spoor by now. */
static bool is_there(const struct sending *s, const struct signal_weighed *now)
{
    const enum signal_reached reached = signal_reached(&now->signal, &s->partner->oin);
    return now->may && (reached == REACH_HIT || reached == REACH_SENT) &&
           signal_turn(&now->signal, &s->partner->oin) == s->weighed.turn && now->turn == s->weighed.turn;
}

/* The row as it is by now: of an end meanwhile this partner was told already. */
static void answer_holds(struct sending *s)
{
    struct api *api = s->signals->api;
    struct error err;
    struct signal_weighed now;
    if (signals_weigh_of(api, s->held->covenant, s->partner, &s->subject, &s->signal, &now, &err) != RESULT_OK) {
        fail(s, &err);
        return;
    }
    if (!is_there(s, &now)) { /* what goes anew under another spoor goes in a next round */
        end(s, !now.may || signal_reached(&now.signal, &s->partner->oin) == REACH_ENDED);
        return;
    }
    s->weighed = now;
    s->nobody = s->via_household && !s->answer.met;
    s->told = s->nobody || is_told(s);
    struct store_batch *batch = store_batch_new(api->door);
    const enum result result = batch != NULL ? write_answered(s, batch, &err)
                                             : error_set(&err, FAULT_NO_MEMORY, "zorgsignaal", "geen geheugen");
    if (result != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(api->audit);
        fail(s, &err);
    } else {
        store_commit(api->door, batch, written, s);
    }
}

static void answered(void *ctx, const struct peer_outcome *outcome)
{
    struct sending *s = ctx;
    struct api *api = s->signals->api;
    struct error err;
    const struct slice purpose = slice_text(PURPOSE_SIGNAL);
    if (outcome->kind != PEER_ANSWERED || outcome->status != 200) {
        log_event(api->log, LOG_WARNING, "zorgsignaal-niet-aangenomen", LOG_TEXT("oin", s->partner->oin.digits),
                  LOG_TEXT("oorzaak", peer_outcome_slug(outcome->kind)), LOG_NUMBER("status", outcome->status));
        end(s, false);
        return;
    }
    lookups_count(api->lookups, &s->partner->oin, purpose, LOOKUP_ANSWERED);
    if (signal_answer_read(outcome->body, &s->answer, &err) != RESULT_OK ||
        receipt_read(api, s->held, s->partner, slice_text(s->answer.receipt), "ontvangstbewijs", s->theirs, &err) !=
            RESULT_OK) {
        fail(s, &err);
        return;
    }
    answer_holds(s);
}

/* ---- sending ---- */

static enum result send(struct sending *s, const uint8_t *receipt, struct error *err)
{
    struct api *api = s->signals->api;
    struct signal_message message = {.subject = {s->value.key, s->set.epoch}, .via_household = s->via_household};
    char text[RECEIPT_TEXT];
    struct buf body;
    ENSURE(api_still_agreed(api, s->held, &s->partner->oin) && !blocks_partner(api, &s->partner->oin), err,
           FAULT_FORBIDDEN, "convenant", "met deze ketenpartner is geen convenant meer van kracht");
    receipt_write(receipt, text);
    message.receipt = slice_of(text, sizeof text);
    signals_half(api, s->held->covenant, &s->partner->oin, &s->weighed, &s->weighed.signal_id, &message.half);
    buf_init(&body, SIGNAL_REQUEST_BYTES);
    enum result result = signal_write(&message, &body, err);
    const struct peer_request request = {
        .target = {s->partner->oin, s->partner->url},
        .path = "/v1/zorgsignalen",
        .request_id = s->request_id,
        .media_type = "application/json",
        .body = buf_slice(&body),
        .background = true,
    };
    if (result == RESULT_OK) {
        result = peer_ask(api->peers, &request, answered, s, NULL, err);
    }
    if (result == RESULT_OK) {
        lookups_count(api->lookups, &s->partner->oin, slice_text(PURPOSE_SIGNAL), LOOKUP_ASKED);
    }
    buf_wipe(&body);
    mem_wipe(&message, sizeof message);
    return result;
}

static void receipt_made(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct sending *s = ctx;
    struct error err;
    if (receipt == NULL) {
        fail(s, why);
    } else if (send(s, receipt, &err) != RESULT_OK) {
        fail(s, &err);
    }
}

static void recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct sending *s = ctx;
    if (err != NULL) { /* withdrawn meanwhile, or nothing can be written */
        audit_forget_keys(s->signals->api->audit);
        fail(s, err);
        return;
    }
    outbox_wake(s->signals->api->outbox, &s->partner->oin); /* an end may go before it */
    s->want = (struct receipt_want){.sequence = committed->first_leaf + s->place.index,
                                    .leaf_hash = s->place.leaf_hash,
                                    .peer = s->partner->oin,
                                    .got = receipt_made,
                                    .ctx = s};
    receipts_want(s->signals->api->receipts, &s->want);
}

/* From the first try on: a batch went before it, and one before each next would use up what he evaluates in a day. */
static enum result put_asked(const struct sending *s, struct store_batch *batch, struct error *err)
{
    struct api *api = s->signals->api;
    const struct match_key key = match_key_of(s->set.epoch, &s->set.key);
    struct match_values *values = match_values_read(api, &s->bsn, slice_text(PURPOSE_SIGNAL));
    ENSURE(values != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    match_values_asked(values, &s->partner->oin, &key);
    const enum result result = values->changed ? match_values_write(api, values, &s->bsn, batch, err) : RESULT_OK;
    match_values_free(values);
    return result;
}

/* It went under this spoor before, and had no answer. */
static bool is_begun(const struct sending *s, const struct signal_weighed *weighed)
{
    return signal_reached(&weighed->signal, &s->partner->oin) == REACH_HIT &&
           signal_turn(&weighed->signal, &s->partner->oin) == weighed->turn;
}

static enum result begin(struct sending *s, struct store_batch *batch, struct error *err)
{
    struct record record = record_of(s, RECORD_SIGNAL_SENT);
    record.outcome = OUTCOME_PENDING;
    s->again = is_begun(s, &s->weighed);
    TRY(s->replaces ? end_under(s, batch, s->before, err) : RESULT_OK);
    TRY(audit_append_exchange(s->signals->api->audit, batch, &record, slice_of(NULL, 0), slice_of(NULL, 0), &s->place,
                              err));
    TRY(signal_reach_put(&s->weighed.signal, &s->partner->oin, REACH_HIT, &s->request_id, err));
    struct signal_reach *reach = signal_reach_of(&s->weighed.signal, &s->partner->oin);
    reach->request_id = s->request_id;
    reach->turn = s->weighed.turn;
    reach->person = s->via_household ? s->person : none;
    TRY(put_asked(s, batch, err));
    return signals_put_row(batch, &s->signal, &s->subject, &s->weighed.signal, s->weighed.version, err);
}

/* A round may take a while: who left the set meanwhile is not known there any more. */
static bool is_in_set(const struct sending *s)
{
    struct lookup_set now;
    struct lookups *lookups = s->signals->api->lookups;
    const struct slice purpose = slice_text(PURPOSE_SIGNAL);
    return lookups_state(lookups, &s->partner->oin, purpose, &now) == LOOKUP_READY && now.epoch == s->set.epoch &&
           memcmp(&now.key, &s->set.key, sizeof now.key) == 0 &&
           lookups_test(lookups, &s->partner->oin, purpose, &now, s->value.fingerprint);
}

/* Who is named: he, or of his household one whom a signal may be about too, with nobody shielded. */
static enum result name(struct sending *s, bool *may, struct error *err)
{
    struct signal_weighed member;
    struct api *api = s->signals->api;
    s->bsn = s->weighed.subject.bsn;
    *may = true;
    if (!s->via_household) {
        return RESULT_OK;
    }
    ENSURE(households_ready(api->households), err, FAULT_BUSY, "huishoudens", "wordt nog gelezen");
    TRY(signals_weigh_of(api, s->held->covenant, s->partner, &s->person, SIGNALS_MEMBER, &member, err));
    s->bsn = member.subject.bsn;
    *may = member.may && signals_lives_with(api, &s->subject, &s->person, true);
    mem_wipe(&member, sizeof member);
    return RESULT_OK;
}

/* He is named himself where somebody of his household was. */
static bool is_by_home(struct signal_weighed *weighed, const struct oin *partner)
{
    const struct signal_reach *reach = signal_reach_of(&weighed->signal, partner);
    return reach != NULL && reach->state == REACH_SENT && reach->turn == weighed->turn &&
           !ident_equal(&reach->person, &none);
}

bool signals_are_there(struct signal_weighed *weighed, const struct oin *partner, const struct ident *person)
{
    const struct signal_reach *reach = signal_reach_of(&weighed->signal, partner);
    const bool there =
        reach != NULL && (reach->state == REACH_SENT || reach->state == REACH_ENDED) && reach->turn == weighed->turn;
    const bool himself = ident_equal(person, &none);
    return there && !(himself && is_by_home(weighed, partner));
}

bool signals_go_by_another(struct signal_weighed *weighed, const struct oin *partner, const struct ident *person)
{
    const struct signal_reach *reach = signal_reach_of(&weighed->signal, partner);
    const bool begun = reach != NULL && reach->state == REACH_HIT && reach->turn == weighed->turn;
    return weighed->begun_by_home || (weighed->begun && !ident_equal(person, &none)) ||
           (begun && !ident_equal(&reach->person, person));
}

uint32_t signals_drawn_turns(const struct api *api)
{
    uint16_t drawn = 0;
    api->entropy->fill(api->entropy->ctx, &drawn, sizeof drawn);
    return 1U + drawn;
}

void signal_send(struct sending *s)
{
    struct api *api = s->signals->api;
    struct error err;
    if (signals_weigh_of(api, s->held->covenant, s->partner, &s->subject, &s->signal, &s->weighed, &err) != RESULT_OK) {
        fail(s, &err);
        return;
    }
    bool may = false;
    if (name(s, &may, &err) != RESULT_OK) {
        fail(s, &err);
        return;
    }
    const struct ident *person = s->via_household ? &s->person : &none;
    if (!s->weighed.may || s->weighed.sent || !may || signals_are_there(&s->weighed, &s->partner->oin, person)) {
        end(s, true);
        return;
    }
    if (signals_go_by_another(&s->weighed, &s->partner->oin, person) || !is_in_set(s)) {
        end(s, false);
        return;
    }
    s->before = s->weighed.turn;
    s->replaces = s->via_household ? s->weighed.withdrawn : is_by_home(&s->weighed, &s->partner->oin);
    s->weighed.turn += s->replaces;
    s->weighed.turn += s->via_household && !is_begun(s, &s->weighed) ? signals_drawn_turns(api) : 0;
    s->request_id = request_of(s);
    struct store_batch *batch = store_batch_new(api->door);
    const enum result result =
        batch != NULL ? begin(s, batch, &err) : error_set(&err, FAULT_NO_MEMORY, "zorgsignaal", "geen geheugen");
    if (result != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(api->audit);
        fail(s, &err);
    } else {
        store_commit(api->door, batch, recorded, s);
    }
}

/* ---- what went, and had no answer ---- */

struct of_now {
    struct ident spoor;
    const struct oin *partner;
    bool lives;
};

static enum result look_for_match(void *ctx, const struct meeting_row *row, struct error *err)
{
    struct of_now *now = ctx;
    const struct meeting *meeting = &row->meeting;
    (void)err;
    now->lives = now->lives || (meeting->state != MEETING_CLOSED && oin_equal(&meeting->peer, now->partner) &&
                                ident_equal(&meeting->halves[meeting->own].spoor, &now->spoor));
    return RESULT_OK;
}

static void taken_back(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct sending *s = ctx;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(s->signals->api->audit);
        fail(s, err);
        return;
    }
    outbox_wake(s->signals->api->outbox, &s->partner->oin);
    end(s, true);
}

static enum result put_back(struct sending *s, struct store_batch *batch, const struct ident *spoor, struct error *err)
{
    struct signal *signal = &s->weighed.signal;
    struct signal_reach *reach = signal_reach_of(signal, &s->partner->oin);
    TRY(signals_post_end(s->signals->api, batch, &s->signal, &s->partner->oin, spoor, NULL, err));
    reach->state = REACH_NOTHING;
    reach->turn = s->weighed.turn + 1;
    reach->person = none;
    return signals_put_row(batch, &s->signal, &s->subject, signal, s->weighed.version, err);
}

void signal_take_back(struct sending *s)
{
    struct api *api = s->signals->api;
    struct error err;
    if (signals_weigh_of(api, s->held->covenant, s->partner, &s->subject, &s->signal, &s->weighed, &err) != RESULT_OK) {
        fail(s, &err);
        return;
    }
    const struct signal *signal = &s->weighed.signal;
    struct of_now now = {.partner = &s->partner->oin};
    now.spoor = signals_spoor(api, &signal->spoor, &s->partner->oin, s->weighed.turn);
    if (meetings_each_of(api, &s->subject, look_for_match, &now, &err) != RESULT_OK) {
        fail(s, &err);
        return;
    }
    /* Of what met here both know, and a colleague's that came there says the same. */
    if (!s->weighed.may || s->weighed.sent || now.lives || signal_reached(signal, &s->partner->oin) != REACH_HIT) {
        end(s, true);
        return;
    }
    struct store_batch *batch = store_batch_new(api->door);
    const enum result result = batch != NULL ? put_back(s, batch, &now.spoor, &err)
                                             : error_set(&err, FAULT_NO_MEMORY, "zorgsignaal", "geen geheugen");
    if (result != RESULT_OK) {
        store_batch_free(batch);
        fail(s, &err);
    } else {
        store_commit(api->door, batch, taken_back, s);
    }
}
