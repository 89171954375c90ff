/*
 * keyring.h - the keys behind seal.h: files in a folder, copies in locked memory. Inside this room only.
 *
 * Does:      derives one sealing and one hashing key per domain from master.key, once, at open; keeps the log's keys as
 *            keystore.h has them, and replaces them in memory and on disk together; has room for those of sealing.h.
 * Ownership: what is copied out is the caller's to wipe.
 * Thread:    any; the log's keys are behind a lock that is never held while a file is written, the rest does not change
 *            after open. Changes wait for each other.
 * Faults:    as in seal.h.
 */
#ifndef KETENBRUG_STORE_KEYRING_H
#define KETENBRUG_STORE_KEYRING_H

#include "store/seal.h"

enum { KEYRING_KEY_SIZE = 32, KEYRING_DOMAINS = 6 /* 0 is never asked for by name; see seal.c */ };

struct keyring_secrets {
    uint8_t seal[KEYRING_DOMAINS][KEYRING_KEY_SIZE];
    uint8_t hash[KEYRING_DOMAINS][KEYRING_KEY_SIZE];
};

/* What sealed and opened boxes lately: see sealing.c. Locked memory, wiped at close; the loop's alone. The pair is the one
 * that opened a box last. */
struct keyring_box_pair {
    bool known;
    uint8_t secret[KEYRING_KEY_SIZE];
    uint8_t pub[KEYRING_KEY_SIZE];
};

/* What one public key made for this (`from`) and a node's own one (`to`) agree on. */
struct keyring_box_shared {
    bool known;
    uint8_t from[KEYRING_KEY_SIZE];
    uint8_t to[KEYRING_KEY_SIZE];
    uint8_t key[KEYRING_KEY_SIZE];
    int64_t until_ms; /* of one to send with */
    uint32_t boxes;   /* that it may still seal */
};

enum { KEYRING_BOX_PARTNERS = 16 /* the oldest gives way */ };
struct keyring_boxes {
    struct keyring_box_pair pair;
    struct keyring_box_shared opened[KEYRING_BOX_PARTNERS];
    struct keyring_box_shared sent[KEYRING_BOX_PARTNERS];
    size_t opened_next;
    size_t sent_next;
};

int keyring_folder(const struct keyring *keyring); /* its descriptor, for keyfile.h */
const struct keyring_secrets *keyring_secrets(const struct keyring *keyring);
struct keyring_boxes *keyring_boxes(const struct keyring *keyring);

MUST_USE enum result keyring_signer(const struct keyring *keyring, enum seal_signer signer,
                                    uint8_t out[KEYRING_KEY_SIZE], struct error *err);

/* FAULT_NOT_FOUND: it was never made, or was destroyed. */
MUST_USE enum result keyring_class_key(struct keyring *keyring, struct seal_class class, uint8_t out[KEYRING_KEY_SIZE],
                                       struct error *err);
/* The key of a record, or of its free text, that a legal hold keeps. */
MUST_USE enum result keyring_held_key(struct keyring *keyring, const uint8_t salt[SEAL_SALT_SIZE],
                                      uint8_t out[KEYRING_KEY_SIZE], struct error *err);

/* Changes; each is durable when it returns. Faults: FAULT_IO; FAULT_TOO_LARGE past LOG_KEYS_MAX and LOG_HOLDS_MAX. */
MUST_USE enum result keyring_class_make(struct keyring *keyring, struct seal_class class, bool *created,
                                        struct error *err);
/* Whether a class key was ever made: then there was a log. */
bool keyring_was_used(const struct keyring *keyring);
MUST_USE enum result keyring_class_destroy(struct keyring *keyring, const struct seal_class *classes, size_t count,
                                           struct error *err);
MUST_USE enum result keyring_hold(struct keyring *keyring, const struct seal_hold *hold,
                                  uint8_t keys[SEAL_HOLD_SALTS][KEYRING_KEY_SIZE], struct error *err);
MUST_USE enum result keyring_lift(struct keyring *keyring, uint64_t record, struct error *err);

#endif
