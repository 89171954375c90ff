/* Peer: what comes of a task that is under way: proposals at the node that does the work, events at the one that gave it. */
#include "api/tasks.h"

#include "api/tasks_parts.h"
#include "base/mem.h"

static const struct json_field proposal_fields[] = {
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
    {"opdracht", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"voorstel", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"stap", JSON_TEXT, true, 1, CODE_MAX},
    {"reden", JSON_TEXT, false, 1, CODE_MAX},
    {"tekst", JSON_TEXT, false, 1, TASK_MESSAGE_MAX},
};

static const struct json_field event_fields[] = {
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
    {"opdracht", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"gebeurtenis", JSON_OBJECT, true, 1, 16},
};

struct taking {
    struct incoming in;
    struct json *json;
    struct record record;
    struct ident id;
    enum task_side side; /* on which the task must stand here */
    bool with_events;    /* its events are read too */
    struct thread_event event;
    bool unproposed; /* a step of ours, it says, of which nothing is here */
    struct task task;
    uint64_t version;
};

static void clean(struct incoming *in)
{
    struct taking *t = (struct taking *)in;
    json_free(t->json);
    mem_wipe(&t->task, sizeof t->task);
}

/* The task was looked at meanwhile: found again. */
static void anew(struct incoming *in)
{
    mem_wipe(&((struct taking *)in)->task, sizeof(struct task));
}

/* ---- ends without effect ---- */

static void refuse(struct taking *t, enum fault fault, const char *where, const char *what)
{
    incoming_refuse(&t->in, &t->record, fault, where, what);
}

/* Two histories under one number: the refusal, and a record for who looks into it. */
static void refuse_fork(struct taking *t)
{
    struct error err;
    struct call *call = &t->in.call;
    struct store_batch *batch = NULL;
    struct fault_list faults = {0};
    struct record records[2] = {t->record, t->record};
    const struct tasks_text text = tasks_text(&t->id, "opdracht");
    records[0].operation = RECORD_REFUSED;
    records[0].outcome = OUTCOME_REFUSED;
    records[0].fault = FAULT_CONFLICT;
    records[1].operation = RECORD_FORK;
    records[1].outcome = OUTCOME_DONE;
    tasks_fill_record(call->covenant, &t->task, &records[1]);
    fault_list_add(&faults, FAULT_CONFLICT, "/keten", "gebeurtenis %u is hier een andere", (unsigned)t->event.number);
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        const struct slice told = i == 0 ? slice_of(NULL, 0) : slice_text(text.text);
        if (call_log(call, &batch, &records[i], told, &err) != RESULT_OK) {
            call_unlogged(call, &err);
            return;
        }
    }
    json_problem(&call->body, &faults);
    call->refusing = true;
    call_commit(call, batch, fault_status(FAULT_CONFLICT));
}

static void finish(struct taking *t, struct store_batch *batch, const struct thread_event *event)
{
    struct buf answer;
    buf_init(&answer, INCOMING_ANSWER_MAX);
    struct json_writer w = json_writer(&answer);
    json_begin_object(&w, NULL);
    json_put_int(&w, "nummer", event->number);
    if (event->lapsed) {
        json_put_bool(&w, "vervallen", true);
        json_put_text(&w, "stand", task_state_word(t->task.state));
    }
    json_end_object(&w);
    t->in.record.outcome = OUTCOME_DONE;
    incoming_finish(&t->in, batch, 200, buf_slice(&answer));
    buf_free(&answer);
}

/* ---- with effect ---- */

/* A node that was put back from a backup lost what it proposed, and has it back this way; a partner that invents what we said
 * looks the same. Who looks into it knows. */
static enum result log_unproposed(struct taking *t, struct store_batch *batch, struct error *err)
{
    struct record record = t->record;
    const struct tasks_text text = tasks_text(&t->id, "zonder voorstel");
    record.operation = RECORD_FORK;
    record.outcome = OUTCOME_DONE;
    tasks_fill_record(t->in.call.covenant, &t->task, &record);
    return audit_append(t->in.call.api->audit, batch, &record, slice_text(text.text), err);
}

static enum result fill(struct taking *t, struct store_batch *batch, const struct store_item *kept, struct error *err)
{
    struct api *api = t->in.call.api;
    const bool ran = !task_ended(t->task.state);
    TRY(tasks_log_people(api, batch, &t->task, &t->in.record, t->in.text, err)); /* before nobody is named any more */
    TRY(tasks_take_next(batch, &t->task, &t->event, kept, err));
    if (t->unproposed) {
        TRY(log_unproposed(t, batch, err));
    }
    if (ran && task_ended(t->task.state)) {
        t->task.ended_ms = clock_now(api->clock); /* how long it is kept is not for the other's clock to say */
    }
    if (t->side == TASK_DOER) {
        TRY(tasks_post_event(api, batch, &t->task, t->event.number, err));
    }
    TRY(tasks_put(batch, &t->task, t->version, false, err));
    return tasks_notice(api, batch, &t->task, tasks_notice_kind(&t->event), t->event.number, err);
}

/* What was posted is durable. */
static void committed(struct call *call)
{
    outbox_wake(call->api->outbox, &((struct taking *)call)->task.partner);
}

static void save(struct taking *t, const struct store_item *kept)
{
    struct call *call = &t->in.call;
    struct error err;
    struct store_batch *batch = store_batch_new(call->api->door);
    const struct tasks_text text =
        tasks_text(&t->id, t->event.lapsed ? "vervallen" : task_step_word((enum task_step)t->event.step));
    t->in.text = slice_text(text.text);
    t->in.record = t->record;
    tasks_fill_record(call->covenant, &t->task, &t->in.record);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "opdracht", "geen geheugen");
        call_fail(call, &err);
        return;
    }
    if (fill(t, batch, kept, &err) != RESULT_OK) {
        call_drop(call, batch);
        if (err.fault == FAULT_CONFLICT) {
            refuse(t, err.fault, err.where, err.what);
        } else {
            call_fail(call, &err);
        }
        return;
    }
    call->committed = committed;
    finish(t, batch, &t->event);
}

/* A giver's proposal: put in order now, by the state as it is now. */
static void order(struct taking *t, const struct store_found *found)
{
    struct error err;
    struct thread_event before;
    if (tasks_event_by_proposal(found, &t->event.proposal, &before) != NULL) {
        finish(t, NULL, &before);
        return;
    }
    t->event.moment_ms = clock_now(t->in.call.api->clock) / 1000 * 1000;
    if (task_order(&t->task, &t->event, &err) != RESULT_OK) {
        refuse(t, err.fault, err.where, err.what);
        return;
    }
    save(t, NULL);
}

/* Only what this node proposed stands under its name: as it proposed it, and what it did not propose is the doer's own. */
static bool is_ours(const struct taking *t, const struct thread_event *proposed)
{
    const struct ident none = tasks_no_ident();
    if (t->event.side == THREAD_WRITER) {
        return ident_equal(&t->event.proposal, &none);
    }
    return proposed != NULL ? thread_answers(&t->event, proposed) : !ident_equal(&t->event.proposal, &none);
}

/* The doer's event: taken when it is the next. */
static void take(struct taking *t, const struct store_found *found)
{
    struct thread_event kept;
    struct thread_event proposed;
    const struct store_item *item = tasks_event_of(found, t->event.number, &kept);
    const struct store_item *mine = NULL;
    switch (thread_take(&t->task.head, item != NULL ? &kept.chain : NULL, &t->id, &t->event)) {
    case THREAD_NEXT:
        mine = tasks_event_by_proposal(found, &t->event.proposal, &proposed);
        if (mine != NULL && proposed.number != 0) {
            refuse(t, FAULT_CONFLICT, "/voorstel", "dit voorstel heeft al een gebeurtenis");
            return;
        }
        if (!is_ours(t, mine != NULL ? &proposed : NULL)) {
            refuse(t, FAULT_CONFLICT, "/voorstel", "deze organisatie heeft dit niet voorgesteld");
            return;
        }
        t->unproposed = mine == NULL && t->event.side == THREAD_OTHER;
        if (mine != NULL) {
            memcpy(t->event.user, proposed.user, sizeof t->event.user);
        }
        save(t, mine);
        return;
    case THREAD_AGAIN:
        finish(t, NULL, &t->event);
        return;
    case THREAD_GAP:
        incoming_refuse_early(&t->in, &t->record, t->task.head.number + 1);
        return;
    case THREAD_FORKED:
        break;
    }
    refuse_fork(t);
}

/* What simply comes next, and answers no proposal, is held against no earlier one: a thread may be long. */
static bool needs_events(const struct taking *t)
{
    const struct ident none = tasks_no_ident();
    return !t->with_events && (!ident_equal(&t->event.proposal, &none) || t->event.number != t->task.head.number + 1);
}

static void found(void *ctx, const struct store_found *found, const struct error *failed);

static void get_task(struct taking *t)
{
    mem_wipe(&t->task, sizeof t->task);
    store_get(t->in.call.api->door, STORE_TASK, &t->id, t->with_events ? STORE_TASK_EVENT : STORE_KIND_COUNT, found, t);
}

static void found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct taking *t = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&t->in.call, failed);
        return;
    }
    if (found->item != NULL && tasks_read(found->item, &t->task, &err) != RESULT_OK) {
        call_fail(&t->in.call, &err);
        return;
    }
    if (found->item == NULL || t->task.side != t->side || !oin_equal(&t->task.partner, &t->record.peer)) {
        refuse(t, FAULT_NOT_FOUND, "/opdracht", "deze opdracht is hier niet bekend");
        return;
    }
    t->version = found->item->version;
    if ((t->task.marks & TASK_BROKEN) != 0) {
        refuse(t, FAULT_GONE, "/opdracht", "is hier afgesloten");
    } else if (t->event.text.len != 0 && !tasks_has_text(t->in.call.covenant, &t->task)) {
        refuse(t, FAULT_UNFIT, t->side == TASK_DOER ? "/tekst" : "/gebeurtenis/tekst",
               "deze soort opdracht heeft geen toelichting");
    } else if (needs_events(t)) {
        t->with_events = true;
        get_task(t);
    } else if (t->side == TASK_DOER) {
        order(t, found);
    } else {
        take(t, found);
    }
}

static void next(struct incoming *in)
{
    get_task((struct taking *)in);
}

/* ---- the bodies ---- */

static void read_proposal(struct taking *t, struct fault_list *faults)
{
    struct error err;
    const struct slice reason = json_text_of(t->json, "reden");
    t->event.side = THREAD_OTHER;
    t->event.text = json_text_of(t->json, "tekst");
    const struct ident none = tasks_no_ident(); /* as of an event that answers no proposal: never the same one again */
    if (!ident_parse(json_text_of(t->json, "voorstel"), &t->event.proposal) || ident_equal(&t->event.proposal, &none)) {
        fault_list_add(faults, FAULT_INVALID, "/voorstel", "hier horen 32 hexadecimale cijfers, niet alle nul");
    }
    if (!task_step_parse(json_text_of(t->json, "stap"), &t->event.step)) {
        fault_list_add(faults, FAULT_INVALID, "/stap", "deze stap is niet bekend");
        return;
    }
    const enum task_step step = (enum task_step)t->event.step;
    if (step != TASK_STEP_WITHDRAW && step != TASK_STEP_MESSAGE) {
        fault_list_add(faults, FAULT_FORBIDDEN, "/stap", "deze stap is aan de andere organisatie");
        return;
    }
    if (!task_reason_ok(step, reason, true) || !slice_copy_text(reason, t->event.reason, sizeof t->event.reason)) {
        fault_list_add(faults, FAULT_UNFIT, "/reden", "deze reden hoort niet bij deze stap");
    }
    if (task_text_check(t->event.text, task_text_max(step), "/tekst", &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    }
}

static void read_event(struct taking *t, struct fault_list *faults)
{
    struct error err;
    const size_t before = faults->count;
    thread_event_read(json_member(t->json, "gebeurtenis"), "/gebeurtenis", task_step_parse, &t->event, faults);
    if (faults->count == before &&
        task_text_check(t->event.text, TASK_MESSAGE_MAX, "/gebeurtenis/tekst", &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    }
}

static void begin(struct http_request *request, void *ctx, enum task_side side, const struct json_field *fields,
                  size_t count, void (*read)(struct taking *t, struct fault_list *faults))
{
    struct fault_list faults = {0};
    struct taking *t = (struct taking *)incoming_open(ctx, request, sizeof *t, clean);
    if (t == NULL) {
        return;
    }
    t->side = side;
    t->in.anew = anew;
    t->with_events = side == TASK_DOER; /* a proposal may have its event already */
    t->record = call_record(&t->in.call, RECORD_TASK_STEP);
    t->record.peer = http_request_peer(request)->oin;
    t->json = call_json(&t->in.call, fields, count, &faults);
    if (faults.count == 0) {
        read(t, &faults);
    }
    if (faults.count == 0 && !ident_parse(json_text_of(t->json, "opdracht"), &t->id)) {
        fault_list_add(&faults, FAULT_INVALID, "/opdracht", "hier horen 32 hexadecimale cijfers");
    }
    if (faults.count == 0) {
        incoming_sender(&t->in, t->json, RECORD_TASK_STEP, &t->record, &faults);
    }
    if (faults.count != 0) {
        t->record.operation = RECORD_REFUSED;
        call_refuse(&t->in.call, &t->record, &faults);
        return;
    }
    incoming_begin_body(&t->in, &t->record, &t->id, t->json, next);
}

void tasks_take_proposal(struct http_request *request, void *ctx)
{
    begin(request, ctx, TASK_DOER, proposal_fields, COUNT_OF(proposal_fields), read_proposal);
}

void tasks_take_event(struct http_request *request, void *ctx)
{
    begin(request, ctx, TASK_GIVER, event_fields, COUNT_OF(event_fields), read_event);
}
