/*
 * evaluate.h - one blind evaluation at a partner, from people to values: for who asks about them, and for signals.
 *
 * In this order: evaluate_prepare -> the caller records RECORD_EVALUATION_ASKED, durable -> evaluate_begin: receipt, blinded
 * on a worker, the partner, his proof checked on a worker -> `done` -> the caller records RECORD_EVALUATION_RECEIVED.
 * Does not:  keep values, test them, or record.
 * Ownership: the caller's, and stays until `done`; evaluate_free wipes. Thread: the loop's.
 * Faults:    in `match`, `peer` and `status`; `good` when the values are there.
 */
#ifndef KETENBRUG_API_EVALUATE_H
#define KETENBRUG_API_EVALUATE_H

#include "api/api.h"
#include "api/lookups.h"
#include "matching/batch.h"

/* Why a partner could not be asked about a person, or refused to answer. */
/*    outcome               code (API)              text for people */
#define MATCH_TOLD_TABLE(X)                                                                                            \
    X(MATCH_REFUSED, "geweigerd", "het knooppunt weigerde de vraag")                                                   \
    X(MATCH_NO_SET, "geen-opzoekset", "van deze ketenpartner is hier voor dit doel geen opzoekset")                    \
    X(MATCH_STALE, "opzoekset-verouderd", "de opzoekset van deze ketenpartner is te oud om op te vertrouwen")          \
    X(MATCH_TURNED, "periode-gewisseld", "de opzoekset ging over op een nieuwe periode; vraag het opnieuw")            \
    X(MATCH_QUOTA, "quotum-bereikt", "het quotum van uw organisatie bij deze ketenpartner is bereikt")                 \
    X(MATCH_KEY, "sleutel-gewijzigd", "het knooppunt rekende met een andere sleutel dan zijn opzoekset noemt")         \
    X(MATCH_PROOF, "bewijs-onjuist", "het knooppunt kan niet bewijzen dat het eerlijk rekende")                        \
    X(MATCH_BLOCKED, "geblokkeerd", "door uw privacybeheerder geblokkeerd")

enum match_outcome {
    MATCH_OPEN, /* nothing keeps the person from being tested */
    MATCH_PEER, /* the partner could not be reached: why is told by an outcome of peer.h */
#define X(code, slug, text) code,
    MATCH_TOLD_TABLE(X)
#undef X
        MATCH_OUTCOME_COUNT
};

const char *match_outcome_slug(enum match_outcome outcome);
const char *match_outcome_text(enum match_outcome outcome); /* Dutch */

struct evaluation {
    struct api *api;
    struct api_covenant *held;   /* borrowed: in force with this partner */
    const struct party *partner; /* borrowed from it */
    size_t count;                /* people */
    struct match_scope scope;    /* its purpose is borrowed */
    struct voprf_element key;    /* of the set that is here */
    struct ident request_id;
    struct store_place place; /* of the record of asking */
    bool background;          /* nobody waits for it */
    int64_t until_ms;         /* by the loop's clock */
    void (*done)(struct evaluation *e);
    /* What came of it. */
    bool good;
    enum match_outcome match;
    enum peer_outcome_kind peer;
    int status; /* HTTP, when answered */
    uint8_t theirs[RECEIPT_BYTES];
    bool has_theirs;
    /* Inside. */
    struct match_batch *batch;
    struct receipt_want want;
    char receipt[RECEIPT_TEXT]; /* ours */
    struct match_evaluated evaluated;
    bool worked; /* what the worker did */
    struct error err;
};

/* Of `count` people, 1 to MATCH_BATCH. FAULT_NO_MEMORY. */
MUST_USE enum result evaluate_prepare(struct evaluation *e, struct api *api, struct api_covenant *held,
                                      const struct party *partner, struct slice purpose, const struct lookup_set *set,
                                      const struct bsn *people, size_t count, struct error *err);
/* The record of asking is durable: `place.index` behind `first_leaf`. `done` follows, never from inside this call. */
void evaluate_begin(struct evaluation *e, uint64_t first_leaf);
/* When good. */
const struct match_value *evaluate_value(const struct evaluation *e, size_t place);
void evaluate_free(struct evaluation *e); /* one that was not prepared is fine */

#endif
