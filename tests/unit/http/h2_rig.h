/*
 * h2_rig.h - a session of the server and an HTTP/2 client of nghttp2, joined in memory: no sockets, no clock.
 * Bytes travel in rig_run, at most `step` at a time in each direction.
 */
#ifndef KETENBRUG_TESTS_H2_RIG_H
#define KETENBRUG_TESTS_H2_RIG_H

#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "http/session.h"

enum { RIG_REPLIES = 512, RIG_BODY = 300000 };

struct rig_reply {
    int32_t id;
    int status;
    bool closed;
    uint32_t code;
    bool keep_open; /* the client sends what `body` holds and then nothing, not even the end */
    struct slice body;
    size_t body_sent;
    size_t got_len;
    char *got;
    char headers[1024];
};

struct rig {
    struct http_core *core;
    struct session *session;
    nghttp2_session *client;
    size_t step; /* 0: all at once */
    uint64_t now;
    bool no_client_window; /* the client gives no window back by itself */
    struct rig_reply replies[RIG_REPLIES];
    size_t count;
    unsigned goaways;
    uint32_t goaway_code;
    int32_t goaway_last;
};

static inline struct rig_reply *rig_reply(struct rig *rig, int32_t id)
{
    for (size_t i = 0; i < rig->count; i++) {
        if (rig->replies[i].id == id) {
            return &rig->replies[i];
        }
    }
    return NULL;
}

static inline int rig_on_header(nghttp2_session *h2, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                                const uint8_t *value, size_t value_len, uint8_t flags, void *user_data)
{
    (void)h2;
    (void)flags;
    struct rig_reply *reply = rig_reply(user_data, frame->hd.stream_id);
    if (reply != NULL) {
        if (slice_is(slice_of(name, name_len), ":status")) {
            reply->status = atoi((const char *)value);
        }
        const size_t at = strlen(reply->headers);
        (void)snprintf(reply->headers + at, sizeof reply->headers - at, "%.*s: %.*s\n", (int)name_len,
                       (const char *)name, (int)value_len, (const char *)value);
    }
    return 0;
}

static inline int rig_on_data(nghttp2_session *h2, uint8_t flags, int32_t id, const uint8_t *data, size_t len,
                              void *user_data)
{
    (void)h2;
    (void)flags;
    struct rig_reply *reply = rig_reply(user_data, id);
    if (reply != NULL) {
        if (reply->got == NULL) {
            reply->got = calloc(1, RIG_BODY + 1);
        }
        assert_true(reply->got_len + len <= RIG_BODY);
        memcpy(reply->got + reply->got_len, data, len);
        reply->got_len += len;
    }
    return 0;
}

static inline int rig_on_close(nghttp2_session *h2, int32_t id, uint32_t code, void *user_data)
{
    (void)h2;
    struct rig_reply *reply = rig_reply(user_data, id);
    if (reply != NULL) {
        reply->closed = true;
        reply->code = code;
    }
    return 0;
}

static inline int rig_on_frame(nghttp2_session *h2, const nghttp2_frame *frame, void *user_data)
{
    (void)h2;
    struct rig *rig = user_data;
    if (frame->hd.type == NGHTTP2_GOAWAY) {
        rig->goaways++;
        rig->goaway_code = frame->goaway.error_code;
        rig->goaway_last = frame->goaway.last_stream_id;
    }
    return 0;
}

static inline ssize_t rig_read_body(nghttp2_session *h2, int32_t id, uint8_t *out, size_t room, uint32_t *flags,
                                    nghttp2_data_source *source, void *user_data)
{
    (void)h2;
    (void)source;
    struct rig_reply *reply = rig_reply(user_data, id);
    const size_t left = reply->body.len - reply->body_sent;
    const size_t len = left < room ? left : room;
    if (len != 0) {
        memcpy(out, reply->body.ptr + reply->body_sent, len);
        reply->body_sent += len;
    }
    if (reply->body_sent == reply->body.len && !reply->keep_open) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    } else if (len == 0) {
        return NGHTTP2_ERR_DEFERRED;
    }
    return (ssize_t)len;
}

static inline void rig_client(struct rig *rig)
{
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_option *option = NULL;
    assert_int_equal(nghttp2_session_callbacks_new(&callbacks), 0);
    assert_int_equal(nghttp2_option_new(&option), 0);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, rig_on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, rig_on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, rig_on_close);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, rig_on_frame);
    nghttp2_option_set_no_auto_window_update(option, rig->no_client_window ? 1 : 0);
    nghttp2_option_set_peer_max_concurrent_streams(option, 1000);
    assert_int_equal(nghttp2_session_client_new2(&rig->client, callbacks, rig, option), 0);
    assert_int_equal(nghttp2_submit_settings(rig->client, NGHTTP2_FLAG_NONE, NULL, 0), 0);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
}

/* The rig is large: allocated. */
static inline struct rig *rig_open_with(const struct http_server_options *options, const struct cert_identity *peer,
                                        bool no_client_window)
{
    struct rig *rig = calloc(1, sizeof *rig);
    assert_non_null(rig);
    rig->no_client_window = no_client_window;
    rig->now = 1000000;
    struct error err;
    assert_int_equal(core_new(options, &rig->core, &err), RESULT_OK);
    core_set_now(rig->core, rig->now);
    const struct session_owner owner = {.peer = peer, .uid = 1234};
    assert_int_equal(session_new(rig->core, &owner, &rig->session, &err), RESULT_OK);
    rig_client(rig);
    return rig;
}

static inline struct rig *rig_open(const struct http_server_options *options)
{
    return rig_open_with(options, NULL, false);
}

static inline void rig_close(struct rig *rig)
{
    session_free(rig->session);
    core_free(rig->core);
    nghttp2_session_del(rig->client);
    for (size_t i = 0; i < rig->count; i++) {
        free(rig->replies[i].got);
    }
    free(rig);
}

static inline void rig_feed(struct rig *rig, const void *ptr, size_t len)
{
    const uint8_t *bytes = ptr;
    const size_t step = rig->step != 0 ? rig->step : len;
    for (size_t at = 0; at < len; at += step) {
        session_feed(rig->session, slice_of(bytes + at, len - at < step ? len - at : step));
    }
}

/* One exchange; whether anything moved. */
static inline bool rig_turn(struct rig *rig)
{
    bool moved = false;
    const uint8_t *made = NULL;
    for (ssize_t len = nghttp2_session_mem_send(rig->client, &made); len > 0;
         len = nghttp2_session_mem_send(rig->client, &made)) {
        rig_feed(rig, made, (size_t)len);
        moved = true;
    }
    uint8_t out[4096];
    const size_t room = rig->step != 0 && rig->step < sizeof out ? rig->step : sizeof out;
    for (size_t len = session_output(rig->session, out, room); len != 0;
         len = session_output(rig->session, out, room)) {
        if (rig->client != NULL) {
            (void)nghttp2_session_mem_recv(rig->client, out, len);
        }
        moved = true;
    }
    return moved;
}

static inline void rig_run(struct rig *rig)
{
    while (rig_turn(rig)) {
    }
}

static inline void rig_wait(struct rig *rig, uint64_t ms)
{
    rig->now += ms;
    core_set_now(rig->core, rig->now);
    session_tick(rig->session);
    rig_run(rig);
}

static inline nghttp2_nv rig_nv(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value), 0};
}

struct rig_ask {
    const char *method;
    const char *path;
    const char *type;   /* content-type, may be NULL */
    const char *length; /* content-length, may be NULL */
    struct slice body;
    bool has_body; /* a body, possibly empty, follows the headers */
    bool keep_open;
    const struct http_header *extra;
    size_t extra_count;
};

static inline struct rig_reply *rig_ask(struct rig *rig, const struct rig_ask *ask)
{
    static nghttp2_nv rows[2048];
    size_t count = 0;
    rows[count++] = rig_nv(":method", ask->method);
    rows[count++] = rig_nv(":scheme", "https");
    rows[count++] = rig_nv(":authority", "knoop.localhost");
    if (ask->path != NULL) {
        rows[count++] = rig_nv(":path", ask->path);
    }
    if (ask->type != NULL) {
        rows[count++] = rig_nv("content-type", ask->type);
    }
    if (ask->length != NULL) {
        rows[count++] = rig_nv("content-length", ask->length);
    }
    for (size_t i = 0; i < ask->extra_count; i++) {
        rows[count++] = rig_nv(ask->extra[i].name, ask->extra[i].value);
    }
    assert_true(rig->count < RIG_REPLIES);
    struct rig_reply *reply = &rig->replies[rig->count++];
    *reply = (struct rig_reply){.body = ask->body, .keep_open = ask->keep_open};
    const nghttp2_data_provider provider = {.read_callback = rig_read_body};
    const bool sends = ask->has_body || ask->body.len != 0 || ask->keep_open;
    reply->id = nghttp2_submit_request(rig->client, NULL, rows, count, sends ? &provider : NULL, NULL);
    assert_true(reply->id > 0);
    return reply;
}

static inline struct rig_reply *rig_get(struct rig *rig, const char *path)
{
    return rig_ask(rig, &(struct rig_ask){.method = "GET", .path = path});
}

static inline struct rig_reply *rig_post(struct rig *rig, const char *path, const char *body)
{
    return rig_ask(
        rig, &(struct rig_ask){.method = "POST", .path = path, .type = "application/json", .body = slice_text(body)});
}

#endif
