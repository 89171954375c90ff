/*
 * ini.h - INI text: [section], key = value, comments with # or ; at the start of a line. Pure.
 *
 * Does:      hands each key to the caller, in order; spaces around section, key and value are dropped.
 * Does not:  know which keys there may be, or whether one comes twice.
 * Ownership: what the callback gets is borrowed until it returns. Thread: any.
 * Faults:    FAULT_CONFIG with "file:line" for a line that is none of these, is longer than INI_LINE_MAX, holds a zero
 *            byte, or is one too many; what the callback returns ends the reading.
 */
#ifndef KETENBRUG_BASE_INI_H
#define KETENBRUG_BASE_INI_H

#include "base/fault.h"
#include "base/slice.h"

struct ini_entry {
    const char *file; /* as given to ini_read: for messages */
    unsigned line;    /* from 1 */
    const char *section;
    const char *key;
    const char *value;
};

typedef enum result ini_take(void *ctx, const struct ini_entry *entry, struct error *err);

MUST_USE enum result ini_read(struct slice text, const char *file, ini_take *take, void *ctx, struct error *err);
/* The fault of a value: "file:line section.key", and what is allowed. Always RESULT_FAILED. */
enum result ini_refuse(const struct ini_entry *entry, const char *allowed, struct error *err);

#endif
