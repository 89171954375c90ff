/*
 * h2_memory.h - the memory that nghttp2 uses for one connection: counted, bounded, and freed as a whole.
 *
 * Freed as a whole, because after a failed allocation nghttp2 (1.52) may hold a pointer twice, so that taking its
 * session down in the usual way would free it twice. A session that broke is therefore never handed back to nghttp2.
 * One block has pages of its own: the buffer for the largest frame, which nghttp2 takes when a session starts, of which
 * small answers use the beginning, and in which nothing stands between two frames that go out.
 * Ownership: h2_memory_init/free_all pair. Thread: one at a time. Faults: NULL past the ceiling or without memory.
 */
#ifndef KETENBRUG_HTTP_H2_MEMORY_H
#define KETENBRUG_HTTP_H2_MEMORY_H

#include <nghttp2/nghttp2.h>

#include "http/link.h"

struct h2_memory {
    struct link blocks;
    uint8_t *frame; /* the buffer for a frame; NULL: not there */
    size_t frame_size;
    size_t used;
    size_t ceiling; /* bytes */
};

void h2_memory_init(struct h2_memory *memory, size_t ceiling);
void h2_memory_free_all(struct h2_memory *memory);
/* While no frame is on its way out: the frame buffer costs nothing until the next. */
void h2_memory_rest(struct h2_memory *memory);
nghttp2_mem h2_memory_hooks(struct h2_memory *memory);

#endif
