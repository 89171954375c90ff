/* The list of terms: those of reports and orders, then those of the tasks that are open; the earliest that fit. */
#include "api/terms.h"

#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "api/later.h"
#include "api/tasks.h"
#include "api/terms_parts.h"
#include "base/mem.h"
#include "domain/task.h"

enum { TURN_NS = 1000000 };

struct row {
    char number[CONSULT_CASE_MAX + 1]; /* of a task its id */
    enum store_kind kind;
    const char *word;
    struct date due;
    bool passed;
};

struct listing {
    struct call call;
    struct terms_walk walk;
    struct row *rows;
    size_t count;
    size_t left_out;
    /* The tasks that are open, when they are known; else all are looked at, */
    struct ident *open;
    size_t open_count, open_at;
    struct ident after; /* page by page */
    struct error err;   /* of one that could not be read */
    bool failed;
};

static void clean(struct call *call)
{
    struct listing *l = (struct listing *)call;
    mem_free(l->rows);
    mem_free(l->open);
}

static struct listing *listing_of(struct terms_walk *walk)
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

static void see_for_list(struct terms_walk *walk, struct terms_found *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct term *term = &found->terms[i];
        struct row row = {.kind = found->kind, .word = term_word(term->kind), .due = term->due, .passed = term->passed};
        memcpy(row.number, found->matter->number, sizeof row.number);
        keep_row(listing_of(walk), &row);
    }
}

static const char *kind_word(enum store_kind kind)
{
    return kind == STORE_ORDER ? "maatregel" : kind == STORE_TASK ? "opdracht" : "melding";
}

static void end(struct listing *l, const struct error *err)
{
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

/* ---- tasks ---- */

/* Whether somebody answers to it in time, and its deadline, while it is at the other or being done. */
static void see_task(struct listing *l, const struct task *task)
{
    struct row row = {.kind = STORE_TASK};
    if ((task->state != TASK_SENT && !task_runs(task->state)) || (task->marks & TASK_BROKEN) != 0) {
        return;
    }
    memcpy(row.number, ident_text(&task->id).text, IDENT_TEXT_SIZE);
    if (task->state == TASK_RECEIVED && date_is_set(&task->reply_by)) {
        row.word = "reactie";
        row.due = task->reply_by;
        row.passed = date_compare(&l->walk.today, &row.due) > 0;
        keep_row(l, &row);
    }
    if (date_is_set(&task->due)) {
        row.word = "uitvoering";
        row.due = task->due;
        row.passed = task_late(task, &l->walk.today);
        keep_row(l, &row);
    }
}

static void read_task(struct listing *l, const struct store_item *item)
{
    struct task task;
    struct error err;
    if (task_decode(item->payload, &task, &err) == RESULT_OK) {
        task.id = item->id;
        see_task(l, &task);
    } else {
        log_error(l->call.api->log, LOG_ERROR, "termijnen-onleesbaar", &err);
    }
    mem_wipe(&task, sizeof task);
}

static void open_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct listing *l = ctx;
    if (failed != NULL) {
        l->err = *failed;
        l->failed = true;
    } else if (found->item != NULL) { /* else it was not committed, or is gone */
        read_task(l, found->item);
    }
}

static void next_open(void *ctx)
{
    struct listing *l = ctx;
    const uint64_t began_ns = uv_hrtime();
    while (l->open_at < l->open_count && !l->failed && uv_hrtime() - began_ns < TURN_NS) {
        store_get(l->call.api->door, STORE_TASK, &l->open[l->open_at++], STORE_KIND_COUNT, open_found, l);
    }
    if (l->failed || l->open_at == l->open_count) {
        end(l, l->failed ? &l->err : NULL);
    } else if (later(l->call.api->loop, next_open, l, &l->err) != RESULT_OK) {
        end(l, &l->err);
    }
}

static void next_page(void *ctx);

static void tasks_listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct listing *l = ctx;
    if (err != NULL) {
        end(l, err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        read_task(l, &items[i]);
        l->after = items[i].id;
    }
    if (!more || count == 0) {
        end(l, NULL);
    } else if (later(l->call.api->loop, next_page, l, &l->err) != RESULT_OK) {
        end(l, &l->err);
    }
}

static void next_page(void *ctx)
{
    struct listing *l = ctx;
    store_list(l->call.api->door, STORE_TASK, &l->after, STORE_LIST_MAX, tasks_listed, l);
}

/* ---- all of them ---- */

static void matters_seen(struct terms_walk *walk, const struct error *err)
{
    struct listing *l = listing_of(walk);
    if (err != NULL) {
        end(l, err);
    } else if (tasks_open_ones(walk->api->tasks, &l->open, &l->open_count)) {
        next_open(l);
    } else {
        store_list(walk->api->door, STORE_TASK, NULL, STORE_LIST_MAX, tasks_listed, l);
    }
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
    l->walk.end = matters_seen;
    terms_walk(&l->walk, call->api);
}

void terms_list(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct listing));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_REGISTER | MAY_REVIEW | MAY_READ_LOG, list);
    }
}
