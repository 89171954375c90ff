/* Desk: the list. Who only signals sees his own signals, and of a match nothing but who will call him. */
#include "api/meetings_parts.h"
#include "api/query.h"
#include "base/mem.h"

struct listing {
    struct call call;
    struct json_writer w;
};

/* Who calls about the person of a signal. */
struct lead {
    const struct call *call;
    const struct ident *signal;
    bool there;
    struct oin organisation;
    struct signal_contact contact;
};

/* The first in whose match the signal is; the own organisation's goes before another's. */
static enum result take_lead(void *ctx, const struct meeting_row *row, struct error *err)
{
    struct lead *lead = ctx;
    const struct meeting *meeting = &row->meeting;
    const struct meeting_half *own = &meeting->halves[meeting->own];
    const struct meeting_half *other = &meeting->halves[meeting_other(meeting->own)];
    const bool within = oin_equal(&meeting->peer, &lead->call->api->own_oin);
    /* With a partner by whatever signal of ours; met by help alone, none is in it. */
    const bool meant =
        within ? ident_equal(&own->signal, lead->signal) || ident_equal(&other->signal, lead->signal) : own->live;
    const bool by_us = within || meeting->lead == meeting->own;
    (void)err;
    if (meant && meeting->has_lead && meeting->state != MEETING_CLOSED && (!lead->there || by_us)) {
        lead->there = true;
        lead->organisation = by_us ? lead->call->api->own_oin : meeting->peer;
        lead->contact = meeting->lead_contact;
    }
    return RESULT_OK;
}

static void put_caller(struct listing *l, const struct lead *lead)
{
    const struct party *party = covenant_party(l->call.covenant, &lead->organisation);
    json_begin_object(&l->w, "uWordtGebeldDoor");
    json_put_text(&l->w, "naam", lead->contact.name);
    json_put_text(&l->w, "organisatie", party != NULL ? party->name : "");
    json_put_text(&l->w, "telefoon", lead->contact.phone);
    json_end_object(&l->w);
}

static enum result put_signal_row(struct listing *l, const struct store_item *item, const struct signal *signal,
                                  struct error *err)
{
    const bool all = (l->call.caller.may & MAY_MEET) != 0;
    struct lead lead = {.call = &l->call, .signal = &item->id};
    TRY(signal->state == SIGNAL_RUNS ? meetings_each_of(l->call.api, &item->parent, take_lead, &lead, err) : RESULT_OK);
    json_begin_object(&l->w, NULL);
    json_put_text(&l->w, "zorgsignaal", ident_text(&item->id).text);
    json_put_text(&l->w, "afgegeven", date_text(&signal->published).text);
    json_put_text(&l->w, "tot", date_text(&signal->until).text);
    json_put_text(&l->w, "stand", signal_state_word(signal->state));
    json_put_text(&l->w, "verteld", signal_told_word(signal->told));
    if (all) {
        json_put_text(&l->w, "door", signal->publisher);
        json_put_int(&l->w, "nogNietGetoetst",
                     signal->state == SIGNAL_RUNS ? (int64_t)signals_untested(l->call.api->signals, &item->id) : 0);
    }
    if (lead.there) {
        put_caller(l, &lead);
    }
    json_end_object(&l->w);
    mem_wipe(&lead, sizeof lead);
    return RESULT_OK;
}

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct listing *l = ctx;
    struct error fault;
    if (err != NULL && err->fault == FAULT_NOT_FOUND) {
        call_refuse_with(&l->call, FAULT_INVALID, "na", "dit kenmerk is hier niet bekend");
        return;
    }
    if (err != NULL) {
        call_fail(&l->call, err);
        return;
    }
    const bool all = (l->call.caller.may & MAY_MEET) != 0;
    l->w = json_writer(&l->call.body);
    json_begin_object(&l->w, NULL);
    json_begin_array(&l->w, "zorgsignalen");
    for (size_t i = 0; i < count; i++) {
        struct signal signal;
        if (!items[i].damaged && signal_decode(items[i].payload, &signal, &fault) == RESULT_OK &&
            (all || strcmp(signal.publisher, l->call.caller.name) == 0) &&
            put_signal_row(l, &items[i], &signal, &fault) != RESULT_OK) {
            call_fail(&l->call, &fault);
            return;
        }
    }
    json_end_array(&l->w);
    if (more && count != 0) {
        json_put_text(&l->w, "volgende", ident_text(&items[count - 1].id).text);
    }
    json_end_object(&l->w);
    call_answer(&l->call, 200);
}

static void list(struct call *call)
{
    struct listing *l = (struct listing *)call;
    struct ident id;
    struct slice after;
    const bool goes_on = query_find(http_request_query(call->request), "na", &after);
    if (goes_on && !ident_parse(after, &id)) {
        call_refuse_with(call, FAULT_INVALID, "na", "hier hoort wat een vorig antwoord bij volgende noemde");
    } else {
        store_list_damaged_too(call->api->door, STORE_SIGNAL, goes_on ? &id : NULL, STORE_LIST_MAX, listed, l);
    }
}

void signals_list(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct listing));
    if (call != NULL) {
        call_require(call, MAY_SIGNAL, list);
    }
}
