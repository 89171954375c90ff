/*
 * seal.h - the node's own keys, and sealing with them. With keystore.h the one place (besides matching)
 * that knows libsodium.
 *
 * Does:      seals content at rest (XChaCha20-Poly1305, random nonce), makes keyed hashes to find sealed items by
 *            (BLAKE2b, 16 bytes, domain-separated), and seals log records under a key per month and retention class.
 * Keys:      a folder outside the database, 0700, files 0600: `master.key` (32 random bytes, made by keyring_create)
 *            `controlepunten.key` and `getuige.key` (Ed25519 seeds, separate keys for separate jobs),
 *            `koppelperiode-N.key`, a seed for each epoch of private matching,
 *            and the log's keys, one per month and class (made when first needed, synced before use), together in one
 *            sealed file that is written anew under another wrapping key at each change: see keystore.h, also for what a
 *            disk may keep of them. Destroying a class key ends the readable life of its records, at once. In memory:
 *            locked (sodium_malloc), wiped at close. The folder is no part of a data backup.
 * Ownership: keyring_open/keyring_close.
 * Thread:    sealing, opening and hashing from any thread; the class keys are behind a lock inside.
 * Faults:    FAULT_CONFIG naming the file: unreadable, wrong length, open to others. FAULT_INVALID for a month or
 *            class that cannot be. A sealed value that does not open is FAULT_STORE: wrong key or damaged.
 */
#ifndef KETENBRUG_STORE_SEAL_H
#define KETENBRUG_STORE_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/digest.h"
#include "base/fault.h"
#include "base/ident.h"
#include "base/slice.h"

struct keyring;

enum { SEAL_OVERHEAD = 40 /* nonce 24, tag 16 */, SEAL_HASH_SIZE = 16, SEAL_SALT_SIZE = 16, SEAL_TAG_SIZE = 16 };

/* What a sealed value or a hash is for: keeps one use from being mistaken for another. */
enum seal_domain {
    SEAL_ITEM = 1,
    SEAL_LOOKUP = 2,
    SEAL_PSEUDONYM = 3,
    SEAL_RECORD_ID = 4,
    SEAL_EPOCH = 5,
    SEAL_WATCH = 6
};

MUST_USE enum result keyring_create(const char *folder, struct error *err); /* FAULT_CONFLICT when it exists */
MUST_USE enum result keyring_open(const char *folder, struct keyring **out, struct error *err);
void keyring_close(struct keyring *keyring);
/* For who has the store's lock, once, before the log's keys are used: sweeps away what a crash left of other generations
 * and takes over keys from the form in which they were kept before. */
MUST_USE enum result keyring_settle(struct keyring *keyring, struct error *err);

/* The nonce is random: its first bytes tell one sealing from another, of the same content too. */
enum { SEAL_VERSION_SIZE = 8 };

/* `bound` is authenticated, not stored: the place the value belongs to, so that it cannot be moved. */
void seal_value(const struct keyring *keyring, enum seal_domain domain, struct slice bound, struct slice plain,
                struct buf *out);
MUST_USE enum result seal_open(const struct keyring *keyring, enum seal_domain domain, struct slice bound,
                               struct slice sealed, struct buf *plain, struct error *err);
void seal_hash(const struct keyring *keyring, enum seal_domain domain, struct slice context, struct slice plain,
               uint8_t out[SEAL_HASH_SIZE]);

/* A key of its own for a use that needs one outside this room. */
enum { SEAL_KEY_SIZE = 32 };
void seal_derived_key(const struct keyring *keyring, enum seal_domain domain, uint8_t out[SEAL_KEY_SIZE]);
/* The seeds of what signs for the log. Made when the node is made, or when a node from before starts; `out` is the
 * caller's to wipe. */
enum seal_signer { SEAL_CHECKPOINTS, SEAL_COSIGNATURES, SEAL_SIGNER_COUNT };
MUST_USE enum result seal_signer_seed(const struct keyring *keyring, enum seal_signer signer,
                                      uint8_t out[SEAL_KEY_SIZE], struct error *err);

/* Matching: one random seed an epoch, sealed with the master key in a file of its own (`koppelperiode-N.key`) that no
 * backup holds, of the data or of the keys: what was destroyed comes back from nowhere. FAULT_CONFIG, FAULT_STORE: a file
 * that is there does not open, and is not replaced. */
MUST_USE enum result seal_epoch_make(struct keyring *keyring, uint32_t epoch, bool *created, struct error *err);
/* FAULT_NOT_FOUND: never made here, or destroyed. `out` is the caller's to wipe. */
MUST_USE enum result seal_epoch_seed(struct keyring *keyring, uint32_t epoch, uint8_t out[SEAL_KEY_SIZE],
                                     struct error *err);
MUST_USE enum result seal_epoch_destroy(struct keyring *keyring, uint32_t epoch, struct error *err); /* none: fine */
/* All there are, rising. FAULT_CONFIG: the folder cannot be read, which is not that there are none. */
MUST_USE enum result seal_epochs(struct keyring *keyring, uint32_t *out, size_t max, size_t *count, struct error *err);
bool seal_epoch_file(const char *name); /* of the key folder: one that no copy may hold */

/* Log records: key of one record = BLAKE2b(class key, salt), so that a legal hold can keep a single record readable. */
struct seal_class {
    uint32_t month; /* YYYYMM */
    uint8_t class;  /* retention class, from the covenant: 0..9 */
};

/* Makes the class key when it is not there. */
MUST_USE enum result seal_class_ready(struct keyring *keyring, struct seal_class class, bool *created,
                                      struct error *err);
/* SHA-256 over a domain label and the class key: published in the log, it commits to the key without telling it. */
MUST_USE enum result seal_class_commitment(struct keyring *keyring, struct seal_class class, struct sha256 *out,
                                           struct error *err);
/* Of all there are; how many. */
size_t seal_classes(struct keyring *keyring, struct seal_class *out, size_t max);
/* Destroys these class keys in one change; one that is not there is fine. Durable when it returns: nobody opens a record of
 * such a class any more, but for what is held. FAULT_IO: one may still be on the disk; keyring_settle or the next change
 * tries again. */
MUST_USE enum result seal_class_destroy(struct keyring *keyring, const struct seal_class *classes, size_t count,
                                        struct error *err);

/* A legal hold: the keys of one record and of its free text, kept apart from their class key. */
enum { SEAL_HOLD_SALTS = 2 };
struct seal_hold {
    uint64_t record; /* its number in the log */
    struct seal_class class;
    int64_t since_ms;
    uint8_t salts[SEAL_HOLD_SALTS][SEAL_SALT_SIZE];
    size_t salt_count;
};

/* Durable when it returns. FAULT_NOT_FOUND: the class key is gone; FAULT_CONFLICT: held already; FAULT_TOO_LARGE. */
MUST_USE enum result seal_hold_place(struct keyring *keyring, const struct seal_hold *hold, struct error *err);
/* FAULT_NOT_FOUND: not held. */
MUST_USE enum result seal_hold_lift(struct keyring *keyring, uint64_t record, struct error *err);
size_t seal_holds(struct keyring *keyring, struct seal_hold *out, size_t max); /* all there are; how many */
/* A key of its own for the search index of a month and class, derived from their key, so that both end together.
 * FAULT_NOT_FOUND when the class key was destroyed. `out` is the caller's to wipe. */
struct seal_index_key {
    struct seal_class class;
    uint8_t bytes[SEAL_KEY_SIZE];
};
MUST_USE enum result seal_index_key(struct keyring *keyring, struct seal_class class, struct seal_index_key *out,
                                    struct error *err);
void seal_index_hash(const struct seal_index_key *key, uint8_t what, struct slice value, uint8_t out[SEAL_HASH_SIZE]);

/* The key of one record alone, for whom it is proven to outside: it opens that record and no other. FAULT_NOT_FOUND as
 * seal_record_open. `out` is the caller's to wipe. */
MUST_USE enum result seal_record_key(struct keyring *keyring, struct seal_class class,
                                     const uint8_t salt[SEAL_SALT_SIZE], uint8_t out[SEAL_KEY_SIZE], struct error *err);

/* out has room for plain.len + SEAL_TAG_SIZE. The class must be ready. The salt is unique per record. */
MUST_USE enum result seal_record(struct keyring *keyring, struct seal_class class, const uint8_t salt[SEAL_SALT_SIZE],
                                 struct slice bound, struct slice plain, uint8_t *out, struct error *err);
/* FAULT_NOT_FOUND when the class key was destroyed and the record is not held; FAULT_STORE when it does not open. */
MUST_USE enum result seal_record_open(struct keyring *keyring, struct seal_class class,
                                      const uint8_t salt[SEAL_SALT_SIZE], struct slice bound, struct slice sealed,
                                      uint8_t *plain, struct error *err);

#endif
