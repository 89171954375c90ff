/* A decision of the past, taken anew: from all inputs, from some, and under a covenant that begins later. */
#include "unit/policy/small.h"

#include "policy/replay.h"

#define PHASE CATEGORY_BIT(CATEGORY_PHASE)
#define A     "\"a\""
#define B     "\"b\""
#define R1    "\"r1\""
#define FIN   "\"financien\""
#define ALL   ((1U << CATEGORY_COUNT) - 1)

static struct policy_replay inputs_on(const struct covenant *covenant, struct date day)
{
    return (struct policy_replay){
        .request =
            {
                .requester = party(covenant, SMALL_A),
                .provider = party(covenant, SMALL_B),
                .purpose = slice_text("hulp"),
                .basis = slice_text("wet"),
                .role = slice_text("r1"),
                .has_case = true,
                .today = day,
            },
        .age = 15,
        .municipality = "9901",
        .domains = LIFE_DOMAIN_BIT(LIFE_FINANCE),
        .known = true,
    };
}

static const struct date summer = {2026, 6, 1};

static struct policy_replayed replay(const char *rule, void (*change)(struct policy_replay *inputs))
{
    struct policy_replayed out;
    struct covenant *covenant = small(rule);
    struct policy_replay inputs = inputs_on(covenant, summer);
    if (change != NULL) {
        change(&inputs);
    }
    policy_replay(covenant, &inputs, &out);
    covenant_free(covenant);
    return out;
}

static void forget(struct policy_replay *inputs)
{
    inputs->known = false;
}

static void doubt_consent(struct policy_replay *inputs)
{
    inputs->consent.categories[CONSENT_GROUND] = ALL;
    inputs->consent_unsure = true;
}

static void consent(struct policy_replay *inputs)
{
    inputs->consent.categories[CONSENT_GROUND] = PHASE;
}

static void restrict_it(struct policy_replay *inputs)
{
    inputs->restricted = true;
}

static void shield(struct policy_replay *inputs)
{
    inputs->shielded = inputs->domains;
    inputs->domains = 0;
}

static void nothing_weighed(struct policy_replay *inputs)
{
    inputs->domains = 0;
}

static void ordered(struct policy_replay *inputs)
{
    inputs->request.order_in_force = true;
}

/* Everybody may be known to exist, so that the rule itself is looked at. */
#define KNOWN            FEED("s", A, B, "\"financien\",\"huisvesting\"", "\"afgeschermd\":true") ","
#define WITH(conditions) KNOWN PERMIT("p", A, R1, B, FIN, "\"fase\"", CASE conditions)

static const struct row {
    const char *rule;
    void (*change)(struct policy_replay *inputs);
    uint32_t categories;
    bool sure;
    enum policy_reason why;
} rows[] = {
    {WITH(""), NULL, PHASE, true, POLICY_PERMITTED},
    {WITH(""), restrict_it, 0, true, POLICY_RESTRICTED},
    {WITH(""), shield, 0, true, POLICY_SHIELDED},
    {WITH(",\"afgeschermd\":true"), shield, PHASE, true, POLICY_PERMITTED},
    {WITH(""), nothing_weighed, 0, true, POLICY_NO_RULE},
    {WITH(",\"leeftijd\":{\"tot\":15}"), NULL, PHASE, true, POLICY_PERMITTED},
    {WITH(",\"leeftijd\":{\"tot\":14}"), NULL, 0, true, POLICY_AGE},
    {WITH(",\"toestemming\":\"avg-grond\""), NULL, 0, true, POLICY_CONSENT},
    {WITH(",\"toestemming\":\"avg-grond\""), consent, PHASE, true, POLICY_PERMITTED},
    {WITH(",\"maatregel\":true"), NULL, 0, true, POLICY_NO_ORDER},
    {WITH(",\"maatregel\":true"), ordered, PHASE, true, POLICY_PERMITTED},
    /* What was not kept matters, or does not. */
    {WITH(",\"toestemming\":\"avg-grond\""), forget, 0, false, POLICY_CONSENT},
    {WITH(",\"maatregel\":true"), forget, 0, false, POLICY_NO_ORDER},
    {WITH(""), forget, PHASE, false, POLICY_PERMITTED}, /* a restriction would have kept it back */
    {WITH(",\"leeftijd\":{\"tot\":14}"), forget, 0, true, POLICY_AGE},
    {WITH(",\"toestemming\":\"avg-grond\""), doubt_consent, PHASE, false, POLICY_PERMITTED},
    {WITH(""), doubt_consent, PHASE, true, POLICY_PERMITTED},
};

static void each_input_counts_as_it_was_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct policy_replayed out = replay(rows[i].rule, rows[i].change);
        if (out.categories != rows[i].categories || out.sure != rows[i].sure || out.why != rows[i].why) {
            fail_msg("row %zu: %u %d %s", i, out.categories, out.sure, policy_reason_code(out.why));
        }
    }
}

/* Whole years on the day itself, on every day of the calendar. */
static void an_age_makes_a_birth_date_of_that_age(void **state)
{
    (void)state;
    struct covenant *covenant = small("");
    for (int year = 2024; year <= 2028; year++) {
        for (uint8_t month = 1; month <= 12; month++) {
            for (uint8_t day = 1; day <= 31; day++) {
                const struct date today = {(int16_t)year, month, day};
                struct policy_replay inputs = inputs_on(covenant, today);
                for (unsigned age = 0; date_exists(&today) && age <= 120; age++) {
                    inputs.age = (uint8_t)age;
                    const struct policy_subject subject = policy_replay_subject(&inputs);
                    assert_true(date_exists(&subject.birth));
                    assert_int_equal(date_age(&subject.birth, &today), (int)age);
                }
            }
        }
    }
    struct policy_replay unknown = inputs_on(covenant, summer);
    unknown.age = REPLAY_AGE_UNKNOWN;
    const struct policy_subject subject = policy_replay_subject(&unknown);
    assert_false(date_is_set(&subject.birth));
    covenant_free(covenant);
}

/* A draft is tried as if it had been in force: a record from before its first day is decided on that day, at the age of
 * then; what ended before the record stays ended. */
static void a_draft_that_begins_later_is_tried_on_its_first_day(void **state)
{
    (void)state;
    struct policy_replayed out;
    struct covenant *covenant = small(WITH(",\"leeftijd\":{\"tot\":15}"));
    struct policy_replay inputs = inputs_on(covenant, (struct date){2025, 3, 1});
    policy_replay(covenant, &inputs, &out);
    assert_int_equal(out.categories, PHASE);
    inputs.request.today = (struct date){2027, 1, 1};
    policy_replay(covenant, &inputs, &out);
    assert_int_equal(out.categories, 0);
    assert_int_equal(out.why, POLICY_NOT_IN_FORCE);
    covenant_free(covenant);
}

static void life_domains_count_one_by_one(void **state)
{
    (void)state;
    struct policy_replayed one;
    struct policy_replayed other;
    struct covenant *covenant = small(KNOWN PERMIT("p", A, R1, B, "\"financien\",\"huisvesting\"", "\"fase\"", CASE));
    struct covenant *less = small(KNOWN PERMIT("p", A, R1, B, "\"huisvesting\"", "\"fase\"", CASE));
    struct policy_replay inputs = inputs_on(covenant, summer);
    inputs.domains = LIFE_DOMAIN_BIT(LIFE_FINANCE) | LIFE_DOMAIN_BIT(LIFE_HOUSING);
    policy_replay(covenant, &inputs, &one);
    inputs = inputs_on(less, summer);
    inputs.domains = LIFE_DOMAIN_BIT(LIFE_FINANCE) | LIFE_DOMAIN_BIT(LIFE_HOUSING);
    policy_replay(less, &inputs, &other);
    assert_int_equal(one.categories, other.categories);
    assert_false(policy_replayed_equal(&one, &other));
    assert_true(policy_replayed_equal(&one, &one));
    covenant_free(covenant);
    covenant_free(less);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_input_counts_as_it_was_kept),
        cmocka_unit_test(an_age_makes_a_birth_date_of_that_age),
        cmocka_unit_test(a_draft_that_begins_later_is_tried_on_its_first_day),
        cmocka_unit_test(life_domains_count_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
