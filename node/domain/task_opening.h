/*
 * task_opening.h - the first message of a task, which tells the doer what is asked and, once, who it is about.
 *
 * Wire: {"opdracht","convenant","soort","doel","grondslag","rol","zaak","betrokkenen":[{"verzegeld","vastlegging"} or
 *       {"periode","sleutel"}],"huishouden","leefgebied","vraag"?,"bedreigend"?,"verzonden","uiterlijk","contact"?}, and a receipt.
 * What must be the same at each try is hashed (task_opening_stable): all but the receipt and `verzegeld`, which is sealed anew, `periode` and
 * `sleutel`, which turn with the epoch of private matching. `vastlegging` stands in for who is sealed: a commitment whose salt
 * travels in the box alone. Who is named by key has none: its salt would let the doer try numbers.
 * Box: a version byte (1), salt, BSN, birth date (YYYY-MM-DD, or ten spaces), and the name to the end.
 * Ownership: value types; personal data: wipe. Slices borrow from the JSON. Thread: any; pure.
 */
#ifndef KETENBRUG_DOMAIN_TASK_OPENING_H
#define KETENBRUG_DOMAIN_TASK_OPENING_H

#include "domain/task.h"

enum {
    TASK_BOX_FIXED = 1 + TASK_SALT_SIZE + BSN_DIGITS + DATE_TEXT_SIZE - 1,
    TASK_BOX_MAX = TASK_BOX_FIXED + NAME_MAX_BYTES, /* before it is sealed */
};

/* How somebody is named in one message: by a box (base64url), or when it is empty by the doer's key of him. */
struct task_named {
    struct slice box;
    uint32_t epoch;
    struct ident key;
};
bool task_by_key(const struct task_person *person); /* no commitment: so named */

void task_commit(struct task_person *person, const struct bsn *bsn); /* from its salt */
/* Content of a person's box; name and birth date as the person has them (empty: none). */
void task_box_write(const struct task_person *person, const struct bsn *bsn, struct buf *out);
/* FAULT_UNFIT at `where`: not a box, or it holds another than the commitment says. */
MUST_USE enum result task_box_read(struct slice plain, struct task_person *person, const char *where,
                                   struct error *err);

/* `matter` is the case's word for this partner. `named` (one a person; NULL: left out, for the hash). Members
 * only: the caller begins and ends the object. */
void task_opening_write(struct json_writer *w, const struct task *task, const char *matter,
                        const struct task_named *named);
void task_contact_write(struct json_writer *w, const struct task *task); /* the member `contact`; none: nothing */
/* What a retry must repeat. */
void task_opening_stable(const struct task *task, const char *matter, struct buf *out);

/* Adds what is wrong; else the task as it came, without people's names: in state TASK_SENT, of side TASK_DOER, `case_number`
 * is the word for the case, its thread begun. */
void task_opening_read(const struct json *json, struct task *out, struct task_named named[TASK_PEOPLE_MAX],
                       struct fault_list *faults);
/* After stable bytes are known: where the chain starts. */
void task_opening_begin(struct task *task, struct slice stable);

#endif
