/* The JSON of the desk API, there and back, and everything that it refuses. */
#include "unit/domain/help.h"

#include "base/attr.h"

static struct json *document_of(const char *text)
{
    struct json *document = NULL;
    struct error err = {0};
    if (json_parse(slice_text(text), &document, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
    return document;
}

/* Written, read, written again: the same text. Gives what was read. */
#define ROUND_TRIP(type, value, out)                                                                                   \
    do {                                                                                                               \
        struct buf first;                                                                                              \
        struct buf second;                                                                                             \
        struct fault_list faults = {0};                                                                                \
        buf_init(&first, 65536);                                                                                       \
        buf_init(&second, 65536);                                                                                      \
        struct json_writer w = json_writer(&first);                                                                    \
        type##_write(&w, NULL, &(value));                                                                              \
        buf_byte(&first, '\0');                                                                                        \
        struct json *document = document_of((const char *)first.ptr);                                                  \
        type##_read(document, "", &today, &(out), &faults);                                                            \
        if (faults.count != 0) {                                                                                       \
            fail_msg("%s: %s", faults.items[0].where, faults.items[0].what);                                           \
        }                                                                                                              \
        w = json_writer(&second);                                                                                      \
        type##_write(&w, NULL, &(out));                                                                                \
        buf_byte(&second, '\0');                                                                                       \
        assert_string_equal((const char *)first.ptr, (const char *)second.ptr);                                        \
        json_free(document);                                                                                           \
        buf_free(&first);                                                                                              \
        buf_free(&second);                                                                                             \
    } while (0)

static void subject_there_and_back(void **state)
{
    (void)state;
    struct subject out;
    const struct subject full = full_subject();
    ROUND_TRIP(subject, full, out);
    assert_true(bsn_equal(&full.bsn, &out.bsn));
    assert_string_equal(out.given_names, full.given_names);
    assert_int_equal(out.authority_count, 2);
    assert_int_equal(out.authorities[1].kind, AUTHORITY_GUARDIAN);
    assert_false(bsn_is_set(&out.authorities[1].holder_bsn));
    struct subject least = {0};
    TEXT_INTO(least.family_name, "Onbekend");
    TEXT_INTO(least.source_key, "P-2");
    ROUND_TRIP(subject, least, out);
    assert_false(bsn_is_set(&out.bsn));
    assert_false(date_is_set(&out.birth));
}

static void household_there_and_back(void **state)
{
    (void)state;
    struct household out;
    const struct household full = full_household();
    ROUND_TRIP(household, full, out);
    assert_int_equal(out.member_count, 2);
    assert_true(ident_equal(&out.members[1], &full.members[1]));
}

static void involvement_there_and_back(void **state)
{
    (void)state;
    struct involvement out;
    const struct involvement full = full_involvement();
    ROUND_TRIP(involvement, full, out);
    assert_int_equal(out.life_domain, LIFE_FINANCE);
    assert_int_equal(out.sensitivity, SENSITIVITY_HIGH);
    assert_string_equal(out.stand_in.phone, full.stand_in.phone);
    struct involvement least = full;
    least.stand_in = (struct contact){.name = ""};
    least.contact.email[0] = '\0';
    least.phase[0] = '\0';
    least.until = (struct date){0, 0, 0};
    ROUND_TRIP(involvement, least, out);
    assert_string_equal(out.stand_in.name, "");
}

enum what { SUBJECT, HOUSEHOLD, INVOLVEMENT };

struct row {
    enum what what;
    const char *json;
    const char *places[4]; /* of the faults, all of them */
};

#define CONTACT "\"contactpersoon\":{\"naam\":\"A\",\"telefoon\":\"112\"}"
#define ID      "00112233445566778899aabbccddeeff"

static const struct row rows[] = {
    {SUBJECT, "[]", {""}},
    {SUBJECT, "{}", {"/achternaam", "/bsn"}},
    {SUBJECT, "{\"achternaam\":\"A\"}", {"/bsn"}},
    {SUBJECT, "{\"achternaam\":\"A\",\"bsn\":\"999990018\"}", {"/bsn"}},
    {SUBJECT, "{\"achternaam\":\"A\",\"bsn\":\"99999001\"}", {"/bsn"}},
    {SUBJECT, "{\"achternaam\":\"A\",\"bsn\":999990019}", {"/bsn"}},
    {SUBJECT, "{\"achternaam\":\"A\",\"bsn\":\"999990019\",\"bsnr\":\"\"}", {""}},
    {SUBJECT, "{\"achternaam\":\"\",\"bronsleutel\":\"1\"}", {"/achternaam"}},
    {SUBJECT, "{\"achternaam\":\"A\\u0007\",\"bronsleutel\":\"1\"}", {"/achternaam"}},
    {SUBJECT, "{\"achternaam\":\"A\",\"bronsleutel\":\"1\",\"geboortedatum\":\"2025-02-29\"}", {"/geboortedatum"}},
    {SUBJECT, "{\"achternaam\":\"A\",\"bronsleutel\":\"1\",\"geboortedatum\":\"2026-11-23\"}", {"/geboortedatum"}},
    {SUBJECT, "{\"achternaam\":\"A\",\"bronsleutel\":\"1\",\"gemeente\":\"utre\"}", {"/gemeente"}},
    {SUBJECT, "{\"achternaam\":\"A\",\"bronsleutel\":\"1\",\"gezag\":{}}", {"/gezag"}},
    {SUBJECT, "{\"achternaam\":\"A\",\"bronsleutel\":\"1\",\"gezag\":[1,1,1,1,1,1,1]}", {"/gezag"}},
    {SUBJECT, "{\"achternaam\":\"A\",\"bronsleutel\":\"1\",\"gezag\":[7]}", {"/gezag/0"}},
    {SUBJECT,
     "{\"achternaam\":\"A\",\"bronsleutel\":\"1\",\"gezag\":[{\"soort\":\"oma\",\"naam\":\"B\",\"sinds\":\"gisteren.."
     "\"}]}",
     {"/gezag/0/bewijs", "/gezag/0/soort", "/gezag/0/sinds"}},
    {HOUSEHOLD, "{\"leden\":[],\"bron\":\"BRP\",\"datum\":\"2026-01-01\"}", {"/leden"}},
    {HOUSEHOLD, "{\"leden\":[\"1\"],\"bron\":\"BRP\",\"datum\":\"2026-01-01\"}", {"/leden/0"}},
    {HOUSEHOLD, "{\"leden\":[\"" ID "\",\"" ID "\"],\"bron\":\"BRP\",\"datum\":\"2026-01-01\"}", {"/leden/1"}},
    {HOUSEHOLD, "{\"leden\":[\"" ID "\"],\"datum\":\"2026-12-01\"}", {"/bron", "/datum"}},
    {INVOLVEMENT, "null", {""}},
    {INVOLVEMENT, "{}", {"/leefgebied", "/dienst", "/sinds", "/contactpersoon"}},
    {INVOLVEMENT,
     "{\"leefgebied\":\"geld\",\"dienst\":\"x\",\"sinds\":\"2026-01-01\",\"gevoeligheid\":\"geheim\"," CONTACT "}",
     {"/leefgebied", "/gevoeligheid"}},
    {INVOLVEMENT,
     "{\"leefgebied\":\"financien\",\"dienst\":\"x\",\"sinds\":\"2026-01-01\",\"tot\":\"2025-01-01\"," CONTACT "}",
     {"/tot"}},
    {INVOLVEMENT,
     "{\"leefgebied\":\"financien\",\"dienst\":\"x\",\"sinds\":\"2026-01-01\",\"contactpersoon\":{\"naam\":\"A\"}}",
     {"/contactpersoon/telefoon"}},
    {INVOLVEMENT,
     "{\"leefgebied\":\"financien\",\"dienst\":\"x\",\"sinds\":\"2026-01-01\",\"contactpersoon\":\"A\"}",
     {"/contactpersoon"}},
    {INVOLVEMENT,
     "{\"leefgebied\":\"financien\",\"dienst\":\"x\",\"sinds\":\"2026-01-01\",\"vervanger\":{\"naam\":\"B\"}," CONTACT
     "}",
     {"/vervanger/telefoon"}},
    {INVOLVEMENT,
     "{\"leefgebied\":\"financien\",\"dienst\":\"x\",\"sinds\":\"2026-01-01\",\"contactpersoon\":{\"naam\":\"A\","
     "\"telefoon\":\"112\",\"fax\":\"1\"}}",
     {"/contactpersoon"}},
};

static bool names(const struct row *row, const char *where)
{
    for (size_t i = 0; i < COUNT_OF(row->places); i++) {
        if (row->places[i] != NULL && strcmp(row->places[i], where) == 0) {
            return true;
        }
    }
    return false;
}

static void each_place_gets_one_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fault_list faults = {0};
        struct subject subject;
        struct household household;
        struct involvement involvement;
        struct json *document = document_of(rows[i].json);
        if (rows[i].what == SUBJECT) {
            subject_read(document, "", &today, &subject, &faults);
        } else if (rows[i].what == HOUSEHOLD) {
            household_read(document, "", &today, &household, &faults);
        } else {
            involvement_read(document, "", &today, &involvement, &faults);
        }
        size_t wanted = 0;
        while (wanted < COUNT_OF(rows[i].places) && rows[i].places[wanted] != NULL) {
            wanted++;
        }
        bool right = faults.count == wanted;
        for (size_t k = 0; k < faults.count; k++) {
            right = right && names(&rows[i], faults.items[k].where);
        }
        if (!right) {
            fail_msg("row %zu: %zu faults, last at '%s'", i, faults.count, faults.items[faults.count - 1].where);
        }
        json_free(document);
    }
}

static void texts_past_their_bound_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t max;
    } fields[] = {{"voornamen", NAME_MAX_BYTES}, {"achternaam", NAME_MAX_BYTES}, {"bronsleutel", SOURCE_KEY_MAX}};
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        for (size_t past = 0; past < 2; past++) {
            char json[1024];
            char where[64];
            struct subject subject;
            struct fault_list faults = {0};
            const int len = (int)(fields[i].max + past);
            static const char letters[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                          "xxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                                          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
            assert_true(sizeof letters > (size_t)len);
            (void)snprintf(json, sizeof json, "{\"bsn\":\"999990019\",%s\"%s\":\"%.*s\"}",
                           strcmp(fields[i].name, "achternaam") == 0 ? "" : "\"achternaam\":\"A\",", fields[i].name,
                           len, letters);
            (void)snprintf(where, sizeof where, "/%s", fields[i].name);
            struct json *document = document_of(json);
            subject_read(document, "", &today, &subject, &faults);
            assert_int_equal(faults.count, past);
            assert_true(past == 0 || strcmp(faults.items[0].where, where) == 0);
            json_free(document);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(subject_there_and_back),
        cmocka_unit_test(household_there_and_back),
        cmocka_unit_test(involvement_there_and_back),
        cmocka_unit_test(each_place_gets_one_fault),
        cmocka_unit_test(texts_past_their_bound_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
