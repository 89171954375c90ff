/* The forms of an export: every field that the two standards ask for has its place in them, and no cell is a formula. */
#include "unit/unit.h"

#include <string.h>

#include "audit/export.h"
#include "audit/fields.h"
#include "base/json.h"
#include "base/mem.h"

enum { ROOM = 65536 };

static struct record full_record(void)
{
    struct record r = {.operation = RECORD_ANSWERED,
                       .class = {202611, 1},
                       .time_ms = 1795341600123,
                       .peer = {"00000099000000001000"},
                       .purpose = "hulpafstemming",
                       .outcome = OUTCOME_RELEASED,
                       .user = "0123456789abcdef0123456789abcdef",
                       .role = "generalist",
                       .basis = "wmo-5.1.1",
                       .case_number = "Z-2026-0012",
                       .report_number = "VT-7",
                       .rules = "hulp-01 hulp-02",
                       .municipality = "9901",
                       .age = 41,
                       .entries = 2,
                       .inputs = RECORD_INPUT_KNOWN | RECORD_INPUT_RESTRICTED};
    memset(r.request_id.bytes, 0xAB, IDENT_SIZE);
    memset(r.consult.bytes, 0xCC, IDENT_SIZE);
    memset(r.covenant, 0xEE, sizeof r.covenant);
    return r;
}

static struct export_record row_of(const struct record *r)
{
    return (struct export_record){.sequence = 12,
                                  .seal = LOG_SEAL_WHOLE,
                                  .record = r,
                                  .begin_ms = r->time_ms - 2000,
                                  .origin = "school.localhost/logboek",
                                  .id = "00112233445566778899aabbccddeeff",
                                  .other_id = "ffeeddccbbaa99887766554433221100",
                                  .subject = "p-0123456789abcdef",
                                  .subject_kind = "pseudoniem",
                                  .own_oin = "00000099000000002000",
                                  .own_name = "De Linde",
                                  .peer_name = "Gebiedsteam Noord",
                                  .peer_url = "https://gebiedsteam.localhost:17443",
                                  .categories = "betrokkenheid contact",
                                  .domains = "schulden",
                                  .shielded = "",
                                  .opened = {"betrokkenheid", "", "contact"},
                                  .text = slice_text("een reden")};
}

static struct json *whole(enum export_form form, const struct export_record *row, size_t count)
{
    struct buf out;
    struct json *json = NULL;
    struct error err;
    buf_init(&out, ROOM);
    export_open(form, row->origin, &out);
    for (size_t i = 0; i < count; i++) {
        export_row(form, i == 0, row, &out);
    }
    export_close(form, &out);
    assert_true(buf_ok(&out));
    assert_int_equal(out.ptr[out.len - 1], '\n');
    assert_null(memchr(out.ptr, '\n', out.len - 1)); /* a line, whatever is in it */
    assert_int_equal(json_parse(buf_slice(&out), &json, &err), RESULT_OK);
    buf_free(&out);
    return json;
}

static const char *column_of(const char *place)
{
    static const struct {
        const char *place, *column;
    } other[] = {{"besluit/heeftZaak", "zaak"}, {"ontvangstbewijs/kenmerk", "ontvangstbewijs"}};
    for (size_t i = 0; i < COUNT_OF(other); i++) {
        if (strcmp(place, other[i].place) == 0) {
            return other[i].column;
        }
    }
    const char *slash = strchr(place, '/');
    return slash != NULL ? slash + 1 : place;
}

static bool has_field(const char *standard, const char *field)
{
    for (size_t i = 0; i < export_column_count; i++) {
        const char *name = strcmp(standard, "LDV") == 0 ? export_columns[i].ldv : export_columns[i].nen7513;
        if (strcmp(name, field) == 0) {
            return true;
        }
    }
    return false;
}

static void every_field_of_the_table_is_in_an_export(void **state)
{
    (void)state;
    const struct record r = full_record();
    const struct export_record row = row_of(&r);
    struct json *json = whole(EXPORT_JSON, &row, 1);
    for (size_t i = 0; i < audit_field_count; i++) {
        const struct audit_field *field = &audit_fields[i];
        if (strcmp(field->standard, "besluit") != 0) {
            assert_true(has_field(field->standard, field->field));
        }
        if (field->place[0] != '\0' && strcmp(field->place, "besluit/afgeschermd") != 0) { /* there was none */
            assert_non_null(json_member(json, column_of(field->place)));
        }
    }
    assert_null(json_member(json, "afgeschermd"));
    assert_string_equal(json_cstr(json_member(json, "ontvangstbewijs")), row.other_id);
    assert_int_equal(json_size(json_member(json, "regels")), 2);
    assert_true(json_bool(json_member(json, "beperkt")));
    assert_false(json_bool(json_member(json, "ouderOneens")));
    assert_string_equal(json_cstr(json_member(json, "convenant")), "eeeeeeeeeeeeeeee");
    json_free(json);
}

static const struct json *span_of(const struct json *json, size_t *count)
{
    const struct json *resource = json_first(json_member(json, "resourceSpans"));
    const struct json *spans = json_member(json_first(json_member(resource, "scopeSpans")), "spans");
    assert_null(json_next(resource));
    *count = json_size(spans);
    return json_first(spans);
}

static const char *attribute(const struct json *span, const char *key)
{
    for (const struct json *a = json_first(json_member(span, "attributes")); a != NULL; a = json_next(a)) {
        if (strcmp(json_cstr(json_member(a, "key")), key) == 0) {
            return json_cstr(json_member(json_member(a, "value"), "stringValue"));
        }
    }
    return "";
}

static void a_span_has_its_ids_times_and_attributes(void **state)
{
    (void)state;
    size_t count = 0;
    struct record r = full_record();
    struct export_record row = row_of(&r);
    struct json *json = whole(EXPORT_LDV, &row, 3);
    const struct json *span = span_of(json, &count);
    assert_int_equal(count, 3);
    assert_string_equal(json_cstr(json_member(span, "traceId")), "abababababababababababababababab");
    assert_string_equal(json_cstr(json_member(span, "spanId")), "0011223344556677");
    assert_string_equal(json_cstr(json_member(span, "parentSpanId")), "ffeeddccbbaa9988");
    assert_string_equal(json_cstr(json_member(span, "startTimeUnixNano")), "1795341598123000000");
    assert_string_equal(json_cstr(json_member(span, "endTimeUnixNano")), "1795341600123000000");
    assert_string_equal(attribute(span, "dpl.core.processing_activity_id"),
                        "urn:ketenbrug:convenant:eeeeeeeeeeeeeeee:doel:hulpafstemming");
    assert_string_equal(attribute(span, "dpl.core.data_subject_id"), row.subject);
    assert_string_equal(attribute(span, "dpl.core.data_subject_id_type"),
                        "urn:ketenbrug:school.localhost/logboek:pseudoniem");
    assert_string_equal(attribute(span, "dpl.core.foreign_operation.processor"), row.peer_url);
    assert_int_equal(json_size(json_member(span, "status")), 0);
    json_free(json);

    /* Our own fault is an error, a refusal is none; what is no request is a trace of its own. */
    r = (struct record){.operation = RECORD_REFUSED, .time_ms = 1, .fault = FAULT_STORE};
    row.subject = row.other_id = "";
    json = whole(EXPORT_LDV, &row, 1);
    span = span_of(json, &count);
    assert_int_equal(json_int(json_member(json_member(span, "status"), "code")), 2);
    assert_string_equal(json_cstr(json_member(span, "traceId")), row.id);
    assert_null(json_member(span, "parentSpanId"));
    assert_int_equal(json_size(json_member(span, "attributes")), 0);
    json_free(json);
    r.fault = FAULT_FORBIDDEN;
    json = whole(EXPORT_LDV, &row, 1);
    assert_int_equal(json_size(json_member(span_of(json, &count), "status")), 0);
    json_free(json);
}

static void what_is_not_whole_shows_what_is_visible_alone(void **state)
{
    (void)state;
    const struct record r = full_record(); /* as if somebody left the rest filled in */
    struct export_record row = row_of(&r);
    for (unsigned seal = LOG_SEAL_DESTROYED; seal <= LOG_SEAL_LOST; seal++) {
        row.seal = (enum log_seal)seal;
        struct json *json = whole(EXPORT_JSON, &row, 1);
        assert_string_equal(json_cstr(json_member(json, "stand")), log_seal_word(row.seal));
        for (size_t i = 0; i < export_column_count; i++) {
            assert_int_equal(json_member(json, export_columns[i].name) == NULL, export_columns[i].sealed);
        }
        json_free(json);
        size_t count = 0;
        json = whole(EXPORT_LDV, &row, 1);
        const struct json *span = span_of(json, &count);
        assert_string_equal(attribute(span, "dpl.core.data_subject_id"), "");
        assert_string_equal(attribute(span, "dpl.core.processing_activity_id"), "urn:ketenbrug:doel:hulpafstemming");
        json_free(json);
    }
}

static void assert_cell(const char *text, const char *expected)
{
    const struct record r = full_record();
    struct export_record row = row_of(&r);
    struct buf out;
    buf_init(&out, ROOM);
    row.text = slice_text(text);
    export_row(EXPORT_CSV, true, &row, &out);
    assert_true(buf_ok(&out));
    const size_t len = strlen(expected);
    assert_true(out.len > len + 3);
    assert_memory_equal(out.ptr + out.len - 2, "\r\n", 2); /* the reason is the last cell */
    assert_memory_equal(out.ptr + out.len - 2 - len, expected, len);
    assert_int_equal(out.ptr[out.len - 3 - len], ',');
    buf_free(&out);
}

static void a_cell_is_quoted_and_no_formula(void **state)
{
    (void)state;
    assert_cell("gewoon", "gewoon");
    assert_cell("a,b", "\"a,b\"");
    assert_cell("zei \"ja\"", "\"zei \"\"ja\"\"\"");
    assert_cell("twee\r\nregels", "\"twee\r\nregels\"");
    assert_cell("=1+1", "\"'=1+1\"");
    assert_cell("+31", "\"'+31\"");
    assert_cell("-1", "\"'-1\"");
    assert_cell("@x", "\"'@x\"");
    assert_cell("\tx", "\"'\tx\"");
}

static size_t cells_of(struct slice line)
{
    size_t count = 1;
    for (size_t i = 0; i < line.len; i++) {
        count += line.ptr[i] == ',';
    }
    return count;
}

static void heads_and_rows_have_as_many_cells(void **state)
{
    (void)state;
    const struct record r = full_record();
    const struct export_record row = row_of(&r);
    static const enum export_form forms[] = {EXPORT_CSV, EXPORT_NEN7513};
    for (size_t i = 0; i < COUNT_OF(forms); i++) {
        struct buf head;
        struct buf line;
        buf_init(&head, ROOM);
        buf_init(&line, ROOM);
        export_head(forms[i], &head);
        export_row(forms[i], true, &row, &line);
        assert_int_equal(cells_of(buf_slice(&head)), cells_of(buf_slice(&line)));
        buf_free(&head);
        buf_free(&line);
    }
    struct buf none;
    buf_init(&none, ROOM);
    export_head(EXPORT_JSON, &none);
    export_head(EXPORT_LDV, &none);
    assert_int_equal(none.len, 0);
    buf_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_the_table_is_in_an_export),
        cmocka_unit_test(a_span_has_its_ids_times_and_attributes),
        cmocka_unit_test(what_is_not_whole_shows_what_is_visible_alone),
        cmocka_unit_test(a_cell_is_quoted_and_no_formula),
        cmocka_unit_test(heads_and_rows_have_as_many_cells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
