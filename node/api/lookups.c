/* Which sets there must be, when they are fetched, and what is known of them. */
#include "api/lookups.h"

#include <uv.h>

#include "api/book.h"
#include "api/lookups_parts.h"
#include "base/mem.h"
#include "base/workdays.h"
#include "policy/decide.h"

enum { FIRST_ROOM = 16 };

/* ---- which there must be ---- */

struct name {
    const struct oin *provider;
    struct slice purpose;
};

static int compare(const struct name *name, const struct lookup *lookup)
{
    const int by_provider = memcmp(name->provider->digits, lookup->provider.digits, OIN_DIGITS);
    if (by_provider != 0) {
        return by_provider;
    }
    const size_t len = strlen(lookup->purpose);
    const size_t least = len < name->purpose.len ? len : name->purpose.len;
    const int by_text = least != 0 ? memcmp(name->purpose.ptr, lookup->purpose, least) : 0;
    return by_text != 0 ? by_text : (name->purpose.len > len) - (name->purpose.len < len);
}

/* Where it stands, or would. */
static size_t place_of(const struct lookups *lookups, const struct name *name)
{
    size_t low = 0;
    for (size_t high = lookups->count; low < high;) {
        const size_t middle = low + (high - low) / 2;
        if (compare(name, lookups->all[middle]) > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct lookup *lookups_find(const struct lookups *lookups, const struct oin *provider, struct slice purpose)
{
    const struct name name = {provider, purpose};
    const size_t at = place_of(lookups, &name);
    return at < lookups->count && compare(&name, lookups->all[at]) == 0 ? lookups->all[at] : NULL;
}

static struct lookup *insert(struct lookups *lookups, const struct name *name)
{
    const size_t at = place_of(lookups, name);
    if (lookups->count == lookups->capacity) {
        const size_t capacity = lookups->capacity != 0 ? 2 * lookups->capacity : FIRST_ROOM;
        struct lookup **larger = mem_realloc(lookups->all, capacity * sizeof(struct lookup *));
        if (larger == NULL) {
            return NULL;
        }
        lookups->all = larger;
        lookups->capacity = capacity;
    }
    struct lookup *lookup = mem_zalloc(sizeof *lookup);
    if (lookup == NULL) {
        return NULL;
    }
    lookup->lookups = lookups;
    lookup->provider = *name->provider;
    (void)slice_copy_text(name->purpose, lookup->purpose, sizeof lookup->purpose);
    /* It is due in the round that begins now, and keeps those before it from nothing. */
    lookup->done_round = lookups->rounds != 0 ? lookups->rounds - 1 : 0;
    memmove(&lookups->all[at + 1], &lookups->all[at], (lookups->count - at) * sizeof(struct lookup *));
    lookups->all[at] = lookup;
    lookups->count++;
    return lookup;
}

static void want(struct lookups *lookups, const struct party *partner, const struct purpose *purpose)
{
    const struct name name = {&partner->oin, slice_text(purpose->code)};
    struct lookup *lookup = lookups_find(lookups, name.provider, name.purpose);
    if (lookup == NULL) {
        lookup = insert(lookups, &name);
    }
    if (lookup != NULL) { /* else at the next tick */
        lookup->wanted = true;
        lookup->urgent = purpose->urgent;
    }
}

static void want_of(struct lookups *lookups, const struct covenant *covenant, const struct party *partner)
{
    const struct api *api = lookups->api;
    const struct party *self = api_self(api, covenant);
    const struct date today = workdays_dutch_day(clock_now(api->clock));
    const uint64_t purposes = self != NULL ? policy_set_purposes(covenant, self, partner, &today) : 0;
    for (size_t i = 0; i < covenant_purpose_count(covenant); i++) {
        if ((purposes >> i & 1U) != 0) {
            want(lookups, partner, covenant_purpose_at(covenant, i));
        }
    }
}

static void drop(struct lookups *lookups, size_t at)
{
    struct lookup *lookup = lookups->all[at];
    lookups_forget(lookup);
    held_set_free(lookup->set);
    mem_free(lookup);
    lookups->count--;
    memmove(&lookups->all[at], &lookups->all[at + 1], (lookups->count - at) * sizeof(struct lookup *));
}

/* By the covenants in force today; what none asks for any more goes. */
static void refresh(struct lookups *lookups)
{
    const struct book *book = lookups->api->book;
    for (size_t i = 0; i < lookups->count; i++) {
        lookups->all[i]->wanted = false;
    }
    for (size_t e = 0; e < book->count; e++) {
        const struct covenant *covenant = book->entries[e]->covenant;
        const size_t parties = book_partners(lookups->api, e) != 0 ? covenant_party_count(covenant) : 0;
        for (size_t p = 0; p < parties; p++) {
            const struct party *partner = covenant_party_at(covenant, p);
            if (book_holds_with(lookups->api, book->entries[e], &partner->oin)) {
                want_of(lookups, covenant, partner);
            }
        }
    }
    for (size_t i = lookups->count; i-- > 0;) {
        if (!lookups->all[i]->wanted && !lookups->all[i]->busy) {
            drop(lookups, i);
        }
    }
}

/* ---- rounds ---- */

/* Ticks are those of the clock, the same for all nodes, so that a partner has just published when it is asked; each node
 * asks at a moment of its own after that. */
static int64_t tick_of(const struct lookups *lookups, int64_t tick_ms, int64_t phase_ms)
{
    return (clock_now(lookups->api->clock) - phase_ms) / tick_ms;
}

static void make_due(struct lookups *lookups, bool urgent_only)
{
    for (size_t i = 0; i < lookups->count; i++) {
        struct lookup *lookup = lookups->all[i];
        if (!urgent_only || lookup->urgent) {
            lookup->due = true;
            lookup->again_ms = 0;
            lookup->agains = 0;
        }
    }
}

/* Those that had not published a new version yet when they were asked: they may have by now. */
static void ask_again(struct lookups *lookups)
{
    const uint64_t now_ms = uv_now(lookups->api->loop);
    for (size_t i = 0; i < lookups->count; i++) {
        struct lookup *lookup = lookups->all[i];
        if (lookup->again_ms != 0 && lookup->again_ms <= now_ms) {
            lookup->due = true;
            lookup->again_ms = 0;
        }
    }
}

static void begin_rounds(struct lookups *lookups)
{
    const int64_t tick = tick_of(lookups, lookups->times.tick_ms, lookups->phase_ms);
    const int64_t urgent = tick_of(lookups, lookups->times.urgent_tick_ms, lookups->urgent_phase_ms);
    if (tick != lookups->tick) {
        lookups->tick = tick;
        lookups->rounds++;
        refresh(lookups);
        make_due(lookups, false);
    } else if (urgent != lookups->urgent_tick) {
        make_due(lookups, true);
    }
    lookups->urgent_tick = urgent;
}

static void reckon_ended(struct lookups *lookups)
{
    uint64_t ended = lookups->rounds;
    for (size_t i = 0; i < lookups->count; i++) {
        const struct lookup *lookup = lookups->all[i];
        ended = lookup->wanted && lookup->done_round < ended ? lookup->done_round : ended;
    }
    lookups->ended = ended > lookups->ended ? ended : lookups->ended;
}

/* One that began some time ago is slow, and keeps nobody from his turn. */
static size_t fresh_fetches(const struct lookups *lookups)
{
    const uint64_t now_ms = uv_now(lookups->api->loop);
    size_t fresh = 0;
    for (const struct lookup_fetch *f = lookups->fetches; f != NULL; f = f->next) {
        fresh += now_ms - f->began_ms < MATCH_FETCH_FRESH_MS;
    }
    return fresh;
}

/* Urgent ones go first, and before them what was passed over in a round already: of a partner that takes longer than a tick,
 * as one that is down, the others would never have their turn. */
static bool goes_before(const struct lookup *a, const struct lookup *b)
{
    const uint64_t turn_a = a->done_round + (a->urgent ? 0 : 1);
    const uint64_t turn_b = b->done_round + (b->urgent ? 0 : 1);
    return turn_a < turn_b || (turn_a == turn_b && a->urgent && !b->urgent);
}

/* Of one partner one at a time. `from` to `to`: all of one partner. */
static struct lookup *choose(const struct lookups *lookups, size_t from, size_t to)
{
    struct lookup *chosen = NULL;
    for (size_t i = from; i < to; i++) {
        struct lookup *lookup = lookups->all[i];
        if (lookup->busy) {
            return NULL;
        }
        if (lookup->due && lookup->wanted && (chosen == NULL || goes_before(lookup, chosen))) {
            chosen = lookup;
        }
    }
    return chosen;
}

static void fetch_due(struct lookups *lookups)
{
    size_t to = 0;
    for (size_t from = 0; from < lookups->count && fresh_fetches(lookups) < MATCH_FETCHES; from = to) {
        for (to = from; to < lookups->count && oin_equal(&lookups->all[to]->provider, &lookups->all[from]->provider);) {
            to++;
        }
        struct lookup *lookup = choose(lookups, from, to);
        if (lookup != NULL) {
            lookup->due = false;
            lookup->busy = true;
            lookups->api->calls++;
            lookups_fetch(lookup, lookups->rounds);
        }
    }
}

void lookups_settled(struct lookup *lookup, struct lookup_fetch *fetch, uint64_t round)
{
    struct lookups *lookups = lookup->lookups;
    struct lookup_fetch **at = &lookups->fetches;
    while (*at != NULL && *at != fetch) {
        at = &(*at)->next;
    }
    if (*at != NULL) {
        *at = fetch->next;
    }
    lookup->busy = false;
    lookup->done_round = round;
    lookups->api->calls--;
    reckon_ended(lookups);
    if (!lookups->stopping) {
        fetch_due(lookups);
    }
}

/* By a clock that is wrong, or that jumped ahead and is not believed yet, terms seem over that are not. */
static bool can_tell_terms(struct lookups *lookups)
{
    struct error err;
    struct api *api = lookups->api;
    return !api_clock_wrong(api, &err) && clock_now(api->clock) - api->highest_ms <= CLOCK_JUMP_MAX_MS;
}

void lookups_tick(struct lookups *lookups)
{
    if (!lookups->loaded || lookups->stopping) {
        return;
    }
    begin_rounds(lookups);
    ask_again(lookups);
    fetch_due(lookups);
    reckon_ended(lookups);
    if (can_tell_terms(lookups)) {
        lookups_sweep(lookups);
    }
}

/* ---- opening and closing ---- */

/* Fixed for as long as the node runs; at least an eighth of it for the partner to publish. */
static int64_t draw_phase(const struct api *api, int64_t tick_ms)
{
    uint32_t random = 0;
    const int64_t spread_ms = tick_ms / 2 < MATCH_SPREAD_MS ? tick_ms / 2 : MATCH_SPREAD_MS;
    api->entropy->fill(api->entropy->ctx, &random, sizeof random);
    return spread_ms / 8 + (spread_ms > 8 ? random % (spread_ms - spread_ms / 8) : 0);
}

enum result lookups_open(struct api *api, const struct match_times *times, struct lookups **out, struct error *err)
{
    TRY(voprf_ready(err));
    struct lookups *lookups = mem_zalloc(sizeof *lookups);
    ENSURE(lookups != NULL, err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    lookups->api = api;
    lookups->times = *times;
    lookups->phase_ms = draw_phase(api, times->tick_ms);
    lookups->urgent_phase_ms = draw_phase(api, times->urgent_tick_ms);
    lookups->tick = INT64_MIN; /* the first round begins at once */
    lookups->urgent_tick = INT64_MIN;
    *out = lookups;
    return RESULT_OK;
}

void lookups_start(struct lookups *lookups, void (*ready)(void *ctx, const struct error *err), void *ctx)
{
    lookups->ready = ready;
    lookups->ready_ctx = ctx;
    refresh(lookups);
    lookups_load(lookups);
}

void lookups_stop(struct lookups *lookups)
{
    if (lookups == NULL) {
        return;
    }
    lookups->stopping = true;
    for (const struct lookup_fetch *f = lookups->fetches; f != NULL; f = f->next) {
        if (f->call != NULL) { /* nobody waits for a slow partner */
            peer_cancel(f->call);
        }
    }
}

void lookups_close(struct lookups *lookups)
{
    if (lookups == NULL) {
        return;
    }
    for (size_t i = 0; i < lookups->count; i++) {
        held_set_free(lookups->all[i]->set);
        mem_free(lookups->all[i]);
    }
    mem_free(lookups->all);
    mem_free(lookups);
}

/* ---- what is known ---- */

static int64_t stale_ms(const struct lookup *lookup)
{
    const struct match_times *times = &lookup->lookups->times;
    const int64_t age_ms = MATCH_STALE_TICKS * (lookup->urgent ? times->urgent_tick_ms : times->tick_ms);
    return age_ms > MATCH_STALE_LEAST_MS ? age_ms : MATCH_STALE_LEAST_MS;
}

/* That it rose in the future says that the clock was wrong, then or now: nobody knows how old it is. */
bool lookups_is_fresh(const struct lookup *lookup)
{
    const int64_t age_ms = clock_now(lookup->lookups->api->clock) - lookup->risen_ms;
    return age_ms >= -CLOCK_BACK_MAX_MS && age_ms <= stale_ms(lookup);
}

enum lookup_state lookups_state(const struct lookups *lookups, const struct oin *provider, struct slice purpose,
                                struct lookup_set *out)
{
    const struct lookup *lookup = lookups_find(lookups, provider, purpose);
    if (lookup == NULL || lookup->set == NULL) {
        return LOOKUP_NONE;
    }
    const struct set_header *header = held_set_header(lookup->set);
    *out = (struct lookup_set){header->epoch, header->key, header->version, header->root};
    return lookups_is_fresh(lookup) ? LOOKUP_READY : LOOKUP_STALE;
}

enum peer_outcome_kind lookups_unreached(const struct lookups *lookups, const struct oin *provider,
                                         struct slice purpose)
{
    const struct lookup *lookup = lookups_find(lookups, provider, purpose);
    return lookup != NULL ? lookup->unreached : PEER_ANSWERED;
}

bool lookups_test(const struct lookups *lookups, const struct oin *provider, struct slice purpose,
                  const struct lookup_set *set, uint64_t fingerprint)
{
    const struct lookup *lookup = lookups_find(lookups, provider, purpose);
    if (lookup == NULL || lookup->set == NULL) {
        return false;
    }
    const struct set_header *header = held_set_header(lookup->set);
    return header->epoch == set->epoch && memcmp(&header->key, &set->key, sizeof set->key) == 0 &&
           held_set_has(lookup->set, fingerprint);
}

bool lookups_rematch(const struct lookups *lookups, const struct oin *provider, struct slice purpose,
                     const struct lookup_set *set, uint64_t version, bool all, struct rematch *values,
                     rematch_hit_fn *hit, void *ctx)
{
    const struct lookup *lookup = lookups_find(lookups, provider, purpose);
    const struct set_header *header = lookup != NULL && lookup->set != NULL ? held_set_header(lookup->set) : NULL;
    struct held_entries came;
    if (header == NULL || header->epoch != set->epoch || memcmp(&header->key, &set->key, sizeof set->key) != 0) {
        return false;
    }
    if (!all && held_set_came(lookup->set, version, &came)) {
        rematch_step(values, came.entries, came.count, hit, ctx);
        return true;
    }
    const struct held_entries whole = held_set_entries(lookup->set);
    rematch_whole(values, whole.entries, whole.count, hit, ctx);
    return true;
}

int64_t lookups_values_ms(const struct lookups *lookups)
{
    return lookups->times.values_ms;
}

uint64_t lookups_rounds_begun(const struct lookups *lookups)
{
    return lookups->rounds;
}

uint64_t lookups_rounds_ended(const struct lookups *lookups)
{
    return lookups->ended;
}

/* ---- told ---- */

static void describe(const struct lookup *lookup, struct json_writer *w)
{
    static const char *const states[] = {"geen", "verouderd", "actueel"};
    static const char *const words[] = {
#define X(code, word) word,
        LOOKUP_COUNT_TABLE(X)
#undef X
    };
    struct lookup_set set;
    const enum lookup_state state =
        lookups_state(lookup->lookups, &lookup->provider, slice_text(lookup->purpose), &set);
    json_begin_object(w, NULL);
    json_put_text(w, "ketenpartner", lookup->provider.digits);
    json_put_text(w, "doel", lookup->purpose);
    json_put_text(w, "toestand", states[state]);
    if (state != LOOKUP_NONE) {
        json_put_int(w, "periode", set.epoch);
        json_put_int(w, "versie", (int64_t)set.version);
        json_put_int(w, "omvang", held_set_header(lookup->set)->class);
        json_put_text(w, "gezien", moment_text(lookup->risen_ms).text);
    }
    for (size_t i = 0; i < LOOKUP_COUNT_COUNT; i++) {
        json_put_int(w, words[i], (int64_t)lookup->counts[i]);
    }
    json_put_int(w, "zonderToets", (int64_t)(lookup->counts[LOOKUP_EVALUATED] - lookup->counts[LOOKUP_USED]));
    json_end_object(w);
}

void lookups_describe(const struct lookups *lookups, struct json_writer *w)
{
    json_put_int(w, "rondesBegonnen", (int64_t)lookups->rounds);
    json_put_int(w, "rondesKlaar", (int64_t)lookups->ended);
    json_begin_array(w, "setsVanKetenpartners");
    for (size_t i = 0; i < lookups->count; i++) {
        if (lookups->all[i]->wanted) {
            describe(lookups->all[i], w);
        }
    }
    json_end_array(w);
}
