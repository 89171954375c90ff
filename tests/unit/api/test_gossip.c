/* What partners say that they saw: joined to what was seen here, or kept as evidence; never on one's bare word. */
#include "unit/api/log_rig.h"

struct world_of_two {
    struct rig rig;
    struct face honest, forked;
};

static void open_two(struct world_of_two *w)
{
    rig_open(&w->rig, AREA_TEAM);
    face_open(&w->honest, DEBT_HELP, NO_FORK);
    face_open(&w->forked, DEBT_HELP, 5);
}

static void close_two(struct world_of_two *w)
{
    face_close(&w->honest);
    face_close(&w->forked);
    rig_close(&w->rig);
}

/* A partner tells that it saw this checkpoint. */
static void hear(struct rig *rig, struct face *face, uint32_t generation, uint64_t size)
{
    struct buf note, list;
    const size_t ask = rig->peers.count;
    gossip_tick(rig->api.gossip);
    assert_int_equal(rig->peers.count, ask + 1);
    assert_string_equal(rig->peers.asks[ask].path, "/v1/logboek/controlepunten?vanaf=0");
    face_note(face, generation, size, &note);
    face_list_json(&note, &list);
    rig_reply(rig, ask, 200, (const char *)list.ptr);
    buf_free(&note);
    buf_free(&list);
}

static void prove(struct rig *rig, struct face *face, uint64_t from, uint64_t to)
{
    struct buf proof;
    assert_string_equal(rig->peers.asks[rig->peers.count - 1].path, "/v1/logboek/bewijzen");
    face_proof_json(face, from, to, &proof);
    rig_reply(rig, rig->peers.count - 1, 200, (const char *)proof.ptr);
    buf_free(&proof);
}

static void what_is_newer_is_taken_over_with_proof(void **state)
{
    (void)state;
    struct world_of_two w;
    open_two(&w);
    hear(&w.rig, &w.honest, 0, 10); /* the first is believed */
    assert_int_equal(rig_held(&w.rig, DEBT_HELP).seen.held.size, 10);
    hear(&w.rig, &w.honest, 0, 20);
    assert_non_null(strstr((const char *)w.rig.peers.asks[2].body.ptr, "\"van\":10,\"tot\":20"));
    prove(&w.rig, &w.honest, 10, 20);
    assert_int_equal(rig_held(&w.rig, DEBT_HELP).seen.held.size, 20);
    hear(&w.rig, &w.honest, 0, 15);
    prove(&w.rig, &w.honest, 15, 20);
    assert_int_equal(rig_held(&w.rig, DEBT_HELP).seen.held.size, 20);
    const size_t asks = w.rig.peers.count;
    hear(&w.rig, &w.honest, 0, 15); /* known to fit */
    hear(&w.rig, &w.honest, 0, 20);
    assert_int_equal(w.rig.peers.count, asks + 2);
    assert_false(rig_has_fork(&w.rig, DEBT_HELP));
    close_two(&w);
}

static void two_faces_are_kept_as_evidence(void **state)
{
    (void)state;
    struct world_of_two w;
    open_two(&w);
    hear(&w.rig, &w.honest, 0, 10);
    hear(&w.rig, &w.forked, 0, 10);
    rig_run(&w.rig);
    assert_true(rig_has_fork(&w.rig, DEBT_HELP));
    assert_int_equal(rig_count(&w.rig, RECORD_FORK), 1);
    assert_int_equal(rig_last(&w.rig).operation, RECORD_FORK);
    close_two(&w);
}

/* Without a proof it depends on what the log calls itself now, and on there being an answer at all. */
static void without_proof_it_is_a_fork_only_of_the_same_log(void **state)
{
    (void)state;
    static const struct {
        int proof_status;
        int name_status;
        uint32_t generation;
        bool fork;
    } rows[] = {{200, 200, 0, true},  {404, 200, 0, true}, {404, 200, 9, false},
                {404, 503, 0, false}, {404, 0, 0, false},  {403, -1, 0, false},
                {500, -1, 0, false},  {0, -1, 0, false},   {429, -1, 0, false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world_of_two w;
        struct buf name;
        open_two(&w);
        hear(&w.rig, &w.honest, 0, 10);
        hear(&w.rig, &w.forked, 0, 20);
        rig_reply(&w.rig, 2, rows[i].proof_status, "{\"bewijs\":[]}");
        assert_int_equal(w.rig.peers.count, rows[i].name_status >= 0 ? 4 : 3);
        if (rows[i].name_status >= 0) {
            assert_string_equal(w.rig.peers.asks[3].path, "/v1/logboek/controlepunt");
            face_note(&w.forked, rows[i].generation, 21, &name);
            rig_reply(&w.rig, 3, rows[i].name_status, (const char *)name.ptr);
            buf_free(&name);
        }
        assert_int_equal(rig_has_fork(&w.rig, DEBT_HELP), rows[i].fork);
        assert_int_equal(rig_held(&w.rig, DEBT_HELP).seen.held.size, 10);
        assert_int_equal(w.rig.api.calls, 0);
        close_two(&w);
    }
}

static void nonsense_changes_nothing(void **state)
{
    (void)state;
    static const char *const answers[] = {"", "[]", "{\"controlepunten\":7}",
                                          "{\"controlepunten\":[7,null,{},\"\",\"a\\n\\nb\\n\"]}",
                                          "{\"controlepunten\":[],\"volgende\":-1}"};
    struct world_of_two w;
    open_two(&w);
    const uint64_t leaves = rig_leaves(&w.rig);
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        gossip_tick(w.rig.api.gossip);
        rig_reply(&w.rig, i, 200, answers[i]);
        assert_int_equal(w.rig.api.calls, 0);
    }
    (void)snprintf(w.honest.origin, sizeof w.honest.origin, "school.localhost/logboek"); /* not its key's */
    hear(&w.rig, &w.honest, 0, 10);
    assert_int_equal(rig_held(&w.rig, SCHOOL).seen.held.size, 0);
    assert_int_equal(rig_leaves(&w.rig), leaves);
    close_two(&w);
}

/* Only what this log signed proves that it was cut, or that it is an older one than was shown before. */
static void the_own_log_is_stopped_by_its_own_signature(void **state)
{
    (void)state;
    static const struct {
        uint32_t generation;
        bool signed_by_own;
        bool forbidden;
    } rows[] = {{0, true, true}, {0, false, false}, {3, true, true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world_of_two w;
        struct face own;
        struct error err;
        open_two(&w);
        face_open(&own, rows[i].signed_by_own ? AREA_TEAM : SCHOOL, NO_FORK);
        (void)snprintf(own.origin, sizeof own.origin, "gebiedsteam.localhost/logboek");
        hear(&w.rig, &own, rows[i].generation, 40);
        assert_int_equal(gossip_own_log_differs(w.rig.api.gossip), rows[i].forbidden);
        assert_int_equal(checkpoints_forbid(w.rig.api.checkpoints, &err), rows[i].forbidden);
        face_close(&own);
        close_two(&w);
    }
}

/* A restored witness catches up from more than half of the others; a list that was not taken in whole does not count. */
static void a_restored_witness_catches_up(void **state)
{
    (void)state;
    struct world_of_two w;
    size_t left = 0;
    open_two(&w);
    struct store_batch *batch = store_batch_new(w.rig.world.door);
    store_set_value(batch, witness_restored_name, slice_text("1"));
    assert_int_equal(world_commit(&w.rig.world, batch), FAULT_NONE);
    hear(&w.rig, &w.honest, 0, 10);
    hear(&w.rig, &w.honest, 0, 10);
    hear(&w.rig, &w.honest, 0, 20); /* the third, but its newest could not be proven */
    rig_reply(&w.rig, w.rig.peers.count - 1, 500, "");
    store_get_value(w.rig.world.door, witness_restored_name, rig_take_length, &left);
    assert_int_equal(left, 1);
    hear(&w.rig, &w.honest, 0, 20);
    prove(&w.rig, &w.honest, 10, 20);
    rig_run(&w.rig);
    store_get_value(w.rig.world.door, witness_restored_name, rig_take_length, &left);
    assert_int_equal(left, 0);
    close_two(&w);
}

static void a_node_that_closes_asks_no_more(void **state)
{
    (void)state;
    struct world_of_two w;
    open_two(&w);
    hear(&w.rig, &w.honest, 0, 10);
    hear(&w.rig, &w.forked, 0, 20);
    w.rig.api.closing = true;
    rig_reply(&w.rig, 2, 500, "");
    assert_int_equal(w.rig.api.calls, 0);
    gossip_tick(w.rig.api.gossip);
    assert_int_equal(w.rig.peers.count, 3);
    close_two(&w);
}

/* Who keeps saying that it saw more of the own log is asked, and does not keep the others from being asked. */
static void a_suspect_does_not_take_all_turns(void **state)
{
    (void)state;
    enum { TURNS = 12 };
    struct world_of_two w;
    struct oin liar;
    size_t asked = 0;
    size_t others[10] = {0};
    open_two(&w);
    assert_true(oin_parse(slice_text(DEBT_HELP), &liar));
    for (size_t i = 0; i < TURNS; i++) {
        gossip_suspect(w.rig.api.gossip, &liar);
        gossip_tick(w.rig.api.gossip);
        const struct oin *who = &w.rig.peers.asks[i].partner;
        asked += oin_equal(who, &liar);
        others[who->digits[16] - '0']++;
        assert_true(i != 0 || oin_equal(who, &liar)); /* at once */
        rig_reply(&w.rig, i, 0, "");
    }
    assert_true(asked >= TURNS / 2);
    assert_true(others[2] != 0 && others[3] != 0 && others[4] != 0);
    close_two(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_newer_is_taken_over_with_proof),
        cmocka_unit_test(two_faces_are_kept_as_evidence),
        cmocka_unit_test(without_proof_it_is_a_fork_only_of_the_same_log),
        cmocka_unit_test(nonsense_changes_nothing),
        cmocka_unit_test(a_suspect_does_not_take_all_turns),
        cmocka_unit_test(the_own_log_is_stopped_by_its_own_signature),
        cmocka_unit_test(a_restored_witness_catches_up),
        cmocka_unit_test(a_node_that_closes_asks_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
