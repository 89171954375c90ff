#include "api/log_reason.h"

#include <string.h>

#include "api/log_walk.h"
#include "base/mem.h"

struct reasoning {
    void (*got)(void *ctx, struct slice text);
    void *ctx;
    struct buf text;
};

/* Only the first of a consult that tells of its person carries the reason. */
static bool carries_reason(const struct record *record)
{
    return record->operation == RECORD_TESTED || record->operation == RECORD_ASKED ||
           record->operation == RECORD_CRISIS_NUMBER;
}

static enum log_walk_go take(void *ctx, const struct store_leaf *leaf, enum log_seal seal, const struct record *record,
                             struct slice text)
{
    struct reasoning *r = ctx;
    (void)leaf;
    (void)seal;
    if (text.len == 0 || !carries_reason(record)) {
        return LOG_WALK_ON;
    }
    buf_slice_in(&r->text, text);
    return LOG_WALK_STOP;
}

static void walked(void *ctx, const struct log_walk_end *end, const struct error *err)
{
    struct reasoning *r = ctx;
    (void)end;
    r->got(r->ctx, err == NULL && buf_ok(&r->text) ? buf_slice(&r->text) : slice_of(NULL, 0));
    buf_wipe(&r->text);
    mem_free(r);
}

void log_reason(struct api *api, const struct record *record, void (*got)(void *ctx, struct slice text), void *ctx)
{
    static const struct ident none;
    struct reasoning *r = ident_equal(&record->consult, &none) ? NULL : mem_zalloc(sizeof *r);
    if (r == NULL) {
        got(ctx, slice_of(NULL, 0));
        return;
    }
    r->got = got;
    r->ctx = ctx;
    buf_init(&r->text, HTTP_BODY_SMALL);
    const struct log_sought sought = {
        .values.consult = record->consult, .any_outcome = true, .end_ms = INT64_MAX, .oldest = true};
    log_walk(api, &sought, LOG_WALK_RECORDS, true, take, walked, r);
}
