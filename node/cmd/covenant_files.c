#include "cmd/covenant_files.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cmd/files.h"

static const char ending[] = ".json";

static enum result load_document(const struct config *config, struct covenant_files *out, struct error *err)
{
    struct fault_list faults = {0};
    TRY(file_read(config->covenant, &out->text, err));
    if (covenant_parse(buf_slice(&out->text), &out->covenant, &faults) != RESULT_OK) {
        char where[FAULT_WHERE_MAX];
        (void)snprintf(where, sizeof where, "%.110s %.40s", config->covenant, faults.items[0].where);
        FAIL(err, FAULT_CONFIG, where, "%s (%zu fouten; zie ketenbrug check)", faults.items[0].what, faults.count);
    }
    return RESULT_OK;
}

static enum result load_signature(const char *folder, const char *name, const struct trust *trust, int64_t now_ms,
                                  struct signature **out, struct error *err)
{
    char path[2 * CONFIG_PATH_MAX];
    CLEANUP(buf_free) struct buf text;
    buf_init(&text, STORE_PAYLOAD_MAX);
    (void)snprintf(path, sizeof path, "%.511s/%.255s", folder, name);
    TRY(file_read(path, &text, err));
    if (signature_parse(buf_slice(&text), trust, now_ms, out, err) != RESULT_OK) {
        struct error why = *err;
        FAIL(err, why.fault, name, "%.80s: %.250s", why.where, why.what);
    }
    return RESULT_OK;
}

static bool is_signature(const char *name)
{
    const size_t len = strlen(name);
    return name[0] != '.' && len >= sizeof ending && strcmp(name + len - (sizeof ending - 1), ending) == 0;
}

static void load_signatures(const struct config *config, const struct trust *trust, int64_t now_ms,
                            struct covenant_files *out)
{
    DIR *folder = config->signatures[0] != '\0' ? opendir(config->signatures) : NULL;
    if (folder == NULL) {
        if (config->signatures[0] != '\0') {
            fault_list_add(&out->refused, FAULT_IO, config->signatures, "de map is niet te lezen");
        }
        return;
    }
    size_t seen = 0; /* good or not */
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        struct error err;
        if (!is_signature(entry->d_name)) {
            continue;
        }
        if (seen++ == SIGNATURE_FILES_MAX) {
            fault_list_add(&out->refused, FAULT_TOO_LARGE, config->signatures, "meer dan %d handtekeningen",
                           SIGNATURE_FILES_MAX);
            break;
        }
        if (load_signature(config->signatures, entry->d_name, trust, now_ms, &out->signatures[out->count], &err) ==
            RESULT_OK) {
            out->count++;
        } else {
            fault_list_add(&out->refused, err.fault, err.where, "%s", err.what);
        }
    }
    (void)closedir(folder);
}

enum result covenant_files_load(const struct config *config, const struct trust *trust, int64_t now_ms,
                                struct covenant_files *out, struct error *err)
{
    memset(out, 0, sizeof *out);
    buf_init(&out->text, COVENANT_BYTES_MAX);
    out->signatures = mem_array(SIGNATURE_FILES_MAX, sizeof(struct signature *));
    if (out->signatures == NULL) {
        (void)error_set(err, FAULT_NO_MEMORY, "handtekeningen", "geen geheugen");
    } else if (load_document(config, out, err) == RESULT_OK) {
        load_signatures(config, trust, now_ms, out);
        return RESULT_OK;
    }
    covenant_files_free(out);
    return RESULT_FAILED;
}

void covenant_files_free(struct covenant_files *files)
{
    for (size_t i = 0; files->signatures != NULL && i < files->count; i++) {
        signature_free(files->signatures[i]);
    }
    mem_free(files->signatures);
    files->signatures = NULL;
    files->count = 0;
    buf_free(&files->text);
    covenant_free(files->covenant);
    files->covenant = NULL;
}
