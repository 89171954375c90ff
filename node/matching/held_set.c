#include "matching/held_set.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "matching/set_tree.h"

_Static_assert(HELD_PIECE_MAX + 256 <= STORE_PAYLOAD_MAX, "a piece and its name fit in a row of the store");

struct held_set {
    struct set_header header;
    struct set_tree tree;
    uint32_t taken;   /* entries */
    uint32_t in_row;  /* the last of them that are in one bucket */
    uint32_t loaded;  /* pieces */
    uint32_t pieces;  /* by which it is stored */
    uint8_t *changed; /* for each piece */
    bool from_store;
    bool whole;
    bool stepped;       /* what follows is of the last step */
    uint64_t step_from; /* version */
    uint32_t came_count;
    uint64_t came[SET_STEP_SWAPS];
};

/* ---- taking it whole ---- */

static enum result new_set(const struct set_header *header, struct held_set **out, struct error *err)
{
    struct held_set *set = mem_zalloc(sizeof *set);
    ENSURE(set != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen voor een opzoekset");
    set->header = *header;
    set->pieces = header->class > SET_PIECE_ENTRIES ? header->class / SET_PIECE_ENTRIES : 1;
    set->changed = mem_alloc(set->pieces);
    if (set->changed == NULL || set_tree_new(header->class, false, &set->tree, err) != RESULT_OK) {
        held_set_free(set);
        FAIL(err, FAULT_NO_MEMORY, "", "een opzoekset van %u plaatsen past niet in het geheugen", header->class);
    }
    memset(set->changed, 1, set->pieces);
    *out = set;
    return RESULT_OK;
}

void held_set_free(struct held_set *set)
{
    if (set != NULL) {
        set_tree_free(&set->tree);
        mem_free(set->changed);
        mem_free(set);
    }
}

/* Entries that rise among themselves, behind those that there are. */
static enum result append(struct held_set *set, struct slice bytes, struct error *err)
{
    const uint32_t buckets = set->tree.buckets;
    uint64_t *entries = set->tree.entries;
    const size_t count = bytes.len / SET_ENTRY_BYTES;
    ENSURE(count <= set->header.class - set->taken, err, FAULT_TOO_LARGE, "/vermeldingen", "meer dan de klasse (%u)",
           set->header.class);
    for (size_t i = 0; i < count; i++) {
        const uint64_t entry = bytes_get_u64(bytes.ptr + i * SET_ENTRY_BYTES);
        const uint64_t last = set->taken == 0 ? 0 : entries[set->taken - 1];
        ENSURE(entry > last, err, FAULT_INVALID, "/vermeldingen", "plaats %u is niet hoger dan die ervoor", set->taken);
        const bool same = set->taken != 0 && set_part_of(buckets, entry) == set_part_of(buckets, last);
        set->in_row = same ? set->in_row + 1 : 1;
        ENSURE(set->in_row <= SET_BUCKET_MAX, err, FAULT_INVALID, "/vermeldingen",
               "bij plaats %u staan er meer dan %d dicht bijeen: deze set is niet eerlijk gemaakt", set->taken,
               SET_BUCKET_MAX);
        entries[set->taken++] = entry;
    }
    return RESULT_OK;
}

static bool same_root(const struct set_header *a, const struct set_header *b)
{
    return a->class == b->class && memcmp(&a->root, &b->root, sizeof a->root) == 0;
}

static bool same_key(const struct set_header *a, const struct set_header *b)
{
    return memcmp(&a->key, &b->key, sizeof a->key) == 0;
}

enum result held_set_follows(const struct set_header *held, const struct set_header *next, struct error *err)
{
    ENSURE(next->epoch >= held->epoch, err, FAULT_CONFLICT, "/periode", "%u, en bekend is al %u", next->epoch,
           held->epoch);
    ENSURE(next->epoch - held->epoch <= SET_EPOCHS_AHEAD, err, FAULT_CONFLICT, "/periode",
           "%u, en bekend is %u: hoogstens %d tegelijk verder", next->epoch, held->epoch, SET_EPOCHS_AHEAD);
    if (next->epoch != held->epoch) {
        return RESULT_OK;
    }
    ENSURE(same_key(next, held), err, FAULT_CONFLICT, "/sleutel", "binnen een periode blijft de sleutel dezelfde");
    ENSURE(next->version >= held->version, err, FAULT_CONFLICT, "/versie", "een oudere versie dan die al bekend is");
    ENSURE(next->class >= held->class, err, FAULT_CONFLICT, "/klasse", "%u; binnen een periode nooit minder dan %u",
           next->class, held->class);
    ENSURE(next->version != held->version || same_root(next, held), err, FAULT_CONFLICT, "/wortel",
           "dezelfde versie met een andere inhoud");
    return RESULT_OK;
}

static enum result read_part(enum set_part part, struct slice body, struct set_header *header, struct slice *payload,
                             struct error *err)
{
    TRY(set_read(body, header, payload, err));
    ENSURE(header->part == part, err, FAULT_INVALID, "/deel", "hier hoort een %s",
           part == SET_PAGE ? "bladzijde (1)" : "stap (2)");
    return RESULT_OK;
}

enum result held_set_begin(const struct held_set *held, struct slice body, struct held_set **out, struct error *err)
{
    struct set_header header;
    struct slice payload;
    struct held_set *set = NULL;
    TRY(read_part(SET_PAGE, body, &header, &payload, err));
    ENSURE(header.place == 0, err, FAULT_INVALID, "/plaats", "de eerste bladzijde begint bij 0");
    if (held != NULL && held->whole) {
        TRY(held_set_follows(&held->header, &header, err));
    }
    TRY(new_set(&header, &set, err));
    if (append(set, payload, err) != RESULT_OK) {
        held_set_free(set);
        return RESULT_FAILED;
    }
    *out = set;
    return RESULT_OK;
}

enum result held_set_page(struct held_set *set, struct slice body, struct error *err)
{
    struct set_header header;
    struct slice payload;
    TRY(read_part(SET_PAGE, body, &header, &payload, err));
    ENSURE(header.epoch == set->header.epoch, err, FAULT_CONFLICT, "/periode", "niet die van de vorige bladzijde");
    ENSURE(header.version == set->header.version, err, FAULT_CONFLICT, "/versie", "niet die van de vorige bladzijde");
    ENSURE(same_key(&header, &set->header), err, FAULT_CONFLICT, "/sleutel", "niet die van de vorige bladzijde");
    ENSURE(same_root(&header, &set->header), err, FAULT_CONFLICT, "/wortel",
           "klasse of wortel is niet die van de vorige bladzijde");
    ENSURE(header.place == set->taken, err, FAULT_INVALID, "/plaats", "%u; de volgende bladzijde begint bij %u",
           header.place, set->taken);
    TRY(append(set, payload, err));
    set->header.newest = header.newest;
    return RESULT_OK;
}

uint32_t held_set_taken(const struct held_set *set)
{
    return set->taken;
}

static enum result check_root(const struct held_set *set, const struct sha256 *root, struct error *err)
{
    ENSURE(memcmp(root, set_tree_root(&set->tree), sizeof *root) == 0, err, FAULT_UNPROVEN, "/wortel",
           "de vermeldingen geven een andere wortel dan de kop noemt");
    return RESULT_OK;
}

enum result held_set_finish(struct held_set *set, struct error *err)
{
    ENSURE(set->taken == set->header.class, err, FAULT_INVALID, "/vermeldingen", "%u van %u plaatsen zijn er",
           set->taken, set->header.class);
    set_tree_hash(&set->tree);
    TRY(check_root(set, &set->header.root, err));
    set->whole = true;
    if (set->from_store) {
        held_set_stored(set);
    }
    return RESULT_OK;
}

/* ---- a step ---- */

static enum result check_step(const struct held_set *set, const struct set_header *step, struct error *err)
{
    const struct set_header *held = &set->header;
    ENSURE(set->whole, err, FAULT_CONFLICT, "/vanaf", "er is nog geen hele set");
    ENSURE(step->epoch == held->epoch, err, FAULT_CONFLICT, "/periode", "%u, en de set is van %u", step->epoch,
           held->epoch);
    ENSURE(same_key(step, held), err, FAULT_CONFLICT, "/sleutel", "binnen een periode blijft de sleutel dezelfde");
    ENSURE(step->class == held->class, err, FAULT_CONFLICT, "/klasse", "een stap houdt de klasse (%u)", held->class);
    ENSURE(step->from == held->version, err, FAULT_CONFLICT, "/vanaf", "niet de versie die bekend is");
    return RESULT_OK;
}

/* What a step swaps, as two lists. */
struct swaps {
    uint64_t goes[SET_STEP_SWAPS];
    uint64_t comes[SET_STEP_SWAPS];
    uint32_t count;
};

static enum result read_swaps(const struct held_set *set, struct slice payload, struct swaps *swaps, struct error *err)
{
    for (uint32_t i = 0; i < swaps->count; i++) {
        const uint8_t *at = payload.ptr + 2 * (size_t)i * SET_ENTRY_BYTES;
        swaps->goes[i] = bytes_get_u64(at);
        swaps->comes[i] = bytes_get_u64(at + SET_ENTRY_BYTES);
        ENSURE(set_tree_has(&set->tree, swaps->goes[i]), err, FAULT_INVALID, "/wissels/gaat",
               "plaats %u staat niet in de set", i);
        ENSURE(!set_tree_has(&set->tree, swaps->comes[i]), err, FAULT_INVALID, "/wissels/komt",
               "plaats %u staat al in de set", i);
    }
    return RESULT_OK;
}

static enum result check_swapped(const struct held_set *set, const struct swaps *swaps, const struct sha256 *root,
                                 struct error *err)
{
    const struct set_tree *tree = &set->tree;
    for (uint32_t i = 0; i < swaps->count; i++) {
        const uint32_t bucket = set_part_of(tree->buckets, swaps->comes[i]);
        const uint32_t begin = set_tree_part_place(tree, tree->buckets, bucket);
        ENSURE(set_tree_part_place(tree, tree->buckets, bucket + 1) - begin <= SET_BUCKET_MAX, err, FAULT_INVALID,
               "/wissels/komt", "bij plaats %u staan er dan meer dan %d dicht bijeen", i, SET_BUCKET_MAX);
    }
    return check_root(set, root, err);
}

static void mark_changed(struct held_set *set, const uint64_t *entries, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        set->changed[set_part_of(set->pieces, entries[i])] = 1;
    }
}

enum result held_set_step(struct held_set *set, struct slice body, struct error *err)
{
    struct set_header header;
    struct slice payload;
    TRY(read_part(SET_STEP, body, &header, &payload, err));
    TRY(check_step(set, &header, err));
    struct swaps swaps = {.count = header.swaps};
    TRY(read_swaps(set, payload, &swaps, err));
    set_tree_swap(&set->tree, swaps.goes, swaps.comes, NULL, swaps.count);
    if (check_swapped(set, &swaps, &header.root, err) != RESULT_OK) {
        set_tree_swap(&set->tree, swaps.comes, swaps.goes, NULL, swaps.count);
        return RESULT_FAILED;
    }
    mark_changed(set, swaps.goes, swaps.count);
    mark_changed(set, swaps.comes, swaps.count);
    set->stepped = true;
    set->step_from = header.from;
    set->came_count = swaps.count;
    memcpy(set->came, swaps.comes, swaps.count * sizeof *set->came);
    set->header.newest = header.newest;
    set->header.version = header.version;
    set->header.root = header.root;
    return RESULT_OK;
}

enum result held_set_copy(const struct held_set *set, struct held_set **out, struct error *err)
{
    struct held_set *copy = NULL;
    TRY(new_set(&set->header, &copy, err));
    set_tree_copy(&set->tree, &copy->tree);
    memcpy(copy->changed, set->changed, set->pieces);
    copy->taken = set->taken;
    copy->whole = set->whole;
    *out = copy;
    return RESULT_OK;
}

/* ---- asking ---- */

const struct set_header *held_set_header(const struct held_set *set)
{
    return &set->header;
}

bool held_set_has(const struct held_set *set, uint64_t fingerprint)
{
    return set->whole && set_tree_has(&set->tree, fingerprint);
}

struct held_entries held_set_entries(const struct held_set *set)
{
    return (struct held_entries){set->tree.entries, set->whole ? set->header.class : 0};
}

bool held_set_came(const struct held_set *set, uint64_t version, struct held_entries *out)
{
    *out = (struct held_entries){set->came, set->came_count};
    return set->stepped && set->step_from == version;
}

/* ---- to the store and back ---- */

uint32_t held_set_pieces(const struct held_set *set)
{
    return set->pieces;
}

bool held_set_piece_changed(const struct held_set *set, uint32_t piece)
{
    return set->changed[piece] != 0;
}

void held_set_stored(struct held_set *set)
{
    memset(set->changed, 0, set->pieces);
}

void held_set_write_head(const struct held_set *set, struct buf *out)
{
    set_write_header(&set->header, out);
}

void held_set_write_piece(const struct held_set *set, uint32_t piece, struct buf *out)
{
    const uint32_t begin = set_tree_part_place(&set->tree, set->pieces, piece);
    const uint32_t end = set_tree_part_place(&set->tree, set->pieces, piece + 1);
    for (uint32_t i = begin; i < end; i++) {
        uint8_t bytes[SET_ENTRY_BYTES];
        bytes_put_u64(bytes, set->tree.entries[i]);
        buf_bytes(out, bytes, sizeof bytes);
    }
}

enum result held_set_load(struct slice head, struct held_set **out, struct error *err)
{
    struct set_header header;
    TRY(set_read_header(head, &header, err));
    TRY(new_set(&header, out, err));
    (*out)->from_store = true;
    return RESULT_OK;
}

enum result held_set_load_piece(struct held_set *set, struct slice piece, struct error *err)
{
    ENSURE(set->loaded < set->pieces && piece.len % SET_ENTRY_BYTES == 0, err, FAULT_INVALID, "/vermeldingen",
           "stuk %u van een bewaarde opzoekset hoort er niet bij", set->loaded);
    TRY(append(set, piece, err));
    set->loaded++;
    return RESULT_OK;
}
