#include "api/query.h"

#include <string.h>

int64_t query_number(struct slice query, const char *name, int64_t standard)
{
    const size_t name_len = strlen(name);
    for (size_t at = 0; at < query.len;) {
        const uint8_t *end = memchr(query.ptr + at, '&', query.len - at);
        const size_t len = end != NULL ? (size_t)(end - query.ptr) - at : query.len - at;
        const uint8_t *pair = query.ptr + at;
        if (len > name_len && memcmp(pair, name, name_len) == 0 && pair[name_len] == '=') {
            int64_t value = 0;
            for (size_t i = name_len + 1; i < len; i++) {
                if (pair[i] < '0' || pair[i] > '9' || value > INT64_MAX / 16) {
                    return -1;
                }
                value = value * 10 + (pair[i] - '0');
            }
            return len > name_len + 1 ? value : -1;
        }
        at += len + 1;
    }
    return standard;
}
