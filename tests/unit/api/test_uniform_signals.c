/*
 * A signal that meets nothing looks the same, whomever it is about: status, header fields, bytes of the answer, the part of
 * the record that the partner may see, and what was done for it. The people and classes are those of uniform.h, at a school
 * that the area team's signals come to; test_uniform.c proves that what is compared here is found when it differs.
 */
#define UNIFORM_PURPOSE  "zorgsignaal"
#define UNIFORM_PROVIDER SCHOOL
#define UNIFORM_SHARED   LIFE_EDUCATION
#define UNIFORM_WITHHELD LIFE_MENTAL_HEALTH
#define UNIFORM_NEVER    LIFE_MENTAL_HEALTH
#include "unit/api/uniform.h"

#include "unit/api/homes_rig.h"

#include "api/signals_parts.h"
#include "support/counted.h"

enum { EACH = 400, DIFFERENCES_SHOWN = 8, AT_REQUEST = 16 };

static const double chance = 1e-6; /* of a false alarm, for each pair of classes */

struct seen {
    struct counts counts;
    size_t shape;
    int status;
    struct sha256 body; /* without the receipt, that is for this record alone */
    size_t bytes;
    bool met;
    uint8_t visible[LOG_VISIBLE_BYTES];
    uint64_t leaves;
};

static size_t differences;
static const char *via = "persoon";

static void differs(const char *what, enum uniform_class class)
{
    if (differences++ < DIFFERENCES_SHOWN) {
        print_message("anders bij %s: %s\n", uniform_words[class], what);
    }
}

static void write_signal(const struct uniform *u, const struct ask_key *key, char body[SIGNAL_REQUEST_BYTES + 1])
{
    char digits[2 * ASK_KEY_BYTES + 1];
    hex_encode(slice_of(key->bytes, sizeof key->bytes), digits);
    const int len = snprintf(body, SIGNAL_REQUEST_BYTES + 1,
                             "{\"ontvangstbewijs\":\"%s\",\"doel\":\"zorgsignaal\",\"betrokkene\":{\"sleutel\":\"%s\","
                             "\"periode\":%d},\"via\":\"%s\",\"inbreng\":{\"spoor\":"
                             "\"0123456789abcdef0123456789abcdef\",\"grondslag\":\"wmo-5.1.1\",\"verteld\":true,"
                             "\"tot\":\"2026-12-31\",\"rollen\":[]},\"opvulling\":\"",
                             u->receipt.text, digits, (int)u->scope.epoch, via);
    assert_true(len > 0 && len < SIGNAL_REQUEST_BYTES - 2);
    memset(body + len, ' ', (size_t)(SIGNAL_REQUEST_BYTES - 2 - len));
    memcpy(body + SIGNAL_REQUEST_BYTES - 2, "\"}", 3);
}

static void blank_receipt(struct http_request *r)
{
    static const char name[] = "\"ontvangstbewijs\":\"";
    char *at = strstr((char *)r->answer.ptr, name);
    if (at == NULL) {
        fail_msg("%d: %.300s", r->status, (const char *)r->answer.ptr);
    }
    memset(at + sizeof name - 1, '-', RECEIPT_TEXT);
}

static void send_signal(struct uniform *u, const struct uniform_question *question, struct seen *seen)
{
    static char body[SIGNAL_REQUEST_BYTES + 1];
    static unsigned number;
    char id[IDENT_TEXT_SIZE];
    uint8_t leaf[LOG_LEAF_BYTES];
    const uint64_t before = rig_leaves(&u->rig);
    write_signal(u, &u->people[question->class][question->number].key, body);
    (void)snprintf(id, sizeof id, "%032x", ++number); /* each is another message */
    struct http_request request = rig_request(&u->rig, body);
    request.peer = &u->asker;
    request.request_id = id;
    buf_fill(&request.answer, 0, SIGNAL_ANSWER_BYTES + 1); /* the fake's own memory is not counted */
    counted_begin();
    rig_handle(signals_take, &request);
    seen->counts = counted_so_far();
    seen->shape = (size_t)seen->counts.of[COUNTED_DECISIONS];
    seen->status = request.status;
    seen->leaves = rig_leaves(&u->rig) - before;
    seen->bytes = request.answer.len - 1;
    seen->met = rig_says(&request, "\"inbreng\"") || rig_says(&request, "\"spoor\"");
    blank_receipt(&request);
    sha256_of(buf_slice(&request.answer), &seen->body);
    rig_leaf(&u->rig, before, leaf);
    memcpy(seen->visible, leaf, LOG_VISIBLE_BYTES);
    memset(seen->visible + AT_REQUEST, 0, IDENT_SIZE);
    rig_forget(&request);
}

static void compare(const struct seen *seen, const struct seen *first, const struct seen *same,
                    enum uniform_class class)
{
    if (seen->status != 200 || seen->bytes != SIGNAL_ANSWER_BYTES ||
        memcmp(&seen->body, &first->body, sizeof seen->body) != 0) {
        differs("antwoord", class);
    }
    if (seen->leaves != 1 || memcmp(seen->visible, first->visible, sizeof seen->visible) != 0) {
        differs("zichtbare regel", class);
    }
    for (int i = 0; i < COUNTED_COUNT; i++) {
        if (seen->counts.of[i] != same->counts.of[i]) {
            differs(counted_word((enum counted)i), class);
        }
    }
}

/* The school's own households: person and person's neighbour in the list, for `those` of them. */
static void live_together(struct uniform *u, size_t first, size_t count)
{
    struct store_batch *batch = store_batch_new(u->rig.world.door);
    struct buf payload;
    assert_non_null(batch);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    for (int class = CLASS_NEVER_SHARED; class <= CLASS_SHARED; class ++) {
        for (size_t n = first; n + 1 < first + count && n + 1 < u->each; n += 2) {
            struct household home = {.member_count = 2, .source = "BRP", .recorded = {2025, 1, 2}};
            const struct ident id = entropy_ident(&u->rig.entropy);
            home.members[0] = u->people[class][n].id;
            home.members[1] = u->people[class][n + 1].id;
            household_encode(&home, &payload);
            uniform_put(batch, STORE_HOUSEHOLD, NULL, slice_of(NULL, 0), &payload, &id);
        }
    }
    assert_int_equal(world_commit(&u->rig.world, batch), FAULT_NONE);
    buf_free(&payload);
}

static void open_households(struct uniform *u)
{
    struct error err;
    assert_int_equal(cooperation_open(&u->rig.api, &u->rig.api.cooperation, &err), RESULT_OK);
    homes_open(&u->rig);
}

static void close_all(struct uniform *u)
{
    homes_close(&u->rig);
    cooperation_close(u->rig.api.cooperation);
    u->rig.api.cooperation = NULL;
    via = "persoon";
    uniform_close(u);
}

/* Half of each class lives with somebody by the school's own records. */
static void compare_all(const char *by)
{
    static struct uniform u;
    static struct seen by_shape[UNIFORM_SHAPE_MAX + 1];
    static bool has_shape[UNIFORM_SHAPE_MAX + 1];
    static uint64_t shapes[CLASS_COUNT][EACH];
    size_t filled[CLASS_COUNT] = {0};
    struct seen first;
    struct seen seen;
    differences = 0;
    memset(has_shape, 0, sizeof has_shape);
    uniform_open(&u, EACH, 1);
    live_together(&u, 0, EACH / 2);
    open_households(&u);
    via = by;
    send_signal(&u, &u.questions[0], &first); /* makes the month's key too, and is not compared */
    for (size_t i = 0; i < u.count; i++) {
        const enum uniform_class class = u.questions[i].class;
        send_signal(&u, &u.questions[i], &seen);
        first = i == 0 ? seen : first;
        const size_t shape = seen.shape <= UNIFORM_SHAPE_MAX ? seen.shape : 0;
        by_shape[shape] = has_shape[shape] ? by_shape[shape] : seen;
        has_shape[shape] = true;
        compare(&seen, &first, &by_shape[shape], class);
        shapes[class][filled[class]++] = seen.shape;
    }
    for (int a = 0; a < CLASS_COUNT; a++) {
        qsort(shapes[a], EACH, sizeof shapes[a][0], uniform_by_value);
    }
    for (int a = 0; a < CLASS_COUNT; a++) {
        for (int b = a + 1; b < CLASS_COUNT; b++) {
            assert_true(uniform_distance(shapes[a], EACH, shapes[b], EACH) <= uniform_bound(chance, EACH, EACH));
        }
    }
    assert_int_equal(differences, 0);
    close_all(&u);
}

static void who_is_not_met_looks_like_nobody(void **state)
{
    (void)state;
    compare_all("persoon");
}

static void nor_by_way_of_a_household(void **state)
{
    (void)state;
    compare_all("huishouden");
}

/* Met by a household of one's own record alone; else it is as with nobody, record, bytes and work. */
static void by_a_household_that_is_known_here_too(void **state)
{
    (void)state;
    static struct uniform u;
    struct seen nobody, met, without;
    const struct uniform_question unknown = {CLASS_UNKNOWN, 0};
    const struct uniform_question with = {CLASS_SHARED, 1};
    const struct uniform_question alone = {CLASS_SHARED, 5};
    uniform_open(&u, 6, 2);
    live_together(&u, 0, 4);
    open_households(&u);
    via = "huishouden";
    send_signal(&u, &unknown, &nobody);
    send_signal(&u, &unknown, &nobody);
    send_signal(&u, &alone, &without);
    assert_false(without.met);
    assert_int_equal(without.leaves, 1);
    assert_memory_equal(&without.body, &nobody.body, sizeof nobody.body);
    assert_memory_equal(without.visible, nobody.visible, sizeof nobody.visible);
    send_signal(&u, &with, &met);
    assert_true(met.met);
    assert_int_equal(met.leaves, 2);
    assert_int_equal(met.bytes, SIGNAL_ANSWER_BYTES);
    close_all(&u);
}

/* A signal of our own about him, kept in the rows. */
static void worry(struct uniform *u, const struct uniform_question *who)
{
    struct error err;
    struct signal signal = {.told = SIGNAL_TOLD, .household = true, .published = {2026, 1, 2}, .until = {2030, 12, 31}};
    const struct ident id = entropy_ident(&u->rig.entropy);
    struct store_batch *batch = store_batch_new(u->rig.world.door);
    assert_non_null(batch);
    signal.spoor = entropy_ident(&u->rig.entropy);
    signal.key = entropy_ident(&u->rig.entropy);
    (void)snprintf(signal.publisher, sizeof signal.publisher, "l.meester");
    (void)snprintf(signal.role, sizeof signal.role, "partnerprofessional");
    (void)snprintf(signal.basis, sizeof signal.basis, "wpo-8");
    assert_int_equal(signals_put_row(batch, &id, &u->people[who->class][who->number].id, &signal, 0, &err), RESULT_OK);
    assert_int_equal(world_commit(&u->rig.world, batch), FAULT_NONE);
}

/* Of each shape as many of whom something could meet, but for a household, as who are shielded. */
static size_t pair_up(struct uniform *u, struct uniform_question (*pairs)[2])
{
    size_t count = 0;
    uint32_t next = 0;
    for (uint32_t n = (uint32_t)u->each / 2; n < u->each; n++) {
        uint32_t k = next;
        while (k < u->each && u->people[CLASS_SHIELDED][k].shape != u->people[CLASS_SHARED][n].shape) {
            k++;
        }
        if (k < u->each) {
            pairs[count][0] = (struct uniform_question){CLASS_SHARED, n};
            pairs[count++][1] = (struct uniform_question){CLASS_SHIELDED, k};
            next = k + 1;
        }
    }
    return count;
}

/* A signal that does not meet, of who lives with nobody here, looks like one of somebody who is shielded, and like nobody. */
static void nor_tells_a_signal_that_is_not_met(void **state)
{
    (void)state;
    static struct uniform u;
    static struct uniform_question pairs[EACH][2];
    struct seen nobody, other, alone;
    const struct uniform_question unknown = {CLASS_UNKNOWN, 0};
    const struct uniform_question with = {CLASS_SHARED, 1};
    differences = 0;
    uniform_open(&u, 60, 2);
    live_together(&u, 0, 20);
    open_households(&u);
    via = "huishouden";
    const size_t count = pair_up(&u, pairs);
    assert_true(count >= 10);
    for (size_t i = 0; i < count; i++) {
        worry(&u, &pairs[i][0]);
        worry(&u, &pairs[i][1]);
    }
    worry(&u, &with);
    send_signal(&u, &unknown, &nobody);
    send_signal(&u, &unknown, &nobody);
    for (size_t i = 0; i < count; i++) { /* what is kept to read into grows to the largest of them */
        send_signal(&u, &pairs[i][0], &alone);
    }
    for (size_t i = 0; i < count; i++) {
        send_signal(&u, &pairs[i][0], &alone);
        send_signal(&u, &pairs[i][1], &other);
        assert_false(alone.met);
        compare(&alone, &nobody, &other, CLASS_SHIELDED);
        compare(&other, &nobody, &other, CLASS_SHIELDED);
    }
    assert_int_equal(differences, 0);
    send_signal(&u, &with, &alone); /* the control */
    assert_true(alone.met);
    assert_int_equal(alone.bytes, SIGNAL_ANSWER_BYTES);
    assert_int_equal(alone.leaves, 2);
    close_all(&u);
}

/* Who else lives there is shielded: she herself may be known of, and is not met. */
static void not_where_somebody_is_shielded(void **state)
{
    (void)state;
    static struct uniform u;
    struct seen seen;
    const struct uniform_question with = {CLASS_SHARED, 1};
    uniform_open(&u, 6, 2);
    live_together(&u, 0, 4);
    open_households(&u);
    via = "huishouden";
    struct involvement hidden = rig_budget();
    struct buf payload;
    struct store_batch *batch = store_batch_new(u.rig.world.door);
    const struct ident id = entropy_ident(&u.rig.entropy);
    hidden.sensitivity = SENSITIVITY_SHIELDED;
    hidden.until = (struct date){2030, 12, 31};
    buf_init(&payload, STORE_PAYLOAD_MAX);
    involvement_encode(&hidden, &payload);
    uniform_put(batch, STORE_INVOLVEMENT, &u.people[CLASS_SHARED][0].id, slice_of(NULL, 0), &payload, &id);
    assert_int_equal(world_commit(&u.rig.world, batch), FAULT_NONE);
    buf_free(&payload);
    send_signal(&u, &with, &seen); /* before anybody looked at what changed */
    assert_false(seen.met);
    assert_int_equal(seen.leaves, 1);
    via = "persoon";
    send_signal(&u, &with, &seen);
    assert_true(seen.met);
    close_all(&u);
}

/* The control: who may be known of is met, and the counters do count. */
static void who_may_be_known_of_is_met(void **state)
{
    (void)state;
    static struct uniform u;
    struct seen seen;
    const struct uniform_question question = {CLASS_SHARED, 3};
    uniform_open(&u, 5, 2);
    send_signal(&u, &question, &seen);
    assert_int_equal(seen.status, 200);
    assert_true(seen.met);
    assert_int_equal(seen.bytes, SIGNAL_ANSWER_BYTES);
    assert_int_equal(seen.leaves, 2); /* that it came, and that it met */
    assert_true(seen.shape > 0 && seen.counts.of[COUNTED_STORE_READS] > 0 && seen.counts.of[COUNTED_SIGNATURES] > 0);
    uniform_close(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_not_met_looks_like_nobody),   cmocka_unit_test(nor_by_way_of_a_household),
        cmocka_unit_test(who_may_be_known_of_is_met),         cmocka_unit_test(by_a_household_that_is_known_here_too),
        cmocka_unit_test(nor_tells_a_signal_that_is_not_met), cmocka_unit_test(not_where_somebody_is_shielded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
