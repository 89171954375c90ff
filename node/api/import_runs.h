/*
 * import_runs.h - what each import under way has named so far, so that a full export can end what it did not name.
 *
 * Does:      keeps a bit for each involvement and for each member of a household, by its place in the order of entry
 *            (store_item.ordinal) and among the members: an import of 1.5 million rows costs a few megabytes, whatever the file's size.
 * Does not:  survive a restart, on purpose: a run that the node did not see whole ends nothing.
 * Ownership: import_runs_new/_free; a run belongs to them and is gone after import_run_end, after IMPORT_RUN_IDLE_MS
 *            without a batch, and when IMPORT_RUNS_MAX others began later.
 * Thread:    the loop's. Faults: FAULT_NO_MEMORY, FAULT_TOO_LARGE past IMPORT_ORDINALS_MAX.
 */
#ifndef KETENBRUG_API_IMPORT_RUNS_H
#define KETENBRUG_API_IMPORT_RUNS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fault.h"
#include "base/ident.h"
#include "base/limits.h"

struct import_runs;
struct import_run;

/* How far the close of a run has come: it takes as many requests as it needs, none of them long. */
struct import_close {
    unsigned pass;
    bool listed_any;
    struct ident after; /* the last item seen, once there is one */
    uint64_t open, ending, left;
};

MUST_USE struct import_runs *import_runs_new(void); /* NULL: no memory */
void import_runs_free(struct import_runs *runs);    /* NULL is fine */

/* The run with this id and source; NULL: none. */
struct import_run *import_run_find(struct import_runs *runs, const struct ident *id, const char *system, int64_t now);
/* A new one. What was entered later than these (the newest of each kind now) it never ends: it may be its own. */
struct import_run *import_run_begin(struct import_runs *runs, const struct ident *id, const char *system,
                                    uint64_t newest_involvement, uint64_t newest_household, int64_t now);
void import_run_end(struct import_run *run);
struct import_close *import_run_close(struct import_run *run);
/* A close begins: the other runs of its source, which remember members by their place, can close nothing any more. */
void import_run_alone(struct import_runs *runs, const struct import_run *run);

MUST_USE enum result import_run_name(struct import_run *run, uint64_t involvement, struct error *err);
/* This person stands in that household; 0: one that was not there when the run began. */
/* The member at this place lives there; 0: a household that was not there when it was looked up. */
MUST_USE enum result import_run_lives_in(struct import_run *run, uint64_t household, size_t member, struct error *err);

bool import_run_named(const struct import_run *run, uint64_t involvement); /* or entered since it began */
/* Whether the run named that member of the household, or cannot know. */
bool import_run_lives(const struct import_run *run, uint64_t household, size_t member);

#endif
