#include "api/receipts.h"

#include <uv.h>

#include "api/api.h"
#include "base/mem.h"

struct receipt_desk {
    uv_check_t after_events;
    const struct log_identity *identity;
    const struct clock *clock;
    const struct entropy *entropy;
    struct receipt_want *first;
    struct receipt_want *last;
};

struct group {
    size_t count;
    struct receipt_want *wants[RECEIPT_GROUP_MAX];
    struct receipt_promise promises[RECEIPT_GROUP_MAX];
    uint8_t receipts[RECEIPT_GROUP_MAX][RECEIPT_BYTES];
};

/* Of those who wait, all that go where the first one goes. */
static void take_group(struct receipt_desk *desk, struct group *group)
{
    const struct oin peer = desk->first->peer;
    struct receipt_want *before = NULL;
    struct receipt_want *next = NULL;
    group->count = 0;
    for (struct receipt_want *want = desk->first; want != NULL && group->count < RECEIPT_GROUP_MAX; want = next) {
        next = want->next;
        if (!oin_equal(&want->peer, &peer)) {
            before = want;
            continue;
        }
        *(before != NULL ? &before->next : &desk->first) = next;
        desk->last = want == desk->last ? before : desk->last;
        struct receipt_promise *promise = &group->promises[group->count];
        group->wants[group->count++] = want;
        log_record_id(desk->identity, want->sequence, &promise->record_id);
        promise->leaf_hash = want->leaf_hash;
    }
}

/* Another for each partner, so that two of them do not find by it that they were asked in one consult. */
static int64_t draw_before(const struct receipt_desk *desk)
{
    uint32_t random = 0;
    desk->entropy->fill(desk->entropy->ctx, &random, sizeof random);
    return clock_now(desk->clock) + RECEIPT_WITHIN_MS - random % RECEIPT_SOONER_MS;
}

/* The turn's events are over: what was committed together, and goes to one partner, is signed for together. */
static void on_after_events(uv_check_t *check)
{
    struct receipt_desk *desk = check->data;
    struct group group;
    while (desk->first != NULL) {
        struct error err;
        const struct receipt_log log = {desk->identity->origin, desk->identity->generation,
                                        &desk->identity->checkpoints};
        take_group(desk, &group);
        const bool made = receipts_make(&log, group.promises, group.count, draw_before(desk), desk->entropy,
                                        group.receipts, &err) == RESULT_OK;
        for (size_t i = 0; i < group.count; i++) {
            group.wants[i]->got(group.wants[i]->ctx, made ? group.receipts[i] : NULL, made ? NULL : &err);
        }
    }
    (void)uv_check_stop(check);
}

enum result receipt_desk_open(uv_loop_t *loop, const struct log_identity *identity, const struct clock *clock,
                              const struct entropy *entropy, struct receipt_desk **out, struct error *err)
{
    struct receipt_desk *desk = mem_zalloc(sizeof *desk);
    ENSURE(desk != NULL, err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    desk->identity = identity;
    desk->clock = clock;
    desk->entropy = entropy;
    (void)uv_check_init(loop, &desk->after_events);
    desk->after_events.data = desk;
    *out = desk;
    return RESULT_OK;
}

static void desk_closed(uv_handle_t *handle)
{
    mem_free(handle->data);
}

void receipt_desk_close(struct receipt_desk *desk)
{
    if (desk != NULL) {
        uv_close((uv_handle_t *)&desk->after_events, desk_closed);
    }
}

void receipts_want(struct receipt_desk *desk, struct receipt_want *want)
{
    want->next = NULL;
    if (desk->first == NULL) {
        desk->first = want;
        (void)uv_check_start(&desk->after_events, on_after_events);
    } else {
        desk->last->next = want;
    }
    desk->last = want;
}

/* ---- the other side's ---- */

enum result receipt_read(struct api *api, struct api_covenant *held, const struct party *partner, struct slice text,
                         const char *where, uint8_t out[RECEIPT_BYTES], struct error *err)
{
    struct receipt receipt;
    const struct party_keys *keys = NULL;
    const int64_t now = clock_now(api->clock);
    ENSURE(base64url_decode_exact(text, out, RECEIPT_BYTES), err, FAULT_INVALID, where,
           "hier horen %d tekens base64url", (int)RECEIPT_TEXT);
    TRY(receipt_parse(slice_of(out, RECEIPT_BYTES), &receipt, err));
    ENSURE(receipt.before_ms > now - RECEIPT_SKEW_MS && receipt.before_ms <= now + RECEIPT_WITHIN_MS + RECEIPT_SKEW_MS,
           err, FAULT_INVALID, where, "de tijd van dit ontvangstbewijs is niet die van nu");
    TRY(party_keys(held, partner, &keys, err));
    ENSURE(receipt_holds(&receipt, partner->log_origin, &keys->log, &api->receipts_seen), err, FAULT_INVALID, where,
           "dit ontvangstbewijs is niet ondertekend door het logboek dat het convenant noemt");
    return RESULT_OK;
}

void receipt_write(const uint8_t receipt[RECEIPT_BYTES], char *out)
{
    base64url_write(slice_of(receipt, RECEIPT_BYTES), out);
}

/* ---- keys ---- */

static enum result read_keys(const struct party *party, struct party_keys *keys, struct error *err)
{
    TRY(note_key_parse(slice_text(party->log_key), &keys->log, err));
    if (note_key_parse(slice_text(party->witness_key), &keys->witness, err) != RESULT_OK) {
        note_key_drop(&keys->log);
        return RESULT_FAILED;
    }
    return RESULT_OK;
}

enum result party_keys(struct api_covenant *held, const struct party *party, const struct party_keys **out,
                       struct error *err)
{
    const size_t count = covenant_party_count(held->covenant);
    if (held->keys == NULL) {
        held->keys = mem_zalloc(count * sizeof *held->keys);
        ENSURE(held->keys != NULL, err, FAULT_NO_MEMORY, "convenant", "geen geheugen");
    }
    struct party_keys *keys = &held->keys[covenant_party_index(held->covenant, party)];
    if (keys->log.key == NULL) {
        TRY(read_keys(party, keys, err));
    }
    *out = keys;
    return RESULT_OK;
}

void party_keys_drop(struct api_covenant *held)
{
    for (size_t i = 0; held->keys != NULL && i < covenant_party_count(held->covenant); i++) {
        note_key_drop(&held->keys[i].log);
        note_key_drop(&held->keys[i].witness);
    }
    mem_free(held->keys);
    held->keys = NULL;
}
