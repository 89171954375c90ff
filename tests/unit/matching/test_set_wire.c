/* A set's pages and steps as bytes: what is written is read, at the places that set_wire.h names; every byte that the form
 * fixes is checked. */
#include "set_help.h"

#include "base/limits.h"

enum { CLASS = 8192, ON_SECOND = CLASS - SET_PAGE_ENTRIES, STEP_BYTES = SET_STEP_SWAPS * 16 };

struct world {
    uint64_t entries[CLASS];
    struct set_swap swaps[SET_STEP_SWAPS];
    struct set_header header;
    struct buf body;
};

static struct world *setup(void)
{
    struct world *world = calloc(1, sizeof *world);
    uint64_t seed = 1;
    assert_non_null(world);
    chance_entries(&seed, world->entries, CLASS);
    world->header = (struct set_header){.part = SET_PAGE, .epoch = 700, .newest = 701, .class = CLASS, .version = 9};
    memset(world->header.root.bytes, 0xaa, sizeof world->header.root.bytes);
    memset(world->header.key.bytes, 0xbb, sizeof world->header.key.bytes);
    for (uint32_t i = 0; i < SET_STEP_SWAPS; i++) {
        world->swaps[i] = (struct set_swap){1000 + 2 * (uint64_t)i, 1001 + 2 * (uint64_t)i};
    }
    buf_init(&world->body, 1 << 20);
    return world;
}

static void teardown(struct world *world)
{
    buf_free(&world->body);
    free(world);
}

static void page(struct world *world, uint32_t place)
{
    buf_clear(&world->body);
    world->header.place = place;
    set_write_page(&world->header, world->entries, &world->body);
    assert_true(buf_ok(&world->body));
}

static void step(struct world *world, uint32_t swaps)
{
    buf_clear(&world->body);
    world->header.swaps = swaps;
    world->header.from = 4;
    set_write_step(&world->header, world->swaps, &world->body);
    assert_true(buf_ok(&world->body));
}

static void refused(struct world *world, enum fault fault, const char *where)
{
    struct set_header header;
    struct slice payload;
    struct error err;
    /* A copy of exactly that length, so that reading past it is seen. */
    uint8_t *copy = malloc(world->body.len != 0 ? world->body.len : 1);
    assert_non_null(copy);
    if (world->body.len != 0) {
        memcpy(copy, world->body.ptr, world->body.len);
    }
    assert_int_equal(set_read(slice_of(copy, world->body.len), &header, &payload, &err), RESULT_FAILED);
    free(copy);
    assert_int_equal(err.fault, fault);
    assert_string_equal(err.where, where);
    assert_true(err.what[0] != '\0');
}

static void accepted(struct world *world, struct set_header *header, struct slice *payload)
{
    struct error err = {0};
    if (set_read(buf_slice(&world->body), header, payload, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
}

static void test_pages_are_read_as_written(void **state)
{
    struct world *world = setup();
    struct set_header header;
    struct slice payload;
    (void)state;
    for (uint32_t place = 0; place < CLASS; place += SET_PAGE_ENTRIES) {
        const uint32_t count = place == 0 ? SET_PAGE_ENTRIES : ON_SECOND;
        page(world, place);
        accepted(world, &header, &payload);
        assert_int_equal(header.part, SET_PAGE);
        assert_int_equal(header.epoch, 700);
        assert_int_equal(header.newest, 701);
        assert_int_equal(header.class, CLASS);
        assert_int_equal(header.place, place);
        assert_int_equal(header.swaps, 0);
        assert_int_equal(header.version, 9);
        assert_memory_equal(&header.root, &world->header.root, sizeof header.root);
        assert_memory_equal(&header.key, &world->header.key, sizeof header.key);
        assert_int_equal(payload.len, count * 8);
        for (uint32_t i = 0; i < count; i++) {
            assert_true(bytes_get_u64(payload.ptr + (size_t)i * 8) == world->entries[place + i]);
        }
    }
    teardown(world);
}

static void test_steps_are_read_as_written_and_equally_long(void **state)
{
    struct world *world = setup();
    struct set_header header;
    struct slice payload;
    (void)state;
    for (uint32_t swaps = 0; swaps <= SET_STEP_SWAPS; swaps++) {
        step(world, swaps);
        assert_int_equal(world->body.len, SET_HEADER_BYTES + STEP_BYTES);
        accepted(world, &header, &payload);
        assert_int_equal(header.part, SET_STEP);
        assert_int_equal(header.swaps, swaps);
        assert_int_equal(header.place, 0);
        assert_int_equal(header.from, 4);
        for (uint32_t i = 0; i < swaps; i++) {
            assert_true(bytes_get_u64(payload.ptr + (size_t)i * 16) == world->swaps[i].goes);
            assert_true(bytes_get_u64(payload.ptr + (size_t)i * 16 + 8) == world->swaps[i].comes);
        }
    }
    teardown(world);
}

/* One number of the body changed, and what is said of it. */
struct change {
    size_t at;
    size_t size;
    uint64_t value;
    enum fault fault;
    const char *where;
};

static void put(struct world *world, const struct change *change)
{
    for (size_t i = 0; i < change->size; i++) {
        world->body.ptr[change->at + i] = (uint8_t)(change->value >> (8 * (change->size - 1 - i)));
    }
}

static void test_what_a_page_fixes_is_checked(void **state)
{
    struct world *world = setup();
    (void)state;
    const struct change changes[] = {
        {0, 1, 'k', FAULT_INVALID, "/kenmerk"},
        {3, 1, '2', FAULT_INVALID, "/kenmerk"},
        {4, 1, 0, FAULT_INVALID, "/deel"},
        {4, 1, 3, FAULT_INVALID, "/deel"},
        {5, 1, 1, FAULT_INVALID, "/deel"},
        {7, 1, 1, FAULT_INVALID, "/deel"},
        {16, 4, 0, FAULT_INVALID, "/klasse"},
        {16, 4, SET_CLASS_MIN / 2, FAULT_INVALID, "/klasse"},
        {16, 4, CLASS - 1, FAULT_INVALID, "/klasse"},
        {16, 4, CLASS + SET_CLASS_MIN, FAULT_INVALID, "/klasse"},
        {16, 4, SET_CLASS_MAX * UINT64_C(2), FAULT_TOO_LARGE, "/klasse"},
        {16, 4, UINT32_MAX, FAULT_TOO_LARGE, "/klasse"},
        {16, 4, SET_PAGE_ENTRIES / 3 * 2, FAULT_INVALID, "/vermeldingen"}, /* 4096: this page is too long for it */
        {20, 4, 1, FAULT_INVALID, "/plaats"},
        {20, 4, CLASS, FAULT_INVALID, "/plaats"},
        {20, 4, UINT64_C(4294967296) - SET_PAGE_ENTRIES, FAULT_INVALID, "/plaats"},
        {20, 4, 2 * SET_PAGE_ENTRIES, FAULT_INVALID, "/plaats"},
        {32, 8, 1, FAULT_INVALID, "/vanaf"},
        {SET_HEADER_BYTES, 8, 0, FAULT_INVALID, "/vermeldingen"}, /* 0 is no entry */
        {SET_HEADER_BYTES, 8, UINT64_MAX, FAULT_INVALID, "/vermeldingen"},
        {SET_HEADER_BYTES + (SET_PAGE_ENTRIES - 1) * 8, 8, 7, FAULT_INVALID, "/vermeldingen"},
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        page(world, 0);
        put(world, &changes[i]);
        refused(world, changes[i].fault, changes[i].where);
    }
    page(world, 0); /* an entry twice */
    memcpy(world->body.ptr + SET_HEADER_BYTES + 8, world->body.ptr + SET_HEADER_BYTES, 8);
    refused(world, FAULT_INVALID, "/vermeldingen");
    teardown(world);
}

static void test_what_a_step_fixes_is_checked(void **state)
{
    struct world *world = setup();
    (void)state;
    const struct change changes[] = {
        {4, 1, 1, FAULT_INVALID, "/vanaf"}, /* as a page */
        {16, 4, CLASS + 1, FAULT_INVALID, "/klasse"},
        {20, 4, SET_STEP_SWAPS + 1, FAULT_TOO_LARGE, "/wissels"},
        {20, 4, UINT32_MAX, FAULT_TOO_LARGE, "/wissels"},
        {20, 4, 4, FAULT_INVALID, "/wissels/gaat"}, /* zeros as the fourth */
        {20, 4, 2, FAULT_INVALID, "/wissels"},      /* a third that does not count */
        {32, 8, 9, FAULT_INVALID, "/vanaf"},        /* from its own version, with swaps */
        {32, 8, 10, FAULT_INVALID, "/vanaf"},
        {SET_HEADER_BYTES, 8, 0, FAULT_INVALID, "/wissels/gaat"},
        {SET_HEADER_BYTES + 16, 8, 1000, FAULT_INVALID, "/wissels/gaat"},
        {SET_HEADER_BYTES + 24, 8, 1001, FAULT_INVALID, "/wissels/komt"},
        {SET_HEADER_BYTES + 8, 8, 1002, FAULT_INVALID, "/wissels"}, /* comes, and goes as the second */
        {SET_HEADER_BYTES + 3 * 16, 1, 1, FAULT_INVALID, "/wissels"},
        {SET_HEADER_BYTES + STEP_BYTES - 1, 1, 1, FAULT_INVALID, "/wissels"},
    };
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        step(world, 3);
        put(world, &changes[i]);
        refused(world, changes[i].fault, changes[i].where);
    }
    struct set_header header;
    struct slice payload;
    step(world, 0); /* nothing changed since: a step to where one is */
    put(world, &(struct change){32, 8, 9, FAULT_NONE, ""});
    accepted(world, &header, &payload);
    teardown(world);
}

static void test_length_is_checked(void **state)
{
    struct world *world = setup();
    (void)state;
    for (int part = SET_PAGE; part <= SET_STEP; part++) {
        const size_t whole = part == SET_PAGE ? SET_HEADER_BYTES + SET_PAGE_ENTRIES * 8 : SET_HEADER_BYTES + STEP_BYTES;
        for (size_t len = 0; len < whole; len += len < 2 * SET_HEADER_BYTES ? 1 : 997) {
            if (part == SET_PAGE) {
                page(world, 0);
            } else {
                step(world, 64);
            }
            world->body.len = len;
            refused(world, FAULT_INVALID,
                    len < SET_HEADER_BYTES ? "" : (part == SET_PAGE ? "/vermeldingen" : "/wissels"));
        }
    }
    step(world, 64);
    buf_byte(&world->body, 0);
    refused(world, FAULT_INVALID, "/wissels");
    page(world, 0);
    buf_byte(&world->body, 0);
    refused(world, FAULT_TOO_LARGE, "");
    teardown(world);
}

static void test_a_head_alone_is_kept(void **state)
{
    struct world *world = setup();
    struct set_header header;
    struct error err;
    (void)state;
    world->header.place = SET_PAGE_ENTRIES;
    set_write_header(&world->header, &world->body);
    assert_int_equal(world->body.len, SET_HEADER_BYTES);
    assert_int_equal(set_read_header(buf_slice(&world->body), &header, &err), RESULT_OK);
    assert_int_equal(header.class, CLASS);
    assert_int_equal(header.version, 9);
    assert_int_equal(header.place, 0);
    world->body.ptr[23] = 1; /* not of a first page */
    assert_int_equal(set_read_header(buf_slice(&world->body), &header, &err), RESULT_FAILED);
    world->body.ptr[23] = 0;
    world->body.ptr[4] = SET_STEP;
    assert_int_equal(set_read_header(buf_slice(&world->body), &header, &err), RESULT_FAILED);
    world->body.ptr[4] = SET_PAGE;
    world->body.len--;
    assert_int_equal(set_read_header(buf_slice(&world->body), &header, &err), RESULT_FAILED);
    teardown(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages_are_read_as_written),
        cmocka_unit_test(test_steps_are_read_as_written_and_equally_long),
        cmocka_unit_test(test_what_a_page_fixes_is_checked),
        cmocka_unit_test(test_what_a_step_fixes_is_checked),
        cmocka_unit_test(test_length_is_checked),
        cmocka_unit_test(test_a_head_alone_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
