#include "domain/fact.h"

#define X(code, word) [code] = (word),
static const char *const kind_words[FACT_KIND_COUNT] = {FACT_KIND_TABLE(X)};
static const char *const state_words[FACT_STATE_COUNT] = {FACT_STATE_TABLE(X)};
#undef X

const char *fact_kind_word(enum fact_kind kind)
{
    return (unsigned)kind < FACT_KIND_COUNT ? kind_words[kind] : "";
}

const char *fact_state_word(enum fact_state state)
{
    return (unsigned)state < FACT_STATE_COUNT ? state_words[state] : "";
}

bool fact_state_parse(struct slice word, enum fact_state *out)
{
    for (unsigned i = 0; i < FACT_STATE_COUNT; i++) {
        if (slice_is(word, state_words[i])) {
            *out = (enum fact_state)i;
            return true;
        }
    }
    return false;
}

static const struct step {
    enum fact_kind kind;
    enum fact_state from; /* FACT_STATE_COUNT: it begins so */
    enum fact_state to;
} steps[] = {
    {FACT_CONSENT, FACT_STATE_COUNT, STATE_GIVEN},        {FACT_CONSENT, FACT_STATE_COUNT, STATE_REFUSED},
    {FACT_CONSENT, FACT_STATE_COUNT, STATE_WITHDRAWN}, /* of what was given elsewhere */
    {FACT_CONSENT, STATE_GIVEN, STATE_WITHDRAWN},         {FACT_AUTHORITY, FACT_STATE_COUNT, STATE_STANDS},
    {FACT_AUTHORITY, STATE_STANDS, STATE_ENDED},          {FACT_CAPABILITY, FACT_STATE_COUNT, STATE_CAPABLE},
    {FACT_CAPABILITY, FACT_STATE_COUNT, STATE_INCAPABLE}, {FACT_EXTENDED_CARE, FACT_STATE_COUNT, STATE_STANDS},
    {FACT_EXTENDED_CARE, STATE_STANDS, STATE_ENDED},      {FACT_OBJECTION, FACT_STATE_COUNT, STATE_OPEN},
    {FACT_OBJECTION, STATE_OPEN, STATE_HONOURED},         {FACT_OBJECTION, STATE_OPEN, STATE_REJECTED},
    {FACT_RESTRICTION, FACT_STATE_COUNT, STATE_STANDS},   {FACT_RESTRICTION, STATE_STANDS, STATE_LIFTED},
    {FACT_CORRECTION, FACT_STATE_COUNT, STATE_OPEN},      {FACT_CORRECTION, STATE_OPEN, STATE_HONOURED},
    {FACT_CORRECTION, STATE_OPEN, STATE_REJECTED},
};

bool fact_may_become(enum fact_kind kind, enum fact_state from, enum fact_state to)
{
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        if (steps[i].kind == kind && steps[i].from == from && steps[i].to == to) {
            return true;
        }
    }
    return false;
}

bool fact_may_begin(enum fact_kind kind, enum fact_state state)
{
    return fact_may_become(kind, FACT_STATE_COUNT, state);
}

bool fact_codes_have(const struct fact_codes *codes, struct slice code)
{
    for (size_t i = 0; i < codes->count; i++) {
        if (slice_is(code, codes->items[i])) {
            return true;
        }
    }
    return false;
}
