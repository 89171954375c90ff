/*
 * The end of a full export: what this source delivered before and the run did not name has ended. First all is counted,
 * then, unless that is more than a mistake may take away, ended page by page. An involvement that ends gets yesterday as
 * its last day, so that it is released to nobody from now on.
 * A request does IMPORT_CLOSE_PAGES of it and says `klaar` false while more is left: the same request again goes on.
 */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/households.h"
#include "api/import_rows.h"
#include "api/import_runs.h"
#include "api/imports.h"
#include "api/later.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { PAGE = 64, TRIES = 3 };

enum pass { COUNT, END_INVOLVEMENTS, END_MEMBERS, PASSES };

struct closing {
    struct call call;
    char system[IMPORT_SOURCE_MAX + 1];
    struct ident run_id;
    bool trial;
    bool many; /* asked for, whatever it ends */
    struct import_run *run;
    enum pass pass;
    bool listed_any;
    struct ident after;
    bool more;
    struct page {
        bool first;
        struct ident after;
        uint64_t left;
    } page; /* as it began, to begin again when somebody changed what is on it */
    enum pass pass_of_page;
    int tries;
    size_t pages;              /* of this request */
    struct store_batch *batch; /* NULL: this page changes nothing */
    struct buf payload;
    struct error err;
    bool failed;
    bool ended_some; /* a page that ends something was kept */
    uint64_t open, ending, left;
};

static const struct json_field close_fields[] = {
    {"bron", JSON_TEXT, true, 1, IMPORT_SOURCE_MAX},
    {"inleesrun", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"proef", JSON_BOOL, false, 0, 0},
    {"veel", JSON_BOOL, false, 0, 0},
};

static void clean(struct call *call)
{
    if (((struct closing *)call)->ended_some) {
        cooperation_touched_all(call->api);
        households_reread(call->api->households);
    }
    buf_wipe(&((struct closing *)call)->payload);
}

static void fail(struct closing *c, const struct error *err)
{
    if (!c->failed) {
        c->failed = true;
        c->err = *err;
    }
}

static bool append_record(struct closing *c, struct record *record)
{
    struct error err;
    record->outcome = OUTCOME_DONE;
    if (c->batch == NULL) {
        c->batch = store_batch_new(c->call.api->door);
    }
    if (c->batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        fail(c, &err);
        return false;
    }
    if (audit_append(c->call.api->audit, c->batch, record, slice_of(NULL, 0), &err) != RESULT_OK) {
        fail(c, &err);
        return false;
    }
    return true;
}

static void put(struct closing *c, enum store_kind kind, const struct store_item *item, const char *source_key)
{
    const struct person_key key = person_key(c->system, source_key);
    struct error err;
    if (buf_result(&c->payload, "", &err) != RESULT_OK) {
        fail(c, &err);
        return;
    }
    const struct store_write write = {.id = item->id,
                                      .parent = item->parent,
                                      .keys = {slice_text(key.text)},
                                      .payload = buf_slice(&c->payload),
                                      .version = item->version};
    store_put(c->batch, kind, &write);
}

static struct date yesterday_of(const struct call *call)
{
    static const int64_t day_ms = 86400000;
    return workdays_dutch_day(clock_now(call->api->clock) - day_ms);
}

/* ---- an item of a page ---- */

static void see_involvement(struct closing *c, const struct store_item *item)
{
    struct involvement involvement;
    struct error err;
    if (involvement_decode(item->payload, &involvement, &err) != RESULT_OK) {
        fail(c, &err);
        return;
    }
    const struct date yesterday = yesterday_of(&c->call);
    const bool ended = date_is_set(&involvement.until) && date_compare(&involvement.until, &yesterday) <= 0;
    if (strcmp(involvement.system, c->system) == 0 && !ended) {
        const bool named = import_run_named(c->run, item->ordinal);
        c->open += c->pass == COUNT;
        c->ending += c->pass == COUNT && !named;
        if (c->pass == END_INVOLVEMENTS && !named) {
            struct record record = call_record(&c->call, RECORD_IMPORTED);
            record.subject = item->parent;
            const bool begun = date_compare(&involvement.since, &yesterday) <= 0;
            involvement.until = begun ? yesterday : involvement.since;
            buf_clear(&c->payload);
            involvement_encode(&involvement, &c->payload);
            if (append_record(c, &record)) {
                put(c, STORE_INVOLVEMENT, item, involvement.source_key);
            }
        }
    }
    mem_wipe(&involvement, sizeof involvement);
}

/* Who is not named any more as living here leaves; an empty household goes: false, the list cannot go on behind it. */
static bool see_household(struct closing *c, const struct store_item *item)
{
    struct household household;
    struct error err;
    if (household_decode(item->payload, &household, &err) != RESULT_OK) {
        fail(c, &err);
        return true;
    }
    if (strcmp(household.system, c->system) != 0) {
        return true;
    }
    size_t kept = 0;
    for (size_t i = 0; i < household.member_count; i++) {
        if (import_run_lives(c->run, item->ordinal, i)) {
            household.members[kept++] = household.members[i];
            continue;
        }
        struct record record = call_record(&c->call, RECORD_IMPORTED);
        record.subject = household.members[i];
        (void)append_record(c, &record);
    }
    if (kept == household.member_count || c->failed) {
        return true;
    }
    c->left += household.member_count - kept;
    household.member_count = kept;
    if (kept == 0) {
        store_remove(c->batch, STORE_HOUSEHOLD, &item->id);
        return false;
    }
    buf_clear(&c->payload);
    household_encode(&household, &c->payload);
    put(c, STORE_HOUSEHOLD, item, household.source_key);
    return true;
}

/* ---- page after page ---- */

static void next_page(void *ctx);

static struct import_run *find_run(struct closing *c)
{
    return import_run_find(c->call.api->imports, &c->run_id, c->system, clock_now(c->call.api->clock));
}

static void answer(struct closing *c)
{
    struct json_writer w = json_writer(&c->call.body);
    struct import_run *run = find_run(c);
    if (run != NULL) {
        *import_run_close(run) = (struct import_close){0}; /* of a trial: the next close counts anew */
    }
    if (run != NULL && !c->trial) {
        import_run_end(run);
    }
    json_begin_object(&w, NULL);
    json_put_bool(&w, "klaar", true);
    json_put_int(&w, "beeindigd", (int64_t)c->ending);
    json_put_int(&w, "ledenVerwijderd", (int64_t)c->left);
    json_end_object(&w);
    call_answer(&c->call, 200);
}

static void give_up(struct closing *c)
{
    call_drop(&c->call, c->batch);
    c->batch = NULL;
    call_fail(&c->call, &c->err);
}

/* Enough for one request. */
static void pause_here(struct closing *c)
{
    struct json_writer w = json_writer(&c->call.body);
    struct import_run *run = find_run(c);
    if (run != NULL) { /* else the next request hears that it is gone */
        *import_run_close(run) = (struct import_close){c->pass, c->listed_any, c->after, c->open, c->ending, c->left};
    }
    json_begin_object(&w, NULL);
    json_put_bool(&w, "klaar", false);
    json_end_object(&w);
    call_answer(&c->call, 200);
}

static void go_on(struct closing *c)
{
    struct error err;
    if (c->pass == PASSES || (c->trial && c->pass != COUNT)) {
        answer(c);
    } else if (++c->pages == IMPORT_CLOSE_PAGES) {
        pause_here(c);
    } else if (later(c->call.api->loop, next_page, c, &err) != RESULT_OK) {
        fail(c, &err);
        give_up(c);
    }
}

/* Counted: may it be done? The record of a whole run says how much it ended. */
static bool may_end(struct closing *c)
{
    if (!c->many && !c->trial && c->ending * 100 > c->open * IMPORT_END_PERCENT) {
        char what[FAULT_WHAT_MAX];
        (void)snprintf(what, sizeof what,
                       "dit zou %llu van de %llu lopende betrokkenheden van deze bron beeindigen; klopt dat, geef dan "
                       "\"veel\": true (opdracht: --veel-beeindigen)",
                       (unsigned long long)c->ending, (unsigned long long)c->open);
        call_refuse_with(&c->call, FAULT_CONFLICT, "/veel", what);
        return false;
    }
    if (!c->trial) {
        import_run_alone(c->call.api->imports, c->run);
    }
    struct record record = call_record(&c->call, c->trial ? RECORD_READ : RECORD_IMPORTED);
    record.entries = (uint32_t)c->ending;
    (void)append_record(c, &record);
    return true;
}

static void again(struct closing *c)
{
    c->pass = c->pass_of_page;
    c->listed_any = !c->page.first;
    c->after = c->page.after;
    c->left = c->page.left;
    next_page(c);
}

static void page_kept(void *ctx, const struct store_committed *done, const struct error *err)
{
    (void)done;
    struct closing *c = ctx;
    if (err != NULL) {
        audit_forget_keys(c->call.api->audit);
        if (err->fault == FAULT_CONFLICT && c->pass_of_page != COUNT && ++c->tries < TRIES) {
            again(c);
            return;
        }
        log_error(c->call.api->log, LOG_ERROR, "afsluiten-mislukt", err);
        call_fail(&c->call, err);
        return;
    }
    c->tries = 0;
    c->ended_some = c->ended_some || c->pass_of_page != COUNT;
    go_on(c);
}

static void page_done(struct closing *c)
{
    if (!c->more && !c->failed) {
        if (c->pass == COUNT && !may_end(c)) {
            return;
        }
        c->pass++;
        c->listed_any = false;
    }
    if (c->failed) {
        give_up(c);
        return;
    }
    struct store_batch *batch = c->batch;
    c->batch = NULL;
    if (batch != NULL) {
        store_commit(c->call.api->door, batch, page_kept, c);
    } else {
        go_on(c);
    }
}

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct closing *c = ctx;
    if (err != NULL) {
        fail(c, err);
        return;
    }
    for (size_t i = 0; i < count && !c->failed; i++) {
        bool stays = true;
        if (c->pass == END_MEMBERS) {
            stays = see_household(c, &items[i]);
        } else {
            see_involvement(c, &items[i]);
        }
        if (stays) {
            c->after = items[i].id;
            c->listed_any = true;
        }
    }
    c->more = more && count != 0;
}

static void next_page(void *ctx)
{
    struct closing *c = ctx;
    const enum store_kind kind = c->pass == END_MEMBERS ? STORE_HOUSEHOLD : STORE_INVOLVEMENT;
    /* Anew each time: other runs may have taken its place while pages were being committed. */
    c->run = find_run(c);
    if (c->run == NULL) {
        call_refuse_with(&c->call, FAULT_CONFLICT, "/inleesrun",
                         "deze inleesrun is hier niet (meer) bekend, dus er is niets meer beeindigd: lees het bestand "
                         "opnieuw in");
        return;
    }
    c->more = false;
    c->pass_of_page = c->pass;
    c->page = (struct page){!c->listed_any, c->after, c->left};
    store_list(c->call.api->door, kind, c->listed_any ? &c->after : NULL, PAGE, listed, c);
    page_done(c);
}

static void start(struct call *call)
{
    struct closing *c = (struct closing *)call;
    struct fault_list faults = {0};
    bool has_run = false;
    struct json *json CLEANUP(json_cleanup) = call_json(call, close_fields, COUNT_OF(close_fields), &faults);
    if (faults.count == 0) {
        import_read_run(json, c->system, &c->run_id, &has_run, &c->trial, &faults);
        c->many = json_bool(json_member(json, "veel"));
    }
    if (faults.count != 0) {
        struct record record = call_record(call, RECORD_REFUSED);
        call_refuse(call, &record, &faults);
        return;
    }
    struct import_run *run = find_run(c);
    if (run != NULL) {
        const struct import_close *so_far = import_run_close(run);
        c->pass = (enum pass)so_far->pass;
        c->listed_any = so_far->listed_any;
        c->after = so_far->after;
        c->open = so_far->open;
        c->ending = so_far->ending;
        c->left = so_far->left;
    }
    next_page(c);
}

void imports_close(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct closing));
    if (call != NULL) {
        buf_init(&((struct closing *)call)->payload, STORE_PAYLOAD_MAX);
        call->clean = clean;
        call_require(call, MAY_IMPORT, start);
    }
}
