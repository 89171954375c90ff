/*
 * csv_split.h - bytes into rows of fields, in pieces of any size. Private to adapters.
 *
 * Format:    UTF-8, byte order mark allowed; fields separated by ';', as Dutch spreadsheets write them; a field may
 * stand between double quotes, with "" for a quote in it, and then hold separators and line ends (RFC 4180 section 2
 *            but for the separator); lines end in LF, CRLF or CR. Empty lines are skipped.
 * Faults:    of one row, in csv_row.fault: bad quoting, invalid UTF-8, too many fields, longer than
 *            ADAPTER_ROW_BYTES_MAX. What follows a bad row up to the next line end is skipped, quotes or not.
 * Ownership: the splitter is a value that holds one row; wipe it when done. A row is borrowed until the callback
 * returns. Thread:    one at a time.
 */
#ifndef KETENBRUG_ADAPTERS_CSV_SPLIT_H
#define KETENBRUG_ADAPTERS_CSV_SPLIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/slice.h"

struct csv_row {
    uint64_t first_line; /* from 1 */
    uint64_t last_line;
    const char *fault; /* Dutch; NULL: the fields are good */
    const struct slice *fields;
    size_t count;
};

typedef void csv_row_fn(void *ctx, const struct csv_row *row);

enum csv_state {
    CSV_FIELD_START, /* nothing of the field yet */
    CSV_PLAIN,
    CSV_QUOTED,
    CSV_QUOTE_SEEN, /* in a quoted field: its end, or the first of two */
    CSV_SKIP,       /* behind a fault, to the end of the line */
};

struct csv_split {
    csv_row_fn *row;
    void *ctx;
    char separator; /* 0: not known yet */
    enum csv_state state;
    const char *fault;
    uint64_t line;
    uint64_t first_line;
    bool after_cr; /* a LF now belongs to that CR */
    uint8_t mark;  /* bytes of a byte order mark seen; past 3: no longer at the start */
    size_t raw;    /* bytes of this row, quotes and separators included */
    size_t len;
    size_t field_count;
    size_t starts[ADAPTER_COLUMNS_MAX + 1];
    uint8_t bytes[ADAPTER_ROW_BYTES_MAX];
};

/* `separator`: ';', ',', a tab, or 0 for the first of these that stands outside quotes. */
void csv_split_init(struct csv_split *split, char separator, csv_row_fn *row, void *ctx);
void csv_split_feed(struct csv_split *split, struct slice piece);
void csv_split_finish(struct csv_split *split);

#endif
