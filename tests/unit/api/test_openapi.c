/* The descriptions say what the program does: the same routes, words and bounds, so that neither can change alone. */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/consult_parts.h"
#include "api/consult_wire.h"
#include "api/import_rows.h"
#include "api/log.h"
#include "api/openapi.h"
#include "audit/record.h"
#include "domain/order.h"
#include "domain/person.h"
#include "domain/report.h"
#include "policy/words.h"

enum { PLACE_MAX = 160 };

static struct json *read_description(struct slice text)
{
    struct json *json = NULL;
    struct error err;
    if (json_parse(text, &json, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
    return json;
}

/* The value at a place under components/schemas, such as "Fout/properties/plaats/maxLength". */
static const struct json *at(const struct json *description, const char *place)
{
    char rest[PLACE_MAX];
    const struct json *value = json_member(json_member(description, "components"), "schemas");
    (void)snprintf(rest, sizeof rest, "%s", place);
    for (char *more = rest, *name = strsep(&more, "/"); name != NULL; name = strsep(&more, "/")) {
        value = json_member(value, name);
        if (value == NULL) {
            fail_msg("de beschrijving heeft geen %s", place);
        }
    }
    return value;
}

/* ---- routes ---- */

static const char *const methods[HTTP_METHOD_COUNT] = {"get", "post", "put", "patch", "delete"};

static size_t operations(const struct json *paths)
{
    size_t count = 0;
    for (const struct json *path = json_first(paths); path != NULL; path = json_next(path)) {
        for (const struct json *member = json_first(path); member != NULL; member = json_next(member)) {
            for (unsigned m = 0; m < HTTP_METHOD_COUNT; m++) {
                count += strcmp(json_name(member), methods[m]) == 0;
            }
        }
    }
    return count;
}

static void check_routes(struct slice text, const struct http_route *routes, size_t count)
{
    struct json *description = read_description(text);
    const struct json *paths = json_member(description, "paths");
    assert_string_equal(json_cstr(json_member(json_first(json_member(description, "servers")), "url")), "/v1");
    for (size_t i = 0; i < count; i++) {
        assert_memory_equal(routes[i].path, "/v1/", 4);
        const struct json *operation = json_member(json_member(paths, routes[i].path + 3), methods[routes[i].method]);
        if (operation == NULL) {
            fail_msg("node/api/openapi/ beschrijft %s %s niet", methods[routes[i].method], routes[i].path);
        }
        const struct json *content = json_member(json_member(operation, "requestBody"), "content");
        assert_int_equal(content != NULL, routes[i].media_type != NULL);
        if (content != NULL) {
            assert_string_equal(json_name(json_first(content)), routes[i].media_type);
        }
    }
    /* Each route is there, no route is there twice (router.c), so as many means no other. */
    assert_int_equal(operations(paths), count);
    json_free(description);
}

static void each_listener_describes_its_routes_and_no_other(void **state)
{
    (void)state;
    check_routes(openapi_peer_text(), api_peer_routes, api_peer_route_count);
    check_routes(openapi_desk_text(), api_desk_routes, api_desk_route_count);
}

/* ---- words ---- */

#define WORD_2(code, word)              word,
#define WORD_3(code, word, more)        word,
#define WORD_CODE(name, code, word)     word,
#define SLUG(code, status, slug, title) slug,
#define TYPE(code, status, slug, title) "urn:ketenbrug:fout:" slug,

static const char *const roles[] = {ROLE_TABLE(WORD_3) NULL};
static const char *const life_domains[] = {LIFE_DOMAIN_TABLE(WORD_2) NULL};
static const char *const obligations[] = {OBLIGATION_TABLE(WORD_2) NULL};
static const char *const categories[] = {CATEGORY_TABLE(WORD_2) NULL};
static const char *const authorities[] = {AUTHORITY_TABLE(WORD_2) NULL};
static const char *const terms[] = {TERM_TABLE(WORD_2) NULL};
static const char *const report_kinds[] = {REPORT_KIND_TABLE(WORD_2) NULL};
static const char *const order_kinds[] = {ORDER_KIND_TABLE(WORD_2) NULL};
static const char *const sensitivities[] = {SENSITIVITY_TABLE(WORD_2) NULL};
static const char *const operation_words[] = {RECORD_OPERATION_TABLE(WORD_CODE) "", NULL};
static const char *const outcomes[] = {RECORD_OUTCOME_TABLE(WORD_CODE) NULL};
static const char *const peer_outcomes[] = {PEER_OUTCOME_TABLE(WORD_3) MATCH_TOLD_TABLE(WORD_3) NULL};
static const char *const slugs[] = {FAULT_TABLE(SLUG) NULL};
static const char *const types[] = {FAULT_TABLE(TYPE) NULL};

/* `skip`: words at the start that are never shown: no outcome, no fault, an answer. */
static const struct {
    const char *place;
    const char *const *words;
    size_t skip;
} enumerations[] = {
    {"Rol/enum", roles, 0},
    {"Leefgebied/enum", life_domains, 0},
    {"GedeeldeBetrokkenheid/properties/verplichting/enum", obligations, 0},
    {"Logboekregel/properties/categorieen/items/enum", categories, 0},
    {"Gezag/properties/soort/enum", authorities, 0},
    {"Betrokkenheid/properties/gevoeligheid/enum", sensitivities, 0},
    {"Termijnsoort/enum", terms, 0},
    {"NieuweMelding/properties/soort/enum", report_kinds, 0},
    {"Melding/properties/soort/enum", report_kinds, 0},
    {"NieuweMaatregel/properties/soort/enum", order_kinds, 0},
    {"Maatregel/properties/soort/enum", order_kinds, 0},
    {"Logboekregel/properties/handeling/enum", operation_words, 0},
    {"Logboekregel/properties/uitkomst/enum", outcomes, 1},
    {"Logboekregel/properties/fout/enum", slugs, 1},
    {"GeenAntwoord/properties/oorzaak/enum", peer_outcomes, 1},
    {"Probleem/properties/type/enum", types, 1},
};

static void check_words(const struct json *list, const char *const *words, const char *place)
{
    size_t count = 0;
    for (const struct json *word = json_first(list); word != NULL; word = json_next(word), count++) {
        if (words[count] == NULL || strcmp(words[count], json_cstr(word)) != 0) {
            fail_msg("%s: %s is hier niet aan de beurt", place, json_cstr(word));
        }
    }
    if (words[count] != NULL) {
        fail_msg("%s: %s ontbreekt", place, words[count]);
    }
}

static void the_words_are_those_of_the_program(void **state)
{
    (void)state;
    struct json *description = read_description(openapi_desk_text());
    for (size_t i = 0; i < COUNT_OF(enumerations); i++) {
        check_words(at(description, enumerations[i].place), enumerations[i].words + enumerations[i].skip,
                    enumerations[i].place);
    }
    const struct json *reach = json_first(at(description, "Ketenpartnerstand/properties/stand/enum"));
    for (unsigned i = REACH_NOT_ASKED; i <= REACH_FAILS; i++, reach = json_next(reach)) {
        assert_string_equal(json_cstr(reach), peer_reach_word((enum peer_reach)i));
    }
    assert_null(reach);
    json_free(description);
}

/* ---- bounds ---- */

static const struct {
    const char *place;
    int64_t bound;
} bounds[] = {
    {"Probleem/properties/detail/maxLength", FAULT_WHAT_MAX - 1},
    {"Probleem/properties/fouten/maxItems", FAULT_LIST_MAX},
    {"Fout/properties/plaats/maxLength", FAULT_WHERE_MAX - 1},
    {"Fout/properties/melding/maxLength", FAULT_WHAT_MAX - 1},
    {"Code/maxLength", CODE_MAX},
    {"GedeeldeBetrokkenheid/properties/dienst/maxLength", SERVICE_MAX_BYTES},
    {"GedeeldeBetrokkenheid/properties/fase/maxLength", SERVICE_MAX_BYTES},
    {"GedeeldeBetrokkenheid/properties/status/maxLength", SERVICE_MAX_BYTES},
    {"GedeeldContact/properties/naam/maxLength", NAME_MAX_BYTES},
    {"GedeeldContact/properties/telefoon/maxLength", PHONE_MAX_BYTES},
    {"GedeeldContact/properties/email/maxLength", EMAIL_MAX_BYTES},
    {"Raadpleegverzoek/properties/zaak/maxLength", CONSULT_CASE_MAX},
    {"Raadpleegverzoek/properties/melding/maxLength", CONSULT_CASE_MAX},
    {"Raadpleegverzoek/properties/maatregel/maxLength", CONSULT_CASE_MAX},
    {"Meldingsnummer/maxLength", CONSULT_CASE_MAX},
    {"NieuweMelding/properties/betrokkenen/maxItems", MATTER_PEOPLE_MAX},
    {"NieuweMaatregel/properties/betrokkenen/maxItems", MATTER_PEOPLE_MAX},
    {"Melding/properties/termijnen/maxItems", TERM_COUNT},
    {"Meldingen/properties/meldingen/maxItems", STORE_LIST_MAX},
    {"Maatregelen/properties/maatregelen/maxItems", STORE_LIST_MAX},
    {"Termijnen/properties/termijnen/maxItems", TERMS_LIST_MAX},
    {"GedeeldeBetrokkenheid/properties/centraalNummer/maxLength", PHONE_MAX_BYTES},
    {"Raadpleegverzoek/properties/reden/minLength", CONSULT_REASON_MIN},
    {"Raadpleegverzoek/properties/reden/maxLength", CONSULT_REASON_MAX},
    {"Raadpleegverzoek/properties/betrokkenen/maxItems", CONSULT_SUBJECTS_MAX},
    {"Raadpleging/properties/betrokkenen/maxItems", CONSULT_SUBJECTS_MAX},
    {"GeraadpleegdePersoon/properties/volgnummer/maximum", CONSULT_SUBJECTS_MAX},
    {"GeraadpleegdePersoon/properties/ketenpartners/maxItems", COVENANT_PARTIES_MAX},
    {"Beantwoord/properties/naam/maxLength", PARTY_NAME_MAX},
    {"Beantwoord/properties/betrokkenheden/maxItems", INVOLVEMENTS_PER_SUBJECT_MAX},
    {"BekendeBetrokkene/properties/voornamen/maxLength", NAME_MAX_BYTES},
    {"BekendeBetrokkene/properties/achternaam/maxLength", NAME_MAX_BYTES},
    {"BekendeBetrokkene/properties/gezag/maxItems", AUTHORITIES_MAX},
    {"BekendeBetrokkene/properties/bronsleutel/maxLength", SOURCE_KEY_MAX},
    {"Gezag/properties/naam/maxLength", NAME_MAX_BYTES},
    {"Gezag/properties/bewijs/maxLength", SERVICE_MAX_BYTES},
    {"Betrokkenheid/properties/dienst/maxLength", SERVICE_MAX_BYTES},
    {"Betrokkenheid/properties/fase/maxLength", SERVICE_MAX_BYTES},
    {"Betrokkenheid/properties/status/maxLength", SERVICE_MAX_BYTES},
    {"Betrokkenheid/properties/bronsleutel/maxLength", SOURCE_KEY_MAX},
    {"Contactpersoon/properties/naam/maxLength", NAME_MAX_BYTES},
    {"Contactpersoon/properties/telefoon/maxLength", PHONE_MAX_BYTES},
    {"Contactpersoon/properties/email/maxLength", EMAIL_MAX_BYTES},
    {"GevondenBetrokkene/properties/betrokkenheden/maxItems", STORE_CHILDREN_MAX},
    {"Huishouden/properties/leden/maxItems", HOUSEHOLD_MEMBERS_MAX},
    {"Huishouden/properties/bron/maxLength", SERVICE_MAX_BYTES},
    {"Huishouden/properties/bronsleutel/maxLength", SOURCE_KEY_MAX},
    {"Inleesverzoek/properties/regels/maxItems", IMPORT_BATCH_MAX},
    {"Inleesregel/properties/regel/maximum", IMPORT_LINE_MAX},
    {"InleesregelHuishouden/properties/bronsleutel/maxLength", SOURCE_KEY_MAX},
    {"InleesregelHuishouden/properties/bron/maxLength", SERVICE_MAX_BYTES},
    {"Inleesuitslag/properties/afgewezen/maxItems", IMPORT_BATCH_MAX},
    {"Inleesuitslag/properties/nieuw/maximum", IMPORT_BATCH_MAX},
    {"Afwijzing/properties/fouten/maxItems", FAULT_LIST_MAX},
    {"Ketenpartnerstand/properties/naam/maxLength", PARTY_NAME_MAX},
    {"Stand/properties/ketenpartners/maxItems", COVENANT_PARTIES_MAX},
    {"NieuweGebruiker/properties/rollen/maxItems", ROLE_COUNT},
    {"Gebruikerswijziging/properties/rollen/maxItems", ROLE_COUNT},
    {"Gebruikers/properties/gebruikers/maxItems", STORE_LIST_MAX},
    {"Logboekregels/properties/regels/maxItems", LOG_PAGE_MAX},
    {"Logboekregel/properties/doel/maxLength", RECORD_PURPOSE_MAX},
    {"Logboekregel/properties/gebruiker/maxLength", RECORD_USER_MAX},
    {"Logboekregel/properties/rol/maxLength", RECORD_CODE_MAX},
    {"Logboekregel/properties/grondslag/maxLength", RECORD_CODE_MAX},
    {"Logboekregel/properties/zaak/maxLength", CONSULT_CASE_MAX},
    {"Logboekregel/properties/melding/maxLength", CONSULT_CASE_MAX},
    {"Logboekregel/properties/regels/maxLength", RECORD_RULES_MAX},
    {"Logboekregel/properties/categorieen/maxItems", CATEGORY_COUNT},
    {"Bladeren/properties/bladeren/maxItems", LOG_LEAVES_MAX},
    {"Blad/properties/blad/minLength", (LOG_LEAF_BYTES + 2) / 3 * INT64_C(4)},
    {"Blad/properties/blad/maxLength", (LOG_LEAF_BYTES + 2) / 3 * INT64_C(4)},
};

static void the_bounds_are_those_of_the_program(void **state)
{
    (void)state;
    struct json *desk = read_description(openapi_desk_text());
    struct json *peer = read_description(openapi_peer_text());
    for (size_t i = 0; i < COUNT_OF(bounds); i++) {
        const int64_t said = json_int(at(desk, bounds[i].place));
        if (said != bounds[i].bound) {
            fail_msg("%s is %lld, het programma zegt %lld", bounds[i].place, (long long)said,
                     (long long)bounds[i].bound);
        }
    }
    assert_int_equal(json_int(at(peer, "Antwoord/properties/betrokkenheden/maxItems")), INVOLVEMENTS_PER_SUBJECT_MAX);
    assert_int_equal(json_int(at(peer, "Antwoord/properties/opvulling/maxLength")),
                     CONSULT_ANSWER_BYTES << (CONSULT_ANSWER_CLASSES - 1));
    assert_int_equal(json_int(at(peer, "Evaluatieverzoek/properties/waarden/minItems")), MATCH_BATCH);
    assert_int_equal(json_int(at(peer, "Evaluatieverzoek/properties/waarden/maxItems")), MATCH_BATCH);
    assert_int_equal(json_int(at(peer, "Evaluatie/properties/waarden/minItems")), MATCH_BATCH);
    assert_int_equal(json_int(at(peer, "Evaluatie/properties/waarden/maxItems")), MATCH_BATCH);
    assert_string_equal(json_cstr(at(desk, "Gebruikersnaam/pattern")), "^[A-Za-z0-9.-]{1,48}$");
    assert_int_equal(USER_NAME_MAX, 48);
    assert_string_equal(json_cstr(at(desk, "Bron/pattern")), "^[a-z0-9-]{1,32}$");
    assert_int_equal(IMPORT_SOURCE_MAX, 32);
    json_free(desk);
    json_free(peer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_listener_describes_its_routes_and_no_other),
        cmocka_unit_test(the_words_are_those_of_the_program),
        cmocka_unit_test(the_bounds_are_those_of_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
