/*
 * posts_rig.h - an outbox whose kinds of post count what becomes of them, at a node of which partners are asked in the rig.
 *
 * Thread: one. Ownership: open_all, and rig_close or end_all.
 */
#ifndef KETENBRUG_TESTS_POSTS_RIG_H
#define KETENBRUG_TESTS_POSTS_RIG_H

#include "unit/api/api_rig.h"

#include "api/outbox.h"
#include "api/outbox_parts.h"

#define TOKEN "Bearer kb-posts"

static int64_t now_ms;

static inline int64_t tell_time(void *ctx)
{
    (void)ctx;
    return now_ms;
}

/* ---- a kind of post whose hooks count ---- */

static struct {
    unsigned builds, confirms, stucks, lates, settles;
    uint32_t last_number;
    int last_status;
    enum post_refusal refusal;
    enum fault build_fault;
    bool confirm_fails;
    char answer[256];
} seen;

static inline void build(struct api *api, const struct post *post, struct api_covenant *held, post_built_fn *done,
                         void *ctx)
{
    char body[64];
    struct error err;
    (void)api;
    assert_non_null(held);
    seen.builds++;
    if (seen.build_fault != FAULT_NONE) {
        (void)error_set(&err, seen.build_fault, "", "kan niet");
        done(ctx, slice_of(NULL, 0), &err);
        return;
    }
    (void)snprintf(body, sizeof body, "{\"nummer\":%u}", (unsigned)post->number);
    done(ctx, slice_text(body), NULL);
}

static inline void confirmed(struct api *api, const struct post *post, struct slice answer, struct store_batch *batch,
                             post_written_fn *done, void *ctx)
{
    struct error err;
    (void)api;
    assert_non_null(batch);
    seen.confirms++;
    seen.last_number = post->number;
    (void)slice_copy_text(answer, seen.answer, sizeof seen.answer);
    (void)error_set(&err, FAULT_PEER, "", "onleesbaar");
    done(ctx, seen.confirm_fails ? &err : NULL);
}

static inline void stuck(struct api *api, const struct post *post, int status, struct store_batch *batch,
                         post_written_fn *done, void *ctx)
{
    (void)api;
    (void)post;
    assert_non_null(batch);
    *(status == 0 ? &seen.lates : &seen.stucks) += 1;
    seen.last_status = status;
    done(ctx, NULL);
}

static inline enum post_refusal refused(struct api *api, const struct post *post, int status, struct slice answer)
{
    (void)api;
    (void)post;
    (void)status;
    (void)answer;
    return seen.refusal;
}

static inline void settled(struct api *api, const struct post *post)
{
    (void)api;
    (void)post;
    seen.settles++;
}

static const struct post_kind hooks = {build, confirmed, stuck, refused, settled, true, "hulpafstemming"};

static inline void register_all(struct rig *rig)
{
    for (int kind = MESSAGE_TASK_OPEN; kind < MESSAGE_KIND_COUNT; kind++) {
        outbox_register(rig->api.outbox, (enum message_kind)kind, &hooks);
    }
}

static inline void open_all(struct rig *rig)
{
    memset(&seen, 0, sizeof seen);
    rig_open_with(rig, AREA_TEAM, false);
    now_ms = 1767225600000;
    rig->world.clock.now_ms = tell_time;
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, TOKEN);
    register_all(rig);
}

/* A second of the node's life, `wait_ms` later. */
static inline void tick(struct rig *rig, int64_t wait_ms)
{
    now_ms += wait_ms;
    outbox_tick(rig->api.outbox);
    rig_run(rig);
}

static inline struct ident ident_of(uint32_t number)
{
    struct ident id = {{1}};
    memcpy(id.bytes + 4, &number, sizeof number);
    return id;
}

static inline struct post post_of(const char *partner, uint32_t thread, uint32_t number)
{
    struct post post = {.kind = MESSAGE_TASK_EVENT, .number = number, .thread = ident_of(thread)};
    assert_true(oin_parse(slice_text(partner), &post.partner));
    post.key = post.thread;
    return post;
}

static inline struct ident commit_post(struct rig *rig, const struct post *post)
{
    struct error err;
    struct ident id;
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(outbox_post(rig->api.outbox, batch, post, &id, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    outbox_wake(rig->api.outbox, &post->partner);
    rig_run(rig);
    return id;
}

static inline struct ident put(struct rig *rig, const char *partner, uint32_t thread, uint32_t number)
{
    const struct post post = post_of(partner, thread, number);
    return commit_post(rig, &post);
}

static inline void settle(struct rig *rig, size_t ask, enum peer_outcome_kind kind, int status, const char *body)
{
    const struct peer_outcome outcome = {
        .kind = kind, .status = status, .media_type = "application/json", .body = slice_text(body), .tries = 1};
    rig->peers.asks[ask].done(rig->peers.asks[ask].ctx, &outcome);
    rig_run(rig);
}

/* The receipts of the rig are of its first moment: within the difference that clocks may have. */
static inline void confirm(struct rig *rig, size_t ask, const char *partner)
{
    char body[RECEIPT_TEXT + 64];
    (void)snprintf(body, sizeof body, "{\"ontvangstbewijs\":\"%s\"}",
                   rig_receipt_at(partner, now_ms - 1767225600000).text);
    settle(rig, ask, PEER_ANSWERED, 200, body);
}

static inline bool asked(const struct rig *rig, size_t ask, const char *text)
{
    assert_true(ask < rig->peers.count);
    return strstr((const char *)rig->peers.asks[ask].body.ptr, text) != NULL;
}

static inline void restart(struct rig *rig)
{
    struct error err;
    outbox_close(rig->api.outbox);
    assert_int_equal(outbox_open(&rig->api, &rig->api.outbox, &err), RESULT_OK);
    register_all(rig);
}

static inline size_t rows(const struct rig *rig)
{
    return outbox_waiting(rig->api.outbox);
}

/* Whatever is under way ends, so that the rig may close. */
static inline void end_all(struct rig *rig, size_t from)
{
    rig->api.closing = true;
    for (size_t i = from; i < rig->peers.count; i++) {
        settle(rig, i, PEER_CANCELLED, 0, "");
    }
    rig_close(rig);
}

#endif
