/* A covenant in words: each word of the closed lists has its own, and what does not fit says so. */
#include "unit/unit.h"

#include <string.h>

#include "cmd/covenant_words.h"

static void every_word_is_explained(void **state)
{
    (void)state;
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        assert_true(strlen(words_category((enum category)i)) > 10);
        for (unsigned other = 0; other < i; other++) {
            assert_string_not_equal(words_category((enum category)i), words_category((enum category)other));
        }
    }
    for (unsigned i = 0; i < OBLIGATION_COUNT; i++) {
        assert_true(strlen(words_obligation((enum obligation)i)) > 10);
    }
    assert_string_equal(words_category(CATEGORY_COUNT), "");
    assert_string_equal(words_obligation(OBLIGATION_COUNT), "");
}

static void grounds_say_what_they_allow(void **state)
{
    (void)state;
    static const struct {
        struct basis basis;
        const char *text;
    } rows[] = {
        {{.ground = 'e'}, "publieke taak (AVG artikel 6 lid 1 onder e)"},
        {{.ground = 'd', .special = 'c'},
         "levensgevaar (AVG artikel 6 lid 1 onder d); ook voor gevoelige gegevens (AVG artikel 9 lid 2 onder c)"},
        {{.ground = 'c', .lifts_secrecy = true},
         "wettelijke plicht (AVG artikel 6 lid 1 onder c); heft de geheimhouding op"},
        {{.demands_consent = true}, "deze wet vraagt ook toestemming"},
        {{.ground = 0}, ""},
    };
    struct buf out;
    buf_init(&out, SHOW_TEXT_MAX);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        words_ground(&rows[i].basis, &out);
        assert_string_equal(words_end(&out), rows[i].text);
    }
    buf_free(&out);
}

static void a_basis_is_in_force_between_its_days(void **state)
{
    (void)state;
    const struct basis basis = {.from = {2026, 1, 1}, .until = {2026, 12, 31}};
    const struct basis always = {.code = ""};
    const struct date days[] = {{2025, 12, 31}, {2026, 1, 1}, {2026, 12, 31}, {2027, 1, 1}};
    const char *const expected[] = {"NEE: geldt nog niet", "ja", "ja", "NEE: geldt niet meer"};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(words_in_force(&basis, &days[i]), expected[i]);
        assert_string_equal(words_in_force(&always, &days[i]), "ja");
    }
}

static void what_does_not_fit_is_cut_and_says_so(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, SHOW_TEXT_MAX);
    buf_fill(&out, 'x', SHOW_TEXT_MAX - 1);
    assert_int_equal(strlen(words_end(&out)), SHOW_TEXT_MAX - 1);
    buf_fill(&out, 'x', SHOW_TEXT_MAX);
    buf_text(&out, "y");
    assert_string_equal(words_end(&out), "...");
    buf_text(&out, "verder");
    assert_string_equal(words_end(&out), "verder");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_is_explained),
        cmocka_unit_test(grounds_say_what_they_allow),
        cmocka_unit_test(a_basis_is_in_force_between_its_days),
        cmocka_unit_test(what_does_not_fit_is_cut_and_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
