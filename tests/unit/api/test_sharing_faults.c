/* The provider's half of private matching when something is wrong: a clock that jumps, a seed, a row or a step that fails, a
 * covenant that goes and comes back. */
#include "unit/api/sharing_rig.h"

#include <unistd.h>

#include "api/sharing_parts.h" /* how far a look at everybody is, nobody else needs to know */

/* An administrator said so; see clock_reset. */
static void set_clock(struct rig *rig, int64_t ms)
{
    now = ms;
    rig->api.highest_ms = ms;
}

/* A hand of its own in the database, as someone with the disk has. */
static void tamper(struct rig *rig, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(rig->world.database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_busy_timeout(db, 10000), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    }
    assert_true(sqlite3_changes(db) > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    struct store_batch *batch = store_batch_new(rig->world.door); /* readers look anew after a commit */
    store_set_value(batch, "proef", slice_text("proef"));
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

static void write_seed(struct rig *rig, uint32_t epoch, const char *content)
{
    char path[WORLD_PATH_MAX + 64];
    (void)snprintf(path, sizeof path, "%s/koppelperiode-%u.key", rig->world.keys, (unsigned)epoch);
    (void)unlink(path);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(content, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void say(struct rig *rig, enum statement_type type, int64_t at_s)
{
    struct oin team;
    assert_true(oin_parse(slice_text(AREA_TEAM), &team));
    rig_word(rig->api.covenant, &team, type, at_s);
    book_choose(&rig->api);
}

/* The sample with this purpose urgent, or not. */
static void set_urgent(struct rig *rig, bool urgent)
{
    char *text = rig_covenant_text();
    char with[65536];
    char *at = strstr(text, "{\"code\": \"" ALIGNMENT "\"");
    assert_non_null(at);
    at += strlen("{\"code\": \"" ALIGNMENT "\"");
    (void)snprintf(with, sizeof with, "%.*s%s%s", (int)(at - text), text, urgent ? ", \"spoed\": true" : "", at);
    rig_set_covenant(rig, with);
    free(text);
}

static struct sharing_set set_of(struct rig *rig, uint32_t epoch)
{
    const struct match_scope scope = scope_to(rig, AREA_TEAM, ALIGNMENT, epoch);
    struct sharing_set set;
    struct error err;
    assert_int_equal(sharing_set(rig->api.sharing, &scope, &set, &err), RESULT_OK);
    return set;
}

/* ---- the clock ---- */

static void a_clock_that_jumps_does_nothing_before_it_is_believed(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    api_clock_confirmed(&rig.api);
    const int64_t before = now;
    const uint64_t ticks = sharing_version(rig.api.sharing);
    const uint64_t leaves = rig_leaves(&rig);
    now += CLOCK_JUMP_MAX_MS + 1;
    settle(&rig);
    now = before + 2 * times.epoch_ms;
    settle(&rig);
    assert_int_equal(sharing_version(rig.api.sharing), ticks);
    assert_int_equal(rig_leaves(&rig), leaves);
    assert_true(seed_there(&rig, EPOCH));
    now = before + times.tick_ms;
    settle(&rig);
    assert_int_equal(sharing_version(rig.api.sharing), ticks + 1);
    close_rig(&rig);
}

static void a_jump_that_was_believed_leaves_the_seeds_for_an_overlap(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    (void)client(&rig, "999000007");
    publish(&rig);
    const int64_t before = now;
    const struct sharing_set first = set_of(&rig, EPOCH);
    const uint64_t version = first.header.version;
    now += 40 * DAY;
    api_clock_confirmed(&rig.api);
    publish(&rig);
    live_until(&rig, now + times.overlap_ms / 2);
    now += 10 * DAY; /* and once more, within the same epoch: that is no time in which the node was up */
    api_clock_confirmed(&rig.api);
    publish(&rig);
    live_until(&rig, now + times.overlap_ms / 2 - 6 * HOUR);
    assert_int_equal(records(&rig, RECORD_EPOCH_KEY_DESTROYED), 0);
    assert_true(seed_there(&rig, EPOCH));
    set_clock(&rig, before + HOUR);
    publish(&rig);
    publish(&rig);
    const struct sharing_set again = set_of(&rig, EPOCH);
    assert_memory_equal(&again.header.key, &first.header.key, sizeof again.header.key);
    assert_true(again.header.version > version);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    close_rig(&rig);
}

/* The control: where it was no jump, or nobody puts it right. */
static void an_epoch_that_stays_over_is_destroyed_after_an_overlap(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    now += 40 * DAY;
    publish(&rig);
    live_until(&rig, now + times.overlap_ms - HOUR);
    assert_true(seed_there(&rig, EPOCH));
    restart(&rig); /* which does not begin it anew */
    live_until(&rig, now + 3 * HOUR);
    assert_false(seed_there(&rig, EPOCH));
    assert_int_equal(records(&rig, RECORD_EPOCH_KEY_DESTROYED), 1);
    close_rig(&rig);
}

static void a_moment_drawn_by_a_clock_that_was_ahead_is_drawn_in(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    const struct ident person = client(&rig, "999000007");
    publish(&rig);
    const int64_t before = now;
    now += 5 * DAY;
    withdraw(&rig, &person);
    settle(&rig);
    set_clock(&rig, before + HOUR);
    live_until(&rig, now + times.removal_ms + 2 * HOUR);
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    close_rig(&rig);
}

/* So that an older state which comes back, as from a copy of the disk, goes on above what partners hold. */
static void versions_go_by_the_clock_and_never_back(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    assert_int_equal(version_of(&rig, AREA_TEAM, ALIGNMENT), now / times.tick_ms);
    now += 10 * times.tick_ms;
    settle(&rig);
    assert_int_equal(version_of(&rig, AREA_TEAM, ALIGNMENT), now / times.tick_ms);
    const uint64_t version = version_of(&rig, AREA_TEAM, ALIGNMENT);
    set_clock(&rig, now - DAY);
    settle(&rig);
    assert_int_equal(version_of(&rig, AREA_TEAM, ALIGNMENT), version + 1);
    close_rig(&rig);
}

/* ---- steps that fail ---- */

static void a_seed_that_cannot_be_made_stops_nothing_else(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    write_seed(&rig, EPOCH + 1, "not a seed");
    now = (EPOCH + 1) * times.epoch_ms - 2 * times.overlap_ms;
    settle(&rig);
    const struct ident person = client(&rig, "999000007");
    for (unsigned i = 0; i < 3; i++) {
        go_on(&rig, times.tick_ms);
    }
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    withdraw(&rig, &person);
    live_until(&rig, now + times.removal_ms + HOUR);
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    assert_int_equal(pasts_of(&rig, &person).count, 1);
    close_rig(&rig);
}

static void a_seed_that_cannot_be_destroyed_stops_nothing_else(void **state)
{
    (void)state;
    char path[WORLD_PATH_MAX + 64];
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    (void)snprintf(path, sizeof path, "%s/koppelperiode-%u.key.nieuw", rig.world.keys, (unsigned)EPOCH);
    assert_int_equal(mkdir(path, 0700), 0);
    now += 40 * DAY;
    publish(&rig);
    live_until(&rig, now + times.overlap_ms + HOUR);
    assert_true(seed_there(&rig, EPOCH));
    (void)client(&rig, "999000007");
    for (unsigned i = 0; i < 3; i++) {
        go_on(&rig, times.tick_ms);
    }
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    assert_int_equal(records(&rig, RECORD_EPOCH_KEY_DESTROYED), 1);
    assert_int_equal(rmdir(path), 0);
    live_until(&rig, now + HOUR);
    assert_false(seed_there(&rig, EPOCH));
    close_rig(&rig);
}

/* On a disk that is full no step is tried each second again. */
static void what_fails_waits_longer_each_time(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    const uint64_t ticks = sharing_version(rig.api.sharing);
    rig_disk_full(&rig, true);
    now += times.tick_ms;
    for (unsigned i = 0; i < 100; i++) {
        go_on(&rig, SECOND);
    }
    rig_disk_full(&rig, false);
    go_on(&rig, SECOND);
    assert_int_equal(sharing_version(rig.api.sharing), ticks); /* it waits */
    go_on(&rig, 64 * SECOND);
    assert_true(sharing_version(rig.api.sharing) > ticks);
    close_rig(&rig);
}

/* ---- what is damaged ---- */

/* The area team gets no set and no answer: it reads that this partner cannot be asked, and not that he knows nobody. */
static void assert_silent(struct rig *rig, uint32_t epoch)
{
    const struct match_scope scope = scope_to(rig, AREA_TEAM, ALIGNMENT, epoch);
    struct sharing_set set;
    struct error err;
    assert_int_equal(sharing_set(rig->api.sharing, &scope, &set, &err), RESULT_FAILED);
    assert_false(sharing_answers(rig->api.sharing, &scope));
}

static void a_damaged_person_keeps_nobody_else_waiting(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    const struct ident broken = client(&rig, "999000007");
    publish(&rig);
    tamper(&rig, "UPDATE subject SET payload = zeroblob(length(payload)) WHERE entry = 1");
    (void)client(&rig, "999000019");
    const struct involvement budget = rig_budget();
    rig_involve(&rig, &broken, &budget); /* comes into the feed before the next */
    (void)client(&rig, "999000020");
    settle(&rig);
    go_on(&rig, times.tick_ms);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000019"));
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000020"));
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007")); /* nobody can tell */
    assert_true(sharing_waiting(rig.api.sharing) != 0);          /* his change is not forgotten */
    go_on(&rig, DAY);                                            /* a look at everybody */
    go_on(&rig, times.tick_ms);
    say(&rig, STATEMENT_REJECT, 100);
    settle(&rig);
    say(&rig, STATEMENT_ACCEPT, 200);
    settle(&rig);
    go_on(&rig, times.tick_ms);
    assert_silent(&rig, EPOCH); /* made anew it would lack him */
    close_rig(&rig);
}

static const char *const tables_of_a_person[] = {"subject", "involvement", "fact"};

static void spoil(struct rig *rig, const char *table)
{
    char sql[120];
    (void)snprintf(sql, sizeof sql, "UPDATE %s SET payload = CAST(payload || x'00' AS BLOB) WHERE entry = 1", table);
    tamper(rig, sql);
}

static void mend(struct rig *rig, const char *table)
{
    char sql[120];
    (void)snprintf(sql, sizeof sql, "UPDATE %s SET payload = substr(payload, 1, length(payload) - 1) WHERE entry = 1",
                   table);
    tamper(rig, sql);
}

/* As at a node that stopped before it had published anything. */
static void a_first_set_waits_for_whoever_cannot_be_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tables_of_a_person); i++) {
        struct rig rig;
        open_as(&rig, DEBT_HELP);
        (void)client(&rig, "999000007");
        (void)client(&rig, "999000019");
        spoil(&rig, tables_of_a_person[i]);
        settle(&rig);
        for (unsigned k = 0; k < 3; k++) {
            go_on(&rig, times.tick_ms);
            assert_silent(&rig, EPOCH);
        }
        restart(&rig);
        go_on(&rig, times.tick_ms);
        assert_silent(&rig, EPOCH);
        mend(&rig, tables_of_a_person[i]);
        go_on(&rig, times.tick_ms);
        publish(&rig);
        assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
        assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000019"));
        close_rig(&rig);
    }
}

/* Who was registered and could not be looked at before he was damaged. */
static void who_is_new_and_cannot_be_read_is_not_told_to_be_nobody(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tables_of_a_person); i++) {
        struct rig rig;
        open_as(&rig, DEBT_HELP);
        publish(&rig);
        (void)client(&rig, "999000007");
        spoil(&rig, tables_of_a_person[i]);
        settle(&rig);
        assert_silent(&rig, EPOCH);
        for (unsigned k = 0; k < 3; k++) {
            go_on(&rig, times.tick_ms);
            assert_silent(&rig, EPOCH);
        }
        restart(&rig);
        go_on(&rig, times.tick_ms);
        assert_silent(&rig, EPOCH);
        mend(&rig, tables_of_a_person[i]);
        go_on(&rig, times.tick_ms);
        publish(&rig);
        assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
        close_rig(&rig);
    }
}

/* Sets of the next epoch, of this one's target or of all others: whether they are given out. */
static size_t given_out(struct rig *rig, uint32_t epoch, const struct ident *person, bool his)
{
    const struct sharing *s = rig->api.sharing;
    size_t count = 0;
    for (size_t i = 0; i < s->target_count; i++) {
        const struct target *target = &s->targets[i];
        const struct match_scope here = {rig->api.own_oin, target->requester, slice_text(target->purpose), EPOCH};
        struct match_scope there = here;
        struct sharing_set set;
        struct error err;
        there.epoch = epoch;
        const struct shared_set *now_his = scope_find(s, &here);
        const bool is_his = now_his != NULL && roster_in(s->roster, person, now_his->number) != 0;
        count += is_his == his && sharing_set(s, &there, &set, &err) == RESULT_OK;
    }
    return count;
}

/* The sets in which he stood wait for him, and those in which he did not stand go over. */
static void at_an_epochs_turn_only_his_sets_wait_for_who_cannot_be_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(tables_of_a_person); i++) {
        struct rig rig;
        open_as(&rig, DEBT_HELP);
        const struct ident person = client(&rig, "999000007");
        publish(&rig);
        assert_true(given_out(&rig, EPOCH, &person, true) != 0);
        assert_true(given_out(&rig, EPOCH, &person, false) != 0);
        spoil(&rig, tables_of_a_person[i]);
        now = (EPOCH + 1) * times.epoch_ms - times.overlap_ms;
        settle(&rig);
        live_until(&rig, (EPOCH + 1) * times.epoch_ms + HOUR);
        assert_true(knows_in(&rig, AREA_TEAM, ALIGNMENT, "999000007", EPOCH));
        assert_silent(&rig, EPOCH + 1);
        assert_int_equal(given_out(&rig, EPOCH + 1, &person, true), 0);
        assert_int_equal(given_out(&rig, EPOCH + 1, &person, false), given_out(&rig, EPOCH, &person, false));
        live_until(&rig, (EPOCH + 1) * times.epoch_ms + times.overlap_ms + HOUR);
        assert_silent(&rig, EPOCH + 1);
        mend(&rig, tables_of_a_person[i]);
        go_on(&rig, times.tick_ms);
        publish(&rig);
        assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
        close_rig(&rig);
    }
}

static void who_makes_no_sense_keeps_his_place(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        struct rig rig;
        open_as(&rig, DEBT_HELP);
        const struct ident person = client(&rig, "999000007");
        publish(&rig);
        if (i == 0) {
            const struct store_write broken = {
                .id = person, .keys = {slice_text("999000007")}, .payload = slice_text("?")};
            rig_put(&rig, STORE_SUBJECT, &broken);
        } else {
            const struct store_write broken = {
                .id = entropy_ident(&rig.entropy), .parent = person, .payload = slice_text("?")};
            rig_put(&rig, STORE_INVOLVEMENT, &broken);
        }
        settle(&rig);
        live_until(&rig, now + times.removal_ms + 2 * HOUR);
        assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
        assert_true(sharing_waiting(rig.api.sharing) != 0);
        close_rig(&rig);
    }
}

/* As when a page of an index is damaged: not found is not removed. */
static void who_is_not_found_and_was_not_removed_keeps_his_place(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    const struct ident person = client(&rig, "999000007");
    publish(&rig);
    tamper(&rig, "INSERT INTO feed(subject) SELECT id FROM subject");
    tamper(&rig, "UPDATE subject SET id = randomblob(16)");
    settle(&rig);
    live_until(&rig, now + times.removal_ms + 2 * HOUR);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    now = (EPOCH + 1) * times.epoch_ms - times.overlap_ms;
    settle(&rig);
    live_until(&rig, (EPOCH + 1) * times.epoch_ms + HOUR);
    assert_silent(&rig, EPOCH + 1);
    assert_int_equal(given_out(&rig, EPOCH + 1, &person, true), 0);
    close_rig(&rig);
}

/* What was registered just before it was damaged is found by looking at everybody. */
static void without_a_feed_everybody_is_looked_at(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    (void)client(&rig, "999000007");
    tamper(&rig, "INSERT INTO feed(place, subject) SELECT -1, id FROM subject; PRAGMA ignore_check_constraints = ON;"
                 " UPDATE feed SET subject = x'00'");
    settle(&rig);
    go_on(&rig, times.tick_ms);
    go_on(&rig, times.tick_ms);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    assert_true(sharing_waiting(rig.api.sharing) != 0);
    close_rig(&rig);
}

static void damaged_rows_of_places_and_sets_are_made_anew(void **state)
{
    (void)state;
    static const struct {
        const char *sql;
        bool place_stays;
    } hands[] = {
        {"UPDATE roster SET payload = zeroblob(length(payload)) WHERE hex(substr(id, 1, 1)) = '01'", false},
        {"UPDATE roster SET payload = zeroblob(length(payload)) WHERE hex(substr(id, 1, 1)) = '02'", false},
        {"DELETE FROM roster WHERE hex(substr(id, 1, 1)) = '01'", false},
        {"DELETE FROM roster WHERE hex(substr(id, 1, 1)) = '02'", false},
        {"DELETE FROM roster", false},
        {"UPDATE value SET sealed = zeroblob(length(sealed)) WHERE name = 'koppeling'", true},
    };
    for (size_t i = 0; i < COUNT_OF(hands); i++) {
        struct rig rig;
        open_as(&rig, DEBT_HELP);
        (void)client(&rig, "999000007");
        publish(&rig);
        const uint64_t version = version_of(&rig, AREA_TEAM, ALIGNMENT);
        stop(&rig);
        tamper(&rig, hands[i].sql);
        start(&rig);
        assert_silent(&rig, EPOCH); /* from the first moment on */
        assert_true(sharing_waiting(rig.api.sharing) != 0);
        spoil(&rig, "subject"); /* and until he can be looked at */
        settle(&rig);
        go_on(&rig, times.tick_ms);
        go_on(&rig, times.tick_ms);
        if (hands[i].place_stays) {
            assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
        } else {
            assert_silent(&rig, EPOCH);
        }
        mend(&rig, "subject");
        go_on(&rig, times.tick_ms);
        publish(&rig);
        publish(&rig);
        assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
        assert_true(version_of(&rig, AREA_TEAM, ALIGNMENT) > version);
        restart(&rig); /* and nothing is damaged any more */
        assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
        close_rig(&rig);
    }
}

static void a_seed_that_does_not_open_closes_its_sets_and_the_node_starts(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing_set set;
    struct error err;
    open_as(&rig, DEBT_HELP);
    (void)client(&rig, "999000007");
    now = (EPOCH + 1) * times.epoch_ms - times.overlap_ms;
    publish(&rig);
    assert_true(knows_in(&rig, AREA_TEAM, ALIGNMENT, "999000007", EPOCH + 1));
    stop(&rig);
    write_seed(&rig, EPOCH, "not a seed");
    start(&rig);
    settle(&rig);
    go_on(&rig, times.tick_ms);
    const struct match_scope scope = scope_to(&rig, AREA_TEAM, ALIGNMENT, EPOCH);
    assert_int_equal(sharing_set(rig.api.sharing, &scope, &set, &err), RESULT_FAILED);
    assert_true(knows_in(&rig, AREA_TEAM, ALIGNMENT, "999000007", EPOCH + 1));
    close_rig(&rig);
}

/* ---- the covenant ---- */

static void a_covenant_that_goes_and_comes_back_finds_class_and_dummies_again(void **state)
{
    (void)state;
    enum { MANY = SET_CLASS_MIN / 4 * 3 + 1, STAY = 5 };
    static struct ident people[MANY];
    static uint64_t before[2 * SET_CLASS_MIN];
    struct rig rig;
    char number[BSN_DIGITS + 1];
    open_as(&rig, DEBT_HELP);
    for (unsigned i = 0; i < MANY; i++) {
        number_of(i, number);
        people[i] = client(&rig, number);
    }
    publish(&rig);
    assert_int_equal(set_of(&rig, EPOCH).header.class, 2 * SET_CLASS_MIN);
    for (unsigned i = STAY; i < MANY; i++) {
        withdraw(&rig, &people[i]);
    }
    settle(&rig);
    go_on(&rig, times.removal_ms + times.tick_ms);
    const struct sharing_set then = set_of(&rig, EPOCH);
    assert_int_equal(then.people, STAY);
    memcpy(before, then.entries, sizeof before);
    say(&rig, STATEMENT_REJECT, 100);
    settle(&rig);
    restart(&rig);
    say(&rig, STATEMENT_ACCEPT, 200);
    publish(&rig);
    const struct sharing_set again = set_of(&rig, EPOCH);
    assert_int_equal(again.people, STAY);
    assert_int_equal(again.header.class, 2 * SET_CLASS_MIN);
    assert_memory_equal(again.entries, before, sizeof before); /* who compares both sees nobody stand out */
    assert_true(again.header.version > then.header.version);
    close_rig(&rig);
}

static void whether_a_set_is_urgent_goes_by_the_covenant_in_force(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    const uint64_t version = version_of(&rig, AREA_TEAM, ALIGNMENT);
    set_urgent(&rig, true);
    settle(&rig);
    for (unsigned i = 0; i < 3; i++) {
        go_on(&rig, times.urgent_tick_ms);
    }
    const uint64_t urgent = version_of(&rig, AREA_TEAM, ALIGNMENT);
    assert_true(urgent > version);
    restart(&rig);
    set_urgent(&rig, false);
    settle(&rig);
    go_on(&rig, times.tick_ms - now % times.tick_ms + times.urgent_tick_ms);
    const uint64_t ordinary = version_of(&rig, AREA_TEAM, ALIGNMENT);
    assert_true(ordinary > urgent);
    go_on(&rig, times.urgent_tick_ms);
    assert_int_equal(version_of(&rig, AREA_TEAM, ALIGNMENT), ordinary);
    close_rig(&rig);
}

/* A covenant that changes before a look at everybody is at its end does not send it back to the start each time. */
static void a_look_at_everybody_comes_to_its_end_whatever_changes(void **state)
{
    (void)state;
    enum { PEOPLE = 4 * MATCH_STEP_SUBJECTS };
    struct rig rig;
    char number[BSN_DIGITS + 1];
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    stop(&rig);
    for (unsigned i = 0; i < PEOPLE; i++) {
        number_of(i, number);
        (void)client(&rig, number);
    }
    store_feed_read(rig.world.door, 0, STORE_LIST_MAX, drop_all, &rig);
    store_feed_read(rig.world.door, 0, STORE_LIST_MAX, drop_all, &rig);
    now += DAY; /* a look begins */
    start(&rig);
    const uint64_t swept = rig.api.sharing->state.swept;
    unsigned turns = 0;
    unsigned changes = 0;
    for (; turns < 3000 && rig.api.sharing->state.swept == swept; turns++) {
        sharing_tick(rig.api.sharing);
        (void)uv_run(&rig.world.loop, UV_RUN_ONCE);
        if (turns % 5 == 4 && rig.api.sharing->state.sweep != swept && rig.api.sharing->people_left < PEOPLE) {
            set_urgent(&rig, ++changes % 2 == 1); /* another document for whom there are sets */
            now += SECOND;
        }
    }
    assert_true(changes > 1 && turns < 3000);
    rig_run(&rig);
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clock_that_jumps_does_nothing_before_it_is_believed),
        cmocka_unit_test(a_jump_that_was_believed_leaves_the_seeds_for_an_overlap),
        cmocka_unit_test(an_epoch_that_stays_over_is_destroyed_after_an_overlap),
        cmocka_unit_test(a_moment_drawn_by_a_clock_that_was_ahead_is_drawn_in),
        cmocka_unit_test(versions_go_by_the_clock_and_never_back),
        cmocka_unit_test(a_seed_that_cannot_be_made_stops_nothing_else),
        cmocka_unit_test(a_seed_that_cannot_be_destroyed_stops_nothing_else),
        cmocka_unit_test(what_fails_waits_longer_each_time),
        cmocka_unit_test(a_damaged_person_keeps_nobody_else_waiting),
        cmocka_unit_test(a_first_set_waits_for_whoever_cannot_be_read),
        cmocka_unit_test(at_an_epochs_turn_only_his_sets_wait_for_who_cannot_be_read),
        cmocka_unit_test(who_is_new_and_cannot_be_read_is_not_told_to_be_nobody),
        cmocka_unit_test(who_makes_no_sense_keeps_his_place),
        cmocka_unit_test(who_is_not_found_and_was_not_removed_keeps_his_place),
        cmocka_unit_test(without_a_feed_everybody_is_looked_at),
        cmocka_unit_test(damaged_rows_of_places_and_sets_are_made_anew),
        cmocka_unit_test(a_seed_that_does_not_open_closes_its_sets_and_the_node_starts),
        cmocka_unit_test(a_covenant_that_goes_and_comes_back_finds_class_and_dummies_again),
        cmocka_unit_test(whether_a_set_is_urgent_goes_by_the_covenant_in_force),
        cmocka_unit_test(a_look_at_everybody_comes_to_its_end_whatever_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
