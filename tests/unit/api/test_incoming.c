/* What comes in has its effect once: the same again gets the same answer, another under the same id is refused, one at a
 * time per thread, and what fails on the way leaves nothing behind. */
#include "unit/api/api_rig.h"

#include "api/incoming.h"
#include "api/incoming_row.h"

#define TOKEN "Bearer kb-incoming"

/* ---- a handler that counts, and whose effect is a row of its own ---- */

enum { LATE_MAX = 4 };

static struct {
    unsigned effects;
    unsigned commits;
    bool waits; /* the handler does not go on by itself */
    struct incoming *waiting[LATE_MAX];
    size_t waiting_count;
    uint64_t version; /* what the effect replaces, as it was read; 0: nothing */
    struct ident item;
    unsigned stale; /* so many times what it read is out of date at its commit */
    unsigned anews;
    bool tries_anew;
    size_t answer_bytes;
} seen;

static const struct json_field fields[] = {
    {"ontvangstbewijs", JSON_TEXT, true, RECEIPT_TEXT, RECEIPT_TEXT},
    {"draad", JSON_TEXT, true, 32, 32},
    {"zegt", JSON_TEXT, true, 1, 40},
    {"opvulling", JSON_TEXT, false, 0, 40},
};

static void committed(struct call *call)
{
    (void)call;
    seen.commits++;
}

static void anew(struct incoming *in)
{
    assert_int_equal(in->tries, ++seen.anews);
}

static void have_effect(struct incoming *in)
{
    char answer[64];
    in->anew = seen.tries_anew ? anew : NULL;
    if (seen.tries_anew) {
        seen.version = seen.stale != 0 ? 12345 : 0;
        seen.stale -= seen.stale != 0;
    }
    struct store_batch *batch = store_batch_new(in->call.api->door);
    const struct store_write item = {.id = seen.version != 0 ? seen.item : entropy_ident(in->call.api->entropy),
                                     .payload = slice_text("effect"),
                                     .version = seen.version};
    store_put(batch, STORE_ROSTER, &item);
    seen.effects++;
    (void)snprintf(answer, sizeof answer, "{\"nummer\":%u}", seen.effects);
    in->call.committed = committed;
    in->record.outcome = OUTCOME_DONE;
    incoming_finish(in, batch, 200, slice_text(answer));
}

static void handle(struct incoming *in)
{
    if (seen.waits) {
        assert_true(seen.waiting_count < LATE_MAX);
        seen.waiting[seen.waiting_count++] = in;
    } else {
        have_effect(in);
    }
}

static void take(struct http_request *request, void *ctx)
{
    static const char *const changing[] = {"ontvangstbewijs", "opvulling"};
    struct incoming *in = incoming_open(ctx, request, sizeof *in, NULL);
    struct fault_list faults = {0};
    struct record record = {0};
    struct ident thread;
    struct buf stable;
    assert_non_null(in);
    struct json *json CLEANUP(json_cleanup) = call_json(&in->call, fields, COUNT_OF(fields), &faults);
    if (faults.count == 0) {
        incoming_sender(in, json, RECORD_TASK_TAKEN, &record, &faults);
    }
    if (faults.count != 0) {
        struct record refused = call_refusal(&in->call);
        call_refuse(&in->call, &refused, &faults);
        return;
    }
    in->answer_bytes = seen.answer_bytes;
    assert_true(ident_parse(json_text_of(json, "draad"), &thread));
    buf_init(&stable, 4096);
    incoming_stable(json, changing, COUNT_OF(changing), &stable);
    incoming_begin(in, &record, &thread, buf_slice(&stable), handle);
    buf_free(&stable);
}

static void step(struct call *call)
{
    struct incoming *in = (struct incoming *)call;
    const struct record record = call_record(call, RECORD_TASK_STEP);
    incoming_desk(in, &record, slice_text("0123456789abcdef0123456789abcdef"), http_request_body(call->request),
                  handle);
}

static void take_step(struct http_request *request, void *ctx)
{
    struct incoming *in = incoming_open(ctx, request, sizeof *in, NULL);
    assert_non_null(in);
    call_require(&in->call, MAY_TASK, step);
}

/* ---- the rig ---- */

static struct cert_identity debt_help;
static struct cert_identity school;

static void open_all(struct rig *rig)
{
    memset(&seen, 0, sizeof seen);
    rig_open_with(rig, AREA_TEAM, false);
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, TOKEN);
    assert_true(oin_parse(slice_text(DEBT_HELP), &debt_help.oin));
    assert_true(oin_parse(slice_text(SCHOOL), &school.oin));
}

struct sent {
    char body[RECEIPT_TEXT + 256];
    char id[IDENT_TEXT_SIZE];
    struct http_request request;
};

/* From debt help, under request-id `id`, about thread `thread`. */
static void make(struct rig *rig, struct sent *sent, unsigned id, unsigned thread, const char *says, const char *extra)
{
    (void)snprintf(sent->body, sizeof sent->body, "{\"ontvangstbewijs\":\"%s\",\"draad\":\"%032x\",\"zegt\":\"%s\"%s}",
                   rig_receipt(DEBT_HELP).text, thread, says, extra);
    (void)snprintf(sent->id, sizeof sent->id, "%032x", id);
    sent->request = rig_request(rig, sent->body);
    sent->request.peer = &debt_help;
    sent->request.request_id = sent->id;
}

static void bring(struct rig *rig, struct sent *sent, unsigned id, unsigned thread, const char *says, const char *extra)
{
    make(rig, sent, id, thread, says, extra);
    rig_handle(take, &sent->request);
}

static void assert_sent(struct rig *rig, unsigned id, const char *says, const char *extra, int status,
                        const char *answer)
{
    struct sent sent;
    bring(rig, &sent, id, 1, says, extra);
    if (sent.request.status != status) {
        fail_msg("%s", (const char *)sent.request.answer.ptr);
    }
    if (!rig_says(&sent.request, answer)) {
        fail_msg("%s staat niet in %s", answer, (const char *)sent.request.answer.ptr);
    }
    rig_forget(&sent.request);
}

/* ---- cases ---- */

static void the_same_again_has_no_effect_and_the_same_answer(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    const uint64_t before = rig_leaves(&rig);
    assert_sent(&rig, 1, "ja", "", 200, "{\"nummer\":1,\"ontvangstbewijs\":\"");
    assert_int_equal(rig_last(&rig).operation, RECORD_TASK_TAKEN);
    const uint64_t first = rig_leaves(&rig);
    assert_true(first > before);
    assert_sent(&rig, 1, "ja", ",\"opvulling\":\"xx\"", 200, "{\"nummer\":1,\"ontvangstbewijs\":\"");
    assert_int_equal(seen.effects, 1);
    assert_int_equal(seen.commits, 1);
    assert_int_equal(rig_leaves(&rig), first + 1); /* a record of its own */
    const struct record again = rig_last(&rig);
    assert_true(oin_equal(&again.peer, &debt_help.oin));
    assert_sent(&rig, 2, "ja", "", 200, "{\"nummer\":2,");
    rig_close(&rig);
}

static void another_under_the_same_id_is_refused_and_recorded(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    assert_sent(&rig, 1, "ja", "", 200, "");
    assert_sent(&rig, 1, "nee", "", 409, "onder dit kenmerk is eerder iets anders gezonden");
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    assert_int_equal(seen.effects, 1);
    assert_sent(&rig, 1, "ja", "", 200, "{\"nummer\":1,");
    rig_close(&rig);
}

/* The id of one partner says nothing of another's. */
static void each_partner_has_ids_of_his_own(void **state)
{
    (void)state;
    struct rig rig;
    struct sent sent;
    open_all(&rig);
    assert_sent(&rig, 1, "ja", "", 200, "{\"nummer\":1,");
    make(&rig, &sent, 1, 1, "ja", "");
    char body[RECEIPT_TEXT + 256];
    (void)snprintf(body, sizeof body, "{\"ontvangstbewijs\":\"%s\",\"draad\":\"%032x\",\"zegt\":\"ja\"}",
                   rig_receipt(SCHOOL).text, 1U);
    sent.request.body = body;
    sent.request.peer = &school;
    rig_handle(take, &sent.request);
    assert_int_equal(sent.request.status, 200);
    assert_true(rig_says(&sent.request, "{\"nummer\":2,"));
    rig_forget(&sent.request);
    rig_close(&rig);
}

static void what_names_no_sender_is_refused(void **state)
{
    (void)state;
    struct rig rig;
    struct sent sent;
    open_all(&rig);
    make(&rig, &sent, 1, 1, "ja", "");
    sent.request.request_id = "kort";
    rig_handle(take, &sent.request);
    assert_int_equal(sent.request.status, 400);
    rig_forget(&sent.request);
    make(&rig, &sent, 1, 1, "ja", "");
    sent.request.peer = &school; /* with a receipt of another */
    rig_handle(take, &sent.request);
    assert_int_equal(sent.request.status, 400);
    rig_forget(&sent.request);
    assert_int_equal(seen.effects, 0);
    rig_close(&rig);
}

static void one_at_a_time_per_thread_others_side_by_side(void **state)
{
    (void)state;
    struct rig rig;
    struct sent sent[4];
    open_all(&rig);
    seen.waits = true;
    bring(&rig, &sent[0], 1, 7, "een", "");
    bring(&rig, &sent[1], 2, 7, "twee", "");
    bring(&rig, &sent[2], 3, 8, "drie", "");
    bring(&rig, &sent[3], 1, 7, "een", ""); /* the same, now */
    assert_int_equal(sent[3].request.status, 425);
    assert_int_equal(seen.waiting_count, 2); /* one of each thread */
    assert_int_equal(sent[0].request.answers + sent[1].request.answers + sent[2].request.answers, 0);
    have_effect(seen.waiting[1]);
    rig_run(&rig);
    assert_int_equal(sent[2].request.status, 200);
    assert_int_equal(seen.waiting_count, 2);
    have_effect(seen.waiting[0]);
    rig_run(&rig);
    assert_int_equal(sent[0].request.status, 200);
    assert_int_equal(seen.waiting_count, 3); /* its turn */
    have_effect(seen.waiting[2]);
    rig_run(&rig);
    assert_int_equal(sent[1].request.status, 200);
    for (size_t i = 0; i < COUNT_OF(sent); i++) {
        rig_forget(&sent[i].request);
    }
    rig_close(&rig);
}

static void past_the_bound_of_one_sender_it_is_busy(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    struct sent *sent = calloc(INCOMING_LINE_MAX + 1, sizeof *sent);
    assert_non_null(sent);
    seen.waits = true;
    for (unsigned i = 0; i <= INCOMING_LINE_MAX; i++) {
        bring(&rig, &sent[i], i + 1, 7, "ja", "");
    }
    assert_int_equal(sent[INCOMING_LINE_MAX].request.status, 503);
    assert_int_equal(seen.waiting_count, 1);
    seen.waits = false;
    have_effect(seen.waiting[0]);
    rig_run(&rig);
    for (unsigned i = 0; i < INCOMING_LINE_MAX; i++) {
        assert_int_equal(sent[i].request.status, 200);
        rig_forget(&sent[i].request);
    }
    rig_forget(&sent[INCOMING_LINE_MAX].request);
    assert_int_equal(seen.effects, INCOMING_LINE_MAX);
    free(sent);
    rig_close(&rig);
}

/* Effect, record and row are one: when they cannot be written there is no answer, and the next time is the first. */
static void what_is_not_durable_has_no_answer(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    rig_disk_full(&rig, true);
    assert_sent(&rig, 1, "ja", "", 503, "");
    assert_int_equal(seen.commits, 0);
    rig_disk_full(&rig, false);
    assert_sent(&rig, 1, "ja", "", 200, "{\"nummer\":2,");
    assert_sent(&rig, 1, "ja", "", 200, "{\"nummer\":2,");
    rig_close(&rig);
}

/* What the effect replaces changed since it was read: nothing of it is kept, and the sender is to come again. */
static void a_change_meanwhile_is_sent_again(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    seen.item = entropy_ident(&rig.entropy);
    const struct store_write item = {.id = seen.item, .payload = slice_text("was")};
    rig_put(&rig, STORE_ROSTER, &item);
    seen.version = 12345;
    assert_sent(&rig, 1, "ja", "", 425, "");
    seen.version = 0;
    assert_sent(&rig, 1, "ja", "", 200, "{\"nummer\":2,");
    rig_close(&rig);
}

/* A handler that can begin anew does, by what is there then; not for ever. */
static void a_change_meanwhile_is_looked_at_anew(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    seen.item = entropy_ident(&rig.entropy);
    const struct store_write item = {.id = seen.item, .payload = slice_text("was")};
    rig_put(&rig, STORE_ROSTER, &item);
    seen.tries_anew = true;
    seen.stale = INCOMING_TRIES - 1;
    assert_sent(&rig, 1, "ja", "", 200, "{\"nummer\":4,");
    assert_int_equal(seen.anews, INCOMING_TRIES - 1);
    assert_int_equal(seen.commits, 1);
    assert_sent(&rig, 1, "ja", "", 200, "{\"nummer\":4,");
    seen.anews = 0;
    seen.stale = INCOMING_TRIES;
    assert_sent(&rig, 2, "ja", "", 425, "");
    assert_int_equal(seen.anews, INCOMING_TRIES - 1);
    assert_int_equal(seen.commits, 1);
    seen.anews = 0;
    assert_sent(&rig, 2, "ja", "", 200, "{\"nummer\":9,");
    rig_close(&rig);
}

static void every_answer_is_as_long_when_asked(void **state)
{
    (void)state;
    struct rig rig;
    struct sent sent;
    open_all(&rig);
    seen.answer_bytes = SIGNAL_ANSWER_BYTES;
    for (unsigned i = 0; i < 3; i++) { /* the last is the second again */
        bring(&rig, &sent, i < 2 ? i : 1, 1, "ja", "");
        assert_int_equal(sent.request.status, 200);
        assert_int_equal(strlen((const char *)sent.request.answer.ptr), SIGNAL_ANSWER_BYTES);
        rig_forget(&sent.request);
    }
    seen.answer_bytes = 40; /* no room */
    bring(&rig, &sent, 9, 1, "ja", "");
    assert_int_equal(sent.request.status, 500);
    rig_forget(&sent.request);
    rig_close(&rig);
}

static void a_step_at_the_desk_counts_once(void **state)
{
    (void)state;
    struct rig rig;
    static const struct {
        const char *body;
        int status;
        const char *answer;
    } cases[] = {{"{\"stap\":\"aanvaarden\"}", 200, "{\"nummer\":1}"},
                 {"{\"stap\":\"aanvaarden\"}", 200, "{\"nummer\":1}"},
                 {"{\"stap\":\"weigeren\"}", 409, "eerder iets anders"}};
    open_all(&rig);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct http_request request = rig_request(&rig, cases[i].body);
        request.authorization = TOKEN;
        rig_handle(take_step, &request);
        assert_int_equal(request.status, cases[i].status);
        assert_true(rig_says(&request, cases[i].answer));
        rig_forget(&request);
    }
    assert_int_equal(seen.effects, 1);
    rig_close(&rig);
}

static int64_t now_ms;

static int64_t tell_time(void *ctx)
{
    (void)ctx;
    return now_ms;
}

static void count_rows(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    (void)items;
    assert_null(err);
    assert_false(more);
    *(size_t *)ctx = count;
}

static size_t kept(struct rig *rig)
{
    size_t count = 0;
    store_list(rig->world.door, STORE_INCOMING, NULL, STORE_LIST_MAX, count_rows, &count);
    return count;
}

static void what_came_long_ago_is_forgotten(void **state)
{
    (void)state;
    const int64_t day_ms = 86400000;
    struct rig rig;
    open_all(&rig);
    now_ms = clock_now(&rig.world.clock);
    rig.world.clock.now_ms = tell_time;
    assert_sent(&rig, 1, "ja", "", 200, "");
    assert_sent(&rig, 2, "ja", "", 200, "");
    for (int day = 0; day <= INCOMING_KEPT_DAYS + 1; day++) {
        assert_int_equal(kept(&rig), day <= INCOMING_KEPT_DAYS ? 2 : 0);
        now_ms += day_ms;
        for (int i = 0; i < 3; i++) {
            incoming_sweep(&rig.api);
            rig_run(&rig);
        }
    }
    rig_close(&rig);
}

static void damaged_bytes_are_no_row(void **state)
{
    (void)state;
    const struct incoming_row row = {.hash = {{7}}, .status = 200, .until_ms = 9, .answer = slice_text("{}")};
    struct incoming_row back;
    struct error err;
    struct buf bytes;
    buf_init(&bytes, STORE_PAYLOAD_MAX);
    incoming_row_encode(&row, &bytes);
    assert_int_equal(incoming_row_decode(buf_slice(&bytes), &back, &err), RESULT_OK);
    assert_true(back.status == 200 && back.until_ms == 9 && slice_equal(back.answer, row.answer));
    assert_memory_equal(&back.hash, &row.hash, sizeof row.hash);
    for (size_t len = 0; len + row.answer.len < bytes.len; len++) {
        assert_int_equal(incoming_row_decode(slice_of(bytes.ptr, len), &back, &err), RESULT_FAILED);
    }
    bytes.ptr[0] = 9;
    assert_int_equal(incoming_row_decode(buf_slice(&bytes), &back, &err), RESULT_FAILED);
    buf_free(&bytes);
}

static void what_must_be_the_same_leaves_out_what_may_change(void **state)
{
    (void)state;
    static const char *const left_out[] = {"sleutel", "opvulling"};
    static const struct {
        const char *text;
        const char *stable;
    } cases[] = {
        {"{}", "{}"},
        {"{\"opvulling\":\"x\"}", "{}"},
        {"{\"a\":[{\"sleutel\":\"s\",\"b\":1},{\"sleutel\":{\"c\":[1]}},[]],\"d\":{\"e\":true,\"f\":null}}",
         "{\"a\":[{\"b\":1},{},[]],\"d\":{\"e\":true,\"f\":null}}"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct error err;
        struct json *json CLEANUP(json_cleanup) = NULL;
        struct buf out;
        buf_init(&out, 4096);
        assert_int_equal(json_parse(slice_text(cases[i].text), &json, &err), RESULT_OK);
        incoming_stable(json, left_out, COUNT_OF(left_out), &out);
        buf_byte(&out, '\0');
        assert_string_equal((const char *)out.ptr, cases[i].stable);
        buf_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_again_has_no_effect_and_the_same_answer),
        cmocka_unit_test(another_under_the_same_id_is_refused_and_recorded),
        cmocka_unit_test(each_partner_has_ids_of_his_own),
        cmocka_unit_test(what_names_no_sender_is_refused),
        cmocka_unit_test(one_at_a_time_per_thread_others_side_by_side),
        cmocka_unit_test(past_the_bound_of_one_sender_it_is_busy),
        cmocka_unit_test(what_is_not_durable_has_no_answer),
        cmocka_unit_test(a_change_meanwhile_is_sent_again),
        cmocka_unit_test(a_change_meanwhile_is_looked_at_anew),
        cmocka_unit_test(every_answer_is_as_long_when_asked),
        cmocka_unit_test(a_step_at_the_desk_counts_once),
        cmocka_unit_test(what_came_long_ago_is_forgotten),
        cmocka_unit_test(damaged_bytes_are_no_row),
        cmocka_unit_test(what_must_be_the_same_leaves_out_what_may_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
