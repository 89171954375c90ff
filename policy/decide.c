#include "policy/decide.h"

#include "policy/covenant_parts.h"

static const char *const reason_codes[POLICY_REASON_COUNT] = {
#define X(reason, code, text) [reason] = (code),
    POLICY_REASON_TABLE(X)
#undef X
};

static const char *const reason_texts[POLICY_REASON_COUNT] = {
#define X(reason, code, text) [reason] = (text),
    POLICY_REASON_TABLE(X)
#undef X
};

const char *policy_reason_code(enum policy_reason reason)
{
    return (unsigned)reason < POLICY_REASON_COUNT ? reason_codes[reason] : "";
}

const char *policy_reason_text(enum policy_reason reason)
{
    return (unsigned)reason < POLICY_REASON_COUNT ? reason_texts[reason] : "";
}

/* One question with its references resolved. Subject and record are NULL at the asker, who knows neither. */
struct question {
    const struct covenant *covenant;
    const struct policy_request *request;
    const struct policy_subject *subject;
    const struct policy_record *record;
    const struct party_entry *asks;
    const struct party_entry *gives;
    uint64_t role; /* one bit */
    uint16_t basis;
    uint16_t domains; /* those that are asked about: all, or the record's */
    const uint16_t *entries;
    size_t entry_count;
};

static void conclude(struct policy_decision *out, enum policy_reason why)
{
    out->permit = why == POLICY_PERMITTED;
    out->why = why;
    out->reason = policy_reason_text(why);
}

static enum policy_reason resolve_parties(const struct question *q, const struct party_entry **requester,
                                          const struct party_entry **provider)
{
    const struct covenant *covenant = q->covenant;
    const struct date *today = &q->request->today;
    if (!covenant_in_force(covenant, today)) {
        return POLICY_NOT_IN_FORCE;
    }
    *requester = covenant_entry(covenant, q->request->requester);
    *provider = covenant_entry(covenant, q->request->provider);
    if (*requester == NULL || *provider == NULL) {
        return POLICY_NO_PARTY;
    }
    if (*requester == *provider) {
        return POLICY_SAME_PARTY;
    }
    /* The first form names the person by BSN: who may not process it neither asks nor is asked. */
    if (!covenant_basis_in_force(covenant, (*requester)->bsn_basis, today) ||
        !covenant_basis_in_force(covenant, (*provider)->bsn_basis, today)) {
        return POLICY_NO_BSN_GROUND;
    }
    return POLICY_PERMITTED;
}

/* Turns codes into numbers and finds the rules that could apply; POLICY_PERMITTED: go on with those rules. */
static enum policy_reason resolve(struct question *q)
{
    const struct covenant *covenant = q->covenant;
    const struct party_entry *requester = NULL;
    const struct party_entry *provider = NULL;
    const enum policy_reason parties = resolve_parties(q, &requester, &provider);
    if (parties != POLICY_PERMITTED) {
        return parties;
    }
    const int purpose = codes_find(&covenant->purpose_codes, q->request->purpose);
    const int basis = codes_find(&covenant->basis_codes, q->request->basis);
    const int role = codes_find(&covenant->role_codes, q->request->role);
    if (purpose < 0) {
        return POLICY_UNKNOWN_PURPOSE;
    }
    if (basis < 0) {
        return POLICY_UNKNOWN_BASIS;
    }
    if (role < 0) {
        return POLICY_UNKNOWN_ROLE;
    }
    const size_t bucket = covenant_bucket(covenant, (size_t)purpose, requester->kind, provider->kind);
    q->asks = requester;
    q->gives = provider;
    q->role = (uint64_t)1 << (unsigned)role;
    q->basis = (uint16_t)basis;
    q->entries = covenant->entries + covenant->starts[bucket];
    q->entry_count = covenant->starts[bucket + 1] - covenant->starts[bucket];
    return POLICY_PERMITTED;
}

static bool grounds_in_force(const struct question *q, const struct rule *rule)
{
    const struct date *today = &q->request->today;
    return covenant_basis_in_force(q->covenant, rule->basis_ask, today) &&
           covenant_basis_in_force(q->covenant, rule->basis_give, today) &&
           (rule->basis_lift == BASIS_NONE || covenant_basis_in_force(q->covenant, rule->basis_lift, today));
}

/* How far a rule that permits comes; POLICY_PERMITTED: all its conditions hold. */
static enum policy_reason try_rule(const struct question *q, const struct rule *rule)
{
    const struct policy_request *request = q->request;
    if ((rule->flags & RULE_NEEDS_SHARED_AREA) != 0 && !covenant_share_area(q->covenant, q->asks, q->gives)) {
        return POLICY_OTHER_REGION;
    }
    if ((rule->roles & q->role) == 0) {
        return POLICY_ROLE;
    }
    if (rule->basis_ask != q->basis) {
        return POLICY_BASIS;
    }
    if (!grounds_in_force(q, rule)) {
        return POLICY_BASIS_NOT_YET;
    }
    if (!request->has_case && !request->has_report) {
        return POLICY_NO_CASE;
    }
    if ((rule->flags & RULE_NEEDS_REPORT) != 0 && !request->has_report) {
        return POLICY_NO_REPORT;
    }
    if ((rule->domains & q->domains) == 0) {
        return POLICY_LIFE_DOMAIN;
    }
    if (q->record != NULL && q->record->shielded && (rule->flags & RULE_NAMES_SHIELDED) == 0) {
        return POLICY_SHIELDED;
    }
    if (q->subject != NULL && (rule->flags & RULE_NEEDS_AREA) != 0 &&
        !covenant_party_area(q->covenant, request->requester, q->subject->municipality)) {
        return POLICY_AREA;
    }
    return POLICY_PERMITTED;
}

struct denied {
    uint32_t categories[LIFE_DOMAIN_COUNT];
};

/* The rules that deny stand in front; gives the number of them. */
static size_t collect_denied(const struct question *q, struct denied *denied)
{
    size_t i = 0;
    for (; i < q->entry_count; i++) {
        const struct rule *rule = &q->covenant->rules[q->entries[i]];
        if ((rule->flags & RULE_DENIES) == 0) {
            break;
        }
        for (unsigned d = 0; (rule->roles & q->role) != 0 && d < LIFE_DOMAIN_COUNT; d++) {
            denied->categories[d] |= (rule->domains >> d & 1U) != 0 ? rule->categories : 0;
        }
    }
    return i;
}

static uint32_t left_over(const struct question *q, const struct rule *rule, const struct denied *denied)
{
    uint32_t categories = 0;
    for (uint32_t domains = rule->domains & q->domains; domains != 0; domains &= domains - 1) {
        categories |= rule->categories & ~denied->categories[__builtin_ctz(domains)];
    }
    return categories;
}

static void decide(struct question *q, struct policy_decision *out)
{
    struct denied denied = {{0}};
    enum policy_reason furthest = resolve(q);
    uint8_t obligation = OBLIGATION_NO_ENFORCEMENT;
    *out = (struct policy_decision){0};
    if (furthest != POLICY_PERMITTED) {
        conclude(out, furthest);
        return;
    }
    furthest = POLICY_NO_RULE;
    for (size_t i = collect_denied(q, &denied); i < q->entry_count; i++) {
        const struct rule *rule = &q->covenant->rules[q->entries[i]];
        enum policy_reason reached = try_rule(q, rule);
        const uint32_t categories = reached == POLICY_PERMITTED ? left_over(q, rule, &denied) : 0;
        if (reached == POLICY_PERMITTED && categories == 0) {
            reached = POLICY_PROHIBITED;
        }
        furthest = reached > furthest ? reached : furthest;
        if (reached != POLICY_PERMITTED) {
            continue;
        }
        out->categories |= categories;
        obligation = rule->obligation > obligation ? rule->obligation : obligation;
        if (out->rule_count < DECISION_RULES_MAX) {
            out->rules[out->rule_count] = rule->id;
        }
        out->rule_count++;
    }
    out->obligation = furthest == POLICY_PERMITTED ? obligation_word((enum obligation)obligation) : NULL;
    conclude(out, furthest);
}

void policy_may_ask(const struct covenant *covenant, const struct policy_request *request, struct policy_decision *out)
{
    struct question q = {.covenant = covenant, .request = request};
    q.domains = (uint16_t)((1U << LIFE_DOMAIN_COUNT) - 1);
    decide(&q, out);
}

void policy_may_answer(const struct covenant *covenant, const struct policy_request *request,
                       const struct policy_subject *subject, const struct policy_record *record,
                       struct policy_decision *out)
{
    enum life_domain domain;
    struct question q = {.covenant = covenant, .request = request, .subject = subject, .record = record};
    q.domains = life_domain_parse(record->life_domain, &domain) ? LIFE_DOMAIN_BIT(domain) : (uint16_t)0;
    decide(&q, out);
}
