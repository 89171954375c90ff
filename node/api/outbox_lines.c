/* The lines of posts: found after a start, read into their windows, counted in slices, and sent from. */
#include <string.h>

#include "api/blocks.h"
#include "api/outbox_parts.h"
#include "base/mem.h"

enum {
    FILL_AT = OUTBOX_WINDOW / 8, /* room from which a lane is read on */
    COUNT_PAGES = 4,             /* of STORE_LIST_MAX rows, a second, of all lines */
    EACH_SECONDS = 10,           /* between looks at a line that nobody woke */
};

static struct post_line *line_new(struct outbox *outbox, const struct oin *partner)
{
    struct post_line *line =
        outbox->line_count < OUTBOX_PARTNER_LINES_MAX ? mem_zalloc(sizeof(struct post_line)) : NULL;
    if (line != NULL) {
        line->outbox = outbox;
        line->partner = *partner;
        delivery_line_init(&line->window);
        for (int lane = 0; lane < DELIVERY_LANE_COUNT; lane++) {
            outgoing_line(partner, (enum delivery_lane)lane, &line->lanes[lane].parent);
            line->lanes[lane].more = true;
        }
        outbox->lines[outbox->line_count++] = line;
    }
    return line;
}

struct post_line *outbox_line(struct outbox *outbox, const struct oin *partner, bool make)
{
    for (size_t i = 0; i < outbox->line_count; i++) {
        if (oin_equal(&outbox->lines[i]->partner, partner)) {
            return outbox->lines[i];
        }
    }
    return make ? line_new(outbox, partner) : NULL;
}

void outbox_lines_close(struct outbox *outbox)
{
    for (size_t i = 0; i < outbox->line_count; i++) {
        mem_free(outbox->lines[i]);
    }
    mem_free(outbox->lines);
}

/* ---- after a start ---- */

struct finding {
    struct outbox *outbox;
    struct ident last;
    bool more;
    bool failed;
};

static void lines_found(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct finding *finding = ctx;
    finding->failed = err != NULL;
    finding->more = more && count != 0;
    for (size_t i = 0; i < count; i++) {
        struct oin partner;
        struct error fault;
        if (outgoing_read_line(items[i].payload, &partner, &fault) != RESULT_OK) {
            log_error(finding->outbox->api->log, LOG_ERROR, "bericht-onleesbaar", &fault);
        } else if (outbox_line(finding->outbox, &partner, true) == NULL) {
            finding->failed = true;
        }
        finding->last = items[i].id;
    }
}

static void newest(void *ctx, uint64_t ordinal, const struct error *err)
{
    if (err == NULL) {
        *(uint64_t *)ctx = ordinal;
    }
}

/* From zero: what is put from now on comes behind. */
static void count_anew(struct outbox *outbox)
{
    uint64_t until = UINT64_MAX;
    store_newest(outbox->api->door, STORE_OUTGOING, newest, &until);
    if (until == UINT64_MAX) {
        return;
    }
    outbox->count_until = until;
    outbox->posts = 0;
    outbox->count_again_ms = clock_now(outbox->api->clock) + OUTBOX_SWEEP_MS;
    for (size_t i = 0; i < outbox->line_count; i++) {
        struct post_line *line = outbox->lines[i];
        line->rows = 0;
        line->stuck = 0;
        for (int lane = 0; lane < DELIVERY_LANE_COUNT; lane++) {
            line->lanes[lane].counted = until == 0;
            line->lanes[lane].counted_to = 0;
            line->lanes[lane].late_to = 0;
        }
    }
}

static bool find_lines(struct outbox *outbox)
{
    struct finding finding = {.outbox = outbox, .more = true};
    while (!outbox->lines_read && finding.more && !finding.failed) {
        const struct ident after = finding.last;
        static const struct ident none = {{0}};
        store_list(outbox->api->door, STORE_LINE, ident_equal(&after, &none) ? NULL : &after, STORE_LIST_MAX,
                   lines_found, &finding);
    }
    if (!outbox->lines_read && !finding.failed) {
        outbox->lines_read = true;
        count_anew(outbox);
    }
    return outbox->lines_read;
}

/* ---- counting ---- */

bool outbox_line_counted(const struct post_line *line)
{
    return line->lanes[DELIVERY_URGENT].counted && line->lanes[DELIVERY_USUAL].counted;
}

struct counting {
    struct post_line *line;
    struct post_lane *lane;
};

static void page_counted(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct counting *counting = ctx;
    struct post_line *line = counting->line;
    if (err != NULL) {
        return; /* the next second */
    }
    counting->lane->counted = !more || count == 0;
    for (size_t i = 0; i < count; i++) {
        struct outgoing row;
        struct error fault;
        if (items[i].ordinal > line->outbox->count_until) {
            counting->lane->counted = true;
            break;
        }
        counting->lane->counted_to = items[i].ordinal;
        line->rows++;
        line->outbox->posts++;
        line->stuck += outgoing_decode(items[i].payload, &row, &fault) != RESULT_OK || row.state == MESSAGE_STUCK;
    }
}

static void count_on(struct outbox *outbox)
{
    int pages = 0;
    for (size_t i = 0; i < outbox->line_count && pages < COUNT_PAGES; i++) {
        for (int lane = 0; lane < DELIVERY_LANE_COUNT; lane++) {
            struct counting counting = {outbox->lines[i], &outbox->lines[i]->lanes[lane]};
            while (!counting.lane->counted && pages++ < COUNT_PAGES) {
                store_list_children_damaged_too(outbox->api->door, STORE_OUTGOING, &counting.lane->parent,
                                                counting.lane->counted_to, STORE_LIST_MAX, page_counted, &counting);
            }
        }
    }
}

static bool is_counted(const struct post_line *line, enum delivery_lane lane, uint64_t place)
{
    const struct post_lane *of = &line->lanes[lane];
    return of->counted || place <= of->counted_to || place > line->outbox->count_until;
}

static void count_gone(struct post_line *line, const struct post_end *end)
{
    if (is_counted(line, end->lane, end->place) && line->rows > 0) {
        line->rows--;
        line->outbox->posts--;
    }
}

/* ---- the window ---- */

void outbox_rewind(struct post_line *line)
{
    for (int lane = 0; lane < DELIVERY_LANE_COUNT; lane++) {
        line->lanes[lane].read_to = 0;
        line->lanes[lane].skipped_to = 0;
        line->lanes[lane].more = true;
    }
}

struct filling {
    struct post_line *line;
    struct post_lane *lane;
    bool stopped; /* no room, or it cannot be read */
};

/* False: this one, and what comes behind it, stays unread. */
static bool take_row(struct filling *filling, const struct store_item *item, const struct outgoing *row)
{
    struct delivery_line *window = &filling->line->window;
    const enum delivery_lane lane = outgoing_lane(row->post.kind);
    if (row->state == MESSAGE_STUCK && !delivery_line_stick(window, &row->post.key, lane)) {
        return false;
    }
    if (delivery_line_is_stuck(window, &row->post.key, lane)) {
        filling->lane->skipped_to = item->ordinal;
        return true;
    }
    const struct delivery_entry entry = {
        .id = item->id, .key = row->post.key, .place = item->ordinal, .lane = (uint8_t)lane};
    return delivery_line_add(window, &entry);
}

/* It cannot be read, and will not be: it is stuck, a person is told, and what comes behind it passes. */
static void skip_row(struct filling *filling, const struct store_item *item, const struct error *why)
{
    struct post_lane *lane = filling->lane;
    lane->skipped_to = item->ordinal;
    delivery_line_forget(&filling->line->window, &item->id);
    if (item->ordinal > lane->damaged_to) {
        log_error(filling->line->outbox->api->log, LOG_ERROR, "bericht-onleesbaar", why);
        lane->damaged_to = item->ordinal;
        outbox_tell_damaged(filling->line, &item->id);
    }
}

static void page_read(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct filling *filling = ctx;
    struct outbox *outbox = filling->line->outbox;
    if (err != NULL) {
        log_error(outbox->api->log, LOG_ERROR, "bericht-onleesbaar", err);
        filling->stopped = true;
        return;
    }
    for (size_t i = 0; i < count && !filling->stopped; i++) {
        struct outgoing row;
        struct error fault;
        if (outgoing_decode(items[i].payload, &row, &fault) != RESULT_OK) {
            skip_row(filling, &items[i], &fault);
        } else if (!take_row(filling, &items[i], &row)) {
            filling->stopped = true;
            return;
        }
        filling->lane->read_to = items[i].ordinal;
    }
    filling->lane->more = more;
}

static void fill(struct post_line *line)
{
    for (int i = 0; i < DELIVERY_LANE_COUNT; i++) {
        struct filling filling = {line, &line->lanes[i], false};
        size_t room = delivery_line_room(&line->window, (enum delivery_lane)i);
        while (filling.lane->more && !filling.stopped && room >= FILL_AT) {
            store_list_children_damaged_too(line->outbox->api->door, STORE_OUTGOING, &filling.lane->parent,
                                            filling.lane->read_to, room, page_read, &filling);
            room = delivery_line_room(&line->window, (enum delivery_lane)i);
        }
    }
}

/* The row at read_to is gone: back to the last before it that is there. */
static void step_back(struct post_line *line, const struct post_end *end)
{
    struct post_lane *lane = &line->lanes[end->lane];
    if (end->place != lane->read_to) {
        return;
    }
    lane->read_to = lane->skipped_to < end->place ? lane->skipped_to : 0;
    for (size_t i = 0; i < line->window.count; i++) {
        const struct delivery_entry *entry = &line->window.entries[i];
        if (entry->lane == (uint8_t)end->lane && entry->place < end->place && entry->place > lane->read_to) {
            lane->read_to = entry->place;
        }
    }
    lane->more = true;
}

/* ---- sending ---- */

static bool may_send(struct post_line *line)
{
    const struct outbox *outbox = line->outbox;
    struct error err;
    line->silent =
        api_covenant_with(outbox->api, &line->partner) == NULL || blocks_partner(outbox->api, &line->partner);
    return outbox->lines_read && !line->silent && !outbox->api->closing && !api_clock_wrong(outbox->api, &err);
}

void outbox_pump(struct post_line *line)
{
    struct outbox *outbox = line->outbox;
    line->pump_again = true;
    if (line->pumping) {
        return; /* from within the loop below */
    }
    line->pumping = true;
    while (line->pump_again && may_send(line)) {
        const struct delivery_entry *next = NULL;
        line->pump_again = false;
        fill(line);
        const int64_t now = clock_now(outbox->api->clock);
        while (outbox->posts_under_way < OUTBOX_POSTS_AT_ONCE &&
               (next = delivery_line_next(&line->window, now)) != NULL) {
            const struct delivery_entry entry = *next; /* it may be settled, and gone, before that returns */
            delivery_line_started(&line->window, &entry.id);
            outbox->posts_under_way++;
            outbox->api->calls++;
            outbox_try(line, &entry);
        }
    }
    line->pumping = false;
}

void outbox_tried(struct post_line *line, const struct post_end *end)
{
    struct outbox *outbox = line->outbox;
    const bool was_full = outbox->posts_under_way == OUTBOX_POSTS_AT_ONCE;
    uint32_t random = 0;
    outbox->api->entropy->fill(outbox->api->entropy->ctx, &random, sizeof random);
    outbox->posts_under_way--;
    outbox->api->calls--;
    delivery_line_settled(&line->window, &end->id, end->verdict, clock_now(outbox->api->clock), random);
    if (end->gone) {
        delivery_line_forget(&line->window, &end->id);
        step_back(line, end);
    }
    if (end->gone && end->verdict == DELIVERY_DONE) {
        count_gone(line, end);
    } else if (end->verdict == DELIVERY_STUCK && delivery_line_is_stuck(&line->window, &end->key, end->lane)) {
        line->lanes[end->lane].skipped_to = end->place;
        line->stuck++;
    }
    outbox_pump(line);
    for (size_t i = 0; was_full && i < outbox->line_count; i++) {
        outbox_pump(outbox->lines[i]);
    }
}

bool outbox_resent(struct post_line *line, const struct ident *id)
{
    for (size_t i = 0; i < line->window.count; i++) {
        if (ident_equal(&line->window.entries[i].id, id)) {
            return ++line->window.entries[i].resent < OUTBOX_RESENDS_MAX;
        }
    }
    return true;
}

void outbox_wake(struct outbox *outbox, const struct oin *partner)
{
    struct post_line *line = outbox_line(outbox, partner, false);
    if (line != NULL) {
        line->lanes[DELIVERY_URGENT].more = true;
        line->lanes[DELIVERY_USUAL].more = true;
        outbox_pump(line);
    }
}

void outbox_alive(struct outbox *outbox, const struct oin *partner)
{
    struct post_line *line = outbox != NULL ? outbox_line(outbox, partner, false) : NULL;
    const int64_t now = outbox != NULL ? clock_now(outbox->api->clock) : 0;
    if (line != NULL && line->window.resume_ms > now + OUTBOX_FIRST_MS) {
        uint32_t random = 0;
        outbox->api->entropy->fill(outbox->api->entropy->ctx, &random, sizeof random);
        delivery_line_wake(&line->window, now, random);
    }
}

static void oldest_read(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct post_line *line = ctx;
    struct outgoing row;
    struct error fault;
    (void)more;
    if (err == NULL && count != 0 && outgoing_decode(items[0].payload, &row, &fault) == RESULT_OK &&
        (line->oldest_ms == 0 || row.created_ms < line->oldest_ms)) {
        line->oldest_ms = row.created_ms;
    }
}

static void look_for_oldest(struct post_line *line)
{
    line->oldest_ms = 0;
    for (int lane = 0; lane < DELIVERY_LANE_COUNT && line->rows != 0; lane++) {
        store_list_children_damaged_too(line->outbox->api->door, STORE_OUTGOING, &line->lanes[lane].parent, 0, 1,
                                        oldest_read, line);
    }
}

static void line_tick(struct post_line *line, bool look)
{
    if (line->rewinds > 0) {
        line->rewinds--;
        outbox_rewind(line);
    }
    if (look) {
        line->lanes[DELIVERY_URGENT].more = true;
        line->lanes[DELIVERY_USUAL].more = true;
        look_for_oldest(line);
        outbox_tell_late(line);
    }
    outbox_pump(line);
}

void outbox_lines_look(struct outbox *outbox)
{
    if (find_lines(outbox)) {
        count_on(outbox);
    }
}

void outbox_lines_tick(struct outbox *outbox)
{
    outbox_lines_look(outbox);
    if (!outbox->lines_read) {
        return;
    }
    if (clock_now(outbox->api->clock) >= outbox->count_again_ms) {
        count_anew(outbox);
    }
    for (size_t i = 0; i < outbox->line_count; i++) {
        line_tick(outbox->lines[i], (outbox->seconds + i) % EACH_SECONDS == 0);
    }
    outbox->seconds++;
}
