/*
 * signals_round_parts.h - inside signals_round.c, signals_gather.c and signals_evaluate.c only: one partner's round.
 *
 *   signals_gather.c    who is to be looked at in it: weighed here, by the rows
 *   signals_evaluate.c  whose value is not known yet is evaluated at the partner, in batches
 *   signals_round.c     its begin; who is in the set now, and is sent; its end
 *
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_SIGNALS_ROUND_PARTS_H
#define KETENBRUG_API_SIGNALS_ROUND_PARTS_H

#include "api/signals_parts.h"

enum { SIGNAL_QUOTA_REST_MS = 60000, SIGNAL_FAILED_REST_MS = 1000 };

/* Who is evaluated, tested and sent in a round. */
struct wanted {
    size_t slot;
    struct ident signal, subject, person;
    bool via_household;
    struct bsn bsn;
    struct match_value value;
    bool evaluate; /* else its value is known */
    bool hit;
    bool gone; /* it was begun there, and is not in the set any more */
};

struct signal_round {
    struct signal_line *line;
    struct signals *signals;
    struct api_covenant *held;
    const struct party *partner;
    struct lookup_set set;
    struct wanted wanted[SIGNAL_HITS_ROUND];
    size_t wanted_count;
    size_t next; /* of these, to be evaluated or sent */
    uint32_t tested, hits;
    bool failed;
    struct evaluation e;
    struct wanted *batch[MATCH_BATCH];
    size_t batch_count;
    struct sending sending;
    bool waits;       /* the next goes at a moment of its own, */
    uint64_t send_ms; /* by the loop's clock */
};

/* ---- signals_round.c ---- */
/* Again after a while, also when no other version came. */
void signal_round_rest(struct signal_round *r, uint64_t rest_ms);
/* NULL: no memory, or another signal has that place by now. */
struct known *signal_round_known(const struct signal_round *r, const struct wanted *w);
/* All are evaluated, or it failed: those whose value is known are held against the set as it is now. */
void signal_round_test(struct signal_round *r);

/* ---- signals_gather.c ---- */
/* `version`: of the set that was tested last; `all`: the whole of it is looked at once more. */
void signal_round_gather(struct signal_round *r, uint64_t version, bool all);

/* ---- signals_evaluate.c ---- */
/* The next batch, from r->next on; signal_round_test behind the last. */
void signal_round_evaluate(struct signal_round *r);

#endif
