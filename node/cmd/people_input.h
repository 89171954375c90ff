/*
 * people_input.h - citizen service numbers from the prompt or standard input, never from an argument (they would stand
 * in the process list and in the shell's history). Thread: main. Faults: FAULT_INVALID naming the line.
 */
#ifndef KETENBRUG_CMD_PEOPLE_INPUT_H
#define KETENBRUG_CMD_PEOPLE_INPUT_H

#include "base/bsn.h"
#include "base/fault.h"

/* One number a line, blank lines and what follows '#' skipped; on a terminal an empty line ends. 1..max people. */
MUST_USE enum result people_from_input(struct bsn *people, size_t max, size_t *count, struct error *err);

#endif
