/*
 * bench-flood - a bad client of one HTTP/2 server on this machine: sends in one of many bad ways, connects again when it
 * is cut, and prints what it got done, as JSON. Loopback only, one thread, bounded in time, frames and processor share.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#include "base/attr.h"
#include "bench/flood_ways.h"
#include "bench/load_bodies.h"
#include "bench/load_target.h"

enum { LANES_MAX = 1024, SECONDS_MAX = 600, REST_US = 500, AGAIN_US = 100000, NS_PER_US = 1000 };
static const int64_t SECOND_US = 1000000;

struct flood {
    const struct way *way;
    struct load_target target;
    struct load_bodies bodies;
    unsigned lanes;
    unsigned seconds;
    unsigned percent;      /* of the processor, at most */
    unsigned frames_per_s; /* at most */
    int64_t begin_us;
    int64_t cpu_begin_us;
    uint64_t frames;
    uint64_t connections;
    uint64_t refused;
    uint64_t cut;
    struct lane *lane;
    int *silent; /* sockets of a silent way */
};

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * SECOND_US + now.tv_nsec / NS_PER_US;
}

static int64_t wall_us(const struct flood *flood)
{
    return clock_us(CLOCK_MONOTONIC) - flood->begin_us;
}

static bool is_over(const struct flood *flood)
{
    return wall_us(flood) >= (int64_t)flood->seconds * SECOND_US;
}

/* The caps: sleeps until both the frames sent and the processor time taken are within their share of the time gone by. */
static void rest(const struct flood *flood)
{
    const struct timespec a_while = {.tv_nsec = REST_US * NS_PER_US};
    for (;;) {
        const int64_t wall = wall_us(flood);
        const int64_t cpu = clock_us(CLOCK_PROCESS_CPUTIME_ID) - flood->cpu_begin_us;
        const bool busy = cpu * 100 > wall * flood->percent;
        const bool fast = flood->frames * (uint64_t)SECOND_US > (uint64_t)wall * flood->frames_per_s;
        if ((!busy && !fast) || is_over(flood)) {
            return;
        }
        (void)nanosleep(&a_while, NULL);
    }
}

static void hang_up(struct lane *lane)
{
    if (lane->ssl != NULL) {
        const int fd = SSL_get_fd(lane->ssl);
        SSL_free(lane->ssl);
        (void)close(fd);
        lane->ssl = NULL;
    }
    ERR_clear_error();
}

static void dial(struct flood *flood, struct lane *lane)
{
    struct error err;
    flood->connections++;
    if (load_target_connect(&flood->target, &lane->ssl, &err) != RESULT_OK) {
        lane->ssl = NULL;
        lane->again_us = wall_us(flood) + AGAIN_US; /* others have connections to be busy with */
        flood->refused++;
        ERR_clear_error();
    } else if (flood->way->brief) {
        hang_up(lane);
    } else {
        lane_begin(lane, flood->way);
    }
}

/* False: the connection is gone. */
static bool listen_to(struct lane *lane)
{
    uint8_t bytes[LANE_OUT];
    size_t len = 0;
    while (SSL_read_ex(lane->ssl, bytes, sizeof bytes, &len) == 1) {
        lane_received(lane, bytes, len);
    }
    const int why = SSL_get_error(lane->ssl, 0);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
}

static bool speak(struct flood *flood, struct lane *lane)
{
    if (flood->way->more != NULL && lane->at == 0) {
        flood->frames += flood->way->more(lane);
    }
    if (lane->len == 0) {
        return true;
    }
    size_t written = 0;
    if (SSL_write_ex(lane->ssl, lane->out + lane->at, lane->len - lane->at, &written) == 1) {
        lane->at += written;
        if (lane->at == lane->len) {
            lane->at = 0;
            lane->len = 0;
        }
        return true;
    }
    const int why = SSL_get_error(lane->ssl, 0);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ;
}

static void turn(struct flood *flood, struct lane *lane)
{
    if (lane->ssl == NULL) {
        if (wall_us(flood) >= lane->again_us) {
            dial(flood, lane);
        }
    } else if ((!flood->way->deaf && !listen_to(lane)) || !speak(flood, lane)) {
        hang_up(lane);
        flood->cut++;
    }
}

/* Connects again and again, and holds each connection without a byte for as long as the server does. */
static void stay_silent(struct flood *flood, int *fd)
{
    struct error err;
    char byte = 0;
    if (*fd >= 0 && recv(*fd, &byte, 1, MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return;
    }
    if (*fd >= 0) {
        (void)close(*fd);
        flood->cut++;
    }
    flood->connections++;
    *fd = load_target_socket(&flood->target, &err);
    flood->refused += *fd < 0 ? 1 : 0;
}

static void run(struct flood *flood)
{
    flood->begin_us = clock_us(CLOCK_MONOTONIC);
    flood->cpu_begin_us = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    uint64_t frames = 0;
    while (!is_over(flood)) {
        for (unsigned i = 0; i < flood->lanes && !is_over(flood); i++) {
            if (flood->way->silent) {
                stay_silent(flood, &flood->silent[i]);
            } else {
                turn(flood, &flood->lane[i]);
            }
            rest(flood);
        }
        if (flood->frames == frames) { /* nothing could be sent: the server is busy, or asks for patience */
            (void)poll(NULL, 0, 1);
        }
        frames = flood->frames;
    }
}

static void print_result(const struct flood *flood)
{
    const double seconds = (double)wall_us(flood) / (double)SECOND_US;
    const double cpu = (double)(clock_us(CLOCK_PROCESS_CPUTIME_ID) - flood->cpu_begin_us) / (double)SECOND_US;
    (void)printf("{\"way\":\"%s\",\"frames_per_s\":%.0f,\"connections_per_s\":%.0f,\"refused\":%llu,\"cut\":%llu,"
                 "\"cpu_percent\":%.1f,\"seconds\":%.2f}\n",
                 flood->way->name, (double)flood->frames / seconds, (double)flood->connections / seconds,
                 (unsigned long long)flood->refused, (unsigned long long)flood->cut, 100.0 * cpu / seconds, seconds);
}

static int usage(void)
{
    (void)fputs(
        "gebruik: bench-flood MANIER URL CA CERT SLEUTEL BODIES VAN-ADRES VERBINDINGEN SECONDEN PROCENT FRAMES-PER-S\n"
        "  URL is op deze machine; VAN-ADRES is 127.x.y.z; PROCENT van de processor, hoogstens\n",
        stderr);
    for (size_t i = 0; i < flood_way_count; i++) {
        (void)fprintf(stderr, "  %-14s %s\n", flood_ways[i].name, flood_ways[i].help);
    }
    return 2;
}

static enum result number(const char *text, const char *name, unsigned long most, unsigned *out, struct error *err)
{
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    ENSURE(text[0] >= '0' && text[0] <= '9' && *end == '\0' && value >= 1 && value <= most, err, FAULT_USAGE, name,
           "een getal van 1 tot en met %lu", most);
    *out = (unsigned)value;
    return RESULT_OK;
}

enum { WAY = 1, URL, CA, CERT, KEY, BODIES, FROM, LANES, SECONDS, PERCENT, FRAMES, ARGUMENTS };

static enum result set_up(struct flood *flood, char **argv, struct error *err)
{
    for (size_t i = 0; i < flood_way_count; i++) {
        if (strcmp(flood_ways[i].name, argv[WAY]) == 0) {
            flood->way = &flood_ways[i];
        }
    }
    ENSURE(flood->way != NULL, err, FAULT_USAGE, argv[WAY], "deze manier is er niet");
    TRY(number(argv[LANES], "VERBINDINGEN", LANES_MAX, &flood->lanes, err));
    TRY(number(argv[SECONDS], "SECONDEN", SECONDS_MAX, &flood->seconds, err));
    TRY(number(argv[PERCENT], "PROCENT", 100, &flood->percent, err));
    TRY(number(argv[FRAMES], "FRAMES-PER-S", 100000000, &flood->frames_per_s, err));
    TRY(load_target_parse(argv[URL], &flood->target, err));
    TRY(load_target_from(&flood->target, argv[FROM], err));
    TRY(load_target_tls(&flood->target, argv[CA], argv[CERT], argv[KEY], err));
    TRY(load_bodies_open(argv[BODIES], &flood->bodies, err));
    flood->lane = calloc(flood->lanes, sizeof *flood->lane);
    flood->silent = calloc(flood->lanes, sizeof *flood->silent);
    ENSURE(flood->lane != NULL && flood->silent != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    for (unsigned i = 0; i < flood->lanes; i++) {
        flood->lane[i].path = flood->target.path;
        flood->lane[i].body = load_bodies_next(&flood->bodies);
        flood->lane[i].number = (uint64_t)(getpid()) << 40U | (uint64_t)i << 28U;
        flood->silent[i] = -1;
    }
    return RESULT_OK;
}

int main(int argc, char **argv)
{
    struct flood flood = {.way = NULL};
    struct error err;
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc != ARGUMENTS) {
        return usage();
    }
    const enum result result = set_up(&flood, argv, &err);
    if (result == RESULT_OK) {
        run(&flood);
        print_result(&flood);
    } else {
        (void)fprintf(stderr, "bench-flood: %s: %s\n", err.where, err.what);
    }
    for (unsigned i = 0; i < flood.lanes && flood.lane != NULL; i++) {
        hang_up(&flood.lane[i]);
        if (flood.silent != NULL && flood.silent[i] >= 0) {
            (void)close(flood.silent[i]);
        }
    }
    free(flood.lane);
    free(flood.silent);
    load_bodies_close(&flood.bodies);
    load_target_close(&flood.target);
    return result == RESULT_OK ? 0 : 2;
}
