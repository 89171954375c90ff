#include "store/kinds.h"

static const struct kind kinds[STORE_KIND_COUNT] = {
#define X(kind, table, parent, key_a, key_b, feeds) [kind] = {table, parent, {key_a, key_b}, feeds},
    STORE_KIND_TABLE(X)
#undef X
};

const struct kind *kind_of(enum store_kind kind)
{
    return (unsigned)kind < STORE_KIND_COUNT ? &kinds[kind] : NULL;
}

bool kind_has_parent(enum store_kind kind)
{
    const struct kind *row = kind_of(kind);
    return row != NULL && row->parent[0] != '\0';
}

bool kind_has_key(enum store_kind kind, enum store_key key)
{
    const struct kind *row = kind_of(kind);
    return row != NULL && (unsigned)key < STORE_KEY_COUNT && row->keys[key][0] != '\0';
}

bool kind_is_child(enum store_kind child, enum store_kind parent)
{
    const struct kind *of = kind_of(parent);
    return of != NULL && kind_has_parent(child) && strcmp(kind_of(child)->parent, of->table) == 0;
}
