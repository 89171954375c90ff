/* Who signed what, and what is in force between two parties: the sample and versions that replace it. */
#include "unit/policy/help.h"

#include "policy/agreement.h"

#define TEAM   "00000099000000001000"
#define SCHOOL "00000099000000002000"
#define CJG    "00000099000000003000"
#define NOBODY "00000099000000099000"

enum { VERSIONS_MAX = 4 };

struct version {
    struct covenant *covenant;
    struct agreement *agreement;
};

struct versions {
    struct version all[VERSIONS_MAX];
    struct agreement_entry entries[VERSIONS_MAX];
    size_t count;
};

static struct oin oin_of(const char *digits)
{
    struct oin oin;
    assert_true(oin_parse(slice_text(digits), &oin));
    return oin;
}

/* A version with this name and validity, in the place of another; NULL: of none. */
static void add(struct versions *v, const char *name, const char *from, const char *until,
                const struct covenant *before)
{
    char line[256];
    char *text = sample_text();
    (void)snprintf(line, sizeof line, "\"van\": \"%s\", \"tot\": \"%s\"", from, until);
    text = replace(text, "\"van\": \"2025-01-01\", \"tot\": \"2029-12-31\"", line);
    (void)snprintf(line, sizeof line, "\"versie\": \"%s\"", name);
    text = replace(text, "\"versie\": \"2026.1\"", line);
    if (before != NULL) {
        (void)snprintf(line, sizeof line, "{\"voorganger\": \"%s\",", covenant_hash(before));
        text = replace(text, "{", line);
    }
    struct version *one = &v->all[v->count];
    one->covenant = parse(text);
    one->agreement = agreement_new(one->covenant);
    assert_non_null(one->agreement);
    v->entries[v->count++] = (struct agreement_entry){.covenant = one->covenant, .agreement = one->agreement};
    agreement_link(v->entries, v->count);
    mem_free(text);
}

static void drop(struct versions *v)
{
    for (size_t i = 0; i < v->count; i++) {
        agreement_free(v->all[i].agreement);
        covenant_free(v->all[i].covenant);
    }
}

static enum fault say(const struct version *one, const char *who, enum statement_type type, int64_t at_s)
{
    struct statement s = {.type = type, .signed_at_s = at_s, .oin = oin_of(who)};
    enum agreement_news news;
    struct error err = {0};
    (void)snprintf(s.hash, sizeof s.hash, "%s", covenant_hash(one->covenant));
    return agreement_add(one->agreement, one->covenant, &s, &news, &err) == RESULT_OK ? FAULT_NONE : err.fault;
}

static size_t between(const struct versions *v, const char *a, const char *b, const char *day)
{
    struct date date;
    const struct oin one = oin_of(a);
    const struct oin two = oin_of(b);
    assert_true(date_parse(slice_text(day), &date));
    const size_t picked = agreement_pick(v->entries, v->count, &one, &two, &date);
    assert_int_equal(agreement_pick(v->entries, v->count, &two, &one, &date), picked); /* both sides pick the same */
    return picked;
}

static const char today[] = "2026-06-01";

static void a_covenant_holds_between_two_who_both_accepted(void **state)
{
    (void)state;
    struct versions v = {.count = 0};
    add(&v, "een", "2026-01-01", "2026-12-31", NULL);
    assert_int_equal(between(&v, TEAM, SCHOOL, today), 1);
    assert_int_equal(say(&v.all[0], TEAM, STATEMENT_ACCEPT, 10), FAULT_NONE);
    assert_int_equal(between(&v, TEAM, SCHOOL, today), 1);
    assert_int_equal(say(&v.all[0], SCHOOL, STATEMENT_ACCEPT, 20), FAULT_NONE);
    assert_int_equal(between(&v, TEAM, SCHOOL, today), 0);
    assert_int_equal(between(&v, TEAM, CJG, today), 1);
    assert_int_equal(between(&v, TEAM, NOBODY, today), 1);
    assert_int_equal(between(&v, TEAM, SCHOOL, "2025-12-31"), 1);
    assert_int_equal(between(&v, TEAM, SCHOOL, "2026-01-01"), 0);
    assert_int_equal(between(&v, TEAM, SCHOOL, "2026-12-31"), 0);
    assert_int_equal(between(&v, TEAM, SCHOOL, "2027-01-01"), 1);
    drop(&v);
}

static void a_revoke_is_final_and_ends_only_that_part(void **state)
{
    (void)state;
    struct versions v = {.count = 0};
    add(&v, "een", "2026-01-01", "2026-12-31", NULL);
    for (size_t i = 0; i < 3; i++) {
        static const char *const all[] = {TEAM, SCHOOL, CJG};
        assert_int_equal(say(&v.all[0], all[i], STATEMENT_ACCEPT, 10), FAULT_NONE);
    }
    assert_int_equal(say(&v.all[0], SCHOOL, STATEMENT_REVOKE, 20), FAULT_NONE);
    assert_int_equal(between(&v, TEAM, SCHOOL, today), 1);
    assert_int_equal(between(&v, TEAM, CJG, today), 0);
    /* Whatever comes later: the old word again, a newer one, another kind. */
    assert_int_equal(say(&v.all[0], SCHOOL, STATEMENT_ACCEPT, 10), FAULT_CONFLICT);
    assert_int_equal(say(&v.all[0], SCHOOL, STATEMENT_ACCEPT, 30), FAULT_CONFLICT);
    assert_int_equal(say(&v.all[0], SCHOOL, STATEMENT_REJECT, 30), FAULT_CONFLICT);
    assert_int_equal(say(&v.all[0], SCHOOL, STATEMENT_REVOKE, 30), FAULT_NONE); /* the same once more */
    assert_int_equal(between(&v, TEAM, SCHOOL, today), 1);
    drop(&v);
}

static void the_latest_of_accept_and_reject_counts_in_any_order_of_arrival(void **state)
{
    (void)state;
    static const struct {
        int64_t accept, reject;
        bool accepted;
    } cases[] = {{10, 20, false}, {20, 10, true}, {10, 10, false}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        for (unsigned order = 0; order < 2; order++) {
            struct versions v = {.count = 0};
            add(&v, "een", "2026-01-01", "2026-12-31", NULL);
            assert_int_equal(say(&v.all[0], TEAM, STATEMENT_ACCEPT, 5), FAULT_NONE);
            for (unsigned step = 0; step < 2; step++) {
                const bool accepts = step == order;
                assert_int_equal(say(&v.all[0], SCHOOL, accepts ? STATEMENT_ACCEPT : STATEMENT_REJECT,
                                     accepts ? cases[i].accept : cases[i].reject),
                                 FAULT_NONE);
            }
            assert_int_equal(between(&v, TEAM, SCHOOL, today), cases[i].accepted ? 0 : 1);
            drop(&v);
        }
    }
}

static void a_predecessor_stays_pairwise_until_both_accepted_the_successor(void **state)
{
    (void)state;
    static const char *const all[] = {TEAM, SCHOOL, CJG};
    struct versions v = {.count = 0};
    add(&v, "een", "2026-01-01", "2026-12-31", NULL);
    add(&v, "twee", "2026-02-01", "2026-12-31", v.all[0].covenant);
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        assert_int_equal(say(&v.all[0], all[i], STATEMENT_ACCEPT, 10), FAULT_NONE);
    }
    assert_int_equal(say(&v.all[1], TEAM, STATEMENT_ACCEPT, 20), FAULT_NONE);
    assert_int_equal(between(&v, TEAM, SCHOOL, today), 0);
    assert_int_equal(say(&v.all[1], SCHOOL, STATEMENT_ACCEPT, 30), FAULT_NONE);
    assert_int_equal(between(&v, TEAM, SCHOOL, today), 1);
    assert_int_equal(between(&v, TEAM, CJG, today), 0);
    assert_int_equal(between(&v, SCHOOL, CJG, today), 0);
    assert_int_equal(between(&v, TEAM, SCHOOL, "2026-01-15"), 0); /* the successor's first day is not there yet */
    /* Who lets the successor go does not get the old one back. */
    assert_int_equal(say(&v.all[1], SCHOOL, STATEMENT_REVOKE, 40), FAULT_NONE);
    assert_int_equal(between(&v, TEAM, SCHOOL, today), 2);
    assert_int_equal(between(&v, SCHOOL, CJG, today), 0); /* CJG never left the first */
    drop(&v);
}

static void what_a_successor_of_a_successor_replaces_is_replaced(void **state)
{
    (void)state;
    struct versions v = {.count = 0};
    add(&v, "een", "2026-01-01", "2026-12-31", NULL);
    add(&v, "twee", "2026-01-01", "2026-12-31", v.all[0].covenant);
    add(&v, "drie", "2026-01-01", "2026-12-31", v.all[1].covenant);
    for (size_t i = 0; i < 3; i += 2) { /* nobody ever signed the one between */
        assert_int_equal(say(&v.all[i], TEAM, STATEMENT_ACCEPT, 10), FAULT_NONE);
        assert_int_equal(say(&v.all[i], SCHOOL, STATEMENT_ACCEPT, 10), FAULT_NONE);
    }
    assert_int_equal(between(&v, TEAM, SCHOOL, today), 2);
    drop(&v);
}

static void of_two_that_do_not_replace_each_other_both_sides_pick_the_same(void **state)
{
    (void)state;
    struct versions v = {.count = 0};
    add(&v, "een", "2026-01-01", "2026-12-31", NULL);
    add(&v, "twee", "2026-03-01", "2026-12-31", NULL);
    add(&v, "drie", "2026-03-01", "2026-12-31", NULL);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(say(&v.all[i], TEAM, STATEMENT_ACCEPT, 10), FAULT_NONE);
        assert_int_equal(say(&v.all[i], SCHOOL, STATEMENT_ACCEPT, 10), FAULT_NONE);
    }
    const size_t picked = between(&v, TEAM, SCHOOL, today);
    assert_in_range(picked, 1, 2);
    assert_true(strcmp(covenant_hash(v.all[picked].covenant), covenant_hash(v.all[3 - picked].covenant)) > 0);
    /* What both accepted last goes before. */
    assert_int_equal(say(&v.all[3 - picked], SCHOOL, STATEMENT_ACCEPT, 11), FAULT_NONE);
    assert_int_equal(between(&v, TEAM, SCHOOL, today), 3 - picked);
    assert_int_equal(say(&v.all[picked], TEAM, STATEMENT_ACCEPT, 12), FAULT_NONE);
    /* Known in another order, picked the same. */
    struct agreement_entry turned[3] = {v.entries[2], v.entries[1], v.entries[0]};
    struct date date;
    const struct oin a = oin_of(TEAM);
    const struct oin b = oin_of(SCHOOL);
    assert_true(date_parse(slice_text(today), &date));
    agreement_link(turned, 3);
    assert_ptr_equal(turned[agreement_pick(turned, 3, &a, &b, &date)].covenant, v.all[picked].covenant);
    drop(&v);
}

static void only_parties_and_the_right_document_are_heard(void **state)
{
    (void)state;
    struct versions v = {.count = 0};
    struct error err;
    enum agreement_news news;
    add(&v, "een", "2026-01-01", "2026-12-31", NULL);
    add(&v, "twee", "2026-01-01", "2026-12-31", v.all[0].covenant);
    assert_int_equal(say(&v.all[0], NOBODY, STATEMENT_ACCEPT, 10), FAULT_FORBIDDEN);
    assert_int_equal(say(&v.all[0], TEAM, STATEMENT_INVITE, 10), FAULT_INVALID);
    struct statement other = {.type = STATEMENT_ACCEPT, .signed_at_s = 10, .oin = oin_of(TEAM)};
    (void)snprintf(other.hash, sizeof other.hash, "%s", covenant_hash(v.all[1].covenant));
    assert_int_equal(agreement_add(v.all[0].agreement, v.all[0].covenant, &other, &news, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_INVALID);
    drop(&v);
}

static void equal_digests_mean_equal_words(void **state)
{
    (void)state;
    struct versions v = {.count = 0};
    struct sha256 digest[6];
    add(&v, "een", "2026-01-01", "2026-12-31", NULL);
    size_t count = 0;
    agreement_digest(v.all[0].agreement, v.all[0].covenant, &digest[count++]);
    assert_int_equal(say(&v.all[0], TEAM, STATEMENT_ACCEPT, 10), FAULT_NONE);
    agreement_digest(v.all[0].agreement, v.all[0].covenant, &digest[count++]);
    assert_int_equal(say(&v.all[0], TEAM, STATEMENT_ACCEPT, 11), FAULT_NONE);
    agreement_digest(v.all[0].agreement, v.all[0].covenant, &digest[count++]);
    assert_int_equal(say(&v.all[0], SCHOOL, STATEMENT_ACCEPT, 11), FAULT_NONE);
    agreement_digest(v.all[0].agreement, v.all[0].covenant, &digest[count++]);
    assert_int_equal(say(&v.all[0], TEAM, STATEMENT_REJECT, 12), FAULT_NONE);
    agreement_digest(v.all[0].agreement, v.all[0].covenant, &digest[count++]);
    assert_int_equal(say(&v.all[0], TEAM, STATEMENT_REVOKE, 13), FAULT_NONE);
    agreement_digest(v.all[0].agreement, v.all[0].covenant, &digest[count++]);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            assert_memory_not_equal(digest[i].bytes, digest[j].bytes, SHA256_SIZE);
        }
    }
    /* Another road to the same words. */
    struct agreement *again = agreement_new(v.all[0].covenant);
    const struct version other = {v.all[0].covenant, again};
    struct sha256 same;
    assert_int_equal(say(&other, SCHOOL, STATEMENT_ACCEPT, 11), FAULT_NONE);
    assert_int_equal(say(&other, TEAM, STATEMENT_REVOKE, 99), FAULT_NONE);
    agreement_digest(again, v.all[0].covenant, &same);
    assert_memory_equal(same.bytes, digest[count - 1].bytes, SHA256_SIZE);
    agreement_free(again);
    drop(&v);
}

#define HASH "$1$1$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static void statements_are_read_to_the_letter(void **state)
{
    (void)state;
    static const struct {
        bool fine;
        const char *text;
    } cases[] = {
        {true, "{\"contract_content_hash\":\"" HASH "\",\"type\":\"accept\",\"signed_at\":1,\"oin\":\"" TEAM "\"}"},
        {true,
         "{\"oin\":\"" TEAM "\",\"type\":\"revoke\",\"signed_at\":1767225600,\"contract_content_hash\":\"" HASH "\"}"},
        {true, "{\"contract_content_hash\":\"" HASH "\",\"type\":\"invite\",\"signed_at\":1,\"oin\":\"" TEAM
               "\",\"genodigde\":\"" SCHOOL "\",\"url\":\"https://team.example:8443\"}"},
        {false, "{\"contract_content_hash\":\"" HASH "\",\"type\":\"invite\",\"signed_at\":1,\"oin\":\"" TEAM "\"}"},
        {false, "{\"contract_content_hash\":\"" HASH "\",\"type\":\"accept\",\"signed_at\":1,\"oin\":\"" TEAM
                "\",\"genodigde\":\"" SCHOOL "\",\"url\":\"https://team.example\"}"},
        {false, "{\"contract_content_hash\":\"" HASH "\",\"type\":\"invite\",\"signed_at\":1,\"oin\":\"" TEAM
                "\",\"genodigde\":\"" SCHOOL "\",\"url\":\"http://team.example\"}"},
        {false, "{\"contract_content_hash\":\"" HASH "\",\"type\":\"Accept\",\"signed_at\":1,\"oin\":\"" TEAM "\"}"},
        {false, "{\"contract_content_hash\":\"" HASH "\",\"type\":\"accept\",\"signed_at\":1.5,\"oin\":\"" TEAM "\"}"},
        {false,
         "{\"contract_content_hash\":\"" HASH "\",\"type\":\"accept\",\"signed_at\":\"1\",\"oin\":\"" TEAM "\"}"},
        {false, "{\"contract_content_hash\":\"" HASH "\",\"type\":\"accept\",\"signed_at\":0,\"oin\":\"" TEAM "\"}"},
        {false, "{\"contract_content_hash\":\"" HASH "\",\"type\":\"accept\",\"signed_at\":253402300800,\"oin\":\"" TEAM
                "\"}"},
        {false, "{\"contract_content_hash\":\"" HASH "\",\"type\":\"accept\",\"signed_at\":1,\"oin\":\"1\"}"},
        {false, "{\"contract_content_hash\":\"" HASH "=\",\"type\":\"accept\",\"signed_at\":1,\"oin\":\"" TEAM "\"}"},
        {false, "{\"contract_content_hash\":\"$2$1$\",\"type\":\"accept\",\"signed_at\":1,\"oin\":\"" TEAM "\"}"},
        {false, "{\"type\":\"accept\",\"signed_at\":1,\"oin\":\"" TEAM "\"}"},
        {false, "{\"contract_content_hash\":\"" HASH
                "\",\"type\":\"accept\",\"type\":\"accept\",\"signed_at\":1,\"oin\":\"" TEAM "\"}"},
        {false, "{\"contract_content_hash\":\"" HASH "\",\"type\":\"accept\",\"signed_at\":1,\"oin\":\"" TEAM
                "\",\"meer\":1}"},
        {false, "[]"},
        {false, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct statement s;
        struct error err = {0};
        if ((statement_read(slice_text(cases[i].text), &s, &err) == RESULT_OK) != cases[i].fine) {
            fail_msg("%s: %s %s", cases[i].text, err.where, err.what);
        }
        if (cases[i].fine) { /* written again it is read again */
            struct statement back;
            struct buf out;
            buf_init(&out, 1024);
            statement_write(&s, &out);
            assert_int_equal(statement_read(buf_slice(&out), &back, &err), RESULT_OK);
            assert_memory_equal(&back, &s, sizeof s);
            buf_free(&out);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_covenant_holds_between_two_who_both_accepted),
        cmocka_unit_test(a_revoke_is_final_and_ends_only_that_part),
        cmocka_unit_test(the_latest_of_accept_and_reject_counts_in_any_order_of_arrival),
        cmocka_unit_test(a_predecessor_stays_pairwise_until_both_accepted_the_successor),
        cmocka_unit_test(what_a_successor_of_a_successor_replaces_is_replaced),
        cmocka_unit_test(of_two_that_do_not_replace_each_other_both_sides_pick_the_same),
        cmocka_unit_test(only_parties_and_the_right_document_are_heard),
        cmocka_unit_test(equal_digests_mean_equal_words),
        cmocka_unit_test(statements_are_read_to_the_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
