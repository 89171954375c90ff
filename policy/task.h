/*
 * task.h - kinds of task (`opdrachten`) in a covenant, and whether one may be given.
 *
 * Does:      tells of each kind what a task of it may carry, how the person is named and when it is due; decides at who
 *            gives a task, and again at who is to do it.
 * Does not:  know tasks, their states or steps, reckon days, or read a dossier: facts are handed in.
 * Ownership: all borrowed from the covenant. Thread: any; pure, no allocation.
 * Faults:    none; a word that the covenant does not know is a deny, and so is a party of another covenant.
 * Words:     the asker (`vrager`) gives the task, the doer (`uitvoerder`) does it. The asker's word that he works with a
 *            person is what a task tells, so its kind is an agreement as a rule is.
 */
#ifndef KETENBRUG_POLICY_TASK_H
#define KETENBRUG_POLICY_TASK_H

#include "policy/decide.h"

/* What an opening may carry beside the person's number or key. Dutch words of the covenant (`inhoud`). */
#define TASK_CONTENT_TABLE(X)                                                                                          \
    X(TASK_CONTENT_NAME, "naam")                                                                                       \
    X(TASK_CONTENT_BIRTH, "geboortedatum")                                                                             \
    X(TASK_CONTENT_PHONE, "telefoon")                                                                                  \
    X(TASK_CONTENT_EXPLANATION, "toelichting")                                                                         \
    X(TASK_CONTENT_THREAT, "bedreigende-situatie")

enum task_content {
#define X(code, word) code,
    TASK_CONTENT_TABLE(X)
#undef X
        TASK_CONTENT_COUNT
};

#define TASK_CONTENT_BIT(content) (1U << (unsigned)(content)) /* a set of them is a uint32_t mask */

const char *task_content_word(enum task_content content); /* "" past the end */

/* How a person is named to the doer (`noemen`). */
enum task_naming {
    TASK_NAMING_KNOWN,  /* "bekend": by ask key alone, so only somebody whom the doer knows and may say so of */
    TASK_NAMING_SEALED, /* "verzegeld": by ask key where there is a hit, else by a sealed number */
    TASK_NAMING_COUNT,
};

const char *task_naming_word(enum task_naming naming); /* "" past the end */

struct task_term {
    int days; /* 0: none */
    bool workdays;
};

struct task_kind {
    const char *code;
    const char *text; /* Dutch, for people */
    enum task_naming naming;
    uint32_t content;             /* TASK_CONTENT_BIT mask */
    struct task_term term;        /* from the day it is sent */
    struct task_term urgent_term; /* `termijnBedreigend`; days 0: as any other */
    int reply_workdays;           /* `reactieWerkdagen`; 0: not said, the node's own */
};

size_t covenant_task_kind_count(const struct covenant *covenant);
const struct task_kind *covenant_task_kind_at(const struct covenant *covenant, size_t index);   /* NULL: past the end */
const struct task_kind *covenant_task_kind(const struct covenant *covenant, struct slice code); /* NULL: unknown */

/* One task, about one person. */
struct policy_task {
    const struct party *asker;
    const struct party *doer;
    struct slice kind;        /* codes */
    struct slice basis;       /* the asker's, `grondslagVragen` of the kind */
    struct slice role;        /* of the asker's user */
    struct slice life_domain; /* one */
    bool has_case;            /* a case or a report was named */
    bool urgent;              /* `bedreigend`; carries TASK_CONTENT_THREAT */
    uint32_t content;         /* what it carries; 0 to learn what it might */
    bool shielded;            /* the node that decides keeps a shielded record of this person */
    bool received;            /* decided at the doer: a fact that is not known there stops nothing, and consent is the
                               * asker's to have */
    struct date today;
};

struct policy_task_decision {
    bool permit;
    uint32_t content; /* that it may carry; where consent is needed, no more than that opened */
    enum task_naming naming;
    struct task_term term;
    int reply_workdays; /* 0: the node's own */
    const char *kind;   /* code; NULL when denied */
    const char *basis;  /* `grondslagUitvoeren`, code; NULL when denied */
    enum policy_reason why;
    const char *reason; /* Dutch, one sentence; a constant */
};

/*
 * May this task be given, about this person? `subject` is the dossier of the node that decides, its consent weighed for the
 * doer and the purpose `opdracht`; NULL: nothing is known of the person, which at the doer stops nothing, and at the asker
 * is the strictest reading. The work area (`werkgebied`) is the doer's, who comes to know the person. A prohibition of
 * `bestaan` under `opdracht` between the two, in either direction, denies. No shielded person is named in a task.
 */
void policy_may_task(const struct covenant *covenant, const struct policy_task *task,
                     const struct policy_subject *subject, struct policy_task_decision *out);

#endif
