/* In this order: read and check -> whom is it about, here? -> a walk through the log -> a record of the search -> the
 * answer. */
#include "api/log_search.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/log.h"
#include "api/log_walk.h"
#include "audit/index.h"
#include "base/mem.h"

enum { SOUGHT_TEXT_MAX = 512, DAY_MS = 86400000 };

static const struct json_field request_fields[] = {
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
    {"voor", JSON_NUMBER, false, 0, INT64_MAX},
    {"aantal", JSON_NUMBER, false, 1, LOG_SEARCH_PAGE},
};

struct search {
    struct call call;
    struct json *json;
    struct log_sought sought;
    size_t wanted;
    size_t shown;
    struct json_writer writer;
};

static void clean(struct call *call)
{
    struct search *s = (struct search *)call;
    json_free(s->json);
    mem_wipe(&s->sought, sizeof s->sought);
}

/* ---- read and check ---- */

static bool operation_of(struct slice word, enum record_operation *out)
{
    for (unsigned code = 1; code < RECORD_OPERATION_END; code++) {
        const char *own = record_operation_word((enum record_operation)code);
        if (own[0] != '\0' && slice_equal(slice_text(own), word)) {
            *out = (enum record_operation)code;
            return true;
        }
    }
    return false;
}

static bool outcome_of(struct slice word, enum record_outcome *out)
{
    for (unsigned code = OUTCOME_NONE + 1; code < RECORD_OUTCOME_END; code++) {
        if (slice_equal(slice_text(record_outcome_word((enum record_outcome)code)), word)) {
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

static void read_ident(struct search *s, const char *name, struct ident *out, struct fault_list *faults)
{
    char where[32];
    const struct slice text = json_text_of(s->json, name);
    if (text.len != 0 && !ident_parse(text, out)) {
        (void)snprintf(where, sizeof where, "/%s", name);
        fault_list_add(faults, FAULT_INVALID, where, "hier horen 32 hexadecimale cijfers");
    }
}

static void read_values(struct search *s, struct fault_list *faults)
{
    const struct json *j = s->json;
    struct record *values = &s->sought.values;
    const struct slice bsn = json_text_of(j, "bsn");
    const struct slice partner = json_text_of(j, "ketenpartner");
    read_ident(s, "verzoek", &values->request_id, faults);
    read_ident(s, "raadpleging", &values->consult, faults);
    read_ident(s, "betrokkene", &values->subject, faults);
    if (bsn.len != 0 && !bsn_parse(bsn, &values->bsn)) {
        fault_list_add(faults, FAULT_INVALID, "/bsn", "geen geldig burgerservicenummer (negen cijfers, elfproef)");
    }
    if (bsn.len != 0 && json_member(j, "betrokkene") != NULL) {
        fault_list_add(faults, FAULT_INVALID, "/betrokkene", "noem bsn of betrokkene, niet beide");
    }
    if (partner.len != 0 && !oin_parse(partner, &values->peer)) {
        fault_list_add(faults, FAULT_INVALID, "/ketenpartner", "hier hoort een OIN van twintig cijfers");
    }
    (void)slice_copy_text(json_text_of(j, "zaak"), values->case_number, sizeof values->case_number);
    (void)slice_copy_text(json_text_of(j, "gebruiker"), values->user, sizeof values->user);
    (void)slice_copy_text(json_text_of(j, "doel"), values->purpose, sizeof values->purpose);
    s->sought.person = bsn.len != 0 || json_member(j, "betrokkene") != NULL;
}

static void read_words(struct search *s, struct fault_list *faults)
{
    const struct slice operation = json_text_of(s->json, "handeling");
    const struct slice outcome = json_text_of(s->json, "uitkomst");
    if (operation.len != 0 && !operation_of(operation, &s->sought.values.operation)) {
        fault_list_add(faults, FAULT_INVALID, "/handeling", "geen handeling; op zichzelf te zoeken zijn %s",
                       index_operation_words());
    }
    if (outcome.len != 0 && !outcome_of(outcome, &s->sought.outcome)) {
        fault_list_add(faults, FAULT_INVALID, "/uitkomst", "kies uit %s", outcome_words());
    }
    s->sought.any_outcome = outcome.len == 0;
}

/* Days in UTC, as the times of the log are; `tot` is included. */
static void read_day(struct search *s, const char *name, int64_t add_ms, int64_t *out, struct fault_list *faults)
{
    char moment[MOMENT_TEXT_SIZE + 8];
    struct date day;
    const struct slice text = json_text_of(s->json, name);
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

static void read_bounds(struct search *s, struct fault_list *faults)
{
    const struct json *before = json_member(s->json, "voor");
    const struct json *wanted = json_member(s->json, "aantal");
    s->sought.end_ms = INT64_MAX;
    s->sought.before = before != NULL ? (uint64_t)json_int(before) : UINT64_MAX;
    s->sought.look = LOG_SEARCH_LOOKED;
    s->wanted = wanted != NULL ? (size_t)json_int(wanted) : LOG_SEARCH_PAGE;
    read_day(s, "van", 0, &s->sought.from_ms, faults);
    read_day(s, "tot", DAY_MS, &s->sought.end_ms, faults);
    if (faults->count == 0 && s->sought.from_ms >= s->sought.end_ms) {
        fault_list_add(faults, FAULT_INVALID, "/tot", "ligt voor van");
    }
    if (faults->count == 0) {
        (void)log_sought_bounded(&s->sought, faults);
    }
}

/* ---- a record of the search, and the answer ---- */

/* What was looked for, but for the person, who stands in the record itself. */
static void sought_text(const struct search *s, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, "gezocht op");
    for (size_t i = 0; i < COUNT_OF(request_fields) && used < size; i++) {
        const char *name = request_fields[i].name;
        const struct slice value = json_text_of(s->json, name);
        const bool person = strcmp(name, "bsn") == 0 || strcmp(name, "betrokkene") == 0;
        if (value.len != 0) {
            used += (size_t)snprintf(out + used, size - used, " %s%s%.*s", name, person ? "" : "=",
                                     person ? 0 : (int)value.len, (const char *)value.ptr);
        }
    }
}

static void finish(struct search *s, const struct log_walk_end *end)
{
    struct error err;
    struct store_batch *batch = NULL;
    char text[SOUGHT_TEXT_MAX];
    json_end_array(&s->writer);
    if (end->more) {
        json_put_int(&s->writer, "verder", (int64_t)end->next);
    }
    json_put_int(&s->writer, "doorzoekbaar", (int64_t)end->watermark);
    json_put_int(&s->writer, "omvang", (int64_t)end->size);
    json_end_object(&s->writer);
    struct record record = call_record(&s->call, RECORD_LOG_READ);
    record.outcome = OUTCOME_DONE;
    record.entries = (uint32_t)s->shown;
    if (s->sought.person) {
        static const struct ident none;
        record.subject = s->sought.values.subject;
        if (ident_equal(&record.subject, &none)) {
            record.bsn = s->sought.values.bsn;
        }
    }
    sought_text(s, text, sizeof text);
    if (call_log(&s->call, &batch, &record, slice_text(text), &err) != RESULT_OK) {
        call_unlogged(&s->call, &err);
    } else {
        call_commit(&s->call, batch, 200);
    }
    mem_wipe(&record, sizeof record);
}

/* ---- the walk ---- */

static enum log_walk_go take(void *ctx, const struct store_leaf *leaf, enum log_seal seal, const struct record *record,
                             struct slice text)
{
    struct search *s = ctx;
    (void)seal; /* said of the leaf, too */
    (void)record;
    (void)text;
    log_put_leaf(&s->call, &s->writer, NULL, leaf);
    s->shown++;
    return LOG_WALK_ON;
}

static void walked(void *ctx, const struct log_walk_end *end, const struct error *err)
{
    struct search *s = ctx;
    if (err != NULL) {
        call_fail(&s->call, err);
    } else {
        finish(s, end);
    }
}

static void person_found(void *ctx, const struct record *both, const struct error *err)
{
    struct search *s = ctx;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    s->sought.values.bsn = both->bsn;
    s->sought.values.subject = both->subject;
    s->writer = json_writer(&s->call.body);
    json_begin_object(&s->writer, NULL);
    json_begin_array(&s->writer, "regels");
    log_walk(s->call.api, &s->sought, s->wanted, false, take, walked, s);
}

static void search(struct call *call)
{
    struct search *s = (struct search *)call;
    struct fault_list faults = {0};
    s->json = call_json(call, request_fields, COUNT_OF(request_fields), &faults);
    if (faults.count == 0) {
        read_values(s, &faults);
        read_words(s, &faults);
        read_bounds(s, &faults);
    }
    call->person = s->sought.values.bsn;
    call->subject = s->sought.values.subject;
    if (faults.count != 0) {
        struct record record = call_refusal(call);
        call_refuse(call, &record, &faults);
        mem_wipe(&record, sizeof record);
        return;
    }
    const struct bsn bsn = s->sought.values.bsn;
    const struct ident subject = s->sought.values.subject;
    log_find_person(call->api, bsn_is_set(&bsn) ? &bsn : NULL, s->sought.person ? &subject : NULL, person_found, s);
}

void log_search(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct search));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_READ_LOG, search);
    }
}
