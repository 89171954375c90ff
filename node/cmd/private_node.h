/*
 * private_node.h - a node for one command, when none serves: same parts, no listener but the Unix socket.
 *
 * Thread: it runs on one of its own; start and stop from main. Faults: what keeps a node from opening.
 */
#ifndef KETENBRUG_CMD_PRIVATE_NODE_H
#define KETENBRUG_CMD_PRIVATE_NODE_H

#include "base/fault.h"
#include "cmd/config.h"

struct private_node;

MUST_USE enum result private_node_start(const struct config *config, struct private_node **out, struct error *err);
void private_node_stop(struct private_node *p);

#endif
