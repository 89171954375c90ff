/* Any bytes through the JSON reader: refused with a place, or read to the end and written again. */
#include <stdlib.h>

#include "base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void copy(struct json_writer *w, const char *name, const struct json *value)
{
    switch (json_kind(value)) {
    case JSON_NULL:
        json_put_null(w, name);
        break;
    case JSON_BOOL:
        json_put_bool(w, name, json_bool(value));
        break;
    case JSON_NUMBER:
        json_put_int(w, name, json_int(value));
        break;
    case JSON_TEXT:
        json_put_slice(w, name, json_text(value));
        break;
    case JSON_ARRAY:
    case JSON_OBJECT: {
        const bool object = json_kind(value) == JSON_OBJECT;
        (object ? json_begin_object : json_begin_array)(w, name);
        for (const struct json *v = json_first(value); v != NULL; v = json_next(v)) {
            copy(w, object ? json_name(v) : NULL, v);
        }
        (object ? json_end_object : json_end_array)(w);
        break;
    }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json *document = NULL;
    struct error err = {0};
    struct buf out;
    if (json_parse(slice_of(data, size), &document, &err) != RESULT_OK) {
        require(document == NULL && err.fault != FAULT_NONE && err.what[0] != '\0');
        return 0;
    }
    static const struct json_field fields[] = {{"a", JSON_NUMBER, true, 0, 9}, {"b", JSON_TEXT, false, 1, 3}};
    struct fault_list faults = {0};
    json_check(document, "", fields, COUNT_OF(fields), &faults);
    buf_init(&out, 16 * size + 64);
    struct json_writer w = json_writer(&out);
    copy(&w, NULL, document);
    require(buf_ok(&out));
    json_free(document);
    document = NULL;
    /* What was written can be read: escapes and UTF-8 came through in order. */
    require(json_parse(buf_slice(&out), &document, &err) == RESULT_OK);
    json_free(document);
    buf_free(&out);
    return 0;
}
