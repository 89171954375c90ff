/*
 * conn_parts.h - the inside of a connection, for the files that make it up: conn.c (its life, what comes in),
 * conn_enter.c (from the accepted socket to an open session), conn_out.c (what goes out).
 * Thread: the loop's.
 */
#ifndef KETENBRUG_HTTP_CONN_PARTS_H
#define KETENBRUG_HTTP_CONN_PARTS_H

#include "http/conn.h"
#include "http/session.h"

enum conn_state {
    CONN_HANDSHAKE,
    CONN_OPEN,
    CONN_LINGER, /* all is sent and said; waits until the client closes its side */
    CONN_CLOSED, /* waits for libuv to let go */
};

struct conn {
    union listener_handle uv;
    struct http_server *server;
    struct link link;
    struct link dirty;
    struct link entering; /* while in its handshake, oldest first */
    struct link resting;  /* while its peer has used up its share of this turn */
    enum conn_state state;
    uint64_t since;       /* in this state */
    struct quota *source; /* of its address; NULL on a Unix socket */
    struct quota *quota;  /* whose connections it counts with; NULL until its session opened */
    struct quota *pays;   /* for the loop's time: all in their handshake together, then `quota` */
    size_t handshake_bytes;
    struct tls *tls; /* NULL until the first byte, and on a Unix socket */
    struct session *session;
    bool recheck; /* the server reloaded during the handshake */
    bool has_peer;
    struct cert_identity peer;
    uint32_t uid;
    bool writing;
    uint64_t write_since;
    struct buf pending; /* what the socket did not take at once */
    uv_write_t write;
};

/* conn.c */
void conn_set_state(struct conn *conn, enum conn_state state);
void conn_mark_dirty(void *ctx); /* of a connection */
void conn_cut(struct conn *conn);
void conn_refuse(struct conn *conn, const char *why);
MUST_USE bool conn_read(struct conn *conn); /* reads from its socket, unless it may not now; false: it cannot */

/* conn_enter.c */
void conn_handshake(struct conn *conn, struct slice bytes);
bool conn_still_trusted(const struct conn *conn);

/* conn_out.c: sends what stands in server->cipher and clears it. */
void conn_send_cipher(struct conn *conn);

#endif
