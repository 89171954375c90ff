/* Matches in the store: found, made, stepped, each in the batch of who has a reason for it. */
#include "api/meetings.h"

#include <stdio.h>

#include "api/meetings_parts.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { KEY_TEXT = OIN_DIGITS + 1 + IDENT_TEXT_SIZE };

static const struct ident none = {{0}};

struct key {
    char text[KEY_TEXT];
};

static struct key key_of(const struct oin *partner, const struct ident *spoor)
{
    struct key key;
    (void)snprintf(key.text, sizeof key.text, "%s %s", partner->digits, ident_text(spoor).text);
    return key;
}

/* ---- reading ---- */

struct reading {
    struct meeting_row row;
    struct error err;
    enum result result;
};

static enum result read_end(const struct reading *r, struct meeting_row *out, struct error *err)
{
    if (r->result != RESULT_OK) {
        *err = r->err;
        return RESULT_FAILED;
    }
    *out = r->row;
    return RESULT_OK;
}

static void row_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct reading *r = ctx;
    if (failed != NULL) {
        r->err = *failed;
        r->result = RESULT_FAILED;
    } else if (found->item != NULL) {
        r->row.id = found->item->id;
        r->row.version = found->item->version;
        r->result = meeting_decode(found->item->payload, &r->row.meeting, &r->err);
    }
}

enum result meetings_get(struct api *api, const struct ident *id, struct meeting_row *out, struct error *err)
{
    struct reading r = {.row = {.id = *id}, .result = RESULT_OK};
    store_get(api->door, STORE_MEETING, id, STORE_KIND_COUNT, row_found, &r); /* answered at once */
    return read_end(&r, out, err);
}

enum result meetings_find(struct api *api, const struct oin *partner, const struct ident *spoor,
                          struct meeting_row *out, struct error *err)
{
    const struct key key = key_of(partner, spoor);
    struct reading r = {.result = RESULT_OK};
    store_find(api->door, STORE_MEETING, STORE_KEY_A, slice_text(key.text), STORE_KIND_COUNT, row_found, &r);
    return read_end(&r, out, err);
}

struct paging {
    meetings_each_fn *each;
    void *ctx;
    struct error *err;
    enum result result;
    struct ident after;
    bool more;
};

static void page_read(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *failed)
{
    struct paging *p = ctx;
    struct error err;
    p->more = failed == NULL && more && count != 0;
    if (failed != NULL) {
        *p->err = *failed;
        p->result = RESULT_FAILED;
    }
    for (size_t i = 0; i < count && p->result == RESULT_OK; i++) {
        struct meeting_row row = {.id = items[i].id, .version = items[i].version};
        p->after = items[i].id;
        if (!items[i].damaged && meeting_decode(items[i].payload, &row.meeting, &err) == RESULT_OK) {
            p->result = p->each(p->ctx, &row, p->err);
        }
        mem_wipe(&row, sizeof row);
    }
}

enum result meetings_each(struct api *api, meetings_each_fn *each, void *ctx, struct error *err)
{
    struct paging p = {.each = each, .ctx = ctx, .err = err, .result = RESULT_OK, .more = true};
    bool first = true;
    while (p.more && p.result == RESULT_OK) {
        const struct ident after = p.after;
        store_list_damaged_too(api->door, STORE_MEETING, first ? NULL : &after, STORE_LIST_MAX, page_read, &p);
        first = false;
    }
    return p.result;
}

/* ---- writing ---- */

/* A partner's spoor finds it, but for one that was closed while both signals lived: these may meet again. */
static bool is_found(const struct meeting *meeting)
{
    const struct meeting_half *theirs = &meeting->halves[meeting_other(meeting->own)];
    return !ident_equal(&theirs->spoor, &none) && (meeting->state != MEETING_CLOSED || !theirs->live);
}

enum result meetings_put(struct api *api, struct store_batch *batch, const struct meeting_row *row, struct error *err)
{
    struct buf payload;
    const struct meeting *meeting = &row->meeting;
    const struct key key = key_of(&meeting->peer, &meeting->halves[meeting_other(meeting->own)].spoor);
    const bool within = oin_equal(&meeting->peer, &api->own_oin);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    meeting_encode(meeting, &payload);
    const struct store_write item = {.id = row->id,
                                     .keys = {slice_text(!within && is_found(meeting) ? key.text : "")},
                                     .payload = buf_slice(&payload),
                                     .version = row->version,
                                     .is_new = row->version == 0};
    enum result result = buf_result(&payload, "match", err);
    if (result == RESULT_OK && item.is_new) {
        result = meetings_people_add(api, row, err);
    }
    if (result == RESULT_OK) {
        store_put(batch, STORE_MEETING, &item);
    }
    buf_wipe(&payload);
    return result;
}

/* Found by match and number. */
struct ident meetings_event_id(const struct ident *match, uint32_t number)
{
    uint8_t bytes[IDENT_SIZE + 4];
    struct sha256 digest;
    struct ident id;
    memcpy(bytes, match->bytes, IDENT_SIZE);
    bytes_put_u32(bytes + IDENT_SIZE, number);
    sha256_of(slice_of(bytes, sizeof bytes), &digest);
    memcpy(id.bytes, digest.bytes, IDENT_SIZE);
    return id;
}

enum result meetings_put_event(struct api *api, struct store_batch *batch, const struct ident *match,
                               const struct thread_event *event, struct error *err)
{
    struct buf payload;
    (void)api;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    thread_event_encode(event, &payload);
    const struct store_write item = {
        .id = meetings_event_id(match, event->number), .parent = *match, .payload = buf_slice(&payload)};
    const enum result result = buf_result(&payload, "match", err);
    if (result == RESULT_OK) {
        store_put(batch, STORE_MEETING_EVENT, &item);
    }
    buf_wipe(&payload);
    return result;
}

uint32_t meetings_roles(void)
{
    uint32_t roles = 0;
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        roles |= (role_may(1U << i) & MAY_MEET) != 0 ? 1U << i : 0;
    }
    return roles;
}

enum result meetings_notice(struct api *api, struct store_batch *batch, const struct meeting_row *row,
                            enum notice_kind kind, struct error *err)
{
    const struct notice_to to = {.roles = meetings_roles()};
    return notice_put(api, batch, &to, kind, &row->id, row->meeting.head.number, err);
}

/* Who is told of the meeting hears of both. */
uint32_t meetings_untold(const struct meeting *meeting)
{
    return meeting->halves[MEETING_LOW].told && meeting->halves[MEETING_HIGH].told ? 0 : RECORD_INPUT_UNTOLD;
}

enum result meetings_record(struct api *api, struct store_batch *batch, const struct covenant *covenant,
                            enum record_operation operation, const struct meeting_row *row, const char *user,
                            const char *what, struct error *err)
{
    char text[IDENT_TEXT_SIZE + CODE_MAX + 2];
    struct record record = signals_record(covenant, operation);
    const struct meeting *meeting = &row->meeting;
    record.subject = meeting->subject;
    if (!oin_equal(&meeting->peer, &api->own_oin)) {
        record.peer = meeting->peer;
    }
    record.inputs = meetings_untold(meeting);
    if (user != NULL) {
        (void)slice_copy_text(slice_text(user), record.user, sizeof record.user);
    }
    (void)snprintf(text, sizeof text, "%s %s", ident_text(&row->id).text, what);
    return audit_append(api->audit, batch, &record, slice_text(text), err);
}

/* ---- it begins ---- */

/* It lives: what the partner says of himself now is taken over. */
static enum result refresh(struct api *api, struct store_batch *batch, struct meeting_row *row,
                           const struct meeting_new *met, struct error *err)
{
    struct meeting_half *theirs = &row->meeting.halves[meeting_other(row->meeting.own)];
    struct meeting_half *own = &row->meeting.halves[row->meeting.own];
    const bool lives =
        row->meeting.state != MEETING_CLOSED && ((theirs->live && !theirs->ended) || theirs->by_involvement);
    if (!lives) {
        return RESULT_OK;
    }
    *theirs = met->theirs;
    if (own->live && met->own.live) { /* the signal that goes on under this spoor */
        *own = met->own;
    }
    return meetings_put(api, batch, row, err);
}

/* In words that do not say of what there are so many: who publishes hears them too. */
enum result meetings_room(size_t open, struct error *err)
{
    ENSURE(open < MEETINGS_MAX, err, FAULT_BUSY, "", "dit kan nu niet");
    return RESULT_OK;
}

struct replacing {
    struct api *api;
    struct store_batch *batch;
    const struct meeting_new *met;
    bool within;     /* one organisation */
    size_t replaced; /* of those that were open */
    size_t homes;    /* by a household, of this partner and person */
};

static bool is_of_home(const struct replacing *r, const struct meeting *meeting)
{
    return meeting->state != MEETING_CLOSED && meeting->via_household && r->met->via_household &&
           oin_equal(&meeting->peer, &r->met->peer) && ident_equal(&meeting->subject, &r->met->subject);
}

static enum result count_home(void *ctx, const struct meeting_row *found, struct error *err)
{
    struct replacing *r = ctx;
    (void)err;
    r->homes += is_of_home(r, &found->meeting);
    return RESULT_OK;
}

/* Of two organisations and a person one match lives: a newer spoor of either stands in the place of the older. By a household as
 * many as it may have members: then the oldest goes. */
static enum result replace_older(void *ctx, const struct meeting_row *found, struct error *err)
{
    struct replacing *r = ctx;
    struct meeting_row row = *found;
    struct meeting *meeting = &row.meeting;
    const struct date today = workdays_dutch_day(clock_now(r->api->clock));
    const struct meeting_act act = {.step = MEETING_REPLACE, .side = meeting->own};
    const bool by_another_way = meeting->via_household || r->met->via_household; /* of another member, it may be */
    const bool full = r->homes >= HOUSEHOLD_MEMBERS_MAX && is_of_home(r, meeting);
    r->homes -= full;
    if (meeting->state == MEETING_CLOSED || r->within || (by_another_way && !full) ||
        !oin_equal(&meeting->peer, &r->met->peer)) {
        return RESULT_OK;
    }
    r->replaced++;
    if (meeting_writes(meeting) && meeting->head.number < THREAD_EVENTS_MAX) {
        return meetings_act(r->api, r->batch, &row, &act, err);
    }
    meeting_replace(meeting, &today); /* the node that orders puts it into the history, if it knows of it still */
    TRY(meetings_put(r->api, r->batch, &row, err));
    return meetings_record(r->api, r->batch, r->met->covenant, RECORD_MATCH_STEP, &row, NULL,
                           meeting_step_word(MEETING_REPLACE), err);
}

static enum result count_open(void *ctx, const struct meeting_row *row, struct error *err)
{
    size_t *open = ctx;
    (void)err;
    *open += row->meeting.state != MEETING_CLOSED;
    return RESULT_OK;
}

/* Counted when there are so many, closed ones too, that it matters. */
static enum result room_for_one(struct api *api, size_t replaced, struct error *err)
{
    size_t open = meetings_people_count(api);
    if (open >= MEETINGS_MAX) {
        open = 0;
        TRY(meetings_each(api, count_open, &open, err));
        open -= replaced;
    }
    return meetings_room(open, err);
}

static enum result begin(struct api *api, struct store_batch *batch, struct meeting_row *row, struct error *err)
{
    struct thread_event first;
    row->meeting.met = workdays_dutch_day(clock_now(api->clock));
    meeting_begin(&row->meeting, &row->id, &first);
    TRY(meetings_put(api, batch, row, err));
    TRY(meetings_put_event(api, batch, &row->id, &first, err));
    return meetings_notice(api, batch, row, NOTICE_MEETING, err);
}

enum result meetings_meet(struct api *api, struct store_batch *batch, const struct meeting_new *met, struct error *err)
{
    struct meeting_row row;
    const struct ident id = meeting_id(&api->own_oin, &met->own.spoor, &met->peer, &met->theirs.spoor);
    const bool within = oin_equal(&api->own_oin, &met->peer);
    TRY(meetings_get(api, &id, &row, err));
    if (row.version != 0) {
        return refresh(api, batch, &row, met, err);
    }
    struct replacing replacing = {.api = api, .batch = batch, .met = met, .within = within};
    TRY(met->via_household ? meetings_each_of(api, &met->subject, count_home, &replacing, err) : RESULT_OK);
    TRY(meetings_each_of(api, &met->subject, replace_older, &replacing, err));
    TRY(room_for_one(api, replacing.replaced, err));
    const bool own_first = memcmp(met->own.spoor.bytes, met->theirs.spoor.bytes, IDENT_SIZE) <= 0;
    row.meeting = (struct meeting){.peer = met->peer, .subject = met->subject, .via_household = met->via_household};
    row.meeting.own = meeting_side_of(&api->own_oin, &met->peer);
    const enum meeting_side own = within && !own_first ? MEETING_HIGH : row.meeting.own;
    row.meeting.halves[own] = met->own;
    row.meeting.halves[meeting_other(own)] = met->theirs;
    TRY(begin(api, batch, &row, err));
    return meetings_record(api, batch, met->covenant, RECORD_SIGNAL_MET, &row, NULL, "ontmoet", err);
}

/* A row that is no match, but says that this spoor is over. */
enum result meetings_bury(struct api *api, struct store_batch *batch, const struct oin *partner,
                          const struct ident *spoor, struct error *err)
{
    struct meeting_row row = {.id = meeting_id(partner, spoor, partner, &none)};
    row.meeting = (struct meeting){.peer = *partner, .state = MEETING_CLOSED};
    row.meeting.own = meeting_side_of(&api->own_oin, partner);
    row.meeting.closed = workdays_dutch_day(clock_now(api->clock));
    row.meeting.halves[meeting_other(row.meeting.own)].spoor = *spoor;
    return meetings_put(api, batch, &row, err);
}

/* ---- steps ---- */

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

/* ---- posts ---- */

struct building {
    const struct post *post;
    struct buf body;
    struct error err;
    enum result result;
};

static void event_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct building *b = ctx;
    struct thread_event event;
    b->result = RESULT_FAILED;
    if (failed != NULL) {
        b->err = *failed;
    } else if (found->item == NULL) {
        (void)error_set(&b->err, FAULT_NOT_FOUND, "match", "deze gebeurtenis is er niet meer");
    } else if (thread_event_decode(found->item->payload, MEETING_STEP_COUNT, &event, &b->err) == RESULT_OK) {
        struct json_writer w = json_writer(&b->body);
        json_begin_object(&w, NULL);
        json_put_text(&w, "match", ident_text(&b->post->thread).text);
        thread_event_write(&w, "gebeurtenis", &event, meeting_step_word((enum meeting_step)event.step));
        json_end_object(&w);
        b->result = buf_result(&b->body, "match", &b->err);
    }
}

static void build_event(struct api *api, const struct post *post, struct api_covenant *held, post_built_fn *done,
                        void *ctx)
{
    struct building b = {.post = post};
    const struct ident id = meetings_event_id(&post->thread, post->number);
    (void)held;
    buf_init(&b.body, OUTBOX_BODY_MAX);
    store_get(api->door, STORE_MEETING_EVENT, &id, STORE_KIND_COUNT, event_found, &b); /* answered at once */
    done(ctx, buf_slice(&b.body), b.result == RESULT_OK ? NULL : &b.err);
    buf_wipe(&b.body);
}

static void tell_stuck(struct api *api, const struct post *post, int status, struct store_batch *batch,
                       post_written_fn *done, void *ctx)
{
    struct error err;
    const struct notice_to to = {.roles = meetings_roles()};
    (void)status;
    const enum result result = notice_put(api, batch, &to, NOTICE_STUCK, &post->thread, post->number, &err);
    done(ctx, result == RESULT_OK ? NULL : &err);
}

/* The other side does not know of the match, and will not: it is over here too. */
static enum result over(struct api *api, const struct post *post, struct store_batch *batch, struct error *err)
{
    struct meeting_row row;
    const struct date today = workdays_dutch_day(clock_now(api->clock));
    TRY(meetings_get(api, &post->thread, &row, err));
    if (row.version == 0 || row.meeting.state == MEETING_CLOSED) {
        return RESULT_OK;
    }
    const struct meeting before = row.meeting;
    struct api_covenant *held = api_covenant_with(api, &before.peer);
    meeting_replace(&row.meeting, &today);
    row.meeting.under_way = false;
    TRY(signals_turn_over(api, batch, &before, err));
    TRY(meetings_put(api, batch, &row, err));
    TRY(meetings_record(api, batch, held != NULL ? held->covenant : api->covenant->covenant, RECORD_MATCH_STEP, &row,
                        NULL, "elders onbekend", err));
    return meetings_notice(api, batch, &row, NOTICE_STEP, err);
}

/* An answer without a receipt is the refusal that settled it. */
static void answered(struct api *api, const struct post *post, struct slice answer, struct store_batch *batch,
                     post_written_fn *done, void *ctx)
{
    struct error err;
    struct json *json CLEANUP(json_cleanup) = NULL;
    const bool taken = json_parse(answer, &json, &err) == RESULT_OK && json_text_of(json, "ontvangstbewijs").len != 0;
    const enum result result = taken ? RESULT_OK : over(api, post, batch, &err);
    done(ctx, result == RESULT_OK ? NULL : &err);
}

/* Then its signals go there anew, under another spoor. */
static void settled(struct api *api, const struct post *post)
{
    struct meeting_row row;
    struct error err;
    if (meetings_get(api, &post->thread, &row, &err) == RESULT_OK && row.version != 0 && row.meeting.replaced) {
        cooperation_touched(api, &row.meeting.subject);
    }
}

static enum post_refusal refused(struct api *api, const struct post *post, int status, struct slice answer)
{
    enum { GONE = 410 };
    (void)api;
    (void)post;
    (void)answer;
    return status == GONE ? POST_SETTLED : POST_STICKS;
}

void meetings_register(struct api *api)
{
    static const struct post_kind event = {.build = build_event,
                                           .confirmed = answered,
                                           .stuck = tell_stuck,
                                           .refused = refused,
                                           .settled = settled,
                                           .numbered = true,
                                           .purpose = PURPOSE_SIGNAL};
    static const struct post_kind proposal = {
        .confirmed = answered, .stuck = tell_stuck, .refused = refused, .settled = settled, .purpose = PURPOSE_SIGNAL};
    static const struct post_kind signal_end = {.stuck = tell_stuck, .purpose = PURPOSE_SIGNAL};
    outbox_register(api->outbox, MESSAGE_MEETING_EVENT, &event);
    outbox_register(api->outbox, MESSAGE_MEETING_PROPOSAL, &proposal);
    outbox_register(api->outbox, MESSAGE_SIGNAL_END, &signal_end);
}
