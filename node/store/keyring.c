#include "store/keyring.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <sodium.h>

#include "base/mem.h"
#include "store/keyfile.h"
#include "store/keystore.h"

static const char master_name[] = "master.key";
static const char *const signer_names[SEAL_SIGNER_COUNT] = {
    [SEAL_CHECKPOINTS] = "controlepunten.key",
    [SEAL_COSIGNATURES] = "getuige.key",
};

struct keyring {
    int folder;
    struct keyring_secrets *secrets; /* locked memory, read-only after open */
    struct keyring_boxes *boxes;     /* locked memory */
    pthread_mutex_t changing;        /* one change at a time, files included */
    pthread_mutex_t lock;            /* guards which `store` there is; its content does not change */
    struct keystore *store;          /* locked memory */
};

static enum result sodium_ready(struct error *err)
{
    ENSURE(sodium_init() >= 0, err, FAULT_INTERNAL, "libsodium", "de versleuteling kan niet starten");
    return RESULT_OK;
}

enum result keyring_create(const char *folder, struct error *err)
{
    TRY(sodium_ready(err));
    TRY(keyfile_folder_make(folder, err));
    int dir = -1;
    TRY(keyfile_folder_open(folder, &dir, err));
    uint8_t key[KEYRING_KEY_SIZE];
    randombytes_buf(key, sizeof key);
    const enum result result = keyfile_make(dir, master_name, key, err);
    mem_wipe(key, sizeof key);
    (void)close(dir);
    return result;
}

/* One key per use, so that no two uses ever share one. */
static void derive(const uint8_t master[KEYRING_KEY_SIZE], const char *use, uint8_t domain,
                   uint8_t out[KEYRING_KEY_SIZE])
{
    uint8_t personal[crypto_generichash_blake2b_PERSONALBYTES] = {0};
    (void)snprintf((char *)personal, sizeof personal, "%s", use);
    (void)crypto_generichash_blake2b_salt_personal(out, KEYRING_KEY_SIZE, &domain, 1, master, KEYRING_KEY_SIZE, NULL,
                                                   personal);
}

static enum result load_master(struct keyring *keyring, struct error *err)
{
    uint8_t master[KEYRING_KEY_SIZE];
    if (keyfile_read(keyring->folder, master_name, master, err) != RESULT_OK) {
        if (err != NULL) {
            err->fault = FAULT_CONFIG; /* without it the node cannot run: not a matter of not finding */
        }
        return RESULT_FAILED;
    }
    for (unsigned domain = 0; domain < KEYRING_DOMAINS; domain++) {
        derive(master, "kb-verzegelen", (uint8_t)domain, keyring->secrets->seal[domain]);
        derive(master, "kb-vinden", (uint8_t)domain, keyring->secrets->hash[domain]);
    }
    mem_wipe(master, sizeof master);
    (void)sodium_mprotect_readonly(keyring->secrets);
    return RESULT_OK;
}

static enum result fill(struct keyring *keyring, const char *folder, struct error *err)
{
    TRY(keyfile_folder_open(folder, &keyring->folder, err));
    keyring->secrets = sodium_malloc(sizeof *keyring->secrets);
    keyring->store = sodium_malloc(sizeof *keyring->store);
    keyring->boxes = sodium_malloc(sizeof *keyring->boxes);
    ENSURE(keyring->secrets != NULL && keyring->store != NULL && keyring->boxes != NULL, err, FAULT_NO_MEMORY, folder,
           "geen vergrendeld geheugen voor de sleutels");
    mem_wipe(keyring->boxes, sizeof *keyring->boxes);
    TRY(load_master(keyring, err));
    return keystore_read(keyring->folder, keyring->store, err);
}

enum result keyring_open(const char *folder, struct keyring **out, struct error *err)
{
    TRY(sodium_ready(err));
    struct keyring *keyring = mem_zalloc(sizeof *keyring);
    ENSURE(keyring != NULL, err, FAULT_NO_MEMORY, folder, "geen geheugen");
    keyring->folder = -1;
    (void)pthread_mutex_init(&keyring->changing, NULL);
    (void)pthread_mutex_init(&keyring->lock, NULL);
    if (fill(keyring, folder, err) != RESULT_OK) {
        keyring_close(keyring);
        return RESULT_FAILED;
    }
    *out = keyring;
    return RESULT_OK;
}

void keyring_close(struct keyring *keyring)
{
    if (keyring == NULL) {
        return;
    }
    sodium_free(keyring->secrets); /* wipes; NULL is fine */
    sodium_free(keyring->store);
    sodium_free(keyring->boxes);
    (void)pthread_mutex_destroy(&keyring->changing);
    (void)pthread_mutex_destroy(&keyring->lock);
    if (keyring->folder >= 0) {
        (void)close(keyring->folder);
    }
    mem_free(keyring);
}

enum result keyring_signer(const struct keyring *keyring, enum seal_signer signer, uint8_t out[KEYRING_KEY_SIZE],
                           struct error *err)
{
    const char *name = signer_names[signer];
    struct error found;
    if (keyfile_read(keyring->folder, name, out, &found) == RESULT_OK) {
        return RESULT_OK;
    }
    if (found.fault != FAULT_NOT_FOUND) {
        if (err != NULL) {
            *err = found;
        }
        return RESULT_FAILED;
    }
    randombytes_buf(out, KEYRING_KEY_SIZE);
    return keyfile_make(keyring->folder, name, out, err);
}

int keyring_folder(const struct keyring *keyring)
{
    return keyring->folder;
}

const struct keyring_secrets *keyring_secrets(const struct keyring *keyring)
{
    return keyring->secrets;
}

struct keyring_boxes *keyring_boxes(const struct keyring *keyring)
{
    return keyring->boxes;
}

/* ---- the log's keys: reading ---- */

/* For messages. */
struct class_name {
    char text[32];
};

static struct class_name name_of(struct seal_class class)
{
    struct class_name name;
    (void)snprintf(name.text, sizeof name.text, "logsleutel %06u-%u", (unsigned)class.month, (unsigned)class.class);
    return name;
}

static enum result copy_class_key(struct keyring *keyring, struct seal_class class, uint8_t out[KEYRING_KEY_SIZE],
                                  struct error *err)
{
    const struct keystore_class *found = keystore_find(keyring->store, class);
    ENSURE(found != NULL, err, FAULT_NOT_FOUND, name_of(class).text, "deze sleutel is er niet");
    memcpy(out, found->key, KEYRING_KEY_SIZE);
    return RESULT_OK;
}

enum result keyring_class_key(struct keyring *keyring, struct seal_class class, uint8_t out[KEYRING_KEY_SIZE],
                              struct error *err)
{
    (void)pthread_mutex_lock(&keyring->lock);
    const enum result result = copy_class_key(keyring, class, out, err);
    (void)pthread_mutex_unlock(&keyring->lock);
    return result;
}

static enum result copy_held_key(const struct keystore *store, const uint8_t salt[SEAL_SALT_SIZE],
                                 uint8_t out[KEYRING_KEY_SIZE], struct error *err)
{
    for (size_t i = 0; i < store->hold_count; i++) {
        const struct keystore_hold *h = &store->holds[i];
        for (size_t j = 0; j < h->hold.salt_count; j++) {
            if (memcmp(h->hold.salts[j], salt, SEAL_SALT_SIZE) == 0) {
                memcpy(out, h->keys[j], KEYRING_KEY_SIZE);
                return RESULT_OK;
            }
        }
    }
    FAIL(err, FAULT_NOT_FOUND, "logregel", "de sleutel van deze regel is er niet");
}

enum result keyring_held_key(struct keyring *keyring, const uint8_t salt[SEAL_SALT_SIZE], uint8_t out[KEYRING_KEY_SIZE],
                             struct error *err)
{
    (void)pthread_mutex_lock(&keyring->lock);
    const enum result result = copy_held_key(keyring->store, salt, out, err);
    (void)pthread_mutex_unlock(&keyring->lock);
    return result;
}

size_t seal_holds(struct keyring *keyring, struct seal_hold *out, size_t max)
{
    (void)pthread_mutex_lock(&keyring->lock);
    const size_t count = keyring->store->hold_count < max ? keyring->store->hold_count : max;
    for (size_t i = 0; i < count; i++) {
        out[i] = keyring->store->holds[i].hold;
    }
    (void)pthread_mutex_unlock(&keyring->lock);
    return count;
}

size_t seal_classes(struct keyring *keyring, struct seal_class *out, size_t max)
{
    (void)pthread_mutex_lock(&keyring->lock);
    const size_t count = keyring->store->class_count < max ? keyring->store->class_count : max;
    for (size_t i = 0; i < count; i++) {
        out[i] = keyring->store->classes[i].class;
    }
    (void)pthread_mutex_unlock(&keyring->lock);
    return count;
}

/* ---- changing them ---- */

struct change {
    struct seal_class class;
    const struct seal_class *classes;
    size_t count;
    const struct seal_hold *hold;
    const uint8_t (*keys)[KEYRING_KEY_SIZE];
    uint64_t record;
    bool nothing; /* it is so already */
};

typedef enum result apply_fn(struct keystore *draft, struct change *change, struct error *err);

/* The draft becomes what counts, on disk and then in memory. Under `changing`; takes the draft over. */
static enum result replace(struct keyring *keyring, struct keystore *draft, struct error *err)
{
    if (keystore_write(keyring->folder, draft, err) != RESULT_OK) {
        sodium_free(draft);
        return RESULT_FAILED;
    }
    struct keystore *old = keyring->store;
    (void)pthread_mutex_lock(&keyring->lock);
    keyring->store = draft;
    (void)pthread_mutex_unlock(&keyring->lock);
    sodium_free(old); /* wipes */
    return keystore_sweep(keyring->folder, draft->generation, err);
}

/* Under `changing`. */
static enum result apply_change(struct keyring *keyring, apply_fn *apply, struct change *change, struct error *err)
{
    struct keystore *draft = sodium_malloc(sizeof *draft);
    ENSURE(draft != NULL, err, FAULT_NO_MEMORY, "sleutels", "geen vergrendeld geheugen");
    memcpy(draft, keyring->store, sizeof *draft);
    if (apply(draft, change, err) != RESULT_OK || change->nothing) {
        sodium_free(draft);
        return change->nothing ? RESULT_OK : RESULT_FAILED;
    }
    return replace(keyring, draft, err);
}

static enum result change_keys(struct keyring *keyring, apply_fn *apply, struct change *change, struct error *err)
{
    (void)pthread_mutex_lock(&keyring->changing);
    const enum result result = apply_change(keyring, apply, change, err);
    (void)pthread_mutex_unlock(&keyring->changing);
    return result;
}

static enum result add_class(struct keystore *draft, struct change *change, struct error *err)
{
    const struct seal_class class = change->class;
    change->nothing = keystore_find(draft, class) != NULL;
    if (change->nothing) {
        return RESULT_OK;
    }
    ENSURE(class.class <= 9 && class.month >= 197001 && class.month <= 999912 && class.month % 100 >= 1 &&
               class.month % 100 <= 12,
           err, FAULT_INVALID, "log.key", "maand JJJJMM en bewaarklasse 0..9 verwacht");
    ENSURE(draft->class_count < LOG_KEYS_MAX, err, FAULT_TOO_LARGE, name_of(class).text,
           "er zijn al %d logboeksleutels: vernietig wat om is", (int)LOG_KEYS_MAX);
    struct keystore_class *added = &draft->classes[draft->class_count++];
    added->class = class;
    randombytes_buf(added->key, sizeof added->key);
    return RESULT_OK;
}

enum result keyring_class_make(struct keyring *keyring, struct seal_class class, bool *created, struct error *err)
{
    struct change change = {.class = class};
    TRY(change_keys(keyring, add_class, &change, err));
    if (created != NULL) {
        *created = !change.nothing;
    }
    return RESULT_OK;
}

static void remove_class(struct keystore *draft, struct keystore_class *found)
{
    struct keystore_class *last = &draft->classes[--draft->class_count];
    memmove(found, found + 1, (size_t)(last - found) * sizeof *found);
    mem_wipe(last, sizeof *last);
}

static enum result remove_classes(struct keystore *draft, struct change *change, struct error *err)
{
    (void)err;
    change->nothing = true;
    for (size_t i = 0; i < change->count; i++) {
        struct keystore_class *found = keystore_find(draft, change->classes[i]);
        if (found != NULL) {
            remove_class(draft, found);
            change->nothing = false;
        }
    }
    return RESULT_OK;
}

enum result keyring_class_destroy(struct keyring *keyring, const struct seal_class *classes, size_t count,
                                  struct error *err)
{
    struct change change = {.classes = classes, .count = count};
    TRY(change_keys(keyring, remove_classes, &change, err));
    /* Also what an earlier change could not destroy. */
    return change.nothing ? keyring_settle(keyring, err) : RESULT_OK;
}

static enum result add_hold(struct keystore *draft, struct change *change, struct error *err)
{
    for (size_t i = 0; i < draft->hold_count; i++) {
        ENSURE(memcmp(draft->holds[i].hold.salts[0], change->hold->salts[0], SEAL_SALT_SIZE) != 0, err, FAULT_CONFLICT,
               "regel", "deze regel wordt al vastgehouden");
    }
    ENSURE(draft->hold_count < LOG_HOLDS_MAX, err, FAULT_TOO_LARGE, "regel", "er worden al %d regels vastgehouden",
           (int)LOG_HOLDS_MAX);
    struct keystore_hold *added = &draft->holds[draft->hold_count++];
    added->hold = *change->hold;
    memcpy(added->keys, change->keys, sizeof added->keys);
    return RESULT_OK;
}

enum result keyring_hold(struct keyring *keyring, const struct seal_hold *hold,
                         uint8_t keys[SEAL_HOLD_SALTS][KEYRING_KEY_SIZE], struct error *err)
{
    struct change change = {.hold = hold, .keys = (const uint8_t(*)[KEYRING_KEY_SIZE])keys};
    return change_keys(keyring, add_hold, &change, err);
}

/* A record number may stand here twice, when data were restored that are older than the hold. */
static enum result remove_hold(struct keystore *draft, struct change *change, struct error *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < draft->hold_count; i++) {
        if (draft->holds[i].hold.record != change->record) {
            draft->holds[kept++] = draft->holds[i];
        }
    }
    ENSURE(kept != draft->hold_count, err, FAULT_NOT_FOUND, "regel", "deze regel wordt niet vastgehouden");
    mem_wipe(&draft->holds[kept], (draft->hold_count - kept) * sizeof draft->holds[0]);
    draft->hold_count = kept;
    return RESULT_OK;
}

enum result keyring_lift(struct keyring *keyring, uint64_t record, struct error *err)
{
    struct change change = {.record = record};
    return change_keys(keyring, remove_hold, &change, err);
}

/* Under `changing`. */
static enum result settle(struct keyring *keyring, struct error *err)
{
    size_t singles = 0;
    struct keystore *draft = sodium_malloc(sizeof *draft);
    ENSURE(draft != NULL, err, FAULT_NO_MEMORY, "sleutels", "geen vergrendeld geheugen");
    memcpy(draft, keyring->store, sizeof *draft);
    const enum result result = keystore_read_single(keyring->folder, draft, &singles, err);
    if (result != RESULT_OK || singles == 0) {
        sodium_free(draft);
        return result == RESULT_OK ? keystore_sweep(keyring->folder, keyring->store->generation, err) : result;
    }
    TRY(replace(keyring, draft, err));
    return keystore_sweep_single(keyring->folder, err);
}

enum result keyring_settle(struct keyring *keyring, struct error *err)
{
    (void)pthread_mutex_lock(&keyring->changing);
    const enum result result = settle(keyring, err);
    (void)pthread_mutex_unlock(&keyring->changing);
    return result;
}

bool keyring_was_used(const struct keyring *keyring)
{
    return keyring->store->generation != 0;
}
