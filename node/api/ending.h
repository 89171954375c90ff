/*
 * ending.h - the destruction of class keys, whoever asked for it: recorded first, then done in the key folder.
 *
 * Ownership: an ending owns itself; `done` is called once. Thread: the loop's; the key folder is changed aside.
 * Faults:    of the commit: nothing was destroyed. FAULT_IO after it: recorded, and the key folder still has keys that the
 *            next look, or the next start, destroys.
 */
#ifndef KETENBRUG_API_ENDING_H
#define KETENBRUG_API_ENDING_H

#include "api/api.h"
#include "audit/retention.h"

struct ending {
    struct api *api;
    struct seal_class classes[RETENTION_DESTROY_MAX];
    size_t count;
    void (*done)(void *ctx, const struct error *err);
    void *ctx;
    bool failed;
    struct error err;
};

MUST_USE struct ending *ending_new(struct api *api); /* NULL: no memory */
void ending_free(struct ending *ending);             /* one that was not begun */
/* All that are over today, up to RETENTION_DESTROY_MAX; the rest is for the next look. */
void ending_add_all_over(struct ending *ending);
/* `record` says who; a failure has freed nothing and destroyed nothing. */
MUST_USE enum result ending_begin(struct ending *ending, const struct record *record,
                                  void (*done)(void *ctx, const struct error *err), void *ctx, struct error *err);

#endif
