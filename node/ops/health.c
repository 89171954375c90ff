#include "ops/health.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { OPS_CONNECTIONS_MAX = 16, OPS_TIMEOUT_S = 10, OPS_METRICS_MAX = 1048576 };

struct ops {
    struct MHD_Daemon *daemon;
    void (*look)(void *ctx, struct standing *out);
    void *ctx;
};

static const char plain[] = "text/plain; charset=utf-8";
static const char open_metrics[] = "application/openmetrics-text; version=1.0.0; charset=utf-8";

static enum MHD_Result answer_as(struct MHD_Connection *connection, unsigned status, const char *type, const char *text)
{
    void *text_bytes = NULL; /* copied by the library, which asks for it without const */
    memcpy(&text_bytes, &text, sizeof text_bytes);
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), text_bytes, MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    const enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, const char *text)
{
    return answer_as(connection, status, plain, text);
}

static enum MHD_Result answer_metrics(const struct ops *ops, struct MHD_Connection *connection)
{
    struct standing standing = {.version = ""};
    struct buf text;
    ops->look(ops->ctx, &standing);
    buf_init(&text, OPS_METRICS_MAX);
    standing_metrics(&standing, &text);
    buf_byte(&text, '\0');
    const enum MHD_Result result = buf_ok(&text)
                                       ? answer_as(connection, MHD_HTTP_OK, open_metrics, (const char *)text.ptr)
                                       : answer(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "geen geheugen\n");
    buf_free(&text);
    return result;
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *upload, size_t *upload_size, void **state)
{
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)state;
    const struct ops *ops = ctx;
    if (strcmp(method, "GET") != 0) {
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "alleen GET\n");
    }
    if (strcmp(url, "/health/live") == 0) {
        return answer(connection, MHD_HTTP_OK, "leeft\n");
    }
    if (strcmp(url, "/health/ready") == 0) {
        struct standing standing = {.version = ""};
        ops->look(ops->ctx, &standing);
        if (standing.ready == 0) {
            return answer(connection, MHD_HTTP_SERVICE_UNAVAILABLE, standing.not_ready);
        }
        char text[STANDING_AGREED_MAX + 16];
        (void)snprintf(text, sizeof text, "gereed\n%s", standing.agreed);
        return answer(connection, MHD_HTTP_OK, text);
    }
    if (strcmp(url, "/metrics") == 0) {
        return answer_metrics(ops, connection);
    }
    return answer(connection, MHD_HTTP_NOT_FOUND, "alleen /health/live, /health/ready en /metrics\n");
}

enum result ops_open(const struct ops_options *options, struct ops **out, struct error *err)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(options->port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(options->port)};
    const bool is_v6 = inet_pton(AF_INET6, options->address, &v6.sin6_addr) == 1;
    ENSURE(is_v6 || inet_pton(AF_INET, options->address, &v4.sin_addr) == 1, err, FAULT_CONFIG, options->address,
           "geen IP-adres");
    struct ops *ops = mem_zalloc(sizeof *ops);
    ENSURE(ops != NULL, err, FAULT_NO_MEMORY, "beheer", "geen geheugen");
    ops->look = options->look;
    ops->ctx = options->ctx;
    const struct sockaddr *address = is_v6 ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
    ops->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | (is_v6 ? MHD_USE_IPv6 : 0U), options->port, NULL,
                                   NULL, handle, ops, MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_CONNECTION_LIMIT,
                                   (unsigned)OPS_CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                                   (unsigned)OPS_TIMEOUT_S, MHD_OPTION_END);
    if (ops->daemon == NULL) {
        mem_free(ops);
        FAIL(err, FAULT_IO, "beheer.luister", "poort %u kan niet worden geopend: %s", options->port, strerror(errno));
    }
    *out = ops;
    return RESULT_OK;
}

void ops_close(struct ops *ops)
{
    if (ops != NULL) {
        MHD_stop_daemon(ops->daemon);
        mem_free(ops);
    }
}
