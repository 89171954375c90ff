#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/book.h"
#include "api/sharing_parts.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/workdays.h"
#include "policy/decide.h"

/* ---- sets by number and by name ---- */

struct shared_set *scope_set(const struct sharing *s, uint32_t number)
{
    const size_t at = (size_t)number - 1;
    if (number == 0 || at / SETS_PER_CHUNK >= s->chunk_count) {
        return NULL;
    }
    struct shared_set *set = &s->chunks[at / SETS_PER_CHUNK]->sets[at % SETS_PER_CHUNK];
    return set->number != 0 ? set : NULL;
}

struct set_secrets *scope_secrets(const struct sharing *s, uint32_t number)
{
    const size_t at = (size_t)number - 1;
    return &s->chunks[at / SETS_PER_CHUNK]->secrets[at % SETS_PER_CHUNK];
}

struct match_scope scope_of(const struct sharing *s, const struct shared_set *set)
{
    return (struct match_scope){s->api->own_oin, set->requester, slice_text(set->purpose), set->epoch};
}

bool scope_published(const struct shared_set *set)
{
    return set->shown && !set->closed;
}

static int compare_names(const struct oin *requester, const char *purpose, const struct oin *other,
                         const char *other_purpose)
{
    const int by_requester = memcmp(requester->digits, other->digits, OIN_DIGITS);
    return by_requester != 0 ? by_requester : strcmp(purpose, other_purpose);
}

struct indexed {
    const struct shared_set *set;
};

static int compare_indexed(const void *a, const void *b)
{
    const struct shared_set *left = ((const struct indexed *)a)->set;
    const struct shared_set *right = ((const struct indexed *)b)->set;
    const int by_name = compare_names(&left->requester, left->purpose, &right->requester, right->purpose);
    const int by_epoch = by_name != 0 ? by_name : (left->epoch > right->epoch) - (left->epoch < right->epoch);
    return by_epoch != 0 ? by_epoch : (left->number > right->number) - (left->number < right->number);
}

enum result scope_index(struct sharing *s, struct error *err)
{
    const size_t room = s->chunk_count * SETS_PER_CHUNK;
    struct indexed *sorted = mem_array(room, sizeof *sorted);
    uint32_t *index = mem_array(room, sizeof *index);
    if (sorted == NULL || index == NULL) {
        mem_free(sorted);
        mem_free(index);
        FAIL(err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    }
    size_t count = 0;
    for (uint32_t number = 1; number <= room; number++) {
        const struct shared_set *set = scope_set(s, number);
        if (set != NULL && set->kept && !set->closed) {
            sorted[count++].set = set;
        }
    }
    qsort(sorted, count, sizeof *sorted, compare_indexed);
    for (size_t i = 0; i < count; i++) {
        index[i] = sorted[i].set->number;
    }
    mem_free(sorted);
    mem_free(s->index);
    s->index = index;
    s->set_count = count;
    return RESULT_OK;
}

struct shared_set *scope_find(const struct sharing *s, const struct match_scope *scope)
{
    char purpose[CODE_MAX + 1];
    size_t from = 0;
    size_t end = s->set_count;
    if (!slice_copy_text(scope->purpose, purpose, sizeof purpose)) {
        return NULL;
    }
    while (from < end) {
        const size_t middle = from + (end - from) / 2;
        struct shared_set *set = scope_set(s, s->index[middle]);
        const int by_name = compare_names(&scope->requester, purpose, &set->requester, set->purpose);
        if (by_name == 0 && set->epoch == scope->epoch) {
            return set;
        }
        if (by_name < 0 || (by_name == 0 && scope->epoch < set->epoch)) {
            end = middle;
        } else {
            from = middle + 1;
        }
    }
    return NULL;
}

const struct target *scope_target(const struct sharing *s, const struct oin *requester, struct slice purpose)
{
    char name[CODE_MAX + 1];
    size_t from = 0;
    size_t end = slice_copy_text(purpose, name, sizeof name) ? s->target_count : 0;
    while (from < end) {
        const size_t middle = from + (end - from) / 2;
        const struct target *target = &s->targets[middle];
        const int order = compare_names(requester, name, &target->requester, target->purpose);
        if (order == 0) {
            return target;
        }
        from = order > 0 ? middle + 1 : from;
        end = order > 0 ? end : middle;
    }
    return NULL;
}

static enum result chunk_of(struct sharing *s, size_t chunk, struct error *err)
{
    ENSURE(chunk < MATCH_SETS_MAX / SETS_PER_CHUNK, err, FAULT_TOO_LARGE, "koppeling", "meer dan %d opzoeksets",
           (int)MATCH_SETS_MAX);
    for (; s->chunk_count <= chunk; s->chunk_count++) {
        struct set_chunk *made = mem_zalloc(sizeof *made);
        struct set_secrets *secrets = voprf_secret_new(SETS_PER_CHUNK * sizeof *secrets);
        if (made == NULL || secrets == NULL) {
            mem_free(made);
            voprf_secret_free(secrets);
            FAIL(err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        }
        made->secrets = secrets;
        s->chunks[s->chunk_count] = made;
    }
    return RESULT_OK;
}

enum result scope_new_set(struct sharing *s, uint32_t number, struct shared_set **out, struct error *err)
{
    const size_t at = (size_t)number - 1;
    TRY(chunk_of(s, at / SETS_PER_CHUNK, err));
    struct shared_set *set = &s->chunks[at / SETS_PER_CHUNK]->sets[at % SETS_PER_CHUNK];
    *set = (struct shared_set){.number = number};
    *out = set;
    return RESULT_OK;
}

void scope_changed(struct sharing *s, const struct shared_set *set)
{
    s->chunks[(set->number - 1) / SETS_PER_CHUNK]->changed = true;
}

void scope_drop_set(struct sharing *s, struct shared_set *set)
{
    scope_changed(s, set);
    mem_wipe(scope_secrets(s, set->number), sizeof(struct set_secrets));
    published_set_close(set->set);
    *set = (struct shared_set){.number = 0};
}

static void drop_targets(struct sharing *s)
{
    for (size_t i = 0; i < s->target_count; i++) {
        api_release_covenant(s->targets[i].held);
    }
    mem_free(s->targets);
    s->targets = NULL;
    s->target_count = 0;
}

void scope_free(struct sharing *s)
{
    drop_targets(s);
    for (size_t i = 0; i < s->chunk_count; i++) {
        for (size_t k = 0; k < SETS_PER_CHUNK; k++) {
            published_set_close(s->chunks[i]->sets[k].set);
        }
        voprf_secret_free(s->chunks[i]->secrets);
        mem_free(s->chunks[i]);
    }
    mem_free(s->index);
}

enum result scope_secrets_make(const struct sharing *s, const uint8_t seed[VOPRF_SEED], const struct shared_set *set,
                               struct set_secrets *out, struct error *err)
{
    uint8_t info[MATCH_INFO_MAX];
    const struct match_scope scope = scope_of(s, set);
    TRY(voprf_derive_key(seed, slice_of(info, match_info(&scope, info)), &out->key, err));
    match_dummy_secret(&scope, seed, out->dummies);
    return RESULT_OK;
}

/* ---- targets: by the covenant in force with each organisation, today ---- */

struct gathering {
    struct sharing *s;
    struct target *targets;
    size_t count, room;
    bool failed;
};

static void gather(struct gathering *g, struct api_covenant *held, const struct party *party, const struct purpose *p)
{
    if (g->count == g->room) {
        const size_t room = g->room != 0 ? g->room * 2 : 64;
        struct target *targets = room <= MATCH_SETS_MAX ? mem_realloc(g->targets, room * sizeof *targets) : NULL;
        g->failed = g->failed || targets == NULL;
        if (targets == NULL) {
            return;
        }
        g->targets = targets;
        g->room = room;
    }
    g->targets[g->count++] = (struct target){.requester = party->oin,
                                             .purpose = p->code,
                                             .urgent = p->urgent,
                                             .retention_class = (uint8_t)p->retention_class,
                                             .held = held,
                                             .party = party,
                                             .self = api_self(g->s->api, held->covenant)};
}

static void gather_from(struct gathering *g, struct api_covenant *held, const struct date *today)
{
    const struct covenant *covenant = held->covenant;
    const struct api *api = g->s->api;
    const struct party *self = api_self(api, covenant);
    for (size_t i = 0; self != NULL && i < covenant_party_count(covenant); i++) {
        const struct party *party = covenant_party_at(covenant, i);
        if (oin_equal(&party->oin, &api->own_oin) || api_covenant_with(api, &party->oin) != held) {
            continue;
        }
        const uint64_t purposes = policy_set_purposes(covenant, party, self, today);
        for (size_t k = 0; k < covenant_purpose_count(covenant); k++) {
            if ((purposes >> k & 1U) != 0) {
                gather(g, held, party, covenant_purpose_at(covenant, k));
            }
        }
    }
}

static int compare_targets(const void *a, const void *b)
{
    const struct target *left = a;
    const struct target *right = b;
    return compare_names(&left->requester, left->purpose, &right->requester, right->purpose);
}

/* What the places of people depend on beside themselves: for whom, for what, by which document. */
static void digest_targets(const struct sharing *s, struct sha256 *out)
{
    CLEANUP(buf_free) struct buf text;
    buf_init(&text, (size_t)MATCH_SETS_MAX * 128);
    for (size_t i = 0; i < s->target_count; i++) {
        const struct target *t = &s->targets[i];
        buf_bytes(&text, t->requester.digits, OIN_DIGITS);
        buf_bytes(&text, t->purpose, strlen(t->purpose) + 1);
        buf_bytes(&text, covenant_digest(t->held->covenant)->bytes, SHA256_SIZE);
    }
    sha256_of(buf_slice(&text), out);
}

static void join_sets(struct sharing *s)
{
    for (size_t i = 0; i < s->target_count; i++) {
        struct target *t = &s->targets[i];
        memset(t->sets, 0, sizeof t->sets);
        for (size_t k = 0; k < s->epoch_count; k++) {
            const struct match_scope scope = {s->api->own_oin, t->requester, slice_text(t->purpose),
                                              s->epochs[k].number};
            const struct shared_set *set = scope_find(s, &scope);
            t->sets[k] = set != NULL ? set->number : 0;
        }
    }
}

static bool is_live(const struct sharing *s, uint32_t epoch)
{
    for (size_t i = 0; i < s->epoch_count; i++) {
        if (s->epochs[i].number == epoch) {
            return true;
        }
    }
    return false;
}

/* Sets of nobody: the covenant gives them no more, or their epoch is over. */
static void close_others(struct sharing *s)
{
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        struct shared_set *set = scope_set(s, number);
        if (set != NULL && !set->closed &&
            (!is_live(s, set->epoch) || scope_target(s, &set->requester, slice_text(set->purpose)) == NULL)) {
            leave_close(s, set);
        }
    }
}

static void begin_sweep(struct sharing *s)
{
    s->state.sweep++;
    memset(&s->state.after, 0, sizeof s->state.after);
    s->state_changed = true;
}

/* Everybody is looked at anew on another day, and when others or other documents are concerned. */
static void sweep_if_needed(struct sharing *s, const struct date *today)
{
    struct sha256 digest;
    digest_targets(s, &digest);
    if (date_compare(today, &s->state.day) != 0 || memcmp(&digest, &s->state.targets, sizeof digest) != 0) {
        s->state.day = *today;
        s->state.targets = digest;
        begin_sweep(s);
    }
}

static enum result gather_targets(struct sharing *s, const struct date *today, struct error *err)
{
    const struct book *book = s->api->book;
    struct gathering g = {.s = s};
    for (size_t i = 0; i < book->count; i++) {
        gather_from(&g, book->entries[i], today);
    }
    if (g.failed) {
        mem_free(g.targets);
        FAIL(err, FAULT_TOO_LARGE, "koppeling", "geen geheugen, of meer dan %d opzoeksets", (int)MATCH_SETS_MAX);
    }
    for (size_t i = 0; i < g.count; i++) {
        (void)api_hold(g.targets[i].held);
    }
    if (g.count != 0) {
        qsort(g.targets, g.count, sizeof *g.targets, compare_targets);
    }
    drop_targets(s);
    s->targets = g.targets;
    s->target_count = g.count;
    return RESULT_OK;
}

/* ---- epochs ---- */

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

static void take_epochs(struct sharing *s, struct live_epoch *live, size_t count)
{
    uint32_t seeds[SEEDS_MAX];
    const size_t seed_count = seal_epochs(s->api->keyring, seeds, SEEDS_MAX);
    s->epoch_count = 0;
    for (size_t i = 0; i < count; i++) {
        live[i].seeded = has_seed(seeds, seed_count, live[i].number);
        /* What was never made for an epoch that is over is not made any more. */
        if (live[i].seeded || live[i].number >= sharing_epoch(s)) {
            s->epochs[s->epoch_count++] = live[i];
        }
    }
}

static enum result refresh(struct sharing *s, const struct date *today, struct error *err)
{
    struct live_epoch live[EPOCHS_LIVE] = {{0, false}};
    size_t count = 0;
    TRY(gather_targets(s, today, err));
    live_epochs(s, live, &count);
    take_epochs(s, live, count);
    close_others(s);
    TRY(scope_index(s, err));
    join_sets(s);
    sweep_if_needed(s, today);
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
        const struct published_state none = {0};
        m->failed = scope_secrets_make(m->s, seed, set, secrets, &m->err) != RESULT_OK ||
                    published_set_open(secrets->dummies, &none, NULL, 0, set->version, &set->set, &m->err) != RESULT_OK;
    }
    voprf_secret_free(seed);
}

static void drop_made(struct making *m)
{
    for (size_t i = 0; i < m->count; i++) {
        scope_drop_set(m->s, scope_set(m->s, m->numbers[i]));
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

/* Numbers for sets of this epoch that are lacking; the look at everybody that finds who belongs in them begins after. */
static enum result take_numbers(struct making *m, size_t epoch_at, struct error *err)
{
    struct sharing *s = m->s;
    uint32_t number = 1;
    for (size_t i = 0; i < s->target_count && m->count < MATCH_STEP_SETS; i++) {
        const struct target *target = &s->targets[i];
        struct shared_set *set = NULL;
        if (target->sets[epoch_at] != 0) {
            continue;
        }
        number = free_number(s, number);
        TRY(scope_new_set(s, number, &set, err));
        set->epoch = m->epoch;
        set->requester = target->requester;
        set->urgent = target->urgent;
        set->version = s->state.ticks; /* not below one that was of this name before */
        (void)slice_copy_text(slice_text(target->purpose), set->purpose, sizeof set->purpose);
        m->numbers[m->count++] = number;
        scope_changed(s, set);
    }
    for (size_t i = 0; i < m->count; i++) {
        scope_set(s, m->numbers[i])->born = s->state.sweep + 1;
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

bool scope_lacks(const struct sharing *s)
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
        if (s->epochs[i].seeded && !lacks_sets(s, i)) {
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

static bool has_sets(const struct sharing *s, uint32_t epoch)
{
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        const struct shared_set *set = scope_set(s, number);
        if (set != NULL && set->epoch == epoch) {
            return true;
        }
    }
    return false;
}

/* Seeds of epochs that are over, once nothing of them is left but their past. */
static bool destroy_step(struct sharing *s)
{
    uint32_t seeds[SEEDS_MAX];
    if (!s->ending) {
        return false;
    }
    s->ending = false;
    const size_t count = seal_epochs(s->api->keyring, seeds, SEEDS_MAX);
    for (size_t i = 0; i < count; i++) {
        const bool left = has_sets(s, seeds[i]);
        s->ending = s->ending || (left && !is_live(s, seeds[i]));
        if (is_live(s, seeds[i]) || left) {
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
            all = set != NULL && scope_published(set);
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
            begin_sweep(s);
            return true;
        }
    }
    return false;
}

bool scope_step(struct sharing *s)
{
    struct error err;
    struct live_epoch live[EPOCHS_LIVE] = {{0, false}};
    size_t count = 0;
    const struct date today = workdays_dutch_day(clock_now(s->api->clock));
    live_epochs(s, live, &count);
    if (count != 0 && live[0].number < sharing_epoch(s) && !is_live(s, live[0].number)) {
        memmove(live, live + 1, --count * sizeof *live); /* one that was never made */
    }
    if ((s->refresh || date_compare(&today, &s->as_of) != 0 || epochs_changed(s, live, count)) &&
        refresh(s, &today, &err) != RESULT_OK) {
        sharing_begin(s);
        sharing_end(s, &err);
        return true;
    }
    look_ready(s);
    if (make_step(s)) {
        return true;
    }
    (void)sweep_for_new(s);
    return destroy_step(s);
}
