/* Posts into the batch of the change that they tell of, and out again while none of it was sent. */
#include <string.h>

#include "api/outbox_parts.h"

enum { REWIND_SECONDS = 5, PERCENT = 100 };

void outbox_register(struct outbox *outbox, enum message_kind kind, const struct post_kind *hooks)
{
    outbox->kinds[kind] = hooks;
}

static const char *name_of(const struct outbox *outbox, const struct oin *partner)
{
    const struct api_covenant *held = api_covenant_with(outbox->api, partner);
    const struct party *party = held != NULL ? covenant_party(held->covenant, partner) : NULL;
    return party != NULL ? party->name : partner->digits;
}

enum result outbox_room(struct outbox *outbox, const struct oin *partner, bool begins, struct error *err)
{
    const struct post_line *line = outbox_line(outbox, partner, false);
    const size_t rows = line != NULL ? line->rows : 0;
    const size_t most = begins ? (size_t)OUTBOX_LINE_MAX / PERCENT * OUTBOX_NEW_PERCENT : OUTBOX_LINE_MAX;
    const size_t all = begins ? (size_t)OUTBOX_ALL_MAX / PERCENT * OUTBOX_NEW_PERCENT : OUTBOX_ALL_MAX;
    ENSURE(rows < most, err, FAULT_BUSY, "/ketenpartner",
           "er wachten al %zu berichten op %s; %s kunnen weer als dat minder is", rows, name_of(outbox, partner),
           begins ? "nieuwe opdrachten" : "stappen");
    ENSURE(outbox->posts < all, err, FAULT_BUSY, "/ketenpartner",
           "er wachten al %zu berichten op ketenpartners; %s kunnen weer als dat minder is", outbox->posts,
           begins ? "nieuwe opdrachten" : "stappen");
    return RESULT_OK;
}

enum result outbox_post(struct outbox *outbox, struct store_batch *batch, const struct post *post, struct ident *id,
                        struct error *err)
{
    const enum delivery_lane lane = outgoing_lane(post->kind);
    const struct outgoing row = {.post = *post, .state = MESSAGE_WAITING, .created_ms = clock_now(outbox->api->clock)};
    struct buf payload;
    TRY(outbox_room(outbox, &post->partner, post->begins, err));
    ENSURE(post->body.len <= OUTBOX_BODY_MAX, err, FAULT_TOO_LARGE, "berichten", "een bericht heeft hoogstens %d bytes",
           (int)OUTBOX_BODY_MAX);
    struct post_line *line = outbox_line(outbox, &post->partner, true);
    ENSURE(line != NULL, err, FAULT_BUSY, "/ketenpartner", "er zijn te veel ketenpartners met berichten");
    buf_init(&payload, STORE_PAYLOAD_MAX);
    outgoing_encode(&row, &payload);
    const enum result result = buf_result(&payload, "berichten", err);
    if (result == RESULT_OK) {
        *id = post->begins ? post->thread : entropy_ident(outbox->api->entropy);
        outgoing_put_line(batch, &post->partner, lane);
        const struct store_write item = {
            .id = *id, .parent = line->lanes[lane].parent, .payload = buf_slice(&payload), .is_new = true};
        store_put(batch, STORE_OUTGOING, &item);
        line->rows++;
        outbox->posts++;
    }
    buf_wipe(&payload);
    return result;
}

/* ---- taking back ---- */

struct taking_back {
    struct outbox *outbox;
    struct store_batch *batch;
    bool taken;
    struct error err;
    bool failed;
};

static bool is_under_way(const struct post_line *line, const struct ident *id)
{
    for (size_t i = 0; i < line->window.count; i++) {
        if (ident_equal(&line->window.entries[i].id, id)) {
            return line->window.entries[i].under_way;
        }
    }
    return false;
}

/* Written as it was read before it is removed: should it be tried meanwhile, this batch fails as a whole, and when this one
 * is first, the record of that try does. */
static void take_out(void *ctx, const struct store_found *found, const struct error *err)
{
    struct taking_back *t = ctx;
    struct outgoing row;
    t->failed = err != NULL;
    if (err != NULL) {
        t->err = *err;
        return;
    }
    if (found->item == NULL) {
        return;
    }
    t->failed = outgoing_decode(found->item->payload, &row, &t->err) != RESULT_OK;
    if (t->failed || (row.tries != 0 && row.state != MESSAGE_STUCK)) {
        return;
    }
    struct post_line *line = outbox_line(t->outbox, &row.post.partner, true);
    if (line == NULL || is_under_way(line, &found->item->id)) {
        return;
    }
    const struct store_write same = {.id = found->item->id,
                                     .parent = found->item->parent,
                                     .payload = found->item->payload,
                                     .version = found->item->version};
    store_put(t->batch, STORE_OUTGOING, &same);
    store_remove(t->batch, STORE_OUTGOING, &found->item->id);
    t->taken = true;
    line->rewinds = REWIND_SECONDS;
    line->rows -= line->rows > 0;
    t->outbox->posts -= t->outbox->posts > 0;
    if (row.state == MESSAGE_STUCK) {
        line->stuck -= line->stuck > 0;
        delivery_line_unstick(&line->window, &row.post.key, outgoing_lane(row.post.kind));
    }
}

enum result outbox_cancel(struct outbox *outbox, struct store_batch *batch, const struct ident *thread,
                          bool *never_tried, struct error *err)
{
    struct taking_back t = {.outbox = outbox, .batch = batch};
    store_get(outbox->api->door, STORE_OUTGOING, thread, STORE_KIND_COUNT, take_out, &t);
    if (t.failed) {
        *err = t.err;
        return RESULT_FAILED;
    }
    *never_tried = t.taken;
    return RESULT_OK;
}

struct outbox_figures outbox_figures(const struct outbox *outbox)
{
    struct outbox_figures figures = {.waiting = outbox_waiting(outbox)};
    for (size_t i = 0; i < outbox->count; i++) {
        figures.stuck += outbox->waiting[i].next_ms == OUTBOX_NEVER;
    }
    for (size_t i = 0; i < outbox->line_count; i++) {
        const struct post_line *line = outbox->lines[i];
        figures.stuck += line->stuck;
        if (line->rows != 0 && line->oldest_ms != 0 &&
            (figures.oldest_ms == 0 || line->oldest_ms < figures.oldest_ms)) {
            figures.oldest_ms = line->oldest_ms;
        }
    }
    return figures;
}
