/* Epochs: their seeds made and destroyed, and the sets of each made, with the records of their keys. */
#include <stdio.h>
#include <string.h>

#include "api/sharing_parts.h"
#include "base/mem.h"
#include "base/workdays.h"

bool epochs_live(const struct sharing *s, uint32_t epoch)
{
    for (size_t i = 0; i < s->epoch_count; i++) {
        if (s->epochs[i].number == epoch) {
            return true;
        }
    }
    return false;
}

static void live_epochs(const struct sharing *s, struct live_epoch out[EPOCHS_LIVE], size_t *count)
{
    const int64_t now = clock_now(s->api->clock);
    const uint32_t current = sharing_epoch_at(s, now);
    *count = 0;
    if (current > 0 && now < (int64_t)current * s->times.epoch_ms + s->times.overlap_ms) {
        out[(*count)++].number = current - 1;
    }
    out[(*count)++].number = current;
    if (now >= sharing_epoch_opens(s, current + 1) - s->times.overlap_ms) {
        out[(*count)++].number = current + 1;
    }
}

static bool epochs_changed(const struct sharing *s, const struct live_epoch *live, size_t count)
{
    if (count != s->epoch_count) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (live[i].number != s->epochs[i].number) {
            return true;
        }
    }
    return false;
}

static bool has_seed(const uint32_t *seeds, size_t count, uint32_t epoch)
{
    for (size_t i = 0; i < count; i++) {
        if (seeds[i] == epoch) {
            return true;
        }
    }
    return false;
}

enum { SEEDS_MAX = 64 };

static enum result take_epochs(struct sharing *s, struct live_epoch *live, size_t count, struct error *err)
{
    uint32_t seeds[SEEDS_MAX];
    size_t seed_count = 0;
    TRY(seal_epochs(s->api->keyring, seeds, SEEDS_MAX, &seed_count, err));
    s->epoch_count = 0;
    for (size_t i = 0; i < count; i++) {
        live[i].seeded = has_seed(seeds, seed_count, live[i].number);
        /* What was never made for an epoch that is over is not made any more. */
        if (live[i].seeded || live[i].number >= sharing_epoch(s)) {
            s->epochs[s->epoch_count++] = live[i];
        }
    }
    return RESULT_OK;
}

static enum result refresh(struct sharing *s, const struct date *today, struct error *err)
{
    struct live_epoch live[EPOCHS_LIVE] = {{0, false}};
    size_t count = 0;
    live_epochs(s, live, &count);
    TRY(take_epochs(s, live, count, err));
    TRY(targets_gather(s, today, err));
    targets_fit_sets(s);
    const enum result indexed = scope_index(s, err);
    targets_join(s);
    TRY(indexed);
    targets_sweep_if_other(s, today);
    s->refresh = false;
    s->ending = true;
    s->as_of = *today;
    return RESULT_OK;
}

/* ---- a step: seeds made and destroyed, sets made ---- */

struct making {
    struct sharing *s;
    uint32_t epoch;
    uint32_t numbers[MATCH_STEP_SETS];
    size_t count;
    bool failed;
    struct error err;
};

static void end_making(struct making *m, const struct error *err)
{
    struct sharing *s = m->s;
    s->refresh = true;
    const struct error why = err != NULL ? *err : (struct error){.fault = FAULT_NONE};
    mem_free(m);
    sharing_end(s, err != NULL ? &why : NULL);
}

/* On a worker thread. */
static void make_seed(void *ctx)
{
    struct making *m = ctx;
    bool created = false;
    m->failed = seal_epoch_make(m->s->api->keyring, m->epoch, &created, &m->err) != RESULT_OK;
}

static void destroy_seed(void *ctx)
{
    struct making *m = ctx;
    m->failed = seal_epoch_destroy(m->s->api->keyring, m->epoch, &m->err) != RESULT_OK;
}

static void seed_done(void *ctx)
{
    struct making *m = ctx;
    end_making(m, m->failed ? &m->err : NULL);
}

static void end_recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct making *m = ctx;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(m->s->api->audit);
        end_making(m, err);
        return;
    }
    m->s->state.ended = m->epoch;
    if (!sharing_aside(m->s, destroy_seed, seed_done, m)) {
        mem_free(m);
    }
}

/* Recorded first: a crash in between destroys it at the next start, without another record. */
static void record_end(struct making *m)
{
    struct sharing *s = m->s;
    struct record record;
    struct error err;
    char text[64];
    struct sharing_state state = s->state;
    struct store_batch *batch = store_batch_new(s->api->door);
    (void)snprintf(text, sizeof text, "periode %u", (unsigned)m->epoch);
    sharing_own_record(s, RECORD_EPOCH_KEY_DESTROYED, &record);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        end_making(m, &err);
        return;
    }
    if (audit_append(s->api->audit, batch, &record, slice_text(text), &err) != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(s->api->audit);
        end_making(m, &err);
        return;
    }
    state.ended = m->epoch;
    keep_put_state(s, &state, batch);
    store_commit(s->api->door, batch, end_recorded, m);
}

/* On a worker thread. */
static void make_secrets(void *ctx)
{
    struct making *m = ctx;
    uint8_t *seed = voprf_secret_new(VOPRF_SEED);
    m->failed = seed == NULL;
    if (seed == NULL) {
        (void)error_set(&m->err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    } else {
        m->failed = seal_epoch_seed(m->s->api->keyring, m->epoch, seed, &m->err) != RESULT_OK;
    }
    for (size_t i = 0; i < m->count && !m->failed; i++) {
        struct shared_set *set = scope_set(m->s, m->numbers[i]);
        struct set_secrets *secrets = scope_secrets(m->s, m->numbers[i]);
        m->failed =
            scope_secrets_make(m->s, seed, set, secrets, &m->err) != RESULT_OK ||
            published_set_open(secrets->dummies, &set->state, NULL, 0, set->version, &set->set, &m->err) != RESULT_OK;
    }
    voprf_secret_free(seed);
}

static void drop_made(struct making *m)
{
    for (size_t i = 0; i < m->count; i++) {
        scope_bury_set(m->s, scope_set(m->s, m->numbers[i]));
    }
}

static void sets_recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct making *m = ctx;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(m->s->api->audit);
        drop_made(m);
    }
    for (size_t i = 0; err == NULL && i < m->count; i++) {
        scope_set(m->s, m->numbers[i])->kept = true;
    }
    end_making(m, err);
}

static enum result record_key(struct sharing *s, const struct shared_set *set, struct store_batch *batch,
                              struct error *err)
{
    struct record record;
    const struct target *target = scope_target(s, &set->requester, slice_text(set->purpose));
    sharing_own_record(s, RECORD_EPOCH_KEY, &record);
    record.peer = set->requester;
    record.class.class = target != NULL ? target->retention_class : 0;
    memcpy(record.purpose, set->purpose, sizeof set->purpose);
    memcpy(record.attachment, scope_secrets(s, set->number)->key.public.bytes, VOPRF_ELEMENT);
    char text[64];
    (void)snprintf(text, sizeof text, "periode %u", (unsigned)set->epoch);
    return audit_append(s->api->audit, batch, &record, slice_text(text), err);
}

static enum result put_made(struct making *m, struct store_batch *batch, struct error *err)
{
    struct sharing *s = m->s;
    for (size_t i = 0; i < m->count; i++) {
        TRY(record_key(s, scope_set(s, m->numbers[i]), batch, err));
    }
    for (size_t chunk = 0; chunk < s->chunk_count; chunk++) {
        if (s->chunks[chunk]->changed) {
            keep_put_chunk(s, chunk, s->chunks[chunk]->sets, batch);
            s->chunks[chunk]->changed = false; /* a failure drops the sets, which changes it again */
        }
    }
    return RESULT_OK;
}

static void secrets_made(void *ctx)
{
    struct making *m = ctx;
    struct error err;
    struct store_batch *batch = m->failed ? NULL : store_batch_new(m->s->api->door);
    if (m->failed || batch == NULL) {
        if (!m->failed) {
            (void)error_set(&m->err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        }
        drop_made(m);
        end_making(m, &m->err);
        return;
    }
    if (put_made(m, batch, &err) != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(m->s->api->audit);
        drop_made(m);
        end_making(m, &err);
        return;
    }
    store_commit(m->s->api->door, batch, sets_recorded, m);
}

static uint32_t free_number(const struct sharing *s, uint32_t from)
{
    while (from <= s->chunk_count * SETS_PER_CHUNK && scope_set(s, from) != NULL) {
        from++;
    }
    return from;
}

/* Of this name and epoch, closed; NULL: there is none. */
static struct shared_set *past_set(const struct sharing *s, const struct target *target, size_t epoch_at)
{
    struct shared_set *set = scope_set(s, target->past[epoch_at]);
    return set != NULL && set->closed ? set : NULL;
}

static bool may_make(const struct sharing *s, const struct target *target, size_t epoch_at)
{
    const struct shared_set *past = past_set(s, target, epoch_at);
    return target->sets[epoch_at] == 0 && (past == NULL || past->tomb); /* its places go first */
}

/* One that was before, or a new one. */
static enum result take_set(struct making *m, const struct target *target, size_t epoch_at, uint32_t *from,
                            struct shared_set **out, struct error *err)
{
    struct sharing *s = m->s;
    struct shared_set *set = past_set(s, target, epoch_at);
    if (set != NULL) {
        set->closed = false;
        set->tomb = false;
        set->kept = false;
    } else {
        *from = free_number(s, *from);
        TRY(scope_new_set(s, *from, &set, err));
        set->epoch = m->epoch;
        set->requester = target->requester;
        (void)slice_copy_text(slice_text(target->purpose), set->purpose, sizeof set->purpose);
    }
    set->urgent = target->urgent;
    *out = set;
    return RESULT_OK;
}

/* Sets of this epoch that are lacking; the look at everybody that finds who belongs in them begins after. Past what fits,
 * those that fit are made, and then only the excess fails. */
static enum result take_numbers(struct making *m, size_t epoch_at, struct error *err)
{
    struct sharing *s = m->s;
    uint32_t from = 1;
    for (size_t i = 0; i < s->target_count && m->count < MATCH_STEP_SETS; i++) {
        struct shared_set *set = NULL;
        if (!may_make(s, &s->targets[i], epoch_at)) {
            continue;
        }
        if (take_set(m, &s->targets[i], epoch_at, &from, &set, err) != RESULT_OK) {
            return m->count != 0 ? RESULT_OK : RESULT_FAILED;
        }
        set->born = s->state.sweep + 1;
        m->numbers[m->count++] = set->number;
        scope_changed(s, set);
    }
    return RESULT_OK;
}

static struct making *new_making(struct sharing *s, uint32_t epoch)
{
    struct making *m = mem_zalloc(sizeof *m);
    struct error err;
    sharing_begin(s);
    if (m == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        sharing_end(s, &err);
        return NULL;
    }
    m->s = s;
    m->epoch = epoch;
    return m;
}

static void work_aside(struct making *m, void (*work)(void *ctx), void (*done)(void *ctx))
{
    if (!sharing_aside(m->s, work, done, m)) {
        drop_made(m);
        m->s->refresh = true;
        mem_free(m);
    }
}

static bool lacks_sets(const struct sharing *s, size_t epoch_at)
{
    for (size_t i = 0; i < s->target_count; i++) {
        if (s->targets[i].sets[epoch_at] == 0) {
            return true;
        }
    }
    return false;
}

static bool may_make_some(const struct sharing *s, size_t epoch_at)
{
    for (size_t i = 0; i < s->target_count; i++) {
        if (may_make(s, &s->targets[i], epoch_at)) {
            return true;
        }
    }
    return false;
}

bool epochs_lack_sets(const struct sharing *s)
{
    for (size_t i = 0; i < s->epoch_count; i++) {
        if (lacks_sets(s, i)) {
            return true;
        }
    }
    return false;
}

static bool make_step(struct sharing *s)
{
    for (size_t i = 0; i < s->epoch_count; i++) {
        struct error err;
        const enum sharing_step step = STEP_MAKE + s->epochs[i].number % EPOCHS_LIVE;
        if ((s->epochs[i].seeded && !may_make_some(s, i)) || !sharing_may(s, step)) {
            continue;
        }
        struct making *m = new_making(s, s->epochs[i].number);
        if (m == NULL) {
            return true;
        }
        if (!s->epochs[i].seeded) {
            work_aside(m, make_seed, seed_done);
        } else if (take_numbers(m, i, &err) != RESULT_OK) {
            drop_made(m);
            end_making(m, &err);
        } else {
            work_aside(m, make_secrets, secrets_made);
        }
        return true;
    }
    return false;
}

bool epochs_have_sets(const struct sharing *s, uint32_t epoch)
{
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        const struct shared_set *set = scope_set(s, number);
        if (set != NULL && !set->tomb && set->epoch == epoch) {
            return true;
        }
    }
    return false;
}

/* A turn comes each 100 ms or so: one that comes much later says more of the clock, or of a node that stood still, than of
 * how long it was up. */
void epochs_note_time(struct sharing *s)
{
    const int64_t now = clock_now(s->api->clock);
    const uint32_t current = sharing_epoch_at(s, now);
    const int64_t most = s->times.overlap_ms / 16 < CLOCK_JUMP_MAX_MS ? s->times.overlap_ms / 16 : CLOCK_JUMP_MAX_MS;
    const int64_t passed = s->seen_ms != 0 && now > s->seen_ms ? now - s->seen_ms : 0;
    s->seen_ms = now;
    if (current == 0 || s->over != current - 1) {
        s->over = current != 0 ? current - 1 : 0;
        s->over_ms = 0;
        return;
    }
    s->over_ms += passed < most ? passed : most;
}

/* A clock that jumped, believed or not, must not take seeds with it that serve as soon as it is put right: so an epoch must
 * be over for the length of an overlap in which this node was up. A node that was up at its end has been so by the time
 * that the epoch does not serve any more. */
static bool is_surely_over(const struct sharing *s, uint32_t epoch)
{
    return !epochs_live(s, epoch) && epoch <= s->over && s->over_ms >= s->times.overlap_ms;
}

/* Seeds of epochs that are over, once nothing of them is left but their past. */
static bool destroy_step(struct sharing *s)
{
    uint32_t seeds[SEEDS_MAX];
    size_t count = 0;
    struct error err;
    if (!s->ending || s->over_ms < s->times.overlap_ms || !sharing_may(s, STEP_DESTROY)) {
        return false;
    }
    if (seal_epochs(s->api->keyring, seeds, SEEDS_MAX, &count, &err) != RESULT_OK) {
        sharing_failed(s, &err);
        return false;
    }
    s->ending = false;
    for (size_t i = 0; i < count; i++) {
        const bool left = epochs_have_sets(s, seeds[i]);
        s->ending = s->ending || (left && !epochs_live(s, seeds[i]));
        if (!is_surely_over(s, seeds[i]) || left) {
            continue;
        }
        s->ending = true;
        struct making *m = new_making(s, seeds[i]);
        if (m != NULL && s->state.ended == seeds[i]) {
            work_aside(m, destroy_seed, seed_done);
        } else if (m != NULL) {
            record_end(m);
        }
        return true;
    }
    return false;
}

/* The next epoch may be used once each set of it was published. */
static void look_ready(struct sharing *s)
{
    const uint32_t next = sharing_epoch(s) + 1;
    for (size_t i = 0; i < s->epoch_count && s->next_ready != next; i++) {
        bool all = s->epochs[i].number == next;
        for (size_t k = 0; all && k < s->target_count; k++) {
            const struct shared_set *set = scope_set(s, s->targets[k].sets[i]);
            all = set != NULL && scope_published(s, set);
        }
        s->next_ready = all ? next : s->next_ready;
    }
}

/* Who is behind in a look at everybody is found by the one after it. */
static bool sweep_for_new(struct sharing *s)
{
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        const struct shared_set *set = scope_set(s, number);
        if (set != NULL && !set->closed && set->born > s->state.sweep) {
            targets_sweep(s);
            return true;
        }
    }
    return false;
}

/* One that fails is tried again later, and all else goes on as it was. */
static void try_refresh(struct sharing *s, const struct date *today)
{
    struct error err;
    if (!sharing_may(s, STEP_REFRESH)) {
        return;
    }
    if (refresh(s, today, &err) == RESULT_OK) {
        sharing_went_well(s);
    } else {
        sharing_failed(s, &err);
    }
}

bool epochs_step(struct sharing *s)
{
    struct live_epoch live[EPOCHS_LIVE] = {{0, false}};
    size_t count = 0;
    const struct date today = workdays_dutch_day(clock_now(s->api->clock));
    live_epochs(s, live, &count);
    if (count != 0 && live[0].number < sharing_epoch(s) && !epochs_live(s, live[0].number)) {
        memmove(live, live + 1, --count * sizeof *live); /* one that was never made */
    }
    if (s->refresh || date_compare(&today, &s->as_of) != 0 || epochs_changed(s, live, count)) {
        try_refresh(s, &today);
    }
    look_ready(s);
    if (make_step(s)) {
        return true;
    }
    (void)sweep_for_new(s);
    return destroy_step(s);
}
