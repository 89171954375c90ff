#include "audit/retention.h"

#include <stdio.h>
#include <string.h>

#include "audit/audit_parts.h"
#include "audit/index.h"
#include "base/bytes.h"

void audit_set_terms(struct audit *audit, const uint16_t months[AUDIT_CLASSES])
{
    memcpy(audit->terms, months, sizeof audit->terms);
}

/* ---- what there is ---- */

/* The first day of the month that begins `term` months after the end of this one. */
static struct date due_of(uint32_t month, uint16_t term)
{
    const uint32_t months = month / 100 * 12 + (month % 100 - 1) + 1 + term;
    return (struct date){(int16_t)(months / 12), (uint8_t)(months % 12 + 1), 1};
}

static struct audit_class describe(const struct audit *audit, struct seal_class class, const struct key_row *row)
{
    struct audit_class out = {.class = class,
                              .state = row->state,
                              .unfinished = row->unfinished,
                              .term_months = row->term_months,
                              .destroyed_ms = row->destroyed_ms,
                              .records = row->records};
    if (audit->terms[class.class] > out.term_months) {
        out.term_months = audit->terms[class.class];
    }
    if (out.term_months != 0) {
        out.due = due_of(class.month, out.term_months);
    }
    return out;
}

bool audit_next_class(const struct audit *audit, size_t *at, struct audit_class *out)
{
    for (; *at < audit->month_count * AUDIT_CLASSES; (*at)++) {
        const struct month_row *month = &audit->months[*at / AUDIT_CLASSES];
        const uint8_t class = (uint8_t)(*at % AUDIT_CLASSES);
        if (month->keys[class].state != AUDIT_KEY_NONE) {
            *out = describe(audit, (struct seal_class){month->month, class}, &month->keys[class]);
            (*at)++;
            return true;
        }
    }
    return false;
}

bool audit_find_class(const struct audit *audit, struct seal_class class, struct audit_class *out)
{
    const struct key_row *row = keys_row(audit, class);
    if (row != NULL) {
        *out = describe(audit, class, row);
    }
    return row != NULL;
}

bool audit_class_over(const struct audit_class *class, const struct date *today)
{
    return class->state != AUDIT_KEY_DESTROYED && date_is_set(&class->due) && date_compare(&class->due, today) <= 0;
}

uint64_t audit_counted(const struct audit *audit)
{
    return audit->counted;
}

void audit_count(struct audit *audit, const struct store_leaf *leaves, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct record record;
        if (leaves[i].sequence != audit->counted) {
            continue; /* another caller counted it */
        }
        audit->counted++;
        struct key_row *row =
            record_decode_visible(leaves[i].leaf, &record, NULL) == RESULT_OK ? keys_row(audit, record.class) : NULL;
        if (row != NULL) {
            row->records++;
        }
    }
}

/* ---- destruction ---- */

/* What goes together with a class key, in the commit that records its end. A search index that is keyed by month and
 * class is dropped here. */
static void drop_with_key(struct store_batch *batch, struct seal_class class, const struct key_row *row)
{
    keys_write(batch, class, row);
    index_drop(batch, class);
}

enum result audit_append_destroyed(struct audit *audit, struct store_batch *batch, struct record *record,
                                   struct seal_class class, struct error *err)
{
    struct audit_class found;
    char text[160];
    struct key_row *row = keys_row(audit, class);
    ENSURE(row != NULL && row->state != AUDIT_KEY_DESTROYED && audit_find_class(audit, class, &found), err, FAULT_LOG,
           "logboek", "van deze maand en bewaarklasse is er geen sleutel meer");
    record->operation = RECORD_KEY_DESTROYED;
    record->outcome = OUTCOME_DONE;
    record->class.class = AUDIT_OWN_CLASS;
    (void)snprintf(record->purpose, sizeof record->purpose, "%06u-%u", (unsigned)class.month % 1000000U,
                   (unsigned)class.class % 10U);
    memcpy(record->attachment, row->commitment.bytes, sizeof record->attachment);
    (void)snprintf(text, sizeof text, "maand %u, bewaarklasse %u: bewaard tot %s, termijn %u maanden%s",
                   (unsigned)class.month, (unsigned)class.class, date_text(&found.due).text,
                   (unsigned)found.term_months,
                   row->state == AUDIT_KEY_MISSING ? "; de sleutel was er al niet meer" : "");
    TRY(audit_append(audit, batch, record, slice_text(text), err));
    row->unfinished = row->state == AUDIT_KEY_PRESENT;
    row->state = AUDIT_KEY_DESTROYED;
    row->destroyed_ms = record->time_ms;
    drop_with_key(batch, class, row);
    return RESULT_OK;
}

void audit_destroy_undo(struct audit *audit, struct seal_class class)
{
    struct key_row *row = keys_row(audit, class);
    row->state = row->unfinished ? AUDIT_KEY_PRESENT : AUDIT_KEY_MISSING;
    row->unfinished = false;
    row->destroyed_ms = 0;
}

void audit_destroy_done(struct audit *audit, struct seal_class class)
{
    keys_row(audit, class)->unfinished = false;
}

/* ---- holds ---- */

enum result audit_hold_of(const struct store_leaf *leaf, int64_t now_ms, struct seal_hold *out, struct error *err)
{
    struct record record;
    TRY(record_decode_visible(leaf->leaf, &record, err));
    *out = (struct seal_hold){.record = leaf->sequence, .class = record.class, .since_ms = now_ms, .salt_count = 1};
    memcpy(out->salts[0], leaf->leaf + LOG_VISIBLE_BYTES, SEAL_SALT_SIZE);
    if (leaf->sealed_text.len > SEAL_SALT_SIZE) {
        memcpy(out->salts[1], leaf->sealed_text.ptr, SEAL_SALT_SIZE);
        out->salt_count = 2;
    }
    return RESULT_OK;
}

/* Its place in the list, held or lifted; hold_count: not there. */
static size_t hold_at(const struct audit *audit, uint64_t number)
{
    size_t at = 0;
    while (at < audit->hold_count && (audit->holds[at] & ~HOLD_LIFTED) != number) {
        at++;
    }
    return at;
}

static void set_hold(struct audit *audit, uint64_t number, bool held)
{
    const size_t at = hold_at(audit, number);
    audit->holds[at] = held ? number : number | HOLD_LIFTED;
    audit->hold_count += at == audit->hold_count;
}

static void write_holds(const struct audit *audit, struct store_batch *batch)
{
    uint8_t value[LOG_HOLDS_MAX * 8];
    for (size_t i = 0; i < audit->hold_count; i++) {
        bytes_put_u64(value + 8 * i, audit->holds[i]);
    }
    store_set_value(batch, keys_holds_name, slice_of(value, 8 * audit->hold_count));
}

enum result audit_append_hold(struct audit *audit, struct store_batch *batch, struct record *record, uint64_t number,
                              bool held, struct slice reason, struct error *err)
{
    char text[CONSULT_REASON_MAX + 64];
    ENSURE(hold_at(audit, number) < LOG_HOLDS_MAX, err, FAULT_LOG, "logboek", "er worden al %d regels vastgehouden",
           (int)LOG_HOLDS_MAX);
    record->operation = held ? RECORD_HELD : RECORD_HOLD_LIFTED;
    record->outcome = OUTCOME_DONE;
    record->class.class = AUDIT_OWN_CLASS;
    (void)snprintf(text, sizeof text, "regel %llu: %.*s", (unsigned long long)number, (int)reason.len,
                   (const char *)reason.ptr);
    TRY(audit_append(audit, batch, record, slice_text(text), err));
    set_hold(audit, number, held);
    write_holds(audit, batch);
    return RESULT_OK;
}

void audit_hold_undo(struct audit *audit, uint64_t number, bool held)
{
    set_hold(audit, number, !held);
}

/* The store hears of it with the next change of the list. */
void audit_hold_done(struct audit *audit, uint64_t number)
{
    const size_t at = hold_at(audit, number);
    if (at < audit->hold_count && (audit->holds[at] & HOLD_LIFTED) != 0) {
        audit->holds[at] = audit->holds[--audit->hold_count];
    }
}

/* ---- what must still be done, and what is wrong ---- */

static bool is_kept(const struct seal_hold *kept, size_t count, uint64_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (kept[i].record == number) {
            return true;
        }
    }
    return false;
}

static enum result settle_holds(struct audit *audit, struct error *err)
{
    struct seal_hold kept[LOG_HOLDS_MAX];
    const size_t count = seal_holds(audit->keyring, kept, LOG_HOLDS_MAX);
    for (size_t i = audit->hold_count; i-- > 0;) {
        const uint64_t number = audit->holds[i] & ~HOLD_LIFTED;
        if ((audit->holds[i] & HOLD_LIFTED) == 0) {
            continue;
        }
        if (is_kept(kept, count, number)) {
            TRY(seal_hold_lift(audit->keyring, number, err));
        }
        audit_hold_done(audit, number);
    }
    return RESULT_OK;
}

enum result audit_settle(struct audit *audit, struct error *err)
{
    for (size_t i = 0; i < audit->month_count * AUDIT_CLASSES; i++) {
        const struct seal_class class = {audit->months[i / AUDIT_CLASSES].month, (uint8_t)(i % AUDIT_CLASSES)};
        struct key_row *row = keys_row(audit, class);
        if (row != NULL && row->unfinished) {
            TRY(seal_class_destroy(audit->keyring, &class, 1, err));
            row->unfinished = false;
        }
    }
    return settle_holds(audit, err);
}

struct audit_findings audit_findings(const struct audit *audit)
{
    struct seal_hold kept[LOG_HOLDS_MAX];
    struct audit_findings f = {.holds = seal_holds(audit->keyring, kept, LOG_HOLDS_MAX)};
    const struct date today = moment_date(clock_now(audit->clock));
    const uint32_t month = audit_month_of(clock_now(audit->clock));
    struct audit_class class;
    for (size_t at = 0; audit_next_class(audit, &at, &class);) {
        f.present += class.state == AUDIT_KEY_PRESENT;
        f.destroyed += class.state == AUDIT_KEY_DESTROYED;
        f.missing += class.state == AUDIT_KEY_MISSING;
        f.missing_now += class.state == AUDIT_KEY_MISSING && class.class.month == month;
        f.unfinished += class.unfinished;
        f.over += audit_class_over(&class, &today);
    }
    for (size_t i = 0; i < audit->hold_count; i++) {
        f.holds_missing += (audit->holds[i] & HOLD_LIFTED) == 0 && !is_kept(kept, f.holds, audit->holds[i]);
    }
    for (size_t i = 0; i < f.holds; i++) {
        f.holds_unrecorded += hold_at(audit, kept[i].record) == audit->hold_count;
    }
    return f;
}
