/* SIGHUP: configuration, certificates, revocation lists and covenant anew. A covenant may be megabytes, and a disk slow:
 * all files are read on a thread of libuv's pool, while the loop goes on answering; what they hold is handed out on the
 * loop, in one turn. */
#include <string.h>

#include "api/book.h"
#include "api/watching.h"
#include "base/mem.h"
#include "cmd/node_parts.h"

struct reload {
    uv_work_t work;
    struct node *node;
    struct config before, config;
    struct trust *peers, *desk;
    struct covenant_files files;
    struct error err;
    enum result result;
};

static enum result read_all(struct reload *r)
{
    TRY(config_read(r->before.file, &r->config, &r->err));
    TRY(config_may_become(&r->before, &r->config, &r->err));
    TRY(node_load_trust(&r->config, false, &r->peers, &r->err));
    TRY(node_load_trust(&r->config, true, &r->desk, &r->err));
    return covenant_files_load(&r->config, r->peers, clock_now(r->node->options.clock), &r->files, &r->err);
}

static void on_pool(uv_work_t *work)
{
    struct reload *r = work->data;
    r->result = read_all(r);
}

static void set_bounds(struct node *node, const struct config *config)
{
    const struct http_times times = node_times(config);
    for (size_t i = 0; i < node->open_servers; i++) {
        http_server_set_bounds(node->servers[i], &times, (uint32_t)config->connections);
    }
    watching_set_limits(node->api.watching, &config->watch);
    peer_pool_set_times(node->api.peers, (uint32_t)config->peer_connect_ms, (uint32_t)config->peer_total_ms);
    node->api.figures_least = config->figures_least;
    node->api.cooperating = config->cooperating;
    node_set_notices(node, config);
}

static void kept(void *ctx)
{
    (void)ctx; /* what could not be kept is tried again at the next reload */
}

/* With everything read and checked. The covenant before the servers, whose connections are held against it. */
static enum result hand_out(struct node *node, struct reload *r)
{
    ENSURE(oin_equal(&trust_own_identity(r->peers)->oin, &node->api.own_oin), &r->err, FAULT_CONFIG,
           r->config.certificate, "dit certificaat heeft een ander OIN dan dat waarmee het knooppunt startte");
    TRY(node_check_party(node, &r->config, r->files.covenant, &r->err));
    TRY(node_check_own_log(node, &r->config, r->files.covenant, &r->err));
    TRY(peer_pool_reload(node->api.peers, r->peers, &r->err));
    TRY(node_take_covenant(node, &r->files, &r->err));
    trust_free(node->api.trust);
    node->api.trust = trust_share(r->peers); /* NULL: no signature is taken until the next time */
    book_flush(&node->api, kept, node);
    watch_trust(node->watch, r->peers, r->desk);
    for (size_t i = 1; i < node->open_servers; i++) {
        const bool is_desk = i == 2;
        TRY(http_server_reload(node->servers[i], is_desk ? r->desk : r->peers, is_desk ? NULL : api_keep_peer,
                               &node->api, &r->err));
    }
    set_bounds(node, &r->config);
    node->config = r->config;
    return RESULT_OK;
}

static void tell(const struct node *node, const struct reload *r)
{
    const struct log_sink *log = node->options.log;
    if (r->result != RESULT_OK) {
        log_error(log, LOG_ERROR, "herladen-mislukt-oude-gegevens-blijven", &r->err);
        return;
    }
    for (size_t i = 0; config_key_name(i) != NULL; i++) {
        struct config_change change;
        if (config_change(&r->before, &r->config, i, &change)) {
            log_event(log, LOG_INFO, "instelling-gewijzigd", LOG_TEXT("sleutel", change.key),
                      LOG_TEXT("was", change.before), LOG_TEXT("wordt", change.after));
        }
    }
    log_event(log, LOG_INFO, "herladen", LOG_TEXT("convenant", covenant_version(node->api.covenant->covenant)));
}

static void reload_free(struct reload *r)
{
    trust_free(r->peers);
    trust_free(r->desk);
    covenant_files_free(&r->files);
    mem_free(r);
}

static void back_on_loop(uv_work_t *work, int status)
{
    (void)status; /* nobody cancels it */
    struct reload *r = work->data;
    struct node *node = r->node;
    node->reload = NULL;
    if (!node->closing) {
        r->result = r->result == RESULT_OK ? hand_out(node, r) : r->result;
        tell(node, r);
        if (node->reload_again) {
            node_reload(node);
        }
    }
    reload_free(r);
}

void node_reload(struct node *node)
{
    node->reload_again = node->reload != NULL;
    if (node->reload != NULL || node->closing) {
        return;
    }
    struct reload *r = mem_zalloc(sizeof *r);
    if (r == NULL) {
        struct error err;
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        log_error(node->options.log, LOG_ERROR, "herladen-mislukt-oude-gegevens-blijven", &err);
        return;
    }
    r->node = node;
    r->before = node->config;
    r->work.data = r;
    node->reload = r;
    (void)uv_queue_work(node->loop, &r->work, on_pool, back_on_loop); /* fails only without a function */
}
