/* Any bytes as a signal's or a match's stored row, as a partner's signal and as the answer to one. What is accepted as stored
 * has exactly this stored form; what is accepted as a body is written back as one that is read alike. */
#include <stdlib.h>

#include "api/signals_wire.h"
#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void require_same(struct buf *out, const uint8_t *data, size_t size)
{
    require(buf_ok(out) && slice_equal(buf_slice(out), slice_of(data, size)));
    buf_free(out);
}

static void try_stored(const uint8_t *data, size_t size)
{
    static struct signal signal;
    static struct meeting meeting;
    struct error err = {0};
    struct buf out;
    buf_init(&out, STORE_PAYLOAD_MAX);
    if (signal_decode(slice_of(data, size), &signal, &err) == RESULT_OK) {
        signal_encode(&signal, &out);
        require_same(&out, data, size);
    } else {
        require(err.fault == FAULT_STORE);
    }
    buf_init(&out, STORE_PAYLOAD_MAX);
    if (meeting_decode(slice_of(data, size), &meeting, &err) == RESULT_OK) {
        meeting_encode(&meeting, &out);
        require_same(&out, data, size);
    } else {
        require(err.fault == FAULT_STORE);
    }
}

static bool same_half(const struct meeting_half *a, const struct meeting_half *b)
{
    return ident_equal(&a->spoor, &b->spoor) && a->by_involvement == b->by_involvement && a->live == b->live &&
           a->told == b->told && strcmp(a->basis, b->basis) == 0 && date_compare(&a->until, &b->until) == 0 &&
           strcmp(a->contact.name, b->contact.name) == 0 && strcmp(a->contact.phone, b->contact.phone) == 0 &&
           a->role_count == b->role_count;
}

/* A row of a match holds what was accepted. */
static void require_kept(const struct meeting_half *half)
{
    static struct meeting back;
    struct meeting meeting = {.own = MEETING_LOW, .state = MEETING_OPEN};
    struct error err = {0};
    struct buf out;
    require(oin_parse(slice_text("00000099000000001000"), &meeting.peer));
    meeting.halves[MEETING_HIGH] = *half;
    buf_init(&out, STORE_PAYLOAD_MAX);
    meeting_encode(&meeting, &out);
    require(buf_ok(&out) && meeting_decode(buf_slice(&out), &back, &err) == RESULT_OK);
    require(same_half(half, &back.halves[MEETING_HIGH]));
    buf_free(&out);
}

static void try_signal(const struct json *json)
{
    struct signal_message message;
    struct fault_list faults = {0};
    signal_read(json, SIGNAL_REQUEST_BYTES, &message, &faults);
    if (faults.count == 0) {
        require(message.half.live && !message.half.by_involvement);
        require_kept(&message.half);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json *json = NULL;
    struct signal_answer answer;
    struct error err = {0};
    try_stored(data, size);
    if (json_parse(slice_of(data, size), &json, &err) == RESULT_OK) {
        try_signal(json);
        json_free(json);
    }
    if (signal_answer_read(slice_of(data, size), &answer, &err) == RESULT_OK && answer.met) {
        require_kept(&answer.half);
    }
    return 0;
}
