/* The watch follows the log: what it finds is kept with the cursor, the same after a start, and told at the desk. */
#include "unit/api/homes_rig.h"

#include "api/finding_texts.h"
#include "api/findings.h"
#include "api/notices.h"
#include "api/staff.h"
#include "api/watching.h"
#include "base/mem.h"

#define OFFICER "Bearer kb-officer"
#define ASKER   "Bearer kb-asker"

static const int64_t MINUTE_MS = 60000;
static const int64_t DAY_MS = 86400000;
static const int64_t BEGAN_MS = 1793692800000; /* Tuesday 3 November 2026, 09:00 in Amsterdam */

static const struct watch_limits standard = {{
#define X(code, key, least, most, standard) standard,
    WATCH_LIMIT_TABLE(X)
#undef X
}};

static int64_t moved_now(void *ctx)
{
    const struct rig *rig = ctx;
    return BEGAN_MS + rig->moved_ms;
}

static void begin_watch(struct rig *rig)
{
    struct error err;
    assert_int_equal(watching_open(&rig->api, &standard, &rig->api.watching, &err), RESULT_OK);
}

static void open_all(struct rig *rig)
{
    rig_open_with(rig, AREA_TEAM, false);
    rig->world.clock = (struct clock){moved_now, rig};
    rig_user(rig, "privacy", 1U << ROLE_PRIVACY_OFFICER, false, OFFICER);
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, ASKER);
    begin_watch(rig);
}

static void close_all(struct rig *rig)
{
    watching_close(rig->api.watching);
    rig_close(rig);
}

static void restart(struct rig *rig)
{
    watching_close(rig->api.watching);
    begin_watch(rig);
}

/* Ticks until all is watched. */
static void follow(struct rig *rig)
{
    for (int i = 0; i < 4; i++) {
        watching_tick(rig->api.watching);
        rig_run(rig);
    }
}

static void write_with(struct rig *rig, struct record record, const char *text)
{
    struct error err;
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_int_equal(audit_append(rig->api.audit, batch, &record, slice_text(text), &err), RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

static struct record test_of(const char *user, const char *bsn)
{
    struct record r = {.operation = RECORD_TESTED, .outcome = OUTCOME_DONE, .age = 255};
    assert_true(bsn_parse(slice_text(bsn), &r.bsn));
    (void)snprintf(r.user, sizeof r.user, "%s", user);
    (void)snprintf(r.role, sizeof r.role, "generalist");
    (void)snprintf(r.purpose, sizeof r.purpose, "hulpafstemming");
    (void)snprintf(r.case_number, sizeof r.case_number, "Z-%s", bsn);
    return r;
}

/* The n-th number that can be one. */
static void number_of(size_t n, char out[BSN_DIGITS + 1])
{
    struct bsn parsed;
    uint32_t at = 999100000;
    do {
        (void)snprintf(out, BSN_DIGITS + 1, "%09u", (unsigned)at++);
        n -= bsn_parse(slice_text(out), &parsed) && n != 0;
    } while (n != 0 || !bsn_parse(slice_text(out), &parsed));
}

static void look_at_people(struct rig *rig, const char *user, size_t first, size_t count, const char *reason)
{
    for (size_t i = 0; i < count; i++) {
        char number[BSN_DIGITS + 1];
        number_of(first + i, number);
        struct record r = test_of(user, number);
        r.consult = entropy_ident(&rig->entropy);
        rig->moved_ms += MINUTE_MS;
        write_with(rig, r, reason);
    }
}

/* ---- what was found ---- */

enum { ALL_MAX = 80 };

struct all {
    struct finding findings[ALL_MAX];
    size_t count;
};

static void take_all(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct all *all = ctx;
    struct error fault;
    assert_null(err);
    assert_false(more);
    assert_true(count <= ALL_MAX);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(finding_decode(items[i].payload, &all->findings[i], &fault), RESULT_OK);
    }
    all->count = count;
}

static struct all *findings(struct rig *rig)
{
    struct all *all = calloc(1, sizeof *all);
    store_list(rig->world.door, STORE_FINDING, NULL, STORE_LIST_MAX, take_all, all);
    return all;
}

/* The only one of this rule; `there` false: none. */
static struct finding one_of(struct rig *rig, enum finding_rule rule, bool there)
{
    struct finding found = {.rule = RULE_NONE};
    size_t count = 0;
    struct all *all = findings(rig);
    for (size_t i = 0; i < all->count; i++) {
        if (all->findings[i].rule == (uint8_t)rule) {
            found = all->findings[i];
            count++;
        }
    }
    free(all);
    assert_int_equal(count, there);
    return found;
}

static void many_people_become_a_finding_that_grows(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    const uint64_t before = rig_leaves(&rig);
    look_at_people(&rig, "g.jansen", 1, 24, "gezin meldt zich");
    follow(&rig);
    (void)one_of(&rig, RULE_MANY_PEOPLE, false);
    assert_int_equal(watching_cursor(rig.api.watching), rig_leaves(&rig));
    look_at_people(&rig, "g.jansen", 30, 1, "iets heel anders");
    follow(&rig);
    struct finding f = one_of(&rig, RULE_MANY_PEOPLE, true);
    assert_string_equal(f.user, "g.jansen");
    assert_int_equal(f.numbers[2], 25);
    assert_int_equal(f.record_count, 25);
    assert_int_equal(f.state, FINDING_OPEN);
    for (size_t i = 0; i < f.record_count; i++) {
        assert_true(f.records[i] > before);
        assert_int_equal(rig_record(&rig, f.records[i]).operation, RECORD_TESTED);
    }
    assert_int_equal(rig_last(&rig).operation, RECORD_FINDING);
    look_at_people(&rig, "g.jansen", 50, 3, "en weer iets anders");
    follow(&rig);
    assert_int_equal(one_of(&rig, RULE_MANY_PEOPLE, true).numbers[2], 28);
    f = one_of(&rig, RULE_SAME_REASON, true);
    assert_int_equal(f.numbers[0], 24);
    close_all(&rig);
}

/* It doubles nothing, and goes on where it was: the window is read back. */
static void a_start_in_between_changes_nothing(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    look_at_people(&rig, "g.jansen", 1, 20, "gezin meldt zich");
    follow(&rig);
    restart(&rig);
    look_at_people(&rig, "g.jansen", 40, 10, "gezin meldt  ZICH ");
    follow(&rig);
    const uint64_t size = rig_leaves(&rig);
    struct finding f = one_of(&rig, RULE_MANY_PEOPLE, true);
    assert_int_equal(f.numbers[2], 30);
    assert_int_equal(one_of(&rig, RULE_SAME_REASON, true).numbers[0], 30);
    restart(&rig);
    follow(&rig);
    restart(&rig);
    follow(&rig);
    assert_int_equal(rig_leaves(&rig), size); /* nothing was found anew */
    close_all(&rig);
}

static void a_commit_that_fails_leaves_the_cursor_and_is_tried_again(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    follow(&rig);
    const uint64_t cursor = watching_cursor(rig.api.watching);
    look_at_people(&rig, "g.jansen", 1, 25, "gezin meldt zich");
    rig_disk_full(&rig, true);
    follow(&rig);
    assert_int_equal(watching_cursor(rig.api.watching), cursor);
    (void)one_of(&rig, RULE_MANY_PEOPLE, false);
    rig_disk_full(&rig, false);
    follow(&rig);
    assert_int_equal(one_of(&rig, RULE_MANY_PEOPLE, true).record_count, 25);
    assert_int_equal(watching_cursor(rig.api.watching), rig_leaves(&rig));
    close_all(&rig);
}

/* Wherever memory is refused: the step is done again, and nothing of the one that failed is left in it. */
static void without_memory_a_step_is_tried_again(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    look_at_people(&rig, "g.jansen", 1, WATCH_STEP_RECORDS - 20, "gezin meldt zich");
    for (long at = 0; at < 4000 && watching_cursor(rig.api.watching) < WATCH_STEP_RECORDS - 20; at++) {
        mem_fail_after(at);
        watching_tick(rig.api.watching);
        rig_run(&rig);
        mem_fail_after(-1);
    }
    follow(&rig);
    follow(&rig);
    assert_int_equal(watching_cursor(rig.api.watching), rig_leaves(&rig));
    assert_int_equal(one_of(&rig, RULE_SAME_REASON, true).numbers[0], WATCH_STEP_RECORDS - 20);
    close_all(&rig);
}

/* ---- people ---- */

static void add_staff(struct rig *rig, const char *body)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = OFFICER;
    rig_handle(staff_add, &request);
    assert_true(request.status < 300);
    rig_forget(&request);
}

static void the_own_circle_is_known_by_staff_and_household(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    const struct ident colleague = rig_person(&rig, "999000007");
    const struct ident relative = rig_person(&rig, "999000068");
    const struct ident members[] = {colleague, relative};
    homes_put(&rig, NULL, members, COUNT_OF(members));
    follow(&rig);
    add_staff(&rig, "{\"gebruiker\":\"g.jansen\",\"bsn\":\"999990019\"}");
    add_staff(&rig, "{\"gebruiker\":\"a.bakker\",\"bsn\":\"999000007\"}");
    write_with(&rig, test_of("g.jansen", "999990019"), "mijzelf eens bekijken");
    follow(&rig);
    struct finding f = one_of(&rig, RULE_OWN_CIRCLE, true);
    assert_int_equal(f.numbers[1], 1);
    struct record read = {.operation = RECORD_READ, .outcome = OUTCOME_DONE, .age = 255, .subject = relative};
    (void)snprintf(read.user, sizeof read.user, "c.smit");
    write_with(&rig, read, "");
    follow(&rig);
    struct all *all = findings(&rig);
    assert_int_equal(all->count, 2);
    assert_int_equal(all->findings[1].numbers[1], 3);
    assert_string_equal(all->findings[1].user, "c.smit");
    free(all);
    read.subject = colleague;
    write_with(&rig, read, "");
    write_with(&rig, test_of("a.bakker", "999000007"), "en nog iemand die zichzelf bekijkt");
    follow(&rig);
    all = findings(&rig);
    assert_int_equal(all->count, 4);
    assert_int_equal(all->findings[2].numbers[1], 2);
    assert_int_equal(all->findings[3].numbers[1], 1);
    free(all);
    close_all(&rig);
}

/* ---- what was done about one ---- */

static void step(struct rig *rig, const char *body)
{
    struct http_request request = rig_request(rig, body);
    char id[IDENT_TEXT_SIZE] = "";
    request.authorization = OFFICER;
    request.query = "";
    rig_handle(findings_list, &request);
    const char *at = strstr((const char *)request.answer.ptr, "\"id\":\"");
    assert_non_null(at);
    (void)snprintf(id, sizeof id, "%.32s", at + 6);
    rig_forget(&request);
    request = rig_request(rig, body);
    request.authorization = OFFICER;
    request.parameter = id;
    rig_handle(findings_step, &request);
    assert_true(request.status < 300);
    rig_forget(&request);
    rig->moved_ms += 2000;
    findings_look(&rig->api);
    rig_run(rig);
}

static void what_was_closed_is_open_again_when_it_grows(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    look_at_people(&rig, "g.jansen", 1, 25, "");
    follow(&rig);
    step(&rig, "{\"stap\":\"sluiten\",\"oordeel\":\"onterecht\",\"tekst\":\"balie\"}");
    follow(&rig);
    assert_int_equal(one_of(&rig, RULE_MANY_PEOPLE, true).state, FINDING_CLOSED);
    look_at_people(&rig, "g.jansen", 60, 1, "");
    follow(&rig);
    const struct finding f = one_of(&rig, RULE_MANY_PEOPLE, true);
    assert_int_equal(f.state, FINDING_OPEN);
    assert_int_equal(f.verdict, FINDING_NO_VERDICT);
    assert_int_equal(f.step_count, 1);
    close_all(&rig);
}

static void assert_news(struct rig *rig, const char *who, const char *beginning)
{
    notices_tick(rig->api.notices);
    rig_run(rig);
    struct http_request request = rig_request(rig, NULL);
    request.authorization = who;
    request.query = "";
    rig_handle(notices_list, &request);
    assert_int_equal(request.status, 200);
    if (!rig_says(&request, beginning)) {
        fail_msg("%s: %s", beginning, (const char *)request.answer.ptr);
    }
    rig_forget(&request);
}

static void a_finding_is_news_for_who_judges_it(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_all(&rig);
    assert_int_equal(notices_open(&rig.api, &rig.api.notices, &err), RESULT_OK);
    look_at_people(&rig, "g.jansen", 1, 25, "");
    follow(&rig);
    assert_news(&rig, OFFICER, "{\"ongelezen\":1,");
    assert_news(&rig, OFFICER, "\"soort\":\"bevinding\"");
    assert_news(&rig, ASKER, "{\"ongelezen\":0,\"berichten\":[]}");
    struct http_request request = rig_request(&rig, NULL);
    request.authorization = OFFICER;
    rig_handle(notices_list, &request);
    const char *at = strstr((const char *)request.answer.ptr, "\"bericht\":\"");
    char body[96];
    assert_non_null(at);
    (void)snprintf(body, sizeof body, "{\"berichten\":[\"%.32s\"]}", at + 11);
    rig_forget(&request);
    request = rig_request(&rig, body);
    request.authorization = OFFICER;
    rig_handle(notices_read, &request);
    assert_int_equal(request.status, 200);
    rig_forget(&request);
    look_at_people(&rig, "g.jansen", 60, 1, ""); /* it grows */
    follow(&rig);
    assert_int_equal(one_of(&rig, RULE_MANY_PEOPLE, true).numbers[2], 26);
    assert_news(&rig, OFFICER, "{\"ongelezen\":0,");
    step(&rig, "{\"stap\":\"sluiten\",\"oordeel\":\"onterecht\",\"tekst\":\"balie\"}");
    look_at_people(&rig, "g.jansen", 70, 1, "");
    follow(&rig);
    assert_int_equal(one_of(&rig, RULE_MANY_PEOPLE, true).state, FINDING_OPEN);
    assert_news(&rig, OFFICER, "{\"ongelezen\":1,");
    notices_stop(rig.api.notices);
    rig_run(&rig);
    notices_close(rig.api.notices);
    rig.api.notices = NULL;
    close_all(&rig);
}

static void an_exception_holds_until_its_day_is_over(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    look_at_people(&rig, "g.jansen", 1, 25, "");
    follow(&rig);
    step(&rig,
         "{\"stap\":\"sluiten\",\"oordeel\":\"onterecht\",\"tekst\":\"balie\",\"uitzonderingTot\":\"2026-11-04\"}");
    look_at_people(&rig, "g.jansen", 60, 5, "");
    follow(&rig);
    assert_int_equal(one_of(&rig, RULE_MANY_PEOPLE, true).state, FINDING_CLOSED);
    for (int day = 1; day <= 2; day++) {
        rig.moved_ms = day * DAY_MS;
        findings_look(&rig.api); /* the day turned */
        rig_run(&rig);
        look_at_people(&rig, "g.jansen", 1, 95, ""); /* far past what is usual by now */
        follow(&rig);
        struct all *all = findings(&rig);
        assert_int_equal(all->count, day);
        free(all);
    }
    close_all(&rig);
}

/* It grows over days: past the last day of the exception it is there again, though it began before. */
static void an_exception_does_not_hold_what_grows_after_its_day(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    look_at_people(&rig, "g.jansen", 1, 10, "gezin meldt zich");
    follow(&rig);
    (void)one_of(&rig, RULE_SAME_REASON, true);
    step(&rig,
         "{\"stap\":\"sluiten\",\"oordeel\":\"onterecht\",\"tekst\":\"balie\",\"uitzonderingTot\":\"2026-11-03\"}");
    look_at_people(&rig, "g.jansen", 20, 2, "gezin meldt zich");
    follow(&rig);
    assert_int_equal(one_of(&rig, RULE_SAME_REASON, true).state, FINDING_CLOSED);
    rig.moved_ms = DAY_MS;
    findings_look(&rig.api);
    rig_run(&rig);
    look_at_people(&rig, "g.jansen", 30, 2, "gezin meldt zich");
    follow(&rig);
    const struct finding f = one_of(&rig, RULE_SAME_REASON, true);
    assert_int_equal(f.state, FINDING_OPEN);
    assert_int_equal(f.numbers[1], 14);
    close_all(&rig);
}

static void what_grows_often_can_be_closed_each_time(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    look_at_people(&rig, "g.jansen", 1, 25, "");
    follow(&rig);
    for (size_t i = 0; i < FINDING_STEPS_MAX + 2; i++) {
        step(&rig, "{\"stap\":\"sluiten\",\"oordeel\":\"onterecht\",\"tekst\":\"balie\"}");
        assert_int_equal(one_of(&rig, RULE_MANY_PEOPLE, true).state, FINDING_CLOSED);
        look_at_people(&rig, "g.jansen", 100 + i, 1, "");
        follow(&rig);
        assert_int_equal(one_of(&rig, RULE_MANY_PEOPLE, true).state, FINDING_OPEN);
    }
    close_all(&rig);
}

/* Whoever can write to the database cannot hide a look by spoiling the reason beside it. */
static void a_look_counts_though_its_text_was_spoiled(void **state)
{
    (void)state;
    struct rig rig;
    sqlite3 *db = NULL;
    open_all(&rig);
    look_at_people(&rig, "g.jansen", 1, 25, "gezin meldt zich");
    assert_int_equal(sqlite3_open(rig.world.database, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(db, "UPDATE leaf SET note = zeroblob(length(note)) WHERE note IS NOT NULL", NULL, NULL, NULL),
        SQLITE_OK);
    assert_true(sqlite3_changes(db) >= 25);
    (void)sqlite3_close(db);
    follow(&rig);
    assert_int_equal(one_of(&rig, RULE_MANY_PEOPLE, true).record_count, 25);
    (void)one_of(&rig, RULE_SAME_REASON, false);
    close_all(&rig);
}

/* ---- partners: the texts that are written are the texts that are read ---- */

static void texts_about_partners_are_read_as_they_are_written(void **state)
{
    (void)state;
    const struct watching_known known = {.flags = 0};
    struct record r = {.operation = RECORD_MATCH_FINDING, .outcome = OUTCOME_DONE};
    struct watch_look look;
    char text[300];
    assert_true(oin_parse(slice_text(DEBT_HELP), &r.peer));
    (void)snprintf(text, sizeof text, FINDING_TEXT_EMPTY, (uint64_t)40, (uint64_t)15);
    assert_true(watch_look_of(&known, &r, 9, slice_text(text), &look));
    assert_int_equal(look.flags, WATCH_EMPTY);
    assert_int_equal(look.entries, 40);
    assert_int_equal(look.empties, 15);
    assert_string_equal(look.peer.digits, DEBT_HELP);
    (void)snprintf(text, sizeof text, FINDING_TEXT_EMPTY, UINT64_MAX, (uint64_t)15);
    assert_true(watch_look_of(&known, &r, 9, slice_text(text), &look));
    assert_int_equal(look.entries, UINT32_MAX);
    (void)snprintf(text, sizeof text, FINDING_TEXT_OUTGROWN, 4096U, 1536U, 900);
    assert_true(watch_look_of(&known, &r, 9, slice_text(text), &look));
    assert_int_equal(look.flags, WATCH_OUTGROWN);
    assert_int_equal(look.entries, 4096);
    assert_int_equal(look.empties, 1536);
    assert_int_equal(look.clients, 900);
    (void)snprintf(text, sizeof text, FINDING_TEXT_ANEW "%s: %s", "versie 3", "klopt niet");
    assert_true(watch_look_of(&known, &r, 9, slice_text(text), &look));
    assert_int_equal(look.flags, WATCH_OUTGROWN);
    assert_int_equal(look.entries, 0);
    assert_true(watch_look_of(&known, &r, 9, slice_text(FINDING_TEXT_QUOTA "5 per dag"), &look));
    assert_int_equal(look.flags, WATCH_PAST_QUOTA);
    assert_false(watch_look_of(&known, &r, 9, slice_text("iets anders"), &look));
    assert_false(watch_look_of(&known, &r, 9, slice_text(""), &look));
    r.operation = RECORD_SET_REFUSED;
    assert_true(watch_look_of(&known, &r, 9, slice_text("klopt niet"), &look));
    assert_int_equal(look.flags, WATCH_OUTGROWN);
    r.operation = RECORD_FORK;
    assert_true(watch_look_of(&known, &r, 9, slice_text("00112233445566778899aabbccddeeff opdracht"), &look));
    assert_int_equal(look.flags, WATCH_FORKED);
    assert_false(watch_look_of(&known, &r, 9, slice_text(""), &look)); /* of a log */
}

static void what_a_partner_did_becomes_a_finding_about_him(void **state)
{
    (void)state;
    struct rig rig;
    char text[300];
    open_all(&rig);
    struct record r = {.operation = RECORD_MATCH_FINDING, .outcome = OUTCOME_DONE, .age = 255};
    assert_true(oin_parse(slice_text(DEBT_HELP), &r.peer));
    (void)snprintf(text, sizeof text, FINDING_TEXT_EMPTY, (uint64_t)40, (uint64_t)15);
    write_with(&rig, r, text);
    follow(&rig);
    const struct finding f = one_of(&rig, RULE_EMPTY_HITS, true);
    assert_string_equal(f.peer.digits, DEBT_HELP);
    assert_int_equal(f.numbers[1], 15);
    close_all(&rig);
}

/* Who signals about many people at once, or gives tasks about many, is found as who looks at many; a round of tests is none. */
static void who_signals_about_many_is_found(void **state)
{
    (void)state;
    static const struct {
        enum record_operation operation;
        size_t findings;
    } rows[] = {{RECORD_SIGNAL, 1}, {RECORD_TASK, 1}, {RECORD_SIGNALS_TESTED, 0}, {RECORD_SIGNAL_SENT, 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct rig rig;
        struct all all = {.count = 0};
        open_all(&rig);
        for (size_t k = 0; k < 26; k++) {
            char number[BSN_DIGITS + 1];
            number_of(k, number);
            struct record r = test_of("g.jansen", number);
            r.operation = rows[i].operation;
            rig.moved_ms += MINUTE_MS;
            write_with(&rig, r, "");
        }
        follow(&rig);
        store_list(rig.world.door, STORE_FINDING, NULL, STORE_LIST_MAX, take_all, &all);
        size_t many = 0;
        for (size_t k = 0; k < all.count; k++) {
            many += all.findings[k].rule == RULE_MANY_PEOPLE;
        }
        assert_int_equal(many, rows[i].findings);
        close_all(&rig);
    }
}

/* ---- what is a look ---- */

static void a_look_says_who_whom_and_why(void **state)
{
    (void)state;
    struct watching_known known = {.key = {1}};
    struct watch_look look;
    struct watch_look other;
    struct record r = test_of("g.jansen", "999990019");
    assert_true(watch_look_of(&known, &r, 9, slice_text("Gezin  meldt\nzich "), &look));
    assert_int_equal(look.sequence, 9);
    assert_int_not_equal(look.person, 0);
    assert_int_equal(look.household, 0);
    assert_int_equal(look.flags, 0);
    assert_true(watch_look_of(&known, &r, 9, slice_text("gezin meldt zich"), &other));
    assert_int_equal(look.reason, other.reason);
    assert_true(watch_look_of(&known, &r, 9, slice_text("gezin meldt zich niet"), &other));
    assert_int_not_equal(look.reason, other.reason);
    known.key[0] = 2; /* another node */
    assert_true(watch_look_of(&known, &r, 9, slice_text("gezin meldt zich"), &other));
    assert_int_not_equal(look.person, other.person);
    assert_int_not_equal(look.user_key, other.user_key);
    known.key[0] = 1;
    memset(known.subject.bytes, 7, IDENT_SIZE); /* known here: by own id, as a record that names him so */
    assert_true(watch_look_of(&known, &r, 9, slice_text(""), &other));
    assert_int_not_equal(look.person, other.person);
    look = other;
    r.subject = known.subject;
    memset(&r.bsn, 0, sizeof r.bsn);
    memset(&known.subject, 0, sizeof known.subject);
    assert_true(watch_look_of(&known, &r, 9, slice_text(""), &other));
    assert_int_equal(look.person, other.person);
    r.case_number[0] = '\0';
    (void)snprintf(r.role, sizeof r.role, "veilig-thuis");
    assert_true(watch_look_of(&known, &r, 9, slice_text(""), &other));
    assert_int_equal(other.flags, WATCH_CASELESS | WATCH_DUTY);
    r.operation = RECORD_CRISIS_NUMBER;
    assert_true(watch_look_of(&known, &r, 9, slice_text(""), &other));
    assert_int_equal(other.flags, WATCH_URGENT | WATCH_DUTY);
}

static void what_is_no_look_is_passed_over(void **state)
{
    (void)state;
    const struct watching_known known = {.key = {1}};
    struct watch_look look;
    struct record r = test_of("g.jansen", "999990019");
    r.operation = RECORD_REFUSED; /* he tried */
    assert_true(watch_look_of(&known, &r, 9, slice_text(""), &look));
    assert_true(oin_parse(slice_text(DEBT_HELP), &r.peer)); /* a partner's user did */
    assert_false(watch_look_of(&known, &r, 9, slice_text(""), &look));
    r.operation = RECORD_ANSWERED;
    assert_false(watch_look_of(&known, &r, 9, slice_text(""), &look));
    r.operation = RECORD_CHANGED;
    assert_false(watch_look_of(&known, &r, 9, slice_text("toestemming gegeven 00"), &look));
    assert_true(watch_look_of(&known, &r, 9, slice_text("toestemming ingetrokken 00"), &look));
    assert_int_equal(look.flags, WATCH_WITHDRAWAL);
    r.operation = RECORD_TAKEN;
    assert_true(watch_look_of(&known, &r, 9, slice_text(""), &look));
    assert_int_equal(look.flags, WATCH_WITHDRAWAL);
    r.outcome = OUTCOME_UNKNOWN;
    assert_false(watch_look_of(&known, &r, 9, slice_text(""), &look));
    r = test_of("g.jansen", "999990019");
    memset(&r.bsn, 0, sizeof r.bsn); /* about nobody */
    assert_false(watch_look_of(&known, &r, 9, slice_text(""), &look));
    r.operation = RECORD_EVALUATION_RECEIVED;
    assert_true(watch_look_of(&known, &r, 9, slice_text(""), &look));
    r.outcome = OUTCOME_NO_ANSWER;
    assert_false(watch_look_of(&known, &r, 9, slice_text(""), &look));
}

/* ---- turns, and the desk ---- */

/* Of one look again and again. */
static void look_often(struct rig *rig, size_t count)
{
    struct error err;
    while (count != 0) {
        struct store_batch *batch = store_batch_new(rig->world.door);
        for (size_t i = 0; i < 100 && count != 0; i++, count--) {
            struct record r = test_of("g.jansen", "999990019");
            r.consult = entropy_ident(&rig->entropy);
            assert_int_equal(audit_append(rig->api.audit, batch, &r, slice_text(""), &err), RESULT_OK);
        }
        assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
    }
}

static void answers_go_first_but_it_takes_its_steps(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    look_often(&rig, 2 * (size_t)WATCH_STEPS_BUSY * WATCH_STEP_RECORDS);
    const uint64_t all = rig_leaves(&rig);
    rig.api.calls++;
    watching_tick(rig.api.watching); /* its first step is the beginning */
    rig_run(&rig);
    assert_int_equal(watching_cursor(rig.api.watching), (WATCH_STEPS_BUSY - 1) * WATCH_STEP_RECORDS);
    watching_tick(rig.api.watching);
    rig_run(&rig);
    assert_int_equal(watching_cursor(rig.api.watching), (2 * WATCH_STEPS_BUSY - 1) * WATCH_STEP_RECORDS);
    assert_true(watching_cursor(rig.api.watching) < all);
    rig.api.calls--; /* nobody waits */
    watching_tick(rig.api.watching);
    rig_run(&rig);
    assert_int_equal(watching_cursor(rig.api.watching), all);
    watching_stop(rig.api.watching);
    look_at_people(&rig, "g.jansen", 1, 3, "");
    follow(&rig);
    assert_int_equal(watching_cursor(rig.api.watching), all);
    close_all(&rig);
}

static struct http_request desk(struct rig *rig, const char *token, http_handler *handler, const char *body)
{
    struct http_request request = rig_request(rig, body);
    request.authorization = token;
    rig_handle(handler, &request);
    assert_int_equal(request.answers, 1);
    return request;
}

static void a_round_ends_when_all_was_watched(void **state)
{
    (void)state;
    struct rig rig;
    open_all(&rig);
    look_at_people(&rig, "g.jansen", 1, WATCH_STEP_RECORDS + 30, "");
    const uint64_t asked = rig_leaves(&rig);
    struct http_request r = desk(&rig, OFFICER, watching_round, "{}");
    assert_int_equal(r.status, 200);
    assert_true(watching_cursor(rig.api.watching) >= asked);
    assert_true(rig_says(&r, "\"bij\":"));
    assert_true(rig_says(&r, "\"regel\":\"veel-mensen\",\"aan\":true"));
    assert_true(rig_says(&r, "\"mensen_aantal\":25"));
    assert_true(rig_says(&r, "\"kijktTerugTot\":\"2026-11-03T08:01:00Z\""));
    rig_forget(&r);
    (void)one_of(&rig, RULE_MANY_PEOPLE, true);
    r = desk(&rig, OFFICER, watching_round, "{\"iets\":1}");
    assert_int_equal(r.status, 400);
    rig_forget(&r);
    r = desk(&rig, OFFICER, watching_show, NULL);
    assert_int_equal(r.status, 200);
    rig_forget(&r);
    r = desk(&rig, ASKER, watching_show, NULL);
    assert_int_equal(r.status, 403);
    rig_forget(&r);
    r = desk(&rig, ASKER, watching_round, "{}");
    assert_int_equal(r.status, 403);
    rig_forget(&r);
    close_all(&rig);
}

/* A longer term than before: what lies before the window is read back. */
static void limits_may_change_while_it_runs(void **state)
{
    (void)state;
    struct rig rig;
    struct watch_limits limits = standard;
    open_all(&rig);
    limits.value[WATCH_PEOPLE_COUNT] = 50;
    watching_set_limits(rig.api.watching, &limits);
    look_at_people(&rig, "g.jansen", 1, 30, "");
    follow(&rig);
    (void)one_of(&rig, RULE_MANY_PEOPLE, false);
    limits.value[WATCH_PEOPLE_COUNT] = 30;
    limits.value[WATCH_WINDOW_DAYS] = 90;
    watching_set_limits(rig.api.watching, &limits);
    look_at_people(&rig, "g.jansen", 100, 1, "");
    follow(&rig);
    assert_int_equal(one_of(&rig, RULE_MANY_PEOPLE, true).numbers[2], 31);
    close_all(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_people_become_a_finding_that_grows),
        cmocka_unit_test(a_start_in_between_changes_nothing),
        cmocka_unit_test(a_commit_that_fails_leaves_the_cursor_and_is_tried_again),
        cmocka_unit_test(without_memory_a_step_is_tried_again),
        cmocka_unit_test(the_own_circle_is_known_by_staff_and_household),
        cmocka_unit_test(what_was_closed_is_open_again_when_it_grows),
        cmocka_unit_test(a_finding_is_news_for_who_judges_it),
        cmocka_unit_test(an_exception_holds_until_its_day_is_over),
        cmocka_unit_test(an_exception_does_not_hold_what_grows_after_its_day),
        cmocka_unit_test(what_grows_often_can_be_closed_each_time),
        cmocka_unit_test(a_look_counts_though_its_text_was_spoiled),
        cmocka_unit_test(texts_about_partners_are_read_as_they_are_written),
        cmocka_unit_test(what_a_partner_did_becomes_a_finding_about_him),
        cmocka_unit_test(who_signals_about_many_is_found),
        cmocka_unit_test(a_look_says_who_whom_and_why),
        cmocka_unit_test(what_is_no_look_is_passed_over),
        cmocka_unit_test(answers_go_first_but_it_takes_its_steps),
        cmocka_unit_test(a_round_ends_when_all_was_watched),
        cmocka_unit_test(limits_may_change_while_it_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
