/* What was found becomes findings: each held against the one that is there -> batches, the cursor with the last. */
#include <string.h>

#include "api/watching_parts.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "base/workdays.h"

static const char cursor_name[] = "bewaking";

/* The newest of each: a hit is given whole each time. */
void watching_hit(void *ctx, const struct watch_hit *hit)
{
    struct watching *w = ctx;
    size_t at = 0;
    while (at < w->hit_count && (w->hits[at].rule != hit->rule || w->hits[at].key != hit->key ||
                                 date_compare(&w->hits[at].day, &hit->day) != 0)) {
        at++;
    }
    if (at == w->hit_room) {
        const size_t room = at == 0 ? 16 : 2 * at;
        struct watch_hit *more = mem_realloc(w->hits, room * sizeof *more);
        if (more == NULL) {
            w->failed = true;
            (void)error_set(&w->err, FAULT_NO_MEMORY, "bewaking", "geen geheugen");
            return;
        }
        w->hits = more;
        w->hit_room = room;
    }
    w->hit_count += at == w->hit_count;
    w->hits[at] = *hit;
}

static void finding_of(const struct watch_hit *hit, struct finding *out)
{
    memset(out, 0, sizeof *out);
    out->rule = (uint8_t)hit->rule;
    out->key = hit->key;
    memcpy(out->user, hit->user, sizeof out->user);
    out->peer = hit->peer;
    out->day = hit->day;
    out->first_ms = hit->first_ms;
    out->last_ms = hit->last_ms;
    memcpy(out->numbers, hit->numbers, sizeof out->numbers);
    out->score = hit->score;
    memcpy(out->records, hit->records, sizeof out->records);
    out->record_count = hit->record_count;
    out->more = hit->more;
}

static bool says_the_same(const struct finding *a, const struct finding *b)
{
    return a->record_count == b->record_count && a->more == b->more && a->score == b->score &&
           a->last_ms == b->last_ms && memcmp(a->numbers, b->numbers, sizeof a->numbers) == 0;
}

/* The day of its newest look: of a rule with a term in days one goes on for days; a night is of the day on which it began. */
static struct date newest_day(const struct finding *fresh)
{
    const struct watch_rule *rule = watch_rule_of((enum finding_rule)fresh->rule);
    return rule != NULL && rule->term != WATCH_LIMIT_COUNT ? workdays_dutch_day(fresh->last_ms) : fresh->day;
}

/* What was done about it stays. That it grew is news: one that was closed is open again. Gives false: nothing to keep. */
static bool take_over(struct finding *fresh, const struct finding *there)
{
    const uint64_t total = (uint64_t)fresh->record_count + fresh->more;
    const struct date newest = newest_day(fresh);
    const bool excepted = there->state == FINDING_CLOSED && date_is_set(&there->except_until) &&
                          date_compare(&newest, &there->except_until) <= 0;
    if (excepted || total < (uint64_t)there->record_count + there->more || says_the_same(fresh, there)) {
        return false; /* excepted just now; kept already; or less of the log was read back than it was made of */
    }
    fresh->state = there->state == FINDING_CLOSED ? FINDING_OPEN : there->state;
    memcpy(fresh->steps, there->steps, sizeof fresh->steps);
    fresh->step_count = there->step_count;
    if (fresh->step_count == FINDING_STEPS_MAX) { /* it must be closed again: the first step stays in the log alone */
        memmove(fresh->steps, fresh->steps + 1, (FINDING_STEPS_MAX - 1) * sizeof *fresh->steps);
        fresh->step_count--;
    }
    return true;
}

static void next_hit(struct watching *w);

static void fail(struct watching *w, const struct error *err)
{
    if (w->batch != NULL) {
        store_batch_free(w->batch);
        w->batch = NULL;
        audit_forget_keys(w->api->audit);
    }
    watching_end(w, err);
}

static enum result put(struct watching *w, const struct finding *found, const struct store_item *item,
                       struct error *err)
{
    enum result result = RESULT_OK;
    struct finding *fresh = mem_alloc(sizeof *fresh); /* too large for a stack that is not ours alone */
    ENSURE(fresh != NULL, err, FAULT_NO_MEMORY, "bewaking", "geen geheugen");
    finding_of(&w->hits[w->hit_at], fresh);
    if (found == NULL || take_over(fresh, found)) {
        const bool news = found == NULL || found->state == FINDING_CLOSED;
        result = findings_put(w->api, w->batch, fresh, found != NULL ? item : NULL, news, err);
        w->in_batch++;
    }
    mem_free(fresh);
    return result;
}

static void found_there(void *ctx, const struct finding *found, const struct store_item *item, const struct error *err)
{
    struct watching *w = ctx;
    struct error fault;
    if (err != NULL || put(w, found, item, &fault) != RESULT_OK) {
        w->hit_at = w->hit_count + 1;
        fail(w, err != NULL ? err : &fault);
        return;
    }
    w->hit_at++;
    if (!w->sync) {
        next_hit(w);
    }
}

static void part_kept(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct watching *w = ctx;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(w->api->audit);
        watching_end(w, err);
    } else if (w->hit_at < w->hit_count) {
        next_hit(w);
    } else {
        w->cursor = w->phase == WATCHING_FOLLOWS ? w->at : w->cursor;
        w->hit_count = 0;
        watching_end(w, NULL);
    }
}

static void commit(struct watching *w)
{
    struct store_batch *batch = w->batch;
    uint8_t cursor[8];
    if (w->hit_at == w->hit_count) {
        bytes_put_u64(cursor, w->at);
        store_set_value(batch, cursor_name, slice_of(cursor, sizeof cursor));
    }
    w->batch = NULL;
    w->in_batch = 0;
    store_commit(w->api->door, batch, part_kept, w);
}

static void next_hit(struct watching *w)
{
    struct finding like = {.rule = RULE_NONE};
    struct error err;
    if (w->batch == NULL) {
        w->batch = store_batch_new(w->api->door);
    }
    if (w->batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "bewaking", "geen geheugen");
        watching_end(w, &err);
        return;
    }
    while (w->hit_at < w->hit_count && w->in_batch < WATCHING_PART) {
        const size_t at = w->hit_at;
        finding_of(&w->hits[at], &like);
        w->sync = true; /* when it is answered at once, this loop goes on */
        findings_find(w->api, &like, found_there, w);
        w->sync = false;
        if (w->hit_at == at) {
            return; /* answered later */
        }
    }
    if (w->hit_at <= w->hit_count) {
        commit(w);
    }
}

void watching_keep(struct watching *w)
{
    w->hit_at = 0;
    w->in_batch = 0;
    if (w->hit_count == 0 && w->at == w->cursor) {
        watching_end(w, NULL);
    } else {
        next_hit(w);
    }
}
