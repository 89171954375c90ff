#include "api/message.h"

#include <string.h>

#include "base/bytes.h"
#include "base/limits.h"

#define X(kind, word, path, ahead) [kind] = (word),
static const char *const kind_words[] = {MESSAGE_KIND_TABLE(X)};
#undef X
#define X(kind, word, path, ahead) [kind] = (path),
static const char *const paths[] = {MESSAGE_KIND_TABLE(X)};
#undef X
#define X(kind, word, path, ahead) [kind] = (ahead),
static const bool goes_ahead[] = {MESSAGE_KIND_TABLE(X)};
#undef X
#define X(state, word) [state] = (word),
static const char *const state_words[] = {MESSAGE_STATE_TABLE(X)};
#undef X

const char *message_kind_word(enum message_kind kind)
{
    return (unsigned)kind < MESSAGE_KIND_COUNT ? kind_words[kind] : "";
}

const char *message_path(enum message_kind kind)
{
    return (unsigned)kind < MESSAGE_KIND_COUNT ? paths[kind] : "";
}

bool message_goes_ahead(enum message_kind kind)
{
    return (unsigned)kind < MESSAGE_KIND_COUNT && goes_ahead[kind];
}

const char *message_state_word(enum message_state state)
{
    return (unsigned)state < MESSAGE_STATE_COUNT ? state_words[state] : "";
}

/* Version 1: at these places; the body to the end. */
enum {
    VERSION = 1,
    AT_KIND = 1,
    AT_STATE = 2,
    AT_OUTCOME = 3,
    AT_STATUS = 4,
    AT_TRIES = 6,
    AT_CREATED = 10,
    AT_SETTLED = 18,
    AT_NEXT = 26,
    AT_SUBJECT = 34,
    AT_PARTNER = AT_SUBJECT + IDENT_SIZE,
    AT_PERSON = AT_PARTNER + OIN_DIGITS, /* zeros: none */
    FIXED = AT_PERSON + BSN_DIGITS,
};

void message_encode(const struct message *message, struct buf *out)
{
    uint8_t fixed[FIXED] = {VERSION, (uint8_t)message->kind, (uint8_t)message->state, (uint8_t)message->outcome};
    const struct slice person = bsn_digits(&message->person);
    bytes_put_u16(fixed + AT_STATUS, message->status);
    bytes_put_u32(fixed + AT_TRIES, message->tries);
    bytes_put_u64(fixed + AT_CREATED, (uint64_t)message->created_ms);
    bytes_put_u64(fixed + AT_SETTLED, (uint64_t)message->settled_ms);
    bytes_put_u64(fixed + AT_NEXT, (uint64_t)message->next_ms);
    memcpy(fixed + AT_SUBJECT, message->subject.bytes, IDENT_SIZE);
    memcpy(fixed + AT_PARTNER, message->partner.digits, OIN_DIGITS);
    if (person.len != 0) {
        memcpy(fixed + AT_PERSON, person.ptr, person.len);
    }
    buf_bytes(out, fixed, sizeof fixed);
    buf_slice_in(out, message->body);
}

enum result message_decode(struct slice bytes, struct message *out, struct error *err)
{
    static const char what[] = "een opgeslagen bericht is beschadigd";
    ENSURE(bytes.len >= FIXED && bytes.len - FIXED <= OUTBOX_BODY_MAX && bytes.ptr[0] == VERSION, err, FAULT_STORE, "",
           what);
    const uint8_t *at = bytes.ptr;
    struct message message = {
        .kind = (enum message_kind)at[AT_KIND],
        .state = (enum message_state)at[AT_STATE],
        .outcome = (enum peer_outcome_kind)at[AT_OUTCOME],
        .status = bytes_get_u16(at + AT_STATUS),
        .tries = bytes_get_u32(at + AT_TRIES),
        .created_ms = (int64_t)bytes_get_u64(at + AT_CREATED),
        .settled_ms = (int64_t)bytes_get_u64(at + AT_SETTLED),
        .next_ms = (int64_t)bytes_get_u64(at + AT_NEXT),
        .body = slice_of(at + FIXED, bytes.len - FIXED),
    };
    memcpy(message.subject.bytes, at + AT_SUBJECT, IDENT_SIZE);
    ENSURE(at[AT_KIND] < MESSAGE_KIND_COUNT && at[AT_STATE] < MESSAGE_STATE_COUNT &&
               at[AT_OUTCOME] < PEER_OUTCOME_COUNT &&
               oin_parse(slice_of(at + AT_PARTNER, OIN_DIGITS), &message.partner) &&
               (at[AT_PERSON] == 0 || bsn_parse(slice_of(at + AT_PERSON, BSN_DIGITS), &message.person)),
           err, FAULT_STORE, "", what);
    *out = message;
    return RESULT_OK;
}
