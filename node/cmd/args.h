/*
 * args.h - command-line options as a table: parsed, checked and printed from the same rows.
 *
 * Options are `--name value`, `--name=value` or a flag `--name`. Every command has --help and --config.
 * Faults: FAULT_USAGE naming the option; the program then ends with code 2. Thread: main.
 */
#ifndef KETENBRUG_CMD_ARGS_H
#define KETENBRUG_CMD_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fault.h"

struct option_row {
    const char *name;  /* without dashes */
    const char *value; /* word for the value in the help; NULL: a flag */
    bool required;
    const char *help; /* Dutch; NULL: not shown, for an option that is told where it belongs */
};

enum { ARGS_OPTIONS_MAX = 28, ARGS_REPEAT_MAX = 16, ARGS_FREE_MAX = 16 };

struct args {
    const struct option_row *rows;
    size_t row_count;
    const char *values[ARGS_OPTIONS_MAX][ARGS_REPEAT_MAX];
    size_t counts[ARGS_OPTIONS_MAX];
    const char *free_words[ARGS_FREE_MAX];
    size_t free_count;
};

MUST_USE enum result args_parse(const struct option_row *rows, size_t row_count, int argc, char *const *argv,
                                struct args *out, struct error *err);
const char *args_value(const struct args *args, const char *name); /* NULL: not given; the last one counts */
/* All values of an option that may be repeated. */
const char *const *args_values(const struct args *args, const char *name, size_t *count);
bool args_flag(const struct args *args, const char *name);
/* A whole number within bounds; `standard` when it is not given. */
MUST_USE enum result args_number(const struct args *args, const char *name, long long min, long long max,
                                 long long standard, long long *out, struct error *err);

#endif
