#include "check.h"

#include "faults.h"
#include "meet.h"
#include "signals.h"
#include "tasks.h"

/* ---- the outbox ---- */

static struct ghost *ghost_of(struct world *world, const struct ident *id)
{
    for (int i = world->ghosts_count; i > 0; i--) {
        if (ident_equal(&world->ghosts[i - 1].id, id)) {
            return &world->ghosts[i - 1];
        }
    }
    return NULL;
}

static void out_entered(struct world *world, int node, const struct out_row *row)
{
    if (world->ghosts_count == GHOSTS) {
        world_fail(world, "model", "more messages than the checker remembers");
        return;
    }
    world->ghosts[world->ghosts_count++] = (struct ghost){.node = (uint8_t)node, .state = GHOST_WAITS, .id = row->id};
    world->ghosts_wait[node]++;
}

static bool is_earlier(const struct out_row *other, const struct out_row *row)
{
    return other->row.used && other->partner == row->partner && other->lane == row->lane &&
           ident_equal(&other->key, &row->key) && other->place < row->place;
}

/* What is reckoned by what a message is of, so that a fault in its key shows. */
static bool is_same_thread(const struct out_row *other, const struct out_row *row)
{
    return other->row.used && other->partner == row->partner && other->place < row->place &&
           other->post.kind <= TASK_EVENT && row->post.kind <= TASK_EVENT && other->post.thread == row->post.thread;
}

static void in_order(struct world *world, int node, const struct out_row *row, const char *what)
{
    for (int i = 0; i < OUT_ROWS; i++) {
        const struct out_row *other = &world->nodes[node].disk.out[i];
        if (is_earlier(other, row) || is_same_thread(other, row)) {
            world_fail(world, "I6", "node %d: message %llu %s before %llu of the same thread", node,
                       (unsigned long long)row->place, what, (unsigned long long)other->place);
        }
    }
}

static bool was_taken(const struct disk *disk, int from, const struct ident *id)
{
    for (int i = 0; i < IN_ROWS && disk->in[i].row.used; i++) {
        if (disk->in[i].from == from && ident_equal(&disk->in[i].id, id)) {
            return true;
        }
    }
    return false;
}

static void out_left(struct world *world, int node, const struct work *work, const struct out_row *row)
{
    struct ghost *ghost = ghost_of(world, &row->id);
    if (ghost == NULL || ghost->state != GHOST_WAITS) {
        world_fail(world, "I5", "node %d: a message leaves the outbox twice", node);
        return;
    }
    ghost->state = work->gone;
    world->ghosts_wait[node]--;
    if (work->gone == GHOST_CONFIRMED) {
        in_order(world, node, row, "confirmed");
        if (!was_taken(&world->nodes[row->partner].disk, node, &row->id)) {
            world_fail(world, "I7", "node %d: confirmed, and node %d has nothing of it on disk", node, row->partner);
        }
    } else if (work->gone == GHOST_CANCELLED) {
        world->counts[HAPPENED_CANCELLED]++;
        if (ghost->left && row->state != OUT_STUCK) {
            world_fail(world, "I5", "node %d: taken back as never sent, and it was", node);
        }
    } else if (row->post.kind != MEETING_PROPOSAL && row->post.kind != MEETING_EVENT) {
        world_fail(world, "I5", "node %d: a message of kind %d goes without confirmation", node, row->post.kind);
    }
}

void check_sending(struct world *world, int node, const struct out_row *row, const struct message *message)
{
    const struct delivery_line *line = &world->nodes[node].lines[row->partner];
    struct ghost *ghost = ghost_of(world, &row->id);
    if (ghost == NULL || ghost->state != GHOST_WAITS) {
        world_fail(world, "I5", "node %d: sent, and it is not in the outbox", node);
        return;
    }
    ghost->left = true;
    in_order(world, node, row, "sent");
    if (line->under_way > OUTBOX_PER_PARTNER || line->count > OUTBOX_WINDOW) {
        world_fail(world, "I13", "node %d: %zu under way, %zu in the window", node, line->under_way, line->count);
    }
    const bool names = message->person >= 0;
    if (names && (message->kind != TASK_OPEN || world->nodes[node].disk.tasks[message->thread].peer != message->to)) {
        world_fail(world, "I14", "node %d: a message of kind %d to node %d names somebody", node, message->kind,
                   message->to);
    }
}

/* ---- tasks ---- */

static void task_replaced(struct world *world, int node, const struct task_row *before, const struct task_row *after)
{
    if (!before->row.used) {
        return;
    }
    if (task_ended(before->task.state) && after->task.state != before->task.state) {
        world_fail(world, "I3", "node %d: a task that was %s is %s", node, task_state_word(before->task.state),
                   task_state_word(after->task.state));
    }
    if (after->task.head.number < before->task.head.number || after->task.head.number > EVENTS) {
        world_fail(world, "I2", "node %d: %u events were %u", node, after->task.head.number, before->task.head.number);
    }
    for (int i = 0; i < NOTICES; i++) {
        if (after->told[i] > 1) {
            world_fail(world, "I12", "node %d: told %d times of term %d", node, after->told[i], 1 << i);
        }
    }
}

static void event_written(struct world *world, int node, int index, const struct event_row *before,
                          const struct event_row *after)
{
    struct ghost_task *ghost = &world->ghost_tasks[index / EVENTS];
    const unsigned number = (unsigned)(index % EVENTS) + 1;
    const struct disk *disk = &world->nodes[node].disk;
    if (before->row.used || after->event.number != number) {
        world_fail(world, "I2", "node %d: event %u of task %d is written again", node, number, index / EVENTS);
        return;
    }
    if (number > 1 && !disk->task_events[index - 1].row.used) {
        world_fail(world, "I2", "node %d: event %u of task %d without the one before it", node, number, index / EVENTS);
        return;
    }
    if (node == ghost->doer) {
        if (number != (unsigned)ghost->made + 1) {
            world_fail(world, "I2", "node %d: event %u of task %d after %d", node, number, index / EVENTS, ghost->made);
        }
        ghost->made = (uint8_t)number;
        ghost->chains[number] = after->event.chain;
    } else if (number > ghost->made ||
               memcmp(ghost->chains[number].bytes, after->event.chain.bytes, SHA256_SIZE) != 0) {
        world_fail(world, "I1", "node %d: event %u of task %d is not the doer's", node, number, index / EVENTS);
    }
    const struct ident none = {{0}};
    for (unsigned n = 1; n < number && !ident_equal(&after->event.proposal, &none); n++) {
        if (ident_equal(&disk->task_events[index - (int)(number - n)].event.proposal, &after->event.proposal)) {
            world_fail(world, "I4", "node %d: events %u and %u of task %d are of one proposal", node, n, number,
                       index / EVENTS);
        }
    }
}

static void folded(struct world *world, int node, int task)
{
    const struct task_row *row = &world->nodes[node].disk.tasks[task];
    enum task_state state = TASK_SENT;
    if (row->task.head.number == 0) {
        return; /* what the giver does alone */
    }
    for (unsigned n = 1; n <= row->task.head.number; n++) {
        const struct event_row *event = &world->nodes[node].disk.task_events[task_event_at(task, n)];
        if (!event->row.used) {
            world_fail(world, "I2", "node %d: event %u of task %d is missing", node, n, task);
            return;
        }
        if (!event->event.lapsed) {
            state = task_to(state, (enum task_step)event->event.step);
        }
    }
    if (state != row->task.state) {
        world_fail(world, "I3", "node %d: task %d is %s, its events say %s", node, task,
                   task_state_word(row->task.state), task_state_word(state));
    }
}

/* ---- signals and matches ---- */

static bool has_ended_here(const struct world *world, int node, const struct ident *spoor)
{
    for (int i = 0; i < world->ends_count; i++) {
        if (world->ends[i].node == node && ident_equal(&world->ends[i].spoor, spoor)) {
            return true;
        }
    }
    return false;
}

void check_signal_sending(struct world *world, int node, const struct signal_row *row, int partner)
{
    if (row->signal.state != SIGNAL_RUNS) {
        world_fail(world, "I9", "node %d: a signal leaves for node %d after its end", node, partner);
    }
    if (!signal_may_meet(world, node, partner)) {
        world_fail(world, "I8", "node %d: a signal leaves for node %d, which no rule allows", node, partner);
    }
}

/* Not by its day: midnight may pass between reading and commit. */
static bool has_signal(const struct disk *disk, int person)
{
    for (int i = 0; i < SIGNALS; i++) {
        const struct signal_row *row = &disk->signals[i];
        if (row->row.used && row->person == person && row->signal.state == SIGNAL_RUNS) {
            return true;
        }
    }
    return false;
}

static void meeting_made(struct world *world, int node, const struct work *work, const struct meeting_row *row)
{
    const struct disk *disk = &world->nodes[node].disk;
    const bool involved = (disk->involved >> row->person & 1) != 0;
    if (work->incoming && !has_signal(disk, row->person) && !involved) {
        world_fail(world, "I8", "node %d: met about somebody whom it has nothing to do with", node);
    }
    const struct meeting_half *theirs = &row->meeting.halves[meeting_other(row->meeting.own)];
    if (has_ended_here(world, node, &theirs->spoor) && theirs->live) {
        world_fail(world, "I9", "node %d: met by a signal whose end it knows", node);
    }
}

static void meeting_replaced(struct world *world, int node, const struct work *work, const struct meeting_row *before,
                             const struct meeting_row *after)
{
    if (!before->row.used) {
        meeting_made(world, node, work, after);
    } else if (before->meeting.state == MEETING_CLOSED && after->meeting.state != MEETING_CLOSED) {
        world_fail(world, "I3", "node %d: a match that was closed is %s", node,
                   meeting_state_word(after->meeting.state));
    }
    const struct meeting_half *theirs = &after->meeting.halves[meeting_other(after->meeting.own)];
    if (has_ended_here(world, node, &theirs->spoor) && theirs->contact.name[0] != '\0') {
        world_fail(world, "I9", "node %d: contact data of a signal whose end it knows", node);
    }
    if (meeting_view(&after->meeting, false) == VIEW_ALL ||
        (meeting_view(&after->meeting, false) == VIEW_CALLER && !after->meeting.has_lead)) {
        world_fail(world, "I11", "node %d: a signaleerder sees the match", node);
    }
}

static void one_live(struct world *world, int node, int index)
{
    const struct disk *disk = &world->nodes[node].disk;
    const struct meeting_row *row = &disk->meetings[index];
    for (int i = 0; i < MEETINGS && meet_is_live(row); i++) {
        const struct meeting_row *other = &disk->meetings[i];
        if (i != index && meet_is_live(other) && other->peer == row->peer && other->person == row->person) {
            world_fail(world, "I10", "node %d: two matches with node %d about one person", node, row->peer);
        }
    }
}

static void meeting_event_written(struct world *world, int node, int index, const struct event_row *before)
{
    if (before->row.used || (index % EVENTS > 0 && !world->nodes[node].disk.meeting_events[index - 1].row.used)) {
        world_fail(world, "I2", "node %d: event %d of a match is written out of order", node, index % EVENTS + 1);
    }
}

static void end_taken(struct world *world, int node, const struct work *work)
{
    if (world->ends_count == ENDS) {
        world_fail(world, "model", "more ends than the checker remembers");
        return;
    }
    world->ends[world->ends_count++] = (struct ghost_end){(uint8_t)node, work->message.spoor};
    for (int i = 0; i < MEETINGS; i++) {
        const struct meeting_row *row = &world->nodes[node].disk.meetings[i];
        const struct meeting_half *theirs = &row->meeting.halves[meeting_other(row->meeting.own)];
        if (row->row.used && row->peer == work->message.from && ident_equal(&theirs->spoor, &work->message.spoor) &&
            theirs->contact.name[0] != '\0') {
            world_fail(world, "I9", "node %d: contact data stays after the end of the signal", node);
        }
    }
}

/* ---- all ---- */

void check_write(struct world *world, int node, const struct work *work, enum table table, int index,
                 const void *before, const void *after)
{
    const bool was = ((const struct row *)before)->used;
    const bool is = ((const struct row *)after)->used;
    switch (table) {
    case TABLE_OUT:
        if (!was && is) {
            out_entered(world, node, after);
        } else if (was && !is) {
            out_left(world, node, work, before);
        }
        return;
    case TABLE_TASK:
        task_replaced(world, node, before, after);
        return;
    case TABLE_TASK_EVENT:
        event_written(world, node, index, before, after);
        return;
    case TABLE_MEETING:
        meeting_replaced(world, node, work, before, after);
        return;
    case TABLE_MEETING_EVENT:
        meeting_event_written(world, node, index, before);
        return;
    default:
        return;
    }
}

void check_written(struct world *world, int node, const struct work *work)
{
    for (int i = 0; i < work->batch.count; i++) {
        const struct write *write = &work->batch.writes[i];
        if (write->table == TABLE_TASK) {
            folded(world, node, write->index);
        } else if (write->table == TABLE_MEETING) {
            one_live(world, node, write->index);
        } else if (write->table == TABLE_IN && work->message.kind == SIGNAL_END) {
            end_taken(world, node, work);
        }
    }
}

void check_after(struct world *world)
{
    const int node = (int)(world->step % world->nodes_count);
    int waits = 0;
    for (int i = 0; i < OUT_ROWS; i++) {
        waits += world->nodes[node].disk.out[i].row.used;
    }
    if (waits != world->ghosts_wait[node]) {
        world_fail(world, "I5", "node %d: %d messages wait, %d were put and not confirmed", node, waits,
                   world->ghosts_wait[node]);
    }
}
