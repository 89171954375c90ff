/* A requester's set: believed only when whole, in order, of one version and under its root; never rolled back; the same
 * after the store. */
#include "set_help.h"

#include "matching/held_set.h"
#include "matching/set_tree.h"

enum { CLASS = 8192, EPOCH = 700 };

/* A provider made by hand. */
struct world {
    struct set_tree tree;
    struct set_header header;
    struct set_swap swaps[SET_STEP_SWAPS];
    struct buf body;
    uint64_t seed;
};

static void sign(struct world *world)
{
    world->header.root = *set_tree_root(&world->tree);
}

static struct world *setup_of(uint32_t class)
{
    struct world *world = calloc(1, sizeof *world);
    struct error err;
    assert_non_null(world);
    world->seed = class;
    assert_int_equal(set_tree_new(class, false, &world->tree, &err), RESULT_OK);
    chance_entries(&world->seed, world->tree.entries, class);
    set_tree_hash(&world->tree);
    world->header = (struct set_header){.epoch = EPOCH, .newest = EPOCH, .class = class, .version = 5};
    memset(world->header.key.bytes, 0xcc, sizeof world->header.key.bytes);
    sign(world);
    buf_init(&world->body, 1 << 20);
    return world;
}

static void teardown(struct world *world)
{
    set_tree_free(&world->tree);
    buf_free(&world->body);
    free(world);
}

static struct slice page(struct world *world, uint32_t place)
{
    buf_clear(&world->body);
    world->header.place = place;
    set_write_page(&world->header, world->tree.entries, &world->body);
    return buf_slice(&world->body);
}

/* `count` swaps, done in the provider's tree, and the step to them. */
static struct slice step(struct world *world, uint32_t count)
{
    uint64_t goes[SET_STEP_SWAPS];
    uint64_t comes[SET_STEP_SWAPS];
    const uint32_t stride = world->tree.class / SET_STEP_SWAPS;
    if (count != 0) {
        chance_entries(&world->seed, comes, count);
    }
    for (uint32_t i = 0; i < count; i++) {
        goes[i] = world->tree.entries[i * stride + (uint32_t)(chance(&world->seed) % stride)];
        assert_false(set_tree_has(&world->tree, comes[i]));
        world->swaps[i] = (struct set_swap){goes[i], comes[i]};
    }
    set_tree_swap(&world->tree, goes, comes, NULL, count);
    sign(world);
    buf_clear(&world->body);
    world->header.from = world->header.version++;
    world->header.swaps = count;
    set_write_step(&world->header, world->swaps, &world->body);
    return buf_slice(&world->body);
}

static void must(enum result result, const struct error *err)
{
    if (result != RESULT_OK) {
        fail_msg("%s: %s", err->where, err->what);
    }
}

static void must_not(enum result result, const struct error *err, enum fault fault, const char *where)
{
    assert_int_equal(result, RESULT_FAILED);
    assert_int_equal(err->fault, fault);
    assert_string_equal(err->where, where);
    assert_true(err->what[0] != '\0');
}

static struct held_set *taken(struct world *world, const struct held_set *held)
{
    struct held_set *set = NULL;
    struct error err = {0};
    must(held_set_begin(held, page(world, 0), &set, &err), &err);
    while (held_set_taken(set) < world->header.class) {
        assert_false(held_set_has(set, world->tree.entries[0]));
        must(held_set_page(set, page(world, held_set_taken(set)), &err), &err);
    }
    assert_false(held_set_has(set, world->tree.entries[0]));
    must(held_set_finish(set, &err), &err);
    return set;
}

static void assert_same(const struct held_set *set, const struct world *world)
{
    for (uint32_t i = 0; i < world->tree.class; i++) {
        assert_true(held_set_has(set, world->tree.entries[i]));
        assert_int_equal(held_set_has(set, world->tree.entries[i] ^ 1U),
                         set_tree_has(&world->tree, world->tree.entries[i] ^ 1U));
    }
    assert_true(held_set_header(set)->version == world->header.version);
    assert_same_root(&held_set_header(set)->root, set_tree_root(&world->tree));
}

static void test_a_set_is_taken_page_by_page(void **state)
{
    (void)state;
    for (uint32_t class = SET_CLASS_MIN; class <= 4 * CLASS; class *= 4) {
        struct world *world = setup_of(class);
        struct held_set *set = taken(world, NULL);
        assert_same(set, world);
        assert_int_equal(held_set_header(set)->epoch, EPOCH);
        assert_memory_equal(&held_set_header(set)->key, &world->header.key, sizeof world->header.key);
        held_set_free(set);
        teardown(world);
    }
}

static void test_steps_lead_where_the_provider_is(void **state)
{
    struct world *world = setup_of(CLASS);
    struct held_set *set = taken(world, NULL);
    struct error err = {0};
    (void)state;
    for (uint32_t i = 0; i < 40; i++) {
        world->header.newest = EPOCH + i / 20;
        must(held_set_step(set, step(world, i * 7 % (SET_STEP_SWAPS + 1)), &err), &err);
        assert_int_equal(held_set_header(set)->newest, EPOCH + i / 20);
        const uint64_t version = held_set_header(set)->version;
        struct held_entries came;
        assert_true(held_set_came(set, version - 1, &came));
        assert_false(held_set_came(set, version, &came));
        assert_int_equal(came.count, i * 7 % (SET_STEP_SWAPS + 1));
        for (size_t c = 0; c < came.count; c++) {
            assert_true(held_set_has(set, came.entries[c]));
        }
    }
    assert_int_equal(held_set_entries(set).count, CLASS);
    assert_same(set, world);
    held_set_free(set);
    teardown(world);
}

static void test_a_page_that_does_not_belong_is_refused(void **state)
{
    struct world *world = setup_of(CLASS);
    struct set_header kept = world->header;
    struct held_set *set = NULL;
    struct error err;
    (void)state;
    must_not(held_set_begin(NULL, page(world, SET_PAGE_ENTRIES), &set, &err), &err, FAULT_INVALID, "/plaats");
    must_not(held_set_begin(NULL, step(world, 1), &set, &err), &err, FAULT_INVALID, "/deel");
    kept.root = world->header.root;
    world->header = kept;
    must(held_set_begin(NULL, page(world, 0), &set, &err), &err);
    must_not(held_set_page(set, page(world, 0), &err), &err, FAULT_INVALID, "/plaats");
    must_not(held_set_finish(set, &err), &err, FAULT_INVALID, "/vermeldingen");
    world->header.epoch++;
    must_not(held_set_page(set, page(world, SET_PAGE_ENTRIES), &err), &err, FAULT_CONFLICT, "/periode");
    world->header = kept;
    world->header.version++;
    must_not(held_set_page(set, page(world, SET_PAGE_ENTRIES), &err), &err, FAULT_CONFLICT, "/versie");
    world->header = kept;
    world->header.key.bytes[0] ^= 1;
    must_not(held_set_page(set, page(world, SET_PAGE_ENTRIES), &err), &err, FAULT_CONFLICT, "/sleutel");
    world->header = kept;
    world->header.root.bytes[0] ^= 1;
    must_not(held_set_page(set, page(world, SET_PAGE_ENTRIES), &err), &err, FAULT_CONFLICT, "/wortel");
    world->header = kept;
    must(held_set_page(set, page(world, SET_PAGE_ENTRIES), &err), &err);
    must_not(held_set_page(set, page(world, SET_PAGE_ENTRIES), &err), &err, FAULT_INVALID, "/plaats");
    must(held_set_finish(set, &err), &err);
    held_set_free(set);
    teardown(world);
}

/* Rising on each page, and not from one page to the next. */
static void test_pages_that_do_not_follow_on_each_other_are_refused(void **state)
{
    struct world *world = setup_of(CLASS);
    struct held_set *set = NULL;
    struct error err;
    (void)state;
    must(held_set_begin(NULL, page(world, 0), &set, &err), &err);
    world->tree.entries[SET_PAGE_ENTRIES] = world->tree.entries[SET_PAGE_ENTRIES - 1];
    must_not(held_set_page(set, page(world, SET_PAGE_ENTRIES), &err), &err, FAULT_INVALID, "/vermeldingen");
    held_set_free(set);
    teardown(world);
}

static void test_another_root_than_the_entries_is_refused(void **state)
{
    struct world *world = setup_of(SET_CLASS_MIN);
    struct held_set *set = NULL;
    struct error err;
    (void)state;
    world->header.root.bytes[31] ^= 1;
    must(held_set_begin(NULL, page(world, 0), &set, &err), &err);
    must_not(held_set_finish(set, &err), &err, FAULT_UNPROVEN, "/wortel");
    assert_false(held_set_has(set, world->tree.entries[3]));
    must_not(held_set_step(set, step(world, 1), &err), &err, FAULT_CONFLICT, "/vanaf");
    held_set_free(set);
    teardown(world);
}

/* More in a bucket than chance makes: whole, and by a step. `heap` entries lie close together. */
static struct world *heaped(uint32_t heap)
{
    struct world *world = setup_of(CLASS);
    for (uint32_t i = 0; i < heap; i++) {
        world->tree.entries[i] = 1 + i;
    }
    for (uint32_t i = heap; i < CLASS; i++) {
        world->tree.entries[i] = (uint64_t)i << 51;
    }
    set_tree_hash(&world->tree);
    sign(world);
    return world;
}

static void test_a_bucket_fuller_than_chance_makes_is_refused(void **state)
{
    struct held_set *set = NULL;
    struct error err;
    struct world *world = heaped(SET_BUCKET_MAX + 1);
    (void)state;
    must_not(held_set_begin(NULL, page(world, 0), &set, &err), &err, FAULT_INVALID, "/vermeldingen");
    teardown(world);
    world = heaped(SET_BUCKET_MAX);
    set = taken(world, NULL);
    const struct sha256 root = *set_tree_root(&world->tree);
    const uint64_t goes = world->tree.entries[CLASS - 1];
    const uint64_t comes = SET_BUCKET_MAX + 1;
    set_tree_swap(&world->tree, &goes, &comes, NULL, 1);
    sign(world);
    buf_clear(&world->body);
    world->header.from = world->header.version++;
    world->header.swaps = 1;
    world->swaps[0] = (struct set_swap){goes, comes};
    set_write_step(&world->header, world->swaps, &world->body);
    must_not(held_set_step(set, buf_slice(&world->body), &err), &err, FAULT_INVALID, "/wissels/komt");
    assert_true(held_set_has(set, goes) && !held_set_has(set, comes));
    assert_same_root(&held_set_header(set)->root, &root);
    held_set_free(set);
    teardown(world);
}

static void test_a_set_is_not_rolled_back(void **state)
{
    struct world *world = setup_of(CLASS);
    struct held_set *held = taken(world, NULL);
    struct held_set *next = NULL;
    const struct set_header kept = world->header;
    struct error err;
    (void)state;
    next = taken(world, held); /* the same once more */
    held_set_free(next);
    world->header.version = kept.version - 1;
    must_not(held_set_begin(held, page(world, 0), &next, &err), &err, FAULT_CONFLICT, "/versie");
    world->header = kept;
    world->header.epoch = EPOCH - 1;
    world->header.version = kept.version + 1;
    must_not(held_set_begin(held, page(world, 0), &next, &err), &err, FAULT_CONFLICT, "/periode");
    world->header = kept;
    world->header.key.bytes[5] ^= 1;
    must_not(held_set_begin(held, page(world, 0), &next, &err), &err, FAULT_CONFLICT, "/sleutel");
    world->header = kept;
    world->header.root.bytes[5] ^= 1; /* two contents of one version */
    must_not(held_set_begin(held, page(world, 0), &next, &err), &err, FAULT_CONFLICT, "/wortel");
    world->header = kept;
    world->header.class = CLASS / 2;
    world->header.version++;
    must_not(held_set_begin(held, page(world, 0), &next, &err), &err, FAULT_CONFLICT, "/klasse");
    world->header = kept;
    world->header.epoch = EPOCH + SET_EPOCHS_AHEAD + 1;
    must_not(held_set_begin(held, page(world, 0), &next, &err), &err, FAULT_CONFLICT, "/periode");
    world->header.epoch = EPOCH + SET_EPOCHS_AHEAD;
    must(held_set_begin(held, page(world, 0), &next, &err), &err);
    held_set_free(next);
    world->header = kept; /* a new epoch begins anew: any version, another key, a smaller class */
    world->header.epoch++;
    world->header.version = 1;
    world->header.key.bytes[0] ^= 1;
    world->header.class = CLASS / 2;
    must(held_set_begin(held, page(world, 0), &next, &err), &err);
    held_set_free(next);
    held_set_free(held);
    teardown(world);
}

static void test_a_step_in_a_copy_leaves_the_first_as_it_was(void **state)
{
    struct world *world = setup_of(CLASS);
    struct held_set *held = taken(world, NULL);
    struct held_set *copy = NULL;
    struct error err;
    (void)state;
    const struct set_header before = *held_set_header(held);
    const struct slice body = step(world, SET_STEP_SWAPS);
    must(held_set_copy(held, &copy, &err), &err);
    must(held_set_step(copy, body, &err), &err);
    assert_memory_equal(held_set_header(held), &before, sizeof before);
    for (size_t i = 0; i < SET_STEP_SWAPS; i++) {
        assert_true(held_set_has(held, world->swaps[i].goes) && !held_set_has(held, world->swaps[i].comes));
        assert_true(held_set_has(copy, world->swaps[i].comes) && !held_set_has(copy, world->swaps[i].goes));
    }
    held_set_stored(held);
    for (uint32_t i = 0; i < held_set_pieces(held); i++) { /* what is to be stored goes with the copy */
        assert_true(held_set_piece_changed(copy, i) && !held_set_piece_changed(held, i));
    }
    held_set_free(copy);
    held_set_free(held);
    teardown(world);
}

static void test_a_step_that_does_not_belong_is_refused_and_undone(void **state)
{
    struct world *world = setup_of(CLASS);
    struct held_set *set = taken(world, NULL);
    const struct sha256 root = *set_tree_root(&world->tree);
    struct error err;
    (void)state;
    (void)step(world, 9);
    struct set_header good = world->header;
    static const struct {
        size_t at;
        enum fault fault;
        const char *where;
    } changes[] = {
        {11, FAULT_CONFLICT, "/periode"},      {18, FAULT_CONFLICT, "/klasse"},   {39, FAULT_CONFLICT, "/vanaf"},
        {40, FAULT_UNPROVEN, "/wortel"},       {103, FAULT_CONFLICT, "/sleutel"}, {4, FAULT_INVALID, "/deel"},
        {111, FAULT_INVALID, "/wissels/gaat"}, /* one that is not in it */
        {119, FAULT_UNPROVEN, "/wortel"},      /* another that comes */
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        buf_clear(&world->body);
        if (changes[i].at == 4) {
            (void)page(world, 0);
        } else {
            world->header = good;
            set_write_step(&world->header, world->swaps, &world->body);
            world->body.ptr[changes[i].at] ^= changes[i].at == 18 ? 0x60 : 1;
        }
        must_not(held_set_step(set, buf_slice(&world->body), &err), &err, changes[i].fault, changes[i].where);
        assert_same_root(&held_set_header(set)->root, &root);
        for (uint32_t k = 0; k < 9; k++) {
            assert_true(held_set_has(set, world->swaps[k].goes) && !held_set_has(set, world->swaps[k].comes));
        }
    }
    world->header = good;
    world->swaps[8].comes = world->tree.entries[CLASS - 2]; /* one that is there */
    assert_true(held_set_has(set, world->swaps[8].comes));
    buf_clear(&world->body);
    set_write_step(&world->header, world->swaps, &world->body);
    must_not(held_set_step(set, buf_slice(&world->body), &err), &err, FAULT_INVALID, "/wissels/komt");
    held_set_free(set);
    teardown(world);
}

/* ---- the store ---- */

static struct held_set *reloaded(const struct held_set *set, struct buf *pieces, const struct buf *head)
{
    struct held_set *back = NULL;
    struct error err = {0};
    must(held_set_load(buf_slice(head), &back, &err), &err);
    for (uint32_t i = 0; i < held_set_pieces(set); i++) {
        must(held_set_load_piece(back, buf_slice(&pieces[i]), &err), &err);
    }
    must_not(held_set_load_piece(back, slice_of(NULL, 0), &err), &err, FAULT_INVALID, "/vermeldingen");
    must(held_set_finish(back, &err), &err);
    return back;
}

/* Writes what changed, as a store would; how many pieces that were. */
static uint32_t stored(struct held_set *set, struct buf *pieces, struct buf *head)
{
    uint32_t written = 0;
    buf_clear(head);
    held_set_write_head(set, head);
    for (uint32_t i = 0; i < held_set_pieces(set); i++) {
        if (held_set_piece_changed(set, i)) {
            buf_clear(&pieces[i]);
            held_set_write_piece(set, i, &pieces[i]);
            assert_true(buf_ok(&pieces[i]));
            assert_true(pieces[i].len <= HELD_PIECE_MAX);
            written++;
        }
    }
    held_set_stored(set);
    return written;
}

static void test_a_step_rewrites_few_pieces_and_all_comes_back(void **state)
{
    static const uint32_t counts[] = {0, 1, 2, SET_STEP_SWAPS};
    (void)state;
    for (uint32_t class = SET_CLASS_MIN; class <= 16 * CLASS; class *= 16) {
        struct world *world = setup_of(class);
        struct held_set *set = taken(world, NULL);
        const uint32_t count = held_set_pieces(set);
        struct buf *pieces = calloc(count, sizeof *pieces);
        struct buf head;
        struct error err = {0};
        assert_non_null(pieces);
        buf_init(&head, SET_HEADER_BYTES);
        for (uint32_t i = 0; i < count; i++) {
            buf_init(&pieces[i], HELD_PIECE_MAX);
        }
        assert_int_equal(stored(set, pieces, &head), count);
        assert_int_equal(stored(set, pieces, &head), 0);
        for (size_t i = 0; i < COUNT_OF(counts); i++) {
            struct held_set *back = reloaded(set, pieces, &head);
            assert_same(back, world);
            assert_int_equal(stored(back, pieces, &head), 0);
            held_set_free(set);
            set = back;
            must(held_set_step(set, step(world, counts[i]), &err), &err);
            const uint32_t written = stored(set, pieces, &head);
            assert_true(written <= 2 * counts[i] && (written != 0 || counts[i] == 0));
        }
        struct held_set *last = reloaded(set, pieces, &head);
        assert_same(last, world);
        held_set_free(last);
        held_set_free(set);
        for (uint32_t i = 0; i < count; i++) {
            buf_free(&pieces[i]);
        }
        free(pieces);
        buf_free(&head);
        teardown(world);
    }
}

static void test_a_piece_that_is_not_what_was_stored_is_refused(void **state)
{
    struct world *world = setup_of(SET_CLASS_MIN);
    struct held_set *set = taken(world, NULL);
    struct held_set *back = NULL;
    struct buf head;
    struct buf piece;
    struct error err;
    (void)state;
    buf_init(&head, SET_HEADER_BYTES);
    buf_init(&piece, HELD_PIECE_MAX);
    held_set_write_head(set, &head);
    held_set_write_piece(set, 0, &piece);
    for (int i = 0; i < 4; i++) {
        must(held_set_load(buf_slice(&head), &back, &err), &err);
        struct slice bytes = buf_slice(&piece);
        if (i == 0) { /* cut within an entry */
            bytes.len -= 1;
            must_not(held_set_load_piece(back, bytes, &err), &err, FAULT_INVALID, "/vermeldingen");
        } else if (i == 1) { /* an entry less */
            bytes.len -= 8;
            must(held_set_load_piece(back, bytes, &err), &err);
            must_not(held_set_finish(back, &err), &err, FAULT_INVALID, "/vermeldingen");
        } else if (i == 2) { /* an entry more */
            buf_fill(&piece, 0xff, 8);
            must_not(held_set_load_piece(back, buf_slice(&piece), &err), &err, FAULT_TOO_LARGE, "/vermeldingen");
        } else { /* another entry */
            piece.len -= 8;
            piece.ptr[7] ^= 1;
            must(held_set_load_piece(back, buf_slice(&piece), &err), &err);
            must_not(held_set_finish(back, &err), &err, FAULT_UNPROVEN, "/wortel");
        }
        held_set_free(back);
    }
    head.len--;
    must_not(held_set_load(buf_slice(&head), &back, &err), &err, FAULT_INVALID, "");
    buf_free(&head);
    buf_free(&piece);
    held_set_free(set);
    teardown(world);
}

static void test_without_memory_nothing_is_taken(void **state)
{
    struct world *world = setup_of(SET_CLASS_MIN);
    struct held_set *set = NULL;
    struct error err;
    const struct slice body = page(world, 0);
    long n = 0;
    (void)state;
    for (; n < 20; n++) {
        mem_fail_after(n);
        if (held_set_begin(NULL, body, &set, &err) == RESULT_OK) {
            break;
        }
        assert_int_equal(err.fault, FAULT_NO_MEMORY);
        assert_null(set);
    }
    mem_fail_after(-1);
    assert_true(n >= 3 && n < 20);
    held_set_free(set);
    held_set_free(NULL);
    teardown(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_set_is_taken_page_by_page),
        cmocka_unit_test(test_steps_lead_where_the_provider_is),
        cmocka_unit_test(test_a_page_that_does_not_belong_is_refused),
        cmocka_unit_test(test_pages_that_do_not_follow_on_each_other_are_refused),
        cmocka_unit_test(test_another_root_than_the_entries_is_refused),
        cmocka_unit_test(test_a_bucket_fuller_than_chance_makes_is_refused),
        cmocka_unit_test(test_a_set_is_not_rolled_back),
        cmocka_unit_test(test_a_step_that_does_not_belong_is_refused_and_undone),
        cmocka_unit_test(test_a_step_in_a_copy_leaves_the_first_as_it_was),
        cmocka_unit_test(test_a_step_rewrites_few_pieces_and_all_comes_back),
        cmocka_unit_test(test_a_piece_that_is_not_what_was_stored_is_refused),
        cmocka_unit_test(test_without_memory_nothing_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
