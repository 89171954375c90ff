#include "adapters/columns.h"

#include <stdio.h>
#include <string.h>

const struct column_row columns[COLUMN_COUNT] = {
#define X(code, name, required, place, kind) [code] = {(name), (required), (place), (kind)},
    COLUMN_TABLE(X)
#undef X
};

static bool same_name(struct slice text, const char *name)
{
    size_t i = 0;
    for (; i < text.len && name[i] != '\0'; i++) {
        const uint8_t c = text.ptr[i];
        if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != (uint8_t)name[i]) {
            return false;
        }
    }
    return i == text.len && name[i] == '\0';
}

enum column column_named(struct slice text)
{
    unsigned c = 0;
    while (c < COLUMN_COUNT && !same_name(text, columns[c].name)) {
        c++;
    }
    return (enum column)c;
}

enum column column_at(const char *place)
{
    unsigned c = 0;
    while (c < COLUMN_COUNT && strcmp(columns[c].place, place) != 0) {
        c++;
    }
    return (enum column)c;
}

const char *column_kind_of(const char *name)
{
    const enum column column = column_named(slice_text(name));
    return column != COLUMN_COUNT ? columns[column].kind : "regel";
}

void column_list(char *out, size_t size, bool required_only)
{
    out[0] = '\0';
    for (unsigned c = 0; c < COLUMN_COUNT; c++) {
        const size_t len = strlen(out);
        if (columns[c].required || !required_only) {
            (void)snprintf(out + len, size - len, "%s%s", len == 0 ? "" : ", ", columns[c].name);
        }
    }
}
