/*
 * figures_count.h - looks of one month, counted into the tables of the steering figures.
 *
 * Does:      takes opened records of looks: ANSWERED (a partner looked here) and TESTED (the own organisation looked), by
 *            purpose, by who looked, and by the life domain of the involvements that were weighed: `meerdere` for more
 *            than one; `onbekend` for none, for those that are shielded, and for a test, whose record knows no domain.
 *            Makes two tables that share the totals of their rows: purpose by who looked, purpose by life domain; and
 *            has them suppressed (domain/suppress.h). Figures are counts of looks; the persons behind them decide what
 *            is told and are not told themselves.
 * Persons:   one person stands in the log by own id or by number. Who is who is not asked: it would be another answer
 *            next year. Of those by id and those by number the most counts, which is never more than there are.
 * Does not:  know a log, a store or a clock. The order in which records come makes no difference.
 * Ownership: figures_new/figures_free; what identifies people is wiped. Names are borrowed from it.
 * Thread:    any, one at a time. Faults: FAULT_TOO_LARGE past FIGURES_RECORDS_MAX looks or FIGURES_CELLS_MAX cells,
 *            FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_API_FIGURES_COUNT_H
#define KETENBRUG_API_FIGURES_COUNT_H

#include "audit/record.h"
#include "domain/life_domain.h"
#include "domain/suppress.h"

enum { FIGURES_SEVERAL = LIFE_DOMAIN_COUNT, FIGURES_NO_DOMAIN, FIGURES_DOMAINS };

struct figures;

struct figures *figures_new(const struct oin *own); /* NULL: no memory */
void figures_free(struct figures *figures);         /* NULL is fine */
bool figures_is_look(enum record_operation operation);
MUST_USE enum result figures_add(struct figures *figures, const struct record *look, struct error *err);
/* All were added: counts and suppresses. Takes seconds where there are millions. Before it the functions below may not be
 * called, after it not figures_add. */
MUST_USE enum result figures_settle(struct figures *figures, uint32_t least, struct error *err);

/* Rows and columns, each in the order of their names; the life domains have a fixed place. */
size_t figures_looks(const struct figures *figures);
size_t figures_purposes(const struct figures *figures);
size_t figures_partners(const struct figures *figures);
const char *figures_purpose(const struct figures *figures, size_t purpose);
const char *figures_partner(const struct figures *figures, size_t partner); /* OIN */
const char *figures_domain(size_t domain);

/* FIGURES_ALL as row or column: the total of that column or row. */
enum { FIGURES_ALL = -1 };
const struct suppress_figure *figures_by_partner(const struct figures *figures, int purpose, int partner);
const struct suppress_figure *figures_by_domain(const struct figures *figures, int purpose, int domain);

#endif
