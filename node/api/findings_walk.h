/*
 * findings_walk.h - a walk over all findings, in pages, with turns for others between them. Inside api/findings*.c only.
 *
 * Ownership: the walk is the caller's and outlives it; what `see` gets is borrowed. `end` is called once.
 * Thread:    the loop's. Faults: to `end`. One that does not decode is logged and passed over.
 */
#ifndef KETENBRUG_API_FINDINGS_WALK_H
#define KETENBRUG_API_FINDINGS_WALK_H

#include "api/findings.h"

struct findings_walk {
    struct api *api;
    void (*see)(struct findings_walk *walk, const struct finding *finding, const struct store_item *item);
    void (*end)(struct findings_walk *walk, const struct error *err);
    struct ident after;  /* the last of the page before */
    struct finding seen; /* the one under way: too large for a stack that is not ours alone */
};

void findings_walk(struct findings_walk *walk); /* with api, see and end set */

#endif
