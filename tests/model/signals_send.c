#include "check.h"
#include "faults.h"
#include "meet.h"
#include "region/chance.h"
#include "signals_parts.h"

/* ---- ticks ---- */

void signal_publishes_sets(struct world *world, int node, bool removes)
{
    struct disk *disk = &world->nodes[node].disk;
    for (int p = 0; p < world->nodes_count; p++) {
        uint8_t set = 0;
        for (int person = 0; person < PEOPLE; person++) {
            const bool involved = (disk->involved >> person & 1) != 0 && (world->by_involvement[node] >> p & 1) != 0;
            const bool signalled = signal_may_meet(world, node, p) && signal_lives_at(world, node, person);
            set = (uint8_t)(set | (involved || signalled) << person);
        }
        disk->sets[p] = removes ? set : (uint8_t)(disk->sets[p] | set);
    }
}

static bool reaches(const struct world *world, int node, int partner)
{
    return world->nodes[partner].up && !world_is_cut(world, node, partner) && !world_is_cut(world, partner, node) &&
           holds_covenant(world, node, partner) && holds_covenant(world, partner, node);
}

/* Signals go to a partner one after another. */
static bool is_under_way(const struct node *node, int partner)
{
    for (int i = 0; i < TRIES; i++) {
        const struct try *try = &node->tries[i];
        if (try->used && try->out < 0 && try->partner == partner) {
            return true;
        }
    }
    return false;
}

/* Asked or tested in this epoch; or, on disk from now on, a hit. */
static void prepare_test(struct world *world, int node, struct work *work)
{
    struct error err = {0};
    const struct disk *disk = &world->nodes[node].disk;
    const struct oin peer = oin_at(work->partner);
    const struct signal_row *has = &disk->signals[work->index];
    if (!signal_row_lives(world, node, has) || signal_reached(&has->signal, &peer) != REACH_NOTHING ||
        meet_with(disk, work->partner, has->person) >= 0) {
        return;
    }
    struct signal_row *row = signal_change(world, node, work, work->index);
    row->evaluated[work->partner] = world->epoch;
    const bool hit =
        disk->held_of[work->partner] == world->epoch && (disk->held[work->partner] >> has->person & 1) != 0;
    struct signal_reach *reach = signal_reach_of(&row->signal, &peer);
    if (hit && reach != NULL) {
        reach->state = REACH_HIT;
    } else if (hit && signal_reach_put(&row->signal, &peer, REACH_HIT, &work->id, &err) != RESULT_OK) {
        world_fail(world, "model", "%s", err.what);
    }
}

/* What was told before it may still be on its way there: the new spoor comes after the end of the old one is confirmed. */
static bool tells_an_end(const struct world *world, int node, int person, int partner)
{
    const struct disk *disk = &world->nodes[node].disk;
    for (int i = 0; i < SIGNALS; i++) {
        if (disk->signals[i].person == person && signal_is_over(world, node, &disk->signals[i])) {
            return true; /* it ends first */
        }
    }
    for (int i = 0; i < OUT_ROWS; i++) {
        if (disk->out[i].row.used && disk->out[i].partner == partner && disk->out[i].post.kind == SIGNAL_END) {
            return true;
        }
    }
    return false;
}

/* That it is sent is on disk first; a withdrawal before that keeps it here. */
static void prepare_sent(struct world *world, int node, struct work *work)
{
    const struct oin peer = oin_at(work->partner);
    const struct signal_row *has = &world->nodes[node].disk.signals[work->index];
    work->fails = !signal_row_lives(world, node, has) || signal_reached(&has->signal, &peer) != REACH_HIT;
    if (!faulty(world, BREAK_SENT_AFTER_END)) {
        (void)signal_change(world, node, work, work->index);
    }
}

static void done_sent(struct world *world, int node, struct work *work)
{
    struct node *at = &world->nodes[node];
    struct signal_row *row = &at->disk.signals[work->index];
    const struct oin peer = oin_at(work->partner);
    const struct signal_reach *reach = signal_reach_of(&row->signal, &peer);
    if (work->fails || reach == NULL || is_under_way(at, work->partner) ||
        !holds_covenant(world, node, work->partner)) {
        return;
    }
    const int try = deliver_try(world, node, work->partner, -1, work->index, &reach->request_id);
    if (try < 0) {
        return;
    }
    struct message message = {
        .kind = SIGNAL, .from = (uint8_t)node, .to = work->partner, .person = (int8_t)row->person};
    message.id = reach->request_id;
    message.spoor = signal_toward(world, node, &row->signal.spoor, work->partner);
    const struct date told = signal_until_told(&row->signal.until);
    message.until = (int32_t)date_days(&told);
    message.contact = true;
    check_signal_sending(world, node, row, work->partner);
    world->counts[HAPPENED_SENT]++;
    (void)deliver_send(world, node, work->partner, at->tries[try].token, &message);
}

/* What one live signal needs at one partner. */
static bool tick_one(struct world *world, int node, int index, int partner)
{
    struct node *at = &world->nodes[node];
    const struct signal_row *row = &at->disk.signals[index];
    const struct oin peer = oin_at(partner);
    const enum signal_reached reached = signal_reached(&row->signal, &peer);
    const bool stale = at->disk.held_of[partner] != world->epoch;
    struct work *work = NULL;
    if (reached == REACH_HIT && !is_under_way(at, partner) && !tells_an_end(world, node, row->person, partner)) {
        work = work_begin(world, node, prepare_sent, done_sent);
    } else if (reached == REACH_NOTHING && meet_with(&at->disk, partner, row->person) < 0 && !stale &&
               (row->evaluated[partner] != world->epoch || (at->disk.held[partner] >> row->person & 1) != 0) &&
               (row->evaluated[partner] == world->epoch || reaches(world, node, partner))) {
        work = work_begin(world, node, prepare_test, signal_done);
    } else if (reached == REACH_NOTHING && stale && faulty(world, BREAK_STALE_SET)) {
        struct error err = {0};
        const struct ident id = world_id(world);
        if (signal_reach_put(&at->disk.signals[index].signal, &peer, REACH_SENT, &id, &err) != RESULT_OK) {
            world_fail(world, "model", "%s", err.what);
        }
    }
    if (work != NULL) {
        work->index = (uint8_t)index;
        work->partner = (uint8_t)partner;
        work->id = world_id(world);
        work_ready(world, node, work);
    }
    return work != NULL;
}

bool signal_tick(struct world *world, int node)
{
    struct node *at = &world->nodes[node];
    bool found = false;
    for (int p = 0; p < world->nodes_count; p++) {
        if (p != node && reaches(world, node, p)) {
            at->disk.held[p] = world->nodes[p].disk.sets[node];
            at->disk.held_of[p] = world->epoch;
        }
        for (int i = 0; i < SIGNALS && p != node && signal_may_meet(world, node, p); i++) {
            if (at->work_count < WORKS && signal_row_lives(world, node, &at->disk.signals[i])) {
                found = tick_one(world, node, i, p) || found;
            }
        }
    }
    return found;
}

static void start_over(struct world *world, int node, struct work *work, int index, const struct oin *peer)
{
    struct signal_reach *reach = signal_reach_of(&signal_change(world, node, work, index)->signal, peer);
    if (reach != NULL && reach->state == REACH_SENT) {
        reach->state = REACH_NOTHING;
        reach->request_id = world_id(world);
    }
}

static void turn_over(struct world *world, int node, struct work *work, int index, int partner)
{
    struct error err = {0};
    const struct oin peer = oin_at(partner);
    const struct ident id = world_id(world);
    struct signal *signal = &signal_change(world, node, work, index)->signal;
    if (signal_reach_put(signal, &peer, REACH_NOTHING, &id, &err) != RESULT_OK) {
        world_fail(world, "model", "%s", err.what);
        return;
    }
    struct signal_reach *reach = signal_reach_of(signal, &peer);
    reach->request_id = id;
    reach->turn = signal_turn_of(world, node, &signal->spoor, partner) + 1;
}

/* A match that the partner does not know: what lives here under its spoor is tested and sent to him anew, under another. */
void signal_starts_over(struct world *world, int node, struct work *work, int partner, int person,
                        const struct ident *spoor)
{
    const struct disk *disk = &world->nodes[node].disk;
    for (int i = 0; i < SIGNALS; i++) {
        const struct signal_row *row = &disk->signals[i];
        if (row->person == person && signal_row_lives(world, node, row)) {
            const struct ident now = signal_toward(world, node, &row->signal.spoor, partner);
            if (ident_equal(&now, spoor)) {
                turn_over(world, node, work, i, partner);
            }
        }
    }
}

/* ---- a signal that comes ---- */

static struct ident involved_spoor(int node, const struct ident *theirs, int person)
{
    uint64_t words[2];
    memcpy(words, theirs->bytes, sizeof words);
    const uint64_t mixed = chance_mix(words[0] ^ chance_mix((uint64_t)node << 8 | (uint64_t)(100 + person)));
    return ident_from(mixed, chance_mix(words[1] ^ mixed));
}

static struct signal_contact a_contact(void)
{
    return (struct signal_contact){.name = "C. Bakker", .phone = "0990555020"};
}

static bool is_ended(const struct disk *disk, int partner, const struct ident *spoor)
{
    for (int i = 0; i < IN_ROWS && disk->in[i].row.used; i++) {
        const struct in_row *row = &disk->in[i];
        if (row->kind == SIGNAL_END && row->from == partner && ident_equal(&row->spoor, spoor)) {
            return true;
        }
    }
    return false;
}

static struct meeting_half own_half(const struct world *world, int node, int person, int partner,
                                    const struct ident *theirs)
{
    const int index = signal_live_one(world, node, person, -1);
    struct meeting_half half = {.told = true};
    if (index < 0) {
        const struct ident involved = involved_spoor(node, theirs, person);
        half.spoor = involved;
        half.by_involvement = true;
        return half;
    }
    const struct signal *signal = &world->nodes[node].disk.signals[index].signal;
    half.spoor = signal_toward(world, node, &signal->spoor, partner);
    half.live = true;
    half.until = signal_until_told(&signal->until);
    half.contact = a_contact();
    return half;
}

/* What a partner's signal met is at that partner: it is not sent there. */
static void is_met(struct world *world, int node, struct work *work, int person, int partner)
{
    struct error err = {0};
    const struct oin peer = oin_at(partner);
    const struct ident id = world_id(world);
    const int index = signal_live_one(world, node, person, -1);
    if (index >= 0 &&
        signal_reach_put(&signal_change(world, node, work, index)->signal, &peer, REACH_SENT, &id, &err) != RESULT_OK) {
        world_fail(world, "model", "%s", err.what);
    }
}

/* A signal by which one meets must still live when the match is on disk: else its end would not know of the match. */
static void guard(struct world *world, int node, struct work *work, int person)
{
    const int index = signal_live_one(world, node, person, -1);
    if (index >= 0) {
        (void)signal_change(world, node, work, index);
    }
}

static struct date date_of(int32_t days)
{
    return moment_date((int64_t)days * DAY_MS);
}

void signal_take(struct world *world, int node, struct work *work)
{
    const struct message *message = &work->message;
    const struct disk *disk = &world->nodes[node].disk;
    const struct date until = date_of(message->until);
    const struct date today = world_today(world, node);
    const bool involved =
        (disk->involved >> message->person & 1) != 0 && (world->by_involvement[node] >> message->from & 1) != 0;
    const int met = meet_with(disk, message->from, message->person);
    const struct meeting_row *row = met >= 0 ? &disk->meetings[met] : NULL;
    /* A match keeps its spoors: what comes under the same one belongs to it, whatever was published or ended here since. */
    const bool again =
        row != NULL && ident_equal(&row->meeting.halves[meeting_other(row->meeting.own)].spoor, &message->spoor);
    work->answer.status = 200;
    if ((!again && !involved && !signal_lives_at(world, node, message->person)) ||
        !signal_may_meet(world, node, message->from) || is_ended(disk, message->from, &message->spoor) ||
        date_compare(&today, &until) > 0) {
        return;
    }
    if (!again) {
        guard(world, node, work, message->person);
        const struct meeting_half own = own_half(world, node, message->person, message->from, &message->spoor);
        const struct meeting_half theirs = {
            .spoor = message->spoor, .live = true, .told = true, .until = until, .contact = a_contact()};
        row = meet_make(world, node, work, message->from, message->person, &own, &theirs, false);
        if (row != NULL && !own.by_involvement) {
            is_met(world, node, work, message->person, message->from);
        }
    }
    if (row != NULL) {
        const struct meeting_half *half = &row->meeting.halves[row->meeting.own];
        work->answer.met = true;
        work->answer.spoor = half->spoor;
        work->answer.by_involvement = half->by_involvement;
        work->answer.contact = half->contact.name[0] != '\0';
    }
}

void signal_take_end(struct world *world, int node, struct work *work)
{
    const struct disk *disk = &world->nodes[node].disk;
    work->answer.status = 200;
    work->id = work->message.id; /* of what is asked on account of it: the same when it comes again */
    for (int i = 0; i < MEETINGS; i++) {
        const struct meeting_row *row = &disk->meetings[i];
        const enum meeting_side side = meeting_other(row->meeting.own);
        if (row->row.used && row->peer == work->message.from &&
            ident_equal(&row->meeting.halves[side].spoor, &work->message.spoor)) {
            meet_ends(world, node, work, i, side);
        }
    }
}

/* ---- the answer ---- */

static void prepare_answered(struct world *world, int node, struct work *work)
{
    struct error err = {0};
    const struct ident none = {{0}};
    const struct oin peer = oin_at(work->partner);
    const struct signal_row *has = &world->nodes[node].disk.signals[work->index];
    const struct message *told = &work->message;
    const struct signal_reach *reach = signal_reach_of((struct signal *)&has->signal, &peer);
    if (!has->row.used || reach == NULL || !ident_equal(&reach->request_id, &told->id)) {
        return; /* it went anew meanwhile, under another spoor */
    }
    if (signal_reached(&has->signal, &peer) == REACH_HIT) {
        struct signal_row *row = signal_change(world, node, work, work->index);
        if (signal_reach_put(&row->signal, &peer, REACH_SENT, &none, &err) != RESULT_OK) {
            world_fail(world, "model", "%s", err.what);
        }
    }
    if (told->number == 0) {
        return;
    }
    const bool ended = signal_reached(&has->signal, &peer) == REACH_ENDED;
    const struct meeting_half own = {.spoor = signal_toward(world, node, &has->signal.spoor, work->partner),
                                     .live = true,
                                     .told = true,
                                     .until = signal_until_told(&has->signal.until),
                                     .contact = a_contact()};
    struct meeting_half theirs = {.spoor = told->spoor, .live = told->step == 0, .told = true};
    theirs.by_involvement = told->step != 0;
    if (told->contact) {
        theirs.contact = a_contact();
    }
    /* Over at one side meanwhile: the other one is on its way to hear it, or is told that the match is not known here. */
    guard(world, node, work, has->person);
    if (!ended && !is_ended(&world->nodes[node].disk, work->partner, &told->spoor) &&
        meet_make(world, node, work, work->partner, has->person, &own, &theirs, true) == NULL &&
        meet_with(&world->nodes[node].disk, work->partner, has->person) >= 0) {
        start_over(world, node, work, work->index,
                   &peer); /* another match stands: when that is over, it is tested anew */
    }
}

void signal_answered(struct world *world, int node, const struct try *try, const struct answer *answer)
{
    struct work *work = answer->status == 200 ? work_begin(world, node, prepare_answered, signal_done) : NULL;
    if (work == NULL) {
        return; /* it stays a hit: the next tick sends it again */
    }
    work->index = try->signal;
    work->partner = try->partner;
    work->meets = true;
    work->id = world_id(world);
    work->message.id = try->id;
    work->message.number = answer->met;
    work->message.step = answer->by_involvement;
    work->message.contact = answer->contact;
    work->message.spoor = answer->spoor;
    work_ready(world, node, work);
}
