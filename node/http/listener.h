/*
 * listener.h - the inside of a server, for conn.c, listen.c and server.c.
 *
 * All connections of a listener share one read buffer and two write buffers: a connection uses them within one call
 * and leaves nothing behind. Connections with something to write wait in `dirty` until the loop is about to sleep, so
 * that all answers of one turn go out together. A turn is one round of the loop: from one sleep to the next.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_HTTP_LISTENER_H
#define KETENBRUG_HTTP_LISTENER_H

#include <sys/types.h>
#include <uv.h>

#include "http/core.h"
#include "http/link.h"
#include "http/tls.h"

enum {
    LISTENER_READ = 65536,
    LISTENER_PLAIN = 65536,
    LISTENER_CIPHER = 131072, /* LISTENER_PLAIN as TLS records, with room for handshake messages */
};

union listener_handle {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
};

/* The socket file that this listener made, so that it removes no other. */
struct socket_file {
    char *path;
    dev_t device;
    ino_t inode;
};

struct http_server {
    uv_loop_t *loop;
    struct http_core *core;
    struct tls_acceptor *acceptor; /* NULL: clear text */
    /* What the last reload brought, for handshakes that began before it; trust NULL: there was none. */
    struct {
        struct trust *trust;
        bool (*keep)(void *ctx, const struct cert_identity *peer);
        void *ctx;
    } reloaded;
    union listener_handle listener;
    uv_timer_t timer;
    uv_prepare_t prepare;
    uv_idle_t idle; /* active while a connection has more to write than one turn allows */
    unsigned open_handles;
    struct socket_file file;

    struct link conns;
    struct link dirty;
    struct link entering; /* connections in their handshake, oldest first */
    struct link resting;  /* connections whose peer has used up its share of the turn */
    size_t count;         /* of connections, those in their handshake included */
    size_t entering_count;
    struct quota strangers; /* the loop's time for all handshakes together */
    uint64_t turn;          /* of the loop */
    unsigned accepts;       /* in this turn */
    bool accept_owed;       /* a client waits for memory, or for its turn */
    uint64_t refusal_logged;
    uint64_t refusals_since;

    bool closing;
    bool ending;
    uint64_t closing_since;
    void (*closed)(void *ctx);
    void *closed_ctx;

    struct buf cipher;
    uint8_t read[LISTENER_READ];
    uint8_t plain[LISTENER_PLAIN];
};

/* listen.c: binds and listens. */
MUST_USE enum result listen_on(struct http_server *server, const struct http_server_options *options,
                               uv_connection_cb on_client, struct error *err);
void listen_remove_file(struct http_server *server);

/* server.c */
void server_conn_ended(struct http_server *server);
/* At most one line a second: a flood of bad clients is no flood of lines. */
void server_log_refusal(struct http_server *server, const char *why);

#endif
