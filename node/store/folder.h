/*
 * folder.h - the folder that holds the store: made durably, and taken by one process at a time. Inside this room only.
 *
 * Thread: any. Faults: FAULT_CONFIG naming the folder or the lock file.
 */
#ifndef KETENBRUG_STORE_FOLDER_H
#define KETENBRUG_STORE_FOLDER_H

#include "base/fault.h"

/* 0700, and its parent synced, so that it survives a power cut. Fine when it is there. */
MUST_USE enum result folder_make(const char *folder, struct error *err);
/* The lock is held until folder_unlock, or until the process ends. */
MUST_USE enum result folder_lock(const char *folder, int *out, struct error *err);
void folder_unlock(int lock);
/* Makes the file (0600) when it is not there and syncs the folder. */
MUST_USE enum result folder_file(const char *folder, const char *name, struct error *err);

#endif
