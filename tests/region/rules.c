#include "region/rules.h"

#include <stdbool.h>

#include "base/attr.h"
#include "region/chance.h"

/* What a number is for; see chance.h. */
enum what { SORT = 9000, PURPOSE, ASKS, GIVES, ROLE, DOMAINS, CATEGORIES, ASK, GIVE, TERMS };

enum { MANY_KINDS = 2, MANY_DOMAINS = 3 };

static const char *const purposes[] = {"hulpafstemming", "wgs-schuldhulp", "wgs-vroegsignalering", "zorgsignaal",
                                       "opdracht",       "leerplicht",     "gezamenlijk-plan",     "nazorg",
                                       "uitvoering-ots", "toezicht"};
static const char *const kinds[] = {"gebiedsteam", "school",       "cjg", "uwv", "schuldhulp", "leerplicht",
                                    "jeugdhulp",   "veilig-thuis", "gi",  "ggz", "verhuurder"};
static const char *const roles[] = {"generalist",   "regisseur",       "consulent",
                                    "veilig-thuis", "jeugdbeschermer", "partnerprofessional"};
static const char *const domains[] = {"financien",           "werk-en-dagbesteding",  "huisvesting",
                                      "huiselijke-relaties", "dagelijks-leven",       "sociaal-netwerk",
                                      "veiligheid",          "onderwijs-en-opvoeding"};
static const char *const categories[] = {"bestaan", "contact", "dienst", "fase", "status", "plan"};
static const char *const bases[] = {"wmo-5.1.1", "wmo-5.2.1", "jeugdwet-7.4.0",  "wgs-8",
                                    "suwi-54",   "wpo-8",     "leerplichtwet-18"};
static const char *const terms[] = {
    "",
    ", \"toestemming\": \"avg-grond\"",
    ", \"toestemming\": \"opheffen-geheimhouding\", \"regime\": \"jeugd\"",
    ", \"toestemming\": \"instemming\", \"regime\": \"volwassen\"",
    ", \"leeftijd\": {\"van\": 4, \"tot\": 22}",
    ", \"eigenRegio\": true",
};

struct made {
    uint64_t seed;
    unsigned number;
    FILE *out;
};

/* A list of one word, or of some that stand beside each other in the table. */
static void write_words(const struct made *m, const char *name, enum what what, const char *const *words,
                        uint32_t count, uint32_t most)
{
    const uint32_t first = chance_pick(m->seed, m->number, what, count);
    const uint32_t many = 1 + chance_pick(m->seed, m->number, what + 100, most);
    (void)fprintf(m->out, "\"%s\": [", name);
    for (uint32_t i = 0; i < many; i++) {
        (void)fprintf(m->out, "%s\"%s\"", i == 0 ? "" : ", ", words[(first + i) % count]);
    }
    (void)fputc(']', m->out);
}

static const char *pick(const struct made *m, enum what what, const char *const *words, uint32_t count)
{
    return words[chance_pick(m->seed, m->number, what, count)];
}

static void write_rule(const struct made *m)
{
    const uint32_t sort = chance_pick(m->seed, m->number, SORT, 10);
    const bool denies = sort == 0;
    const bool feeds = sort >= 1 && sort <= 3;
    (void)fprintf(m->out,
                  "    {\"id\": \"regio-%05u\", \"toelichting\": \"Afspraak %u van de regio.\", \"doel\": \"%s\", ",
                  m->number, m->number, pick(m, PURPOSE, purposes, COUNT_OF(purposes)));
    (void)fputs("\"vrager\": {", m->out);
    write_words(m, "soorten", ASKS, kinds, COUNT_OF(kinds), MANY_KINDS);
    if (!denies && !feeds) {
        (void)fputs(", ", m->out);
        write_words(m, "rollen", ROLE, roles, COUNT_OF(roles), 2);
    }
    (void)fputs("}, \"gever\": {", m->out);
    write_words(m, "soorten", GIVES, kinds, COUNT_OF(kinds), MANY_KINDS);
    (void)fputs("}, ", m->out);
    write_words(m, "leefgebieden", DOMAINS, domains, COUNT_OF(domains), MANY_DOMAINS);
    if (denies) {
        (void)fputs(", \"verbod\": true},\n", m->out);
        return;
    }
    (void)fputs(", ", m->out);
    write_words(m, "categorieen", CATEGORIES, categories, feeds ? 1 : COUNT_OF(categories), feeds ? 1 : 4);
    (void)fprintf(m->out, ", \"grondslagVragen\": \"%s\", \"grondslagGeven\": \"%s\", %s",
                  pick(m, ASK, bases, COUNT_OF(bases)), pick(m, GIVE, bases, COUNT_OF(bases)),
                  feeds ? "\"opzoekset\": true, " : "");
    (void)fprintf(m->out,
                  "\"voorwaarden\": {%s\"werkgebied\": true%s}, \"verplichtingen\": [\"niet-verder-verstrekken\"]},\n",
                  feeds ? "" : "\"zaakOfMelding\": true, ", pick(m, TERMS, terms, COUNT_OF(terms)));
}

void rules_write(uint64_t seed, unsigned count, FILE *out)
{
    for (unsigned i = 0; i < count; i++) {
        const struct made made = {seed, i, out};
        write_rule(&made);
    }
}
