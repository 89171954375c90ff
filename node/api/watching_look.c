/* A record as a look: whose eyes, on whom, and what the record itself says of it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/finding_texts.h"
#include "api/watching_parts.h"
#include "audit/watch_window.h"
#include "base/mem.h"
#include "domain/fact.h"

/* What is hashed: part of each hash, so that a case is not taken for a user. */
enum hashed { HASH_SUBJECT = 1, HASH_BSN, HASH_HOUSEHOLD, HASH_USER, HASH_CASE, HASH_REASON, HASH_CONSULT, HASH_ROLE };

static uint64_t hash_of(const struct watching_known *known, enum hashed what, struct slice value)
{
    struct seal_index_key key = {.class = {0, 0}};
    uint8_t hash[SEAL_HASH_SIZE];
    uint64_t out = 0;
    memcpy(key.bytes, known->key, sizeof key.bytes);
    seal_index_hash(&key, (uint8_t)what, value, hash);
    mem_wipe(&key, sizeof key);
    memcpy(&out, hash, sizeof out);
    return out != 0 ? out : 1;
}

static uint64_t text_hash(const struct watching_known *known, enum hashed what, const char *text)
{
    return text[0] != '\0' ? hash_of(known, what, slice_text(text)) : 0;
}

uint64_t watching_name_key(const struct watching_known *known, const char *user)
{
    return text_hash(known, HASH_USER, user);
}

static bool is_set(const struct ident *id)
{
    static const struct ident none;
    return !ident_equal(id, &none);
}

static uint64_t ident_hash(const struct watching_known *known, enum hashed what, const struct ident *id)
{
    return is_set(id) ? hash_of(known, what, slice_of(id->bytes, IDENT_SIZE)) : 0;
}

uint64_t watching_subject_key(const struct watching_known *known, const struct ident *subject)
{
    return ident_hash(known, HASH_SUBJECT, subject);
}

uint64_t watching_bsn_key(const struct watching_known *known, const struct bsn *bsn)
{
    return bsn_is_set(bsn) ? hash_of(known, HASH_BSN, bsn_digits(bsn)) : 0;
}

static uint64_t person_of(const struct watching_known *known, const struct record *record)
{
    const struct ident *subject = is_set(&record->subject) ? &record->subject : &known->subject;
    return is_set(subject) ? watching_subject_key(known, subject) : watching_bsn_key(known, &record->bsn);
}

/* The same words, however they were typed: capitals and white space do not count. */
static uint64_t reason_of(const struct watching_known *known, struct slice text)
{
    uint8_t folded[CONSULT_REASON_MAX] = {0};
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < sizeof folded; i++) {
        const uint8_t c = text.ptr[i];
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank) {
            folded[len++] = c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
        } else if (len != 0 && folded[len - 1] != ' ') {
            folded[len++] = ' ';
        }
    }
    len -= len != 0 && folded[len - 1] == ' ';
    const uint64_t hash = len != 0 ? hash_of(known, HASH_REASON, slice_of(folded, len)) : 0;
    mem_wipe(folded, sizeof folded);
    return hash;
}

/* ---- what was found of partners: by the texts that were written ---- */

static uint32_t at_most(uint64_t number)
{
    return number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
}

/* The next number in the text; what is no digit before it is passed over. */
static uint64_t take_number(const char **at)
{
    uint64_t number = 0;
    *at += strcspn(*at, "0123456789");
    for (; **at >= '0' && **at <= '9'; ++*at) {
        number = number < UINT32_MAX ? number * 10 + (uint64_t)(**at - '0') : number;
    }
    return number;
}

/* Up to the first number or the end, the text is the format's. */
static bool begins_as(const char *text, const char *format)
{
    const size_t len = strcspn(format, "%");
    return strncmp(text, format, len) == 0;
}

static bool partner_of(const struct record *record, struct slice text, struct watch_look *out)
{
    char words[FAULT_WHERE_MAX + FAULT_WHAT_MAX + 100] = "";
    const char *at = words;
    if (record->operation == RECORD_SET_REFUSED) {
        out->flags = WATCH_OUTGROWN;
        return true;
    }
    if (record->operation == RECORD_FORK) {
        out->flags = text.len != 0 ? WATCH_FORKED : 0; /* without text: a log's, which witness.h keeps the proof of */
        return out->flags != 0;
    }
    (void)slice_copy_text(slice_of(text.ptr, text.len < sizeof words ? text.len : sizeof words - 1), words,
                          sizeof words);
    if (begins_as(words, FINDING_TEXT_EMPTY)) {
        out->flags = WATCH_EMPTY;
        out->entries = at_most(take_number(&at));
        out->empties = at_most(take_number(&at));
    } else if (begins_as(words, FINDING_TEXT_ANEW)) {
        out->flags = WATCH_OUTGROWN;
    } else if (begins_as(words, FINDING_TEXT_OUTGROWN)) {
        out->flags = WATCH_OUTGROWN;
        out->entries = at_most(take_number(&at));
        out->empties = at_most(take_number(&at));
        out->clients = at_most(take_number(&at));
    } else if (begins_as(words, FINDING_TEXT_QUOTA)) {
        out->flags = WATCH_PAST_QUOTA;
    }
    return out->flags != 0;
}

/* ---- looks ---- */

static bool is_withdrawal(const struct record *record, struct slice text)
{
    char words[64];
    if (record->operation == RECORD_TAKEN) {
        return record->outcome == OUTCOME_DONE;
    }
    const int len =
        snprintf(words, sizeof words, "%s %s ", fact_kind_word(FACT_CONSENT), fact_state_word(STATE_WITHDRAWN));
    return record->operation == RECORD_CHANGED && text.len > (size_t)len && memcmp(text.ptr, words, (size_t)len) == 0;
}

static uint32_t flags_of(const struct record *record)
{
    const bool caseless = record->case_number[0] == '\0' && record->report_number[0] == '\0' &&
                          (record->operation == RECORD_TESTED || record->operation == RECORD_EVALUATION_RECEIVED);
    const bool duty = strcmp(record->role, "veilig-thuis") == 0 || strcmp(record->role, "jeugdbeschermer") == 0;
    return (record->operation == RECORD_CRISIS_NUMBER ? WATCH_URGENT : 0U) | (duty ? WATCH_DUTY : 0U) |
           (caseless ? WATCH_CASELESS : 0U);
}

static bool is_look(const struct record *record)
{
    switch (record->operation) {
    case RECORD_TESTED:
    case RECORD_CRISIS_NUMBER:
    case RECORD_READ:
    case RECORD_SET_OPENED:
    case RECORD_SIGNAL:
    case RECORD_TASK:
        return true;
    case RECORD_REFUSED:
        return !oin_is_set(&record->peer); /* a partner's users are his to watch */
    default:
        return false;
    }
}

bool watching_wants(enum record_operation operation)
{
    switch (operation) {
    case RECORD_TESTED:
    case RECORD_CRISIS_NUMBER:
    case RECORD_READ:
    case RECORD_SET_OPENED:
    case RECORD_REFUSED:
    case RECORD_EVALUATION_RECEIVED:
    case RECORD_CHANGED:
    case RECORD_TAKEN:
    case RECORD_MATCH_FINDING:
    case RECORD_SET_REFUSED:
    case RECORD_FORK:
    case RECORD_SIGNAL:
    case RECORD_TASK:
        return true;
    default:
        return false;
    }
}

bool watch_look_of(const struct watching_known *known, const struct record *record, uint64_t sequence,
                   struct slice text, struct watch_look *out)
{
    *out = (struct watch_look){.sequence = sequence,
                               .time_ms = record->time_ms,
                               .operation = record->operation,
                               .peer = record->peer,
                               .user = record->user,
                               .entries = record->entries};
    if (record->operation == RECORD_MATCH_FINDING || record->operation == RECORD_SET_REFUSED ||
        record->operation == RECORD_FORK) {
        out->user = "";
        out->entries = 0;
        return partner_of(record, text, out);
    }
    out->person = person_of(known, record);
    out->user_key = text_hash(known, HASH_USER, record->user);
    if (is_withdrawal(record, text)) {
        out->flags = WATCH_WITHDRAWAL;
        return out->person != 0;
    }
    const bool evaluated = record->operation == RECORD_EVALUATION_RECEIVED && record->outcome == OUTCOME_DONE;
    if (!evaluated && (!is_look(record) || out->person == 0 || out->user_key == 0)) {
        return false;
    }
    const char *number = record->case_number[0] != '\0' ? record->case_number : record->report_number;
    out->flags = known->flags | flags_of(record);
    out->household = ident_hash(known, HASH_HOUSEHOLD, &known->household);
    out->case_key = text_hash(known, HASH_CASE, number);
    out->consult = ident_hash(known, HASH_CONSULT, &record->consult);
    out->role = watch_fold(text_hash(known, HASH_ROLE, record->role));
    if (record->operation == RECORD_TESTED || record->operation == RECORD_CRISIS_NUMBER) {
        out->reason = reason_of(known, text);
    }
    return true;
}
