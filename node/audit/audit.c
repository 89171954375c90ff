#include "audit/audit.h"

#include <string.h>

#include "audit/audit_parts.h"
#include "base/date.h"
#include "base/mem.h"

enum { AUDIT_TEXT_MAX = 4096 };

enum result audit_open(struct keyring *keyring, const struct clock *clock, const struct entropy *entropy,
                       struct audit **out, struct error *err)
{
    struct audit *audit = mem_zalloc(sizeof *audit);
    ENSURE(audit != NULL, err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    audit->months = mem_array(LOG_MONTHS_MAX, sizeof *audit->months);
    if (audit->months == NULL) {
        mem_free(audit);
        FAIL(err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    }
    audit->keyring = keyring;
    audit->clock = clock;
    audit->entropy = entropy;
    *out = audit;
    return RESULT_OK;
}

void audit_close(struct audit *audit)
{
    if (audit != NULL) {
        mem_free(audit->months);
        mem_free(audit);
    }
}

uint32_t audit_month_of(int64_t time_ms)
{
    const struct date day = moment_date(time_ms);
    return (uint32_t)day.year * 100U + day.month;
}

static const uint8_t *next_salt(struct audit *audit)
{
    if (audit->salts_left == 0) {
        audit->entropy->fill(audit->entropy->ctx, audit->salts, sizeof audit->salts);
        audit->salts_left = AUDIT_SALTS;
    }
    return audit->salts[--audit->salts_left];
}

/* What stands beside a record, and where it came to stand. */
struct beside {
    struct slice text;
    struct slice receipt;
    struct store_place *place; /* may be NULL */
};

static const struct beside nothing;

static enum result append(struct audit *audit, struct store_batch *batch, const struct record *record,
                          const struct beside *beside, struct error *err)
{
    uint8_t leaf[LOG_LEAF_BYTES];
    const struct slice text = beside->text;
    TRY(record_encode(audit->keyring, record, next_salt(audit), leaf, err));
    if (text.len == 0) {
        store_append(batch, leaf, text, beside->receipt, beside->place);
        return RESULT_OK;
    }
    /* Free text is sealed under the record's own key with a salt of its own, so that it ends with the record. */
    ENSURE(text.len <= AUDIT_TEXT_MAX, err, FAULT_LOG, "logboek", "meer dan %d bytes vrije tekst", AUDIT_TEXT_MAX);
    uint8_t note[SEAL_SALT_SIZE + AUDIT_TEXT_MAX + SEAL_TAG_SIZE];
    memcpy(note, next_salt(audit), SEAL_SALT_SIZE);
    TRY(seal_record(audit->keyring, record->class, note, slice_of(leaf, LOG_LEAF_BYTES), text, note + SEAL_SALT_SIZE,
                    err));
    store_append(batch, leaf, slice_of(note, SEAL_SALT_SIZE + text.len + SEAL_TAG_SIZE), beside->receipt,
                 beside->place);
    return RESULT_OK;
}

static void raise_term(const struct audit *audit, struct seal_class class, struct key_row *row)
{
    if (audit->terms[class.class] > row->term_months) {
        row->term_months = audit->terms[class.class];
    }
}

static enum result commit_to_key(struct audit *audit, struct store_batch *batch, struct seal_class class,
                                 int64_t time_ms, struct error *err)
{
    struct record key = {.operation = RECORD_CLASS_KEY, .class = class, .time_ms = time_ms, .age = 255};
    struct key_row *row = NULL;
    TRY(keys_add(audit, class, &row, err));
    TRY(seal_class_commitment(audit->keyring, class, &row->commitment, err));
    row->state = AUDIT_KEY_PRESENT;
    raise_term(audit, class, row);
    memcpy(key.attachment, row->commitment.bytes, sizeof key.attachment);
    key.outcome = OUTCOME_DONE;
    TRY(append(audit, batch, &key, &nothing, err));
    keys_write(batch, class, row);
    keys_write_months(audit, batch);
    return RESULT_OK;
}

/* A key that the log had and that is gone is never made anew: its records would pass for damaged ones. */
static enum result make_ready(struct audit *audit, struct store_batch *batch, struct seal_class class, int64_t time_ms,
                              struct error *err)
{
    const struct key_row *row = keys_row(audit, class);
    ENSURE(row == NULL || row->state == AUDIT_KEY_PRESENT, err, FAULT_LOG, "logboek",
           "de logboeksleutel van deze maand, bewaarklasse %u, is weg: zet de kopie van de sleutelmap terug",
           (unsigned)class.class);
    audit->missing = class;
    TRY(seal_class_ready(audit->keyring, class, NULL, err));
    audit->missing.month = 0;
    TRY(commit_to_key(audit, batch, class, time_ms, err));
    audit->ready_month[class.class] = class.month;
    return RESULT_OK;
}

static enum result class_ready(struct audit *audit, struct store_batch *batch, struct seal_class class, int64_t time_ms,
                               struct error *err)
{
    ENSURE(class.class < AUDIT_CLASSES, err, FAULT_LOG, "logboek", "onbekende bewaarklasse");
    if (audit->ready_month[class.class] != class.month) {
        return make_ready(audit, batch, class, time_ms, err);
    }
    struct key_row *row = keys_row(audit, class);
    if (row != NULL && row->term_months < audit->terms[class.class]) {
        raise_term(audit, class, row);
        keys_write(batch, class, row);
    }
    return RESULT_OK;
}

bool audit_keys_ready(struct audit *audit)
{
    bool created = false;
    if (audit->missing.month == audit_month_of(clock_now(audit->clock)) &&
        seal_class_ready(audit->keyring, audit->missing, &created, NULL) != RESULT_OK) {
        return false;
    }
    audit->missing.month = 0;
    return true;
}

void audit_forget_keys(struct audit *audit)
{
    memset(audit->ready_month, 0, sizeof audit->ready_month);
}

static enum result complete(struct audit *audit, struct store_batch *batch, struct record *record,
                            const struct beside *beside, struct error *err)
{
    record->time_ms = clock_now(audit->clock);
    record->class.month = audit_month_of(record->time_ms);
    if (class_ready(audit, batch, record->class, record->time_ms, err) != RESULT_OK ||
        append(audit, batch, record, beside, err) != RESULT_OK) {
        audit_forget_keys(audit); /* the batch goes, and a commitment in it too */
        return RESULT_FAILED;
    }
    return RESULT_OK;
}

enum result audit_append(struct audit *audit, struct store_batch *batch, struct record *record, struct slice text,
                         struct error *err)
{
    return complete(audit, batch, record, &(struct beside){.text = text}, err);
}

enum result audit_append_exchange(struct audit *audit, struct store_batch *batch, struct record *record,
                                  struct slice text, struct slice receipt, struct store_place *place, struct error *err)
{
    if (receipt.len != 0) {
        struct sha256 digest;
        sha256_of(receipt, &digest);
        memcpy(record->attachment, digest.bytes, sizeof record->attachment);
    }
    return complete(audit, batch, record, &(struct beside){text, receipt, place}, err);
}

enum result audit_read(struct audit *audit, const struct store_leaf *leaf, struct record *record, struct buf *text,
                       struct error *err)
{
    TRY(record_decode(audit->keyring, leaf->leaf, record, err));
    const struct slice note = leaf->sealed_text;
    if (text == NULL || note.len == 0) {
        return RESULT_OK;
    }
    ENSURE(note.len > SEAL_SALT_SIZE + SEAL_TAG_SIZE, err, FAULT_STORE, "logboek", "vrije tekst is beschadigd");
    uint8_t *room = buf_reserve(text, note.len);
    ENSURE(room != NULL, err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    TRY(seal_record_open(audit->keyring, record->class, note.ptr, slice_of(leaf->leaf, LOG_LEAF_BYTES),
                         slice_of(note.ptr + SEAL_SALT_SIZE, note.len - SEAL_SALT_SIZE), room, err));
    buf_commit(text, note.len - SEAL_SALT_SIZE - SEAL_TAG_SIZE);
    return RESULT_OK;
}
