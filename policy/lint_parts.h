/* lint_parts.h - what the files of lint share. Private to policy. */
#ifndef KETENBRUG_POLICY_LINT_PARTS_H
#define KETENBRUG_POLICY_LINT_PARTS_H

#include "policy/covenant_parts.h"
#include "policy/lint.h"

enum {
    YOUTH_UNTIL = 22, /* last year of age under the Jeugdwet, with extended youth care */
    ADULT_FROM = 18,
};

struct lint {
    struct slice json; /* the text, for lines and columns */
    const struct json *document;
    lint_tell *tell;
    void *context;
    struct lint_count count;
};

void lint_add(struct lint *lint, enum lint_kind kind, const char *where, const char *format, ...) PRINTF_LIKE(4, 5);
/* The same at a rule of the document, or at a kind of task: `member` is a part of it as a rule names it, or "". */
void lint_add_rule(struct lint *lint, enum lint_kind kind, const struct rule *rule, const char *member,
                   const char *what);

/* Of a covenant without faults: what its rules rest on, and which of them come to nothing. */
void lint_grounds(struct lint *lint, const struct covenant *covenant);
void lint_reach(struct lint *lint, const struct covenant *covenant);
/* And what private matching adds: sets without which nobody is asked about, quotas, declared clients. */
void lint_sets(struct lint *lint, const struct covenant *covenant);
/* Signals that could never meet, or that would tell of a desk that no one may find. */
void lint_signals(struct lint *lint, const struct covenant *covenant);

#endif
