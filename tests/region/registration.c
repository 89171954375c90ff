#include "region/registration.h"

#include <ctype.h>
#include <string.h>

#include "base/attr.h"
#include "region/chance.h"

static const int64_t DAY_MS = 86400000;
enum {
    SERVICES_MAX = 4,
    STAFF = 8,
    ENDED_PER_MILLE = 100,
    SENSITIVE_PER_MILLE = 100,
    SECOND_PER_MILLE = 80,
    WORRIES_PER_MILLE = 350
};

/* What a number is for; see chance.h. The organisation's own offset is added. */
enum what { INVOLVED, SECOND, SERVICE, PHASE, SINCE, ENDED, CONTACTED, CONTACT, SENSITIVE, WORRIES, WHAT_COUNT = 20 };

enum clients { CHILDREN_AT_SCHOOL, FAMILIES, WORKING_AGE, ADULTS };

struct service {
    const char *life_domain;
    const char *name;
};

struct organisation {
    const char *name;
    const char *key; /* prefix of its source keys */
    enum clients clients;
    uint32_t per_mille; /* of its possible clients; twice that in a household with several worries */
    unsigned service_count;
    struct service services[SERVICES_MAX];
    const char *phases[3];
};

#define STEPS                                                                                                          \
    {                                                                                                                  \
        "intake", "uitvoering", "evaluatie"                                                                            \
    }

static const struct organisation organisations[] = {
    {"gebiedsteam",
     "gt",
     ADULTS,
     150,
     4,
     {{"maatschappelijke-participatie", "dagbesteding"},
      {"dagelijks-leven", "huishoudelijke hulp"},
      {"dagelijks-leven", "begeleiding thuis"},
      {"maatschappelijke-participatie", "maatjesproject"}},
     {"vraagverheldering", "uitvoering", "evaluatie"}},
    {"school",
     "sc",
     CHILDREN_AT_SCHOOL,
     200,
     3,
     {{"onderwijs-en-opvoeding", "extra ondersteuning"},
      {"onderwijs-en-opvoeding", "zorgadviesteam"},
      {"onderwijs-en-opvoeding", "verzuimbegeleiding"}},
     {"aanmelding", "uitvoering", "evaluatie"}},
    {"cjg",
     "cj",
     FAMILIES,
     130,
     3,
     {{"huiselijke-relaties", "opvoedondersteuning"},
      {"dagelijks-leven", "gezinscoach"},
      {"huiselijke-relaties", "oudercursus"}},
     {"intake", "uitvoering", "nazorg"}},
    {"uwv",
     "uw",
     WORKING_AGE,
     160,
     3,
     {{"werk-en-dagbesteding", "re-integratie"},
      {"werk-en-dagbesteding", "WW-begeleiding"},
      {"werk-en-dagbesteding", "Wajong-begeleiding"}},
     {"intake", "uitvoering", "bemiddeling"}},
    {"schuldhulp",
     "sh",
     ADULTS,
     120,
     3,
     {{"financien", "budgetbeheer"}, {"financien", "schuldregeling"}, {"financien", "budgetcoaching"}},
     {"intake", "stabilisatie", "uitvoering"}},
    {"leerplicht", "lp", CHILDREN_AT_SCHOOL, 20, 1, {{"onderwijs-en-opvoeding", "verzuimgesprek"}}, STEPS},
    {"jeugdhulp",
     "jh",
     CHILDREN_AT_SCHOOL,
     60,
     2,
     {{"huiselijke-relaties", "ambulante jeugdhulp"}, {"dagelijks-leven", "dagbehandeling"}},
     STEPS},
    {"opvang", "op", ADULTS, 20, 1, {{"veiligheid", "opvang"}}, STEPS},
    {"veilig-thuis", "vt", FAMILIES, 15, 1, {{"veiligheid", "onderzoek"}}, STEPS},
    {"gi", "gi", FAMILIES, 10, 1, {{"veiligheid", "ondertoezichtstelling"}}, STEPS},
    {"ggz", "gg", ADULTS, 60, 1, {{"geestelijke-gezondheid", "behandeling"}}, STEPS},
    {"verhuurder", "vh", ADULTS, 100, 1, {{"huisvesting", "huurachterstand"}}, STEPS},
};

/* Staff is the same for every seed; names are plain ASCII because they make e-mail addresses. */
static const char *const staff_given[STAFF] = {"Marijke", "Joost", "Fatima", "Henk", "Saskia", "Omar", "Ineke", "Ravi"};
static const char *const staff_family[] = {"Bosrand",   "Heuvelink", "Kadeveld",  "Oeverland", "Polderman", "Rietveen",
                                           "Sluiswerf", "Terphoek",  "Uiterdijk", "Veenstra",  "Waterkant", "Zandpad"};

struct involvement_row {
    const struct service *service;
    const char *phase;
    const char *status;
    struct date since;
    struct date until;
    struct date contacted;
    unsigned contact;
    const char *sensitivity;
    unsigned number; /* of this person at this organisation, from 1 */
};

const struct organisation *organisation_named(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(organisations); i++) {
        if (strcmp(organisations[i].name, name) == 0) {
            return &organisations[i];
        }
    }
    return NULL;
}

const char *organisation_names(void)
{
    return "gebiedsteam, school, cjg, uwv, schuldhulp, leerplicht, jeugdhulp, opvang, veilig-thuis, gi, ggz, "
           "verhuurder";
}

static uint32_t number_of(const struct organisation *o)
{
    return (uint32_t)(o - organisations);
}

void registration_header(FILE *out)
{
    (void)fputs(
        "bsn;voornamen;achternaam;geboortedatum;gemeente;leefgebied;dienst;fase;status;sinds;tot;laatste_contact;"
        "contactpersoon;telefoon;email;vervanger;vervanger_telefoon;vervanger_email;gevoeligheid;huishouden;"
        "huishouden_bron;huishouden_datum;bronsleutel\n",
        out);
}

/* name;phone;e-mail of a colleague */
static void write_staff(const struct organisation *o, unsigned which, FILE *out)
{
    const char *given = staff_given[which % STAFF];
    const char *family = staff_family[number_of(o)];
    (void)fprintf(out, ";%s %s;088-555%02u%02u;%c.%c%s@%s.example", given, family, number_of(o) + 1, which % STAFF + 11,
                  tolower((unsigned char)given[0]), tolower((unsigned char)family[0]), family + 1, o->name);
}

static void write_row(const struct person *p, const struct organisation *o, const struct involvement_row *row,
                      FILE *out)
{
    (void)fprintf(out, "%09u;%s;%s;%s;%04u;%s;%s;%s;%s;%s;%s;%s", p->bsn, p->given_name, p->family_name,
                  date_text(&p->birth).text, p->municipality, row->service->life_domain, row->service->name, row->phase,
                  row->status, date_text(&row->since).text, date_text(&row->until).text,
                  date_text(&row->contacted).text);
    write_staff(o, row->contact, out);
    write_staff(o, row->contact + 1, out);
    (void)fprintf(out, ";%s;H%04llu;%s;%s;%s-%06llu-%u\n", row->sensitivity, (unsigned long long)p->household,
                  p->household_source, date_text(&p->household_recorded).text, o->key, (unsigned long long)p->index + 1,
                  row->number);
}

struct story_involvement {
    unsigned person;
    const char *organisation;
    unsigned service;
    struct involvement_row row;
};

static const struct story_involvement story_involvements[] = {
    {STORY_SAMIRA, "schuldhulp", 0, {NULL, "uitvoering", "actief", {2025, 3, 3}, {0}, {2025, 11, 18}, 0, "gewoon", 1}},
    {STORY_DAAN, "schuldhulp", 1, {NULL, "stabilisatie", "actief", {2025, 6, 16}, {0}, {2025, 12, 2}, 1, "gewoon", 1}},
    {STORY_MILAN, "school", 0, {NULL, "uitvoering", "actief", {2024, 9, 9}, {0}, {2025, 11, 27}, 2, "gewoon", 1}},
    {STORY_MILAN, "school", 1, {NULL, "evaluatie", "actief", {2025, 1, 20}, {0}, {2025, 12, 4}, 3, "gewoon", 2}},
    {STORY_SHIELDED,
     "schuldhulp",
     0,
     {NULL, "intake", "actief", {2025, 8, 25}, {0}, {2025, 11, 11}, 4, "afgeschermd", 1}},
};

static void write_story(const struct person *p, const struct organisation *o, FILE *out)
{
    for (size_t i = 0; i < COUNT_OF(story_involvements); i++) {
        const struct story_involvement *s = &story_involvements[i];
        if (s->person == p->index && strcmp(s->organisation, o->name) == 0) {
            struct involvement_row row = s->row;
            row.service = &o->services[s->service];
            write_row(p, o, &row, out);
        }
    }
}

static bool may_be_client(const struct person *p, enum clients clients)
{
    switch (clients) {
    case CHILDREN_AT_SCHOOL:
        return p->part == PART_CHILD && p->age >= 4 && p->age < 18;
    case FAMILIES:
        return p->with_children || (p->part == PART_CHILD && p->age < 18);
    case WORKING_AGE:
        return p->age >= 18 && p->age < 67;
    default:
        return p->age >= 18;
    }
}

static struct involvement_row make_row(const struct population *population, const struct person *p,
                                       const struct organisation *o, unsigned number)
{
    const uint64_t seed = population->seed;
    const uint32_t base = (number_of(o) * 2 + number) * WHAT_COUNT + 1000;
    struct involvement_row row = {.number = number, .status = "actief", .sensitivity = "gewoon"};
    const uint32_t first = chance_pick(seed, p->index, number_of(o) * 2 * WHAT_COUNT + SERVICE, o->service_count);
    row.service = &o->services[(first + number - 1) % o->service_count];
    row.phase = o->phases[chance_pick(seed, p->index, base + PHASE, COUNT_OF(o->phases))];
    /* Nobody is a client before birth. */
    const uint32_t lived = p->lived_days > 1100 ? 1100U : (uint32_t)p->lived_days;
    const uint32_t since = 1 + chance_pick(seed, p->index, base + SINCE, lived - 1);
    const uint32_t contacted = chance_pick(seed, p->index, base + CONTACTED, since < 120 ? since : 120);
    row.since = moment_date(population->day_ms - since * DAY_MS);
    row.contacted = moment_date(population->day_ms - contacted * DAY_MS);
    if (chance_hits(seed, p->index, base + ENDED, ENDED_PER_MILLE)) {
        row.until = row.contacted;
        row.status = "afgesloten";
    }
    if (chance_hits(seed, p->index, base + SENSITIVE, SENSITIVE_PER_MILLE)) {
        row.sensitivity = "gevoelig";
    }
    if (strcmp(o->name, "opvang") == 0) { /* that it knows somebody is what it must not tell */
        row.sensitivity = "afgeschermd";
    }
    row.contact = chance_pick(seed, chance_household(p->household), base + CONTACT, STAFF);
    return row;
}

void registration_rows(const struct population *population, const struct person *p, const struct organisation *o,
                       FILE *out)
{
    if (p->index < STORY_COUNT) {
        write_story(p, o, out);
        return;
    }
    if (!may_be_client(p, o->clients)) {
        return;
    }
    const uint32_t base = number_of(o) * 2 * WHAT_COUNT;
    const bool worries = chance_hits(population->seed, chance_household(p->household), WORRIES, WORRIES_PER_MILLE);
    if (!chance_hits(population->seed, p->index, base + INVOLVED, worries ? 2 * o->per_mille : o->per_mille)) {
        return;
    }
    const bool second = chance_hits(population->seed, p->index, base + SECOND, SECOND_PER_MILLE);
    for (unsigned number = 1; number <= (second ? 2U : 1U); number++) {
        const struct involvement_row row = make_row(population, p, o, number);
        write_row(p, o, &row, out);
    }
}
