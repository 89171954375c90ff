/* `ketenbrug import`: rows from a source system into the node, in batches. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "adapters/adapter.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/files.h"

enum { IMPORT_PIECE = 65536, IMPORT_ROW_ROOM = 8192 };

struct importing {
    struct desk *desk;
    struct buf body;
    struct json_writer writer;
    size_t in_batch;
    uint64_t fresh, known, rejected;
    bool failed; /* the node refused a batch: err says why */
    struct error err;
};

static void begin_batch(struct importing *im)
{
    buf_clear(&im->body);
    im->in_batch = 0;
    im->writer = json_writer(&im->body);
    json_begin_object(&im->writer, NULL);
    json_begin_array(&im->writer, "regels");
}

static void send_batch(struct importing *im)
{
    struct json *answer CLEANUP(json_cleanup) = NULL;
    if (im->in_batch == 0 || im->failed) {
        return;
    }
    json_end_array(&im->writer);
    json_end_object(&im->writer);
    if (buf_result(&im->body, "importen", &im->err) != RESULT_OK ||
        desk_call(im->desk, "POST", "/v1/importen", &im->body, &answer, &im->err) != RESULT_OK) {
        im->failed = true;
        return;
    }
    im->fresh += (uint64_t)json_int(json_member(answer, "nieuw"));
    im->known += (uint64_t)json_int(json_member(answer, "bekend"));
    begin_batch(im);
}

static void take_rejected(void *ctx, uint64_t line, const struct fault_list *faults)
{
    struct importing *im = ctx;
    im->rejected++;
    const size_t kept = faults->count < FAULT_LIST_MAX ? faults->count : FAULT_LIST_MAX;
    for (size_t i = 0; i < kept; i++) {
        (void)fprintf(stderr, "regel %llu, %s: %s\n", (unsigned long long)line, faults->items[i].where,
                      faults->items[i].what);
    }
}

static void take_row(void *ctx, const struct adapter_row *row)
{
    struct importing *im = ctx;
    struct json_writer *w = &im->writer;
    if (row->involvement.source_key[0] == '\0') {
        struct fault_list faults = {0};
        fault_list_add(&faults, FAULT_INVALID, "bronsleutel", "is nodig om deze regel een volgende keer te herkennen");
        take_rejected(im, row->line, &faults);
        return;
    }
    json_begin_object(w, NULL);
    subject_write(w, "betrokkene", &row->subject);
    involvement_write(w, "betrokkenheid", &row->involvement);
    if (row->household_key[0] != '\0') {
        json_begin_object(w, "huishouden");
        json_put_text(w, "bronsleutel", row->household_key);
        json_put_text(w, "bron", row->household_source);
        json_put_text(w, "datum", date_text(&row->household_recorded).text);
        json_end_object(w);
    }
    json_end_object(w);
    im->in_batch++;
    if (im->in_batch == IMPORT_BATCH_MAX || im->body.len + IMPORT_ROW_ROOM > HTTP_BODY_IMPORT) {
        send_batch(im);
    }
}

static enum result feed_file(const struct adapter_kind *kind, struct adapter *adapter, struct importing *im, int fd,
                             const char *path, struct error *err)
{
    static const size_t piece_size = IMPORT_PIECE;
    uint8_t *piece CLEANUP(mem_cleanup) = mem_alloc(piece_size);
    ENSURE(piece != NULL, err, FAULT_NO_MEMORY, path, "geen geheugen");
    while (!im->failed) {
        const ssize_t got = read(fd, piece, piece_size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        ENSURE(got >= 0, err, FAULT_IO, path, "niet te lezen: %s", strerror(errno));
        if (got == 0) {
            return kind->finish(adapter, err);
        }
        TRY(kind->feed(adapter, slice_of(piece, (size_t)got), err));
    }
    *err = im->err;
    return RESULT_FAILED;
}

static enum result import_file(const struct adapter_kind *kind, struct importing *im, const char *path,
                               struct error *err)
{
    const struct date today = moment_date(clock_now(&system_clock));
    const struct adapter_events events = {take_row, take_rejected, im};
    struct adapter *adapter = NULL;
    const int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    ENSURE(fd >= 0, err, FAULT_IO, path, "niet te openen: %s", strerror(errno));
    enum result result = kind->open(&events, &today, &adapter, err);
    if (result == RESULT_OK) {
        begin_batch(im);
        result = feed_file(kind, adapter, im, fd, path, err);
        kind->close(adapter);
    }
    (void)close(fd);
    if (result == RESULT_OK) {
        send_batch(im);
        if (im->failed) {
            *err = im->err;
            result = RESULT_FAILED;
        }
    }
    return result;
}

static int run(const struct args *args)
{
    struct error err;
    struct importing im = {.desk = NULL};
    const struct adapter_kind *kind = adapter_named(args_value(args, "adapter"));
    if (kind == NULL || args->free_count != 1) {
        (void)error_set(&err, FAULT_USAGE, kind == NULL ? "adapter" : "BESTAND", "toegestaan: %s",
                        kind == NULL ? adapter_names() : "precies een bestand, of - voor de standaardinvoer");
        return command_fail(&err);
    }
    buf_init(&im.body, HTTP_BODY_IMPORT);
    enum result result = desk_open(args, &im.desk, &err);
    if (result == RESULT_OK) {
        result = import_file(kind, &im, args->free_words[0], &err);
    }
    desk_close(im.desk);
    buf_wipe(&im.body);
    if (args_flag(args, "json")) {
        (void)printf("{\"nieuw\":%llu,\"bekend\":%llu,\"afgewezen\":%llu}\n", (unsigned long long)im.fresh,
                     (unsigned long long)im.known, (unsigned long long)im.rejected);
    } else {
        (void)printf("ingelezen: %llu nieuw, %llu al bekend, %llu afgewezen\n", (unsigned long long)im.fresh,
                     (unsigned long long)im.known, (unsigned long long)im.rejected);
    }
    if (result != RESULT_OK) {
        return command_fail(&err);
    }
    return im.rejected == 0 ? EXIT_FINE : EXIT_REFUSED;
}

static const struct option_row options[] = {
    {"adapter", "SOORT", true, "bronformaat: csv"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_import = {
    .name = "import",
    .summary = "leest personen en betrokkenheden uit een bronsysteem in",
    .free_words = "BESTAND",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug import --adapter csv leerlingen.csv",
    .run = run,
};
