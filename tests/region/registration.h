/*
 * registration.h - what the five organisations of the sample region registered about its people.
 *
 * Does:      decides which involvements an organisation has with a person, and writes them as rows of its export.
 *            The story's involvements are fixed: debt help knows both parents and the shielded person, the school
 *            knows Milan, nobody knows Noor, and CJG, UWV and the area team know none of them.
 * Thread:    any; pure but for the stream that is written to. The caller asks ferror().
 */
#ifndef KETENBRUG_REGION_REGISTRATION_H
#define KETENBRUG_REGION_REGISTRATION_H

#include <stdio.h>

#include "region/population.h"

struct organisation;

const struct organisation *organisation_named(const char *name); /* NULL: unknown */
const char *organisation_names(void);                            /* for messages */
void registration_header(FILE *out);
void registration_rows(const struct population *population, const struct person *person,
                       const struct organisation *organisation, FILE *out);

#endif
