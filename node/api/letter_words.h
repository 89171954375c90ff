/*
 * letter_words.h - the codes of records as words for a person: roles, categories, days. Plain Dutch.
 * Thread: any; pure. Ownership: constants; days are appended to the caller's buffer.
 */
#ifndef KETENBRUG_API_LETTER_WORDS_H
#define KETENBRUG_API_LETTER_WORDS_H

#include "base/buf.h"
#include "base/date.h"

const char *letter_role(const char *role);                    /* "een generalist"; unknown: "een medewerker" */
void letter_categories(uint32_t categories, struct buf *out); /* "a; b; c" */
void letter_day(const struct date *day, struct buf *out);     /* "3 maart 2026" */
void letter_month(const struct date *day, struct buf *out);   /* "maart 2026" */
void letter_moment(int64_t moment_ms, struct buf *out);       /* "3 maart 2026, 14:05 uur", in Dutch time */

#endif
