/*
 * config.h - the node's configuration: an INI file, every value checked, paths relative to the file.
 *
 * The table in config.c lists each key with what is allowed; node/ketenbrug.voorbeeld.ini shows them all with comments.
 * Ownership: a value; nothing to free. Thread: any. Faults: FAULT_CONFIG naming file, line, key and what is allowed.
 */
#ifndef KETENBRUG_CMD_CONFIG_H
#define KETENBRUG_CMD_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "api/cooperation.h"
#include "audit/watch.h"
#include "base/fault.h"

enum { CONFIG_PATH_MAX = 512, CONFIG_ADDRESS_MAX = 64 };

struct config_address {
    char host[CONFIG_ADDRESS_MAX]; /* "" not set */
    uint16_t port;
};

struct config {
    char file[CONFIG_PATH_MAX];
    char folder[CONFIG_PATH_MAX];
    char key_folder[CONFIG_PATH_MAX];
    char covenant[CONFIG_PATH_MAX];
    char signatures[CONFIG_PATH_MAX]; /* "" none */
    char certificate[CONFIG_PATH_MAX];
    char key[CONFIG_PATH_MAX];
    char anchors[CONFIG_PATH_MAX];
    char crl_folder[CONFIG_PATH_MAX];
    struct config_address peer_listen;
    struct config_address desk_listen;      /* not set: the Unix socket only */
    char desk_certificate[CONFIG_PATH_MAX]; /* "" that of the node */
    char desk_key[CONFIG_PATH_MAX];
    char desk_socket[CONFIG_PATH_MAX];
    struct config_address ops_listen; /* loopback only */
    int64_t handshake_ms, idle_ms, headers_ms, body_ms, write_ms, drain_ms;
    int64_t connections;
    int64_t peer_connections; /* of one partner */
    int64_t handshakes_per_s; /* of one address */
    int64_t peer_connect_ms, peer_total_ms;
    int64_t checkpoint_ms;
    int64_t exchange_ms; /* between rounds of asking partners for covenants and signatures */
    int64_t own_months;  /* term of the log's records of the node's own administration */
    int64_t match_tick_ms, match_urgent_tick_ms, match_epoch_ms, match_overlap_ms, match_removal_ms, match_values_ms;
    struct watch_limits watch; /* what the log is watched for */
    int64_t figures_least;     /* persons behind a figure that is told */
    /* How the own people are told that there is something for them; each "": not. */
    char notice_webhook[CONFIG_PATH_MAX];
    char notice_smtp[CONFIG_PATH_MAX];
    char notice_from[CONFIG_PATH_MAX];
    char notice_to[CONFIG_PATH_MAX];
    char notice_anchors[CONFIG_PATH_MAX]; /* "": those of the system */
    struct cooperation_terms cooperating;
};

enum { CONFIG_ADDRESS_TEXT = CONFIG_ADDRESS_MAX + 10 };

/* As in the file: "127.0.0.1:8443", "[::1]:8443"; "" not set. */
void config_address_text(const struct config_address *address, char out[CONFIG_ADDRESS_TEXT]);

MUST_USE enum result config_read(const char *file, struct config *out, struct error *err);
/* `given`, or $KETENBRUG_CONFIG, or the standard place. */
const char *config_file(const char *given);
/* For the test that holds the example against the table: "afdeling.sleutel" of row i, NULL past the end. */
const char *config_key_name(size_t index);
/* SIGHUP takes another value of row i over. */
bool config_key_reloads(size_t index);

struct config_change {
    const char *key;
    bool reloads;
    char before[CONFIG_PATH_MAX], after[CONFIG_PATH_MAX]; /* as in the file, paths whole; "" not set */
};

/* Whether row i differs. */
bool config_change(const struct config *before, const struct config *after, size_t index, struct config_change *out);
/* Nothing differs but what may while the node runs; FAULT_CONFIG names the key, what it is and what was asked. */
MUST_USE enum result config_may_become(const struct config *before, const struct config *after, struct error *err);

#endif
