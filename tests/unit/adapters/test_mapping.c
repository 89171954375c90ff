/* A mapping says how a source's columns become ours; what it says wrong is told with line, key and what is allowed. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/adapter.h"
#include "adapters/charset.h"
#include "base/attr.h"
#include "base/mem.h"

static const struct date today = {2026, 11, 22};

#define COLUMNS                                                                                                        \
    "[kolommen]\nbsn = Nummer\nachternaam = Naam\nsinds = Start\nbronsleutel = Sleutel\ncontactpersoon = Mentor\n"     \
    "telefoon = Tel\ntot = Einde\n"
#define FIXED  "[vast]\nleefgebied = onderwijs-en-opvoeding\ndienst = ondersteuning\n"
#define HEADER "Sleutel,Klas,Nummer,Naam,Start,Einde,Mentor,Tel\n"

struct seen {
    struct adapter_row row;
    size_t rows;
    size_t rejected;
    struct fault_list faults;
};

static void on_row(void *ctx, const struct adapter_row *row)
{
    struct seen *seen = ctx;
    seen->row = *row;
    seen->rows++;
}

static void on_rejected(void *ctx, uint64_t line, const struct fault_list *faults)
{
    struct seen *seen = ctx;
    (void)line;
    seen->faults = *faults;
    seen->rejected++;
}

static struct mapping *mapping_of(const char *text)
{
    struct mapping *mapping = NULL;
    struct error err = {.what = ""};
    if (mapping_read(slice_text(text), "m.ini", &mapping, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
    return mapping;
}

/* Whole, and a byte at a time: the same must come of it. */
static enum result read_with(const char *mapping_text, struct slice csv, struct seen *seen, struct error *err)
{
    struct mapping *mapping = mapping_of(mapping_text);
    enum result result = RESULT_OK;
    for (size_t piece = csv.len; piece != 0; piece = piece == csv.len ? 1 : 0) {
        struct adapter *adapter = NULL;
        *seen = (struct seen){.rows = 0};
        const struct adapter_events events = {on_row, on_rejected, seen};
        const struct adapter_options options = {today, mapping};
        assert_int_equal(adapter_named("csv")->open(&events, &options, &adapter, err), RESULT_OK);
        result = RESULT_OK;
        for (size_t at = 0; at < csv.len && result == RESULT_OK; at += piece) {
            result = adapter_named("csv")->feed(adapter, slice_of(csv.ptr + at, piece), err);
        }
        if (result == RESULT_OK) {
            result = adapter_named("csv")->finish(adapter, err);
        }
        adapter_named("csv")->close(adapter);
    }
    mapping_free(mapping);
    return result;
}

static void a_source_with_its_own_columns_becomes_ours(void **state)
{
    (void)state;
    struct seen seen;
    struct error err;
    static const char text[] = "[bron]\nnaam = somtoday\ndatums = dd-mm-jjjj\n" COLUMNS FIXED;
    static const char csv[] = HEADER "s1,4b,999990019,\"de Vries, Proef\",1-2-2026,31/10/2026,A,112\n";
    assert_int_equal(read_with(text, slice_text(csv), &seen, &err), RESULT_OK);
    assert_int_equal(seen.rejected, 0);
    assert_int_equal(seen.rows, 1);
    assert_string_equal(seen.row.subject.family_name, "de Vries, Proef");
    assert_string_equal(date_text(&seen.row.involvement.since).text, "2026-02-01");
    assert_string_equal(date_text(&seen.row.involvement.until).text, "2026-10-31");
    assert_int_equal(seen.row.involvement.life_domain, LIFE_EDUCATION);
    assert_string_equal(seen.row.involvement.source_key, "s1");
}

static void words_are_translated_and_others_stay(void **state)
{
    (void)state;
    struct seen seen;
    struct error err;
    static const char text[] = "[vertaal leefgebied]\nFin = financien\nWonen = huisvesting\n";
    static const char header[] = "bsn;achternaam;leefgebied;dienst;sinds;contactpersoon;telefoon\n";
    char csv[256];
    (void)snprintf(csv, sizeof csv, "%s999990019;J;Wonen;d;2026-01-01;A;112\n", header);
    assert_int_equal(read_with(text, slice_text(csv), &seen, &err), RESULT_OK);
    assert_int_equal(seen.row.involvement.life_domain, LIFE_HOUSING);
    (void)snprintf(csv, sizeof csv, "%s999990019;J;Sport;d;2026-01-01;A;112\n", header);
    assert_int_equal(read_with(text, slice_text(csv), &seen, &err), RESULT_OK);
    assert_int_equal(seen.rejected, 1);
    assert_string_equal(seen.faults.items[0].where, "leefgebied");
}

static void one_column_of_the_source_may_fill_two_of_ours(void **state)
{
    (void)state;
    struct seen seen;
    struct error err;
    static const char text[] =
        "[kolommen]\nachternaam = Naam\nsinds = Start\nbronsleutel = Nr\npersoonsleutel = Nr\ncontactpersoon = Naam\n"
        "[vast]\nleefgebied = financien\ndienst = d\ntelefoon = 112\n";
    assert_int_equal(read_with(text, slice_text("Nr;Naam;Start\nx-1;Jo;2026-01-01\n"), &seen, &err), RESULT_OK);
    assert_int_equal(seen.rows, 1);
    assert_string_equal(seen.row.subject.source_key, "x-1");
    assert_string_equal(seen.row.involvement.source_key, "x-1");
    assert_string_equal(seen.row.involvement.contact.name, "Jo");
}

static void a_named_column_that_is_not_there_ends_the_run(void **state)
{
    (void)state;
    struct seen seen;
    struct error err;
    static const char text[] = COLUMNS FIXED;
    assert_int_equal(read_with(text, slice_text("Sleutel,Nummer,Naam,Start,Einde,Mentor\n"), &seen, &err),
                     RESULT_FAILED);
    assert_non_null(strstr(err.what, "Tel"));
}

/* The code points are those of the WHATWG index of windows-1252. */
static void windows_1252_becomes_utf8(void **state)
{
    (void)state;
    static const struct {
        uint8_t byte;
        const char *utf8;
    } cases[] = {{'a', "a"},         {0x80, "\xe2\x82\xac"}, {0x8A, "\xc5\xa0"}, {0x92, "\xe2\x80\x99"},
                 {0x9F, "\xc5\xb8"}, {0xA0, "\xc2\xa0"},     {0xE9, "\xc3\xa9"}, {0xEB, "\xc3\xab"},
                 {0xFF, "\xc3\xbf"}, {0x81, "\xff"},         {0x8D, "\xff"},     {0x8F, "\xff"},
                 {0x90, "\xff"},     {0x9D, "\xff"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint8_t out[CHARSET_MOST];
        const size_t len = charset_windows_1252(cases[i].byte, out);
        assert_int_equal(len, strlen(cases[i].utf8));
        assert_memory_equal(out, cases[i].utf8, len);
    }
}

static void a_windows_file_is_read_and_an_undefined_byte_refuses_its_row(void **state)
{
    (void)state;
    struct seen seen;
    struct error err;
    static const char text[] = "[bron]\ntekens = windows-1252\n" COLUMNS FIXED;
    assert_int_equal(
        read_with(text, slice_text(HEADER "s1,4b,999990019,Ren\xe9\x65,2026-02-01,,Zo\xeb,112\n"), &seen, &err),
        RESULT_OK);
    assert_string_equal(seen.row.subject.family_name, "Ren\xc3\xa9"
                                                      "e");
    assert_int_equal(read_with(text, slice_text(HEADER "s1,4b,999990019,Ren\x81,2026-02-01,,Zo,112\n"), &seen, &err),
                     RESULT_OK);
    assert_int_equal(seen.rejected, 1);
}

static void what_a_mapping_says_wrong_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *where;
        const char *what;
    } cases[] = {
        {"[bron]\nnaam = Som Today\n", "m.ini:2 bron.naam", "kleine letters"},
        {"[bron]\nnaam = a\nnaam = b\n", "m.ini:3 bron.naam", "hoogstens een keer"},
        {"[bron]\nscheiding = ;\n", "m.ini:2 bron.scheiding", "puntkomma, komma, tab"},
        {"[bron]\ntekens = latin1\n", "m.ini:2 bron.tekens", "utf-8, windows-1252"},
        {"[bron]\ndatums = mm-dd-jjjj\n", "m.ini:2 bron.datums", "jjjj-mm-dd, dd-mm-jjjj"},
        {"[bron]\nvolledig = soms\n", "m.ini:2 bron.volledig", "ja, nee"},
        {"[bron]\nkleur = blauw\n", "m.ini:2 bron.kleur", "naam, scheiding, tekens"},
        {"[bron]\nvolledig = ja\n", "m.ini", "bron.naam"},
        {"[kolommen]\nschulden = Schuld\n", "m.ini:2 kolommen.schulden", "bsn, persoonsleutel"},
        {"[kolommen]\nbsn = A\nbsn = B\n", "m.ini:3 kolommen.bsn", "hoogstens een keer"},
        {"[kolommen]\nbsn = A\n", "m.ini", "achternaam is verplicht"},
        {"[vast]\nbsn =\n", "m.ini:2 vast.bsn", "1 tot en met 120 bytes"},
        {COLUMNS FIXED "bsn = 1\n", "m.ini", "kies een van beide"},
        {"[vertaal kleur]\na = b\n", "m.ini:2 vertaal kleur.a", "bsn, persoonsleutel"},
        {"[vertaal fase]\na = b\na = c\n", "m.ini:3 vertaal fase.a", "hoogstens een keer"},
        {"[iets]\na = b\n", "m.ini:2 iets.a", "[bron], [kolommen], [vast]"},
        {"[bron\n", "m.ini:1", "een afdeling"},
        {"zomaar\n", "m.ini:1", "sleutel = waarde"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct mapping *mapping = NULL;
        struct error err = {.where = ""};
        if (mapping_read(slice_text(cases[i].text), "m.ini", &mapping, &err) == RESULT_OK ||
            strstr(err.where, cases[i].where) == NULL || strstr(err.what, cases[i].what) == NULL) {
            fail_msg("case %zu: %s: %s", i, err.where, err.what);
        }
        assert_int_equal(err.fault, FAULT_CONFIG);
    }
}

static void a_mapping_keeps_its_bounds(void **state)
{
    (void)state;
    struct error err;
    struct mapping *mapping = NULL;
    struct buf text;
    buf_init(&text, 1U << 20);
    buf_text(&text, "[vertaal fase]\n");
    for (int i = 0; i < MAPPING_TRANSLATIONS_MAX; i++) {
        buf_format(&text, "w%d = x\n", i);
    }
    assert_int_equal(mapping_read(buf_slice(&text), "m.ini", &mapping, &err), RESULT_OK);
    mapping_free(mapping);
    buf_text(&text, "teveel = x\n");
    assert_int_equal(mapping_read(buf_slice(&text), "m.ini", &mapping, &err), RESULT_FAILED);
    assert_non_null(strstr(err.what, "1024"));
    buf_clear(&text);
    buf_text(&text, "[vast]\nfase = ");
    buf_fill(&text, 'x', MAPPING_TEXT_MAX);
    assert_int_equal(mapping_read(buf_slice(&text), "m.ini", &mapping, &err), RESULT_OK);
    mapping_free(mapping);
    buf_fill(&text, 'x', 1);
    assert_int_equal(mapping_read(buf_slice(&text), "m.ini", &mapping, &err), RESULT_FAILED);
    buf_clear(&text);
    buf_fill(&text, '#', INI_LINE_MAX + 1);
    assert_int_equal(mapping_read(buf_slice(&text), "m.ini", &mapping, &err), RESULT_FAILED);
    buf_clear(&text);
    buf_fill(&text, '\n', INI_LINES_MAX + 1);
    assert_int_equal(mapping_read(buf_slice(&text), "m.ini", &mapping, &err), RESULT_FAILED);
    buf_free(&text);
}

/* The example is what an administrator starts from: it must be right, and show every key. */
static void the_example_is_a_good_mapping(void **state)
{
    (void)state;
    char text[16384];
    struct error err = {.what = ""};
    struct mapping *mapping = NULL;
    FILE *file = fopen(TEST_SOURCE_DIR "/adapters/koppeling.voorbeeld.ini", "r");
    assert_non_null(file);
    const size_t len = fread(text, 1, sizeof text, file);
    (void)fclose(file);
    if (mapping_read(slice_of(text, len), "voorbeeld", &mapping, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
    assert_string_equal(mapping->source, "leerlingvolgsysteem");
    assert_int_equal(mapping->charset, CHARSET_WINDOWS_1252);
    assert_true(mapping->full);
    mapping_free(mapping);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_with_its_own_columns_becomes_ours),
        cmocka_unit_test(words_are_translated_and_others_stay),
        cmocka_unit_test(one_column_of_the_source_may_fill_two_of_ours),
        cmocka_unit_test(a_named_column_that_is_not_there_ends_the_run),
        cmocka_unit_test(windows_1252_becomes_utf8),
        cmocka_unit_test(a_windows_file_is_read_and_an_undefined_byte_refuses_its_row),
        cmocka_unit_test(what_a_mapping_says_wrong_is_told),
        cmocka_unit_test(a_mapping_keeps_its_bounds),
        cmocka_unit_test(the_example_is_a_good_mapping),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
