/*
 * What one decision costs, against looking the same up in the document itself (unit/policy/plain.h), and against the
 * least that any decision must do: compare the words of the question once.
 *   bench_decision COVENANT.json INSTRUCTIONS    one JSON object: medians of RUNS, in turn; INSTRUCTIONS as counted
 *   bench_decision COVENANT.json --count N       N decisions and nothing else that is called policy_may_answer
 * A question is asked for each rule that permits, as far as QUESTIONS_MAX goes, by somebody whom it lets, about a youth
 * in his area who consented to all, once about a life domain of the rule and once about another.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/attr.h"
#include "base/json.h"
#include "base/limits.h"
#include "policy/decide.h"
#include "unit/policy/plain.h"

enum { RUNS = 11, QUESTIONS_MAX = 512, ROUND = 200000, PLAIN_RULES = 20000 };

struct bench {
    struct covenant *covenant;
    struct json *document;
    struct policy_request *requests;
    struct policy_record *records;
    struct plain_facts *facts;
    struct policy_subject *subjects;
    struct policy_consent consent;
    size_t count;
    size_t rules;
    size_t plain_round; /* fewer of those that read the document, the longer it is */
};

static double now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double values[RUNS])
{
    qsort(values, RUNS, sizeof *values, by_size);
    return values[RUNS / 2];
}

static void stop(const char *why)
{
    (void)fprintf(stderr, "bench_decision: %s\n", why);
    exit(1);
}

/* ---- the questions ---- */

static const char *text_of(const struct json *object, const char *name)
{
    return json_cstr(json_member(object, name));
}

/* Some party of the first kind in the list, from a place on that moves with each question. */
static const struct party *party_of(const struct bench *b, const struct json *kinds, size_t from)
{
    const size_t count = covenant_party_count(b->covenant);
    const char *kind = json_cstr(json_first(kinds));
    for (size_t i = 0; i < count; i++) {
        const struct party *party = covenant_party_at(b->covenant, (from + i) % count);
        if (strcmp(party->kind, kind) == 0) {
            return party;
        }
    }
    return NULL;
}

static const char *other_domain(const struct json *domains)
{
    for (unsigned i = 0; i < LIFE_DOMAIN_COUNT; i++) {
        const struct json *named = json_first(domains);
        while (named != NULL && strcmp(json_cstr(named), life_domain_word((enum life_domain)i)) != 0) {
            named = json_next(named);
        }
        if (named == NULL) {
            return life_domain_word((enum life_domain)i);
        }
    }
    return json_cstr(json_first(domains));
}

/* A municipality where the party works. */
static const char *home_of(const struct bench *b, const struct party *party)
{
    const struct json *one = json_first(json_member(b->document, "partijen"));
    while (one != NULL && strcmp(text_of(one, "oin"), party->oin.digits) != 0) {
        one = json_next(one);
    }
    return json_cstr(json_first(json_member(one, "werkgebied")));
}

static void ask(struct bench *b, const struct json *rule, const char *domain, const struct date *today, const char *day)
{
    const struct json *requester = json_member(rule, "vrager");
    const size_t i = b->count;
    const struct party *asks = party_of(b, json_member(requester, "soorten"), i * 31);
    const struct party *gives = party_of(b, json_member(json_member(rule, "gever"), "soorten"), i * 17 + 5);
    if (i == QUESTIONS_MAX || asks == NULL || gives == NULL) {
        return;
    }
    b->facts[i] = (struct plain_facts){.requester = asks->oin.digits,
                                       .provider = gives->oin.digits,
                                       .purpose = text_of(rule, "doel"),
                                       .basis = text_of(rule, "grondslagVragen"),
                                       .role = json_cstr(json_first(json_member(requester, "rollen"))),
                                       .has_case = true,
                                       .has_report = true,
                                       .report_open = true,
                                       .order_in_force = true,
                                       .today = day,
                                       .at_provider = true,
                                       .birth = "2012-01-01",
                                       .municipality = home_of(b, asks),
                                       .extended_youth_care = "",
                                       .consent = &b->consent,
                                       .domain = domain};
    b->requests[i] = (struct policy_request){.requester = asks,
                                             .provider = gives,
                                             .purpose = slice_text(b->facts[i].purpose),
                                             .basis = slice_text(b->facts[i].basis),
                                             .role = slice_text(b->facts[i].role),
                                             .has_case = true,
                                             .has_report = true,
                                             .report_open = true,
                                             .order_in_force = true,
                                             .today = *today};
    b->subjects[i] =
        (struct policy_subject){.birth = {2012, 1, 1}, .municipality = b->facts[i].municipality, .consent = b->consent};
    b->records[i] = (struct policy_record){slice_text(domain), false, false};
    b->count++;
}

static void make_questions(struct bench *b)
{
    struct date today = {0, 0, 0};
    const char *day = text_of(json_member(b->document, "geldigheid"), "van");
    b->requests = calloc(QUESTIONS_MAX, sizeof *b->requests);
    b->subjects = calloc(QUESTIONS_MAX, sizeof *b->subjects);
    b->records = calloc(QUESTIONS_MAX, sizeof *b->records);
    b->facts = calloc(QUESTIONS_MAX, sizeof *b->facts);
    if (b->requests == NULL || b->subjects == NULL || b->records == NULL || b->facts == NULL ||
        !date_parse(slice_text(day), &today)) {
        stop("geen vragen");
    }
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
        b->consent.categories[kind] = UINT32_MAX;
    }
    for (const struct json *rule = json_first(json_member(b->document, "regels")); rule != NULL;
         rule = json_next(rule)) {
        const struct json *domains = json_member(rule, "leefgebieden");
        b->rules++;
        if (!json_bool(json_member(rule, "verbod")) && !json_bool(json_member(rule, "opzoekset"))) {
            ask(b, rule, json_cstr(json_first(domains)), &today, day);
            ask(b, rule, other_domain(domains), &today, day);
        }
    }
    b->plain_round = PLAIN_RULES / (b->rules + 1) + 1;
    if (b->count == 0) {
        stop("dit convenant heeft geen regel die iets geeft");
    }
}

static void open_covenant(struct bench *b, const char *path)
{
    struct buf text;
    struct error err;
    struct fault_list faults = {0};
    buf_init(&text, COVENANT_BYTES_MAX);
    FILE *file = fopen(path, "rb");
    uint8_t *room = buf_reserve(&text, COVENANT_BYTES_MAX);
    if (file == NULL || room == NULL) {
        stop("het convenant is niet te lezen");
    } else {
        buf_commit(&text, fread(room, 1, COVENANT_BYTES_MAX, file));
        (void)fclose(file);
    }
    if (covenant_parse(buf_slice(&text), &b->covenant, &faults) != RESULT_OK) {
        stop(faults.items[0].what);
    }
    if (json_parse(buf_slice(&text), &b->document, &err) != RESULT_OK) {
        stop(err.what);
    }
    buf_free(&text);
    make_questions(b);
}

/* ---- what is measured; each gives nanoseconds a decision ---- */

static double answer_ns(const struct bench *b, size_t rounds, size_t *permitted)
{
    struct policy_decision out;
    const double begin = now_ns();
    for (size_t i = 0; i < rounds; i++) {
        const size_t q = i % b->count;
        policy_may_answer(b->covenant, &b->requests[q], &b->subjects[q], &b->records[q], &out);
        *permitted += out.permit;
    }
    return (now_ns() - begin) / (double)rounds;
}

static double know_ns(const struct bench *b)
{
    struct policy_decision out;
    const double begin = now_ns();
    for (size_t i = 0; i < ROUND; i++) {
        const size_t q = i % b->count;
        policy_may_know(b->covenant, &b->requests[q], &b->subjects[q], &b->records[q], &out);
    }
    return (now_ns() - begin) / ROUND;
}

static double ask_ns(const struct bench *b)
{
    struct policy_decision out;
    const double begin = now_ns();
    for (size_t i = 0; i < ROUND; i++) {
        policy_may_ask(b->covenant, &b->requests[i % b->count], &out);
    }
    return (now_ns() - begin) / ROUND;
}

static double plain_ns(const struct bench *b)
{
    struct plain_answer out;
    const double begin = now_ns();
    for (size_t i = 0; i < b->plain_round; i++) {
        plain_decide(b->document, &b->facts[i * 37 % b->count], &out);
    }
    return (now_ns() - begin) / (double)b->plain_round;
}

/* Every word of a question compared once, with the same word of the next. */
static double words_ns(const struct bench *b, size_t *equal)
{
    const double begin = now_ns();
    for (size_t i = 0; i < ROUND; i++) {
        const struct policy_request *one = &b->requests[i % b->count];
        const struct policy_request *other = &b->requests[(i + 1) % b->count];
        *equal += slice_equal(one->purpose, other->purpose);
        *equal += slice_equal(one->basis, other->basis);
        *equal += slice_equal(one->role, other->role);
        *equal += slice_equal(b->records[i % b->count].life_domain, b->records[(i + 1) % b->count].life_domain);
        *equal += (size_t)(memcmp(&one->today, &other->today, sizeof one->today) == 0);
    }
    return (now_ns() - begin) / ROUND;
}

static void measure(const struct bench *b, const char *instructions)
{
    double ours[RUNS];
    double known[RUNS];
    double asked[RUNS];
    double plain[RUNS];
    double words[RUNS];
    size_t permitted = 0;
    size_t equal = 0;
    for (int i = 0; i < RUNS; i++) {
        ours[i] = answer_ns(b, ROUND, &permitted);
        plain[i] = plain_ns(b);
        known[i] = know_ns(b);
        asked[i] = ask_ns(b);
        words[i] = words_ns(b, &equal);
    }
    const double value = median(ours);
    const double peer = median(plain);
    (void)printf("{\"bench\":\"decision\",\"value\":%.1f,\"unit\":\"ns\",\"peer\":\"document\","
                 "\"peer_value\":%.1f,\"ratio\":%.1f,\"min\":%.1f,\"max\":%.1f,\"pairs\":%d,\"parties\":%zu,"
                 "\"rules\":%zu,\"questions\":%zu,\"permitted_percent\":%.1f,\"may_know_ns\":%.1f,\"may_ask_ns\":%.1f,"
                 "\"words_ns\":%.1f,\"instructions\":%s}\n",
                 value, peer, peer / value, ours[0], ours[RUNS - 1], RUNS, covenant_party_count(b->covenant), b->rules,
                 b->count, 100.0 * (double)permitted / ((double)ROUND * RUNS), median(known), median(asked),
                 median(words), instructions);
    if (equal == 0 || permitted == 0) {
        stop("er is niets vergeleken of niets toegestaan");
    }
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    size_t permitted = 0;
    if (argc < 3) {
        (void)fputs("gebruik: bench_decision CONVENANT.json INSTRUCTIES | --count AANTAL\n", stderr);
        return 2;
    }
    open_covenant(&b, argv[1]);
    if (argc == 4 && strcmp(argv[2], "--count") == 0) {
        (void)answer_ns(&b, strtoull(argv[3], NULL, 10), &permitted);
    } else {
        measure(&b, argv[2]);
    }
    covenant_free(b.covenant);
    json_free(b.document);
    free(b.requests);
    free(b.subjects);
    free(b.records);
    free(b.facts);
    return 0;
}
