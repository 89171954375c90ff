#include "store/keyring.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include <sodium.h>

#include "base/limits.h"
#include "base/mem.h"
#include "store/keyfile.h"

static const char master_name[] = "master.key";
static const char *const signer_names[SEAL_SIGNER_COUNT] = {
    [SEAL_CHECKPOINTS] = "controlepunten.key",
    [SEAL_COSIGNATURES] = "getuige.key",
};

struct class_slot {
    bool used;
    struct seal_class class;
    uint8_t key[KEYRING_KEY_SIZE];
};

struct keyring {
    int folder;
    struct keyring_secrets *secrets; /* locked memory, read-only after open */
    pthread_mutex_t lock;            /* guards what follows */
    struct class_slot *classes;      /* locked memory */
    size_t next;                     /* the slot that the next key takes */
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
    keyring->classes = sodium_allocarray(STORE_CLASS_KEYS_MAX, sizeof *keyring->classes);
    ENSURE(keyring->secrets != NULL && keyring->classes != NULL, err, FAULT_NO_MEMORY, folder,
           "geen vergrendeld geheugen voor de sleutels");
    sodium_memzero(keyring->classes, STORE_CLASS_KEYS_MAX * sizeof *keyring->classes);
    return load_master(keyring, err);
}

enum result keyring_open(const char *folder, struct keyring **out, struct error *err)
{
    TRY(sodium_ready(err));
    struct keyring *keyring = mem_zalloc(sizeof *keyring);
    ENSURE(keyring != NULL, err, FAULT_NO_MEMORY, folder, "geen geheugen");
    keyring->folder = -1;
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
    sodium_free(keyring->classes);
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

const struct keyring_secrets *keyring_secrets(const struct keyring *keyring)
{
    return keyring->secrets;
}

struct class_name {
    char text[32];
};

static enum result name_of(struct seal_class class, struct class_name *out, struct error *err)
{
    ENSURE(class.class <= 9 && class.month >= 197001 && class.month <= 999912 && class.month % 100 >= 1 &&
               class.month % 100 <= 12,
           err, FAULT_INVALID, "log.key", "maand JJJJMM en bewaarklasse 0..9 verwacht");
    (void)snprintf(out->text, sizeof out->text, "log-%06u-%u.key", (unsigned)class.month, (unsigned)class.class);
    return RESULT_OK;
}

static struct class_slot *slot_of(struct keyring *keyring, struct seal_class class)
{
    for (size_t i = 0; i < STORE_CLASS_KEYS_MAX; i++) {
        struct class_slot *slot = &keyring->classes[i];
        if (slot->used && slot->class.month == class.month && slot->class.class == class.class) {
            return slot;
        }
    }
    return NULL;
}

static void forget(struct class_slot *slot)
{
    if (slot != NULL) {
        sodium_memzero(slot, sizeof *slot);
    }
}

static void keep(struct keyring *keyring, struct seal_class class, const uint8_t key[KEYRING_KEY_SIZE])
{
    struct class_slot *slot = slot_of(keyring, class);
    if (slot == NULL) {
        slot = &keyring->classes[keyring->next];
        keyring->next = (keyring->next + 1) % STORE_CLASS_KEYS_MAX;
    }
    slot->used = true;
    slot->class = class;
    memcpy(slot->key, key, KEYRING_KEY_SIZE);
}

/* Under the lock. */
static enum result class_key(struct keyring *keyring, struct seal_class class, enum keyring_source source,
                             uint8_t out[KEYRING_KEY_SIZE], struct error *err)
{
    struct class_slot *slot = slot_of(keyring, class);
    if (slot != NULL && source == KEY_FROM_MEMORY) {
        memcpy(out, slot->key, KEYRING_KEY_SIZE);
        return RESULT_OK;
    }
    struct class_name name;
    TRY(name_of(class, &name, err));
    if (keyfile_read(keyring->folder, name.text, out, err) != RESULT_OK) {
        forget(slot);
        return RESULT_FAILED;
    }
    keep(keyring, class, out);
    return RESULT_OK;
}

enum result keyring_class_key(struct keyring *keyring, struct seal_class class, enum keyring_source source,
                              uint8_t out[KEYRING_KEY_SIZE], struct error *err)
{
    (void)pthread_mutex_lock(&keyring->lock);
    const enum result result = class_key(keyring, class, source, out, err);
    (void)pthread_mutex_unlock(&keyring->lock);
    return result;
}

/* Under the lock. */
static enum result class_make(struct keyring *keyring, struct seal_class class, uint8_t key[KEYRING_KEY_SIZE],
                              bool *created, struct error *err)
{
    struct error found;
    *created = false;
    if (class_key(keyring, class, KEY_FROM_MEMORY, key, &found) == RESULT_OK) {
        return RESULT_OK;
    }
    if (found.fault != FAULT_NOT_FOUND) {
        if (err != NULL) {
            *err = found;
        }
        return RESULT_FAILED;
    }
    struct class_name name;
    TRY(name_of(class, &name, err));
    randombytes_buf(key, KEYRING_KEY_SIZE);
    TRY(keyfile_make(keyring->folder, name.text, key, err));
    keep(keyring, class, key);
    *created = true;
    return RESULT_OK;
}

enum result keyring_class_make(struct keyring *keyring, struct seal_class class, bool *created, struct error *err)
{
    uint8_t key[KEYRING_KEY_SIZE];
    bool made = false;
    (void)pthread_mutex_lock(&keyring->lock);
    const enum result result = class_make(keyring, class, key, &made, err);
    (void)pthread_mutex_unlock(&keyring->lock);
    mem_wipe(key, sizeof key);
    if (result == RESULT_OK && created != NULL) {
        *created = made;
    }
    return result;
}

/* As name_of writes them. */
static bool is_class_name(const char *name)
{
    return strlen(name) == sizeof "log-202601-0.key" - 1 && strncmp(name, "log-", 4) == 0 &&
           strcmp(name + sizeof "log-202601-0" - 1, ".key") == 0;
}

bool keyring_was_used(const struct keyring *keyring)
{
    const int fd = openat(keyring->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    bool found = false;
    if (folder == NULL) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return false;
    }
    for (const struct dirent *e = readdir(folder); e != NULL && !found; e = readdir(folder)) {
        found = is_class_name(e->d_name);
    }
    (void)closedir(folder);
    return found;
}
