/*
 * Peer: a partner's signal, and a partner's end of one.
 *
 * A signal that can be read gets status 200 and an answer of the same size, whether the ask key is nobody's, or that of
 * somebody who is withheld, shielded, or about whom nobody here worries; and the same steps are taken for each, as in
 * consult_answer.c: behind a key that is nobody's stands a decoy, whose records are weighed like those of any other, and
 * nothing of that goes anywhere. Each leaves one record and one row of what came in. Only a true meeting is written, and
 * that the partner sees in the answer.
 */
#include <stdio.h>

#include "api/blocks.h"
#include "api/households.h"
#include "api/meetings_parts.h"
#include "api/set_access.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/workdays.h"

static const char *const changing[] = {"ontvangstbewijs", NAMING_FIELD, "opvulling"};

struct taking {
    struct incoming in;
    struct json *json;
    struct record record;
    struct signal_message message;
    struct ident spoor;
    struct ident contact; /* an end of these data alone, by their mark */
    bool of_contact;
    bool buries; /* of what is not known here */
    const struct party *sender;
    bool known; /* else the decision is on a decoy */
    struct signal_weighed weighed;
    bool named; /* by way of a household his signal is met for the first time: it is under another spoor from now on, */
    uint32_t drawn;   /* turns further */
    uint32_t before;  /* and what there was under that of this turn, */
    bool ends_before; /* if anything, is over */
    struct meeting_new met;
    struct buf answer;
};

static void clean(struct incoming *in)
{
    struct taking *t = (struct taking *)in;
    json_free(t->json);
    buf_wipe(&t->answer);
    mem_wipe(&t->message, sizeof t->message);
    mem_wipe(&t->weighed, sizeof t->weighed);
    mem_wipe(&t->met, sizeof t->met);
}

static void refuse(struct taking *t, const struct fault_list *faults)
{
    t->record.operation = RECORD_REFUSED;
    call_refuse(&t->in.call, &t->record, faults);
}

/* Our own failure, in the same words whoever it is about. */
static void cannot_take(struct taking *t, const struct error *why)
{
    struct error err;
    log_error(t->in.call.api->log, LOG_ERROR, "zorgsignaal-niet-aangenomen", why);
    (void)error_set(&err, FAULT_STORE, "", "dit zorgsignaal kan nu niet worden aangenomen");
    call_fail(&t->in.call, &err);
}

/* ---- what it meets ---- */

/* A spoor is one person's: with that of a match about another nothing is met, so that it makes no difference who that is. */
static bool is_over(const struct taking *t, const struct meeting_row *row)
{
    const struct meeting_half *theirs = &row->meeting.halves[meeting_other(row->meeting.own)];
    const bool anothers = row->version != 0 && !ident_equal(&row->meeting.subject, &t->weighed.subject_id);
    return anothers || (row->version != 0 && (!theirs->live || theirs->ended) && !theirs->by_involvement) ||
           date_compare(&t->message.half.until, &t->in.call.today) < 0;
}

/* What the own signal went by was somebody else's name: under that spoor it is over, and meets under another. By the same one the
 * partner would know with whom he lives, and have two matches by it. */
static bool is_named_himself(const struct taking *t)
{
    return t->weighed.may && !t->weighed.by_involvement && t->weighed.by_home;
}

/* The partner has our half by the answer, as if our signal had been sent: it need not be, and he hears of its end. That row
 * is put in any case: a withdrawal that is committed meanwhile would not know of the match. */
static enum result put_met(struct taking *t, struct store_batch *batch, struct error *err)
{
    struct api *api = t->in.call.api;
    struct signal_weighed *w = &t->weighed;
    if (t->ends_before) {
        const struct ident before = signals_spoor(api, &w->signal.spoor, &t->record.peer, t->before);
        TRY(signals_end_spoor(api, batch, &w->signal_id, &w->subject_id, &t->record.peer, &before, err));
    }
    TRY(meetings_meet(api, batch, &t->met, err));
    if (w->by_involvement) {
        return RESULT_OK;
    }
    if (!t->message.via_household || t->named) { /* else it is there already */
        TRY(signal_reach_put(&w->signal, &t->record.peer, REACH_SENT, &t->record.request_id, err));
        struct signal_reach *reach = signal_reach_of(&w->signal, &t->record.peer);
        reach->turn = w->turn;
        reach->person = t->named ? w->subject_id : reach->person;
    }
    return signals_put_row(batch, &w->signal_id, &w->subject_id, &w->signal, w->version, err);
}

static enum result meet(struct taking *t, struct store_batch **batch, struct error *err)
{
    *batch = store_batch_new(t->in.call.api->door);
    ENSURE(*batch != NULL, err, FAULT_NO_MEMORY, "match", "geen geheugen");
    if (put_met(t, *batch, err) != RESULT_OK) {
        call_drop(&t->in.call, *batch);
        return RESULT_FAILED;
    }
    return RESULT_OK;
}

static void wake(struct call *call)
{
    outbox_wake(call->api->outbox, &((struct taking *)call)->record.peer);
}

/* By way of a household: of the person that the key names one is recorded here too, with a source, a date, somebody else, and
 * nobody shielded. From memory, so that it costs the same whoever it is; whose signal it is, is not known. */
static bool lives_with_somebody(const struct taking *t)
{
    struct ident others[HOUSEHOLD_MEMBERS_MAX];
    return !t->message.via_household ||
           households_others(t->in.call.api->households, &t->weighed.subject_id, others) != 0;
}

/* By the rows too, of what is about to be met: the partner hears of that anyhow. */
static bool still_lives_with(const struct taking *t)
{
    struct ident others[HOUSEHOLD_MEMBERS_MAX];
    return !t->message.via_household ||
           households_others_now(t->in.call.api->households, &t->weighed.subject_id, others) != 0;
}

/* What lives of the own signal's spoor, that met by a household. */
struct by_home {
    const struct oin *peer;
    struct ident spoor;
    struct date today;
    bool lives; /* a signal of the partner past its day does not, though the history may not say so yet */
};

static enum result look_by_home(void *ctx, const struct meeting_row *row, struct error *err)
{
    struct by_home *look = ctx;
    const struct meeting *meeting = &row->meeting;
    const struct meeting_half *own = &meeting->halves[meeting->own];
    const struct meeting_half *theirs = &meeting->halves[meeting_other(meeting->own)];
    const bool past = date_is_set(&theirs->until) && date_compare(&theirs->until, &look->today) < 0;
    (void)err;
    if (meeting->state != MEETING_CLOSED && meeting->via_household && oin_equal(&meeting->peer, look->peer) &&
        ident_equal(&own->spoor, &look->spoor)) {
        look->lives = look->lives || theirs->by_involvement || (theirs->live && !theirs->ended && !past);
    }
    return RESULT_OK;
}

/* By way of a household a signal meets a signal as well, at whichever of both nodes the other's comes first: from then on that
 * one's is there, and is not sent. When both are on their way, that of the node with the lower OIN goes on. While one match of
 * it lives it has no other: the partner finds a match by our spoor. Another of his meets help then, if he named the person; if
 * the name was given here, nothing: what comes after may be of the same, sent before. Only of who has a signal that went there
 * is more looked for. */
static enum result take_signal(struct taking *t, struct error *err)
{
    struct api *api = t->in.call.api;
    struct signal_weighed *w = &t->weighed;
    struct by_home look = {.peer = &t->record.peer, .today = t->in.call.today};
    w->may = false; /* nor when what lives cannot be read: by the spoor of now he would know who lives together */
    if (w->by_home) {
        look.spoor = signals_spoor(api, &w->signal.spoor, &t->record.peer, w->turn);
        TRY(meetings_each_of(api, &w->subject_id, look_by_home, &look, err));
    }
    if (look.lives && w->by_partner) {
        signals_weigh_help(w);
        return RESULT_OK;
    }
    const bool later = w->by_home && w->under_way && meeting_side_of(&api->own_oin, &t->record.peer) == MEETING_LOW;
    w->may = !look.lives && !later;
    t->named = true;
    t->before = w->turn;
    t->ends_before = w->by_home || w->withdrawn;
    w->turn += t->drawn;
    return RESULT_OK;
}

/* What met under this spoor goes on. A signal that its publisher kept to the person is met by his own name alone; and so is one
 * that went to this partner by that. */
static enum result weigh_household(struct taking *t, const struct meeting_row *row, struct error *err)
{
    struct signal_weighed *w = &t->weighed;
    if (!w->may || w->by_involvement) {
        return RESULT_OK;
    }
    const bool met_help = row->version != 0 && row->meeting.halves[row->meeting.own].by_involvement;
    if (met_help || !w->signal.household || (row->version == 0 && w->by_himself)) {
        signals_weigh_help(w);
        return RESULT_OK;
    }
    return row->version == 0 ? take_signal(t, err) : RESULT_OK;
}

static enum result weigh(struct taking *t, const struct store_found *found, const struct meeting_row *row,
                         struct error *err)
{
    struct api *api = t->in.call.api;
    t->drawn = signals_drawn_turns(api); /* whoever it is about */
    TRY(signals_weigh(api, t->in.call.covenant, t->sender, found, NULL, &t->weighed, err));
    if (t->message.via_household) {
        return weigh_household(t, row, err);
    }
    if (is_named_himself(t)) {
        t->ends_before = true;
        t->before = t->weighed.turn++;
    }
    return RESULT_OK;
}

/* By a household nothing else meets under a spoor that met. */
static bool is_another(const struct taking *t, const struct meeting_row *row)
{
    return t->message.via_household && row->version != 0 &&
           !ident_equal(&row->meeting.halves[row->meeting.own].spoor, &t->met.own.spoor);
}

static void decide(struct taking *t, const struct store_found *found)
{
    struct api *api = t->in.call.api;
    struct error err;
    struct meeting_row row;
    struct store_batch *batch = NULL;
    const struct covenant *covenant = t->in.call.covenant;
    if (meetings_find(api, &t->record.peer, &t->message.half.spoor, &row, &err) != RESULT_OK) {
        cannot_take(t, &err);
        return;
    }
    if (weigh(t, found, &row, &err) != RESULT_OK && err.fault == FAULT_NO_MEMORY) {
        cannot_take(t, &err);
        return;
    }
    t->met = (struct meeting_new){.peer = t->record.peer,
                                  .subject = t->weighed.subject_id,
                                  .via_household = t->message.via_household,
                                  .covenant = covenant,
                                  .theirs = t->message.half};
    signals_half(api, covenant, &t->record.peer, &t->weighed, &t->message.half.spoor, &t->met.own);
    const bool lives_with = lives_with_somebody(t);
    const bool met =
        t->known && t->weighed.may && lives_with && !is_over(t, &row) && !is_another(t, &row) && still_lives_with(t);
    t->in.record.subject = t->known ? t->weighed.subject_id : t->in.record.subject;
    t->in.record.outcome = met ? OUTCOME_RELEASED : t->known ? OUTCOME_WITHHELD : OUTCOME_UNKNOWN;
    if (met && meet(t, &batch, &err) != RESULT_OK) {
        cannot_take(t, &err);
        return;
    }
    t->in.call.committed = met ? wake : NULL; /* an older match may have been replaced */
    signal_answer_write(met ? &t->met.own : NULL, &t->answer);
    incoming_finish(&t->in, batch, 200, buf_slice(&t->answer));
}

static void looked_up(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct taking *t = ctx;
    struct error err;
    if (failed != NULL) {
        cannot_take(t, failed);
    } else if (!api_still_agreed(t->in.call.api, t->in.call.held, &t->record.peer) ||
               blocks_partner(t->in.call.api, &t->record.peer)) {
        (void)error_set(&err, FAULT_FORBIDDEN, "convenant",
                        "tussen uw organisatie en deze is geen convenant van kracht");
        t->record.operation = RECORD_REFUSED;
        call_refuse_error(&t->in.call, &t->record, &err);
    } else {
        decide(t, found);
    }
}

/* Which decoy: a number that stays with this key and that only this node can reckon. */
static uint64_t pick_of(const struct taking *t, const struct match_scope *scope)
{
    uint8_t bytes[OIN_DIGITS + 4 + ASK_KEY_BYTES];
    uint8_t hash[SEAL_HASH_SIZE];
    memcpy(bytes, scope->requester.digits, OIN_DIGITS);
    bytes_put_u32(bytes + OIN_DIGITS, scope->epoch);
    memcpy(bytes + OIN_DIGITS + 4, t->message.subject.key.bytes, ASK_KEY_BYTES);
    seal_hash(t->in.call.api->keyring, SEAL_PSEUDONYM, slice_text("lokpersoon-zorgsignaal"),
              slice_of(bytes, sizeof bytes), hash);
    return bytes_get_u64(hash);
}

static void next(struct incoming *in)
{
    struct taking *t = (struct taking *)in;
    const struct sharing *sharing = in->call.api->sharing;
    const struct match_scope scope = {.provider = in->call.api->own_oin,
                                      .requester = t->record.peer,
                                      .purpose = slice_text(PURPOSE_SIGNAL),
                                      .epoch = t->message.subject.epoch};
    struct ident ids[2] = {{{0}}, {{0}}};
    struct error err;
    if (!sharing_answers(sharing, &scope)) { /* for this partner, whoever it is about */
        (void)error_set(&err, FAULT_BUSY, "koppeling", "de opzoekset voor dit doel wordt nog gemaakt");
        cannot_take(t, &err);
        return;
    }
    if (t->message.via_household && !households_ready(in->call.api->households)) { /* likewise */
        (void)error_set(&err, FAULT_BUSY, "huishoudens", "wat hier van huishoudens bekend is wordt nog gelezen");
        cannot_take(t, &err);
        return;
    }
    (void)sharing_decoy(sharing, pick_of(t, &scope), &ids[0]);
    t->known = sharing_find(sharing, &scope, &t->message.subject.key, &ids[1]);
    store_get(in->call.api->door, STORE_SUBJECT, &ids[t->known], STORE_ALL_CHILDREN, looked_up, t);
}

/* ---- the body ---- */

static void check(struct taking *t, struct fault_list *faults)
{
    struct error err;
    const struct call *call = &t->in.call;
    const struct meeting_half *half = &t->message.half;
    const int64_t days = date_days(&half->until) - date_days(&call->today);
    if (covenant_basis(call->covenant, slice_text(half->basis)) == NULL) {
        fault_list_add(faults, FAULT_INVALID, "/inbreng/grondslag", "deze grondslag staat niet in het convenant");
    }
    if (days > SIGNAL_DAYS_MAX + 31) { /* to the end of a month */
        fault_list_add(faults, FAULT_UNFIT, "/inbreng/tot", "ligt meer dan %d dagen vooruit", (int)SIGNAL_DAYS_MAX);
    }
    for (size_t i = 0; i < half->role_count; i++) {
        if (!covenant_role(call->covenant, slice_text(half->roles[i]))) {
            fault_list_add(faults, FAULT_INVALID, "/inbreng/rollen", "deze rol staat niet in het convenant");
        }
    }
    if (faults->count == 0 &&
        set_epoch_serves(call->api, t->message.subject.epoch, "/" NAMING_FIELD "/periode", &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    }
}

static void fill_record(struct taking *t)
{
    struct record *r = &t->record;
    const struct record words = signals_record(t->in.call.covenant, RECORD_SIGNAL_TAKEN);
    r->class = words.class;
    memcpy(r->purpose, words.purpose, sizeof r->purpose);
    memcpy(r->basis, t->message.half.basis, sizeof r->basis);
    r->inputs = t->message.half.told ? 0 : RECORD_INPUT_UNTOLD;
}

void signals_take(struct http_request *request, void *ctx)
{
    struct taking *t = (struct taking *)incoming_open(ctx, request, sizeof *t, clean);
    struct fault_list faults = {0};
    struct error err;
    struct buf stable;
    if (t == NULL) {
        return;
    }
    buf_init(&t->answer, INCOMING_ANSWER_MAX);
    if (json_parse(http_request_body(request), &t->json, &err) != RESULT_OK) {
        fault_list_add(&faults, err.fault, err.where, "%s", err.what);
    } else {
        signal_read(t->json, http_request_body(request).len, &t->message, &faults);
    }
    incoming_sender(&t->in, t->json, RECORD_SIGNAL_TAKEN, &t->record, &faults);
    if (faults.count == 0) {
        check(t, &faults);
    }
    if (faults.count != 0) {
        refuse(t, &faults);
        return;
    }
    t->in.answer_bytes = SIGNAL_ANSWER_BYTES; /* also when it comes again */
    t->sender = covenant_party(t->in.call.covenant, &t->record.peer);
    fill_record(t);
    buf_init(&stable, SIGNAL_REQUEST_BYTES);
    incoming_stable(t->json, changing, COUNT_OF(changing), &stable);
    incoming_begin(&t->in, &t->record, &t->message.half.spoor, buf_slice(&stable), next);
    buf_free(&stable);
}

/* ---- an end ---- */

static const struct json_field end_fields[] = {
    {"contact", JSON_TEXT, false, IDENT_TEXT_SIZE - 1,
     IDENT_TEXT_SIZE - 1}, /* a mark of the data that end, and no more */
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
    {"spoor", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
};

/* Past what is kept of one partner it comes again, by itself and later: his other messages do not wait for it. */
static void cannot_end(struct taking *t, const struct error *why)
{
    struct record record = t->record;
    record.operation = RECORD_REFUSED;
    if (why->fault == FAULT_EARLY) {
        call_refuse_error(&t->in.call, &record, why);
    } else {
        cannot_take(t, why);
    }
}

/* What they told of themselves goes at once; the writer's node puts the end into the history. */
static enum result end_match(struct taking *t, struct store_batch *batch, struct meeting_row *row, struct error *err)
{
    const enum meeting_side theirs = meeting_other(row->meeting.own);
    const struct ident mark = meetings_contact_mark(&row->meeting.halves[theirs].contact);
    if (t->of_contact && !ident_equal(&mark, &t->contact)) { /* another of his goes on, and came before this */
        return RESULT_OK;
    }
    if (t->of_contact) {
        meeting_forget(&row->meeting, theirs);
        return meetings_put(t->in.call.api, batch, row, err);
    }
    if (!row->meeting.halves[theirs].live || row->meeting.state == MEETING_CLOSED) {
        return RESULT_OK;
    }
    return meetings_end(t->in.call.api, batch, row, theirs, err);
}

/* Its end came before it, or it never met here. */
static enum result bury(struct taking *t, struct store_batch *batch, struct error *err)
{
    struct api *api = t->in.call.api;
    TRY(signals_ends_room(api->signals, &t->record.peer, err));
    TRY(meetings_bury(api, batch, &t->record.peer, &t->spoor, err));
    t->buries = true;
    return RESULT_OK;
}

static void end_taken(struct call *call)
{
    struct taking *t = (struct taking *)call;
    struct error err;
    if (t->buries && signals_ends_add(call->api->signals, &t->record.peer, &err) != RESULT_OK) {
        call->api->signals->ends_counted = false;
    }
    wake(call);
}

static void end_next(struct incoming *in)
{
    struct taking *t = (struct taking *)in;
    struct api *api = in->call.api;
    struct error err;
    struct meeting_row row = {.version = 0};
    struct store_batch *batch = store_batch_new(api->door);
    enum result result = batch != NULL ? meetings_find(api, &t->record.peer, &t->spoor, &row, &err)
                                       : error_set(&err, FAULT_NO_MEMORY, "match", "geen geheugen");
    if (result == RESULT_OK && row.version == 0 && !t->of_contact) {
        result = bury(t, batch, &err);
    } else if (result == RESULT_OK && row.version != 0) {
        in->record.subject = row.meeting.subject;
        result = end_match(t, batch, &row, &err);
    }
    if (result != RESULT_OK) {
        call_drop(&in->call, batch);
        cannot_end(t, &err);
        return;
    }
    in->call.committed = end_taken;
    in->record.outcome = OUTCOME_DONE;
    in->text = slice_text(t->of_contact ? "contact" : "einde");
    incoming_finish(in, batch, 200, slice_text("{}"));
}

void signals_take_end(struct http_request *request, void *ctx)
{
    struct taking *t = (struct taking *)incoming_open(ctx, request, sizeof *t, clean);
    struct fault_list faults = {0};
    struct buf stable;
    static const char *const receipt[] = {"ontvangstbewijs"};
    if (t == NULL) {
        return;
    }
    buf_init(&t->answer, INCOMING_ANSWER_MAX);
    t->json = call_json(&t->in.call, end_fields, COUNT_OF(end_fields), &faults);
    incoming_sender(&t->in, t->json, RECORD_SIGNAL_TAKEN, &t->record, &faults);
    if (faults.count == 0 && !ident_parse(json_text_of(t->json, "spoor"), &t->spoor)) {
        fault_list_add(&faults, FAULT_INVALID, "/spoor", "hier horen 32 hexadecimale cijfers");
    }
    const struct slice contact = json_text_of(t->json, "contact");
    t->of_contact = contact.len != 0;
    if (t->of_contact && !ident_parse(contact, &t->contact)) {
        fault_list_add(&faults, FAULT_INVALID, "/contact", "hier horen 32 hexadecimale cijfers");
    }
    if (faults.count != 0) {
        refuse(t, &faults);
        return;
    }
    fill_record(t);
    buf_init(&stable, SIGNAL_REQUEST_BYTES);
    incoming_stable(t->json, receipt, COUNT_OF(receipt), &stable);
    incoming_begin(&t->in, &t->record, &t->spoor, buf_slice(&stable), end_next);
    buf_free(&stable);
}
