/*
 * suppress.h - which figures of linked tables are not told, so that none of those can be reckoned back.
 *
 * A table is seen as a network: a figure is so many that go from one point to another, and what comes into a point goes
 * out of it. A cell goes from its column to its row, a total from the point where its cells come together; so a line of a
 * table that adds up to its total is a point. That holds for one table of rows and columns, and for two that share the
 * totals of their rows (api/figures_count.h).
 *
 * Does:      hides each figure behind which stand fewer persons than `least`, zero aside, and then as many more as are
 *            needed: of no hidden figure can anybody who has all others, and knows that a hidden one is no zero, reckon
 *            bounds that lie less than `least` apart. These bounds are exact: of a network they are what can be pushed
 *            through it, in whole numbers (max-flow, min-cut), so there is no gap as between reckoned and true bounds.
 *            What it hides more is the cheapest way around for a figure that is held too tight, by what those on it count.
 *            What it hides at a bound it hides at each higher one: of one table, answers with other bounds tell together
 *            what the one with the lowest bound tells.
 * Does not:  change a figure, or say why it is hidden. It does not reckon with who knows how it chooses (the cheapest), nor
 *            with who knows the persons of a cell himself.
 * Ends:      each step hides one more; where all that is not zero is hidden, nothing has an upper bound.
 * Ownership: the figures are the caller's. Thread: any; pure. Faults: FAULT_NO_MEMORY; then no figure may be told.
 */
#ifndef KETENBRUG_DOMAIN_SUPPRESS_H
#define KETENBRUG_DOMAIN_SUPPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fault.h"

struct suppress_figure {
    uint32_t from, to; /* points, numbered from 0; not the same */
    uint32_t count;
    uint32_t persons; /* behind it, at least */
    bool total;
    bool hidden; /* what comes out */
};

/* At every point the counts that come in and go out are the same. */
MUST_USE enum result suppress(struct suppress_figure *figures, size_t count, uint32_t points, uint32_t least,
                              struct error *err);

#endif
