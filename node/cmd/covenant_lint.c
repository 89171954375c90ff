/* `ketenbrug covenant lint FILE...`: faults and smells of a covenant, before anybody signs it. Needs no configuration. */
#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/files.h"
#include "policy/covenant.h"
#include "policy/lint.h"

struct printer {
    const struct args *args;
    size_t file;           /* which of the documents is looked at */
    bool chain;            /* the finding says which */
    struct json_writer *w; /* NULL: lines of text */
};

static void print_finding(void *context, const struct lint_finding *finding)
{
    const struct printer *printer = context;
    const size_t file = printer->chain ? finding->version : printer->file;
    if (printer->w == NULL) {
        (void)printf("%s:%u:%u: %s: %s%s%s\n", printer->args->free_words[file], finding->line, finding->column,
                     lint_word(finding->kind), finding->where, finding->where[0] != '\0' ? ": " : "", finding->what);
        return;
    }
    json_begin_object(printer->w, NULL);
    json_put_text(printer->w, "bestand", printer->args->free_words[file]);
    json_put_text(printer->w, "soort", lint_word(finding->kind));
    json_put_bool(printer->w, "bezwaar", lint_objects(finding->kind));
    json_put_text(printer->w, "plaats", finding->where);
    json_put_int(printer->w, "regel", finding->line);
    json_put_int(printer->w, "kolom", finding->column);
    json_put_text(printer->w, "tekst", finding->what);
    json_end_object(printer->w);
}

/* The documents that can be read, for what holds between them. Only when all can: a gap would look like one. */
struct versions {
    struct covenant *read[ARGS_FREE_MAX]; /* NULL: refused */
    size_t count;                         /* that could be read */
};

static void look_at_chain(struct printer *printer, const struct versions *all, struct lint_count *count)
{
    struct lint_version versions[ARGS_FREE_MAX];
    for (size_t i = 0; i < all->count; i++) {
        versions[i] = (struct lint_version){covenant_hash(all->read[i]), covenant_predecessor(all->read[i]),
                                            covenant_version(all->read[i])};
    }
    printer->chain = true;
    count->objections += lint_chain(versions, all->count, print_finding, printer).objections;
}

static enum result look_at_file(struct printer *printer, struct versions *all, struct lint_count *count,
                                struct error *err)
{
    struct buf text;
    struct fault_list faults = {0};
    buf_init(&text, COVENANT_BYTES_MAX);
    const enum result read = file_read(printer->args->free_words[printer->file], &text, err);
    if (read == RESULT_OK) {
        const struct lint_count found = lint_covenant(buf_slice(&text), print_finding, printer);
        count->objections += found.objections;
        count->remarks += found.remarks;
        all->count += covenant_parse(buf_slice(&text), &all->read[printer->file], &faults) == RESULT_OK;
    }
    buf_free(&text);
    return read;
}

static enum result look_at_all(struct printer *printer, struct versions *all, struct lint_count *count,
                               struct error *err)
{
    const size_t files = printer->args->free_count;
    for (; printer->file < files; printer->file++) {
        TRY(look_at_file(printer, all, count, err));
    }
    if (files > 1 && all->count == files) {
        look_at_chain(printer, all, count);
    }
    return RESULT_OK;
}

static void print_json_end(struct json_writer *w, const struct args *args, const struct versions *all,
                           const struct lint_count *count)
{
    json_end_array(w);
    json_begin_array(w, "documenten");
    for (size_t i = 0; i < args->free_count; i++) {
        json_begin_object(w, NULL);
        json_put_text(w, "bestand", args->free_words[i]);
        if (all->read[i] != NULL) { /* a document with faults has no hash to sign */
            json_put_text(w, "hash", covenant_hash(all->read[i]));
        }
        json_end_object(w);
    }
    json_end_array(w);
    json_put_int(w, "bezwaren", (int64_t)count->objections);
    json_put_int(w, "opmerkingen", (int64_t)count->remarks);
    json_end_object(w);
}

enum { OUTPUT_MAX = 8388608 };

static int run_lint(const struct args *args)
{
    struct error err;
    struct buf out;
    buf_init(&out, OUTPUT_MAX);
    struct json_writer w = json_writer(&out);
    struct versions all = {0};
    struct lint_count count = {0, 0};
    struct printer printer = {.args = args, .w = args_flag(args, "json") ? &w : NULL};
    if (args->free_count == 0) {
        (void)error_set(&err, FAULT_USAGE, "BESTAND", "noem het convenant, of de versies die elkaar opvolgen");
        return command_fail(&err);
    }
    json_begin_object(&w, NULL);
    json_begin_array(&w, "bevindingen");
    enum result result = look_at_all(&printer, &all, &count, &err);
    print_json_end(&w, args, &all, &count);
    if (result == RESULT_OK && printer.w != NULL) {
        result = buf_result(&out, "", &err);
    }
    if (result == RESULT_OK && printer.w != NULL) {
        (void)printf("%.*s\n", (int)out.len, (const char *)out.ptr);
    } else if (result == RESULT_OK) {
        (void)printf("%zu bezwaren, %zu opmerkingen\n", count.objections, count.remarks);
    }
    for (size_t i = 0; i < COUNT_OF(all.read); i++) {
        covenant_free(all.read[i]);
    }
    buf_free(&out);
    return result != RESULT_OK ? command_fail(&err) : count.objections != 0 ? EXIT_REFUSED : EXIT_FINE;
}

static const struct option_row lint_options[] = {OPTION_JSON};

const struct command command_covenant_lint = {
    .name = "covenant lint",
    .summary = "zoekt fouten en wat niet deugt in een convenant, met regel en kolom",
    .free_words = "BESTAND...",
    .options = lint_options,
    .option_count = COUNT_OF(lint_options),
    .example = "ketenbrug covenant lint convenant.json; met oudere versies erbij: convenant-2025.json convenant.json",
    .run = run_lint,
};
