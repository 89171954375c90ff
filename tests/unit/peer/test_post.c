/* Webhooks and mails: what a real server reads, byte for byte, and what is not sent to whom. */
#include "unit/certs/certs_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <uv.h>

#include "peer/post.h"

#define SENTENCE "Er is nieuws voor u in Ketenbrug."
#define JSON     "{\"bericht\":\"" SENTENCE "\"}"

enum { WATCHDOG_MS = 300000, LINE_MAX_BYTES = 8192, PATIENT_MS = 60000 };

struct server {
    pid_t pid;
    int in; /* it ends when this closes */
    FILE *out;
    unsigned port;
};

struct world {
    struct fixture *certs;
    uv_loop_t loop;
    uv_timer_t watchdog;
    struct post_pool *pool;
    struct server server;
    struct fixture_path anchors;
    char line[LINE_MAX_BYTES];
};

struct told {
    int times;
    enum post_outcome outcome;
    int status;
};

static void keep(void *ctx, enum post_outcome outcome, int status)
{
    struct told *told = ctx;
    *told = (struct told){told->times + 1, outcome, status};
}

static void barks(uv_timer_t *timer)
{
    (void)timer;
    fail_msg("a post did not end");
}

static int world_open(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    void *certs = NULL;
    struct error err;
    assert_non_null(w);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)fixture_open(&certs);
    w->certs = certs;
    fixture_issue(w->certs, "server", OIN_B);
    w->anchors = fixture_path(w->certs, "ca/ca.pem");
    assert_int_equal(uv_loop_init(&w->loop), 0);
    assert_int_equal(uv_timer_init(&w->loop, &w->watchdog), 0);
    assert_int_equal(uv_timer_start(&w->watchdog, barks, WATCHDOG_MS, 0), 0);
    assert_int_equal(post_open(&w->loop, &w->pool, &err), RESULT_OK);
    *state = w;
    return 0;
}

static void server_close(struct world *w)
{
    if (w->server.pid != 0) {
        (void)close(w->server.in);
        (void)fclose(w->server.out);
        (void)waitpid(w->server.pid, NULL, 0);
        w->server.pid = 0;
    }
}

static int world_close(void **state)
{
    struct world *w = *state;
    server_close(w);
    uv_close((uv_handle_t *)&w->watchdog, NULL);
    (void)uv_run(&w->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&w->loop), 0);
    post_close(w->pool);
    void *certs = w->certs;
    (void)fixture_close(&certs);
    free(w);
    return 0;
}

static const char *read_line(struct world *w)
{
    assert_non_null(fgets(w->line, sizeof w->line, w->server.out));
    w->line[strcspn(w->line, "\n")] = '\0';
    return w->line;
}

static void server_open(struct world *w, const char *kind, const char *mode, const char *certificate)
{
    int in[2];
    int out[2];
    char pem[FIXTURE_PATH];
    char key[FIXTURE_PATH];
    (void)snprintf(pem, sizeof pem, "%s/%s.pem", w->certs->folder, certificate);
    (void)snprintf(key, sizeof key, "%s/%s.key", w->certs->folder, certificate);
    server_close(w);
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    w->server.pid = fork();
    assert_true(w->server.pid >= 0);
    if (w->server.pid == 0) {
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        (void)close(in[1]);
        (void)close(out[0]);
        /* By its whole name: by the short one it would look for its library beside another Python that comes first in PATH. */
        (void)execl("/usr/bin/python3", "/usr/bin/python3", TEST_SOURCE_DIR "/tests/support/post_server.py", kind, mode,
                    pem, key, (char *)NULL);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    w->server.in = in[1];
    w->server.out = fdopen(out[0], "r");
    assert_non_null(w->server.out);
    w->server.port = (unsigned)strtoul(read_line(w), NULL, 10);
    assert_true(w->server.port != 0);
}

/* A post to the server, under this name; `path` is a webhook's. */
static void begin(struct world *w, enum post_way kind, const char *scheme_host, const char *path, const char *anchors,
                  uint32_t total_ms, struct told *told)
{
    char url[128];
    struct error err = {0};
    (void)snprintf(url, sizeof url, "%s:%u%s", scheme_host, w->server.port, path);
    const struct post_request request = {.kind = kind,
                                         .url = url,
                                         .anchors = anchors,
                                         .from = "ketenbrug@gebiedsteam.example",
                                         .to = "postbus@gebiedsteam.example",
                                         .text = kind == POST_MAIL ? SENTENCE : JSON,
                                         .date_ms = INT64_C(1795737600000) + 3723000,
                                         .total_ms = total_ms};
    if (post_send(w->pool, &request, keep, told, &err) != RESULT_OK) {
        fail_msg("%s", err.what);
    }
    assert_int_equal(told->times, 0);
}

static void await(struct world *w, struct told *told)
{
    while (told->times == 0) {
        (void)uv_run(&w->loop, UV_RUN_ONCE);
    }
    assert_int_equal(told->times, 1);
}

static struct told send_one(struct world *w, enum post_way kind, const char *scheme_host, const char *path,
                            const char *anchors)
{
    struct told told = {0};
    begin(w, kind, scheme_host, path, anchors, PATIENT_MS, &told);
    await(w, &told);
    return told;
}

#define assert_sent_as(told_, outcome_)                                                                                \
    assert_string_equal(post_outcome_slug((told_).outcome), post_outcome_slug(outcome_))

static void webhook_says_the_sentence_and_nothing_else(void **state)
{
    struct world *w = *state;
    char expected[256];
    server_open(w, "https", "ok", "server");
    const struct told told = send_one(w, POST_WEBHOOK, "https://knoop.localhost", "/haak?x=1", w->anchors.text);
    assert_sent_as(told, POST_SENT);
    assert_int_equal(told.status, 204);
    (void)snprintf(expected, sizeof expected,
                   "POST /haak?x=1 HTTP/1.1|Host: knoop.localhost:%u|Accept: */*|content-type: application/json|"
                   "Content-Length: %zu||" JSON,
                   w->server.port, strlen(JSON));
    assert_string_equal(read_line(w), expected);
}

static void mail_says_the_sentence_and_nothing_else(void **state)
{
    struct world *w = *state;
    server_open(w, "smtps", "ok", "server");
    const struct told told = send_one(w, POST_MAIL, "smtps://knoop.localhost", "", w->anchors.text);
    assert_sent_as(told, POST_SENT);
    const char *line = read_line(w);
    assert_int_equal(strncmp(line, "EHLO ", 5), 0);
    assert_string_equal(strchr(line, '|'),
                        "|MAIL FROM:<ketenbrug@gebiedsteam.example>|RCPT TO:<postbus@gebiedsteam.example>|DATA|"
                        "Date: Fri, 27 Nov 2026 01:02:03 +0000|From: ketenbrug@gebiedsteam.example|"
                        "To: postbus@gebiedsteam.example|Subject: " SENTENCE "|Auto-Submitted: auto-generated|"
                        "MIME-Version: 1.0|Content-Type: text/plain; charset=us-ascii||" SENTENCE "|.|QUIT|");
}

static void this_machine_may_be_told_without_tls(void **state)
{
    struct world *w = *state;
    server_open(w, "http", "ok", "server");
    assert_sent_as(send_one(w, POST_WEBHOOK, "http://127.0.0.1", "/", ""), POST_SENT);
    assert_sent_as(send_one(w, POST_WEBHOOK, "http://localhost", "/", ""), POST_SENT);
    server_open(w, "smtp", "ok", "server");
    assert_sent_as(send_one(w, POST_MAIL, "smtp://127.0.0.1", "", ""), POST_SENT);
}

/* The handshake failed, or nothing came after it. */
static void assert_heard_nothing(struct world *w)
{
    const char *line = read_line(w);
    if (strncmp(line, "fout ", 5) != 0 && strcmp(line, "||") != 0) {
        fail_msg("%s", line);
    }
}

static void a_server_that_cannot_be_trusted_hears_nothing(void **state)
{
    struct world *w = *state;
    fixture_issue_dates(w->certs, w->certs->ca, "oud", OIN_B, -2 * DAY_S, -DAY_S);
    const struct {
        const char *certificate, *host, *anchors;
    } rows[] = {
        {"server", "https://knoop.localhost", ""},              /* no anchor of the system's */
        {"server", "https://ander.localhost", w->anchors.text}, /* another name */
        {"oud", "https://knoop.localhost", w->anchors.text},    /* over */
        {"server", "https://knoop.localhost", "/dev/null"},     /* no anchors at all */
        {"server", "https://knoop.localhost", "/bestaat/niet"}, /* nor a file */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        server_open(w, "https", "ok", rows[i].certificate);
        const struct told told = send_one(w, POST_WEBHOOK, rows[i].host, "/haak", rows[i].anchors);
        assert_sent_as(told, POST_TLS_REFUSED);
        assert_int_equal(told.status, 0);
        if (i < 3) {
            assert_heard_nothing(w);
        }
    }
    server_open(w, "smtps", "ok", "oud");
    assert_sent_as(send_one(w, POST_MAIL, "smtps://knoop.localhost", "", w->anchors.text), POST_TLS_REFUSED);
    assert_int_equal(strncmp(read_line(w), "fout ", 5), 0);
    server_open(w, "smtp", "ok", "server"); /* no TLS where it should be: it speaks first */
    assert_sent_as(send_one(w, POST_WEBHOOK, "https://knoop.localhost", "/haak", w->anchors.text), POST_TLS_REFUSED);
}

static void redirect_is_not_followed(void **state)
{
    struct world *w = *state;
    server_open(w, "https", "redirect", "server");
    const struct told told = send_one(w, POST_WEBHOOK, "https://knoop.localhost", "/haak", w->anchors.text);
    assert_sent_as(told, POST_REFUSED);
    assert_int_equal(told.status, 307);
    assert_int_equal(strncmp(read_line(w), "POST /haak ", 11), 0);
    /* Had it been followed, the next line were of /elders. */
    (void)send_one(w, POST_WEBHOOK, "https://knoop.localhost", "/tweede", w->anchors.text);
    assert_int_equal(strncmp(read_line(w), "POST /tweede ", 13), 0);
}

static void refusals_are_told(void **state)
{
    struct world *w = *state;
    static const char *const modes[] = {"status-404", "status-500", "status-503"};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        server_open(w, "https", modes[i], "server");
        const struct told told = send_one(w, POST_WEBHOOK, "https://knoop.localhost", "/haak", w->anchors.text);
        assert_sent_as(told, POST_REFUSED);
        assert_int_equal(told.status, atoi(modes[i] + 7));
    }
    server_open(w, "smtps", "status-550", "server");
    const struct told told = send_one(w, POST_MAIL, "smtps://knoop.localhost", "", w->anchors.text);
    assert_sent_as(told, POST_REFUSED);
    assert_int_equal(told.status, 550);
    server_open(w, "https", "large", "server"); /* the answer is not read to its end */
    assert_sent_as(send_one(w, POST_WEBHOOK, "https://knoop.localhost", "/haak", w->anchors.text), POST_REFUSED);
}

static void nobody_there_is_told(void **state)
{
    struct world *w = *state;
    server_open(w, "https", "ok", "server");
    server_close(w); /* its port is nobody's now */
    assert_sent_as(send_one(w, POST_WEBHOOK, "https://knoop.localhost", "/haak", w->anchors.text), POST_DOWN);
    server_open(w, "https", "cut", "server");
    assert_sent_as(send_one(w, POST_WEBHOOK, "https://knoop.localhost", "/haak", w->anchors.text), POST_DOWN);
    server_open(w, "smtps", "cut", "server");
    assert_sent_as(send_one(w, POST_MAIL, "smtps://knoop.localhost", "", w->anchors.text), POST_DOWN);
}

static void silence_ends_in_time(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *kind, *host;
    } rows[] = {{"https", "https://knoop.localhost"}, {"smtps", "smtps://knoop.localhost"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct told told = {0};
        server_open(w, rows[i].kind, "silent", "server");
        begin(w, i == 0 ? POST_WEBHOOK : POST_MAIL, rows[i].host, "", w->anchors.text, 300, &told);
        await(w, &told);
        assert_sent_as(told, POST_TIMED_OUT);
    }
}

static void node_that_stops_waits_for_nobody(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    server_open(w, "https", "silent", "server");
    begin(w, POST_WEBHOOK, "https://knoop.localhost", "/haak", w->anchors.text, 600000, &told);
    (void)read_line(w); /* it has the request, and says nothing */
    post_stop(w->pool);
    await(w, &told);
    assert_sent_as(told, POST_CANCELLED);
}

static void proxies_are_not_asked(void **state)
{
    struct world *w = *state;
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY",
                                        "all_proxy",  "ALL_PROXY",   "smtps_proxy"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(setenv(names[i], "http://127.0.0.1:1", 1), 0);
    }
    server_open(w, "https", "ok", "server");
    assert_sent_as(send_one(w, POST_WEBHOOK, "https://knoop.localhost", "/haak", w->anchors.text), POST_SENT);
    server_open(w, "smtps", "ok", "server");
    assert_sent_as(send_one(w, POST_MAIL, "smtps://knoop.localhost", "", w->anchors.text), POST_SENT);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        assert_int_equal(unsetenv(names[i]), 0);
    }
}

static void no_more_than_two_at_once(void **state)
{
    struct world *w = *state;
    struct told told[POSTS_AT_ONCE + 1] = {0};
    struct error err;
    server_open(w, "https", "silent", "server");
    for (size_t i = 0; i < POSTS_AT_ONCE; i++) {
        begin(w, POST_WEBHOOK, "https://knoop.localhost", "/haak", w->anchors.text, 200, &told[i]);
    }
    const struct post_request third = {
        .kind = POST_WEBHOOK, .url = "http://127.0.0.1:1/", .anchors = "", .text = JSON, .total_ms = PATIENT_MS};
    assert_int_equal(post_send(w->pool, &third, keep, &told[POSTS_AT_ONCE], &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_BUSY);
    for (size_t i = 0; i < POSTS_AT_ONCE; i++) {
        await(w, &told[i]);
    }
    assert_int_equal(told[POSTS_AT_ONCE].times, 0);
    assert_int_equal(post_send(w->pool, &third, keep, &told[POSTS_AT_ONCE], &err), RESULT_OK);
    await(w, &told[POSTS_AT_ONCE]);
    assert_sent_as(told[POSTS_AT_ONCE], POST_DOWN);
}

#define A50  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A250 A50 A50 A50 A50 A50

static void addresses(void **state)
{
    (void)state;
    static const struct {
        enum post_way kind;
        const char *url;
        bool allowed;
    } rows[] = {
        {POST_WEBHOOK, "https://haak.example/pad?x=1", true},
        {POST_WEBHOOK, "https://haak.example:8443", true},
        {POST_WEBHOOK, "https://[2001:db8::1]/x", true},
        {POST_WEBHOOK, "http://127.0.0.1:8080/x", true},
        {POST_WEBHOOK, "http://[::1]:8080/x", true},
        {POST_WEBHOOK, "http://localhost/x", true},
        {POST_WEBHOOK, "http://haak.localhost/x", true},
        {POST_MAIL, "smtps://post.example", true},
        {POST_MAIL, "smtps://post.example:465", true},
        {POST_MAIL, "smtp://127.0.0.1:25", true},
        {POST_WEBHOOK, "http://haak.example/x", false},
        {POST_WEBHOOK, "http://127.0.0.1.example/x", false},
        {POST_WEBHOOK, "http://127.0.0.300/x", false},
        {POST_WEBHOOK, "http://localhost.example/x", false},
        {POST_WEBHOOK, "http://.localhost/x", false},
        {POST_WEBHOOK, "http://0.0.0.0/x", false},
        {POST_WEBHOOK, "http://192.168.1.1/x", false},
        {POST_WEBHOOK, "https://iemand:geheim@haak.example/", false},
        {POST_WEBHOOK, "https://iemand@haak.example/", false},
        {POST_WEBHOOK, "https://haak.example/#x", false},
        {POST_WEBHOOK, "https://haak.example/\r\nx: y", false},
        {POST_WEBHOOK, "https://haak.example/a b", false},
        {POST_WEBHOOK, "haak.example", false},
        {POST_WEBHOOK, "https://", false},
        {POST_WEBHOOK, "", false},
        {POST_WEBHOOK, "file:///etc/passwd", false},
        {POST_WEBHOOK, "ftp://haak.example/", false},
        {POST_WEBHOOK, "gopher://127.0.0.1/", false},
        {POST_WEBHOOK, "smtps://post.example", false},
        {POST_WEBHOOK, "https://h/" A250, false},
        {POST_MAIL, "https://post.example", false},
        {POST_MAIL, "smtp://post.example", false},
        {POST_MAIL, "smtps://post.example/naam", false},
        {POST_MAIL, "smtps://post.example?x", false},
        {POST_MAIL, "smtps://iemand:geheim@post.example", false},
        {POST_MAIL, "imaps://post.example", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct error err;
        if ((post_url_check(rows[i].kind, rows[i].url, &err) == RESULT_OK) != rows[i].allowed) {
            fail_msg("%s", rows[i].url);
        }
    }
    assert_int_equal(post_url_check(POST_WEBHOOK, "https://h" A50 A50 A50 A50 "/" A50, &(struct error){0}),
                     RESULT_FAILED);
}

static void mailboxes(void **state)
{
    (void)state;
    static const char *const good[] = {"a@b", "post.bus+x@team.example", "a_b@xn--team.example"};
    static const char *const bad[] = {"",      "a",           "@b",      "a@",           "a@b@c",       "a b@c",
                                      "a@b c", ".a@b",        "a.@b",    "a..b@c",       "a@.b",        "a@b.",
                                      "a@-b",  "<a@b>",       "\"a\"@b", "a@b>\r\nDATA", "a@b\r\nx: y", "a@b_c",
                                      "a,b@c", "a@[1.2.3.4]", "a@b;c",   A250 "@example"};
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        assert_true(post_address_ok(good[i]));
    }
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (post_address_ok(bad[i])) {
            fail_msg("%s", bad[i]);
        }
    }
}

static void what_is_no_line_is_not_sent(void **state)
{
    struct world *w = *state;
    struct told told = {0};
    struct error err;
    struct post_request request = {.kind = POST_MAIL,
                                   .url = "smtp://127.0.0.1:1",
                                   .anchors = "",
                                   .from = "a@b",
                                   .to = "c@d",
                                   .text = "een\r\nBcc: x@y",
                                   .total_ms = PATIENT_MS};
    assert_int_equal(post_send(w->pool, &request, keep, &told, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_INVALID);
    request.text = SENTENCE;
    request.to = "c@d>\r\nRCPT TO:<x@y";
    assert_int_equal(post_send(w->pool, &request, keep, &told, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_INVALID);
    assert_int_equal(told.times, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(webhook_says_the_sentence_and_nothing_else, world_open, world_close),
        cmocka_unit_test_setup_teardown(mail_says_the_sentence_and_nothing_else, world_open, world_close),
        cmocka_unit_test_setup_teardown(this_machine_may_be_told_without_tls, world_open, world_close),
        cmocka_unit_test_setup_teardown(a_server_that_cannot_be_trusted_hears_nothing, world_open, world_close),
        cmocka_unit_test_setup_teardown(redirect_is_not_followed, world_open, world_close),
        cmocka_unit_test_setup_teardown(refusals_are_told, world_open, world_close),
        cmocka_unit_test_setup_teardown(nobody_there_is_told, world_open, world_close),
        cmocka_unit_test_setup_teardown(silence_ends_in_time, world_open, world_close),
        cmocka_unit_test_setup_teardown(node_that_stops_waits_for_nobody, world_open, world_close),
        cmocka_unit_test_setup_teardown(proxies_are_not_asked, world_open, world_close),
        cmocka_unit_test_setup_teardown(no_more_than_two_at_once, world_open, world_close),
        cmocka_unit_test(addresses),
        cmocka_unit_test(mailboxes),
        cmocka_unit_test_setup_teardown(what_is_no_line_is_not_sent, world_open, world_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
