/* What waits for OUTBOX_LATE_DAYS is told to whom it concerns, once: one post of a line at a time, in order of entry. */
#include "api/notices.h"
#include "api/outbox_parts.h"
#include "base/mem.h"

enum { DAY_MS = 86400000, PAGE = 64 };

struct late {
    struct post_line *line;
    struct post_lane *lane;
    bool more;
    bool found;
    struct ident id;
    struct ident parent;
    uint64_t version;
    uint64_t place;
    struct buf payload;
    struct outgoing row;
    struct store_batch *batch;
};

static void end(struct late *late)
{
    late->line->telling = false;
    late->line->outbox->api->calls--;
    buf_wipe(&late->payload);
    mem_free(late);
}

static void failed(struct late *late, const struct error *err)
{
    audit_forget_keys(late->line->outbox->api->audit);
    log_error(late->line->outbox->api->log, LOG_ERROR, "late-berichten-niet-gemeld", err);
    end(late);
}

static void told(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct late *late = ctx;
    (void)committed;
    if (err != NULL && err->fault != FAULT_CONFLICT) { /* tried meanwhile: the next look */
        failed(late, err);
        return;
    }
    struct post_line *line = late->line;
    if (err == NULL) {
        late->lane->late_to = late->place;
        const struct post_kind *kind = line->outbox->kinds[late->row.post.kind];
        if (kind != NULL && kind->settled != NULL) {
            kind->settled(line->outbox->api, &late->row.post);
        }
    } else {
        audit_forget_keys(line->outbox->api->audit);
    }
    end(late);
    if (err == NULL) {
        outbox_tell_late(line);
    }
}

static void added(void *ctx, const struct error *err)
{
    struct late *late = ctx;
    struct buf payload;
    if (err != NULL) {
        store_batch_free(late->batch);
        failed(late, err);
        return;
    }
    late->row.late_told = true;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    outgoing_encode(&late->row, &payload);
    const struct store_write item = {
        .id = late->id, .parent = late->parent, .payload = buf_slice(&payload), .version = late->version};
    store_put(late->batch, STORE_OUTGOING, &item);
    buf_wipe(&payload);
    store_commit(late->line->outbox->api->door, late->batch, told, late);
}

static void tell(struct late *late)
{
    struct error err;
    struct outbox *outbox = late->line->outbox;
    const struct post_kind *kind = outbox->kinds[late->row.post.kind];
    late->batch = store_batch_new(outbox->api->door);
    if (late->batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "berichten", "geen geheugen");
        failed(late, &err);
    } else if (kind != NULL && kind->stuck != NULL) {
        kind->stuck(outbox->api, &late->row.post, 0, late->batch, added, late);
    } else {
        added(late, NULL);
    }
}

static bool is_due(const struct late *late, const struct outgoing *row)
{
    const int64_t late_ms = (int64_t)OUTBOX_LATE_DAYS * DAY_MS;
    return row->created_ms + late_ms <= clock_now(late->line->outbox->api->clock);
}

static void page_read(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct late *late = ctx;
    late->more = more && err == NULL && count != 0;
    for (size_t i = 0; i < count && !late->found; i++) {
        struct outgoing row;
        struct error fault;
        if (outgoing_decode(items[i].payload, &row, &fault) != RESULT_OK) {
            late->lane->late_to = items[i].ordinal;
            continue;
        }
        if (!is_due(late, &row)) {
            late->more = false; /* nor are those behind it */
            return;
        }
        if (row.late_told || row.state == MESSAGE_STUCK) {
            late->lane->late_to = items[i].ordinal;
            continue;
        }
        late->found = true;
        late->id = items[i].id;
        late->parent = items[i].parent;
        late->version = items[i].version;
        late->place = items[i].ordinal;
        buf_slice_in(&late->payload, items[i].payload);
        late->found =
            buf_ok(&late->payload) && outgoing_decode(buf_slice(&late->payload), &late->row, &fault) == RESULT_OK;
    }
}

static bool find(struct late *late)
{
    struct api *api = late->line->outbox->api;
    for (int i = 0; i < DELIVERY_LANE_COUNT && !late->found; i++) {
        late->lane = &late->line->lanes[i];
        late->more = true;
        while (late->more && !late->found) {
            store_list_children_damaged_too(api->door, STORE_OUTGOING, &late->lane->parent, late->lane->late_to, PAGE,
                                            page_read, late);
        }
    }
    return late->found;
}

void outbox_tell_late(struct post_line *line)
{
    struct late *late = line->telling || line->rows == 0 ? NULL : mem_zalloc(sizeof *late);
    if (late == NULL) {
        return;
    }
    late->line = line;
    buf_init(&late->payload, STORE_PAYLOAD_MAX);
    line->telling = true;
    line->outbox->api->calls++;
    if (find(late)) {
        tell(late);
    } else {
        end(late);
    }
}

/* ---- one that cannot be read ---- */

static void damaged_told(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct post_line *line = ctx;
    (void)committed;
    line->outbox->api->calls--;
    if (err != NULL) {
        log_error(line->outbox->api->log, LOG_ERROR, "onleesbaar-bericht-niet-gemeld", err);
        for (int lane = 0; lane < DELIVERY_LANE_COUNT; lane++) { /* it is read, and told, once more */
            line->lanes[lane].damaged_to = 0;
        }
        line->rewinds = 1;
    }
}

void outbox_tell_damaged(struct post_line *line, const struct ident *id)
{
    struct api *api = line->outbox->api;
    struct error err;
    const struct notice_to to = {.roles = roles_that_may(MAY_MANAGE)};
    struct store_batch *batch = store_batch_new(api->door);
    api->calls++;
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "berichten", "geen geheugen");
        damaged_told(line, NULL, &err);
    } else if (notice_put(api, batch, &to, NOTICE_STUCK, id, 0, &err) != RESULT_OK) {
        store_batch_free(batch);
        damaged_told(line, NULL, &err);
    } else {
        store_commit(api->door, batch, damaged_told, line);
    }
}
