#include "base/utf8.h"

/* Length of the sequence at `at`, and its code point; 0 when there is none (RFC 3629 section 4). */
static size_t sequence(const uint8_t *at, size_t left, uint32_t *point)
{
    const uint8_t lead = at[0];
    if (lead < 0x80) {
        *point = lead;
        return 1;
    }
    const size_t more = lead >= 0xF0 && lead <= 0xF4  ? 3
                        : lead >= 0xE0 && lead < 0xF0 ? 2
                                                      : lead >= 0xC2 && lead < 0xE0;
    if (more == 0 || left <= more) {
        return 0;
    }
    uint32_t value = lead & (0x3FU >> more);
    for (size_t i = 1; i <= more; i++) {
        if ((at[i] & 0xC0U) != 0x80U) {
            return 0;
        }
        value = value << 6 | (at[i] & 0x3FU);
    }
    if ((more == 2 && value < 0x800) || (more == 3 && (value < 0x10000 || value > 0x10FFFF)) ||
        (value >= 0xD800 && value <= 0xDFFF)) {
        return 0;
    }
    *point = value;
    return more + 1;
}

static bool is_printable(uint32_t point)
{
    const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x2028 || point == 0x2029;
    const bool turns = point == 0x061C || point == 0x200E || point == 0x200F || (point >= 0x202A && point <= 0x202E) ||
                       (point >= 0x2066 && point <= 0x2069);
    return !control && !turns;
}

static bool check(struct slice bytes, bool printable)
{
    for (size_t at = 0; at < bytes.len;) {
        uint32_t point = 0;
        const size_t len = sequence(bytes.ptr + at, bytes.len - at, &point);
        if (len == 0 || (printable && !is_printable(point))) {
            return false;
        }
        at += len;
    }
    return true;
}

bool utf8_valid(struct slice bytes)
{
    return check(bytes, false);
}

bool utf8_printable(struct slice bytes)
{
    return check(bytes, true);
}
