/*
 * bench-curl-post - posts bodies to one HTTP/2 server on this machine with libcurl, as fast as it answers: what a program
 * that keeps nothing would do. Prints how fast that was, as JSON.
 *
 *   bench-curl-post URL CA CERT KEY BODIES LENGTH AT_ONCE SECONDS
 *
 * Mutual TLS 1.3, one connection. AT_ONCE above 1: so many requests side by side, of a multi handle that sleeps in epoll
 * and is told which socket is ready (curl_multi_socket_action); easy handles are made once, and only the body changes. 1: one
 * easy handle, curl_easy_perform in a loop. BODIES has one a line, sent in turn; every answer's status, version and length
 * (LENGTH bytes) is checked. Exit status: 0 all as expected, 1 an answer was not, 2 could not run.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "bench/load_bodies.h"

enum { AT_ONCE_MAX = 1024, SECONDS_MAX = 3600, EVENTS_MAX = 16, WAIT_MS = 1000, NOBODY_ANSWERS_MS = 10000 };

struct post {
    CURL *easy;
    size_t got;
};

struct run {
    const char *url, *ca, *cert, *key;
    size_t length;
    struct load_bodies bodies;
    struct curl_slist *headers;
    struct post *posts;
    size_t at_once;
    CURLM *multi;
    int epoll;
    int64_t timer_ms; /* when libcurl wants to be called; -1: not by itself */
    uint64_t answers;
    int64_t answered_ms; /* the last of them */
};

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static double used_of_processor_us(void)
{
    struct timespec used;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e6 + (double)used.tv_nsec / 1e3;
}

_Noreturn static void fail(int status, const char *what)
{
    (void)fprintf(stderr, "bench-curl-post: %s\n", what);
    exit(status);
}

static size_t take(char *bytes, size_t size, size_t count, void *ctx)
{
    struct post *post = ctx;
    (void)bytes;
    post->got += size * count;
    return size * count;
}

static void next_body(struct run *run, struct post *post)
{
    const struct slice body = load_bodies_next(&run->bodies);
    post->got = 0;
    (void)curl_easy_setopt(post->easy, CURLOPT_POSTFIELDS, (const char *)body.ptr);
    (void)curl_easy_setopt(post->easy, CURLOPT_POSTFIELDSIZE, (long)body.len);
}

static void post_open(struct run *run, struct post *post)
{
    post->easy = curl_easy_init();
    CURL *easy = post->easy;
    if (easy == NULL || curl_easy_setopt(easy, CURLOPT_URL, run->url) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_3) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_CAINFO, run->ca) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_SSLCERT, run->cert) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_SSLKEY, run->key) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_PROXY, "") != CURLE_OK || curl_easy_setopt(easy, CURLOPT_POST, 1L) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, run->headers) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, post) != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_PRIVATE, post) != CURLE_OK) {
        fail(2, "libcurl kan niet beginnen");
    }
    next_body(run, post);
}

static void check(struct run *run, const struct post *post, CURLcode code)
{
    long status = 0;
    long version = 0;
    (void)curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(post->easy, CURLINFO_HTTP_VERSION, &version);
    if (code != CURLE_OK) {
        fail(1, curl_easy_strerror(code));
    }
    if (status != 200 || version != CURL_HTTP_VERSION_2_0 || post->got != run->length) {
        fail(1, "een antwoord heeft een andere status, versie of lengte");
    }
    run->answers++;
    run->answered_ms = now_ms();
}

/* ---- one after the other ---- */

static void in_a_loop(struct run *run, int64_t until_ms)
{
    while (now_ms() < until_ms) {
        check(run, &run->posts[0], curl_easy_perform(run->posts[0].easy));
        next_body(run, &run->posts[0]);
    }
}

/* ---- side by side ---- */

static int want_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
    const struct run *run = ctx;
    struct epoll_event event = {.data.fd = fd};
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(run->epoll, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    event.events = ((what & CURL_POLL_IN) != 0 ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) != 0 ? EPOLLOUT : 0U);
    (void)epoll_ctl(run->epoll, socket_ctx == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
    (void)curl_multi_assign(run->multi, fd, ctx); /* known from now on */
    return 0;
}

static int want_timer(CURLM *multi, long timeout_ms, void *ctx)
{
    struct run *run = ctx;
    (void)multi;
    run->timer_ms = timeout_ms < 0 ? -1 : now_ms() + timeout_ms;
    return 0;
}

static void begin_all(struct run *run)
{
    run->multi = curl_multi_init();
    run->epoll = epoll_create1(EPOLL_CLOEXEC);
    run->timer_ms = -1;
    if (run->multi == NULL || run->epoll < 0 ||
        curl_multi_setopt(run->multi, CURLMOPT_SOCKETFUNCTION, want_socket) != CURLM_OK ||
        curl_multi_setopt(run->multi, CURLMOPT_SOCKETDATA, run) != CURLM_OK ||
        curl_multi_setopt(run->multi, CURLMOPT_TIMERFUNCTION, want_timer) != CURLM_OK ||
        curl_multi_setopt(run->multi, CURLMOPT_TIMERDATA, run) != CURLM_OK ||
        curl_multi_setopt(run->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX) != CURLM_OK ||
        curl_multi_setopt(run->multi, CURLMOPT_MAX_HOST_CONNECTIONS, 1L) != CURLM_OK) {
        fail(2, "libcurl kan niet beginnen");
    }
    for (size_t i = 0; i < run->at_once; i++) {
        (void)curl_multi_add_handle(run->multi, run->posts[i].easy);
    }
}

static void reap(struct run *run)
{
    int left = 0;
    for (CURLMsg *message = curl_multi_info_read(run->multi, &left); message != NULL;
         message = curl_multi_info_read(run->multi, &left)) {
        CURL *easy = message->easy_handle;
        const CURLcode code = message->data.result;
        char *private = NULL;
        (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
        struct post *post = (void *)private;
        check(run, post, code);
        (void)curl_multi_remove_handle(run->multi, easy);
        next_body(run, post);
        (void)curl_multi_add_handle(run->multi, easy);
    }
}

static void side_by_side(struct run *run, int64_t until_ms)
{
    int running = 0;
    run->answered_ms = now_ms();
    for (int64_t now = now_ms(); now < until_ms; now = now_ms()) {
        struct epoll_event events[EVENTS_MAX];
        const int64_t wait = run->timer_ms < 0 ? WAIT_MS : run->timer_ms > now ? run->timer_ms - now : 0;
        const int count = epoll_wait(run->epoll, events, EVENTS_MAX, (int)(wait < WAIT_MS ? wait : WAIT_MS));
        for (int i = 0; i < count; i++) {
            const int flags = ((events[i].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                              ((events[i].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                              ((events[i].events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
            (void)curl_multi_socket_action(run->multi, events[i].data.fd, flags, &running);
        }
        if (run->timer_ms >= 0 && run->timer_ms <= now_ms()) {
            run->timer_ms = -1;
            (void)curl_multi_socket_action(run->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        reap(run);
        if (now_ms() - run->answered_ms > NOBODY_ANSWERS_MS) {
            fail(1, "geen antwoord");
        }
    }
}

static size_t number(const char *text, size_t most)
{
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    if (*text == '\0' || *end != '\0' || value < 1 || value > most) {
        fail(2, "een getal is er geen, of te groot");
    }
    return value;
}

int main(int argc, char **argv)
{
    struct error err;
    if (argc != 9) {
        fail(2, "URL CA CERT KEY BODIES LENGTH AT_ONCE SECONDS");
    }
    struct run run = {.url = argv[1],
                      .ca = argv[2],
                      .cert = argv[3],
                      .key = argv[4],
                      .length = number(argv[6], BODIES_LINE_MAX),
                      .at_once = number(argv[7], AT_ONCE_MAX)};
    const int64_t seconds = (int64_t)number(argv[8], SECONDS_MAX);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
        load_bodies_open(argv[5], &run.bodies, &err) != RESULT_OK) {
        fail(2, "de inhoud is niet te lezen");
    }
    run.headers = curl_slist_append(NULL, "content-type: application/json");
    run.posts = mem_array(run.at_once, sizeof *run.posts);
    if (run.headers == NULL || run.posts == NULL) {
        fail(2, "geen geheugen");
    }
    for (size_t i = 0; i < run.at_once; i++) {
        post_open(&run, &run.posts[i]);
    }
    void (*const post)(struct run * run, int64_t until_ms) = run.at_once == 1 ? in_a_loop : side_by_side;
    if (run.at_once != 1) {
        begin_all(&run);
    }
    post(&run, now_ms() + 1000); /* the handshake, and all warm */
    const uint64_t before = run.answers;
    const double used_us = used_of_processor_us();
    const int64_t begin = now_ms();
    post(&run, begin + seconds * 1000);
    const double took = (double)(now_ms() - begin) / 1000;
    const double answers = (double)(run.answers - before);
    (void)printf("{\"requests\":%.0f,\"seconds\":%.3f,\"rps\":%.1f,\"processor_us\":%.1f}\n", answers, took,
                 answers / took, (used_of_processor_us() - used_us) / answers);
    for (size_t i = 0; i < run.at_once; i++) {
        if (run.multi != NULL) {
            (void)curl_multi_remove_handle(run.multi, run.posts[i].easy);
        }
        curl_easy_cleanup(run.posts[i].easy);
    }
    if (run.multi != NULL) {
        (void)curl_multi_cleanup(run.multi);
        (void)close(run.epoll);
    }
    curl_slist_free_all(run.headers);
    mem_free(run.posts);
    load_bodies_close(&run.bodies);
    curl_global_cleanup();
    return 0;
}
