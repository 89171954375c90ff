/* A walk over all reports and all orders, in pages, for two ends: the alarm and the list, which shows those of tasks too, and
 * reads of these what is open. */
#include "api/terms.h"

#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "api/api.h"
#include "api/later.h"
#include "api/matters.h"
#include "api/tasks.h"
#include "base/mem.h"
#include "domain/order.h"
#include "domain/report.h"
#include "domain/task.h"

enum { TURN_NS = 1000000 };

/* A report or an order, as far as terms go. */
struct found {
    enum store_kind kind;
    const struct store_item *item;
    union {
        struct report report;
        struct order order;
    };
    struct matter *matter;
    struct term terms[TERM_COUNT];
    size_t count;
};

struct walk {
    struct api *api;
    struct date today;
    enum store_kind kind;
    struct ident after;                                           /* the last of the page before */
    void (*see)(struct walk *walk, struct found *found);          /* one with terms */
    void (*see_task)(struct walk *walk, const struct task *task); /* NULL: these are not looked at */
    void (*end)(struct walk *walk, const struct error *err);
    /* The tasks that are open, when they are known; else all are looked at. */
    struct ident *open;
    size_t open_count;
    size_t open_at;
    struct error err; /* of one that could not be read */
    bool failed;
};

static bool find_terms(const struct walk *walk, const struct store_item *item, struct found *out)
{
    struct error err;
    memset(out, 0, sizeof *out);
    out->kind = walk->kind;
    out->item = item;
    if (walk->kind == STORE_REPORT) {
        out->matter = &out->report.matter;
        if (report_decode(item->payload, &out->report, &err) == RESULT_OK) {
            out->count = report_terms(&out->report, &walk->today, out->terms);
            return true;
        }
    } else {
        out->matter = &out->order.matter;
        if (order_decode(item->payload, &out->order, &err) == RESULT_OK) {
            out->count = order_terms(&out->order, &walk->today, out->terms);
            return true;
        }
    }
    log_error(walk->api->log, LOG_ERROR, "termijnen-onleesbaar", &err);
    return false;
}

static void read_task(struct walk *walk, const struct store_item *item)
{
    struct task task;
    struct error err;
    if (task_decode(item->payload, &task, &err) == RESULT_OK) {
        task.id = item->id;
        walk->see_task(walk, &task);
    } else {
        log_error(walk->api->log, LOG_ERROR, "termijnen-onleesbaar", &err);
    }
    mem_wipe(&task, sizeof task);
}

static void read_matter(struct walk *walk, const struct store_item *item)
{
    struct found found;
    if (find_terms(walk, item, &found) && found.count != 0) {
        walk->see(walk, &found);
    }
    mem_wipe(&found, sizeof found);
}

/* What comes behind this kind; the same: nothing. */
static enum store_kind kind_behind(const struct walk *walk)
{
    return walk->kind == STORE_REPORT                            ? STORE_ORDER
           : walk->kind == STORE_ORDER && walk->see_task != NULL ? STORE_TASK
                                                                 : walk->kind;
}

static void open_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct walk *walk = ctx;
    if (failed != NULL) {
        walk->err = *failed;
        walk->failed = true;
    } else if (found->item != NULL) { /* else it was not committed, or is gone */
        read_task(walk, found->item);
    }
}

static void next_open(void *ctx)
{
    struct walk *walk = ctx;
    const uint64_t began_ns = uv_hrtime();
    while (walk->open_at < walk->open_count && !walk->failed && uv_hrtime() - began_ns < TURN_NS) {
        store_get(walk->api->door, STORE_TASK, &walk->open[walk->open_at++], STORE_KIND_COUNT, open_found, walk);
    }
    if (walk->failed || walk->open_at == walk->open_count) {
        walk->end(walk, walk->failed ? &walk->err : NULL);
    } else if (later(walk->api->loop, next_open, walk, &walk->err) != RESULT_OK) {
        walk->end(walk, &walk->err);
    }
}

static void next_page(void *ctx);

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct walk *walk = ctx;
    if (err != NULL) {
        walk->end(walk, err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        (walk->kind == STORE_TASK ? read_task : read_matter)(walk, &items[i]);
    }
    struct error fault;
    if (more && count != 0) {
        walk->after = items[count - 1].id;
        if (later(walk->api->loop, next_page, walk, &fault) != RESULT_OK) {
            walk->end(walk, &fault);
        }
    } else if (kind_behind(walk) != walk->kind) {
        walk->kind = kind_behind(walk);
        if (walk->kind == STORE_TASK && tasks_open_ones(walk->api->tasks, &walk->open, &walk->open_count)) {
            next_open(walk);
            return;
        }
        store_list(walk->api->door, walk->kind, NULL, STORE_LIST_MAX, listed, walk);
    } else {
        walk->end(walk, NULL);
    }
}

static void next_page(void *ctx)
{
    struct walk *walk = ctx;
    store_list(walk->api->door, walk->kind, &walk->after, STORE_LIST_MAX, listed, walk);
}

static void walk_begin(struct walk *walk, struct api *api)
{
    walk->api = api;
    walk->today = matters_today(api);
    walk->kind = STORE_REPORT;
    store_list(api->door, walk->kind, NULL, STORE_LIST_MAX, listed, walk);
}

/* ---- the alarm ---- */

struct look {
    struct walk walk;
    struct store_batch *batch; /* NULL: nothing passed */
    size_t alarms;
    uint64_t running;
    uint64_t passed;
    bool failed;
    bool rest; /* more passed than go into one commit */
};

static void put_back(struct look *look, const struct found *found)
{
    struct buf payload;
    struct error err;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    if (found->kind == STORE_REPORT) {
        report_encode(&found->report, &payload);
    } else {
        order_encode(&found->order, &payload);
    }
    if (buf_result(&payload, "termijn", &err) == RESULT_OK) {
        const struct store_write item = {.id = found->item->id,
                                         .keys = {slice_text(found->matter->number)},
                                         .payload = buf_slice(&payload),
                                         .version = found->item->version};
        store_put(look->batch, found->kind, &item);
    } else {
        look->failed = true;
    }
    buf_wipe(&payload);
}

/* One record: it is about what the organisation did not do, not about what it did with somebody's data. */
static void raise_alarm(struct look *look, struct found *found, const struct term *term)
{
    struct api *api = look->walk.api;
    struct error err;
    struct record record = {.operation = RECORD_TERM_PASSED, .outcome = OUTCOME_DONE, .age = 255};
    char *number = found->kind == STORE_ORDER ? record.case_number : record.report_number;
    memcpy(number, found->matter->number, sizeof found->matter->number);
    memcpy(record.user, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
    memcpy(record.covenant, covenant_digest(api->covenant->covenant)->bytes, sizeof record.covenant);
    if (look->batch == NULL) {
        look->batch = store_batch_new(api->door);
    }
    look->failed = look->failed || look->batch == NULL ||
                   audit_append(api->audit, look->batch, &record, slice_text(term_word(term->kind)), &err) != RESULT_OK;
    look->alarms++;
    found->matter->alarmed |= TERM_BIT(term->kind);
}

static void see_for_alarm(struct walk *walk, struct found *found)
{
    struct look *look = (struct look *)walk;
    bool alarmed = false;
    for (size_t i = 0; i < found->count; i++) {
        const struct term *term = &found->terms[i];
        *(term->passed ? &look->passed : &look->running) += 1;
        if (!term->passed || (found->matter->alarmed & TERM_BIT(term->kind)) != 0 || look->failed) {
            continue;
        }
        look->rest = look->rest || look->alarms >= TERMS_ALARMS_MAX;
        if (!look->rest) {
            raise_alarm(look, found, term);
            alarmed = true;
        }
    }
    if (alarmed && !look->failed) {
        put_back(look, found);
    }
}

static void look_ended(struct look *look, const struct error *err)
{
    struct api *api = look->walk.api;
    struct terms_watch *watch = &api->terms;
    watch->looking = false;
    if (err != NULL) {
        log_error(api->log, LOG_ERROR, "termijnen-niet-bewaakt", err);
    }
    watch->changed = watch->changed || err != NULL || look->rest;
    api->calls--;
    mem_free(look);
}

static void alarms_recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    (void)committed;
    struct look *look = ctx;
    if (err != NULL) {
        audit_forget_keys(look->walk.api->audit);
    } else {
        log_event(look->walk.api->log, LOG_WARNING, "termijn-verstreken", LOG_NUMBER("aantal", look->alarms));
    }
    look_ended(look, err);
}

static void looked(struct walk *walk, const struct error *err)
{
    struct look *look = (struct look *)walk;
    struct api *api = walk->api;
    struct error failure;
    if (err == NULL && look->failed) {
        (void)error_set(&failure, FAULT_LOG, "termijnen", "het logboek neemt een verstreken termijn niet aan");
        err = &failure;
    }
    if (err == NULL) {
        api->terms.running = look->running;
        api->terms.passed = look->passed;
    }
    if (look->batch != NULL && err == NULL) {
        store_commit(api->door, look->batch, alarms_recorded, look);
        return;
    }
    if (look->batch != NULL) {
        store_batch_free(look->batch);
        audit_forget_keys(api->audit);
    }
    look_ended(look, err);
}

void terms_look(struct api *api)
{
    struct terms_watch *watch = &api->terms;
    const int64_t now = clock_now(api->clock);
    const struct date today = matters_today(api);
    const bool same_day = date_is_set(&watch->day) && date_compare(&watch->day, &today) == 0;
    const bool too_soon = watch->next_ms > now && watch->next_ms - now <= TERMS_LOOK_MS;
    if (watch->looking || (same_day && (!watch->changed || too_soon))) {
        return;
    }
    struct look *look = mem_zalloc(sizeof *look);
    if (look == NULL) {
        return; /* again in a second */
    }
    look->walk.see = see_for_alarm;
    look->walk.end = looked;
    watch->looking = true;
    watch->changed = false;
    watch->day = today;
    watch->next_ms = now + TERMS_LOOK_MS;
    api->calls++;
    walk_begin(&look->walk, api);
}

void terms_changed(struct api *api)
{
    api->terms.changed = true;
}

/* ---- the list ---- */

struct row {
    char number[CONSULT_CASE_MAX + 1]; /* of a task its id */
    enum store_kind kind;
    const char *word;
    struct date due;
    bool passed;
};

struct listing {
    struct call call;
    struct walk walk;
    struct row *rows;
    size_t count;
    size_t left_out;
};

static void clean(struct call *call)
{
    struct listing *l = (struct listing *)call;
    mem_free(l->rows);
    mem_free(l->walk.open);
}

static struct listing *listing_of(struct walk *walk)
{
    return (struct listing *)((char *)walk - offsetof(struct listing, walk));
}

static int by_day(const void *a, const void *b)
{
    return date_compare(&((const struct row *)a)->due, &((const struct row *)b)->due);
}

/* The latest of those kept: gives way to an earlier one. */
static struct row *latest(struct listing *l)
{
    struct row *found = &l->rows[0];
    for (size_t i = 1; i < l->count; i++) {
        found = by_day(&l->rows[i], found) > 0 ? &l->rows[i] : found;
    }
    return found;
}

static void keep_row(struct listing *l, const struct row *row)
{
    if (l->count < TERMS_LIST_MAX) {
        l->rows[l->count++] = *row;
        return;
    }
    struct row *last = latest(l);
    l->left_out++;
    if (by_day(row, last) < 0) {
        *last = *row;
    }
}

static void see_for_list(struct walk *walk, struct found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct term *term = &found->terms[i];
        struct row row = {.kind = found->kind, .word = term_word(term->kind), .due = term->due, .passed = term->passed};
        memcpy(row.number, found->matter->number, sizeof row.number);
        keep_row(listing_of(walk), &row);
    }
}

/* Whether somebody answers to it in time, and its deadline, while it is at the other or being done. */
static void see_task_for_list(struct walk *walk, const struct task *task)
{
    struct row row = {.kind = STORE_TASK};
    if ((task->state != TASK_SENT && !task_runs(task->state)) || (task->marks & TASK_BROKEN) != 0) {
        return;
    }
    memcpy(row.number, ident_text(&task->id).text, IDENT_TEXT_SIZE);
    if (task->state == TASK_RECEIVED && date_is_set(&task->reply_by)) {
        row.word = "reactie";
        row.due = task->reply_by;
        row.passed = date_compare(&walk->today, &row.due) > 0;
        keep_row(listing_of(walk), &row);
    }
    if (date_is_set(&task->due)) {
        row.word = "uitvoering";
        row.due = task->due;
        row.passed = task_late(task, &walk->today);
        keep_row(listing_of(walk), &row);
    }
}

static const char *kind_word(enum store_kind kind)
{
    return kind == STORE_ORDER ? "maatregel" : kind == STORE_TASK ? "opdracht" : "melding";
}

static void listing_ended(struct walk *walk, const struct error *err)
{
    struct listing *l = listing_of(walk);
    struct json_writer w = json_writer(&l->call.body);
    if (err != NULL) {
        call_fail(&l->call, err);
        return;
    }
    qsort(l->rows, l->count, sizeof *l->rows, by_day);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "termijnen");
    for (size_t i = 0; i < l->count; i++) {
        json_begin_object(&w, NULL);
        json_put_text(&w, kind_word(l->rows[i].kind), l->rows[i].number);
        json_put_text(&w, "termijn", l->rows[i].word);
        json_put_text(&w, "uiterlijk", date_text(&l->rows[i].due).text);
        json_put_bool(&w, "verstreken", l->rows[i].passed);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_put_int(&w, "nietGetoond", (int64_t)l->left_out);
    json_end_object(&w);
    call_answer(&l->call, 200);
}

static void list(struct call *call)
{
    struct listing *l = (struct listing *)call;
    struct error err;
    l->rows = mem_array(TERMS_LIST_MAX, sizeof *l->rows);
    if (l->rows == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(call, &err);
        return;
    }
    l->walk.see = see_for_list;
    l->walk.see_task = see_task_for_list;
    l->walk.end = listing_ended;
    walk_begin(&l->walk, call->api);
}

void terms_list(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct listing));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_REGISTER | MAY_REVIEW | MAY_READ_LOG, list);
    }
}
