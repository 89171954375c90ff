#include "http/dispatch.h"

#include "http/session.h"

static void refuse(struct http_request *request, const struct error *err, const char *allow)
{
    struct session *session = request->session;
    request_gone(request);
    response_refuse(request, err, allow);
    core_tell_refused(session->core, session->owner.peer,
                      request->path.ptr != NULL ? (const char *)request->path.ptr : "", err);
    session_charge_idle(session, 1);
}

static enum result admit(struct http_request *request, struct error *err)
{
    const struct http_server_options *options = &request->session->core->options;
    if (options->admit == NULL) {
        return RESULT_OK;
    }
    return options->admit(options->hooks_ctx, request->session->owner.peer, (const char *)request->path.ptr, err);
}

static enum result check_sound(const struct http_request *request, struct error *err)
{
    ENSURE(!request->shed, err, FAULT_BUSY, "", "er zijn al te veel verzoeken onderweg");
    ENSURE(request->flaw != REQUEST_NO_MEMORY, err, FAULT_NO_MEMORY, "", "geen geheugen voor dit verzoek");
    ENSURE(request->flaw != REQUEST_HEADERS_TOO_LARGE, err, FAULT_HEADERS_TOO_LARGE, "",
           "meer dan %d kopregels of %d bytes", HTTP_MAX_HEADERS, HTTP_MAX_HEADER_BYTES);
    ENSURE(request->path.len != 0, err, FAULT_METHOD, "", "een verzoek zonder pad wordt niet doorgegeven");
    return RESULT_OK;
}

static enum result check_route(struct http_request *request, unsigned *allowed, struct error *err)
{
    const struct router_match match = router_find(request->session->core->router, request->method, request->path);
    ENSURE(match.allowed != 0, err, FAULT_NOT_FOUND, "", "dit pad bestaat niet");
    *allowed = match.allowed;
    ENSURE(match.route != NULL, err, FAULT_METHOD, "", "dit pad kent deze methode niet");
    request->route = match.route;
    request->parameter = match.parameter;
    return RESULT_OK;
}

static enum result too_large(const struct http_request *request, struct error *err)
{
    FAIL(err, FAULT_TOO_LARGE, "", "een verzoek mag hier %zu bytes zijn", request->route->body_max);
}

static enum result check_body(const struct http_request *request, struct error *err)
{
    const struct http_route *route = request->route;
    if (request->content_length > 0 && (uint64_t)request->content_length > route->body_max) {
        return too_large(request, err);
    }
    ENSURE(!request->body_open || route->media_type == NULL || request_media_type_is(request, route->media_type), err,
           FAULT_MEDIA_TYPE, "content-type", "hier wordt %s gelezen", route->media_type);
    return RESULT_OK;
}

static enum result check(struct http_request *request, unsigned *allowed, struct error *err)
{
    *allowed = router_methods(request->session->core->router);
    TRY(check_sound(request, err));
    TRY(admit(request, err));
    TRY(check_route(request, allowed, err));
    return check_body(request, err);
}

void dispatch_headers(struct http_request *request)
{
    struct session *session = request->session;
    struct error err;
    unsigned allowed = 0;
    session->core->stats.requests++;
    request->began_us = monotonic_us();
    if (check(request, &allowed, &err) != RESULT_OK) {
        char allow[ROUTER_ALLOW_MAX];
        router_allow(allowed, allow);
        refuse(request, &err, err.fault == FAULT_METHOD ? allow : NULL);
        return;
    }
    session_reward_request(session);
    if (request->body_open) {
        request->body_since = session->core->now;
        link_append(&session->bodies, &request->body_link);
    }
    if (request->route->streams) {
        request->route->handle(request, session->core->options.routes.ctx);
    }
}

void dispatch_data(struct http_request *request, struct slice piece)
{
    struct session *session = request->session;
    if (request->route == NULL) {
        session_consume(session, request->stream_id, piece.len);
        return;
    }
    request->body_seen += piece.len;
    if (!request->discard && request->body_seen > request->route->body_max) {
        struct error err;
        (void)too_large(request, &err);
        if (request->answered) {
            session_reset_stream(session, request->stream_id, NGHTTP2_CANCEL);
            request_discard_body(request);
        } else {
            refuse(request, &err, NULL);
        }
    }
    if (!request->discard && request->route->streams) {
        /* The client owes nothing while it is the handler that holds the window. */
        link_remove(&request->body_link);
        request_take_piece(request, piece);
        return;
    }
    if (!request->discard && !request_keep_body(request, piece, request->route->body_max)) {
        struct error err;
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen voor dit verzoek");
        refuse(request, &err, NULL);
    }
    session_consume(session, request->stream_id, piece.len);
}

void dispatch_body_end(struct http_request *request)
{
    request->body_open = false;
    link_remove(&request->body_link);
    if (request->discard || request->route == NULL) {
        return;
    }
    if (request->route->streams) {
        request_push_last(request);
        return;
    }
    struct error err;
    /* Again: between the headers and the end of the body a covenant may have ended. */
    if (admit(request, &err) != RESULT_OK) {
        refuse(request, &err, NULL);
    } else {
        request->route->handle(request, request->session->core->options.routes.ctx);
    }
}

void dispatch_slow_body(struct http_request *request)
{
    if (request->answered) {
        session_reset_stream(request->session, request->stream_id, NGHTTP2_CANCEL);
        request_discard_body(request);
        return;
    }
    struct error err;
    (void)error_set(&err, FAULT_TIMEOUT, "", "het verzoek kwam niet binnen %u ms",
                    request->session->core->options.times.body);
    refuse(request, &err, NULL);
}
