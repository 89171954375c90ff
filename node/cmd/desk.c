#include "cmd/desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cmd/command.h"
#include "cmd/config.h"
#include "cmd/files.h"
#include "cmd/people_input.h"
#include "cmd/private_node.h"

enum { TOKEN_FILE_MAX = 256, DESK_ANSWER_MAX = MATCH_STATUS_BYTES, DESK_WAIT_MS = 180000 };

struct desk {
    struct config config;
    CURL *curl;
    struct buf token;
    struct buf answer;
    bool (*take)(void *ctx, struct slice piece); /* of a streamed answer; NULL: it is kept whole */
    void *take_ctx;
    struct private_node *own;
    bool served; /* by a node: when that goes, its store is not ours to open */
};

static enum result read_token(struct desk *desk, const char *path, struct error *err)
{
    if (path == NULL) {
        return RESULT_OK;
    }
    TRY(file_read(path, &desk->token, err));
    while (desk->token.len != 0 && desk->token.ptr[desk->token.len - 1] <= ' ') {
        desk->token.len--;
    }
    ENSURE(desk->token.len != 0, err, FAULT_USAGE, path, "in dit bestand staat geen toegangsbewijs");
    for (size_t i = 0; i < desk->token.len; i++) {
        ENSURE(desk->token.ptr[i] > ' ' && desk->token.ptr[i] < 0x7F, err, FAULT_USAGE, path,
               "in dit bestand staat iets anders dan een toegangsbewijs");
    }
    return RESULT_OK;
}

enum result desk_open(const struct args *args, struct desk **out, struct error *err)
{
    struct desk *desk = mem_zalloc(sizeof *desk);
    ENSURE(desk != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    buf_init(&desk->token, TOKEN_FILE_MAX);
    buf_init(&desk->answer, DESK_ANSWER_MAX);
    const char *token = args_value(args, "bewijs");
    enum result result = config_read(config_file(args_value(args, "config")), &desk->config, err);
    if (result == RESULT_OK) {
        result = read_token(desk, token != NULL ? token : getenv("KETENBRUG_BEWIJS"), err);
    }
    if (result == RESULT_OK &&
        (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (desk->curl = curl_easy_init()) == NULL)) {
        result = error_set(err, FAULT_NO_MEMORY, "", "geen geheugen");
    }
    if (result != RESULT_OK) {
        desk_close(desk);
        return RESULT_FAILED;
    }
    *out = desk;
    return RESULT_OK;
}

void desk_close(struct desk *desk)
{
    if (desk == NULL) {
        return;
    }
    if (desk->curl != NULL) {
        curl_easy_cleanup(desk->curl);
    }
    private_node_stop(desk->own);
    buf_wipe(&desk->token);
    buf_wipe(&desk->answer);
    mem_free(desk);
}

static size_t receive(char *data, size_t size, size_t count, void *ctx)
{
    struct desk *desk = ctx;
    long status = 0;
    (void)curl_easy_getinfo(desk->curl, CURLINFO_RESPONSE_CODE, &status);
    if (desk->take != NULL && status == 200) {
        return desk->take(desk->take_ctx, slice_of(data, size * count)) ? size * count : 0;
    }
    buf_bytes(&desk->answer, data, size * count);
    return buf_ok(&desk->answer) ? size * count : 0;
}

static CURLcode perform(struct desk *desk, const char *method, const char *path, const struct buf *body)
{
    char url[1024];
    char authorization[TOKEN_FILE_MAX + 32];
    struct curl_slist *headers = NULL;
    CURL *curl = desk->curl;
    (void)snprintf(url, sizeof url, "http://knooppunt%s", path);
    curl_easy_reset(curl);
    if (desk->token.len != 0) {
        (void)snprintf(authorization, sizeof authorization, "authorization: Bearer %.*s", (int)desk->token.len,
                       (const char *)desk->token.ptr);
        headers = curl_slist_append(headers, authorization);
        mem_wipe(authorization, sizeof authorization);
    }
    buf_clear(&desk->answer);
    (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, desk->config.desk_socket);
    (void)curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
    /* libcurl 7.88 cannot use a connection with prior knowledge twice; a Unix socket costs nothing to open. */
    (void)curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    /* With a buffer that one frame fills, libcurl 7.88 can keep the end of a long answer until the connection closes. */
    (void)curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, (long)CURL_MAX_READ_SIZE);
    if (desk->take == NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)DESK_WAIT_MS);
    } else { /* as long as it goes on */
        (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
        (void)curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)DESK_WAIT_MS / 1000);
    }
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, desk);
    if (body != NULL) {
        headers = curl_slist_append(headers, "content-type: application/json");
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, (const char *)body->ptr);
    }
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    const CURLcode code = curl_easy_perform(curl);
    desk->served = desk->served || code == CURLE_OK;
    for (struct curl_slist *h = headers; h != NULL; h = h->next) {
        mem_wipe(h->data, strlen(h->data));
    }
    curl_slist_free_all(headers);
    return code;
}

/* Whose fault it was, as far as a command acts on that. */
static enum fault fault_of(long status)
{
    static const enum fault told[] = {FAULT_UNAUTHENTICATED, FAULT_FORBIDDEN, FAULT_NOT_FOUND, FAULT_TIMEOUT,
                                      FAULT_CONFLICT,        FAULT_TOO_LARGE, FAULT_TOO_MANY};
    for (size_t i = 0; i < COUNT_OF(told); i++) {
        if (fault_status(told[i]) == status) {
            return told[i];
        }
    }
    return status >= 500 ? FAULT_STORE : FAULT_INVALID;
}

/* The node's problem+json as a fault, further ones to stderr. */
static enum result read_problem(struct desk *desk, long status, struct error *err)
{
    struct json *problem CLEANUP(json_cleanup) = NULL;
    if (json_parse(buf_slice(&desk->answer), &problem, NULL) != RESULT_OK) {
        FAIL(err, FAULT_INTERNAL, "knooppunt", "het knooppunt antwoordde met status %ld", status);
    }
    const struct json *first = json_first(json_member(problem, "fouten"));
    for (const struct json *more = first != NULL ? json_next(first) : NULL; more != NULL; more = json_next(more)) {
        (void)fprintf(stderr, "  ook: %s %s\n", json_cstr(json_member(more, "plaats")),
                      json_cstr(json_member(more, "melding")));
    }
    FAIL(err, fault_of(status), first != NULL ? json_cstr(json_member(first, "plaats")) : "", "%s: %s",
         json_cstr(json_member(problem, "title")),
         first != NULL ? json_cstr(json_member(first, "melding")) : json_cstr(json_member(problem, "detail")));
}

static enum result check_status(struct desk *desk, CURLcode code, struct error *err)
{
    ENSURE(code == CURLE_OK, err, FAULT_IO, desk->config.desk_socket, "het knooppunt is niet te bereiken: %s",
           curl_easy_strerror(code));
    long status = 0;
    (void)curl_easy_getinfo(desk->curl, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200 && status <= 299 ? RESULT_OK : read_problem(desk, status, err);
}

enum result desk_ask_serving(struct desk *desk, const char *path, struct json **answer, struct error *err)
{
    const CURLcode code = perform(desk, "GET", path, NULL);
    if (code == CURLE_COULDNT_CONNECT) {
        return RESULT_OK;
    }
    TRY(check_status(desk, code, err));
    return json_parse(buf_slice(&desk->answer), answer, err);
}

/* To the node that serves, or else to its own parts here; a status other than 2xx is the fault that it tells. */
static enum result call(struct desk *desk, const char *method, const char *path, const struct buf *body,
                        struct error *err)
{
    CURLcode code = perform(desk, method, path, body);
    if (code == CURLE_COULDNT_CONNECT && desk->own == NULL && !desk->served) {
        TRY(private_node_start(&desk->config, &desk->own, err));
        code = perform(desk, method, path, body);
    }
    return check_status(desk, code, err);
}

enum result desk_call(struct desk *desk, const char *method, const char *path, const struct buf *body,
                      struct json **answer, struct error *err)
{
    TRY(call(desk, method, path, body, err));
    return json_parse(buf_slice(&desk->answer), answer, err);
}

enum result desk_stream(struct desk *desk, const char *method, const char *path, const struct buf *body,
                        bool (*take)(void *ctx, struct slice piece), void *ctx, struct error *err)
{
    desk->take = take;
    desk->take_ctx = ctx;
    const enum result result = call(desk, method, path, body, err);
    desk->take = NULL;
    return result;
}

enum result desk_text(struct desk *desk, const char *path, struct slice *out, struct error *err)
{
    TRY(call(desk, "GET", path, NULL, err));
    *out = buf_slice(&desk->answer);
    return RESULT_OK;
}

const struct config *desk_config(const struct desk *desk)
{
    return &desk->config;
}

void desk_print_raw(const struct desk *desk)
{
    (void)fwrite(desk->answer.ptr, 1, desk->answer.len, stdout);
    (void)printf("\n");
}

int desk_session(const struct args *args,
                 enum result (*talk)(struct desk *desk, const struct args *args, struct error *err))
{
    struct error err;
    struct desk *desk = NULL;
    enum result result = desk_open(args, &desk, &err);
    if (result == RESULT_OK) {
        result = talk(desk, args, &err);
    }
    desk_close(desk);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

int desk_command(const struct args *args, const char *method, const char *path, const struct buf *body,
                 void (*print)(const struct json *answer, const void *ctx), const void *ctx)
{
    struct error err;
    struct desk *desk = NULL;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    int code = EXIT_FINE;
    if ((body != NULL && buf_result(body, "verzoek", &err) != RESULT_OK) || desk_open(args, &desk, &err) != RESULT_OK ||
        desk_call(desk, method, path, body, &answer, &err) != RESULT_OK) {
        code = command_fail(&err);
    } else if (print == NULL || args_flag(args, "json")) {
        desk_print_raw(desk);
    } else {
        print(answer, ctx);
    }
    desk_close(desk);
    return code;
}

int desk_command_about_one(const struct args *args, const char *path,
                           void (*print)(const struct json *answer, const void *ctx))
{
    struct bsn person;
    size_t count = 0;
    struct error err;
    struct buf body;
    if (people_from_input(&person, 1, &count, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_slice(&w, "bsn", bsn_digits(&person));
    json_end_object(&w);
    const int code = desk_command(args, "POST", path, &body, print, NULL);
    buf_wipe(&body);
    mem_wipe(&person, sizeof person);
    return code;
}
