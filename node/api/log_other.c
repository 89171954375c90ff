/* In this order: does the receipt hold? -> the partner's newest checkpoint, does it follow from what was seen of it? -> its
 * record, with the proof that it stands there. */
#include "api/log_other.h"

#include <string.h>

#include "api/growth.h"
#include "api/log_partner.h"
#include "api/witness.h"
#include "base/mem.h"

struct other {
    struct call *call;
    void (*got)(void *ctx, const struct log_other *other);
    void *ctx;
    const struct party *partner;
    struct ident request_id;
    uint8_t bytes[RECEIPT_BYTES];
    struct receipt receipt;
    struct checkpoint checkpoint;
    uint32_t generation;
    bool cosigned; /* by enough witnesses */
    struct witness_held seen;
    uint32_t seen_generation;
    struct log_other found;
};

const char *log_other_word(enum log_other_stand stand)
{
    static const char *const words[LOG_OTHER_COUNT] = {
#define X(code, word) [code] = (word),
        LOG_OTHER_TABLE(X)
#undef X
    };
    return words[stand];
}

static void end(struct other *o, enum log_other_stand stand)
{
    o->found.stand = stand;
    o->got(o->ctx, &o->found);
    mem_free(o);
}

/* ---- its record ---- */

static void inclusion_answered(void *ctx, const struct peer_outcome *outcome)
{
    struct other *o = ctx;
    struct record theirs = {.operation = 0};
    struct json *answer CLEANUP(json_cleanup) = log_partner_answer(outcome);
    const bool early = o->receipt.before_ms > clock_now(o->call->api->clock) && o->receipt.generation == o->generation;
    if (outcome->kind != PEER_ANSWERED || (outcome->status != 200 && outcome->status != 404)) {
        end(o, LOG_OTHER_UNREACHED);
    } else if (answer == NULL && early) { /* it still has time to put it into a checkpoint */
        end(o, LOG_OTHER_NOT_YET);
    } else if (log_partner_judge(o->call->api, &o->checkpoint, &o->receipt, &o->request_id, answer, &theirs) != NULL) {
        end(o, LOG_OTHER_WRONG);
    } else {
        o->found.operation = theirs.operation;
        o->found.time_ms = theirs.time_ms;
        end(o, o->cosigned ? LOG_OTHER_PROVEN : LOG_OTHER_NOT_YET);
    }
}

static void ask_inclusion(struct other *o)
{
    struct error err;
    if (log_partner_ask_inclusion(o->call->api, o->partner, o->bytes, o->checkpoint.size, inclusion_answered, o,
                                  &err) != RESULT_OK) {
        end(o, LOG_OTHER_UNREACHED);
    }
}

/* ---- its checkpoint ---- */

static void growth_answered(void *ctx, const struct peer_outcome *outcome)
{
    struct other *o = ctx;
    const struct witness_held shown = {o->checkpoint.size, o->checkpoint.root};
    switch (growth_judge(outcome, &o->seen, &shown)) {
    case GROWTH_HOLDS:
        ask_inclusion(o);
        break;
    case GROWTH_FAILS:
        end(o, LOG_OTHER_WRONG);
        break;
    default:
        end(o, LOG_OTHER_UNREACHED);
    }
}

static void check_growth(struct other *o)
{
    struct error err;
    const bool unseen = o->seen.size == 0 || o->seen_generation != o->generation;
    const bool same_size = o->checkpoint.size == o->seen.size;
    const bool same = same_size && memcmp(o->checkpoint.root.bytes, o->seen.root.bytes, SHA256_SIZE) == 0;
    if (unseen || same) {
        ask_inclusion(o);
    } else if (same_size) {
        end(o, LOG_OTHER_WRONG);
    } else if (growth_ask(o->call->api, o->partner, o->seen.size, o->checkpoint.size, growth_answered, o, &err) !=
               RESULT_OK) {
        end(o, LOG_OTHER_UNREACHED);
    }
}

static void seen_before(void *ctx, const struct witnessed *seen, const struct error *err)
{
    struct other *o = ctx;
    if (err == NULL && seen != NULL) {
        o->seen = seen->held;
        o->seen_generation = seen->generation;
    }
}

static void checkpoint_answered(void *ctx, const struct peer_outcome *outcome)
{
    struct other *o = ctx;
    struct note note;
    struct error err;
    size_t needed = 0;
    if (outcome->kind != PEER_ANSWERED || outcome->status != 200) {
        end(o, LOG_OTHER_UNREACHED);
        return;
    }
    if (note_parse(outcome->body, &note, &err) != RESULT_OK ||
        witness_whose(o->call->held, &note, &o->checkpoint, &o->generation) != o->partner) {
        end(o, LOG_OTHER_WRONG);
        return;
    }
    const size_t cosigned = log_partner_cosigned(o->call, o->partner, &note, &needed);
    o->cosigned = needed != 0 && cosigned >= needed; /* where nobody watches over it, nothing is proven */
    witness_look(o->call->api, &o->partner->oin, seen_before, o);
    check_growth(o);
}

/* ---- the receipt ---- */

/* Is it the one that the record names, and did that log sign it? */
static bool receipt_is_good(struct other *o, const struct store_leaf *leaf, const struct record *record)
{
    struct sha256 digest;
    struct error err;
    const struct party_keys *keys = NULL;
    memcpy(o->bytes, leaf->receipt.ptr, RECEIPT_BYTES);
    sha256_of(leaf->receipt, &digest);
    return memcmp(digest.bytes, record->attachment, SHA256_SIZE) == 0 &&
           receipt_parse(leaf->receipt, &o->receipt, &err) == RESULT_OK &&
           party_keys(o->call->held, o->partner, &keys, &err) == RESULT_OK &&
           receipt_holds(&o->receipt, o->partner->log_origin, &keys->log, &o->call->api->receipts_seen);
}

static void begin(struct other *o, const struct store_leaf *leaf)
{
    struct record record;
    struct error err;
    if (leaf->receipt.len == 0 || record_decode_visible(leaf->leaf, &record, &err) != RESULT_OK ||
        !oin_is_set(&record.peer)) {
        end(o, LOG_OTHER_NONE);
        return;
    }
    o->partner = covenant_party(o->call->covenant, &record.peer);
    o->request_id = record.request_id;
    if (o->partner == NULL) {
        end(o, LOG_OTHER_UNREACHED);
    } else if (leaf->receipt.len != RECEIPT_BYTES || !receipt_is_good(o, leaf, &record)) {
        end(o, LOG_OTHER_WRONG);
    } else {
        o->found.record_id = o->receipt.promise.record_id;
        if (log_partner_ask(o->call->api, o->partner, "/v1/logboek/controlepunt", slice_of(NULL, 0),
                            checkpoint_answered, o, &err) != RESULT_OK) {
            end(o, LOG_OTHER_UNREACHED);
        }
    }
}

void log_other_side(struct call *call, const struct store_leaf *leaf,
                    void (*got)(void *ctx, const struct log_other *other), void *ctx)
{
    struct other *o = mem_zalloc(sizeof *o);
    if (o == NULL) {
        const struct log_other none = {.stand = LOG_OTHER_UNREACHED};
        got(ctx, &none);
        return;
    }
    o->call = call;
    o->got = got;
    o->ctx = ctx;
    begin(o, leaf);
}
