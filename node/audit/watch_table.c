#include "audit/watch_table.h"

#include <string.h>

#include "base/mem.h"

enum { LEAST_ROOM = 64 };

static size_t home_of(const struct watch_table *table, uint64_t key)
{
    return (size_t)key & (table->room - 1);
}

/* Where the key is, or the free slot where it would come. */
static size_t slot_of(const struct watch_table *table, uint64_t key)
{
    size_t at = home_of(table, key);
    while (table->slots[at].key != 0 && table->slots[at].key != key) {
        at = (at + 1) & (table->room - 1);
    }
    return at;
}

bool watch_table_reserve(struct watch_table *table, size_t more)
{
    size_t room = table->room == 0 ? LEAST_ROOM : table->room;
    while ((table->count + more) * 3 > room * 2) {
        room *= 2;
    }
    if (room == table->room) {
        return true;
    }
    struct watch_table grown = {.slots = mem_array(room, sizeof *grown.slots), .room = room};
    if (grown.slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < table->room; i++) {
        if (table->slots[i].key != 0) {
            watch_table_put(&grown, table->slots[i].key, table->slots[i].number);
        }
    }
    mem_free(table->slots);
    *table = grown;
    return true;
}

void watch_table_put(struct watch_table *table, uint64_t key, uint32_t number)
{
    struct watch_slot *slot = &table->slots[slot_of(table, key)];
    table->count += slot->key == 0;
    slot->key = key;
    slot->number = number;
}

bool watch_table_get(const struct watch_table *table, uint64_t key, uint32_t *number)
{
    if (table->room == 0) {
        return false;
    }
    const struct watch_slot *slot = &table->slots[slot_of(table, key)];
    if (slot->key != 0) {
        *number = slot->number;
    }
    return slot->key != 0;
}

/* What follows and would no longer be found moves back into the hole. */
void watch_table_remove(struct watch_table *table, uint64_t key)
{
    if (table->room == 0 || table->slots[slot_of(table, key)].key == 0) {
        return;
    }
    const size_t mask = table->room - 1;
    size_t hole = slot_of(table, key);
    for (size_t at = (hole + 1) & mask; table->slots[at].key != 0; at = (at + 1) & mask) {
        const size_t home = home_of(table, table->slots[at].key);
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            table->slots[hole] = table->slots[at];
            hole = at;
        }
    }
    table->slots[hole] = (struct watch_slot){0};
    table->count--;
}

void watch_table_empty(struct watch_table *table)
{
    if (table->room != 0) {
        memset(table->slots, 0, table->room * sizeof *table->slots);
    }
    table->count = 0;
}

void watch_table_free(struct watch_table *table)
{
    mem_free(table->slots);
    *table = (struct watch_table){0};
}
