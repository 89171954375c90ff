/*
 * import_watch.h - `ketenbrug import --volg MAP`: every file that appears whole in a folder is read in.
 *
 * A file is taken when it was closed after writing or moved into the folder, and what lies there at the start; names
 * that begin with a dot or end in .tmp or .part are left alone. Done, it goes to MAP/verwerkt; when its rows could not
 * be read at all, to MAP/mislukt; refused rows stand beside it. When the node cannot be reached, or refuses the
 * command itself (401, 403, 503), the file stays and is tried again, ever less often up to once a minute. One file at a time, in order of name.
 * Thread: main, until SIGTERM or SIGINT.
 */
#ifndef KETENBRUG_CMD_IMPORT_WATCH_H
#define KETENBRUG_CMD_IMPORT_WATCH_H

#include "cmd/import_file.h"

int import_watch(const struct import_job *job, const char *folder);                    /* gives the exit code */
void import_print(const struct import_job *job, const struct import_outcome *outcome); /* import.c */

#endif
