/* JSON of the desk API: a table says which member each kind of fact has and must have; then words, dates and what hangs
 * together. No fault repeats a value. */
#include <stdio.h>

#include "base/utf8.h"
#include "domain/fact.h"

enum { DATE_LEN = DATE_TEXT_SIZE - 1, ID_LEN = IDENT_TEXT_SIZE - 1, FIELDS_MAX = 16 };

struct reader {
    const struct json *json;
    const char *pointer;
    const struct fact_words *words;
    struct fault_list *faults;
};

/* Kinds as bits: which may have a member, and which must. */
#define K(kind) (1U << (unsigned)(kind))
enum { CONSENT = K(FACT_CONSENT), AUTHORITY = K(FACT_AUTHORITY), CAPABILITY = K(FACT_CAPABILITY) };
enum { CARE = K(FACT_EXTENDED_CARE), OBJECTION = K(FACT_OBJECTION), RESTRICTION = K(FACT_RESTRICTION) };
enum { CORRECTION = K(FACT_CORRECTION), ASKED = OBJECTION | RESTRICTION | CORRECTION };

static const struct member {
    struct json_field field;
    unsigned may;
    unsigned must;
} members[] = {
    {{"soort", JSON_TEXT, true, 1, CODE_MAX}, CONSENT | AUTHORITY, CONSENT | AUTHORITY},
    {{"uitkomst", JSON_TEXT, true, 1, CODE_MAX}, CONSENT | CAPABILITY, CONSENT | CAPABILITY},
    {{"door", JSON_TEXT, true, 1, CODE_MAX}, CONSENT, CONSENT},
    {{"gezagsrelatie", JSON_TEXT, false, ID_LEN, ID_LEN}, CONSENT, 0},
    {{"categorieen", JSON_ARRAY, false, 0, CATEGORY_COUNT}, CONSENT, 0},
    {{"ontvangers", JSON_ARRAY, false, 0, FACT_CODES_MAX}, CONSENT, 0},
    {{"doelen", JSON_ARRAY, false, 0, FACT_CODES_MAX}, CONSENT | OBJECTION, 0},
    {{"vanaf", JSON_TEXT, false, DATE_LEN, DATE_LEN}, ~0U, AUTHORITY},
    {{"tot", JSON_TEXT, false, DATE_LEN, DATE_LEN}, CONSENT | AUTHORITY | CARE | RESTRICTION, CARE},
    {{"naam", JSON_TEXT, true, 1, NAME_MAX_BYTES}, AUTHORITY, AUTHORITY},
    {{"beoordelaar", JSON_TEXT, true, 1, NAME_MAX_BYTES}, CAPABILITY, CAPABILITY},
    {{"bewijs", JSON_TEXT, true, 1, FACT_TEXT_MAX}, ~(unsigned)ASKED, ~(unsigned)ASKED},
    {{"voorgelicht", JSON_BOOL, false, 0, 0}, CONSENT, 0},
    {{"toelichting", JSON_TEXT, false, 1, FACT_TEXT_MAX}, CONSENT | ASKED, ASKED},
    {{"beperken", JSON_BOOL, true, 0, 0}, CORRECTION, CORRECTION},
};

_Static_assert(COUNT_OF(members) <= FIELDS_MAX, "all members of a kind fit");

static void wrong(const struct reader *from, const char *name, const char *what)
{
    char where[FAULT_WHERE_MAX];
    (void)snprintf(where, sizeof where, "%s/%s", from->pointer, name);
    fault_list_add(from->faults, FAULT_INVALID, where, "%s", what);
}

static void take_text(const struct reader *from, const char *name, char *to, size_t size)
{
    const struct slice text = json_text_of(from->json, name);
    if (text.len == 0 || !slice_copy_text(text, to, size)) {
        return; /* not there: two members may share a place; or json_check has said so */
    }
    if (!utf8_printable(text) || text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ') {
        wrong(from, name, "tekst zonder stuurtekens, en zonder spatie aan begin of eind");
    }
}

static void take_date(const struct reader *from, const char *name, struct date *to)
{
    const struct slice text = json_text_of(from->json, name);
    if (text.len == DATE_LEN && !date_parse(text, to)) {
        wrong(from, name, "hier hoort een bestaande datum: JJJJ-MM-DD");
    }
}

static void take_codes(const struct reader *from, const char *name, bool (*known)(const void *ctx, struct slice code),
                       struct fact_codes *to)
{
    const struct json *list = json_member(from->json, name);
    if (list == NULL || json_kind(list) != JSON_ARRAY || json_size(list) > FACT_CODES_MAX) {
        return;
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        const struct slice code = json_text(item);
        if (code.len == 0 || fact_codes_have(to, code) ||
            !slice_copy_text(code, to->items[to->count], sizeof to->items[0]) || !utf8_printable(code) ||
            (known != NULL && !known(from->words->ctx, code))) {
            wrong(from, name, "hier hoort, een keer elk, wat het convenant kent");
            return;
        }
        to->count++;
    }
}

static void take_categories(const struct reader *from, uint32_t *to)
{
    const struct json *list = json_member(from->json, "categorieen");
    if (list == NULL || json_kind(list) != JSON_ARRAY) {
        return;
    }
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        enum category category;
        if (!category_parse(json_text(item), &category)) {
            wrong(from, "categorieen", "deze gegevenscategorie is niet bekend");
            return;
        }
        *to |= CATEGORY_BIT(category);
    }
}

static void take_words(const struct reader *from, struct fact *out)
{
    const struct slice kind = json_text_of(from->json, "soort");
    const struct slice state = json_text_of(from->json, "uitkomst");
    const struct slice as = json_text_of(from->json, "door");
    const struct slice holder = json_text_of(from->json, "gezagsrelatie");
    if (out->kind == FACT_CONSENT && kind.len != 0 && !consent_kind_parse(kind, &out->consent)) {
        wrong(from, "soort", "toegestaan is opheffen-geheimhouding, avg-grond of instemming");
    }
    if (out->kind == FACT_AUTHORITY && kind.len != 0 && !authority_parse(kind, &out->authority)) {
        wrong(from, "soort", "toegestaan is ouder-met-gezag, voogd, curator, mentor of bewindvoerder");
    }
    if (state.len != 0 && (!fact_state_parse(state, &out->state) || !fact_may_begin(out->kind, out->state))) {
        wrong(from, "uitkomst", "deze uitkomst is hier niet bekend");
    }
    if (as.len != 0 && !consent_giver_parse(as, &out->as)) {
        wrong(from, "door", "toegestaan is betrokkene, ouder, voogd, curator of mentor");
    }
    if (holder.len == ID_LEN && !ident_parse(holder, &out->giver)) {
        wrong(from, "gezagsrelatie", "hier horen 32 hexadecimale cijfers");
    }
}

/* What is given says to whom, what and what for; that the person knows what it means; and by whose authority. */
static void check_consent(const struct reader *from, const struct fact *fact)
{
    const bool has_holder = json_member(from->json, "gezagsrelatie") != NULL;
    if (fact->as == GIVER_SUBJECT && has_holder) {
        wrong(from, "gezagsrelatie", "de betrokkene zelf spreekt zonder gezag");
    } else if (fact->as != GIVER_SUBJECT && !has_holder) {
        wrong(from, "gezagsrelatie", "noem het vastgelegde gezag waarmee hij spreekt");
    }
    if (fact->state != STATE_GIVEN) {
        return;
    }
    if (fact->recipients.count == 0) {
        wrong(from, "ontvangers", "noem aan wie: OIN's of soorten partijen");
    }
    if (fact->purposes.count == 0) {
        wrong(from, "doelen", "noem waarvoor");
    }
    if (fact->categories == 0) {
        wrong(from, "categorieen", "noem welke gegevens");
    }
    if (json_member(from->json, "voorgelicht") == NULL) {
        wrong(from, "voorgelicht", "leg vast of is verteld wat dit betekent");
    } else if (!fact->told && fact->note[0] == '\0') {
        wrong(from, "toelichting", "leg vast waarom niet is verteld wat dit betekent");
    }
}

static void check_dates(const struct reader *from, const struct fact *fact, const struct date *today)
{
    const bool has_from = date_is_set(&fact->from) && date_exists(&fact->from);
    const bool has_until = date_is_set(&fact->until) && date_exists(&fact->until);
    if (has_from && fact->kind != FACT_CONSENT && fact->kind != FACT_EXTENDED_CARE &&
        date_compare(&fact->from, today) > 0) {
        wrong(from, "vanaf", "deze datum ligt in de toekomst");
    }
    if (has_from && has_until && date_compare(&fact->from, &fact->until) > 0) {
        wrong(from, "tot", "het einde ligt voor het begin");
    }
}

static size_t fields_of(enum fact_kind kind, struct json_field fields[FIELDS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        if ((members[i].may & K(kind)) != 0) {
            fields[count] = members[i].field;
            fields[count++].required = (members[i].must & K(kind)) != 0;
        }
    }
    return count;
}

static enum fact_state first_state(enum fact_kind kind)
{
    return (K(kind) & (OBJECTION | CORRECTION)) != 0 ? STATE_OPEN : STATE_STANDS;
}

void fact_read(const struct json *json, enum fact_kind kind, const char *pointer, const struct date *today,
               const struct fact_words *words, struct fact *out, struct fault_list *faults)
{
    const struct reader from = {json, pointer, words, faults};
    struct json_field fields[FIELDS_MAX];
    const size_t count = fields_of(kind, fields);
    const size_t before = faults->count;
    *out = (struct fact){.kind = kind, .state = first_state(kind)};
    json_check(json, pointer, fields, count, faults);
    if (faults->count != before) {
        return;
    }
    take_words(&from, out);
    take_categories(&from, &out->categories);
    take_codes(&from, "ontvangers", words->recipient, &out->recipients);
    take_codes(&from, "doelen", words->purpose, &out->purposes);
    take_date(&from, "vanaf", &out->from);
    take_date(&from, "tot", &out->until);
    take_text(&from, "naam", out->name, sizeof out->name);
    take_text(&from, "beoordelaar", out->name, sizeof out->name);
    take_text(&from, "bewijs", out->evidence, sizeof out->evidence);
    take_text(&from, "toelichting", out->note, sizeof out->note);
    out->told = json_bool(json_member(json, "voorgelicht"));
    out->restricts = json_bool(json_member(json, "beperken"));
    if (!date_is_set(&out->from)) {
        out->from = *today;
    }
    if (faults->count != before) {
        return;
    }
    check_dates(&from, out, today);
    if (kind == FACT_CONSENT) {
        check_consent(&from, out);
    }
}

/* ---- writing ---- */

static void put_text(struct json_writer *w, const char *name, const char *text)
{
    if (text[0] != '\0') {
        json_put_text(w, name, text);
    }
}

static void put_codes(struct json_writer *w, const char *name, const struct fact_codes *codes)
{
    json_begin_array(w, name);
    for (size_t i = 0; i < codes->count && i < FACT_CODES_MAX; i++) {
        json_put_text(w, NULL, codes->items[i]);
    }
    json_end_array(w);
}

void fact_write_scope(struct json_writer *w, const struct fact *fact)
{
    json_put_text(w, "soort", consent_kind_word(fact->consent));
    json_put_text(w, "door", consent_giver_word(fact->as));
    put_codes(w, "ontvangers", &fact->recipients);
    put_codes(w, "doelen", &fact->purposes);
}

static void put_consent(struct json_writer *w, const struct fact *fact)
{
    static const struct ident none = {{0}};
    fact_write_scope(w, fact);
    if (!ident_equal(&fact->giver, &none)) {
        json_put_text(w, "gezagsrelatie", ident_text(&fact->giver).text);
    }
    json_begin_array(w, "categorieen");
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        if ((fact->categories & CATEGORY_BIT(i)) != 0) {
            json_put_text(w, NULL, category_word((enum category)i));
        }
    }
    json_end_array(w);
    json_put_bool(w, "voorgelicht", fact->told);
}

void fact_write(struct json_writer *w, const char *name, const struct ident *id, const struct fact *fact)
{
    json_begin_object(w, name);
    json_put_text(w, "id", ident_text(id).text);
    json_put_text(w, "uitkomst", fact_state_word(fact->state));
    if (fact->kind == FACT_CONSENT) {
        put_consent(w, fact);
    } else if (fact->kind == FACT_AUTHORITY) {
        json_put_text(w, "soort", authority_word(fact->authority));
    } else if (fact->kind == FACT_OBJECTION) {
        put_codes(w, "doelen", &fact->purposes);
    } else if (fact->kind == FACT_CORRECTION) {
        json_put_bool(w, "beperken", fact->restricts);
    }
    put_text(w, fact->kind == FACT_CAPABILITY ? "beoordelaar" : "naam", fact->name);
    put_text(w, "vanaf", date_text(&fact->from).text);
    put_text(w, "tot", date_text(&fact->until).text);
    put_text(w, "bewijs", fact->evidence);
    put_text(w, "toelichting", fact->note);
    put_text(w, "gewijzigdOp", date_text(&fact->ended).text);
    put_text(w, "gewijzigdMet", fact->ending);
    put_text(w, "via", fact->via.digits);
    put_text(w, "vastgelegd", fact->recorded_ms != 0 ? moment_text(fact->recorded_ms).text : "");
    json_end_object(w);
}
