/*
 * One partner's round: all that live are tested in his set by what is known of them -> who was not evaluated yet, or is in it
 * and was never asked about, is weighed here (signals_gather.c), and evaluated in batches (signals_evaluate.c) -> recorded ->
 * who is in the set now is sent, one after another in a random order, each at a moment by chance.
 * What fails is due again at the next version.
 */
#include <uv.h>

#include "api/blocks.h"
#include "api/signals_round_parts.h"
#include "base/bytes.h"
#include "base/mem.h"

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

struct known *signal_round_known(const struct signal_round *r, const struct wanted *w)
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

void signal_round_rest(struct signal_round *r, uint64_t rest_ms)
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
    struct known *known = signal_round_known(r, w);
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
    struct known *known = signal_round_known(r, &r->wanted[r->next - 1]);
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
        signal_round_rest(r, SIGNAL_FAILED_REST_MS);
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
        signal_round_rest(r, SIGNAL_FAILED_REST_MS);
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
void signal_round_test(struct signal_round *r)
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
        struct known *known = signal_round_known(r, w);
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
    signal_round_gather(r, version, all);
    signal_round_evaluate(r);
}
