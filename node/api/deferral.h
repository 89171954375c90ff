/*
 * deferral.h - what a person is not (yet) told of who looked at him, because telling it may endanger somebody: the one rule
 * for letters and for what stands with a statement of consent.
 *
 * Deferred are: what was done for an urgent purpose; partners that keep people hidden (party.central_phone), and Veilig
 * Thuis; everything, when the own organisation is such a one; what weighed a shielded involvement; reports, orders and
 * their terms, and what names a report; signals of which the person was not told, and what came of them; to somebody with
 * authority also what stood on the youth's own consent while he with authority disagreed.
 * Does not:  know what the officer decided himself (DEFERRAL_OFFICER is kept with the letter).
 * Thread: any; pure. Ownership: all borrowed. `self` NULL: no party.
 */
#ifndef KETENBRUG_API_DEFERRAL_H
#define KETENBRUG_API_DEFERRAL_H

#include "audit/record.h"
#include "policy/covenant.h"

/* Their places go into the marks of lines that were decided upon: new ones come at the end. */
enum deferral {
    DEFERRAL_NONE,
    DEFERRAL_URGENT,
    DEFERRAL_SHIELDED,
    DEFERRAL_SAFE_HOME,
    DEFERRAL_REPORT,
    DEFERRAL_YOUTH,
    DEFERRAL_OFFICER,
    DEFERRAL_UNTOLD,
};

enum deferral deferral_of(const struct covenant *covenant, const struct party *self, const struct record *record,
                          bool to_authority);
const char *deferral_text(enum deferral deferral); /* why, in Dutch, for the officer alone; "" none */

#endif
