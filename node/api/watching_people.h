/*
 * watching_people.h - what the watch must know of people beside the log: who is who here, who lives with whom, who works
 * here. Inside api/watching*.c only.
 *
 * Does:      reads households and staff, some a turn; finds a number's own id, and remembers it until the next reading.
 *            Of households all, also one without source or date or with somebody shielded: a look at them counts, which is not
 *            whether something may be told by way of them (households.h).
 * Does not:  keep numbers: 8 bytes of keyed hashes, and own ids.
 * Ownership: watch_people_new/watch_people_free. Thread: the loop's. Faults: to `done`: of the store, FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_API_WATCHING_PEOPLE_H
#define KETENBRUG_API_WATCHING_PEOPLE_H

#include "api/watching.h"

struct watch_people;

MUST_USE struct watch_people *watch_people_new(struct api *api, const uint8_t key[SEAL_KEY_SIZE]); /* NULL: no memory */
void watch_people_free(struct watch_people *people); /* NULL is fine; not while it reads */
/* All anew. Not while it reads. */
void watch_people_read(struct watch_people *people, void (*done)(void *ctx, const struct error *err), void *ctx);
bool watch_people_stale(const struct watch_people *people); /* something changed, or may have */
/* What is known of the record: `got` may be called before this returns. `known` is borrowed until it returns. */
void watch_people_find(struct watch_people *people, const struct record *record,
                       void (*got)(void *ctx, const struct watching_known *known, const struct error *err), void *ctx);

#endif
