/*
 * A year of log, small: that it is what it says, and that the watch finds in it what was planted and nothing else.
 */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "audit/index.h"
#include "base/bytes.h"
#include "support/store_world.h"
#include "year/judge.h"
#include "year/log.h"

enum { RECORDS = 20000, SEED = 2026, PAGE = 256 };

static const enum finding_rule planted_rules[] = {
    RULE_MANY_PEOPLE, RULE_OFF_HOURS,    RULE_NO_CASE,    RULE_SAME_PERSON, RULE_OWN_CIRCLE,
    RULE_SAME_REASON, RULE_OFTEN_URGENT, RULE_WITHDRAWAL, RULE_EMPTY_HITS,  RULE_SET_OUTGROWN,
};

/* ---- the year itself ---- */

static uint64_t sum_of(uint64_t seed, int64_t *first_ms, int64_t *last_ms)
{
    struct year_record made;
    uint64_t sum = 0;
    int64_t before = 0;
    struct year *year = year_new(seed, RECORDS);
    assert_non_null(year);
    while (year_next(year, &made)) {
        assert_true(made.record.time_ms >= before);
        *first_ms = before == 0 ? made.record.time_ms : *first_ms;
        before = made.record.time_ms;
        sum = sum * 31 + made.record.request_id.bytes[0] + (uint64_t)made.record.time_ms + made.record.operation +
              made.sequence + strlen(made.text);
    }
    *last_ms = before;
    assert_false(year_failed(year));
    year_free(year);
    return sum;
}

static void same_seed_same_year(void **state)
{
    (void)state;
    int64_t first = 0, last = 0;
    const uint64_t one = sum_of(SEED, &first, &last);
    assert_int_equal(sum_of(SEED, &first, &last), one);
    assert_true(sum_of(SEED + 1, &first, &last) != one);
    assert_true(first >= INT64_C(1735686000000) && first < INT64_C(1735772400000)); /* 1 January, Dutch time */
    assert_true(last >= INT64_C(1767135600000) && last < INT64_C(1767222000000));   /* 31 December */
}

static void every_rule_is_planted(void **state)
{
    (void)state;
    struct year_record made;
    size_t count = 0;
    struct year *year = year_new(SEED, RECORDS);
    assert_non_null(year);
    while (year_next(year, &made)) {
    }
    const struct year_plant *plants = year_plants(year, &count);
    for (size_t r = 0; r < sizeof planted_rules / sizeof planted_rules[0]; r++) {
        unsigned of[YEAR_STRENGTHS + 1] = {0};
        for (size_t i = 0; i < count; i++) {
            of[plants[i].strength] += plants[i].rule == planted_rules[r];
            assert_true(plants[i].count != 0);
        }
        assert_true(of[YEAR_PLAIN] >= 2 && of[YEAR_NEAR] >= 2 && of[YEAR_BELOW] >= 2);
    }
    year_free(year);
}

/* ---- the log ---- */

struct written {
    struct world world;
    struct year *year;
    struct audit *audit;
    struct entropy entropy;
};

static int setup(void **state)
{
    static struct written w;
    struct error err;
    struct year_log *log = NULL;
    world_make(&w.world);
    assert_int_equal(world_open(&w.world, &err), RESULT_OK);
    w.year = year_new(SEED, RECORDS);
    assert_non_null(w.year);
    assert_int_equal(year_log_open(&w.world.loop, w.world.door, w.world.keyring, SEED, &log, &err), RESULT_OK);
    assert_int_equal(year_log_write(log, w.year, &err), RESULT_OK);
    year_log_close(log);
    assert_int_equal(audit_open(w.world.keyring, &w.world.clock, &w.entropy, &w.audit, &err), RESULT_OK);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct written *w = *state;
    audit_close(w->audit);
    year_free(w->year);
    world_close(&w->world);
    world_drop(&w->world);
    return 0;
}

typedef void read_fn(void *ctx, const struct record *record, uint64_t sequence, struct slice text);

struct reading {
    struct written *w;
    read_fn *read;
    void *ctx;
    uint64_t next;
};

static void take_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct reading *r = ctx;
    assert_null(err);
    for (size_t i = 0; i < count; i++) {
        struct record record;
        struct buf text;
        struct error why;
        buf_init(&text, 4096);
        assert_int_equal(leaves[i].sequence, r->next++);
        assert_int_equal(audit_read(r->w->audit, &leaves[i], &record, &text, &why), RESULT_OK);
        r->read(r->ctx, &record, leaves[i].sequence, buf_slice(&text));
        buf_free(&text);
    }
}

static void read_all(struct written *w, read_fn *read, void *ctx)
{
    struct reading r = {w, read, ctx, 0};
    for (uint64_t before = UINT64_MAX; r.next != before;) {
        before = r.next;
        store_log_read(w->world.door, r.next, PAGE, take_leaves, &r);
    }
    assert_int_equal(r.next, RECORDS);
}

/* The same records again, and those of the class keys between them. */
static void compare(void *ctx, const struct record *record, uint64_t sequence, struct slice text)
{
    struct year_record made;
    if (record->operation == RECORD_CLASS_KEY) {
        return;
    }
    assert_true(year_next(ctx, &made));
    assert_int_equal(made.sequence, sequence);
    assert_int_equal(made.record.operation, record->operation);
    assert_true(made.record.time_ms == record->time_ms);
    assert_string_equal(made.record.user, record->user);
    assert_string_equal(made.record.case_number, record->case_number);
    assert_true(ident_equal(&made.record.subject, &record->subject) &&
                ident_equal(&made.record.consult, &record->consult));
    assert_true(slice_equal(bsn_digits(&made.record.bsn), bsn_digits(&record->bsn)));
    assert_true(slice_equal(slice_text(made.text), text));
}

static void log_holds_the_year(void **state)
{
    struct year_record made;
    struct year *again = year_new(SEED, RECORDS);
    assert_non_null(again);
    read_all(*state, compare, again);
    assert_false(year_next(again, &made));
    year_free(again);
}

/* ---- its index ---- */

struct finding_back {
    struct written *w;
    struct seal_index_key key;
    uint64_t wanted;
    bool found;
};

static void take_sequences(void *ctx, const uint64_t *sequences, size_t count, const struct error *err)
{
    struct finding_back *f = ctx;
    assert_null(err);
    f->found = count != 0 && sequences[0] == f->wanted;
}

/* Each entry that the node would make of a record is there. */
static void look_up(void *ctx, const struct record *record, uint64_t sequence, struct slice text)
{
    struct finding_back *f = ctx;
    struct store_entry entries[INDEX_ENTRIES_MAX];
    struct error err;
    (void)text;
    if (sequence % 7 != 0) {
        return;
    }
    if (f->key.class.month != record->class.month || f->key.class.class != record->class.class) {
        assert_int_equal(seal_index_key(f->w->world.keyring, record->class, &f->key, &err), RESULT_OK);
    }
    f->wanted = sequence;
    const size_t count = index_entries(&f->key, record, sequence, entries);
    for (size_t i = 0; i < count; i++) {
        store_index_find(f->w->world.door, record->class, entries[i].hash, sequence + 1, 1, take_sequences, f);
        assert_true(f->found);
    }
}

static void take_mark(void *ctx, struct slice value, const struct error *err)
{
    assert_null(err);
    assert_int_equal(value.len, INDEX_WATERMARK_BYTES);
    *(uint64_t *)ctx = bytes_get_u64(value.ptr);
}

static void index_holds_the_year(void **state)
{
    struct finding_back f = {.w = *state};
    uint64_t mark = 0;
    read_all(*state, look_up, &f);
    store_get_value(f.w->world.door, index_watermark_name, take_mark, &mark);
    assert_int_equal(mark, RECORDS);
}

static void full_log_is_refused(void **state)
{
    struct written *w = *state;
    struct year_log *log = NULL;
    struct error err;
    assert_int_equal(year_log_open(&w->world.loop, w->world.door, w->world.keyring, SEED, &log, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFLICT);
}

/* ---- what the watch finds ---- */

struct watched {
    struct year_judge *judge;
    struct log_watch *watch;
};

static void watch_one(void *ctx, const struct record *record, uint64_t sequence, struct slice text)
{
    struct watched *w = ctx;
    struct error err;
    assert_int_equal(year_judge_take(w->judge, w->watch, record, sequence, text, &err), RESULT_OK);
}

static void tell_strays(const struct year_judge *judge)
{
    const struct watch_hit *hit = NULL;
    for (size_t i = 0; (hit = year_judge_stray(judge, i)) != NULL; i++) {
        print_error("niet geplant: %s %s %s, vanaf regel %llu\n", year_rule_word(hit->rule), hit->user,
                    date_text(&hit->day).text, (unsigned long long)hit->records[0]);
    }
}

static void watch_finds_what_was_planted(void **state)
{
    struct written *w = *state;
    struct error err;
    uint8_t key[SEAL_KEY_SIZE];
    const struct watch_limits limits = year_limits();
    struct watched watched = {NULL, NULL};
    seal_derived_key(w->world.keyring, SEAL_WATCH, key);
    watched.judge = year_judge_new(w->year, key);
    assert_non_null(watched.judge);
    assert_int_equal(log_watch_new(&limits, &watched.watch, &err), RESULT_OK);
    read_all(w, watch_one, &watched);
    assert_int_equal(year_judge_end(watched.judge, watched.watch, &err), RESULT_OK);
    tell_strays(watched.judge);
    for (size_t r = 0; r < sizeof planted_rules / sizeof planted_rules[0]; r++) {
        const struct year_score score = year_judge_score(watched.judge, planted_rules[r]);
        print_message("%s: ruim %u van %u, net %u van %u, net niet %u van %u, niet geplant %u, uitgezonderd %u\n",
                      year_rule_word(planted_rules[r]), score.found[YEAR_PLAIN], score.planted[YEAR_PLAIN],
                      score.found[YEAR_NEAR], score.planted[YEAR_NEAR], score.found[YEAR_BELOW],
                      score.planted[YEAR_BELOW], score.stray, score.excepted);
        assert_int_equal(score.found[YEAR_PLAIN], score.planted[YEAR_PLAIN]);
        assert_int_equal(score.found[YEAR_NEAR], score.planted[YEAR_NEAR]);
        assert_int_equal(score.found[YEAR_BELOW], 0);
        assert_int_equal(score.stray, 0);
    }
    assert_true(year_judge_score(watched.judge, RULE_OFF_HOURS).excepted != 0);
    log_watch_free(watched.watch);
    year_judge_free(watched.judge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_same_year), cmocka_unit_test(every_rule_is_planted),
        cmocka_unit_test(log_holds_the_year),  cmocka_unit_test(index_holds_the_year),
        cmocka_unit_test(full_log_is_refused), cmocka_unit_test(watch_finds_what_was_planted),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
