/*
 * replay.h - a decision of the past, taken anew under a covenant: for explaining it, and for trying a draft.
 *
 * Does:      decides per life domain from the inputs that were kept; where an input was not kept, tries all that it can
 *            have been and says so when it matters.
 * Does not:  read the log, or know what was answered then.
 * When:      the day of the record; under a covenant that begins later, its first day, as if it had been in force.
 * Ownership: all borrowed. Thread: any; pure, no allocation. Faults: none.
 */
#ifndef KETENBRUG_POLICY_REPLAY_H
#define KETENBRUG_POLICY_REPLAY_H

#include "policy/decide.h"

enum { REPLAY_AGE_UNKNOWN = 255 };

struct policy_replay {
    struct policy_request request; /* `today` is the day of the record */
    uint8_t age;                   /* whole years; REPLAY_AGE_UNKNOWN */
    const char *municipality;
    uint16_t domains;  /* of the involvements that were weighed, LIFE_DOMAIN_BIT */
    uint16_t shielded; /* and of shielded ones */
    bool known;        /* the members below were kept */
    struct policy_consent consent;
    bool restricted;
    bool extended_care; /* recorded for that day */
    /* The covenant reads consent otherwise than the one it was weighed under: what was opened then says nothing. */
    bool consent_unsure;
};

struct policy_replayed {
    uint32_t plain[LIFE_DOMAIN_COUNT]; /* categories released, by life domain */
    uint32_t shielded[LIFE_DOMAIN_COUNT];
    uint32_t categories;    /* all of them */
    bool sure;              /* false: it depends on an input that was not kept */
    enum policy_reason why; /* of the involvement that came furthest; POLICY_NO_RULE when there was none */
};

/* The subject as it was, for policy_may_answer. */
struct policy_subject policy_replay_subject(const struct policy_replay *inputs);
/* The day to decide on: see above. */
struct date policy_replay_day(const struct covenant *covenant, const struct date *day);
void policy_replay(const struct covenant *covenant, const struct policy_replay *inputs, struct policy_replayed *out);
bool policy_replayed_equal(const struct policy_replayed *a, const struct policy_replayed *b); /* what is released */

#endif
