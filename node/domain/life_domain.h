/*
 * life_domain.h - the thirteen life domains (leefgebieden) as the zelfredzaamheid-matrix and the covenant name them.
 */
#ifndef KETENBRUG_DOMAIN_LIFE_DOMAIN_H
#define KETENBRUG_DOMAIN_LIFE_DOMAIN_H

#include <stdbool.h>

#include "base/slice.h"

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

const char *life_domain_word(enum life_domain domain);
bool life_domain_parse(struct slice word, enum life_domain *out);

#endif
