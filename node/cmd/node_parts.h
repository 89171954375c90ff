/*
 * node_parts.h - inside node.c and node_reload.c only: the node as both know it. Thread: the loop's.
 */
#ifndef KETENBRUG_CMD_NODE_PARTS_H
#define KETENBRUG_CMD_NODE_PARTS_H

#include <uv.h>

#include "api/api.h"
#include "cmd/covenant_files.h"
#include "cmd/fresh_look.h"
#include "cmd/node.h"
#include "cmd/watch.h"

struct reload;

struct node {
    struct node_options options;
    struct config config; /* what holds now: options.config is this one */
    uv_loop_t *loop;
    struct keyring *keyring;
    struct store *store;
    struct api api;
    struct http_server *servers[STANDING_LISTENERS];
    size_t open_servers;
    struct ops *ops;
    uv_timer_t timer; /* watches readiness; while closing, waits for the last call */
    uv_timer_t match_timer;
    bool closing;
    struct reload *reload; /* under way; NULL: none */
    bool reload_again;     /* asked for while one was under way */
    struct watch *watch;
    struct fresh_look *look; /* of monitoring */
    void (*ready)(void *ctx, const struct error *err);
    void *ready_ctx;
    void (*closed)(void *ctx);
    void *closed_ctx;
};

/* The own organisation (see open_peers) must be a party, else all would be refused. `config` names the files. */
MUST_USE enum result node_check_party(const struct node *node, const struct config *config,
                                      const struct covenant *covenant, struct error *err);
/* It names this log and its keys: partners check by it what this log signs. */
MUST_USE enum result node_check_own_log(const struct node *node, const struct config *config,
                                        const struct covenant *covenant, struct error *err);
/* Takes the document over, and the signatures under documents that are known. */
MUST_USE enum result node_take_covenant(struct node *node, struct covenant_files *files, struct error *err);
void node_set_notices(struct node *node, const struct config *config);
struct http_times node_times(const struct config *config);

#endif
