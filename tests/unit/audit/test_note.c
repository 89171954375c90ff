/* Signed notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature). The note and key of the first test are those that
 * the documentation of golang.org/x/mod/sumdb/note shows. */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "audit/checkpoint.h"
#include "base/encode.h"

static const char neumann[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char answer[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

static struct note_key key_of(const char *name, enum note_key_type type, uint8_t first)
{
    uint8_t seed[32] = {first};
    struct note_key key;
    assert_int_equal(note_key_from_seed(name, type, seed, &key, NULL), RESULT_OK);
    return key;
}

static void published_note(void **state)
{
    (void)state;
    struct note_key key;
    struct note note;
    struct buf text;
    assert_int_equal(note_key_parse(slice_text(neumann), &key, NULL), RESULT_OK);
    assert_int_equal(note_parse(slice_text(answer), &note, NULL), RESULT_OK);
    assert_int_equal(note.count, 1);
    assert_int_equal(note_verdict(&note, &key, NULL), NOTE_HOLDS);
    buf_init(&text, 200);
    note_key_write(&key, &text);
    assert_true(slice_is(buf_slice(&text), neumann));
    buf_free(&text);
    note_key_drop(&key);
    char changed[sizeof answer];
    memcpy(changed, answer, sizeof answer);
    changed[0] = 'i';
    assert_int_equal(note_key_parse(slice_text(neumann), &key, NULL), RESULT_OK);
    assert_int_equal(note_parse(slice_text(changed), &note, NULL), RESULT_OK);
    assert_int_equal(note_verdict(&note, &key, NULL), NOTE_FAILS);
    note_key_drop(&key);
}

static void bad_keys(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "naam",
        "naam+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhBaXNkHFDw4TEHoMMW84SqogX7FZJqqvywxOIs1stdE1g==",
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct note_key key = {.key = NULL};
        assert_int_equal(note_key_parse(slice_text(rows[i]), &key, NULL), RESULT_FAILED);
        assert_null(key.key);
    }
}

static void make_note(const struct note_key *keys, size_t count, struct buf *out)
{
    const struct checkpoint checkpoint = {"voorbeeld.localhost/logboek", 20852163, {{7}}};
    struct buf text;
    buf_init(&text, 1000);
    checkpoint_write(&checkpoint, &text);
    buf_slice_in(out, buf_slice(&text));
    buf_text(out, "\n");
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(note_sign(&keys[i], buf_slice(&text), 1700000000, out, NULL), RESULT_OK);
    }
    buf_free(&text);
}

static void checkpoint_and_cosignature(void **state)
{
    (void)state;
    struct note_key keys[] = {key_of("voorbeeld.localhost/logboek", NOTE_ED25519, 1),
                              key_of("getuige.localhost", NOTE_COSIGNATURE, 2)};
    struct note_key stranger = key_of("getuige.localhost", NOTE_COSIGNATURE, 3);
    struct note note;
    struct checkpoint read;
    struct buf bytes;
    uint64_t when = 0;
    buf_init(&bytes, NOTE_BYTES_MAX);
    make_note(keys, 2, &bytes);
    assert_int_equal(note_parse(buf_slice(&bytes), &note, NULL), RESULT_OK);
    assert_int_equal(note.count, 2);
    assert_int_equal(note_verdict(&note, &keys[0], NULL), NOTE_HOLDS);
    assert_int_equal(note_verdict(&note, &keys[1], &when), NOTE_HOLDS);
    assert_int_equal(when, 1700000000);
    assert_int_equal(note_verdict(&note, &stranger, NULL), NOTE_ABSENT);
    assert_int_equal(checkpoint_parse(note.text, &read, NULL), RESULT_OK);
    assert_string_equal(read.origin, "voorbeeld.localhost/logboek");
    assert_int_equal(read.size, 20852163);
    assert_int_equal(read.root.bytes[0], 7);
    /* Another time than was signed is another signature. */
    note.signatures[1].bytes[7] ^= 1;
    assert_int_equal(note_verdict(&note, &keys[1], NULL), NOTE_FAILS);
    buf_free(&bytes);
    note_key_drop(&keys[0]);
    note_key_drop(&keys[1]);
    note_key_drop(&stranger);
}

/* The lengths that count: 4 + 64 and 4 + 8 + 64 bytes; others are read over, as verifiers must. */
static void unknown_signatures_are_read_over(void **state)
{
    (void)state;
    struct note_key key = key_of("a", NOTE_ED25519, 1);
    struct note note;
    struct buf bytes;
    buf_init(&bytes, NOTE_BYTES_MAX);
    make_note(&key, 1, &bytes);
    buf_text(&bytes, "\xE2\x80\x94 iemand-anders AAAAAAA=\n");
    assert_int_equal(note_parse(buf_slice(&bytes), &note, NULL), RESULT_OK);
    assert_int_equal(note.count, 1);
    assert_int_equal(note_verdict(&note, &key, NULL), NOTE_HOLDS);
    buf_free(&bytes);
    note_key_drop(&key);
}

static void bounds(void **state)
{
    (void)state;
    struct note_key key = key_of("a", NOTE_ED25519, 1);
    struct note note;
    struct error err;
    struct buf bytes;
    buf_init(&bytes, NOTE_BYTES_MAX + 1);
    make_note(&key, 1, &bytes);
    for (size_t i = 1; i < NOTE_SIGNATURES_MAX; i++) {
        buf_text(&bytes, "\xE2\x80\x94 b AAAAAAA=\n");
    }
    assert_int_equal(note_parse(buf_slice(&bytes), &note, NULL), RESULT_OK);
    buf_text(&bytes, "\xE2\x80\x94 b AAAAAAA=\n");
    assert_int_equal(note_parse(buf_slice(&bytes), &note, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    buf_fill(&bytes, 'x', NOTE_BYTES_MAX + 1 - bytes.len);
    assert_int_equal(note_parse(buf_slice(&bytes), &note, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    buf_free(&bytes);
    note_key_drop(&key);
    char name[NOTE_NAME_MAX + 2];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    uint8_t seed[32] = {0};
    assert_int_equal(note_key_from_seed(name, NOTE_ED25519, seed, &key, NULL), RESULT_FAILED);
    name[sizeof name - 2] = '\0';
    assert_int_equal(note_key_from_seed(name, NOTE_ED25519, seed, &key, NULL), RESULT_OK);
    note_key_drop(&key);
}

static void bad_notes(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "\n",
        "\n\n",
        "tekst\n",
        "tekst\n\n",
        "tekst\n\n\xE2\x80\x94 naam AAAAAAA=",
        "tekst\n\nnaam AAAAAAA=\n",
        "tekst\n\n\xE2\x80\x94 naam\n",
        "tekst\n\n\xE2\x80\x94 naam A===\n",
        "tekst\n\n\xE2\x80\x94 naam AAAA\n",
        "tekst\n\n\xE2\x80\x94 na+am AAAAAAA=\n",
        "tekst\n\n\xE2\x80\x94  AAAAAAA=\n",
        "te\tkst\n\n\xE2\x80\x94 naam AAAAAAA=\n",
        "te\xFFkst\n\n\xE2\x80\x94 naam AAAAAAA=\n",
    };
    struct note note;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct error err;
        assert_int_equal(note_parse(slice_text(rows[i]), &note, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_INVALID);
    }
}

static void bad_checkpoints(void **state)
{
    (void)state;
#define ROOT "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"
    static const char *const rows[] = {
        "",
        "o\n",
        "o\n1\n",
        "\n1\n" ROOT,
        "o\n01\n" ROOT,
        "o\n-1\n" ROOT,
        "o\n1x\n" ROOT,
        "o\n\n" ROOT,
        "o\n9223372036854775808\n" ROOT,
        "o\n1\nAAAA\n",
        "o\n1\n" ROOT "uitbreiding\n",
        "o\n1\nAAAAAAAAAAAAAAAAAAAAAA",
    };
    struct checkpoint checkpoint;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(checkpoint_parse(slice_text(rows[i]), &checkpoint, NULL), RESULT_FAILED);
    }
    assert_int_equal(checkpoint_parse(slice_text("o\n9223372036854775807\n" ROOT), &checkpoint, NULL), RESULT_OK);
    assert_int_equal(checkpoint_parse(slice_text("o\n0\n" ROOT), &checkpoint, NULL), RESULT_OK);
}

/* A time that no clock tells would overflow whoever reckons with it in milliseconds. */
static void cosignatures_name_a_time_that_can_be_reckoned_with(void **state)
{
    (void)state;
    static const uint64_t times[] = {0, NOTE_TIME_MAX_S, NOTE_TIME_MAX_S + 1, INT64_MAX, UINT64_MAX};
    struct note_key key = key_of("getuige", NOTE_COSIGNATURE, 3);
    for (size_t i = 0; i < COUNT_OF(times); i++) {
        struct buf text;
        struct note note;
        uint64_t when = 1;
        buf_init(&text, 1000);
        buf_text(&text, "log\n\n");
        assert_int_equal(note_sign(&key, slice_text("log\n"), times[i], &text, NULL), RESULT_OK);
        assert_int_equal(note_parse(buf_slice(&text), &note, NULL), RESULT_OK);
        assert_int_equal(note_verdict(&note, &key, &when), times[i] <= NOTE_TIME_MAX_S ? NOTE_HOLDS : NOTE_FAILS);
        assert_true(when == 1 || when == times[i]);
        buf_free(&text);
    }
    note_key_drop(&key);
}

static void one_line_is_taken_and_no_other(void **state)
{
    (void)state;
    struct note_key key = key_of("een", NOTE_ED25519, 3);
    struct note_key other = key_of("ander", NOTE_ED25519, 4);
    struct note_key absent = key_of("afwezig", NOTE_ED25519, 5);
    struct buf text, own, line;
    struct note note;
    buf_init(&text, 1000);
    buf_init(&own, 1000);
    buf_init(&line, 1000);
    assert_int_equal(note_sign(&key, slice_text("log\n"), 0, &own, NULL), RESULT_OK);
    buf_text(&text, "log\n\n");
    assert_int_equal(note_sign(&other, slice_text("log\n"), 0, &text, NULL), RESULT_OK);
    buf_slice_in(&text, buf_slice(&own));
    buf_slice_in(&text, buf_slice(&own));
    assert_int_equal(note_parse(buf_slice(&text), &note, NULL), RESULT_OK);
    assert_false(note_copy_line(&note, &absent, &line));
    assert_int_equal(line.len, 0);
    assert_true(note_copy_line(&note, &key, &line));
    assert_true(slice_equal(buf_slice(&line), buf_slice(&own)));
    buf_free(&text);
    buf_free(&own);
    buf_free(&line);
    note_key_drop(&key);
    note_key_drop(&other);
    note_key_drop(&absent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cosignatures_name_a_time_that_can_be_reckoned_with),
        cmocka_unit_test(one_line_is_taken_and_no_other),
        cmocka_unit_test(published_note),
        cmocka_unit_test(bad_keys),
        cmocka_unit_test(checkpoint_and_cosignature),
        cmocka_unit_test(unknown_signatures_are_read_over),
        cmocka_unit_test(bounds),
        cmocka_unit_test(bad_notes),
        cmocka_unit_test(bad_checkpoints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
