/*
 * What private matching adds: a partner is asked only about people in the lookup set that it keeps for the asker, for
 * that purpose, urgent ones included; and the quota of an asker counts whole batches.
 */
#include "policy/lint_parts.h"
#include "policy/matrix.h"
#include "policy/read.h"

/* Is there an age at which both rules can hold? */
static bool ages_meet(const struct rule *a, const struct rule *b)
{
    const struct rule *both[] = {a, b};
    int from = 0;
    int until = UINT8_MAX;
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        const int youngest = (both[i]->flags & RULE_ADULT) != 0 ? ADULT_FROM : 0;
        const int oldest = (both[i]->flags & RULE_YOUTH) != 0 ? YOUTH_UNTIL : UINT8_MAX;
        from = both[i]->age_from > from ? both[i]->age_from : from;
        from = youngest > from ? youngest : from;
        until = both[i]->age_until < until ? both[i]->age_until : until;
        until = oldest < until ? oldest : until;
    }
    return from <= until;
}

/* Life domains of the rule for which somebody it could be asked about can be in a set, from one kind to another. */
static uint16_t domains_in_sets(const struct covenant *covenant, const struct rule *rule, size_t asks, size_t gives)
{
    const size_t bucket = covenant_bucket(covenant, rule->purpose, asks, gives);
    uint16_t domains = 0;
    for (uint32_t e = covenant->starts[bucket]; e < covenant->starts[bucket + 1]; e++) {
        const struct rule *set = &covenant->rules[covenant->entries[e]];
        if ((set->flags & RULE_FEEDS_SET) != 0 && ((set->flags ^ rule->flags) & RULE_SIGNAL) == 0 &&
            ages_meet(set, rule)) {
            domains |= set->domains;
        }
    }
    return domains & rule->domains;
}

/* A kind of which every party lacks the ground for the BSN is told of elsewhere, and is in no set anyhow. */
static bool lacks_bsn(const struct covenant *covenant, size_t kind, size_t purpose)
{
    bool lacks = false;
    for (size_t i = 0; i < covenant->party_count; i++) {
        const struct party_entry *entry = &covenant->parties[i];
        if (entry->kind == kind) {
            lacks = entry->bsn_basis == BASIS_NONE || (entry->bsn_purposes >> purpose & 1U) == 0;
            if (!lacks) {
                return false;
            }
        }
    }
    return lacks;
}

static bool look_at_pair(struct lint *lint, const struct covenant *covenant, const struct rule *rule, size_t asks,
                         size_t gives)
{
    const struct place at = place_item("/regels", rule->place);
    if (lacks_bsn(covenant, asks, rule->purpose) || lacks_bsn(covenant, gives, rule->purpose)) {
        return false;
    }
    const uint16_t domains = domains_in_sets(covenant, rule, asks, gives);
    if (domains == 0) {
        lint_add(lint, LINT_NO_SET, at.pointer,
                 "%s: kan nooit worden gevraagd: geen regel met opzoekset laat %s weten wie bij %s bekend is", rule->id,
                 matrix_kind(covenant, asks), matrix_kind(covenant, gives));
    } else if (domains != rule->domains) {
        lint_add_rule(lint, LINT_NO_SET, rule, "leefgebieden",
                      "komt alleen vrij als ook een regel met opzoekset bestaan toestaat, voor elk leefgebied");
    }
    return domains != rule->domains;
}

/* The first pair of kinds for which the rule comes to nothing is told, and no other. A rule that fits no age at all is told
 * of elsewhere. */
static void look_at_rule(struct lint *lint, const struct covenant *covenant, const struct rule *rule)
{
    bool told = !ages_meet(rule, rule);
    for (uint32_t asks = rule->requester_kinds; asks != 0 && !told; asks &= asks - 1) {
        for (uint32_t gives = rule->provider_kinds; gives != 0 && !told; gives &= gives - 1) {
            told = look_at_pair(lint, covenant, rule, (size_t)__builtin_ctz(asks), (size_t)__builtin_ctz(gives));
        }
    }
}

/* Who is named by key alone must be in a set; a finding for the first pair of kinds. */
static void look_at_task(struct lint *lint, const struct covenant *covenant, const struct task_entry *entry)
{
    const struct rule *rule = &entry->rule;
    if (entry->kind.naming != TASK_NAMING_KNOWN || !ages_meet(rule, rule)) {
        return;
    }
    for (uint32_t asks = rule->requester_kinds; asks != 0; asks &= asks - 1) {
        for (uint32_t gives = rule->provider_kinds; gives != 0; gives &= gives - 1) {
            const size_t asker = (size_t)__builtin_ctz(asks);
            const size_t giver = (size_t)__builtin_ctz(gives);
            if (domains_in_sets(covenant, rule, asker, giver) == 0 && !lacks_bsn(covenant, asker, rule->purpose) &&
                !lacks_bsn(covenant, giver, rule->purpose)) {
                lint_add(lint, LINT_NO_SET,
                         place_member(place_item("/opdrachten", rule->place).pointer, "noemen").pointer,
                         "%s: geen regel met opzoekset laat %s weten wie bij %s bekend is, dus niemand kan zo worden "
                         "genoemd",
                         rule->id, matrix_kind(covenant, asker), matrix_kind(covenant, giver));
                return;
            }
        }
    }
}

/* A question about one person costs a whole batch. */
static void look_at_quota(struct lint *lint, const struct covenant *covenant, size_t place)
{
    const struct purpose *purpose = &covenant->purposes[place];
    const int quotas[] = {purpose->per_day, purpose->per_period, purpose->per_year};
    for (size_t i = 0; i < COUNT_OF(quotas); i++) {
        if (quotas[i] != 0 && quotas[i] < MATCH_BATCH) {
            lint_add(lint, LINT_QUOTA, place_member(place_item("/doelen", place).pointer, "quota").pointer,
                     "een vraag laat altijd %d waarden berekenen: met dit quotum kan niets worden gevraagd",
                     (int)MATCH_BATCH);
            break;
        }
    }
}

/* Of a purpose with sets, and not urgent: whatever has no bound, a partner may come to know of everybody in time. */
static void look_for_bounds(struct lint *lint, const struct covenant *covenant, size_t place, uint32_t askers)
{
    const struct purpose *purpose = &covenant->purposes[place];
    const bool epoch = purpose->per_period != 0 || purpose->per_case != 0;
    if (askers != 0 && !purpose->urgent && (purpose->per_day == 0 || !epoch || purpose->per_year == 0)) {
        lint_add(lint, LINT_QUOTA, place_item("/doelen", place).pointer,
                 "heeft opzoeksets, en geen quotum voor elke termijn: perDag, perPeriode (of perZaak) en perJaar");
    }
}

/* Who asks under a purpose that counts cases must say how many it has, and have room for one question. */
static void look_at_cases(struct lint *lint, const struct covenant *covenant, size_t place, uint32_t askers)
{
    const struct purpose *purpose = &covenant->purposes[place];
    for (size_t i = 0; i < covenant->party_count && purpose->per_case != 0; i++) {
        const struct party_entry *entry = &covenant->parties[i];
        const struct place at = place_item("/partijen", i);
        if ((askers >> entry->kind & 1U) == 0) {
            continue;
        }
        if (entry->party.open_cases == 0) {
            lint_add(lint, LINT_QUOTA, at.pointer,
                     "vraagt voor %s, waar het quotum zaken telt, en noemt geen openZaken", purpose->code);
        } else if ((int64_t)purpose->per_case * entry->party.open_cases < MATCH_BATCH) {
            lint_add(lint, LINT_QUOTA, place_member(at.pointer, "openZaken").pointer,
                     "een vraag voor %s laat altijd %d waarden berekenen: zo kan niets worden gevraagd", purpose->code,
                     (int)MATCH_BATCH);
        }
    }
}

/* A set that outgrows what its provider says of itself is a finding at the asker; who says nothing cannot be held to it. */
static void look_at_clients(struct lint *lint, const struct covenant *covenant, uint32_t givers)
{
    for (size_t i = 0; i < covenant->party_count; i++) {
        const struct party_entry *entry = &covenant->parties[i];
        if ((givers >> entry->kind & 1U) != 0 && entry->party.clients == 0) {
            lint_add(lint, LINT_NO_CLIENTS, place_item("/partijen", i).pointer,
                     "houdt opzoeksets bij, en zegt niet hoeveel mensen het kent (clienten)");
        }
    }
}

void lint_sets(struct lint *lint, const struct covenant *covenant)
{
    uint32_t askers[COVENANT_PURPOSES_MAX] = {0};
    uint32_t givers = 0;
    for (size_t i = 0; i < covenant->rule_count; i++) {
        const struct rule *rule = &covenant->rules[i];
        if ((rule->flags & RULE_FEEDS_SET) != 0) {
            askers[rule->purpose] |= rule->requester_kinds;
            givers |= rule->provider_kinds;
        } else if ((rule->flags & RULE_DENIES) == 0 && rule->categories != 0) {
            look_at_rule(lint, covenant, rule);
        }
    }
    for (size_t i = 0; i < covenant->task_count; i++) {
        look_at_task(lint, covenant, &covenant->tasks[i]);
    }
    for (size_t place = 0; place < covenant->purpose_codes.count; place++) {
        look_at_quota(lint, covenant, place);
        look_for_bounds(lint, covenant, place, askers[place]);
        look_at_cases(lint, covenant, place, askers[place]);
    }
    look_at_clients(lint, covenant, givers);
}
