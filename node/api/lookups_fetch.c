/*
 * One partner's set for one purpose, top to bottom in this order:
 *   the step from what is here, or the first page of the whole -> further pages -> root reckoned on a worker -> in the place
 *   of what was here -> once more, when the partner went over to another epoch -> kept in the store
 * What does not hold is refused, with a record, and what was here stays.
 */
#include <inttypes.h>
#include <stdio.h>
#include <uv.h>

#include "api/later.h"
#include "api/lookups_parts.h"
#include "base/mem.h"

enum { FETCH_PATH_MAX = 200, CONFLICT = 409, NOT_SERVED = 422 };

struct fetch {
    struct lookup_fetch entry; /* in the list of those under way */
    struct lookup *lookup;
    uint64_t round;
    struct api_covenant *held;
    const struct party *partner;
    uint64_t before;         /* version that was here when it began; 0: none was */
    struct held_set *taking; /* a whole set, page by page */
    bool whole;              /* asked for, whatever is here */
    bool went_over;          /* to the newest epoch, once */
    bool changed;
    bool refused; /* something, on the way to what was taken in the end */
    uint32_t restarts;
    enum result finished;
    struct error err;
};

static void settle(void *ctx)
{
    struct fetch *f = ctx;
    struct lookup *lookup = f->lookup;
    const uint64_t round = f->round;
    held_set_free(f->taking);
    if (f->held != NULL) {
        api_release_covenant(f->held);
    }
    lookups_settled(lookup, &f->entry, round);
    mem_free(f);
}

static void end(struct fetch *f)
{
    held_set_free(f->taking);
    f->taking = NULL;
    if (f->changed) {
        lookups_look_at(f->lookup, f->partner);
        lookups_keep(f->lookup, settle, f);
    } else {
        settle(f);
    }
}

/* Not the partner's doing, or nothing to hold against it: at the next tick it is tried again. */
static void give_up(struct fetch *f, const char *why, int64_t status)
{
    log_event(f->lookup->lookups->api->log, LOG_WARNING, "opzoekset-niet-opgehaald",
              LOG_TEXT("oin", f->lookup->provider.digits), LOG_TEXT("doel", f->lookup->purpose),
              LOG_TEXT("oorzaak", why), LOG_NUMBER("status", status));
    end(f);
}

/* ---- what does not hold ---- */

static bool was_told(const struct lookup *lookup, const struct error *err, int64_t now_ms)
{
    return lookup->refused == err->fault && strcmp(lookup->refused_where, err->where) == 0 &&
           now_ms - lookup->refused_ms < MATCH_REFUSED_MS;
}

static void tell_refused(struct fetch *f, const struct error *err)
{
    struct lookup *lookup = f->lookup;
    const struct api *api = lookup->lookups->api;
    const int64_t now_ms = clock_now(api->clock);
    f->refused = true;
    log_event(api->log, LOG_ERROR, "opzoekset-geweigerd", LOG_TEXT("oin", lookup->provider.digits),
              LOG_TEXT("doel", lookup->purpose), LOG_TEXT("plaats", err->where), LOG_TEXT("melding", err->what));
    if (!was_told(lookup, err, now_ms)) {
        char text[FAULT_WHERE_MAX + FAULT_WHAT_MAX + 4];
        (void)snprintf(text, sizeof text, "%s: %s", err->where, err->what);
        lookups_record(lookup, RECORD_SET_REFUSED, OUTCOME_REFUSED, text);
        lookup->refused = err->fault;
        (void)snprintf(lookup->refused_where, sizeof lookup->refused_where, "%s", err->where);
        lookup->refused_ms = now_ms;
    }
}

static void refuse(struct fetch *f, const struct error *err)
{
    if (err->fault == FAULT_NO_MEMORY) {
        give_up(f, "geheugen", 0);
        return;
    }
    tell_refused(f, err);
    end(f);
}

/* ---- asking ---- */

static void answered(void *ctx, const struct peer_outcome *outcome);

static void ask(struct fetch *f, const char *path)
{
    struct api *api = f->lookup->lookups->api;
    struct error err;
    const struct peer_request request = {.target = {f->partner->oin, f->partner->url},
                                         .path = path,
                                         .request_id = entropy_ident(api->entropy),
                                         .background = true};
    if (f->lookup->lookups->stopping) {
        end(f);
    } else if (uv_now(api->loop) - f->entry.began_ms > MATCH_FETCH_MS) {
        give_up(f, "te-traag", 0);
    } else if (peer_ask(api->peers, &request, answered, f, &f->entry.call, &err) != RESULT_OK) {
        log_error(api->log, LOG_ERROR, "opzoekset-niet-gevraagd", &err);
        end(f);
    }
}

static void ask_step(struct fetch *f)
{
    char path[FETCH_PATH_MAX];
    const struct set_header *header = held_set_header(f->lookup->set);
    (void)snprintf(path, sizeof path, "/v1/opzoeksets/%s?periode=%" PRIu32 "&vanaf=%" PRIu64, f->lookup->purpose,
                   header->epoch, header->version);
    ask(f, path);
}

static void ask_whole(struct fetch *f)
{
    char path[FETCH_PATH_MAX];
    held_set_free(f->taking);
    f->taking = NULL;
    f->whole = true;
    (void)snprintf(path, sizeof path, "/v1/opzoeksets/%s", f->lookup->purpose); /* of the newest epoch */
    ask(f, path);
}

static void ask_next_page(struct fetch *f)
{
    char path[FETCH_PATH_MAX];
    const struct set_header *header = held_set_header(f->taking);
    (void)snprintf(path, sizeof path, "/v1/opzoeksets/%s?periode=%" PRIu32 "&versie=%" PRIu64 "&plaats=%" PRIu32,
                   f->lookup->purpose, header->epoch, header->version, held_set_taken(f->taking));
    ask(f, path);
}

/* ---- what came ---- */

/* A partner whose tick takes its time had nothing new yet. */
static void look_again(struct fetch *f, uint64_t version)
{
    struct lookup *lookup = f->lookup;
    const struct match_times *times = &lookup->lookups->times;
    const int64_t tick_ms = lookup->urgent ? times->urgent_tick_ms : times->tick_ms;
    if (version == f->before && lookup->agains < MATCH_AGAINS &&
        tick_ms > (int64_t)(MATCH_AGAINS + 1) * MATCH_AGAIN_MS) {
        lookup->agains++;
        lookup->again_ms = uv_now(lookup->lookups->api->loop) + MATCH_AGAIN_MS;
    }
}

/* What is here is the newest that the partner has, unless he went over to another epoch. */
static void is_newest(struct fetch *f)
{
    struct lookup *lookup = f->lookup;
    const struct set_header *header = held_set_header(lookup->set);
    lookup->checked_ms = clock_now(lookup->lookups->api->clock);
    lookup->refused = f->refused ? lookup->refused : FAULT_NONE;
    f->changed = true;
    look_again(f, header->version);
    if (header->newest != header->epoch && !f->went_over) {
        f->went_over = true;
        ask_whole(f);
    } else {
        end(f);
    }
}

static void finish(void *ctx)
{
    struct fetch *f = ctx;
    f->finished = held_set_finish(f->taking, &f->err);
}

static void finished(void *ctx)
{
    struct fetch *f = ctx;
    if (f->finished != RESULT_OK) {
        refuse(f, &f->err);
        return;
    }
    struct lookup *lookup = f->lookup;
    if (lookup->set != NULL && held_set_header(lookup->set)->epoch != held_set_header(f->taking)->epoch) {
        lookup->lookups->swept_ms = 0; /* what was evaluated for the old one is of no use any more */
    }
    held_set_free(lookup->set);
    lookup->set = f->taking;
    f->taking = NULL;
    is_newest(f);
}

/* What is no longer believed holds nothing back: a partner that put its clock or its data back begins anew. */
static void take_page(struct fetch *f, struct slice body)
{
    struct error err;
    const struct held_set *held = lookups_is_stale(f->lookup) ? NULL : f->lookup->set;
    const enum result result =
        f->taking != NULL ? held_set_page(f->taking, body, &err) : held_set_begin(held, body, &f->taking, &err);
    if (result != RESULT_OK) {
        refuse(f, &err);
    } else if (held_set_taken(f->taking) < held_set_header(f->taking)->class) {
        ask_next_page(f);
    } else if (aside(f->lookup->lookups->api->loop, finish, finished, f, &err) != RESULT_OK) {
        give_up(f, "geheugen", 0);
    }
}

/* A step that does not follow on what is here, or does not hold: the whole set tells. */
static void take_step(struct fetch *f, struct slice body)
{
    struct error err;
    if (held_set_step(f->lookup->set, body, &err) == RESULT_OK) {
        is_newest(f);
        return;
    }
    if (err.fault != FAULT_CONFLICT) {
        tell_refused(f, &err);
    }
    ask_whole(f);
}

static void take(struct fetch *f, struct slice body)
{
    struct set_header header;
    struct slice payload;
    struct error err;
    if (set_read(body, &header, &payload, &err) != RESULT_OK) {
        refuse(f, &err);
    } else if (header.newest < header.epoch) {
        (void)error_set(&err, FAULT_INVALID, "/nieuwste", "een eerdere periode dan die van de opzoekset");
        refuse(f, &err);
    } else if (header.part == SET_PAGE) {
        take_page(f, body);
    } else if (!f->whole) {
        take_step(f, body);
    } else {
        (void)error_set(&err, FAULT_INVALID, "/deel", "een stap, waar een hele opzoekset is gevraagd");
        refuse(f, &err);
    }
}

static void answered(void *ctx, const struct peer_outcome *outcome)
{
    struct fetch *f = ctx;
    f->entry.call = NULL;
    const bool begin_anew = outcome->kind == PEER_ANSWERED && f->restarts < MATCH_FETCH_AGAIN &&
                            (outcome->status == CONFLICT || (outcome->status == NOT_SERVED && !f->whole));
    if (begin_anew) { /* published anew meanwhile, or the epoch that is here is over */
        f->restarts++;
        ask_whole(f);
    } else if (f->lookup->lookups->stopping) {
        end(f);
    } else if (outcome->kind != PEER_ANSWERED) {
        give_up(f, peer_outcome_slug(outcome->kind), 0);
    } else if (outcome->status != 200) {
        give_up(f, "geweigerd", outcome->status);
    } else {
        take(f, outcome->body);
    }
}

void lookups_fetch(struct lookup *lookup, uint64_t round)
{
    struct api *api = lookup->lookups->api;
    struct error err;
    struct api_covenant *held = api_covenant_with(api, &lookup->provider);
    struct fetch *f = mem_zalloc(sizeof *f);
    if (f == NULL) { /* at the next tick */
        lookups_settled(lookup, NULL, round);
        return;
    }
    *f = (struct fetch){
        .lookup = lookup, .round = round, .entry = {.began_ms = uv_now(api->loop), .next = lookup->lookups->fetches}};
    lookup->lookups->fetches = &f->entry;
    if (held == NULL) { /* revoked since the round began; not from inside the round */
        if (later(api->loop, settle, f, &err) != RESULT_OK) {
            settle(f);
        }
        return;
    }
    f->held = api_hold(held);
    f->partner = covenant_party(held->covenant, &lookup->provider);
    if (lookup->set != NULL) {
        f->before = held_set_header(lookup->set)->version;
        ask_step(f);
    } else {
        ask_whole(f);
    }
}
