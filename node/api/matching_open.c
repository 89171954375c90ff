/* In this order: whom -> where he stood, in pages -> where he stands, with proof -> a record of this look -> the answer. */
#include <inttypes.h>
#include <stdio.h>

#include "api/api.h"
#include "api/matching_desk.h"
#include "api/past_place.h"
#include "api/sharing_places.h"
#include "base/encode.h"
#include "base/mem.h"

struct opening {
    struct call call;
    struct json_writer w;
    uint64_t after; /* ordinal of the past place that was shown last */
    bool more;
    bool failed;
    struct error err;
    uint32_t standing, stood;
    bool left_out; /* past MATCH_OPEN_MAX of either */
};

/* ---- what both kinds of place have ---- */

static void begin_place(struct opening *o, const struct oin *requester, const char *purpose, uint32_t epoch)
{
    const struct api_covenant *held = api_covenant_with(o->call.api, requester);
    const struct covenant *covenant = held != NULL ? held->covenant : o->call.covenant;
    const struct party *party = covenant_party(covenant, requester);
    json_begin_object(&o->w, NULL);
    json_put_text(&o->w, "ketenpartner", requester->digits);
    json_put_text(&o->w, "naam", party != NULL ? party->name : "geen partij meer");
    json_put_text(&o->w, "doel", purpose);
    json_put_int(&o->w, "periode", epoch);
}

static void put_fingerprint(struct json_writer *w, uint64_t fingerprint)
{
    char text[17];
    (void)snprintf(text, sizeof text, "%016" PRIx64, fingerprint);
    json_put_text(w, "vingerafdruk", text);
}

static void put_hash(struct json_writer *w, const char *name, const struct sha256 *hash)
{
    char text[2 * SHA256_SIZE + 1];
    hex_encode(slice_of(hash->bytes, SHA256_SIZE), text);
    json_put_text(w, name, text);
}

static void put_path(struct json_writer *w, const struct merkle_proof *path)
{
    json_begin_array(w, "pad");
    for (size_t i = 0; i < path->count; i++) {
        put_hash(w, NULL, &path->hashes[i]);
    }
    json_end_array(w);
}

/* ---- where he stands ---- */

/* See sharing_places.h and matching/set_tree.h for what is hashed. */
static void put_proof(struct json_writer *w, const struct sharing_place *place)
{
    const struct set_opening *o = &place->opening;
    json_begin_object(w, "bewijs");
    json_put_int(w, "regel", (int64_t)place->record);
    json_put_int(w, "plaats", (int64_t)place->leaf);
    json_put_int(w, "aantal", (int64_t)place->leaves);
    put_path(w, &place->path);
    json_begin_object(w, "vak");
    json_put_int(w, "plaats", o->place);
    json_put_int(w, "aantal", o->count);
    put_hash(w, "wortel", &o->bucket);
    put_path(w, &o->in_bucket);
    json_end_object(w);
    json_begin_object(w, "vakken");
    json_put_int(w, "plaats", set_part_of(o->class / SET_BUCKET_ENTRIES, place->fingerprint));
    json_put_int(w, "aantal", o->class / SET_BUCKET_ENTRIES);
    put_path(w, &o->over_buckets);
    json_end_object(w);
    json_end_object(w);
}

static void put_standing(void *ctx, const struct sharing_place *place)
{
    struct opening *o = ctx;
    struct json_writer *w = &o->w;
    if (o->standing == MATCH_OPEN_MAX) {
        o->left_out = true;
        return;
    }
    o->standing++;
    begin_place(o, place->requester, place->purpose, place->epoch);
    json_put_text(w, "sinds", moment_text(place->began_ms).text);
    json_put_bool(w, "eindigt", place->ends);
    put_fingerprint(w, place->fingerprint);
    json_put_int(w, "versie", (int64_t)place->version);
    json_put_int(w, "omvang", place->opening.class);
    put_hash(w, "wortel", &place->root);
    if (place->proven) {
        put_proof(w, place);
    }
    json_end_object(w);
}

/* ---- where he stood ---- */

static void put_stood(struct opening *o, const struct past_place *place)
{
    struct json_writer *w = &o->w;
    o->stood++;
    begin_place(o, &place->requester, place->purpose, place->epoch);
    json_put_text(w, "sinds", moment_text(place->began_ms).text);
    json_put_text(w, "tot", moment_text(place->ended_ms).text);
    put_fingerprint(w, place->fingerprint);
    json_put_int(w, "vanVersie", (int64_t)place->since);
    json_put_int(w, "totVersie", (int64_t)place->until);
    json_end_object(w);
}

static void take_past(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct opening *o = ctx;
    o->more = err == NULL && more && count != 0;
    if (err != NULL) {
        o->failed = true;
        o->err = *err;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct past_place place;
        struct error fault;
        o->after = items[i].ordinal;
        if (o->stood == MATCH_OPEN_MAX) {
            o->left_out = true;
            o->more = false;
            return;
        }
        if (past_place_decode(items[i].payload, &place, &fault) == RESULT_OK) {
            put_stood(o, &place);
        } else {
            log_error(o->call.api->log, LOG_ERROR, "plaats-onleesbaar", &fault);
        }
    }
}

static void put_past(struct opening *o)
{
    json_begin_array(&o->w, "stondIn");
    do {
        store_list_children(o->call.api->door, STORE_PAST_PLACE, &o->call.subject, o->after, STORE_LIST_MAX, take_past,
                            o);
    } while (o->more);
    json_end_array(&o->w);
}

/* ---- the record and the answer ---- */

static void answer(struct opening *o, bool known)
{
    struct error err;
    struct store_batch *batch = NULL;
    struct record record = call_record(&o->call, RECORD_SET_OPENED);
    record.outcome = known ? OUTCOME_RELEASED : OUTCOME_UNKNOWN;
    record.entries = o->standing + o->stood;
    if (known) {
        record.subject = o->call.subject;
    } else {
        record.bsn = o->call.person;
    }
    const enum result logged = call_log(&o->call, &batch, &record, slice_of(NULL, 0), &err);
    mem_wipe(&record, sizeof record);
    if (logged != RESULT_OK) {
        call_unlogged(&o->call, &err);
    } else {
        call_commit(&o->call, batch, known ? 200 : 404);
    }
}

static void show_person(struct opening *o)
{
    o->w = json_writer(&o->call.body);
    json_begin_object(&o->w, NULL);
    json_put_text(&o->w, "id", ident_text(&o->call.subject).text);
    json_begin_array(&o->w, "staatIn");
    sharing_places(o->call.api->sharing, &o->call.subject, put_standing, o);
    json_end_array(&o->w);
    put_past(o);
    json_put_bool(&o->w, "volledig", !o->left_out);
    json_end_object(&o->w);
    if (o->failed) {
        call_fail(&o->call, &o->err);
    } else {
        answer(o, true);
    }
}

static void person_found(void *ctx, const struct store_found *found, const struct error *err)
{
    static const struct fault_list unknown = {
        .count = 1, .items = {{FAULT_NOT_FOUND, "/bsn", "deze persoon is hier niet geregistreerd"}}};
    struct opening *o = ctx;
    if (err != NULL) {
        call_fail(&o->call, err);
    } else if (found->item == NULL) {
        json_problem(&o->call.body, &unknown);
        answer(o, false);
    } else {
        o->call.subject = found->item->id;
        show_person(o);
    }
}

static void open_person(struct call *call)
{
    if (call_about_one(call)) {
        store_find(call->api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&call->person), STORE_KIND_COUNT,
                   person_found, call);
    }
}

void matching_open(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct opening));
    if (call != NULL) {
        call_require(call, MAY_READ_LOG, open_person);
    }
}
