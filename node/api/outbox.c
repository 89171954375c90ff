/* The queue: what the store holds, in memory as far as it waits; and when each is due. */
#include "api/outbox.h"

#include "api/incoming_row.h"
#include "api/outbox_parts.h"
#include "base/mem.h"

enum result outbox_open(struct api *api, struct outbox **out, struct error *err)
{
    struct outbox *outbox = mem_zalloc(sizeof *outbox);
    ENSURE(outbox != NULL, err, FAULT_NO_MEMORY, "berichten", "geen geheugen");
    outbox->api = api;
    outbox->waiting = mem_array(OUTBOX_WAITING_MAX, sizeof *outbox->waiting);
    outbox->lines = mem_array(OUTBOX_PARTNER_LINES_MAX, sizeof(struct post_line *));
    if (outbox->waiting == NULL || outbox->lines == NULL) {
        mem_free(outbox->waiting);
        mem_free(outbox->lines);
        mem_free(outbox);
        FAIL(err, FAULT_NO_MEMORY, "berichten", "geen geheugen");
    }
    *out = outbox;
    return RESULT_OK;
}

void outbox_close(struct outbox *outbox)
{
    if (outbox != NULL) {
        incoming_close(outbox->api);
        outbox_lines_close(outbox);
        mem_free(outbox->waiting);
        mem_free(outbox);
    }
}

size_t outbox_waiting(const struct outbox *outbox)
{
    return outbox->count + outbox->posts;
}

static struct waiting *find(struct outbox *outbox, const struct ident *id)
{
    for (size_t i = 0; i < outbox->count; i++) {
        if (ident_equal(&outbox->waiting[i].id, id)) {
            return &outbox->waiting[i];
        }
    }
    return NULL;
}

static void hash_person(const struct outbox *outbox, const struct bsn *person, uint8_t out[SEAL_HASH_SIZE])
{
    seal_hash(outbox->api->keyring, SEAL_PSEUDONYM, slice_text("bericht"), bsn_digits(person), out);
}

static void add(struct outbox *outbox, const struct ident *id, const struct message *message, int64_t next_ms)
{
    struct waiting *known = find(outbox, id);
    if (known != NULL && known->next_ms == OUTBOX_NEVER) {
        known->next_ms = next_ms;
    } else if (known == NULL && outbox->count < OUTBOX_WAITING_MAX) {
        struct waiting *one = &outbox->waiting[outbox->count++];
        *one = (struct waiting){.id = *id, .partner = message->partner, .next_ms = next_ms};
        hash_person(outbox, &message->person, one->person);
    }
}

void outbox_again(struct outbox *outbox, const struct ident *id, const struct message *message)
{
    add(outbox, id, message, 0);
}

static void look_through(struct outbox *outbox);

bool outbox_holds(struct outbox *outbox, const struct oin *partner, const struct bsn *person)
{
    uint8_t hash[SEAL_HASH_SIZE];
    look_through(outbox);
    if (!outbox->looked || outbox->count == 0) {
        return !outbox->looked; /* nobody can tell */
    }
    hash_person(outbox, person, hash);
    for (size_t i = 0; i < outbox->count; i++) {
        if (oin_equal(&outbox->waiting[i].partner, partner) &&
            memcmp(outbox->waiting[i].person, hash, sizeof hash) == 0) {
            return true;
        }
    }
    return false;
}

enum result outbox_put(struct outbox *outbox, struct store_batch *batch, struct message *message,
                       const struct ident *about, struct ident *id, struct error *err)
{
    static const struct ident none = {{0}};
    struct buf payload;
    ENSURE(outbox->count < OUTBOX_WAITING_MAX, err, FAULT_BUSY, "berichten",
           "er wachten al %d berichten op bevestiging", (int)OUTBOX_WAITING_MAX);
    ENSURE(message->body.len <= OUTBOX_BODY_MAX, err, FAULT_TOO_LARGE, "berichten",
           "een bericht heeft hoogstens %d bytes", (int)OUTBOX_BODY_MAX);
    message->created_ms = clock_now(outbox->api->clock);
    message->state = MESSAGE_WAITING;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    message_encode(message, &payload);
    enum result result = buf_result(&payload, "berichten", err);
    if (result == RESULT_OK) {
        *id = entropy_ident(outbox->api->entropy);
        const struct store_write item = {
            .id = *id, .parent = about != NULL ? *about : none, .payload = buf_slice(&payload), .is_new = true};
        store_put(batch, STORE_MESSAGE, &item);
        add(outbox, id, message, message->created_ms + OUTBOX_COMMIT_MS);
    }
    buf_wipe(&payload);
    return result;
}

/* ---- finding what waits ---- */

static void swept(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct outbox *outbox = ctx;
    (void)committed;
    outbox->api->calls--;
    if (err != NULL) {
        log_error(outbox->api->log, LOG_ERROR, "oude-berichten-niet-opgeruimd", err);
    }
}

static void sweep(struct outbox *outbox, struct store_batch **batch, const struct ident *id)
{
    if (*batch == NULL) {
        *batch = store_batch_new(outbox->api->door);
    }
    if (*batch != NULL) {
        store_remove(*batch, STORE_MESSAGE, id);
    }
}

static void take_in(struct outbox *outbox, const struct store_item *item, const struct message *message)
{
    if (message->state != MESSAGE_CONFIRMED) {
        add(outbox, &item->id, message, message->state == MESSAGE_STUCK ? OUTBOX_NEVER : message->next_ms);
    }
}

struct looking {
    struct outbox *outbox;
    struct ident last;
    bool more;
    bool failed;
};

static void page_read(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct looking *looking = ctx;
    looking->failed = err != NULL;
    looking->more = more && count != 0;
    for (size_t i = 0; i < count; i++) {
        struct message message;
        struct error fault;
        if (message_decode(items[i].payload, &message, &fault) == RESULT_OK) {
            take_in(looking->outbox, &items[i], &message);
        }
        looking->last = items[i].id;
    }
}

/* After a start, before the first question: what was withdrawn and not confirmed then waits still. */
static void look_through(struct outbox *outbox)
{
    struct looking looking = {.outbox = outbox};
    if (outbox->looked) {
        return;
    }
    store_list(outbox->api->door, STORE_MESSAGE, NULL, STORE_LIST_MAX, page_read, &looking);
    while (!looking.failed && looking.more) {
        const struct ident after = looking.last;
        store_list(outbox->api->door, STORE_MESSAGE, &after, STORE_LIST_MAX, page_read, &looking);
    }
    outbox->looked = !looking.failed;
}

static void looked_at(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct outbox *outbox = ctx;
    const int64_t day_ms = 86400000;
    const int64_t kept_ms = OUTBOX_KEPT_DAYS * day_ms;
    struct store_batch *batch = NULL;
    if (err != NULL) {
        outbox->has_seen = false; /* where we were is gone: from the start */
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct message message;
        struct error fault;
        if (message_decode(items[i].payload, &message, &fault) != RESULT_OK) {
            log_error(outbox->api->log, LOG_ERROR, "bericht-onleesbaar", &fault);
        } else if (message.state != MESSAGE_CONFIRMED) {
            take_in(outbox, &items[i], &message);
        } else if (message.settled_ms + kept_ms < clock_now(outbox->api->clock)) {
            sweep(outbox, &batch, &items[i].id);
        }
        outbox->seen = items[i].id;
        outbox->has_seen = true;
    }
    (void)more;
    if (batch != NULL) {
        outbox->has_seen = false; /* the last of these may be what goes now */
        outbox->api->calls++;
        store_commit(outbox->api->door, batch, swept, outbox);
    }
}

/* ---- sending what is due ---- */

static bool is_behind_another(const struct outbox *outbox, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (outbox->waiting[i].next_ms != OUTBOX_NEVER &&
            oin_equal(&outbox->waiting[i].partner, &outbox->waiting[index].partner)) {
            return true;
        }
    }
    return false;
}

void outbox_tick(struct outbox *outbox)
{
    struct error err;
    if (outbox->api->closing || api_clock_wrong(outbox->api, &err)) {
        return;
    }
    const int64_t now = clock_now(outbox->api->clock);
    look_through(outbox);
    if (now >= outbox->again_ms) {
        outbox->has_seen = false;
        outbox->again_ms = now + OUTBOX_SWEEP_MS;
    }
    store_list(outbox->api->door, STORE_MESSAGE, outbox->has_seen ? &outbox->seen : NULL, STORE_LIST_MAX, looked_at,
               outbox);
    for (size_t i = 0; outbox->looked && i < outbox->count && outbox->under_way < OUTBOX_AT_ONCE; i++) {
        struct waiting *one = &outbox->waiting[i];
        if (!one->under_way && one->next_ms <= now && !is_behind_another(outbox, i)) {
            const struct ident id = one->id; /* it may be settled, and gone, before that returns */
            one->under_way = true;
            outbox->under_way++;
            outbox->api->calls++;
            outbox_deliver(outbox, &id);
        }
    }
    outbox_lines_tick(outbox);
    incoming_sweep(outbox->api);
}

void outbox_settled(struct outbox *outbox, const struct ident *id, int64_t next_ms)
{
    struct waiting *one = find(outbox, id);
    outbox->api->calls--;
    outbox->under_way--;
    if (one == NULL) {
        return;
    }
    one->under_way = false;
    one->next_ms = next_ms;
    if (next_ms == 0) {
        const size_t index = (size_t)(one - outbox->waiting);
        outbox->count--;
        memmove(one, one + 1, (outbox->count - index) * sizeof *one);
    }
}
