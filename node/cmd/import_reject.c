#include "cmd/import_reject.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "adapters/columns.h"

void import_reject_init(struct import_reject *reject, const char *given, const char *source)
{
    *reject = (struct import_reject){.file = NULL};
    if (given != NULL) {
        (void)snprintf(reject->wanted, sizeof reject->wanted, "%s", given);
    } else {
        (void)snprintf(reject->wanted, sizeof reject->wanted, "%s.afgewezen.csv",
                       strcmp(source, "-") == 0 ? "invoer" : source);
    }
}

/* Never over what is there. */
static int make(struct import_reject *reject)
{
    (void)snprintf(reject->path, sizeof reject->path, "%s", reject->wanted);
    int fd = open(reject->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    for (int n = 2; fd < 0 && errno == EEXIST && n <= REJECT_NUMBER_MAX; n++) {
        const int len = snprintf(reject->path, sizeof reject->path, "%s.%d", reject->wanted, n);
        if (len < 0 || (size_t)len >= sizeof reject->path) {
            break;
        }
        fd = open(reject->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }
    return fd;
}

static bool ready(struct import_reject *reject)
{
    if (reject->file != NULL || reject->failed) {
        return !reject->failed;
    }
    const int fd = make(reject);
    reject->file = fd >= 0 ? fdopen(fd, "we") : NULL;
    if (reject->file == NULL) {
        reject->failed = true;
        (void)error_set(&reject->err, FAULT_IO, reject->wanted, "hier kan niet staan wat is afgewezen: %s",
                        strerror(errno));
        reject->path[0] = '\0';
        return false;
    }
    (void)fputs("regel;kolom;soort;reden\n", reject->file);
    return true;
}

void import_reject_add(struct import_reject *reject, uint64_t line, const char *column, const char *what)
{
    reject->rows += reject->rows == 0 || line != reject->last_line;
    reject->last_line = line;
    if (!ready(reject)) {
        return;
    }
    (void)fprintf(reject->file, "%llu;%s;%s;\"", (unsigned long long)line, column, column_kind_of(column));
    for (; *what != '\0'; what++) {
        (void)fputs(*what == '"' ? "\"\"" : (char[]){*what, '\0'}, reject->file);
    }
    (void)fputs("\"\n", reject->file);
}

enum result import_reject_close(struct import_reject *reject, struct error *err)
{
    if (reject->file != NULL) {
        const bool written = ferror(reject->file) == 0 && fflush(reject->file) == 0 && fsync(fileno(reject->file)) == 0;
        if (fclose(reject->file) != 0 || !written) {
            reject->failed = true;
            (void)error_set(&reject->err, FAULT_IO, reject->path, "niet geheel geschreven: %s", strerror(errno));
        }
        reject->file = NULL;
    }
    if (reject->failed) {
        *err = reject->err;
        return RESULT_FAILED;
    }
    return RESULT_OK;
}
