/* Letters over the desk: made from the log as it was, recorded before they leave, and never silent about what is gone. */
#include "unit/api/sharing_fake.h"

#include "api/deferral.h"
#include "api/letter.h"
#include "api/letters.h"
#include "api/past_place.h"
#include "audit/retention.h"

#define OFFICER "Bearer kb-privacy"
#define PERSON  "999000007"
#define SHELTER "00000099000000008000"
#define DRAFT   "{\"bsn\":\"" PERSON "\",\"identiteit\":\"paspoort gezien op 3 maart\"}"

static int64_t moved_now(void *ctx)
{
    return ((struct rig *)ctx)->moved_ms;
}

static struct ident open_all(struct rig *rig)
{
    static struct sharing sharing;
    rig_open_with(rig, DEBT_HELP, false);
    rig->moved_ms = INT64_C(1893456000000); /* 2030 */
    rig->world.clock = (struct clock){moved_now, rig};
    rig_user(rig, "privacy", 1U << ROLE_PRIVACY_OFFICER, false, OFFICER);
    fake_sharing_use(rig, &sharing);
    return rig_person(rig, PERSON);
}

static struct json *answer_of(struct rig *rig, http_handler *handler, const char *parameter, const char *body,
                              int status)
{
    struct error err;
    struct json *answer = NULL;
    struct http_request request = rig_request(rig, body);
    request.authorization = OFFICER;
    request.parameter = parameter;
    const uint64_t before = rig_leaves(rig);
    rig_handle(handler, &request);
    if (request.status != status) {
        fail_msg("%d: %s", request.status, (const char *)request.answer.ptr);
    }
    assert_true(status >= 500 || request.leaves > before); /* durable before it left */
    assert_int_equal(json_parse(slice_text((const char *)request.answer.ptr), &answer, &err), RESULT_OK);
    rig_forget(&request);
    return answer;
}

static void look_at(struct rig *rig, const struct ident *person, size_t count, uint8_t class, const char *user)
{
    struct error err;
    while (count != 0) {
        struct store_batch *batch = store_batch_new(rig->world.door);
        for (size_t i = 0; i < 500 && count != 0; i++, count--) {
            struct record r = {
                .operation = RECORD_READ, .outcome = OUTCOME_DONE, .age = 255, .class = {.class = class}};
            (void)snprintf(r.user, sizeof r.user, "%s", user);
            if (person != NULL) {
                r.subject = *person;
            }
            assert_int_equal(audit_append(rig->api.audit, batch, &r, slice_of(NULL, 0), &err), RESULT_OK);
        }
        assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    }
}

static void draft(struct rig *rig, char id[IDENT_TEXT_SIZE])
{
    struct json *answer = answer_of(rig, letters_add, NULL, DRAFT, 201);
    (void)snprintf(id, IDENT_TEXT_SIZE, "%s", json_cstr(json_member(answer, "id")));
    json_free(answer);
}

static struct json *step(struct rig *rig, const char *id, const char *rest, int status)
{
    char body[512];
    (void)snprintf(body, sizeof body, "{\"id\":\"%s\",%s}", id, rest);
    return answer_of(rig, letters_step, NULL, body, status);
}

static size_t lines_of(struct rig *rig, const char *id)
{
    struct json *answer = answer_of(rig, letters_text, id, NULL, 200);
    const size_t count = json_size(json_member(answer, "regels"));
    json_free(answer);
    return count;
}

static void a_released_letter_says_what_can_no_longer_be_read(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    char id[IDENT_TEXT_SIZE];
    struct record destroyed = {.age = 255};
    const struct ident person = open_all(&rig);
    look_at(&rig, &person, 2, 0, "a.bakker");
    look_at(&rig, &person, 3, 1, "a.bakker");
    draft(&rig, id);
    assert_int_equal(lines_of(&rig, id), 5);
    json_free(step(&rig, id, "\"stap\":\"vrijgeven\"", 200));
    look_at(&rig, &person, 4, 1, "a.bakker"); /* came later: not in it */
    struct json *answer = answer_of(&rig, letters_show, id, NULL, 200);
    assert_true(json_bool(json_member(answer, "ongewijzigd")));
    assert_int_equal(json_size(json_member(answer, "regels")), 5);
    json_free(answer);

    const struct date today = moment_date(clock_now(rig.api.clock));
    const struct seal_class class = {(uint32_t)(today.year * 100 + today.month), 1};
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(audit_append_destroyed(rig.api.audit, batch, &destroyed, class, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    assert_int_equal(seal_class_destroy(rig.api.keyring, &class, 1, &err), RESULT_OK);

    answer = answer_of(&rig, letters_show, id, NULL, 200);
    assert_false(json_bool(json_member(answer, "ongewijzigd")));
    json_free(answer);
    answer = answer_of(&rig, letters_text, id, NULL, 200);
    assert_int_equal(json_size(json_member(answer, "regels")), 2);
    assert_non_null(strstr(json_cstr(json_first(json_member(answer, "onleesbaar"))), "Hier stonden 3 regels"));
    json_free(answer);
    rig_close(&rig);
}

/* More records than one walk goes through, none of them indexed yet. */
static void far_behind_the_index_nothing_is_missed(void **state)
{
    (void)state;
    struct rig rig;
    char id[IDENT_TEXT_SIZE];
    const struct ident person = open_all(&rig);
    look_at(&rig, &person, 1, 0, "a.bakker");
    look_at(&rig, NULL, LOG_WALK_RECORDS + 500, 0, "b.bakker");
    look_at(&rig, &person, 1, 0, "a.bakker");
    draft(&rig, id);
    assert_int_equal(lines_of(&rig, id), 2);
    rig_close(&rig);
}

static void past_the_bounds_it_says_what_to_do(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    struct buf payload;
    static struct letter letter;
    char id[IDENT_TEXT_SIZE];
    char body[400];
    const struct ident person = open_all(&rig);
    draft(&rig, id);
    /* a reason that is too long, and one that says nothing */
    (void)snprintf(body, sizeof body, "\"stap\":\"uitstellen\",\"regel\":1,\"reden\":\"%0*d\"", LETTER_WHY_MAX + 1, 0);
    json_free(step(&rig, id, body, 400));
    json_free(step(&rig, id, "\"stap\":\"uitstellen\",\"regel\":1,\"reden\":\"kort\"", 400));
    json_free(step(&rig, id, "\"stap\":\"verzinnen\"", 400));
    json_free(step(&rig, id, "\"stap\":\"vrijgeven\"", 200));
    /* too many drafts */
    memset(&letter, 0, sizeof letter);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    assert_int_equal(letter_encode(&letter, &payload, &err), RESULT_OK);
    struct store_batch *batch = store_batch_new(rig.world.door);
    for (size_t i = 0; i < LETTERS_OPEN_MAX; i++) {
        const struct store_write item = {
            .id = entropy_ident(&rig.entropy), .payload = buf_slice(&payload), .is_new = true};
        store_put(batch, STORE_LETTER, &item);
        if (i % 250 == 249) {
            assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
            batch = i + 1 < LETTERS_OPEN_MAX ? store_batch_new(rig.world.door) : NULL;
        }
    }
    buf_free(&payload);
    json_free(answer_of(&rig, letters_add, NULL, DRAFT, 409));
    struct json *list = answer_of(&rig, letters_list, NULL, NULL, 200);
    assert_int_equal(json_size(json_member(list, "overzichten")), LETTERS_OPEN_MAX);
    json_free(list);
    (void)person;
    rig_close(&rig);
}

static void too_many_lines_is_told_before_anything_is_kept(void **state)
{
    (void)state;
    struct rig rig;
    const struct ident person = open_all(&rig);
    look_at(&rig, &person, LETTER_LINES_MAX + 1, 0, "a.bakker");
    struct json *answer = answer_of(&rig, letters_add, NULL, DRAFT, 400);
    assert_non_null(
        strstr(json_cstr(json_member(json_first(json_member(answer, "fouten")), "melding")), "een per jaar"));
    json_free(answer);
    answer = answer_of(&rig, letters_list, NULL, NULL, 200);
    assert_int_equal(json_size(json_member(answer, "overzichten")), 0);
    json_free(answer);
    rig_close(&rig);
}

static void sets_past_the_bound_are_said_to_be_there(void **state)
{
    (void)state;
    struct rig rig;
    struct buf payload;
    char id[IDENT_TEXT_SIZE];
    const struct ident person = open_all(&rig);
    struct past_place place = {.epoch = 700, .began_ms = 1767225600000, .ended_ms = 1767225700000};
    assert_true(oin_parse(slice_text(AREA_TEAM), &place.requester));
    (void)snprintf(place.purpose, sizeof place.purpose, "hulpafstemming");
    for (unsigned more = 0; more < 2; more++) {
        buf_init(&payload, STORE_PAYLOAD_MAX);
        struct store_batch *batch = store_batch_new(rig.world.door);
        for (size_t i = 0; i < (more == 0 ? LETTER_SETS_MAX : 1); i++, place.since++) {
            buf_clear(&payload);
            past_place_encode(&place, &payload);
            const struct store_write item = {
                .id = past_place_id(&person, &place), .parent = person, .payload = buf_slice(&payload)};
            store_put(batch, STORE_PAST_PLACE, &item);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
        buf_free(&payload);
        draft(&rig, id);
        struct json *answer = answer_of(&rig, letters_text, id, NULL, 200);
        assert_int_equal(json_size(json_member(answer, "opzoeklijsten")), LETTER_SETS_MAX);
        assert_int_equal(json_member(answer, "meerOpzoeklijsten") != NULL, more == 1);
        json_free(answer);
    }
    rig_close(&rig);
}

/* As many sets as fit of a shelter, and one more: the letter has no set, and no word of more. */
static void sets_that_are_deferred_do_not_count(void **state)
{
    (void)state;
    struct rig rig;
    struct buf payload;
    char id[IDENT_TEXT_SIZE];
    const struct ident person = open_all(&rig);
    struct past_place place = {.epoch = 700, .began_ms = 1767225600000, .ended_ms = 1767225700000};
    assert_true(oin_parse(slice_text(SHELTER), &place.requester));
    (void)snprintf(place.purpose, sizeof place.purpose, "hulpafstemming");
    buf_init(&payload, STORE_PAYLOAD_MAX);
    struct store_batch *batch = store_batch_new(rig.world.door);
    for (; place.since <= LETTER_SETS_MAX; place.since++) {
        buf_clear(&payload);
        past_place_encode(&place, &payload);
        const struct store_write item = {
            .id = past_place_id(&person, &place), .parent = person, .payload = buf_slice(&payload)};
        store_put(batch, STORE_PAST_PLACE, &item);
    }
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    buf_free(&payload);
    draft(&rig, id);
    struct json *answer = answer_of(&rig, letters_text, id, NULL, 200);
    assert_int_equal(json_size(json_member(answer, "opzoeklijsten")), 0);
    assert_null(json_member(answer, "meerOpzoeklijsten"));
    json_free(answer);
    rig_close(&rig);
}

static void what_cannot_be_recorded_is_not_told(void **state)
{
    (void)state;
    struct rig rig;
    char id[IDENT_TEXT_SIZE];
    (void)open_all(&rig);
    draft(&rig, id);
    rig_disk_full(&rig, true);
    json_free(answer_of(&rig, letters_add, NULL, DRAFT, 503));
    json_free(answer_of(&rig, letters_text, id, NULL, 503));
    json_free(step(&rig, id, "\"stap\":\"vrijgeven\"", 503));
    rig_disk_full(&rig, false);
    struct json *answer = answer_of(&rig, letters_show, id, NULL, 200);
    assert_string_equal(json_cstr(json_member(answer, "toestand")), "concept");
    json_free(answer);
    rig_close(&rig);
}

/* No letter of which nobody could tell later when it was. */
static void with_a_wrong_clock_there_is_no_draft_and_no_release(void **state)
{
    (void)state;
    struct rig rig;
    char id[IDENT_TEXT_SIZE];
    (void)open_all(&rig);
    draft(&rig, id);
    rig.api.highest_ms = rig.moved_ms;
    rig.moved_ms -= CLOCK_BACK_MAX_MS + 1;
    json_free(answer_of(&rig, letters_add, NULL, DRAFT, 503));
    json_free(step(&rig, id, "\"stap\":\"vrijgeven\"", 503));
    rig_close(&rig);
}

static void another_letter_is_not_there(void **state)
{
    (void)state;
    struct rig rig;
    (void)open_all(&rig);
    json_free(answer_of(&rig, letters_show, "000102030405060708090a0b0c0d0e0f", NULL, 404));
    json_free(answer_of(&rig, letters_text, "geen kenmerk", NULL, 400));
    json_free(answer_of(&rig, letters_add, NULL, "{\"bsn\":\"999000008\",\"identiteit\":\"paspoort gezien\"}", 400));
    json_free(answer_of(&rig, letters_add, NULL,
                        "{\"bsn\":\"" PERSON
                        "\",\"identiteit\":\"paspoort gezien\",\"van\":\"2030-01-02\",\"tot\":\"2030-01-01\"}",
                        400));
    json_free(answer_of(&rig, letters_add, NULL,
                        "{\"bsn\":\"" PERSON "\",\"identiteit\":\"paspoort gezien\",\"tot\":\"2031-01-01\"}", 400));
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_released_letter_says_what_can_no_longer_be_read),
        cmocka_unit_test(far_behind_the_index_nothing_is_missed),
        cmocka_unit_test(past_the_bounds_it_says_what_to_do),
        cmocka_unit_test(too_many_lines_is_told_before_anything_is_kept),
        cmocka_unit_test(sets_past_the_bound_are_said_to_be_there),
        cmocka_unit_test(sets_that_are_deferred_do_not_count),
        cmocka_unit_test(what_cannot_be_recorded_is_not_told),
        cmocka_unit_test(with_a_wrong_clock_there_is_no_draft_and_no_release),
        cmocka_unit_test(another_letter_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
