#include "base/fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct fault_row {
    int status;
    const char *slug;
    const char *title;
};

static const struct fault_row fault_rows[FAULT_COUNT] = {
#define X(code, status, slug, title) [code] = {(status), (slug), (title)},
    FAULT_TABLE(X)
#undef X
};

static const struct fault_row *row_of(enum fault fault)
{
    return (unsigned)fault < FAULT_COUNT ? &fault_rows[fault] : &fault_rows[FAULT_INTERNAL];
}

int fault_status(enum fault fault)
{
    return row_of(fault)->status;
}

const char *fault_slug(enum fault fault)
{
    return row_of(fault)->slug;
}

const char *fault_title(enum fault fault)
{
    return row_of(fault)->title;
}

/* Removes a UTF-8 sequence that the bound cut in two. */
static void drop_partial_tail(char *text)
{
    size_t len = strlen(text);
    size_t back = 0;
    while (back < 4 && back < len && ((unsigned char)text[len - 1 - back] & 0xC0U) == 0x80U) {
        back++;
    }
    if (back == len) {
        return;
    }
    const unsigned char lead = (unsigned char)text[len - 1 - back];
    const size_t need = lead >= 0xF0U ? 3 : lead >= 0xE0U ? 2 : lead >= 0xC0U ? 1 : 0;
    if (back < need) {
        text[len - 1 - back] = '\0';
    }
}

PRINTF_LIKE(4, 0)
static void fill(struct error *err, enum fault fault, const char *where, const char *format, va_list args)
{
    err->fault = fault;
    (void)snprintf(err->where, sizeof err->where, "%s", where != NULL ? where : "");
    (void)vsnprintf(err->what, sizeof err->what, format, args);
    drop_partial_tail(err->where);
    drop_partial_tail(err->what);
}

enum result error_set(struct error *err, enum fault fault, const char *where, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        va_start(args, format);
        fill(err, fault, where, format, args);
        va_end(args);
    }
    return RESULT_FAILED;
}

void fault_list_add(struct fault_list *list, enum fault fault, const char *where, const char *format, ...)
{
    if (list->count < FAULT_LIST_MAX) {
        va_list args;
        va_start(args, format);
        fill(&list->items[list->count], fault, where, format, args);
        va_end(args);
    }
    list->count++;
}

void fault_list_skip(struct fault_list *list, size_t skip)
{
    list->count = (size_t)0 - skip; /* not below FAULT_LIST_MAX until that many have come */
}

enum result fault_list_result(const struct fault_list *list, struct error *err)
{
    if (list->count == 0) {
        return RESULT_OK;
    }
    if (err != NULL) {
        *err = list->items[0];
    }
    return RESULT_FAILED;
}
