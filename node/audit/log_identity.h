/*
 * log_identity.h - what makes a log this log: its name, its generation, the keys that sign for it, and the names of its
 * records.
 *
 * A log restored from a backup goes on under the same name as a new generation (the moment of the restoration, POSIX
 * seconds; the first is 0), so that nobody mistakes what was lost for what was never there. In checkpoints the name is
 * `origin` for the first generation and `origin/<generation>` for a later one.
 * A record id is the sequence number under AES-128: random to partners, and found without an index by whoever has the key.
 * Ownership: log_identity_open gives into a struct of the caller's; log_identity_drop ends it.
 * Thread:    one per loop. Faults: FAULT_CONFIG for a key file that is wrong, FAULT_INVALID for a name.
 */
#ifndef KETENBRUG_AUDIT_LOG_IDENTITY_H
#define KETENBRUG_AUDIT_LOG_IDENTITY_H

#include "audit/note.h"
#include "audit/receipt.h"
#include "base/ident.h"
#include "certs/block_cipher.h"
#include "store/seal.h"

/* The store's value that holds the generation, big endian; not set: 0. */
extern const char log_generation_name[];
enum { LOG_GENERATION_BYTES = 4 };

struct log_identity {
    char origin[NOTE_NAME_MAX + 1]; /* without generation */
    uint32_t generation;
    struct note_key checkpoints; /* also signs receipts */
    struct note_key cosignatures;
    struct block_cipher *ids;
};

MUST_USE enum result log_identity_open(const struct keyring *keyring, const char *origin, uint32_t generation,
                                       struct log_identity *out, struct error *err);
void log_identity_drop(struct log_identity *identity);

/* The public keys as the covenant writes them. */
struct log_key_text {
    char text[NOTE_KEY_TEXT_MAX + 1];
};
struct log_key_text log_key_text(const struct note_key *key);

/* Whether a covenant that says so of this node names this log. */
bool log_identity_named(const struct log_identity *log, const char *origin, const char *key, const char *witness_key);

void log_record_id(const struct log_identity *identity, uint64_t sequence, struct ident *out);
bool log_record_sequence(const struct log_identity *identity, const struct ident *id,
                         uint64_t *out); /* false: not ours */

struct log_origin_text {
    char text[NOTE_NAME_MAX + 1];
};
struct log_origin_text log_origin_text(const char *origin, uint32_t generation);
/* `name` is `origin` or one of its later generations. */
bool log_origin_is(const char *name, const char *origin, uint32_t *generation);

#endif
