/* `ketenbrug audit report draft | list | show | defer | admit | release | withdraw`: letters to people about who looked at
 * their data. Whom one is about comes from the input. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ident.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/letter_page.h"
#include "cmd/people_input.h"
#include "cmd/table.h"

enum { PATH_BYTES = 96, WHEN_WIDTH = 30, WHO_WIDTH = 42 };

static int usage(const char *where, const char *what)
{
    struct error err;
    (void)error_set(&err, FAULT_USAGE, where, "%s", what);
    return command_fail(&err);
}

/* ---- what the officer sees ---- */

static void print_line(const struct json *line)
{
    const bool deferred = json_bool(json_member(line, "uitgesteld"));
    const char *why = json_cstr(json_member(line, "waarom"));
    (void)printf("%5lld  ", (long long)json_int(json_member(line, "nr")));
    table_cell(stdout, json_cstr(json_member(line, "wanneer")), WHEN_WIDTH);
    table_cell(stdout, json_cstr(json_member(line, "wie")), WHO_WIDTH);
    table_cell(stdout, json_cstr(json_member(line, "wat")), 0);
    (void)printf("\n");
    if (why[0] != '\0') {
        (void)printf("       %s: ", deferred ? "UITGESTELD" : "toegelaten");
        table_cell(stdout, why, 0);
        (void)printf("\n");
    }
    if (json_member(line, "besluit") != NULL) {
        (void)printf("       besluit: ");
        table_cell(stdout, json_cstr(json_member(line, "besluit")), 0);
        (void)printf("\n");
    }
}

static void print_letter(const struct json *letter, const void *ctx)
{
    (void)ctx;
    (void)printf("overzicht %s, %s, van %s tot en met %s\n", json_cstr(json_member(letter, "id")),
                 json_cstr(json_member(letter, "toestand")), json_cstr(json_member(letter, "van")),
                 json_cstr(json_member(letter, "tot")));
    for (const struct json *l = json_first(json_member(letter, "regels")); l != NULL; l = json_next(l)) {
        print_line(l);
    }
    for (const struct json *t = json_first(json_member(letter, "waarschuwingen")); t != NULL; t = json_next(t)) {
        (void)printf("LET OP: ");
        table_cell(stdout, json_cstr(t), 0);
        (void)printf("\n");
    }
    if (json_member(letter, "ongewijzigd") != NULL && !json_bool(json_member(letter, "ongewijzigd"))) {
        (void)printf("LET OP: dit is niet meer woordelijk wat is vrijgegeven\n");
    }
}

static void print_state(const struct json *answer, const void *ctx)
{
    (void)ctx;
    (void)printf("overzicht %s: %s\n", json_cstr(json_member(answer, "id")),
                 json_cstr(json_member(answer, "toestand")));
}

static void print_list(const struct json *answer, const void *ctx)
{
    (void)ctx;
    for (const struct json *l = json_first(json_member(answer, "overzichten")); l != NULL; l = json_next(l)) {
        (void)printf("%s  %-12s  %s  %s%s\n", json_cstr(json_member(l, "id")), json_cstr(json_member(l, "toestand")),
                     json_cstr(json_member(l, "opgesteld")), json_cstr(json_member(l, "door")),
                     json_bool(json_member(l, "uitstelVoorbij")) ? "  een uitstel is voorbij: maak een nieuw" : "");
    }
}

/* ---- draft ---- */

static void put_given(struct json_writer *w, const struct args *args, const char *option, const char *name)
{
    const char *value = args_value(args, option);
    if (value != NULL) {
        json_put_text(w, name, value);
    }
}

static int draft(const struct args *args, const char *id)
{
    struct bsn person;
    size_t count = 0;
    struct error err;
    struct buf body;
    (void)id;
    if (args_value(args, "identiteit") == NULL) {
        return usage("identiteit", "vul in hoe u zag wie erom vraagt, zoals 'paspoort gezien op 3 maart'");
    }
    if (people_from_input(&person, 1, &count, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_slice(&w, "bsn", bsn_digits(&person));
    put_given(&w, args, "identiteit", "identiteit");
    if (args_flag(args, "leeftijd-gezien")) {
        json_put_bool(&w, "leeftijdGezien", true);
    }
    if (args_value(args, "voor-gezag") != NULL) {
        json_begin_object(&w, "voor");
        put_given(&w, args, "voor-gezag", "gezagsrelatie");
        json_end_object(&w);
    }
    put_given(&w, args, "van", "van");
    put_given(&w, args, "tot", "tot");
    json_end_object(&w);
    const int code = desk_command(args, "POST", "/v1/overzichten", &body, print_letter, NULL);
    buf_wipe(&body);
    mem_wipe(&person, sizeof person);
    return code;
}

/* ---- steps ---- */

static int step(const struct args *args, const char *id, const char *word)
{
    struct error err;
    struct buf body;
    long long number = 0;
    if (args_number(args, "regel", 1, LETTER_LINES_MAX, 0, &number, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "id", id);
    json_put_text(&w, "stap", word);
    if (number != 0) {
        json_put_int(&w, "regel", number);
    }
    put_given(&w, args, "reden", "reden");
    put_given(&w, args, "tot", "tot");
    if (args_flag(args, "met-reden")) {
        json_put_bool(&w, "metReden", true);
    }
    json_end_object(&w);
    const int code = desk_command(args, "POST", "/v1/overzichten/stappen", &body, print_state, NULL);
    buf_free(&body);
    return code;
}

static int defer(const struct args *args, const char *id)
{
    return step(args, id, "uitstellen");
}

static int admit(const struct args *args, const char *id)
{
    return step(args, id, "toelaten");
}

static int release(const struct args *args, const char *id)
{
    return step(args, id, "vrijgeven");
}

static int withdraw(const struct args *args, const char *id)
{
    return step(args, id, "intrekken");
}

/* ---- show ---- */

/* For its owner alone: what is in it is about a person. A new file beside it takes its name when all is on the disk: neither
 * half a letter, nor one that others may read because they could read what was there. */
static enum result write_page(const char *path, const struct json *letter, struct error *err)
{
    char part[PATH_MAX];
    const int len = snprintf(part, sizeof part, "%s.onvolledig", path);
    struct stat there;
    ENSURE(len > 0 && (size_t)len < sizeof part, err, FAULT_USAGE, "html", "deze naam is te lang");
    ENSURE(lstat(path, &there) != 0 || S_ISREG(there.st_mode), err, FAULT_USAGE, path, "dit is geen gewoon bestand");
    (void)unlink(part); /* of a time before that was cut off */
    const int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (out == NULL) {
        const int why = errno;
        if (fd >= 0) {
            (void)close(fd);
        }
        FAIL(err, FAULT_IO, path, "niet te schrijven: %s", strerror(why));
    }
    struct pen pen = {.out = out, .html = true};
    letter_page(&pen, letter);
    bool whole = fflush(out) == 0 && ferror(out) == 0 && fsync(fd) == 0;
    whole = fclose(out) == 0 && whole;
    if (!whole || rename(part, path) != 0) {
        (void)unlink(part);
        FAIL(err, FAULT_IO, path, "niet geheel geschreven");
    }
    return RESULT_OK;
}

static enum result draw(const struct args *args, struct desk *desk, const char *path, struct error *err)
{
    struct json *letter CLEANUP(json_cleanup) = NULL;
    const char *file = args_value(args, "html");
    TRY(desk_call(desk, "GET", path, NULL, &letter, err));
    if (args_flag(args, "json")) {
        desk_print_raw(desk);
    }
    if (file != NULL) {
        return write_page(file, letter, err);
    }
    if (!args_flag(args, "json")) {
        struct pen pen = {.out = stdout};
        letter_page(&pen, letter);
    }
    return RESULT_OK;
}

static int show(const struct args *args, const char *id)
{
    char path[PATH_BYTES];
    struct error err;
    struct desk *desk = NULL;
    const bool letter = args_flag(args, "brief") || args_value(args, "html") != NULL;
    (void)snprintf(path, sizeof path, "/v1/overzichten/%s%s", letter ? "brieven/" : "", id);
    if (!letter) {
        return desk_command(args, "GET", path, NULL, print_letter, NULL);
    }
    if (desk_open(args, &desk, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    const enum result result = draw(args, desk, path, &err);
    desk_close(desk);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static int list(const struct args *args, const char *id)
{
    (void)id;
    return desk_command(args, "GET", "/v1/overzichten", NULL, print_list, NULL);
}

/* ---- which of them ---- */

static const struct verb {
    const char *word;
    int (*run)(const struct args *args, const char *id);
    bool of_letter;
} verbs[] = {
    {"draft", draft, false}, {"list", list, false},      {"show", show, true},         {"defer", defer, true},
    {"admit", admit, true},  {"release", release, true}, {"withdraw", withdraw, true},
};

static int run(const struct args *args)
{
    struct ident id;
    const char *word = args->free_count != 0 ? args->free_words[0] : "";
    for (size_t i = 0; i < COUNT_OF(verbs); i++) {
        if (strcmp(verbs[i].word, word) != 0) {
            continue;
        }
        if (args->free_count != (verbs[i].of_letter ? 2 : 1) ||
            (verbs[i].of_letter && !ident_parse(slice_text(args->free_words[1]), &id))) {
            return usage(verbs[i].word, verbs[i].of_letter ? "noem hierachter het kenmerk van het overzicht"
                                                           : "hierachter hoort geen los woord");
        }
        return verbs[i].run(args, verbs[i].of_letter ? ident_text(&id).text : "");
    }
    return usage("audit report", "kies draft, list, show, defer, admit, release of withdraw; zie --help");
}

static const struct option_row options[] = {
    {"identiteit", "TEKST", false, "draft: hoe u zag wie erom vraagt; wordt vastgelegd"},
    {"voor-gezag", "KENMERK", false, "draft: voor wie dit gezag over de persoon heeft; anders voor de persoon zelf"},
    {"leeftijd-gezien", NULL, false, "draft: de leeftijd is hier niet bekend, en u zag dat het 16 of ouder is"},
    {"van", "JJJJ-MM-DD", false, "draft: eerste dag; anders zo ver als er nog regels te lezen zijn"},
    {"tot", "JJJJ-MM-DD", false, "draft: laatste dag, anders vandaag; defer: tot en met deze dag"},
    {"regel", "NR", false, "defer, admit: welke regel van het overzicht"},
    {"reden", "TEKST", false, "defer, admit, withdraw: waarom, 10 tot en met 200 tekens; wordt vastgelegd"},
    {"met-reden", NULL, false, "admit: ook de reden die de medewerker opgaf; lees eerst of daar een ander in staat"},
    {"html", "BESTAND", false, "show: schrijft de brief, en alleen die, als bladzijde om af te drukken"},
    {"brief", NULL, false, "show: toont de brief, en alleen die"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_audit_report = {
    .name = "audit report",
    .summary = "overzicht voor een inwoner: wie naar zijn gegevens keek; opstellen, nakijken, vrijgeven, tonen",
    .free_words = "draft | list | show ID | defer ID | admit ID | release ID | withdraw ID",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug audit report draft --identiteit 'paspoort gezien op 3 maart 2026'",
    .run = run,
};
