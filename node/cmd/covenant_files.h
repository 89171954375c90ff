/*
 * covenant_files.h - the covenant and the signatures that the configuration names, read and checked.
 *
 * Ownership: covenant_files_load gives, covenant_files_free takes what nobody took out. Thread: any.
 * Faults:    FAULT_IO, FAULT_CONFIG for the document. A signature that is not good is one fault of the list, and the others
 *            count: what one party sent must not keep a node from starting.
 */
#ifndef KETENBRUG_CMD_COVENANT_FILES_H
#define KETENBRUG_CMD_COVENANT_FILES_H

#include "api/signature.h"
#include "cmd/config.h"

struct covenant_files {
    struct covenant *covenant;
    struct buf text;
    struct signature **signatures;
    size_t count;
    struct fault_list refused; /* files, with why */
};

MUST_USE enum result covenant_files_load(const struct config *config, const struct trust *trust, int64_t now_ms,
                                         struct covenant_files *out, struct error *err);
void covenant_files_free(struct covenant_files *files);

#endif
