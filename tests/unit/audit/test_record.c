/* A log record in its final form: what is visible, what is sealed, and that neither length nor order tells the result. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/record.h"
#include "base/bytes.h"

static char folder[] = "/tmp/kb-record-XXXXXX";
static char key_folder[64];
static struct keyring *keyring;
static const struct seal_class class = {202611, 1};

static int open_keys(void **state)
{
    (void)state;
    struct error err;
    bool created = false;
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    (void)snprintf(key_folder, sizeof key_folder, "%s/keys", folder);
    return keyring_create(key_folder, &err) == RESULT_OK && keyring_open(key_folder, &keyring, &err) == RESULT_OK &&
                   seal_class_ready(keyring, class, &created, &err) == RESULT_OK && created
               ? 0
               : -1;
}

static int close_keys(void **state)
{
    (void)state;
    char command[128];
    keyring_close(keyring);
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command); /* NOLINT: a fixed path made by mkdtemp */
}

static struct record full_record(void)
{
    struct record r = {.operation = RECORD_ANSWERED,
                       .class = class,
                       .time_ms = 1795341600000,
                       .outcome = OUTCOME_RELEASED,
                       .categories = 7,
                       .age = 41,
                       .entries = 2};
    memset(r.request_id.bytes, 0xAB, IDENT_SIZE);
    memset(r.subject.bytes, 0xCD, IDENT_SIZE);
    memset(r.covenant, 0xEE, sizeof r.covenant);
    memcpy(r.peer.digits, "00000099000000001000", OIN_DIGITS + 1);
    (void)snprintf(r.purpose, sizeof r.purpose, "hulpafstemming");
    (void)snprintf(r.user, sizeof r.user, "0123456789abcdef0123456789abcdef");
    (void)snprintf(r.role, sizeof r.role, "generalist");
    (void)snprintf(r.basis, sizeof r.basis, "wmo-5.1.1");
    (void)snprintf(r.case_number, sizeof r.case_number, "Z-2026-0012");
    (void)snprintf(r.municipality, sizeof r.municipality, "9901");
    record_add_rule(&r, "hulp-01");
    return r;
}

static const uint8_t salt[SEAL_SALT_SIZE] = {1, 2, 3};

static void encode(const struct record *r, uint8_t *leaf)
{
    struct error err;
    assert_int_equal(record_encode(keyring, r, salt, leaf, &err), RESULT_OK);
}

static void round_trip(void **state)
{
    (void)state;
    uint8_t leaf[LOG_LEAF_BYTES];
    struct record back;
    struct error err;
    const struct record r = full_record();
    encode(&r, leaf);
    assert_int_equal(record_decode(keyring, leaf, &back, &err), RESULT_OK);
    assert_int_equal(back.operation, r.operation);
    assert_int_equal(back.outcome, OUTCOME_RELEASED);
    assert_int_equal(back.time_ms, r.time_ms);
    assert_int_equal(back.categories, 7);
    assert_int_equal(back.age, 41);
    assert_int_equal(back.entries, 2);
    assert_string_equal(back.peer.digits, r.peer.digits);
    assert_string_equal(back.purpose, "hulpafstemming");
    assert_string_equal(back.user, r.user);
    assert_string_equal(back.case_number, "Z-2026-0012");
    assert_string_equal(back.rules, "hulp-01");
    assert_string_equal(back.municipality, "9901");
    assert_true(ident_equal(&back.subject, &r.subject));
}

/* Released, withheld, unknown and refused: the visible 96 bytes and the length are the same. */
static void outcome_is_invisible(void **state)
{
    (void)state;
    uint8_t released[LOG_LEAF_BYTES];
    uint8_t other[LOG_LEAF_BYTES];
    struct record r = full_record();
    encode(&r, released);
    static const enum record_outcome outcomes[] = {OUTCOME_WITHHELD, OUTCOME_UNKNOWN, OUTCOME_REFUSED};
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        r = full_record();
        r.outcome = outcomes[i];
        r.rules[0] = '\0';
        r.categories = 0;
        r.entries = 0;
        memset(&r.subject, 0, sizeof r.subject);
        encode(&r, other);
        assert_memory_equal(released, other, LOG_VISIBLE_BYTES);
        assert_memory_not_equal(released + LOG_VISIBLE_BYTES, other + LOG_VISIBLE_BYTES, LOG_SEALED_BYTES);
    }
}

static void sealed_part_hides_its_text(void **state)
{
    (void)state;
    uint8_t leaf[LOG_LEAF_BYTES];
    struct record r = full_record();
    memcpy(r.bsn.secret_digits, "999990019", BSN_DIGITS + 1);
    memset(&r.subject, 0, sizeof r.subject);
    encode(&r, leaf);
    assert_null(memmem(leaf, sizeof leaf, "999990019", 9));
    assert_null(memmem(leaf, sizeof leaf, "Z-2026", 6));
    assert_null(memmem(leaf, sizeof leaf, "generalist", 10));
}

/* Each single flipped bit outside the attachment is noticed; the attachment is the tree's to protect. */
static void tampering_is_noticed(void **state)
{
    (void)state;
    uint8_t leaf[LOG_LEAF_BYTES];
    struct record back;
    struct error err;
    const struct record r = full_record();
    encode(&r, leaf);
    for (size_t i = 0; i < LOG_VISIBLE_BYTES + LOG_SEALED_BYTES; i++) {
        leaf[i] ^= 1U;
        assert_int_equal(record_decode(keyring, leaf, &back, &err), RESULT_FAILED);
        leaf[i] ^= 1U;
    }
    assert_int_equal(record_decode(keyring, leaf, &back, &err), RESULT_OK);
}

static void largest_record_fits(void **state)
{
    (void)state;
    uint8_t leaf[LOG_LEAF_BYTES];
    struct record back;
    struct error err;
    struct record r = full_record();
    memset(r.user, 'u', RECORD_USER_MAX);
    memset(r.role, 'r', RECORD_CODE_MAX);
    memset(r.basis, 'b', RECORD_CODE_MAX);
    memset(r.case_number, 'c', CONSULT_CASE_MAX);
    memset(r.consult.bytes, 9, IDENT_SIZE);
    r.rules[0] = '\0';
    for (int i = 0; i < 40; i++) {
        char rule[16];
        (void)snprintf(rule, sizeof rule, "regel-%d", i);
        record_add_rule(&r, rule);
    }
    assert_int_equal(r.rules[strlen(r.rules) - 1], '+');
    r.user[RECORD_USER_MAX] = r.role[RECORD_CODE_MAX] = r.basis[RECORD_CODE_MAX] = r.case_number[CONSULT_CASE_MAX] = 0;
    r.domains = r.shielded = 0x1FFF;
    r.inputs = UINT32_MAX;
    encode(&r, leaf);
    assert_int_equal(record_decode(keyring, leaf, &back, &err), RESULT_OK);
    assert_int_equal(back.domains, 0x1FFF);
    assert_int_equal(back.shielded, 0x1FFF);
    assert_true(back.inputs == UINT32_MAX);
    assert_string_equal(back.rules, r.rules);
    assert_string_equal(back.user, r.user);
    /* Both a case and a report number: more than a record holds, and more than the API lets in. */
    memset(r.report_number, 'm', CONSULT_CASE_MAX);
    r.report_number[CONSULT_CASE_MAX] = 0;
    memcpy(r.bsn.secret_digits, "999990019", BSN_DIGITS + 1);
    assert_int_equal(record_encode(keyring, &r, salt, leaf, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_LOG);
}

/* A record from before the involvements that were weighed stood in it: what it does not have is empty. */
static void a_record_without_what_came_later_reads(void **state)
{
    (void)state;
    struct record back;
    struct error err;
    uint8_t leaf[LOG_LEAF_BYTES];
    struct record r = full_record();
    encode(&r, leaf);
    assert_int_equal(record_decode(keyring, leaf, &back, &err), RESULT_OK);
    assert_int_equal(back.domains, 0);
    assert_int_equal(back.shielded, 0);
    assert_int_equal(back.inputs, 0);
    assert_int_equal(back.entries, r.entries);
}

static void a_rule_stands_once(void **state)
{
    (void)state;
    struct record r = {.age = 255};
    record_add_rule(&r, "hulp-01");
    record_add_rule(&r, "hulp-0");
    record_add_rule(&r, "hulp-01");
    record_add_rule(&r, "ulp-01");
    assert_string_equal(r.rules, "hulp-01 hulp-0 ulp-01");
}

static void destroyed_key_ends_readable_life(void **state)
{
    (void)state;
    uint8_t leaf[LOG_LEAF_BYTES];
    struct record back;
    struct error err;
    struct record r = full_record();
    bool created = false;
    const struct seal_class old = {202511, 1};
    assert_int_equal(seal_class_ready(keyring, old, &created, &err), RESULT_OK);
    r.class = old;
    encode(&r, leaf);
    assert_int_equal(seal_class_destroy(keyring, &old, 1, &err), RESULT_OK);
    keyring_close(keyring);
    assert_int_equal(keyring_open(key_folder, &keyring, &err), RESULT_OK);
    assert_int_equal(record_decode(keyring, leaf, &back, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
    /* The visible part is still there. */
    assert_int_equal(record_decode_visible(leaf, &back, &err), RESULT_OK);
    assert_string_equal(back.purpose, "hulpafstemming");
}

static void foreign_version_is_refused(void **state)
{
    (void)state;
    uint8_t leaf[LOG_LEAF_BYTES] = {2};
    struct record back;
    struct error err;
    assert_int_equal(record_decode_visible(leaf, &back, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_STORE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(outcome_is_invisible),
        cmocka_unit_test(sealed_part_hides_its_text),
        cmocka_unit_test(tampering_is_noticed),
        cmocka_unit_test(largest_record_fits),
        cmocka_unit_test(a_record_without_what_came_later_reads),
        cmocka_unit_test(a_rule_stands_once),
        cmocka_unit_test(destroyed_key_ends_readable_life),
        cmocka_unit_test(foreign_version_is_refused),
    };
    return cmocka_run_group_tests(tests, open_keys, close_keys);
}
