#include "peer/post.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "base/buf.h"
#include "base/mem.h"

enum { POST_TEXT_MAX = 1024, POST_ANSWER_MAX = 65536, BODY_MAX = 4096 };

struct post_pool {
    uv_loop_t *loop;
    atomic_bool stopping;
    size_t under_way;
};

struct posting {
    uv_work_t work;
    struct post_pool *pool;
    enum post_way kind;
    char url[POST_ADDRESS_MAX + 1], anchors[POST_TEXT_MAX], from[POST_ADDRESS_MAX + 1], to[POST_ADDRESS_MAX + 1];
    struct buf body;
    size_t read;     /* of a mail */
    size_t answered; /* bytes */
    uint32_t total_ms;
    CURL *easy;
    enum post_outcome outcome;
    int status;
    post_done *done;
    void *ctx;
};

static const struct {
    const char *slug, *text;
} outcomes[POST_OUTCOME_COUNT] = {
#define X(code, slug, text) [code] = {(slug), (text)},
    POST_OUTCOME_TABLE(X)
#undef X
};

const char *post_outcome_slug(enum post_outcome outcome)
{
    return (unsigned)outcome < POST_OUTCOME_COUNT ? outcomes[outcome].slug : "";
}

const char *post_outcome_text(enum post_outcome outcome)
{
    return (unsigned)outcome < POST_OUTCOME_COUNT ? outcomes[outcome].text : "";
}

/* ---- one try: on a worker thread ---- */

static size_t take_answer(char *bytes, size_t size, size_t count, void *ctx)
{
    (void)bytes;
    struct posting *post = ctx;
    post->answered += size * count; /* nothing of it is kept */
    return post->answered <= POST_ANSWER_MAX ? size * count : CURL_WRITEFUNC_ERROR;
}

static size_t give_mail(char *out, size_t size, size_t count, void *ctx)
{
    struct posting *post = ctx;
    const size_t room = size * count;
    const size_t left = post->body.len - post->read;
    const size_t len = left < room ? left : room;
    memcpy(out, post->body.ptr + post->read, len);
    post->read += len;
    return len;
}

static int goes_on(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    const struct posting *post = ctx;
    return atomic_load(&post->pool->stopping) ? 1 : 0;
}

static const struct {
    CURLoption option;
    long value;
} numbers[] = {
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSL_SESSIONID_CACHE, 0},
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_NOPROGRESS, 0},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_FORBID_REUSE, 1},
    {CURLOPT_QUICK_EXIT, 1},
};

static bool set_common(struct posting *post)
{
    CURL *easy = post->easy;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (curl_easy_setopt(easy, numbers[i].option, numbers[i].value) != CURLE_OK) {
            return false;
        }
    }
    const bool own_anchors = post->anchors[0] != '\0';
    return curl_easy_setopt(easy, CURLOPT_URL, post->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, post->kind == POST_MAIL ? "smtps,smtp" : "https,http") ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           (!own_anchors || (curl_easy_setopt(easy, CURLOPT_CAINFO, post->anchors) == CURLE_OK &&
                             curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK)) &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_answer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, post) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_answer) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, post) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, goes_on) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_XFERINFODATA, post) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)post->total_ms) == CURLE_OK;
}

static bool set_webhook(struct posting *post, struct curl_slist *type)
{
    return type != NULL && curl_easy_setopt(post->easy, CURLOPT_HTTPHEADER, type) == CURLE_OK &&
           curl_easy_setopt(post->easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(post->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->body.len) == CURLE_OK &&
           curl_easy_setopt(post->easy, CURLOPT_POSTFIELDS, (const char *)post->body.ptr) == CURLE_OK;
}

static bool set_mail(struct posting *post, struct curl_slist *to)
{
    return to != NULL && curl_easy_setopt(post->easy, CURLOPT_MAIL_FROM, post->from) == CURLE_OK &&
           curl_easy_setopt(post->easy, CURLOPT_MAIL_RCPT, to) == CURLE_OK &&
           curl_easy_setopt(post->easy, CURLOPT_READFUNCTION, give_mail) == CURLE_OK &&
           curl_easy_setopt(post->easy, CURLOPT_READDATA, post) == CURLE_OK &&
           curl_easy_setopt(post->easy, CURLOPT_UPLOAD, 1L) == CURLE_OK;
}

static enum post_outcome judge(const struct posting *post, CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return post->status >= 200 && post->status < 300 ? POST_SENT : POST_REFUSED;
    case CURLE_OPERATION_TIMEDOUT:
        return POST_TIMED_OUT;
    case CURLE_ABORTED_BY_CALLBACK:
        return POST_CANCELLED;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_USE_SSL_FAILED:
        return POST_TLS_REFUSED;
    case CURLE_WRITE_ERROR: /* take_answer said no */
    case CURLE_WEIRD_SERVER_REPLY:
        return POST_REFUSED;
    default: /* what a mail server refuses, libcurl calls a failure to send */
        return post->status >= 400 ? POST_REFUSED : POST_DOWN;
    }
}

static void perform(struct posting *post)
{
    static const char type_line[] = "content-type: application/json";
    post->outcome = POST_DOWN;
    post->easy = curl_easy_init();
    if (post->easy == NULL) {
        return;
    }
    struct curl_slist *list = curl_slist_append(NULL, post->kind == POST_MAIL ? post->to : type_line);
    if (set_common(post) && (post->kind == POST_MAIL ? set_mail(post, list) : set_webhook(post, list))) {
        long status = 0;
        const CURLcode code = curl_easy_perform(post->easy);
        (void)curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &status);
        post->status = (int)status;
        post->outcome = judge(post, code);
    }
    curl_easy_cleanup(post->easy);
    curl_slist_free_all(list);
    post->easy = NULL;
}

static void on_pool(uv_work_t *work)
{
    perform(work->data);
}

static void post_free(struct posting *post)
{
    buf_free(&post->body);
    mem_free(post);
}

static void on_loop(uv_work_t *work, int status)
{
    struct posting *post = work->data;
    post_done *done = post->done;
    void *ctx = post->ctx;
    const enum post_outcome outcome = status == 0 ? post->outcome : POST_CANCELLED;
    const int answer = post->status;
    post->pool->under_way--;
    post_free(post);
    done(ctx, outcome, answer);
}

/* ---- asking for it: on the loop ---- */

enum result post_open(struct uv_loop_s *loop, struct post_pool **out, struct error *err)
{
    struct post_pool *pool = mem_zalloc(sizeof *pool);
    ENSURE(pool != NULL, err, FAULT_NO_MEMORY, "meldingen", "geen geheugen");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        mem_free(pool);
        FAIL(err, FAULT_NO_MEMORY, "meldingen", "libcurl kan niet beginnen");
    }
    pool->loop = loop;
    atomic_init(&pool->stopping, false);
    *out = pool;
    return RESULT_OK;
}

void post_stop(struct post_pool *pool)
{
    if (pool != NULL) {
        atomic_store(&pool->stopping, true);
    }
}

void post_close(struct post_pool *pool)
{
    if (pool != NULL) {
        curl_global_cleanup();
        mem_free(pool);
    }
}

/* RFC 5322, 3.3; not by strftime, whose words are those of a locale. */
static void write_date(int64_t date_ms, struct buf *out)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const time_t seconds = (time_t)(date_ms / 1000);
    struct tm day = {0};
    char text[64];
    (void)gmtime_r(&seconds, &day);
    (void)snprintf(text, sizeof text, "%s, %02d %s %04d %02d:%02d:%02d +0000", days[day.tm_wday % 7], day.tm_mday,
                   months[day.tm_mon % 12], day.tm_year + 1900, day.tm_hour, day.tm_min, day.tm_sec);
    buf_text(out, text);
}

/* RFC 5322; marked as made by a machine (RFC 3834, 5), so that no absence is answered to it. */
static void write_mail(const struct post_request *request, struct buf *out)
{
    buf_text(out, "Date: ");
    write_date(request->date_ms, out);
    const char *const lines[][2] = {{"From: ", request->from},
                                    {"To: ", request->to},
                                    {"Subject: ", request->text},
                                    {"Auto-Submitted: ", "auto-generated"},
                                    {"MIME-Version: ", "1.0"},
                                    {"Content-Type: ", "text/plain; charset=us-ascii"},
                                    {"", ""},
                                    {"", request->text}};
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        buf_text(out, "\r\n");
        buf_text(out, lines[i][0]);
        buf_text(out, lines[i][1]);
    }
    buf_text(out, "\r\n");
}

static bool text_ok(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < ' ' || *c > '~') {
            return false;
        }
    }
    return strlen(text) < POST_TEXT_MAX;
}

static enum result check(const struct post_request *request, struct error *err)
{
    TRY(post_url_check(request->kind, request->url, err));
    ENSURE(request->kind == POST_WEBHOOK || (post_address_ok(request->from) && post_address_ok(request->to)), err,
           FAULT_INVALID, "", "een mailadres van hoogstens %d tekens, zoals postbus@organisatie.example",
           (int)POST_ADDRESS_MAX);
    ENSURE(text_ok(request->text) && strlen(request->anchors) < POST_TEXT_MAX, err, FAULT_INVALID, "",
           "leesbare tekens, minder dan %d", (int)POST_TEXT_MAX);
    return RESULT_OK;
}

static void copy(const struct post_request *request, struct posting *post)
{
    (void)snprintf(post->url, sizeof post->url, "%s", request->url);
    (void)snprintf(post->anchors, sizeof post->anchors, "%s", request->anchors);
    if (request->kind == POST_MAIL) {
        (void)snprintf(post->from, sizeof post->from, "%s", request->from);
        (void)snprintf(post->to, sizeof post->to, "%s", request->to);
        write_mail(request, &post->body);
    } else {
        buf_text(&post->body, request->text);
    }
}

enum result post_send(struct post_pool *pool, const struct post_request *request, post_done *done, void *ctx,
                      struct error *err)
{
    TRY(check(request, err));
    ENSURE(pool->under_way < POSTS_AT_ONCE, err, FAULT_BUSY, "meldingen", "er zijn al %d berichten onderweg",
           (int)POSTS_AT_ONCE);
    struct posting *post = mem_zalloc(sizeof *post);
    ENSURE(post != NULL, err, FAULT_NO_MEMORY, "meldingen", "geen geheugen");
    post->work.data = post;
    post->pool = pool;
    post->kind = request->kind;
    post->total_ms = request->total_ms;
    post->done = done;
    post->ctx = ctx;
    buf_init(&post->body, BODY_MAX);
    copy(request, post);
    if (!buf_ok(&post->body) || uv_queue_work(pool->loop, &post->work, on_pool, on_loop) != 0) {
        post_free(post);
        FAIL(err, FAULT_NO_MEMORY, "meldingen", "geen geheugen");
    }
    pool->under_way++;
    return RESULT_OK;
}
