#include "base/ini.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"

struct reading {
    struct ini_entry entry;
    ini_take *take;
    void *ctx;
    char section[INI_SECTION_MAX + 1];
    char line[INI_LINE_MAX + 1];
};

enum result ini_refuse(const struct ini_entry *entry, const char *allowed, struct error *err)
{
    char where[FAULT_WHERE_MAX];
    const bool in_section = entry->section[0] != '\0' && entry->key[0] != '\0';
    (void)snprintf(where, sizeof where, "%s:%u %s%s%s", entry->file, entry->line, in_section ? entry->section : "",
                   in_section ? "." : "", entry->key);
    FAIL(err, FAULT_CONFIG, where, "toegestaan: %s", allowed);
}

static char *trim(char *text)
{
    while (isspace((unsigned char)*text)) {
        text++;
    }
    size_t len = strlen(text);
    while (len != 0 && isspace((unsigned char)text[len - 1])) {
        text[--len] = '\0';
    }
    return text;
}

static enum result read_line(struct reading *r, char *text, struct error *err)
{
    const size_t len = strlen(text);
    r->entry.key = "";
    if (len == 0 || text[0] == '#' || text[0] == ';') {
        return RESULT_OK;
    }
    if (text[0] == '[') {
        if (text[len - 1] != ']' || len - 2 > INI_SECTION_MAX) {
            return ini_refuse(&r->entry, "een afdeling als [knooppunt]", err);
        }
        text[len - 1] = '\0';
        (void)snprintf(r->section, sizeof r->section, "%s", trim(text + 1));
        return RESULT_OK;
    }
    char *equals = strchr(text, '=');
    if (equals == NULL) {
        return ini_refuse(&r->entry, "[afdeling], sleutel = waarde, of een regel commentaar met #", err);
    }
    *equals = '\0';
    r->entry.key = trim(text);
    r->entry.value = trim(equals + 1);
    return r->take(r->ctx, &r->entry, err);
}

enum result ini_read(struct slice text, const char *file, ini_take *take, void *ctx, struct error *err)
{
    struct reading r = {.entry = {.file = file, .key = "", .value = ""}, .take = take, .ctx = ctx};
    static const uint8_t mark[] = {0xEF, 0xBB, 0xBF};
    r.entry.section = r.section;
    size_t at = text.len >= sizeof mark && memcmp(text.ptr, mark, sizeof mark) == 0 ? sizeof mark : 0;
    while (at < text.len) {
        const uint8_t *end = memchr(text.ptr + at, '\n', text.len - at);
        const size_t len = end != NULL ? (size_t)(end - (text.ptr + at)) : text.len - at;
        r.entry.line++;
        r.entry.key = "";
        if (r.entry.line > INI_LINES_MAX) {
            return ini_refuse(&r.entry, "hoogstens 2000 regels", err);
        }
        if (len > INI_LINE_MAX) {
            return ini_refuse(&r.entry, "regels tot 1023 bytes", err);
        }
        memcpy(r.line, text.ptr + at, len);
        r.line[len] = '\0';
        if (strlen(r.line) != len) {
            return ini_refuse(&r.entry, "tekst zonder nulbytes", err);
        }
        TRY(read_line(&r, trim(r.line), err));
        at += len + 1;
    }
    return RESULT_OK;
}
