#include "api/later.h"

#include <uv.h>

#include "base/mem.h"

struct turn {
    uv_idle_t idle;
    void (*go_on)(void *ctx);
    void *ctx;
};

static void turn_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

static void turn_came(uv_idle_t *idle)
{
    struct turn *turn = idle->data;
    void (*go_on)(void *ctx) = turn->go_on;
    void *ctx = turn->ctx;
    uv_close((uv_handle_t *)idle, turn_closed);
    go_on(ctx);
}

enum result later(uv_loop_t *loop, void (*go_on)(void *ctx), void *ctx, struct error *err)
{
    struct turn *turn = mem_zalloc(sizeof *turn);
    ENSURE(turn != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    turn->go_on = go_on;
    turn->ctx = ctx;
    (void)uv_idle_init(loop, &turn->idle);
    turn->idle.data = turn;
    (void)uv_idle_start(&turn->idle, turn_came);
    return RESULT_OK;
}

struct job {
    uv_work_t work;
    void (*run)(void *ctx);
    void (*done)(void *ctx);
    void *ctx;
};

static void job_run(uv_work_t *work)
{
    struct job *job = work->data;
    job->run(job->ctx);
}

static void job_done(uv_work_t *work, int status)
{
    (void)status; /* never cancelled */
    struct job *job = work->data;
    void (*done)(void *ctx) = job->done;
    void *ctx = job->ctx;
    mem_free(job);
    done(ctx);
}

enum result aside(uv_loop_t *loop, void (*run)(void *ctx), void (*done)(void *ctx), void *ctx, struct error *err)
{
    struct job *job = mem_zalloc(sizeof *job);
    ENSURE(job != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    job->run = run;
    job->done = done;
    job->ctx = ctx;
    job->work.data = job;
    (void)uv_queue_work(loop, &job->work, job_run, job_done); /* fails only without a callback */
    return RESULT_OK;
}
