/*
 * mapping.h - how one source system's export becomes our columns: read from an INI text, every value checked. Pure.
 *
 * adapters/koppeling.voorbeeld.ini shows every key. Without a mapping a file must have our own column names.
 * Ownership: mapping_read gives, mapping_free takes. Thread: read-only after mapping_read.
 * Faults:    FAULT_CONFIG naming file, line and key, and what is allowed.
 */
#ifndef KETENBRUG_ADAPTERS_MAPPING_H
#define KETENBRUG_ADAPTERS_MAPPING_H

#include "adapters/columns.h"
#include "base/fault.h"
#include "base/limits.h"

enum mapping_charset { CHARSET_UTF8, CHARSET_WINDOWS_1252 };
enum mapping_dates { DATES_ISO, DATES_DAY_FIRST }; /* 2026-03-01; 1-3-2026, 01-03-2026, 01/03/2026 */

struct mapping {
    char source[IMPORT_SOURCE_MAX + 1]; /* "" not named */
    char separator;                     /* ';', ',' or tab; 0: what the header shows */
    enum mapping_charset charset;
    enum mapping_dates dates;
    bool full;    /* the file is all that the source has: what it does not name has ended */
    bool renames; /* only columns named here count; all others in the file are left out */
    char names[COLUMN_COUNT][MAPPING_TEXT_MAX + 1]; /* of the column in the source; "" none */
    char fixed[COLUMN_COUNT][MAPPING_TEXT_MAX + 1]; /* for every row; "" none */
    size_t translation_count;
    struct mapping_translation {
        enum column column;
        char from[MAPPING_TEXT_MAX + 1];
        char to[MAPPING_TEXT_MAX + 1];
    } translations[MAPPING_TRANSLATIONS_MAX];
};

MUST_USE enum result mapping_read(struct slice text, const char *file, struct mapping **out, struct error *err);
void mapping_free(struct mapping *mapping);
/* The value that stands for this one in that column: itself when nothing is said. */
struct slice mapping_translate(const struct mapping *mapping, enum column column, struct slice value);
/* Name of a source system: [a-z0-9-], 1 to IMPORT_SOURCE_MAX. */
bool mapping_source_ok(const char *name);

#endif
