#include "api/backups.h"

#include <stdio.h>

#include "api/api.h"
#include "base/bytes.h"

enum { ROOT_TEXT = 2 * SHA256_SIZE };

static const struct json_field fields[] = {
    {"regels", JSON_NUMBER, true, 0, INT64_C(1) << 52},
    {"wortel", JSON_TEXT, true, ROOT_TEXT, ROOT_TEXT},
};

static void add(struct call *call)
{
    struct fault_list faults = {0};
    struct error err;
    struct store_batch *batch = NULL;
    char text[128];
    uint8_t now[8];
    struct json *json CLEANUP(json_cleanup) = call_json(call, fields, COUNT_OF(fields), &faults);
    if (faults.count != 0) {
        struct record refusal = call_record(call, RECORD_REFUSED);
        call_refuse(call, &refusal, &faults);
        return;
    }
    struct record record = call_record(call, RECORD_BACKED_UP);
    record.outcome = OUTCOME_DONE;
    (void)snprintf(text, sizeof text, "%lld regels, wortel %s", (long long)json_int(json_member(json, "regels")),
                   json_cstr(json_member(json, "wortel")));
    if (call_log(call, &batch, &record, slice_text(text), &err) != RESULT_OK) {
        call_unlogged(call, &err);
        return;
    }
    bytes_put_u64(now, (uint64_t)clock_now(call->api->clock));
    store_set_value(batch, "laatste-reservekopie", slice_of(now, sizeof now));
    buf_text(&call->body, "{}");
    call_commit(call, batch, 201);
}

void backups_add(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct call));
    if (call != NULL) {
        call_require(call, MAY_MANAGE, add);
    }
}
