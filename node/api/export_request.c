/* What is asked of an export, and how that is told again. */
#include <stdio.h>
#include <string.h>

#include "api/export_parts.h"
#include "api/log_sought.h"
#include "base/mem.h"

enum { FORM_WORD_MAX = 16 };

static const struct json_field request_fields[] = {
    {"vorm", JSON_TEXT, true, 1, FORM_WORD_MAX},
    LOG_SOUGHT_FIELDS,
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

static void read_bounds(struct exporting *x, struct fault_list *faults)
{
    const struct json *size = json_member(x->json, "totOmvang");
    const struct json *proofs = json_member(x->json, "bewijs");
    x->sought.before = UINT64_MAX;
    x->sought.oldest = true;
    x->size = size != NULL ? (uint64_t)json_int(size) : 0;
    x->proofs = proofs == NULL || json_bool(proofs);
    x->keys = json_bool(json_member(x->json, "sleutels"));
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
    log_sought_read(x->json, &x->sought, faults);
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
