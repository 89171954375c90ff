#include "domain/delivery.h"

#include <string.h>

/* What the same message can only meet again sticks. Too early and too slow is about this message; no answer, no room and
 * our own standing with the partner (401, 403) is about all. */
enum delivery_verdict delivery_verdict(enum delivery_answer answer, int status)
{
    static const struct {
        int status;
        enum delivery_verdict verdict;
    } rows[] = {
        {401, DELIVERY_ALL}, {403, DELIVERY_ALL}, {408, DELIVERY_ALONE}, {425, DELIVERY_ALONE}, {429, DELIVERY_ALL},
    };
    if (answer == DELIVERY_RECEIPTED && status == 200) {
        return DELIVERY_DONE;
    }
    if (answer == DELIVERY_SILENCE || status < 400 || status >= 500) {
        return DELIVERY_ALL;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == status) {
            return rows[i].verdict;
        }
    }
    return DELIVERY_STUCK;
}

int64_t delivery_backoff(uint32_t tries, uint32_t random)
{
    int64_t wait = OUTBOX_FIRST_MS;
    for (uint32_t i = 1; i < tries && wait < OUTBOX_LONGEST_MS; i++) {
        wait *= 2;
    }
    wait = wait < OUTBOX_LONGEST_MS ? wait : OUTBOX_LONGEST_MS;
    return wait - (int64_t)random % (wait / 4);
}

void delivery_line_init(struct delivery_line *line)
{
    memset(line, 0, sizeof *line);
    line->probing = true;
}

size_t delivery_line_room(const struct delivery_line *line, enum delivery_lane lane)
{
    static const size_t rooms[DELIVERY_LANE_COUNT] = {OUTBOX_WINDOW / 4, OUTBOX_WINDOW - OUTBOX_WINDOW / 4};
    size_t used = 0;
    for (size_t i = 0; i < line->count; i++) {
        used += line->entries[i].lane == (uint8_t)lane;
    }
    return rooms[lane] - used;
}

static bool same_order(const struct delivery_entry *a, const struct delivery_entry *b)
{
    return a->lane == b->lane && ident_equal(&a->key, &b->key);
}

bool delivery_line_add(struct delivery_line *line, const struct delivery_entry *entry)
{
    size_t at = line->count;
    while (at > 0 && line->entries[at - 1].place > entry->place) {
        at--;
    }
    if ((at > 0 && line->entries[at - 1].place == entry->place) ||
        delivery_line_is_stuck(line, &entry->key, (enum delivery_lane)entry->lane)) {
        return true;
    }
    if (delivery_line_room(line, (enum delivery_lane)entry->lane) == 0) {
        return false;
    }
    memmove(&line->entries[at + 1], &line->entries[at], (line->count - at) * sizeof line->entries[0]);
    line->count++;
    struct delivery_entry *one = &line->entries[at];
    *one = (struct delivery_entry){.id = entry->id, .key = entry->key, .place = entry->place, .lane = entry->lane};
    for (size_t i = 0; i < at && !one->behind; i++) {
        one->behind = same_order(&line->entries[i], one);
    }
    for (size_t i = at + 1; i < line->count; i++) {
        line->entries[i].behind = line->entries[i].behind || same_order(&line->entries[i], one);
    }
    return true;
}

static bool may_start(const struct delivery_entry *entry, int64_t now_ms)
{
    return !entry->under_way && !entry->behind && entry->next_ms <= now_ms;
}

const struct delivery_entry *delivery_line_next(const struct delivery_line *line, int64_t now_ms)
{
    const size_t most = line->probing ? 1 : OUTBOX_PER_PARTNER;
    const struct delivery_entry *usual = NULL;
    if (line->resume_ms > now_ms || line->under_way >= most) {
        return NULL;
    }
    for (size_t i = 0; i < line->count; i++) {
        const struct delivery_entry *entry = &line->entries[i];
        if (!may_start(entry, now_ms)) {
            continue;
        }
        if (entry->lane == DELIVERY_URGENT) {
            return entry;
        }
        usual = usual == NULL ? entry : usual;
    }
    return usual;
}

static struct delivery_entry *find(struct delivery_line *line, const struct ident *id)
{
    for (size_t i = 0; i < line->count; i++) {
        if (ident_equal(&line->entries[i].id, id)) {
            return &line->entries[i];
        }
    }
    return NULL;
}

void delivery_line_started(struct delivery_line *line, const struct ident *id)
{
    struct delivery_entry *entry = find(line, id);
    if (entry != NULL && !entry->under_way) {
        entry->under_way = true;
        entry->probe = line->probing;
        line->under_way++;
    }
}

/* The next of its key, if it is here, has its turn. */
static void take_out(struct delivery_line *line, struct delivery_entry *entry)
{
    const struct delivery_entry gone = *entry;
    const size_t at = (size_t)(entry - line->entries);
    line->count--;
    memmove(entry, entry + 1, (line->count - at) * sizeof *entry);
    for (size_t i = at; i < line->count; i++) {
        if (same_order(&line->entries[i], &gone)) {
            line->entries[i].behind = false;
            return;
        }
    }
}

static void not_under_way(struct delivery_line *line, struct delivery_entry *entry)
{
    line->under_way -= entry->under_way;
    entry->under_way = false;
    entry->probe = false;
}

/* Only the probe's own failure counts on: the others that were under way failed of the same thing. */
static void wait_all(struct delivery_line *line, bool was_probe, int64_t now_ms, uint32_t random)
{
    if (!line->probing || was_probe) {
        line->failures = line->failures < UINT32_MAX ? line->failures + 1 : line->failures;
        line->resume_ms = now_ms + delivery_backoff(line->failures, random);
        line->probing = true;
    }
}

static void hold_key(struct delivery_line *line, const struct delivery_entry *head)
{
    const struct delivery_entry first = *head;
    for (size_t i = line->count; i > 0; i--) { /* from the end: what was looked at stays where it is */
        struct delivery_entry *entry = &line->entries[i - 1];
        if (same_order(entry, &first)) {
            take_out(line, entry);
        }
    }
}

void delivery_line_settled(struct delivery_line *line, const struct ident *id, enum delivery_verdict verdict,
                           int64_t now_ms, uint32_t random)
{
    struct delivery_entry *entry = find(line, id);
    if (entry == NULL || !entry->under_way) {
        return;
    }
    const bool was_probe = entry->probe;
    not_under_way(line, entry);
    entry->tries++;
    if (verdict == DELIVERY_STUCK && !delivery_line_stick(line, &entry->key, (enum delivery_lane)entry->lane)) {
        verdict = DELIVERY_ALL;
    }
    if (verdict == DELIVERY_ALL) {
        wait_all(line, was_probe, now_ms, random);
        return;
    }
    if (was_probe) {
        line->probing = false;
        line->failures = 0;
        line->resume_ms = 0;
    }
    if (verdict == DELIVERY_DONE) {
        take_out(line, entry);
    } else if (verdict == DELIVERY_STUCK) {
        hold_key(line, entry);
    } else {
        entry->next_ms = now_ms + delivery_backoff(entry->tries, random);
    }
}

void delivery_line_forget(struct delivery_line *line, const struct ident *id)
{
    struct delivery_entry *entry = find(line, id);
    if (entry != NULL) {
        not_under_way(line, entry);
        take_out(line, entry);
    }
}

void delivery_line_wake(struct delivery_line *line, int64_t now_ms, uint32_t random)
{
    const int64_t at = now_ms + random % OUTBOX_FIRST_MS;
    line->resume_ms = line->resume_ms > at ? at : line->resume_ms;
}

static size_t find_stuck(const struct delivery_line *line, const struct ident *key, enum delivery_lane lane)
{
    size_t at = 0;
    while (at < line->stuck_count &&
           (line->stuck[at].lane != (uint8_t)lane || !ident_equal(&line->stuck[at].key, key))) {
        at++;
    }
    return at;
}

bool delivery_line_is_stuck(const struct delivery_line *line, const struct ident *key, enum delivery_lane lane)
{
    return find_stuck(line, key, lane) < line->stuck_count;
}

bool delivery_line_stick(struct delivery_line *line, const struct ident *key, enum delivery_lane lane)
{
    const size_t at = find_stuck(line, key, lane);
    if (at == OUTBOX_STUCK_MAX) {
        return false;
    }
    if (at == line->stuck_count) {
        line->stuck[line->stuck_count++] = (struct delivery_key){*key, (uint8_t)lane};
    }
    return true;
}

void delivery_line_unstick(struct delivery_line *line, const struct ident *key, enum delivery_lane lane)
{
    const size_t at = find_stuck(line, key, lane);
    if (at < line->stuck_count) {
        line->stuck[at] = line->stuck[--line->stuck_count];
    }
}

enum incoming_verdict incoming_verdict(const struct sha256 *kept, const struct sha256 *now)
{
    if (kept == NULL) {
        return INCOMING_NEW;
    }
    return memcmp(kept->bytes, now->bytes, SHA256_SIZE) == 0 ? INCOMING_AGAIN : INCOMING_OTHER;
}
