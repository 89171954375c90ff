#include "adapters/csv_split.h"

#include <string.h>

#include "base/utf8.h"

enum { MARK_LEN = 3 };
static const uint8_t mark_bytes[MARK_LEN] = {0xEF, 0xBB, 0xBF};

static const char fault_long[] = "de regel is te lang, of een aanhalingsteken is niet gesloten";
static const char fault_quote[] = "een aanhalingsteken staat midden in een veld";
static const char fault_after_quote[] =
    "na een sluitend aanhalingsteken hoort het scheidingsteken of het einde van de regel";
static const char fault_open_quote[] = "een aanhalingsteken is niet gesloten";
static const char fault_fields[] = "de regel heeft te veel velden";
static const char fault_utf8[] =
    "de regel is geen geldige UTF-8; een bestand in windows-1252 vraagt tekens = windows-1252 in de koppeling";

void csv_split_init(struct csv_split *split, char separator, csv_row_fn *row, void *ctx)
{
    *split = (struct csv_split){.row = row, .ctx = ctx, .separator = separator, .line = 1, .first_line = 1};
}

static void start_row(struct csv_split *split)
{
    split->state = CSV_FIELD_START;
    split->fault = NULL;
    split->first_line = split->line;
    split->raw = 0;
    split->len = 0;
    split->field_count = 0;
    split->starts[0] = 0;
}

static void fail(struct csv_split *split, const char *fault)
{
    split->fault = fault;
    split->state = CSV_SKIP;
}

static void keep(struct csv_split *split, uint8_t byte)
{
    /* Never past the end: len <= raw, and raw has its bound. */
    split->bytes[split->len++] = byte;
}

static bool end_field(struct csv_split *split)
{
    if (split->field_count == ADAPTER_COLUMNS_MAX) {
        fail(split, fault_fields);
        return false;
    }
    split->starts[++split->field_count] = split->len;
    split->state = CSV_FIELD_START;
    return true;
}

static void end_row(struct csv_split *split, uint64_t last_line)
{
    struct slice fields[ADAPTER_COLUMNS_MAX];
    if (split->raw == 0) {
        return; /* an empty line */
    }
    if (split->fault == NULL && end_field(split) && !utf8_valid(slice_of(split->bytes, split->len))) {
        split->fault = fault_utf8;
    }
    for (size_t i = 0; split->fault == NULL && i < split->field_count; i++) {
        fields[i] = slice_of(split->bytes + split->starts[i], split->starts[i + 1] - split->starts[i]);
    }
    const struct csv_row row = {
        .first_line = split->first_line,
        .last_line = last_line,
        .fault = split->fault,
        .fields = fields,
        .count = split->fault == NULL ? split->field_count : 0,
    };
    split->row(split->ctx, &row);
}

static void take_content(struct csv_split *split, uint8_t byte)
{
    switch (split->state) {
    case CSV_FIELD_START:
        if (byte == '"') {
            split->state = CSV_QUOTED;
            break;
        }
        split->state = CSV_PLAIN;
        keep(split, byte);
        break;
    case CSV_PLAIN:
        if (byte == '"') {
            fail(split, fault_quote);
            break;
        }
        keep(split, byte);
        break;
    case CSV_QUOTED:
        if (byte == '"') {
            split->state = CSV_QUOTE_SEEN;
            break;
        }
        keep(split, byte);
        break;
    case CSV_QUOTE_SEEN:
        if (byte != '"') {
            fail(split, fault_after_quote);
            break;
        }
        split->state = CSV_QUOTED;
        keep(split, byte);
        break;
    case CSV_SKIP:
        break;
    }
}

static void take(struct csv_split *split, uint8_t byte)
{
    const bool line_end = byte == '\n' || byte == '\r';
    const bool second_half = byte == '\n' && split->after_cr;
    split->after_cr = byte == '\r';
    split->line += line_end && !second_half;
    if (line_end && split->state != CSV_QUOTED) {
        if (!second_half) {
            end_row(split, split->line - 1);
        }
        start_row(split);
        return;
    }
    if (split->state != CSV_SKIP && split->raw == ADAPTER_ROW_BYTES_MAX) {
        fail(split, fault_long);
        if (line_end) {
            end_row(split, split->line - 1);
            start_row(split);
        }
        return;
    }
    split->raw += split->raw < ADAPTER_ROW_BYTES_MAX;
    const bool outside = split->state != CSV_QUOTED && split->state != CSV_SKIP;
    if (outside && split->separator == '\0' && (byte == ';' || byte == ',' || byte == '\t')) {
        split->separator = (char)byte; /* the first that the header shows */
    }
    if (outside && byte == (uint8_t)split->separator && byte != '\0') {
        (void)end_field(split);
        return;
    }
    take_content(split, byte);
}

/* Bytes that began like a byte order mark but are not one belong to the first row. */
static void give_back_mark(struct csv_split *split)
{
    const uint8_t seen = split->mark;
    split->mark = MARK_LEN + 1;
    for (uint8_t i = 0; seen < MARK_LEN && i < seen; i++) {
        take(split, mark_bytes[i]);
    }
}

void csv_split_feed(struct csv_split *split, struct slice piece)
{
    for (size_t i = 0; i < piece.len; i++) {
        if (split->mark < MARK_LEN && piece.ptr[i] == mark_bytes[split->mark]) {
            split->mark++;
            continue;
        }
        if (split->mark <= MARK_LEN) {
            give_back_mark(split);
        }
        take(split, piece.ptr[i]);
    }
}

void csv_split_finish(struct csv_split *split)
{
    if (split->mark <= MARK_LEN) {
        give_back_mark(split);
    }
    if (split->state == CSV_QUOTED) {
        fail(split, fault_open_quote);
    }
    end_row(split, split->line);
    start_row(split);
}
