/* Desk: matches listed, shown and stepped, for who may. */
#include "api/meetings.h"

#include "api/meetings_parts.h"
#include "api/query.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { KEY_DIGITS = 2 * IDENT_SIZE, MEETINGS_LISTED = 500 /* in one answer */ };

/* ---- one, as JSON ---- */

static const char *organisation(const struct call *call, const struct oin *oin)
{
    const struct party *party = covenant_party(call->covenant, oin);
    return party != NULL ? party->name : "geen partij meer";
}

static bool lies_still(const struct api *api, const struct meeting *meeting)
{
    return meeting->state != MEETING_CLOSED && !oin_equal(&meeting->peer, &api->own_oin) &&
           cooperation_quiet(api, &meeting->peer);
}

static void put_contact(struct json_writer *w, const char *name, const struct signal_contact *contact)
{
    json_begin_object(w, name);
    json_put_text(w, "naam", contact->name);
    json_put_text(w, "telefoon", contact->phone);
    json_end_object(w);
}

static bool shows_contact(const struct call *call, const struct meeting *meeting)
{
    const char *roles[ROLE_COUNT];
    size_t count = 0;
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if ((call->caller.roles & 1U << i) != 0) {
            roles[count++] = role_word((enum role)i);
        }
    }
    return meeting_shows_contact(meeting, roles, count);
}

static void put_theirs(struct json_writer *w, const struct call *call, const struct meeting *meeting)
{
    const struct meeting_half *theirs = &meeting->halves[meeting_other(meeting->own)];
    const bool within = oin_equal(&meeting->peer, &call->api->own_oin);
    json_begin_object(w, "andereKant");
    json_put_text(w, "organisatie", organisation(call, &meeting->peer));
    json_put_text(w, "grondslag", theirs->basis);
    json_put_bool(w, "verteld", theirs->told);
    json_put_bool(w, "betrokkenheid", theirs->by_involvement);
    json_put_bool(w, "beeindigd", (!theirs->live || theirs->ended) && !theirs->by_involvement);
    if (date_is_set(&theirs->until)) {
        json_put_text(w, "tot", date_text(&theirs->until).text);
    }
    if (theirs->contact.name[0] != '\0' && (within || shows_contact(call, meeting))) {
        put_contact(w, "contact", &theirs->contact);
    }
    json_end_object(w);
}

static void put_members(struct json_writer *w, const struct call *call, const struct meeting_row *row)
{
    const struct meeting *meeting = &row->meeting;
    json_put_text(w, "match", ident_text(&row->id).text);
    json_put_text(w, "ketenpartner", meeting->peer.digits);
    json_put_text(w, "via", meeting->via_household ? "huishouden" : "persoon");
    json_put_text(w, "stand", meeting_state_word(meeting->state));
    json_put_text(w, "ontstaan", date_text(&meeting->met).text);
    if (date_is_set(&meeting->closed)) {
        json_put_text(w, "gesloten", date_text(&meeting->closed).text);
    }
    if (meeting->has_lead) {
        const struct oin *lead = meeting->lead == meeting->own ? &call->api->own_oin : &meeting->peer;
        json_begin_object(w, "regie");
        json_put_text(w, "ketenpartner", lead->digits);
        json_put_text(w, "organisatie", organisation(call, lead));
        put_contact(w, "contact", &meeting->lead_contact);
        json_end_object(w);
    }
    if (meeting->under_way) {
        json_put_text(w, "onderweg", meeting_step_word(meeting->proposed));
    }
    if (lies_still(call->api, meeting)) {
        json_put_bool(w, "stil", true);
    }
    put_theirs(w, call, meeting);
}

/* A row that says that a spoor is over is none. */
static bool is_match(const struct meeting_row *row)
{
    return row->version != 0 && row->meeting.head.number != 0;
}

/* ---- the list ---- */

struct listing {
    struct call call;
    struct json_writer w;
    size_t count;
    bool more;
    bool open_only;
};

static enum result put_row(void *ctx, const struct meeting_row *row, struct error *err)
{
    struct listing *l = ctx;
    (void)err;
    if (!is_match(row) || (l->open_only && row->meeting.state == MEETING_CLOSED)) {
        return RESULT_OK;
    }
    l->more = l->count == MEETINGS_LISTED;
    if (!l->more) {
        l->count++;
        json_begin_object(&l->w, NULL);
        put_members(&l->w, &l->call, row);
        json_end_object(&l->w);
    }
    return RESULT_OK;
}

static void list(struct call *call)
{
    struct listing *l = (struct listing *)call;
    struct error err;
    struct slice word;
    l->open_only = !query_find(http_request_query(call->request), "gesloten", &word);
    if (!l->open_only && !slice_is(word, "ja")) {
        call_refuse_with(call, FAULT_INVALID, "gesloten", "hier hoort ja, of niets");
        return;
    }
    l->w = json_writer(&call->body);
    json_begin_object(&l->w, NULL);
    json_begin_array(&l->w, "matches");
    if (meetings_each(call->api, put_row, l, &err) != RESULT_OK) {
        call_fail(call, &err);
        return;
    }
    json_end_array(&l->w);
    json_put_bool(&l->w, "nietAlles", l->more);
    json_end_object(&l->w);
    call_answer(call, 200);
}

void meetings_list(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct listing));
    if (call != NULL) {
        call_require(call, MAY_MEET, list);
    }
}

/* ---- one, with its history and its person ---- */

struct showing {
    struct call call;
    struct ident id;
    struct meeting_row row;
    struct json_writer w;
};

static void showing_clean(struct call *call)
{
    struct showing *s = (struct showing *)call;
    mem_wipe(&s->row, sizeof s->row);
}

static void put_person(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct showing *s = ctx;
    struct subject subject;
    struct error err;
    if (failed == NULL && found->item != NULL && subject_decode(found->item->payload, &subject, &err) == RESULT_OK) {
        json_put_slice(&s->w, "bsn", bsn_digits(&subject.bsn));
        json_put_text(&s->w, "naam", subject.family_name);
        mem_wipe(&subject, sizeof subject);
    }
}

static void events_listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct showing *s = ctx;
    struct thread_event event;
    struct error fault;
    struct store_batch *batch = NULL;
    (void)more;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    json_begin_array(&s->w, "gebeurtenissen");
    for (size_t i = 0; i < count; i++) {
        if (thread_event_decode(items[i].payload, MEETING_STEP_COUNT, &event, &fault) == RESULT_OK) {
            event.text = slice_of(NULL, 0);
            thread_event_write(&s->w, NULL, &event, meeting_step_word((enum meeting_step)event.step));
        }
    }
    json_end_array(&s->w);
    json_end_object(&s->w);
    struct record record = call_record(&s->call, RECORD_READ);
    const struct record words = signals_record(s->call.covenant, RECORD_READ);
    record.class = words.class;
    memcpy(record.purpose, words.purpose, sizeof record.purpose);
    record.subject = s->row.meeting.subject;
    record.inputs = meetings_untold(&s->row.meeting);
    record.outcome = OUTCOME_RELEASED;
    if (call_log(&s->call, &batch, &record, slice_text("match"), &fault) != RESULT_OK) {
        call_unlogged(&s->call, &fault);
    } else {
        call_commit(&s->call, batch, 200);
    }
}

static void show(struct call *call)
{
    struct showing *s = (struct showing *)call;
    struct error err;
    if (!ident_parse(http_request_parameter(call->request), &s->id)) {
        call_refuse_with(call, FAULT_INVALID, "id", "hier horen 32 hexadecimale cijfers");
    } else if (meetings_get(call->api, &s->id, &s->row, &err) != RESULT_OK) {
        call_fail(call, &err);
    } else if (!is_match(&s->row)) {
        call_refuse_with(call, FAULT_NOT_FOUND, "", "deze match is hier niet bekend");
    } else {
        s->w = json_writer(&call->body);
        json_begin_object(&s->w, NULL);
        put_members(&s->w, call, &s->row);
        json_begin_object(&s->w, "betrokkene");
        store_get(call->api->door, STORE_SUBJECT, &s->row.meeting.subject, STORE_KIND_COUNT, put_person, s);
        json_end_object(&s->w);
        store_list_children(call->api->door, STORE_MEETING_EVENT, &s->id, 0, STORE_LIST_MAX, events_listed, s);
    }
}

void meetings_show(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct showing));
    if (call != NULL) {
        call->clean = showing_clean;
        call_require(call, MAY_MEET, show);
    }
}

/* ---- a step: ordered here, or proposed ---- */

static const struct json_field step_fields[] = {
    {"sleutel", JSON_TEXT, true, KEY_DIGITS, KEY_DIGITS},
    {"stap", JSON_TEXT, true, 1, CODE_MAX},
    {"contact", JSON_OBJECT, false, 2, 2},
};

static const struct json_field contact_fields[] = {
    {"naam", JSON_TEXT, true, 1, NAME_MAX_BYTES},
    {"telefoon", JSON_TEXT, true, 1, PHONE_MAX_BYTES},
};

struct stepping {
    struct incoming in;
    struct json *json;
    struct ident id;
    struct meeting_act act;
    struct meeting_row row;
};

static void stepping_clean(struct incoming *in)
{
    struct stepping *s = (struct stepping *)in;
    json_free(s->json);
    mem_wipe(&s->row, sizeof s->row);
}

/* The match was looked at meanwhile: found again. */
static void anew(struct incoming *in)
{
    mem_wipe(&((struct stepping *)in)->row, sizeof(struct meeting_row));
}

static void refuse_error(struct stepping *s, const struct error *err)
{
    struct record record = call_refusal(&s->in.call);
    record.subject = s->row.meeting.subject;
    call_refuse_error(&s->in.call, &record, err);
}

/* The other node orders: what it makes of it comes back as an event. */
static enum result propose(struct stepping *s, struct store_batch *batch, struct error *err)
{
    struct api *api = s->in.call.api;
    struct meeting *meeting = &s->row.meeting;
    ENSURE(!meeting->under_way, err, FAULT_CONFLICT, "/stap", "een eerdere stap is nog onderweg");
    TRY(meeting_may(meeting, s->act.step, meeting->own, err));
    meeting->under_way = true;
    meeting->proposed = s->act.step;
    const struct signal_contact *contact = s->act.has_contact ? &s->act.contact : NULL;
    meeting->proposal = meetings_proposal(api, &s->row.id, s->act.step, contact);
    TRY(meetings_propose(api, batch, &s->row, s->act.step, &meeting->proposal, contact, err));
    TRY(meetings_put(api, batch, &s->row, err));
    return meetings_record(api, batch, s->in.call.covenant, RECORD_MATCH_STEP, &s->row, s->in.call.caller.name,
                           meeting_step_word(s->act.step), err);
}

static enum result fill(struct stepping *s, struct store_batch *batch, struct error *err)
{
    struct api *api = s->in.call.api;
    const bool within = oin_equal(&s->row.meeting.peer, &api->own_oin);
    if (lies_still(api, &s->row.meeting)) {
        return cooperation_may_go(api, &s->row.meeting.peer, "de match", err);
    }
    s->act.side = s->row.meeting.own;
    s->act.user = s->in.call.caller.name;
    return within || meeting_writes(&s->row.meeting) ? meetings_act(api, batch, &s->row, &s->act, err)
                                                     : propose(s, batch, err);
}

static void stepped(struct call *call)
{
    outbox_wake(call->api->outbox, &((struct stepping *)call)->row.meeting.peer);
}

static void save(struct incoming *in)
{
    struct stepping *s = (struct stepping *)in;
    struct error err;
    struct buf answer;
    if (meetings_get(in->call.api, &s->id, &s->row, &err) != RESULT_OK) {
        call_fail(&in->call, &err);
        return;
    }
    if (!is_match(&s->row)) {
        call_refuse_with(&in->call, FAULT_NOT_FOUND, "", "deze match is hier niet bekend");
        return;
    }
    struct store_batch *batch = store_batch_new(in->call.api->door);
    const enum result result =
        batch != NULL ? fill(s, batch, &err) : error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
    if (result != RESULT_OK) {
        call_drop(&in->call, batch);
        refuse_error(s, &err);
        return;
    }
    in->call.committed = stepped;
    in->record.subject = s->row.meeting.subject;
    in->record.inputs = meetings_untold(&s->row.meeting);
    in->record.outcome = OUTCOME_DONE;
    buf_init(&answer, INCOMING_ANSWER_MAX);
    struct json_writer w = json_writer(&answer);
    json_begin_object(&w, NULL);
    json_put_text(&w, "match", ident_text(&s->id).text);
    json_put_text(&w, "stand", meeting_state_word(s->row.meeting.state));
    json_put_bool(&w, "onderweg", s->row.meeting.under_way);
    json_end_object(&w);
    incoming_finish(in, batch, 200, buf_slice(&answer));
    buf_free(&answer);
}

static void read_step(struct stepping *s, struct fault_list *faults)
{
    const struct json *contact = json_member(s->json, "contact");
    struct ident key;
    if (!meeting_step_parse(json_text_of(s->json, "stap"), &s->act.step) || !meeting_step_of_user(s->act.step)) {
        fault_list_add(faults, FAULT_INVALID, "/stap", "hier hoort contact, regie, regie-los of sluiten");
        return;
    }
    if (!ident_parse(json_text_of(s->json, "sleutel"), &key)) {
        fault_list_add(faults, FAULT_INVALID, "/sleutel", "hier horen 32 hexadecimale cijfers");
    }
    s->act.has_contact = s->act.step == MEETING_TAKE_LEAD;
    if (s->act.has_contact != (contact != NULL)) {
        fault_list_add(faults, FAULT_UNFIT, "/contact", "bij regie hoort wie er belt, en bij niets anders");
    } else if (contact != NULL) {
        json_check(contact, "/contact", contact_fields, COUNT_OF(contact_fields), faults);
        const struct slice name = json_text_of(contact, "naam");
        const struct slice phone = json_text_of(contact, "telefoon");
        if (!utf8_printable(name) || !utf8_printable(phone) ||
            !slice_copy_text(name, s->act.contact.name, sizeof s->act.contact.name) ||
            !slice_copy_text(phone, s->act.contact.phone, sizeof s->act.contact.phone)) {
            fault_list_add(faults, FAULT_UNFIT, "/contact", "hier horen een naam en een telefoonnummer");
        }
    }
}

static void step(struct call *call)
{
    struct stepping *s = (struct stepping *)call;
    struct fault_list faults = {0};
    struct buf stable;
    if (!ident_parse(http_request_parameter(call->request), &s->id)) {
        call_refuse_with(call, FAULT_INVALID, "id", "hier horen 32 hexadecimale cijfers");
        return;
    }
    s->json = call_json(call, step_fields, COUNT_OF(step_fields), &faults);
    if (faults.count == 0) {
        read_step(s, &faults);
    }
    if (faults.count != 0) {
        struct record refusal = call_refusal(call);
        call_refuse(call, &refusal, &faults);
        return;
    }
    struct record record = call_record(call, RECORD_MATCH_STEP);
    const struct record words = signals_record(call->covenant, RECORD_MATCH_STEP);
    record.class = words.class;
    memcpy(record.purpose, words.purpose, sizeof record.purpose);
    s->in.thread = s->id;
    s->in.anew = anew;
    s->in.text = slice_text(meeting_step_word(s->act.step));
    buf_init(&stable, HTTP_BODY_SMALL);
    buf_bytes(&stable, s->id.bytes, IDENT_SIZE);
    incoming_stable(s->json, NULL, 0, &stable);
    incoming_desk(&s->in, &record, json_text_of(s->json, "sleutel"), buf_slice(&stable), save);
    buf_wipe(&stable);
}

void meetings_step(struct http_request *request, void *ctx)
{
    struct incoming *in = incoming_open(ctx, request, sizeof(struct stepping), stepping_clean);
    if (in != NULL) {
        call_require(&in->call, MAY_MEET, step);
    }
}
