/* logline.h: one JSON object a line, levels, and a line that is cut rather than lost. */
#include "unit/unit.h"

#include <string.h>

#include "base/json.h"
#include "base/logline.h"
#include "base/mem.h"

struct seen {
    char text[4096];
    size_t len;
    int lines;
};

static void keep(void *ctx, const char *line, size_t len)
{
    struct seen *seen = ctx;
    assert_true(len < sizeof seen->text);
    memcpy(seen->text, line, len);
    seen->text[len] = '\0';
    seen->len = len;
    seen->lines++;
}

static int64_t fixed_now(void *ctx)
{
    (void)ctx;
    return 1795339800000;
}

static const struct clock fixed_clock = {fixed_now, NULL};

static void line_is_one_json_object(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct log_sink sink = {keep, &seen, LOG_INFO, &fixed_clock};
    log_event(&sink, LOG_WARNING, "gestart", LOG_TEXT("naam", "\"a\"\nb"), LOG_NUMBER("poort", 17843));
    assert_string_equal(seen.text, "{\"tijd\":\"2026-11-22T09:30:00Z\",\"niveau\":\"waarschuwing\","
                                   "\"gebeurtenis\":\"gestart\",\"naam\":\"\\\"a\\\"\\u000ab\",\"poort\":17843}\n");
}

static void lines_below_the_level_are_dropped(void **state)
{
    (void)state;
    static const char *const words[] = {"\"fijn\"", "\"info\"", "\"waarschuwing\"", "\"fout\""};
    for (int least = LOG_DEBUG; least <= LOG_ERROR; least++) {
        for (int level = LOG_DEBUG; level <= LOG_ERROR; level++) {
            struct seen seen = {0};
            const struct log_sink sink = {keep, &seen, (enum log_level)least, &fixed_clock};
            log_fields(&sink, (enum log_level)level, "x", NULL, 0);
            assert_int_equal(seen.lines, level >= least);
            assert_true(seen.lines == 0 || strstr(seen.text, words[level]) != NULL);
        }
    }
}

static void no_sink_is_fine(void **state)
{
    (void)state;
    log_fields(NULL, LOG_ERROR, "x", NULL, 0);
}

static void error_is_written_with_kind_place_and_text(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct log_sink sink = {keep, &seen, LOG_DEBUG, &fixed_clock};
    struct error err;
    (void)error_set(&err, FAULT_IO, "map/bestand", "kan niet worden gelezen");
    log_error(&sink, LOG_ERROR, "opslag", &err);
    assert_non_null(
        strstr(seen.text, "\"soort\":\"bestand\",\"plaats\":\"map/bestand\",\"melding\":\"kan niet worden"));
}

static void assert_short_line(const struct seen *seen)
{
    assert_int_equal(seen->lines, 1);
    assert_string_equal(seen->text, "{\"tijd\":\"2026-11-22T09:30:00Z\",\"niveau\":\"fout\",\"gebeurtenis\":\"opslag\","
                                    "\"ingekort\":true}\n");
}

static void line_past_its_bound_is_cut_not_lost(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct log_sink sink = {keep, &seen, LOG_DEBUG, &fixed_clock};
    struct error err = {.fault = FAULT_IO};
    memset(err.where, 1, sizeof err.where - 1); /* each becomes six characters */
    memset(err.what, 1, sizeof err.what - 1);
    log_error(&sink, LOG_ERROR, "opslag", &err);
    assert_short_line(&seen);
}

static void line_without_memory_is_cut_not_lost(void **state)
{
    (void)state;
    struct seen seen = {0};
    const struct log_sink sink = {keep, &seen, LOG_DEBUG, &fixed_clock};
    mem_fail_after(0);
    log_event(&sink, LOG_ERROR, "opslag", LOG_NUMBER("n", 1));
    mem_fail_after(-1);
    assert_short_line(&seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_is_one_json_object),
        cmocka_unit_test(lines_below_the_level_are_dropped),
        cmocka_unit_test(no_sink_is_fine),
        cmocka_unit_test(error_is_written_with_kind_place_and_text),
        cmocka_unit_test(line_past_its_bound_is_cut_not_lost),
        cmocka_unit_test(line_without_memory_is_cut_not_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
