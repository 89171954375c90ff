/*
 * quota.h - what one peer may use, over all its connections together, so that more connections give no more room.
 *
 * Does:      keeps for each peer its allowances (what is regained with time), its counts (what is held now) and its time
 *            on the loop; decides whether one more request may be under way. A peer is an organisation (the OIN of its
 *            certificate) or, without certificate or before it is known, a source address: an IPv4 address, or the
 *            first 64 bits of an IPv6 address, which is what one household or office gets (RFC 6177).
 * Does not:  know connections, or end them.
 * Ownership: quotas_open gives, quotas_close takes. A quota belongs to its table. It keeps its peer as long as something
 *            is held or owed, so that who comes back finds its debts; after that another peer may get it. When all are
 *            in use, the peers that come then share one.
 * Thread:    the loop's. Faults: FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_HTTP_QUOTA_H
#define KETENBRUG_HTTP_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/oin.h"

struct sockaddr;

/* A debt that time pays off. In thousandths, so that a second's share can be regained by the millisecond. */
struct allowance {
    uint32_t debt;
    uint64_t at;
};

struct allowance_rate {
    uint32_t burst;
    uint32_t per_s;
};

/* Takes `amount`; false when that is past the burst: then the debt is the whole burst. */
MUST_USE bool allowance_take(struct allowance *allowance, const struct allowance_rate *rate, uint64_t now_ms,
                             uint32_t amount);
void allowance_give(struct allowance *allowance, uint32_t amount);

enum { QUOTA_KEY_BYTES = 20 };

struct quota_key {
    uint8_t bytes[QUOTA_KEY_BYTES]; /* all zero: none */
};

struct quota {
    struct quota_key key;
    struct allowance frames, resets, key_updates, handshakes;
    uint32_t connections; /* that are past their handshake */
    uint32_t handshaking;
    uint32_t requests; /* under way */
    uint32_t shed;     /* refused because there were too many, and not yet gone */
    uint64_t turn;     /* of the loop, the last in which this peer was looked at */
    uint64_t spent_ns; /* of the loop's time, beyond what the turns until now gave */
};

struct quotas {
    struct quota *rows;
    size_t used;
    struct quota rest; /* all who found no room together */
};

MUST_USE enum result quotas_open(struct quotas *quotas, struct error *err);
void quotas_close(struct quotas *quotas);
struct quota *quotas_of(struct quotas *quotas, const struct quota_key *key, uint64_t now_ms);

struct quota_key quota_key_of_oin(const struct oin *oin);
struct quota_key quota_key_of_address(const struct sockaddr *address); /* none for another family */

/* Whether one more request of this peer may be under way with `total` of all peers: a peer may have as many as there are
 * places free. One alone gets half of all, two that want everything a third each, and a newcomer always finds room. */
static inline bool quota_has_room(const struct quota *quota, uint32_t total, uint32_t places)
{
    return total < places && quota->requests < places - total;
}

/* Whether this peer may use more of the loop's turn `turn`. What it used too much is taken off its next turns. */
bool quota_has_turn(struct quota *quota, uint64_t turn);

#endif
