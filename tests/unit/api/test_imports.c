/* Imports: the same twice changes nothing, bad rows do not take good ones along, a full export ends what it lacks. */
#include "unit/api/api_rig.h"

#include "api/imports.h"
#include "api/people.h"

#define TOKEN   "Bearer kb-desk"
#define BSN_ONE "999990007"
#define BSN_TWO "999990019"
#define RUN_A   "000102030405060708090a0b0c0d0e0f"
#define RUN_B   "100102030405060708090a0b0c0d0e0f"

static void open_desk(struct rig *rig)
{
    rig_open(rig, DEBT_HELP);
    rig_user(rig, "c.visser", (1U << ROLE_COUNT) - 1, false, TOKEN);
}

static int64_t set_now(void *ctx)
{
    return *(int64_t *)ctx;
}

/* Gives the status; what the answer says of `name` goes to *number. */
static int post(struct rig *rig, http_handler *handler, const char *body, const char *name, int64_t *number)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = TOKEN;
    rig_handle(handler, &request);
    assert_int_equal(request.answers, 1);
    if (name != NULL) {
        struct json *answer = NULL;
        struct error err;
        assert_int_equal(json_parse(slice_text((const char *)request.answer.ptr), &answer, &err), RESULT_OK);
        const struct json *member = json_member(answer, name);
        *number = json_kind(member) == JSON_ARRAY ? (int64_t)json_size(member) : json_int(member);
        json_free(answer);
    }
    rig_forget(&request);
    return request.status;
}

struct rows {
    size_t count;
    unsigned first; /* number of the first row's key */
    bool same;      /* all about one person */
    const char *run;
    const char *tail; /* after the involvement, such as a household */
    const char *service;
    bool trial;
};

static void write_rows(struct buf *out, const struct rows *rows)
{
    buf_text(out, "{\"bron\":\"proef\",");
    if (rows->run != NULL) {
        buf_format(out, "\"inleesrun\":\"%s\",", rows->run);
    }
    buf_format(out, "\"proef\":%s,\"regels\":[", rows->trial ? "true" : "false");
    for (size_t i = 0; i < rows->count; i++) {
        const unsigned key = rows->first + (unsigned)i;
        buf_format(out,
                   "%s{\"regel\":%zu,\"betrokkene\":{\"achternaam\":\"Proef\",\"bronsleutel\":\"p-%u\"},"
                   "\"betrokkenheid\":{\"leefgebied\":\"financien\",\"dienst\":\"%s\",\"sinds\":\"2025-02-01\","
                   "\"contactpersoon\":{\"naam\":\"Jo de Boer\",\"telefoon\":\"088-5550101\"},"
                   "\"bronsleutel\":\"k-%u\"}%s}",
                   i != 0 ? "," : "", i + 2, rows->same ? 0U : key,
                   rows->service != NULL ? rows->service : "budgetbeheer", key, rows->tail != NULL ? rows->tail : "");
    }
    buf_text(out, "]}");
    buf_byte(out, '\0');
}

static int import(struct rig *rig, struct rows rows, const char *name, int64_t *number)
{
    struct buf body;
    buf_init(&body, 2 * HTTP_BODY_IMPORT);
    write_rows(&body, &rows);
    assert_true(buf_ok(&body));
    const int status = post(rig, imports_add, (const char *)body.ptr, name, number);
    buf_free(&body);
    return status;
}

static int64_t counted(struct rig *rig, struct rows rows, const char *name)
{
    int64_t number = -1;
    assert_int_equal(import(rig, rows, name, &number), 200);
    return number;
}

static int close_run(struct rig *rig, const char *run, const char *more, const char *name, int64_t *number)
{
    char body[160];
    (void)snprintf(body, sizeof body, "{\"bron\":\"proef\",\"inleesrun\":\"%s\"%s}", run, more);
    return post(rig, imports_close, body, name, number);
}

static void take_size(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    (void)items;
    (void)more;
    assert_null(err);
    *(size_t *)ctx = count;
}

static size_t held(struct rig *rig, enum store_kind kind)
{
    size_t count = SIZE_MAX;
    store_list(rig->world.door, kind, NULL, STORE_LIST_MAX, take_size, &count);
    return count;
}

static void take_children(void *ctx, const struct store_found *found, const struct error *err)
{
    assert_null(err);
    *(size_t *)ctx = found->item != NULL ? found->child_count : SIZE_MAX;
}

static void take_members(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct household household;
    struct error fault;
    (void)more;
    assert_null(err);
    assert_int_equal(count, 1);
    assert_int_equal(household_decode(items[0].payload, &household, &fault), RESULT_OK);
    *(size_t *)ctx = household.member_count;
}

static void a_batch_of_the_largest_size_is_one_commit_and_one_row_more_is_refused(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(counted(&rig, (struct rows){.count = IMPORT_BATCH_MAX}, "nieuw"), IMPORT_BATCH_MAX);
    assert_int_equal(rig_leaves(&rig), IMPORT_BATCH_MAX + 1);
    assert_int_equal(import(&rig, (struct rows){.count = IMPORT_BATCH_MAX + 1, .first = 1000}, NULL, NULL), 400);
    assert_int_equal(rig_leaves(&rig), IMPORT_BATCH_MAX + 2);
    rig_close(&rig);
}

static void the_same_twice_writes_one_record_and_nothing_else(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    const struct rows rows = {
        .count = 20, .tail = ",\"huishouden\":{\"bronsleutel\":\"h\",\"bron\":\"BRP\",\"datum\":\"2025-01-01\"}"};
    assert_int_equal(counted(&rig, rows, "nieuw"), 20);
    const uint64_t leaves = rig_leaves(&rig);
    assert_int_equal(counted(&rig, rows, "ongewijzigd"), 20);
    assert_int_equal(rig_leaves(&rig), leaves + 1);
    assert_int_equal(rig_last(&rig).operation, RECORD_IMPORTED);
    assert_int_equal(rig_last(&rig).entries, 20);
    assert_int_equal(held(&rig, STORE_INVOLVEMENT), 20);
    assert_int_equal(held(&rig, STORE_HOUSEHOLD), 1);
    rig_close(&rig);
}

static void what_changed_is_changed_and_only_that(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(counted(&rig, (struct rows){.count = 3}, "nieuw"), 3);
    const uint64_t leaves = rig_leaves(&rig);
    assert_int_equal(counted(&rig, (struct rows){.count = 1, .first = 1, .service = "schuldregeling"}, "gewijzigd"), 1);
    assert_int_equal(rig_leaves(&rig), leaves + 1); /* one person, one record */
    assert_int_equal(counted(&rig, (struct rows){.count = 3, .service = "budgetbeheer"}, "gewijzigd"), 1);
    assert_int_equal(held(&rig, STORE_SUBJECT), 3);
    rig_close(&rig);
}

static void a_trial_counts_and_writes_one_record(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(counted(&rig, (struct rows){.count = 7, .trial = true}, "nieuw"), 7);
    assert_int_equal(held(&rig, STORE_SUBJECT), 0);
    assert_int_equal(rig_leaves(&rig), 2); /* the commitment to the class key, and that it was tried */
    assert_int_equal(rig_last(&rig).operation, RECORD_READ);
    assert_int_equal(rig_last(&rig).entries, 7);
    rig_close(&rig);
}

static void the_last_row_with_a_key_counts(void **state)
{
    (void)state;
    static const char body[] =
        "{\"bron\":\"proef\",\"regels\":["
        "{\"regel\":2,\"betrokkene\":{\"achternaam\":\"A\",\"bronsleutel\":\"p\"},\"betrokkenheid\":{\"leefgebied\":"
        "\"financien\",\"dienst\":\"een\",\"sinds\":\"2025-02-01\",\"contactpersoon\":{\"naam\":\"J\",\"telefoon\":"
        "\"112\"},\"bronsleutel\":\"k\"}},"
        "{\"regel\":3,\"betrokkene\":{\"achternaam\":\"A\",\"bronsleutel\":\"p\"},\"betrokkenheid\":{\"leefgebied\":"
        "\"financien\",\"dienst\":\"twee\",\"sinds\":\"2025-02-01\",\"contactpersoon\":{\"naam\":\"J\",\"telefoon\":"
        "\"112\"},\"bronsleutel\":\"k\"}}]}";
    struct rig rig;
    int64_t number = -1;
    open_desk(&rig);
    assert_int_equal(post(&rig, imports_add, body, "nieuw", &number), 200);
    assert_int_equal(number, 1);
    assert_int_equal(post(&rig, imports_add, body, "ongewijzigd", &number), 200);
    assert_int_equal(number, 1);
    rig_close(&rig);
}

static void a_bad_row_is_named_and_the_others_are_kept(void **state)
{
    (void)state;
    static const char body[] =
        "{\"bron\":\"proef\",\"regels\":["
        "{\"regel\":2,\"betrokkene\":{\"achternaam\":\"A\",\"bronsleutel\":\"p\"},\"betrokkenheid\":{\"leefgebied\":"
        "\"wonen\",\"dienst\":\"een\",\"sinds\":\"2025-02-01\",\"contactpersoon\":{\"naam\":\"J\",\"telefoon\":"
        "\"112\"},\"bronsleutel\":\"k\"}},"
        "{\"regel\":3,\"betrokkene\":{\"achternaam\":\"A\",\"bronsleutel\":\"q\"},\"betrokkenheid\":{\"leefgebied\":"
        "\"financien\",\"dienst\":\"twee\",\"sinds\":\"2025-02-01\",\"contactpersoon\":{\"naam\":\"J\",\"telefoon\":"
        "\"112\"},\"bronsleutel\":\"l\"}}]}";
    struct rig rig;
    open_desk(&rig);
    struct http_request request = rig_request(&rig, body);
    request.authorization = TOKEN;
    rig_handle(imports_add, &request);
    assert_int_equal(request.status, 200);
    assert_true(rig_says(&request, "\"nieuw\":1"));
    assert_true(rig_says(&request, "\"afgewezen\":[{\"regel\":2,\"fouten\":[{\"waar\":\"/betrokkenheid/leefgebied\""));
    rig_forget(&request);
    assert_int_equal(held(&rig, STORE_SUBJECT), 1);
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    assert_int_equal(rig_last(&rig).entries, 1);
    rig_close(&rig);
}

/* As many rows as fit, each with more faults than are kept: all are told, and the answer is still JSON. */
static void a_batch_of_nothing_but_faults_is_told_whole_and_recorded(void **state)
{
    (void)state;
    struct rig rig;
    struct buf body;
    int64_t number = -1;
    open_desk(&rig);
    buf_init(&body, HTTP_BODY_IMPORT);
    buf_text(&body, "{\"bron\":\"proef\",\"regels\":[");
    for (int i = 0; i < IMPORT_BATCH_MAX; i++) {
        buf_format(&body, "%s{\"regel\":%d,\"betrokkene\":{", i != 0 ? "," : "", i + 2);
        for (int j = 0; j < FAULT_LIST_MAX; j++) {
            buf_format(&body, "%s\"een-onbekend-gegeven-met-een-lange-naam-%02d\":1", j != 0 ? "," : "", j);
        }
        buf_text(&body, "},\"betrokkenheid\":{\"x\":1}}");
    }
    buf_text(&body, "]}");
    buf_byte(&body, '\0');
    assert_true(buf_ok(&body));
    assert_int_equal(post(&rig, imports_add, (const char *)body.ptr, "afgewezen", &number), 200);
    assert_int_equal(number, IMPORT_BATCH_MAX);
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    assert_int_equal(rig_last(&rig).entries, IMPORT_BATCH_MAX);
    buf_free(&body);
    rig_close(&rig);
}

static void a_row_of_the_wrong_shape_is_told_by_its_line(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    struct http_request request =
        rig_request(&rig, "{\"bron\":\"proef\",\"regels\":[{\"regel\":41,\"betrokkene\":{\"achternaam\":\"A\"}}]}");
    request.authorization = TOKEN;
    rig_handle(imports_add, &request);
    assert_true(rig_says(&request, "\"afgewezen\":[{\"regel\":41,"));
    rig_forget(&request);
    rig_close(&rig);
}

static void rows_past_a_persons_or_a_households_bound_are_refused_alone(void **state)
{
    (void)state;
    static const char household[] =
        ",\"huishouden\":{\"bronsleutel\":\"h-1\",\"bron\":\"BRP\",\"datum\":\"2025-01-01\"}";
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(counted(&rig, (struct rows){.count = INVOLVEMENTS_PER_SUBJECT_MAX + 1, .same = true}, "afgewezen"),
                     1);
    assert_int_equal(held(&rig, STORE_INVOLVEMENT), INVOLVEMENTS_PER_SUBJECT_MAX);
    assert_int_equal(counted(&rig, (struct rows){.count = 1, .first = 500, .same = true}, "afgewezen"), 1);
    assert_int_equal(
        counted(&rig, (struct rows){.count = HOUSEHOLD_MEMBERS_MAX + 1, .first = 1000, .tail = household}, "afgewezen"),
        1);
    assert_int_equal(counted(&rig, (struct rows){.count = 1, .first = 2000, .tail = household}, "afgewezen"), 1);
    rig_close(&rig);
}

static void sources_do_not_share_keys(void **state)
{
    (void)state;
    struct rig rig;
    struct buf body;
    int64_t number = -1;
    open_desk(&rig);
    buf_init(&body, HTTP_BODY_IMPORT);
    assert_int_equal(counted(&rig, (struct rows){.count = 2}, "nieuw"), 2);
    write_rows(&body, &(struct rows){.count = 2});
    char *name = strstr((char *)body.ptr, "proef");
    memcpy(name, "ander", 5);
    assert_int_equal(post(&rig, imports_add, (const char *)body.ptr, "nieuw", &number), 200);
    assert_int_equal(number, 2);
    assert_int_equal(held(&rig, STORE_SUBJECT), 4);
    buf_free(&body);
    rig_close(&rig);
}

static void a_full_export_ends_what_it_does_not_name(void **state)
{
    (void)state;
    struct rig rig;
    int64_t number = -1;
    open_desk(&rig);
    assert_int_equal(counted(&rig, (struct rows){.count = 10, .run = RUN_A}, "nieuw"), 10);
    assert_int_equal(close_run(&rig, RUN_A, "", "beeindigd", &number), 200);
    assert_int_equal(number, 0); /* all are its own */
    assert_int_equal(counted(&rig, (struct rows){.count = 7, .run = RUN_B}, "ongewijzigd"), 7);
    assert_int_equal(close_run(&rig, RUN_B, ",\"proef\":true", "beeindigd", &number), 200);
    assert_int_equal(number, 3);
    assert_int_equal(close_run(&rig, RUN_B, "", "beeindigd", &number), 200);
    assert_int_equal(number, 3);
    assert_int_equal(counted(&rig, (struct rows){.count = 10}, "gewijzigd"), 3); /* they come back */
    rig_close(&rig);
}

/* A close of many rows is many requests; a trial before it leaves nothing behind. */
static void a_long_close_takes_more_than_one_request(void **state)
{
    (void)state;
    enum { PAGE_ROWS = 64, ROWS = (IMPORT_CLOSE_PAGES + 1) * PAGE_ROWS, NAMED = 7000, BATCH = IMPORT_BATCH_MAX };
    static const struct {
        const char *more;
        unsigned requests;
    } closes[] = {{",\"proef\":true", 2}, {"", 3}};
    struct rig rig;
    open_desk(&rig);
    for (unsigned first = 0; first < ROWS; first += BATCH) {
        const size_t count = ROWS - first < BATCH ? ROWS - first : BATCH;
        assert_int_equal(counted(&rig, (struct rows){.count = count, .first = first, .run = RUN_A}, "nieuw"), count);
    }
    for (unsigned first = 0; first < NAMED; first += BATCH) {
        const struct rows again = {.count = BATCH, .first = first, .run = RUN_B};
        assert_int_equal(counted(&rig, again, "ongewijzigd"), BATCH);
    }
    for (size_t i = 0; i < sizeof closes / sizeof closes[0]; i++) {
        int64_t ended = 0; /* not told before the end */
        for (unsigned request = 1; request <= closes[i].requests; request++) {
            assert_int_equal(ended, 0);
            assert_int_equal(close_run(&rig, RUN_B, closes[i].more, "beeindigd", &ended), 200);
        }
        assert_int_equal(ended, ROWS - NAMED);
    }
    assert_int_equal(close_run(&rig, RUN_B, "", NULL, NULL), 409); /* it has ended */
    rig_close(&rig);
}

static void a_run_that_is_not_known_ends_nothing(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(close_run(&rig, RUN_A, "", NULL, NULL), 409);
    assert_int_equal(rig_last(&rig).operation, RECORD_REFUSED);
    assert_int_equal(counted(&rig, (struct rows){.count = 2, .run = RUN_A}, "nieuw"), 2);
    int64_t now = clock_now(&rig.world.clock) + IMPORT_RUN_IDLE_MS + 1;
    rig.world.clock = (struct clock){set_now, &now};
    assert_int_equal(close_run(&rig, RUN_A, "", NULL, NULL), 409);
    rig_close(&rig);
}

static void more_runs_than_are_remembered_forget_the_oldest(void **state)
{
    (void)state;
    struct rig rig;
    char run[33] = RUN_A;
    int64_t number = -1;
    open_desk(&rig);
    int64_t now = clock_now(&rig.world.clock);
    rig.world.clock = (struct clock){set_now, &now};
    for (int i = 0; i <= IMPORT_RUNS_MAX; i++) {
        run[0] = (char)('0' + i);
        now++;
        (void)counted(&rig, (struct rows){.count = 1, .run = run}, "nieuw");
    }
    assert_int_equal(close_run(&rig, run, "", "beeindigd", &number), 200);
    assert_int_equal(close_run(&rig, RUN_A, "", NULL, NULL), 409);
    rig_close(&rig);
}

static void more_than_half_ends_only_when_asked_for(void **state)
{
    (void)state;
    struct rig rig;
    int64_t number = -1;
    open_desk(&rig);
    assert_int_equal(counted(&rig, (struct rows){.count = 10}, "nieuw"), 10);
    assert_int_equal(counted(&rig, (struct rows){.count = 4, .run = RUN_A}, "ongewijzigd"), 4);
    assert_int_equal(close_run(&rig, RUN_A, "", NULL, NULL), 409);
    assert_int_equal(counted(&rig, (struct rows){.count = 10}, "ongewijzigd"), 10); /* nothing ended */
    assert_int_equal(close_run(&rig, RUN_A, ",\"veel\":true", "beeindigd", &number), 200);
    assert_int_equal(number, 6);
    rig_close(&rig);
}

static void who_is_not_named_in_a_household_leaves_it(void **state)
{
    (void)state;
    static const char home[] = ",\"huishouden\":{\"bronsleutel\":\"h-1\",\"bron\":\"BRP\",\"datum\":\"2025-01-01\"}";
    struct rig rig;
    int64_t number = -1;
    open_desk(&rig);
    assert_int_equal(counted(&rig, (struct rows){.count = 3, .tail = home}, "nieuw"), 3);
    assert_int_equal(counted(&rig, (struct rows){.count = 2, .tail = home, .run = RUN_A}, "ongewijzigd"), 2);
    assert_int_equal(counted(&rig, (struct rows){.count = 1, .first = 2, .run = RUN_A}, "ongewijzigd"), 1);
    assert_int_equal(close_run(&rig, RUN_A, "", "ledenVerwijderd", &number), 200);
    assert_int_equal(number, 1);
    assert_int_equal(counted(&rig, (struct rows){.count = 3, .run = RUN_B}, "ongewijzigd"), 3);
    assert_int_equal(close_run(&rig, RUN_B, "", "ledenVerwijderd", &number), 200);
    assert_int_equal(number, 2);
    assert_int_equal(held(&rig, STORE_HOUSEHOLD), 0); /* an empty one goes */
    rig_close(&rig);
}

static void a_client_that_goes_away_leaves_no_half_import(void **state)
{
    (void)state;
    struct rig rig;
    struct buf body;
    open_desk(&rig);
    buf_init(&body, HTTP_BODY_IMPORT);
    write_rows(&body, &(struct rows){.count = 3});
    struct http_request request = rig_request(&rig, (const char *)body.ptr);
    request.authorization = TOKEN;
    imports_add(&request, &rig.api);
    request.gone(request.gone_ctx);
    rig_run(&rig);
    assert_int_equal(request.answers, 0);
    assert_int_equal(rig_leaves(&rig), 4);
    buf_free(&body);
    rig_forget(&request);
    rig_close(&rig);
}

static void a_full_disk_keeps_nothing_of_a_batch_and_the_key_is_committed_to_again(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    rig_disk_full(&rig, true);
    assert_int_equal(import(&rig, (struct rows){.count = 5}, NULL, NULL), 503);
    rig_disk_full(&rig, false);
    assert_int_equal(held(&rig, STORE_SUBJECT), 0);
    assert_int_equal(counted(&rig, (struct rows){.count = 5}, "nieuw"), 5);
    assert_int_equal(rig_record(&rig, 0).operation, RECORD_CLASS_KEY);
    rig_close(&rig);
}

static void two_batches_at_once_about_one_person_both_arrive(void **state)
{
    (void)state;
    struct rig rig;
    struct buf a;
    struct buf b;
    open_desk(&rig);
    buf_init(&a, HTTP_BODY_IMPORT);
    buf_init(&b, HTTP_BODY_IMPORT);
    write_rows(&a, &(struct rows){.count = 3, .same = true});
    write_rows(&b, &(struct rows){.count = 3, .first = 10, .same = true});
    struct http_request first = rig_request(&rig, (const char *)a.ptr);
    struct http_request second = rig_request(&rig, (const char *)b.ptr);
    first.authorization = second.authorization = TOKEN;
    imports_add(&first, &rig.api);
    imports_add(&second, &rig.api);
    rig_run(&rig);
    assert_int_equal(first.status, 200);
    assert_int_equal(second.status, 200);
    assert_int_equal(held(&rig, STORE_SUBJECT), 1);
    assert_int_equal(held(&rig, STORE_INVOLVEMENT), 6);
    rig_forget(&first);
    rig_forget(&second);
    buf_free(&a);
    buf_free(&b);
    rig_close(&rig);
}

/* One row: who, with which number, under which key, and the involvement's own key. */
static void write_person_row(struct buf *out, const char *number, const char *person_key, const char *key,
                             const char *household)
{
    buf_format(out, "{\"regel\":2,\"betrokkene\":{\"achternaam\":\"Proef\"");
    if (number != NULL) {
        buf_format(out, ",\"bsn\":\"%s\"", number);
    }
    if (person_key != NULL) {
        buf_format(out, ",\"bronsleutel\":\"%s\"", person_key);
    }
    buf_format(out,
               "},\"betrokkenheid\":{\"leefgebied\":\"financien\",\"dienst\":\"budgetbeheer\",\"sinds\":"
               "\"2025-02-01\",\"contactpersoon\":{\"naam\":\"Jo de Boer\",\"telefoon\":\"088-5550101\"},"
               "\"bronsleutel\":\"%s\"}",
               key);
    if (household != NULL) {
        buf_format(out, ",\"huishouden\":{\"bronsleutel\":\"%s\",\"bron\":\"BRP\",\"datum\":\"2025-01-01\"}",
                   household);
    }
    buf_byte(out, '}');
}

struct person_row {
    const char *number;
    const char *person_key;
    const char *key;
    const char *household;
};

static int64_t rows_counted(struct rig *rig, const char *system, const char *run, const struct person_row *rows,
                            size_t count, const char *name)
{
    struct buf body;
    int64_t number = -1;
    buf_init(&body, HTTP_BODY_IMPORT);
    buf_format(&body, "{\"bron\":\"%s\",\"inleesrun\":\"%s\",\"regels\":[", system, run);
    for (size_t i = 0; i < count; i++) {
        buf_text(&body, i != 0 ? "," : "");
        write_person_row(&body, rows[i].number, rows[i].person_key, rows[i].key, rows[i].household);
    }
    buf_text(&body, "]}");
    buf_byte(&body, '\0');
    assert_int_equal(post(rig, imports_add, (const char *)body.ptr, name, &number), 200);
    buf_free(&body);
    return number;
}

static size_t known_with(struct rig *rig, const char *bsn)
{
    size_t count = SIZE_MAX;
    store_find(rig->world.door, STORE_SUBJECT, STORE_KEY_A, slice_text(bsn), STORE_INVOLVEMENT, take_children, &count);
    return count;
}

/* A newborn, or somebody whose number the source learns later: the same person from then on. */
static void a_number_that_comes_later_is_the_same_person(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, &(struct person_row){NULL, "p", "k", NULL}, 1, "nieuw"), 1);
    const struct person_row numbered = {BSN_ONE, "p", "k", NULL};
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, &numbered, 1, "ongewijzigd"), 1); /* the involvement is */
    assert_int_equal(held(&rig, STORE_SUBJECT), 1);
    assert_int_equal(known_with(&rig, BSN_ONE), 1);
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, &numbered, 1, "ongewijzigd"), 1);
    rig_close(&rig);
}

/* A number that was mistyped in the source belongs to somebody else: what was recorded moves to whom it is about. */
static void a_corrected_number_is_another_person_and_stops_no_batch(void **state)
{
    (void)state;
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, &(struct person_row){BSN_ONE, "p", "k", NULL}, 1, "nieuw"), 1);
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, &(struct person_row){BSN_TWO, "p", "k", NULL}, 1, "gewijzigd"),
                     1);
    assert_int_equal(known_with(&rig, BSN_ONE), 0);
    assert_int_equal(known_with(&rig, BSN_TWO), 1);
    rig_close(&rig);
}

static void two_numbers_under_one_key_are_two_people(void **state)
{
    (void)state;
    const struct person_row rows[] = {{BSN_ONE, "p", "k", NULL}, {BSN_TWO, "p", "l", NULL}};
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, &(struct person_row){NULL, "p", "m", NULL}, 1, "nieuw"), 1);
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, rows, 2, "nieuw"), 2);
    assert_int_equal(held(&rig, STORE_SUBJECT), 2);
    assert_int_equal(known_with(&rig, BSN_ONE) + known_with(&rig, BSN_TWO), 3);
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, rows, 2, "ongewijzigd"), 2);
    rig_close(&rig);
}

/* Otherwise two sources that both know him would rewrite him, with a record, at every import. */
static void two_sources_of_one_person_leave_his_key_alone(void **state)
{
    (void)state;
    const struct person_row a = {BSN_ONE, "p-a", "k", NULL};
    const struct person_row b = {BSN_ONE, "p-b", "k", NULL};
    struct rig rig;
    open_desk(&rig);
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, &a, 1, "nieuw"), 1);
    assert_int_equal(rows_counted(&rig, "ander", RUN_B, &b, 1, "nieuw"), 1);
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, &a, 1, "ongewijzigd"), 1);
    assert_int_equal(rig_last(&rig).entries, 1); /* the one record of what stayed as it was */
    assert_int_equal(known_with(&rig, BSN_ONE), 2);
    rig_close(&rig);
}

/* A child of parents who live apart. */
static void who_lives_in_two_households_stays_in_both(void **state)
{
    (void)state;
    const struct person_row rows[] = {{NULL, "child", "k-1", "h-1"},
                                      {NULL, "child", "k-2", "h-2"},
                                      {NULL, "mother", "k-3", "h-1"},
                                      {NULL, "father", "k-4", "h-2"}};
    struct rig rig;
    int64_t number = -1;
    open_desk(&rig);
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, rows, 4, "nieuw"), 4);
    assert_int_equal(rows_counted(&rig, "proef", RUN_B, rows, 4, "ongewijzigd"), 4);
    assert_int_equal(close_run(&rig, RUN_B, "", "ledenVerwijderd", &number), 200);
    assert_int_equal(number, 0);
    rig_close(&rig);
}

/* Members are counted by their place, which another close of the same source may move. */
static void a_close_forgets_the_other_runs_of_its_source(void **state)
{
    (void)state;
    struct rig rig;
    int64_t number = -1;
    open_desk(&rig);
    assert_int_equal(counted(&rig, (struct rows){.count = 3, .run = RUN_A}, "nieuw"), 3);
    assert_int_equal(counted(&rig, (struct rows){.count = 3, .run = RUN_B}, "ongewijzigd"), 3);
    assert_int_equal(close_run(&rig, RUN_A, "", "beeindigd", &number), 200);
    assert_int_equal(close_run(&rig, RUN_B, "", NULL, NULL), 409);
    rig_close(&rig);
}

static size_t members_of(struct rig *rig)
{
    size_t count = SIZE_MAX;
    store_list(rig->world.door, STORE_HOUSEHOLD, NULL, STORE_LIST_MAX, take_members, &count);
    return count;
}

/* A file's household may stand on both sides of a batch's end, and a client sends its next batch meanwhile. */
static void two_batches_at_once_about_one_household_both_count(void **state)
{
    (void)state;
    static const char home[] = ",\"huishouden\":{\"bronsleutel\":\"h-1\",\"bron\":\"BRP\",\"datum\":\"2025-01-01\"}";
    struct rig rig;
    struct buf bodies[3];
    struct http_request requests[3];
    open_desk(&rig);
    assert_int_equal(counted(&rig, (struct rows){.count = 1, .tail = home}, "nieuw"), 1);
    for (unsigned i = 0; i < 3; i++) {
        buf_init(&bodies[i], HTTP_BODY_IMPORT);
        write_rows(&bodies[i], &(struct rows){.count = 2, .first = 10 * (i + 1), .tail = home});
        requests[i] = rig_request(&rig, (const char *)bodies[i].ptr);
        requests[i].authorization = TOKEN;
        imports_add(&requests[i], &rig.api);
    }
    rig_run(&rig);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(requests[i].status, 200);
        rig_forget(&requests[i]);
        buf_free(&bodies[i]);
    }
    assert_int_equal(members_of(&rig), 7);
    rig_close(&rig);
}

/* Pages of households, each of which goes, the last of its page too; and one that stays amid them. */
static void households_that_go_do_not_end_the_list(void **state)
{
    (void)state;
    enum { HOMES = 200, STAYS = 100 };
    static char keys[HOMES][3][16];
    struct person_row rows[HOMES];
    struct rig rig;
    int64_t number = -1;
    open_desk(&rig);
    for (size_t i = 0; i < HOMES; i++) {
        (void)snprintf(keys[i][0], sizeof keys[i][0], "p-%zu", i);
        (void)snprintf(keys[i][1], sizeof keys[i][1], "k-%zu", i);
        (void)snprintf(keys[i][2], sizeof keys[i][2], "h-%zu", i);
        rows[i] = (struct person_row){NULL, keys[i][0], keys[i][1], keys[i][2]};
    }
    assert_int_equal(rows_counted(&rig, "proef", RUN_A, rows, HOMES, "nieuw"), HOMES);
    assert_int_equal(held(&rig, STORE_HOUSEHOLD), HOMES);
    assert_int_equal(rows_counted(&rig, "proef", RUN_B, &rows[STAYS], 1, "ongewijzigd"), 1);
    assert_int_equal(close_run(&rig, RUN_B, ",\"veel\":true", "ledenVerwijderd", &number), 200);
    assert_int_equal(number, HOMES - 1);
    assert_int_equal(members_of(&rig), 1);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_of_the_largest_size_is_one_commit_and_one_row_more_is_refused),
        cmocka_unit_test(the_same_twice_writes_one_record_and_nothing_else),
        cmocka_unit_test(what_changed_is_changed_and_only_that),
        cmocka_unit_test(a_trial_counts_and_writes_one_record),
        cmocka_unit_test(the_last_row_with_a_key_counts),
        cmocka_unit_test(a_bad_row_is_named_and_the_others_are_kept),
        cmocka_unit_test(a_batch_of_nothing_but_faults_is_told_whole_and_recorded),
        cmocka_unit_test(a_row_of_the_wrong_shape_is_told_by_its_line),
        cmocka_unit_test(rows_past_a_persons_or_a_households_bound_are_refused_alone),
        cmocka_unit_test(sources_do_not_share_keys),
        cmocka_unit_test(a_full_export_ends_what_it_does_not_name),
        cmocka_unit_test(a_long_close_takes_more_than_one_request),
        cmocka_unit_test(a_run_that_is_not_known_ends_nothing),
        cmocka_unit_test(more_runs_than_are_remembered_forget_the_oldest),
        cmocka_unit_test(more_than_half_ends_only_when_asked_for),
        cmocka_unit_test(who_is_not_named_in_a_household_leaves_it),
        cmocka_unit_test(a_client_that_goes_away_leaves_no_half_import),
        cmocka_unit_test(a_full_disk_keeps_nothing_of_a_batch_and_the_key_is_committed_to_again),
        cmocka_unit_test(two_batches_at_once_about_one_person_both_arrive),
        cmocka_unit_test(a_number_that_comes_later_is_the_same_person),
        cmocka_unit_test(a_corrected_number_is_another_person_and_stops_no_batch),
        cmocka_unit_test(two_numbers_under_one_key_are_two_people),
        cmocka_unit_test(two_sources_of_one_person_leave_his_key_alone),
        cmocka_unit_test(who_lives_in_two_households_stays_in_both),
        cmocka_unit_test(a_close_forgets_the_other_runs_of_its_source),
        cmocka_unit_test(two_batches_at_once_about_one_household_both_count),
        cmocka_unit_test(households_that_go_do_not_end_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
