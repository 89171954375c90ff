/*
 * keyfile.h - one key, or one sealed bunch of keys, in one file: made whole or not at all, read only when nobody else
 * can, destroyed before it is removed. Inside this room only.
 *
 * Does not:  promise that a destroyed file's bytes are nowhere on the disk. They are overwritten in place and synced,
 *            which is enough where the file system writes in place (ext4 and xfs do, for what is already allocated);
 *            one that copies on write, a snapshot, or the spare blocks of an SSD may keep them. See keystore.h for what
 *            bounds that: what is kept so is one small wrapping key, and only until its blocks are used again.
 * Ownership: what is copied out is the caller's to wipe.
 * Thread:    any; two makers of one name: the first wins, the other gets FAULT_CONFLICT.
 * Faults:    FAULT_NOT_FOUND, FAULT_CONFLICT (exists), FAULT_CONFIG (length, rights, unreadable), FAULT_IO (writing).
 *            `where` is the name of the file.
 */
#ifndef KETENBRUG_STORE_KEYFILE_H
#define KETENBRUG_STORE_KEYFILE_H

#include "base/buf.h"
#include "base/fault.h"
#include "store/keyring.h"

/* The folder's descriptor, to be closed by the caller. Refuses a folder that others may enter. */
MUST_USE enum result keyfile_folder_open(const char *folder, int *out, struct error *err);
/* Makes the folder (0700) when it is not there, durably. */
MUST_USE enum result keyfile_folder_make(const char *folder, struct error *err);

MUST_USE enum result keyfile_read(int folder, const char *name, uint8_t out[KEYRING_KEY_SIZE], struct error *err);
/* Synced, file and folder, before this returns. */
MUST_USE enum result keyfile_make(int folder, const char *name, const uint8_t key[KEYRING_KEY_SIZE], struct error *err);

/* The same for a file of any length; `out` has the ceiling. */
MUST_USE enum result keyfile_read_bytes(int folder, const char *name, struct buf *out, struct error *err);
MUST_USE enum result keyfile_make_bytes(int folder, const char *name, struct slice bytes, struct error *err);

/* What a name ends in while its file is being made; a crash may leave it, as a second link to the file too. */
#define KEYFILE_DRAFT ".nieuw"

/* Overwritten, synced, removed, folder synced. Fine when it is not there. */
MUST_USE enum result keyfile_destroy(int folder, const char *name, struct error *err);

/* Calls `each` for all that is in the folder, until one fails. */
typedef enum result keyfile_each_fn(int folder, const char *name, void *ctx, struct error *err);
MUST_USE enum result keyfile_each(int folder, keyfile_each_fn *each, void *ctx, struct error *err);

#endif
