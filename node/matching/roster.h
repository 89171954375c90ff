/*
 * roster.h - who stands in whose lookup set, in memory: from a requester's ask key to the person, and from a person to his
 * places.
 *
 * Does:      keeps places in numbered slots; finds one by set and ask key in a keyed hash table, always with the same steps,
 *            and a person's places one after another; gives itself in chunks of ROSTER_CHUNK slots for the store, of which
 *            it remembers which changed, and takes them back; remembers which places come or go ("moving").
 * Does not:  know what a set is beyond its number (from 1), decide who stands where, or keep anything on disk.
 * Ownership: roster_new/roster_free; a place that was handed out is borrowed until the next change.
 * Thread:    changes on one; reading on any while nobody changes it. Faults: FAULT_NO_MEMORY, FAULT_TOO_LARGE past
 *            ROSTER_CHUNKS_MAX, FAULT_STORE for a chunk that is none; but for that nothing changed then.
 */
#ifndef KETENBRUG_MATCHING_ROSTER_H
#define KETENBRUG_MATCHING_ROSTER_H

#include "base/buf.h"
#include "base/ident.h"
#include "matching/derive.h"

struct roster;

struct roster_place {
    struct ident subject;
    struct ask_key key;
    uint64_t fingerprint;
    uint64_t since;   /* the set's version from which on this person stands in it */
    int64_t began_ms; /* since when he does; in a set that follows one of the epoch before, since then */
    int64_t due_ms;   /* he goes at the first tick that is not before this; 0: he stays */
    uint32_t set;     /* number of the set, from 1 */
};

enum { ROSTER_CHUNK = 64, ROSTER_SECRET_BYTES = 16, ROSTER_ROW_BYTES = 69, ROSTER_CHUNK_BYTES = 1 + 64 * 69 };

/* `secret` keys the hash tables: random, of this run. */
MUST_USE enum result roster_new(const uint8_t secret[ROSTER_SECRET_BYTES], struct roster **out, struct error *err);
void roster_free(struct roster *roster); /* wipes; NULL is fine */
size_t roster_count(const struct roster *roster);

/* Slots count from 1; 0 is none. A place that is added is moving. */
MUST_USE enum result roster_add(struct roster *roster, const struct roster_place *place, uint32_t *slot,
                                struct error *err);
void roster_remove(struct roster *roster, uint32_t slot);
void roster_set_due(struct roster *roster, uint32_t slot, int64_t due_ms);        /* it is moving from then on */
const struct roster_place *roster_at(const struct roster *roster, uint32_t slot); /* NULL: no place there */

uint32_t roster_first(const struct roster *roster, const struct ident *subject); /* of his places, in no order */
uint32_t roster_next(const struct roster *roster, uint32_t slot);
uint32_t roster_in(const struct roster *roster, const struct ident *subject, uint32_t set); /* his place in that set */

/* The same steps whether it is there or not. */
uint32_t roster_find(const struct roster *roster, uint32_t set, const struct ask_key *key);
/* A place chosen by `pick`, which mostly stays the same while others come and go; 0: there is none. */
uint32_t roster_pick(const struct roster *roster, uint64_t pick);
uint32_t roster_slots(const struct roster *roster); /* slots are 1 to this */

/* Places that come or go: those that were added, given a due time, or loaded, until `rest` says that they rest. */
size_t roster_moving(const struct roster *roster, const uint32_t **slots); /* may name slots that are free by now */
void roster_settle(struct roster *roster, bool (*rests)(void *ctx, const struct roster_place *place), void *ctx);

/* Chunks changed since they were last taken; each is given once, until it changes again. */
bool roster_take_changed(struct roster *roster, uint32_t *chunk);
size_t roster_changed(const struct roster *roster);
void roster_mark_changed(struct roster *roster, uint32_t chunk);                       /* it was not stored after all */
void roster_write_chunk(const struct roster *roster, uint32_t chunk, struct buf *out); /* ROSTER_CHUNK_BYTES at most */
/* At start: all chunks in any order, then roster_loaded, and only then anything else. What fails may be half in. */
MUST_USE enum result roster_load_chunk(struct roster *roster, uint32_t chunk, struct slice bytes, struct error *err);
/* Instead of a chunk that could not be loaded: nothing is in it, and that is to be stored. */
MUST_USE enum result roster_lose_chunk(struct roster *roster, uint32_t chunk, struct error *err);
void roster_loaded(struct roster *roster);

#endif
