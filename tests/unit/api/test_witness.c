/* This node as a witness: what it cosigns, what it never forgets, and what a log that lies cannot make of it. */
#include "unit/api/log_rig.h"

struct asking {
    struct http_request request;
    struct cert_identity peer;
    struct buf body;
};

static void ask_note(struct rig *rig, struct asking *a, uint64_t old, const struct merkle_proof *proof,
                     const struct buf *note)
{
    buf_init(&a->body, 65536);
    witness_request_write(old, proof, buf_slice(note), &a->body);
    buf_byte(&a->body, '\0');
    assert_true(buf_ok(&a->body));
    a->peer = (struct cert_identity){.organisation = "Proef"};
    assert_true(oin_parse(slice_text(SCHOOL), &a->peer.oin));
    a->request = rig_request(rig, (const char *)a->body.ptr);
    a->request.peer = &a->peer;
    witness_add_checkpoint(&a->request, &rig->api);
}

static void forget(struct asking *a)
{
    rig_forget(&a->request);
    buf_free(&a->body);
}

/* The status; `answer` may be NULL. */
static int add(struct rig *rig, struct face *face, uint32_t generation, uint64_t old, uint64_t size, char *answer)
{
    struct asking a;
    struct buf note;
    const struct merkle_proof proof = old <= size ? face_proof(face, old, size) : (struct merkle_proof){.count = 0};
    face_note_junk(face, generation, size, 0, &note);
    ask_note(rig, &a, old, &proof, &note);
    rig_run(rig);
    assert_int_equal(a.request.answers, 1);
    if (answer != NULL) {
        (void)snprintf(answer, 600, "%s", (const char *)a.request.answer.ptr);
    }
    const int status = a.request.status;
    buf_free(&note);
    forget(&a);
    return status;
}

static void each_verdict_has_its_answer(void **state)
{
    (void)state;
    struct rig rig;
    struct face honest, forked, stranger;
    char answer[600];
    rig_open(&rig, AREA_TEAM);
    face_open(&honest, SCHOOL, NO_FORK);
    face_open(&forked, SCHOOL, 5);
    face_open(&stranger, DEBT_HELP, NO_FORK);
    assert_int_equal(add(&rig, &honest, 0, 0, 12, answer), 200);
    assert_memory_equal(answer, "\xE2\x80\x94 gebiedsteam.localhost/logboek/getuige ", 42);
    assert_int_equal(rig_held(&rig, SCHOOL).seen.held.size, 12);
    assert_int_equal(add(&rig, &honest, 0, 0, 20, answer), 409);
    assert_string_equal(answer, "12\n");
    assert_int_equal(add(&rig, &honest, 0, 13, 12, NULL), 400);
    assert_int_equal(add(&rig, &forked, 0, 12, 20, NULL), 422);
    assert_int_equal(add(&rig, &stranger, 0, 0, 12, NULL), 404); /* another's log under this certificate */
    (void)snprintf(stranger.origin, sizeof stranger.origin, "%s", honest.origin);
    assert_int_equal(add(&rig, &stranger, 0, 12, 20, NULL), 403);
    assert_false(rig_has_fork(&rig, SCHOOL));
    assert_int_equal(add(&rig, &honest, 0, 12, 20, NULL), 200);
    assert_int_equal(add(&rig, &honest, 7, 0, 3, NULL), 200); /* restored: a new name */
    assert_int_equal(add(&rig, &honest, 0, 20, 30, NULL), 404);
    face_close(&honest);
    face_close(&forked);
    face_close(&stranger);
    rig_close(&rig);
}

/* Both faces are signed: whatever the sender says that was held, and however much stands below the signature. */
static void a_fork_is_kept_once_and_in_full(void **state)
{
    (void)state;
    struct rig rig;
    struct face honest, forked;
    struct asking a[3];
    struct buf padded, other;
    const struct merkle_proof none = {.count = 0};
    rig_open(&rig, AREA_TEAM);
    face_open(&honest, SCHOOL, NO_FORK);
    face_open(&forked, SCHOOL, 5);
    face_note_junk(&honest, 0, 12, NOTE_SIGNATURES_MAX - 1, &padded);
    face_note_junk(&forked, 0, 12, NOTE_SIGNATURES_MAX - 1, &other);
    assert_true(padded.len + other.len > STORE_PAYLOAD_MAX);
    ask_note(&rig, &a[0], 0, &none, &padded);
    rig_run(&rig);
    assert_int_equal(a[0].request.status, 200);
    for (size_t i = 1; i < 3; i++) {
        ask_note(&rig, &a[i], 3, &none, &other);
    }
    rig_run(&rig);
    assert_int_equal(a[1].request.status, 409);
    assert_int_equal(a[2].request.status, 409);
    assert_true(rig_has_fork(&rig, SCHOOL));
    assert_int_equal(rig_count(&rig, RECORD_FORK), 1);
    const struct face_held held = rig_held(&rig, SCHOOL);
    struct note note;
    assert_int_equal(note_parse(slice_text(held.note), &note, NULL), RESULT_OK);
    assert_int_equal(note.count, 2); /* the log's and ours */
    assert_int_equal(note_verdict(&note, &honest.log, NULL), NOTE_HOLDS);
    for (size_t i = 0; i < 3; i++) {
        forget(&a[i]);
    }
    buf_free(&padded);
    buf_free(&other);
    face_close(&honest);
    face_close(&forked);
    rig_close(&rig);
}

/* While one is written the next wait, to a bound; one whose client left is not read any more. */
static void requests_wait_for_each_other(void **state)
{
    (void)state;
    struct rig rig;
    struct face face;
    struct asking a[WITNESS_WAITING_MAX + 2];
    struct buf note;
    const struct merkle_proof none = {.count = 0};
    rig_open(&rig, AREA_TEAM);
    face_open(&face, SCHOOL, NO_FORK);
    face_note_junk(&face, 0, 12, 0, &note);
    for (size_t i = 0; i < COUNT_OF(a); i++) {
        ask_note(&rig, &a[i], 0, &none, &note);
        assert_int_equal(a[i].request.answers, i == WITNESS_WAITING_MAX + 1);
    }
    assert_int_equal(a[WITNESS_WAITING_MAX + 1].request.status, 503);
    a[1].request.gone(a[1].request.gone_ctx);
    memset(a[1].body.ptr, 'x', a[1].body.len);
    buf_free(&a[1].body);
    rig_run(&rig);
    assert_int_equal(a[0].request.status, 200);
    assert_int_equal(a[1].request.answers, 0);
    assert_int_equal(a[2].request.status, 409);
    assert_int_equal(rig.api.calls, 0);
    for (size_t i = 0; i < COUNT_OF(a); i++) {
        forget(&a[i]);
    }
    buf_free(&note);
    face_close(&face);
    rig_close(&rig);
}

static void a_restored_witness_cosigns_nothing(void **state)
{
    (void)state;
    struct rig rig;
    struct face face;
    rig_open(&rig, AREA_TEAM);
    face_open(&face, SCHOOL, NO_FORK);
    struct store_batch *batch = store_batch_new(rig.world.door);
    store_set_value(batch, witness_restored_name, slice_text("1"));
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    assert_int_equal(add(&rig, &face, 0, 0, 12, NULL), 503);
    assert_int_equal(rig_held(&rig, SCHOOL).seen.held.size, 0);
    face_close(&face);
    rig_close(&rig);
}

static void count_stored(void *ctx, bool stored)
{
    *(int *)ctx += stored;
}

/* What a partner saw is older than what was cosigned while it was proven: that stays. */
static void a_witness_never_goes_back(void **state)
{
    (void)state;
    struct rig rig;
    struct face face;
    struct asking a;
    struct buf note;
    struct oin school;
    int stored = 0;
    rig_open(&rig, AREA_TEAM);
    face_open(&face, SCHOOL, NO_FORK);
    assert_true(oin_parse(slice_text(SCHOOL), &school));
    const struct witnessed before = {.generation = 0};
    const struct witnessed seen = {.held.size = 9};
    assert_int_equal(add(&rig, &face, 0, 0, 12, NULL), 200);
    assert_false(witness_adopt(&rig.api, &school, &before, &seen, count_stored, &stored));
    const struct witnessed now = rig_held(&rig, SCHOOL).seen;
    face_note_junk(&face, 0, 20, 0, &note);
    const struct merkle_proof proof = face_proof(&face, 12, 20);
    ask_note(&rig, &a, 12, &proof, &note);
    assert_false(witness_adopt(&rig.api, &school, &now, &seen, count_stored, &stored)); /* being cosigned */
    rig_run(&rig);
    assert_int_equal(a.request.status, 200);
    forget(&a);
    /* And while that is stored, nothing is cosigned. */
    const struct witnessed then = rig_held(&rig, SCHOOL).seen;
    struct witnessed newer = then;
    newer.held.size = 30;
    newer.note = slice_of(NULL, 0);
    assert_true(witness_adopt(&rig.api, &school, &then, &newer, count_stored, &stored));
    ask_note(&rig, &a, 12, &proof, &note);
    assert_int_equal(a.request.answers, 0);
    rig_run(&rig);
    assert_int_equal(a.request.status, 409);
    assert_int_equal(stored, 1);
    assert_int_equal(rig_held(&rig, SCHOOL).seen.held.size, 30);
    forget(&a);
    buf_free(&note);
    face_close(&face);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_verdict_has_its_answer),  cmocka_unit_test(a_fork_is_kept_once_and_in_full),
        cmocka_unit_test(requests_wait_for_each_other), cmocka_unit_test(a_restored_witness_cosigns_nothing),
        cmocka_unit_test(a_witness_never_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
