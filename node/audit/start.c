/* What the log says of its keys, read at the start and held against the key folder. */
#include <string.h>

#include "audit/audit_parts.h"
#include "base/bytes.h"
#include "base/mem.h"

struct starting {
    struct audit *audit;
    struct store_door *door;
    void (*ready)(void *ctx, const struct error *err);
    void *ctx;
    uint32_t months[LOG_MONTHS_MAX]; /* that may have keys: from the list, the key folder, and this one */
    size_t month_count;
    size_t at; /* what is asked for: 0 the list of months, then a key each, last the holds */
    bool asked, looping, ended, failed;
    struct error err;
};

static void add_month(struct starting *s, uint32_t month)
{
    for (size_t i = 0; i < s->month_count; i++) {
        if (s->months[i] == month) {
            return;
        }
    }
    if (s->month_count < LOG_MONTHS_MAX) {
        s->months[s->month_count++] = month;
    }
}

/* Older data have no list; their key folder has every key that was made. */
static enum result take_months(struct starting *s, struct slice value, struct error *err)
{
    struct seal_class *kept CLEANUP(mem_cleanup) = mem_array(LOG_KEYS_MAX, sizeof *kept);
    ENSURE(kept != NULL, err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    ENSURE(value.len % 4 == 0, err, FAULT_STORE, "logboek", "de lijst van maanden is beschadigd");
    for (size_t i = 0; i < value.len; i += 4) {
        add_month(s, bytes_get_u32(value.ptr + i));
    }
    const size_t count = seal_classes(s->audit->keyring, kept, LOG_KEYS_MAX);
    for (size_t i = 0; i < count; i++) {
        add_month(s, kept[i].month);
    }
    add_month(s, audit_month_of(clock_now(s->audit->clock)));
    return RESULT_OK;
}

static struct seal_class class_at(const struct starting *s)
{
    const size_t at = s->at - 1;
    return (struct seal_class){s->months[at / AUDIT_CLASSES], (uint8_t)(at % AUDIT_CLASSES)};
}

/* Holds what the log says of a key against the key itself. */
static enum result compare(struct starting *s, struct seal_class class, struct key_row *row, struct error *err)
{
    struct sha256 commitment;
    struct error why;
    const bool there = seal_class_commitment(s->audit->keyring, class, &commitment, &why) == RESULT_OK;
    ENSURE(there || why.fault == FAULT_NOT_FOUND, err, why.fault, why.where, "%s", why.what);
    if (row->state == AUDIT_KEY_DESTROYED) {
        row->unfinished = there;
        return RESULT_OK;
    }
    ENSURE(!there || memcmp(commitment.bytes, row->commitment.bytes, SHA256_SIZE) == 0, err, FAULT_CONFIG, "sleutels",
           "de logboeksleutel van maand %u, bewaarklasse %u is een andere dan het logboek noemt", (unsigned)class.month,
           (unsigned)class.class);
    row->state = there ? AUDIT_KEY_PRESENT : AUDIT_KEY_MISSING;
    if (there && class.month == audit_month_of(clock_now(s->audit->clock))) {
        s->audit->ready_month[class.class] = class.month;
    }
    return RESULT_OK;
}

static enum result take_key(struct starting *s, struct slice value, struct error *err)
{
    const struct seal_class class = class_at(s);
    struct key_row row;
    struct key_row *place = NULL;
    if (value.len == 0) {
        return RESULT_OK;
    }
    TRY(keys_parse(value, &row, err));
    TRY(compare(s, class, &row, err));
    TRY(keys_add(s->audit, class, &place, err));
    *place = row;
    return RESULT_OK;
}

static enum result take_holds(struct starting *s, struct slice value, struct error *err)
{
    struct audit *audit = s->audit;
    ENSURE(value.len % 8 == 0 && value.len / 8 <= LOG_HOLDS_MAX, err, FAULT_STORE, "logboek",
           "de lijst van vastgehouden regels is beschadigd");
    for (size_t i = 0; i < value.len / 8; i++) {
        audit->holds[i] = bytes_get_u64(value.ptr + 8 * i);
    }
    audit->hold_count = value.len / 8;
    s->ended = true;
    (void)audit_settle(audit, NULL); /* what cannot be done now is a finding, and tried again */
    return RESULT_OK;
}

static enum result take(struct starting *s, struct slice value, struct error *err)
{
    if (s->at == 0) {
        return take_months(s, value, err);
    }
    return s->at <= s->month_count * AUDIT_CLASSES ? take_key(s, value, err) : take_holds(s, value, err);
}

static void go_on(struct starting *s);

static void got(void *ctx, struct slice value, const struct error *err)
{
    struct starting *s = ctx;
    s->asked = false;
    if (err != NULL) {
        s->err = *err;
    }
    if (err != NULL || take(s, value, &s->err) != RESULT_OK) {
        s->failed = true;
        s->ended = true;
    }
    s->at++;
    if (!s->looping) {
        go_on(s);
    }
}

static void ask(struct starting *s)
{
    s->asked = true;
    if (s->at == 0) {
        store_get_value(s->door, keys_months_name, got, s);
    } else if (s->at <= s->month_count * AUDIT_CLASSES) {
        store_get_value(s->door, keys_name(class_at(s)).text, got, s);
    } else {
        store_get_value(s->door, keys_holds_name, got, s);
    }
}

/* A store that answers at once does so inside ask: the loop keeps that from becoming a recursion. */
static void go_on(struct starting *s)
{
    s->looping = true;
    while (!s->asked && !s->ended) {
        ask(s);
    }
    s->looping = false;
    if (s->ended) {
        s->ready(s->ctx, s->failed ? &s->err : NULL);
        mem_free(s);
    }
}

void audit_start(struct audit *audit, struct store_door *door, void (*ready)(void *ctx, const struct error *err),
                 void *ctx)
{
    struct starting *s = mem_zalloc(sizeof *s);
    struct error err;
    if (s == NULL || keyring_settle(audit->keyring, &err) != RESULT_OK) {
        if (s == NULL) {
            (void)error_set(&err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
        }
        mem_free(s);
        ready(ctx, &err);
        return;
    }
    s->audit = audit;
    s->door = door;
    s->ready = ready;
    s->ctx = ctx;
    go_on(s);
}
