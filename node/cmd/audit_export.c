/* `ketenbrug audit export`: records of the log with what proves them, as files in a new folder. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/export.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/people_input.h"

enum { PATH_SIZE = 4096, HEAD_MAX = 64, CONTENTS_MAX = 65536, FILE_COUNT = 5 };

/* The files of an export; their names come from here, whatever the stream says. The last comes last. */
struct out_file {
    const char *name;
    int fd; /* -1: not begun */
};

struct receiving {
    char folder[PATH_SIZE]; /* that it is written in; renamed when all is there */
    struct out_file files[FILE_COUNT];
    struct out_file *now;
    char head[HEAD_MAX];
    size_t head_len;
    unsigned long long left; /* of the piece */
    struct buf contents;     /* inhoud.json */
    bool failed;
    struct error err;
};

static bool fail(struct receiving *r, const char *what)
{
    r->failed = true;
    (void)error_set(&r->err, FAULT_IO, r->now != NULL ? r->now->name : "uitvoer", "%s", what);
    return false;
}

/* ---- the stream ---- */

static bool open_file(struct receiving *r)
{
    char path[PATH_SIZE + HEAD_MAX];
    if (r->now->fd >= 0) {
        return true;
    }
    (void)snprintf(path, sizeof path, "%s/%s", r->folder, r->now->name);
    r->now->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    return r->now->fd >= 0 || fail(r, strerror(errno));
}

/* "NAME LENGTH" */
static bool read_head(struct receiving *r)
{
    char *space = strchr(r->head, ' ');
    char *end = NULL;
    r->now = NULL;
    if (space != NULL && space[1] >= '0' && space[1] <= '9') {
        *space = '\0';
        r->left = strtoull(space + 1, &end, 10);
        for (size_t i = 0; i < FILE_COUNT && *end == '\0'; i++) {
            r->now = strcmp(r->head, r->files[i].name) == 0 ? &r->files[i] : r->now;
        }
    }
    return r->now != NULL ? open_file(r) : fail(r, "het knooppunt stuurde iets dat geen uitvoer is");
}

static bool take_head(struct receiving *r, uint8_t byte)
{
    if (byte != '\n') {
        r->head[r->head_len++] = (char)byte;
        return r->head_len < HEAD_MAX || fail(r, "het knooppunt stuurde iets dat geen uitvoer is");
    }
    r->head[r->head_len] = '\0';
    r->head_len = 0;
    return read_head(r);
}

static bool write_piece(struct receiving *r, const uint8_t *bytes, size_t len)
{
    while (len != 0) {
        const ssize_t written = write(r->now->fd, bytes, len);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return fail(r, strerror(errno));
        }
        bytes += written;
        len -= (size_t)written;
    }
    return true;
}

static bool take_piece(void *ctx, struct slice piece)
{
    struct receiving *r = ctx;
    for (size_t at = 0; at < piece.len;) {
        if (r->left == 0) {
            if (!take_head(r, piece.ptr[at++])) {
                return false;
            }
            continue;
        }
        const size_t len = r->left < piece.len - at ? (size_t)r->left : piece.len - at;
        if (!write_piece(r, piece.ptr + at, len)) {
            return false;
        }
        if (strcmp(r->now->name, "inhoud.json") == 0) {
            buf_bytes(&r->contents, piece.ptr + at, len);
        }
        r->left -= len;
        at += len;
    }
    return true;
}

/* ---- the folder ---- */

static enum result begin(struct receiving *r, const char *folder, struct error *err)
{
    struct stat there;
    ENSURE(strlen(folder) < PATH_SIZE - HEAD_MAX, err, FAULT_USAGE, "map", "deze naam is te lang");
    ENSURE(lstat(folder, &there) != 0 && errno == ENOENT, err, FAULT_USAGE, folder,
           "hier staat al iets: noem een map die er nog niet is");
    (void)snprintf(r->folder, sizeof r->folder, "%s.onvolledig", folder);
    ENSURE(mkdir(r->folder, 0700) == 0, err, FAULT_IO, r->folder, "de map kan niet worden gemaakt: %s",
           strerror(errno));
    return RESULT_OK;
}

static enum result sync_folder(const char *path, struct error *err)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool synced = fd >= 0 && fsync(fd) == 0;
    const int why = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    ENSURE(synced, err, FAULT_IO, path, "%s", strerror(why));
    return RESULT_OK;
}

/* All is on the disk before the folder gets its name. */
static enum result finish(struct receiving *r, const char *folder, struct error *err)
{
    char parent[PATH_SIZE];
    ENSURE(r->files[FILE_COUNT - 1].fd >= 0 && r->left == 0 && r->head_len == 0, err, FAULT_IO, r->folder,
           "het knooppunt hield op voor het einde");
    for (size_t i = 0; i < FILE_COUNT; i++) {
        ENSURE(r->files[i].fd < 0 || fsync(r->files[i].fd) == 0, err, FAULT_IO, r->files[i].name, "%s",
               strerror(errno));
    }
    TRY(sync_folder(r->folder, err));
    ENSURE(renameat2(AT_FDCWD, r->folder, AT_FDCWD, folder, RENAME_NOREPLACE) == 0, err, FAULT_IO, folder,
           "de map krijgt haar naam niet: %s", strerror(errno));
    (void)snprintf(parent, sizeof parent, "%s", folder);
    size_t len = strlen(parent);
    while (len > 1 && parent[len - 1] == '/') {
        len--;
    }
    while (len != 0 && parent[len - 1] != '/') {
        len--;
    }
    parent[len] = '\0';
    return sync_folder(len != 0 ? parent : ".", err);
}

/* ---- the question ---- */

static const char *const filters[] = {"vorm", "verzoek",   "raadpleging", "zaak", "gebruiker", "ketenpartner",
                                      "doel", "handeling", "uitkomst",    "van",  "tot",       "reden"};

static enum result write_question(const struct args *args, struct buf *body, struct error *err)
{
    struct bsn person;
    size_t people = 0;
    if (args_flag(args, "persoon")) {
        TRY(people_from_input(&person, 1, &people, err));
    }
    struct json_writer w = json_writer(body);
    json_begin_object(&w, NULL);
    for (size_t i = 0; i < COUNT_OF(filters); i++) {
        const char *value = args_value(args, filters[i]);
        if (value != NULL) {
            json_put_text(&w, filters[i], value);
        } else if (strcmp(filters[i], "vorm") == 0) {
            json_put_text(&w, "vorm", export_form_word(EXPORT_JSON));
        }
    }
    if (people != 0) {
        json_put_slice(&w, "bsn", bsn_digits(&person));
        mem_wipe(&person, sizeof person);
    }
    json_put_bool(&w, "bewijs", !args_flag(args, "zonder-bewijs"));
    json_put_bool(&w, "sleutels", args_flag(args, "met-sleutels"));
    json_end_object(&w);
    return buf_result(body, "verzoek", err);
}

static void name_files(struct receiving *r, const struct args *args)
{
    const char *word = args_value(args, "vorm");
    enum export_form form = EXPORT_JSON;
    for (unsigned f = 0; f < EXPORT_FORM_COUNT && word != NULL; f++) {
        form = strcmp(export_form_word((enum export_form)f), word) == 0 ? (enum export_form)f : form;
    }
    const char *const names[FILE_COUNT] = {export_form_file(form), "bewijs.jsonl", "controlepunt.txt", "inhoud.json",
                                           "ondertekening.txt"};
    for (size_t i = 0; i < FILE_COUNT; i++) {
        r->files[i] = (struct out_file){names[i], -1};
    }
}

static enum result receive(struct receiving *r, const struct args *args, struct error *err)
{
    const char *folder = args_value(args, "map");
    struct desk *desk = NULL;
    struct buf body;
    buf_init(&body, HTTP_BODY_SMALL);
    enum result result = desk_open(args, &desk, err);
    if (result == RESULT_OK) {
        result = write_question(args, &body, err);
    }
    if (result == RESULT_OK) {
        result = begin(r, folder, err);
    }
    if (result == RESULT_OK) {
        result = desk_stream(desk, "POST", "/v1/logboek/uitvoer", &body, take_piece, r, err);
        if (result != RESULT_OK && r->failed) {
            *err = r->err; /* why it did not go on with the answer */
        }
        if (result == RESULT_OK) {
            result = finish(r, folder, err);
        } else {
            (void)rmdir(r->folder); /* refused: nothing came; else it stays, with what there is */
        }
    }
    buf_wipe(&body);
    desk_close(desk);
    return result;
}

static void print_done(const struct receiving *r, const char *folder)
{
    struct json *contents CLEANUP(json_cleanup) = NULL;
    if (json_parse(buf_slice(&r->contents), &contents, NULL) != RESULT_OK) {
        return;
    }
    (void)printf("%lld regels in %s, van een logboek van %lld regels; bewezen tot omvang %lld.\n",
                 (long long)json_int(json_member(contents, "aantal")), folder,
                 (long long)json_int(json_member(contents, "omvang")),
                 (long long)json_int(json_member(contents, "controlepunt")));
    (void)printf("Nog niet in een controlepunt, en dus niet meegegeven: van de laatste %lld regels geen.\n",
                 (long long)json_int(json_member(contents, "nietInControlepunt")));
    (void)printf("De redenen en andere vrije tekst staan erbij, maar zijn niet bewezen.\n");
    if (json_bool(json_member(contents, "sleutels"))) {
        (void)printf("Met sleutels en burgerservicenummers: wie deze map heeft, leest die regels geheel.\n");
    }
}

static int run_export(const struct args *args)
{
    struct error err;
    struct receiving *r = mem_zalloc(sizeof *r);
    if (r == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        return command_fail(&err);
    }
    buf_init(&r->contents, CONTENTS_MAX);
    name_files(r, args);
    const enum result result = receive(r, args, &err);
    if (result == RESULT_OK && args_flag(args, "json")) {
        (void)fwrite(r->contents.ptr, 1, r->contents.len, stdout);
    } else if (result == RESULT_OK) {
        print_done(r, args_value(args, "map"));
    }
    for (size_t i = 0; i < FILE_COUNT; i++) {
        if (r->files[i].fd >= 0) {
            (void)close(r->files[i].fd);
        }
    }
    buf_free(&r->contents);
    mem_free(r);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row options[] = {
    {"map", "MAP", true, "nieuwe map voor de bestanden"},
    {"vorm", "VORM", false, "json (zonder deze optie), ldv, nen7513 of csv"},
    {"persoon", NULL, false, "alleen over de persoon wiens nummer u invoert"},
    {"verzoek", "KENMERK", false, "alleen met dit verzoek"},
    {"raadpleging", "KENMERK", false, "alleen van deze raadpleging"},
    {"zaak", "NUMMER", false, "alleen van deze zaak of melding"},
    {"gebruiker", "NAAM", false, "alleen van deze gebruiker"},
    {"ketenpartner", "OIN", false, "alleen met deze organisatie"},
    {"doel", "DOEL", false, "alleen voor dit doel"},
    {"handeling", "HANDELING", false, "alleen deze handeling"},
    {"uitkomst", "UITKOMST", false, "alleen met deze uitkomst"},
    {"van", "DATUM", false, "eerste dag (UTC)"},
    {"tot", "DATUM", false, "laatste dag (UTC)"},
    {"zonder-bewijs", NULL, false, "zonder bladeren en paden: kleiner, maar voor een ander niet te controleren"},
    {"met-sleutels", NULL, false, "met de sleutel van elke regel en burgerservicenummers; vraagt --reden"},
    {"reden", "TEKST", false, "waarom de sleutels mee moeten; wordt vastgelegd"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_audit_export = {
    .name = "audit export",
    .summary = "voert regels van het logboek uit met wat ze bewijst (privacybeheerder); de uitvoer wordt vastgelegd",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug audit export --persoon --map uitvoer-2026-11\n"
               "    ketenbrug audit export --vorm ldv --van 2026-11-01 --tot 2026-11-30 --map november",
    .run = run_export,
};
