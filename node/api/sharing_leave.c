#include <string.h>

#include "api/sharing_parts.h"
#include "base/mem.h"

struct leaving {
    struct sharing *s;
    uint32_t slots[MATCH_STEP_LEAVING];
    size_t count;
    uint32_t late[MATCH_STEP_LEAVING]; /* who would go later than he may */
    size_t late_count;
    int64_t now;
    uint32_t at; /* purging: slots up to here were looked at */
    bool all;    /* nobody else is gone */
};

void leave_close(struct sharing *s, struct shared_set *set)
{
    set->closed = true;
    set->people = set->set != NULL && set->shown ? (uint32_t)published_set_people(set->set) : 0;
    s->purging = true;
    s->purge_at = 0;
    scope_changed(s, set);
}

static bool make_room(struct sharing *s)
{
    if (s->ended_count < s->ended_room) {
        return true;
    }
    const size_t room = s->ended_room != 0 ? s->ended_room * 2 : 64;
    struct past_place *ended = mem_realloc(s->ended, room * sizeof *ended);
    s->ended = ended != NULL ? ended : s->ended;
    struct ident *subjects = mem_realloc(s->ended_subjects, room * sizeof *subjects);
    s->ended_subjects = subjects != NULL ? subjects : s->ended_subjects;
    s->ended_room = ended != NULL && subjects != NULL ? room : s->ended_room;
    return s->ended_count < s->ended_room;
}

/* The same requester knows of him for the same purpose in a later epoch: then nothing ended. */
static bool goes_on(const struct sharing *s, const struct roster_place *place, const struct shared_set *set)
{
    for (uint32_t slot = roster_first(s->roster, &place->subject); slot != 0; slot = roster_next(s->roster, slot)) {
        const struct roster_place *other = roster_at(s->roster, slot);
        const struct shared_set *later = scope_set(s, other->set);
        if (later != NULL && later->epoch > set->epoch && oin_equal(&later->requester, &set->requester) &&
            strcmp(later->purpose, set->purpose) == 0 && !look_gone(s, other)) {
            return true;
        }
    }
    return false;
}

enum result leave_end(struct sharing *s, uint32_t slot, int64_t ended_ms, struct error *err)
{
    const struct roster_place *place = roster_at(s->roster, slot);
    const struct shared_set *set = scope_set(s, place->set);
    const bool seen = set != NULL && place->since <= set->version;
    ENSURE(make_room(s), err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    if (seen && !goes_on(s, place, set)) {
        struct past_place *ended = &s->ended[s->ended_count];
        *ended = (struct past_place){.requester = set->requester,
                                     .epoch = set->epoch,
                                     .fingerprint = place->fingerprint,
                                     .since = place->since,
                                     .until = set->version,
                                     .began_ms = place->began_ms,
                                     .ended_ms = ended_ms};
        memcpy(ended->purpose, set->purpose, sizeof ended->purpose);
        s->ended_subjects[s->ended_count++] = place->subject;
    }
    if (!seen && s->pending != 0) {
        s->pending--;
    }
    roster_remove(s->roster, slot);
    return RESULT_OK;
}

bool leave_late(const struct sharing *s, const struct roster_place *place, int64_t now_ms)
{
    return place->due_ms != 0 && place->due_ms - now_ms > s->times.removal_ms + sharing_interval(s, TICK_ORDINARY);
}

static bool rests(void *ctx, const struct roster_place *place)
{
    const struct sharing *s = ctx;
    const struct shared_set *set = scope_set(s, place->set);
    return set != NULL && !set->closed && place->due_ms == 0 && place->since <= set->version;
}

/* On a worker thread, as is the next. */
static void find_gone(void *ctx)
{
    struct leaving *l = ctx;
    const uint32_t *slots = NULL;
    roster_settle(l->s->roster, rests, l->s);
    const size_t count = roster_moving(l->s->roster, &slots);
    size_t at = 0;
    for (; at < count && l->count < MATCH_STEP_LEAVING && l->late_count < MATCH_STEP_LEAVING; at++) {
        const struct roster_place *place = roster_at(l->s->roster, slots[at]);
        if (place != NULL && look_gone(l->s, place)) {
            l->slots[l->count++] = slots[at];
        } else if (place != NULL && leave_late(l->s, place, l->now)) {
            l->late[l->late_count++] = slots[at];
        }
    }
    l->all = at == count;
}

static void find_closed(void *ctx)
{
    struct leaving *l = ctx;
    const uint32_t slots = roster_slots(l->s->roster);
    for (; l->at < slots && l->count < MATCH_STEP_LEAVING; l->at++) {
        const struct roster_place *place = roster_at(l->s->roster, l->at + 1);
        if (place != NULL && look_gone(l->s, place)) {
            l->slots[l->count++] = l->at + 1;
        }
    }
    l->all = l->at == slots;
}

static enum result drop_closed(struct sharing *s, struct error *err)
{
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        struct shared_set *set = scope_set(s, number);
        if (set != NULL && set->closed && !set->tomb) {
            scope_bury_set(s, set);
        }
    }
    s->purging = false;
    s->ending = true;
    s->refresh = true; /* what was closed may be wanted again */
    return scope_index(s, err);
}

static void found(void *ctx)
{
    struct leaving *l = ctx;
    struct sharing *s = l->s;
    struct error err;
    size_t ended = 0;
    for (size_t i = 0; i < l->late_count; i++) {
        roster_set_due(s->roster, l->late[i], l->now + s->times.removal_ms);
    }
    while (ended < l->count && leave_end(s, l->slots[ended], l->now, &err) == RESULT_OK) {
        ended++;
    }
    bool failed = ended < l->count;
    if (s->purging && !failed) {
        s->purge_at = l->at;
        failed = l->all && drop_closed(s, &err) != RESULT_OK;
    } else if (!failed) {
        s->leaving = !l->all;
    }
    mem_free(l);
    if (failed) {
        sharing_end(s, &err); /* what ended so far is written before the next step */
        return;
    }
    sharing_end_flushed(s);
}

bool leave_step(struct sharing *s)
{
    struct error err;
    if ((!s->purging && !s->leaving) || !sharing_may(s, STEP_LEAVE)) {
        return false;
    }
    struct leaving *l = mem_zalloc(sizeof *l);
    sharing_begin(s);
    if (l == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        sharing_end(s, &err);
        return true;
    }
    l->s = s;
    l->now = clock_now(s->api->clock);
    l->at = s->purge_at;
    if (!sharing_aside(s, s->purging ? find_closed : find_gone, found, l)) {
        mem_free(l);
    }
    return true;
}
