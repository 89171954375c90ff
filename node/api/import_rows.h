/*
 * import_rows.h - the body of an import as rows: parsed, checked, and what belongs together found. Pure.
 *
 * A bad row is written to `refused` (members of the answer's array "afgewezen") and left out; only what concerns the
 * batch as a whole is a fault. Of two rows with one key the last counts: the first is left out without a word.
 * Ownership: import_rows_free wipes and frees. Thread: any; meant for a worker, because a batch takes milliseconds.
 */
#ifndef KETENBRUG_API_IMPORT_ROWS_H
#define KETENBRUG_API_IMPORT_ROWS_H

#include "base/json.h"
#include "domain/person.h"

#define IMPORT_NO_HOUSEHOLD SIZE_MAX
#define IMPORT_LINE_MAX     INT64_C(1000000000000)

struct import_row {
    int64_t line; /* in the source's file */
    struct subject subject;
    struct involvement involvement;
    size_t person;    /* index in `people` */
    size_t household; /* index in `households`, or IMPORT_NO_HOUSEHOLD */
    struct ident id;  /* of the involvement */
    uint64_t ordinal; /* of the involvement as it is; 0: new */
    uint64_t version;
    bool changed;  /* or new */
    bool left_out; /* refused, or said better by a later row */
};

struct import_person {
    size_t row;   /* the last about him: it tells who he is */
    size_t held;  /* involvements he has, those of this batch counted in */
    bool counted; /* held was looked up */
    struct ident id;
    uint64_t ordinal; /* 0: new */
    uint64_t version;
    bool changed;   /* himself or an involvement of his */
    bool rewritten; /* himself */
    bool kept;      /* at least one of his rows is */
};

struct import_household {
    struct household household;
    struct ident id;
    uint64_t ordinal; /* 0: new */
    uint64_t version;
    bool changed;
};

struct import_rows {
    char system[IMPORT_SOURCE_MAX + 1];
    bool has_run;
    struct ident run;
    bool trial;
    size_t count;
    struct import_row *rows;
    size_t person_count;
    struct import_person *people;
    size_t household_count;
    struct import_household *households;
    size_t refused_count;
    struct buf refused;
};

void import_rows_init(struct import_rows *rows);
void import_rows_read(struct import_rows *rows, struct slice text, const struct date *today, struct fault_list *faults);
void import_rows_refuse(struct import_rows *rows, int64_t line, const struct fault_list *faults);
void import_rows_free(struct import_rows *rows);

/* The members that a batch and a close share: bron, inleesrun, proef. */
void import_read_run(const struct json *json, char system[IMPORT_SOURCE_MAX + 1], struct ident *run, bool *has_run,
                     bool *trial, struct fault_list *faults);

#endif
