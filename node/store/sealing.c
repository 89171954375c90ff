#include "store/sealing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/limits.h"
#include "base/mem.h"
#include "store/keyfile.h"
#include "store/keyring.h"

enum { SEALED_MAX = SEAL_KEY_SIZE + SEAL_OVERHEAD, DAY_S = 86400, KEYS_MAX = 32, NAME_SIZE = 64 };

static const char prefix[] = "verzegelsleutel-";

_Static_assert(SEALING_OVERHEAD == crypto_box_SEALBYTES && SEALING_PUBLIC_SIZE == crypto_box_PUBLICKEYBYTES &&
                   SEAL_KEY_SIZE == crypto_box_SECRETKEYBYTES,
               "sizes of sealed boxes");
_Static_assert(KEYS_MAX > SEAL_KEY_KEPT_DAYS / SEAL_KEY_DAYS + 2, "room for all that are kept");

struct key_name {
    char text[NAME_SIZE];
};

static struct key_name name_of(uint64_t made_s, const char *end)
{
    struct key_name name;
    (void)snprintf(name.text, sizeof name.text, "%s%llu.key%s", prefix, (unsigned long long)made_s, end);
    return name;
}

bool sealing_file(const char *name)
{
    return strncmp(name, prefix, sizeof prefix - 1) == 0; /* drafts too */
}

/* ---- which there are ---- */

struct listing {
    uint64_t made_s[KEYS_MAX]; /* newest first */
    size_t count;
};

static enum result see(int folder, const char *name, void *ctx, struct error *err)
{
    struct listing *l = ctx;
    char *end = NULL;
    (void)folder;
    if (!sealing_file(name)) {
        return RESULT_OK;
    }
    const uint64_t made_s = strtoull(name + sizeof prefix - 1, &end, 10);
    if (strcmp(end, ".key") != 0 || strcmp(name_of(made_s, "").text, name) != 0) {
        return RESULT_OK;
    }
    ENSURE(l->count < KEYS_MAX, err, FAULT_CONFIG, prefix, "meer dan %d verzegelsleutels", (int)KEYS_MAX);
    size_t at = l->count++;
    for (; at != 0 && l->made_s[at - 1] < made_s; at--) {
        l->made_s[at] = l->made_s[at - 1];
    }
    l->made_s[at] = made_s;
    return RESULT_OK;
}

static enum result list(struct keyring *keyring, struct listing *out, struct error *err)
{
    out->count = 0;
    return keyfile_each(keyring_folder(keyring), see, out, err);
}

/* ---- one key ---- */

/* The name is bound in: a file renamed to another moment does not open. */
static enum result read_secret(struct keyring *keyring, uint64_t made_s, uint8_t out[SEAL_KEY_SIZE], struct error *err)
{
    const struct key_name name = name_of(made_s, "");
    struct buf sealed;
    struct buf plain;
    buf_init(&sealed, SEALED_MAX);
    buf_init(&plain, SEAL_KEY_SIZE);
    enum result result = keyfile_read_bytes(keyring_folder(keyring), name.text, &sealed, err);
    if (result == RESULT_OK && sealed.len != SEALED_MAX) {
        result = error_set(err, FAULT_CONFIG, name.text, "het sleutelbestand moet %d bytes lang zijn", (int)SEALED_MAX);
    }
    if (result == RESULT_OK) {
        result = seal_open(keyring, SEAL_EPOCH, slice_text(name.text), buf_slice(&sealed), &plain, err);
    }
    if (result == RESULT_OK) {
        memcpy(out, plain.ptr, SEAL_KEY_SIZE);
    }
    buf_free(&sealed);
    buf_wipe(&plain);
    return result;
}

static enum result make(struct keyring *keyring, uint64_t made_s, struct error *err)
{
    const struct key_name name = name_of(made_s, "");
    uint8_t secret[SEAL_KEY_SIZE];
    struct buf sealed;
    buf_init(&sealed, SEALED_MAX);
    randombytes_buf(secret, sizeof secret);
    seal_value(keyring, SEAL_EPOCH, slice_text(name.text), slice_of(secret, sizeof secret), &sealed);
    mem_wipe(secret, sizeof secret);
    enum result result = buf_result(&sealed, name.text, err);
    if (result == RESULT_OK) {
        result = keyfile_make_bytes(keyring_folder(keyring), name.text, buf_slice(&sealed), err);
    }
    buf_free(&sealed);
    return result;
}

static int64_t serves_until(uint64_t made_s)
{
    return (int64_t)(made_s + (uint64_t)SEAL_KEY_DAYS * DAY_S) * 1000;
}

enum result sealing_key_current(struct keyring *keyring, int64_t now_ms, uint8_t pub[SEALING_PUBLIC_SIZE],
                                int64_t *until_ms, bool *created, struct error *err)
{
    struct listing found;
    uint8_t secret[SEAL_KEY_SIZE];
    TRY(list(keyring, &found, err));
    const bool serves = found.count != 0 && serves_until(found.made_s[0]) > now_ms;
    const uint64_t made_s = serves ? found.made_s[0] : (uint64_t)now_ms / 1000;
    if (!serves) {
        TRY(make(keyring, made_s, err));
    }
    TRY(read_secret(keyring, made_s, secret, err));
    (void)crypto_scalarmult_base(pub, secret);
    mem_wipe(secret, sizeof secret);
    *until_ms = serves_until(made_s);
    *created = !serves;
    return RESULT_OK;
}

static bool opens(const struct keyring_box_pair *pair, struct slice box, uint8_t *out)
{
    return pair->known && crypto_box_seal_open(out, box.ptr, box.len, pair->pub, pair->secret) == 0;
}

static void forget(struct keyring *keyring)
{
    mem_wipe(keyring_box_pair(keyring), sizeof(struct keyring_box_pair));
}

/* Newest first; which opens is remembered, because the next box is most likely for it too. */
static enum result try_all(struct keyring *keyring, struct slice box, uint8_t *out, bool *open, struct error *err)
{
    struct listing found;
    struct keyring_box_pair *pair = keyring_box_pair(keyring);
    TRY(list(keyring, &found, err));
    for (size_t i = 0; i < found.count && !*open; i++) {
        pair->known = false;
        TRY(read_secret(keyring, found.made_s[i], pair->secret, err));
        (void)crypto_scalarmult_base(pair->pub, pair->secret);
        pair->known = true;
        *open = opens(pair, box, out);
    }
    return RESULT_OK;
}

enum result sealing_open(struct keyring *keyring, struct slice box, struct buf *out, struct error *err)
{
    ENSURE(box.len > SEALING_OVERHEAD, err, FAULT_UNFIT, "", "verzegelsleutel");
    uint8_t *room = buf_reserve(out, box.len - SEALING_OVERHEAD);
    ENSURE(room != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    bool open = opens(keyring_box_pair(keyring), box, room);
    const enum result tried = open ? RESULT_OK : try_all(keyring, box, room, &open, err);
    if (!open) {
        forget(keyring);
    }
    TRY(tried);
    ENSURE(open, err, FAULT_UNFIT, "", "verzegelsleutel");
    buf_commit(out, box.len - SEALING_OVERHEAD);
    return RESULT_OK;
}

enum result sealing_close(const uint8_t pub[SEALING_PUBLIC_SIZE], struct slice plain, struct buf *out,
                          struct error *err)
{
    uint8_t *room = buf_reserve(out, plain.len + SEALING_OVERHEAD);
    ENSURE(room != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    ENSURE(crypto_box_seal(room, plain.ptr, plain.len, pub) == 0, err, FAULT_UNFIT, "",
           "de verzegelsleutel van de ketenpartner is geen sleutel");
    buf_commit(out, plain.len + SEALING_OVERHEAD);
    return RESULT_OK;
}

/* The draft that a crash may have left holds the same bytes. */
enum result sealing_turn(struct keyring *keyring, int64_t now_ms, struct error *err)
{
    struct listing found;
    forget(keyring);
    TRY(list(keyring, &found, err));
    for (size_t i = 0; i < found.count; i++) {
        if ((int64_t)(found.made_s[i] + (uint64_t)SEAL_KEY_KEPT_DAYS * DAY_S) * 1000 <= now_ms) {
            TRY(keyfile_destroy(keyring_folder(keyring), name_of(found.made_s[i], KEYFILE_DRAFT).text, err));
            TRY(keyfile_destroy(keyring_folder(keyring), name_of(found.made_s[i], "").text, err));
        }
    }
    return RESULT_OK;
}
