/* buf.h: growth, the ceiling from every writer, failure that sticks, no memory, nothing left behind. */
#include "unit/unit.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static void starts_empty_without_memory(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    assert_null(buf.ptr);
    assert_int_equal(buf_slice(&buf).len, 0);
    assert_true(buf_ok(&buf));
    buf_consume(&buf, 3);
    buf_fill(&buf, 'x', 0);
    buf_bytes(&buf, NULL, 0);
    buf_slice_in(&buf, slice_of(NULL, 0));
    assert_null(buf.ptr);
    buf_wipe(&buf);
    buf_free(&buf);
    assert_int_equal(buf.ceiling, 100);
}

static void writers_append_in_order(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    buf_text(&buf, "een");
    buf_byte(&buf, ' ');
    buf_bytes(&buf, "twee", 4);
    buf_slice_in(&buf, slice_text(" drie"));
    buf_fill(&buf, '.', 3);
    buf_format(&buf, "%d-%s", 4, "vier");
    assert_true(slice_is(buf_slice(&buf), "een twee drie...4-vier"));
    buf_consume(&buf, 4);
    assert_true(slice_is(buf_slice(&buf), "twee drie...4-vier"));
    buf_consume(&buf, 1000);
    assert_int_equal(buf.len, 0);
    buf_free(&buf);
}

static void growth_keeps_the_content(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 1 << 20);
    for (unsigned i = 0; i < 100000; i++) {
        buf_byte(&buf, (uint8_t)(i * 7));
    }
    assert_true(buf_ok(&buf));
    assert_int_equal(buf.len, 100000);
    for (unsigned i = 0; i < 100000; i++) {
        assert_int_equal(buf.ptr[i], (uint8_t)(i * 7));
    }
    buf_free(&buf);
}

enum writer { BYTES, TEXT, FILL, FORMAT, RESERVE, WRITER_COUNT };

static void write_by(struct buf *buf, enum writer writer, const char *text)
{
    uint8_t *room = NULL;
    switch (writer) {
    case BYTES:
        buf_bytes(buf, text, strlen(text));
        break;
    case TEXT:
        buf_text(buf, text);
        break;
    case FILL:
        buf_fill(buf, 'x', strlen(text));
        break;
    case FORMAT:
        buf_format(buf, "%s", text);
        break;
    default:
        room = buf_reserve(buf, strlen(text));
        if (room != NULL) {
            memset(room, 'x', strlen(text));
            buf_commit(buf, strlen(text));
        }
    }
}

/* Exactly the ceiling is allowed, one more is not, whoever writes and whatever stood there. */
static void ceiling_is_exact_for_every_writer(void **state)
{
    (void)state;
    static const size_t ceilings[] = {1, 3, 10, 255, 256, 257, 1000, 4096};
    char text[5000];
    for (size_t c = 0; c < COUNT_OF(ceilings); c++) {
        for (int writer = 0; writer < WRITER_COUNT; writer++) {
            for (size_t before = 0; before < 2 && before < ceilings[c]; before++) {
                struct buf buf;
                buf_init(&buf, ceilings[c]);
                buf_fill(&buf, 'x', before);
                memset(text, 'x', sizeof text);
                text[ceilings[c] - before] = '\0';
                write_by(&buf, (enum writer)writer, text);
                assert_true(buf_ok(&buf));
                assert_int_equal(buf.len, ceilings[c]);
                assert_true(buf.capacity <= ceilings[c]);
                write_by(&buf, (enum writer)writer, "x");
                assert_false(buf_ok(&buf));
                assert_int_equal(buf.len, ceilings[c]);
                buf_free(&buf);
            }
        }
    }
}

static void ceiling_of_zero_takes_nothing(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 0);
    buf_format(&buf, "%s", "");
    assert_true(buf_ok(&buf));
    buf_byte(&buf, 'x');
    assert_false(buf_ok(&buf));
    buf_free(&buf);
}

static void failure_sticks_until_cleared(void **state)
{
    (void)state;
    struct buf buf;
    struct error err;
    buf_init(&buf, 4);
    buf_text(&buf, "abc");
    assert_int_equal(buf_result(&buf, "antwoord", &err), RESULT_OK);
    buf_text(&buf, "de");
    buf_byte(&buf, 'd'); /* would fit, but the writer before it failed */
    buf_format(&buf, "%d", 1);
    assert_null(buf_reserve(&buf, 1));
    assert_true(slice_is(buf_slice(&buf), "abc"));
    assert_int_equal(buf_result(&buf, "antwoord", &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    assert_string_equal(err.where, "antwoord");
    buf_clear(&buf);
    buf_text(&buf, "abcd");
    assert_true(slice_is(buf_slice(&buf), "abcd"));
    buf_free(&buf);
}

static void absurd_sizes_are_refused(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    assert_null(buf_reserve(&buf, SIZE_MAX));
    assert_false(buf_ok(&buf));
    buf_clear(&buf);
    buf_byte(&buf, 'x');
    assert_null(buf_reserve(&buf, SIZE_MAX)); /* length + want would overflow */
    buf_free(&buf);
}

static void commit_past_the_room_is_refused(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 10);
    assert_non_null(buf_reserve(&buf, 5));
    buf_commit(&buf, 11);
    assert_false(buf_ok(&buf));
    assert_int_equal(buf.len, 0);
    buf_free(&buf);
}

static void no_memory_fails_and_keeps_the_content(void **state)
{
    (void)state;
    struct buf buf;
    struct error err;
    buf_init(&buf, 100000);
    mem_fail_after(0);
    buf_byte(&buf, 'x');
    assert_false(buf_ok(&buf));
    buf_clear(&buf);
    buf_text(&buf, "blijft");
    mem_fail_after(0);
    buf_fill(&buf, 'x', 5000);
    assert_int_equal(buf_result(&buf, "", &err), RESULT_FAILED);
    assert_true(slice_is(buf_slice(&buf), "blijft"));
    mem_fail_after(-1);
    buf_free(&buf);
}

static void wipe_leaves_an_empty_buffer(void **state)
{
    (void)state;
    struct buf buf;
    buf_init(&buf, 100);
    buf_text(&buf, "geheim");
    buf_wipe(&buf);
    assert_null(buf.ptr);
    assert_int_equal(buf.len, 0);
    buf_text(&buf, "weer");
    assert_true(slice_is(buf_slice(&buf), "weer"));
    buf_free(&buf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_empty_without_memory),
        cmocka_unit_test(writers_append_in_order),
        cmocka_unit_test(growth_keeps_the_content),
        cmocka_unit_test(ceiling_is_exact_for_every_writer),
        cmocka_unit_test(ceiling_of_zero_takes_nothing),
        cmocka_unit_test(failure_sticks_until_cleared),
        cmocka_unit_test(absurd_sizes_are_refused),
        cmocka_unit_test(commit_past_the_room_is_refused),
        cmocka_unit_test(no_memory_fails_and_keeps_the_content),
        cmocka_unit_test(wipe_leaves_an_empty_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
