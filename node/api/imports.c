#include "api/imports.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/import_rows.h"
#include "api/import_runs.h"
#include "api/later.h"
#include "base/mem.h"

enum { TRIES = 3 };

/* What is done, in this order; each a slice of rows at a time. */
enum stage {
    LOOK_PEOPLE,
    LOOK_ROWS,
    LOOK_HOUSEHOLDS,
    JOIN_HOUSEHOLDS,
    WRITE_PEOPLE,
    WRITE_ROWS,
    WRITE_HOUSEHOLDS,
    DONE
};

struct import {
    struct call call;
    struct buf body;
    struct import_rows rows;
    struct fault_list faults;
    enum stage stage;
    size_t at;
    int tries;
    uint64_t newest_household;
    struct store_batch *batch;
    struct buf payload;
    struct error err;
    bool failed;
    size_t fresh, changed, same;
};

static void clean(struct call *call)
{
    struct import *im = (struct import *)call;
    import_rows_free(&im->rows);
    buf_wipe(&im->body);
    buf_wipe(&im->payload);
}

static void fail(struct import *im, const struct error *err)
{
    if (!im->failed) {
        im->failed = true;
        im->err = *err;
    }
}

static void refuse_row(struct import *im, struct import_row *row, const char *where, const char *what)
{
    struct fault_list faults = {0};
    fault_list_add(&faults, FAULT_INVALID, where, "%s", what);
    import_rows_refuse(&im->rows, row->line, &faults);
    row->left_out = true;
}

/* What is known of an item: which one it is, and as what it was read; or a new one. */
static void note(const struct import *im, const struct store_item *item, struct ident *id, uint64_t *ordinal,
                 uint64_t *version)
{
    *id = item != NULL ? item->id : entropy_ident(im->call.api->entropy);
    *ordinal = item != NULL ? item->ordinal : 0;
    *version = item != NULL ? item->version : 0;
}

/* ---- looking up what is known ---- */

/* The source is right, save in what it cannot know, or what another source said before it. */
static enum result merge_person(struct subject *subject, struct slice known, struct error *err)
{
    struct subject old;
    TRY(subject_decode(known, &old, err));
    /* Authority is recorded here, with its evidence: no export knows of it. */
    memcpy(subject->authorities, old.authorities, sizeof subject->authorities);
    subject->authority_count = old.authority_count;
    if (bsn_is_set(&subject->bsn) && old.source_key[0] != '\0') {
        memcpy(subject->source_key, old.source_key, sizeof subject->source_key);
    }
    mem_wipe(&old, sizeof old);
    return RESULT_OK;
}

static void take_person(struct import *im, const struct store_item *item)
{
    struct import_person *person = &im->rows.people[im->at];
    struct subject *subject = &im->rows.rows[person->row].subject;
    struct error err;
    note(im, item, &person->id, &person->ordinal, &person->version);
    person->rewritten = true;
    if (item != NULL) {
        if (merge_person(subject, item->payload, &err) != RESULT_OK) {
            fail(im, &err);
            return;
        }
        buf_clear(&im->payload);
        subject_encode(subject, &im->payload);
        person->rewritten = !slice_equal(buf_slice(&im->payload), item->payload);
    }
    person->changed = person->rewritten;
}

static void person_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct import *im = ctx;
    if (err != NULL) {
        fail(im, err);
    } else {
        take_person(im, found->item);
    }
}

static bool taken_in_batch(const struct import *im, const struct ident *id)
{
    for (size_t i = 0; i < im->at; i++) {
        if (ident_equal(&im->rows.people[i].id, id)) {
            return true;
        }
    }
    return false;
}

/* Who had no number before: the first with his key that has one now is he. */
static void unnumbered_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct import *im = ctx;
    if (err != NULL) {
        fail(im, err);
    } else {
        take_person(im, found->item != NULL && taken_in_batch(im, &found->item->id) ? NULL : found->item);
    }
}

static void find_by_key(struct import *im, const struct subject *subject, store_found_fn *found)
{
    const struct person_key key = person_key(im->rows.system, subject->source_key);
    store_find(im->call.api->door, STORE_SUBJECT, STORE_KEY_B, slice_text(key.text), STORE_KIND_COUNT, found, im);
}

static void numbered_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct import *im = ctx;
    const struct subject *subject = &im->rows.rows[im->rows.people[im->at].row].subject;
    if (err == NULL && found->item == NULL && subject->source_key[0] != '\0') {
        find_by_key(im, subject, unnumbered_found);
    } else {
        person_found(im, found, err);
    }
}

static void look_person(struct import *im)
{
    const struct subject *subject = &im->rows.rows[im->rows.people[im->at].row].subject;
    if (bsn_is_set(&subject->bsn)) {
        store_find(im->call.api->door, STORE_SUBJECT, STORE_KEY_A, bsn_digits(&subject->bsn), STORE_KIND_COUNT,
                   numbered_found, im);
    } else {
        find_by_key(im, subject, person_found);
    }
}

static void held_counted(void *ctx, const struct store_found *found, const struct error *err)
{
    struct import *im = ctx;
    struct import_person *person = &im->rows.people[im->rows.rows[im->at].person];
    person->counted = true;
    person->held = found->child_count;
    if (err != NULL) {
        fail(im, err);
    }
}

/* A new involvement of this person; of one who is known it is counted first how many he has. */
static void count_in(struct import *im, struct import_row *row, struct import_person *person)
{
    if (!person->counted && person->ordinal != 0) {
        store_get(im->call.api->door, STORE_SUBJECT, &person->id, STORE_INVOLVEMENT, held_counted, im);
    }
    person->counted = true;
    if (person->held >= INVOLVEMENTS_PER_SUBJECT_MAX) {
        char what[64];
        (void)snprintf(what, sizeof what, "een persoon heeft hoogstens %d betrokkenheden",
                       INVOLVEMENTS_PER_SUBJECT_MAX);
        refuse_row(im, row, "/betrokkenheid", what);
        return;
    }
    person->held++;
}

static void row_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct import *im = ctx;
    struct import_row *row = &im->rows.rows[im->at];
    struct import_person *person = &im->rows.people[row->person];
    note(im, found->item, &row->id, &row->ordinal, &row->version);
    row->changed = true;
    if (err != NULL) {
        fail(im, err);
        return;
    }
    if (found->item != NULL) {
        buf_clear(&im->payload);
        involvement_encode(&row->involvement, &im->payload);
        row->changed = !slice_equal(buf_slice(&im->payload), found->item->payload) ||
                       !ident_equal(&found->item->parent, &person->id);
    }
    if (found->item == NULL || !ident_equal(&found->item->parent, &person->id)) {
        count_in(im, row, person);
    }
    person->changed = person->changed || (row->changed && !row->left_out);
    person->kept = person->kept || !row->left_out;
}

static void look_row(struct import *im)
{
    const struct import_row *row = &im->rows.rows[im->at];
    if (!row->left_out) {
        const struct person_key key = person_key(im->rows.system, row->involvement.source_key);
        store_find(im->call.api->door, STORE_INVOLVEMENT, STORE_KEY_A, slice_text(key.text), STORE_KIND_COUNT,
                   row_found, im);
    }
}

static void household_found(void *ctx, const struct store_found *found, const struct error *err)
{
    struct import *im = ctx;
    struct import_household *h = &im->rows.households[im->at];
    struct household old = {.member_count = 0};
    struct error fault;
    note(im, found->item, &h->id, &h->ordinal, &h->version);
    h->changed = true;
    h->household.member_count = 0;
    if (err == NULL && found->item != NULL) {
        if (household_decode(found->item->payload, &old, &fault) != RESULT_OK) {
            fail(im, &fault);
            return;
        }
        memcpy(h->household.members, old.members, sizeof old.members);
        h->household.member_count = old.member_count;
        buf_clear(&im->payload);
        household_encode(&h->household, &im->payload);
        h->changed = !slice_equal(buf_slice(&im->payload), found->item->payload);
    }
    if (err != NULL) {
        fail(im, err);
    }
}

static void look_household(struct import *im)
{
    const struct household *household = &im->rows.households[im->at].household;
    const struct person_key key = person_key(im->rows.system, household->source_key);
    store_find(im->call.api->door, STORE_HOUSEHOLD, STORE_KEY_A, slice_text(key.text), STORE_KIND_COUNT,
               household_found, im);
}

/* Among the members; their count when he is none. */
static size_t place_of(const struct household *household, const struct ident *id)
{
    size_t i = 0;
    while (i < household->member_count && !ident_equal(&household->members[i], id)) {
        i++;
    }
    return i;
}

static void join_household(struct import *im)
{
    struct import_row *row = &im->rows.rows[im->at];
    if (row->left_out || row->household == IMPORT_NO_HOUSEHOLD) {
        return;
    }
    struct import_household *h = &im->rows.households[row->household];
    const struct ident *person = &im->rows.people[row->person].id;
    if (place_of(&h->household, person) < h->household.member_count) {
        return;
    }
    if (h->household.member_count == HOUSEHOLD_MEMBERS_MAX) {
        char what[64];
        (void)snprintf(what, sizeof what, "een huishouden heeft hoogstens %d leden", HOUSEHOLD_MEMBERS_MAX);
        refuse_row(im, row, "/huishouden", what);
        return;
    }
    h->household.members[h->household.member_count++] = *person;
    h->changed = true;
}

/* ---- writing ---- */

static void put(struct import *im, enum store_kind kind, struct store_write *item)
{
    struct error err;
    item->payload = buf_slice(&im->payload);
    if (buf_result(&im->payload, "/regels", &err) != RESULT_OK) {
        fail(im, &err);
    } else {
        store_put(im->batch, kind, item);
    }
}

static void write_person(struct import *im)
{
    const struct import_person *person = &im->rows.people[im->at];
    const struct subject *subject = &im->rows.rows[person->row].subject;
    struct error err;
    if (!person->changed || !person->kept) {
        return; /* nobody is registered for a row that was refused */
    }
    struct record record = call_record(&im->call, RECORD_IMPORTED);
    record.outcome = OUTCOME_DONE;
    record.subject = person->id;
    if (audit_append(im->call.api->audit, im->batch, &record, slice_of(NULL, 0), &err) != RESULT_OK) {
        fail(im, &err);
        return;
    }
    if (person->rewritten) {
        /* The number is who he is; without one the source's key. Never both: a source corrects numbers. */
        const bool numbered = bsn_is_set(&subject->bsn);
        const struct person_key key = person_key(im->rows.system, numbered ? "" : subject->source_key);
        buf_clear(&im->payload);
        subject_encode(subject, &im->payload);
        put(im, STORE_SUBJECT,
            &(struct store_write){.id = person->id,
                                  .keys = {bsn_digits(&subject->bsn), slice_text(key.text)},
                                  .version = person->version,
                                  .is_new = person->ordinal == 0});
    }
}

static void write_row(struct import *im)
{
    const struct import_row *row = &im->rows.rows[im->at];
    if (row->left_out) {
        return;
    }
    im->fresh += row->ordinal == 0;
    im->changed += row->ordinal != 0 && row->changed;
    im->same += !row->changed;
    if (row->changed) {
        const struct person_key key = person_key(im->rows.system, row->involvement.source_key);
        buf_clear(&im->payload);
        involvement_encode(&row->involvement, &im->payload);
        put(im, STORE_INVOLVEMENT,
            &(struct store_write){.id = row->id,
                                  .parent = im->rows.people[row->person].id,
                                  .keys = {slice_text(key.text)},
                                  .version = row->version,
                                  .is_new = row->ordinal == 0});
    }
}

static void write_household(struct import *im)
{
    const struct import_household *h = &im->rows.households[im->at];
    if (h->changed && h->household.member_count != 0) {
        const struct person_key key = person_key(im->rows.system, h->household.source_key);
        buf_clear(&im->payload);
        household_encode(&h->household, &im->payload);
        put(im, STORE_HOUSEHOLD,
            &(struct store_write){
                .id = h->id, .keys = {slice_text(key.text)}, .version = h->version, .is_new = h->ordinal == 0});
    }
}

/* ---- the end of a batch ---- */

static void answer(struct import *im)
{
    struct json_writer w = json_writer(&im->call.body);
    buf_clear(&im->call.body);
    json_begin_object(&w, NULL);
    json_put_int(&w, "nieuw", (int64_t)im->fresh);
    json_put_int(&w, "gewijzigd", (int64_t)im->changed);
    json_put_int(&w, "ongewijzigd", (int64_t)im->same);
    json_begin_array(&w, "afgewezen");
    if (im->rows.refused.len != 0) {
        json_put_raw(&w, NULL, buf_slice(&im->rows.refused));
    }
    json_end_array(&w);
    json_end_object(&w);
    call_answer(&im->call, 200);
}

/* What the run has named now: only what is durable counts. */
static enum result remember(const struct import *im, struct import_run *run, struct error *err)
{
    for (size_t i = 0; i < im->rows.count; i++) {
        const struct import_row *row = &im->rows.rows[i];
        if (row->ordinal != 0) {
            TRY(import_run_name(run, row->ordinal, err));
        }
        if (!row->left_out && row->household != IMPORT_NO_HOUSEHOLD) {
            const struct import_household *h = &im->rows.households[row->household];
            TRY(import_run_lives_in(run, h->ordinal, place_of(&h->household, &im->rows.people[row->person].id), err));
        }
    }
    return RESULT_OK;
}

static void start_looking(struct import *im);

static void committed(void *ctx, const struct store_committed *done, const struct error *err)
{
    (void)done;
    struct import *im = ctx;
    struct error fault;
    if (err != NULL) {
        audit_forget_keys(im->call.api->audit);
        if (err->fault == FAULT_CONFLICT && ++im->tries < TRIES) {
            start_looking(im); /* another batch brought the same person in the meantime */
            return;
        }
        log_error(im->call.api->log, LOG_ERROR, "inlezen-mislukt", err);
        call_fail(&im->call, err);
        return;
    }
    if (im->rows.has_run) {
        struct import_run *run =
            import_run_find(im->call.api->imports, &im->rows.run, im->rows.system, clock_now(im->call.api->clock));
        if (run != NULL && remember(im, run, &fault) != RESULT_OK) {
            import_run_end(run); /* it can close nothing now */
            log_error(im->call.api->log, LOG_ERROR, "inleesrun-vergeten", &fault);
        }
    }
    answer(im);
}

/* All that stayed as it was, or was only tried, was looked up all the same: one record says how many. */
static enum result record_rest(struct import *im, struct error *err)
{
    struct record record = call_record(&im->call, im->rows.trial ? RECORD_READ : RECORD_IMPORTED);
    record.outcome = OUTCOME_DONE;
    record.entries = (uint32_t)(im->rows.trial ? im->rows.count : im->same);
    return record.entries == 0 ? RESULT_OK
                               : audit_append(im->call.api->audit, im->batch, &record, slice_of(NULL, 0), err);
}

static void finish(struct import *im)
{
    struct error err;
    if (im->rows.trial) {
        store_batch_free(im->batch); /* the counts are all that was wanted */
        audit_forget_keys(im->call.api->audit);
        im->batch = store_batch_new(im->call.api->door);
    }
    if (im->batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        fail(im, &err);
    } else if (!im->failed && record_rest(im, &err) != RESULT_OK) {
        fail(im, &err);
    }
    struct store_batch *batch = im->batch;
    im->batch = NULL;
    if (im->failed) {
        call_drop(&im->call, batch);
        call_fail(&im->call, &im->err);
        return;
    }
    store_commit(im->call.api->door, batch, committed, im);
}

/* ---- stage by stage, slice by slice ---- */

struct stage_row {
    void (*step)(struct import *im);
    size_t (*count)(const struct import *im);
};

static size_t people_of(const struct import *im)
{
    return im->rows.person_count;
}

static size_t rows_of(const struct import *im)
{
    return im->rows.count;
}

static size_t households_of(const struct import *im)
{
    return im->rows.household_count;
}

static const struct stage_row stages[] = {
    [LOOK_PEOPLE] = {look_person, people_of},
    [LOOK_ROWS] = {look_row, rows_of},
    [LOOK_HOUSEHOLDS] = {look_household, households_of},
    [JOIN_HOUSEHOLDS] = {join_household, rows_of},
    [WRITE_PEOPLE] = {write_person, people_of},
    [WRITE_ROWS] = {write_row, rows_of},
    [WRITE_HOUSEHOLDS] = {write_household, households_of},
};

static void go_on(void *ctx)
{
    struct import *im = ctx;
    struct error err;
    for (int left = IMPORT_SLICE_ROWS; left > 0 && im->stage != DONE && !im->failed;) {
        const struct stage_row *stage = &stages[im->stage];
        if (im->at == stage->count(im)) {
            im->stage++;
            im->at = 0;
            continue;
        }
        stage->step(im);
        im->at++;
        left--;
    }
    if (im->stage == DONE || im->failed) {
        finish(im);
    } else if (later(im->call.api->loop, go_on, im, &err) != RESULT_OK) {
        fail(im, &err);
        finish(im);
    }
}

static void start_looking(struct import *im)
{
    struct error err;
    im->stage = LOOK_PEOPLE;
    im->at = 0;
    im->fresh = im->changed = im->same = 0;
    for (size_t i = 0; i < im->rows.person_count; i++) {
        im->rows.people[i].counted = false;
        im->rows.people[i].held = 0;
        im->rows.people[i].kept = false;
    }
    im->batch = store_batch_new(im->call.api->door);
    if (im->batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        fail(im, &err);
    }
    go_on(im);
}

/* ---- the beginning of a batch ---- */

static void household_newest(void *ctx, uint64_t ordinal, const struct error *err)
{
    struct import *im = ctx;
    if (err != NULL) {
        fail(im, err);
    }
    im->newest_household = ordinal;
}

static void involvement_newest(void *ctx, uint64_t ordinal, const struct error *err)
{
    struct import *im = ctx;
    struct api *api = im->call.api;
    if (err != NULL) {
        fail(im, err);
        return;
    }
    store_newest(api->door, STORE_HOUSEHOLD, household_newest, im);
    (void)import_run_begin(api->imports, &im->rows.run, im->rows.system, ordinal, im->newest_household,
                           clock_now(api->clock));
}

static void parsed(void *ctx)
{
    struct import *im = ctx;
    struct api *api = im->call.api;
    if (im->faults.count != 0) {
        struct record record = call_record(&im->call, RECORD_REFUSED);
        call_refuse(&im->call, &record, &im->faults);
        return;
    }
    if (im->rows.has_run &&
        import_run_find(api->imports, &im->rows.run, im->rows.system, clock_now(api->clock)) == NULL) {
        store_newest(api->door, STORE_INVOLVEMENT, involvement_newest, im);
    }
    start_looking(im);
}

static void parse(void *ctx)
{
    struct import *im = ctx;
    import_rows_read(&im->rows, buf_slice(&im->body), &im->call.today, &im->faults);
}

static void start(struct call *call)
{
    struct import *im = (struct import *)call;
    struct error err;
    /* The request may be gone before the worker is done with its body. */
    buf_slice_in(&im->body, http_request_body(call->request));
    if (buf_result(&im->body, "", &err) != RESULT_OK || aside(call->api->loop, parse, parsed, im, &err) != RESULT_OK) {
        call_fail(call, &err);
    }
}

void imports_add(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct import));
    if (call != NULL) {
        struct import *im = (struct import *)call;
        buf_init(&im->body, HTTP_BODY_IMPORT);
        buf_init(&im->payload, STORE_PAYLOAD_MAX);
        import_rows_init(&im->rows);
        call->clean = clean;
        call_require(call, MAY_IMPORT, start);
    }
}
