/* Desk: which tasks there are, without people; and one, with whom it is about and its history, which is a look that is
 * recorded first. */
#include "api/tasks.h"

#include <stdio.h>

#include "api/query.h"
#include "api/tasks_parts.h"
#include "base/mem.h"
#include "domain/person.h"

enum {
    TASKS_PAGE = 100,
    TASKS_LOOKED = 2000 /* rows that one answer looks at; past it the answer says where to go on */
};

static void put_marks(struct json_writer *w, const struct task *task, const struct date *today)
{
    static const struct {
        uint8_t mark;
        const char *name;
    } marks[] = {{TASK_QUIET, "stil"},
                 {TASK_BROKEN, "afgebroken"},
                 {TASK_UNDELIVERED, "niet-bezorgd"},
                 {TASK_GROUNDLESS, "zonder-grondslag"}};
    json_begin_array(w, "merken");
    for (size_t i = 0; i < COUNT_OF(marks); i++) {
        if ((task->marks & marks[i].mark) != 0) {
            json_put_text(w, NULL, marks[i].name);
        }
    }
    if (task->proposed != 0 || task->state == TASK_SENT) {
        json_put_text(w, NULL, "onderweg");
    }
    if (task_late(task, today)) {
        json_put_text(w, NULL, "te-laat");
    }
    json_end_array(w);
}

static void put_moment(struct json_writer *w, const char *name, int64_t moment_ms)
{
    if (moment_ms != 0) {
        json_put_text(w, name, moment_text(moment_ms).text);
    }
}

/* Of nobody. */
static void put_head(struct json_writer *w, const struct covenant *covenant, const struct task *task,
                     const struct date *today)
{
    const struct party *party = covenant_party(covenant, &task->partner);
    json_put_text(w, "opdracht", ident_text(&task->id).text);
    json_put_text(w, "richting", task->side == TASK_GIVER ? "van-ons" : "voor-ons");
    json_put_text(w, "ketenpartner", task->partner.digits);
    json_put_text(w, "naam", party != NULL ? party->name : "geen partij meer");
    json_put_text(w, "soort", task->kind);
    json_put_text(w, "stand", task_state_word(task->state));
    put_marks(w, task, today);
    put_moment(w, "verzonden", task->sent_ms);
    put_moment(w, "geeindigd", task->ended_ms);
    if (date_is_set(&task->due)) {
        json_put_text(w, "uiterlijk", date_text(&task->due).text);
    }
    if (date_is_set(&task->reply_by) && task->state == TASK_RECEIVED) {
        json_put_text(w, "reactieUiterlijk", date_text(&task->reply_by).text);
    }
    if (task->user[0] != '\0') {
        json_put_text(w, "medewerker", task->user);
    }
}

/* ---- the list ---- */

struct listing {
    struct call call;
    struct ident after;
    enum task_state state;
    bool by_state, late, from_us, for_us, more;
    size_t shown, looked;
    struct ident last;
    struct json_writer w;
};

static bool wanted(const struct listing *l, const struct task *task)
{
    return (!l->by_state || task->state == l->state) && (!l->late || task_late(task, &l->call.today)) &&
           (l->from_us == l->for_us || l->from_us == (task->side == TASK_GIVER));
}

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct listing *l = ctx;
    size_t i = 0;
    if (err != NULL && err->fault == FAULT_NOT_FOUND) {
        call_refuse_with(&l->call, FAULT_INVALID, "na", "dit kenmerk is hier niet bekend");
        return;
    }
    if (err != NULL) {
        call_fail(&l->call, err);
        return;
    }
    for (; i < count && l->shown < TASKS_PAGE; i++) {
        struct task task;
        struct error fault;
        l->last = items[i].id;
        l->looked++;
        if (tasks_read(&items[i], &task, &fault) != RESULT_OK) {
            log_error(l->call.api->log, LOG_ERROR, "opdracht-onleesbaar", &fault);
        } else if (wanted(l, &task)) {
            json_begin_object(&l->w, NULL);
            put_head(&l->w, l->call.covenant, &task, &l->call.today);
            json_end_object(&l->w);
            l->shown++;
        }
        mem_wipe(&task, sizeof task);
    }
    more = more || i < count;
    if (more && count != 0 && l->shown < TASKS_PAGE && l->looked < TASKS_LOOKED) {
        store_list_damaged_too(l->call.api->door, STORE_TASK, &l->last, STORE_LIST_MAX, listed, l);
        return;
    }
    json_end_array(&l->w);
    if (more && count != 0) {
        json_put_text(&l->w, "volgende", ident_text(&l->last).text);
    }
    json_end_object(&l->w);
    call_answer(&l->call, 200);
}

static bool flag(struct slice query, const char *name)
{
    struct slice value;
    return query_find(query, name, &value) && slice_is(value, "ja");
}

static void list(struct call *call)
{
    struct listing *l = (struct listing *)call;
    const struct slice query = http_request_query(call->request);
    struct slice value;
    const bool from = query_find(query, "na", &value);
    if (from && !ident_parse(value, &l->after)) {
        call_refuse_with(call, FAULT_INVALID, "na", "hier horen 32 hexadecimale cijfers");
        return;
    }
    l->by_state = query_find(query, "stand", &value);
    if (l->by_state && !task_state_parse(value, &l->state)) {
        call_refuse_with(call, FAULT_INVALID, "stand",
                         "hier hoort een stand van een opdracht, zoals ontvangen of in-uitvoering");
        return;
    }
    l->late = flag(query, "teLaat");
    l->from_us = flag(query, "vanOns");
    l->for_us = flag(query, "voorOns");
    l->w = json_writer(&call->body);
    json_begin_object(&l->w, NULL);
    json_begin_array(&l->w, "opdrachten");
    store_list_damaged_too(call->api->door, STORE_TASK, from ? &l->after : NULL, STORE_LIST_MAX, listed, l);
}

void tasks_list(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct listing));
    if (call != NULL) {
        call_require(call, MAY_TASK, list);
    }
}

/* ---- one ---- */

struct showing {
    struct call call;
    struct ident id;
    struct task task;
    size_t at;
    struct json_writer w;
    struct buf history; /* JSON of its events */
};

static void clean(struct call *call)
{
    struct showing *s = (struct showing *)call;
    mem_wipe(&s->task, sizeof s->task);
    buf_wipe(&s->history);
}

static void put_event(struct json_writer *w, const struct thread_event *event, enum task_side side)
{
    const bool by_giver = event->side == THREAD_OTHER;
    json_begin_object(w, NULL);
    if (event->number != 0) {
        json_put_int(w, "nummer", event->number);
    } else {
        json_put_bool(w, "onderweg", true);
    }
    json_put_text(w, "stap", task_step_word((enum task_step)event->step));
    json_put_text(w, "van", by_giver == (side == TASK_GIVER) ? "ons" : "ketenpartner");
    json_put_text(w, "tijd", moment_text(event->moment_ms).text);
    if (event->user[0] != '\0') {
        json_put_text(w, "medewerker", event->user);
    }
    if (event->reason[0] != '\0') {
        json_put_text(w, "reden", event->reason);
    }
    if (event->text.len != 0) {
        json_put_slice(w, "tekst", event->text);
    }
    if (event->lapsed) {
        json_put_bool(w, "vervallen", true);
    }
    put_moment(w, "bezorgdOp", event->delivered_ms);
    if (event->number != 0) {
        char chain[2 * SHA256_SIZE + 1];
        hex_encode(slice_of(event->chain.bytes, SHA256_SIZE), chain);
        json_put_text(w, "keten", chain);
    }
    json_end_object(w);
}

/* By number; proposals that wait for theirs at the end, in order of entry. */
static void put_history(struct showing *s, const struct store_found *found)
{
    struct json_writer w = json_writer(&s->history);
    struct thread_event event;
    json_begin_array(&w, NULL);
    for (uint32_t number = 1; number <= s->task.head.number; number++) {
        if (tasks_event_of(found, number, &event) != NULL) {
            put_event(&w, &event, s->task.side);
        }
    }
    for (size_t i = 0; i < found->child_count; i++) {
        if (thread_event_decode(found->children[i].payload, TASK_STEP_COUNT, &event, NULL) == RESULT_OK &&
            event.number == 0) {
            put_event(&w, &event, s->task.side);
        }
    }
    json_end_array(&w);
}

static void finish(struct showing *s)
{
    struct call *call = &s->call;
    struct error err;
    struct store_batch *batch = store_batch_new(call->api->door);
    struct record record = call_record(call, RECORD_READ);
    const struct tasks_text text = tasks_text(&s->id, "inzien");
    json_end_array(&s->w);
    json_put_raw(&s->w, "geschiedenis", buf_slice(&s->history));
    json_end_object(&s->w);
    record.outcome = s->task.people_count != 0 ? OUTCOME_RELEASED : OUTCOME_DONE;
    tasks_fill_record(call->covenant, &s->task, &record);
    enum result result = buf_result(&s->history, "opdracht", &err);
    if (batch == NULL) {
        result = error_set(&err, FAULT_NO_MEMORY, "opdracht", "geen geheugen");
    }
    if (result == RESULT_OK) {
        result = tasks_log_people(call->api, batch, &s->task, &record, slice_text(text.text), &err);
    }
    if (result == RESULT_OK) {
        result = audit_append(call->api->audit, batch, &record, slice_text(text.text), &err);
    }
    mem_wipe(&record, sizeof record);
    if (result != RESULT_OK) {
        call_drop(call, batch);
        call_unlogged(call, &err);
        return;
    }
    call_commit(call, batch, 200);
}

static void next_person(struct showing *s);

static void put_person(struct showing *s, const struct bsn *number, const char *given, const char *name,
                       const struct date *birth)
{
    json_begin_object(&s->w, NULL);
    json_put_slice(&s->w, "bsn", bsn_digits(number));
    if (given[0] != '\0') {
        json_put_text(&s->w, "voornamen", given);
    }
    if (name[0] != '\0') {
        json_put_text(&s->w, "naam", name);
    }
    if (date_is_set(birth)) {
        json_put_text(&s->w, "geboortedatum", date_text(birth).text);
    }
    json_end_object(&s->w);
    s->at++;
}

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct showing *s = ctx;
    struct subject subject;
    struct error err;
    if (failed != NULL) {
        call_fail(&s->call, failed);
        return;
    }
    if (found->item == NULL) { /* removed here since */
        s->at++;
    } else if (subject_decode(found->item->payload, &subject, &err) != RESULT_OK) {
        call_fail(&s->call, &err);
        return;
    } else {
        put_person(s, &subject.bsn, subject.given_names, subject.family_name, &subject.birth);
        mem_wipe(&subject, sizeof subject);
    }
    next_person(s);
}

static void next_person(struct showing *s)
{
    while (s->at < s->task.people_count && bsn_is_set(&s->task.people[s->at].bsn)) {
        const struct task_person *person = &s->task.people[s->at];
        put_person(s, &person->bsn, "", person->name, &person->birth);
    }
    if (s->at >= s->task.people_count) {
        finish(s);
        return;
    }
    store_get(s->call.api->door, STORE_SUBJECT, &s->task.people[s->at].subject, STORE_KIND_COUNT, person_found, s);
}

static void put_rest(struct showing *s)
{
    struct json_writer *w = &s->w;
    const struct task *task = &s->task;
    json_put_text(w, "grondslag", task->basis);
    json_put_text(w, "rol", task->role);
    json_put_text(w, "zaak", task->case_number);
    json_put_text(w, "leefgebied", life_domain_word(task->life_domain));
    json_put_bool(w, "huishouden", task->household);
    json_put_bool(w, "bedreigend", task->threatening);
    if (task->question[0] != '\0') {
        json_put_text(w, "vraag", task->question);
    }
    task_contact_write(w, task);
}

static void found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct showing *s = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&s->call, failed);
        return;
    }
    if (found->item == NULL) {
        call_refuse_with(&s->call, FAULT_NOT_FOUND, "", "deze opdracht is hier niet bekend");
        return;
    }
    if (tasks_read(found->item, &s->task, &err) != RESULT_OK) {
        call_fail(&s->call, &err);
        return;
    }
    put_history(s, found);
    s->w = json_writer(&s->call.body);
    json_begin_object(&s->w, NULL);
    put_head(&s->w, s->call.covenant, &s->task, &s->call.today);
    put_rest(s);
    json_begin_array(&s->w, "betrokkenen");
    next_person(s);
}

static void show(struct call *call)
{
    struct showing *s = (struct showing *)call;
    if (!ident_parse(http_request_parameter(call->request), &s->id)) {
        call_refuse_with(call, FAULT_INVALID, "opdrachten", "hier horen 32 hexadecimale cijfers");
        return;
    }
    store_get(call->api->door, STORE_TASK, &s->id, STORE_TASK_EVENT, found, s);
}

void tasks_show(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct showing));
    if (call != NULL) {
        struct showing *s = (struct showing *)call;
        buf_init(&s->history, 1048576);
        call->clean = clean;
        call_require(call, MAY_TASK, show);
    }
}
