/* In this order: read and check -> whom is it about, here? -> a walk through the log -> a record of the search -> the
 * answer. */
#include "api/log_search.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/log.h"
#include "api/log_sought.h"
#include "base/mem.h"

enum { SOUGHT_TEXT_MAX = 512 };

static const struct json_field request_fields[] = {
    LOG_SOUGHT_FIELDS,
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

static void read_request(struct search *s, struct fault_list *faults)
{
    const struct json *before = json_member(s->json, "voor");
    const struct json *wanted = json_member(s->json, "aantal");
    log_sought_read(s->json, &s->sought, faults);
    s->sought.before = before != NULL ? (uint64_t)json_int(before) : UINT64_MAX;
    s->sought.look = LOG_SEARCH_LOOKED;
    s->wanted = wanted != NULL ? (size_t)json_int(wanted) : LOG_SEARCH_PAGE;
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
        read_request(s, &faults);
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
