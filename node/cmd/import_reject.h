/*
 * import_reject.h - the file that names the rows which were not kept: line, column, kind of value, reason; never a value.
 *
 * Made with the first such row, mode 0600, beside the source file; an older one stays: the next gets a number.
 * Ownership: a value; import_reject_close ends it. Thread: one. Faults: FAULT_IO.
 */
#ifndef KETENBRUG_CMD_IMPORT_REJECT_H
#define KETENBRUG_CMD_IMPORT_REJECT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/fault.h"

enum { REJECT_PATH_MAX = 4096, REJECT_NUMBER_MAX = 999 };

struct import_reject {
    FILE *file; /* NULL: none yet */
    char wanted[REJECT_PATH_MAX];
    char path[REJECT_PATH_MAX]; /* "" none was made */
    uint64_t rows;
    uint64_t last_line;
    bool failed;
    struct error err;
};

/* `given` or else beside `source` ("-": in the current folder). */
void import_reject_init(struct import_reject *reject, const char *given, const char *source);
void import_reject_add(struct import_reject *reject, uint64_t line, const char *column, const char *what);
MUST_USE enum result import_reject_close(struct import_reject *reject, struct error *err);

#endif
