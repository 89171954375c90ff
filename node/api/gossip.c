#include "api/gossip.h"

#include <stdio.h>

#include "api/growth.h"
#include "api/query.h"
#include "api/witness.h"
#include "base/mem.h"

enum { JOINED_MAX = 256, DONE_MAX = COVENANT_WITNESSES_MAX };

static const struct json_field answer_fields[] = {
    {"controlepunten", JSON_ARRAY, true, 0, GOSSIP_PAGE_PARTIES},
    {"volgende", JSON_NUMBER, false, 0, COVENANT_PARTIES_MAX},
};

struct gossip {
    struct api *api;
    size_t turn;                      /* index of the party that is asked next */
    struct sha256 joined[JOINED_MAX]; /* notes that were found to fit, by hash */
    size_t joined_next;
    struct oin done[DONE_MAX]; /* witnesses whose whole list was taken in since the start */
    size_t done_count;
    struct oin suspect; /* to be asked next for what it saw of the own log */
    bool suspected;     /* the last turn was such a one */
    bool own_differs;
    /* under way */
    bool under_way;
    struct api_covenant *held;
    const struct party *asked;
    struct json *answer;
    const struct json *item; /* of its list, being joined */
    struct buf note_text;    /* that item */
    struct note note;
    struct checkpoint checkpoint;
    uint32_t generation;
    const struct party *owner; /* whose log that is */
    struct witnessed seen;
    struct buf seen_note;
    struct buf shown; /* the item as it is kept */
    size_t page;      /* of its list */
    bool whole;       /* that page and all before it were taken in */
};

static void next_item(struct gossip *g);

/* ---- serving ---- */

struct listing {
    struct json_writer *w;
};

static void put_seen(void *ctx, const struct witnessed *seen, const struct error *err)
{
    const struct listing *listing = ctx;
    if (err == NULL && seen != NULL && seen->note.len != 0) {
        json_put_slice(listing->w, NULL, seen->note);
    }
}

void checkpoints_seen(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct call));
    if (call == NULL) {
        return;
    }
    const size_t count = covenant_party_count(call->covenant);
    const int64_t from = query_number(http_request_query(request), "vanaf", 0);
    if (from < 0 || (size_t)from > count) {
        struct fault_list faults = {0};
        fault_list_add(&faults, FAULT_INVALID, "vanaf", "vanaf is 0 tot en met %zu", count);
        call_fail_faults(call, &faults);
        return;
    }
    struct json_writer w = json_writer(&call->body);
    struct listing listing = {&w};
    size_t i = (size_t)from;
    json_begin_object(&w, NULL);
    json_begin_array(&w, "controlepunten");
    for (const size_t end = i + GOSSIP_PAGE_PARTIES; i < count && i < end; i++) {
        witness_look(call->api, &covenant_party_at(call->covenant, i)->oin, put_seen, &listing);
    }
    json_end_array(&w);
    if (i < count) {
        json_put_int(&w, "volgende", (int64_t)i);
    }
    json_end_object(&w);
    call_answer(call, 200);
}

/* ---- opening ---- */

enum result gossip_open(struct api *api, struct gossip **out, struct error *err)
{
    struct gossip *g = mem_zalloc(sizeof *g);
    ENSURE(g != NULL, err, FAULT_NO_MEMORY, "getuigen", "geen geheugen");
    g->api = api;
    buf_init(&g->note_text, NOTE_BYTES_MAX);
    buf_init(&g->seen_note, NOTE_KEPT_MAX);
    buf_init(&g->shown, NOTE_KEPT_MAX);
    *out = g;
    return RESULT_OK;
}

void gossip_close(struct gossip *g)
{
    if (g != NULL) {
        buf_free(&g->note_text);
        buf_free(&g->seen_note);
        buf_free(&g->shown);
        mem_free(g);
    }
}

void gossip_suspect(struct gossip *g, const struct oin *witness)
{
    g->suspect = *witness;
}

bool gossip_own_log_differs(const struct gossip *g)
{
    return g->own_differs;
}

/* ---- catching up after a restore ---- */

static void stored(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct api *api = ctx;
    (void)committed;
    api->calls--;
    if (err != NULL) {
        log_error(api->log, LOG_ERROR, "controlepunt-niet-bewaard", err);
    }
}

static void is_set(void *ctx, struct slice value, const struct error *err)
{
    *(bool *)ctx = err == NULL && value.len != 0;
}

static void catch_up(struct gossip *g)
{
    struct api *api = g->api;
    bool restored = false;
    size_t witnesses = 0;
    for (size_t i = 0; i < covenant_party_count(g->held->covenant); i++) {
        const struct party *party = covenant_party_at(g->held->covenant, i);
        witnesses += party->witness && !oin_equal(&party->oin, &api->own_oin);
    }
    store_get_value(api->door, witness_restored_name, is_set, &restored);
    struct store_batch *batch = restored && g->done_count >= witnesses / 2 + 1 ? store_batch_new(api->door) : NULL;
    if (batch != NULL) {
        store_set_value(batch, witness_restored_name, slice_of(NULL, 0));
        log_event(api->log, LOG_INFO, "getuige-is-bijgewerkt", LOG_NUMBER("gevraagd", (int64_t)g->done_count));
        api->calls++;
        store_commit(api->door, batch, stored, api);
    }
}

static void note_done(struct gossip *g)
{
    for (size_t i = 0; i < g->done_count; i++) {
        if (oin_equal(&g->done[i], &g->asked->oin)) {
            return;
        }
    }
    if (g->asked->witness && g->done_count < DONE_MAX) {
        g->done[g->done_count++] = g->asked->oin;
    }
}

/* ---- one checkpoint that a partner saw ---- */

static bool is_joined(const struct gossip *g, const struct sha256 *mark)
{
    for (size_t i = 0; i < JOINED_MAX; i++) {
        if (memcmp(g->joined[i].bytes, mark->bytes, SHA256_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

static void note_joined(struct gossip *g)
{
    sha256_of(g->note.text, &g->joined[g->joined_next]);
    g->joined_next = (g->joined_next + 1) % JOINED_MAX;
}

static void adopted(void *ctx, bool stored)
{
    struct gossip *g = ctx;
    if (stored) {
        note_joined(g);
    } else {
        g->whole = false;
    }
    next_item(g);
}

/* True: goes on in a callback. */
static bool adopt(struct gossip *g)
{
    const struct witnessed seen = {.generation = g->generation,
                                   .held = {g->checkpoint.size, g->checkpoint.root},
                                   .time_ms = clock_now(g->api->clock),
                                   .note = buf_slice(&g->shown)};
    if (witness_adopt(g->api, &g->owner->oin, &g->seen, &seen, adopted, g)) {
        return true;
    }
    g->whole = false; /* it cosigned something itself meanwhile; in another turn */
    return false;
}

static void own_is_other(struct gossip *g)
{
    g->own_differs = true;
    log_event(g->api->log, LOG_ERROR, "eigen-controlepunt-dat-hier-niet-staat", LOG_TEXT("oin", g->asked->oin.digits),
              LOG_NUMBER("regels", (int64_t)g->checkpoint.size));
}

static void own_root(void *ctx, const struct sha256 *root, const struct error *err)
{
    struct gossip *g = ctx;
    if (err == NULL && memcmp(root->bytes, g->checkpoint.root.bytes, SHA256_SIZE) == 0) {
        note_joined(g);
    } else if (err == NULL || err->fault == FAULT_NOT_FOUND) {
        own_is_other(g);
    }
}

static void keep_fork(struct gossip *g)
{
    witness_keep_fork(g->api, &g->owner->oin, buf_slice(&g->seen_note), buf_slice(&g->shown));
}

static void owner_shown(void *ctx, const struct peer_outcome *outcome)
{
    struct gossip *g = ctx;
    struct note note;
    struct checkpoint checkpoint;
    struct error err;
    uint32_t generation = 0;
    if (outcome->kind == PEER_ANSWERED && outcome->status == 200 &&
        note_parse(outcome->body, &note, &err) == RESULT_OK &&
        witness_whose(g->held, &note, &checkpoint, &generation) == g->owner && generation == g->generation) {
        keep_fork(g);
    }
    next_item(g);
}

/* It could not show that one grew out of the other. That proves nothing against a log that was restored meanwhile and
 * goes on under a new name: what does it call itself now? True: goes on in a callback. */
static bool ask_name(struct gossip *g)
{
    struct error err;
    const struct peer_request request = {.target = {g->owner->oin, g->owner->url},
                                         .path = "/v1/logboek/controlepunt",
                                         .request_id = entropy_ident(g->api->entropy)};
    return peer_ask(g->api->peers, &request, owner_shown, g, NULL, &err) == RESULT_OK;
}

static void proof_answered(void *ctx, const struct peer_outcome *outcome)
{
    struct gossip *g = ctx;
    const struct witness_held there = {g->checkpoint.size, g->checkpoint.root};
    const enum growth growth = growth_judge(outcome, &g->seen.held, &there);
    bool waits = false;
    if (growth == GROWTH_HOLDS && there.size > g->seen.held.size) {
        waits = adopt(g);
    } else if (growth == GROWTH_HOLDS) {
        note_joined(g);
    } else {
        g->whole = false; /* it is asked again in another turn */
        log_event(g->api->log, LOG_WARNING, "partner-bewijst-niet-dat-zijn-logboek-groeide",
                  LOG_TEXT("oin", g->owner->oin.digits));
        waits = growth == GROWTH_FAILS && ask_name(g);
    }
    if (!waits) {
        next_item(g);
    }
}

static void keep_seen(void *ctx, const struct witnessed *seen, const struct error *err)
{
    struct gossip *g = ctx;
    buf_clear(&g->seen_note);
    g->seen = (struct witnessed){0};
    if (err == NULL && seen != NULL) {
        g->seen = *seen;
        buf_slice_in(&g->seen_note, seen->note);
        g->seen.note = slice_of(NULL, 0);
    }
}

/* True: goes on in a callback. */
static bool join(struct gossip *g)
{
    struct sha256 mark;
    struct error err;
    sha256_of(g->note.text, &mark);
    if (is_joined(g, &mark)) {
        return false;
    }
    if (oin_equal(&g->owner->oin, &g->api->own_oin)) {
        if (g->generation > g->api->identity.generation) {
            own_is_other(g); /* of after a restore that this log knows nothing of */
        } else if (g->generation == g->api->identity.generation) {
            store_log_root(g->api->door, g->checkpoint.size, own_root, g);
        }
        return false;
    }
    witness_look(g->api, &g->owner->oin, keep_seen, g);
    if (g->seen.held.size == 0 || g->generation > g->seen.generation) {
        return adopt(g);
    }
    if (g->generation < g->seen.generation) {
        return false; /* of before it was restored */
    }
    if (g->checkpoint.size != g->seen.held.size) {
        const bool asked =
            growth_ask(g->api, g->owner, g->seen.held.size, g->checkpoint.size, proof_answered, g, &err) == RESULT_OK;
        g->whole = g->whole && asked;
        return asked;
    }
    if (memcmp(g->checkpoint.root.bytes, g->seen.held.root.bytes, SHA256_SIZE) != 0) {
        keep_fork(g);
    } else {
        note_joined(g);
    }
    return false;
}

/* ---- a partner's list ---- */

static void end_turn(struct gossip *g)
{
    json_free(g->answer);
    g->answer = NULL;
    g->item = NULL;
    g->under_way = false;
    api_release_covenant(g->held);
    g->held = NULL;
    g->api->calls--;
}

static bool take_item(struct gossip *g)
{
    struct error err;
    buf_clear(&g->note_text);
    buf_slice_in(&g->note_text, json_text(g->item));
    g->owner = NULL;
    if (buf_ok(&g->note_text) && note_parse(buf_slice(&g->note_text), &g->note, &err) == RESULT_OK) {
        g->owner = witness_whose(g->held, &g->note, &g->checkpoint, &g->generation);
    }
    if (g->owner != NULL) {
        witness_note(g->held, g->owner, &g->note, &g->shown);
    }
    return g->owner != NULL;
}

static void next_item(struct gossip *g)
{
    bool waits = false;
    if (g->api->closing) { /* thirty proofs of partners that are slow would keep the node from ending */
        g->item = NULL;
        g->whole = false;
    }
    while (!waits && g->item != NULL) {
        g->item = g->item == json_member(g->answer, "controlepunten") ? json_first(g->item) : json_next(g->item);
        waits = g->item != NULL && take_item(g) && join(g);
    }
    if (waits) {
        return;
    }
    if (g->whole && json_member(g->answer, "volgende") == NULL) {
        note_done(g);
        catch_up(g);
    }
    end_turn(g);
}

static void list_answered(void *ctx, const struct peer_outcome *outcome)
{
    struct gossip *g = ctx;
    struct fault_list faults = {0};
    struct error err;
    if (outcome->kind != PEER_ANSWERED || outcome->status != 200 ||
        json_parse(outcome->body, &g->answer, &err) != RESULT_OK) {
        g->whole = false;
        end_turn(g);
        return;
    }
    json_check(g->answer, "", answer_fields, COUNT_OF(answer_fields), &faults);
    if (faults.count != 0) {
        g->whole = false;
        end_turn(g);
        return;
    }
    g->item = json_member(g->answer, "controlepunten");
    next_item(g);
}

/* Witnesses in turn, each page by page. */
static const struct party *next_party(struct gossip *g, size_t *page)
{
    const struct covenant *covenant = g->held->covenant;
    const size_t count = covenant_party_count(covenant);
    const size_t pages = (count + GOSSIP_PAGE_PARTIES - 1) / GOSSIP_PAGE_PARTIES;
    for (size_t tried = 0; tried < count * pages; tried++) {
        const size_t at = g->turn++ % (count * pages);
        const struct party *party = covenant_party_at(covenant, at / pages);
        if (party->witness && api_covenant_with(g->api, &party->oin) != NULL) {
            *page = at % pages;
            return party;
        }
        g->turn += pages - 1 - at % pages;
    }
    return NULL;
}

/* Who says that it saw more of the own log than there is: the page on which that stands. Every other turn at most, so
 * that one who says so each time does not keep the others from being asked. */
static const struct party *suspect_party(struct gossip *g, size_t *page)
{
    const struct covenant *covenant = g->held->covenant;
    const struct party *self = api_self(g->api, covenant);
    g->suspected = !g->suspected && oin_is_set(&g->suspect);
    if (!g->suspected) {
        return NULL;
    }
    const struct party *party = covenant_party(covenant, &g->suspect);
    g->suspect = (struct oin){""};
    if (self == NULL || party == NULL) {
        return NULL;
    }
    *page = covenant_party_index(covenant, self) / GOSSIP_PAGE_PARTIES;
    return party;
}

static void choose(struct gossip *g)
{
    const struct party *before = g->asked; /* perhaps of a covenant that is gone: compared, not read */
    const size_t page_before = g->page;
    g->asked = suspect_party(g, &g->page);
    if (g->asked == NULL) {
        g->asked = next_party(g, &g->page);
    }
    g->whole = g->page == 0 || (g->whole && g->asked == before && g->page == page_before + 1);
}

void gossip_tick(struct gossip *g)
{
    char path[64];
    struct error err;
    if (g->under_way || g->api->closing) {
        return;
    }
    g->held = api_hold_covenant(g->api);
    g->under_way = true;
    g->api->calls++;
    choose(g);
    (void)snprintf(path, sizeof path, "/v1/logboek/controlepunten?vanaf=%zu", g->page * GOSSIP_PAGE_PARTIES);
    if (g->asked != NULL) {
        const struct peer_request request = {
            .target = {g->asked->oin, g->asked->url}, .path = path, .request_id = entropy_ident(g->api->entropy)};
        if (peer_ask(g->api->peers, &request, list_answered, g, NULL, &err) == RESULT_OK) {
            return;
        }
    }
    end_turn(g);
}
