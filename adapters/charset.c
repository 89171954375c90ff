#include "adapters/charset.h"

enum { HIGH_FIRST = 0x80, HIGH_COUNT = 0x20 };

/* 0x80 to 0x9F; the rest is ISO 8859-1 and equals its code point. 0: undefined. */
static const uint16_t high[HIGH_COUNT] = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178,
};

size_t charset_windows_1252(uint8_t byte, uint8_t out[CHARSET_MOST])
{
    const unsigned at = (unsigned)byte - HIGH_FIRST;
    if (byte < HIGH_FIRST) {
        out[0] = byte;
        return 1;
    }
    const unsigned point = at < HIGH_COUNT ? high[at] : byte;
    if (point == 0) {
        out[0] = 0xFF;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (uint8_t)(0xC0U | point >> 6U);
        out[1] = (uint8_t)(0x80U | (point & 0x3FU));
        return 2;
    }
    out[0] = (uint8_t)(0xE0U | point >> 12U);
    out[1] = (uint8_t)(0x80U | (point >> 6U & 0x3FU));
    out[2] = (uint8_t)(0x80U | (point & 0x3FU));
    return 3;
}
