/* Peer: proposals at the node that orders, events at the other. */
#include "api/meetings.h"

#include <stdio.h>

#include "api/meetings_parts.h"
#include "base/mem.h"
#include "base/workdays.h"

static const struct json_field proposal_fields[] = {
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
    {"match", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"voorstel", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"stap", JSON_TEXT, true, 1, CODE_MAX},
    {"tekst", JSON_TEXT, false, 1, THREAD_CONTENT_MAX},
};

static const struct json_field event_fields[] = {
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
    {"match", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"gebeurtenis", JSON_OBJECT, true, 1, 16},
};

struct taking {
    struct incoming in;
    struct json *json;
    struct record record;
    struct ident id;
    bool is_event;
    struct thread_event event; /* of a proposal: step, proposal and text */
    struct meeting_row row;
};

static void clean(struct incoming *in)
{
    struct taking *t = (struct taking *)in;
    json_free(t->json);
    mem_wipe(&t->row, sizeof t->row);
}

/* The match was looked at meanwhile: found again. */
static void anew(struct incoming *in)
{
    mem_wipe(&((struct taking *)in)->row, sizeof(struct meeting_row));
}

static void refuse(struct taking *t, enum fault fault, const char *where, const char *what)
{
    incoming_refuse(&t->in, &t->record, fault, where, what);
}

static void finish(struct taking *t, struct store_batch *batch)
{
    t->in.record.outcome = OUTCOME_DONE;
    t->in.record.subject = t->row.meeting.subject;
    t->in.record.inputs = meetings_untold(&t->row.meeting);
    incoming_finish(&t->in, batch, 200, slice_text("{}"));
}

static void fail_batch(struct taking *t, struct store_batch *batch, const struct error *err)
{
    call_drop(&t->in.call, batch);
    if (err->fault == FAULT_CONFLICT || err->fault == FAULT_INVALID) {
        refuse(t, err->fault, err->where, err->what);
    } else {
        call_fail(&t->in.call, err);
    }
}

/* ---- a proposal: put in order now, by the state as it is now ---- */

static void ordered(struct call *call)
{
    outbox_wake(call->api->outbox, &((struct taking *)call)->row.meeting.peer);
}

static void order(struct taking *t)
{
    struct api *api = t->in.call.api;
    struct error err;
    struct meeting_act act = {
        .step = (enum meeting_step)t->event.step, .side = MEETING_HIGH, .proposal = t->event.proposal, .lapses = true};
    struct store_batch *batch = store_batch_new(api->door);
    if (act.step == MEETING_SIGNAL_END) { /* it asks whether the match is known: ends come by their own message */
        store_batch_free(batch);
        finish(t, NULL);
        return;
    }
    act.has_contact = act.step == MEETING_TAKE_LEAD;
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "match", "geen geheugen");
        call_fail(&t->in.call, &err);
        return;
    }
    if ((act.has_contact && !meetings_event_contact(t->event.text, &act.contact)) || !meeting_step_of_user(act.step)) {
        call_drop(&t->in.call, batch);
        refuse(t, FAULT_INVALID, "/stap", "deze stap kan hier niet worden voorgesteld");
        return;
    }
    if (meetings_act(api, batch, &t->row, &act, &err) != RESULT_OK) {
        fail_batch(t, batch, &err);
        return;
    }
    t->in.call.committed = ordered;
    finish(t, batch);
}

/* ---- an event: taken when it is the next ---- */

static enum result apply(struct taking *t, struct store_batch *batch, struct error *err)
{
    struct api *api = t->in.call.api;
    struct meeting *meeting = &t->row.meeting;
    const struct date today = workdays_dutch_day(clock_now(api->clock));
    const enum meeting_step step = (enum meeting_step)t->event.step;
    struct signal_contact contact;
    const bool contacted = meetings_event_contact(t->event.text, &contact);
    if (!t->event.lapsed && !meeting->replaced) {
        TRY(meeting_apply(meeting, step, meeting_side_in(t->event.side), contacted ? &contact : NULL, &today, err));
    }
    if (meeting->under_way && ident_equal(&meeting->proposal, &t->event.proposal)) {
        meeting->under_way = false;
    }
    meeting->head = (struct thread_head){t->event.number, t->event.chain};
    TRY(meetings_put_event(api, batch, &t->id, &t->event, err));
    TRY(meetings_put(api, batch, &t->row, err));
    const bool lead = step == MEETING_TAKE_LEAD || step == MEETING_LEAVE_LEAD;
    if (lead && !t->event.lapsed) {
        TRY(meetings_tell_publishers(api, batch, &t->row, err));
    }
    return meetings_notice(api, batch, &t->row, lead ? NOTICE_LEAD : NOTICE_STEP, err);
}

/* Who orders makes no step in our name: what a user does here only a user here decides. */
static bool is_ours(const struct taking *t)
{
    const struct thread_event *event = &t->event;
    return event->lapsed || !meeting_step_of_user((enum meeting_step)event->step) ||
           meeting_side_in(event->side) != t->row.meeting.own || meetings_proposed(t->in.call.api, &t->id, event);
}

static void take_next(struct taking *t)
{
    struct error err;
    if (!is_ours(t)) {
        refuse(t, FAULT_FORBIDDEN, "/gebeurtenis", "deze stap is hier niet voorgesteld");
        return;
    }
    struct store_batch *batch = store_batch_new(t->in.call.api->door);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "match", "geen geheugen");
        call_fail(&t->in.call, &err);
    } else if (apply(t, batch, &err) != RESULT_OK) {
        fail_batch(t, batch, &err);
    } else {
        finish(t, batch);
    }
}

struct kept {
    struct sha256 chain;
    bool there;
};

static void event_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct kept *kept = ctx;
    struct thread_event event;
    struct error err;
    if (failed == NULL && found->item != NULL &&
        thread_event_decode(found->item->payload, MEETING_STEP_COUNT, &event, &err) == RESULT_OK) {
        kept->chain = event.chain;
        kept->there = true;
    }
}

static void take(struct taking *t)
{
    char what[80];
    struct kept kept = {.there = false};
    const struct ident id = meetings_event_id(&t->id, t->event.number);
    store_get(t->in.call.api->door, STORE_MEETING_EVENT, &id, STORE_KIND_COUNT, event_found, &kept);
    switch (thread_take(&t->row.meeting.head, kept.there ? &kept.chain : NULL, &t->id, &t->event)) {
    case THREAD_NEXT:
        take_next(t);
        return;
    case THREAD_AGAIN:
        finish(t, NULL);
        return;
    case THREAD_GAP:
        incoming_refuse_early(&t->in, &t->record, t->row.meeting.head.number + 1);
        return;
    case THREAD_FORKED:
        break;
    }
    (void)snprintf(what, sizeof what, "gebeurtenis %u is hier een andere", (unsigned)t->event.number);
    refuse(t, FAULT_CONFLICT, "/keten", what);
}

/* Of a match that is not known here. The answer that told of it may be on its way still, or was lost, and then our signal is
 * tried again; the first event needs no message. */
static void refuse_unknown(struct taking *t)
{
    enum { SECOND = 2 };
    if (!signals_sending(t->in.call.api->signals, &t->record.peer)) {
        refuse(t, FAULT_GONE, "/match", "deze match is hier niet bekend");
    } else if (t->is_event) {
        incoming_refuse_early(&t->in, &t->record, SECOND);
    } else {
        refuse(t, FAULT_EARLY, "/match", "deze match is hier nog niet bekend");
    }
}

static void next(struct incoming *in)
{
    struct taking *t = (struct taking *)in;
    struct error err;
    if (meetings_get(in->call.api, &t->id, &t->row, &err) != RESULT_OK) {
        call_fail(&in->call, &err);
        return;
    }
    const bool is_match = t->row.version != 0 && t->row.meeting.head.number != 0; /* else: that a spoor is over */
    const bool known = is_match && oin_equal(&t->row.meeting.peer, &t->record.peer);
    if (!known) {
        refuse_unknown(t);
    } else if (meeting_writes(&t->row.meeting) == t->is_event) {
        refuse(t, FAULT_FORBIDDEN, "/stap", "deze stap is aan de andere organisatie");
    } else if (t->is_event) {
        take(t);
    } else {
        order(t);
    }
}

/* ---- the bodies ---- */

static bool step_of(struct slice word, uint8_t *out)
{
    enum meeting_step step = MEETING_STEP_COUNT;
    const bool known = meeting_step_parse(word, &step);
    *out = (uint8_t)step;
    return known;
}

static void read_proposal(struct taking *t, struct fault_list *faults)
{
    if (!step_of(json_text_of(t->json, "stap"), &t->event.step)) {
        fault_list_add(faults, FAULT_INVALID, "/stap", "deze stap is niet bekend");
    }
    if (!ident_parse(json_text_of(t->json, "voorstel"), &t->event.proposal)) {
        fault_list_add(faults, FAULT_INVALID, "/voorstel", "hier horen 32 hexadecimale cijfers");
    }
    t->event.text = json_text_of(t->json, "tekst");
    if (!thread_text_ok(t->event.text)) {
        fault_list_add(faults, FAULT_INVALID, "/tekst", "geen leesbare tekst");
    }
}

static void begin(struct http_request *request, void *ctx, bool is_event)
{
    struct taking *t = (struct taking *)incoming_open(ctx, request, sizeof *t, clean);
    struct fault_list faults = {0};
    if (t == NULL) {
        return;
    }
    t->is_event = is_event;
    t->in.anew = anew;
    t->json = is_event ? call_json(&t->in.call, event_fields, COUNT_OF(event_fields), &faults)
                       : call_json(&t->in.call, proposal_fields, COUNT_OF(proposal_fields), &faults);
    incoming_sender(&t->in, t->json, RECORD_MATCH_STEP, &t->record, &faults);
    if (faults.count == 0 && !ident_parse(json_text_of(t->json, "match"), &t->id)) {
        fault_list_add(&faults, FAULT_INVALID, "/match", "hier horen 32 hexadecimale cijfers");
    }
    if (faults.count == 0 && is_event) {
        thread_event_read(json_member(t->json, "gebeurtenis"), "/gebeurtenis", step_of, &t->event, &faults);
    } else if (faults.count == 0) {
        read_proposal(t, &faults);
    }
    if (faults.count != 0) {
        t->record.operation = RECORD_REFUSED;
        call_refuse(&t->in.call, &t->record, &faults);
        return;
    }
    incoming_begin_body(&t->in, &t->record, &t->id, t->json, next);
}

void meetings_take_proposal(struct http_request *request, void *ctx)
{
    begin(request, ctx, false);
}

void meetings_take_event(struct http_request *request, void *ctx)
{
    begin(request, ctx, true);
}
