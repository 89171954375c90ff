/*
 * audit_parts.h - struct audit, for the files of this room that share it, and the table of class keys in it. Inside this
 * room only.
 *
 * The table says what the log says of each class key; the store's values `sleutel-YYYYMM-C` and `sleutelmaanden` hold the
 * same and are written in the commit of the record that changes it.
 */
#ifndef KETENBRUG_AUDIT_AUDIT_PARTS_H
#define KETENBRUG_AUDIT_AUDIT_PARTS_H

#include "audit/audit.h"
#include "audit/retention.h"
#include "base/digest.h"

enum { AUDIT_SALTS = 64 };

struct key_row {
    enum audit_key_state state;
    bool unfinished;      /* destroyed in the log, not yet in the key folder */
    uint16_t term_months; /* the longest that was in force in its month; 0: none is known */
    int64_t destroyed_ms;
    uint64_t records;
    struct sha256 commitment;
};

struct month_row {
    uint32_t month; /* YYYYMM */
    struct key_row keys[AUDIT_CLASSES];
};

struct audit {
    struct keyring *keyring;
    const struct clock *clock;
    const struct entropy *entropy;
    uint32_t ready_month[AUDIT_CLASSES]; /* month for which the class key is known to be there */
    struct seal_class missing;           /* the key that failed last; month 0: none */
    uint8_t salts[AUDIT_SALTS]
                 [SEAL_SALT_SIZE]; /* drawn together: each is public, stands in its leaf and is used once */
    size_t salts_left;
    struct month_row *months; /* room for LOG_MONTHS_MAX, in the order in which they came */
    size_t month_count;
    uint16_t terms[AUDIT_CLASSES]; /* in force now */
    uint64_t counted;              /* leaves that the rows' records count */
    uint64_t holds[LOG_HOLDS_MAX]; /* record numbers; with HOLD_LIFTED: its key may still be in the key folder */
    size_t hold_count;
};

#define HOLD_LIFTED (UINT64_C(1) << 63)

uint32_t audit_month_of(int64_t time_ms);

struct key_row *keys_row(const struct audit *audit, struct seal_class class); /* NULL: the log knows no such key */
/* Makes it when it is not there; FAULT_LOG past LOG_MONTHS_MAX. */
MUST_USE enum result keys_add(struct audit *audit, struct seal_class class, struct key_row **out, struct error *err);
/* The row as the store keeps it; and, when one was added, the list of months. */
void keys_write(struct store_batch *batch, struct seal_class class, const struct key_row *row);
void keys_write_months(const struct audit *audit, struct store_batch *batch);
MUST_USE enum result keys_parse(struct slice value, struct key_row *out, struct error *err);

struct key_name {
    char text[32];
};
struct key_name keys_name(struct seal_class class);
extern const char keys_months_name[];
extern const char keys_holds_name[];

#endif
