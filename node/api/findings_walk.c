#include "api/findings_walk.h"

#include "api/later.h"
#include "base/mem.h"

enum { PAGE = 50 };

static void next_page(void *ctx);

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct findings_walk *walk = ctx;
    struct error fault;
    if (err != NULL) {
        /* The item behind which this page begins was removed meanwhile: what is left is seen the next time. */
        walk->end(walk, err->fault == FAULT_NOT_FOUND ? NULL : err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (finding_decode(items[i].payload, &walk->seen, &fault) == RESULT_OK) {
            walk->see(walk, &walk->seen, &items[i]);
        } else {
            log_error(walk->api->log, LOG_ERROR, "bevinding-onleesbaar", &fault);
        }
    }
    if (!more || count == 0) {
        walk->end(walk, NULL);
        return;
    }
    walk->after = items[count - 1].id;
    if (later(walk->api->loop, next_page, walk, &fault) != RESULT_OK) {
        walk->end(walk, &fault);
    }
}

static void next_page(void *ctx)
{
    struct findings_walk *walk = ctx;
    const struct ident after = walk->after;
    store_list(walk->api->door, STORE_FINDING, &after, PAGE, listed, walk);
}

void findings_walk(struct findings_walk *walk)
{
    store_list(walk->api->door, STORE_FINDING, NULL, PAGE, listed, walk);
}
