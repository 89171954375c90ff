/* The stored form: version, then the fields in the order of the struct, in the pieces of stored.h. */
#include "base/bytes.h"
#include "base/mem.h"
#include "domain/fact.h"
#include "domain/stored.h"

enum { VERSION = 1, FLAG_TOLD = 1, FLAG_RESTRICTS = 2, FLAGS_END = 4 };

_Static_assert(FACT_TEXT_MAX <= UINT8_MAX && FACT_CODES_MAX <= UINT8_MAX, "a length and a count are one byte");

static void put_codes(struct buf *out, const struct fact_codes *codes)
{
    const size_t count = codes->count < FACT_CODES_MAX ? codes->count : FACT_CODES_MAX;
    buf_byte(out, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        stored_put_text(out, codes->items[i], sizeof codes->items[i]);
    }
}

static void take_codes(struct stored *in, struct fact_codes *codes)
{
    codes->count = stored_take_number(in, FACT_CODES_MAX + 1);
    for (size_t i = 0; i < codes->count; i++) {
        stored_take_text(in, codes->items[i], sizeof codes->items[i]);
    }
}

static void put_time(struct buf *out, int64_t time_ms)
{
    uint8_t bytes[8];
    bytes_put_u64(bytes, (uint64_t)time_ms);
    buf_bytes(out, bytes, sizeof bytes);
}

static void take_time(struct stored *in, int64_t *to)
{
    const uint8_t *bytes = NULL;
    if (stored_take(in, 8, &bytes)) {
        *to = (int64_t)bytes_get_u64(bytes);
    }
}

void fact_encode(const struct fact *fact, struct buf *out)
{
    uint8_t categories[4];
    bytes_put_u32(categories, fact->categories);
    buf_byte(out, VERSION);
    buf_byte(out, (uint8_t)fact->kind);
    buf_byte(out, (uint8_t)fact->state);
    buf_byte(out, (uint8_t)fact->consent);
    buf_byte(out, (uint8_t)fact->as);
    buf_byte(out, (uint8_t)fact->authority);
    buf_byte(out, (uint8_t)((fact->told ? FLAG_TOLD : 0) | (fact->restricts ? FLAG_RESTRICTS : 0)));
    buf_bytes(out, fact->giver.bytes, IDENT_SIZE);
    buf_bytes(out, categories, sizeof categories);
    put_codes(out, &fact->recipients);
    put_codes(out, &fact->purposes);
    stored_put_date(out, &fact->from);
    stored_put_date(out, &fact->until);
    stored_put_text(out, fact->name, sizeof fact->name);
    stored_put_text(out, fact->evidence, sizeof fact->evidence);
    stored_put_text(out, fact->note, sizeof fact->note);
    stored_put_date(out, &fact->ended);
    stored_put_text(out, fact->ending, sizeof fact->ending);
    stored_put_text(out, fact->via.digits, sizeof fact->via.digits);
    put_time(out, fact->recorded_ms);
    put_time(out, fact->changed_ms);
}

static void take_fixed(struct stored *in, struct fact *fact)
{
    const uint8_t *categories = NULL;
    fact->kind = (enum fact_kind)stored_take_number(in, FACT_KIND_COUNT);
    fact->state = (enum fact_state)stored_take_number(in, FACT_STATE_COUNT);
    fact->consent = (enum consent_kind)stored_take_number(in, CONSENT_KIND_COUNT);
    fact->as = (enum consent_giver)stored_take_number(in, GIVER_COUNT);
    fact->authority = (enum authority_kind)stored_take_number(in, AUTHORITY_COUNT);
    const unsigned flags = stored_take_number(in, FLAGS_END);
    fact->told = (flags & FLAG_TOLD) != 0;
    fact->restricts = (flags & FLAG_RESTRICTS) != 0;
    stored_take_ident(in, &fact->giver);
    if (stored_take(in, 4, &categories)) {
        fact->categories = bytes_get_u32(categories);
    }
}

enum result fact_decode(struct slice bytes, struct fact *out, struct error *err)
{
    struct stored in = stored_begin(bytes, VERSION, VERSION);
    struct fact fact = {0};
    take_fixed(&in, &fact);
    take_codes(&in, &fact.recipients);
    take_codes(&in, &fact.purposes);
    stored_take_date(&in, &fact.from);
    stored_take_date(&in, &fact.until);
    stored_take_text(&in, fact.name, sizeof fact.name);
    stored_take_text(&in, fact.evidence, sizeof fact.evidence);
    stored_take_text(&in, fact.note, sizeof fact.note);
    stored_take_date(&in, &fact.ended);
    stored_take_text(&in, fact.ending, sizeof fact.ending);
    stored_take_text(&in, fact.via.digits, sizeof fact.via.digits);
    take_time(&in, &fact.recorded_ms);
    take_time(&in, &fact.changed_ms);
    const enum result result = stored_end(&in, err);
    if (result == RESULT_OK) {
        *out = fact;
    }
    mem_wipe(&fact, sizeof fact);
    return result;
}
