/*
 * desk.h - how a command reaches the node: the desk API over its Unix socket.
 *
 * While a node serves, that is the node. When none does, the command takes the store's lock and runs the node's own
 * parts behind the same socket until it is done: one way in, one set of rules.
 * Ownership: desk_open/desk_close. Thread: main. Faults: FAULT_IO, FAULT_CONFIG.
 */
#ifndef KETENBRUG_CMD_DESK_H
#define KETENBRUG_CMD_DESK_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/json.h"
#include "cmd/args.h"

struct desk;

/* Reads the configuration and, if given, the access token (--bewijs or $KETENBRUG_BEWIJS). */
MUST_USE enum result desk_open(const struct args *args, struct desk **out, struct error *err);
void desk_close(struct desk *desk);

/* One request; `body` NULL: none. RESULT_OK for any 2xx answer, which is parsed into `answer` (caller frees). Another
 * status becomes the fault that the answer tells, its further faults printed to stderr. */
MUST_USE enum result desk_call(struct desk *desk, const char *method, const char *path, const struct buf *body,
                               struct json **answer, struct error *err);
/* A request whose answer is bytes: `take` gets them piece by piece, and refuses to go on with false. `body` as above. */
MUST_USE enum result desk_stream(struct desk *desk, const char *method, const char *path, const struct buf *body,
                                 bool (*take)(void *ctx, struct slice piece), void *ctx, struct error *err);
/* A GET whose answer is text, kept until the next call. */
MUST_USE enum result desk_text(struct desk *desk, const char *path, struct slice *out, struct error *err);
const struct config *desk_config(const struct desk *desk);
/* The same of a node that serves; *answer stays NULL, and the result is RESULT_OK, when none does. */
MUST_USE enum result desk_ask_serving(struct desk *desk, const char *path, struct json **answer, struct error *err);
/* The last answer as it came, for --json. */
void desk_print_raw(const struct desk *desk);

/* A command that is more than one request: `talk` has them. Gives the exit code. */
int desk_session(const struct args *args,
                 enum result (*talk)(struct desk *desk, const struct args *args, struct error *err));
/* A command that is one request, from beginning to end. Its answer goes to `print`; as it came with --json, or when
 * there is no `print`. `body` may be NULL. Gives the exit code. */
int desk_command(const struct args *args, const char *method, const char *path, const struct buf *body,
                 void (*print)(const struct json *answer, const void *ctx), const void *ctx);
/* The same for a POST about one person, whose number comes from the input. */
int desk_command_about_one(const struct args *args, const char *path,
                           void (*print)(const struct json *answer, const void *ctx));

#endif
