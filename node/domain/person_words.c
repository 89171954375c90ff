#include <stdio.h>

#include "base/attr.h"
#include "domain/person.h"

#define X(code, word) [code] = (word),
static const char *const authority_words[] = {AUTHORITY_TABLE(X)};
static const char *const sensitivity_words[] = {SENSITIVITY_TABLE(X)};
#undef X

const char *authority_word(enum authority_kind kind)
{
    return (unsigned)kind < COUNT_OF(authority_words) ? authority_words[kind] : "";
}

bool authority_parse(struct slice word, enum authority_kind *out)
{
    for (unsigned i = 0; i < COUNT_OF(authority_words); i++) {
        if (slice_is(word, authority_words[i])) {
            *out = (enum authority_kind)i;
            return true;
        }
    }
    return false;
}

const char *sensitivity_word(enum sensitivity sensitivity)
{
    return (unsigned)sensitivity < COUNT_OF(sensitivity_words) ? sensitivity_words[sensitivity] : "";
}

bool sensitivity_parse(struct slice word, enum sensitivity *out)
{
    for (unsigned i = 0; i < COUNT_OF(sensitivity_words); i++) {
        if (slice_is(word, sensitivity_words[i])) {
            *out = (enum sensitivity)i;
            return true;
        }
    }
    return false;
}

struct person_key person_key(const char *system, const char *source_key)
{
    struct person_key key = {""};
    if (system[0] == '\0' || source_key[0] == '\0') {
        (void)snprintf(key.text, sizeof key.text, "%s", source_key);
    } else {
        /* A control character can be in neither. */
        (void)snprintf(key.text, sizeof key.text, "%s\x1f%s", system, source_key);
    }
    return key;
}
