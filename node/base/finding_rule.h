/*
 * finding_rule.h - the rules by which something in the log is put before the privacy officer: number, word, and what the
 * counts of such a finding mean.
 *
 * One table for who finds (audit/watch.h, api) and who keeps and explains (domain/finding.h), which do not know each other.
 * Numbers are stored: they are never given twice. Thread: any; constants.
 */
#ifndef KETENBRUG_BASE_FINDING_RULE_H
#define KETENBRUG_BASE_FINDING_RULE_H

/*    rule  number  word  its key: what it is about    numbers[0], [1], ... of a finding */
#define FINDING_RULE_TABLE(X)                                                                                          \
    X(RULE_MANY_PEOPLE, 1, "veel-mensen")    /* user         hours, people, households, cases, usual at most */        \
    X(RULE_OFF_HOURS, 2, "buiten-werktijd")  /* user         times; between first_ms and last_ms */                    \
    X(RULE_NO_CASE, 3, "zonder-zaak")        /* consult, partner    values */                                          \
    X(RULE_SAME_PERSON, 4, "zelfde-persoon") /* person       users, days, cases */                                     \
    X(RULE_OWN_CIRCLE, 5, "eigen-kring")     /* user, person times; 1 himself, 2 colleague, 3 member of either */      \
    X(RULE_SAME_REASON, 6, "zelfde-reden")   /* user, reason people, households, days */                               \
    X(RULE_OFTEN_URGENT, 7, "vaak-spoed")    /* user         times, days, mean of colleagues in tenths */              \
    X(RULE_WITHDRAWAL, 8, "rond-intrekking") /* user, person hours, 1 after or 0 before it */                          \
    X(RULE_EMPTY_HITS, 9, "lege-treffers")   /* partner      hits, of these told nothing */                            \
    X(RULE_SET_OUTGROWN, 10, "set-te-groot") /* partner      room, more than so many people, declared; or zeros */     \
    X(RULE_PAST_QUOTA, 11, "boven-quotum")   /* partner      - */                                                      \
    X(RULE_SAMPLE, 12, "steekproef")         /* record       which of the draw, drawn */                               \
    X(RULE_AND_MORE, 13, "en-meer")          /* rule         its number, findings that were not made that day */       \
    X(RULE_FORKED, 14, "dubbele-keten")      /* partner      - */

enum finding_rule {
    RULE_NONE,
#define X(code, number, word) code = (number),
    FINDING_RULE_TABLE(X)
#undef X
        RULE_END
};

#endif
