#include "year/year.h"

#include <string.h>

#include "base/date.h"
#include "base/mem.h"
#include "year/inside.h"

enum { CASES_PER_USER = 400, CASES_PLANTED = 20000, SEQUENCES_FIRST = 8 };

const char *year_strength_word(enum year_strength strength)
{
    static const char *const words[] = {"ruim", "net", "net-niet", "uitzondering"};
    return words[strength];
}

const char *year_rule_word(enum finding_rule rule)
{
    switch (rule) {
#define X(code, number, word)                                                                                          \
    case code:                                                                                                         \
        return word;
        FINDING_RULE_TABLE(X)
#undef X
    default:
        return "";
    }
}

struct year *year_new(uint64_t seed, uint64_t records)
{
    struct year *y = mem_zalloc(sizeof *y);
    if (y == NULL) {
        return NULL;
    }
    y->seed = seed;
    y->records = records;
    for (int day = 0; day < YEAR_DAYS; day++) {
        y->weight_all += year_day_weight(day);
    }
    bool fine = year_make_people(y);
    if (fine) {
        year_make_users(y);
        y->case_capacity = (size_t)y->user_count * CASES_PER_USER + CASES_PLANTED;
        y->cases = mem_array(y->case_capacity, sizeof *y->cases);
        fine = y->cases != NULL && year_plant_all(y);
    }
    if (!fine) {
        year_free(y);
        return NULL;
    }
    return y;
}

void year_free(struct year *y)
{
    if (y == NULL) {
        return;
    }
    for (size_t i = 0; i < y->plant_count; i++) {
        mem_free(y->plants[i].sequences);
    }
    mem_free(y->plants);
    mem_free(y->planted.items);
    mem_free(y->today.items);
    mem_free(y->cases);
    mem_free(y->people);
    mem_free(y->households);
    mem_free(y->by_bsn);
    mem_free(y->by_id);
    mem_free(y);
}

bool year_failed(const struct year *y)
{
    return y->failed;
}

const struct year_plant *year_plants(const struct year *y, size_t *count)
{
    *count = y->plant_count;
    return y->plants;
}

/* ---- record after record ---- */

/* Room doubles at every power of two. */
static void note_sequence(struct year *y, struct year_plant *plant, const struct year_record *record)
{
    if (plant->count == 0 || (plant->count >= SEQUENCES_FIRST && (plant->count & (plant->count - 1)) == 0)) {
        const size_t room = plant->count == 0 ? SEQUENCES_FIRST : 2 * plant->count;
        uint64_t *sequences = mem_realloc(plant->sequences, room * sizeof *sequences);
        if (sequences == NULL) {
            y->failed = true;
            return;
        }
        plant->sequences = sequences;
    }
    plant->first_ms = plant->count == 0 ? record->record.time_ms : plant->first_ms;
    plant->last_ms = record->record.time_ms;
    plant->sequences[plant->count++] = record->sequence;
}

/* The log commits to a class key before its first record of the month: that takes a number too. */
static void number(struct year *y, struct year_record *record)
{
    const struct date date = moment_date(record->record.time_ms);
    const uint32_t month = (uint32_t)date.year * 100U + date.month;
    uint32_t *known = &y->key_month[record->record.class.class];
    y->sequence += *known != month;
    *known = month;
    record->sequence = y->sequence++;
}

static bool next_act(struct year *y)
{
    while (y->act_at == y->today.count) {
        if (y->day == YEAR_DAYS || !year_make_day(y)) {
            return false;
        }
    }
    year_expand(y, &y->today.items[y->act_at++]);
    return true;
}

bool year_next(struct year *y, struct year_record *out)
{
    if (y->failed || (y->queue_at == y->queue_count && !next_act(y))) {
        return false;
    }
    const size_t at = y->queue_at++;
    *out = y->queue[at];
    number(y, out);
    if (y->queue_plant[at] >= 0) {
        note_sequence(y, &y->plants[y->queue_plant[at]], out);
    }
    return !y->failed;
}
