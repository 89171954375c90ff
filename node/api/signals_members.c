/* Beside who a signal is about, those who live with him are tested: each in a slot of his own, as households are now, and
 * as any at the next version of a set, so that no partner sees when somebody worried. */
#include "api/households.h"
#include "api/signals_parts.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { A_TICK = 16 };

struct row {
    struct date today;
    bool looks;                           /* for the household */
    struct ident named[SIGNAL_REACH_MAX]; /* who of it was named to a partner */
    size_t named_count;
};

static void take_named(struct row *row, const struct signal *signal)
{
    static const struct ident none = {{0}};
    for (size_t i = 0; i < signal->reach_count; i++) {
        const struct signal_reach *reach = &signal->reach[i];
        if ((reach->state == REACH_HIT || reach->state == REACH_SENT) && !ident_equal(&reach->person, &none)) {
            row->named[row->named_count++] = reach->person;
        }
    }
}

static void row_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct row *row = ctx;
    struct signal signal;
    struct error err;
    if (failed == NULL && found->item != NULL && signal_decode(found->item->payload, &signal, &err) == RESULT_OK) {
        row->looks = signal.household && signal_lives(&signal, &row->today);
        take_named(row, &signal);
        mem_wipe(&signal, sizeof signal);
    }
}

static bool is_among(const struct ident *ids, size_t count, const struct ident *id)
{
    size_t i = 0;
    while (i < count && !ident_equal(&ids[i], id)) {
        i++;
    }
    return i < count;
}

/* What a partner found by his household of whom the signal is about, names himself: he is to live with somebody still. */
static bool is_with(const struct ident *others, size_t count, const struct ident *subject, const struct ident *person)
{
    return ident_equal(subject, person) ? count != 0 : is_among(others, count, person);
}

/* Who is left out for want of room is looked for again when households change. What went by somebody who lives there no more,
 * or with somebody who is shielded by now, ends. */
static void follow(struct signals *signals, size_t own)
{
    struct ident others[HOUSEHOLD_MEMBERS_MAX];
    bool has[HOUSEHOLD_MEMBERS_MAX] = {false};
    struct error err;
    const struct live live = signals->live[own];
    struct row row = {.today = workdays_dutch_day(clock_now(signals->api->clock))};
    store_get(signals->api->door, STORE_SIGNAL, &live.id, STORE_KIND_COUNT, row_found, &row); /* answered at once */
    const size_t count = row.looks ? households_others(signals->api->households, &live.subject, others) : 0;
    for (size_t i = 0; i < row.named_count; i++) {
        if (!is_with(others, count, &live.subject, &row.named[i])) {
            signals_end_sometime(signals, own);
        }
    }
    for (size_t slot = 0; slot < signals->live_count; slot++) {
        const struct live *member = &signals->live[slot];
        if (!member->used || !member->via_household || !ident_equal(&member->id, &live.id)) {
            continue;
        }
        if (!is_among(others, count, &member->person)) {
            signals_drop_member(signals, slot);
        }
        for (size_t i = 0; i < count; i++) {
            has[i] = has[i] || ident_equal(&others[i], &member->person);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!has[i] && signals_add_member(signals, &live.id, &live.subject, &others[i], &err) != RESULT_OK) {
            log_error(signals->api->log, LOG_WARNING, "huishouden-niet-getoetst", &err);
            return;
        }
    }
}

void signals_members(struct signals *signals)
{
    const struct households *households = signals->api->households;
    size_t done = 0;
    if (!households_ready(households)) {
        return;
    }
    const uint64_t version = households_version(households) + 1;
    for (size_t slot = 0; slot < signals->live_count && done < A_TICK; slot++) {
        const struct live *live = &signals->live[slot];
        if (live->used && !live->pending && !live->via_household && live->homes != version) {
            follow(signals, slot);
            signals->live[slot].homes = version;
            done++;
        }
    }
}

bool signals_lives_with(const struct api *api, const struct ident *subject, const struct ident *person, bool now)
{
    struct ident others[HOUSEHOLD_MEMBERS_MAX];
    const size_t count = now ? households_others_now(api->households, subject, others)
                             : households_others(api->households, subject, others);
    return is_with(others, count, subject, person);
}

enum result signals_may_name(struct api *api, const struct covenant *covenant, const struct party *partner,
                             const struct ident *subject, const struct ident *person, bool *may, struct error *err)
{
    struct signal_weighed member;
    TRY(signals_weigh_of(api, covenant, partner, person, SIGNALS_MEMBER, &member, err));
    *may = member.may && signals_lives_with(api, subject, person, false);
    mem_wipe(&member, sizeof member);
    return RESULT_OK;
}
