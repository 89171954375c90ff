/*
 * keyfile.h - one key in one file: made whole or not at all, read only when nobody else can. Inside this room only.
 *
 * Ownership: the key copied out is the caller's to wipe.
 * Thread:    any; two makers of one name: the first wins, the other gets FAULT_CONFLICT.
 * Faults:    FAULT_NOT_FOUND, FAULT_CONFLICT (exists), FAULT_CONFIG (length, rights, unreadable), FAULT_IO (writing).
 *            `where` is the name of the file.
 */
#ifndef KETENBRUG_STORE_KEYFILE_H
#define KETENBRUG_STORE_KEYFILE_H

#include "base/fault.h"
#include "store/keyring.h"

/* The folder's descriptor, to be closed by the caller. Refuses a folder that others may enter. */
MUST_USE enum result keyfile_folder_open(const char *folder, int *out, struct error *err);
/* Makes the folder (0700) when it is not there, durably. */
MUST_USE enum result keyfile_folder_make(const char *folder, struct error *err);

MUST_USE enum result keyfile_read(int folder, const char *name, uint8_t out[KEYRING_KEY_SIZE], struct error *err);
/* Synced, file and folder, before this returns. */
MUST_USE enum result keyfile_make(int folder, const char *name, const uint8_t key[KEYRING_KEY_SIZE], struct error *err);

#endif
