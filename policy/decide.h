/*
 * decide.h - may this be asked, may this be answered: the covenant executed.
 *
 * Decision = f(covenant, request, subject facts, record, day): total, pure, default deny, no order among rules. Each
 * side asks for itself: the asker before any partner hears of it, the provider before an answer leaves.
 * No allocation, no clock, no I/O. Thread: any. Faults: none; a reference that the covenant does not know is a deny.
 */
#ifndef KETENBRUG_POLICY_DECIDE_H
#define KETENBRUG_POLICY_DECIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/covenant.h"
#include "policy/words.h"

/* What the requester says: signed claims, reviewed afterwards. */
struct policy_request {
    const struct party *requester;
    const struct party *provider;
    struct slice purpose;   /* codes; unknown ones deny */
    struct slice basis;     /* the requester's basis to ask */
    struct slice role;
    bool has_case;          /* a case number was given */
    bool has_report;        /* a report number was given */
    struct date today;
};

/* What the provider knows of the subject. More facts (consent, authority, orders) come beside these. */
struct policy_subject {
    struct date birth;            /* not set: unknown, which is the strictest reading */
    const char *municipality;     /* CBS code, 4 digits; "" unknown */
};

/* One record of involvement. */
struct policy_record {
    struct slice life_domain;     /* code */
    bool shielded;                /* only a rule that names shielded records releases anything of it */
};

enum { DECISION_RULES_MAX = 8 };

struct policy_decision {
    bool permit;
    uint32_t categories;                         /* CATEGORY_BIT mask; 0 when denied */
    const char *rules[DECISION_RULES_MAX];       /* ids of rules that permitted, borrowed from the covenant */
    size_t rule_count;                           /* past the bound they are counted, not kept */
    const char *obligation;                      /* Dutch code of the strictest obligation, or NULL */
    const char *reason;                          /* Dutch, one sentence a professional understands; a constant */
};

/* At the asker: is there any rule under which this provider may be asked? Subject facts play no part. */
void policy_may_ask(const struct covenant *covenant, const struct policy_request *request, struct policy_decision *out);
/* At the provider, per record. */
void policy_may_answer(const struct covenant *covenant, const struct policy_request *request,
                       const struct policy_subject *subject, const struct policy_record *record,
                       struct policy_decision *out);

#endif
