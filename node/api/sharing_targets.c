/* Targets: by the covenant in force with each organisation, today. */
#include <stdlib.h>
#include <string.h>

#include "api/book.h"
#include "api/sharing_parts.h"
#include "base/mem.h"
#include "policy/decide.h"

enum { TARGETS_MAX = MATCH_SETS_MAX / EPOCHS_LIVE };

const struct target *scope_target(const struct sharing *s, const struct oin *requester, struct slice purpose)
{
    char name[CODE_MAX + 1];
    size_t from = 0;
    size_t end = slice_copy_text(purpose, name, sizeof name) ? s->target_count : 0;
    while (from < end) {
        const size_t middle = from + (end - from) / 2;
        const struct target *target = &s->targets[middle];
        const int order = scope_compare_names(requester, name, &target->requester, target->purpose);
        if (order == 0) {
            return target;
        }
        from = order > 0 ? middle + 1 : from;
        end = order > 0 ? end : middle;
    }
    return NULL;
}

void targets_drop(struct sharing *s)
{
    for (size_t i = 0; i < s->target_count; i++) {
        api_release_covenant(s->targets[i].held);
    }
    mem_free(s->targets);
    s->targets = NULL;
    s->target_count = 0;
}

struct gathering {
    struct sharing *s;
    struct target *targets;
    size_t count, room;
    size_t excess; /* past the bound */
    bool failed;
};

static void gather(struct gathering *g, struct api_covenant *held, const struct party *party, const struct purpose *p)
{
    if (g->count == TARGETS_MAX) {
        g->excess++;
        return;
    }
    if (g->count == g->room) {
        const size_t room = g->room != 0 ? g->room * 2 : 64;
        struct target *targets = mem_realloc(g->targets, room * sizeof *targets);
        g->failed = g->failed || targets == NULL;
        if (targets == NULL) {
            return;
        }
        g->targets = targets;
        g->room = room;
    }
    struct target *target = &g->targets[g->count++];
    *target = (struct target){.requester = party->oin,
                              .urgent = p->urgent,
                              .retention_class = (uint8_t)p->retention_class,
                              .held = held,
                              .party = party,
                              .self = api_self(g->s->api, held->covenant)};
    (void)slice_copy_text(slice_text(p->code), target->purpose, sizeof target->purpose);
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
    return scope_compare_names(&left->requester, left->purpose, &right->requester, right->purpose);
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

static void note_past(struct sharing *s, const struct shared_set *set)
{
    const struct target *found = scope_target(s, &set->requester, slice_text(set->purpose));
    for (size_t k = 0; found != NULL && k < s->epoch_count; k++) {
        if (s->epochs[k].number == set->epoch) {
            s->targets[found - s->targets].past[k] = set->number;
        }
    }
}

void targets_join(struct sharing *s)
{
    for (size_t i = 0; i < s->target_count; i++) {
        struct target *t = &s->targets[i];
        memset(t->sets, 0, sizeof t->sets);
        memset(t->past, 0, sizeof t->past);
        for (size_t k = 0; k < s->epoch_count; k++) {
            const struct match_scope scope = {s->api->own_oin, t->requester, slice_text(t->purpose),
                                              s->epochs[k].number};
            const struct shared_set *set = scope_find(s, &scope);
            t->sets[k] = set != NULL ? set->number : 0;
        }
    }
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        const struct shared_set *set = scope_set(s, number);
        if (set != NULL && set->closed) {
            note_past(s, set);
        }
    }
}

static void fit(struct sharing *s, struct shared_set *set)
{
    const bool live = epochs_live(s, set->epoch);
    const struct target *target = scope_target(s, &set->requester, slice_text(set->purpose));
    if (set->tomb && !live) {
        scope_drop_set(s, set);
    } else if (!set->closed && (!live || target == NULL)) {
        leave_close(s, set);
    } else if (!set->closed && set->urgent != target->urgent) {
        set->urgent = target->urgent;
        scope_changed(s, set);
        for (unsigned i = 0; i < TICK_KINDS; i++) {
            publication_free(&s->publications[i]); /* it is not of that tick any more */
        }
    }
}

/* Sets of nobody are closed: the covenant gives them no more, or their epoch is over. The others are as the covenant says. */
void targets_fit_sets(struct sharing *s)
{
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        struct shared_set *set = scope_set(s, number);
        if (set != NULL) {
            fit(s, set);
        }
    }
}

/* One that is under way goes on to its end, else a covenant that changes often would never let it come there. */
void targets_sweep(struct sharing *s)
{
    if (s->state.swept < s->state.sweep && s->state.again) {
        return;
    }
    if (s->state.swept < s->state.sweep) {
        s->state.again = true;
    } else {
        s->state.sweep++;
        s->state.again = false;
        memset(&s->state.after, 0, sizeof s->state.after);
    }
    s->state_changed = true;
}

/* Everybody is looked at anew on another day, and when others or other documents are concerned. */
void targets_sweep_if_other(struct sharing *s, const struct date *today)
{
    struct sha256 digest;
    digest_targets(s, &digest);
    if (date_compare(today, &s->state.day) != 0 || memcmp(&digest, &s->state.targets, sizeof digest) != 0) {
        s->state.day = *today;
        s->state.targets = digest;
        targets_sweep(s);
    }
}

/* The first in the book have theirs. */
static void say_excess(const struct sharing *s, size_t excess)
{
    struct error err;
    if (excess != 0) {
        (void)error_set(&err, FAULT_TOO_LARGE, "koppeling",
                        "%zu opzoeksets worden niet gemaakt: het zijn er meer dan %d", excess, (int)TARGETS_MAX);
        log_error(s->api->log, LOG_ERROR, "koppeling-te-veel-opzoeksets", &err);
    }
}

enum result targets_gather(struct sharing *s, const struct date *today, struct error *err)
{
    const struct book *book = s->api->book;
    struct gathering g = {.s = s};
    for (size_t i = 0; i < book->count; i++) {
        gather_from(&g, book->entries[i], today);
    }
    if (g.failed) {
        mem_free(g.targets);
        FAIL(err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    }
    say_excess(s, g.excess);
    for (size_t i = 0; i < g.count; i++) {
        (void)api_hold(g.targets[i].held);
    }
    if (g.count != 0) {
        qsort(g.targets, g.count, sizeof *g.targets, compare_targets);
    }
    targets_drop(s);
    s->targets = g.targets;
    s->target_count = g.count;
    return RESULT_OK;
}
