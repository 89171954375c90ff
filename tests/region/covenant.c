#include "region/covenant.h"

#include <string.h>

#include "audit/log_identity.h"
#include "base/attr.h"
#include "region/chance.h"
#include "region/rules.h"

enum { LINE_ROOM = 4096, FIRST_CODE = 5001, FIRST_PORT = 17443, SAFETY_REACH = 13, NATIONWIDE = 3 };

/* What a number is for; see chance.h. */
enum what { LEVEL = 7000, PHONE };

struct kind {
    const char *kind;
    const char *name;
    const char *bsn_ground;
    unsigned reach; /* municipalities that it works for */
    unsigned clients;
    unsigned open_cases; /* 0: none are told */
};

static const struct kind local_kinds[] = {
    {"gebiedsteam", "Gebiedsteam", "wmo-5.2.9", 1, 4000, 1200},
    {"school", "Scholengroep", "wpo-178a", 2, 3000, 120},
    {"cjg", "CJG", "jeugdwet-7.2.1", 3, 12000, 0},
    {"schuldhulp", "Schuldhulp", "wgs-8", 3, 3000, 800},
    {"leerplicht", "Leerplicht", "wmo-5.2.9", 4, 2000, 0},
    {"jeugdhulp", "Jeugdhulp", "jeugdwet-7.2.1", 5, 1500, 0},
};
static const struct kind safety = {"veilig-thuis", "Veilig Thuis", "wmo-5.2.9", SAFETY_REACH, 6000, 0};
static const struct kind shelter = {"opvang", "Landelijke opvang", "wmo-5.2.9", 0, 200, 0};

/* Heads and tails make names that no municipality has. */
static const char *const heads[] = {"Aker",   "Berken", "Distel", "Elzen",  "Gagel", "Hazel",  "Ipen",
                                    "Kaarde", "Klaver", "Lisdod", "Mispel", "Netel", "Populi", "Rogge",
                                    "Salie",  "Sering", "Tarwe",  "Vlier",  "Wikke", "Zuring"};
static const char *const tails[] = {"beemd", "berge", "bos",  "dam",  "dijk", "donk", "gouw",  "haven", "horst",
                                    "kerke", "laar",  "mark", "oord", "stee", "veen", "waard", "wolde"};

struct country {
    uint64_t seed;
    unsigned municipalities;
    unsigned written;
    FILE *out;
    bool failed;
};

static void write_area(const struct country *country, unsigned first, unsigned reach)
{
    if (reach == 0) {
        (void)fputs("\"landelijk\": true", country->out);
        return;
    }
    (void)fputs("\"werkgebied\": [", country->out);
    for (unsigned i = first; i < first + reach && i < country->municipalities; i++) {
        (void)fprintf(country->out, "%s\"%04u\"", i == first ? "" : ", ", FIRST_CODE + i);
    }
    (void)fputc(']', country->out);
}

static void write_key(struct country *country, const char *member, const char *name, enum note_key_type type)
{
    struct sha256 seed;
    struct note_key key;
    sha256_of(slice_text(name), &seed);
    if (note_key_from_seed(name, type, seed.bytes, &key, NULL) != RESULT_OK) {
        country->failed = true;
        return;
    }
    (void)fprintf(country->out, ", \"%s\": \"%s\"", member, log_key_text(&key).text);
    note_key_drop(&key);
}

/* Keys of a log that nobody keeps: real ones, so that reading the covenant costs what it costs. */
static void write_log(struct country *country, const struct kind *kind, unsigned number)
{
    char origin[64];
    char witness[80];
    (void)snprintf(origin, sizeof origin, "%s-%u.example/logboek", kind->kind, number);
    (void)snprintf(witness, sizeof witness, "%s/getuige", origin);
    (void)fprintf(country->out, ", \"logboek\": {\"oorsprong\": \"%s\"", origin);
    write_key(country, "sleutel", origin, NOTE_ED25519);
    write_key(country, "getuige", witness, NOTE_COSIGNATURE);
    (void)fputc('}', country->out);
}

/* `round`: which of its kind in this municipality, from 0. */
static void write_party(struct country *country, const struct kind *kind, unsigned first, unsigned round)
{
    const unsigned number = country->written++;
    const char *head = heads[first % COUNT_OF(heads)];
    const char *tail = tails[first / COUNT_OF(heads) % COUNT_OF(tails)];
    (void)fprintf(country->out, "    {\"oin\": \"000000990001%08u\", \"naam\": \"%s %s%s", number, kind->name, head,
                  tail);
    if (round != 0) {
        (void)fprintf(country->out, " %u", round + 1);
    }
    (void)fprintf(country->out,
                  "\", \"soort\": \"%s\", \"knooppunt\": \"https://%s-%u.example:%d\", \"niveau\": %u, "
                  "\"bsnGrondslag\": \"%s\", ",
                  kind->kind, kind->kind, number, FIRST_PORT, chance_pick(country->seed, number, LEVEL, 4) + 1,
                  kind->bsn_ground);
    write_area(country, first, kind->reach);
    (void)fprintf(country->out, ", \"clienten\": %u", kind->clients);
    if (kind->open_cases != 0) {
        (void)fprintf(country->out, ", \"openZaken\": %u", kind->open_cases);
    }
    (void)fprintf(country->out, ", \"crisisnummer\": \"0990 %06u\", \"fgContact\": \"fg@%s-%u.example\"",
                  chance_pick(country->seed, number, PHONE, 1000000), kind->kind, number);
    write_log(country, kind, number);
    (void)fputs("},\n", country->out);
}

static void write_parties(struct country *country, unsigned local)
{
    for (unsigned m = 0; m < country->municipalities; m++) {
        for (unsigned i = 0; i < local; i++) {
            write_party(country, &local_kinds[i % COUNT_OF(local_kinds)], m, i / (unsigned)COUNT_OF(local_kinds));
        }
        if (m % SAFETY_REACH == 0) {
            write_party(country, &safety, m, 0);
        }
    }
    for (unsigned i = 0; i < NATIONWIDE; i++) {
        write_party(country, &shelter, i, 0);
    }
}

bool covenant_write(uint64_t seed, const struct covenant_size *size, FILE *in, FILE *out)
{
    static const char area[] = "\"werkgebied\": true";
    struct country country = {seed, size->municipalities, 0, out, false};
    char line[LINE_ROOM];
    bool parties = false;
    while (fgets(line, sizeof line, in) != NULL) {
        const char *condition = strstr(line, area);
        if (condition != NULL) {
            const int until = (int)(condition - line) + (int)sizeof area - 1;
            (void)fprintf(out, "%.*s, \"eigenRegio\": true%s", until, line, line + until);
        } else {
            (void)fputs(line, out);
        }
        if (strcmp(line, "  \"regels\": [\n") == 0) {
            rules_write(seed, size->rules, out);
        }
        if (!parties && strcmp(line, "  \"partijen\": [\n") == 0) {
            parties = true;
            write_parties(&country, size->local);
        }
    }
    return parties && !country.failed && ferror(in) == 0;
}
