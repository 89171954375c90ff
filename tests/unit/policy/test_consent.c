/* Whose word counts: the table of consent.h line by line, at every age where it turns and the day before and after. */
#include "unit/policy/help.h"

#include "base/ident.h"
#include "policy/consent.h"
#include "policy/covenant_parts.h"
#include "policy/words.h"

#define TEAM   "00000099000000001000"
#define SCHOOL "00000099000000002000"
#define DEBT   "00000099000000005000"

#define EXIST   CATEGORY_BIT(CATEGORY_EXISTENCE)
#define CONTACT CATEGORY_BIT(CATEGORY_CONTACT)
#define PHASE   CATEGORY_BIT(CATEGORY_PHASE)
#define ALL     (CATEGORY_BIT(CATEGORY_COUNT) - 1)

enum { MANY = 12 };

static const struct date today = {2026, 11, 22};
static const struct slice to_team[] = {{(const uint8_t *)TEAM, sizeof TEAM - 1}};
static const struct slice to_team_kind[] = {{(const uint8_t *)"gebiedsteam", 11}};
static const struct slice for_help[] = {{(const uint8_t *)"hulpafstemming", 14}};

static struct covenant *covenant;

static int set_up(void **state)
{
    (void)state;
    char *text = sample_text();
    covenant = parse(text);
    mem_free(text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    covenant_free(covenant);
    return 0;
}

/* One person, filled step by step. */
struct world {
    struct policy_person person;
    struct policy_authority authorities[MANY];
    struct policy_statement statements[MANY];
};

static struct ident who(unsigned number)
{
    struct ident id = {{0}};
    id.bytes[0] = (uint8_t)number;
    return id;
}

static void begin(struct world *w, struct date birth, enum capability capability)
{
    *w = (struct world){.person = {.birth = birth, .capability = capability}};
    w->person.authorities = w->authorities;
    w->person.statements = w->statements;
    covenant->consent = (struct consent_terms){.youth_alone = true, .months_at_most = 24};
}

static struct policy_authority *authority(struct world *w, enum consent_giver as, unsigned number)
{
    struct policy_authority *added = &w->authorities[w->person.authority_count++];
    *added = (struct policy_authority){.holder = who(number), .as = as};
    return added;
}

static struct policy_statement *say(struct world *w, enum consent_giver as, unsigned number, enum consent_word word)
{
    struct policy_statement *added = &w->statements[w->person.statement_count++];
    *added = (struct policy_statement){.giver = who(number),
                                       .as = as,
                                       .kind = CONSENT_SECRECY,
                                       .word = word,
                                       .categories = EXIST | CONTACT,
                                       .from = {2026, 11, 1},
                                       .recipients = to_team,
                                       .recipient_count = 1,
                                       .purposes = for_help,
                                       .purpose_count = 1};
    return added;
}

static struct policy_consent weigh_on(const struct world *w, struct date day)
{
    struct policy_consent out;
    policy_consent_weigh(covenant, &w->person, party(covenant, TEAM), for_help[0], &day, &out);
    return out;
}

static uint32_t opened(const struct world *w, enum consent_kind kind)
{
    return weigh_on(w, today).categories[kind];
}

/* Born so that today is `days` after (before: negative) the birthday of `age`; within a month. */
static struct date born(int age, int days)
{
    return (struct date){(int16_t)(today.year - age), today.month, (uint8_t)(today.day - days)};
}

/* ---- the table ---- */

enum { SUBJECT = 1, PARENTS = 2, CURATOR = 4 }; /* who says yes */

struct line {
    enum consent_kind kind;
    enum capability able;
    int age;        /* at that birthday and the day after; -1: unknown */
    bool both;      /* the covenant's parameter "beiden" */
    unsigned needs; /* exactly these: each of them missing closes it */
};

/* Two parents with authority and a curator are on record; who of them must say yes? */
static bool opens(const struct line *line, struct date birth, unsigned says)
{
    struct world w;
    begin(&w, birth, line->able);
    covenant->consent.youth_alone = !line->both;
    (void)authority(&w, GIVER_PARENT, 1);
    (void)authority(&w, GIVER_PARENT, 2);
    (void)authority(&w, GIVER_CURATOR, 3);
    if ((says & SUBJECT) != 0) {
        say(&w, GIVER_SUBJECT, 0, CONSENT_GIVEN)->kind = line->kind;
    }
    if ((says & PARENTS) != 0) {
        say(&w, GIVER_PARENT, 1, CONSENT_GIVEN)->kind = line->kind;
        say(&w, GIVER_PARENT, 2, CONSENT_GIVEN)->kind = line->kind;
    }
    if ((says & CURATOR) != 0) {
        say(&w, GIVER_CURATOR, 3, CONSENT_GIVEN)->kind = line->kind;
    }
    const uint32_t categories = opened(&w, line->kind);
    assert_true(categories == 0 || categories == (EXIST | CONTACT));
    for (unsigned kind = 0; kind < CONSENT_KIND_COUNT; kind++) {
        assert_true(kind == line->kind || opened(&w, (enum consent_kind)kind) == 0);
    }
    return categories != 0;
}

static void check_line(const struct line *line, struct date birth, size_t index)
{
    for (unsigned says = 0; says <= (SUBJECT | PARENTS | CURATOR); says++) {
        if (opens(line, birth, says) != ((says & line->needs) == line->needs)) {
            fail_msg("line %zu, age %d: says %u, needs %u", index, line->age, says, line->needs);
        }
    }
}

#define SECRECY CONSENT_SECRECY
#define GROUND  CONSENT_GROUND
#define PLAN    CONSENT_PLAN
#define YES     CAPABILITY_YES
#define NO      CAPABILITY_NO
#define UNSURE  CAPABILITY_UNKNOWN

static const struct line lines[] = {
    {SECRECY, YES, 0, false, PARENTS},
    {SECRECY, NO, 11, false, PARENTS},
    {SECRECY, UNSURE, 11, false, PARENTS},
    {SECRECY, YES, 11, false, PARENTS},
    {SECRECY, YES, 11, true, PARENTS},
    {SECRECY, YES, 12, false, SUBJECT},
    {SECRECY, YES, 12, true, SUBJECT | PARENTS},
    {SECRECY, NO, 12, false, PARENTS},
    {SECRECY, NO, 12, true, PARENTS},
    {SECRECY, UNSURE, 12, false, SUBJECT | PARENTS},
    {SECRECY, UNSURE, 12, true, SUBJECT | PARENTS},
    {SECRECY, YES, 15, false, SUBJECT},
    {SECRECY, YES, 15, true, SUBJECT | PARENTS},
    {SECRECY, NO, 15, false, PARENTS},
    {SECRECY, YES, 16, false, SUBJECT},
    {SECRECY, YES, 16, true, SUBJECT},
    {SECRECY, NO, 16, false, PARENTS},
    {SECRECY, UNSURE, 16, false, SUBJECT | PARENTS},
    {SECRECY, YES, 17, true, SUBJECT},
    {SECRECY, NO, 17, false, PARENTS},
    {SECRECY, YES, 18, true, SUBJECT},
    {SECRECY, NO, 18, false, CURATOR},
    {SECRECY, UNSURE, 18, false, SUBJECT | CURATOR},
    {SECRECY, YES, 23, false, SUBJECT},
    {SECRECY, NO, 23, false, CURATOR},
    {GROUND, YES, 11, false, PARENTS},
    {GROUND, YES, 12, false, PARENTS},
    {GROUND, YES, 15, false, PARENTS},
    {GROUND, NO, 15, false, PARENTS},
    {GROUND, UNSURE, 15, false, PARENTS},
    {GROUND, YES, 16, false, SUBJECT},
    {GROUND, NO, 16, false, PARENTS},
    {GROUND, UNSURE, 17, false, SUBJECT | PARENTS},
    {GROUND, YES, 18, false, SUBJECT},
    {GROUND, NO, 18, false, CURATOR},
    {GROUND, UNSURE, 18, false, SUBJECT | CURATOR},
    {PLAN, YES, 11, false, PARENTS},
    {PLAN, YES, 12, false, SUBJECT | PARENTS},
    {PLAN, NO, 12, false, SUBJECT | PARENTS},
    {PLAN, UNSURE, 15, false, SUBJECT | PARENTS},
    {PLAN, YES, 15, true, SUBJECT | PARENTS},
    {PLAN, YES, 16, false, SUBJECT},
    {PLAN, NO, 17, false, PARENTS},
    {PLAN, YES, 18, false, SUBJECT},
    {PLAN, NO, 18, false, CURATOR},
};

/* On the birthday, the day after, and the last day of that year of life. */
static void who_must_give_it_by_age(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        check_line(&lines[i], born(lines[i].age, 0), i);
        check_line(&lines[i], born(lines[i].age, 1), i);
        check_line(&lines[i], born(lines[i].age + 1, -1), i);
    }
}

/* The days on which a line ends and the next begins, per kind, for the capable. */
static void the_day_before_and_after_each_birthday(void **state)
{
    (void)state;
    static const struct {
        enum consent_kind kind;
        enum capability able;
        int age;
        unsigned before, after;
    } turns[] = {
        {SECRECY, YES, 12, PARENTS, SUBJECT},        {SECRECY, UNSURE, 16, SUBJECT | PARENTS, SUBJECT | PARENTS},
        {SECRECY, NO, 18, PARENTS, CURATOR},         {GROUND, YES, 16, PARENTS, SUBJECT},
        {GROUND, NO, 18, PARENTS, CURATOR},          {PLAN, YES, 12, PARENTS, SUBJECT | PARENTS},
        {PLAN, YES, 16, SUBJECT | PARENTS, SUBJECT}, {PLAN, UNSURE, 18, SUBJECT | PARENTS, SUBJECT | CURATOR},
    };
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        const struct line before = {turns[i].kind, turns[i].able, turns[i].age, false, turns[i].before};
        const struct line after = {turns[i].kind, turns[i].able, turns[i].age, false, turns[i].after};
        check_line(&before, born(turns[i].age, -1), i);
        check_line(&after, born(turns[i].age, 0), i);
        check_line(&after, born(turns[i].age, 1), i);
    }
}

static void unknown_age_asks_for_all(void **state)
{
    (void)state;
    static const struct date unknown = {0, 0, 0};
    static const struct date tomorrow = {2026, 11, 23};
    static const struct line rows[] = {
        {SECRECY, YES, -1, false, SUBJECT | PARENTS},
        {SECRECY, NO, -1, false, PARENTS | CURATOR},
        {SECRECY, UNSURE, -1, false, SUBJECT | PARENTS | CURATOR},
        {GROUND, YES, -1, false, SUBJECT | PARENTS},
        {PLAN, UNSURE, -1, true, SUBJECT | PARENTS | CURATOR},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        check_line(&rows[i], unknown, i);
        check_line(&rows[i], tomorrow, i); /* born after today: no age either */
    }
    /* An adult as he may be: nobody has authority over him, so nobody can. */
    struct world w;
    begin(&w, unknown, YES);
    (void)say(&w, GIVER_SUBJECT, 0, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), 0);
}

static void unknown_authority_opens_nothing(void **state)
{
    (void)state;
    struct world w;
    begin(&w, born(8, 0), UNSURE);
    (void)say(&w, GIVER_PARENT, 1, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), 0);
    (void)authority(&w, GIVER_PARENT, 1);
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    w.authorities[0].until = (struct date){2026, 11, 21}; /* ended yesterday */
    assert_int_equal(opened(&w, SECRECY), 0);
    w.authorities[0].until = today;
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    w.authorities[0].from = (struct date){2026, 11, 23}; /* begins tomorrow */
    assert_int_equal(opened(&w, SECRECY), 0);
    w.authorities[0].from = today;
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
}

/* A mother is not her adult son's representative by being his mother, whatever is still on record. */
static void authority_over_an_adult_opens_nothing(void **state)
{
    (void)state;
    struct world w;
    begin(&w, born(31, 0), NO);
    (void)authority(&w, GIVER_PARENT, 1);
    (void)say(&w, GIVER_PARENT, 1, CONSENT_GIVEN);
    (void)say(&w, GIVER_SUBJECT, 0, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), 0);
    (void)authority(&w, GIVER_MENTOR, 2);
    (void)say(&w, GIVER_MENTOR, 2, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    (void)authority(&w, GIVER_CURATOR, 3); /* goes before a mentor */
    assert_int_equal(opened(&w, SECRECY), 0);
    (void)say(&w, GIVER_CURATOR, 3, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    say(&w, GIVER_MENTOR, 2, CONSENT_WITHDRAWN)->from = today; /* not required: closes nothing */
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
}

static void an_adult_of_unknown_capability_without_representative_speaks(void **state)
{
    (void)state;
    struct world w;
    begin(&w, born(41, 0), UNSURE);
    (void)say(&w, GIVER_SUBJECT, 0, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    begin(&w, born(17, 0), UNSURE);
    (void)say(&w, GIVER_SUBJECT, 0, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), 0);
}

static void a_guardian_goes_before_parents(void **state)
{
    (void)state;
    struct world w;
    begin(&w, born(8, 0), UNSURE);
    (void)authority(&w, GIVER_PARENT, 1);
    (void)authority(&w, GIVER_GUARDIAN, 2);
    (void)say(&w, GIVER_PARENT, 1, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), 0);
    (void)say(&w, GIVER_GUARDIAN, 2, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    (void)say(&w, GIVER_PARENT, 1, CONSENT_REFUSED);
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    (void)authority(&w, GIVER_GUARDIAN, 3); /* guardians together, both */
    assert_int_equal(opened(&w, SECRECY), 0);
}

/* Separated parents: both with authority must; the one without says nothing that counts. */
static void every_parent_with_authority_must(void **state)
{
    (void)state;
    struct world w;
    begin(&w, born(8, 0), UNSURE);
    (void)authority(&w, GIVER_PARENT, 1);
    (void)authority(&w, GIVER_PARENT, 2);
    (void)say(&w, GIVER_PARENT, 1, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), 0);
    struct policy_statement *second = say(&w, GIVER_PARENT, 2, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    second->categories = CONTACT | PHASE; /* what both opened */
    assert_int_equal(opened(&w, SECRECY), CONTACT);
    (void)say(&w, GIVER_PARENT, 7, CONSENT_REFUSED); /* no authority */
    assert_int_equal(opened(&w, SECRECY), CONTACT);
    (void)say(&w, GIVER_PARENT, 1, CONSENT_WITHDRAWN);
    assert_int_equal(opened(&w, SECRECY), 0);
    (void)say(&w, GIVER_PARENT, 1, CONSENT_WITHDRAWN); /* twice is once */
    assert_int_equal(opened(&w, SECRECY), 0);
}

/* A word counts only in the capacity in which authority is recorded. */
static void a_word_in_another_capacity_does_not_count(void **state)
{
    (void)state;
    struct world w;
    begin(&w, born(8, 0), UNSURE);
    (void)authority(&w, GIVER_PARENT, 1);
    (void)say(&w, GIVER_GUARDIAN, 1, CONSENT_GIVEN);
    (void)say(&w, GIVER_SUBJECT, 1, CONSENT_GIVEN);
    (void)say(&w, GIVER_MENTOR, 1, CONSENT_GIVEN);
    assert_int_equal(opened(&w, SECRECY), 0);
}

static void a_refusal_closes_what_it_names(void **state)
{
    (void)state;
    struct world w;
    begin(&w, born(41, 0), YES);
    (void)say(&w, GIVER_SUBJECT, 0, CONSENT_GIVEN);
    struct policy_statement *no = say(&w, GIVER_SUBJECT, 0, CONSENT_REFUSED);
    no->categories = CONTACT;
    assert_int_equal(opened(&w, SECRECY), EXIST);
    no->categories = 0; /* of all */
    assert_int_equal(opened(&w, SECRECY), 0);
    no->categories = CONTACT;
    no->recipients = NULL;
    no->recipient_count = 0; /* towards all */
    assert_int_equal(opened(&w, SECRECY), EXIST);
    no->purposes = NULL;
    no->purpose_count = 0; /* for all */
    assert_int_equal(opened(&w, SECRECY), EXIST);
    no->kind = PLAN;
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    no->kind = SECRECY;
    no->until = (struct date){2026, 11, 2}; /* ends nothing: a withdrawal has no last day */
    assert_int_equal(opened(&w, SECRECY), EXIST);
    no->from = (struct date){2026, 11, 23};
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    no->from = (struct date){0, 0, 0};
    assert_int_equal(opened(&w, SECRECY), EXIST);
}

static void a_consent_names_recipient_and_purpose(void **state)
{
    (void)state;
    static const struct slice school[] = {{(const uint8_t *)SCHOOL, sizeof SCHOOL - 1}};
    static const struct slice two[] = {{(const uint8_t *)"school", 6}, {(const uint8_t *)"gebiedsteam", 11}};
    static const struct slice debts[] = {{(const uint8_t *)"wgs-schuldhulp", 14}};
    struct world w;
    struct policy_consent out;
    begin(&w, born(41, 0), YES);
    struct policy_statement *yes = say(&w, GIVER_SUBJECT, 0, CONSENT_GIVEN);
    yes->recipients = to_team_kind;
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    yes->recipients = two;
    yes->recipient_count = 2;
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    yes->recipients = school;
    yes->recipient_count = 1;
    assert_int_equal(opened(&w, SECRECY), 0);
    yes->recipient_count = 0; /* nobody */
    assert_int_equal(opened(&w, SECRECY), 0);
    yes->recipients = to_team;
    yes->recipient_count = 1;
    yes->purposes = debts;
    assert_int_equal(opened(&w, SECRECY), 0);
    yes->purpose_count = 0;
    assert_int_equal(opened(&w, SECRECY), 0);
    yes->purposes = for_help;
    yes->purpose_count = 1;
    policy_consent_weigh(covenant, &w.person, party(covenant, DEBT), for_help[0], &today, &out);
    assert_int_equal(out.categories[SECRECY], 0);
    policy_consent_weigh(covenant, &w.person, party(covenant, TEAM), slice_text("iets-anders"), &today, &out);
    assert_int_equal(out.categories[SECRECY], 0);
    policy_consent_weigh(covenant, &w.person, NULL, for_help[0], &today, &out);
    assert_int_equal(out.categories[SECRECY], 0);
    const struct party stranger = *party(covenant, TEAM);
    policy_consent_weigh(covenant, &w.person, &stranger, for_help[0], &today, &out);
    assert_int_equal(out.categories[SECRECY], 0);
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
}

static void a_consent_has_first_and_last_days(void **state)
{
    (void)state;
    struct world w;
    begin(&w, born(41, 0), YES);
    struct policy_statement *yes = say(&w, GIVER_SUBJECT, 0, CONSENT_GIVEN);
    yes->from = (struct date){2026, 11, 22};
    yes->until = (struct date){2027, 1, 31};
    assert_int_equal(weigh_on(&w, (struct date){2026, 11, 21}).categories[SECRECY], 0);
    assert_int_equal(weigh_on(&w, (struct date){2026, 11, 22}).categories[SECRECY], EXIST | CONTACT);
    assert_int_equal(weigh_on(&w, (struct date){2027, 1, 31}).categories[SECRECY], EXIST | CONTACT);
    assert_int_equal(weigh_on(&w, (struct date){2027, 2, 1}).categories[SECRECY], 0);
    yes->until = (struct date){0, 0, 0}; /* no end: as long as the covenant says */
    assert_int_equal(weigh_on(&w, (struct date){2028, 11, 21}).categories[SECRECY], EXIST | CONTACT);
    assert_int_equal(weigh_on(&w, (struct date){2028, 11, 22}).categories[SECRECY], 0);
    yes->until = (struct date){2035, 1, 1}; /* and no longer */
    assert_int_equal(weigh_on(&w, (struct date){2028, 11, 22}).categories[SECRECY], 0);
    covenant->consent.months_at_most = 1;
    yes->from = (struct date){2027, 1, 31};
    assert_int_equal(weigh_on(&w, (struct date){2027, 2, 28}).categories[SECRECY], EXIST | CONTACT);
    assert_int_equal(weigh_on(&w, (struct date){2027, 3, 1}).categories[SECRECY], 0);
    yes->from = (struct date){2026, 12, 15};
    assert_int_equal(weigh_on(&w, (struct date){2027, 1, 14}).categories[SECRECY], EXIST | CONTACT);
    assert_int_equal(weigh_on(&w, (struct date){2027, 1, 15}).categories[SECRECY], 0);
    yes->from = (struct date){0, 0, 0}; /* a term that cannot be reckoned */
    assert_int_equal(weigh_on(&w, today).categories[SECRECY], 0);
}

static void the_youth_alone_and_a_parent_who_disagrees(void **state)
{
    (void)state;
    struct world w;
    begin(&w, born(14, 0), YES);
    (void)authority(&w, GIVER_PARENT, 1);
    (void)say(&w, GIVER_SUBJECT, 0, CONSENT_GIVEN);
    assert_false(weigh_on(&w, today).parent_disagrees);
    struct policy_statement *no = say(&w, GIVER_PARENT, 1, CONSENT_REFUSED);
    assert_true(weigh_on(&w, today).parent_disagrees);
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    no->word = CONSENT_WITHDRAWN;
    assert_true(weigh_on(&w, today).parent_disagrees);
    no->categories = PHASE; /* about something that she did not open */
    assert_false(weigh_on(&w, today).parent_disagrees);
    no->categories = CONTACT;
    no->giver = who(9); /* somebody without authority */
    assert_false(weigh_on(&w, today).parent_disagrees);
    no->giver = who(1);
    covenant->consent.youth_alone = false;
    assert_int_equal(opened(&w, SECRECY), 0);
    assert_false(weigh_on(&w, today).parent_disagrees);
    covenant->consent.youth_alone = true;
    w.person.birth = born(16, 0); /* nobody else has a say */
    assert_int_equal(opened(&w, SECRECY), EXIST | CONTACT);
    assert_false(weigh_on(&w, today).parent_disagrees);
    w.person.birth = born(16, -1);
    assert_true(weigh_on(&w, today).parent_disagrees);
    w.person.birth = born(12, -1); /* eleven: the parent decides */
    assert_int_equal(opened(&w, SECRECY), 0);
    assert_false(weigh_on(&w, today).parent_disagrees);
}

/* ---- the desk ---- */

static bool may_speak(const struct world *w, enum consent_kind kind, enum consent_giver as, unsigned number)
{
    const char *why = NULL;
    const struct ident giver = who(number);
    const bool may = policy_consent_may_speak(covenant, &w->person, kind, as, &giver, &today, &why);
    assert_non_null(why);
    return may;
}

static void who_may_speak_at_the_desk(void **state)
{
    (void)state;
    struct world w;
    begin(&w, born(11, 0), YES);
    (void)authority(&w, GIVER_PARENT, 1);
    assert_false(may_speak(&w, SECRECY, GIVER_SUBJECT, 0));
    assert_true(may_speak(&w, SECRECY, GIVER_PARENT, 1));
    assert_false(may_speak(&w, SECRECY, GIVER_PARENT, 2));
    assert_false(may_speak(&w, SECRECY, GIVER_GUARDIAN, 1));
    (void)authority(&w, GIVER_GUARDIAN, 2);
    assert_true(may_speak(&w, SECRECY, GIVER_GUARDIAN, 2));
    assert_false(may_speak(&w, SECRECY, GIVER_PARENT, 1)); /* the guardian goes before */
    w.person.authority_count = 1;
    w.person.birth = born(12, 0);
    assert_true(may_speak(&w, SECRECY, GIVER_SUBJECT, 0));
    assert_true(may_speak(&w, SECRECY, GIVER_PARENT, 1)); /* his refusal is told */
    assert_false(may_speak(&w, GROUND, GIVER_SUBJECT, 0));
    assert_true(may_speak(&w, PLAN, GIVER_SUBJECT, 0));
    w.person.birth = born(16, 0);
    assert_true(may_speak(&w, SECRECY, GIVER_SUBJECT, 0));
    assert_false(may_speak(&w, SECRECY, GIVER_PARENT, 1));
    w.person.birth = born(18, 0);
    w.person.capability = NO;
    assert_false(may_speak(&w, SECRECY, GIVER_SUBJECT, 0));
    assert_false(may_speak(&w, SECRECY, GIVER_PARENT, 1));
    (void)authority(&w, GIVER_MENTOR, 3);
    assert_true(may_speak(&w, SECRECY, GIVER_MENTOR, 3));
    (void)authority(&w, GIVER_CURATOR, 4);
    assert_false(may_speak(&w, SECRECY, GIVER_MENTOR, 3));
    assert_true(may_speak(&w, SECRECY, GIVER_CURATOR, 4));
    assert_false(may_speak(&w, CONSENT_KIND_COUNT, GIVER_CURATOR, 4));
    assert_false(may_speak(&w, SECRECY, GIVER_COUNT, 4));
}

static void words_go_there_and_back(void **state)
{
    (void)state;
    enum consent_kind kind;
    enum consent_giver giver;
    enum consent_word word;
    for (unsigned i = 0; i < CONSENT_KIND_COUNT; i++) {
        assert_true(consent_kind_parse(slice_text(consent_kind_word((enum consent_kind)i)), &kind));
        assert_int_equal(kind, i);
    }
    for (unsigned i = 0; i < GIVER_COUNT; i++) {
        assert_true(consent_giver_parse(slice_text(consent_giver_word((enum consent_giver)i)), &giver));
        assert_int_equal(giver, i);
    }
    for (unsigned i = 0; i < CONSENT_WORD_COUNT; i++) {
        assert_true(consent_word_parse(slice_text(consent_word_word((enum consent_word)i)), &word));
        assert_int_equal(word, i);
    }
    assert_false(consent_kind_parse(slice_text("bewindvoerder"), &kind));
    assert_false(consent_giver_parse(slice_text("bewindvoerder"), &giver));
    assert_false(consent_word_parse(slice_text(""), &word));
    assert_string_equal(consent_kind_word(CONSENT_KIND_COUNT), "");
    assert_string_equal(consent_giver_word(GIVER_COUNT), "");
    assert_string_equal(consent_word_word(CONSENT_WORD_COUNT), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_must_give_it_by_age),
        cmocka_unit_test(the_day_before_and_after_each_birthday),
        cmocka_unit_test(unknown_age_asks_for_all),
        cmocka_unit_test(unknown_authority_opens_nothing),
        cmocka_unit_test(authority_over_an_adult_opens_nothing),
        cmocka_unit_test(an_adult_of_unknown_capability_without_representative_speaks),
        cmocka_unit_test(a_guardian_goes_before_parents),
        cmocka_unit_test(every_parent_with_authority_must),
        cmocka_unit_test(a_word_in_another_capacity_does_not_count),
        cmocka_unit_test(a_refusal_closes_what_it_names),
        cmocka_unit_test(a_consent_names_recipient_and_purpose),
        cmocka_unit_test(a_consent_has_first_and_last_days),
        cmocka_unit_test(the_youth_alone_and_a_parent_who_disagrees),
        cmocka_unit_test(who_may_speak_at_the_desk),
        cmocka_unit_test(words_go_there_and_back),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
