#include "audit/index.h"

#include <string.h>

const char index_watermark_name[] = "zoekindex";

static struct slice ident_value(const struct ident *id)
{
    static const struct ident none;
    return ident_equal(id, &none) ? slice_of(NULL, 0) : slice_of(id->bytes, IDENT_SIZE);
}

struct slice index_value(const struct record *record, enum index_term term, bool second)
{
    if (second) {
        return slice_text(term == INDEX_CASE ? record->report_number : "");
    }
    switch (term) {
    case INDEX_REQUEST:
        return ident_value(&record->request_id);
    case INDEX_CASE:
        return slice_text(record->case_number);
    case INDEX_BSN:
        return bsn_is_set(&record->bsn) ? bsn_digits(&record->bsn) : slice_of(NULL, 0);
    case INDEX_SUBJECT:
        return ident_value(&record->subject);
    case INDEX_USER:
        return slice_text(record->user);
    case INDEX_PEER:
        return slice_text(record->peer.digits);
    default:
        return slice_text(record->purpose);
    }
}

size_t index_entries(const struct seal_index_key *key, const struct record *record, uint64_t sequence,
                     struct store_entry out[INDEX_ENTRIES_MAX])
{
    size_t count = 0;
    for (unsigned term = INDEX_REQUEST; term < INDEX_TERM_END; term++) {
        for (unsigned second = 0; second <= (term == INDEX_CASE ? 1U : 0U); second++) {
            const struct slice value = index_value(record, (enum index_term)term, second == 1);
            if (value.len != 0) {
                struct store_entry *entry = &out[count++];
                *entry = (struct store_entry){.class = key->class, .sequence = sequence};
                seal_index_hash(key, (uint8_t)term, value, entry->hash);
            }
        }
    }
    return count;
}

void index_drop(struct store_batch *batch, struct seal_class class)
{
    store_index_drop(batch, class);
}
