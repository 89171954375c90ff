#include "adapters/mapping.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/ini.h"
#include "base/mem.h"
#include "base/utf8.h"

/* A word that a key may have, and what it stands for. */
struct word {
    const char *text;
    int value;
};

static const struct word separators[] = {{"puntkomma", ';'}, {"komma", ','}, {"tab", '\t'}};
static const struct word charsets[] = {{"utf-8", CHARSET_UTF8}, {"windows-1252", CHARSET_WINDOWS_1252}};
static const struct word date_forms[] = {{"jjjj-mm-dd", DATES_ISO}, {"dd-mm-jjjj", DATES_DAY_FIRST}};
static const struct word yes_no[] = {{"ja", true}, {"nee", false}};

struct reading {
    struct mapping *mapping;
    bool seen_source, seen_separator, seen_charset, seen_dates, seen_full;
};

bool mapping_source_ok(const char *name)
{
    const size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return len != 0 && len <= IMPORT_SOURCE_MAX && name[len] == '\0';
}

static enum result once(bool *seen, const struct ini_entry *entry, struct error *err)
{
    if (*seen) {
        return ini_refuse(entry, "elke sleutel hoogstens een keer", err);
    }
    *seen = true;
    return RESULT_OK;
}

static enum result take_word(const struct ini_entry *entry, const struct word *words, size_t count, int *out,
                             struct error *err)
{
    char allowed[80] = "";
    for (size_t i = 0; i < count; i++) {
        const size_t len = strlen(allowed);
        if (strcmp(words[i].text, entry->value) == 0) {
            *out = words[i].value;
            return RESULT_OK;
        }
        (void)snprintf(allowed + len, sizeof allowed - len, "%s%s", i == 0 ? "" : ", ", words[i].text);
    }
    return ini_refuse(entry, allowed, err);
}

static enum result take_text(const struct ini_entry *entry, const char *text, char *to, struct error *err)
{
    if (text[0] == '\0' || !utf8_valid(slice_text(text)) ||
        !slice_copy_text(slice_text(text), to, MAPPING_TEXT_MAX + 1)) {
        return ini_refuse(entry, "tekst van 1 tot en met 120 bytes, in UTF-8", err);
    }
    return RESULT_OK;
}

static enum result take_source(struct reading *r, const struct ini_entry *entry, struct error *err)
{
    struct mapping *m = r->mapping;
    int value = 0;
    if (strcmp(entry->key, "naam") == 0) {
        TRY(once(&r->seen_source, entry, err));
        if (!mapping_source_ok(entry->value)) {
            return ini_refuse(entry, "1 tot en met 32 kleine letters, cijfers en streepjes", err);
        }
        (void)snprintf(m->source, sizeof m->source, "%s", entry->value);
    } else if (strcmp(entry->key, "scheiding") == 0) {
        TRY(once(&r->seen_separator, entry, err));
        TRY(take_word(entry, separators, COUNT_OF(separators), &value, err));
        m->separator = (char)value;
    } else if (strcmp(entry->key, "tekens") == 0) {
        TRY(once(&r->seen_charset, entry, err));
        TRY(take_word(entry, charsets, COUNT_OF(charsets), &value, err));
        m->charset = (enum mapping_charset)value;
    } else if (strcmp(entry->key, "datums") == 0) {
        TRY(once(&r->seen_dates, entry, err));
        TRY(take_word(entry, date_forms, COUNT_OF(date_forms), &value, err));
        m->dates = (enum mapping_dates)value;
    } else if (strcmp(entry->key, "volledig") == 0) {
        TRY(once(&r->seen_full, entry, err));
        TRY(take_word(entry, yes_no, COUNT_OF(yes_no), &value, err));
        m->full = value != 0;
    } else {
        return ini_refuse(entry, "naam, scheiding, tekens, datums, volledig", err);
    }
    return RESULT_OK;
}

static enum result take_column(const struct ini_entry *entry, const char *name, enum column *out, struct error *err)
{
    *out = column_named(slice_text(name));
    if (*out == COLUMN_COUNT) {
        char all[FAULT_WHAT_MAX];
        column_list(all, sizeof all, false);
        return ini_refuse(entry, all, err);
    }
    return RESULT_OK;
}

static enum result take_per_column(char texts[][MAPPING_TEXT_MAX + 1], const struct ini_entry *entry, struct error *err)
{
    enum column column = COLUMN_COUNT;
    TRY(take_column(entry, entry->key, &column, err));
    if (texts[column][0] != '\0') {
        return ini_refuse(entry, "elke kolom hoogstens een keer", err);
    }
    return take_text(entry, entry->value, texts[column], err);
}

static enum result take_translation(struct mapping *m, const struct ini_entry *entry, const char *name,
                                    struct error *err)
{
    enum column column = COLUMN_COUNT;
    TRY(take_column(entry, name, &column, err));
    if (m->translation_count == MAPPING_TRANSLATIONS_MAX) {
        return ini_refuse(entry, "hoogstens 1024 vertaalde woorden", err);
    }
    struct mapping_translation *t = &m->translations[m->translation_count];
    TRY(take_text(entry, entry->key, t->from, err));
    if (mapping_translate(m, column, slice_text(entry->key)).ptr != (const uint8_t *)entry->key) {
        return ini_refuse(entry, "elk woord hoogstens een keer", err);
    }
    TRY(take_text(entry, entry->value, t->to, err));
    t->column = column;
    m->translation_count++;
    return RESULT_OK;
}

static enum result take_entry(void *ctx, const struct ini_entry *entry, struct error *err)
{
    static const char translate[] = "vertaal ";
    struct reading *r = ctx;
    if (strcmp(entry->section, "bron") == 0) {
        return take_source(r, entry, err);
    }
    if (strcmp(entry->section, "kolommen") == 0) {
        r->mapping->renames = true;
        return take_per_column(r->mapping->names, entry, err);
    }
    if (strcmp(entry->section, "vast") == 0) {
        return take_per_column(r->mapping->fixed, entry, err);
    }
    if (strncmp(entry->section, translate, sizeof translate - 1) == 0) {
        return take_translation(r->mapping, entry, entry->section + sizeof translate - 1, err);
    }
    return ini_refuse(entry, "de afdelingen [bron], [kolommen], [vast] en [vertaal KOLOM]", err);
}

/* What no file could ever satisfy is said now, not at the first file. */
static enum result check_whole(const struct mapping *m, const char *file, struct error *err)
{
    for (unsigned c = 0; c < COLUMN_COUNT; c++) {
        ENSURE(m->names[c][0] == '\0' || m->fixed[c][0] == '\0', err, FAULT_CONFIG, file,
               "%s staat onder [kolommen] en onder [vast]: kies een van beide", columns[c].name);
        const bool may_lack = c == COLUMN_BSN && m->names[COLUMN_PERSON_KEY][0] != '\0';
        ENSURE(!m->renames || !columns[c].required || may_lack || m->names[c][0] != '\0' || m->fixed[c][0] != '\0', err,
               FAULT_CONFIG, file, "%s is verplicht: noem de kolom onder [kolommen] of een waarde onder [vast]",
               columns[c].name);
    }
    ENSURE(!m->full || m->source[0] != '\0', err, FAULT_CONFIG, file,
           "volledig = ja kan alleen met de naam van de bron: bron.naam");
    return RESULT_OK;
}

enum result mapping_read(struct slice text, const char *file, struct mapping **out, struct error *err)
{
    struct reading reading = {.mapping = mem_zalloc(sizeof *reading.mapping)};
    ENSURE(reading.mapping != NULL, err, FAULT_NO_MEMORY, file, "geen geheugen");
    if (ini_read(text, file, take_entry, &reading, err) != RESULT_OK ||
        check_whole(reading.mapping, file, err) != RESULT_OK) {
        mapping_free(reading.mapping);
        return RESULT_FAILED;
    }
    *out = reading.mapping;
    return RESULT_OK;
}

void mapping_free(struct mapping *mapping)
{
    mem_free(mapping);
}

struct slice mapping_translate(const struct mapping *mapping, enum column column, struct slice value)
{
    for (size_t i = 0; i < mapping->translation_count; i++) {
        const struct mapping_translation *t = &mapping->translations[i];
        if (t->column == column && slice_is(value, t->from)) {
            return slice_text(t->to);
        }
    }
    return value;
}
