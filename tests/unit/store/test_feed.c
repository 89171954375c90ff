/* The feed of people whose data changed: in the commit of the change, in its order, and a drop drops no other change. */
#include "unit/store/item_help.h"

#include <sqlite3.h>

enum { ALL = STORE_LIST_MAX };

struct page {
    bool called;
    enum fault fault;
    size_t count;
    struct store_change changes[STORE_LIST_MAX];
};

static void on_read(void *ctx, const struct store_change *changes, size_t count, const struct error *err)
{
    struct page *page = ctx;
    page->called = true;
    page->fault = err != NULL ? err->fault : FAULT_NONE;
    page->count = count;
    for (size_t i = 0; i < count; i++) {
        page->changes[i] = changes[i];
    }
}

static struct page feed(struct world *world, uint64_t after, size_t max)
{
    struct page page = {.called = false};
    store_feed_read(world->door, after, max, on_read, &page);
    assert_true(page.called);
    assert_int_equal(page.fault, FAULT_NONE);
    for (size_t i = 0; i < page.count; i++) {
        assert_true(page.changes[i].place > (i == 0 ? after : page.changes[i - 1].place));
    }
    return page;
}

static bool is(const struct store_change *change, uint32_t number)
{
    const struct ident id = world_ident(number);
    return ident_equal(&change->subject, &id);
}

static enum fault drop(struct world *world, const struct page *page)
{
    struct store_batch *batch = store_batch_new(world->door);
    for (size_t i = 0; i < page->count; i++) {
        store_feed_drop(batch, &page->changes[i]);
    }
    return world_commit(world, batch);
}

static void empty(struct world *world)
{
    const struct page all = feed(world, 0, ALL);
    assert_int_equal(drop(world, &all), FAULT_NONE);
    assert_int_equal(feed(world, 0, ALL).count, 0);
}

static void ignore(void *ctx, const struct store_committed *committed, const struct error *err)
{
    (void)ctx;
    (void)committed;
    (void)err;
}

/* Whom a change of this kind feeds, of an item that hangs on person 1. */
static const struct {
    enum store_kind kind;
    bool child; /* of person 1 */
    uint32_t fed;
} feeding[] = {
    {STORE_SUBJECT, false, 70},       {STORE_HOUSEHOLD, false, 0},  {STORE_INVOLVEMENT, true, 1},
    {STORE_USER, false, 0},           {STORE_FACT, true, 1},        {STORE_MESSAGE, false, 0},
    {STORE_REPORT, false, 0},         {STORE_ORDER, false, 0},      {STORE_COVENANT, false, 0},
    {STORE_COVENANT_PIECE, false, 0}, {STORE_SIGNATURE, false, 0},  {STORE_ROSTER, false, 0},
    {STORE_PAST_PLACE, true, 0},      {STORE_LOOKUP_SET, false, 0}, {STORE_MATCH_VALUE, false, 0},
    {STORE_QUOTA, false, 0},          {STORE_FINDING, false, 0},    {STORE_LETTER, false, 0},
    {STORE_STAFF, false, 0},          {STORE_SIGNAL, true, 1},      {STORE_MEETING, false, 0},
    {STORE_MEETING_EVENT, false, 0},  {STORE_TASK, false, 0},       {STORE_TASK_EVENT, false, 0},
    {STORE_LINE, false, 0},           {STORE_OUTGOING, false, 0},   {STORE_INCOMING, false, 0},
    {STORE_NOTICE, false, 0},
};

static void assert_fed(struct world *world, uint32_t number)
{
    const struct page page = feed(world, 0, ALL);
    assert_int_equal(page.count, number != 0 ? 1 : 0);
    assert_true(number == 0 || is(&page.changes[0], number));
    empty(world);
}

static void what_decides_about_a_person_feeds_and_nothing_else(void **state)
{
    struct world *world = *state;
    assert_int_equal(COUNT_OF(feeding), STORE_KIND_COUNT);
    assert_int_equal(put(world, STORE_SUBJECT, item(1, NULL, NULL, "persoon")), FAULT_NONE);
    empty(world);
    for (size_t i = 0; i < COUNT_OF(feeding); i++) {
        assert_int_equal(feeding[i].kind, i);
        struct store_write write = item(70, NULL, NULL, "nieuw");
        write.is_new = true;
        if (feeding[i].child) {
            write.parent = world_ident(1);
        }
        assert_int_equal(put(world, feeding[i].kind, write), FAULT_NONE);
        assert_fed(world, feeding[i].fed);
        write.is_new = false;
        write.payload = slice_text("anders");
        assert_int_equal(put(world, feeding[i].kind, write), FAULT_NONE);
        assert_fed(world, feeding[i].fed);
        assert_int_equal(remove_one(world, feeding[i].kind, 70), FAULT_NONE);
        assert_fed(world, feeding[i].fed);
        assert_int_equal(remove_one(world, feeding[i].kind, 70), FAULT_NONE); /* it is gone: nothing changes */
        assert_fed(world, 0);
    }
}

static void an_item_that_moves_feeds_both(void **state)
{
    struct world *world = *state;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, NULL, NULL, "een")), FAULT_NONE);
    assert_int_equal(put(world, STORE_SUBJECT, item(2, NULL, NULL, "twee")), FAULT_NONE);
    assert_int_equal(put_child(world, 10, 1, "zaak"), FAULT_NONE);
    empty(world);
    assert_int_equal(put_child(world, 10, 2, "zaak"), FAULT_NONE);
    struct page page = feed(world, 0, ALL);
    assert_int_equal(page.count, 2);
    assert_true(is(&page.changes[0], 1) && is(&page.changes[1], 2));
    empty(world);
    assert_int_equal(put(world, STORE_INVOLVEMENT, item(10, NULL, NULL, "los")), FAULT_NONE);
    assert_fed(world, 2);
    assert_int_equal(put(world, STORE_INVOLVEMENT, item(10, NULL, NULL, "nog los")), FAULT_NONE);
    assert_fed(world, 0);
}

static void a_person_with_all_that_comes_along_needs_one_place(void **state)
{
    struct world *world = *state;
    struct store_batch *batch = store_batch_new(world->door);
    for (uint32_t person = 1; person <= 3; person++) {
        struct store_write write = item(person, NULL, NULL, "persoon");
        store_put(batch, STORE_SUBJECT, &write);
        for (uint32_t i = 0; i < 4; i++) {
            write = item(100 * person + i, NULL, NULL, "zaak");
            write.parent = world_ident(person);
            store_put(batch, STORE_INVOLVEMENT, &write);
        }
    }
    assert_int_equal(world_commit(world, batch), FAULT_NONE);
    const struct page page = feed(world, 0, ALL);
    assert_int_equal(page.count, 3);
    assert_true(is(&page.changes[0], 1) && is(&page.changes[1], 2) && is(&page.changes[2], 3));
}

static void a_refused_batch_feeds_nobody_and_its_neighbours_all(void **state)
{
    struct world *world = *state;
    struct store_batch *batches[3];
    assert_int_equal(put(world, STORE_SUBJECT, item(1, "123456782", NULL, "is er")), FAULT_NONE);
    empty(world);
    /* In one group, so that the refused one is undone between two that are kept; all change person 5. */
    for (uint32_t i = 0; i < 3; i++) {
        batches[i] = store_batch_new(world->door);
        struct store_write write = item(5, NULL, NULL, "persoon");
        store_put(batches[i], STORE_SUBJECT, &write);
    }
    struct store_write taken = item(6, "123456782", NULL, "nummer is bezet");
    store_put(batches[1], STORE_SUBJECT, &taken);
    store_commit(world->door, batches[0], ignore, NULL);
    store_commit(world->door, batches[1], ignore, NULL);
    assert_int_equal(world_commit(world, batches[2]), FAULT_NONE);
    const struct page page = feed(world, 0, ALL);
    assert_int_equal(page.count, 2);
    assert_true(is(&page.changes[0], 5) && is(&page.changes[1], 5));
}

static void a_drop_leaves_a_change_that_came_after_it_was_read(void **state)
{
    struct world *world = *state;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, NULL, NULL, "eerst")), FAULT_NONE);
    const struct page before = feed(world, 0, ALL);
    assert_int_equal(before.count, 1);
    assert_int_equal(put_child(world, 10, 1, "daarna"), FAULT_NONE);
    assert_int_equal(drop(world, &before), FAULT_NONE);
    const struct page after = feed(world, 0, ALL);
    assert_int_equal(after.count, 1);
    assert_true(is(&after.changes[0], 1));
    assert_true(after.changes[0].place > before.changes[0].place);
    assert_int_equal(drop(world, &before), FAULT_NONE); /* twice, or of another person: nothing */
    struct page other = after;
    other.changes[0].subject = world_ident(2);
    assert_int_equal(drop(world, &other), FAULT_NONE);
    assert_int_equal(feed(world, 0, ALL).count, 1);
}

/* Who reads on behind the last place that it saw misses nothing, also when all before it is gone; not over a start either. */
static void a_place_is_never_given_again(void **state)
{
    struct world *world = *state;
    struct error err;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, NULL, NULL, "een")), FAULT_NONE);
    const uint64_t seen = feed(world, 0, ALL).changes[0].place;
    empty(world);
    assert_int_equal(put(world, STORE_SUBJECT, item(2, NULL, NULL, "twee")), FAULT_NONE);
    assert_int_equal(feed(world, seen, ALL).count, 1);
    const uint64_t next = feed(world, seen, ALL).changes[0].place;
    empty(world);
    world_close(world);
    assert_int_equal(world_open(world, &err), RESULT_OK);
    assert_int_equal(put(world, STORE_SUBJECT, item(3, NULL, NULL, "drie")), FAULT_NONE);
    assert_int_equal(feed(world, next, ALL).count, 1);
}

static void it_stays_until_it_is_dropped_and_comes_in_pages(void **state)
{
    struct world *world = *state;
    struct error err;
    enum { PEOPLE = STORE_LIST_MAX + 7 };
    struct store_batch *batch = store_batch_new(world->door);
    for (uint32_t i = 1; i <= PEOPLE; i++) {
        struct store_write write = item(i, NULL, NULL, "persoon");
        write.is_new = true;
        store_put(batch, STORE_SUBJECT, &write);
    }
    assert_int_equal(world_commit(world, batch), FAULT_NONE);
    world_close(world);
    assert_int_equal(world_open(world, &err), RESULT_OK);
    const struct page most = feed(world, 0, PEOPLE);
    assert_int_equal(most.count, STORE_LIST_MAX); /* the bound */
    assert_int_equal(feed(world, most.changes[STORE_LIST_MAX - 1].place, PEOPLE).count, 7);
    struct page first = feed(world, 0, 3);
    assert_int_equal(first.count, 3);
    assert_int_equal(drop(world, &first), FAULT_NONE);
    first = feed(world, 0, 1);
    assert_true(first.count == 1 && is(&first.changes[0], 4));
    assert_int_equal(feed(world, UINT64_MAX, 1).count, 0);
    assert_int_equal(feed(world, 0, 0).count, 0);
}

/* A change and the drop of its place in one batch: the consumer's own changes may feed too. */
static void a_drop_with_a_change_of_the_same_person_leaves_the_change(void **state)
{
    struct world *world = *state;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, NULL, NULL, "een")), FAULT_NONE);
    const struct page page = feed(world, 0, ALL);
    struct store_batch *batch = store_batch_new(world->door);
    const struct store_write write = item(1, NULL, NULL, "twee");
    store_put(batch, STORE_SUBJECT, &write);
    store_feed_drop(batch, &page.changes[0]);
    assert_int_equal(world_commit(world, batch), FAULT_NONE);
    assert_int_equal(feed(world, 0, ALL).count, 1);
}

/* What a person's children are: what decides about him, not where he stood. */
static void all_children_are_those_that_feed(void **state)
{
    struct world *world = *state;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, NULL, NULL, "persoon")), FAULT_NONE);
    static const enum store_kind kinds[] = {STORE_INVOLVEMENT, STORE_FACT, STORE_PAST_PLACE, STORE_SIGNAL};
    for (uint32_t i = 0; i < COUNT_OF(kinds); i++) {
        struct store_write write = item(10 + i, NULL, NULL, "kind");
        write.parent = world_ident(1);
        assert_int_equal(put(world, kinds[i], write), FAULT_NONE);
    }
    const struct seen seen = get(world, STORE_SUBJECT, 1, STORE_ALL_CHILDREN);
    assert_int_equal(seen.count, 3);
    assert_int_equal(seen.kinds[0], STORE_INVOLVEMENT);
    assert_int_equal(seen.kinds[1], STORE_FACT);
    assert_int_equal(seen.kinds[2], STORE_SIGNAL);
    assert_int_equal(get(world, STORE_SUBJECT, 1, STORE_PAST_PLACE).count, 1);
}

static void sql(const struct world *world, const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(world->database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* As a program of before private matching left it. */
static void an_older_database_gets_a_feed_of_what_changes_from_then_on(void **state)
{
    struct world *world = *state;
    struct error err;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, "123456782", NULL, "van vroeger")), FAULT_NONE);
    assert_int_equal(put_child(world, 10, 1, "zaak"), FAULT_NONE);
    world_close(world);
    sql(world,
        "DROP TABLE notice; DROP TABLE incoming; DROP TABLE outgoing; DROP TABLE line; DROP TABLE task_event; DROP "
        "TABLE task; DROP TABLE meeting_event; DROP TABLE meeting; DROP TABLE signal; "
        "DROP TABLE staff; DROP TABLE letter; DROP TABLE finding; DROP TABLE feed; DROP TABLE match_quota; DROP "
        "TABLE match_value; DROP TABLE lookup_set;"
        "DROP TABLE past_place; DROP TABLE roster; DELETE FROM migration WHERE version > 6;"
        "PRAGMA user_version = 6");
    assert_int_equal(world_open(world, &err), RESULT_OK);
    assert_int_equal(feed(world, 0, ALL).count, 0);
    assert_string_equal(find(world, STORE_SUBJECT, STORE_KEY_A, "123456782", STORE_INVOLVEMENT).payload, "van vroeger");
    assert_int_equal(put_child(world, 10, 1, "zaak, anders"), FAULT_NONE);
    assert_fed(world, 1);
    assert_int_equal(put(world, STORE_QUOTA, item(1, "ketenpartner", NULL, "tellers")), FAULT_NONE);
    assert_int_equal(put(world, STORE_FINDING, item(2, "aanleiding", NULL, "bevinding")), FAULT_NONE);
}

static void damage_in_the_feed_is_a_fault(void **state)
{
    struct world *world = *state;
    struct error err;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, NULL, NULL, "een")), FAULT_NONE);
    world_close(world);
    sql(world, "PRAGMA ignore_check_constraints=1; UPDATE feed SET subject = x'01'");
    assert_int_equal(world_open(world, &err), RESULT_OK);
    struct page page = {.called = false};
    store_feed_read(world->door, 0, ALL, on_read, &page);
    assert_true(page.called);
    assert_int_equal(page.fault, FAULT_STORE);
    assert_int_equal(page.count, 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_decides_about_a_person_feeds_and_nothing_else),
        T(an_item_that_moves_feeds_both),
        T(a_person_with_all_that_comes_along_needs_one_place),
        T(a_refused_batch_feeds_nobody_and_its_neighbours_all),
        T(a_drop_leaves_a_change_that_came_after_it_was_read),
        T(a_place_is_never_given_again),
        T(it_stays_until_it_is_dropped_and_comes_in_pages),
        T(a_drop_with_a_change_of_the_same_person_leaves_the_change),
        T(all_children_are_those_that_feed),
        T(an_older_database_gets_a_feed_of_what_changes_from_then_on),
        T(damage_in_the_feed_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
