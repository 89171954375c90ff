/*
 * covenant_words.h - a covenant in words for people, about B1: what the commands that show and compare have in common.
 * Thread: main. Faults: none; what does not fit SHOW_TEXT_MAX is left out with "...".
 */
#ifndef KETENBRUG_CMD_COVENANT_WORDS_H
#define KETENBRUG_CMD_COVENANT_WORDS_H

#include "base/buf.h"
#include "base/limits.h"
#include "cmd/covenant_file.h"
#include "cmd/pen.h"
#include "policy/matrix.h"

/* What stands in the buffer as text, good until the next use of it; the buffer is empty after that. */
const char *words_end(struct buf *buf);
const char *words_category(enum category category);
const char *words_obligation(enum obligation obligation);
void words_ground(const struct basis *basis, struct buf *out); /* "publieke taak (AVG artikel 6 lid 1 onder e)" */
const char *words_in_force(const struct basis *basis, const struct date *day);
void words_categories(uint32_t categories, struct buf *out);
void words_domains(uint16_t domains, struct buf *out);
void words_consent(const struct matrix_row *row, struct buf *out);
void words_kinds(const struct covenant_file *file, uint32_t kinds, struct buf *out);
void words_roles(const struct covenant_file *file, uint64_t roles, struct buf *out);
void words_grounds(const struct covenant_file *file, const struct matrix_row *row, const char *giving,
                   struct buf *out); /* `giving`: what who gives does */

/* Chapters of `covenant show`. */
void covenant_show_tasks(struct pen *pen, const struct covenant_file *file, const struct date *day);
void covenant_show_purpose(struct pen *pen, const struct covenant_file *file, size_t purpose, const struct date *day);

#endif
