#include "bench/load_run.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

static const int64_t SECOND_US = 1000000;
enum { EVENTS_MAX = 64, WAIT_MS = 50 };

struct run {
    struct load_plan *plan;
    int poll;
    unsigned count;
    unsigned alive;
    struct connection *connections[LOAD_CONNECTIONS_MAX];
    bool waits_write[LOAD_CONNECTIONS_MAX];
};

static int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / 1000;
}

static void watch(const struct run *run, unsigned i, int operation)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.u32 = i}};
    if (run->waits_write[i]) {
        event.events |= EPOLLOUT;
    }
    (void)epoll_ctl(run->poll, operation, connection_fd(run->connections[i]), &event);
}

static void serve(struct run *run, unsigned i)
{
    struct connection *connection = run->connections[i];
    if (connection == NULL) {
        return;
    }
    if (!connection_ready(connection)) {
        connection_close(connection); /* closing the socket takes it out of the poll */
        run->connections[i] = NULL;
        run->alive--;
        return;
    }
    if (connection_wants_write(connection) != run->waits_write[i]) {
        run->waits_write[i] = !run->waits_write[i];
        watch(run, i, EPOLL_CTL_MOD);
    }
}

static uint64_t in_flight(const struct run *run)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < run->count; i++) {
        count += run->connections[i] != NULL ? connection_in_flight(run->connections[i]) : 0;
    }
    return count;
}

/* Until the deadline; earlier when nothing is allowed and nothing is under way, or no connection is left. */
static void turn(struct run *run, uint64_t allowance, int64_t deadline_us)
{
    struct epoll_event events[EVENTS_MAX];
    struct load_plan *plan = run->plan;
    plan->allowance = allowance;
    plan->now_us = now_us();
    for (unsigned i = 0; i < run->count; i++) {
        serve(run, i);
    }
    while (run->alive != 0 && plan->now_us < deadline_us && (plan->allowance != 0 || in_flight(run) != 0)) {
        const int64_t left_ms = (deadline_us - plan->now_us) / 1000 + 1;
        const int count = epoll_wait(run->poll, events, EVENTS_MAX, left_ms < WAIT_MS ? (int)left_ms : WAIT_MS);
        plan->now_us = now_us();
        for (int i = 0; i < count; i++) {
            serve(run, events[i].data.u32);
        }
    }
}

static enum result open_all(struct run *run, unsigned count, struct error *err)
{
    run->poll = epoll_create1(EPOLL_CLOEXEC);
    ENSURE(run->poll >= 0, err, FAULT_IO, "epoll", "%s", strerror(errno));
    for (unsigned i = 0; i < count; i++) {
        TRY(connection_open(run->plan, &run->connections[i], err));
        run->count++;
        run->alive++;
        watch(run, i, EPOLL_CTL_ADD);
        serve(run, i); /* the preface: a server does not wait for it for ever */
    }
    return RESULT_OK;
}

static enum result measure(struct run *run, const struct load_schedule *schedule, double *out_seconds,
                           struct error *err)
{
    struct load_plan *plan = run->plan;
    const bool counted = schedule->requests != 0;
    if (schedule->warmup_seconds != 0) {
        turn(run, UINT64_MAX, now_us() + (int64_t)schedule->warmup_seconds * SECOND_US);
        if (counted) {
            turn(run, 0, now_us() + LOAD_DRAIN_SECONDS * SECOND_US);
        }
        ENSURE(load_stats_errors(&plan->stats) == 0, err, FAULT_PEER, "opwarmen",
               "%llu antwoorden die niet deugen (laatste status %d)",
               (unsigned long long)load_stats_errors(&plan->stats), plan->stats.last_status);
        plan->stats = (struct load_stats){0};
    }
    const int64_t from = now_us();
    turn(run, counted ? schedule->requests : UINT64_MAX, from + (int64_t)schedule->seconds * SECOND_US);
    const int64_t until = now_us();
    *out_seconds = (double)(until - from) / (double)SECOND_US;
    if (counted) {
        /* Asked but not answered in time, and not even asked, are both missing. */
        plan->stats.lost += in_flight(run) + plan->allowance;
        return RESULT_OK;
    }
    const struct load_stats measured = plan->stats;
    turn(run, 0, until + LOAD_DRAIN_SECONDS * SECOND_US);
    plan->stats = measured;
    return RESULT_OK;
}

static enum result hold(const struct run *run, unsigned seconds, struct error *err)
{
    ENSURE(run->alive == run->count, err, FAULT_PEER, "--hold", "%u van %u verbindingen zijn nog open", run->alive,
           run->count);
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    (void)puts("open");
    (void)fflush(stdout);
    (void)poll(&input, 1, (int)seconds * 1000);
    return RESULT_OK;
}

enum result load_run(struct load_plan *plan, const struct load_schedule *schedule, double *out_seconds,
                     struct error *err)
{
    struct run *run = mem_zalloc(sizeof *run);
    ENSURE(run != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    run->plan = plan;
    enum result result = open_all(run, schedule->connections, err);
    if (result == RESULT_OK) {
        result = measure(run, schedule, out_seconds, err);
    }
    if (result == RESULT_OK && schedule->hold_seconds != 0) {
        result = hold(run, schedule->hold_seconds, err);
    }
    for (unsigned i = 0; i < run->count; i++) {
        connection_close(run->connections[i]);
    }
    if (run->poll >= 0) {
        (void)close(run->poll);
    }
    mem_free(run);
    return result;
}
