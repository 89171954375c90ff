#include "rows.h"

#include <string.h>

#include "check.h"
#include "faults.h"

static const struct table_shape {
    size_t offset, size;
    int count;
} SHAPES[TABLES] = {
    [TABLE_TASK] = {offsetof(struct disk, tasks), sizeof(struct task_row), TASKS},
    [TABLE_TASK_EVENT] = {offsetof(struct disk, task_events), sizeof(struct event_row), TASKS *EVENTS},
    [TABLE_SIGNAL] = {offsetof(struct disk, signals), sizeof(struct signal_row), SIGNALS},
    [TABLE_MEETING] = {offsetof(struct disk, meetings), sizeof(struct meeting_row), MEETINGS},
    [TABLE_MEETING_EVENT] = {offsetof(struct disk, meeting_events), sizeof(struct event_row), MEETINGS *EVENTS},
    [TABLE_OUT] = {offsetof(struct disk, out), sizeof(struct out_row), OUT_ROWS},
    [TABLE_IN] = {offsetof(struct disk, in), sizeof(struct in_row), IN_ROWS},
};

const void *rows_read(const struct disk *disk, enum table table, int index)
{
    return (const uint8_t *)disk + SHAPES[table].offset + SHAPES[table].size * (size_t)index;
}

int rows_count(enum table table)
{
    return SHAPES[table].count;
}

static struct write *find(struct batch *batch, enum table table, int index)
{
    for (int i = 0; i < batch->count; i++) {
        if (batch->writes[i].table == table && batch->writes[i].index == index) {
            return &batch->writes[i];
        }
    }
    return NULL;
}

void *rows_change(struct world *world, int node, struct batch *batch, enum table table, int index)
{
    static _Alignas(16) uint8_t nowhere[BATCH_BYTES]; /* for a run that has failed and ends after this step */
    struct write *write = find(batch, table, index);
    if (write != NULL) {
        return batch->bytes + write->at;
    }
    size_t size = (SHAPES[table].size + 15) / 16 * 16;
    if (batch->count == WRITES || batch->used + size > BATCH_BYTES) {
        world_fail(world, "model", "a batch of node %d is full", node);
        return nowhere;
    }
    const struct row *row = rows_read(&world->nodes[node].disk, table, index);
    write = &batch->writes[batch->count++];
    *write = (struct write){(uint8_t)table, (uint16_t)index, batch->used, row->version};
    memcpy(batch->bytes + batch->used, row, SHAPES[table].size);
    batch->used = (uint16_t)(batch->used + size);
    return batch->bytes + write->at;
}

int rows_free(const struct disk *disk, const struct batch *batch, enum table table)
{
    for (int i = 0; i < SHAPES[table].count; i++) {
        const struct row *row = rows_read(disk, table, i);
        if (!row->used && find((struct batch *)batch, table, i) == NULL) {
            return i;
        }
    }
    return -1;
}

struct work *work_begin(struct world *world, int node, prepare_fn *prepare, done_fn *done)
{
    struct node *at = &world->nodes[node];
    if (at->work_count == WORKS) {
        return NULL;
    }
    struct work *work = &at->works[(at->work_first + at->work_count++) % WORKS];
    memset(work, 0, offsetof(struct work, batch));
    work->prepare = prepare;
    work->done = done;
    work->out = -1;
    return work;
}

void work_ready(struct world *world, int node, struct work *work)
{
    work->batch.count = 0;
    work->batch.used = 0;
    work->gone = GHOST_CONFIRMED;
    work->fails = false;
    work->answer = (struct answer){0};
    work->prepare(world, node, work);
    if (faulty(world, BREAK_ACK_BEFORE_COMMIT) && work->incoming && !work->answered) {
        work->answered = true;
        work->done(world, node, work);
    }
}

static bool is_stale(const struct node *node, const struct batch *batch)
{
    for (int i = 0; i < batch->count; i++) {
        const struct write *write = &batch->writes[i];
        const struct row *row = rows_read(&node->disk, write->table, write->index);
        if (row->version != write->version) {
            return true;
        }
    }
    return false;
}

static void put(struct world *world, int node, struct work *work)
{
    struct disk *disk = &world->nodes[node].disk;
    for (int i = 0; i < work->batch.count; i++) {
        const struct write *write = &work->batch.writes[i];
        const struct table_shape *shape = &SHAPES[write->table];
        uint8_t *row = (uint8_t *)disk + shape->offset + shape->size * write->index;
        void *wanted = work->batch.bytes + write->at;
        if (write->table == TABLE_OUT && ((struct out_row *)wanted)->place == 0) {
            ((struct out_row *)wanted)->place = ++disk->place * PLACES_BETWEEN; /* there is room before it: deliver.c */
        }
        check_write(world, node, work, write->table, write->index, row, wanted);
        memcpy(row, wanted, shape->size);
        ((struct row *)(void *)row)->version = write->version + 1;
    }
    check_written(world, node, work);
}

void work_commit(struct world *world, int node, bool dies)
{
    struct node *at = &world->nodes[node];
    if (at->work_count == 0) {
        return;
    }
    struct work *work = &at->works[at->work_first];
    if (is_stale(at, &work->batch) && !faulty(world, BREAK_LOST_UPDATE)) {
        work_ready(world, node, work);
    }
    put(world, node, work);
    if (!dies && !work->answered) {
        work->done(world, node, work); /* what it begins has another place in the queue */
    }
    at->work_first = (uint8_t)((at->work_first + 1) % WORKS);
    at->work_count--;
}
