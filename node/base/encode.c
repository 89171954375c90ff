#include "base/encode.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void hex_encode(struct slice bytes, char *out)
{
    for (size_t i = 0; i < bytes.len; i++) {
        out[2 * i] = hex_digits[bytes.ptr[i] >> 4];
        out[2 * i + 1] = hex_digits[bytes.ptr[i] & 15U];
    }
    out[2 * bytes.len] = '\0';
}

static int hex_value(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20U;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(struct slice text, uint8_t *out, size_t len)
{
    if (text.len != 2 * len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        const int high = hex_value(text.ptr[2 * i]);
        const int low = hex_value(text.ptr[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static void put_four(uint32_t v, const char *digits, uint8_t *out)
{
    out[0] = (uint8_t)digits[v >> 18];
    out[1] = (uint8_t)digits[v >> 12 & 63U];
    out[2] = (uint8_t)digits[v >> 6 & 63U];
    out[3] = (uint8_t)digits[v & 63U];
}

/* How many characters came. */
static size_t encode_to(struct slice in, uint8_t *out, const char *digits, bool padded)
{
    size_t i = 0;
    uint8_t *at = out;
    for (; in.len - i >= 3; i += 3, at += 4) {
        put_four((uint32_t)in.ptr[i] << 16 | (uint32_t)in.ptr[i + 1] << 8 | in.ptr[i + 2], digits, at);
    }
    const size_t rest = in.len - i;
    if (rest != 0) {
        uint8_t last[4];
        const size_t count = padded ? sizeof last : rest + 1;
        put_four((uint32_t)in.ptr[i] << 16 | (rest == 2 ? (uint32_t)in.ptr[i + 1] << 8 : 0U), digits, last);
        memset(last + rest + 1, '=', 3 - rest);
        memcpy(at, last, count);
        at += count;
    }
    return (size_t)(at - out);
}

static void encode(struct slice in, struct buf *out, const char *digits, bool padded)
{
    uint8_t *room = in.len != 0 ? buf_reserve(out, padded ? (in.len + 2) / 3 * 4 : (in.len * 4 + 2) / 3) : NULL;
    if (room != NULL) {
        buf_commit(out, encode_to(in, room, digits, padded));
    }
}

void base64_encode(struct slice bytes, struct buf *out)
{
    encode(bytes, out, base64_digits, true);
}

void base64url_encode(struct slice bytes, struct buf *out)
{
    encode(bytes, out, base64url_digits, false);
}

void base64url_write(struct slice bytes, char *out)
{
    (void)encode_to(bytes, (uint8_t *)out, base64url_digits, false);
}

/* Six bits; 64: one of the two that the alphabets differ in, or none. */
static const uint8_t digit_values[128] = {
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 52, 53, 54, 55,
    56, 57, 58, 59, 60, 61, 64, 64, 64, 64, 64, 64, 64, 0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12,
    13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 64, 64, 26, 27, 28, 29, 30, 31, 32,
    33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64};

static int digit_value(uint8_t c, const char *digits)
{
    if (c < sizeof digit_values && digit_values[c] < 64) {
        return digit_values[c];
    }
    return c == (uint8_t)digits[62] ? 62 : c == (uint8_t)digits[63] ? 63 : -1;
}

/* Four digits as 24 bits; false: they are not all digits. */
static bool four_digits(const uint8_t *text, const char *digits, uint32_t *out)
{
    const int values[4] = {digit_value(text[0], digits), digit_value(text[1], digits), digit_value(text[2], digits),
                           digit_value(text[3], digits)};
    *out = (uint32_t)values[0] << 18 | (uint32_t)values[1] << 12 | (uint32_t)values[2] << 6 | (uint32_t)values[3];
    return (values[0] | values[1] | values[2] | values[3]) >= 0;
}

/* `out` has room for text.len * 3 / 4 bytes; *len is how many came. */
static bool decode_to(struct slice text, uint8_t *out, size_t *len, const char *digits)
{
    uint32_t acc = 0;
    unsigned bits = 0;
    size_t i = 0;
    uint32_t v = 0;
    *len = 0;
    for (; text.len - i >= 4 && four_digits(text.ptr + i, digits, &v); i += 4, *len += 3) {
        out[*len] = (uint8_t)(v >> 16);
        out[*len + 1] = (uint8_t)(v >> 8);
        out[*len + 2] = (uint8_t)v;
    }
    for (; i < text.len; i++) {
        const int value = digit_value(text.ptr[i], digits);
        if (value < 0) {
            return false;
        }
        acc = (acc << 6 | (uint32_t)value) & 0xFFFFFFU;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out[(*len)++] = (uint8_t)(acc >> bits & 0xFFU);
        }
    }
    return text.len % 4 != 1 && (acc & ((1U << bits) - 1U)) == 0;
}

static bool decode(struct slice text, struct buf *out, const char *digits)
{
    size_t len = 0;
    if (text.len < 2) { /* one digit is no byte */
        return text.len == 0;
    }
    uint8_t *room = buf_reserve(out, text.len * 3 / 4);
    if (room == NULL) {
        return true; /* buf_ok says so */
    }
    const bool read = decode_to(text, room, &len, digits);
    buf_commit(out, read ? len : 0);
    return read;
}

bool base64_decode(struct slice text, struct buf *out)
{
    if (text.len % 4 != 0) {
        return false;
    }
    for (int pads = 0; pads < 2 && text.len != 0 && text.ptr[text.len - 1] == '='; pads++) {
        text.len--;
    }
    return decode(text, out, base64_digits);
}

bool base64url_decode(struct slice text, struct buf *out)
{
    return decode(text, out, base64url_digits);
}

bool base64url_decode_exact(struct slice text, uint8_t *out, size_t len)
{
    size_t got = 0;
    return text.len == (len * 4 + 2) / 3 && decode_to(text, out, &got, base64url_digits) && got == len;
}

bool base64_decode_exact(struct slice text, uint8_t *out, size_t len)
{
    size_t got = 0;
    if (text.len != (len + 2) / 3 * 4) {
        return false;
    }
    for (size_t pads = (3 - len % 3) % 3; pads > 0; pads--) {
        if (text.ptr[--text.len] != '=') {
            return false;
        }
    }
    return decode_to(text, out, &got, base64_digits) && got == len;
}
