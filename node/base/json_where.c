#include "base/json_where.h"

struct walk {
    const uint8_t *at;
    const uint8_t *end;
};

static int peek(const struct walk *w)
{
    return w->at < w->end ? *w->at : -1;
}

static void skip_space(struct walk *w)
{
    while (peek(w) == ' ' || peek(w) == '\t' || peek(w) == '\n' || peek(w) == '\r') {
        w->at++;
    }
}

/* From its opening quote to behind its closing one; what stands between them. */
static struct slice skip_text(struct walk *w)
{
    const uint8_t *start = ++w->at;
    while (w->at < w->end && *w->at != '"') {
        w->at += *w->at == '\\' && w->end - w->at > 1 ? 2 : 1;
    }
    const struct slice text = slice_of(start, (size_t)(w->at - start));
    w->at += w->at < w->end;
    return text;
}

static void skip_value(struct walk *w)
{
    int depth = 0;
    skip_space(w);
    while (w->at < w->end) {
        const uint8_t c = *w->at;
        if (c == '"') {
            (void)skip_text(w);
        } else if (depth == 0 && (c == ',' || c == '}' || c == ']')) {
            return;
        } else {
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
            w->at++;
        }
        if (depth == 0 && (c == '"' || c == '}' || c == ']')) {
            return;
        }
    }
}

static int hex_digit(uint8_t c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : -1;
}

/* A name as it stands in the text against one of plain ASCII: a name may be written with \u escapes, too. */
static bool same_name(struct slice written, const char *name, size_t len)
{
    size_t i = 0;
    for (size_t k = 0; k < len; k++) {
        uint32_t c = i < written.len ? written.ptr[i++] : 0U;
        if (c == '\\' && written.len - i >= 5 && written.ptr[i] == 'u') {
            c = 0;
            for (size_t digit = 1; digit <= 4; digit++) {
                c = c << 4 | (uint32_t)hex_digit(written.ptr[i + digit]);
            }
            i += 5;
        }
        if (c != (uint8_t)name[k]) {
            return false;
        }
    }
    return i == written.len;
}

/* Moves from a container to the member or item that a step names; false: it is not there. */
static bool enter(struct walk *w, const char *step, size_t len)
{
    const bool object = peek(w) == '{';
    size_t wanted = 0;
    if (!object && peek(w) != '[') {
        return false;
    }
    for (size_t i = 0; !object && i < len; i++) {
        if (step[i] < '0' || step[i] > '9' || i > 8) {
            return false;
        }
        wanted = wanted * 10 + (size_t)(step[i] - '0');
    }
    w->at++;
    for (size_t index = 0; w->at < w->end; index++) {
        skip_space(w);
        bool found = !object && index == wanted && peek(w) != ']';
        if (object && peek(w) == '"') {
            found = same_name(skip_text(w), step, len);
            skip_space(w);
            w->at += peek(w) == ':';
            skip_space(w);
        }
        if (found) {
            return true;
        }
        skip_value(w);
        skip_space(w);
        if (peek(w) != ',') {
            return false;
        }
        w->at++;
    }
    return false;
}

struct json_where json_where(struct slice json, const char *pointer)
{
    struct walk w = {json.ptr, json.ptr + json.len};
    skip_space(&w);
    const uint8_t *found = w.at;
    while (*pointer == '/') {
        const char *step = pointer + 1;
        const size_t len = strcspn(step, "/");
        if (!enter(&w, step, len)) {
            break;
        }
        found = w.at;
        pointer = step + len;
    }
    struct json_where where = {1, 1};
    for (const uint8_t *p = json.ptr; p < found; p++) {
        if (*p == '\n') {
            where.line++;
            where.column = 1;
        } else if ((*p & 0xC0U) != 0x80U) {
            where.column++;
        }
    }
    return where;
}
