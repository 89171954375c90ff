/* The rows: written in the commit of others, read back from the store each second, and swept. */
#include "api/notices.h"

#include <stdio.h>
#include <string.h>

#include "api/later.h"
#include "api/notices_parts.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "base/mem.h"

static const char *const words[] = {
#define X(kind, word) [kind] = (word),
    NOTICE_KIND_TABLE(X)
#undef X
};

const char *notice_kind_word(enum notice_kind kind)
{
    return (unsigned)kind < NOTICE_KIND_COUNT ? words[kind] : "";
}

/* Version 1: at these places; the user's name to the end. */
enum {
    VERSION = 1,
    AT_KIND = 1,
    AT_ROLES = 2,
    AT_NUMBER = 6,
    AT_MADE = 10,
    AT_READ = 18, /* 0: not yet */
    AT_REF = 26,
    FIXED = AT_REF + IDENT_SIZE,
    KEY_MAX = 160,
    SWEEP_MAX = 200, /* in one commit; the rest in a next */
    ROOM_FIRST = 64,
};
#define DAY_MS INT64_C(86400000)

void notice_encode(const struct notice *notice, struct buf *out)
{
    uint8_t fixed[FIXED] = {VERSION, (uint8_t)notice->kind};
    bytes_put_u32(fixed + AT_ROLES, notice->roles);
    bytes_put_u32(fixed + AT_NUMBER, notice->number);
    bytes_put_u64(fixed + AT_MADE, (uint64_t)notice->made_ms);
    bytes_put_u64(fixed + AT_READ, (uint64_t)notice->read_ms);
    memcpy(fixed + AT_REF, notice->ref.bytes, IDENT_SIZE);
    buf_bytes(out, fixed, sizeof fixed);
    buf_text(out, notice->user);
}

static bool decode(const struct store_item *item, struct notice *out)
{
    const struct slice bytes = item->payload;
    *out = (struct notice){.id = item->id};
    if (bytes.len < FIXED || bytes.ptr[0] != VERSION || bytes.ptr[AT_KIND] >= NOTICE_KIND_COUNT ||
        !slice_copy_text(slice_of(bytes.ptr + FIXED, bytes.len - FIXED), out->user, sizeof out->user)) {
        return false;
    }
    out->kind = (enum notice_kind)bytes.ptr[AT_KIND];
    out->roles = bytes_get_u32(bytes.ptr + AT_ROLES);
    out->number = bytes_get_u32(bytes.ptr + AT_NUMBER);
    out->made_ms = (int64_t)bytes_get_u64(bytes.ptr + AT_MADE);
    out->read_ms = (int64_t)bytes_get_u64(bytes.ptr + AT_READ);
    memcpy(out->ref.bytes, bytes.ptr + AT_REF, IDENT_SIZE);
    return (out->user[0] != '\0') == (out->roles == 0);
}

static size_t write_key(const struct notice *notice, char out[KEY_MAX])
{
    return (size_t)snprintf(out, KEY_MAX, "%s|%s|%u|%s|%u", words[notice->kind], ident_text(&notice->ref).text,
                            (unsigned)notice->number, notice->user, (unsigned)notice->roles);
}

enum result notice_write(struct store_batch *batch, const struct notice *notice, struct error *err)
{
    char key[KEY_MAX];
    struct buf payload;
    const size_t len = write_key(notice, key);
    buf_init(&payload, NOTICE_PAYLOAD_MAX);
    notice_encode(notice, &payload);
    const enum result result = buf_result(&payload, "postbus", err);
    if (result == RESULT_OK) {
        const struct store_write item = {
            .id = notice->id, .keys = {slice_of((const uint8_t *)key, len)}, .payload = buf_slice(&payload)};
        store_put(batch, STORE_NOTICE, &item);
    }
    buf_free(&payload);
    return result;
}

/* ---- put again ---- */

static void read_row(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct notice *out = ctx;
    if (failed != NULL || found->item == NULL || !decode(found->item, out)) {
        out->made_ms = 0;
    }
}

/* The store has it: made_ms tells since when. */
static bool is_there(struct api *api, const struct ident *id, struct notice *out)
{
    *out = (struct notice){.made_ms = 0};
    store_get(api->door, STORE_NOTICE, id, STORE_KIND_COUNT, read_row, out); /* answered at once */
    return out->made_ms != 0;
}

static void watch(struct notices *notices, const struct ident *id)
{
    size_t i = 0;
    while (i < notices->again_count && !ident_equal(&notices->again[i].id, id)) {
        i++;
    }
    if (i == NOTICE_AGAIN_MAX) {
        notices->read_anew = true;
        return;
    }
    notices->again[i] = (struct notice_again){*id, NOTICE_AGAIN_SECONDS};
    notices->again_count += i == notices->again_count;
}

/* As the store has it by now. */
static void take_again(struct notices *notices, const struct ident *id)
{
    struct notice now;
    if (!is_there(notices->api, id, &now)) {
        return;
    }
    for (size_t i = notices->count; i > 0; i--) {
        struct notice *one = &notices->all[i - 1];
        if (ident_equal(&one->id, id)) {
            notices->standing.unread += (size_t)(now.read_ms == 0);
            notices->standing.unread -= (size_t)(one->read_ms == 0);
            one->read_ms = now.read_ms;
            return;
        }
    }
}

static void look_again(struct notices *notices)
{
    size_t kept = 0;
    for (size_t i = 0; i < notices->again_count; i++) {
        struct notice_again *again = &notices->again[i];
        take_again(notices, &again->id);
        if (--again->seconds != 0) {
            notices->again[kept++] = *again;
        }
    }
    notices->again_count = kept;
    if (notices->read_anew && kept == 0) {
        notices->read_anew = false;
        notices->loaded = false;
        notices->count = 0;
        notices->standing.unread = 0;
    }
}

enum result notice_put(struct api *api, struct store_batch *batch, const struct notice_to *to, enum notice_kind kind,
                       const struct ident *ref, uint32_t number, struct error *err)
{
    char key[KEY_MAX];
    struct sha256 hash;
    struct notice before;
    struct notice notice = {.ref = *ref,
                            .made_ms = clock_now(api->clock),
                            .roles = to->user == NULL ? to->roles : 0,
                            .number = number,
                            .kind = kind};
    ENSURE(to->user == NULL ? to->roles != 0 : slice_copy_text(slice_text(to->user), notice.user, sizeof notice.user),
           err, FAULT_INTERNAL, "postbus", "een bericht zonder ontvanger");
    sha256_of(slice_of((const uint8_t *)key, write_key(&notice, key)), &hash);
    memcpy(notice.id.bytes, hash.bytes, IDENT_SIZE);
    if (is_there(api, &notice.id, &before)) { /* in its place, which is by the time that it was first made */
        notice.made_ms = before.made_ms;
        if (api->notices != NULL) {
            watch(api->notices, &notice.id);
        }
    }
    return notice_write(batch, &notice, err);
}

/* ---- in mind: what the store has ---- */

static bool grow(struct notices *notices)
{
    const size_t room = notices->room == 0 ? ROOM_FIRST : 2 * notices->room;
    struct notice *more = mem_array(room, sizeof *more);
    if (more == NULL) {
        return false;
    }
    if (notices->count != 0) {
        memcpy(more, notices->all, notices->count * sizeof *more);
    }
    mem_free(notices->all);
    notices->all = more;
    notices->room = room;
    return true;
}

static void load_on(void *ctx);

static void loaded(struct notices *notices, const struct error *err)
{
    struct notice_wait *waiting = notices->waiting;
    notices->loading = false;
    notices->waiting = NULL;
    notices->api->calls--;
    if (err != NULL && err->fault != FAULT_NOT_FOUND) { /* the one behind which it reads was swept meanwhile */
        log_error(notices->api->log, LOG_ERROR, "postbus-niet-gelezen", err);
    }
    while (waiting != NULL) {
        struct notice_wait *next = waiting->next; /* whom it belongs to may be gone afterwards */
        waiting->go_on(waiting, err);
        waiting = next;
    }
}

static void page_read(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *failed)
{
    struct notices *notices = ctx;
    struct error err;
    if (failed != NULL) {
        loaded(notices, failed);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (notices->count == notices->room && !grow(notices)) {
            (void)error_set(&err, FAULT_NO_MEMORY, "postbus", "geen geheugen");
            loaded(notices, &err); /* the rest in a second */
            return;
        }
        struct notice *one = &notices->all[notices->count++];
        if (!decode(&items[i], one)) { /* nobody's, and swept like others */
            *one = (struct notice){.id = items[i].id, .read_ms = 1};
        }
        notices->standing.unread += one->read_ms == 0;
    }
    notices->loaded = notices->loaded || !more;
    if (!more || count == 0) {
        loaded(notices, NULL);
    } else if (later(notices->api->loop, load_on, notices, &err) != RESULT_OK) {
        loaded(notices, &err);
    }
}

static void load_on(void *ctx)
{
    struct notices *notices = ctx;
    const size_t room = NOTICES_MAX - notices->count;
    if (room == 0) {
        notices->loaded = true; /* as far as it goes: see sweep */
        loaded(notices, NULL);
        return;
    }
    store_list_damaged_too(notices->api->door, STORE_NOTICE,
                           notices->count != 0 ? &notices->all[notices->count - 1].id : NULL,
                           room < STORE_LIST_MAX ? room : STORE_LIST_MAX, page_read, notices);
}

static void load(struct notices *notices)
{
    notices->loading = true;
    notices->api->calls++;
    load_on(notices);
}

void notices_await(struct notices *notices, struct notice_wait *wait)
{
    if (notices->loaded) {
        wait->go_on(wait, NULL);
        return;
    }
    wait->next = notices->waiting;
    notices->waiting = wait;
    if (!notices->loading) {
        load(notices);
    }
}

/* ---- and what goes ---- */

static void swept(void *ctx, const struct store_committed *committed, const struct error *err)
{
    (void)committed;
    struct notices *notices = ctx;
    const size_t gone = notices->removing;
    notices->sweeping = false;
    notices->api->calls--;
    if (err != NULL) {
        log_error(notices->api->log, LOG_ERROR, "postbus-niet-opgeruimd", err);
        return;
    }
    for (size_t i = 0; i < gone; i++) {
        notices->standing.unread -= notices->all[i].read_ms == 0;
    }
    notices->count -= gone;
    memmove(notices->all, notices->all + gone, notices->count * sizeof *notices->all);
    log_event(notices->api->log, LOG_INFO, "postbus-opgeruimd", LOG_NUMBER("aantal", gone));
}

/* So many of the oldest: those whose time is over, and when there is no room for new ones, those too. */
static size_t over(const struct notices *notices)
{
    const int64_t since_ms = clock_now(notices->api->clock) - NOTICES_KEPT_DAYS * DAY_MS;
    struct error err;
    size_t count = 0;
    const bool clock_wrong = api_clock_wrong(notices->api, &err);
    while (count < notices->count && count < SWEEP_MAX && !clock_wrong && notices->all[count].made_ms < since_ms) {
        count++;
    }
    const size_t most = notices->count < SWEEP_MAX ? notices->count : SWEEP_MAX;
    return notices->count >= NOTICES_MAX ? most : count;
}

static void sweep(struct notices *notices)
{
    notices->removing = over(notices);
    struct store_batch *batch = notices->removing != 0 ? store_batch_new(notices->api->door) : NULL;
    if (batch == NULL) {
        return;
    }
    for (size_t i = 0; i < notices->removing; i++) {
        store_remove(batch, STORE_NOTICE, &notices->all[i].id);
    }
    notices->sweeping = true;
    notices->api->calls++;
    store_commit(notices->api->door, batch, swept, notices);
}

void notices_tick(struct notices *notices)
{
    if (notices->stopping || notices->loading || notices->sweeping) {
        return;
    }
    sweep(notices);
    if (!notices->sweeping) {
        look_again(notices);
    }
    if (!notices->sweeping) {
        load(notices);
    }
    notices_tell(notices);
}

enum result notices_open(struct api *api, struct notices **out, struct error *err)
{
    struct notices *notices = mem_zalloc(sizeof *notices);
    ENSURE(notices != NULL, err, FAULT_NO_MEMORY, "postbus", "geen geheugen");
    notices->api = api;
    notices->standing.last = "";
    if (post_open(api->loop, &notices->posts, err) != RESULT_OK) {
        mem_free(notices);
        return RESULT_FAILED;
    }
    *out = notices;
    return RESULT_OK;
}

void notices_set(struct notices *notices, const struct notice_settings *settings)
{
    notices->settings = *settings;
}

void notices_stop(struct notices *notices)
{
    if (notices != NULL) {
        notices->stopping = true;
        post_stop(notices->posts);
    }
}

void notices_close(struct notices *notices)
{
    if (notices != NULL) {
        post_close(notices->posts);
        mem_free(notices->all);
        mem_free(notices);
    }
}

struct notices_standing notices_standing(const struct notices *notices)
{
    return notices->standing;
}
