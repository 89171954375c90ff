#include "http/arena.h"

#include <stdalign.h>
#include <string.h>

#include "base/mem.h"

enum { ARENA_ALIGN = alignof(max_align_t), ARENA_BLOCK = 8192 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) uint8_t bytes[];
};

void arena_init(struct arena *arena, void *first, size_t size)
{
    *arena = (struct arena){.first = first, .first_size = size};
}

void arena_reset(struct arena *arena)
{
    mem_wipe(arena->first, arena->first_used);
    arena->first_used = 0;
    while (arena->more != NULL) {
        struct arena_block *block = arena->more;
        arena->more = block->next;
        mem_wipe(block->bytes, block->used);
        mem_free(block);
    }
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    const size_t need = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    if (need <= arena->first_size - arena->first_used) {
        void *piece = arena->first + arena->first_used;
        arena->first_used += need;
        return piece;
    }
    struct arena_block *block = arena->more;
    if (block == NULL || need > block->size - block->used) {
        const size_t room = need > ARENA_BLOCK ? need : ARENA_BLOCK;
        block = mem_alloc(sizeof *block + room);
        if (block == NULL) {
            return NULL;
        }
        *block = (struct arena_block){.next = arena->more, .size = room};
        arena->more = block;
    }
    void *piece = block->bytes + block->used;
    block->used += need;
    return piece;
}

struct slice arena_copy(struct arena *arena, struct slice bytes)
{
    uint8_t *copy = arena_alloc(arena, bytes.len + 1);
    if (copy == NULL) {
        return slice_of(NULL, 0);
    }
    if (bytes.len != 0) {
        memcpy(copy, bytes.ptr, bytes.len);
    }
    copy[bytes.len] = '\0';
    return slice_of(copy, bytes.len);
}
