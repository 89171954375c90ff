/*
 * log_pipe.h - log lines to a descriptor whose reader may be slow, stuck or gone.
 *
 * Does:      writes a line only when the descriptor takes it at once; counts lines that it did not take, and says how
 *            many before the next that it takes.
 * Does not:  keep lines, open files, or change the descriptor, which other processes may share.
 * Ownership: the maker owns the struct; it must outlive its sink. SIGPIPE must be ignored.
 * Thread:    any, one line at a time.
 */
#ifndef KETENBRUG_CMD_LOG_PIPE_H
#define KETENBRUG_CMD_LOG_PIPE_H

#include <pthread.h>

#include "base/logline.h"

struct log_pipe {
    int fd;
    const struct clock *clock;
    pthread_mutex_t lock; /* between the look and the write no other thread may fill the pipe */
    uint64_t dropped;     /* since the last line that went out */
};

void log_pipe_init(struct log_pipe *pipe, int fd, const struct clock *clock);
struct log_sink log_pipe_sink(struct log_pipe *pipe);

#endif
