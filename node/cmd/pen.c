#include "cmd/pen.h"

#include <string.h>

#include "cmd/table.h"

enum { WIDTH = 78, LABEL = 17, PIECE = 512 };

static const char style[] =
    "body{font-family:sans-serif;font-size:11pt;line-height:1.4;color:#000;background:#fff;max-width:72rem;margin:1."
    "5rem "
    "auto;padding:0 1rem}\n"
    "h1{font-size:1.7em}h2{font-size:1.35em;border-bottom:2px solid #000;margin-top:2em}h3{font-size:1.1em}\n"
    "table{border-collapse:collapse;width:100%;margin:0.5em 0 1.5em}\n"
    "caption{text-align:left;font-weight:bold;padding:0.3em 0}\n"
    "th,td{border:1px solid #444;padding:0.3em "
    "0.45em;text-align:left;vertical-align:top;overflow-wrap:break-word;hyphens:auto}\n"
    "thead th{background:#eee}\n"
    ".let-op{border:2px solid #000;padding:0.5em 0.8em;font-weight:bold}\n"
    "@page{size:A4 landscape;margin:12mm}\n"
    "@media print{body{font-size:9pt;max-width:none;margin:0;padding:0}thead{display:table-header-group}"
    "tr,.let-op{break-inside:avoid}h2,h3,caption{break-after:avoid}}\n";

/* ---- HTML ---- */

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* A piece without newline, through the same sieve as a terminal's. */
static void html_piece(FILE *out, const char *text, size_t len)
{
    char piece[PIECE];
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        const char *as = entity(text[i]);
        const size_t size = as != NULL ? strlen(as) : 1;
        /* Cut only before the first byte of a character, so that table_cell sees it whole. */
        if (used + 8 > sizeof piece && ((unsigned char)text[i] & 0xC0U) != 0x80U) {
            piece[used] = '\0';
            table_cell(out, piece, 0);
            used = 0;
        }
        memcpy(piece + used, as != NULL ? as : &text[i], size);
        used += size;
    }
    piece[used] = '\0';
    table_cell(out, piece, 0);
}

static void html_text(FILE *out, const char *text)
{
    for (const char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        html_piece(out, text, (size_t)(end - text));
        (void)fputs("<br>", out);
    }
    html_piece(out, text, strlen(text));
}

static void html_element(FILE *out, const char *open, const char *text, const char *close)
{
    (void)fputs(open, out);
    html_text(out, text);
    (void)fputs(close, out);
}

/* ---- terminal ---- */

static size_t characters(const char *text, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i < len; i++) {
        count += ((unsigned char)text[i] & 0xC0U) != 0x80U;
    }
    return count;
}

static void print_word(FILE *out, const char *word, size_t len)
{
    char piece[PIECE];
    for (size_t at = 0; at < len;) {
        size_t take = len - at < sizeof piece - 1 ? len - at : sizeof piece - 1;
        while (at + take < len && take > 1 && ((unsigned char)word[at + take] & 0xC0U) == 0x80U) {
            take--;
        }
        memcpy(piece, word + at, take);
        piece[take] = '\0';
        table_cell(out, piece, 0);
        at += take;
    }
}

/* Words from column `at` on, further lines from `indent`. */
static void wrap(FILE *out, const char *text, size_t at, size_t indent)
{
    bool first = true;
    while (*text != '\0') {
        const size_t len = strcspn(text, " \n");
        const size_t wide = characters(text, len);
        if (!first && at + 1 + wide > WIDTH) {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        (void)fputs(first ? "" : " ", out);
        at += wide + (first ? 0 : 1);
        first = false;
        print_word(out, text, len);
        text += len;
        if (*text == '\n') {
            (void)fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        text += *text != '\0';
    }
    (void)fputc('\n', out);
}

static void rule(FILE *out, char with, const char *under)
{
    const size_t wide = characters(under, strlen(under));
    for (size_t i = 0; i < wide && i < WIDTH; i++) {
        (void)fputc(with, out);
    }
    (void)fputc('\n', out);
}

/* ---- both ---- */

void pen_begin(struct pen *pen, const char *title)
{
    if (!pen->html) {
        wrap(pen->out, title, 0, 0);
        rule(pen->out, '=', title);
        return;
    }
    (void)fputs("<!DOCTYPE html>\n<html lang=\"nl\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n",
                pen->out);
    html_element(pen->out, "<title>", title, "</title>\n<style>\n");
    (void)fputs(style, pen->out);
    html_element(pen->out, "</style>\n</head>\n<body>\n<main>\n<h1>", title, "</h1>\n");
}

void pen_end(struct pen *pen)
{
    (void)fputs(pen->html ? "</main>\n</body>\n</html>\n" : "", pen->out);
}

void pen_heading(struct pen *pen, int level, const char *text)
{
    if (pen->html) {
        html_element(pen->out, level == 2 ? "<h2>" : "<h3>", text, level == 2 ? "</h2>\n" : "</h3>\n");
        return;
    }
    (void)fputc('\n', pen->out);
    wrap(pen->out, text, 0, 0);
    rule(pen->out, level == 2 ? '=' : '-', text);
}

void pen_text(struct pen *pen, const char *text)
{
    if (pen->html) {
        html_element(pen->out, "<p>", text, "</p>\n");
    } else {
        wrap(pen->out, text, 0, 0);
    }
}

void pen_notice(struct pen *pen, const char *text)
{
    if (pen->html) {
        html_element(pen->out, "<p class=\"let-op\">", text, "</p>\n");
    } else {
        (void)fputs("LET OP: ", pen->out);
        wrap(pen->out, text, 8, 8);
    }
}

void pen_list_begin(struct pen *pen)
{
    (void)fputs(pen->html ? "<ul>\n" : "", pen->out);
}

void pen_list_item(struct pen *pen, const char *text)
{
    if (pen->html) {
        html_element(pen->out, "<li>", text, "</li>\n");
    } else {
        (void)fputs("- ", pen->out);
        wrap(pen->out, text, 2, 2);
    }
}

void pen_list_end(struct pen *pen)
{
    (void)fputs(pen->html ? "</ul>\n" : "", pen->out);
}

void pen_table(struct pen *pen, const char *caption, const char *const *columns, size_t count)
{
    pen->columns = columns;
    pen->column_count = count;
    if (!pen->html) {
        (void)fputc('\n', pen->out);
        wrap(pen->out, caption, 0, 0);
        return;
    }
    html_element(pen->out, "<table>\n<caption>", caption, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < count; i++) {
        html_element(pen->out, "<th scope=\"col\">", columns[i], "</th>");
    }
    (void)fputs("</tr></thead>\n<tbody>\n", pen->out);
}

static void html_row(const struct pen *pen, const char *const *cells)
{
    html_element(pen->out, "<tr><th scope=\"row\">", cells[0], "</th>");
    for (size_t i = 1; i < pen->column_count; i++) {
        html_element(pen->out, "<td>", cells[i], "</td>");
    }
    (void)fputs("</tr>\n", pen->out);
}

void pen_row(struct pen *pen, const char *const *cells)
{
    if (pen->html) {
        html_row(pen, cells);
        return;
    }
    (void)fputs("\n  ", pen->out);
    wrap(pen->out, cells[0], 2, 4);
    for (size_t i = 1; i < pen->column_count; i++) {
        if (cells[i][0] != '\0') {
            (void)fputs("    ", pen->out);
            table_cell(pen->out, pen->columns[i], LABEL + 2);
            wrap(pen->out, cells[i], 4 + LABEL + 2, 4 + LABEL + 2);
        }
    }
}

void pen_table_end(struct pen *pen)
{
    (void)fputs(pen->html ? "</tbody>\n</table>\n" : "", pen->out);
}
