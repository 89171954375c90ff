/*
 * plain.h - the covenant read plainly: a slow second evaluation of decide.h and consent.h for tests.
 *
 * Does:      looks every word up in the JSON document itself, for each life domain and category anew, as a person
 *            would who holds the agreement and its explanation side by side; days are compared as text.
 * Does not:  use compiled tables, or anything of policy but its structs of facts.
 * Thread:    any. Faults: none; what is not there is not allowed.
 */
#ifndef KETENBRUG_TESTS_POLICY_PLAIN_H
#define KETENBRUG_TESTS_POLICY_PLAIN_H

#include "base/json.h"
#include "policy/decide.h"

struct plain_facts {
    const char *requester, *provider; /* OIN */
    const char *purpose, *basis, *role;
    bool has_case, has_report, report_open, order_in_force;
    const char *today; /* YYYY-MM-DD */

    bool at_provider;                                       /* what follows is known */
    const char *birth, *municipality, *extended_youth_care; /* "" unknown, or none */
    const struct policy_consent *consent;
    bool restricted;
    const char *domain;
    bool shielded;
};

struct plain_answer {
    uint32_t categories;
    bool may_know; /* may stand in a set; at the asker: for somebody */
    size_t rule_count;
    const char *obligation; /* "" when nothing is released */
    bool parent_disagrees, contact_central, crisis_number;
};

void plain_decide(const struct json *covenant, const struct plain_facts *facts, struct plain_answer *out);
/* Whether a signal here may be known to the requester, and whether his user in that role may then call who gave it. Of the
 * request parties, purpose, role and day count. */
void plain_meet(const struct json *covenant, const struct plain_facts *facts, bool *known, bool *may_call);
void plain_weigh(const struct json *covenant, const struct policy_person *person, const char *requester,
                 const char *purpose, const char *today, struct policy_consent *out);

#endif
