/* A partner's log held against what lies here: what is proven, what is found wrong, what is nobody's fault. */
#include "unit/api/half_rig.h"

#include "api/log_check.h"

#define BODY "{\"ketenpartner\":\"" DEBT_HELP "\"}"

/* Asked, and the partner shows a checkpoint that three witnesses signed. */
static void begin(struct check *c, uint64_t size)
{
    c->request = rig_request(&c->rig, BODY);
    c->request.authorization = TOKEN;
    rig_handle(log_check, &c->request);
    show_checkpoint(c, size, 3);
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
