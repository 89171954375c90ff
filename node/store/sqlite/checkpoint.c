#include "store/sqlite/checkpoint.h"

#include <signal.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "store/sqlite/sql.h"

struct checkpoint {
    struct backend_options options;
    pthread_mutex_t *commit_lock;
    sqlite3 *db;
    pthread_t thread;

    pthread_mutex_t lock; /* guards what follows; taken inside the commit lock, never around it */
    pthread_cond_t changed;
    int pages;        /* in the write-ahead log, as far as known */
    uint64_t commits; /* seen so far */
    int last_code;    /* of the last checkpoint: what goes on is told once; this thread's alone */
    bool stopping;
    bool ended; /* a sync failed */
};

void checkpoint_note(struct checkpoint *checkpoint, int wal_pages)
{
    (void)pthread_mutex_lock(&checkpoint->lock);
    const bool wake = checkpoint->pages == 0 || (checkpoint->pages < STORE_WAL_PAGES && wal_pages >= STORE_WAL_PAGES);
    checkpoint->pages = wal_pages;
    checkpoint->commits++;
    if (wake) {
        (void)pthread_cond_signal(&checkpoint->changed);
    }
    (void)pthread_mutex_unlock(&checkpoint->lock);
}

bool checkpoint_behind(struct checkpoint *checkpoint)
{
    (void)pthread_mutex_lock(&checkpoint->lock);
    const bool behind = checkpoint->pages >= STORE_WAL_BEHIND_PAGES;
    (void)pthread_mutex_unlock(&checkpoint->lock);
    return behind;
}

/* Under the lock: until something changes, at most ms. */
static void wait_ms(struct checkpoint *checkpoint, int ms)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    (void)pthread_cond_timedwait(&checkpoint->changed, &checkpoint->lock, &until);
}

static void note_code(struct checkpoint *checkpoint, int code)
{
    struct error err;
    const bool told = code == checkpoint->last_code;
    checkpoint->last_code = code;
    if (code == SQLITE_OK || told || (code & 0xFF) == SQLITE_BUSY) {
        return;
    }
    (void)sql_fault(code, &err);
    log_error(checkpoint->options.log, LOG_ERROR, "opslag-bijwerken", &err);
    if (sql_sync_failed(code)) {
        (void)pthread_mutex_lock(&checkpoint->lock);
        checkpoint->ended = true;
        (void)pthread_mutex_unlock(&checkpoint->lock);
        checkpoint->options.sync_failed(checkpoint->options.sync_failed_ctx, &err);
    }
}

/* After it the write-ahead log starts over at the next commit. */
static int start_over(struct checkpoint *checkpoint, int mode)
{
    (void)pthread_mutex_lock(checkpoint->commit_lock);
    const int code = sqlite3_wal_checkpoint_v2(checkpoint->db, NULL, mode, NULL, NULL);
    if (code == SQLITE_OK) {
        (void)pthread_mutex_lock(&checkpoint->lock);
        checkpoint->pages = 0;
        (void)pthread_mutex_unlock(&checkpoint->lock);
    }
    (void)pthread_mutex_unlock(checkpoint->commit_lock);
    return code;
}

static int move(struct checkpoint *checkpoint, int mode)
{
    int code = SQLITE_OK;
    /* Twice beside the commits: what came in during the first pass is little, and is all that the second copies. */
    for (int pass = 0; pass < 2 && code == SQLITE_OK; pass++) {
        code = sqlite3_wal_checkpoint_v2(checkpoint->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    }
    if (code == SQLITE_OK) {
        code = start_over(checkpoint, mode);
    }
    note_code(checkpoint, code);
    return code;
}

/* Under the lock: which checkpoint is due, or SQLITE_CHECKPOINT_PASSIVE for none yet. */
static int due(struct checkpoint *checkpoint)
{
    if (checkpoint->pages >= STORE_WAL_PAGES) {
        return SQLITE_CHECKPOINT_RESTART;
    }
    const uint64_t before = checkpoint->commits;
    if (checkpoint->pages == 0) {
        (void)pthread_cond_wait(&checkpoint->changed, &checkpoint->lock);
        return SQLITE_CHECKPOINT_PASSIVE;
    }
    wait_ms(checkpoint, STORE_IDLE_MS);
    return checkpoint->commits == before ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
}

static void *run(void *arg)
{
    struct checkpoint *checkpoint = arg;
    (void)pthread_mutex_lock(&checkpoint->lock);
    while (!checkpoint->stopping && !checkpoint->ended) {
        const int mode = due(checkpoint);
        if (checkpoint->stopping || mode == SQLITE_CHECKPOINT_PASSIVE) {
            continue;
        }
        (void)pthread_mutex_unlock(&checkpoint->lock);
        const int code = move(checkpoint, mode);
        (void)pthread_mutex_lock(&checkpoint->lock);
        if (code != SQLITE_OK && !checkpoint->stopping) {
            /* Busy: a reader still looks at the log, not for long. */
            wait_ms(checkpoint, (code & 0xFF) == SQLITE_BUSY ? STORE_RETRY_MS : STORE_IDLE_MS);
        }
    }
    (void)pthread_mutex_unlock(&checkpoint->lock);
    return NULL;
}

static enum result connect(struct checkpoint *checkpoint, const char *path, struct error *err)
{
    TRY(sql_open(path, SQL_CHECKPOINTS, checkpoint->options.test_without_sync, &checkpoint->db, err));
    /* A reader that stays is waited for elsewhere; here it would hold up the writer. */
    (void)sqlite3_busy_timeout(checkpoint->db, 0);
    int64_t version = 0; /* the first read is what makes the connection see that there is a write-ahead log */
    return sql_number(checkpoint->db, "PRAGMA user_version", &version, err);
}

static bool start_thread(struct checkpoint *checkpoint)
{
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&checkpoint->thread, NULL, run, checkpoint) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

static void drop(struct checkpoint *checkpoint)
{
    (void)sqlite3_close(checkpoint->db); /* NULL is fine */
    (void)pthread_cond_destroy(&checkpoint->changed);
    (void)pthread_mutex_destroy(&checkpoint->lock);
    mem_free(checkpoint);
}

enum result checkpoint_start(const struct backend_options *options, const char *path, pthread_mutex_t *commit_lock,
                             struct checkpoint **out, struct error *err)
{
    struct checkpoint *checkpoint = mem_zalloc(sizeof *checkpoint);
    ENSURE(checkpoint != NULL, err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    checkpoint->options = *options;
    checkpoint->commit_lock = commit_lock;
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&checkpoint->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    (void)pthread_mutex_init(&checkpoint->lock, NULL);
    if (connect(checkpoint, path, err) != RESULT_OK) {
        drop(checkpoint);
        return RESULT_FAILED;
    }
    if (!start_thread(checkpoint)) {
        drop(checkpoint);
        FAIL(err, FAULT_NO_MEMORY, "opslag", "de bijwerkende draad kan niet starten");
    }
    *out = checkpoint;
    return RESULT_OK;
}

void checkpoint_stop(struct checkpoint *checkpoint)
{
    if (checkpoint == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&checkpoint->lock);
    checkpoint->stopping = true;
    (void)pthread_cond_signal(&checkpoint->changed);
    (void)pthread_mutex_unlock(&checkpoint->lock);
    (void)pthread_join(checkpoint->thread, NULL);
    drop(checkpoint);
}
