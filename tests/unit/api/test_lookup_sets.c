/* Lookup sets as a partner gets them: whole by pages, by steps, and what is refused. */
#include "unit/api/sharing_fake.h"

#include "api/lookup_sets.h"

enum { CLASS = 8192, VERSION = 40 };

/* A published set of two pages. */
static void publish(struct sharing *sharing, uint64_t *entries)
{
    for (size_t i = 0; i < CLASS; i++) {
        entries[i] = i + 1;
    }
    sharing->set = (struct sharing_set){
        .header = {.newest = FAKE_EPOCH, .class = CLASS, .version = VERSION, .root = {{1}}, .key = {{2}}},
        .entries = entries,
        .people = 5};
    sharing->step_from = VERSION - 3;
    sharing->step[0] = (struct set_swap){1, 9000};
    sharing->step_swaps = 1;
}

static struct http_request get(struct rig *rig, const char *oin, const char *purpose, const char *query)
{
    static struct cert_identity who;
    struct http_request request = rig_request(rig, NULL);
    who = (struct cert_identity){.organisation = "Proef"};
    assert_true(oin_parse(slice_text(oin), &who.oin));
    request.peer = &who;
    request.parameter = purpose;
    request.query = query;
    rig_handle(lookup_sets_show, &request);
    return request;
}

static struct set_header header_of(const struct http_request *r, struct slice *payload)
{
    struct set_header header;
    struct error err;
    assert_int_equal(r->status, 200);
    if (set_read(slice_of(r->answer.ptr, r->answer.len - 1), &header, payload, &err) != RESULT_OK) {
        fail_msg("%s: %s", err.where, err.what);
    }
    assert_int_equal(header.version, VERSION);
    return header;
}

static void a_set_is_given_by_pages_and_by_steps(void **state)
{
    (void)state;
    static uint64_t entries[CLASS];
    static const struct {
        const char *query;
        enum set_part part;
        uint32_t place;
    } cases[] = {
        {"", SET_PAGE, 0},
        {"periode=700", SET_PAGE, 0},
        {"periode=700&vanaf=37", SET_STEP, 0},
        {"periode=700&vanaf=36", SET_PAGE, 0}, /* no step from there is kept */
        {"periode=700&vanaf=99", SET_PAGE, 0},
        {"periode=700&versie=40&plaats=0", SET_PAGE, 0},
        {"periode=700&versie=40&plaats=6144", SET_PAGE, 6144},
    };
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    publish(&sharing, entries);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct slice payload;
        const uint64_t before = rig_leaves(&rig);
        struct http_request r = get(&rig, AREA_TEAM, "hulpafstemming", cases[i].query);
        const struct set_header header = header_of(&r, &payload);
        assert_int_equal(header.part, cases[i].part);
        assert_int_equal(header.epoch, FAKE_EPOCH);
        assert_int_equal(header.class, CLASS);
        assert_string_equal(r.header, "etag: \"700-40\"");
        if (header.part == SET_PAGE) {
            assert_int_equal(header.place, cases[i].place);
            const size_t count = cases[i].place == 0 ? SET_PAGE_ENTRIES : CLASS - SET_PAGE_ENTRIES;
            assert_int_equal(payload.len, count * SET_ENTRY_BYTES);
        } else {
            assert_int_equal(header.from, VERSION - 3);
            assert_int_equal(header.swaps, 1);
            assert_int_equal(payload.len, 2 * SET_ENTRY_BYTES * SET_STEP_SWAPS);
        }
        assert_int_equal(rig_leaves(&rig), before); /* recorded when it was published */
        rig_forget(&r);
    }
    rig_close(&rig);
}

static void the_newest_epoch_that_serves_is_given_unasked(void **state)
{
    (void)state;
    static uint64_t entries[CLASS];
    struct rig rig;
    struct sharing sharing;
    struct slice payload;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    publish(&sharing, entries);
    sharing.after = true;
    struct http_request r = get(&rig, AREA_TEAM, "hulpafstemming", "");
    assert_int_equal(header_of(&r, &payload).epoch, FAKE_EPOCH + 1);
    rig_forget(&r);
    rig_close(&rig);
}

/* A newer one serves, but not yet for this partner: it begins where it has something. */
static void unasked_it_is_the_newest_epoch_with_a_set_for_this_partner(void **state)
{
    (void)state;
    static uint64_t entries[CLASS];
    struct rig rig;
    struct sharing sharing;
    struct slice payload;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    publish(&sharing, entries);
    sharing.after = true;
    sharing.with_set = FAKE_EPOCH;
    struct http_request r = get(&rig, AREA_TEAM, "hulpafstemming", "");
    assert_int_equal(header_of(&r, &payload).epoch, FAKE_EPOCH);
    rig_forget(&r);
    rig_close(&rig);
}

static void what_may_not_be_had_is_refused_and_recorded(void **state)
{
    (void)state;
    static uint64_t entries[CLASS];
    static const struct {
        const char *oin, *purpose, *query;
        int status;
    } cases[] = {
        {STRANGER, "hulpafstemming", "", 403},
        {AREA_TEAM, "toezicht", "", 403}, /* no rule feeds a set for it */
        {AREA_TEAM, "fraude", "", 403},   /* nor does the covenant know it */
        {AREA_TEAM, "", "", 403},
        {AREA_TEAM, "hulpafstemming", "periode=699", 422},
        {AREA_TEAM, "hulpafstemming", "periode=701", 422},
        {AREA_TEAM, "hulpafstemming", "periode=x", 400},
        {AREA_TEAM, "hulpafstemming", "periode=4294967996", 400}, /* past 32 bits, by them 700 */
        {AREA_TEAM, "hulpafstemming", "periode=700&vanaf=-1", 400},
        {AREA_TEAM, "hulpafstemming", "periode=700&versie=40", 400},
        {AREA_TEAM, "hulpafstemming", "periode=700&plaats=0", 400},
        {AREA_TEAM, "hulpafstemming", "periode=700&vanaf=37&versie=40&plaats=0", 400},
        {AREA_TEAM, "hulpafstemming", "periode=700&versie=39&plaats=0", 409},
        {AREA_TEAM, "hulpafstemming", "periode=700&versie=40&plaats=1", 400},
        {AREA_TEAM, "hulpafstemming", "periode=700&versie=40&plaats=12288", 400},
        {AREA_TEAM, "hulpafstemming", "periode=700&versie=40&plaats=4294967296", 400},
    };
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    publish(&sharing, entries);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const uint64_t before = rig_leaves(&rig);
        struct http_request r = get(&rig, cases[i].oin, cases[i].purpose, cases[i].query);
        if (r.status != cases[i].status) {
            fail_msg("geval %zu: %d %s", i, r.status, (const char *)r.answer.ptr);
        }
        assert_true(r.leaves > before);
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
        rig_forget(&r);
    }
    rig_close(&rig);
}

static void what_is_not_published_yet_is_to_be_asked_again(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing sharing;
    rig_open(&rig, DEBT_HELP);
    fake_sharing_use(&rig, &sharing);
    struct http_request r = get(&rig, AREA_TEAM, "hulpafstemming", "");
    assert_int_equal(r.status, 404);
    rig_forget(&r);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_set_is_given_by_pages_and_by_steps),
        cmocka_unit_test(the_newest_epoch_that_serves_is_given_unasked),
        cmocka_unit_test(unasked_it_is_the_newest_epoch_with_a_set_for_this_partner),
        cmocka_unit_test(what_may_not_be_had_is_refused_and_recorded),
        cmocka_unit_test(what_is_not_published_yet_is_to_be_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
