#include "base/logline.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/json.h"

enum { LOG_LINE_MAX = 2048, LOG_SHORT_LINE_MAX = 256 };

static const char *const level_names[] = {"fijn", "info", "waarschuwing", "fout"};

/* What is left of a line that is too long, or for which there is no memory: that it happened is worth more than
 * silence. Event names are constants of the code and need no escapes. */
static void write_short(const struct log_sink *sink, enum log_level level, const char *event)
{
    char line[LOG_SHORT_LINE_MAX];
    const int len =
        snprintf(line, sizeof line, "{\"tijd\":\"%s\",\"niveau\":\"%s\",\"gebeurtenis\":\"%.80s\",\"ingekort\":true}\n",
                 moment_text(clock_now(sink->clock)).text, level_names[level], event);
    if (len > 0) {
        sink->write(sink->ctx, line, (size_t)len);
    }
}

void log_fields(const struct log_sink *sink, enum log_level level, const char *event, const struct log_field *fields,
                size_t count)
{
    if (sink == NULL || level < sink->least) {
        return;
    }
    struct buf line;
    buf_init(&line, LOG_LINE_MAX);
    struct json_writer w = json_writer(&line);
    json_begin_object(&w, NULL);
    json_put_text(&w, "tijd", moment_text(clock_now(sink->clock)).text);
    json_put_text(&w, "niveau", level_names[level]);
    json_put_text(&w, "gebeurtenis", event);
    for (size_t i = 0; i < count; i++) {
        if (fields[i].text != NULL) {
            json_put_text(&w, fields[i].name, fields[i].text);
        } else {
            json_put_int(&w, fields[i].name, fields[i].number);
        }
    }
    json_end_object(&w);
    buf_byte(&line, '\n');
    if (buf_ok(&line)) {
        sink->write(sink->ctx, (const char *)line.ptr, line.len);
    } else {
        write_short(sink, level, event);
    }
    buf_free(&line);
}

void log_error(const struct log_sink *sink, enum log_level level, const char *event, const struct error *err)
{
    log_event(sink, level, event, LOG_TEXT("soort", fault_slug(err->fault)), LOG_TEXT("plaats", err->where),
              LOG_TEXT("melding", err->what));
}
