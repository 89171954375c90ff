/*
 * One partner's set for one purpose, top to bottom in this order:
 *   the step from what is here, or the first page of the whole -> further pages -> root reckoned on a worker -> in the place
 *   of what was here -> once more, when the partner went over to another epoch -> kept in the store
 * What does not hold is refused, with a record, and what was here stays. What holds, but does not follow on it, is refused
 * while what was here is fresh: later it is taken, with a finding, else a partner that was put back would stay lost.
 */
#include <inttypes.h>
#include <stdio.h>
#include <uv.h>

#include "api/later.h"
#include "api/lookups_parts.h"
#include "api/outbox.h"
#include "base/mem.h"

enum {
    FETCH_PATH_MAX = 200,
    CONFLICT = 409,
    NOT_SERVED = 422,
    STEP_BYTES = SET_HEADER_BYTES + 2 * SET_STEP_SWAPS * SET_ENTRY_BYTES,
};

struct fetch {
    struct lookup_fetch entry; /* in the list of those under way */
    struct lookup *lookup;
    uint64_t round;
    struct api_covenant *held;
    const struct party *partner;
    uint64_t before;          /* version that was here when it began; 0: none was */
    struct held_set *taking;  /* a whole set, page by page; or a copy of what is here, for a step */
    uint8_t step[STEP_BYTES]; /* to be made in it */
    bool anew;                /* what is taken does not follow on what was here, as `why` says */
    struct error why;
    bool whole;     /* asked for, whatever is here */
    bool went_over; /* to the newest epoch, once */
    bool changed;
    bool refused; /* something, on the way to what was taken in the end */
    uint32_t restarts;
    enum result finished;
    struct error err;
};

static void drop_taking(struct fetch *f)
{
    held_set_free(f->taking);
    f->taking = NULL;
    f->lookup->taking = 0;
    f->anew = false;
}

static void settle(void *ctx)
{
    struct fetch *f = ctx;
    struct lookup *lookup = f->lookup;
    const uint64_t round = f->round;
    drop_taking(f);
    if (f->held != NULL) {
        api_release_covenant(f->held);
    }
    lookups_settled(lookup, &f->entry, round);
    mem_free(f);
}

static void end(void *ctx)
{
    struct fetch *f = ctx;
    drop_taking(f);
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

/* Not from inside the round that began it: the next one might fail as this did, within it. */
static void end_later(struct fetch *f)
{
    struct error err;
    if (later(f->lookup->lookups->api->loop, end, f, &err) != RESULT_OK) {
        end(f);
    }
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
        f->lookup->again_ms = err.fault == FAULT_BUSY ? uv_now(api->loop) + MATCH_AGAIN_MS : 0;
        end_later(f);
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
    drop_taking(f);
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

/* Whoever gives the same version again and again publishes nothing any more, whatever he says. */
static bool has_risen(const struct lookup *lookup, const struct set_header *header)
{
    struct error err;
    const struct set_header *before = &lookup->floor;
    return !lookup->has_floor || header->epoch != before->epoch || header->version > before->version ||
           held_set_follows(before, header, &err) != RESULT_OK;
}

/* What is here is the newest that the partner has, unless he went over to another epoch. */
static void is_newest(struct fetch *f)
{
    struct lookup *lookup = f->lookup;
    const struct set_header *header = held_set_header(lookup->set);
    if (has_risen(lookup, header)) {
        lookup->risen_ms = clock_now(lookup->lookups->api->clock);
    }
    lookup->floor = *header;
    lookup->has_floor = true;
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

/* What was taken comes in the place of what was here. */
static void replace(struct fetch *f)
{
    struct lookup *lookup = f->lookup;
    const struct set_header *header = held_set_header(f->taking);
    const struct set_header *before = &lookup->floor;
    if (f->anew) {
        lookups_tell_anew(lookup, &f->why);
    }
    if (lookup->has_floor &&
        (header->epoch != before->epoch || memcmp(&header->key, &before->key, sizeof header->key) != 0)) {
        lookup->lookups->swept_ms = 0; /* what was evaluated with the old key is of no use any more */
    }
    held_set_free(lookup->set);
    lookup->set = f->taking;
    f->taking = NULL;
    lookup->taking = 0;
    f->anew = false;
    is_newest(f);
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
    replace(f);
}

/* The largest class that a partner's people can have come to, and some more. */
static uint32_t largest_class(const struct party *partner)
{
    uint32_t class = SET_CLASS_MIN;
    if (partner->clients <= 0) {
        return MATCH_CLASS_UNDECLARED;
    }
    while (class < (uint32_t)partner->clients && class < SET_CLASS_MAX) {
        class *= 2;
    }
    return class < SET_CLASS_MAX / MATCH_CLASS_TIMES ? class * MATCH_CLASS_TIMES : SET_CLASS_MAX;
}

/* Of all others that are here or on their way. */
static uint64_t held_besides(const struct lookup *lookup)
{
    const struct lookups *lookups = lookup->lookups;
    uint64_t entries = 0;
    for (size_t i = 0; i < lookups->count; i++) {
        const struct lookup *other = lookups->all[i];
        if (other != lookup) {
            entries += other->set != NULL ? held_set_header(other->set)->class : 0;
            entries += other->taking;
        }
    }
    return entries;
}

/* Before room is made for it. */
static enum result check_size(const struct fetch *f, const struct set_header *header, struct error *err)
{
    const uint32_t largest = largest_class(f->partner);
    ENSURE(header->class <= largest, err, FAULT_TOO_LARGE, "/klasse",
           f->partner->clients > 0 ? "%u, en naar wat de ketenpartner aan clienten noemt is %u het meeste"
                                   : "%u; zonder genoemde clienten is %u het meeste",
           header->class, largest);
    ENSURE(held_besides(f->lookup) + header->class <= MATCH_HELD_MAX, err, FAULT_TOO_LARGE, "/klasse",
           "%u, en alle opzoeksets samen komen dan boven %d", header->class, MATCH_HELD_MAX);
    return RESULT_OK;
}

/* On what was here; what does not is taken when that is not fresh any more. */
static enum result check_follows(struct fetch *f, const struct set_header *header, struct error *err)
{
    const struct lookup *lookup = f->lookup;
    f->anew = lookup->has_floor && held_set_follows(&lookup->floor, header, err) != RESULT_OK;
    if (!f->anew) {
        return RESULT_OK;
    }
    f->why = *err;
    /* Another key in one epoch: the provider lost it, and answers to nothing that was evaluated with the old one. */
    const bool lost =
        lookup->floor.epoch == header->epoch && memcmp(&lookup->floor.key, &header->key, sizeof header->key) != 0;
    return lookups_is_fresh(lookup) && !lost ? RESULT_FAILED : RESULT_OK;
}

static enum result begin(struct fetch *f, const struct set_header *header, struct slice body, struct error *err)
{
    TRY(check_size(f, header, err));
    TRY(voprf_check_key(&header->key, err));
    TRY(check_follows(f, header, err));
    TRY(held_set_begin(NULL, body, &f->taking, err));
    f->lookup->taking = header->class;
    return RESULT_OK;
}

static void take_page(struct fetch *f, const struct set_header *header, struct slice body)
{
    struct error err;
    const enum result result = f->taking != NULL ? held_set_page(f->taking, body, &err) : begin(f, header, body, &err);
    if (result != RESULT_OK) {
        refuse(f, &err);
    } else if (held_set_taken(f->taking) < held_set_header(f->taking)->class) {
        ask_next_page(f);
    } else if (aside(f->lookup->lookups->api->loop, finish, finished, f, &err) != RESULT_OK) {
        give_up(f, "geheugen", 0);
    }
}

/* A step that does not follow on what is here, or does not hold: the whole set tells. */
static void step_failed(struct fetch *f, const struct error *err)
{
    if (err->fault == FAULT_NO_MEMORY) {
        give_up(f, "geheugen", 0);
        return;
    }
    if (err->fault != FAULT_CONFLICT) {
        tell_refused(f, err);
    }
    ask_whole(f);
}

static void step(void *ctx)
{
    struct fetch *f = ctx;
    f->finished = held_set_copy(f->lookup->set, &f->taking, &f->err);
    if (f->finished == RESULT_OK) {
        f->finished = held_set_step(f->taking, slice_of(f->step, STEP_BYTES), &f->err);
    }
}

static void stepped(void *ctx)
{
    struct fetch *f = ctx;
    if (f->finished == RESULT_OK) {
        replace(f);
    } else {
        step_failed(f, &f->err);
    }
}

/* In a large set it takes long, and what is here is asked meanwhile. */
static void take_step(struct fetch *f, struct slice body)
{
    struct error err;
    if (held_set_header(f->lookup->set)->class > MATCH_STEP_ASIDE) {
        memcpy(f->step, body.ptr, STEP_BYTES);
        if (aside(f->lookup->lookups->api->loop, step, stepped, f, &err) != RESULT_OK) {
            give_up(f, "geheugen", 0);
        }
    } else if (held_set_step(f->lookup->set, body, &err) == RESULT_OK) {
        is_newest(f);
    } else {
        step_failed(f, &err);
    }
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
        take_page(f, &header, body);
    } else if (!f->whole && f->lookup->set != NULL) {
        take_step(f, body);
    } else {
        (void)error_set(&err, FAULT_INVALID, "/deel", "een stap, waar een hele opzoekset is gevraagd");
        refuse(f, &err);
    }
}

/* For all of the partner's sets: the others may not have had their turn. That we did not ask for a while, or stopped asking,
 * does not say why. */
static void note_unreached(const struct lookup *lookup, enum peer_outcome_kind kind)
{
    const struct lookups *lookups = lookup->lookups;
    for (size_t i = 0; i < lookups->count && kind != PEER_CIRCUIT_OPEN && kind != PEER_CANCELLED; i++) {
        if (oin_equal(&lookups->all[i]->provider, &lookup->provider)) {
            lookups->all[i]->unreached = kind;
        }
    }
}

static void answered(void *ctx, const struct peer_outcome *outcome)
{
    struct fetch *f = ctx;
    f->entry.call = NULL;
    note_unreached(f->lookup, outcome->kind);
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
        outbox_alive(f->lookup->lookups->api->outbox, &f->lookup->provider);
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
