/* Whether what one party has of a person meets another's signal, and who may then have its contact data. */
#include "policy/judge.h"

/* Roles of the receiver to which a prohibition denies contact; of a signal, about whichever life domain. */
static uint64_t without_contact(const struct question *q)
{
    uint64_t roles = 0;
    for (size_t i = 0; i < q->denying; i++) {
        const struct rule *rule = question_rule(q, i);
        if ((rule->categories & CATEGORY_BIT(CATEGORY_CONTACT)) != 0 && (rule->domains & q->domains) != 0) {
            roles |= rule->roles;
        }
    }
    return roles;
}

static void conclude(struct policy_meeting *out, enum policy_reason why)
{
    *out = (struct policy_meeting){.permit = why == POLICY_PERMITTED, .why = why, .reason = policy_reason_text(why)};
}

void policy_may_meet(const struct covenant *covenant, const struct party *giver, const struct party *receiver,
                     const struct policy_subject *subject, const struct policy_record *record, const struct date *today,
                     struct policy_meeting *out)
{
    const struct policy_request request = {
        .requester = receiver, .provider = giver, .purpose = slice_text(PURPOSE_SIGNAL), .today = *today};
    struct question q = {
        .covenant = covenant, .request = &request, .subject = subject, .record = record, .set_time = true};
    struct policy_decision known;
    policy_may_know(covenant, &request, subject, record, &known);
    conclude(out, known.permit && record->shielded ? POLICY_SHIELDED : known.why);
    if (!out->permit || judge_resolve(&q) != POLICY_PERMITTED) {
        return;
    }
    for (size_t i = q.denying; i < q.entry_count; i++) {
        const struct rule *rule = question_rule(&q, i);
        if (judge_counts(&q, rule)) {
            const bool first = out->basis == NULL && judge_rule(&q, rule).reached == POLICY_PERMITTED;
            out->basis = first ? covenant->bases[rule->basis_give].code : out->basis;
        } else if (judge_meeting(&q, rule) == POLICY_PERMITTED) {
            out->roles |= rule->roles;
        }
    }
    out->roles &= ~without_contact(&q);
}
