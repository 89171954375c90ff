/* The outbox: nothing is lost, sent out of order or done twice, whatever fails in between; and what a person sees of it. */
#include "unit/api/api_rig.h"

#include "api/outbox.h"

#define TOKEN "Bearer kb-outbox"

static int64_t now_ms;

static int64_t tell_time(void *ctx)
{
    (void)ctx;
    return now_ms;
}

static void open_all(struct rig *rig)
{
    rig_open(rig, AREA_TEAM);
    now_ms = 1767225600000;
    rig->world.clock.now_ms = tell_time;
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, TOKEN);
}

static struct ident put(struct rig *rig, const char *partner, const char *body)
{
    struct error err;
    struct ident id;
    struct store_batch *batch = store_batch_new(rig->world.door);
    struct message message = {.kind = MESSAGE_WITHDRAWAL, .body = slice_text(body)};
    assert_true(oin_parse(slice_text(partner), &message.partner));
    assert_true(bsn_parse(slice_text("999000007"), &message.person));
    assert_int_equal(outbox_put(rig->api.outbox, batch, &message, NULL, &id, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    return id;
}

/* A second of the node's life, `wait_ms` later. */
static void tick(struct rig *rig, int64_t wait_ms)
{
    now_ms += wait_ms;
    outbox_tick(rig->api.outbox);
    rig_run(rig);
}

static void settle(struct rig *rig, size_t ask, enum peer_outcome_kind kind, int status, const char *body)
{
    const struct peer_outcome outcome = {
        .kind = kind, .status = status, .media_type = "application/json", .body = slice_text(body), .tries = 1};
    rig->peers.asks[ask].done(rig->peers.asks[ask].ctx, &outcome);
    rig_run(rig);
}

/* The receipts of the rig are of its first moment: within the difference that clocks may have. */
static void confirm(struct rig *rig, size_t ask, const char *partner)
{
    char body[RECEIPT_TEXT + 64];
    (void)snprintf(body, sizeof body, "{\"ontvangstbewijs\":\"%s\"}", rig_receipt(partner).text);
    settle(rig, ask, PEER_ANSWERED, 200, body);
}

static struct http_request list(struct rig *rig)
{
    struct http_request request = rig_request(rig, NULL);
    request.authorization = TOKEN;
    rig_handle(outbox_list, &request);
    assert_int_equal(request.status, 200);
    return request;
}

static void assert_listed(struct rig *rig, const char *text)
{
    struct http_request request = list(rig);
    if (!rig_says(&request, text)) {
        fail_msg("%s staat niet in %s", text, (const char *)request.answer.ptr);
    }
    rig_forget(&request);
}

static void a_message_is_recorded_sent_with_a_receipt_and_confirmed(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    const struct ident id = put(&rig, DEBT_HELP, "{\"x\":1}");
    const uint64_t before = rig_leaves(&rig);
    assert_listed(&rig, "\"toestand\":\"wachtend\"");
    tick(&rig, 0);
    assert_int_equal(rig.peers.count, 0); /* its commit may still be under way */
    tick(&rig, OUTBOX_COMMIT_MS);
    assert_int_equal(rig.peers.count, 1);
    const struct rig_ask *ask = &rig.peers.asks[0];
    assert_string_equal(ask->path, "/v1/intrekkingen");
    assert_true(ident_equal(&ask->request_id, &id));
    assert_memory_equal(ask->body.ptr, "{\"ontvangstbewijs\":\"", 20);
    assert_non_null(strstr((const char *)ask->body.ptr, "\",\"x\":1}"));
    assert_true(ask->leaves > before); /* durable when it left */
    struct record last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_SENT);
    assert_true(outbox_holds(rig.api.outbox, &ask->partner, &last.bsn));
    confirm(&rig, 0, DEBT_HELP);
    const struct bsn person = last.bsn;
    last = rig_last(&rig);
    assert_int_equal(last.operation, RECORD_CONFIRMED);
    assert_int_equal(last.outcome, OUTCOME_DONE);
    assert_true(ident_equal(&last.request_id, &id));
    assert_int_equal(outbox_waiting(rig.api.outbox), 0);
    assert_false(outbox_holds(rig.api.outbox, &ask->partner, &person));
    assert_listed(&rig, "\"toestand\":\"bevestigd\"");
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 1);
    rig_close(&rig);
}

static void no_receipt_no_confirmation(void **state)
{
    (void)state;
    static const char *const bodies[] = {"", "{}", "{\"ontvangstbewijs\":\"x\"}", "[1]"};
    struct rig rig;
    open_all(&rig);
    (void)put(&rig, DEBT_HELP, "{\"x\":1}");
    tick(&rig, OUTBOX_COMMIT_MS);
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        settle(&rig, i, PEER_ANSWERED, 200, bodies[i]);
        assert_listed(&rig, "\"oorzaak\":\"onleesbaar\"");
        tick(&rig, 60000);
    }
    confirm(&rig, COUNT_OF(bodies), SCHOOL); /* somebody else's */
    assert_listed(&rig, "\"toestand\":\"wachtend\"");
    rig_close(&rig);
}

static void to_one_partner_in_order_to_others_side_by_side(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    const struct ident first = put(&rig, DEBT_HELP, "{\"x\":1}");
    const struct ident second = put(&rig, DEBT_HELP, "{\"x\":2}");
    const struct ident other = put(&rig, SCHOOL, "{\"x\":3}");
    tick(&rig, OUTBOX_COMMIT_MS);
    assert_int_equal(rig.peers.count, 2);
    assert_true(ident_equal(&rig.peers.asks[0].request_id, &first));
    assert_true(ident_equal(&rig.peers.asks[1].request_id, &other));
    settle(&rig, 0, PEER_DOWN, 0, "");
    tick(&rig, 0); /* it waits its time, and who is behind it waits with it */
    assert_int_equal(rig.peers.count, 2);
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 3);
    assert_true(ident_equal(&rig.peers.asks[2].request_id, &first));
    confirm(&rig, 2, DEBT_HELP);
    tick(&rig, 0);
    assert_true(ident_equal(&rig.peers.asks[3].request_id, &second));
    confirm(&rig, 3, DEBT_HELP);
    confirm(&rig, 1, SCHOOL);
    assert_int_equal(outbox_waiting(rig.api.outbox), 0);
    rig_close(&rig);
}

/* Each wait is about twice the one before, never longer than the longest, and never shorter than three quarters. */
static void waits_grow_to_the_longest(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    (void)put(&rig, DEBT_HELP, "{\"x\":1}");
    tick(&rig, OUTBOX_COMMIT_MS);
    int64_t expected = OUTBOX_FIRST_MS;
    for (size_t i = 0; i < 14; i++) {
        settle(&rig, i, PEER_TIMED_OUT, 0, "");
        tick(&rig, expected * 3 / 4 - 1);
        assert_int_equal(rig.peers.count, i + 1);
        tick(&rig, expected / 4 + 1);
        assert_int_equal(rig.peers.count, i + 2);
        expected = expected * 2 < OUTBOX_LONGEST_MS ? expected * 2 : OUTBOX_LONGEST_MS;
    }
    settle(&rig, 14, PEER_CANCELLED, 0, "");
    rig_close(&rig);
}

static void what_a_partner_refuses_waits_for_a_person(void **state)
{
    (void)state;
    struct rig rig;
    char body[64];
    open_all(&rig);
    const struct ident id = put(&rig, DEBT_HELP, "{\"x\":1}");
    (void)put(&rig, DEBT_HELP, "{\"x\":2}");
    tick(&rig, OUTBOX_COMMIT_MS);
    settle(&rig, 0, PEER_ANSWERED, 400, "{}");
    assert_int_equal(rig_last(&rig).operation, RECORD_CONFIRMED);
    assert_int_equal(rig_last(&rig).outcome, OUTCOME_REFUSED);
    assert_listed(&rig, "\"toestand\":\"vastgelopen\"");
    tick(&rig, 0); /* those behind it go on */
    assert_int_equal(rig.peers.count, 2);
    confirm(&rig, 1, DEBT_HELP);
    (void)snprintf(body, sizeof body, "{\"bericht\":\"%s\"}", ident_text(&id).text);
    for (int status = 200; status <= 409; status += 209) { /* a second time it waits already */
        struct http_request request = rig_request(&rig, body);
        request.authorization = TOKEN;
        rig_handle(outbox_retry, &request);
        assert_int_equal(request.status, status);
        rig_forget(&request);
    }
    tick(&rig, 0);
    assert_int_equal(rig.peers.count, 3);
    assert_true(ident_equal(&rig.peers.asks[2].request_id, &id));
    confirm(&rig, 2, DEBT_HELP);
    rig_close(&rig);
}

static bool held(struct rig *rig, const char *partner)
{
    struct oin oin;
    struct bsn person;
    assert_true(oin_parse(slice_text(partner), &oin));
    assert_true(bsn_parse(slice_text("999000007"), &person));
    return outbox_holds(rig->api.outbox, &oin, &person);
}

static void open_again(struct rig *rig)
{
    struct error err;
    outbox_close(rig->api.outbox);
    assert_int_equal(outbox_open(&rig->api, &rig->api.outbox, &err), RESULT_OK);
}

/* Nobody is asked what was withdrawn before he knows of it: not in the first second after a start, and not when he refused
 * to hear it. */
static void what_is_not_confirmed_is_held_after_a_restart_and_a_refusal(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    (void)put(&rig, DEBT_HELP, "{\"x\":1}");
    open_again(&rig);
    assert_true(held(&rig, DEBT_HELP)); /* no tick has been */
    assert_false(held(&rig, SCHOOL));
    tick(&rig, OUTBOX_COMMIT_MS);
    settle(&rig, 0, PEER_ANSWERED, 400, "{}");
    assert_true(held(&rig, DEBT_HELP));
    open_again(&rig);
    assert_true(held(&rig, DEBT_HELP));
    tick(&rig, OUTBOX_LONGEST_MS);
    assert_int_equal(rig.peers.count, 1); /* a person decides */
    rig_close(&rig);
}

/* Too many, too slow, a moment's conflict, our own standing: these pass. */
static void only_what_cannot_pass_is_a_refusal(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *state;
    } cases[] = {{503, "wachtend"}, {429, "wachtend"},    {409, "wachtend"},    {408, "wachtend"}, {403, "wachtend"},
                 {401, "wachtend"}, {404, "vastgelopen"}, {413, "vastgelopen"}, {500, "wachtend"}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rig rig;
        char text[64];
        open_all(&rig);
        (void)put(&rig, DEBT_HELP, "{\"x\":1}");
        tick(&rig, OUTBOX_COMMIT_MS);
        settle(&rig, 0, PEER_ANSWERED, cases[i].status, "{}");
        (void)snprintf(text, sizeof text, "\"toestand\":\"%s\"", cases[i].state);
        assert_listed(&rig, text);
        rig_close(&rig);
    }
}

static void a_restart_goes_on_where_it_was(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_all(&rig);
    const struct ident id = put(&rig, DEBT_HELP, "{\"x\":1}");
    tick(&rig, OUTBOX_COMMIT_MS);
    settle(&rig, 0, PEER_DOWN, 0, "");
    (void)put(&rig, SCHOOL, "{\"x\":2}");
    outbox_close(rig.api.outbox);
    assert_int_equal(outbox_open(&rig.api, &rig.api.outbox, &err), RESULT_OK);
    tick(&rig, 0);
    assert_int_equal(outbox_waiting(rig.api.outbox), 2);
    assert_int_equal(rig.peers.count, 2); /* the school's; debt help's turn has not come */
    tick(&rig, OUTBOX_FIRST_MS);
    assert_int_equal(rig.peers.count, 3);
    assert_true(ident_equal(&rig.peers.asks[2].request_id, &id));
    confirm(&rig, 1, SCHOOL);
    confirm(&rig, 2, DEBT_HELP);
    rig_close(&rig);
}

/* The confirmation could not be written: it is asked for again, under the same id. */
static void a_full_disk_confirms_nothing(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    const struct ident id = put(&rig, DEBT_HELP, "{\"x\":1}");
    tick(&rig, OUTBOX_COMMIT_MS);
    rig_disk_full(&rig, true);
    confirm(&rig, 0, DEBT_HELP);
    assert_int_equal(outbox_waiting(rig.api.outbox), 1);
    tick(&rig, 60000); /* nor can it be sent: its record cannot be written */
    assert_int_equal(rig.peers.count, 1);
    rig_disk_full(&rig, false);
    assert_listed(&rig, "\"toestand\":\"wachtend\"");
    tick(&rig, 60000);
    assert_int_equal(rig.peers.count, 2);
    assert_true(ident_equal(&rig.peers.asks[1].request_id, &id));
    confirm(&rig, 1, DEBT_HELP);
    assert_listed(&rig, "\"toestand\":\"bevestigd\"");
    rig_close(&rig);
}

/* What was put into a batch that was not committed is forgotten when its turn comes. */
static void without_the_change_there_is_no_message(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct ident id;
    open_all(&rig);
    struct store_batch *batch = store_batch_new(rig.world.door);
    struct message message = {.body = slice_text("{\"x\":1}")};
    assert_true(oin_parse(slice_text(DEBT_HELP), &message.partner));
    assert_int_equal(outbox_put(rig.api.outbox, batch, &message, NULL, &id, &err), RESULT_OK);
    store_batch_free(batch);
    assert_int_equal(outbox_waiting(rig.api.outbox), 1);
    tick(&rig, OUTBOX_COMMIT_MS);
    assert_int_equal(rig.peers.count, 0);
    assert_int_equal(outbox_waiting(rig.api.outbox), 0);
    rig_close(&rig);
}

static void bounds_are_kept(void **state)
{
    (void)state;
    static char large[OUTBOX_BODY_MAX + 2];
    struct rig rig;
    struct error err;
    struct ident id;
    open_all(&rig);
    memset(large, ' ', sizeof large - 1);
    struct message message = {.body = slice_text(large)};
    assert_true(oin_parse(slice_text(DEBT_HELP), &message.partner));
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(outbox_put(rig.api.outbox, batch, &message, NULL, &id, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    message.body.len--;
    for (size_t i = 0; i < OUTBOX_WAITING_MAX; i++) {
        store_batch_free(batch);
        batch = store_batch_new(rig.world.door);
        assert_int_equal(outbox_put(rig.api.outbox, batch, &message, NULL, &id, &err), RESULT_OK);
    }
    assert_int_equal(outbox_put(rig.api.outbox, batch, &message, NULL, &id, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_BUSY);
    store_batch_free(batch);
    rig_close(&rig);
}

static void at_most_so_many_are_under_way(void **state)
{
    (void)state;
    enum { ROOM = 65536 };
    struct rig rig;
    open_all(&rig);
    char *text = calloc(1, ROOM);
    FILE *in = fopen(TEST_SOURCE_DIR "/tests/region/convenant.json", "r"); /* all of its parties */
    assert_true(text != NULL && in != NULL && fread(text, 1, ROOM - 1, in) > 0);
    (void)fclose(in);
    rig_set_covenant(&rig, text);
    free(text);
    struct covenant *covenant = rig.api.covenant->covenant;
    size_t others = 0;
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        const struct party *party = covenant_party_at(covenant, i);
        if (!oin_equal(&party->oin, &rig.api.own_oin)) {
            (void)put(&rig, party->oin.digits, "{\"x\":1}");
            others++;
        }
    }
    tick(&rig, OUTBOX_COMMIT_MS);
    assert_true(others > OUTBOX_AT_ONCE);
    assert_int_equal(rig.peers.count, OUTBOX_AT_ONCE);
    for (size_t i = 0; i < rig.peers.count; i++) {
        settle(&rig, i, PEER_DOWN, 0, "");
    }
    rig_close(&rig);
}

static void a_confirmed_one_is_kept_so_long(void **state)
{
    (void)state;
    const int64_t day_ms = 86400000;
    struct rig rig;
    struct error err;
    open_all(&rig);
    (void)put(&rig, DEBT_HELP, "{\"x\":1}");
    tick(&rig, OUTBOX_COMMIT_MS);
    confirm(&rig, 0, DEBT_HELP);
    for (int past = 0; past <= 1; past++) {
        outbox_close(rig.api.outbox);
        assert_int_equal(outbox_open(&rig.api, &rig.api.outbox, &err), RESULT_OK);
        tick(&rig, past == 0 ? OUTBOX_KEPT_DAYS * day_ms - day_ms : 2 * day_ms);
        struct http_request request = list(&rig);
        assert_int_equal(rig_says(&request, "bevestigd"), past == 0);
        rig_forget(&request);
    }
    rig_close(&rig);
}

static void damaged_bytes_are_no_message(void **state)
{
    (void)state;
    struct message message = {.state = MESSAGE_STUCK, .status = 404, .tries = 3, .body = slice_text("{\"x\":1}")};
    struct message back;
    struct error err;
    struct buf bytes;
    assert_true(oin_parse(slice_text(DEBT_HELP), &message.partner));
    buf_init(&bytes, STORE_PAYLOAD_MAX);
    message_encode(&message, &bytes);
    assert_int_equal(message_decode(buf_slice(&bytes), &back, &err), RESULT_OK);
    assert_true(back.status == 404 && back.tries == 3 && back.state == MESSAGE_STUCK);
    assert_true(slice_equal(back.body, message.body));
    for (size_t len = 0; len + message.body.len < bytes.len; len++) {
        assert_int_equal(message_decode(slice_of(bytes.ptr, len), &back, &err), RESULT_FAILED);
    }
    for (size_t at = 0; at < 4; at++) {
        const uint8_t was = bytes.ptr[at];
        bytes.ptr[at] = 0xFF;
        assert_int_equal(message_decode(buf_slice(&bytes), &back, &err), RESULT_FAILED);
        bytes.ptr[at] = was;
    }
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_recorded_sent_with_a_receipt_and_confirmed),
        cmocka_unit_test(no_receipt_no_confirmation),
        cmocka_unit_test(to_one_partner_in_order_to_others_side_by_side),
        cmocka_unit_test(waits_grow_to_the_longest),
        cmocka_unit_test(what_a_partner_refuses_waits_for_a_person),
        cmocka_unit_test(what_is_not_confirmed_is_held_after_a_restart_and_a_refusal),
        cmocka_unit_test(only_what_cannot_pass_is_a_refusal),
        cmocka_unit_test(a_restart_goes_on_where_it_was),
        cmocka_unit_test(a_full_disk_confirms_nothing),
        cmocka_unit_test(without_the_change_there_is_no_message),
        cmocka_unit_test(bounds_are_kept),
        cmocka_unit_test(at_most_so_many_are_under_way),
        cmocka_unit_test(a_confirmed_one_is_kept_so_long),
        cmocka_unit_test(damaged_bytes_are_no_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
