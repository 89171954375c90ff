/* What waits for the officer: all findings gone through, the weightiest kept, the newest first among equals. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/findings_parts.h"
#include "api/findings_walk.h"
#include "api/query.h"
#include "base/mem.h"

enum { TEXT_MAX = 200 };

struct row {
    struct ident id;
    uint64_t ordinal;
    struct finding finding;
};

struct listing {
    struct call call;
    struct findings_walk walk;
    uint8_t rule;   /* RULE_NONE: all */
    bool any_state; /* all that is not closed */
    enum finding_state state;
    struct ident after;
    bool goes_on;
    struct row last; /* behind which this page begins */
    size_t wanted;
    struct row *rows[FINDINGS_PAGE];
    size_t count;
    uint64_t matched; /* behind `last` */
    struct error err;
    bool failed;
};

static void clean(struct call *call)
{
    struct listing *l = (struct listing *)call;
    for (size_t i = 0; i < l->count; i++) {
        mem_wipe(l->rows[i], sizeof *l->rows[i]);
        mem_free(l->rows[i]);
    }
    mem_wipe(&l->last, sizeof l->last);
    mem_wipe(&l->walk.seen, sizeof l->walk.seen);
}

/* < 0: a comes before b. Never 0 for two of them. */
static int ranked(const struct finding *a, uint64_t a_ordinal, const struct finding *b, uint64_t b_ordinal)
{
    if (a->score != b->score) {
        return a->score > b->score ? -1 : 1;
    }
    if (a->last_ms != b->last_ms) {
        return a->last_ms > b->last_ms ? -1 : 1;
    }
    return a_ordinal > b_ordinal ? -1 : a_ordinal < b_ordinal;
}

static int by_rank(const void *a, const void *b)
{
    const struct row *x = *(const struct row *const *)a;
    const struct row *y = *(const struct row *const *)b;
    return ranked(&x->finding, x->ordinal, &y->finding, y->ordinal);
}

static bool is_sought(const struct listing *l, const struct finding *f, uint64_t ordinal)
{
    const bool state = l->any_state ? f->state != FINDING_CLOSED : f->state == l->state;
    return state && (l->rule == RULE_NONE || f->rule == l->rule) &&
           (!l->goes_on || ranked(&l->last.finding, l->last.ordinal, f, ordinal) < 0);
}

static void see(struct findings_walk *walk, const struct finding *finding, const struct store_item *item)
{
    struct listing *l = (struct listing *)((char *)walk - offsetof(struct listing, walk));
    struct row *row = NULL;
    if (l->failed || !is_sought(l, finding, item->ordinal)) {
        return;
    }
    l->matched++;
    if (l->count < l->wanted) {
        row = mem_alloc(sizeof *row);
        if (row == NULL) {
            l->failed = true;
            (void)error_set(&l->err, FAULT_NO_MEMORY, "", "geen geheugen");
            return;
        }
        l->rows[l->count++] = row;
    } else {
        row = l->rows[0];
        for (size_t i = 1; i < l->count; i++) {
            row = by_rank(&row, &l->rows[i]) < 0 ? l->rows[i] : row;
        }
        if (ranked(&row->finding, row->ordinal, finding, item->ordinal) < 0) {
            return;
        }
    }
    *row = (struct row){item->id, item->ordinal, *finding};
}

/* What was looked for; the rest of the reading is in the answer. */
static enum result record_reading(struct listing *l, struct store_batch **batch, struct error *err)
{
    char text[TEXT_MAX];
    struct record record = call_record(&l->call, RECORD_LOG_READ);
    record.outcome = OUTCOME_DONE;
    record.entries = (uint32_t)l->count;
    (void)snprintf(text, sizeof text, "bevindingen, regel %s, stand %s",
                   l->rule != RULE_NONE ? finding_rule_word(l->rule) : "alle",
                   l->any_state ? "niet gesloten" : finding_state_word(l->state));
    return call_log(&l->call, batch, &record, slice_text(text), err);
}

static void listed(struct findings_walk *walk, const struct error *failed)
{
    struct listing *l = (struct listing *)((char *)walk - offsetof(struct listing, walk));
    struct call *call = &l->call;
    struct store_batch *batch = NULL;
    struct error err;
    if (failed != NULL || l->failed) {
        call_fail(call, failed != NULL ? failed : &l->err);
        return;
    }
    qsort(l->rows, l->count, sizeof *l->rows, by_rank);
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "bevindingen");
    for (size_t i = 0; i < l->count; i++) {
        json_begin_object(&w, NULL);
        findings_write(&w, call->covenant, &l->rows[i]->finding, &l->rows[i]->id);
        json_end_object(&w);
    }
    json_end_array(&w);
    if (l->matched > l->count) {
        json_put_text(&w, "volgende", ident_text(&l->rows[l->count - 1]->id).text);
    }
    json_put_int(&w, "nietBewaard", (int64_t)call->api->findings.not_kept);
    json_end_object(&w);
    if (record_reading(l, &batch, &err) != RESULT_OK) {
        call_unlogged(call, &err);
    } else {
        call_commit(call, batch, 200);
    }
}

static void last_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct listing *l = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&l->call, failed);
    } else if (found->item == NULL || finding_decode(found->item->payload, &l->last.finding, &err) != RESULT_OK) {
        call_refuse_with(&l->call, FAULT_INVALID, "na", "deze bevinding is hier niet");
    } else {
        l->last.ordinal = found->item->ordinal;
        findings_walk(&l->walk);
    }
}

static void read_query(struct listing *l, struct fault_list *faults)
{
    const struct slice query = http_request_query(l->call.request);
    const int64_t count = query_number(query, "aantal", FINDINGS_PAGE);
    struct slice text;
    l->any_state = !query_find(query, "stand", &text);
    if (!l->any_state && !finding_state_parse(text, &l->state)) {
        fault_list_add(faults, FAULT_INVALID, "stand", "toegestaan: open, gezien, gesloten");
    }
    if (query_find(query, "regel", &text) && !finding_rule_parse(text, &l->rule)) {
        fault_list_add(faults, FAULT_INVALID, "regel", "deze regel is er niet; `audit watch` toont ze");
    }
    l->goes_on = query_find(query, "na", &text);
    if (l->goes_on && !ident_parse(text, &l->after)) {
        fault_list_add(faults, FAULT_INVALID, "na", "hier hoort wat een vorig antwoord bij volgende noemde");
    }
    if (count < 1 || count > FINDINGS_PAGE) {
        fault_list_add(faults, FAULT_INVALID, "aantal", "aantal is 1 tot en met %d", (int)FINDINGS_PAGE);
    }
    l->wanted = (size_t)count;
}

static void list(struct call *call)
{
    struct listing *l = (struct listing *)call;
    struct fault_list faults = {0};
    read_query(l, &faults);
    if (faults.count != 0) {
        struct record record = call_refusal(call);
        call_refuse(call, &record, &faults);
        return;
    }
    l->walk.api = call->api;
    l->walk.see = see;
    l->walk.end = listed;
    if (l->goes_on) {
        store_get(call->api->door, STORE_FINDING, &l->after, STORE_KIND_COUNT, last_found, l);
    } else {
        findings_walk(&l->walk);
    }
}

void findings_list(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct listing));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_READ_LOG, list);
    }
}
