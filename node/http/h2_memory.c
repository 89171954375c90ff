#include "http/h2_memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

/* nghttp2 keeps a buffer for the largest frame per connection, of which small answers use the beginning: as pages, the
 * rest of it takes no memory. */
enum { H2_PAGED = 16384 };

struct h2_block {
    struct link link;
    size_t size;
    alignas(max_align_t) uint8_t bytes[];
};

void h2_memory_init(struct h2_memory *memory, size_t ceiling)
{
    link_init(&memory->blocks);
    memory->used = 0;
    memory->ceiling = ceiling;
}

static struct h2_block *block_of(void *ptr)
{
    return LINK_OWNER(ptr, struct h2_block, bytes);
}

static struct h2_block *block_new(size_t size)
{
    return size >= H2_PAGED ? mem_pages(sizeof(struct h2_block) + size) : mem_alloc(sizeof(struct h2_block) + size);
}

static void block_free(struct h2_block *block)
{
    if (block->size >= H2_PAGED) {
        mem_pages_free(block, sizeof *block + block->size);
    } else {
        mem_free(block);
    }
}

static void *take(size_t size, void *user_data)
{
    struct h2_memory *memory = user_data;
    if (size > memory->ceiling - memory->used) {
        return NULL;
    }
    struct h2_block *block = block_new(size);
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
    if (ptr != NULL) {
        struct h2_block *block = block_of(ptr);
        memory->used -= block->size;
        link_remove(&block->link);
        block_free(block);
    }
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
        const size_t had = block_of(ptr)->size;
        memcpy(larger, ptr, had < size ? had : size);
        give(ptr, user_data);
    }
    return larger;
}

void h2_memory_free_all(struct h2_memory *memory)
{
    while (!link_alone(&memory->blocks)) {
        give(LINK_OWNER(memory->blocks.next, struct h2_block, link)->bytes, memory);
    }
}

nghttp2_mem h2_memory_hooks(struct h2_memory *memory)
{
    return (nghttp2_mem){memory, take, give, take_zeroed, resize};
}
