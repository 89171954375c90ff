/*
 * set_wire.h - a lookup set, and a step from one version to another, as bytes: GET /v1/opzoeksets/{doel}.
 *
 * The answer is application/octet-stream, numbers big endian:
 *      at size
 *       0    4  "KBO1"
 *       4    1  1: a page of a whole set; 2: a step (delta)
 *       5    3  zero
 *       8    4  epoch of this set
 *      12    4  newest epoch that may be used: another than this one says that the requester must go over to it
 *      16    4  class: number of entries, dummies included; a power of two, SET_CLASS_MIN to SET_CLASS_MAX
 *      20    4  page: place of its first entry; step: number of swaps that count, 0 to SET_STEP_SWAPS
 *      24    8  version: the provider's tick, rising within an epoch
 *      32    8  step: the version that it starts from; page: zero
 *      40   32  root of the set at this version (set_tree.h)
 *      72   32  public key (RFC 9497) of this requester, purpose and epoch
 *     104       page: entries of 8 bytes, strictly rising, SET_PAGE_ENTRIES of them or up to the class;
 *               step: SET_STEP_SWAPS pairs of 8 bytes, what goes and what comes; behind those that count zeros. What
 *               goes is strictly rising and so is what comes: a pair does not tell who took whose place
 * A step is always as long as any other, and a set always as long as its class says, so that who watches the network
 * sees neither how many people are in it nor how many came or went.
 * Thread: any; pure. Ownership: entries borrow from the bytes.
 * Faults: FAULT_INVALID, FAULT_TOO_LARGE, saying which field.
 */
#ifndef KETENBRUG_MATCHING_SET_WIRE_H
#define KETENBRUG_MATCHING_SET_WIRE_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/limits.h"
#include "matching/voprf.h"

enum set_part { SET_PAGE = 1, SET_STEP = 2 };

enum { SET_HEADER_BYTES = 104, SET_ENTRY_BYTES = 8 };

struct set_swap {
    uint64_t goes;
    uint64_t comes;
};

struct set_header {
    enum set_part part;
    uint32_t epoch;
    uint32_t newest;
    uint32_t class;
    uint32_t place; /* of a page */
    uint32_t swaps; /* of a step */
    uint64_t version;
    uint64_t from; /* of a step */
    struct sha256 root;
    struct voprf_element key;
};

/* Both append one answer body. `entries` is the whole sorted set. */
void set_write_page(const struct set_header *header, const uint64_t *entries, struct buf *out);
void set_write_step(const struct set_header *header, const struct set_swap *swaps, struct buf *out);
/* The header alone, as that of the first page: for who stores a set. */
void set_write_header(const struct set_header *header, struct buf *out);
MUST_USE enum result set_read_header(struct slice bytes, struct set_header *header, struct error *err);
/* Reads and checks one answer body: every byte that the form fixes. `payload` is what stands behind the header. */
MUST_USE enum result set_read(struct slice body, struct set_header *header, struct slice *payload, struct error *err);

#endif
