#include "domain/thread.h"

#include <stdio.h>

#include "base/bytes.h"
#include "base/date.h"
#include "base/utf8.h"
#include "domain/stored.h"

static const char *const side_words[] = {
#define X(side, word) [side] = (word),
    THREAD_SIDE_TABLE(X)
#undef X
};

const char *thread_side_word(enum thread_side side)
{
    return (unsigned)side < THREAD_SIDE_COUNT ? side_words[side] : "";
}

void thread_begin(const char *label, const struct ident *id, const struct sha256 *opening, struct sha256 *out)
{
    struct sha256_stream stream;
    sha256_begin(&stream);
    sha256_add(&stream, slice_text(label));
    sha256_add(&stream, slice_of(id->bytes, IDENT_SIZE));
    sha256_add(&stream, slice_of(opening->bytes, SHA256_SIZE));
    sha256_end(&stream, out);
}

void thread_chain(const struct sha256 *prev, const struct ident *id, const struct thread_event *event,
                  struct sha256 *out)
{
    struct sha256_stream stream;
    struct sha256 content;
    uint8_t fixed[15];
    sha256_begin(&stream);
    sha256_add(&stream, slice_of(event->reason, strlen(event->reason) + 1));
    sha256_add(&stream, event->text);
    sha256_end(&stream, &content);
    bytes_put_u32(fixed, event->number);
    fixed[4] = event->step;
    fixed[5] = (uint8_t)event->side;
    fixed[6] = event->lapsed;
    bytes_put_u64(fixed + 7, (uint64_t)event->moment_ms);
    sha256_begin(&stream);
    sha256_add(&stream, slice_of(prev->bytes, SHA256_SIZE));
    sha256_add(&stream, slice_of(id->bytes, IDENT_SIZE));
    sha256_add(&stream, slice_of(fixed, sizeof fixed));
    sha256_add(&stream, slice_of(event->proposal.bytes, IDENT_SIZE));
    sha256_add(&stream, slice_of(content.bytes, SHA256_SIZE));
    sha256_end(&stream, out);
}

static bool same(const struct sha256 *a, const struct sha256 *b)
{
    return memcmp(a->bytes, b->bytes, SHA256_SIZE) == 0;
}

enum thread_verdict thread_take(const struct thread_head *head, const struct sha256 *kept, const struct ident *id,
                                const struct thread_event *event)
{
    if (event->number > head->number + 1) {
        return THREAD_GAP;
    }
    if (event->number == head->number + 1) {
        struct sha256 chain;
        thread_chain(&head->chain, id, event, &chain);
        return same(&chain, &event->chain) ? THREAD_NEXT : THREAD_FORKED;
    }
    kept = event->number == head->number ? &head->chain : kept;
    return event->number != 0 && kept != NULL && same(kept, &event->chain) ? THREAD_AGAIN : THREAD_FORKED;
}

bool thread_answers(const struct thread_event *event, const struct thread_event *proposed)
{
    return event->side == THREAD_OTHER && event->step == proposed->step &&
           ident_equal(&event->proposal, &proposed->proposal) && strcmp(event->reason, proposed->reason) == 0 &&
           slice_equal(event->text, proposed->text);
}

/* ---- stored: numbers, then texts, the free one to the end ---- */

enum { VERSION = 1 };

void thread_event_encode(const struct thread_event *event, struct buf *out)
{
    uint8_t numbers[20];
    bytes_put_u32(numbers, event->number);
    bytes_put_u64(numbers + 4, (uint64_t)event->moment_ms);
    bytes_put_u64(numbers + 12, (uint64_t)event->delivered_ms);
    buf_byte(out, VERSION);
    buf_byte(out, event->step);
    buf_byte(out, (uint8_t)event->side);
    buf_byte(out, event->lapsed);
    buf_bytes(out, numbers, sizeof numbers);
    buf_bytes(out, event->proposal.bytes, IDENT_SIZE);
    buf_bytes(out, event->chain.bytes, SHA256_SIZE);
    stored_put_text(out, event->reason, sizeof event->reason);
    stored_put_text(out, event->user, sizeof event->user);
    buf_slice_in(out, event->text);
}

enum result thread_event_decode(struct slice bytes, unsigned steps, struct thread_event *out, struct error *err)
{
    struct thread_event event = {0};
    const uint8_t *numbers = NULL;
    const uint8_t *chain = NULL;
    struct stored in = stored_begin(bytes, VERSION, VERSION);
    event.step = (uint8_t)stored_take_number(&in, steps);
    event.side = (enum thread_side)stored_take_number(&in, THREAD_SIDE_COUNT);
    event.lapsed = stored_take_number(&in, 2) == 1;
    if (stored_take(&in, 20, &numbers)) {
        event.number = bytes_get_u32(numbers);
        event.moment_ms = (int64_t)bytes_get_u64(numbers + 4);
        event.delivered_ms = (int64_t)bytes_get_u64(numbers + 12);
    }
    stored_take_ident(&in, &event.proposal);
    if (stored_take(&in, SHA256_SIZE, &chain)) {
        memcpy(event.chain.bytes, chain, SHA256_SIZE);
    }
    stored_take_text(&in, event.reason, sizeof event.reason);
    stored_take_text(&in, event.user, sizeof event.user);
    const uint8_t *text = in.at;
    const size_t left = in.left;
    in.bad = in.bad || left > THREAD_CONTENT_MAX || event.number > THREAD_EVENTS_MAX || event.moment_ms < 0 ||
             event.delivered_ms < 0;
    if (stored_take(&in, left, &text)) {
        event.text = slice_of(text, left);
        in.bad = !thread_text_ok(event.text);
    }
    TRY(stored_end(&in, err));
    *out = event;
    return RESULT_OK;
}

/* ---- on the wire ---- */

static const struct ident none = {{0}};

void thread_event_write(struct json_writer *w, const char *name, const struct thread_event *event, const char *step)
{
    char chain[2 * SHA256_SIZE + 1];
    hex_encode(slice_of(event->chain.bytes, SHA256_SIZE), chain);
    json_begin_object(w, name);
    json_put_int(w, "nummer", event->number);
    json_put_text(w, "stap", step);
    json_put_text(w, "van", thread_side_word(event->side));
    json_put_text(w, "tijd", moment_text(event->moment_ms).text);
    if (!ident_equal(&event->proposal, &none)) {
        json_put_text(w, "voorstel", ident_text(&event->proposal).text);
    }
    if (event->reason[0] != '\0') {
        json_put_text(w, "reden", event->reason);
    }
    if (event->text.len != 0) {
        json_put_slice(w, "tekst", event->text);
    }
    if (event->lapsed) {
        json_put_bool(w, "vervallen", true);
    }
    json_put_text(w, "keten", chain);
    json_end_object(w);
}

static const struct json_field fields[] = {
    {"nummer", JSON_NUMBER, true, 1, THREAD_EVENTS_MAX},
    {"stap", JSON_TEXT, true, 1, CODE_MAX},
    {"van", JSON_TEXT, true, 1, CODE_MAX},
    {"tijd", JSON_TEXT, true, 1, MOMENT_TEXT_SIZE - 1},
    {"voorstel", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
    {"reden", JSON_TEXT, false, 1, CODE_MAX},
    {"tekst", JSON_TEXT, false, 1, THREAD_CONTENT_MAX},
    {"vervallen", JSON_BOOL, false, 0, 0},
    {"keten", JSON_TEXT, true, (int64_t)2 * SHA256_SIZE, (int64_t)2 * SHA256_SIZE},
};

bool thread_text_ok(struct slice text)
{
    size_t from = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i == text.len || text.ptr[i] == '\n') {
            if (i != from && !utf8_printable(slice_of(text.ptr + from, i - from))) {
                return false;
            }
            from = i + 1;
        }
    }
    return true;
}

static bool side_parse(struct slice word, enum thread_side *out)
{
    for (unsigned i = 0; i < THREAD_SIDE_COUNT; i++) {
        if (slice_is(word, side_words[i])) {
            *out = (enum thread_side)i;
            return true;
        }
    }
    return false;
}

static void fault_at(struct fault_list *faults, const char *pointer, const char *field, const char *what)
{
    char where[FAULT_WHERE_MAX];
    (void)snprintf(where, sizeof where, "%s/%s", pointer, field);
    fault_list_add(faults, FAULT_INVALID, where, "%s", what);
}

void thread_event_read(const struct json *json, const char *pointer, thread_step_fn *step_of, struct thread_event *out,
                       struct fault_list *faults)
{
    const size_t before = faults->count;
    *out = (struct thread_event){0};
    json_check(json, pointer, fields, COUNT_OF(fields), faults);
    if (faults->count != before) {
        return;
    }
    const struct slice proposal = json_text_of(json, "voorstel");
    out->number = (uint32_t)json_int(json_member(json, "nummer"));
    out->lapsed = json_bool(json_member(json, "vervallen"));
    out->text = json_text_of(json, "tekst");
    if (!step_of(json_text_of(json, "stap"), &out->step)) {
        fault_at(faults, pointer, "stap", "deze stap is niet bekend");
    }
    if (!side_parse(json_text_of(json, "van"), &out->side)) {
        fault_at(faults, pointer, "van", "hier hoort schrijver of ander");
    }
    if (!moment_parse(json_text_of(json, "tijd"), &out->moment_ms) || out->moment_ms < 0) {
        fault_at(faults, pointer, "tijd", "geen tijdstip (2026-11-22T09:30:00Z)");
    }
    if (proposal.len != 0 && !ident_parse(proposal, &out->proposal)) {
        fault_at(faults, pointer, "voorstel", "hier horen 32 hexadecimale cijfers");
    }
    const struct slice reason = json_text_of(json, "reden");
    if (!slice_copy_text(reason, out->reason, sizeof out->reason) || (reason.len != 0 && !utf8_printable(reason))) {
        fault_at(faults, pointer, "reden", "deze reden is niet bekend");
    }
    if (!thread_text_ok(out->text)) {
        fault_at(faults, pointer, "tekst", "geen leesbare tekst");
    }
    if (!hex_decode(json_text_of(json, "keten"), out->chain.bytes, SHA256_SIZE)) {
        fault_at(faults, pointer, "keten", "hier horen 64 hexadecimale cijfers");
    }
}
