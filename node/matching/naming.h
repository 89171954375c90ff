/*
 * naming.h - how a question names its subject to a partner.
 *
 * This form carries the citizen service number itself, in the body. Private matching replaces exactly these two
 * functions: then an ask key travels that means nothing to whom it does not concern.
 * Thread: any; pure. Faults: added to the list with their JSON Pointer, never with the number.
 */
#ifndef KETENBRUG_MATCHING_NAMING_H
#define KETENBRUG_MATCHING_NAMING_H

#include "base/bsn.h"
#include "base/json.h"

void naming_write(struct json_writer *w, const struct bsn *subject);
/* `question` is the body of the question; writes `subject` only when it is there and valid. */
void naming_read(const struct json *question, struct bsn *subject, struct fault_list *faults);

/* The member of the question that these functions own. */
#define NAMING_FIELD "betrokkene"

#endif
