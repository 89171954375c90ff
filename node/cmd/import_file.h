/*
 * import_file.h - one file of a source system into the node: read in pieces, sent in batches, refused rows written down.
 *
 * Memory is constant, whatever the file's size. The same file twice changes nothing, so a run that broke off is simply
 * done again. A full export ends what it did not name, unless rows were refused: what stood in them is unknown.
 * Ownership: values. Thread: main. Faults: of the file as a whole, of the node, or of the file with refused rows.
 */
#ifndef KETENBRUG_CMD_IMPORT_FILE_H
#define KETENBRUG_CMD_IMPORT_FILE_H

#include "adapters/adapter.h"
#include "cmd/args.h"
#include "cmd/import_send.h"

struct import_job {
    const struct args *args;
    const struct adapter_kind *kind;
    const struct mapping *mapping; /* NULL: none */
    const char *system;
    const char *path;     /* "-": standard input */
    const char *rejected; /* file for refused rows; NULL: beside the source */
    bool trial;
    bool full;
    bool many;             /* a full export may end more than half */
    bool despite_rejected; /* and end what refused rows may have named */
};

struct import_outcome {
    struct import_counts counts;
    uint64_t rejected;
    uint64_t ended, left;
    bool ended_rest;
    uint64_t line; /* reached: what comes before was handed to the node or refused */
    char rejected_path[4096];
};

/* `out` is written always: on a failure it says how far it came. */
MUST_USE enum result import_file(const struct import_job *job, struct import_outcome *out, struct error *err);

#endif
