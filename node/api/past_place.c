#include "api/past_place.h"

#include "base/bytes.h"
#include "domain/stored.h"

enum { VERSION = 1, NUMBERS = 4 + 5 * 8 };

void past_place_encode(const struct past_place *place, struct buf *out)
{
    uint8_t numbers[NUMBERS];
    bytes_put_u32(numbers, place->epoch);
    bytes_put_u64(numbers + 4, place->fingerprint);
    bytes_put_u64(numbers + 12, place->since);
    bytes_put_u64(numbers + 20, place->until);
    bytes_put_u64(numbers + 28, (uint64_t)place->began_ms);
    bytes_put_u64(numbers + 36, (uint64_t)place->ended_ms);
    buf_byte(out, VERSION);
    stored_put_text(out, place->requester.digits, sizeof place->requester.digits);
    stored_put_text(out, place->purpose, sizeof place->purpose);
    buf_bytes(out, numbers, sizeof numbers);
}

enum result past_place_decode(struct slice bytes, struct past_place *out, struct error *err)
{
    struct past_place place = {.epoch = 0};
    const uint8_t *numbers = NULL;
    struct stored in = stored_begin(bytes, VERSION, VERSION);
    stored_take_text(&in, place.requester.digits, sizeof place.requester.digits);
    stored_take_text(&in, place.purpose, sizeof place.purpose);
    if (stored_take(&in, NUMBERS, &numbers)) {
        place.epoch = bytes_get_u32(numbers);
        place.fingerprint = bytes_get_u64(numbers + 4);
        place.since = bytes_get_u64(numbers + 12);
        place.until = bytes_get_u64(numbers + 20);
        place.began_ms = (int64_t)bytes_get_u64(numbers + 28);
        place.ended_ms = (int64_t)bytes_get_u64(numbers + 36);
    }
    TRY(stored_end(&in, err));
    *out = place;
    return RESULT_OK;
}

struct ident past_place_id(const struct ident *subject, const struct past_place *place)
{
    enum { REQUESTER = IDENT_SIZE, EPOCH = REQUESTER + OIN_DIGITS, SINCE = EPOCH + 4, PURPOSE = SINCE + 8 };
    uint8_t name[PURPOSE + CODE_MAX + 1] = {0};
    struct sha256 hash;
    struct ident id;
    memcpy(name, subject->bytes, IDENT_SIZE);
    memcpy(name + REQUESTER, place->requester.digits, OIN_DIGITS);
    bytes_put_u32(name + EPOCH, place->epoch);
    bytes_put_u64(name + SINCE, place->since);
    memcpy(name + PURPOSE, place->purpose, strlen(place->purpose));
    sha256_of(slice_of(name, sizeof name), &hash);
    memcpy(id.bytes, hash.bytes, IDENT_SIZE);
    return id;
}
