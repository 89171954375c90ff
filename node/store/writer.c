#include "store/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "store/door.h"

enum { HELD_STEP_MS = 5 };

struct writer {
    struct backend *backend;
    const struct log_sink *log;
    pthread_t thread;
    struct merkle_frontier tree; /* writer thread: as committed */
    atomic_bool ok;
    const atomic_bool *condemned;
    atomic_uint_fast64_t commits;

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t work;
    struct batch_list queue;
    struct batch_list large; /* see STORE_ALONE_CHANGES */
    int held_ms;             /* that the first of these has waited for room */
    size_t passed;           /* groups that went before the first of these */
    bool stopping;
    struct histogram times; /* of commits */
};

static void note_failure(struct writer *writer, const struct error *err)
{
    /* Told once: a full disk would otherwise fill the log too. */
    if (atomic_exchange(&writer->ok, false)) {
        log_error(writer->log, LOG_ERROR, "opslag-weigert", err);
    }
}

static void note_success(struct writer *writer)
{
    if (!atomic_exchange(&writer->ok, true)) {
        log_event(writer->log, LOG_INFO, "opslag-hersteld", LOG_NUMBER("bladeren", writer->tree.size));
    }
}

/* Leaves `tree` as it will be. A refused batch keeps its own error and leaves the others alone when a mark is set before
 * each; SQLite then keeps a copy of every page that a batch touches, so that this is for groups in which one is refused. */
static enum backend_outcome write_all(struct writer *writer, struct batch_list *group, bool marked,
                                      struct merkle_frontier *tree, struct error *err)
{
    enum backend_outcome outcome = backend_begin(writer->backend, err);
    *tree = writer->tree;
    for (struct store_batch *batch = group->first; batch != NULL && outcome == BACKEND_DONE; batch = batch->next) {
        struct error why;
        batch->committed.first_leaf = tree->size;
        outcome = backend_apply(writer->backend, batch, marked, tree, &why);
        if (outcome == BACKEND_REFUSED && (marked || group->count == 1)) {
            batch->failed = true;
            batch->err = why;
            outcome = marked ? BACKEND_DONE : BACKEND_REFUSED;
        } else if (outcome != BACKEND_DONE) {
            *err = why;
        }
    }
    return outcome == BACKEND_DONE ? backend_commit(writer->backend, tree, err) : outcome;
}

static void fail_all(struct batch_list *group, const struct error *err)
{
    for (struct store_batch *batch = group->first; batch != NULL; batch = batch->next) {
        batch->failed = true;
        batch->err = *err;
    }
}

static void commit_group(struct writer *writer, struct batch_list *group)
{
    struct error err;
    if (atomic_load(writer->condemned)) {
        (void)error_set(&err, FAULT_STORE, "opslag", "de opslag is gestopt na een schijffout");
        fail_all(group, &err);
        return;
    }
    struct merkle_frontier tree;
    const uint64_t began_us = monotonic_us();
    enum backend_outcome outcome = write_all(writer, group, false, &tree, &err);
    if (outcome == BACKEND_REFUSED) { /* nothing was written; the others anew, with a mark before each */
        backend_rollback(writer->backend);
        if (group->count == 1) {
            return;
        }
        outcome = write_all(writer, group, true, &tree, &err);
    }
    if (outcome != BACKEND_DONE) {
        backend_rollback(writer->backend);
        note_failure(writer, &err);
        fail_all(group, &err);
        return;
    }
    writer->tree = tree;
    note_success(writer);
    (void)atomic_fetch_add(&writer->commits, 1);
    (void)pthread_mutex_lock(&writer->lock);
    histogram_add(&writer->times, monotonic_us() - began_us);
    (void)pthread_mutex_unlock(&writer->lock);
    for (struct store_batch *batch = group->first; batch != NULL; batch = batch->next) {
        batch->committed.tree_size = tree.size;
    }
}

static bool is_large(const struct store_batch *batch)
{
    return batch->count >= STORE_ALONE_CHANGES;
}

static bool waiting(const struct writer *writer)
{
    return writer->queue.first != NULL || writer->large.first != NULL;
}

/* Under the lock: whether the first large batch may go as far as the database is concerned. */
static bool has_room(struct writer *writer)
{
    if (writer->stopping || !backend_behind(writer->backend) || writer->held_ms >= STORE_BEHIND_MS) {
        writer->held_ms = 0;
        return true;
    }
    return false;
}

/* Under the lock: until something is pushed, or a while when a large batch waits for room. */
static void wait_for_work(struct writer *writer)
{
    if (writer->large.first == NULL) {
        (void)pthread_cond_wait(&writer->work, &writer->lock);
        return;
    }
    struct timespec until;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += HELD_STEP_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    if (pthread_cond_timedwait(&writer->work, &writer->lock, &until) != 0) {
        writer->held_ms += HELD_STEP_MS;
    }
}

/* Under the lock: waits for work; an empty group means: stop. A large batch goes by itself, when nothing else waits or
 * it was passed often enough: who waits for an answer never waits for more than one of them. */
static void take_group(struct writer *writer, struct batch_list *group)
{
    bool room = writer->large.first != NULL && has_room(writer);
    while (writer->queue.first == NULL && !room && !(writer->stopping && !waiting(writer))) {
        wait_for_work(writer);
        room = writer->large.first != NULL && has_room(writer);
    }
    if (room && (writer->queue.first == NULL || writer->passed >= STORE_PATIENCE)) {
        writer->passed = 0;
        batch_list_push(group, batch_list_pop(&writer->large));
        return;
    }
    writer->passed += writer->large.first != NULL;
    while (group->count < STORE_GROUP_MAX && writer->queue.first != NULL) {
        batch_list_push(group, batch_list_pop(&writer->queue));
    }
}

/* Each run of batches from one door goes back as a whole: its loop wakes once. */
static void hand_back(struct batch_list *group)
{
    while (group->first != NULL) {
        struct batch_list same = {NULL, NULL, 0};
        const struct store_door *door = group->first->door;
        while (group->first != NULL && group->first->door == door) {
            batch_list_push(&same, batch_list_pop(group));
        }
        door_complete(&same);
    }
}

static void *run(void *arg)
{
    struct writer *writer = arg;
    for (;;) {
        struct batch_list group = {NULL, NULL, 0};
        (void)pthread_mutex_lock(&writer->lock);
        take_group(writer, &group);
        (void)pthread_mutex_unlock(&writer->lock);
        if (group.first == NULL) {
            return NULL;
        }
        commit_group(writer, &group);
        hand_back(&group);
    }
}

static bool start_thread(struct writer *writer)
{
    /* Signals are the loops' business. */
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&writer->thread, NULL, run, writer) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

enum result writer_start(struct backend *backend, const struct merkle_frontier *tree, const struct log_sink *log,
                         const atomic_bool *condemned, struct writer **out, struct error *err)
{
    struct writer *writer = mem_zalloc(sizeof *writer);
    ENSURE(writer != NULL, err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    writer->backend = backend;
    writer->log = log;
    writer->tree = *tree;
    atomic_init(&writer->ok, true);
    writer->condemned = condemned;
    atomic_init(&writer->commits, 1);
    (void)pthread_mutex_init(&writer->lock, NULL);
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&writer->work, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (!start_thread(writer)) {
        (void)pthread_cond_destroy(&writer->work);
        (void)pthread_mutex_destroy(&writer->lock);
        mem_free(writer);
        FAIL(err, FAULT_NO_MEMORY, "opslag", "de schrijvende draad kan niet starten");
    }
    *out = writer;
    return RESULT_OK;
}

void writer_stop(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    (void)pthread_cond_signal(&writer->work);
    (void)pthread_mutex_unlock(&writer->lock);
    (void)pthread_join(writer->thread, NULL);
    (void)pthread_cond_destroy(&writer->work);
    (void)pthread_mutex_destroy(&writer->lock);
    mem_free(writer);
}

enum result writer_push(struct writer *writer, struct store_batch *batch, struct error *err)
{
    (void)pthread_mutex_lock(&writer->lock);
    const bool room = writer->queue.count + writer->large.count < STORE_QUEUE_MAX;
    if (room) {
        batch_list_push(is_large(batch) ? &writer->large : &writer->queue, batch);
    }
    (void)pthread_mutex_unlock(&writer->lock);
    ENSURE(room, err, FAULT_BUSY, "opslag", "er wachten al %d wijzigingen", (int)STORE_QUEUE_MAX);
    return RESULT_OK;
}

void writer_wake(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    if (waiting(writer)) {
        (void)pthread_cond_signal(&writer->work);
    }
    (void)pthread_mutex_unlock(&writer->lock);
}

bool writer_ok(const struct writer *writer)
{
    return atomic_load(&writer->ok) && !atomic_load(writer->condemned);
}

void writer_times(struct writer *writer, struct histogram *out)
{
    (void)pthread_mutex_lock(&writer->lock);
    *out = writer->times;
    (void)pthread_mutex_unlock(&writer->lock);
}

uint64_t writer_commits(const struct writer *writer)
{
    return atomic_load(&writer->commits);
}
