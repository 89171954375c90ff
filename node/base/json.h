/*
 * json.h - reading and writing JSON (RFC 8259), strictly. The one place that knows cJSON.
 *
 * Reading:   a strict scan goes first and names line and column: UTF-8, grammar, depth, no trailing text, no
 *            \u0000, no lone surrogate, no duplicate names (RFC 8259 section 4: names SHOULD be unique; here MUST).
 *            Then a table of fields says what an object may hold; what it does not list is refused.
 * Writing:   appends to a buffer; commas and escapes are taken care of.
 * Ownership: json_parse gives a document that json_free frees; every other pointer and slice borrows from it.
 * Faults:    FAULT_SYNTAX with "regel R, kolom K"; FAULT_INVALID with a JSON Pointer (RFC 6901). Values of the
 *            input never stand in a fault's text.
 * Thread:    one at a time per document.
 */
#ifndef KETENBRUG_BASE_JSON_H
#define KETENBRUG_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/slice.h"

struct json; /* a document, or a borrowed value in one */

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_TEXT, JSON_ARRAY, JSON_OBJECT };

/* nesting; members of one object; characters of one number (cJSON reads no more and would drop the rest); fields of a
 * table that an object is checked against */
enum { JSON_DEPTH_MAX = 32, JSON_MEMBERS_MAX = 4096, JSON_NUMBER_MAX = 63, JSON_FIELDS_MAX = 32 };

MUST_USE enum result json_parse(struct slice text, struct json **out, struct error *err);
void json_free(struct json *document);     /* wipes its text values first */
void json_cleanup(struct json **document); /* for CLEANUP(json_cleanup) */

enum json_kind json_kind(const struct json *value);
const struct json *json_member(const struct json *object, const char *name); /* NULL: not there */
const struct json *json_first(const struct json *container);                 /* first item or member value */
const struct json *json_next(const struct json *value);
const char *json_name(const struct json *member); /* of a member value of an object */
size_t json_size(const struct json *container);
/* Safe on NULL and on other kinds: empty, 0, false. */
struct slice json_text(const struct json *value);
const char *json_cstr(const struct json *value); /* zero-terminated, "" when no text */
int64_t json_int(const struct json *value);
bool json_is_integer(const struct json *value); /* a number without fraction, of at most 2^53 - 1 either way */
bool json_bool(const struct json *value);
struct slice json_text_of(const struct json *object, const char *name); /* json_text(json_member()) */

/* What one member of an object may be. */
struct json_field {
    const char *name;
    enum json_kind kind;
    bool required;
    int64_t min; /* text: bytes; number: value; array, object: members */
    int64_t max;
};

/*
 * Checks an object against the table and adds every fault it finds: not an object, unknown or missing member, wrong
 * kind, number that is no integer or out of bounds, text or array too short or too long. `pointer` is the object's
 * own JSON Pointer ("" for the document). After no fault was added, the getters above are safe for required members.
 */
void json_check(const struct json *object, const char *pointer, const struct json_field *fields, size_t count,
                struct fault_list *faults);

/* Writing. `name` is NULL inside arrays and for the outermost value. Text is escaped; it must be UTF-8. */
struct json_writer {
    struct buf *out;
    bool comma;
};

struct json_writer json_writer(struct buf *out);
void json_begin_object(struct json_writer *w, const char *name);
void json_end_object(struct json_writer *w);
void json_begin_array(struct json_writer *w, const char *name);
void json_end_array(struct json_writer *w);
void json_put_slice(struct json_writer *w, const char *name, struct slice text);
void json_put_text(struct json_writer *w, const char *name, const char *text);
void json_put_int(struct json_writer *w, const char *name, int64_t value);
void json_put_bool(struct json_writer *w, const char *name, bool value);
void json_put_null(struct json_writer *w, const char *name);
/* A value that is JSON already, copied as it stands. */
void json_put_raw(struct json_writer *w, const char *name, struct slice json);

/* problem+json (RFC 9457) for one or more faults; status and title come from the first. */
void json_problem(struct buf *out, const struct fault_list *faults);

#endif
