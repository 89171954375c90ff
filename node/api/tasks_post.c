/* What tasks do about their posts: the body at each try, and what an answer or a refusal comes to. */
#include <stdio.h>
#include <string.h>

#include "api/tasks_parts.h"
#include "base/mem.h"
#include "domain/person.h"

/* ---- an opening ---- */

struct building {
    struct api *api;
    struct api_covenant *held;
    struct task task;
    struct oin partner;
    size_t at;
    struct buf boxes[TASK_PEOPLE_MAX]; /* as text */
    struct tasks_naming naming;        /* of those who are named by key */
    post_built_fn *done;
    void *ctx;
};

static void end(struct building *b, struct slice body, const struct error *err)
{
    b->done(b->ctx, body, err);
    for (size_t i = 0; i < TASK_PEOPLE_MAX; i++) {
        buf_wipe(&b->boxes[i]);
    }
    api_release_covenant(b->held);
    mem_wipe(&b->task, sizeof b->task);
    mem_wipe(&b->naming, sizeof b->naming);
    b->api->calls--;
    mem_free(b);
}

static void fail(struct building *b, enum fault fault, const char *what)
{
    struct error err;
    (void)error_set(&err, fault, "opdracht", "%s", what);
    end(b, slice_of(NULL, 0), &err);
}

static void write_opening(struct building *b)
{
    struct buf body;
    struct error err;
    const struct tasks_word matter = tasks_case_word(b->api, &b->task);
    for (size_t i = 0; i < b->task.people_count; i++) {
        b->naming.named[i].box = buf_slice(&b->boxes[i]);
    }
    buf_init(&body, OUTBOX_BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    task_opening_write(&w, &b->task, matter.text, b->naming.named);
    json_end_object(&w);
    if (buf_result(&body, "opdracht", &err) != RESULT_OK) {
        end(b, slice_of(NULL, 0), &err);
    } else {
        end(b, buf_slice(&body), NULL);
    }
    buf_wipe(&body);
}

/* As the type of task allows, and as it is known here. */
static void describe(const struct building *b, const struct subject *subject, struct task_person *out)
{
    const struct task_kind *kind = covenant_task_kind(b->held->covenant, slice_text(b->task.kind));
    const uint32_t content = kind != NULL ? kind->content : 0;
    if ((content & TASK_CONTENT_BIT(TASK_CONTENT_BIRTH)) != 0) {
        out->birth = subject->birth;
    }
    if ((content & TASK_CONTENT_BIT(TASK_CONTENT_NAME)) != 0) {
        const char *given = subject->given_names;
        const size_t room = sizeof out->name;
        const bool both = given[0] != '\0' && strlen(given) + 1 + strlen(subject->family_name) < room;
        (void)snprintf(out->name, room, "%s%s%s", both ? given : "", both ? " " : "", subject->family_name);
    }
}

static enum result seal(struct building *b, const struct subject *subject, struct error *err)
{
    struct task_person person = b->task.people[b->at];
    struct buf plain;
    struct buf box;
    const uint8_t *pub = tasks_key_of(b->api->tasks, &b->partner);
    ENSURE(pub != NULL, err, FAULT_PEER, "opdracht", "de verzegelsleutel van de ketenpartner is verlopen");
    buf_init(&plain, TASK_BOX_MAX);
    buf_init(&box, TASK_BOX_MAX + SEALING_OVERHEAD);
    describe(b, subject, &person);
    task_box_write(&person, &subject->bsn, &plain);
    enum result result = buf_result(&plain, "opdracht", err);
    if (result == RESULT_OK) {
        result = sealing_close(b->api->keyring, pub, clock_now(b->api->clock), buf_slice(&plain), &box, err);
    }
    if (result == RESULT_OK) {
        base64url_encode(buf_slice(&box), &b->boxes[b->at]);
        result = buf_result(&b->boxes[b->at], "opdracht", err);
    }
    buf_wipe(&plain);
    buf_free(&box);
    mem_wipe(&person, sizeof person);
    return result;
}

/* One type of task names everybody in one way. */
static bool by_key(const struct building *b)
{
    return b->task.people_count != 0 && task_by_key(&b->task.people[0]);
}

static void next_person(struct building *b);

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct building *b = ctx;
    struct subject subject;
    struct error err;
    if (failed != NULL) {
        end(b, slice_of(NULL, 0), failed);
        return;
    }
    if (found->item == NULL) {
        fail(b, FAULT_STORE, "een betrokkene is hier niet meer geregistreerd");
        return;
    }
    enum result result = subject_decode(found->item->payload, &subject, &err);
    if (result == RESULT_OK && by_key(b)) {
        b->naming.numbers[b->at] = subject.bsn;
    } else if (result == RESULT_OK) {
        result = seal(b, &subject, &err);
    }
    mem_wipe(&subject, sizeof subject);
    if (result != RESULT_OK) {
        end(b, slice_of(NULL, 0), &err);
        return;
    }
    b->at++;
    next_person(b);
}

static void keys_found(struct tasks_naming *naming, const struct error *failed)
{
    struct building *b = naming->ctx;
    if (failed != NULL) { /* FAULT_UNFIT: he does not know the person any more, and a person decides */
        end(b, slice_of(NULL, 0), failed);
    } else {
        write_opening(b);
    }
}

static void next_person(struct building *b)
{
    if (b->at >= b->task.people_count && by_key(b)) {
        b->naming.api = b->api;
        b->naming.held = b->held;
        b->naming.task = &b->task;
        b->naming.done = keys_found;
        b->naming.ctx = b;
        tasks_name(&b->naming);
        return;
    }
    if (b->at >= b->task.people_count) {
        write_opening(b);
        return;
    }
    store_get(b->api->door, STORE_SUBJECT, &b->task.people[b->at].subject, STORE_KIND_COUNT, person_found, b);
}

static void key_fetched(void *ctx, const struct error *err)
{
    struct building *b = ctx;
    if (err != NULL) {
        end(b, slice_of(NULL, 0), err);
    } else {
        next_person(b);
    }
}

static void need_key(struct building *b)
{
    struct error err;
    if (by_key(b) || tasks_key_of(b->api->tasks, &b->partner) != NULL) {
        next_person(b);
    } else if (tasks_key_fetch(b->api->tasks, b->held, &b->partner, key_fetched, b, &err) != RESULT_OK) {
        end(b, slice_of(NULL, 0), &err);
    }
}

static void opening_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct building *b = ctx;
    struct error err;
    if (failed != NULL) {
        end(b, slice_of(NULL, 0), failed);
    } else if (found->item == NULL) {
        fail(b, FAULT_NOT_FOUND, "deze opdracht is er niet meer");
    } else if (tasks_read(found->item, &b->task, &err) != RESULT_OK) {
        end(b, slice_of(NULL, 0), &err);
    } else if (b->task.state != TASK_SENT) {
        fail(b, FAULT_NOT_FOUND, "deze opdracht hoeft niet meer te worden bezorgd");
    } else {
        need_key(b);
    }
}

static struct building *building_of(struct api *api, const struct post *post, struct api_covenant *held,
                                    post_built_fn *done, void *ctx)
{
    struct error err;
    struct building *b = mem_zalloc(sizeof *b);
    if (b == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "opdracht", "geen geheugen");
        done(ctx, slice_of(NULL, 0), &err);
        return NULL;
    }
    b->api = api;
    b->held = api_hold(held);
    b->partner = post->partner;
    b->done = done;
    b->ctx = ctx;
    for (size_t i = 0; i < TASK_PEOPLE_MAX; i++) {
        buf_init(&b->boxes[i], (size_t)2 * (TASK_BOX_MAX + SEALING_OVERHEAD));
    }
    api->calls++;
    return b;
}

static void build_opening(struct api *api, const struct post *post, struct api_covenant *held, post_built_fn *done,
                          void *ctx)
{
    struct building *b = building_of(api, post, held, done, ctx);
    if (b != NULL) {
        store_get(api->door, STORE_TASK, &post->thread, STORE_KIND_COUNT, opening_found, b);
    }
}

/* ---- an event ---- */

/* The writer's own, alone: a thread may be long. */
static void get_event(struct api *api, const struct post *post, store_found_fn *found, void *ctx)
{
    const struct ident id = tasks_event_id(&post->thread, post->number);
    store_get(api->door, STORE_TASK_EVENT, &id, STORE_KIND_COUNT, found, ctx);
}

static bool read_event(const struct store_found *found, uint32_t number, struct thread_event *out)
{
    return found->item != NULL && thread_event_decode(found->item->payload, TASK_STEP_COUNT, out, NULL) == RESULT_OK &&
           out->number == number;
}

static void event_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct building *b = ctx;
    struct thread_event event;
    struct buf body;
    struct error err;
    if (failed != NULL) {
        end(b, slice_of(NULL, 0), failed);
        return;
    }
    if (!read_event(found, (uint32_t)b->at, &event)) {
        fail(b, FAULT_NOT_FOUND, "deze gebeurtenis is er niet");
        return;
    }
    buf_init(&body, OUTBOX_BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "opdracht", ident_text(&found->item->parent).text);
    thread_event_write(&w, "gebeurtenis", &event, task_step_word((enum task_step)event.step));
    json_end_object(&w);
    if (buf_result(&body, "opdracht", &err) != RESULT_OK) {
        end(b, slice_of(NULL, 0), &err);
    } else {
        end(b, buf_slice(&body), NULL);
    }
    buf_wipe(&body);
}

static void build_event(struct api *api, const struct post *post, struct api_covenant *held, post_built_fn *done,
                        void *ctx)
{
    struct building *b = building_of(api, post, held, done, ctx);
    if (b != NULL) {
        b->at = post->number;
        get_event(api, post, event_found, b);
    }
}

/* ---- what came of it: into the outbox's batch ---- */

struct settling {
    struct api *api;
    struct store_batch *batch;
    uint32_t number;
    int status;
    struct json *json; /* an answer to an opening */
    struct thread_event event;
    struct task task;
    post_written_fn *done;
    void *ctx;
};

static void settled(struct settling *s, const struct error *err)
{
    s->done(s->ctx, err);
    json_free(s->json);
    mem_wipe(&s->task, sizeof s->task);
    s->api->calls--;
    mem_free(s);
}

static struct settling *settling_of(struct api *api, const struct post *post, struct store_batch *batch,
                                    post_written_fn *done, void *ctx)
{
    struct error err;
    struct settling *s = mem_zalloc(sizeof *s);
    if (s == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "opdracht", "geen geheugen");
        done(ctx, &err);
        return NULL;
    }
    s->api = api;
    s->batch = batch;
    s->number = post->number;
    s->done = done;
    s->ctx = ctx;
    api->calls++;
    return s;
}

/* The other node holds another beginning of this thread than it was given, or answers nonsense: a person decides. */
static enum result mark_undelivered(struct settling *s, uint64_t version, struct error *err)
{
    s->task.marks |= TASK_UNDELIVERED;
    TRY(tasks_put(s->batch, &s->task, version, false, err));
    return tasks_notice(s->api, s->batch, &s->task, NOTICE_STUCK, 0, err);
}

static enum result take_first(struct settling *s, const struct store_found *found, struct error *err)
{
    struct fault_list faults = {0};
    struct thread_event kept;
    struct api_covenant *held = api_covenant_with(s->api, &s->task.partner);
    thread_event_read(json_member(s->json, "gebeurtenis"), "/gebeurtenis", task_step_parse, &s->event, &faults);
    const struct store_item *item = tasks_event_of(found, 1, &kept);
    const enum thread_verdict verdict =
        faults.count != 0 ? THREAD_FORKED
                          : thread_take(&s->task.head, item != NULL ? &kept.chain : NULL, &s->task.id, &s->event);
    if (verdict == THREAD_AGAIN || s->task.state != TASK_SENT) {
        return RESULT_OK; /* an event that came sooner brought it, or it ended here */
    }
    if (verdict != THREAD_NEXT || s->event.step != TASK_STEP_RECEIVE) {
        return mark_undelivered(s, found->item->version, err);
    }
    s->event.delivered_ms = s->event.moment_ms;
    TRY(tasks_take_next(s->batch, &s->task, &s->event, NULL, err));
    tasks_set_reply(s->api, held != NULL ? held->covenant : s->api->covenant->covenant, &s->task);
    s->task.marks &= (uint8_t)~TASK_UNDELIVERED;
    tasks_soon(s->api, &s->task);
    return tasks_put(s->batch, &s->task, found->item->version, false, err);
}

static void answer_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct settling *s = ctx;
    struct error err;
    if (failed != NULL || found->item == NULL) {
        settled(s, failed);
        return;
    }
    enum result result = tasks_read(found->item, &s->task, &err);
    if (result == RESULT_OK) {
        result = take_first(s, found, &err);
    }
    settled(s, result == RESULT_OK ? NULL : &err);
}

static void opening_confirmed(struct api *api, const struct post *post, struct slice answer, struct store_batch *batch,
                              post_written_fn *done, void *ctx)
{
    struct error err;
    struct settling *s = settling_of(api, post, batch, done, ctx);
    if (s == NULL) {
        return;
    }
    if (json_parse(answer, &s->json, &err) != RESULT_OK) {
        settled(s, &err);
        return;
    }
    tasks_key_held(api->tasks, &post->partner);
    store_get(api->door, STORE_TASK, &post->thread, STORE_TASK_EVENT, answer_found, s);
}

static void delivered_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct settling *s = ctx;
    struct error err;
    const struct store_item *item = found->item;
    enum result result = RESULT_OK;
    if (failed == NULL && read_event(found, s->number, &s->event) && s->event.delivered_ms == 0) {
        s->event.delivered_ms = clock_now(s->api->clock);
        result = tasks_put_event(s->batch, &item->parent, &item->id, &s->event, item->version, false, &err);
    }
    settled(s, failed != NULL ? failed : result != RESULT_OK ? &err : NULL);
}

static void event_confirmed(struct api *api, const struct post *post, struct slice answer, struct store_batch *batch,
                            post_written_fn *done, void *ctx)
{
    struct settling *s = settling_of(api, post, batch, done, ctx);
    (void)answer;
    if (s != NULL) {
        get_event(api, post, delivered_found, s);
    }
}

/* ---- what got stuck ---- */

static void stuck_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct settling *s = ctx;
    struct error err;
    if (failed != NULL || found->item == NULL) {
        settled(s, failed);
        return;
    }
    enum result result = tasks_read(found->item, &s->task, &err);
    if (result == RESULT_OK && s->task.state == TASK_SENT && s->status != 0) {
        result = mark_undelivered(s, found->item->version, &err);
    } else if (result == RESULT_OK) {
        result = tasks_notice(s->api, s->batch, &s->task, NOTICE_STUCK, s->number, &err);
    }
    settled(s, result == RESULT_OK ? NULL : &err);
}

static void stuck(struct api *api, const struct post *post, int status, struct store_batch *batch,
                  post_written_fn *done, void *ctx)
{
    struct settling *s = settling_of(api, post, batch, done, ctx);
    if (s != NULL) {
        s->status = status;
        store_get(api->door, STORE_TASK, &post->thread, STORE_KIND_COUNT, stuck_found, s);
    }
}

/* It cannot open what was sealed to an older key: once more, to one that is fetched anew. */
static enum post_refusal opening_refused(struct api *api, const struct post *post, int status, struct slice answer)
{
    static const char word[] = "verzegelsleutel";
    const bool meant =
        status == 422 && answer.len != 0 && memmem(answer.ptr, answer.len, word, sizeof word - 1) != NULL;
    /* Or the epoch turned between the try and its arrival: the next is of the new one. */
    static const char turned[] = "fout:periode";
    if (status == 422 && answer.len != 0 && memmem(answer.ptr, answer.len, turned, sizeof turned - 1) != NULL) {
        return POST_AGAIN;
    }
    return meant && tasks_key_refused(api->tasks, &post->partner) ? POST_AGAIN : POST_STICKS;
}

static const struct post_kind opening_kind = {.build = build_opening,
                                              .confirmed = opening_confirmed,
                                              .stuck = stuck,
                                              .refused = opening_refused,
                                              .purpose = "opdracht"};
static const struct post_kind event_kind = {
    .build = build_event, .confirmed = event_confirmed, .stuck = stuck, .numbered = true, .purpose = "opdracht"};
/* ---- a proposal about what the other node never had ---- */

struct unheard {
    struct task task;
    uint64_t version;
    bool there; /* and over: it was taken back before the other node had taken it */
    struct error err;
};

static void unheard_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct unheard *u = ctx;
    if (failed == NULL && found->item != NULL && tasks_read(found->item, &u->task, &u->err) == RESULT_OK) {
        u->version = found->item->version;
        u->there = task_ended(u->task.state) && u->task.head.number == 0;
    }
}

/* It waited behind an opening that was refused, and that is withdrawn since: 404 is the answer to it. */
static enum post_refusal proposal_refused(struct api *api, const struct post *post, int status, struct slice answer)
{
    struct unheard u = {.there = false};
    (void)answer;
    if (status == 404) {
        store_get(api->door, STORE_TASK, &post->thread, STORE_KIND_COUNT, unheard_found, &u);
    }
    mem_wipe(&u.task, sizeof u.task);
    return u.there ? POST_SETTLED : POST_STICKS;
}

/* Taken, its event follows by itself. Of what was taken back nothing is on its way any more. */
static void proposal_confirmed(struct api *api, const struct post *post, struct slice answer, struct store_batch *batch,
                               post_written_fn *done, void *ctx)
{
    struct unheard u = {.there = false};
    struct json *json CLEANUP(json_cleanup) = NULL;
    struct ident proposal;
    enum result result = RESULT_OK;
    (void)answer;
    store_get(api->door, STORE_TASK, &post->thread, STORE_KIND_COUNT, unheard_found, &u);
    if (u.there && u.task.proposed != 0 && json_parse(post->body, &json, &u.err) == RESULT_OK &&
        ident_parse(json_text_of(json, "voorstel"), &proposal)) {
        u.task.proposed--;
        store_remove(batch, STORE_TASK_EVENT, &proposal);
        result = tasks_put(batch, &u.task, u.version, false, &u.err);
    }
    mem_wipe(&u.task, sizeof u.task);
    done(ctx, result == RESULT_OK ? NULL : &u.err);
}

static const struct post_kind proposal_kind = {
    .confirmed = proposal_confirmed, .stuck = stuck, .refused = proposal_refused, .purpose = "opdracht"};

void tasks_register_posts(struct api *api)
{
    outbox_register(api->outbox, MESSAGE_TASK_OPEN, &opening_kind);
    outbox_register(api->outbox, MESSAGE_TASK_EVENT, &event_kind);
    outbox_register(api->outbox, MESSAGE_TASK_PROPOSAL, &proposal_kind);
}
