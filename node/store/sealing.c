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

enum { AT_NONCE = SEALING_PUBLIC_SIZE, AT_SEALED = AT_NONCE + crypto_aead_xchacha20poly1305_ietf_NPUBBYTES };

_Static_assert(SEALING_OVERHEAD == AT_SEALED + crypto_aead_xchacha20poly1305_ietf_ABYTES &&
                   SEALING_PUBLIC_SIZE == crypto_box_PUBLICKEYBYTES && SEAL_KEY_SIZE == crypto_box_SECRETKEYBYTES &&
                   crypto_aead_xchacha20poly1305_ietf_KEYBYTES == crypto_box_BEFORENMBYTES &&
                   KEYRING_KEY_SIZE == crypto_box_BEFORENMBYTES,
               "sizes of boxes");
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

/* ---- what two keys agree on ---- */

struct both { /* public keys, the sender's first */
    uint8_t keys[2 * SEALING_PUBLIC_SIZE];
};

static struct both both_of(const struct keyring_box_shared *shared)
{
    struct both both;
    memcpy(both.keys, shared->from, SEALING_PUBLIC_SIZE);
    memcpy(both.keys + SEALING_PUBLIC_SIZE, shared->to, SEALING_PUBLIC_SIZE);
    return both;
}

static bool same_key(const uint8_t a[SEALING_PUBLIC_SIZE], const uint8_t b[SEALING_PUBLIC_SIZE])
{
    return memcmp(a, b, SEALING_PUBLIC_SIZE) == 0; /* both public */
}

static bool opens(const struct keyring_box_shared *shared, struct slice box, uint8_t *out)
{
    const struct both both = both_of(shared);
    return crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, box.ptr + AT_SEALED, box.len - AT_SEALED,
                                                      both.keys, sizeof both.keys, box.ptr + AT_NONCE,
                                                      shared->key) == 0;
}

/* Those of one sender come together. */
static bool opens_as_before(const struct keyring_boxes *boxes, struct slice box, uint8_t *out)
{
    bool open = false;
    for (size_t i = 0; i < KEYRING_BOX_PARTNERS && !open; i++) {
        const struct keyring_box_shared *shared = &boxes->opened[i];
        open = shared->known && same_key(shared->from, box.ptr) && opens(shared, box, out);
    }
    return open;
}

static bool opens_with_pair(struct keyring_boxes *boxes, struct slice box, uint8_t *out)
{
    struct keyring_box_shared shared = {.known = true};
    memcpy(shared.from, box.ptr, SEALING_PUBLIC_SIZE);
    memcpy(shared.to, boxes->pair.pub, SEALING_PUBLIC_SIZE);
    const bool open = boxes->pair.known && crypto_box_beforenm(shared.key, shared.from, boxes->pair.secret) == 0 &&
                      opens(&shared, box, out);
    if (open) {
        boxes->opened[boxes->opened_next] = shared;
        boxes->opened_next = (boxes->opened_next + 1) % KEYRING_BOX_PARTNERS;
    }
    mem_wipe(&shared, sizeof shared);
    return open;
}

static void forget_opened(struct keyring_boxes *boxes)
{
    mem_wipe(&boxes->pair, sizeof boxes->pair);
    mem_wipe(boxes->opened, sizeof boxes->opened);
}

/* Newest first; which opens is remembered, because the next box is most likely for it too. */
static enum result try_all(struct keyring *keyring, struct slice box, uint8_t *out, bool *open, struct error *err)
{
    struct listing found;
    struct keyring_boxes *boxes = keyring_boxes(keyring);
    struct keyring_box_pair *pair = &boxes->pair;
    TRY(list(keyring, &found, err));
    for (size_t i = 0; i < found.count && !*open; i++) {
        pair->known = false;
        TRY(read_secret(keyring, found.made_s[i], pair->secret, err));
        (void)crypto_scalarmult_base(pair->pub, pair->secret);
        pair->known = true;
        *open = opens_with_pair(boxes, box, out);
    }
    return RESULT_OK;
}

enum result sealing_open(struct keyring *keyring, struct slice box, struct buf *out, struct error *err)
{
    struct keyring_boxes *boxes = keyring_boxes(keyring);
    ENSURE(box.len > SEALING_OVERHEAD, err, FAULT_UNFIT, "", "verzegelsleutel");
    uint8_t *room = buf_reserve(out, box.len - SEALING_OVERHEAD);
    ENSURE(room != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    bool open = opens_as_before(boxes, box, room) || opens_with_pair(boxes, box, room);
    const enum result tried = open ? RESULT_OK : try_all(keyring, box, room, &open, err);
    if (!open) {
        forget_opened(boxes);
    }
    TRY(tried);
    ENSURE(open, err, FAULT_UNFIT, "", "verzegelsleutel");
    buf_commit(out, box.len - SEALING_OVERHEAD);
    return RESULT_OK;
}

static bool serves(const struct keyring_box_shared *shared, int64_t now_ms)
{
    return shared->known && shared->until_ms > now_ms && shared->until_ms - now_ms <= SEAL_SHARED_MS;
}

void sealing_rest(struct keyring *keyring, int64_t now_ms)
{
    struct keyring_boxes *boxes = keyring_boxes(keyring);
    for (size_t i = 0; i < KEYRING_BOX_PARTNERS; i++) {
        if (boxes->sent[i].known && !serves(&boxes->sent[i], now_ms)) {
            mem_wipe(&boxes->sent[i], sizeof boxes->sent[i]);
        }
    }
}

static enum result agree(struct keyring_box_shared *shared, const uint8_t pub[SEALING_PUBLIC_SIZE], int64_t now_ms,
                         struct error *err)
{
    uint8_t secret[SEAL_KEY_SIZE];
    (void)crypto_box_keypair(shared->from, secret);
    memcpy(shared->to, pub, SEALING_PUBLIC_SIZE);
    shared->known = crypto_box_beforenm(shared->key, pub, secret) == 0;
    shared->until_ms = now_ms + SEAL_SHARED_MS;
    shared->boxes = SEAL_SHARED_BOXES;
    mem_wipe(secret, sizeof secret);
    ENSURE(shared->known, err, FAULT_UNFIT, "", "de verzegelsleutel van de ketenpartner is geen sleutel");
    return RESULT_OK;
}

/* The one that serves for this receiver: in its own place, or in that of the oldest. */
static enum result find_shared(struct keyring_boxes *boxes, const uint8_t pub[SEALING_PUBLIC_SIZE], int64_t now_ms,
                               struct keyring_box_shared **out, struct error *err)
{
    struct keyring_box_shared *shared = NULL;
    for (size_t i = 0; i < KEYRING_BOX_PARTNERS && shared == NULL; i++) {
        shared = boxes->sent[i].known && same_key(boxes->sent[i].to, pub) ? &boxes->sent[i] : NULL;
    }
    if (shared == NULL) {
        shared = &boxes->sent[boxes->sent_next];
        boxes->sent_next = (boxes->sent_next + 1) % KEYRING_BOX_PARTNERS;
        shared->known = false;
    }
    if (!serves(shared, now_ms) || shared->boxes == 0) {
        TRY(agree(shared, pub, now_ms, err));
    }
    *out = shared;
    return RESULT_OK;
}

enum result sealing_close(struct keyring *keyring, const uint8_t pub[SEALING_PUBLIC_SIZE], int64_t now_ms,
                          struct slice plain, struct buf *out, struct error *err)
{
    struct keyring_box_shared *shared = NULL;
    uint8_t *box = buf_reserve(out, plain.len + SEALING_OVERHEAD);
    ENSURE(box != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    TRY(find_shared(keyring_boxes(keyring), pub, now_ms, &shared, err));
    const struct both both = both_of(shared);
    memcpy(box, shared->from, SEALING_PUBLIC_SIZE);
    randombytes_buf(box + AT_NONCE, AT_SEALED - AT_NONCE);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(box + AT_SEALED, NULL, plain.ptr, plain.len, both.keys,
                                                     sizeof both.keys, NULL, box + AT_NONCE, shared->key);
    shared->boxes--;
    buf_commit(out, plain.len + SEALING_OVERHEAD);
    return RESULT_OK;
}

/* The draft that a crash may have left holds the same bytes. */
enum result sealing_turn(struct keyring *keyring, int64_t now_ms, struct error *err)
{
    struct listing found;
    mem_wipe(keyring_boxes(keyring), sizeof(struct keyring_boxes));
    TRY(list(keyring, &found, err));
    for (size_t i = 0; i < found.count; i++) {
        if ((int64_t)(found.made_s[i] + (uint64_t)SEAL_KEY_KEPT_DAYS * DAY_S) * 1000 <= now_ms) {
            TRY(keyfile_destroy(keyring_folder(keyring), name_of(found.made_s[i], KEYFILE_DRAFT).text, err));
            TRY(keyfile_destroy(keyring_folder(keyring), name_of(found.made_s[i], "").text, err));
        }
    }
    return RESULT_OK;
}
