/* The terms of the search index: keyed by month and class, useless and gone without their key. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/index.h"
#include "support/store_world.h"

static const struct seal_class november = {202611, 1};
static const struct seal_class december = {202612, 1};
static const struct seal_class other = {202611, 2};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct error err;
    world_make(world);
    assert_int_equal(world_open(world, &err), RESULT_OK);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    world_close(world);
    world_drop(world);
    free(world);
    return 0;
}

static struct seal_index_key key_of(const struct world *world, struct seal_class class)
{
    struct seal_index_key key;
    struct error err;
    bool created = false;
    assert_int_equal(seal_class_ready(world->keyring, class, &created, &err), RESULT_OK);
    assert_int_equal(seal_index_key(world->keyring, class, &key, &err), RESULT_OK);
    return key;
}

static struct record full_record(void)
{
    struct record r = {.operation = RECORD_ASKED, .class = november, .age = 255};
    memset(r.request_id.bytes, 0xAB, IDENT_SIZE);
    assert_true(bsn_parse(slice_text("999990019"), &r.bsn));
    assert_true(oin_parse(slice_text("00000099000000001000"), &r.peer));
    (void)snprintf(r.purpose, sizeof r.purpose, "hulpafstemming");
    (void)snprintf(r.user, sizeof r.user, "j.devries");
    (void)snprintf(r.case_number, sizeof r.case_number, "Z-1");
    return r;
}

static void each_term_has_a_hash_of_its_own_in_each_month_and_class(void **state)
{
    const struct world *world = *state;
    const struct record r = full_record();
    const struct seal_index_key keys[] = {key_of(world, november), key_of(world, december), key_of(world, other)};
    struct store_entry all[3 * INDEX_ENTRIES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const size_t made = index_entries(&keys[i], &r, 7, all + count);
        assert_int_equal(made, 6); /* request, case, number, user, partner, purpose */
        count += made;
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(all[i].sequence, 7);
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(all[i].hash, all[j].hash, SEAL_HASH_SIZE);
        }
    }
}

/* What is rare and looked for by itself is found by what was done; a consult is not. */
static void some_operations_are_a_term(void **state)
{
    const struct world *world = *state;
    const struct seal_index_key key = key_of(world, november);
    struct store_entry one[INDEX_ENTRIES_MAX];
    uint8_t hash[SEAL_HASH_SIZE];
    struct record r = {.operation = RECORD_MATCH_FINDING, .class = november};
    assert_int_equal(index_entries(&key, &r, 1, one), 1);
    seal_index_hash(&key, INDEX_OPERATION, slice_text("koppeling-opvallend"), hash);
    assert_memory_equal(one[0].hash, hash, SEAL_HASH_SIZE);
    r.operation = RECORD_ASKED;
    assert_int_equal(index_entries(&key, &r, 1, one), 0);
    size_t count = 0;
    for (unsigned code = 1; code < RECORD_OPERATION_END; code++) {
        const char *word = record_operation_word((enum record_operation)code);
        r.operation = (enum record_operation)code;
        const struct slice value = index_value(&r, INDEX_OPERATION, false);
        if (value.len != 0) {
            assert_true(slice_is(value, word));
            assert_non_null(strstr(index_operation_words(), word));
            count++;
        }
    }
    assert_int_equal(count, 19);
}

/* What is one word in two places is not the same term; a report number is found where a case number is. */
static void the_same_word_is_another_term_for_another_field(void **state)
{
    const struct world *world = *state;
    const struct seal_index_key key = key_of(world, november);
    struct store_entry one[INDEX_ENTRIES_MAX];
    struct record r = {.class = november};
    (void)snprintf(r.user, sizeof r.user, "woord");
    (void)snprintf(r.purpose, sizeof r.purpose, "woord");
    (void)snprintf(r.case_number, sizeof r.case_number, "woord");
    (void)snprintf(r.report_number, sizeof r.report_number, "melding");
    assert_int_equal(index_entries(&key, &r, 1, one), 4);
    for (size_t i = 0; i < 4; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(one[i].hash, one[j].hash, SEAL_HASH_SIZE);
        }
    }
    uint8_t as_case[SEAL_HASH_SIZE];
    seal_index_hash(&key, INDEX_CASE, slice_text("melding"), as_case);
    assert_memory_equal(one[1].hash, as_case, SEAL_HASH_SIZE);
}

static void count_found(void *ctx, const uint64_t *sequences, size_t count, const struct error *err)
{
    (void)sequences;
    assert_null(err);
    *(size_t *)ctx = count;
}

static size_t found(struct world *world, struct seal_class class, const uint8_t hash[SEAL_HASH_SIZE])
{
    size_t count = SIZE_MAX;
    store_index_find(world->door, class, hash, UINT64_MAX, STORE_LIST_MAX, count_found, &count);
    return count;
}

static void put_many(struct world *world, struct seal_class class, uint64_t from, uint64_t count)
{
    static const uint8_t hash[SEAL_HASH_SIZE] = {1};
    while (count != 0) {
        struct store_batch *batch = store_batch_new(world->door);
        for (size_t i = 0; i < STORE_BATCH_MAX && count != 0; i++, count--) {
            struct store_entry entry = {.class = class, .sequence = from++};
            memcpy(entry.hash, hash, sizeof hash);
            store_index_put(batch, &entry);
        }
        assert_int_equal(world_commit(world, batch), FAULT_NONE);
    }
}

static void drop(struct world *world, struct seal_class class)
{
    struct store_batch *batch = store_batch_new(world->door);
    index_drop(batch, class);
    assert_int_equal(world_commit(world, batch), FAULT_NONE);
}

static void only_what_belongs_to_the_key_is_dropped_in_bounded_commits(void **state)
{
    struct world *world = *state;
    static const uint8_t hash[SEAL_HASH_SIZE] = {1};
    put_many(world, november, 0, STORE_INDEX_DROP_MAX + 3);
    put_many(world, other, 0, 2);
    put_many(world, other, 0, 2); /* again: stays as it is */
    put_many(world, december, 0, 1);
    drop(world, november);
    assert_int_equal(found(world, november, hash), 3);
    drop(world, november);
    assert_int_equal(found(world, november, hash), 0);
    assert_int_equal(found(world, other, hash), 2);
    assert_int_equal(found(world, december, hash), 1);
}

struct classes {
    size_t count;
    struct seal_class all[4];
    enum fault fault;
};

static void take_classes(void *ctx, const struct seal_class *classes, size_t count, const struct error *err)
{
    struct classes *out = ctx;
    out->count = count;
    out->fault = err != NULL ? err->fault : FAULT_NONE;
    for (size_t i = 0; i < count && i < COUNT_OF(out->all); i++) {
        out->all[i] = classes[i];
    }
}

static void classes_come_newest_first_and_bounded(void **state)
{
    struct world *world = *state;
    struct classes got;
    put_many(world, other, 0, 2);
    put_many(world, december, 0, 1);
    put_many(world, november, 0, 1);
    store_index_classes(world->door, take_classes, &got);
    assert_int_equal(got.count, 3);
    assert_int_equal(got.all[0].month, 202612);
    assert_int_equal(got.all[1].class, 2);
    assert_int_equal(got.all[2].class, 1);
    struct store_batch *batch = store_batch_new(world->door);
    for (uint32_t i = 0; i <= STORE_INDEX_CLASSES_MAX; i++) {
        const struct store_entry entry = {.class = {300000 + i, 0}};
        store_index_put(batch, &entry);
    }
    assert_int_equal(world_commit(world, batch), FAULT_NONE);
    store_index_classes(world->door, take_classes, &got);
    assert_int_equal(got.fault, FAULT_TOO_LARGE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(each_term_has_a_hash_of_its_own_in_each_month_and_class),
        T(some_operations_are_a_term),
        T(the_same_word_is_another_term_for_another_field),
        T(only_what_belongs_to_the_key_is_dropped_in_bounded_commits),
        T(classes_come_newest_first_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
