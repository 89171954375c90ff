#include "meet.h"

#include "check.h"
#include "faults.h"
#include "signals.h"

static struct meeting_row *change(struct world *world, int node, struct work *work, int index)
{
    return rows_change(world, node, &work->batch, TABLE_MEETING, index);
}

static void write_event(struct world *world, int node, struct work *work, int index, const struct thread_event *event)
{
    struct event_row *row =
        rows_change(world, node, &work->batch, TABLE_MEETING_EVENT, meet_event_at(index, event->number));
    row->row.used = true;
    row->event = *event;
}

static void post_event(struct world *world, int node, struct work *work, int index, uint32_t number)
{
    const struct meeting_row *row = change(world, node, work, index);
    deliver_post(
        world, node, &work->batch, row->peer, &row->id,
        &(struct post){.kind = MEETING_EVENT, .thread = (uint8_t)index, .number = (uint8_t)number, .match = row->id});
}

int meet_with(const struct disk *disk, int partner, int person)
{
    for (int i = 0; i < MEETINGS; i++) {
        if (meet_is_live(&disk->meetings[i]) && disk->meetings[i].peer == partner &&
            disk->meetings[i].person == person) {
            return i;
        }
    }
    return -1;
}

static int find(const struct disk *disk, int partner, const struct ident *id)
{
    for (int i = 0; i < MEETINGS; i++) {
        const struct meeting_row *row = &disk->meetings[i];
        if (row->row.used && row->peer == partner && ident_equal(&row->id, id)) {
            return i;
        }
    }
    return -1;
}

static bool is_over(const struct meeting_half *half)
{
    return !half->by_involvement && !half->live;
}

/* Two nodes may come upon each other twice at once, by a signal and by an involvement. Both must keep the same match: that of
 * two signals before one by involvement, that of a signal which came before what an answer tells, and none that is half over. */
static bool stands(const struct meeting_row *row, const struct meeting_half *own, const struct meeting_half *theirs,
                   bool told)
{
    const struct meeting_half *halves = row->meeting.halves;
    const bool by_signals = !halves[MEETING_LOW].by_involvement && !halves[MEETING_HIGH].by_involvement;
    const bool new_by_signals = !own->by_involvement && !theirs->by_involvement;
    if (row->their_end || is_over(&halves[MEETING_LOW]) || is_over(&halves[MEETING_HIGH])) {
        return false;
    }
    return by_signals != new_by_signals ? by_signals : told;
}

static struct meeting_row *fresh(struct world *world, int node, struct work *work, int partner, const struct ident *id)
{
    const int index = rows_free(&world->nodes[node].disk, &work->batch, TABLE_MEETING);
    if (index < 0) {
        return NULL;
    }
    struct meeting_row *row = change(world, node, work, index);
    struct thread_event first;
    const uint32_t version = row->row.version;
    const struct oin self = oin_at(node);
    *row = (struct meeting_row){.row = {version, true}, .id = *id, .peer = (uint8_t)partner};
    row->meeting.peer = oin_at(partner);
    row->meeting.own = meeting_side_of(&self, &row->meeting.peer);
    meeting_begin(&row->meeting, id, &first);
    write_event(world, node, work, index, &first);
    world->counts[HAPPENED_MET]++;
    return row;
}

/* It was over here as the partner did not know of it: now he does. What he has not heard he asks for. */
static struct meeting_row *revived(struct world *world, int node, struct work *work, int index)
{
    struct meeting_row *row = change(world, node, work, index);
    row->replaced = false;
    row->meeting.under_way = false;
    if (meeting_writes(&row->meeting) && row->meeting.head.number > 1) {
        post_event(world, node, work, index, row->meeting.head.number);
    }
    return row;
}

struct meeting_row *meet_make(struct world *world, int node, struct work *work, int partner, int person,
                              const struct meeting_half *own, const struct meeting_half *theirs, bool told)
{
    const struct disk *disk = &world->nodes[node].disk;
    const struct oin self = oin_at(node);
    const struct oin peer = oin_at(partner);
    struct ident id = meeting_id(&self, &own->spoor, &peer, &theirs->spoor);
    if (faulty(world, BREAK_MATCH_UNSORTED)) {
        id.bytes[0] = own->spoor.bytes[0];
    }
    const int index = find(disk, partner, &id);
    if (index >= 0 && meet_is_live(&disk->meetings[index])) {
        return change(world, node, work, index);
    }
    const int older = meet_with(disk, partner, person);
    if ((index >= 0 && disk->meetings[index].meeting.state == MEETING_CLOSED) ||
        (older >= 0 && stands(&disk->meetings[older], own, theirs, told))) {
        return NULL;
    }
    if (older >= 0) {
        change(world, node, work, older)->replaced = true;
    }
    if (index >= 0) {
        return revived(world, node, work, index);
    }
    struct meeting_row *row = fresh(world, node, work, partner, &id);
    if (row != NULL) {
        row->person = (uint8_t)person;
        row->meeting.halves[row->meeting.own] = *own;
        row->meeting.halves[meeting_other(row->meeting.own)] = *theirs;
    }
    return row;
}

/* A late answer about a match that was closed long ago may have put another one out of the way: what lives is tested anew, and
 * the partner tells of the other one if he has it. */
static void closed(struct world *world, int node, struct work *work, const struct meeting_row *row)
{
    const struct disk *disk = &world->nodes[node].disk;
    for (int i = 0; i < MEETINGS && row->meeting.state == MEETING_CLOSED; i++) {
        const struct meeting_row *other = &disk->meetings[i];
        if (other->row.used && other->replaced && other->peer == row->peer && other->person == row->person) {
            signal_starts_over(world, node, work, row->peer, row->person,
                               &other->meeting.halves[other->meeting.own].spoor);
            return;
        }
    }
}

/* ---- the writer ---- */

static bool order(struct world *world, int node, struct work *work, int index, struct thread_event *event)
{
    struct error err = {0};
    struct meeting_row *row = change(world, node, work, index);
    const enum meeting_side side = meeting_side_in(event->side);
    const struct date today = world_today(world, node);
    event->number = row->meeting.head.number + 1;
    event->moment_ms = world_clock(world, node) / 1000 * 1000;
    if (event->number > EVENTS) {
        return false;
    }
    event->lapsed = meeting_apply(&row->meeting, (enum meeting_step)event->step, side, NULL, &today, &err) != RESULT_OK;
    thread_chain(&row->meeting.head.chain, &row->id, event, &event->chain);
    row->meeting.head = (struct thread_head){.number = event->number, .chain = event->chain};
    world->counts[event->lapsed ? HAPPENED_LAPSED : HAPPENED_EVENT]++;
    write_event(world, node, work, index, event);
    post_event(world, node, work, index, event->number);
    closed(world, node, work, row);
    return true;
}

static void propose(struct world *world, int node, struct work *work, int index, enum meeting_step step)
{
    struct meeting_row *row = change(world, node, work, index);
    deliver_post(world, node, &work->batch, row->peer, &row->id,
                 &(struct post){.kind = MEETING_PROPOSAL,
                                .thread = (uint8_t)index,
                                .step = (uint8_t)step,
                                .proposal = work->id,
                                .match = row->id});
}

void meet_ends(struct world *world, int node, struct work *work, int index, enum meeting_side side)
{
    struct error err = {0};
    struct meeting_row *row = change(world, node, work, index);
    const bool own = side == row->meeting.own;
    row->their_end = row->their_end || !own;
    if (own || !faulty(world, BREAK_CONTACT_STAYS)) {
        meeting_forget(&row->meeting, side);
    }
    if (row->replaced || meeting_may(&row->meeting, MEETING_SIGNAL_END, side, &err) != RESULT_OK) {
        return;
    }
    if (meeting_writes(&row->meeting)) {
        struct thread_event event = {.step = MEETING_SIGNAL_END, .side = meeting_thread_side(side)};
        (void)order(world, node, work, index, &event);
    } else {
        /* The writer puts it into the chain when it knows of the match. The answer that told it may be lost: it is asked. */
        propose(world, node, work, index, MEETING_SIGNAL_END);
    }
}

/* ---- users and days ---- */

static void prepare_step(struct world *world, int node, struct work *work)
{
    struct error err = {0};
    const struct meeting_row *has = &world->nodes[node].disk.meetings[work->index];
    const enum meeting_step step = (enum meeting_step)work->step;
    work->fails = !meet_is_live(has) || !meeting_step_of_user(step) || has->steps == MEETING_STEPS_MAX ||
                  has->meeting.under_way || meeting_may(&has->meeting, step, has->meeting.own, &err) != RESULT_OK;
    if (work->fails) {
        world->counts[HAPPENED_REFUSED]++;
        return;
    }
    struct meeting_row *row = change(world, node, work, work->index);
    row->steps++;
    if (meeting_writes(&row->meeting)) {
        struct thread_event event = {.step = (uint8_t)step, .side = meeting_thread_side(row->meeting.own)};
        (void)order(world, node, work, work->index, &event);
    } else {
        row->meeting.under_way = true;
        row->meeting.proposed = step;
        row->meeting.proposal = work->id;
        propose(world, node, work, work->index, step);
    }
}

static void done_step(struct world *world, int node, struct work *work)
{
    deliver_wake(world, node, work);
}

bool meet_user_steps(struct world *world, int node, uint32_t pick, enum meeting_step step)
{
    const struct disk *disk = &world->nodes[node].disk;
    for (uint32_t n = 0; n < MEETINGS; n++) {
        const uint32_t i = (pick + n) % MEETINGS;
        if (disk->meetings[i].row.used) {
            struct work *work = work_begin(world, node, prepare_step, done_step);
            if (work != NULL) {
                work->index = (uint8_t)i;
                work->step = (uint8_t)step;
                work->id = world_id(world);
                work_ready(world, node, work);
            }
            return work != NULL;
        }
    }
    return false;
}

static bool is_past(const struct meeting_row *row, enum meeting_side side, const struct date *today)
{
    const struct meeting_half *half = &row->meeting.halves[side];
    return meet_is_live(row) && half->live && date_is_set(&half->until) && date_compare(today, &half->until) > 0 &&
           (meeting_writes(&row->meeting) || half->contact.name[0] != '\0');
}

static void prepare_days(struct world *world, int node, struct work *work)
{
    const struct date today = world_today(world, node);
    for (int side = 0; side < MEETING_SIDES; side++) {
        if (!is_past(&world->nodes[node].disk.meetings[work->index], (enum meeting_side)side, &today)) {
            continue;
        }
        struct meeting_row *row = change(world, node, work, work->index);
        if (meeting_writes(&row->meeting)) {
            meet_ends(world, node, work, work->index, (enum meeting_side)side);
        } else {
            meeting_forget(&row->meeting, (enum meeting_side)side);
        }
    }
}

bool meet_looks_at_days(struct world *world, int node)
{
    const struct date today = world_today(world, node);
    bool found = false;
    for (int i = 0; i < MEETINGS; i++) {
        const struct meeting_row *row = &world->nodes[node].disk.meetings[i];
        if (!is_past(row, MEETING_LOW, &today) && !is_past(row, MEETING_HIGH, &today)) {
            continue;
        }
        struct work *work = work_begin(world, node, prepare_days, done_step);
        if (work != NULL) {
            work->index = (uint8_t)i;
            work->id = world_id(world);
            work_ready(world, node, work);
            found = true;
        }
    }
    return found;
}

/* ---- messages ---- */

bool meet_build(struct world *world, int node, const struct out_row *row, struct message *message)
{
    const struct disk *disk = &world->nodes[node].disk;
    if (row->post.kind == MEETING_EVENT) {
        message->event = disk->meeting_events[meet_event_at(row->post.thread, row->post.number)].event;
    }
    return row->post.kind == SIGNAL_END || disk->meetings[row->post.thread].row.used;
}

/* What waits about a match that the partner does not know, or not any more, goes; and the match is over here. */
void meet_gone(struct world *world, int node, struct work *work, const struct out_row *row)
{
    const struct disk *disk = &world->nodes[node].disk;
    for (int i = 0; i < OUT_ROWS; i++) {
        const struct out_row *other = &disk->out[i];
        if (other->row.used && other->partner == row->partner && ident_equal(&other->post.match, &row->post.match)) {
            ((struct out_row *)rows_change(world, node, &work->batch, TABLE_OUT, i))->row.used = false;
        }
    }
    if (disk->meetings[row->post.thread].row.used) {
        struct meeting_row *match = change(world, node, work, row->post.thread);
        match->replaced = true;
        signal_starts_over(world, node, work, match->peer, match->person,
                           &match->meeting.halves[match->meeting.own].spoor);
    }
}

/* -1, and the answer is there: too early while an answer that tells of the match may still come, else gone for good. */
static int known(struct world *world, int node, struct work *work)
{
    const struct disk *disk = &world->nodes[node].disk;
    const int index = find(disk, work->message.from, &work->message.match);
    if (index >= 0 && !disk->meetings[index].replaced) {
        return index;
    }
    work->answer.status = index < 0 && signal_is_hit(disk, work->message.from) ? 425 : 410;
    return -1;
}

static bool is_in_order(const struct disk *disk, int index, const struct ident *proposal)
{
    for (unsigned n = 1; n <= disk->meetings[index].meeting.head.number; n++) {
        if (ident_equal(&disk->meeting_events[meet_event_at(index, n)].event.proposal, proposal)) {
            return true;
        }
    }
    return false;
}

void meet_take_proposal(struct world *world, int node, struct work *work)
{
    const struct disk *disk = &world->nodes[node].disk;
    const int index = known(world, node, work);
    if (index < 0) {
        return;
    }
    work->answer.status = 200;
    if (!meeting_writes(&disk->meetings[index].meeting)) {
        work->answer.status = 403;
    } else if (work->message.step != MEETING_SIGNAL_END &&
               (faulty(world, BREAK_NOT_IDEMPOTENT) || !is_in_order(disk, index, &work->message.proposal))) {
        struct thread_event event = {
            .step = work->message.step, .side = THREAD_OTHER, .proposal = work->message.proposal};
        work->answer.status = order(world, node, work, index, &event) ? 200 : 409;
    }
}

void meet_take_event(struct world *world, int node, struct work *work)
{
    struct error err = {0};
    const struct disk *disk = &world->nodes[node].disk;
    const struct thread_event *event = &work->message.event;
    const int index = known(world, node, work);
    if (index < 0) {
        return;
    }
    const struct meeting *has = &disk->meetings[index].meeting;
    const struct event_row *kept = event->number >= 1 && event->number < has->head.number
                                       ? &disk->meeting_events[meet_event_at(index, event->number)]
                                       : NULL;
    if (meeting_writes(has) || event->number > EVENTS) {
        work->answer.status = 403;
        return;
    }
    work->answer.status = 200;
    switch (thread_take(&has->head, kept != NULL ? &kept->event.chain : NULL, &disk->meetings[index].id, event)) {
    case THREAD_GAP:
        work->answer = (struct answer){.status = 425, .expected = (uint8_t)(has->head.number + 1)};
        return;
    case THREAD_FORKED:
        work->answer.status = 409;
        return;
    case THREAD_AGAIN:
        return;
    case THREAD_NEXT:
        break;
    }
    struct meeting_row *row = change(world, node, work, index);
    const struct date today = world_today(world, node);
    if (!event->lapsed && meeting_apply(&row->meeting, (enum meeting_step)event->step, meeting_side_in(event->side),
                                        NULL, &today, &err) != RESULT_OK) {
        world_fail(world, "I3", "an event of a match that was put in order is not taken: %s", err.what);
        return;
    }
    row->meeting.head = (struct thread_head){.number = event->number, .chain = event->chain};
    if (ident_equal(&row->meeting.proposal, &event->proposal)) {
        row->meeting.under_way = false;
    }
    write_event(world, node, work, index, event);
    closed(world, node, work, row);
}
