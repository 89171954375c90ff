/* What monitoring gets is of now when the loop had time to look, and says that it is not when the loop had none. */
#include "unit/unit.h"

#include <pthread.h>
#include <uv.h>

#include "cmd/fresh_look.h"
#include "ops/standing.h"

/* In the place of watch.c: a look counts itself. */
struct watch {
    uint64_t looks;
};

void watch_now(struct watch *watch)
{
    watch->looks++;
}

void watch_look(void *ctx, struct standing *out)
{
    const struct watch *watch = ctx;
    *out = (struct standing){.commits = watch->looks};
}

struct scrape {
    struct fresh_look *look;
    uv_async_t taken;
    struct standing got;
};

static void *take(void *arg)
{
    struct scrape *scrape = arg;
    fresh_look_take(scrape->look, &scrape->got);
    /* The loop turns until then. */
    (void)uv_async_send(&scrape->taken);
    return NULL;
}

static void on_taken(uv_async_t *taken)
{
    uv_stop(taken->loop);
}

static void it_is_of_now_while_the_loop_turns_and_says_so_when_not(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct watch watch = {0};
    static struct scrape scrape;
    pthread_t thread;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(uv_async_init(&loop, &scrape.taken, on_taken), 0);
    scrape.look = fresh_look_open(&loop, &watch);
    assert_non_null(scrape.look);

    fresh_look_take(scrape.look, &scrape.got); /* on this very thread: the loop cannot turn meanwhile */
    assert_int_equal(scrape.got.fresh, 0);
    assert_int_equal(scrape.got.commits, 0);

    for (uint64_t i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&thread, NULL, take, &scrape), 0);
        (void)uv_run(&loop, UV_RUN_DEFAULT);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_int_equal(scrape.got.fresh, 1);
        assert_int_equal(scrape.got.commits, watch.looks);
    }

    fresh_look_stop(scrape.look);
    fresh_look_take(scrape.look, &scrape.got);
    assert_int_equal(scrape.got.fresh, 0);
    fresh_look_close(scrape.look);
    uv_close((uv_handle_t *)&scrape.taken, NULL);
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(it_is_of_now_while_the_loop_turns_and_says_so_when_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
