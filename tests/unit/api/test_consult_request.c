/* What a professional hands in to consult: every bound from both sides, every fault with its place, no value repeated. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/consult_request.h"

enum { ROOM = 8192 };

static struct covenant *covenant;

static int read_covenant(void **state)
{
    (void)state;
    static char text[65536];
    struct fault_list faults = {0};
    FILE *in = fopen(TEST_SOURCE_DIR "/tests/region/convenant.json", "r");
    if (in == NULL) {
        return -1;
    }
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    (void)fclose(in);
    /* Under another name, so that there is a role which this covenant does not know. */
    for (char *at = strstr(text, "\"jeugdbeschermer\""); at != NULL; at = strstr(at, "\"jeugdbeschermer\"")) {
        at[1] = 'x';
    }
    return covenant_parse(slice_text(text), &covenant, &faults) == RESULT_OK ? 0 : -1;
}

static int free_covenant(void **state)
{
    (void)state;
    covenant_free(covenant);
    return 0;
}

static struct fault_list check(const char *text, uint32_t roles, struct consult_request *out)
{
    struct json *json = NULL;
    struct error err;
    struct fault_list faults = {0};
    struct caller caller = {.name = "g.jansen", .roles = roles, .may = role_may(roles)};
    assert_int_equal(json_parse(slice_text(text), &json, &err), RESULT_OK);
    json_check(json, "", consult_request_fields, consult_request_field_count, &faults);
    consult_request_read(json, covenant, &caller, out, &faults);
    out->purpose = out->basis = out->reason = out->role = slice_of(NULL, 0); /* borrowed from what goes now */
    json_free(json);
    return faults;
}

/* A request that is fine but for `from` replaced by `to`. */
static struct fault_list check_with(const char *from, const char *to, uint32_t roles)
{
    static const char fine[] =
        "{\"doel\":\"hulpafstemming\",\"grondslag\":\"wmo-5.1.1\",\"zaak\":\"Z-1\",\"reden\":\"gezin meldt zich\","
        "\"betrokkenen\":[{\"bsn\":\"999000007\"}]}";
    char text[ROOM];
    struct consult_request request;
    const char *at = strstr(fine, from);
    assert_non_null(at);
    const int len = snprintf(text, sizeof text, "%.*s%s%s", (int)(at - fine), fine, to, at + strlen(from));
    assert_true(len > 0 && (size_t)len < sizeof text);
    return check(text, roles, &request);
}

#define GENERALIST (1U << ROLE_GENERALIST)

static void what_is_fine_passes(void **state)
{
    (void)state;
    assert_int_equal(check_with("Z-1", "Z-1", GENERALIST).count, 0);
    assert_int_equal(check_with("\"zaak\"", "\"melding\"", GENERALIST).count, 0);
    assert_int_equal(check_with("\"zaak\"", "\"maatregel\"", GENERALIST).count, 0);
    assert_int_equal(
        check_with("{\"doel\"", "{\"rol\":\"regisseur\",\"doel\"", 1U << ROLE_COORDINATOR | GENERALIST).count, 0);
}

static void each_fault_names_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        uint32_t roles;
        const char *where;
    } cases[] = {
        {"hulpafstemming", "fraude", GENERALIST, "/doel"},
        {"wmo-5.1.1", "onbekend", GENERALIST, "/grondslag"},
        {"\"zaak\":\"Z-1\",", "", GENERALIST, ""},
        {"\"zaak\":\"Z-1\",", "\"zaak\":\"Z-1\",\"melding\":\"M-1\",", GENERALIST, ""},
        {"\"zaak\":\"Z-1\",", "\"zaak\":\"Z-1\",\"maatregel\":\"O-1\",", GENERALIST, ""},
        {"Z-1", "  ", GENERALIST, ""},
        {"gezin meldt zich", "              ", GENERALIST, "/reden"},
        {"999000007", "999000008", GENERALIST, "/betrokkenen/0"},
        {"999000007", "99900000", GENERALIST, "/betrokkenen/0/bsn"},
        {"[{", "[{\"bsn\":\"999000007\"},{", GENERALIST, "/betrokkenen/1"},
        {"[{\"bsn\":\"999000007\"}]", "[]", GENERALIST, "/betrokkenen"},
        {"{\"doel\"", "{\"rol\":\"regisseur\",\"doel\"", GENERALIST, "/rol"},
        {"{\"doel\"", "{\"rol\":\"baas\",\"doel\"", GENERALIST, "/rol"},
        {"Z-1", "Z-1", GENERALIST | 1U << ROLE_COORDINATOR, "/rol"}, /* which of the two? */
        {"Z-1", "Z-1", 1U << ROLE_DPO, "/rol"},
        {"Z-1", "Z-1", 0, "/rol"},
        /* A role that may consult here, but that this covenant does not know. */
        {"Z-1", "Z-1", 1U << ROLE_YOUTH_PROTECTOR, "/rol"},
        {"{\"doel\"", "{\"extra\":1,\"doel\"", GENERALIST, ""},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct fault_list faults = check_with(cases[i].from, cases[i].to, cases[i].roles);
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.items[0].where, cases[i].where);
        assert_null(strstr(faults.items[0].what, "99900"));
    }
}

static void texts_have_bounds(void **state)
{
    (void)state;
    static const struct {
        const char *replaced;
        size_t min, max;
        const char *where;
    } cases[] = {
        {"gezin meldt zich", CONSULT_REASON_MIN, CONSULT_REASON_MAX, "/reden"},
        {"Z-1", 1, CONSULT_CASE_MAX, "/zaak"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char text[ROOM];
        memset(text, 'x', sizeof text);
        for (size_t len = cases[i].min - 1; len <= cases[i].max + 1; len++) {
            char given[CONSULT_REASON_MAX + 2];
            (void)snprintf(given, sizeof given, "%.*s", (int)len, text);
            const struct fault_list faults = check_with(cases[i].replaced, given, GENERALIST);
            const bool within = len >= cases[i].min && len <= cases[i].max;
            assert_int_equal(faults.count == 0, within);
            if (!within) {
                assert_string_equal(faults.items[0].where, cases[i].where);
            }
        }
    }
}

static void people_have_a_bound_past_which_none_is_read(void **state)
{
    (void)state;
    for (size_t people = CONSULT_SUBJECTS_MAX; people <= CONSULT_SUBJECTS_MAX + 1; people++) {
        char text[ROOM];
        struct consult_request request;
        struct bsn bsn;
        size_t count = 0;
        size_t len = (size_t)snprintf(text, sizeof text,
                                      "{\"doel\":\"hulpafstemming\",\"grondslag\":\"wmo-5.1.1\",\"zaak\":\"Z-1\","
                                      "\"reden\":\"gezin meldt zich\",\"betrokkenen\":[");
        for (unsigned number = 999000050; count < people; number++) {
            char digits[16];
            (void)snprintf(digits, sizeof digits, "%09u", number);
            if (bsn_parse(slice_text(digits), &bsn)) {
                len += (size_t)snprintf(text + len, sizeof text - len, "%s{\"bsn\":\"%s\"}", count++ != 0 ? "," : "",
                                        digits);
            }
        }
        (void)snprintf(text + len, sizeof text - len, "]}");
        const struct fault_list faults = check(text, GENERALIST, &request);
        assert_int_equal(faults.count == 0, people == CONSULT_SUBJECTS_MAX);
        assert_int_equal(request.subject_count, faults.count == 0 ? people : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_fine_passes),
        cmocka_unit_test(each_fault_names_its_place),
        cmocka_unit_test(texts_have_bounds),
        cmocka_unit_test(people_have_a_bound_past_which_none_is_read),
    };
    return cmocka_run_group_tests(tests, read_covenant, free_covenant);
}
