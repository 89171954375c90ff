/*
 * Under which spoor a person's signals go to a partner. While a match lives they go on under the one that met; once it is over,
 * by its closing or because our side of it ended, the next signal is told under another, so that it can be a new match.
 */
#include "api/signals_parts.h"
#include "base/mem.h"

/* What there was with one partner. */
struct past {
    struct oin partner;
    uint32_t turn;
    bool ended;  /* a signal that runs may have gone there no longer, and ended there */
    bool over;   /* a match of the spoor of now is closed, or our side of it is */
    bool lives;  /* a match does */
    bool helped; /* which came of help, not of a signal */
};

struct turning {
    struct api *api;
    const struct store_found *found;
    const struct signal *signal;
    struct past pasts[SIGNAL_REACH_MAX];
    size_t count;
};

uint32_t signals_turn(const struct store_found *found, const struct ident *spoor, const struct oin *partner)
{
    uint32_t turn = 0;
    for (size_t i = 0; i < found->child_count; i++) {
        struct signal one;
        struct error err;
        if (found->children[i].kind != STORE_SIGNAL ||
            signal_decode(found->children[i].payload, &one, &err) != RESULT_OK) {
            continue;
        }
        const uint32_t its = ident_equal(&one.spoor, spoor) ? signal_turn(&one, partner) : 0;
        turn = its > turn ? its : turn;
        mem_wipe(&one, sizeof one);
    }
    return turn;
}

static struct past *past_of(struct turning *t, const struct oin *partner)
{
    for (size_t i = 0; i < t->count; i++) {
        if (oin_equal(&t->pasts[i].partner, partner)) {
            return &t->pasts[i];
        }
    }
    if (t->count == SIGNAL_REACH_MAX) {
        return NULL;
    }
    t->pasts[t->count] = (struct past){.partner = *partner};
    t->pasts[t->count].turn = signals_turn(t->found, &t->signal->spoor, partner);
    return &t->pasts[t->count++];
}

static void take_signal(struct turning *t, const struct signal *one)
{
    for (size_t i = 0; i < one->reach_count; i++) {
        struct past *past = past_of(t, &one->reach[i].partner);
        if (past != NULL && one->state == SIGNAL_RUNS && one->reach[i].state == REACH_ENDED &&
            one->reach[i].turn == past->turn) {
            past->ended = true;
        }
    }
}

static enum result take_match(void *ctx, const struct meeting_row *row, struct error *err)
{
    struct turning *t = ctx;
    const struct meeting *meeting = &row->meeting;
    const struct meeting_half *own = &meeting->halves[meeting->own];
    (void)err;
    if (oin_equal(&meeting->peer, &t->api->own_oin)) {
        return RESULT_OK;
    }
    struct past *past = past_of(t, &meeting->peer);
    /* By way of a household the partner's is about somebody else, and did not meet this one's. */
    if (past == NULL || (meeting->via_household && own->by_involvement)) {
        return RESULT_OK;
    }
    const struct ident spoor = signals_spoor(t->api, &t->signal->spoor, &meeting->peer, past->turn);
    const bool lives = meeting->state != MEETING_CLOSED && (own->live || own->by_involvement);
    past->lives = past->lives || lives;
    past->helped = past->helped || (lives && own->by_involvement);
    past->over = past->over || (!lives && ident_equal(&own->spoor, &spoor));
    return RESULT_OK;
}

/* ---- a match that the partner does not know ---- */

struct turning_over {
    struct api *api;
    struct store_batch *batch;
    const struct meeting *meeting;
    struct error *err;
    enum result result;
};

static enum result turn_over(struct turning_over *t, const struct store_found *found, const struct store_item *item)
{
    struct signal signal;
    struct error err;
    const struct oin *peer = &t->meeting->peer;
    if (signal_decode(item->payload, &signal, &err) != RESULT_OK) {
        return RESULT_OK; /* it was told where it is loaded */
    }
    const uint32_t turn = signals_turn(found, &signal.spoor, peer);
    const struct ident spoor = signals_spoor(t->api, &signal.spoor, peer, turn);
    struct signal_reach *reach = signal_reach_of(&signal, peer);
    enum result result = RESULT_OK;
    if (signal.state == SIGNAL_RUNS && reach != NULL && reach->state == REACH_SENT &&
        ident_equal(&spoor, &t->meeting->halves[t->meeting->own].spoor)) {
        reach->state = REACH_NOTHING;
        reach->turn = turn + 1;
        reach->person = (struct ident){{0}};
        result = signals_put_row(t->batch, &item->id, &found->item->id, &signal, item->version, t->err);
    }
    mem_wipe(&signal, sizeof signal);
    return result;
}

static void over_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct turning_over *t = ctx;
    if (failed != NULL) {
        *t->err = *failed;
        t->result = RESULT_FAILED;
        return;
    }
    for (size_t i = 0; found->item != NULL && i < found->child_count && t->result == RESULT_OK; i++) {
        if (found->children[i].kind == STORE_SIGNAL) {
            t->result = turn_over(t, found, &found->children[i]);
        }
    }
}

enum result signals_turn_over(struct api *api, struct store_batch *batch, const struct meeting *meeting,
                              struct error *err)
{
    struct turning_over t = {.api = api, .batch = batch, .meeting = meeting, .err = err, .result = RESULT_OK};
    store_get(api->door, STORE_SUBJECT, &meeting->subject, STORE_ALL_CHILDREN, over_found, &t); /* answered at once */
    return t.result;
}

/* ---- a new one ---- */

enum result signals_turn_new(struct api *api, const struct store_found *found, struct signal *signal, struct error *err)
{
    static const struct ident none = {{0}};
    struct turning t = {.api = api, .found = found, .signal = signal};
    for (size_t i = 0; i < found->child_count; i++) {
        struct signal one;
        struct error fault;
        if (found->children[i].kind == STORE_SIGNAL &&
            signal_decode(found->children[i].payload, &one, &fault) == RESULT_OK &&
            ident_equal(&one.spoor, &signal->spoor)) {
            take_signal(&t, &one);
        }
        mem_wipe(&one, sizeof one);
    }
    TRY(meetings_each_of(api, &found->item->id, take_match, &t, err));
    for (size_t i = 0; i < t.count; i++) {
        const struct past *past = &t.pasts[i];
        const bool anew = past->ended || (past->over && !past->lives);
        if (anew || past->helped) {
            TRY(signal_reach_put(signal, &past->partner, anew ? REACH_NOTHING : REACH_SENT, &none, err));
            signal_reach_of(signal, &past->partner)->turn = past->turn + anew;
        }
    }
    return RESULT_OK;
}
