/* The arena of a request, and the memory that nghttp2 is lent. */
#include "unit/unit.h"

#include <stdalign.h>
#include <string.h>

#include "base/limits.h"
#include "http/arena.h"
#include "http/h2_memory.h"

static void an_arena_hands_out_aligned_pieces(void **state)
{
    (void)state;
    alignas(max_align_t) uint8_t first[256];
    struct arena arena;
    arena_init(&arena, first, sizeof first);
    uint8_t *before = NULL;
    for (size_t size = 0; size < 40; size++) {
        uint8_t *piece = arena_alloc(&arena, size);
        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
        memset(piece, (int)size, size);
        if (before != NULL && size > 1) {
            assert_int_equal(before[0], size - 1);
        }
        before = piece;
    }
    assert_non_null(arena_alloc(&arena, 100000));
    assert_null(arena_alloc(&arena, SIZE_MAX - 3));
    arena_reset(&arena);
    assert_ptr_equal(arena_alloc(&arena, 1), first);
    arena_reset(&arena);
}

static void an_arena_wipes_its_first_block(void **state)
{
    (void)state;
    alignas(max_align_t) uint8_t first[64] = {0};
    struct arena arena;
    arena_init(&arena, first, sizeof first);
    const struct slice copy = arena_copy(&arena, slice_text("123456782"));
    assert_true(slice_is(copy, "123456782"));
    assert_int_equal(copy.ptr[copy.len], 0);
    arena_reset(&arena);
    const uint8_t zeros[64] = {0};
    assert_memory_equal(first, zeros, sizeof first);
}

static void lent_memory_has_a_ceiling(void **state)
{
    (void)state;
    struct h2_memory memory;
    h2_memory_init(&memory, HTTP_H2_MEMORY);
    const nghttp2_mem hooks = h2_memory_hooks(&memory);
    void *most = hooks.malloc(HTTP_H2_MEMORY - 10, hooks.mem_user_data);
    assert_non_null(most);
    assert_null(hooks.malloc(11, hooks.mem_user_data));
    assert_null(hooks.calloc(SIZE_MAX, 2, hooks.mem_user_data));
    char *small = hooks.calloc(2, 5, hooks.mem_user_data);
    assert_non_null(small);
    assert_int_equal(small[9], 0);
    assert_null(hooks.realloc(small, 11, hooks.mem_user_data));
    hooks.free(most, hooks.mem_user_data);
    hooks.free(NULL, hooks.mem_user_data);
    small[9] = 'x';
    small = hooks.realloc(small, 2000, hooks.mem_user_data);
    assert_int_equal(small[9], 'x');
    assert_int_equal(memory.used, 2000);
    small = hooks.realloc(small, 5, hooks.mem_user_data);
    assert_non_null(hooks.realloc(NULL, 7, hooks.mem_user_data));
    assert_int_equal(memory.used, 12);
    h2_memory_free_all(&memory);
    assert_int_equal(memory.used, 0);
}

static void at_rest_only_the_frame_is_forgotten(void **state)
{
    (void)state;
    enum { FRAME = 16384, LARGE = 20000 };
    struct h2_memory memory;
    h2_memory_init(&memory, HTTP_H2_MEMORY);
    const nghttp2_mem hooks = h2_memory_hooks(&memory);
    h2_memory_rest(&memory); /* there is none yet */
    char *small = hooks.calloc(1, 10, hooks.mem_user_data);
    char *frame = hooks.malloc(FRAME, hooks.mem_user_data);
    char *large = hooks.malloc(LARGE, hooks.mem_user_data);
    small[9] = 'x';
    frame[FRAME - 1] = 'x';
    large[LARGE - 1] = 'x';
    h2_memory_rest(&memory);
    assert_int_equal(small[9], 'x');
    assert_int_equal(frame[FRAME - 1], 0);
    assert_int_equal(large[LARGE - 1], 'x');
    frame[0] = 'y';
    frame = hooks.realloc(frame, LARGE, hooks.mem_user_data);
    assert_int_equal(frame[0], 'y');
    assert_int_equal(memory.used, 10 + LARGE + LARGE);
    hooks.free(frame, hooks.mem_user_data);
    h2_memory_free_all(&memory);
    assert_int_equal(memory.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_hands_out_aligned_pieces),
        cmocka_unit_test(an_arena_wipes_its_first_block),
        cmocka_unit_test(lent_memory_has_a_ceiling),
        cmocka_unit_test(at_rest_only_the_frame_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
