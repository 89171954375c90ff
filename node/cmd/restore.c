/*
 * `ketenbrug restore`: a backup becomes the data of a node that has none. All is done in a folder beside the place where
 * it must come; the last step is a rename, so that a restore that was cut off leaves nothing half. The first record of
 * the restored log says that it was restored, and from what.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <uv.h>

#include "api/witness.h"
#include "audit/audit.h"
#include "audit/log_identity.h"
#include "base/bytes.h"
#include "base/date.h"
#include "base/encode.h"
#include "base/mem.h"
#include "cmd/backup_folder.h"
#include "cmd/command.h"
#include "cmd/config.h"
#include "cmd/files.h"
#include "store/seal.h"
#include "store/store.h"

struct restoring {
    const struct config *config;
    struct backup_manifest manifest;
    char work[BACKUP_PATH_MAX];  /* the folder in which the store is made ready */
    char made[BACKUP_PATH_MAX];  /* the database in it */
    char place[BACKUP_PATH_MAX]; /* where it must come */
    uv_loop_t loop;
    struct keyring *keyring;
    struct store *store;
    struct store_door *door;
    struct audit *audit;
    bool failed;
    struct error err;
};

static enum result copy_file(const char *from, const char *to, struct error *err)
{
    static const size_t piece_size = BACKUP_PIECE_BYTES;
    uint8_t *piece CLEANUP(mem_cleanup) = mem_alloc(piece_size);
    FILE *in = fopen(from, "re");
    const int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool whole = piece != NULL && in != NULL && fd >= 0;
    while (whole) {
        const size_t got = fread(piece, 1, piece_size, in);
        if (got == 0) {
            break;
        }
        whole = write(fd, piece, got) == (ssize_t)got;
    }
    whole = whole && ferror(in) == 0 && fsync(fd) == 0;
    const int why = errno;
    if (in != NULL) {
        (void)fclose(in);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    ENSURE(whole, err, FAULT_IO, to, "niet te schrijven: %s", strerror(why));
    return RESULT_OK;
}

static void note(struct restoring *r, const struct error *err)
{
    if (err != NULL && !r->failed) {
        r->failed = true;
        r->err = *err;
    }
}

static void started(void *ctx, const struct error *err)
{
    note(ctx, err);
}

static void committed(void *ctx, const struct store_committed *done, const struct error *err)
{
    (void)done;
    note(ctx, err);
}

/* The log goes on as a new generation: see log_identity.h. */
static void begin_generation(struct store_batch *batch)
{
    uint8_t generation[LOG_GENERATION_BYTES];
    bytes_put_u32(generation, (uint32_t)(clock_now(&system_clock) / 1000));
    store_set_value(batch, log_generation_name, slice_of(generation, sizeof generation));
    store_set_value(batch, witness_restored_name, slice_text("1"));
}

static void append(struct restoring *r)
{
    struct error err;
    char text[128];
    struct record record = {.operation = RECORD_RESTORED, .outcome = OUTCOME_DONE, .age = 255};
    struct store_batch *batch = store_batch_new(r->door);
    (void)hex_decode(slice_text(r->manifest.root), record.attachment, sizeof record.attachment);
    (void)snprintf(text, sizeof text, "reservekopie van %s: %llu regels", moment_text(r->manifest.made_ms).text,
                   (unsigned long long)r->manifest.leaves);
    if (batch == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        note(r, &err);
    } else if (audit_append(r->audit, batch, &record, slice_text(text), &err) != RESULT_OK) {
        store_batch_free(batch);
        note(r, &err);
    } else {
        begin_generation(batch);
        store_commit(r->door, batch, committed, r);
    }
}

static void detached(void *ctx)
{
    ((struct restoring *)ctx)->door = NULL;
}

/* The store with its keys: a key that does not fit is found here. */
static enum result open_parts(struct restoring *r, struct error *err)
{
    TRY(keyring_open(r->config->key_folder, &r->keyring, err));
    const struct store_options options = {
        .folder = r->work, .keyring = r->keyring, .clock = &system_clock, .log = &stderr_log};
    TRY(store_open(&options, &r->store, err));
    TRY(store_attach(r->store, &r->loop, &r->door, err));
    return audit_open(r->keyring, &system_clock, &system_entropy, &r->audit, err);
}

static enum result say_so(struct restoring *r, struct error *err)
{
    (void)uv_loop_init(&r->loop);
    enum result result = open_parts(r, err);
    if (result == RESULT_OK) {
        audit_start(r->audit, r->door, started, r);
        if (!r->failed) {
            append(r);
        }
        (void)uv_run(&r->loop, UV_RUN_DEFAULT);
        if (r->failed) {
            *err = r->err;
            result = RESULT_FAILED;
        }
    }
    if (r->door != NULL) {
        store_detach(r->door, detached, r);
        (void)uv_run(&r->loop, UV_RUN_DEFAULT);
    }
    audit_close(r->audit);
    if (r->store != NULL) {
        store_close(r->store); /* and with it the write-ahead log is in the file */
    }
    if (r->keyring != NULL) {
        keyring_close(r->keyring);
    }
    (void)uv_loop_close(&r->loop);
    return result;
}

static void sweep(const struct restoring *r)
{
    static const char *const names[] = {"knooppunt.db", "knooppunt.db-wal", "knooppunt.db-shm", "knooppunt.slot"};
    char path[BACKUP_PATH_MAX + 32];
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", r->work, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(r->work);
}

static enum result put_in_place(const struct restoring *r, struct error *err)
{
    const int folder = open(r->config->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool done = folder >= 0 && link(r->made, r->place) == 0 && fsync(folder) == 0;
    const int why = errno;
    if (folder >= 0) {
        (void)close(folder);
    }
    ENSURE(done, err, FAULT_IO, r->place, "niet op zijn plaats te zetten: %s", strerror(why));
    return RESULT_OK;
}

static enum result restore(struct restoring *r, const char *from, struct error *err)
{
    char database[BACKUP_PATH_MAX];
    (void)snprintf(r->work, sizeof r->work, "%.4000s/.herstel", r->config->folder);
    (void)snprintf(r->made, sizeof r->made, "%.4000s/.herstel/%s", r->config->folder, backup_database_name);
    (void)snprintf(r->place, sizeof r->place, "%.4000s/%s", r->config->folder, backup_database_name);
    (void)snprintf(database, sizeof database, "%.4000s/%s", from, backup_database_name);
    ENSURE(access(r->place, F_OK) != 0, err, FAULT_CONFLICT, r->place,
           "hier zijn al gegevens; herstel kan alleen in een lege map");
    TRY(backup_verify(from, &r->manifest, err));
    ENSURE(mkdir(r->config->folder, 0700) == 0 || errno == EEXIST, err, FAULT_IO, r->config->folder,
           "niet te maken: %s", strerror(errno));
    sweep(r); /* of a restore that was cut off */
    ENSURE(mkdir(r->work, 0700) == 0, err, FAULT_IO, r->work, "niet te maken: %s", strerror(errno));
    enum result result = copy_file(database, r->made, err);
    if (result == RESULT_OK) {
        result = say_so(r, err);
    }
    if (result == RESULT_OK) {
        result = put_in_place(r, err);
    }
    sweep(r);
    return result;
}

static int run(const struct args *args)
{
    struct error err;
    struct config config;
    struct restoring r = {.config = &config};
    if (args->free_count != 1) {
        (void)error_set(&err, FAULT_USAGE, "MAP", "toegestaan: precies een map met een reservekopie");
        return command_fail(&err);
    }
    if (config_read(config_file(args_value(args, "config")), &config, &err) != RESULT_OK ||
        restore(&r, args->free_words[0], &err) != RESULT_OK) {
        return command_fail(&err);
    }
    (void)printf("hersteld: %lld registraties, logboek tot en met regel %llu van %s\n", (long long)r.manifest.rows,
                 (unsigned long long)r.manifest.leaves, moment_text(r.manifest.made_ms).text);
    (void)printf("Wat daarna is ingetrokken, geweigerd of beperkt, is hier niet bekend: leg dat na de start meteen "
                 "opnieuw vast.\n");
    return EXIT_FINE;
}

static const struct option_row options[] = {OPTION_CONFIG};

const struct command command_restore = {
    .name = "restore",
    .summary = "maakt van een reservekopie de gegevens van een knooppunt dat er nog geen heeft",
    .free_words = "MAP",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug restore /mnt/kopie/2026-11-24",
    .run = run,
};
