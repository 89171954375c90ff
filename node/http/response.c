/* Answers: header fields, bodies from memory, bodies that stream, problem+json. */
#include <string.h>

#include "base/json.h"
#include "http/request.h"
#include "http/session.h"

enum { NUMBER_TEXT_MAX = 20, OWN_FIELDS = 5 }; /* :status, date, content-type, content-length, retry-after */

struct fields {
    nghttp2_nv rows[OWN_FIELDS + HTTP_SERVER_HEADERS + HTTP_ANSWER_HEADERS];
    size_t count;
    bool failed;
};

/* nghttp2 borrows names and values: constants, the core's, or the request's arena, which all outlive the frame. */
static void add_field(struct fields *fields, const char *name, struct slice value)
{
    if (value.ptr == NULL || fields->count == COUNT_OF(fields->rows)) {
        fields->failed = true;
        return;
    }
    fields->rows[fields->count++] = (nghttp2_nv){
        .name = (uint8_t *)name,
        .value = (uint8_t *)value.ptr,
        .namelen = strlen(name),
        .valuelen = value.len,
        .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE,
    };
}

static struct slice number_text(struct arena *arena, size_t number)
{
    uint8_t digits[NUMBER_TEXT_MAX];
    size_t at = sizeof digits;
    do {
        digits[--at] = (uint8_t)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    return arena_copy(arena, slice_of(digits + at, sizeof digits - at));
}

static void add_own_fields(struct fields *fields, struct http_request *request, int status, const char *media_type)
{
    const struct http_core *core = request->session->core;
    struct http_server_stats *stats = &request->session->core->stats;
    *(status < 400 ? &stats->answers_2xx : status < 500 ? &stats->answers_4xx : &stats->answers_5xx) += 1;
    stats->shed += status == 503;
    add_field(fields, ":status", number_text(&request->arena, status >= 200 && status <= 599 ? (size_t)status : 500));
    if (core->date[0] != '\0') {
        add_field(fields, "date", slice_text(core->date));
    }
    if (media_type != NULL) {
        add_field(fields, "content-type", arena_copy(&request->arena, slice_text(media_type)));
    }
    if (status == 503) {
        add_field(fields, "retry-after", number_text(&request->arena, HTTP_RETRY_AFTER_S));
    }
    for (size_t i = 0; i < HTTP_SERVER_HEADERS && core->options.server_headers[i][0] != NULL; i++) {
        add_field(fields, core->options.server_headers[i][0], slice_text(core->options.server_headers[i][1]));
    }
}

static void add_extra_fields(struct fields *fields, struct http_request *request, const struct http_header *headers,
                             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct slice name = arena_copy(&request->arena, slice_text(headers[i].name));
        if (name.ptr == NULL) {
            fields->failed = true;
            return;
        }
        add_field(fields, (const char *)name.ptr, arena_copy(&request->arena, slice_text(headers[i].value)));
    }
}

static ssize_t send_copied(struct http_request *request, uint8_t *out, size_t room, uint32_t *flags)
{
    const size_t left = request->answer.len - request->answer_sent;
    const size_t len = left < room ? left : room;
    memcpy(out, request->answer.ptr + request->answer_sent, len);
    request->answer_sent += len;
    if (len == left) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t)len;
}

static ssize_t send_pulled(struct http_request *request, uint8_t *out, size_t room, uint32_t *flags)
{
    if (request->waiting) {
        link_remove(&request->answer_link);
        return NGHTTP2_ERR_DEFERRED;
    }
    /* The handler writes straight into nghttp2's frame: a buffer whose memory and ceiling are the frame's. */
    struct buf piece;
    buf_init(&piece, room);
    piece.ptr = out;
    piece.capacity = room;
    const enum http_pull said = request->pull(request->pull_ctx, &piece, room);
    if (said == HTTP_BROKEN || said == HTTP_END) {
        request->gone = NULL;
        request_discard_body(request);
    }
    if (said == HTTP_BROKEN || !buf_ok(&piece)) {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    if (said == HTTP_END) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        return (ssize_t)piece.len;
    }
    request->waiting = said == HTTP_WAIT || piece.len == 0;
    if (piece.len == 0) {
        link_remove(&request->answer_link);
        return NGHTTP2_ERR_DEFERRED;
    }
    return (ssize_t)piece.len;
}

/* A client that gives its window byte by byte does not get an answer's time anew with each of them. */
static void note_progress(struct http_request *request, size_t len)
{
    request->answer_moved += len;
    if (request->answer_moved >= HTTP_WRITE_LEAST) {
        request->answer_moved = 0;
        request->answer_since = request->session->core->now;
        link_append(&request->session->answers, &request->answer_link);
    }
}

static ssize_t on_read(nghttp2_session *h2, int32_t stream_id, uint8_t *out, size_t room, uint32_t *flags,
                       nghttp2_data_source *source, void *user_data)
{
    (void)h2;
    (void)stream_id;
    (void)user_data;
    struct http_request *request = source->ptr;
    const ssize_t len =
        request->pull != NULL ? send_pulled(request, out, room, flags) : send_copied(request, out, room, flags);
    if (len > 0) {
        note_progress(request, (size_t)len);
    }
    return len;
}

static void note_time(const struct http_request *request)
{
    const struct http_core *core = request->session->core;
    const size_t index =
        request->route != NULL ? (size_t)(request->route - core->options.routes.rows) : core->options.routes.count;
    histogram_add(&core->times[index], request->began_us != 0 ? monotonic_us() - request->began_us : 0);
}

/* From here the request is the server's again, save for pull. */
static void submit(struct http_request *request, const struct fields *fields, bool with_body)
{
    struct session *session = request->session;
    request->answered = true;
    note_time(request);
    request->answer_since = session->core->now;
    link_append(&session->answers, &request->answer_link);
    const nghttp2_data_provider provider = {.source = {.ptr = request}, .read_callback = on_read};
    if (fields->failed || session->broken ||
        nghttp2_submit_response(session->h2, request->stream_id, fields->rows, fields->count,
                                with_body ? &provider : NULL) != 0) {
        session_reset_stream(session, request->stream_id, NGHTTP2_INTERNAL_ERROR);
    }
    session_wake(session);
}

static bool may_have_body(const struct http_request *request, int status)
{
    return !request->is_head && status != 204 && status != 304;
}

void http_answer_with(struct http_request *request, int status, const char *media_type, struct slice body,
                      const struct http_header *headers, size_t count)
{
    if (request->answered) {
        return;
    }
    request->gone = NULL;
    request_discard_body(request);
    struct fields fields;
    fields.count = 0;
    fields.failed = false;
    add_own_fields(&fields, request, status, media_type);
    if (status != 204 && status != 304) {
        add_field(&fields, "content-length", number_text(&request->arena, body.len));
    }
    add_extra_fields(&fields, request, headers, count);
    const bool with_body = body.len != 0 && may_have_body(request, status);
    if (with_body) {
        request->answer = arena_copy(&request->arena, body);
        fields.failed = fields.failed || request->answer.ptr == NULL;
    }
    submit(request, &fields, with_body);
}

void http_answer(struct http_request *request, int status, const char *media_type, struct slice body)
{
    http_answer_with(request, status, media_type, body, NULL, 0);
}

static void answer_problem(struct http_request *request, const struct fault_list *faults, const char *allow)
{
    const struct http_header extra = {"allow", allow};
    const int known = fault_status(faults->count != 0 ? faults->items[0].fault : FAULT_INTERNAL);
    const int status = known >= 400 ? known : 500;
    struct buf body;
    buf_init(&body, HTTP_PROBLEM_BYTES);
    json_problem(&body, faults);
    /* Without memory for the text, the status still says what is needed. */
    http_answer_with(request, status, buf_ok(&body) ? "application/problem+json" : NULL,
                     buf_ok(&body) ? buf_slice(&body) : slice_of(NULL, 0), &extra, allow != NULL ? 1 : 0);
    buf_free(&body);
}

static void answer_one(struct http_request *request, const struct error *err, const char *allow)
{
    struct fault_list faults = {.count = 1};
    faults.items[0] = *err;
    answer_problem(request, &faults, allow);
}

void http_answer_faults(struct http_request *request, const struct fault_list *faults)
{
    answer_problem(request, faults, NULL);
}

void http_answer_error(struct http_request *request, const struct error *err)
{
    answer_one(request, err, NULL);
}

void response_refuse(struct http_request *request, const struct error *err, const char *allow)
{
    answer_one(request, err, allow);
}

void http_answer_stream_with(struct http_request *request, int status, const char *media_type,
                             const struct http_header *headers, size_t count,
                             enum http_pull (*pull)(void *ctx, struct buf *out, size_t room), void *ctx)
{
    if (request->answered) {
        return;
    }
    struct fields fields;
    fields.count = 0;
    fields.failed = false;
    add_own_fields(&fields, request, status, media_type);
    add_extra_fields(&fields, request, headers, count);
    request->pull = pull;
    request->pull_ctx = ctx;
    submit(request, &fields, true);
}

void http_answer_stream(struct http_request *request, int status, const char *media_type,
                        enum http_pull (*pull)(void *ctx, struct buf *out, size_t room), void *ctx)
{
    http_answer_stream_with(request, status, media_type, NULL, 0, pull, ctx);
}

void http_resume(struct http_request *request)
{
    if (!request->waiting) {
        return;
    }
    request->waiting = false;
    request->answer_since = request->session->core->now;
    link_append(&request->session->answers, &request->answer_link);
    session_resume(request->session, request->stream_id);
}
