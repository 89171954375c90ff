/*
 * conn.h - one connection on the loop: socket, TLS, session.
 *
 * Does:      moves bytes between the socket and the session, through TLS when the listener has it; keeps the times of
 *            handshake, writing and lingering, and the bounds on connections, handshakes and a peer's share of a turn.
 * Ownership: a connection belongs to its listener's list from conn_accept until its socket is closed.
 * Thread:    the loop's.
 */
#ifndef KETENBRUG_HTTP_CONN_H
#define KETENBRUG_HTTP_CONN_H

#include "http/listener.h"

struct conn;

/* Takes the client that waits on the listener. False: no memory, the client still waits. */
MUST_USE bool conn_accept(struct http_server *server);
void conn_wake_resting(struct http_server *server); /* a new turn of the loop has begun */
void conn_flush_dirty(struct http_server *server);
void conn_tick_all(struct http_server *server);
void conn_drain_all(struct http_server *server);
void conn_cut_all(struct http_server *server);
void conn_recheck_all(struct http_server *server); /* against server->reloaded */

#endif
