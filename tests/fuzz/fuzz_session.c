/*
 * Any bytes as what a client sends to an HTTP/2 session, cut into pieces, with time that passes, a drain in the middle
 * and an allocation that fails. What comes out must be whole frames of a server; every handler must hear of its
 * request's end exactly once; and, when nothing else happens, where the bytes are cut must make no difference to what
 * handlers get. The input's first four bytes choose all that; tests/fuzz/session_corpus.py writes them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "http/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    CONTROL_BYTES = 4,
    OPEN = 1,  /* preface and SETTINGS go before the input */
    DRAIN = 2, /* after as many pieces as the second byte says */
    TIME = 4,  /* passes between pieces, as many times 16 ms as the third byte says */
    FAIL = 8,  /* the allocation that the third and fourth byte count to */
    LATE = 16, /* output is taken at the end */
    ROUNDS_MAX = 20000,
    PULL_BYTES = 70000,
};

static const uint8_t opening[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";

struct world {
    struct link held;
    unsigned begun;
    unsigned ended;
    uint64_t calls;
    /* The client said GOAWAY and had nothing under way: what it still sends may be dropped. Or it went past an allowance:
     * then nothing is handled of the piece that did so, which the GOAWAY to it tells. */
    bool left;
    uint64_t trace; /* of what handlers got: a sum, so that streams may end in any order */
};

struct held {
    struct link link;
    struct world *world;
    struct http_request *request;
    size_t sent;
    uint64_t hash;
};

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static uint64_t mix(uint64_t hash, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        hash = (hash ^ bytes.ptr[i]) * 1099511628211u;
    }
    return hash;
}

static uint64_t hash_of(const struct http_request *request)
{
    uint64_t hash = mix(14695981039346656037u + (uint64_t)http_request_method(request), http_request_path(request));
    hash = mix(hash, http_request_query(request));
    return mix(hash, http_request_header(request, "x-proef"));
}

static void got(struct world *world, uint64_t hash)
{
    world->calls++;
    world->trace += hash;
}

static void answer_copy(struct http_request *request, void *ctx)
{
    got(ctx, mix(hash_of(request), http_request_body(request)));
    const struct http_header extra = {"etag", "\"1\""};
    http_answer_with(request, 200, "application/json", http_request_body(request), &extra, 1);
}

static void answer_fault(struct http_request *request, void *ctx)
{
    got(ctx, hash_of(request));
    struct error err;
    (void)error_set(&err, FAULT_NOT_FOUND, "", "dit is er niet");
    http_answer_error(request, &err);
}

static void end(struct held *held)
{
    held->world->ended++;
    link_remove(&held->link);
}

static void on_gone(void *ctx)
{
    end(ctx);
}

static struct held *hold(struct http_request *request, struct world *world)
{
    struct held *held = http_request_alloc(request, sizeof *held);
    if (held == NULL) {
        answer_fault(request, world);
        return NULL;
    }
    *held = (struct held){.world = world, .request = request, .hash = hash_of(request)};
    link_init(&held->link);
    link_append(&world->held, &held->link);
    world->begun++;
    http_request_on_gone(request, on_gone, held);
    return held;
}

static void answer_later(struct http_request *request, void *ctx)
{
    struct held *held = hold(request, ctx);
    if (held != NULL) {
        got(ctx, held->hash);
    }
}

static enum http_pull pull(void *ctx, struct buf *out, size_t room)
{
    struct held *held = ctx;
    const size_t len = room < 3000 ? room : 3000;
    buf_fill(out, 'x', len);
    held->sent += len;
    if (held->sent >= PULL_BYTES) {
        end(held);
        return HTTP_END;
    }
    return held->sent % 4096 < 1000 ? HTTP_WAIT : HTTP_MORE;
}

static void push(void *ctx, struct slice piece, bool last)
{
    struct held *held = ctx;
    struct http_request *request = held->request;
    held->hash = mix(held->hash, piece);
    if (piece.len % 2 == 0) { /* an odd piece stays unconsumed: the server gives it back */
        http_consumed(request, piece.len);
    }
    if (last) {
        got(held->world, held->hash);
        http_answer_stream(request, 200, "text/plain", pull, held);
    }
}

static void stream_both(struct http_request *request, void *ctx)
{
    struct held *held = hold(request, ctx);
    if (held != NULL) {
        http_read_body(request, push, held);
    }
}

static const struct http_route rows[] = {
    {HTTP_GET, "/nergens", answer_fault, 0, NULL, false},
    {HTTP_POST, "/nergens", answer_copy, 40000, NULL, false},
    {HTTP_POST, "/v1/raadplegingen", stream_both, 200000, NULL, true},
    {HTTP_GET, "/later/{id}", answer_later, 0, NULL, false},
    {HTTP_PUT, "/klein", answer_copy, 10, "application/json", false},
};

/* What the session sends, frame by frame. */
struct output {
    uint8_t head[9];
    size_t head_len;
    size_t payload_left;
};

static void check_head(const uint8_t *head)
{
    static const bool sent_by_servers[] = {
        [0] = true, [1] = true, [3] = true, [4] = true, [6] = true, [7] = true, [8] = true, [9] = true};
    const size_t len = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
    require(len <= HTTP_FRAME_BYTES);
    require(head[3] < COUNT_OF(sent_by_servers) && sent_by_servers[head[3]]);
    const bool connection = (head[5] | head[6] | head[7] | head[8]) == 0;
    require(connection ? head[3] != 0 && head[3] != 1 : head[8] % 2 == 1);
}

static void read_output(struct output *output, struct slice bytes)
{
    while (bytes.len != 0) {
        if (output->payload_left != 0) {
            const size_t len = output->payload_left < bytes.len ? output->payload_left : bytes.len;
            output->payload_left -= len;
            bytes = slice_of(bytes.ptr + len, bytes.len - len);
            continue;
        }
        output->head[output->head_len++] = *bytes.ptr;
        bytes = slice_of(bytes.ptr + 1, bytes.len - 1);
        if (output->head_len == sizeof output->head) {
            check_head(output->head);
            output->payload_left = (size_t)output->head[0] << 16 | (size_t)output->head[1] << 8 | output->head[2];
            output->head_len = 0;
        }
    }
}

static void take_output(struct session *session, struct output *output, size_t room)
{
    uint8_t out[4096];
    size_t len = 0;
    unsigned rounds = 0;
    while ((len = session_output(session, out, room < sizeof out ? room : sizeof out)) != 0) {
        read_output(output, slice_of(out, len));
        require(++rounds < ROUNDS_MAX);
    }
}

/* What waits is answered or told to go on. */
static void settle(struct world *world)
{
    for (struct link *at = world->held.next, *next = at->next; at != &world->held; at = next, next = at->next) {
        struct held *held = LINK_OWNER(at, struct held, link);
        struct http_request *request = held->request;
        if (slice_is(http_request_path(request), "/v1/raadplegingen")) {
            http_resume(request);
        } else {
            end(held);
            http_answer(request, 200, NULL, slice_text("later"));
        }
    }
}

struct plan {
    unsigned flags;
    size_t step; /* 0: all at once */
    size_t drain_at;
    uint64_t passes; /* ms */
    long fail_after;
};

struct run {
    struct world world;
    struct http_core *core;
    struct session *session;
    struct output output;
    uint64_t now;
};

static void feed(struct run *run, const struct plan *plan, struct slice bytes)
{
    const size_t step = plan->step != 0 ? plan->step : bytes.len;
    size_t pieces = 0;
    for (size_t at = 0; at < bytes.len; at += step, pieces++) {
        session_feed(run->session, slice_of(bytes.ptr + at, bytes.len - at < step ? bytes.len - at : step));
        run->world.left = run->world.left || run->session->cut ||
                          (!run->session->broken && nghttp2_session_want_read(run->session->h2) == 0);
        if ((plan->flags & LATE) == 0) {
            take_output(run->session, &run->output, plan->step != 0 ? plan->step * 16 : SIZE_MAX);
            settle(&run->world);
        }
        if ((plan->flags & TIME) != 0) {
            run->now += plan->passes;
            core_set_now(run->core, run->now);
            session_tick(run->session);
        }
        if ((plan->flags & DRAIN) != 0 && pieces == plan->drain_at) {
            session_drain(run->session);
        }
    }
}

static void converse(struct run *run, const struct plan *plan, struct slice bytes)
{
    struct error err;
    const struct session_owner owner = {.uid = 1};
    if (session_new(run->core, &owner, &run->session, &err) != RESULT_OK) {
        require(err.fault == FAULT_NO_MEMORY);
        return;
    }
    if ((plan->flags & OPEN) != 0) {
        session_feed(run->session, slice_of(opening, sizeof opening - 1));
    }
    feed(run, plan, bytes);
    for (unsigned i = 0; i < 40; i++) {
        take_output(run->session, &run->output, SIZE_MAX);
        settle(&run->world);
    }
    require(run->session->broken || (run->output.head_len == 0 && run->output.payload_left == 0));
    require(session_open_requests(run->session) >= run->world.begun - run->world.ended);
    session_free(run->session);
}

static struct world live(const struct plan *plan, struct slice bytes)
{
    struct run run = {.now = 1000000};
    struct error err;
    link_init(&run.world.held);
    const struct http_server_options options = {
        .routes = {rows, COUNT_OF(rows), &run.world},
        .server_headers = {{"api-version", "1.0.0"}},
        .times = {.handshake = 100, .idle = 1000, .headers = 200, .body = 300, .write = 400, .drain = 500},
    };
    mem_fail_after((plan->flags & FAIL) != 0 ? plan->fail_after : -1);
    if (core_new(&options, &run.core, &err) == RESULT_OK) {
        core_set_now(run.core, run.now);
        converse(&run, plan, bytes);
        core_free(run.core);
    }
    mem_fail_after(-1);
    require(run.world.begun == run.world.ended && link_alone(&run.world.held));
    return run.world;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CONTROL_BYTES) {
        return 0;
    }
    const struct slice bytes = slice_of(data + CONTROL_BYTES, size - CONTROL_BYTES);
    struct plan plan = {
        .flags = data[0],
        .step = data[0] >> 5 == 7 ? 1 : (size_t)(data[0] >> 5) * 37,
        .drain_at = data[1],
        .passes = (uint64_t)data[2] * 16,
        .fail_after = (long)data[2] << 8 | data[3],
    };
    (void)live(&plan, bytes);
    if ((plan.flags & (DRAIN | TIME | FAIL)) == 0) {
        plan.flags |= LATE;
        const struct world cut = live(&plan, bytes);
        plan.step = plan.step == 0 ? 1 : 0;
        const struct world otherwise = live(&plan, bytes);
        const bool same = cut.calls == otherwise.calls && cut.trace == otherwise.trace;
        require(same || cut.left || otherwise.left);
    }
    return 0;
}
