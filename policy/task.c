#include "policy/task.h"

#include "base/attr.h"
#include "policy/judge.h"

static const char *const content_words[TASK_CONTENT_COUNT] = {
#define X(code, word) [code] = (word),
    TASK_CONTENT_TABLE(X)
#undef X
};

static const char *const naming_words[TASK_NAMING_COUNT] = {
    [TASK_NAMING_KNOWN] = "bekend",
    [TASK_NAMING_SEALED] = "verzegeld",
};

const char *task_content_word(enum task_content content)
{
    return (unsigned)content < TASK_CONTENT_COUNT ? content_words[content] : "";
}

const char *task_naming_word(enum task_naming naming)
{
    return (unsigned)naming < TASK_NAMING_COUNT ? naming_words[naming] : "";
}

size_t covenant_task_kind_count(const struct covenant *covenant)
{
    return covenant->task_count;
}

const struct task_kind *covenant_task_kind_at(const struct covenant *covenant, size_t index)
{
    return index < covenant->task_count ? &covenant->tasks[index].kind : NULL;
}

const struct task_kind *covenant_task_kind(const struct covenant *covenant, struct slice code)
{
    const int place = codes_find(&covenant->task_codes, code);
    return place < 0 ? NULL : &covenant->tasks[place].kind;
}

/* What a sentence about questions would say wrongly of a task. */
static const struct {
    enum policy_reason why;
    const char *text;
} sentences[] = {
    {POLICY_SAME_PARTY, "Een organisatie geeft geen opdracht aan zichzelf."},
    {POLICY_LEVEL, "Een van de twee organisaties doet niet mee op het niveau van opdrachten."},
    {POLICY_OTHER_REGION, "Deze organisaties werken in geen enkele gemeente samen."},
    {POLICY_ROLE, "In deze rol mag u deze opdracht niet geven."},
    {POLICY_BASIS, "Deze grondslag past niet bij deze opdracht."},
    {POLICY_BASIS_NOT_YET, "Een grondslag van deze soort opdracht geldt vandaag niet."},
    {POLICY_NO_CASE, "Voor een opdracht is een zaak of een melding nodig."},
    {POLICY_LIFE_DOMAIN, "Deze soort opdracht gaat niet over dit leefgebied."},
    {POLICY_SHIELDED, "Over deze betrokkene kan geen opdracht worden gegeven."},
    {POLICY_AREA, "De betrokkene woont niet, of niet zeker, in het werkgebied van wie de opdracht uitvoert."},
    {POLICY_AGE, "Deze opdracht past niet bij de leeftijd van de betrokkene, of die is niet bekend."},
};

static const char *sentence(enum policy_reason why)
{
    for (size_t i = 0; i < COUNT_OF(sentences); i++) {
        if (sentences[i].why == why) {
            return sentences[i].text;
        }
    }
    return policy_reason_text(why);
}

/* One decision with its references resolved. */
struct deciding {
    const struct covenant *covenant;
    const struct policy_task *task;
    const struct policy_subject *subject;
    const struct task_entry *entry;
    const struct party_entry *asker;
    const struct party_entry *doer;
    uint16_t domain; /* one bit */
    uint32_t content;
};

static enum policy_reason judge_parties(struct deciding *d)
{
    const struct covenant *covenant = d->covenant;
    const struct policy_task *task = d->task;
    if (!covenant_in_force(covenant, &task->today)) {
        return POLICY_NOT_IN_FORCE;
    }
    d->asker = covenant_entry(covenant, task->asker);
    d->doer = covenant_entry(covenant, task->doer);
    if (d->asker == NULL || d->doer == NULL) {
        return POLICY_NO_PARTY;
    }
    return d->asker == d->doer ? POLICY_SAME_PARTY : POLICY_PERMITTED;
}

static enum policy_reason judge_kind(struct deciding *d)
{
    const struct covenant *covenant = d->covenant;
    const int place = codes_find(&covenant->task_codes, d->task->kind);
    if (place < 0) {
        return POLICY_TASK_KIND;
    }
    d->entry = &covenant->tasks[place];
    d->content = d->entry->kind.content;
    const struct rule *rule = &d->entry->rule;
    const struct purpose *purpose = &covenant->purposes[rule->purpose];
    if (!covenant_party_bsn(covenant, d->task->asker, purpose, &d->task->today) ||
        !covenant_party_bsn(covenant, d->task->doer, purpose, &d->task->today)) {
        return POLICY_NO_BSN_GROUND;
    }
    if (d->task->asker->level < purpose->level || d->task->doer->level < purpose->level) {
        return POLICY_LEVEL;
    }
    if ((rule->requester_kinds >> d->asker->kind & 1U) == 0 || (rule->provider_kinds >> d->doer->kind & 1U) == 0) {
        return POLICY_TASK_SIDES;
    }
    if ((rule->flags & RULE_NEEDS_SHARED_AREA) != 0 && !covenant_share_area(covenant, d->asker, d->doer)) {
        return POLICY_OTHER_REGION;
    }
    return POLICY_PERMITTED;
}

/* What the asker says of himself. */
static enum policy_reason judge_claims(const struct deciding *d)
{
    const struct covenant *covenant = d->covenant;
    const struct rule *rule = &d->entry->rule;
    const int basis = codes_find(&covenant->basis_codes, d->task->basis);
    const int role = codes_find(&covenant->role_codes, d->task->role);
    if (basis < 0) {
        return POLICY_UNKNOWN_BASIS;
    }
    if (role < 0) {
        return POLICY_UNKNOWN_ROLE;
    }
    if ((rule->roles >> (unsigned)role & 1U) == 0) {
        return POLICY_ROLE;
    }
    if (rule->basis_ask != basis) {
        return POLICY_BASIS;
    }
    if (!judge_grounds(covenant, rule, &d->task->today)) {
        return POLICY_BASIS_NOT_YET;
    }
    return d->task->has_case ? POLICY_PERMITTED : POLICY_NO_CASE;
}

static enum policy_reason judge_content(struct deciding *d)
{
    enum life_domain domain;
    const uint32_t threat = TASK_CONTENT_BIT(TASK_CONTENT_THREAT);
    const uint32_t carried = d->task->content | (d->task->urgent ? threat : 0);
    if (!life_domain_parse(d->task->life_domain, &domain) || (d->entry->rule.domains >> (unsigned)domain & 1U) == 0) {
        return POLICY_LIFE_DOMAIN;
    }
    d->domain = LIFE_DOMAIN_BIT(domain);
    return (carried & ~d->content) != 0 ? POLICY_TASK_CONTENT : POLICY_PERMITTED;
}

static bool is_prohibited(const struct deciding *d, size_t receives, size_t gives)
{
    const struct covenant *covenant = d->covenant;
    const size_t bucket = covenant_bucket(covenant, d->entry->rule.purpose, receives, gives);
    for (uint32_t e = covenant->starts[bucket]; e < covenant->starts[bucket + 1]; e++) {
        const struct rule *rule = &covenant->rules[covenant->entries[e]];
        if ((rule->flags & RULE_DENIES) != 0 && (rule->categories & CATEGORY_BIT(CATEGORY_EXISTENCE)) != 0 &&
            (rule->domains & d->domain) != 0) {
            return true;
        }
    }
    return false;
}

static bool lives_there(const struct deciding *d)
{
    const char *municipality = d->subject->municipality;
    const bool known = municipality != NULL && municipality[0] != '\0';
    return (!known && d->task->received) || covenant_party_area(d->covenant, d->task->doer, municipality);
}

static bool age_fits(const struct deciding *d)
{
    const int age = judge_age(d->subject, &d->task->today);
    return (age == AGE_UNKNOWN && d->task->received) ||
           judge_age_fits(&d->entry->rule, age, d->subject, &d->task->today);
}

/* What consent did not open is not carried along; a word that no category stands for goes with existence. */
static enum policy_reason judge_consent(struct deciding *d)
{
    const uint8_t kind = d->entry->rule.consent;
    if (kind == RULE_CONSENT_NONE || d->task->received) {
        return POLICY_PERMITTED;
    }
    const uint32_t opened = kind < CONSENT_KIND_COUNT ? d->subject->consent.categories[kind] : 0;
    if ((opened & CATEGORY_BIT(CATEGORY_EXISTENCE)) == 0) {
        return POLICY_CONSENT;
    }
    d->content &= (opened & CATEGORY_BIT(CATEGORY_CONTACT)) != 0 ? UINT32_MAX : ~TASK_CONTENT_BIT(TASK_CONTENT_PHONE);
    d->content &= (opened & CATEGORY_BIT(CATEGORY_THREAT)) != 0 ? UINT32_MAX : ~TASK_CONTENT_BIT(TASK_CONTENT_THREAT);
    return judge_content(d) == POLICY_PERMITTED ? POLICY_PERMITTED : POLICY_CONSENT;
}

static enum policy_reason judge_person(struct deciding *d)
{
    static const struct policy_subject nothing = {.municipality = ""};
    if (d->task->shielded) {
        return POLICY_SHIELDED;
    }
    if (d->subject == NULL && d->task->received) {
        return POLICY_PERMITTED;
    }
    d->subject = d->subject != NULL ? d->subject : &nothing;
    if ((d->entry->rule.flags & RULE_NEEDS_AREA) != 0 && !lives_there(d)) {
        return POLICY_AREA;
    }
    if (!age_fits(d)) {
        return POLICY_AGE;
    }
    return d->subject->restricted ? POLICY_RESTRICTED : judge_consent(d);
}

static enum policy_reason judge(struct deciding *d)
{
    enum policy_reason why = judge_parties(d);
    why = why == POLICY_PERMITTED ? judge_kind(d) : why;
    why = why == POLICY_PERMITTED ? judge_claims(d) : why;
    why = why == POLICY_PERMITTED ? judge_content(d) : why;
    if (why == POLICY_PERMITTED &&
        (is_prohibited(d, d->doer->kind, d->asker->kind) || is_prohibited(d, d->asker->kind, d->doer->kind))) {
        why = POLICY_PROHIBITED;
    }
    return why == POLICY_PERMITTED ? judge_person(d) : why;
}

void policy_may_task(const struct covenant *covenant, const struct policy_task *task,
                     const struct policy_subject *subject, struct policy_task_decision *out)
{
    struct deciding d = {.covenant = covenant, .task = task, .subject = subject};
    const enum policy_reason why = judge(&d);
    *out = (struct policy_task_decision){.permit = why == POLICY_PERMITTED, .why = why, .reason = sentence(why)};
    if (why != POLICY_PERMITTED) {
        return;
    }
    const struct task_kind *kind = &d.entry->kind;
    out->content = d.content;
    out->naming = kind->naming;
    out->term = task->urgent && kind->urgent_term.days != 0 ? kind->urgent_term : kind->term;
    out->reply_workdays = kind->reply_workdays;
    out->kind = kind->code;
    out->basis = covenant->bases[d.entry->rule.basis_give].code;
}
