/* Tasks held against the day and against what changed: reminders and deadlines each once, whether anything can be sent, what
 * was kept long enough, and whether the consent under them still stands. One walk over all, page by page; a page is one
 * commit. */
#include <stdio.h>

#include "api/later.h"
#include "api/tasks_parts.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { PAGE = 64, DOUBT_MAX = 4096 /* tasks decided about again after one walk; past it another walk follows */ };

static const struct {
    unsigned bit;
    const char *word; /* in the record that it passed; NULL: a reminder */
    enum notice_kind notice;
} dues[] = {
    {TASK_DUE_SOON, NULL, NOTICE_REMINDER},
    {TASK_DUE_TOMORROW, NULL, NOTICE_REMINDER},
    {TASK_DUE_REPLY, "reactie", NOTICE_LATE},
    {TASK_DUE_PASSED, "uiterlijk", NOTICE_LATE},
};

struct walk {
    struct api *api;
    struct date today;
    const struct cooperation_touched *touched; /* NULL: for the day alone */
    cooperation_done *done;
    void *ctx;
    struct ident after;
    bool more;
    uint32_t late_roles;
    struct tasks_figures figures;
    struct tasks_shares shares;
    struct ident *doubt; /* those to be decided about again, then those to be removed */
    size_t doubt_count;
    size_t doubt_at;
    struct ident old[PAGE];
    size_t old_count;
    size_t old_at;
    struct store_batch *batch;
    struct error err; /* of a failed look */
    bool failed;
    /* Of the one that is decided about: */
    struct task task;
    uint64_t version;
    bool withdrawing; /* a withdrawal is on its way already */
    struct api_covenant *held;
    struct tasks_deciding deciding;
};

/* ---- the end of a walk ---- */

static void walk_ended(struct walk *w, const struct error *err)
{
    struct api *api = w->api;
    struct tasks *tasks = api->tasks;
    tasks->looking = false;
    if (err != NULL) {
        tasks->changed = true;
        log_error(api->log, LOG_ERROR, "opdrachten-niet-bewaakt", err);
    } else {
        w->figures.known = true;
        tasks->figures = w->figures;
        tasks->shares = w->shares;
        memcpy(tasks->people, tasks->people_next, sizeof tasks->people);
        tasks_live_drop(&tasks->live);
        tasks->live = tasks->live_next;
        tasks->live_next = (struct tasks_live){.count = 0};
    }
    if (w->done != NULL) {
        w->done(w->ctx, err);
    }
    mem_free(w->doubt);
    mem_wipe(&w->task, sizeof w->task);
    mem_wipe(&w->deciding, sizeof w->deciding); /* numbers of people */
    api->calls--;
    mem_free(w);
    cooperation_done *next = tasks->next_done;
    if (next != NULL) {
        tasks->next_done = NULL;
        tasks_look(api, tasks->next_touched, next, tasks->next_ctx);
    }
}

static void drop_batch(struct walk *w)
{
    if (w->batch != NULL) {
        store_batch_free(w->batch);
        audit_forget_keys(w->api->audit);
        w->batch = NULL;
    }
}

static enum result batch_ready(struct walk *w, struct error *err)
{
    w->batch = w->batch != NULL ? w->batch : store_batch_new(w->api->door);
    ENSURE(w->batch != NULL, err, FAULT_NO_MEMORY, "opdrachten", "geen geheugen");
    return RESULT_OK;
}

static struct record record_of(const struct walk *w, enum record_operation operation)
{
    struct record record = {.operation = operation, .outcome = OUTCOME_DONE, .age = 255};
    memcpy(record.user, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
    memcpy(record.covenant, covenant_digest(w->api->covenant->covenant)->bytes, sizeof record.covenant);
    return record;
}

/* ---- one after the other: whose ground is in doubt ---- */

static void next_doubt(void *ctx);

static void go_on(struct walk *w)
{
    struct error err;
    if (w->held != NULL) {
        api_release_covenant(w->held);
        w->held = NULL;
    }
    w->doubt_at++;
    if (later(w->api->loop, next_doubt, w, &err) != RESULT_OK) {
        walk_ended(w, &err);
    }
}

static void withdrawn(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct walk *w = ctx;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(w->api->audit);
        w->api->tasks->changed = true;
        w->err = *err;
        w->failed = true; /* somebody was there first: everybody is looked at again */
    } else {
        outbox_wake(w->api->outbox, &w->task.partner);
    }
    go_on(w);
}

/* As a user would withdraw it; the node says why. */
static enum result withdraw(struct walk *w, struct error *err)
{
    struct api *api = w->api;
    struct record record = record_of(w, RECORD_TASK_STEP);
    const struct tasks_text text = tasks_text(&w->task.id, task_step_word(TASK_STEP_WITHDRAW));
    struct thread_event event = {.step = TASK_STEP_WITHDRAW,
                                 .side = THREAD_OTHER,
                                 .moment_ms = clock_now(api->clock) / 1000 * 1000,
                                 .proposal = entropy_ident(api->entropy)};
    bool never_tried = false;
    const bool consent = w->deciding.decision.why == POLICY_CONSENT;
    (void)slice_copy_text(slice_text(consent ? "toestemming-vervallen" : "grondslag-vervallen"), event.reason,
                          sizeof event.reason);
    memcpy(event.user, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
    TRY(batch_ready(w, err));
    tasks_fill_record(w->held->covenant, &w->task, &record);
    enum result result = tasks_log_people(api, w->batch, &w->task, &record, slice_text(text.text), err);
    if (result == RESULT_OK) {
        result = audit_append(api->audit, w->batch, &record, slice_text(text.text), err);
    }
    mem_wipe(&record, sizeof record);
    TRY(result);
    if (w->task.state == TASK_SENT) {
        TRY(outbox_cancel(api->outbox, w->batch, &w->task.id, &never_tried, err));
    }
    if (never_tried) {
        TRY(task_alone(&w->task, TASK_STEP_WITHDRAW, event.moment_ms, err));
    } else {
        w->task.proposed++;
        TRY(tasks_put_event(w->batch, &w->task.id, &event.proposal, &event, 0, true, err));
        TRY(tasks_post_proposal(api, w->batch, &w->task, &event.proposal, &event, err));
    }
    TRY(tasks_notice(api, w->batch, &w->task, NOTICE_STEP, w->task.head.number + 1, err));
    return tasks_put(w->batch, &w->task, w->version, false, err);
}

/* At the doer nothing ends by itself: who has it in hand is told, and decides. */
static enum result doubt_it(struct walk *w, struct error *err)
{
    TRY(batch_ready(w, err));
    w->task.marks ^= TASK_GROUNDLESS;
    if ((w->task.marks & TASK_GROUNDLESS) != 0) {
        TRY(tasks_notice(w->api, w->batch, &w->task, NOTICE_GROUND, (uint32_t)date_days(&w->today), err));
    }
    return tasks_put(w->batch, &w->task, w->version, false, err);
}

static void decided(struct tasks_deciding *d, const struct error *failed)
{
    struct walk *w = d->ctx;
    struct error err;
    if (failed != NULL) {
        w->err = *failed;
        w->failed = true;
        go_on(w);
        return;
    }
    const bool giver = w->task.side == TASK_GIVER;
    if (giver ? d->decision.permit : d->decision.permit == ((w->task.marks & TASK_GROUNDLESS) == 0)) {
        go_on(w);
        return;
    }
    if ((giver ? withdraw(w, &err) : doubt_it(w, &err)) != RESULT_OK) {
        drop_batch(w);
        w->err = err;
        w->failed = true;
        go_on(w);
        return;
    }
    struct store_batch *batch = w->batch;
    w->batch = NULL;
    store_commit(w->api->door, batch, withdrawn, w);
}

static bool withdrawal_waits(const struct store_found *found)
{
    bool waits = false;
    for (size_t i = 0; i < found->child_count && !waits; i++) {
        struct thread_event event;
        waits = thread_event_decode(found->children[i].payload, TASK_STEP_COUNT, &event, NULL) == RESULT_OK &&
                event.number == 0 && event.step == TASK_STEP_WITHDRAW;
    }
    return waits;
}

static void doubted_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct walk *w = ctx;
    struct error err;
    if (failed != NULL) {
        walk_ended(w, failed);
        return;
    }
    struct api_covenant *held = NULL;
    if (found->item != NULL && tasks_read(found->item, &w->task, &err) == RESULT_OK &&
        (w->task.state == TASK_SENT || task_runs(w->task.state)) && !withdrawal_waits(found)) {
        held = api_covenant_with(w->api, &w->task.partner);
    }
    if (held == NULL) {
        go_on(w);
        return;
    }
    w->version = found->item->version;
    w->held = api_hold(held);
    w->deciding = (struct tasks_deciding){.api = w->api,
                                          .covenant = held->covenant,
                                          .task = &w->task,
                                          .today = w->today,
                                          .content = tasks_content(&w->task),
                                          .done = decided,
                                          .ctx = w};
    for (size_t i = 0; i < w->task.people_count; i++) {
        w->deciding.numbers[i] = w->task.people[i].bsn;
    }
    tasks_decide(&w->deciding);
}

static void next_doubt(void *ctx)
{
    struct walk *w = ctx;
    if (w->doubt_at >= w->doubt_count || w->api->closing) {
        walk_ended(w, w->failed ? &w->err : NULL);
        return;
    }
    store_get(w->api->door, STORE_TASK, &w->doubt[w->doubt_at], STORE_TASK_EVENT, doubted_found, w);
}

/* ---- a page ---- */

static void next_page(void *ctx);

static bool is_touched(const struct walk *w, const struct task *task)
{
    bool touched = false;
    for (size_t i = 0; w->touched != NULL && i < task->people_count && !touched; i++) {
        touched = cooperation_has(w->touched, &task->people[i].subject);
    }
    return touched;
}

/* At the giver to who leads there: others must know when nothing came of it. */
static enum result raise_one(struct walk *w, const struct task *task, size_t which, struct error *err)
{
    const struct notice_to lead = {.roles = w->late_roles};
    TRY(batch_ready(w, err));
    TRY(tasks_notice(w->api, w->batch, task, dues[which].notice, dues[which].bit, err));
    if (dues[which].word == NULL) {
        return RESULT_OK;
    }
    if (task->side == TASK_GIVER) {
        TRY(notice_put(w->api, w->batch, &lead, dues[which].notice, &task->id, dues[which].bit, err));
    }
    struct record record = record_of(w, RECORD_TERM_PASSED);
    memcpy(record.case_number, task->case_number, sizeof record.case_number);
    const struct tasks_text text = tasks_text(&task->id, dues[which].word);
    return audit_append(w->api->audit, w->batch, &record, slice_text(text.text), err);
}

static enum result see_terms(struct walk *w, struct task *task, bool *changed, struct error *err)
{
    const unsigned due = task_due(task, &w->today);
    for (size_t i = 0; i < COUNT_OF(dues); i++) {
        if ((due & dues[i].bit) != 0) {
            TRY(raise_one(w, task, i, err));
            task->alarmed |= (uint8_t)dues[i].bit;
            *changed = true;
        }
    }
    return RESULT_OK;
}

static enum result see_covenant(struct walk *w, struct task *task, bool *changed, struct error *err)
{
    const bool quiet = cooperation_quiet(w->api, &task->partner);
    if (quiet == ((task->marks & TASK_QUIET) != 0)) {
        return RESULT_OK;
    }
    task->marks ^= TASK_QUIET;
    *changed = true;
    if (!quiet) {
        outbox_wake(w->api->outbox, &task->partner);
        return RESULT_OK;
    }
    TRY(batch_ready(w, err));
    return tasks_notice(w->api, w->batch, task, NOTICE_SILENT, (uint32_t)date_days(&w->today), err);
}

static bool is_old(const struct walk *w, const struct task *task)
{
    const int64_t kept_ms = (int64_t)TASK_KEPT_DAYS * 86400000;
    struct error err;
    return task->ended_ms != 0 && clock_now(w->api->clock) - task->ended_ms > kept_ms && !api_clock_wrong(w->api, &err);
}

static void count(struct walk *w, const struct task *task)
{
    w->figures.open++;
    if (task->side == TASK_DOER) {
        tasks_share_add(&w->shares, &task->partner);
    }
    w->figures.late += task_late(task, &w->today);
    w->figures.quiet += (task->marks & TASK_QUIET) != 0;
    w->figures.stuck += (task->marks & TASK_UNDELIVERED) != 0;
}

static enum result see(struct walk *w, const struct store_item *item, struct error *err)
{
    struct task task;
    bool changed = false;
    if (tasks_read(item, &task, err) != RESULT_OK) { /* the others have their terms all the same */
        log_error(w->api->log, LOG_ERROR, "opdracht-onleesbaar", err);
        return RESULT_OK;
    }
    enum result result = RESULT_OK;
    if (is_old(w, &task) && w->old_count < COUNT_OF(w->old)) {
        w->old[w->old_count++] = task.id;
    }
    if ((task.marks & TASK_BROKEN) == 0 && (task.state == TASK_SENT || task_runs(task.state))) {
        result = see_terms(w, &task, &changed, err);
        if (result == RESULT_OK) {
            result = see_covenant(w, &task, &changed, err);
        }
        if (result == RESULT_OK && changed) {
            result = batch_ready(w, err);
        }
        if (result == RESULT_OK && changed) {
            result = tasks_put(w->batch, &task, item->version, false, err);
        }
        count(w, &task);
        tasks_mark(w->api->tasks, &task);
        if (is_touched(w, &task) && w->doubt_count < DOUBT_MAX) {
            w->doubt[w->doubt_count++] = task.id;
            w->api->tasks->changed = w->api->tasks->changed || w->doubt_count == DOUBT_MAX;
        }
    }
    mem_wipe(&task, sizeof task);
    return result;
}

/* ---- what was kept long enough ---- */

static void next_old(struct walk *w);

static void old_removed(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct walk *w = ctx;
    (void)committed;
    if (err != NULL) {
        walk_ended(w, err);
        return;
    }
    w->old_at++;
    next_old(w);
}

static void old_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct walk *w = ctx;
    struct error err;
    struct store_batch *batch = failed == NULL ? store_batch_new(w->api->door) : NULL;
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "opdrachten", "geen geheugen");
        walk_ended(w, failed != NULL ? failed : &err);
        return;
    }
    for (size_t i = 0; i < found->child_count; i++) {
        store_remove(batch, STORE_TASK_EVENT, &found->children[i].id);
    }
    store_remove(batch, STORE_TASK, &w->old[w->old_at]);
    store_commit(w->api->door, batch, old_removed, w);
}

static void next_old(struct walk *w)
{
    struct error err;
    if (w->old_at < w->old_count) {
        store_get(w->api->door, STORE_TASK, &w->old[w->old_at], STORE_TASK_EVENT, old_found, w);
        return;
    }
    w->old_count = 0;
    w->old_at = 0;
    if (later(w->api->loop, w->more && !w->api->closing ? next_page : next_doubt, w, &err) != RESULT_OK) {
        walk_ended(w, &err);
    }
}

/* ---- the walk ---- */

static void page_written(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct walk *w = ctx;
    (void)committed;
    if (err != NULL &&
        err->fault == FAULT_CONFLICT) { /* a step came between: all of the page waits for the next walk */
        audit_forget_keys(w->api->audit);
        w->api->tasks->changed = true;
    } else if (err != NULL) {
        audit_forget_keys(w->api->audit);
        walk_ended(w, err);
        return;
    }
    next_old(w);
}

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *failed)
{
    struct walk *w = ctx;
    struct error err;
    if (failed != NULL) {
        walk_ended(w, failed);
        return;
    }
    w->more = more && count != 0;
    for (size_t i = 0; i < count; i++) {
        w->after = items[i].id;
        if (see(w, &items[i], &err) != RESULT_OK) {
            drop_batch(w);
            walk_ended(w, &err);
            return;
        }
    }
    if (w->batch == NULL) {
        next_old(w);
        return;
    }
    struct store_batch *batch = w->batch;
    w->batch = NULL;
    store_commit(w->api->door, batch, page_written, w);
}

static void next_page(void *ctx)
{
    static const struct ident start = {{0}};
    struct walk *w = ctx;
    store_list_damaged_too(w->api->door, STORE_TASK, ident_equal(&w->after, &start) ? NULL : &w->after, PAGE, listed,
                           w);
}

/* The regisseurs, or when there are none whoever may see tasks. */
static void users_listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *failed)
{
    struct walk *w = ctx;
    (void)more;
    w->late_roles = roles_that_may(MAY_TASK);
    for (size_t i = 0; failed == NULL && i < count; i++) {
        struct user user;
        if (user_decode(items[i].payload, &user, NULL) == RESULT_OK && !user.blocked &&
            (user.roles & 1U << ROLE_COORDINATOR) != 0) {
            w->late_roles = 1U << ROLE_COORDINATOR;
            break;
        }
    }
    next_page(w);
}

static bool walk_begin(struct api *api, const struct cooperation_touched *touched, cooperation_done *done, void *ctx)
{
    struct tasks *tasks = api->tasks;
    struct walk *w = tasks->looking ? NULL : mem_zalloc(sizeof *w);
    struct ident *doubt = w != NULL ? mem_array(DOUBT_MAX, sizeof *doubt) : NULL;
    if (doubt == NULL) {
        mem_free(w);
        return false;
    }
    w->api = api;
    w->doubt = doubt;
    w->touched = touched;
    w->done = done;
    w->ctx = ctx;
    w->today = workdays_dutch_day(clock_now(api->clock));
    tasks->looking = true;
    tasks->changed = false;
    tasks->day = w->today;
    memset(tasks->people_next, 0, sizeof tasks->people_next);
    tasks_live_drop(&tasks->live_next);
    api->calls++;
    store_list(api->door, STORE_USER, NULL, STORE_LIST_MAX, users_listed, w);
    return true;
}

void tasks_soon(struct api *api, const struct task *task)
{
    const struct date today = workdays_dutch_day(clock_now(api->clock));
    api->tasks->changed = api->tasks->changed || task_due(task, &today) != 0;
}

void tasks_tick(struct api *api)
{
    struct tasks *tasks = api->tasks;
    const struct date today = workdays_dutch_day(clock_now(api->clock));
    tasks_key_turn(tasks);
    if (tasks->changed || !date_is_set(&tasks->day) || date_compare(&tasks->day, &today) != 0) {
        (void)walk_begin(api, NULL, NULL, NULL);
    }
}

void tasks_look(struct api *api, const struct cooperation_touched *touched, cooperation_done *done, void *ctx)
{
    struct error err;
    struct tasks *tasks = api->tasks;
    bool meant = cooperation_everybody(touched) || !tasks->figures.known;
    for (size_t i = 0; i < cooperation_count(touched) && !meant; i++) {
        meant = tasks_marked(tasks, cooperation_at(touched, i));
    }
    if (!meant) {
        done(ctx, NULL);
    } else if (tasks->looking && tasks->next_done == NULL) {
        tasks->next_touched = touched;
        tasks->next_done = done;
        tasks->next_ctx = ctx;
    } else if (!walk_begin(api, touched, done, ctx)) {
        (void)error_set(&err, FAULT_NO_MEMORY, "opdrachten", "geen geheugen");
        done(ctx, &err);
    }
}
