/* One text drawn for a terminal and as HTML: what wraps, what is escaped, what does not come through. */
#include "unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "cmd/pen.h"

enum { LONG = 3000 };

struct drawn {
    struct pen pen;
    char *text;
    size_t size;
};

static void open_pen(struct drawn *d, bool html)
{
    *d = (struct drawn){.pen = {.html = html}};
    d->pen.out = open_memstream(&d->text, &d->size);
    assert_non_null(d->pen.out);
}

static const char *close_pen(struct drawn *d)
{
    assert_int_equal(fclose(d->pen.out), 0);
    return d->text;
}

static void html_is_escaped(void **state)
{
    (void)state;
    struct drawn d;
    open_pen(&d, true);
    pen_text(&d.pen, "<a href=\"x\" o='y'> & \xE2\x80\xAE\x1B[1m\nnieuw");
    assert_string_equal(close_pen(&d), "<p>&lt;a href=&quot;x&quot; o=&#39;y&#39;&gt; &amp; ??[1m<br>nieuw</p>\n");
    free(d.text);
}

/* Pieces are cut inside; never within a character or an entity. */
static void long_texts_come_through_whole(void **state)
{
    (void)state;
    static const char *const units[] = {"\xE2\x82\xAC", "&", "x", "\xC3\xA9"};
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        for (size_t shift = 0; shift < 9; shift++) {
            struct drawn d;
            char text[LONG * 3 + 16] = "";
            size_t len = shift;
            memset(text, 'a', shift);
            for (size_t i = 0; i < LONG; i++) {
                memcpy(text + len, units[u], strlen(units[u]));
                len += strlen(units[u]);
            }
            open_pen(&d, true);
            pen_text(&d.pen, text);
            const char *out = close_pen(&d);
            size_t count = 0;
            const char *unit = u == 1 ? "&amp;" : units[u];
            for (const char *at = strstr(out, unit); at != NULL; at = strstr(at + strlen(unit), unit)) {
                count++;
            }
            assert_int_equal(count, LONG);
            assert_null(strchr(out, '?'));
            free(d.text);
        }
    }
}

static void a_terminal_gets_lines_of_one_width(void **state)
{
    (void)state;
    static const char *const columns[] = {"Wie", "Wat", "Leeg"};
    static const char name[] =
        "een organisatie met een \xC3\xA9\xC3\xA9nvoudige naam die lang genoeg is om niet op een "
        "regel te passen";
    static const char what[] =
        "iets\niets anders dat ook heel lang is en daarom op een volgende regel verder moet gaan";
    const char *cells[] = {name, what, ""};
    struct drawn d;
    open_pen(&d, false);
    pen_table(&d.pen, "Titel", columns, 3);
    pen_row(&d.pen, cells);
    pen_table_end(&d.pen);
    const char *out = close_pen(&d);
    for (const char *line = out; *line != '\0'; line = strchr(line, '\n') + 1) {
        size_t wide = 0;
        for (const char *c = line; *c != '\n'; c++) {
            wide += ((unsigned char)*c & 0xC0U) != 0x80U;
        }
        assert_true(wide <= 78);
    }
    assert_non_null(strstr(out, "\n    Wat                iets\n                       iets anders"));
    assert_null(strstr(out, "Leeg"));
    free(d.text);
}

static void a_word_that_does_not_fit_stands_alone(void **state)
{
    (void)state;
    struct drawn d;
    char word[201] = "";
    memset(word, 'w', sizeof word - 1);
    char text[256];
    (void)snprintf(text, sizeof text, "voor %s na", word);
    open_pen(&d, false);
    pen_text(&d.pen, text);
    char expected[256];
    (void)snprintf(expected, sizeof expected, "voor\n%s\nna\n", word);
    assert_string_equal(close_pen(&d), expected);
    free(d.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(html_is_escaped),
        cmocka_unit_test(long_texts_come_through_whole),
        cmocka_unit_test(a_terminal_gets_lines_of_one_width),
        cmocka_unit_test(a_word_that_does_not_fit_stands_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
