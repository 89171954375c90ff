/* All facts about one person, weighed: whose last word stands, what came through partners, what restricts. */
#include "unit/domain/help.h"

#include <stdlib.h>

#include "domain/dossier.h"

enum { ALL = CATEGORY_BIT(CATEGORY_COUNT) - 1, FACTS_MAX = 8 };

static const struct ident subject_id = {{9}};
static const struct ident mother = {{1}};
static const struct ident father = {{2}};
static struct covenant *covenant;

static int setup(void **state)
{
    enum { ROOM = 1 << 20 };
    char *text = malloc(ROOM);
    struct fault_list faults = {0};
    FILE *in = fopen(TEST_SOURCE_DIR "/tests/region/convenant.json", "r");
    (void)state;
    assert_non_null(text);
    assert_non_null(in);
    const size_t len = fread(text, 1, ROOM - 1, in);
    (void)fclose(in);
    assert_int_equal(covenant_parse(slice_of(text, len), &covenant, &faults), RESULT_OK);
    free(text);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    covenant_free(covenant);
    return 0;
}

struct given {
    struct ident id;
    struct fact fact;
};

/* What this person's facts come to towards the area team for hulpafstemming. */
static struct policy_subject weigh(const struct subject *subject, const struct given *facts, size_t count)
{
    struct dossier dossier;
    struct policy_subject out;
    struct error err;
    struct oin team;
    assert_true(oin_parse(slice_text("00000099000000001000"), &team));
    assert_int_equal(dossier_open(subject, &subject_id, count, &dossier, &err), RESULT_OK);
    for (size_t i = 0; i < count; i++) {
        struct buf payload;
        buf_init(&payload, STORE_PAYLOAD_MAX);
        fact_encode(&facts[i].fact, &payload);
        dossier_add(&dossier, &facts[i].id, buf_slice(&payload));
        buf_free(&payload);
    }
    dossier_ready(&dossier);
    assert_int_equal(dossier_weigh(&dossier, covenant, covenant_party(covenant, &team), slice_text("hulpafstemming"),
                                   &today, &out, &err),
                     RESULT_OK);
    dossier_close(&dossier);
    return out;
}

static struct given says(enum fact_state state, int64_t at_ms, uint32_t categories)
{
    struct given given = {.fact = {.kind = FACT_CONSENT,
                                   .state = state,
                                   .consent = CONSENT_GROUND,
                                   .categories = categories,
                                   .from = {2026, 1, 1},
                                   .recorded_ms = at_ms,
                                   .changed_ms = at_ms}};
    if (state == STATE_GIVEN) {
        given.fact.recipients = (struct fact_codes){1, {"gebiedsteam"}};
        given.fact.purposes = (struct fact_codes){1, {"hulpafstemming"}};
    }
    return given;
}

static struct given by(struct given given, enum consent_giver as, const struct ident *giver)
{
    given.fact.as = as;
    given.fact.giver = *giver;
    return given;
}

static struct given through_a_partner(struct given given)
{
    TEXT_INTO(given.fact.via.digits, "00000099000000002000");
    return given;
}

static struct given authority(const struct ident *id, enum authority_kind kind)
{
    return (struct given){*id,
                          {.kind = FACT_AUTHORITY, .state = STATE_STANDS, .authority = kind, .from = {2020, 1, 1}}};
}

static uint32_t opened(const struct subject *subject, const struct given *facts, size_t count)
{
    return weigh(subject, facts, count).consent.categories[CONSENT_GROUND];
}

static const struct subject adult = {.birth = {1980, 1, 1}};
static const struct subject child = {.birth = {2018, 1, 1}};

static void the_last_word_stands(void **state)
{
    (void)state;
    const struct {
        struct given facts[3];
        size_t count;
        uint32_t opened;
    } cases[] = {
        {{says(STATE_GIVEN, 1, ALL)}, 1, ALL},
        {{says(STATE_REFUSED, 1, 0)}, 1, 0},
        {{says(STATE_GIVEN, 1, ALL), says(STATE_WITHDRAWN, 2, 0)}, 2, 0},
        {{says(STATE_GIVEN, 1, ALL), says(STATE_REFUSED, 2, 0)}, 2, 0},
        {{says(STATE_WITHDRAWN, 1, 0), says(STATE_GIVEN, 2, ALL)}, 2, ALL},
        {{says(STATE_GIVEN, 1, ALL), says(STATE_WITHDRAWN, 1, 0)}, 2, 0}, /* at the same moment */
        {{says(STATE_GIVEN, 1, 3), says(STATE_WITHDRAWN, 2, 1), says(STATE_GIVEN, 1, 8)}, 3, 2 | 8},
        {{says(STATE_GIVEN, 1, 3), says(STATE_WITHDRAWN, 2, 0), says(STATE_GIVEN, 3, 4)}, 3, 4},
        {{says(STATE_GIVEN, 3, 4), says(STATE_WITHDRAWN, 2, 0), says(STATE_GIVEN, 1, 3)},
         3,
         4}, /* whatever the order */
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        assert_int_equal(opened(&adult, cases[i].facts, cases[i].count), cases[i].opened);
    }
}

static void a_withdrawal_closes_what_it_names(void **state)
{
    (void)state;
    struct given facts[] = {says(STATE_GIVEN, 1, ALL), says(STATE_WITHDRAWN, 2, 0)};
    facts[1].fact.recipients = (struct fact_codes){1, {"school"}};
    assert_int_equal(opened(&adult, facts, 2), ALL);
    facts[1].fact.recipients = (struct fact_codes){1, {"00000099000000001000"}};
    assert_int_equal(opened(&adult, facts, 2), 0);
    facts[1].fact.purposes = (struct fact_codes){1, {"nazorg"}};
    assert_int_equal(opened(&adult, facts, 2), ALL);
    facts[1].fact.purposes = (struct fact_codes){1, {"hulpafstemming"}};
    assert_int_equal(opened(&adult, facts, 2), 0);
    facts[1].fact.consent = CONSENT_PLAN;
    assert_int_equal(opened(&adult, facts, 2), ALL);
}

static void every_parent_with_authority_counts_and_no_administrator(void **state)
{
    (void)state;
    const struct given facts[] = {authority(&mother, AUTHORITY_PARENT), authority(&father, AUTHORITY_PARENT),
                                  by(says(STATE_GIVEN, 1, ALL), GIVER_PARENT, &mother),
                                  by(says(STATE_GIVEN, 1, ALL), GIVER_PARENT, &father),
                                  by(says(STATE_WITHDRAWN, 2, 0), GIVER_PARENT, &father)};
    assert_int_equal(opened(&child, facts, 3), 0);
    assert_int_equal(opened(&child, facts, 4), ALL);
    assert_int_equal(opened(&child, facts, 5), 0);
    struct given others[] = {facts[0], facts[1], facts[2]};
    others[1].fact.authority = AUTHORITY_ADMINISTRATOR;
    assert_int_equal(opened(&child, others, 3), ALL);
    others[1] = facts[1];
    others[1].fact.state = STATE_ENDED;
    assert_int_equal(opened(&child, others, 3), ALL);
}

/* It names nobody: each who speaks so must give again. */
static void what_came_through_a_partner_is_everybodys_word(void **state)
{
    (void)state;
    const struct given facts[] = {
        authority(&mother, AUTHORITY_PARENT),
        authority(&father, AUTHORITY_PARENT),
        by(says(STATE_GIVEN, 1, ALL), GIVER_PARENT, &mother),
        by(says(STATE_GIVEN, 1, ALL), GIVER_PARENT, &father),
        through_a_partner(by(says(STATE_WITHDRAWN, 2, 0), GIVER_PARENT, &(struct ident){{0}})),
        by(says(STATE_GIVEN, 3, ALL), GIVER_PARENT, &father),
        by(says(STATE_GIVEN, 3, ALL), GIVER_PARENT, &mother),
    };
    assert_int_equal(opened(&child, facts, 4), ALL);
    assert_int_equal(opened(&child, facts, 5), 0);
    assert_int_equal(opened(&child, facts, 6), 0);
    assert_int_equal(opened(&child, facts, 7), ALL);
    /* A guardian's, where none is recorded: the strictest reading is that it counts. */
    struct given stranger[] = {facts[0], facts[2], facts[4]};
    stranger[2].fact.as = GIVER_GUARDIAN;
    assert_int_equal(opened(&child, stranger, 2), ALL);
    assert_int_equal(opened(&child, stranger, 3), 0);
    /* The person's own, at an age at which the parents decide, says nothing. */
    stranger[2].fact.as = GIVER_SUBJECT;
    assert_int_equal(opened(&child, stranger, 3), ALL);
}

static void what_restricts(void **state)
{
    (void)state;
    static const struct {
        enum fact_kind kind;
        enum fact_state state;
        const char *purpose;
        struct date until;
        bool restricts;
        bool expected;
    } cases[] = {
        {FACT_OBJECTION, STATE_OPEN, NULL, {0}, false, true},
        {FACT_OBJECTION, STATE_HONOURED, NULL, {0}, false, true},
        {FACT_OBJECTION, STATE_REJECTED, NULL, {0}, false, false},
        {FACT_OBJECTION, STATE_OPEN, "hulpafstemming", {0}, false, true},
        {FACT_OBJECTION, STATE_OPEN, "nazorg", {0}, false, false},
        {FACT_RESTRICTION, STATE_STANDS, NULL, {0}, false, true},
        {FACT_RESTRICTION, STATE_STANDS, NULL, {2026, 11, 22}, false, true},
        {FACT_RESTRICTION, STATE_STANDS, NULL, {2026, 11, 21}, false, false},
        {FACT_RESTRICTION, STATE_LIFTED, NULL, {0}, false, false},
        {FACT_CORRECTION, STATE_OPEN, NULL, {0}, true, true},
        {FACT_CORRECTION, STATE_OPEN, NULL, {0}, false, false},
        {FACT_CORRECTION, STATE_HONOURED, NULL, {0}, true, false},
        {FACT_CONSENT, STATE_REFUSED, NULL, {0}, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct given given = {.fact = {.kind = cases[i].kind,
                                       .state = cases[i].state,
                                       .until = cases[i].until,
                                       .restricts = cases[i].restricts}};
        if (cases[i].purpose != NULL) {
            given.fact.purposes.count = 1;
            TEXT_INTO(given.fact.purposes.items[0], cases[i].purpose);
        }
        assert_int_equal(weigh(&adult, &given, 1).restricted, cases[i].expected);
    }
    assert_false(weigh(&adult, NULL, 0).restricted);
}

static void a_fact_that_cannot_be_read_restricts(void **state)
{
    (void)state;
    struct dossier dossier;
    struct policy_subject out;
    struct error err;
    assert_int_equal(dossier_open(&adult, &subject_id, 1, &dossier, &err), RESULT_OK);
    dossier_add(&dossier, &mother, slice_text("geen feit"));
    dossier_ready(&dossier);
    assert_int_equal(dossier_weigh(&dossier, covenant, covenant_party_at(covenant, 0), slice_text("hulpafstemming"),
                                   &today, &out, &err),
                     RESULT_OK);
    assert_true(out.restricted);
    dossier_close(&dossier);
}

static void extended_care_counts_while_it_lasts(void **state)
{
    (void)state;
    struct given facts[2] = {{.fact = {.kind = FACT_EXTENDED_CARE, .state = STATE_STANDS, .until = {2027, 1, 1}}},
                             {.fact = {.kind = FACT_EXTENDED_CARE, .state = STATE_STANDS, .until = {2026, 12, 1}}}};
    assert_int_equal(weigh(&adult, facts, 2).extended_youth_care.year, 2027);
    facts[0].fact.state = STATE_ENDED;
    assert_int_equal(weigh(&adult, facts, 2).extended_youth_care.month, 12);
    facts[1].fact.until = (struct date){2026, 11, 21};
    assert_int_equal(weigh(&adult, facts, 2).extended_youth_care.year, 0);
    facts[0] = (struct given){
        .fact = {.kind = FACT_EXTENDED_CARE, .state = STATE_STANDS, .from = {2026, 11, 23}, .until = {2027, 1, 1}}};
    assert_int_equal(weigh(&adult, facts, 1).extended_youth_care.year, 0);
}

/* Two holders of one name are two; the same is the same each time. */
static void holders_that_came_with_the_registration_have_lasting_ids(void **state)
{
    (void)state;
    const struct subject s = full_subject();
    struct authority other = s.authorities[0];
    const struct ident first = dossier_holder(&subject_id, &s.authorities[0]);
    const struct ident again = dossier_holder(&subject_id, &s.authorities[0]);
    assert_true(ident_equal(&first, &again));
    other.kind = AUTHORITY_GUARDIAN;
    struct ident another = dossier_holder(&subject_id, &other);
    assert_false(ident_equal(&first, &another));
    another = dossier_holder(&mother, &s.authorities[0]);
    assert_false(ident_equal(&first, &another));
    struct dossier dossier;
    struct error err;
    assert_int_equal(dossier_open(&s, &subject_id, 0, &dossier, &err), RESULT_OK);
    assert_non_null(dossier_authority(&dossier, &first));
    assert_null(dossier_authority(&dossier, &another));
    dossier_close(&dossier);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_word_stands),
        cmocka_unit_test(a_withdrawal_closes_what_it_names),
        cmocka_unit_test(every_parent_with_authority_counts_and_no_administrator),
        cmocka_unit_test(what_came_through_a_partner_is_everybodys_word),
        cmocka_unit_test(what_restricts),
        cmocka_unit_test(a_fact_that_cannot_be_read_restricts),
        cmocka_unit_test(extended_care_counts_while_it_lasts),
        cmocka_unit_test(holders_that_came_with_the_registration_have_lasting_ids),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
