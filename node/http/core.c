#include "http/core.h"

#include <stdio.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "http/request.h"
#include "http/session.h"

struct http_times http_default_times(void)
{
    return (struct http_times){
        .handshake = HTTP_HANDSHAKE_MS,
        .idle = HTTP_IDLE_MS,
        .headers = HTTP_HEADERS_MS,
        .body = HTTP_BODY_MS,
        .write = HTTP_WRITE_MS,
        .drain = HTTP_DRAIN_MS,
    };
}

enum { FRAME_HEAD = 9 }; /* bytes (RFC 9113, 4.1) */

static enum result make_tables(struct http_core *core, struct error *err)
{
    ENSURE(nghttp2_session_callbacks_new(&core->callbacks) == 0 && nghttp2_option_new(&core->settings) == 0, err,
           FAULT_NO_MEMORY, "http", "geen geheugen voor de luisteraar");
    session_set_callbacks(core->callbacks);
    nghttp2_option_set_no_auto_window_update(core->settings, 1);
    nghttp2_option_set_no_closed_streams(core->settings, 1);
    nghttp2_option_set_max_outbound_ack(core->settings, HTTP_ACKS_MAX);
    nghttp2_option_set_max_settings(core->settings, HTTP_SETTINGS_MAX);
    /* nghttp2 counts each piece in which the head of a CONTINUATION arrives; session_rules.c counts frames. */
    nghttp2_option_set_max_continuations(core->settings, (size_t)HTTP_CONTINUATIONS_MAX * (FRAME_HEAD + 1));
    return RESULT_OK;
}

static enum result fill(struct http_core *core, struct error *err)
{
    core->times = mem_zalloc((core->options.routes.count + 1) * sizeof *core->times);
    ENSURE(core->times != NULL, err, FAULT_NO_MEMORY, "http", "geen geheugen voor de luisteraar");
    TRY(router_new(&core->options.routes, &core->router, err));
    TRY(make_tables(core, err));
    TRY(quotas_open(&core->peers, err));
    TRY(quotas_open(&core->sources, err));
    core_set_date(core);
    return RESULT_OK;
}

enum result core_new(const struct http_server_options *options, struct http_core **out, struct error *err)
{
    struct http_core *core = mem_zalloc(sizeof *core);
    ENSURE(core != NULL, err, FAULT_NO_MEMORY, "http", "geen geheugen voor de luisteraar");
    core->options = *options;
    if (fill(core, err) != RESULT_OK) {
        core_free(core);
        return RESULT_FAILED;
    }
    *out = core;
    return RESULT_OK;
}

void core_free(struct http_core *core)
{
    if (core == NULL) {
        return;
    }
    request_pool_shrink(core, 0);
    quotas_close(&core->peers);
    quotas_close(&core->sources);
    router_free(core->router);
    mem_free(core->times);
    nghttp2_session_callbacks_del(core->callbacks);
    nghttp2_option_del(core->settings);
    mem_free(core);
}

void core_rest(struct http_core *core)
{
    if (core->under_way == 0 && core->pooled_count > HTTP_POOLED_AT_REST &&
        core->now - core->pooled_at > HTTP_REST_MS) {
        request_pool_shrink(core, HTTP_POOLED_AT_REST);
        mem_trim();
    }
}

void core_tell_refused(const struct http_core *core, const struct cert_identity *peer, const char *path,
                       const struct error *err)
{
    if (core->options.refused != NULL) {
        core->options.refused(core->options.hooks_ctx, peer, path, err);
    }
}

void core_set_now(struct http_core *core, uint64_t now_ms)
{
    core->now = now_ms;
}

void core_set_date(struct http_core *core)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (core->options.clock == NULL) {
        return;
    }
    const int64_t now_s = clock_now(core->options.clock) / 1000;
    if (now_s == core->date_s && core->date[0] != '\0') {
        return;
    }
    const time_t when = (time_t)now_s;
    struct tm utc;
    if (gmtime_r(&when, &utc) == NULL) {
        return;
    }
    core->date_s = now_s;
    /* IMF-fixdate (RFC 9110, 5.6.7); strftime would follow the locale. */
    (void)snprintf(core->date, sizeof core->date, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[utc.tm_wday % 7],
                   utc.tm_mday, months[utc.tm_mon % 12], (utc.tm_year + 1900) % 10000, utc.tm_hour, utc.tm_min,
                   utc.tm_sec);
}
