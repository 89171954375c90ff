/* What is known already of the people, involvements and households of a batch. */
#include <stdio.h>
#include <string.h>

#include "api/import_parts.h"
#include "base/mem.h"

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
            import_fail(im, &err);
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
        import_fail(im, err);
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
        import_fail(im, err);
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

void import_look_person(struct import *im)
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
        import_fail(im, err);
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
        import_fail(im, err);
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

void import_look_row(struct import *im)
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
            import_fail(im, &fault);
            return;
        }
        memcpy(h->household.members, old.members, sizeof old.members);
        h->household.member_count = old.member_count;
        buf_clear(&im->payload);
        household_encode(&h->household, &im->payload);
        h->changed = !slice_equal(buf_slice(&im->payload), found->item->payload);
    }
    if (err != NULL) {
        import_fail(im, err);
    }
}

void import_look_household(struct import *im)
{
    const struct household *household = &im->rows.households[im->at].household;
    const struct person_key key = person_key(im->rows.system, household->source_key);
    store_find(im->call.api->door, STORE_HOUSEHOLD, STORE_KEY_A, slice_text(key.text), STORE_KIND_COUNT,
               household_found, im);
}

/* Among the members; their count when he is none. */
size_t import_place_of(const struct household *household, const struct ident *id)
{
    size_t i = 0;
    while (i < household->member_count && !ident_equal(&household->members[i], id)) {
        i++;
    }
    return i;
}

void import_join_household(struct import *im)
{
    struct import_row *row = &im->rows.rows[im->at];
    if (row->left_out || row->household == IMPORT_NO_HOUSEHOLD) {
        return;
    }
    struct import_household *h = &im->rows.households[row->household];
    const struct ident *person = &im->rows.people[row->person].id;
    if (import_place_of(&h->household, person) < h->household.member_count) {
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
