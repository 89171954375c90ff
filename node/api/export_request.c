/* What is asked of an export, and how that is told again. */
#include <stdio.h>
#include <string.h>

#include "api/export_parts.h"
#include "audit/index.h"
#include "base/mem.h"

enum { DAY_MS = 86400000, FORM_WORD_MAX = 16 };

static const struct json_field request_fields[] = {
    {"vorm", JSON_TEXT, true, 1, FORM_WORD_MAX},
    {"verzoek", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"raadpleging", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"zaak", JSON_TEXT, false, 1, CONSULT_CASE_MAX},
    {"bsn", JSON_TEXT, false, BSN_DIGITS, BSN_DIGITS},
    {"betrokkene", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"gebruiker", JSON_TEXT, false, 1, USER_NAME_MAX},
    {"ketenpartner", JSON_TEXT, false, OIN_DIGITS, OIN_DIGITS},
    {"doel", JSON_TEXT, false, 1, RECORD_PURPOSE_MAX},
    {"handeling", JSON_TEXT, false, 1, RECORD_PURPOSE_MAX},
    {"uitkomst", JSON_TEXT, false, 1, RECORD_PURPOSE_MAX},
    {"van", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"tot", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"totOmvang", JSON_NUMBER, false, 1, INT64_MAX},
    {"bewijs", JSON_BOOL, false, 0, 0},
    {"sleutels", JSON_BOOL, false, 0, 0},
    {"reden", JSON_TEXT, false, CONSULT_REASON_MIN, EXPORT_REASON_MAX},
};

/* Filters that stand in the record and in the table of contents as they were given. */
static const char *const told[] = {"verzoek", "raadpleging", "zaak",     "gebruiker", "ketenpartner",
                                   "doel",    "handeling",   "uitkomst", "van",       "tot"};

static void read_form(struct exporting *x, struct fault_list *faults)
{
    const struct slice word = json_text_of(x->json, "vorm");
    x->form = EXPORT_FORM_COUNT;
    for (unsigned form = 0; form < EXPORT_FORM_COUNT; form++) {
        if (slice_is(word, export_form_word((enum export_form)form))) {
            x->form = (enum export_form)form;
        }
    }
    if (x->form == EXPORT_FORM_COUNT) {
        fault_list_add(faults, FAULT_INVALID, "/vorm", "kies json, ldv, nen7513 of csv");
    }
}

static void read_idents(struct exporting *x, struct fault_list *faults)
{
    struct record *v = &x->sought.values;
    const struct {
        const char *name, *where;
        struct ident *out;
    } idents[] = {{"verzoek", "/verzoek", &v->request_id},
                  {"raadpleging", "/raadpleging", &v->consult},
                  {"betrokkene", "/betrokkene", &v->subject}};
    for (size_t i = 0; i < COUNT_OF(idents); i++) {
        const struct slice text = json_text_of(x->json, idents[i].name);
        if (text.len != 0 && !ident_parse(text, idents[i].out)) {
            fault_list_add(faults, FAULT_INVALID, idents[i].where, "hier horen 32 hexadecimale cijfers");
        }
    }
}

static void read_outcome(struct exporting *x, struct fault_list *faults)
{
    const struct slice word = json_text_of(x->json, "uitkomst");
    x->sought.any_outcome = word.len == 0;
    for (unsigned code = 1; code < RECORD_OUTCOME_END && word.len != 0; code++) {
        if (slice_is(word, record_outcome_word((enum record_outcome)code))) {
            x->sought.outcome = (enum record_outcome)code;
        }
    }
    if (word.len != 0 && x->sought.outcome == OUTCOME_NONE) {
        fault_list_add(faults, FAULT_INVALID, "/uitkomst", "deze uitkomst bestaat niet");
    }
}

static void read_values(struct exporting *x, struct fault_list *faults)
{
    struct record *v = &x->sought.values;
    const struct slice bsn = json_text_of(x->json, "bsn");
    const struct slice partner = json_text_of(x->json, "ketenpartner");
    const struct slice operation = json_text_of(x->json, "handeling");
    read_idents(x, faults);
    read_outcome(x, faults);
    if (bsn.len != 0 && !bsn_parse(bsn, &v->bsn)) {
        fault_list_add(faults, FAULT_INVALID, "/bsn", "geen geldig burgerservicenummer (negen cijfers, elfproef)");
    }
    if (bsn.len != 0 && json_member(x->json, "betrokkene") != NULL) {
        fault_list_add(faults, FAULT_INVALID, "/betrokkene", "noem bsn of betrokkene, niet beide");
    }
    if (partner.len != 0 && !oin_parse(partner, &v->peer)) {
        fault_list_add(faults, FAULT_INVALID, "/ketenpartner", "hier hoort een OIN van twintig cijfers");
    }
    if (operation.len != 0 && !index_operation(operation, &v->operation)) {
        fault_list_add(faults, FAULT_INVALID, "/handeling", "op handeling zijn alleen te vinden: %s",
                       index_operation_words());
    }
    (void)slice_copy_text(json_text_of(x->json, "zaak"), v->case_number, sizeof v->case_number);
    (void)slice_copy_text(json_text_of(x->json, "gebruiker"), v->user, sizeof v->user);
    (void)slice_copy_text(json_text_of(x->json, "doel"), v->purpose, sizeof v->purpose);
    x->sought.person = bsn.len != 0 || json_member(x->json, "betrokkene") != NULL;
}

/* Days in UTC, as the times of the log are; `tot` is included. */
static void read_day(const struct json *json, const char *name, int64_t add_ms, int64_t *out, struct fault_list *faults)
{
    char moment[MOMENT_TEXT_SIZE + 8];
    struct date day;
    const struct slice text = json_text_of(json, name);
    if (text.len == 0) {
        return;
    }
    (void)snprintf(moment, sizeof moment, "%.*sT00:00:00Z", (int)text.len, (const char *)text.ptr);
    if (!date_parse(text, &day) || !moment_parse(slice_text(moment), out)) {
        fault_list_add(faults, FAULT_INVALID, strcmp(name, "van") == 0 ? "/van" : "/tot",
                       "hier hoort een dag als JJJJ-MM-DD");
    } else {
        *out += add_ms;
    }
}

static void read_bounds(struct exporting *x, struct fault_list *faults)
{
    const struct json *size = json_member(x->json, "totOmvang");
    const struct json *proofs = json_member(x->json, "bewijs");
    x->sought.end_ms = INT64_MAX;
    x->sought.before = UINT64_MAX;
    x->sought.oldest = true;
    x->size = size != NULL ? (uint64_t)json_int(size) : 0;
    x->proofs = proofs == NULL || json_bool(proofs);
    x->keys = json_bool(json_member(x->json, "sleutels"));
    read_day(x->json, "van", 0, &x->sought.from_ms, faults);
    read_day(x->json, "tot", DAY_MS, &x->sought.end_ms, faults);
    if (x->sought.from_ms >= x->sought.end_ms) {
        fault_list_add(faults, FAULT_INVALID, "/tot", "ligt voor van");
    }
    if (x->keys && (!x->proofs || json_member(x->json, "reden") == NULL)) {
        fault_list_add(faults, FAULT_INVALID, "/sleutels",
                       "sleutels gaan alleen mee met bewijs, en met een reden van %d tot en met %d bytes",
                       (int)CONSULT_REASON_MIN, (int)EXPORT_REASON_MAX);
    }
}

void export_read(struct exporting *x, struct fault_list *faults)
{
    x->json = call_json(&x->call, request_fields, COUNT_OF(request_fields), faults);
    if (faults->count != 0) {
        return;
    }
    read_form(x, faults);
    read_values(x, faults);
    read_bounds(x, faults);
    x->filtered = x->sought.person || json_member(x->json, "uitkomst") != NULL;
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        const bool day = strcmp(told[i], "van") == 0 || strcmp(told[i], "tot") == 0;
        x->filtered = x->filtered || (!day && json_member(x->json, told[i]) != NULL);
    }
    if (faults->count == 0 && x->filtered) {
        (void)log_sought_bounded(&x->sought, faults);
    }
}

void export_tell(const struct exporting *x, uint64_t most, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "uitgevoerd als %s, hoogstens %llu regels%s%s", export_form_word(x->form),
                                   (unsigned long long)most, x->proofs ? "" : ", zonder bewijs",
                                   x->sought.person ? " van een persoon" : "");
    for (size_t i = 0; i < COUNT_OF(told) && used < size; i++) {
        const struct slice value = json_text_of(x->json, told[i]);
        if (value.len != 0) {
            used +=
                (size_t)snprintf(out + used, size - used, " %s=%.*s", told[i], (int)value.len, (const char *)value.ptr);
        }
    }
    const struct slice reason = json_text_of(x->json, "reden");
    if (x->keys && used < size) {
        used += (size_t)snprintf(out + used, size - used, "; met de sleutels van die regels");
    }
    if (reason.len != 0 && used < size) {
        (void)snprintf(out + used, size - used, ": %.*s", (int)reason.len, (const char *)reason.ptr);
    }
}

void export_put_filters(const struct exporting *x, struct json_writer *w)
{
    json_begin_object(w, "filters");
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        const struct slice value = json_text_of(x->json, told[i]);
        if (value.len != 0) {
            json_put_slice(w, told[i], value);
        }
    }
    json_put_bool(w, "persoon", x->sought.person);
    json_end_object(w);
}

bool export_fits(uint64_t records, struct fault_list *faults)
{
    if (records > EXPORT_RECORDS_MAX) {
        fault_list_add(faults, FAULT_INVALID, "/van",
                       "dit zijn meer dan %d regels (%llu of meer): noem een kortere periode, met van en tot",
                       (int)EXPORT_RECORDS_MAX, (unsigned long long)records);
    }
    return records <= EXPORT_RECORDS_MAX;
}
