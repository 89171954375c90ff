#include "api/log_sought.h"

#include <stdio.h>

#include "audit/index.h"

enum { DAY_MS = 86400000 };

static bool operation_of(struct slice word, enum record_operation *out)
{
    for (unsigned code = 1; code < RECORD_OPERATION_END; code++) {
        const char *own = record_operation_word((enum record_operation)code);
        if (own[0] != '\0' && slice_is(word, own)) {
            *out = (enum record_operation)code;
            return true;
        }
    }
    return false;
}

static bool outcome_of(struct slice word, enum record_outcome *out)
{
    for (unsigned code = OUTCOME_NONE + 1; code < RECORD_OUTCOME_END; code++) {
        if (slice_is(word, record_outcome_word((enum record_outcome)code))) {
            *out = (enum record_outcome)code;
            return true;
        }
    }
    return false;
}

static const char *outcome_words(void)
{
#define X(name, code, word) ", " word
    static const char all[] = RECORD_OUTCOME_TABLE(X);
#undef X
    return all + 4; /* behind the empty word of none, and the comma behind it */
}

static void read_ident(const struct json *json, const char *name, struct ident *out, struct fault_list *faults)
{
    char where[32];
    const struct slice text = json_text_of(json, name);
    if (text.len != 0 && !ident_parse(text, out)) {
        (void)snprintf(where, sizeof where, "/%s", name);
        fault_list_add(faults, FAULT_INVALID, where, "hier horen 32 hexadecimale cijfers");
    }
}

static void read_values(const struct json *json, struct log_sought *out, struct fault_list *faults)
{
    struct record *values = &out->values;
    const struct slice bsn = json_text_of(json, "bsn");
    const struct slice partner = json_text_of(json, "ketenpartner");
    read_ident(json, "verzoek", &values->request_id, faults);
    read_ident(json, "raadpleging", &values->consult, faults);
    read_ident(json, "betrokkene", &values->subject, faults);
    if (bsn.len != 0 && !bsn_parse(bsn, &values->bsn)) {
        fault_list_add(faults, FAULT_INVALID, "/bsn", "geen geldig burgerservicenummer (negen cijfers, elfproef)");
    }
    if (bsn.len != 0 && json_member(json, "betrokkene") != NULL) {
        fault_list_add(faults, FAULT_INVALID, "/betrokkene", "noem bsn of betrokkene, niet beide");
    }
    if (partner.len != 0 && !oin_parse(partner, &values->peer)) {
        fault_list_add(faults, FAULT_INVALID, "/ketenpartner", "hier hoort een OIN van twintig cijfers");
    }
    (void)slice_copy_text(json_text_of(json, "zaak"), values->case_number, sizeof values->case_number);
    (void)slice_copy_text(json_text_of(json, "gebruiker"), values->user, sizeof values->user);
    (void)slice_copy_text(json_text_of(json, "doel"), values->purpose, sizeof values->purpose);
    out->person = bsn.len != 0 || json_member(json, "betrokkene") != NULL;
}

static void read_words(const struct json *json, struct log_sought *out, struct fault_list *faults)
{
    const struct slice operation = json_text_of(json, "handeling");
    const struct slice outcome = json_text_of(json, "uitkomst");
    if (operation.len != 0 && !operation_of(operation, &out->values.operation)) {
        fault_list_add(faults, FAULT_INVALID, "/handeling", "geen handeling; op zichzelf te zoeken zijn %s",
                       index_operation_words());
    }
    if (outcome.len != 0 && !outcome_of(outcome, &out->outcome)) {
        fault_list_add(faults, FAULT_INVALID, "/uitkomst", "kies uit %s", outcome_words());
    }
    out->any_outcome = outcome.len == 0;
}

void log_sought_read(const struct json *json, struct log_sought *out, struct fault_list *faults)
{
    read_values(json, out, faults);
    read_words(json, out, faults);
    log_sought_period(json, &out->from_ms, &out->end_ms, faults);
}

int64_t log_sought_day(struct slice text, const char *where, struct fault_list *faults)
{
    struct date day;
    if (!date_parse(text, &day)) {
        fault_list_add(faults, FAULT_INVALID, where, "hier hoort een dag als JJJJ-MM-DD");
        return 0;
    }
    return date_days(&day) * DAY_MS;
}

void log_sought_period(const struct json *json, int64_t *from_ms, int64_t *end_ms, struct fault_list *faults)
{
    const size_t before = faults->count;
    const struct slice from = json_text_of(json, "van");
    const struct slice until = json_text_of(json, "tot");
    *from_ms = from.len != 0 ? log_sought_day(from, "/van", faults) : 0;
    *end_ms = until.len != 0 ? log_sought_day(until, "/tot", faults) + DAY_MS : INT64_MAX;
    if (faults->count == before && *from_ms >= *end_ms) {
        fault_list_add(faults, FAULT_INVALID, "/tot", "ligt voor van");
    }
}
