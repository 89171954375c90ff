/* Going through the log: each record once, either way, over months, however far the index is, and whatever the clock did. */
#include "unit/api/sharing_fake.h"

#include "api/log_walk.h"
#include "audit/index.h"
#include "audit/retention.h"
#include "base/bytes.h"

enum { KEPT = 4000, DAY = 86400000 };

struct walked {
    uint64_t sequences[KEPT];
    size_t count;
    size_t stop_at; /* 0: never */
    size_t texts, damaged;
    struct log_walk_end end;
    bool done;
    enum fault fault;
};

static int64_t moved_now(void *ctx)
{
    return ((struct rig *)ctx)->moved_ms;
}

static void open_all(struct rig *rig)
{
    static struct sharing sharing;
    rig_open_with(rig, DEBT_HELP, false);
    rig->moved_ms = INT64_C(1893456000000); /* 2030 */
    rig->world.clock = (struct clock){moved_now, rig};
    fake_sharing_use(rig, &sharing);
}

static void follow(struct rig *rig)
{
    indexing_tick(rig->api.indexing);
    rig_run(rig);
}

/* Of `user`, under a class, now; the number of the last. */
static uint64_t record_looks(struct rig *rig, size_t count, const char *user, uint8_t class)
{
    struct error err;
    while (count != 0) {
        struct store_batch *batch = store_batch_new(rig->world.door);
        for (size_t i = 0; i < 500 && count != 0; i++, count--) {
            struct record r = {
                .operation = RECORD_READ, .outcome = OUTCOME_DONE, .age = 255, .class = {.class = class}};
            (void)snprintf(r.user, sizeof r.user, "%s", user);
            assert_int_equal(audit_append(rig->api.audit, batch, &r, slice_text("waarom"), &err), RESULT_OK);
        }
        assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    }
    return rig_leaves(rig) - 1;
}

static struct log_sought of_user(const char *user)
{
    struct log_sought sought = {.any_outcome = true, .end_ms = INT64_MAX, .before = UINT64_MAX};
    (void)snprintf(sought.values.user, sizeof sought.values.user, "%s", user);
    return sought;
}

static enum log_walk_go take(void *ctx, const struct store_leaf *leaf, enum log_seal seal, const struct record *record,
                             struct slice text)
{
    struct walked *w = ctx;
    assert_true(w->count < KEPT && record->user[0] != '\0');
    w->sequences[w->count++] = leaf->sequence;
    w->texts += slice_equal(text, slice_text("waarom"));
    w->damaged += seal == LOG_SEAL_DAMAGED;
    return w->count == w->stop_at ? LOG_WALK_STOP : LOG_WALK_ON;
}

static void done(void *ctx, const struct log_walk_end *end, const struct error *err)
{
    struct walked *w = ctx;
    assert_false(w->done);
    w->done = true;
    w->fault = err != NULL ? err->fault : FAULT_NONE;
    w->end = end != NULL ? *end : (struct log_walk_end){0};
}

static struct walked walk(struct rig *rig, const struct log_sought *sought, size_t most, bool newest, size_t stop_at)
{
    struct walked walked = {.stop_at = stop_at};
    log_walk(&rig->api, sought, most, newest, take, done, &walked);
    assert_false(walked.done); /* never from inside the call */
    assert_int_equal(rig->api.calls, 1);
    rig_run(rig);
    assert_true(walked.done);
    assert_int_equal(rig->api.calls, 0);
    return walked;
}

static size_t walked_all(struct rig *rig, const struct log_sought *sought, bool newest)
{
    const struct walked w = walk(rig, sought, KEPT, newest, 0);
    assert_int_equal(w.fault, FAULT_NONE);
    assert_false(w.end.more);
    for (size_t i = 1; i < w.count; i++) {
        assert_true(sought->oldest ? w.sequences[i] > w.sequences[i - 1] : w.sequences[i] < w.sequences[i - 1]);
    }
    return w.count;
}

/* In pieces of `most` either way: as many, each once. */
static size_t in_pieces(struct rig *rig, struct log_sought sought, size_t most, bool newest)
{
    size_t count = 0;
    for (size_t i = 0; i < 64; i++) {
        const struct walked w = walk(rig, &sought, most, newest, 0);
        for (size_t k = 0; k < w.count; k++) {
            assert_true(sought.oldest ? w.sequences[k] >= sought.after : w.sequences[k] < sought.before);
        }
        count += w.count;
        sought.before = sought.oldest ? sought.before : w.end.next;
        sought.after = sought.oldest ? w.end.next : 0;
        if (!w.end.more) {
            return count;
        }
    }
    fail();
    return 0;
}

static void to_day(struct rig *rig, int16_t year, uint8_t month, uint8_t day)
{
    const struct date date = {year, month, day};
    char text[MOMENT_TEXT_SIZE + 8];
    (void)snprintf(text, sizeof text, "%sT12:00:00Z", date_text(&date).text);
    assert_true(moment_parse(slice_text(text), &rig->moved_ms));
}

static void over_months_and_classes_either_way_each_record_once(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    for (uint8_t month = 1; month <= 4; month++) {
        to_day(&rig, 2030, month, 10);
        (void)record_looks(&rig, 3, "a.bakker", month % 3);
        (void)record_looks(&rig, 2, "b.visser", 0);
    }
    follow(&rig);
    struct log_sought sought = of_user("a.bakker");
    assert_int_equal(walked_all(&rig, &sought, false), 12);
    assert_int_equal(in_pieces(&rig, sought, 5, false), 12);
    sought.oldest = true;
    assert_int_equal(walked_all(&rig, &sought, false), 12);
    assert_int_equal(in_pieces(&rig, sought, 5, false), 12);
    const struct walked w = walk(&rig, &sought, KEPT, false, 4);
    assert_int_equal(w.count, 4);
    assert_true(w.end.more && w.end.next == w.sequences[3] + 1);
    assert_int_equal(w.texts, 4);
    sought.size = w.sequences[3]; /* the log as it was before that record */
    assert_int_equal(walked_all(&rig, &sought, true), 3);
    rig_close(&rig);
}

static void more_than_a_list_and_a_round_are_gone_through(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    (void)record_looks(&rig, 2 * STORE_LIST_MAX + 1, "a.bakker", 0);
    (void)record_looks(&rig, 2 * STORE_LIST_MAX + 1, "a.bakker", 1);
    follow(&rig);
    struct log_sought sought = of_user("a.bakker");
    assert_int_equal(walked_all(&rig, &sought, false), 4 * STORE_LIST_MAX + 2);
    sought.look = LOG_SEARCH_LOOKED; /* one record more than may be opened */
    const struct walked bounded = walk(&rig, &sought, KEPT, false, 0);
    assert_int_equal(bounded.count, LOG_SEARCH_LOOKED);
    assert_true(bounded.end.more);
    sought.oldest = true;
    assert_int_equal(in_pieces(&rig, sought, KEPT, false), 4 * STORE_LIST_MAX + 2);
    sought.look = 0;
    assert_int_equal(walked_all(&rig, &sought, false), 4 * STORE_LIST_MAX + 2);
    rig_close(&rig);
}

/* What the index does not have yet is gone through where nothing may be missed, and nothing twice. */
static void what_is_behind_the_index_is_gone_through_when_asked(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    (void)record_looks(&rig, 3, "a.bakker", 0);
    follow(&rig);
    (void)record_looks(&rig, 2, "a.bakker", 0);
    (void)record_looks(&rig, 2, "b.visser", 0);
    struct log_sought sought = of_user("a.bakker");
    assert_int_equal(walked_all(&rig, &sought, false), 3);
    assert_int_equal(walked_all(&rig, &sought, true), 5);
    assert_int_equal(in_pieces(&rig, sought, 1, true), 5);
    const struct walked w = walk(&rig, &sought, KEPT, true, 0);
    assert_int_equal(w.end.watermark, 4); /* and the key's record */
    assert_int_equal(w.end.size, 8);
    sought.oldest = true;
    assert_int_equal(walked_all(&rig, &sought, true), 5);
    assert_int_equal(in_pieces(&rig, sought, 1, true), 5);
    sought.size = 5;
    assert_int_equal(walked_all(&rig, &sought, true), 4);
    rig_close(&rig);
}

static void a_walk_reads_no_more_than_its_bound(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    (void)record_looks(&rig, LOG_WALK_RECORDS + 1, "b.visser", 0);
    struct log_sought sought = of_user("a.bakker");
    const struct walked w = walk(&rig, &sought, KEPT, true, 0); /* nothing is indexed */
    assert_int_equal(w.count, 0);
    assert_true(w.end.more);
    assert_int_equal(w.end.next, w.end.size - LOG_WALK_RECORDS);
    sought.before = w.end.next;
    assert_int_equal(walked_all(&rig, &sought, true), 0);
    rig_close(&rig);
}

static void a_period_has_the_records_of_its_first_and_before_its_last_millisecond(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    to_day(&rig, 2030, 1, 31);
    const int64_t noon = rig.moved_ms;
    const int64_t times[] = {noon, noon + DAY / 2 - 1, noon + DAY / 2, noon + DAY}; /* the third: the next month */
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        rig.moved_ms = times[i];
        (void)record_looks(&rig, 1, "a.bakker", 0);
    }
    follow(&rig);
    struct log_sought sought = of_user("a.bakker");
    static const struct {
        size_t from, end, count;
    } cases[] = {{0, 1, 1}, {0, 2, 2}, {1, 2, 1}, {1, 3, 2}, {2, 3, 1}, {0, 3, 3}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        sought.from_ms = times[cases[i].from];
        sought.end_ms = times[cases[i].end];
        assert_int_equal(walked_all(&rig, &sought, false), cases[i].count);
        sought.end_ms = times[cases[i].end] + 1;
        assert_int_equal(walked_all(&rig, &sought, false), cases[i].count + 1);
    }
    rig_close(&rig);
}

/* A clock that stood a month ahead and was put back: the times of the log run back, and what is of a period is found. */
static void a_clock_that_ran_back_hides_nothing(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    to_day(&rig, 2030, 3, 10);
    (void)record_looks(&rig, 2, "a.bakker", 0);
    to_day(&rig, 2030, 5, 10);
    (void)record_looks(&rig, 1, "a.bakker", 0);
    to_day(&rig, 2030, 3, 11);
    (void)record_looks(&rig, 4, "a.bakker", 0);
    to_day(&rig, 2030, 3, 9);
    (void)record_looks(&rig, 8, "a.bakker", 0);
    follow(&rig);
    struct log_sought sought = of_user("a.bakker");
    assert_int_equal(walked_all(&rig, &sought, false), 15);
    static const struct {
        uint8_t month, day;
        size_t count;
    } days[] = {{3, 9, 8}, {3, 10, 2}, {3, 11, 4}, {5, 10, 1}, {4, 10, 0}};
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        to_day(&rig, 2030, days[i].month, days[i].day);
        sought.from_ms = rig.moved_ms - DAY / 2;
        sought.end_ms = sought.from_ms + DAY;
        sought.oldest = i % 2 == 1;
        assert_int_equal(walked_all(&rig, &sought, false), days[i].count);
    }
    rig_close(&rig);
}

static void what_is_of_a_destroyed_class_is_found_no_more(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct record destroyed = {.age = 255};
    open_all(&rig);
    (void)record_looks(&rig, 2, "a.bakker", 0);
    (void)record_looks(&rig, 3, "a.bakker", 1);
    follow(&rig);
    (void)record_looks(&rig, 4, "a.bakker", 1); /* behind the index: passed over */
    struct log_sought sought = of_user("a.bakker");
    assert_int_equal(walked_all(&rig, &sought, true), 9);
    const struct date today = moment_date(clock_now(rig.api.clock));
    const struct seal_class class = {(uint32_t)(today.year * 100 + today.month), 1};
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(audit_append_destroyed(rig.api.audit, batch, &destroyed, class, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    assert_int_equal(walked_all(&rig, &sought, false), 2); /* its index went in that commit */
    assert_int_equal(seal_class_destroy(rig.api.keyring, &class, 1, &err), RESULT_OK);
    assert_int_equal(walked_all(&rig, &sought, true), 2);
    assert_int_equal(walked_all(&rig, &sought, false), 2);
    rig_close(&rig);
}

static int take_watermark_back(struct rig *rig, const char *name)
{
    uint8_t mark[INDEX_WATERMARK_BYTES];
    struct store_batch *batch = store_batch_new(rig->world.door);
    bytes_put_u64(mark, rig_leaves(rig));
    store_set_value(batch, name, slice_of(mark, sizeof mark));
    return (int)world_commit(&rig->world, batch);
}

/* A log that was followed before there were consults to find: it is followed anew, and nothing stands twice in it. */
static void an_index_of_before_a_new_term_is_made_anew(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_all(&rig);
    struct store_batch *batch = store_batch_new(rig.world.door);
    struct record r = {.operation = RECORD_TESTED, .age = 255, .user = "a.bakker", .consult = {{7}}};
    assert_int_equal(audit_append(rig.api.audit, batch, &r, slice_of(NULL, 0), &err), RESULT_OK);
    /* As an older version left it: the user's entry is there, the consult's is not. */
    struct seal_index_key key;
    struct store_entry old = {.class = r.class, .sequence = 1};
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    assert_int_equal(seal_index_key(rig.api.keyring, r.class, &key, &err), RESULT_OK);
    seal_index_hash(&key, INDEX_USER, slice_text("a.bakker"), old.hash);
    batch = store_batch_new(rig.world.door);
    store_index_put(batch, &old);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    assert_int_equal(take_watermark_back(&rig, "zoekindex"), FAULT_NONE);
    indexing_close(rig.api.indexing);
    assert_int_equal(indexing_open(&rig.api, &rig.api.indexing, &err), RESULT_OK);
    assert_int_equal(indexing_watermark(rig.api.indexing), 0);
    struct log_sought sought = {
        .any_outcome = true, .end_ms = INT64_MAX, .before = UINT64_MAX, .values.consult = {{7}}};
    assert_int_equal(walked_all(&rig, &sought, false), 0);
    follow(&rig);
    assert_int_equal(walked_all(&rig, &sought, false), 1);
    sought = of_user("a.bakker");
    assert_int_equal(walked_all(&rig, &sought, false), 1);
    rig_close(&rig);
}

/* A person known here has two words; a record that has both is given once. */
static void a_person_is_found_by_either_word_once(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_all(&rig);
    struct bsn bsn;
    assert_true(bsn_parse(slice_text("999000007"), &bsn));
    struct store_batch *batch = store_batch_new(rig.world.door);
    for (int i = 1; i <= 3; i++) {
        struct record r = {.operation = RECORD_READ, .age = 255, .user = "a.bakker"};
        r.bsn = (i & 1) != 0 ? bsn : r.bsn;
        r.subject.bytes[0] = (i & 2) != 0 ? 9 : 0;
        assert_int_equal(audit_append(rig.api.audit, batch, &r, slice_of(NULL, 0), &err), RESULT_OK);
    }
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    follow(&rig);
    struct log_sought sought = {.any_outcome = true,
                                .end_ms = INT64_MAX,
                                .before = UINT64_MAX,
                                .person = true,
                                .values = {.bsn = bsn, .subject = {{9}}}};
    assert_int_equal(walked_all(&rig, &sought, false), 3);
    sought.values.subject = (struct ident){{0}};
    assert_int_equal(walked_all(&rig, &sought, false), 2);
    rig_close(&rig);
}

static void take_moment(void *ctx, uint64_t sequence, const struct error *err)
{
    assert_null(err);
    *(uint64_t *)ctx = sequence;
}

static void a_moment_is_found_by_halving(void **state)
{
    (void)state;
    struct rig rig;
    uint64_t at = 99;
    open_all(&rig);
    log_moment(&rig.api, 0, take_moment, &at);
    assert_int_equal(at, 0); /* of an empty log */
    uint64_t first[4];
    int64_t times[4];
    for (uint8_t i = 0; i < 4; i++) {
        to_day(&rig, 2030, 2, (uint8_t)(10 + i));
        times[i] = rig.moved_ms;
        first[i] = rig_leaves(&rig);
        (void)record_looks(&rig, (size_t)i + 1, "a.bakker", 0);
    }
    for (size_t i = 0; i < 4; i++) {
        log_moment(&rig.api, times[i], take_moment, &at);
        assert_int_equal(at, first[i]);
        log_moment(&rig.api, times[i] + 1, take_moment, &at);
        assert_int_equal(at, i < 3 ? first[i + 1] : rig_leaves(&rig));
    }
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_months_and_classes_either_way_each_record_once),
        cmocka_unit_test(more_than_a_list_and_a_round_are_gone_through),
        cmocka_unit_test(what_is_behind_the_index_is_gone_through_when_asked),
        cmocka_unit_test(a_walk_reads_no_more_than_its_bound),
        cmocka_unit_test(a_period_has_the_records_of_its_first_and_before_its_last_millisecond),
        cmocka_unit_test(a_clock_that_ran_back_hides_nothing),
        cmocka_unit_test(what_is_of_a_destroyed_class_is_found_no_more),
        cmocka_unit_test(an_index_of_before_a_new_term_is_made_anew),
        cmocka_unit_test(a_person_is_found_by_either_word_once),
        cmocka_unit_test(a_moment_is_found_by_halving),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
