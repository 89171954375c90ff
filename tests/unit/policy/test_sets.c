/* What lookup sets rest on: for which purposes there is one between two parties, and how many values may be asked. */
#include "unit/policy/small.h"

#include "policy/decide.h"

static const struct date today = {2026, 11, 22};

/* Everybody that a set could hold, one after another: the areas, ages and records that the sample tells apart. */
static bool somebody_fits(const struct covenant *covenant, const struct policy_request *request)
{
    static const char *const areas[] = {"9901", "9902", "9903", "0001"};
    for (size_t area = 0; area < COUNT_OF(areas); area++) {
        for (int age = 1; age < 60; age += 3) {
            struct policy_subject subject = {.birth = {(int16_t)(2026 - age), 1, 1}, .municipality = areas[area]};
            for (unsigned i = 0; i < CONSENT_KIND_COUNT; i++) {
                subject.consent.categories[i] = UINT32_MAX;
            }
            for (unsigned domain = 0; domain < 2 * LIFE_DOMAIN_COUNT + 1; domain++) { /* the last: a signal */
                const struct policy_record record = {
                    slice_text(life_domain_word((enum life_domain)(domain % LIFE_DOMAIN_COUNT))),
                    domain >= LIFE_DOMAIN_COUNT && domain < 2 * LIFE_DOMAIN_COUNT, domain == 2 * LIFE_DOMAIN_COUNT};
                struct policy_decision out;
                policy_may_know(covenant, request, &subject, &record, &out);
                if (out.permit) {
                    return true;
                }
            }
        }
    }
    return false;
}

/* There is a set exactly where somebody could be in it, between every two parties of the sample, themselves included. */
static void a_set_is_there_where_somebody_could_be_in_it(void **state)
{
    (void)state;
    char *text = sample_text();
    struct covenant *covenant = parse(text);
    const size_t parties = covenant_party_count(covenant);
    size_t sets = 0;
    for (size_t pair = 0; pair < parties * parties; pair++) {
        const struct party *asks = covenant_party_at(covenant, pair / parties);
        const struct party *gives = covenant_party_at(covenant, pair % parties);
        const uint64_t purposes = policy_set_purposes(covenant, asks, gives, &today);
        for (size_t i = 0; i < covenant_purpose_count(covenant); i++) {
            const char *code = covenant_purpose_at(covenant, i)->code;
            const struct policy_request request = {
                .requester = asks, .provider = gives, .purpose = slice_text(code), .today = today};
            const bool set = (purposes >> i & 1U) != 0;
            if (set != somebody_fits(covenant, &request)) {
                fail_msg("%s asks %s, %s: %d", asks->name, gives->name, code, set);
            }
            sets += set;
        }
    }
    assert_true(sets > 20);
    assert_null(covenant_purpose_at(covenant, covenant_purpose_count(covenant)));
    covenant_free(covenant);
    mem_free(text);
}

static uint64_t between(const struct covenant *covenant, const char *asks, const char *gives, struct date day)
{
    return policy_set_purposes(covenant, party(covenant, asks), party(covenant, gives), &day);
}

/* A rule between kinds is one between parties of those kinds, in its direction; a prohibition for one role closes it. */
static void one_direction_and_no_prohibition(void **state)
{
    (void)state;
    struct covenant *covenant = small(FEED("s", "\"a\"", "\"b\"", "\"financien\"", "") "," FEED(
        "t", "\"a\"", "\"c\"", "\"financien\"", "") "," FORBID("v", "\"a\"", "\"c\"",
                                                               ",\"leefgebieden\":[\"financien\"]"));
    assert_int_equal(between(covenant, SMALL_A, SMALL_B, today), 1);
    assert_int_equal(between(covenant, SMALL_B, SMALL_A, today), 0);
    assert_int_equal(between(covenant, SMALL_A, SMALL_C, today), 0);
    assert_int_equal(between(covenant, SMALL_A, SMALL_A, today), 0);
    assert_int_equal(policy_set_purposes(covenant, party(covenant, SMALL_A), NULL, &today), 0);
    const struct date after = {2027, 1, 1}; /* the covenant's last day is 2026-12-31 */
    assert_int_equal(between(covenant, SMALL_A, SMALL_B, after), 0);
    covenant_free(covenant);
}

/* A rule that asks at request-time feeds nothing; nor does one whose basis is to come. */
static void other_rules_feed_nothing(void **state)
{
    (void)state;
    const struct date before = {2026, 6, 30};
    const struct date on = {2026, 7, 1};
    struct covenant *covenant = small(PERMIT(
        "p", "\"a\"", "\"r1\"", "\"b\"", "\"financien\"", "\"bestaan\"",
        CASE) ",{\"id\":\"l\",\"doel\":\"nood\",\"vrager\":{\"soorten\":[\"a\"]},\"gever\":{\"soorten\":[\"b\"]},"
              "\"opzoekset\":true,\"leefgebieden\":[\"financien\"],\"categorieen\":[\"bestaan\"],"
              "\"grondslagVragen\":\"wet\",\"grondslagGeven\":\"later\",\"voorwaarden\":{}}");
    assert_int_equal(between(covenant, SMALL_A, SMALL_B, before), 0);
    assert_int_equal(between(covenant, SMALL_A, SMALL_B, on), 2);
    covenant_free(covenant);
}

static void without_a_ground_for_the_number_there_is_no_set(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        uint64_t purposes;
    } rows[] = {
        {"\"naam\": \"", "\"naam\": \"", 1},
        {"\"bsnGrondslag\": \"leerplichtwet-18\", \"bsnDoelen\": [\"leerplicht\"], ", "", 0},
        {"\"bsnDoelen\": [\"leerplicht\"]", "\"bsnDoelen\": [\"toezicht\"]", 0},
        {"\"bsnGrondslag\": \"wpo-178a\", ", "", 0},
        {"\"niveau\": 3, \"quota\"", "\"niveau\": 4, \"quota\"", 1}, /* of another purpose */
        {"\"bewaarklasse\": 3, ", "\"bewaarklasse\": 3, \"niveau\": 2, ", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char *text = replace(sample_text(), rows[i].from, rows[i].to);
        struct covenant *covenant = parse(text);
        const struct purpose *purpose = covenant_purpose(covenant, slice_text("leerplicht"));
        const size_t place = (size_t)(purpose - covenant_purpose_at(covenant, 0));
        assert_int_equal(between(covenant, "00000099000000006000", "00000099000000002000", today),
                         rows[i].purposes << place);
        covenant_free(covenant);
        mem_free(text);
    }
}

static void a_quota_follows_the_open_cases_up_to_its_ceiling(void **state)
{
    (void)state;
    static const struct {
        int per_period, per_case, open_cases;
        int64_t wanted;
    } rows[] = {
        {20000, 0, 0, 20000},     {20000, 16, 0, 16}, /* who names no cases has one */
        {20000, 0, 100, 20000},   {20000, 16, 100, 1600},
        {20000, 16, 2000, 20000}, {0, 16, 100, 1600},
        {0, 0, 100, 0},           {0, 16, 0, 16},
        {8, 1000000, 1000000, 8}, {0, 1000000, 1000000, INT64_C(1000000000000)},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct party requester = {.open_cases = rows[i].open_cases};
        const struct purpose purpose = {
            .per_day = 7, .per_period = rows[i].per_period, .per_year = 9, .per_case = rows[i].per_case};
        const struct policy_quota quota = policy_quota_of(&purpose, &requester);
        assert_int_equal(quota.per_period, rows[i].wanted);
        assert_true(quota.per_day == 7 && quota.per_year == 9);
    }
}

/* Whatever a covenant leaves out, the sum of what can be had in a year is bounded. */
static void no_purpose_is_without_any_bound(void **state)
{
    (void)state;
    static const struct purpose rows[] = {{.per_day = 0},    {.per_day = 8},  {.per_period = 8},
                                          {.per_year = 800}, {.per_case = 8}, {.urgent = true}};
    const struct party requester = {.open_cases = 0};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct policy_quota quota = policy_quota_of(&rows[i], &requester);
        assert_true(quota.per_day != 0 || quota.per_period != 0 || quota.per_year != 0);
    }
    const struct policy_quota standard = policy_quota_of(&rows[0], &requester);
    assert_int_equal(standard.per_day, COVENANT_QUOTA_DAY);
    assert_int_equal(standard.per_period, COVENANT_QUOTA_PERIOD);
    assert_int_equal(standard.per_year, COVENANT_QUOTA_YEAR);
}

/* What one asker may try at one partner: of each purpose its own, and together their sum; node/matching/README.md tells
 * these figures of the sample's area team. */
static void quotas_of_all_purposes_add_up(void **state)
{
    (void)state;
    char *text = sample_text();
    struct covenant *covenant = parse(text);
    const struct party *team = party(covenant, SMALL_A);
    struct policy_quota most = {0, 0, 0};
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        const uint64_t purposes = policy_set_purposes(covenant, team, covenant_party_at(covenant, i), &today);
        struct policy_quota sum = {0, 0, 0};
        for (size_t k = 0; k < covenant_purpose_count(covenant); k++) {
            const struct purpose *purpose = covenant_purpose_at(covenant, k);
            const struct policy_quota quota = policy_quota_of(purpose, team);
            if ((purposes >> k & 1U) != 0 && !purpose->urgent) {
                assert_true(quota.per_day != 0 && quota.per_period != 0 && quota.per_year != 0);
                sum.per_day += quota.per_day;
                sum.per_period += quota.per_period;
                sum.per_year += quota.per_year;
            }
        }
        most = sum.per_year > most.per_year ? sum : most;
    }
    assert_int_equal(policy_quota_of(covenant_purpose(covenant, slice_text("hulpafstemming")), team).per_period, 19200);
    assert_int_equal(most.per_day, 4200);
    assert_int_equal(most.per_period, 41200);
    assert_int_equal(most.per_year, 420000);
    covenant_free(covenant);
    mem_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_is_there_where_somebody_could_be_in_it),
        cmocka_unit_test(one_direction_and_no_prohibition),
        cmocka_unit_test(other_rules_feed_nothing),
        cmocka_unit_test(without_a_ground_for_the_number_there_is_no_set),
        cmocka_unit_test(a_quota_follows_the_open_cases_up_to_its_ceiling),
        cmocka_unit_test(quotas_of_all_purposes_add_up),
        cmocka_unit_test(no_purpose_is_without_any_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
