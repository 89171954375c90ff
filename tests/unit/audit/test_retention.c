/* Terms, destruction and holds, with every way in which log and key folder can differ after a crash or a restore. */
#include "unit/audit/retention_rig.h"

#include <stdio.h>

#include "base/bytes.h"

static int open_rig(void **state)
{
    *state = rig_make();
    return 0;
}

static int close_rig(void **state)
{
    rig_drop(*state);
    return 0;
}

/* ---- terms ---- */

static void expect_due(struct rig *rig, struct seal_class class, const char *due)
{
    const struct audit_class found = rig_class(rig, class);
    assert_int_equal(found.state, AUDIT_KEY_PRESENT);
    assert_string_equal(date_text(&found.due).text, due);
}

static void a_term_begins_at_the_end_of_the_month(void **state)
{
    struct rig *rig = *state;
    rig_write(rig, 1, ""); /* two months */
    rig_write(rig, 2, ""); /* twelve */
    rig_write(rig, 0, ""); /* sixty */
    rig_write(rig, 3, ""); /* none known */
    expect_due(rig, november_1, "2027-02-01");
    expect_due(rig, (struct seal_class){202611, 2}, "2027-12-01");
    expect_due(rig, (struct seal_class){202611, 0}, "2031-12-01");
    expect_due(rig, (struct seal_class){202611, 3}, "");
    rig->now += 20 * DAY_MS;
    rig_write(rig, 1, "");
    expect_due(rig, (struct seal_class){202612, 1}, "2027-03-01");
}

static void over_from_the_day_itself_and_never_without_a_term(void **state)
{
    struct rig *rig = *state;
    struct date last;
    struct date due;
    struct date far;
    assert_true(date_parse(slice_text("2027-01-31"), &last) && date_parse(slice_text("2027-02-01"), &due) &&
                date_parse(slice_text("2090-01-01"), &far));
    rig_write(rig, 1, "");
    rig_write(rig, 3, "");
    struct audit_class class = rig_class(rig, november_1);
    assert_false(audit_class_over(&class, &last));
    assert_true(audit_class_over(&class, &due));
    class = rig_class(rig, (struct seal_class){202611, 3});
    assert_false(audit_class_over(&class, &far));
    rig->now = NOVEMBER + 80 * DAY_MS;
    rig_record_destruction(rig, november_1);
    class = rig_class(rig, november_1);
    assert_false(audit_class_over(&class, &far));
}

static void the_longest_term_of_the_month_counts_after_it_was_shortened(void **state)
{
    struct rig *rig = *state;
    static const uint16_t longer[AUDIT_CLASSES] = {60, 24};
    static const uint16_t shorter[AUDIT_CLASSES] = {60, 1};
    rig_write(rig, 1, "");
    expect_due(rig, november_1, "2027-02-01");
    audit_set_terms(rig->audit, longer); /* a new covenant within the month */
    expect_due(rig, november_1, "2028-12-01");
    rig_write(rig, 1, "");
    audit_set_terms(rig->audit, shorter);
    expect_due(rig, november_1, "2028-12-01");
    rig_restart(rig); /* with 2 again */
    expect_due(rig, november_1, "2028-12-01");
}

static void a_longer_term_that_comes_later_counts_too(void **state)
{
    struct rig *rig = *state;
    static const uint16_t longer[AUDIT_CLASSES] = {60, 36};
    rig_write(rig, 1, "");
    rig->now += 20 * DAY_MS;
    audit_set_terms(rig->audit, longer);
    expect_due(rig, november_1, "2029-12-01");
}

/* ---- counting ---- */

struct counting {
    struct rig *rig;
    uint64_t from;
};

static void take_count(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct rig *rig = ctx;
    assert_null(err);
    audit_count(rig->audit, leaves, count);
}

static void each_record_counts_once_under_its_class(void **state)
{
    struct rig *rig = *state;
    rig_write(rig, 1, "");
    rig_write(rig, 1, "");
    rig_write(rig, 2, "");
    store_log_read(rig->world.door, 0, 10, take_count, rig);
    store_log_read(rig->world.door, 0, 10, take_count, rig); /* counted already */
    rig_write(rig, 1, "");
    store_log_read(rig->world.door, audit_counted(rig->audit), 10, take_count, rig);
    assert_int_equal(rig_class(rig, november_1).records, 4); /* that of its key too */
    assert_int_equal(rig_class(rig, (struct seal_class){202611, 2}).records, 2);
    assert_int_equal(audit_counted(rig->audit), 6);
}

/* ---- destruction ---- */

static void a_destruction_is_a_record_with_month_class_and_commitment(void **state)
{
    struct rig *rig = *state;
    struct sha256 commitment;
    rig_write(rig, 1, "");
    assert_int_equal(seal_class_commitment(rig->world.keyring, november_1, &commitment, NULL), RESULT_OK);
    rig->now += 80 * DAY_MS;
    rig_record_destruction(rig, november_1);
    const struct rig_read r = rig_read(rig, rig_size(rig) - 1);
    assert_int_equal(r.record.operation, RECORD_KEY_DESTROYED);
    assert_string_equal(r.record.purpose, "202611-1");
    assert_memory_equal(r.record.attachment, commitment.bytes, SHA256_SIZE);
    assert_memory_equal(r.record.attachment, rig_read(rig, 0).record.attachment, SHA256_SIZE); /* as it was made */
    assert_int_equal(r.record.class.class, 0);
    assert_non_null(strstr(r.text, "2027-02-01"));
    struct error err;
    struct record again = {.age = 255};
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append_destroyed(rig->audit, batch, &again, november_1, &err), RESULT_FAILED);
    store_batch_free(batch);
}

static void recorded_and_then_killed_the_start_finishes_it(void **state)
{
    struct rig *rig = *state;
    rig_write(rig, 1, "een reden");
    rig->now += 80 * DAY_MS;
    rig_record_destruction(rig, november_1);
    assert_true(rig_key_there(rig, november_1));
    assert_int_equal(audit_findings(rig->audit).unfinished, 1);
    rig_restart(rig);
    assert_int_equal(rig->refused, FAULT_NONE);
    assert_false(rig_key_there(rig, november_1));
    const struct audit_findings found = audit_findings(rig->audit);
    assert_int_equal(found.unfinished, 0);
    assert_int_equal(found.destroyed, 1);
    assert_int_equal(found.missing, 0);
    const struct rig_read r = rig_read(rig, 1);
    assert_int_equal(r.fault, FAULT_NOT_FOUND);
    assert_int_equal(r.record.class.month, 202611);
    assert_string_equal(r.text, "");
}

static void what_was_not_recorded_is_undone(void **state)
{
    struct rig *rig = *state;
    struct error err;
    struct record record = {.age = 255};
    rig_write(rig, 1, "");
    rig->now += 80 * DAY_MS;
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append_destroyed(rig->audit, batch, &record, november_1, &err), RESULT_OK);
    store_batch_free(batch);
    audit_destroy_undo(rig->audit, november_1);
    audit_forget_keys(rig->audit);
    assert_int_equal(rig_class(rig, november_1).state, AUDIT_KEY_PRESENT);
    rig_restart(rig);
    assert_int_equal(rig_class(rig, november_1).state, AUDIT_KEY_PRESENT);
    assert_true(rig_key_there(rig, november_1));
}

static void a_key_that_is_gone_without_a_record_is_a_finding(void **state)
{
    struct rig *rig = *state;
    struct error err;
    rig_write(rig, 1, "");
    rig->now += 20 * DAY_MS;
    rig_write(rig, 1, "");
    assert_int_equal(seal_class_destroy(rig->world.keyring, &november_1, 1, &err), RESULT_OK);
    rig_restart(rig);
    assert_int_equal(rig->refused, FAULT_NONE);
    assert_int_equal(rig_class(rig, november_1).state, AUDIT_KEY_MISSING);
    assert_int_equal(audit_findings(rig->audit).missing, 1);
    rig_write(rig, 1, ""); /* the node goes on */
    rig->now += 80 * DAY_MS;
    rig_record_destruction(rig, november_1); /* at its term the log says that it was gone */
    assert_non_null(strstr(rig_read(rig, rig_size(rig) - 1).text, "was er al niet meer"));
    rig_restart(rig);
    assert_int_equal(audit_findings(rig->audit).missing, 0);
}

static void without_its_key_of_this_month_a_class_takes_no_record(void **state)
{
    struct rig *rig = *state;
    struct error err;
    struct record record = {.operation = RECORD_READ, .class = {0, 1}, .age = 255};
    rig_write(rig, 1, "");
    assert_int_equal(seal_class_destroy(rig->world.keyring, &november_1, 1, &err), RESULT_OK);
    rig_restart(rig);
    assert_int_equal(rig->refused, FAULT_NONE);
    assert_int_equal(audit_findings(rig->audit).missing_now, 1);
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append(rig->audit, batch, &record, slice_of(NULL, 0), &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_LOG);
    store_batch_free(batch);
    assert_false(rig_key_there(rig, november_1)); /* none is made in its place */
    rig_write(rig, 2, "");                        /* other classes go on, and this one next month */
    rig->now += 20 * DAY_MS;
    rig_write(rig, 1, "");
    const struct audit_findings found = audit_findings(rig->audit);
    assert_int_equal(found.missing_now, 0);
    assert_int_equal(found.missing, 1);
}

static void another_key_than_the_log_names_is_refused_for_older_months_too(void **state)
{
    struct rig *rig = *state;
    struct error err;
    rig_write(rig, 1, "");
    rig->now += 20 * DAY_MS;
    rig_write(rig, 1, "");
    assert_int_equal(seal_class_destroy(rig->world.keyring, &november_1, 1, &err), RESULT_OK);
    assert_int_equal(seal_class_ready(rig->world.keyring, november_1, NULL, &err), RESULT_OK);
    rig_restart(rig);
    assert_int_equal(rig->refused, FAULT_CONFIG);
}

static void a_destroyed_key_that_comes_back_is_destroyed_again(void **state)
{
    struct rig *rig = *state;
    struct error err;
    rig_write(rig, 1, "");
    rig->now += 80 * DAY_MS;
    rig_record_destruction(rig, november_1);
    rig_restart(rig);
    /* An older copy of the key folder is put back. */
    assert_int_equal(seal_class_ready(rig->world.keyring, november_1, NULL, &err), RESULT_OK);
    rig_restart(rig);
    assert_int_equal(rig->refused, FAULT_NONE);
    assert_false(rig_key_there(rig, november_1));
}

static void nothing_is_written_under_a_month_that_was_destroyed(void **state)
{
    struct rig *rig = *state;
    struct error err;
    struct record record = {.operation = RECORD_READ, .class = {0, 1}, .age = 255};
    rig_write(rig, 1, "");
    rig->now += 80 * DAY_MS;
    rig_record_destruction(rig, november_1);
    rig_restart(rig);
    rig->now = NOVEMBER; /* the clock goes back */
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append(rig->audit, batch, &record, slice_of(NULL, 0), &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_LOG);
    store_batch_free(batch);
    assert_false(rig_key_there(rig, november_1));
}

/* ---- data from before terms and months were kept ---- */

static void a_log_of_before_has_its_keys_found(void **state)
{
    struct rig *rig = *state;
    struct sha256 commitment;
    rig_write(rig, 1, "");
    rig->now += 20 * DAY_MS;
    assert_int_equal(seal_class_commitment(rig->world.keyring, november_1, &commitment, NULL), RESULT_OK);
    struct store_batch *batch = store_batch_new(rig->world.door);
    store_set_value(batch, "sleutelmaanden", slice_of(NULL, 0));
    store_set_value(batch, "sleutel-202611-1", slice_of(commitment.bytes, SHA256_SIZE));
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    rig_restart(rig);
    expect_due(rig, november_1, "2027-02-01");
}

/* ---- bounds ---- */

static void as_many_months_as_fit_and_no_more(void **state)
{
    struct rig *rig = *state;
    struct error err;
    struct record record = {.operation = RECORD_READ, .class = {0, 1}, .age = 255};
    struct sha256 commitment = {{1}};
    static uint8_t months[LOG_MONTHS_MAX * 4];
    for (uint32_t i = 0; i < LOG_MONTHS_MAX; i++) {
        bytes_put_u32(months + 4 * (size_t)i, 180001 + i / 12 * 100 + i % 12);
    }
    struct store_batch *batch = store_batch_new(rig->world.door);
    store_set_value(batch, "sleutelmaanden", slice_of(months, sizeof months));
    for (uint32_t i = 0; i < LOG_MONTHS_MAX; i++) {
        char name[32];
        uint8_t value[SHA256_SIZE + 10] = {1};
        bytes_put_u64(value + SHA256_SIZE + 2, 5); /* destroyed */
        (void)snprintf(name, sizeof name, "sleutel-%u-1", (unsigned)bytes_get_u32(months + 4 * (size_t)i));
        memcpy(value, commitment.bytes, SHA256_SIZE);
        store_set_value(batch, name, slice_of(value, sizeof value));
    }
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    rig_restart(rig);
    assert_int_equal(rig->refused, FAULT_NONE);
    assert_int_equal(audit_findings(rig->audit).destroyed, LOG_MONTHS_MAX);
    batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append(rig->audit, batch, &record, slice_of(NULL, 0), &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_LOG);
    store_batch_free(batch);
}

/* ---- holds ---- */

static void record_hold(struct rig *rig, uint64_t number, bool held)
{
    struct error err;
    struct record record = {.age = 255};
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(
        audit_append_hold(rig->audit, batch, &record, number, held, slice_text("bezwaar van betrokkene"), &err),
        RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

static void place(struct rig *rig, uint64_t number)
{
    struct error err;
    const struct rig_read r = rig_read(rig, number);
    assert_int_equal(seal_hold_place(rig->world.keyring, &r.hold, &err), RESULT_OK);
}

static void destroy_november(struct rig *rig)
{
    rig->now += 80 * DAY_MS;
    rig_record_destruction(rig, november_1);
    rig_restart(rig);
}

static void a_held_record_outlives_its_key_with_its_text_until_it_is_lifted(void **state)
{
    struct rig *rig = *state;
    rig_write(rig, 1, "de reden");
    rig_write(rig, 1, "een andere");
    place(rig, 1);
    record_hold(rig, 1, true);
    destroy_november(rig);
    assert_int_equal(rig_read(rig, 1).fault, FAULT_NONE);
    assert_string_equal(rig_read(rig, 1).text, "de reden");
    assert_int_equal(rig_read(rig, 2).fault, FAULT_NOT_FOUND);
    const struct rig_read said = rig_read(rig, 4); /* 3 made the key of class 0 */
    assert_int_equal(said.record.operation, RECORD_HELD);
    assert_string_equal(said.text, "regel 1: bezwaar van betrokkene");
    const struct audit_findings found = audit_findings(rig->audit);
    assert_int_equal(found.holds, 1);
    assert_int_equal(found.holds_missing + found.holds_unrecorded, 0);
    record_hold(rig, 1, false);
    rig_restart(rig); /* killed before the key folder changed */
    assert_int_equal(rig_read(rig, 1).fault, FAULT_NOT_FOUND);
    assert_int_equal(audit_findings(rig->audit).holds, 0);
    assert_int_equal(rig_read(rig, rig_size(rig) - 1).record.operation, RECORD_HOLD_LIFTED);
}

static void a_hold_on_one_side_only_is_a_finding_and_stays(void **state)
{
    struct rig *rig = *state;
    struct error err;
    rig_write(rig, 1, "");
    rig_write(rig, 1, "");
    place(rig, 1); /* killed before it was recorded, or older data were restored */
    record_hold(rig, 2, true);
    rig_restart(rig);
    struct audit_findings found = audit_findings(rig->audit);
    assert_int_equal(found.holds_unrecorded, 1);
    assert_int_equal(found.holds_missing, 1);
    assert_int_equal(found.holds, 1);
    /* Lifting both ends it. */
    record_hold(rig, 1, false);
    record_hold(rig, 2, false);
    assert_int_equal(audit_settle(rig->audit, &err), RESULT_OK);
    found = audit_findings(rig->audit);
    assert_int_equal(found.holds_unrecorded + found.holds_missing + found.holds, 0);
}

static void a_hold_whose_record_failed_is_lifted_again(void **state)
{
    struct rig *rig = *state;
    struct error err;
    struct record record = {.age = 255};
    rig_write(rig, 1, "");
    place(rig, 1);
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append_hold(rig->audit, batch, &record, 1, true, slice_text("reden genoeg"), &err),
                     RESULT_OK);
    store_batch_free(batch);
    audit_forget_keys(rig->audit);
    audit_hold_undo(rig->audit, 1, true);
    assert_int_equal(audit_settle(rig->audit, &err), RESULT_OK);
    assert_int_equal(audit_findings(rig->audit).holds, 0);
}

static void as_many_holds_as_fit_and_no_more(void **state)
{
    struct rig *rig = *state;
    struct error err;
    struct record record = {.age = 255};
    static uint8_t value[LOG_HOLDS_MAX * 8];
    rig_write(rig, 0, "");
    for (uint64_t i = 0; i < LOG_HOLDS_MAX; i++) {
        bytes_put_u64(value + 8 * i, i);
    }
    struct store_batch *batch = store_batch_new(rig->world.door);
    store_set_value(batch, "vasthoudingen", slice_of(value, sizeof value));
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    rig_restart(rig);
    batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append_hold(rig->audit, batch, &record, LOG_HOLDS_MAX, true, slice_text("reden"), &err),
                     RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_LOG);
    store_batch_free(batch);
    record_hold(rig, LOG_HOLDS_MAX - 1, false); /* one that is in the list */
    uint8_t too_many[LOG_HOLDS_MAX * 8 + 8] = {0};
    batch = store_batch_new(rig->world.door);
    store_set_value(batch, "vasthoudingen", slice_of(too_many, sizeof too_many));
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    rig_restart(rig);
    assert_int_equal(rig->refused, FAULT_STORE);
}

#define T(test) cmocka_unit_test_setup_teardown(test, open_rig, close_rig)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_term_begins_at_the_end_of_the_month),
        T(over_from_the_day_itself_and_never_without_a_term),
        T(the_longest_term_of_the_month_counts_after_it_was_shortened),
        T(a_longer_term_that_comes_later_counts_too),
        T(each_record_counts_once_under_its_class),
        T(a_destruction_is_a_record_with_month_class_and_commitment),
        T(recorded_and_then_killed_the_start_finishes_it),
        T(what_was_not_recorded_is_undone),
        T(a_key_that_is_gone_without_a_record_is_a_finding),
        T(without_its_key_of_this_month_a_class_takes_no_record),
        T(another_key_than_the_log_names_is_refused_for_older_months_too),
        T(a_destroyed_key_that_comes_back_is_destroyed_again),
        T(nothing_is_written_under_a_month_that_was_destroyed),
        T(a_log_of_before_has_its_keys_found),
        T(as_many_months_as_fit_and_no_more),
        T(a_held_record_outlives_its_key_with_its_text_until_it_is_lifted),
        T(a_hold_on_one_side_only_is_a_finding_and_stays),
        T(a_hold_whose_record_failed_is_lifted_again),
        T(as_many_holds_as_fit_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
