/*
 * json_tree.h - from text that json_scan accepted to a tree, in one block of memory. Private to base.
 *
 * Ownership: json_tree_build gives the root; json_tree_free wipes and frees the whole. Names and texts are
 *            zero-terminated (json_scan lets no \u0000 through). Faults: NULL without memory.
 */
#ifndef KETENBRUG_BASE_JSON_TREE_H
#define KETENBRUG_BASE_JSON_TREE_H

#include "base/json.h"

struct json {
    enum json_kind kind;
    bool truth;
    const char *name; /* of a member; NULL in an array and at the root */
    union {
        const char *text;
        double number; /* 2^53 - 1 is the last integer that no other number rounds to (RFC 8259 section 6) */
        struct json *child;
    };
    struct json *next;
};

/* Only for text that json_scan accepted. */
MUST_USE struct json *json_tree_build(struct slice text);
void json_tree_free(struct json *root);

static inline struct json *json_tree_child(const struct json *value)
{
    return value->kind == JSON_ARRAY || value->kind == JSON_OBJECT ? value->child : NULL;
}

#endif
