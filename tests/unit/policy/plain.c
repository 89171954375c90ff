#include "unit/policy/plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const categories[] = {"bestaan", "contact", "dienst", "fase", "status", "bedreigende-situatie",
                                         "plan"};
static const char *const domains[] = {"financien",
                                      "werk-en-dagbesteding",
                                      "huisvesting",
                                      "huiselijke-relaties",
                                      "geestelijke-gezondheid",
                                      "lichamelijke-gezondheid",
                                      "verslaving",
                                      "dagelijks-leven",
                                      "sociaal-netwerk",
                                      "maatschappelijke-participatie",
                                      "justitie",
                                      "onderwijs-en-opvoeding",
                                      "veiligheid"};
static const char *const obligations[] = {"niet-voor-handhaving", "niet-verder-verstrekken", "alleen-inzien"};
static const char *const kinds[] = {"opheffen-geheimhouding", "avg-grond", "instemming"};

enum { CATEGORIES = 7, DOMAINS = 13, OBLIGATIONS = 3, KINDS = 3, DAY_TEXT = 24 };

/* ---- looking things up ---- */

static const char *text(const struct json *object, const char *name)
{
    return json_cstr(json_member(object, name));
}

static bool flag(const struct json *object, const char *name)
{
    return json_bool(json_member(object, name));
}

static bool lists(const struct json *list, const char *word)
{
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        if (strcmp(json_cstr(item), word) == 0) {
            return true;
        }
    }
    return false;
}

static const struct json *entry(const struct json *covenant, const char *list, const char *key, const char *wanted)
{
    const struct json *item = json_first(json_member(covenant, list));
    while (item != NULL && strcmp(text(item, key), wanted) != 0) {
        item = json_next(item);
    }
    return item;
}

static const struct json *party(const struct json *covenant, const char *oin)
{
    return entry(covenant, "partijen", "oin", oin);
}

/* From and until are both included, and "" is no bound. */
static bool between(const char *from, const char *day, const char *until)
{
    return (from[0] == '\0' || strcmp(from, day) <= 0) && (until[0] == '\0' || strcmp(day, until) <= 0);
}

static bool ground_holds(const struct json *covenant, const char *code, const char *today)
{
    const struct json *ground = entry(covenant, "grondslagen", "code", code);
    return ground != NULL && between(text(ground, "vanaf"), today, text(ground, "tot"));
}

/* "Has turned so old": the birth date moved up so many years is not after today. */
static bool turned(const char *birth, const char *today, int years)
{
    char then[DAY_TEXT];
    (void)snprintf(then, sizeof then, "%04d%s", atoi(birth) + years, birth + 4);
    return strcmp(then, today) <= 0;
}

/* ---- the rules ---- */

struct reading {
    const struct json *covenant;
    const struct plain_facts *facts;
    const struct json *asks;
    const struct json *gives;
    bool urgent;
};

/* For purpose P, party kind K may receive of provider kind Q. */
static bool joins(const struct reading *r, const struct json *rule)
{
    return strcmp(text(rule, "doel"), r->facts->purpose) == 0 &&
           lists(json_member(json_member(rule, "vrager"), "soorten"), text(r->asks, "soort")) &&
           lists(json_member(json_member(rule, "gever"), "soorten"), text(r->gives, "soort"));
}

/* A rule that denies may leave a list out and then means all of it. */
static bool names(const struct json *rule, const char *list, const char *word)
{
    const struct json *given = json_member(rule, list);
    return given == NULL ? flag(rule, "verbod") : lists(given, word);
}

static bool denied(const struct reading *r, const char *domain, const char *category, bool whoever)
{
    for (const struct json *rule = json_first(json_member(r->covenant, "regels")); rule != NULL;
         rule = json_next(rule)) {
        const struct json *roles = json_member(json_member(rule, "vrager"), "rollen");
        if (flag(rule, "verbod") && joins(r, rule) && names(rule, "leefgebieden", domain) &&
            names(rule, "categorieen", category) && (whoever || roles == NULL || lists(roles, r->facts->role))) {
            return true;
        }
    }
    return false;
}

static bool same_region(const struct reading *r)
{
    if (flag(r->asks, "landelijk") || flag(r->gives, "landelijk")) {
        return true;
    }
    const struct json *theirs = json_member(r->gives, "werkgebied");
    for (const struct json *place = json_first(json_member(r->asks, "werkgebied")); place != NULL;
         place = json_next(place)) {
        if (lists(theirs, json_cstr(place))) {
            return true;
        }
    }
    return false;
}

static bool lives_in_area(const struct reading *r)
{
    const char *place = r->facts->municipality;
    return place[0] != '\0' && (flag(r->asks, "landelijk") || lists(json_member(r->asks, "werkgebied"), place));
}

static bool age_is_right(const struct plain_facts *facts, const struct json *conditions)
{
    const struct json *age = json_member(conditions, "leeftijd");
    const char *regime = text(conditions, "regime");
    if (age == NULL && regime[0] == '\0') {
        return true;
    }
    const struct json *from = json_member(age, "van");
    const struct json *until = json_member(age, "tot");
    if (from == NULL && until == NULL && regime[0] == '\0') {
        return true;
    }
    if (facts->birth[0] == '\0' || strcmp(facts->birth, facts->today) > 0) {
        return from != NULL && until == NULL && json_int(from) == 0 && regime[0] == '\0'; /* from 0: everybody */
    }
    if (from != NULL && !turned(facts->birth, facts->today, (int)json_int(from))) {
        return false;
    }
    if (until != NULL && turned(facts->birth, facts->today, (int)json_int(until) + 1)) {
        return false;
    }
    const bool adult = turned(facts->birth, facts->today, 18);
    const bool extended = !turned(facts->birth, facts->today, 23) && facts->extended_youth_care[0] != '\0' &&
                          strcmp(facts->today, facts->extended_youth_care) <= 0;
    return regime[0] == '\0' || (strcmp(regime, "volwassen") == 0 ? adult : !adult || extended);
}

/* Rules about signals and rules about help say nothing of each other. */
static bool about_signals(const struct json *rule)
{
    return flag(json_member(rule, "voorwaarden"), "signaal");
}

/* What the provider can test by itself; consent aside. `domain` NULL: of a signal, which has none. */
static bool set_time_holds(const struct reading *r, const struct json *rule, const char *domain)
{
    const struct plain_facts *facts = r->facts;
    const struct json *conditions = json_member(rule, "voorwaarden");
    const char *lift = text(rule, "opheffingGeheimhouding");
    if (!ground_holds(r->covenant, text(rule, "grondslagVragen"), facts->today) ||
        !ground_holds(r->covenant, text(rule, "grondslagGeven"), facts->today) ||
        (lift[0] != '\0' && !ground_holds(r->covenant, lift, facts->today))) {
        return false;
    }
    if ((flag(conditions, "eigenRegio") && !same_region(r)) ||
        (domain != NULL && !lists(json_member(rule, "leefgebieden"), domain))) {
        return false;
    }
    return !facts->at_provider || ((!flag(conditions, "werkgebied") || lives_in_area(r)) &&
                                   (!facts->shielded || flag(conditions, "afgeschermd")) &&
                                   age_is_right(facts, conditions) && (!facts->restricted || r->urgent));
}

/* What the requester claims. */
static bool request_time_holds(const struct reading *r, const struct json *rule)
{
    const struct plain_facts *facts = r->facts;
    const struct json *conditions = json_member(rule, "voorwaarden");
    return lists(json_member(json_member(rule, "vrager"), "rollen"), facts->role) &&
           strcmp(text(rule, "grondslagVragen"), facts->basis) == 0 && (facts->has_case || facts->has_report) &&
           (!flag(conditions, "melding") || facts->has_report) &&
           (!flag(conditions, "meldingOpen") || (facts->has_report && facts->report_open)) &&
           (!flag(conditions, "maatregel") || facts->order_in_force);
}

static bool consented(const struct reading *r, const struct json *rule, unsigned category)
{
    const char *kind = text(json_member(rule, "voorwaarden"), "toestemming");
    for (unsigned i = 0; i < KINDS; i++) {
        if (strcmp(kind, kinds[i]) == 0) {
            return !r->facts->at_provider || (r->facts->consent->categories[i] >> category & 1U) != 0;
        }
    }
    return kind[0] == '\0';
}

/* May the requester's organisation know that this person exists there, about this life domain? */
static bool may_know(const struct reading *r, const char *domain)
{
    for (const struct json *rule = json_first(json_member(r->covenant, "regels")); rule != NULL;
         rule = json_next(rule)) {
        if (flag(rule, "opzoekset") && !flag(rule, "verbod") && !about_signals(rule) && joins(r, rule) &&
            set_time_holds(r, rule, domain) && consented(r, rule, 0) && !denied(r, domain, "bestaan", true)) {
            return true;
        }
    }
    return false;
}

static bool may_know_any(const struct reading *r)
{
    bool may = false;
    for (unsigned i = 0; i < DOMAINS; i++) {
        may = may || ((!r->facts->at_provider || strcmp(domains[i], r->facts->domain) == 0) && may_know(r, domains[i]));
    }
    return may;
}

static bool releases(const struct reading *r, const struct json *rule, const char *domain, unsigned category)
{
    const bool to_desk = r->facts->at_provider && r->facts->shielded && text(r->gives, "centraalNummer")[0] == '\0';
    return joins(r, rule) && request_time_holds(r, rule) && set_time_holds(r, rule, domain) &&
           lists(json_member(rule, "categorieen"), categories[category]) && consented(r, rule, category) &&
           !(to_desk && strcmp(categories[category], "contact") == 0) &&
           !denied(r, domain, categories[category], false);
}

static size_t strictest(const struct json *rule, size_t so_far)
{
    for (size_t i = so_far; i < OBLIGATIONS; i++) {
        so_far = lists(json_member(rule, "verplichtingen"), obligations[i]) ? i : so_far;
    }
    return so_far;
}

static void read_rules(const struct reading *r, struct plain_answer *out)
{
    size_t obligation = 0;
    for (const struct json *rule = json_first(json_member(r->covenant, "regels")); rule != NULL;
         rule = json_next(rule)) {
        const struct json *conditions = json_member(rule, "voorwaarden");
        uint32_t released = 0;
        if (flag(rule, "verbod") || flag(rule, "opzoekset") || about_signals(rule) || (!r->urgent && !out->may_know)) {
            continue;
        }
        if (flag(conditions, "crisisnummer")) {
            /* Nothing is asked about the person, so nothing of him matters. */
            continue;
        }
        for (unsigned d = 0; d < DOMAINS; d++) {
            for (unsigned c = 0;
                 c < CATEGORIES && (!r->facts->at_provider || strcmp(domains[d], r->facts->domain) == 0); c++) {
                released |= releases(r, rule, domains[d], c) ? 1U << c : 0;
            }
        }
        if (released != 0) {
            out->categories |= released;
            out->rule_count++;
            obligation = strictest(rule, obligation);
            out->parent_disagrees =
                out->parent_disagrees || (r->facts->at_provider && r->facts->consent->parent_disagrees &&
                                          strcmp(text(conditions, "toestemming"), kinds[0]) == 0);
        }
    }
    out->obligation = out->categories != 0 ? obligations[obligation] : "";
    out->contact_central = r->facts->at_provider && r->facts->shielded && (out->categories & 2U) != 0;
}

static bool crisis_number(const struct reading *r)
{
    for (const struct json *rule = json_first(json_member(r->covenant, "regels")); rule != NULL;
         rule = json_next(rule)) {
        const char *lift = text(rule, "opheffingGeheimhouding");
        const struct json *conditions = json_member(rule, "voorwaarden");
        if (flag(conditions, "crisisnummer") && joins(r, rule) && request_time_holds(r, rule) &&
            (!flag(conditions, "eigenRegio") || same_region(r)) &&
            ground_holds(r->covenant, text(rule, "grondslagVragen"), r->facts->today) &&
            ground_holds(r->covenant, text(rule, "grondslagGeven"), r->facts->today) &&
            (lift[0] == '\0' || ground_holds(r->covenant, lift, r->facts->today))) {
            return true;
        }
    }
    return false;
}

static bool may_use_bsn(const struct json *covenant, const struct json *one, const struct plain_facts *facts)
{
    const struct json *purposes = json_member(one, "bsnDoelen");
    return ground_holds(covenant, text(one, "bsnGrondslag"), facts->today) &&
           (purposes == NULL || lists(purposes, facts->purpose));
}

static bool takes_part(const struct json *one, const struct json *purpose)
{
    return json_int(json_member(one, "niveau")) >= json_int(json_member(purpose, "niveau"));
}

void plain_decide(const struct json *covenant, const struct plain_facts *facts, struct plain_answer *out)
{
    const struct json *validity = json_member(covenant, "geldigheid");
    const struct json *purpose = entry(covenant, "doelen", "code", facts->purpose);
    const struct reading r = {covenant, facts, party(covenant, facts->requester), party(covenant, facts->provider),
                              flag(purpose, "spoed")};
    *out = (struct plain_answer){.obligation = ""};
    if (!between(text(validity, "van"), facts->today, text(validity, "tot")) || r.asks == NULL || r.gives == NULL ||
        r.asks == r.gives || purpose == NULL || !takes_part(r.asks, purpose) || !takes_part(r.gives, purpose)) {
        return;
    }
    const bool words_known = entry(covenant, "grondslagen", "code", facts->basis) != NULL &&
                             entry(covenant, "rollen", "code", facts->role) != NULL;
    /* A number to call names nobody, so it needs no BSN. */
    out->crisis_number = !facts->at_provider && words_known && crisis_number(&r);
    if (!may_use_bsn(covenant, r.asks, facts) || !may_use_bsn(covenant, r.gives, facts)) {
        return;
    }
    out->may_know = may_know_any(&r);
    if (words_known) {
        read_rules(&r, out);
    }
}

/* ---- signals ---- */

static bool denied_anywhere(const struct reading *r, const char *category, bool whoever)
{
    for (unsigned d = 0; d < DOMAINS; d++) {
        if (denied(r, domains[d], category, whoever)) {
            return true;
        }
    }
    return false;
}

void plain_meet(const struct json *covenant, const struct plain_facts *facts, bool *known, bool *may_call)
{
    const struct json *validity = json_member(covenant, "geldigheid");
    const struct json *purpose = entry(covenant, "doelen", "code", facts->purpose);
    const struct reading r = {covenant, facts, party(covenant, facts->requester), party(covenant, facts->provider),
                              flag(purpose, "spoed")};
    *known = false;
    *may_call = false;
    if (!between(text(validity, "van"), facts->today, text(validity, "tot")) || r.asks == NULL || r.gives == NULL ||
        r.asks == r.gives || purpose == NULL || !takes_part(r.asks, purpose) || !takes_part(r.gives, purpose) ||
        !may_use_bsn(covenant, r.asks, facts) || !may_use_bsn(covenant, r.gives, facts)) {
        return;
    }
    for (const struct json *rule = json_first(json_member(covenant, "regels")); rule != NULL; rule = json_next(rule)) {
        if (!about_signals(rule) || !joins(&r, rule) || !set_time_holds(&r, rule, NULL)) {
            continue;
        }
        if (flag(rule, "opzoekset")) {
            *known = *known || consented(&r, rule, 0);
        } else {
            *may_call = *may_call || (consented(&r, rule, 1) &&
                                      lists(json_member(json_member(rule, "vrager"), "rollen"), facts->role));
        }
    }
    *known = *known && !denied_anywhere(&r, "bestaan", true);
    *may_call = *known && *may_call && !denied_anywhere(&r, "contact", false);
}

/* ---- consent ---- */

struct weighing {
    const struct policy_person *person;
    const char *requester, *kind_of_requester, *purpose, *today;
    int months;
};

static const char *day_text(const struct date *date, char out[DAY_TEXT])
{
    if (date->year == 0) {
        return "";
    }
    (void)snprintf(out, DAY_TEXT, "%04d-%02d-%02d", date->year, date->month, date->day);
    return out;
}

static bool in_days(const struct date *from, const struct date *until, const char *today)
{
    char a[DAY_TEXT];
    char b[DAY_TEXT];
    return between(day_text(from, a), today, day_text(until, b));
}

static bool slice_lists(const struct slice *list, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++) {
        if (list[i].len == strlen(word) && memcmp(list[i].ptr, word, list[i].len) == 0) {
            return true;
        }
    }
    return false;
}

static bool term_runs(const struct policy_statement *said, const struct weighing *w)
{
    char day[DAY_TEXT];
    struct date end = said->from;
    for (int i = 0; i < w->months; i++) {
        end.month++;
        if (end.month == 13) {
            end.month = 1;
            end.year++;
        }
    }
    return said->from.year != 0 && strcmp(w->today, day_text(&end, day)) < 0;
}

/* Did this giver, in this capacity, say this word about it? */
static bool said(const struct weighing *w, unsigned kind, unsigned category, enum consent_giver as,
                 const struct ident *giver, bool yes)
{
    for (size_t i = 0; i < w->person->statement_count; i++) {
        const struct policy_statement *s = &w->person->statements[i];
        static const struct date no_end = {0, 0, 0};
        const bool is_yes = s->word == CONSENT_GIVEN;
        const bool about = (unsigned)s->kind == kind && s->as == as && is_yes == yes &&
                           (giver == NULL || memcmp(giver->bytes, s->giver.bytes, sizeof giver->bytes) == 0);
        const bool to = slice_lists(s->recipients, s->recipient_count, w->requester) ||
                        slice_lists(s->recipients, s->recipient_count, w->kind_of_requester) ||
                        (!is_yes && s->recipient_count == 0);
        const bool for_it =
            slice_lists(s->purposes, s->purpose_count, w->purpose) || (!is_yes && s->purpose_count == 0);
        const bool of_it = (s->categories >> category & 1U) != 0 || (!is_yes && s->categories == 0);
        if (about && to && for_it && of_it && in_days(&s->from, is_yes ? &s->until : &no_end, w->today) &&
            (!is_yes || term_runs(s, w))) {
            return true;
        }
    }
    return false;
}

static bool agrees(const struct weighing *w, unsigned kind, unsigned category, enum consent_giver as,
                   const struct ident *giver)
{
    return said(w, kind, category, as, giver, true) && !said(w, kind, category, as, giver, false);
}

struct group {
    bool any, all_agree, one_disagrees;
};

static struct group group(const struct weighing *w, unsigned kind, unsigned category, enum consent_giver as)
{
    struct group out = {false, true, false};
    for (size_t i = 0; i < w->person->authority_count; i++) {
        const struct policy_authority *a = &w->person->authorities[i];
        if (a->as == as && in_days(&a->from, &a->until, w->today)) {
            out.any = true;
            out.all_agree = out.all_agree && agrees(w, kind, category, as, &a->holder);
            out.one_disagrees = out.one_disagrees || said(w, kind, category, as, &a->holder, false);
        }
    }
    return out;
}

/* The guardian where there is one, else every parent; the curator, else the mentor. */
static struct group first_of(const struct weighing *w, unsigned kind, unsigned category, enum consent_giver first,
                             enum consent_giver second)
{
    const struct group one = group(w, kind, category, first);
    return one.any ? one : group(w, kind, category, second);
}

static bool by_parents(const struct weighing *w, unsigned kind, unsigned category)
{
    const struct group parents = first_of(w, kind, category, GIVER_GUARDIAN, GIVER_PARENT);
    return parents.any && parents.all_agree;
}

/* Is it open, for a person of this age and capability? */
static bool open_for(const struct weighing *w, bool youth_alone, unsigned kind, unsigned category, int age,
                     bool capable, bool presumed)
{
    const bool self = agrees(w, kind, category, GIVER_SUBJECT, NULL);
    if (age < 12) {
        return by_parents(w, kind, category);
    }
    if (age < 16 && kind == CONSENT_SECRECY) {
        return capable ? self && (youth_alone || by_parents(w, kind, category)) : by_parents(w, kind, category);
    }
    if (age < 16) {
        return (kind == CONSENT_GROUND || self) && by_parents(w, kind, category);
    }
    if (capable) {
        return self;
    }
    if (age < 18) {
        return by_parents(w, kind, category);
    }
    const struct group curator = first_of(w, kind, category, GIVER_CURATOR, GIVER_MENTOR);
    return curator.any ? curator.all_agree : presumed && self;
}

/* Every age and capability that may be true must open it. */
static bool open_in_all(const struct weighing *w, bool youth_alone, unsigned kind, unsigned category, const char *birth)
{
    static const int ages[] = {11, 12, 16, 18};
    const bool unsure = w->person->capability != CAPABILITY_YES && w->person->capability != CAPABILITY_NO;
    for (unsigned i = 0; i < sizeof ages / sizeof *ages; i++) {
        const bool known = birth[0] != '\0' && strcmp(birth, w->today) <= 0;
        const bool here = !known || ((i == 0 || turned(birth, w->today, ages[i])) &&
                                     (i == 3 || !turned(birth, w->today, ages[i + 1])));
        const bool may_be_capable = w->person->capability != CAPABILITY_NO;
        const bool may_be_not = w->person->capability != CAPABILITY_YES;
        if (here && ((may_be_capable && !open_for(w, youth_alone, kind, category, ages[i], true, false)) ||
                     (may_be_not && !open_for(w, youth_alone, kind, category, ages[i], false, unsure)))) {
            return false;
        }
    }
    return true;
}

void plain_weigh(const struct json *covenant, const struct policy_person *person, const char *requester,
                 const char *purpose, const char *today, struct policy_consent *out)
{
    char day[DAY_TEXT];
    const struct json *terms = json_member(covenant, "toestemming");
    const struct json *to = party(covenant, requester);
    const bool youth_alone = strcmp(text(terms, "bekwaamVanaf12"), "jeugdige") == 0;
    const struct weighing w = {person,  requester, text(to, "soort"),
                               purpose, today,     (int)json_int(json_member(terms, "maandenHoogstens"))};
    const char *birth = day_text(&person->birth, day);
    *out = (struct policy_consent){0};
    if (to == NULL || entry(covenant, "doelen", "code", purpose) == NULL) {
        return;
    }
    for (unsigned kind = 0; kind < KINDS; kind++) {
        for (unsigned category = 0; category < CATEGORIES; category++) {
            out->categories[kind] |= open_in_all(&w, youth_alone, kind, category, birth) ? 1U << category : 0;
        }
    }
    const bool youth = birth[0] != '\0' && turned(birth, today, 12) && !turned(birth, today, 16) &&
                       person->capability == CAPABILITY_YES && youth_alone;
    for (unsigned category = 0; category < CATEGORIES && youth; category++) {
        const struct group parents = first_of(&w, CONSENT_SECRECY, category, GIVER_GUARDIAN, GIVER_PARENT);
        out->parent_disagrees = out->parent_disagrees ||
                                ((out->categories[CONSENT_SECRECY] >> category & 1U) != 0 && parents.one_disagrees);
    }
}
