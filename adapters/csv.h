/*
 * csv.h - involvements from a CSV file: one row is one involvement of one person. See csv_split.h for the form of a
 * row.
 *
 * The first row names the columns, in any order, in upper or lower case; which there are is the table in csv.c. A
 * column that is not in it, twice there, or required and missing ends the run: a wrong file is not read half. Spaces
 * around a value are dropped; line ends and tabs within it become spaces.
 */
#ifndef KETENBRUG_ADAPTERS_CSV_H
#define KETENBRUG_ADAPTERS_CSV_H

#include "adapters/adapter.h"

extern const struct adapter_kind adapter_csv;

#endif
