/*
 * disclosures.h - who received data that a statement of consent covers: from the log's records of answers, by the search
 * index.
 *
 * Counts answers that released something about the person to a partner and for a purpose that the statement names, of a
 * category that it names, since it was recorded and until it was withdrawn. Whether another rule would have allowed the
 * same without consent is not told apart.
 * Does not:  see what lies past LOG_WALK_RECORDS records or DISCLOSURES_MAX partners and purposes: then `complete` is
 *            false. What the index does not hold yet is looked through too.
 * Thread:    the loop's. Ownership: what the callback gets is borrowed until it returns; `call` and `fact` stay until then.
 */
#ifndef KETENBRUG_API_DISCLOSURES_H
#define KETENBRUG_API_DISCLOSURES_H

#include "api/api.h"
#include "domain/fact.h"

struct disclosure {
    struct oin partner;
    char purpose[RECORD_PURPOSE_MAX + 1];
    uint64_t times;
    int64_t last_ms;
};

/* As members of an object. */
void disclosures_write(struct json_writer *w, const struct covenant *covenant, const struct disclosure *all,
                       size_t count, bool complete);

typedef void disclosures_fn(void *ctx, const struct disclosure *all, size_t count, bool complete,
                            const struct error *failed);
void disclosures_find(struct call *call, const struct fact *fact, disclosures_fn *found, void *ctx);

#endif
