/*
 * Signals meet only when each side may know of the other's: a set rule in one direction alone lets nobody ever be told.
 * A party with a central number hides its people; that they are in its signals would say where they are.
 */
#include "policy/lint_parts.h"

/* Is there a rule about signals of this sort, from one kind to another? */
static bool has_rule(const struct covenant *covenant, size_t purpose, size_t asks, size_t gives, bool feeds_set)
{
    const size_t bucket = covenant_bucket(covenant, purpose, asks, gives);
    for (uint32_t e = covenant->starts[bucket]; e < covenant->starts[bucket + 1]; e++) {
        const struct rule *rule = &covenant->rules[covenant->entries[e]];
        if ((rule->flags & RULE_SIGNAL) != 0 && ((rule->flags & RULE_FEEDS_SET) != 0) == feeds_set) {
            return true;
        }
    }
    return false;
}

/* Each of the two is told once of a rule, however many kinds it joins. */
static void look_at_pairs(struct lint *lint, const struct covenant *covenant, const struct rule *rule)
{
    bool one_way = false;
    bool no_contact = false;
    for (uint32_t asks = rule->requester_kinds; asks != 0; asks &= asks - 1) {
        for (uint32_t gives = rule->provider_kinds; gives != 0; gives &= gives - 1) {
            const size_t asker = (size_t)__builtin_ctz(asks);
            const size_t giver = (size_t)__builtin_ctz(gives);
            one_way = one_way || !has_rule(covenant, rule->purpose, giver, asker, true);
            no_contact = no_contact || !has_rule(covenant, rule->purpose, asker, giver, false);
        }
    }
    if (one_way) {
        lint_add_rule(lint, LINT_SIGNAL_ONE_WAY, rule, "",
                      "de andere kant op is er geen opzoekset voor signalen, en dan hoort nooit iemand iets");
    }
    if (no_contact) {
        lint_add_rule(lint, LINT_SIGNAL_NO_CONTACT, rule, "",
                      "geen regel over signalen geeft hierbij contact: wie elkaar vindt, kan elkaar niet bellen");
    }
}

static void look_for_shelters(struct lint *lint, const struct covenant *covenant, const struct rule *rule)
{
    for (size_t i = 0; i < covenant->party_count; i++) {
        const struct party_entry *entry = &covenant->parties[i];
        if (((rule->requester_kinds | rule->provider_kinds) >> entry->kind & 1U) != 0 &&
            entry->party.central_phone != NULL) {
            lint_add_rule(lint, LINT_SIGNAL_SHELTER, rule,
                          (rule->provider_kinds >> entry->kind & 1U) != 0 ? "gever" : "vrager",
                          "een partij met een centraalNummer geeft geen signalen en krijgt ze niet");
            return;
        }
    }
}

void lint_signals(struct lint *lint, const struct covenant *covenant)
{
    for (size_t i = 0; i < covenant->rule_count; i++) {
        const struct rule *rule = &covenant->rules[i];
        if ((rule->flags & (RULE_SIGNAL | RULE_FEEDS_SET)) == (RULE_SIGNAL | RULE_FEEDS_SET)) {
            look_at_pairs(lint, covenant, rule);
        }
        if ((rule->flags & RULE_SIGNAL) != 0) {
            look_for_shelters(lint, covenant, rule);
        }
    }
}
