/* `ketenbrug figures make`: the steering figures of a month, as text, as a page of HTML, or as CSV. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/pen.h"
#include "cmd/table.h"

enum { BODY_MAX = 256, PURPOSE_WIDTH = 28, COLUMN_WIDTH = 34, NUMBER_TEXT_MAX = 24, NOTE_TEXT_MAX = 512 };

/* ---- one answer, three ways to write it ---- */

static const struct {
    const char *member;
    const char *title;
    const char *columns[3];
    const char *all; /* columns */
} tables[] = {
    {"perKetenpartner", "Per doel en wie keek", {"doel", "wie keek", "keren"}, "allen"},
    {"perLeefgebied", "Per doel en leefgebied", {"doel", "leefgebied", "keren"}, "alle leefgebieden"},
};
static const char all_purposes[] = "alle doelen";

struct sheet {
    FILE *out;
    struct pen pen;
    const char *month;
    void (*begin)(struct sheet *sheet, size_t table);
    void (*row)(struct sheet *sheet, size_t table, const char *const cells[3]);
    void (*end)(struct sheet *sheet);
    bool zeros; /* shown too */
};

static void write_cell(struct sheet *s, size_t table, const char *purpose, const char *column, const struct json *value)
{
    char number[NUMBER_TEXT_MAX] = "-";
    if (json_kind(value) == JSON_NUMBER) {
        if (json_int(value) == 0 && !s->zeros) {
            return;
        }
        (void)snprintf(number, sizeof number, "%lld", (long long)json_int(value));
    }
    s->row(s, table, (const char *const[3]){purpose, column, number});
}

static const char *column_name(const struct json *column)
{
    return json_cstr(json_kind(column) == JSON_OBJECT ? json_member(column, "naam") : column);
}

static void write_line(struct sheet *s, size_t table, const struct json *columns, const char *purpose,
                       const struct json *counts, const struct json *total)
{
    const struct json *column = json_first(columns);
    for (const struct json *c = json_first(counts); c != NULL && column != NULL; c = json_next(c)) {
        write_cell(s, table, purpose, column_name(column), c);
        column = json_next(column);
    }
    write_cell(s, table, purpose, tables[table].all, total);
}

static void write_tables(struct sheet *s, const struct json *answer)
{
    for (size_t t = 0; t < COUNT_OF(tables); t++) {
        const struct json *table = json_member(answer, tables[t].member);
        const struct json *columns = json_member(table, "kolommen");
        s->begin(s, t);
        for (const struct json *r = json_first(json_member(table, "rijen")); r != NULL; r = json_next(r)) {
            write_line(s, t, columns, json_cstr(json_member(r, "doel")), json_member(r, "keren"),
                       json_member(r, "totaal"));
        }
        write_line(s, t, columns, all_purposes, json_member(table, "totalen"), json_member(table, "totaal"));
        s->end(s);
    }
}

static void explain(const struct json *answer, char out[NOTE_TEXT_MAX])
{
    (void)snprintf(
        out, NOTE_TEXT_MAX,
        "Zo vaak is in deze maand (UTC) naar iemand gekeken: door de eigen organisatie, of hier door een "
        "ketenpartner. Een streepje is een cijfer achter minder dan %lld personen, of een waaruit zo'n cijfer "
        "te berekenen is. Wat er niet staat, is nul.",
        (long long)json_int(json_member(answer, "kleinste")));
}

/* ---- text ---- */

static void text_row(struct sheet *s, size_t table, const char *const cells[3])
{
    (void)table;
    (void)fputs("  ", s->out);
    table_cell(s->out, cells[0], PURPOSE_WIDTH);
    (void)fputs(" ", s->out);
    table_cell(s->out, cells[1], COLUMN_WIDTH);
    (void)fprintf(s->out, " %8s\n", cells[2]);
}

static void text_begin(struct sheet *s, size_t table)
{
    (void)fprintf(s->out, "\n%s\n", tables[table].title);
    text_row(s, table, tables[table].columns);
}

static void text_end(struct sheet *s)
{
    (void)s;
}

/* ---- HTML ---- */

static void html_begin(struct sheet *s, size_t table)
{
    pen_table(&s->pen, tables[table].title, tables[table].columns, COUNT_OF(tables[table].columns));
}

static void html_row(struct sheet *s, size_t table, const char *const cells[3])
{
    (void)table;
    pen_row(&s->pen, cells);
}

static void html_end(struct sheet *s)
{
    pen_table_end(&s->pen);
}

/* ---- CSV (RFC 4180) ---- */

/* A spreadsheet would reckon with what begins like a formula; a hidden figure is an empty cell. */
static void csv_cell(FILE *out, const char *text, const char *behind)
{
    (void)fputc('"', out);
    (void)fputs(text[0] != '\0' && strchr("=+-@", text[0]) != NULL ? "'" : "", out);
    for (const char *c = text; *c != '\0'; c++) {
        (void)fputs(*c == '"' ? "\"" : "", out);
        (void)fputc((unsigned char)*c < ' ' ? ' ' : *c, out);
    }
    (void)fprintf(out, "\"%s", behind);
}

static void csv_begin(struct sheet *s, size_t table)
{
    if (table == 0) {
        (void)fputs("maand,tabel,doel,kolom,keren\r\n", s->out);
    }
}

static void csv_row(struct sheet *s, size_t table, const char *const cells[3])
{
    csv_cell(s->out, s->month, ",");
    csv_cell(s->out, tables[table].columns[1], ",");
    csv_cell(s->out, cells[0], ",");
    csv_cell(s->out, cells[1], ",");
    (void)fprintf(s->out, "%s\r\n", strcmp(cells[2], "-") == 0 ? "" : cells[2]);
}

/* ---- the command ---- */

static void print_text(const struct json *answer)
{
    char note[NOTE_TEXT_MAX];
    struct pen pen = {.out = stdout};
    struct sheet sheet = {.out = stdout, .begin = text_begin, .row = text_row, .end = text_end};
    explain(answer, note);
    (void)printf("Stuurcijfers van %s\n\n", json_cstr(json_member(answer, "maand")));
    pen_text(&pen, note);
    write_tables(&sheet, answer);
}

static void print_csv(const struct json *answer)
{
    struct sheet sheet = {.out = stdout,
                          .begin = csv_begin,
                          .row = csv_row,
                          .end = text_end,
                          .month = json_cstr(json_member(answer, "maand")),
                          .zeros = true};
    write_tables(&sheet, answer);
}

static enum result write_html(const struct json *answer, const char *path, struct error *err)
{
    char text[NOTE_TEXT_MAX];
    FILE *out = fopen(path, "wxe");
    ENSURE(out != NULL, err, FAULT_IO, path, "%s", strerror(errno));
    struct sheet sheet = {
        .out = out, .pen = {.out = out, .html = true}, .begin = html_begin, .row = html_row, .end = html_end};
    (void)snprintf(text, sizeof text, "Stuurcijfers van %s", json_cstr(json_member(answer, "maand")));
    pen_begin(&sheet.pen, text);
    explain(answer, text);
    pen_text(&sheet.pen, text);
    write_tables(&sheet, answer);
    pen_end(&sheet.pen);
    const bool written = ferror(out) == 0;
    ENSURE(fclose(out) == 0 && written, err, FAULT_IO, path, "kan niet worden geschreven");
    (void)printf("%s is geschreven\n", path);
    return RESULT_OK;
}

static enum result show(const struct args *args, struct desk *desk, const struct buf *body, struct error *err)
{
    struct json *answer CLEANUP(json_cleanup) = NULL;
    TRY(desk_call(desk, "POST", "/v1/stuurcijfers", body, &answer, err));
    if (args_value(args, "html") != NULL) {
        return write_html(answer, args_value(args, "html"), err);
    }
    if (args_flag(args, "json")) {
        desk_print_raw(desk);
    } else if (args_flag(args, "csv")) {
        print_csv(answer);
    } else {
        print_text(answer);
    }
    return RESULT_OK;
}

static int run(const struct args *args)
{
    struct error err;
    struct desk *desk = NULL;
    struct buf body;
    if (args_flag(args, "json") + args_flag(args, "csv") + (args_value(args, "html") != NULL) > 1) {
        (void)error_set(&err, FAULT_USAGE, "html", "kies een van --html, --csv en --json");
        return command_fail(&err);
    }
    buf_init(&body, BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "maand", args_value(args, "maand"));
    json_end_object(&w);
    enum result result = buf_result(&body, "maand", &err);
    if (result == RESULT_OK) {
        result = desk_open(args, &desk, &err);
    }
    if (result == RESULT_OK) {
        result = show(args, desk, &body, &err);
    }
    desk_close(desk);
    buf_free(&body);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row options[] = {
    {"maand", "JJJJ-MM", true, "een maand die voorbij is, van de eerste tot de laatste dag in UTC"},
    {"html", "BESTAND", false, "als bladzijde in dit bestand, dat er nog niet is"},
    {"csv", NULL, false, "als CSV; een cijfer dat niet wordt verteld is leeg"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_figures_make = {
    .name = "figures make",
    .summary = "telt hoe vaak in een maand is gekeken, per doel, ketenpartner en leefgebied; over niemand",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug figures make --maand 2026-10 --html stuurcijfers.html",
    .run = run,
};
