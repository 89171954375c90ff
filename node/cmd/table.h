/*
 * table.h - columns of text on a terminal, aligned by characters (UTF-8). Thread: main.
 */
#ifndef KETENBRUG_CMD_TABLE_H
#define KETENBRUG_CMD_TABLE_H

#include <stdio.h>

/* Prints `text` and pads it with spaces to `width` characters; with a width, at least one. Characters that steer a
 * terminal are shown as '?'. */
void table_cell(FILE *out, const char *text, int width);

#endif
