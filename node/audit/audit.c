#include "audit/audit.h"

#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "base/mem.h"

enum { AUDIT_CLASSES = 10, AUDIT_TEXT_MAX = 4096, AUDIT_SALTS = 64 };

struct audit {
    struct keyring *keyring;
    const struct clock *clock;
    const struct entropy *entropy;
    uint32_t ready_month[AUDIT_CLASSES]; /* month for which the class key is known to be there */
    struct seal_class missing;           /* the key that failed last; month 0: none */
    uint8_t salts[AUDIT_SALTS]
                 [SEAL_SALT_SIZE]; /* drawn together: each is public, stands in its leaf and is used once */
    size_t salts_left;
};

enum result audit_open(struct keyring *keyring, const struct clock *clock, const struct entropy *entropy,
                       struct audit **out, struct error *err)
{
    struct audit *audit = mem_zalloc(sizeof *audit);
    ENSURE(audit != NULL, err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    audit->keyring = keyring;
    audit->clock = clock;
    audit->entropy = entropy;
    *out = audit;
    return RESULT_OK;
}

void audit_close(struct audit *audit)
{
    mem_free(audit);
}

static uint32_t month_of(int64_t time_ms)
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

struct key_name {
    char text[32];
};

/* The store value that holds the commitment to this class key, once the log does. */
static struct key_name key_name(struct seal_class class)
{
    struct key_name name;
    (void)snprintf(name.text, sizeof name.text, "sleutel-%06u-%u", class.month % 1000000U, class.class % 10U);
    return name;
}

static enum result commit_to_key(struct audit *audit, struct store_batch *batch, struct seal_class class,
                                 int64_t time_ms, struct error *err)
{
    struct record key = {.operation = RECORD_CLASS_KEY, .class = class, .time_ms = time_ms, .age = 255};
    struct sha256 commitment;
    TRY(seal_class_commitment(audit->keyring, class, &commitment, err));
    memcpy(key.attachment, commitment.bytes, sizeof key.attachment);
    key.outcome = OUTCOME_DONE;
    TRY(append(audit, batch, &key, &nothing, err));
    store_set_value(batch, key_name(class).text, slice_of(commitment.bytes, SHA256_SIZE));
    return RESULT_OK;
}

static enum result class_ready(struct audit *audit, struct store_batch *batch, struct seal_class class, int64_t time_ms,
                               struct error *err)
{
    ENSURE(class.class < AUDIT_CLASSES, err, FAULT_LOG, "logboek", "onbekende bewaarklasse");
    if (audit->ready_month[class.class] != class.month) {
        bool created = false;
        audit->missing = class;
        TRY(seal_class_ready(audit->keyring, class, &created, err));
        audit->missing.month = 0;
        TRY(commit_to_key(audit, batch, class, time_ms, err));
        audit->ready_month[class.class] = class.month;
    }
    return RESULT_OK;
}

bool audit_keys_ready(struct audit *audit)
{
    bool created = false;
    if (audit->missing.month == month_of(clock_now(audit->clock)) &&
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

struct starting {
    struct audit *audit;
    struct store_door *door;
    struct seal_class class;
    void (*ready)(void *ctx, const struct error *err);
    void *ctx;
};

static void next_key(struct starting *s);

static void key_known(void *ctx, struct slice value, const struct error *err)
{
    struct starting *s = ctx;
    struct error fault;
    struct sha256 commitment;
    if (err == NULL && value.len != 0) {
        if (seal_class_commitment(s->audit->keyring, s->class, &commitment, &fault) != RESULT_OK) {
            err = &fault;
        } else if (!slice_equal(value, slice_of(commitment.bytes, SHA256_SIZE))) {
            (void)error_set(&fault, FAULT_CONFIG, "sleutels",
                            "de logboeksleutel van deze maand is een andere dan het logboek noemt");
            err = &fault;
        } else {
            s->audit->ready_month[s->class.class] = s->class.month;
        }
    }
    s->class.class ++;
    if (err != NULL || s->class.class == AUDIT_CLASSES) {
        s->ready(s->ctx, err);
        mem_free(s);
        return;
    }
    next_key(s);
}

static void next_key(struct starting *s)
{
    store_get_value(s->door, key_name(s->class).text, key_known, s);
}

void audit_start(struct audit *audit, struct store_door *door, void (*ready)(void *ctx, const struct error *err),
                 void *ctx)
{
    struct starting *s = mem_zalloc(sizeof *s);
    if (s == NULL) {
        struct error err;
        (void)error_set(&err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
        ready(ctx, &err);
        return;
    }
    *s = (struct starting){audit, door, {month_of(clock_now(audit->clock)), 0}, ready, ctx};
    next_key(s);
}

static enum result complete(struct audit *audit, struct store_batch *batch, struct record *record,
                            const struct beside *beside, struct error *err)
{
    record->time_ms = clock_now(audit->clock);
    record->class.month = month_of(record->time_ms);
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
