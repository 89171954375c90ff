/* What must hold when all are up, the network is whole and nothing moves any more. */
#include "base/workdays.h"
#include "check.h"
#include "faults.h"
#include "meet.h"
#include "signals.h"
#include "tasks.h"

static void task_is_one(struct world *world, int task)
{
    const struct ghost_task *ghost = &world->ghost_tasks[task];
    const struct task_row *giver = &world->nodes[ghost->giver].disk.tasks[task];
    const struct task_row *doer = &world->nodes[ghost->doer].disk.tasks[task];
    if (!giver->row.used || ((giver->task.marks | doer->task.marks) & TASK_BROKEN) != 0) {
        if (!giver->row.used && doer->row.used) {
            world_fail(world, "Q1", "task %d is at the doer alone", task);
        }
        return;
    }
    if (!doer->row.used) {
        if (giver->task.state == TASK_SENT && (giver->task.marks & TASK_UNDELIVERED) == 0) {
            world_fail(world, "Q1", "task %d was sent and did not arrive, and nobody is told", task);
        }
        return;
    }
    if (giver->task.state != doer->task.state || giver->task.head.number != doer->task.head.number ||
        memcmp(giver->task.head.chain.bytes, doer->task.head.chain.bytes, SHA256_SIZE) != 0) {
        world_fail(world, "Q1", "task %d: %s after %u events at the giver, %s after %u at the doer", task,
                   task_state_word(giver->task.state), giver->task.head.number, task_state_word(doer->task.state),
                   doer->task.head.number);
    }
    if (giver->task.proposed != 0) {
        world_fail(world, "Q1", "task %d: %d proposals of the giver are still under way", task, giver->task.proposed);
    }
}

/* Working days after today up to the deadline, counted by hand. */
static int days_left(const struct date *today, const struct date *due)
{
    int left = 0;
    for (int64_t day = date_days(today) + 1; day <= date_days(due); day++) {
        const struct date one = moment_date(day * DAY_MS);
        left += workdays_is_one(&one);
    }
    return left;
}

static void terms_were_told(struct world *world, int node, const struct task_row *row)
{
    const struct date today = world_today(world, node);
    if (!row->row.used || !task_runs(row->task.state)) {
        return;
    }
    const bool late = date_compare(&today, &row->task.due) > 0;
    const int left = late ? 0 : days_left(&today, &row->task.due);
    const bool came[NOTICES] = {false, left <= row->task.remind_workdays, left <= 1, late};
    for (int i = 1; i < NOTICES; i++) {
        if (came[i] && row->told[i] != 1) {
            world_fail(world, "I12", "node %d: the day of term %d came, and it was told %d times", node, 1 << i,
                       row->told[i]);
        }
    }
}

static void outbox_is_empty(struct world *world, int node)
{
    for (int i = 0; i < OUT_ROWS; i++) {
        const struct out_row *row = &world->nodes[node].disk.out[i];
        const struct delivery_line *line = &world->nodes[node].lines[row->partner];
        if (row->row.used && row->state == OUT_WAITS &&
            !delivery_line_is_stuck(line, &row->key, (enum delivery_lane)row->lane)) {
            world_fail(world, "Q2", "node %d: a message of kind %d to node %d still waits after %u tries", node,
                       row->post.kind, row->partner, row->tries);
        }
        if (row->row.used && row->state == OUT_STUCK && !row->told) {
            world_fail(world, "Q2", "node %d: nobody knows of a message that is stuck", node);
        }
    }
}

static const struct meeting_row *match_of(const struct disk *disk, int partner, const struct ident *id)
{
    for (int i = 0; i < MEETINGS; i++) {
        if (disk->meetings[i].row.used && disk->meetings[i].peer == partner && ident_equal(&disk->meetings[i].id, id)) {
            return &disk->meetings[i];
        }
    }
    return NULL;
}

static void match_is_one(struct world *world, int node, const struct meeting_row *row)
{
    const struct meeting_row *other = match_of(&world->nodes[row->peer].disk, node, &row->id);
    if (!meet_is_live(row)) {
        return;
    }
    if (other == NULL || !meet_is_live(other)) {
        world_fail(world, "I10", "node %d has a match with node %d, which does not", node, row->peer);
        return;
    }
    if (row->meeting.state != other->meeting.state || row->meeting.has_lead != other->meeting.has_lead ||
        (row->meeting.has_lead && row->meeting.lead != other->meeting.lead) ||
        memcmp(row->meeting.head.chain.bytes, other->meeting.head.chain.bytes, SHA256_SIZE) != 0) {
        world_fail(world, "Q1", "a match is %s at node %d and %s at node %d", meeting_state_word(row->meeting.state),
                   node, meeting_state_word(other->meeting.state), row->peer);
    }
    if (row->meeting.under_way) {
        world_fail(world, "Q1", "node %d: a step in a match is still under way", node);
    }
}

/* Under the spoors that both have now: live, or closed by somebody. */
static bool have_met(const struct world *world, int a, int b, int person)
{
    const struct disk *disk = &world->nodes[a].disk;
    if (meet_with(disk, b, person) >= 0) {
        return true;
    }
    const struct ident spoor = signal_spoor(world, a, person, b);
    for (int i = 0; i < MEETINGS; i++) {
        const struct meeting_row *row = &disk->meetings[i];
        if (row->row.used && !row->replaced && row->peer == b &&
            ident_equal(&row->meeting.halves[row->meeting.own].spoor, &spoor)) {
            return true;
        }
    }
    return false;
}

static void all_have_met(struct world *world, int a, int b)
{
    for (int person = 0; person < PEOPLE && signal_may_meet(world, a, b); person++) {
        if (signal_lives_at(world, a, person) && signal_lives_at(world, b, person) && !have_met(world, a, b, person) &&
            !have_met(world, b, a, person)) {
            world_fail(world, "Q3", "nodes %d and %d both have a signal about person %d, and did not meet", a, b,
                       person);
        }
    }
}

void check_rest(struct world *world)
{
    for (int i = 0; i < world->tasks_made; i++) {
        task_is_one(world, i);
    }
    for (int node = 0; node < world->nodes_count; node++) {
        outbox_is_empty(world, node);
        for (int i = 0; i < world->tasks_made; i++) {
            terms_were_told(world, node, &world->nodes[node].disk.tasks[i]);
        }
        for (int i = 0; i < MEETINGS; i++) {
            match_is_one(world, node, &world->nodes[node].disk.meetings[i]);
        }
        for (int other = 0; other < node; other++) {
            all_have_met(world, node, other);
        }
    }
}
