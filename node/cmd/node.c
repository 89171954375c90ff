#include "cmd/node.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/blocks.h"
#include "api/book.h"
#include "api/checkpoints.h"
#include "api/cooperation.h"
#include "api/covenant_exchange.h"
#include "api/gossip.h"
#include "api/households.h"
#include "api/import_runs.h"
#include "api/indexing.h"
#include "api/lookups.h"
#include "api/meetings.h"
#include "api/notices.h"
#include "api/outbox.h"
#include "api/retention.h"
#include "api/sharing.h"
#include "api/signals.h"
#include "api/tasks.h"
#include "api/watching.h"
#include "base/bytes.h"
#include "base/mem.h"
#include "cmd/files.h"
#include "cmd/node_parts.h"
#include "ops/health.h"
#include "store/seal.h"

enum { QUIET_POLL_MS = 20, WATCH_MS = 1000, MATCH_STEP_MS = 100 };

enum result node_read_covenant(const struct config *config, struct covenant **out, struct fault_list *faults)
{
    struct buf text;
    struct error err;
    buf_init(&text, COVENANT_BYTES_MAX);
    enum result result = file_read(config->covenant, &text, &err);
    if (result != RESULT_OK) {
        fault_list_add(faults, err.fault, err.where, "%s", err.what);
    } else {
        result = covenant_parse(buf_slice(&text), out, faults);
    }
    buf_free(&text);
    return result;
}

enum result node_check_party(const struct node *node, const struct config *config, const struct covenant *covenant,
                             struct error *err)
{
    ENSURE(api_self(&node->api, covenant) != NULL, err, FAULT_CONFIG, config->certificate,
           "het OIN van dit certificaat is geen partij bij het convenant");
    return RESULT_OK;
}

/* Partners check what this log signs by the covenant: other keys than it names would make every answer worthless. */
enum result node_check_own_log(const struct node *node, const struct config *config, const struct covenant *covenant,
                               struct error *err)
{
    const struct party *self = api_self(&node->api, covenant);
    ENSURE(log_identity_named(&node->api.identity, self->log_origin, self->log_key, self->witness_key), err,
           FAULT_CONFIG, config->covenant,
           "het convenant noemt voor dit knooppunt een ander logboek of andere sleutels; zie ketenbrug audit keys");
    return RESULT_OK;
}

static void take_signature(struct node *node, struct signature *signature)
{
    enum agreement_news news;
    struct error err;
    char signer[OIN_DIGITS + 1];
    memcpy(signer, signature->statement.oin.digits, sizeof signer);
    if (signature->statement.type == STATEMENT_INVITE) {
        if (book_invite(&node->api, signature, &err) != RESULT_OK) {
            log_error(node->options.log, LOG_ERROR, "uitnodiging-geweigerd", &err);
        }
    } else if (book_sign(&node->api, signature, &news, &err) != RESULT_OK && err.fault != FAULT_NOT_FOUND) {
        /* Of another document than is known here: it may come. */
        log_event(node->options.log, LOG_WARNING, "handtekening-geweigerd", LOG_TEXT("oin", signer),
                  LOG_TEXT("plaats", err.where), LOG_TEXT("melding", err.what));
    }
}

enum result node_take_covenant(struct node *node, struct covenant_files *files, struct error *err)
{
    struct covenant *covenant = files->covenant;
    files->covenant = NULL;
    TRY(book_add(&node->api, covenant, buf_slice(&files->text), true, NULL, err));
    for (size_t i = 0; i < files->refused.count && i < FAULT_LIST_MAX; i++) {
        log_error(node->options.log, LOG_WARNING, "handtekening-geweigerd", &files->refused.items[i]);
    }
    for (size_t i = 0; i < files->count; i++) {
        take_signature(node, files->signatures[i]);
    }
    files->count = 0;
    return RESULT_OK;
}

enum result node_load_trust(const struct config *config, bool desk, struct trust **out, struct error *err)
{
    const struct trust_files files = {
        .anchors = config->anchors,
        .crl_folder = config->crl_folder,
        .certificate = desk ? config->desk_certificate : config->certificate,
        .key = desk ? config->desk_key : config->key,
    };
    return trust_load(&files, out, err);
}

/* A commit that cannot be synced: what was promised may be lost, so nothing more is promised. The store recovers at the
 * next start. */
static void store_fatal(void *ctx, const struct error *err)
{
    const struct node *node = ctx;
    log_error(node->options.log, LOG_ERROR, "opslag-onbetrouwbaar-knooppunt-stopt", err);
    _exit(1);
}

/* ---- opening, part by part ---- */

static enum result open_state(struct node *node, struct error *err)
{
    const struct node_options *o = &node->options;
    TRY(keyring_open(o->config->key_folder, &node->keyring, err));
    const struct store_options store = {.folder = o->config->folder,
                                        .keyring = node->keyring,
                                        .clock = o->clock,
                                        .log = o->log,
                                        .fatal = store_fatal,
                                        .fatal_ctx = node};
    TRY(store_open(&store, &node->store, err));
    TRY(store_attach(node->store, node->loop, &node->api.door, err));
    TRY(audit_open(node->keyring, o->clock, o->entropy, &node->api.audit, err));
    node->api.keyring = node->keyring;
    return RESULT_OK;
}

struct generation {
    uint32_t value;
    bool failed;
    struct error err;
};

static void generation_read(void *ctx, struct slice value, const struct error *err)
{
    struct generation *generation = ctx;
    generation->failed = err != NULL;
    if (err != NULL) {
        generation->err = *err;
    } else if (value.len == LOG_GENERATION_BYTES) {
        generation->value = bytes_get_u32(value.ptr);
    }
}

void node_set_notices(struct node *node, const struct config *config)
{
    struct notice_settings settings = {.webhook = ""};
    bool copied = true;
    copied = copied && slice_copy_text(slice_text(config->notice_webhook), settings.webhook, sizeof settings.webhook);
    copied =
        copied && slice_copy_text(slice_text(config->notice_smtp), settings.mail_server, sizeof settings.mail_server);
    copied = copied && slice_copy_text(slice_text(config->notice_from), settings.from, sizeof settings.from);
    copied = copied && slice_copy_text(slice_text(config->notice_to), settings.to, sizeof settings.to);
    copied = copied && slice_copy_text(slice_text(config->notice_anchors), settings.anchors, sizeof settings.anchors);
    if (copied) { /* the configuration allows no longer ones */
        notices_set(node->api.notices, &settings);
    }
}

static enum result open_matching(struct node *node, struct error *err)
{
    const struct config *config = node->options.config;
    const struct match_times times = {
        .tick_ms = config->match_tick_ms,
        .urgent_tick_ms = config->match_urgent_tick_ms,
        .epoch_ms = config->match_epoch_ms,
        .overlap_ms = config->match_overlap_ms,
        .removal_ms = config->match_removal_ms,
        .values_ms = config->match_values_ms,
    };
    TRY(sharing_open(&node->api, &times, &node->api.sharing, err));
    TRY(lookups_open(&node->api, &times, &node->api.lookups, err));
    meetings_register(&node->api);
    return signals_open(&node->api, &times, &node->api.signals, err);
}

static enum result open_log(struct node *node, struct error *err)
{
    const struct covenant *covenant = node->api.book->given->covenant;
    struct generation generation = {0};
    store_get_value(node->api.door, log_generation_name, generation_read, &generation); /* answered at once */
    if (generation.failed) {
        *err = generation.err;
        return RESULT_FAILED;
    }
    TRY(log_identity_open(node->keyring, api_self(&node->api, covenant)->log_origin, generation.value,
                          &node->api.identity, err));
    TRY(node_check_own_log(node, node->options.config, covenant, err));
    TRY(receipt_desk_open(node->loop, &node->api.identity, node->options.clock, node->options.entropy,
                          &node->api.receipts, err));
    TRY(gossip_open(&node->api, &node->api.gossip, err));
    TRY(outbox_open(&node->api, &node->api.outbox, err));
    TRY(cooperation_open(&node->api, &node->api.cooperation, err));
    TRY(households_open(&node->api, &node->api.households, err));
    TRY(tasks_open(&node->api, &node->api.tasks, err));
    TRY(indexing_open(&node->api, &node->api.indexing, err));
    TRY(watching_open(&node->api, &node->options.config->watch, &node->api.watching, err));
    TRY(notices_open(&node->api, &node->api.notices, err));
    node_set_notices(node, node->options.config);
    TRY(open_matching(node, err));
    TRY(covenant_exchange_open(&node->api, node->options.config->exchange_ms, &node->api.exchange, err));
    return checkpoints_open(&node->api, node->options.config->checkpoint_ms, &node->api.checkpoints, err);
}

static enum result open_peers(struct node *node, struct error *err)
{
    struct trust *trust = NULL;
    TRY(node_load_trust(node->options.config, false, &trust, err));
    struct peer_options peers = peer_default_options();
    peers.connect_ms = (uint32_t)node->options.config->peer_connect_ms;
    peers.total_ms = (uint32_t)node->options.config->peer_total_ms;
    peers.log = node->options.log;
    node->api.own_oin = trust_own_identity(trust)->oin;
    node->api.trust = trust;
    return peer_pool_open(node->loop, trust, &peers, &node->api.peers, err);
}

struct http_times node_times(const struct config *config)
{
    return (struct http_times){(uint32_t)config->handshake_ms, (uint32_t)config->idle_ms,  (uint32_t)config->headers_ms,
                               (uint32_t)config->body_ms,      (uint32_t)config->write_ms, (uint32_t)config->drain_ms};
}

static struct http_server_options server_options(const struct node *node)
{
    const struct config *config = &node->config;
    return (struct http_server_options){
        .server_headers = {{"api-version", "1.0.0"}, {"cache-control", "no-store"}},
        .times = node_times(config),
        .max_connections = (uint32_t)config->connections,
        .handshakes_per_s = (uint32_t)config->handshakes_per_s,
        .log = node->options.log,
        .clock = node->options.clock,
        .allowed_uid = (uint32_t)getuid(),
    };
}

static enum result open_server(struct node *node, const struct http_server_options *options, struct error *err)
{
    TRY(http_server_open(node->loop, options, &node->servers[node->open_servers], err));
    node->open_servers++;
    return RESULT_OK;
}

static enum result listen_tls(struct node *node, bool desk, struct error *err)
{
    struct http_server_options o = server_options(node);
    const struct config *config = node->options.config;
    struct trust *trust = NULL;
    TRY(node_load_trust(config, desk, &trust, err));
    o.kind = desk ? HTTP_TLS_OPEN : HTTP_TLS_MUTUAL;
    o.address = desk ? config->desk_listen.host : config->peer_listen.host;
    o.port = desk ? config->desk_listen.port : config->peer_listen.port;
    o.trust = trust;
    o.routes = desk ? (struct http_routes){api_desk_routes, api_desk_route_count, &node->api}
                    : (struct http_routes){api_peer_routes, api_peer_route_count, &node->api};
    o.refused = api_record_refusal;
    o.hooks_ctx = &node->api;
    if (!desk) {
        o.admit = api_admit_peer;
        o.peer_connections = (uint32_t)config->peer_connections;
    }
    watch_trust(node->watch, desk ? NULL : trust, desk ? trust : NULL);
    const enum result result = open_server(node, &o, err);
    trust_free(trust);
    return result;
}

static enum result listen_all(struct node *node, struct error *err)
{
    const struct config *config = node->options.config;
    struct http_server_options o = server_options(node);
    o.kind = HTTP_UNIX;
    o.address = config->desk_socket;
    o.routes = (struct http_routes){api_desk_routes, api_desk_route_count, &node->api};
    o.refused = api_record_refusal;
    o.hooks_ctx = &node->api;
    TRY(open_server(node, &o, err));
    if (!node->options.listen) {
        return RESULT_OK;
    }
    TRY(listen_tls(node, false, err));
    if (config->desk_listen.host[0] != '\0') {
        TRY(listen_tls(node, true, err));
    }
    node->look = fresh_look_open(node->loop, node->watch);
    ENSURE(node->look != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    const struct ops_options ops = {config->ops_listen.host, config->ops_listen.port, fresh_look_take, node->look};
    return ops_open(&ops, &node->ops, err);
}

static void on_watch(uv_timer_t *timer)
{
    struct node *node = timer->data;
    watch_now(node->watch);
    api_write_refusals(&node->api, false);
    book_look(&node->api);
    regulation_look(&node->api);
    if (node->options.listen) {
        indexing_tick(node->api.indexing); /* before a round of checkpoints counts as somebody who waits */
        watching_tick(node->api.watching);
        covenant_exchange_tick(node->api.exchange);
        checkpoints_tick(node->api.checkpoints);
        outbox_tick(node->api.outbox);
    }
    if (node->options.listen && watch_dated(node->watch)) {
        retention_look(&node->api);
    }
    if (node->options.listen && watch_sound(node->watch)) {
        terms_look(&node->api);
        findings_look(&node->api);
        cooperation_look(&node->api);
        notices_tick(node->api.notices);
    }
}

static void on_match(uv_timer_t *timer)
{
    struct node *node = timer->data;
    sharing_tick(node->api.sharing);
    lookups_tick(node->api.lookups);
    signals_tick(node->api.signals);
}

static void failed_to_open(struct node *node, const struct error *why)
{
    node->ready(node->ready_ctx, why);
    node_close(node, NULL, NULL);
}

/* Who stands in whose sets, and which sets partners gave, is known: now the doors may open. */
static void lookups_known(void *ctx, const struct error *failed)
{
    struct node *node = ctx;
    struct error err;
    if (node->closing) {
        return; /* stopped while it started */
    }
    if (failed != NULL || listen_all(node, &err) != RESULT_OK) {
        failed_to_open(node, failed != NULL ? failed : &err);
        return;
    }
    retention_tell(&node->api);
    regulation_look(&node->api);
    watch_now(node->watch);
    (void)uv_timer_start(&node->timer, on_watch, WATCH_MS, WATCH_MS);
    if (node->options.listen) {
        (void)uv_timer_start(&node->match_timer, on_match, MATCH_STEP_MS, MATCH_STEP_MS);
    }
    node->ready(node->ready_ctx, NULL);
}

static void sharing_known(void *ctx, const struct error *failed)
{
    struct node *node = ctx;
    if (failed != NULL || node->closing) {
        lookups_known(node, failed);
    } else {
        lookups_start(node->api.lookups, lookups_known, node);
    }
}

static void blocks_known(void *ctx, const struct error *failed)
{
    struct node *node = ctx;
    if (failed != NULL || node->closing) {
        lookups_known(node, failed);
    } else {
        sharing_start(node->api.sharing, sharing_known, node);
    }
}

/* What the administrator handed in is kept and recorded, or could not be. */
static void covenant_kept(void *ctx)
{
    struct node *node = ctx;
    if (!node->closing) {
        blocks_open(&node->api, blocks_known, node);
    }
}

/* The log's keys and the time of its last record are known. */
static void clock_known(void *ctx, const struct error *failed)
{
    struct node *node = ctx;
    if (node->closing) {
        return;
    }
    if (failed != NULL) {
        failed_to_open(node, failed);
        return;
    }
    store_confirm(node->store); /* its keys and its last record are ours */
    book_flush(&node->api, covenant_kept, node);
}

static void keys_known(void *ctx, const struct error *failed)
{
    struct node *node = ctx;
    if (failed != NULL) {
        clock_known(node, failed);
    } else {
        api_clock_start(&node->api, clock_known, node);
    }
}

static enum result open_covenant(struct node *node, struct covenant_files *files, struct error *err)
{
    TRY(node_check_party(node, &node->config, files->covenant, err));
    TRY(open_state(node, err));
    TRY(book_load(&node->api, err));
    return node_take_covenant(node, files, err);
}

static enum result open_parts(struct node *node, struct error *err)
{
    struct covenant_files files;
    TRY(open_peers(node, err));
    TRY(covenant_files_load(&node->config, node->api.trust, clock_now(node->options.clock), &files, err));
    const enum result result = open_covenant(node, &files, err);
    covenant_files_free(&files);
    TRY(result);
    retention_set_terms(&node->api);
    return open_log(node, err);
}

enum result node_open(uv_loop_t *loop, const struct node_options *options,
                      void (*ready)(void *ctx, const struct error *err), void *ctx, struct node **out,
                      struct error *err)
{
    struct node *node = mem_zalloc(sizeof *node);
    ENSURE(node != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    node->options = *options;
    node->config = *options->config;
    node->options.config = &node->config;
    node->loop = loop;
    node->ready = ready;
    node->ready_ctx = ctx;
    node->api.clock = options->clock;
    node->api.entropy = options->entropy;
    node->api.log = options->log;
    node->api.loop = loop;
    node->api.own_months = (uint16_t)options->config->own_months;
    node->api.figures_least = options->config->figures_least;
    node->api.cooperating = options->config->cooperating;
    node->api.imports = import_runs_new();
    node->api.book = book_new();
    node->watch =
        watch_new(&(struct watch_options){&node->config, &node->api, &node->store, node->servers, &node->open_servers});
    node->api.describe = watch_describe;
    node->api.describe_ctx = node->watch;
    (void)uv_timer_init(loop, &node->timer);
    node->timer.data = node;
    (void)uv_timer_init(loop, &node->match_timer);
    node->match_timer.data = node;
    if (node->api.imports == NULL || node->api.book == NULL || node->watch == NULL) {
        (void)error_set(err, FAULT_NO_MEMORY, "", "geen geheugen");
    }
    if (node->api.imports == NULL || node->api.book == NULL || node->watch == NULL ||
        open_parts(node, err) != RESULT_OK) {
        node_close(node, NULL, NULL);
        return RESULT_FAILED;
    }
    *out = node;
    audit_start(node->api.audit, node->api.door, keys_known, node);
    return RESULT_OK;
}

/* ---- closing, in reverse ---- */

static void timer_closed(uv_handle_t *handle)
{
    struct node *node = handle->data;
    audit_close(node->api.audit);
    if (node->store != NULL) {
        store_close(node->store);
    }
    if (node->keyring != NULL) {
        keyring_close(node->keyring);
    }
    checkpoints_close(node->api.checkpoints);
    gossip_close(node->api.gossip);
    indexing_close(node->api.indexing);
    watching_close(node->api.watching);
    notices_close(node->api.notices);
    blocks_close(&node->api);
    signals_close(node->api.signals);
    lookups_close(node->api.lookups);
    sharing_close(node->api.sharing);
    tasks_close(node->api.tasks);
    households_close(node->api.households);
    cooperation_close(node->api.cooperation);
    outbox_close(node->api.outbox);
    log_identity_drop(&node->api.identity);
    covenant_exchange_close(node->api.exchange);
    book_free(node->api.book);
    trust_free(node->api.trust);
    import_runs_free(node->api.imports);
    watch_free(node->watch);
    void (*closed)(void *ctx) = node->closed;
    void *ctx = node->closed_ctx;
    mem_free(node);
    if (closed != NULL) {
        closed(ctx);
    }
}

static void match_timer_closed(uv_handle_t *handle)
{
    struct node *node = handle->data;
    uv_close((uv_handle_t *)&node->timer, timer_closed);
}

static void door_closed(void *ctx)
{
    struct node *node = ctx;
    receipt_desk_close(node->api.receipts); /* before the timers, so that it is gone when they are */
    uv_close((uv_handle_t *)&node->match_timer, match_timer_closed);
}

static void peers_closed(void *ctx)
{
    struct node *node = ctx;
    if (node->api.door != NULL) {
        store_detach(node->api.door, door_closed, node);
    } else {
        door_closed(node);
    }
}

/* Clients are gone; questions to partners may still be out, or files being read anew. Each question ends within the
 * partners' time. */
static void wait_for_calls(uv_timer_t *timer)
{
    struct node *node = timer->data;
    if (node->api.calls != 0 || node->reload != NULL) {
        return;
    }
    (void)uv_timer_stop(timer);
    if (node->api.peers != NULL) {
        peer_pool_close(node->api.peers, peers_closed, node);
    } else {
        peers_closed(node);
    }
}

static void server_closed(void *ctx)
{
    struct node *node = ctx;
    if (--node->open_servers == 0) {
        api_write_refusals(&node->api, true);
        (void)uv_timer_start(&node->timer, wait_for_calls, 0, QUIET_POLL_MS);
    }
}

void node_close(struct node *node, void (*closed)(void *ctx), void *ctx)
{
    if (node->closing) {
        return;
    }
    node->closing = true;
    node->api.closing = true;
    node->closed = closed;
    node->closed_ctx = ctx;
    if (node->watch != NULL) {
        watch_stopping(node->watch);
    }
    indexing_stop(node->api.indexing);
    watching_stop(node->api.watching);
    notices_stop(node->api.notices);
    sharing_stop(node->api.sharing);
    signals_stop(node->api.signals);
    lookups_stop(node->api.lookups);
    (void)uv_timer_stop(&node->match_timer);
    (void)uv_timer_stop(&node->timer);
    fresh_look_stop(node->look);
    ops_close(node->ops);
    node->ops = NULL;
    fresh_look_close(node->look);
    node->look = NULL;
    const size_t servers = node->open_servers++;
    for (size_t i = 0; i < servers; i++) {
        http_server_close(node->servers[i], server_closed, node);
    }
    server_closed(node);
}
