/*
 * words.h - the closed lists that covenant, domain and API share: categories and life domains. Dutch on the wire.
 * Source: the glossary of the covenant (gegevenscategorie, leefgebied). Thread: any; constants.
 */
#ifndef KETENBRUG_POLICY_WORDS_H
#define KETENBRUG_POLICY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* What a rule can release. `bestaan` is that there is an involvement: its life domain and since when. */
#define CATEGORY_TABLE(X)                                                                                              \
    X(CATEGORY_EXISTENCE, "bestaan")                                                                                   \
    X(CATEGORY_CONTACT, "contact")                                                                                     \
    X(CATEGORY_SERVICE, "dienst")                                                                                      \
    X(CATEGORY_PHASE, "fase")                                                                                          \
    X(CATEGORY_STATUS, "status")                                                                                       \
    X(CATEGORY_THREAT, "bedreigende-situatie")                                                                         \
    X(CATEGORY_PLAN, "plan")

enum category {
#define X(code, word) code,
    CATEGORY_TABLE(X)
#undef X
        CATEGORY_COUNT
};

#define CATEGORY_BIT(category) (1U << (unsigned)(category)) /* a set of categories is a uint32_t mask */

const char *category_word(enum category category);
bool category_parse(struct slice word, enum category *out);

#endif
