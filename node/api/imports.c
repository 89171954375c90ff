#include "api/imports.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/mem.h"
#include "domain/person.h"

struct row {
    struct subject subject;
    struct involvement involvement;
    struct ident subject_id;
    struct ident involvement_id;
    size_t household; /* index; NO_HOUSEHOLD: none */
    size_t held;      /* in the first row of a person: his involvements, those of this batch counted in */
};

struct import_household {
    struct household household;
    struct ident id;
};

#define NO_HOUSEHOLD SIZE_MAX

/* What is looked up for each row, in this order, and then for each household. */
enum stage { FIND_SUBJECT, FIND_INVOLVEMENT, STAGES_PER_ROW };

struct import {
    struct call call;
    struct json *json;
    struct row *rows;
    size_t row_count;
    struct import_household *households;
    size_t household_count;
    size_t at; /* row, then household, being looked up */
    enum stage stage;
    bool in_households;
    bool pumping; /* the store may call back at once: a loop instead of recursion */
    bool again;
    bool *ended;  /* set when the call ended inside the loop */
    size_t known; /* involvements that were here already */
};

static void clean(struct call *call)
{
    struct import *im = (struct import *)call;
    if (im->rows != NULL) {
        mem_wipe(im->rows, im->row_count * sizeof *im->rows);
    }
    mem_free(im->rows);
    mem_free(im->households);
    json_free(im->json);
    if (im->ended != NULL) {
        *im->ended = true;
    }
}

/* ---- reading ---- */

static const struct json_field import_fields[] = {{"regels", JSON_ARRAY, true, 1, IMPORT_BATCH_MAX}};

static const struct json_field row_fields[] = {
    {"betrokkene", JSON_OBJECT, true, 1, 32},
    {"betrokkenheid", JSON_OBJECT, true, 1, 32},
    {"huishouden", JSON_OBJECT, false, 3, 3},
};

static const struct json_field household_fields[] = {
    {"bronsleutel", JSON_TEXT, true, 1, SOURCE_KEY_MAX},
    {"bron", JSON_TEXT, true, 1, SERVICE_MAX_BYTES},
    {"datum", JSON_TEXT, true, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},
};

static size_t household_of(struct import *im, const struct json *json, const char *where, struct fault_list *faults)
{
    const size_t before = faults->count;
    if (json == NULL) {
        return NO_HOUSEHOLD;
    }
    json_check(json, where, household_fields, COUNT_OF(household_fields), faults);
    const struct slice key = json_text_of(json, "bronsleutel");
    struct date recorded = {0};
    if (faults->count == before && !date_parse(json_text_of(json, "datum"), &recorded)) {
        fault_list_add(faults, FAULT_INVALID, where, "deze datum bestaat niet");
    }
    if (faults->count != before) {
        return NO_HOUSEHOLD;
    }
    for (size_t i = 0; i < im->household_count; i++) {
        if (slice_is(key, im->households[i].household.source_key)) {
            return i;
        }
    }
    struct household *household = &im->households[im->household_count].household;
    (void)slice_copy_text(key, household->source_key, sizeof household->source_key);
    (void)slice_copy_text(json_text_of(json, "bron"), household->source, sizeof household->source);
    household->recorded = recorded;
    return im->household_count++;
}

static void read_row(struct import *im, const struct json *json, size_t index, struct fault_list *faults)
{
    char where[FAULT_WHERE_MAX];
    char part[FAULT_WHERE_MAX];
    struct row *row = &im->rows[index];
    const size_t before = faults->count;
    (void)snprintf(where, sizeof where, "/regels/%zu", index);
    json_check(json, where, row_fields, COUNT_OF(row_fields), faults);
    if (faults->count != before) {
        return;
    }
    (void)snprintf(part, sizeof part, "/regels/%zu/betrokkene", index);
    subject_read(json_member(json, "betrokkene"), part, &im->call.today, &row->subject, faults);
    (void)snprintf(part, sizeof part, "/regels/%zu/betrokkenheid", index);
    involvement_read(json_member(json, "betrokkenheid"), part, &im->call.today, &row->involvement, faults);
    if (row->involvement.source_key[0] == '\0') {
        fault_list_add(faults, FAULT_INVALID, part, "een ingelezen betrokkenheid heeft een bronsleutel nodig");
    }
    (void)snprintf(part, sizeof part, "/regels/%zu/huishouden", index);
    row->household = household_of(im, json_member(json, "huishouden"), part, faults);
}

static void read_rows(struct import *im, struct fault_list *faults)
{
    const struct json *list = json_member(im->json, "regels");
    im->row_count = json_size(list);
    im->rows = mem_array(im->row_count, sizeof *im->rows);
    im->households = mem_array(im->row_count, sizeof *im->households);
    if (im->rows == NULL || im->households == NULL) {
        im->row_count = 0;
        fault_list_add(faults, FAULT_NO_MEMORY, "", "geen geheugen");
        return;
    }
    size_t index = 0;
    for (const struct json *json = json_first(list); json != NULL; json = json_next(json)) {
        read_row(im, json, index++, faults);
    }
}

/* ---- writing ---- */

static bool same_person(const struct subject *a, const struct subject *b)
{
    return bsn_is_set(&a->bsn) ? bsn_equal(&a->bsn, &b->bsn)
                               : !bsn_is_set(&b->bsn) && strcmp(a->source_key, b->source_key) == 0;
}

/* The first row about the person of this one: what is known of him is kept there. */
static struct row *first_of(struct import *im, size_t index)
{
    size_t i = 0;
    while (i < index && !same_person(&im->rows[index].subject, &im->rows[i].subject)) {
        i++;
    }
    return &im->rows[i];
}

static enum result add_member(struct household *household, const struct ident *subject, struct error *err)
{
    for (size_t i = 0; i < household->member_count; i++) {
        if (ident_equal(&household->members[i], subject)) {
            return RESULT_OK;
        }
    }
    ENSURE(household->member_count < HOUSEHOLD_MEMBERS_MAX, err, FAULT_INVALID, "/regels",
           "een huishouden heeft hoogstens %d leden", HOUSEHOLD_MEMBERS_MAX);
    household->members[household->member_count++] = *subject;
    return RESULT_OK;
}

static enum result write_row(struct import *im, size_t index, struct store_batch *batch, struct buf *payload,
                             struct error *err)
{
    struct row *row = &im->rows[index];
    if (first_of(im, index) == row) { /* a person who stands in several rows is written and recorded once */
        struct record record = call_record(&im->call, RECORD_IMPORTED);
        record.outcome = OUTCOME_DONE;
        record.subject = row->subject_id;
        TRY(audit_append(im->call.api->audit, batch, &record, slice_of(NULL, 0), err)); /* the caller drops the batch */
        buf_clear(payload);
        subject_encode(&row->subject, payload);
        const struct store_write person = {.id = row->subject_id,
                                           .keys = {bsn_digits(&row->subject.bsn), slice_text(row->subject.source_key)},
                                           .payload = buf_slice(payload)};
        store_put(batch, STORE_SUBJECT, &person);
    }
    buf_clear(payload);
    involvement_encode(&row->involvement, payload);
    const struct store_write involvement = {.id = row->involvement_id,
                                            .parent = row->subject_id,
                                            .keys = {slice_text(row->involvement.source_key)},
                                            .payload = buf_slice(payload)};
    store_put(batch, STORE_INVOLVEMENT, &involvement);
    if (row->household != NO_HOUSEHOLD) {
        TRY(add_member(&im->households[row->household].household, &row->subject_id, err));
    }
    return RESULT_OK;
}

static enum result write_all(struct import *im, struct store_batch *batch, struct error *err)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    enum result result = RESULT_OK;
    for (size_t i = 0; i < im->row_count && result == RESULT_OK; i++) {
        result = write_row(im, i, batch, &payload, err);
    }
    for (size_t i = 0; i < im->household_count && result == RESULT_OK; i++) {
        struct import_household *h = &im->households[i];
        buf_clear(&payload);
        household_encode(&h->household, &payload);
        const struct store_write item = {
            .id = h->id, .keys = {slice_text(h->household.source_key)}, .payload = buf_slice(&payload)};
        store_put(batch, STORE_HOUSEHOLD, &item);
    }
    if (result == RESULT_OK) {
        result = buf_result(&payload, "/regels", err);
    }
    buf_wipe(&payload);
    return result;
}

/* Rows that cannot be written are refused and recorded; what is our own fault is only told. */
static void give_up(struct import *im, const struct error *err)
{
    if (err->fault != FAULT_INVALID) {
        call_fail(&im->call, err);
        return;
    }
    struct record record = call_refusal(&im->call);
    call_refuse_error(&im->call, &record, err);
}

static void finish(struct import *im)
{
    struct error err;
    struct store_batch *batch = store_batch_new(im->call.api->door);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(&im->call, &err);
        return;
    }
    if (write_all(im, batch, &err) != RESULT_OK) {
        call_drop(&im->call, batch);
        give_up(im, &err);
        return;
    }
    struct json_writer w = json_writer(&im->call.body);
    json_begin_object(&w, NULL);
    json_put_int(&w, "regels", (int64_t)im->row_count);
    json_put_int(&w, "nieuw", (int64_t)(im->row_count - im->known));
    json_put_int(&w, "bekend", (int64_t)im->known);
    json_end_object(&w);
    call_commit(&im->call, batch, 200);
}

/* ---- looking up what is known ---- */

static void pump(struct import *im);

static struct ident id_or_new(const struct import *im, const struct store_found *found)
{
    return found->item != NULL ? found->item->id : entropy_ident(im->call.api->entropy);
}

static void subject_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct import *im = ctx;
    if (err != NULL) {
        call_fail(&im->call, err);
        return;
    }
    struct row *row = &im->rows[im->at];
    const struct row *first = first_of(im, im->at);
    if (first == row) {
        row->subject_id = id_or_new(im, found);
        row->held = found->child_count;
    } else {
        row->subject_id = first->subject_id;
    }
    im->stage = FIND_INVOLVEMENT;
    pump(im);
}

static void involvement_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct import *im = ctx;
    if (err != NULL) {
        call_fail(&im->call, err);
        return;
    }
    struct row *row = &im->rows[im->at];
    bool held = found->item != NULL && ident_equal(&found->item->parent, &row->subject_id);
    im->known += found->item != NULL;
    row->involvement_id = id_or_new(im, found);
    for (size_t i = 0; i < im->at; i++) {
        if (strcmp(row->involvement.source_key, im->rows[i].involvement.source_key) == 0) {
            row->involvement_id = im->rows[i].involvement_id; /* named twice: the last row counts */
            held = held || ident_equal(&im->rows[i].subject_id, &row->subject_id);
        }
    }
    if (!held && ++first_of(im, im->at)->held > INVOLVEMENTS_PER_SUBJECT_MAX) {
        struct error full;
        char where[FAULT_WHERE_MAX];
        (void)snprintf(where, sizeof where, "/regels/%zu/betrokkenheid", im->at);
        (void)error_set(&full, FAULT_INVALID, where, "een persoon heeft hoogstens %d betrokkenheden",
                        INVOLVEMENTS_PER_SUBJECT_MAX);
        give_up(im, &full);
        return;
    }
    im->at++;
    im->stage = FIND_SUBJECT;
    pump(im);
}

static void household_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct import *im = ctx;
    struct error fault;
    struct import_household *h = &im->households[im->at];
    if (err == NULL && found->item != NULL) {
        struct household known;
        if (household_decode(found->item->payload, &known, &fault) != RESULT_OK) {
            err = &fault;
        } else {
            memcpy(h->household.members, known.members, sizeof known.members);
            h->household.member_count = known.member_count;
        }
    }
    if (err != NULL) {
        call_fail(&im->call, err);
        return;
    }
    h->id = id_or_new(im, found);
    im->at++;
    pump(im);
}

static void step(struct import *im)
{
    struct store_door *door = im->call.api->door;
    if (!im->in_households && im->at == im->row_count) {
        im->in_households = true;
        im->at = 0;
    }
    if (im->in_households) {
        if (im->at == im->household_count) {
            finish(im);
            return;
        }
        store_find(door, STORE_HOUSEHOLD, STORE_KEY_A, slice_text(im->households[im->at].household.source_key),
                   STORE_KIND_COUNT, household_found, im);
        return;
    }
    const struct row *row = &im->rows[im->at];
    if (im->stage == FIND_INVOLVEMENT) {
        store_find(door, STORE_INVOLVEMENT, STORE_KEY_A, slice_text(row->involvement.source_key), STORE_KIND_COUNT,
                   involvement_found, im);
    } else if (bsn_is_set(&row->subject.bsn)) {
        store_find(door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&row->subject.bsn), STORE_INVOLVEMENT, subject_found,
                   im);
    } else {
        store_find(door, STORE_SUBJECT, STORE_KEY_B, slice_text(row->subject.source_key), STORE_INVOLVEMENT,
                   subject_found, im);
    }
}

static void pump(struct import *im)
{
    if (im->pumping) {
        im->again = true;
        return;
    }
    bool ended = false;
    im->ended = &ended; /* cppcheck-suppress autoVariables ; taken back below, or the call is gone */
    im->pumping = true;
    do {
        im->again = false;
        step(im);
    } while (!ended && im->again);
    if (!ended) {
        im->pumping = false;
        im->ended = NULL;
    }
}

static void start(struct call *call)
{
    struct import *im = (struct import *)call;
    struct fault_list faults = {0};
    im->json = call_json(call, import_fields, COUNT_OF(import_fields), &faults);
    if (faults.count == 0) {
        read_rows(im, &faults);
    }
    if (faults.count != 0) {
        struct record record = call_record(call, RECORD_REFUSED);
        call_refuse(call, &record, &faults);
        return;
    }
    pump(im);
}

void imports_add(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct import));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_IMPORT, start);
    }
}
