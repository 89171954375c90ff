#include "api/log_stream.h"

#include "api/api.h"
#include "api/log.h"
#include "api/query.h"
#include "audit/verify.h"
#include "base/bytes.h"
#include "base/mem.h"

enum { ENTRY_HEAD = 3, LEAVES_AT_ONCE = 64, READY_MAX = 131072 };

struct streaming {
    struct call call;
    uint64_t at, end;
    struct buf ready; /* to go out */
    bool broken;
};

static enum log_seal seal_of(struct api *api, const struct store_leaf *leaf)
{
    struct record record;
    const enum log_seal seal = log_open_leaf(api, leaf, &record, NULL);
    mem_wipe(&record, sizeof record);
    return seal;
}

static void put_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct streaming *s = ctx;
    s->broken = err != NULL || count == 0;
    for (size_t i = 0; i < count && !s->broken && s->at < s->end; i++, s->at++) {
        uint8_t head[ENTRY_HEAD];
        s->broken = leaves[i].sequence != s->at; /* one is missing: what follows would be told as another */
        head[0] = (uint8_t)seal_of(s->call.api, &leaves[i]);
        bytes_put_u16(head + 1, (uint16_t)leaves[i].receipt.len);
        if (!s->broken) {
            buf_bytes(&s->ready, head, sizeof head);
            buf_bytes(&s->ready, leaves[i].leaf, LOG_LEAF_BYTES);
            buf_slice_in(&s->ready, leaves[i].receipt);
        }
    }
    s->broken = s->broken || !buf_ok(&s->ready);
}

/* What there is room for; an entry may be cut between two pulls. */
static enum http_pull pull(void *ctx, struct buf *out, size_t room)
{
    struct streaming *s = ctx;
    if (s->ready.len < room && s->at < s->end && !s->broken) {
        store_log_read(s->call.api->door, s->at, LEAVES_AT_ONCE, put_leaves, s);
    }
    const size_t len = s->ready.len < room ? s->ready.len : room;
    buf_bytes(out, s->ready.ptr, len);
    buf_consume(&s->ready, len);
    if (s->ready.len != 0 || (s->at < s->end && !s->broken)) {
        return HTTP_MORE;
    }
    /* A log that misses a record ends early: whoever reads counts. */
    call_done(&s->call);
    return HTTP_END;
}

static void gone(void *ctx)
{
    call_done(ctx);
}

static void head_read(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct streaming *s = ctx;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    s->end = s->end == 0 || s->end > tree->size ? tree->size : s->end;
    call_stream(&s->call, "application/octet-stream", pull, gone);
}

static void start(struct call *call)
{
    struct streaming *s = (struct streaming *)call;
    buf_init(&s->ready, READY_MAX);
    const struct slice query = http_request_query(call->request);
    const int64_t from = query_number(query, "vanaf", 0);
    const int64_t end = query_number(query, "tot", 0);
    if (from < 0 || end < 0) {
        struct fault_list faults = {0};
        fault_list_add(&faults, FAULT_INVALID, "vanaf, tot", "hier horen getallen van 0 of meer");
        call_fail_faults(call, &faults);
        return;
    }
    s->at = (uint64_t)from;
    s->end = (uint64_t)end;
    store_log_head(call->api->door, head_read, s);
}

static void clean(struct call *call)
{
    buf_free(&((struct streaming *)call)->ready);
}

void log_stream(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct streaming));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_VERIFY_LOG, start);
    }
}
