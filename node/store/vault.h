/*
 * vault.h - how items are sealed: what a sealed item is bound to, and what its keys are hashed with. Writing and
 * reading must agree on it, so it stands in one place. Inside this room only.
 *
 * A payload is bound to kind, id and parent: moved to another row, table or parent, it does not open.
 * Thread: any. Faults: as seal.h.
 */
#ifndef KETENBRUG_STORE_VAULT_H
#define KETENBRUG_STORE_VAULT_H

#include "store/kinds.h"
#include "store/seal.h"

void vault_seal(const struct keyring *keyring, enum store_kind kind, const struct ident *id, const struct ident *parent,
                struct slice payload, struct buf *out);
MUST_USE enum result vault_open(const struct keyring *keyring, enum store_kind kind, const struct ident *id,
                                const struct ident *parent, struct slice sealed, struct buf *out, struct error *err);
/* What store_item.version is; never 0. */
uint64_t vault_version(struct slice sealed);
void vault_key(const struct keyring *keyring, enum store_kind kind, enum store_key key, struct slice plain,
               uint8_t out[SEAL_HASH_SIZE]);

void vault_seal_value(const struct keyring *keyring, const char *name, struct slice value, struct buf *out);
MUST_USE enum result vault_open_value(const struct keyring *keyring, const char *name, struct slice sealed,
                                      struct buf *out, struct error *err);

/* A constant, sealed: kept in the database, it tells at open whether this keyring belongs to it. */
void vault_seal_proof(const struct keyring *keyring, struct buf *out);
MUST_USE enum result vault_check_proof(const struct keyring *keyring, struct slice sealed, struct error *err);

#endif
