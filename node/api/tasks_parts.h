/*
 * tasks_parts.h - inside tasks*.c only: rows, records and decisions that these files share. Thread: the loop's.
 */
#ifndef KETENBRUG_API_TASKS_PARTS_H
#define KETENBRUG_API_TASKS_PARTS_H

#include "api/consult_wire.h"
#include "api/evaluate.h"
#include "api/incoming.h"
#include "api/notices.h"
#include "api/outbox.h"
#include "api/tasks.h"
#include "audit/watch_table.h"
#include "domain/task_opening.h"
#include "policy/task.h"
#include "store/sealing.h"

enum {
    TASKS_KEYS_MAX = 64,         /* sealing keys of partners in memory; the oldest gives way */
    TASKS_SHARES_MAX = 256,      /* partners whose open tasks are counted apart */
    TASKS_PEOPLE_BITS = 1048576, /* of a filter of people in tasks that were given: by the first bits of their ids */
    TASKS_KEY_REFUSALS = 3,      /* one after the other, then a person decides */
};

/* A partner's sealing key, as it was fetched and found signed. */
struct tasks_key {
    struct oin partner;
    uint8_t pub[SEALING_PUBLIC_SIZE];
    int64_t until_ms; /* 0: to be fetched anew */
    int64_t fetched_ms;
    unsigned refusals; /* openings that it did not open there, since one that it did */
};

/* How many tasks of one partner's are open here. */
struct tasks_share {
    struct oin partner;
    size_t open;
};

struct tasks_shares {
    struct tasks_share of[TASKS_SHARES_MAX];
    size_t count;
};

/* Ids of open tasks. */
struct tasks_live {
    struct watch_table by_id; /* place in `ids`: each is in it once */
    struct ident *ids;
    size_t count, room;
    bool lacks; /* one that could not be put down */
};

struct tasks {
    struct api *api;
    struct tasks_key keys[TASKS_KEYS_MAX];
    size_t key_count;
    struct tasks_figures figures;
    struct tasks_shares shares;
    /* Whether a person may be in a task that is open: so that a change of somebody else looks at none. Of the
     * last look at all, and of the one under way; who came since is in both. */
    uint8_t people[TASKS_PEOPLE_BITS / 8];
    uint8_t people_next[TASKS_PEOPLE_BITS / 8];
    /* Likewise, which tasks these are. */
    struct tasks_live live, live_next;
    uint64_t live_salt;
    struct date day; /* of the last look at all */
    bool changed;    /* some task's terms may have come before the day turns */
    bool looking;
    /* A look that waits for the one under way; `done` NULL: none does. */
    const struct cooperation_touched *next_touched;
    cooperation_done *next_done;
    void *next_ctx;
    bool key_made;  /* the own key was looked at since the start */
    int64_t key_ms; /* when it is looked at again */
    /* Made, and not in the log yet: until then nobody gets it. */
    uint8_t key_unlogged[SEALING_PUBLIC_SIZE];
    uint8_t key_seen[SEALING_PUBLIC_SIZE];   /* the own one, when it was looked at last */
    uint8_t key_logged[SEALING_PUBLIC_SIZE]; /* the last that the log has, */
    bool key_logged_known;                   /* once that was read */
    bool key_logging;
};

/* ---- rows ---- */

MUST_USE enum result tasks_read(const struct store_item *item, struct task *out, struct error *err);
MUST_USE enum result tasks_put(struct store_batch *batch, const struct task *task, uint64_t version, bool is_new,
                               struct error *err);
MUST_USE enum result tasks_put_event(struct store_batch *batch, const struct ident *task, const struct ident *id,
                                     const struct thread_event *event, uint64_t version, bool is_new,
                                     struct error *err);
/* The row of the event with this number; proposals have none. NULL: not there. `out` borrows from `found`. */
const struct store_item *tasks_event_of(const struct store_found *found, uint32_t number, struct thread_event *out);
/* The event, or the proposal, that answers or is this proposal. */
const struct store_item *tasks_event_by_proposal(const struct store_found *found, const struct ident *proposal,
                                                 struct thread_event *out);
struct ident tasks_event_id(const struct ident *task, uint32_t number); /* of an event that was not proposed here */
struct ident tasks_no_ident(void);

/* Takes an event that is next: into the task, and both into the batch. `kept`: the row of the proposal that it answers, or
 * NULL. */
MUST_USE enum result tasks_take_next(struct store_batch *batch, struct task *task, struct thread_event *event,
                                     const struct store_item *kept, struct error *err);
/* Registers a person here under his `subject`, with what is known of him. */
MUST_USE enum result tasks_register(struct store_batch *batch, const struct task_person *person,
                                    const struct bsn *number, struct error *err);
/* Do people write free text in a task of this type? */
bool tasks_has_text(const struct covenant *covenant, const struct task *task);
/* When an answer is due, from the day on which it was received. */
void tasks_set_reply(const struct api *api, const struct covenant *covenant, struct task *task);

/* ---- records, notices, posts ---- */

/* About a task: purpose with its class, partner, basis, role and case as the task has them. `base` names operation, user,
 * request and covenant. */
void tasks_fill_record(const struct covenant *covenant, const struct task *task, struct record *record);
/* One for each person whom the task names here, or one without person. All but the first go into the batch; the first is
 * left in `record` for who writes it. */
MUST_USE enum result tasks_log_people(struct api *api, struct store_batch *batch, const struct task *task,
                                      struct record *record, struct slice text, struct error *err);
struct tasks_text {
    char text[96];
};
struct tasks_text tasks_text(const struct ident *task, const char *step); /* for a record: which task, which step */

/* To who has it in hand here: the user by name, or all who may see tasks. */
MUST_USE enum result tasks_notice(struct api *api, struct store_batch *batch, const struct task *task,
                                  enum notice_kind kind, uint32_t number, struct error *err);
enum notice_kind tasks_notice_kind(const struct thread_event *event);
/* Of an event that was put in order here, to the giver. */
MUST_USE enum result tasks_post_event(struct api *api, struct store_batch *batch, const struct task *task,
                                      uint32_t number, struct error *err);
MUST_USE enum result tasks_post_proposal(struct api *api, struct store_batch *batch, const struct task *task,
                                         const struct ident *proposal, const struct thread_event *event,
                                         struct error *err);

/* One that is open, or about to be: it and its people are known as such from now on. */
void tasks_mark(struct tasks *tasks, const struct task *task);
bool tasks_marked(const struct tasks *tasks, const struct ident *subject);
/* One more may be open here, taken from `giver` (NULL: given here); counted at the last look, and since then as they come.
 * FAULT_BUSY. */
MUST_USE enum result tasks_room(const struct tasks *tasks, const struct oin *giver, struct error *err);
/* One more of this partner's. Who finds no place in it is counted with all only. */
void tasks_share_add(struct tasks_shares *shares, const struct oin *giver);

/* ---- tasks_live.c ---- */
void tasks_live_add(struct tasks_live *live, uint64_t salt, const struct ident *id); /* it may be there already */
void tasks_live_drop(struct tasks_live *live);                                       /* all of them */

/* ---- deciding ---- */

/* Looks everybody of a task up, by number or own id, and decides about each, as its side does. */
struct tasks_deciding {
    struct api *api;
    const struct covenant *covenant;
    struct task *task;
    struct bsn numbers[TASK_PEOPLE_MAX]; /* in: where the person has no own id in `task`; wiped by who made it */
    struct date today;
    uint32_t content; /* TASK_CONTENT_BIT: what the task carries */
    /* Out: */
    bool known[TASK_PEOPLE_MAX];          /* registered here: `task->people[].subject` is filled in */
    struct policy_task_decision decision; /* the first that denies, or the last */
    size_t denied;                        /* whose it is */
    size_t at;
    void (*done)(struct tasks_deciding *deciding, const struct error *failed);
    void *ctx;
};
void tasks_decide(struct tasks_deciding *deciding);
uint32_t tasks_content(const struct task *task); /* TASK_CONTENT_BIT: what it carries beside what its members say */

/* ---- leaving ---- */

/* `verzenden`: deadline, thread, post and the records of naming, into the batch; not the task's row. */
MUST_USE enum result tasks_dispatch(struct call *call, struct task *task, struct store_batch *batch, struct error *err);

/* ---- naming by key ---- */

/* At the giver, of a type that names only whom the partner knows: each person's key there, by private matching. Asks the
 * partner, who learns that a batch was evaluated. */
struct tasks_naming {
    struct api *api;
    struct api_covenant *held; /* borrowed until `done` */
    const struct task *task;
    struct bsn numbers[TASK_PEOPLE_MAX]; /* wiped when done */
    void (*done)(struct tasks_naming *naming, const struct error *failed);
    void *ctx;
    struct task_named named[TASK_PEOPLE_MAX]; /* out */
    /* Inside. */
    struct lookup_set set;
    struct evaluation e;
};
/* FAULT_UNFIT at `/betrokkenen`: the partner does not know one of them, or not for this purpose. FAULT_BUSY: no set of his
 * is here now. FAULT_PEER: he cannot be asked. `done` may be called before this returns. */
void tasks_name(struct tasks_naming *naming);

/* ---- may it be given ---- */

/* One that is new, or was a draft, held against what is agreed with its partner now, under which call and task go on: everybody is
 * decided about and, of a type that names only whom the partner knows, looked for in his set. */
struct tasks_giving {
    struct call *call;
    struct task *task;
    bool draft;                     /* it stays here: nobody is looked for */
    void (*may)(struct call *call); /* one of both; but what fails by itself ends the call */
    void (*may_not)(struct call *call, const struct error *why); /* a refusal, of which no record was made */
    struct tasks_deciding deciding;                              /* wiped by who made it */
    struct tasks_naming naming;
};
void tasks_give(struct tasks_giving *giving);

/* ---- sealing keys ---- */

const uint8_t *tasks_key_of(struct tasks *tasks, const struct oin *partner); /* NULL: to be fetched */
/* The partner could not open what was sealed to it: it is fetched anew. False: too often, one after the other. */
bool tasks_key_refused(struct tasks *tasks, const struct oin *partner);
void tasks_key_held(struct tasks *tasks, const struct oin *partner); /* he could */
typedef void tasks_key_fn(void *ctx, const struct error *err);
/* Fetches, checks and keeps it; `done` is called once, never from inside this call. */
MUST_USE enum result tasks_key_fetch(struct tasks *tasks, struct api_covenant *held, const struct oin *partner,
                                     tasks_key_fn *done, void *ctx, struct error *err);
void tasks_key_turn(struct tasks *tasks); /* makes the own one known in the log in time, destroys old ones */

/* ---- parts that join ---- */

void tasks_register_posts(struct api *api);
void tasks_tick(struct api *api);
void tasks_soon(struct api *api, const struct task *task); /* just received: what came on the way is told now */
void tasks_look(struct api *api, const struct cooperation_touched *touched, cooperation_done *done, void *ctx);

/* The desk's view. */
struct tasks_word {
    char text[PSEUDONYM_TEXT + 1];
};
struct tasks_word tasks_case_word(const struct api *api, const struct task *task); /* towards its partner */

#endif
