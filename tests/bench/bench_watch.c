/*
 * bench_watch - the watch over a year of log that region-year wrote: how fast, and what it finds.
 *
 *   bench_watch FOLDER SEED RECORDS DAY
 * Goes through the log DAY records at a time: each piece is read, opened and given to the watch, in turn with reading
 * and opening it alone, which of both comes first changing every time. Prints as JSON objects:
 *   watch-day    records a second of both (medians over the pieces behind the first quarter: then the window is full),
 *                and how many seconds DAY records take
 *   watch-RULE   of what was planted past its bound, how much was found (ratio: recall); what was planted just below it
 *                and found all the same; findings of nothing planted, in all and per day; precision
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/attr.h"
#include "base/mem.h"
#include "year/judge.h"
#include "year/place.h"

enum { PAGE = 256, TEXT_MAX = 4096, YEAR_DAYS = 365 };

struct bench {
    struct year_place place;
    struct audit *audit;
    struct entropy entropy;
    struct year *year;
    struct year_judge *judge;
    struct log_watch *watch;
    bool watches; /* else records are opened only */
    uint64_t next, end;
    struct buf text;
};

static void require(bool fine, const char *what)
{
    if (!fine) {
        (void)fprintf(stderr, "bench_watch: %s\n", what);
        exit(1);
    }
}

static void fill(void *ctx, void *out, size_t len)
{
    (void)ctx;
    memset(out, 0, len); /* nothing is drawn in reading */
}

static int64_t now_ms(void *ctx)
{
    (void)ctx;
    return YEAR_BEGINS_MS;
}

static const struct clock opening = {now_ms, NULL};

static void take_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct bench *b = ctx;
    require(err == NULL && count != 0, "het logboek is niet te lezen");
    for (size_t i = 0; i < count && b->next < b->end; i++, b->next++) {
        struct record record;
        struct error why;
        buf_clear(&b->text);
        require(audit_read(b->audit, &leaves[i], &record, &b->text, &why) == RESULT_OK, "een regel gaat niet open");
        require(!b->watches || year_judge_take(b->judge, b->watch, &record, leaves[i].sequence, buf_slice(&b->text),
                                               &why) == RESULT_OK,
                "de bewaking stopt");
    }
}

/* Records a second. */
static double go_through(struct bench *b, uint64_t from, uint64_t to, bool watches)
{
    b->watches = watches;
    b->next = from;
    b->end = to;
    const uint64_t began = uv_hrtime();
    while (b->next < to) {
        store_log_read(b->place.door, b->next, PAGE, take_leaves, b);
    }
    return (double)(to - from) / ((double)(uv_hrtime() - began) / 1e9);
}

static int compare(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static void measure(struct bench *b, uint64_t records, uint64_t day)
{
    const size_t pieces = (size_t)((records + day - 1) / day);
    const size_t first = pieces / 4;
    double *ours = mem_array(pieces, sizeof *ours);
    double *theirs = mem_array(pieces, sizeof *theirs);
    require(ours != NULL && theirs != NULL, "geen geheugen");
    for (size_t i = 0; i < pieces; i++) {
        const uint64_t from = i * day;
        const uint64_t to = from + day < records ? from + day : records;
        if (i % 2 == 0) {
            theirs[i] = go_through(b, from, to, false);
        }
        ours[i] = go_through(b, from, to, true);
        if (i % 2 != 0) {
            theirs[i] = go_through(b, from, to, false);
        }
    }
    const double rate = median(ours + first, pieces - first);
    const double bare = median(theirs + first, pieces - first);
    (void)printf("{\"bench\":\"watch-day\",\"value\":%.0f,\"unit\":\"regels/s\",\"peer\":\"alleen-openen\","
                 "\"peer_value\":%.0f,\"ratio\":%.3f,\"records\":%llu,\"seconds\":%.2f}\n",
                 rate, bare, rate / bare, (unsigned long long)day, (double)day / rate);
    mem_free(ours);
    mem_free(theirs);
}

static void report(const struct year_judge *judge, enum finding_rule rule)
{
    const struct year_score score = year_judge_score(judge, rule);
    const unsigned planted = score.planted[YEAR_PLAIN] + score.planted[YEAR_NEAR];
    const unsigned found = score.found[YEAR_PLAIN] + score.found[YEAR_NEAR];
    const unsigned right = score.findings - score.stray;
    require(planted != 0, "van een regel is niets geplant");
    (void)printf("{\"bench\":\"watch-%s\",\"value\":%u,\"unit\":\"gevonden\",\"peer\":\"geplant\",\"peer_value\":%u,"
                 "\"ratio\":%.3f,\"near\":\"%u/%u\",\"below\":\"%u/%u\",\"findings\":%u,\"excepted\":%u,\"stray\":%u,"
                 "\"precision\":%.3f,\"stray_per_day\":%.4f}\n",
                 year_rule_word(rule), found, planted, (double)found / planted, score.found[YEAR_NEAR],
                 score.planted[YEAR_NEAR], score.found[YEAR_BELOW], score.planted[YEAR_BELOW], score.findings,
                 score.excepted, score.stray, score.findings != 0 ? (double)right / score.findings : 1.0,
                 (double)score.stray / YEAR_DAYS);
}

static void open_bench(struct bench *b, const char *folder, uint64_t seed, uint64_t records)
{
    struct error err;
    struct year_record made;
    uint8_t key[SEAL_KEY_SIZE];
    const struct watch_limits limits = year_limits();
    b->entropy.fill = fill;
    b->year = year_new(seed, records);
    require(b->year != NULL, "geen geheugen");
    while (year_next(b->year, &made)) {
    }
    require(!year_failed(b->year) && year_place_open(&b->place, folder, &err) == RESULT_OK &&
                audit_open(b->place.keyring, &opening, &b->entropy, &b->audit, &err) == RESULT_OK &&
                log_watch_new(&limits, &b->watch, &err) == RESULT_OK,
            "de opslag gaat niet open");
    seal_derived_key(b->place.keyring, SEAL_WATCH, key);
    b->judge = year_judge_new(b->year, key);
    require(b->judge != NULL, "geen geheugen");
    buf_init(&b->text, TEXT_MAX);
}

static void close_bench(struct bench *b)
{
    buf_free(&b->text);
    year_judge_free(b->judge);
    log_watch_free(b->watch);
    audit_close(b->audit);
    year_place_close(&b->place);
    year_free(b->year);
}

int main(int argc, char **argv)
{
    static const enum finding_rule rules[] = {
        RULE_MANY_PEOPLE, RULE_OFF_HOURS,    RULE_NO_CASE,    RULE_SAME_PERSON, RULE_OWN_CIRCLE,
        RULE_SAME_REASON, RULE_OFTEN_URGENT, RULE_WITHDRAWAL, RULE_EMPTY_HITS,  RULE_SET_OUTGROWN,
    };
    static struct bench b;
    struct error err;
    require(argc == 5, "FOLDER SEED RECORDS DAY");
    const uint64_t records = strtoull(argv[3], NULL, 10);
    open_bench(&b, argv[1], strtoull(argv[2], NULL, 10), records);
    measure(&b, records, strtoull(argv[4], NULL, 10));
    require(year_judge_end(b.judge, b.watch, &err) == RESULT_OK, "de bewaking stopt");
    for (size_t i = 0; i < COUNT_OF(rules); i++) {
        report(b.judge, rules[i]);
    }
    const struct watch_hit *stray = NULL;
    for (size_t i = 0; i < 10 && (stray = year_judge_stray(b.judge, i)) != NULL; i++) {
        (void)fprintf(stderr, "niet geplant: %s %s %s, vanaf regel %llu\n", year_rule_word(stray->rule), stray->user,
                      date_text(&stray->day).text, (unsigned long long)stray->records[0]);
    }
    close_bench(&b);
    return 0;
}
