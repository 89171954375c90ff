/* Too few persons -> for each hidden figure in turn: push it up, push it down; too narrow: hide a way around for it. */
#include "domain/suppress.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

static const uint32_t none = UINT32_MAX;

struct network {
    struct suppress_figure *figures;
    size_t count;
    uint32_t points;
    int64_t least;
    int64_t *flow;      /* per figure: counts that fit all that is told, and are at least 1 where hidden */
    uint32_t *first;    /* per point and one more: where its figures begin in */
    uint32_t *touching; /* the figures that are no zero, of each point, coming in and going out */
    uint32_t *via;      /* per point: the figure by which it was reached; none: not reached */
    uint32_t *queue;    /* points reached */
    int64_t *cost;      /* per point: of the cheapest way to it, in what would be hidden; -1: none yet */
    bool *waits;        /* per point: it is in the queue */
};

static void drop(struct network *n)
{
    mem_free(n->flow);
    mem_free(n->first);
    mem_free(n->touching);
    mem_free(n->via);
    mem_free(n->queue);
    mem_free(n->cost);
    mem_free(n->waits);
}

static void list_touching(struct network *n)
{
    for (size_t i = 0; i < n->count; i++) {
        const struct suppress_figure *f = &n->figures[i];
        n->flow[i] = f->count;
        n->first[f->from + 1] += f->count != 0;
        n->first[f->to + 1] += f->count != 0;
    }
    for (uint32_t p = 0; p < n->points; p++) {
        n->first[p + 1] += n->first[p];
        n->queue[p] = n->first[p];
    }
    for (uint32_t i = 0; i < n->count; i++) {
        const struct suppress_figure *f = &n->figures[i];
        if (f->count != 0) {
            n->touching[n->queue[f->from]++] = i;
            n->touching[n->queue[f->to]++] = i;
        }
    }
}

static enum result build(struct network *n, struct error *err)
{
    n->flow = mem_array(n->count, sizeof *n->flow);
    n->first = mem_array((size_t)n->points + 1, sizeof *n->first);
    n->touching = mem_array(2 * n->count, sizeof *n->touching);
    n->via = mem_array(n->points, sizeof *n->via);
    n->queue = mem_array(n->points, sizeof *n->queue);
    n->cost = mem_array(n->points, sizeof *n->cost);
    n->waits = mem_array(n->points, sizeof *n->waits);
    ENSURE(n->flow != NULL && n->first != NULL && n->touching != NULL && n->via != NULL && n->queue != NULL &&
               n->cost != NULL && n->waits != NULL,
           err, FAULT_NO_MEMORY, "", "geen geheugen");
    list_touching(n);
    return RESULT_OK;
}

/* ---- what can be pushed ---- */

/* How much more can go along this figure, away from `point`: any number forward, and back until 1 is left of it. */
static int64_t room(const struct network *n, uint32_t figure, uint32_t point)
{
    if (!n->figures[figure].hidden) {
        return 0;
    }
    return n->figures[figure].from == point ? INT64_MAX : n->flow[figure] - 1;
}

static uint32_t other_end(const struct network *n, uint32_t figure, uint32_t point)
{
    return n->figures[figure].from == point ? n->figures[figure].to : n->figures[figure].from;
}

/* Whether `to` can be reached from `from` without the figure `but`; `via` then says how, else what can be reached. */
static bool reach(struct network *n, uint32_t from, uint32_t to, uint32_t but)
{
    size_t end = 0;
    memset(n->via, 0xFF, n->points * sizeof *n->via);
    n->via[from] = but;
    n->queue[end++] = from;
    for (size_t at = 0; at < end && n->via[to] == none; at++) {
        const uint32_t point = n->queue[at];
        for (uint32_t i = n->first[point]; i < n->first[point + 1]; i++) {
            const uint32_t figure = n->touching[i];
            const uint32_t next = other_end(n, figure, point);
            if (figure != but && n->via[next] == none && room(n, figure, point) > 0) {
                n->via[next] = figure;
                n->queue[end++] = next;
            }
        }
    }
    return n->via[to] != none;
}

/* Along the way that was found, as much as fits, at most `wanted`. */
static int64_t push(struct network *n, uint32_t from, uint32_t to, int64_t wanted)
{
    for (uint32_t point = to; point != from;) {
        const uint32_t before = other_end(n, n->via[point], point);
        const int64_t fits = room(n, n->via[point], before);
        wanted = fits < wanted ? fits : wanted;
        point = before;
    }
    for (uint32_t point = to; point != from;) {
        const uint32_t figure = n->via[point];
        point = other_end(n, figure, point);
        n->flow[figure] += n->figures[figure].from == point ? wanted : -wanted;
    }
    return wanted;
}

/* More through this figure, by way of the others; less when not `up`. How much, at most `wanted`. */
static int64_t move(struct network *n, uint32_t figure, bool up, int64_t wanted)
{
    const uint32_t from = up ? n->figures[figure].to : n->figures[figure].from;
    const uint32_t to = other_end(n, figure, from);
    int64_t moved = 0;
    while (moved < wanted && reach(n, from, to, figure)) {
        const int64_t pushed = push(n, from, to, wanted - moved);
        n->flow[figure] += up ? pushed : -pushed;
        moved += pushed;
    }
    return moved;
}

/* Any counts that fit what is told do to start from: the bounds are the same. */
static bool too_narrow(struct network *n, uint32_t figure)
{
    if (move(n, figure, true, n->least) == n->least) {
        return false;
    }
    const int64_t above_one = n->flow[figure] - 1;
    const int64_t wanted = above_one < n->least ? above_one : n->least;
    return move(n, figure, false, wanted) < n->least;
}

/* ---- hiding ---- */

/* What is lost with a figure that is hidden on the way away from `point`: what it counts, of a total a bit more; -1: it is
 * no way on, told or not. */
static int64_t loss(const struct network *n, uint32_t figure, uint32_t point)
{
    const struct suppress_figure *f = &n->figures[figure];
    if (f->hidden) {
        return room(n, figure, point) > 0 ? 0 : -1;
    }
    return f->from == point || f->count > 1 ? 2 * (int64_t)f->count + f->total : -1;
}

/* One step of the search: ways on from a point, of which those that are cheaper than any before are gone on with. */
static size_t go_on(struct network *n, uint32_t point, uint32_t but, size_t end)
{
    for (uint32_t i = n->first[point]; i < n->first[point + 1]; i++) {
        const uint32_t figure = n->touching[i];
        const uint32_t next = other_end(n, figure, point);
        const int64_t more = figure != but ? loss(n, figure, point) : -1;
        const int64_t cost = n->cost[point] + more;
        if (more >= 0 && (n->cost[next] < 0 || cost < n->cost[next])) {
            n->cost[next] = cost;
            n->via[next] = figure;
            if (!n->waits[next]) {
                n->waits[next] = true;
                n->queue[end++ % n->points] = next;
            }
        }
    }
    return end;
}

/* The cheapest way around for this figure (label-correcting: ways on are looked at again when one to them gets cheaper). */
static bool find_way(struct network *n, uint32_t figure)
{
    const uint32_t from = n->figures[figure].to;
    size_t end = 1;
    memset(n->cost, 0xFF, n->points * sizeof *n->cost);
    n->cost[from] = 0;
    n->queue[0] = from;
    for (size_t at = 0; at < end; at++) {
        const uint32_t point = n->queue[at % n->points];
        n->waits[point] = false;
        end = go_on(n, point, figure, end);
    }
    return n->cost[n->figures[figure].from] >= 0;
}

/*
 * There always is a way: as many as go by the figure come to where it begins from where it ends, by figures that are no
 * zero, and along those one can go.
 */
static enum result protect(struct network *n, uint32_t figure, uint32_t *queue, size_t *queued, struct error *err)
{
    while (too_narrow(n, figure)) {
        (void)move(n, figure, true, n->least); /* until nothing fits any more: then no way is there for nothing */
        ENSURE(find_way(n, figure), err, FAULT_INTERNAL, "", "cijfers die niet optellen");
        const size_t before = *queued;
        for (uint32_t point = n->figures[figure].from; point != n->figures[figure].to;) {
            const uint32_t by = n->via[point];
            if (!n->figures[by].hidden) {
                n->figures[by].hidden = true;
                queue[(*queued)++] = by;
            }
            point = other_end(n, by, point);
        }
        ENSURE(*queued != before, err, FAULT_INTERNAL, "", "cijfers die niet optellen");
    }
    return RESULT_OK;
}

/* Hiding one more makes no bounds narrower: who was looked at need not be looked at again. */
static enum result protect_all(struct network *n, uint32_t *queue, struct error *err)
{
    size_t queued = 0;
    for (uint32_t i = 0; i < n->count; i++) {
        if (n->figures[i].hidden) {
            queue[queued++] = i;
        }
    }
    for (size_t at = 0; at < queued; at++) {
        TRY(protect(n, queue[at], queue, &queued, err));
    }
    return RESULT_OK;
}

/* Bound after bound from the lowest on: what is hidden at one is hidden at each that is higher, so that two answers of which
 * the bound was changed between them tell no more than the one with the lower bound. */
static enum result hide_at(struct network *n, uint32_t least, uint32_t *queue, struct error *err)
{
    n->least = least;
    for (size_t i = 0; i < n->count; i++) {
        struct suppress_figure *f = &n->figures[i];
        f->hidden = f->hidden || (f->count != 0 && f->persons < least);
    }
    return protect_all(n, queue, err);
}

enum result suppress(struct suppress_figure *figures, size_t count, uint32_t points, uint32_t least, struct error *err)
{
    struct network n = {.figures = figures, .count = count, .points = points};
    for (size_t i = 0; i < count; i++) {
        figures[i].hidden = false;
    }
    uint32_t *queue = mem_array(count, sizeof *queue);
    enum result result = build(&n, err);
    if (result == RESULT_OK && queue == NULL) {
        result = error_set(err, FAULT_NO_MEMORY, "", "geen geheugen");
    }
    for (uint32_t at = least < FIGURES_LEAST_MIN ? least : FIGURES_LEAST_MIN; at <= least && result == RESULT_OK;
         at++) {
        result = hide_at(&n, at, queue, err);
    }
    drop(&n);
    mem_free(queue);
    return result;
}
