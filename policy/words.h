/*
 * words.h - the closed lists that covenant, domain and API share: categories, life domains, obligations. Dutch on the
 * wire.
 * Source: the glossary of the covenant (gegevenscategorie, leefgebied, verplichting). Thread: any; constants.
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

const char *category_word(enum category category); /* "" past the end */
bool category_parse(struct slice word, enum category *out);

/* The thirteen life domains (leefgebieden), as the zelfredzaamheid-matrix and the covenant name them. */
#define LIFE_DOMAIN_TABLE(X)                                                                                           \
    X(LIFE_FINANCE, "financien")                                                                                       \
    X(LIFE_WORK, "werk-en-dagbesteding")                                                                               \
    X(LIFE_HOUSING, "huisvesting")                                                                                     \
    X(LIFE_HOME_RELATIONS, "huiselijke-relaties")                                                                      \
    X(LIFE_MENTAL_HEALTH, "geestelijke-gezondheid")                                                                    \
    X(LIFE_PHYSICAL_HEALTH, "lichamelijke-gezondheid")                                                                 \
    X(LIFE_ADDICTION, "verslaving")                                                                                    \
    X(LIFE_DAILY, "dagelijks-leven")                                                                                   \
    X(LIFE_SOCIAL_NETWORK, "sociaal-netwerk")                                                                          \
    X(LIFE_PARTICIPATION, "maatschappelijke-participatie")                                                             \
    X(LIFE_JUSTICE, "justitie")                                                                                        \
    X(LIFE_EDUCATION, "onderwijs-en-opvoeding")                                                                        \
    X(LIFE_SAFETY, "veiligheid")

enum life_domain {
#define X(code, word) code,
    LIFE_DOMAIN_TABLE(X)
#undef X
        LIFE_DOMAIN_COUNT
};

#define LIFE_DOMAIN_BIT(domain) ((uint16_t)(1U << (unsigned)(domain)))

const char *life_domain_word(enum life_domain domain); /* "" past the end */
bool life_domain_parse(struct slice word, enum life_domain *out);

/*
 * What the receiver takes on. A ladder: each obligation includes the ones above it, so the strictest of several says it
 * all. The first one holds for everything that is ever released.
 */
#define OBLIGATION_TABLE(X)                                                                                            \
    X(OBLIGATION_NO_ENFORCEMENT, "niet-voor-handhaving")                                                               \
    X(OBLIGATION_NO_ONWARD, "niet-verder-verstrekken")                                                                 \
    X(OBLIGATION_VIEW_ONLY, "alleen-inzien")

enum obligation {
#define X(code, word) code,
    OBLIGATION_TABLE(X)
#undef X
        OBLIGATION_COUNT
};

const char *obligation_word(enum obligation obligation); /* "" past the end */
bool obligation_parse(struct slice word, enum obligation *out);

#endif
