#include "domain/stored.h"

#include "base/bytes.h"
#include "base/utf8.h"

void stored_put_text(struct buf *out, const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);
    const size_t len = end != NULL ? (size_t)(end - text) : size - 1;
    buf_byte(out, (uint8_t)len);
    buf_bytes(out, text, len);
}

void stored_put_date(struct buf *out, const struct date *date)
{
    uint8_t bytes[4] = {0};
    if (date_is_set(date)) {
        bytes_put_u16(bytes, (uint16_t)date->year);
        bytes[2] = date->month;
        bytes[3] = date->day;
    }
    buf_bytes(out, bytes, sizeof bytes);
}

void stored_put_bsn(struct buf *out, const struct bsn *bsn)
{
    const struct slice digits = bsn_digits(bsn);
    buf_byte(out, (uint8_t)digits.len);
    buf_slice_in(out, digits);
}

bool stored_take(struct stored *in, size_t count, const uint8_t **out)
{
    if (in->bad || in->left < count) {
        in->bad = true;
        return false;
    }
    *out = in->at;
    in->at += count;
    in->left -= count;
    return true;
}

unsigned stored_take_number(struct stored *in, unsigned end)
{
    const uint8_t *byte = NULL;
    if (!stored_take(in, 1, &byte)) {
        return 0;
    }
    if (*byte >= end) {
        in->bad = true;
        return 0;
    }
    return *byte;
}

void stored_take_text(struct stored *in, char *to, size_t size)
{
    const uint8_t *bytes = NULL;
    const size_t len = stored_take_number(in, (unsigned)size);
    if (!stored_take(in, len, &bytes)) {
        return;
    }
    const struct slice text = slice_of(bytes, len);
    if (!slice_copy_text(text, to, size) || !utf8_valid(text)) {
        in->bad = true;
    }
}

void stored_take_date(struct stored *in, struct date *to)
{
    const uint8_t *bytes = NULL;
    if (!stored_take(in, 4, &bytes)) {
        return;
    }
    const unsigned year = bytes_get_u16(bytes);
    const struct date date = {(int16_t)(year <= INT16_MAX ? year : 0), bytes[2], bytes[3]};
    if (year == 0 && date.month == 0 && date.day == 0) {
        return;
    }
    if (!date_exists(&date)) {
        in->bad = true;
        return;
    }
    *to = date;
}

void stored_take_bsn(struct stored *in, struct bsn *to)
{
    const uint8_t *digits = NULL;
    const unsigned len = stored_take_number(in, BSN_DIGITS + 1);
    if (len != 0 && stored_take(in, len, &digits) && !bsn_parse(slice_of(digits, len), to)) {
        in->bad = true;
    }
}

void stored_take_ident(struct stored *in, struct ident *to)
{
    const uint8_t *id = NULL;
    if (stored_take(in, IDENT_SIZE, &id)) {
        memcpy(to->bytes, id, IDENT_SIZE);
    }
}

struct stored stored_begin(struct slice bytes, unsigned first_version, unsigned last_version)
{
    struct stored in = {bytes.ptr, bytes.len, 0, false};
    in.version = stored_take_number(&in, last_version + 1);
    in.bad = in.bad || in.version < first_version;
    return in;
}

enum result stored_end(const struct stored *in, struct error *err)
{
    ENSURE(!in->bad && in->left == 0, err, FAULT_STORE, "", "een opgeslagen gegeven is beschadigd");
    return RESULT_OK;
}
