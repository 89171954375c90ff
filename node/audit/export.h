/*
 * export.h - records of the log in the forms in which they leave the node: own JSON, LDV over OTLP, NEN 7513, CSV.
 *
 * Does:      writes one opened record, and what is known beside it, as one line of a form; the columns are one table.
 * Does not:  find records, prove them, or decide who may have them (api/export.h). CSV cells that a spreadsheet would run
 *            as a formula are kept from that.
 * Ownership: all borrowed for the call. Thread: any; pure. Faults: as of the buffer.
 */
#ifndef KETENBRUG_AUDIT_EXPORT_H
#define KETENBRUG_AUDIT_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include "audit/record.h"
#include "audit/verify.h"
#include "base/buf.h"

#define EXPORT_FORM_TABLE(X)                                                                                           \
    X(EXPORT_JSON, "json")                                                                                             \
    X(EXPORT_LDV, "ldv")                                                                                               \
    X(EXPORT_NEN7513, "nen7513")                                                                                       \
    X(EXPORT_CSV, "csv")

enum export_form {
#define X(code, word) code,
    EXPORT_FORM_TABLE(X)
#undef X
        EXPORT_FORM_COUNT
};

struct export_record {
    uint64_t sequence;
    enum log_seal seal;
    const struct record *record; /* of one that is not whole: what is visible alone */
    const char *id;              /* its record id, hexadecimal */
    const char *subject;         /* own id, or a pseudonym for this export; "" none */
    const char *own_oin, *own_name, *peer_name;
    struct slice text;
};

struct export_column {
    const char *name;                                                 /* in CSV */
    const char *nen7513;                                              /* field of that standard; "" none */
    const char *ldv;                                                  /* attribute of that standard; "" none */
    void (*put)(const struct export_record *record, struct buf *out); /* the bare value */
};

extern const struct export_column export_columns[];
extern const size_t export_column_count;
const char *export_form_word(enum export_form form);
void export_head(enum export_form form, struct buf *out); /* what stands above the rows; nothing in most forms */
void export_row(enum export_form form, const struct export_record *record, struct buf *out);

#endif
