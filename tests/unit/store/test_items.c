/* Items: what is put can be found, listed and removed; what cannot be is refused alone. */
#include "unit/store/item_help.h"

enum { KINDS_WITHOUT_KEY = 9 };

static void every_kind_can_be_put_found_and_removed(void **state)
{
    struct world *world = *state;
    static const struct {
        enum store_kind kind;
        const char *key_a;
        const char *key_b;
    } kinds[] = {
        {STORE_SUBJECT, "123456782", "bron-1"},
        {STORE_HOUSEHOLD, "bron-2", NULL},
        {STORE_INVOLVEMENT, "bron-3", NULL},
        {STORE_USER, "j.jansen", "bewijs"},
        {STORE_FACT, "kenmerk-1", NULL},
        {STORE_REPORT, "VT-2026-0417", NULL},
        {STORE_ORDER, "OTS-2026-031", NULL},
        {STORE_LOOKUP_SET, "plaats-1", NULL},
        {STORE_MATCH_VALUE, "betrokkene-1", NULL},
        {STORE_QUOTA, "ketenpartner-1", NULL},
        {STORE_FINDING, "veel-mensen|1|2026-11-22", NULL},
        {STORE_LETTER, "overzicht-1", NULL},
        {STORE_STAFF, "j.devries", NULL},
        {STORE_SIGNAL, "zorgsignaal-1", NULL},
        {STORE_MEETING, "match-1", NULL},
        {STORE_TASK, "opdracht-1", NULL},
        {STORE_LINE, "ketenpartner-1", NULL},
        {STORE_INCOMING, "00000099000000001000 1", NULL},
        {STORE_NOTICE, "match|1|0|g.jansen", NULL},
    };
    assert_int_equal(COUNT_OF(kinds) + KINDS_WITHOUT_KEY, STORE_KIND_COUNT); /* the others: see the next test */
    for (uint32_t i = 0; i < COUNT_OF(kinds); i++) {
        const enum store_kind kind = kinds[i].kind;
        assert_int_equal(put(world, kind, item(i, kinds[i].key_a, kinds[i].key_b, "inhoud")), FAULT_NONE);
        struct seen seen = find(world, kind, STORE_KEY_A, kinds[i].key_a, STORE_KIND_COUNT);
        const struct ident id = world_ident(i);
        assert_true(seen.there && ident_equal(&seen.id, &id));
        assert_string_equal(seen.payload, "inhoud");
        seen = get(world, kind, i, STORE_KIND_COUNT);
        assert_true(seen.there);
        assert_string_equal(seen.payload, "inhoud");
        if (kinds[i].key_b != NULL) {
            assert_true(find(world, kind, STORE_KEY_B, kinds[i].key_b, STORE_KIND_COUNT).there);
            assert_false(find(world, kind, STORE_KEY_A, kinds[i].key_b, STORE_KIND_COUNT).there);
        } else {
            assert_int_equal(find(world, kind, STORE_KEY_B, "x", STORE_KIND_COUNT).fault, FAULT_INTERNAL);
        }
        assert_int_equal(remove_one(world, kind, i), FAULT_NONE);
        seen = get(world, kind, i, STORE_KIND_COUNT);
        assert_int_equal(seen.fault, FAULT_NONE);
        assert_false(seen.there);
        assert_false(find(world, kind, STORE_KEY_A, kinds[i].key_a, STORE_KIND_COUNT).there);
    }
}

/* Covenants, what was signed under them, messages, who stands and stood in a lookup set, events, what waits to be sent: found
 * by id, listed in the order in which they came. */
static void kinds_without_a_key_are_found_by_id(void **state)
{
    struct world *world = *state;
    static const enum store_kind kinds[] = {STORE_COVENANT,      STORE_COVENANT_PIECE, STORE_SIGNATURE,
                                            STORE_MESSAGE,       STORE_ROSTER,         STORE_PAST_PLACE,
                                            STORE_MEETING_EVENT, STORE_TASK_EVENT,     STORE_OUTGOING};
    assert_int_equal(COUNT_OF(kinds), KINDS_WITHOUT_KEY);
    for (uint32_t i = 0; i < COUNT_OF(kinds); i++) {
        assert_int_equal(put(world, kinds[i], item(i, NULL, NULL, "inhoud")), FAULT_NONE);
        assert_string_equal(get(world, kinds[i], i, STORE_KIND_COUNT).payload, "inhoud");
        assert_int_equal(find(world, kinds[i], STORE_KEY_A, "x", STORE_KIND_COUNT).fault, FAULT_INTERNAL);
        assert_int_equal(remove_one(world, kinds[i], i), FAULT_NONE);
        assert_false(get(world, kinds[i], i, STORE_KIND_COUNT).there);
    }
}

static void an_unknown_key_finds_nothing(void **state)
{
    struct world *world = *state;
    const struct seen seen = find(world, STORE_SUBJECT, STORE_KEY_A, "999999990", STORE_INVOLVEMENT);
    assert_int_equal(seen.fault, FAULT_NONE);
    assert_false(seen.there);
    assert_int_equal(seen.count, 0);
}

static void a_put_by_id_replaces(void **state)
{
    struct world *world = *state;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, "123456782", "bron", "oud")), FAULT_NONE);
    assert_int_equal(put_child(world, 2, 1, "kind"), FAULT_NONE);
    assert_int_equal(put(world, STORE_SUBJECT, item(1, "111222333", NULL, "nieuw")), FAULT_NONE);
    assert_false(find(world, STORE_SUBJECT, STORE_KEY_A, "123456782", STORE_KIND_COUNT).there);
    assert_false(find(world, STORE_SUBJECT, STORE_KEY_B, "bron", STORE_KIND_COUNT).there);
    const struct seen seen = find(world, STORE_SUBJECT, STORE_KEY_A, "111222333", STORE_INVOLVEMENT);
    assert_string_equal(seen.payload, "nieuw");
    assert_int_equal(seen.count, 1);
}

static void children_come_in_order_of_entry(void **state)
{
    struct world *world = *state;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, "123456782", NULL, "persoon")), FAULT_NONE);
    assert_int_equal(put(world, STORE_SUBJECT, item(2, "111222333", NULL, "ander")), FAULT_NONE);
    static const uint32_t order[] = {90, 12, 55, 13, 70};
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        assert_int_equal(put_child(world, order[i], 1, i == 0 ? "eerste" : "later"), FAULT_NONE);
        assert_int_equal(put_child(world, order[i] + 1000, 2, "van ander"), FAULT_NONE);
    }
    struct seen seen = find(world, STORE_SUBJECT, STORE_KEY_A, "123456782", STORE_INVOLVEMENT);
    assert_int_equal(seen.count, COUNT_OF(order));
    assert_string_equal(seen.payload, "persoon");
    assert_string_equal(seen.first_child, "eerste");
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        const struct ident id = world_ident(order[i]);
        assert_true(ident_equal(&seen.ids[i], &id));
    }
    assert_int_equal(put_child(world, 90, 1, "gewijzigd"), FAULT_NONE);
    seen = get(world, STORE_SUBJECT, 1, STORE_INVOLVEMENT);
    assert_string_equal(seen.first_child, "gewijzigd");
    assert_int_equal(get(world, STORE_SUBJECT, 1, STORE_KIND_COUNT).count, 0);
}

static void take_children(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct seen *seen = ctx;
    on_listed(ctx, items, count, more, err);
    seen->there = count != 0;
    seen->last = count != 0 ? items[count - 1].ordinal : 0;
    for (size_t i = 0; i < count; i++) {
        const struct ident one = world_ident(1);
        assert_true(ident_equal(&items[i].parent, &one));
    }
}

/* Of a kind that may have more of them than come with the parent. */
static void children_can_be_listed_in_pages(void **state)
{
    struct world *world = *state;
    enum { CHILDREN = STORE_LIST_MAX + 3 };
    const struct ident one = world_ident(1);
    struct seen seen = {.called = false};
    struct store_batch *batch = store_batch_new(world->door);
    for (uint32_t parent = 1; parent <= 2; parent++) {
        struct store_write write = item(parent, NULL, NULL, "persoon");
        store_put(batch, STORE_SUBJECT, &write);
    }
    for (uint32_t i = 0; i < CHILDREN; i++) {
        struct store_write write = item(100 + i, NULL, NULL, "stond");
        write.parent = world_ident(1 + i % 2);
        store_put(batch, STORE_PAST_PLACE, &write);
        write = item(10000 + i, NULL, NULL, "stond");
        write.parent = one;
        store_put(batch, STORE_PAST_PLACE, &write);
    }
    assert_int_equal(world_commit(world, batch), FAULT_NONE);
    assert_int_equal(get(world, STORE_SUBJECT, 1, STORE_PAST_PLACE).fault, FAULT_TOO_LARGE);
    store_list_children(world->door, STORE_PAST_PLACE, &one, 0, CHILDREN, take_children, &seen);
    assert_int_equal(seen.count, STORE_LIST_MAX);
    assert_true(seen.more);
    store_list_children(world->door, STORE_PAST_PLACE, &one, seen.last, CHILDREN, take_children, &seen);
    assert_int_equal(seen.count, CHILDREN + (CHILDREN + 1) / 2 - STORE_LIST_MAX);
    assert_false(seen.more);
    store_list_children(world->door, STORE_PAST_PLACE, &one, seen.last, CHILDREN, take_children, &seen);
    assert_int_equal(seen.count, 0);
    store_list_children(world->door, STORE_SUBJECT, &one, 0, 1, take_children, &seen);
    assert_int_equal(seen.fault, FAULT_INTERNAL);
}

static void more_children_than_the_bound_is_a_fault(void **state)
{
    struct world *world = *state;
    struct store_batch *batch = store_batch_new(world->door);
    struct store_write write = item(1, NULL, NULL, "persoon");
    store_put(batch, STORE_SUBJECT, &write);
    for (uint32_t i = 0; i < STORE_CHILDREN_MAX; i++) {
        write = item(100 + i, NULL, NULL, "kind");
        write.parent = world_ident(1);
        store_put(batch, STORE_INVOLVEMENT, &write);
    }
    assert_int_equal(world_commit(world, batch), FAULT_NONE);
    struct seen seen = get(world, STORE_SUBJECT, 1, STORE_INVOLVEMENT);
    assert_int_equal(seen.fault, FAULT_NONE);
    assert_int_equal(seen.count, STORE_CHILDREN_MAX);
    assert_int_equal(put_child(world, 99, 1, "te veel"), FAULT_NONE);
    seen = get(world, STORE_SUBJECT, 1, STORE_INVOLVEMENT);
    assert_int_equal(seen.fault, FAULT_TOO_LARGE);
    assert_false(seen.there);
}

static void a_child_needs_its_parent(void **state)
{
    struct world *world = *state;
    assert_int_equal(put_child(world, 5, 1, "wees"), FAULT_CONFLICT);
    assert_int_equal(put(world, STORE_SUBJECT, item(1, NULL, NULL, "persoon")), FAULT_NONE);
    assert_int_equal(put_child(world, 5, 1, "kind"), FAULT_NONE);
    assert_int_equal(remove_one(world, STORE_SUBJECT, 1), FAULT_CONFLICT);
    assert_int_equal(remove_one(world, STORE_INVOLVEMENT, 5), FAULT_NONE);
    assert_int_equal(remove_one(world, STORE_SUBJECT, 1), FAULT_NONE);
}

static void a_taken_key_fails_its_batch_alone(void **state)
{
    struct world *world = *state;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, "123456782", "bron", "eerste")), FAULT_NONE);
    static const struct {
        const char *key_a;
        const char *key_b;
    } taken[] = {{"123456782", NULL}, {NULL, "bron"}};
    for (uint32_t i = 0; i < COUNT_OF(taken); i++) {
        struct store_batch *batch = store_batch_new(world->door);
        uint8_t leaf[LOG_LEAF_BYTES];
        world_leaf(i, leaf);
        struct store_write fine = item(50 + i, NULL, NULL, "ervoor");
        struct store_write clash = item(60 + i, taken[i].key_a, taken[i].key_b, "botst");
        store_append(batch, leaf, slice_of(NULL, 0), slice_of(NULL, 0), NULL);
        store_put(batch, STORE_SUBJECT, &fine);
        store_put(batch, STORE_SUBJECT, &clash);
        assert_int_equal(world_commit(world, batch), FAULT_CONFLICT);
        assert_null(strstr(world->err.what, "123456782"));
        assert_false(get(world, STORE_SUBJECT, 50 + i, STORE_KIND_COUNT).there);
        assert_false(get(world, STORE_SUBJECT, 60 + i, STORE_KIND_COUNT).there);
        assert_true(store_writable(world->store));
    }
    assert_int_equal(put(world, STORE_SUBJECT, item(7, "111222333", NULL, "erna")), FAULT_NONE);
    assert_int_equal(world->committed.tree_size, 0);
    assert_string_equal(find(world, STORE_SUBJECT, STORE_KEY_A, "123456782", STORE_KIND_COUNT).payload, "eerste");
    /* Another kind has keys of its own. */
    assert_int_equal(put(world, STORE_HOUSEHOLD, item(1, "bron", NULL, "huishouden")), FAULT_NONE);
}

static void lists_go_in_order_of_entry_page_by_page(void **state)
{
    struct world *world = *state;
    for (uint32_t i = 0; i < 7; i++) {
        assert_int_equal(put(world, STORE_USER, item(100 - i, NULL, NULL, "gebruiker")), FAULT_NONE);
    }
    struct seen seen = {.called = false};
    struct ident after;
    for (uint32_t page = 0; page < 3; page++) {
        store_list(world->door, STORE_USER, page == 0 ? NULL : &after, 3, on_listed, &seen);
        assert_int_equal(seen.count, page < 2 ? 3 : 1);
        assert_int_equal(seen.more, page < 2);
        for (uint32_t i = 0; i < seen.count; i++) {
            const struct ident expected = world_ident(100 - (page * 3 + i));
            assert_true(ident_equal(&seen.ids[i], &expected));
        }
        after = seen.ids[seen.count - 1];
    }
    store_list(world->door, STORE_USER, &after, 3, on_listed, &seen);
    assert_int_equal(seen.count, 0);
    assert_false(seen.more);
    after = world_ident(4242);
    store_list(world->door, STORE_USER, &after, 3, on_listed, &seen);
    assert_int_equal(seen.fault, FAULT_NOT_FOUND);
}

static void a_list_is_never_longer_than_its_bound(void **state)
{
    struct world *world = *state;
    struct store_batch *batch = store_batch_new(world->door);
    for (uint32_t i = 0; i < STORE_LIST_MAX + 1; i++) {
        const struct store_write write = item(i, NULL, NULL, "gebruiker");
        store_put(batch, STORE_USER, &write);
    }
    assert_int_equal(world_commit(world, batch), FAULT_NONE);
    struct seen seen = {.called = false};
    store_list(world->door, STORE_USER, NULL, SIZE_MAX, on_listed, &seen);
    assert_int_equal(seen.count, STORE_LIST_MAX);
    assert_true(seen.more);
}

static void a_batch_past_its_bounds_is_refused_whole(void **state)
{
    struct world *world = *state;
    struct store_batch *batch = store_batch_new(world->door);
    const struct store_write write = item(1, NULL, NULL, "inhoud");
    store_put(batch, STORE_SUBJECT, &write);
    const struct ident id = world_ident(2);
    for (uint32_t i = 0; i < STORE_BATCH_MAX; i++) {
        store_remove(batch, STORE_SUBJECT, &id);
    }
    assert_int_equal(world_commit(world, batch), FAULT_TOO_LARGE);
    assert_false(get(world, STORE_SUBJECT, 1, STORE_KIND_COUNT).there);
    static uint8_t big[STORE_PAYLOAD_MAX + 1];
    batch = store_batch_new(world->door);
    for (uint32_t i = 0; i <= STORE_BATCH_BYTES_MAX / STORE_PAYLOAD_MAX; i++) {
        store_put(
            batch, STORE_SUBJECT,
            &(struct store_write){.id = world_ident(i), .payload = slice_of(big, STORE_PAYLOAD_MAX - SEAL_OVERHEAD)});
    }
    assert_int_equal(world_commit(world, batch), FAULT_TOO_LARGE);
}

static void content_past_its_bound_is_refused(void **state)
{
    struct world *world = *state;
    static uint8_t big[STORE_PAYLOAD_MAX + 1];
    struct store_write write = {.id = world_ident(1), .payload = slice_of(big, STORE_PAYLOAD_MAX - SEAL_OVERHEAD)};
    assert_int_equal(put(world, STORE_SUBJECT, write), FAULT_NONE);
    write.payload.len++;
    assert_int_equal(put(world, STORE_SUBJECT, write), FAULT_TOO_LARGE);
    write.payload.len = 1;
    write.keys[STORE_KEY_A] = slice_of(big, STORE_KEY_MAX);
    assert_int_equal(put(world, STORE_SUBJECT, write), FAULT_NONE);
    write.keys[STORE_KEY_A].len++;
    assert_int_equal(put(world, STORE_SUBJECT, write), FAULT_TOO_LARGE);
    struct store_batch *batch = store_batch_new(world->door);
    store_append(batch, big, slice_of(big, STORE_PAYLOAD_MAX + 1), slice_of(NULL, 0), NULL);
    assert_int_equal(world_commit(world, batch), FAULT_TOO_LARGE);
    batch = store_batch_new(world->door);
    store_set_value(batch, "naam", slice_of(big, STORE_PAYLOAD_MAX - SEAL_OVERHEAD + 1));
    assert_int_equal(world_commit(world, batch), FAULT_TOO_LARGE);
}

static void what_a_kind_does_not_have_is_a_fault(void **state)
{
    struct world *world = *state;
    struct store_write write = item(1, NULL, NULL, "inhoud");
    write.parent = world_ident(2);
    assert_int_equal(put(world, STORE_SUBJECT, write), FAULT_INTERNAL);
    assert_int_equal(put(world, STORE_HOUSEHOLD, item(1, NULL, "x", "inhoud")), FAULT_INTERNAL);
    assert_int_equal(put(world, STORE_KIND_COUNT, item(1, NULL, NULL, "inhoud")), FAULT_INTERNAL);
    assert_int_equal(remove_one(world, STORE_KIND_COUNT, 1), FAULT_INTERNAL);
    assert_int_equal(get(world, STORE_KIND_COUNT, 1, STORE_KIND_COUNT).fault, FAULT_INTERNAL);
    assert_int_equal(get(world, STORE_USER, 1, STORE_INVOLVEMENT).fault, FAULT_INTERNAL);
    struct seen seen = {.called = false};
    store_list(world->door, STORE_KIND_COUNT, NULL, 1, on_listed, &seen);
    assert_int_equal(seen.fault, FAULT_INTERNAL);
}

static void on_value(void *ctx, struct slice value, const struct error *err)
{
    struct seen *seen = ctx;
    seen->fault = err != NULL ? err->fault : FAULT_NONE;
    seen->there = value.len != 0;
    (void)slice_copy_text(value, seen->payload, sizeof seen->payload);
}

static void named_values_are_set_and_replaced(void **state)
{
    struct world *world = *state;
    struct seen seen;
    store_get_value(world->door, "tijdvak", on_value, &seen);
    assert_int_equal(seen.fault, FAULT_NONE);
    assert_false(seen.there);
    static const char *const values[] = {"een", "twee"};
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        struct store_batch *batch = store_batch_new(world->door);
        store_set_value(batch, "tijdvak", slice_text(values[i]));
        assert_int_equal(world_commit(world, batch), FAULT_NONE);
        store_get_value(world->door, "tijdvak", on_value, &seen);
        assert_string_equal(seen.payload, values[i]);
    }
    static const char *const names[] = {"", "0123456789012345678901234567890123456789012345678901234567890123X"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct store_batch *batch = store_batch_new(world->door);
        store_set_value(batch, names[i], slice_text("x"));
        assert_int_equal(world_commit(world, batch), FAULT_INTERNAL);
    }
}

static void an_empty_batch_is_fine(void **state)
{
    struct world *world = *state;
    assert_int_equal(world_commit(world, store_batch_new(world->door)), FAULT_NONE);
    struct store_batch *batches[STORE_SPARE_BATCHES + 1]; /* one more than the door keeps */
    for (int again = 0; again < 2; again++) {
        for (size_t i = 0; i <= STORE_SPARE_BATCHES; i++) {
            batches[i] = store_batch_new(world->door);
            assert_non_null(batches[i]);
        }
        for (size_t i = 0; i <= STORE_SPARE_BATCHES; i++) {
            store_batch_free(batches[i]);
        }
    }
    store_batch_free(NULL);
}

static void on_found_outer(void *ctx, const struct store_found *found, const struct error *err)
{
    struct seen *outer = ctx;
    assert_null(err);
    const struct seen inner = get(outer->world, STORE_SUBJECT, 2, STORE_KIND_COUNT);
    assert_string_equal(inner.payload, "tweede");
    outer->called = true;
    (void)slice_copy_text(found->item->payload, outer->payload, sizeof outer->payload);
}

static void a_read_inside_a_read_leaves_the_outer_one_whole(void **state)
{
    struct world *world = *state;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, NULL, NULL, "eerste")), FAULT_NONE);
    assert_int_equal(put(world, STORE_SUBJECT, item(2, NULL, NULL, "tweede")), FAULT_NONE);
    struct seen outer = {.world = world};
    const struct ident id = world_ident(1);
    store_get(world->door, STORE_SUBJECT, &id, STORE_KIND_COUNT, on_found_outer, &outer);
    assert_true(outer.called);
    assert_string_equal(outer.payload, "eerste");
}

static void on_version(void *ctx, const struct store_found *found, const struct error *err)
{
    assert_null(err);
    *(uint64_t *)ctx = found->item->version;
}

static uint64_t version_of(struct world *world, enum store_kind kind, uint32_t number)
{
    uint64_t version = 0;
    const struct ident id = world_ident(number);
    store_get(world->door, kind, &id, STORE_KIND_COUNT, on_version, &version);
    assert_true(version != 0);
    return version;
}

/* What it replaces must still be as it was read; else two who change it at once would lose what one of them did. */
static void a_put_over_a_version_is_refused_once_it_changed(void **state)
{
    struct world *world = *state;
    struct store_write new_one = item(1, "bron-1", NULL, "een");
    new_one.is_new = true;
    assert_int_equal(put(world, STORE_HOUSEHOLD, new_one), FAULT_NONE);
    struct store_write over = item(1, "bron-1", NULL, "twee");
    over.version = version_of(world, STORE_HOUSEHOLD, 1);
    assert_int_equal(put(world, STORE_HOUSEHOLD, over), FAULT_NONE);
    assert_int_equal(put(world, STORE_HOUSEHOLD, over), FAULT_CONFLICT); /* the same words, sealed anew */
    assert_string_equal(get(world, STORE_HOUSEHOLD, 1, STORE_KIND_COUNT).payload, "twee");
    over.version = 0;
    assert_int_equal(put(world, STORE_HOUSEHOLD, over), FAULT_NONE);
    assert_int_equal(put(world, STORE_HOUSEHOLD, new_one), FAULT_CONFLICT); /* new it is no more */
}

static void a_put_over_what_is_gone_is_refused(void **state)
{
    struct world *world = *state;
    struct store_write write = item(1, "bron-1", NULL, "een");
    assert_int_equal(put(world, STORE_HOUSEHOLD, write), FAULT_NONE);
    write.version = version_of(world, STORE_HOUSEHOLD, 1);
    assert_int_equal(remove_one(world, STORE_HOUSEHOLD, 1), FAULT_NONE);
    assert_int_equal(put(world, STORE_HOUSEHOLD, write), FAULT_CONFLICT);
    assert_false(get(world, STORE_HOUSEHOLD, 1, STORE_KIND_COUNT).there);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(every_kind_can_be_put_found_and_removed),
        T(kinds_without_a_key_are_found_by_id),
        T(an_unknown_key_finds_nothing),
        T(a_put_by_id_replaces),
        T(a_put_over_a_version_is_refused_once_it_changed),
        T(a_put_over_what_is_gone_is_refused),
        T(children_come_in_order_of_entry),
        T(children_can_be_listed_in_pages),
        T(more_children_than_the_bound_is_a_fault),
        T(a_child_needs_its_parent),
        T(a_taken_key_fails_its_batch_alone),
        T(lists_go_in_order_of_entry_page_by_page),
        T(a_list_is_never_longer_than_its_bound),
        T(a_batch_past_its_bounds_is_refused_whole),
        T(content_past_its_bound_is_refused),
        T(what_a_kind_does_not_have_is_a_fault),
        T(named_values_are_set_and_replaced),
        T(an_empty_batch_is_fine),
        T(a_read_inside_a_read_leaves_the_outer_one_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
