/*
 * log_sought.h - what records of the log are sought by, as the desk sends it: read and checked for searches and exports, and
 * the period of it for others.
 *
 * Does not:  say whether that is bounded (log_walk.h), or who may ask.
 * Ownership: values; they hold who is sought: wipe with mem_wipe. Thread: any; pure. Faults: FAULT_INVALID in the list.
 */
#ifndef KETENBRUG_API_LOG_SOUGHT_H
#define KETENBRUG_API_LOG_SOUGHT_H

#include "api/log_walk.h"
#include "base/json.h"

/* Rows of a table of json_field. */
#define LOG_SOUGHT_FIELDS                                                                                              \
    {"verzoek", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},                                           \
        {"raadpleging", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},                                   \
        {"zaak", JSON_TEXT, false, 1, CONSULT_CASE_MAX}, {"bsn", JSON_TEXT, false, BSN_DIGITS, BSN_DIGITS},            \
        {"betrokkene", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},                                    \
        {"gebruiker", JSON_TEXT, false, 1, USER_NAME_MAX}, {"ketenpartner", JSON_TEXT, false, OIN_DIGITS, OIN_DIGITS}, \
        {"doel", JSON_TEXT, false, 1, RECORD_PURPOSE_MAX}, {"handeling", JSON_TEXT, false, 1, RECORD_PURPOSE_MAX},     \
        {"uitkomst", JSON_TEXT, false, 1, RECORD_PURPOSE_MAX},                                                         \
        {"van", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1},                                             \
    {                                                                                                                  \
        "tot", JSON_TEXT, false, DATE_TEXT_SIZE - 1, DATE_TEXT_SIZE - 1                                                \
    }

/* All of these members; the rest of `out` is left as it is. */
void log_sought_read(const struct json *json, struct log_sought *out, struct fault_list *faults);
/* The members `van` and `tot`, of which the last is included; one that is not there is no bound: 0, INT64_MAX. */
void log_sought_period(const struct json *json, int64_t *from_ms, int64_t *end_ms, struct fault_list *faults);
/* When this day begins, in UTC, as the times of the log are; 0 with a fault at `where`. */
int64_t log_sought_day(struct slice text, const char *where, struct fault_list *faults);

#endif
