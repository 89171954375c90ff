#include "deliver.h"

#include "check.h"
#include "faults.h"
#include "meet.h"
#include "receive.h"
#include "signals.h"
#include "tasks.h"

const struct kind KINDS[MESSAGE_KINDS] = {
    [TASK_OPEN] = {DELIVERY_USUAL, task_build, task_confirmed, task_stuck, NULL, task_take_opening},
    [TASK_PROPOSAL] = {DELIVERY_USUAL, task_build, NULL, NULL, NULL, task_take_proposal},
    [TASK_EVENT] = {DELIVERY_USUAL, task_build, NULL, NULL, NULL, task_take_event},
    [MEETING_PROPOSAL] = {DELIVERY_USUAL, meet_build, NULL, NULL, meet_gone, meet_take_proposal},
    [MEETING_EVENT] = {DELIVERY_USUAL, meet_build, NULL, NULL, meet_gone, meet_take_event},
    [SIGNAL_END] = {DELIVERY_URGENT, meet_build, NULL, NULL, NULL, signal_take_end},
    [SIGNAL] = {DELIVERY_USUAL, NULL, NULL, NULL, NULL, signal_take},
};

static struct delivery_entry entry_of(const struct out_row *row)
{
    return (struct delivery_entry){.id = row->id, .key = row->key, .place = row->place, .lane = row->lane};
}

/* Reads a partner's rows; those that find no room are read again when there is some. */
static void fill(struct world *world, int node, int partner)
{
    struct node *at = &world->nodes[node];
    at->more[partner] = false;
    for (int pass = 0; pass < 2; pass++) { /* stuck keys first: they keep others out */
        for (int i = 0; i < OUT_ROWS; i++) {
            const struct out_row *row = &at->disk.out[i];
            if (!row->row.used || row->partner != partner || (row->state == OUT_STUCK) != (pass == 0)) {
                continue;
            }
            const struct delivery_entry entry = entry_of(row);
            if (pass == 0) {
                (void)delivery_line_stick(&at->lines[partner], &row->key, (enum delivery_lane)row->lane);
            } else {
                at->more[partner] = !delivery_line_add(&at->lines[partner], &entry) || at->more[partner];
            }
        }
    }
}

void deliver_start(struct world *world, int node)
{
    struct node *at = &world->nodes[node];
    memset(at->tries, 0, sizeof at->tries);
    at->work_count = 0;
    at->up = true;
    at->life++;
    for (int i = 0; i < world->nodes_count; i++) {
        delivery_line_init(&at->lines[i]);
        fill(world, node, i);
    }
}

void deliver_post(struct world *world, int node, struct batch *batch, int partner, const struct ident *key,
                  const struct post *post)
{
    const int index = rows_free(&world->nodes[node].disk, batch, TABLE_OUT);
    if (index < 0) {
        world_fail(world, "model", "the outbox of node %d is full", node);
        return;
    }
    struct out_row *row = rows_change(world, node, batch, TABLE_OUT, index);
    const uint32_t version = row->row.version;
    *row = (struct out_row){.row = {version, true}, .post = *post, .id = world_id(world), .key = *key};
    row->partner = (uint8_t)partner;
    row->lane = (uint8_t)KINDS[post->kind].lane;
    if (faulty(world, BREAK_KEY_ORDER)) {
        row->key = row->id;
    }
}

void deliver_wake(struct world *world, int node, const struct work *work)
{
    struct node *at = &world->nodes[node];
    for (int i = 0; i < work->batch.count; i++) {
        const struct write *write = &work->batch.writes[i];
        const struct out_row *row = write->table == TABLE_OUT ? &at->disk.out[write->index] : NULL;
        if (row != NULL && row->row.used && row->state == OUT_WAITS) {
            const struct delivery_entry entry = entry_of(row);
            at->more[row->partner] = !delivery_line_add(&at->lines[row->partner], &entry) || at->more[row->partner];
        }
    }
}

static void forget(struct world *world, int node, const struct work *work)
{
    for (int i = 0; i < work->batch.count; i++) {
        const struct write *write = &work->batch.writes[i];
        const struct out_row *gone = (const void *)(work->batch.bytes + write->at);
        if (write->table == TABLE_OUT && !gone->row.used) {
            delivery_line_forget(&world->nodes[node].lines[gone->partner], &gone->id);
            delivery_line_unstick(&world->nodes[node].lines[gone->partner], &gone->key, (enum delivery_lane)gone->lane);
        }
    }
}

bool deliver_cancel(struct world *world, int node, struct work *work, const struct ident *key)
{
    const struct disk *disk = &world->nodes[node].disk;
    bool tried = false;
    bool all_stuck = true;
    for (int i = 0; i < OUT_ROWS; i++) {
        const struct out_row *row = &disk->out[i];
        if (row->row.used && ident_equal(&row->key, key)) {
            tried = tried || row->tries != 0;
            all_stuck = all_stuck && row->state == OUT_STUCK;
        }
    }
    if (tried && !all_stuck) {
        return false;
    }
    for (int i = 0; i < OUT_ROWS; i++) {
        if (disk->out[i].row.used && ident_equal(&disk->out[i].key, key)) {
            ((struct out_row *)rows_change(world, node, &work->batch, TABLE_OUT, i))->row.used = false;
        }
    }
    work->gone = GHOST_CANCELLED;
    return true;
}

/* ---- sending ---- */

int deliver_try(struct world *world, int node, int partner, int out, int signal, const struct ident *id)
{
    struct node *at = &world->nodes[node];
    for (int i = 0; i < TRIES; i++) {
        if (!at->tries[i].used) {
            at->tries[i] = (struct try){true, (uint8_t)partner, (int16_t)out, (uint8_t)signal, ++at->tokens, *id};
            return i;
        }
    }
    return -1;
}

struct packet *deliver_send(struct world *world, int from, int to, uint32_t token, const struct message *message)
{
    for (int i = 0; i < PACKETS; i++) {
        struct packet *packet = &world->packets[i];
        if (!packet->used) {
            *packet = (struct packet){.used = true, .from = (uint8_t)from, .to = (uint8_t)to, .token = token};
            packet->life = world->nodes[from].life;
            packet->message = *message;
            return packet;
        }
    }
    return NULL; /* lost */
}

/* That it was tried, before it leaves. */
static void prepare_sent(struct world *world, int node, struct work *work)
{
    const struct out_row *row = &world->nodes[node].disk.out[work->out];
    work->fails = !row->row.used || !ident_equal(&row->id, &work->id) || row->state != OUT_WAITS;
    if (!work->fails && !faulty(world, BREAK_TRIES_LATE)) {
        ((struct out_row *)rows_change(world, node, &work->batch, TABLE_OUT, work->out))->tries++;
    }
}

static void done_sent(struct world *world, int node, struct work *work)
{
    struct node *at = &world->nodes[node];
    const struct out_row *row = &at->disk.out[work->out];
    struct message message = {.kind = row->post.kind, .from = (uint8_t)node, .to = work->partner, .person = -1};
    message.id = work->id;
    message.thread = row->post.thread;
    message.number = row->post.number;
    message.step = row->post.step;
    message.proposal = row->post.proposal;
    message.match = row->post.match;
    message.spoor = row->post.spoor;
    if (work->fails || !row->row.used || !KINDS[row->post.kind].build(world, node, row, &message)) {
        delivery_line_forget(&at->lines[work->partner], &work->id);
        return;
    }
    const int try = deliver_try(world, node, work->partner, work->out, 0, &work->id);
    if (try < 0) {
        delivery_line_settled(&at->lines[work->partner], &work->id, DELIVERY_ALL, world->now_ms, work->draw);
        return;
    }
    check_sending(world, node, row, &message);
    (void)deliver_send(world, node, work->partner, at->tries[try].token, &message);
}

static int row_of(const struct disk *disk, const struct ident *id)
{
    for (int i = 0; i < OUT_ROWS; i++) {
        if (disk->out[i].row.used && ident_equal(&disk->out[i].id, id)) {
            return i;
        }
    }
    return -1;
}

bool deliver_next(struct world *world, int node, int partner)
{
    struct node *at = &world->nodes[node];
    struct delivery_line *line = &at->lines[partner];
    if (!at->up || !holds_covenant(world, node, partner) || at->work_count == WORKS) {
        return false;
    }
    const struct delivery_entry *entry = delivery_line_next(line, world->now_ms);
    if (entry == NULL && at->more[partner]) {
        fill(world, node, partner);
        entry = delivery_line_next(line, world->now_ms);
    }
    if (entry == NULL) {
        return false;
    }
    const struct ident id = entry->id;
    const int index = row_of(&at->disk, &id);
    if (index < 0) {
        delivery_line_forget(line, &id);
        return true;
    }
    struct work *work = work_begin(world, node, prepare_sent, done_sent);
    delivery_line_started(line, &id);
    work->out = (int16_t)index;
    work->id = id;
    work->partner = (uint8_t)partner;
    work->draw = world_draw(world, UINT32_MAX);
    work_ready(world, node, work);
    return true;
}

/* ---- answers ---- */

static bool is_of(const struct world *world, int node, const struct work *work)
{
    const struct out_row *row = &world->nodes[node].disk.out[work->out];
    return row->row.used && ident_equal(&row->id, &work->id);
}

static void prepare_settled(struct world *world, int node, struct work *work)
{
    if (!is_of(world, node, work)) {
        return;
    }
    struct out_row *row = rows_change(world, node, &work->batch, TABLE_OUT, work->out);
    const struct out_row was = *row;
    const struct kind *kind = &KINDS[was.post.kind];
    if (work->step == DELIVERY_DONE) {
        row->row.used = false;
        work->gone = GHOST_CONFIRMED;
        if (kind->confirmed != NULL) {
            kind->confirmed(world, node, work, &was);
        }
    } else {
        row->state = OUT_STUCK;
        row->told = true;
        if (kind->stuck != NULL) {
            kind->stuck(world, node, work, &was);
        }
    }
}

static void done_settled(struct world *world, int node, struct work *work)
{
    struct delivery_line *line = &world->nodes[node].lines[work->partner];
    world->counts[work->step == DELIVERY_DONE ? HAPPENED_CONFIRMED : HAPPENED_STUCK]++;
    delivery_line_settled(line, &work->id, (enum delivery_verdict)work->step, world->now_ms, work->draw);
    deliver_wake(world, node, work);
}

/* The partner does not know the thread any more: what waits of it goes. */
static void prepare_gone(struct world *world, int node, struct work *work)
{
    if (is_of(world, node, work)) {
        const struct out_row was = world->nodes[node].disk.out[work->out];
        work->gone = GHOST_SETTLED;
        KINDS[was.post.kind].gone(world, node, work, &was);
    }
}

static void done_gone(struct world *world, int node, struct work *work)
{
    delivery_line_settled(&world->nodes[node].lines[work->partner], &work->id, DELIVERY_DONE, world->now_ms,
                          work->draw);
    forget(world, node, work);
}

/* The partner expects an earlier event: those from there up to this one come before what waits behind it. */
static void prepare_gap(struct world *world, int node, struct work *work)
{
    if (!is_of(world, node, work)) {
        return;
    }
    const struct disk *disk = &world->nodes[node].disk;
    const struct out_row *row = &disk->out[work->out];
    for (uint8_t n = work->index; n != 0 && n < row->post.number; n++) {
        bool waits = false;
        for (int i = 0; i < OUT_ROWS && !waits; i++) {
            const struct out_row *other = &disk->out[i];
            waits = other->row.used && other->partner == row->partner && ident_equal(&other->key, &row->key) &&
                    other->post.kind == row->post.kind && other->post.number == n;
        }
        if (!waits) {
            struct post post = row->post;
            post.number = n;
            deliver_post(world, node, &work->batch, row->partner, &row->key, &post);
            struct write *last = &work->batch.writes[work->batch.count - 1];
            ((struct out_row *)(void *)(work->batch.bytes + last->at))->place = row->place - row->post.number + n;
        }
    }
}

static void done_gap(struct world *world, int node, struct work *work)
{
    struct delivery_line *line = &world->nodes[node].lines[work->partner];
    world->counts[HAPPENED_GAP]++;
    delivery_line_settled(line, &work->id, DELIVERY_ALONE, world->now_ms, work->draw);
    deliver_wake(world, node, work);
}

static void lose_one(struct world *world, int node, int partner, const struct ident *but)
{
    struct delivery_line *line = &world->nodes[node].lines[partner];
    for (size_t i = 0; i < line->count; i++) {
        if (!line->entries[i].under_way && !ident_equal(&line->entries[i].id, but)) {
            /* From the line and from the disk, without a commit that tells of it. */
            const int index = row_of(&world->nodes[node].disk, &line->entries[i].id);
            if (index >= 0) {
                world->nodes[node].disk.out[index].row.used = false;
            }
            return;
        }
    }
}

static void settle(struct world *world, int node, const struct try *try, enum delivery_answer kind,
                   const struct answer *answer)
{
    struct node *at = &world->nodes[node];
    struct delivery_line *line = &at->lines[try->partner];
    enum delivery_verdict verdict = delivery_verdict(kind, answer->status);
    const struct out_row *row = &at->disk.out[try->out];
    const bool gone =
        answer->status == 410 && row->row.used && ident_equal(&row->id, &try->id) && KINDS[row->post.kind].gone != NULL;
    const bool gap = answer->status == 425 && answer->expected != 0;
    struct work *work = NULL;
    if (verdict == DELIVERY_DONE || verdict == DELIVERY_STUCK || gap) {
        work = work_begin(world, node,
                          gone  ? prepare_gone
                          : gap ? prepare_gap
                                : prepare_settled,
                          gone  ? done_gone
                          : gap ? done_gap
                                : done_settled);
        verdict = work == NULL ? DELIVERY_ALL : verdict; /* nothing was kept: it is sent again */
    }
    if (work == NULL) {
        delivery_line_settled(line, &try->id, verdict, world->now_ms, world_draw(world, UINT32_MAX));
        if (verdict == DELIVERY_ALL && faulty(world, BREAK_LINE_DROPS_ONE)) {
            lose_one(world, node, try->partner, &try->id);
        }
        return;
    }
    work->out = try->out;
    work->id = try->id;
    work->partner = try->partner;
    work->step = (uint8_t)verdict;
    work->index = answer->expected;
    work->draw = world_draw(world, UINT32_MAX);
    work->message.event = answer->event;
    work->message.number = answer->has_event;
    work_ready(world, node, work);
}

static struct try take_try(struct node *node, int index)
{
    const struct try try = node->tries[index];
    node->tries[index].used = false;
    return try;
}

/* Who gives up a signal ends its stream: what was not read by then is not read. */
static void end_stream(struct world *world, int node, const struct try *try)
{
    for (int i = 0; i < PACKETS; i++) {
        struct packet *packet = &world->packets[i];
        if (packet->used && !packet->is_answer && packet->from == node && packet->token == try->token) {
            packet->used = false;
        }
    }
}

bool deliver_silence(struct world *world, int node, int index)
{
    struct node *at = &world->nodes[node];
    if (!at->up || !at->tries[index].used) {
        return false;
    }
    const struct try try = take_try(at, index);
    const struct answer nothing = {0};
    if (try.out >= 0) {
        settle(world, node, &try, DELIVERY_SILENCE, &nothing);
    } else {
        end_stream(world, node, &try);
    }
    return true;
}

bool deliver_meets(const struct node *node, int partner)
{
    for (int i = 0; i < node->work_count; i++) {
        const struct work *work = &node->works[(node->work_first + i) % WORKS];
        if (work->meets && work->partner == partner) {
            return true;
        }
    }
    return false;
}

static bool take_answer(struct world *world, const struct packet *packet)
{
    struct node *at = &world->nodes[packet->to];
    if (at->up && at->life == packet->life && at->work_count == WORKS) {
        return false;
    }
    for (int i = 0; i < TRIES && at->up && at->life == packet->life; i++) {
        if (at->tries[i].used && at->tries[i].token == packet->token) {
            if (at->tries[i].out < 0 && deliver_meets(at, packet->from)) {
                return false;
            }
            const struct try try = take_try(at, i);
            delivery_line_wake(&at->lines[packet->from], world->now_ms, world_draw(world, UINT32_MAX));
            if (try.out >= 0) {
                settle(world, packet->to, &try, packet->answer.status == 200 ? DELIVERY_RECEIPTED : DELIVERY_ANSWERED,
                       &packet->answer);
            } else {
                signal_answered(world, packet->to, &try, &packet->answer);
            }
            return true;
        }
    }
    return true; /* nobody waits for it any more */
}

bool deliver_packet(struct world *world, const struct packet *packet)
{
    return packet->is_answer ? take_answer(world, packet) : receive_request(world, packet);
}

/* ---- a person ---- */

static void prepare_retry(struct world *world, int node, struct work *work)
{
    if (is_of(world, node, work) && world->nodes[node].disk.out[work->out].state == OUT_STUCK) {
        ((struct out_row *)rows_change(world, node, &work->batch, TABLE_OUT, work->out))->state = OUT_WAITS;
    }
}

static void done_retry(struct world *world, int node, struct work *work)
{
    struct node *at = &world->nodes[node];
    const struct out_row *row = &at->disk.out[work->out];
    if (work->batch.count != 0 && row->row.used) {
        delivery_line_unstick(&at->lines[row->partner], &row->key, (enum delivery_lane)row->lane);
        fill(world, node, row->partner);
    }
}

bool deliver_retry(struct world *world, int node, uint32_t pick)
{
    const struct disk *disk = &world->nodes[node].disk;
    for (int n = 0; n < OUT_ROWS; n++) {
        const int i = (int)((pick + (uint32_t)n) % OUT_ROWS);
        if (disk->out[i].row.used && disk->out[i].state == OUT_STUCK) {
            struct work *work = work_begin(world, node, prepare_retry, done_retry);
            if (work != NULL) {
                work->out = (int16_t)i;
                work->id = disk->out[i].id;
                work_ready(world, node, work);
            }
            return work != NULL;
        }
    }
    return false;
}
