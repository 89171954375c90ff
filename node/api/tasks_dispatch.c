/* A task leaves: what is reckoned, hashed, posted and recorded when it does. */
#include "api/tasks_parts.h"
#include "base/mem.h"
#include "base/workdays.h"

uint32_t tasks_content(const struct task *task)
{
    return task->question[0] != '\0' ? TASK_CONTENT_BIT(TASK_CONTENT_EXPLANATION) : 0;
}

static struct date deadline(const struct call *call, const struct task *task)
{
    const struct task_kind *kind = covenant_task_kind(call->covenant, slice_text(task->kind));
    if (kind == NULL) {
        return call->today;
    }
    const struct task_term *term = task->threatening && kind->urgent_term.days != 0 ? &kind->urgent_term : &kind->term;
    return term->workdays ? workdays_after(&call->today, term->days) : workdays_term(&call->today, term->days);
}

/* Larger than what one message holds, with everybody named as long as can be: told now, not when it is to leave. */
static enum result check_size(const struct task *task, const char *matter, struct error *err)
{
    char longest[(TASK_BOX_MAX + SEALING_OVERHEAD) * 4 / 3 + 4];
    struct task_named named[TASK_PEOPLE_MAX] = {0};
    struct buf body;
    memset(longest, 'A', sizeof longest);
    for (size_t i = 0; i < TASK_PEOPLE_MAX; i++) {
        named[i].box = slice_of(longest, sizeof longest);
    }
    buf_init(&body, OUTBOX_BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    task_opening_write(&w, task, matter, named);
    json_end_object(&w);
    const bool fits = buf_ok(&body);
    buf_wipe(&body);
    ENSURE(fits, err, FAULT_UNFIT, "/vraag", "de vraag is te lang voor zoveel betrokkenen");
    return RESULT_OK;
}

static enum result begin_thread(struct task *task, const char *matter, struct error *err)
{
    struct buf stable;
    buf_init(&stable, OUTBOX_BODY_MAX);
    task_opening_stable(task, matter, &stable);
    const enum result result = buf_result(&stable, "opdracht", err);
    if (result == RESULT_OK) {
        task_opening_begin(task, buf_slice(&stable));
    }
    buf_wipe(&stable);
    return result;
}

/* Per person: whom the partner is about to hear of. */
static enum result log_named(struct call *call, const struct task *task, struct store_batch *batch, struct error *err)
{
    const struct tasks_text text = tasks_text(&task->id, task_step_word(TASK_STEP_SEND));
    struct record named = call_record(call, RECORD_TASK_NAMED);
    named.outcome = OUTCOME_RELEASED;
    memcpy(named.role, task->role, sizeof named.role);
    tasks_fill_record(call->covenant, task, &named);
    enum result result = tasks_log_people(call->api, batch, task, &named, slice_text(text.text), err);
    if (result == RESULT_OK) {
        result = audit_append(call->api->audit, batch, &named, slice_text(text.text), err);
    }
    mem_wipe(&named, sizeof named);
    return result;
}

enum result tasks_dispatch(struct call *call, struct task *task, struct store_batch *batch, struct error *err)
{
    struct ident id;
    struct api *api = call->api;
    const struct tasks_word matter = tasks_case_word(api, task);
    TRY(task_alone(task, TASK_STEP_SEND, clock_now(api->clock), err));
    task->due = date_is_set(&task->due) ? task->due : deadline(call, task);
    ENSURE(date_compare(&task->due, &call->today) >= 0, err, FAULT_UNFIT, "/uiterlijk", "ligt in het verleden");
    task->remind_workdays = (uint8_t)api->cooperating.remind_days;
    TRY(check_size(task, matter.text, err));
    TRY(begin_thread(task, matter.text, err));
    const struct post post = {.kind = MESSAGE_TASK_OPEN,
                              .partner = task->partner,
                              .thread = task->id,
                              .key = task->id,
                              .subject = task->people_count == 1 ? task->people[0].subject : tasks_no_ident(),
                              .begins = true};
    TRY(tasks_room(api->tasks, NULL, err));
    TRY(outbox_post(api->outbox, batch, &post, &id, err));
    api->tasks->figures.open++;
    tasks_mark(api->tasks, task);
    return log_named(call, task, batch, err);
}
