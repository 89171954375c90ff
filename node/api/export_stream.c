/* The answer: groups of records, each in a turn of the loop when the client took the one before; then what is in it. */
#include "api/export_parts.h"
#include "api/later.h"
#include "api/log.h"
#include "base/mem.h"

enum { TEXT_MAX = 4096, PROVEN_GROUP = 16 /* proofs in one turn */ };

/* A group is made: on with the answer, or nobody waits for it any more. */
static void made(struct exporting *x)
{
    x->busy = false;
    export_end_group(x);
    if (x->broken) {
        log_error(x->call.api->log, LOG_ERROR, "uitvoer-afgebroken", &x->err);
    } else if (x->walked) {
        export_finish(x);
    }
    if (x->gone) {
        call_done(&x->call);
    } else {
        http_resume(x->stream);
    }
}

static enum log_walk_go take(void *ctx, const struct store_leaf *leaf, enum log_seal seal, const struct record *record,
                             struct slice text)
{
    struct exporting *x = ctx;
    struct fault_list faults = {0};
    if (!x->broken && !export_fits(x->taken + 1, &faults)) {
        x->broken = true;
        x->err = faults.items[0];
    }
    x->broken = x->broken || !export_take(x, leaf, seal, record, text);
    return x->broken ? LOG_WALK_STOP : LOG_WALK_ON;
}

static void walked(void *ctx, const struct log_walk_end *end, const struct error *err)
{
    struct exporting *x = ctx;
    if (err != NULL) {
        x->broken = true;
        x->err = *err;
    } else {
        x->sought.after = end->next;
        x->walked = !end->more;
    }
    made(x);
}

static void take_leaf(struct exporting *x, const struct store_leaf *leaf)
{
    struct record record;
    struct buf text;
    struct error err;
    if (record_decode_visible(leaf->leaf, &record, &err) == RESULT_OK &&
        (record.time_ms < x->sought.from_ms || record.time_ms >= x->sought.end_ms)) {
        return;
    }
    buf_init(&text, TEXT_MAX);
    const enum log_seal seal = log_open_leaf(x->call.api, leaf, &record, &text);
    (void)take(x, leaf, seal, &record, buf_slice(&text));
    mem_wipe(&record, sizeof record);
    buf_wipe(&text);
}

static void take_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct exporting *x = ctx;
    if (err != NULL) {
        x->broken = true;
        x->err = *err;
    }
    for (size_t i = 0; i < count && !x->broken; i++, x->at++) {
        if (leaves[i].sequence != x->at) {
            x->broken = true;
            (void)error_set(&x->err, FAULT_STORE, "logboek", "regel %llu ontbreekt", (unsigned long long)x->at);
        } else {
            take_leaf(x, &leaves[i]);
        }
    }
}

static size_t group_size(const struct exporting *x)
{
    return x->proofs ? PROVEN_GROUP : EXPORT_CHUNK;
}

static void give_group(struct exporting *x)
{
    if (x->filtered) {
        log_walk(x->call.api, &x->sought, group_size(x), true, take, walked, x);
        return;
    }
    const uint64_t left = x->end - x->at;
    const uint64_t before = x->at;
    if (left != 0) {
        store_log_read(x->call.api->door, x->at, left < group_size(x) ? (size_t)left : group_size(x), take_leaves, x);
    }
    if (left != 0 && x->at == before && !x->broken) {
        x->broken = true;
        (void)error_set(&x->err, FAULT_STORE, "logboek", "regel %llu ontbreekt", (unsigned long long)x->at);
    }
    x->walked = x->at == x->end;
    made(x);
}

/* He may have been blocked, or lost his role, since it began: it ends where that became so. */
static void still_he(void *ctx, const struct store_found *found, const struct error *err)
{
    struct exporting *x = ctx;
    struct user user;
    if (err != NULL) {
        x->broken = true;
        x->err = *err;
    } else if (found->item == NULL || user_decode(found->item->payload, &user, &x->err) != RESULT_OK || user.blocked ||
               (role_may(user.roles) & MAY_INVESTIGATE) == 0) {
        x->broken = true;
        (void)error_set(&x->err, FAULT_FORBIDDEN, "uitvoer", "wie hem vroeg, mag dit niet meer");
    }
    if (x->broken || x->gone) {
        made(x);
    } else {
        give_group(x);
    }
}

static void make_group(void *ctx)
{
    struct exporting *x = ctx;
    store_find(x->call.api->door, STORE_USER, STORE_KEY_A, slice_text(x->call.caller.name), STORE_KIND_COUNT, still_he,
               x);
}

static void begin_group(struct exporting *x)
{
    x->busy = later(x->call.api->loop, make_group, x, &x->err) == RESULT_OK;
    x->broken = !x->busy;
}

static enum http_pull pull(void *ctx, struct buf *out, size_t room)
{
    struct exporting *x = ctx;
    const size_t len = x->ready.len < room ? x->ready.len : room;
    buf_bytes(out, x->ready.ptr, len);
    buf_consume(&x->ready, len);
    if (x->ready.len == 0 && !x->busy && !x->ended && !x->broken) {
        begin_group(x);
    }
    if (x->broken || (x->ended && x->ready.len == 0)) {
        const enum http_pull said = x->broken ? HTTP_BROKEN : HTTP_END;
        call_done(&x->call);
        return said;
    }
    return len != 0 ? HTTP_MORE : HTTP_WAIT;
}

static void gone(void *ctx)
{
    struct exporting *x = ctx;
    x->gone = true;
    if (!x->busy) {
        call_done(&x->call);
    }
}

void export_stream(struct exporting *x)
{
    x->stream = x->call.request;
    export_begin(x);
    call_stream(&x->call, "application/octet-stream", pull, gone);
}
