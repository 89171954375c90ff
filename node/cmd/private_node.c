#include "cmd/private_node.h"

#include <uv.h>

#include "base/mem.h"
#include "cmd/files.h"
#include "cmd/node.h"

struct private_node {
    uv_thread_t thread;
    uv_loop_t loop;
    uv_async_t stop;
    uv_sem_t ready;
    struct node_options options;
    struct node *node;
    struct error err;
    bool failed;
};

static void on_ready(void *ctx, const struct error *err)
{
    struct private_node *p = ctx;
    if (err != NULL) {
        p->err = *err;
        p->failed = true;
        uv_close((uv_handle_t *)&p->stop, NULL);
    }
    uv_sem_post(&p->ready);
}

static void on_stop(uv_async_t *handle)
{
    struct private_node *p = handle->data;
    uv_close((uv_handle_t *)handle, NULL);
    node_close(p->node, NULL, NULL);
}

static void run(void *ctx)
{
    struct private_node *p = ctx;
    if (node_open(&p->loop, &p->options, on_ready, p, &p->node, &p->err) != RESULT_OK) {
        p->failed = true;
        uv_close((uv_handle_t *)&p->stop, NULL);
        uv_sem_post(&p->ready);
    }
    (void)uv_run(&p->loop, UV_RUN_DEFAULT);
}

/* When its thread has ended. */
static void give_back(struct private_node *p)
{
    (void)uv_loop_close(&p->loop);
    uv_sem_destroy(&p->ready);
    mem_free(p);
}

enum result private_node_start(const struct config *config, struct private_node **out, struct error *err)
{
    struct private_node *p = mem_zalloc(sizeof *p);
    ENSURE(p != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    p->options = (struct node_options){.config = config, .clock = &system_clock, .entropy = &system_entropy};
    (void)uv_loop_init(&p->loop);
    (void)uv_async_init(&p->loop, &p->stop, on_stop);
    p->stop.data = p;
    (void)uv_sem_init(&p->ready, 0);
    if (uv_thread_create(&p->thread, run, p) != 0) {
        uv_close((uv_handle_t *)&p->stop, NULL);
        (void)uv_run(&p->loop, UV_RUN_DEFAULT);
        give_back(p);
        FAIL(err, FAULT_NO_MEMORY, "", "geen draad te maken");
    }
    uv_sem_wait(&p->ready);
    if (p->failed) {
        (void)uv_thread_join(&p->thread);
        *err = p->err;
        give_back(p);
        return RESULT_FAILED;
    }
    *out = p;
    return RESULT_OK;
}

void private_node_stop(struct private_node *p)
{
    if (p == NULL) {
        return;
    }
    (void)uv_async_send(&p->stop);
    (void)uv_thread_join(&p->thread);
    give_back(p);
}
