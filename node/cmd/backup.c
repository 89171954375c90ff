/*
 * `ketenbrug backup`: a copy of the data in a folder of its own: knooppunt.db and inhoud.json, which says what must be in
 * it. The keys are apart: a copy of both in one hand is a copy of everything.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "cmd/backup_folder.h"
#include "cmd/command.h"
#include "cmd/config.h"
#include "cmd/desk.h"
#include "cmd/files.h"
#include "store/seal.h"
#include "store/sealing.h"

enum { KEY_COPY_TRIES = 5 };

static enum result write_whole(const char *path, struct slice bytes, struct error *err)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ENSURE(fd >= 0, err, FAULT_IO, path, "niet te maken: %s", strerror(errno));
    const ssize_t put = write(fd, bytes.ptr, bytes.len);
    if (put >= 0 && (size_t)put < bytes.len) {
        errno = ENOSPC; /* a part fitted */
    }
    const bool done = put == (ssize_t)bytes.len && fsync(fd) == 0;
    (void)close(fd);
    ENSURE(done, err, FAULT_IO, path, "niet te schrijven: %s", strerror(errno));
    return RESULT_OK;
}

static enum result make_folder(const char *path, struct error *err)
{
    ENSURE(mkdir(path, 0700) == 0, err, FAULT_IO, path, "niet te maken (een reservekopie komt in een nieuwe map): %s",
           strerror(errno));
    return RESULT_OK;
}

/* The log in the copy and the record about it in the node. */
static enum result record_it(const struct args *args, const struct backup_manifest *m, struct error *err)
{
    struct desk *desk = NULL;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    struct buf body;
    TRY(desk_open(args, &desk, err));
    buf_init(&body, 512);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_int(&w, "regels", (int64_t)m->leaves);
    json_put_text(&w, "wortel", m->root);
    json_end_object(&w);
    const enum result result = desk_call(desk, "POST", "/v1/reservekopieen", &body, &answer, err);
    buf_free(&body);
    desk_close(desk);
    return result;
}

static enum result fill_folder(const struct config *config, const char *path, const char *manifest,
                               struct backup_manifest *m, struct error *err)
{
    struct buf text;
    TRY(backup_copy(config->folder, path, err));
    TRY(backup_describe(path, m, err));
    buf_init(&text, BACKUP_MANIFEST_MAX);
    backup_manifest_write(m, &text);
    enum result result = buf_result(&text, manifest, err);
    if (result == RESULT_OK) {
        result = write_whole(manifest, buf_slice(&text), err);
    }
    buf_free(&text);
    return result;
}

static enum result copy_key(const char *from_folder, const char *to_folder, const char *name, struct error *err)
{
    if (seal_epoch_file(name) || sealing_file(name)) {
        return RESULT_OK; /* of private matching: gone is gone; the node makes new ones */
    }
    char from[BACKUP_PATH_MAX];
    char to[BACKUP_PATH_MAX];
    struct buf text;
    (void)snprintf(from, sizeof from, "%s/%s", from_folder, name);
    (void)snprintf(to, sizeof to, "%s/%s", to_folder, name);
    buf_init(&text, LOG_KEYS_FILE_MAX);
    enum result result = file_read(from, &text, err);
    if (result == RESULT_OK) {
        result = write_whole(to, buf_slice(&text), err);
    }
    buf_wipe(&text);
    return result;
}

typedef enum result key_file_fn(const char *from_folder, const char *to_folder, const char *name, struct error *err);

static enum result each_key(const char *folder, key_file_fn *each, const char *to_folder, struct error *err)
{
    DIR *keys = opendir(folder);
    ENSURE(keys != NULL, err, FAULT_IO, folder, "niet te lezen: %s", strerror(errno));
    enum result result = RESULT_OK;
    for (const struct dirent *e = readdir(keys); e != NULL && result == RESULT_OK; e = readdir(keys)) {
        struct stat status; /* not d_type: some file systems do not tell it */
        if (fstatat(dirfd(keys), e->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode)) {
            result = each(folder, to_folder, e->d_name, err);
        }
    }
    (void)closedir(keys);
    return result;
}

static enum result remove_key(const char *folder, const char *to_folder, const char *name, struct error *err)
{
    char path[BACKUP_PATH_MAX];
    (void)to_folder;
    (void)err;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    (void)unlink(path);
    return RESULT_OK;
}

/* A folder that this command made. */
static void drop_keys(const char *folder)
{
    (void)each_key(folder, remove_key, folder, NULL);
    (void)rmdir(folder);
}

/* A copy that opens: the node may have replaced the log's keys between one file and the next. */
static enum result try_copy_keys(const struct config *config, const char *folder, struct error *err)
{
    struct keyring *copy = NULL;
    TRY(make_folder(folder, err));
    enum result result = each_key(config->key_folder, copy_key, folder, err);
    if (result == RESULT_OK) {
        result = keyring_open(folder, &copy, err);
    }
    keyring_close(copy);
    if (result != RESULT_OK) {
        drop_keys(folder);
    }
    return result;
}

static enum result copy_keys(const struct config *config, const char *folder, struct error *err)
{
    enum result result = RESULT_FAILED;
    ENSURE(access(folder, F_OK) != 0, err, FAULT_CONFLICT, folder, "een kopie van de sleutels komt in een nieuwe map");
    for (int i = 0; i < KEY_COPY_TRIES && result != RESULT_OK; i++) {
        result = try_copy_keys(config, folder, err);
    }
    return result;
}

/* All or nothing. The keys after the data: a key that is made meanwhile is then in the copy too. */
static enum result copy_all(const struct args *args, const struct config *config, const char *folder, const char *keys,
                            struct backup_manifest *m, struct error *err)
{
    char path[BACKUP_PATH_MAX];
    char manifest[BACKUP_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/%s", folder, backup_database_name);
    (void)snprintf(manifest, sizeof manifest, "%s/%s", folder, backup_manifest_name);
    TRY(make_folder(folder, err));
    enum result result = fill_folder(config, path, manifest, m, err);
    bool has_keys = false;
    if (result == RESULT_OK && keys != NULL) {
        result = copy_keys(config, keys, err);
        has_keys = result == RESULT_OK;
    }
    if (result == RESULT_OK) {
        result = record_it(args, m, err);
    }
    if (result != RESULT_OK) { /* a copy that nobody can account for is not left lying about */
        (void)unlink(path);
        (void)unlink(manifest);
        (void)rmdir(folder);
    }
    if (result != RESULT_OK && has_keys) {
        drop_keys(keys);
    }
    return result;
}

static void print(const struct args *args, const struct backup_manifest *m, const char *folder, const char *word)
{
    if (args_flag(args, "json")) {
        struct buf text;
        buf_init(&text, BACKUP_MANIFEST_MAX);
        backup_manifest_write(m, &text);
        (void)printf("%.*s\n", (int)text.len, (const char *)text.ptr);
        buf_free(&text);
        return;
    }
    (void)printf("reservekopie %s: %s\n  %lld registraties, logboek %llu regels, %.1f MiB\n", word, folder,
                 (long long)m->rows, (unsigned long long)m->leaves, (double)m->bytes / 1048576.0);
}

/* The folder itself, or a path in it. */
static bool is_within(const char *path, const char *folder)
{
    const size_t len = strlen(folder);
    return strncmp(path, folder, len) == 0 &&
           (path[len] == '\0' || path[len] == '/' || (len != 0 && folder[len - 1] == '/'));
}

static int run(const struct args *args)
{
    struct error err;
    struct config config;
    struct backup_manifest m;
    const char *keys = args_value(args, "sleutels");
    if (args->free_count != 1) {
        (void)error_set(&err, FAULT_USAGE, "MAP", "toegestaan: precies een map");
        return command_fail(&err);
    }
    const char *folder = args->free_words[0];
    if (args_flag(args, "controleer")) {
        if (backup_verify(folder, &m, &err) != RESULT_OK) {
            return command_fail(&err);
        }
        print(args, &m, folder, "klopt");
        return EXIT_FINE;
    }
    if (keys != NULL && is_within(keys, folder)) {
        (void)error_set(&err, FAULT_USAGE, "sleutels",
                        "een andere plaats dan de gegevens: wie beide kopieen heeft, heeft alles");
        return command_fail(&err);
    }
    if (config_read(config_file(args_value(args, "config")), &config, &err) != RESULT_OK ||
        copy_all(args, &config, folder, keys, &m, &err) != RESULT_OK) {
        return command_fail(&err);
    }
    print(args, &m, folder, "gemaakt");
    if (keys != NULL) {
        (void)fprintf(stderr, "sleutels: %s - breng deze kopie naar een andere plaats dan de gegevens\n", keys);
    }
    return EXIT_FINE;
}

static const struct option_row options[] = {
    {"controleer", NULL, false, "controleert een reservekopie en verandert niets"},
    {"sleutels", "MAP2", false, "zet ook een kopie van de sleutels in een andere nieuwe map"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_backup = {
    .name = "backup",
    .summary = "maakt een reservekopie van de gegevens in een nieuwe map, ook terwijl het knooppunt draait",
    .free_words = "MAP",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug backup /mnt/kopie/2026-11-24",
    .run = run,
};
