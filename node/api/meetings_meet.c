/* Two halves met, or a spoor ended before its signal came: in the batch of who found out. */
#include "api/meetings_parts.h"
#include "base/workdays.h"

static const struct ident none = {{0}};

/* It lives: what the partner says of himself now is taken over. */
static enum result refresh(struct api *api, struct store_batch *batch, struct meeting_row *row,
                           const struct meeting_new *met, struct error *err)
{
    struct meeting_half *theirs = &row->meeting.halves[meeting_other(row->meeting.own)];
    struct meeting_half *own = &row->meeting.halves[row->meeting.own];
    const bool lives =
        row->meeting.state != MEETING_CLOSED && ((theirs->live && !theirs->ended) || theirs->by_involvement);
    if (!lives) {
        return RESULT_OK;
    }
    *theirs = met->theirs;
    if (own->live && met->own.live) { /* the signal that goes on under this spoor */
        *own = met->own;
    }
    return meetings_put(api, batch, row, err);
}

/* In words that do not say of what there are so many: who publishes hears them too. */
enum result meetings_room(size_t open, struct error *err)
{
    ENSURE(open < MEETINGS_MAX, err, FAULT_BUSY, "", "dit kan nu niet");
    return RESULT_OK;
}

struct replacing {
    struct api *api;
    struct store_batch *batch;
    const struct meeting_new *met;
    bool within;     /* one organisation */
    size_t replaced; /* of those that were open */
    size_t homes;    /* by a household, of this partner and person */
};

static bool is_of_home(const struct replacing *r, const struct meeting *meeting)
{
    return meeting->state != MEETING_CLOSED && meeting->via_household && r->met->via_household &&
           oin_equal(&meeting->peer, &r->met->peer) && ident_equal(&meeting->subject, &r->met->subject);
}

static enum result count_home(void *ctx, const struct meeting_row *found, struct error *err)
{
    struct replacing *r = ctx;
    (void)err;
    r->homes += is_of_home(r, &found->meeting);
    return RESULT_OK;
}

/* Of two organisations and a person one match lives: a newer spoor of either stands in the place of the older. By a household as
 * many as it may have members: then the oldest goes. */
static enum result replace_older(void *ctx, const struct meeting_row *found, struct error *err)
{
    struct replacing *r = ctx;
    struct meeting_row row = *found;
    struct meeting *meeting = &row.meeting;
    const struct date today = workdays_dutch_day(clock_now(r->api->clock));
    const struct meeting_act act = {.step = MEETING_REPLACE, .side = meeting->own};
    const bool by_another_way = meeting->via_household || r->met->via_household; /* of another member, it may be */
    const bool full = r->homes >= HOUSEHOLD_MEMBERS_MAX && is_of_home(r, meeting);
    r->homes -= full;
    if (meeting->state == MEETING_CLOSED || r->within || (by_another_way && !full) ||
        !oin_equal(&meeting->peer, &r->met->peer)) {
        return RESULT_OK;
    }
    r->replaced++;
    if (meeting_writes(meeting) && meeting->head.number < THREAD_EVENTS_MAX) {
        return meetings_act(r->api, r->batch, &row, &act, err);
    }
    meeting_replace(meeting, &today); /* the node that orders puts it into the history, if it knows of it still */
    TRY(meetings_put(r->api, r->batch, &row, err));
    return meetings_record(r->api, r->batch, r->met->covenant, RECORD_MATCH_STEP, &row, NULL,
                           meeting_step_word(MEETING_REPLACE), err);
}

static enum result count_open(void *ctx, const struct meeting_row *row, struct error *err)
{
    size_t *open = ctx;
    (void)err;
    *open += row->meeting.state != MEETING_CLOSED;
    return RESULT_OK;
}

/* Counted when there are so many, closed ones too, that it matters. */
static enum result room_for_one(struct api *api, size_t replaced, struct error *err)
{
    size_t open = meetings_people_count(api);
    if (open >= MEETINGS_MAX) {
        open = 0;
        TRY(meetings_each(api, count_open, &open, err));
        open -= replaced;
    }
    return meetings_room(open, err);
}

static enum result begin(struct api *api, struct store_batch *batch, struct meeting_row *row, struct error *err)
{
    struct thread_event first;
    row->meeting.met = workdays_dutch_day(clock_now(api->clock));
    meeting_begin(&row->meeting, &row->id, &first);
    TRY(meetings_put(api, batch, row, err));
    TRY(meetings_put_event(api, batch, &row->id, &first, err));
    return meetings_notice(api, batch, row, NOTICE_MEETING, err);
}

enum result meetings_meet(struct api *api, struct store_batch *batch, const struct meeting_new *met, struct error *err)
{
    struct meeting_row row;
    const struct ident id = meeting_id(&api->own_oin, &met->own.spoor, &met->peer, &met->theirs.spoor);
    const bool within = oin_equal(&api->own_oin, &met->peer);
    TRY(meetings_get(api, &id, &row, err));
    if (row.version != 0) {
        return refresh(api, batch, &row, met, err);
    }
    struct replacing replacing = {.api = api, .batch = batch, .met = met, .within = within};
    TRY(met->via_household ? meetings_each_of(api, &met->subject, count_home, &replacing, err) : RESULT_OK);
    TRY(meetings_each_of(api, &met->subject, replace_older, &replacing, err));
    TRY(room_for_one(api, replacing.replaced, err));
    const bool own_first = memcmp(met->own.spoor.bytes, met->theirs.spoor.bytes, IDENT_SIZE) <= 0;
    row.meeting = (struct meeting){.peer = met->peer, .subject = met->subject, .via_household = met->via_household};
    row.meeting.own = meeting_side_of(&api->own_oin, &met->peer);
    const enum meeting_side own = within && !own_first ? MEETING_HIGH : row.meeting.own;
    row.meeting.halves[own] = met->own;
    row.meeting.halves[meeting_other(own)] = met->theirs;
    TRY(begin(api, batch, &row, err));
    return meetings_record(api, batch, met->covenant, RECORD_SIGNAL_MET, &row, NULL, "ontmoet", err);
}

/* A row that is no match, but says that this spoor is over. */
enum result meetings_bury(struct api *api, struct store_batch *batch, const struct oin *partner,
                          const struct ident *spoor, struct error *err)
{
    struct meeting_row row = {.id = meeting_id(partner, spoor, partner, &none)};
    row.meeting = (struct meeting){.peer = *partner, .state = MEETING_CLOSED};
    row.meeting.own = meeting_side_of(&api->own_oin, partner);
    row.meeting.closed = workdays_dutch_day(clock_now(api->clock));
    row.meeting.halves[meeting_other(row.meeting.own)].spoor = *spoor;
    return meetings_put(api, batch, &row, err);
}
