/*
 * node.h - the whole node put together: every room opened in order, run on one loop, closed in reverse.
 *
 * Does:      opens keys, store, log, covenant, certificates, peer client and listeners; reloads; drains.
 * Ownership: node_open gives; node_close ends it and calls closed, after which the loop has nothing of it left.
 * Thread:    the loop's. Faults: whatever part cannot be opened, with its name.
 */
#ifndef KETENBRUG_CMD_NODE_H
#define KETENBRUG_CMD_NODE_H

#include "base/clock.h"
#include "base/logline.h"
#include "cmd/config.h"

struct uv_loop_s;
struct node;

struct node_options {
    const struct config *config;
    const struct log_sink *log;
    const struct clock *clock;
    const struct entropy *entropy;
    bool listen; /* false: only the Unix socket, for a command while no node serves */
};

/* `ready` is called once: with NULL when the node answers, else with what stopped it (it then closes itself). */
MUST_USE enum result node_open(struct uv_loop_s *loop, const struct node_options *options,
                               void (*ready)(void *ctx, const struct error *err), void *ctx, struct node **out,
                               struct error *err);
/* Configuration, certificates, CRLs and covenant anew, and a log line of how that went. Whatever is wrong in a file, or
 * may not change while it runs, leaves all as it was; where memory ends half-way, some parts are new. Asked again while
 * it is under way, it is done once more behind it. */
void node_reload(struct node *node);
void node_close(struct node *node, void (*closed)(void *ctx), void *ctx);

/* Read and check what the configuration names. Files only: on any thread. */
struct covenant;
struct trust;
MUST_USE enum result node_load_trust(const struct config *config, bool desk, struct trust **out, struct error *err);
MUST_USE enum result node_read_covenant(const struct config *config, struct covenant **out, struct fault_list *faults);

#endif
