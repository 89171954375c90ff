/*
 * consent_page.h - a statement of consent on one screen, in plain Dutch, for a professional and a client to read together:
 * who, what, to whom, what for, until when, and that and how it can be withdrawn.
 * Thread: main. Ownership: all borrowed.
 */
#ifndef KETENBRUG_CMD_CONSENT_PAGE_H
#define KETENBRUG_CMD_CONSENT_PAGE_H

#include <stdio.h>

#include "base/json.h"
#include "policy/covenant.h"

/* `answer` is that of the desk, with names, confirmations and disclosures; NULL: it was not given yet. */
void consent_page_print(FILE *out, const struct covenant *covenant, const struct json *answer,
                        const struct json *consent);

#endif
