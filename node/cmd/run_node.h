/*
 * run_node.h - runs a node until SIGTERM or SIGINT: what `serve` does, and the crash test with a file layer of its own.
 */
#ifndef KETENBRUG_CMD_RUN_NODE_H
#define KETENBRUG_CMD_RUN_NODE_H

#include "cmd/node.h"

int run_node(const struct node_options *options); /* exit code */

#endif
