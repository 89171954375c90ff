#include "cmd/log_pipe.h"

#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "base/date.h"

enum { DROPPED_LINE_MAX = 160 };

void log_pipe_init(struct log_pipe *pipe, int fd, const struct clock *clock)
{
    *pipe = (struct log_pipe){.fd = fd, .clock = clock};
    (void)pthread_mutex_init(&pipe->lock, NULL);
}

/* A pipe that polls as writable takes PIPE_BUF bytes (4,096; a line has at most half of that) without blocking,
 * pipe(7). */
static bool put(const struct log_pipe *pipe, const char *line, size_t len)
{
    struct pollfd look = {.fd = pipe->fd, .events = POLLOUT};
    return poll(&look, 1, 0) == 1 && (look.revents & POLLOUT) != 0 && write(pipe->fd, line, len) == (ssize_t)len;
}

static bool tell_dropped(const struct log_pipe *pipe)
{
    char line[DROPPED_LINE_MAX];
    const int len = snprintf(line, sizeof line,
                             "{\"tijd\":\"%s\",\"niveau\":\"waarschuwing\",\"gebeurtenis\":\"logregels-vervallen\","
                             "\"aantal\":%" PRIu64 "}\n",
                             moment_text(clock_now(pipe->clock)).text, pipe->dropped);
    return put(pipe, line, (size_t)len);
}

static void write_line(void *ctx, const char *line, size_t len)
{
    struct log_pipe *pipe = ctx;
    (void)pthread_mutex_lock(&pipe->lock);
    if (pipe->dropped != 0 && tell_dropped(pipe)) {
        pipe->dropped = 0;
    }
    if (pipe->dropped != 0 || !put(pipe, line, len)) {
        pipe->dropped++;
    }
    (void)pthread_mutex_unlock(&pipe->lock);
}

struct log_sink log_pipe_sink(struct log_pipe *pipe)
{
    return (struct log_sink){write_line, pipe, LOG_INFO, pipe->clock};
}
