#include "policy/explain.h"

#include <stdio.h>

#include "policy/judge.h"

static enum policy_moment moment_of(const struct rule *rule)
{
    if ((rule->flags & RULE_DENIES) != 0) {
        return POLICY_MOMENT_ALWAYS;
    }
    if ((rule->flags & RULE_FEEDS_SET) != 0) {
        return POLICY_MOMENT_SET;
    }
    if ((rule->flags & RULE_SIGNAL) != 0) {
        return POLICY_MOMENT_SIGNAL;
    }
    return (rule->flags & RULE_CRISIS_NUMBER) != 0 ? POLICY_MOMENT_CRISIS : POLICY_MOMENT_REQUEST;
}

static void decide(const struct covenant *covenant, const struct policy_request *request,
                   const struct policy_subject *subject, const struct policy_record *record,
                   struct policy_decision *out)
{
    struct policy_meeting meeting;
    if (subject == NULL) {
        policy_may_ask(covenant, request, out);
    } else if (!record->signal) {
        policy_may_answer(covenant, request, subject, record, out);
    } else {
        policy_may_know(covenant, request, subject, record, out);
        policy_may_meet(covenant, request->provider, request->requester, subject, record, &request->today, &meeting);
        out->categories |= out->permit && meeting.roles != 0 ? CATEGORY_BIT(CATEGORY_CONTACT) : 0;
    }
}

/* One that permits. Of a signal only rules about signals say anything, and they of nothing else. */
static struct verdict judge(const struct question *q, const struct question *set, const struct rule *rule,
                            enum policy_moment moment)
{
    const bool signal = q->record != NULL && q->record->signal;
    if (((rule->flags & RULE_SIGNAL) != 0) != signal) {
        return (struct verdict){POLICY_SIGNAL, 0};
    }
    if (moment == POLICY_MOMENT_SIGNAL) {
        const enum policy_reason reached = judge_meeting(set, rule);
        return (struct verdict){reached, reached == POLICY_PERMITTED ? rule->categories : 0};
    }
    return judge_rule(moment == POLICY_MOMENT_SET ? set : q, rule);
}

size_t policy_explain(const struct covenant *covenant, const struct policy_request *request,
                      const struct policy_subject *subject, const struct policy_record *record,
                      struct policy_explained *rows, size_t max, struct policy_decision *out)
{
    struct question q = {.covenant = covenant, .request = request, .subject = subject, .record = record};
    decide(covenant, request, subject, record, out);
    if (judge_resolve(&q) != POLICY_PERMITTED) {
        return 0;
    }
    const uint32_t every = CATEGORY_BIT(CATEGORY_COUNT) - 1; /* one that denies all has all bits */
    struct question set = q;
    set.set_time = true;
    for (size_t i = 0; i < q.entry_count && i < max; i++) {
        const struct rule *rule = question_rule(&q, i);
        const enum policy_moment moment = moment_of(rule);
        const struct verdict verdict =
            moment == POLICY_MOMENT_ALWAYS ? judge_denial(&q, rule) : judge(&q, &set, rule, moment);
        rows[i] = (struct policy_explained){.rule = rule->id,
                                            .moment = moment,
                                            .reached = verdict.reached,
                                            .would = rule->categories & every,
                                            .categories = verdict.categories & every};
    }
    return q.entry_count;
}

/* "bestaan, contact"; gives what is used of the room. */
static size_t write_words(char *out, size_t size, uint32_t categories)
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < CATEGORY_COUNT && used < size; i++) {
        if ((categories >> i & 1U) != 0) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", used == 0 ? "" : ", ",
                                     category_word((enum category)i));
        }
    }
    return used;
}

struct policy_sentence policy_explain_sentence(const struct policy_explained *row)
{
    static const char *const moments[] = {"verbod", "opzoekset", "bij de vraag", "crisisnummer", "bij een match"};
    struct policy_sentence out;
    char words[EXPLAIN_SENTENCE_SIZE / 2];
    const char *moment = (unsigned)row->moment <= POLICY_MOMENT_SIGNAL ? moments[row->moment] : "";
    const bool denies = row->moment == POLICY_MOMENT_ALWAYS;
    const uint32_t shown = row->categories != 0 ? row->categories : row->would;
    const bool named = write_words(words, sizeof words, shown) != 0;
    if (row->categories != 0) {
        const char *where = denies && row->reached == POLICY_EXISTENCE ? " in de opzoekset" : "";
        (void)snprintf(out.text, sizeof out.text, "regel %s (%s): %s %s%s.", row->rule, moment,
                       denies ? "verbiedt" : "geeft", words, where);
    } else if (denies) {
        (void)snprintf(out.text, sizeof out.text, "regel %s (%s): raakt deze vraag niet. %s", row->rule, moment,
                       policy_reason_text(row->reached));
    } else if (row->reached == POLICY_CRISIS || !named) {
        (void)snprintf(out.text, sizeof out.text, "regel %s (%s): %s", row->rule, moment,
                       policy_reason_text(row->reached));
    } else {
        (void)snprintf(out.text, sizeof out.text, "regel %s (%s): geeft niets, en zou %s geven. %s", row->rule, moment,
                       words, policy_reason_text(row->reached));
    }
    return out;
}
