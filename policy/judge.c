#include "policy/judge.h"

enum { YOUTH_UNTIL = 18, EXTENDED_UNTIL = 23 }; /* Jeugdwet art. 1.1, `jeugdige`: below these */

int judge_age(const struct policy_subject *subject, const struct date *today)
{
    const bool known = date_is_set(&subject->birth) && date_compare(&subject->birth, today) <= 0;
    return known ? date_age(&subject->birth, today) : AGE_UNKNOWN;
}

static enum policy_reason resolve_parties(struct question *q)
{
    const struct covenant *covenant = q->covenant;
    if (!covenant_in_force(covenant, &q->request->today)) {
        return POLICY_NOT_IN_FORCE;
    }
    q->asks = covenant_entry(covenant, q->request->requester);
    q->gives = covenant_entry(covenant, q->request->provider);
    if (q->asks == NULL || q->gives == NULL) {
        return POLICY_NO_PARTY;
    }
    return q->asks == q->gives ? POLICY_SAME_PARTY : POLICY_PERMITTED;
}

/* People are named by BSN: who may not process it for this purpose neither asks nor is asked. */
static bool may_use_bsn(const struct question *q, const struct party_entry *party, size_t purpose)
{
    return covenant_basis_in_force(q->covenant, party->bsn_basis, &q->request->today) &&
           (party->bsn_purposes >> purpose & 1U) != 0;
}

static enum policy_reason resolve_words(struct question *q)
{
    const struct covenant *covenant = q->covenant;
    if (q->set_time) {
        q->role = UINT64_MAX;
        return POLICY_PERMITTED;
    }
    const int basis = codes_find(&covenant->basis_codes, q->request->basis);
    const int role = codes_find(&covenant->role_codes, q->request->role);
    if (basis < 0) {
        return POLICY_UNKNOWN_BASIS;
    }
    if (role < 0) {
        return POLICY_UNKNOWN_ROLE;
    }
    q->role = (uint64_t)1 << (unsigned)role;
    q->basis = (uint16_t)basis;
    return POLICY_PERMITTED;
}

static void resolve_person(struct question *q)
{
    enum life_domain domain;
    q->age = q->subject == NULL ? AGE_UNKNOWN : judge_age(q->subject, &q->request->today);
    if (q->subject == NULL || q->record->signal) { /* a signal has none, and is in all of them */
        q->domains = EVERY_LIFE_DOMAIN;
        return;
    }
    q->domains = life_domain_parse(q->record->life_domain, &domain) ? LIFE_DOMAIN_BIT(domain) : (uint16_t)0;
}

static void collect_denied(struct question *q)
{
    for (; q->denying < q->entry_count; q->denying++) {
        const struct rule *rule = question_rule(q, q->denying);
        if ((rule->flags & RULE_DENIES) == 0) {
            return;
        }
        if ((rule->categories & CATEGORY_BIT(CATEGORY_EXISTENCE)) != 0) {
            q->hidden |= rule->domains;
        }
        if ((rule->roles & q->role) != 0) {
            for (uint32_t domains = rule->domains & q->domains; domains != 0; domains &= domains - 1) {
                q->denied[__builtin_ctz(domains)] |= rule->categories;
            }
        }
    }
}

/* What the set-time rules of the bucket say about existence. At the asker, who knows no record, a rule about signals says
 * nothing: nobody may ask on account of one. */
static enum policy_reason judge_known(const struct question *q)
{
    struct question set = *q;
    enum policy_reason furthest = POLICY_NO_RULE;
    set.set_time = true;
    for (size_t i = q->denying; i < q->entry_count && furthest != POLICY_PERMITTED; i++) {
        const struct rule *rule = question_rule(q, i);
        const bool of_help = (rule->flags & RULE_SIGNAL) == 0;
        if ((of_help || q->record != NULL) && judge_counts(&set, rule)) {
            const enum policy_reason reached = judge_rule(&set, rule).reached;
            furthest = reached > furthest ? reached : furthest;
        }
    }
    return furthest;
}

enum policy_reason judge_resolve(struct question *q)
{
    const struct covenant *covenant = q->covenant;
    const enum policy_reason parties = resolve_parties(q);
    if (parties != POLICY_PERMITTED) {
        return parties;
    }
    const int place = codes_find(&covenant->purpose_codes, q->request->purpose);
    if (place < 0) {
        return POLICY_UNKNOWN_PURPOSE;
    }
    const size_t purpose = (size_t)place;
    q->no_bsn = !may_use_bsn(q, q->asks, purpose) || !may_use_bsn(q, q->gives, purpose);
    if (q->no_bsn && (q->subject != NULL || q->set_time)) {
        return POLICY_NO_BSN_GROUND;
    }
    const int level = covenant->purposes[purpose].level;
    if (q->asks->party.level < level || q->gives->party.level < level) {
        return POLICY_LEVEL;
    }
    const enum policy_reason words = resolve_words(q);
    if (words != POLICY_PERMITTED) {
        return words;
    }
    resolve_person(q);
    const size_t bucket = covenant_bucket(covenant, purpose, q->asks->kind, q->gives->kind);
    q->urgent = covenant->purposes[purpose].urgent;
    q->entries = covenant->entries + covenant->starts[bucket];
    q->entry_count = covenant->starts[bucket + 1] - covenant->starts[bucket];
    collect_denied(q);
    q->known = q->set_time || q->urgent ? POLICY_PERMITTED : judge_known(q);
    return POLICY_PERMITTED;
}

bool judge_counts(const struct question *q, const struct rule *rule)
{
    if ((rule->flags & RULE_DENIES) != 0) {
        return true;
    }
    if (((rule->flags & RULE_FEEDS_SET) != 0) != q->set_time) {
        return false;
    }
    const bool about_signals = (rule->flags & RULE_SIGNAL) != 0;
    if (q->record == NULL) {
        return q->set_time || !about_signals;
    }
    return about_signals == q->record->signal && (q->set_time || !about_signals);
}

bool judge_grounds(const struct covenant *covenant, const struct rule *rule, const struct date *today)
{
    return covenant_basis_in_force(covenant, rule->basis_ask, today) &&
           covenant_basis_in_force(covenant, rule->basis_give, today) &&
           (rule->basis_lift == BASIS_NONE || covenant_basis_in_force(covenant, rule->basis_lift, today));
}

/* What the requester says of himself. */
static enum policy_reason judge_claims(const struct question *q, const struct rule *rule)
{
    const struct policy_request *request = q->request;
    if ((rule->roles & q->role) == 0) {
        return POLICY_ROLE;
    }
    if (rule->basis_ask != q->basis) {
        return POLICY_BASIS;
    }
    if (!judge_grounds(q->covenant, rule, &request->today)) {
        return POLICY_BASIS_NOT_YET;
    }
    if (!request->has_case && !request->has_report) {
        return POLICY_NO_CASE;
    }
    if ((rule->flags & RULE_NEEDS_REPORT) != 0 && !request->has_report) {
        return POLICY_NO_REPORT;
    }
    if ((rule->flags & RULE_NEEDS_OPEN_REPORT) != 0 && !request->report_open) {
        return POLICY_REPORT_CLOSED;
    }
    if ((rule->flags & RULE_NEEDS_ORDER) != 0 && !request->order_in_force) {
        return POLICY_NO_ORDER;
    }
    return POLICY_PERMITTED;
}

bool judge_age_fits(const struct rule *rule, int age, const struct policy_subject *subject, const struct date *today)
{
    const bool bounded = rule->age_from != 0 || rule->age_until != UINT8_MAX;
    if ((rule->flags & (RULE_YOUTH | RULE_ADULT)) == 0 && !bounded) {
        return true;
    }
    if (age == AGE_UNKNOWN || age < rule->age_from || (rule->age_until != UINT8_MAX && age > rule->age_until)) {
        return false;
    }
    const struct date *extended = &subject->extended_youth_care;
    const bool youth =
        age < YOUTH_UNTIL || (age < EXTENDED_UNTIL && date_is_set(extended) && date_compare(today, extended) <= 0);
    return ((rule->flags & RULE_YOUTH) == 0 || youth) && ((rule->flags & RULE_ADULT) == 0 || age >= YOUTH_UNTIL);
}

/* What the provider knows of the person. */
static enum policy_reason judge_person(const struct question *q, const struct rule *rule)
{
    if (q->record->shielded && (rule->flags & RULE_NAMES_SHIELDED) == 0) {
        return POLICY_SHIELDED;
    }
    if ((rule->flags & RULE_NEEDS_AREA) != 0 &&
        !covenant_party_area(q->covenant, q->request->requester, q->subject->municipality)) {
        return POLICY_AREA;
    }
    if (!judge_age_fits(rule, q->age, q->subject, &q->request->today)) {
        return POLICY_AGE;
    }
    return q->subject->restricted && !q->urgent ? POLICY_RESTRICTED : POLICY_PERMITTED;
}

/* The conditions; POLICY_PERMITTED: all hold, and what is released is still to be seen. */
static enum policy_reason judge_conditions(const struct question *q, const struct rule *rule)
{
    if ((rule->flags & RULE_NEEDS_SHARED_AREA) != 0 && !covenant_share_area(q->covenant, q->asks, q->gives)) {
        return POLICY_OTHER_REGION;
    }
    if (q->set_time && !judge_grounds(q->covenant, rule, &q->request->today)) {
        return POLICY_BASIS_NOT_YET;
    }
    if (!q->set_time) {
        const enum policy_reason claims = judge_claims(q, rule);
        if (claims != POLICY_PERMITTED) {
            return claims;
        }
        if ((rule->flags & RULE_CRISIS_NUMBER) != 0) {
            return POLICY_CRISIS;
        }
    }
    if ((rule->domains & q->domains) == 0) {
        return POLICY_LIFE_DOMAIN;
    }
    return q->subject == NULL ? POLICY_PERMITTED : judge_person(q, rule);
}

static uint32_t undenied(const struct question *q, const struct rule *rule, uint32_t wanted)
{
    uint32_t somewhere = 0;
    uint32_t everywhere = wanted;
    for (uint32_t domains = rule->domains & q->domains; domains != 0; domains &= domains - 1) {
        const unsigned domain = (unsigned)__builtin_ctz(domains);
        const bool hidden = q->set_time && (q->hidden >> domain & 1U) != 0;
        const uint32_t left = hidden ? 0 : wanted & ~q->denied[domain];
        somewhere |= left;
        everywhere &= left;
    }
    return (rule->flags & RULE_SIGNAL) != 0 ? everywhere : somewhere;
}

struct verdict judge_rule(const struct question *q, const struct rule *rule)
{
    uint32_t categories = rule->categories;
    if (q->no_bsn && (rule->flags & RULE_CRISIS_NUMBER) == 0) {
        return (struct verdict){POLICY_NO_BSN_GROUND, 0};
    }
    const enum policy_reason conditions = judge_conditions(q, rule);
    if (conditions != POLICY_PERMITTED) {
        return (struct verdict){conditions, 0};
    }
    if (q->set_time) {
        categories &= CATEGORY_BIT(CATEGORY_EXISTENCE);
    } else if (q->known != POLICY_PERMITTED) { /* whatever it names: that there is an answer tells of existence */
        return (struct verdict){q->known > POLICY_NO_RULE ? q->known : POLICY_EXISTENCE, 0};
    }
    if (q->record != NULL && q->record->shielded && q->gives->party.central_phone == NULL) {
        categories &= ~CATEGORY_BIT(CATEGORY_CONTACT);
        if (categories == 0) {
            return (struct verdict){POLICY_SHIELDED, 0};
        }
    }
    if (q->subject != NULL && rule->consent != RULE_CONSENT_NONE) {
        categories &= rule->consent < CONSENT_KIND_COUNT ? q->subject->consent.categories[rule->consent] : 0;
        if (categories == 0) {
            return (struct verdict){POLICY_CONSENT, 0};
        }
    }
    categories = undenied(q, rule, categories);
    return (struct verdict){categories != 0 ? POLICY_PERMITTED : POLICY_PROHIBITED, categories};
}

enum policy_reason judge_meeting(const struct question *q, const struct rule *rule)
{
    const unsigned claims = RULE_NEEDS_REPORT | RULE_NEEDS_OPEN_REPORT | RULE_NEEDS_ORDER | RULE_CRISIS_NUMBER;
    const uint32_t contact = CATEGORY_BIT(CATEGORY_CONTACT);
    if ((rule->flags & RULE_FEEDS_SET) != 0 || ((rule->flags & RULE_SIGNAL) != 0) != q->record->signal) {
        return POLICY_SIGNAL;
    }
    if ((rule->categories & contact) == 0 || (rule->flags & claims) != 0) {
        return POLICY_NO_RULE;
    }
    const enum policy_reason conditions = judge_conditions(q, rule);
    if (conditions != POLICY_PERMITTED || rule->consent == RULE_CONSENT_NONE) {
        return conditions;
    }
    const bool opened =
        rule->consent < CONSENT_KIND_COUNT && (q->subject->consent.categories[rule->consent] & contact) != 0;
    return opened ? POLICY_PERMITTED : POLICY_CONSENT;
}

struct verdict judge_denial(const struct question *q, const struct rule *rule)
{
    const uint32_t existence = rule->categories & CATEGORY_BIT(CATEGORY_EXISTENCE);
    if ((rule->domains & q->domains) == 0) {
        return (struct verdict){POLICY_LIFE_DOMAIN, 0};
    }
    if ((rule->roles & q->role) == 0) {
        return existence != 0 ? (struct verdict){POLICY_EXISTENCE, existence} : (struct verdict){POLICY_ROLE, 0};
    }
    return (struct verdict){POLICY_PROHIBITED, rule->categories};
}
