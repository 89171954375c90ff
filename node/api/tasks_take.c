/* Peer: an opening. Read and checked -> was it here before -> may it be given to us -> the boxes -> the task and its first
 * event, one commit. What was taken once is answered as then, also when it could not be given any more. Whether a person is known here plays no part: no answer can tell it. */
#include "api/tasks.h"

#include <stdio.h>

#include "api/facts.h"
#include "api/set_access.h"
#include "api/sharing.h"
#include "api/tasks_parts.h"
#include "base/mem.h"
#include "domain/person.h"

enum { SENT_AHEAD_MS = 86400000 /* of the sender's clock before ours */ };

struct taking {
    struct incoming in;
    struct json *json;
    struct task task;
    struct task_named named[TASK_PEOPLE_MAX];
    enum task_naming naming; /* of the type */
    struct thread_event event;
    struct record record;
};

static void clean(struct incoming *in)
{
    struct taking *t = (struct taking *)in;
    json_free(t->json);
    mem_wipe(&t->task, sizeof t->task);
    mem_wipe(t->named, sizeof t->named);
    mem_wipe(&t->record, sizeof t->record);
}

static void refuse(struct taking *t, const struct fault_list *faults)
{
    struct record record = t->record;
    record.operation = RECORD_REFUSED;
    call_refuse(&t->in.call, &record, faults);
    mem_wipe(&record, sizeof record);
}

static void refuse_error(struct taking *t, const struct error *err)
{
    const struct fault_list faults = {.count = 1, .items = {*err}};
    refuse(t, &faults);
}

/* ---- the boxes ---- */

/* Whatever else the sender put in: it is not kept. */
static void keep_allowed(const struct taking *t, struct task_person *person)
{
    const struct task_kind *kind = covenant_task_kind(t->in.call.covenant, slice_text(t->task.kind));
    const uint32_t content = kind != NULL ? kind->content : 0;
    if ((content & TASK_CONTENT_BIT(TASK_CONTENT_NAME)) == 0) {
        mem_wipe(person->name, sizeof person->name);
    }
    if ((content & TASK_CONTENT_BIT(TASK_CONTENT_BIRTH)) == 0) {
        mem_wipe(&person->birth, sizeof person->birth);
    }
}

static enum result open_box(struct taking *t, size_t index, struct error *err)
{
    char where[48];
    uint8_t sealed[TASK_BOX_MAX + SEALING_OVERHEAD];
    struct buf box;
    struct buf plain;
    (void)snprintf(where, sizeof where, "/betrokkenen/%zu", index);
    buf_init(&box, sizeof sealed);
    buf_init(&plain, TASK_BOX_MAX);
    enum result result = RESULT_OK;
    if (!base64url_decode(t->named[index].box, &box) || !buf_ok(&box)) {
        result = error_set(err, FAULT_UNFIT, where, "verzegeling klopt niet");
    }
    if (result == RESULT_OK) {
        result = sealing_open(t->in.call.api->keyring, buf_slice(&box), &plain, err);
        if (result != RESULT_OK && err->fault == FAULT_UNFIT) {
            (void)error_set(err, FAULT_UNFIT, where, "verzegelsleutel");
        }
    }
    if (result == RESULT_OK) {
        result = task_box_read(buf_slice(&plain), &t->task.people[index], where, err);
    }
    if (result == RESULT_OK) {
        keep_allowed(t, &t->task.people[index]);
    }
    buf_free(&box);
    buf_wipe(&plain);
    return result;
}

struct knowing {
    const struct taking *t;
    bool may;
    bool failed;
    struct error err;
};

static enum result may_know_of(const struct knowing *k, const struct store_item *child,
                               const struct policy_subject *facts, bool *may, struct error *err)
{
    struct involvement involvement;
    struct policy_decision decision = {.permit = false};
    const struct call *call = &k->t->in.call;
    const struct policy_request request = {.requester = covenant_party(call->covenant, &k->t->task.partner),
                                           .provider = api_self(call->api, call->covenant),
                                           .purpose = slice_text("opdracht"),
                                           .today = call->today};
    TRY(involvement_decode(child->payload, &involvement, err));
    if (involvement_active(&involvement, &call->today)) {
        const struct policy_record record = {slice_text(life_domain_word(involvement.life_domain)),
                                             involvement.sensitivity == SENSITIVITY_SHIELDED, false};
        policy_may_know(call->covenant, &request, facts, &record, &decision);
    }
    *may = decision.permit && (decision.categories & CATEGORY_BIT(CATEGORY_EXISTENCE)) != 0;
    mem_wipe(&involvement, sizeof involvement);
    return RESULT_OK;
}

static enum result decide_known(struct knowing *k, const struct store_found *found, const struct subject *subject,
                                struct error *err)
{
    struct dossier dossier = {0};
    struct policy_subject facts;
    const struct call *call = &k->t->in.call;
    const struct party *giver = covenant_party(call->covenant, &k->t->task.partner);
    ENSURE(giver != NULL, err, FAULT_FORBIDDEN, "", "uw organisatie is geen partij bij dit convenant");
    enum result result = dossier_of(found, subject, &dossier, err);
    if (result == RESULT_OK) {
        result = dossier_weigh(&dossier, call->covenant, giver, slice_text("opdracht"), &call->today, &facts, err);
    }
    for (size_t i = 0; i < found->child_count && result == RESULT_OK && !k->may; i++) {
        if (found->children[i].kind == STORE_INVOLVEMENT) {
            result = may_know_of(k, &found->children[i], &facts, &k->may, err);
        }
    }
    dossier_close(&dossier);
    return result;
}

static void known_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct knowing *k = ctx;
    struct subject subject;
    k->failed = failed != NULL;
    if (failed != NULL) {
        k->err = *failed;
    } else if (found->item != NULL) {
        k->failed = subject_decode(found->item->payload, &subject, &k->err) != RESULT_OK ||
                    decide_known(k, found, &subject, &k->err) != RESULT_OK;
        mem_wipe(&subject, sizeof subject);
    }
}

/* Who stands behind a key stands in the set of this partner, and stays there for a while when that has ended: so whether he
 * may still be known of is decided now. */
static enum result find_key(struct taking *t, size_t index, struct error *err)
{
    char where[48];
    struct api *api = t->in.call.api;
    const struct match_scope scope = {.provider = api->own_oin,
                                      .requester = t->task.partner,
                                      .purpose = slice_text("opdracht"),
                                      .epoch = t->named[index].epoch};
    struct ask_key key;
    memcpy(key.bytes, t->named[index].key.bytes, sizeof key.bytes);
    (void)snprintf(where, sizeof where, "/betrokkenen/%zu", index);
    TRY(set_epoch_serves(api, scope.epoch, where, err));
    ENSURE(sharing_answers(api->sharing, &scope), err, FAULT_BUSY, "koppeling",
           "de opzoekset voor dit doel wordt nog gemaakt");
    struct knowing knowing = {.t = t};
    if (sharing_find(api->sharing, &scope, &key, &t->task.people[index].subject)) {
        store_get(api->door, STORE_SUBJECT, &t->task.people[index].subject, STORE_ALL_CHILDREN, known_found, &knowing);
    }
    if (knowing.failed) {
        *err = knowing.err;
        return RESULT_FAILED;
    }
    ENSURE(knowing.may, err, FAULT_UNFIT, where, "deze persoon is hier voor dit doel niet bekend");
    return RESULT_OK;
}

static bool same_person(const struct task_person *a, const struct task_person *b)
{
    return bsn_is_set(&a->bsn) ? bsn_equal(&a->bsn, &b->bsn) : ident_equal(&a->subject, &b->subject);
}

static enum result find_people(struct taking *t, struct error *err)
{
    for (size_t i = 0; i < t->task.people_count; i++) {
        const bool key = task_by_key(&t->task.people[i]);
        ENSURE(key || t->naming == TASK_NAMING_SEALED, err, FAULT_UNFIT, "/betrokkenen",
               "deze soort opdracht noemt alleen wie hier bekend is");
        TRY(key ? find_key(t, i, err) : open_box(t, i, err));
        for (size_t j = 0; j < i; j++) {
            ENSURE(!same_person(&t->task.people[i], &t->task.people[j]), err, FAULT_UNFIT, "/betrokkenen",
                   "een persoon komt een keer voor");
        }
    }
    return RESULT_OK;
}

/* ---- may it be given to us ---- */

static void decide(struct taking *t, struct fault_list *faults)
{
    const struct covenant *covenant = t->in.call.covenant;
    struct policy_task_decision decision;
    const struct policy_task task = {
        .asker = covenant_party(covenant, &t->task.partner),
        .doer = api_self(t->in.call.api, covenant),
        .kind = slice_text(t->task.kind),
        .basis = slice_text(t->task.basis),
        .role = slice_text(t->task.role),
        .life_domain = slice_text(life_domain_word(t->task.life_domain)),
        .has_case = true,
        .urgent = t->task.threatening,
        .content = t->task.question[0] != '\0' ? TASK_CONTENT_BIT(TASK_CONTENT_EXPLANATION) : 0,
        .received = true,
        .today = t->in.call.today,
    };
    if (t->task.sent_ms > clock_now(t->in.call.api->clock) + SENT_AHEAD_MS) {
        fault_list_add(faults, FAULT_UNFIT, "/verzonden", "ligt in de toekomst");
        return;
    }
    policy_may_task(covenant, &task, NULL, &decision);
    if (decision.permit) {
        t->naming = decision.naming;
        return;
    }
    const bool same = strcmp(t->task.covenant, covenant_hash(covenant)) == 0;
    if (same) {
        fault_list_add(faults, FAULT_FORBIDDEN, "/soort", "%s", decision.reason);
    } else {
        fault_list_add(faults, FAULT_UNFIT, "/convenant",
                       "een ander convenant is nu van kracht, en dat staat deze opdracht niet toe");
    }
}

/* ---- writing ---- */

static void write_answer(const struct thread_event *event, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    thread_event_write(&w, "gebeurtenis", event, task_step_word((enum task_step)event->step));
    json_end_object(&w);
}

static enum result fill(struct taking *t, struct store_batch *batch, struct error *err)
{
    struct api *api = t->in.call.api;
    const struct notice_to all = {.roles = roles_that_may(MAY_TASK)};
    t->event = (struct thread_event){
        .step = TASK_STEP_RECEIVE, .side = THREAD_WRITER, .moment_ms = clock_now(api->clock) / 1000 * 1000};
    t->task.made_ms = t->event.moment_ms;
    TRY(tasks_room(api->tasks, &t->task.partner, err));
    TRY(task_order(&t->task, &t->event, err));
    tasks_set_reply(api, t->in.call.covenant, &t->task);
    t->event.delivered_ms = t->event.moment_ms; /* in the answer */
    TRY(task_apply(&t->task, &t->event, err));
    TRY(tasks_put(batch, &t->task, 0, true, err));
    const struct ident id = tasks_event_id(&t->task.id, t->event.number);
    TRY(tasks_put_event(batch, &t->task.id, &id, &t->event, 0, true, err));
    TRY(notice_put(api, batch, &all, NOTICE_TASK, &t->task.id, 0, err));
    t->in.record = t->record;
    t->in.record.outcome = OUTCOME_DONE;
    return tasks_log_people(api, batch, &t->task, &t->in.record, t->in.text, err);
}

static void save(struct taking *t)
{
    struct call *call = &t->in.call;
    struct error err;
    struct buf answer;
    struct store_batch *batch = store_batch_new(call->api->door);
    const struct tasks_text text = tasks_text(&t->task.id, task_step_word(TASK_STEP_RECEIVE));
    t->in.text = slice_text(text.text);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "opdracht", "geen geheugen");
        call_fail(call, &err);
        return;
    }
    if (fill(t, batch, &err) != RESULT_OK) {
        call_drop(call, batch);
        call_fail(call, &err);
        return;
    }
    buf_init(&answer, INCOMING_ANSWER_MAX);
    write_answer(&t->event, &answer);
    call->api->tasks->figures.open++;
    tasks_share_add(&call->api->tasks->shares, &t->task.partner);
    tasks_soon(call->api, &t->task);
    tasks_mark(call->api->tasks, &t->task);
    incoming_finish(&t->in, batch, 200, buf_slice(&answer));
    buf_free(&answer);
}

/* The thread is there: sent again under another request-id, by a node that was put back. */
static void answer_again(struct taking *t, const struct store_found *found)
{
    struct task known = {.id = found->item->id};
    struct thread_event first;
    struct error err;
    struct buf answer;
    const bool readable = tasks_read(found->item, &known, &err) == RESULT_OK;
    const struct store_item *item = readable ? tasks_event_of(found, 1, &first) : NULL;
    struct sha256 begun = t->task.head.chain;
    struct sha256 chain;
    bool same = item != NULL && known.side == TASK_DOER && oin_equal(&known.partner, &t->task.partner);
    if (same) {
        thread_chain(&begun, &t->task.id, &first, &chain);
        same = memcmp(chain.bytes, first.chain.bytes, SHA256_SIZE) == 0;
    }
    mem_wipe(&known, sizeof known);
    if (!same) {
        (void)error_set(&err, FAULT_CONFLICT, "", "onder dit kenmerk is eerder iets anders gezonden");
        refuse_error(t, &err);
        return;
    }
    buf_init(&answer, INCOMING_ANSWER_MAX);
    write_answer(&first, &answer);
    t->in.record.outcome = OUTCOME_DONE;
    incoming_finish(&t->in, NULL, 200, buf_slice(&answer));
    buf_free(&answer);
}

static void found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct taking *t = ctx;
    struct error err;
    struct fault_list faults = {0};
    if (failed != NULL) {
        call_fail(&t->in.call, failed);
        return;
    }
    if (found->item != NULL) {
        answer_again(t, found);
        return;
    }
    decide(t, &faults);
    if (faults.count != 0) {
        refuse(t, &faults);
    } else if (find_people(t, &err) != RESULT_OK) {
        refuse_error(t, &err);
    } else {
        save(t);
    }
}

static void next(struct incoming *in)
{
    struct taking *t = (struct taking *)in;
    store_get(in->call.api->door, STORE_TASK, &t->task.id, STORE_TASK_EVENT, found, t);
}

/* ---- the body ---- */

void tasks_take(struct http_request *request, void *ctx)
{
    struct fault_list faults = {0};
    struct error err;
    struct taking *t = (struct taking *)incoming_open(ctx, request, sizeof *t, clean);
    if (t == NULL) {
        return;
    }
    struct call *call = &t->in.call;
    t->record = call_record(call, RECORD_TASK_TAKEN);
    t->record.peer = http_request_peer(request)->oin;
    if (json_parse(http_request_body(request), &t->json, &err) != RESULT_OK) {
        fault_list_add(&faults, err.fault, err.where, "%s", err.what);
    } else {
        task_opening_read(t->json, &t->task, t->named, &faults);
    }
    t->task.partner = t->record.peer;
    if (faults.count == 0) {
        incoming_sender(&t->in, t->json, RECORD_TASK_TAKEN, &t->record, &faults);
        tasks_fill_record(call->covenant, &t->task, &t->record);
    }
    if (faults.count != 0) {
        refuse(t, &faults);
        return;
    }
    struct buf stable;
    buf_init(&stable, HTTP_BODY_SMALL);
    task_opening_stable(&t->task, t->task.case_number, &stable);
    if (buf_result(&stable, "opdracht", &err) != RESULT_OK) {
        call_fail(call, &err);
    } else {
        task_opening_begin(&t->task, buf_slice(&stable));
        incoming_begin(&t->in, &t->record, &t->task.id, buf_slice(&stable), next);
    }
    buf_free(&stable);
}
