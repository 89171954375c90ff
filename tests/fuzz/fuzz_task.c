/* Any bytes as a task's stored row or an event's, as the content of a box, and as the JSON of an opening or an event. What is
 * accepted as stored has exactly this stored form; what is accepted as JSON keeps the bounds of its row, and its history
 * starts where that of its sender does. */
#include <stdlib.h>

#include "base/mem.h"
#include "domain/task_opening.h"

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
    static struct task task;
    struct thread_event event;
    struct error err = {0};
    struct buf out;
    buf_init(&out, 65536);
    if (task_decode(slice_of(data, size), &task, &err) == RESULT_OK) {
        task_encode(&task, &out);
        require_same(&out, data, size);
    } else {
        require(err.fault == FAULT_STORE);
    }
    if (thread_event_decode(slice_of(data, size), TASK_STEP_COUNT, &event, &err) == RESULT_OK) {
        thread_event_encode(&event, &out);
        require_same(&out, data, size);
    } else {
        require(err.fault == FAULT_STORE);
    }
}

static void try_box(const uint8_t *data, size_t size)
{
    struct task_person person = {0};
    struct error err = {0};
    if (task_box_read(slice_of(data, size), &person, "/betrokkenen/0", &err) != RESULT_OK) {
        require(err.fault == FAULT_UNFIT && !bsn_is_set(&person.bsn));
    }
}

static void try_opening(const struct json *json)
{
    static struct task task;
    static struct task back;
    struct task_named boxes[TASK_PEOPLE_MAX];
    struct fault_list faults = {0};
    struct error err = {0};
    struct buf out;
    task_opening_read(json, &task, boxes, &faults);
    if (faults.count != 0) {
        return;
    }
    require(oin_parse(slice_text("00000099000000001000"), &task.partner)); /* its receiver knows who sent it */
    buf_init(&out, STORE_PAYLOAD_MAX);
    task_opening_stable(&task, task.case_number, &out);
    require(buf_ok(&out));
    task_opening_begin(&task, buf_slice(&out));
    buf_clear(&out);
    task_encode(&task, &out);
    require(buf_ok(&out) && task_decode(buf_slice(&out), &back, &err) == RESULT_OK);
    buf_free(&out);
}

static void try_event(const struct json *json)
{
    struct thread_event event;
    struct thread_event back;
    struct fault_list faults = {0};
    struct error err = {0};
    struct buf out;
    thread_event_read(json, "", task_step_parse, &event, &faults);
    if (faults.count != 0) {
        return;
    }
    buf_init(&out, STORE_PAYLOAD_MAX);
    thread_event_encode(&event, &out);
    require(buf_ok(&out) && thread_event_decode(buf_slice(&out), TASK_STEP_COUNT, &back, &err) == RESULT_OK);
    require(back.number == event.number && back.moment_ms == event.moment_ms && slice_equal(back.text, event.text));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json *json = NULL;
    struct error err = {0};
    try_stored(data, size);
    try_box(data, size);
    if (json_parse(slice_of(data, size), &json, &err) == RESULT_OK) {
        try_opening(json);
        try_event(json);
        json_free(json);
    }
    return 0;
}
