/* Who works here: added and removed with a record, shown by name alone, and read by the watch. */
#include "unit/api/api_rig.h"

#include "api/staff.h"

#define OFFICER "Bearer kb-officer"
#define DPO     "Bearer kb-fg"
#define ADA     "999000007"
#define ROW     "{\"gebruiker\":\"g.jansen\",\"bsn\":\"" ADA "\"}"

static void open_desk(struct rig *rig)
{
    rig_open_with(rig, AREA_TEAM, false);
    rig_user(rig, "privacy", 1U << ROLE_PRIVACY_OFFICER, false, OFFICER);
    rig_user(rig, "fg", 1U << ROLE_DPO, false, DPO);
}

static struct http_request call_as(struct rig *rig, http_handler *handler, const char *body, const char *query)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = OFFICER;
    request.query = query;
    rig_handle(handler, &request);
    assert_int_equal(request.answers, 1);
    return request;
}

static int status_of(struct rig *rig, http_handler *handler, const char *body)
{
    struct http_request r = call_as(rig, handler, body, NULL);
    rig_forget(&r);
    return r.status;
}

struct loaded {
    size_t count;
    struct staff_member last;
};

static void take_staff(void *ctx, const struct staff_member *all, size_t count, const struct error *err)
{
    struct loaded *loaded = ctx;
    assert_null(err);
    loaded->count = count;
    if (count != 0) {
        loaded->last = all[count - 1];
    }
}

static struct loaded load(struct rig *rig)
{
    struct loaded loaded = {.count = 99999};
    staff_load(&rig->api, take_staff, &loaded);
    rig_run(rig);
    return loaded;
}

static void a_row_comes_and_goes_with_a_record(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(load(&rig).count, 0);
    uint64_t changes = rig.api.staff_changes;
    assert_int_equal(status_of(&rig, staff_add, ROW), 201);
    assert_true(rig.api.staff_changes != changes);
    const struct record record = rig_last(&rig);
    assert_int_equal(record.operation, RECORD_STAFF);
    assert_memory_equal(bsn_digits(&record.bsn).ptr, ADA, BSN_DIGITS); /* it is about him */
    assert_int_equal(status_of(&rig, staff_add, ROW), 409);
    const struct loaded loaded = load(&rig);
    assert_int_equal(loaded.count, 1);
    assert_string_equal(loaded.last.user, "g.jansen");
    assert_memory_equal(bsn_digits(&loaded.last.bsn).ptr, ADA, BSN_DIGITS);
    struct http_request r = call_as(&rig, staff_list, NULL, "");
    assert_int_equal(r.status, 200);
    assert_true(rig_says(&r, "\"personeel\":[\"g.jansen\"]") && !rig_says(&r, ADA));
    assert_int_equal(rig_last(&rig).operation, RECORD_LOG_READ);
    rig_forget(&r);
    changes = rig.api.staff_changes;
    assert_int_equal(status_of(&rig, staff_remove, "{\"gebruiker\":\"g.jansen\"}"), 200);
    assert_true(rig.api.staff_changes != changes);
    assert_int_equal(rig_last(&rig).operation, RECORD_STAFF);
    assert_int_equal(status_of(&rig, staff_remove, "{\"gebruiker\":\"g.jansen\"}"), 404);
    assert_int_equal(load(&rig).count, 0);
    rig_disk_full(&rig, true);
    assert_int_equal(status_of(&rig, staff_add, ROW), 503);
    rig_disk_full(&rig, false);
    assert_int_equal(load(&rig).count, 0);
    rig_close(&rig);
}

static void bad_input_is_refused_and_recorded(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    static const char *const bad[] = {
        "{\"gebruiker\":\"g jansen\",\"bsn\":\"" ADA "\"}",
        "{\"gebruiker\":\"knooppunt\",\"bsn\":\"" ADA "\"}",
        "{\"gebruiker\":\"g.jansen\",\"bsn\":\"123456789\"}",
        "{\"gebruiker\":\"g.jansen\"}",
        "{\"bsn\":\"" ADA "\"}",
    };
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(status_of(&rig, staff_add, bad[i]), 400);
        assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    }
    static const char *const queries[] = {"aantal=0", "aantal=501", "na=x", "na=00000000000000000000000000000000"};
    for (size_t i = 0; i < COUNT_OF(queries); i++) {
        struct http_request r = call_as(&rig, staff_list, NULL, queries[i]);
        assert_int_equal(r.status, 400);
        rig_forget(&r);
    }
    rig_close(&rig);
}

/* Full to the last place; all of it in pages, and to the watch at once. */
static void the_list_has_a_bound(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    for (int i = 0; i < STAFF_MAX - 1;) {
        struct store_batch *batch = store_batch_new(rig.world.door);
        for (int n = 0; n < 500 && i < STAFF_MAX - 1; n++, i++) {
            char name[32];
            char payload[64];
            (void)snprintf(name, sizeof name, "m.%d", i);
            (void)snprintf(payload, sizeof payload, "\x01" ADA "%s", name);
            const struct store_write item = {.id = entropy_ident(&rig.entropy),
                                             .keys = {slice_text(name)},
                                             .payload = slice_text(payload),
                                             .is_new = true};
            store_put(batch, STORE_STAFF, &item);
        }
        assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    }
    assert_int_equal(status_of(&rig, staff_add, ROW), 201);
    assert_int_equal(status_of(&rig, staff_add, "{\"gebruiker\":\"een.meer\",\"bsn\":\"" ADA "\"}"), 409);
    const struct loaded loaded = load(&rig);
    assert_int_equal(loaded.count, STAFF_MAX);
    assert_string_equal(loaded.last.user, "g.jansen");
    struct http_request r = call_as(&rig, staff_list, NULL, "");
    assert_true(rig_says(&r, "\"m.0\"") && rig_says(&r, "\"volgende\":\""));
    rig_forget(&r);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_comes_and_goes_with_a_record),
        cmocka_unit_test(bad_input_is_refused_and_recorded),
        cmocka_unit_test(the_list_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
