#include "http/h2_memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

enum { H2_FRAME = 16384 }; /* nothing else that is taken before the frame buffer is so large */

struct h2_block {
    struct link link;
    size_t size;
    alignas(max_align_t) uint8_t bytes[];
};

void h2_memory_init(struct h2_memory *memory, size_t ceiling)
{
    *memory = (struct h2_memory){.ceiling = ceiling};
    link_init(&memory->blocks);
}

static struct h2_block *block_of(void *ptr)
{
    return LINK_OWNER(ptr, struct h2_block, bytes);
}

static void *take_frame(struct h2_memory *memory, size_t size)
{
    memory->frame = mem_pages(size);
    if (memory->frame != NULL) {
        memory->frame_size = size;
        memory->used += size;
    }
    return memory->frame;
}

static void give_frame(struct h2_memory *memory)
{
    mem_pages_free(memory->frame, memory->frame_size);
    memory->used -= memory->frame_size;
    memory->frame = NULL;
    memory->frame_size = 0;
}

static void *take(size_t size, void *user_data)
{
    struct h2_memory *memory = user_data;
    if (size > memory->ceiling - memory->used) {
        return NULL;
    }
    if (size >= H2_FRAME && memory->frame == NULL) {
        return take_frame(memory, size);
    }
    struct h2_block *block = mem_alloc(sizeof *block + size);
    if (block == NULL) {
        return NULL;
    }
    link_init(&block->link);
    link_append(&memory->blocks, &block->link);
    block->size = size;
    memory->used += size;
    return block->bytes;
}

static void give(void *ptr, void *user_data)
{
    struct h2_memory *memory = user_data;
    if (ptr == NULL) {
        return;
    }
    if (ptr == memory->frame) {
        give_frame(memory);
        return;
    }
    struct h2_block *block = block_of(ptr);
    memory->used -= block->size;
    link_remove(&block->link);
    mem_free(block);
}

static void *take_zeroed(size_t count, size_t size, void *user_data)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *ptr = take(count * size, user_data);
    if (ptr != NULL) {
        memset(ptr, 0, count * size);
    }
    return ptr;
}

static void *resize(void *ptr, size_t size, void *user_data)
{
    void *larger = take(size, user_data);
    if (larger != NULL && ptr != NULL) {
        const struct h2_memory *memory = user_data;
        const size_t had = ptr == memory->frame ? memory->frame_size : block_of(ptr)->size;
        memcpy(larger, ptr, had < size ? had : size);
        give(ptr, user_data);
    }
    return larger;
}

void h2_memory_rest(struct h2_memory *memory)
{
    mem_pages_forget(memory->frame, memory->frame_size);
}

void h2_memory_free_all(struct h2_memory *memory)
{
    give_frame(memory);
    while (!link_alone(&memory->blocks)) {
        give(LINK_OWNER(memory->blocks.next, struct h2_block, link)->bytes, memory);
    }
}

nghttp2_mem h2_memory_hooks(struct h2_memory *memory)
{
    return (nghttp2_mem){memory, take, give, take_zeroed, resize};
}
