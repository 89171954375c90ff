/* The rules about partners, and what was asked of them without a reason: values that no test explains. */
#include <string.h>

#include "audit/watch_parts.h"
#include "base/workdays.h"

static uint64_t peer_key(const struct oin *peer)
{
    uint64_t key = 0;
    for (size_t i = 0; i < OIN_DIGITS; i++) {
        key = watch_mix(key, (uint8_t)peer->digits[i]);
    }
    return key;
}

void watch_judge_partner(struct log_watch *watch, const struct watch_look *look)
{
    struct watch_draft draft = {
        .rule = RULE_PAST_QUOTA,
        .key = peer_key(&look->peer),
        .user = "",
        .peer = look->peer,
        .day = workdays_dutch_day(look->time_ms),
        .first_ms = look->time_ms,
        .last_ms = look->time_ms,
        .records = &look->sequence,
        .count = 1,
    };
    if (watch->limits.value[WATCH_PARTNERS] == 0) {
        return;
    }
    if ((look->flags & WATCH_EMPTY) != 0) {
        draft.rule = RULE_EMPTY_HITS;
        draft.numbers[0] = look->entries;
        draft.numbers[1] = look->empties;
        draft.score =
            watch_score(RULE_EMPTY_HITS, (uint64_t)look->empties * 100, (uint64_t)look->entries * MATCH_EMPTY_PERCENT);
    } else if ((look->flags & WATCH_OUTGROWN) != 0) {
        draft.rule = RULE_SET_OUTGROWN;
        draft.numbers[0] = look->entries;
        draft.numbers[1] = look->empties;
        draft.numbers[2] = look->clients;
        draft.score = watch_score(RULE_SET_OUTGROWN, 1, 1);
    } else if ((look->flags & WATCH_FORKED) != 0) {
        draft.rule = RULE_FORKED;
        draft.score = watch_score(RULE_FORKED, 1, 1);
    } else {
        draft.score = watch_score(RULE_PAST_QUOTA, 1, 1);
    }
    watch_tell(watch, &draft);
}

/* ---- zonder-zaak ---- */

static struct watch_wait *wait_of(struct log_watch *watch, const struct watch_look *look, const struct oin *peer)
{
    for (size_t i = 0; i < watch->wait_count; i++) {
        struct watch_wait *w = &watch->waits[i];
        if (w->consult == look->consult && oin_equal(&w->peer, peer)) {
            return w;
        }
    }
    if (watch->wait_count == WATCH_PENDING_MAX) {
        watch_waits_settle(watch, INT64_MAX); /* they waited long enough */
    }
    struct watch_wait *fresh = &watch->waits[watch->wait_count++];
    *fresh = (struct watch_wait){.consult = look->consult, .peer = *peer, .first_ms = look->time_ms};
    (void)slice_copy_text(slice_text(look->user), fresh->user, sizeof fresh->user);
    return fresh;
}

void watch_wait_for(struct log_watch *watch, const struct watch_look *look)
{
    const struct oin nobody = {""};
    const bool tested = look->operation == RECORD_TESTED;
    const uint32_t values = tested ? 1 : look->entries;
    if (look->consult == 0 || watch->limits.value[WATCH_CASELESS_COUNT] == 0) {
        return;
    }
    struct watch_wait *w = wait_of(watch, look, tested ? &nobody : &look->peer);
    w->values += values;
    w->caseless += (look->flags & WATCH_CASELESS) != 0 ? values : 0;
    w->last_ms = look->time_ms;
    if (w->record_count < FINDING_RECORDS_MAX) {
        w->records[w->record_count++] = look->sequence;
    } else {
        w->more++;
    }
}

static uint32_t tested_in(const struct log_watch *watch, uint64_t consult)
{
    uint32_t tested = 0;
    for (size_t i = 0; i < watch->wait_count; i++) {
        const struct watch_wait *w = &watch->waits[i];
        tested += w->consult == consult && !oin_is_set(&w->peer) ? w->values : 0;
    }
    return tested;
}

static void judge_wait(struct log_watch *watch, const struct watch_wait *w)
{
    const uint32_t tested = tested_in(watch, w->consult);
    const uint32_t untested = oin_is_set(&w->peer) && w->values > tested ? w->values - tested : 0;
    const uint32_t values = untested > w->caseless ? untested : w->caseless;
    const uint64_t bound = (uint64_t)watch->limits.value[WATCH_CASELESS_COUNT];
    if (bound == 0 || values < bound) {
        return;
    }
    uint64_t records[FINDING_RECORDS_MAX];
    for (uint32_t i = 0; i < w->record_count; i++) {
        records[i] = w->records[w->record_count - 1 - i];
    }
    const struct watch_draft draft = {
        .rule = RULE_NO_CASE,
        .key = watch_mix(w->consult, oin_is_set(&w->peer) ? peer_key(&w->peer) : 0),
        .user = w->user,
        .peer = w->peer,
        .day = workdays_dutch_day(w->first_ms),
        .first_ms = w->first_ms,
        .last_ms = w->last_ms,
        .numbers = {values},
        .value = values,
        .score = watch_score(RULE_NO_CASE, values, bound),
        .records = records,
        .count = w->record_count,
    };
    watch_tell(watch, &draft);
}

static bool waits_still(const struct log_watch *watch, uint64_t consult, int64_t now_ms)
{
    for (size_t i = 0; i < watch->wait_count; i++) {
        const int64_t last_ms = watch->waits[i].last_ms; /* later than now: of a clock that was wrong */
        if (watch->waits[i].consult == consult && last_ms > now_ms - MATCH_GRACE_MS &&
            last_ms - CLOCK_BACK_MAX_MS <= now_ms) {
            return true;
        }
    }
    return false;
}

/* A consult is judged whole: when the last of it has waited long enough. */
void watch_waits_settle(struct log_watch *watch, int64_t now_ms)
{
    size_t kept = 0;
    bool stays[WATCH_PENDING_MAX];
    for (size_t i = 0; i < watch->wait_count; i++) {
        stays[i] = waits_still(watch, watch->waits[i].consult, now_ms);
        if (!stays[i]) {
            judge_wait(watch, &watch->waits[i]);
        }
    }
    for (size_t i = 0; i < watch->wait_count; i++) {
        if (stays[i]) {
            watch->waits[kept++] = watch->waits[i];
        }
    }
    watch->wait_count = kept;
}
