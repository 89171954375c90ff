/*
 * covenant_file.h - a covenant out of a file, compiled, with the texts for people that the compiled form leaves out.
 *
 * Ownership: covenant_file_read/covenant_file_free. Thread: main. Faults: FAULT_IO, and those of covenant_parse, all
 * printed to stderr but the first, which is returned.
 */
#ifndef KETENBRUG_CMD_COVENANT_FILE_H
#define KETENBRUG_CMD_COVENANT_FILE_H

#include "base/buf.h"
#include "base/json.h"
#include "cmd/args.h"
#include "policy/covenant.h"

struct covenant_file {
    struct buf text;
    struct json *document;
    struct covenant *covenant;
};

MUST_USE enum result covenant_file_read(const char *path, struct covenant_file *out, struct error *err);
void covenant_file_free(struct covenant_file *file);
/* The file that a command's free word names, else what is in force at the node, which is asked. */
MUST_USE enum result covenant_file_of(const struct args *args, struct covenant_file *out, struct error *err);
/* Of the item with this code in a list of the document; "" when there is none. */
const char *covenant_file_word(const struct covenant_file *file, const char *list, const char *code, const char *field);
/* --dag as a date, else today (UTC). */
MUST_USE enum result covenant_day(const struct args *args, struct date *out, struct error *err);

#endif
