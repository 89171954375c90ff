/*
 * import_parts.h - one batch of an import under way, for imports.c (its course), import_look.c (what is known already) and
 * import_write.c (what becomes of it). Inside this room only. Thread: the loop's.
 */
#ifndef KETENBRUG_API_IMPORT_PARTS_H
#define KETENBRUG_API_IMPORT_PARTS_H

#include "api/api.h"
#include "api/import_rows.h"

/* What is done, in this order; each a slice of rows at a time. */
enum import_stage {
    LOOK_PEOPLE,
    LOOK_ROWS,
    LOOK_HOUSEHOLDS,
    JOIN_HOUSEHOLDS,
    WRITE_PEOPLE,
    WRITE_ROWS,
    WRITE_HOUSEHOLDS,
    DONE
};

struct import {
    struct call call;
    struct buf body;
    struct import_rows rows;
    struct fault_list faults;
    enum import_stage stage;
    size_t at;
    int tries;
    uint64_t newest_household;
    struct store_batch *batch;
    struct buf payload;
    struct error err;
    bool failed;
    size_t fresh, changed, same;
};

void import_fail(struct import *im, const struct error *err); /* the first failure counts */

/* Among the members; their count when he is none. */
size_t import_place_of(const struct household *household, const struct ident *id);

/* Each takes the item that stage and `at` point at. */
void import_look_person(struct import *im);
void import_look_row(struct import *im);
void import_look_household(struct import *im);
void import_join_household(struct import *im);
void import_write_person(struct import *im);
void import_write_row(struct import *im);
void import_write_household(struct import *im);

#endif
