/* A partner's log held against what lies here: what is proven, what is found wrong, what is nobody's fault. */
#include "unit/api/log_rig.h"

#include "api/log_check.h"

#define TOKEN "Bearer kb-toetser"
#define BODY  "{\"ketenpartner\":\"" DEBT_HELP "\"}"
static const char uwv[] = "00000099000000004000";

enum { PLACE = 3, SIZE = 20 };

struct check {
    struct rig rig;
    struct face face;
    uint8_t leaf[LOG_LEAF_BYTES];
    uint8_t receipt[1][RECEIPT_BYTES];
    struct http_request request;
};

/* Our half of an exchange, with that receipt. */
static void keep_half(struct check *c, uint8_t request_id)
{
    struct error err;
    struct store_place place;
    struct record record = {.operation = RECORD_RECEIVED, .age = 255, .request_id = {{request_id}}};
    struct store_batch *batch = store_batch_new(c->rig.world.door);
    assert_true(oin_parse(slice_text(DEBT_HELP), &record.peer));
    assert_int_equal(audit_append_exchange(c->rig.api.audit, batch, &record, slice_of(NULL, 0),
                                           slice_of(c->receipt[0], RECEIPT_BYTES), &place, &err),
                     RESULT_OK);
    assert_int_equal(world_commit(&c->rig.world, batch), FAULT_NONE);
}

/* The partner's leaf for request 1, and its receipt for that. */
static void open_check(struct check *c)
{
    struct error err;
    const uint8_t salt[SEAL_SALT_SIZE] = {9};
    bool created = false;
    struct record theirs = {.operation = RECORD_ANSWERED, .age = 255, .request_id = {{1}}, .class.month = 202601};
    rig_open(&c->rig, AREA_TEAM);
    rig_user(&c->rig, "t.toetser", 1U << ROLE_REVIEWER, false, TOKEN);
    face_open(&c->face, DEBT_HELP, NO_FORK);
    assert_true(oin_parse(slice_text(AREA_TEAM), &theirs.peer));
    assert_int_equal(seal_class_ready(c->rig.world.keyring, theirs.class, &created, &err), RESULT_OK);
    assert_int_equal(record_encode(c->rig.world.keyring, &theirs, salt, c->leaf, &err), RESULT_OK);
    merkle_leaf_hash(slice_of(c->leaf, LOG_LEAF_BYTES), &c->face.hashes[PLACE]);
    const struct receipt_log log = {c->face.origin, 0, &c->face.log};
    const struct receipt_promise promise = {{{1}}, c->face.hashes[PLACE]};
    assert_int_equal(receipts_make(&log, &promise, 1, 1767225600000 - 1, &c->rig.entropy, c->receipt, &err), RESULT_OK);
    keep_half(c, 1);
}

static void close_check(struct check *c)
{
    rig_forget(&c->request);
    face_close(&c->face);
    rig_close(&c->rig);
}

/* Asked, and the partner shows a checkpoint that three witnesses signed. */
static void begin(struct check *c, uint64_t size)
{
    static const char *const others[] = {SCHOOL, "00000099000000003000", uwv};
    struct buf note;
    struct note parsed;
    c->request = rig_request(&c->rig, BODY);
    c->request.authorization = TOKEN;
    rig_handle(log_check, &c->request);
    assert_int_equal(c->rig.peers.count, 1);
    face_note_junk(&c->face, 0, size, 0, &note);
    for (size_t i = 0; i < COUNT_OF(others); i++) {
        struct face witness;
        face_open(&witness, others[i], NO_FORK);
        assert_int_equal(note_parse(buf_slice(&note), &parsed, NULL), RESULT_OK);
        struct buf line;
        buf_init(&line, 1024);
        assert_int_equal(note_sign(&witness.witness, parsed.text, 1767225600, &line, NULL), RESULT_OK);
        buf_slice_in(&note, buf_slice(&line));
        buf_free(&line);
        face_close(&witness);
    }
    buf_byte(&note, '\0');
    rig_reply(&c->rig, 0, 200, (const char *)note.ptr);
    buf_free(&note);
}

/* The proof that the partner's leaf is in its log. */
static void prove_inclusion(struct check *c, const uint8_t *leaf)
{
    struct merkle_proof proof;
    struct buf answer;
    struct buf text;
    assert_int_equal(merkle_inclusion(&(struct merkle_nodes){face_node, &c->face}, PLACE, SIZE, &proof, NULL),
                     RESULT_OK);
    buf_init(&answer, 65536);
    buf_init(&text, 1024);
    base64_encode(slice_of(leaf, LOG_LEAF_BYTES), &text);
    buf_format(&answer, "{\"regel\":%d,\"blad\":\"%.*s\",\"bewijs\":[", PLACE, (int)text.len, (const char *)text.ptr);
    for (size_t i = 0; i < proof.count; i++) {
        buf_clear(&text);
        base64_encode(slice_of(proof.hashes[i].bytes, SHA256_SIZE), &text);
        buf_format(&answer, "%s\"%.*s\"", i != 0 ? "," : "", (int)text.len, (const char *)text.ptr);
    }
    buf_text(&answer, "]}");
    buf_byte(&answer, '\0');
    rig_reply(&c->rig, c->rig.peers.count - 1, 200, (const char *)answer.ptr);
    buf_free(&answer);
    buf_free(&text);
}

static void count_stored(void *ctx, bool ok)
{
    *(int *)ctx += ok;
}

static void seen_before(struct check *c, uint64_t size)
{
    struct oin oin;
    int stored = 0;
    struct merkle_nodes nodes = {face_node, &c->face};
    struct witnessed seen = {.held.size = size};
    const struct witnessed nothing = {.generation = 0};
    assert_true(oin_parse(slice_text(DEBT_HELP), &oin));
    assert_int_equal(merkle_range_root(&nodes, (struct merkle_range){0, size}, &seen.held.root, NULL), RESULT_OK);
    assert_true(witness_adopt(&c->rig.api, &oin, &nothing, &seen, count_stored, &stored));
    rig_run(&c->rig);
    assert_int_equal(stored, 1);
}

static void a_log_that_holds(void **state)
{
    (void)state;
    struct check c;
    open_check(&c);
    begin(&c, SIZE);
    prove_inclusion(&c, c.leaf);
    assert_int_equal(c.request.status, 200);
    assert_true(rig_says(&c.request, "\"klopt\":true"));
    assert_true(rig_says(&c.request, "\"bewezen\":1"));
    assert_int_equal(rig_last(&c.rig).operation, RECORD_LOG_PROVEN);
    close_check(&c);
}

/* One receipt sent with two answers: it was given for one. */
static void a_receipt_that_was_used_twice(void **state)
{
    (void)state;
    struct check c;
    open_check(&c);
    keep_half(&c, 2);
    begin(&c, SIZE);
    prove_inclusion(&c, c.leaf);
    prove_inclusion(&c, c.leaf);
    assert_true(rig_says(&c.request, "\"klopt\":false"));
    assert_true(rig_says(&c.request, "\"ontvangstbewijzen\":2,\"bewezen\":1"));
    assert_true(rig_says(&c.request, "gaat over iets anders"));
    close_check(&c);
}

static void a_leaf_that_was_rewritten(void **state)
{
    (void)state;
    struct check c;
    open_check(&c);
    begin(&c, SIZE);
    uint8_t other[LOG_LEAF_BYTES];
    memcpy(other, c.leaf, sizeof other);
    other[LOG_LEAF_BYTES - 1] ^= 1;
    prove_inclusion(&c, other);
    assert_true(rig_says(&c.request, "zijn logboek is herschreven"));
    close_check(&c);
}

/* Here a later checkpoint was cosigned already: not shorter than was seen, when it proves so. */
static void an_older_checkpoint_is_no_cut(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *says;
        bool fine;
    } rows[] = {{200, "\"samenhang\":\"bewezen\"", true},
                {404, "er is van weggehaald", false},
                {503, "kon niet verder worden gevraagd", false},
                {0, "kon niet verder worden gevraagd", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct check c;
        struct buf proof;
        open_check(&c);
        seen_before(&c, SIZE + 10);
        begin(&c, SIZE);
        face_proof_json(&c.face, SIZE, SIZE + 10, &proof);
        rig_reply(&c.rig, 1, rows[i].status, (const char *)proof.ptr);
        prove_inclusion(&c, c.leaf);
        assert_true(rig_says(&c.request, rows[i].says));
        assert_true(rig_says(&c.request, rows[i].fine ? "\"klopt\":true" : "\"klopt\":false"));
        assert_int_equal(rig_says(&c.request, "herschreven"), false);
        buf_free(&proof);
        close_check(&c);
    }
}

static void nobody_waits_for_it_any_more(void **state)
{
    (void)state;
    struct check c;
    open_check(&c);
    keep_half(&c, 2);
    begin(&c, SIZE);
    c.request.gone(c.request.gone_ctx);
    prove_inclusion(&c, c.leaf);
    assert_int_equal(c.rig.peers.count, 2);
    assert_int_equal(c.rig.api.calls, 0);
    assert_int_equal(rig_last(&c.rig).operation, RECORD_LOG_PROVEN);
    close_check(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_that_holds),
        cmocka_unit_test(a_receipt_that_was_used_twice),
        cmocka_unit_test(a_leaf_that_was_rewritten),
        cmocka_unit_test(an_older_checkpoint_is_no_cut),
        cmocka_unit_test(nobody_waits_for_it_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
