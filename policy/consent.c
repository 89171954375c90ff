#include "policy/consent.h"

#include "base/attr.h"
#include "policy/covenant_parts.h"

#define X(code, word) [code] = (word),
static const char *const kind_words[] = {CONSENT_KIND_TABLE(X)};
static const char *const giver_words[] = {CONSENT_GIVER_TABLE(X)};
static const char *const word_words[] = {CONSENT_WORD_TABLE(X)};
#undef X

static const char *word_at(const char *const *words, size_t count, unsigned index)
{
    return index < count ? words[index] : "";
}

static bool place_of(const char *const *words, size_t count, struct slice word, unsigned *out)
{
    for (unsigned i = 0; i < count; i++) {
        if (slice_is(word, words[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

const char *consent_kind_word(enum consent_kind kind)
{
    return word_at(kind_words, COUNT_OF(kind_words), (unsigned)kind);
}

bool consent_kind_parse(struct slice word, enum consent_kind *out)
{
    unsigned place = 0;
    const bool found = place_of(kind_words, COUNT_OF(kind_words), word, &place);
    *out = found ? (enum consent_kind)place : *out;
    return found;
}

const char *consent_giver_word(enum consent_giver giver)
{
    return word_at(giver_words, COUNT_OF(giver_words), (unsigned)giver);
}

bool consent_giver_parse(struct slice word, enum consent_giver *out)
{
    unsigned place = 0;
    const bool found = place_of(giver_words, COUNT_OF(giver_words), word, &place);
    *out = found ? (enum consent_giver)place : *out;
    return found;
}

const char *consent_word_word(enum consent_word word)
{
    return word_at(word_words, COUNT_OF(word_words), (unsigned)word);
}

bool consent_word_parse(struct slice word, enum consent_word *out)
{
    unsigned place = 0;
    const bool found = place_of(word_words, COUNT_OF(word_words), word, &place);
    *out = found ? (enum consent_word)place : *out;
    return found;
}

/* ---- whose word is needed ---- */

enum need {
    NEED_SUBJECT = 1U << 0,
    NEED_AUTHORITY = 1U << 1, /* guardian, else every parent; none recorded: nobody can */
    NEED_CURATOR = 1U << 2,   /* curator, else mentor; none recorded: nobody can */
    WITH_CURATOR = 1U << 3,   /* the same; none recorded: the others suffice */
    HEAR_AUTHORITY = 1U << 4, /* their disagreement is told, and closes nothing */
};

enum band { BAND_CHILD, BAND_12, BAND_16, BAND_ADULT, BAND_COUNT, BAND_UNKNOWN = BAND_COUNT };

#define S NEED_SUBJECT
#define A NEED_AUTHORITY
#define C NEED_CURATOR
#define W WITH_CURATOR
/* By age and capability {unknown, yes, no}. For a capable youth from 12 the covenant says how secrecy is read. */
static const uint8_t needs[CONSENT_KIND_COUNT][BAND_COUNT][3] = {
    [CONSENT_SECRECY] = {{A, A, A}, {S | A, S | HEAR_AUTHORITY, A}, {S | A, S, A}, {S | W, S, C}},
    [CONSENT_GROUND] = {{A, A, A}, {A, A, A}, {S | A, S, A}, {S | W, S, C}},
    [CONSENT_PLAN] = {{A, A, A}, {S | A, S | A, S | A}, {S | A, S, A}, {S | W, S, C}},
};
#undef S
#undef A
#undef C
#undef W

static enum band age_band(const struct date *birth, const struct date *today)
{
    if (!date_is_set(birth) || !date_is_set(today) || date_compare(birth, today) > 0) {
        return BAND_UNKNOWN;
    }
    const int age = date_age(birth, today);
    return age < 12 ? BAND_CHILD : age < 16 ? BAND_12 : age < 18 ? BAND_16 : BAND_ADULT;
}

static unsigned need_in(const struct covenant *covenant, enum consent_kind kind, enum band band, enum capability able)
{
    const unsigned column = (unsigned)able <= CAPABILITY_NO ? (unsigned)able : CAPABILITY_UNKNOWN;
    const unsigned need = needs[kind][band][column];
    return (need & HEAR_AUTHORITY) != 0 && !covenant->consent.youth_alone ? NEED_SUBJECT | NEED_AUTHORITY : need;
}

static unsigned need_of(const struct covenant *covenant, const struct policy_person *person, enum consent_kind kind,
                        const struct date *today)
{
    const enum band band = age_band(&person->birth, today);
    unsigned all = 0;
    if (band != BAND_UNKNOWN) {
        return need_in(covenant, kind, band, person->capability);
    }
    for (unsigned any = 0; any < BAND_COUNT; any++) {
        all |= need_in(covenant, kind, (enum band)any, person->capability);
    }
    return all;
}

static bool within(const struct date *from, const struct date *until, const struct date *today)
{
    return (!date_is_set(from) || date_compare(from, today) <= 0) &&
           (!date_is_set(until) || date_compare(today, until) <= 0);
}

static bool has_authority(const struct policy_person *person, enum consent_giver as, const struct date *today)
{
    for (size_t i = 0; i < person->authority_count; i++) {
        const struct policy_authority *authority = &person->authorities[i];
        if (authority->as == as && within(&authority->from, &authority->until, today)) {
            return true;
        }
    }
    return false;
}

/* As what the representatives of a need speak; false: nobody is recorded. */
static bool representative(const struct policy_person *person, bool minor, const struct date *today,
                           enum consent_giver *as)
{
    const enum consent_giver first = minor ? GIVER_GUARDIAN : GIVER_CURATOR;
    *as = has_authority(person, first, today) ? first : minor ? GIVER_PARENT : GIVER_MENTOR;
    return has_authority(person, *as, today);
}

/* ---- what a giver said ---- */

struct weighing {
    const struct covenant *covenant;
    const struct policy_person *person;
    const struct party *requester;
    struct slice purpose;
    const struct date *today;
    enum consent_kind kind;
};

static bool names_recipient(const struct weighing *w, const struct policy_statement *statement)
{
    for (size_t i = 0; i < statement->recipient_count; i++) {
        if (slice_is(statement->recipients[i], w->requester->oin.digits) ||
            slice_is(statement->recipients[i], w->requester->kind)) {
            return true;
        }
    }
    return statement->recipient_count == 0 && statement->word != CONSENT_GIVEN;
}

static bool names_purpose(const struct weighing *w, const struct policy_statement *statement)
{
    for (size_t i = 0; i < statement->purpose_count; i++) {
        if (slice_equal(statement->purposes[i], w->purpose)) {
            return true;
        }
    }
    return statement->purpose_count == 0 && statement->word != CONSENT_GIVEN;
}

/* Before the day so many months later; that day need not exist (30 February sorts after the 29th). */
static bool within_months(const struct date *from, int months, const struct date *today)
{
    const int later = from->month - 1 + months;
    const struct date end = {(int16_t)(from->year + later / 12), (uint8_t)(later % 12 + 1), from->day};
    return date_compare(today, &end) < 0;
}

static bool stands(const struct weighing *w, const struct policy_statement *statement)
{
    if (statement->kind != w->kind || !names_recipient(w, statement) || !names_purpose(w, statement)) {
        return false;
    }
    if (statement->word != CONSENT_GIVEN) {
        return !date_is_set(&statement->from) || date_compare(&statement->from, w->today) <= 0;
    }
    return date_is_set(&statement->from) && within(&statement->from, &statement->until, w->today) &&
           within_months(&statement->from, w->covenant->consent.months_at_most, w->today);
}

struct said {
    uint32_t given;
    uint32_t closed;
};

/* All that one giver said; `holder` is NULL for the subject. */
static struct said said_by(const struct weighing *w, enum consent_giver as, const struct ident *holder)
{
    const uint32_t all = CATEGORY_BIT(CATEGORY_COUNT) - 1;
    struct said said = {0, 0};
    for (size_t i = 0; i < w->person->statement_count; i++) {
        const struct policy_statement *statement = &w->person->statements[i];
        if (statement->as != as || (holder != NULL && !ident_equal(&statement->giver, holder)) ||
            !stands(w, statement)) {
            continue;
        }
        if (statement->word == CONSENT_GIVEN) {
            said.given |= statement->categories & all;
        } else {
            said.closed |= statement->categories != 0 ? statement->categories : all;
        }
    }
    return said;
}

/* What all who hold this authority opened together, and what any of them closed. */
static struct said said_by_all(const struct weighing *w, enum consent_giver as)
{
    struct said all = {UINT32_MAX, 0};
    for (size_t i = 0; i < w->person->authority_count; i++) {
        const struct policy_authority *authority = &w->person->authorities[i];
        if (authority->as == as && within(&authority->from, &authority->until, w->today)) {
            const struct said said = said_by(w, as, &authority->holder);
            all.given &= said.given;
            all.closed |= said.closed;
        }
    }
    return all;
}

static uint32_t opened_by(struct said said)
{
    return said.given & ~said.closed;
}

static uint32_t weigh(const struct weighing *w, bool *parent_disagrees)
{
    const unsigned need = need_of(w->covenant, w->person, w->kind, w->today);
    enum consent_giver as = GIVER_SUBJECT;
    uint32_t opened = CATEGORY_BIT(CATEGORY_COUNT) - 1;
    if ((need & NEED_SUBJECT) != 0) {
        opened &= opened_by(said_by(w, GIVER_SUBJECT, NULL));
    }
    if ((need & NEED_AUTHORITY) != 0) {
        opened &= representative(w->person, true, w->today, &as) ? opened_by(said_by_all(w, as)) : 0;
    }
    if ((need & (NEED_CURATOR | WITH_CURATOR)) != 0) {
        const bool recorded = representative(w->person, false, w->today, &as);
        opened &= recorded ? opened_by(said_by_all(w, as)) : (need & NEED_CURATOR) != 0 ? 0 : UINT32_MAX;
    }
    if ((need & HEAR_AUTHORITY) != 0 && representative(w->person, true, w->today, &as)) {
        *parent_disagrees = *parent_disagrees || (said_by_all(w, as).closed & opened) != 0;
    }
    return opened;
}

void policy_consent_weigh(const struct covenant *covenant, const struct policy_person *person,
                          const struct party *requester, struct slice purpose, const struct date *today,
                          struct policy_consent *out)
{
    struct weighing w = {covenant, person, requester, purpose, today, CONSENT_SECRECY};
    *out = (struct policy_consent){0};
    if (covenant_entry(covenant, requester) == NULL || covenant_purpose(covenant, purpose) == NULL ||
        !date_is_set(today)) {
        return;
    }
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
        w.kind = (enum consent_kind)kind;
        out->categories[kind] = weigh(&w, &out->parent_disagrees);
    }
}

/* ---- the desk ---- */

/* Of whom any of these needs makes the word count. */
static const uint8_t speaks_under[GIVER_COUNT] = {
    [GIVER_SUBJECT] = NEED_SUBJECT,
    [GIVER_PARENT] = NEED_AUTHORITY | HEAR_AUTHORITY,
    [GIVER_GUARDIAN] = NEED_AUTHORITY | HEAR_AUTHORITY,
    [GIVER_CURATOR] = NEED_CURATOR | WITH_CURATOR,
    [GIVER_MENTOR] = NEED_CURATOR | WITH_CURATOR,
};

static bool holds(const struct policy_person *person, enum consent_giver as, const struct ident *giver,
                  const struct date *today)
{
    for (size_t i = 0; i < person->authority_count; i++) {
        const struct policy_authority *authority = &person->authorities[i];
        if (authority->as == as && ident_equal(&authority->holder, giver) &&
            within(&authority->from, &authority->until, today)) {
            return true;
        }
    }
    return false;
}

bool policy_consent_may_speak(const struct covenant *covenant, const struct policy_person *person,
                              enum consent_kind kind, enum consent_giver as, const struct ident *giver,
                              const struct date *today, const char **why)
{
    enum consent_giver speaks = GIVER_SUBJECT;
    *why = "dit soort toestemming of spreker bestaat niet";
    if ((unsigned)kind >= CONSENT_KIND_COUNT || (unsigned)as >= GIVER_COUNT) {
        return false;
    }
    *why = "naar leeftijd en wilsbekwaamheid van de betrokkene beslist hier een ander";
    if ((need_of(covenant, person, kind, today) & speaks_under[as]) == 0) {
        return false;
    }
    if (as == GIVER_SUBJECT) {
        return true;
    }
    *why = "deze persoon heeft vandaag geen vastgelegd gezag of andere bevoegdheid om voor de betrokkene te spreken";
    if (!holds(person, as, giver, today)) {
        return false;
    }
    *why = "er is een ander die voorgaat: een voogd voor een ouder, een curator voor een mentor";
    return representative(person, as == GIVER_PARENT || as == GIVER_GUARDIAN, today, &speaks) && speaks == as;
}
