/* In this order, for whoever sends: its turn -> was it here before? -> the handler -> effect, record and row, one commit ->
 * receipt. */
#include "api/incoming.h"

#include <stdio.h>
#include <string.h>

#include "api/incoming_row.h"
#include "base/mem.h"
#include "domain/delivery.h"

static const struct ident no_thread = {{0}};

/* In order of entry: those under way and those behind them. */
struct incoming_line *incoming_line(struct api *api)
{
    if (api->incoming == NULL) {
        api->incoming = mem_zalloc(sizeof *api->incoming);
    }
    return api->incoming;
}

void incoming_close(struct api *api)
{
    mem_free(api->incoming);
    api->incoming = NULL;
}

/* ---- one at a time per thread ---- */

static void look_up(struct incoming *in);

static bool same_thread(const struct incoming *a, const struct incoming *b)
{
    return !ident_equal(&a->thread, &no_thread) && ident_equal(&a->thread, &b->thread);
}

static bool is_first(const struct incoming_line *line, const struct incoming *in)
{
    const struct incoming *other = line->first;
    while (other != in && !same_thread(other, in)) {
        other = other->behind;
    }
    return other == in;
}

static struct incoming *next_turn(const struct incoming_line *line)
{
    for (struct incoming *in = line->first; in != NULL; in = in->behind) {
        if (!in->started && is_first(line, in)) {
            return in;
        }
    }
    return NULL;
}

static void give_turns(struct incoming_line *line)
{
    if (line->giving) {
        return; /* from within the loop below */
    }
    line->giving = true;
    for (struct incoming *in = next_turn(line); in != NULL; in = next_turn(line)) {
        in->started = true;
        look_up(in);
    }
    line->giving = false;
}

static void leave(struct incoming *in)
{
    struct incoming_line *line = in->call.api->incoming;
    if (!in->in_line) {
        return;
    }
    for (struct incoming **at = &line->first; *at != NULL; at = &(*at)->behind) {
        if (*at == in) {
            *at = in->behind;
            break;
        }
    }
    in->in_line = false;
    line->waiting -= in->waited;
    if (line->waiting != 0) {
        give_turns(line);
    }
}

static void clean(struct call *call)
{
    struct incoming *in = (struct incoming *)call;
    if (in->clean != NULL) {
        in->clean(in);
    }
    mem_wipe(&in->record, sizeof in->record);
    mem_wipe(&in->again, sizeof in->again);
    leave(in);
}

struct incoming *incoming_open(struct api *api, struct http_request *request, size_t size,
                               void (*clean_own)(struct incoming *incoming))
{
    struct incoming *in = (struct incoming *)call_begin(api, request, size);
    if (in != NULL) {
        in->call.clean = clean;
        in->clean = clean_own;
    }
    return in;
}

/* It passes, and is about this message alone: 425 (RFC 8470), where a 503 would have the whole line wait. */
static void too_early(struct incoming *in)
{
    struct fault_list faults = {0};
    fault_list_add(&faults, FAULT_EARLY, "", "hetzelfde wordt hier nu behandeld; zend het over een ogenblik opnieuw");
    buf_clear(&in->call.body);
    json_problem(&in->call.body, &faults);
    call_answer(&in->call, fault_status(FAULT_EARLY));
}

static void enter(struct incoming *in)
{
    struct incoming_line *line = incoming_line(in->call.api);
    struct error err;
    size_t ahead = 0;
    if (line == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(&in->call, &err);
        return;
    }
    struct incoming **end = &line->first;
    for (; *end != NULL; end = &(*end)->behind) {
        const struct incoming *other = *end;
        if (strcmp(other->key, in->key) == 0) {
            too_early(in);
            return;
        }
        ahead += other->from_desk == in->from_desk && oin_equal(&other->again.peer, &in->again.peer);
    }
    if (ahead >= INCOMING_LINE_MAX) {
        (void)error_set(&err, FAULT_BUSY, "", "er worden al %d berichten behandeld", (int)INCOMING_LINE_MAX);
        call_fail(&in->call, &err);
        return;
    }
    in->in_line = true;
    *end = in;
    if (is_first(line, in)) {
        in->started = true;
        look_up(in);
    } else {
        in->waited = true;
        line->waiting++;
    }
}

/* ---- was it here before? ---- */

/* The answer as it was, under a record and a receipt of its own. */
static void answer_again(struct incoming *in, const struct incoming_row *row)
{
    in->record = in->again;
    in->record.outcome = OUTCOME_DONE;
    in->text = slice_text("opnieuw ontvangen, en beantwoord als eerder");
    in->is_again = true;
    incoming_finish(in, NULL, row->status, row->answer);
}

static void refuse_other(struct incoming *in)
{
    struct error err;
    in->record = in->again;
    in->record.operation = RECORD_REFUSED;
    (void)error_set(&err, FAULT_CONFLICT, "", "onder dit kenmerk is eerder iets anders gezonden");
    call_refuse_error(&in->call, &in->record, &err);
}

static void found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct incoming *in = ctx;
    struct incoming_row row = {0};
    struct error err;
    if (failed != NULL) {
        call_fail(&in->call, failed);
        return;
    }
    const bool is_known = found->item != NULL;
    if (is_known && incoming_row_decode(found->item->payload, &row, &err) != RESULT_OK) {
        call_fail(&in->call, &err);
        return;
    }
    switch (incoming_verdict(is_known ? &row.hash : NULL, &in->hash)) {
    case INCOMING_AGAIN:
        answer_again(in, &row);
        break;
    case INCOMING_OTHER:
        refuse_other(in);
        break;
    case INCOMING_NEW:
        in->next(in);
        break;
    }
}

static void look_up(struct incoming *in)
{
    in->call.api->incoming->waiting -= in->waited;
    in->waited = false;
    store_find(in->call.api->door, STORE_INCOMING, STORE_KEY_A, slice_text(in->key), STORE_KIND_COUNT, found, in);
}

static void begin(struct incoming *in, const struct record *record, struct slice stable,
                  void (*next)(struct incoming *incoming))
{
    in->record = *record;
    in->again = *record;
    in->next = next;
    sha256_of(stable, &in->hash);
    enter(in);
}

void incoming_begin(struct incoming *incoming, const struct record *record, const struct ident *thread,
                    struct slice stable, void (*next)(struct incoming *incoming))
{
    incoming->thread = thread != NULL ? *thread : no_thread;
    (void)snprintf(incoming->key, sizeof incoming->key, "%s %s", record->peer.digits,
                   ident_text(&record->request_id).text);
    begin(incoming, record, stable, next);
}

void incoming_desk(struct incoming *incoming, const struct record *record, struct slice key, struct slice stable,
                   void (*next)(struct incoming *incoming))
{
    incoming->from_desk = true;
    (void)snprintf(incoming->key, sizeof incoming->key, "desk %s %.*s", incoming->call.caller.name,
                   (int)(key.len < IDENT_TEXT_SIZE ? key.len : IDENT_TEXT_SIZE - 1), (const char *)key.ptr);
    begin(incoming, record, stable, next);
}

/* ---- the end ---- */

static void receipt_made(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct incoming *in = ctx;
    if (receipt == NULL) {
        call_unlogged(&in->call, why);
        return;
    }
    receipt_write(receipt, (char *)in->call.body.ptr + in->call.receipt_at);
    call_answer(&in->call, in->status);
}

static void conflicted(struct incoming *in)
{
    in->tries++;
    if (in->anew != NULL && !in->is_again && in->tries < INCOMING_TRIES) {
        in->record = in->again;
        in->call.committed = NULL;
        in->anew(in);
        in->next(in);
    } else if (in->from_desk) {
        call_refuse_with(&in->call, FAULT_CONFLICT, "", "dit is intussen veranderd; kijk opnieuw");
    } else {
        too_early(in);
    }
}

static void committed(void *ctx, const struct store_committed *done, const struct error *err)
{
    struct incoming *in = ctx;
    if (err != NULL) {
        audit_forget_keys(in->call.api->audit);
        if (err->fault == FAULT_CONFLICT) {
            conflicted(in);
        } else {
            log_error(in->call.api->log, LOG_ERROR, "vastleggen-mislukt", err);
            call_fail(&in->call, err);
        }
        return;
    }
    if (!in->is_again && in->call.committed != NULL) {
        in->call.committed(&in->call);
    }
    if (in->from_desk) {
        call_answer(&in->call, in->status);
        return;
    }
    in->call.want = (struct receipt_want){.sequence = done->first_leaf + in->place.index,
                                          .leaf_hash = in->place.leaf_hash,
                                          .peer = in->again.peer,
                                          .got = receipt_made,
                                          .ctx = in};
    receipts_want(in->call.api->receipts, &in->call.want);
}

/* A partner's: members of the answer, then the receipt, then what makes every answer as long. */
static bool write_answer(struct incoming *in, struct slice answer)
{
    static const char padding[] = ",\"opvulling\":\"";
    struct buf *body = &in->call.body;
    buf_clear(body);
    if (in->from_desk) {
        buf_slice_in(body, answer);
        return buf_ok(body);
    }
    buf_bytes(body, answer.ptr, answer.len - 1);
    buf_text(body, answer.len > 2 ? ",\"ontvangstbewijs\":\"" : "\"ontvangstbewijs\":\"");
    in->call.receipt_at = body->len;
    buf_fill(body, '-', RECEIPT_TEXT);
    buf_text(body, "\"");
    if (in->answer_bytes != 0) {
        const size_t used = body->len + sizeof padding - 1 + 2;
        if (used > in->answer_bytes) {
            return false;
        }
        buf_text(body, padding);
        buf_fill(body, 'x', in->answer_bytes - used);
        buf_text(body, "\"");
    }
    buf_text(body, "}");
    return buf_ok(body);
}

/* Of no meaning, and in order of time: rows of one moment lie on one page of the index. */
static struct ident row_id(const struct incoming *in, int64_t now)
{
    struct ident id = entropy_ident(in->call.api->entropy);
    for (unsigned i = 0; i < 6; i++) {
        id.bytes[i] = (uint8_t)((uint64_t)now >> (40 - 8 * i));
    }
    return id;
}

static enum result add_row(struct incoming *in, struct store_batch *batch, struct slice answer, struct error *err)
{
    const int64_t now = clock_now(in->call.api->clock);
    const struct incoming_row row = {.hash = in->hash,
                                     .status = (uint16_t)in->status,
                                     .until_ms = now + INCOMING_KEPT_DAYS * INT64_C(86400000),
                                     .answer = answer};
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    incoming_row_encode(&row, &payload);
    const struct store_write item = {
        .id = row_id(in, now), .keys = {slice_text(in->key)}, .payload = buf_slice(&payload), .is_new = true};
    const enum result result = buf_result(&payload, "", err);
    if (result == RESULT_OK) {
        store_put(batch, STORE_INCOMING, &item);
    }
    buf_wipe(&payload);
    return result;
}

void incoming_finish(struct incoming *incoming, struct store_batch *batch, int status, struct slice answer)
{
    struct incoming *in = incoming;
    struct error err;
    in->status = status;
    if (answer.len < 2 || answer.len > INCOMING_ANSWER_MAX || !write_answer(in, answer)) {
        call_drop(&in->call, batch);
        (void)error_set(&err, FAULT_INTERNAL, "", "het antwoord is te groot");
        call_fail(&in->call, &err);
        return;
    }
    const struct slice theirs = slice_of(in->receipt, in->from_desk ? 0 : RECEIPT_BYTES);
    const enum result logged =
        in->from_desk ? call_log(&in->call, &batch, &in->record, in->text, &err)
                      : call_log_exchange(&in->call, &batch, &in->record, in->text, theirs, &in->place, &err);
    if (logged != RESULT_OK) {
        call_unlogged(&in->call, &err);
    } else if (!in->is_again && add_row(in, batch, answer, &err) != RESULT_OK) {
        call_drop(&in->call, batch);
        call_fail(&in->call, &err);
    } else {
        store_commit(in->call.api->door, batch, committed, in);
    }
}
