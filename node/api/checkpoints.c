#include "api/checkpoints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

#include "api/gossip.h"
#include "api/peer_clock.h"
#include "api/witness.h"
#include "base/mem.h"

enum { TRIES = 2, PROOF_LINES_BYTES = 64 * 48, COSIGNERS_MAX = 2 * COVENANT_WITNESSES_MAX };

/* Seconds since 1970 in a cosignature; a later time is none (the year 10000). */
static const uint64_t latest_time_s = 253402300800;

static const char latest_name[] = "controlepunt";

/* What is known of one witness; kept over rounds. */
struct cosigner {
    struct oin oin;
    uint64_t size; /* that it last cosigned, as far as we know */
};

/* One witness in the round under way. */
struct asked {
    struct checkpoints *owner;
    const struct party *party;
    struct cosigner *cosigner;
    int tries;
    uint64_t sent_ms; /* by the loop's clock */
    int64_t clock_off_ms;
    bool told_time;
};

struct checkpoints {
    struct api *api;
    int64_t interval_ms;
    int64_t next_ms;
    struct cosigner cosigners[COSIGNERS_MAX];
    size_t cosigner_count;
    struct checkpoints_standing standing;
    struct peer_clock clock;
    struct buf latest;
    int64_t latest_ms;
    uint64_t latest_size;
    /* the round */
    bool under_way;
    struct api_covenant *held;
    struct buf text;        /* the checkpoint */
    struct buf signed_text; /* with the log's signature */
    struct buf note;        /* and the cosignatures so far */
    struct checkpoint checkpoint;
    struct asked asked[COVENANT_WITNESSES_MAX];
    size_t asked_count;
    size_t open;
    size_t cosigned;
};

static void ask_witness(struct asked *asked);

/* ---- opening ---- */

static void latest_read(void *ctx, struct slice value, const struct error *err)
{
    struct checkpoints *c = ctx;
    struct note note;
    struct checkpoint checkpoint;
    struct error bad;
    const struct log_identity *own = &c->api->identity;
    /* One of before this log was restored promises what may not be there. */
    if (err == NULL && value.len != 0 && note_parse(value, &note, &bad) == RESULT_OK &&
        checkpoint_parse(note.text, &checkpoint, &bad) == RESULT_OK &&
        strcmp(checkpoint.origin, log_origin_text(own->origin, own->generation).text) == 0) {
        buf_slice_in(&c->latest, value);
    }
}

enum result checkpoints_open(struct api *api, int64_t interval_ms, struct checkpoints **out, struct error *err)
{
    struct checkpoints *c = mem_zalloc(sizeof *c);
    ENSURE(c != NULL, err, FAULT_NO_MEMORY, "controlepunten", "geen geheugen");
    c->api = api;
    c->interval_ms = interval_ms;
    buf_init(&c->latest, NOTE_BYTES_MAX);
    buf_init(&c->text, NOTE_BYTES_MAX);
    buf_init(&c->signed_text, NOTE_BYTES_MAX);
    buf_init(&c->note, NOTE_BYTES_MAX);
    store_get_value(api->door, latest_name, latest_read, c);
    *out = c;
    return RESULT_OK;
}

void checkpoints_close(struct checkpoints *c)
{
    if (c != NULL) {
        buf_free(&c->latest);
        buf_free(&c->text);
        buf_free(&c->signed_text);
        buf_free(&c->note);
        mem_free(c);
    }
}

/* The own clock less one that never jumps. */
static int64_t skew(const struct checkpoints *c)
{
    return clock_now(c->api->clock) - (int64_t)uv_now(c->api->loop);
}

static bool is_witness(const struct api *api, const struct party *party)
{
    return party->witness && !oin_equal(&party->oin, &api->own_oin);
}

static size_t witnesses_named(const struct api *api)
{
    const struct covenant *covenant = api->covenant->covenant;
    size_t count = 0;
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        count += is_witness(api, covenant_party_at(covenant, i));
    }
    return count;
}

size_t checkpoints_needed(const struct api *api)
{
    const size_t count = witnesses_named(api);
    return count != 0 ? count / 2 + 1 : 0;
}

struct checkpoints_standing checkpoints_standing(const struct checkpoints *c)
{
    struct checkpoints_standing standing = c->standing;
    standing.needed = checkpoints_needed(c->api);
    standing.clock_off_ms = peer_clock_off(&c->clock, skew(c));
    standing.clock_wrong = peer_clock_wrong(&c->clock, skew(c));
    standing.cut = gossip_own_log_differs(c->api->gossip);
    return standing;
}

bool checkpoints_clock_wrong(const struct checkpoints *c)
{
    return peer_clock_wrong(&c->clock, skew(c));
}

void checkpoints_accept_clock(struct checkpoints *c)
{
    peer_clock_accept(&c->clock, skew(c));
}

struct slice checkpoints_latest(const struct checkpoints *c)
{
    return buf_slice(&c->latest);
}

bool checkpoints_forbid(const struct checkpoints *c, struct error *err)
{
    if (c == NULL) {
        return false;
    }
    if (gossip_own_log_differs(c->api->gossip)) {
        (void)error_set(err, FAULT_LOG, "logboek",
                        "een partner heeft van dit logboek gezien wat er niet staat; zet gegevens terug met "
                        "ketenbrug restore, dan gaat het onder een nieuwe naam verder");
        return true;
    }
    if (peer_clock_wrong(&c->clock, skew(c))) {
        (void)error_set(err, FAULT_CLOCK, "klok",
                        "de klok wijkt %lld s af van die van de getuigen; zet haar goed, of aanvaard deze tijd met "
                        "ketenbrug clock reset",
                        (long long)(peer_clock_off(&c->clock, skew(c)) / 1000));
        return true;
    }
    return false;
}

/* ---- the end of a round ---- */

static void take_clocks(struct checkpoints *c)
{
    int64_t offsets[COVENANT_WITNESSES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < c->asked_count; i++) {
        if (c->asked[i].told_time) {
            offsets[count++] = c->asked[i].clock_off_ms;
        }
    }
    peer_clock_take(&c->clock, offsets, count, c->standing.needed, skew(c));
}

static void kept(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct api *api = ctx;
    (void)committed;
    api->calls--;
    if (err != NULL) {
        log_error(api->log, LOG_ERROR, "controlepunt-niet-bewaard", err);
    }
}

static void keep_latest(struct checkpoints *c)
{
    struct api *api = c->api;
    struct store_batch *batch = store_batch_new(api->door);
    buf_clear(&c->latest);
    buf_slice_in(&c->latest, buf_slice(&c->note));
    c->latest_ms = clock_now(api->clock);
    c->latest_size = c->checkpoint.size;
    if (batch != NULL) {
        store_set_value(batch, latest_name, buf_slice(&c->latest));
        api_clock_keep(api, batch);
        api->calls++;
        store_commit(api->door, batch, kept, api);
    }
}

static void end_round(struct checkpoints *c)
{
    struct checkpoints_standing *s = &c->standing;
    const bool enough = c->cosigned >= s->needed;
    s->cosignatures = c->cosigned;
    take_clocks(c);
    if (s->needed != 0 && enough && peer_clock_agrees(&c->clock, skew(c))) {
        api_clock_confirmed(c->api);
    }
    if (enough) {
        s->size = c->checkpoint.size;
        s->time_ms = clock_now(c->api->clock);
    } else {
        log_event(c->api->log, LOG_WARNING, "te-weinig-getuigen", LOG_NUMBER("medeondertekend", c->cosigned),
                  LOG_NUMBER("nodig", s->needed));
    }
    /* One that fewer witnesses saw does not push out one that more rely on. */
    if (enough || c->latest.len == 0) {
        keep_latest(c);
    }
    c->under_way = false;
    api_release_covenant(c->held);
    c->held = NULL;
    c->api->calls--;
    gossip_tick(c->api->gossip);
}

static void one_less(struct checkpoints *c)
{
    if (--c->open == 0) {
        end_round(c);
    }
}

/* ---- one witness ---- */

/* Adds the witness's line when it holds. */
static bool take_cosignature(struct asked *asked, struct slice lines)
{
    struct checkpoints *c = asked->owner;
    const struct party_keys *keys = NULL;
    struct buf whole;
    struct note note;
    struct error err;
    uint64_t when = 0;
    buf_init(&whole, NOTE_BYTES_MAX);
    buf_slice_in(&whole, buf_slice(&c->text));
    buf_text(&whole, "\n");
    buf_slice_in(&whole, lines);
    const bool holds = buf_ok(&whole) && note_parse(buf_slice(&whole), &note, &err) == RESULT_OK && note.count == 1 &&
                       party_keys(c->held, asked->party, &keys, &err) == RESULT_OK &&
                       note_verdict(&note, &keys->witness, &when) == NOTE_HOLDS && when < latest_time_s;
    if (holds) {
        (void)note_copy_line(&note, &keys->witness, &c->note); /* and nothing else that it may have sent */
        /* Half-way between question and answer; a time in whole seconds is its middle. */
        const int64_t way_ms = (int64_t)(uv_now(c->api->loop) - asked->sent_ms) / 2;
        asked->clock_off_ms = clock_now(c->api->clock) - way_ms - ((int64_t)when * 1000 + 500);
        asked->told_time = true;
        asked->cosigner->size = c->checkpoint.size;
        c->cosigned++;
    }
    buf_free(&whole);
    return holds;
}

/* The witness last cosigned another size than we thought; false: there is no trying again. */
static bool take_size(struct asked *asked, struct slice body)
{
    struct checkpoints *c = asked->owner;
    char text[24];
    char *end = NULL;
    if (!slice_copy_text(body, text, sizeof text) || text[0] < '0' || text[0] > '9') {
        return false;
    }
    const unsigned long long size = strtoull(text, &end, 10);
    /* Only what this log signed proves that it was cut: the word of one witness does not. Gossip asks for it. */
    if (end == NULL || strcmp(end, "\n") != 0) {
        return false;
    }
    if (size > c->checkpoint.size) {
        log_event(c->api->log, LOG_ERROR, "logboek-is-korter-dan-een-getuige-zag",
                  LOG_TEXT("oin", asked->party->oin.digits), LOG_NUMBER("gezien", (int64_t)size),
                  LOG_NUMBER("regels", (int64_t)c->checkpoint.size));
        gossip_suspect(c->api->gossip, &asked->party->oin);
        return false;
    }
    asked->cosigner->size = size;
    return asked->tries < TRIES;
}

static void answered(void *ctx, const struct peer_outcome *outcome)
{
    struct asked *asked = ctx;
    struct checkpoints *c = asked->owner;
    if (outcome->kind == PEER_ANSWERED && outcome->status == 409 && take_size(asked, outcome->body)) {
        ask_witness(asked);
        return;
    }
    if (outcome->kind != PEER_ANSWERED || outcome->status != 200 || !take_cosignature(asked, outcome->body)) {
        log_event(c->api->log, LOG_WARNING, "getuige-tekende-niet", LOG_TEXT("oin", asked->party->oin.digits),
                  LOG_TEXT("oorzaak", peer_outcome_slug(outcome->kind)), LOG_NUMBER("status", outcome->status));
    }
    one_less(c);
}

static void proven(void *ctx, const struct merkle_proof *proof, const struct error *failed)
{
    struct asked *asked = ctx;
    struct checkpoints *c = asked->owner;
    struct buf body;
    struct error err;
    enum result result = RESULT_FAILED;
    buf_init(&body, NOTE_BYTES_MAX + PROOF_LINES_BYTES);
    if (failed == NULL) {
        witness_request_write(asked->cosigner->size, proof, buf_slice(&c->signed_text), &body);
        const struct peer_request request = {
            .target = {asked->party->oin, asked->party->url},
            .path = "/v1/getuige/add-checkpoint",
            .request_id = entropy_ident(c->api->entropy),
            .media_type = "text/plain",
            .body = buf_slice(&body),
        };
        result = buf_result(&body, "controlepunt", &err);
        if (result == RESULT_OK) {
            result = peer_ask(c->api->peers, &request, answered, asked, NULL, &err);
        }
    }
    buf_free(&body);
    if (result != RESULT_OK) {
        log_error(c->api->log, LOG_WARNING, "controlepunt-niet-verstuurd", failed != NULL ? failed : &err);
        one_less(c);
    }
}

static void ask_witness(struct asked *asked)
{
    asked->tries++;
    asked->sent_ms = uv_now(asked->owner->api->loop);
    store_log_consistency(asked->owner->api->door, asked->cosigner->size, asked->owner->checkpoint.size, proven, asked);
}

/* ---- a round ---- */

static struct cosigner *cosigner_of(struct checkpoints *c, const struct oin *oin)
{
    for (size_t i = 0; i < c->cosigner_count; i++) {
        if (oin_equal(&c->cosigners[i].oin, oin)) {
            return &c->cosigners[i];
        }
    }
    struct cosigner *new = &c->cosigners[c->cosigner_count++];
    *new = (struct cosigner){.oin = *oin};
    return new;
}

static void choose_witnesses(struct checkpoints *c)
{
    const struct covenant *covenant = c->held->covenant;
    c->asked_count = 0;
    if (c->cosigner_count > COVENANT_WITNESSES_MAX) {
        c->cosigner_count = 0; /* the covenant changed more than once: all are asked from the start */
    }
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        const struct party *party = covenant_party_at(covenant, i);
        if (is_witness(c->api, party) && api_covenant_with(c->api, &party->oin) != NULL) {
            c->asked[c->asked_count++] =
                (struct asked){.owner = c, .party = party, .cosigner = cosigner_of(c, &party->oin)};
        }
    }
    c->standing.witnesses = witnesses_named(c->api);
    c->standing.needed = checkpoints_needed(c->api);
}

static enum result sign_checkpoint(struct checkpoints *c, struct error *err)
{
    buf_clear(&c->text);
    buf_clear(&c->signed_text);
    checkpoint_write(&c->checkpoint, &c->text);
    buf_slice_in(&c->signed_text, buf_slice(&c->text));
    buf_text(&c->signed_text, "\n");
    TRY(note_sign(&c->api->identity.checkpoints, buf_slice(&c->text), 0, &c->signed_text, err));
    buf_clear(&c->note);
    buf_slice_in(&c->note, buf_slice(&c->signed_text));
    TRY(buf_result(&c->signed_text, "controlepunt", err));
    return buf_result(&c->note, "controlepunt", err);
}

static void begin_round(void *ctx, const struct merkle_frontier *tree, const struct error *failed)
{
    struct checkpoints *c = ctx;
    struct api *api = c->api;
    struct error err;
    const bool grown = failed == NULL && tree->size != 0 && tree->size != c->latest_size;
    const bool old = clock_now(api->clock) - c->latest_ms > CHECKPOINT_RENEW_MS;
    const bool due = grown || old || c->standing.cosignatures < c->standing.witnesses ||
                     peer_clock_jumped(&c->clock, skew(c)) || peer_clock_wrong(&c->clock, skew(c));
    if (failed != NULL || tree->size == 0 || !due) {
        if (failed == NULL) {
            gossip_tick(api->gossip);
        }
        return;
    }
    c->checkpoint.size = tree->size;
    merkle_root(tree, &c->checkpoint.root);
    (void)snprintf(c->checkpoint.origin, sizeof c->checkpoint.origin, "%s",
                   log_origin_text(api->identity.origin, api->identity.generation).text);
    if (sign_checkpoint(c, &err) != RESULT_OK) {
        log_error(api->log, LOG_ERROR, "controlepunt-niet-ondertekend", &err);
        return;
    }
    c->under_way = true;
    c->held = api_hold_covenant(api);
    c->cosigned = 0;
    api->calls++;
    choose_witnesses(c);
    c->open = c->asked_count + 1;
    for (size_t i = 0; i < c->asked_count; i++) {
        ask_witness(&c->asked[i]);
    }
    one_less(c);
}

void checkpoints_tick(struct checkpoints *c)
{
    const int64_t now = clock_now(c->api->clock);
    const bool early = now < c->next_ms && now > c->next_ms - 2 * c->interval_ms;
    if (c->under_way || (early && !peer_clock_jumped(&c->clock, skew(c)))) {
        return;
    }
    c->next_ms = now + c->interval_ms;
    store_log_head(c->api->door, begin_round, c);
}

/* ---- showing ---- */

static void show(struct call *call)
{
    const struct slice latest = checkpoints_latest(call->api->checkpoints);
    if (latest.len == 0) {
        struct error err;
        (void)error_set(&err, FAULT_NOT_FOUND, "", "er is nog geen controlepunt");
        call_fail(call, &err);
        return;
    }
    buf_slice_in(&call->body, latest);
    call->media_type = "text/plain; charset=utf-8";
    call_answer(call, 200);
}

void checkpoint_show(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct call));
    if (call != NULL) {
        show(call);
    }
}

void checkpoint_show_at_desk(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct call));
    if (call != NULL) {
        call_require(call, MAY_VERIFY_LOG, show);
    }
}
