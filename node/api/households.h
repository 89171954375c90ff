/*
 * households.h - who lives with whom, by what this organisation recorded, in memory; for signals.
 *
 * Does:      reads all households that have a source, a date and a second member, a page a turn, and of each member whether
 *            he has a shielded record; keeps up with households that are registered, and with people that change; reads
 *            anew after an import.
 * Does not:  keep names or numbers: own ids alone. Reads nothing when it is asked, so that it costs the same whoever it is.
 * Ownership: households_open gives; households_close when no call is under way. A reading counts as a call of the api.
 * Thread:    the loop's. Faults: none outward but at opening; what fails is read again, and meanwhile nobody is told.
 */
#ifndef KETENBRUG_API_HOUSEHOLDS_H
#define KETENBRUG_API_HOUSEHOLDS_H

#include "api/api.h"
#include "domain/person.h"

struct households;

MUST_USE enum result households_open(struct api *api, struct households **out, struct error *err);
void households_close(struct households *households); /* NULL is fine */
bool households_ready(const struct households *households);
uint64_t households_version(const struct households *households); /* another one after each change */

/* A household that is durable now, and new. */
void households_put(struct households *households, const struct household *household);
/* It is not known what changed: all is read again, soon. NULL is fine. */
void households_reread(struct households *households);

/* Who else lives with this person, in all his households, each once. 0: nobody; or somebody of them, or he himself, has a
 * shielded record; or they are more than fit; or it is not ready. */
size_t households_others(const struct households *households, const struct ident *person,
                         struct ident others[HOUSEHOLD_MEMBERS_MAX]);
/* The same, by the rows of this moment: for what is about to be told. */
size_t households_others_now(struct households *households, const struct ident *person,
                             struct ident others[HOUSEHOLD_MEMBERS_MAX]);

#endif
