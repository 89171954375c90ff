#include "api/query.h"

#include <string.h>

bool query_find(struct slice query, const char *name, struct slice *out)
{
    const size_t name_len = strlen(name);
    for (size_t at = 0; at < query.len;) {
        const uint8_t *pair = query.ptr + at;
        const uint8_t *end = memchr(pair, '&', query.len - at);
        const size_t len = end != NULL ? (size_t)(end - pair) : query.len - at;
        if (len > name_len && memcmp(pair, name, name_len) == 0 && pair[name_len] == '=') {
            *out = slice_of(pair + name_len + 1, len - name_len - 1);
            return true;
        }
        at += len + 1;
    }
    return false;
}

int64_t query_digits(struct slice text)
{
    int64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || value > INT64_MAX / 16) {
            return -1;
        }
        value = value * 10 + (text.ptr[i] - '0');
    }
    return text.len != 0 ? value : -1;
}

int64_t query_number(struct slice query, const char *name, int64_t standard)
{
    struct slice text;
    return query_find(query, name, &text) ? query_digits(text) : standard;
}
