#include "matching/roster_table.h"

#include "base/mem.h"

enum { FIRST_BUCKETS = 1, BUCKETS_MAX = 1 << 20 };

void table_drop(struct table *table)
{
    for (unsigned i = 0; i < TABLE_SEGMENTS; i++) {
        mem_free(table->segments[i].entries);
        table->segments[i] = (struct table_segment){0};
    }
}

static uint32_t tag_of(uint64_t hash)
{
    return (uint32_t)(hash >> 20);
}

static struct table_entry *bucket_of(const struct table_segment *segment, uint64_t hash, unsigned choice)
{
    const uint32_t at = (uint32_t)(choice == 0 ? hash : hash >> 32) & (segment->buckets - 1);
    return segment->entries + (size_t)at * TABLE_BUCKET;
}

static unsigned fill_of(const struct table_entry *bucket)
{
    unsigned fill = 0;
    for (unsigned i = 0; i < TABLE_BUCKET; i++) {
        fill += bucket[i].slot != 0;
    }
    return fill;
}

static bool put_in(struct table_segment *segment, uint64_t hash, uint32_t slot)
{
    struct table_entry *left = bucket_of(segment, hash, 0);
    struct table_entry *right = bucket_of(segment, hash, 1);
    struct table_entry *emptier = fill_of(left) <= fill_of(right) ? left : right;
    for (unsigned i = 0; i < TABLE_BUCKET; i++) {
        if (emptier[i].slot == 0) {
            emptier[i] = (struct table_entry){tag_of(hash), slot};
            return true;
        }
    }
    return false;
}

static bool fill_grown(const struct table *table, const struct table_segment *from, struct table_segment *to)
{
    for (size_t i = 0; i < (size_t)from->buckets * TABLE_BUCKET; i++) {
        const uint32_t slot = from->entries[i].slot;
        if (slot != 0 && !put_in(to, table->hash(table->ctx, slot), slot)) {
            return false;
        }
    }
    return true;
}

/* Doubles until all fit. */
static bool grow(const struct table *table, struct table_segment *segment)
{
    uint32_t buckets = segment->buckets != 0 ? segment->buckets * 2 : FIRST_BUCKETS;
    for (; buckets <= BUCKETS_MAX; buckets *= 2) {
        struct table_segment grown = {mem_array((size_t)buckets * TABLE_BUCKET, sizeof *grown.entries), buckets};
        if (grown.entries == NULL) {
            return false;
        }
        if (fill_grown(table, segment, &grown)) {
            mem_free(segment->entries);
            *segment = grown;
            return true;
        }
        mem_free(grown.entries);
    }
    return false;
}

bool table_put(struct table *table, uint64_t hash, uint32_t slot)
{
    struct table_segment *segment = &table->segments[hash >> 56];
    while (segment->buckets == 0 || !put_in(segment, hash, slot)) {
        if (!grow(table, segment)) {
            return false;
        }
    }
    return true;
}

unsigned table_find(const struct table *table, uint64_t hash, uint32_t found[TABLE_FOUND_MAX])
{
    const struct table_segment *segment = &table->segments[hash >> 56];
    unsigned count = 0;
    for (unsigned choice = 0; choice < 2 && segment->buckets != 0; choice++) {
        const struct table_entry *bucket = bucket_of(segment, hash, choice);
        for (unsigned i = 0; i < TABLE_BUCKET; i++) {
            found[count] = bucket[i].slot;
            count += (unsigned)(bucket[i].slot != 0) & (unsigned)(bucket[i].tag == tag_of(hash));
        }
        if (bucket == bucket_of(segment, hash, 1)) {
            break;
        }
    }
    return count;
}

void table_replace(struct table *table, uint64_t hash, uint32_t slot, uint32_t by)
{
    struct table_segment *segment = &table->segments[hash >> 56];
    for (unsigned choice = 0; choice < 2 && segment->buckets != 0; choice++) {
        struct table_entry *bucket = bucket_of(segment, hash, choice);
        for (unsigned i = 0; i < TABLE_BUCKET; i++) {
            if (bucket[i].slot == slot) {
                bucket[i].slot = by;
                return;
            }
        }
    }
}
