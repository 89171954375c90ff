#include "domain/matter.h"

#include <stdio.h>

#include "base/bytes.h"
#include "base/mem.h"

enum { VERSION = 1, DATE_BYTES = 4 };

_Static_assert(MATTER_PEOPLE_MAX <= UINT8_MAX && CONSULT_CASE_MAX <= UINT8_MAX, "a count is one byte");
_Static_assert(TERM_COUNT <= 8, "a term is a bit of one byte");

static const char *const term_words[TERM_COUNT] = {
#define X(code, word) [code] = (word),
    TERM_TABLE(X)
#undef X
};

static const struct json_field person_fields[] = {{"bsn", JSON_TEXT, true, BSN_DIGITS, BSN_DIGITS}};

const char *term_word(enum term_kind kind)
{
    return (unsigned)kind < TERM_COUNT ? term_words[kind] : "";
}

bool term_parse(struct slice word, enum term_kind *out)
{
    for (unsigned i = 0; i < TERM_COUNT; i++) {
        if (slice_is(word, term_words[i])) {
            *out = (enum term_kind)i;
            return true;
        }
    }
    return false;
}

static bool holds(const struct bsn *people, size_t count, const struct bsn *person)
{
    for (size_t i = 0; i < count; i++) {
        if (bsn_equal(&people[i], person)) {
            return true;
        }
    }
    return false;
}

bool matter_is_about(const struct matter *matter, const struct bsn *person)
{
    return holds(matter->people, matter->people_count, person);
}

void people_read(const struct json *list, struct bsn *out, size_t max, size_t *count, struct fault_list *faults)
{
    size_t index = 0;
    if (json_size(list) > max) {
        return; /* json_check has said so */
    }
    for (const struct json *person = json_first(list); person != NULL; person = json_next(person), index++) {
        char where[FAULT_WHERE_MAX];
        struct bsn bsn;
        (void)snprintf(where, sizeof where, "/betrokkenen/%zu", index);
        const size_t before = faults->count;
        json_check(person, where, person_fields, COUNT_OF(person_fields), faults);
        if (faults->count != before) {
            continue;
        }
        if (!bsn_parse(json_text_of(person, "bsn"), &bsn)) {
            fault_list_add(faults, FAULT_INVALID, where, "geen geldig burgerservicenummer (elfproef)");
            continue;
        }
        if (holds(out, *count, &bsn)) {
            fault_list_add(faults, FAULT_INVALID, where, "deze persoon staat er twee keer in");
        } else {
            out[(*count)++] = bsn;
        }
        mem_wipe(&bsn, sizeof bsn);
    }
}

bool matter_number_ok(struct slice number)
{
    bool says_something = false;
    for (size_t i = 0; i < number.len; i++) {
        if (number.ptr[i] < ' ' || number.ptr[i] == 0x7F) {
            return false;
        }
        says_something = says_something || number.ptr[i] != ' ';
    }
    return says_something && number.len <= CONSULT_CASE_MAX;
}

/* Version, kind, alarmed; number: length and bytes; people: count and nine digits each. */
void matter_encode(const struct matter *matter, uint8_t kind, struct buf *out)
{
    const uint8_t start[] = {VERSION, kind, matter->alarmed};
    const struct slice number = slice_text(matter->number);
    buf_bytes(out, start, sizeof start);
    buf_byte(out, (uint8_t)number.len);
    buf_slice_in(out, number);
    buf_byte(out, (uint8_t)matter->people_count);
    for (size_t i = 0; i < matter->people_count; i++) {
        buf_slice_in(out, bsn_digits(&matter->people[i]));
    }
}

void matter_put_date(struct buf *out, const struct date *date)
{
    uint8_t bytes[DATE_BYTES] = {0};
    if (date_is_set(date)) {
        bytes_put_u16(bytes, (uint16_t)date->year);
        bytes[2] = date->month;
        bytes[3] = date->day;
    }
    buf_bytes(out, bytes, sizeof bytes);
}

static struct slice take(struct matter_reader *in, size_t count)
{
    static const uint8_t zeros[UINT8_MAX];
    in->bad = in->bad || in->rest.len < count;
    if (in->bad) {
        return slice_of(zeros, count);
    }
    const struct slice taken = slice_of(in->rest.ptr, count);
    in->rest = slice_of(in->rest.ptr + count, in->rest.len - count);
    return taken;
}

void matter_decode(struct matter_reader *in, struct matter *out, uint8_t *kind, uint8_t kinds)
{
    *out = (struct matter){0};
    const uint8_t version = *take(in, 1).ptr;
    *kind = *take(in, 1).ptr;
    out->alarmed = *take(in, 1).ptr;
    in->bad = in->bad || version != VERSION || *kind >= kinds;
    const size_t len = *take(in, 1).ptr;
    in->bad = !slice_copy_text(take(in, len), out->number, sizeof out->number) || in->bad;
    const size_t count = *take(in, 1).ptr;
    in->bad = in->bad || count > MATTER_PEOPLE_MAX;
    for (size_t i = 0; !in->bad && i < count; i++) {
        in->bad = !bsn_parse(take(in, BSN_DIGITS), &out->people[i]);
        out->people_count = i + 1;
    }
}

void matter_take_date(struct matter_reader *in, struct date *out)
{
    const uint8_t *bytes = take(in, DATE_BYTES).ptr;
    const unsigned year = bytes_get_u16(bytes);
    const struct date date = {(int16_t)(year <= INT16_MAX ? year : 0), bytes[2], bytes[3]};
    if (year == 0 && date.month == 0 && date.day == 0) {
        return;
    }
    if (date_exists(&date)) {
        *out = date;
    } else {
        in->bad = true;
    }
}

enum result matter_end(const struct matter_reader *in, struct error *err)
{
    ENSURE(!in->bad && in->rest.len == 0, err, FAULT_STORE, "", "een opgeslagen gegeven is beschadigd");
    return RESULT_OK;
}
