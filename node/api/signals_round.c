/*
 * One partner's round, top to bottom in this order: all that live are tested in his set by what is known of them -> who was
 * not evaluated yet, or is in it and was never asked about, is weighed here, and evaluated in batches -> recorded -> who is
 * in the set now is sent, one after another in a random order, each at a moment by chance.
 * What fails is due again at the next version.
 */
#include <stdio.h>
#include <uv.h>

#include "api/blocks.h"
#include "api/households.h"
#include "api/match_values.h"
#include "api/signals_parts.h"
#include "base/bytes.h"
#include "base/mem.h"

enum { MINUTE_MS = 60000, QUOTA_REST_MS = 60000, FAILED_REST_MS = 1000 };

struct wanted {
    size_t slot;
    struct ident signal, subject, person;
    bool via_household;
    struct bsn bsn;
    struct match_value value;
    bool evaluate; /* else its value is known */
    bool hit;
    bool gone; /* it was begun there, and is not in the set any more */
};

struct signal_round {
    struct signal_line *line;
    struct signals *signals;
    struct api_covenant *held;
    const struct party *partner;
    struct lookup_set set;
    struct wanted wanted[SIGNAL_HITS_ROUND];
    size_t wanted_count;
    size_t next; /* of these, to be evaluated or sent */
    uint32_t tested, hits;
    bool failed;
    struct evaluation e;
    struct wanted *batch[MATCH_BATCH];
    size_t batch_count;
    struct sending sending;
    bool waits;       /* the next goes at a moment of its own, */
    uint64_t send_ms; /* by the loop's clock */
};

static bool same_key(const struct lookup_set *a, const struct lookup_set *b)
{
    return a->epoch == b->epoch && memcmp(&a->key, &b->key, sizeof a->key) == 0;
}

bool signal_round_due(const struct signal_line *line, struct lookup_set *set)
{
    const struct api *api = line->signals->api;
    if (lookups_state(api->lookups, &line->partner, slice_text(PURPOSE_SIGNAL), set) != LOOKUP_READY ||
        uv_now(api->loop) < line->rest_until_ms || blocks_partner(api, &line->partner)) {
        return false;
    }
    return line->again || !line->has_set || set->version != line->set.version || !same_key(set, &line->set);
}

/* NULL: no memory, or another signal has that place by now. */
static struct known *known_of(const struct signal_round *r, const struct wanted *w)
{
    const struct live *live = &r->signals->live[w->slot];
    const bool same = live->used && ident_equal(&live->id, &w->signal) && ident_equal(&live->person, &w->person);
    return same ? signal_line_known(r->line, w->slot) : NULL;
}

/* ---- the end ---- */

static void end(struct signal_round *r)
{
    struct signal_line *line = r->line;
    struct api *api = r->signals->api;
    line->round = NULL;
    api_release_covenant(r->held);
    mem_wipe(r, sizeof *r);
    mem_free(r);
    api->calls--;
}

/* Again after a while, also when no other version came. */
static void rest(struct signal_round *r, uint64_t rest_ms)
{
    r->line->rest_until_ms = uv_now(r->signals->api->loop) + rest_ms;
    r->line->again = true;
}

/* ---- sending ---- */

static void send_next(struct signal_round *r);

static void sent(struct sending *s, bool settled)
{
    struct signal_round *r = s->ctx;
    const struct wanted *w = &r->wanted[r->next - 1];
    struct known *known = known_of(r, w);
    if (known != NULL) {
        known->begun = !settled;
    }
    if (known != NULL && settled) {
        signal_line_set(r->line, w->slot, s->nobody ? KNOWN_NOBODY : KNOWN_SETTLED);
    }
    r->line->all = r->line->all || !settled;
    send_next(r);
}

static void taken_back(struct sending *s, bool settled)
{
    struct signal_round *r = s->ctx;
    struct known *known = known_of(r, &r->wanted[r->next - 1]);
    if (known != NULL) {
        known->begun = !settled;
    }
    r->line->all = r->line->all || !settled;
    send_next(r);
}

/* Over as long as sets are fetched after a tick: so that a hit does not tell when, and by whose set, it came about. */
static int64_t spread_of(const struct match_times *times)
{
    return times->tick_ms / 2 < MATCH_SPREAD_MS ? times->tick_ms / 2 : MATCH_SPREAD_MS;
}

static void send_next(struct signal_round *r)
{
    while (r->next < r->wanted_count && !r->wanted[r->next].hit && !r->wanted[r->next].gone) {
        r->next++;
    }
    if (r->next == r->wanted_count || r->signals->stopping) {
        end(r);
        return;
    }
    const uint64_t spread_ms = (uint64_t)spread_of(&r->signals->times) / (r->hits != 0 ? r->hits : 1);
    uint64_t drawn = 0;
    r->signals->api->entropy->fill(r->signals->api->entropy->ctx, &drawn, sizeof drawn);
    r->send_ms = uv_now(r->signals->api->loop) + drawn % (spread_ms + 1);
    r->waits = true;
}

/* Its moment came, or the node stops. */
static void send_now(struct signal_round *r)
{
    r->waits = false;
    if (r->signals->stopping) {
        end(r);
        return;
    }
    const struct wanted *w = &r->wanted[r->next++];
    r->sending = (struct sending){.signals = r->signals,
                                  .held = r->held,
                                  .partner = r->partner,
                                  .set = r->set,
                                  .signal = w->signal,
                                  .subject = w->subject,
                                  .person = w->person,
                                  .via_household = w->via_household,
                                  .value = w->value,
                                  .done = sent,
                                  .ctx = r};
    if (w->hit) {
        signal_send(&r->sending);
    } else {
        r->sending.done = taken_back;
        signal_take_back(&r->sending);
    }
}

/* ---- what was tested ---- */

static void put_set(const struct signal_round *r, struct record *record)
{
    struct sha256 digest;
    uint8_t bytes[OIN_DIGITS + 1 + CODE_MAX + 8 + 8 + SHA256_SIZE + VOPRF_ELEMENT];
    uint8_t *at = bytes;
    const size_t len = strlen(PURPOSE_SIGNAL);
    memcpy(at, r->partner->oin.digits, OIN_DIGITS);
    at += OIN_DIGITS;
    *at++ = (uint8_t)len;
    memcpy(at, PURPOSE_SIGNAL, len);
    at += len;
    bytes_put_u64(at, r->set.epoch);
    bytes_put_u64(at + 8, r->set.version);
    memcpy(at + 16, r->set.root.bytes, SHA256_SIZE);
    memcpy(at + 16 + SHA256_SIZE, r->set.key.bytes, VOPRF_ELEMENT);
    sha256_of(slice_of(bytes, (size_t)(at - bytes) + 16 + SHA256_SIZE + VOPRF_ELEMENT), &digest);
    memcpy(record->attachment, digest.bytes, sizeof record->attachment);
}

static void tests_recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct signal_round *r = ctx;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(r->signals->api->audit);
        log_error(r->signals->api->log, LOG_ERROR, "vastleggen-mislukt", err);
        rest(r, FAILED_REST_MS);
        end(r);
        return;
    }
    r->next = 0;
    send_next(r);
}

static void record_tests(struct signal_round *r)
{
    struct api *api = r->signals->api;
    struct error err;
    struct store_batch *batch = store_batch_new(api->door);
    struct record record = signals_record(r->held->covenant, RECORD_SIGNALS_TESTED);
    record.peer = r->partner->oin;
    record.class.class = 0;
    record.inputs = r->tested;
    record.entries = r->hits;
    put_set(r, &record);
    if (r->tested == 0 || batch == NULL) {
        store_batch_free(batch);
        end(r);
    } else if (audit_append(api->audit, batch, &record, slice_of(NULL, 0), &err) != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(api->audit);
        log_error(api->log, LOG_ERROR, "vastleggen-mislukt", &err);
        rest(r, FAILED_REST_MS);
        end(r);
    } else {
        store_commit(api->door, batch, tests_recorded, r);
    }
}

/* The order of entry, or of who was evaluated together, tells nothing (Fisher and Yates). */
static void mix(struct signal_round *r)
{
    const struct entropy *entropy = r->signals->api->entropy;
    for (size_t i = r->wanted_count; i > 1; i--) {
        uint32_t drawn = 0;
        entropy->fill(entropy->ctx, &drawn, sizeof drawn);
        const size_t other = drawn % i;
        const struct wanted kept = r->wanted[i - 1];
        r->wanted[i - 1] = r->wanted[other];
        r->wanted[other] = kept;
    }
}

/* Who is known there himself is named himself; of a household one in a round, so that by their times the partner does not know
 * that they live together. */
static void name_one(struct signal_round *r)
{
    for (size_t i = 0; i < r->wanted_count; i++) {
        for (size_t k = i + 1; k < r->wanted_count && r->wanted[i].hit; k++) {
            struct wanted *a = &r->wanted[i];
            struct wanted *b = &r->wanted[k];
            if (b->hit && (a->via_household || b->via_household) && ident_equal(&a->subject, &b->subject)) {
                (b->via_household ? b : a)->hit = false;
                r->hits--;
                r->line->all = true; /* it is found once more */
            }
        }
    }
}

/* Against the set as it is now, as far as it is still of the same key. */
static void test_wanted(struct signal_round *r)
{
    struct lookup_set now;
    struct lookups *lookups = r->signals->api->lookups;
    const struct slice purpose = slice_text(PURPOSE_SIGNAL);
    const bool ready = lookups_state(lookups, &r->partner->oin, purpose, &now) == LOOKUP_READY;
    if (!ready || !same_key(&now, &r->set)) {
        r->failed = true;
        r->line->all = true;
    }
    for (size_t i = 0; i < r->wanted_count && !r->failed; i++) {
        struct wanted *w = &r->wanted[i];
        struct known *known = known_of(r, w);
        if (known == NULL || known->state != KNOWN_VALUE) {
            continue;
        }
        r->tested++;
        known->waits = false;
        w->hit = lookups_test(lookups, &r->partner->oin, purpose, &now, w->value.fingerprint);
        w->gone = !w->hit && known->begun;
        r->hits += w->hit;
        lookups_count(lookups, &r->partner->oin, purpose, LOOKUP_TESTED);
        if (w->evaluate) {
            lookups_count(lookups, &r->partner->oin, purpose, LOOKUP_USED);
        }
        if (w->hit) {
            lookups_count(lookups, &r->partner->oin, purpose, LOOKUP_HIT);
        }
    }
    r->set = r->failed ? r->set : now;
    mix(r);
    name_one(r);
    record_tests(r);
}

/* ---- evaluating ---- */

static void evaluate_next(struct signal_round *r);

static enum result keep_value(struct signal_round *r, const struct wanted *w, struct store_batch *batch,
                              struct error *err)
{
    struct api *api = r->signals->api;
    struct match_values *values = match_values_read(api, &w->bsn, slice_text(PURPOSE_SIGNAL));
    ENSURE(values != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    const struct match_kept one = {.provider = r->partner->oin,
                                   .key = match_key_of(r->set.epoch, &r->set.key),
                                   .minute = (uint32_t)(clock_now(api->clock) / MINUTE_MS),
                                   .value = w->value};
    struct match_stand stand = {.is_signal = true};
    memcpy(stand.number, ident_text(&w->signal).text, IDENT_TEXT_SIZE);
    enum result result = match_values_put(values, &one, err);
    if (result == RESULT_OK) {
        match_values_stand(values, &stand, clock_now(api->clock), lookups_values_ms(api->lookups));
        result = match_values_write(api, values, &w->bsn, batch, err);
    }
    match_values_free(values);
    return result;
}

static enum result record_batch(struct signal_round *r, struct store_batch *batch, enum record_operation operation,
                                struct error *err)
{
    struct evaluation *e = &r->e;
    struct record record = signals_record(r->held->covenant, operation);
    const bool asked = operation == RECORD_EVALUATION_ASKED;
    record.request_id = e->request_id;
    record.peer = r->partner->oin;
    record.entries = (uint32_t)r->batch_count;
    record.outcome = asked ? OUTCOME_PENDING : e->good ? OUTCOME_DONE : OUTCOME_NO_ANSWER;
    record.fault = record.outcome == OUTCOME_NO_ANSWER ? FAULT_PEER : FAULT_NONE;
    const struct slice theirs = e->has_theirs ? slice_of(e->theirs, RECEIPT_BYTES) : slice_of(NULL, 0);
    return audit_append_exchange(r->signals->api->audit, batch, &record, slice_of(NULL, 0), theirs, &e->place, err);
}

static void batch_failed(struct signal_round *r, const struct error *err)
{
    audit_forget_keys(r->signals->api->audit);
    log_error(r->signals->api->log, LOG_ERROR, "zorgsignalen-niet-geevalueerd", err);
    evaluate_free(&r->e);
    rest(r, FAILED_REST_MS);
    r->next = r->wanted_count;
    evaluate_next(r);
}

static void values_kept(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct signal_round *r = ctx;
    (void)committed;
    if (err != NULL) {
        batch_failed(r, err);
        return;
    }
    for (size_t i = 0; i < r->batch_count && r->e.good; i++) {
        const struct wanted *w = r->batch[i];
        if (known_of(r, w) != NULL) {
            signal_line_value(r->line, w->slot, w->value.fingerprint);
        }
    }
    if (!r->e.good) { /* who answered no to this batch answers no to the next; the others are tested all the same */
        rest(r, r->e.match == MATCH_QUOTA ? QUOTA_REST_MS : FAILED_REST_MS);
        r->next = r->wanted_count;
    }
    evaluate_free(&r->e);
    evaluate_next(r);
}

static void evaluated(struct evaluation *e)
{
    struct signal_round *r = (struct signal_round *)((char *)e - offsetof(struct signal_round, e));
    struct error err;
    struct store_batch *batch = store_batch_new(r->signals->api->door);
    enum result result = batch != NULL ? record_batch(r, batch, RECORD_EVALUATION_RECEIVED, &err)
                                       : error_set(&err, FAULT_NO_MEMORY, "zorgsignalen", "geen geheugen");
    for (size_t i = 0; i < r->batch_count && e->good && result == RESULT_OK; i++) {
        r->batch[i]->value = *evaluate_value(e, i);
        result = keep_value(r, r->batch[i], batch, &err);
    }
    if (result != RESULT_OK) {
        store_batch_free(batch);
        batch_failed(r, &err);
    } else {
        store_commit(r->signals->api->door, batch, values_kept, r);
    }
}

static void asking_recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct signal_round *r = ctx;
    if (err != NULL) {
        batch_failed(r, err);
    } else {
        evaluate_begin(&r->e, committed->first_leaf);
    }
}

static enum result ask_batch(struct signal_round *r, const struct bsn *people, struct error *err)
{
    struct api *api = r->signals->api;
    TRY(evaluate_prepare(&r->e, api, r->held, r->partner, slice_text(PURPOSE_SIGNAL), &r->set, people, r->batch_count,
                         err));
    r->e.done = evaluated;
    r->e.background = true;
    r->e.until_ms = (int64_t)uv_now(api->loop) + (int64_t)peer_pool_total_ms(api->peers);
    struct store_batch *batch = store_batch_new(api->door);
    ENSURE(batch != NULL, err, FAULT_NO_MEMORY, "zorgsignalen", "geen geheugen");
    if (record_batch(r, batch, RECORD_EVALUATION_ASKED, err) != RESULT_OK) {
        store_batch_free(batch);
        return RESULT_FAILED;
    }
    store_commit(api->door, batch, asking_recorded, r);
    return RESULT_OK;
}

static void evaluate_next(struct signal_round *r)
{
    struct bsn people[MATCH_BATCH];
    struct error err;
    r->batch_count = 0;
    for (; r->next < r->wanted_count && r->batch_count < MATCH_BATCH; r->next++) {
        if (r->wanted[r->next].evaluate) {
            people[r->batch_count] = r->wanted[r->next].bsn;
            r->batch[r->batch_count++] = &r->wanted[r->next];
        }
    }
    if (r->batch_count == 0) {
        test_wanted(r);
    } else if (ask_batch(r, people, &err) != RESULT_OK) {
        batch_failed(r, &err);
    }
    mem_wipe(people, sizeof people);
}

/* ---- who ---- */

/* A value of which the partner was never asked, and that is in his set by now, is evaluated once more: a signal that no batch
 * went before would tell him that it was tested earlier, when the person was not in his set. */
static void take_value(struct signal_round *r, struct wanted *w)
{
    struct api *api = r->signals->api;
    const struct slice purpose = slice_text(PURPOSE_SIGNAL);
    const struct match_key key = match_key_of(r->set.epoch, &r->set.key);
    struct match_values *values = match_values_read(api, &w->bsn, purpose);
    const struct match_kept *kept = values != NULL ? match_values_find(values, &r->partner->oin, &key) : NULL;
    const bool in_set =
        kept != NULL && lookups_test(api->lookups, &r->partner->oin, purpose, &r->set, kept->value.fingerprint);
    w->evaluate = kept == NULL || (in_set && !kept->asked);
    if (!w->evaluate) {
        w->value = kept->value;
        signal_line_value(r->line, w->slot, kept->value.fingerprint);
    }
    match_values_free(values);
}

/* By the rows, and by the covenant at this moment; without it nothing is evaluated at the partner either. */
static bool take_wanted(struct signal_round *r, size_t slot)
{
    struct signal_weighed weighed;
    struct signal_weighed member = {.may = true};
    struct error err;
    static const struct ident himself = {{0}};
    const struct live live = r->signals->live[slot];
    const struct ident *person = live.via_household ? &live.person : &himself;
    struct known *known = signal_line_known(r->line, slot);
    struct api *api = r->signals->api;
    if (live.via_household && !households_ready(api->households)) {
        r->line->all = true;
        rest(r, FAILED_REST_MS);
        return false;
    }
    enum result result = signals_weigh_of(api, r->held->covenant, r->partner, &live.subject, &live.id, &weighed, &err);
    if (result == RESULT_OK && live.via_household) {
        result = signals_weigh_of(api, r->held->covenant, r->partner, &live.person, SIGNALS_MEMBER, &member, &err);
        member.may = member.may && signals_lives_with(api, &live.subject, &live.person, false);
    }
    if (result != RESULT_OK) {
        log_error(r->signals->api->log, LOG_ERROR, "zorgsignaal-niet-gewogen", &err);
        if (err.fault != FAULT_NOT_FOUND) {
            rest(r, FAILED_REST_MS);
        }
        if (err.fault == FAULT_NOT_FOUND) {
            signal_line_set(r->line, slot, KNOWN_SETTLED);
        }
        return false;
    }
    if (signals_go_by_another(&weighed, &r->partner->oin, person)) {
        r->line->all = true;
        return false;
    }
    const bool begun = signal_reached(&weighed.signal, &r->partner->oin) == REACH_HIT &&
                       signal_turn(&weighed.signal, &r->partner->oin) == weighed.turn;
    const bool was_there = signals_are_there(&weighed, &r->partner->oin, person);
    const struct bsn *bsn = live.via_household ? &member.subject.bsn : &weighed.subject.bsn;
    const bool wanted = weighed.may && !weighed.sent && !was_there && member.may && bsn_is_set(bsn);
    if (wanted) {
        struct wanted *w = &r->wanted[r->wanted_count++];
        *w = (struct wanted){.slot = slot,
                             .signal = live.id,
                             .subject = live.subject,
                             .person = live.person,
                             .via_household = live.via_household,
                             .bsn = *bsn};
        known->begun = begun; /* also before a restart */
        take_value(r, w);
    } else {
        signal_line_set(r->line, slot, KNOWN_SETTLED);
        known->waits = false;
        known->begun = known->begun && begun;
    }
    mem_wipe(&weighed, sizeof weighed);
    mem_wipe(&member, sizeof member);
    return wanted;
}

/* Slots that are in the set, as many as one round takes. */
struct found {
    uint32_t slots[SIGNAL_HITS_ROUND];
    size_t count;
    bool more;
};

static void take_hit(void *ctx, uint32_t slot)
{
    struct found *found = ctx;
    if (found->count == SIGNAL_HITS_ROUND) {
        found->more = true;
    } else {
        found->slots[found->count++] = slot;
    }
}

static bool is_wanted(const struct signal_round *r, size_t slot)
{
    size_t i = 0;
    while (i < r->wanted_count && r->wanted[i].slot != slot) {
        i++;
    }
    return i < r->wanted_count;
}

/* Those whose value is known are in the set or not by the values alone; the others are looked at, and those that were begun
 * and had no answer: who left the set meanwhile is taken back there. */
static void gather(struct signal_round *r, uint64_t version, bool all)
{
    struct signals *signals = r->signals;
    struct signal_line *line = r->line;
    struct found found = {.count = 0};
    const bool tested = lookups_rematch(signals->api->lookups, &line->partner, slice_text(PURPOSE_SIGNAL), &r->set,
                                        version, all, &line->rematch, take_hit, &found);
    r->tested += tested ? (uint32_t)(rematch_count(&line->rematch) - found.count) : 0;
    line->again = found.more;
    for (size_t i = 0; i < found.count; i++) {
        const struct live *live = &signals->live[found.slots[i]];
        if (signal_line_known(line, found.slots[i]) != NULL && live->used && !live->pending) {
            (void)take_wanted(r, found.slots[i]);
        }
    }
    size_t looks = 0;
    for (size_t i = 0; i < signals->live_count; i++) { /* on from where the last round was */
        const size_t slot = (line->look_at + i) % signals->live_count;
        const struct known *known = signal_line_known(line, slot);
        const bool begun = known != NULL && known->state == KNOWN_VALUE && known->begun && !is_wanted(r, slot);
        if (known == NULL || !signals->live[slot].used || signals->live[slot].pending ||
            (known->state != KNOWN_NOT && !begun)) {
            continue;
        }
        if (r->wanted_count == SIGNAL_HITS_ROUND || looks++ == SIGNAL_HITS_ROUND) {
            line->look_at = slot;
            line->again = true;
            return;
        }
        (void)take_wanted(r, slot);
    }
}

void signal_round_go_on(struct signal_line *line)
{
    struct signal_round *r = line->round;
    if (r != NULL && r->waits && (line->signals->stopping || uv_now(line->signals->api->loop) >= r->send_ms)) {
        send_now(r);
    }
}

void signal_round_begin(struct signal_line *line, const struct lookup_set *set)
{
    struct api *api = line->signals->api;
    struct api_covenant *held = api_covenant_with(api, &line->partner);
    struct signal_round *r = held != NULL ? mem_zalloc(sizeof *r) : NULL;
    if (r == NULL) {
        return; /* the next time */
    }
    if (!line->has_set || !same_key(&line->set, set)) {
        for (size_t i = 0; i < line->known_room; i++) {
            const bool member = i < line->signals->live_count && line->signals->live[i].via_household;
            const bool again =
                line->known[i].state == KNOWN_VALUE || member; /* his household may be known there by now */
            line->known[i].state = again ? KNOWN_NOT : line->known[i].state;
        }
        rematch_clear(&line->rematch);
    }
    const uint64_t version = line->set.version;
    const bool all = line->all || line->again || !line->has_set;
    line->all = false;
    line->has_set = true;
    line->set = *set;
    line->again = false;
    line->round = r;
    api->calls++;
    r->line = line;
    r->signals = line->signals;
    r->held = api_hold(held);
    r->partner = covenant_party(held->covenant, &line->partner);
    r->set = *set;
    gather(r, version, all);
    evaluate_next(r);
}
