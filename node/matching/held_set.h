/*
 * held_set.h - a partner's lookup set at the requester: taken page by page or step by step, and believed only when whole.
 *
 * Does:      checks all that it takes: order, class, epoch, that the version is not older than what is held, that key and
 *            root are the same for all of a version, that no bucket is fuller than chance makes it, and the root itself,
 *            reckoned anew. Tests who is in it. Gives itself in pieces for the store, by fingerprint, so that a step
 *            rewrites few of them, and takes them back.
 * Does not:  fetch or store.
 * Ownership: held_set_begin and held_set_load give, held_set_free. Thread: one at a time, any; pure. held_set_finish
 *            hashes all of it and held_set_step moves up to all of it: for a worker when the class is large.
 * Faults:    those of set_read; FAULT_CONFLICT: it does not follow on what is held (older version or epoch, one too far
 *            ahead, smaller class, another key, a step from another version, pages of two versions): fetch the whole set anew, and when that
 *            was one, refuse; FAULT_UNPROVEN: it is not what its root says; FAULT_NO_MEMORY. `where` names the field.
 *            After a fault a set that was whole is as it was; one that was being taken is of no use.
 */
#ifndef KETENBRUG_MATCHING_HELD_SET_H
#define KETENBRUG_MATCHING_HELD_SET_H

#include "matching/set_wire.h"

struct held_set;

/* Whether a set may take the place of what is held, by their headers; FAULT_CONFLICT. */
MUST_USE enum result held_set_follows(const struct set_header *held, const struct set_header *next, struct error *err);

/* The first page of a whole set. `held` is what is held of this partner and purpose so far, whatever its epoch, or NULL. */
MUST_USE enum result held_set_begin(const struct held_set *held, struct slice body, struct held_set **out,
                                    struct error *err);
MUST_USE enum result held_set_page(struct held_set *set, struct slice body, struct error *err); /* the next one */
/* Entries taken so far: the place of the next page; the set is complete, and can be finished, when it is the class. */
uint32_t held_set_taken(const struct held_set *set);
MUST_USE enum result held_set_finish(struct held_set *set, struct error *err); /* after this it is whole */
void held_set_free(struct held_set *set);                                      /* NULL is fine */

/* Of a whole set: from its version to the next. */
MUST_USE enum result held_set_step(struct held_set *set, struct slice body, struct error *err);
/* Another of a whole set, for who makes a step in it while the first is still being asked. */
MUST_USE enum result held_set_copy(const struct held_set *set, struct held_set **out, struct error *err);

/* Of its newest page or step: epoch, newest, class, version, root and key mean something. */
const struct set_header *held_set_header(const struct held_set *set);
bool held_set_has(const struct held_set *set, uint64_t fingerprint); /* of a set that is not whole: false */
/* All entries of a whole set, strictly rising; and those that came with its last step, when that was made from `version`.
 * They stay until the set changes. */
struct held_entries {
    const uint64_t *entries;
    size_t count;
};
struct held_entries held_set_entries(const struct held_set *set); /* of a set that is not whole: none */
bool held_set_came(const struct held_set *set, uint64_t version, struct held_entries *out);

/* For the store: a head and numbered pieces, 0 to held_set_pieces - 1; bytes as they are, to be sealed. A piece has at
 * most HELD_PIECE_MAX bytes. `changed`: since held_set_stored was called last, or all of a set that never was stored. */
enum { HELD_PIECE_MAX = SET_PIECE_ENTRIES / SET_BUCKET_ENTRIES * SET_BUCKET_MAX * SET_ENTRY_BYTES };
uint32_t held_set_pieces(const struct held_set *set);
bool held_set_piece_changed(const struct held_set *set, uint32_t piece);
void held_set_write_head(const struct held_set *set, struct buf *out);
void held_set_write_piece(const struct held_set *set, uint32_t piece, struct buf *out);
void held_set_stored(struct held_set *set);
/* Back: load the head, put pieces in their order, finish. The set then counts as stored. */
MUST_USE enum result held_set_load(struct slice head, struct held_set **out, struct error *err);
MUST_USE enum result held_set_load_piece(struct held_set *set, struct slice piece, struct error *err);

#endif
