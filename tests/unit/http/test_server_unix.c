/* The listener end to end on a Unix socket: real loop, real sockets. */
#include "wire.h"

#include <ftw.h>

struct site {
    uv_loop_t loop;
    char folder[64];
    char path[96];
    struct http_server_options options;
    struct http_server *server;
    unsigned calls;
    unsigned gone;
    uint32_t uid;
    struct http_request *held;
    size_t sent;
    size_t total;
    unsigned log_lines;
};

static void answer_now(struct http_request *request, void *ctx)
{
    struct site *site = ctx;
    site->calls++;
    site->uid = http_request_uid(request);
    assert_null(http_request_peer(request));
    http_answer(request, 200, "text/plain", slice_text("dag"));
}

static void on_gone(void *ctx)
{
    ((struct site *)ctx)->gone++;
}

static void answer_later(struct http_request *request, void *ctx)
{
    struct site *site = ctx;
    site->held = request;
    http_request_on_gone(request, on_gone, site);
}

static enum http_pull pull(void *ctx, struct buf *out, size_t room)
{
    struct site *site = ctx;
    const size_t left = site->total - site->sent;
    const size_t len = left < room ? left : room;
    buf_fill(out, 'x', len);
    site->sent += len;
    return site->sent == site->total ? HTTP_END : HTTP_MORE;
}

static void answer_stream(struct http_request *request, void *ctx)
{
    struct site *site = ctx;
    http_answer_stream(request, 200, NULL, pull, site);
    http_request_on_gone(request, on_gone, site);
}

static const struct http_route rows[] = {
    {HTTP_GET, "/nu", answer_now, 0, NULL, false},
    {HTTP_GET, "/later", answer_later, 0, NULL, false},
    {HTTP_GET, "/stroom", answer_stream, 0, NULL, false},
    {HTTP_POST, "/nu", answer_now, 1000, NULL, false},
};

static void count_line(void *ctx, const char *line, size_t len)
{
    struct site *site = ctx;
    assert_true(len > 2 && line[len - 1] == '\n');
    site->log_lines++;
}

static int64_t any_time(void *ctx)
{
    (void)ctx;
    return INT64_C(1700000000000);
}

static const struct clock fixed_clock = {any_time, NULL};

static int site_open(void **state)
{
    struct site *site = calloc(1, sizeof *site);
    assert_non_null(site);
    (void)snprintf(site->folder, sizeof site->folder, "/tmp/ketenbrug-http-XXXXXX");
    assert_non_null(mkdtemp(site->folder));
    (void)snprintf(site->path, sizeof site->path, "%s/desk.socket", site->folder);
    assert_int_equal(uv_loop_init(&site->loop), 0);
    site->options = (struct http_server_options){
        .kind = HTTP_UNIX,
        .address = site->path,
        .routes = {rows, COUNT_OF(rows), site},
        .times = http_default_times(),
        .allowed_uid = (uint32_t)geteuid(),
    };
    *state = site;
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *at)
{
    (void)info;
    (void)kind;
    (void)at;
    return remove(path);
}

static int site_close(void **state)
{
    struct site *site = *state;
    (void)nftw(site->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(site);
    return 0;
}

static void start(struct site *site)
{
    struct error err;
    if (http_server_open(&site->loop, &site->options, &site->server, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
}

static struct wire *client(struct site *site)
{
    const int fd = wire_connect_unix(site->path);
    assert_true(fd >= 0);
    return wire_new(fd, NULL);
}

static void a_request_over_the_socket(void **state)
{
    struct site *site = *state;
    start(site);
    struct stat made;
    assert_int_equal(stat(site->path, &made), 0);
    assert_true(S_ISSOCK(made.st_mode));
    assert_int_equal(made.st_mode & 0777, 0600);
    struct wire *wire = client(site);
    struct rig_reply *reply = rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, reply->closed);
    assert_int_equal(reply->status, 200);
    assert_string_equal(reply->got, "dag");
    assert_int_equal(site->uid, geteuid());
    assert_int_equal(http_server_connections(site->server), 1);
    assert_int_equal(http_server_port(site->server), 0);
    wire_free(wire);
    wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == 0);
    wire_close_server(&site->loop, site->server);
    assert_int_not_equal(access(site->path, F_OK), 0);
}

static void the_umask_does_not_matter(void **state)
{
    struct site *site = *state;
    const mode_t before = umask(0);
    start(site);
    (void)umask(before);
    struct stat made;
    assert_int_equal(stat(site->path, &made), 0);
    assert_int_equal(made.st_mode & 0777, 0600);
    wire_close_server(&site->loop, site->server);
}

static void a_stale_socket_is_replaced(void **state)
{
    struct site *site = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", site->path);
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 1), 0);
    (void)close(fd);
    start(site);
    struct wire *wire = client(site);
    struct rig_reply *reply = rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, reply->closed);
    assert_int_equal(reply->status, 200);
    wire_free(wire);
    wire_close_server(&site->loop, site->server);
}

static void open_must_fail(struct site *site, enum fault fault)
{
    struct http_server *server = NULL;
    struct error err;
    assert_int_equal(http_server_open(&site->loop, &site->options, &server, &err), RESULT_FAILED);
    assert_int_equal(err.fault, fault);
    assert_null(server);
}

static void a_live_socket_is_left_alone(void **state)
{
    struct site *site = *state;
    start(site);
    open_must_fail(site, FAULT_CONFLICT);
    struct wire *wire = client(site);
    struct rig_reply *reply = rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, reply->closed);
    assert_int_equal(reply->status, 200);
    wire_free(wire);
    wire_close_server(&site->loop, site->server);
}

static void what_is_no_socket_is_left_alone(void **state)
{
    struct site *site = *state;
    FILE *file = fopen(site->path, "w");
    assert_non_null(file);
    (void)fclose(file);
    open_must_fail(site, FAULT_CONFLICT);
    assert_int_equal(access(site->path, F_OK), 0);
    char long_path[300];
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    site->options.address = long_path;
    open_must_fail(site, FAULT_CONFIG);
    site->options.address = "/tmp/ketenbrug-bestaat-niet/x.socket";
    open_must_fail(site, FAULT_IO);
    assert_int_equal(uv_run(&site->loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&site->loop), 0);
}

static void a_file_of_another_server_survives_our_end(void **state)
{
    struct site *site = *state;
    start(site);
    assert_int_equal(unlink(site->path), 0);
    FILE *file = fopen(site->path, "w");
    assert_non_null(file);
    (void)fclose(file);
    wire_close_server(&site->loop, site->server);
    assert_int_equal(access(site->path, F_OK), 0);
}

static void another_user_is_refused(void **state)
{
    struct site *site = *state;
    const bool root = geteuid() == 0;
    const struct log_sink log = {count_line, site, LOG_INFO, &fixed_clock};
    site->options.log = &log;
    site->options.allowed_uid = root ? 65533 : (uint32_t)geteuid() + 1;
    start(site);
    if (root) { /* connect as somebody else, with the file's own protection taken away */
        assert_int_equal(chmod(site->folder, 0755), 0);
        assert_int_equal(chmod(site->path, 0666), 0);
        assert_int_equal(seteuid(65534), 0);
    }
    const int fd = wire_connect_unix(site->path);
    if (root) {
        assert_int_equal(seteuid(0), 0);
    }
    assert_true(fd >= 0);
    struct wire *wire = wire_new(fd, NULL);
    (void)rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, wire->over);
    assert_int_equal(site->calls, 0);
    assert_int_equal(site->log_lines, 1);
    wire_free(wire);
    wire_close_server(&site->loop, site->server);
}

static void bytes_that_are_no_http2_are_refused(void **state)
{
    struct site *site = *state;
    start(site);
    struct wire *wire = client(site);
    wire->deaf = true;
    const char text[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    assert_int_equal(write(wire->fd, text, sizeof text - 1), sizeof text - 1);
    wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == 1);
    char rest[4096];
    wire_until(&site->loop, (struct wire *)NULL, read(wire->fd, rest, sizeof rest) == 0);
    wire_free(wire);
    wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == 0);
    wire_close_server(&site->loop, site->server);
}

static void connections_are_counted(void **state)
{
    struct site *site = *state;
    site->options.max_connections = 2;
    start(site);
    struct wire *wires[3];
    for (size_t i = 0; i < 2; i++) {
        wires[i] = client(site);
        struct rig_reply *reply = rig_get(wires[i]->rig, "/nu");
        wire_until(&site->loop, wires[i], reply->closed);
    }
    wires[2] = client(site);
    (void)rig_get(wires[2]->rig, "/nu");
    wire_until(&site->loop, wires[2], wires[2]->over);
    assert_int_equal(site->calls, 2);
    wire_free(wires[0]);
    wire_until(&site->loop, (struct wire *)NULL, http_server_connections(site->server) == 1);
    struct wire *again = client(site);
    struct rig_reply *reply = rig_get(again->rig, "/nu");
    wire_until(&site->loop, again, reply->closed);
    wire_free(wires[1]);
    wire_free(wires[2]);
    wire_free(again);
    wire_close_server(&site->loop, site->server);
}

static void a_client_without_memory_for_it_waits(void **state)
{
    struct site *site = *state;
    site->options.times.idle = 2000; /* ticks every 500 ms */
    start(site);
    struct wire *wire = client(site);
    struct rig_reply *reply = rig_get(wire->rig, "/nu");
    mem_fail_after(0);
    wire_until(&site->loop, wire, reply->closed);
    assert_int_equal(reply->status, 200);
    mem_fail_after(-1);
    wire_free(wire);
    wire_close_server(&site->loop, site->server);
}

static void silence_ends_a_connection(void **state)
{
    struct site *site = *state;
    site->options.times.headers = 60;
    site->options.times.idle = 60;
    start(site);
    struct wire *silent = client(site);
    silent->deaf = true;
    char rest[4096];
    /* Not even a preface. */
    wire_until(&site->loop, (struct wire *)NULL, read(silent->fd, rest, sizeof rest) == 0);
    wire_free(silent);
    /* A preface and nothing behind it. */
    struct wire *idle = client(site);
    wire_until(&site->loop, idle, idle->over);
    assert_int_equal(idle->rig->goaways, 1);
    wire_free(idle);
    wire_close_server(&site->loop, site->server);
}

static void a_large_answer_goes_through(void **state)
{
    struct site *site = *state;
    site->total = 250000;
    start(site);
    struct wire *wire = client(site);
    (void)nghttp2_session_set_local_window_size(wire->rig->client, NGHTTP2_FLAG_NONE, 0, 10000000);
    const nghttp2_settings_entry wide = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 10000000};
    (void)nghttp2_submit_settings(wire->rig->client, NGHTTP2_FLAG_NONE, &wide, 1);
    wire_until(&site->loop, wire, wire->got > 0);
    for (int i = 0; i < 5; i++) {
        site->sent = 0;
        struct rig_reply *reply = rig_get(wire->rig, "/stroom");
        wire_until(&site->loop, wire, reply->closed);
        assert_int_equal(reply->got_len, 250000);
    }
    wire_free(wire);
    wire_close_server(&site->loop, site->server);
}

/* All window in the world, but the socket is full: the socket's time counts, and memory stays bounded meanwhile. */
static void a_client_that_does_not_read_is_cut(void **state)
{
    struct site *site = *state;
    site->total = SIZE_MAX;
    site->options.times.write = 80;
    start(site);
    struct wire *wire = client(site);
    (void)nghttp2_session_set_local_window_size(wire->rig->client, NGHTTP2_FLAG_NONE, 0, INT32_MAX);
    const nghttp2_settings_entry wide = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, INT32_MAX};
    (void)nghttp2_submit_settings(wire->rig->client, NGHTTP2_FLAG_NONE, &wide, 1);
    wire_until(&site->loop, wire, wire->got > 0);
    (void)rig_get(wire->rig, "/stroom");
    wire->deaf = true;
    wire_until(&site->loop, wire, site->sent > 0);
    wire_until(&site->loop, wire, http_server_connections(site->server) == 0);
    assert_true(site->sent < 2000000);
    assert_int_equal(site->gone, 1);
    wire_free(wire);
    wire_close_server(&site->loop, site->server);
}

static void closing_lets_open_requests_finish(void **state)
{
    struct site *site = *state;
    start(site);
    struct wire *wire = client(site);
    struct rig_reply *reply = rig_get(wire->rig, "/later");
    wire_until(&site->loop, wire, site->held != NULL);
    unsigned closed = 0;
    http_server_close(site->server, wire_closed, &closed);
    http_server_close(site->server, wire_closed, &closed);
    assert_true(wire_connect_unix(site->path) < 0);
    wire_until(&site->loop, wire, wire->rig->goaways == 2);
    assert_int_equal(closed, 0);
    http_answer(site->held, 200, NULL, slice_text("nog net"));
    wire_until(&site->loop, wire, wire->over);
    assert_string_equal(reply->got, "nog net");
    wire_free(wire);
    wire_until(&site->loop, (struct wire *)NULL, closed == 1);
    assert_int_equal(site->gone, 0);
    assert_int_equal(uv_loop_close(&site->loop), 0);
}

static void closing_cuts_what_does_not_finish(void **state)
{
    struct site *site = *state;
    site->options.times.drain = 60;
    start(site);
    struct wire *wire = client(site);
    (void)rig_get(wire->rig, "/later");
    wire_until(&site->loop, wire, site->held != NULL);
    unsigned closed = 0;
    http_server_close(site->server, wire_closed, &closed);
    wire_until(&site->loop, wire, closed == 1);
    assert_int_equal(site->gone, 1);
    wire_free(wire);
    assert_int_equal(uv_loop_close(&site->loop), 0);
}

/* The server has said all; a client that keeps its side open may not hold it for ever. */
static void lingering_ends(void **state)
{
    struct site *site = *state;
    start(site);
    struct wire *wire = client(site);
    struct rig_reply *reply = rig_get(wire->rig, "/nu");
    wire_until(&site->loop, wire, reply->closed);
    unsigned closed = 0;
    http_server_close(site->server, wire_closed, &closed);
    wire_until(&site->loop, wire, wire->over);
    const int64_t from = wire_now_ms();
    wire_until(&site->loop, (struct wire *)NULL, closed == 1);
    assert_true(wire_now_ms() - from >= HTTP_LINGER_MS / 2);
    wire_free(wire);
    assert_int_equal(uv_loop_close(&site->loop), 0);
}

#define site_test(name) cmocka_unit_test_setup_teardown(name, site_open, site_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        site_test(a_request_over_the_socket),
        site_test(the_umask_does_not_matter),
        site_test(a_stale_socket_is_replaced),
        site_test(a_live_socket_is_left_alone),
        site_test(what_is_no_socket_is_left_alone),
        site_test(a_file_of_another_server_survives_our_end),
        site_test(another_user_is_refused),
        site_test(bytes_that_are_no_http2_are_refused),
        site_test(connections_are_counted),
        site_test(a_client_without_memory_for_it_waits),
        site_test(silence_ends_a_connection),
        site_test(a_large_answer_goes_through),
        site_test(a_client_that_does_not_read_is_cut),
        site_test(closing_lets_open_requests_finish),
        site_test(closing_cuts_what_does_not_finish),
        site_test(lingering_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
