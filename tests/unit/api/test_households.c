/* Who lives with whom, in memory: as read, as registered since, and as somebody is shielded. */
#include "unit/api/api_rig.h"

#include "api/cooperation.h"
#include "api/households.h"

static struct ident put_household(struct rig *rig, const struct household *household)
{
    struct buf payload;
    const struct ident id = entropy_ident(&rig->entropy);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    household_encode(household, &payload);
    rig_put(rig, STORE_HOUSEHOLD, &(struct store_write){.id = id, .payload = buf_slice(&payload)});
    buf_free(&payload);
    return id;
}

static struct household home_of(const struct ident *members, size_t count)
{
    struct household household = {.member_count = count, .source = "BRP", .recorded = {2025, 1, 2}};
    memcpy(household.members, members, count * sizeof *members);
    return household;
}

static void shield(struct rig *rig, const struct ident *person)
{
    struct involvement hidden = rig_budget();
    struct buf payload;
    hidden.sensitivity = SENSITIVITY_SHIELDED;
    hidden.until = (struct date){2030, 12, 31};
    buf_init(&payload, STORE_PAYLOAD_MAX);
    involvement_encode(&hidden, &payload);
    rig_put(
        rig, STORE_INVOLVEMENT,
        &(struct store_write){.id = entropy_ident(&rig->entropy), .parent = *person, .payload = buf_slice(&payload)});
    buf_free(&payload);
}

static void read_all(struct rig *rig)
{
    for (int i = 0; i < 4; i++) {
        cooperation_look(&rig->api);
        rig_run(rig);
    }
    assert_true(households_ready(rig->api.households));
}

static void open_all(struct rig *rig)
{
    struct error err;
    rig_open(rig, DEBT_HELP);
    assert_int_equal(cooperation_open(&rig->api, &rig->api.cooperation, &err), RESULT_OK);
    assert_int_equal(households_open(&rig->api, &rig->api.households, &err), RESULT_OK);
    assert_false(households_ready(rig->api.households));
}

static void close_all(struct rig *rig)
{
    households_close(rig->api.households);
    cooperation_close(rig->api.cooperation);
    rig->api.households = NULL;
    rig->api.cooperation = NULL;
    rig_close(rig);
}

static struct ident people[HOUSEHOLD_MEMBERS_MAX + 2];

static void register_all(struct rig *rig)
{
    char digits[BSN_DIGITS + 1];
    struct bsn bsn;
    uint32_t number = 999000000;
    for (size_t i = 0; i < COUNT_OF(people); i++) {
        do {
            (void)snprintf(digits, sizeof digits, "%09u", number++);
        } while (!bsn_parse(slice_text(digits), &bsn));
        people[i] = rig_person(rig, digits);
    }
}

static size_t others(const struct rig *rig, size_t person)
{
    struct ident ids[HOUSEHOLD_MEMBERS_MAX];
    return households_others(rig->api.households, &people[person], ids);
}

static void who_lives_with_whom_is_known_by_each_of_them(void **state)
{
    (void)state;
    struct rig rig;
    struct ident ids[HOUSEHOLD_MEMBERS_MAX];
    open_all(&rig);
    register_all(&rig);
    const struct household two = home_of(people, 2);
    struct household alone = home_of(&people[3], 1);
    struct household undated = home_of(&people[4], 2);
    undated.recorded = (struct date){0};
    struct household unsourced = home_of(&people[6], 2);
    unsourced.source[0] = '\0';
    (void)put_household(&rig, &two);
    (void)put_household(&rig, &alone);
    (void)put_household(&rig, &undated);
    (void)put_household(&rig, &unsourced);
    assert_int_equal(others(&rig, 0), 0); /* not read yet */
    read_all(&rig);
    assert_int_equal(households_others(rig.api.households, &people[0], ids), 1);
    assert_true(ident_equal(&ids[0], &people[1]));
    for (size_t i = 2; i < 8; i++) {
        assert_int_equal(others(&rig, i), 0);
    }
    /* In two households, and with the same person in both. */
    const struct ident three[] = {people[0], people[1], people[2]};
    const struct household more = home_of(three, 3);
    const uint64_t version = households_version(rig.api.households);
    (void)put_household(&rig, &more);
    households_put(rig.api.households, &more);
    assert_true(households_version(rig.api.households) != version);
    assert_int_equal(others(&rig, 0), 2);
    assert_int_equal(others(&rig, 2), 2);
    /* The same from the store. */
    households_reread(rig.api.households);
    read_all(&rig);
    assert_int_equal(others(&rig, 0), 2);
    close_all(&rig);
}

static void with_somebody_who_is_shielded_nobody_is_told(void **state)
{
    (void)state;
    struct rig rig;
    struct ident ids[HOUSEHOLD_MEMBERS_MAX];
    open_all(&rig);
    register_all(&rig);
    const struct household first = home_of(people, 3);
    const struct household second = home_of(&people[3], 2);
    (void)put_household(&rig, &first);
    (void)put_household(&rig, &second);
    shield(&rig, &people[4]);
    read_all(&rig);
    assert_int_equal(others(&rig, 3), 0);
    assert_int_equal(others(&rig, 4), 0);
    assert_int_equal(others(&rig, 0), 2);
    shield(&rig, &people[2]);
    assert_int_equal(others(&rig, 0), 2);                                            /* nobody looked yet, */
    assert_int_equal(households_others_now(rig.api.households, &people[0], ids), 0); /* but by the rows it is so */
    assert_int_equal(others(&rig, 0), 0);
    shield(&rig, &people[1]);
    cooperation_touched(&rig.api, &people[1]);
    read_all(&rig);
    assert_int_equal(others(&rig, 0), 0);
    close_all(&rig);
}

static void more_than_fit_are_nobody(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    register_all(&rig);
    const struct household full = home_of(people, HOUSEHOLD_MEMBERS_MAX);
    (void)put_household(&rig, &full);
    read_all(&rig);
    assert_int_equal(others(&rig, 0), HOUSEHOLD_MEMBERS_MAX - 1);
    const struct ident second[] = {people[0], people[HOUSEHOLD_MEMBERS_MAX]};
    const struct household fits = home_of(second, 2);
    households_put(rig.api.households, &fits);
    assert_int_equal(others(&rig, 0), HOUSEHOLD_MEMBERS_MAX);
    const struct ident third[] = {people[0], people[HOUSEHOLD_MEMBERS_MAX + 1]};
    const struct household over = home_of(third, 2);
    households_put(rig.api.households, &over);
    assert_int_equal(others(&rig, 0), 0);
    assert_int_equal(others(&rig, 1), HOUSEHOLD_MEMBERS_MAX - 1);
    close_all(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_lives_with_whom_is_known_by_each_of_them),
        cmocka_unit_test(with_somebody_who_is_shielded_nobody_is_told),
        cmocka_unit_test(more_than_fit_are_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
