#include "store/keystore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "store/keyfile.h"

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    CLASS_BYTES = 5 + KEYRING_KEY_SIZE,                                      /* month, class, key */
    HOLD_BYTES = 22 + SEAL_HOLD_SALTS * (SEAL_SALT_SIZE + KEYRING_KEY_SIZE), /* see put_hold */
    PLAIN_MAX = 8 + LOG_KEYS_MAX * CLASS_BYTES + LOG_HOLDS_MAX * HOLD_BYTES,
    FILE_MAX = PLAIN_MAX + NONCE + TAG,
    READ_TRIES = 5, /* a generation may be replaced between looking and reading */
};
_Static_assert((int)FILE_MAX <= (int)LOG_KEYS_FILE_MAX, "who copies the file has room for it");

struct file_name {
    char text[48];
};

static struct file_name name_of(uint32_t generation, const char *kind)
{
    struct file_name name;
    (void)snprintf(name.text, sizeof name.text, "logsleutels-%08u.%s", (unsigned)generation, kind);
    return name;
}

/* ---- the folder ---- */

/* Of a file of ours, whole or a draft of one; 0: it is another. */
static uint32_t generation_of(const char *name, const char **kind)
{
    static const char prefix[] = "logsleutels-";
    const size_t len = sizeof prefix - 1;
    if (strncmp(name, prefix, len) != 0 || name[len] < '0' || name[len] > '9') {
        return 0;
    }
    char *end = NULL;
    const unsigned long number = strtoul(name + len, &end, 10);
    *kind = end + 1;
    return *end == '.' && number < UINT32_MAX ? (uint32_t)number : 0;
}

static enum result take_newest(int folder, const char *name, void *ctx, struct error *err)
{
    (void)folder;
    (void)err;
    uint32_t *newest = ctx;
    const char *kind = "";
    const uint32_t generation = generation_of(name, &kind);
    if (strcmp(kind, "bos") == 0 && generation > *newest) {
        *newest = generation;
    }
    return RESULT_OK;
}

static enum result sweep_one(int folder, const char *name, void *ctx, struct error *err)
{
    const uint32_t *keep = ctx;
    const char *kind = "";
    const uint32_t generation = generation_of(name, &kind);
    const bool draft = strstr(kind, KEYFILE_DRAFT) != NULL;
    if (generation == 0 || (generation == *keep && !draft)) {
        return RESULT_OK;
    }
    if (generation == *keep) {
        (void)unlinkat(folder, name, 0); /* not overwritten: it is a second link to what is kept */
        return RESULT_OK;
    }
    return keyfile_destroy(folder, name, err);
}

enum result keystore_sweep(int folder, uint32_t keep, struct error *err)
{
    return keyfile_each(folder, sweep_one, &keep, err);
}

/* ---- the bytes ---- */

static void put_class(struct buf *out, const struct keystore_class *c)
{
    uint8_t head[5];
    bytes_put_u32(head, c->class.month);
    head[4] = c->class.class;
    buf_bytes(out, head, sizeof head);
    buf_bytes(out, c->key, sizeof c->key);
}

static void put_hold(struct buf *out, const struct keystore_hold *h)
{
    uint8_t head[22];
    bytes_put_u64(head, h->hold.record);
    bytes_put_u32(head + 8, h->hold.class.month);
    head[12] = h->hold.class.class;
    head[13] = (uint8_t)h->hold.salt_count;
    bytes_put_u64(head + 14, (uint64_t)h->hold.since_ms);
    buf_bytes(out, head, sizeof head);
    buf_bytes(out, h->hold.salts, sizeof h->hold.salts);
    buf_bytes(out, h->keys, sizeof h->keys);
}

static void put_all(struct buf *out, const struct keystore *store)
{
    uint8_t head[8];
    bytes_put_u32(head, (uint32_t)store->class_count);
    bytes_put_u32(head + 4, (uint32_t)store->hold_count);
    buf_bytes(out, head, sizeof head);
    for (size_t i = 0; i < store->class_count; i++) {
        put_class(out, &store->classes[i]);
    }
    for (size_t i = 0; i < store->hold_count; i++) {
        put_hold(out, &store->holds[i]);
    }
}

static void take_class(const uint8_t *from, struct keystore_class *c)
{
    c->class = (struct seal_class){bytes_get_u32(from), from[4]};
    memcpy(c->key, from + 5, sizeof c->key);
}

static void take_hold(const uint8_t *from, struct keystore_hold *h)
{
    h->hold.record = bytes_get_u64(from);
    h->hold.class = (struct seal_class){bytes_get_u32(from + 8), from[12]};
    h->hold.salt_count = from[13] < SEAL_HOLD_SALTS ? from[13] : SEAL_HOLD_SALTS;
    h->hold.since_ms = (int64_t)bytes_get_u64(from + 14);
    memcpy(h->hold.salts, from + 22, sizeof h->hold.salts);
    memcpy(h->keys, from + 22 + sizeof h->hold.salts, sizeof h->keys);
}

static enum result take_all(struct slice plain, const char *where, struct keystore *out, struct error *err)
{
    const size_t classes = plain.len >= 8 ? bytes_get_u32(plain.ptr) : 0;
    const size_t holds = plain.len >= 8 ? bytes_get_u32(plain.ptr + 4) : 0;
    ENSURE(plain.len >= 8 && classes <= LOG_KEYS_MAX && holds <= LOG_HOLDS_MAX &&
               plain.len == 8 + classes * CLASS_BYTES + holds * HOLD_BYTES,
           err, FAULT_CONFIG, where, "dit sleutelbestand is van een andere versie van het programma");
    const uint8_t *at = plain.ptr + 8;
    for (size_t i = 0; i < classes; i++, at += CLASS_BYTES) {
        take_class(at, &out->classes[i]);
    }
    for (size_t i = 0; i < holds; i++, at += HOLD_BYTES) {
        take_hold(at, &out->holds[i]);
    }
    out->class_count = classes;
    out->hold_count = holds;
    return RESULT_OK;
}

/* ---- sealing ---- */

/* The name is bound in: a file renamed to another generation does not open. */
static void seal(const struct file_name *name, const uint8_t key[KEYRING_KEY_SIZE], struct slice plain, struct buf *out)
{
    uint8_t *room = buf_reserve(out, NONCE + plain.len + TAG);
    if (room != NULL) {
        randombytes_buf(room, NONCE);
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
            room + NONCE, NULL, plain.ptr, plain.len, (const uint8_t *)name->text, strlen(name->text), NULL, room, key);
        buf_commit(out, NONCE + plain.len + TAG);
    }
}

static enum result open_sealed(const struct file_name *name, const uint8_t key[KEYRING_KEY_SIZE], struct slice sealed,
                               struct buf *plain, struct error *err)
{
    ENSURE(sealed.len >= NONCE + TAG, err, FAULT_CONFIG, name->text, "dit sleutelbestand is te kort");
    const size_t len = sealed.len - NONCE - TAG;
    uint8_t *room = buf_reserve(plain, len);
    ENSURE(room != NULL, err, FAULT_NO_MEMORY, name->text, "geen geheugen");
    ENSURE(crypto_aead_xchacha20poly1305_ietf_decrypt(room, NULL, NULL, sealed.ptr + NONCE, sealed.len - NONCE,
                                                      (const uint8_t *)name->text, strlen(name->text), sealed.ptr,
                                                      key) == 0,
           err, FAULT_CONFIG, name->text,
           "dit sleutelbestand opent niet: het is beschadigd of verwisseld; zet de kopie van de sleutelmap terug");
    buf_commit(plain, len);
    return RESULT_OK;
}

static enum result read_generation(int folder, uint32_t generation, struct keystore *out, struct error *err)
{
    uint8_t key[KEYRING_KEY_SIZE];
    struct buf sealed;
    struct buf plain;
    const struct file_name bunch = name_of(generation, "bos");
    buf_init(&sealed, FILE_MAX);
    buf_init(&plain, PLAIN_MAX);
    enum result result = keyfile_read(folder, name_of(generation, "key").text, key, err);
    if (result == RESULT_OK) {
        result = keyfile_read_bytes(folder, bunch.text, &sealed, err);
    }
    if (result == RESULT_OK) {
        result = open_sealed(&bunch, key, buf_slice(&sealed), &plain, err);
    }
    if (result == RESULT_OK) {
        result = take_all(buf_slice(&plain), bunch.text, out, err);
    }
    mem_wipe(key, sizeof key);
    buf_free(&sealed);
    buf_wipe(&plain);
    if (result == RESULT_OK) {
        out->generation = generation;
    }
    return result;
}

enum result keystore_read(int folder, struct keystore *out, struct error *err)
{
    struct error found;
    for (int i = 0; i < READ_TRIES; i++) {
        uint32_t newest = 0;
        TRY(keyfile_each(folder, take_newest, &newest, err));
        out->generation = 0;
        out->class_count = 0;
        out->hold_count = 0;
        if (newest == 0 || read_generation(folder, newest, out, &found) == RESULT_OK) {
            return RESULT_OK;
        }
        if (found.fault != FAULT_NOT_FOUND) {
            break;
        }
    }
    FAIL(err, found.fault == FAULT_NOT_FOUND ? FAULT_CONFIG : found.fault, found.where, "%s", found.what);
}

enum result keystore_write(int folder, struct keystore *store, struct error *err)
{
    uint8_t key[KEYRING_KEY_SIZE];
    struct buf sealed;
    struct buf plain;
    const uint32_t next = store->generation + 1;
    const struct file_name bunch = name_of(next, "bos");
    const struct file_name wrap = name_of(next, "key");
    buf_init(&sealed, FILE_MAX);
    buf_init(&plain, PLAIN_MAX);
    put_all(&plain, store);
    randombytes_buf(key, sizeof key);
    seal(&bunch, key, buf_slice(&plain), &sealed);
    enum result result = buf_result(&sealed, bunch.text, err);
    if (result == RESULT_OK) {
        result = keyfile_destroy(folder, wrap.text, err); /* what a crash left; it opens nothing */
    }
    if (result == RESULT_OK) {
        result = keyfile_make(folder, wrap.text, key, err);
    }
    if (result == RESULT_OK) {
        result = keyfile_make_bytes(folder, bunch.text, buf_slice(&sealed), err);
    }
    mem_wipe(key, sizeof key);
    buf_free(&sealed);
    buf_wipe(&plain);
    if (result == RESULT_OK) {
        store->generation = next;
    }
    return result;
}

struct keystore_class *keystore_find(struct keystore *store, struct seal_class class)
{
    for (size_t i = store->class_count; i-- > 0;) { /* those of this month are the last: sealing asks for them */
        struct keystore_class *c = &store->classes[i];
        if (c->class.month == class.month && c->class.class == class.class) {
            return c;
        }
    }
    return NULL;
}

/* ---- as it was before ---- */

static bool is_single(const char *name, struct seal_class *out)
{
    static const char pattern[] = "log-000000-0.key"; /* a zero stands for any digit */
    uint32_t digits = 0;
    if (strlen(name) != sizeof pattern - 1) {
        return false;
    }
    for (size_t i = 0; pattern[i] != '\0'; i++) {
        const bool digit = name[i] >= '0' && name[i] <= '9';
        if (pattern[i] == '0' ? !digit : name[i] != pattern[i]) {
            return false;
        }
        digits = digit ? digits * 10 + (uint32_t)(name[i] - '0') : digits;
    }
    *out = (struct seal_class){digits / 10, (uint8_t)(digits % 10)};
    return true;
}

struct singles {
    struct keystore *store;
    size_t found;
};

static enum result take_single(int folder, const char *name, void *ctx, struct error *err)
{
    struct singles *singles = ctx;
    struct keystore *store = singles->store;
    struct seal_class class;
    if (!is_single(name, &class)) {
        return RESULT_OK;
    }
    singles->found++;
    if (keystore_find(store, class) != NULL) {
        return RESULT_OK;
    }
    ENSURE(store->class_count < LOG_KEYS_MAX, err, FAULT_CONFIG, name, "meer dan %d logboeksleutels",
           (int)LOG_KEYS_MAX);
    TRY(keyfile_read(folder, name, store->classes[store->class_count].key, err));
    store->classes[store->class_count++].class = class;
    return RESULT_OK;
}

enum result keystore_read_single(int folder, struct keystore *store, size_t *found, struct error *err)
{
    struct singles singles = {store, 0};
    TRY(keyfile_each(folder, take_single, &singles, err));
    *found = singles.found;
    return RESULT_OK;
}

static enum result sweep_single(int folder, const char *name, void *ctx, struct error *err)
{
    (void)ctx;
    struct seal_class class;
    return is_single(name, &class) ? keyfile_destroy(folder, name, err) : RESULT_OK;
}

enum result keystore_sweep_single(int folder, struct error *err)
{
    return keyfile_each(folder, sweep_single, NULL, err);
}
