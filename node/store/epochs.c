/* Seeds of the epochs of private matching: a sealed file each, made once, destroyed in time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/mem.h"
#include "store/keyfile.h"
#include "store/keyring.h"

enum { SEALED_MAX = SEAL_KEY_SIZE + SEAL_OVERHEAD };

static const char prefix[] = "koppelperiode-";
static const char where[] = "koppelperiode";

struct epoch_name {
    char text[48];
};

static struct epoch_name name_of(uint32_t epoch, const char *end)
{
    struct epoch_name name;
    (void)snprintf(name.text, sizeof name.text, "%s%u.key%s", prefix, (unsigned)epoch, end);
    return name;
}

bool seal_epoch_file(const char *name)
{
    return strncmp(name, prefix, sizeof prefix - 1) == 0; /* drafts too */
}

/* The name is bound in: a file renamed to another epoch does not open. */
static enum result open_seed(const struct keyring *keyring, const struct epoch_name *name, struct slice sealed,
                             uint8_t out[SEAL_KEY_SIZE], struct error *err)
{
    struct buf plain;
    buf_init(&plain, SEAL_KEY_SIZE);
    enum result result = RESULT_FAILED;
    if (sealed.len != SEALED_MAX) {
        (void)error_set(err, FAULT_CONFIG, name->text, "het sleutelbestand moet %d bytes lang zijn", (int)SEALED_MAX);
    } else {
        result = seal_open(keyring, SEAL_EPOCH, slice_text(name->text), sealed, &plain, err);
    }
    if (result == RESULT_OK) {
        memcpy(out, plain.ptr, SEAL_KEY_SIZE);
    }
    buf_wipe(&plain);
    return result;
}

enum result seal_epoch_seed(struct keyring *keyring, uint32_t epoch, uint8_t out[SEAL_KEY_SIZE], struct error *err)
{
    const struct epoch_name name = name_of(epoch, "");
    struct buf sealed;
    buf_init(&sealed, SEALED_MAX);
    enum result result = keyfile_read_bytes(keyring_folder(keyring), name.text, &sealed, err);
    if (result == RESULT_OK) {
        result = open_seed(keyring, &name, buf_slice(&sealed), out, err);
    }
    buf_free(&sealed);
    return result;
}

static enum result make(struct keyring *keyring, const struct epoch_name *name, struct error *err)
{
    uint8_t seed[SEAL_KEY_SIZE];
    struct buf sealed;
    buf_init(&sealed, SEALED_MAX);
    randombytes_buf(seed, sizeof seed);
    seal_value(keyring, SEAL_EPOCH, slice_text(name->text), slice_of(seed, sizeof seed), &sealed);
    mem_wipe(seed, sizeof seed);
    enum result result = buf_result(&sealed, where, err);
    if (result == RESULT_OK) {
        result = keyfile_make_bytes(keyring_folder(keyring), name->text, buf_slice(&sealed), err);
    }
    buf_free(&sealed);
    return result;
}

enum result seal_epoch_make(struct keyring *keyring, uint32_t epoch, bool *created, struct error *err)
{
    const struct epoch_name name = name_of(epoch, "");
    uint8_t seed[SEAL_KEY_SIZE];
    struct error found;
    const enum result there = seal_epoch_seed(keyring, epoch, seed, &found);
    mem_wipe(seed, sizeof seed);
    if (there != RESULT_OK && found.fault != FAULT_NOT_FOUND) {
        return error_set(err, found.fault, found.where, "%s", found.what);
    }
    if (there != RESULT_OK) {
        TRY(make(keyring, &name, err));
    }
    if (created != NULL) {
        *created = there != RESULT_OK;
    }
    return RESULT_OK;
}

/* The draft that a crash may have left holds the same bytes. */
enum result seal_epoch_destroy(struct keyring *keyring, uint32_t epoch, struct error *err)
{
    TRY(keyfile_destroy(keyring_folder(keyring), name_of(epoch, KEYFILE_DRAFT).text, err));
    return keyfile_destroy(keyring_folder(keyring), name_of(epoch, "").text, err);
}

/* ---- which there are ---- */

struct listing {
    uint32_t *out;
    size_t max;
    size_t count;
};

static bool epoch_of(const char *name, uint32_t *out)
{
    char *end = NULL;
    if (!seal_epoch_file(name)) {
        return false;
    }
    const unsigned long number = strtoul(name + sizeof prefix - 1, &end, 10);
    *out = (uint32_t)number;
    /* Exactly as it is written: no sign, no zeros in front, no draft. */
    return number <= UINT32_MAX && *end != '\0' && strcmp(name_of(*out, "").text, name) == 0;
}

/* In its place among those that are there, of which the highest goes when there is no room. */
static enum result take(int folder, const char *name, void *ctx, struct error *err)
{
    (void)folder;
    (void)err;
    struct listing *listing = ctx;
    uint32_t epoch = 0;
    if (!epoch_of(name, &epoch)) {
        return RESULT_OK;
    }
    size_t at = listing->count;
    while (at > 0 && listing->out[at - 1] > epoch) {
        at--;
    }
    if (at == listing->max) {
        return RESULT_OK;
    }
    listing->count += listing->count < listing->max;
    memmove(listing->out + at + 1, listing->out + at, (listing->count - at - 1) * sizeof *listing->out);
    listing->out[at] = epoch;
    return RESULT_OK;
}

enum result seal_epochs(struct keyring *keyring, uint32_t *out, size_t max, size_t *count, struct error *err)
{
    struct listing listing = {out, max, 0};
    *count = 0;
    TRY(keyfile_each(keyring_folder(keyring), take, &listing, err));
    *count = listing.count;
    return RESULT_OK;
}
