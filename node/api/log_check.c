/* In this order: its newest checkpoint -> does it follow from what we saw? -> every receipt of it that we hold, one after
 * the other -> a record -> the answer. */
#include "api/log_check.h"

#include "api/growth.h"
#include "api/later.h"
#include "api/log_partner.h"
#include "api/witness.h"
#include "base/mem.h"

enum { PAGE = 200 };

static const struct json_field request_fields[] = {
    {"ketenpartner", JSON_TEXT, true, OIN_DIGITS, OIN_DIGITS},
    {"aantal", JSON_NUMBER, false, 1, LOG_CHECK_MAX},
};

static const char not_asked[] = "de partner kon niet verder worden gevraagd";

struct finding {
    int64_t sequence; /* of our record; -1: the log as a whole */
    const char *what;
};

struct checking {
    struct call call;
    const struct party *partner;
    struct checkpoint checkpoint;
    uint32_t generation;
    size_t cosignatures; /* of witnesses, young enough to rely on */
    size_t needed;
    struct witnessed seen; /* before; without its note */
    struct buf seen_note;
    struct buf note;
    struct buf shown;  /* the same, as it is kept */
    const char *grown; /* how it follows from what was seen */
    /* receipts */
    uint64_t at;   /* our next record to look at, downwards */
    size_t wanted; /* receipts still to check */
    size_t checked, proven;
    uint64_t own_sequence; /* of the record whose receipt is being checked */
    struct ident request_id;
    uint8_t receipt[RECEIPT_BYTES];
    struct finding findings[LOG_CHECK_FINDINGS];
    size_t finding_count;
};

static void next_page(struct checking *c);

static void clean(struct call *call)
{
    struct checking *c = (struct checking *)call;
    buf_free(&c->note);
    buf_free(&c->seen_note);
    buf_free(&c->shown);
}

static void find(struct checking *c, int64_t sequence, const char *what)
{
    if (c->finding_count < LOG_CHECK_FINDINGS) {
        c->findings[c->finding_count] = (struct finding){sequence, what};
    }
    c->finding_count++;
}

/* ---- the answer ---- */

static void write_answer(struct checking *c)
{
    struct json_writer w = json_writer(&c->call.body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "ketenpartner", c->partner->oin.digits);
    json_put_text(&w, "naam", c->partner->name);
    json_put_text(&w, "oorsprong", c->checkpoint.origin);
    json_put_int(&w, "omvang", (int64_t)c->checkpoint.size);
    json_put_int(&w, "medeondertekend", (int64_t)c->cosignatures);
    json_put_int(&w, "nodig", (int64_t)c->needed);
    json_put_text(&w, "samenhang", c->grown);
    json_put_int(&w, "ontvangstbewijzen", (int64_t)c->checked);
    json_put_int(&w, "bewezen", (int64_t)c->proven);
    json_put_bool(&w, "klopt", c->finding_count == 0);
    json_begin_array(&w, "bevindingen");
    for (size_t i = 0; i < c->finding_count && i < LOG_CHECK_FINDINGS; i++) {
        json_begin_object(&w, NULL);
        if (c->findings[i].sequence >= 0) {
            json_put_int(&w, "regel", c->findings[i].sequence);
        }
        json_put_text(&w, "bevinding", c->findings[i].what);
        json_end_object(&w);
    }
    json_end_array(&w);
    json_end_object(&w);
}

static void finish(struct checking *c)
{
    struct error err;
    struct store_batch *batch = NULL;
    struct record record = call_record(&c->call, RECORD_LOG_PROVEN);
    record.peer = c->partner->oin;
    record.outcome = c->finding_count == 0 ? OUTCOME_DONE : OUTCOME_REFUSED;
    record.entries = (uint32_t)c->finding_count;
    write_answer(c);
    if (call_log(&c->call, &batch, &record, slice_of(NULL, 0), &err) != RESULT_OK) {
        call_unlogged(&c->call, &err);
        return;
    }
    call_commit(&c->call, batch, 200);
}

/* ---- asking the partner ---- */

static enum result ask(struct checking *c, const char *path, struct slice body, peer_done *done)
{
    struct error err;
    return log_partner_ask(c->call.api, c->partner, path, body, done, c, &err);
}

/* ---- receipts ---- */

static void inclusion_answered(void *ctx, const struct peer_outcome *outcome)
{
    struct checking *c = ctx;
    struct json *answer CLEANUP(json_cleanup) = log_partner_answer(outcome);
    struct receipt receipt;
    struct error err;
    const char *wrong = "het ontvangstbewijs dat hier ligt, is beschadigd";
    bool early = false; /* the partner still has time to put it into a checkpoint */
    if (receipt_parse(slice_of(c->receipt, RECEIPT_BYTES), &receipt, &err) == RESULT_OK) {
        wrong = log_partner_judge(c->call.api, &c->checkpoint, &receipt, &c->request_id, answer, NULL);
        early =
            answer == NULL && receipt.before_ms > clock_now(c->call.api->clock) && receipt.generation == c->generation;
        if (wrong != NULL && receipt.generation != c->generation) {
            wrong = "deze regel ging verloren toen de partner een reservekopie terugzette";
        }
    }
    c->wanted--;
    c->checked += !early;
    c->proven += wrong == NULL;
    if (wrong != NULL && !early) {
        find(c, (int64_t)c->own_sequence, wrong);
    }
    next_page(c);
}

static void check_receipt(struct checking *c, const struct store_leaf *leaf)
{
    struct error err;
    memcpy(c->receipt, leaf->receipt.ptr, RECEIPT_BYTES);
    if (log_partner_ask_inclusion(c->call.api, c->partner, c->receipt, c->checkpoint.size, inclusion_answered, c,
                                  &err) != RESULT_OK) {
        find(c, -1, not_asked);
        c->wanted = 0;
        finish(c);
    }
}

/* The newest of the page that this partner signed for; the ones behind it come in later turns. */
static void page_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct checking *c = ctx;
    struct record record;
    struct error fault;
    if (err != NULL) {
        call_fail(&c->call, err);
        return;
    }
    for (size_t i = count; i-- != 0;) {
        if (leaves[i].sequence >= c->at || leaves[i].receipt.len != RECEIPT_BYTES ||
            record_decode_visible(leaves[i].leaf, &record, &fault) != RESULT_OK ||
            !oin_equal(&record.peer, &c->partner->oin)) {
            continue;
        }
        c->at = leaves[i].sequence;
        c->own_sequence = leaves[i].sequence;
        c->request_id = record.request_id;
        check_receipt(c, &leaves[i]);
        return;
    }
    c->at = count != 0 ? leaves[0].sequence : 0;
    next_page(c);
}

static void turn(void *ctx)
{
    struct checking *c = ctx;
    const uint64_t from = c->at > PAGE ? c->at - PAGE : 0;
    store_log_read(c->call.api->door, from, (size_t)(c->at - from), page_read, c);
}

/* In a turn of its own: a long log without receipts must not stand in the way of others. */
static void next_page(struct checking *c)
{
    struct error err;
    if (c->wanted == 0 || c->at == 0 || c->call.request == NULL) { /* or nobody waits for it any more */
        finish(c);
    } else if (later(c->call.api->loop, turn, c, &err) != RESULT_OK) {
        call_fail(&c->call, &err);
    }
}

static void own_head(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct checking *c = ctx;
    if (err != NULL) {
        call_fail(&c->call, err);
        return;
    }
    c->at = tree->size;
    next_page(c);
}

static void check_receipts(struct checking *c)
{
    store_log_head(c->call.api->door, own_head, c);
}

/* ---- growth ---- */

static void growth_answered(void *ctx, const struct peer_outcome *outcome)
{
    struct checking *c = ctx;
    const struct witness_held shown = {c->checkpoint.size, c->checkpoint.root};
    switch (growth_judge(outcome, &c->seen.held, &shown)) {
    case GROWTH_HOLDS:
        c->grown = "bewezen";
        break;
    case GROWTH_FAILS:
        c->grown = "niet-bewezen";
        find(c, -1,
             shown.size < c->seen.held.size
                 ? "het logboek is korter dan eerder is gezien: er is van weggehaald"
                 : "het logboek volgt niet uit wat eerder van dit logboek is gezien: het is herschreven");
        break;
    default:
        c->grown = "niet-gevraagd";
        find(c, -1, not_asked);
    }
    check_receipts(c);
}

static void check_growth(struct checking *c)
{
    struct error err;
    if (c->seen.held.size == 0 || c->seen.generation != c->generation) {
        c->grown = c->seen.held.size == 0 ? "niets-eerder-gezien" : "hersteld";
        check_receipts(c);
        return;
    }
    if (c->checkpoint.size == c->seen.held.size) {
        const bool same = memcmp(c->checkpoint.root.bytes, c->seen.held.root.bytes, SHA256_SIZE) == 0;
        c->grown = same ? "bewezen" : "niet-bewezen";
        if (!same) {
            find(c, -1,
                 "twee ondertekende controlepunten van dezelfde omvang verschillen: dit logboek heeft twee gezichten");
            witness_keep_fork(c->call.api, &c->partner->oin, buf_slice(&c->seen_note), buf_slice(&c->shown));
        }
        check_receipts(c);
        return;
    }
    /* The checkpoint shown may be the older one: here the next was cosigned already, while others still have to. */
    if (growth_ask(c->call.api, c->partner, c->seen.held.size, c->checkpoint.size, growth_answered, c, &err) !=
        RESULT_OK) {
        c->grown = "niet-gevraagd";
        find(c, -1, not_asked);
        finish(c);
    }
}

/* ---- the checkpoint ---- */

static void seen_before(void *ctx, const struct witnessed *seen, const struct error *err)
{
    struct checking *c = ctx;
    if (err == NULL && seen != NULL) {
        c->seen = *seen;
        buf_slice_in(&c->seen_note, seen->note);
        c->seen.note = slice_of(NULL, 0);
    }
}

static void checkpoint_answered(void *ctx, const struct peer_outcome *outcome)
{
    struct checking *c = ctx;
    struct note note;
    struct error err;
    c->grown = "niet-gevraagd";
    if (outcome->kind != PEER_ANSWERED || outcome->status != 200) {
        find(c, -1, "de partner geeft geen controlepunt");
        finish(c);
        return;
    }
    buf_slice_in(&c->note, outcome->body);
    if (note_parse(buf_slice(&c->note), &note, &err) != RESULT_OK ||
        witness_whose(c->call.held, &note, &c->checkpoint, &c->generation) != c->partner) {
        find(c, -1, "het controlepunt is niet ondertekend door het logboek dat het convenant noemt");
        finish(c);
        return;
    }
    witness_note(c->call.held, c->partner, &note, &c->shown);
    c->cosignatures = log_partner_cosigned(&c->call, c->partner, &note, &c->needed);
    if (c->cosignatures < c->needed) {
        find(c, -1, "te weinig getuigen hebben dit controlepunt kortgeleden medeondertekend");
    }
    witness_look(c->call.api, &c->partner->oin, seen_before, c);
    check_growth(c);
}

static void start(struct call *call)
{
    struct checking *c = (struct checking *)call;
    struct fault_list faults = {0};
    struct oin oin = {""};
    struct json *json CLEANUP(json_cleanup) = call_json(call, request_fields, COUNT_OF(request_fields), &faults);
    if (faults.count == 0 && !oin_parse(json_text_of(json, "ketenpartner"), &oin)) {
        fault_list_add(&faults, FAULT_INVALID, "/ketenpartner", "een OIN heeft twintig cijfers");
    }
    if (faults.count == 0) {
        c->partner = covenant_party(call->covenant, &oin);
        if (c->partner == NULL || oin_equal(&oin, &call->api->own_oin)) {
            fault_list_add(&faults, FAULT_NOT_FOUND, "/ketenpartner", "dit is geen partner in het convenant");
        }
    }
    if (faults.count != 0 || c->partner == NULL) {
        call_fail_faults(call, &faults);
        return;
    }
    const struct json *wanted = json_member(json, "aantal");
    c->wanted = wanted != NULL ? (size_t)json_int(wanted) : LOG_CHECK_STANDARD;
    if (ask(c, "/v1/logboek/controlepunt", slice_of(NULL, 0), checkpoint_answered) != RESULT_OK) {
        c->grown = "niet-gevraagd";
        find(c, -1, "de partner kon niet worden gevraagd");
        finish(c);
    }
}

void log_check(struct http_request *request, void *ctx)
{
    struct checking *c = (struct checking *)call_begin(ctx, request, sizeof *c);
    if (c != NULL) {
        buf_init(&c->note, NOTE_BYTES_MAX);
        buf_init(&c->seen_note, NOTE_KEPT_MAX);
        buf_init(&c->shown, NOTE_KEPT_MAX);
        c->call.clean = clean;
        call_require(&c->call, MAY_VERIFY_LOG, start);
    }
}
