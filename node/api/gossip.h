/*
 * gossip.h - partners tell each other which checkpoints they saw, so that a log that shows two faces is found out.
 *
 * Does:      serves what this node saw (GET /v1/logboek/controlepunten); after every round of checkpoints asks one partner
 *            for what that one saw, and joins each to what was seen here: equal, or a proof from the log's own node, or
 *            evidence. After a restore it is also how a witness catches up.
 * Ownership: gossip_open gives, gossip_close takes. Thread: the loop's.
 * Faults:    a partner that does not answer is asked again in its next turn.
 */
#ifndef KETENBRUG_API_GOSSIP_H
#define KETENBRUG_API_GOSSIP_H

#include "api/api.h"

struct gossip;

MUST_USE enum result gossip_open(struct api *api, struct gossip **out, struct error *err);
void gossip_close(struct gossip *gossip); /* no call may be under way; NULL is fine */
void gossip_tick(struct gossip *gossip);  /* to be called after a round of checkpoints */
/* This witness says that it saw more of the own log than there is: it is asked next to show what this log signed. */
void gossip_suspect(struct gossip *gossip, const struct oin *witness);
/* A partner has shown a checkpoint with this log's signature that this log does not hold. */
bool gossip_own_log_differs(const struct gossip *gossip);

void checkpoints_seen(struct http_request *request, void *ctx);

#endif
