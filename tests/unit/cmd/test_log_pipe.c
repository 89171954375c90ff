/* Log lines to a reader that is stuck, comes back, or is gone: the writer never waits. */
#include "unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/log_pipe.h"

static int64_t any_time(void *ctx)
{
    (void)ctx;
    return INT64_C(1700000000000);
}

static const struct clock fixed_clock = {any_time, NULL};

enum { LINES = 4000 }; /* of 100 bytes: several times what a pipe holds */

static size_t count_lines(int fd, char *first_of_last, size_t room)
{
    static char all[1048576];
    size_t len = 0;
    ssize_t got = 0;
    while (len < sizeof all - 1 && (got = read(fd, all + len, sizeof all - 1 - len)) > 0) {
        len += (size_t)got;
    }
    all[len] = '\0';
    size_t lines = 0;
    const char *start = all;
    for (const char *end = strchr(all, '\n'); end != NULL; end = strchr(start, '\n')) {
        lines++;
        if (strstr(start, "vervallen") != NULL && first_of_last != NULL) {
            (void)snprintf(first_of_last, room, "%.*s", (int)(end - start), start);
        }
        start = end + 1;
    }
    assert_int_equal(*start, '\0'); /* no half line */
    return lines;
}

static void a_stuck_reader_costs_lines_and_no_time(void **state)
{
    (void)state;
    int ends[2];
    struct log_pipe out;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    log_pipe_init(&out, ends[1], &fixed_clock);
    const struct log_sink sink = log_pipe_sink(&out);
    for (int i = 0; i < LINES; i++) {
        log_event(&sink, LOG_INFO, "een-regel", LOG_TEXT("opvulling", "................................"));
    }
    const size_t taken = count_lines(ends[0], NULL, 0);
    assert_true(taken > 100 && taken < LINES);
    assert_int_equal(out.dropped, LINES - taken);
    log_event(&sink, LOG_INFO, "weer", LOG_NUMBER("n", 1));
    char told[256] = "";
    char expected[64];
    assert_int_equal(count_lines(ends[0], told, sizeof told), 2);
    (void)snprintf(expected, sizeof expected, "\"aantal\":%zu}", LINES - taken);
    assert_non_null(strstr(told, expected));
    assert_int_equal(out.dropped, 0);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void a_reader_that_is_gone_stops_nothing(void **state)
{
    (void)state;
    int ends[2];
    struct log_pipe out;
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    log_pipe_init(&out, ends[1], &fixed_clock);
    const struct log_sink sink = log_pipe_sink(&out);
    (void)close(ends[0]);
    log_event(&sink, LOG_INFO, "een-regel", LOG_NUMBER("n", 1));
    log_event(&sink, LOG_INFO, "een-regel", LOG_NUMBER("n", 2));
    assert_int_equal(out.dropped, 2);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stuck_reader_costs_lines_and_no_time),
        cmocka_unit_test(a_reader_that_is_gone_stops_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
