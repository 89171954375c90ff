#include <stdio.h>

#include "base/json.h"

struct json_writer json_writer(struct buf *out)
{
    return (struct json_writer){out, false};
}

static void put_escaped(struct buf *out, struct slice text)
{
    buf_byte(out, '"');
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        buf_bytes(out, text.ptr + from, i - from);
        from = i + 1;
        if (c == '"' || c == '\\') {
            const uint8_t pair[2] = {'\\', c};
            buf_bytes(out, pair, sizeof pair);
        } else {
            buf_format(out, "\\u%04x", c);
        }
    }
    if (from < text.len) {
        buf_bytes(out, text.ptr + from, text.len - from);
    }
    buf_byte(out, '"');
}

static void start(struct json_writer *w, const char *name)
{
    if (w->comma) {
        buf_byte(w->out, ',');
    }
    if (name != NULL) {
        put_escaped(w->out, slice_text(name));
        buf_byte(w->out, ':');
    }
    w->comma = true;
}

static void open_with(struct json_writer *w, const char *name, uint8_t bracket)
{
    start(w, name);
    buf_byte(w->out, bracket);
    w->comma = false;
}

static void close_with(struct json_writer *w, uint8_t bracket)
{
    buf_byte(w->out, bracket);
    w->comma = true;
}

void json_begin_object(struct json_writer *w, const char *name)
{
    open_with(w, name, '{');
}

void json_end_object(struct json_writer *w)
{
    close_with(w, '}');
}

void json_begin_array(struct json_writer *w, const char *name)
{
    open_with(w, name, '[');
}

void json_end_array(struct json_writer *w)
{
    close_with(w, ']');
}

void json_put_slice(struct json_writer *w, const char *name, struct slice text)
{
    start(w, name);
    put_escaped(w->out, text);
}

void json_put_text(struct json_writer *w, const char *name, const char *text)
{
    json_put_slice(w, name, slice_text(text));
}

void json_put_int(struct json_writer *w, const char *name, int64_t value)
{
    start(w, name);
    buf_format(w->out, "%lld", (long long)value);
}

void json_put_bool(struct json_writer *w, const char *name, bool value)
{
    start(w, name);
    buf_text(w->out, value ? "true" : "false");
}

void json_put_null(struct json_writer *w, const char *name)
{
    start(w, name);
    buf_text(w->out, "null");
}

void json_put_raw(struct json_writer *w, const char *name, struct slice json)
{
    start(w, name);
    buf_slice_in(w->out, json);
}

void json_problem(struct buf *out, const struct fault_list *faults)
{
    const enum fault first = faults->count != 0 ? faults->items[0].fault : FAULT_INTERNAL;
    char type[80];
    (void)snprintf(type, sizeof type, "urn:ketenbrug:fout:%s", fault_slug(first));
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_put_text(&w, "type", type);
    json_put_text(&w, "title", fault_title(first));
    json_put_int(&w, "status", fault_status(first));
    const size_t kept = faults->count < FAULT_LIST_MAX ? faults->count : FAULT_LIST_MAX;
    if (kept != 0) {
        json_put_text(&w, "detail", faults->items[0].what);
        json_begin_array(&w, "fouten");
        for (size_t i = 0; i < kept; i++) {
            json_begin_object(&w, NULL);
            json_put_text(&w, "plaats", faults->items[i].where);
            json_put_text(&w, "melding", faults->items[i].what);
            json_end_object(&w);
        }
        json_end_array(&w);
    }
    json_end_object(&w);
}
