#include "api/cooperation.h"

#include "api/api.h"
#include "api/blocks.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { PLACES = 2 * COOPERATION_TOUCHED_MAX }; /* a power of two */

struct cooperation_touched {
    bool everybody;
    size_t count;
    struct ident people[COOPERATION_TOUCHED_MAX];
    uint16_t places[PLACES]; /* by id: index in `people` plus one; 0: free */
};
_Static_assert(COOPERATION_TOUCHED_MAX < UINT16_MAX && (PLACES & (PLACES - 1)) == 0, "places name people");

struct cooperation {
    struct api *api;
    const struct cooperation_part *parts[COOPERATION_PARTS_MAX];
    size_t part_count;
    struct cooperation_touched sets[2];
    struct cooperation_touched *gathered; /* since the last look began */
    struct cooperation_touched *looked_at;
    struct date day; /* of the last look; not set: none yet */
    bool looking;
    size_t next_part;
};

/* ---- whose data changed ---- */

/* Ids are random, so their bytes spread them. Where it stands, or the free place where it would. */
static uint16_t *place_of(struct cooperation_touched *touched, const struct ident *subject)
{
    size_t at = bytes_get_u32(subject->bytes) & (PLACES - 1U);
    while (touched->places[at] != 0 && !ident_equal(&touched->people[touched->places[at] - 1], subject)) {
        at = (at + 1) & (PLACES - 1U);
    }
    return &touched->places[at];
}

static void clear(struct cooperation_touched *touched)
{
    touched->everybody = false;
    touched->count = 0;
    memset(touched->places, 0, sizeof touched->places);
}

bool cooperation_everybody(const struct cooperation_touched *touched)
{
    return touched->everybody;
}

bool cooperation_has(const struct cooperation_touched *touched, const struct ident *subject)
{
    /* No place of a set that is looked at changes by looking. */
    return touched->everybody || *place_of((struct cooperation_touched *)touched, subject) != 0;
}

size_t cooperation_count(const struct cooperation_touched *touched)
{
    return touched->everybody ? 0 : touched->count;
}

const struct ident *cooperation_at(const struct cooperation_touched *touched, size_t index)
{
    return &touched->people[index];
}

void cooperation_touched(struct api *api, const struct ident *subject)
{
    struct cooperation *c = api->cooperation;
    if (c == NULL || c->gathered->everybody) {
        return;
    }
    uint16_t *place = place_of(c->gathered, subject);
    if (*place != 0) {
        return;
    }
    if (c->gathered->count == COOPERATION_TOUCHED_MAX) {
        c->gathered->everybody = true;
        return;
    }
    c->gathered->people[c->gathered->count++] = *subject;
    *place = (uint16_t)c->gathered->count;
}

void cooperation_touched_all(struct api *api)
{
    if (api->cooperation != NULL) {
        api->cooperation->gathered->everybody = true;
    }
}

static void number_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct api *api = ctx;
    if (err != NULL) {
        cooperation_touched_all(api);
    } else if (found->item != NULL) {
        cooperation_touched(api, &found->item->id);
    }
}

void cooperation_touched_number(struct api *api, const struct bsn *person)
{
    if (api->cooperation != NULL) {
        store_find(api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(person), STORE_KIND_COUNT, number_found, api);
    }
}

bool cooperation_quiet(const struct api *api, const struct oin *partner)
{
    return api_covenant_with(api, partner) == NULL || blocks_partner(api, partner);
}

enum result cooperation_may_go(const struct api *api, const struct oin *partner, const char *what, struct error *err)
{
    ENSURE(api_covenant_with(api, partner) != NULL, err, FAULT_CONFLICT, "/ketenpartner",
           "er is geen convenant van kracht; %s ligt stil", what);
    ENSURE(!blocks_partner(api, partner), err, FAULT_CONFLICT, "/ketenpartner",
           "deze ketenpartner is hier geblokkeerd; %s ligt stil", what);
    return RESULT_OK;
}

/* ---- opening ---- */

enum result cooperation_open(struct api *api, struct cooperation **out, struct error *err)
{
    struct cooperation *c = mem_zalloc(sizeof *c);
    ENSURE(c != NULL, err, FAULT_NO_MEMORY, "samenwerking", "geen geheugen");
    c->api = api;
    c->gathered = &c->sets[0];
    c->looked_at = &c->sets[1];
    *out = c;
    return RESULT_OK;
}

void cooperation_close(struct cooperation *cooperation)
{
    mem_free(cooperation);
}

void cooperation_join(struct cooperation *cooperation, const struct cooperation_part *part)
{
    if (cooperation->part_count < COOPERATION_PARTS_MAX) {
        cooperation->parts[cooperation->part_count++] = part;
    }
}

/* ---- looking ---- */

static void next_part(struct cooperation *c);

static void part_done(void *ctx, const struct error *err)
{
    struct cooperation *c = ctx;
    if (err != NULL) {
        log_error(c->api->log, LOG_ERROR, "samenwerking-niet-nagekeken", err);
        c->gathered->everybody = true;
    }
    next_part(c);
}

static void next_part(struct cooperation *c)
{
    while (c->next_part < c->part_count) {
        const struct cooperation_part *part = c->parts[c->next_part++];
        if (part->look != NULL) {
            part->look(c->api, c->looked_at, part_done, c);
            return;
        }
    }
    c->looking = false;
    c->api->calls--;
}

void cooperation_look(struct api *api)
{
    struct cooperation *c = api->cooperation;
    if (c == NULL || api->closing) {
        return;
    }
    for (size_t i = 0; i < c->part_count; i++) {
        if (c->parts[i]->tick != NULL) {
            c->parts[i]->tick(api);
        }
    }
    const struct date today = workdays_dutch_day(clock_now(api->clock));
    const bool another_day = !date_is_set(&c->day) || date_compare(&c->day, &today) != 0;
    c->gathered->everybody = c->gathered->everybody || another_day;
    c->day = today;
    if (c->looking || (!c->gathered->everybody && c->gathered->count == 0)) {
        return;
    }
    struct cooperation_touched *looked_at = c->gathered;
    c->gathered = c->looked_at;
    c->looked_at = looked_at;
    clear(c->gathered);
    c->looking = true;
    c->next_part = 0;
    api->calls++;
    next_part(c);
}
