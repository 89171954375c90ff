/* The tree over a set against its definition: finding, swapping and opening, on even sets and on sets made to be uneven. */
#include "set_help.h"

#include "matching/set_tree.h"

enum { CLASS = 4096, SWAPS = 300 };

static void fill(struct set_tree *tree, uint32_t class, const uint64_t *entries)
{
    struct error err;
    assert_int_equal(set_tree_new(class, true, tree, &err), RESULT_OK);
    memcpy(tree->entries, entries, class * sizeof *entries);
    for (uint32_t i = 0; i < class; i++) {
        tree->marks[i] = (uint8_t)entries[i];
    }
    set_tree_hash(tree);
}

static void assert_whole(const struct set_tree *tree)
{
    const struct sha256 root = slow_root(tree->entries, tree->class);
    assert_same_root(set_tree_root(tree), &root);
    for (uint32_t i = 0; i < tree->class; i++) {
        assert_int_equal(tree->marks[i], (uint8_t)tree->entries[i]);
        assert_true(i == 0 || tree->entries[i - 1] < tree->entries[i]);
    }
}

static void test_classes_are_powers_of_two_within_bounds(void **state)
{
    (void)state;
    for (uint64_t class = 0; class < 70000; class ++) {
        bool power = false;
        for (uint64_t p = SET_CLASS_MIN; p <= class; p *= 2) {
            power = power || p == class;
        }
        assert_int_equal(set_class_valid(class), power);
    }
    assert_true(set_class_valid(SET_CLASS_MAX));
    assert_false(set_class_valid(SET_CLASS_MAX * UINT64_C(2)));
    assert_false(set_class_valid(UINT64_C(1) << 63));
}

/* Sets whose entries do not stand where chance would have them: all low, all high, two heaps. */
static uint64_t bend(unsigned way, uint64_t entry)
{
    const uint64_t ways[] = {entry, entry >> 20 | 1U, entry | UINT64_C(0xfffff) << 44,
                             (entry & 2U) != 0 ? entry >> 24 | 1U : entry | UINT64_C(0xffffff) << 40};
    return ways[way];
}

static void test_places_are_found_in_even_and_uneven_sets(void **state)
{
    static uint64_t entries[CLASS];
    (void)state;
    for (unsigned way = 0; way < 4; way++) {
        uint64_t seed = way + 7;
        struct set_tree tree;
        for (size_t i = 0; i < CLASS; i++) {
            entries[i] = bend(way, chance(&seed));
        }
        qsort(entries, CLASS, sizeof *entries, by_number);
        fill(&tree, CLASS, entries);
        assert_whole(&tree);
        for (uint32_t i = 0; i < CLASS; i++) {
            assert_int_equal(set_tree_place(&tree, entries[i]), i);
            assert_true(set_tree_has(&tree, entries[i]));
            assert_int_equal(set_tree_place(&tree, entries[i] + 1), i + 1);
            assert_int_equal(set_tree_has(&tree, entries[i] + 1), i + 1 < CLASS && entries[i + 1] == entries[i] + 1);
        }
        assert_int_equal(set_tree_place(&tree, 0), 0);
        for (uint32_t part = 0; part <= 8; part++) {
            const uint32_t place = set_tree_part_place(&tree, 8, part);
            assert_true(place == CLASS || set_part_of(8, entries[place]) >= part);
            assert_true(place == 0 || set_part_of(8, entries[place - 1]) < part);
        }
        set_tree_free(&tree);
    }
}

/* `count` entries of the tree and as many that are none, both rising. */
static void choose(const struct set_tree *tree, uint64_t *seed, uint32_t count, uint64_t *goes, uint64_t *comes)
{
    const uint32_t stride = tree->class / count;
    for (uint32_t i = 0; i < count; i++) {
        goes[i] = tree->entries[i * stride + (uint32_t)(chance(seed) % stride)];
    }
    do {
        chance_entries(seed, comes, count);
        for (uint32_t i = 0; i < count; i++) {
            comes[i] -= (uint64_t)set_tree_has(tree, comes[i]);
        }
    } while (count > 0 && comes[0] == 0);
}

static void test_swaps_give_the_tree_of_what_stands_then(void **state)
{
    static uint64_t entries[CLASS];
    static const uint32_t counts[] = {0, 1, 2, 3, 64, SWAPS};
    uint64_t seed = 3;
    (void)state;
    for (uint32_t class = SET_CLASS_MIN; class <= CLASS; class *= 8) {
        struct set_tree tree;
        chance_entries(&seed, entries, class);
        fill(&tree, class, entries);
        for (size_t i = 0; i < 10 * COUNT_OF(counts); i++) {
            const uint32_t count = counts[i % COUNT_OF(counts)];
            uint64_t goes[SWAPS];
            uint64_t comes[SWAPS];
            uint8_t marks[SWAPS];
            if (count > class) {
                continue;
            }
            if (count != 0) {
                choose(&tree, &seed, count, goes, comes);
            }
            for (uint32_t k = 0; k < count; k++) {
                marks[k] = (uint8_t)comes[k];
            }
            const struct sha256 before = *set_tree_root(&tree);
            set_tree_swap(&tree, goes, comes, marks, count);
            assert_whole(&tree);
            assert_int_equal(memcmp(&before, set_tree_root(&tree), sizeof before) == 0, count == 0);
            for (uint32_t k = 0; k < count; k++) {
                assert_true(set_tree_has(&tree, comes[k]) && !set_tree_has(&tree, goes[k]));
            }
        }
        set_tree_free(&tree);
    }
}

/* All of a set's first half, and all of it, swapped at once; the outermost entries. */
static void test_swaps_at_the_edges(void **state)
{
    uint64_t entries[SET_CLASS_MIN];
    uint64_t comes[SET_CLASS_MIN];
    uint8_t marks[SET_CLASS_MIN];
    struct set_tree tree;
    (void)state;
    for (uint32_t i = 0; i < SET_CLASS_MIN; i++) {
        entries[i] = 100 + i;
        comes[i] = UINT64_MAX - SET_CLASS_MIN + 1 + i;
        marks[i] = (uint8_t)comes[i];
    }
    fill(&tree, SET_CLASS_MIN, entries);
    set_tree_swap(&tree, entries, comes, marks, SET_CLASS_MIN / 2);
    assert_whole(&tree);
    set_tree_swap(&tree, entries + SET_CLASS_MIN / 2, comes + SET_CLASS_MIN / 2, marks + SET_CLASS_MIN / 2,
                  SET_CLASS_MIN / 2);
    assert_whole(&tree);
    assert_memory_equal(tree.entries, comes, sizeof comes);
    const uint64_t one = 1;
    const uint8_t mark = 1;
    set_tree_swap(&tree, &comes[SET_CLASS_MIN - 1], &one, &mark, 1);
    assert_whole(&tree);
    assert_true(tree.entries[0] == 1);
    set_tree_free(&tree);
}

static void test_an_entry_is_opened_and_no_other_with_it(void **state)
{
    static uint64_t entries[CLASS];
    uint64_t seed = 5;
    struct set_tree tree;
    struct set_opening opening;
    (void)state;
    chance_entries(&seed, entries, CLASS);
    fill(&tree, CLASS, entries);
    const struct sha256 *root = set_tree_root(&tree);
    for (uint32_t i = 0; i < CLASS; i++) {
        assert_true(set_tree_open(&tree, entries[i], &opening));
        assert_true(set_opening_holds(&opening, entries[i], root));
        assert_false(set_opening_holds(&opening, entries[i] ^ 1U, root));
        assert_false(set_opening_holds(&opening, entries[i] ^ UINT64_C(1) << 63, root));
        assert_false(set_opening_holds(&opening, entries[(i + 1) % CLASS], root));
        assert_false(set_tree_open(&tree, entries[i] ^ 1U, &opening));
    }
    set_tree_free(&tree);
}

static void test_an_opening_that_was_changed_does_not_hold(void **state)
{
    static uint64_t entries[CLASS];
    uint64_t seed = 6;
    struct set_tree tree;
    struct set_opening good;
    (void)state;
    chance_entries(&seed, entries, CLASS);
    fill(&tree, CLASS, entries);
    const struct sha256 root = *set_tree_root(&tree);
    struct sha256 other = root;
    assert_true(set_tree_open(&tree, entries[17], &good));
    other.bytes[31] ^= 1;
    assert_false(set_opening_holds(&good, entries[17], &other));
    for (unsigned i = 0; i < 8; i++) {
        struct set_opening bad = good;
        switch (i) {
        case 0:
            bad.class *= 2;
            break;
        case 1:
            bad.class = 0;
            break;
        case 2:
            bad.place ^= 1;
            break;
        case 3:
            bad.count++;
            break;
        case 4:
            bad.bucket.bytes[0] ^= 1;
            break;
        case 5:
            bad.in_bucket.hashes[0].bytes[0] ^= 1;
            break;
        case 6:
            bad.over_buckets.hashes[bad.over_buckets.count - 1].bytes[0] ^= 1;
            break;
        default:
            bad.over_buckets.count--;
        }
        assert_false(set_opening_holds(&bad, entries[17], &root));
    }
    assert_true(set_opening_holds(&good, entries[17], &root));
    set_tree_free(&tree);
}

static void test_without_memory_there_is_no_tree(void **state)
{
    struct error err;
    struct set_tree tree = {.class = 1};
    (void)state;
    for (long n = 0; n < 3; n++) {
        mem_fail_after(n);
        assert_int_equal(set_tree_new(SET_CLASS_MIN, true, &tree, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_NO_MEMORY);
        assert_int_equal(tree.class, 1);
    }
    mem_fail_after(-1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes_are_powers_of_two_within_bounds),
        cmocka_unit_test(test_places_are_found_in_even_and_uneven_sets),
        cmocka_unit_test(test_swaps_give_the_tree_of_what_stands_then),
        cmocka_unit_test(test_swaps_at_the_edges),
        cmocka_unit_test(test_an_entry_is_opened_and_no_other_with_it),
        cmocka_unit_test(test_an_opening_that_was_changed_does_not_hold),
        cmocka_unit_test(test_without_memory_there_is_no_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
