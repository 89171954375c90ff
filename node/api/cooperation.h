/*
 * cooperation.h - what goes on between organisations, signals and tasks, held against what changed since.
 *
 * Does:      remembers whose data changed, or that everybody's may have (a new Dutch day, another covenant, a block, a
 *            start, the end of an import, or more people than COOPERATION_TOUCHED_MAX), and has each part that joined decide again about those who
 *            have something open, once for each change and one part after the other; gives each part its turn every second.
 * Does not:  know what is open, or decide: the parts do, in slices of their own, by policy/.
 * Complete:  what was touched while the parts look is looked at next; when a part fails, everybody is looked at again. A
 *            restart looks at everybody, so nothing of this is stored.
 * Ownership: cooperation_open gives; cooperation_close when no call is under way. A look counts as a call of the api.
 * Thread:    the loop's. Faults: none outward but at opening.
 */
#ifndef KETENBRUG_API_COOPERATION_H
#define KETENBRUG_API_COOPERATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bsn.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/oin.h"

struct api;
struct cooperation;

/* From the configuration; a reload changes them. Those of tasks are workdays. Part of struct api. */
struct cooperation_terms {
    int64_t signal_days; /* life of a signal for which nobody says how long; the covenant's bound holds too */
    int64_t reply_days;  /* in which a task is accepted or refused, where its type does not say */
    int64_t remind_days; /* before the deadline, the first of two reminders; the second is one before */
};

/* Whose data changed: everybody's, or these. */
struct cooperation_touched;
bool cooperation_everybody(const struct cooperation_touched *touched);
bool cooperation_has(const struct cooperation_touched *touched, const struct ident *subject); /* of everybody: true */
size_t cooperation_count(const struct cooperation_touched *touched);                          /* of everybody: 0 */
const struct ident *cooperation_at(const struct cooperation_touched *touched, size_t index);

typedef void cooperation_done(void *ctx, const struct error *err);

struct cooperation_part {
    /* Each second while the node is ready: what is due by the clock, some at a time. May be NULL. */
    void (*tick)(struct api *api);
    /* Decides again about those who have something open and are touched; `touched` is borrowed until `done`, which is called
     * exactly once and may be called before this returns; soon, when the node is closing. May be NULL. */
    void (*look)(struct api *api, const struct cooperation_touched *touched, cooperation_done *done, void *ctx);
};

MUST_USE enum result cooperation_open(struct api *api, struct cooperation **out, struct error *err);
void cooperation_close(struct cooperation *cooperation); /* NULL is fine */
/* Between opening and the first look; at most COOPERATION_PARTS_MAX. `part` outlives it. */
void cooperation_join(struct cooperation *cooperation, const struct cooperation_part *part);

/* A change of this person's data, of a fact, an involvement or a household of his, or of a report or order about him, is
 * durable. Where it is not known who it was: cooperation_touched_all. Before opening: nothing. */
void cooperation_touched(struct api *api, const struct ident *subject);
void cooperation_touched_number(struct api *api, const struct bsn *person); /* by number; unknown here: nothing */
void cooperation_touched_all(struct api *api);

/* No covenant is in force with this partner, or he is blocked: what is open with him lies still, and nothing is sent. */
bool cooperation_quiet(const struct api *api, const struct oin *partner);
/* FAULT_CONFLICT then, with the reason; `what` lies still, as in "de opdracht". */
MUST_USE enum result cooperation_may_go(const struct api *api, const struct oin *partner, const char *what,
                                        struct error *err);

/* To be called each second while the node can do its own work. */
void cooperation_look(struct api *api);

#endif
