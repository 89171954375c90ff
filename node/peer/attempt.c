/* One try, as libcurl sees it: how the question is put, and what libcurl's result means. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "peer/peer_parts.h"

static size_t take_body(char *bytes, size_t size, size_t count, void *ctx)
{
    struct peer_call *call = ctx;
    buf_bytes(&call->answer, bytes, size * count);
    return buf_ok(&call->answer) ? size * count : CURL_WRITEFUNC_ERROR;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *ctx)
{
    (void)bytes;
    struct peer_call *call = ctx;
    call->header_bytes += size * count;
    return call->header_bytes <= PEER_HEADER_MAX ? size * count : CURL_WRITEFUNC_ERROR;
}

/* For each new connection, before its handshake. */
static CURLcode configure_tls(CURL *easy, void *context, void *ctx)
{
    (void)easy;
    struct peer_call *call = ctx;
    if (trust_configure(call->engine->trust, TRUST_CLIENT, context, NULL) != RESULT_OK) {
        return CURLE_SSL_CERTPROBLEM;
    }
    trust_expect(context, &call->line->expected);
    return CURLE_OK;
}

static const struct {
    CURLoption option;
    long value;
} numbers[] = {
    /* Not CURL_HTTP_VERSION_2TLS: that would put the question in HTTP/1.1 to a server without ALPN. */
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_3},
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_SSL_SESSIONID_CACHE, 0}, /* a resumed session shows no certificate */
    {CURLOPT_PIPEWAIT, 1},            /* rather share a connection that is being made than make another */
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_NOPROGRESS, 1},
    {CURLOPT_TCP_NODELAY, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
    {CURLOPT_PATH_AS_IS, 1},
    {CURLOPT_MAXAGE_CONN, 60}, /* idle; shorter than a server's limit, so that none is used while it closes */
    {CURLOPT_QUICK_EXIT, 1},   /* or giving up would wait on the loop's thread for a resolver that hangs */
    {CURLOPT_DNS_CACHE_TIMEOUT, 60},
};

static bool set_numbers(CURL *easy)
{
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        if (curl_easy_setopt(easy, numbers[i].option, numbers[i].value) != CURLE_OK) {
            return false;
        }
    }
    return true;
}

static bool set_rest(struct peer_call *call)
{
    CURL *easy = call->easy;
    return curl_easy_setopt(easy, CURLOPT_URL, call->url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROXY, "*") == CURLE_OK &&
           /* The anchors come from configure_tls alone; libcurl's own file would be read for each connection. */
           curl_easy_setopt(easy, CURLOPT_CAINFO, NULL) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, configure_tls) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, call) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, call) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, call) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, call) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)call->pool->options.connect_ms) == CURLE_OK;
}

/* The body stays with the call: libcurl reads it there, at each try anew. */
static bool set_body(struct peer_call *call, const char *media_type)
{
    if (media_type == NULL) {
        return curl_easy_setopt(call->easy, CURLOPT_HTTPGET, 1L) == CURLE_OK;
    }
    const char *bytes = call->body.len != 0 ? (const char *)call->body.ptr : "";
    return curl_easy_setopt(call->easy, CURLOPT_POST, 1L) == CURLE_OK &&
           curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len) == CURLE_OK &&
           curl_easy_setopt(call->easy, CURLOPT_POSTFIELDS, bytes) == CURLE_OK;
}

static bool add_header(struct peer_call *call, const char *name, const char *value)
{
    char line[PEER_MEDIA_TYPE_MAX + 32];
    (void)snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(call->headers, line);
    if (longer == NULL) {
        return false;
    }
    call->headers = longer;
    return true;
}

enum result peer_attempt_prepare(struct peer_call *call, const struct peer_request *request, struct error *err)
{
    call->easy = curl_easy_init();
    const bool ready = call->easy != NULL && add_header(call, "request-id", ident_text(&call->request_id).text) &&
                       (request->media_type == NULL || add_header(call, "content-type", request->media_type)) &&
                       set_numbers(call->easy) && set_rest(call) && set_body(call, request->media_type);
    ENSURE(ready, err, FAULT_NO_MEMORY, "ketenpartners", "geen geheugen voor de vraag");
    return RESULT_OK;
}

void peer_attempt_begin(struct peer_call *call)
{
    buf_clear(&call->answer);
    call->header_bytes = 0;
    call->refusals = call->line->expected.refusals;
    call->cuts = call->line->expected.cuts;
}

static struct peer_verdict judge_answer(struct peer_call *call)
{
    long version = 0;
    long status = 0;
    char *media_type = NULL;
    (void)curl_easy_getinfo(call->easy, CURLINFO_HTTP_VERSION, &version);
    (void)curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    (void)curl_easy_getinfo(call->easy, CURLINFO_CONTENT_TYPE, &media_type);
    if (version != CURL_HTTP_VERSION_2_0 || status < 200 || status > 599) {
        return (struct peer_verdict){PEER_GARBAGE, .again = false};
    }
    call->outcome.status = (int)status;
    call->outcome.media_type = media_type != NULL ? media_type : "";
    call->outcome.body = buf_slice(&call->answer);
    struct curl_header *after = NULL;
    const bool soon = status == 503 &&
                      curl_easy_header(call->easy, "retry-after", 0, CURLH_HEADER, -1, &after) == CURLHE_OK &&
                      strcmp(after->value, "0") == 0;
    return (struct peer_verdict){PEER_ANSWERED, .again = soon};
}

/* Its times would not tell: libcurl fills those only when the handshake is done. */
static bool had_connection(struct peer_call *call)
{
    const char *address = NULL;
    return curl_easy_getinfo(call->easy, CURLINFO_PRIMARY_IP, &address) == CURLE_OK && address != NULL &&
           address[0] != '\0';
}

static struct peer_verdict judge_certificate(struct peer_call *call)
{
    long verdict = 0;
    (void)curl_easy_getinfo(call->easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
    return (struct peer_verdict){verdict == TRUST_VERIFY_OIN ? PEER_WRONG_OIN : PEER_TLS_REFUSED, .again = false};
}

static struct peer_verdict lost(const struct peer_call *call, enum peer_outcome_kind kind)
{
    /* The server's verdict on our certificate arrives after a TLS 1.3 client is done with its handshake. */
    if (call->line->expected.refusals != call->refusals) {
        return (struct peer_verdict){PEER_TLS_REFUSED, .again = false};
    }
    return (struct peer_verdict){kind, .again = true};
}

/* In the handshake: the question was not sent. */
static struct peer_verdict cut_off(const struct peer_call *call)
{
    struct peer_verdict verdict = lost(call, PEER_DOWN);
    verdict.not_served = verdict.again;
    return verdict;
}

struct peer_verdict peer_attempt_verdict(struct peer_call *call, CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return judge_answer(call);
    case CURLE_PEER_FAILED_VERIFICATION:
        return judge_certificate(call);
    case CURLE_COULDNT_CONNECT:
        return (struct peer_verdict){PEER_DOWN, .not_served = true};
    case CURLE_SSL_CONNECT_ERROR: /* of a node that dies, starts or stops, too: then nobody judged anything */
        return call->line->expected.cuts != call->cuts ? cut_off(call)
                                                       : (struct peer_verdict){PEER_TLS_REFUSED, .again = false};
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_INITFAILED:
        return (struct peer_verdict){PEER_TLS_REFUSED, .again = false};
    case CURLE_OPERATION_TIMEDOUT:
        return (struct peer_verdict){had_connection(call) ? PEER_TIMED_OUT : PEER_DOWN, .again = false};
    case CURLE_WRITE_ERROR: /* take_body and take_header said no */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
        return (struct peer_verdict){PEER_GARBAGE, .again = false};
    case CURLE_GOT_NOTHING: /* what came was not HTTP/2 (a lost connection shows as one of the next) */
        return lost(call, PEER_GARBAGE);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2: /* GOAWAY that leaves our stream out */
    case CURLE_HTTP2_STREAM:
        return lost(call, PEER_DOWN);
    default:
        return (struct peer_verdict){PEER_DOWN, .again = false};
    }
}
