/* Desk: a step. At the node that does the work it is an event, at once; at the one that gave the task a proposal, which goes
 * to the other node, but for what that one never heard of. */
#include "api/tasks.h"

#include "api/tasks_parts.h"
#include "base/mem.h"

enum { KEY_DIGITS = 2 * IDENT_SIZE };

static const struct json_field fields[] = {
    {"sleutel", JSON_TEXT, true, KEY_DIGITS, KEY_DIGITS},
    {"stap", JSON_TEXT, true, 1, CODE_MAX},
    {"tekst", JSON_TEXT, false, 1, TASK_MESSAGE_MAX},
    {"reden", JSON_TEXT, false, 1, CODE_MAX},
};

/* No step of a thread: a task that lies still is closed here alone. */
static const char breaking[] = "afbreken";

struct stepping {
    struct incoming in;
    struct json *json;
    struct ident id;
    bool breaks;
    struct thread_event event;
    struct task task;
    uint64_t version;
    struct ident proposal_row;
    size_t at; /* of its people, while they are looked up */
    bool is_new[TASK_PEOPLE_MAX];
    struct tasks_giving giving; /* `verzenden` of a draft */
};

static void clean(struct incoming *in)
{
    struct stepping *s = (struct stepping *)in;
    json_free(s->json);
    mem_wipe(&s->task, sizeof s->task);
    mem_wipe(&s->giving, sizeof s->giving);
}

/* Somebody else registered the person first, or the task was looked at: by what is there now. */
static void anew(struct incoming *in)
{
    struct stepping *s = (struct stepping *)in;
    s->at = 0;
    memset(s->is_new, 0, sizeof s->is_new);
    mem_wipe(&s->task, sizeof s->task);
    mem_wipe(&s->giving, sizeof s->giving);
}

static void refuse_error(struct call *call, const struct error *err)
{
    struct stepping *s = (struct stepping *)call;
    struct record record = call_refusal(call);
    if (oin_is_set(&s->task.partner)) {
        tasks_fill_record(call->covenant, &s->task, &record);
    }
    call_refuse_error(call, &record, err);
    mem_wipe(&record, sizeof record);
}

static void refuse(struct stepping *s, enum fault fault, const char *where, const char *what)
{
    struct error err;
    (void)error_set(&err, fault, where, "%s", what);
    refuse_error(&s->in.call, &err);
}

/* ---- what it comes to ---- */

/* `aanvaarden`: who was named is registered, and known by that from then on. */
static enum result register_people(struct stepping *s, struct store_batch *batch, struct error *err)
{
    const struct ident none = tasks_no_ident();
    for (size_t i = 0; i < s->task.people_count; i++) {
        struct task_person *person = &s->task.people[i];
        if (!s->is_new[i]) {
            continue;
        }
        if (ident_equal(&person->subject, &none)) {
            person->subject = entropy_ident(s->in.call.api->entropy);
        }
        TRY(tasks_register(batch, person, &person->bsn, err));
    }
    for (size_t i = 0; i < s->task.people_count; i++) {
        mem_wipe(&s->task.people[i].bsn, sizeof s->task.people[i].bsn);
    }
    return RESULT_OK;
}

static enum result as_event(struct stepping *s, struct store_batch *batch, struct error *err)
{
    struct api *api = s->in.call.api;
    s->event.side = THREAD_WRITER;
    TRY(task_order(&s->task, &s->event, err));
    if (s->event.step == TASK_STEP_ACCEPT) {
        memcpy(s->task.user, s->in.call.caller.name, sizeof s->task.user);
        TRY(register_people(s, batch, err));
        tasks_mark(api->tasks, &s->task);
    }
    TRY(tasks_log_people(api, batch, &s->task, &s->in.record, s->in.text, err)); /* before nobody is named any more */
    TRY(tasks_take_next(batch, &s->task, &s->event, NULL, err));
    return tasks_post_event(api, batch, &s->task, s->event.number, err);
}

static enum result as_proposal(struct stepping *s, struct store_batch *batch, struct error *err)
{
    struct api *api = s->in.call.api;
    ENSURE(s->task.proposed < TASK_MESSAGES_MAX, err, FAULT_CONFLICT, "/stap",
           "er zijn al %d stappen onderweg; wacht tot de ketenpartner ze heeft", (int)TASK_MESSAGES_MAX);
    s->event.side = THREAD_OTHER;
    s->event.proposal = entropy_ident(api->entropy);
    s->task.proposed++;
    TRY(tasks_log_people(api, batch, &s->task, &s->in.record, s->in.text, err));
    TRY(tasks_put_event(batch, &s->task.id, &s->event.proposal, &s->event, 0, true, err));
    return tasks_post_proposal(api, batch, &s->task, &s->event.proposal, &s->event, err);
}

/* What the other never heard of ends at once; what may have reached him is proposed. */
static enum result withdraw_unsent(struct stepping *s, struct store_batch *batch, struct error *err)
{
    bool never_tried = false;
    TRY(outbox_cancel(s->in.call.api->outbox, batch, &s->task.id, &never_tried, err));
    if (!never_tried) {
        return as_proposal(s, batch, err);
    }
    TRY(tasks_log_people(s->in.call.api, batch, &s->task, &s->in.record, s->in.text, err));
    return task_alone(&s->task, TASK_STEP_WITHDRAW, s->event.moment_ms, err);
}

static enum result fill(struct stepping *s, struct store_batch *batch, struct error *err)
{
    const enum task_step step = (enum task_step)s->event.step;
    if (s->breaks) {
        s->task.marks |= TASK_BROKEN;
        s->task.ended_ms = s->event.moment_ms;
        TRY(tasks_log_people(s->in.call.api, batch, &s->task, &s->in.record, s->in.text, err));
    } else if (s->task.side == TASK_DOER) {
        TRY(as_event(s, batch, err));
    } else if (s->task.state == TASK_SENT && step == TASK_STEP_WITHDRAW) {
        TRY(withdraw_unsent(s, batch, err));
    } else if (step == TASK_STEP_SEND) {
        TRY(tasks_log_people(s->in.call.api, batch, &s->task, &s->in.record, s->in.text, err));
        TRY(tasks_dispatch(&s->in.call, &s->task, batch, err));
    } else if (s->task.state == TASK_DRAFT) {
        TRY(tasks_log_people(s->in.call.api, batch, &s->task, &s->in.record, s->in.text, err));
        TRY(task_alone(&s->task, step, s->event.moment_ms, err));
    } else {
        TRY(as_proposal(s, batch, err));
    }
    return tasks_put(batch, &s->task, s->version, false, err);
}

/* What was posted is durable. */
static void committed(struct call *call)
{
    outbox_wake(call->api->outbox, &((struct stepping *)call)->task.partner);
}

static void save(struct call *call)
{
    struct stepping *s = (struct stepping *)call;
    struct error err;
    struct buf answer;
    struct store_batch *batch = store_batch_new(call->api->door);
    const struct tasks_text text =
        tasks_text(&s->id, s->breaks ? breaking : task_step_word((enum task_step)s->event.step));
    s->in.text = slice_text(text.text);
    s->in.record.outcome = OUTCOME_DONE;
    tasks_fill_record(call->covenant, &s->task, &s->in.record);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "opdracht", "geen geheugen");
        call_fail(call, &err);
        return;
    }
    if (fill(s, batch, &err) != RESULT_OK) {
        call_drop(call, batch);
        refuse_error(&s->in.call, &err);
        return;
    }
    call->committed = committed;
    buf_init(&answer, INCOMING_ANSWER_MAX);
    struct json_writer w = json_writer(&answer);
    json_begin_object(&w, NULL);
    json_put_text(&w, "opdracht", ident_text(&s->id).text);
    json_put_text(&w, "stand", task_state_word(s->task.state));
    json_put_bool(&w, "onderweg", s->task.proposed != 0);
    json_end_object(&w);
    incoming_finish(&s->in, batch, 200, buf_slice(&answer));
    buf_free(&answer);
}

/* ---- who was named: registered here already? ---- */

static void look_up(struct stepping *s);

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct stepping *s = ctx;
    if (failed != NULL) {
        call_fail(&s->in.call, failed);
        return;
    }
    s->is_new[s->at] = found->item == NULL;
    if (found->item != NULL) {
        s->task.people[s->at].subject = found->item->id;
    }
    s->at++;
    look_up(s);
}

static void look_up(struct stepping *s)
{
    while (s->at < s->task.people_count && !bsn_is_set(&s->task.people[s->at].bsn)) {
        s->at++;
    }
    if (s->at >= s->task.people_count) {
        save(&s->in.call);
        return;
    }
    store_find(s->in.call.api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&s->task.people[s->at].bsn),
               STORE_KIND_COUNT, person_found, s);
}

/* A draft that is sent is decided about as a new one. */
static void send_draft(struct stepping *s)
{
    s->giving.call = &s->in.call;
    s->giving.task = &s->task;
    s->giving.may = save;
    s->giving.may_not = refuse_error;
    tasks_give(&s->giving);
}

/* ---- may it be made ---- */

static bool texts_allowed(const struct stepping *s)
{
    const struct api_covenant *held = api_covenant_with(s->in.call.api, &s->task.partner);
    return held == NULL || tasks_has_text(held->covenant, &s->task);
}

static enum result check(struct stepping *s, struct error *err)
{
    const enum task_step step = (enum task_step)s->event.step;
    ENSURE((s->task.marks & TASK_BROKEN) == 0, err, FAULT_CONFLICT, "/stap", "deze opdracht is hier afgebroken");
    if (s->breaks) {
        ENSURE(cooperation_quiet(s->in.call.api, &s->task.partner) && !task_ended(s->task.state) &&
                   s->task.state != TASK_DRAFT,
               err, FAULT_CONFLICT, "/stap", "alleen een opdracht die stil ligt wordt hier afgebroken");
        return RESULT_OK;
    }
    if (!task_may(s->task.state, step, s->task.side) || step == TASK_STEP_RECEIVE || step == TASK_STEP_DRAFT) {
        return task_refuse_step(s->task.state, step, s->task.side, err);
    }
    ENSURE(s->event.text.len == 0 || texts_allowed(s), err, FAULT_UNFIT, "/tekst",
           "deze soort opdracht heeft geen toelichting");
    if (step == TASK_STEP_SEND) {
        TRY(regulation_check(&s->in.call, err));
    }
    return step == TASK_STEP_REMOVE ? RESULT_OK
                                    : cooperation_may_go(s->in.call.api, &s->task.partner, "de opdracht", err);
}

static void found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct stepping *s = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&s->in.call, failed);
        return;
    }
    if (found->item == NULL) {
        refuse(s, FAULT_NOT_FOUND, "", "deze opdracht is hier niet bekend");
        return;
    }
    if (tasks_read(found->item, &s->task, &err) != RESULT_OK) {
        call_fail(&s->in.call, &err);
        return;
    }
    s->version = found->item->version;
    if (check(s, &err) != RESULT_OK) {
        refuse_error(&s->in.call, &err);
    } else if (s->task.side == TASK_DOER && s->event.step == TASK_STEP_ACCEPT && !s->breaks) {
        look_up(s);
    } else if (s->event.step == TASK_STEP_SEND && !s->breaks) {
        send_draft(s);
    } else {
        save(&s->in.call);
    }
}

static void next(struct incoming *in)
{
    struct stepping *s = (struct stepping *)in;
    s->event.moment_ms = clock_now(in->call.api->clock) / 1000 * 1000;
    store_get(in->call.api->door, STORE_TASK, &s->id, STORE_TASK_EVENT, found, s);
}

/* ---- the body ---- */

static void read_all(struct stepping *s, struct fault_list *faults)
{
    struct error err;
    struct ident key;
    const struct slice word = json_text_of(s->json, "stap");
    const struct slice reason = json_text_of(s->json, "reden");
    s->event.text = json_text_of(s->json, "tekst");
    memcpy(s->event.user, s->in.call.caller.name, sizeof s->event.user);
    if (!ident_parse(json_text_of(s->json, "sleutel"), &key)) {
        fault_list_add(faults, FAULT_INVALID, "/sleutel", "hier horen 32 hexadecimale cijfers");
    }
    s->breaks = slice_is(word, breaking);
    s->event.step = s->breaks ? TASK_STEP_REMOVE : s->event.step;
    if (!s->breaks && !task_step_parse(word, &s->event.step)) {
        fault_list_add(faults, FAULT_INVALID, "/stap",
                       "hier hoort verzenden, aanvaarden, weigeren, beginnen, voltooien, intrekken, bericht, "
                       "verwijderen of afbreken");
        return;
    }
    const enum task_step step = (enum task_step)s->event.step;
    if (!task_reason_ok(step, reason, false) || !slice_copy_text(reason, s->event.reason, sizeof s->event.reason)) {
        fault_list_add(faults, FAULT_UNFIT, "/reden", "%s",
                       step == TASK_STEP_REFUSE ? "noem waarom: niet-onze-taak, geen-ruimte, onvoldoende-gegevens, "
                                                  "persoon-wil-niet of anders"
                                                : "bij deze stap hoort deze reden niet");
    }
    if (task_text_check(s->event.text, task_text_max(step), "/tekst", &err) != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    } else if (step == TASK_STEP_MESSAGE && s->event.text.len == 0) {
        fault_list_add(faults, FAULT_UNFIT, "/tekst", "een bericht zonder tekst zegt niets");
    }
}

static void step(struct call *call)
{
    struct stepping *s = (struct stepping *)call;
    struct fault_list faults = {0};
    const struct record record = call_record(call, RECORD_TASK_STEP);
    if (!ident_parse(http_request_parameter(call->request), &s->id)) {
        refuse(s, FAULT_INVALID, "stappen", "hier horen 32 hexadecimale cijfers");
        return;
    }
    s->json = call_json(call, fields, COUNT_OF(fields), &faults);
    if (faults.count == 0) {
        read_all(s, &faults);
    }
    if (faults.count != 0) {
        struct record refusal = call_refusal(call);
        call_refuse(call, &refusal, &faults);
        return;
    }
    struct buf stable; /* which task is part of it: the same key for another is another step */
    struct error err;
    buf_init(&stable, HTTP_BODY_SMALL + IDENT_SIZE);
    buf_bytes(&stable, s->id.bytes, IDENT_SIZE);
    buf_slice_in(&stable, http_request_body(call->request));
    s->in.thread = s->id;
    s->in.anew = anew;
    if (buf_result(&stable, "opdracht", &err) != RESULT_OK) {
        call_fail(call, &err);
    } else {
        incoming_desk(&s->in, &record, json_text_of(s->json, "sleutel"), buf_slice(&stable), next);
    }
    buf_wipe(&stable);
}

void tasks_step(struct http_request *request, void *ctx)
{
    struct incoming *in = incoming_open(ctx, request, sizeof(struct stepping), clean);
    if (in != NULL) {
        call_require(&in->call, MAY_TASK, step);
    }
}
