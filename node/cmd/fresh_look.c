#include "cmd/fresh_look.h"

#include <errno.h>
#include <pthread.h>
#include <time.h>

#include <uv.h>

#include "base/mem.h"

struct fresh_look {
    uv_async_t wake;
    struct watch *watch;
    pthread_mutex_t lock;
    pthread_cond_t looked;
    uint64_t asked, answered; /* looks */
    bool stopped;
};

static void on_wake(uv_async_t *wake)
{
    struct fresh_look *look = wake->data;
    (void)pthread_mutex_lock(&look->lock);
    const uint64_t asked = look->asked;
    const bool stopped = look->stopped;
    (void)pthread_mutex_unlock(&look->lock);
    if (stopped) {
        return;
    }
    watch_now(look->watch);
    (void)pthread_mutex_lock(&look->lock);
    look->answered = asked;
    (void)pthread_cond_broadcast(&look->looked);
    (void)pthread_mutex_unlock(&look->lock);
}

struct fresh_look *fresh_look_open(uv_loop_t *loop, struct watch *watch)
{
    struct fresh_look *look = mem_zalloc(sizeof *look);
    if (look == NULL || uv_async_init(loop, &look->wake, on_wake) != 0) {
        mem_free(look);
        return NULL;
    }
    look->wake.data = look;
    look->watch = watch;
    (void)pthread_mutex_init(&look->lock, NULL);
    (void)pthread_cond_init(&look->looked, NULL);
    return look;
}

static struct timespec patience(void)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += FRESH_LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    return until;
}

void fresh_look_take(void *ctx, struct standing *out)
{
    struct fresh_look *look = ctx;
    const struct timespec until = patience();
    (void)pthread_mutex_lock(&look->lock);
    const uint64_t asked = ++look->asked;
    (void)uv_async_send(&look->wake);
    int waited = 0;
    while (look->answered < asked && !look->stopped && waited != ETIMEDOUT) {
        waited = pthread_cond_timedwait(&look->looked, &look->lock, &until);
    }
    const bool fresh = look->answered >= asked;
    (void)pthread_mutex_unlock(&look->lock);
    watch_look(look->watch, out);
    out->fresh = fresh;
}

void fresh_look_stop(struct fresh_look *look)
{
    if (look != NULL) {
        (void)pthread_mutex_lock(&look->lock);
        look->stopped = true;
        (void)pthread_cond_broadcast(&look->looked);
        (void)pthread_mutex_unlock(&look->lock);
    }
}

static void closed(uv_handle_t *handle)
{
    struct fresh_look *look = handle->data;
    (void)pthread_mutex_destroy(&look->lock);
    (void)pthread_cond_destroy(&look->looked);
    mem_free(look);
}

void fresh_look_close(struct fresh_look *look)
{
    if (look != NULL) {
        uv_close((uv_handle_t *)&look->wake, closed);
    }
}
