/* Which figures are hidden. That no hidden one can be reckoned back is tested by tests/conformance/figures_bounds.py, too. */
#include "unit/unit.h"

#include <string.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/mem.h"
#include "domain/suppress.h"

enum {
    LEAST = 10,
    SIDE = 3,
    COLUMNS = 0,
    ROWS = SIDE,
    START = 2 * SIDE,
    END,
    POINTS,
    FIGURES = SIDE * SIDE + 2 * SIDE + 1
};

/* Cells by row, then totals of rows, of columns, and of all. Behind each look stands a person. */
static void lay_table(const uint32_t cells[SIDE][SIDE], struct suppress_figure out[FIGURES])
{
    memset(out, 0, FIGURES * sizeof *out);
    for (uint32_t r = 0; r < SIDE; r++) {
        for (uint32_t c = 0; c < SIDE; c++) {
            out[r * SIDE + c] = (struct suppress_figure){COLUMNS + c, ROWS + r, cells[r][c], cells[r][c], false, false};
            out[SIDE * SIDE + r].count += cells[r][c];
            out[SIDE * SIDE + SIDE + c].count += cells[r][c];
            out[FIGURES - 1].count += cells[r][c];
        }
    }
    for (uint32_t i = 0; i < SIDE; i++) {
        out[SIDE * SIDE + i].from = ROWS + i;
        out[SIDE * SIDE + i].to = END;
        out[SIDE * SIDE + SIDE + i].from = START;
        out[SIDE * SIDE + SIDE + i].to = COLUMNS + i;
    }
    out[FIGURES - 1].from = END;
    out[FIGURES - 1].to = START;
    for (size_t i = SIDE * SIDE; i < FIGURES; i++) {
        out[i].persons = out[i].count;
        out[i].total = true;
    }
}

/* One letter a figure: '.' told, '-' hidden. */
static void hides(const uint32_t cells[SIDE][SIDE], const char *expected)
{
    struct suppress_figure figures[FIGURES];
    struct error err;
    char got[FIGURES + 1] = "";
    lay_table(cells, figures);
    assert_int_equal(suppress(figures, FIGURES, POINTS, LEAST, &err), RESULT_OK);
    for (size_t i = 0; i < FIGURES; i++) {
        got[i] = figures[i].hidden ? '-' : '.';
    }
    assert_string_equal(got, expected);
}

static void what_is_large_or_zero_is_told(void **state)
{
    (void)state;
    hides((const uint32_t[SIDE][SIDE]){{10, 0, 30}, {0, 0, 0}, {50, 10, 99}}, "................");
}

static void a_small_one_hides_others_in_its_row_and_column(void **state)
{
    (void)state;
    hides((const uint32_t[SIDE][SIDE]){{9, 20, 90}, {20, 20, 90}, {90, 90, 90}}, "--.--...........");
}

/* 3 and 4 in a row: together they are 7, which all would know. */
static void small_ones_that_know_each_other_hide_more(void **state)
{
    (void)state;
    hides((const uint32_t[SIDE][SIDE]){{3, 4, 40}, {30, 50, 60}, {70, 80, 90}}, "------..........");
}

/* Alone in its row and its column: then only totals help. */
static void the_way_around_may_go_by_totals(void **state)
{
    (void)state;
    hides((const uint32_t[SIDE][SIDE]){{9, 0, 0}, {0, 50, 60}, {0, 70, 80}}, "-........-..-..-");
}

/* 9 with 30, 70 and 60; or with 20, 40 and 80, that are fewer. */
static void the_cheapest_way_around_is_hidden(void **state)
{
    (void)state;
    hides((const uint32_t[SIDE][SIDE]){{9, 30, 20}, {60, 70, 99}, {80, 99, 40}}, "-.-...-.-.......");
}

static void where_hardly_anybody_looked_all_that_is_not_zero_is_hidden(void **state)
{
    (void)state;
    hides((const uint32_t[SIDE][SIDE]){{1, 0, 0}, {0, 0, 0}, {0, 0, 1}}, "-.......--.--.--");
}

/* What few persons stand behind is hidden, however often they were looked at. */
static void persons_decide_not_looks(void **state)
{
    struct suppress_figure figures[FIGURES];
    struct error err;
    (void)state;
    lay_table((const uint32_t[SIDE][SIDE]){{50, 60, 70}, {80, 90, 95}, {85, 75, 65}}, figures);
    figures[4].persons = LEAST - 1;
    figures[8].persons = LEAST;
    assert_int_equal(suppress(figures, FIGURES, POINTS, LEAST, &err), RESULT_OK);
    assert_true(figures[4].hidden && !figures[FIGURES - 1].hidden);
    figures[4].persons = LEAST;
    assert_int_equal(suppress(figures, FIGURES, POINTS, LEAST, &err), RESULT_OK);
    for (size_t i = 0; i < FIGURES; i++) {
        assert_false(figures[i].hidden);
    }
}

/* The setting was changed between two answers: what the one hides the other must not tell. */
static void a_higher_bound_tells_nothing_that_a_lower_one_hides(void **state)
{
    struct suppress_figure low[FIGURES], high[FIGURES];
    struct error err;
    (void)state;
    static const uint32_t tables[][SIDE][SIDE] = {{{6, 10, 10}, {17, 44, 11}, {27, 18, 3}},
                                                  {{3, 30, 40}, {35, 9, 50}, {60, 45, 8}}};
    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        for (uint32_t least = FIGURES_LEAST_MIN; least < 30; least++) {
            lay_table(tables[t], low);
            lay_table(tables[t], high);
            assert_int_equal(suppress(low, FIGURES, POINTS, least, &err), RESULT_OK);
            assert_int_equal(suppress(high, FIGURES, POINTS, least + 1, &err), RESULT_OK);
            for (size_t i = 0; i < FIGURES; i++) {
                assert_true(high[i].hidden || !low[i].hidden);
            }
        }
    }
}

static void figures_that_do_not_add_up_are_no_table(void **state)
{
    struct error err;
    struct suppress_figure figures[] = {{0, 1, 5, 5, false, false}, {1, 2, 0, 0, true, false}};
    (void)state;
    assert_int_equal(suppress(figures, COUNT_OF(figures), 3, LEAST, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_INTERNAL);
}

static void nothing_at_all_is_a_table_too(void **state)
{
    struct error err;
    struct suppress_figure figure;
    (void)state;
    assert_int_equal(suppress(&figure, 0, 1, LEAST, &err), RESULT_OK);
}

static void without_memory_there_are_no_figures(void **state)
{
    struct suppress_figure figures[FIGURES];
    struct error err;
    enum result result = RESULT_FAILED;
    long at = 0;
    (void)state;
    for (; result != RESULT_OK && at < 20; at++) {
        lay_table((const uint32_t[SIDE][SIDE]){{9, 20, 90}, {20, 20, 90}, {90, 90, 90}}, figures);
        mem_fail_after(at);
        result = suppress(figures, FIGURES, POINTS, LEAST, &err);
        mem_fail_after(-1);
        assert_true(result == RESULT_OK || err.fault == FAULT_NO_MEMORY);
    }
    assert_int_equal(at, 9); /* eight were refused in turn */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_large_or_zero_is_told),
        cmocka_unit_test(a_small_one_hides_others_in_its_row_and_column),
        cmocka_unit_test(small_ones_that_know_each_other_hide_more),
        cmocka_unit_test(the_way_around_may_go_by_totals),
        cmocka_unit_test(the_cheapest_way_around_is_hidden),
        cmocka_unit_test(where_hardly_anybody_looked_all_that_is_not_zero_is_hidden),
        cmocka_unit_test(persons_decide_not_looks),
        cmocka_unit_test(a_higher_bound_tells_nothing_that_a_lower_one_hides),
        cmocka_unit_test(figures_that_do_not_add_up_are_no_table),
        cmocka_unit_test(nothing_at_all_is_a_table_too),
        cmocka_unit_test(without_memory_there_are_no_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
