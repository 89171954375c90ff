/* Ends: withdrawn, by the day, or because it may go no longer. And rows that nothing needs any more. */
#include <stdio.h>
#include <uv.h>

#include "api/households.h"
#include "api/later.h"
#include "api/meetings_parts.h"
#include "base/mem.h"
#include "base/workdays.h"

static const struct ident none = {{0}};

/* ---- one signal ends, in whoever's batch ---- */

enum result signals_post_end(struct api *api, struct store_batch *batch, const struct ident *signal,
                             const struct oin *partner, const struct ident *spoor, const struct signal_contact *contact,
                             struct error *err)
{
    char body[128];
    char rest[64] = "";
    struct ident id;
    if (contact != NULL) {
        const struct ident mark = meetings_contact_mark(contact);
        (void)snprintf(rest, sizeof rest, ",\"contact\":\"%s\"", ident_text(&mark).text);
    }
    (void)snprintf(body, sizeof body, "{\"spoor\":\"%s\"%s}", ident_text(spoor).text, rest);
    const struct post post = {
        .kind = MESSAGE_SIGNAL_END, .partner = *partner, .thread = *signal, .key = *spoor, .body = slice_text(body)};
    return outbox_post(api->outbox, batch, &post, &id, err);
}

static enum result post_end(struct api *api, struct store_batch *batch, const struct ident *signal,
                            const struct ident *own_spoor, const struct oin *partner, uint32_t turn,
                            const struct signal_contact *contact, struct error *err)
{
    const struct ident spoor = signals_spoor(api, own_spoor, partner, turn);
    return signals_post_end(api, batch, signal, partner, &spoor, contact, err);
}

struct ending {
    struct api *api;
    struct store_batch *batch;
    const struct store_found *found; /* the person */
    const struct ident *subject;
    const struct ident *spoor;  /* of the person here */
    const struct ident *signal; /* within one node: this one; NULL: by spoor */
    const struct oin *partner;  /* with this one alone; NULL: with all */
};

/* The own half of a match, and of one within the node the half of that signal. */
static enum result end_match(void *ctx, const struct meeting_row *found, struct error *err)
{
    const struct ending *e = ctx;
    struct meeting_row row = *found;
    struct meeting *meeting = &row.meeting;
    const bool within = oin_equal(&meeting->peer, &e->api->own_oin);
    enum meeting_side side = meeting->own;
    if (within) {
        side = ident_equal(&meeting->halves[MEETING_HIGH].signal, e->signal) ? MEETING_HIGH : MEETING_LOW;
    }
    const uint32_t turn = within ? 0 : signals_turn(e->found, e->spoor, &meeting->peer);
    const struct ident spoor = within ? *e->signal : signals_spoor(e->api, e->spoor, &meeting->peer, turn);
    const struct meeting_half *half = &meeting->halves[side];
    if (meeting->state == MEETING_CLOSED || !ident_equal(&meeting->subject, e->subject) || !half->live ||
        !ident_equal(within ? &half->signal : &half->spoor, &spoor) ||
        (e->partner != NULL && !oin_equal(&meeting->peer, e->partner))) {
        return RESULT_OK;
    }
    return meetings_end(e->api, e->batch, &row, side, err);
}

/* Partners that any signal of this spoor came to, each once. */
struct partners {
    struct oin oins[SIGNAL_REACH_MAX];
    bool unsure[SIGNAL_REACH_MAX]; /* no answer came: he may have met it, and know another day */
    size_t count;
    const struct store_item *other; /* one that goes on; NULL: none does */
};

static void add_reached(struct partners *p, const struct signal *signal)
{
    for (size_t i = 0; i < signal->reach_count; i++) {
        const struct signal_reach *reach = &signal->reach[i];
        size_t place = 0;
        if (reach->state != REACH_HIT && reach->state != REACH_SENT) {
            continue;
        }
        while (place < p->count && !oin_equal(&p->oins[place], &reach->partner)) {
            place++;
        }
        if (place < SIGNAL_REACH_MAX) {
            p->count = place == p->count ? place + 1 : p->count;
            p->oins[place] = reach->partner;
            p->unsure[place] = p->unsure[place] || reach->state == REACH_HIT;
        }
    }
}

/* Of one that was withdrawn while another went on, partners heard that its contact data go and no more: what it met there is
 * not over until this end. */
static void count_withdrawn(const struct store_found *found, struct signal *other)
{
    for (size_t i = 0; i < other->reach_count && other->state == SIGNAL_WITHDRAWN; i++) {
        struct signal_reach *reach = &other->reach[i];
        if (reach->state == REACH_ENDED && reach->turn == signals_turn(found, &other->spoor, &reach->partner)) {
            reach->state = REACH_HIT;
        }
    }
}

static void gather(struct partners *p, const struct store_found *found, const struct ident *id,
                   const struct signal *ended)
{
    for (size_t i = 0; i < found->child_count; i++) {
        struct signal other;
        struct error err;
        if (found->children[i].kind == STORE_SIGNAL && !ident_equal(&found->children[i].id, id) &&
            signal_decode(found->children[i].payload, &other, &err) == RESULT_OK &&
            ident_equal(&other.spoor, &ended->spoor)) {
            p->other = signal_lives(&other, &ended->ended) ? &found->children[i] : p->other;
            count_withdrawn(found, &other);
            add_reached(p, &other);
        }
    }
}

/* The last of its spoor. */
static enum result end_all(struct ending *e, const struct partners *reached, const struct signal *ended,
                           struct error *err)
{
    for (size_t i = 0; i < reached->count; i++) {
        if (ended->state == SIGNAL_WITHDRAWN || reached->unsure[i]) { /* of what expired partners know the day */
            const uint32_t turn = signals_turn(e->found, &ended->spoor, &reached->oins[i]);
            TRY(post_end(e->api, e->batch, e->signal, &ended->spoor, &reached->oins[i], turn, NULL, err));
        }
    }
    return meetings_each(e->api, end_match, e, err);
}

/* Partners know its day, and take the match for over then, whatever lives here: that goes on under a spoor of its own. */
static enum result begin_anew(struct ending *e, const struct store_item *item, const struct signal *ended,
                              struct error *err)
{
    struct signal other;
    TRY(signal_decode(item->payload, &other, err));
    for (size_t i = 0; i < ended->reach_count; i++) {
        const struct signal_reach *reach = &ended->reach[i];
        const uint32_t turn = signals_turn(e->found, &ended->spoor, &reach->partner);
        const bool here = (reach->state == REACH_SENT || reach->state == REACH_HIT) && reach->turn == turn;
        const bool other_too =
            signal_reached(&other, &reach->partner) == REACH_SENT && signal_turn(&other, &reach->partner) == turn;
        if (!here || other_too) {
            continue;
        }
        e->partner = &reach->partner;
        TRY(reach->state == REACH_HIT /* he may have met it, and nobody here knows */
                ? post_end(e->api, e->batch, e->signal, &ended->spoor, &reach->partner, turn, NULL, err)
                : RESULT_OK);
        TRY(meetings_each(e->api, end_match, e, err));
        TRY(signal_reach_put(&other, &reach->partner, REACH_NOTHING, &none, err));
        signal_reach_of(&other, &reach->partner)->turn = turn + 1;
    }
    TRY(signals_put_row(e->batch, &item->id, &e->found->item->id, &other, item->version, err));
    mem_wipe(&other, sizeof other);
    return RESULT_OK;
}

/* What goes on is sent in its place, when it was not yet; nothing of who withdrew stays there. */
static enum result end_contact(struct ending *e, const struct signal *ended, struct error *err)
{
    for (size_t i = 0; i < ended->reach_count; i++) {
        const struct signal_reach *reach = &ended->reach[i];
        if (reach->state == REACH_HIT || reach->state == REACH_SENT) {
            TRY(post_end(e->api, e->batch, e->signal, &ended->spoor, &reach->partner, reach->turn, &ended->contact,
                         err));
        }
    }
    return RESULT_OK;
}

/* Its row as it was: when both end at once, one of them is looked at again, and is the last then. */
static enum result hold_other(const struct ending *e, const struct store_item *item, struct error *err)
{
    struct signal other;
    TRY(signal_decode(item->payload, &other, err));
    const enum result result = signals_put_row(e->batch, &item->id, &e->found->item->id, &other, item->version, err);
    mem_wipe(&other, sizeof other);
    return result;
}

enum result signals_end_put(struct signals *signals, struct store_batch *batch, const struct store_found *found,
                            const struct ident *id, const struct signal *ended, uint64_t version, struct error *err)
{
    struct partners reached = {.count = 0};
    struct signal signal = *ended;
    struct ending e = {.api = signals->api,
                       .batch = batch,
                       .found = found,
                       .subject = &found->item->id,
                       .spoor = &ended->spoor,
                       .signal = id};
    add_reached(&reached, ended);
    gather(&reached, found, id, ended);
    if (reached.other == NULL) {
        TRY(end_all(&e, &reached, ended, err));
    } else {
        e.partner = &signals->api->own_oin;
        TRY(meetings_each(signals->api, end_match, &e, err));
        TRY(ended->state == SIGNAL_WITHDRAWN ? hold_other(&e, reached.other, err) : RESULT_OK);
        TRY(ended->state == SIGNAL_WITHDRAWN ? end_contact(&e, ended, err) : begin_anew(&e, reached.other, ended, err));
    }
    for (size_t i = 0; i < signal.reach_count; i++) {
        signal.reach[i].state = REACH_ENDED;
    }
    return signals_put_row(batch, id, &found->item->id, &signal, version, err);
}

/* ---- by the day, and what may go no longer: one signal after another ---- */

struct walk {
    struct signals *signals;
    bool everybody;
    struct ident *subjects; /* who was touched */
    size_t count;
    size_t slot;
    bool expire; /* else: may it go still? What may not ends at a moment by chance; */
    bool act;    /* or now: that moment has come */
    cooperation_done *done;
    void *ctx;
    struct error failed;
};

static void step(void *ctx);

/* ---- matches by the day: a partner's signal is over by its date; what closed long ago goes ---- */

struct matches_day {
    struct api *api;
    struct store_batch *batch;
    struct date today;
    size_t changed;
    bool rest; /* more than one commit takes */
    struct ident after;
    bool more;
};

enum { MATCHES_A_COMMIT = 50, LATER_MS = 1000 };

struct removing {
    struct store_batch *batch;
    size_t count;
};

static void remove_events(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct removing *r = ctx;
    (void)more;
    for (size_t i = 0; err == NULL && i < count; i++) {
        store_remove(r->batch, STORE_MEETING_EVENT, &items[i].id);
    }
    r->count = err == NULL ? count : SIZE_MAX;
}

/* With its events, of which there are THREAD_EVENTS_MAX at most. */
static void remove_match(struct matches_day *d, const struct meeting_row *row)
{
    struct removing removing = {.batch = d->batch};
    store_list_children(d->api->door, STORE_MEETING_EVENT, &row->id, 0, STORE_LIST_MAX, remove_events, &removing);
    if (removing.count != SIZE_MAX) {
        store_remove(d->batch, STORE_MEETING, &row->id);
        d->changed++;
    }
}

/* What says that a spoor is over stays for as long as its signal could still come. */
static bool is_past(const struct matches_day *d, const struct meeting *meeting)
{
    const int64_t kept = meeting->head.number != 0 ? MEETING_KEPT_DAYS : SIGNAL_DAYS_MAX + 31;
    return meeting->state == MEETING_CLOSED && date_is_set(&meeting->closed) &&
           date_days(&d->today) - date_days(&meeting->closed) > kept;
}

/* No signal is left on this side either, and the node that orders is out of reach: it closes here, or it would stay. */
static bool is_alone(const struct matches_day *d, const struct meeting *meeting, bool theirs_over)
{
    const struct meeting_half *own = &meeting->halves[meeting->own];
    return theirs_over && (!own->live || own->ended) && meeting->state != MEETING_CLOSED && !meeting_writes(meeting) &&
           cooperation_quiet(d->api, &meeting->peer);
}

static enum result close_here(struct matches_day *d, struct meeting_row *row, struct error *err)
{
    meeting_replace(&row->meeting, &d->today);
    TRY(meetings_put(d->api, d->batch, row, err));
    TRY(meetings_record(d->api, d->batch, d->api->covenant->covenant, RECORD_MATCH_STEP, row, NULL,
                        meeting_step_word(MEETING_SIGNAL_END), err));
    return meetings_notice(d->api, d->batch, row, NOTICE_STEP, err);
}

static enum result look_at_match(void *ctx, const struct meeting_row *found, struct error *err)
{
    struct matches_day *d = ctx;
    struct meeting_row row = *found;
    const enum meeting_side side = meeting_other(row.meeting.own);
    const struct meeting_half *theirs = &row.meeting.halves[side];
    const bool within = oin_equal(&row.meeting.peer, &d->api->own_oin); /* its halves end with their signals */
    const bool over = !within && row.meeting.state != MEETING_CLOSED && theirs->live && date_is_set(&theirs->until) &&
                      date_compare(&theirs->until, &d->today) < 0;
    d->rest = d->rest || d->changed >= MATCHES_A_COMMIT;
    if (d->rest) {
        return RESULT_OK;
    }
    if (is_past(d, &row.meeting)) {
        remove_match(d, &row);
    } else if (over && meeting_writes(&row.meeting)) {
        const struct meeting_act act = {.step = MEETING_SIGNAL_END, .side = side};
        d->changed++;
        return meetings_act(d->api, d->batch, &row, &act, err);
    } else if (!within && is_alone(d, &row.meeting, over || !theirs->live)) {
        d->changed++;
        return close_here(d, &row, err);
    } else if (over && theirs->contact.name[0] != '\0') { /* the other node puts the end into the history */
        meeting_forget(&row.meeting, side);
        d->changed++;
        return meetings_put(d->api, d->batch, &row, err);
    }
    return RESULT_OK;
}

static void signals_listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct matches_day *d = ctx;
    d->more = err == NULL && more && count != 0;
    for (size_t i = 0; err == NULL && i < count; i++) {
        struct signal signal;
        struct error fault;
        d->after = items[i].id;
        const bool good = !items[i].damaged && signal_decode(items[i].payload, &signal, &fault) == RESULT_OK;
        if (good && signal.state != SIGNAL_RUNS && d->changed < MATCHES_A_COMMIT &&
            date_days(&d->today) - date_days(&signal.ended) > SIGNAL_KEPT_DAYS) {
            store_remove(d->batch, STORE_SIGNAL, &items[i].id);
            d->changed++;
        }
    }
}

static void remove_old_signals(struct matches_day *d)
{
    bool first = true;
    d->more = true;
    while (d->more) {
        const struct ident after = d->after;
        store_list_damaged_too(d->api->door, STORE_SIGNAL, first ? NULL : &after, STORE_LIST_MAX, signals_listed, d);
        first = false;
    }
    d->rest = d->rest || d->changed >= MATCHES_A_COMMIT;
}

/* What the day brings is looked at once more, in a while. */
static void look_later(struct signals *signals)
{
    signals->day = (struct date){0};
    signals->rest_until_ms = uv_now(signals->api->loop) + LATER_MS;
}

static void matches_written(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct signals *signals = ctx;
    (void)committed;
    signals->api->calls--;
    for (size_t i = 0; i < signals->line_count && err == NULL; i++) {
        outbox_wake(signals->api->outbox, &signals->lines[i]->partner);
    }
    signals->ends_counted = false; /* some may have gone */
    if (err != NULL) {
        audit_forget_keys(signals->api->audit);
        look_later(signals);
    }
}

static void end_matches(struct signals *signals)
{
    struct api *api = signals->api;
    struct error err;
    struct matches_day d = {.api = api, .today = workdays_dutch_day(clock_now(api->clock))};
    d.batch = store_batch_new(api->door);
    const enum result result = d.batch != NULL ? meetings_each(api, look_at_match, &d, &err)
                                               : error_set(&err, FAULT_NO_MEMORY, "matches", "geen geheugen");
    if (result == RESULT_OK) {
        remove_old_signals(&d);
    }
    if (result != RESULT_OK) {
        log_error(api->log, LOG_ERROR, "matches-niet-bezien", &err);
        audit_forget_keys(api->audit);
    }
    if (result != RESULT_OK || d.changed == 0) {
        store_batch_free(d.batch);
        return;
    }
    if (d.rest) {
        look_later(signals);
    }
    api->calls++;
    store_commit(api->door, d.batch, matches_written, signals);
}

/* ---- the walk ---- */

static void end_walk(struct walk *walk)
{
    struct signals *signals = walk->signals;
    const bool failed = walk->failed.fault != FAULT_NONE;
    signals->sweeping = signals->sweeping && walk->done != NULL;
    if (walk->expire) {
        end_matches(signals);
        if (failed) {
            look_later(signals);
        }
    }
    signals->api->calls--;
    if (walk->done != NULL) {
        walk->done(walk->ctx, failed ? &walk->failed : NULL);
    }
    mem_free(walk->subjects);
    mem_free(walk);
}

static void go_on(struct walk *walk)
{
    struct error err;
    walk->slot++;
    if (later(walk->signals->api->loop, step, walk, &err) != RESULT_OK) {
        walk->failed = err;
        end_walk(walk);
    }
}

static void written(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct walk *walk = ctx;
    (void)committed;
    if (err != NULL && err->fault != FAULT_CONFLICT) {
        walk->failed = *err;
    }
    if (err != NULL) {
        audit_forget_keys(walk->signals->api->audit);
    } else if (walk->expire) {
        const struct live live = walk->signals->live[walk->slot];
        signals_forget(walk->signals, &live.id);
        signals_look_again(walk->signals, &live.subject);
    }
    for (size_t i = 0; i < walk->signals->line_count && err == NULL; i++) {
        outbox_wake(walk->signals->api->outbox, &walk->signals->lines[i]->partner);
    }
    go_on(walk);
}

struct one {
    struct walk *walk;
    struct ident id;
    struct store_batch *batch; /* NULL: nothing to be written */
    enum result result;
    struct error err;
};

static struct record ended_record(const struct covenant *covenant, const struct ident *subject,
                                  const struct signal *signal)
{
    struct record record = signals_record(covenant, RECORD_SIGNAL_ENDED);
    record.subject = *subject;
    record.inputs = signal->told != SIGNAL_TOLD ? RECORD_INPUT_UNTOLD : 0;
    return record;
}

static enum result expire(struct one *one, const struct store_found *found, const struct store_item *item,
                          struct signal *signal, struct error *err)
{
    struct api *api = one->walk->signals->api;
    const struct date today = workdays_dutch_day(clock_now(api->clock));
    if (signal->state == SIGNAL_RUNS && signal_lives(signal, &today)) {
        return RESULT_OK;
    }
    if (signal->state != SIGNAL_RUNS) {
        signals_forget(one->walk->signals, &item->id);
        return RESULT_OK;
    }
    one->batch = store_batch_new(api->door);
    ENSURE(one->batch != NULL, err, FAULT_NO_MEMORY, "zorgsignaal", "geen geheugen");
    signal->state = SIGNAL_EXPIRED;
    signal->ended = today;
    struct record record = ended_record(api->covenant->covenant, &found->item->id, signal);
    TRY(audit_append(api->audit, one->batch, &record, slice_text(signal_state_word(signal->state)), err));
    return signals_end_put(one->walk->signals, one->batch, found, &item->id, signal, item->version, err);
}

/* So that shielding somebody, or an objection of his, is no event that others see: as in sets. */
void signals_end_sometime(struct signals *signals, size_t slot)
{
    struct live *live = &signals->live[slot];
    uint64_t drawn = 0;
    if (live->end_ms == 0) {
        signals->api->entropy->fill(signals->api->entropy->ctx, &drawn, sizeof drawn);
        live->end_ms = clock_now(signals->api->clock) + (int64_t)(drawn % ((uint64_t)signals->times.removal_ms + 1));
    }
}

struct by_home {
    struct ident spoor;
    const struct oin *partner;
    bool met;
};

static enum result look_for_home(void *ctx, const struct meeting_row *row, struct error *err)
{
    struct by_home *home = ctx;
    const struct meeting *meeting = &row->meeting;
    (void)err;
    home->met = home->met || (meeting->via_household && meeting->state != MEETING_CLOSED &&
                              oin_equal(&meeting->peer, home->partner) &&
                              ident_equal(&meeting->halves[meeting->own].spoor, &home->spoor));
    return RESULT_OK;
}

/* Did it meet there by a household that is none any more, or of which somebody is shielded by now? */
static enum result lost_home(const struct one *one, const struct store_found *found, const struct signal *signal,
                             const struct oin *partner, bool *lost, struct error *err)
{
    struct api *api = one->walk->signals->api;
    struct ident others[HOUSEHOLD_MEMBERS_MAX];
    *lost = one->walk->act && one->walk->signals->live[one->walk->slot].home_lost &&
            households_ready(api->households) && households_others(api->households, &found->item->id, others) == 0;
    if (!*lost) {
        return RESULT_OK;
    }
    struct by_home home = {.partner = partner};
    home.spoor = signals_spoor(api, &signal->spoor, partner, signals_turn(found, &signal->spoor, partner));
    TRY(meetings_each(api, look_for_home, &home, err));
    *lost = home.met;
    return RESULT_OK;
}

/* Where it came to and may go no longer it ends; nobody there hears why. */
static enum result look_again(struct one *one, const struct store_found *found, const struct store_item *item,
                              struct signal *signal, struct error *err)
{
    struct api *api = one->walk->signals->api;
    struct signal_weighed *weighed = mem_zalloc(sizeof *weighed);
    enum result result = RESULT_OK;
    ENSURE(weighed != NULL, err, FAULT_NO_MEMORY, "zorgsignaal", "geen geheugen");
    for (size_t i = 0; i < signal->reach_count && result == RESULT_OK; i++) {
        struct signal_reach *reach = &signal->reach[i];
        const struct api_covenant *held = api_covenant_with(api, &reach->partner);
        if ((reach->state != REACH_HIT && reach->state != REACH_SENT) || held == NULL) {
            continue; /* without a covenant nothing is sent, also no end: it waits for one */
        }
        const struct party *partner = covenant_party(held->covenant, &reach->partner);
        result = signals_weigh(api, held->covenant, partner, found, &item->id, weighed, err);
        bool lost = false;
        result = result == RESULT_OK ? lost_home(one, found, signal, &reach->partner, &lost, err) : result;
        if (result != RESULT_OK || (weighed->may && !lost)) {
            continue;
        }
        if (!one->walk->act) {
            signals_end_sometime(one->walk->signals, one->walk->slot);
            continue;
        }
        if (one->batch == NULL && (one->batch = store_batch_new(api->door)) == NULL) {
            result = error_set(err, FAULT_NO_MEMORY, "zorgsignaal", "geen geheugen");
            continue;
        }
        struct ending e = {.api = api,
                           .batch = one->batch,
                           .found = found,
                           .subject = &found->item->id,
                           .spoor = &signal->spoor,
                           .signal = &none,
                           .partner = &reach->partner};
        reach->state = REACH_ENDED;
        const uint32_t turn = signals_turn(found, &signal->spoor, &reach->partner);
        result = post_end(api, one->batch, &item->id, &signal->spoor, &reach->partner, turn, NULL, err);
        result = result == RESULT_OK ? meetings_each(api, end_match, &e, err) : result;
    }
    mem_free(weighed);
    if (result == RESULT_OK && one->batch != NULL) {
        struct record record = ended_record(api->covenant->covenant, &found->item->id, signal);
        TRY(audit_append(api->audit, one->batch, &record, slice_text("mag niet meer"), err));
        result = signals_put_row(one->batch, &item->id, &found->item->id, signal, item->version, err);
    }
    return result;
}

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct one *one = ctx;
    struct signal signal;
    const struct store_item *item = NULL;
    if (failed != NULL) {
        one->err = *failed;
        one->result = RESULT_FAILED;
        return;
    }
    for (size_t i = 0; found->item != NULL && i < found->child_count; i++) {
        const struct store_item *child = &found->children[i];
        item = child->kind == STORE_SIGNAL && ident_equal(&child->id, &one->id) ? child : item;
    }
    if (item == NULL) { /* it was never committed, or is gone */
        signals_forget(one->walk->signals, &one->id);
        return;
    }
    one->result = signal_decode(item->payload, &signal, &one->err);
    if (one->result == RESULT_OK) {
        one->result = one->walk->expire ? expire(one, found, item, &signal, &one->err)
                                        : look_again(one, found, item, &signal, &one->err);
    }
    mem_wipe(&signal, sizeof signal);
}

static bool is_due(const struct signals *signals, const struct live *live)
{
    return live->used && live->end_ms != 0 && live->end_ms <= clock_now(signals->api->clock);
}

static bool is_meant(const struct walk *walk, const struct live *live)
{
    if (walk->act) {
        return is_due(walk->signals, live);
    }
    if (live->pending || live->via_household) {
        return false;
    }
    bool meant = live->used && (walk->everybody || walk->expire);
    for (size_t i = 0; i < walk->count && live->used && !meant; i++) {
        meant = ident_equal(&live->subject, &walk->subjects[i]);
    }
    return meant;
}

static void step(void *ctx)
{
    struct walk *walk = ctx;
    struct signals *signals = walk->signals;
    while (walk->slot < signals->live_count && !is_meant(walk, &signals->live[walk->slot])) {
        walk->slot++;
    }
    if (walk->slot >= signals->live_count || signals->stopping || signals->api->closing) {
        end_walk(walk);
        return;
    }
    if (walk->act) {
        signals->live[walk->slot].end_ms = 0;
    }
    const struct live live = signals->live[walk->slot];
    struct one one = {.walk = walk, .id = live.id, .result = RESULT_OK};
    store_get(signals->api->door, STORE_SUBJECT, &live.subject, STORE_ALL_CHILDREN, person_found, &one);
    if (one.result != RESULT_OK) {
        store_batch_free(one.batch);
        audit_forget_keys(signals->api->audit);
        log_error(signals->api->log, LOG_ERROR, "zorgsignaal-niet-bezien", &one.err);
        walk->failed = one.err;
        go_on(walk);
    } else if (one.batch == NULL) {
        go_on(walk);
    } else {
        store_commit(signals->api->door, one.batch, written, walk);
    }
}

static struct walk *walk_new(struct signals *signals)
{
    struct walk *walk = mem_zalloc(sizeof *walk);
    if (walk != NULL) {
        walk->signals = signals;
        signals->api->calls++;
    }
    return walk;
}

void signals_end_touched(struct signals *signals, const struct cooperation_touched *touched, cooperation_done *done,
                         void *ctx)
{
    struct error err;
    struct walk *walk = walk_new(signals);
    if (walk == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "zorgsignalen", "geen geheugen");
        done(ctx, &err);
        return;
    }
    walk->done = done;
    walk->ctx = ctx;
    walk->everybody = cooperation_everybody(touched);
    walk->count = cooperation_count(touched);
    walk->subjects = mem_array(walk->count + 1, sizeof *walk->subjects);
    walk->everybody = walk->everybody || walk->subjects == NULL;
    for (size_t i = 0; i < walk->count && walk->subjects != NULL; i++) {
        walk->subjects[i] = *cooperation_at(touched, i);
    }
    step(walk);
}

static bool any_due(const struct signals *signals)
{
    size_t slot = 0;
    while (slot < signals->live_count && !is_due(signals, &signals->live[slot])) {
        slot++;
    }
    return slot < signals->live_count;
}

void signals_end_look(struct signals *signals)
{
    const struct date today = workdays_dutch_day(clock_now(signals->api->clock));
    const bool same = date_is_set(&signals->day) && date_compare(&signals->day, &today) == 0;
    const bool rests = uv_now(signals->api->loop) < signals->rest_until_ms;
    if (signals->sweeping || (same ? !any_due(signals) : rests)) {
        return;
    }
    struct walk *walk = walk_new(signals);
    if (walk != NULL) {
        walk->expire = !same;
        walk->act = same;
        signals->day = today;
        signals->sweeping = true;
        step(walk);
    }
}
