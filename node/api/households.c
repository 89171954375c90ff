/* A reading: households, a page a turn -> their members, some a turn -> ready. */
#include "api/households.h"

#include <string.h>

#include <uv.h>

#include "api/cooperation.h"
#include "api/later.h"
#include "audit/watch_table.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { PAGE = 50, TURN_NS = 1000000, FIRST_ROOM = 64, NONE = 0 };

struct person {
    struct ident id;
    uint32_t link; /* place + 1 of the first; NONE */
    bool shielded; /* or it cannot be known */
};

struct link { /* from a person to one of his households */
    uint32_t home;
    uint32_t next; /* place + 1; NONE */
};

struct home {
    size_t first; /* of its places */
    size_t count;
};

struct list {
    size_t count, room;
};

struct households {
    struct api *api;
    struct watch_table by_id; /* place in `people` */
    struct person *people;
    struct link *links;
    struct home *homes;
    uint32_t *places; /* members of homes: place in `people` */
    struct list of_people, of_links, of_homes, of_places;
    bool ready, reading;
    bool paging; /* what is entered now comes with a page behind this one */
    bool again;  /* to be read, or to be read once more */
    uint64_t version;
    struct ident after;
    size_t at; /* of the people */
    /* Who changed, being looked at. */
    const struct cooperation_touched *touched;
    size_t touched_at;
    cooperation_done *looked;
    void *looked_ctx;
};

static void tick(struct api *api);
static void look(struct api *api, const struct cooperation_touched *touched, cooperation_done *done, void *ctx);

static const struct cooperation_part part = {.tick = tick, .look = look};

enum result households_open(struct api *api, struct households **out, struct error *err)
{
    struct households *h = mem_zalloc(sizeof *h);
    ENSURE(h != NULL, err, FAULT_NO_MEMORY, "huishoudens", "geen geheugen");
    h->api = api;
    h->again = true;
    *out = h;
    cooperation_join(api->cooperation, &part);
    return RESULT_OK;
}

static void forget(struct households *h)
{
    watch_table_free(&h->by_id);
    mem_free(h->people);
    mem_free(h->links);
    mem_free(h->homes);
    mem_free(h->places);
    h->people = NULL;
    h->links = NULL;
    h->homes = NULL;
    h->places = NULL;
    h->of_people = h->of_links = h->of_homes = h->of_places = (struct list){0};
}

void households_close(struct households *households)
{
    if (households != NULL) {
        forget(households);
        mem_free(households);
    }
}

bool households_ready(const struct households *households)
{
    return households != NULL && households->ready;
}

uint64_t households_version(const struct households *households)
{
    return households->version;
}

void households_reread(struct households *households)
{
    if (households != NULL) {
        households->again = true;
    }
}

/* ---- what is known ---- */

/* Room for one more. */
static bool grow(void *array, struct list *list, size_t each)
{
    if (list->count < list->room) {
        return true;
    }
    void *old = NULL;
    memcpy(&old, array, sizeof old);
    const size_t room = list->room != 0 ? 2 * list->room : FIRST_ROOM;
    void *more = room < UINT32_MAX ? mem_realloc(old, room * each) : NULL;
    if (more != NULL) {
        memcpy(array, &more, sizeof more);
        list->room = room;
    }
    return more != NULL;
}

/* Ids are random; a key is never 0. */
static uint64_t key_of(const struct ident *id)
{
    return bytes_get_u64(id->bytes) | 1U;
}

static bool place_of(const struct households *h, const struct ident *id, uint32_t *place)
{
    return watch_table_get(&h->by_id, key_of(id), place) && ident_equal(&h->people[*place].id, id);
}

static bool add_member(struct households *h, const struct ident *id)
{
    uint32_t place = 0;
    if (!grow(&h->people, &h->of_people, sizeof *h->people) || !grow(&h->links, &h->of_links, sizeof *h->links) ||
        !grow(&h->places, &h->of_places, sizeof *h->places) || !watch_table_reserve(&h->by_id, 1)) {
        return false;
    }
    if (!place_of(h, id, &place)) {
        place = (uint32_t)h->of_people.count++;
        h->people[place] = (struct person){.id = *id, .shielded = true};
        watch_table_put(&h->by_id, key_of(id), place);
    }
    h->links[h->of_links.count++] = (struct link){(uint32_t)h->of_homes.count, h->people[place].link};
    h->people[place].link = (uint32_t)h->of_links.count;
    h->places[h->of_places.count++] = place;
    return true;
}

static bool add(struct households *h, const struct household *household)
{
    const bool counts =
        household->member_count > 1 && household->source[0] != '\0' && date_is_set(&household->recorded);
    const struct home home = {h->of_places.count, household->member_count};
    if (!counts) {
        return true;
    }
    bool good = grow(&h->homes, &h->of_homes, sizeof *h->homes);
    for (size_t i = 0; i < household->member_count && good; i++) {
        good = add_member(h, &household->members[i]);
    }
    if (good) {
        h->homes[h->of_homes.count++] = home;
    }
    return good;
}

/* ---- who is shielded ---- */

struct reading {
    struct date today;
    bool shielded;
    const struct api *api;
};

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct reading *r = ctx;
    struct involvement involvement;
    struct error err;
    if (failed != NULL || found->item == NULL) {
        return; /* it stays as if he were */
    }
    r->shielded = false;
    for (size_t i = 0; i < found->child_count; i++) {
        if (involvement_decode(found->children[i].payload, &involvement, &err) != RESULT_OK) {
            log_error(r->api->log, LOG_ERROR, "betrokkenheid-onleesbaar", &err);
            r->shielded = true;
        } else if (involvement.sensitivity == SENSITIVITY_SHIELDED && involvement_active(&involvement, &r->today)) {
            r->shielded = true;
        }
    }
    mem_wipe(&involvement, sizeof involvement);
}

static void see_person(struct households *h, size_t place)
{
    struct person *person = &h->people[place];
    struct reading r = {.today = workdays_dutch_day(clock_now(h->api->clock)), .shielded = true, .api = h->api};
    store_get(h->api->door, STORE_SUBJECT, &person->id, STORE_INVOLVEMENT, person_found, &r); /* answered at once */
    h->version += person->shielded != r.shielded;
    person->shielded = r.shielded;
}

/* ---- a reading ---- */

static void end_reading(struct households *h, const struct error *err)
{
    if (err != NULL) {
        log_error(h->api->log, LOG_ERROR, "huishoudens-niet-gelezen", err);
        h->again = true;
    }
    h->ready = err == NULL && !h->again;
    h->reading = false;
    h->version++;
    h->api->calls--;
}

static void next_people(void *ctx)
{
    struct households *h = ctx;
    struct error err;
    const uint64_t began_ns = uv_hrtime();
    while (h->at < h->of_people.count && !h->api->closing && uv_hrtime() - began_ns < TURN_NS) {
        see_person(h, h->at++);
    }
    if (h->at == h->of_people.count || h->api->closing) {
        end_reading(h, NULL);
    } else if (later(h->api->loop, next_people, h, &err) != RESULT_OK) {
        end_reading(h, &err);
    }
}

static void next_page(void *ctx);

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *failed)
{
    struct households *h = ctx;
    struct household household;
    struct error err;
    bool good = true;
    if (failed != NULL) {
        end_reading(h, failed);
        return;
    }
    for (size_t i = 0; i < count && good; i++) {
        if (household_decode(items[i].payload, &household, &err) != RESULT_OK) {
            log_error(h->api->log, LOG_ERROR, "huishouden-onleesbaar", &err);
        } else {
            good = add(h, &household);
        }
        h->after = items[i].id;
    }
    if (!good) {
        (void)error_set(&err, FAULT_NO_MEMORY, "huishoudens", "geen geheugen");
        end_reading(h, &err);
        return;
    }
    const bool last = !more || count == 0 || h->api->closing;
    h->paging = !last;
    if (later(h->api->loop, last ? next_people : next_page, h, &err) != RESULT_OK) {
        end_reading(h, &err);
    }
}

static void next_page(void *ctx)
{
    struct households *h = ctx;
    store_list(h->api->door, STORE_HOUSEHOLD, &h->after, PAGE, listed, h);
}

static void tick(struct api *api)
{
    struct households *h = api->households;
    if (!h->again || h->reading) {
        return;
    }
    forget(h);
    h->ready = false;
    h->again = false;
    h->reading = true;
    h->paging = true;
    h->at = 0;
    api->calls++;
    store_list(api->door, STORE_HOUSEHOLD, NULL, PAGE, listed, h);
}

/* ---- what changed ---- */

static void next_touched(void *ctx)
{
    struct households *h = ctx;
    struct error err;
    uint32_t place = 0;
    const uint64_t began_ns = uv_hrtime();
    const size_t count = h->api->closing ? 0 : cooperation_count(h->touched);
    while (h->touched_at < count && uv_hrtime() - began_ns < TURN_NS) {
        if (place_of(h, cooperation_at(h->touched, h->touched_at++), &place)) {
            see_person(h, place);
        }
    }
    if (h->touched_at >= count) {
        h->looked(h->looked_ctx, NULL);
    } else if (later(h->api->loop, next_touched, h, &err) != RESULT_OK) {
        h->looked(h->looked_ctx, &err);
    }
}

/* People that changed are read, some a turn, also while all are; when it may be anybody, all is read again. */
static void look(struct api *api, const struct cooperation_touched *touched, cooperation_done *done, void *ctx)
{
    struct households *h = api->households;
    h->again = h->again || cooperation_everybody(touched);
    h->touched = touched;
    h->touched_at = 0;
    h->looked = done;
    h->looked_ctx = ctx;
    next_touched(h);
}

void households_put(struct households *households, const struct household *household)
{
    struct households *h = households;
    if (h == NULL || (h->reading && h->paging) || (!h->reading && !h->ready)) {
        return; /* it will be read */
    }
    const size_t first = h->of_places.count;
    if (!add(h, household)) {
        h->ready = false;
        h->again = true;
        return;
    }
    for (size_t i = first; i < h->of_places.count; i++) {
        see_person(h, h->places[i]);
    }
    h->version++;
}

/* ---- who lives with whom ---- */

static bool is_among(const struct ident *ids, size_t count, const struct ident *id)
{
    size_t i = 0;
    while (i < count && !ident_equal(&ids[i], id)) {
        i++;
    }
    return i < count;
}

size_t households_others(const struct households *households, const struct ident *person,
                         struct ident others[HOUSEHOLD_MEMBERS_MAX])
{
    const struct households *h = households;
    uint32_t place = 0;
    size_t count = 0;
    if (!households_ready(h) || !place_of(h, person, &place) || h->people[place].shielded) {
        return 0;
    }
    for (uint32_t link = h->people[place].link; link != NONE; link = h->links[link - 1].next) {
        const struct home *home = &h->homes[h->links[link - 1].home];
        for (size_t i = home->first; i < home->first + home->count; i++) {
            const struct person *other = &h->people[h->places[i]];
            if (h->places[i] == place || is_among(others, count, &other->id)) {
                continue;
            }
            if (other->shielded || count == HOUSEHOLD_MEMBERS_MAX) {
                return 0;
            }
            others[count++] = other->id;
        }
    }
    return count;
}

size_t households_others_now(struct households *households, const struct ident *person,
                             struct ident others[HOUSEHOLD_MEMBERS_MAX])
{
    uint32_t place = 0;
    const size_t count = households_others(households, person, others);
    if (count == 0 || !place_of(households, person, &place)) {
        return 0;
    }
    see_person(households, place);
    for (size_t i = 0; i < count; i++) {
        if (place_of(households, &others[i], &place)) {
            see_person(households, place);
        }
    }
    return households_others(households, person, others);
}
