/* A reading: households, a page a turn -> staff -> of each of them the own id, some a turn -> done. */
#include "api/watching_people.h"

#include <string.h>

#include <uv.h>

#include "api/later.h"
#include "api/staff.h"
#include "api/watching_parts.h"
#include "audit/watch_parts.h"
#include "base/mem.h"
#include "domain/person.h"

enum { CACHE_PLACES = 65536, AGE_MS = 600000 /* a household that changes is not told here */ };

struct cached {
    uint64_t bsn_key; /* 0: free */
    struct ident subject;
};

struct worker {
    char user[USER_NAME_MAX + 1];
    struct bsn bsn;
    uint64_t keys[2];   /* by number, and by own id */
    uint32_t household; /* place + 1; 0: none */
};

struct watch_people {
    struct api *api;
    struct watching_known blank; /* with the key */
    struct cached cache[CACHE_PLACES];
    int64_t read_ms;
    uint64_t staff_changes;     /* as of the reading */
    struct watch_table members; /* person -> place of the household */
    struct ident *households;
    size_t household_count, household_room;
    struct worker *staff;
    size_t staff_count;
    struct watch_table staff_people; /* person -> place */
    struct watch_table staff_names;  /* user */
    struct watch_table staff_homes;  /* household, 1 and up */
    /* the reading under way */
    struct ident after;
    size_t at;
    bool sync;
    void (*done)(void *ctx, const struct error *err);
    void *ctx;
    /* the finding under way */
    const struct record *record;
    void (*got)(void *ctx, const struct watching_known *known, const struct error *err);
    void *got_ctx;
};

struct watch_people *watch_people_new(struct api *api, const uint8_t key[SEAL_KEY_SIZE])
{
    struct watch_people *people = mem_zalloc(sizeof *people);
    if (people != NULL) {
        people->api = api;
        memcpy(people->blank.key, key, SEAL_KEY_SIZE);
        people->read_ms = INT64_MIN;
    }
    return people;
}

static void forget(struct watch_people *people)
{
    watch_table_free(&people->members);
    watch_table_free(&people->staff_people);
    watch_table_free(&people->staff_names);
    watch_table_free(&people->staff_homes);
    mem_free(people->households);
    if (people->staff != NULL) {
        mem_wipe(people->staff, people->staff_count * sizeof *people->staff);
    }
    mem_free(people->staff);
    people->households = NULL;
    people->household_count = people->household_room = 0;
    people->staff = NULL;
    people->staff_count = 0;
    memset(people->cache, 0, sizeof people->cache);
}

void watch_people_free(struct watch_people *people)
{
    if (people != NULL) {
        forget(people);
        mem_wipe(&people->blank, sizeof people->blank);
        mem_free(people);
    }
}

bool watch_people_stale(const struct watch_people *people)
{
    if (people->read_ms == INT64_MIN || people->staff_changes != people->api->staff_changes) {
        return true;
    }
    const int64_t age_ms = clock_now(people->api->clock) - people->read_ms;
    return age_ms > AGE_MS || age_ms < -AGE_MS;
}

/* ---- reading ---- */

static void end_reading(struct watch_people *people, const struct error *err)
{
    people->read_ms = err == NULL ? clock_now(people->api->clock) : INT64_MIN;
    people->done(people->ctx, err);
}

static void end_without_memory(struct watch_people *people)
{
    struct error err;
    (void)error_set(&err, FAULT_NO_MEMORY, "bewaking", "geen geheugen");
    end_reading(people, &err);
}

static bool put(struct watch_table *table, uint64_t key, size_t number)
{
    if (!watch_table_reserve(table, 1)) {
        return false;
    }
    watch_table_put(table, key, (uint32_t)number);
    return true;
}

static bool add_household(struct watch_people *people, const struct store_item *item)
{
    struct household household;
    struct error err;
    if (household_decode(item->payload, &household, &err) != RESULT_OK) {
        log_error(people->api->log, LOG_ERROR, "huishouden-onleesbaar", &err);
        return true;
    }
    if (people->household_count == people->household_room) {
        const size_t room = people->household_room == 0 ? 256 : 2 * people->household_room;
        struct ident *more = mem_realloc(people->households, room * sizeof *more);
        if (more == NULL) {
            return false;
        }
        people->households = more;
        people->household_room = room;
    }
    people->households[people->household_count] = item->id;
    for (size_t i = 0; i < household.member_count; i++) {
        if (!put(&people->members, watching_subject_key(&people->blank, &household.members[i]),
                 people->household_count)) {
            return false;
        }
    }
    people->household_count++;
    return true;
}

/* The household of a person, counted from 1; 0: none. */
static uint32_t home_of(const struct watch_people *people, uint64_t person)
{
    uint32_t place = 0;
    return watch_table_get(&people->members, person, &place) ? place + 1 : 0;
}

static void next_worker(void *ctx);

static void worker_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct watch_people *people = ctx;
    struct worker *worker = &people->staff[people->at];
    if (err != NULL) {
        people->at = people->staff_count + 1; /* the reading failed, and is tried again */
        end_reading(people, err);
        return;
    }
    worker->keys[0] = watching_bsn_key(&people->blank, &worker->bsn);
    worker->keys[1] = found->item != NULL ? watching_subject_key(&people->blank, &found->item->id) : 0;
    worker->household = worker->keys[1] != 0 ? home_of(people, worker->keys[1]) : 0;
    mem_wipe(&worker->bsn, sizeof worker->bsn);
    bool good = put(&people->staff_people, worker->keys[0], people->at) &&
                put(&people->staff_names, watching_name_key(&people->blank, worker->user), people->at);
    good = good && (worker->keys[1] == 0 || put(&people->staff_people, worker->keys[1], people->at));
    good = good && (worker->household == 0 || put(&people->staff_homes, worker->household, people->at));
    if (!good) {
        people->at = people->staff_count + 1;
        end_without_memory(people);
        return;
    }
    people->at++;
    if (!people->sync) {
        next_worker(people);
    }
}

static void next_worker(void *ctx)
{
    struct watch_people *people = ctx;
    struct error err;
    const uint64_t began_ns = uv_hrtime();
    while (people->at < people->staff_count) {
        const size_t at = people->at;
        if (uv_hrtime() - began_ns > WATCHING_TURN_NS) {
            if (later(people->api->loop, next_worker, people, &err) != RESULT_OK) {
                end_reading(people, &err);
            }
            return;
        }
        people->sync = true; /* when it is answered at once, this loop goes on */
        store_find(people->api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&people->staff[at].bsn), STORE_KIND_COUNT,
                   worker_found, people);
        people->sync = false;
        if (people->at == at) {
            return; /* answered later */
        }
    }
    if (people->at == people->staff_count) {
        end_reading(people, NULL);
    }
}

static void staff_read(void *ctx, const struct staff_member *all, size_t count, const struct error *err)
{
    struct watch_people *people = ctx;
    if (err != NULL) {
        end_reading(people, err);
        return;
    }
    people->staff = mem_array(count + 1, sizeof *people->staff);
    if (people->staff == NULL) {
        end_without_memory(people);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(people->staff[i].user, all[i].user, sizeof people->staff[i].user);
        people->staff[i].bsn = all[i].bsn;
    }
    people->staff_count = count;
    people->at = 0;
    if (later(people->api->loop, next_worker, people, &(struct error){0}) != RESULT_OK) {
        end_without_memory(people);
    }
}

static void next_households(void *ctx);

static void households_listed(void *ctx, const struct store_item *items, size_t count, bool more,
                              const struct error *err)
{
    struct watch_people *people = ctx;
    struct error fault;
    if (err != NULL) {
        end_reading(people, err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (!add_household(people, &items[i])) {
            end_without_memory(people);
            return;
        }
    }
    if (!more || count == 0) {
        staff_load(people->api, staff_read, people);
        return;
    }
    people->after = items[count - 1].id;
    if (later(people->api->loop, next_households, people, &fault) != RESULT_OK) {
        end_reading(people, &fault);
    }
}

static void next_households(void *ctx)
{
    struct watch_people *people = ctx;
    store_list(people->api->door, STORE_HOUSEHOLD, &people->after, HOUSEHOLDS_A_TURN, households_listed, people);
}

void watch_people_read(struct watch_people *people, void (*done)(void *ctx, const struct error *err), void *ctx)
{
    forget(people);
    people->done = done;
    people->ctx = ctx;
    people->staff_changes = people->api->staff_changes;
    store_list(people->api->door, STORE_HOUSEHOLD, NULL, HOUSEHOLDS_A_TURN, households_listed, people);
}

/* ---- finding ---- */

/* Himself, a colleague, or of one household with either. */
static uint32_t circle_of(const struct watch_people *people, const struct record *record, uint64_t person,
                          uint64_t number, uint32_t home)
{
    uint32_t self = UINT32_MAX, who = UINT32_MAX, place = 0;
    uint32_t flags = 0;
    (void)watch_table_get(&people->staff_names, watching_name_key(&people->blank, record->user), &self);
    if ((person != 0 && watch_table_get(&people->staff_people, person, &who)) ||
        (number != 0 && watch_table_get(&people->staff_people, number, &who))) {
        flags |= who == self ? WATCH_SELF : WATCH_COLLEAGUE;
    }
    if (home != 0 && flags == 0 && watch_table_get(&people->staff_homes, home, &place)) {
        flags |= WATCH_RELATIVE;
    }
    return flags;
}

static void give(struct watch_people *people, const struct ident *subject)
{
    const struct record *record = people->record;
    struct watching_known known = people->blank;
    const struct covenant *covenant = people->api->covenant->covenant;
    const struct purpose *purpose = covenant_purpose(covenant, slice_text(record->purpose));
    known.subject = *subject;
    const uint64_t person = watching_subject_key(&known, subject);
    const uint32_t home = person != 0 ? home_of(people, person) : 0;
    known.household = home != 0 ? people->households[home - 1] : known.household;
    known.flags = purpose != NULL && purpose->urgent ? WATCH_URGENT : 0U;
    if (people->staff_count != 0 && record->user[0] != '\0') {
        known.flags |= circle_of(people, record, person, watching_bsn_key(&known, &record->bsn), home);
    }
    people->got(people->got_ctx, &known, NULL);
    mem_wipe(&known, sizeof known);
}

static struct cached *place_of(struct watch_people *people, uint64_t key)
{
    return &people->cache[key % CACHE_PLACES];
}

static void subject_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct watch_people *people = ctx;
    if (err != NULL) {
        people->got(people->got_ctx, NULL, err);
        return;
    }
    const uint64_t key = watching_bsn_key(&people->blank, &people->record->bsn);
    struct cached *place = place_of(people, key);
    *place = (struct cached){.bsn_key = key};
    if (found->item != NULL) {
        place->subject = found->item->id;
    }
    const struct ident subject = place->subject;
    give(people, &subject);
}

void watch_people_find(struct watch_people *people, const struct record *record,
                       void (*got)(void *ctx, const struct watching_known *known, const struct error *err), void *ctx)
{
    people->record = record;
    people->got = got;
    people->got_ctx = ctx;
    const uint64_t key = watching_bsn_key(&people->blank, &record->bsn);
    const struct cached *place = place_of(people, key);
    if (key == 0) {
        give(people, &record->subject);
    } else if (place->bsn_key == key) {
        const struct ident subject = place->subject;
        give(people, &subject);
    } else {
        store_find(people->api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&record->bsn), STORE_KIND_COUNT,
                   subject_found, people);
    }
}
