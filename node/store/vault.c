#include "store/vault.h"

#include <stdio.h>

#include "base/bytes.h"

enum { BOUND_MAX = 128, PROOF_MAX = 128 };

struct bound {
    uint8_t bytes[BOUND_MAX];
    size_t len;
};

static void bound_add(struct bound *bound, const void *ptr, size_t len)
{
    const size_t room = sizeof bound->bytes - bound->len;
    const size_t taken = len < room ? len : room;
    memcpy(bound->bytes + bound->len, ptr, taken);
    bound->len += taken;
}

/* Unambiguous: what follows the table's name has a fixed length. */
static struct bound bound_of(enum store_kind kind, const struct ident *id, const struct ident *parent)
{
    struct bound bound = {.len = 0};
    const char *table = kind_of(kind)->table;
    bound_add(&bound, table, strlen(table));
    bound_add(&bound, id->bytes, IDENT_SIZE);
    bound_add(&bound, parent->bytes, IDENT_SIZE);
    return bound;
}

static struct bound bound_value(const char *name)
{
    struct bound bound = {.len = 0};
    bound_add(&bound, "value/", 6);
    bound_add(&bound, name, strlen(name));
    return bound;
}

static struct slice bytes_of(const struct bound *bound)
{
    return slice_of(bound->bytes, bound->len);
}

void vault_seal(const struct keyring *keyring, enum store_kind kind, const struct ident *id, const struct ident *parent,
                struct slice payload, struct buf *out)
{
    const struct bound bound = bound_of(kind, id, parent);
    seal_value(keyring, SEAL_ITEM, bytes_of(&bound), payload, out);
}

enum result vault_open(const struct keyring *keyring, enum store_kind kind, const struct ident *id,
                       const struct ident *parent, struct slice sealed, struct buf *out, struct error *err)
{
    const struct bound bound = bound_of(kind, id, parent);
    return seal_open(keyring, SEAL_ITEM, bytes_of(&bound), sealed, out, err);
}

uint64_t vault_version(struct slice sealed)
{
    const uint64_t version = sealed.len >= SEAL_VERSION_SIZE ? bytes_get_u64(sealed.ptr) : 0;
    return version != 0 ? version : 1; /* once in 2^64 a change meets no guard, or a needless one */
}

void vault_key(const struct keyring *keyring, enum store_kind kind, enum store_key key, struct slice plain,
               uint8_t out[SEAL_HASH_SIZE])
{
    char context[BOUND_MAX];
    (void)snprintf(context, sizeof context, "%s.%s", kind_of(kind)->table, kind_of(kind)->keys[key]);
    seal_hash(keyring, SEAL_LOOKUP, slice_text(context), plain, out);
}

void vault_seal_value(const struct keyring *keyring, const char *name, struct slice value, struct buf *out)
{
    const struct bound bound = bound_value(name);
    seal_value(keyring, SEAL_ITEM, bytes_of(&bound), value, out);
}

enum result vault_open_value(const struct keyring *keyring, const char *name, struct slice sealed, struct buf *out,
                             struct error *err)
{
    const struct bound bound = bound_value(name);
    return seal_open(keyring, SEAL_ITEM, bytes_of(&bound), sealed, out, err);
}

static const char proof_bound[] = "meta/sleutelproef";
static const char proof_text[] = "ketenbrug";

void vault_seal_proof(const struct keyring *keyring, struct buf *out)
{
    seal_value(keyring, SEAL_ITEM, slice_text(proof_bound), slice_text(proof_text), out);
}

enum result vault_check_proof(const struct keyring *keyring, struct slice sealed, struct error *err)
{
    struct buf plain;
    buf_init(&plain, PROOF_MAX);
    struct error why;
    const enum result opened = seal_open(keyring, SEAL_ITEM, slice_text(proof_bound), sealed, &plain, &why);
    const bool same = opened == RESULT_OK && slice_is(buf_slice(&plain), proof_text);
    buf_free(&plain);
    ENSURE(opened == RESULT_OK || why.fault != FAULT_NO_MEMORY, err, FAULT_NO_MEMORY, "master.key", "geen geheugen");
    ENSURE(same, err, FAULT_CONFIG, "master.key", "deze sleutel hoort niet bij deze opslag");
    return RESULT_OK;
}
