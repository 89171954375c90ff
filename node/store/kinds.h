/*
 * kinds.h - STORE_KIND_TABLE as a value: how each kind is named in the database and in faults. Inside this room only.
 * Thread: any; pure.
 */
#ifndef KETENBRUG_STORE_KINDS_H
#define KETENBRUG_STORE_KINDS_H

#include "store/store.h"

/* Whose id comes into the feed when an item of the kind changes. */
enum kind_feeds { FEEDS_NOBODY, FEEDS_ITSELF, FEEDS_PARENT };

struct kind {
    const char *table;
    const char *parent;                /* table of the parent; empty: none */
    const char *keys[STORE_KEY_COUNT]; /* empty: no such key */
    enum kind_feeds feeds;
};

const struct kind *kind_of(enum store_kind kind); /* NULL: no such kind */
bool kind_has_parent(enum store_kind kind);
bool kind_has_key(enum store_kind kind, enum store_key key);
bool kind_is_child(enum store_kind child, enum store_kind parent);

#endif
