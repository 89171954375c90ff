/* Sealing and its keys: what opens, what must not, and which key files are refused. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "base/limits.h"
#include "base/mem.h"
#include "support/store_world.h"

enum { KEY_PATH_MAX = WORLD_PATH_MAX + 64 };

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

static void key_path(const struct world *world, const char *name, char out[KEY_PATH_MAX])
{
    (void)snprintf(out, KEY_PATH_MAX, "%s/%s", world->keys, name);
}

static void put_file(const char *path, const void *bytes, size_t len)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void a_sealed_value_opens(void **state)
{
    struct world *world = *state;
    struct buf sealed;
    struct buf plain;
    buf_init(&sealed, 1000);
    buf_init(&plain, 1000);
    seal_value(world->keyring, SEAL_ITEM, slice_text("hier"), slice_text("inhoud"), &sealed);
    assert_true(buf_ok(&sealed));
    assert_int_equal(sealed.len, 6 + SEAL_OVERHEAD);
    assert_int_equal(seal_open(world->keyring, SEAL_ITEM, slice_text("hier"), buf_slice(&sealed), &plain, NULL),
                     RESULT_OK);
    assert_true(slice_is(buf_slice(&plain), "inhoud"));
    buf_free(&sealed);
    buf_free(&plain);
}

static void nothing_else_opens(void **state)
{
    struct world *world = *state;
    struct buf sealed;
    struct buf plain;
    struct error err;
    buf_init(&sealed, 1000);
    buf_init(&plain, 1000);
    seal_value(world->keyring, SEAL_ITEM, slice_text("hier"), slice_text("inhoud"), &sealed);
    const struct slice all = buf_slice(&sealed);
    assert_int_equal(seal_open(world->keyring, SEAL_ITEM, slice_text("daar"), all, &plain, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_STORE);
    assert_int_equal(seal_open(world->keyring, SEAL_PSEUDONYM, slice_text("hier"), all, &plain, &err), RESULT_FAILED);
    for (size_t len = 0; len < all.len; len++) {
        assert_int_equal(seal_open(world->keyring, SEAL_ITEM, slice_text("hier"), slice_of(all.ptr, len), &plain, &err),
                         RESULT_FAILED);
    }
    for (size_t i = 0; i < all.len; i++) {
        sealed.ptr[i] ^= 1;
        assert_int_equal(seal_open(world->keyring, SEAL_ITEM, slice_text("hier"), all, &plain, &err), RESULT_FAILED);
        sealed.ptr[i] ^= 1;
    }
    assert_int_equal(plain.len, 0);
    buf_free(&sealed);
    buf_free(&plain);
}

static void sealing_past_the_ceiling_fails_the_buffer(void **state)
{
    struct world *world = *state;
    struct buf sealed;
    buf_init(&sealed, SEAL_OVERHEAD + 3);
    seal_value(world->keyring, SEAL_ITEM, slice_text(""), slice_text("1234"), &sealed);
    assert_false(buf_ok(&sealed));
    buf_free(&sealed);
    buf_init(&sealed, 2);
    seal_value(world->keyring, SEAL_ITEM, slice_text(""), slice_text("1234"), &sealed);
    assert_false(buf_ok(&sealed));
    buf_free(&sealed);
}

static void hashes_keep_uses_apart(void **state)
{
    struct world *world = *state;
    uint8_t first[SEAL_HASH_SIZE];
    uint8_t other[SEAL_HASH_SIZE];
    seal_hash(world->keyring, SEAL_LOOKUP, slice_text("ab"), slice_text("c"), first);
    seal_hash(world->keyring, SEAL_LOOKUP, slice_text("ab"), slice_text("c"), other);
    assert_memory_equal(first, other, SEAL_HASH_SIZE);
    seal_hash(world->keyring, SEAL_LOOKUP, slice_text("a"), slice_text("bc"), other);
    assert_memory_not_equal(first, other, SEAL_HASH_SIZE);
    seal_hash(world->keyring, SEAL_PSEUDONYM, slice_text("ab"), slice_text("c"), other);
    assert_memory_not_equal(first, other, SEAL_HASH_SIZE);
    seal_hash(world->keyring, SEAL_LOOKUP, slice_text("ab"), slice_text("d"), other);
    assert_memory_not_equal(first, other, SEAL_HASH_SIZE);
}

static const struct seal_class march = {202603, 1};

static void a_record_opens_under_its_class_alone(void **state)
{
    struct world *world = *state;
    const uint8_t salt[SEAL_SALT_SIZE] = {1};
    const uint8_t other_salt[SEAL_SALT_SIZE] = {2};
    const struct slice text = slice_text("regel");
    uint8_t sealed[5 + SEAL_TAG_SIZE];
    uint8_t plain[5];
    bool created = false;
    struct error err;
    assert_int_equal(seal_record(world->keyring, march, salt, slice_text("b"), text, sealed, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
    assert_int_equal(seal_class_ready(world->keyring, march, &created, &err), RESULT_OK);
    assert_true(created);
    assert_int_equal(seal_class_ready(world->keyring, march, &created, &err), RESULT_OK);
    assert_false(created);
    assert_int_equal(seal_record(world->keyring, march, salt, slice_text("b"), text, sealed, &err), RESULT_OK);
    const struct slice all = slice_of(sealed, sizeof sealed);
    assert_int_equal(seal_record_open(world->keyring, march, salt, slice_text("b"), all, plain, &err), RESULT_OK);
    assert_memory_equal(plain, "regel", 5);
    assert_int_equal(seal_record_open(world->keyring, march, salt, slice_text("c"), all, plain, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_STORE);
    assert_int_equal(seal_record_open(world->keyring, march, other_salt, slice_text("b"), all, plain, &err),
                     RESULT_FAILED);
    const struct seal_class april = {202604, 1};
    assert_int_equal(seal_class_ready(world->keyring, april, &created, &err), RESULT_OK);
    assert_int_equal(seal_record_open(world->keyring, april, salt, slice_text("b"), all, plain, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_STORE);
    assert_int_equal(seal_record_open(world->keyring, march, salt, slice_text("b"), slice_of(sealed, SEAL_TAG_SIZE - 1),
                                      plain, &err),
                     RESULT_FAILED);
}

/* Opened by libsodium alone: with the key of one record, and no other key of the node. */
static bool opens(const uint8_t key[SEAL_KEY_SIZE], const uint8_t salt[SEAL_SALT_SIZE], const uint8_t *sealed,
                  size_t len)
{
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES] = {0};
    uint8_t plain[64];
    memcpy(nonce, salt, SEAL_SALT_SIZE);
    assert_true(len <= sizeof plain);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed, len, (const uint8_t *)"b", 1, nonce,
                                                      key) == 0;
}

static void the_key_of_a_record_opens_it_and_no_other(void **state)
{
    struct world *world = *state;
    uint8_t sealed[2][5 + SEAL_TAG_SIZE];
    uint8_t keys[2][SEAL_KEY_SIZE];
    uint8_t salts[2][SEAL_SALT_SIZE] = {{1}, {2}};
    struct error err;
    assert_int_equal(seal_record_key(world->keyring, march, salts[0], keys[0], &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
    assert_int_equal(seal_class_ready(world->keyring, march, NULL, &err), RESULT_OK);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(
            seal_record(world->keyring, march, salts[i], slice_text("b"), slice_text("regel"), sealed[i], &err),
            RESULT_OK);
        assert_int_equal(seal_record_key(world->keyring, march, salts[i], keys[i], &err), RESULT_OK);
    }
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(opens(keys[i / 2], salts[i % 2], sealed[i % 2], sizeof sealed[0]), i / 2 == i % 2);
    }
    const struct seal_hold hold = {
        .record = 7, .class = march, .salts = {{1}}, .salt_count = 1}; /* one is held; then the class key goes */
    uint8_t held[SEAL_KEY_SIZE];
    assert_int_equal(seal_hold_place(world->keyring, &hold, &err), RESULT_OK);
    assert_int_equal(seal_class_destroy(world->keyring, &march, 1, &err), RESULT_OK);
    assert_int_equal(seal_record_key(world->keyring, march, salts[0], held, &err), RESULT_OK);
    assert_memory_equal(held, keys[0], sizeof held);
    assert_int_equal(seal_record_key(world->keyring, march, salts[1], held, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
}

static void a_destroyed_class_key_ends_the_reading(void **state)
{
    struct world *world = *state;
    const uint8_t salt[SEAL_SALT_SIZE] = {1};
    uint8_t sealed[5 + SEAL_TAG_SIZE];
    uint8_t plain[5];
    struct sha256 commitment;
    struct error err;
    assert_int_equal(seal_class_ready(world->keyring, march, NULL, &err), RESULT_OK);
    assert_int_equal(seal_record(world->keyring, march, salt, slice_text(""), slice_text("regel"), sealed, &err),
                     RESULT_OK);
    assert_int_equal(seal_class_destroy(world->keyring, &march, 1, &err), RESULT_OK);
    assert_int_equal(
        seal_record_open(world->keyring, march, salt, slice_text(""), slice_of(sealed, sizeof sealed), plain, &err),
        RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
    assert_int_equal(seal_class_commitment(world->keyring, march, &commitment, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
    /* Nor is it kept in memory for sealing. */
    assert_int_equal(seal_record(world->keyring, march, salt, slice_text(""), slice_text("regel"), sealed, &err),
                     RESULT_FAILED);
}

static void class_keys_survive_a_restart(void **state)
{
    struct world *world = *state;
    struct sha256 before;
    struct sha256 after;
    struct error err;
    bool created = true;
    assert_int_equal(seal_class_ready(world->keyring, march, NULL, &err), RESULT_OK);
    assert_int_equal(seal_class_commitment(world->keyring, march, &before, &err), RESULT_OK);
    keyring_close(world->keyring);
    assert_int_equal(keyring_open(world->keys, &world->keyring, &err), RESULT_OK);
    assert_int_equal(seal_class_ready(world->keyring, march, &created, &err), RESULT_OK);
    assert_false(created);
    assert_int_equal(seal_class_commitment(world->keyring, march, &after, &err), RESULT_OK);
    assert_memory_equal(before.bytes, after.bytes, SHA256_SIZE);
    const struct seal_class other = {202603, 2};
    assert_int_equal(seal_class_ready(world->keyring, other, NULL, &err), RESULT_OK);
    assert_int_equal(seal_class_commitment(world->keyring, other, &after, &err), RESULT_OK);
    assert_memory_not_equal(before.bytes, after.bytes, SHA256_SIZE);
}

static void impossible_classes_are_refused(void **state)
{
    struct world *world = *state;
    static const struct seal_class classes[] = {{202600, 1}, {202613, 1}, {202601, 10}, {1, 1}, {4000000000U, 1}};
    for (size_t i = 0; i < COUNT_OF(classes); i++) {
        struct error err;
        assert_int_equal(seal_class_ready(world->keyring, classes[i], NULL, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_INVALID);
    }
}

static void a_keyring_is_made_once(void **state)
{
    struct world *world = *state;
    struct error err;
    assert_int_equal(keyring_create(world->keys, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFLICT);
    struct stat st;
    char path[KEY_PATH_MAX];
    key_path(world, "master.key", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, 32);
    assert_int_equal(stat(world->keys, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    key_path(world, "master.key.nieuw", path);
    assert_int_not_equal(stat(path, &st), 0);
}

static void refused_by_open(struct world *world, const char *where)
{
    struct keyring *keyring = NULL;
    struct error err;
    assert_int_equal(keyring_open(world->keys, &keyring, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFIG);
    assert_string_equal(err.where, where);
    assert_null(keyring);
}

static void key_files_that_others_may_read_are_refused(void **state)
{
    struct world *world = *state;
    char path[KEY_PATH_MAX];
    key_path(world, "master.key", path);
    static const mode_t modes[] = {0640, 0604, 0660, 0610};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        refused_by_open(world, "master.key");
    }
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chmod(world->keys, 0750), 0);
    refused_by_open(world, world->keys);
    assert_int_equal(chmod(world->keys, 0700), 0);
}

static void key_files_of_the_wrong_length_are_refused(void **state)
{
    struct world *world = *state;
    char path[KEY_PATH_MAX];
    key_path(world, "master.key", path);
    static const size_t lengths[] = {0, 31, 33};
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        put_file(path, "0123456789012345678901234567890123", lengths[i]);
        refused_by_open(world, "master.key");
    }
    assert_int_equal(unlink(path), 0);
    refused_by_open(world, "master.key");
    assert_int_equal(mkdir(path, 0700), 0);
    refused_by_open(world, "master.key");
}

static void without_memory_a_fault(void **state)
{
    struct world *world = *state;
    struct keyring *keyring = NULL;
    struct error err;
    mem_fail_after(0);
    const enum result opened = keyring_open(world->keys, &keyring, &err);
    mem_fail_after(-1);
    assert_int_equal(opened, RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NO_MEMORY);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_sealed_value_opens),
        T(nothing_else_opens),
        T(sealing_past_the_ceiling_fails_the_buffer),
        T(hashes_keep_uses_apart),
        T(a_record_opens_under_its_class_alone),
        T(the_key_of_a_record_opens_it_and_no_other),
        T(a_destroyed_class_key_ends_the_reading),
        T(class_keys_survive_a_restart),
        T(impossible_classes_are_refused),
        T(a_keyring_is_made_once),
        T(key_files_that_others_may_read_are_refused),
        T(key_files_of_the_wrong_length_are_refused),
        T(without_memory_a_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
