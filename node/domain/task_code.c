/* A task as stored bytes. */
#include "domain/task.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "domain/stored.h"

enum { VERSION = 1, FLAG_HOUSEHOLD = 1, FLAG_THREATENING = 2, FLAG_ACCEPTED = 4, FLAGS_END = 8 };

static void put_number(struct buf *out, uint64_t number)
{
    uint8_t bytes[8];
    bytes_put_u64(bytes, number);
    buf_bytes(out, bytes, sizeof bytes);
}

static void take_bytes(struct stored *in, void *to, size_t size)
{
    const uint8_t *bytes = NULL;
    if (stored_take(in, size, &bytes)) {
        memcpy(to, bytes, size);
    }
}

static uint64_t take_number(struct stored *in)
{
    uint8_t bytes[8] = {0};
    take_bytes(in, bytes, sizeof bytes);
    return bytes_get_u64(bytes);
}

static int64_t take_moment(struct stored *in)
{
    const uint64_t moment = take_number(in);
    in->bad = in->bad || moment > INT64_MAX;
    return in->bad ? 0 : (int64_t)moment;
}

/* Longer than what a length byte can tell. */
static void put_long(struct buf *out, const char *text)
{
    uint8_t len[2];
    const size_t length = strlen(text);
    bytes_put_u16(len, (uint16_t)length);
    buf_bytes(out, len, sizeof len);
    buf_bytes(out, text, length);
}

static void take_long(struct stored *in, char *to, size_t size)
{
    uint8_t len[2] = {0};
    const uint8_t *text = NULL;
    take_bytes(in, len, sizeof len);
    const size_t length = bytes_get_u16(len);
    if (stored_take(in, length, &text)) {
        in->bad = !slice_copy_text(slice_of(text, length), to, size) || !thread_text_ok(slice_of(text, length));
    }
}

static void put_person(struct buf *out, const struct task_person *person)
{
    buf_bytes(out, person->subject.bytes, IDENT_SIZE);
    stored_put_bsn(out, &person->bsn);
    stored_put_text(out, person->name, sizeof person->name);
    stored_put_date(out, &person->birth);
    buf_bytes(out, person->salt, sizeof person->salt);
    buf_bytes(out, person->commitment.bytes, SHA256_SIZE);
}

static void take_person(struct stored *in, struct task_person *person)
{
    stored_take_ident(in, &person->subject);
    stored_take_bsn(in, &person->bsn);
    stored_take_text(in, person->name, sizeof person->name);
    stored_take_date(in, &person->birth);
    take_bytes(in, person->salt, sizeof person->salt);
    take_bytes(in, person->commitment.bytes, SHA256_SIZE);
}

void task_encode(const struct task *task, struct buf *out)
{
    buf_byte(out, VERSION);
    buf_byte(out, (uint8_t)task->state);
    buf_byte(out, (uint8_t)task->side);
    buf_byte(out, (uint8_t)task->life_domain);
    buf_byte(out, (uint8_t)((task->household ? FLAG_HOUSEHOLD : 0) | (task->threatening ? FLAG_THREATENING : 0) |
                            (task->accepted ? FLAG_ACCEPTED : 0)));
    buf_byte(out, task->remind_workdays);
    buf_byte(out, task->alarmed);
    buf_byte(out, task->marks);
    buf_byte(out, task->messages);
    buf_byte(out, task->proposed);
    buf_bytes(out, task->partner.digits, OIN_DIGITS);
    stored_put_text(out, task->kind, sizeof task->kind);
    stored_put_text(out, task->basis, sizeof task->basis);
    stored_put_text(out, task->role, sizeof task->role);
    stored_put_text(out, task->case_number, sizeof task->case_number);
    stored_put_text(out, task->covenant, sizeof task->covenant);
    stored_put_text(out, task->contact_name, sizeof task->contact_name);
    stored_put_text(out, task->contact_phone, sizeof task->contact_phone);
    stored_put_text(out, task->user, sizeof task->user);
    put_long(out, task->question);
    put_number(out, (uint64_t)task->made_ms);
    put_number(out, (uint64_t)task->sent_ms);
    put_number(out, (uint64_t)task->ended_ms);
    stored_put_date(out, &task->due);
    stored_put_date(out, &task->reply_by);
    put_number(out, task->head.number);
    buf_bytes(out, task->head.chain.bytes, SHA256_SIZE);
    buf_byte(out, (uint8_t)task->people_count);
    for (size_t i = 0; i < task->people_count; i++) {
        put_person(out, &task->people[i]);
    }
}

static void take_texts(struct stored *in, struct task *task)
{
    stored_take_text(in, task->kind, sizeof task->kind);
    stored_take_text(in, task->basis, sizeof task->basis);
    stored_take_text(in, task->role, sizeof task->role);
    stored_take_text(in, task->case_number, sizeof task->case_number);
    stored_take_text(in, task->covenant, sizeof task->covenant);
    stored_take_text(in, task->contact_name, sizeof task->contact_name);
    stored_take_text(in, task->contact_phone, sizeof task->contact_phone);
    stored_take_text(in, task->user, sizeof task->user);
    take_long(in, task->question, sizeof task->question);
}

static void take_all(struct stored *in, struct task *task)
{
    const uint8_t *oin = NULL;
    task->state = (enum task_state)stored_take_number(in, TASK_STATE_COUNT);
    task->side = (enum task_side)stored_take_number(in, TASK_SIDE_COUNT);
    task->life_domain = (enum life_domain)stored_take_number(in, LIFE_DOMAIN_COUNT);
    const unsigned flags = stored_take_number(in, FLAGS_END);
    task->household = (flags & FLAG_HOUSEHOLD) != 0;
    task->threatening = (flags & FLAG_THREATENING) != 0;
    task->accepted = (flags & FLAG_ACCEPTED) != 0;
    task->remind_workdays = (uint8_t)stored_take_number(in, 256);
    task->alarmed = (uint8_t)stored_take_number(in, 2U * TASK_DUE_PASSED);
    task->marks = (uint8_t)stored_take_number(in, 2U * TASK_GROUNDLESS);
    task->messages = (uint8_t)stored_take_number(in, TASK_MESSAGES_MAX + 1);
    task->proposed = (uint8_t)stored_take_number(in, 256);
    if (stored_take(in, OIN_DIGITS, &oin)) {
        in->bad = !oin_parse(slice_of(oin, OIN_DIGITS), &task->partner);
    }
    take_texts(in, task);
    task->made_ms = take_moment(in);
    task->sent_ms = take_moment(in);
    task->ended_ms = take_moment(in);
    stored_take_date(in, &task->due);
    stored_take_date(in, &task->reply_by);
    const uint64_t number = take_number(in);
    in->bad = in->bad || number > THREAD_EVENTS_MAX;
    task->head.number = in->bad ? 0 : (uint32_t)number;
    take_bytes(in, task->head.chain.bytes, SHA256_SIZE);
    task->people_count = stored_take_number(in, TASK_PEOPLE_MAX + 1);
    for (size_t i = 0; i < task->people_count && !in->bad; i++) {
        take_person(in, &task->people[i]);
    }
}

enum result task_decode(struct slice bytes, struct task *out, struct error *err)
{
    struct task task = {0};
    struct stored in = stored_begin(bytes, VERSION, VERSION);
    take_all(&in, &task);
    const enum result result = stored_end(&in, err);
    if (result == RESULT_OK) {
        const struct ident id = out->id;
        *out = task;
        out->id = id;
    }
    mem_wipe(&task, sizeof task);
    return result;
}
