/*
 * watch_table.h - numbers by key: a hash table with open addressing, from which may be removed.
 *
 * Keys are hashes already (watch_mix), and never 0. Ownership: a zeroed one is empty; watch_table_free. Thread: one at a
 * time. Faults: false when there is no memory; then nothing changed.
 */
#ifndef KETENBRUG_AUDIT_WATCH_TABLE_H
#define KETENBRUG_AUDIT_WATCH_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct watch_slot {
    uint64_t key; /* 0: free */
    uint32_t number;
};

struct watch_table {
    struct watch_slot *slots;
    size_t room; /* a power of two, or 0 */
    size_t count;
};

MUST_USE bool watch_table_reserve(struct watch_table *table, size_t more);      /* so many puts cannot fail then */
void watch_table_put(struct watch_table *table, uint64_t key, uint32_t number); /* there is room; replaces */
bool watch_table_get(const struct watch_table *table, uint64_t key, uint32_t *number);
void watch_table_remove(struct watch_table *table, uint64_t key); /* not there: fine */
void watch_table_empty(struct watch_table *table);
void watch_table_free(struct watch_table *table);

#endif
