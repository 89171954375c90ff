/*
 * Whom a partner asks about in vain looks the same, whatever the reason: status, header fields, bytes of the answer, the
 * part of the record that he may see, and what was done for it. Built once with the program, which must pass, and once for
 * each leak of tests/unit/api/leaks/ (UNIFORM_LEAK: in what it must be found): what finds nothing there would find nothing
 * here.
 */
#include "unit/api/uniform.h"

#include "support/counted.h"

enum { EACH = 2000, DIFFERENCES_SHOWN = 8 };

static const double chance = 1e-6; /* of a false alarm, for each pair of classes */

/* What came of one question. */
struct seen {
    struct counts counts;
    size_t shape; /* involvements of whom was read: the person asked about, or the decoy */
    int status;
    char header[64];
    struct sha256 body; /* without the receipt, that is for this record alone */
    uint8_t visible[LOG_VISIBLE_BYTES];
    uint8_t attachment[LOG_RECEIPT_BYTES];
    uint64_t leaves;
};

/* In what a difference was found: what the partner sees; what was done, for the same shape; how often each shape came. */
enum found { FOUND_SIGHT, FOUND_WORK, FOUND_SHAPES, FOUND_COUNT };

static size_t differences[FOUND_COUNT];

static void differs(enum found in, const char *what, enum uniform_class class)
{
    if (differences[in]++ < DIFFERENCES_SHOWN) {
        print_message("anders bij %s: %s\n", uniform_words[class], what);
    }
}

static void blank_receipt(struct http_request *r)
{
    static const char name[] = "{\"ontvangstbewijs\":\"";
    assert_memory_equal(r->answer.ptr, name, sizeof name - 1);
    memset(r->answer.ptr + sizeof name - 1, '-', RECEIPT_TEXT);
}

static void ask(struct uniform *u, const struct uniform_question *question, struct seen *seen)
{
    char body[UNIFORM_BODY];
    uint8_t leaf[LOG_LEAF_BYTES];
    const struct ask_key key = u->people[question->class][question->number].key;
    const uint64_t before = rig_leaves(&u->rig);
    struct http_request request = uniform_request(u, &key, body);
    buf_fill(&request.answer, 0, CONSULT_ANSWER_BYTES + 1); /* the fake's own memory is not counted */
    counted_begin();
    rig_handle(consult_answer, &request);
    counted_add(COUNTED_BYTES_OUT, request.answer.len - 1);
    seen->counts = counted_so_far();
    seen->shape = (size_t)seen->counts.of[COUNTED_DECISIONS];
    seen->status = request.status;
    memcpy(seen->header, request.header, sizeof seen->header);
    seen->leaves = rig_leaves(&u->rig) - before;
    blank_receipt(&request);
    sha256_of(buf_slice(&request.answer), &seen->body);
    rig_leaf(&u->rig, before, leaf);
    memcpy(seen->visible, leaf, LOG_VISIBLE_BYTES);
    memcpy(seen->attachment, leaf + LOG_VISIBLE_BYTES + LOG_SEALED_BYTES, LOG_RECEIPT_BYTES);
    rig_forget(&request);
}

/* What a partner sees must be the very same as for the first question. */
static void compare_sight(const struct seen *seen, const struct seen *first, enum uniform_class class)
{
    if (seen->status != 200 || seen->status != first->status || strcmp(seen->header, first->header) != 0) {
        differs(FOUND_SIGHT, "status of kop", class);
    }
    if (memcmp(&seen->body, &first->body, sizeof seen->body) != 0) {
        differs(FOUND_SIGHT, "inhoud van het antwoord", class);
    }
    if (seen->leaves != 1 || memcmp(seen->visible, first->visible, sizeof seen->visible) != 0 ||
        memcmp(seen->attachment, first->attachment, sizeof seen->attachment) != 0) {
        differs(FOUND_SIGHT, "zichtbare regel", class);
    }
}

/* What was done is a matter of the shape alone: equal to the last count, for the same shape of whatever class. */
static void compare_work(const struct seen *seen, const struct seen *same, enum uniform_class class)
{
    for (int i = 0; i < COUNTED_COUNT; i++) {
        if (seen->counts.of[i] != same->counts.of[i]) {
            differs(FOUND_WORK, counted_word((enum counted)i), class);
        }
    }
}

/* And the shapes themselves come as often in one class as in another. */
static void compare_shapes(uint64_t *shapes[CLASS_COUNT])
{
    for (int a = 0; a < CLASS_COUNT; a++) {
        qsort(shapes[a], EACH, sizeof *shapes[a], uniform_by_value);
    }
    for (int a = 0; a < CLASS_COUNT; a++) {
        for (int b = a + 1; b < CLASS_COUNT; b++) {
            if (uniform_distance(shapes[a], EACH, shapes[b], EACH) > uniform_bound(chance, EACH, EACH)) {
                differs(FOUND_SHAPES, "verdeling van het werk", (enum uniform_class)b);
            }
        }
    }
}

static void ask_about_all(struct uniform *u)
{
    static struct seen by_shape[UNIFORM_SHAPE_MAX + 1];
    static bool has_shape[UNIFORM_SHAPE_MAX + 1];
    static struct seen first;
    struct seen seen;
    uint64_t *shapes[CLASS_COUNT];
    size_t filled[CLASS_COUNT] = {0};
    for (int class = 0; class < CLASS_COUNT; class ++) {
        shapes[class] = calloc(EACH, sizeof *shapes[class]);
        assert_non_null(shapes[class]);
    }
    ask(u, &u->questions[0], &seen); /* makes the month's key too, and is not compared */
    for (size_t i = 0; i < u->count; i++) {
        const enum uniform_class class = u->questions[i].class;
        ask(u, &u->questions[i], &seen);
        first = i == 0 ? seen : first;
        compare_sight(&seen, &first, class);
        const size_t shape = seen.shape <= UNIFORM_SHAPE_MAX ? seen.shape : 0;
        by_shape[shape] = has_shape[shape] ? by_shape[shape] : seen;
        has_shape[shape] = true;
        compare_work(&seen, &by_shape[shape], class);
        shapes[class][filled[class]++] = seen.shape;
    }
    compare_shapes(shapes);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        assert_int_equal(filled[class], EACH);
        free(shapes[class]);
    }
}

static void who_may_not_be_known_of_looks_like_nobody(void **state)
{
    (void)state;
    static struct uniform u;
    uniform_open(&u, EACH, 1);
    ask_about_all(&u);
#ifdef UNIFORM_LEAK
    assert_true(differences[UNIFORM_LEAK] > 0);
#else
    for (int i = 0; i < FOUND_COUNT; i++) {
        assert_int_equal(differences[i], 0);
    }
#endif
    uniform_close(&u);
}

#ifndef UNIFORM_LEAK
/* The control: the same people are told about when they may be; the counters do count. */
static void who_is_shared_is_told(void **state)
{
    (void)state;
    static struct uniform u;
    struct seen seen;
    const struct uniform_question question = {CLASS_SHARED, 3};
    uniform_open(&u, 5, 2);
    ask(&u, &question, &seen);
    assert_int_equal(rig_last(&u.rig).outcome, OUTCOME_RELEASED);
    assert_int_equal(rig_last(&u.rig).entries, seen.shape);
    for (int i = 0; i < COUNTED_COUNT; i++) {
        if (seen.counts.of[i] == 0) {
            fail_msg("%s is niet geteld", counted_word((enum counted)i));
        }
    }
    uniform_close(&u);
}

/* Asked twice, a key that is nobody's has the same decoy; another partner, or another key, has another. */
static void a_key_keeps_its_decoy(void **state)
{
    (void)state;
    static struct uniform u;
    size_t shapes[UNIFORM_SHAPE_MAX + 1] = {0};
    size_t kinds = 0;
    struct seen seen;
    uniform_open(&u, 50, 3);
    for (uint32_t number = 0; number < 20; number++) {
        const struct uniform_question question = {CLASS_UNKNOWN, number};
        ask(&u, &question, &seen);
        const size_t shape = seen.shape;
        for (int again = 0; again < 5; again++) {
            ask(&u, &question, &seen);
            assert_int_equal(seen.shape, shape);
        }
        shapes[shape]++;
    }
    for (size_t i = 0; i <= UNIFORM_SHAPE_MAX; i++) {
        kinds += shapes[i] != 0;
    }
    assert_true(kinds > 2);
    uniform_close(&u);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_not_be_known_of_looks_like_nobody),
#ifndef UNIFORM_LEAK
        cmocka_unit_test(who_is_shared_is_told),
        cmocka_unit_test(a_key_keeps_its_decoy),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
