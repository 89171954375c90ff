#include "api/people.h"

#include "api/api.h"
#include "api/households.h"
#include "base/mem.h"
#include "domain/person.h"

struct registering {
    struct call call;
    struct json *json;
    struct ident id;              /* of the person or involvement that is written */
    const struct ident *subjects; /* whom it is about */
    size_t subject_count;
    enum store_kind kind; /* of what is written: which of these it is */
    union {
        struct subject person;
        struct household household;
        struct involvement involvement;
    };
};

static void clean(struct call *call)
{
    struct registering *r = (struct registering *)call;
    json_free(r->json);
    mem_wipe((uint8_t *)r + sizeof r->call, sizeof *r - sizeof r->call);
}

static void refuse(struct registering *r, const struct fault_list *faults)
{
    struct record record = call_refusal(&r->call);
    call_refuse(&r->call, &record, faults);
    mem_wipe(&record, sizeof record);
}

/* What memory ran out on is not stored in part. */
static bool payload_whole(struct registering *r, const struct buf *payload)
{
    struct error err;
    if (buf_result(payload, "", &err) != RESULT_OK) {
        err.fault = FAULT_NO_MEMORY; /* everything was checked to fit */
        call_fail(&r->call, &err);
        return false;
    }
    return true;
}

static void committed(struct call *call)
{
    const struct registering *r = (const struct registering *)call;
    for (size_t i = 0; i < r->subject_count; i++) {
        cooperation_touched(call->api, &r->subjects[i]);
    }
    if (r->kind == STORE_HOUSEHOLD) {
        households_put(call->api->households, &r->household);
    }
}

/* Writes the item and a record for each person it is about in one commit, and answers with the id. `subjects` lives as long as the
 * call. */
static void save(struct registering *r, enum store_kind kind, const struct store_write *item,
                 const struct ident *subjects, size_t count, int status)
{
    struct error err;
    struct store_batch *batch = NULL;
    for (size_t i = 0; i < count; i++) {
        struct record record = call_record(&r->call, RECORD_CHANGED);
        record.outcome = OUTCOME_DONE;
        record.subject = subjects[i];
        if (call_log(&r->call, &batch, &record, slice_of(NULL, 0), &err) != RESULT_OK) {
            call_unlogged(&r->call, &err);
            return;
        }
    }
    store_put(batch, kind, item);
    struct json_writer w = json_writer(&r->call.body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "id", ident_text(&item->id).text);
    json_end_object(&w);
    r->subjects = subjects;
    r->subject_count = count;
    r->kind = kind;
    r->call.committed = committed;
    call_commit(&r->call, batch, status);
}

/* ---- people ---- */

static void save_person(struct registering *r, uint64_t version, int status)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    subject_encode(&r->person, &payload);
    const struct store_write item = {.id = r->id,
                                     .keys = {bsn_digits(&r->person.bsn), slice_text(r->person.source_key)},
                                     .payload = buf_slice(&payload),
                                     .version = version};
    if (payload_whole(r, &payload)) {
        save(r, STORE_SUBJECT, &item, &r->id, 1, status);
    }
    buf_wipe(&payload);
}

static bool read_subject(struct registering *r)
{
    struct fault_list faults = {0};
    struct error err;
    if (json_parse(http_request_body(r->call.request), &r->json, &err) != RESULT_OK) {
        fault_list_add(&faults, err.fault, err.where, "%s", err.what);
    } else {
        subject_read(r->json, "", &r->call.today, &r->person, &faults);
    }
    if (faults.count != 0) {
        refuse(r, &faults);
        return false;
    }
    r->call.person = r->person.bsn;
    return true;
}

/* The store refuses a second one too; here it is said what to do. */
static void same_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct registering *r = ctx;
    if (failed != NULL) {
        call_fail(&r->call, failed);
    } else if (found->item != NULL) {
        call_refuse_with(
            &r->call, FAULT_CONFLICT, "/bsn",
            "deze persoon is hier al geregistreerd (misschien door een zorgsignaal of opdracht); vul hem aan "
            "met PUT /v1/betrokkenen/{id}, of `ketenbrug subject change`");
    } else {
        save_person(r, 0, 201);
    }
}

static void add_person(struct call *call)
{
    struct registering *r = (struct registering *)call;
    if (!read_subject(r)) {
        return;
    }
    r->id = entropy_ident(call->api->entropy);
    if (bsn_is_set(&r->person.bsn)) {
        store_find(call->api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&r->person.bsn), STORE_KIND_COUNT,
                   same_found, r);
    } else {
        save_person(r, 0, 201);
    }
}

/* A number that was recorded is of this person: another one is another person. And a source finds its own again. */
static bool keep_identity(struct registering *r, const struct store_item *item, struct error *err)
{
    struct subject old;
    if (subject_decode(item->payload, &old, err) != RESULT_OK) {
        call_fail(&r->call, err);
        return false;
    }
    const bool other = bsn_is_set(&old.bsn) && !bsn_equal(&old.bsn, &r->person.bsn);
    memcpy(r->person.source_key, old.source_key[0] != '\0' ? old.source_key : r->person.source_key,
           sizeof old.source_key);
    mem_wipe(&old, sizeof old);
    if (other) {
        call_refuse_with(&r->call, FAULT_CONFLICT, "/bsn", "is niet het burgerservicenummer van deze persoon");
    }
    return !other;
}

static void old_person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct registering *r = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&r->call, failed);
    } else if (found->item == NULL) {
        call_refuse_with(&r->call, FAULT_NOT_FOUND, "", "deze persoon is hier niet geregistreerd");
    } else if (keep_identity(r, found->item, &err)) {
        save_person(r, found->item->version, 200);
    }
}

static void replace_person(struct call *call)
{
    struct registering *r = (struct registering *)call;
    if (!ident_parse(http_request_parameter(call->request), &r->id)) {
        call_refuse_with(call, FAULT_NOT_FOUND, "", "deze persoon is hier niet geregistreerd");
    } else if (read_subject(r)) {
        store_get(call->api->door, STORE_SUBJECT, &r->id, STORE_KIND_COUNT, old_person_found, r);
    }
}

static void put_found(struct json_writer *w, const struct store_found *found, struct call *call)
{
    struct subject subject;
    struct involvement involvement;
    struct error err;
    json_begin_object(w, NULL);
    json_put_text(w, "id", ident_text(&found->item->id).text);
    if (subject_decode(found->item->payload, &subject, &err) == RESULT_OK) {
        subject_write(w, "betrokkene", &subject);
    } else {
        log_error(call->api->log, LOG_ERROR, "betrokkene-onleesbaar", &err);
    }
    json_begin_array(w, "betrokkenheden");
    for (size_t i = 0; i < found->child_count; i++) {
        if (involvement_decode(found->children[i].payload, &involvement, &err) != RESULT_OK) {
            log_error(call->api->log, LOG_ERROR, "betrokkenheid-onleesbaar", &err);
            continue;
        }
        json_begin_object(w, NULL);
        json_put_text(w, "id", ident_text(&found->children[i].id).text);
        involvement_write(w, "betrokkenheid", &involvement);
        json_end_object(w);
    }
    json_end_array(w);
    json_end_object(w);
    mem_wipe(&subject, sizeof subject);
    mem_wipe(&involvement, sizeof involvement);
}

static void person_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct registering *r = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&r->call, failed);
        return;
    }
    struct record record = call_record(&r->call, RECORD_READ);
    record.outcome = found->item != NULL ? OUTCOME_RELEASED : OUTCOME_UNKNOWN;
    if (found->item != NULL) {
        record.subject = found->item->id;
        struct json_writer w = json_writer(&r->call.body);
        put_found(&w, found, &r->call);
    } else {
        record.bsn = r->call.person;
        const struct fault_list none = {
            .count = 1, .items = {{FAULT_NOT_FOUND, "/bsn", "deze persoon is hier niet geregistreerd"}}};
        json_problem(&r->call.body, &none);
    }
    struct store_batch *batch = NULL;
    const enum result logged = call_log(&r->call, &batch, &record, slice_of(NULL, 0), &err);
    mem_wipe(&record, sizeof record);
    if (logged != RESULT_OK) {
        call_unlogged(&r->call, &err);
        return;
    }
    call_commit(&r->call, batch, found->item != NULL ? 200 : 404);
}

static void search(struct call *call)
{
    if (call_about_one(call)) {
        store_find(call->api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&call->person), STORE_INVOLVEMENT,
                   person_found, call);
    }
}

/* ---- households ---- */

static void add_household(struct call *call)
{
    struct registering *r = (struct registering *)call;
    struct fault_list faults = {0};
    struct error err;
    if (json_parse(http_request_body(call->request), &r->json, &err) != RESULT_OK) {
        fault_list_add(&faults, err.fault, err.where, "%s", err.what);
    } else {
        household_read(r->json, "", &call->today, &r->household, &faults);
    }
    if (faults.count != 0) {
        refuse(r, &faults);
        return;
    }
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    household_encode(&r->household, &payload);
    const struct store_write item = {.id = entropy_ident(call->api->entropy),
                                     .keys = {slice_text(r->household.source_key)},
                                     .payload = buf_slice(&payload)};
    if (payload_whole(r, &payload)) {
        save(r, STORE_HOUSEHOLD, &item, r->household.members, r->household.member_count, 201);
    }
    buf_wipe(&payload);
}

/* ---- involvements ---- */

static const struct json_field involvement_fields[] = {
    {"betrokkene", JSON_TEXT, true, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1}, /* id */
    {"betrokkenheid", JSON_OBJECT, true, 1, 32},
};

static void save_involvement(struct registering *r, int status)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    involvement_encode(&r->involvement, &payload);
    const struct person_key key = person_key(r->involvement.system, r->involvement.source_key);
    const struct store_write item = {
        .id = r->id, .parent = r->call.subject, .keys = {slice_text(key.text)}, .payload = buf_slice(&payload)};
    if (payload_whole(r, &payload)) {
        save(r, STORE_INVOLVEMENT, &item, &r->call.subject, 1, status);
    }
    buf_wipe(&payload);
}

static void subject_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct registering *r = ctx;
    if (failed != NULL) {
        call_fail(&r->call, failed);
    } else if (found->item == NULL) {
        call_refuse_with(&r->call, FAULT_NOT_FOUND, "/betrokkene", "deze persoon is hier niet geregistreerd");
    } else if (found->child_count >= INVOLVEMENTS_PER_SUBJECT_MAX) {
        call_refuse_with(&r->call, FAULT_CONFLICT, "/betrokkene",
                         "deze persoon heeft het hoogste aantal betrokkenheden");
    } else {
        r->id = entropy_ident(r->call.api->entropy);
        save_involvement(r, 201);
    }
}

/* What came from a source system stays its own, whoever changes it: the next import finds it again. */
static bool keep_source(struct registering *r, const struct store_item *item)
{
    struct involvement old;
    struct error err;
    if (involvement_decode(item->payload, &old, &err) != RESULT_OK) {
        call_fail(&r->call, &err);
        return false;
    }
    if (old.system[0] != '\0') {
        memcpy(r->involvement.system, old.system, sizeof old.system);
        memcpy(r->involvement.source_key, old.source_key, sizeof old.source_key);
    }
    mem_wipe(&old, sizeof old);
    return true;
}

static void involvement_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct registering *r = ctx;
    if (failed != NULL) {
        call_fail(&r->call, failed);
    } else if (found->item == NULL || !ident_equal(&found->item->parent, &r->call.subject)) {
        call_refuse_with(&r->call, FAULT_NOT_FOUND, "",
                         "deze betrokkenheid is hier niet geregistreerd bij deze persoon");
    } else if (keep_source(r, found->item)) {
        save_involvement(r, 200);
    }
}

static bool read_involvement(struct registering *r)
{
    struct fault_list faults = {0};
    r->json = call_json(&r->call, involvement_fields, COUNT_OF(involvement_fields), &faults);
    if (faults.count == 0) {
        involvement_read(json_member(r->json, "betrokkenheid"), "/betrokkenheid", &r->call.today, &r->involvement,
                         &faults);
    }
    if (faults.count == 0 && !ident_parse(json_text_of(r->json, "betrokkene"), &r->call.subject)) {
        fault_list_add(&faults, FAULT_INVALID, "/betrokkene", "hier horen 32 hexadecimale cijfers");
    }
    if (faults.count != 0) {
        refuse(r, &faults);
        return false;
    }
    return true;
}

static void add_involvement(struct call *call)
{
    struct registering *r = (struct registering *)call;
    if (read_involvement(r)) {
        store_get(call->api->door, STORE_SUBJECT, &r->call.subject, STORE_INVOLVEMENT, subject_found, r);
    }
}

static void replace_involvement(struct call *call)
{
    struct registering *r = (struct registering *)call;
    if (!ident_parse(http_request_parameter(call->request), &r->id)) {
        call_refuse_with(call, FAULT_NOT_FOUND, "", "deze betrokkenheid is hier niet geregistreerd");
    } else if (read_involvement(r)) {
        store_get(call->api->door, STORE_INVOLVEMENT, &r->id, STORE_KIND_COUNT, involvement_found, r);
    }
}

static void begin(struct http_request *request, void *ctx, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct registering));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_REGISTER, next);
    }
}

void people_add(struct http_request *request, void *ctx)
{
    begin(request, ctx, add_person);
}

void people_replace(struct http_request *request, void *ctx)
{
    begin(request, ctx, replace_person);
}

void people_search(struct http_request *request, void *ctx)
{
    begin(request, ctx, search);
}

void households_add(struct http_request *request, void *ctx)
{
    begin(request, ctx, add_household);
}

void involvements_add(struct http_request *request, void *ctx)
{
    begin(request, ctx, add_involvement);
}

void involvements_replace(struct http_request *request, void *ctx)
{
    begin(request, ctx, replace_involvement);
}
