/*
 * figures_lines.c - the steering figures by lines of text, so that another reckoning can be held against them. For tests.
 *
 * In:  "look PURPOSE WHO DOMAINS ID" (ID: "i" or "n" and a number: by own id, or by number; DOMAINS: a mask), one line each;
 *      "least N" ends a month.
 * Out: per month a line for each figure, "partner|domain ROW COLUMN COUNT|-" ("*": a total), and "end".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/figures_count.h"
#include "base/bytes.h"

enum { LINE_BYTES = 256 };

static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "figures-lines: %s\n", what);
        exit(1);
    }
}

static struct figures *begin(void)
{
    struct oin own = {"00000099000000001000"};
    struct figures *figures = figures_new(&own);
    need(figures != NULL, "no memory");
    return figures;
}

static void add(struct figures *figures, const char *line)
{
    struct record record = {.operation = RECORD_ANSWERED};
    struct error err;
    char who[OIN_DIGITS + 1];
    char way = 0;
    unsigned long long person = 0;
    need(sscanf(line, "look %32s %20s %u %c%llu", record.purpose, who, &record.domains, &way, &person) == 5, "a look");
    (void)snprintf(record.peer.digits, sizeof record.peer.digits, "%s", who);
    if (way == 'n') {
        (void)snprintf(record.bsn.secret_digits, sizeof record.bsn.secret_digits, "%09llu", person % 1000000000ULL);
    } else {
        bytes_put_u64(record.subject.bytes, person);
    }
    need(figures_add(figures, &record, &err) == RESULT_OK, err.what);
}

static void put(const char *table, const char *row, const char *column, const struct suppress_figure *figure)
{
    if (figure->hidden) {
        (void)printf("%s %s %s -\n", table, row, column);
    } else {
        (void)printf("%s %s %s %u\n", table, row, column, figure->count);
    }
}

static void tell(const struct figures *f)
{
    for (int p = FIGURES_ALL; p < (int)figures_purposes(f); p++) {
        const char *row = p == FIGURES_ALL ? "*" : figures_purpose(f, (size_t)p);
        for (int q = FIGURES_ALL; q < (int)figures_partners(f); q++) {
            put("partner", row, q == FIGURES_ALL ? "*" : figures_partner(f, (size_t)q), figures_by_partner(f, p, q));
        }
        for (int d = FIGURES_ALL; d < FIGURES_DOMAINS; d++) {
            put("domain", row, d == FIGURES_ALL ? "*" : figures_domain((size_t)d), figures_by_domain(f, p, d));
        }
    }
    (void)printf("end\n");
    (void)fflush(stdout);
}

int main(void)
{
    char line[LINE_BYTES];
    struct figures *figures = begin();
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct error err;
        unsigned least = 0;
        if (sscanf(line, "least %u", &least) == 1) {
            need(figures_settle(figures, least, &err) == RESULT_OK, "not settled");
            tell(figures);
            figures_free(figures);
            figures = begin();
        } else {
            add(figures, line);
        }
    }
    figures_free(figures);
    return 0;
}
