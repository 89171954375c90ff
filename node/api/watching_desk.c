/* GET /v1/bewaking: what is watched for and how far; POST /v1/bewaking/rondes: the same, once all that is there was. */
#include <uv.h>

#include "api/watching_parts.h"
#include "base/mem.h"

#define ROUND_NS UINT64_C(10000000000) /* so long an answer waits; then it says how far it came */

struct watching_round {
    struct call call;
    uint64_t until; /* size of the log when it was asked */
    uint64_t began_ns;
    struct watching_round *next;
};

static void write_rule(struct json_writer *w, const struct watching *watching, const struct watch_rule *rule)
{
    const struct watch_limits *limits = &watching->limits;
    json_begin_object(w, NULL);
    json_put_text(w, "regel", rule->word);
    json_put_bool(w, "aan", watch_rule_on(limits, rule));
    json_begin_object(w, "grenzen");
    for (size_t i = 0; i < rule->key_count; i++) {
        json_put_int(w, watch_limit_key(rule->keys[i]), limits->value[rule->keys[i]]);
    }
    json_end_object(w);
    json_put_int(w, "uitgezonderd",
                 watching->core != NULL ? (int64_t)log_watch_excepted(watching->core, rule->rule) : 0);
    json_end_object(w);
}

static void take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct watching *watching = ctx;
    watching->size = err == NULL ? tree->size : watching->size;
}

static void answer(struct call *call)
{
    struct watching *watching = call->api->watching;
    struct json_writer w = json_writer(&call->body);
    store_log_head(call->api->door, take_size, watching);
    const int64_t since = watching->core != NULL ? log_watch_since(watching->core) : INT64_MAX;
    json_begin_object(&w, NULL);
    json_put_int(&w, "bekeken", (int64_t)watching->cursor);
    json_put_int(&w, "omvang", (int64_t)watching->size);
    json_put_bool(&w, "bij", watching->cursor >= watching->size);
    if (since != INT64_MAX) {
        json_put_text(&w, "kijktTerugTot", moment_text(since).text);
    }
    json_put_int(&w, "vensterDagen", watching->limits.value[WATCH_WINDOW_DAYS]);
    json_put_int(&w, "openBevindingen", (int64_t)call->api->findings.open);
    json_put_int(&w, "nietBewaard", (int64_t)call->api->findings.not_kept);
    json_begin_array(&w, "regels");
    for (size_t i = 0; i < watch_rule_count; i++) {
        write_rule(&w, watching, &watch_rules[i]);
    }
    json_end_array(&w);
    json_end_object(&w);
    call_answer(call, 200);
}

void watching_show(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof *call);
    if (call != NULL) {
        call_require(call, MAY_READ_LOG, answer);
    }
}

/* ---- rounds ---- */

bool watching_hurries(const struct watching *w)
{
    return w->rounds != NULL;
}

/* What is under way is not durable yet: the cursor says what is. */
static bool is_over(const struct watching *w, const struct watching_round *round)
{
    return w->stopped || (w->cursor >= round->until && w->head) || uv_hrtime() - round->began_ns > ROUND_NS;
}

void watching_tell_rounds(struct watching *w, bool all)
{
    struct watching_round **at = &w->rounds;
    while (*at != NULL) {
        struct watching_round *round = *at;
        if (all || is_over(w, round)) {
            *at = round->next;
            answer(&round->call);
        } else {
            at = &round->next;
        }
    }
}

static void wait_for_it(struct call *call)
{
    struct watching *watching = call->api->watching;
    struct watching_round *round = (struct watching_round *)call;
    struct fault_list faults = {0};
    json_free(call_json(call, NULL, 0, &faults));
    if (faults.count != 0) {
        call_fail_faults(call, &faults);
        return;
    }
    store_log_head(call->api->door, take_size, watching);
    round->until = watching->size;
    round->began_ns = uv_hrtime();
    round->next = watching->rounds;
    watching->rounds = round;
    watching->head = false;
    watching_tick(watching);
}

void watching_round(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct watching_round));
    if (call != NULL) {
        call_require(call, MAY_READ_LOG, wait_for_it);
    }
}
