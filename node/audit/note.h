/*
 * note.h - signed notes and the keys that sign them (C2SP signed-note, tlog-cosignature).
 *
 * A note is a text that ends in a newline, an empty line, and signature lines: em dash, space, key name, space, base64
 * of (key id 4, signature). Type 0x01 signs the text (Ed25519); type 0x04 is a cosignature: 8 bytes of POSIX time and a
 * signature over `cosignature/v1`, `time <decimal>` and the text, a line each.
 * Does:      reads and writes notes and keys (`name+hex(key id)+base64(type, key)`), signs, verifies.
 * Does not:  know what a note says.
 * Ownership: note_key_* give a key into a struct of the caller's; note_key_drop ends it. A parsed note borrows from its
 *            bytes. Thread: any.
 * Faults:    FAULT_INVALID with what is wrong in the note or the key.
 */
#ifndef KETENBRUG_AUDIT_NOTE_H
#define KETENBRUG_AUDIT_NOTE_H

#include "base/buf.h"
#include "base/fault.h"
#include "base/limits.h"
#include "base/slice.h"
#include "certs/ed25519.h"

enum note_key_type { NOTE_ED25519 = 0x01, NOTE_COSIGNATURE = 0x04 };
enum { NOTE_KEY_ID_SIZE = 4, NOTE_TIME_SIZE = 8 };

struct note_key {
    char name[NOTE_NAME_MAX + 1]; /* no space, no plus */
    enum note_key_type type;
    uint8_t id[NOTE_KEY_ID_SIZE];
    struct ed25519 *key;
};

MUST_USE enum result note_key_from_seed(const char *name, enum note_key_type type,
                                        const uint8_t seed[ED25519_SEED_SIZE], struct note_key *out, struct error *err);
/* The public form. Another type than these two is refused. */
MUST_USE enum result note_key_parse(struct slice text, struct note_key *out, struct error *err);
void note_key_write(const struct note_key *key, struct buf *out);
void note_key_drop(struct note_key *key); /* NULL key inside is fine */

struct note_signature {
    struct slice name;
    uint8_t id[NOTE_KEY_ID_SIZE];
    size_t len;
    uint8_t bytes[NOTE_TIME_SIZE + ED25519_SIGNATURE_SIZE];
};

struct note {
    struct slice text; /* with its last newline */
    size_t count;
    struct note_signature signatures[NOTE_SIGNATURES_MAX];
};

/* Signatures of other kinds (another length) are read over: verifiers ignore what they don't know. */
MUST_USE enum result note_parse(struct slice bytes, struct note *out, struct error *err);

enum note_verdict { NOTE_ABSENT, NOTE_HOLDS, NOTE_FAILS };
/* Whether this key signed; for a cosignature also when (POSIX seconds, may be NULL). */
enum note_verdict note_verdict(const struct note *note, const struct note_key *key, uint64_t *time_s);

/* Appends the line of this key's signature, when it holds, and none of the others; false: it did not sign. What is kept or
 * passed on is such lines alone: a note may carry kilobytes of lines that nobody knows. */
bool note_copy_line(const struct note *note, const struct note_key *key, struct buf *out);

/* Appends a signature line over `text`. `time_s` counts for a cosignature alone. */
MUST_USE enum result note_sign(const struct note_key *key, struct slice text, uint64_t time_s, struct buf *out,
                               struct error *err);

#endif
