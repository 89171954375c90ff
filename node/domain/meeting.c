/* The stored form: a version byte, then fields in the order of the struct, in the pieces of stored.h. */
#include "domain/meeting.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "domain/stored.h"

enum { VERSION = 1 };

static const char id_label[] = "ketenbrug/match/v1";

struct step_row {
    const char *word;
    unsigned from;
    enum meeting_who who;
    enum meeting_state to;
};

static const struct step_row steps[MEETING_STEP_COUNT] = {
#define X(code, word, from, who, to) [code] = {(word), (from), (who), (to)},
    MEETING_STEP_TABLE(X)
#undef X
};

static const char *const state_words[MEETING_STATE_COUNT] = {
#define X(code, word) [code] = (word),
    MEETING_STATE_TABLE(X)
#undef X
};

const char *meeting_state_word(enum meeting_state state)
{
    return (unsigned)state < MEETING_STATE_COUNT ? state_words[state] : "";
}

const char *meeting_step_word(enum meeting_step step)
{
    return (unsigned)step < MEETING_STEP_COUNT ? steps[step].word : "";
}

bool meeting_step_parse(struct slice word, enum meeting_step *out)
{
    for (unsigned i = 0; i < MEETING_STEP_COUNT; i++) {
        if (slice_is(word, steps[i].word)) {
            *out = (enum meeting_step)i;
            return true;
        }
    }
    return false;
}

bool meeting_step_of_user(enum meeting_step step)
{
    return (unsigned)step < MEETING_STEP_COUNT && steps[step].who != BY_NODE;
}

/* ---- which ---- */

struct ident meeting_id(const struct oin *a, const struct ident *a_spoor, const struct oin *b,
                        const struct ident *b_spoor)
{
    uint8_t bytes[sizeof id_label - 1 + (size_t)2 * (OIN_DIGITS + IDENT_SIZE)];
    uint8_t *at = bytes;
    struct sha256 digest;
    struct ident id;
    int order = memcmp(a->digits, b->digits, OIN_DIGITS);
    order = order != 0 ? order : memcmp(a_spoor->bytes, b_spoor->bytes, IDENT_SIZE);
    const struct oin *oins[] = {order <= 0 ? a : b, order <= 0 ? b : a};
    const struct ident *spoors[] = {order <= 0 ? a_spoor : b_spoor, order <= 0 ? b_spoor : a_spoor};
    memcpy(at, id_label, sizeof id_label - 1);
    at += sizeof id_label - 1;
    for (size_t i = 0; i < 2; i++) {
        memcpy(at, oins[i]->digits, OIN_DIGITS);
        memcpy(at + OIN_DIGITS, spoors[i]->bytes, IDENT_SIZE);
        at += OIN_DIGITS + IDENT_SIZE;
    }
    sha256_of(slice_of(bytes, sizeof bytes), &digest);
    memcpy(id.bytes, digest.bytes, IDENT_SIZE);
    return id;
}

enum meeting_side meeting_side_of(const struct oin *own, const struct oin *peer)
{
    return memcmp(own->digits, peer->digits, OIN_DIGITS) <= 0 ? MEETING_LOW : MEETING_HIGH;
}

enum meeting_side meeting_other(enum meeting_side side)
{
    return side == MEETING_LOW ? MEETING_HIGH : MEETING_LOW;
}

bool meeting_writes(const struct meeting *meeting)
{
    return meeting->own == MEETING_LOW;
}

enum thread_side meeting_thread_side(enum meeting_side side)
{
    return side == MEETING_LOW ? THREAD_WRITER : THREAD_OTHER;
}

enum meeting_side meeting_side_in(enum thread_side side)
{
    return side == THREAD_WRITER ? MEETING_LOW : MEETING_HIGH;
}

void meeting_begin(struct meeting *meeting, const struct ident *id, struct thread_event *first)
{
    struct sha256 opening;
    sha256_of(slice_of(id->bytes, IDENT_SIZE), &opening);
    thread_begin(id_label, id, &opening, &meeting->head.chain);
    *first = (struct thread_event){.number = 1, .step = MEETING_MEET, .side = THREAD_WRITER};
    thread_chain(&meeting->head.chain, id, first, &first->chain);
    meeting->head = (struct thread_head){.number = 1, .chain = first->chain};
    meeting->state = MEETING_OPEN;
}

/* ---- steps ---- */

enum result meeting_may(const struct meeting *meeting, enum meeting_step step, enum meeting_side side,
                        struct error *err)
{
    ENSURE((unsigned)step < MEETING_STEP_COUNT && (unsigned)side < MEETING_SIDES, err, FAULT_INVALID, "/stap",
           "deze stap is niet bekend");
    const struct step_row *row = &steps[step];
    ENSURE((row->from & MEETING_BIT(meeting->state)) != 0, err, FAULT_CONFLICT, "/stap",
           "een match die %s is kan niet %s", meeting_state_word(meeting->state), row->word);
    ENSURE(row->who != BY_LEAD || (meeting->has_lead && meeting->lead == side), err, FAULT_FORBIDDEN, "/stap",
           "deze stap is aan de andere organisatie");
    ENSURE(step != MEETING_SIGNAL_END || meeting->halves[side].live, err, FAULT_CONFLICT, "/stap",
           "dit signaal is al beeindigd");
    return RESULT_OK;
}

void meeting_forget(struct meeting *meeting, enum meeting_side side)
{
    struct meeting_half *half = &meeting->halves[side];
    mem_wipe(&half->contact, sizeof half->contact);
    half->role_count = 0;
    memset(half->roles, 0, sizeof half->roles);
}

void meeting_end_waits(struct meeting *meeting, enum meeting_side side)
{
    meeting->halves[side].ended = true;
    meeting_forget(meeting, side);
}

static void give_lead_back(struct meeting *meeting)
{
    meeting->has_lead = false;
    mem_wipe(&meeting->lead_contact, sizeof meeting->lead_contact);
}

static void close_match(struct meeting *meeting, const struct date *today)
{
    meeting->state = MEETING_CLOSED;
    meeting->closed = *today;
    meeting_forget(meeting, MEETING_LOW);
    meeting_forget(meeting, MEETING_HIGH);
}

void meeting_replace(struct meeting *meeting, const struct date *today)
{
    meeting->replaced = true;
    close_match(meeting, today);
}

static void end_signal(struct meeting *meeting, enum meeting_side side, const struct date *today)
{
    meeting->halves[side].live = false;
    meeting->halves[side].ended = false;
    meeting_forget(meeting, side);
    if (!meeting->halves[meeting_other(side)].live) {
        close_match(meeting, today);
    }
}

enum result meeting_apply(struct meeting *meeting, enum meeting_step step, enum meeting_side side,
                          const struct signal_contact *contact, const struct date *today, struct error *err)
{
    TRY(meeting_may(meeting, step, side, err));
    switch (step) {
    case MEETING_SIGNAL_END:
        end_signal(meeting, side, today);
        return RESULT_OK;
    case MEETING_CLOSE:
    case MEETING_REPLACE:
        close_match(meeting, today);
        return RESULT_OK;
    case MEETING_TAKE_LEAD:
        meeting->has_lead = true;
        meeting->lead = side;
        meeting->lead_contact = contact != NULL ? *contact : (struct signal_contact){.name = ""};
        break;
    case MEETING_LEAVE_LEAD:
        give_lead_back(meeting);
        break;
    default:
        break;
    }
    meeting->state = steps[step].to;
    return RESULT_OK;
}

/* ---- who sees what ---- */

enum meeting_view meeting_view(const struct meeting *meeting, bool may_meet)
{
    return may_meet ? VIEW_ALL : meeting->has_lead ? VIEW_CALLER : VIEW_NOTHING;
}

bool meeting_shows_contact(const struct meeting *meeting, const char *const *roles, size_t count)
{
    const struct meeting_half *theirs = &meeting->halves[meeting_other(meeting->own)];
    for (size_t i = 0; i < count && theirs->live; i++) {
        for (size_t r = 0; r < theirs->role_count; r++) {
            if (strcmp(roles[i], theirs->roles[r]) == 0) {
                return theirs->contact.name[0] != '\0';
            }
        }
    }
    return false;
}

/* ---- stored ---- */

static void put_half(struct buf *out, const struct meeting_half *half)
{
    const size_t count = half->role_count < MEETING_ROLES_MAX ? half->role_count : MEETING_ROLES_MAX;
    buf_bytes(out, half->spoor.bytes, IDENT_SIZE);
    buf_bytes(out, half->signal.bytes, IDENT_SIZE);
    buf_byte(out, half->by_involvement);
    buf_byte(out, (uint8_t)(half->live | (unsigned)half->ended << 1));
    buf_byte(out, half->told);
    stored_put_text(out, half->basis, sizeof half->basis);
    stored_put_date(out, &half->until);
    signal_put_contact(out, &half->contact);
    buf_byte(out, (uint8_t)count);
    for (size_t i = 0; i < count; i++) {
        stored_put_text(out, half->roles[i], sizeof half->roles[i]);
    }
}

static void take_half(struct stored *in, struct meeting_half *half)
{
    stored_take_ident(in, &half->spoor);
    stored_take_ident(in, &half->signal);
    half->by_involvement = stored_take_number(in, 2) != 0;
    const size_t live = stored_take_number(in, 4);
    half->live = (live & 1) != 0;
    half->ended = (live & 2) != 0;
    half->told = stored_take_number(in, 2) != 0;
    stored_take_text(in, half->basis, sizeof half->basis);
    stored_take_date(in, &half->until);
    signal_take_contact(in, &half->contact);
    half->role_count = stored_take_number(in, MEETING_ROLES_MAX + 1);
    for (size_t i = 0; i < half->role_count; i++) {
        stored_take_text(in, half->roles[i], sizeof half->roles[i]);
    }
}

void meeting_encode(const struct meeting *meeting, struct buf *out)
{
    uint8_t number[4];
    buf_byte(out, VERSION);
    stored_put_text(out, meeting->peer.digits, sizeof meeting->peer.digits);
    buf_bytes(out, meeting->subject.bytes, IDENT_SIZE);
    buf_byte(out, (uint8_t)meeting->own);
    buf_byte(out, meeting->via_household);
    buf_byte(out, (uint8_t)meeting->state);
    buf_byte(out, meeting->has_lead);
    buf_byte(out, (uint8_t)meeting->lead);
    signal_put_contact(out, &meeting->lead_contact);
    stored_put_date(out, &meeting->met);
    stored_put_date(out, &meeting->closed);
    for (unsigned i = 0; i < MEETING_SIDES; i++) {
        put_half(out, &meeting->halves[i]);
    }
    bytes_put_u32(number, meeting->head.number);
    buf_bytes(out, number, sizeof number);
    buf_bytes(out, meeting->head.chain.bytes, SHA256_SIZE);
    buf_byte(out, (uint8_t)(meeting->replaced | (unsigned)meeting->quiet << 1));
    buf_byte(out, meeting->under_way);
    buf_byte(out, (uint8_t)meeting->proposed);
    buf_bytes(out, meeting->proposal.bytes, IDENT_SIZE);
}

enum result meeting_decode(struct slice bytes, struct meeting *out, struct error *err)
{
    struct stored in = stored_begin(bytes, VERSION, VERSION);
    struct meeting meeting = {.state = MEETING_NONE};
    const uint8_t *raw = NULL;
    stored_take_text(&in, meeting.peer.digits, sizeof meeting.peer.digits);
    in.bad = in.bad || strlen(meeting.peer.digits) != OIN_DIGITS;
    stored_take_ident(&in, &meeting.subject);
    meeting.own = (enum meeting_side)stored_take_number(&in, MEETING_SIDES);
    meeting.via_household = stored_take_number(&in, 2) != 0;
    meeting.state = (enum meeting_state)stored_take_number(&in, MEETING_STATE_COUNT);
    meeting.has_lead = stored_take_number(&in, 2) != 0;
    meeting.lead = (enum meeting_side)stored_take_number(&in, MEETING_SIDES);
    signal_take_contact(&in, &meeting.lead_contact);
    stored_take_date(&in, &meeting.met);
    stored_take_date(&in, &meeting.closed);
    for (unsigned i = 0; i < MEETING_SIDES && !in.bad; i++) {
        take_half(&in, &meeting.halves[i]);
    }
    if (stored_take(&in, 4, &raw)) {
        meeting.head.number = bytes_get_u32(raw);
    }
    if (stored_take(&in, SHA256_SIZE, &raw)) {
        memcpy(meeting.head.chain.bytes, raw, SHA256_SIZE);
    }
    const size_t marks = stored_take_number(&in, 4);
    meeting.replaced = (marks & 1) != 0;
    meeting.quiet = (marks & 2) != 0;
    meeting.under_way = stored_take_number(&in, 2) != 0;
    meeting.proposed = (enum meeting_step)stored_take_number(&in, MEETING_STEP_COUNT);
    stored_take_ident(&in, &meeting.proposal);
    TRY(stored_end(&in, err));
    *out = meeting;
    return RESULT_OK;
}
