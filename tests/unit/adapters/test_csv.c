/* CSV: rows in, domain values or faults with line and column out, whatever the size of the pieces. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "adapters/adapter.h"
#include "base/attr.h"
#include "base/buf.h"
#include "base/mem.h"

static const struct date today = {2026, 11, 22};

/* What came out, as text: good rows by their values, bad rows by line, column and fault. */
struct run {
    struct buf out;
    size_t rows;
    size_t rejected;
    const struct mapping *mapping;
    struct adapter_row last;
    struct error error; /* of the run as a whole */
    enum result result;
};

static void on_row(void *ctx, const struct adapter_row *row)
{
    struct run *run = ctx;
    struct json_writer w = json_writer(&run->out);
    buf_format(&run->out, "%llu ", (unsigned long long)row->line);
    subject_write(&w, NULL, &row->subject);
    w = json_writer(&run->out);
    involvement_write(&w, NULL, &row->involvement);
    buf_format(&run->out, "%s|%s|%s\n", row->household_key, row->household_source,
               date_text(&row->household_recorded).text);
    run->last = *row;
    run->rows++;
}

static void on_rejected(void *ctx, uint64_t line, const struct fault_list *faults)
{
    struct run *run = ctx;
    assert_true(faults->count > 0);
    for (size_t i = 0; i < faults->count && i < FAULT_LIST_MAX; i++) {
        assert_int_equal(faults->items[i].fault, FAULT_INVALID);
        buf_format(&run->out, "%llu %s: %s\n", (unsigned long long)line, faults->items[i].where, faults->items[i].what);
    }
    run->rejected++;
}

static void read_bytes(struct run *run, struct slice bytes, size_t piece)
{
    const struct adapter_kind *csv = adapter_named("csv");
    const struct adapter_events events = {on_row, on_rejected, run};
    struct adapter *adapter = NULL;
    *run = (struct run){.mapping = run->mapping};
    buf_init(&run->out, 1U << 20);
    assert_int_equal(csv->open(&events, &(struct adapter_options){today, run->mapping}, &adapter, &run->error),
                     RESULT_OK);
    for (size_t at = 0; at < bytes.len && run->result == RESULT_OK; at += piece) {
        const size_t len = bytes.len - at < piece ? bytes.len - at : piece;
        run->result = csv->feed(adapter, slice_of(bytes.ptr + at, len), &run->error);
    }
    if (run->result == RESULT_OK) {
        run->result = csv->finish(adapter, &run->error);
    }
    csv->close(adapter);
    buf_byte(&run->out, '\0');
    assert_true(buf_ok(&run->out));
}

static const char *text_of(const struct run *run)
{
    return (const char *)run->out.ptr;
}

#define SHORT "bsn;achternaam;leefgebied;dienst;sinds;contactpersoon;telefoon"
#define ROW   "999990019;Jansen;financien;budgetbeheer;2026-01-01;B. Beheer;0990 555 1"
#define LONG                                                                                                           \
    "bsn;voornamen;achternaam;geboortedatum;gemeente;leefgebied;dienst;fase;status;sinds;tot;laatste_contact;"         \
    "contactpersoon;telefoon;email;vervanger;vervanger_telefoon;vervanger_email;gevoeligheid;huishouden;"              \
    "huishouden_bron;huishouden_datum;bronsleutel"

static void every_column_arrives(void **state)
{
    (void)state;
    struct run run = {.mapping = NULL};
    static const char text[] = LONG
        "\r\n999990019;Noor;\"de Vries; geb. Smit\";1984-02-29;9901;huisvesting;\"steun \"\"thuis\"\"\";intake;loopt;"
        "2026-01-01;2026-12-31;2026-11-01;B. Beheer;0990 555 1;b@x.example;V. Vang;0990 555 2;v@x.example;"
        "afgeschermd;H-7;BRP;2026-02-02;K-1\r\n";
    read_bytes(&run, slice_text(text), sizeof text);
    assert_int_equal(run.result, RESULT_OK);
    assert_string_equal(text_of(&run),
                        "2 {\"bsn\":\"999990019\",\"voornamen\":\"Noor\",\"achternaam\":\"de Vries; geb. Smit\","
                        "\"geboortedatum\":\"1984-02-29\",\"gemeente\":\"9901\"}"
                        "{\"leefgebied\":\"huisvesting\",\"dienst\":\"steun \\\"thuis\\\"\",\"fase\":\"intake\","
                        "\"status\":\"loopt\",\"sinds\":\"2026-01-01\",\"tot\":\"2026-12-31\","
                        "\"laatsteContact\":\"2026-11-01\",\"contactpersoon\":{\"naam\":\"B. Beheer\","
                        "\"telefoon\":\"0990 555 1\",\"email\":\"b@x.example\"},\"vervanger\":{\"naam\":\"V. Vang\","
                        "\"telefoon\":\"0990 555 2\",\"email\":\"v@x.example\"},\"gevoeligheid\":\"afgeschermd\","
                        "\"bronsleutel\":\"K-1\"}H-7|BRP|2026-02-02\n");
    buf_free(&run.out);
}

static void columns_stand_in_any_order_and_case(void **state)
{
    (void)state;
    struct run run = {.mapping = NULL};
    static const char text[] = "\xef\xbb\xbfTelefoon; contactpersoon ;SINDS;Dienst;\"leefgebied\";Achternaam;BSN\n"
                               "112;A;2026-01-01;d;financien;J;999990019";
    read_bytes(&run, slice_text(text), sizeof text);
    assert_int_equal(run.result, RESULT_OK);
    assert_int_equal(run.rows, 1);
    assert_string_equal(run.last.involvement.contact.phone, "112");
    assert_string_equal(run.last.subject.family_name, "J");
    assert_int_equal(run.last.involvement.sensitivity, SENSITIVITY_NORMAL);
    buf_free(&run.out);
}

/* Without BSN the source's key names the person. */
static void a_person_without_bsn_has_a_source_key(void **state)
{
    (void)state;
    struct run run = {.mapping = NULL};
    static const char text[] = SHORT ";bronsleutel\n"
                                     ";J;financien;d;2026-01-01;A;112;P-9\n"
                                     ";J;financien;d;2026-01-01;A;112;\n";
    read_bytes(&run, slice_text(text), sizeof text);
    assert_int_equal(run.rows, 1);
    assert_string_equal(run.last.subject.source_key, "P-9");
    assert_non_null(strstr(text_of(&run), "\n3 bsn: een BSN of een bronsleutel is nodig\n"));
    buf_free(&run.out);
}

static void line_ends_in_quotes_become_spaces(void **state)
{
    (void)state;
    struct run run = {.mapping = NULL};
    static const char text[] = SHORT "\n"
                                     "999990019;J;financien;\"twee\nregels\";2026-01-01;A;112\n"
                                     "999990019;K;financien;\" rand\t\";2026-01-01;A;112\n";
    read_bytes(&run, slice_text(text), sizeof text);
    assert_int_equal(run.rows, 2);
    assert_non_null(strstr(text_of(&run), "2 {\"bsn\":\"999990019\",\"achternaam\":\"J\"}"));
    assert_non_null(strstr(text_of(&run), "\"dienst\":\"twee regels\""));
    assert_non_null(strstr(text_of(&run), "4 {\"bsn\":\"999990019\",\"achternaam\":\"K\"}"));
    assert_string_equal(run.last.involvement.service, "rand");
    buf_free(&run.out);
}

static void line_ends_of_all_kinds_and_empty_lines(void **state)
{
    (void)state;
    static const char *const texts[] = {
        SHORT "\n" ROW "\n" ROW "\n",   SHORT "\r\n" ROW "\r\n" ROW "\r\n",          SHORT "\r" ROW "\r" ROW,
        SHORT "\n" ROW "\r\n" ROW "\r", "\n\n" SHORT "\n\n" ROW "\n\r\n" ROW "\n\n",
    };
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct run run = {.mapping = NULL};
        read_bytes(&run, slice_text(texts[i]), 4096);
        assert_int_equal(run.rows, 2);
        assert_int_equal(run.rejected, 0);
        assert_int_equal(run.last.line, i == 4 ? 7 : 3);
        buf_free(&run.out);
    }
}

struct bad {
    const char *row;
    const char *wanted; /* in the report, with line 2 */
};

static const struct bad bad[] = {
    {"999990018;J;financien;d;2026-01-01;A;112", "2 bsn: "},
    {"99999001;J;financien;d;2026-01-01;A;112", "2 bsn: "},
    {";J;financien;d;2026-01-01;A;112", "2 bsn: "},
    {"999990019;;financien;d;2026-01-01;A;112", "2 achternaam: dit veld ontbreekt"},
    {"999990019;J;geld;d;2026-01-01;A;112", "2 leefgebied: dit leefgebied is niet bekend"},
    {"999990019;J;;d;2026-01-01;A;112", "2 leefgebied: dit veld ontbreekt"},
    {"999990019;J;financien;;2026-01-01;A;112", "2 dienst: dit veld ontbreekt"},
    {"999990019;J;financien;d;1-1-2026;A;112", "2 sinds: hier hoort een bestaande datum"},
    {"999990019;J;financien;d;;A;112", "2 sinds: dit veld ontbreekt"},
    {"999990019;J;financien;d;2026-01-01;;112", "2 contactpersoon: dit veld ontbreekt"},
    {"999990019;J;financien;d;2026-01-01;A;geen", "2 telefoon: "},
    {"999990019;J;financien;d;2026-01-01;A", "2 : de regel heeft niet zoveel velden"},
    {"999990019;J;financien;d;2026-01-01;A;112;", "2 : de regel heeft niet zoveel velden"},
    {"999990019;J\x01;financien;d;2026-01-01;A;112", "2 achternaam: tekst zonder stuurtekens"},
    {"999990019;J\xff;financien;d;2026-01-01;A;112",
     "2 : de regel is geen geldige UTF-8; een bestand in windows-1252 vraagt tekens = windows-1252"},
    {"999990019;J;financien;d;2026-01-01;A;1\xc3",
     "2 : de regel is geen geldige UTF-8; een bestand in windows-1252 vraagt tekens = windows-1252"},
    {"999990019;J\"x;financien;d;2026-01-01;A;112", "2 : een aanhalingsteken staat midden in een veld"},
    {"999990019;\"J\"x;financien;d;2026-01-01;A;112", "2 : na een sluitend aanhalingsteken"},
    {"999990019;" /* 121 bytes */
     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
     "xxx"
     "xxxxx;financien;d;2026-01-01;A;112",
     "2 achternaam: hoogstens 120 bytes"},
};

static void a_bad_row_is_told_and_the_rest_goes_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct run run = {.mapping = NULL};
        char text[1024];
        const int len = snprintf(text, sizeof text, "%s\n%s\n%s\n", SHORT, bad[i].row, ROW);
        read_bytes(&run, slice_of(text, (size_t)len), 64);
        if (run.rows != 1 || run.rejected != 1 || strstr(text_of(&run), bad[i].wanted) == NULL) {
            fail_msg("row %zu: %s", i, text_of(&run));
        }
        assert_int_equal(run.last.line, 3);
        buf_free(&run.out);
    }
}

static void all_faults_of_a_row_come_at_once(void **state)
{
    (void)state;
    struct run run = {.mapping = NULL};
    static const char text[] = SHORT ";gevoeligheid;huishouden;huishouden_bron;huishouden_datum\n"
                                     "999990018;;geld;d;2026-13-01;A;x;geheim;H-1;;2027-01-01\n"
                                     "999990019;J;financien;d;2026-01-01;A;112;;;BRP;\n";
    read_bytes(&run, slice_text(text), sizeof text);
    static const char *const wanted[] = {
        "2 bsn: ",          "2 achternaam: ",      "2 leefgebied: ",       "2 sinds: ",     "2 telefoon: ",
        "2 gevoeligheid: ", "2 huishouden_bron: ", "2 huishouden_datum: ", "3 huishouden: "};
    assert_int_equal(run.rows, 0);
    for (size_t i = 0; i < COUNT_OF(wanted); i++) {
        if (strstr(text_of(&run), wanted[i]) == NULL) {
            fail_msg("%s not in %s", wanted[i], text_of(&run));
        }
    }
    buf_free(&run.out);
}

static void values_do_not_stand_in_faults(void **state)
{
    (void)state;
    struct run run = {.mapping = NULL};
    static const char text[] = SHORT "\n999990018;Zeldzaam\x01;Zeldzaam;Zeldzaam;Zeldzaam;Zeldzaam;Zeldzaam\n";
    read_bytes(&run, slice_text(text), sizeof text);
    assert_int_equal(run.rejected, 1);
    assert_null(strstr(text_of(&run), "Zeldzaam"));
    assert_null(strstr(text_of(&run), "99999"));
    buf_free(&run.out);
    /* A file without a header begins with a person. */
    static const char headless[] = "999990019;Zeldzaam;financien;d;2026-01-01;A;112\n";
    read_bytes(&run, slice_text(headless), sizeof headless);
    assert_int_equal(run.result, RESULT_FAILED);
    assert_null(strstr(run.error.what, "Zeldzaam"));
    assert_null(strstr(run.error.what, "99999"));
    buf_free(&run.out);
}

static void a_wrong_header_ends_the_run(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *wanted;
    } cases[] = {
        {"", "leeg"},
        {"\xef\xbb\xbf", "leeg"},
        {"\n\n", "leeg"},
        {"bsn;achternaam\n", "ontbreken: leefgebied, dienst, sinds, contactpersoon, telefoon"},
        {"bsn;achternaam;schulden\n", "telefoon; kolom 3 is onbekend of dubbel"},
        {SHORT ";schulden\n", "kolom 8 onbekend of dubbel; wel: bsn, persoonsleutel, voornamen, "},
        {SHORT ";schulden\n", "huishouden_datum, bronsleutel"},
        {SHORT ";a;b;c;d;e;f;g;h;i;j\n", ", bronsleutel"},
        {SHORT ";bsn\n", "kolom 8 onbekend of dubbel"},
        {SHORT ";\n", "kolom 8 onbekend of dubbel"},
        {SHORT ",x\n", "ontbreken: telefoon; kolom 7 is onbekend of dubbel"},
        {"bsn,achternaam,leefgebied\n", "ontbreken: dienst, sinds"},
        {"\"bsn;" SHORT, "niet gesloten"},
        {"bsn\xff;\n", "UTF-8"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct run run = {.mapping = NULL};
        read_bytes(&run, slice_text(cases[i].text), 1);
        if (run.result != RESULT_FAILED || run.error.fault != FAULT_INVALID ||
            strcmp(run.error.where, "kolomnamen") != 0 || strstr(run.error.what, cases[i].wanted) == NULL) {
            fail_msg("row %zu: %s", i, run.error.what);
        }
        assert_int_equal(run.rows + run.rejected, 0);
        buf_free(&run.out);
    }
}

static void rows_after_a_wrong_header_are_not_read(void **state)
{
    (void)state;
    struct run run = {.mapping = NULL};
    static const char text[] = "bsn;achternaam\n" ROW "\n" ROW "\n";
    read_bytes(&run, slice_text(text), sizeof text);
    assert_int_equal(run.result, RESULT_FAILED);
    assert_int_equal(run.rows + run.rejected, 0);
    buf_free(&run.out);
}

/* `count` bytes of service in the first row, then a good row. */
static void read_with_service(struct run *run, size_t count, const char *before, const char *behind)
{
    struct buf text;
    buf_init(&text, 65536);
    buf_text(&text, SHORT "\n999990019;J;financien;");
    buf_text(&text, before);
    buf_fill(&text, 'x', count);
    buf_text(&text, behind);
    buf_text(&text, ";2026-01-01;A;112\n" ROW "\n");
    assert_true(buf_ok(&text));
    read_bytes(run, buf_slice(&text), 100);
    buf_free(&text);
}

static void a_row_has_a_longest_length(void **state)
{
    (void)state;
    struct run run = {.mapping = NULL};
    /* 999990019;J;financien;  = 22 bytes, ;2026-01-01;A;112 = 17 bytes */
    read_with_service(&run, ADAPTER_ROW_BYTES_MAX - 39, "", "");
    assert_non_null(strstr(text_of(&run), "2 dienst: hoogstens 80 bytes"));
    assert_int_equal(run.rows, 1);
    buf_free(&run.out);
    read_with_service(&run, ADAPTER_ROW_BYTES_MAX - 38, "", "");
    assert_non_null(strstr(text_of(&run), "2 : de regel is te lang"));
    assert_int_equal(run.rows, 1);
    buf_free(&run.out);
    read_with_service(&run, 4 * ADAPTER_ROW_BYTES_MAX, "", "");
    assert_int_equal(run.rows, 1);
    assert_int_equal(run.rejected, 1);
    buf_free(&run.out);
}

/* A quote that is never closed swallows rows up to the bound; the fault tells up to where. */
static void an_open_quote_does_not_swallow_the_file(void **state)
{
    (void)state;
    struct run run = {.mapping = NULL};
    struct buf text;
    buf_init(&text, 1U << 20);
    buf_text(&text, SHORT "\n999990019;\"J;financien;d;2026-01-01;A;112\n");
    for (int i = 0; i < 1000; i++) {
        buf_text(&text, ROW "\n");
    }
    read_bytes(&run, buf_slice(&text), 1000);
    assert_int_equal(run.rejected, 1);
    assert_true(run.rows > 800 && run.rows < 1000);
    char wanted[64];
    (void)snprintf(wanted, sizeof wanted, "overgeslagen tot en met regel %zu\n", 1002 - run.rows);
    assert_non_null(strstr(text_of(&run), wanted));
    buf_free(&run.out);
    buf_clear(&text);
    buf_text(&text, SHORT "\n" ROW "\n999990019;\"J;financien");
    read_bytes(&run, buf_slice(&text), 7);
    assert_int_equal(run.rows, 1);
    assert_non_null(strstr(text_of(&run), "3 : een aanhalingsteken is niet gesloten"));
    buf_free(&run.out);
    buf_free(&text);
}

static void too_many_columns_are_refused(void **state)
{
    (void)state;
    struct run run = {.mapping = NULL};
    struct buf text;
    buf_init(&text, 65536);
    buf_text(&text, SHORT);
    buf_fill(&text, ';', ADAPTER_COLUMNS_MAX - 6);
    buf_text(&text, "\n");
    read_bytes(&run, buf_slice(&text), 11);
    assert_int_equal(run.result, RESULT_FAILED);
    assert_non_null(strstr(run.error.what, "te veel velden"));
    buf_free(&run.out);
    buf_clear(&text);
    buf_text(&text, SHORT "\n");
    buf_fill(&text, ';', ADAPTER_COLUMNS_MAX + 100);
    buf_text(&text, "\n" ROW);
    read_bytes(&run, buf_slice(&text), 11);
    assert_int_equal(run.rows, 1);
    assert_non_null(strstr(text_of(&run), "2 : de regel heeft te veel velden"));
    buf_free(&run.out);
    buf_free(&text);
}

/* The same result whatever the pieces: one byte, seven, all at once. */
static void pieces_make_no_difference(void **state)
{
    (void)state;
    static const char text[] =
        "\xef\xbb\xbf" SHORT "\r\n" ROW "\r\n\"999990020\";\"J \"\"de\"\"\r\nsterke\";financien;d;"
        "2026-01-01;A;112\r\n;;\r\nx\"\r\n999990032;J\xff;financien;d;2026-01-01;A;112\r\n" ROW
        "\n\"999990044\";\"K\"x\n" ROW "\r" ROW;
    static const size_t pieces[] = {1, 2, 3, 7, 64};
    struct run whole;
    read_bytes(&whole, slice_text(text), sizeof text);
    assert_int_equal(whole.rows, 5);
    assert_int_equal(whole.rejected, 4);
    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        struct run run = {.mapping = NULL};
        read_bytes(&run, slice_text(text), pieces[i]);
        assert_int_equal(run.result, whole.result);
        assert_string_equal(text_of(&run), text_of(&whole));
        buf_free(&run.out);
    }
    buf_free(&whole.out);
}

static void kinds_are_known_by_name(void **state)
{
    (void)state;
    assert_non_null(adapter_named(adapter_names()));
    assert_null(adapter_named("xml"));
    assert_null(adapter_named(""));
}

static void without_memory_it_does_not_open(void **state)
{
    (void)state;
    const struct adapter_events events = {on_row, on_rejected, NULL};
    struct adapter *adapter = NULL;
    struct error err = {0};
    mem_fail_after(0);
    assert_int_equal(adapter_named("csv")->open(&events, &(struct adapter_options){today, NULL}, &adapter, &err),
                     RESULT_FAILED);
    mem_fail_after(-1);
    assert_int_equal(err.fault, FAULT_NO_MEMORY);
    assert_null(adapter);
    adapter_named("csv")->close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_arrives),
        cmocka_unit_test(columns_stand_in_any_order_and_case),
        cmocka_unit_test(a_person_without_bsn_has_a_source_key),
        cmocka_unit_test(line_ends_in_quotes_become_spaces),
        cmocka_unit_test(line_ends_of_all_kinds_and_empty_lines),
        cmocka_unit_test(a_bad_row_is_told_and_the_rest_goes_on),
        cmocka_unit_test(all_faults_of_a_row_come_at_once),
        cmocka_unit_test(values_do_not_stand_in_faults),
        cmocka_unit_test(a_wrong_header_ends_the_run),
        cmocka_unit_test(rows_after_a_wrong_header_are_not_read),
        cmocka_unit_test(a_row_has_a_longest_length),
        cmocka_unit_test(an_open_quote_does_not_swallow_the_file),
        cmocka_unit_test(too_many_columns_are_refused),
        cmocka_unit_test(pieces_make_no_difference),
        cmocka_unit_test(kinds_are_known_by_name),
        cmocka_unit_test(without_memory_it_does_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
