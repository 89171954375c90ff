/* A round: the own log's checkpoint before its witnesses, those that sign, that lie, that come late. */
#include "unit/api/log_rig.h"

enum { WITNESSES = 4 };

static int64_t moved_now(void *ctx)
{
    const struct rig *rig = ctx;
    return 1767225600000 + rig->moved_ms;
}

static void grow(struct rig *rig)
{
    struct error err;
    struct record record = {.operation = RECORD_ASKED, .age = 255};
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append(rig->api.audit, batch, &record, slice_of(NULL, 0), &err), RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

static void begin(struct rig *rig)
{
    grow(rig);
    rig->world.clock = (struct clock){moved_now, rig};
    rig->moved_ms += 2 * CHECKPOINT_MS;
    checkpoints_tick(rig->api.checkpoints);
    rig_run(rig);
}

/* The text of the checkpoint in what a witness was asked. */
static struct slice asked_text(const struct rig *rig, size_t ask)
{
    struct witness_request request;
    const struct buf *body = &rig->peers.asks[ask].body;
    assert_int_equal(witness_request_parse(slice_of(body->ptr, body->len - 1), &request, NULL), RESULT_OK);
    return request.note.text;
}

/* That witness's line, by a clock that is `off_s` away from this one's, with lines that nobody knows below it. */
static void cosign(struct rig *rig, size_t ask, int64_t off_s, size_t junk)
{
    struct face face;
    struct buf line;
    face_open(&face, rig->peers.asks[ask].partner.digits, NO_FORK);
    buf_init(&line, 65536);
    const uint64_t now = (uint64_t)(clock_now(rig->api.clock) / 1000 + off_s);
    assert_int_equal(note_sign(&face.witness, asked_text(rig, ask), now, &line, NULL), RESULT_OK);
    for (size_t i = 0; i < junk; i++) {
        uint8_t bytes[150] = {(uint8_t)i};
        buf_text(&line, "\xE2\x80\x94 onbekend ");
        base64_encode(slice_of(bytes, sizeof bytes), &line);
        buf_text(&line, "\n");
    }
    buf_byte(&line, '\0');
    assert_true(buf_ok(&line));
    rig_reply(rig, ask, 200, (const char *)line.ptr);
    buf_free(&line);
    face_close(&face);
}

static void a_round_counts_what_holds(void **state)
{
    (void)state;
    struct rig rig;
    struct face other;
    struct buf line;
    struct note note;
    rig_open(&rig, AREA_TEAM);
    begin(&rig);
    assert_int_equal(rig.peers.count, WITNESSES);
    cosign(&rig, 0, 0, 60); /* as much as a note may have lines, and more than one may have bytes with three */
    cosign(&rig, 1, 0, 60);
    cosign(&rig, 2, 0, 0);
    face_open(&other, SCHOOL, NO_FORK); /* another's signature is none */
    buf_init(&line, 1024);
    assert_int_equal(note_sign(&other.witness, asked_text(&rig, 3), 1, &line, NULL), RESULT_OK);
    buf_byte(&line, '\0');
    rig_reply(&rig, 3, 200, (const char *)line.ptr);
    const struct checkpoints_standing standing = checkpoints_standing(rig.api.checkpoints);
    assert_int_equal(standing.cosignatures, 3);
    assert_int_equal(standing.needed, 3);
    assert_int_equal(standing.size, 2);
    assert_int_equal(note_parse(checkpoints_latest(rig.api.checkpoints), &note, NULL), RESULT_OK);
    assert_int_equal(note.count, 4);
    assert_true(checkpoints_latest(rig.api.checkpoints).len < 1024); /* what they sent along is not passed on */
    buf_free(&line);
    face_close(&other);
    rig_reply(&rig, 4, 0, "");
    rig_close(&rig);
}

static void too_few_do_not_push_out_more(void **state)
{
    (void)state;
    struct rig rig;
    struct note note;
    rig_open(&rig, AREA_TEAM);
    begin(&rig);
    for (size_t i = 0; i < 4; i++) {
        cosign(&rig, i, 0, 0);
    }
    rig_reply(&rig, 4, 0, ""); /* gossip */
    begin(&rig);
    cosign(&rig, 5, 0, 0);
    rig_reply(&rig, 6, 0, "");
    rig_reply(&rig, 7, 503, "");
    rig_reply(&rig, 8, 200, "onzin");
    const struct checkpoints_standing standing = checkpoints_standing(rig.api.checkpoints);
    assert_int_equal(standing.cosignatures, 1);
    assert_int_equal(standing.size, 2);
    assert_int_equal(note_parse(checkpoints_latest(rig.api.checkpoints), &note, NULL), RESULT_OK);
    assert_int_equal(note.count, 5);
    rig_reply(&rig, 9, 0, "");
    rig_close(&rig);
}

/* A witness may say that it saw more: that stops nothing, and it is asked for the proof. */
static void one_liar_does_not_stop_the_node(void **state)
{
    (void)state;
    static const char *const lies[] = {"3\n", "18446744073709551615\n", "99999999999999999999999\n", "-1\n", "", "x\n"};
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        struct rig rig;
        struct error err;
        rig_open(&rig, AREA_TEAM);
        begin(&rig);
        rig_reply(&rig, 3, 409, lies[i]);
        for (size_t k = 0; k < 3; k++) {
            cosign(&rig, k, 0, 0);
        }
        assert_false(checkpoints_forbid(rig.api.checkpoints, &err));
        assert_int_equal(rig.peers.count, 5);
        assert_string_equal(rig.peers.asks[4].path, "/v1/logboek/controlepunten?vanaf=0");
        if (i < 2) {
            assert_string_equal(rig.peers.asks[4].partner.digits, DEBT_HELP);
        }
        rig_reply(&rig, 4, 200, "{\"controlepunten\":[]}");
        assert_false(checkpoints_forbid(rig.api.checkpoints, &err));
        rig_close(&rig);
    }
}

static void a_witness_that_knows_less_is_told_again_once(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, AREA_TEAM);
    begin(&rig);
    rig_reply(&rig, 0, 409, "1\n");
    assert_int_equal(rig.peers.count, 5);
    assert_memory_equal(rig.peers.asks[4].body.ptr, "old 1\n", 6);
    rig_reply(&rig, 4, 409, "0\n");
    assert_int_equal(rig.peers.count, 5);
    for (size_t i = 1; i < 4; i++) {
        cosign(&rig, i, 0, 0);
    }
    assert_int_equal(checkpoints_standing(rig.api.checkpoints).cosignatures, 3);
    rig_reply(&rig, 5, 0, "");
    rig_close(&rig);
}

/* The median, whatever one says; a time that no clock tells is no signature. */
static void the_clock_is_judged_by_most(void **state)
{
    (void)state;
    static const struct {
        int64_t off_s[4];
        bool forbidden;
    } rows[] = {{{0, 0, 0, 86400}, false},
                {{0, 0, 0, -86400}, false},
                {{0, 0, 0, INT64_MAX / 2}, false},
                {{600, 600, 600, 600}, true},
                {{-600, -600, -600, 0}, true}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct rig rig;
        struct error err;
        rig_open(&rig, AREA_TEAM);
        begin(&rig);
        for (size_t k = 0; k < 4; k++) {
            cosign(&rig, k, rows[i].off_s[k], 0);
        }
        assert_int_equal(checkpoints_forbid(rig.api.checkpoints, &err), rows[i].forbidden);
        rig_reply(&rig, 4, 0, "");
        rig_close(&rig);
    }
}

/* The covenant is replaced, without witnesses, while they are asked. */
static void the_covenant_changes_during_a_round(void **state)
{
    (void)state;
    struct rig rig;
    rig_open(&rig, AREA_TEAM);
    begin(&rig);
    char *text = rig_covenant_text();
    rig_set_covenant(&rig, text);
    free(text);
    for (size_t i = 0; i < 4; i++) {
        cosign(&rig, i, 0, 0);
    }
    assert_int_equal(checkpoints_standing(rig.api.checkpoints).cosignatures, 4);
    rig_reply(&rig, 4, 0, "");
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_counts_what_holds),
        cmocka_unit_test(too_few_do_not_push_out_more),
        cmocka_unit_test(one_liar_does_not_stop_the_node),
        cmocka_unit_test(a_witness_that_knows_less_is_told_again_once),
        cmocka_unit_test(the_clock_is_judged_by_most),
        cmocka_unit_test(the_covenant_changes_during_a_round),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
