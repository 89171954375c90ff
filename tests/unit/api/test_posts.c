/* Posts: order per key with many under way, one probe, what is durable before it leaves, what a refusal comes to, and that
 * nothing is lost whatever fails in between. */
#include "unit/api/api_rig.h"

#include <malloc.h>

#include "api/outbox.h"
#include "api/outbox_parts.h"

#define TOKEN "Bearer kb-posts"

static int64_t now_ms;

static int64_t tell_time(void *ctx)
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

static void build(struct api *api, const struct post *post, struct api_covenant *held, post_built_fn *done, void *ctx)
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

static void confirmed(struct api *api, const struct post *post, struct slice answer, struct store_batch *batch,
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

static void stuck(struct api *api, const struct post *post, int status, struct store_batch *batch,
                  post_written_fn *done, void *ctx)
{
    (void)api;
    (void)post;
    assert_non_null(batch);
    *(status == 0 ? &seen.lates : &seen.stucks) += 1;
    seen.last_status = status;
    done(ctx, NULL);
}

static enum post_refusal refused(struct api *api, const struct post *post, int status, struct slice answer)
{
    (void)api;
    (void)post;
    (void)status;
    (void)answer;
    return seen.refusal;
}

static void settled(struct api *api, const struct post *post)
{
    (void)api;
    (void)post;
    seen.settles++;
}

static const struct post_kind hooks = {build, confirmed, stuck, refused, settled, true, "hulpafstemming"};

static void register_all(struct rig *rig)
{
    for (int kind = MESSAGE_TASK_OPEN; kind < MESSAGE_KIND_COUNT; kind++) {
        outbox_register(rig->api.outbox, (enum message_kind)kind, &hooks);
    }
}

static void open_all(struct rig *rig)
{
    memset(&seen, 0, sizeof seen);
    rig_open_with(rig, AREA_TEAM, false);
    now_ms = 1767225600000;
    rig->world.clock.now_ms = tell_time;
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, TOKEN);
    register_all(rig);
}

/* A second of the node's life, `wait_ms` later. */
static void tick(struct rig *rig, int64_t wait_ms)
{
    now_ms += wait_ms;
    outbox_tick(rig->api.outbox);
    rig_run(rig);
}

static struct ident ident_of(uint32_t number)
{
    struct ident id = {{1}};
    memcpy(id.bytes + 4, &number, sizeof number);
    return id;
}

static struct post post_of(const char *partner, uint32_t thread, uint32_t number)
{
    struct post post = {.kind = MESSAGE_TASK_EVENT, .number = number, .thread = ident_of(thread)};
    assert_true(oin_parse(slice_text(partner), &post.partner));
    post.key = post.thread;
    return post;
}

static struct ident commit_post(struct rig *rig, const struct post *post)
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

static struct ident put(struct rig *rig, const char *partner, uint32_t thread, uint32_t number)
{
    const struct post post = post_of(partner, thread, number);
    return commit_post(rig, &post);
}

static void settle(struct rig *rig, size_t ask, enum peer_outcome_kind kind, int status, const char *body)
{
    const struct peer_outcome outcome = {
        .kind = kind, .status = status, .media_type = "application/json", .body = slice_text(body), .tries = 1};
    rig->peers.asks[ask].done(rig->peers.asks[ask].ctx, &outcome);
    rig_run(rig);
}

/* The receipts of the rig are of its first moment: within the difference that clocks may have. */
static void confirm(struct rig *rig, size_t ask, const char *partner)
{
    char body[RECEIPT_TEXT + 64];
    (void)snprintf(body, sizeof body, "{\"ontvangstbewijs\":\"%s\"}",
                   rig_receipt_at(partner, now_ms - 1767225600000).text);
    settle(rig, ask, PEER_ANSWERED, 200, body);
}

static bool asked(const struct rig *rig, size_t ask, const char *text)
{
    assert_true(ask < rig->peers.count);
    return strstr((const char *)rig->peers.asks[ask].body.ptr, text) != NULL;
}

static void restart(struct rig *rig)
{
    struct error err;
    outbox_close(rig->api.outbox);
    assert_int_equal(outbox_open(&rig->api, &rig->api.outbox, &err), RESULT_OK);
    register_all(rig);
}

/* Bytes of the heap in use, without the cache of the database, which has a bound of its own; 0 where another allocator serves, as under a sanitizer. */
static size_t mem_in_use(void)
{
    (void)malloc_trim(0);
    const size_t used = mallinfo2().uordblks;
    return used == 0 ? 0 : used - (size_t)sqlite3_memory_used();
}

static size_t rows(const struct rig *rig)
{
    return outbox_waiting(rig->api.outbox);
}

/* Whatever is under way ends, so that the rig may close. */
static void end_all(struct rig *rig, size_t from)
{
    rig->api.closing = true;
    for (size_t i = from; i < rig->peers.count; i++) {
        settle(rig, i, PEER_CANCELLED, 0, "");
    }
    rig_close(rig);
}

/* ---- cases ---- */

static void a_post_is_recorded_sent_with_a_receipt_and_gone_when_confirmed(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    const struct ident id = put(&rig, DEBT_HELP, 1, 4);
    assert_int_equal(rig.peers.count, 1); /* in that commit's wake, not at the next tick */
    const struct rig_ask *ask = &rig.peers.asks[0];
    assert_string_equal(ask->path, "/v1/opdrachten/gebeurtenissen");
    assert_true(ident_equal(&ask->request_id, &id));
    assert_memory_equal(ask->body.ptr, "{\"ontvangstbewijs\":\"", 20);
    assert_true(asked(&rig, 0, "\",\"nummer\":4}"));
    struct record last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_SENT);
    assert_string_equal(last.purpose, "hulpafstemming");
    assert_true(last.class.class != 0);
    assert_int_equal(rows(&rig), 1);
    confirm(&rig, 0, DEBT_HELP);
    last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_CONFIRMED);
    assert_int_equal(last.outcome, OUTCOME_DONE);
    assert_true(ident_equal(&last.request_id, &id));
    assert_int_equal(rows(&rig), 0);
    assert_int_equal(seen.confirms, 1);
    assert_int_equal(seen.settles, 1);
    restart(&rig);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 1);
    rig_close(&rig);
}

/* Four keys of twenty, with all that may be under way: at no moment two of one key, and each in order of entry. */
static void one_key_stays_in_order_with_many_under_way(void **state)
{
    (void)state;
    enum { KEYS = 4, EACH = 20 };
    struct rig rig;
    uint32_t next[KEYS + 1] = {0};
    uint32_t chance = 7;
    open_all(&rig);
    tick(&rig, 0);
    for (uint32_t number = 1; number <= EACH; number++) {
        for (uint32_t key = 1; key <= KEYS; key++) {
            (void)put(&rig, DEBT_HELP, key, number * 10 + key);
        }
    }
    bool done[RIG_ASKS_MAX] = {false};
    for (size_t confirmed_count = 0; confirmed_count < (size_t)KEYS * EACH; confirmed_count++) {
        size_t flying[KEYS];
        size_t count = 0;
        bool has_key[KEYS + 1] = {false};
        for (size_t i = 0; i < rig.peers.count; i++) {
            unsigned number = 0;
            const char *at = strstr((const char *)rig.peers.asks[i].body.ptr, "\"nummer\":");
            assert_int_equal(sscanf(at, "\"nummer\":%u", &number), 1);
            if (!done[i]) {
                assert_false(has_key[number % 10]);
                has_key[number % 10] = true;
                assert_int_equal(number / 10, next[number % 10] + 1);
                assert_true(count < KEYS);
                flying[count++] = i;
            }
        }
        assert_true(count > 0);
        chance = chance * 1664525U + 1013904223U;
        const size_t which = flying[(chance >> 16) % count];
        unsigned number = 0;
        (void)sscanf(strstr((const char *)rig.peers.asks[which].body.ptr, "\"nummer\":"), "\"nummer\":%u", &number);
        next[number % 10]++;
        done[which] = true;
        confirm(&rig, which, DEBT_HELP);
    }
    assert_int_equal(rows(&rig), 0);
    assert_int_equal(rig.peers.count, KEYS * EACH);
    rig_close(&rig);
}

static void so_many_to_one_partner_and_no_more(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    for (uint32_t i = 1; i <= OUTBOX_PER_PARTNER + 5; i++) {
        (void)put(&rig, DEBT_HELP, i, 1);
    }
    assert_int_equal(rig.peers.count, 1); /* a probe: he has not answered since the start */
    (void)put(&rig, SCHOOL, 1, 1);        /* others do not wait for him */
    assert_int_equal(rig.peers.count, 2);
    confirm(&rig, 0, DEBT_HELP);
    assert_int_equal(rig.peers.count, 2 + OUTBOX_PER_PARTNER);
    confirm(&rig, 3, DEBT_HELP);
    assert_int_equal(rig.peers.count, 2 + OUTBOX_PER_PARTNER + 1);
    rig.api.closing = true;
    for (size_t i = 1; i < rig.peers.count; i++) {
        if (i != 3) {
            settle(&rig, i, PEER_CANCELLED, 0, "");
        }
    }
    rig_close(&rig);
}

static void what_ends_a_signal_goes_before_what_waits(void **state)
{
    (void)state;
    struct rig rig;
    struct post urgent = post_of(DEBT_HELP, 1, 0);
    urgent.kind = MESSAGE_SIGNAL_END;
    open_all(&rig);
    tick(&rig, 0);
    for (uint32_t i = 1; i <= 3; i++) {
        (void)put(&rig, DEBT_HELP, 1, i); /* the same key */
    }
    (void)commit_post(&rig, &urgent);
    settle(&rig, 0, PEER_DOWN, 0, "");
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 2);
    assert_string_equal(rig.peers.asks[1].path, "/v1/zorgsignalen/beeindigingen");
    confirm(&rig, 1, DEBT_HELP);
    assert_int_equal(rig.peers.count, 3);
    assert_true(asked(&rig, 2, "\"nummer\":1}"));
    end_all(&rig, 2);
}

/* Down, slow, full, and our own standing: the line waits, one probe goes, and the rest when it is confirmed. */
static void a_line_without_an_answer_waits_and_probes(void **state)
{
    (void)state;
    static const struct {
        enum peer_outcome_kind kind;
        int status;
    } cases[] = {{PEER_DOWN, 0},       {PEER_TIMED_OUT, 0},  {PEER_ANSWERED, 500}, {PEER_ANSWERED, 503},
                 {PEER_ANSWERED, 429}, {PEER_ANSWERED, 401}, {PEER_ANSWERED, 403}, {PEER_ANSWERED, 200}};
    for (size_t c = 0; c < COUNT_OF(cases); c++) {
        struct rig rig;
        open_all(&rig);
        tick(&rig, 0);
        for (uint32_t i = 1; i <= 3; i++) {
            (void)put(&rig, DEBT_HELP, i, i);
        }
        int64_t wait = OUTBOX_FIRST_MS;
        for (size_t i = 0; i < 4; i++) {
            settle(&rig, i, cases[c].kind, cases[c].status, "{}");
            tick(&rig, wait * 3 / 4 - 1);
            assert_int_equal(rig.peers.count, i + 1);
            tick(&rig, wait / 4 + 1);
            assert_int_equal(rig.peers.count, i + 2);
            assert_true(asked(&rig, i + 1, "\"nummer\":1}")); /* the first in order, alone */
            wait *= 2;
        }
        confirm(&rig, 4, DEBT_HELP);
        assert_int_equal(rig.peers.count, 7);
        end_all(&rig, 5);
    }
}

static void a_partner_who_shows_himself_is_tried_soon(void **state)
{
    (void)state;
    struct rig rig;
    struct oin school;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, SCHOOL, 1, 1);
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    for (size_t i = 0; i < 12; i++) {
        settle(&rig, i, PEER_DOWN, 0, "");
        tick(&rig, OUTBOX_LONGEST_MS);
    }
    settle(&rig, 12, PEER_DOWN, 0, "");
    tick(&rig, 10000);
    assert_int_equal(rig.peers.count, 13);
    outbox_alive(rig.api.outbox, &school);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 14);
    end_all(&rig, 13);
}

static void what_is_refused_holds_its_own_key_only(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    const struct ident id = put(&rig, DEBT_HELP, 1, 1);
    (void)put(&rig, DEBT_HELP, 1, 2);
    (void)put(&rig, DEBT_HELP, 2, 3);
    settle(&rig, 0, PEER_ANSWERED, 409, "{}");
    assert_int_equal(seen.stucks, 1);
    assert_int_equal(seen.last_status, 409);
    assert_int_equal(rig.peers.count, 2);
    assert_true(asked(&rig, 1, "\"nummer\":3}"));
    confirm(&rig, 1, DEBT_HELP);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 2);
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 1);
    restart(&rig);
    tick(&rig, 0);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 2); /* a person decides, also after a restart */
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 1);
    char body[64];
    (void)snprintf(body, sizeof body, "{\"bericht\":\"%s\"}", ident_text(&id).text);
    for (int status = 200; status <= 409; status += 209) { /* a second time it waits already */
        struct http_request request = rig_request(&rig, body);
        request.authorization = TOKEN;
        rig_handle(outbox_retry, &request);
        assert_int_equal(request.status, status);
        rig_forget(&request);
    }
    assert_int_equal(rig.peers.count, 3);
    assert_true(ident_equal(&rig.peers.asks[2].request_id, &id));
    confirm(&rig, 2, DEBT_HELP);
    assert_true(asked(&rig, 3, "\"nummer\":2}")); /* and the one behind it */
    confirm(&rig, 3, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 0);
    rig_close(&rig);
}

/* 403 about what was sent is of this message; 403 about who sent it is of all. */
static void what_is_forbidden_by_name_holds_its_own_key_only(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 1);
    (void)put(&rig, DEBT_HELP, 2, 2);
    settle(&rig, 0, PEER_ANSWERED, 403, "{\"status\":403,\"fouten\":[{\"plaats\":\"convenant\",\"melding\":\"-\"}]}");
    assert_int_equal(seen.stucks, 0);
    assert_int_equal(rig.peers.count, 1);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 2);
    settle(&rig, 1, PEER_ANSWERED, 403, "{\"status\":403,\"fouten\":[{\"plaats\":\"/soort\",\"melding\":\"-\"}]}");
    assert_int_equal(seen.stucks, 1);
    assert_int_equal(seen.last_status, 403);
    assert_int_equal(rig.peers.count, 3); /* what is behind it goes on */
    assert_true(asked(&rig, 2, "\"nummer\":2}"));
    confirm(&rig, 2, DEBT_HELP);
    assert_int_equal(rows(&rig), 1);
    rig_close(&rig);
}

static void a_kind_says_what_a_refusal_comes_to(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 1);
    seen.refusal = POST_AGAIN;
    settle(&rig, 0, PEER_ANSWERED, 422, "{}");
    assert_int_equal(rig.peers.count, 1);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(seen.builds, 2); /* built anew */
    seen.refusal = POST_SETTLED;
    settle(&rig, 1, PEER_ANSWERED, 410, "{\"x\":1}");
    assert_int_equal(seen.confirms, 1);
    assert_string_equal(seen.answer, "{\"x\":1}");
    assert_int_equal(rig_last(&rig).outcome, OUTCOME_REFUSED);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

static void one_that_comes_too_early_waits_alone(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 1);
    (void)put(&rig, DEBT_HELP, 2, 2);
    settle(&rig, 0, PEER_ANSWERED, 425, "{}");
    assert_int_equal(rig.peers.count, 2); /* the line goes on */
    confirm(&rig, 1, DEBT_HELP);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 3);
    confirm(&rig, 2, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

/* The partner was put back from a backup: events that he lost come again, in order, each under an id of its own that is the
 * same should it be needed again; then the one that he did not take. */
static void events_that_a_partner_lost_are_sent_again(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    const struct ident id = put(&rig, DEBT_HELP, 1, 5);
    (void)put(&rig, DEBT_HELP, 1, 6);
    settle(&rig, 0, PEER_ANSWERED, 425, "{\"verwacht\":3}");
    assert_true(asked(&rig, 1, "\"nummer\":3}"));
    const struct ident third = rig.peers.asks[1].request_id;
    assert_false(ident_equal(&third, &id));
    settle(&rig, 1, PEER_DOWN, 0, ""); /* the answer to the first is lost: all over, under the same id */
    tick(&rig, OUTBOX_FIRST_MS);
    assert_true(asked(&rig, 2, "\"nummer\":5}"));
    settle(&rig, 2, PEER_ANSWERED, 425, "{\"verwacht\":3}");
    assert_true(ident_equal(&rig.peers.asks[3].request_id, &third));
    confirm(&rig, 3, DEBT_HELP);
    assert_int_equal(seen.last_number, 3);
    assert_true(asked(&rig, 4, "\"nummer\":4}"));
    assert_false(ident_equal(&rig.peers.asks[4].request_id, &third));
    confirm(&rig, 4, DEBT_HELP);
    assert_true(asked(&rig, 5, "\"nummer\":5}"));
    assert_true(ident_equal(&rig.peers.asks[5].request_id, &id));
    assert_int_equal(rows(&rig), 2);
    confirm(&rig, 5, DEBT_HELP);
    assert_int_equal(rows(&rig), 1);
    assert_true(asked(&rig, 6, "\"nummer\":6}"));
    confirm(&rig, 6, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

/* What he lost he gets, confirms and says to miss: so often, and then a person is told. */
static void who_loses_the_same_again_and_again_is_not_sent_it_for_ever(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 3);
    for (int round = 0; round < OUTBOX_RESENDS_MAX; round++) {
        assert_int_equal(seen.stucks, 0);
        const size_t before = rig.peers.count - 1;
        settle(&rig, before, PEER_ANSWERED, 425, "{\"verwacht\":2}");
        assert_true(asked(&rig, before + 1, "\"nummer\":2}"));
        confirm(&rig, before + 1, DEBT_HELP);
        assert_true(asked(&rig, before + 2, "\"nummer\":3}"));
        settle(&rig, before + 2, PEER_ANSWERED, 425, "{\"verwacht\":2}");
        tick(&rig, OUTBOX_LONGEST_MS);
    }
    assert_int_equal(seen.stucks, 1);
    assert_int_equal(seen.last_status, 425);
    assert_int_equal(rig.peers.count, 3 * OUTBOX_RESENDS_MAX);
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 1);
    (void)put(&rig, DEBT_HELP, 2, 1); /* others go */
    assert_int_equal(rig.peers.count, 3 * OUTBOX_RESENDS_MAX + 1);
    confirm(&rig, 3 * OUTBOX_RESENDS_MAX, DEBT_HELP);
    rig_close(&rig);
}

/* Between the commit of the change and the sending, and between the sending and its answer. */
static void a_restart_goes_on_where_it_was(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct ident id;
    open_all(&rig);
    tick(&rig, 0);
    const struct post post = post_of(DEBT_HELP, 1, 1);
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(outbox_post(rig.api.outbox, batch, &post, &id, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    restart(&rig); /* nobody was woken */
    assert_int_equal(rig.peers.count, 0);
    tick(&rig, 0);
    assert_int_equal(rig.peers.count, 1);
    settle(&rig, 0, PEER_CANCELLED, 0, ""); /* the answer never comes */
    restart(&rig);
    tick(&rig, 0);
    assert_int_equal(rig.peers.count, 2);
    assert_true(ident_equal(&rig.peers.asks[1].request_id, &id)); /* the partner knows by it what he did */
    confirm(&rig, 1, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

static void without_the_change_there_is_no_post(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct ident id;
    open_all(&rig);
    tick(&rig, 0);
    const struct post post = post_of(DEBT_HELP, 1, 1);
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(outbox_post(rig.api.outbox, batch, &post, &id, &err), RESULT_OK);
    store_batch_free(batch);
    outbox_wake(rig.api.outbox, &post.partner);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 0);
    tick(&rig, OUTBOX_SWEEP_MS); /* counted anew */
    tick(&rig, 1000);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

static void nothing_leaves_that_is_not_durable(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    const struct ident id = put(&rig, DEBT_HELP, 1, 1);
    rig_disk_full(&rig, true);
    confirm(&rig, 0, DEBT_HELP); /* cannot be written: it is asked for again */
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 1); /* nor can it be sent */
    rig_disk_full(&rig, false);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 2);
    assert_true(ident_equal(&rig.peers.asks[1].request_id, &id));
    confirm(&rig, 1, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

static void a_confirmation_that_cannot_be_used_is_none(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 1);
    seen.confirm_fails = true;
    confirm(&rig, 0, DEBT_HELP);
    assert_int_equal(rows(&rig), 1);
    seen.confirm_fails = false;
    tick(&rig, OUTBOX_FIRST_MS);
    confirm(&rig, 1, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

/* What the body needs of the partner does not come: as if he did not answer. */
static void what_waits_for_the_partner_to_be_built_has_the_line_wait(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    seen.build_fault = FAULT_PEER;
    (void)put(&rig, DEBT_HELP, 1, 1);
    (void)put(&rig, DEBT_HELP, 2, 2);
    assert_int_equal(seen.builds, 1); /* a probe of its own */
    seen.build_fault = FAULT_NONE;
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 1);
    confirm(&rig, 0, DEBT_HELP);
    assert_int_equal(rig.peers.count, 2);
    confirm(&rig, 1, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

static void what_cannot_be_built_waits_alone_or_goes(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    seen.build_fault = FAULT_CONFIG;
    (void)put(&rig, DEBT_HELP, 1, 1);
    assert_int_equal(rig.peers.count, 0);
    seen.build_fault = FAULT_NONE;
    (void)put(&rig, DEBT_HELP, 2, 2);
    assert_int_equal(rig.peers.count, 1);
    seen.build_fault = FAULT_NOT_FOUND;
    confirm(&rig, 0, DEBT_HELP);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 1);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

/* A receipt that came too late is no word about the message: it is sent again, under a new one. */
static void what_is_refused_for_its_receipt_goes_again(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 1);
    settle(&rig, 0, PEER_ANSWERED, 400, "{\"fouten\":[{\"plaats\":\"/ontvangstbewijs\"}]}");
    assert_int_equal(seen.stucks, 0);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 2);
    settle(&rig, 1, PEER_ANSWERED, 400, "{\"fouten\":[{\"plaats\":\"/gebeurtenis\"}]}");
    assert_int_equal(seen.stucks, 1);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 2);
    rig_close(&rig);
}

/* What the partner would refuse for sure is not sent: it sticks, its kind is told at once, and a person may try it again. */
static void what_is_known_to_be_refused_sticks_unsent(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    seen.build_fault = FAULT_UNFIT;
    (void)put(&rig, DEBT_HELP, 1, 1);
    assert_int_equal(rig.peers.count, 0);
    assert_int_equal(seen.stucks, 1);
    assert_int_equal(seen.last_status, 422);
    assert_int_equal(rows(&rig), 1);
    seen.build_fault = FAULT_NONE;
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 0);
    (void)put(&rig, DEBT_HELP, 2, 2);
    assert_int_equal(rig.peers.count, 1);
    confirm(&rig, 0, DEBT_HELP);
    assert_int_equal(rows(&rig), 1);
    rig_close(&rig);
}

/* Each try would evaluate him there anew, without end. */
static void what_the_partner_does_not_know_waits_for_a_person(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    seen.build_fault = FAULT_UNFIT;
    (void)put(&rig, DEBT_HELP, 1, 1);
    for (int i = 0; i < 5; i++) {
        tick(&rig, OUTBOX_LONGEST_MS);
    }
    assert_int_equal(seen.builds, 1);
    assert_int_equal(seen.stucks, 1);
    assert_int_equal(seen.lates, 0);
    assert_int_equal(seen.last_status, 422);
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 1);
    assert_int_equal(rig.peers.count, 0);
    rig_close(&rig);
}

static enum fault cancel(struct rig *rig, uint32_t thread, bool *gone)
{
    struct error err;
    const struct ident id = ident_of(thread);
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(outbox_cancel(rig->api.outbox, batch, &id, gone, &err), RESULT_OK);
    return world_commit(&rig->world, batch);
}

static void what_was_never_tried_can_be_taken_back(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    bool gone = true;
    open_all(&rig);
    tick(&rig, 0);
    struct post first = post_of(DEBT_HELP, 1, 0);
    struct post second = post_of(DEBT_HELP, 2, 0);
    first.begins = true;
    second.begins = true;
    const struct ident id = commit_post(&rig, &first);
    assert_true(ident_equal(&id, &first.thread));
    (void)commit_post(&rig, &second); /* behind the probe */
    assert_int_equal(rig.peers.count, 1);
    (void)cancel(&rig, 1, &gone);
    assert_false(gone); /* it may have left */
    assert_int_equal(cancel(&rig, 2, &gone), FAULT_NONE);
    assert_true(gone);
    outbox_wake(rig.api.outbox, &first.partner);
    confirm(&rig, 0, DEBT_HELP);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 1);
    assert_int_equal(rows(&rig), 0);
    (void)put(&rig, DEBT_HELP, 3, 3); /* it may get the place that became free */
    assert_int_equal(rig.peers.count, 2);
    settle(&rig, 1, PEER_DOWN, 0, "");
    restart(&rig);
    (void)cancel(&rig, 3, &gone);
    assert_false(gone); /* not one that began something */
    tick(&rig, 60000);
    confirm(&rig, 2, DEBT_HELP);
    /* One that is tried between the reading and the commit of its withdrawal: the withdrawal fails as a whole. */
    struct post third = post_of(DEBT_HELP, 4, 0);
    third.begins = true;
    rig.api.closing = true;
    (void)commit_post(&rig, &third);
    rig.api.closing = false;
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(outbox_cancel(rig.api.outbox, batch, &third.thread, &gone, &err), RESULT_OK);
    assert_true(gone);
    tick(&rig, 1000);
    assert_int_equal(rig.peers.count, 4);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_CONFLICT);
    confirm(&rig, 3, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

static void taken(void *ctx, const struct store_committed *done, const struct error *err)
{
    (void)done;
    assert_null(err);
    *(bool *)ctx = true;
}

/* Its try was begun when the withdrawal was on its way to the disk: that was first, so nothing leaves, and the next of that
 * key neither before it is known that this one is gone. */
static void what_is_taken_back_first_does_not_leave(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    bool gone = false;
    bool durable = false;
    open_all(&rig);
    tick(&rig, 0);
    struct post first = post_of(DEBT_HELP, 1, 0);
    first.begins = true;
    rig.api.closing = true;
    (void)commit_post(&rig, &first);
    (void)put(&rig, DEBT_HELP, 1, 2);
    rig.api.closing = false;
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(outbox_cancel(rig.api.outbox, batch, &first.thread, &gone, &err), RESULT_OK);
    assert_true(gone);
    store_commit(rig.world.door, batch, taken, &durable);
    outbox_wake(rig.api.outbox, &first.partner);
    rig_run(&rig);
    assert_true(durable);
    assert_int_equal(rig.peers.count, 0);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 1);
    assert_true(asked(&rig, 0, "\"nummer\":2}"));
    confirm(&rig, 0, DEBT_HELP);
    assert_int_equal(rows(&rig), 0);
    rig_close(&rig);
}

static void a_stuck_beginning_can_be_taken_back(void **state)
{
    (void)state;
    struct rig rig;
    bool gone = false;
    open_all(&rig);
    tick(&rig, 0);
    struct post first = post_of(DEBT_HELP, 1, 0);
    first.begins = true;
    (void)commit_post(&rig, &first);
    settle(&rig, 0, PEER_ANSWERED, 422, "{}");
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 1);
    assert_int_equal(cancel(&rig, 1, &gone), FAULT_NONE);
    assert_true(gone);
    outbox_wake(rig.api.outbox, &first.partner);
    tick(&rig, 1000);
    assert_int_equal(rows(&rig), 0);
    assert_int_equal(outbox_figures(rig.api.outbox).stuck, 0);
    assert_int_equal(rig.peers.count, 1);
    rig_close(&rig);
}

/* The bounds are crossed by what the line says of itself: 200,000 rows would take minutes. */
static void a_full_line_takes_steps_longer_than_beginnings(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct ident id;
    open_all(&rig);
    tick(&rig, 0);
    rig.peers.refuses = true;
    (void)put(&rig, DEBT_HELP, 1, 1);
    struct post post = post_of(DEBT_HELP, 2, 1);
    struct post_line *line = outbox_line(rig.api.outbox, &post.partner, false);
    static const struct {
        size_t rows;
        bool begins;
        enum result result;
    } cases[] = {{OUTBOX_LINE_MAX / 100 * OUTBOX_NEW_PERCENT - 1, true, RESULT_OK},
                 {OUTBOX_LINE_MAX / 100 * OUTBOX_NEW_PERCENT, true, RESULT_FAILED},
                 {OUTBOX_LINE_MAX / 100 * OUTBOX_NEW_PERCENT, false, RESULT_OK},
                 {OUTBOX_LINE_MAX - 1, false, RESULT_OK},
                 {OUTBOX_LINE_MAX, false, RESULT_FAILED}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        line->rows = cases[i].rows;
        post.begins = cases[i].begins;
        assert_int_equal(outbox_post(rig.api.outbox, batch, &post, &id, &err), cases[i].result);
        store_batch_free(batch);
        if (cases[i].result != RESULT_OK) {
            assert_int_equal(err.fault, FAULT_BUSY);
            assert_string_equal(err.where, "/ketenpartner");
        }
    }
    line->rows = 0;
    rig.api.outbox->posts = OUTBOX_ALL_MAX;
    assert_int_equal(outbox_room(rig.api.outbox, &post.partner, false, &err), RESULT_FAILED);
    rig.api.outbox->posts = OUTBOX_ALL_MAX - 1;
    assert_int_equal(outbox_room(rig.api.outbox, &post.partner, false, &err), RESULT_OK);
    static char large[OUTBOX_BODY_MAX + 2];
    memset(large, ' ', sizeof large - 1);
    post.body = slice_text(large);
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(outbox_post(rig.api.outbox, batch, &post, &id, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    store_batch_free(batch);
    rig_close(&rig);
}

/* More than the window holds, put while the partner is away: all arrive, in order, and are counted after a restart. */
static void a_queue_longer_than_the_window_arrives_whole(void **state)
{
    (void)state;
    enum { COUNT = OUTBOX_WINDOW + 200, PER_KEY = 8, IN_BATCH = 50 };
    struct rig rig;
    struct error err;
    struct ident id;
    open_all(&rig);
    tick(&rig, 0);
    struct store_batch *batch = NULL;
    for (uint32_t i = 0; i < COUNT; i++) {
        const struct post post = post_of(SCHOOL, 1 + i / PER_KEY, 1 + i);
        batch = batch != NULL ? batch : store_batch_new(rig.world.door);
        assert_int_equal(outbox_post(rig.api.outbox, batch, &post, &id, &err), RESULT_OK);
        if (i % IN_BATCH == IN_BATCH - 1 || i == COUNT - 1) {
            assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
            batch = NULL;
        }
    }
    restart(&rig);
    tick(&rig, 0);
    assert_int_equal(rows(&rig), COUNT); /* counted, and none sent twice */
    struct post_line *line = rig.api.outbox->lines[0];
    size_t done = 0;
    uint32_t last[1 + COUNT / PER_KEY + 1] = {0};
    while (done < COUNT) {
        assert_true(rig.peers.count > 0);
        assert_true(line->window.count <= OUTBOX_WINDOW);
        const size_t batch_count = rig.peers.count;
        for (size_t i = 0; i < batch_count; i++) {
            unsigned number = 0;
            (void)sscanf(strstr((const char *)rig.peers.asks[i].body.ptr, "\"nummer\":"), "\"nummer\":%u", &number);
            const uint32_t key = (number - 1) / PER_KEY;
            assert_true(number > last[key]);
            last[key] = number;
        }
        /* Make room in the rig's list of questions: those that were asked are answered, from the front. */
        struct rig_ask asks[OUTBOX_PER_PARTNER + 1];
        assert_true(batch_count <= COUNT_OF(asks));
        memcpy(asks, rig.peers.asks, batch_count * sizeof asks[0]);
        rig.peers.count = 0;
        for (size_t i = 0; i < batch_count; i++) {
            char body[RECEIPT_TEXT + 64];
            (void)snprintf(body, sizeof body, "{\"ontvangstbewijs\":\"%s\"}", rig_receipt(SCHOOL).text);
            const struct peer_outcome outcome = {.kind = PEER_ANSWERED,
                                                 .status = 200,
                                                 .media_type = "application/json",
                                                 .body = slice_text(body),
                                                 .tries = 1};
            asks[i].done(asks[i].ctx, &outcome);
            buf_free(&asks[i].body);
            done++;
        }
        rig_run(&rig);
    }
    assert_int_equal(rows(&rig), 0);
    assert_int_equal(seen.confirms, COUNT);
    rig_close(&rig);
}

/* How much of the queue lies in memory does not depend on how much there is: a line and its window, whatever waits. */
static void memory_does_not_grow_with_the_queue(void **state)
{
    (void)state;
    enum { FEW = 20000, MANY = 100000, IN_BATCH = 1000, PER_KEY = 8 };
    struct rig rig;
    struct error err;
    struct ident id;
    size_t used[2] = {0};
    open_all(&rig);
    tick(&rig, 0);
    uint32_t put_count = 0;
    for (size_t round = 0; round < 2; round++) {
        const uint32_t most = round == 0 ? FEW : MANY;
        while (put_count < most) {
            struct store_batch *batch = store_batch_new(rig.world.door);
            for (int i = 0; i < IN_BATCH; i++, put_count++) {
                const struct post post = post_of(SCHOOL, 1 + put_count / PER_KEY, 1 + put_count);
                assert_int_equal(outbox_post(rig.api.outbox, batch, &post, &id, &err), RESULT_OK);
            }
            assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
        }
        rig.peers.refuses = true;
        restart(&rig);
        for (uint32_t i = 0; i < 2 + MANY / STORE_LIST_MAX; i++) {
            tick(&rig, OUTBOX_FIRST_MS);
        }
        assert_int_equal(rows(&rig), most); /* counted in slices */
        assert_int_equal(rig.api.outbox->line_count, 1);
        assert_true(rig.api.outbox->lines[0]->window.count <= OUTBOX_WINDOW);
        used[round] = mem_in_use();
    }
    if (used[0] != 0) {
        assert_in_range(used[1], 0, used[0] + 65536);
    }
    rig_close(&rig);
}

static void what_waits_for_days_is_told_once(void **state)
{
    (void)state;
    const int64_t day_ms = 86400000;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, DEBT_HELP, 1, 1);
    settle(&rig, 0, PEER_DOWN, 0, "");
    rig.peers.refuses = true;
    for (int i = 0; i < 12; i++) {
        tick(&rig, 1000);
    }
    assert_int_equal(seen.lates, 0);
    now_ms += OUTBOX_LATE_DAYS * day_ms;
    for (int i = 0; i < 24; i++) {
        tick(&rig, 1000);
    }
    assert_int_equal(seen.lates, 1);
    restart(&rig);
    for (int i = 0; i < 24; i++) {
        tick(&rig, 1000);
    }
    assert_int_equal(seen.lates, 1);
    assert_int_equal(rows(&rig), 1);
    assert_int_equal(outbox_figures(rig.api.outbox).oldest_ms, 1767225600000);
    rig_close(&rig);
}

/* Neither does what is under way at a blocked partner's. */
static void without_a_covenant_nothing_is_tried(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    tick(&rig, 0);
    (void)put(&rig, STRANGER, 1, 1);
    tick(&rig, 60000);
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 0);
    assert_int_equal(rows(&rig), 1);
    rig_close(&rig);
}

static void damage(struct rig *rig, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(rig->world.database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void count_notices(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    (void)items;
    (void)more;
    assert_null(err);
    *(size_t *)ctx = count;
}

static size_t notices(struct rig *rig)
{
    size_t count = 0;
    store_list(rig->world.door, STORE_NOTICE, NULL, STORE_LIST_MAX, count_notices, &count);
    return count;
}

/* Whether it is found so at a start, or while it lies in the window: a person is told, and the others go. */
static void a_row_that_does_not_open_keeps_no_other_from_leaving(void **state)
{
    (void)state;
    static const char sql[] = "UPDATE outgoing SET payload = x'01' WHERE entry = (SELECT min(entry) FROM outgoing)";
    for (int in_window = 0; in_window < 2; in_window++) {
        struct rig rig;
        open_all(&rig);
        tick(&rig, 0);
        rig.api.closing = in_window == 0; /* nothing is read of it yet */
        (void)put(&rig, DEBT_HELP, 1, 1);
        if (in_window != 0) { /* tried, and to be tried again */
            settle(&rig, 0, PEER_DOWN, 0, "");
        }
        damage(&rig, sql);
        (void)put(&rig, DEBT_HELP, 2, 2);
        rig.api.closing = false;
        const size_t before = rig.peers.count;
        for (int i = 0; i < 12 && rig.peers.count == before; i++) {
            tick(&rig, OUTBOX_FIRST_MS);
        }
        assert_int_equal(rig.peers.count, before + 1);
        confirm(&rig, before, DEBT_HELP);
        tick(&rig, 1000);
        assert_int_equal(notices(&rig), 1);
        for (int i = 0; i < 12; i++) {
            tick(&rig, 60000);
        }
        assert_int_equal(rig.peers.count, before + 1);
        assert_int_equal(notices(&rig), 1);
        restart(&rig);
        tick(&rig, 60000);
        assert_int_equal(outbox_figures(rig.api.outbox).stuck, 1);
        (void)put(&rig, DEBT_HELP, 3, 3);
        assert_int_equal(rig.peers.count, before + 2);
        confirm(&rig, before + 1, DEBT_HELP);
        rig_close(&rig);
    }
}

static void damaged_bytes_are_no_post(void **state)
{
    (void)state;
    struct outgoing row = {.post = post_of(DEBT_HELP, 7, 9), .state = MESSAGE_STUCK, .tries = 3, .status = 404};
    struct outgoing back;
    struct error err;
    struct buf bytes;
    row.post.body = slice_text("{\"x\":1}");
    row.late_told = true;
    buf_init(&bytes, STORE_PAYLOAD_MAX);
    outgoing_encode(&row, &bytes);
    assert_int_equal(outgoing_decode(buf_slice(&bytes), &back, &err), RESULT_OK);
    assert_true(back.status == 404 && back.tries == 3 && back.state == MESSAGE_STUCK && back.late_told);
    assert_true(slice_equal(back.post.body, row.post.body) && ident_equal(&back.post.key, &row.post.key));
    for (size_t len = 0; len + row.post.body.len < bytes.len; len++) {
        assert_int_equal(outgoing_decode(slice_of(bytes.ptr, len), &back, &err), RESULT_FAILED);
    }
    for (size_t at = 0; at < 4; at++) {
        const uint8_t was = bytes.ptr[at];
        bytes.ptr[at] = 0xFF;
        assert_int_equal(outgoing_decode(buf_slice(&bytes), &back, &err), RESULT_FAILED);
        bytes.ptr[at] = was;
    }
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_is_recorded_sent_with_a_receipt_and_gone_when_confirmed),
        cmocka_unit_test(one_key_stays_in_order_with_many_under_way),
        cmocka_unit_test(so_many_to_one_partner_and_no_more),
        cmocka_unit_test(what_ends_a_signal_goes_before_what_waits),
        cmocka_unit_test(a_line_without_an_answer_waits_and_probes),
        cmocka_unit_test(a_partner_who_shows_himself_is_tried_soon),
        cmocka_unit_test(what_is_refused_holds_its_own_key_only),
        cmocka_unit_test(what_is_forbidden_by_name_holds_its_own_key_only),
        cmocka_unit_test(a_kind_says_what_a_refusal_comes_to),
        cmocka_unit_test(one_that_comes_too_early_waits_alone),
        cmocka_unit_test(events_that_a_partner_lost_are_sent_again),
        cmocka_unit_test(who_loses_the_same_again_and_again_is_not_sent_it_for_ever),
        cmocka_unit_test(a_restart_goes_on_where_it_was),
        cmocka_unit_test(without_the_change_there_is_no_post),
        cmocka_unit_test(nothing_leaves_that_is_not_durable),
        cmocka_unit_test(a_confirmation_that_cannot_be_used_is_none),
        cmocka_unit_test(what_waits_for_the_partner_to_be_built_has_the_line_wait),
        cmocka_unit_test(what_cannot_be_built_waits_alone_or_goes),
        cmocka_unit_test(what_is_known_to_be_refused_sticks_unsent),
        cmocka_unit_test(what_the_partner_does_not_know_waits_for_a_person),
        cmocka_unit_test(what_is_refused_for_its_receipt_goes_again),
        cmocka_unit_test(what_was_never_tried_can_be_taken_back),
        cmocka_unit_test(what_is_taken_back_first_does_not_leave),
        cmocka_unit_test(a_stuck_beginning_can_be_taken_back),
        cmocka_unit_test(a_full_line_takes_steps_longer_than_beginnings),
        cmocka_unit_test(a_queue_longer_than_the_window_arrives_whole),
        cmocka_unit_test(memory_does_not_grow_with_the_queue),
        cmocka_unit_test(what_waits_for_days_is_told_once),
        cmocka_unit_test(without_a_covenant_nothing_is_tried),
        cmocka_unit_test(a_row_that_does_not_open_keeps_no_other_from_leaving),
        cmocka_unit_test(damaged_bytes_are_no_post),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
