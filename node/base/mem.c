#include "base/mem.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The one mutable global of the house: without it no test could reach the paths for a full heap. */
static atomic_long countdown = -1;

static int must_fail(void)
{
    if (atomic_load_explicit(&countdown, memory_order_relaxed) < 0) {
        return 0;
    }
    return atomic_fetch_sub(&countdown, 1) == 0;
}

void mem_fail_after(long successes)
{
    atomic_store(&countdown, successes);
}

void *mem_alloc(size_t size)
{
    return must_fail() ? NULL : malloc(size != 0 ? size : 1);
}

void *mem_zalloc(size_t size)
{
    return must_fail() ? NULL : calloc(1, size != 0 ? size : 1);
}

void *mem_array(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return mem_zalloc(count * size);
}

void *mem_realloc(void *ptr, size_t size)
{
    return must_fail() ? NULL : realloc(ptr, size != 0 ? size : 1);
}

char *mem_strdup(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = mem_alloc(size);
    if (copy != NULL) {
        memcpy(copy, text, size);
    }
    return copy;
}

void mem_free(void *ptr)
{
    free(ptr);
}

void *mem_pages(size_t size)
{
    if (must_fail()) {
        return NULL;
    }
    void *ptr = mmap(NULL, size != 0 ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return ptr != MAP_FAILED ? ptr : NULL;
}

void mem_pages_free(void *ptr, size_t size)
{
    if (ptr != NULL) {
        (void)munmap(ptr, size != 0 ? size : 1);
    }
}

void mem_pages_forget(void *ptr, size_t size)
{
    if (ptr != NULL) {
        (void)madvise(ptr, size, MADV_DONTNEED);
    }
}

void mem_trim(void)
{
    (void)malloc_trim(0);
}

void mem_wipe(void *ptr, size_t size)
{
    explicit_bzero(ptr, size);
}

void mem_cleanup(void *pointer_to_pointer)
{
    void *ptr = NULL;
    memcpy(&ptr, pointer_to_pointer, sizeof ptr);
    mem_free(ptr);
}
