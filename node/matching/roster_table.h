/*
 * roster_table.h - a hash table from 64-bit hashes to slots, for roster.c only.
 *
 * In 256 segments, so that growing one is little work; in each a slot may stand in one of two buckets of eight, and who
 * looks compares all sixteen: the same steps whatever is there. Thread: as the roster. Ownership: a value; table_drop.
 */
#ifndef KETENBRUG_MATCHING_ROSTER_TABLE_H
#define KETENBRUG_MATCHING_ROSTER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

enum { TABLE_SEGMENTS = 256, TABLE_BUCKET = 8 };

struct table_entry {
    uint32_t tag;
    uint32_t slot; /* 0: empty */
};

struct table_segment {
    struct table_entry *entries;
    uint32_t buckets; /* a power of two; 0: nothing was ever put */
};

struct table {
    struct table_segment segments[TABLE_SEGMENTS];
    uint64_t (*hash)(const void *ctx, uint32_t slot); /* of what stands at a slot: to move it when a segment grows */
    const void *ctx;
};

void table_drop(struct table *table);
bool table_put(struct table *table, uint64_t hash, uint32_t slot); /* false: no memory */
/* Those whose hash looks the same, at most 16; how many. */
enum { TABLE_FOUND_MAX = 2 * TABLE_BUCKET };
unsigned table_find(const struct table *table, uint64_t hash, uint32_t found[TABLE_FOUND_MAX]);
void table_replace(struct table *table, uint64_t hash, uint32_t slot, uint32_t by); /* 0: removes */

#endif
