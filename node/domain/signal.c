/* The stored form: a version byte, then fields in the order of the struct, in the pieces of stored.h. */
#include "domain/signal.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "domain/stored.h"

enum { VERSION = 1 };

_Static_assert(NAME_MAX_BYTES <= UINT8_MAX && PHONE_MAX_BYTES <= UINT8_MAX && USER_NAME_MAX <= UINT8_MAX,
               "a text's length is one byte");
_Static_assert(SIGNAL_REACH_MAX <= UINT8_MAX, "a count is one byte");

static const char *const state_words[SIGNAL_STATE_COUNT] = {
#define X(code, word) [code] = (word),
    SIGNAL_STATE_TABLE(X)
#undef X
};

static const char *const told_words[SIGNAL_TOLD_COUNT] = {
#define X(code, word) [code] = (word),
    SIGNAL_TOLD_TABLE(X)
#undef X
};

const char *signal_state_word(enum signal_state state)
{
    return (unsigned)state < SIGNAL_STATE_COUNT ? state_words[state] : "";
}

const char *signal_told_word(enum signal_told told)
{
    return (unsigned)told < SIGNAL_TOLD_COUNT ? told_words[told] : "";
}

bool signal_untold_parse(struct slice word, enum signal_told *out)
{
    for (unsigned i = SIGNAL_TOLD + 1; i < SIGNAL_TOLD_COUNT; i++) {
        if (slice_is(word, told_words[i])) {
            *out = (enum signal_told)i;
            return true;
        }
    }
    return false;
}

bool signal_lives(const struct signal *signal, const struct date *today)
{
    return signal->state == SIGNAL_RUNS && date_compare(today, &signal->until) <= 0;
}

struct date signal_until_told(const struct date *until)
{
    struct date last = {until->year, until->month, 31};
    while (!date_exists(&last) && last.day > 28) {
        last.day--;
    }
    return last;
}

struct signal_reach *signal_reach_of(struct signal *signal, const struct oin *partner)
{
    for (size_t i = 0; i < signal->reach_count; i++) {
        if (oin_equal(&signal->reach[i].partner, partner)) {
            return &signal->reach[i];
        }
    }
    return NULL;
}

uint32_t signal_turn(const struct signal *signal, const struct oin *partner)
{
    for (size_t i = 0; i < signal->reach_count; i++) {
        if (oin_equal(&signal->reach[i].partner, partner)) {
            return signal->reach[i].turn;
        }
    }
    return 0;
}

enum signal_reached signal_reached(const struct signal *signal, const struct oin *partner)
{
    for (size_t i = 0; i < signal->reach_count; i++) {
        if (oin_equal(&signal->reach[i].partner, partner)) {
            return signal->reach[i].state;
        }
    }
    return REACH_NOTHING;
}

enum result signal_reach_put(struct signal *signal, const struct oin *partner, enum signal_reached state,
                             const struct ident *request_id, struct error *err)
{
    struct signal_reach *reach = signal_reach_of(signal, partner);
    if (reach == NULL) {
        ENSURE(signal->reach_count < SIGNAL_REACH_MAX, err, FAULT_TOO_LARGE, "", "hoogstens %d ketenpartners",
               (int)SIGNAL_REACH_MAX);
        reach = &signal->reach[signal->reach_count++];
        *reach = (struct signal_reach){.partner = *partner, .request_id = *request_id};
    }
    reach->state = state;
    reach->person = (struct ident){{0}};
    return RESULT_OK;
}

/* ---- stored ---- */

void signal_put_contact(struct buf *out, const struct signal_contact *contact)
{
    stored_put_text(out, contact->name, sizeof contact->name);
    stored_put_text(out, contact->phone, sizeof contact->phone);
}

void signal_take_contact(struct stored *in, struct signal_contact *to)
{
    stored_take_text(in, to->name, sizeof to->name);
    stored_take_text(in, to->phone, sizeof to->phone);
}

void signal_encode(const struct signal *signal, struct buf *out)
{
    const size_t count = signal->reach_count < SIGNAL_REACH_MAX ? signal->reach_count : SIGNAL_REACH_MAX;
    uint8_t number[4];
    buf_byte(out, VERSION);
    buf_bytes(out, signal->spoor.bytes, IDENT_SIZE);
    buf_bytes(out, signal->key.bytes, IDENT_SIZE);
    stored_put_text(out, signal->publisher, sizeof signal->publisher);
    stored_put_text(out, signal->role, sizeof signal->role);
    stored_put_text(out, signal->basis, sizeof signal->basis);
    buf_byte(out, (uint8_t)signal->told);
    buf_byte(out, (uint8_t)signal->state);
    stored_put_date(out, &signal->published);
    stored_put_date(out, &signal->until);
    stored_put_date(out, &signal->ended);
    buf_byte(out, signal->household);
    signal_put_contact(out, &signal->contact);
    buf_byte(out, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        const struct signal_reach *reach = &signal->reach[i];
        stored_put_text(out, reach->partner.digits, sizeof reach->partner.digits);
        buf_byte(out, (uint8_t)reach->state);
        buf_bytes(out, reach->request_id.bytes, IDENT_SIZE);
        bytes_put_u32(number, reach->turn);
        buf_bytes(out, number, sizeof number);
        buf_bytes(out, reach->person.bytes, IDENT_SIZE);
    }
}

static void take_reach(struct stored *in, struct signal_reach *to)
{
    const uint8_t *raw = NULL;
    stored_take_text(in, to->partner.digits, sizeof to->partner.digits);
    in->bad = in->bad || strlen(to->partner.digits) != OIN_DIGITS;
    to->state = (enum signal_reached)stored_take_number(in, SIGNAL_REACH_COUNT);
    stored_take_ident(in, &to->request_id);
    if (stored_take(in, 4, &raw)) {
        to->turn = bytes_get_u32(raw);
    }
    stored_take_ident(in, &to->person);
}

enum result signal_decode(struct slice bytes, struct signal *out, struct error *err)
{
    struct stored in = stored_begin(bytes, VERSION, VERSION);
    struct signal signal = {.state = SIGNAL_RUNS};
    stored_take_ident(&in, &signal.spoor);
    stored_take_ident(&in, &signal.key);
    stored_take_text(&in, signal.publisher, sizeof signal.publisher);
    stored_take_text(&in, signal.role, sizeof signal.role);
    stored_take_text(&in, signal.basis, sizeof signal.basis);
    signal.told = (enum signal_told)stored_take_number(&in, SIGNAL_TOLD_COUNT);
    signal.state = (enum signal_state)stored_take_number(&in, SIGNAL_STATE_COUNT);
    stored_take_date(&in, &signal.published);
    stored_take_date(&in, &signal.until);
    stored_take_date(&in, &signal.ended);
    signal.household = stored_take_number(&in, 2) != 0;
    signal_take_contact(&in, &signal.contact);
    signal.reach_count = stored_take_number(&in, SIGNAL_REACH_MAX + 1);
    for (size_t i = 0; i < signal.reach_count && !in.bad; i++) {
        take_reach(&in, &signal.reach[i]);
    }
    in.bad = in.bad || !date_is_set(&signal.published) || !date_is_set(&signal.until);
    TRY(stored_end(&in, err));
    *out = signal;
    return RESULT_OK;
}
