/* Reading: rows come from the backend, are opened into a frame, and go to the callback. */
#include "base/limits.h"
#include "base/mem.h"
#include "store/door.h"
#include "store/vault.h"

enum { ITEMS_FIRST = 16 };

struct opening {
    struct store_door *door;
    struct read_frame *frame;
    enum store_kind kind;
    bool damaged_too; /* rows whose seal does not open are told, not a fault */
};

static enum result frame_room(struct read_frame *frame, struct error *err)
{
    if (frame->count < frame->capacity) {
        return RESULT_OK;
    }
    const size_t capacity = frame->capacity != 0 ? frame->capacity * 2 : ITEMS_FIRST;
    struct store_item *items = mem_array(capacity, sizeof *items);
    ENSURE(items != NULL, err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    if (frame->count != 0) {
        memcpy(items, frame->items, frame->count * sizeof *items);
    }
    mem_free(frame->items);
    frame->items = items;
    frame->capacity = capacity;
    return RESULT_OK;
}

static enum result open_row(void *ctx, const struct backend_row *row, struct error *err)
{
    struct opening *opening = ctx;
    struct read_frame *frame = opening->frame;
    TRY(frame_room(frame, err));
    const size_t before = frame->bytes.len;
    const bool opened = vault_open(door_keyring(opening->door), opening->kind, &row->id, &row->parent, row->sealed,
                                   &frame->bytes, err) == RESULT_OK;
    if (!opened && (!opening->damaged_too || err->fault != FAULT_STORE)) {
        return RESULT_FAILED;
    }
    frame->items[frame->count++] = (struct store_item){.kind = opening->kind,
                                                       .id = row->id,
                                                       .parent = row->parent,
                                                       .payload = {NULL, frame->bytes.len - before},
                                                       .ordinal = row->ordinal,
                                                       .version = vault_version(row->sealed),
                                                       .damaged = !opened};
    return RESULT_OK;
}

/* Only now the bytes stand still. */
static void set_payloads(struct read_frame *frame)
{
    const uint8_t *at = frame->bytes.ptr;
    for (size_t i = 0; i < frame->count; i++) {
        frame->items[i].payload.ptr = at;
        if (frame->items[i].payload.len != 0) {
            at += frame->items[i].payload.len;
        }
    }
}

struct asked {
    enum store_kind kind;
    enum store_kind children; /* STORE_KIND_COUNT: none; STORE_ALL_CHILDREN */
    const struct ident *id;   /* NULL: by key */
    enum store_key key;
    struct slice plain;
};

static enum result check_asked(const struct asked *asked, struct error *err)
{
    ENSURE(kind_of(asked->kind) != NULL, err, FAULT_INTERNAL, "opslag", "onbekende soort");
    ENSURE(asked->children >= STORE_KIND_COUNT || kind_is_child(asked->children, asked->kind), err, FAULT_INTERNAL,
           kind_of(asked->kind)->table, "deze soort heeft zulke kinderen niet");
    ENSURE(asked->id != NULL || kind_has_key(asked->kind, asked->key), err, FAULT_INTERNAL, kind_of(asked->kind)->table,
           "deze soort heeft die sleutel niet");
    return RESULT_OK;
}

static enum result read_children(struct opening *opening, enum store_kind children, struct error *err)
{
    const struct ident parent = opening->frame->items[0].id;
    opening->kind = children;
    TRY(backend_children(door_reader(opening->door), children, &parent, 0, STORE_CHILDREN_MAX + 1, open_row, opening,
                         err));
    ENSURE(opening->frame->count - 1 <= STORE_CHILDREN_MAX, err, FAULT_TOO_LARGE, kind_of(children)->table,
           "meer dan %d bij één ouder", (int)STORE_CHILDREN_MAX);
    return RESULT_OK;
}

static enum result read_item(struct opening *opening, const struct asked *asked, struct error *err)
{
    struct backend_reader *reader = door_reader(opening->door);
    TRY(check_asked(asked, err));
    TRY(door_look(opening->door, err));
    if (asked->id != NULL) {
        TRY(backend_by_id(reader, asked->kind, asked->id, open_row, opening, err));
    } else {
        uint8_t hash[SEAL_HASH_SIZE];
        vault_key(door_keyring(opening->door), asked->kind, asked->key, asked->plain, hash);
        TRY(backend_by_key(reader, asked->kind, asked->key, hash, open_row, opening, err));
    }
    for (unsigned i = 0; opening->frame->count != 0 && i < STORE_KIND_COUNT; i++) {
        const enum store_kind kind = (enum store_kind)i;
        if (kind == asked->children || (asked->children == STORE_ALL_CHILDREN && kind_is_child(kind, asked->kind) &&
                                        kind_of(kind)->feeds == FEEDS_PARENT)) {
            TRY(read_children(opening, kind, err));
        }
    }
    set_payloads(opening->frame);
    return RESULT_OK;
}

static void find(struct store_door *door, const struct asked *asked, store_found_fn *found, void *ctx)
{
    struct store_found answer = {NULL, NULL, 0};
    struct error err;
    struct opening opening = {door, door_frame_take(door), asked->kind, false};
    if (opening.frame == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
        found(ctx, &answer, &err);
        return;
    }
    const enum result result = read_item(&opening, asked, &err);
    if (result == RESULT_OK && opening.frame->count != 0) {
        answer.item = &opening.frame->items[0];
        answer.child_count = opening.frame->count - 1;
        answer.children = answer.child_count != 0 ? &opening.frame->items[1] : NULL;
    }
    found(ctx, &answer, result == RESULT_OK ? NULL : &err);
    door_frame_give(door, opening.frame);
}

void store_find(struct store_door *door, enum store_kind kind, enum store_key key, struct slice plain,
                enum store_kind children, store_found_fn *found, void *ctx)
{
    find(door, &(struct asked){.kind = kind, .children = children, .key = key, .plain = plain}, found, ctx);
}

void store_get(struct store_door *door, enum store_kind kind, const struct ident *id, enum store_kind children,
               store_found_fn *found, void *ctx)
{
    find(door, &(struct asked){.kind = kind, .children = children, .id = id}, found, ctx);
}

static size_t at_most(size_t max)
{
    return max < STORE_LIST_MAX ? max : STORE_LIST_MAX;
}

/* What is listed: all of a kind, behind an item, or children, behind an ordinal. */
struct listing {
    const struct ident *after;
    const struct ident *parent;
    uint64_t after_ordinal;
};

static enum result read_list(struct opening *opening, const struct listing *from, size_t max, struct error *err)
{
    struct backend_reader *reader = door_reader(opening->door);
    ENSURE(kind_of(opening->kind) != NULL, err, FAULT_INTERNAL, "opslag", "onbekende soort");
    ENSURE(from->parent == NULL || kind_has_parent(opening->kind), err, FAULT_INTERNAL, kind_of(opening->kind)->table,
           "deze soort heeft geen ouder");
    TRY(door_look(opening->door, err));
    /* One more than asked for tells whether there is more. */
    if (from->parent != NULL) {
        TRY(backend_children(reader, opening->kind, from->parent, from->after_ordinal, max + 1, open_row, opening,
                             err));
    } else {
        TRY(backend_list(reader, opening->kind, from->after, max + 1, open_row, opening, err));
    }
    set_payloads(opening->frame);
    return RESULT_OK;
}

static void list(struct store_door *door, enum store_kind kind, bool damaged_too, const struct listing *from,
                 size_t max, store_listed_fn *listed, void *ctx)
{
    struct error err;
    struct opening opening = {door, door_frame_take(door), kind, damaged_too};
    if (opening.frame == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
        listed(ctx, NULL, 0, false, &err);
        return;
    }
    const size_t most = at_most(max);
    if (read_list(&opening, from, most, &err) != RESULT_OK) {
        listed(ctx, NULL, 0, false, &err);
    } else {
        const size_t count = opening.frame->count;
        listed(ctx, opening.frame->items, count < most ? count : most, count > most, NULL);
    }
    door_frame_give(door, opening.frame);
}

void store_list(struct store_door *door, enum store_kind kind, const struct ident *after, size_t max,
                store_listed_fn *listed, void *ctx)
{
    list(door, kind, false, &(struct listing){.after = after}, max, listed, ctx);
}

void store_list_children(struct store_door *door, enum store_kind kind, const struct ident *parent, uint64_t after,
                         size_t max, store_listed_fn *listed, void *ctx)
{
    list(door, kind, false, &(struct listing){.parent = parent, .after_ordinal = after}, max, listed, ctx);
}

void store_list_damaged_too(struct store_door *door, enum store_kind kind, const struct ident *after, size_t max,
                            store_listed_fn *listed, void *ctx)
{
    list(door, kind, true, &(struct listing){.after = after}, max, listed, ctx);
}

void store_list_children_damaged_too(struct store_door *door, enum store_kind kind, const struct ident *parent,
                                     uint64_t after, size_t max, store_listed_fn *listed, void *ctx)
{
    list(door, kind, true, &(struct listing){.parent = parent, .after_ordinal = after}, max, listed, ctx);
}

void store_newest(struct store_door *door, enum store_kind kind, store_ordinal_fn *got, void *ctx)
{
    struct error err;
    uint64_t ordinal = 0;
    if (kind_of(kind) == NULL) {
        (void)error_set(&err, FAULT_INTERNAL, "opslag", "onbekende soort");
        got(ctx, 0, &err);
    } else if (door_look(door, &err) != RESULT_OK ||
               backend_newest(door_reader(door), kind, &ordinal, &err) != RESULT_OK) {
        got(ctx, 0, &err);
    } else {
        got(ctx, ordinal, NULL);
    }
}

struct leaf_reading {
    struct read_frame *frame;
    struct store_leaf *leaves;
    size_t count;
    size_t max;
};

static enum result keep_leaf(void *ctx, const struct backend_leaf *found, struct error *err)
{
    struct leaf_reading *reading = ctx;
    ENSURE(found->leaf.len == LOG_LEAF_BYTES && reading->count < reading->max, err, FAULT_STORE, "logboek",
           "het logboek is beschadigd: een regel heeft niet de vaste lengte");
    buf_slice_in(&reading->frame->bytes, found->leaf);
    buf_slice_in(&reading->frame->bytes, found->note);
    buf_slice_in(&reading->frame->bytes, found->receipt);
    ENSURE(buf_ok(&reading->frame->bytes), err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    reading->leaves[reading->count++] =
        (struct store_leaf){found->sequence, NULL, {NULL, found->note.len}, {NULL, found->receipt.len}};
    return RESULT_OK;
}

static enum result read_leaves(struct store_door *door, struct leaf_reading *reading, uint64_t from, struct error *err)
{
    ENSURE(reading->leaves != NULL, err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    TRY(door_look(door, err));
    TRY(backend_leaves(door_reader(door), from, reading->max, keep_leaf, reading, err));
    const uint8_t *at = reading->frame->bytes.ptr;
    for (size_t i = 0; i < reading->count; i++) {
        struct store_leaf *leaf = &reading->leaves[i];
        leaf->leaf = at;
        leaf->sealed_text.ptr = at + LOG_LEAF_BYTES;
        leaf->receipt.ptr = leaf->sealed_text.ptr + leaf->sealed_text.len;
        at = leaf->receipt.ptr + leaf->receipt.len;
    }
    return RESULT_OK;
}

void store_log_read(struct store_door *door, uint64_t from, size_t max, store_leaves_fn *read, void *ctx)
{
    struct error err;
    struct leaf_reading reading = {.frame = door_frame_take(door), .max = at_most(max)};
    if (reading.frame == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
        read(ctx, NULL, 0, &err);
        return;
    }
    reading.leaves = mem_array(reading.max, sizeof *reading.leaves);
    if (read_leaves(door, &reading, from, &err) == RESULT_OK) {
        read(ctx, reading.leaves, reading.count, NULL);
    } else {
        read(ctx, NULL, 0, &err);
    }
    mem_free(reading.leaves);
    door_frame_give(door, reading.frame);
}

static enum result read_classes(struct store_door *door, struct seal_class *out, size_t *count, struct error *err)
{
    struct seal_class below = {UINT32_MAX, 0};
    bool found = true;
    ENSURE(out != NULL, err, FAULT_NO_MEMORY, "zoekindex", "geen geheugen");
    TRY(door_look(door, err));
    for (*count = 0;; below = out[(*count)++]) {
        struct seal_class next;
        TRY(backend_index_class(door_reader(door), below, &next, &found, err));
        if (!found) {
            return RESULT_OK;
        }
        ENSURE(*count < STORE_INDEX_CLASSES_MAX, err, FAULT_TOO_LARGE, "zoekindex",
               "meer dan %d maanden en bewaarklassen", (int)STORE_INDEX_CLASSES_MAX);
        out[*count] = next;
    }
}

void store_index_classes(struct store_door *door, store_classes_fn *got, void *ctx)
{
    struct error err;
    size_t count = 0;
    struct seal_class *classes = mem_array(STORE_INDEX_CLASSES_MAX, sizeof *classes);
    const enum result result = read_classes(door, classes, &count, &err);
    got(ctx, classes, result == RESULT_OK ? count : 0, result == RESULT_OK ? NULL : &err);
    mem_free(classes);
}

typedef enum result backend_finding(struct backend_reader *reader, struct seal_class class,
                                    const uint8_t hash[SEAL_HASH_SIZE], uint64_t bound, size_t max, uint64_t *out,
                                    size_t *count, struct error *err);

static void find_in_index(struct store_door *door, struct seal_class class, const uint8_t hash[SEAL_HASH_SIZE],
                          uint64_t bound, size_t max, backend_finding *finding, store_sequences_fn *found, void *ctx)
{
    struct error err;
    uint64_t sequences[STORE_LIST_MAX];
    size_t count = 0;
    if (door_look(door, &err) == RESULT_OK &&
        finding(door_reader(door), class, hash, bound, at_most(max), sequences, &count, &err) == RESULT_OK) {
        found(ctx, sequences, count, NULL);
    } else {
        found(ctx, NULL, 0, &err);
    }
}

void store_index_find(struct store_door *door, struct seal_class class, const uint8_t hash[SEAL_HASH_SIZE],
                      uint64_t before, size_t max, store_sequences_fn *found, void *ctx)
{
    find_in_index(door, class, hash, before, max, backend_index_find, found, ctx);
}

void store_index_find_from(struct store_door *door, struct seal_class class, const uint8_t hash[SEAL_HASH_SIZE],
                           uint64_t from, size_t max, store_sequences_fn *found, void *ctx)
{
    find_in_index(door, class, hash, from, max, backend_index_find_from, found, ctx);
}

void store_feed_read(struct store_door *door, uint64_t after, size_t max, store_feed_fn *read, void *ctx)
{
    struct error err;
    struct store_change changes[STORE_LIST_MAX];
    size_t count = 0;
    if (door_look(door, &err) == RESULT_OK &&
        backend_feed(door_reader(door), after, at_most(max), changes, &count, &err) == RESULT_OK) {
        read(ctx, changes, count, NULL);
    } else {
        read(ctx, NULL, 0, &err);
    }
}

void store_log_head(struct store_door *door, store_head_fn *head, void *ctx)
{
    struct error err;
    struct merkle_frontier tree;
    if (door_look(door, &err) == RESULT_OK && backend_tree(door_reader(door), &tree, &err) == RESULT_OK) {
        head(ctx, &tree, NULL);
    } else {
        head(ctx, NULL, &err);
    }
}

static enum result read_value(struct store_door *door, const char *name, struct buf *plain, struct error *err)
{
    struct buf sealed;
    buf_init(&sealed, STORE_PAYLOAD_MAX);
    TRY(door_look(door, err));
    enum result result = backend_value(door_reader(door), name, &sealed, err);
    if (result == RESULT_OK && sealed.len != 0) {
        result = vault_open_value(door_keyring(door), name, buf_slice(&sealed), plain, err);
    }
    buf_free(&sealed);
    return result;
}

void store_get_value(struct store_door *door, const char *name, store_value_fn *got, void *ctx)
{
    struct error err;
    struct read_frame *frame = door_frame_take(door);
    if (frame == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
        got(ctx, slice_of(NULL, 0), &err);
        return;
    }
    if (read_value(door, name, &frame->bytes, &err) == RESULT_OK) {
        got(ctx, buf_slice(&frame->bytes), NULL);
    } else {
        got(ctx, slice_of(NULL, 0), &err);
    }
    door_frame_give(door, frame);
}
