#include "tasks.h"

#include "base/workdays.h"
#include "check.h"
#include "faults.h"

struct ident task_ident(int task)
{
    return ident_from(0x6f70647261636874U, (uint64_t)task + 1);
}

static struct task_row *change(struct world *world, int node, struct work *work, int task)
{
    return rows_change(world, node, &work->batch, TABLE_TASK, task);
}

static bool is_zero(const struct ident *id)
{
    static const struct ident none = {{0}};
    return ident_equal(id, &none);
}

static void write_event(struct world *world, int node, struct work *work, int task, const struct thread_event *event)
{
    struct event_row *row =
        rows_change(world, node, &work->batch, TABLE_TASK_EVENT, task_event_at(task, event->number));
    row->row.used = true;
    row->event = *event;
}

static void post(struct world *world, int node, struct work *work, int task, const struct post *what)
{
    const struct ident key = task_ident(task);
    deliver_post(world, node, &work->batch,
                 world->nodes[node].disk.tasks[task].row.used ? world->nodes[node].disk.tasks[task].peer
                                                              : work->partner,
                 &key, what);
}

static void done_step(struct world *world, int node, struct work *work)
{
    deliver_wake(world, node, work);
}

/* ---- the giver ---- */

static void prepare_new(struct world *world, int node, struct work *work)
{
    struct error err = {0};
    struct sha256 opening = {{0}};
    struct task_row *row = change(world, node, work, work->task);
    const bool draft = work->draw % 8 == 0;
    row->row.used = true;
    row->peer = work->partner;
    row->person = (uint8_t)(work->draw / 8 % PEOPLE);
    row->task.id = task_ident(work->task);
    row->task.side = TASK_GIVER;
    row->task.partner = oin_at(work->partner);
    row->task.remind_workdays = TASK_REMIND_WORKDAYS;
    const struct date today = world_today(world, node);
    row->task.due = workdays_term(&today, (int)(work->draw / 64 % 30));
    if (task_alone(&row->task, draft ? TASK_STEP_DRAFT : TASK_STEP_SEND, world_clock(world, node), &err) != RESULT_OK) {
        world_fail(world, "model", "a new task: %s", err.what);
    }
    thread_begin(TASK_THREAD_LABEL, &row->task.id, &opening, &row->task.head.chain);
    if (!draft) {
        post(world, node, work, work->task, &(struct post){.kind = TASK_OPEN, .thread = work->task});
    }
    world->counts[HAPPENED_TASK]++;
}

bool task_user_sends(struct world *world, int node, int partner, uint32_t draw)
{
    struct work *work = world->tasks_made < TASKS ? work_begin(world, node, prepare_new, done_step) : NULL;
    if (work == NULL) {
        return false;
    }
    work->task = world->tasks_made++;
    work->partner = (uint8_t)partner;
    work->draw = draw;
    world->ghost_tasks[work->task].giver = (uint8_t)node;
    world->ghost_tasks[work->task].doer = (uint8_t)partner;
    work_ready(world, node, work);
    return true;
}

static void propose(struct world *world, int node, struct work *work, struct task_row *row, enum task_step step)
{
    if (row->proposals == TASK_PROPOSALS_MAX) {
        work->fails = true;
        return;
    }
    row->proposals++;
    row->task.proposed++;
    post(world, node, work, work->task,
         &(struct post){.kind = TASK_PROPOSAL, .thread = work->task, .step = (uint8_t)step, .proposal = work->id});
}

static void giver_steps(struct world *world, int node, struct work *work, struct task_row *row, enum task_step step)
{
    struct error err = {0};
    const enum task_state state = row->task.state;
    if (!task_may(state, step, TASK_GIVER)) {
        work->fails = true;
    } else if (task_runs(state)) {
        propose(world, node, work, row, step);
    } else if (state == TASK_SENT && step == TASK_STEP_WITHDRAW && !deliver_cancel(world, node, work, &row->task.id)) {
        propose(world, node, work, row, step);
    } else if (task_alone(&row->task, step, world_clock(world, node), &err) != RESULT_OK) {
        work->fails = true;
    } else if (step == TASK_STEP_SEND) {
        post(world, node, work, work->task, &(struct post){.kind = TASK_OPEN, .thread = work->task});
    }
}

/* ---- the doer: he writes the thread ---- */

/* Puts a step in order, and posts it; false: there is no room for it. */
static bool order(struct world *world, int node, struct work *work, struct task_row *row, struct thread_event *event)
{
    struct error err = {0};
    event->moment_ms = world_clock(world, node) / 1000 * 1000;
    if (task_order(&row->task, event, &err) != RESULT_OK || event->number > EVENTS) {
        return false;
    }
    if (event->lapsed && faulty(world, BREAK_AFTER_END) && event->step == TASK_STEP_WITHDRAW &&
        row->task.state == TASK_COMPLETED) {
        event->lapsed = false;
        row->task.state = TASK_BEGUN;
        thread_chain(&row->task.head.chain, &row->task.id, event, &event->chain);
    }
    if (task_apply(&row->task, event, &err) != RESULT_OK) {
        world_fail(world, "I3", "an event that was put in order is not taken: %s", err.what);
        return false;
    }
    world->counts[event->lapsed ? HAPPENED_LAPSED : HAPPENED_EVENT]++;
    write_event(world, node, work, work->task, event);
    return true;
}

static void post_event(struct world *world, int node, struct work *work, const struct thread_event *event)
{
    post(world, node, work, work->task,
         &(struct post){.kind = TASK_EVENT, .thread = work->task, .number = (uint8_t)event->number});
}

static void doer_steps(struct world *world, int node, struct work *work, struct task_row *row, enum task_step step)
{
    struct thread_event event = {.step = (uint8_t)step, .side = THREAD_WRITER};
    if (!task_may(row->task.state, step, TASK_DOER) || row->task.head.number >= TASK_EVENTS_OWN_MAX) {
        work->fails = true;
        return;
    }
    if (step == TASK_STEP_REFUSE) {
        memcpy(event.reason, "anders", sizeof "anders");
    }
    if (!order(world, node, work, row, &event)) {
        work->fails = true;
    } else if (faulty(world, BREAK_POST_APART)) {
        work->index = (uint8_t)event.number;
    } else {
        post_event(world, node, work, &event);
    }
}

static void prepare_step(struct world *world, int node, struct work *work)
{
    if (!world->nodes[node].disk.tasks[work->task].row.used) {
        work->fails = true;
        return;
    }
    struct task_row *row = change(world, node, work, work->task);
    const bool broken_off = (row->task.marks & TASK_BROKEN) != 0;
    if (broken_off) {
        work->fails = true;
    } else if (row->task.side == TASK_GIVER) {
        giver_steps(world, node, work, row, (enum task_step)work->step);
    } else {
        doer_steps(world, node, work, row, (enum task_step)work->step);
    }
    if (work->fails) {
        work->batch.count = 0;
        work->batch.used = 0;
        world->counts[HAPPENED_REFUSED]++;
    }
}

/* A fault that can be built in: the event is posted by a commit of its own. */
static void prepare_late(struct world *world, int node, struct work *work)
{
    post(world, node, work, work->task,
         &(struct post){.kind = TASK_EVENT, .thread = work->task, .number = work->index});
}

static void done_late(struct world *world, int node, struct work *work)
{
    struct work *later = work->index != 0 ? work_begin(world, node, prepare_late, done_step) : NULL;
    if (later != NULL) {
        later->task = work->task;
        later->index = work->index;
        work_ready(world, node, later);
    }
}

bool task_user_steps(struct world *world, int node, int task, enum task_step step, uint32_t draw)
{
    if (task >= world->tasks_made) {
        return false;
    }
    struct work *work = work_begin(world, node, prepare_step, faulty(world, BREAK_POST_APART) ? done_late : done_step);
    if (work == NULL) {
        return false;
    }
    work->task = (uint8_t)task;
    work->step = (uint8_t)step;
    work->draw = draw;
    work->id = world_id(world);
    work_ready(world, node, work);
    return true;
}

static void prepare_break_off(struct world *world, int node, struct work *work)
{
    const struct task_row *has = &world->nodes[node].disk.tasks[work->task];
    if (has->row.used && !holds_covenant(world, node, has->peer) &&
        (task_runs(has->task.state) || has->task.state == TASK_SENT)) {
        struct task_row *row = change(world, node, work, work->task);
        row->task.marks |= TASK_BROKEN;
    }
}

bool task_user_breaks_off(struct world *world, int node, int task)
{
    struct work *work = task < world->tasks_made ? work_begin(world, node, prepare_break_off, done_step) : NULL;
    if (work != NULL) {
        work->task = (uint8_t)task;
        work_ready(world, node, work);
    }
    return work != NULL;
}

/* ---- what comes by itself ---- */

static void prepare_terms(struct world *world, int node, struct work *work)
{
    const struct task_row *has = &world->nodes[node].disk.tasks[work->task];
    const struct date today = world_today(world, node);
    const unsigned due = has->row.used ? task_due(&has->task, &today) : 0;
    if (due == 0) {
        return;
    }
    struct task_row *row = change(world, node, work, work->task);
    for (int i = 0; i < NOTICES; i++) {
        row->told[i] = (uint8_t)(row->told[i] + (due >> i & 1));
    }
    if (!faulty(world, BREAK_REMINDS_TWICE)) {
        row->task.alarmed = (uint8_t)(row->task.alarmed | due);
    }
    world->counts[HAPPENED_TERM]++;
}

bool task_looks_at_terms(struct world *world, int node)
{
    const struct date today = world_today(world, node);
    bool found = false;
    for (int i = 0; i < world->tasks_made; i++) {
        const struct task_row *row = &world->nodes[node].disk.tasks[i];
        struct work *work = NULL;
        if (row->row.used && task_due(&row->task, &today) != 0) {
            work = work_begin(world, node, prepare_terms, done_step);
        }
        if (work != NULL) {
            work->task = (uint8_t)i;
            work_ready(world, node, work);
            found = true;
        }
    }
    return found;
}

static bool lost_consent(const struct world *world, int node, const struct task_row *row)
{
    return row->row.used && row->task.side == TASK_GIVER && !row->consent_gone &&
           (world->nodes[node].consent >> row->person & 1) == 0 &&
           (task_runs(row->task.state) || row->task.state == TASK_SENT);
}

static void prepare_consent(struct world *world, int node, struct work *work)
{
    if (lost_consent(world, node, &world->nodes[node].disk.tasks[work->task])) {
        struct task_row *row = change(world, node, work, work->task);
        row->consent_gone = true;
        giver_steps(world, node, work, row, TASK_STEP_WITHDRAW);
    }
}

bool task_looks_at_consent(struct world *world, int node)
{
    bool found = false;
    for (int i = 0; i < world->tasks_made; i++) {
        struct work *work = NULL;
        if (lost_consent(world, node, &world->nodes[node].disk.tasks[i])) {
            work = work_begin(world, node, prepare_consent, done_step);
        }
        if (work != NULL) {
            work->task = (uint8_t)i;
            work->id = world_id(world);
            work_ready(world, node, work);
            found = true;
        }
    }
    return found;
}

/* ---- messages ---- */

bool task_build(struct world *world, int node, const struct out_row *row, struct message *message)
{
    const struct disk *disk = &world->nodes[node].disk;
    const struct task_row *task = &disk->tasks[row->post.thread];
    if (row->post.kind == TASK_OPEN) {
        message->person = (int8_t)task->person;
    } else if (row->post.kind == TASK_EVENT) {
        message->event = disk->task_events[task_event_at(row->post.thread, row->post.number)].event;
    }
    return task->row.used;
}

/* Another's task is no task. */
static const struct task_row *known(struct world *world, int node, struct work *work, enum task_side side)
{
    const struct message *message = &work->message;
    work->task = message->thread;
    const struct task_row *row = message->thread < TASKS ? &world->nodes[node].disk.tasks[message->thread] : NULL;
    if (row == NULL || !row->row.used || row->peer != message->from || row->task.side != side) {
        work->answer.status = 404;
        return NULL;
    }
    if ((row->task.marks & TASK_BROKEN) != 0) {
        work->answer.status = 410;
        return NULL;
    }
    return row;
}

/* Some doers refuse some people: nobody here may say more of why than that it was refused. */
static bool is_refused(int node, const struct message *message)
{
    return (node + message->person + message->thread) % 7 == 6;
}

void task_take_opening(struct world *world, int node, struct work *work)
{
    const struct message *message = &work->message;
    struct sha256 opening = {{0}};
    struct thread_event event = {.step = TASK_STEP_RECEIVE, .side = THREAD_WRITER};
    work->task = message->thread;
    work->partner = message->from;
    if (message->thread >= TASKS || message->person < 0 || is_refused(node, message)) {
        work->answer.status = 422;
        return;
    }
    const struct disk *disk = &world->nodes[node].disk;
    if (disk->tasks[work->task].row.used && !faulty(world, BREAK_NOT_IDEMPOTENT)) {
        work->answer.status = disk->tasks[work->task].peer == message->from ? 200 : 409;
        work->answer.has_event = work->answer.status == 200;
        work->answer.event = disk->task_events[task_event_at(work->task, 1)].event;
        return;
    }
    struct task_row *row = change(world, node, work, work->task);
    const uint32_t version = row->row.version;
    const struct date today = world_today(world, node);
    *row = (struct task_row){.row = {version, true}, .peer = message->from, .person = (uint8_t)message->person};
    row->task.id = task_ident(work->task);
    row->task.side = TASK_DOER;
    row->task.state = TASK_SENT;
    row->task.partner = oin_at(message->from);
    row->task.remind_workdays = TASK_REMIND_WORKDAYS;
    row->task.due = workdays_term(&today, 7);
    row->task.reply_by = workdays_after(&today, TASK_REPLY_WORKDAYS);
    thread_begin(TASK_THREAD_LABEL, &row->task.id, &opening, &row->task.head.chain);
    if (order(world, node, work, row, &event)) {
        work->answer = (struct answer){.status = 200, .has_event = true, .event = event};
    }
}

static bool is_in_order(const struct disk *disk, const struct task_row *row, const struct ident *proposal)
{
    for (unsigned n = 1; n <= row->task.head.number; n++) {
        if (ident_equal(&disk->task_events[task_event_at((int)(row - disk->tasks), n)].event.proposal, proposal)) {
            return true;
        }
    }
    return false;
}

static bool is_givers(enum task_step step)
{
    return step == TASK_STEP_WITHDRAW || step == TASK_STEP_MESSAGE;
}

void task_take_proposal(struct world *world, int node, struct work *work)
{
    const struct message *message = &work->message;
    const struct task_row *has = known(world, node, work, TASK_DOER);
    if (has == NULL) {
        return;
    }
    work->answer.status = 200;
    if (!is_givers((enum task_step)message->step) || is_zero(&message->proposal)) {
        work->answer.status = 403;
        return;
    }
    if (!faulty(world, BREAK_NOT_IDEMPOTENT) && is_in_order(&world->nodes[node].disk, has, &message->proposal)) {
        return;
    }
    struct task_row *row = change(world, node, work, work->task);
    struct thread_event event = {.step = message->step, .side = THREAD_OTHER, .proposal = message->proposal};
    if (!order(world, node, work, row, &event)) {
        work->answer.status = 409;
        return;
    }
    post_event(world, node, work, &event);
}

/* At the giver: what the doer put in order, from its message or from an answer. */
static void take(struct world *world, int node, struct work *work, const struct task_row *has,
                 const struct thread_event *event)
{
    struct error err = {0};
    const struct disk *disk = &world->nodes[node].disk;
    const struct event_row *kept = NULL;
    if (event->number >= 1 && event->number < has->task.head.number) {
        kept = &disk->task_events[task_event_at(work->task, event->number)];
    }
    enum thread_verdict verdict =
        event->number > EVENTS
            ? THREAD_FORKED
            : thread_take(&has->task.head, kept != NULL ? &kept->event.chain : NULL, &has->task.id, event);
    if (verdict == THREAD_GAP && faulty(world, BREAK_TAKES_GAP) && has->task.state != TASK_SENT) {
        struct task_row *row = change(world, node, work, work->task);
        row->task.head.number = event->number - 1;
        has = row;
        verdict = THREAD_NEXT;
    }
    work->answer.status = 200;
    if (verdict == THREAD_GAP) {
        work->answer = (struct answer){.status = 425, .expected = (uint8_t)(has->task.head.number + 1)};
    } else if (verdict == THREAD_FORKED) {
        work->answer.status = 409;
    } else if (verdict == THREAD_NEXT) {
        struct task_row *row = change(world, node, work, work->task);
        if (task_apply(&row->task, event, &err) != RESULT_OK) {
            work->answer.status = 409;
            return;
        }
        if (!is_zero(&event->proposal) && row->task.proposed != 0) {
            row->task.proposed--;
        }
        write_event(world, node, work, work->task, event);
    }
}

void task_take_event(struct world *world, int node, struct work *work)
{
    const struct task_row *has = known(world, node, work, TASK_GIVER);
    if (has != NULL) {
        take(world, node, work, has, &work->message.event);
    }
}

void task_confirmed(struct world *world, int node, struct work *work, const struct out_row *row)
{
    work->task = row->post.thread;
    const struct task_row *has = &world->nodes[node].disk.tasks[work->task];
    if (!has->row.used) {
        return;
    }
    change(world, node, work, work->task)->delivered = true;
    if (work->message.number != 0) {
        take(world, node, work, has, &work->message.event);
    }
}

void task_stuck(struct world *world, int node, struct work *work, const struct out_row *row)
{
    work->task = row->post.thread;
    if (row->post.kind == TASK_OPEN && world->nodes[node].disk.tasks[work->task].row.used) {
        change(world, node, work, work->task)->task.marks |= TASK_UNDELIVERED;
    }
}

/* ---- what no honest node sends ---- */

bool task_forged(struct world *world, int from, int to, uint32_t draw)
{
    struct message message = {.from = (uint8_t)from, .to = (uint8_t)to, .person = -1};
    message.kind = draw % 2 == 0 ? TASK_PROPOSAL : TASK_EVENT;
    message.id = world_id(world);
    message.thread = (uint8_t)(draw / 2 % TASKS);
    message.step = (uint8_t)(draw / 64 % TASK_STEP_COUNT);
    message.proposal = world_id(world);
    message.event = (struct thread_event){.number = draw / 1024 % EVENTS, .step = message.step, .side = THREAD_WRITER};
    sha256_of(slice_of(message.id.bytes, IDENT_SIZE), &message.event.chain);
    if (message.kind == TASK_PROPOSAL && is_givers((enum task_step)message.step)) {
        message.step = TASK_STEP_COMPLETE; /* from the wrong side */
    }
    return deliver_send(world, from, to, 0, &message) != NULL;
}
