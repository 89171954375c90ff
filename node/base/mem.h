/*
 * mem.h - the one door to the heap, so that a test can make the n-th allocation fail.
 *
 * Ownership: what these return is freed with mem_free. Sizes of 0 are served as 1.
 * Faults:    NULL when memory is out, when a product overflows, or when a test asked for it.
 * Thread:    any. The failure countdown is process-wide and meant for single-threaded tests.
 */
#ifndef KETENBRUG_BASE_MEM_H
#define KETENBRUG_BASE_MEM_H

#include <stddef.h>

#include "base/attr.h"

MUST_USE void *mem_alloc(size_t size);               /* uninitialised */
MUST_USE void *mem_zalloc(size_t size);              /* zeroed */
MUST_USE void *mem_array(size_t count, size_t size); /* zeroed, product checked */
MUST_USE void *mem_realloc(void *ptr, size_t size);  /* NULL leaves ptr valid */
MUST_USE char *mem_strdup(const char *text);
void mem_free(void *ptr); /* NULL is fine */
/* Whole pages, zeroed, that cost memory only once they are written and are given back at once. For large blocks that
 * stay long and are used for a small part. Not for mem_free. */
MUST_USE void *mem_pages(size_t size);
void mem_pages_free(void *ptr, size_t size);   /* NULL is fine */
void mem_pages_forget(void *ptr, size_t size); /* zeroed again, and again without cost; NULL is fine */
void mem_trim(void); /* what the heap has free goes back to the system: for when there is nothing to do */
void mem_wipe(void *ptr, size_t size); /* zeroes; the compiler may not drop it */

/* Test seam: the allocation after `successes` further ones fails once; negative switches it off (default). */
void mem_fail_after(long successes);

/* For CLEANUP(mem_cleanup) on a pointer variable of any object type. */
void mem_cleanup(void *pointer_to_pointer);

#endif
