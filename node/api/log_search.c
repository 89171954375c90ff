/* In this order: read and check -> whom is it about, here? -> the index, a month a turn -> the records, some a turn ->
 * a record of the search -> the answer. */
#include "api/log_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/indexing.h"
#include "api/later.h"
#include "api/log.h"
#include "audit/index.h"
#include "base/mem.h"
#include "domain/person.h"

enum { SLICE_RECORDS = 25, SOUGHT_TEXT_MAX = 512, DAY_MS = 86400000 };

static const struct json_field request_fields[] = {
    {"verzoek", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"zaak", JSON_TEXT, false, 1, CONSULT_CASE_MAX},
    {"bsn", JSON_TEXT, false, BSN_DIGITS, BSN_DIGITS},
    {"betrokkene", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"gebruiker", JSON_TEXT, false, 1, USER_NAME_MAX},
    {"ketenpartner", JSON_TEXT, false, OIN_DIGITS, OIN_DIGITS},
    {"doel", JSON_TEXT, false, 1, RECORD_PURPOSE_MAX},
    {"handeling", JSON_TEXT, false, 1, RECORD_PURPOSE_MAX},
    {"van", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"tot", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"voor", JSON_NUMBER, false, 0, INT64_MAX},
    {"aantal", JSON_NUMBER, false, 1, LOG_SEARCH_PAGE},
};

struct search {
    struct call call;
    struct json *json;
    struct record sought; /* the values that are looked for, each in its place */
    bool person;          /* sought.bsn or sought.subject, or both: the same person */
    int64_t from_ms, end_ms;
    uint64_t before;
    size_t wanted;
    /* the index */
    struct seal_class *classes;
    size_t class_count;
    size_t class_at;
    uint64_t leads[LOG_SEARCH_LOOKED + STORE_LIST_MAX]; /* the highest first */
    size_t lead_count;
    uint64_t floor; /* below it leads are missing */
    bool full;      /* there were more leads than are looked at */
    size_t lead_at;
    size_t shown;
    uint64_t size; /* of the log */
    struct json_writer writer;
    bool failed;
    struct error err;
};

static void clean(struct call *call)
{
    struct search *s = (struct search *)call;
    json_free(s->json);
    mem_free(s->classes);
    mem_wipe(&s->sought, sizeof s->sought);
}

/* ---- read and check ---- */

static const struct index_field {
    const char *name;
    enum index_term term;
} terms[] = {{"verzoek", INDEX_REQUEST},    {"zaak", INDEX_CASE},          {"bsn", INDEX_BSN},
             {"betrokkene", INDEX_SUBJECT}, {"gebruiker", INDEX_USER},     {"ketenpartner", INDEX_PEER},
             {"doel", INDEX_PURPOSE},       {"handeling", INDEX_OPERATION}};

static bool is_sought(const struct search *s, enum index_term term)
{
    return index_value(&s->sought, term, false).len != 0;
}

static void read_values(struct search *s, struct fault_list *faults)
{
    const struct json *j = s->json;
    const struct slice request = json_text_of(j, "verzoek");
    const struct slice subject = json_text_of(j, "betrokkene");
    const struct slice bsn = json_text_of(j, "bsn");
    const struct slice partner = json_text_of(j, "ketenpartner");
    const struct slice operation = json_text_of(j, "handeling");
    if (request.len != 0 && !ident_parse(request, &s->sought.request_id)) {
        fault_list_add(faults, FAULT_INVALID, "/verzoek", "hier horen 32 hexadecimale cijfers");
    }
    if (subject.len != 0 && !ident_parse(subject, &s->sought.subject)) {
        fault_list_add(faults, FAULT_INVALID, "/betrokkene", "hier horen 32 hexadecimale cijfers");
    }
    if (bsn.len != 0 && !bsn_parse(bsn, &s->sought.bsn)) {
        fault_list_add(faults, FAULT_INVALID, "/bsn", "geen geldig burgerservicenummer (negen cijfers, elfproef)");
    }
    if (bsn.len != 0 && subject.len != 0) {
        fault_list_add(faults, FAULT_INVALID, "/betrokkene", "noem bsn of betrokkene, niet beide");
    }
    if (partner.len != 0 && !oin_parse(partner, &s->sought.peer)) {
        fault_list_add(faults, FAULT_INVALID, "/ketenpartner", "hier hoort een OIN van twintig cijfers");
    }
    if (operation.len != 0 && !index_operation(operation, &s->sought.operation)) {
        fault_list_add(faults, FAULT_INVALID, "/handeling", "op handeling zijn alleen te vinden: %s",
                       index_operation_words());
    }
    (void)slice_copy_text(json_text_of(j, "zaak"), s->sought.case_number, sizeof s->sought.case_number);
    (void)slice_copy_text(json_text_of(j, "gebruiker"), s->sought.user, sizeof s->sought.user);
    (void)slice_copy_text(json_text_of(j, "doel"), s->sought.purpose, sizeof s->sought.purpose);
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
    s->end_ms = INT64_MAX;
    s->before = before != NULL ? (uint64_t)json_int(before) : INT64_MAX;
    s->wanted = wanted != NULL ? (size_t)json_int(wanted) : LOG_SEARCH_PAGE;
    read_day(s, "van", 0, &s->from_ms, faults);
    read_day(s, "tot", DAY_MS, &s->end_ms, faults);
    if (faults->count == 0 && s->from_ms >= s->end_ms) {
        fault_list_add(faults, FAULT_INVALID, "/tot", "ligt voor van");
    }
    bool any = false;
    bool telling = false;
    for (size_t i = 0; i < COUNT_OF(terms); i++) {
        any = any || is_sought(s, terms[i].term);
        telling =
            telling || (is_sought(s, terms[i].term) && terms[i].term != INDEX_PEER && terms[i].term != INDEX_PURPOSE);
    }
    if (faults->count == 0 && !any) {
        fault_list_add(
            faults, FAULT_INVALID, "",
            "noem ten minste een van verzoek, zaak, bsn, betrokkene, gebruiker, ketenpartner, doel en handeling");
    } else if (faults->count == 0 && !telling &&
               (s->from_ms == 0 || s->end_ms == INT64_MAX ||
                s->end_ms - s->from_ms > (int64_t)LOG_SEARCH_DAYS * DAY_MS)) {
        fault_list_add(faults, FAULT_INVALID, "/van",
                       "een ketenpartner of doel alleen vindt te veel: noem ook van en tot, hoogstens %d dagen uiteen",
                       (int)LOG_SEARCH_DAYS);
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

static void finish(struct search *s)
{
    struct error err;
    struct store_batch *batch = NULL;
    char text[SOUGHT_TEXT_MAX];
    json_end_array(&s->writer);
    const bool looked_all = s->lead_at == s->lead_count && !s->full;
    if (!looked_all && s->lead_at != 0) {
        json_put_int(&s->writer, "verder", (int64_t)s->leads[s->lead_at - 1]);
    }
    json_put_int(&s->writer, "doorzoekbaar", (int64_t)indexing_watermark(s->call.api->indexing));
    json_put_int(&s->writer, "omvang", (int64_t)s->size);
    json_end_object(&s->writer);
    struct record record = call_record(&s->call, RECORD_LOG_READ);
    record.outcome = OUTCOME_DONE;
    record.entries = (uint32_t)s->shown;
    if (s->person) {
        static const struct ident none;
        record.subject = s->sought.subject;
        if (ident_equal(&record.subject, &none)) {
            record.bsn = s->sought.bsn;
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

/* ---- the records ---- */

static bool same(const struct record *sought, const struct record *r, enum index_term term)
{
    const struct slice value = index_value(sought, term, false);
    const struct slice second = index_value(r, term, true);
    return value.len == 0 || slice_equal(index_value(r, term, false), value) ||
           (second.len != 0 && slice_equal(second, value));
}

static bool answers_to(const struct search *s, const struct record *r)
{
    static const enum index_term all[] = {INDEX_REQUEST, INDEX_CASE,    INDEX_USER,
                                          INDEX_PEER,    INDEX_PURPOSE, INDEX_OPERATION};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (!same(&s->sought, r, all[i])) {
            return false;
        }
    }
    const bool person = !s->person || (is_sought(s, INDEX_BSN) && same(&s->sought, r, INDEX_BSN)) ||
                        (is_sought(s, INDEX_SUBJECT) && same(&s->sought, r, INDEX_SUBJECT));
    return person && r->time_ms >= s->from_ms && r->time_ms < s->end_ms;
}

static void look_at(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct search *s = ctx;
    struct record record;
    struct error fault;
    if (err != NULL) {
        s->failed = true;
        s->err = *err;
    } else if (count == 1 && leaves->sequence == s->leads[s->lead_at] &&
               audit_read(s->call.api->audit, leaves, &record, NULL, &fault) == RESULT_OK && answers_to(s, &record)) {
        log_put_leaf(&s->call, &s->writer, NULL, leaves);
        s->shown++;
    }
    mem_wipe(&record, sizeof record);
}

static void go_on(struct search *s, void (*next)(void *ctx))
{
    struct error err;
    if (s->failed) {
        call_fail(&s->call, &s->err);
    } else if (later(s->call.api->loop, next, s, &err) != RESULT_OK) {
        call_fail(&s->call, &err);
    }
}

static void look(void *ctx)
{
    struct search *s = ctx;
    for (size_t i = 0; i < SLICE_RECORDS && !s->failed && s->lead_at < s->lead_count && s->shown < s->wanted; i++) {
        store_log_read(s->call.api->door, s->leads[s->lead_at], 1, look_at, s);
        s->lead_at++;
    }
    if (!s->failed && (s->lead_at == s->lead_count || s->shown == s->wanted)) {
        finish(s);
    } else {
        go_on(s, look);
    }
}

/* ---- the index ---- */

static int higher_first(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

static void take_leads(void *ctx, const uint64_t *sequences, size_t count, const struct error *err)
{
    struct search *s = ctx;
    if (err != NULL) {
        s->failed = true;
        s->err = *err;
        return;
    }
    if (count != 0) {
        memcpy(s->leads + s->lead_count, sequences, count * sizeof *sequences);
    }
    s->lead_count += count;
    qsort(s->leads, s->lead_count, sizeof *s->leads, higher_first);
    if (count == STORE_LIST_MAX && sequences[count - 1] > s->floor) {
        s->floor = sequences[count - 1];
        s->full = true;
    }
    while (s->lead_count != 0 && (s->lead_count > LOG_SEARCH_LOOKED || s->leads[s->lead_count - 1] < s->floor)) {
        s->lead_count--;
        s->full = true;
    }
}

/* The terms that lead: a rare operation, both words for a person, or the most telling of the others. */
static size_t leading(const struct search *s, enum index_term out[2])
{
    size_t count = 0;
    if (is_sought(s, INDEX_OPERATION)) {
        out[count++] = INDEX_OPERATION;
    }
    for (unsigned term = INDEX_REQUEST; term < INDEX_TERM_END && count == 0; term++) {
        if (!is_sought(s, (enum index_term)term)) {
            continue;
        }
        out[count++] = (enum index_term)term;
        if (term == INDEX_BSN && is_sought(s, INDEX_SUBJECT)) {
            out[count++] = INDEX_SUBJECT;
        }
    }
    return count;
}

static void search_class(struct search *s, struct seal_class class)
{
    struct seal_index_key key;
    enum index_term lead[2];
    uint8_t hash[SEAL_HASH_SIZE];
    const size_t count = leading(s, lead);
    struct error err;
    if (seal_index_key(s->call.api->keyring, class, &key, &err) != RESULT_OK) {
        if (err.fault != FAULT_NOT_FOUND) { /* destroyed: nothing of it can be found */
            s->failed = true;
            s->err = err;
        }
        return;
    }
    for (size_t i = 0; i < count && !s->failed; i++) {
        seal_index_hash(&key, (uint8_t)lead[i], index_value(&s->sought, lead[i], false), hash);
        store_index_find(s->call.api->door, class, hash, s->before, STORE_LIST_MAX, take_leads, s);
    }
    mem_wipe(&key, sizeof key);
}

static uint32_t month_of(int64_t time_ms)
{
    const struct date day = moment_date(time_ms);
    return (uint32_t)day.year * 100U + day.month;
}

static void search_month(void *ctx)
{
    struct search *s = ctx;
    if (s->class_at < s->class_count) {
        const uint32_t month = s->classes[s->class_at].month;
        const bool within = (s->from_ms == 0 || month >= month_of(s->from_ms)) &&
                            (s->end_ms == INT64_MAX || month <= month_of(s->end_ms - 1));
        for (; s->class_at < s->class_count && s->classes[s->class_at].month == month; s->class_at++) {
            if (within && !s->failed) {
                search_class(s, s->classes[s->class_at]);
            }
        }
    }
    if (s->class_at < s->class_count || s->failed) {
        go_on(s, search_month);
        return;
    }
    s->writer = json_writer(&s->call.body);
    json_begin_object(&s->writer, NULL);
    json_begin_array(&s->writer, "regels");
    look(s);
}

static void take_classes(void *ctx, const struct seal_class *classes, size_t count, const struct error *err)
{
    struct search *s = ctx;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    s->classes = mem_array(count + 1, sizeof *classes);
    if (s->classes == NULL) {
        struct error fault;
        (void)error_set(&fault, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(&s->call, &fault);
        return;
    }
    memcpy(s->classes, classes, count * sizeof *classes); /* never NULL without err */
    s->class_count = count;
    search_month(s);
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct search *s = ctx;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    s->size = tree->size;
    store_index_classes(s->call.api->door, take_classes, s);
}

/* ---- whom is it about, here? ---- */

/* A person stands in the log by own id where he is known here, by number where he is not: both are looked for. */
static void person_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct search *s = ctx;
    struct subject subject;
    struct error fault;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    if (found->item != NULL && subject_decode(found->item->payload, &subject, &fault) == RESULT_OK) {
        s->sought.subject = found->item->id;
        s->sought.bsn = subject.bsn;
        mem_wipe(&subject, sizeof subject);
    }
    store_log_head(s->call.api->door, take_size, s);
}

static void search(struct call *call)
{
    struct search *s = (struct search *)call;
    struct fault_list faults = {0};
    s->json = call_json(call, request_fields, COUNT_OF(request_fields), &faults);
    if (faults.count == 0) {
        read_values(s, &faults);
        read_bounds(s, &faults);
    }
    call->person = s->sought.bsn;
    call->subject = s->sought.subject;
    if (faults.count != 0) {
        struct record record = call_refusal(call);
        call_refuse(call, &record, &faults);
        mem_wipe(&record, sizeof record);
        return;
    }
    s->person = is_sought(s, INDEX_BSN) || is_sought(s, INDEX_SUBJECT);
    if (is_sought(s, INDEX_BSN)) {
        store_find(call->api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&s->sought.bsn), STORE_KIND_COUNT,
                   person_found, s);
    } else if (s->person) {
        store_get(call->api->door, STORE_SUBJECT, &s->sought.subject, STORE_KIND_COUNT, person_found, s);
    } else {
        store_log_head(call->api->door, take_size, s);
    }
}

void log_search(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct search));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_READ_LOG, search);
    }
}
