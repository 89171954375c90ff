/* One question: asked, tried, tried again, ended, told. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "peer/peer_parts.h"

static void on_call_timer(uv_timer_t *timer);

static void set_timer(struct peer_call *call, int64_t delay_ms)
{
    (void)uv_timer_start(&call->timer, on_call_timer, delay_ms > 0 ? (uint64_t)delay_ms : 0, 0);
}

static int64_t elapsed_ms(const struct peer_call *call)
{
    return peer_now_ms() - call->started_ms;
}

static int64_t left_ms(const struct peer_call *call)
{
    const uint32_t total_ms = call->pool->options.total_ms;
    const bool sooner = call->within_ms != 0 && call->within_ms < total_ms;
    return (int64_t)(sooner ? call->within_ms : total_ms) - elapsed_ms(call);
}

static enum circuit_result circuit_result_of(enum peer_outcome_kind kind)
{
    switch (kind) {
    case PEER_ANSWERED:
        return CIRCUIT_ANSWERED;
    case PEER_CANCELLED:
    case PEER_CIRCUIT_OPEN:
        return CIRCUIT_NEITHER;
    default:
        return CIRCUIT_FAILED;
    }
}

static void log_end(const struct peer_call *call, const char *event)
{
    log_event(call->pool->options.log, LOG_WARNING, event, LOG_TEXT("oin", call->oin.digits),
              LOG_TEXT("adres", call->authority), LOG_TEXT("uitkomst", peer_outcome_slug(call->outcome.kind)),
              LOG_TEXT("verzoek", ident_text(&call->request_id).text), LOG_NUMBER("pogingen", call->outcome.tries),
              LOG_NUMBER("ms", call->outcome.elapsed_ms));
}

static void note_circuit(struct peer_call *call)
{
    const struct peer_options *options = &call->pool->options;
    const struct circuit_limits limits = {options->circuit_failures, options->circuit_ms};
    if (circuit_result_of(call->outcome.kind) == CIRCUIT_ANSWERED) {
        call->line->answered = true;
        call->line->answered_ms = peer_now_ms();
    }
    if (call->background && circuit_result_of(call->outcome.kind) == CIRCUIT_FAILED) {
        return;
    }
    if (call->pass != CIRCUIT_REFUSED &&
        circuit_note(&call->line->circuit, &limits, call->pass, circuit_result_of(call->outcome.kind), peer_now_ms())) {
        log_end(call, "ketenpartner-overgeslagen");
    }
}

/* The outcome is known; the loop tells it. */
static void end_call(struct peer_call *call, enum peer_outcome_kind kind)
{
    call->outcome.kind = kind;
    call->outcome.elapsed_ms = elapsed_ms(call);
    if (kind != PEER_ANSWERED) {
        call->outcome.status = 0;
        call->outcome.media_type = "";
        call->outcome.body = slice_of(NULL, 0);
    }
    if (circuit_result_of(kind) == CIRCUIT_FAILED) {
        log_end(call, "ketenpartner-zonder-antwoord");
    }
    if (call->state != CALL_ENDED) { /* else an answer that a cancel overtakes: it was noted */
        note_circuit(call);
        if (call->line->tally != NULL) {
            call->line->tally->outcomes[kind]++;
        }
        peer_engine_detach(call);
    }
    call->state = CALL_ENDED;
    set_timer(call, 0);
}

void peer_call_fail(struct peer_call *call, enum peer_outcome_kind kind)
{
    if (call->state == CALL_TRYING) {
        peer_engine_stop(call);
    }
    end_call(call, kind);
}

/* A reload may have put another engine in place since the last try. */
static bool move_to_current(struct peer_call *call)
{
    if (call->engine == call->pool->current && !call->engine->broken) {
        return true;
    }
    struct peer_engine *before = call->engine;
    struct peer_line *line = call->line;
    if (peer_engine_attach(call, NULL) != RESULT_OK) {
        return false; /* still holds on to the old one */
    }
    struct peer_engine *now = call->engine;
    struct peer_line *now_line = call->line;
    call->engine = before;
    call->line = line;
    peer_engine_detach(call);
    call->engine = now;
    call->line = now_line;
    call->pass = CIRCUIT_FREE; /* a trial of the old engine's circuit says nothing about the new one's */
    return true;
}

static void try_now(struct peer_call *call)
{
    if (!move_to_current(call)) {
        end_call(call, PEER_DOWN);
        return;
    }
    peer_attempt_begin(call);
    call->outcome.tries++;
    if (!peer_engine_start(call)) {
        end_call(call, PEER_DOWN);
        return;
    }
    call->state = CALL_TRYING;
    set_timer(call, left_ms(call));
}

/* Doubled for each try, half of it by chance, so that partners which failed together are not asked together. The
 * request id is random and serves as the dice. */
static int64_t rest_ms(const struct peer_call *call)
{
    const unsigned turn = (unsigned)call->outcome.tries;
    const int64_t full = (int64_t)call->pool->options.retry_ms << (turn < 8 ? turn - 1 : 7);
    return full / 2 + full / 2 * call->request_id.bytes[turn % IDENT_SIZE] / 255;
}

/* A partner that answered every question until now, or one a moment ago, and is not there may be restarting: nothing was
 * sent, so it is tried until that can have been done. Once it failed, nobody waits for it any more. */
static bool may_be_restarting(const struct peer_call *call, const struct peer_verdict *verdict)
{
    return verdict->not_served && call->patient && elapsed_ms(call) < PEER_RESTART_MS;
}

void peer_call_tried(struct peer_call *call, CURLcode code)
{
    const struct peer_verdict verdict = peer_attempt_verdict(call, code);
    peer_engine_stop(call);
    int64_t rest = rest_ms(call);
    bool again = verdict.again && (uint32_t)call->outcome.tries < call->pool->options.tries;
    if (may_be_restarting(call, &verdict)) {
        again = true;
        rest = rest < PEER_RESTART_REST_MS ? rest : PEER_RESTART_REST_MS;
    }
    again = again && rest < left_ms(call) && !call->pool->closing;
    call->state = CALL_RESTING;
    if (again) {
        set_timer(call, rest);
    } else {
        end_call(call, verdict.kind);
    }
}

static void call_free(struct peer_call *call)
{
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    buf_wipe(&call->body);
    buf_wipe(&call->answer);
    mem_free(call);
}

static void call_closed(uv_handle_t *handle)
{
    struct peer_call *call = handle->data;
    struct peer_pool *pool = call->pool;
    if (call->previous != NULL) {
        call->previous->next = call->next;
    } else {
        pool->calls = call->next;
    }
    if (call->next != NULL) {
        call->next->previous = call->previous;
    }
    call_free(call);
    pool->call_count--;
    peer_pool_settle(pool);
}

static void on_call_timer(uv_timer_t *timer)
{
    struct peer_call *call = timer->data;
    switch (call->state) {
    case CALL_TRYING:
        peer_call_fail(call, PEER_TIMED_OUT);
        break;
    case CALL_RESTING:
        try_now(call);
        break;
    case CALL_ENDED:
        call->state = CALL_TOLD;
        call->done(call->ctx, &call->outcome);
        uv_close((uv_handle_t *)timer, call_closed);
        break;
    case CALL_TOLD:
        break;
    }
}

void peer_cancel(struct peer_call *call)
{
    if (call->state != CALL_TOLD) {
        peer_call_fail(call, PEER_CANCELLED);
    }
}

/* Visible ASCII: what goes into a request line or a header holds no space, line end or control character. */
static bool visible(const char *text, bool spaces)
{
    for (; *text != '\0'; text++) {
        if ((*text < 0x21 || *text > 0x7e) && !(spaces && *text == ' ')) {
            return false;
        }
    }
    return true;
}

static enum result check_request(const struct peer_pool *pool, const struct peer_request *request, struct error *err)
{
    ENSURE(!pool->closing && pool->call_count < PEER_CALLS_MAX, err, FAULT_BUSY, "ketenpartners",
           "er zijn te veel vragen onderweg");
    ENSURE(oin_is_set(&request->target.oin), err, FAULT_INVALID, "oin", "ontbreekt");
    const size_t path_len = request->path != NULL ? strlen(request->path) : 0;
    ENSURE(path_len >= 1 && path_len < PEER_PATH_MAX && request->path[0] == '/' && visible(request->path, false) &&
               strchr(request->path, '#') == NULL,
           err, FAULT_INVALID, "pad", "begint niet met /, is te lang of bevat vreemde tekens");
    ENSURE(request->media_type != NULL || request->body.len == 0, err, FAULT_INVALID, "mediatype",
           "ontbreekt bij een inhoud");
    ENSURE(request->media_type == NULL || (request->media_type[0] != '\0' && visible(request->media_type, true) &&
                                           strlen(request->media_type) < PEER_MEDIA_TYPE_MAX),
           err, FAULT_INVALID, "mediatype", "is leeg, te lang of bevat vreemde tekens");
    ENSURE(request->body.len <= PEER_QUESTION_MAX, err, FAULT_TOO_LARGE, "inhoud", "meer dan %d bytes",
           PEER_QUESTION_MAX);
    return RESULT_OK;
}

static enum result fill_call(struct peer_call *call, const struct peer_request *request, struct error *err)
{
    TRY(peer_authority(request->target.url, call->authority, err));
    call->oin = request->target.oin;
    call->request_id = request->request_id;
    call->outcome.media_type = "";
    call->started_ms = peer_now_ms();
    call->within_ms = request->within_ms;
    call->background = request->background;
    (void)snprintf(call->url, sizeof call->url, "https://%s%s", call->authority, request->path);
    buf_init(&call->answer, call->pool->options.answer_max);
    buf_init(&call->body, PEER_QUESTION_MAX);
    buf_slice_in(&call->body, request->body);
    TRY(buf_result(&call->body, "inhoud", err));
    TRY(peer_attempt_prepare(call, request, err));
    return peer_engine_attach(call, err);
}

static void enlist(struct peer_call *call)
{
    struct peer_pool *pool = call->pool;
    (void)uv_timer_init(pool->loop, &call->timer);
    uv_update_time(pool->loop); /* else a loop that was busy counts its own work against the deadline */
    call->timer.data = call;
    call->next = pool->calls;
    if (pool->calls != NULL) {
        pool->calls->previous = call;
    }
    pool->calls = call;
    pool->call_count++;
}

enum result peer_ask(struct peer_pool *pool, const struct peer_request *request, peer_done *done, void *ctx,
                     struct peer_call **out, struct error *err)
{
    TRY(check_request(pool, request, err));
    struct peer_call *call = mem_zalloc(sizeof *call);
    ENSURE(call != NULL, err, FAULT_NO_MEMORY, "ketenpartners", "geen geheugen voor de vraag");
    call->pool = pool;
    call->done = done;
    call->ctx = ctx;
    call->state = CALL_RESTING;
    if (fill_call(call, request, err) != RESULT_OK) {
        call_free(call);
        return RESULT_FAILED;
    }
    enlist(call);
    const struct peer_line *line = call->line;
    call->patient =
        line->answered && (line->circuit.failures == 0 || call->started_ms - line->answered_ms < PEER_FRESH_MS);
    const struct circuit_limits limits = {pool->options.circuit_failures, pool->options.circuit_ms};
    call->pass = call->background ? CIRCUIT_FREE : circuit_admit(&call->line->circuit, &limits, call->started_ms);
    if (call->pass == CIRCUIT_REFUSED) {
        end_call(call, PEER_CIRCUIT_OPEN);
    } else {
        try_now(call);
    }
    if (out != NULL) {
        *out = call;
    }
    return RESULT_OK;
}
