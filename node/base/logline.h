/*
 * logline.h - operational log lines: one JSON object a line, never personal data.
 *
 * Does:      formats {"tijd","niveau","gebeurtenis", fields...} and hands the finished line to a sink.
 * Does not:  open or write files: the sink does, and belongs to node/cmd.
 * Faults:    a line past 2,048 bytes, or without memory, is written without its fields and with "ingekort":true.
 * Fields take text, numbers and OINs; there is no way to pass a BSN, a name or a request body.
 * Thread:    any, when the sink is.
 */
#ifndef KETENBRUG_BASE_LOGLINE_H
#define KETENBRUG_BASE_LOGLINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/fault.h"
#include "base/oin.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

struct log_sink {
    void (*write)(void *ctx, const char *line, size_t len); /* line ends in a newline */
    void *ctx;
    enum log_level least; /* lines below this level are dropped */
    const struct clock *clock;
};

struct log_field {
    const char *name;
    const char *text; /* NULL: the number counts */
    int64_t number;
};

#define LOG_TEXT(name_, text_)     ((struct log_field){(name_), (text_), 0})
#define LOG_NUMBER(name_, number_) ((struct log_field){(name_), NULL, (int64_t)(number_)})

/* sink may be NULL: then nothing happens. */
void log_fields(const struct log_sink *sink, enum log_level level, const char *event, const struct log_field *fields,
                size_t count);
void log_error(const struct log_sink *sink, enum log_level level, const char *event, const struct error *err);
#define log_event(sink, level, event, ...)                                                                             \
    log_fields((sink), (level), (event), (const struct log_field[]){__VA_ARGS__},                                      \
               sizeof((const struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))

#endif
