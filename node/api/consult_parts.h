/*
 * consult_parts.h - the asker's half of a consult, as its files share it: consult_ask.c is the way through, consult_matter.c
 * what the question stands on, consult_plan.c who may be asked, consult_match.c whose sets and which values are here, and
 * who is in them, consult_evaluate.c how values come, consult_send.c the questions to those who know somebody,
 * consult_table.c what the professional gets.
 * Ownership: struct consult is the call. Thread: the loop's.
 */
#ifndef KETENBRUG_API_CONSULT_PARTS_H
#define KETENBRUG_API_CONSULT_PARTS_H

#include "api/api.h"
#include "api/consult_request.h"
#include "api/evaluate.h"
#include "domain/report.h"

struct consult;
struct consult_batch;

/* Somebody who may be asked, under the document in force with him. */
struct candidate {
    struct api_covenant *held;
    const struct party *partner; /* borrowed from it */
};

/* One person and one partner: tested in his set, and only when in it a question to him. */
struct ask {
    struct consult *consult;
    struct api_covenant *held;   /* in force with this partner */
    const struct party *partner; /* borrowed from it */
    size_t subject;              /* index into request.subjects */
    struct ident request_id;
    struct lookup_set set; /* the partner's when the consult began, then that which was tested */
    struct match_value value;
    bool has_value;
    bool evaluated; /* in this consult */
    bool was_asked; /* about this person, by an earlier one with this value */
    bool tested;
    bool hit;
    enum match_outcome match;
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
    bool ended;       /* it ended before the question could leave */
    struct ask *asks; /* person by person, each with all partners in the same order */
    size_t ask_count;
    size_t partner_count;
    struct match_values *values[CONSULT_SUBJECTS_MAX]; /* what is kept of each person; NULL: none was read yet */
    struct consult_batch *evaluations;
    size_t evaluation_count;
    int64_t began_ms; /* by the loop's clock: all of it ends within the partners' time */
    void (*evaluated)(struct consult *c);
    struct candidate *crisis; /* partners whose crisis number is shown */
    size_t crisis_count;
    size_t open; /* evaluations or asks without a receipt of ours, then without an outcome */
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

/* A record as all of a consult begin: under this document, with what was asked and on what it stands. */
struct record consult_record(const struct consult *c, const struct covenant *covenant, enum record_operation operation);

/* Whose set is here, and whose values: fills in the asks. What cannot be looked into says why. */
void consult_match_prepare(struct consult *c);
/* Looks who is in whose set, as far as nothing kept it from being evaluated. */
void consult_match_test(struct consult *c);
/* To the batch that is made: a test for each person, and the values that are kept. NULL: the call ended. */
MUST_USE struct store_batch *consult_match_record(struct consult *c, struct store_batch *batch);
/* To the batch with what was received: who was asked about whom, beside the values that are kept. */
MUST_USE enum result consult_match_answered(struct consult *c, struct store_batch *batch, struct error *err);
void consult_match_free(struct consult *c);

/* Has the partners evaluate what is not here, all side by side; `evaluated` follows, also when there was nothing to do. When
 * nothing could be recorded the call ended. */
void consult_evaluate(struct consult *c, void (*done)(struct consult *c));
/* That their answers came, with their receipts. NULL: the call ended. */
MUST_USE struct store_batch *consult_evaluate_record(struct consult *c, struct store_batch *batch);
void consult_evaluate_free(struct consult *c);

/* To the batch: a question for each hit, that is recorded before it is asked. NULL: the call ended. */
MUST_USE struct store_batch *consult_send_record(struct consult *c, struct store_batch *batch);
size_t consult_send_count(const struct consult *c); /* hits */
/* Commits, asks them side by side, commits what came and ends the call with the table. */
void consult_send(struct consult *c, struct store_batch *batch);
/* What was withdrawn here is not asked for there before the partner knows of it; what is urgent needs no consent. */
bool consult_is_held(const struct ask *ask);
int64_t consult_left_ms(const struct consult *c); /* of the partners' time */

void consult_table_write(struct consult *c);

#endif
