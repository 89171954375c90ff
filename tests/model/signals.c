#include "signals_parts.h"

#include "base/workdays.h"
#include "faults.h"
#include "meet.h"
#include "region/chance.h"

struct signal_row *signal_change(struct world *world, int node, struct work *work, int index)
{
    return rows_change(world, node, &work->batch, TABLE_SIGNAL, index);
}

void signal_done(struct world *world, int node, struct work *work)
{
    deliver_wake(world, node, work);
}

bool signal_row_lives(const struct world *world, int node, const struct signal_row *row)
{
    const struct date today = world_today(world, node);
    return row->row.used && signal_lives(&row->signal, &today);
}

int signal_live_one(const struct world *world, int node, int person, int but)
{
    const struct disk *disk = &world->nodes[node].disk;
    for (int i = 0; i < SIGNALS; i++) {
        if (i != but && disk->signals[i].person == person && signal_row_lives(world, node, &disk->signals[i])) {
            return i;
        }
    }
    return -1;
}

bool signal_lives_at(const struct world *world, int node, int person)
{
    return signal_live_one(world, node, person, -1) >= 0;
}

bool signal_is_hit(const struct disk *disk, int partner)
{
    const struct oin peer = oin_at(partner);
    for (int i = 0; i < SIGNALS; i++) {
        if (disk->signals[i].row.used && disk->signals[i].signal.state == SIGNAL_RUNS &&
            signal_reached(&disk->signals[i].signal, &peer) == REACH_HIT) {
            return true;
        }
    }
    return false;
}

uint32_t signal_turn_of(const struct world *world, int node, const struct ident *spoor, int partner)
{
    const struct disk *disk = &world->nodes[node].disk;
    const struct oin peer = oin_at(partner);
    uint32_t turn = 0;
    for (int i = 0; i < SIGNALS; i++) {
        const struct signal_row *row = &disk->signals[i];
        if (row->row.used && ident_equal(&row->signal.spoor, spoor) && signal_turn(&row->signal, &peer) > turn) {
            turn = signal_turn(&row->signal, &peer);
        }
    }
    return turn;
}

struct ident signal_toward(const struct world *world, int node, const struct ident *spoor, int partner)
{
    uint64_t words[2];
    memcpy(words, spoor->bytes, sizeof words);
    const uint64_t turn = signal_turn_of(world, node, spoor, partner);
    const uint64_t mixed = chance_mix(words[0] ^ chance_mix(turn << 16 | (uint64_t)node << 8 | (uint64_t)partner));
    return ident_from(mixed, chance_mix(words[1] ^ mixed));
}

struct ident signal_spoor(const struct world *world, int node, int person, int partner)
{
    const int index = signal_live_one(world, node, person, -1);
    const struct ident none = {{0}};
    return index < 0 ? none : signal_toward(world, node, &world->nodes[node].disk.signals[index].signal.spoor, partner);
}

bool signal_may_meet(const struct world *world, int node, int partner)
{
    return (world->rules[node] >> partner & 1) != 0;
}

/* ---- users ---- */

static void prepare_publish(struct world *world, int node, struct work *work)
{
    const struct disk *disk = &world->nodes[node].disk;
    const int person = work->step;
    const int index = rows_free(disk, &work->batch, TABLE_SIGNAL);
    const int other = signal_live_one(world, node, person, -1);
    if (index < 0) {
        work->fails = true;
        return;
    }
    const struct date today = world_today(world, node);
    struct signal_row *row = signal_change(world, node, work, index);
    const uint32_t version = row->row.version;
    *row = (struct signal_row){.row = {version, true}, .person = (uint8_t)person};
    row->signal.spoor = other >= 0 ? disk->signals[other].signal.spoor : work->id;
    if (other >= 0) {
        (void)signal_change(world, node, work,
                            other); /* it must still live then: a spoor whose end was told is nobody's */
    }
    row->signal.state = SIGNAL_RUNS;
    row->signal.published = today;
    row->signal.until = workdays_term(&today, 1 + (int)(work->draw % SIGNAL_DAYS_MODEL));
    world->counts[HAPPENED_SIGNAL]++;
}

bool signal_is_over(const struct world *world, int node, const struct signal_row *row)
{
    return row->row.used && row->signal.state == SIGNAL_RUNS && !signal_row_lives(world, node, row);
}

/* One of this person is over by its day, and has not ended. That comes first: a clock that steps back must not find it living
 * beside another spoor, or under one whose end was told. */
static bool any_over(const struct world *world, int at, int person)
{
    const struct disk *disk = &world->nodes[at].disk;
    for (int i = 0; i < SIGNALS; i++) {
        if (disk->signals[i].person == person && signal_is_over(world, at, &disk->signals[i])) {
            return true;
        }
    }
    return false;
}

/* One after another: the second must see the first, to share its spoor. */
static bool must_wait(const struct world *world, int at, int person)
{
    const struct node *node = &world->nodes[at];
    if (any_over(world, at, person)) {
        return true;
    }
    for (int i = 0; i < node->work_count; i++) {
        const struct work *work = &node->works[(node->work_first + i) % WORKS];
        if (work->prepare == prepare_publish && work->step == person) {
            return true;
        }
    }
    return false;
}

bool signal_user_publishes(struct world *world, int node, int person, uint32_t draw)
{
    struct work *work = NULL;
    if (!must_wait(world, node, person)) {
        work = work_begin(world, node, prepare_publish, signal_done);
    }
    if (work != NULL) {
        work->step = (uint8_t)person;
        work->draw = draw;
        work->id = world_id(world);
        work_ready(world, node, work);
    }
    return work != NULL;
}

/* How far this person's signals under one spoor came at that partner: the furthest that is not over. */
static enum signal_reached furthest(const struct world *world, int node, const struct signal_row *ended, int partner)
{
    const struct disk *disk = &world->nodes[node].disk;
    const struct oin peer = oin_at(partner);
    enum signal_reached found = meet_with(disk, partner, ended->person) >= 0 ? REACH_SENT : REACH_NOTHING;
    for (int i = 0; i < SIGNALS; i++) {
        const struct signal_row *row = &disk->signals[i];
        const enum signal_reached reached = row->row.used && ident_equal(&row->signal.spoor, &ended->signal.spoor)
                                                ? signal_reached(&row->signal, &peer)
                                                : REACH_NOTHING;
        if (reached == REACH_HIT || (reached == REACH_SENT && found == REACH_NOTHING)) {
            found = reached;
        }
    }
    return found;
}

/* Another one lives under the same spoor: where an answer may have been lost it is sent in the place of the one that ended,
 * also when it was there before. */
static void go_on(struct world *world, int node, struct work *work, const struct signal_row *ended, int other)
{
    struct error err = {0};
    struct signal_row *row = signal_change(world, node, work, other);
    for (int p = 0; p < world->nodes_count; p++) {
        const struct oin peer = oin_at(p);
        const struct ident id = world_id(world);
        if (signal_reached(&ended->signal, &peer) != REACH_HIT || signal_reached(&row->signal, &peer) == REACH_HIT) {
            continue;
        }
        if (signal_reach_put(&row->signal, &peer, REACH_HIT, &id, &err) != RESULT_OK) {
            world_fail(world, "model", "%s", err.what);
            return;
        }
        signal_reach_of(&row->signal, &peer)->request_id = id; /* what was answered before is no answer to this */
    }
}

static void end(struct world *world, int node, struct work *work, bool tells)
{
    struct error err = {0};
    const struct ident none = {{0}};
    struct signal_row *row = signal_change(world, node, work, work->index);
    row->signal.state = tells ? SIGNAL_WITHDRAWN : SIGNAL_EXPIRED;
    row->signal.ended = world_today(world, node);
    world->counts[HAPPENED_ENDED]++;
    const int other = signal_live_one(world, node, row->person, work->index);
    if (other >= 0 && ident_equal(&world->nodes[node].disk.signals[other].signal.spoor, &row->signal.spoor)) {
        go_on(world, node, work, row, other);
        return;
    }
    for (int p = 0; p < world->nodes_count; p++) {
        const struct oin peer = oin_at(p);
        const enum signal_reached reached = p != node ? furthest(world, node, row, p) : REACH_NOTHING;
        if (reached == REACH_NOTHING) {
            continue;
        }
        const struct ident spoor = signal_toward(world, node, &row->signal.spoor, p);
        if (signal_reached(&row->signal, &peer) != REACH_NOTHING &&
            signal_reach_put(&row->signal, &peer, REACH_ENDED, &none, &err) != RESULT_OK) {
            world_fail(world, "model", "%s", err.what);
        }
        const int met = meet_with(&world->nodes[node].disk, p, row->person);
        if (met >= 0 && !world->nodes[node]
                             .disk.meetings[met]
                             .meeting.halves[world->nodes[node].disk.meetings[met].meeting.own]
                             .by_involvement) {
            meet_ends(world, node, work, met, world->nodes[node].disk.meetings[met].meeting.own);
        }
        if (tells || reached == REACH_HIT) { /* no answer: it may have met there, and nobody here knows */
            deliver_post(world, node, &work->batch, p, &spoor, &(struct post){.kind = SIGNAL_END, .spoor = spoor});
        }
    }
}

static void prepare_withdraw(struct world *world, int node, struct work *work)
{
    const struct signal_row *row = &world->nodes[node].disk.signals[work->index];
    if (signal_row_lives(world, node, row) && !any_over(world, node, row->person)) {
        end(world, node, work, true);
    }
}

bool signal_user_withdraws(struct world *world, int node, uint32_t pick)
{
    for (uint32_t n = 0; n < SIGNALS; n++) {
        const uint32_t i = (pick + n) % SIGNALS;
        if (signal_row_lives(world, node, &world->nodes[node].disk.signals[i])) {
            struct work *work = work_begin(world, node, prepare_withdraw, signal_done);
            if (work != NULL) {
                work->index = (uint8_t)i;
                work->id = world_id(world);
                work_ready(world, node, work);
            }
            return work != NULL;
        }
    }
    return false;
}

static void prepare_expiry(struct world *world, int node, struct work *work)
{
    if (signal_is_over(world, node, &world->nodes[node].disk.signals[work->index])) {
        end(world, node, work, false); /* partners know its last day */
    }
}

bool signal_looks_at_days(struct world *world, int node)
{
    bool found = false;
    for (int i = 0; i < SIGNALS; i++) {
        struct work *work = NULL;
        if (signal_is_over(world, node, &world->nodes[node].disk.signals[i])) {
            work = work_begin(world, node, prepare_expiry, signal_done);
        }
        if (work != NULL) {
            work->index = (uint8_t)i;
            work->id = world_id(world);
            work_ready(world, node, work);
            found = true;
        }
    }
    return found;
}
