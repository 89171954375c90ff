#include "audit/export.h"

#include <inttypes.h>
#include <string.h>

#include "base/date.h"
#include "base/json.h"
#include "base/mem.h"

enum { EXPORT_CELL_MAX = 16384 };

/* ---- the columns ---- */

#define PUT(name, body)                                                                                                \
    static void put_##name(const struct export_record *e, struct buf *out)                                             \
    {                                                                                                                  \
        body;                                                                                                          \
    }

static void put_ident(const struct ident *id, struct buf *out)
{
    static const struct ident none;
    buf_text(out, ident_equal(id, &none) ? "" : ident_text(id).text);
}

static void put_covenant_hash(const struct export_record *e, struct buf *out)
{
    static const uint8_t none[sizeof e->record->covenant];
    char hex[2 * sizeof e->record->covenant + 1];
    hex_encode(slice_of(e->record->covenant, sizeof e->record->covenant), hex);
    buf_text(out, memcmp(e->record->covenant, none, sizeof none) == 0 ? "" : hex);
}

/* Of inputs: "" when they were not recorded, which is not the same as "nee". */
static void put_input(const struct export_record *e, bool provider, uint32_t bit, struct buf *out)
{
    const struct record *r = e->record;
    const bool has = r->operation == RECORD_ANSWERED || (!provider && r->operation != RECORD_TESTED);
    if (has && (r->inputs & RECORD_INPUT_KNOWN) != 0) {
        buf_text(out, (r->inputs & bit) != 0 ? "ja" : "nee");
    }
}

static void put_count(uint32_t count, struct buf *out)
{
    buf_format(out, "%" PRIu32, count);
}

static void put_age(const struct export_record *e, struct buf *out)
{
    if (e->record->age != 255) {
        put_count(e->record->age, out);
    }
}

static void put_sets(const struct export_record *e, struct buf *out)
{
    if (e->record->operation == RECORD_TESTED) {
        put_count(e->record->inputs, out);
    }
}

PUT(sequence, buf_format(out, "%" PRIu64, e->sequence))
PUT(id, buf_text(out, e->id))
PUT(seal, buf_text(out, log_seal_word(e->seal)))
PUT(request, put_ident(&e->record->request_id, out))
PUT(other_id, buf_text(out, e->other_id))
PUT(begin, buf_text(out, moment_text(e->begin_ms).text))
PUT(time, buf_text(out, moment_text(e->record->time_ms).text))
PUT(operation, buf_text(out, record_operation_word(e->record->operation)))
PUT(outcome, buf_text(out, record_outcome_word(e->record->outcome)))
PUT(fault, buf_text(out, e->record->fault != FAULT_NONE ? fault_slug(e->record->fault) : ""))
PUT(own_oin, buf_text(out, e->own_oin))
PUT(own_name, buf_text(out, e->own_name))
PUT(peer, buf_text(out, e->record->peer.digits))
PUT(peer_name, buf_text(out, e->peer_name))
PUT(purpose, buf_text(out, e->record->purpose))
PUT(user, buf_text(out, e->record->user))
PUT(role, buf_text(out, e->record->role))
PUT(basis, buf_text(out, e->record->basis))
PUT(case_number, buf_text(out, e->record->case_number))
PUT(report_number, buf_text(out, e->record->report_number))
PUT(subject, buf_text(out, e->subject))
PUT(subject_kind, buf_text(out, e->subject_kind))
PUT(categories, buf_text(out, e->categories))
PUT(rules, buf_text(out, e->record->rules))
PUT(consult, put_ident(&e->record->consult, out))
PUT(municipality, buf_text(out, e->record->municipality))
PUT(domains, buf_text(out, e->domains))
PUT(shielded, buf_text(out, e->shielded))
PUT(secrecy, buf_text(out, e->opened[0]))
PUT(ground, buf_text(out, e->opened[1]))
PUT(plan, buf_text(out, e->opened[2]))
PUT(disagrees, put_input(e, true, RECORD_INPUT_DISAGREES, out))
PUT(restricted, put_input(e, true, RECORD_INPUT_RESTRICTED, out))
PUT(extended, put_input(e, true, RECORD_INPUT_EXTENDED_CARE, out))
PUT(report_open, put_input(e, false, RECORD_INPUT_REPORT_OPEN, out))
PUT(order, put_input(e, false, RECORD_INPUT_ORDER, out))
PUT(entries, put_count(e->record->entries, out))
PUT(text, buf_slice_in(out, e->text))

/*   name, field of NEN 7513, field of LDV, kind, sealed, value */
const struct export_column export_columns[] = {
    {"volgnummer", "", "", EXPORT_NUMBER, false, put_sequence},
    {"kenmerk", "logbron", "operation_id", EXPORT_TEXT, false, put_id},
    {"stand", "", "", EXPORT_TEXT, false, put_seal},
    {"verzoek", "", "trace_id", EXPORT_TEXT, false, put_request},
    {"ontvangstbewijs", "", "parent_operation_id", EXPORT_TEXT, false, put_other_id},
    {"begin", "", "start_time", EXPORT_TEXT, false, put_begin},
    {"tijd", "datum en tijdstip", "end_time", EXPORT_TEXT, false, put_time},
    {"handeling", "gebeurteniscode", "name", EXPORT_TEXT, false, put_operation},
    {"uitkomst", "resultaat", "status", EXPORT_TEXT, true, put_outcome},
    {"fout", "", "", EXPORT_TEXT, true, put_fault},
    {"eigenOin", "", "", EXPORT_TEXT, false, put_own_oin},
    {"eigenOrganisatie", "", "", EXPORT_TEXT, false, put_own_name},
    {"ketenpartner", "organisatie", "foreign_operation.processor", EXPORT_TEXT, false, put_peer},
    {"ketenpartnerNaam", "naam organisatie", "", EXPORT_TEXT, false, put_peer_name},
    {"doel", "doel", "processing_activity_id", EXPORT_TEXT, false, put_purpose},
    {"gebruiker", "gebruiker", "", EXPORT_TEXT, true, put_user},
    {"rol", "rol gebruiker", "", EXPORT_TEXT, true, put_role},
    {"grondslag", "grondslag", "", EXPORT_TEXT, true, put_basis},
    {"zaak", "zaak", "", EXPORT_TEXT, true, put_case_number},
    {"melding", "melding", "", EXPORT_TEXT, true, put_report_number},
    {"betrokkene", "clientnummer", "data_subject_id", EXPORT_TEXT, true, put_subject},
    {"betrokkeneSoort", "soort clientnummer", "", EXPORT_TEXT, true, put_subject_kind},
    {"categorieen", "aard van de gegevens", "", EXPORT_WORDS, true, put_categories},
    {"regels", "autorisatieprotocol", "", EXPORT_WORDS, true, put_rules},
    {"convenant", "", "", EXPORT_TEXT, true, put_covenant_hash},
    {"raadpleging", "", "", EXPORT_TEXT, true, put_consult},
    {"gemeente", "", "", EXPORT_TEXT, true, put_municipality},
    {"leeftijd", "", "", EXPORT_NUMBER, true, put_age},
    {"leefgebieden", "", "", EXPORT_WORDS, true, put_domains},
    {"afgeschermd", "", "", EXPORT_WORDS, true, put_shielded},
    {"opheffenGeheimhouding", "", "", EXPORT_WORDS, true, put_secrecy},
    {"avgGrond", "", "", EXPORT_WORDS, true, put_ground},
    {"instemming", "", "", EXPORT_WORDS, true, put_plan},
    {"ouderOneens", "", "", EXPORT_TRUTH, true, put_disagrees},
    {"beperkt", "", "", EXPORT_TRUTH, true, put_restricted},
    {"verlengdeJeugdhulp", "", "", EXPORT_TRUTH, true, put_extended},
    {"meldingOpen", "", "", EXPORT_TRUTH, true, put_report_open},
    {"maatregel", "", "", EXPORT_TRUTH, true, put_order},
    {"aantal", "", "", EXPORT_NUMBER, true, put_entries},
    {"opzoeksets", "", "", EXPORT_NUMBER, true, put_sets},
    {"reden", "", "", EXPORT_TEXT, true, put_text},
};
const size_t export_column_count = COUNT_OF(export_columns);

const char *export_form_word(enum export_form form)
{
    static const char *const words[] = {
#define X(code, word, file) [(code)] = (word),
        EXPORT_FORM_TABLE(X)
#undef X
    };
    return words[form];
}

const char *export_form_file(enum export_form form)
{
    static const char *const files[] = {
#define X(code, word, file) [(code)] = (file),
        EXPORT_FORM_TABLE(X)
#undef X
    };
    return files[form];
}

/* Into an emptied buffer. */
static void value_of(const struct export_column *column, const struct export_record *e, struct buf *value)
{
    buf_clear(value);
    if (!column->sealed || e->seal == LOG_SEAL_WHOLE) {
        column->put(e, value);
    }
}

/* ---- JSON ---- */

static void put_words(struct json_writer *w, const char *name, struct slice words)
{
    json_begin_array(w, name);
    for (size_t begin = 0; begin < words.len;) {
        const uint8_t *end = memchr(words.ptr + begin, ' ', words.len - begin);
        const size_t len = (end != NULL ? (size_t)(end - words.ptr) : words.len) - begin;
        json_put_slice(w, NULL, slice_of(words.ptr + begin, len));
        begin += len + 1;
    }
    json_end_array(w);
}

static void put_json(struct json_writer *w, const struct export_column *column, struct slice value)
{
    switch (column->kind) {
    case EXPORT_NUMBER:
        json_put_raw(w, column->name, value);
        break;
    case EXPORT_TRUTH:
        json_put_bool(w, column->name, slice_is(value, "ja"));
        break;
    case EXPORT_WORDS:
        put_words(w, column->name, value);
        break;
    default:
        json_put_slice(w, column->name, value);
    }
}

static void json_row(const struct export_record *e, struct buf *value, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    for (size_t i = 0; i < export_column_count; i++) {
        value_of(&export_columns[i], e, value);
        if (value->len != 0) {
            put_json(&w, &export_columns[i], buf_slice(value));
        }
    }
    json_end_object(&w);
    buf_text(out, "\n");
}

/* ---- CSV (RFC 4180) ---- */

static void put_cell(struct slice value, struct buf *out)
{
    const bool formula = value.len != 0 && strchr("=+-@\t\r", value.ptr[0]) != NULL;
    bool quote = formula;
    for (size_t i = 0; i < value.len; i++) {
        quote = quote || strchr("\",\r\n", value.ptr[i]) != NULL;
    }
    buf_text(out, quote ? "\"" : "");
    buf_text(out, formula ? "'" : "");
    for (size_t i = 0; i < value.len; i++) {
        buf_text(out, value.ptr[i] == '"' ? "\"" : "");
        buf_byte(out, value.ptr[i]);
    }
    buf_text(out, quote ? "\"" : "");
}

/* The row of a record, or with NULL the head. */
static void csv_row(enum export_form form, const struct export_record *e, struct buf *value, struct buf *out)
{
    bool any = false;
    for (size_t i = 0; i < export_column_count; i++) {
        const struct export_column *column = &export_columns[i];
        const char *name = form == EXPORT_NEN7513 ? column->nen7513 : column->name;
        if (name[0] == '\0') {
            continue;
        }
        buf_text(out, any ? "," : "");
        any = true;
        if (e != NULL) {
            value_of(column, e, value);
        }
        put_cell(e != NULL ? buf_slice(value) : slice_text(name), out);
    }
    buf_text(out, "\r\n");
}

/* ---- all forms ---- */

void export_head(enum export_form form, struct buf *out)
{
    if (form == EXPORT_NEN7513 || form == EXPORT_CSV) {
        csv_row(form, NULL, NULL, out);
    }
}

void export_open(enum export_form form, const char *origin, struct buf *out)
{
    if (form == EXPORT_LDV) {
        export_spans_open(origin, out);
    }
}

void export_row(enum export_form form, bool first, const struct export_record *record, struct buf *out)
{
    struct buf value;
    buf_init(&value, EXPORT_CELL_MAX);
    if (form == EXPORT_LDV) {
        buf_text(out, first ? "" : ",");
        export_span(record, out);
    } else if (form == EXPORT_JSON) {
        json_row(record, &value, out);
    } else {
        csv_row(form, record, &value, out);
    }
    out->failed = out->failed || !buf_ok(&value);
    buf_wipe(&value);
}

void export_close(enum export_form form, struct buf *out)
{
    if (form == EXPORT_LDV) {
        export_spans_close(out);
    }
}
