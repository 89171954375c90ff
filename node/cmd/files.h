/*
 * files.h - whole small files, and the real clock and entropy. Thread: any. Faults: FAULT_IO naming the file.
 */
#ifndef KETENBRUG_CMD_FILES_H
#define KETENBRUG_CMD_FILES_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/fault.h"
#include "base/logline.h"

/* Reads up to the buffer's ceiling; a larger file is FAULT_TOO_LARGE. */
MUST_USE enum result file_read(const char *path, struct buf *out, struct error *err);

extern const struct clock system_clock;
extern const struct entropy system_entropy; /* getrandom(2); ends the process when the kernel has none */
extern const struct log_sink stderr_log;    /* one write(2) a line */

#endif
