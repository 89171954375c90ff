#include <string.h>

#include "api/later.h"
#include "api/sharing_parts.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { READ_PER_TURN = 8 };

static void look_free(struct look *look)
{
    for (size_t i = 0; i < look->count; i++) {
        buf_wipe(&look->people[i].raw);
        mem_free(look->people[i].pieces);
    }
    if (look->values != NULL) {
        mem_wipe(look->values, look->value_room * sizeof *look->values);
    }
    mem_free(look->values);
    mem_free(look->wanted);
    mem_free(look->places);
    mem_free(look);
}

static void end(struct look *look, const struct error *err)
{
    struct sharing *s = look->s;
    const struct error why = err != NULL ? *err : (struct error){.fault = FAULT_NONE};
    look_free(look);
    sharing_end(s, err != NULL ? &why : NULL);
}

/* ---- what came of it ---- */

static uint64_t draw(const struct sharing *s)
{
    uint64_t drawn = 0;
    s->api->entropy->fill(s->api->entropy->ctx, &drawn, sizeof drawn);
    return drawn;
}

/* One moment for all sets of a target, so that they end together. */
static int64_t due_for(const struct look *look, const struct target *target)
{
    const struct sharing *s = look->s;
    for (size_t i = 0; i < s->epoch_count; i++) {
        const struct roster_place *place = roster_at(s->roster, look->places[target->sets[i]]);
        if (target->sets[i] != 0 && place != NULL && place->due_ms != 0) {
            return place->due_ms;
        }
    }
    return clock_now(s->api->clock) + (int64_t)(draw(s) % ((uint64_t)s->times.removal_ms + 1));
}

static enum result take_away(struct look *look, const struct target *target, struct error *err)
{
    struct sharing *s = look->s;
    for (size_t i = 0; i < s->epoch_count; i++) {
        const uint32_t slot = target->sets[i] != 0 ? look->places[target->sets[i]] : 0;
        const struct roster_place *place = roster_at(s->roster, slot);
        if (place == NULL || place->due_ms != 0) {
            continue;
        }
        if (place->since > scope_set(s, place->set)->version) {
            look->places[target->sets[i]] = 0; /* nobody saw it */
            TRY(leave_end(s, slot, 0, err));
        } else {
            roster_set_due(s->roster, slot, due_for(look, target));
        }
    }
    return RESULT_OK;
}

/* Since when somebody stands in the sets of this target: of all epochs. */
static int64_t began_in(const struct look *look, const struct target *target)
{
    const struct sharing *s = look->s;
    int64_t began = clock_now(s->api->clock);
    for (size_t i = 0; i < s->epoch_count; i++) {
        const struct roster_place *place =
            target->sets[i] != 0 ? roster_at(s->roster, look->places[target->sets[i]]) : NULL;
        if (place != NULL && !look_gone(s, place) && place->began_ms < began) {
            began = place->began_ms;
        }
    }
    return began;
}

static enum result give_place(struct look *look, const struct target *target, struct roster_place *place,
                              struct error *err)
{
    struct sharing *s = look->s;
    uint32_t slot = 0;
    place->since = scope_set(s, place->set)->version + 1;
    place->began_ms = began_in(look, target);
    place->due_ms = 0;
    TRY(roster_add(s->roster, place, &slot, err));
    look->places[place->set] = slot;
    s->pending++;
    return RESULT_OK;
}

/* He has one already: he stays, or, when he had left, comes back with the values that he had. */
static enum result stay(struct look *look, const struct target *target, uint32_t slot, struct error *err)
{
    struct sharing *s = look->s;
    struct roster_place place = *roster_at(s->roster, slot);
    if (!look_gone(s, &place)) {
        if (place.due_ms != 0) {
            roster_set_due(s->roster, slot, 0);
        }
        return RESULT_OK;
    }
    look->places[place.set] = 0;
    TRY(leave_end(s, slot, scope_set(s, place.set)->tick_ms, err));
    return give_place(look, target, &place, err);
}

static const struct target *target_of(const struct sharing *s, const struct shared_set *set)
{
    return scope_target(s, &set->requester, slice_text(set->purpose));
}

static enum result give(struct look *look, const struct target *target, struct error *err)
{
    for (size_t i = 0; i < look->s->epoch_count; i++) {
        const uint32_t slot = target->sets[i] != 0 ? look->places[target->sets[i]] : 0;
        if (slot != 0) {
            TRY(stay(look, target, slot, err));
        }
    }
    return RESULT_OK;
}

static enum result take_values(struct look *look, uint32_t at, size_t *from, struct error *err)
{
    for (; *from < look->value_count && look->values[*from].person == at; (*from)++) {
        const struct look_value *value = &look->values[*from];
        struct roster_place place = {.subject = look->people[at].id,
                                     .key = value->value.key,
                                     .fingerprint = value->value.fingerprint,
                                     .set = value->set};
        TRY(give_place(look, target_of(look->s, scope_set(look->s, value->set)), &place, err));
    }
    return RESULT_OK;
}

static enum result apply_person(struct look *look, uint32_t at, size_t *value, struct error *err)
{
    struct sharing *s = look->s;
    const struct look_person *person = &look->people[at];
    if (person->failed) {
        return RESULT_OK;
    }
    look_mark_places(look, &person->id, true);
    enum result result = RESULT_OK;
    for (size_t i = 0; i < s->target_count && result == RESULT_OK; i++) {
        result = look->wanted[(size_t)at * s->target_count + i] ? give(look, &s->targets[i], err)
                                                                : take_away(look, &s->targets[i], err);
    }
    if (result == RESULT_OK) {
        result = take_values(look, at, value, err);
    }
    look_mark_places(look, &person->id, false);
    return result;
}

/* ---- whose place is not known ---- */

enum involvements { INVOLVED_NOWHERE, INVOLVED_HERE, INVOLVED_UNKNOWN };

static void take_involvements(void *ctx, const struct store_item *items, size_t count, bool more,
                              const struct error *err)
{
    (void)items;
    (void)more;
    *(enum involvements *)ctx = err != NULL ? INVOLVED_UNKNOWN : count != 0 ? INVOLVED_HERE : INVOLVED_NOWHERE;
}

static enum involvements involvements_of(const struct sharing *s, const struct ident *id)
{
    enum involvements found = INVOLVED_UNKNOWN;
    store_list_children(s->api->door, STORE_INVOLVEMENT, id, 0, 1, take_involvements, &found); /* answered at once */
    return found;
}

/* Somebody is known by it. In a row that is damaged it may be the id that is. */
static bool is_somebody(const struct sharing *s, const struct ident *id)
{
    return roster_first(s->roster, id) != 0 || involvements_of(s, id) == INVOLVED_HERE;
}

/* As a set for the same requester and purpose that is given out has it. */
static bool is_known_absent(const struct sharing *s, const struct shared_set *set, const struct ident *subject)
{
    const struct target *target = target_of(s, set);
    bool known = false;
    for (size_t i = 0; target != NULL && i < s->epoch_count; i++) {
        const struct shared_set *other = scope_set(s, target->sets[i]);
        if (other != NULL && scope_published(s, other)) {
            const struct roster_place *place = roster_at(s->roster, roster_in(s->roster, subject, other->number));
            if (place != NULL && !look_gone(s, place)) {
                return false;
            }
            known = true;
        }
    }
    return known;
}

/* Sets that are not given out yet, and in which he may belong, wait for another look at everybody: they would tell that
 * nobody here knows him. */
static void wait_for(struct sharing *s, const struct ident *subject)
{
    const bool is_known = is_somebody(s, subject);
    s->unread_until = clock_now(s->api->clock) + s->times.tick_ms;
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        struct shared_set *set = scope_set(s, number);
        if (set != NULL && !set->closed && set->born <= s->state.sweep && !scope_published(s, set) &&
            roster_in(s->roster, subject, number) == 0 && !(is_known && is_known_absent(s, set, subject))) {
            scope_wait(s, set);
        }
    }
}

/* Somebody who changed and stands nowhere may be new: then each set lacks him. */
static void wait_for_new(struct sharing *s, const struct ident *subject)
{
    if (roster_first(s->roster, subject) != 0) {
        return;
    }
    s->unread_until = clock_now(s->api->clock) + s->times.tick_ms;
    for (uint32_t number = 1; number <= s->chunk_count * SETS_PER_CHUNK; number++) {
        struct shared_set *set = scope_set(s, number);
        if (set != NULL && scope_published(s, set)) {
            scope_wait(s, set);
        }
    }
}

static void note_unread(const struct look *look)
{
    for (size_t i = 0; i < look->done; i++) {
        if (look->people[i].failed) {
            wait_for(look->s, &look->people[i].id);
        }
    }
}

/* ---- what was done ---- */

static const struct look_person *who_was_done(const struct look *look, const struct ident *subject)
{
    for (size_t i = 0; i < look->done; i++) {
        if (ident_equal(&look->people[i].id, subject)) {
            return &look->people[i];
        }
    }
    return NULL;
}

/* The change of somebody who could not be read stays, and is tried again a tick later; those behind it do not wait. */
static void pass_over(struct sharing *s, const struct store_change *change)
{
    if (s->feed_after == 0) {
        s->feed_again = clock_now(s->api->clock) + s->times.tick_ms;
    }
    s->feed_after = change->place > s->feed_after ? change->place : s->feed_after;
}

/* In order of place; the first that nobody looked at ends it, so that nothing is passed over that was not tried. */
static void note_changes(struct look *look)
{
    struct sharing *s = look->s;
    bool all = true;
    for (size_t i = 0; i < look->change_count; i++) {
        const struct look_person *person = who_was_done(look, &look->changes[i].subject);
        all = all && person != NULL;
        if (person != NULL && !person->failed) {
            s->drops[s->drop_count++] = look->changes[i];
        } else if (all) {
            pass_over(s, &look->changes[i]);
            wait_for_new(s, &look->changes[i].subject);
        }
    }
}

/* How far everybody was looked at, or which changes need no other look: with the places, in the same commits. */
static void note_done(struct look *look)
{
    struct sharing *s = look->s;
    if (!look->everybody) {
        note_changes(look);
        return;
    }
    note_unread(look);
    if (look->done != 0) {
        s->state.after = look->people[look->done - 1].id;
        s->people_left -= s->people_left < look->done ? s->people_left : look->done;
    }
    if (look->done == look->count && !look->more) {
        s->state.swept = s->state.sweep;
        s->people_left = 0;
        if (s->state.again) {
            targets_sweep(s);
        }
    }
    s->state_changed = true;
}

/* A failure halfway leaves what was taken over so far, which holds; the rest is looked at again. */
static void apply(struct look *look)
{
    struct sharing *s = look->s;
    struct error err = look->err;
    size_t value = 0;
    size_t applied = 0;
    if (look->undecided.fault != FAULT_NONE) {
        log_error(s->api->log, LOG_ERROR, "betrokkene-onleesbaar", &look->undecided);
    }
    while (applied < look->done && apply_person(look, (uint32_t)applied, &value, &err) == RESULT_OK) {
        applied++;
    }
    const bool failed = applied < look->done || (look->done == 0 && look->count != 0);
    look->done = applied;
    if (failed && applied == 0) {
        end(look, &err);
        return;
    }
    note_done(look);
    look_free(look);
    sharing_end_flushed(s);
}

static void decided(void *ctx)
{
    apply(ctx);
}

/* ---- reading ---- */

static void read_failed(struct look *look, struct look_person *person, const struct error *err)
{
    person->failed = true;
    if (err->fault == FAULT_NO_MEMORY || err->fault == FAULT_BUSY) {
        look->out_of_memory = true;
        look->err = *err;
    } else {
        log_error(look->s->api->log, LOG_ERROR, "betrokkene-onleesbaar", err);
    }
}

static void copy_piece(struct look_person *person, const struct store_item *item)
{
    person->pieces[person->piece_count++] =
        (struct look_piece){item->kind, item->id, person->raw.len, item->payload.len};
    buf_slice_in(&person->raw, item->payload);
}

/* Who is listed and not found, or not found and has involvements, was not removed: then his row is damaged. */
static bool is_lost(const struct look *look, const struct ident *id)
{
    return look->everybody || involvements_of(look->s, id) != INVOLVED_NOWHERE;
}

static void take_person(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct look *look = ctx;
    struct look_person *person = &look->people[look->read++];
    struct error err;
    if (failed != NULL) {
        read_failed(look, person, failed);
        return;
    }
    person->there = found->item != NULL;
    if (!person->there) {
        if (is_lost(look, &person->id)) {
            (void)error_set(&err, FAULT_STORE, "koppeling", "een betrokkene is niet te vinden");
            read_failed(look, person, &err);
        }
        return;
    }
    person->pieces = mem_array(found->child_count + 1, sizeof *person->pieces);
    if (person->pieces != NULL) {
        copy_piece(person, found->item);
        for (size_t i = 0; i < found->child_count; i++) {
            copy_piece(person, &found->children[i]);
        }
    }
    if (person->pieces == NULL || !buf_ok(&person->raw)) {
        (void)error_set(&err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        read_failed(look, person, &err);
    }
}

static void read_some(void *ctx);

/* Each at a time of its own: others go in between. */
static void read_next(struct look *look)
{
    struct error err;
    if (later(look->s->api->loop, read_some, look, &err) != RESULT_OK) {
        end(look, &err);
    }
}

static void read_some(void *ctx)
{
    struct look *look = ctx;
    struct sharing *s = look->s;
    for (unsigned i = 0; i < READ_PER_TURN && look->read < look->count; i++) {
        if (look->people[look->read].failed) {
            look->read++;
            continue;
        }
        store_get(s->api->door, STORE_SUBJECT, &look->people[look->read].id, STORE_ALL_CHILDREN, take_person, look);
    }
    if (look->out_of_memory) {
        const struct error why = look->err;
        end(look, &why);
    } else if (look->read < look->count) {
        read_next(look);
    } else if (!sharing_aside(s, look_decide, decided, look)) {
        look_free(look);
    }
}

static void add_person(struct look *look, const struct ident *id)
{
    for (size_t i = 0; i < look->count; i++) {
        if (ident_equal(&look->people[i].id, id)) {
            return;
        }
    }
    struct look_person *person = &look->people[look->count++];
    person->id = *id;
    buf_init(&person->raw, ((size_t)STORE_CHILDREN_MAX + 1) * STORE_PAYLOAD_MAX);
}

static void begin(struct look *look)
{
    struct sharing *s = look->s;
    struct error err;
    look->today = workdays_dutch_day(clock_now(s->api->clock));
    look->wanted = mem_array((look->count + 1) * (s->target_count + 1), sizeof *look->wanted);
    look->places = mem_array(s->chunk_count * SETS_PER_CHUNK + 1, sizeof *look->places);
    if (look->wanted == NULL || look->places == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        end(look, &err);
        return;
    }
    read_some(look);
}

static struct look *look_new(struct sharing *s, bool everybody)
{
    struct look *look = mem_zalloc(sizeof *look);
    struct error err;
    sharing_begin(s);
    if (look == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        sharing_end(s, &err);
        return NULL;
    }
    look->s = s;
    look->everybody = everybody;
    return look;
}

/* ---- whose turn it is ---- */

static void take_count(void *ctx, const struct store_change *changes, size_t count, const struct error *err)
{
    (void)changes;
    *(size_t *)ctx = err == NULL ? count : 1;
}

static size_t changes_behind(const struct sharing *s, uint64_t after)
{
    size_t count = 0;
    store_feed_read(s->api->door, after, STORE_LIST_MAX, take_count, &count); /* answered at once */
    return count;
}

size_t look_waiting(const struct sharing *s)
{
    return changes_behind(s, 0);
}

static bool is_due(struct sharing *s, bool everybody)
{
    static const struct ident nobody = {{0}};
    const int64_t now = clock_now(s->api->clock);
    if (!sharing_may(s, everybody ? STEP_EVERYBODY : STEP_FEED)) {
        return false;
    }
    if (everybody) {
        const bool waits = s->unread_until > now && s->unread_until - now <= s->times.tick_ms;
        return s->state.swept != s->state.sweep && !(waits && ident_equal(&s->state.after, &nobody));
    }
    if (now >= s->feed_again || s->feed_again - now > s->times.tick_ms) {
        s->feed_after = 0;
    }
    return changes_behind(s, s->feed_after) != 0;
}

static void take_changes(void *ctx, const struct store_change *changes, size_t count, const struct error *err)
{
    struct look *look = ctx;
    struct sharing *s = look->s;
    if (err != NULL || count == 0) {
        if (err != NULL && err->fault == FAULT_STORE && !s->feed_lost) {
            targets_sweep(s); /* it does not tell who changed */
        }
        s->feed_lost = err != NULL && (s->feed_lost || err->fault == FAULT_STORE);
        end(look, err);
        return;
    }
    s->feed_lost = false;
    for (size_t i = 0; i < count && look->count < MATCH_STEP_SUBJECTS; i++) {
        add_person(look, &changes[i].subject);
    }
    memcpy(look->changes, changes, count * sizeof *changes);
    look->change_count = count;
    begin(look);
}

static void take_page(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct look *look = ctx;
    struct sharing *s = look->s;
    if (err != NULL && err->fault == FAULT_NOT_FOUND) { /* the one we were behind is gone */
        memset(&s->state.after, 0, sizeof s->state.after);
    }
    if (err != NULL) {
        const struct error why = *err;
        end(look, &why);
        return;
    }
    look->more = more;
    for (size_t i = 0; i < count; i++) {
        add_person(look, &items[i].id);
        if (items[i].damaged) {
            struct error damaged;
            (void)error_set(&damaged, FAULT_STORE, "koppeling", "de gegevens van een betrokkene zijn beschadigd");
            read_failed(look, &look->people[look->count - 1], &damaged);
        }
    }
    begin(look);
}

static void take_newest(void *ctx, uint64_t ordinal, const struct error *err)
{
    *(uint64_t *)ctx = err == NULL ? ordinal : 0;
}

bool look_step(struct sharing *s, bool everybody)
{
    static const struct ident nobody = {{0}};
    if (!is_due(s, everybody)) {
        return false;
    }
    struct look *look = look_new(s, everybody);
    if (look == NULL) {
        return true;
    }
    if (!everybody) {
        store_feed_read(s->api->door, s->feed_after, STORE_LIST_MAX, take_changes, look);
        return true;
    }
    const bool first = ident_equal(&s->state.after, &nobody);
    if (first || s->people_left == 0) {
        store_newest(s->api->door, STORE_SUBJECT, take_newest, &s->people_left);
    }
    store_list_damaged_too(s->api->door, STORE_SUBJECT, first ? NULL : &s->state.after, MATCH_STEP_SUBJECTS, take_page,
                           look);
    return true;
}
