/*
 * facts_parts.h - inside facts.c, facts_step.c and facts_show.c only: one change to a fact, and what they share.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_FACTS_PARTS_H
#define KETENBRUG_API_FACTS_PARTS_H

#include "api/disclosures.h"
#include "api/facts.h"
#include "api/outbox.h"

struct fact_change {
    struct call call;
    struct json *json;
    enum fact_kind kind;
    enum fact_state step; /* of a step: what it becomes; FACT_STATE_COUNT: the body says */
    struct ident id;
    struct fact fact;
    uint64_t version;                         /* of a step: what it replaces */
    bool stored;                              /* the fact has a place here; else its message goes alone */
    struct subject subject;                   /* whom it is about, when known here */
    struct oin partners[OUTBOX_PARTNERS_MAX]; /* to whom it goes */
    size_t partner_count;
    struct disclosure *received; /* of a correction that is honoured: who had the data before; NULL: not asked */
    size_t received_count;
    bool received_all;
    struct fact anything; /* while they are looked for: a statement that covers all */
};

/* Begins a call with such a change. `permission` may be several: one of them is enough. */
void facts_begin(struct http_request *request, void *ctx, enum fact_kind kind, enum fact_state step,
                 unsigned permission, void (*next)(struct call *call));
void facts_refuse(struct fact_change *change, const struct fault_list *faults);
/* `ketenpartners`: parties to the covenant, not this one. */
void facts_read_partners(struct fact_change *change, struct fault_list *faults);
/* The fact, its messages and a record in one commit; answers with the id and the messages. */
void facts_save(struct fact_change *change, int status);

#endif
