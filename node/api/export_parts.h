/*
 * export_parts.h - what the files of export.c share: reading the question, writing rows and proofs, the table of contents.
 * Thread: the loop's. Ownership: all in struct exporting, which is the call's.
 */
#ifndef KETENBRUG_API_EXPORT_PARTS_H
#define KETENBRUG_API_EXPORT_PARTS_H

#include "api/api.h"
#include "api/log_walk.h"
#include "audit/checkpoint.h"
#include "audit/export.h"

enum { EXPORT_BEGUN = 4096, EXPORT_GROUP_MAX = 8388608, EXPORT_READY_MAX = 16777216, EXPORT_REASON_MAX = 500 };

enum export_part {
    EXPORT_ROWS,
    EXPORT_PROOFS,
    EXPORT_CHECKPOINT,
    EXPORT_CONTENTS,
    EXPORT_SIGNATURE,
    EXPORT_PART_COUNT
};

struct export_file { /* as far as it was given */
    struct sha256_stream digest;
    uint64_t bytes;
};

/* Requests whose start was passed, to tell when what ends them began; a later one takes the place of another. */
struct export_begun {
    struct ident request;
    int64_t time_ms;
};

struct exporting {
    struct call call;
    struct http_request *stream; /* while the answer is under way */
    struct json *json;
    /* what was asked */
    enum export_form form;
    bool proofs, keys, filtered;
    struct log_sought sought;
    uint64_t size; /* of the log as it is given; 0 in the question: the checkpoint's */
    /* what it is proven by */
    struct checkpoint checkpoint;
    struct buf note;
    uint64_t log_size;
    struct store_place record; /* of the record of this export */
    struct ident nonce;
    /* under way */
    uint64_t at, end;
    uint64_t taken;
    bool busy;          /* a group is being made */
    bool gone;          /* the client */
    bool broken, ended; /* err says why; all is in `ready` */
    bool walked;        /* no record is left */
    bool ran_back;      /* the clock, at some time */
    bool proven;
    size_t in_group;
    struct export_begun *begun;
    struct export_file files[EXPORT_PART_COUNT];
    struct buf rows, evidence; /* of the group that is being made */
    struct buf ready;          /* to go out */
    struct error err;
};

/* export_request.c: adds what is wrong with it. */
void export_read(struct exporting *x, struct fault_list *faults);
/* What was asked, but for whom: for the record. Not ended by zero past `size`. */
void export_tell(const struct exporting *x, uint64_t most, char *out, size_t size);
bool export_fits(uint64_t records, struct fault_list *faults); /* within EXPORT_RECORDS_MAX; else the fault says so */
void export_put_filters(const struct exporting *x, struct json_writer *w);

/* export_stream.c: the answer, once the record of it is durable. Ends the call. */
void export_stream(struct exporting *x);

/* export_rows.c: one more record into the group; false: it cannot be proven. */
bool export_take(struct exporting *x, const struct store_leaf *leaf, enum log_seal seal, const struct record *record,
                 struct slice text);
void export_end_group(struct exporting *x); /* the group goes out */
void export_begin(struct exporting *x);
void export_finish(struct exporting *x); /* what is in it, and the signature */

#endif
