#include "api/letter.h"

#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "domain/stored.h"

enum { VERSION = 1, AGE_CHILD = 12, AGE_OWN = 16, AGE_ADULT = 18, MINUTE_MS = 60000, FLAG_END = 2 };

static const struct ident nobody;

const char *letter_state_word(enum letter_state state)
{
    static const char *const words[LETTER_STATE_COUNT] = {
#define X(code, word) [code] = (word),
        LETTER_STATE_TABLE(X)
#undef X
    };
    return (unsigned)state < LETTER_STATE_COUNT ? words[state] : "";
}

/* ---- as stored bytes ---- */

static void put_u16(struct buf *out, size_t value)
{
    uint8_t bytes[2];
    bytes_put_u16(bytes, (uint16_t)value);
    buf_bytes(out, bytes, sizeof bytes);
}

static void put_u32(struct buf *out, uint32_t value)
{
    uint8_t bytes[4];
    bytes_put_u32(bytes, value);
    buf_bytes(out, bytes, sizeof bytes);
}

static void put_u64(struct buf *out, uint64_t value)
{
    uint8_t bytes[8];
    bytes_put_u64(bytes, value);
    buf_bytes(out, bytes, sizeof bytes);
}

static void put_places(const struct letter *letter, struct buf *out)
{
    buf_byte(out, letter->places_left_out);
    put_u16(out, letter->place_count);
    for (size_t i = 0; i < letter->place_count; i++) {
        const struct letter_place *place = &letter->places[i];
        stored_put_text(out, place->requester.digits, sizeof place->requester.digits);
        stored_put_text(out, place->purpose, sizeof place->purpose);
        put_u32(out, (uint32_t)(place->since_ms / MINUTE_MS));
        put_u32(out, (uint32_t)(place->until_ms / MINUTE_MS));
    }
}

/* Reasons are often the same one after another: that is written as none. */
static void put_decisions(const struct letter *letter, struct buf *out)
{
    const char *before = "";
    put_u16(out, letter->decision_count);
    for (size_t i = 0; i < letter->decision_count; i++) {
        const struct letter_decision *d = &letter->decisions[i];
        put_u64(out, d->mark);
        buf_byte(out, (uint8_t)d->choice);
        stored_put_date(out, &d->until);
        stored_put_text(out, strcmp(d->why, before) == 0 ? "" : d->why,
                        strcmp(d->why, before) == 0 ? 1 : sizeof d->why);
        before = d->why;
    }
}

enum result letter_encode(const struct letter *letter, struct buf *out, struct error *err)
{
    buf_byte(out, VERSION);
    buf_byte(out, (uint8_t)letter->state);
    buf_bytes(out, letter->subject.bytes, IDENT_SIZE);
    stored_put_bsn(out, &letter->bsn);
    stored_put_text(out, letter->name, sizeof letter->name);
    buf_bytes(out, letter->holder.bytes, IDENT_SIZE);
    stored_put_text(out, letter->holder_name, sizeof letter->holder_name);
    buf_byte(out, letter->youth);
    buf_byte(out, letter->age_seen);
    stored_put_text(out, letter->identity, sizeof letter->identity);
    stored_put_text(out, letter->officer, sizeof letter->officer);
    put_u64(out, (uint64_t)letter->drafted_ms);
    put_u64(out, (uint64_t)letter->released_ms);
    stored_put_date(out, &letter->from);
    stored_put_date(out, &letter->until);
    put_u64(out, letter->size);
    buf_bytes(out, letter->covenant, sizeof letter->covenant);
    buf_bytes(out, letter->digest.bytes, SHA256_SIZE);
    put_places(letter, out);
    put_u16(out, letter->told_count);
    for (size_t i = 0; i < letter->told_count; i++) {
        put_u32(out, letter->told[i].class.month);
        buf_byte(out, (uint8_t)letter->told[i].class.class);
        put_u16(out, letter->told[i].lines);
    }
    put_decisions(letter, out);
    ENSURE(buf_ok(out), err, FAULT_TOO_LARGE, "/regel",
           "meer besluiten over regels passen niet in een overzicht: maak er een per jaar (van, tot)");
    return RESULT_OK;
}

static uint64_t take_number(struct stored *in, size_t size)
{
    const uint8_t *bytes = NULL;
    uint64_t value = 0;
    if (stored_take(in, size, &bytes)) {
        for (size_t i = 0; i < size; i++) {
            value = value << 8U | bytes[i];
        }
    }
    return value;
}

static size_t take_count(struct stored *in, size_t most)
{
    const size_t count = (size_t)take_number(in, 2);
    in->bad = in->bad || count > most;
    return in->bad ? 0 : count;
}

static void take_places(struct stored *in, struct letter *out)
{
    char digits[OIN_DIGITS + 1] = "";
    out->places_left_out = stored_take_number(in, FLAG_END) == 1;
    out->place_count = take_count(in, LETTER_SETS_MAX);
    for (size_t i = 0; i < out->place_count; i++) {
        struct letter_place *place = &out->places[i];
        stored_take_text(in, digits, sizeof digits);
        in->bad = in->bad || !oin_parse(slice_text(digits), &place->requester);
        stored_take_text(in, place->purpose, sizeof place->purpose);
        place->since_ms = (int64_t)take_number(in, 4) * MINUTE_MS;
        place->until_ms = (int64_t)take_number(in, 4) * MINUTE_MS;
    }
}

static void take_decisions(struct stored *in, struct letter *out)
{
    const char *before = "";
    out->decision_count = take_count(in, LETTER_DEFERRED_MAX);
    for (size_t i = 0; i < out->decision_count; i++) {
        struct letter_decision *d = &out->decisions[i];
        d->mark = take_number(in, 8);
        d->choice = (enum letter_choice)stored_take_number(in, LETTER_CHOICE_COUNT);
        stored_take_date(in, &d->until);
        stored_take_text(in, d->why, sizeof d->why);
        if (d->why[0] == '\0') {
            (void)slice_copy_text(slice_text(before), d->why, sizeof d->why);
        }
        before = d->why;
    }
}

static void take_bytes(struct stored *in, uint8_t *to, size_t size)
{
    const uint8_t *bytes = NULL;
    if (stored_take(in, size, &bytes)) {
        memcpy(to, bytes, size);
    }
}

enum result letter_decode(struct slice bytes, struct letter *out, struct error *err)
{
    struct stored in = stored_begin(bytes, VERSION, VERSION);
    memset(out, 0, sizeof *out);
    out->state = (enum letter_state)stored_take_number(&in, LETTER_STATE_COUNT);
    stored_take_ident(&in, &out->subject);
    stored_take_bsn(&in, &out->bsn);
    stored_take_text(&in, out->name, sizeof out->name);
    stored_take_ident(&in, &out->holder);
    stored_take_text(&in, out->holder_name, sizeof out->holder_name);
    out->youth = stored_take_number(&in, FLAG_END) == 1;
    out->age_seen = stored_take_number(&in, FLAG_END) == 1;
    stored_take_text(&in, out->identity, sizeof out->identity);
    stored_take_text(&in, out->officer, sizeof out->officer);
    out->drafted_ms = (int64_t)take_number(&in, 8);
    out->released_ms = (int64_t)take_number(&in, 8);
    stored_take_date(&in, &out->from);
    stored_take_date(&in, &out->until);
    out->size = take_number(&in, 8);
    take_bytes(&in, out->covenant, sizeof out->covenant);
    take_bytes(&in, out->digest.bytes, SHA256_SIZE);
    take_places(&in, out);
    out->told_count = take_count(&in, LETTER_CLASSES_MAX);
    for (size_t i = 0; i < out->told_count; i++) {
        out->told[i].class.month = (uint32_t)take_number(&in, 4);
        out->told[i].class.class = (uint8_t)take_number(&in, 1);
        out->told[i].lines = (uint16_t)take_number(&in, 2);
    }
    take_decisions(&in, out);
    return stored_end(&in, err);
}

/* ---- decisions ---- */

const struct letter_decision *letter_decision_of(const struct letter *letter, uint64_t mark)
{
    for (size_t i = 0; i < letter->decision_count; i++) {
        if (letter->decisions[i].mark == mark) {
            return &letter->decisions[i];
        }
    }
    return NULL;
}

enum result letter_decide(struct letter *letter, const struct letter_decision *decision, struct error *err)
{
    for (size_t i = 0; i < letter->decision_count; i++) {
        if (letter->decisions[i].mark == decision->mark) {
            letter->decisions[i] = *decision;
            return RESULT_OK;
        }
    }
    ENSURE(letter->decision_count < LETTER_DEFERRED_MAX, err, FAULT_TOO_LARGE, "/regel",
           "in een overzicht kan over hoogstens %d regels worden besloten", LETTER_DEFERRED_MAX);
    letter->decisions[letter->decision_count++] = *decision;
    return RESULT_OK;
}

bool letter_over(const struct letter *letter, const struct date *today)
{
    for (size_t i = 0; letter->state == LETTER_RELEASED && i < letter->decision_count; i++) {
        const struct letter_decision *d = &letter->decisions[i];
        if (d->choice == CHOICE_DEFER && date_is_set(&d->until) && date_compare(&d->until, today) < 0) {
            return true;
        }
    }
    return false;
}

/* ---- who may get it ---- */

static bool in_force(const struct policy_authority *authority, const struct date *today)
{
    return (!date_is_set(&authority->from) || date_compare(&authority->from, today) <= 0) &&
           (!date_is_set(&authority->until) || date_compare(today, &authority->until) <= 0);
}

/* Age -1: not known; then only who may speak for a person of any age. */
static bool may_speak(const struct policy_authority *authority, int age, const struct date *today)
{
    const bool of_child = authority->as == GIVER_PARENT || authority->as == GIVER_GUARDIAN;
    const bool of_adult = authority->as == GIVER_CURATOR || authority->as == GIVER_MENTOR;
    return in_force(authority, today) && ((of_child && age >= 0 && age < AGE_OWN) || (of_adult && age >= AGE_ADULT));
}

static enum result may_holder(const struct dossier *dossier, const struct ident *holder, int age,
                              const struct date *today, struct error *err)
{
    const struct policy_authority *authority = dossier != NULL ? dossier_authority(dossier, holder) : NULL;
    ENSURE(
        authority != NULL && may_speak(authority, age, today), err, FAULT_UNPROVEN, "/voor/gezagsrelatie",
        "voor deze persoon is zulk gezag niet vastgelegd, of het geldt nu niet: leg het vast met `authority add`, of "
        "geef het overzicht aan de persoon zelf");
    return RESULT_OK;
}

enum result letter_may(const struct dossier *dossier, const struct ident *holder, bool age_seen,
                       const struct date *today, bool *youth, struct error *err)
{
    const bool known = dossier != NULL && date_is_set(&dossier->subject->birth);
    const int age = known ? date_age(&dossier->subject->birth, today) : -1;
    *youth = known && age >= AGE_CHILD && age < AGE_OWN;
    if (!ident_equal(holder, &nobody)) {
        return may_holder(dossier, holder, age, today, err);
    }
    ENSURE(!known || age >= AGE_OWN, err, FAULT_UNPROVEN, "/voor",
           "voor deze persoon is geen gezag genoemd: onder de 16 gaat een overzicht naar wie gezag heeft; leg dat vast "
           "met `authority add`");
    ENSURE(known || age_seen, err, FAULT_UNPROVEN, "/leeftijdGezien",
           "de leeftijd is hier niet bekend: kijk of deze persoon 16 jaar of ouder is, en geef dat aan");
    return RESULT_OK;
}
