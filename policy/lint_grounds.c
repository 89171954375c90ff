/* What rules rest on: consent, secrecy, special categories, the number by which people are matched. */
#include "policy/consent.h"
#include "policy/lint_parts.h"
#include "policy/read.h"

/* AVG art. 9: about health, whatever is said. AVG art. 10: about convictions and offences. */
enum {
    HEALTH = 1U << LIFE_MENTAL_HEALTH | 1U << LIFE_PHYSICAL_HEALTH | 1U << LIFE_ADDICTION,
    CRIMINAL = 1U << LIFE_JUSTICE,
};

static const struct basis no_basis;

static const struct basis *basis_of(const struct covenant *covenant, uint16_t place)
{
    return place < covenant->basis_count ? &covenant->bases[place] : &no_basis;
}

/* A rule that shows a crisis number and releases nothing says nothing of anybody. */
static bool tells_of_people(const struct rule *rule)
{
    return (rule->flags & RULE_DENIES) == 0 && rule->categories != 0;
}

static void look_at_consent(struct lint *lint, const struct covenant *covenant, const struct rule *rule)
{
    const struct basis *ask = basis_of(covenant, rule->basis_ask);
    const struct basis *give = basis_of(covenant, rule->basis_give);
    const struct basis *lift = basis_of(covenant, rule->basis_lift);
    if (ask->ground == 'a' && (rule->requester_kinds & covenant->public_kinds) != 0) {
        lint_add_rule(lint, LINT_CONSENT_ALONE, rule, "grondslagVragen",
                      "een publieke taak rust niet op toestemming alleen");
    }
    if (give->ground == 'a' && (rule->provider_kinds & covenant->public_kinds) != 0) {
        lint_add_rule(lint, LINT_CONSENT_ALONE, rule, "grondslagGeven",
                      "een publieke taak rust niet op toestemming alleen");
    }
    if ((ask->demands_consent || give->demands_consent || lift->demands_consent) &&
        rule->consent == RULE_CONSENT_NONE) {
        lint_add_rule(lint, LINT_CONSENT_MISSING, rule, "voorwaarden",
                      "een grondslag eist toestemming, en de regel niet");
    }
}

static void look_at_secrecy(struct lint *lint, const struct covenant *covenant, const struct rule *rule)
{
    const bool lifts = basis_of(covenant, rule->basis_lift)->lifts_secrecy;
    /* Of a task both sides tell: who asks that it works with somebody, who does it how that goes. */
    const uint32_t telling = rule->provider_kinds | ((rule->flags & RULE_TASK) != 0 ? rule->requester_kinds : 0U);
    if (rule->basis_lift != BASIS_NONE && !lifts) {
        lint_add_rule(lint, LINT_SECRECY, rule, "opheffingGeheimhouding", "deze grondslag heft geen geheimhouding op");
    } else if ((telling & covenant->secret_kinds) != 0 && !lifts && rule->consent != CONSENT_SECRECY) {
        lint_add_rule(
            lint, LINT_SECRECY, rule, "gever",
            "een gever is tot geheimhouding verplicht, en niets heft die op: toestemming of een wettelijke plicht");
    }
}

static void look_at_special(struct lint *lint, const struct covenant *covenant, const struct rule *rule)
{
    const struct {
        uint16_t basis;
        const char *member;
    } sides[] = {{rule->basis_ask, "grondslagVragen"}, {rule->basis_give, "grondslagGeven"}};
    if ((rule->flags & RULE_SIGNAL) != 0) {
        return; /* a signal says what about in no life domain */
    }
    for (size_t i = 0; i < COUNT_OF(sides); i++) {
        const struct basis *basis = basis_of(covenant, sides[i].basis);
        if ((rule->domains & HEALTH) != 0 && basis->special == 0) {
            lint_add_rule(lint, LINT_SPECIAL, rule, sides[i].member,
                          "over gezondheid is ook een grond van AVG artikel 9 nodig (avg9)");
        }
        if ((rule->domains & CRIMINAL) != 0 && !basis->criminal) {
            lint_add_rule(lint, LINT_SPECIAL, rule, sides[i].member,
                          "over justitie is ook AVG artikel 10 nodig (avg10)");
        }
    }
}

/* People are matched by their number: every party of a kind that takes part in a purpose needs a ground for that. */
static void look_at_bsn(struct lint *lint, const struct covenant *covenant, uint32_t kinds, size_t purpose)
{
    for (size_t i = 0; i < covenant->party_count; i++) {
        const struct party_entry *entry = &covenant->parties[i];
        const struct place at = place_item("/partijen", i);
        if ((kinds >> entry->kind & 1U) == 0) {
            continue;
        }
        if (entry->bsn_basis == BASIS_NONE) {
            lint_add(lint, LINT_NO_BSN_GROUND, at.pointer,
                     "doet mee aan %s zonder grondslag voor het burgerservicenummer", covenant->purposes[purpose].code);
        } else if ((entry->bsn_purposes >> purpose & 1U) == 0) {
            lint_add(lint, LINT_NO_BSN_GROUND, place_member(at.pointer, "bsnDoelen").pointer,
                     "doet mee aan %s, en noemt dat doel hier niet", covenant->purposes[purpose].code);
        }
    }
}

static void look_at(struct lint *lint, const struct covenant *covenant, const struct rule *rule, uint32_t *kinds)
{
    look_at_consent(lint, covenant, rule);
    look_at_secrecy(lint, covenant, rule);
    look_at_special(lint, covenant, rule);
    kinds[rule->purpose] |= rule->requester_kinds | rule->provider_kinds;
}

void lint_grounds(struct lint *lint, const struct covenant *covenant)
{
    uint32_t kinds[COVENANT_PURPOSES_MAX] = {0};
    for (size_t i = 0; i < covenant->rule_count; i++) {
        if (tells_of_people(&covenant->rules[i])) {
            look_at(lint, covenant, &covenant->rules[i], kinds);
        }
    }
    for (size_t i = 0; i < covenant->task_count; i++) {
        look_at(lint, covenant, &covenant->tasks[i].rule, kinds);
    }
    for (size_t purpose = 0; purpose < covenant->purpose_codes.count; purpose++) {
        look_at_bsn(lint, covenant, kinds[purpose], purpose);
    }
}
