/* A step in the own hand, and one that is proposed to the node that orders: in the batch of who has a reason for it. */
#include "api/meetings_parts.h"
#include "base/workdays.h"

static const struct ident none = {{0}};

struct ident meetings_contact_mark(const struct signal_contact *contact)
{
    struct sha256 digest;
    struct ident mark;
    struct buf text;
    buf_init(&text, THREAD_CONTENT_MAX);
    meetings_event_text(contact, &text);
    sha256_of(buf_slice(&text), &digest);
    memcpy(mark.bytes, digest.bytes, IDENT_SIZE);
    buf_wipe(&text);
    return mark;
}

void meetings_event_text(const struct signal_contact *contact, struct buf *out)
{
    buf_text(out, contact->name);
    buf_text(out, "\n");
    buf_text(out, contact->phone);
}

bool meetings_event_contact(struct slice text, struct signal_contact *out)
{
    const uint8_t *line = text.len != 0 ? memchr(text.ptr, '\n', text.len) : NULL;
    const size_t name = line != NULL ? (size_t)(line - text.ptr) : text.len;
    *out = (struct signal_contact){.name = ""};
    return slice_copy_text(slice_of(text.ptr, name), out->name, sizeof out->name) &&
           (line == NULL || slice_copy_text(slice_of(line + 1, text.len - name - 1), out->phone, sizeof out->phone));
}

enum result meetings_post(struct api *api, struct store_batch *batch, const struct meeting_row *row,
                          enum message_kind kind, uint32_t number, struct slice body, struct error *err)
{
    struct ident id;
    const struct post post = {.kind = kind,
                              .partner = row->meeting.peer,
                              .thread = row->id,
                              .number = number,
                              .key = row->id,
                              .subject = row->meeting.subject,
                              .body = body};
    return outbox_post(api->outbox, batch, &post, &id, err);
}

struct publisher {
    char name[USER_NAME_MAX + 1]; /* "": nobody who only signals */
};

static void signal_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct publisher *publisher = ctx;
    struct signal signal;
    struct error err;
    if (failed == NULL && found->item != NULL && signal_decode(found->item->payload, &signal, &err) == RESULT_OK &&
        signal.state == SIGNAL_RUNS && strcmp(signal.role, role_word(ROLE_SIGNALLER)) == 0) {
        memcpy(publisher->name, signal.publisher, sizeof publisher->name);
    }
}

/* Whose signal it is, and no colleague of his: that there is a match is nothing to others who only signal. */
enum result meetings_tell_publishers(struct api *api, struct store_batch *batch, const struct meeting_row *row,
                                     struct error *err)
{
    for (unsigned side = 0; side < MEETING_SIDES; side++) {
        const struct ident *signal = &row->meeting.halves[side].signal;
        struct publisher publisher = {.name = ""};
        if (!ident_equal(signal, &none)) {
            store_get(api->door, STORE_SIGNAL, signal, STORE_KIND_COUNT, signal_found, &publisher);
        }
        if (publisher.name[0] != '\0') {
            const struct notice_to to = {.user = publisher.name};
            TRY(notice_put(api, batch, &to, NOTICE_LEAD, &row->id, row->meeting.head.number, err));
        }
    }
    return RESULT_OK;
}

/* What is said of it at home. */
static enum result tell(struct api *api, struct store_batch *batch, const struct meeting_row *row,
                        const struct meeting_act *act, bool lapsed, struct error *err)
{
    const bool lead = act->step == MEETING_TAKE_LEAD || act->step == MEETING_LEAVE_LEAD;
    struct api_covenant *held = api_covenant_with(api, &row->meeting.peer);
    const struct covenant *covenant = held != NULL ? held->covenant : api->covenant->covenant;
    TRY(meetings_record(api, batch, covenant, RECORD_MATCH_STEP, row, act->user,
                        lapsed ? "vervallen" : meeting_step_word(act->step), err));
    if (lapsed && act->user == NULL) { /* the other side's: its people hear of it, and nothing changed here */
        return RESULT_OK;
    }
    if (lead && !lapsed) {
        TRY(meetings_tell_publishers(api, batch, row, err));
    }
    return meetings_notice(api, batch, row, lead ? NOTICE_LEAD : NOTICE_STEP, err);
}

enum result meetings_act(struct api *api, struct store_batch *batch, struct meeting_row *row,
                         const struct meeting_act *act, struct error *err)
{
    struct meeting *meeting = &row->meeting;
    const int64_t now_ms = clock_now(api->clock);
    const struct date today = workdays_dutch_day(now_ms);
    struct thread_event event = {.number = meeting->head.number + 1,
                                 .step = (uint8_t)act->step,
                                 .side = meeting_thread_side(act->side),
                                 .moment_ms = now_ms / 1000 * 1000,
                                 .proposal = act->proposal};
    struct buf text;
    const uint32_t bound = THREAD_EVENTS_MAX - (meeting_step_of_user(act->step) ? MEETING_EVENTS_KEPT : 0);
    ENSURE(event.number <= bound, err, FAULT_CONFLICT, "/stap", "deze match heeft zoveel gebeurtenissen als kan");
    if (meeting_apply(meeting, act->step, act->side, act->has_contact ? &act->contact : NULL, &today, err) !=
        RESULT_OK) {
        if (!act->lapses) {
            return RESULT_FAILED;
        }
        event.lapsed = true;
    }
    buf_init(&text, THREAD_CONTENT_MAX);
    if (act->has_contact && !event.lapsed) {
        meetings_event_text(&act->contact, &text);
    }
    event.text = buf_slice(&text);
    if (act->user != NULL) {
        (void)slice_copy_text(slice_text(act->user), event.user, sizeof event.user);
    }
    thread_chain(&meeting->head.chain, &row->id, &event, &event.chain);
    meeting->head = (struct thread_head){.number = event.number, .chain = event.chain};
    enum result result = buf_result(&text, "match", err);
    if (result == RESULT_OK) {
        result = meetings_put_event(api, batch, &row->id, &event, err);
    }
    if (result == RESULT_OK && !oin_equal(&meeting->peer, &api->own_oin)) {
        result = meetings_post(api, batch, row, MESSAGE_MEETING_EVENT, event.number, slice_of(NULL, 0), err);
    }
    buf_wipe(&text);
    TRY(result);
    TRY(meetings_put(api, batch, row, err));
    return tell(api, batch, row, act, event.lapsed, err);
}

/* ---- proposals: eight drawn bytes, and a keyed hash of these and of what is proposed, by which this node knows its own ---- */

enum { DRAWN = 8 };

static void seal_proposal(const struct api *api, const struct ident *match, enum meeting_step step, struct slice text,
                          struct ident *proposal)
{
    struct buf told;
    struct ident hash;
    buf_init(&told, DRAWN + IDENT_SIZE + 1 + THREAD_CONTENT_MAX);
    buf_bytes(&told, proposal->bytes, DRAWN);
    buf_bytes(&told, match->bytes, IDENT_SIZE);
    buf_byte(&told, (uint8_t)step);
    buf_bytes(&told, text.ptr, text.len);
    seal_hash(api->keyring, SEAL_PSEUDONYM, slice_text("match-voorstel"), buf_slice(&told), hash.bytes);
    memcpy(proposal->bytes + DRAWN, hash.bytes, IDENT_SIZE - DRAWN);
    buf_wipe(&told);
}

struct ident meetings_proposal(const struct api *api, const struct ident *match, enum meeting_step step,
                               const struct signal_contact *contact)
{
    struct buf text;
    struct ident proposal = entropy_ident(api->entropy);
    buf_init(&text, THREAD_CONTENT_MAX);
    if (contact != NULL) {
        meetings_event_text(contact, &text);
    }
    seal_proposal(api, match, step, buf_slice(&text), &proposal);
    buf_wipe(&text);
    return proposal;
}

struct answering {
    const struct ident *proposal;
    bool was;
};

static void look_for_answer(void *ctx, const struct store_item *items, size_t count, bool more,
                            const struct error *failed)
{
    struct answering *a = ctx;
    struct thread_event event;
    struct error err;
    a->was = failed != NULL || more; /* of THREAD_EVENTS_MAX there are no more */
    for (size_t i = 0; i < count && !a->was; i++) {
        a->was = thread_event_decode(items[i].payload, MEETING_STEP_COUNT, &event, &err) == RESULT_OK &&
                 ident_equal(&event.proposal, a->proposal);
    }
}

bool meetings_proposed(struct api *api, const struct ident *match, const struct thread_event *event)
{
    struct ident own = event->proposal;
    struct answering answering = {.proposal = &event->proposal};
    seal_proposal(api, match, (enum meeting_step)event->step, event->text, &own);
    if (!ident_equal(&own, &event->proposal)) {
        return false;
    }
    store_list_children(api->door, STORE_MEETING_EVENT, match, 0, STORE_LIST_MAX, look_for_answer, &answering);
    return !answering.was;
}

enum result meetings_propose(struct api *api, struct store_batch *batch, const struct meeting_row *row,
                             enum meeting_step step, const struct ident *proposal, const struct signal_contact *contact,
                             struct error *err)
{
    struct buf text;
    struct buf body;
    buf_init(&text, THREAD_CONTENT_MAX);
    buf_init(&body, OUTBOX_BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "match", ident_text(&row->id).text);
    json_put_text(&w, "voorstel", ident_text(proposal).text);
    json_put_text(&w, "stap", meeting_step_word(step));
    if (contact != NULL) {
        meetings_event_text(contact, &text);
        json_put_slice(&w, "tekst", buf_slice(&text));
    }
    json_end_object(&w);
    enum result result = buf_result(&body, "match", err);
    if (result == RESULT_OK) {
        result = meetings_post(api, batch, row, MESSAGE_MEETING_PROPOSAL, 0, buf_slice(&body), err);
    }
    buf_wipe(&body);
    buf_wipe(&text);
    return result;
}

enum result meetings_end(struct api *api, struct store_batch *batch, struct meeting_row *row, enum meeting_side side,
                         struct error *err)
{
    const struct meeting_act act = {.step = MEETING_SIGNAL_END, .side = side};
    if (oin_equal(&row->meeting.peer, &api->own_oin) || meeting_writes(&row->meeting)) {
        return meetings_act(api, batch, row, &act, err);
    }
    if (row->meeting.halves[side].ended) {
        return RESULT_OK;
    }
    const struct ident proposal = meetings_proposal(api, &row->id, MEETING_SIGNAL_END, NULL);
    meeting_end_waits(&row->meeting, side);
    TRY(meetings_propose(api, batch, row, MEETING_SIGNAL_END, &proposal, NULL, err));
    return meetings_put(api, batch, row, err);
}
