/*
 * keystore.h - the log's keys on disk: all class keys and held record keys in one sealed file, under a wrapping key that
 * is another after every change. Inside this room only.
 *
 * Files:     `logsleutels-N.bos` holds the keys, sealed; `logsleutels-N.key` (32 bytes) opens it; N counts generations.
 *            A change writes generation N+1 whole and synced, then destroys N: overwritten, synced, removed. Which keys
 *            there are changes at one moment, when the second file of N+1 gets its name; what a crash leaves of another
 *            generation is swept away later.
 * Why:       a disk may keep old blocks of a file (journal, copy on write, spare blocks of an SSD). Old blocks of a
 *            .bos open with its own wrapping key alone, and that is gone at the next change: to get a destroyed class
 *            key back, someone needs the blocks of both files of one generation.
 * Does not:  know what is destroyed when; keep anything in memory.
 * Ownership: struct keystore is the caller's, in locked memory.
 * Thread:    one writer at a time (keyring.c sees to it, and the store's lock between processes); readers in other
 *            processes see one generation or the next.
 * Faults:    as keyfile.h; FAULT_CONFIG also when the newest generation does not open.
 */
#ifndef KETENBRUG_STORE_KEYSTORE_H
#define KETENBRUG_STORE_KEYSTORE_H

#include "base/limits.h"
#include "store/keyring.h"

struct keystore_class {
    struct seal_class class;
    uint8_t key[KEYRING_KEY_SIZE];
};

struct keystore_hold {
    struct seal_hold hold;
    uint8_t keys[SEAL_HOLD_SALTS][KEYRING_KEY_SIZE]; /* of the record and of its free text; as many as salts */
};

struct keystore {
    uint32_t generation; /* 0: none was written yet */
    size_t class_count;
    size_t hold_count;
    struct keystore_class classes[LOG_KEYS_MAX];
    struct keystore_hold holds[LOG_HOLDS_MAX];
};

/* The newest generation in the folder. */
MUST_USE enum result keystore_read(int folder, struct keystore *out, struct error *err);
/* Writes all of it as generation store->generation + 1, which it then is; durable. */
MUST_USE enum result keystore_write(int folder, struct keystore *store, struct error *err);
/* Destroys every generation but this one. */
MUST_USE enum result keystore_sweep(int folder, uint32_t keep, struct error *err);

struct keystore_class *keystore_find(struct keystore *store, struct seal_class class); /* NULL: not there */

/* Class keys as they were kept before, each in a file `log-YYYYMM-C.key` of its own: adds those that the store does not
 * have, and says how many such files there are. */
MUST_USE enum result keystore_read_single(int folder, struct keystore *store, size_t *found, struct error *err);
/* Destroys those files. */
MUST_USE enum result keystore_sweep_single(int folder, struct error *err);

#endif
