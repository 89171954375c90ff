#include "matching/rematch.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FIRST_ROOM = 64, FEW = 32 };

static const uint32_t gone = UINT32_MAX; /* for the slot of a value that was dropped */

static int by_fingerprint(const void *a, const void *b)
{
    const uint64_t x = ((const struct rematch_value *)a)->fingerprint;
    const uint64_t y = ((const struct rematch_value *)b)->fingerprint;
    return (x > y) - (x < y);
}

size_t rematch_count(const struct rematch *rematch)
{
    return rematch->count - rematch->dropped;
}

void rematch_clear(struct rematch *rematch)
{
    *rematch->total -= rematch->count;
    mem_free(rematch->values);
    *rematch = (struct rematch){.total = rematch->total};
}

static void drop_dropped(struct rematch *rematch)
{
    size_t kept = 0;
    for (size_t i = 0; i < rematch->count; i++) {
        if (rematch->values[i].slot != gone) {
            rematch->values[kept++] = rematch->values[i];
        }
    }
    *rematch->total -= rematch->count - kept;
    rematch->count = kept;
    rematch->dropped = 0;
}

/* Few that came are moved to their places; many are put in order with all. */
static void put_in_order(struct rematch *rematch)
{
    struct rematch_value *values = rematch->values;
    if (rematch->dropped > rematch->count / 4) {
        const size_t sorted_before = rematch->sorted;
        size_t sorted = 0;
        for (size_t i = 0; i < sorted_before; i++) {
            sorted += values[i].slot != gone;
        }
        drop_dropped(rematch);
        rematch->sorted = sorted;
    }
    if (rematch->count - rematch->sorted > FEW) {
        qsort(values, rematch->count, sizeof *values, by_fingerprint);
        rematch->sorted = rematch->count;
    }
    for (; rematch->sorted < rematch->count; rematch->sorted++) {
        const struct rematch_value moved = values[rematch->sorted];
        size_t low = 0;
        size_t high = rematch->sorted;
        while (low < high) {
            const size_t middle = low + (high - low) / 2;
            if (values[middle].fingerprint <= moved.fingerprint) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        memmove(values + low + 1, values + low, (rematch->sorted - low) * sizeof *values);
        values[low] = moved;
    }
}

enum result rematch_put(struct rematch *rematch, uint64_t fingerprint, uint32_t slot, struct error *err)
{
    ENSURE(*rematch->total < REMATCH_VALUES_MAX, err, FAULT_TOO_LARGE, "zorgsignalen",
           "hoogstens %d waarden van zorgsignalen tegelijk", (int)REMATCH_VALUES_MAX);
    if (rematch->count == rematch->room) {
        const size_t room = rematch->room != 0 ? rematch->room * 2 : FIRST_ROOM;
        struct rematch_value *larger = mem_realloc(rematch->values, room * sizeof *larger);
        ENSURE(larger != NULL, err, FAULT_NO_MEMORY, "zorgsignalen", "geen geheugen");
        rematch->values = larger;
        rematch->room = room;
    }
    rematch->values[rematch->count++] = (struct rematch_value){fingerprint, slot};
    ++*rematch->total;
    return RESULT_OK;
}

/* Place of the first value that is not below `fingerprint`, from `from` on, by leaps that double. */
static size_t place(const struct rematch_value *values, size_t from, size_t count, uint64_t fingerprint)
{
    size_t leap = 1;
    size_t low = from;
    while (low + leap < count && values[low + leap].fingerprint < fingerprint) {
        low += leap;
        leap *= 2;
    }
    size_t high = low + leap < count ? low + leap : count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (values[middle].fingerprint < fingerprint) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void rematch_drop(struct rematch *rematch, uint64_t fingerprint, uint32_t slot)
{
    put_in_order(rematch);
    struct rematch_value *values = rematch->values;
    for (size_t i = place(values, 0, rematch->count, fingerprint);
         i < rematch->count && values[i].fingerprint == fingerprint; i++) {
        if (values[i].slot == slot) {
            values[i].slot = gone;
            rematch->dropped++;
            return;
        }
    }
}

static void tell(const struct rematch *rematch, size_t at, rematch_hit_fn *hit, void *ctx)
{
    const uint64_t fingerprint = rematch->values[at].fingerprint;
    for (; at < rematch->count && rematch->values[at].fingerprint == fingerprint; at++) {
        if (rematch->values[at].slot != gone) {
            hit(ctx, rematch->values[at].slot);
        }
    }
}

void rematch_step(struct rematch *rematch, const uint64_t *comes, size_t count, rematch_hit_fn *hit, void *ctx)
{
    put_in_order(rematch);
    for (size_t i = 0; i < count; i++) {
        const size_t at = place(rematch->values, 0, rematch->count, comes[i]);
        if (at < rematch->count && rematch->values[at].fingerprint == comes[i]) {
            tell(rematch, at, hit, ctx);
        }
    }
}

/* As place, among entries. */
static size_t entry_place(const uint64_t *entries, size_t from, size_t count, uint64_t fingerprint)
{
    size_t leap = 1;
    size_t low = from;
    while (low + leap < count && entries[low + leap] < fingerprint) {
        low += leap;
        leap *= 2;
    }
    size_t high = low + leap < count ? low + leap : count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (entries[middle] < fingerprint) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void rematch_whole(struct rematch *rematch, const uint64_t *entries, size_t count, rematch_hit_fn *hit, void *ctx)
{
    size_t at = 0;
    size_t entry = 0;
    put_in_order(rematch);
    while (at < rematch->count && entry < count) {
        const uint64_t fingerprint = rematch->values[at].fingerprint;
        entry = entry_place(entries, entry, count, fingerprint);
        if (entry < count && entries[entry] == fingerprint) {
            tell(rematch, at, hit, ctx);
        }
        if (entry < count) { /* on to the first value that this entry is not past, by leaps too */
            const size_t next = place(rematch->values, at, rematch->count, entries[entry]);
            at = next > at ? next : at;
            while (at < rematch->count && rematch->values[at].fingerprint == fingerprint) {
                at++;
            }
        }
    }
}
