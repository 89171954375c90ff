#include "policy/codes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

bool codes_init(struct code_table *table, size_t capacity)
{
    *table = (struct code_table){mem_array(capacity, sizeof *table->entries), 0, capacity};
    return table->entries != NULL;
}

void codes_free(struct code_table *table)
{
    mem_free(table->entries);
    *table = (struct code_table){NULL, 0, 0};
}

void codes_add(struct code_table *table, const char *text, size_t place)
{
    if (table->count < table->capacity) {
        table->entries[table->count++] = (struct code_entry){text, (uint32_t)strlen(text), (uint32_t)place};
    }
}

static int compare_texts(const void *a, size_t a_len, const void *b, size_t b_len)
{
    const int difference = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return difference != 0 ? difference : (a_len > b_len) - (a_len < b_len);
}

static int compare_entries(const void *a, const void *b)
{
    const struct code_entry *left = a;
    const struct code_entry *right = b;
    const int difference = compare_texts(left->text, left->len, right->text, right->len);
    return difference != 0 ? difference : (left->place > right->place) - (left->place < right->place);
}

void codes_seal(struct code_table *table, const char *list, const char *field, struct fault_list *faults)
{
    if (table->count == 0) {
        return;
    }
    qsort(table->entries, table->count, sizeof *table->entries, compare_entries);
    for (size_t i = 1; i < table->count; i++) {
        const struct code_entry *entry = &table->entries[i];
        if (compare_texts(entry->text, entry->len, entry[-1].text, entry[-1].len) == 0) {
            char where[FAULT_WHERE_MAX];
            (void)snprintf(where, sizeof where, "%s/%u/%s", list, entry->place, field);
            fault_list_add(faults, FAULT_INVALID, where, "dit komt al eerder voor (onderdeel %u, geteld vanaf 0)",
                           entry[-1].place);
        }
    }
}

int codes_find(const struct code_table *table, struct slice text)
{
    size_t low = 0;
    size_t high = text.len != 0 ? table->count : 0;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct code_entry *entry = &table->entries[middle];
        const int difference = compare_texts(text.ptr, text.len, entry->text, entry->len);
        if (difference == 0) {
            return (int)entry->place;
        }
        if (difference < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return -1;
}
