/* In this order: provider's and requester's halves -> quota that partners used, a page a turn -> findings, by month -> the
 * own evaluations held against tests -> the answer.
 *
 * What it comes to, at most: MATCH_SETS_MAX sets of 260 bytes and as many rows of quota of 440, 11.5 MB; what is left of
 * MATCH_STATUS_BYTES holds 60,000 sets of partners of 350 bytes. */
#include "api/matching_desk.h"

#include <string.h>

#include "api/api.h"
#include "api/evaluation_quota.h"
#include "api/indexing.h"
#include "api/later.h"
#include "api/lookups.h"
#include "api/reconcile.h"
#include "api/sharing.h"
#include "audit/index.h"
#include "base/mem.h"

enum { FINDINGS_KINDS = 2 };

/* What is counted of the log, by operation. */
static const struct {
    enum record_operation operation;
    const char *name;
} findings[FINDINGS_KINDS] = {{RECORD_MATCH_FINDING, "opvallend"}, {RECORD_SET_REFUSED, "geweigerdeSets"}};

struct showing {
    struct call call;
    struct json_writer w;
    struct ident after; /* quota that was shown last */
    size_t quotas;      /* shown */
    bool more;
    bool failed;
    struct error err;
    size_t kind; /* of finding, being counted */
    uint64_t counted[FINDINGS_KINDS];
    bool countless; /* there are more than are counted */
};

static void fail(struct showing *s, const struct error *err)
{
    s->failed = true;
    s->err = *err;
}

/* ---- quota ---- */

/* 0: not limited, and left out. */
static void put_bound(struct json_writer *w, const char *name, int64_t bound)
{
    if (bound != 0) {
        json_put_int(w, name, bound);
    }
}

static void put_quota(const struct showing *s, struct json_writer *w, const struct quota_used *used)
{
    const struct api_covenant *held = api_covenant_with(s->call.api, &used->partner);
    const struct covenant *covenant = held != NULL ? held->covenant : s->call.covenant;
    const struct party *party = covenant_party(covenant, &used->partner);
    const struct purpose *purpose = covenant_purpose(covenant, slice_text(used->purpose));
    const bool today = date_compare(&used->day, &s->call.today) == 0;
    const bool this_year = used->day.year == s->call.today.year;
    json_begin_object(w, NULL);
    json_put_text(w, "ketenpartner", used->partner.digits);
    json_put_text(w, "naam", party != NULL ? party->name : "geen partij meer");
    json_put_text(w, "doel", used->purpose);
    json_put_int(w, "vandaag", today ? used->day_used : 0);
    json_put_int(w, "ditJaar", this_year ? used->year_used : 0);
    json_begin_array(w, "periodes");
    for (size_t i = 0; i < COUNT_OF(used->epochs); i++) {
        if (used->epochs[i].used != 0) {
            json_begin_object(w, NULL);
            json_put_int(w, "periode", used->epochs[i].epoch);
            json_put_int(w, "gebruikt", used->epochs[i].used);
            json_put_int(w, "vernieuwd", used->epochs[i].renewed);
            json_end_object(w);
        }
    }
    json_end_array(w);
    if (party != NULL && purpose != NULL) {
        const struct policy_quota quota = policy_quota_of(purpose, party);
        put_bound(w, "perDag", quota.per_day);
        put_bound(w, "perPeriode", quota.per_period);
        put_bound(w, "perJaar", quota.per_year);
        json_put_bool(w, "waarschuwtAlleen", purpose->urgent);
    }
    json_end_object(w);
}

static void take_quota(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct showing *s = ctx;
    s->more = err == NULL && more && count != 0;
    if (err != NULL) {
        fail(s, err);
        return;
    }
    s->quotas += count;
    for (size_t i = 0; i < count; i++) {
        struct quota_used used;
        struct error fault;
        if (quota_decode(items[i].payload, &used, &fault) == RESULT_OK) {
            put_quota(s, &s->w, &used);
        } else {
            log_error(s->call.api->log, LOG_ERROR, "quotum-onleesbaar", &fault);
        }
        s->after = items[i].id;
    }
}

static void take_classes(void *ctx, const struct seal_class *classes, size_t count, const struct error *err);

static void put_quotas(void *ctx)
{
    struct showing *s = ctx;
    struct store_door *door = s->call.api->door;
    struct error err;
    const struct ident after = s->after;
    const size_t room = MATCH_SETS_MAX - s->quotas;
    store_list_damaged_too(door, STORE_QUOTA, s->quotas != 0 ? &after : NULL,
                           room < MATCH_QUOTA_PAGE ? room : MATCH_QUOTA_PAGE, take_quota, s);
    if (s->more && !s->failed && s->quotas < MATCH_SETS_MAX && s->call.request != NULL) {
        if (later(s->call.api->loop, put_quotas, s, &err) != RESULT_OK) {
            call_fail(&s->call, &err);
        }
        return;
    }
    json_end_array(&s->w);
    json_put_bool(&s->w, "quotaVolledig", !s->more);
    store_index_classes(door, take_classes, s);
}

/* ---- findings ---- */

static void take_findings(void *ctx, const uint64_t *sequences, size_t count, const struct error *err)
{
    struct showing *s = ctx;
    (void)sequences;
    if (err != NULL) {
        fail(s, err);
        return;
    }
    s->counted[s->kind] += count;
    s->countless = s->countless || count == STORE_LIST_MAX;
}

static void count_class(struct showing *s, struct seal_class class)
{
    struct seal_index_key key;
    uint8_t hash[SEAL_HASH_SIZE];
    struct error err;
    if (seal_index_key(s->call.api->keyring, class, &key, &err) != RESULT_OK) {
        if (err.fault != FAULT_NOT_FOUND) { /* destroyed: its findings are gone with it */
            fail(s, &err);
        }
        return;
    }
    for (s->kind = 0; s->kind < FINDINGS_KINDS; s->kind++) {
        const struct record sought = {.operation = findings[s->kind].operation};
        seal_index_hash(&key, (uint8_t)INDEX_OPERATION, index_value(&sought, INDEX_OPERATION, false), hash);
        store_index_find(s->call.api->door, class, hash, INT64_MAX, STORE_LIST_MAX, take_findings, s);
    }
    mem_wipe(&key, sizeof key);
}

static void put_findings(struct showing *s)
{
    json_begin_object(&s->w, "bevindingen");
    for (size_t i = 0; i < FINDINGS_KINDS; i++) {
        json_put_int(&s->w, findings[i].name, (int64_t)s->counted[i]);
    }
    json_put_bool(&s->w, "volledigGeteld", !s->countless);
    json_put_int(&s->w, "doorzoekbaar", (int64_t)indexing_watermark(s->call.api->indexing));
    json_end_object(&s->w);
}

/* ---- the end ---- */

static void put_reconciled(struct json_writer *w, const struct reconciled *found)
{
    json_begin_object(w, "eigenEvaluaties");
    json_put_int(w, "vanaf", (int64_t)found->from);
    json_put_int(w, "omvang", (int64_t)found->size);
    json_put_int(w, "waarden", (int64_t)found->values);
    json_put_int(w, "zonderToets", (int64_t)found->untested);
    json_put_int(w, "zonderZaak", (int64_t)found->caseless);
    json_end_object(w);
}

static void reconciled(void *ctx, const struct reconciled *found, const struct error *err)
{
    struct showing *s = ctx;
    if (err != NULL) {
        call_fail(&s->call, err);
        return;
    }
    put_reconciled(&s->w, found);
    json_end_object(&s->w);
    call_answer(&s->call, 200);
}

static void take_classes(void *ctx, const struct seal_class *classes, size_t count, const struct error *err)
{
    struct showing *s = ctx;
    if (err != NULL) {
        fail(s, err);
    }
    for (size_t i = 0; i < count && !s->failed; i++) {
        count_class(s, classes[i]);
    }
    if (s->failed) {
        call_fail(&s->call, &s->err);
        return;
    }
    put_findings(s);
    reconcile(&s->call, reconciled, s);
}

static void show(struct call *call)
{
    struct showing *s = (struct showing *)call;
    buf_free(&call->body);
    buf_init(&call->body, MATCH_STATUS_BYTES);
    s->w = json_writer(&call->body);
    json_begin_object(&s->w, NULL);
    if (call->api->sharing != NULL) { /* else it was not opened, and there is nothing to tell */
        sharing_describe(call->api->sharing, &s->w);
    }
    if (call->api->lookups != NULL) {
        lookups_describe(call->api->lookups, &s->w);
    }
    json_begin_array(&s->w, "quota");
    put_quotas(s);
}

void matching_show(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct showing));
    if (call != NULL) {
        call_require(call, MAY_VERIFY_LOG, show);
    }
}
