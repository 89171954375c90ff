/* What was told already: a hit that grows stays one, exceptions keep theirs back, and a day has room for so many. */
#include <string.h>

#include "audit/watch_parts.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { TOLD_LEAST = 64 };

uint16_t watch_day_number(const struct date *day)
{
    const int64_t days = date_days(day);
    return (uint16_t)(days < 0 ? 0 : days > UINT16_MAX ? UINT16_MAX : days);
}

struct date watch_day_of(uint16_t number)
{
    return moment_date(number * WATCH_DAY_MS);
}

/* ---- forgetting ---- */

static void index_all(struct watch_told_list *told)
{
    watch_table_empty(&told->places);
    for (size_t i = 0; i < told->count; i++) {
        watch_table_put(&told->places, told->items[i].id, (uint32_t)i);
    }
}

void watch_told_turn(struct log_watch *watch, uint16_t today)
{
    struct watch_told_list *told = &watch->told;
    size_t kept = 0;
    if (told->day == today || told->day == today + 1U) { /* records about midnight may stand in another order */
        return;
    }
    told->day = today;
    memset(told->made, 0, sizeof told->made);
    memset(told->more, 0, sizeof told->more);
    for (size_t i = 0; i < told->count; i++) {
        if (told->items[i].ends > today) {
            told->items[kept++] = told->items[i];
        } else {
            mem_free(told->items[i].hit);
        }
    }
    told->count = kept;
    index_all(told);
}

void watch_told_free(struct watch_told_list *told)
{
    for (size_t i = 0; i < told->count; i++) {
        mem_free(told->items[i].hit);
    }
    mem_free(told->items);
    watch_table_free(&told->places);
}

/* ---- telling ---- */

static bool is_excepted(const struct log_watch *watch, const struct watch_draft *draft)
{
    for (size_t i = 0; i < watch->exception_count; i++) {
        const struct watch_exception *e = &watch->exceptions[i];
        if (e->rule == draft->rule && e->key == draft->key && date_compare(&draft->day, &e->until) <= 0) {
            return true;
        }
    }
    return false;
}

static struct watch_told *new_place(struct watch_told_list *told)
{
    if (told->count == told->room) {
        const size_t room = told->room == 0 ? TOLD_LEAST : told->room * 2;
        struct watch_told *items = mem_realloc(told->items, room * sizeof *items);
        if (items == NULL) {
            return NULL;
        }
        told->items = items;
        told->room = room;
    }
    return watch_table_reserve(&told->places, 1) ? &told->items[told->count] : NULL;
}

/* The stretch that a day falls in: the day itself, or so many of them. */
static uint16_t stretch_of(const struct log_watch *watch, const struct watch_draft *draft, uint16_t *ends)
{
    const struct watch_rule *rule = watch_rule_of(draft->rule);
    const uint16_t day = watch_day_number(&draft->day);
    const int64_t days = rule != NULL && rule->term != WATCH_LIMIT_COUNT ? watch->limits.value[rule->term] : 1;
    const uint16_t length = (uint16_t)(days > 0 ? days : 1);
    const uint16_t begins = (uint16_t)(day - day % length);
    *ends = (uint16_t)(begins + length + 1); /* a night goes on after midnight */
    return begins;
}

static void add_record(struct watch_hit *hit, uint64_t sequence)
{
    if (hit->record_count < FINDING_RECORDS_MAX) {
        hit->records[hit->record_count++] = sequence;
    } else {
        hit->more++;
    }
}

static struct watch_hit *new_hit(const struct watch_draft *draft)
{
    struct watch_hit *hit = mem_zalloc(sizeof *hit);
    if (hit != NULL) {
        hit->rule = draft->rule;
        hit->key = draft->key;
        (void)slice_copy_text(slice_text(draft->user), hit->user, sizeof hit->user);
        hit->peer = draft->peer;
        hit->day = draft->day;
        hit->first_ms = draft->first_ms;
    }
    return hit;
}

static void grow(struct watch_told *told, const struct watch_draft *draft)
{
    struct watch_hit *hit = told->hit;
    size_t newer = 0;
    while (newer < draft->count && (hit->record_count == 0 || draft->records[newer] > told->newest)) {
        newer++;
    }
    for (size_t i = newer; i > 0; i--) {
        add_record(hit, draft->records[i - 1]);
    }
    told->newest = newer != 0 ? draft->records[0] : told->newest;
    hit->last_ms = draft->last_ms > hit->last_ms ? draft->last_ms : hit->last_ms;
    hit->score = draft->score > hit->score ? draft->score : hit->score;
    if (draft->value >= told->value) {
        told->value = draft->value;
        memcpy(hit->numbers, draft->numbers, sizeof hit->numbers);
    }
}

static void give(const struct log_watch *watch, const struct watch_hit *hit)
{
    if (watch->found != NULL) {
        watch->found(watch->found_ctx, hit);
    }
}

/* One finding that says how many of this rule and day are not there. */
static void tell_more(struct log_watch *watch, const struct watch_draft *cut)
{
    struct watch_hit *hit = &watch->told.more[cut->rule];
    if (hit->rule == RULE_NONE) {
        *hit = (struct watch_hit){.rule = RULE_AND_MORE,
                                  .key = (uint64_t)cut->rule,
                                  .day = watch_day_of(watch->told.day),
                                  .first_ms = cut->last_ms,
                                  .numbers = {(uint32_t)cut->rule, 0},
                                  .score = 1};
    }
    hit->numbers[1]++;
    hit->last_ms = cut->last_ms;
    add_record(hit, cut->records[0]);
    give(watch, hit);
}

/* What was not told yet: kept back by an exception, told, or counted when the day is full. */
static void tell_first(struct log_watch *watch, struct watch_told *there, const struct watch_draft *draft)
{
    uint32_t *made = &watch->told.made[draft->rule];
    there->kept_back = is_excepted(watch, draft);
    if (there->kept_back) {
        return;
    }
    if (*made >= FINDINGS_PER_RULE_DAY) {
        there->counted = true;
        tell_more(watch, draft);
        return;
    }
    there->hit = new_hit(draft);
    if (there->hit == NULL) {
        watch->failed = true;
        return;
    }
    ++*made;
    grow(there, draft);
    give(watch, there->hit);
}

void watch_tell(struct log_watch *watch, const struct watch_draft *draft)
{
    struct watch_told_list *told = &watch->told;
    uint16_t ends = 0;
    uint32_t place = 0;
    const uint16_t stretch = stretch_of(watch, draft, &ends);
    const uint64_t id = watch_mix(watch_mix(draft->key, (uint64_t)draft->rule), stretch);
    if (!watch_table_get(&told->places, id, &place)) {
        struct watch_told *fresh = new_place(told);
        if (fresh == NULL) {
            watch->failed = true;
            return;
        }
        *fresh = (struct watch_told){.id = id, .ends = ends, .rule = (uint8_t)draft->rule};
        place = (uint32_t)told->count++;
        watch_table_put(&told->places, id, place);
    }
    struct watch_told *there = &told->items[place];
    if (there->hit == NULL && !there->counted) {
        tell_first(watch, there, draft);
    } else if (there->hit != NULL) {
        grow(there, draft);
        if (!is_excepted(watch, draft)) {
            give(watch, there->hit);
        }
    }
}

uint64_t log_watch_excepted(const struct log_watch *watch, enum finding_rule rule)
{
    uint64_t count = 0;
    for (size_t i = 0; i < watch->told.count; i++) {
        count += watch->told.items[i].rule == (uint8_t)rule && watch->told.items[i].kept_back;
    }
    return count;
}
