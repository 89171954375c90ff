/*
 * load_fresh.h - new connections instead of lasting ones: full handshakes, each until the server's SETTINGS, then closed.
 *
 * The server has then verified the client's certificate (in TLS 1.3 the client is done before the server is) and speaks
 * HTTP/2. Nothing is resumed.
 * Thread: starts `workers` threads, each with one connection at a time, and waits for them. Every phase has a deadline.
 * Faults: FAULT_IO when no thread can be started; what goes wrong with a connection is counted.
 */
#ifndef KETENBRUG_BENCH_LOAD_FRESH_H
#define KETENBRUG_BENCH_LOAD_FRESH_H

#include <stdint.h>

#include "bench/load_target.h"

enum { LOAD_WORKERS_MAX = 64 };

struct load_fresh {
    uint64_t done;
    uint64_t errors;
    double seconds;
};

MUST_USE enum result load_fresh(const struct load_target *target, unsigned workers, unsigned seconds,
                                struct load_fresh *out, struct error *err);

#endif
