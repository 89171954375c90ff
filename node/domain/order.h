/*
 * order.h - orders of a court (maatregelen), as far as what may be asked stands on them.
 *
 * Does:      tells whether an order is in force on a day, and until when; takes its end. The day after its last day nothing
 *            stands on it any more, whatever was recorded; that somebody must look at it then is a term (matter.h).
 * Does not:  know the court's decision; read clocks or the store. Days are Dutch days (base/workdays.h).
 * Source:    BW 1:255 and 1:258 (ondertoezichtstelling, at most a year, can be extended), Jeugdwet 7.3.11 lid 4 (who must
 *            answer the certified institution that carries it out). An extension is a new order.
 * Ownership, thread, faults: as matter.h.
 */
#ifndef KETENBRUG_DOMAIN_ORDER_H
#define KETENBRUG_DOMAIN_ORDER_H

#include "domain/matter.h"

/* The place in the table is stored: new ones come at the end. */
#define ORDER_KIND_TABLE(X)                                                                                            \
    X(ORDER_SUPERVISION, "ots")                                                                                        \
    X(ORDER_PROVISIONAL_SUPERVISION, "voorlopige-ots")                                                                 \
    X(ORDER_GUARDIANSHIP, "voogdij")

enum order_kind {
#define X(code, word) code,
    ORDER_KIND_TABLE(X)
#undef X
        ORDER_KIND_COUNT
};

const char *order_kind_word(enum order_kind kind); /* "" past the end */
bool order_kind_parse(struct slice word, enum order_kind *out);

struct order {
    struct matter matter; /* people: the child, and those with whom the order is carried out */
    enum order_kind kind;
    struct date from;
    struct date until; /* last day, as the court set it */
    struct date ended; /* last day, as somebody recorded it; not set: not yet */
};

bool order_in_force(const struct order *order, const struct date *day);
/* 0 or 1: TERM_END, until its end is recorded. */
size_t order_terms(const struct order *order, const struct date *today, struct term out[TERM_COUNT]);
/* `last` is not past the court's last day, nor past an end that was recorded before. */
MUST_USE enum result order_end(struct order *order, const struct date *last, struct error *err);

void order_encode(const struct order *order, struct buf *out);
MUST_USE enum result order_decode(struct slice bytes, struct order *out, struct error *err);

#endif
