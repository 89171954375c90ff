/* Rules that come to nothing: for want of a day, a party or a number, or because another rule says it all. */
#include "base/mem.h"
#include "policy/consent.h"
#include "policy/lint_parts.h"
#include "policy/read.h"

enum {
    NARROWS = RULE_NEEDS_REPORT | RULE_NEEDS_AREA | RULE_NEEDS_SHARED_AREA | RULE_NEEDS_OPEN_REPORT | RULE_NEEDS_ORDER |
              RULE_YOUTH | RULE_ADULT,
    SORT = RULE_FEEDS_SET | RULE_CRISIS_NUMBER | RULE_SIGNAL,
};

/* Grounds that are over before the covenant begins, or never in force on one day. One that is to come may stand there. */
static void look_at_days(struct lint *lint, const struct covenant *covenant, const struct rule *rule)
{
    const uint16_t places[] = {rule->basis_ask, rule->basis_give, rule->basis_lift};
    struct date from = covenant->from;
    struct date until = {0, 0, 0};
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (places[i] == BASIS_NONE) {
            continue;
        }
        const struct basis *basis = &covenant->bases[places[i]];
        if (date_is_set(&basis->from) && date_compare(&basis->from, &from) > 0) {
            from = basis->from;
        }
        if (date_is_set(&basis->until) && (!date_is_set(&until) || date_compare(&basis->until, &until) < 0)) {
            until = basis->until;
        }
    }
    if (date_is_set(&until) && date_compare(&until, &from) < 0) {
        lint_add_rule(lint, LINT_UNREACHABLE, rule, "",
                      "er is geen dag waarop het convenant en alle grondslagen van deze regel gelden");
    }
}

static void look_at_terms(struct lint *lint, const struct covenant *covenant, const struct rule *rule)
{
    if (((rule->flags & RULE_YOUTH) != 0 && rule->age_from > YOUTH_UNTIL) ||
        ((rule->flags & RULE_ADULT) != 0 && rule->age_until < ADULT_FROM)) {
        lint_add_rule(lint, LINT_CONTRADICTION, rule, "voorwaarden/leeftijd",
                      "niemand van deze leeftijd valt onder dit regime");
    }
    if (covenant->purposes[rule->purpose].urgent && rule->consent != RULE_CONSENT_NONE) {
        lint_add_rule(lint, LINT_CONTRADICTION, rule, "voorwaarden/toestemming",
                      "bij een doel met spoed wordt niet op toestemming gewacht");
    }
}

/* Roles to which a category of a domain is denied, between two kinds of party. */
struct denied {
    uint64_t roles[LIFE_DOMAIN_COUNT][CATEGORY_COUNT];
};

static void deny(struct denied *denied, const struct rule *rule)
{
    for (unsigned domain = 0; domain < LIFE_DOMAIN_COUNT; domain++) {
        for (unsigned category = 0; category < CATEGORY_COUNT && (rule->domains >> domain & 1U) != 0; category++) {
            denied->roles[domain][category] |= (rule->categories >> category & 1U) != 0 ? rule->roles : 0;
        }
    }
}

/* A signal is in every life domain: what one of them forbids is gone. */
static bool leaves_signal(const struct denied *denied, const struct rule *rule)
{
    for (unsigned category = 0; category < CATEGORY_COUNT; category++) {
        uint64_t roles = (rule->categories >> category & 1U) != 0 ? rule->roles : 0;
        for (unsigned domain = 0; domain < LIFE_DOMAIN_COUNT; domain++) {
            roles &= ~denied->roles[domain][category];
        }
        if (roles != 0) {
            return true;
        }
    }
    return false;
}

static bool leaves_something(const struct denied *denied, const struct rule *rule)
{
    if ((rule->flags & RULE_SIGNAL) != 0) {
        return leaves_signal(denied, rule);
    }
    for (unsigned domain = 0; domain < LIFE_DOMAIN_COUNT; domain++) {
        for (unsigned category = 0; category < CATEGORY_COUNT && (rule->domains >> domain & 1U) != 0; category++) {
            if ((rule->categories >> category & 1U) != 0 && (rule->roles & ~denied->roles[domain][category]) != 0) {
                return true;
            }
        }
    }
    return false;
}

/* Rules of which the prohibitions leave nothing, between whichever kinds. */
static void look_at_denied(struct lint *lint, const struct covenant *covenant)
{
    const size_t kinds = covenant->kind_codes.capacity;
    const size_t buckets = covenant->purpose_codes.capacity * kinds * kinds;
    bool *left = mem_array(covenant->rule_count, sizeof *left);
    if (left == NULL) {
        lint_add(lint, LINT_FAULT, "", "er is te weinig geheugen om alle regels te bekijken");
        return;
    }
    for (size_t b = 0; b < buckets; b++) {
        struct denied denied = {{{0}}};
        for (uint32_t e = covenant->starts[b]; e < covenant->starts[b + 1]; e++) {
            const struct rule *rule = &covenant->rules[covenant->entries[e]];
            if ((rule->flags & RULE_DENIES) != 0) { /* these come first */
                deny(&denied, rule);
            } else if (leaves_something(&denied, rule)) {
                left[covenant->entries[e]] = true;
            }
        }
    }
    for (size_t i = 0; i < covenant->rule_count; i++) {
        const struct rule *rule = &covenant->rules[i];
        if ((rule->flags & RULE_DENIES) == 0 && rule->categories != 0 && !left[i]) {
            lint_add_rule(lint, LINT_CONTRADICTION, rule, "", "een verbod laat hier niets van over");
        }
    }
    mem_free(left);
}

/* Does the second rule permit all that the first does, under no more conditions, with no lighter obligation? */
static bool says_it_all(const struct rule *rule, const struct rule *other)
{
    return rule->purpose == other->purpose && (rule->requester_kinds & ~other->requester_kinds) == 0 &&
           (rule->provider_kinds & ~other->provider_kinds) == 0 && (rule->roles & ~other->roles) == 0 &&
           (rule->domains & ~other->domains) == 0 && (rule->categories & ~other->categories) == 0 &&
           rule->basis_ask == other->basis_ask && rule->basis_give == other->basis_give &&
           rule->basis_lift == other->basis_lift && (rule->flags & SORT) == (other->flags & SORT) &&
           (other->flags & NARROWS & ~(unsigned)rule->flags) == 0 &&
           (rule->flags & RULE_NAMES_SHIELDED & ~(unsigned)other->flags) == 0 &&
           (other->consent == RULE_CONSENT_NONE || other->consent == rule->consent) &&
           other->age_from <= rule->age_from && other->age_until >= rule->age_until &&
           other->obligation >= rule->obligation;
}

static size_t bucket_of(const struct covenant *covenant, const struct rule *rule)
{
    return covenant_bucket(covenant, rule->purpose, (size_t)__builtin_ctz(rule->requester_kinds),
                           (size_t)__builtin_ctz(rule->provider_kinds));
}

static void look_at_redundant(struct lint *lint, const struct covenant *covenant, const struct rule *rule)
{
    const size_t bucket = bucket_of(covenant, rule); /* who says it all joins these two kinds too */
    for (uint32_t e = covenant->starts[bucket]; e < covenant->starts[bucket + 1]; e++) {
        const struct rule *other = &covenant->rules[covenant->entries[e]];
        if (other == rule || (other->flags & RULE_DENIES) != 0 || !says_it_all(rule, other)) {
            continue;
        }
        if (!says_it_all(other, rule) || other->place < rule->place) { /* of two that are equal, the later one */
            lint_add(lint, LINT_REDUNDANT, place_item("/regels", rule->place).pointer,
                     "%s: regel %s staat dit al toe, onder niet meer voorwaarden", rule->id, other->id);
            return;
        }
    }
}

/* Numbers that rules promise: of a crisis line, of a desk that never tells a place. */
static void look_at_numbers(struct lint *lint, const struct covenant *covenant)
{
    uint32_t crisis = 0;
    uint32_t central = 0;
    for (size_t i = 0; i < covenant->rule_count; i++) {
        const struct rule *rule = &covenant->rules[i];
        const bool contact = (rule->categories & CATEGORY_BIT(CATEGORY_CONTACT)) != 0;
        crisis |= (rule->flags & RULE_CRISIS_NUMBER) != 0 ? rule->provider_kinds : 0;
        central |= (rule->flags & RULE_NAMES_SHIELDED) != 0 && contact ? rule->provider_kinds : 0;
    }
    for (size_t i = 0; i < covenant->party_count; i++) {
        const struct party_entry *entry = &covenant->parties[i];
        const struct place at = place_item("/partijen", i);
        if ((crisis >> entry->kind & 1U) != 0 && entry->party.crisis_phone == NULL) {
            lint_add(lint, LINT_NO_NUMBER, at.pointer, "een regel belooft een crisisnummer, en hier staat er geen");
        }
        if ((central >> entry->kind & 1U) != 0 && entry->party.central_phone == NULL) {
            lint_add(lint, LINT_NO_NUMBER, at.pointer,
                     "een regel geeft contact over afgeschermde gegevens, en hier staat geen centraalNummer");
        }
    }
}

/* How many parties of each kind take part at a level, or above it. */
struct presence {
    size_t parties[PARTY_LEVEL_MAX + 1][COVENANT_KINDS_MAX];
};

static size_t count_parties(const struct presence *presence, int level, uint32_t kinds)
{
    size_t count = 0;
    for (; kinds != 0; kinds &= kinds - 1) {
        count += presence->parties[level][__builtin_ctz(kinds)];
    }
    return count;
}

/* Rules that join no two parties: none at the level of the purpose, or one that would ask itself. */
static void look_at_presence(struct lint *lint, const struct covenant *covenant, const struct presence *presence,
                             const struct rule *rule)
{
    const int level = covenant->purposes[rule->purpose].level;
    const uint32_t kinds = rule->requester_kinds | rule->provider_kinds;
    if (count_parties(presence, 1, rule->requester_kinds) == 0 ||
        count_parties(presence, 1, rule->provider_kinds) == 0) {
        return; /* that a kind has no party is a remark */
    }
    if (count_parties(presence, level, rule->requester_kinds) == 0 ||
        count_parties(presence, level, rule->provider_kinds) == 0) {
        lint_add_rule(lint, LINT_UNREACHABLE, rule, "doel",
                      "geen vrager of geen gever doet mee op het niveau van dit doel");
    } else if (count_parties(presence, level, kinds) == 1) {
        lint_add_rule(lint, LINT_UNREACHABLE, rule, "gever",
                      "er is een enkele partij die kan vragen en geven, en die vraagt niets aan zichzelf");
    }
}

static void look_at_parties(struct lint *lint, const struct covenant *covenant)
{
    struct presence presence = {{{0}}};
    uint32_t named = 0;
    for (size_t i = 0; i < covenant->party_count; i++) {
        const struct party_entry *entry = &covenant->parties[i];
        for (int level = 0; level <= entry->party.level; level++) {
            presence.parties[level][entry->kind]++;
        }
    }
    for (size_t i = 0; i < covenant->rule_count; i++) {
        const struct rule *rule = &covenant->rules[i];
        named |= rule->requester_kinds | rule->provider_kinds;
        if ((rule->flags & RULE_DENIES) == 0) {
            look_at_presence(lint, covenant, &presence, rule);
        }
    }
    for (size_t i = 0; i < covenant->task_count; i++) {
        const struct rule *rule = &covenant->tasks[i].rule;
        named |= rule->requester_kinds | rule->provider_kinds;
        look_at_presence(lint, covenant, &presence, rule);
    }
    for (size_t kind = 0; kind < covenant->kind_codes.count; kind++) {
        if ((named >> kind & 1U) != 0 && presence.parties[1][kind] == 0) {
            lint_add(lint, LINT_NO_PARTY, place_item("/soorten", kind).pointer,
                     "regels spreken over deze soort, en geen partij is er een");
        }
    }
}

void lint_reach(struct lint *lint, const struct covenant *covenant)
{
    for (size_t i = 0; i < covenant->rule_count; i++) {
        const struct rule *rule = &covenant->rules[i];
        if ((rule->flags & RULE_DENIES) == 0) {
            look_at_days(lint, covenant, rule);
            look_at_terms(lint, covenant, rule);
            look_at_redundant(lint, covenant, rule);
        }
    }
    for (size_t i = 0; i < covenant->task_count; i++) {
        look_at_days(lint, covenant, &covenant->tasks[i].rule);
        look_at_terms(lint, covenant, &covenant->tasks[i].rule);
    }
    look_at_denied(lint, covenant);
    look_at_numbers(lint, covenant);
    look_at_parties(lint, covenant);
}
