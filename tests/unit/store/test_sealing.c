/* Keys to which people are sealed: one serves its days, older ones still open, the oldest are destroyed; no key file opens
 * under another name. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/limits.h"
#include "store/keyfile.h"
#include "store/keyring.h"
#include "store/sealing.h"
#include "support/store_world.h"

static const int64_t start_ms = 1764200000000;
static const int64_t day_ms = 86400000;

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

static bool current(struct world *world, int64_t now_ms, uint8_t pub[SEALING_PUBLIC_SIZE], int64_t *until_ms)
{
    struct error err;
    bool created = false;
    assert_int_equal(sealing_key_current(world->keyring, now_ms, pub, until_ms, &created, &err), RESULT_OK);
    return created;
}

static struct buf sealed_at(struct world *world, const uint8_t pub[SEALING_PUBLIC_SIZE], int64_t now_ms,
                            const char *text)
{
    struct error err;
    struct buf box;
    buf_init(&box, 256);
    assert_int_equal(sealing_close(world->keyring, pub, now_ms, slice_text(text), &box, &err), RESULT_OK);
    assert_int_equal(box.len, strlen(text) + SEALING_OVERHEAD);
    return box;
}

static struct buf sealed_to(struct world *world, const uint8_t pub[SEALING_PUBLIC_SIZE], const char *text)
{
    return sealed_at(world, pub, start_ms, text);
}

static enum fault opened(struct world *world, const struct buf *box, const char *text)
{
    struct error err;
    struct buf plain;
    buf_init(&plain, 256);
    const enum result result = sealing_open(world->keyring, buf_slice(box), &plain, &err);
    const bool same = result == RESULT_OK && slice_is(buf_slice(&plain), text);
    buf_wipe(&plain);
    return same ? FAULT_NONE : result == RESULT_OK ? FAULT_INTERNAL : err.fault;
}

static void one_serves_its_days_and_older_ones_still_open(void **state)
{
    struct world *world = *state;
    uint8_t first[SEALING_PUBLIC_SIZE];
    uint8_t again[SEALING_PUBLIC_SIZE];
    uint8_t second[SEALING_PUBLIC_SIZE];
    int64_t until_ms = 0;
    assert_true(current(world, start_ms, first, &until_ms));
    assert_true(until_ms == start_ms + SEAL_KEY_DAYS * day_ms);
    assert_false(current(world, until_ms - 1, again, &until_ms));
    assert_memory_equal(first, again, sizeof first);
    struct buf box = sealed_to(world, first, "wie het betreft");
    assert_true(current(world, until_ms, second, &until_ms));
    assert_memory_not_equal(first, second, sizeof first);
    assert_int_equal(opened(world, &box, "wie het betreft"), FAULT_NONE);
    assert_false(current(world, start_ms, again, &until_ms)); /* a clock that was set back makes none */
    assert_memory_equal(second, again, sizeof second);
    buf_free(&box);
}

static void what_is_changed_or_anothers_does_not_open(void **state)
{
    struct world *world = *state;
    struct world *other = calloc(1, sizeof *other);
    uint8_t pub[SEALING_PUBLIC_SIZE];
    uint8_t theirs[SEALING_PUBLIC_SIZE];
    int64_t until_ms = 0;
    world_make(other);
    (void)current(world, start_ms, pub, &until_ms);
    (void)current(other, start_ms, theirs, &until_ms);
    struct buf box = sealed_to(world, theirs, "iemand");
    assert_int_equal(opened(world, &box, "iemand"), FAULT_UNFIT);
    assert_int_equal(opened(other, &box, "iemand"), FAULT_NONE);
    for (size_t i = 0; i < box.len; i++) {
        box.ptr[i] ^= 1U;
        assert_int_equal(opened(other, &box, "iemand"), FAULT_UNFIT);
        box.ptr[i] ^= 1U;
    }
    box.len = SEALING_OVERHEAD;
    assert_int_equal(opened(other, &box, ""), FAULT_UNFIT);
    buf_free(&box);
    world_drop(other);
    free(other);
}

/* The sender's public key in a box that is sealed now. */
struct from {
    uint8_t pub[SEALING_PUBLIC_SIZE];
};

static struct from sent_by(struct world *world, const uint8_t pub[SEALING_PUBLIC_SIZE], int64_t now_ms)
{
    struct from from;
    struct buf box = sealed_at(world, pub, now_ms, "iemand");
    memcpy(from.pub, box.ptr, sizeof from.pub);
    buf_free(&box);
    return from;
}

static bool same(struct from a, struct from b)
{
    return memcmp(a.pub, b.pub, sizeof a.pub) == 0;
}

static void what_is_agreed_on_serves_one_receiver_so_long_and_so_often(void **state)
{
    struct world *world = *state;
    struct world *other = calloc(1, sizeof *other);
    uint8_t pub[SEALING_PUBLIC_SIZE];
    uint8_t theirs[SEALING_PUBLIC_SIZE];
    int64_t until_ms = 0;
    world_make(other);
    (void)current(world, start_ms, pub, &until_ms);
    (void)current(other, start_ms, theirs, &until_ms);
    const struct from first = sent_by(world, pub, start_ms);
    assert_false(same(first, sent_by(world, theirs, start_ms)));
    assert_true(same(first, sent_by(world, pub, start_ms + SEAL_SHARED_MS - 1)));
    const struct from second = sent_by(world, pub, start_ms + SEAL_SHARED_MS);
    assert_false(same(first, second));
    for (unsigned i = 1; i < SEAL_SHARED_BOXES; i++) {
        assert_true(same(second, sent_by(world, pub, start_ms + SEAL_SHARED_MS)));
    }
    const struct from third = sent_by(world, pub, start_ms + SEAL_SHARED_MS);
    assert_false(same(second, third));
    assert_false(same(third, sent_by(world, pub, start_ms - 1))); /* a clock that was set back lengthens nothing */
    const struct from fourth = sent_by(world, pub, start_ms);
    sealing_rest(world->keyring, start_ms + SEAL_SHARED_MS - 2);
    assert_true(same(fourth, sent_by(world, pub, start_ms)));
    sealing_rest(world->keyring, start_ms + SEAL_SHARED_MS);
    assert_false(same(fourth, sent_by(world, pub, start_ms)));
    world_drop(other);
    free(other);
}

/* Each box of many senders and receivers opens with its own key alone, whatever was agreed on before it. */
static void what_was_agreed_on_opens_no_other_box(void **state)
{
    enum { SENDERS = 40 };
    struct world *world = *state;
    uint8_t old[SEALING_PUBLIC_SIZE];
    uint8_t pub[SEALING_PUBLIC_SIZE];
    int64_t until_ms = 0;
    struct buf boxes[SENDERS];
    (void)current(world, start_ms, old, &until_ms);
    (void)current(world, until_ms, pub, &until_ms);
    for (size_t i = 0; i < SENDERS; i++) { /* of which every other one has the old key still */
        boxes[i] = sealed_at(world, i % 2 == 0 ? pub : old, start_ms + (int64_t)i * SEAL_SHARED_MS, "iemand");
    }
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < SENDERS; i++) {
            assert_int_equal(opened(world, &boxes[i], "iemand"), FAULT_NONE);
            assert_int_equal(opened(world, &boxes[i], "iemand"), FAULT_NONE);
        }
    }
    struct buf *mixed = &boxes[0]; /* the next one's key, in front of another's content */
    assert_int_equal(opened(world, &boxes[1], "iemand"), FAULT_NONE);
    memcpy(mixed->ptr, boxes[1].ptr, SEALING_PUBLIC_SIZE);
    assert_int_equal(opened(world, mixed, "iemand"), FAULT_UNFIT);
    boxes[1].ptr[SEALING_PUBLIC_SIZE - 1] ^= 0x80U; /* the same point, by other bytes (RFC 7748, section 5) */
    assert_int_equal(opened(world, &boxes[1], "iemand"), FAULT_UNFIT);
    for (size_t i = 0; i < SENDERS; i++) {
        buf_free(&boxes[i]);
    }
}

/* As openapi/ketenpartners.json tells it, made and opened with libsodium alone. */
static void a_box_has_the_form_that_is_described(void **state)
{
    enum { FORM_NONCE = 32, FORM_SEALED = 56, FORM_MAX = 256 };
    static const char text[] = "wie het betreft";
    struct world *world = *state;
    uint8_t pub[SEALING_PUBLIC_SIZE];
    uint8_t own[SEALING_PUBLIC_SIZE];
    uint8_t secret[32];
    uint8_t key[32];
    uint8_t both[2 * SEALING_PUBLIC_SIZE];
    uint8_t made[FORM_MAX];
    char plain[FORM_MAX] = {0};
    unsigned long long len = 0;
    int64_t until_ms = 0;
    assert_int_equal(crypto_box_keypair(own, secret), 0);

    (void)current(world, start_ms, pub, &until_ms);
    assert_int_equal(crypto_box_beforenm(key, pub, secret), 0);
    memcpy(both, own, sizeof own);
    memcpy(both + sizeof own, pub, sizeof pub);
    memcpy(made, own, sizeof own);
    randombytes_buf(made + FORM_NONCE, FORM_SEALED - FORM_NONCE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(made + FORM_SEALED, &len, (const uint8_t *)text, strlen(text),
                                                     both, sizeof both, NULL, made + FORM_NONCE, key);
    const struct buf theirs = {.ptr = made, .len = FORM_SEALED + (size_t)len};
    assert_int_equal(opened(world, &theirs, text), FAULT_NONE);

    struct buf box = sealed_to(world, own, text);
    assert_int_equal(crypto_box_beforenm(key, box.ptr, secret), 0);
    memcpy(both, box.ptr, SEALING_PUBLIC_SIZE);
    memcpy(both + SEALING_PUBLIC_SIZE, own, sizeof own);
    assert_int_equal(crypto_aead_xchacha20poly1305_ietf_decrypt((uint8_t *)plain, &len, NULL, box.ptr + FORM_SEALED,
                                                                box.len - FORM_SEALED, both, sizeof both,
                                                                box.ptr + FORM_NONCE, key),
                     0);
    assert_string_equal(plain, text);
    buf_free(&box);
}

/* Past so many receivers the oldest gives way, and is agreed with anew. */
static void more_receivers_than_are_kept_get_boxes_that_open(void **state)
{
    struct world *world = *state;
    uint8_t pub[SEALING_PUBLIC_SIZE];
    int64_t until_ms = 0;
    (void)current(world, start_ms, pub, &until_ms);
    const struct from first = sent_by(world, pub, start_ms);
    for (unsigned i = 1; i <= KEYRING_BOX_PARTNERS; i++) {
        const uint8_t other[SEALING_PUBLIC_SIZE] = {
            (uint8_t)(i + 8)}; /* any number is a point's (RFC 7748, section 5) */
        assert_true(same(first, sent_by(world, pub, start_ms)));
        assert_false(same(first, sent_by(world, other, start_ms)));
    }
    assert_false(same(first, sent_by(world, pub, start_ms)));
    struct buf box = sealed_to(world, pub, "iemand");
    assert_int_equal(opened(world, &box, "iemand"), FAULT_NONE);
    buf_free(&box);
}

static void a_key_that_is_no_point_seals_nothing(void **state)
{
    struct world *world = *state;
    const uint8_t zero[SEALING_PUBLIC_SIZE] = {0};
    struct error err;
    struct buf box;
    buf_init(&box, 256);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(sealing_close(world->keyring, zero, start_ms, slice_text("iemand"), &box, &err),
                         RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_UNFIT);
        assert_int_equal(box.len, 0);
    }
    buf_free(&box);
}

static void the_oldest_are_destroyed(void **state)
{
    struct world *world = *state;
    uint8_t pub[SEALING_PUBLIC_SIZE];
    int64_t until_ms = 0;
    struct error err;
    const int64_t gone_ms = start_ms + SEAL_KEY_KEPT_DAYS * day_ms;
    (void)current(world, start_ms, pub, &until_ms);
    struct buf box = sealed_to(world, pub, "iemand");
    assert_int_equal(sealing_turn(world->keyring, gone_ms - 1000, &err), RESULT_OK);
    assert_int_equal(opened(world, &box, "iemand"), FAULT_NONE);
    assert_int_equal(sealing_turn(world->keyring, gone_ms, &err), RESULT_OK);
    assert_int_equal(opened(world, &box, "iemand"), FAULT_UNFIT);
    buf_free(&box);
}

static void a_key_file_under_another_name_does_not_serve(void **state)
{
    struct world *world = *state;
    uint8_t pub[SEALING_PUBLIC_SIZE];
    int64_t until_ms = 0;
    char from[WORLD_PATH_MAX + 64];
    char to[WORLD_PATH_MAX + 64];
    struct error err;
    bool created = false;
    (void)current(world, start_ms, pub, &until_ms);
    (void)snprintf(from, sizeof from, "%s/verzegelsleutel-%lld.key", world->keys, (long long)start_ms / 1000);
    (void)snprintf(to, sizeof to, "%s/verzegelsleutel-%lld.key", world->keys, (long long)start_ms / 1000 + 1);
    assert_int_equal(rename(from, to), 0);
    assert_int_equal(sealing_key_current(world->keyring, start_ms, pub, &until_ms, &created, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_STORE);
    assert_true(sealing_file("verzegelsleutel-1.key") && sealing_file("verzegelsleutel-1.key" KEYFILE_DRAFT));
    assert_false(sealing_file("master.key"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_serves_its_days_and_older_ones_still_open, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_changed_or_anothers_does_not_open, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_agreed_on_serves_one_receiver_so_long_and_so_often, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_agreed_on_opens_no_other_box, setup, teardown),
        cmocka_unit_test_setup_teardown(a_box_has_the_form_that_is_described, setup, teardown),
        cmocka_unit_test_setup_teardown(more_receivers_than_are_kept_get_boxes_that_open, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_that_is_no_point_seals_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_oldest_are_destroyed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_key_file_under_another_name_does_not_serve, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
