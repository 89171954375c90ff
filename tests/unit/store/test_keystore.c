/* The log's keys on disk: one generation at a time, whatever a crash left, destroyed for good, and holds that outlive. */
#include "unit/unit.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/limits.h"
#include "base/mem.h"
#include "store/keyfile.h"
#include "store/keystore.h"
#include "support/store_world.h"

enum { KEY_PATH_MAX = WORLD_PATH_MAX + 64, NAMES_MAX = 32 };

static const struct seal_class march = {202603, 1};
static const struct seal_class april = {202604, 1};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world_make(world);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    world_drop(*state);
    free(*state);
    return 0;
}

static void reopen(struct world *world)
{
    struct error err;
    keyring_close(world->keyring);
    assert_int_equal(keyring_open(world->keys, &world->keyring, &err), RESULT_OK);
}

static void make(struct world *world, struct seal_class class)
{
    struct error err = {0};
    assert_int_equal(seal_class_ready(world->keyring, class, NULL, &err), RESULT_OK);
}

static bool has(struct world *world, struct seal_class class)
{
    struct sha256 commitment;
    return seal_class_commitment(world->keyring, class, &commitment, NULL) == RESULT_OK;
}

struct key_path {
    char text[KEY_PATH_MAX];
};

static struct key_path path_of(const struct world *world, const char *name)
{
    struct key_path path;
    (void)snprintf(path.text, sizeof path.text, "%s/%s", world->keys, name);
    return path;
}

static size_t file_bytes(const struct world *world, const char *name, uint8_t *out, size_t max)
{
    FILE *file = fopen(path_of(world, name).text, "r");
    if (file == NULL) {
        return 0;
    }
    const size_t len = fread(out, 1, max, file);
    assert_int_equal(fclose(file), 0);
    return len;
}

static void put_file(const struct world *world, const char *name, const void *bytes, size_t len)
{
    const struct key_path path = path_of(world, name);
    FILE *file = fopen(path.text, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path.text, 0600), 0);
}

static size_t count_files(const struct world *world)
{
    size_t count = 0;
    DIR *folder = opendir(world->keys);
    assert_non_null(folder);
    for (const struct dirent *e = readdir(folder); e != NULL; e = readdir(folder)) {
        count += e->d_name[0] != '.';
    }
    (void)closedir(folder);
    return count;
}

static bool is_there(const struct world *world, const char *name)
{
    return access(path_of(world, name).text, F_OK) == 0;
}

static void each_change_is_a_new_generation_and_the_only_one(void **state)
{
    struct world *world = *state;
    uint8_t first[32];
    uint8_t second[32];
    struct stat st;
    make(world, march);
    assert_int_equal(file_bytes(world, "logsleutels-00000001.key", first, 32), 32);
    assert_int_equal(count_files(world), 3); /* master.key too */
    make(world, april);
    assert_int_equal(file_bytes(world, "logsleutels-00000002.key", second, 32), 32);
    assert_memory_not_equal(first, second, 32);
    assert_int_equal(count_files(world), 3);
    make(world, april); /* there already: nothing is written */
    assert_true(is_there(world, "logsleutels-00000002.bos"));
    assert_int_equal(stat(path_of(world, "logsleutels-00000002.bos").text, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    reopen(world);
    assert_true(has(world, march) && has(world, april));
}

/* What a disk may keep of a replaced file: its sealed bytes open with no key that is left. */
static void the_bytes_of_an_older_generation_do_not_open_with_a_newer_key(void **state)
{
    struct world *world = *state;
    static uint8_t old[4096];
    struct error err;
    make(world, march);
    uint8_t key[32];
    const size_t len = file_bytes(world, "logsleutels-00000001.bos", old, sizeof old);
    assert_true(len > 0);
    assert_int_equal(file_bytes(world, "logsleutels-00000001.key", key, sizeof key), sizeof key);
    assert_int_equal(seal_class_destroy(world->keyring, &march, 1, &err), RESULT_OK);
    put_file(world, "logsleutels-00000002.bos", old, len); /* in the place of the newer one */
    struct keyring *keyring = NULL;
    assert_int_equal(keyring_open(world->keys, &keyring, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    assert_string_equal(err.where, "logsleutels-00000002.bos");
    /* The control: with its own wrapping key it opens. */
    assert_int_equal(unlink(path_of(world, "logsleutels-00000002.bos").text), 0);
    put_file(world, "logsleutels-00000001.bos", old, len);
    put_file(world, "logsleutels-00000001.key", key, sizeof key);
    reopen(world);
    assert_true(has(world, march));
}

static void a_destroyed_file_was_overwritten_before_it_was_removed(void **state)
{
    struct world *world = *state;
    uint8_t bytes[64];
    make(world, march);
    /* A second link shows what became of the bytes. */
    const struct key_path seen = path_of(world, "gezien");
    assert_int_equal(link(path_of(world, "logsleutels-00000001.key").text, seen.text), 0);
    make(world, april);
    assert_false(is_there(world, "logsleutels-00000001.key"));
    assert_int_equal(file_bytes(world, "gezien", bytes, sizeof bytes), 32);
    for (size_t i = 0; i < 32; i++) {
        assert_int_equal(bytes[i], 0);
    }
}

static void what_a_crash_left_is_swept_away_by_the_one_who_settles(void **state)
{
    struct world *world = *state;
    struct error err;
    make(world, march);
    make(world, april);
    /* Before the second file of the next generation had its name; and generations that were not destroyed yet. */
    static const char *const left[] = {"logsleutels-00000003.key", "logsleutels-00000003.bos.nieuw",
                                       "logsleutels-00000003.key.nieuw", "logsleutels-00000001.key",
                                       "logsleutels-00000001.bos"};
    for (size_t i = 0; i < COUNT_OF(left); i++) {
        put_file(world, left[i], "12345678901234567890123456789012", 32);
    }
    /* The draft of a file that has its name already is a second link to it. */
    assert_int_equal(
        link(path_of(world, "logsleutels-00000002.bos").text, path_of(world, "logsleutels-00000002.bos.nieuw").text),
        0);
    reopen(world); /* looks only: another process may be at work */
    assert_true(has(world, march) && has(world, april));
    assert_int_equal(count_files(world), 3 + COUNT_OF(left) + 1);
    assert_int_equal(keyring_settle(world->keyring, &err), RESULT_OK);
    assert_int_equal(count_files(world), 3);
    reopen(world);
    assert_true(has(world, march) && has(world, april));
}

static void leftovers_do_not_stand_in_the_way_of_a_change(void **state)
{
    struct world *world = *state;
    put_file(world, "logsleutels-00000001.key", "kort", 4);
    put_file(world, "logsleutels-00000001.key.nieuw", "kort", 4);
    put_file(world, "logsleutels-00000001.bos.nieuw", "kort", 4);
    make(world, march);
    assert_int_equal(count_files(world), 3);
    reopen(world);
    assert_true(has(world, march));
}

static void the_newest_generation_must_open(void **state)
{
    struct world *world = *state;
    static uint8_t bytes[4096];
    struct keyring *keyring = NULL;
    struct error err;
    make(world, march);
    const size_t len = file_bytes(world, "logsleutels-00000001.bos", bytes, sizeof bytes);
    for (size_t i = 0; i < len; i++) {
        bytes[i] ^= 1;
        put_file(world, "logsleutels-00000001.bos", bytes, len);
        bytes[i] ^= 1;
        assert_int_equal(keyring_open(world->keys, &keyring, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_CONFIG);
    }
    static const size_t lengths[] = {0, 1, 39, 40};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        put_file(world, "logsleutels-00000001.bos", bytes, lengths[i]);
        assert_int_equal(keyring_open(world->keys, &keyring, &err), RESULT_FAILED);
    }
    static uint8_t too_long[LOG_KEYS_FILE_MAX + 1];
    put_file(world, "logsleutels-00000001.bos", too_long, sizeof too_long);
    assert_int_equal(keyring_open(world->keys, &keyring, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    put_file(world, "logsleutels-00000001.bos", bytes, len);
    assert_int_equal(chmod(path_of(world, "logsleutels-00000001.bos").text, 0640), 0);
    assert_int_equal(keyring_open(world->keys, &keyring, &err), RESULT_FAILED);
    assert_int_equal(chmod(path_of(world, "logsleutels-00000001.bos").text, 0600), 0);
    assert_int_equal(unlink(path_of(world, "logsleutels-00000001.key").text), 0);
    assert_int_equal(keyring_open(world->keys, &keyring, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    assert_string_equal(err.where, "logsleutels-00000001.key");
}

static void keys_in_files_of_their_own_are_taken_over(void **state)
{
    struct world *world = *state;
    struct error err;
    struct sha256 commitment;
    make(world, april);
    put_file(world, "log-202603-1.key", "12345678901234567890123456789012", 32);
    put_file(world, "log-202603-12.key", "no such name", 12);
    assert_int_equal(keyring_settle(world->keyring, &err), RESULT_OK);
    assert_false(is_there(world, "log-202603-1.key"));
    assert_true(is_there(world, "log-202603-12.key"));
    reopen(world);
    assert_true(has(world, april));
    assert_int_equal(seal_class_commitment(world->keyring, march, &commitment, &err), RESULT_OK);
    struct sha256 expected;
    sha256_of(slice_text("ketenbrug/logsleutel/v1/202603-1\n12345678901234567890123456789012"), &expected);
    assert_memory_equal(commitment.bytes, expected.bytes, SHA256_SIZE);
    /* One that others may read is refused, and stays. */
    put_file(world, "log-202605-1.key", "12345678901234567890123456789012", 32);
    assert_int_equal(chmod(path_of(world, "log-202605-1.key").text, 0644), 0);
    assert_int_equal(keyring_settle(world->keyring, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    assert_true(is_there(world, "log-202605-1.key"));
}

/* ---- destroying ---- */

static void only_what_is_named_is_destroyed(void **state)
{
    struct world *world = *state;
    const struct seal_class both[] = {march, {202603, 2}, {202509, 3}};
    struct error err;
    make(world, march);
    make(world, april);
    make(world, both[1]);
    assert_int_equal(seal_class_destroy(world->keyring, both, COUNT_OF(both), &err), RESULT_OK);
    assert_false(has(world, march) || has(world, both[1]));
    assert_true(has(world, april));
    reopen(world);
    assert_false(has(world, march) || has(world, both[1]));
    assert_true(has(world, april));
    assert_int_equal(seal_class_destroy(world->keyring, both, COUNT_OF(both), &err), RESULT_OK); /* gone already */
}

static void a_folder_that_takes_nothing_keeps_what_was_there(void **state)
{
    struct world *world = *state;
    struct error err;
    make(world, march);
    const struct key_path draft = path_of(world, "logsleutels-00000002.key.nieuw");
    assert_int_equal(mkdir(draft.text, 0700), 0); /* where the next generation would be written */
    assert_int_equal(seal_class_destroy(world->keyring, &march, 1, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_IO);
    assert_true(has(world, march));
    assert_int_equal(rmdir(draft.text), 0);
    assert_int_equal(seal_class_destroy(world->keyring, &march, 1, &err), RESULT_OK);
    assert_false(has(world, march));
}

/* ---- holds ---- */

struct sealed_record {
    uint8_t salt[SEAL_SALT_SIZE];
    uint8_t bytes[5 + SEAL_TAG_SIZE];
};

static struct sealed_record seal_one(struct world *world, uint8_t number)
{
    struct sealed_record r = {.salt = {number}};
    struct error err;
    assert_int_equal(seal_record(world->keyring, march, r.salt, slice_text("b"), slice_text("regel"), r.bytes, &err),
                     RESULT_OK);
    return r;
}

static bool opens(struct world *world, const struct sealed_record *r)
{
    uint8_t plain[5];
    return seal_record_open(world->keyring, march, r->salt, slice_text("b"), slice_of(r->bytes, sizeof r->bytes), plain,
                            NULL) == RESULT_OK &&
           memcmp(plain, "regel", 5) == 0;
}

static struct seal_hold hold_of(const struct sealed_record *record, const struct sealed_record *note, uint64_t number)
{
    struct seal_hold hold = {.record = number, .class = march, .since_ms = 7, .salt_count = note != NULL ? 2 : 1};
    memcpy(hold.salts[0], record->salt, SEAL_SALT_SIZE);
    if (note != NULL) {
        memcpy(hold.salts[1], note->salt, SEAL_SALT_SIZE);
    }
    return hold;
}

static void a_held_record_and_its_text_open_when_their_class_does_not(void **state)
{
    struct world *world = *state;
    struct error err;
    struct seal_hold found[4];
    make(world, march);
    const struct sealed_record record = seal_one(world, 1);
    const struct sealed_record note = seal_one(world, 2);
    const struct sealed_record other = seal_one(world, 3);
    const struct seal_hold hold = hold_of(&record, &note, 41);
    assert_int_equal(seal_hold_place(world->keyring, &hold, &err), RESULT_OK);
    assert_int_equal(seal_hold_place(world->keyring, &hold, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFLICT);
    assert_int_equal(seal_class_destroy(world->keyring, &march, 1, &err), RESULT_OK);
    reopen(world);
    assert_true(opens(world, &record) && opens(world, &note));
    assert_false(opens(world, &other));
    assert_int_equal(seal_holds(world->keyring, found, COUNT_OF(found)), 1);
    assert_int_equal(found[0].record, 41);
    assert_int_equal(found[0].class.month, march.month);
    assert_int_equal(found[0].since_ms, 7);
    assert_int_equal(seal_hold_lift(world->keyring, 41, &err), RESULT_OK);
    assert_false(opens(world, &record) || opens(world, &note));
    reopen(world);
    assert_false(opens(world, &record) || opens(world, &note));
    assert_int_equal(seal_hold_lift(world->keyring, 41, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
}

static void what_is_destroyed_cannot_be_held(void **state)
{
    struct world *world = *state;
    struct error err;
    make(world, march);
    const struct sealed_record record = seal_one(world, 1);
    const struct seal_hold hold = hold_of(&record, NULL, 1);
    assert_int_equal(seal_class_destroy(world->keyring, &march, 1, &err), RESULT_OK);
    assert_int_equal(seal_hold_place(world->keyring, &hold, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
}

/* ---- bounds ---- */

static void as_many_keys_and_holds_as_fit_and_no_more(void **state)
{
    struct world *world = *state;
    struct keystore *full = sodium_malloc(sizeof *full);
    struct error err;
    int folder = -1;
    assert_non_null(full);
    sodium_memzero(full, sizeof *full);
    full->class_count = LOG_KEYS_MAX;
    full->hold_count = LOG_HOLDS_MAX;
    for (unsigned i = 0; i < LOG_KEYS_MAX; i++) {
        full->classes[i].class = (struct seal_class){200001 + i / 120 * 100 + i / 10 % 12, (uint8_t)(i % 10)};
        full->classes[i].key[0] = (uint8_t)i;
        full->classes[i].key[1] = (uint8_t)(i >> 8);
    }
    for (unsigned i = 0; i < LOG_HOLDS_MAX; i++) {
        full->holds[i].hold = (struct seal_hold){.record = i, .class = {200001, 0}, .salt_count = 1};
        full->holds[i].hold.salts[0][0] = (uint8_t)i;
        full->holds[i].hold.salts[0][1] = (uint8_t)(i >> 8);
        full->holds[i].hold.salts[0][2] = 1;
    }
    assert_int_equal(keyfile_folder_open(world->keys, &folder, &err), RESULT_OK);
    assert_int_equal(keystore_write(folder, full, &err), RESULT_OK);
    sodium_free(full);
    (void)close(folder);
    reopen(world);
    assert_true(has(world, (struct seal_class){200001, 9}));
    assert_int_equal(seal_class_ready(world->keyring, march, NULL, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    const struct seal_hold more = {.record = 1, .class = {200001, 0}, .salts = {{9, 9, 9}}, .salt_count = 1};
    assert_int_equal(seal_hold_place(world->keyring, &more, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    const struct seal_class first = {200001, 0};
    assert_int_equal(seal_class_destroy(world->keyring, &first, 1, &err), RESULT_OK);
    make(world, march);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(each_change_is_a_new_generation_and_the_only_one),
        T(the_bytes_of_an_older_generation_do_not_open_with_a_newer_key),
        T(a_destroyed_file_was_overwritten_before_it_was_removed),
        T(what_a_crash_left_is_swept_away_by_the_one_who_settles),
        T(leftovers_do_not_stand_in_the_way_of_a_change),
        T(the_newest_generation_must_open),
        T(keys_in_files_of_their_own_are_taken_over),
        T(only_what_is_named_is_destroyed),
        T(a_folder_that_takes_nothing_keeps_what_was_there),
        T(a_held_record_and_its_text_open_when_their_class_does_not),
        T(what_is_destroyed_cannot_be_held),
        T(as_many_keys_and_holds_as_fit_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
