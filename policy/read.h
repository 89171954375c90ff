/*
 * read.h - what the readers of the covenant's sections share: lists, places, texts and codes. Private to policy.
 */
#ifndef KETENBRUG_POLICY_READ_H
#define KETENBRUG_POLICY_READ_H

#include "base/date.h"
#include "base/json.h"
#include "policy/codes.h"

struct place {
    char pointer[FAULT_WHERE_MAX]; /* JSON Pointer */
};

struct place place_item(const char *list, size_t index);         /* "/regels" 3 -> "/regels/3" */
struct place place_member(const char *object, const char *name); /* "/regels/3" "doel" -> "/regels/3/doel" */

/* The list under that name; NULL when it is not one or is longer than max: json_check has said so. */
const struct json *read_list(const struct json *document, const char *name, size_t max);
/* A text that is there and printable, else NULL; unprintable is a fault. */
const struct json *read_text(const struct json *object, const char *pointer, const char *name,
                             struct fault_list *faults);
/* The same for a code: lower-case letters, digits, '-' and '.', beginning with a letter or digit. */
const struct json *read_code(const struct json *object, const char *pointer, const char *name,
                             struct fault_list *faults);
/* A date under that name; a text that is no date is a fault. */
bool read_date(const struct json *object, const char *pointer, const char *name, struct date *out,
               struct fault_list *faults);
/* Which of these words stands under that name; -1: none given, or another, which is a fault. */
int read_choice(const struct json *object, const char *pointer, const char *name, const char *const *words,
                size_t count, struct fault_list *faults);
/* A telephone number (digits, spaces, hyphens, `+` in front), else NULL; another text is a fault. */
const struct json *read_phone(const struct json *object, const char *pointer, const char *name,
                              struct fault_list *faults);
/* Does a text speak of fraud, criminal investigation or enforcement? Those are no purpose here. */
bool read_is_investigation(struct slice text);

/* A word's number in a closed list or a table of codes; -1: not in it. */
typedef int read_find(const struct code_table *table, struct slice word);
int read_find_domain(const struct code_table *table, struct slice word);
/* The bits of a list of words. Faults: an item that is no text, an unknown word, a word twice. */
uint64_t read_set(const struct json *object, const char *pointer, const char *name, read_find *find,
                  const struct code_table *table, struct fault_list *faults);
/* A code that must stand in a table: its place; READ_NO_REFERENCE when it is not given or not there. */
enum { READ_NO_REFERENCE = 0xFFFF };
uint16_t read_reference(const struct json *item, const char *pointer, const char *name, const struct code_table *table,
                        const char *list, struct fault_list *faults);
void read_out_of_memory(struct fault_list *faults);

#endif
