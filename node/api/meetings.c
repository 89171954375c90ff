/* Matches in the store: read and written, with their events, records and notices. */
#include <stdio.h>

#include "api/meetings_parts.h"
#include "base/bytes.h"
#include "base/mem.h"

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

enum result meetings_notice(struct api *api, struct store_batch *batch, const struct meeting_row *row,
                            enum notice_kind kind, struct error *err)
{
    const struct notice_to to = {.roles = roles_that_may(MAY_MEET)};
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
