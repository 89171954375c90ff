/* Reports and orders: terms by kind, steps in their order, what is open or in force on which day, and the stored form. */
#include "unit/domain/help.h"

#include "base/mem.h"
#include "domain/order.h"
#include "domain/report.h"

static struct date day(const char *text)
{
    struct date out;
    assert_true(date_parse(slice_text(text), &out));
    return out;
}

static struct report report_of(enum report_kind kind, const char *received)
{
    struct report report = {.kind = kind, .received = day(received)};
    TEXT_INTO(report.matter.number, "VT-2026-0417");
    report.matter.people[0] = made_up_bsn("999990019");
    report.matter.people[1] = made_up_bsn("999990020");
    report.matter.people_count = 2;
    return report;
}

static void every_kind_has_its_terms(void **state)
{
    (void)state;
    static const struct {
        enum report_kind kind;
        enum term_kind term;
        const char *received;
        const char *due;
    } terms[] = {
        {REPORT_SAFE_HOME, TERM_DECISION, "2026-11-23", "2026-11-30"},
        {REPORT_SAFE_HOME, TERM_DECISION, "2026-12-22", "2026-12-30"}, /* over Christmas, Saturday and Sunday */
        {REPORT_SAFE_HOME, TERM_JUDGEMENT, "2026-11-23", "2027-02-01"},
        {REPORT_SUPPORT, TERM_INVESTIGATION, "2026-11-23", "2027-01-04"},
        {REPORT_DEBT, TERM_FIRST_TALK, "2026-11-23", "2026-12-21"},
        {REPORT_DEBT_URGENT, TERM_FIRST_TALK, "2026-11-26", "2026-12-01"},
    };
    for (size_t i = 0; i < COUNT_OF(terms); i++) {
        const struct report report = report_of(terms[i].kind, terms[i].received);
        struct term found[TERM_COUNT];
        const struct date due = day(terms[i].due);
        const struct date after = moment_date((date_days(&due) + 1) * 86400000);
        const size_t count = report_terms(&report, &due, found);
        assert_int_equal(count, terms[i].kind == REPORT_SAFE_HOME ? 2 : 1);
        const size_t at = terms[i].term == TERM_JUDGEMENT ? 1 : 0;
        assert_int_equal(found[at].kind, terms[i].term);
        assert_string_equal(date_text(&found[at].due).text, terms[i].due);
        assert_false(found[at].passed); /* on its last day */
        (void)report_terms(&report, &after, found);
        assert_true(found[at].passed);
        assert_true(report_is_open(&report)); /* a term that passes ends nothing */
    }
    struct term found[TERM_COUNT];
    const struct report acute = report_of(REPORT_ACUTE, "2026-11-23");
    assert_int_equal(report_terms(&acute, &today, found), 0);
}

static enum fault tried(struct report *report, enum term_kind step, const char *on)
{
    const struct date now = day("2026-12-15");
    const struct date when = day(on);
    struct error err = {.fault = FAULT_NONE};
    return report_do(report, step, &when, &now, &err) == RESULT_OK ? FAULT_NONE : err.fault;
}

static void steps_come_once_in_order_and_of_the_own_kind(void **state)
{
    (void)state;
    struct report report = report_of(REPORT_SAFE_HOME, "2026-11-23");
    assert_int_equal(tried(&report, TERM_FIRST_TALK, "2026-12-01"), FAULT_CONFLICT);
    assert_int_equal(tried(&report, TERM_END, "2026-12-01"), FAULT_CONFLICT);
    assert_int_equal(tried(&report, TERM_JUDGEMENT, "2026-12-01"), FAULT_CONFLICT); /* no decision yet */
    assert_int_equal(tried(&report, TERM_REVIEW, "2026-12-01"), FAULT_CONFLICT);    /* nothing waits for it */
    assert_int_equal(tried(&report, TERM_DECISION, "2026-11-22"), FAULT_INVALID);   /* before it was received */
    assert_int_equal(tried(&report, TERM_DECISION, "2026-12-16"), FAULT_INVALID);   /* tomorrow */
    assert_int_equal(tried(&report, TERM_DECISION, "2026-12-02"), FAULT_NONE);
    assert_int_equal(tried(&report, TERM_DECISION, "2026-12-02"), FAULT_CONFLICT);
    assert_int_equal(tried(&report, TERM_JUDGEMENT, "2026-12-03"), FAULT_NONE);
    struct term found[TERM_COUNT];
    assert_int_equal(report_terms(&report, &today, found), 0);
}

static void closing_ends_terms_and_steps_at_once(void **state)
{
    (void)state;
    struct error err;
    struct term found[TERM_COUNT];
    struct report report = report_of(REPORT_SAFE_HOME, "2026-11-20");
    assert_int_equal(report_close(&report, &today, &err), RESULT_OK);
    assert_false(report_is_open(&report));
    assert_int_equal(report_terms(&report, &today, found), 0);
    assert_int_equal(tried(&report, TERM_DECISION, "2026-11-22"), FAULT_CONFLICT);
    assert_int_equal(report_close(&report, &today, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_CONFLICT);
}

/* A review that waits outlives the closing, and a new one begins a new term. */
static void what_must_be_reviewed_waits_until_it_is(void **state)
{
    (void)state;
    struct error err;
    struct term found[TERM_COUNT];
    struct report report = report_of(REPORT_ACUTE, "2026-11-27");
    const struct date friday = day("2026-11-27");
    const struct date monday = day("2026-11-30");
    const struct date tuesday = day("2026-12-01");
    report_ask_review(&report, &friday);
    report_ask_review(&report, &monday); /* the first that waits counts */
    assert_int_equal(report_close(&report, &monday, &err), RESULT_OK);
    assert_int_equal(report_terms(&report, &monday, found), 1);
    assert_int_equal(found[0].kind, TERM_REVIEW);
    assert_int_equal(date_compare(&found[0].due, &monday), 0);
    assert_false(found[0].passed);
    (void)report_terms(&report, &tuesday, found);
    assert_true(found[0].passed);
    report.matter.alarmed = TERM_BIT(TERM_REVIEW);
    assert_int_equal(tried(&report, TERM_REVIEW, "2026-12-01"), FAULT_NONE);
    assert_int_equal(report.matter.alarmed, 0);
    assert_int_equal(report_terms(&report, &tuesday, found), 0);
    report_ask_review(&report, &tuesday);
    assert_int_equal(report_terms(&report, &tuesday, found), 1);
}

static struct order order_of(const char *from, const char *until)
{
    struct order order = {.kind = ORDER_SUPERVISION, .from = day(from), .until = day(until)};
    TEXT_INTO(order.matter.number, "OTS-2026-031");
    order.matter.people[0] = made_up_bsn("999990019");
    order.matter.people_count = 1;
    return order;
}

static bool in_force(const struct order *order, const char *on)
{
    const struct date at = day(on);
    return order_in_force(order, &at);
}

static void an_order_is_in_force_from_its_first_day_to_its_last(void **state)
{
    (void)state;
    struct error err;
    struct term found[TERM_COUNT];
    struct order order = order_of("2026-03-01", "2027-02-28");
    assert_false(in_force(&order, "2026-02-28"));
    assert_true(in_force(&order, "2026-03-01"));
    assert_true(in_force(&order, "2027-02-28"));
    assert_false(in_force(&order, "2027-03-01"));
    const struct date last = day("2027-02-28");
    const struct date after = day("2027-03-01");
    assert_int_equal(order_terms(&order, &last, found), 1);
    assert_false(found[0].passed);
    assert_int_equal(order_terms(&order, &after, found), 1); /* over, and nobody has said so */
    assert_true(found[0].kind == TERM_END && found[0].passed);
    assert_int_equal(order_end(&order, &after, &err), RESULT_FAILED); /* it does not last longer than the court said */
    const struct date early = day("2026-12-01");
    assert_int_equal(order_end(&order, &early, &err), RESULT_OK);
    assert_true(in_force(&order, "2026-12-01"));
    assert_false(in_force(&order, "2026-12-02"));
    assert_int_equal(order_terms(&order, &after, found), 0);
    const struct date later = day("2026-12-05");
    assert_int_equal(order_end(&order, &later, &err), RESULT_FAILED); /* nor does it begin again */
    assert_true(in_force(&order, "2026-12-01"));
}

static void stored_ones_come_back_and_no_cut_or_changed_ones(void **state)
{
    (void)state;
    struct report report = report_of(REPORT_SAFE_HOME, "2026-11-23");
    report.done[TERM_DECISION] = day("2026-11-25");
    report.matter.alarmed = TERM_BIT(TERM_DECISION);
    struct report back;
    struct order order = order_of("2026-03-01", "2027-02-28");
    struct order order_back;
    struct error err;
    struct buf bytes;
    buf_init(&bytes, STORE_PAYLOAD_MAX);
    report_encode(&report, &bytes);
    assert_int_equal(report_decode(buf_slice(&bytes), &back, &err), RESULT_OK);
    assert_memory_equal(&back, &report, sizeof report);
    for (size_t len = 0; len < bytes.len; len++) {
        assert_int_equal(report_decode(slice_of(bytes.ptr, len), &back, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_STORE);
    }
    for (size_t at = 0; at < bytes.len; at++) { /* any byte: refused, or another report within its bounds */
        for (unsigned flip = 1; flip < 256; flip <<= 1) {
            bytes.ptr[at] ^= (uint8_t)flip;
            if (report_decode(buf_slice(&bytes), &back, &err) == RESULT_OK) {
                assert_true(back.kind < REPORT_KIND_COUNT && back.matter.people_count <= MATTER_PEOPLE_MAX);
                assert_true(strlen(back.matter.number) <= CONSULT_CASE_MAX && date_exists(&back.received));
            }
            bytes.ptr[at] ^= (uint8_t)flip;
        }
    }
    buf_byte(&bytes, 0);
    assert_int_equal(report_decode(buf_slice(&bytes), &back, &err), RESULT_FAILED);
    buf_clear(&bytes);
    order_encode(&order, &bytes);
    assert_int_equal(order_decode(buf_slice(&bytes), &order_back, &err), RESULT_OK);
    assert_memory_equal(&order_back, &order, sizeof order);
    for (size_t len = 0; len < bytes.len; len++) {
        assert_int_equal(order_decode(slice_of(bytes.ptr, len), &order_back, &err), RESULT_FAILED);
    }
    buf_free(&bytes);
}

static void words_are_read_as_they_are_written(void **state)
{
    (void)state;
    enum report_kind report;
    enum order_kind order;
    enum term_kind term;
    for (unsigned i = 0; i < REPORT_KIND_COUNT; i++) {
        assert_true(report_kind_parse(slice_text(report_kind_word((enum report_kind)i)), &report) && report == i);
    }
    for (unsigned i = 0; i < ORDER_KIND_COUNT; i++) {
        assert_true(order_kind_parse(slice_text(order_kind_word((enum order_kind)i)), &order) && order == i);
    }
    for (unsigned i = 0; i < TERM_COUNT; i++) {
        assert_true(term_parse(slice_text(term_word((enum term_kind)i)), &term) && term == i);
    }
    assert_false(report_kind_parse(slice_text("iets"), &report) || order_kind_parse(slice_text(""), &order) ||
                 term_parse(slice_text("afsluiting"), &term));
    assert_string_equal(term_word(TERM_COUNT), "");
    assert_true(matter_number_ok(slice_text("VT 2026/1")));
    assert_false(matter_number_ok(slice_text("   ")) || matter_number_ok(slice_text("")) ||
                 matter_number_ok(slice_text("VT\n1")) ||
                 matter_number_ok(slice_text("0123456789012345678901234567890123456789x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_terms),
        cmocka_unit_test(steps_come_once_in_order_and_of_the_own_kind),
        cmocka_unit_test(closing_ends_terms_and_steps_at_once),
        cmocka_unit_test(what_must_be_reviewed_waits_until_it_is),
        cmocka_unit_test(an_order_is_in_force_from_its_first_day_to_its_last),
        cmocka_unit_test(stored_ones_come_back_and_no_cut_or_changed_ones),
        cmocka_unit_test(words_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
