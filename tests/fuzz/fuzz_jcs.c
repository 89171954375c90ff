/* Any JSON into its canonical form: that form is JSON, is its own form, and is the same with all members turned round. */
#include <stdlib.h>

#include "base/jcs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

/* The same value, members of objects from last to first. */
static void turn_round(struct json_writer *w, const char *name, const struct json *value)
{
    const struct json *children[64];
    size_t count = 0;
    switch (json_kind(value)) {
    case JSON_NULL:
        json_put_null(w, name);
        return;
    case JSON_BOOL:
        json_put_bool(w, name, json_bool(value));
        return;
    case JSON_NUMBER:
        json_put_int(w, name, json_int(value));
        return;
    case JSON_TEXT:
        json_put_slice(w, name, json_text(value));
        return;
    case JSON_ARRAY:
        json_begin_array(w, name);
        for (const struct json *item = json_first(value); item != NULL; item = json_next(item)) {
            turn_round(w, NULL, item);
        }
        json_end_array(w);
        return;
    case JSON_OBJECT:
        break;
    }
    /* Larger objects: the first ones are turned round, the rest keeps its order. */
    const struct json *rest = json_first(value);
    for (; rest != NULL && count < sizeof children / sizeof children[0]; rest = json_next(rest)) {
        children[count++] = rest;
    }
    json_begin_object(w, name);
    for (; rest != NULL; rest = json_next(rest)) {
        turn_round(w, json_name(rest), rest);
    }
    while (count > 0) {
        count--;
        turn_round(w, json_name(children[count]), children[count]);
    }
    json_end_object(w);
}

static enum result canonical(struct slice text, struct buf *out, struct json **document)
{
    struct error err = {0};
    require(json_parse(text, document, &err) == RESULT_OK);
    buf_init(out, 16 * text.len + 64);
    return jcs_write(*document, out, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json *document = NULL;
    struct json *again = NULL;
    struct error err = {0};
    struct buf form;
    struct buf turned;
    struct buf second;
    if (json_parse(slice_of(data, size), &document, &err) != RESULT_OK) {
        return 0;
    }
    json_free(document);
    document = NULL;
    if (canonical(slice_of(data, size), &form, &document) != RESULT_OK) { /* a number with a fraction */
        json_free(document);
        buf_free(&form);
        return 0;
    }
    require(canonical(buf_slice(&form), &second, &again) == RESULT_OK);
    require(slice_equal(buf_slice(&form), buf_slice(&second)));
    json_free(again);
    buf_free(&second);
    buf_init(&turned, 16 * size + 64);
    struct json_writer w = json_writer(&turned);
    turn_round(&w, NULL, document);
    require(buf_ok(&turned));
    again = NULL;
    require(canonical(buf_slice(&turned), &second, &again) == RESULT_OK);
    require(slice_equal(buf_slice(&form), buf_slice(&second)));
    json_free(again);
    json_free(document);
    buf_free(&second);
    buf_free(&turned);
    buf_free(&form);
    return 0;
}
