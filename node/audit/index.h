/*
 * index.h - what of a record can be searched for, as keyed hashes: the terms of the search index.
 *
 * A term is what is looked for (enum index_term) and its exact value. Its hash is keyed by a key that is derived from the
 * class key of the record's month and class: the same person has another hash in every month and class, and with the
 * class key the index of that month and class can no longer be used, nor made again. No value itself is stored.
 * The index is no part of what the log proves: it is a way to find records, and whoever finds one opens it and looks.
 * Does:      a record to its entries; a term to its hash; drops what belongs to a class key.
 * Does not:  follow the log (api/indexing.h), or search it.
 * Ownership: value types. Thread: any; pure. Faults: none.
 */
#ifndef KETENBRUG_AUDIT_INDEX_H
#define KETENBRUG_AUDIT_INDEX_H

#include "audit/record.h"
#include "store/store.h"

/* The codes are part of each hash. Which of them leads a search: api/log_walk.c. */
enum index_term {
    INDEX_REQUEST = 1,
    INDEX_CASE = 2, /* case or report number */
    INDEX_BSN = 3,
    INDEX_SUBJECT = 4, /* own id */
    INDEX_USER = 5,
    INDEX_PEER = 6,
    INDEX_PURPOSE = 7,
    INDEX_OPERATION = 8, /* of those that are rare and looked for by themselves: see index_operation_words */
    INDEX_CONSULT = 9,   /* at the asker: all records of one consult; finds little too */
    INDEX_TERM_END
};

enum { INDEX_ENTRIES_MAX = INDEX_TERM_END }; /* of one record: a case and a report number share a term */

/* The value of a term in a record; empty: none. Borrowed from the record. `second`: of a term that has two. */
struct slice index_value(const struct record *record, enum index_term term, bool second);
const char *index_operation_words(void); /* those that are a term, for messages */
/* The entries of an opened record, under the key of its month and class; how many. */
size_t index_entries(const struct seal_index_key *key, const struct record *record, uint64_t sequence,
                     struct store_entry out[INDEX_ENTRIES_MAX]);

/* To be called in the commit that records the end of a class key: drops the index of that month and class, as far as
 * fits one commit. What is left opens to nobody, and api/indexing.c sweeps it away. */
void index_drop(struct store_batch *batch, struct seal_class class);

/* The store value that says up to where the index follows the log: the number of records, 8 bytes, big endian. With a new
 * term it gets a new name, so that the log is followed anew once. */
extern const char index_watermark_name[];
enum { INDEX_WATERMARK_BYTES = 8 };

#endif
