/*
 * region-people - writes what one organisation of the sample region would export about its clients, as CSV; or a
 * covenant of a whole country, made of the sample covenant.
 *
 * The same seed gives the same people to every organisation. People and numbers are invented (see numbers.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/slice.h"
#include "region/covenant.h"
#include "region/registration.h"
#include "region/rules.h"

#define STORY_DAY "2026-01-01" /* all that the story tells was before */

struct options {
    uint64_t seed;
    uint64_t people;
    uint64_t municipalities; /* of a covenant; 0: none is asked for */
    uint64_t local;
    uint64_t rules;
    const char *organisation;
    const char *day;
    bool wide;
    bool story;
    bool shielded;
};

static const char usage[] =
    "gebruik: region-people --organisation NAAM [--seed N] [--people AANTAL] [--day JJJJ-MM-DD] [--bench]\n"
    "         region-people --story      de vier nummers van het voorbeeldgezin, met naam\n"
    "         region-people --shielded   het nummer van de afgeschermde persoon\n"
    "         region-people --covenant GEMEENTEN [--local PARTIJEN] [--rules AANTAL] <convenant.json\n"
    "                  dat convenant, met zo veel gemeenten erbij en in elk zo veel partijen (3), en zo veel regels "
    "(0)\n"
    "  --day    peildatum: niets in de gegevens is van later (2026-10-01)\n"
    "  --bench  ook nummers buiten 999000000-999999999; alleen voor metingen binnen een proces\n";

static bool parse_count(const char *text, uint64_t *out)
{
    char *end = NULL;
    if (text == NULL || text[0] < '0' || text[0] > '9' || strlen(text) > 18) {
        return false;
    }
    *out = strtoull(text, &end, 10);
    return *end == '\0';
}

/* Takes one option and its value; how many arguments that were, 0 when it is wrong. */
static int parse_option(struct options *o, const char *name, const char *value)
{
    if (strcmp(name, "--bench") == 0) {
        o->wide = true;
        return 1;
    }
    if (strcmp(name, "--story") == 0) {
        o->story = true;
        return 1;
    }
    if (strcmp(name, "--shielded") == 0) {
        o->shielded = true;
        return 1;
    }
    if (strcmp(name, "--seed") == 0) {
        return parse_count(value, &o->seed) ? 2 : 0;
    }
    if (strcmp(name, "--people") == 0) {
        return parse_count(value, &o->people) ? 2 : 0;
    }
    if (strcmp(name, "--covenant") == 0) {
        return parse_count(value, &o->municipalities) && o->municipalities != 0 ? 2 : 0;
    }
    if (strcmp(name, "--local") == 0) {
        return parse_count(value, &o->local) ? 2 : 0;
    }
    if (strcmp(name, "--rules") == 0) {
        return parse_count(value, &o->rules) ? 2 : 0;
    }
    if (strcmp(name, "--organisation") == 0) {
        o->organisation = value;
        return value != NULL ? 2 : 0;
    }
    if (strcmp(name, "--day") == 0) {
        o->day = value;
        return value != NULL ? 2 : 0;
    }
    return 0;
}

static bool parse_options(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc;) {
        const int taken = parse_option(o, argv[i], i + 1 < argc ? argv[i + 1] : NULL);
        if (taken == 0) {
            (void)fprintf(stderr, "region-people: deze optie of waarde klopt niet: %s\n%s", argv[i], usage);
            return false;
        }
        i += taken;
    }
    return true;
}

static bool parse_day(const char *day, int64_t *out_ms)
{
    char moment[MOMENT_TEXT_SIZE + 8];
    if (strlen(day) != DATE_TEXT_SIZE - 1) {
        return false;
    }
    (void)snprintf(moment, sizeof moment, "%sT00:00:00Z", day);
    return moment_parse(slice_text(moment), out_ms);
}

static void write_story(const struct options *o, int64_t day_ms)
{
    struct population population = population_of(o->seed, day_ms, false);
    struct person person;
    while (population.made < STORY_COUNT && population_next(&population, &person)) {
        if (o->story != (person.index == STORY_SHIELDED)) {
            (void)printf("%09u\t# %s %s\n", person.bsn, person.given_name, person.family_name);
        }
    }
}

static bool write_people(const struct options *o, int64_t day_ms, const struct organisation *organisation)
{
    struct population population = population_of(o->seed, day_ms, o->wide);
    struct person person;
    registration_header(stdout);
    while (population.made < o->people) {
        if (!population_next(&population, &person)) {
            (void)fputs("region-people: er zijn geen nummers meer\n", stderr);
            return false;
        }
        registration_rows(&population, &person, organisation, stdout);
    }
    return true;
}

static bool write_covenant(const struct options *o)
{
    const struct covenant_size size = {(unsigned)o->municipalities, (unsigned)o->local, (unsigned)o->rules};
    if (o->municipalities > COVENANT_MUNICIPALITIES_MAX || o->local > COVENANT_LOCAL_MAX || o->rules > RULES_MADE_MAX) {
        (void)fprintf(
            stderr, "region-people: --covenant is 1 tot en met %d, --local 0 tot en met %d, --rules 0 tot en met %d\n",
            COVENANT_MUNICIPALITIES_MAX, COVENANT_LOCAL_MAX, RULES_MADE_MAX);
        return false;
    }
    if (!covenant_write(o->seed, &size, stdin, stdout)) {
        (void)fputs("region-people: op de standaardinvoer hoort het voorbeeldconvenant\n", stderr);
        return false;
    }
    return true;
}

static bool run(const struct options *o)
{
    int64_t day_ms = 0;
    if (o->municipalities != 0) {
        return write_covenant(o);
    }
    if (!parse_day(o->day, &day_ms) || strcmp(o->day, STORY_DAY) < 0) {
        (void)fputs("region-people: --day is een datum vanaf " STORY_DAY "\n", stderr);
        return false;
    }
    if (o->story || o->shielded) {
        write_story(o, day_ms);
        return true;
    }
    const struct organisation *organisation = o->organisation != NULL ? organisation_named(o->organisation) : NULL;
    if (organisation == NULL) {
        (void)fprintf(stderr, "region-people: --organisation is een van: %s\n", organisation_names());
        return false;
    }
    const uint64_t most = o->wide ? NUMBERS_WIDE_MAX : NUMBERS_NARROW_MAX;
    if (o->people < STORY_COUNT || o->people > most) {
        (void)fprintf(stderr, "region-people: --people is %d tot en met %llu%s\n", STORY_COUNT,
                      (unsigned long long)most,
                      o->wide ? "" : "; daarboven zijn er geen proefnummers (alleen voor metingen: --bench)");
        return false;
    }
    return write_people(o, day_ms, organisation);
}

int main(int argc, char **argv)
{
    struct options options = {.seed = 1, .people = 200, .local = 3, .day = "2026-10-01"};
    if (!parse_options(argc, argv, &options)) {
        return 2;
    }
    if (!run(&options)) {
        return 2;
    }
    if (fflush(stdout) != 0 || ferror(stdout) != 0) {
        (void)fputs("region-people: de uitvoer kan niet worden geschreven\n", stderr);
        return 1;
    }
    return 0;
}
