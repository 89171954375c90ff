#include "cmd/import_watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/date.h"
#include "cmd/command.h"
#include "cmd/files.h"

enum { LOOK_MS = 5000, RETRY_MS = 1000, RETRY_MAX_MS = 60000, QUIET_S = 2, NAME_ROOM = 256, PATH_ROOM = 4096 };

struct watching {
    const struct import_job *job;
    const char *folder;
    int events;
    int stop;
    int64_t retry_ms; /* the node took nothing: so long until the next try, doubled each time; 0: it did */
    int64_t retry_at_ms;
};

/* Nobody still writes in it: the kernel grants no read lease then (fcntl(2)). Where the file is somebody else's, no
 * lease is granted at all, and a file counts as whole when nothing was added for a while. */
static bool is_whole(const char *path, const struct stat *status)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return true; /* reading it will say why not */
    }
    const bool leased = fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
    const bool written = !leased && errno == EAGAIN;
    (void)close(fd); /* and with it the lease */
    return leased || (!written && clock_now(&system_clock) / 1000 - status->st_mtim.tv_sec >= QUIET_S);
}

static bool is_ours(const char *folder, const char *name)
{
    static const char *const unfinished[] = {".tmp", ".part"};
    char path[PATH_ROOM];
    struct stat status;
    const size_t len = strlen(name);
    for (size_t i = 0; i < COUNT_OF(unfinished); i++) {
        const size_t end = strlen(unfinished[i]);
        if (len >= end && strcmp(name + len - end, unfinished[i]) == 0) {
            return false;
        }
    }
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return name[0] != '.' && len < NAME_ROOM && lstat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           is_whole(path, &status);
}

/* The first name in the folder, in order; "" none. */
static void first_name(const char *folder, char out[NAME_ROOM])
{
    DIR *dir = opendir(folder);
    out[0] = '\0';
    for (const struct dirent *entry = dir != NULL ? readdir(dir) : NULL; entry != NULL; entry = readdir(dir)) {
        if (is_ours(folder, entry->d_name) && (out[0] == '\0' || strcmp(entry->d_name, out) < 0)) {
            (void)snprintf(out, NAME_ROOM, "%s", entry->d_name);
        }
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
}

static enum result move_to(const struct watching *w, const char *name, const char *to, const char *moment,
                           struct error *err)
{
    char from[PATH_ROOM];
    char target[PATH_ROOM];
    (void)snprintf(from, sizeof from, "%s/%s", w->folder, name);
    (void)snprintf(target, sizeof target, "%s/%s/%s-%s", w->folder, to, moment, name);
    ENSURE(rename(from, target) == 0, err, FAULT_IO, target, "niet te verplaatsen: %s", strerror(errno));
    return RESULT_OK;
}

static int64_t steady_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What the node says of the content. That it knows us not (401), lets us not (403), or takes nothing now, is no reason
 * to put the file away: for whoever repairs that, it is still there. */
static bool is_the_files_fault(enum fault fault)
{
    return fault == FAULT_INVALID || fault == FAULT_CONFLICT || fault == FAULT_TOO_LARGE || fault == FAULT_NOT_FOUND;
}

/* Where it is not the file's fault that it was not read, it stays for another try. */
static enum result take_file(struct watching *w, const char *name, struct error *err)
{
    char path[PATH_ROOM];
    char rejected[PATH_ROOM];
    char moment[MOMENT_TEXT_SIZE];
    struct import_job job = *w->job;
    struct import_outcome outcome;
    (void)snprintf(moment, sizeof moment, "%s", moment_text(clock_now(&system_clock)).text);
    for (char *c = moment; *c != '\0'; c++) {
        if (*c == ':') {
            *c = '.';
        }
    }
    (void)snprintf(path, sizeof path, "%s/%s", w->folder, name);
    (void)snprintf(rejected, sizeof rejected, "%s/verwerkt/%s-%s.afgewezen.csv", w->folder, moment, name);
    job.path = path;
    job.rejected = rejected;
    (void)printf("%s: ", name);
    const enum result result = import_file(&job, &outcome, err);
    import_print(&job, &outcome);
    const int64_t waited = w->retry_ms;
    w->retry_ms = 0;
    if (result == RESULT_OK) {
        return move_to(w, name, "verwerkt", moment, err);
    }
    (void)command_fail(err);
    if (!is_the_files_fault(err->fault)) {
        w->retry_ms = waited == 0 ? RETRY_MS : waited < RETRY_MAX_MS / 2 ? waited * 2 : RETRY_MAX_MS;
        w->retry_at_ms = steady_ms() + w->retry_ms;
        (void)fprintf(stderr, "%s blijft staan: dit ligt niet aan het bestand; nieuwe poging over %lld s\n", name,
                      (long long)(w->retry_ms / 1000));
        return RESULT_OK;
    }
    return move_to(w, name, "mislukt", moment, err);
}

static enum result open_watch(struct watching *w, struct error *err)
{
    static const char *const rooms[] = {"verwerkt", "mislukt"};
    char path[PATH_ROOM];
    sigset_t signals;
    for (size_t i = 0; i < COUNT_OF(rooms); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", w->folder, rooms[i]);
        ENSURE(mkdir(path, 0700) == 0 || errno == EEXIST, err, FAULT_IO, path, "niet te maken: %s", strerror(errno));
    }
    (void)signal(SIGIO, SIG_IGN); /* the kernel's word that somebody wants to write where we hold a lease */
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &signals, NULL);
    w->stop = signalfd(-1, &signals, SFD_CLOEXEC);
    w->events = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    ENSURE(w->stop >= 0 && w->events >= 0 &&
               inotify_add_watch(w->events, w->folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) >= 0,
           err, FAULT_IO, w->folder, "niet te volgen: %s", strerror(errno));
    return RESULT_OK;
}

/* Until something appears, it is time to try again, or it is time to stop (false). */
static bool wait_for_more(const struct watching *w)
{
    struct pollfd ready[] = {{.fd = w->stop, .events = POLLIN}, {.fd = w->events, .events = POLLIN}};
    char drained[4096];
    const int64_t until = w->retry_ms != 0 ? w->retry_at_ms - steady_ms() : LOOK_MS;
    const int wait = until < 1 ? 1 : until < LOOK_MS ? (int)until : LOOK_MS;
    (void)poll(ready, COUNT_OF(ready), wait); /* and look again: a file may have become whole unseen */
    while (read(w->events, drained, sizeof drained) > 0) {
    }
    return (ready[0].revents & POLLIN) == 0;
}

static bool must_stop(const struct watching *w)
{
    struct pollfd stop = {.fd = w->stop, .events = POLLIN};
    return poll(&stop, 1, 0) > 0;
}

int import_watch(const struct import_job *job, const char *folder)
{
    struct watching w = {.job = job, .folder = folder, .events = -1, .stop = -1};
    struct error err;
    enum result result = open_watch(&w, &err);
    bool more = result == RESULT_OK;
    while (more && result == RESULT_OK) {
        char name[NAME_ROOM];
        first_name(folder, name);
        const bool rests = w.retry_ms != 0 && steady_ms() < w.retry_at_ms;
        if (name[0] != '\0' && !rests && !must_stop(&w)) {
            result = take_file(&w, name, &err);
            continue;
        }
        more = wait_for_more(&w);
    }
    (void)close(w.events);
    (void)close(w.stop);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}
