/* What changed in a covenant beside its rules: each thing of a list by its code, field by field. */
#include "policy/diff.h"

#include <stdio.h>
#include <string.h>

#include "policy/covenant_parts.h"

enum { VALUE_MAX = 4096, NUMBER_TEXT = 24 };

struct telling {
    void (*take)(void *ctx, const struct diff_fact *fact);
    void *ctx;
    const char *section;
    const char *code;
};

static const char *shown(const char *text)
{
    return text != NULL ? text : "";
}

static void text(const struct telling *to, const char *field, const char *before, const char *after)
{
    if (strcmp(shown(before), shown(after)) != 0) {
        const struct diff_fact fact = {to->section, to->code, field, shown(before), shown(after)};
        to->take(to->ctx, &fact);
    }
}

static void number(const struct telling *to, const char *field, int before, int after)
{
    char was[NUMBER_TEXT];
    char is[NUMBER_TEXT];
    (void)snprintf(was, sizeof was, "%d", before);
    (void)snprintf(is, sizeof is, "%d", after);
    text(to, field, was, is);
}

/* A bound of which 0 means that there is none. */
static void bound(const struct telling *to, const char *field, int before, int after)
{
    char was[NUMBER_TEXT];
    char is[NUMBER_TEXT];
    (void)snprintf(was, sizeof was, "%d", before);
    (void)snprintf(is, sizeof is, "%d", after);
    text(to, field, before == 0 ? "" : was, after == 0 ? "" : is);
}

static void flag(const struct telling *to, const char *field, bool before, bool after)
{
    text(to, field, before ? "ja" : "nee", after ? "ja" : "nee");
}

static void day(const struct telling *to, const char *field, const struct date *before, const struct date *after)
{
    text(to, field, date_text(before).text, date_text(after).text);
}

static void letter(const struct telling *to, const char *field, char before, char after)
{
    const char was[2] = {before, '\0'};
    const char is[2] = {after, '\0'};
    text(to, field, was, is);
}

static void came_or_went(const struct telling *to, bool came, const char *what)
{
    const struct diff_fact fact = {to->section, to->code, "", came ? "" : what, came ? what : ""};
    to->take(to->ctx, &fact);
}

/* ---- what each thing has ---- */

static void purposes(const struct telling *to, const struct purpose *a, const struct purpose *b)
{
    text(to, "omschrijving", a->text, b->text);
    number(to, "bewaartermijnMaanden", a->retention_months, b->retention_months);
    number(to, "bewaarklasse", a->retention_class, b->retention_class);
    flag(to, "spoed", a->urgent, b->urgent);
    number(to, "niveau", a->level, b->level);
    bound(to, "dagenGeldig", a->signal_days, b->signal_days);
    bound(to, "quota/perDag", a->per_day, b->per_day);
    bound(to, "quota/perPeriode", a->per_period, b->per_period);
    bound(to, "quota/perJaar", a->per_year, b->per_year);
    bound(to, "quota/perZaak", a->per_case, b->per_case);
}

static void bases(const struct telling *to, const struct basis *a, const struct basis *b)
{
    text(to, "tekst", a->text, b->text);
    day(to, "vanaf", &a->from, &b->from);
    day(to, "tot", &a->until, &b->until);
    letter(to, "avg6", a->ground, b->ground);
    letter(to, "avg9", a->special, b->special);
    flag(to, "avg10", a->criminal, b->criminal);
    flag(to, "eistToestemming", a->demands_consent, b->demands_consent);
    flag(to, "heftGeheimhoudingOp", a->lifts_secrecy, b->lifts_secrecy);
}

static const char *kind_of(const struct covenant *covenant, const struct party *party)
{
    return matrix_kind(covenant, covenant_entry(covenant, party)->kind);
}

static void write_areas(const struct covenant *covenant, const struct party *party, char *out, size_t size)
{
    const struct party_entry *entry = covenant_entry(covenant, party);
    size_t used = (size_t)snprintf(out, size, "%s", entry->nationwide ? "landelijk" : "");
    for (size_t i = 0; i < entry->area_count && used < size; i++) {
        used += (size_t)snprintf(out + used, size - used, "%s%04u", i == 0 ? "" : " ",
                                 (unsigned)covenant->areas[entry->area_first + i]);
    }
}

static void write_bsn_purposes(const struct covenant *covenant, const struct party *party, char *out, size_t size)
{
    const struct party_entry *entry = covenant_entry(covenant, party);
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < covenant_purpose_count(covenant) && used < size; i++) {
        if ((entry->bsn_purposes >> i & 1U) != 0) {
            used += (size_t)snprintf(out + used, size - used, "%s%s", used == 0 ? "" : " ", covenant->purposes[i].code);
        }
    }
}

static void party_fields(const struct telling *to, const struct covenant *old, const struct party *a,
                         const struct covenant *new, const struct party *b)
{
    char was[VALUE_MAX];
    char is[VALUE_MAX];
    text(to, "naam", a->name, b->name);
    text(to, "soort", kind_of(old, a), kind_of(new, b));
    text(to, "knooppunt", a->url, b->url);
    number(to, "niveau", a->level, b->level);
    text(to, "bsnGrondslag", a->bsn_ground, b->bsn_ground);
    write_areas(old, a, was, sizeof was);
    write_areas(new, b, is, sizeof is);
    text(to, "werkgebied", was, is);
    write_bsn_purposes(old, a, was, sizeof was);
    write_bsn_purposes(new, b, is, sizeof is);
    text(to, "bsnDoelen", was, is);
    text(to, "crisisnummer", a->crisis_phone, b->crisis_phone);
    text(to, "centraalNummer", a->central_phone, b->central_phone);
    bound(to, "clienten", a->clients, b->clients);
    bound(to, "openZaken", a->open_cases, b->open_cases);
    text(to, "fgContact", a->officer_contact, b->officer_contact);
    text(to, "logboek/oorsprong", a->log_origin, b->log_origin);
    text(to, "logboek/sleutel", a->log_key, b->log_key);
    text(to, "logboek/getuige", a->witness_key, b->witness_key);
    flag(to, "getuige", a->witness, b->witness);
}

/* ---- kinds of task ---- */

/* Codes of the places whose bits are set. */
static void write_codes(const struct covenant *covenant, uint64_t bits,
                        const char *code_of(const struct covenant *covenant, size_t place), char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (; bits != 0 && used < size; bits &= bits - 1) {
        used += (size_t)snprintf(out + used, size - used, "%s%s", used == 0 ? "" : " ",
                                 code_of(covenant, (size_t)__builtin_ctzll(bits)));
    }
}

static const char *domain_at(const struct covenant *covenant, size_t place)
{
    (void)covenant;
    return life_domain_word((enum life_domain)place);
}

static const char *content_at(const struct covenant *covenant, size_t place)
{
    (void)covenant;
    return task_content_word((enum task_content)place);
}

static void codes(const struct telling *to, const char *field, const struct covenant *old, uint64_t before,
                  const struct covenant *new, uint64_t after,
                  const char *code_of(const struct covenant *covenant, size_t place))
{
    char was[VALUE_MAX];
    char is[VALUE_MAX];
    write_codes(old, before, code_of, was, sizeof was);
    write_codes(new, after, code_of, is, sizeof is);
    text(to, field, was, is);
}

static const char *basis_code(const struct basis *basis)
{
    return basis != NULL ? basis->code : "";
}

static const char *consent_word(const struct matrix_row *row)
{
    return row->consent == MATRIX_NO_CONSENT ? "" : consent_kind_word((enum consent_kind)row->consent);
}

static void term(const struct telling *to, const char *field, const struct task_term *before,
                 const struct task_term *after)
{
    char was[NUMBER_TEXT + sizeof "werkdagen"] = "";
    char is[NUMBER_TEXT + sizeof "werkdagen"] = "";
    if (before->days != 0) {
        (void)snprintf(was, sizeof was, "%d %s", before->days, before->workdays ? "werkdagen" : "dagen");
    }
    if (after->days != 0) {
        (void)snprintf(is, sizeof is, "%d %s", after->days, after->workdays ? "werkdagen" : "dagen");
    }
    text(to, field, was, is);
}

/* `zaakOfMelding` always holds; the words of the others are those that people read. */
static void conditions(const struct telling *to, const struct matrix_row *before, const struct matrix_row *after)
{
    struct buf was;
    struct buf is;
    buf_init(&was, VALUE_MAX);
    buf_init(&is, VALUE_MAX);
    matrix_conditions(before, "; ", &was);
    matrix_conditions(after, "; ", &is);
    buf_byte(&was, '\0');
    buf_byte(&is, '\0');
    if (buf_ok(&was) && buf_ok(&is)) {
        text(to, "voorwaarden", (const char *)was.ptr, (const char *)is.ptr);
    }
    buf_free(&was);
    buf_free(&is);
}

/* A kind of task with its terms. */
struct task_terms {
    const struct covenant *covenant;
    const struct task_kind *kind;
    struct matrix_row row;
    uint32_t askers, doers;
};

static struct task_terms terms_at(const struct covenant *covenant, size_t index)
{
    const struct date none = {0};
    struct task_terms terms = {.covenant = covenant};
    terms.kind = matrix_task(covenant, index, &none, &terms.row, &terms.askers, &terms.doers);
    return terms;
}

static void task_fields(const struct telling *to, const struct task_terms *a, const struct task_terms *b)
{
    text(to, "omschrijving", a->kind->text, b->kind->text);
    codes(to, "vragers/soorten", a->covenant, a->askers, b->covenant, b->askers, matrix_kind);
    codes(to, "vragers/rollen", a->covenant, a->row.roles, b->covenant, b->row.roles, matrix_role);
    codes(to, "uitvoerders/soorten", a->covenant, a->doers, b->covenant, b->doers, matrix_kind);
    codes(to, "leefgebieden", a->covenant, a->row.domains, b->covenant, b->row.domains, domain_at);
    text(to, "grondslagVragen", basis_code(a->row.ask), basis_code(b->row.ask));
    text(to, "grondslagUitvoeren", basis_code(a->row.give), basis_code(b->row.give));
    text(to, "opheffingGeheimhouding", basis_code(a->row.lift), basis_code(b->row.lift));
    text(to, "toestemming", consent_word(&a->row), consent_word(&b->row));
    conditions(to, &a->row, &b->row);
    text(to, "noemen", task_naming_word(a->kind->naming), task_naming_word(b->kind->naming));
    codes(to, "inhoud", a->covenant, a->kind->content, b->covenant, b->kind->content, content_at);
    term(to, "termijn", &a->kind->term, &b->kind->term);
    term(to, "termijnBedreigend", &a->kind->urgent_term, &b->kind->urgent_term);
    bound(to, "reactieWerkdagen", a->kind->reply_workdays, b->kind->reply_workdays);
}

static void compare_tasks(struct telling *to, const struct covenant *old, const struct covenant *new)
{
    to->section = "opdrachten";
    for (size_t i = 0; i < old->task_count; i++) {
        const struct task_terms a = terms_at(old, i);
        const int place = codes_find(&new->task_codes, slice_text(a.kind->code));
        to->code = a.kind->code;
        if (place < 0) {
            came_or_went(to, false, a.kind->text);
        } else {
            const struct task_terms b = terms_at(new, (size_t)place);
            task_fields(to, &a, &b);
        }
    }
    for (size_t i = 0; i < new->task_count; i++) {
        to->code = new->tasks[i].kind.code;
        if (codes_find(&old->task_codes, slice_text(to->code)) < 0) {
            came_or_went(to, true, new->tasks[i].kind.text);
        }
    }
}

/* ---- lists ---- */

static void compare_purposes(struct telling *to, const struct covenant *old, const struct covenant *new)
{
    to->section = "doelen";
    for (size_t i = 0; i < covenant_purpose_count(old); i++) {
        const struct purpose *a = covenant_purpose_at(old, i);
        const struct purpose *b = covenant_purpose(new, slice_text(a->code));
        to->code = a->code;
        if (b == NULL) {
            came_or_went(to, false, a->text);
        } else {
            purposes(to, a, b);
        }
    }
    for (size_t i = 0; i < covenant_purpose_count(new); i++) {
        to->code = covenant_purpose_at(new, i)->code;
        if (covenant_purpose(old, slice_text(to->code)) == NULL) {
            came_or_went(to, true, covenant_purpose_at(new, i)->text);
        }
    }
}

static void compare_bases(struct telling *to, const struct covenant *old, const struct covenant *new)
{
    to->section = "grondslagen";
    for (size_t i = 0; i < old->basis_count; i++) {
        const struct basis *b = covenant_basis(new, slice_text(old->bases[i].code));
        to->code = old->bases[i].code;
        if (b == NULL) {
            came_or_went(to, false, old->bases[i].text);
        } else {
            bases(to, &old->bases[i], b);
        }
    }
    for (size_t i = 0; i < new->basis_count; i++) {
        to->code = new->bases[i].code;
        if (covenant_basis(old, slice_text(to->code)) == NULL) {
            came_or_went(to, true, new->bases[i].text);
        }
    }
}

static void compare_parties(struct telling *to, const struct covenant *old, const struct covenant *new)
{
    to->section = "partijen";
    for (size_t i = 0; i < old->party_count; i++) {
        const struct party *a = &old->parties[i].party;
        const struct party *b = covenant_party(new, &a->oin);
        to->code = a->oin.digits;
        if (b == NULL) {
            came_or_went(to, false, a->name);
        } else {
            party_fields(to, old, a, new, b);
        }
    }
    for (size_t i = 0; i < new->party_count; i++) {
        to->code = new->parties[i].party.oin.digits;
        if (covenant_party(old, &new->parties[i].party.oin) == NULL) {
            came_or_went(to, true, new->parties[i].party.name);
        }
    }
}

/* A list of which only the codes count: what a kind or role may do stands in the rules. */
static void compare_codes(struct telling *to, const char *section, const struct code_table *old,
                          const struct code_table *new)
{
    to->section = section;
    for (size_t i = 0; i < old->count; i++) {
        to->code = old->entries[i].text;
        if (codes_find(new, slice_text(to->code)) < 0) {
            came_or_went(to, false, to->code);
        }
    }
    for (size_t i = 0; i < new->count; i++) {
        to->code = new->entries[i].text;
        if (codes_find(old, slice_text(to->code)) < 0) {
            came_or_went(to, true, to->code);
        }
    }
}

static void compare_document(struct telling *to, const struct covenant *old, const struct covenant *new)
{
    to->section = "convenant";
    to->code = "";
    text(to, "naam", old->name, new->name);
    text(to, "versie", old->version, new->version);
    day(to, "geldigheid/van", &old->from, &new->from);
    day(to, "geldigheid/tot", &old->until, &new->until);
    flag(to, "voorbeeld", old->sample, new->sample);
    text(to, "voorganger", old->predecessor, new->predecessor);
    text(to, "toestemming/bekwaamVanaf12", old->consent.youth_alone ? "jeugdige" : "beiden",
         new->consent.youth_alone ? "jeugdige" : "beiden");
    number(to, "toestemming/maandenHoogstens", old->consent.months_at_most, new->consent.months_at_most);
    text(to, "reglement/versie", old->regulation.version, new->regulation.version);
    text(to, "reglement/tekst", old->regulation.text, new->regulation.text);
    number(to, "reglement/dagen", old->regulation.days, new->regulation.days);
    flag(to, "inzage/namenMedewerkers", old->names_staff, new->names_staff);
}

void diff_facts(const struct covenant *before, const struct covenant *after,
                void (*take)(void *ctx, const struct diff_fact *fact), void *ctx)
{
    struct telling to = {take, ctx, "", ""};
    compare_document(&to, before, after);
    compare_codes(&to, "soorten", &before->kind_codes, &after->kind_codes);
    compare_codes(&to, "rollen", &before->role_codes, &after->role_codes);
    compare_parties(&to, before, after);
    compare_purposes(&to, before, after);
    compare_bases(&to, before, after);
    compare_tasks(&to, before, after);
}
