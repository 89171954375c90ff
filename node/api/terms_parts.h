/*
 * terms_parts.h - inside terms.c and terms_list.c only: a walk over all reports and all orders, in pages. Thread: the loop's.
 */
#ifndef KETENBRUG_API_TERMS_PARTS_H
#define KETENBRUG_API_TERMS_PARTS_H

#include "api/api.h"
#include "domain/order.h"
#include "domain/report.h"

/* A report or an order, as far as terms go. */
struct terms_found {
    enum store_kind kind;
    const struct store_item *item;
    union {
        struct report report;
        struct order order;
    };
    struct matter *matter;
    struct term terms[TERM_COUNT];
    size_t count;
};

struct terms_walk {
    void (*see)(struct terms_walk *walk, struct terms_found *found); /* one with terms */
    void (*end)(struct terms_walk *walk, const struct error *err);
    /* Inside. */
    struct api *api;
    struct date today;
    enum store_kind kind;
    struct ident after; /* the last of the page before */
};

void terms_walk(struct terms_walk *walk, struct api *api); /* `walk` stays until `end` */

#endif
