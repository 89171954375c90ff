#include "policy/agreement.h"

#include <string.h>

#include "base/encode.h"
#include "base/limits.h"
#include "base/mem.h"
#include "policy/covenant_parts.h"

static const struct {
    const char *word;
    const char *text;
} words[STATEMENT_COUNT] = {
#define X(type, word, text) {(word), (text)},
    STATEMENT_TABLE(X)
#undef X
};

struct said {
    int64_t at_s[AGREEMENT_KINDS]; /* 0: never */
};

struct agreement {
    size_t count;
    struct said parties[];
};

const char *statement_word(enum statement_type type)
{
    return (unsigned)type < STATEMENT_COUNT ? words[type].word : "";
}

const char *statement_text(enum statement_type type)
{
    return (unsigned)type < STATEMENT_COUNT ? words[type].text : "";
}

bool statement_parse(struct slice word, enum statement_type *out)
{
    for (unsigned i = 0; i < STATEMENT_COUNT; i++) {
        if (slice_is(word, words[i].word)) {
            *out = (enum statement_type)i;
            return true;
        }
    }
    return false;
}

/* ---- what each party said ---- */

struct agreement *agreement_new(const struct covenant *covenant)
{
    const size_t count = covenant_party_count(covenant);
    struct agreement *agreement = mem_zalloc(sizeof *agreement + count * sizeof agreement->parties[0]);
    if (agreement != NULL) {
        agreement->count = count;
    }
    return agreement;
}

void agreement_free(struct agreement *agreement)
{
    mem_free(agreement);
}

enum result agreement_check(const struct agreement *agreement, const struct covenant *covenant,
                            const struct statement *statement, enum agreement_news *news, struct error *err)
{
    const struct party *party = covenant_party(covenant, &statement->oin);
    ENSURE((unsigned)statement->type < (unsigned)AGREEMENT_KINDS, err, FAULT_INVALID, "type",
           "toegestaan: accept, reject of revoke");
    ENSURE(strcmp(statement->hash, covenant_hash(covenant)) == 0, err, FAULT_INVALID, "contract_content_hash",
           "dit is de vingerafdruk van een ander convenant");
    ENSURE(party != NULL, err, FAULT_FORBIDDEN, "oin", "de ondertekenaar is geen partij bij dit convenant");
    const struct said *said = &agreement->parties[covenant_party_index(covenant, party)];
    const int64_t before_s = said->at_s[statement->type];
    if (statement->type == STATEMENT_REVOKE) {
        *news = before_s == 0 ? AGREEMENT_NEW : AGREEMENT_KNOWN;
        return RESULT_OK;
    }
    ENSURE(said->at_s[STATEMENT_REVOKE] == 0, err, FAULT_CONFLICT, "type",
           "deze partij heeft haar deelname ingetrokken; dat is voor dit convenant voorgoed");
    *news = statement->signed_at_s > before_s ? AGREEMENT_NEW : AGREEMENT_KNOWN;
    return RESULT_OK;
}

enum result agreement_add(struct agreement *agreement, const struct covenant *covenant,
                          const struct statement *statement, enum agreement_news *news, struct error *err)
{
    TRY(agreement_check(agreement, covenant, statement, news, err));
    if (*news == AGREEMENT_NEW) {
        const struct party *party = covenant_party(covenant, &statement->oin);
        agreement->parties[covenant_party_index(covenant, party)].at_s[statement->type] = statement->signed_at_s;
    }
    return RESULT_OK;
}

int64_t agreement_said(const struct agreement *agreement, size_t party, enum statement_type type)
{
    return party < agreement->count && (unsigned)type < (unsigned)AGREEMENT_KINDS ? agreement->parties[party].at_s[type]
                                                                                  : 0;
}

enum statement_type agreement_word(const struct agreement *agreement, size_t party)
{
    if (party >= agreement->count) {
        return STATEMENT_COUNT;
    }
    const int64_t *at_s = agreement->parties[party].at_s;
    if (at_s[STATEMENT_REVOKE] != 0) {
        return STATEMENT_REVOKE;
    }
    if (at_s[STATEMENT_REJECT] != 0 && at_s[STATEMENT_REJECT] >= at_s[STATEMENT_ACCEPT]) {
        return STATEMENT_REJECT;
    }
    return at_s[STATEMENT_ACCEPT] != 0 ? STATEMENT_ACCEPT : STATEMENT_COUNT;
}

/* Folded, so that no memory is needed. A revoke counts without its time: which of two came first matters to nobody. */
void agreement_digest(const struct agreement *agreement, const struct covenant *covenant, struct sha256 *out)
{
    struct {
        struct sha256 before;
        char oin[OIN_DIGITS];
        uint8_t word;
        uint8_t at_s[8];
    } line;
    memset(&line, 0, sizeof line);
    for (size_t i = 0; i < agreement->count; i++) {
        const enum statement_type word = agreement_word(agreement, i);
        if (word == STATEMENT_COUNT) {
            continue;
        }
        const uint64_t at_s = word == STATEMENT_REVOKE ? 0 : (uint64_t)agreement->parties[i].at_s[word];
        memcpy(line.oin, covenant_party_at(covenant, i)->oin.digits, OIN_DIGITS);
        line.word = (uint8_t)word;
        for (unsigned byte = 0; byte < 8; byte++) {
            line.at_s[byte] = (uint8_t)(at_s >> (8 * byte));
        }
        struct sha256 folded;
        sha256_of(slice_of(&line, sizeof line), &folded);
        line.before = folded;
    }
    *out = line.before;
}

/* ---- in force ---- */

void agreement_link(struct agreement_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *predecessor = covenant_predecessor(entries[i].covenant);
        entries[i].predecessor = count;
        for (size_t j = 0; predecessor != NULL && j < count; j++) {
            if (j != i && strcmp(covenant_hash(entries[j].covenant), predecessor) == 0) {
                entries[i].predecessor = j;
            }
        }
    }
}

static bool says(const struct agreement_entry *entry, const struct oin *oin, bool or_revoked)
{
    const struct party *party = covenant_party(entry->covenant, oin);
    if (party == NULL) {
        return false;
    }
    const enum statement_type word = agreement_word(entry->agreement, covenant_party_index(entry->covenant, party));
    return word == STATEMENT_ACCEPT || (or_revoked && word == STATEMENT_REVOKE);
}

static bool descends(const struct agreement_entry *entries, size_t count, size_t from, size_t ancestor)
{
    size_t at = entries[from].predecessor;
    for (size_t steps = 0; steps < count && at < count; steps++) {
        if (at == ancestor) {
            return true;
        }
        at = entries[at].predecessor;
    }
    return false;
}

/* Who revoked a successor had let go of what it replaced. */
static bool superseded(const struct agreement_entry *entries, size_t count, size_t index, const struct oin *a,
                       const struct oin *b, const struct date *day)
{
    for (size_t i = 0; i < count; i++) {
        if (i != index && date_compare(&entries[i].covenant->from, day) <= 0 && says(&entries[i], a, true) &&
            says(&entries[i], b, true) && descends(entries, count, i, index)) {
            return true;
        }
    }
    return false;
}

/* When the last of the two accepted. */
static int64_t agreed_at(const struct agreement_entry *entry, const struct oin *a, const struct oin *b)
{
    const struct covenant *covenant = entry->covenant;
    const size_t one = covenant_party_index(covenant, covenant_party(covenant, a));
    const size_t two = covenant_party_index(covenant, covenant_party(covenant, b));
    const int64_t first = agreement_said(entry->agreement, one, STATEMENT_ACCEPT);
    const int64_t second = agreement_said(entry->agreement, two, STATEMENT_ACCEPT);
    return first > second ? first : second;
}

static bool goes_before(const struct agreement_entry *x, const struct agreement_entry *y, const struct oin *a,
                        const struct oin *b)
{
    const int order = date_compare(&x->covenant->from, &y->covenant->from);
    const int64_t later = agreed_at(x, a, b) - agreed_at(y, a, b);
    return order != 0   ? order > 0
           : later != 0 ? later > 0
                        : strcmp(covenant_hash(x->covenant), covenant_hash(y->covenant)) > 0;
}

size_t agreement_pick(const struct agreement_entry *entries, size_t count, const struct oin *a, const struct oin *b,
                      const struct date *day)
{
    size_t picked = count;
    for (size_t i = 0; i < count; i++) {
        if (covenant_in_force(entries[i].covenant, day) && says(&entries[i], a, false) && says(&entries[i], b, false) &&
            !superseded(entries, count, i, a, b, day) &&
            (picked == count || goes_before(&entries[i], &entries[picked], a, b))) {
            picked = i;
        }
    }
    return picked;
}
