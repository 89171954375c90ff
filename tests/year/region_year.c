/*
 * region-year - writes a year of log into the folder of a node that has no log yet, and what ought to be found in it.
 *
 * People, users and cases are invented; see year.h. The folder is as tests/region/region.sh makes one: MAP/gegevens and
 * MAP/sleutels; keys are made when there are none. While it is being written it holds jaar-is-niet-af.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "year/log.h"
#include "year/place.h"

struct options {
    uint64_t seed, records;
    const char *into, *truth;
};

static const char usage[] =
    "gebruik: region-year --truth BESTAND [--into MAP] [--seed N] [--records AANTAL]\n"
    "  --truth    hier komt, per patroon een regel JSON, wat er in het logboek is gestopt\n"
    "  --into     map van een knooppunt zonder logboek (MAP/gegevens, MAP/sleutels); zonder: alleen --truth\n"
    "  --records  zo veel regels in het logboek (5000000)\n";

static int refuse(const char *what)
{
    (void)fprintf(stderr, "region-year: %s\n", what);
    return 2;
}

static bool parse_count(const char *text, uint64_t *out)
{
    char *end = NULL;
    if (text[0] < '0' || text[0] > '9' || strlen(text) > 18) {
        return false;
    }
    *out = strtoull(text, &end, 10);
    return *end == '\0';
}

static bool parse_options(int argc, char **argv, struct options *o)
{
    for (int i = 1; i < argc; i += 2) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        bool fine = value != NULL;
        if (fine && strcmp(argv[i], "--seed") == 0) {
            fine = parse_count(value, &o->seed);
        } else if (fine && strcmp(argv[i], "--records") == 0) {
            fine = parse_count(value, &o->records) && o->records >= YEAR_RECORDS_MIN && o->records <= YEAR_RECORDS_MAX;
        } else if (fine && strcmp(argv[i], "--into") == 0) {
            o->into = value;
        } else if (fine && strcmp(argv[i], "--truth") == 0) {
            o->truth = value;
        } else {
            fine = false;
        }
        if (!fine) {
            (void)fprintf(stderr,
                          "region-year: deze optie of waarde klopt niet: %s (--records is %d tot en met %d)\n%s",
                          argv[i], YEAR_RECORDS_MIN, YEAR_RECORDS_MAX, usage);
            return false;
        }
    }
    return o->truth != NULL;
}

/* ---- what was planted ---- */

static void write_plant(FILE *out, const struct year_plant *plant)
{
    (void)fprintf(
        out, "{\"regel\":\"%s\",\"sleutel\":\"%s\",\"sterkte\":\"%s\",\"van\":\"%s\",\"tot\":\"%s\",\"volgnummers\":[",
        year_rule_word(plant->rule), plant->key, year_strength_word(plant->strength), moment_text(plant->first_ms).text,
        moment_text(plant->last_ms).text);
    for (size_t i = 0; i < plant->count; i++) {
        (void)fprintf(out, "%s%" PRIu64, i == 0 ? "" : ",", plant->sequences[i]);
    }
    (void)fputs("]}\n", out);
}

static bool write_truth(const struct year *year, const char *path)
{
    size_t count = 0;
    const struct year_plant *plants = year_plants(year, &count);
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        write_plant(out, &plants[i]);
    }
    const bool failed = ferror(out) != 0;
    return fclose(out) == 0 && !failed;
}

/* ---- the log ---- */

/* What stands in the folder while the year is not whole; one that died there is not taken up again. */
static int mark_unfinished(const char *folder, char path[YEAR_PATH_SIZE])
{
    const int len = snprintf(path, YEAR_PATH_SIZE, "%s/jaar-is-niet-af", folder);
    const int file = len > 0 && len < YEAR_PATH_SIZE ? open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    if (file < 0) {
        return refuse(errno == EEXIST ? "in deze map staat een jaar dat niet af is: begin met een nieuwe map"
                                      : "in deze map kan niet worden geschreven");
    }
    const bool synced = fsync(file) == 0;
    return close(file) == 0 && synced ? 0 : refuse("in deze map kan niet worden geschreven");
}

static enum result write_log(struct year_place *p, const struct options *o, struct year *year, uint64_t *entries,
                             struct error *err)
{
    struct year_log *log = NULL;
    TRY(year_log_open(&p->loop, p->door, p->keyring, o->seed, &log, err));
    const enum result result = year_log_write(log, year, err);
    *entries = year_log_entries(log);
    year_log_close(log);
    return result;
}

static double size_of(const struct year_place *p)
{
    char path[YEAR_PATH_SIZE + 32];
    struct stat file;
    (void)snprintf(path, sizeof path, "%s/knooppunt.db", p->data);
    return stat(path, &file) == 0 ? (double)file.st_size : 0;
}

static int fill_node(const struct options *o, struct year *year)
{
    struct year_place place = {.keyring = NULL};
    struct error err = {0};
    char mark[YEAR_PATH_SIZE];
    uint64_t entries = 0;
    if (mark_unfinished(o->into, mark) != 0) {
        return 2;
    }
    const uint64_t began = uv_hrtime();
    enum result result = year_place_open(&place, o->into, &err);
    if (result == RESULT_OK) {
        result = write_log(&place, o, year, &entries, &err);
    }
    year_place_close(&place);
    if (result != RESULT_OK) {
        (void)fprintf(stderr, "region-year: %s: %s\n", err.where, err.what);
        return err.fault == FAULT_CONFLICT && unlink(mark) == 0 ? 2 : 1;
    }
    const double seconds = (double)(uv_hrtime() - began) / 1e9;
    (void)printf("%" PRIu64 " regels in %.1f s: %.0f per seconde, %.0f bytes per regel, %.2f zoekingangen per regel\n",
                 o->records, seconds, (double)o->records / seconds, size_of(&place) / (double)o->records,
                 (double)entries / (double)o->records);
    return unlink(mark) == 0 ? 0 : 1;
}

static int run(const struct options *o)
{
    struct year_record made;
    struct year *year = year_new(o->seed, o->records);
    if (year == NULL) {
        return refuse("geen geheugen, of geen mensen meer");
    }
    int code = o->into != NULL ? fill_node(o, year) : 0;
    while (o->into == NULL && year_next(year, &made)) {
    }
    if (code == 0 && (year_failed(year) || !write_truth(year, o->truth))) {
        (void)fprintf(stderr, "region-year: %s kan niet worden geschreven\n", o->truth);
        code = 1;
    }
    year_free(year);
    return code;
}

int main(int argc, char **argv)
{
    struct options options = {.seed = 2026, .records = 5000000};
    if (!parse_options(argc, argv, &options)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    return run(&options);
}
