#include "api/sharing.h"

#include <string.h>

#include "api/later.h"
#include "api/sharing_parts.h"
#include "base/mem.h"

enum result sharing_open(struct api *api, const struct match_times *times, struct sharing **out, struct error *err)
{
    uint8_t secret[ROSTER_SECRET_BYTES];
    /* The next epoch is made ready from twice the overlap before its start: never two that are to come. */
    ENSURE(times->tick_ms > 0 && times->urgent_tick_ms > 0 && times->overlap_ms > 0 && times->removal_ms >= 0 &&
               times->epoch_ms / 4 >= times->overlap_ms,
           err, FAULT_CONFIG, "koppeling.overlap_ms", "hoogstens een kwart van periode_ms");
    TRY(voprf_ready(err));
    struct sharing *s = mem_zalloc(sizeof *s);
    ENSURE(s != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    s->api = api;
    s->times = *times;
    s->refresh = true;
    api->entropy->fill(api->entropy->ctx, secret, sizeof secret);
    const enum result result = roster_new(secret, &s->roster, err);
    mem_wipe(secret, sizeof secret);
    if (result != RESULT_OK) {
        mem_free(s);
        return RESULT_FAILED;
    }
    *out = s;
    return RESULT_OK;
}

void sharing_stop(struct sharing *sharing)
{
    if (sharing != NULL) {
        sharing->stopped = true;
    }
}

void sharing_close(struct sharing *sharing)
{
    if (sharing == NULL) {
        return;
    }
    scope_free(sharing);
    for (unsigned i = 0; i < TICK_KINDS; i++) {
        publication_free(&sharing->publications[i]);
    }
    roster_free(sharing->roster);
    mem_free(sharing->ended);
    mem_free(sharing->ended_subjects);
    mem_free(sharing);
}

/* ---- one step at a time ---- */

void sharing_begin(struct sharing *s)
{
    s->under_way = true;
    s->api->calls++;
}

static void next_step(struct sharing *s);

static void go_on(void *ctx)
{
    struct sharing *s = ctx;
    s->api->calls--;
    if (!s->under_way) {
        next_step(s);
    }
}

int64_t sharing_interval(const struct sharing *s, enum tick_kind kind)
{
    return kind == TICK_URGENT ? s->times.urgent_tick_ms : s->times.tick_ms;
}

bool sharing_may(struct sharing *s, enum sharing_step step)
{
    const struct step_wait *wait = &s->waits[step];
    const int64_t left = wait->until - clock_now(s->api->clock);
    if (left > 0 && left <= wait->wait) { /* longer: the clock was put back */
        return false;
    }
    s->step = step;
    return true;
}

void sharing_failed(struct sharing *s, const struct error *err)
{
    struct step_wait *wait = &s->waits[s->step];
    const int64_t most = s->times.tick_ms > SHARING_RETRY_MS ? s->times.tick_ms : SHARING_RETRY_MS;
    log_error(s->api->log, LOG_ERROR, "koppeling-stap-mislukt", err);
    wait->wait = wait->wait != 0 ? wait->wait * 2 : SHARING_RETRY_MS;
    wait->wait = wait->wait < most ? wait->wait : most;
    wait->until = clock_now(s->api->clock) + wait->wait;
}

void sharing_went_well(struct sharing *s)
{
    s->waits[s->step] = (struct step_wait){0, 0};
}

void sharing_end(struct sharing *s, const struct error *err)
{
    struct error why;
    s->under_way = false;
    s->api->calls--;
    if (err != NULL) {
        sharing_failed(s, err); /* and the others go on */
    } else {
        sharing_went_well(s);
    }
    /* Whoever asks gets his turn between two steps. */
    s->api->calls++;
    if (s->stopped || later(s->api->loop, go_on, s, &why) != RESULT_OK) {
        s->api->calls--;
    }
}

void sharing_end_flushed(struct sharing *s)
{
    keep_flush(s, sharing_end);
}

bool sharing_aside(struct sharing *s, void (*work)(void *ctx), void (*done)(void *ctx), void *ctx)
{
    struct error err;
    if (aside(s->api->loop, work, done, ctx, &err) == RESULT_OK) {
        return true;
    }
    sharing_end(s, &err);
    return false;
}

/* Nothing is decided, drawn or destroyed by a clock that is known to be wrong, or that jumped and is not believed yet. */
static bool may_step(struct sharing *s)
{
    struct error err;
    if (!s->started || s->stopped || s->under_way || api_clock_wrong(s->api, &err)) {
        return false;
    }
    return s->api->highest_ms == 0 || clock_now(s->api->clock) - s->api->highest_ms <= CLOCK_JUMP_MAX_MS;
}

/* Whoever waits for an answer goes before a look at everybody, for a while. */
static bool may_look_at_all(struct sharing *s)
{
    if (s->api->calls != 0 && s->patience < MATCH_PATIENCE) {
        return false;
    }
    s->patience = 0;
    return true;
}

/* Who changed is waited for, so he goes before those who leave; but these get their turn too. */
static bool leave_now_and_then(struct sharing *s)
{
    enum { TURNS = 4 };
    return ++s->turns % TURNS == 0 && leave_step(s);
}

static void next_step(struct sharing *s)
{
    if (!may_step(s)) {
        return;
    }
    epochs_note_time(s);
    if (keep_unwritten(s)) {
        if (sharing_may(s, STEP_KEEP)) {
            sharing_begin(s);
            sharing_end_flushed(s);
        }
        return;
    }
    if (epochs_step(s) || tick_step(s) || leave_now_and_then(s) || look_step(s, false) || leave_step(s)) {
        return;
    }
    if (may_look_at_all(s)) {
        (void)look_step(s, true);
    }
}

void sharing_tick(struct sharing *sharing)
{
    sharing->patience++;
    next_step(sharing);
}

void sharing_covenant_changed(struct sharing *sharing)
{
    if (sharing != NULL) {
        sharing->refresh = true;
    }
}

static void loaded(struct sharing *s, const struct error *err)
{
    s->api->calls--;
    s->under_way = false;
    s->started = err == NULL;
    s->ready(s->ready_ctx, err);
}

void sharing_start(struct sharing *sharing, void (*ready)(void *ctx, const struct error *err), void *ctx)
{
    sharing->ready = ready;
    sharing->ready_ctx = ctx;
    sharing_begin(sharing);
    keep_load(sharing, loaded);
}

void sharing_own_record(const struct sharing *s, enum record_operation operation, struct record *out)
{
    *out = (struct record){.operation = operation, .outcome = OUTCOME_DONE, .age = 255};
    memcpy(out->user, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
    memcpy(out->covenant, covenant_digest(s->api->covenant->covenant)->bytes, sizeof out->covenant);
}

/* ---- epochs, for others ---- */

uint32_t sharing_epoch_at(const struct sharing *s, int64_t now_ms)
{
    return now_ms > 0 ? (uint32_t)(now_ms / s->times.epoch_ms) : 0;
}

uint32_t sharing_epoch(const struct sharing *sharing)
{
    return sharing_epoch_at(sharing, clock_now(sharing->api->clock));
}

int64_t sharing_epoch_opens(const struct sharing *sharing, uint32_t epoch)
{
    return (int64_t)epoch * sharing->times.epoch_ms - sharing->times.overlap_ms;
}

bool sharing_epoch_serves(const struct sharing *sharing, uint32_t epoch)
{
    const int64_t now = clock_now(sharing->api->clock);
    const uint32_t current = sharing_epoch_at(sharing, now);
    if (epoch == current + 1) {
        return now >= sharing_epoch_opens(sharing, epoch) && sharing->next_ready == epoch;
    }
    const int64_t end = ((int64_t)epoch + 1) * sharing->times.epoch_ms;
    return epoch == current ||
           (epoch + 1 == current && now < end + sharing->times.overlap_ms && epochs_have_sets(sharing, epoch));
}

/* ---- sets, for others ---- */

enum result sharing_key(struct sharing *sharing, const struct match_scope *scope, struct voprf_key *out,
                        struct error *err)
{
    const uint32_t current = sharing_epoch(sharing);
    ENSURE(sharing_epoch_serves(sharing, scope->epoch), err, FAULT_INVALID, "/periode", "hier geldt periode %u%s",
           (unsigned)current, sharing_epoch_serves(sharing, current + 1) ? ", en de volgende" : "");
    const struct shared_set *set = scope_find(sharing, scope);
    ENSURE(set != NULL, err, FAULT_BUSY, "", "de sleutel voor dit doel wordt nog gemaakt");
    *out = scope_secrets(sharing, set->number)->key;
    return RESULT_OK;
}

static bool stands(const struct sharing *s, const struct shared_set *set, const struct roster_place *place)
{
    return place->since <= set->version && !look_gone(s, place);
}

bool sharing_find(const struct sharing *sharing, const struct match_scope *scope, const struct ask_key *key,
                  struct ident *subject)
{
    static const struct roster_place nobody = {.set = 0};
    const struct shared_set *set = scope_find(sharing, scope);
    const uint32_t slot = roster_find(sharing->roster, set != NULL ? set->number : 0, key);
    const struct roster_place *place = slot != 0 ? roster_at(sharing->roster, slot) : &nobody;
    const bool here = set != NULL && sharing_epoch_serves(sharing, scope->epoch) && stands(sharing, set, place);
    if (!here || slot == 0) {
        return false;
    }
    *subject = place->subject;
    return true;
}

/* Before the first look at the covenants nobody knows for whom there are sets. */
bool sharing_answers(const struct sharing *sharing, const struct match_scope *scope)
{
    const struct shared_set *set = scope_find(sharing, scope);
    if (set != NULL) {
        return scope_published(sharing, set);
    }
    return sharing->as_of.year != 0 && scope_target(sharing, &scope->requester, scope->purpose) == NULL;
}

bool sharing_decoy(const struct sharing *sharing, uint64_t pick, struct ident *subject)
{
    const uint32_t slot = roster_pick(sharing->roster, pick);
    if (slot == 0) {
        return false;
    }
    *subject = roster_at(sharing->roster, slot)->subject;
    return true;
}

uint32_t sharing_epoch_with_set(const struct sharing *sharing, const struct match_scope *scope)
{
    uint32_t newest = 0;
    const struct target *target = scope_target(sharing, &scope->requester, scope->purpose);
    for (size_t i = 0; target != NULL && i < sharing->epoch_count; i++) {
        const struct shared_set *set = scope_set(sharing, target->sets[i]);
        if (set != NULL && scope_published(sharing, set) && set->epoch > newest &&
            sharing_epoch_serves(sharing, set->epoch)) {
            newest = set->epoch;
        }
    }
    return newest;
}

static uint32_t newest_of(const struct sharing *s, const struct match_scope *scope)
{
    const uint32_t newest = sharing_epoch_with_set(s, scope);
    return newest > scope->epoch ? newest : scope->epoch;
}

static const struct shared_set *published(const struct sharing *s, const struct match_scope *scope)
{
    const struct shared_set *set = scope_find(s, scope);
    return set != NULL && scope_published(s, set) && sharing_epoch_serves(s, scope->epoch) ? set : NULL;
}

enum result sharing_set(const struct sharing *sharing, const struct match_scope *scope, struct sharing_set *out,
                        struct error *err)
{
    const struct shared_set *set = published(sharing, scope);
    ENSURE(set != NULL, err, FAULT_NOT_FOUND, "", "deze opzoekset is nog niet gepubliceerd");
    *out = (struct sharing_set){
        .header = {.epoch = set->epoch,
                   .newest = newest_of(sharing, scope),
                   .class = published_set_class(set->set),
                   .version = set->version,
                   .root = *published_set_root(set->set),
                   .key = scope_secrets(sharing, set->number)->key.public},
        .entries = published_set_entries(set->set),
        .people = published_set_people(set->set),
    };
    return RESULT_OK;
}

enum result sharing_step(const struct sharing *sharing, const struct match_scope *scope, uint64_t from,
                         struct set_swap swaps[SET_STEP_SWAPS], uint32_t *count, struct error *err)
{
    const struct shared_set *set = published(sharing, scope);
    ENSURE(set != NULL, err, FAULT_NOT_FOUND, "", "deze opzoekset is nog niet gepubliceerd");
    return published_set_step(set->set, from, set->version, swaps, count, err);
}

/* ---- how it stands ---- */

static size_t not_shown(const struct sharing *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->set_count; i++) {
        count += !scope_published(s, scope_set(s, s->index[i]));
    }
    return count;
}

size_t sharing_waiting(const struct sharing *sharing)
{
    if (!sharing->started) {
        return 1;
    }
    const bool looking = sharing->refresh || sharing->state.swept < sharing->state.sweep;
    return look_waiting(sharing) + sharing->pending + not_shown(sharing) + (epochs_lack_sets(sharing) ? 1 : 0) +
           (looking ? 1 + (size_t)sharing->people_left : 0);
}

uint64_t sharing_version(const struct sharing *sharing)
{
    return sharing->state.ticks;
}
