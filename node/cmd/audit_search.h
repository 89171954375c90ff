/*
 * audit_search.h - records of the log as a table, for the commands that show them. Thread: main.
 */
#ifndef KETENBRUG_CMD_AUDIT_SEARCH_H
#define KETENBRUG_CMD_AUDIT_SEARCH_H

#include "base/json.h"

void audit_print_rows(const struct json *answer);  /* its member `regels`, with titles */
void audit_print_reach(const struct json *answer); /* up to where can be searched */

#endif
