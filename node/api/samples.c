/* Read and check -> the period's records -> some a turn, in an order by chance -> findings, one commit. */
#include "api/samples.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/findings_parts.h"
#include "api/later.h"
#include "api/log_sought.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/shuffle.h"

enum { SLICE_RECORDS = 25, TEXT_MAX = 512 };

static const struct json_field fields[] = {
    {"aantal", JSON_NUMBER, true, 1, SAMPLE_MAX},
    {"van", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"tot", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
    {"gebruiker", JSON_TEXT, false, 1, USER_NAME_MAX},
    {"ketenpartner", JSON_TEXT, false, OIN_DIGITS, OIN_DIGITS},
    {"doel", JSON_TEXT, false, 1, RECORD_PURPOSE_MAX},
};

struct drawing {
    struct call call;
    uint32_t wanted;
    int64_t from_ms, end_ms;
    char user[USER_NAME_MAX + 1];
    struct oin peer;
    char purpose[RECORD_PURPOSE_MAX + 1];
    uint64_t size;        /* of the log */
    uint64_t from, bound; /* the first of the period's records, and how many there are */
    int64_t probed_ms;    /* of the record that was looked at */
    uint8_t seed[SHUFFLE_SEED];
    struct shuffle *shuffle;
    struct finding *drawn;
    struct ident ids[SAMPLE_MAX];
    uint32_t count;
    bool there; /* it was drawn today already */
    bool failed;
    struct error err;
};

static void clean(struct call *call)
{
    struct drawing *d = (struct drawing *)call;
    shuffle_free(d->shuffle);
    mem_free(d->drawn);
    findings_changed(call->api);
}

static void fail(struct drawing *d, const struct error *err)
{
    if (!d->failed) {
        d->failed = true;
        d->err = *err;
    }
}

/* ---- what came of it ---- */

/* From what was drawn: period and filters, but for nobody's number there is none. */
static void describe(const struct drawing *d, char *out, size_t size)
{
    char hex[2 * SHUFFLE_SEED + 1];
    hex_encode(slice_of(d->seed, sizeof d->seed), hex);
    (void)snprintf(out, size,
                   "%" PRIu32 " van %" PRIu32 ", uit regel %" PRIu64 " en %" PRIu64 " regels%s%s%s%s%s%s, zaad %s",
                   d->count, d->wanted, d->from, d->bound, d->user[0] != '\0' ? ", gebruiker " : "", d->user,
                   d->peer.digits[0] != '\0' ? ", ketenpartner " : "", d->peer.digits,
                   d->purpose[0] != '\0' ? ", doel " : "", d->purpose, hex);
}

static enum result record_drawing(struct drawing *d, struct store_batch **batch, struct error *err)
{
    char text[TEXT_MAX];
    struct record record = call_record(&d->call, RECORD_SAMPLED);
    record.outcome = OUTCOME_DONE;
    record.entries = d->count;
    describe(d, text, sizeof text);
    TRY(call_log(&d->call, batch, &record, slice_text(text), err));
    for (uint32_t i = 0; i < d->count; i++) {
        d->drawn[i].numbers[0] = i + 1;
        d->drawn[i].numbers[1] = d->count;
        d->ids[i] = entropy_ident(d->call.api->entropy);
        if (findings_put_new(d->call.api, *batch, &d->drawn[i], &d->ids[i], err) != RESULT_OK) {
            call_drop(&d->call, *batch);
            *batch = NULL;
            return RESULT_FAILED;
        }
    }
    return RESULT_OK;
}

static void finish(struct drawing *d)
{
    struct call *call = &d->call;
    struct store_batch *batch = NULL;
    struct error err;
    char hex[2 * SHUFFLE_SEED + 1];
    if (d->failed) {
        call_fail(call, &d->err);
        return;
    }
    if (record_drawing(d, &batch, &err) != RESULT_OK) {
        call_unlogged(call, &err);
        return;
    }
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "bevindingen");
    for (uint32_t i = 0; i < d->count; i++) {
        json_put_text(&w, NULL, ident_text(&d->ids[i]).text);
    }
    json_end_array(&w);
    json_put_int(&w, "uit", (int64_t)d->bound);
    hex_encode(slice_of(d->seed, sizeof d->seed), hex);
    json_put_text(&w, "zaad", hex);
    json_end_object(&w);
    call_commit(call, batch, 201);
}

/* ---- one record ---- */

static bool is_look(enum record_operation operation)
{
    static const enum record_operation looks[] = {RECORD_ASKED,    RECORD_RECEIVED, RECORD_TESTED,
                                                  RECORD_ANSWERED, RECORD_READ,     RECORD_CRISIS_NUMBER};
    for (size_t i = 0; i < COUNT_OF(looks); i++) {
        if (looks[i] == operation) {
            return true;
        }
    }
    return false;
}

/* A partner's user is a pseudonym, and none of ours. */
static const char *own_user(const struct record *record)
{
    return record->operation == RECORD_ANSWERED ? "" : record->user;
}

static bool is_sought(const struct drawing *d, const struct record *record)
{
    return is_look(record->operation) && record->time_ms >= d->from_ms && record->time_ms < d->end_ms &&
           (d->user[0] == '\0' || strcmp(d->user, own_user(record)) == 0) &&
           (d->peer.digits[0] == '\0' || oin_equal(&d->peer, &record->peer)) &&
           (d->purpose[0] == '\0' || strcmp(d->purpose, record->purpose) == 0);
}

static void look_there(void *ctx, const struct finding *found, const struct store_item *item, const struct error *err)
{
    struct drawing *d = ctx;
    (void)item;
    d->there = found != NULL;
    if (err != NULL) {
        fail(d, err);
    }
}

static void leaf_read(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *failed)
{
    struct drawing *d = ctx;
    struct record record;
    struct error err;
    if (failed != NULL) {
        fail(d, failed);
        return;
    }
    if (count != 1 || record_decode_visible(leaves->leaf, &record, &err) != RESULT_OK || !is_look(record.operation) ||
        audit_read(d->call.api->audit, leaves, &record, NULL, &err) != RESULT_OK) {
        return;
    }
    struct finding *one = &d->drawn[d->count];
    *one = (struct finding){.rule = RULE_SAMPLE,
                            .key = leaves->sequence,
                            .peer = record.peer,
                            .day = d->call.today,
                            .first_ms = record.time_ms,
                            .last_ms = record.time_ms,
                            .score = 1,
                            .records = {leaves->sequence},
                            .record_count = 1};
    memcpy(one->user, own_user(&record), strlen(own_user(&record)) + 1);
    const bool sought = is_sought(d, &record);
    mem_wipe(&record, sizeof record);
    if (!sought) {
        return;
    }
    d->there = false;
    findings_find(d->call.api, one, look_there, d); /* answered at once */
    d->count += !d->there && !d->failed;
}

static void look(void *ctx)
{
    struct drawing *d = ctx;
    struct error err;
    uint64_t at = 0;
    bool more = true;
    for (int i = 0; i < SLICE_RECORDS && more && !d->failed; i++) {
        more = d->count < d->wanted && shuffle_next(d->shuffle, &at);
        if (more) {
            store_log_read(d->call.api->door, d->from + at, 1, leaf_read, d);
        }
    }
    if (!more || d->failed) {
        finish(d);
    } else if (later(d->call.api->loop, look, d, &err) != RESULT_OK) {
        call_fail(&d->call, &err);
    }
}

/* ---- the period ---- */

static void probe(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *failed)
{
    struct drawing *d = ctx;
    struct record record;
    struct error err;
    if (failed != NULL) {
        fail(d, failed);
    } else if (count == 1 && record_decode_visible(leaves->leaf, &record, &err) == RESULT_OK) {
        d->probed_ms = record.time_ms;
    }
}

/* The first record at or after that time, by halves; a few dozen reads in millions. */
static uint64_t first_at(struct drawing *d, int64_t ms)
{
    uint64_t low = 0;
    uint64_t high = d->size;
    while (low < high && !d->failed) {
        const uint64_t middle = low + (high - low) / 2;
        d->probed_ms = INT64_MIN;
        store_log_read(d->call.api->door, middle, 1, probe, d);
        if (d->probed_ms < ms) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *failed)
{
    struct drawing *d = ctx;
    struct call *call = &d->call;
    struct error err;
    if (failed != NULL) {
        call_fail(call, failed);
        return;
    }
    d->size = tree->size;
    d->from = d->from_ms != 0 ? first_at(d, d->from_ms) : 0;
    const uint64_t end = d->end_ms != INT64_MAX ? first_at(d, d->end_ms) : d->size;
    d->bound = end > d->from ? end - d->from : 0;
    d->drawn = mem_array(SAMPLE_MAX, sizeof *d->drawn);
    call->api->entropy->fill(call->api->entropy->ctx, d->seed, sizeof d->seed);
    if (d->drawn == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(call, &err);
    } else if (d->failed || shuffle_new(d->seed, d->bound, LOG_WALK_RECORDS, &d->shuffle, &err) != RESULT_OK) {
        call_fail(call, d->failed ? &d->err : &err);
    } else {
        look(d);
    }
}

/* ---- read and check ---- */

static void read_body(struct drawing *d, const struct json *json, struct fault_list *faults)
{
    const struct slice peer = json_text_of(json, "ketenpartner");
    const struct slice user = json_text_of(json, "gebruiker");
    d->wanted = (uint32_t)json_int(json_member(json, "aantal"));
    log_sought_period(json, &d->from_ms, &d->end_ms, faults);
    if (peer.len != 0 && !oin_parse(peer, &d->peer)) {
        fault_list_add(faults, FAULT_INVALID, "/ketenpartner", "hier hoort een OIN van twintig cijfers");
    }
    if (user.len != 0 && (!user_name_ok(user) || !slice_copy_text(user, d->user, sizeof d->user))) {
        fault_list_add(faults, FAULT_INVALID, "/gebruiker", "toegestaan: letters, cijfers, punt en streepje");
    }
    if (!slice_copy_text(json_text_of(json, "doel"), d->purpose, sizeof d->purpose)) {
        fault_list_add(faults, FAULT_INVALID, "/doel", "hier hoort een code uit het convenant");
    }
}

static void draw(struct call *call)
{
    struct drawing *d = (struct drawing *)call;
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = call_json(call, fields, COUNT_OF(fields), &faults);
    if (faults.count == 0) {
        read_body(d, json, &faults);
    }
    if (faults.count != 0) {
        struct record record = call_record(call, RECORD_REFUSED);
        call_refuse(call, &record, &faults);
    } else if (call->api->findings.open + d->wanted > FINDINGS_OPEN_MAX) {
        call_refuse_with(call, FAULT_CONFLICT, "/aantal", "er staan te veel bevindingen open: sluit er eerst");
    } else {
        store_log_head(call->api->door, take_size, d);
    }
}

void samples_draw(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct drawing));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_SAMPLE, draw);
    }
}
