/* Who is looked at in a round: who is in the set by what is known of him, and who was not looked at yet; each weighed here. */
#include "api/households.h"
#include "api/match_values.h"
#include "api/signals_round_parts.h"
#include "base/mem.h"

/* A value of which the partner was never asked, and that is in his set by now, is evaluated once more: a signal that no batch
 * went before would tell him that it was tested earlier, when the person was not in his set. */
static void take_value(struct signal_round *r, struct wanted *w)
{
    struct api *api = r->signals->api;
    const struct slice purpose = slice_text(PURPOSE_SIGNAL);
    const struct match_key key = match_key_of(r->set.epoch, &r->set.key);
    struct match_values *values = match_values_read(api, &w->bsn, purpose);
    const struct match_kept *kept = values != NULL ? match_values_find(values, &r->partner->oin, &key) : NULL;
    const bool in_set =
        kept != NULL && lookups_test(api->lookups, &r->partner->oin, purpose, &r->set, kept->value.fingerprint);
    w->evaluate = kept == NULL || (in_set && !kept->asked);
    if (!w->evaluate) {
        w->value = kept->value;
        signal_line_value(r->line, w->slot, kept->value.fingerprint);
    }
    match_values_free(values);
}

/* By the rows, and by the covenant at this moment; without it nothing is evaluated at the partner either. */
static bool take_wanted(struct signal_round *r, size_t slot)
{
    struct signal_weighed weighed;
    struct signal_weighed member = {.may = true};
    struct error err;
    static const struct ident himself = {{0}};
    const struct live live = r->signals->live[slot];
    const struct ident *person = live.via_household ? &live.person : &himself;
    struct known *known = signal_line_known(r->line, slot);
    struct api *api = r->signals->api;
    if (live.via_household && !households_ready(api->households)) {
        r->line->all = true;
        signal_round_rest(r, SIGNAL_FAILED_REST_MS);
        return false;
    }
    enum result result = signals_weigh_of(api, r->held->covenant, r->partner, &live.subject, &live.id, &weighed, &err);
    if (result == RESULT_OK && live.via_household) {
        result = signals_weigh_of(api, r->held->covenant, r->partner, &live.person, SIGNALS_MEMBER, &member, &err);
        member.may = member.may && signals_lives_with(api, &live.subject, &live.person, false);
    }
    if (result != RESULT_OK) {
        log_error(r->signals->api->log, LOG_ERROR, "zorgsignaal-niet-gewogen", &err);
        if (err.fault != FAULT_NOT_FOUND) {
            signal_round_rest(r, SIGNAL_FAILED_REST_MS);
        }
        if (err.fault == FAULT_NOT_FOUND) {
            signal_line_set(r->line, slot, KNOWN_SETTLED);
        }
        return false;
    }
    if (signals_go_by_another(&weighed, &r->partner->oin, person)) {
        r->line->all = true;
        return false;
    }
    const bool begun = signal_reached(&weighed.signal, &r->partner->oin) == REACH_HIT &&
                       signal_turn(&weighed.signal, &r->partner->oin) == weighed.turn;
    const bool was_there = signals_are_there(&weighed, &r->partner->oin, person);
    const struct bsn *bsn = live.via_household ? &member.subject.bsn : &weighed.subject.bsn;
    const bool wanted = weighed.may && !weighed.sent && !was_there && member.may && bsn_is_set(bsn);
    if (wanted) {
        struct wanted *w = &r->wanted[r->wanted_count++];
        *w = (struct wanted){.slot = slot,
                             .signal = live.id,
                             .subject = live.subject,
                             .person = live.person,
                             .via_household = live.via_household,
                             .bsn = *bsn};
        known->begun = begun; /* also before a restart */
        take_value(r, w);
    } else {
        signal_line_set(r->line, slot, KNOWN_SETTLED);
        known->waits = false;
        known->begun = known->begun && begun;
    }
    mem_wipe(&weighed, sizeof weighed);
    mem_wipe(&member, sizeof member);
    return wanted;
}

/* Slots that are in the set, as many as one round takes. */
struct found {
    uint32_t slots[SIGNAL_HITS_ROUND];
    size_t count;
    bool more;
};

static void take_hit(void *ctx, uint32_t slot)
{
    struct found *found = ctx;
    if (found->count == SIGNAL_HITS_ROUND) {
        found->more = true;
    } else {
        found->slots[found->count++] = slot;
    }
}

static bool is_wanted(const struct signal_round *r, size_t slot)
{
    size_t i = 0;
    while (i < r->wanted_count && r->wanted[i].slot != slot) {
        i++;
    }
    return i < r->wanted_count;
}

/* Those whose value is known are in the set or not by the values alone; the others are looked at, and those that were begun
 * and had no answer: who left the set meanwhile is taken back there. */
void signal_round_gather(struct signal_round *r, uint64_t version, bool all)
{
    struct signals *signals = r->signals;
    struct signal_line *line = r->line;
    struct found found = {.count = 0};
    const bool tested = lookups_rematch(signals->api->lookups, &line->partner, slice_text(PURPOSE_SIGNAL), &r->set,
                                        version, all, &line->rematch, take_hit, &found);
    r->tested += tested ? (uint32_t)(rematch_count(&line->rematch) - found.count) : 0;
    line->again = found.more;
    for (size_t i = 0; i < found.count; i++) {
        const struct live *live = &signals->live[found.slots[i]];
        if (signal_line_known(line, found.slots[i]) != NULL && live->used && !live->pending) {
            (void)take_wanted(r, found.slots[i]);
        }
    }
    size_t looks = 0;
    for (size_t i = 0; i < signals->live_count; i++) { /* on from where the last round was */
        const size_t slot = (line->look_at + i) % signals->live_count;
        const struct known *known = signal_line_known(line, slot);
        const bool begun = known != NULL && known->state == KNOWN_VALUE && known->begun && !is_wanted(r, slot);
        if (known == NULL || !signals->live[slot].used || signals->live[slot].pending ||
            (known->state != KNOWN_NOT && !begun)) {
            continue;
        }
        if (r->wanted_count == SIGNAL_HITS_ROUND || looks++ == SIGNAL_HITS_ROUND) {
            line->look_at = slot;
            line->again = true;
            return;
        }
        (void)take_wanted(r, slot);
    }
}
