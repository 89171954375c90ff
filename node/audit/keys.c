/* The table of class keys, and how the store keeps it. */
#include <stdio.h>
#include <string.h>

#include "audit/audit_parts.h"
#include "base/bytes.h"

enum { VALUE_BYTES = SHA256_SIZE + 10, OLD_VALUE_BYTES = SHA256_SIZE /* as it was before terms were kept */ };
_Static_assert(LOG_MONTHS_MAX * 4 <= STORE_PAYLOAD_MAX && LOG_HOLDS_MAX * 8 <= STORE_PAYLOAD_MAX, "a value has room");

const char keys_months_name[] = "sleutelmaanden";
const char keys_holds_name[] = "vasthoudingen";

struct key_name keys_name(struct seal_class class)
{
    struct key_name name;
    (void)snprintf(name.text, sizeof name.text, "sleutel-%06u-%u", class.month % 1000000U, class.class % 10U);
    return name;
}

static struct month_row *month_row(const struct audit *audit, uint32_t month)
{
    for (size_t i = audit->month_count; i-- > 0;) { /* this month is the last */
        if (audit->months[i].month == month) {
            return &audit->months[i];
        }
    }
    return NULL;
}

struct key_row *keys_row(const struct audit *audit, struct seal_class class)
{
    struct month_row *month = class.class < AUDIT_CLASSES ? month_row(audit, class.month) : NULL;
    return month != NULL && month->keys[class.class].state != AUDIT_KEY_NONE ? &month->keys[class.class] : NULL;
}

enum result keys_add(struct audit *audit, struct seal_class class, struct key_row **out, struct error *err)
{
    struct month_row *month = month_row(audit, class.month);
    if (month == NULL) {
        ENSURE(audit->month_count < LOG_MONTHS_MAX, err, FAULT_LOG, "logboek", "meer dan %d maanden in een logboek",
               (int)LOG_MONTHS_MAX);
        month = &audit->months[audit->month_count++];
        month->month = class.month;
    }
    *out = &month->keys[class.class];
    return RESULT_OK;
}

void keys_write(struct store_batch *batch, struct seal_class class, const struct key_row *row)
{
    uint8_t value[VALUE_BYTES];
    memcpy(value, row->commitment.bytes, SHA256_SIZE);
    bytes_put_u16(value + SHA256_SIZE, row->term_months);
    bytes_put_u64(value + SHA256_SIZE + 2, (uint64_t)row->destroyed_ms);
    store_set_value(batch, keys_name(class).text, slice_of(value, sizeof value));
}

void keys_write_months(const struct audit *audit, struct store_batch *batch)
{
    uint8_t months[LOG_MONTHS_MAX * 4];
    for (size_t i = 0; i < audit->month_count; i++) {
        bytes_put_u32(months + 4 * i, audit->months[i].month);
    }
    store_set_value(batch, keys_months_name, slice_of(months, 4 * audit->month_count));
}

enum result keys_parse(struct slice value, struct key_row *out, struct error *err)
{
    ENSURE(value.len == VALUE_BYTES || value.len == OLD_VALUE_BYTES, err, FAULT_STORE, "logboek",
           "wat de opslag van een logboeksleutel weet, is beschadigd");
    struct key_row row = {.state = AUDIT_KEY_PRESENT};
    memcpy(row.commitment.bytes, value.ptr, SHA256_SIZE);
    if (value.len == VALUE_BYTES) {
        row.term_months = bytes_get_u16(value.ptr + SHA256_SIZE);
        row.destroyed_ms = (int64_t)bytes_get_u64(value.ptr + SHA256_SIZE + 2);
    }
    if (row.destroyed_ms != 0) {
        row.state = AUDIT_KEY_DESTROYED;
    }
    *out = row;
    return RESULT_OK;
}
