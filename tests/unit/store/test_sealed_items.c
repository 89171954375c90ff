/* What someone with the disk sees of items, and what he gets by moving them about. */
#include "unit/unit.h"

#include <stdio.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "unit/store/item_help.h"

static bool file_holds(const char *path, struct slice what)
{
    FILE *file = fopen(path, "r");
    struct buf bytes;
    buf_init(&bytes, 64U << 20U);
    bool found = false;
    while (file != NULL) {
        uint8_t *room = buf_reserve(&bytes, 65536);
        assert_non_null(room);
        const size_t got = fread(room, 1, 65536, file);
        buf_commit(&bytes, got);
        if (got == 0) {
            break;
        }
    }
    if (file != NULL) {
        found = bytes.len != 0 && memmem(bytes.ptr, bytes.len, what.ptr, what.len) != NULL;
        (void)fclose(file);
    }
    buf_free(&bytes);
    return found;
}

static void nothing_personal_stands_in_the_files(void **state)
{
    struct world *world = *state;
    struct store_batch *batch = store_batch_new(world->door);
    const struct store_write write = item(1, "123456782", "BRONSLEUTEL-77", "Karin de Vries-Geheim");
    store_put(batch, STORE_SUBJECT, &write);
    store_set_value(batch, "sessie-naam", slice_text("waarde-die-geheim-is"));
    uint8_t leaf[LOG_LEAF_BYTES];
    world_leaf(7, leaf);
    store_append(batch, leaf, slice_of(NULL, 0), slice_of(NULL, 0), NULL);
    assert_int_equal(world_commit(world, batch), FAULT_NONE);
    char wal[2 * WORLD_PATH_MAX];
    (void)snprintf(wal, sizeof wal, "%s-wal", world->database);
    /* A leaf is stored as it comes: if it is seen, the search works. */
    const struct slice visible = slice_of(leaf, 64);
    assert_true(file_holds(world->database, visible) || file_holds(wal, visible));
    static const char *const secrets[] = {"123456782", "BRONSLEUTEL-77", "de Vries", "waarde-die"};
    for (size_t i = 0; i < COUNT_OF(secrets); i++) {
        assert_false(file_holds(wal, slice_text(secrets[i])));
        assert_false(file_holds(world->database, slice_text(secrets[i])));
    }
}

/* A hand of its own in the database, as someone with the disk has. */
static void tamper(struct world *world, const char *sql)
{
    struct error err;
    world_close(world);
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(world->database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    assert_int_equal(world_open(world, &err), RESULT_OK);
}

static void content_moved_to_another_place_does_not_open(void **state)
{
    struct world *world = *state;
    assert_int_equal(put(world, STORE_SUBJECT, item(1, NULL, NULL, "eerste")), FAULT_NONE);
    assert_int_equal(put(world, STORE_SUBJECT, item(2, NULL, NULL, "tweede")), FAULT_NONE);
    assert_int_equal(put_child(world, 5, 1, "kind"), FAULT_NONE);
    tamper(world, "UPDATE subject SET payload = (SELECT payload FROM subject WHERE entry = 1) WHERE entry = 2");
    assert_int_equal(get(world, STORE_SUBJECT, 2, STORE_KIND_COUNT).fault, FAULT_STORE);
    assert_string_equal(get(world, STORE_SUBJECT, 1, STORE_KIND_COUNT).payload, "eerste");
    tamper(world, "UPDATE involvement SET parent = (SELECT id FROM subject WHERE entry = 2)");
    assert_int_equal(get(world, STORE_INVOLVEMENT, 5, STORE_KIND_COUNT).fault, FAULT_STORE);
    tamper(world, "INSERT INTO user(id, payload) SELECT id, payload FROM subject WHERE entry = 1");
    assert_int_equal(get(world, STORE_USER, 1, STORE_KIND_COUNT).fault, FAULT_STORE);
    struct seen seen;
    store_list(world->door, STORE_USER, NULL, 10, on_listed, &seen);
    assert_int_equal(seen.fault, FAULT_STORE);
}

struct listed {
    size_t count, damaged;
    bool payloads; /* of the others, as they were */
};

static void take_listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct listed *listed = ctx;
    assert_null(err);
    assert_false(more);
    *listed = (struct listed){.count = count, .payloads = true};
    for (size_t i = 0; i < count; i++) {
        listed->damaged += items[i].damaged;
        listed->payloads = listed->payloads && (items[i].damaged ? items[i].payload.len == 0
                                                                 : slice_is(items[i].payload, i == 0 ? "een" : "drie"));
    }
}

static void a_damaged_row_keeps_no_others_from_who_asks_so(void **state)
{
    struct world *world = *state;
    struct listed listed;
    struct seen seen;
    static const char *const texts[] = {"een", "twee", "drie"};
    for (uint32_t i = 0; i < COUNT_OF(texts); i++) {
        assert_int_equal(put(world, STORE_USER, item(1 + i, NULL, NULL, texts[i])), FAULT_NONE);
    }
    store_list_damaged_too(world->door, STORE_USER, NULL, 10, take_listed, &listed);
    assert_true(listed.count == 3 && listed.damaged == 0);
    /* Changed within, and too short to be anything. */
    static const char *const hands[] = {"payload || x'00'", "x'01'", "x''"};
    for (size_t i = 0; i < COUNT_OF(hands); i++) {
        char sql[120];
        (void)snprintf(sql, sizeof sql, "UPDATE user SET payload = CAST(%s AS BLOB) WHERE entry = 2", hands[i]);
        tamper(world, sql);
        store_list_damaged_too(world->door, STORE_USER, NULL, 10, take_listed, &listed);
        assert_true(listed.count == 3 && listed.damaged == 1 && listed.payloads);
        store_list(world->door, STORE_USER, NULL, 10, on_listed, &seen);
        assert_int_equal(seen.fault, FAULT_STORE);
    }
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(nothing_personal_stands_in_the_files),
        T(content_moved_to_another_place_does_not_open),
        T(a_damaged_row_keeps_no_others_from_who_asks_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
