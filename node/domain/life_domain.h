/*
 * life_domain.h - the life domains (leefgebieden), under the name by which the domain and the rooms above it know them.
 * The list itself stands in policy/words.h, because the covenant speaks of it and policy may not call upward.
 */
#ifndef KETENBRUG_DOMAIN_LIFE_DOMAIN_H
#define KETENBRUG_DOMAIN_LIFE_DOMAIN_H

#include "policy/words.h"

#endif
