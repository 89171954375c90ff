/*
 * columns.h - the columns that an involvement can be read from, for every adapter and the mapping. Read-only.
 */
#ifndef KETENBRUG_ADAPTERS_COLUMNS_H
#define KETENBRUG_ADAPTERS_COLUMNS_H

#include <stdbool.h>

#include "base/slice.h"

/*    column                 name                   required  place of its faults in the domain's checks  kind of value */
#define COLUMN_TABLE(X)                                                                                                \
    X(COLUMN_BSN, "bsn", true, "/bsn", "nummer")                                                                       \
    X(COLUMN_PERSON_KEY, "persoonsleutel", false, "", "sleutel")                                                       \
    X(COLUMN_GIVEN_NAMES, "voornamen", false, "/voornamen", "tekst")                                                   \
    X(COLUMN_FAMILY_NAME, "achternaam", true, "/achternaam", "tekst")                                                  \
    X(COLUMN_BIRTH, "geboortedatum", false, "/geboortedatum", "datum")                                                 \
    X(COLUMN_MUNICIPALITY, "gemeente", false, "/gemeente", "gemeentecode")                                             \
    X(COLUMN_LIFE_DOMAIN, "leefgebied", true, "/leefgebied", "woord")                                                  \
    X(COLUMN_SERVICE, "dienst", true, "/dienst", "tekst")                                                              \
    X(COLUMN_PHASE, "fase", false, "/fase", "tekst")                                                                   \
    X(COLUMN_STATUS, "status", false, "/status", "tekst")                                                              \
    X(COLUMN_SINCE, "sinds", true, "/sinds", "datum")                                                                  \
    X(COLUMN_UNTIL, "tot", false, "/tot", "datum")                                                                     \
    X(COLUMN_LAST_CONTACT, "laatste_contact", false, "/laatsteContact", "datum")                                       \
    X(COLUMN_CONTACT, "contactpersoon", true, "/contactpersoon/naam", "tekst")                                         \
    X(COLUMN_PHONE, "telefoon", true, "/contactpersoon/telefoon", "telefoonnummer")                                    \
    X(COLUMN_EMAIL, "email", false, "/contactpersoon/email", "e-mailadres")                                            \
    X(COLUMN_STAND_IN, "vervanger", false, "/vervanger/naam", "tekst")                                                 \
    X(COLUMN_STAND_IN_PHONE, "vervanger_telefoon", false, "/vervanger/telefoon", "telefoonnummer")                     \
    X(COLUMN_STAND_IN_EMAIL, "vervanger_email", false, "/vervanger/email", "e-mailadres")                              \
    X(COLUMN_SENSITIVITY, "gevoeligheid", false, "/gevoeligheid", "woord")                                             \
    X(COLUMN_HOUSEHOLD, "huishouden", false, "", "sleutel")                                                            \
    X(COLUMN_HOUSEHOLD_SOURCE, "huishouden_bron", false, "", "tekst")                                                  \
    X(COLUMN_HOUSEHOLD_DATE, "huishouden_datum", false, "", "datum")                                                   \
    X(COLUMN_SOURCE_KEY, "bronsleutel", false, "/bronsleutel", "sleutel")

enum column {
#define X(code, name, required, place, kind) code,
    COLUMN_TABLE(X)
#undef X
        COLUMN_COUNT
};

struct column_row {
    const char *name;
    bool required;
    const char *place;
    const char *kind; /* of value, for whoever looks a refused row up */
};

extern const struct column_row columns[COLUMN_COUNT];

enum column column_named(struct slice text);                  /* in upper or lower case; COLUMN_COUNT: none */
enum column column_at(const char *place);                     /* the first with this place; COLUMN_COUNT: none */
const char *column_kind_of(const char *name);                 /* "regel" for what is no column */
void column_list(char *out, size_t size, bool required_only); /* names with commas, cut at the size */

#endif
