/*
 * naming.h - how a question names its subject to a partner: by an ask key that means nothing to whom it does not concern.
 *
 * Thread: any; pure. Faults: added to the list with their JSON Pointer, never with the key.
 */
#ifndef KETENBRUG_MATCHING_NAMING_H
#define KETENBRUG_MATCHING_NAMING_H

#include "base/json.h"
#include "matching/derive.h"

struct naming {
    struct ask_key key;
    uint32_t epoch; /* of the provider's key under which it was evaluated */
};

void naming_write(struct json_writer *w, const struct naming *subject);
/* `question` is the body of the question; writes `subject` only when it is there and valid. */
void naming_read(const struct json *question, struct naming *subject, struct fault_list *faults);

/* The member of the question that these functions own: {"sleutel": 32 hex digits, "periode": number}. */
#define NAMING_FIELD "betrokkene"

#endif
