#include "base/json_tree.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { FAST_DIGITS = 15 }; /* an integer of so many digits is exact in a double */

/* Nodes first, and behind them the texts, which decoded are never longer than in the document: two quotes make room for
 * the zero. */
struct document {
    uint8_t *texts;
    size_t texts_size;
    struct json nodes[];
};

struct build {
    const uint8_t *at;
    const uint8_t *end;
    struct json *node;  /* the next that is free */
    struct json **slot; /* where the next value hangs */
    const char *name;   /* of the next value */
    uint8_t *text;      /* the next byte that is free */
    struct json *open[JSON_DEPTH_MAX];
    size_t depth;
};

/* Every value but the first stands behind one of these. */
static size_t count_values(struct slice text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        count += (size_t)(c == ',') + (size_t)(c == '[') + (size_t)(c == '{');
    }
    return count;
}

static struct json *add(struct build *b, enum json_kind kind)
{
    struct json *node = b->node++;
    *node = (struct json){.kind = kind, .name = b->name};
    *b->slot = node;
    b->slot = &node->next;
    b->name = NULL;
    return node;
}

static uint32_t hex4(struct build *b)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++, b->at++) {
        const uint8_t c = *b->at;
        value = value * 16 + (uint32_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static void put_utf8(struct build *b, uint32_t c)
{
    if (c < 0x80) {
        *b->text++ = (uint8_t)c;
        return;
    }
    const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xC0, 0xE0, 0xF0};
    *b->text++ = (uint8_t)(lead[more] | (c >> (6 * more)));
    for (int i = more - 1; i >= 0; i--) {
        *b->text++ = (uint8_t)(0x80U | ((c >> (6 * i)) & 0x3FU));
    }
}

static void take_escape(struct build *b)
{
    static const char letters[] = "bfnrt";
    static const char meant[] = "\b\f\n\r\t";
    const uint8_t c = b->at[1];
    b->at += 2;
    if (c != 'u') {
        const char *letter = strchr(letters, c);
        *b->text++ = letter != NULL ? (uint8_t)meant[letter - letters] : c;
        return;
    }
    uint32_t unit = hex4(b);
    if (unit >= 0xD800 && unit <= 0xDBFF) {
        b->at += 2; /* the other half's backslash and u */
        unit = 0x10000 + ((unit - 0xD800) << 10) + (hex4(b) - 0xDC00);
    }
    put_utf8(b, unit);
}

static const char *take_text(struct build *b)
{
    uint8_t *from = b->text;
    b->at++;
    while (*b->at != '"') {
        if (*b->at == '\\') {
            take_escape(b);
        } else {
            *b->text++ = *b->at++;
        }
    }
    b->at++;
    *b->text++ = '\0';
    return (const char *)from;
}

static double take_number(struct build *b)
{
    char digits[JSON_NUMBER_MAX + 1];
    size_t len = 0;
    bool integer = true;
    int64_t value = 0;
    for (; b->at < b->end && len < JSON_NUMBER_MAX; b->at++) {
        const uint8_t c = *b->at;
        const bool digit = c >= '0' && c <= '9';
        if (!digit && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E') {
            break;
        }
        integer = integer && digit && len < FAST_DIGITS;
        value = integer ? value * 10 + (c - '0') : 0;
        digits[len++] = (char)c;
    }
    digits[len] = '\0';
    return integer ? (double)value : strtod(digits, NULL); /* nobody here leaves the C locale */
}

static void take_string(struct build *b)
{
    const char *text = take_text(b);
    if (b->depth != 0 && b->open[b->depth - 1]->kind == JSON_OBJECT && b->name == NULL) {
        b->name = text;
    } else {
        add(b, JSON_TEXT)->text = text;
    }
}

static void open_container(struct build *b, enum json_kind kind)
{
    struct json *node = add(b, kind);
    b->open[b->depth++] = node;
    b->slot = &node->child;
    b->at++;
}

static void take_number_or_space(struct build *b)
{
    if (*b->at == '-' || (*b->at >= '0' && *b->at <= '9')) {
        struct json *node = add(b, JSON_NUMBER);
        node->number = take_number(b);
    } else {
        b->at++; /* a comma or a colon too: the scan saw that they stand where they must */
    }
}

static void take_one(struct build *b)
{
    switch (*b->at) {
    case '{':
        open_container(b, JSON_OBJECT);
        break;
    case '[':
        open_container(b, JSON_ARRAY);
        break;
    case '}':
    case ']':
        b->slot = &b->open[--b->depth]->next;
        b->at++;
        break;
    case '"':
        take_string(b);
        break;
    case 't':
        add(b, JSON_BOOL)->truth = true;
        b->at += 4;
        break;
    case 'f':
        (void)add(b, JSON_BOOL);
        b->at += 5;
        break;
    case 'n':
        (void)add(b, JSON_NULL);
        b->at += 4;
        break;
    default:
        take_number_or_space(b);
        break;
    }
}

struct json *json_tree_build(struct slice text)
{
    const size_t count = count_values(text);
    struct document *document = mem_alloc(sizeof *document + count * sizeof *document->nodes + text.len);
    if (document == NULL) {
        return NULL;
    }
    struct json *root = NULL;
    struct build b = {.at = text.ptr,
                      .end = text.ptr + text.len,
                      .node = document->nodes,
                      .slot = &root,
                      .text = (uint8_t *)(document->nodes + count)};
    document->texts = b.text;
    while (b.at < b.end) {
        take_one(&b);
    }
    document->texts_size = (size_t)(b.text - document->texts);
    return root;
}

void json_tree_free(struct json *root)
{
    if (root != NULL) {
        struct document *document = (struct document *)(void *)((uint8_t *)root - offsetof(struct document, nodes));
        mem_wipe(document->texts, document->texts_size);
        mem_free(document);
    }
}
