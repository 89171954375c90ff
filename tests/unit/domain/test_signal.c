/* Signals as values: how long they live, what partners hear of that, how far they came, and the stored form. */
#include "unit/domain/help.h"

#include "base/mem.h"
#include "domain/signal.h"

static struct oin partner(unsigned number)
{
    struct oin oin;
    (void)snprintf(oin.digits, sizeof oin.digits, "000000990000%08u", number);
    return oin;
}

static struct signal full_signal(void)
{
    struct signal s = {.told = SIGNAL_UNSAFE, .published = {2026, 11, 22}, .until = {2027, 2, 3}, .household = true};
    memset(s.spoor.bytes, 0x31, IDENT_SIZE);
    memset(s.key.bytes, 0x32, IDENT_SIZE);
    TEXT_INTO(s.publisher, "l.meester");
    TEXT_INTO(s.role, "signaleerder");
    TEXT_INTO(s.basis, "wpo-8");
    TEXT_INTO(s.contact.name, "L. Meester");
    TEXT_INTO(s.contact.phone, "0990 555 100");
    return s;
}

static void it_lives_through_its_last_day_and_no_longer(void **state)
{
    (void)state;
    struct signal s = full_signal();
    const struct date last = {2027, 2, 3};
    const struct date after = {2027, 2, 4};
    assert_true(signal_lives(&s, &last));
    assert_false(signal_lives(&s, &after));
    s.state = SIGNAL_WITHDRAWN;
    assert_false(signal_lives(&s, &last));
    s.state = SIGNAL_EXPIRED;
    assert_false(signal_lives(&s, &last));
}

static void partners_hear_the_end_of_the_month(void **state)
{
    (void)state;
    static const char *const days[][2] = {
        {"2027-02-03", "2027-02-28"}, {"2028-02-01", "2028-02-29"}, {"2027-01-31", "2027-01-31"},
        {"2027-04-02", "2027-04-30"}, {"2027-12-01", "2027-12-31"},
    };
    for (size_t i = 0; i < COUNT_OF(days); i++) {
        struct date day;
        assert_true(date_parse(slice_text(days[i][0]), &day));
        const struct date told = signal_until_told(&day);
        assert_string_equal(date_text(&told).text, days[i][1]);
    }
}

static void a_reason_for_not_telling_is_one_of_a_list(void **state)
{
    (void)state;
    enum signal_told told = SIGNAL_TOLD;
    assert_true(signal_untold_parse(slice_text("onveilig"), &told));
    assert_int_equal(told, SIGNAL_UNSAFE);
    assert_false(signal_untold_parse(slice_text("ja"), &told));
    assert_false(signal_untold_parse(slice_text(""), &told));
    assert_false(signal_untold_parse(slice_text("geen zin"), &told));
    assert_string_equal(signal_told_word(SIGNAL_TOLD_COUNT), "");
}

static void it_comes_so_far_at_each_partner_and_at_no_more_than_the_bound(void **state)
{
    (void)state;
    struct signal s = full_signal();
    struct error err;
    struct ident first = {{1}};
    struct ident second = {{2}};
    const struct oin a = partner(1);
    assert_int_equal(signal_reached(&s, &a), REACH_NOTHING);
    assert_int_equal(signal_reach_put(&s, &a, REACH_HIT, &first, &err), RESULT_OK);
    assert_int_equal(signal_reach_put(&s, &a, REACH_SENT, &second, &err), RESULT_OK);
    assert_int_equal(signal_reached(&s, &a), REACH_SENT);
    assert_true(ident_equal(&signal_reach_of(&s, &a)->request_id, &first)); /* a retry is the same request */
    assert_int_equal(signal_turn(&s, &a), 0);
    signal_reach_of(&s, &a)->turn = 3;
    assert_int_equal(signal_turn(&s, &a), 3);
    for (unsigned i = 2; i <= SIGNAL_REACH_MAX; i++) {
        const struct oin other = partner(i);
        assert_int_equal(signal_reach_put(&s, &other, REACH_HIT, &first, &err), RESULT_OK);
    }
    const struct oin past = partner(SIGNAL_REACH_MAX + 1);
    assert_int_equal(signal_reach_put(&s, &past, REACH_HIT, &first, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    assert_null(signal_reach_of(&s, &past));
}

static void the_stored_form_gives_it_back_and_takes_nothing_else(void **state)
{
    (void)state;
    struct signal s = full_signal();
    struct signal back;
    struct error err;
    struct buf stored;
    const struct ident id = {{7}};
    for (unsigned i = 1; i <= SIGNAL_REACH_MAX; i++) {
        const struct oin oin = partner(i);
        assert_int_equal(signal_reach_put(&s, &oin, (enum signal_reached)(i % SIGNAL_REACH_COUNT), &id, &err),
                         RESULT_OK);
        signal_reach_of(&s, &oin)->turn = i * 1000;
    }
    buf_init(&stored, STORE_PAYLOAD_MAX);
    signal_encode(&s, &stored);
    assert_true(buf_ok(&stored));
    assert_int_equal(signal_decode(buf_slice(&stored), &back, &err), RESULT_OK);
    struct buf again;
    buf_init(&again, STORE_PAYLOAD_MAX);
    signal_encode(&back, &again);
    assert_int_equal(again.len, stored.len);
    assert_memory_equal(again.ptr, stored.ptr, stored.len);
    assert_string_equal(back.contact.phone, s.contact.phone);
    assert_int_equal(back.reach_count, SIGNAL_REACH_MAX);
    assert_int_equal(back.reach[SIGNAL_REACH_MAX - 1].turn, SIGNAL_REACH_MAX * 1000);
    for (size_t len = 0; len < stored.len; len++) {
        assert_int_equal(signal_decode(slice_of(stored.ptr, len), &back, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_STORE);
    }
    buf_wipe(&again);
    buf_wipe(&stored);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_lives_through_its_last_day_and_no_longer),
        cmocka_unit_test(partners_hear_the_end_of_the_month),
        cmocka_unit_test(a_reason_for_not_telling_is_one_of_a_list),
        cmocka_unit_test(it_comes_so_far_at_each_partner_and_at_no_more_than_the_bound),
        cmocka_unit_test(the_stored_form_gives_it_back_and_takes_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
