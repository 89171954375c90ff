#include "api/outgoing.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/limits.h"

/* Version 1: at these places; the body to the end. */
enum {
    VERSION = 1,
    AT_KIND = 1,
    AT_STATE = 2,
    AT_OUTCOME = 3,
    AT_FLAGS = 4,
    AT_STATUS = 5,
    AT_TRIES = 7,
    AT_NUMBER = 11,
    AT_CREATED = 15,
    AT_THREAD = 23,
    AT_KEY = AT_THREAD + IDENT_SIZE,
    AT_SUBJECT = AT_KEY + IDENT_SIZE,
    AT_PARTNER = AT_SUBJECT + IDENT_SIZE,
    FIXED = AT_PARTNER + OIN_DIGITS,
    FLAG_BEGINS = 1,
    FLAG_LATE_TOLD = 2,
};

void outgoing_encode(const struct outgoing *outgoing, struct buf *out)
{
    const struct post *post = &outgoing->post;
    uint8_t fixed[FIXED] = {VERSION, (uint8_t)post->kind, (uint8_t)outgoing->state, (uint8_t)outgoing->outcome};
    fixed[AT_FLAGS] = (uint8_t)((post->begins ? FLAG_BEGINS : 0) | (outgoing->late_told ? FLAG_LATE_TOLD : 0));
    bytes_put_u16(fixed + AT_STATUS, outgoing->status);
    bytes_put_u32(fixed + AT_TRIES, outgoing->tries);
    bytes_put_u32(fixed + AT_NUMBER, post->number);
    bytes_put_u64(fixed + AT_CREATED, (uint64_t)outgoing->created_ms);
    memcpy(fixed + AT_THREAD, post->thread.bytes, IDENT_SIZE);
    memcpy(fixed + AT_KEY, post->key.bytes, IDENT_SIZE);
    memcpy(fixed + AT_SUBJECT, post->subject.bytes, IDENT_SIZE);
    memcpy(fixed + AT_PARTNER, post->partner.digits, OIN_DIGITS);
    buf_bytes(out, fixed, sizeof fixed);
    buf_slice_in(out, post->body);
}

enum result outgoing_decode(struct slice bytes, struct outgoing *out, struct error *err)
{
    static const char what[] = "een opgeslagen bericht is beschadigd";
    ENSURE(bytes.len >= FIXED && bytes.len - FIXED <= OUTBOX_BODY_MAX && bytes.ptr[0] == VERSION, err, FAULT_STORE, "",
           what);
    const uint8_t *at = bytes.ptr;
    struct outgoing outgoing = {
        .post = {.kind = (enum message_kind)at[AT_KIND],
                 .number = bytes_get_u32(at + AT_NUMBER),
                 .body = slice_of(at + FIXED, bytes.len - FIXED),
                 .begins = (at[AT_FLAGS] & FLAG_BEGINS) != 0},
        .state = (enum message_state)at[AT_STATE],
        .late_told = (at[AT_FLAGS] & FLAG_LATE_TOLD) != 0,
        .created_ms = (int64_t)bytes_get_u64(at + AT_CREATED),
        .tries = bytes_get_u32(at + AT_TRIES),
        .outcome = (enum peer_outcome_kind)at[AT_OUTCOME],
        .status = bytes_get_u16(at + AT_STATUS),
    };
    memcpy(outgoing.post.thread.bytes, at + AT_THREAD, IDENT_SIZE);
    memcpy(outgoing.post.key.bytes, at + AT_KEY, IDENT_SIZE);
    memcpy(outgoing.post.subject.bytes, at + AT_SUBJECT, IDENT_SIZE);
    ENSURE(at[AT_KIND] < MESSAGE_KIND_COUNT && (at[AT_STATE] == MESSAGE_WAITING || at[AT_STATE] == MESSAGE_STUCK) &&
               at[AT_OUTCOME] < PEER_OUTCOME_COUNT && at[AT_FLAGS] <= (FLAG_BEGINS | FLAG_LATE_TOLD) &&
               oin_parse(slice_of(at + AT_PARTNER, OIN_DIGITS), &outgoing.post.partner),
           err, FAULT_STORE, "", what);
    *out = outgoing;
    return RESULT_OK;
}

/* ---- lines ---- */

enum { LINE_VERSION = 1, LINE_FIXED = 2 + OIN_DIGITS };

static const char *const lane_words[DELIVERY_LANE_COUNT] = {[DELIVERY_URGENT] = "voor", [DELIVERY_USUAL] = "lijn"};

enum delivery_lane outgoing_lane(enum message_kind kind)
{
    return message_goes_ahead(kind) ? DELIVERY_URGENT : DELIVERY_USUAL;
}

static int line_text(const struct oin *partner, enum delivery_lane lane, char *text, size_t room)
{
    return snprintf(text, room, "%s %s", lane_words[lane], partner->digits);
}

void outgoing_line(const struct oin *partner, enum delivery_lane lane, struct ident *id)
{
    char text[OIN_DIGITS + 8];
    struct sha256 hash;
    const int len = line_text(partner, lane, text, sizeof text);
    sha256_of(slice_of(text, (size_t)len), &hash);
    memcpy(id->bytes, hash.bytes, IDENT_SIZE);
}

/* Put with every post: so two first ones at once do not conflict. */
void outgoing_put_line(struct store_batch *batch, const struct oin *partner, enum delivery_lane lane)
{
    char key[OIN_DIGITS + 8];
    uint8_t payload[LINE_FIXED] = {LINE_VERSION, (uint8_t)lane};
    struct store_write item = {.payload = slice_of(payload, sizeof payload)};
    const int len = line_text(partner, lane, key, sizeof key);
    item.keys[STORE_KEY_A] = slice_of(key, (size_t)len);
    memcpy(payload + 2, partner->digits, OIN_DIGITS);
    outgoing_line(partner, lane, &item.id);
    store_put(batch, STORE_LINE, &item);
}

enum result outgoing_read_line(struct slice bytes, struct oin *partner, struct error *err)
{
    ENSURE(bytes.len == LINE_FIXED && bytes.ptr[0] == LINE_VERSION &&
               oin_parse(slice_of(bytes.ptr + 2, OIN_DIGITS), partner),
           err, FAULT_STORE, "", "een opgeslagen lijn is beschadigd");
    return RESULT_OK;
}
