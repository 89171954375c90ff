#include "store/door.h"

#include <pthread.h>

#include <uv.h>

#include "base/limits.h"
#include "base/mem.h"
#include "store/inside.h"

enum {
    DOOR_HANDLES = 4,
    FRAME_KEEP_BYTES = 65536, /* a frame that grew past this gives its memory back */
    FRAME_BYTES_MAX = (STORE_LIST_MAX + 1) * (STORE_PAYLOAD_MAX + LOG_LEAF_BYTES),
};

struct store_door {
    struct store *store;
    struct backend_reader *reader;
    uint64_t seen; /* commits when the read transaction began; 0: none open */
    struct read_frame *frames;
    struct batch_list spare;

    uv_async_t wake;
    uv_prepare_t before_sleep;
    uv_check_t after_events;
    uv_idle_t nudge;  /* active while batches wait for the end of the turn: the loop may not sleep on them */
    size_t in_flight; /* committed, not yet called back */
    bool dispatching; /* in on_wake */
    bool pushed;      /* batches since the writer was last woken */
    size_t handles_open;
    void (*closed)(void *ctx);
    void *closed_ctx;

    pthread_mutex_t lock; /* guards what follows */
    struct batch_list completed;
};

const struct keyring *door_keyring(const struct store_door *door)
{
    return door->store->options.keyring;
}

struct backend_reader *door_reader(struct store_door *door)
{
    return door->reader;
}

static void end_read(struct store_door *door)
{
    if (door->seen != 0) {
        backend_reader_end(door->reader);
        door->seen = 0;
    }
}

enum result door_look(struct store_door *door, struct error *err)
{
    const uint64_t commits = writer_commits(door->store->writer);
    if (door->seen == commits) {
        return RESULT_OK;
    }
    end_read(door);
    TRY(backend_reader_begin(door->reader, err));
    door->seen = commits;
    return RESULT_OK;
}

struct read_frame *door_frame_take(struct store_door *door)
{
    struct read_frame *frame = door->frames;
    if (frame != NULL) {
        door->frames = frame->next;
        return frame;
    }
    frame = mem_zalloc(sizeof *frame);
    if (frame != NULL) {
        buf_init(&frame->bytes, FRAME_BYTES_MAX);
    }
    return frame;
}

void door_frame_give(struct store_door *door, struct read_frame *frame)
{
    if (frame->bytes.capacity > FRAME_KEEP_BYTES) {
        buf_wipe(&frame->bytes);
    } else {
        if (frame->bytes.ptr != NULL) {
            mem_wipe(frame->bytes.ptr, frame->bytes.len);
        }
        buf_clear(&frame->bytes);
    }
    frame->count = 0;
    frame->next = door->frames;
    door->frames = frame;
}

static void free_frames(struct store_door *door)
{
    while (door->frames != NULL) {
        struct read_frame *frame = door->frames;
        door->frames = frame->next;
        buf_wipe(&frame->bytes);
        mem_free(frame->items);
        mem_free(frame);
    }
}

struct store_batch *door_batch_take(struct store_door *door)
{
    return batch_list_pop(&door->spare);
}

bool door_batch_give(struct store_door *door, struct store_batch *batch)
{
    const bool room = door->spare.count < STORE_SPARE_BATCHES;
    if (room) {
        batch_list_push(&door->spare, batch);
    }
    return room;
}

static void free_spare(struct store_door *door)
{
    while (door->spare.first != NULL) {
        batch_drop(batch_list_pop(&door->spare));
    }
}

static void free_door(struct store_door *door)
{
    free_frames(door);
    free_spare(door);
    if (door->reader != NULL) {
        backend_reader_close(door->reader);
    }
    (void)pthread_mutex_destroy(&door->lock);
    mem_free(door);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct store_door *door = handle->data;
    if (--door->handles_open != 0) {
        return;
    }
    void (*closed)(void *ctx) = door->closed;
    void *ctx = door->closed_ctx;
    free_door(door);
    closed(ctx);
}

static void close_when_quiet(struct store_door *door)
{
    if (door->closed == NULL || door->in_flight != 0 || door->dispatching ||
        uv_is_closing((uv_handle_t *)&door->wake)) {
        return;
    }
    end_read(door);
    uv_close((uv_handle_t *)&door->wake, on_handle_closed);
    uv_close((uv_handle_t *)&door->before_sleep, on_handle_closed);
    uv_close((uv_handle_t *)&door->after_events, on_handle_closed);
    uv_close((uv_handle_t *)&door->nudge, on_handle_closed);
}

static void finish(struct store_door *door, struct store_batch *batch)
{
    if (--door->in_flight == 0) {
        uv_unref((uv_handle_t *)&door->wake);
    }
    batch->done(batch->ctx, &batch->committed, batch->failed ? &batch->err : NULL);
    store_batch_free(batch);
}

static void on_wake(uv_async_t *wake)
{
    struct store_door *door = wake->data;
    (void)pthread_mutex_lock(&door->lock);
    struct batch_list ready = door->completed;
    door->completed = (struct batch_list){NULL, NULL, 0};
    (void)pthread_mutex_unlock(&door->lock);
    door->dispatching = true;
    for (struct store_batch *batch = batch_list_pop(&ready); batch != NULL; batch = batch_list_pop(&ready)) {
        finish(door, batch);
    }
    door->dispatching = false;
    close_when_quiet(door);
}

/* The turn is over: what it wrote goes to the writer together, and the next turn reads afresh. */
static void end_turn(struct store_door *door)
{
    end_read(door);
    if (door->pushed) {
        door->pushed = false;
        (void)uv_idle_stop(&door->nudge);
        writer_wake(door->store->writer);
    }
}

static void on_nudge(uv_idle_t *handle)
{
    (void)handle;
}

static void on_before_sleep(uv_prepare_t *handle)
{
    end_turn(handle->data);
}

static void on_after_events(uv_check_t *handle)
{
    end_turn(handle->data);
}

void door_complete(struct batch_list *batches)
{
    struct store_door *door = batches->first->door;
    /* Sent under the lock: once it is free the loop may finish the last batch and free the door. */
    (void)pthread_mutex_lock(&door->lock);
    const bool first = door->completed.first == NULL;
    batch_list_append(&door->completed, batches);
    if (first) {
        (void)uv_async_send(&door->wake);
    }
    (void)pthread_mutex_unlock(&door->lock);
}

static void start_handles(struct store_door *door, uv_loop_t *loop)
{
    (void)uv_prepare_init(loop, &door->before_sleep); /* none of these can fail */
    (void)uv_idle_init(loop, &door->nudge);
    (void)uv_check_init(loop, &door->after_events);
    door->wake.data = door;
    door->before_sleep.data = door;
    door->after_events.data = door;
    door->nudge.data = door;
    (void)uv_prepare_start(&door->before_sleep, on_before_sleep);
    (void)uv_check_start(&door->after_events, on_after_events);
    /* The door alone keeps no loop alive; a batch in flight does. */
    uv_unref((uv_handle_t *)&door->wake);
    uv_unref((uv_handle_t *)&door->before_sleep);
    uv_unref((uv_handle_t *)&door->after_events);
    door->handles_open = DOOR_HANDLES;
}

enum result store_attach(struct store *store, struct uv_loop_s *loop, struct store_door **out, struct error *err)
{
    struct store_door *door = mem_zalloc(sizeof *door);
    ENSURE(door != NULL, err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    door->store = store;
    (void)pthread_mutex_init(&door->lock, NULL);
    if (backend_reader_open(store->backend, &door->reader, err) != RESULT_OK) {
        free_door(door);
        return RESULT_FAILED;
    }
    if (uv_async_init(loop, &door->wake, on_wake) != 0) {
        free_door(door);
        FAIL(err, FAULT_NO_MEMORY, "opslag", "de lus neemt de opslag niet aan");
    }
    start_handles(door, loop);
    *out = door;
    return RESULT_OK;
}

void store_detach(struct store_door *door, void (*closed)(void *ctx), void *ctx)
{
    door->closed = closed;
    door->closed_ctx = ctx;
    close_when_quiet(door);
}

void store_commit(struct store_door *door, struct store_batch *batch, store_done *done, void *ctx)
{
    batch->done = done;
    batch->ctx = ctx;
    if (door->in_flight++ == 0) {
        uv_ref((uv_handle_t *)&door->wake);
    }
    if (!batch->failed && writer_push(door->store->writer, batch, &batch->err) == RESULT_OK) {
        if (!door->pushed) {
            door->pushed = true;
            (void)uv_idle_start(&door->nudge, on_nudge);
        }
        return;
    }
    struct batch_list refused = {NULL, NULL, 0};
    batch->failed = true;
    batch_list_push(&refused, batch);
    door_complete(&refused);
}
