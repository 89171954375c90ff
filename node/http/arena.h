/*
 * arena.h - memory that lives exactly as long as one request.
 *
 * Does:      hands out pieces of a first block that the owner provides, then of larger ones from the heap; takes all
 *            back at once and wipes what was used, because requests and answers hold personal data.
 * Ownership: arena_init borrows `first`; arena_reset frees the rest and leaves the arena ready for the next request.
 * Thread:    one at a time. Faults: NULL when memory is out.
 */
#ifndef KETENBRUG_HTTP_ARENA_H
#define KETENBRUG_HTTP_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/slice.h"

struct arena_block;

struct arena {
    uint8_t *first;
    size_t first_size;
    size_t first_used;
    struct arena_block *more; /* newest first */
};

void arena_init(struct arena *arena, void *first, size_t size); /* `first` aligned as malloc does */
void arena_reset(struct arena *arena);
MUST_USE void *arena_alloc(struct arena *arena, size_t size); /* uninitialised */
/* A copy with a zero byte behind it; `ptr` is NULL when memory is out. */
MUST_USE struct slice arena_copy(struct arena *arena, struct slice bytes);

#endif
