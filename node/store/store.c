#include "store/store.h"

#include "base/mem.h"
#include "store/folder.h"
#include "store/inside.h"
#include "store/keyring.h"
#include "store/vault.h"

enum { PROOF_BYTES_MAX = 256 };

static void on_sync_failed(void *ctx, const struct error *err)
{
    struct store *store = ctx;
    if (!atomic_exchange(&store->fatal, true) && store->options.fatal != NULL) {
        store->options.fatal(store->options.fatal_ctx, err);
    }
}

/* Before anything is changed: a wrong key must be an error here, not a riddle at the first read. */
static enum result check_key(struct store *store, struct buf *proof, struct error *err)
{
    TRY(backend_key_proof(store->backend, proof, err));
    if (proof->len != 0) {
        return vault_check_proof(store->options.keyring, buf_slice(proof), err);
    }
    /* A new store knows nobody, and would say so. */
    ENSURE(!keyring_was_used(store->options.keyring), err, FAULT_CONFIG, store->options.folder,
           "de opslag is leeg, en bij deze sleutels hoort er een met een logboek: maak de map leeg en zet een "
           "reservekopie terug (ketenbrug restore), of begin opnieuw met andere sleutels (ketenbrug init)");
    vault_seal_proof(store->options.keyring, proof);
    ENSURE(buf_ok(proof), err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    return RESULT_OK;
}

static enum result start(struct store *store, struct buf *proof, struct error *err)
{
    const struct store_options *options = &store->options;
    TRY(folder_make(options->folder, err));
    TRY(folder_lock(options->folder, &store->lock, err));
    TRY(backend_open(&(struct backend_options){.folder = options->folder,
                                               .log = options->log,
                                               .sync_failed = on_sync_failed,
                                               .sync_failed_ctx = store,
                                               .test_without_sync = options->test_without_sync},
                     &store->backend, err));
    TRY(check_key(store, proof, err));
    struct merkle_frontier tree;
    TRY(backend_prepare(store->backend, buf_slice(proof), clock_now(options->clock), &tree, err));
    return writer_start(store->backend, &tree, options->log, &store->fatal, &store->writer, err);
}

enum result store_open(const struct store_options *options, struct store **out, struct error *err)
{
    struct store *store = mem_zalloc(sizeof *store);
    ENSURE(store != NULL, err, FAULT_NO_MEMORY, "opslag", "geen geheugen");
    store->options = *options;
    store->lock = -1;
    atomic_init(&store->fatal, false);
    struct buf proof;
    buf_init(&proof, PROOF_BYTES_MAX);
    const enum result result = start(store, &proof, err);
    buf_free(&proof);
    if (result != RESULT_OK) {
        store_close(store);
        return RESULT_FAILED;
    }
    store->options.folder = NULL; /* the caller's, and not needed again */
    *out = store;
    return RESULT_OK;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    if (store->writer != NULL) {
        writer_stop(store->writer);
    }
    if (store->backend != NULL) {
        backend_close(store->backend);
    }
    if (store->lock >= 0) {
        folder_unlock(store->lock);
    }
    mem_free(store);
}

void store_confirm(struct store *store)
{
    backend_confirm(store->backend);
}

bool store_writable(const struct store *store)
{
    return writer_ok(store->writer);
}

void store_commit_times(const struct store *store, struct histogram *out)
{
    writer_times(store->writer, out);
}

int store_schema_version(void)
{
    return backend_schema_version();
}
