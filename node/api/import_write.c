/* What of a batch is new or changed goes into one store batch, with a record for each person. */
#include <string.h>

#include "api/import_parts.h"
#include "base/mem.h"

static void put(struct import *im, enum store_kind kind, struct store_write *item)
{
    struct error err;
    item->payload = buf_slice(&im->payload);
    if (buf_result(&im->payload, "/regels", &err) != RESULT_OK) {
        import_fail(im, &err);
    } else {
        store_put(im->batch, kind, item);
    }
}

void import_write_person(struct import *im)
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
        import_fail(im, &err);
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

void import_write_row(struct import *im)
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

void import_write_household(struct import *im)
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
