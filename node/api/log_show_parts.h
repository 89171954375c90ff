/*
 * log_show_parts.h - one record being shown: what was found of it (log_show.c), and how it is written (log_show_put.c).
 * Private to those two.
 */
#ifndef KETENBRUG_API_LOG_SHOW_PARTS_H
#define KETENBRUG_API_LOG_SHOW_PARTS_H

#include "api/log.h"
#include "api/log_other.h"
#include "audit/checkpoint.h"

/* A record that belongs with the one that is shown. */
struct sibling {
    uint64_t sequence;
    int64_t time_ms;
    enum record_operation operation;
    enum record_outcome outcome;
};

struct showing {
    struct call call;
    uint64_t sequence;
    uint64_t size; /* of the log */
    struct record shown;
    enum log_seal seal;
    struct buf reason;
    struct sibling siblings[LOG_SHOW_SIBLINGS];
    size_t sibling_count;
    bool more_siblings;
    bool wants_other;
    struct log_other other;
    struct sha256 leaf_hash;
    struct checkpoint checkpoint; /* the own latest; size 0: none */
    bool included;
};

/* Into the body of the answer. */
void log_show_write(struct showing *showing, const struct store_leaf *leaf);

#endif
