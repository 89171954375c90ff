#include "year/judge.h"

#include <string.h>

#include "api/watching.h"
#include "base/mem.h"

enum { HITS_FIRST = 256 };
static const int64_t DAY_MS = 86400000;

struct year_judge {
    const struct year *year;
    uint8_t key[SEAL_KEY_SIZE];
    struct watch_hit *hits;
    size_t count, capacity;
    int64_t last_ms;
    bool failed;
};

struct watch_limits year_limits(void)
{
    return (struct watch_limits){{
#define X(code, key, least, most, standard) [code] = (standard),
        WATCH_LIMIT_TABLE(X)
#undef X
    }};
}

struct year_judge *year_judge_new(const struct year *year, const uint8_t key[SEAL_KEY_SIZE])
{
    struct year_judge *judge = mem_zalloc(sizeof *judge);
    if (judge != NULL) {
        judge->year = year;
        memcpy(judge->key, key, sizeof judge->key);
    }
    return judge;
}

void year_judge_free(struct year_judge *judge)
{
    if (judge != NULL) {
        mem_free(judge->hits);
        mem_free(judge);
    }
}

/* ---- what is found ---- */

/* Rule, key and day make it one; it is given again when it grows. */
static struct watch_hit *known_hit(const struct year_judge *judge, const struct watch_hit *hit)
{
    for (size_t i = judge->count; i-- > 0;) {
        struct watch_hit *old = &judge->hits[i];
        if (old->rule == hit->rule && old->key == hit->key && date_compare(&old->day, &hit->day) == 0) {
            return old;
        }
    }
    return NULL;
}

static void found(void *ctx, const struct watch_hit *hit)
{
    struct year_judge *judge = ctx;
    struct watch_hit *place = known_hit(judge, hit);
    if (place == NULL && judge->count == judge->capacity) {
        const size_t room = judge->capacity == 0 ? HITS_FIRST : 2 * judge->capacity;
        struct watch_hit *hits = mem_realloc(judge->hits, room * sizeof *hits);
        if (hits == NULL) {
            judge->failed = true;
            return;
        }
        judge->hits = hits;
        judge->capacity = room;
    }
    place = place != NULL ? place : &judge->hits[judge->count++];
    *place = *hit;
}

static enum result took(const struct year_judge *judge, enum result result, struct error *err)
{
    ENSURE(!judge->failed, err, FAULT_NO_MEMORY, "jaar", "geen geheugen");
    return result;
}

enum result year_judge_take(struct year_judge *judge, struct log_watch *watch, const struct record *record,
                            uint64_t sequence, struct slice text, struct error *err)
{
    struct watch_look look;
    struct year_subject subject;
    year_subject_of(judge->year, record, &subject);
    struct watching_known known = {
        .subject = subject.id,
        .household = subject.household,
        .flags = (year_purpose_urgent(record->purpose) ? WATCH_URGENT : 0U) | (subject.is_self ? WATCH_SELF : 0U) |
                 (subject.is_colleague ? WATCH_COLLEAGUE : 0U) | (subject.is_relative ? WATCH_RELATIVE : 0U)};
    memcpy(known.key, judge->key, sizeof known.key);
    judge->last_ms = record->time_ms;
    if (!watch_look_of(&known, record, sequence, text, &look)) {
        return RESULT_OK;
    }
    return took(judge, log_watch_take(watch, &look, found, judge, err), err);
}

enum result year_judge_end(struct year_judge *judge, struct log_watch *watch, struct error *err)
{
    log_watch_settle(watch, judge->last_ms + 2 * DAY_MS, found, judge);
    return took(judge, RESULT_OK, err);
}

/* ---- against what was planted ---- */

static bool share_record(const struct watch_hit *hit, const struct year_plant *plant)
{
    for (size_t i = 0, k = 0; i < hit->record_count && k < plant->count;) {
        if (hit->records[i] == plant->sequences[k]) {
            return true;
        }
        if (hit->records[i] < plant->sequences[k]) {
            i++;
        } else {
            k++;
        }
    }
    return false;
}

/* Of the same rule, about the same user or partner, and of its records. */
static bool is_of(const struct watch_hit *hit, const struct year_plant *plant)
{
    const bool user = hit->user[0] == '\0' || plant->rule == RULE_SAME_PERSON || strcmp(hit->user, plant->key) == 0;
    const bool partner = (plant->rule != RULE_EMPTY_HITS && plant->rule != RULE_SET_OUTGROWN) ||
                         strcmp(hit->peer.digits, plant->key) == 0;
    return hit->rule == plant->rule && user && partner && share_record(hit, plant);
}

/* What the officer made an exception for is a rule and a user, whatever the records. */
static bool is_excepted(const struct watch_hit *hit, const struct year_plant *plant)
{
    return plant->strength == YEAR_EXCEPTED && hit->rule == plant->rule && strcmp(hit->user, plant->key) == 0;
}

enum verdict { STRAY, OF_PLANT, EXCEPTED };

static enum verdict verdict_on(const struct year_judge *judge, const struct watch_hit *hit)
{
    size_t count = 0;
    const struct year_plant *plants = year_plants(judge->year, &count);
    for (size_t i = 0; i < count; i++) {
        if (is_excepted(hit, &plants[i])) {
            return EXCEPTED;
        }
        if (plants[i].strength < YEAR_BELOW && is_of(hit, &plants[i])) {
            return OF_PLANT;
        }
    }
    return STRAY;
}

static bool is_found(const struct year_judge *judge, const struct year_plant *plant)
{
    for (size_t i = 0; i < judge->count; i++) {
        if (is_of(&judge->hits[i], plant)) {
            return true;
        }
    }
    return false;
}

struct year_score year_judge_score(const struct year_judge *judge, enum finding_rule rule)
{
    size_t count = 0;
    struct year_score score = {.findings = 0};
    const struct year_plant *plants = year_plants(judge->year, &count);
    for (size_t i = 0; i < count; i++) {
        if (plants[i].rule == rule && plants[i].strength != YEAR_EXCEPTED) {
            score.planted[plants[i].strength]++;
            score.found[plants[i].strength] += is_found(judge, &plants[i]);
        }
    }
    for (size_t i = 0; i < judge->count; i++) {
        if (judge->hits[i].rule == rule) {
            const enum verdict verdict = verdict_on(judge, &judge->hits[i]);
            score.excepted += verdict == EXCEPTED;
            score.findings += verdict != EXCEPTED;
            score.stray += verdict == STRAY;
        }
    }
    return score;
}

const struct watch_hit *year_judge_stray(const struct year_judge *judge, size_t which)
{
    for (size_t i = 0; i < judge->count; i++) {
        if (verdict_on(judge, &judge->hits[i]) == STRAY && which-- == 0) {
            return &judge->hits[i];
        }
    }
    return NULL;
}
