#include "cmd/backup_folder.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/encode.h"
#include "base/json.h"
#include "cmd/files.h"

const char backup_manifest_name[] = "inhoud.json";

enum { HASH_TEXT = 2 * SHA256_SIZE };

static const struct json_field fields[] = {
    {"vorm", JSON_NUMBER, true, 1, INT32_MAX},
    {"gemaakt", JSON_TEXT, true, 1, 40},
    {"schema", JSON_NUMBER, true, 1, INT32_MAX},
    {"registraties", JSON_NUMBER, true, 0, INT64_C(1) << 52},
    {"logboekRegels", JSON_NUMBER, true, 0, INT64_C(1) << 52},
    {"logboekWortel", JSON_TEXT, true, HASH_TEXT, HASH_TEXT},
    {"bytes", JSON_NUMBER, true, 1, INT64_C(1) << 52},
    {"controlegetal", JSON_TEXT, true, HASH_TEXT, HASH_TEXT},
};

enum result backup_describe(const char *file, struct backup_manifest *out, struct error *err)
{
    struct backup_content content;
    struct backup_manifest m = {.made_ms = clock_now(&system_clock)};
    struct sha256 sum;
    TRY(backup_checksum(file, &sum, &m.bytes, err));
    hex_encode(slice_of(sum.bytes, SHA256_SIZE), m.checksum);
    TRY(backup_examine(file, &content, err));
    merkle_root(&content.tree, &sum);
    hex_encode(slice_of(sum.bytes, SHA256_SIZE), m.root);
    m.schema = content.schema;
    m.rows = content.rows;
    m.leaves = content.tree.size;
    *out = m;
    return RESULT_OK;
}

void backup_manifest_write(const struct backup_manifest *m, struct buf *out)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_put_int(&w, "vorm", BACKUP_FORM);
    json_put_text(&w, "gemaakt", moment_text(m->made_ms).text);
    json_put_int(&w, "schema", m->schema);
    json_put_int(&w, "registraties", m->rows);
    json_put_int(&w, "logboekRegels", (int64_t)m->leaves);
    json_put_text(&w, "logboekWortel", m->root);
    json_put_int(&w, "bytes", (int64_t)m->bytes);
    json_put_text(&w, "controlegetal", m->checksum);
    json_end_object(&w);
}

static enum result read_manifest(const char *path, struct backup_manifest *out, struct error *err)
{
    struct json *json CLEANUP(json_cleanup) = NULL;
    struct fault_list faults = {0};
    struct buf text;
    buf_init(&text, BACKUP_MANIFEST_MAX);
    enum result result = file_read(path, &text, err);
    if (result == RESULT_OK) {
        result = json_parse(buf_slice(&text), &json, err);
    }
    buf_free(&text);
    TRY(result);
    json_check(json, "", fields, COUNT_OF(fields), &faults);
    TRY(fault_list_result(&faults, err));
    ENSURE(json_int(json_member(json, "vorm")) == BACKUP_FORM, err, FAULT_CONFIG, path,
           "deze reservekopie is van een nieuwer programma (vorm %lld)",
           (long long)json_int(json_member(json, "vorm")));
    (void)moment_parse(json_text_of(json, "gemaakt"), &out->made_ms);
    (void)slice_copy_text(json_text_of(json, "logboekWortel"), out->root, sizeof out->root);
    (void)slice_copy_text(json_text_of(json, "controlegetal"), out->checksum, sizeof out->checksum);
    out->leaves = (uint64_t)json_int(json_member(json, "logboekRegels"));
    out->bytes = (uint64_t)json_int(json_member(json, "bytes"));
    return RESULT_OK;
}

enum result backup_verify(const char *folder, struct backup_manifest *out, struct error *err)
{
    char path[BACKUP_PATH_MAX];
    struct backup_manifest said = {.made_ms = 0};
    struct backup_manifest found;
    struct sha256 sum;
    char hex[2 * SHA256_SIZE + 1];
    (void)snprintf(path, sizeof path, "%s/%s", folder, backup_manifest_name);
    TRY(read_manifest(path, &said, err));
    (void)snprintf(path, sizeof path, "%s/%s", folder, backup_database_name);
    /* The checksum first: what was damaged underway is not even opened. */
    TRY(backup_checksum(path, &sum, &found.bytes, err));
    hex_encode(slice_of(sum.bytes, SHA256_SIZE), hex);
    ENSURE(found.bytes == said.bytes && strcmp(hex, said.checksum) == 0, err, FAULT_STORE, path,
           "dit bestand is niet wat er is weggeschreven: het controlegetal verschilt");
    TRY(backup_describe(path, &found, err));
    ENSURE(found.leaves == said.leaves && strcmp(found.root, said.root) == 0, err, FAULT_STORE, path,
           "het logboek hierin is een ander dan inhoud.json noemt");
    found.made_ms = said.made_ms;
    *out = found;
    return RESULT_OK;
}
