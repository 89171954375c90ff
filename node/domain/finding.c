#include "domain/finding.h"

#include "base/bytes.h"
#include "domain/stored.h"

enum { VERSION = 1, COUNT_BYTES = 4, LONG_BYTES = 8 };

/* What one takes at rest: its steps, its records, and the rest. */
_Static_assert(FINDING_STEPS_MAX *(3 + LONG_BYTES + 1 + USER_NAME_MAX + 2 + FINDING_NOTE_MAX) +
                       FINDING_RECORDS_MAX * LONG_BYTES + FINDING_NUMBERS * COUNT_BYTES + 256 <
                   STORE_PAYLOAD_MAX,
               "a finding with all its steps fits a row");
_Static_assert(FINDING_RECORDS_MAX <= UINT8_MAX && FINDING_STEPS_MAX <= UINT8_MAX, "a count is one byte");

static const char *const rule_words[RULE_END] = {
#define X(code, number, word) [number] = (word),
    FINDING_RULE_TABLE(X)
#undef X
};

#define X(code, word) [code] = (word),
static const char *const state_words[FINDING_STATE_COUNT] = {FINDING_STATE_TABLE(X)};
static const char *const verdict_words[FINDING_VERDICT_COUNT] = {FINDING_VERDICT_TABLE(X)};
static const char *const step_words[FINDING_STEP_COUNT] = {FINDING_STEP_TABLE(X)};
#undef X

/* Which step may follow on which state, where it leads, and how many places for later steps it leaves. */
struct step_rule {
    bool from[FINDING_STATE_COUNT];
    enum finding_state to;
    bool stays; /* in the state in which it is */
    size_t leaves;
};

static const struct step_rule step_rules[FINDING_STEP_COUNT] = {
    [FINDING_NOTE] = {{true, true, true}, FINDING_OPEN, true, 2},
    [FINDING_LOOK] = {{[FINDING_OPEN] = true}, FINDING_SEEN, false, 2},
    [FINDING_CLOSE] = {{[FINDING_OPEN] = true, [FINDING_SEEN] = true}, FINDING_CLOSED, false, 0},
    [FINDING_REOPEN] = {{[FINDING_CLOSED] = true}, FINDING_OPEN, false, 1},
};

static bool find_word(struct slice word, const char *const *words, unsigned first, unsigned end, unsigned *out)
{
    for (unsigned i = first; i < end; i++) {
        if (slice_is(word, words[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

const char *finding_rule_word(uint8_t rule)
{
    return rule > RULE_NONE && rule < RULE_END ? rule_words[rule] : "";
}

bool finding_rule_parse(struct slice word, uint8_t *out)
{
    unsigned found = 0;
    if (!find_word(word, rule_words, RULE_NONE + 1, RULE_END, &found)) {
        return false;
    }
    *out = (uint8_t)found;
    return true;
}

const char *finding_state_word(enum finding_state state)
{
    return (unsigned)state < FINDING_STATE_COUNT ? state_words[state] : "";
}

bool finding_state_parse(struct slice word, enum finding_state *out)
{
    unsigned found = 0;
    if (!find_word(word, state_words, 0, FINDING_STATE_COUNT, &found)) {
        return false;
    }
    *out = (enum finding_state)found;
    return true;
}

const char *finding_verdict_word(enum finding_verdict verdict)
{
    return (unsigned)verdict < FINDING_VERDICT_COUNT ? verdict_words[verdict] : "";
}

bool finding_verdict_parse(struct slice word, enum finding_verdict *out)
{
    unsigned found = 0;
    if (!find_word(word, verdict_words, FINDING_NO_VERDICT + 1, FINDING_VERDICT_COUNT, &found)) {
        return false;
    }
    *out = (enum finding_verdict)found;
    return true;
}

const char *finding_step_word(enum finding_step_kind kind)
{
    return (unsigned)kind < FINDING_STEP_COUNT ? step_words[kind] : "";
}

bool finding_step_parse(struct slice word, enum finding_step_kind *out)
{
    unsigned found = 0;
    if (!find_word(word, step_words, 0, FINDING_STEP_COUNT, &found)) {
        return false;
    }
    *out = (enum finding_step_kind)found;
    return true;
}

bool finding_may(enum finding_state from, enum finding_step_kind step)
{
    return (unsigned)from < FINDING_STATE_COUNT && (unsigned)step < FINDING_STEP_COUNT && step_rules[step].from[from];
}

enum result finding_do(struct finding *finding, const struct finding_step *step, const struct date *except_until,
                       struct error *err)
{
    ENSURE(finding_may(finding->state, step->kind), err, FAULT_CONFLICT, "/stap",
           "deze bevinding is %s: dan is er geen stap \"%s\"", finding_state_word(finding->state),
           finding_step_word(step->kind));
    const struct step_rule *rule = &step_rules[step->kind];
    ENSURE(finding->step_count + rule->leaves < FINDING_STEPS_MAX, err, FAULT_CONFLICT, "/stap",
           "deze bevinding heeft al %zu stappen; er is alleen nog plaats om haar te sluiten", finding->step_count);
    finding->steps[finding->step_count++] = *step;
    if (!rule->stays) {
        const bool closes = step->kind == FINDING_CLOSE;
        finding->state = rule->to;
        finding->verdict = closes ? step->verdict : FINDING_NO_VERDICT;
        finding->except_until = closes ? *except_until : (struct date){0};
    }
    return RESULT_OK;
}

static void put_count(struct buf *out, uint32_t count)
{
    uint8_t bytes[COUNT_BYTES];
    bytes_put_u32(bytes, count);
    buf_bytes(out, bytes, sizeof bytes);
}

static void put_long(struct buf *out, uint64_t value)
{
    uint8_t bytes[LONG_BYTES];
    bytes_put_u64(bytes, value);
    buf_bytes(out, bytes, sizeof bytes);
}

static uint32_t take_count(struct stored *in)
{
    const uint8_t *bytes = NULL;
    return stored_take(in, COUNT_BYTES, &bytes) ? bytes_get_u32(bytes) : 0;
}

static uint64_t take_long(struct stored *in)
{
    const uint8_t *bytes = NULL;
    return stored_take(in, LONG_BYTES, &bytes) ? bytes_get_u64(bytes) : 0;
}

/* A note is longer than a stored text may be: two bytes of length. */
static void put_step(struct buf *out, const struct finding_step *step)
{
    const struct slice text = slice_text(step->text);
    uint8_t len[2];
    buf_byte(out, (uint8_t)step->kind);
    buf_byte(out, (uint8_t)step->verdict);
    put_long(out, (uint64_t)step->at_ms);
    stored_put_text(out, step->user, sizeof step->user);
    bytes_put_u16(len, (uint16_t)text.len);
    buf_bytes(out, len, sizeof len);
    buf_slice_in(out, text);
}

static void take_step(struct stored *in, struct finding_step *step)
{
    step->kind = (enum finding_step_kind)stored_take_number(in, FINDING_STEP_COUNT);
    step->verdict = (enum finding_verdict)stored_take_number(in, FINDING_VERDICT_COUNT);
    step->at_ms = (int64_t)take_long(in);
    stored_take_text(in, step->user, sizeof step->user);
    const uint8_t *bytes = NULL;
    if (!stored_take(in, 2, &bytes)) {
        return;
    }
    const size_t len = bytes_get_u16(bytes);
    if (stored_take(in, len, &bytes) && !slice_copy_text(slice_of(bytes, len), step->text, sizeof step->text)) {
        in->bad = true;
    }
}

/* Version; what it is about; numbers; records; state; steps. */
void finding_encode(const struct finding *finding, struct buf *out)
{
    buf_byte(out, VERSION);
    buf_byte(out, finding->rule);
    put_long(out, finding->key);
    stored_put_text(out, finding->user, sizeof finding->user);
    stored_put_text(out, finding->peer.digits, sizeof finding->peer.digits);
    stored_put_date(out, &finding->day);
    put_long(out, (uint64_t)finding->first_ms);
    put_long(out, (uint64_t)finding->last_ms);
    for (size_t i = 0; i < FINDING_NUMBERS; i++) {
        put_count(out, finding->numbers[i]);
    }
    buf_byte(out, finding->score);
    buf_byte(out, (uint8_t)finding->record_count);
    for (uint32_t i = 0; i < finding->record_count; i++) {
        put_long(out, finding->records[i]);
    }
    put_count(out, finding->more);
    buf_byte(out, (uint8_t)finding->state);
    buf_byte(out, (uint8_t)finding->verdict);
    stored_put_date(out, &finding->except_until);
    buf_byte(out, (uint8_t)finding->step_count);
    for (size_t i = 0; i < finding->step_count; i++) {
        put_step(out, &finding->steps[i]);
    }
}

static void take_about(struct stored *in, struct finding *out)
{
    out->rule = (uint8_t)stored_take_number(in, RULE_END);
    in->bad = in->bad || out->rule == RULE_NONE;
    out->key = take_long(in);
    stored_take_text(in, out->user, sizeof out->user);
    stored_take_text(in, out->peer.digits, sizeof out->peer.digits);
    stored_take_date(in, &out->day);
    out->first_ms = (int64_t)take_long(in);
    out->last_ms = (int64_t)take_long(in);
    for (size_t i = 0; i < FINDING_NUMBERS; i++) {
        out->numbers[i] = take_count(in);
    }
    out->score = (uint8_t)stored_take_number(in, UINT8_MAX);
    out->record_count = stored_take_number(in, FINDING_RECORDS_MAX + 1);
    for (uint32_t i = 0; i < out->record_count; i++) {
        out->records[i] = take_long(in);
    }
    out->more = take_count(in);
}

enum result finding_decode(struct slice bytes, struct finding *out, struct error *err)
{
    *out = (struct finding){0};
    struct stored in = stored_begin(bytes, VERSION, VERSION);
    take_about(&in, out);
    out->state = (enum finding_state)stored_take_number(&in, FINDING_STATE_COUNT);
    out->verdict = (enum finding_verdict)stored_take_number(&in, FINDING_VERDICT_COUNT);
    stored_take_date(&in, &out->except_until);
    out->step_count = stored_take_number(&in, FINDING_STEPS_MAX + 1);
    for (size_t i = 0; i < out->step_count; i++) {
        take_step(&in, &out->steps[i]);
    }
    const enum result result = stored_end(&in, err);
    if (result != RESULT_OK) {
        *out = (struct finding){0};
    }
    return result;
}
