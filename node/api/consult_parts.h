/*
 * consult_parts.h - the asker's half of a consult, as its files share it: consult_ask.c is the way through, consult_matter.c
 * what the question stands on, consult_plan.c who may be asked, consult_table.c what the professional gets.
 * Ownership: struct consult is the call. Thread: the loop's.
 */
#ifndef KETENBRUG_API_CONSULT_PARTS_H
#define KETENBRUG_API_CONSULT_PARTS_H

#include "api/api.h"
#include "api/consult_request.h"
#include "domain/report.h"

struct consult;

/* Somebody who may be asked, under the document in force with him. */
struct candidate {
    struct api_covenant *held;
    const struct party *partner; /* borrowed from it */
};

/* One question: one person to one partner. */
struct ask {
    struct consult *consult;
    struct api_covenant *held;   /* in force with this partner */
    const struct party *partner; /* borrowed from it */
    size_t subject;              /* index into request.subjects */
    struct ident request_id;
    enum peer_outcome_kind outcome;
    int status; /* HTTP, when answered */
    size_t entry_count;
    struct buf entries;            /* checked JSON array */
    struct store_place place;      /* of the record of asking */
    struct receipt_want want;      /* for it */
    char receipt[RECEIPT_TEXT];    /* ours, then */
    uint8_t theirs[RECEIPT_BYTES]; /* the partner's, with its answer */
    bool has_theirs;
    bool is_held; /* not asked: a withdrawal about this person is on its way there */
};

struct consult {
    struct call call;
    struct json *json;
    struct consult_request request;
    struct ident id;
    struct date dutch_today;
    /* What the question stands on, by the own records. */
    struct report report; /* registered under that number, or made on the spot */
    struct ident report_id;
    uint64_t report_version; /* 0: it was not registered */
    bool report_known;
    bool report_changed; /* to be written with the records of asking */
    bool report_open;    /* an open one of Veilig Thuis */
    bool order_in_force;
    bool ended; /* it ended before the question could leave */
    struct ask *asks;
    size_t ask_count;
    struct candidate *crisis; /* partners whose crisis number is shown */
    size_t crisis_count;
    size_t open; /* asks without a receipt of ours, then without an outcome */
    bool is_unsigned;
    struct error unsigned_why;
};

/* Looks up the report or order that was named, and goes on with `next`; adds what is wrong with it: closed, not in force,
 * not about one of these people. A number that is not registered is an ordinary one, of an order excepted. */
void consult_matter_find(struct consult *c, void (*next)(struct consult *c, struct fault_list *faults));
/* Does it still, now that the record of asking is durable? */
bool consult_matter_stands(const struct consult *c);
/* In the batch with the records of asking, when the report changed. */
MUST_USE enum result consult_matter_write(struct consult *c, struct store_batch *batch, struct error *err);

/* Who is asked, and whose crisis number is shown; FAULT_FORBIDDEN when that is nobody. */
MUST_USE enum result consult_plan(struct consult *c, struct error *err);

void consult_table_write(struct consult *c);

#endif
