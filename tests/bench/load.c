/*
 * bench-load - asks one HTTP/2 server on this machine as fast as it answers, and prints how fast that was, as JSON.
 *
 * Persistent mutual-TLS connections, many streams each, one thread. A different body each request, every answer's
 * status and length checked. Exit status: 0 all as expected, 1 errors among the answers, 2 could not run.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "bench/load_fresh.h"
#include "bench/load_run.h"

struct options {
    const char *url;
    const char *ca;
    const char *cert;
    const char *key;
    const char *method;
    const char *media_type;
    const char *bodies;
    uint64_t connections;
    uint64_t streams;
    uint64_t seconds;
    uint64_t warmup;
    uint64_t requests;
    uint64_t length;
    uint64_t min_length;
    uint64_t hold;
    uint64_t fresh;
};

enum option_kind { TEXT, NUMBER };

struct option_row {
    const char *name;
    enum option_kind kind;
    size_t offset;
    uint64_t min;
    uint64_t max;
    const char *help;
};

#define ROW_TEXT(name, member, help)                                                                                   \
    {                                                                                                                  \
        (name), TEXT, offsetof(struct options, member), 0, 0, (help)                                                   \
    }
#define ROW_NUMBER(name, member, min, max, help)                                                                       \
    {                                                                                                                  \
        (name), NUMBER, offsetof(struct options, member), (min), (max), (help)                                         \
    }

static const struct option_row rows[] = {
    ROW_TEXT("--url", url, "https://HOST:POORT/PAD, alleen op deze machine (verplicht)"),
    ROW_TEXT("--ca", ca, "CA van de server, PEM (verplicht)"),
    ROW_TEXT("--cert", cert, "eigen certificaat, PEM"),
    ROW_TEXT("--key", key, "sleutel daarbij, PEM"),
    ROW_TEXT("--method", method, "GET, of POST als er bodies zijn"),
    ROW_TEXT("--media-type", media_type, "application/json als er bodies zijn"),
    ROW_TEXT("--bodies", bodies, "bestand met op elke regel de inhoud van een verzoek"),
    ROW_NUMBER("--connections", connections, 1, LOAD_CONNECTIONS_MAX, "verbindingen (4)"),
    ROW_NUMBER("--streams", streams, 1, LOAD_STREAMS_MAX, "verzoeken tegelijk per verbinding (32)"),
    ROW_NUMBER("--seconds", seconds, 1, LOAD_SECONDS_MAX, "duur van de meting (5; met --requests hoogstens, 60)"),
    ROW_NUMBER("--warmup", warmup, 0, LOAD_SECONDS_MAX, "seconden opwarmen vooraf (1; met --requests 0)"),
    ROW_NUMBER("--requests", requests, 1, 1000000000, "vast aantal verzoeken"),
    ROW_NUMBER("--length", length, 1, 1U << 30, "elk antwoord is precies zo veel bytes"),
    ROW_NUMBER("--hold", hold, 1, LOAD_SECONDS_MAX,
               "daarna open blijven tot standaardinvoer sluit, hoogstens zo veel s"),
    ROW_NUMBER("--fresh", fresh, 1, LOAD_WORKERS_MAX, "geen verzoeken maar handdrukken, zo veel tegelijk"),
    ROW_NUMBER("--min-length", min_length, 1, 1U << 30, "elk antwoord is minstens zo veel bytes"),
};

static void print_usage(void)
{
    (void)fputs("gebruik: bench-load OPTIE WAARDE...\n", stderr);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        (void)fprintf(stderr, "  %-14s %s\n", rows[i].name, rows[i].help);
    }
}

static enum result set_option(struct options *options, const struct option_row *row, const char *value,
                              struct error *err)
{
    void *member = (char *)options + row->offset;
    if (row->kind == TEXT) {
        memcpy(member, &value, sizeof value);
        return RESULT_OK;
    }
    char *end = NULL;
    const bool digits = value[0] >= '0' && value[0] <= '9' && strlen(value) <= 18;
    const uint64_t number = digits ? strtoull(value, &end, 10) : 0;
    ENSURE(digits && *end == '\0' && number >= row->min && number <= row->max, err, FAULT_USAGE, row->name,
           "een getal van %llu tot en met %llu", (unsigned long long)row->min, (unsigned long long)row->max);
    memcpy(member, &number, sizeof number);
    return RESULT_OK;
}

static enum result parse_options(int argc, char **argv, struct options *options, struct error *err)
{
    for (int i = 1; i < argc; i += 2) {
        const struct option_row *row = NULL;
        for (size_t k = 0; k < COUNT_OF(rows); k++) {
            if (strcmp(rows[k].name, argv[i]) == 0) {
                row = &rows[k];
            }
        }
        ENSURE(row != NULL, err, FAULT_USAGE, argv[i], "deze optie is er niet");
        ENSURE(i + 1 < argc, err, FAULT_USAGE, argv[i], "hierna hoort een waarde");
        TRY(set_option(options, row, argv[i + 1], err));
    }
    ENSURE(options->url != NULL, err, FAULT_USAGE, "--url", "ontbreekt");
    ENSURE(options->ca != NULL, err, FAULT_USAGE, "--ca", "ontbreekt");
    ENSURE((options->cert == NULL) == (options->key == NULL), err, FAULT_USAGE, "--cert", "hoort samen met --key");
    return RESULT_OK;
}

/* What was not said follows from what was. */
static void fill_in(struct options *o)
{
    const bool bodies = o->bodies != NULL;
    o->method = o->method != NULL ? o->method : bodies ? "POST" : "GET";
    o->media_type = o->media_type != NULL || !bodies ? o->media_type : "application/json";
    o->connections = o->connections != 0 ? o->connections : 4;
    o->streams = o->streams != 0 ? o->streams : 32;
    o->seconds = o->seconds != 0 ? o->seconds : o->requests != 0 ? 60 : 5;
    o->warmup = o->warmup != UINT64_MAX ? o->warmup : o->requests != 0 ? 0 : 1;
}

static void print_result(const struct options *o, const struct load_stats *stats, double seconds)
{
    (void)printf("{\"requests\":%llu,\"errors\":%llu,\"seconds\":%.3f,\"rps\":%.1f,\"p50_ms\":%.3f,\"p90_ms\":%.3f,"
                 "\"p99_ms\":%.3f,\"bytes_in\":%llu,\"connections\":%llu,\"streams\":%llu}\n",
                 (unsigned long long)stats->requests, (unsigned long long)load_stats_errors(stats), seconds,
                 seconds > 0.0 ? (double)stats->requests / seconds : 0.0, load_stats_percentile(stats, 500),
                 load_stats_percentile(stats, 900), load_stats_percentile(stats, 990), (unsigned long long)stats->bytes,
                 (unsigned long long)o->connections, (unsigned long long)o->streams);
    if (load_stats_errors(stats) != 0) {
        (void)fprintf(stderr, "bench-load: andere status %llu (laatste %d), andere lengte %llu, geen antwoord %llu\n",
                      (unsigned long long)stats->wrong_status, stats->last_status,
                      (unsigned long long)stats->wrong_length, (unsigned long long)stats->lost);
    }
}

static enum result measure_fresh(const struct options *o, const struct load_target *target, struct load_plan *plan,
                                 struct error *err)
{
    struct load_fresh fresh;
    TRY(load_fresh(target, (unsigned)o->fresh, (unsigned)o->seconds, &fresh, err));
    (void)printf("{\"handshakes\":%llu,\"errors\":%llu,\"seconds\":%.3f,\"rate\":%.1f}\n",
                 (unsigned long long)fresh.done, (unsigned long long)fresh.errors, fresh.seconds,
                 (double)fresh.done / fresh.seconds);
    plan->stats.requests = fresh.done;
    plan->stats.lost = fresh.errors;
    return RESULT_OK;
}

static enum result measure(const struct options *o, struct load_target *target, struct load_plan *plan,
                           struct error *err)
{
    const struct load_schedule schedule = {
        .connections = (unsigned)o->connections,
        .warmup_seconds = (unsigned)o->warmup,
        .seconds = (unsigned)o->seconds,
        .requests = o->requests,
        .hold_seconds = (unsigned)o->hold,
    };
    double seconds = 0.0;
    TRY(load_target_parse(o->url, target, err));
    TRY(load_target_tls(target, o->ca, o->cert, o->key, err));
    if (o->fresh != 0) {
        return measure_fresh(o, target, plan, err);
    }
    if (o->bodies != NULL) {
        TRY(load_bodies_open(o->bodies, &plan->bodies, err));
    }
    TRY(load_run(plan, &schedule, &seconds, err));
    print_result(o, &plan->stats, seconds);
    return RESULT_OK;
}

int main(int argc, char **argv)
{
    struct options options = {.warmup = UINT64_MAX};
    struct load_target target = {.tls = NULL};
    struct error err;
    (void)signal(SIGPIPE, SIG_IGN);
    if (parse_options(argc, argv, &options, &err) != RESULT_OK) {
        (void)fprintf(stderr, "bench-load: %s: %s\n", err.where, err.what);
        print_usage();
        return 2;
    }
    fill_in(&options);
    struct load_plan plan = {
        .target = &target,
        .method = options.method,
        .media_type = options.media_type,
        .streams = (unsigned)options.streams,
        .exact_length = options.length,
        .least_length = options.min_length,
    };
    const enum result result = measure(&options, &target, &plan, &err);
    load_bodies_close(&plan.bodies);
    load_target_close(&target);
    if (result != RESULT_OK) {
        (void)fprintf(stderr, "bench-load: %s: %s\n", err.where, err.what);
        return 2;
    }
    return load_stats_errors(&plan.stats) == 0 && plan.stats.requests != 0 ? 0 : 1;
}
