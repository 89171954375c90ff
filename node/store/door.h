/*
 * door.h - one loop's way to the store: its reader, its open batches, and the list of what the writer finished for it.
 * Inside this room only.
 *
 * A read transaction is opened by the first read of a loop turn and ended before the loop sleeps; a read that comes
 * after a commit gets a new one. So a turn's reads are cheap, and none ever sees less than what was acknowledged.
 * Ownership: store_attach/store_detach; frames are the door's, lent out for one read.
 * Thread:    its loop's, but for door_complete: the writer's.
 */
#ifndef KETENBRUG_STORE_DOOR_H
#define KETENBRUG_STORE_DOOR_H

#include "store/backend.h"
#include "store/writer.h"

/* What a read found, in plain. A read inside a read's callback gets a frame of its own. */
struct read_frame {
    struct read_frame *next;
    struct buf bytes; /* payloads behind one another, wiped after the callback */
    struct store_item *items;
    size_t count;
    size_t capacity;
};

const struct keyring *door_keyring(const struct store_door *door);
struct backend_reader *door_reader(struct store_door *door);
/* Makes sure that the reader sees all that was committed. */
MUST_USE enum result door_look(struct store_door *door, struct error *err);

struct read_frame *door_frame_take(struct store_door *door); /* NULL: no memory */
void door_frame_give(struct store_door *door, struct read_frame *frame);

/* Batches that are not in use. NULL: there is none; false: there are STORE_SPARE_BATCHES. */
struct store_batch *door_batch_take(struct store_door *door);
bool door_batch_give(struct store_door *door, struct store_batch *batch);

/* Hands finished batches, all of one door, back to it; the door may be gone right after. */
void door_complete(struct batch_list *batches);

#endif
