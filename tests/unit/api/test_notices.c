/* The postbus: whose notices a user sees, that each is there once, and what is told outside: when, how often, of nothing. */
#include "unit/api/api_rig.h"

#include "api/notices.h"
#include "api/notices_parts.h"
#include "base/bytes.h"
#include "peer/post.h"

#define JANSEN "Bearer kb-jansen"
#define BAKKER "Bearer kb-bakker"
#define SIGNAL "Bearer kb-signaal"

#define WINDOW_MS ((int64_t)NOTICE_MAIL_MS)
#define DAY_MS    INT64_C(86400000)

/* ---- posts, played by the test ---- */

enum { POSTED_MAX = 64, PAGE = 400 };

struct posted {
    enum post_way kind;
    char url[64], anchors[64], from[64], to[64], text[128];
    int64_t at_ms;
    uint64_t leaves;
};

struct post_pool {
    struct posted all[POSTED_MAX];
    size_t count;
    post_done *done[2]; /* under way, by kind */
    void *ctx[2];
    bool stopped;
};

static struct post_pool posts;
static struct rig rig;
static int64_t now_ms;

enum result post_open(struct uv_loop_s *loop, struct post_pool **out, struct error *err)
{
    (void)loop;
    (void)err;
    *out = &posts;
    return RESULT_OK;
}

void post_stop(struct post_pool *pool)
{
    pool->stopped = true;
}

void post_close(struct post_pool *pool)
{
    assert_null(pool->done[0]);
    assert_null(pool->done[1]);
}

const char *post_outcome_slug(enum post_outcome outcome)
{
    static const char *const words[] = {"verstuurd", "geweigerd", "onbereikbaar"};
    return words[outcome];
}

enum result post_send(struct post_pool *pool, const struct post_request *request, post_done *done, void *ctx,
                      struct error *err)
{
    (void)err;
    assert_true(pool->count < POSTED_MAX);
    assert_null(pool->done[request->kind]);
    assert_int_equal(request->total_ms, POST_TOTAL_MS);
    assert_int_equal(request->date_ms, now_ms);
    struct posted *one = &pool->all[pool->count++];
    *one = (struct posted){.kind = request->kind, .at_ms = now_ms, .leaves = rig_leaves(&rig)};
    (void)snprintf(one->url, sizeof one->url, "%s", request->url);
    (void)snprintf(one->anchors, sizeof one->anchors, "%s", request->anchors);
    (void)snprintf(one->from, sizeof one->from, "%s", request->from);
    (void)snprintf(one->to, sizeof one->to, "%s", request->to);
    (void)snprintf(one->text, sizeof one->text, "%s", request->text);
    pool->done[request->kind] = done;
    pool->ctx[request->kind] = ctx;
    return RESULT_OK;
}

static void settle(enum post_way kind, enum post_outcome outcome)
{
    post_done *done = posts.done[kind];
    assert_non_null(done);
    posts.done[kind] = NULL;
    done(posts.ctx[kind], outcome, 0);
    rig_run(&rig);
}

/* ---- the rig ---- */

static int64_t tell_time(void *ctx)
{
    (void)ctx;
    return now_ms;
}

static void open_notices(void)
{
    struct error err;
    assert_int_equal(notices_open(&rig.api, &rig.api.notices, &err), RESULT_OK);
}

static void close_notices(void)
{
    notices_stop(rig.api.notices);
    rig_run(&rig);
    notices_close(rig.api.notices);
    rig.api.notices = NULL;
}

static int open_all(void **state)
{
    (void)state;
    posts = (struct post_pool){.count = 0};
    rig_open_with(&rig, AREA_TEAM, false);
    now_ms = 1767225600000;
    rig.world.clock.now_ms = tell_time;
    rig_user(&rig, "g.jansen", 1U << ROLE_GENERALIST, false, JANSEN);
    rig_user(&rig, "r.bakker", 1U << ROLE_COORDINATOR | 1U << ROLE_CONSULENT, false, BAKKER);
    rig_user(&rig, "s.signaal", 1U << ROLE_SIGNALLER, false, SIGNAL);
    open_notices();
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    close_notices();
    rig_close(&rig);
    return 0;
}

static void tick(int64_t wait_ms)
{
    now_ms += wait_ms;
    notices_tick(rig.api.notices);
    rig_run(&rig);
}

static void put_in(struct store_batch *batch, const char *user, uint32_t roles, enum notice_kind kind, uint8_t ref,
                   uint32_t number)
{
    struct error err;
    const struct ident about = {{ref}};
    const struct notice_to to = {user, roles};
    assert_int_equal(notice_put(&rig.api, batch, &to, kind, &about, number, &err), RESULT_OK);
}

static void put(const char *user, uint32_t roles, enum notice_kind kind, uint8_t ref, uint32_t number)
{
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_non_null(batch);
    put_in(batch, user, roles, kind, ref, number);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
}

static struct http_request list(const char *who, const char *query)
{
    struct http_request request = rig_request(&rig, NULL);
    request.authorization = who;
    request.query = query;
    rig_handle(notices_list, &request);
    return request;
}

static size_t count_of(const struct http_request *request, const char *text)
{
    size_t count = 0;
    for (const char *at = strstr((const char *)request->answer.ptr, text); at != NULL; at = strstr(at + 1, text)) {
        count++;
    }
    return count;
}

/* So many are shown to him, and so many are unread. */
static void assert_shown(const char *who, const char *query, size_t shown, int unread)
{
    char text[32];
    struct http_request request = list(who, query);
    (void)snprintf(text, sizeof text, "{\"ongelezen\":%d,", unread);
    assert_int_equal(request.status, 200);
    if (count_of(&request, "\"bericht\":") != shown || !rig_says(&request, text)) {
        fail_msg("%zu, %d: %s", shown, unread, (const char *)request.answer.ptr);
    }
    rig_forget(&request);
}

/* The newest that he sees; the id as it is shown. */
static struct ident_text newest(const char *who)
{
    struct ident_text id = {""};
    struct http_request request = list(who, NULL);
    const char *at = strstr((const char *)request.answer.ptr, "\"bericht\":\"");
    assert_non_null(at);
    (void)snprintf(id.text, sizeof id.text, "%.32s", at + 11);
    rig_forget(&request);
    return id;
}

static int read_one(const char *who, const char *id)
{
    char body[128];
    (void)snprintf(body, sizeof body, "{\"berichten\":[\"%s\"]}", id);
    struct http_request request = rig_request(&rig, body);
    request.authorization = who;
    rig_handle(notices_read, &request);
    const int status = request.status;
    rig_forget(&request);
    return status;
}

/* ---- whose ---- */

static void a_user_sees_his_own_and_those_of_his_roles(void **state)
{
    (void)state;
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    put(NULL, 1U << ROLE_COORDINATOR, NOTICE_LATE, 2, 0);
    put(NULL, 1U << ROLE_GENERALIST | 1U << ROLE_CONSULENT, NOTICE_MEETING, 3, 0);
    assert_shown(JANSEN, NULL, 2, 2); /* who asks before the first look waits for it */
    put(NULL, 1U << ROLE_DPO, NOTICE_LATE, 2, 0);
    tick(1000);
    assert_shown(JANSEN, NULL, 2, 2);
    assert_shown(BAKKER, NULL, 2, 2);
    assert_shown(SIGNAL, NULL, 0, 0);
    struct http_request request = list(JANSEN, NULL);
    assert_true(rig_says(&request, "\"soort\":\"match\",\"over\":\"03000000000000000000000000000000\","
                                   "\"sinds\":\"2026-01-01T00:00:00Z\",\"rollen\":[\"generalist\",\"consulent\"]},"
                                   "{\"bericht\":"));
    assert_true(rig_says(&request, "\"soort\":\"opdracht\",\"over\":\"01000000000000000000000000000000\","
                                   "\"sinds\":\"2026-01-01T00:00:00Z\"}]}"));
    rig_forget(&request);
    assert_int_equal(notices_standing(rig.api.notices).unread, 4);
}

static void a_batch_that_is_not_committed_leaves_none(void **state)
{
    (void)state;
    struct store_batch *batch = store_batch_new(rig.world.door);
    put_in(batch, "g.jansen", 0, NOTICE_TASK, 1, 0);
    store_batch_free(batch);
    tick(1000);
    tick(1000);
    assert_shown(JANSEN, NULL, 0, 0);
}

static void each_is_there_once(void **state)
{
    (void)state;
    put("g.jansen", 0, NOTICE_STEP, 1, 3);
    put("g.jansen", 0, NOTICE_STEP, 1, 3);
    tick(1000);
    put("g.jansen", 0, NOTICE_STEP, 1, 3);
    put("g.jansen", 0, NOTICE_STEP, 1, 4);    /* another event */
    put("g.jansen", 0, NOTICE_MESSAGE, 1, 4); /* another kind */
    put("g.jansen", 0, NOTICE_STEP, 2, 4);    /* about something else */
    put("r.bakker", 0, NOTICE_STEP, 1, 4);    /* for another */
    tick(1000);
    assert_shown(JANSEN, NULL, 4, 4);
    assert_shown(BAKKER, NULL, 1, 1);
    close_notices();
    open_notices();
    tick(1000);
    assert_shown(JANSEN, NULL, 4, 4);
}

static void nobody_reads_what_is_anothers(void **state)
{
    (void)state;
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    put(NULL, 1U << ROLE_CONSULENT | 1U << ROLE_GENERALIST, NOTICE_MEETING, 2, 0);
    put("r.bakker", 0, NOTICE_TASK, 3, 0);
    tick(1000);
    const struct ident_text bakkers = newest(BAKKER);
    const struct ident_text shared = newest(JANSEN);
    assert_int_equal(read_one(JANSEN, bakkers.text), 404);
    assert_int_equal(read_one(SIGNAL, shared.text), 404);
    assert_int_equal(read_one(JANSEN, "00000000000000000000000000000000"), 404);
    assert_int_equal(read_one(JANSEN, "x"), 400);
    struct http_request request = list(SIGNAL, NULL);
    request.authorization = "Bearer kb-niemand";
    rig_forget(&request);
    request = list("Bearer kb-niemand", NULL);
    assert_int_equal(request.status, 401);
    rig_forget(&request);
    assert_shown(JANSEN, NULL, 2, 2);
    assert_shown(BAKKER, NULL, 2, 2);
}

static void what_was_read_stays_read(void **state)
{
    (void)state;
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    put(NULL, 1U << ROLE_GENERALIST | 1U << ROLE_CONSULENT, NOTICE_MEETING, 2, 0);
    tick(1000);
    const struct ident_text shared = newest(JANSEN);
    assert_int_equal(read_one(JANSEN, shared.text), 200);
    assert_int_equal(read_one(JANSEN, shared.text), 200); /* again: nothing changes */
    assert_shown(JANSEN, NULL, 1, 1);
    assert_shown(JANSEN, "alle=ja", 2, 1);
    assert_shown(JANSEN, "alle=nee", 1, 1);
    assert_shown(BAKKER, NULL, 0, 0); /* read for all with the role */
    struct http_request request = list(JANSEN, "alle=ja");
    assert_true(rig_says(&request, "\"gelezenOp\":\"2026-01-01T00:00:01Z\""));
    rig_forget(&request);
    close_notices();
    open_notices();
    tick(1000);
    assert_shown(JANSEN, NULL, 1, 1);
    assert_shown(JANSEN, "alle=ja", 2, 1);
    assert_int_equal(notices_standing(rig.api.notices).unread, 1);
}

/* It happened once more: unread again, in the store and in mind; and one that is not committed changes nothing. */
static void what_is_put_again_is_unread_again(void **state)
{
    (void)state;
    put("g.jansen", 0, NOTICE_STUCK, 1, 0);
    put("g.jansen", 0, NOTICE_STUCK, 2, 0);
    tick(1000);
    const struct ident_text id = newest(JANSEN);
    assert_int_equal(read_one(JANSEN, id.text), 200);
    struct store_batch *batch = store_batch_new(rig.world.door);
    put_in(batch, "g.jansen", 0, NOTICE_STUCK, 2, 0);
    store_batch_free(batch);
    tick(1000);
    assert_shown(JANSEN, NULL, 1, 1);
    put("g.jansen", 0, NOTICE_STUCK, 2, 0);
    put("g.jansen", 0, NOTICE_STUCK, 1, 0);
    tick(1000);
    for (int start = 0; start < 2; start++) { /* the same after a restart */
        assert_shown(JANSEN, NULL, 2, 2);
        assert_shown(JANSEN, "alle=ja", 2, 2);
        assert_int_equal(notices_standing(rig.api.notices).unread, 2);
        close_notices();
        open_notices();
        tick(1000);
    }
    assert_int_equal(read_one(JANSEN, id.text), 200);
    for (int i = 0; i < NOTICE_AGAIN_SECONDS + 1; i++) {
        tick(1000);
    }
    assert_shown(JANSEN, NULL, 1, 1);
}

/* More at once than are looked at one by one. */
static void however_many_are_put_again(void **state)
{
    (void)state;
    enum { COUNT = NOTICE_AGAIN_MAX + 5 };
    for (int round = 0; round < 2; round++) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        for (uint32_t i = 0; i < COUNT; i++) {
            put_in(batch, "g.jansen", 0, NOTICE_STUCK, 1, i);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
        for (int i = 0; i < NOTICE_AGAIN_SECONDS + 2; i++) {
            tick(1000);
        }
        assert_shown(JANSEN, NULL, COUNT, COUNT);
        assert_int_equal(notices_standing(rig.api.notices).unread, COUNT);
        for (int i = 0; i < COUNT && round == 0; i++) {
            const struct ident_text id = newest(JANSEN);
            assert_int_equal(read_one(JANSEN, id.text), 200);
        }
    }
}

static void a_disk_that_is_full_leaves_it_unread(void **state)
{
    (void)state;
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    tick(1000);
    const struct ident_text id = newest(JANSEN);
    rig_disk_full(&rig, true);
    assert_int_equal(read_one(JANSEN, id.text), 503);
    rig_disk_full(&rig, false);
    assert_shown(JANSEN, NULL, 1, 1);
    assert_int_equal(read_one(JANSEN, id.text), 200);
    assert_shown(JANSEN, NULL, 0, 0);
}

static void pages_go_from_new_to_old(void **state)
{
    (void)state;
    enum { COUNT = 2 * PAGE + 3 };
    for (uint32_t i = 0; i < COUNT; i += 100) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        for (uint32_t k = i; k < i + 100 && k < COUNT; k++) {
            put_in(batch, k % 2 == 0 || k > 10 ? "g.jansen" : "r.bakker", 0, NOTICE_STEP, 1, k);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    }
    tick(1000);
    char query[64] = "";
    size_t seen = 0;
    for (int page = 0; page < 3; page++) {
        struct http_request request = list(JANSEN, query);
        assert_int_equal(request.status, 200);
        const size_t here = count_of(&request, "\"bericht\":");
        const char *next = strstr((const char *)request.answer.ptr, "\"volgende\":\"");
        assert_int_equal(here, page < 1 ? PAGE : here);
        assert_true((next == NULL) == (page == 1));
        seen += here;
        if (next == NULL) {
            rig_forget(&request);
            break;
        }
        (void)snprintf(query, sizeof query, "na=%.32s", next + 12);
        rig_forget(&request);
    }
    assert_int_equal(seen, COUNT - 5);
    static const char *const wrong[] = {"na=x", "na=00000000000000000000000000000000", "alle=misschien"};
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        struct http_request request = list(JANSEN, wrong[i]);
        assert_int_equal(request.status, 400);
        rig_forget(&request);
    }
}

static void bodies_that_say_nothing(void **state)
{
    (void)state;
    static const char *const bodies[] = {"",
                                         "{}",
                                         "{\"berichten\":[]}",
                                         "{\"berichten\":\"x\"}",
                                         "{\"berichten\":[1]}",
                                         "{\"berichten\":[\"00000000000000000000000000000000\"],\"x\":1}"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++) {
        struct http_request request = rig_request(&rig, bodies[i]);
        request.authorization = JANSEN;
        rig_handle(notices_read, &request);
        assert_in_range(request.status, 400, 422);
        rig_forget(&request);
    }
}

/* Rows that nothing of ours wrote are nobody's, and hide no other. */
static void rows_that_are_none_are_passed_over(void **state)
{
    (void)state;
    enum { FIXED = 42, LONGEST = FIXED + USER_NAME_MAX + 1 };
    static const struct {
        uint8_t version, kind, roles;
        size_t len;
    } rows[] = {
        {1, 0, 1, 0},                     /* empty */
        {1, 0, 1, FIXED - 1},             /* cut off */
        {2, 0, 1, FIXED},                 /* of another version */
        {1, NOTICE_KIND_COUNT, 1, FIXED}, /* of no kind */
        {1, 0, 0, FIXED},                 /* for nobody */
        {1, 0, 1, FIXED + 3},             /* for a user and for a role */
        {1, 0, 0, LONGEST},               /* for a name that nobody has */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint8_t bytes[LONGEST];
        memset(bytes, 'g', sizeof bytes);
        memset(bytes, 0, FIXED);
        bytes[0] = rows[i].version;
        bytes[1] = rows[i].kind;
        bytes[5] = (uint8_t)(rows[i].roles << ROLE_GENERALIST);
        const struct store_write item = {.id = {{(uint8_t)(i + 1)}}, .payload = slice_of(bytes, rows[i].len)};
        rig_put(&rig, STORE_NOTICE, &item);
    }
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    tick(1000);
    assert_shown(JANSEN, "alle=ja", 1, 1);
    assert_int_equal(notices_standing(rig.api.notices).unread, 1);
    tick((NOTICES_KEPT_DAYS + 1) * DAY_MS); /* and go with the others */
    assert_shown(JANSEN, "alle=ja", 0, 0);
}

/* ---- what goes ---- */

static void old_ones_go(void **state)
{
    (void)state;
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    now_ms += 1000;
    put("g.jansen", 0, NOTICE_TASK, 2, 0);
    tick(0);
    tick(NOTICES_KEPT_DAYS * DAY_MS);
    assert_shown(JANSEN, NULL, 1, 1);
    now_ms -= 2 * DAY_MS; /* a clock that is not believed */
    tick(0);
    assert_shown(JANSEN, NULL, 1, 1);
    tick(2 * DAY_MS + 1);
    assert_shown(JANSEN, NULL, 0, 0);
    put("g.jansen", 0, NOTICE_TASK, 3, 0);
    tick(1000);
    assert_shown(JANSEN, NULL, 1, 1);
}

static void past_the_bound_the_oldest_go(void **state)
{
    (void)state;
    enum { MORE = 100 };
    put("r.bakker", 0, NOTICE_TASK, 9, 0);
    for (uint32_t i = 0; i < NOTICES_MAX; i += 500) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        for (uint32_t k = i; k < i + 500; k++) {
            put_in(batch, "g.jansen", 0, NOTICE_STEP, 1, k);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    }
    for (uint32_t k = 0; k < MORE; k++) {
        put("g.jansen", 0, NOTICE_MESSAGE, 1, k);
    }
    tick(1000);
    assert_int_equal(notices_standing(rig.api.notices).unread, NOTICES_MAX); /* no more than that in mind */
    assert_shown(BAKKER, NULL, 1, 1);
    tick(1000); /* the oldest go */
    tick(1000); /* and the newest come */
    assert_shown(BAKKER, NULL, 0, 0);
    struct http_request request = list(JANSEN, NULL);
    assert_int_equal(count_of(&request, "\"soort\":\"bericht\""), MORE);
    rig_forget(&request);
    assert_true(notices_standing(rig.api.notices).unread < NOTICES_MAX);
}

/* ---- told outside ---- */

static void turn_on(bool hook, bool mail)
{
    struct notice_settings settings = {.anchors = "/ankers.pem"};
    if (hook) {
        (void)snprintf(settings.webhook, sizeof settings.webhook, "https://haak.example/x");
    }
    if (mail) {
        (void)snprintf(settings.mail_server, sizeof settings.mail_server, "smtps://post.example");
        (void)snprintf(settings.from, sizeof settings.from, "ketenbrug@team.example");
        (void)snprintf(settings.to, sizeof settings.to, "postbus@team.example");
    }
    notices_set(rig.api.notices, &settings);
}

/* So long, second by second. */
static void pass(int64_t ms)
{
    for (int64_t i = 0; i < ms; i += 1000) {
        tick(1000);
    }
}

static void nothing_is_told_unless_it_is_set(void **state)
{
    (void)state;
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    const uint64_t before = rig_leaves(&rig);
    pass(3 * WINDOW_MS);
    assert_int_equal(posts.count, 0);
    assert_int_equal(rig_leaves(&rig), before);
}

static void news_is_told_once_after_its_record(void **state)
{
    (void)state;
    turn_on(true, true);
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    put("r.bakker", 0, NOTICE_TASK, 1, 0);
    const int64_t window = now_ms / WINDOW_MS;
    const uint64_t before = rig_leaves(&rig);
    pass(2 * WINDOW_MS);
    assert_int_equal(posts.count, 2);
    const struct posted *hook = &posts.all[0];
    const struct posted *mail = &posts.all[1];
    assert_int_equal(hook->at_ms / WINDOW_MS, window + 1);
    assert_int_equal(hook->kind, POST_WEBHOOK);
    assert_string_equal(hook->url, "https://haak.example/x");
    assert_string_equal(hook->anchors, "/ankers.pem");
    assert_string_equal(hook->text, "{\"bericht\":\"Er is nieuws voor u in Ketenbrug.\"}");
    assert_int_equal(mail->kind, POST_MAIL);
    assert_string_equal(mail->url, "smtps://post.example");
    assert_string_equal(mail->from, "ketenbrug@team.example");
    assert_string_equal(mail->to, "postbus@team.example");
    assert_string_equal(mail->text, "Er is nieuws voor u in Ketenbrug.");
    assert_true(hook->leaves > before); /* durable when it left */
    const struct record record = rig_record(&rig, hook->leaves - 1);
    static const struct ident nobody;
    assert_int_equal(record.operation, RECORD_NOTIFIED);
    assert_true(ident_equal(&record.subject, &nobody));
    assert_false(bsn_is_set(&record.bsn));
    assert_int_equal(record.class.class, 0);
    settle(POST_WEBHOOK, POST_SENT);
    settle(POST_MAIL, POST_SENT);
    pass(3 * WINDOW_MS);
    assert_int_equal(posts.count, 2); /* unread still, but no news */
    assert_int_equal(notices_standing(rig.api.notices).sent, 2);
}

/* Many in one window make one; a next window's a next, at another moment of it. */
static void at_most_one_in_a_window_at_its_own_moment(void **state)
{
    (void)state;
    enum { WINDOWS = 12 };
    turn_on(true, false);
    int64_t before = now_ms / WINDOW_MS;
    int64_t moments[WINDOWS] = {0};
    uint32_t number = 0;
    while (posts.count < WINDOWS) {
        put("g.jansen", 0, NOTICE_STEP, 1, number++);
        pass(60000);
        if (posts.done[POST_WEBHOOK] != NULL) {
            const struct posted *last = &posts.all[posts.count - 1];
            moments[posts.count - 1] = last->at_ms % WINDOW_MS;
            assert_true(last->at_ms / WINDOW_MS > before);
            before = last->at_ms / WINDOW_MS;
            settle(POST_WEBHOOK, POST_SENT);
        }
    }
    int same = 0;
    for (size_t i = 1; i < WINDOWS; i++) {
        same += moments[i] == moments[0];
    }
    assert_true(same < WINDOWS / 2);
}

static void what_was_read_meanwhile_is_no_news(void **state)
{
    (void)state;
    turn_on(true, false);
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    tick(1000);
    assert_int_equal(read_one(JANSEN, newest(JANSEN).text), 200);
    pass(3 * WINDOW_MS);
    assert_int_equal(posts.count, 0);
}

static void it_is_tried_so_often_and_given_up(void **state)
{
    (void)state;
    turn_on(true, false);
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    for (size_t i = 1; i <= POST_TRIES; i++) {
        for (int64_t waited = 0; posts.count < i && waited < 2 * WINDOW_MS; waited += 1000) {
            tick(1000);
        }
        assert_int_equal(posts.count, i);
        settle(POST_WEBHOOK, POST_REFUSED);
    }
    pass(3 * WINDOW_MS);
    assert_int_equal(posts.count, POST_TRIES);
    struct notices_standing standing = notices_standing(rig.api.notices);
    assert_int_equal(standing.failed, 1);
    assert_string_equal(standing.last, "geweigerd");
    const struct record record = rig_record(&rig, posts.all[POST_TRIES - 1].leaves - 1);
    assert_int_equal(record.operation, RECORD_NOTIFIED); /* one for all its tries */
    assert_int_equal(posts.all[POST_TRIES - 1].leaves, posts.all[0].leaves);
    put("g.jansen", 0, NOTICE_TASK, 2, 0); /* news again: it is tried again */
    pass(2 * WINDOW_MS);
    assert_int_equal(posts.count, POST_TRIES + 1);
    settle(POST_WEBHOOK, POST_SENT);
    standing = notices_standing(rig.api.notices);
    assert_int_equal(standing.sent, 1);
    assert_string_equal(standing.last, "verstuurd");
}

static void one_way_that_fails_does_not_keep_the_other(void **state)
{
    (void)state;
    turn_on(true, true);
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    pass(2 * WINDOW_MS);
    assert_int_equal(posts.count, 2);
    settle(POST_MAIL, POST_SENT);
    settle(POST_WEBHOOK, POST_DOWN);
    pass(120000);
    assert_int_equal(posts.count, 3);
    assert_int_equal(posts.all[2].kind, POST_WEBHOOK);
    settle(POST_WEBHOOK, POST_SENT);
    assert_int_equal(notices_standing(rig.api.notices).sent, 2);
}

static void no_record_no_post(void **state)
{
    (void)state;
    turn_on(true, false);
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    tick(1000);
    rig_disk_full(&rig, true);
    pass(3 * WINDOW_MS);
    assert_int_equal(posts.count, 0);
    rig_disk_full(&rig, false);
    pass(3 * WINDOW_MS);
    assert_int_equal(posts.count, 1);
    settle(POST_WEBHOOK, POST_SENT);
}

static void a_restart_tells_no_news_twice_and_forgets_none(void **state)
{
    (void)state;
    turn_on(true, false);
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    tick(1000);
    close_notices();
    open_notices(); /* before it was told */
    turn_on(true, false);
    pass(3 * WINDOW_MS);
    assert_int_equal(posts.count, 1);
    settle(POST_WEBHOOK, POST_SENT);
    close_notices();
    open_notices();
    turn_on(true, false);
    pass(3 * WINDOW_MS);
    assert_int_equal(posts.count, 1);
}

/* Its place in the store may be given to another then. */
static void what_comes_after_all_was_swept_is_news(void **state)
{
    (void)state;
    turn_on(true, false);
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    pass(2 * WINDOW_MS);
    assert_int_equal(posts.count, 1);
    settle(POST_WEBHOOK, POST_SENT);
    tick((NOTICES_KEPT_DAYS + 1) * DAY_MS);
    assert_shown(JANSEN, "alle=ja", 0, 0);
    put("g.jansen", 0, NOTICE_TASK, 2, 0);
    for (unsigned again = 0; again < 2; again++) {
        close_notices();
        open_notices();
        turn_on(true, false);
        pass(2 * WINDOW_MS);
        assert_int_equal(posts.count, 2); /* once */
        if (again == 0) {
            settle(POST_WEBHOOK, POST_SENT);
        }
    }
}

static void a_clock_that_went_back_delays_nothing_for_long(void **state)
{
    (void)state;
    turn_on(true, false);
    put("g.jansen", 0, NOTICE_TASK, 1, 0);
    tick(1000);
    now_ms -= 30 * DAY_MS;
    pass(3 * WINDOW_MS);
    assert_int_equal(posts.count, 1);
    settle(POST_WEBHOOK, POST_DOWN);
    now_ms -= 30 * DAY_MS;
    tick(1000);
    assert_int_equal(posts.count, 2);
    settle(POST_WEBHOOK, POST_SENT);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
    const struct CMUnitTest tests[] = {
        T(a_user_sees_his_own_and_those_of_his_roles),
        T(a_batch_that_is_not_committed_leaves_none),
        T(each_is_there_once),
        T(nobody_reads_what_is_anothers),
        T(what_was_read_stays_read),
        T(what_is_put_again_is_unread_again),
        T(however_many_are_put_again),
        T(a_disk_that_is_full_leaves_it_unread),
        T(pages_go_from_new_to_old),
        T(bodies_that_say_nothing),
        T(rows_that_are_none_are_passed_over),
        T(old_ones_go),
        T(past_the_bound_the_oldest_go),
        T(nothing_is_told_unless_it_is_set),
        T(news_is_told_once_after_its_record),
        T(at_most_one_in_a_window_at_its_own_moment),
        T(what_was_read_meanwhile_is_no_news),
        T(it_is_tried_so_often_and_given_up),
        T(one_way_that_fails_does_not_keep_the_other),
        T(no_record_no_post),
        T(a_restart_tells_no_news_twice_and_forgets_none),
        T(what_comes_after_all_was_swept_is_news),
        T(a_clock_that_went_back_delays_nothing_for_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
