/* Opening: what is made, what is refused, and that refusing changes nothing. */
#include "unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/buf.h"
#include "base/digest.h"
#include "support/store_world.h"

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    struct error err;
    world_make(world);
    assert_int_equal(world_open(world, &err), RESULT_OK);
    world_close(world);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_drop(*state);
    free(*state);
    return 0;
}

static void sql(const struct world *world, const char *text)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(world->database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static struct sha256 digest_of(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    struct buf bytes;
    buf_init(&bytes, 16U << 20U);
    for (;;) {
        uint8_t *room = buf_reserve(&bytes, 65536);
        assert_non_null(room);
        const size_t got = fread(room, 1, 65536, file);
        buf_commit(&bytes, got);
        if (got == 0) {
            break;
        }
    }
    (void)fclose(file);
    struct sha256 digest;
    sha256_of(buf_slice(&bytes), &digest);
    buf_free(&bytes);
    return digest;
}

static void refused_unchanged(struct world *world, const char *says)
{
    struct error err;
    const struct sha256 before = digest_of(world->database);
    assert_int_equal(world_open(world, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    assert_non_null(strstr(err.what, says));
    const struct sha256 after = digest_of(world->database);
    assert_memory_equal(before.bytes, after.bytes, SHA256_SIZE);
}

static void only_the_owner_may_read_what_is_made(void **state)
{
    struct world *world = *state;
    struct error err;
    struct stat st;
    /* Open, so that the write-ahead log and its index are there too. */
    assert_int_equal(world_open(world, &err), RESULT_OK);
    assert_int_equal(stat(world->data, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    DIR *folder = opendir(world->data);
    assert_non_null(folder);
    unsigned files = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            assert_int_equal(fstatat(dirfd(folder), entry->d_name, &st, 0), 0);
            assert_int_equal(st.st_mode & 0777, 0600);
            files++;
        }
    }
    assert_int_equal(closedir(folder), 0);
    assert_true(files >= 3);
    world_close(world);
}

static void a_newer_schema_is_refused(void **state)
{
    struct world *world = *state;
    char text[64];
    (void)snprintf(text, sizeof text, "PRAGMA user_version=%d", store_schema_version() + 1);
    sql(world, text);
    refused_unchanged(world, "nieuwere versie");
}

static void another_programs_file_is_refused(void **state)
{
    struct world *world = *state;
    sql(world, "PRAGMA application_id=1");
    refused_unchanged(world, "ander programma");
    assert_int_equal(unlink(world->database), 0);
    sql(world, "CREATE TABLE iets(x)");
    refused_unchanged(world, "ander programma");
    FILE *file = fopen(world->database, "w");
    assert_non_null(file);
    for (int i = 0; i < 1000; i++) {
        assert_true(fputs("dit is geen database\n", file) >= 0);
    }
    assert_int_equal(fclose(file), 0);
    struct error err;
    assert_int_equal(world_open(world, &err), RESULT_FAILED);
}

static void a_wrong_key_is_refused(void **state)
{
    struct world *world = *state;
    struct error err;
    char path[2 * WORLD_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/master.key", world->keys);
    keyring_close(world->keyring);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(keyring_create(world->keys, &err), RESULT_OK);
    assert_int_equal(keyring_open(world->keys, &world->keyring, &err), RESULT_OK);
    world->options.keyring = world->keyring;
    refused_unchanged(world, "sleutel");
}

static void a_second_opener_is_refused(void **state)
{
    struct world *world = *state;
    struct error err;
    struct store *second = NULL;
    assert_int_equal(world_open(world, &err), RESULT_OK);
    assert_int_equal(store_open(&world->options, &second, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    assert_string_equal(err.where, "knooppunt.slot");
    assert_null(second);
    world_close(world);
    assert_int_equal(world_open(world, &err), RESULT_OK);
    world_close(world);
}

static void a_log_that_lost_leaves_is_refused(void **state)
{
    struct world *world = *state;
    struct error err;
    uint8_t leaf[LOG_LEAF_BYTES];
    assert_int_equal(world_open(world, &err), RESULT_OK);
    struct store_batch *batch = store_batch_new(world->door);
    for (uint32_t i = 0; i < 5; i++) {
        world_leaf(i, leaf);
        store_append(batch, leaf, slice_of(NULL, 0), slice_of(NULL, 0), NULL);
    }
    assert_int_equal(world_commit(world, batch), FAULT_NONE);
    world_close(world);
    sql(world, "DELETE FROM leaf WHERE seq = 4");
    assert_int_equal(world_open(world, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    assert_non_null(strstr(err.what, "beschadigd"));
    sql(world, "UPDATE tree SET frontier = x'01'");
    assert_int_equal(world_open(world, &err), RESULT_FAILED);
    assert_non_null(strstr(err.what, "beschadigd"));
    sql(world, "DELETE FROM meta");
    refused_unchanged(world, "sleutelproef");
}

static void an_empty_store_is_not_made_with_keys_that_had_a_log(void **state)
{
    struct world *world = *state;
    struct error err;
    bool created = false;
    assert_int_equal(world_open(world, &err), RESULT_OK);
    world_close(world);
    assert_int_equal(seal_class_ready(world->keyring, (struct seal_class){202611, 1}, &created, &err), RESULT_OK);
    assert_true(created);
    assert_int_equal(world_open(world, &err), RESULT_OK); /* with its own file it is not empty */
    world_close(world);
    assert_int_equal(truncate(world->database, 0), 0);
    assert_int_equal(world_open(world, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    assert_non_null(strstr(err.what, "de opslag is leeg"));
    assert_int_equal(unlink(world->database), 0);
    assert_int_equal(world_open(world, &err), RESULT_FAILED);
}

static void a_folder_that_cannot_be_made_is_a_fault(void **state)
{
    struct world *world = *state;
    struct error err;
    world->options.folder = "/proc/bestaat-niet/data";
    assert_int_equal(world_open(world, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    /* A file where the folder should be. */
    world->options.folder = world->database;
    assert_int_equal(world_open(world, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(only_the_owner_may_read_what_is_made),
        T(a_newer_schema_is_refused),
        T(another_programs_file_is_refused),
        T(a_wrong_key_is_refused),
        T(a_second_opener_is_refused),
        T(a_log_that_lost_leaves_is_refused),
        T(an_empty_store_is_not_made_with_keys_that_had_a_log),
        T(a_folder_that_cannot_be_made_is_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
