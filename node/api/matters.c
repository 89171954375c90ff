#include "api/matters.h"

#include <stdio.h>

#include "api/match_values.h"
#include "api/terms.h"
#include "base/mem.h"
#include "base/workdays.h"

struct date matters_today(const struct api *api)
{
    return workdays_dutch_day(clock_now(api->clock));
}

void matters_read(const struct json *json, struct matter *out, struct fault_list *faults)
{
    const struct slice number = json_text_of(json, "nummer");
    if (number.len != 0 && (!matter_number_ok(number) || !slice_copy_text(number, out->number, sizeof out->number))) {
        fault_list_add(faults, FAULT_INVALID, "/nummer", "hier hoort een nummer van zichtbare tekens");
    }
    people_read(json_member(json, "betrokkenen"), out->people, MATTER_PEOPLE_MAX, &out->people_count, faults);
}

struct date matters_read_day(const struct json *json, const char *name, const struct date *standard,
                             struct fault_list *faults)
{
    const struct slice text = json_text_of(json, name);
    struct date day = *standard;
    if (text.len != 0 && !date_parse(text, &day)) {
        char where[32];
        (void)snprintf(where, sizeof where, "/%s", name);
        fault_list_add(faults, FAULT_INVALID, where, "hier hoort een dag die bestaat: JJJJ-MM-DD");
    }
    return day;
}

static enum result put_change(struct api *api, const struct matters_change *change, struct store_batch *batch,
                              struct error *err)
{
    struct match_stand stand = {.is_order = change->kind == STORE_ORDER};
    memcpy(stand.number, change->matter->number, sizeof stand.number);
    store_put(batch, change->kind, &change->item);
    return change->closes
               ? match_values_close(api, &stand, change->matter->people, change->matter->people_count, batch, err)
               : RESULT_OK;
}

static void committed(struct call *call)
{
    const struct matter *matter = ((struct matters_call *)call)->changed;
    for (size_t i = 0; i < matter->people_count; i++) {
        cooperation_touched_number(call->api, &matter->people[i]);
    }
}

void matters_save(struct call *call, const struct matters_change *change, int status)
{
    struct error err;
    struct store_batch *batch = NULL;
    for (size_t i = 0; i < change->matter->people_count; i++) {
        struct record record = call_record(call, change->operation);
        record.outcome = OUTCOME_DONE;
        record.bsn = change->matter->people[i];
        const bool is_order = change->kind == STORE_ORDER;
        char *number = is_order ? record.case_number : record.report_number;
        memcpy(number, change->matter->number, sizeof change->matter->number);
        const enum result result = call_log(call, &batch, &record, slice_text(change->what), &err);
        mem_wipe(&record, sizeof record);
        if (result != RESULT_OK) {
            call_unlogged(call, &err);
            return;
        }
    }
    if (batch != NULL && put_change(call->api, change, batch, &err) != RESULT_OK) {
        call_drop(call, batch);
        call_fail(call, &err);
        return;
    }
    terms_changed(call->api);
    ((struct matters_call *)call)->changed = change->matter;
    call->committed = committed;
    call_commit(call, batch, status);
}

void matters_refuse(struct call *call, enum store_kind kind, const struct matter *matter,
                    const struct fault_list *faults)
{
    struct record records[MATTER_PEOPLE_MAX];
    const size_t count = matter != NULL && matter->people_count != 0 ? matter->people_count : 1;
    for (size_t i = 0; i < count; i++) {
        records[i] = call_refusal(call);
        if (matter != NULL) {
            char *number = kind == STORE_ORDER ? records[i].case_number : records[i].report_number;
            records[i].bsn = matter->people[i]; /* all zero: none */
            memcpy(number, matter->number, sizeof matter->number);
        }
    }
    call_refuse_each(call, records, count, faults);
    mem_wipe(records, count * sizeof *records);
}

void matters_refuse_error(struct call *call, enum store_kind kind, const struct matter *matter, const struct error *err)
{
    const struct fault_list faults = {.count = 1, .items = {*err}};
    matters_refuse(call, kind, matter, &faults);
}

void matters_put_day(struct json_writer *w, const char *name, const struct date *day)
{
    if (date_is_set(day)) {
        json_put_text(w, name, date_text(day).text);
    }
}

void matters_put_terms(struct json_writer *w, const struct term *terms, size_t count)
{
    json_begin_array(w, "termijnen");
    for (size_t i = 0; i < count; i++) {
        json_begin_object(w, NULL);
        json_put_text(w, "termijn", term_word(terms[i].kind));
        json_put_text(w, "uiterlijk", date_text(&terms[i].due).text);
        json_put_bool(w, "verstreken", terms[i].passed);
        json_end_object(w);
    }
    json_end_array(w);
}

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct matters_call *m = ctx;
    struct json_writer w = json_writer(&m->call.body);
    const struct date today = matters_today(m->call.api);
    if (err != NULL && err->fault == FAULT_NOT_FOUND) {
        call_refuse_with(&m->call, FAULT_INVALID, "na", "dit kenmerk is hier niet bekend");
        return;
    }
    if (err != NULL) {
        call_fail(&m->call, err);
        return;
    }
    json_begin_object(&w, NULL);
    json_begin_array(&w, m->name);
    for (size_t i = 0; i < count; i++) {
        m->put(&w, &items[i], &today);
    }
    json_end_array(&w);
    if (more && count != 0) {
        json_put_text(&w, "volgende", ident_text(&items[count - 1].id).text);
    }
    json_end_object(&w);
    call_answer(&m->call, 200);
}

void matters_list(struct call *call, enum store_kind kind, const char *name,
                  void (*put)(struct json_writer *w, const struct store_item *item, const struct date *today))
{
    struct matters_call *m = (struct matters_call *)call;
    m->name = name;
    m->put = put;
    call_list(call, kind, listed);
}
