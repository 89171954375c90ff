/* A provider's set: who comes and goes in random orders against a model that knows no tree, fingerprints that collide,
 * classes, steps kept, and no memory. */
#include "set_help.h"

#include "matching/published_set.h"

enum { POOL = 3000, DUMMIES = 20000, CLASS_TOP = 4096, FULL = SET_CLASS_MIN / 4 * 3, VERSIONS = SET_STEPS_KEPT + 8 };

static const uint8_t secret[VOPRF_SEED] = {1, 2, 3};

static void must(enum result result, const struct error *err)
{
    if (result != RESULT_OK) {
        fail_msg("%s: %s", err->where, err->what);
    }
}

static struct published_set *opened(struct published_state state, const uint64_t *people, size_t count)
{
    struct published_set *set = NULL;
    struct error err = {0};
    must(published_set_open(secret, &state, people, count, 100, &set, &err), &err);
    return set;
}

static void change(struct published_set *set, const uint64_t *goes, size_t gone, const uint64_t *comes, size_t come,
                   uint64_t version)
{
    struct error err = {0};
    must(published_set_change(set, &(struct published_change){goes, gone, comes, come}, version, &err), &err);
}

static bool stands(const struct published_set *set, uint64_t entry)
{
    const uint64_t *entries = published_set_entries(set);
    return bsearch(&entry, entries, published_set_class(set), sizeof entry, by_number) != NULL;
}

static struct sha256 root_of(const struct published_set *set)
{
    return *published_set_root(set);
}

static void assert_root(const struct published_set *set)
{
    const struct sha256 root = slow_root(published_set_entries(set), published_set_class(set));
    assert_same_root(published_set_root(set), &root);
}

/* ---- the model ---- */

struct world {
    uint64_t pool[POOL]; /* fingerprints of people; some the same, some a dummy's */
    bool in[POOL];
    bool collide;
    uint64_t before[CLASS_TOP];
    uint32_t class_before;
    uint64_t gone[DUMMIES]; /* whatever ever went */
    size_t gone_count;
    uint64_t goes[POOL];
    uint64_t comes[POOL];
    struct published_set *set;
    uint64_t seed;
    uint64_t version;
};

static bool among(const uint64_t *numbers, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == number) {
            return true;
        }
    }
    return false;
}

/* Different fingerprints of those who are in, rising; how many. */
static size_t people_of(const struct world *world, uint64_t *out, size_t *everybody)
{
    size_t count = 0;
    size_t kept = 0;
    for (size_t i = 0; i < POOL; i++) {
        if (world->in[i]) {
            out[count++] = world->pool[i];
        }
    }
    *everybody = count;
    qsort(out, count, sizeof *out, by_number);
    for (size_t i = 0; i < count; i++) {
        if (kept == 0 || out[kept - 1] != out[i]) {
            out[kept++] = out[i];
        }
    }
    return kept;
}

static struct world *setup(uint64_t seed, bool collide)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->seed = seed;
    world->version = 100;
    world->collide = collide;
    for (size_t i = 0; i < POOL; i++) {
        const uint64_t pick = chance(&world->seed);
        world->pool[i] = chance(&world->seed) | 1U;
        if (collide && pick % 5 == 0) {
            world->pool[i] = published_dummy(secret, pick / 5 % 2000);
        } else if (collide && pick % 20 == 1 && i != 0) {
            world->pool[i] = world->pool[pick / 20 % i];
        }
    }
    world->set = opened((struct published_state){0, 0}, NULL, 0);
    return world;
}

static void teardown(struct world *world)
{
    published_set_close(world->set);
    free(world);
}

static void keep(struct world *world)
{
    world->class_before = published_set_class(world->set);
    assert_true(world->class_before <= CLASS_TOP);
    memcpy(world->before, published_set_entries(world->set), world->class_before * sizeof *world->before);
}

/* Lets up to `most` people go and as many come. */
static void stir(struct world *world, size_t goes_most, size_t comes_most)
{
    size_t gone = 0;
    size_t come = 0;
    const size_t want_gone = chance(&world->seed) % (goes_most + 1);
    const size_t want_come = chance(&world->seed) % (comes_most + 1);
    for (size_t tries = 0; tries < 20 * (size_t)POOL && (gone < want_gone || come < want_come); tries++) {
        const size_t i = chance(&world->seed) % POOL;
        if (world->in[i] && gone < want_gone) {
            world->goes[gone++] = world->pool[i];
            world->in[i] = false;
        } else if (!world->in[i] && come < want_come) {
            world->comes[come++] = world->pool[i];
            world->in[i] = true;
        }
    }
    change(world->set, world->goes, gone, world->comes, come, ++world->version);
}

static uint32_t class_for(size_t people, uint32_t least)
{
    uint32_t class = least > SET_CLASS_MIN ? least : SET_CLASS_MIN;
    while (class / 4 * 3 < people) {
        class *= 2;
    }
    return class;
}

/* Everybody stands in it and, of the dummies from the first that is not spent, those that are nobody's, as many as the
 * class asks; none that ever went. The class is what it must be. */
static void assert_holds_people(const struct world *world)
{
    static uint64_t people[POOL];
    static uint64_t all[CLASS_TOP];
    size_t everybody = 0;
    const size_t count = people_of(world, people, &everybody);
    const struct published_state now = published_set_state(world->set);
    assert_int_equal(published_set_people(world->set), everybody);
    assert_int_equal(now.class, class_for(count, world->class_before));
    assert_int_equal(now.class, published_set_class(world->set));
    memcpy(all, people, count * sizeof *people);
    size_t filled = count;
    for (uint64_t place = now.spent; filled < now.class; place++) {
        const uint64_t dummy = published_dummy(secret, place);
        assert_true(place < DUMMIES);
        if (bsearch(&dummy, people, count, sizeof *people, by_number) == NULL) {
            all[filled++] = dummy;
            /* but where somebody had that fingerprint and went before the dummy came */
            assert_true(world->collide || !among(world->gone, world->gone_count, dummy));
        }
    }
    qsort(all, filled, sizeof *all, by_number);
    assert_memory_equal(published_set_entries(world->set), all, now.class * sizeof *all);
    for (uint32_t i = 0; i < now.class; i++) {
        assert_true(i == 0 ? all[i] != 0 : all[i] > all[i - 1]);
    }
    assert_root(world->set);
}

/* Not more swaps than it takes: who is new takes a place of who went, or of a dummy. */
static void assert_few_swaps(struct world *world, const uint64_t *people_before, size_t count_before)
{
    static uint64_t people[POOL];
    size_t everybody = 0;
    size_t went = 0;
    size_t came = 0;
    size_t swapped = 0;
    const size_t count = people_of(world, people, &everybody);
    for (size_t i = 0; i < count_before; i++) {
        went += bsearch(&people_before[i], people, count, sizeof *people, by_number) == NULL &&
                !stands(world->set, people_before[i]);
    }
    for (size_t i = 0; i < count; i++) {
        came += bsearch(&people[i], world->before, world->class_before, sizeof *people, by_number) == NULL;
    }
    for (uint32_t i = 0; i < world->class_before; i++) {
        if (!stands(world->set, world->before[i])) {
            swapped++;
            assert_true(world->gone_count < DUMMIES);
            world->gone[world->gone_count++] = world->before[i];
        }
    }
    if (published_set_class(world->set) == world->class_before) {
        assert_int_equal(swapped, went > came ? went : came);
    } else {
        assert_true(swapped >= went);
    }
}

static void test_random_comings_and_goings_against_a_model(void **state)
{
    static uint64_t people[POOL];
    size_t everybody = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct world *world = setup(seed, seed > 2);
        for (int round = 0; round < 120; round++) {
            const size_t count = people_of(world, people, &everybody);
            keep(world);
            stir(world, 1 + (size_t)round / 3, 10 + (size_t)round / 3);
            assert_holds_people(world);
            assert_few_swaps(world, people, count);
        }
        assert_true(published_set_class(world->set) > SET_CLASS_MIN);
        keep(world);
        change(world->set, people, 0, NULL, 0, ++world->version); /* nothing */
        assert_memory_equal(world->before, published_set_entries(world->set), world->class_before * sizeof(uint64_t));
        teardown(world);
    }
}

static void reopen_by_chance(struct world *world)
{
    uint64_t people[POOL];
    for (int round = 0; round < 100; round++) {
        size_t count = 0;
        stir(world, 20, round < 50 ? 30 : 10);
        for (size_t i = POOL; i-- > 0;) {
            if (world->in[i]) {
                people[count++] = world->pool[i];
            }
        }
        struct published_set *again = opened(published_set_state(world->set), people, count);
        assert_int_equal(published_set_class(again), published_set_class(world->set));
        assert_same_root(published_set_root(again), published_set_root(world->set));
        assert_memory_equal(published_set_entries(again), published_set_entries(world->set),
                            published_set_class(again) * sizeof(uint64_t));
        assert_int_equal(published_set_people(again), count);
        if (round % 3 == 0) { /* and goes on as the same */
            published_set_close(world->set);
            world->set = again;
        } else {
            published_set_close(again);
        }
    }
}

static void test_reopened_it_is_the_same_set(void **state)
{
    (void)state;
    for (uint64_t seed = 11; seed <= 14; seed++) {
        struct world *world = setup(seed, seed > 11);
        reopen_by_chance(world);
        teardown(world);
    }
}

static void test_dummies_differ_by_secret(void **state)
{
    uint8_t other[VOPRF_SEED] = {1, 2, 4};
    struct published_set *a = opened((struct published_state){0, 0}, NULL, 0);
    struct published_set *b = NULL;
    struct error err = {0};
    (void)state;
    must(published_set_open(other, &(struct published_state){0, 0}, NULL, 0, 1, &b, &err), &err);
    for (uint32_t i = 0; i < SET_CLASS_MIN; i++) {
        assert_false(stands(b, published_set_entries(a)[i]));
        assert_true(stands(a, published_dummy(secret, i)));
    }
    published_set_close(a);
    published_set_close(b);
    published_set_close(NULL);
}

/* ---- fingerprints that collide ---- */

static void test_a_person_with_a_dummys_fingerprint_takes_it_over(void **state)
{
    struct published_set *set = opened((struct published_state){0, 0}, NULL, 0);
    const uint64_t person = published_dummy(secret, 5);
    const struct sha256 before = root_of(set);
    uint64_t others[FULL - 1];
    uint64_t seed = 1;
    (void)state;
    change(set, NULL, 0, &person, 1, 101);
    assert_int_equal(published_set_people(set), 1);
    assert_same_root(published_set_root(set), &before);
    chance_entries(&seed, others, COUNT_OF(others)); /* past that dummy's turn to go */
    change(set, NULL, 0, others, COUNT_OF(others), 102);
    assert_int_equal(published_set_class(set), SET_CLASS_MIN);
    assert_true(stands(set, person));
    change(set, &person, 1, NULL, 0, 103);
    assert_false(stands(set, person));
    change(set, NULL, 0, &person, 1, 104);
    assert_true(stands(set, person));
    assert_root(set);
    published_set_close(set);
}

static void test_two_people_give_a_dummy_its_entry_back(void **state)
{
    struct published_set *set = opened((struct published_state){0, 0}, NULL, 0);
    const struct sha256 before = root_of(set);
    const uint64_t both[] = {published_dummy(secret, 9), published_dummy(secret, 9)};
    (void)state;
    change(set, NULL, 0, both, 1, 101);
    change(set, NULL, 0, both, 1, 102);
    change(set, both, 1, NULL, 0, 103);
    assert_int_equal(published_set_people(set), 1);
    change(set, both, 1, NULL, 0, 104);
    assert_int_equal(published_set_people(set), 0);
    assert_same_root(published_set_root(set), &before);
    published_set_close(set);
}

static void test_a_dummy_with_a_persons_fingerprint_is_passed_over(void **state)
{
    const uint64_t person = published_dummy(secret, 7); /* who is in it before that dummy would be */
    struct published_set *set = opened((struct published_state){0, 0}, &person, 1);
    (void)state;
    assert_true(stands(set, published_dummy(secret, SET_CLASS_MIN - 1)));
    assert_false(stands(set, published_dummy(secret, SET_CLASS_MIN)));
    for (uint64_t i = 0; i < FULL - 1; i++) { /* past that dummy's turn to go */
        const uint64_t other = 1000 + i;
        change(set, NULL, 0, &other, 1, 101 + i);
        assert_true(stands(set, person));
    }
    assert_int_equal(published_set_people(set), FULL);
    assert_int_equal(published_set_class(set), SET_CLASS_MIN);
    published_set_close(set);
}

static void test_two_people_with_one_fingerprint_share_it(void **state)
{
    const uint64_t both[] = {77, 77};
    struct published_set *set = opened((struct published_state){0, 0}, both, 2);
    (void)state;
    assert_int_equal(published_set_people(set), 2);
    change(set, both, 1, NULL, 0, 101);
    assert_true(stands(set, 77));
    change(set, NULL, 0, both, 1, 102);
    change(set, both, 1, both, 1, 103); /* one for the other */
    assert_int_equal(published_set_people(set), 2);
    change(set, both, 2, NULL, 0, 104);
    assert_false(stands(set, 77));
    assert_int_equal(published_set_people(set), 0);
    change(set, both, 1, NULL, 0, 105); /* who is not there */
    assert_int_equal(published_set_people(set), 0);
    change(set, NULL, 0, both, 2, 106);
    assert_int_equal(published_set_people(set), 2);
    assert_root(set);
    published_set_close(set);
}

static void test_more_people_than_are_counted_are_refused(void **state)
{
    static uint64_t same[127];
    struct published_set *set = opened((struct published_state){0, 0}, NULL, 0);
    const struct sha256 before = root_of(set);
    struct error err;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        same[i] = 88;
    }
    const struct published_change all = {NULL, 0, same, COUNT_OF(same)};
    assert_int_equal(published_set_change(set, &all, 101, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    assert_same_root(published_set_root(set), &before);
    assert_int_equal(published_set_people(set), 0);
    change(set, NULL, 0, same, 126, 101);
    assert_int_equal(published_set_people(set), 126);
    published_set_close(set);
}

/* ---- classes ---- */

static void test_a_class_doubles_past_three_quarters_and_stays(void **state)
{
    uint64_t people[FULL + 1];
    uint64_t before[SET_CLASS_MIN];
    uint64_t seed = 2;
    size_t dummies = 0;
    struct error err;
    (void)state;
    chance_entries(&seed, people, COUNT_OF(people));
    struct published_set *set = opened((struct published_state){0, 0}, people, FULL);
    assert_int_equal(published_set_class(set), SET_CLASS_MIN);
    memcpy(before, published_set_entries(set), sizeof before);
    change(set, NULL, 0, &people[FULL], 1, 101);
    assert_int_equal(published_set_class(set), 2 * SET_CLASS_MIN);
    for (size_t i = 0; i < COUNT_OF(before); i++) { /* what stood already is not people alone */
        dummies += stands(set, before[i]) && !among(people, COUNT_OF(people), before[i]);
    }
    assert_int_equal(dummies, SET_CLASS_MIN - FULL);
    struct set_swap swaps[SET_STEP_SWAPS];
    uint32_t count = 0;
    assert_int_equal(published_set_step(set, 100, 101, swaps, &count, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
    assert_int_equal(published_set_step(set, 101, 102, swaps, &count, &err), RESULT_OK);
    assert_int_equal(count, 0);
    change(set, people, COUNT_OF(people), NULL, 0, 102);
    assert_int_equal(published_set_class(set), 2 * SET_CLASS_MIN);
    assert_root(set);
    published_set_close(set);
}

static void test_a_class_that_is_none_and_too_many_people_are_refused(void **state)
{
    const size_t many = SET_CLASS_MAX / 4 * 3 + (size_t)1;
    uint64_t *people = calloc(many, sizeof *people);
    struct published_set *set = NULL;
    struct error err;
    (void)state;
    assert_non_null(people);
    for (size_t i = 0; i < many; i++) {
        people[i] = i + 1;
    }
    assert_int_equal(published_set_open(secret, &(struct published_state){0, 0}, people, many, 1, &set, &err),
                     RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    assert_int_equal(published_set_open(secret, &(struct published_state){100, 0}, people, 3, 1, &set, &err),
                     RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_INVALID);
    assert_null(set);
    free(people);
}

/* ---- steps ---- */

struct past {
    uint64_t entries[VERSIONS][CLASS_TOP];
    uint32_t class[VERSIONS];
    size_t swapped[VERSIONS]; /* from the one before */
};

static size_t differ(const struct world *world, const uint64_t *then)
{
    size_t count = 0;
    for (uint32_t i = 0; i < published_set_class(world->set); i++) {
        count += !stands(world->set, then[i]);
    }
    return count;
}

/* The step from an older version, done on what was kept of it, gives the newest; or there is a reason that none is given. */
static void assert_step(const struct world *world, const struct past *past, uint64_t from)
{
    const uint32_t class = published_set_class(world->set);
    const uint64_t *then = past->entries[from % VERSIONS];
    struct set_swap swaps[SET_STEP_SWAPS];
    uint32_t count = 0;
    struct error err;
    if (published_set_step(world->set, from, world->version, swaps, &count, &err) != RESULT_OK) {
        bool reason = world->version - from > SET_STEPS_KEPT;
        for (uint64_t v = from + 1; v <= world->version && !reason; v++) {
            reason = past->class[v % VERSIONS] != past->class[from % VERSIONS] ||
                     past->swapped[v % VERSIONS] > SET_STEP_SWAPS;
        }
        assert_int_equal(err.fault, FAULT_NOT_FOUND);
        assert_true(reason || differ(world, then) > SET_STEP_SWAPS);
        return;
    }
    assert_true(world->version - from <= SET_STEPS_KEPT);
    assert_int_equal(past->class[from % VERSIONS], class);
    assert_int_equal(count, differ(world, then));
    for (uint32_t i = 0; i < count; i++) {
        assert_non_null(bsearch(&swaps[i].goes, then, class, sizeof *then, by_number));
        assert_false(stands(world->set, swaps[i].goes));
        assert_null(bsearch(&swaps[i].comes, then, class, sizeof *then, by_number));
        assert_true(stands(world->set, swaps[i].comes));
        assert_true(i == 0 || (swaps[i - 1].goes < swaps[i].goes && swaps[i - 1].comes < swaps[i].comes));
    }
}

static void test_steps_from_every_version_in_reach(void **state)
{
    struct past *past = calloc(1, sizeof *past);
    size_t at_start = 0;
    (void)state;
    assert_non_null(past);
    for (uint64_t seed = 21; seed <= 23; seed++) {
        struct world *world = setup(seed, seed == 22);
        at_start = 0;
        for (int round = 0; round < 150; round++) {
            const size_t kept = (size_t)(world->version % VERSIONS);
            past->class[kept] = published_set_class(world->set);
            memcpy(past->entries[kept], published_set_entries(world->set), past->class[kept] * sizeof(uint64_t));
            if (round % 5 == 4) {
                world->version++; /* a tick at which nothing is called */
            } else if (round % 41 == 40) {
                stir(world, 90, 90);
            } else {
                stir(world, 4, round % 2 == 0 ? 6 : 4);
            }
            at_start += at_start + 1 < VERSIONS;
            past->class[world->version % VERSIONS] = published_set_class(world->set);
            past->swapped[world->version % VERSIONS] =
                past->class[kept] == published_set_class(world->set) ? differ(world, past->entries[kept]) : 0;
            for (size_t back = 1; back <= at_start; back++) {
                assert_step(world, past, world->version - back);
            }
        }
        teardown(world);
    }
    free(past);
}

static void test_steps_have_bounds(void **state)
{
    uint64_t people[SET_STEP_SWAPS + 1];
    uint64_t seed = 4;
    struct set_swap swaps[SET_STEP_SWAPS];
    uint32_t count = 0;
    struct error err = {0};
    struct published_set *set = opened((struct published_state){256, 0}, NULL, 0); /* at version 100 */
    (void)state;
    chance_entries(&seed, people, COUNT_OF(people));
    change(set, NULL, 0, people, SET_STEP_SWAPS, 101);
    must(published_set_step(set, 100, 101, swaps, &count, &err), &err);
    assert_int_equal(count, SET_STEP_SWAPS);
    must(published_set_step(set, 100, 100 + SET_STEPS_KEPT, swaps, &count, &err), &err);
    assert_int_equal(published_set_step(set, 100, 101 + SET_STEPS_KEPT, swaps, &count, &err), RESULT_FAILED);
    assert_int_equal(published_set_step(set, 99, 101, swaps, &count, &err), RESULT_FAILED);
    assert_int_equal(published_set_step(set, 102, 101, swaps, &count, &err), RESULT_FAILED);
    change(set, NULL, 0, &people[SET_STEP_SWAPS], 1, 102); /* one more, in two versions */
    assert_int_equal(published_set_step(set, 100, 102, swaps, &count, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
    must(published_set_step(set, 101, 102, swaps, &count, &err), &err);
    assert_int_equal(count, 1);
    change(set, people, 1, NULL, 0, 103); /* a dummy takes that place, which is a swap too */
    assert_int_equal(published_set_step(set, 100, 103, swaps, &count, &err), RESULT_FAILED);
    must(published_set_step(set, 101, 103, swaps, &count, &err), &err);
    assert_int_equal(count, 2);
    change(set, people + 1, SET_STEP_SWAPS, people, 1, 104); /* he returns to a place of one who goes */
    must(published_set_step(set, 103, 104, swaps, &count, &err), &err);
    assert_int_equal(count, SET_STEP_SWAPS);
    change(set, people, 1, people + 1, SET_STEP_SWAPS, 105);
    must(published_set_step(set, 104, 105, swaps, &count, &err), &err);
    change(set, people, COUNT_OF(people), NULL, 0, 106);
    change(set, NULL, 0, people, COUNT_OF(people), 107);
    assert_int_equal(published_set_step(set, 106, 107, swaps, &count, &err), RESULT_FAILED);
    must(published_set_step(set, 107, 107, swaps, &count, &err), &err);
    assert_int_equal(count, 0);
    published_set_close(set);
}

/* ---- copies ---- */

/* What the copy becomes, the first would have become; what is done to the one does not touch the other. */
static void test_a_copy_goes_on_as_the_first_would(void **state)
{
    struct world *world = setup(41, true);
    struct published_set *copy = NULL;
    struct error err = {0};
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct set_swap swaps[2][SET_STEP_SWAPS];
        uint32_t counts[2] = {0, 0};
        uint64_t goes[2];
        uint64_t comes[3];
        keep(world);
        must(published_set_copy(world->set, &copy, &err), &err);
        stir(world, 12, round < 30 ? 20 : 12);
        assert_memory_equal(published_set_entries(copy), world->before, world->class_before * sizeof(uint64_t));
        assert_root(copy);
        published_set_close(copy);
        must(published_set_copy(world->set, &copy, &err), &err);
        assert_same_root(published_set_root(copy), published_set_root(world->set));
        assert_int_equal(published_set_people(copy), published_set_people(world->set));
        for (size_t i = 0; i < COUNT_OF(goes); i++) {
            goes[i] = published_set_entries(copy)[chance(&world->seed) % published_set_class(copy)];
        }
        chance_entries(&world->seed, comes, COUNT_OF(comes));
        change(copy, goes, COUNT_OF(goes), comes, COUNT_OF(comes), world->version + 1);
        change(world->set, goes, COUNT_OF(goes), comes, COUNT_OF(comes), ++world->version);
        assert_same_root(published_set_root(copy), published_set_root(world->set));
        const struct published_state a = published_set_state(copy);
        const struct published_state b = published_set_state(world->set);
        assert_true(a.class == b.class && a.spent == b.spent);
        for (uint64_t back = 0; back <= SET_STEPS_KEPT && back <= world->version - 100; back++) {
            const uint64_t from = world->version - back;
            assert_int_equal(published_set_step(copy, from, world->version, swaps[0], &counts[0], &err),
                             published_set_step(world->set, from, world->version, swaps[1], &counts[1], &err));
            assert_int_equal(counts[0], counts[1]);
            assert_memory_equal(swaps[0], swaps[1], counts[0] * sizeof swaps[0][0]);
        }
        published_set_close(copy);
    }
    teardown(world);
}

static void test_without_memory_there_is_no_copy(void **state)
{
    struct published_set *set = opened((struct published_state){0, 0}, NULL, 0);
    struct published_set *copy = NULL;
    struct error err;
    long n = 0;
    (void)state;
    for (mem_fail_after(0); published_set_copy(set, &copy, &err) != RESULT_OK; mem_fail_after(++n)) {
        assert_int_equal(err.fault, FAULT_NO_MEMORY);
        assert_null(copy);
        assert_true(n < 20);
    }
    mem_fail_after(-1);
    assert_true(n >= 4);
    published_set_close(copy);
    published_set_close(set);
}

/* ---- and the rest ---- */

static void test_one_entry_is_shown_under_the_root(void **state)
{
    uint64_t people[500];
    uint64_t seed = 6;
    struct set_opening opening;
    (void)state;
    chance_entries(&seed, people, COUNT_OF(people));
    struct published_set *set = opened((struct published_state){0, 0}, people, COUNT_OF(people));
    for (size_t i = 0; i < COUNT_OF(people); i++) {
        assert_true(published_set_show(set, people[i], &opening));
        assert_true(set_opening_holds(&opening, people[i], published_set_root(set)));
    }
    assert_false(published_set_show(set, people[0] ^ 1U, &opening));
    published_set_close(set);
}

static void test_without_memory_a_set_stays_as_it_was(void **state)
{
    uint64_t people[200];
    uint64_t seed = 8;
    struct published_set *set = NULL;
    struct error err;
    (void)state;
    chance_entries(&seed, people, COUNT_OF(people));
    for (long n = 0; set == NULL; n++) {
        mem_fail_after(n);
        const enum result result =
            published_set_open(secret, &(struct published_state){0, 0}, people, 50, 1, &set, &err);
        assert_int_equal(result == RESULT_OK, set != NULL);
        assert_true(set != NULL || err.fault == FAULT_NO_MEMORY);
        assert_true(n < 40);
    }
    for (int grows = 0; grows < 2; grows++) {
        const struct published_change next = {people, 3, people + 50, grows != 0 ? 150 : 3};
        const struct sha256 before = root_of(set);
        const struct published_state kept = published_set_state(set);
        long n = 0;
        for (mem_fail_after(0); published_set_change(set, &next, 2 + (uint64_t)grows, &err) != RESULT_OK;
             mem_fail_after(++n)) {
            const struct published_state now = published_set_state(set);
            assert_int_equal(err.fault, FAULT_NO_MEMORY);
            assert_same_root(published_set_root(set), &before);
            assert_true(now.class == kept.class && now.spent == kept.spent);
            assert_true(n < 40);
        }
        mem_fail_after(-1);
        assert_true(n >= 5);
        assert_root(set);
        for (size_t i = 0; i < next.comes_count; i++) {
            assert_true(stands(set, next.comes[i]));
        }
    }
    published_set_close(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_comings_and_goings_against_a_model),
        cmocka_unit_test(test_reopened_it_is_the_same_set),
        cmocka_unit_test(test_dummies_differ_by_secret),
        cmocka_unit_test(test_a_person_with_a_dummys_fingerprint_takes_it_over),
        cmocka_unit_test(test_two_people_give_a_dummy_its_entry_back),
        cmocka_unit_test(test_a_dummy_with_a_persons_fingerprint_is_passed_over),
        cmocka_unit_test(test_two_people_with_one_fingerprint_share_it),
        cmocka_unit_test(test_more_people_than_are_counted_are_refused),
        cmocka_unit_test(test_a_class_doubles_past_three_quarters_and_stays),
        cmocka_unit_test(test_a_class_that_is_none_and_too_many_people_are_refused),
        cmocka_unit_test(test_steps_from_every_version_in_reach),
        cmocka_unit_test(test_steps_have_bounds),
        cmocka_unit_test(test_a_copy_goes_on_as_the_first_would),
        cmocka_unit_test(test_without_memory_there_is_no_copy),
        cmocka_unit_test(test_one_entry_is_shown_under_the_root),
        cmocka_unit_test(test_without_memory_a_set_stays_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
