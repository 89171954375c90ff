/* In whose lookup sets a person stands and stood: all of it, with a proof that holds, recorded before the answer leaves. */
#include "unit/api/sharing_fake.h"

#include "api/matching_desk.h"
#include "api/past_place.h"

#define OFFICER "Bearer kb-privacy"
#define ADMIN   "Bearer kb-beheer"
#define PERSON  "999000007"
#define UNKNOWN "999000068"
#define BODY    "{\"bsn\":\"" PERSON "\"}"

static const uint32_t PERSON_NUMBER = 7;

static void open_all(struct rig *rig, struct sharing *sharing)
{
    rig_open(rig, DEBT_HELP);
    rig_user(rig, "privacy", 1U << ROLE_PRIVACY_OFFICER, false, OFFICER);
    rig_user(rig, "beheer", 1U << ROLE_ADMINISTRATOR, false, ADMIN);
    struct store_batch *batch = store_batch_new(rig->world.door);
    const struct store_write write = {
        .id = world_ident(PERSON_NUMBER), .keys = {slice_text(PERSON)}, .payload = slice_text("x")};
    store_put(batch, STORE_SUBJECT, &write);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    fake_sharing_use(rig, sharing);
}

static struct json *answer_of(struct rig *rig, const char *token, const char *body, int status)
{
    struct error err;
    struct json *answer = NULL;
    struct http_request request = rig_request(rig, body);
    request.authorization = token;
    const uint64_t before = rig_leaves(rig);
    rig_handle(matching_open, &request);
    assert_int_equal(request.status, status);
    assert_true(request.leaves > before); /* durable before it left */
    assert_int_equal(json_parse(slice_text((const char *)request.answer.ptr), &answer, &err), RESULT_OK);
    rig_forget(&request);
    return answer;
}

static void put_past(struct rig *rig, const char *requester, uint64_t since, size_t count)
{
    struct buf payload;
    buf_init(&payload, 4096);
    struct past_place place = {.epoch = 700,
                               .fingerprint = 0xAB,
                               .since = since,
                               .until = since + 5,
                               .began_ms = 1767225600000,
                               .ended_ms = 1767225700000};
    const struct ident subject = world_ident(PERSON_NUMBER);
    assert_true(oin_parse(slice_text(requester), &place.requester));
    (void)snprintf(place.purpose, sizeof place.purpose, "hulpafstemming");
    struct store_batch *batch = store_batch_new(rig->world.door);
    for (size_t i = 0; i < count; i++, place.since++) {
        buf_clear(&payload);
        past_place_encode(&place, &payload);
        const struct store_write item = {
            .id = past_place_id(&subject, &place), .parent = subject, .payload = buf_slice(&payload)};
        store_put(batch, STORE_PAST_PLACE, &item);
    }
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    buf_free(&payload);
}

/* A set with this fingerprint among others, and the place that sharing would tell of. */
static void show_place(struct sharing *sharing, const struct oin *requester, struct set_tree *tree)
{
    struct error err;
    enum { AT = 20 };
    assert_int_equal(set_tree_new(SET_CLASS_MIN, false, tree, &err), RESULT_OK);
    for (uint64_t i = 0; i < SET_CLASS_MIN; i++) {
        tree->entries[i] = (i + 1) << 57U;
    }
    set_tree_hash(tree);
    sharing->shown = (struct sharing_place){.requester = requester,
                                            .purpose = "hulpafstemming",
                                            .epoch = FAKE_EPOCH,
                                            .began_ms = 1767225600000,
                                            .fingerprint = tree->entries[AT],
                                            .version = 12,
                                            .root = *set_tree_root(tree),
                                            .proven = true,
                                            .record = 3,
                                            .leaf = 1,
                                            .leaves = 2,
                                            .path = {.count = 1, .hashes = {{{9}}}}};
    assert_true(set_tree_open(tree, tree->entries[AT], &sharing->shown.opening));
    sharing->shown_subject = world_ident(PERSON_NUMBER);
    sharing->shown_count = 1;
}

static int64_t number(const struct json *object, const char *name)
{
    assert_non_null(json_member(object, name));
    return json_int(json_member(object, name));
}

static void read_hash(const struct json *text, struct sha256 *out)
{
    assert_true(hex_decode(json_text(text), out->bytes, SHA256_SIZE));
}

static void read_path(const struct json *path, struct merkle_proof *out)
{
    out->count = 0;
    for (const struct json *hash = json_first(path); hash != NULL; hash = json_next(hash)) {
        assert_true(out->count < MERKLE_PROOF_MAX);
        read_hash(hash, &out->hashes[out->count++]);
    }
}

/* What the answer says is enough to reckon the set's root, and no other fingerprint has that proof. */
static void assert_opens(const struct json *place)
{
    struct set_opening opening;
    struct sha256 root;
    const struct json *proof = json_member(place, "bewijs");
    const struct json *bucket = json_member(proof, "vak");
    const uint64_t fingerprint = strtoull(json_cstr(json_member(place, "vingerafdruk")), NULL, 16);
    opening.class = (uint32_t)number(place, "omvang");
    opening.place = (uint32_t)number(bucket, "plaats");
    opening.count = (uint32_t)number(bucket, "aantal");
    read_hash(json_member(bucket, "wortel"), &opening.bucket);
    read_path(json_member(bucket, "pad"), &opening.in_bucket);
    read_path(json_member(json_member(proof, "vakken"), "pad"), &opening.over_buckets);
    read_hash(json_member(place, "wortel"), &root);
    assert_true(set_opening_holds(&opening, fingerprint, &root));
    assert_false(set_opening_holds(&opening, fingerprint + 1, &root));
    root.bytes[0] ^= 1;
    assert_false(set_opening_holds(&opening, fingerprint, &root));
}

static void a_place_comes_with_a_proof_that_holds(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    struct set_tree tree;
    struct oin requester;
    open_all(&rig, &sharing);
    assert_true(oin_parse(slice_text(AREA_TEAM), &requester));
    show_place(&sharing, &requester, &tree);
    put_past(&rig, SCHOOL, 4, 1);
    struct json *answer = answer_of(&rig, OFFICER, BODY, 200);
    const struct json *place = json_first(json_member(answer, "staatIn"));
    assert_int_equal(json_size(json_member(answer, "staatIn")), 1);
    assert_string_equal(json_cstr(json_member(place, "ketenpartner")), AREA_TEAM);
    assert_string_equal(json_cstr(json_member(place, "doel")), "hulpafstemming");
    assert_int_equal(number(place, "versie"), 12);
    assert_int_equal(number(json_member(place, "bewijs"), "regel"), 3);
    assert_opens(place);
    const struct json *past = json_first(json_member(answer, "stondIn"));
    assert_int_equal(json_size(json_member(answer, "stondIn")), 1);
    assert_string_equal(json_cstr(json_member(past, "ketenpartner")), SCHOOL);
    assert_int_equal(number(past, "vanVersie"), 4);
    assert_int_equal(number(past, "totVersie"), 9);
    assert_true(json_bool(json_member(answer, "volledig")));
    json_free(answer);
    const struct record record = rig_last(&rig);
    const struct ident person = world_ident(PERSON_NUMBER);
    assert_int_equal(record.operation, RECORD_SET_OPENED);
    assert_int_equal(record.outcome, OUTCOME_RELEASED);
    assert_int_equal(record.entries, 2);
    assert_true(ident_equal(&record.subject, &person));
    assert_string_equal(record.user, "privacy");
    /* Between a start and the next tick the tree of the last one is not known. */
    sharing.shown.proven = false;
    answer = answer_of(&rig, OFFICER, BODY, 200);
    assert_null(json_member(json_first(json_member(answer, "staatIn")), "bewijs"));
    json_free(answer);
    set_tree_free(&tree);
    rig_close(&rig);
}

static void past_the_bounds_it_says_that_there_is_more(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    struct set_tree tree;
    struct oin requester;
    open_all(&rig, &sharing);
    assert_true(oin_parse(slice_text(AREA_TEAM), &requester));
    show_place(&sharing, &requester, &tree);
    sharing.shown_count = MATCH_OPEN_MAX;
    put_past(&rig, SCHOOL, 1, MATCH_OPEN_MAX);
    struct json *answer = answer_of(&rig, OFFICER, BODY, 200);
    assert_int_equal(json_size(json_member(answer, "staatIn")), MATCH_OPEN_MAX);
    assert_int_equal(json_size(json_member(answer, "stondIn")), MATCH_OPEN_MAX);
    assert_true(json_bool(json_member(answer, "volledig")));
    json_free(answer);
    put_past(&rig, SCHOOL, 1 + MATCH_OPEN_MAX, 1);
    answer = answer_of(&rig, OFFICER, BODY, 200);
    assert_int_equal(json_size(json_member(answer, "stondIn")), MATCH_OPEN_MAX);
    assert_false(json_bool(json_member(answer, "volledig")));
    json_free(answer);
    sharing.shown_count = MATCH_OPEN_MAX + 1;
    answer = answer_of(&rig, OFFICER, BODY, 200);
    assert_int_equal(json_size(json_member(answer, "staatIn")), MATCH_OPEN_MAX);
    assert_false(json_bool(json_member(answer, "volledig")));
    json_free(answer);
    set_tree_free(&tree);
    rig_close(&rig);
}

static void who_is_not_here_is_recorded_too(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    open_all(&rig, &sharing);
    json_free(answer_of(&rig, OFFICER, "{\"bsn\":\"" UNKNOWN "\"}", 404));
    const struct record record = rig_last(&rig);
    assert_int_equal(record.operation, RECORD_SET_OPENED);
    assert_int_equal(record.outcome, OUTCOME_UNKNOWN);
    assert_memory_equal(bsn_digits(&record.bsn).ptr, UNKNOWN, BSN_DIGITS);
    rig_close(&rig);
}

static void what_is_wrong_or_not_allowed_is_refused(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    open_all(&rig, &sharing);
    json_free(answer_of(&rig, OFFICER, "{}", 400));
    json_free(answer_of(&rig, OFFICER, "{\"bsn\":\"123456789\"}", 400));
    json_free(answer_of(&rig, OFFICER, "{\"bsn\":\"" PERSON "\",\"meer\":1}", 400));
    json_free(answer_of(&rig, ADMIN, BODY, 403));
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    rig_close(&rig);
}

static void without_a_log_nothing_leaves(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    open_all(&rig, &sharing);
    put_past(&rig, SCHOOL, 4, 1);
    struct http_request request = rig_request(&rig, BODY);
    request.authorization = OFFICER;
    rig_disk_full(&rig, true);
    rig_handle(matching_open, &request);
    assert_int_equal(request.status, 503);
    assert_false(rig_says(&request, SCHOOL));
    rig_forget(&request);
    rig_disk_full(&rig, false);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_place_comes_with_a_proof_that_holds),
        cmocka_unit_test(past_the_bounds_it_says_that_there_is_more),
        cmocka_unit_test(who_is_not_here_is_recorded_too),
        cmocka_unit_test(what_is_wrong_or_not_allowed_is_refused),
        cmocka_unit_test(without_a_log_nothing_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
