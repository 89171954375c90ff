#include "api/ending.h"

#include <stdio.h>

#include "api/later.h"
#include "api/retention.h"
#include "base/mem.h"

struct ending *ending_new(struct api *api)
{
    struct ending *e = mem_zalloc(sizeof *e);
    if (e != NULL) {
        e->api = api;
    }
    return e;
}

void ending_free(struct ending *e)
{
    mem_free(e);
}

void ending_add_all_over(struct ending *e)
{
    const struct date today = moment_date(clock_now(e->api->clock));
    struct audit_class class;
    for (size_t at = 0; e->count < RETENTION_DESTROY_MAX && audit_next_class(e->api->audit, &at, &class);) {
        if (audit_class_over(&class, &today)) {
            e->classes[e->count++] = class.class;
        }
    }
}

static void finish(struct ending *e, const struct error *err)
{
    e->api->calls--;
    e->done(e->ctx, err);
    mem_free(e);
}

/* On a worker thread. */
static void destroy(void *ctx)
{
    struct ending *e = ctx;
    e->failed = seal_class_destroy(e->api->keyring, e->classes, e->count, &e->err) != RESULT_OK;
}

static void destroyed(void *ctx)
{
    struct ending *e = ctx;
    if (e->failed) {
        log_error(e->api->log, LOG_ERROR, "logboeksleutel-nog-niet-vernietigd", &e->err);
        finish(e, &e->err);
        return;
    }
    for (size_t i = 0; i < e->count; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%u-%u", (unsigned)e->classes[i].month, (unsigned)e->classes[i].class);
        audit_destroy_done(e->api->audit, e->classes[i]);
        log_event(e->api->log, LOG_INFO, "logboeksleutel-vernietigd", LOG_TEXT("sleutel", name));
    }
    finish(e, NULL);
}

static void undo(const struct ending *e, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        audit_destroy_undo(e->api->audit, e->classes[i]);
    }
    audit_forget_keys(e->api->audit);
}

static void recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    (void)committed;
    struct ending *e = ctx;
    struct error fault;
    if (err != NULL) {
        undo(e, e->count);
        log_error(e->api->log, LOG_ERROR, "vernietiging-niet-vastgelegd", err);
        finish(e, err);
    } else if (aside(e->api->loop, destroy, destroyed, e, &fault) != RESULT_OK) {
        destroy(e); /* no memory for a worker: here, then */
        destroyed(e);
    }
}

enum result ending_begin(struct ending *e, const struct record *record,
                         void (*done)(void *ctx, const struct error *err), void *ctx, struct error *err)
{
    struct store_batch *batch = store_batch_new(e->api->door);
    ENSURE(batch != NULL, err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    for (size_t i = 0; i < e->count; i++) {
        struct record each = *record;
        if (audit_append_destroyed(e->api->audit, batch, &each, e->classes[i], err) != RESULT_OK) {
            store_batch_free(batch);
            undo(e, i);
            return RESULT_FAILED;
        }
    }
    e->done = done;
    e->ctx = ctx;
    e->api->calls++;
    store_commit(e->api->door, batch, recorded, e);
    return RESULT_OK;
}
