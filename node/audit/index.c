#include "audit/index.h"

#include <string.h>

const char index_watermark_name[] = "zoekindex-2";

static struct slice ident_value(const struct ident *id)
{
    static const struct ident none;
    return ident_equal(id, &none) ? slice_of(NULL, 0) : slice_of(id->bytes, IDENT_SIZE);
}

/* What an officer looks through, of which there are few and no other value tells: what was found and done about it, and
 * after which the clock may have run back; findings and keys of private matching; signals, and whom a partner was told of. */
#define INDEXED_OPERATIONS(X)                                                                                          \
    X(RECORD_CLOCK_RESET, "klok-hersteld")                                                                             \
    X(RECORD_RESTORED, "reservekopie-hersteld")                                                                        \
    X(RECORD_FINDING, "bevinding-ontstaan")                                                                            \
    X(RECORD_FINDING_STEP, "bevinding-behandeld")                                                                      \
    X(RECORD_SAMPLED, "steekproef-getrokken")                                                                          \
    X(RECORD_LETTER, "overzicht-opgesteld")                                                                            \
    X(RECORD_LETTER_STEP, "overzicht-behandeld")                                                                       \
    X(RECORD_EXPORTED, "logboek-uitgevoerd")                                                                           \
    X(RECORD_BLOCKED, "toegang-geblokkeerd")                                                                           \
    X(RECORD_UNBLOCKED, "toegang-hersteld")                                                                            \
    X(RECORD_EPOCH_KEY, "periodesleutel-gemaakt")                                                                      \
    X(RECORD_EPOCH_KEY_DESTROYED, "periodesleutels-vernietigd")                                                        \
    X(RECORD_SET_REFUSED, "opzoekset-geweigerd")                                                                       \
    X(RECORD_MATCH_FINDING, "koppeling-opvallend")                                                                     \
    X(RECORD_SET_OPENED, "opzoekset-geopend")                                                                          \
    X(RECORD_SIGNAL, "zorgsignaal-afgegeven")                                                                          \
    X(RECORD_SIGNAL_ENDED, "zorgsignaal-beeindigd")                                                                    \
    X(RECORD_SIGNAL_MET, "match-ontstaan")                                                                             \
    X(RECORD_TASK_NAMED, "betrokkene-genoemd")

static struct slice operation_value(enum record_operation operation)
{
    switch (operation) {
#define X(name, word)                                                                                                  \
    case name:                                                                                                         \
        return slice_text(word);
        INDEXED_OPERATIONS(X)
#undef X
    default:
        return slice_of(NULL, 0);
    }
}

const char *index_operation_words(void)
{
#define X(name, word) ", " word
    static const char all[] = INDEXED_OPERATIONS(X);
#undef X
    return all + 2; /* behind the first comma */
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
    case INDEX_OPERATION:
        return operation_value(record->operation);
    case INDEX_CONSULT:
        return ident_value(&record->consult);
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
