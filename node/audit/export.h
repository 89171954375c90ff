/*
 * export.h - records of the log in the forms in which they leave the node: own JSON, LDV over OTLP, NEN 7513, CSV.
 *
 * Does:      writes one opened record, and what is known beside it, as one row of a form; the columns are one table, in
 *            which each form takes its own. Rows are grouped: export_open, up to EXPORT_CHUNK rows, export_close. CSV cells
 *            that a spreadsheet would run as a formula are kept from that.
 * Does not:  find records, prove them, or decide who may have them (api/export.h).
 * Forms:     json     one object a line; what a record does not have is left out
 *            ldv      one ExportTraceServiceRequest (OTLP/JSON) a line, with a group of spans. A span's ids are the first
 *                     eight bytes of the record ids; a record without a request is a trace of its own, by its record id.
 *                     What Logboek Dataverwerkingen has no attribute for is not in it
 *            nen7513, csv   RFC 4180 in UTF-8 with a head; the columns that the standard has, or all
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
    X(EXPORT_JSON, "json", "regels.jsonl")                                                                             \
    X(EXPORT_LDV, "ldv", "regels.otlp.jsonl")                                                                          \
    X(EXPORT_NEN7513, "nen7513", "regels.nen7513.csv")                                                                 \
    X(EXPORT_CSV, "csv", "regels.csv")

enum export_form {
#define X(code, word, file) code,
    EXPORT_FORM_TABLE(X)
#undef X
        EXPORT_FORM_COUNT
};

enum { EXPORT_CONSENTS = 3 };

struct export_record {
    uint64_t sequence;
    enum log_seal seal;
    const struct record *record; /* of one that is not whole: what is visible alone */
    int64_t begin_ms;            /* when what it ends began; its own time where nothing tells */
    const char *origin;          /* of this log */
    const char *id;              /* its record id, hexadecimal */
    const char *other_id;        /* the record id in the other side's receipt; "" none */
    const char *subject;         /* own id, pseudonym for this export, or number; "" none */
    const char *subject_kind;    /* which: "kenmerk", "pseudoniem", "bsn" */
    const char *own_oin, *own_name, *peer_name, *peer_url;
    /* Words of the policy, separated by spaces. */
    const char *categories, *domains, *shielded, *opened[EXPORT_CONSENTS];
    struct slice text;
};

enum export_kind { EXPORT_TEXT, EXPORT_NUMBER, EXPORT_TRUTH /* "ja" or "nee" */, EXPORT_WORDS /* by spaces */ };

struct export_column {
    const char *name;    /* in JSON and CSV */
    const char *nen7513; /* field of that standard; "" none */
    const char *ldv;     /* the same: see LOG_FIELD_TABLE */
    enum export_kind kind;
    bool sealed;                                                      /* only of a record that is whole */
    void (*put)(const struct export_record *record, struct buf *out); /* the bare value; nothing: it has none */
};

extern const struct export_column export_columns[];
extern const size_t export_column_count;
const char *export_form_word(enum export_form form);
const char *export_form_file(enum export_form form);      /* its usual name */
void export_head(enum export_form form, struct buf *out); /* what stands above the rows; nothing in most forms */
void export_open(enum export_form form, const char *origin, struct buf *out);
void export_row(enum export_form form, bool first, const struct export_record *record, struct buf *out);
void export_close(enum export_form form, struct buf *out);

/* For export.c alone. */
void export_span(const struct export_record *e, struct buf *out);
void export_spans_open(const char *origin, struct buf *out);
void export_spans_close(struct buf *out);

#endif
