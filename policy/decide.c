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

void policy_may_answer(const struct covenant *covenant, const struct policy_request *request,
                       const struct policy_subject *subject, const struct policy_record *record,
                       struct policy_decision *out)
{
    struct question q = {.covenant = covenant, .request = request, .subject = subject, .record = record};
    decide(&q, out);
}
