#include "store/batch.h"

#include "base/limits.h"
#include "base/mem.h"
#include "store/door.h"
#include "store/vault.h"

enum { SPARE_BYTES_MAX = 4096 }; /* a batch that held more gives its memory back */

void batch_list_push(struct batch_list *list, struct store_batch *batch)
{
    batch->next = NULL;
    if (list->last != NULL) {
        list->last->next = batch;
    } else {
        list->first = batch;
    }
    list->last = batch;
    list->count++;
}

struct store_batch *batch_list_pop(struct batch_list *list)
{
    struct store_batch *batch = list->first;
    if (batch != NULL) {
        list->first = batch->next;
        if (list->first == NULL) {
            list->last = NULL;
        }
        list->count--;
    }
    return batch;
}

void batch_list_append(struct batch_list *list, struct batch_list *more)
{
    if (list->last != NULL) {
        list->last->next = more->first;
    } else {
        list->first = more->first;
    }
    if (more->last != NULL) {
        list->last = more->last;
    }
    list->count += more->count;
    *more = (struct batch_list){NULL, NULL, 0};
}

void batch_fail(struct store_batch *batch, enum fault fault, const char *where, const char *what)
{
    if (!batch->failed) {
        batch->failed = true;
        (void)error_set(&batch->err, fault, where, "%s", what);
    }
}

struct slice batch_head(const struct store_batch *batch, const struct change *change)
{
    return slice_of(batch->bytes.ptr + change->offset, change->head_len);
}

struct slice batch_body(const struct store_batch *batch, const struct change *change)
{
    return slice_of(batch->bytes.ptr + change->offset + change->head_len, change->len - change->head_len);
}

struct store_batch *store_batch_new(struct store_door *door)
{
    struct store_batch *batch = door_batch_take(door);
    if (batch == NULL) {
        batch = mem_alloc(sizeof *batch);
        if (batch == NULL) {
            return NULL;
        }
        buf_init(&batch->bytes, STORE_BATCH_BYTES_MAX);
    }
    batch->next = NULL;
    batch->door = door;
    batch->done = NULL;
    batch->ctx = NULL;
    batch->changes = batch->first;
    batch->count = 0;
    batch->capacity = BATCH_CHANGES_FIRST;
    batch->leaves = 0;
    batch->refusable = false;
    batch->failed = false;
    batch->committed = (struct store_committed){0, 0};
    return batch;
}

static void free_changes(struct store_batch *batch)
{
    if (batch->changes != batch->first) {
        mem_free(batch->changes);
    }
}

void batch_drop(struct store_batch *batch)
{
    buf_free(&batch->bytes);
    mem_free(batch);
}

void store_batch_free(struct store_batch *batch)
{
    if (batch == NULL) {
        return;
    }
    free_changes(batch);
    buf_clear(&batch->bytes);
    if (batch->bytes.capacity > SPARE_BYTES_MAX || !door_batch_give(batch->door, batch)) {
        batch_drop(batch);
    }
}

static bool grow(struct store_batch *batch)
{
    const size_t capacity = batch->capacity * 2;
    struct change *changes = mem_array(capacity, sizeof *changes);
    if (changes == NULL) {
        return false;
    }
    memcpy(changes, batch->changes, batch->count * sizeof *changes);
    free_changes(batch);
    batch->changes = changes;
    batch->capacity = capacity;
    return true;
}

/* NULL: noted in the batch. */
static struct change *add(struct store_batch *batch, enum change_type type)
{
    if (batch->failed) {
        return NULL;
    }
    if (batch->count == STORE_BATCH_MAX) {
        batch_fail(batch, FAULT_TOO_LARGE, "opslag", "te veel wijzigingen in één keer");
        return NULL;
    }
    if (batch->count == batch->capacity && !grow(batch)) {
        batch_fail(batch, FAULT_NO_MEMORY, "opslag", "geen geheugen");
        return NULL;
    }
    struct change *change = &batch->changes[batch->count++];
    *change = (struct change){.type = type, .offset = batch->bytes.len};
    batch->refusable = batch->refusable || type != CHANGE_APPEND;
    return change;
}

/* After `need` bytes were written for the change. */
static void settle(struct store_batch *batch, struct change *change, size_t need)
{
    change->len = need;
    if (buf_ok(&batch->bytes)) {
        return;
    }
    if (need > batch->bytes.ceiling - change->offset) {
        batch_fail(batch, FAULT_TOO_LARGE, "opslag", "te veel inhoud in één keer");
    } else {
        batch_fail(batch, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    }
}

static bool is_zero(const struct ident *id)
{
    static const struct ident zero;
    return ident_equal(id, &zero);
}

/* Whether the kind knows what the item brings; a caller's mistake, told as a fault. */
static bool fits(struct store_batch *batch, enum store_kind kind, const struct store_write *item)
{
    if (kind_of(kind) == NULL) {
        batch_fail(batch, FAULT_INTERNAL, "opslag", "onbekende soort");
    } else if (!is_zero(&item->parent) && !kind_has_parent(kind)) {
        batch_fail(batch, FAULT_INTERNAL, kind_of(kind)->table, "deze soort heeft geen ouder");
    } else if (item->payload.len > STORE_PAYLOAD_MAX - SEAL_OVERHEAD) {
        batch_fail(batch, FAULT_TOO_LARGE, kind_of(kind)->table, "de inhoud is te groot voor de opslag");
    } else {
        for (enum store_key key = STORE_KEY_A; key < STORE_KEY_COUNT; key++) {
            if (item->keys[key].len != 0 && !kind_has_key(kind, key)) {
                batch_fail(batch, FAULT_INTERNAL, kind_of(kind)->table, "deze soort heeft die sleutel niet");
            } else if (item->keys[key].len > STORE_KEY_MAX) {
                batch_fail(batch, FAULT_TOO_LARGE, kind_of(kind)->table, "de sleutel is te lang");
            }
        }
    }
    return !batch->failed;
}

void store_put(struct store_batch *batch, enum store_kind kind, const struct store_write *item)
{
    if (!fits(batch, kind, item)) {
        return;
    }
    struct change *change = add(batch, CHANGE_PUT);
    if (change == NULL) {
        return;
    }
    const struct keyring *keyring = door_keyring(batch->door);
    change->kind = kind;
    change->id = item->id;
    change->parent = item->parent;
    change->version = item->version;
    change->is_new = item->is_new;
    change->has_parent = !is_zero(&item->parent);
    for (enum store_key key = STORE_KEY_A; key < STORE_KEY_COUNT; key++) {
        change->has_key[key] = item->keys[key].len != 0;
        if (change->has_key[key]) {
            vault_key(keyring, kind, key, item->keys[key], change->keys[key]);
        }
    }
    vault_seal(keyring, kind, &item->id, &item->parent, item->payload, &batch->bytes);
    settle(batch, change, item->payload.len + SEAL_OVERHEAD);
}

void store_remove(struct store_batch *batch, enum store_kind kind, const struct ident *id)
{
    if (kind_of(kind) == NULL) {
        batch_fail(batch, FAULT_INTERNAL, "opslag", "onbekende soort");
        return;
    }
    struct change *change = add(batch, CHANGE_REMOVE);
    if (change != NULL) {
        change->kind = kind;
        change->id = *id;
    }
}

void store_append(struct store_batch *batch, const uint8_t *leaf, struct slice sealed_text, struct slice receipt,
                  struct store_place *place)
{
    if (sealed_text.len > STORE_PAYLOAD_MAX || receipt.len > STORE_RECEIPT_MAX) {
        batch_fail(batch, FAULT_TOO_LARGE, "logboek", "wat bij de logregel hoort is te groot");
    }
    struct change *change = add(batch, CHANGE_APPEND);
    if (change == NULL) {
        return;
    }
    const struct slice bytes = slice_of(leaf, LOG_LEAF_BYTES);
    merkle_leaf_hash(bytes, &change->leaf_hash);
    change->head_len = LOG_LEAF_BYTES;
    if (buf_reserve(&batch->bytes, LOG_LEAF_BYTES + sealed_text.len + receipt.len) != NULL) { /* once, for all three */
        buf_slice_in(&batch->bytes, bytes);
        buf_slice_in(&batch->bytes, sealed_text);
        buf_slice_in(&batch->bytes, receipt);
    }
    change->receipt_len = receipt.len;
    if (place != NULL) {
        *place = (struct store_place){batch->leaves, change->leaf_hash};
    }
    batch->leaves++;
    settle(batch, change, LOG_LEAF_BYTES + sealed_text.len + receipt.len);
}

void store_index_put(struct store_batch *batch, const struct store_entry *entry)
{
    struct change *change = add(batch, CHANGE_INDEX);
    if (change != NULL) {
        change->class = entry->class;
        change->version = entry->sequence;
        memcpy(change->keys[0], entry->hash, SEAL_HASH_SIZE);
    }
}

void store_index_drop(struct store_batch *batch, struct seal_class class)
{
    struct change *change = add(batch, CHANGE_INDEX_DROP);
    if (change != NULL) {
        change->class = class;
    }
}

void store_feed_drop(struct store_batch *batch, const struct store_change *dropped)
{
    struct change *change = add(batch, CHANGE_FEED_DROP);
    if (change != NULL) {
        change->id = dropped->subject;
        change->version = dropped->place;
    }
}

void store_set_value(struct store_batch *batch, const char *name, struct slice value)
{
    const size_t name_len = strlen(name);
    if (name_len == 0 || name_len > STORE_NAME_MAX) {
        batch_fail(batch, FAULT_INTERNAL, "opslag", "de naam van een waarde is leeg of te lang");
    }
    if (value.len > STORE_PAYLOAD_MAX - SEAL_OVERHEAD) {
        batch_fail(batch, FAULT_TOO_LARGE, "opslag", "de waarde is te groot voor de opslag");
    }
    struct change *change = add(batch, CHANGE_VALUE);
    if (change == NULL) {
        return;
    }
    change->head_len = name_len;
    buf_bytes(&batch->bytes, name, name_len);
    vault_seal_value(door_keyring(batch->door), name, value, &batch->bytes);
    settle(batch, change, name_len + value.len + SEAL_OVERHEAD);
}
