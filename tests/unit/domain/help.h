/* help.h - people who do not exist, for the tests of the domain. */
#ifndef KETENBRUG_TESTS_DOMAIN_HELP_H
#define KETENBRUG_TESTS_DOMAIN_HELP_H

#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "domain/person.h"

static const struct date today = {2026, 11, 22};

#define TEXT_INTO(array, text) assert_true(slice_copy_text(slice_text(text), (array), sizeof(array)))

static inline struct bsn made_up_bsn(const char *digits)
{
    struct bsn bsn = {""};
    assert_true(strncmp(digits, "999", 3) == 0);
    assert_true(bsn_parse(slice_text(digits), &bsn));
    return bsn;
}

/* Every field filled. */
static inline struct subject full_subject(void)
{
    struct subject s = {.bsn = made_up_bsn("999990019"), .birth = {2012, 2, 29}, .authority_count = 2};
    TEXT_INTO(s.given_names, "No\xc3\xab"
                             "l Anna");
    TEXT_INTO(s.family_name, "van der Voorbeeld");
    TEXT_INTO(s.municipality, "9901");
    TEXT_INTO(s.source_key, "P-17");
    s.authorities[0] = (struct authority){.kind = AUTHORITY_PARENT, .since = {2012, 2, 29}, .until = {2030, 2, 28}};
    TEXT_INTO(s.authorities[0].holder, "Ouder Een");
    TEXT_INTO(s.authorities[0].evidence, "gezagsregister 2026-03-01");
    s.authorities[0].holder_bsn = made_up_bsn("999990020");
    s.authorities[1] = (struct authority){.kind = AUTHORITY_GUARDIAN, .since = {2020, 1, 1}};
    TEXT_INTO(s.authorities[1].holder, "Voogd Twee");
    TEXT_INTO(s.authorities[1].evidence, "beschikking");
    return s;
}

static inline struct household full_household(void)
{
    struct household h = {.member_count = 2, .recorded = {2026, 1, 2}};
    memset(h.members[0].bytes, 0x11, IDENT_SIZE);
    memset(h.members[1].bytes, 0x22, IDENT_SIZE);
    TEXT_INTO(h.source, "intake");
    TEXT_INTO(h.source_key, "H-1");
    return h;
}

static inline struct involvement full_involvement(void)
{
    struct involvement i = {
        .life_domain = LIFE_FINANCE,
        .since = {2026, 3, 1},
        .until = {2027, 3, 1},
        .last_contact = {2026, 11, 1},
        .sensitivity = SENSITIVITY_HIGH,
    };
    TEXT_INTO(i.service, "budgetbeheer");
    TEXT_INTO(i.phase, "uitvoering");
    TEXT_INTO(i.status, "loopt");
    TEXT_INTO(i.contact.name, "B. Beheerder");
    TEXT_INTO(i.contact.phone, "0990 555 123");
    TEXT_INTO(i.contact.email, "b.beheerder@schuldhulp.example");
    TEXT_INTO(i.stand_in.name, "V. Vervanger");
    TEXT_INTO(i.stand_in.phone, "+31 (990) 555-124");
    TEXT_INTO(i.stand_in.email, "v@schuldhulp.example");
    TEXT_INTO(i.source_key, "B-1");
    return i;
}

#endif
