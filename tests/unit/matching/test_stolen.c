/*
 * Who stole a requester's sets, the ask keys of all who are in them and the public key, but no secret key, tries a hundred
 * thousand citizen numbers and finds nobody; with the key, the same search over the same numbers finds all (the control).
 *
 * The search without it tries for each number what can be computed: plain hashes of the number, hashes and HMACs of the
 * input, the steps behind the PRF with those in the place of its output, and for every tenth the PRF under another key.
 * KETENBRUG_LONG=1 tries a million, which takes two processors three quarters of a minute; builds that are not optimised
 * try fewer, unless it is asked.
 */
#include "unit/unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "matching/derive.h"
#include "matching/suite.h"

#ifdef NDEBUG
enum { TRIES = 100000 };
#else
enum { TRIES = 20000 };
#endif
enum {
    TRIES_LONG = 1000000,
    PEOPLE_MAX = TRIES_LONG / 1000,
    CLASS = 2 * 1024,
    WORKERS_MAX = 8,
    GUESSES_MAX = 16,
    FIRST = 10000000,
    OTHER_KEY_EACH = 10
};
_Static_assert(PEOPLE_MAX <= CLASS, "a set has no more people than its class says");

/* What was stolen. */
struct loot {
    uint64_t set[CLASS];      /* people and dummies, sorted */
    uint64_t keys[CLASS];     /* starts of ask keys, sorted */
    struct match_scope scope; /* and what is known of whose they are */
    struct voprf_element public_key;
};

struct worker {
    pthread_t thread;
    const struct loot *loot;
    const struct voprf_key *key;   /* the right one, of the control */
    const struct voprf_key *other; /* one that the thief has: his own, another purpose's or epoch's */
    size_t begin;
    size_t end;
    size_t tried;
    size_t found_without;
    size_t found_set;
    size_t found_keys;
};

/* The numbers that are tried: those from 100000000 on that pass the eleven-test, rising, so all different. */
static struct bsn numbers[TRIES_LONG];
static size_t tries = TRIES;

static void make_numbers(void)
{
    size_t count = 0;
    for (unsigned start = FIRST; count < tries; start++) {
        char text[BSN_DIGITS + 1];
        (void)snprintf(text, sizeof text, "%08u0", start);
        for (; count < tries && text[BSN_DIGITS - 1] <= '9'; text[BSN_DIGITS - 1]++) {
            count += bsn_parse(slice_of(text, BSN_DIGITS), &numbers[count]);
        }
    }
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static bool has(const uint64_t *sorted, size_t count, uint64_t value)
{
    return bsearch(&value, sorted, count, sizeof *sorted, by_number) != NULL;
}

static struct match_value value_under(const struct match_scope *scope, const struct voprf_key *key, struct slice input)
{
    struct error err;
    struct voprf_output output;
    struct match_value value;
    assert_int_equal(voprf_own(key, input, &output, &err), RESULT_OK);
    match_value_of(scope, &output, &value);
    return value;
}

static struct match_value value_of(const struct match_scope *scope, const struct voprf_key *key, size_t place)
{
    uint8_t input[MATCH_INPUT_BYTES];
    match_input(&numbers[place], input);
    return value_under(scope, key, slice_of(input, sizeof input));
}

/* Every thousandth is in the set; dummies fill its class. */
static void steal(const struct voprf_key *key, struct loot *out)
{
    out->public_key = key->public;
    for (size_t i = 0; i < CLASS; i++) {
        randombytes_buf(&out->set[i], sizeof out->set[i]);
        randombytes_buf(&out->keys[i], sizeof out->keys[i]);
        if (i < tries / 1000) {
            const struct match_value value = value_of(&out->scope, key, i * 1000 + 7);
            out->set[i] = value.fingerprint;
            out->keys[i] = bytes_get_u64(value.key.bytes);
        }
    }
    qsort(out->set, CLASS, sizeof *out->set, by_number);
    qsort(out->keys, CLASS, sizeof *out->keys, by_number);
}

/* One hash of 64 bytes that might have been the PRF's output, with what would come of it. */
static size_t guess(const struct loot *loot, const uint8_t hash[VOPRF_OUTPUT], uint64_t *out)
{
    struct voprf_output output;
    struct match_value value;
    memcpy(output.bytes, hash, sizeof output.bytes);
    match_value_of(&loot->scope, &output, &value);
    out[0] = bytes_get_u64(hash);
    out[1] = value.fingerprint;
    out[2] = bytes_get_u64(value.key.bytes);
    return 3;
}

static size_t guesses(const struct loot *loot, struct slice input, uint64_t out[GUESSES_MAX])
{
    uint8_t hash[VOPRF_OUTPUT] = {0};
    crypto_auth_hmacsha256_state hmac256;
    crypto_auth_hmacsha512_state hmac512;
    size_t count = 0;
    (void)crypto_hash_sha256(hash, input.ptr, input.len);
    count += guess(loot, hash, out + count);
    (void)crypto_hash_sha512(hash, input.ptr, input.len);
    count += guess(loot, hash, out + count);
    (void)crypto_auth_hmacsha256_init(&hmac256, loot->public_key.bytes, VOPRF_ELEMENT);
    (void)crypto_auth_hmacsha256_update(&hmac256, input.ptr, input.len);
    (void)crypto_auth_hmacsha256_final(&hmac256, hash);
    count += guess(loot, hash, out + count);
    (void)crypto_auth_hmacsha512_init(&hmac512, loot->public_key.bytes, VOPRF_ELEMENT);
    (void)crypto_auth_hmacsha512_update(&hmac512, input.ptr, input.len);
    (void)crypto_auth_hmacsha512_final(&hmac512, hash);
    return count + guess(loot, hash, out + count);
}

static bool found_without_key(const struct worker *w, struct slice input)
{
    uint64_t all[GUESSES_MAX];
    uint8_t hash[VOPRF_OUTPUT];
    const struct slice number = slice_of(input.ptr + input.len - BSN_DIGITS, BSN_DIGITS);
    size_t count = guesses(w->loot, input, all);
    (void)crypto_hash_sha256(hash, number.ptr, number.len);
    all[count++] = bytes_get_u64(hash);
    (void)crypto_hash_sha512(hash, number.ptr, number.len);
    all[count++] = bytes_get_u64(hash);
    if (w->tried % OTHER_KEY_EACH == 0) {
        const struct match_value value = value_under(&w->loot->scope, w->other, input);
        all[count++] = value.fingerprint;
        all[count++] = bytes_get_u64(value.key.bytes);
    }
    for (size_t i = 0; i < count; i++) {
        if (has(w->loot->set, CLASS, all[i]) || has(w->loot->keys, CLASS, all[i])) {
            return true;
        }
    }
    return false;
}

static void *search(void *context)
{
    struct worker *w = context;
    for (size_t place = w->begin; place < w->end; place++) {
        uint8_t input[MATCH_INPUT_BYTES];
        match_input(&numbers[place], input);
        w->tried++;
        w->found_without += found_without_key(w, slice_of(input, sizeof input));
        const struct match_value value = value_under(&w->loot->scope, w->key, slice_of(input, sizeof input));
        w->found_set += has(w->loot->set, CLASS, value.fingerprint);
        w->found_keys += has(w->loot->keys, CLASS, bytes_get_u64(value.key.bytes));
    }
    return NULL;
}

static void search_all(const struct loot *loot, const struct voprf_key *key, const struct voprf_key *other,
                       struct worker *sum)
{
    static struct worker workers[WORKERS_MAX];
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t count = cores < 1 ? 1 : cores > WORKERS_MAX ? WORKERS_MAX : (size_t)cores;
    for (size_t i = 0; i < count; i++) {
        workers[i] = (struct worker){.loot = loot, .key = key, .other = other};
        workers[i].begin = tries * i / count;
        workers[i].end = tries * (i + 1) / count;
        assert_int_equal(pthread_create(&workers[i].thread, NULL, search, &workers[i]), 0);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
        sum->tried += workers[i].tried;
        sum->found_without += workers[i].found_without;
        sum->found_set += workers[i].found_set;
        sum->found_keys += workers[i].found_keys;
    }
}

static void a_stolen_set_tells_nobody_without_the_key_and_all_with_it(void **state)
{
    (void)state;
    static const uint8_t seed[VOPRF_SEED] = "dat wat gestolen is, niet bevat";
    static struct loot loot;
    struct error err;
    uint8_t info[MATCH_INFO_MAX];
    struct voprf_key key;
    struct voprf_key other;
    struct worker sum = {0};
    loot.scope =
        (struct match_scope){{"00000001001234567000"}, {"00000002009876543000"}, slice_text("hulpafstemming"), 737};
    size_t len = match_info(&loot.scope, info);
    assert_int_equal(voprf_derive_key(seed, slice_of(info, len), &key, &err), RESULT_OK);
    const struct match_scope next = {loot.scope.provider, loot.scope.requester, loot.scope.purpose, 738};
    len = match_info(&next, info);
    assert_int_equal(voprf_derive_key(seed, slice_of(info, len), &other, &err), RESULT_OK);
    const char *asked = getenv("KETENBRUG_LONG");
    tries = asked != NULL && strcmp(asked, "1") == 0 ? TRIES_LONG : TRIES;
    make_numbers();
    steal(&key, &loot);
    search_all(&loot, &key, &other, &sum);
    assert_int_equal(sum.tried, tries);
    assert_int_equal(sum.found_without, 0);
    assert_int_equal(sum.found_set, tries / 1000);
    assert_int_equal(sum.found_keys, tries / 1000);
}

int main(void)
{
    struct error err;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stolen_set_tells_nobody_without_the_key_and_all_with_it),
    };
    return voprf_ready(&err) != RESULT_OK || cmocka_run_group_tests(tests, NULL, NULL) != 0;
}
