/*
 * link.h - a doubly linked list whose links live inside what they link: no allocation, removal in constant time.
 * Ownership: none; a structure that ends must be taken out of its lists first. Thread: one at a time.
 */
#ifndef KETENBRUG_HTTP_LINK_H
#define KETENBRUG_HTTP_LINK_H

#include <stdbool.h>
#include <stddef.h>

struct link { /* a member, or the list's head */
    struct link *prev;
    struct link *next;
};

#define LINK_OWNER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void link_init(struct link *link)
{
    link->prev = link;
    link->next = link;
}

static inline bool link_alone(const struct link *link) /* an empty list, or a member of none */
{
    return link->next == link;
}

static inline void link_remove(struct link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    link_init(link);
}

/* Moves the member to the end of the list, wherever it was. */
static inline void link_append(struct link *list, struct link *link)
{
    link_remove(link);
    link->prev = list->prev;
    link->next = list;
    list->prev->next = link;
    list->prev = link;
}

#endif
