/*
 * task.h - a task (opdracht): work that one organisation asks of another, with a deadline, a state, and a history of both.
 *
 * Does:      says who may make which step in which state; puts steps in order as the node that does the work does; takes
 *            events; tells which terms came; holds the value and its stored form.
 * Does not:  read clocks or the store, name anybody on the wire (task_opening.h), or decide what the covenant allows.
 * Sides:     the giver (vrager) sends; the doer (uitvoerder) does the work and is the thread's writer (thread.h). The giver's
 *            steps are proposals, but for those that nobody else knows of: concept, verzenden, verwijderen, and intrekken of
 *            what never left.
 * Ownership: value types; personal data in them: wipe with mem_wipe when done. Thread: any; pure.
 * Faults:    FAULT_CONFLICT for a step that cannot be made now; FAULT_STORE for stored bytes that are none.
 */
#ifndef KETENBRUG_DOMAIN_TASK_H
#define KETENBRUG_DOMAIN_TASK_H

#include "base/bsn.h"
#include "base/date.h"
#include "base/oin.h"
#include "domain/life_domain.h"
#include "domain/thread.h"

#define TASK_THREAD_LABEL "ketenbrug/opdracht/v1"

/* Places in these tables are stored, those of the steps hashed too: new ones come at the end. */
#define TASK_STATE_TABLE(X)                                                                                            \
    X(TASK_NONE, "")                                                                                                   \
    X(TASK_DRAFT, "concept")                                                                                           \
    X(TASK_SENT, "verzonden")                                                                                          \
    X(TASK_RECEIVED, "ontvangen")                                                                                      \
    X(TASK_ACCEPTED, "aanvaard")                                                                                       \
    X(TASK_BEGUN, "in-uitvoering")                                                                                     \
    X(TASK_REFUSED, "geweigerd")                                                                                       \
    X(TASK_COMPLETED, "voltooid")                                                                                      \
    X(TASK_WITHDRAWN, "ingetrokken")                                                                                   \
    X(TASK_REMOVED, "verwijderd")

enum task_state {
#define X(state, word) state,
    TASK_STATE_TABLE(X)
#undef X
        TASK_STATE_COUNT
};

#define TASK_STEP_TABLE(X)                                                                                             \
    X(TASK_STEP_DRAFT, "concept")                                                                                      \
    X(TASK_STEP_SEND, "verzenden")                                                                                     \
    X(TASK_STEP_RECEIVE, "ontvangen")                                                                                  \
    X(TASK_STEP_ACCEPT, "aanvaarden")                                                                                  \
    X(TASK_STEP_REFUSE, "weigeren")                                                                                    \
    X(TASK_STEP_BEGIN, "beginnen")                                                                                     \
    X(TASK_STEP_COMPLETE, "voltooien")                                                                                 \
    X(TASK_STEP_WITHDRAW, "intrekken")                                                                                 \
    X(TASK_STEP_MESSAGE, "bericht")                                                                                    \
    X(TASK_STEP_REMOVE, "verwijderen")

enum task_step {
#define X(step, word) step,
    TASK_STEP_TABLE(X)
#undef X
        TASK_STEP_COUNT
};

enum task_side { TASK_GIVER, TASK_DOER, TASK_SIDE_COUNT };

#define TASK_BY_GIVER (1U << TASK_GIVER)
#define TASK_BY_DOER  (1U << TASK_DOER)

/* What is not listed is refused. The same state as `to`: the step changes none. */
/*    state           step                who                             to */
#define TASK_MOVE_TABLE(X)                                                                                             \
    X(TASK_NONE, TASK_STEP_DRAFT, TASK_BY_GIVER, TASK_DRAFT)                                                           \
    X(TASK_NONE, TASK_STEP_SEND, TASK_BY_GIVER, TASK_SENT)                                                             \
    X(TASK_DRAFT, TASK_STEP_SEND, TASK_BY_GIVER, TASK_SENT)                                                            \
    X(TASK_DRAFT, TASK_STEP_REMOVE, TASK_BY_GIVER, TASK_REMOVED)                                                       \
    X(TASK_SENT, TASK_STEP_RECEIVE, TASK_BY_DOER, TASK_RECEIVED)                                                       \
    X(TASK_SENT, TASK_STEP_WITHDRAW, TASK_BY_GIVER, TASK_WITHDRAWN)                                                    \
    X(TASK_RECEIVED, TASK_STEP_ACCEPT, TASK_BY_DOER, TASK_ACCEPTED)                                                    \
    X(TASK_RECEIVED, TASK_STEP_REFUSE, TASK_BY_DOER, TASK_REFUSED)                                                     \
    X(TASK_RECEIVED, TASK_STEP_WITHDRAW, TASK_BY_GIVER, TASK_WITHDRAWN)                                                \
    X(TASK_RECEIVED, TASK_STEP_MESSAGE, TASK_BY_GIVER | TASK_BY_DOER, TASK_RECEIVED)                                   \
    X(TASK_ACCEPTED, TASK_STEP_BEGIN, TASK_BY_DOER, TASK_BEGUN)                                                        \
    X(TASK_ACCEPTED, TASK_STEP_REFUSE, TASK_BY_DOER, TASK_REFUSED)                                                     \
    X(TASK_ACCEPTED, TASK_STEP_COMPLETE, TASK_BY_DOER, TASK_COMPLETED)                                                 \
    X(TASK_ACCEPTED, TASK_STEP_WITHDRAW, TASK_BY_GIVER, TASK_WITHDRAWN)                                                \
    X(TASK_ACCEPTED, TASK_STEP_MESSAGE, TASK_BY_GIVER | TASK_BY_DOER, TASK_ACCEPTED)                                   \
    X(TASK_BEGUN, TASK_STEP_REFUSE, TASK_BY_DOER, TASK_REFUSED)                                                        \
    X(TASK_BEGUN, TASK_STEP_COMPLETE, TASK_BY_DOER, TASK_COMPLETED)                                                    \
    X(TASK_BEGUN, TASK_STEP_WITHDRAW, TASK_BY_GIVER, TASK_WITHDRAWN)                                                   \
    X(TASK_BEGUN, TASK_STEP_MESSAGE, TASK_BY_GIVER | TASK_BY_DOER, TASK_BEGUN)

const char *task_state_word(enum task_state state); /* "" past the end */
bool task_state_parse(struct slice word, enum task_state *out);
const char *task_step_word(enum task_step step);
bool task_step_parse(struct slice word, uint8_t *out); /* thread_step_fn */
bool task_may(enum task_state state, enum task_step step, enum task_side side);
enum task_state task_to(enum task_state state, enum task_step step); /* TASK_STATE_COUNT: not listed */
bool task_ended(enum task_state state);
/* Known at both nodes and not over. */
bool task_runs(enum task_state state);

/* Why, where a step has a reason. */
/*    word                      step                by the node, not by a user */
#define TASK_REASON_TABLE(X)                                                                                           \
    X("niet-onze-taak", TASK_STEP_REFUSE, false)                                                                       \
    X("geen-ruimte", TASK_STEP_REFUSE, false)                                                                          \
    X("onvoldoende-gegevens", TASK_STEP_REFUSE, false)                                                                 \
    X("persoon-wil-niet", TASK_STEP_REFUSE, false)                                                                     \
    X("anders", TASK_STEP_REFUSE, false)                                                                               \
    X("toestemming-vervallen", TASK_STEP_WITHDRAW, true)                                                               \
    X("grondslag-vervallen", TASK_STEP_WITHDRAW, true)

/* A refusal must have one, a withdrawal may, others have none. `by_node`: those of the node are allowed too. */
bool task_reason_ok(enum task_step step, struct slice reason, bool by_node);
/* Text of a person to a person: printable, not longer than the step allows (0: the step has none), no valid BSN in it.
 * `where` is its field. */
MUST_USE enum result task_text_check(struct slice text, size_t max, const char *where, struct error *err);
size_t task_text_max(enum task_step step);

/* Terms that came, as bits. */
enum {
    TASK_DUE_REPLY = 1,    /* no answer to it within the days for one */
    TASK_DUE_SOON = 2,     /* few working days left, as many as are configured, */
    TASK_DUE_TOMORROW = 4, /* and one */
    TASK_DUE_PASSED = 8,
};

enum task_mark {
    TASK_QUIET = 1,       /* stil: no covenant in force with the other now; nothing is sent */
    TASK_BROKEN = 2,      /* afgebroken: closed here while it was quiet */
    TASK_UNDELIVERED = 4, /* niet-bezorgd: the other refused the opening; a person decides */
    TASK_BLANK = 8,       /* nobody is named in it any more: it ended before it was accepted */
    TASK_GROUNDLESS = 16, /* zonder-grondslag, at the doer: by what is known there now it would not be taken */
};

enum { TASK_SALT_SIZE = 32 };

/* Somebody whom the task is about. */
struct task_person {
    struct ident subject;          /* own id; zeros: not registered here */
    struct bsn bsn;                /* doer: as long as he is not registered here; giver: never */
    char name[NAME_MAX_BYTES + 1]; /* doer: as it was named; the same */
    struct date birth;
    uint8_t salt[TASK_SALT_SIZE]; /* giver: of the commitment; zeros: named by ask key */
    struct sha256 commitment;     /* SHA-256(salt | BSN); zeros: named by ask key */
};

struct task {
    struct ident id;
    enum task_state state;
    enum task_side side; /* the own */
    struct oin partner;
    char kind[CODE_MAX + 1]; /* code of the covenant's type */
    char basis[CODE_MAX + 1];
    char role[CODE_MAX + 1];                /* the giver's */
    char case_number[CONSULT_CASE_MAX + 1]; /* giver: own number; doer: the pseudonym that came */
    char covenant[COVENANT_HASH_SIZE];      /* by which it was sent */
    enum life_domain life_domain;
    bool household;
    bool threatening;
    char question[TASK_TEXT_MAX + 1];
    char contact_name[NAME_MAX_BYTES + 1]; /* of who sends */
    char contact_phone[PHONE_MAX_BYTES + 1];
    struct task_person people[TASK_PEOPLE_MAX];
    size_t people_count;
    int64_t made_ms;
    int64_t sent_ms; /* giver's clock, whole seconds */
    int64_t ended_ms;
    struct date due;         /* uiterlijk */
    struct date reply_by;    /* not set: nothing to reply to yet */
    uint8_t remind_workdays; /* before `due` */
    uint8_t alarmed;         /* TASK_DUE bits that were told of */
    uint8_t marks;           /* TASK_QUIET and others */
    uint8_t messages;        /* in its chain */
    uint8_t proposed;        /* giver: proposals without an event yet */
    bool accepted;           /* at some time */
    struct thread_head head;
    char user[USER_NAME_MAX + 1]; /* giver: who sent; doer: who accepted */
};

/* As the writer: `event` has step, side, moment, proposal, reason and text; gets number, lapsed and chain. FAULT_CONFLICT
 * when the task has as many events as it may; a last few are kept for steps that end it. */
MUST_USE enum result task_order(const struct task *task, struct thread_event *event, struct error *err);
/* Takes the next event of its chain (thread_take said NEXT). Whoever is named goes from the value when nobody needs him:
 * at the doer, when it ends before it was accepted. */
MUST_USE enum result task_apply(struct task *task, const struct thread_event *event, struct error *err);
/* A giver's step that no other node hears of. */
MUST_USE enum result task_alone(struct task *task, enum task_step step, int64_t now_ms, struct error *err);
/* "een opdracht die STAND is kan niet STAP; mogelijk: ...". Always fails. */
MUST_USE enum result task_refuse_step(enum task_state state, enum task_step step, enum task_side side,
                                      struct error *err);

/* What came and was not told of (`alarmed`): each once, whatever the clock does. */
unsigned task_due(const struct task *task, const struct date *today);
bool task_late(const struct task *task, const struct date *today);

void task_encode(const struct task *task, struct buf *out);
MUST_USE enum result task_decode(struct slice bytes, struct task *out, struct error *err); /* all but the id */

#endif
