#include "api/evaluation_quota.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

static const char *const bound_words[] = {
    [QUOTA_WITHIN] = "", [QUOTA_DAY] = "dag", [QUOTA_EPOCH] = "periode", [QUOTA_YEAR] = "jaar"};

const char *quota_bound_word(enum quota_bound bound)
{
    return bound_words[bound];
}

int64_t quota_of_bound(const struct policy_quota *quota, enum quota_bound bound)
{
    return bound == QUOTA_DAY ? quota->per_day : bound == QUOTA_EPOCH ? quota->per_period : quota->per_year;
}

struct quota_key quota_key(const struct oin *partner, struct slice purpose)
{
    struct quota_key key;
    (void)snprintf(key.text, sizeof key.text, "%s %.*s", partner->digits, (int)purpose.len, (const char *)purpose.ptr);
    return key;
}

/* The day before the last one counted is that one: a clock that goes back a little opens nothing. A last day that is
 * further ahead was counted by a clock that was wrong, which an administrator put right: its bound would else hold until
 * then. What it counted stays with the year. */
static void new_day(struct quota_used *used, const struct date *today)
{
    if (date_is_set(&used->day) && date_compare(today, &used->day) <= 0) {
        if (date_days(&used->day) - date_days(today) > 1) {
            used->day_used = 0;
            used->day = *today;
        }
        return;
    }
    used->day_used = 0;
    used->day_renewed = 0;
    used->year_used = today->year == used->day.year ? used->year_used : 0;
    used->day = *today;
}

static struct quota_epoch *epoch_of(struct quota_used *used, uint32_t epoch)
{
    struct quota_epoch *slot = &used->epochs[epoch & 1U];
    if (slot->epoch != epoch) {
        *slot = (struct quota_epoch){.epoch = epoch};
    }
    return slot;
}

/* Whole batches in equal parts of what was used under the older epoch, and one batch at least. */
static int64_t renewals_a_day(const struct quota_epoch *older, int days)
{
    const int64_t part = (older->used + days - 1) / days;
    return part > MATCH_BATCH ? (part + MATCH_BATCH - 1) / MATCH_BATCH * MATCH_BATCH : MATCH_BATCH;
}

static bool is_renewal(const struct quota_used *used, const struct quota_epoch *slot, const struct quota_moment *when,
                       int64_t values)
{
    const struct quota_epoch *older = &used->epochs[(when->epoch & 1U) ^ 1U];
    return when->renewal_days != 0 && older->epoch + 1 == when->epoch && slot->renewed + values <= older->used &&
           used->day_renewed + values <= renewals_a_day(older, when->renewal_days);
}

static bool past(int64_t used, int64_t bound)
{
    return bound != 0 && used > bound;
}

enum quota_bound quota_count(struct quota_used *used, const struct policy_quota *quota, const struct quota_moment *when,
                             int64_t values)
{
    new_day(used, &when->today);
    struct quota_epoch *slot = epoch_of(used, when->epoch);
    const bool renewal = is_renewal(used, slot, when, values);
    slot->used += values;
    slot->renewed += renewal ? values : 0;
    used->day_renewed += renewal ? values : 0;
    used->day_used += renewal ? 0 : values;
    used->year_used += values;
    return past(used->year_used, quota->per_year)             ? QUOTA_YEAR
           : past(slot->used, quota->per_period)              ? QUOTA_EPOCH
           : !renewal && past(used->day_used, quota->per_day) ? QUOTA_DAY
                                                              : QUOTA_WITHIN;
}

/* ---- as stored: version 1, at these places ---- */

enum {
    VERSION = 1,
    DATE_BYTES = 4,
    AT_PARTNER = 1,
    AT_DAY = AT_PARTNER + OIN_DIGITS,
    AT_TOLD = AT_DAY + DATE_BYTES,
    AT_DAY_USED = AT_TOLD + DATE_BYTES,
    AT_DAY_RENEWED = AT_DAY_USED + 8,
    AT_YEAR_USED = AT_DAY_RENEWED + 8,
    AT_EPOCHS = AT_YEAR_USED + 8,
    EPOCH_BYTES = 4 + 8 + 8,
    FIXED = AT_EPOCHS + 2 * EPOCH_BYTES, /* the purpose to the end */
};

static void put_date(uint8_t *to, const struct date *date)
{
    bytes_put_u16(to, (uint16_t)date->year);
    to[2] = date->month;
    to[3] = date->day;
}

static struct date get_date(const uint8_t *from)
{
    return (struct date){(int16_t)bytes_get_u16(from), from[2], from[3]};
}

void quota_encode(const struct quota_used *used, struct buf *out)
{
    uint8_t fixed[FIXED] = {VERSION};
    memcpy(fixed + AT_PARTNER, used->partner.digits, OIN_DIGITS);
    put_date(fixed + AT_DAY, &used->day);
    put_date(fixed + AT_TOLD, &used->told);
    bytes_put_u64(fixed + AT_DAY_USED, (uint64_t)used->day_used);
    bytes_put_u64(fixed + AT_DAY_RENEWED, (uint64_t)used->day_renewed);
    bytes_put_u64(fixed + AT_YEAR_USED, (uint64_t)used->year_used);
    for (size_t i = 0; i < 2; i++) {
        uint8_t *at = fixed + AT_EPOCHS + i * EPOCH_BYTES;
        bytes_put_u32(at, used->epochs[i].epoch);
        bytes_put_u64(at + 4, (uint64_t)used->epochs[i].used);
        bytes_put_u64(at + 12, (uint64_t)used->epochs[i].renewed);
    }
    buf_bytes(out, fixed, sizeof fixed);
    buf_text(out, used->purpose);
}

enum result quota_decode(struct slice bytes, struct quota_used *out, struct error *err)
{
    static const char what[] = "een opgeslagen quotum is beschadigd";
    struct quota_used used = {0};
    ENSURE(bytes.len > FIXED && bytes.ptr[0] == VERSION, err, FAULT_STORE, "", what);
    ENSURE(slice_copy_text(slice_of(bytes.ptr + FIXED, bytes.len - FIXED), used.purpose, sizeof used.purpose) &&
               oin_parse(slice_of(bytes.ptr + AT_PARTNER, OIN_DIGITS), &used.partner),
           err, FAULT_STORE, "", what);
    used.day = get_date(bytes.ptr + AT_DAY);
    used.told = get_date(bytes.ptr + AT_TOLD);
    used.day_used = (int64_t)bytes_get_u64(bytes.ptr + AT_DAY_USED);
    used.day_renewed = (int64_t)bytes_get_u64(bytes.ptr + AT_DAY_RENEWED);
    used.year_used = (int64_t)bytes_get_u64(bytes.ptr + AT_YEAR_USED);
    for (size_t i = 0; i < 2; i++) {
        const uint8_t *at = bytes.ptr + AT_EPOCHS + i * EPOCH_BYTES;
        used.epochs[i] =
            (struct quota_epoch){bytes_get_u32(at), (int64_t)bytes_get_u64(at + 4), (int64_t)bytes_get_u64(at + 12)};
    }
    *out = used;
    return RESULT_OK;
}
