/*
 * import_send.h - batches of rows to the node, two under way, so that reading, the node and its disk work side by side.
 *
 * Rows with one key never are in two batches under way: of such rows the last counts, wherever a batch ended.
 * Ownership: import_send_open/_close. Thread: main; each batch under way has a thread of its own inside.
 * Faults:    the first batch that the node refused or that did not reach it; nothing is sent after that.
 */
#ifndef KETENBRUG_CMD_IMPORT_SEND_H
#define KETENBRUG_CMD_IMPORT_SEND_H

#include "adapters/adapter.h"
#include "cmd/args.h"
#include "cmd/desk.h"

struct import_counts {
    uint64_t fresh, changed, same;
};

struct import_send;

struct import_send_options {
    const struct args *args; /* how to reach the node */
    const char *system;
    struct ident run;
    bool trial;
    /* A row that the node could not keep: on the main thread. */
    void (*refused)(void *ctx, uint64_t line, const char *where, const char *what);
    void *ctx;
};

MUST_USE enum result import_send_open(const struct import_send_options *options, struct import_send **out,
                                      struct error *err);
MUST_USE enum result import_send_row(struct import_send *send, const struct adapter_row *row, struct error *err);
/* All that waits is sent and answered. */
MUST_USE enum result import_send_finish(struct import_send *send, struct error *err);
/* After it: what a full export did not name ends. */
MUST_USE enum result import_send_end_rest(struct import_send *send, bool many, uint64_t *ended, uint64_t *left,
                                          struct error *err);
struct import_counts import_send_counts(const struct import_send *send);
void import_send_close(struct import_send *send); /* NULL is fine */

#endif
