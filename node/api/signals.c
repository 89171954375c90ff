/* Whose signals live, and which partners are asked when. */
#include "api/signals.h"

#include <uv.h>

#include "api/book.h"
#include "api/meetings.h"
#include "api/meetings_parts.h"
#include "base/mem.h"

enum { FIRST_ROOM = 64, FIRST_ENDS = 8, LINES_MS = 1000 };

static void part_look(struct api *api, const struct cooperation_touched *touched, cooperation_done *done, void *ctx);

static const struct cooperation_part part = {.look = part_look};

enum result signals_open(struct api *api, const struct match_times *times, struct signals **out, struct error *err)
{
    struct signals *signals = mem_zalloc(sizeof *signals);
    ENSURE(signals != NULL, err, FAULT_NO_MEMORY, "zorgsignalen", "geen geheugen");
    signals->api = api;
    signals->times = *times;
    *out = signals;
    cooperation_join(api->cooperation, &part);
    return RESULT_OK;
}

void signals_stop(struct signals *signals)
{
    if (signals != NULL) {
        signals->stopping = true;
        for (size_t i = 0; i < signals->line_count; i++) {
            signal_round_go_on(signals->lines[i]);
        }
    }
}

void signals_close(struct signals *signals)
{
    if (signals == NULL) {
        return;
    }
    for (size_t i = 0; i < signals->line_count; i++) {
        mem_free(signals->lines[i]->known);
        rematch_clear(&signals->lines[i]->rematch);
        mem_free(signals->lines[i]);
    }
    mem_free(signals->lines);
    mem_free(signals->live);
    mem_free(signals->ends);
    meetings_close(signals->api);
    mem_free(signals);
}

/* ---- whose signals live ---- */

size_t signals_slot(const struct signals *signals, const struct ident *id)
{
    size_t i = 0;
    while (i < signals->live_count &&
           !(signals->live[i].used && !signals->live[i].via_household && ident_equal(&signals->live[i].id, id))) {
        i++;
    }
    return i;
}

static size_t free_slot(const struct signals *signals)
{
    size_t i = signals->live_used < signals->live_count ? 0 : signals->live_count;
    while (i < signals->live_count && signals->live[i].used) {
        i++;
    }
    return i;
}

static enum result room_for_one(struct signals *signals, struct error *err)
{
    if (signals->live_count == signals->live_room) {
        const size_t room = signals->live_room != 0 ? signals->live_room * 2 : FIRST_ROOM;
        struct live *larger = mem_realloc(signals->live, room * sizeof *larger);
        ENSURE(larger != NULL, err, FAULT_NO_MEMORY, "zorgsignalen", "geen geheugen");
        signals->live = larger;
        signals->live_room = room;
    }
    return RESULT_OK;
}

static enum result add(struct signals *signals, const struct live *live, struct error *err)
{
    ENSURE(signals->live_used < SIGNALS_LIVE_MAX, err, FAULT_BUSY, "", "er lopen al %d zorgsignalen",
           (int)SIGNALS_LIVE_MAX);
    const size_t slot = free_slot(signals);
    if (slot == signals->live_count) {
        TRY(room_for_one(signals, err));
        signals->live_count++;
    }
    signals->live[slot] = *live;
    signals->live_used++;
    for (size_t i = 0; i < signals->line_count; i++) {
        if (slot < signals->lines[i]->known_room) {
            signals->lines[i]->known[slot] = (struct known){.waits = true};
        }
    }
    return RESULT_OK;
}

enum result signals_note(struct signals *signals, const struct ident *id, const struct ident *subject,
                         struct error *err)
{
    const size_t slot = signals->loaded ? signals_slot(signals, id) : signals->live_count;
    if (slot < signals->live_count) {
        signals->live[slot].pending = false;
        signals->live[slot].homes = 0;
        return RESULT_OK;
    }
    return add(signals, &(struct live){.id = *id, .subject = *subject, .person = *subject, .used = true}, err);
}

enum result signals_expect(struct signals *signals, const struct ident *id, const struct ident *subject, bool *made,
                           struct error *err)
{
    *made = signals->loaded && signals_slot(signals, id) == signals->live_count;
    const struct live live = {.id = *id, .subject = *subject, .person = *subject, .used = true, .pending = true};
    return *made ? add(signals, &live, err) : RESULT_OK;
}

enum result signals_add_member(struct signals *signals, const struct ident *id, const struct ident *subject,
                               const struct ident *person, struct error *err)
{
    const struct live live = {.id = *id, .subject = *subject, .person = *person, .via_household = true, .used = true};
    ENSURE(signals->live_used < SIGNALS_LIVE_MAX / 2, err, FAULT_BUSY, "",
           "er lopen te veel zorgsignalen"); /* the rest: own */
    return add(signals, &live, err);
}

static void drop(struct signals *signals, size_t slot)
{
    for (size_t i = 0; i < signals->line_count; i++) {
        signal_line_set(signals->lines[i], slot, KNOWN_NOT);
    }
    signals->live[slot].used = false;
    signals->live_used--;
}

void signals_forget(struct signals *signals, const struct ident *id)
{
    for (size_t slot = 0; slot < signals->live_count; slot++) {
        if (signals->live[slot].used && ident_equal(&signals->live[slot].id, id)) {
            drop(signals, slot);
        }
    }
}

/* What was begun by way of him, and had no answer, is taken back as any that is begun. */
void signals_drop_member(struct signals *signals, size_t slot)
{
    const size_t own = signals_slot(signals, &signals->live[slot].id);
    for (size_t i = 0; i < signals->line_count && own < signals->live_count; i++) {
        struct signal_line *line = signals->lines[i];
        if (slot < line->known_room && own < line->known_room && line->known[slot].begun) {
            line->known[own].begun = true;
            signal_line_set(line, own, KNOWN_NOT);
        }
    }
    drop(signals, slot);
}

struct known *signal_line_known(struct signal_line *line, size_t slot)
{
    if (slot >= line->known_room) {
        const size_t room = line->signals->live_room;
        struct known *larger = mem_realloc(line->known, room * sizeof *larger);
        if (larger == NULL) {
            return NULL;
        }
        for (size_t i = line->known_room; i < room; i++) {
            larger[i] = (struct known){.waits = true};
        }
        line->known = larger;
        line->known_room = room;
    }
    return &line->known[slot];
}

void signal_line_set(struct signal_line *line, size_t slot, enum known_state state)
{
    struct known *known = signal_line_known(line, slot);
    if (known != NULL && known->state == KNOWN_VALUE) {
        rematch_drop(&line->rematch, known->fingerprint, (uint32_t)slot);
    }
    if (known != NULL) {
        known->state = (uint8_t)state;
    }
}

void signal_line_value(struct signal_line *line, size_t slot, uint64_t fingerprint)
{
    struct error err;
    struct known *known = signal_line_known(line, slot);
    if (known == NULL || (known->state == KNOWN_VALUE && known->fingerprint == fingerprint)) {
        return;
    }
    signal_line_set(line, slot, KNOWN_NOT);
    if (rematch_put(&line->rematch, fingerprint, (uint32_t)slot, &err) != RESULT_OK) {
        log_error(line->signals->api->log, LOG_ERROR, "zorgsignaal-niet-bewaard", &err);
        return;
    }
    known->fingerprint = fingerprint;
    known->state = KNOWN_VALUE;
}

void signals_look_again(struct signals *signals, const struct ident *subject)
{
    for (size_t i = 0; i < signals->line_count; i++) {
        struct signal_line *line = signals->lines[i];
        for (size_t slot = 0; slot < signals->live_count && slot < line->known_room; slot++) {
            const struct live *live = &signals->live[slot];
            const bool his =
                subject == NULL || ident_equal(&live->subject, subject) || ident_equal(&live->person, subject);
            if (live->used && his && line->known[slot].state == KNOWN_SETTLED) {
                line->known[slot].state = KNOWN_NOT;
            }
        }
    }
}

size_t signals_untested(const struct signals *signals, const struct ident *id)
{
    const size_t slot = signals_slot(signals, id);
    size_t count = 0;
    for (size_t i = 0; i < signals->line_count && slot < signals->live_count; i++) {
        const struct signal_line *line = signals->lines[i];
        count += line->wanted && (slot >= line->known_room || line->known[slot].waits);
    }
    return count;
}

bool signals_sending(const struct signals *signals, const struct oin *partner)
{
    for (size_t i = 0; i < signals->line_count; i++) {
        const struct signal_line *line = signals->lines[i];
        if (!oin_equal(&line->partner, partner)) {
            continue;
        }
        bool begun = !line->has_set || line->round != NULL;
        for (size_t slot = 0; slot < line->known_room && slot < signals->live_count && !begun; slot++) {
            begun = signals->live[slot].used && line->known[slot].begun;
        }
        return begun && signals->live_used != 0;
    }
    return !signals->loaded;
}

enum result signals_put_row(struct store_batch *batch, const struct ident *id, const struct ident *subject,
                            const struct signal *signal, uint64_t version, struct error *err)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    signal_encode(signal, &payload);
    const struct ident_text key = ident_text(&signal->key);
    const struct store_write item = {.id = *id,
                                     .parent = *subject,
                                     .keys = {slice_text(key.text)},
                                     .payload = buf_slice(&payload),
                                     .version = version,
                                     .is_new = version == 0};
    const enum result result = buf_result(&payload, "zorgsignaal", err);
    if (result == RESULT_OK) {
        store_put(batch, STORE_SIGNAL, &item);
    }
    buf_wipe(&payload);
    return result;
}

/* ---- ends of what never met here ---- */

static struct signal_ends *ends_of(struct signals *signals, const struct oin *partner)
{
    for (size_t i = 0; i < signals->end_count; i++) {
        if (oin_equal(&signals->ends[i].partner, partner)) {
            return &signals->ends[i];
        }
    }
    return NULL;
}

enum result signals_ends_add(struct signals *signals, const struct oin *partner, struct error *err)
{
    struct signal_ends *ends = ends_of(signals, partner);
    if (ends == NULL && signals->end_count == signals->end_room) {
        const size_t room = signals->end_room != 0 ? signals->end_room * 2 : FIRST_ENDS;
        struct signal_ends *larger = mem_realloc(signals->ends, room * sizeof *larger);
        ENSURE(larger != NULL, err, FAULT_NO_MEMORY, "zorgsignalen", "geen geheugen");
        signals->ends = larger;
        signals->end_room = room;
    }
    if (ends == NULL) {
        ends = &signals->ends[signals->end_count++];
        *ends = (struct signal_ends){.partner = *partner};
    }
    ends->count++;
    return RESULT_OK;
}

static enum result count_end(void *ctx, const struct meeting_row *row, struct error *err)
{
    return row->meeting.head.number != 0 ? RESULT_OK : signals_ends_add(ctx, &row->meeting.peer, err);
}

enum result signals_ends_room(struct signals *signals, const struct oin *partner, struct error *err)
{
    if (!signals->ends_counted) { /* once after a start, and when some were swept */
        signals->end_count = 0;
        TRY(meetings_each(signals->api, count_end, signals, err));
        signals->ends_counted = true;
    }
    const struct signal_ends *ends = ends_of(signals, partner);
    ENSURE(ends == NULL || ends->count < SIGNAL_ENDS_MAX, err, FAULT_EARLY, "/spoor",
           "er zijn al %d beeindigingen van wat hier niet bekend is", (int)SIGNAL_ENDS_MAX);
    return RESULT_OK;
}

/* ---- at a start ---- */

struct loading {
    struct signals *signals;
    struct ident after;
    bool has_after, more, failed;
};

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct loading *l = ctx;
    struct error fault;
    l->failed = err != NULL;
    l->more = err == NULL && more && count != 0;
    for (size_t i = 0; i < count && !l->failed; i++) {
        struct signal signal;
        l->after = items[i].id;
        l->has_after = true;
        if (items[i].damaged || signal_decode(items[i].payload, &signal, &fault) != RESULT_OK) {
            log_event(l->signals->api->log, LOG_ERROR, "zorgsignaal-onleesbaar", LOG_NUMBER("rij", items[i].ordinal));
        } else if (signal.state == SIGNAL_RUNS) {
            l->failed = signals_note(l->signals, &items[i].id, &items[i].parent, &fault) != RESULT_OK;
        }
    }
}

static void load(struct signals *signals)
{
    struct loading l = {.signals = signals, .more = true};
    signals->live_count = 0;
    signals->live_used = 0;
    while (l.more && !l.failed) {
        const struct ident after = l.after;
        store_list_damaged_too(signals->api->door, STORE_SIGNAL, l.has_after ? &after : NULL, STORE_LIST_MAX, listed,
                               &l); /* answered at once */
    }
    signals->loaded = !l.failed;
}

/* ---- lines ---- */

static struct signal_line *line_of(struct signals *signals, const struct oin *partner)
{
    for (size_t i = 0; i < signals->line_count; i++) {
        if (oin_equal(&signals->lines[i]->partner, partner)) {
            return signals->lines[i];
        }
    }
    struct signal_line **larger = mem_realloc(signals->lines, (signals->line_count + 1) * sizeof(struct signal_line *));
    struct signal_line *line = larger != NULL ? mem_zalloc(sizeof *line) : NULL;
    signals->lines = larger != NULL ? larger : signals->lines;
    if (line != NULL) {
        line->signals = signals;
        line->partner = *partner;
        line->rematch.total = &signals->values;
        signals->lines[signals->line_count++] = line;
    }
    return line;
}

static void want_of(struct signals *signals, const struct covenant *covenant)
{
    struct lookup_set set;
    for (size_t p = 0; p < covenant_party_count(covenant); p++) {
        const struct oin *partner = &covenant_party_at(covenant, p)->oin;
        if (lookups_state(signals->api->lookups, partner, slice_text(PURPOSE_SIGNAL), &set) != LOOKUP_NONE) {
            struct signal_line *line = line_of(signals, partner);
            if (line != NULL) { /* else the next time */
                line->wanted = true;
            }
        }
    }
}

static void look_at_lines(struct signals *signals)
{
    const struct book *book = signals->api->book;
    const uint64_t now_ms = uv_now(signals->api->loop);
    if (signals->line_count != 0 && now_ms - signals->lines_at_ms < LINES_MS) {
        return;
    }
    signals->lines_at_ms = now_ms;
    for (size_t i = 0; i < signals->line_count; i++) {
        signals->lines[i]->wanted = false;
    }
    for (size_t e = 0; e < book->count; e++) {
        want_of(signals, book->entries[e]->covenant);
    }
}

void signals_tick(struct signals *signals)
{
    struct error err;
    struct lookup_set set;
    if (signals->stopping) {
        return;
    }
    for (size_t i = 0; i < signals->line_count; i++) {
        signal_round_go_on(signals->lines[i]);
    }
    if (api_clock_wrong(signals->api, &err)) {
        return;
    }
    if (!signals->loaded) {
        load(signals);
        return;
    }
    signals_end_look(signals);
    meetings_quiet_tick(signals);
    look_at_lines(signals);
    signals_members(signals);
    for (size_t i = 0; i < signals->line_count && signals->live_used != 0; i++) {
        struct signal_line *line = signals->lines[i];
        if (line->wanted && line->round == NULL && signal_round_due(line, &set)) {
            signal_round_begin(line, &set);
        }
    }
}

/* ---- what changed ---- */

static void part_look(struct api *api, const struct cooperation_touched *touched, cooperation_done *done, void *ctx)
{
    if (cooperation_everybody(touched)) {
        api->signals->quiet_due = true;
        signals_look_again(api->signals, NULL);
    }
    for (size_t i = 0; i < cooperation_count(touched); i++) {
        signals_look_again(api->signals, cooperation_at(touched, i));
    }
    signals_end_touched(api->signals, touched, done, ctx);
}
