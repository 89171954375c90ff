/*
 * codes.h - codes interned to small numbers: a sorted table of text and place. Private to policy.
 *
 * Ownership: codes_init/codes_free pair; the texts are borrowed.
 * Use:       add all, seal once, then find from any thread.
 */
#ifndef KETENBRUG_POLICY_CODES_H
#define KETENBRUG_POLICY_CODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/slice.h"

struct code_entry {
    const char *text;
    uint32_t len;
    uint32_t place; /* in its list of the document, from 0 */
};

struct code_table {
    struct code_entry *entries;
    size_t count;
    size_t capacity;
};

bool codes_init(struct code_table *table, size_t capacity); /* false: no memory */
void codes_free(struct code_table *table);
void codes_add(struct code_table *table, const char *text, size_t place); /* past the capacity it is dropped */
/* Sorts; each second use of a text is a fault at `list`/place/`field`. */
void codes_seal(struct code_table *table, const char *list, const char *field, struct fault_list *faults);
int codes_find(const struct code_table *table, struct slice text); /* its place; -1: not there */

#endif
