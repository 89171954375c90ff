#include "base/json_scan.h"

#include <stdio.h>

#include "base/json.h"

struct scan {
    const uint8_t *start;
    const uint8_t *at;
    const uint8_t *end;
    struct error *err;
    const char *refuse_name; /* why the member name after `names_before` others is refused; NULL: none is */
    size_t names_before;
};

/* Lines and columns count from 1; a column is a character, not a byte. */
static enum result fail(const struct scan *s, const char *what)
{
    unsigned line = 1;
    unsigned column = 1;
    for (const uint8_t *p = s->start; p < s->at; p++) {
        if (*p == '\n') {
            line++;
            column = 1;
        } else if ((*p & 0xC0U) != 0x80U) {
            column++;
        }
    }
    char where[48];
    (void)snprintf(where, sizeof where, "regel %u, kolom %u", line, column);
    return error_set(s->err, FAULT_SYNTAX, where, "%s", what);
}

static int peek(const struct scan *s)
{
    return s->at < s->end ? *s->at : -1;
}

static void skip_space(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\t' || *s->at == '\n' || *s->at == '\r')) {
        s->at++;
    }
}

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
static enum result scan_utf8(struct scan *s)
{
    const uint8_t lead = *s->at;
    if (lead < 0x80) {
        s->at++;
        return RESULT_OK;
    }
    const int more = lead >= 0xF0 && lead <= 0xF4  ? 3
                     : lead >= 0xE0 && lead < 0xF0 ? 2
                     : lead >= 0xC2 && lead < 0xE0 ? 1
                                                   : 0;
    if (more == 0 || s->end - s->at <= more) {
        return fail(s, "geen geldige UTF-8");
    }
    const uint8_t second = s->at[1];
    const bool second_ok = (lead == 0xE0   ? second >= 0xA0
                            : lead == 0xF0 ? second >= 0x90
                                           : second >= 0x80) &&
                           (lead == 0xED   ? second <= 0x9F
                            : lead == 0xF4 ? second <= 0x8F
                                           : second <= 0xBF);
    if (!second_ok || (more >= 2 && (s->at[2] & 0xC0U) != 0x80U) || (more == 3 && (s->at[3] & 0xC0U) != 0x80U)) {
        return fail(s, "geen geldige UTF-8");
    }
    s->at += more + 1;
    return RESULT_OK;
}

/* Four hex digits after \u; -1 when they are not. */
static int scan_hex4(struct scan *s)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        const int c = peek(s);
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0) {
            return -1;
        }
        value = value * 16 + digit;
        s->at++;
    }
    return value;
}

static enum result scan_escape(struct scan *s)
{
    s->at++;
    const int c = peek(s);
    if (c != 'u') {
        if (c < 0 || c == 0 || strchr("\"\\/bfnrt", c) == NULL) {
            return fail(s, "onbekende escape in tekst");
        }
        s->at++;
        return RESULT_OK;
    }
    s->at++;
    const int unit = scan_hex4(s);
    if (unit < 0) {
        return fail(s, "na \\u horen vier hexadecimale cijfers");
    }
    if (unit == 0) {
        return fail(s, "\\u0000 is niet toegestaan");
    }
    if (unit >= 0xDC00 && unit <= 0xDFFF) {
        return fail(s, "los surrogaat in tekst");
    }
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        if (peek(s) != '\\' || s->end - s->at < 2 || s->at[1] != 'u') {
            return fail(s, "los surrogaat in tekst");
        }
        s->at += 2;
        const int low = scan_hex4(s);
        if (low < 0xDC00 || low > 0xDFFF) {
            return fail(s, "los surrogaat in tekst");
        }
    }
    return RESULT_OK;
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static enum result scan_string(struct scan *s)
{
    s->at++;
    for (;;) {
        while (s->at < s->end && is_plain(*s->at)) { /* most of all texts */
            s->at++;
        }
        const int c = peek(s);
        if (c < 0) {
            return fail(s, "tekst zonder sluitend aanhalingsteken");
        }
        if (c == '"') {
            s->at++;
            return RESULT_OK;
        }
        if (c < 0x20) {
            return fail(s, "stuurteken in tekst");
        }
        TRY(c == '\\' ? scan_escape(s) : scan_utf8(s));
    }
}

static bool scan_digits(struct scan *s)
{
    const uint8_t *from = s->at;
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9') {
        s->at++;
    }
    return s->at != from;
}

static enum result scan_number(struct scan *s)
{
    const uint8_t *from = s->at;
    if (peek(s) == '-') {
        s->at++;
    }
    const uint8_t *first = s->at;
    if (!scan_digits(s)) {
        return fail(s, "hier hoort een waarde");
    }
    if (*first == '0' && s->at - first > 1) {
        return fail(s, "getal met een nul vooraan");
    }
    if (peek(s) == '.') {
        s->at++;
        if (!scan_digits(s)) {
            return fail(s, "na de punt horen cijfers");
        }
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        s->at++;
        if (peek(s) == '+' || peek(s) == '-') {
            s->at++;
        }
        if (!scan_digits(s)) {
            return fail(s, "na de e horen cijfers");
        }
    }
    if (s->at - from > JSON_NUMBER_MAX) {
        s->at = from;
        return fail(s, "getal met te veel cijfers (hoogstens 63 tekens)");
    }
    return RESULT_OK;
}

static enum result scan_word(struct scan *s, const char *word)
{
    const size_t len = strlen(word);
    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0) {
        return fail(s, "hier hoort een waarde");
    }
    s->at += len;
    return RESULT_OK;
}

static enum result scan_scalar(struct scan *s)
{
    switch (peek(s)) {
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        return scan_number(s);
    }
}

static enum result scan_name(struct scan *s)
{
    skip_space(s);
    if (peek(s) != '"') {
        return fail(s, "hier hoort een naam tussen aanhalingstekens");
    }
    if (s->refuse_name != NULL && s->names_before-- == 0) {
        return fail(s, s->refuse_name);
    }
    TRY(scan_string(s));
    skip_space(s);
    if (peek(s) != ':') {
        return fail(s, "na een naam hoort een dubbele punt");
    }
    s->at++;
    return RESULT_OK;
}

/* Behind a value: close what ends there, or go on behind a comma. */
static enum result scan_after_value(struct scan *s, const uint8_t *closers, size_t *depth)
{
    for (;;) {
        skip_space(s);
        if (*depth == 0) {
            return s->at == s->end ? RESULT_OK : fail(s, "er staat nog tekst na het einde");
        }
        const uint8_t closer = closers[*depth - 1];
        const int next = peek(s);
        if (next == closer) {
            s->at++;
            --*depth;
            continue;
        }
        if (next != ',') {
            return fail(s, closer == '}' ? "hier hoort een komma of }" : "hier hoort een komma of ]");
        }
        s->at++;
        return closer == '}' ? scan_name(s) : RESULT_OK;
    }
}

/* Without recursion: `closers` is the stack of what must close. */
static enum result scan_all(struct scan *s)
{
    uint8_t closers[JSON_DEPTH_MAX];
    size_t depth = 0;
    do {
        skip_space(s);
        const int c = peek(s);
        if (c != '{' && c != '[') {
            TRY(scan_scalar(s));
        } else {
            if (depth == JSON_DEPTH_MAX) {
                return fail(s, "te diep genest (hoogstens 32)");
            }
            const uint8_t closer = c == '{' ? '}' : ']';
            closers[depth++] = closer;
            s->at++;
            skip_space(s);
            if (peek(s) != closer) {
                if (closer == '}') {
                    TRY(scan_name(s));
                }
                continue;
            }
        }
        TRY(scan_after_value(s, closers, &depth));
    } while (depth != 0);
    return RESULT_OK;
}

static struct scan scan_of(struct slice text, struct error *err)
{
    /* An empty slice may have no pointer, and nothing may be added to that. */
    const uint8_t *start = text.len != 0 ? text.ptr : (const uint8_t *)"";
    return (struct scan){.start = start, .at = start, .end = start + text.len, .err = err};
}

enum result json_scan(struct slice text, struct error *err)
{
    struct scan s = scan_of(text, err);
    return scan_all(&s);
}

enum result json_scan_refuse_name(struct slice text, size_t names_before, const char *why, struct error *err)
{
    struct scan s = scan_of(text, err);
    s.refuse_name = why;
    s.names_before = names_before;
    return scan_all(&s);
}
