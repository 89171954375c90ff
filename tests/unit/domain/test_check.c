/* What may be registered: every bound is passed once, every fault names its field. */
#include "unit/domain/help.h"

#include "base/attr.h"

static struct fault_list found;

static void nothing_found(void)
{
    if (found.count != 0) {
        fail_msg("%s: %s", found.items[0].where, found.items[0].what);
    }
}

static void found_only(const char *where)
{
    if (found.count != 1 || strcmp(found.items[0].where, where) != 0) {
        fail_msg("wanted a fault at '%s', got %zu, first at '%s'", where, found.count, found.items[0].where);
    }
    assert_int_equal(found.items[0].fault, FAULT_INVALID);
    found = (struct fault_list){0};
}

/* A text one byte longer than the array can hold: no zero in it at all. */
#define OVERFILL(array) memset((array), 'x', sizeof(array))

static void full_values_are_in_order(void **state)
{
    (void)state;
    const struct subject s = full_subject();
    const struct household h = full_household();
    const struct involvement i = full_involvement();
    subject_check(&s, "", &today, &found);
    household_check(&h, "", &today, &found);
    involvement_check(&i, "", &today, &found);
    nothing_found();
}

static void least_values_are_in_order(void **state)
{
    (void)state;
    struct subject s = {.bsn = made_up_bsn("999990019")};
    TEXT_INTO(s.family_name, "Onbekend");
    subject_check(&s, "", &today, &found);
    struct subject without = {0};
    TEXT_INTO(without.family_name, "Onbekend");
    TEXT_INTO(without.source_key, "P-2");
    subject_check(&without, "", &today, &found);
    struct involvement i = {.since = {2026, 11, 22}};
    TEXT_INTO(i.service, "intake");
    TEXT_INTO(i.contact.name, "A");
    TEXT_INTO(i.contact.phone, "112");
    involvement_check(&i, "", &today, &found);
    nothing_found();
}

static void subject_faults(void **state)
{
    (void)state;
    struct subject s;
#define WRONG(where, change)                                                                                           \
    do {                                                                                                               \
        s = full_subject();                                                                                            \
        change;                                                                                                        \
        subject_check(&s, "/betrokkene", &today, &found);                                                              \
        found_only("/betrokkene" where);                                                                               \
    } while (0)
    WRONG("/bsn", s.bsn = (struct bsn){"999990018"});
    WRONG("/bsn", s.bsn = (struct bsn){""}; s.source_key[0] = '\0');
    WRONG("/voornamen", OVERFILL(s.given_names));
    WRONG("/voornamen", TEXT_INTO(s.given_names, "\xc3"));
    WRONG("/voornamen", TEXT_INTO(s.given_names, "A\x1b[2J"));
    WRONG("/voornamen", TEXT_INTO(s.given_names, " A"));
    WRONG("/achternaam", s.family_name[0] = '\0');
    WRONG("/achternaam", OVERFILL(s.family_name));
    WRONG("/achternaam", TEXT_INTO(s.family_name, "A "));
    WRONG("/geboortedatum", s.birth = ((struct date){2026, 11, 23}));
    WRONG("/geboortedatum", s.birth = ((struct date){1895, 11, 22}));
    WRONG("/geboortedatum", s.birth = ((struct date){2025, 2, 29}));
    WRONG("/gemeente", TEXT_INTO(s.municipality, "990"));
    WRONG("/gemeente", TEXT_INTO(s.municipality, "99x1"));
    WRONG("/gemeente", OVERFILL(s.municipality));
    WRONG("/bronsleutel", OVERFILL(s.source_key));
    WRONG(
        "/gezag", s.authority_count = AUTHORITIES_MAX + 1;
        for (size_t n = 2; n < AUTHORITIES_MAX; n++) { s.authorities[n] = s.authorities[0]; });
    WRONG("/gezag/1/soort", s.authorities[1].kind = AUTHORITY_COUNT);
    WRONG("/gezag/1/naam", s.authorities[1].holder[0] = '\0');
    WRONG("/gezag/1/naam", OVERFILL(s.authorities[1].holder));
    WRONG("/gezag/1/bewijs", s.authorities[1].evidence[0] = '\0');
    WRONG("/gezag/1/bewijs", OVERFILL(s.authorities[1].evidence));
    WRONG("/gezag/1/bsn", s.authorities[1].holder_bsn = (struct bsn){"999990018"});
    WRONG("/gezag/1/sinds", s.authorities[1].since = ((struct date){0, 0, 0}));
    WRONG("/gezag/0/tot", s.authorities[0].until = ((struct date){2012, 2, 28}));
#undef WRONG
    s = full_subject();
    s.birth = (struct date){1896, 11, 22};
    subject_check(&s, "", &today, &found);
    s.birth = today;
    subject_check(&s, "", &today, &found);
    nothing_found();
}

static void household_faults(void **state)
{
    (void)state;
    struct household h;
#define WRONG(where, change)                                                                                           \
    do {                                                                                                               \
        h = full_household();                                                                                          \
        change;                                                                                                        \
        household_check(&h, "", &today, &found);                                                                       \
        found_only(where);                                                                                             \
    } while (0)
    WRONG("/leden", h.member_count = 0);
    WRONG("/leden/1", h.members[1] = h.members[0]);
    WRONG(
        "/leden", for (size_t n = 0; n < HOUSEHOLD_MEMBERS_MAX;
                       n++) { h.members[n].bytes[0] = (uint8_t)n; } h.member_count = HOUSEHOLD_MEMBERS_MAX + 1);
    WRONG("/bron", h.source[0] = '\0');
    WRONG("/bron", OVERFILL(h.source));
    WRONG("/datum", h.recorded = ((struct date){0, 0, 0}));
    WRONG("/datum", h.recorded = ((struct date){2026, 11, 23}));
    WRONG("/bronsleutel", OVERFILL(h.source_key));
#undef WRONG
    h = full_household();
    for (size_t n = 0; n < HOUSEHOLD_MEMBERS_MAX; n++) {
        h.members[n].bytes[0] = (uint8_t)n;
    }
    h.member_count = HOUSEHOLD_MEMBERS_MAX;
    household_check(&h, "", &today, &found);
    nothing_found();
}

static void involvement_faults(void **state)
{
    (void)state;
    struct involvement i;
#define WRONG(where, change)                                                                                           \
    do {                                                                                                               \
        i = full_involvement();                                                                                        \
        change;                                                                                                        \
        involvement_check(&i, "", &today, &found);                                                                     \
        found_only(where);                                                                                             \
    } while (0)
    WRONG("/leefgebied", i.life_domain = LIFE_DOMAIN_COUNT);
    WRONG("/gevoeligheid", i.sensitivity = SENSITIVITY_COUNT);
    WRONG("/dienst", i.service[0] = '\0');
    WRONG("/dienst", OVERFILL(i.service));
    WRONG("/fase", OVERFILL(i.phase));
    WRONG("/status", OVERFILL(i.status));
    WRONG("/bronsleutel", OVERFILL(i.source_key));
    WRONG("/sinds", i.since = ((struct date){0, 0, 0}));
    WRONG("/sinds", i.since = ((struct date){2026, 13, 1}));
    WRONG("/tot", i.until = ((struct date){2026, 2, 28}));
    WRONG("/laatsteContact", i.last_contact = ((struct date){2026, 11, 23}));
    WRONG("/contactpersoon/naam", i.contact.name[0] = '\0');
    WRONG("/contactpersoon/naam", OVERFILL(i.contact.name));
    WRONG("/contactpersoon/telefoon", i.contact.phone[0] = '\0');
    WRONG("/contactpersoon/telefoon", OVERFILL(i.contact.phone));
    WRONG("/contactpersoon/telefoon", TEXT_INTO(i.contact.phone, "12"));
    WRONG("/contactpersoon/telefoon", TEXT_INTO(i.contact.phone, "0990+555"));
    WRONG("/contactpersoon/telefoon", TEXT_INTO(i.contact.phone, "bel 0990 555"));
    WRONG("/contactpersoon/email", OVERFILL(i.contact.email));
    WRONG("/contactpersoon/email", TEXT_INTO(i.contact.email, "naam"));
    WRONG("/contactpersoon/email", TEXT_INTO(i.contact.email, "@x.nl"));
    WRONG("/contactpersoon/email", TEXT_INTO(i.contact.email, "a@b@c.nl"));
    WRONG("/contactpersoon/email", TEXT_INTO(i.contact.email, "a@nl"));
    WRONG("/contactpersoon/email", TEXT_INTO(i.contact.email, "a@.nl"));
    WRONG("/contactpersoon/email", TEXT_INTO(i.contact.email, "a@x."));
    WRONG("/contactpersoon/email", TEXT_INTO(i.contact.email, "a b@x.nl"));
    WRONG("/vervanger/telefoon", i.stand_in.phone[0] = '\0');
    WRONG("/vervanger/naam", i.stand_in.name[0] = '\0');
#undef WRONG
}

static void all_faults_come_at_once(void **state)
{
    (void)state;
    const struct involvement i = {.sensitivity = SENSITIVITY_COUNT};
    involvement_check(&i, "", &today, &found);
    assert_int_equal(found.count, 5);
    found = (struct fault_list){0};
}

static void active_from_first_to_last_day(void **state)
{
    (void)state;
    struct involvement i = full_involvement();
    const struct {
        struct date day;
        bool active;
    } cases[] = {
        {{2026, 2, 28}, false}, {{2026, 3, 1}, true},  {{2026, 12, 31}, true},
        {{2027, 3, 1}, true},   {{2027, 3, 2}, false}, {{0, 0, 0}, false},
    };
    for (size_t n = 0; n < COUNT_OF(cases); n++) {
        assert_int_equal(involvement_active(&i, &cases[n].day), cases[n].active);
    }
    i.until = (struct date){0, 0, 0};
    assert_true(involvement_active(&i, &(struct date){2150, 1, 1}));
    i.since = (struct date){0, 0, 0};
    assert_false(involvement_active(&i, &today));
}

static void words_go_there_and_back(void **state)
{
    (void)state;
    enum authority_kind kind;
    enum sensitivity sensitivity;
    for (int n = 0; n < AUTHORITY_COUNT; n++) {
        assert_true(authority_parse(slice_text(authority_word((enum authority_kind)n)), &kind));
        assert_int_equal(kind, n);
    }
    for (int n = 0; n < SENSITIVITY_COUNT; n++) {
        assert_true(sensitivity_parse(slice_text(sensitivity_word((enum sensitivity)n)), &sensitivity));
        assert_int_equal(sensitivity, n);
    }
    assert_false(authority_parse(slice_text("moeder"), &kind));
    assert_false(sensitivity_parse(slice_text(""), &sensitivity));
    assert_string_equal(authority_word(AUTHORITY_COUNT), "");
    assert_string_equal(sensitivity_word(SENSITIVITY_COUNT), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(full_values_are_in_order),
        cmocka_unit_test(least_values_are_in_order),
        cmocka_unit_test(subject_faults),
        cmocka_unit_test(household_faults),
        cmocka_unit_test(involvement_faults),
        cmocka_unit_test(all_faults_come_at_once),
        cmocka_unit_test(active_from_first_to_last_day),
        cmocka_unit_test(words_go_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
