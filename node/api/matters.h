/*
 * matters.h - desk: what the routes of reports and of orders have in common.
 *
 * A change is one commit: the item, and a record for each person that it is about. A list shows numbers, days and terms,
 * and no people. Who was told which number does not exist, or is taken, is recorded too.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_MATTERS_H
#define KETENBRUG_API_MATTERS_H

#include "api/api.h"
#include "domain/matter.h"

/* Number and people from the body of a request, as domain/matter.h has them. */
void matters_read(const struct json *json, struct matter *out, struct fault_list *faults);
/* A day of the body; `standard` when it is not there. */
struct date matters_read_day(const struct json *json, const char *name, const struct date *standard,
                             struct fault_list *faults);
struct date matters_today(const struct api *api); /* the Dutch day */

struct matters_change {
    enum store_kind kind;
    enum record_operation operation;
    const struct matter *matter; /* lives as long as the call */
    struct store_write item;
    const char *what; /* for the log, Dutch */
    bool closes;      /* nothing is asked on it any more: values that are kept for it go */
};

/* Ends the call: recorded and written, then `status` with call->body. */
void matters_save(struct call *call, const struct matters_change *change, int status);
/* Ends the call: refused, recorded for each person that `matter` names (may be NULL). */
void matters_refuse(struct call *call, enum store_kind kind, const struct matter *matter,
                    const struct fault_list *faults);
void matters_refuse_error(struct call *call, enum store_kind kind, const struct matter *matter,
                          const struct error *err);

void matters_put_terms(struct json_writer *w, const struct term *terms, size_t count);
void matters_put_day(struct json_writer *w, const char *name, const struct date *day); /* left out when not set */

/* GET of a list in pages: reads `aantal` and `na`, ends the call. `put` writes one item as a JSON object. */
void matters_list(struct call *call, enum store_kind kind, const char *name,
                  void (*put)(struct json_writer *w, const struct store_item *item, const struct date *today));
/* A call of these routes: room for what the handlers keep. */
struct matters_call {
    struct call call;
    const char *name;             /* of a list */
    const struct matter *changed; /* that is being saved */
    enum store_kind kind;
    void (*put)(struct json_writer *w, const struct store_item *item, const struct date *today);
};

#endif
