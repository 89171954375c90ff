#include "base/jcs.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/*
 * By UTF-16 code units. UTF-8 sorts as code points do, and so do UTF-16 units but for one thing: U+E000 to U+FFFF, which
 * begin with EE or EF in UTF-8, come after the surrogates of everything above U+FFFF, which begins with F0 to F4.
 */
static uint8_t unit_rank(char byte)
{
    const uint8_t b = (uint8_t)byte;
    return b == 0xEE || b == 0xEF ? (uint8_t)(b + 0x10) : b;
}

struct member {
    const struct json *value;
};

static int compare_names(const void *a, const void *b)
{
    const char *left = json_name(((const struct member *)a)->value);
    const char *right = json_name(((const struct member *)b)->value);
    while (*left != '\0' && *left == *right) {
        left++;
        right++;
    }
    return (int)unit_rank(*left) - (int)unit_rank(*right);
}

static void write_text(struct slice text, struct buf *out)
{
    static const char short_escapes[] = "btn\0fr"; /* of 0x08 .. 0x0D; 0x0B has none */
    buf_byte(out, '"');
    size_t plain = 0; /* from where nothing needed an escape */
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        buf_bytes(out, text.ptr + plain, i - plain);
        plain = i + 1;
        if (c >= 0x20) {
            buf_byte(out, '\\');
            buf_byte(out, c);
        } else if (c >= 0x08 && c <= 0x0D && short_escapes[c - 0x08] != '\0') {
            buf_byte(out, '\\');
            buf_byte(out, (uint8_t)short_escapes[c - 0x08]);
        } else {
            buf_format(out, "\\u%04x", (unsigned)c);
        }
    }
    buf_bytes(out, text.ptr + plain, text.len - plain);
    buf_byte(out, '"');
}

static enum result write_value(const struct json *value, struct buf *out, struct error *err);

static enum result write_object(const struct json *object, struct buf *out, struct error *err)
{
    const size_t count = json_size(object);
    struct member *members = mem_array(count, sizeof *members);
    ENSURE(members != NULL, err, FAULT_NO_MEMORY, "", "er is te weinig geheugen voor de vaste vorm");
    size_t n = 0;
    for (const struct json *member = json_first(object); member != NULL; member = json_next(member)) {
        members[n++].value = member;
    }
    if (n > 1) {
        qsort(members, n, sizeof *members, compare_names);
    }
    enum result result = RESULT_OK;
    buf_byte(out, '{');
    for (size_t i = 0; i < n && result == RESULT_OK; i++) {
        if (i > 0) {
            buf_byte(out, ',');
        }
        write_text(slice_text(json_name(members[i].value)), out);
        buf_byte(out, ':');
        result = write_value(members[i].value, out, err);
    }
    buf_byte(out, '}');
    mem_free(members);
    return result;
}

static enum result write_array(const struct json *array, struct buf *out, struct error *err)
{
    buf_byte(out, '[');
    for (const struct json *item = json_first(array); item != NULL; item = json_next(item)) {
        if (item != json_first(array)) {
            buf_byte(out, ',');
        }
        TRY(write_value(item, out, err));
    }
    buf_byte(out, ']');
    return RESULT_OK;
}

/* As deep as json_parse lets a document be. */
static enum result write_value(const struct json *value, struct buf *out, struct error *err)
{
    switch (json_kind(value)) {
    case JSON_OBJECT:
        return write_object(value, out, err);
    case JSON_ARRAY:
        return write_array(value, out, err);
    case JSON_TEXT:
        write_text(json_text(value), out);
        return RESULT_OK;
    case JSON_NUMBER:
        ENSURE(json_is_integer(value), err, FAULT_INVALID, "", "in de vaste vorm zijn getallen geheel, tot 2^53 - 1");
        buf_format(out, "%lld", (long long)json_int(value));
        return RESULT_OK;
    case JSON_BOOL:
        buf_text(out, json_bool(value) ? "true" : "false");
        return RESULT_OK;
    default:
        buf_text(out, "null");
        return RESULT_OK;
    }
}

enum result jcs_write(const struct json *document, struct buf *out, struct error *err)
{
    TRY(write_value(document, out, err));
    return buf_result(out, "", err);
}
