/*
 * facts.h - recording a fact about a person, and the step that ends one, as commands share them. Thread: main.
 */
#ifndef KETENBRUG_CMD_FACTS_H
#define KETENBRUG_CMD_FACTS_H

#include "cmd/args.h"

int fact_add(const struct args *args, const char *path);  /* JSON from standard input; gives the exit code */
int fact_step(const struct args *args, const char *path); /* --id, and a line from standard input */

#endif
