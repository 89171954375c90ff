/* One record: what it says, what the decision was made from, what belongs with it, and what proves it on either side.
 * In this order: the record -> the reason of its consult -> what is of the same consult or request -> the other side, when
 * that was asked for -> a record of the showing -> the answer. */
#include <string.h>

#include "api/checkpoints.h"
#include "api/log_reason.h"
#include "api/log_search.h"
#include "api/log_show_parts.h"
#include "api/log_walk.h"
#include "api/query.h"
#include "base/mem.h"

static void clean(struct call *call)
{
    struct showing *s = (struct showing *)call;
    buf_wipe(&s->reason);
    mem_wipe(&s->shown, sizeof s->shown);
}

/* ---- what proves it ---- */

static void take_proof(void *ctx, const struct merkle_proof *proof, const struct error *err)
{
    struct showing *s = ctx;
    s->included = err == NULL &&
                  merkle_inclusion_holds(s->sequence, s->checkpoint.size, &s->leaf_hash, proof, &s->checkpoint.root);
}

static void prove(struct showing *s)
{
    struct note note;
    struct error err;
    const struct slice latest = checkpoints_latest(s->call.api->checkpoints);
    if (latest.len == 0 || note_parse(latest, &note, &err) != RESULT_OK ||
        checkpoint_parse(note.text, &s->checkpoint, &err) != RESULT_OK) {
        s->checkpoint.size = 0;
    } else if (s->sequence < s->checkpoint.size) {
        store_log_inclusion(s->call.api->door, s->sequence, s->checkpoint.size, take_proof, s);
    }
}

/* ---- the answer ---- */

static void not_here(struct call *call)
{
    struct error err;
    struct record record = call_refusal(call);
    (void)error_set(&err, FAULT_NOT_FOUND, "", "zo'n regel staat niet in het logboek");
    call_refuse_error(call, &record, &err);
}

/* False: it is not there, and the call has ended. */
static bool is_there(struct showing *s, const struct store_leaf *leaves, size_t count, const struct error *failed)
{
    if (failed != NULL) {
        call_fail(&s->call, failed);
        return false;
    }
    if (count != 1 || leaves->sequence != s->sequence) {
        not_here(&s->call);
        return false;
    }
    return true;
}

static void answer(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *failed)
{
    struct showing *s = ctx;
    struct store_batch *batch = NULL;
    struct error err;
    if (!is_there(s, leaves, count, failed)) {
        return;
    }
    merkle_leaf_hash(slice_of(leaves->leaf, LOG_LEAF_BYTES), &s->leaf_hash);
    prove(s);
    log_show_write(s, leaves);
    struct record record = call_record(&s->call, RECORD_LOG_READ);
    record.outcome = OUTCOME_DONE;
    record.entries = 1;
    record.subject = s->shown.subject;
    record.bsn = s->shown.bsn;
    const struct slice text = slice_text(s->wants_other ? "met de andere kant" : "");
    if (call_log(&s->call, &batch, &record, text, &err) != RESULT_OK) {
        call_unlogged(&s->call, &err);
    } else {
        call_commit(&s->call, batch, 200);
    }
    mem_wipe(&record, sizeof record);
}

static void other_found(void *ctx, const struct log_other *other)
{
    struct showing *s = ctx;
    s->other = *other;
    store_log_read(s->call.api->door, s->sequence, 1, answer, s);
}

static void ask_other(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *failed)
{
    struct showing *s = ctx;
    if (is_there(s, leaves, count, failed)) {
        log_other_side(&s->call, leaves, other_found, s);
    }
}

/* ---- what belongs with it is found ---- */

static bool has_sibling(const struct showing *s, uint64_t sequence)
{
    size_t i = 0;
    while (i < s->sibling_count && s->siblings[i].sequence != sequence) {
        i++;
    }
    return sequence == s->sequence || i < s->sibling_count;
}

static enum log_walk_go take_sibling(void *ctx, const struct store_leaf *leaf, enum log_seal seal,
                                     const struct record *record, struct slice text)
{
    struct showing *s = ctx;
    (void)seal;
    (void)text;
    if (has_sibling(s, leaf->sequence)) {
        return LOG_WALK_ON;
    }
    if (s->sibling_count == LOG_SHOW_SIBLINGS) {
        s->more_siblings = true;
        return LOG_WALK_STOP;
    }
    s->siblings[s->sibling_count++] =
        (struct sibling){leaf->sequence, record->time_ms, record->operation, record->outcome};
    return LOG_WALK_ON;
}

static void of_request(void *ctx, const struct log_walk_end *end, const struct error *err)
{
    struct showing *s = ctx;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    s->more_siblings = s->more_siblings || end->more;
    store_log_read(s->call.api->door, s->sequence, 1, s->wants_other ? ask_other : answer, s);
}

static void find_siblings(struct showing *s, const struct record *values, log_walk_done *done)
{
    const struct log_sought sought = {.values = *values, .any_outcome = true, .end_ms = INT64_MAX, .oldest = true};
    log_walk(s->call.api, &sought, LOG_WALK_RECORDS, true, take_sibling, done, s);
}

/* Nothing is sought where there is no such word: that would be the whole log. */
static void find_of_request(struct showing *s)
{
    static const struct ident none;
    const struct record values = {.request_id = s->shown.request_id};
    const struct log_walk_end nothing = {.more = false};
    if (ident_equal(&values.request_id, &none)) {
        of_request(s, &nothing, NULL);
    } else {
        find_siblings(s, &values, of_request);
    }
}

static void of_consult(void *ctx, const struct log_walk_end *end, const struct error *err)
{
    struct showing *s = ctx;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    s->more_siblings = end->more;
    find_of_request(s);
}

static void reason_found(void *ctx, struct slice text)
{
    static const struct ident none;
    struct showing *s = ctx;
    const struct record values = {.consult = s->shown.consult};
    buf_slice_in(&s->reason, text);
    if (ident_equal(&values.consult, &none)) {
        find_of_request(s);
    } else {
        find_siblings(s, &values, of_consult);
    }
}

/* ---- the record ---- */

static void leaf_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *failed)
{
    struct showing *s = ctx;
    if (is_there(s, leaves, count, failed)) {
        s->seal = log_open_leaf(s->call.api, leaves, &s->shown, NULL);
        log_reason(s->call.api, &s->shown, reason_found, s);
    }
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct showing *s = ctx;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    s->size = tree->size;
    store_log_read(s->call.api->door, s->sequence, 1, leaf_read, s);
}

static void show(struct call *call)
{
    struct showing *s = (struct showing *)call;
    const struct slice text = http_request_parameter(call->request);
    const int64_t number = query_digits(text);
    if (number < 0) {
        call_refuse_with(call, FAULT_INVALID, "regels", "hier hoort het volgnummer van een regel");
        return;
    }
    struct slice other = slice_of(NULL, 0);
    s->wants_other = query_find(http_request_query(call->request), "andereKant", &other);
    if (s->wants_other && !slice_equal(other, slice_text("ja"))) {
        call_refuse_with(call, FAULT_INVALID, "andereKant", "hier hoort ja, of niets");
        return;
    }
    s->sequence = (uint64_t)number;
    store_log_head(call->api->door, take_size, s);
}

void log_show(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct showing));
    if (call != NULL) {
        buf_init(&((struct showing *)call)->reason, HTTP_BODY_SMALL);
        call->clean = clean;
        call_require(call, MAY_READ_LOG, show);
    }
}
