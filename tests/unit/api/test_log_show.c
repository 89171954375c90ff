/* One record and all there is to it: the reason that was given, what belongs with it, and what a partner has of it. */
#include "unit/api/half_rig.h"

#include "api/log_search.h"

#define OFFICER "Bearer kb-privacy"

static struct json *parsed(struct check *c)
{
    struct error err;
    struct json *answer = NULL;
    assert_int_equal(c->request.answers, 1);
    assert_int_equal(json_parse(slice_text((const char *)c->request.answer.ptr), &answer, &err), RESULT_OK);
    return answer;
}

static void ask(struct check *c, uint64_t number, const char *query)
{
    static char text[24];
    (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    c->request = rig_request(&c->rig, NULL);
    c->request.authorization = OFFICER;
    c->request.parameter = text;
    c->request.query = query;
    rig_handle(log_show, &c->request);
}

static void open_show(struct check *c)
{
    open_check(c);
    rig_user(&c->rig, "p.beheerder", 1U << ROLE_PRIVACY_OFFICER, false, OFFICER);
}

static uint64_t keep(struct check *c, const struct record *record, const char *text)
{
    struct error err;
    struct record copy = *record;
    struct store_batch *batch = store_batch_new(c->rig.world.door);
    assert_int_equal(audit_append(c->rig.api.audit, batch, &copy, slice_text(text), &err), RESULT_OK);
    assert_int_equal(world_commit(&c->rig.world, batch), FAULT_NONE);
    return rig_leaves(&c->rig) - 1;
}

/* A consult about two people: the reason stands with the first of them, and is shown with each record of it. */
static void the_reason_and_the_records_of_a_consult_are_shown_with_each(void **state)
{
    (void)state;
    struct check c;
    uint64_t own[4];
    open_show(&c);
    struct record r = {.operation = RECORD_EVALUATION_ASKED, .age = 255, .consult = {{7}}, .request_id = {{21}}};
    own[0] = keep(&c, &r, "");
    r = (struct record){.operation = RECORD_TESTED, .outcome = OUTCOME_DONE, .age = 255, .consult = {{7}}};
    own[1] = keep(&c, &r, "zorg over een leerling");
    r = (struct record){.operation = RECORD_TESTED, .outcome = OUTCOME_DONE, .age = 255, .consult = {{8}}};
    (void)keep(&c, &r, "een andere raadpleging");
    r = (struct record){.operation = RECORD_ASKED, .age = 255, .consult = {{7}}, .request_id = {{22}}};
    own[2] = keep(&c, &r, "");
    r = (struct record){.operation = RECORD_CHANGED, .age = 255, .request_id = {{22}}}; /* of the request alone */
    own[3] = keep(&c, &r, "toestemming ingetrokken");
    for (int followed = 0; followed < 2; followed++) {
        ask(&c, own[2], NULL);
        struct json *answer = parsed(&c);
        assert_string_equal(json_cstr(json_member(answer, "reden")), "zorg over een leerling");
        const struct json *row = json_first(json_member(answer, "samenhang"));
        static const size_t others[] = {0, 1, 3};
        for (size_t i = 0; i < COUNT_OF(others); i++, row = json_next(row)) {
            assert_int_equal(json_int(json_member(row, "volgnummer")), own[others[i]]);
        }
        assert_null(row);
        assert_true(json_bool(json_member(answer, "samenhangVolledig")));
        assert_string_equal(json_cstr(json_member(json_member(answer, "bewijs"), "stand")), "wacht-op-controlepunt");
        json_free(answer);
        rig_forget(&c.request);
        indexing_tick(c.rig.api.indexing); /* from the index, the second time */
        rig_run(&c.rig);
    }
    ask(&c, own[3], NULL); /* of no consult: its text is no reason for one */
    struct json *answer = parsed(&c);
    assert_null(json_member(answer, "reden"));
    assert_int_equal(json_size(json_member(answer, "samenhang")), 1);
    json_free(answer);
    close_check(&c);
}

/* What somebody changed in the database is no longer what was written. */
static void a_damaged_record_is_said_to_be_one(void **state)
{
    (void)state;
    struct check c;
    sqlite3 *db = NULL;
    open_show(&c);
    assert_int_equal(sqlite3_open(c.rig.world.database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "UPDATE leaf SET leaf = CAST(substr(leaf, 1, 299) || x'00ff' || substr(leaf, 302) AS"
                                  " BLOB) WHERE seq = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    (void)sqlite3_close(db);
    ask(&c, 1, NULL);
    struct json *answer = parsed(&c);
    assert_string_equal(json_cstr(json_member(json_member(answer, "bewijs"), "stand")), "beschadigd");
    assert_null(json_member(answer, "besluit"));
    json_free(answer);
    close_check(&c);
}

static void more_siblings_than_are_shown_is_said(void **state)
{
    (void)state;
    struct check c;
    struct error err;
    open_show(&c);
    struct store_batch *batch = store_batch_new(c.rig.world.door);
    for (size_t i = 0; i < LOG_SHOW_SIBLINGS + 2; i++) {
        struct record r = {.operation = RECORD_TESTED, .age = 255, .consult = {{7}}};
        assert_int_equal(audit_append(c.rig.api.audit, batch, &r, slice_of(NULL, 0), &err), RESULT_OK);
    }
    assert_int_equal(world_commit(&c.rig.world, batch), FAULT_NONE);
    ask(&c, rig_leaves(&c.rig) - 1, NULL);
    struct json *answer = parsed(&c);
    assert_int_equal(json_size(json_member(answer, "samenhang")), LOG_SHOW_SIBLINGS);
    assert_false(json_bool(json_member(answer, "samenhangVolledig")));
    json_free(answer);
    close_check(&c);
}

static int64_t moved_now(void *ctx)
{
    return ((struct rig *)ctx)->moved_ms;
}

/* ---- the other side ---- */

enum { OWN = 1 /* our half, behind the key's record */ };

static void stand_is(struct check *c, const char *stand, bool told)
{
    struct json *answer = parsed(c);
    const struct json *other = json_member(answer, "andereKant");
    assert_string_equal(json_cstr(json_member(other, "stand")), stand);
    assert_int_equal(json_member(other, "handeling") != NULL, told);
    assert_non_null(json_member(other, "kenmerk"));
    json_free(answer);
    const struct record last = rig_last(&c->rig);
    assert_int_equal(last.operation, RECORD_LOG_READ);
}

static void what_a_partner_proves_is_proven(void **state)
{
    (void)state;
    static const struct {
        size_t witnesses;
        const char *stand;
    } cases[] = {{3, "bewezen"}, {1, "nog-niet-ingesloten"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct check c;
        open_show(&c);
        ask(&c, OWN, "andereKant=ja");
        assert_int_equal(c.request.answers, 0); /* it waits for the partner */
        show_checkpoint(&c, SIZE, cases[i].witnesses);
        prove_inclusion(&c, c.leaf);
        stand_is(&c, cases[i].stand, true);
        assert_true(rig_says(&c.request, "raadpleging-beantwoord"));
        close_check(&c);
    }
}

static void a_rewritten_partner_is_found_out(void **state)
{
    (void)state;
    struct check c;
    uint8_t other[LOG_LEAF_BYTES];
    open_show(&c);
    ask(&c, OWN, "andereKant=ja");
    show_checkpoint(&c, SIZE, 3);
    memcpy(other, c.leaf, sizeof other);
    other[LOG_LEAF_BYTES - 1] ^= 1;
    prove_inclusion(&c, other);
    stand_is(&c, "klopt-niet", false);
    close_check(&c);
    /* A checkpoint of another log than was seen, whatever it proves. */
    open_show(&c);
    seen_before(&c, SIZE);
    merkle_leaf_hash(slice_of("anders", 6), &c.face.hashes[PLACE + 1]);
    ask(&c, OWN, "andereKant=ja");
    show_checkpoint(&c, SIZE, 3);
    stand_is(&c, "klopt-niet", false);
    close_check(&c);
}

static void silence_and_no_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        int checkpoint, inclusion;
        int64_t back_ms; /* that the clock stands before the end of the receipt's time */
        const char *stand;
    } cases[] = {
        {503, 0, 0, "niet-bereikt"},   {0, 0, 0, "niet-bereikt"},
        {200, 0, 0, "niet-bereikt"},   {200, 503, 0, "niet-bereikt"},
        {200, 403, 0, "niet-bereikt"}, {200, 404, 2, "nog-niet-ingesloten"}, /* its time is not over */
        {200, 404, 0, "klopt-niet"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct check c;
        open_show(&c);
        c.rig.moved_ms = clock_now(c.rig.api.clock) - cases[i].back_ms;
        c.rig.world.clock = (struct clock){moved_now, &c.rig};
        ask(&c, OWN, "andereKant=ja");
        if (cases[i].checkpoint == 200) {
            show_checkpoint(&c, SIZE, 3);
            rig_reply(&c.rig, c.rig.peers.count - 1, cases[i].inclusion, "{}");
        } else {
            rig_reply(&c.rig, 0, cases[i].checkpoint, "{}");
        }
        stand_is(&c, cases[i].stand, false);
        close_check(&c);
    }
}

static void without_a_receipt_nobody_is_asked(void **state)
{
    (void)state;
    struct check c;
    open_show(&c);
    struct record r = {.operation = RECORD_ASKED, .age = 255, .request_id = {{1}}};
    assert_true(oin_parse(slice_text(DEBT_HELP), &r.peer));
    ask(&c, keep(&c, &r, ""), "andereKant=ja");
    struct json *answer = parsed(&c);
    assert_string_equal(json_cstr(json_member(json_member(answer, "andereKant"), "stand")), "geen-ontvangstbewijs");
    assert_int_equal(c.rig.peers.count, 0);
    json_free(answer);
    rig_forget(&c.request);
    ask(&c, OWN, "andereKant=nee");
    assert_int_equal(c.request.status, 400);
    rig_forget(&c.request);
    ask(&c, OWN, NULL);
    assert_false(rig_says(&c.request, "andereKant"));
    close_check(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reason_and_the_records_of_a_consult_are_shown_with_each),
        cmocka_unit_test(a_damaged_record_is_said_to_be_one),
        cmocka_unit_test(more_siblings_than_are_shown_is_said),
        cmocka_unit_test(what_a_partner_proves_is_proven),
        cmocka_unit_test(a_rewritten_partner_is_found_out),
        cmocka_unit_test(silence_and_no_are_told_apart),
        cmocka_unit_test(without_a_receipt_nobody_is_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
