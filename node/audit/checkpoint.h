/*
 * checkpoint.h - what a log promises about itself (C2SP tlog-checkpoint): origin, size, root; and how a witness judges it
 * (C2SP tlog-witness).
 *
 * Does:      reads and writes the three lines, the witness request, and decides what a witness answers.
 * Does not:  keep state, send, or sign; see node/api/witness.c for that.
 * Ownership: value types; parsed forms borrow from their bytes. Thread: any; pure.
 * Faults:    FAULT_INVALID, FAULT_TOO_LARGE.
 */
#ifndef KETENBRUG_AUDIT_CHECKPOINT_H
#define KETENBRUG_AUDIT_CHECKPOINT_H

#include "audit/note.h"
#include "base/merkle_proof.h"

struct checkpoint {
    char origin[NOTE_NAME_MAX + 1];
    uint64_t size;
    struct sha256 root;
};

void checkpoint_write(const struct checkpoint *checkpoint, struct buf *out);
/* The text of a note: exactly three lines, no extension lines. */
MUST_USE enum result checkpoint_parse(struct slice text, struct checkpoint *out, struct error *err);

/* `old <size>`, proof lines, an empty line, the note. */
struct witness_request {
    uint64_t old_size;
    struct merkle_proof proof;
    struct slice note_bytes;
    struct note note;
    struct checkpoint checkpoint;
};

void witness_request_write(uint64_t old_size, const struct merkle_proof *proof, struct slice note, struct buf *out);
MUST_USE enum result witness_request_parse(struct slice body, struct witness_request *out, struct error *err);

/* What a witness last cosigned of an origin; size 0: nothing yet. */
struct witness_held {
    uint64_t size;
    struct sha256 root;
};

enum witness_verdict {
    WITNESS_COSIGN,   /* 200 */
    WITNESS_BAD_OLD,  /* 400: old is past the checkpoint */
    WITNESS_UNSIGNED, /* 403: no valid signature of the log's key */
    WITNESS_STALE,    /* 409, with the size held: old is not what was last cosigned */
    WITNESS_FORK,     /* 409: same size, another root. Keep both: they prove it */
    WITNESS_UNPROVEN, /* 422: the proof does not hold */
};

/* `key` is the log's. That the origin is known (404) is the caller's to find out. */
enum witness_verdict witness_judge(const struct witness_request *request, const struct note_key *key,
                                   const struct witness_held *held);

#endif
