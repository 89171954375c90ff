/* What the parts of tasks share: rows, records, notices, posts. */
#include "api/tasks.h"

#include <stdio.h>
#include <string.h>

#include "api/tasks_parts.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/workdays.h"
#include "domain/person.h"

static const char purpose[] = "opdracht";

static const struct cooperation_part part = {.tick = tasks_tick, .look = tasks_look};

enum result tasks_open(struct api *api, struct tasks **out, struct error *err)
{
    struct tasks *tasks = mem_zalloc(sizeof *tasks);
    ENSURE(tasks != NULL, err, FAULT_NO_MEMORY, "opdrachten", "geen geheugen");
    tasks->api = api;
    api->entropy->fill(api->entropy->ctx, &tasks->live_salt, sizeof tasks->live_salt);
    *out = tasks;
    tasks_register_posts(api);
    cooperation_join(api->cooperation, &part);
    return RESULT_OK;
}

void tasks_close(struct tasks *tasks)
{
    if (tasks != NULL) {
        tasks_live_drop(&tasks->live);
        tasks_live_drop(&tasks->live_next);
        mem_free(tasks);
    }
}

static size_t bit_of(const struct ident *subject)
{
    return bytes_get_u32(subject->bytes) % TASKS_PEOPLE_BITS;
}

void tasks_mark(struct tasks *tasks, const struct task *task)
{
    const struct ident none = tasks_no_ident();
    tasks_live_add(&tasks->live, tasks->live_salt, &task->id);
    if (tasks->looking) {
        tasks_live_add(&tasks->live_next, tasks->live_salt, &task->id);
    }
    for (size_t i = 0; i < task->people_count; i++) {
        if (ident_equal(&task->people[i].subject, &none)) {
            continue; /* at the doer, not registered before it is accepted */
        }
        const size_t bit = bit_of(&task->people[i].subject);
        tasks->people[bit / 8] |= (uint8_t)(1U << bit % 8);
        tasks->people_next[bit / 8] |= (uint8_t)(1U << bit % 8);
    }
}

bool tasks_marked(const struct tasks *tasks, const struct ident *subject)
{
    const size_t bit = bit_of(subject);
    return (tasks->people[bit / 8] >> bit % 8 & 1U) != 0;
}

static size_t share_of(const struct tasks_shares *shares, const struct oin *giver)
{
    size_t at = 0;
    while (at < shares->count && !oin_equal(&shares->of[at].partner, giver)) {
        at++;
    }
    return at;
}

void tasks_share_add(struct tasks_shares *shares, const struct oin *giver)
{
    const size_t at = share_of(shares, giver);
    if (at == shares->count && at < COUNT_OF(shares->of)) {
        shares->of[shares->count++] = (struct tasks_share){.partner = *giver};
    }
    if (at < shares->count) {
        shares->of[at].open++;
    }
}

enum result tasks_room(const struct tasks *tasks, const struct oin *giver, struct error *err)
{
    const size_t at = giver != NULL ? share_of(&tasks->shares, giver) : tasks->shares.count;
    ENSURE(tasks->figures.open < TASKS_OPEN_MAX, err, FAULT_BUSY, "opdrachten",
           "er lopen al %d opdrachten; nieuwe kunnen weer als er eindigen", (int)TASKS_OPEN_MAX);
    ENSURE(at == tasks->shares.count || tasks->shares.of[at].open < TASKS_PARTNER_MAX, err, FAULT_BUSY, "opdrachten",
           "van uw organisatie lopen al %d opdrachten; nieuwe kunnen weer als er eindigen", (int)TASKS_PARTNER_MAX);
    return RESULT_OK;
}

struct tasks_figures tasks_figures(const struct tasks *tasks)
{
    return tasks->figures;
}

struct ident tasks_no_ident(void)
{
    return (struct ident){{0}};
}

/* ---- rows ---- */

enum result tasks_read(const struct store_item *item, struct task *out, struct error *err)
{
    out->id = item->id;
    return task_decode(item->payload, out, err);
}

enum result tasks_put(struct store_batch *batch, const struct task *task, uint64_t version, bool is_new,
                      struct error *err)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    task_encode(task, &payload);
    const enum result result = buf_result(&payload, "opdracht", err);
    if (result == RESULT_OK) {
        const struct store_write item = {
            .id = task->id, .payload = buf_slice(&payload), .version = version, .is_new = is_new};
        store_put(batch, STORE_TASK, &item);
    }
    buf_wipe(&payload);
    return result;
}

enum result tasks_put_event(struct store_batch *batch, const struct ident *task, const struct ident *id,
                            const struct thread_event *event, uint64_t version, bool is_new, struct error *err)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    thread_event_encode(event, &payload);
    const enum result result = buf_result(&payload, "opdracht", err);
    if (result == RESULT_OK) {
        const struct store_write item = {
            .id = *id, .parent = *task, .payload = buf_slice(&payload), .version = version, .is_new = is_new};
        store_put(batch, STORE_TASK_EVENT, &item);
    }
    buf_wipe(&payload);
    return result;
}

const struct store_item *tasks_event_of(const struct store_found *found, uint32_t number, struct thread_event *out)
{
    for (size_t i = 0; i < found->child_count; i++) {
        if (thread_event_decode(found->children[i].payload, TASK_STEP_COUNT, out, NULL) == RESULT_OK &&
            out->number == number && number != 0) {
            return &found->children[i];
        }
    }
    return NULL;
}

const struct store_item *tasks_event_by_proposal(const struct store_found *found, const struct ident *proposal,
                                                 struct thread_event *out)
{
    static const struct ident none = {{0}};
    for (size_t i = 0; i < found->child_count && !ident_equal(proposal, &none); i++) {
        if (thread_event_decode(found->children[i].payload, TASK_STEP_COUNT, out, NULL) == RESULT_OK &&
            ident_equal(&out->proposal, proposal)) {
            return &found->children[i];
        }
    }
    return NULL;
}

struct ident tasks_event_id(const struct ident *task, uint32_t number)
{
    uint8_t bytes[IDENT_SIZE + 4];
    struct sha256 hash;
    struct ident id;
    memcpy(bytes, task->bytes, IDENT_SIZE);
    bytes_put_u32(bytes + IDENT_SIZE, number);
    sha256_of(slice_of(bytes, sizeof bytes), &hash);
    memcpy(id.bytes, hash.bytes, IDENT_SIZE);
    return id;
}

enum result tasks_take_next(struct store_batch *batch, struct task *task, struct thread_event *event,
                            const struct store_item *kept, struct error *err)
{
    const struct ident id = kept != NULL ? kept->id : tasks_event_id(&task->id, event->number);
    TRY(task_apply(task, event, err));
    if (kept != NULL && task->side == TASK_GIVER && task->proposed != 0) {
        task->proposed--;
    }
    return tasks_put_event(batch, &task->id, &id, event, kept != NULL ? kept->version : 0, false, err);
}

enum result tasks_register(struct store_batch *batch, const struct task_person *person, const struct bsn *number,
                           struct error *err)
{
    struct subject subject = {.bsn = *number, .birth = person->birth};
    struct buf payload;
    memcpy(subject.family_name, person->name, sizeof subject.family_name);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    subject_encode(&subject, &payload);
    const enum result result = buf_result(&payload, "opdracht", err);
    if (result == RESULT_OK) {
        const struct store_write item = {
            .id = person->subject, .keys = {bsn_digits(number)}, .payload = buf_slice(&payload), .is_new = true};
        store_put(batch, STORE_SUBJECT, &item);
    }
    buf_wipe(&payload);
    mem_wipe(&subject, sizeof subject);
    return result;
}

/* A type that is in the covenant no more may have. */
bool tasks_has_text(const struct covenant *covenant, const struct task *task)
{
    const struct task_kind *kind = covenant_task_kind(covenant, slice_text(task->kind));
    return kind == NULL || (kind->content & TASK_CONTENT_BIT(TASK_CONTENT_EXPLANATION)) != 0;
}

void tasks_set_reply(const struct api *api, const struct covenant *covenant, struct task *task)
{
    const struct task_kind *kind = covenant_task_kind(covenant, slice_text(task->kind));
    const struct date today = workdays_dutch_day(clock_now(api->clock));
    const int days =
        kind != NULL && kind->reply_workdays != 0 ? kind->reply_workdays : (int)api->cooperating.reply_days;
    task->reply_by = workdays_after(&today, days);
    task->remind_workdays = (uint8_t)api->cooperating.remind_days;
}

/* ---- records ---- */

void tasks_fill_record(const struct covenant *covenant, const struct task *task, struct record *record)
{
    const struct purpose *meant = covenant_purpose(covenant, slice_text(purpose));
    record->class.class = meant != NULL ? (uint8_t)meant->retention_class : 0;
    record->peer = task->partner;
    memcpy(record->purpose, purpose, sizeof purpose);
    (void)slice_copy_text(slice_text(task->basis), record->basis, sizeof record->basis);
    (void)slice_copy_text(slice_text(task->case_number), record->case_number, sizeof record->case_number);
    if (record->role[0] == '\0') {
        (void)slice_copy_text(slice_text(task->role), record->role, sizeof record->role);
    }
}

static void name_person(struct record *record, const struct task_person *person)
{
    const struct ident none = tasks_no_ident();
    record->subject = person->subject;
    memset(&record->bsn, 0, sizeof record->bsn);
    if (ident_equal(&person->subject, &none)) {
        record->bsn = person->bsn;
    }
}

enum result tasks_log_people(struct api *api, struct store_batch *batch, const struct task *task, struct record *record,
                             struct slice text, struct error *err)
{
    for (size_t i = 1; i < task->people_count; i++) {
        struct record other = *record;
        name_person(&other, &task->people[i]);
        const enum result result = audit_append(api->audit, batch, &other, text, err);
        mem_wipe(&other, sizeof other);
        TRY(result);
    }
    if (task->people_count != 0) {
        name_person(record, &task->people[0]);
    }
    return RESULT_OK;
}

struct tasks_text tasks_text(const struct ident *task, const char *step)
{
    struct tasks_text text;
    (void)snprintf(text.text, sizeof text.text, "%s %s", ident_text(task).text, step);
    return text;
}

/* ---- notices ---- */

enum notice_kind tasks_notice_kind(const struct thread_event *event)
{
    return event->step == TASK_STEP_MESSAGE && !event->lapsed ? NOTICE_MESSAGE : NOTICE_STEP;
}

enum result tasks_notice(struct api *api, struct store_batch *batch, const struct task *task, enum notice_kind kind,
                         uint32_t number, struct error *err)
{
    const struct notice_to to = {.user = task->user[0] != '\0' ? task->user : NULL, .roles = roles_that_may(MAY_TASK)};
    return notice_put(api, batch, &to, kind, &task->id, number, err);
}

/* ---- posts ---- */

enum result tasks_post_event(struct api *api, struct store_batch *batch, const struct task *task, uint32_t number,
                             struct error *err)
{
    struct ident id;
    const struct post post = {
        .kind = MESSAGE_TASK_EVENT, .partner = task->partner, .thread = task->id, .number = number, .key = task->id};
    return outbox_post(api->outbox, batch, &post, &id, err);
}

enum result tasks_post_proposal(struct api *api, struct store_batch *batch, const struct task *task,
                                const struct ident *proposal, const struct thread_event *event, struct error *err)
{
    struct ident id;
    struct buf body;
    buf_init(&body, OUTBOX_BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "opdracht", ident_text(&task->id).text);
    json_put_text(&w, "voorstel", ident_text(proposal).text);
    json_put_text(&w, "stap", task_step_word((enum task_step)event->step));
    if (event->reason[0] != '\0') {
        json_put_text(&w, "reden", event->reason);
    }
    if (event->text.len != 0) {
        json_put_slice(&w, "tekst", event->text);
    }
    json_end_object(&w);
    enum result result = buf_result(&body, "opdracht", err);
    if (result == RESULT_OK) {
        const struct post post = {.kind = MESSAGE_TASK_PROPOSAL,
                                  .partner = task->partner,
                                  .thread = task->id,
                                  .key = task->id,
                                  .body = buf_slice(&body)};
        result = outbox_post(api->outbox, batch, &post, &id, err);
    }
    buf_wipe(&body);
    return result;
}

struct tasks_word tasks_case_word(const struct api *api, const struct task *task)
{
    struct tasks_word out = {""};
    uint8_t hash[SEAL_HASH_SIZE];
    seal_hash(api->keyring, SEAL_PSEUDONYM, slice_text(task->partner.digits), slice_text(task->case_number), hash);
    hex_encode(slice_of(hash, sizeof hash), out.text);
    return out;
}
