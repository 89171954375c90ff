#include "policy/decide.h"

#include "policy/judge.h"

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

static void conclude(struct policy_decision *out, enum policy_reason why)
{
    out->permit = why == POLICY_PERMITTED;
    out->why = why;
    out->reason = policy_reason_text(why);
}

/* What a rule that releases adds to the decision. */
static void add(struct policy_decision *out, const struct question *q, const struct rule *rule, uint32_t categories)
{
    out->categories |= categories;
    if (rule->consent == CONSENT_SECRECY && q->subject != NULL && q->subject->consent.parent_disagrees &&
        !q->set_time) {
        out->note = POLICY_NOTE_PARENT;
    }
    if (out->rule_count < DECISION_RULES_MAX) {
        out->rules[out->rule_count] = rule->id;
    }
    out->rule_count++;
}

static void decide(struct question *q, struct policy_decision *out)
{
    uint8_t obligation = OBLIGATION_NO_ENFORCEMENT;
    *out = (struct policy_decision){0};
    enum policy_reason furthest = judge_resolve(q);
    if (furthest != POLICY_PERMITTED) {
        conclude(out, furthest);
        return;
    }
    furthest = q->no_bsn ? POLICY_NO_BSN_GROUND : POLICY_NO_RULE;
    for (size_t i = q->denying; i < q->entry_count; i++) {
        const struct rule *rule = question_rule(q, i);
        if (!judge_counts(q, rule)) {
            continue;
        }
        const struct verdict verdict = judge_rule(q, rule);
        furthest = verdict.reached > furthest ? verdict.reached : furthest;
        if (verdict.reached == POLICY_PERMITTED) {
            add(out, q, rule, verdict.categories);
            obligation = rule->obligation > obligation ? rule->obligation : obligation;
        }
        out->crisis_number = out->crisis_number || (verdict.reached == POLICY_CRISIS && q->subject == NULL);
    }
    out->obligation = furthest == POLICY_PERMITTED ? obligation_word((enum obligation)obligation) : NULL;
    out->contact_central =
        q->record != NULL && q->record->shielded && (out->categories & CATEGORY_BIT(CATEGORY_CONTACT)) != 0;
    conclude(out, furthest);
}

void policy_may_ask(const struct covenant *covenant, const struct policy_request *request, struct policy_decision *out)
{
    struct question q = {.covenant = covenant, .request = request};
    decide(&q, out);
}

void policy_may_know(const struct covenant *covenant, const struct policy_request *request,
                     const struct policy_subject *subject, const struct policy_record *record,
                     struct policy_decision *out)
{
    struct question q = {
        .covenant = covenant, .request = request, .subject = subject, .record = record, .set_time = true};
    decide(&q, out);
}

uint64_t policy_set_purposes(const struct covenant *covenant, const struct party *requester,
                             const struct party *provider, const struct date *today)
{
    uint64_t purposes = 0;
    for (size_t i = 0; i < covenant_purpose_count(covenant); i++) {
        const struct policy_request request = {.requester = requester,
                                               .provider = provider,
                                               .purpose = slice_text(covenant_purpose_at(covenant, i)->code),
                                               .today = *today};
        struct policy_decision decision;
        struct question q = {.covenant = covenant, .request = &request, .set_time = true}; /* of nobody in particular */
        decide(&q, &decision);
        purposes |= decision.permit ? (uint64_t)1 << i : 0;
    }
    return purposes;
}

static int64_t least(int64_t a, int64_t b)
{
    return a != 0 && (b == 0 || a < b) ? a : b;
}

struct policy_quota policy_quota_of(const struct purpose *purpose, const struct party *requester)
{
    if (purpose->per_day == 0 && purpose->per_period == 0 && purpose->per_year == 0 && purpose->per_case == 0) {
        return (struct policy_quota){COVENANT_QUOTA_DAY, COVENANT_QUOTA_PERIOD, COVENANT_QUOTA_YEAR};
    }
    const int64_t scaled = (int64_t)purpose->per_case * (requester->open_cases != 0 ? requester->open_cases : 1);
    const int64_t per_period = least(scaled, purpose->per_period);
    return (struct policy_quota){.per_day = purpose->per_day, .per_period = per_period, .per_year = purpose->per_year};
}

void policy_may_answer(const struct covenant *covenant, const struct policy_request *request,
                       const struct policy_subject *subject, const struct policy_record *record,
                       struct policy_decision *out)
{
    struct question q = {.covenant = covenant, .request = request, .subject = subject, .record = record};
    decide(&q, out);
}
