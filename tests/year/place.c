#include "year/place.h"

#include <stdio.h>
#include <sys/stat.h>

#include "year/year.h"

/* What is written belongs to that year, not to now. */
static int64_t when_opened(void *ctx)
{
    (void)ctx;
    return YEAR_BEGINS_MS;
}

static const struct clock opening = {when_opened, NULL};

enum result year_place_open(struct year_place *p, const char *folder, struct error *err)
{
    struct stat there;
    *p = (struct year_place){.keyring = NULL};
    (void)snprintf(p->data, sizeof p->data, "%s/gegevens", folder);
    (void)snprintf(p->keys, sizeof p->keys, "%s/sleutels", folder);
    if (stat(p->keys, &there) != 0) {
        TRY(keyring_create(p->keys, err));
    }
    TRY(keyring_open(p->keys, &p->keyring, err));
    const struct store_options options = {.folder = p->data, .keyring = p->keyring, .clock = &opening};
    TRY(store_open(&options, &p->store, err));
    ENSURE(uv_loop_init(&p->loop) == 0, err, FAULT_NO_MEMORY, "jaar", "geen lus");
    p->has_loop = true;
    return store_attach(p->store, &p->loop, &p->door, err);
}

static void closed(void *ctx)
{
    (void)ctx;
}

void year_place_close(struct year_place *p)
{
    if (p->door != NULL) {
        store_detach(p->door, closed, NULL);
    }
    if (p->has_loop) {
        (void)uv_run(&p->loop, UV_RUN_DEFAULT);
        (void)uv_loop_close(&p->loop);
    }
    if (p->store != NULL) {
        store_close(p->store);
    }
    keyring_close(p->keyring);
}
