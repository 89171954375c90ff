#include "unit/policy/made.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/date.h"

const struct made_sizes made_small = {3, 3, 3, 4, 7, 30};

enum { URGENT = 2, LATER = 2, EARLIER = 3, IDS = 100000 };

struct chance chance_from(uint64_t seed)
{
    return (struct chance){seed * 2862933555777941757U + 3037000493U};
}

/* SplitMix64 (Steele, Lea and Flood, 2014). */
uint32_t chance_below(struct chance *chance, uint32_t below)
{
    uint64_t z = chance->state += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (uint32_t)((z ^ (z >> 31)) >> 33) % below;
}

static bool one_in(struct chance *chance, uint32_t times)
{
    return chance_below(chance, times) == 0;
}

/* ---- a covenant ---- */

static const char *const codes[] = {"a", "b", "c", "d"};
static const char *const purpose_codes[] = {"a", PURPOSE_SIGNAL, "c", "d"};
static const char *const domain_words[] = {
#define X(code, word) word,
    LIFE_DOMAIN_TABLE(X)};
static const char *const category_words[] = {CATEGORY_TABLE(X)};
static const char *const obligation_words[] = {OBLIGATION_TABLE(X)};
static const char *const consent_words[] = {CONSENT_KIND_TABLE(X)};
#undef X

/* Some of the words, one at least; each with a chance of `often` in four. */
static void put_some(struct json_writer *w, struct chance *chance, const char *name, const char *const *words,
                     uint32_t count, uint32_t often)
{
    const uint32_t sure = chance_below(chance, count);
    json_begin_array(w, name);
    for (uint32_t i = 0; i < count; i++) {
        if (chance_below(chance, 4) < often || i == sure) {
            json_put_text(w, NULL, words[i]);
        }
    }
    json_end_array(w);
}

static void put_kinds(struct json_writer *w, struct chance *chance, const struct made_sizes *sizes)
{
    put_some(w, chance, "soorten", codes, sizes->kinds, 3);
}

enum sort { DENIES, FEEDS_SET, CRISIS, RELEASES, SIGNAL_SET, SIGNAL_CONTACT };

static bool is_set(enum sort sort)
{
    return sort == FEEDS_SET || sort == SIGNAL_SET;
}

static bool is_signal(enum sort sort)
{
    return sort == SIGNAL_SET || sort == SIGNAL_CONTACT;
}

static void put_conditions(struct json_writer *w, struct chance *chance, enum sort sort)
{
    json_begin_object(w, "voorwaarden");
    if (is_signal(sort)) {
        json_put_bool(w, "signaal", true);
    } else if (sort != FEEDS_SET) {
        const bool report = one_in(chance, 4);
        json_put_bool(w, report ? "melding" : "zaakOfMelding", true);
        json_put_bool(w, "meldingOpen", report && one_in(chance, 2));
        json_put_bool(w, "maatregel", one_in(chance, 8));
        json_put_bool(w, "crisisnummer", sort == CRISIS);
    }
    json_put_bool(w, "werkgebied", one_in(chance, 4));
    json_put_bool(w, "eigenRegio", one_in(chance, 4));
    json_put_bool(w, "afgeschermd", one_in(chance, 4) && !is_signal(sort));
    if (one_in(chance, 6)) {
        const int64_t from = chance_below(chance, 19);
        const uint32_t bounds = chance_below(chance, 3);
        json_begin_object(w, "leeftijd");
        if (bounds != 0) {
            json_put_int(w, "van", from);
        }
        if (bounds != 1) {
            json_put_int(w, "tot", from + chance_below(chance, 8));
        }
        json_end_object(w);
    }
    if (one_in(chance, 6)) {
        json_put_text(w, "regime", one_in(chance, 2) ? "jeugd" : "volwassen");
    }
    if (one_in(chance, 3)) {
        json_put_text(w, "toestemming", consent_words[chance_below(chance, CONSENT_KIND_COUNT)]);
    }
    json_end_object(w);
}

static const char *any_basis(struct chance *chance, const struct made_sizes *sizes)
{
    return codes[one_in(chance, 12) ? chance_below(chance, sizes->bases) : chance_below(chance, LATER)];
}

static void put_grounds(struct json_writer *w, struct chance *chance, const struct made_sizes *sizes)
{
    json_put_text(w, "grondslagVragen", any_basis(chance, sizes));
    json_put_text(w, "grondslagGeven", any_basis(chance, sizes));
    if (one_in(chance, 6)) {
        json_put_text(w, "opheffingGeheimhouding", any_basis(chance, sizes));
    }
}

static void put_rule(struct json_writer *w, struct chance *chance, const struct made_sizes *sizes, enum sort sort,
                     uint32_t number)
{
    char id[16];
    (void)snprintf(id, sizeof id, "r%05" PRIu32, (number * 7919) % IDS);
    json_begin_object(w, NULL);
    json_put_text(w, "id", id);
    json_put_text(w, "doel", is_signal(sort) ? PURPOSE_SIGNAL : purpose_codes[chance_below(chance, sizes->purposes)]);
    json_begin_object(w, "vrager");
    put_kinds(w, chance, sizes);
    if (!is_set(sort) && (sort != DENIES || one_in(chance, 2))) {
        put_some(w, chance, "rollen", codes, sizes->roles, 3);
    }
    json_end_object(w);
    json_begin_object(w, "gever");
    put_kinds(w, chance, sizes);
    json_end_object(w);
    if (!is_signal(sort) && (sort != DENIES || one_in(chance, 2))) {
        put_some(w, chance, "leefgebieden", domain_words, LIFE_DOMAIN_COUNT, sort == DENIES ? 1 : 3);
    }
    if (is_set(sort)) {
        put_some(w, chance, "categorieen", category_words, 1, 4);
    } else if (sort == SIGNAL_CONTACT) {
        put_some(w, chance, "categorieen", category_words + CATEGORY_CONTACT, 1, 4);
    } else if (sort != DENIES || one_in(chance, 4) == 0) {
        put_some(w, chance, "categorieen", category_words, CATEGORY_COUNT, sort == DENIES ? 1 : 2);
    }
    if (sort == DENIES) {
        json_put_bool(w, "verbod", true);
    } else {
        put_grounds(w, chance, sizes);
        put_conditions(w, chance, sort);
        if (one_in(chance, 2)) {
            put_some(w, chance, "verplichtingen", obligation_words, OBLIGATION_COUNT, 1);
        }
        json_put_bool(w, "opzoekset", is_set(sort));
    }
    json_end_object(w);
}

void made_denial(const struct made_sizes *sizes, struct chance *chance, struct buf *out)
{
    struct json_writer w = json_writer(out);
    put_rule(&w, chance, sizes, DENIES, IDS - 1);
}

static void put_named(struct json_writer *w, const char *list, uint32_t count)
{
    json_begin_array(w, list);
    for (uint32_t i = 0; i < count; i++) {
        json_begin_object(w, NULL);
        json_put_text(w, "code", strcmp(list, "doelen") == 0 ? purpose_codes[i] : codes[i]);
        json_put_text(w, "omschrijving", "x");
        if (strcmp(list, "doelen") == 0) {
            json_put_int(w, "bewaartermijnMaanden", 12);
            json_put_int(w, "bewaarklasse", 1);
            json_put_bool(w, "spoed", i == URGENT);
            if (i == 1) {
                json_put_int(w, "niveau", 2);
            }
        }
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_bases(struct json_writer *w, uint32_t count)
{
    json_begin_array(w, "grondslagen");
    for (uint32_t i = 0; i < count; i++) {
        json_begin_object(w, NULL);
        json_put_text(w, "code", codes[i]);
        json_put_text(w, "tekst", "x");
        json_put_text(w, "artikel", "x");
        json_put_text(w, "avg6", "e");
        if (i == LATER) {
            json_put_text(w, "vanaf", "2026-06-02");
        } else if (i == EARLIER) {
            json_put_text(w, "tot", "2026-05-31");
        } else if (i == 0) {
            json_put_text(w, "vanaf", MADE_TODAY);
            json_put_text(w, "tot", MADE_TODAY);
        }
        json_end_object(w);
    }
    json_end_array(w);
}

static void put_party(struct json_writer *w, struct chance *chance, const struct made_sizes *sizes, uint32_t i)
{
    static const char *const places[] = {"9901", "9902", "9903"};
    char text[48];
    json_begin_object(w, NULL);
    (void)snprintf(text, sizeof text, "000000990000%08" PRIu32, i);
    json_put_text(w, "oin", text);
    json_put_text(w, "naam", "x");
    json_put_text(w, "soort", codes[i % sizes->kinds]);
    (void)snprintf(text, sizeof text, "https://x%" PRIu32 ".example", i);
    json_put_text(w, "knooppunt", text);
    json_put_int(w, "niveau", 1 + chance_below(chance, 4));
    if (!one_in(chance, 16)) {
        json_put_text(w, "bsnGrondslag", codes[one_in(chance, 16) ? LATER : chance_below(chance, LATER)]);
        if (one_in(chance, 4)) {
            put_some(w, chance, "bsnDoelen", purpose_codes, sizes->purposes, 3);
        }
    }
    if (one_in(chance, 6)) {
        json_put_bool(w, "landelijk", true);
    } else {
        put_some(w, chance, "werkgebied", places, COUNT_OF(places), 2);
    }
    json_put_text(w, "fgContact", "x");
    if (one_in(chance, 2)) {
        json_put_text(w, "centraalNummer", "0990 555 000");
    }
    json_begin_object(w, "logboek");
    (void)snprintf(text, sizeof text, "x%" PRIu32, i);
    json_put_text(w, "oorsprong", text);
    json_put_text(w, "sleutel", "x+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    json_put_text(w, "getuige", "x+00000000+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    json_end_object(w);
    json_end_object(w);
}

static void put_head(struct json_writer *w, struct chance *chance, const struct made_sizes *sizes)
{
    json_put_text(w, "naam", "x");
    json_put_text(w, "versie", "1");
    json_begin_object(w, "geldigheid");
    json_put_text(w, "van", one_in(chance, 32) ? "2026-06-02" : MADE_TODAY);
    json_put_text(w, "tot", "2026-12-31");
    json_end_object(w);
    json_put_text(w, "dpia", "x");
    json_put_text(w, "verwerkingsverantwoordelijkheid", "x");
    json_begin_object(w, "toestemming");
    json_put_text(w, "bekwaamVanaf12", one_in(chance, 2) ? "jeugdige" : "beiden");
    json_put_int(w, "maandenHoogstens", 1 + chance_below(chance, 36));
    json_end_object(w);
    json_begin_object(w, "reglement");
    json_put_text(w, "versie", "1");
    json_put_text(w, "tekst", "x");
    json_put_int(w, "dagen", 14);
    json_end_object(w);
    put_named(w, "soorten", sizes->kinds);
    put_named(w, "rollen", sizes->roles);
    put_named(w, "doelen", sizes->purposes);
    put_bases(w, sizes->bases);
    json_begin_array(w, "partijen");
    for (uint32_t i = 0; i < sizes->parties; i++) {
        put_party(w, chance, sizes, i);
    }
    json_end_array(w);
    json_begin_array(w, "getuigen");
    json_end_array(w);
}

void made_covenant(const struct made_sizes *sizes, uint64_t head, uint64_t rules, size_t count, struct slice extra,
                   struct buf *out)
{
    struct json_writer w = json_writer(out);
    struct chance heads = chance_from(head);
    struct chance chance = chance_from(rules);
    json_begin_object(&w, NULL);
    put_head(&w, &heads, sizes);
    json_begin_array(&w, "regels");
    for (uint32_t i = 0; i < count; i++) {
        static const enum sort sorts[] = {DENIES,    CRISIS,   FEEDS_SET, FEEDS_SET,  FEEDS_SET,
                                          FEEDS_SET, RELEASES, RELEASES,  RELEASES,   RELEASES,
                                          RELEASES,  RELEASES, RELEASES,  SIGNAL_SET, SIGNAL_CONTACT};
        put_rule(&w, &chance, sizes, sorts[chance_below(&chance, COUNT_OF(sorts))], i);
    }
    if (extra.len != 0) {
        json_put_raw(&w, NULL, extra);
    }
    json_end_array(&w);
    json_end_object(&w);
}

/* ---- the same in another order ---- */

static void reorder(struct json_writer *w, const char *name, const struct json *value, struct chance *chance,
                    bool rules_too);

static void reorder_items(struct json_writer *w, const struct json *value, struct chance *chance, bool rules_too,
                          bool shuffle)
{
    const struct json *items[4096];
    size_t count = 0;
    for (const struct json *item = json_first(value); item != NULL && count < COUNT_OF(items); item = json_next(item)) {
        items[count++] = item;
    }
    for (size_t i = count; shuffle && i > 1; i--) {
        const size_t k = chance_below(chance, (uint32_t)i);
        const struct json *kept = items[i - 1];
        items[i - 1] = items[k];
        items[k] = kept;
    }
    for (size_t i = 0; i < count; i++) {
        reorder(w, json_kind(value) == JSON_OBJECT ? json_name(items[i]) : NULL, items[i], chance, rules_too);
    }
}

static void reorder(struct json_writer *w, const char *name, const struct json *value, struct chance *chance,
                    bool rules_too)
{
    switch (json_kind(value)) {
    case JSON_OBJECT:
        json_begin_object(w, name);
        reorder_items(w, value, chance, rules_too, true);
        json_end_object(w);
        break;
    case JSON_ARRAY:
        json_begin_array(w, name);
        reorder_items(w, value, chance, rules_too, rules_too && name != NULL && strcmp(name, "regels") == 0);
        json_end_array(w);
        break;
    case JSON_TEXT:
        json_put_slice(w, name, json_text(value));
        break;
    case JSON_NUMBER:
        json_put_int(w, name, json_int(value));
        break;
    case JSON_BOOL:
        json_put_bool(w, name, json_bool(value));
        break;
    case JSON_NULL:
        json_put_null(w, name);
        break;
    }
}

void made_reordered(const struct json *value, struct chance *chance, bool rules_too, struct buf *out)
{
    struct json_writer w = json_writer(out);
    reorder(&w, NULL, value, chance, rules_too);
}

/* ---- people and questions ---- */

/* Days at the edges of MADE_TODAY: ages 11, 12, 15, 16, 17, 18, 22, 23, and a leap day. */
static const char *const births[] = {"",           "2014-06-02", "2014-06-01", "2010-06-02", "2010-06-01",
                                     "2008-06-02", "2008-06-01", "2008-05-31", "2003-06-02", "2003-06-01",
                                     "1985-03-14", "2008-02-29", "2012-01-01", "2013-09-09", "2027-01-01"};
static const char *const days[] = {"",           "2026-05-31", MADE_TODAY,  "2026-06-02",
                                   "2025-06-01", "2024-06-01", "2026-05-01"};

static struct date any_day(struct chance *chance)
{
    struct date date = {0, 0, 0};
    (void)date_parse(slice_text(days[chance_below(chance, COUNT_OF(days))]), &date);
    return date;
}

/* One of three people, so that givers and holders meet. */
static struct ident any_holder(struct chance *chance)
{
    struct ident id = {{0}};
    id.bytes[IDENT_SIZE - 1] = (uint8_t)(1 + chance_below(chance, 3));
    return id;
}

static void made_person(struct chance *chance, struct made_question *q)
{
    static const struct slice words[] = {{(const uint8_t *)"a", 1},
                                         {(const uint8_t *)"b", 1},
                                         {(const uint8_t *)"c", 1},
                                         {(const uint8_t *)"00000099000000000001", 20}};
    const struct slice purposes[] = {slice_text(purpose_codes[0]), slice_text(purpose_codes[1]),
                                     slice_text(purpose_codes[2]), slice_text(purpose_codes[3])};
    for (size_t i = 0; i < COUNT_OF(purposes); i++) {
        q->purposes[i] = purposes[i];
    }
    q->person.capability = one_in(chance, 2) ? CAPABILITY_YES : (enum capability)chance_below(chance, 3);
    (void)date_parse(slice_text(q->facts.birth), &q->person.birth);
    q->person.authorities = q->authorities;
    q->person.authority_count = chance_below(chance, MADE_AUTHORITIES + 1);
    q->person.statements = q->statements;
    q->person.statement_count = chance_below(chance, MADE_STATEMENTS + 1);
    for (size_t i = 0; i < q->person.authority_count; i++) {
        q->authorities[i] = (struct policy_authority){
            .holder = any_holder(chance),
            .as = one_in(chance, 2) ? GIVER_PARENT : (enum consent_giver)(1 + chance_below(chance, GIVER_COUNT - 1)),
            .from = one_in(chance, 3) ? any_day(chance) : (struct date){0, 0, 0},
            .until = one_in(chance, 3) ? any_day(chance) : (struct date){0, 0, 0}};
    }
    for (size_t i = 0; i < q->person.statement_count; i++) {
        const uint32_t to = chance_below(chance, 3);
        const uint32_t what = chance_below(chance, 3);
        const uint32_t as = chance_below(chance, GIVER_COUNT + 3);
        const bool known = i < q->person.authority_count; /* speaks as it is recorded */
        q->statements[i] = (struct policy_statement){
            .giver = known ? q->authorities[i].holder : any_holder(chance),
            .as = known              ? q->authorities[i].as
                  : as < GIVER_COUNT ? (enum consent_giver)as
                                     : GIVER_SUBJECT,
            .kind = (enum consent_kind)(one_in(chance, 3) ? chance_below(chance, CONSENT_KIND_COUNT) : 0),
            .word = one_in(chance, known ? 2 : 6) ? (enum consent_word)chance_below(chance, CONSENT_WORD_COUNT)
                                                  : CONSENT_GIVEN,
            .categories = one_in(chance, 8) ? 0 : chance_below(chance, 256) | chance_below(chance, 256),
            .from = any_day(chance),
            .until = one_in(chance, 3) ? any_day(chance) : (struct date){0, 0, 0},
            .recipients = words + to,
            .recipient_count = one_in(chance, 8) ? 0 : 1 + chance_below(chance, COUNT_OF(words) - to),
            .purposes = q->purposes + what,
            .purpose_count = one_in(chance, 8) ? 0 : 1 + chance_below(chance, COUNT_OF(words) - what)};
    }
}

/* A code of the list, and now and then one that no covenant has. */
static const char *any_code(struct chance *chance, uint32_t count)
{
    return one_in(chance, 64) ? "zz" : codes[chance_below(chance, count)];
}

void made_question(const struct made_sizes *sizes, struct chance *chance, struct made_question *out)
{
    static const char *const municipalities[] = {"9901", "9902", "9903", "9904", ""};
    *out = (struct made_question){0};
    for (size_t i = 0; i < COUNT_OF(out->oins); i++) {
        (void)snprintf(out->oins[i], sizeof out->oins[i], "000000990000%08" PRIu32,
                       chance_below(chance, sizes->parties));
    }
    out->facts = (struct plain_facts){
        .requester = out->oins[0],
        .provider = out->oins[1],
        .purpose = one_in(chance, 64) ? "zz" : purpose_codes[chance_below(chance, sizes->purposes)],
        .basis = one_in(chance, 64) ? "zz" : any_basis(chance, sizes),
        .role = any_code(chance, sizes->roles),
        .has_case = !one_in(chance, 4),
        .has_report = one_in(chance, 2),
        .report_open = one_in(chance, 2),
        .order_in_force = one_in(chance, 2),
        .today = MADE_TODAY,
        .at_provider = !one_in(chance, 4),
        .birth = births[chance_below(chance, COUNT_OF(births))],
        .municipality = municipalities[chance_below(chance, COUNT_OF(municipalities))],
        .extended_youth_care = days[chance_below(chance, 4)],
        .consent = &out->consent,
        .restricted = one_in(chance, 8),
        .domain = domain_words[chance_below(chance, LIFE_DOMAIN_COUNT)],
        .shielded = one_in(chance, 5),
    };
    if (one_in(chance, 64)) {
        out->facts.domain = "schulden";
    }
    made_person(chance, out);
}
