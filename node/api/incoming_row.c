/* Rows of what came, and their end. */
#include "api/incoming_row.h"

#include <string.h>

#include "base/bytes.h"

/* Version 1: at these places; the answer to the end. */
enum { VERSION = 1, AT_STATUS = 1, AT_UNTIL = 3, AT_HASH = 11, FIXED = AT_HASH + SHA256_SIZE };

void incoming_row_encode(const struct incoming_row *row, struct buf *out)
{
    uint8_t fixed[FIXED] = {VERSION};
    bytes_put_u16(fixed + AT_STATUS, row->status);
    bytes_put_u64(fixed + AT_UNTIL, (uint64_t)row->until_ms);
    memcpy(fixed + AT_HASH, row->hash.bytes, SHA256_SIZE);
    buf_bytes(out, fixed, sizeof fixed);
    buf_slice_in(out, row->answer);
}

enum result incoming_row_decode(struct slice bytes, struct incoming_row *out, struct error *err)
{
    ENSURE(bytes.len >= FIXED && bytes.len - FIXED <= INCOMING_ANSWER_MAX && bytes.ptr[0] == VERSION, err, FAULT_STORE,
           "", "een opgeslagen ontvangst is beschadigd");
    struct incoming_row row = {.status = bytes_get_u16(bytes.ptr + AT_STATUS),
                               .until_ms = (int64_t)bytes_get_u64(bytes.ptr + AT_UNTIL),
                               .answer = slice_of(bytes.ptr + FIXED, bytes.len - FIXED)};
    memcpy(row.hash.bytes, bytes.ptr + AT_HASH, SHA256_SIZE);
    *out = row;
    return RESULT_OK;
}

/* ---- what came too long ago ---- */

static void removed(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct api *api = ctx;
    (void)committed;
    api->calls--;
    api->incoming->sweeping = false;
    if (err != NULL) {
        log_error(api->log, LOG_ERROR, "oude-ontvangsten-niet-opgeruimd", err);
    }
}

/* Goes on behind the last that stays: that one is there the next time. */
static void page_read(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct api *api = ctx;
    struct incoming_line *line = api->incoming;
    struct store_batch *batch = NULL;
    const int64_t now = clock_now(api->clock);
    if (err != NULL) {
        line->has_swept = false;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct incoming_row row;
        struct error fault;
        if (incoming_row_decode(items[i].payload, &row, &fault) != RESULT_OK || row.until_ms >= now) {
            line->swept = items[i].id;
            line->has_swept = true;
            continue;
        }
        batch = batch != NULL ? batch : store_batch_new(api->door);
        if (batch == NULL) {
            return;
        }
        store_remove(batch, STORE_INCOMING, &items[i].id);
    }
    if (!more) {
        line->sweep_ms = now + OUTBOX_SWEEP_MS;
        line->has_swept = false;
    }
    if (batch != NULL) {
        line->sweeping = true;
        api->calls++;
        store_commit(api->door, batch, removed, api);
    }
}

void incoming_sweep(struct api *api)
{
    struct error err;
    struct incoming_line *line = incoming_line(api);
    if (line != NULL && !line->sweeping && clock_now(api->clock) >= line->sweep_ms && !api_clock_wrong(api, &err)) {
        store_list_damaged_too(api->door, STORE_INCOMING, line->has_swept ? &line->swept : NULL, STORE_LIST_MAX,
                               page_read, api);
    }
}
