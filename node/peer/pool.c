#include "base/mem.h"
#include "peer/peer_parts.h"

int64_t peer_now_ms(void)
{
    return (int64_t)(uv_hrtime() / 1000000U);
}

/* What an administrator may set, with room on both sides of the defaults. */
static enum result check_options(const struct peer_options *options, struct error *err)
{
    const struct {
        const char *name;
        uint64_t value, least, most;
    } rows[] = {
        {"connect_ms", options->connect_ms, 1, 60000},
        {"total_ms", options->total_ms, 1, 600000},
        {"retry_ms", options->retry_ms, 0, 60000},
        {"circuit_ms", options->circuit_ms, 1, 3600000},
        {"tries", options->tries, 1, 8},
        {"circuit_failures", options->circuit_failures, 1, 1000},
        {"connections", options->connections, 1, 64},
        {"answer_max", options->answer_max, 1, 1073741824},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ENSURE(rows[i].value >= rows[i].least && rows[i].value <= rows[i].most, err, FAULT_CONFIG, rows[i].name,
               "toegestaan is %llu tot en met %llu", (unsigned long long)rows[i].least,
               (unsigned long long)rows[i].most);
    }
    return RESULT_OK;
}

enum result peer_pool_open(struct uv_loop_s *loop, const struct trust *trust, const struct peer_options *options,
                           struct peer_pool **out, struct error *err)
{
    TRY(check_options(options, err));
    struct peer_pool *pool = mem_zalloc(sizeof *pool);
    ENSURE(pool != NULL, err, FAULT_NO_MEMORY, "ketenpartners", "geen geheugen");
    pool->loop = loop;
    pool->options = *options;
    /* Counted by libcurl, and safe from any thread since 7.84. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        mem_free(pool);
        FAIL(err, FAULT_NO_MEMORY, "ketenpartners", "libcurl kan niet beginnen");
    }
    if (peer_engine_open(pool, trust, &pool->current, err) != RESULT_OK) {
        curl_global_cleanup();
        mem_free(pool);
        return RESULT_FAILED;
    }
    *out = pool;
    return RESULT_OK;
}

enum result peer_pool_reload(struct peer_pool *pool, const struct trust *trust, struct error *err)
{
    struct peer_engine *fresh = NULL;
    TRY(peer_engine_open(pool, trust, &fresh, err));
    struct peer_engine *before = pool->current;
    pool->current = fresh;
    peer_engine_retire(before);
    return RESULT_OK;
}

void peer_pool_set_times(struct peer_pool *pool, uint32_t connect_ms, uint32_t total_ms)
{
    struct peer_options options = pool->options;
    options.connect_ms = connect_ms;
    options.total_ms = total_ms;
    if (check_options(&options, NULL) == RESULT_OK) {
        pool->options = options;
    }
}

uint32_t peer_pool_total_ms(const struct peer_pool *pool)
{
    return pool->options.total_ms;
}

void peer_pool_close(struct peer_pool *pool, void (*closed)(void *ctx), void *ctx)
{
    pool->closing = true;
    pool->closed = closed;
    pool->closed_ctx = ctx;
    for (struct peer_call *call = pool->calls; call != NULL; call = call->next) {
        peer_cancel(call);
    }
    peer_engine_retire(pool->current);
}

void peer_pool_settle(struct peer_pool *pool)
{
    if (!pool->closing || pool->call_count != 0 || pool->engines != 0) {
        return;
    }
    void (*closed)(void *ctx) = pool->closed;
    void *ctx = pool->closed_ctx;
    curl_global_cleanup();
    for (size_t i = 0; i < pool->tally_count; i++) {
        mem_free(pool->tallies[i]);
    }
    mem_free(pool);
    if (closed != NULL) {
        closed(ctx);
    }
}
