/*
 * keyring.h - the keys behind seal.h: files in a folder, copies in locked memory. Inside this room only.
 *
 * Does:      derives one sealing and one hashing key per domain from master.key, once, at open; reads and makes class
 *            keys and keeps the latest STORE_CLASS_KEYS_MAX of them.
 * Ownership: what keyring_class_key copies out is the caller's to wipe.
 * Thread:    any; the class keys are behind a lock, the rest does not change after open.
 * Faults:    as in seal.h.
 */
#ifndef KETENBRUG_STORE_KEYRING_H
#define KETENBRUG_STORE_KEYRING_H

#include "store/seal.h"

enum { KEYRING_KEY_SIZE = 32, KEYRING_DOMAINS = 5 /* 0 is never asked for by name; see seal.c */ };

struct keyring_secrets {
    uint8_t seal[KEYRING_DOMAINS][KEYRING_KEY_SIZE];
    uint8_t hash[KEYRING_DOMAINS][KEYRING_KEY_SIZE];
};

const struct keyring_secrets *keyring_secrets(const struct keyring *keyring);

MUST_USE enum result keyring_signer(const struct keyring *keyring, enum seal_signer signer,
                                    uint8_t out[KEYRING_KEY_SIZE], struct error *err);

/* KEY_FROM_MEMORY is for sealing. Reading back asks the file first: destroying it must end the reading at once. */
enum keyring_source { KEY_FROM_MEMORY, KEY_FROM_FILE };
MUST_USE enum result keyring_class_key(struct keyring *keyring, struct seal_class class, enum keyring_source source,
                                       uint8_t out[KEYRING_KEY_SIZE], struct error *err);
/* As above; makes the key when its file is not there. */
MUST_USE enum result keyring_class_make(struct keyring *keyring, struct seal_class class, bool *created,
                                        struct error *err);
/* Whether a class key was ever made: then there was a log. False too when the folder cannot be read. */
bool keyring_was_used(const struct keyring *keyring);

#endif
