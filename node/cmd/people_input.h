/*
 * people_input.h - citizen service numbers, and what else is personal, from the prompt or standard input, never from an
 * argument (it would stand in the process list and in the shell's history). Thread: main. Faults: FAULT_INVALID naming the line.
 */
#ifndef KETENBRUG_CMD_PEOPLE_INPUT_H
#define KETENBRUG_CMD_PEOPLE_INPUT_H

#include "base/bsn.h"
#include "base/buf.h"
#include "base/fault.h"

/* One number a line, blank lines and what follows '#' skipped; on a terminal an empty line ends. 1..max people. */
MUST_USE enum result people_from_input(struct bsn *people, size_t max, size_t *count, struct error *err);
/* All of standard input, as it is: JSON of the desk API. */
MUST_USE enum result json_from_input(struct buf *out, struct error *err);
/* One line of text; `what` is the prompt on a terminal. FAULT_INVALID when there is none. */
MUST_USE enum result line_from_input(const char *what, char *out, size_t size, struct error *err);

#endif
