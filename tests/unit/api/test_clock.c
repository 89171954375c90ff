/* The own clock against the highest time seen and against the witnesses: rounds whose witnesses the test plays. */
#include "unit/api/api_rig.h"

#include "api/peer_clock.h"
#include "api/standing.h"
#include "audit/checkpoint.h"

#define TOKEN "Bearer kb-beheer"

enum { MINUTE = 60000, HOUR = 3600000, WITNESSES = 4 };

static const int64_t start_ms = 1767225600000;
static const int64_t silent = INT64_MIN;

/* ---- the median and what is made of it: pure ---- */

static void take(struct peer_clock *clock, size_t needed, int64_t skew, const int64_t *offsets, size_t count)
{
    int64_t copy[8];
    for (size_t i = 0; i < count; i++) {
        copy[i] = offsets[i];
    }
    peer_clock_take(clock, copy, count, needed, skew);
}

static void less_than_half_cannot_move_the_median(void **state)
{
    (void)state;
    static const struct {
        int64_t offsets[5];
        size_t count;
        int64_t median;
    } cases[] = {
        {{3, -HOUR * 9, 5}, 3, 3},
        {{3, HOUR * 9, 5}, 3, 5},
        {{1, 2, HOUR, 3}, 4, 2},
        {{1, 2, -HOUR, 3}, 4, 1},
        {{2, HOUR}, 2, 2},
        {{2, -HOUR}, 2, 2},
        {{HOUR, HOUR, 1, HOUR}, 4, HOUR},
        {{-HOUR}, 1, -HOUR},
        {{HOUR, HOUR, 4, 5, 6}, 5, 6},
        {{HOUR, 1, 2, HOUR}, 4, 2},
        {{-HOUR, 1, 2, -HOUR}, 4, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct peer_clock clock = {0};
        take(&clock, 1, 0, cases[i].offsets, cases[i].count);
        assert_int_equal(peer_clock_off(&clock, 0), cases[i].median);
    }
}

static void too_few_tell_nothing_and_make_nothing_forgotten(void **state)
{
    (void)state;
    struct peer_clock clock = {0};
    take(&clock, 3, 0, (int64_t[]){HOUR, HOUR}, 2);
    assert_int_equal(peer_clock_off(&clock, 0), 0);
    assert_false(peer_clock_wrong(&clock, 0));
    take(&clock, 3, 0, (int64_t[]){HOUR, HOUR, HOUR}, 3);
    assert_true(peer_clock_wrong(&clock, 0));
    take(&clock, 3, 0, (int64_t[]){0, 0}, 2);
    assert_true(peer_clock_wrong(&clock, 0));
    take(&clock, 3, 0, NULL, 0);
    assert_true(peer_clock_wrong(&clock, 0));
}

static void the_bound_is_five_minutes_either_way(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        struct peer_clock clock = {0};
        take(&clock, 1, 0, (int64_t[]){sign * (int64_t)CLOCK_WITNESSES_MAX_MS}, 1);
        assert_false(peer_clock_wrong(&clock, 0));
        take(&clock, 1, 0, (int64_t[]){sign * ((int64_t)CLOCK_WITNESSES_MAX_MS + 1)}, 1);
        assert_true(peer_clock_wrong(&clock, 0));
    }
}

static void a_jump_of_the_own_clock_is_known_before_the_next_round(void **state)
{
    (void)state;
    struct peer_clock clock = {0};
    assert_false(peer_clock_jumped(&clock, HOUR)); /* nothing to compare with yet */
    take(&clock, 1, 100, (int64_t[]){0}, 1);
    assert_false(peer_clock_jumped(&clock, 100 + CLOCK_BACK_MAX_MS));
    assert_true(peer_clock_jumped(&clock, 101 + CLOCK_BACK_MAX_MS));
    assert_true(peer_clock_wrong(&clock, 100 + HOUR));
    assert_true(peer_clock_wrong(&clock, 100 - HOUR));
    take(&clock, 1, 100 + HOUR, NULL, 0); /* also over a round in which nobody answered */
    assert_true(peer_clock_wrong(&clock, 100 + HOUR));
    assert_false(peer_clock_wrong(&clock, 100));
}

static void what_is_accepted_holds_until_they_agree(void **state)
{
    (void)state;
    struct peer_clock clock = {0};
    take(&clock, 1, 0, (int64_t[]){HOUR}, 1);
    peer_clock_accept(&clock, 0);
    assert_false(peer_clock_wrong(&clock, 0));
    assert_false(peer_clock_agrees(&clock, 0));
    take(&clock, 1, 0, (int64_t[]){HOUR + MINUTE}, 1);
    assert_false(peer_clock_wrong(&clock, 0));
    take(&clock, 1, 0, (int64_t[]){2 * HOUR}, 1);
    assert_true(peer_clock_wrong(&clock, 0));
    take(&clock, 1, 0, (int64_t[]){0}, 1); /* they agree */
    take(&clock, 1, 0, (int64_t[]){HOUR}, 1);
    assert_true(peer_clock_wrong(&clock, 0));
}

/* ---- a node with witnesses ---- */

struct node {
    struct rig rig;
    int64_t now;
};

static int64_t now_of(void *ctx)
{
    return *(const int64_t *)ctx;
}

static int post_reset(struct node *n, const char *body)
{
    struct http_request request = rig_request(&n->rig, body);
    request.authorization = TOKEN;
    rig_handle(clock_reset, &request);
    assert_int_equal(request.answers, 1);
    const int status = request.status;
    rig_forget(&request);
    return status;
}

static int reset(struct node *n)
{
    return post_reset(n, "{}");
}

/* A record of now, of a refusal. */
static void leave_record(struct node *n)
{
    assert_int_equal(post_reset(n, "[]"), 400);
    assert_int_equal(rig_last(&n->rig).time_ms, n->now);
}

static void open_node(struct node *n)
{
    rig_open(&n->rig, DEBT_HELP);
    n->now = start_ms;
    n->rig.world.clock.now_ms = now_of;
    n->rig.world.clock.ctx = &n->now;
    rig_user(&n->rig, "beheer", 1U << ROLE_ADMINISTRATOR, false, TOKEN);
    leave_record(n); /* a checkpoint is of a log that has something in it */
}

/* The line of this witness over the checkpoint it is sent, at the time `at_s`. */
static void cosign(const struct rig_ask *ask, uint64_t at_s, struct buf *out)
{
    static const char *const names[] = {"gebiedsteam", "school", "cjg", "uwv", "schuldhulp"};
    const char *name = names[ask->partner.digits[16] - '1'];
    struct witness_request request;
    struct sha256 seed;
    struct note_key key;
    struct error err;
    char text[80];
    assert_int_equal(witness_request_parse(slice_of(ask->body.ptr, ask->body.len - 1), &request, &err), RESULT_OK);
    (void)snprintf(text, sizeof text, "ketenbrug voorbeeld %s getuige", name);
    sha256_of(slice_text(text), &seed);
    (void)snprintf(text, sizeof text, "%s.localhost/logboek/getuige", name);
    assert_int_equal(note_key_from_seed(text, NOTE_COSIGNATURE, seed.bytes, &key, &err), RESULT_OK);
    assert_int_equal(note_sign(&key, request.note.text, at_s, out, &err), RESULT_OK);
    note_key_drop(&key);
}

static void answer(struct node *n, const struct rig_ask *ask, int64_t off_ms)
{
    struct buf line;
    struct peer_outcome outcome = {.kind = PEER_DOWN};
    buf_init(&line, 4096);
    if (ask->body.len > 1 && off_ms != silent) {
        cosign(ask, off_ms == INT64_MAX ? UINT64_MAX : (uint64_t)((n->now + off_ms) / 1000), &line);
        outcome = (struct peer_outcome){.kind = PEER_ANSWERED, .status = 200, .body = buf_slice(&line)};
    }
    ask->done(ask->ctx, &outcome);
    buf_free(&line);
}

/* One tick; in a round each witness's clock is the own one and `off_ms`. The number of witnesses asked. */
static size_t tick(struct node *n, const int64_t off_ms[WITNESSES])
{
    struct peer_pool *pool = &n->rig.peers;
    size_t asked = 0;
    uv_update_time(&n->rig.world.loop);
    checkpoints_tick(n->rig.api.checkpoints);
    rig_run(&n->rig);
    for (size_t i = 0; i < pool->count; i++) { /* the last one is what gossip asks */
        const bool round = pool->asks[i].body.len > 1;
        answer(n, &pool->asks[i], round ? off_ms[asked % WITNESSES] : silent);
        asked += round;
        rig_run(&n->rig);
    }
    for (size_t i = 0; i < pool->count; i++) {
        buf_free(&pool->asks[i].body);
    }
    pool->count = 0;
    return asked;
}

/* All of them say that the right time is so much later than the own clock. */
static size_t tick_all(struct node *n, int64_t off_ms)
{
    const int64_t all[WITNESSES] = {off_ms, off_ms, off_ms, off_ms};
    return tick(n, all);
}

static bool wrong(struct node *n)
{
    struct error err;
    const bool is_wrong = api_clock_wrong(&n->rig.api, &err);
    assert_true(!is_wrong || err.fault == FAULT_CLOCK);
    return is_wrong;
}

static void known(void *ctx, const struct error *err)
{
    assert_null(err);
    *(bool *)ctx = true;
}

/* What the next start knows. */
static void restart(struct node *n)
{
    bool started = false;
    struct error err;
    checkpoints_close(n->rig.api.checkpoints);
    assert_int_equal(checkpoints_open(&n->rig.api, CHECKPOINT_MS, &n->rig.api.checkpoints, &err), RESULT_OK);
    n->rig.api.highest_ms = 0;
    api_clock_start(&n->rig.api, known, &started);
    assert_true(started);
}

static void witnesses_that_disagree_stop_answers_and_agreeing_brings_them_back(void **state)
{
    (void)state;
    struct node n;
    open_node(&n);
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    assert_false(wrong(&n));
    n.now += CHECKPOINT_MS;
    leave_record(&n);
    assert_int_equal(tick_all(&n, 6 * MINUTE), WITNESSES);
    assert_true(wrong(&n));
    n.now += CHECKPOINT_MS; /* no growth, yet it is asked again, as it is wrong */
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    assert_false(wrong(&n));
    rig_close(&n.rig);
}

static void one_that_lies_moves_nothing(void **state)
{
    (void)state;
    static const int64_t lies[] = {9 * HOUR, -9 * HOUR, INT64_MAX};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct node n;
        open_node(&n);
        assert_int_equal(tick(&n, (int64_t[WITNESSES]){0, lies[i], 0, 0}), WITNESSES);
        assert_false(wrong(&n));
        const struct checkpoints_standing standing = checkpoints_standing(n.rig.api.checkpoints);
        assert_true(llabs(standing.clock_off_ms) < 2000);
        assert_int_equal(standing.cosignatures, lies[i] == INT64_MAX ? 3 : 4); /* that is no time at all */
        rig_close(&n.rig);
    }
}

static void a_jump_is_asked_about_at_once(void **state)
{
    (void)state;
    struct node n;
    open_node(&n);
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    n.now += 1000;
    assert_int_equal(tick_all(&n, 0), 0); /* not due, nothing grew */
    n.now += HOUR / 2;
    assert_true(wrong(&n)); /* known already */
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    assert_false(wrong(&n)); /* they jumped too: it was this machine that slept */
    rig_close(&n.rig);
}

static void a_long_jump_forward_counts_when_they_confirm_it(void **state)
{
    (void)state;
    struct node n;
    open_node(&n);
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    assert_int_equal(n.rig.api.highest_ms, start_ms);
    n.now += 400 * 24 * (int64_t)HOUR;
    assert_int_equal(api_clock_lag(&n.rig.api), 0);
    assert_int_equal(n.rig.api.highest_ms, start_ms);
    assert_int_equal(tick_all(&n, start_ms - n.now), WITNESSES);
    assert_true(wrong(&n));
    assert_int_equal(n.rig.api.highest_ms, start_ms);
    /* Put right: nothing to wait for. */
    n.now = start_ms + MINUTE;
    assert_false(wrong(&n));
    /* And the same when it is true: confirmed, kept, and known at the next start. */
    n.now += 2 * HOUR;
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    assert_int_equal(n.rig.api.highest_ms, n.now);
    restart(&n);
    assert_int_equal(n.rig.api.highest_ms, n.now);
    rig_close(&n.rig);
}

static void a_mistaken_jump_is_forgotten_over_a_restart_too(void **state)
{
    (void)state;
    struct node n;
    open_node(&n);
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    n.now += 30 * 24 * (int64_t)HOUR;
    assert_int_equal(reset(&n), 200);
    restart(&n);
    assert_int_equal(n.rig.api.highest_ms, n.now); /* an administrator said so: that is stored */
    rig_close(&n.rig);

    open_node(&n);
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    n.now += 30 * 24 * (int64_t)HOUR;
    restart(&n); /* a start with a wrong clock believes nothing before the first round */
    assert_int_equal(api_clock_lag(&n.rig.api), 0);
    assert_int_equal(tick_all(&n, start_ms - n.now), WITNESSES);
    assert_true(wrong(&n));
    leave_record(&n);
    n.now = start_ms + MINUTE;
    restart(&n);
    assert_false(wrong(&n));
    assert_int_equal(api_clock_lag(&n.rig.api), 0);
    rig_close(&n.rig);
}

static void back_by_more_than_five_seconds_waits_or_is_reset(void **state)
{
    (void)state;
    struct node n;
    open_node(&n);
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    n.now = start_ms + 4 * MINUTE;
    assert_false(wrong(&n));
    n.now -= CLOCK_BACK_MAX_MS;
    assert_false(wrong(&n));
    n.now -= 1;
    assert_true(wrong(&n));
    assert_int_equal(reset(&n), 200);
    assert_false(wrong(&n));
    const struct record record = rig_last(&n.rig);
    assert_int_equal(record.operation, RECORD_CLOCK_RESET);
    assert_string_equal(record.user, "beheer");
    rig_close(&n.rig);
}

static void a_reset_that_is_not_recorded_does_not_count(void **state)
{
    (void)state;
    struct node n;
    open_node(&n);
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    n.now -= MINUTE;
    assert_true(wrong(&n));
    rig_disk_full(&n.rig, true);
    assert_int_equal(reset(&n), 503);
    assert_true(wrong(&n));
    rig_disk_full(&n.rig, false);
    assert_int_equal(reset(&n), 200);
    assert_false(wrong(&n));
    rig_close(&n.rig);
}

static void a_reset_holds_against_the_witnesses_until_they_agree(void **state)
{
    (void)state;
    struct node n;
    open_node(&n);
    assert_int_equal(tick_all(&n, -HOUR), WITNESSES);
    assert_true(wrong(&n));
    assert_int_equal(reset(&n), 200);
    assert_false(wrong(&n));
    n.now += CHECKPOINT_MS;
    assert_int_equal(tick_all(&n, -HOUR), WITNESSES);
    assert_false(wrong(&n));
    n.now += CHECKPOINT_MS;
    assert_int_equal(tick_all(&n, -3 * HOUR), WITNESSES);
    assert_true(wrong(&n));
    rig_close(&n.rig);
}

/* A covenant that names nobody else: there is nobody to ask, and every time is believed. */
static void without_witnesses_the_own_clock_is_all_there_is(void **state)
{
    (void)state;
    struct node n;
    open_node(&n);
    char *text = rig_covenant_text();
    char *list = strstr(text, "\"getuigen\": [");
    assert_non_null(list);
    char *end = strchr(list, ']');
    assert_non_null(end);
    memset(list + strlen("\"getuigen\": ["), ' ', (size_t)(end - list) - strlen("\"getuigen\": ["));
    rig_set_covenant(&n.rig, text);
    free(text);
    assert_int_equal(checkpoints_needed(&n.rig.api), 0);
    n.now += 400 * 24 * (int64_t)HOUR;
    assert_int_equal(api_clock_lag(&n.rig.api), 0);
    assert_int_equal(n.rig.api.highest_ms, n.now);
    assert_int_equal(tick_all(&n, 0), 0);
    assert_false(wrong(&n));
    n.now -= HOUR;
    assert_true(wrong(&n));
    rig_close(&n.rig);
}

/* A full disk while a round ends: nothing is kept, and the next round does. */
static void a_round_on_a_full_disk_keeps_nothing_and_goes_on_later(void **state)
{
    (void)state;
    struct node n;
    open_node(&n);
    rig_disk_full(&n.rig, true);
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    assert_int_equal(checkpoints_standing(n.rig.api.checkpoints).cosignatures, WITNESSES);
    rig_disk_full(&n.rig, false);
    restart(&n);
    assert_int_equal(checkpoints_latest(n.rig.api.checkpoints).len, 0);
    n.now += CHECKPOINT_MS;
    assert_int_equal(tick_all(&n, 0), WITNESSES);
    restart(&n);
    assert_true(checkpoints_latest(n.rig.api.checkpoints).len > 0);
    rig_close(&n.rig);
}

/* A cosignature by a key that the covenant does not name for that witness: not counted, not passed on. */
static void an_unknown_witness_is_not_counted(void **state)
{
    (void)state;
    struct node n;
    open_node(&n);
    checkpoints_tick(n.rig.api.checkpoints);
    rig_run(&n.rig);
    struct peer_pool *pool = &n.rig.peers;
    assert_int_equal(pool->count, WITNESSES);
    for (size_t i = 0; i < WITNESSES; i++) {
        struct rig_ask ask = pool->asks[i];
        ask.partner = pool->asks[0].partner; /* each signs as the first: right once */
        answer(&n, &ask, 0);
    }
    rig_run(&n.rig);
    const struct slice latest = checkpoints_latest(n.rig.api.checkpoints);
    assert_int_equal(checkpoints_standing(n.rig.api.checkpoints).cosignatures, 1);
    assert_int_equal(checkpoints_standing(n.rig.api.checkpoints).size, 0); /* not enough to rely on */
    size_t lines = 0;
    for (size_t i = 0; i < latest.len; i++) {
        lines += latest.ptr[i] == '\n';
    }
    assert_int_equal(lines, 4 + 2); /* three of the checkpoint, an empty one, the log's signature and one cosignature */
    for (size_t i = WITNESSES; i < pool->count; i++) {
        answer(&n, &pool->asks[i], silent);
    }
    rig_close(&n.rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(less_than_half_cannot_move_the_median),
        cmocka_unit_test(too_few_tell_nothing_and_make_nothing_forgotten),
        cmocka_unit_test(the_bound_is_five_minutes_either_way),
        cmocka_unit_test(a_jump_of_the_own_clock_is_known_before_the_next_round),
        cmocka_unit_test(what_is_accepted_holds_until_they_agree),
        cmocka_unit_test(witnesses_that_disagree_stop_answers_and_agreeing_brings_them_back),
        cmocka_unit_test(one_that_lies_moves_nothing),
        cmocka_unit_test(a_jump_is_asked_about_at_once),
        cmocka_unit_test(a_long_jump_forward_counts_when_they_confirm_it),
        cmocka_unit_test(a_mistaken_jump_is_forgotten_over_a_restart_too),
        cmocka_unit_test(back_by_more_than_five_seconds_waits_or_is_reset),
        cmocka_unit_test(a_reset_that_is_not_recorded_does_not_count),
        cmocka_unit_test(a_reset_holds_against_the_witnesses_until_they_agree),
        cmocka_unit_test(without_witnesses_the_own_clock_is_all_there_is),
        cmocka_unit_test(a_round_on_a_full_disk_keeps_nothing_and_goes_on_later),
        cmocka_unit_test(an_unknown_witness_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
