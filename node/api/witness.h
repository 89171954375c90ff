/*
 * witness.h - this node as a witness of its partners' logs (C2SP tlog-witness): it cosigns what is consistent with what it
 * cosigned before, keeps what it saw, and keeps evidence when a log shows two faces.
 *
 * Does:      answers POST /v1/getuige/add-checkpoint; remembers, durably and before it answers, the newest checkpoint of
 *            each partner's log; takes in what partners say that they saw.
 * Does not:  cosign after its own data were restored, before it caught up with what the others saw.
 * Ownership: state lives in the store, by OIN. Thread: the loop's.
 * Faults:    400, 403, 404, 409, 422 as the standard says; 503 while WITNESS_WAITING_MAX of that partner wait.
 */
#ifndef KETENBRUG_API_WITNESS_H
#define KETENBRUG_API_WITNESS_H

#include "api/api.h"
#include "audit/checkpoint.h"

void witness_add_checkpoint(struct http_request *request, void *ctx);

/* What was last seen of a partner's log. */
struct witnessed {
    uint32_t generation;
    struct witness_held held; /* size 0: nothing yet */
    int64_t time_ms;
    struct slice note; /* borrowed: with the log's signature, and ours when we cosigned it */
};

/* Called before it returns, with NULL when nothing was seen yet or `err`. */
typedef void witnessed_fn(void *ctx, const struct witnessed *seen, const struct error *err);
void witness_look(struct api *api, const struct oin *oin, witnessed_fn *looked, void *ctx);
/* Stores what a partner saw, when what was seen here is still `from`: a witness never goes back. False: it is not, or
 * something is being cosigned; else `done` is called once, later. */
MUST_USE bool witness_adopt(struct api *api, const struct oin *oin, const struct witnessed *from,
                            const struct witnessed *seen, void (*done)(void *ctx, bool stored), void *ctx);
/* A checkpoint as it is kept and passed on: with the signature of this party's log, and without whatever else stood below
 * it. At most NOTE_KEPT_MAX bytes; nothing when that log did not sign. */
void witness_note(struct api_covenant *held, const struct party *party, const struct note *note, struct buf *out);

/* Whose checkpoint this is: the party, and the generation of its log; NULL: nobody's in this covenant, or not signed by
 * the key that the covenant names. */
const struct party *witness_whose(struct api_covenant *held, const struct note *note, struct checkpoint *checkpoint,
                                  uint32_t *generation);

/* Two signed checkpoints of one log, size and generation with different roots: kept, recorded, shown. Done once; a second
 * finding about the same log adds nothing. */
void witness_keep_fork(struct api *api, const struct oin *oin, struct slice one, struct slice other);

/* Store values. */
extern const char witness_restored_name[]; /* set by a restore, gone when caught up */
enum { WITNESS_NAME_MAX = 48 };
struct witness_name {
    char text[WITNESS_NAME_MAX];
};
struct witness_name witness_fork_name(const struct oin *oin);

#endif
