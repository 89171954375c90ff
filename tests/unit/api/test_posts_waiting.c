/* Posts that wait: taken back, more of them than fit, for days, and rows that are damaged. */
#include "unit/api/posts_rig.h"

#include <malloc.h>

/* Bytes of the heap in use, without the cache of the database, which has a bound of its own; 0 where another allocator serves, as under a sanitizer. */
static size_t mem_in_use(void)
{
    (void)malloc_trim(0);
    const size_t used = mallinfo2().uordblks;
    return used == 0 ? 0 : used - (size_t)sqlite3_memory_used();
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
        cmocka_unit_test(what_was_never_tried_can_be_taken_back),
        cmocka_unit_test(what_is_taken_back_first_does_not_leave),
        cmocka_unit_test(a_stuck_beginning_can_be_taken_back),
        cmocka_unit_test(a_full_line_takes_steps_longer_than_beginnings),
        cmocka_unit_test(a_queue_longer_than_the_window_arrives_whole),
        cmocka_unit_test(memory_does_not_grow_with_the_queue),
        cmocka_unit_test(what_waits_for_days_is_told_once),
        cmocka_unit_test(a_row_that_does_not_open_keeps_no_other_from_leaving),
        cmocka_unit_test(damaged_bytes_are_no_post),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
