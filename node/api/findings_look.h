/*
 * findings_look.h - how many findings wait for the officer, and the end of those that were closed long ago.
 *
 * Does:      goes through all findings when one changed, and when the Dutch day turned: counts what is not closed and which
 *            exceptions are in force, and removes what was closed FINDINGS_KEPT_MONTHS ago. The program's own log tells how
 *            many, never which.
 * Does not:  believe a clock that is below the highest time seen: then nothing is removed.
 * Ownership: nothing to free; a look under way counts as a call of the api. Thread: the loop's.
 * Faults:    none outward; they are logged, and the next look tries again.
 */
#ifndef KETENBRUG_API_FINDINGS_LOOK_H
#define KETENBRUG_API_FINDINGS_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/date.h"

struct api;

/* Part of struct api. */
struct findings_seen {
    struct date day; /* of the last look; not set: none yet */
    int64_t next_ms; /* not before this, when something changed */
    bool changed;
    bool looking;
    uint64_t looks;      /* that ended: who keeps the exceptions in mind reads them anew after each */
    uint64_t open;       /* as of the last look, and those put since: not closed */
    uint64_t exceptions; /* in force, as of the last look */
    uint64_t not_kept;   /* new ones for which there was no room (FINDINGS_OPEN_MAX), since the start */
};

void findings_look(struct api *api);    /* to be called each second while the node is ready */
void findings_changed(struct api *api); /* a batch with a finding was committed */

#endif
