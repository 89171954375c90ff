#include "cmd/import_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "adapters/columns.h"
#include "base/mem.h"
#include "base/workdays.h"
#include "cmd/files.h"
#include "cmd/import_reject.h"

enum { PIECE = 65536, BAR_CELLS = 30, BAR_EVERY_MS = 200 };

struct importing {
    struct import_send *send;
    struct import_reject reject;
    uint64_t rows;
    uint64_t line;
    bool failed; /* the node took a batch badly: err says why */
    struct error err;
    /* the bar */
    bool shown;
    uint64_t size, done;
    int64_t started_ms, drawn_ms;
};

/* ---- the progress bar: on a terminal only ---- */

static int64_t tick_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void draw_bar(struct importing *im, bool last)
{
    const int64_t now = tick_ms();
    if (!im->shown || (!last && now - im->drawn_ms < BAR_EVERY_MS)) {
        return;
    }
    im->drawn_ms = now;
    const uint64_t rate = now > im->started_ms ? im->rows * 1000 / (uint64_t)(now - im->started_ms) : 0;
    char cells[BAR_CELLS + 1];
    unsigned percent = 0;
    if (im->size != 0) {
        percent = (unsigned)(im->done >= im->size ? 100 : im->done * 100 / im->size);
    }
    for (unsigned i = 0; i < BAR_CELLS; i++) {
        cells[i] = i * 100 < percent * BAR_CELLS ? '#' : '.';
    }
    cells[BAR_CELLS] = '\0';
    (void)fprintf(stderr, "\r[%s] %3u%%  %llu regels, %llu per s, %llu afgewezen%s", cells, percent,
                  (unsigned long long)im->rows, (unsigned long long)rate, (unsigned long long)im->reject.rows,
                  last ? "\n" : "");
}

/* ---- rows ---- */

static void take_rejected(void *ctx, uint64_t line, const struct fault_list *faults)
{
    struct importing *im = ctx;
    const size_t kept = faults->count < FAULT_LIST_MAX ? faults->count : FAULT_LIST_MAX;
    im->rows++;
    im->line = line;
    for (size_t i = 0; i < kept; i++) {
        import_reject_add(&im->reject, line, faults->items[i].where, faults->items[i].what);
    }
}

/* The node speaks of JSON members; whoever made the file knows columns. */
static void take_refused(void *ctx, uint64_t line, const char *where, const char *what)
{
    static const char *const prefixes[] = {"/betrokkenheid", "/betrokkene"};
    struct importing *im = ctx;
    const char *column = "";
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        const size_t len = strlen(prefixes[i]);
        if (strncmp(where, prefixes[i], len) == 0 && where[len] == '/') {
            const enum column c = column_at(where + len);
            column = c != COLUMN_COUNT ? columns[c].name : "";
        }
    }
    import_reject_add(&im->reject, line, strncmp(where, "/huishouden", 11) == 0 ? "huishouden" : column, what);
}

static void take_row(void *ctx, const struct adapter_row *row)
{
    struct importing *im = ctx;
    if (row->involvement.source_key[0] == '\0') {
        struct fault_list faults = {0};
        fault_list_add(&faults, FAULT_INVALID, "bronsleutel", "is nodig om deze regel een volgende keer te herkennen");
        take_rejected(im, row->line, &faults);
        return;
    }
    im->rows++;
    im->line = row->line;
    if (!im->failed && import_send_row(im->send, row, &im->err) != RESULT_OK) {
        im->failed = true;
    }
}

static enum result feed_file(const struct adapter_kind *kind, struct adapter *adapter, struct importing *im, int fd,
                             const char *path, struct error *err)
{
    static const size_t piece_size = PIECE;
    uint8_t *piece CLEANUP(mem_cleanup) = mem_alloc(piece_size);
    ENSURE(piece != NULL, err, FAULT_NO_MEMORY, path, "geen geheugen");
    for (;;) {
        const ssize_t got = read(fd, piece, piece_size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        ENSURE(got >= 0, err, FAULT_IO, path, "niet te lezen: %s", strerror(errno));
        if (got == 0) {
            TRY(kind->finish(adapter, err));
        } else {
            TRY(kind->feed(adapter, slice_of(piece, (size_t)got), err));
        }
        im->done += (uint64_t)got;
        draw_bar(im, false);
        if (im->failed) {
            *err = im->err;
            return RESULT_FAILED;
        }
        if (got == 0) {
            return RESULT_OK;
        }
    }
}

static enum result read_file(const struct import_job *job, struct importing *im, struct error *err)
{
    const struct adapter_options options = {workdays_dutch_day(clock_now(&system_clock)), job->mapping};
    const struct adapter_events events = {take_row, take_rejected, im};
    struct adapter *adapter = NULL;
    struct stat status;
    const int fd = strcmp(job->path, "-") == 0 ? STDIN_FILENO : open(job->path, O_RDONLY | O_CLOEXEC);
    ENSURE(fd >= 0, err, FAULT_IO, job->path, "niet te openen: %s", strerror(errno));
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        im->size = (uint64_t)status.st_size;
    }
    enum result result = job->kind->open(&events, &options, &adapter, err);
    if (result == RESULT_OK) {
        result = feed_file(job->kind, adapter, im, fd, job->path, err);
        job->kind->close(adapter);
    }
    if (fd != STDIN_FILENO) {
        (void)close(fd);
    }
    TRY(result);
    return import_send_finish(im->send, err);
}

static enum result run(const struct import_job *job, struct importing *im, struct import_outcome *out,
                       struct error *err)
{
    const struct import_send_options options = {job->args,  job->system,  entropy_ident(&system_entropy),
                                                job->trial, take_refused, im};
    TRY(import_send_open(&options, &im->send, err));
    const enum result result = read_file(job, im, err);
    draw_bar(im, true);
    TRY(result);
    if (job->full && (im->reject.rows == 0 || job->despite_rejected)) {
        TRY(import_send_end_rest(im->send, job->many, &out->ended, &out->left, err));
        out->ended_rest = true;
    }
    return RESULT_OK;
}

enum result import_file(const struct import_job *job, struct import_outcome *out, struct error *err)
{
    struct importing im = {.shown = isatty(STDERR_FILENO) == 1, .started_ms = tick_ms()};
    struct error written;
    *out = (struct import_outcome){.rejected = 0};
    import_reject_init(&im.reject, job->rejected, job->path);
    enum result result = run(job, &im, out, err);
    if (im.send != NULL) {
        out->counts = import_send_counts(im.send);
    }
    import_send_close(im.send);
    if (import_reject_close(&im.reject, &written) != RESULT_OK && result == RESULT_OK) {
        *err = written;
        result = RESULT_FAILED;
    }
    out->rejected = im.reject.rows;
    out->line = im.line;
    (void)snprintf(out->rejected_path, sizeof out->rejected_path, "%s", im.reject.path);
    return result;
}
