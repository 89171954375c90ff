#include "policy/words.h"

#include "base/attr.h"

#define X(code, word) [code] = (word),
static const char *const category_words[] = {CATEGORY_TABLE(X)};
static const char *const life_domain_words[] = {LIFE_DOMAIN_TABLE(X)};
static const char *const obligation_words[] = {OBLIGATION_TABLE(X)};
#undef X

static const char *word_at(const char *const *words, size_t count, unsigned index)
{
    return index < count ? words[index] : "";
}

/* The word's place in the list; `count` when it is not there. */
static size_t place_of(const char *const *words, size_t count, struct slice word)
{
    size_t place = 0;
    while (place < count && !slice_is(word, words[place])) {
        place++;
    }
    return place;
}

const char *category_word(enum category category)
{
    return word_at(category_words, COUNT_OF(category_words), (unsigned)category);
}

bool category_parse(struct slice word, enum category *out)
{
    const size_t place = place_of(category_words, COUNT_OF(category_words), word);
    if (place == COUNT_OF(category_words)) {
        return false;
    }
    *out = (enum category)place;
    return true;
}

const char *life_domain_word(enum life_domain domain)
{
    return word_at(life_domain_words, COUNT_OF(life_domain_words), (unsigned)domain);
}

bool life_domain_parse(struct slice word, enum life_domain *out)
{
    const size_t place = place_of(life_domain_words, COUNT_OF(life_domain_words), word);
    if (place == COUNT_OF(life_domain_words)) {
        return false;
    }
    *out = (enum life_domain)place;
    return true;
}

const char *obligation_word(enum obligation obligation)
{
    return word_at(obligation_words, COUNT_OF(obligation_words), (unsigned)obligation);
}

bool obligation_parse(struct slice word, enum obligation *out)
{
    const size_t place = place_of(obligation_words, COUNT_OF(obligation_words), word);
    if (place == COUNT_OF(obligation_words)) {
        return false;
    }
    *out = (enum obligation)place;
    return true;
}
