/*
 * adapter.h - what a source system's format must give: one row after another, as domain values.
 *
 * An adapter is a pure function of bytes: the caller reads the file and feeds pieces; the adapter calls back with each
 * row or with what is wrong with it. It opens nothing, keeps no more than one row and has a bound on that.
 * Ownership: open/close pair; a row is borrowed until the callback returns.
 * Thread:    one at a time. Faults: per row, with line and column name, never the value; FAULT_INVALID of feed or
 *            finish when the input as a whole is not this format (columns), after which the run is over.
 */
#ifndef KETENBRUG_ADAPTERS_ADAPTER_H
#define KETENBRUG_ADAPTERS_ADAPTER_H

#include "adapters/mapping.h"
#include "domain/person.h"

/* One involvement of one person; the household is named by its key in the source. */
struct adapter_row {
    uint64_t line; /* of the row's first byte, from 1 */
    struct subject subject;
    struct involvement involvement;
    char household_key[SOURCE_KEY_MAX + 1]; /* "" none */
    char household_source[SERVICE_MAX_BYTES + 1];
    struct date household_recorded;
};

struct adapter_events {
    void (*row)(void *ctx, const struct adapter_row *row);
    /* `where` is the column's name, or "" when it is the row itself that cannot be read. */
    void (*rejected)(void *ctx, uint64_t line, const struct fault_list *faults);
    void *ctx;
};

struct adapter; /* state of one run */

struct adapter_options {
    struct date today;
    const struct mapping *mapping; /* NULL: the file has our own columns; outlives the run */
};

struct adapter_kind {
    const char *name; /* "csv" */
    enum result (*open)(const struct adapter_events *events, const struct adapter_options *options,
                        struct adapter **out, struct error *err);
    /* Fails once it is clear that the input cannot be this format: one fault naming all columns concerned. */
    enum result (*feed)(struct adapter *adapter, struct slice piece, struct error *err);
    enum result (*finish)(struct adapter *adapter, struct error *err); /* end of input: the last row */
    void (*close)(struct adapter *adapter);                            /* at any moment; NULL is fine */
};

const struct adapter_kind *adapter_named(const char *name); /* NULL: unknown; see adapter_names */
const char *adapter_names(void);                            /* "csv" - for messages */

#endif
