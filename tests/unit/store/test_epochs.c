/* Seeds of the epochs of private matching: made once, sealed, whole or not at all, and gone for good when destroyed. */
#include "unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/store_world.h"

enum { FILE_BYTES = SEAL_KEY_SIZE + SEAL_OVERHEAD, LISTED_MAX = 8 };

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

static bool make(struct world *world, uint32_t epoch)
{
    struct error err;
    bool created = false;
    assert_int_equal(seal_epoch_make(world->keyring, epoch, &created, &err), RESULT_OK);
    return created;
}

static enum fault seed(struct world *world, uint32_t epoch, uint8_t out[SEAL_KEY_SIZE])
{
    struct error err;
    return seal_epoch_seed(world->keyring, epoch, out, &err) == RESULT_OK ? FAULT_NONE : err.fault;
}

static const char *path(const struct world *world, const char *name)
{
    static char text[WORLD_PATH_MAX + 64];
    (void)snprintf(text, sizeof text, "%s/%s", world->keys, name);
    return text;
}

static size_t count_of(struct world *world, uint32_t *listed, size_t max)
{
    struct error err;
    size_t count = SIZE_MAX;
    assert_int_equal(seal_epochs(world->keyring, listed, max, &count, &err), RESULT_OK);
    return count;
}

static void a_seed_is_made_once_and_stays(void **state)
{
    struct world *world = *state;
    uint8_t first[SEAL_KEY_SIZE];
    uint8_t again[SEAL_KEY_SIZE];
    uint8_t other[SEAL_KEY_SIZE];
    struct stat st;
    assert_int_equal(seed(world, 742, first), FAULT_NOT_FOUND);
    assert_true(make(world, 742));
    assert_int_equal(seed(world, 742, first), FAULT_NONE);
    assert_false(make(world, 742));
    assert_true(make(world, 743));
    reopen(world);
    assert_int_equal(seed(world, 742, again), FAULT_NONE);
    assert_memory_equal(first, again, sizeof first);
    assert_int_equal(seed(world, 743, other), FAULT_NONE);
    assert_memory_not_equal(first, other, sizeof first);
    assert_int_equal(stat(path(world, "koppelperiode-742.key"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, FILE_BYTES);
}

/* Whoever has the file and not the master key has nothing; and it counts for its own epoch alone. */
static void the_file_is_sealed_and_bound_to_its_epoch(void **state)
{
    struct world *world = *state;
    uint8_t bytes[FILE_BYTES];
    uint8_t out[SEAL_KEY_SIZE];
    char to[WORLD_PATH_MAX + 64];
    assert_true(make(world, 1));
    assert_int_equal(seed(world, 1, out), FAULT_NONE);
    FILE *file = fopen(path(world, "koppelperiode-1.key"), "r");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), sizeof bytes);
    assert_int_equal(fclose(file), 0);
    assert_null(memmem(bytes, sizeof bytes, out, 8));
    (void)snprintf(to, sizeof to, "%s", path(world, "koppelperiode-2.key"));
    assert_int_equal(rename(path(world, "koppelperiode-1.key"), to), 0);
    assert_int_equal(seed(world, 2, out), FAULT_STORE);
    /* A file that does not open is told, and not replaced. */
    struct error err;
    bool created = true;
    assert_int_equal(seal_epoch_make(world->keyring, 2, &created, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_STORE);
    assert_true(created);
}

static void a_file_of_another_length_or_open_to_others_is_refused(void **state)
{
    struct world *world = *state;
    uint8_t out[SEAL_KEY_SIZE];
    struct error err;
    assert_true(make(world, 5));
    assert_int_equal(chmod(path(world, "koppelperiode-5.key"), 0640), 0);
    assert_int_equal(seed(world, 5, out), FAULT_CONFIG);
    assert_int_equal(chmod(path(world, "koppelperiode-5.key"), 0600), 0);
    assert_int_equal(seed(world, 5, out), FAULT_NONE);
    assert_int_equal(truncate(path(world, "koppelperiode-5.key"), FILE_BYTES - 1), 0);
    assert_int_equal(seal_epoch_seed(world->keyring, 5, out, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    assert_string_equal(err.where, "koppelperiode-5.key");
    assert_int_equal(truncate(path(world, "koppelperiode-5.key"), FILE_BYTES + 1), 0);
    assert_int_equal(seed(world, 5, out), FAULT_CONFIG);
}

/* Seen through a mapping of the file as it was: its bytes are zeros when the name is gone. */
static void destroyed_bytes_are_overwritten(void **state)
{
    struct world *world = *state;
    static const uint8_t zeros[FILE_BYTES];
    uint8_t out[SEAL_KEY_SIZE];
    struct error err;
    assert_true(make(world, 9));
    /* What a crash while it was made may leave: a second name of the same file. */
    char draft[WORLD_PATH_MAX + 64];
    (void)snprintf(draft, sizeof draft, "%s", path(world, "koppelperiode-9.key.nieuw"));
    assert_int_equal(link(path(world, "koppelperiode-9.key"), draft), 0);
    const int fd = open(path(world, "koppelperiode-9.key"), O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const uint8_t *bytes = mmap(NULL, FILE_BYTES, PROT_READ, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(bytes, MAP_FAILED);
    assert_memory_not_equal(bytes, zeros, FILE_BYTES); /* the control */
    assert_int_equal(seal_epoch_destroy(world->keyring, 9, &err), RESULT_OK);
    assert_memory_equal(bytes, zeros, FILE_BYTES);
    assert_int_equal(access(path(world, "koppelperiode-9.key"), F_OK), -1);
    assert_int_equal(access(draft, F_OK), -1);
    assert_int_equal(munmap((void *)bytes, FILE_BYTES), 0);
    assert_int_equal(close(fd), 0);
    assert_int_equal(seed(world, 9, out), FAULT_NOT_FOUND);
    assert_int_equal(seal_epoch_destroy(world->keyring, 9, &err), RESULT_OK); /* none: fine */
}

/* A draft that a crash left before the link counts for nothing, and the next making goes its way. */
static void a_crash_while_making_leaves_no_seed(void **state)
{
    struct world *world = *state;
    uint32_t listed[LISTED_MAX];
    uint8_t out[SEAL_KEY_SIZE];
    FILE *file = fopen(path(world, "koppelperiode-3.key.nieuw"), "w");
    assert_non_null(file);
    assert_true(fputs("half", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(seed(world, 3, out), FAULT_NOT_FOUND);
    assert_int_equal(count_of(world, listed, LISTED_MAX), 0);
    assert_true(make(world, 3));
    assert_int_equal(access(path(world, "koppelperiode-3.key.nieuw"), F_OK), -1);
    assert_int_equal(seed(world, 3, out), FAULT_NONE);
}

static void they_are_listed_rising(void **state)
{
    struct world *world = *state;
    uint32_t listed[LISTED_MAX] = {0};
    static const uint32_t epochs[] = {743, 10, UINT32_MAX, 742, 0};
    static const uint32_t rising[] = {0, 10, 742, 743, UINT32_MAX};
    assert_int_equal(count_of(world, listed, LISTED_MAX), 0);
    for (size_t i = 0; i < COUNT_OF(epochs); i++) {
        assert_true(make(world, epochs[i]));
    }
    static const char *const others[] = {"koppelperiode-.key", "koppelperiode-007.key", "koppelperiode-4294967296.key",
                                         "koppelperiode-8",    "koppelperiode-8.key.x", "koppelperiode-+8.key"};
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        FILE *file = fopen(path(world, others[i]), "w");
        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(count_of(world, listed, LISTED_MAX), COUNT_OF(rising));
    assert_memory_equal(listed, rising, sizeof rising);
    assert_int_equal(count_of(world, listed, 2), 2); /* the lowest */
    assert_memory_equal(listed, rising, 2 * sizeof rising[0]);
}

static void that_the_folder_cannot_be_read_is_not_that_there_are_none(void **state)
{
    struct world *world = *state;
    uint32_t listed[LISTED_MAX];
    size_t count = SIZE_MAX;
    struct rlimit limit;
    struct error err;
    assert_true(make(world, 3));
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {0, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    const enum result result = seal_epochs(world->keyring, listed, LISTED_MAX, &count, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(result, RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    assert_int_equal(count_of(world, listed, LISTED_MAX), 1);
}

static void no_copy_may_hold_its_file(void **state)
{
    (void)state;
    assert_true(seal_epoch_file("koppelperiode-742.key"));
    assert_true(seal_epoch_file("koppelperiode-742.key.nieuw"));
    assert_false(seal_epoch_file("master.key"));
    assert_false(seal_epoch_file("logsleutels-00000001.bos"));
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_seed_is_made_once_and_stays),
        T(the_file_is_sealed_and_bound_to_its_epoch),
        T(a_file_of_another_length_or_open_to_others_is_refused),
        T(destroyed_bytes_are_overwritten),
        T(a_crash_while_making_leaves_no_seed),
        T(they_are_listed_rising),
        T(that_the_folder_cannot_be_read_is_not_that_there_are_none),
        T(no_copy_may_hold_its_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
