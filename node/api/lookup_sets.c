#include "api/lookup_sets.h"

#include <inttypes.h>
#include <stdio.h>

#include "api/api.h"
#include "api/query.h"
#include "api/set_access.h"
#include "api/sharing.h"

enum { NOT_NAMED = -2, NO_NUMBER = -1 };

struct showing {
    struct call call;
    struct match_scope scope;
    int64_t epoch, from, version, place; /* as asked; NOT_NAMED */
};

static void refuse(struct showing *s, const struct error *err)
{
    struct record record = call_record(&s->call, RECORD_REFUSED);
    record.peer = s->scope.requester;
    call_refuse_error(&s->call, &record, err);
}

static enum result check(const struct showing *s, struct error *err)
{
    static const char digits[] = "hier hoort een getal";
    ENSURE(s->epoch != NO_NUMBER && s->epoch <= UINT32_MAX, err, FAULT_INVALID, "periode", digits);
    ENSURE(s->from != NO_NUMBER, err, FAULT_INVALID, "vanaf", digits);
    ENSURE(s->version != NO_NUMBER, err, FAULT_INVALID, "versie", digits);
    ENSURE(s->place != NO_NUMBER, err, FAULT_INVALID, "plaats", digits);
    ENSURE((s->version == NOT_NAMED) == (s->place == NOT_NAMED), err, FAULT_INVALID, "plaats",
           "noem versie en plaats, of geen van beide");
    ENSURE(s->from == NOT_NAMED || s->version == NOT_NAMED, err, FAULT_INVALID, "vanaf",
           "noem vanaf, of versie en plaats, en niet beide");
    return RESULT_OK;
}

static void put_step(struct showing *s, struct sharing_set *set, const struct set_swap *swaps)
{
    set->header.part = SET_STEP;
    set->header.place = 0;
    set->header.from = (uint64_t)s->from;
    set_write_step(&set->header, swaps, &s->call.body);
}

static enum result put_page(struct showing *s, struct sharing_set *set, struct error *err)
{
    const int64_t place = s->place == NOT_NAMED ? 0 : s->place;
    ENSURE(s->version == NOT_NAMED || (uint64_t)s->version == set->header.version, err, FAULT_CONFLICT, "versie",
           "dit is niet meer de versie die is gepubliceerd: begin opnieuw");
    ENSURE(place < set->header.class && place % SET_PAGE_ENTRIES == 0, err, FAULT_INVALID, "plaats",
           "hier hoort een veelvoud van %d, kleiner dan %" PRIu32, (int)SET_PAGE_ENTRIES, set->header.class);
    set->header.part = SET_PAGE;
    set->header.place = (uint32_t)place;
    set->header.swaps = 0;
    set->header.from = 0;
    set_write_page(&set->header, set->entries, &s->call.body);
    return RESULT_OK;
}

static enum result put_set(struct showing *s, struct error *err)
{
    struct sharing *sharing = s->call.api->sharing;
    struct sharing_set set;
    struct set_swap swaps[SET_STEP_SWAPS] = {{0, 0}};
    TRY(sharing_set(sharing, &s->scope, &set, err));
    if (s->from != NOT_NAMED &&
        sharing_step(sharing, &s->scope, (uint64_t)s->from, swaps, &set.header.swaps, err) == RESULT_OK) {
        put_step(s, &set, swaps);
    } else {
        TRY(put_page(s, &set, err));
    }
    s->call.header = "etag";
    (void)snprintf(s->call.header_value, sizeof s->call.header_value, "\"%" PRIu32 "-%" PRIu64 "\"", set.header.epoch,
                   set.header.version);
    return RESULT_OK;
}

/* Not published yet is no refusal, the partner comes back; nor is it a node that fails, which he would leave alone. */
static void give(struct showing *s)
{
    struct error err;
    if (put_set(s, &err) == RESULT_OK) {
        s->call.media_type = "application/octet-stream";
        call_answer(&s->call, 200);
    } else if (err.fault == FAULT_NOT_FOUND || fault_status(err.fault) >= 500) {
        call_fail(&s->call, &err);
    } else {
        refuse(s, &err);
    }
}

/* Where one begins that has no set yet: what was published for it and this purpose, and only without any the newest. */
static uint32_t begin_at(const struct api *api, const struct match_scope *scope)
{
    const uint32_t epoch = sharing_epoch_with_set(api->sharing, scope);
    return epoch != 0 ? epoch : set_epoch_newest(api);
}

void lookup_sets_show(struct http_request *request, void *ctx)
{
    struct showing *s = (struct showing *)call_begin(ctx, request, sizeof *s);
    struct error err;
    if (s == NULL) {
        return;
    }
    struct api *api = s->call.api;
    if (api_clock_wrong(api, &err)) {
        call_fail(&s->call, &err);
        return;
    }
    const struct slice query = http_request_query(request);
    s->epoch = query_number(query, "periode", NOT_NAMED);
    s->from = query_number(query, "vanaf", NOT_NAMED);
    s->version = query_number(query, "versie", NOT_NAMED);
    s->place = query_number(query, "plaats", NOT_NAMED);
    s->scope = (struct match_scope){.provider = api->own_oin,
                                    .requester = http_request_peer(request)->oin,
                                    .purpose = http_request_parameter(request)};
    s->scope.epoch = s->epoch >= 0 ? (uint32_t)s->epoch : begin_at(api, &s->scope);
    const struct party *partner = covenant_party(s->call.covenant, &s->scope.requester);
    if (set_access(&s->call, partner, s->scope.purpose, "doel", &err) != RESULT_OK || check(s, &err) != RESULT_OK ||
        set_epoch_serves(api, s->scope.epoch, "periode", &err) != RESULT_OK) {
        refuse(s, &err);
        return;
    }
    give(s);
}
