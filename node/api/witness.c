#include "api/witness.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/later.h"
#include "base/bytes.h"
#include "base/mem.h"

enum { STATE_FIXED = 4 + 8 + SHA256_SIZE + 8 };

const char witness_restored_name[] = "getuige-bijwerken";

static const char note_type[] = "text/plain; charset=utf-8";
static const char size_type[] = "text/x.tlog.size";

static struct witness_name state_name(const struct oin *oin)
{
    struct witness_name name;
    (void)snprintf(name.text, sizeof name.text, "getuige-%s", oin->digits);
    return name;
}

struct witness_name witness_fork_name(const struct oin *oin)
{
    struct witness_name name;
    (void)snprintf(name.text, sizeof name.text, "vork-%s", oin->digits);
    return name;
}

/* ---- what was seen ---- */

struct looking {
    witnessed_fn *looked;
    void *ctx;
};

static void state_read(void *ctx, struct slice value, const struct error *err)
{
    const struct looking *looking = ctx;
    if (err != NULL || value.len < STATE_FIXED) {
        looking->looked(looking->ctx, NULL, err);
        return;
    }
    struct witnessed seen = {.generation = bytes_get_u32(value.ptr),
                             .held.size = bytes_get_u64(value.ptr + 4),
                             .time_ms = (int64_t)bytes_get_u64(value.ptr + 12 + SHA256_SIZE),
                             .note = slice_of(value.ptr + STATE_FIXED, value.len - STATE_FIXED)};
    memcpy(seen.held.root.bytes, value.ptr + 12, SHA256_SIZE);
    looking->looked(looking->ctx, &seen, NULL);
}

void witness_look(struct api *api, const struct oin *oin, witnessed_fn *looked, void *ctx)
{
    struct looking looking = {looked, ctx};
    store_get_value(api->door, state_name(oin).text, state_read, &looking);
}

static void keep(struct store_batch *batch, const struct oin *oin, const struct witnessed *seen)
{
    uint8_t value[STATE_FIXED + NOTE_KEPT_MAX];
    const size_t len = seen->note.len <= NOTE_KEPT_MAX ? seen->note.len : 0;
    bytes_put_u32(value, seen->generation);
    bytes_put_u64(value + 4, seen->held.size);
    memcpy(value + 12, seen->held.root.bytes, SHA256_SIZE);
    bytes_put_u64(value + 12 + SHA256_SIZE, (uint64_t)seen->time_ms);
    if (len != 0) {
        memcpy(value + STATE_FIXED, seen->note.ptr, len);
    }
    store_set_value(batch, state_name(oin).text, slice_of(value, STATE_FIXED + len));
}

void witness_note(struct api_covenant *held, const struct party *party, const struct note *note, struct buf *out)
{
    const struct party_keys *keys = NULL;
    struct error err;
    buf_clear(out);
    buf_slice_in(out, note->text);
    buf_text(out, "\n");
    if (party_keys(held, party, &keys, &err) != RESULT_OK || !note_copy_line(note, &keys->log, out)) {
        buf_clear(out);
    }
}

/* The name without `/generation`, when it has one. */
static struct slice base_of(struct slice origin)
{
    size_t end = origin.len;
    while (end != 0 && origin.ptr[end - 1] >= '0' && origin.ptr[end - 1] <= '9') {
        end--;
    }
    const bool numbered = end != origin.len && end != 0 && origin.ptr[end - 1] == '/';
    return numbered ? slice_of(origin.ptr, end - 1) : origin;
}

const struct party *witness_whose(struct api_covenant *held, const struct note *note, struct checkpoint *checkpoint,
                                  uint32_t *generation)
{
    const struct party_keys *keys = NULL;
    struct error err;
    if (checkpoint_parse(note->text, checkpoint, &err) != RESULT_OK) {
        return NULL;
    }
    const struct party *party = covenant_log(held->covenant, slice_text(checkpoint->origin));
    if (party == NULL) {
        party = covenant_log(held->covenant, base_of(slice_text(checkpoint->origin)));
    }
    if (party == NULL || !log_origin_is(checkpoint->origin, party->log_origin, generation) ||
        party_keys(held, party, &keys, &err) != RESULT_OK || note_verdict(note, &keys->log, NULL) != NOTE_HOLDS) {
        return NULL;
    }
    return party;
}

/* ---- evidence ---- */

static void fork_known(void *ctx, struct slice value, const struct error *err)
{
    *(bool *)ctx = err != NULL || value.len != 0;
}

static void fork_kept(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct api *api = ctx;
    (void)committed;
    api->calls--;
    api->forking = (struct oin){""};
    if (err != NULL) {
        audit_forget_keys(api->audit);
        log_error(api->log, LOG_ERROR, "bewijs-van-vork-niet-bewaard", err);
    }
}

void witness_keep_fork(struct api *api, const struct oin *oin, struct slice one, struct slice other)
{
    bool known = false;
    struct error err;
    struct buf both;
    struct record record = {.operation = RECORD_FORK, .outcome = OUTCOME_DONE, .age = 255, .peer = *oin};
    store_get_value(api->door, witness_fork_name(oin).text, fork_known, &known);
    if (known || oin_equal(&api->forking, oin)) {
        return;
    }
    struct store_batch *batch = store_batch_new(api->door);
    log_event(api->log, LOG_ERROR, "logboek-met-twee-gezichten", LOG_TEXT("oin", oin->digits));
    buf_init(&both, (size_t)2 * NOTE_KEPT_MAX);
    buf_slice_in(&both, one);
    buf_text(&both, "\n");
    buf_slice_in(&both, other);
    enum result result = buf_result(&both, "bewijs", &err);
    if (result == RESULT_OK && batch == NULL) {
        result = error_set(&err, FAULT_NO_MEMORY, "bewijs", "geen geheugen");
    }
    if (result == RESULT_OK) {
        store_set_value(batch, witness_fork_name(oin).text, buf_slice(&both));
        result = audit_append(api->audit, batch, &record, slice_of(NULL, 0), &err);
    }
    if (result == RESULT_OK) {
        api->calls++;
        api->forking = *oin;
        store_commit(api->door, batch, fork_kept, api);
    } else {
        store_batch_free(batch);
        log_error(api->log, LOG_ERROR, "bewijs-van-vork-niet-bewaard", &err);
    }
    buf_free(&both);
}

/* ---- a request ---- */

struct witnessing {
    struct call call;
    struct witness_request request;
    const struct party *party;
    uint32_t generation;
    struct witnessed before; /* without its note */
    struct witnessing *next;
};

static void begin(struct witnessing *w);

static void next_turn(void *ctx)
{
    begin(ctx);
}

/* One after the other: what is judged against what was cosigned before may not change while it is written. */
static bool is_free(const struct api *api)
{
    return api->witnessing == NULL && !api->witness_adopting;
}

static void begin_next(struct api *api)
{
    struct error err;
    if (!is_free(api) || api->witnessing_waiting == NULL) {
        return;
    }
    api->witnessing = api->witnessing_waiting;
    api->witnessing_waiting = api->witnessing->next;
    if (later(api->loop, next_turn, api->witnessing, &err) != RESULT_OK) {
        call_fail(&api->witnessing->call, &err);
    }
}

static void clean(struct call *call)
{
    if (call->api->witnessing == (struct witnessing *)call) {
        call->api->witnessing = NULL;
        begin_next(call->api);
    }
}

static void take_turn(struct witnessing *w)
{
    struct api *api = w->call.api;
    struct witnessing **last = &api->witnessing_waiting;
    struct error err;
    size_t waiting = 0;
    if (is_free(api) && *last == NULL) {
        api->witnessing = w;
        begin(w);
        return;
    }
    for (; *last != NULL; last = &(*last)->next) {
        waiting += oin_equal(&(*last)->party->oin, &w->party->oin);
    }
    if (waiting >= WITNESS_WAITING_MAX) {
        (void)error_set(&err, FAULT_BUSY, "getuige", "er wachten al %d verzoeken van dit logboek",
                        (int)WITNESS_WAITING_MAX);
        call_fail(&w->call, &err);
        return;
    }
    *last = w;
}

/* ---- what a partner saw ---- */

struct adopting {
    struct api *api;
    void (*done)(void *ctx, bool stored);
    void *ctx;
};

static void adopted(void *ctx, const struct store_committed *committed, const struct error *err)
{
    const struct adopting adopting = *(struct adopting *)ctx;
    (void)committed;
    mem_free(ctx);
    adopting.api->calls--;
    adopting.api->witness_adopting = false;
    if (err != NULL) {
        log_error(adopting.api->log, LOG_ERROR, "controlepunt-niet-bewaard", err);
    }
    begin_next(adopting.api);
    adopting.done(adopting.ctx, err == NULL);
}

struct comparing {
    const struct witnessed *from;
    bool same;
};

static void compare(void *ctx, const struct witnessed *seen, const struct error *err)
{
    static const struct witnessed nothing;
    struct comparing *c = ctx;
    const struct witnessed *now = seen != NULL ? seen : &nothing;
    c->same = err == NULL && now->generation == c->from->generation && now->held.size == c->from->held.size;
}

bool witness_adopt(struct api *api, const struct oin *oin, const struct witnessed *from, const struct witnessed *seen,
                   void (*done)(void *ctx, bool stored), void *ctx)
{
    struct comparing comparing = {from, false};
    witness_look(api, oin, compare, &comparing);
    if (!is_free(api) || !comparing.same) {
        return false;
    }
    struct adopting *adopting = mem_zalloc(sizeof *adopting);
    struct store_batch *batch = adopting != NULL ? store_batch_new(api->door) : NULL;
    if (batch == NULL) {
        mem_free(adopting);
        return false;
    }
    *adopting = (struct adopting){api, done, ctx};
    keep(batch, oin, seen);
    api->calls++;
    api->witness_adopting = true;
    store_commit(api->door, batch, adopted, adopting);
    return true;
}

/* Counted with the other refusals, not one record each: anybody can send nonsense every second. */
static void refuse(struct witnessing *w, enum fault fault, const char *what)
{
    struct error err;
    (void)error_set(&err, fault, "", "%s", what);
    if (w->call.request != NULL) {
        api_record_refusal(w->call.api, http_request_peer(w->call.request), "", &err);
    }
    call_fail(&w->call, &err);
}

static void answer_size(struct witnessing *w)
{
    buf_format(&w->call.body, "%" PRIu64 "\n", w->before.held.size);
    w->call.media_type = size_type;
    call_answer(&w->call, 409);
}

static void keep_before(void *ctx, const struct witnessed *seen, const struct error *err)
{
    struct witnessing *w = ctx;
    if (err != NULL) {
        w->call.refusing = true;
    } else if (seen != NULL) {
        w->before = *seen;
        w->before.note = slice_of(NULL, 0);
    }
}

static void keep_evidence(void *ctx, const struct witnessed *seen, const struct error *err)
{
    struct witnessing *w = ctx;
    if (err == NULL && seen != NULL) {
        struct buf shown;
        buf_init(&shown, NOTE_KEPT_MAX);
        witness_note(w->call.held, w->party, &w->request.note, &shown);
        witness_keep_fork(w->call.api, &w->party->oin, seen->note, buf_slice(&shown));
        buf_free(&shown);
    }
}

/* Durable before it is answered: a witness that forgets could cosign two logs under one name. */
static void cosign(struct witnessing *w)
{
    struct error err;
    struct buf kept;
    struct api *api = w->call.api;
    const int64_t now = clock_now(api->clock);
    struct store_batch *batch = store_batch_new(api->door);
    buf_init(&kept, NOTE_KEPT_MAX);
    witness_note(w->call.held, w->party, &w->request.note, &kept);
    enum result result = batch == NULL ? error_set(&err, FAULT_NO_MEMORY, "getuige", "geen geheugen")
                                       : note_sign(&api->identity.cosignatures, w->request.note.text,
                                                   (uint64_t)(now / 1000), &w->call.body, &err);
    if (result == RESULT_OK) {
        buf_slice_in(&kept, buf_slice(&w->call.body));
        result = buf_result(&kept, "getuige", &err);
    }
    if (result != RESULT_OK) {
        store_batch_free(batch);
        call_fail(&w->call, &err);
    } else {
        const struct witnessed seen = {.generation = w->generation,
                                       .held = {w->request.checkpoint.size, w->request.checkpoint.root},
                                       .time_ms = now,
                                       .note = buf_slice(&kept)};
        keep(batch, &w->party->oin, &seen);
        w->call.media_type = note_type;
        call_commit(&w->call, batch, 200);
    }
    buf_free(&kept);
}

static void judge(struct witnessing *w)
{
    struct error err;
    const struct party_keys *keys = NULL;
    if (party_keys(w->call.held, w->party, &keys, &err) != RESULT_OK) {
        call_fail(&w->call, &err);
        return;
    }
    switch (witness_judge(&w->request, &keys->log, &w->before.held)) {
    case WITNESS_COSIGN:
        cosign(w);
        return;
    case WITNESS_BAD_OLD:
        refuse(w, FAULT_INVALID, "de oude omvang is groter dan die van het controlepunt");
        return;
    case WITNESS_UNSIGNED:
        refuse(w, FAULT_FORBIDDEN, "dit controlepunt is niet ondertekend met de sleutel die het convenant noemt");
        return;
    case WITNESS_UNPROVEN:
        refuse(w, FAULT_UNPROVEN, "het bewijs verbindt dit controlepunt niet met het vorige");
        return;
    case WITNESS_FORK:
        witness_look(w->call.api, &w->party->oin, keep_evidence, w);
        answer_size(w);
        return;
    default:
        answer_size(w);
        return;
    }
}

static void restored_known(void *ctx, struct slice value, const struct error *err)
{
    *(bool *)ctx = err != NULL || value.len != 0;
}

/* A restored witness may have forgotten what it cosigned. */
static bool must_catch_up(struct api *api)
{
    bool restored = false;
    store_get_value(api->door, witness_restored_name, restored_known, &restored);
    return restored;
}

static void begin(struct witnessing *w)
{
    struct api *api = w->call.api;
    struct error err;
    if (w->call.request == NULL) { /* it went away while it waited, and its words with it */
        call_done(&w->call);
        return;
    }
    if (must_catch_up(api)) {
        (void)error_set(&err, FAULT_BUSY, "getuige", "deze getuige is hersteld en werkt zich eerst bij");
        call_fail(&w->call, &err);
        return;
    }
    witness_look(api, &w->party->oin, keep_before, w);
    if (w->call.refusing) {
        (void)error_set(&err, FAULT_STORE, "getuige", "wat eerder is gezien, is nu niet te lezen");
        call_fail(&w->call, &err);
        return;
    }
    if (w->generation < w->before.generation) {
        refuse(w, FAULT_NOT_FOUND, "dit logboek is na een herstel onder een nieuwe naam verder gegaan");
        return;
    }
    if (w->generation > w->before.generation) {
        w->before = (struct witnessed){.generation = w->generation};
    }
    judge(w);
}

void witness_add_checkpoint(struct http_request *request, void *ctx)
{
    struct witnessing *w = (struct witnessing *)call_begin(ctx, request, sizeof *w);
    struct error err;
    if (w == NULL) {
        return;
    }
    w->call.clean = clean;
    const struct party *self = api_self(w->call.api, w->call.covenant);
    w->party = covenant_party(w->call.covenant, &http_request_peer(request)->oin);
    if (witness_request_parse(http_request_body(request), &w->request, &err) != RESULT_OK) {
        refuse(w, FAULT_INVALID, err.what);
    } else if (self == NULL || !self->witness || w->party == NULL ||
               !log_origin_is(w->request.checkpoint.origin, w->party->log_origin, &w->generation)) {
        refuse(w, FAULT_NOT_FOUND, "van dit logboek is dit knooppunt geen getuige");
    } else {
        take_turn(w);
    }
}
