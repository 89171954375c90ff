/*
 * json_cases.h - what the tests of reading JSON share: a text is accepted, or refused as bad syntax at a place.
 */
#ifndef KETENBRUG_TESTS_BASE_JSON_CASES_H
#define KETENBRUG_TESTS_BASE_JSON_CASES_H

#include "unit/unit.h"

#include <string.h>

#include "base/json.h"

static inline enum result parse(struct slice text, struct json **out, struct error *err)
{
    *out = NULL;
    *err = (struct error){0};
    return json_parse(text, out, err);
}

static inline void assert_accepted(struct slice text)
{
    struct json *document = NULL;
    struct error err;
    if (parse(text, &document, &err) != RESULT_OK) {
        fail_msg("geweigerd: %.*s (%s: %s)", (int)text.len, (const char *)text.ptr, err.where, err.what);
    }
    json_free(document);
}

static inline void assert_refused(struct slice text)
{
    struct json *document = NULL;
    struct error err;
    if (parse(text, &document, &err) == RESULT_OK) {
        json_free(document);
        fail_msg("aanvaard: %.*s", (int)text.len, (const char *)text.ptr);
    }
    assert_null(document);
    assert_int_equal(err.fault, FAULT_SYNTAX);
    assert_true(strncmp(err.where, "regel ", 6) == 0);
    assert_true(strlen(err.what) > 0);
}

#endif
