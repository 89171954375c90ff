/*
 * backups.h - desk: POST /v1/reservekopieen records that a copy of the data was made, and remembers when. The copy itself
 * is made beside the node (store/backup.h). Thread: the loop's.
 */
#ifndef KETENBRUG_API_BACKUPS_H
#define KETENBRUG_API_BACKUPS_H

#include "http/server.h"

void backups_add(struct http_request *request, void *ctx);

#endif
