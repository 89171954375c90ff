/*
 * sealing.h - keys to which partners seal who a task is about, so that no outbox, backup or proxy holds a name.
 *
 * Does:      keeps key pairs (X25519) in the key folder, each sealed with the master key in a
 *            file of its own (`verzegelsleutel-N.key`, N the POSIX second in which it was made); gives the one that serves;
 *            opens boxes; seals to a partner's key; destroys what is old.
 * Does not:  sign or fetch them: api/tasks_seal.c does. It protects what is stored and sent, not against the receiver's
 *            running node.
 * Box:       a public key made for it, a random nonce (24), and XChaCha20-Poly1305 of the content (tag last) under what both
 *            keys agree on (crypto_box_beforenm), with both public keys as additional data. The sender's half of a pair is
 *            forgotten at once; what both agree on serves for one receiver, for SEAL_SHARED_MS and SEAL_SHARED_BOXES, for
 *            an agreement costs fifty times what sealing does. So a box says with which others it was sent to this
 *            receiver, who sees that anyhow, and no two receivers get a key in common.
 * Memory:    the pair that opened a box last and what was agreed on lately, in the keyring; sealing_turn wipes all, a box
 *            that nothing opens what opens, and sealing_rest what is too old to seal with.
 * Terms:     a key serves SEAL_KEY_DAYS and is destroyed SEAL_KEY_KEPT_DAYS after it was made. No backup holds one.
 * Thread:    the loop's. Faults: FAULT_IO, FAULT_CONFIG as keyfile.h; FAULT_UNFIT for a box that no key opens.
 */
#ifndef KETENBRUG_STORE_SEALING_H
#define KETENBRUG_STORE_SEALING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fault.h"
#include "base/slice.h"

struct keyring;

enum { SEALING_PUBLIC_SIZE = 32, SEALING_OVERHEAD = SEALING_PUBLIC_SIZE + 24 + 16 /* of a box */ };

/* The newest that serves; made when there is none. `until_ms` is when it serves no longer; `created`: just now. */
MUST_USE enum result sealing_key_current(struct keyring *keyring, int64_t now_ms, uint8_t pub[SEALING_PUBLIC_SIZE],
                                         int64_t *until_ms, bool *created, struct error *err);
MUST_USE enum result sealing_open(struct keyring *keyring, struct slice box, struct buf *out, struct error *err);
MUST_USE enum result sealing_close(struct keyring *keyring, const uint8_t pub[SEALING_PUBLIC_SIZE], int64_t now_ms,
                                   struct slice plain, struct buf *out, struct error *err);
void sealing_rest(struct keyring *keyring, int64_t now_ms); /* to be called each second */
/* Destroys those that were kept long enough. */
MUST_USE enum result sealing_turn(struct keyring *keyring, int64_t now_ms, struct error *err);
bool sealing_file(const char *name); /* of the key folder: one that no copy may hold */

#endif
