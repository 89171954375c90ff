/* The provider's half of private matching over a real store: who stands in whose set when, against what was registered. */
#include "unit/api/api_rig.h"

#include "api/past_place.h"
#include "api/sharing.h"
#include "matching/published_set.h"

#define ALIGNMENT "hulpafstemming"

static const int64_t SECOND = 1000;
static const int64_t HOUR = 3600000;
static const int64_t DAY = 86400000;
enum { EPOCH = 731 }; /* begins on 2026-01-15 */

static int64_t now;

static int64_t clock_of_test(void *ctx)
{
    (void)ctx;
    return now;
}

static const struct match_times times = {.tick_ms = 900000,
                                         .urgent_tick_ms = 60000,
                                         .epoch_ms = INT64_C(28) * 86400000,
                                         .overlap_ms = INT64_C(48) * 3600000,
                                         .removal_ms = 86400000,
                                         .values_ms = INT64_C(28) * 86400000};

static void started(void *ctx, const struct error *err)
{
    assert_null(err);
    *(bool *)ctx = true;
}

static void start(struct rig *rig)
{
    struct error err;
    bool ready = false;
    assert_int_equal(sharing_open(&rig->api, &times, &rig->api.sharing, &err), RESULT_OK);
    sharing_start(rig->api.sharing, started, &ready);
    rig_run(rig);
    assert_true(ready);
}

static void stop(struct rig *rig)
{
    sharing_stop(rig->api.sharing);
    rig_run(rig);
    sharing_close(rig->api.sharing);
    rig->api.sharing = NULL;
}

static void open_as(struct rig *rig, const char *own_oin)
{
    now = EPOCH * times.epoch_ms + 3 * DAY;
    rig_open(rig, own_oin);
    rig->world.clock.now_ms = clock_of_test;
    start(rig);
}

static void close_rig(struct rig *rig)
{
    stop(rig);
    rig_close(rig);
}

/* All that can be done at this moment is done. */
static void settle(struct rig *rig)
{
    sharing_tick(rig->api.sharing);
    rig_run(rig);
}

static void go_on(struct rig *rig, int64_t ms)
{
    now += ms;
    settle(rig);
}

/* Until all is published that was registered before. */
static void publish(struct rig *rig)
{
    settle(rig);
    go_on(rig, times.tick_ms);
    assert_int_equal(sharing_waiting(rig->api.sharing), 0);
}

static struct match_scope scope_of(struct rig *rig, const char *requester, const char *purpose, uint32_t epoch)
{
    struct match_scope scope = {.provider = rig->api.own_oin, .purpose = slice_text(purpose), .epoch = epoch};
    assert_true(oin_parse(slice_text(requester), &scope.requester));
    return scope;
}

/* What the requester would come to, by the key that was published. */
static struct match_value value_of(struct rig *rig, const struct match_scope *scope, const char *number)
{
    struct bsn bsn;
    struct voprf_key key;
    struct voprf_output output;
    struct match_value value;
    struct error err;
    uint8_t input[MATCH_INPUT_BYTES];
    assert_true(bsn_parse(slice_text(number), &bsn));
    match_input(&bsn, input);
    assert_int_equal(sharing_key(rig->api.sharing, scope, &key, &err), RESULT_OK);
    assert_int_equal(voprf_own(&key, slice_of(input, sizeof input), &output, &err), RESULT_OK);
    match_value_of(scope, &output, &value);
    return value;
}

static bool in_set(const struct sharing_set *set, uint64_t fingerprint)
{
    bool found = false;
    for (uint32_t i = 0; i < set->header.class; i++) {
        found = found || set->entries[i] == fingerprint;
        assert_true(i == 0 || set->entries[i - 1] < set->entries[i]);
    }
    return found;
}

/* In the set, and found by ask key: both or neither. */
static bool knows_in(struct rig *rig, const char *requester, const char *purpose, const char *number, uint32_t epoch)
{
    struct sharing_set set;
    struct error err;
    struct ident subject;
    const struct match_scope scope = scope_of(rig, requester, purpose, epoch);
    const struct match_value value = value_of(rig, &scope, number);
    assert_int_equal(sharing_set(rig->api.sharing, &scope, &set, &err), RESULT_OK);
    const bool in = in_set(&set, value.fingerprint);
    assert_int_equal(sharing_find(rig->api.sharing, &scope, &value.key, &subject), in);
    return in;
}

static bool knows(struct rig *rig, const char *requester, const char *purpose, const char *number)
{
    return knows_in(rig, requester, purpose, number, sharing_epoch(rig->api.sharing));
}

static size_t records(struct rig *rig, enum record_operation operation)
{
    size_t count = 0;
    for (uint64_t i = 0; i < rig_leaves(rig); i++) {
        count += rig_record(rig, i).operation == operation;
    }
    return count;
}

/* Not while a step is under way: as after a crash, what is in the store is all that is known. */
static void restart(struct rig *rig)
{
    stop(rig);
    start(rig);
}

static uint64_t version_of(struct rig *rig, const char *requester, const char *purpose)
{
    const struct match_scope scope = scope_of(rig, requester, purpose, sharing_epoch(rig->api.sharing));
    struct sharing_set set;
    struct error err;
    assert_int_equal(sharing_set(rig->api.sharing, &scope, &set, &err), RESULT_OK);
    return set.header.version;
}

static struct record last_of(struct rig *rig, enum record_operation operation)
{
    for (uint64_t i = rig_leaves(rig); i-- > 0;) {
        const struct record record = rig_record(rig, i);
        if (record.operation == operation) {
            return record;
        }
    }
    fail_msg("no such record");
    return (struct record){.operation = operation};
}

/* A client of whom the area team may know. */
static struct ident client(struct rig *rig, const char *number)
{
    const struct ident person = rig_person(rig, number);
    const struct involvement budget = rig_budget();
    rig_involve(rig, &person, &budget);
    rig_consent(rig, &person);
    return person;
}

static void withdraw(struct rig *rig, const struct ident *person)
{
    const struct fact fact = {.kind = FACT_CONSENT,
                              .state = STATE_WITHDRAWN,
                              .consent = CONSENT_GROUND,
                              .as = GIVER_SUBJECT,
                              .recorded_ms = now,
                              .changed_ms = now,
                              .told = true};
    rig_fact(rig, person, &fact);
}

static void consent_again(struct rig *rig, const struct ident *person)
{
    const struct fact fact = {.kind = FACT_CONSENT,
                              .state = STATE_GIVEN,
                              .consent = CONSENT_GROUND,
                              .as = GIVER_SUBJECT,
                              .categories = CATEGORY_BIT(CATEGORY_COUNT) - 1,
                              .recipients = {1, {"gebiedsteam"}},
                              .purposes = {1, {ALIGNMENT}},
                              .from = {2025, 6, 1},
                              .recorded_ms = now,
                              .changed_ms = now,
                              .told = true};
    rig_fact(rig, person, &fact);
}

struct pasts {
    struct past_place places[16];
    size_t count;
};

static void take_pasts(void *ctx, const struct store_found *found, const struct error *err)
{
    struct pasts *pasts = ctx;
    struct error fault;
    assert_null(err);
    for (size_t i = 0; i < found->child_count; i++) {
        assert_true(pasts->count < COUNT_OF(pasts->places));
        assert_int_equal(past_place_decode(found->children[i].payload, &pasts->places[pasts->count++], &fault),
                         RESULT_OK);
    }
}

static struct pasts pasts_of(struct rig *rig, const struct ident *person)
{
    struct pasts pasts = {.count = 0};
    store_get(rig->world.door, STORE_SUBJECT, person, STORE_PAST_PLACE, take_pasts, &pasts);
    return pasts;
}

/* ---- who stands in a set ---- */

static void who_is_registered_stands_in_the_sets_that_the_covenant_says(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    const struct ident person = client(&rig, "999000007");
    const struct ident other = rig_person(&rig, "999000019");
    const struct involvement budget = rig_budget();
    rig_involve(&rig, &other, &budget);
    assert_true(sharing_waiting(rig.api.sharing) != 0);
    settle(&rig);
    assert_true(sharing_waiting(rig.api.sharing) != 0);
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    publish(&rig);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000019"));
    assert_false(knows(&rig, SCHOOL, ALIGNMENT, "999000007"));
    assert_int_equal(pasts_of(&rig, &person).count, 0);
    close_rig(&rig);
}

static void a_shielded_one_and_one_that_begins_later_are_in_no_set(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    const struct ident hidden = rig_person(&rig, "999000007");
    const struct ident later = rig_person(&rig, "999000019");
    struct involvement involvement = rig_budget();
    rig_consent(&rig, &hidden);
    rig_consent(&rig, &later);
    involvement.sensitivity = SENSITIVITY_SHIELDED;
    rig_involve(&rig, &hidden, &involvement);
    involvement.sensitivity = SENSITIVITY_NORMAL;
    involvement.since = (struct date){2026, 1, 20};
    rig_involve(&rig, &later, &involvement);
    publish(&rig);
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000019"));
    now += 3 * DAY; /* nobody changes anything: the day does */
    publish(&rig);
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000019"));
    close_rig(&rig);
}

static void whose_sharing_ends_leaves_within_the_time_and_is_told_where_he_stood(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    const struct ident person = client(&rig, "999000007");
    publish(&rig);
    const int64_t since = now;
    const uint64_t first = version_of(&rig, AREA_TEAM, ALIGNMENT);
    withdraw(&rig, &person);
    settle(&rig);
    assert_int_equal(sharing_waiting(rig.api.sharing), 0); /* who goes is not waited for */
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    unsigned ticks = 0;
    for (; knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"); ticks++) {
        assert_true(ticks < 98);
        if (ticks % 7 == 0) {
            restart(&rig); /* the moment was drawn, and stays */
        }
        go_on(&rig, times.tick_ms);
    }
    const struct pasts pasts = pasts_of(&rig, &person);
    assert_int_equal(pasts.count, 1);
    assert_string_equal(pasts.places[0].requester.digits, AREA_TEAM);
    assert_string_equal(pasts.places[0].purpose, ALIGNMENT);
    assert_int_equal(pasts.places[0].epoch, EPOCH);
    assert_true(pasts.places[0].since <= first && pasts.places[0].until > first);
    assert_true(pasts.places[0].began_ms <= since && pasts.places[0].ended_ms == now);
    close_rig(&rig);
}

static void who_comes_back_before_he_left_just_stays_and_afterwards_comes_anew(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    const struct ident person = client(&rig, "999000007");
    publish(&rig);
    withdraw(&rig, &person);
    settle(&rig);
    now += 1000;
    consent_again(&rig, &person);
    settle(&rig);
    for (unsigned i = 0; i < 100; i++) {
        assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
        go_on(&rig, times.tick_ms);
    }
    assert_int_equal(pasts_of(&rig, &person).count, 0);
    withdraw(&rig, &person);
    settle(&rig);
    go_on(&rig, times.removal_ms + times.tick_ms);
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    now += 1000;
    consent_again(&rig, &person);
    publish(&rig);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    assert_int_equal(pasts_of(&rig, &person).count, 1);
    close_rig(&rig);
}

/* ---- versions ---- */

static void a_set_is_given_out_only_when_its_record_is_durable(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    const uint64_t before = version_of(&rig, AREA_TEAM, ALIGNMENT);
    (void)client(&rig, "999000007");
    settle(&rig);
    rig_disk_full(&rig, true);
    for (unsigned i = 0; i < 3; i++) {
        go_on(&rig, times.tick_ms);
        assert_int_equal(version_of(&rig, AREA_TEAM, ALIGNMENT), before);
        assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    }
    rig_disk_full(&rig, false);
    go_on(&rig, 2 * SECOND);
    assert_int_equal(version_of(&rig, AREA_TEAM, ALIGNMENT), before + 1);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    close_rig(&rig);
}

static void each_tick_has_a_version_and_one_record_whether_or_not_anything_changed(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing_set set;
    struct set_swap swaps[SET_STEP_SWAPS];
    uint32_t count = 9;
    struct error err;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    const struct match_scope scope = scope_of(&rig, AREA_TEAM, ALIGNMENT, EPOCH);
    const size_t records_before = records(&rig, RECORD_SETS_PUBLISHED);
    const uint64_t ticks = sharing_version(rig.api.sharing);
    const uint64_t version = version_of(&rig, AREA_TEAM, ALIGNMENT);
    settle(&rig);
    assert_int_equal(sharing_version(rig.api.sharing), ticks); /* not between two ticks */
    for (unsigned i = 0; i < 4; i++) {
        go_on(&rig, times.tick_ms);
    }
    assert_int_equal(sharing_version(rig.api.sharing), ticks + 4);
    assert_int_equal(records(&rig, RECORD_SETS_PUBLISHED), records_before + 4);
    assert_int_equal(sharing_set(rig.api.sharing, &scope, &set, &err), RESULT_OK);
    assert_int_equal(set.header.version, version + 4);
    assert_int_equal(sharing_step(rig.api.sharing, &scope, version, swaps, &count, &err), RESULT_OK);
    assert_int_equal(count, 0);
    (void)client(&rig, "999000007");
    publish(&rig);
    assert_int_equal(sharing_step(rig.api.sharing, &scope, version + 4, swaps, &count, &err), RESULT_OK);
    assert_int_equal(count, 1);
    assert_true(swaps[0].comes == value_of(&rig, &scope, "999000007").fingerprint);
    close_rig(&rig);
}

static void a_restart_gives_the_same_sets_before_any_tick(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing_set before;
    struct sharing_set after;
    struct error err;
    open_as(&rig, DEBT_HELP);
    const struct ident gone = client(&rig, "999000007");
    (void)client(&rig, "999000019");
    publish(&rig);
    withdraw(&rig, &gone); /* so that dummies came and went, too */
    settle(&rig);
    go_on(&rig, times.removal_ms + times.tick_ms);
    (void)client(&rig, "999000020"); /* known, and not published */
    settle(&rig);
    const struct match_scope scope = scope_of(&rig, AREA_TEAM, ALIGNMENT, EPOCH);
    assert_int_equal(sharing_set(rig.api.sharing, &scope, &before, &err), RESULT_OK);
    const size_t keys = records(&rig, RECORD_EPOCH_KEY);
    uint64_t entries[SET_CLASS_MIN];
    memcpy(entries, before.entries, sizeof entries);
    restart(&rig);
    assert_int_equal(sharing_set(rig.api.sharing, &scope, &after, &err), RESULT_OK);
    assert_int_equal(after.header.version, before.header.version);
    assert_memory_equal(&after.header.root, &before.header.root, sizeof after.header.root);
    assert_memory_equal(&after.header.key, &before.header.key, sizeof after.header.key);
    assert_memory_equal(after.entries, entries, sizeof entries);
    assert_int_equal(after.people, 1);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000019"));
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000020"));
    publish(&rig);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000020"));
    assert_int_equal(records(&rig, RECORD_EPOCH_KEY), keys);
    close_rig(&rig);
}

/* ---- everybody ---- */

static void drop_all(void *ctx, const struct store_change *changes, size_t count, const struct error *err)
{
    struct rig *rig = ctx;
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_null(err);
    for (size_t i = 0; i < count; i++) {
        store_feed_drop(batch, &changes[i]);
    }
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

static void number_of(unsigned n, char out[BSN_DIGITS + 1])
{
    unsigned digits = 999100000 + n * 20;
    struct bsn bsn;
    do {
        (void)snprintf(out, BSN_DIGITS + 1, "%u", digits++);
    } while (!bsn_parse(slice_text(out), &bsn));
}

/* People from before there was a feed; a node that starts again halfway goes on there. */
static void a_node_with_people_from_before_looks_at_all_of_them(void **state)
{
    (void)state;
    enum { PEOPLE = 3 * MATCH_STEP_SUBJECTS + 5 };
    struct rig rig;
    char number[BSN_DIGITS + 1];
    now = EPOCH * times.epoch_ms + 3 * DAY;
    rig_open(&rig, DEBT_HELP);
    rig.world.clock.now_ms = clock_of_test;
    for (unsigned i = 0; i < PEOPLE; i++) {
        number_of(i, number);
        (void)client(&rig, number);
    }
    store_feed_read(rig.world.door, 0, STORE_LIST_MAX, drop_all, &rig);
    start(&rig);
    for (unsigned turn = 0; turn < 200 && sharing_waiting(rig.api.sharing) != 0; turn++) {
        sharing_tick(rig.api.sharing);
        for (unsigned i = 0; i < 3 + turn && uv_run(&rig.world.loop, UV_RUN_NOWAIT) != 0; i++) {
        }
        restart(&rig);
        now += SECOND;
    }
    publish(&rig);
    for (unsigned i = 0; i < PEOPLE; i++) {
        number_of(i, number);
        assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, number));
    }
    close_rig(&rig);
}

static void without_people_there_are_sets_of_dummies_alone(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing_set set;
    struct ident nobody;
    struct error err;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    const struct match_scope scope = scope_of(&rig, AREA_TEAM, ALIGNMENT, EPOCH);
    assert_int_equal(sharing_set(rig.api.sharing, &scope, &set, &err), RESULT_OK);
    assert_int_equal(set.header.class, SET_CLASS_MIN);
    assert_int_equal(set.people, 0);
    assert_false(sharing_decoy(rig.api.sharing, 5, &nobody));
    close_rig(&rig);
}

static void who_is_no_provider_has_no_sets_and_goes_on(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing_set set;
    struct error err;
    open_as(&rig, STRANGER);
    const uint64_t leaves = rig_leaves(&rig);
    settle(&rig);
    go_on(&rig, times.tick_ms);
    assert_int_equal(sharing_waiting(rig.api.sharing), 0);
    assert_int_equal(rig_leaves(&rig), leaves);
    const struct match_scope scope = scope_of(&rig, AREA_TEAM, ALIGNMENT, EPOCH);
    assert_int_equal(sharing_set(rig.api.sharing, &scope, &set, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_NOT_FOUND);
    restart(&rig);
    go_on(&rig, times.tick_ms);
    close_rig(&rig);
}

/* ---- a country: the sample with as many area teams more, each in a municipality of its own ---- */

enum { TEAMS = 340 };

static void team_oin(unsigned team, char out[OIN_DIGITS + 1])
{
    (void)snprintf(out, OIN_DIGITS + 1, "0000009990000000%04u", team);
}

static const char *after_text(const char *text, const char *what)
{
    const char *found = strstr(text, what);
    assert_non_null(found);
    return found + strlen(what);
}

/* The area team's line with other numbers and names. */
static void put_team(struct buf *out, const char *line, unsigned team)
{
    const char *end = after_text(line, "}},");
    char oin[OIN_DIGITS + 1];
    team_oin(team, oin);
    buf_format(out, "    {\"oin\": \"%s\", \"naam\": \"Team %u\"", oin, team);
    for (const char *at = strstr(line, ", \"soort\""); at < end; at++) {
        if (strncmp(at, "gebiedsteam.", 12) == 0) {
            buf_format(out, "t%u.", team);
            at += 11;
        } else if (strncmp(at, "[\"9901\", \"9902\"]", 16) == 0) {
            buf_format(out, "[\"%u\"]", 1000 + team);
            at += 15;
        } else {
            buf_byte(out, (uint8_t)*at);
        }
    }
    buf_byte(out, '\n');
}

static void set_country(struct rig *rig)
{
    char *text = rig_covenant_text();
    const char *line = strstr(text, "    {\"oin\": \"" AREA_TEAM);
    struct buf country;
    buf_init(&country, COVENANT_BYTES_MAX);
    buf_bytes(&country, text, (size_t)(line - text));
    for (unsigned team = 0; team < TEAMS; team++) {
        put_team(&country, line, team);
    }
    buf_text(&country, line);
    buf_byte(&country, '\0');
    assert_true(buf_ok(&country));
    rig_set_covenant(rig, (const char *)country.ptr);
    buf_free(&country);
    free(text);
}

static struct ident client_in(struct rig *rig, const char *number, unsigned municipality)
{
    struct subject subject = {.family_name = "Proefpersoon", .birth = {1985, 3, 4}};
    struct buf payload;
    const struct involvement budget = rig_budget();
    assert_true(bsn_parse(slice_text(number), &subject.bsn));
    (void)snprintf(subject.municipality, sizeof subject.municipality, "%u", municipality);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    subject_encode(&subject, &payload);
    const struct store_write item = {
        .id = entropy_ident(&rig->entropy), .keys = {slice_text(number)}, .payload = buf_slice(&payload)};
    rig_put(rig, STORE_SUBJECT, &item);
    buf_free(&payload);
    rig_involve(rig, &item.id, &budget);
    rig_consent(rig, &item.id);
    return item.id;
}

static void of_a_country_of_requesters_each_knows_whom_it_may(void **state)
{
    (void)state;
    enum { PEOPLE = 40 };
    struct rig rig;
    char number[BSN_DIGITS + 1];
    char oin[OIN_DIGITS + 1];
    now = EPOCH * times.epoch_ms + 3 * DAY;
    rig_open(&rig, DEBT_HELP);
    rig.world.clock.now_ms = clock_of_test;
    set_country(&rig);
    for (unsigned i = 0; i < PEOPLE; i++) {
        number_of(i, number);
        (void)client_in(&rig, number, 1000 + i * 8);
    }
    start(&rig);
    publish(&rig);
    restart(&rig);
    assert_true(records(&rig, RECORD_EPOCH_KEY) > TEAMS);
    for (unsigned i = 0; i < PEOPLE; i++) {
        number_of(i, number);
        for (unsigned team = 0; team < TEAMS; team += 4) {
            team_oin(team, oin);
            assert_true(knows(&rig, oin, ALIGNMENT, number) == (team == i * 8));
        }
    }
    close_rig(&rig);
}

/* ---- urgent purposes ---- */

#define SAFE_HOME "00000099000000009000"

/* All of the sample's parties, Veilig Thuis among them. */
static void set_all_parties(struct rig *rig)
{
    struct buf text;
    uint8_t *room = NULL;
    FILE *in = fopen(TEST_SOURCE_DIR "/tests/region/convenant.json", "r");
    assert_non_null(in);
    buf_init(&text, COVENANT_BYTES_MAX);
    room = buf_reserve(&text, COVENANT_BYTES_MAX / 2);
    assert_non_null(room);
    buf_commit(&text, fread(room, 1, COVENANT_BYTES_MAX / 2, in));
    (void)fclose(in);
    buf_byte(&text, '\0');
    rig_set_covenant(rig, (const char *)text.ptr);
    buf_free(&text);
}

static void sets_for_urgent_purposes_are_published_more_often(void **state)
{
    (void)state;
    static const char inquiry[] = "onderzoek-veilig-thuis";
    struct rig rig;
    struct involvement involvement = rig_budget();
    now = EPOCH * times.epoch_ms + 3 * DAY;
    rig_open(&rig, SCHOOL);
    rig.world.clock.now_ms = clock_of_test;
    set_all_parties(&rig);
    start(&rig);
    publish(&rig);
    const uint64_t ordinary = version_of(&rig, AREA_TEAM, ALIGNMENT);
    const uint64_t urgent = version_of(&rig, SAFE_HOME, inquiry);
    const struct ident person = rig_person(&rig, "999000007");
    involvement.life_domain = LIFE_EDUCATION;
    rig_involve(&rig, &person, &involvement);
    settle(&rig);
    go_on(&rig, times.urgent_tick_ms);
    assert_int_equal(version_of(&rig, SAFE_HOME, inquiry), urgent + 1);
    assert_int_equal(version_of(&rig, AREA_TEAM, ALIGNMENT), ordinary);
    assert_true(knows(&rig, SAFE_HOME, inquiry, "999000007"));
    assert_false(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    publish(&rig);
    assert_int_equal(version_of(&rig, AREA_TEAM, ALIGNMENT), ordinary + 1);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    close_rig(&rig);
}

/* ---- the covenant ---- */

static void a_partner_without_a_covenant_has_no_set_and_all_who_stood_in_it_are_told(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing_set set;
    struct error err;
    struct oin team;
    open_as(&rig, DEBT_HELP);
    const struct ident person = client(&rig, "999000007");
    publish(&rig);
    const struct match_scope scope = scope_of(&rig, AREA_TEAM, ALIGNMENT, EPOCH);
    const struct match_value value = value_of(&rig, &scope, "999000007");
    const uint64_t version = version_of(&rig, AREA_TEAM, ALIGNMENT);
    assert_true(oin_parse(slice_text(AREA_TEAM), &team));
    rig_word(rig.api.covenant, &team, STATEMENT_REJECT, 100);
    book_choose(&rig.api);
    assert_true(sharing_waiting(rig.api.sharing) != 0);
    publish(&rig);
    struct ident found;
    assert_int_equal(sharing_set(rig.api.sharing, &scope, &set, &err), RESULT_FAILED);
    assert_false(sharing_find(rig.api.sharing, &scope, &value.key, &found));
    assert_int_equal(pasts_of(&rig, &person).count, 1);
    rig_word(rig.api.covenant, &team, STATEMENT_ACCEPT, 200);
    book_choose(&rig.api);
    publish(&rig);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    assert_true(version_of(&rig, AREA_TEAM, ALIGNMENT) > version); /* never one that was there before */
    close_rig(&rig);
}

/* ---- epochs ---- */

static bool seed_there(struct rig *rig, uint32_t epoch)
{
    uint8_t seed[SEAL_KEY_SIZE];
    return seal_epoch_seed(rig->world.keyring, epoch, seed, NULL) == RESULT_OK;
}

static void an_epoch_is_ready_before_it_begins_and_is_destroyed_after_it_ended(void **state)
{
    (void)state;
    struct rig rig;
    struct voprf_key key;
    struct error err;
    open_as(&rig, DEBT_HELP);
    (void)client(&rig, "999000007");
    publish(&rig);
    const struct match_scope next = scope_of(&rig, AREA_TEAM, ALIGNMENT, EPOCH + 1);
    const int64_t turn = (EPOCH + 1) * times.epoch_ms;
    assert_false(sharing_epoch_serves(rig.api.sharing, EPOCH + 1));
    assert_int_equal(sharing_key(rig.api.sharing, &next, &key, &err), RESULT_FAILED);
    assert_string_equal(err.where, "/periode");
    now = turn - 2 * times.overlap_ms;
    publish(&rig);
    now = turn - times.overlap_ms - 1;
    assert_false(sharing_epoch_serves(rig.api.sharing, EPOCH + 1));
    now++;
    settle(&rig);
    assert_int_equal(sharing_epoch(rig.api.sharing), EPOCH);
    assert_true(knows_in(&rig, AREA_TEAM, ALIGNMENT, "999000007", EPOCH + 1));
    assert_true(knows_in(&rig, AREA_TEAM, ALIGNMENT, "999000007", EPOCH));
    (void)client(&rig, "999000019"); /* into both */
    publish(&rig);
    assert_true(knows_in(&rig, AREA_TEAM, ALIGNMENT, "999000019", EPOCH + 1));
    assert_true(knows_in(&rig, AREA_TEAM, ALIGNMENT, "999000019", EPOCH));
    now = turn + times.overlap_ms - 1;
    settle(&rig);
    assert_int_equal(sharing_epoch(rig.api.sharing), EPOCH + 1);
    assert_true(knows_in(&rig, AREA_TEAM, ALIGNMENT, "999000007", EPOCH));
    assert_int_equal(records(&rig, RECORD_EPOCH_KEY_DESTROYED), 0);
    now++;
    settle(&rig);
    assert_false(sharing_epoch_serves(rig.api.sharing, EPOCH));
    assert_int_equal(records(&rig, RECORD_EPOCH_KEY_DESTROYED), 1);
    assert_false(seed_there(&rig, EPOCH));
    assert_true(seed_there(&rig, EPOCH + 1));
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    restart(&rig);
    settle(&rig);
    assert_int_equal(records(&rig, RECORD_EPOCH_KEY_DESTROYED), 1);
    close_rig(&rig);
}

static void an_epoch_before_the_first_start_does_not_serve(void **state)
{
    (void)state;
    struct rig rig;
    now = EPOCH * times.epoch_ms + HOUR;
    rig_open(&rig, DEBT_HELP);
    rig.world.clock.now_ms = clock_of_test;
    start(&rig);
    publish(&rig);
    assert_true(sharing_epoch_serves(rig.api.sharing, EPOCH));
    assert_false(sharing_epoch_serves(rig.api.sharing, EPOCH - 1));
    assert_false(seed_there(&rig, EPOCH - 1));
    close_rig(&rig);
}

/* Whose sharing went on through a turn stood there all the time. */
static void what_went_on_through_a_turn_is_one_past_place(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    const struct ident person = client(&rig, "999000007");
    publish(&rig);
    const int64_t began = now;
    now = (EPOCH + 1) * times.epoch_ms - times.overlap_ms;
    publish(&rig);
    now = (EPOCH + 1) * times.epoch_ms + times.overlap_ms + HOUR;
    publish(&rig);
    assert_int_equal(pasts_of(&rig, &person).count, 0);
    withdraw(&rig, &person);
    settle(&rig);
    go_on(&rig, times.removal_ms + times.tick_ms);
    const struct pasts pasts = pasts_of(&rig, &person);
    assert_int_equal(pasts.count, 1);
    assert_int_equal(pasts.places[0].epoch, EPOCH + 1);
    assert_true(pasts.places[0].began_ms <= began);
    close_rig(&rig);
}

static void each_key_is_in_the_log_once_before_its_set_is_there(void **state)
{
    (void)state;
    struct rig rig;
    struct sharing_set set;
    struct error err;
    open_as(&rig, DEBT_HELP);
    rig_disk_full(&rig, true);
    settle(&rig);
    const struct match_scope scope = scope_of(&rig, AREA_TEAM, ALIGNMENT, EPOCH);
    struct voprf_key key;
    assert_int_equal(sharing_key(rig.api.sharing, &scope, &key, &err), RESULT_FAILED);
    rig_disk_full(&rig, false);
    now += 2 * SECOND;
    publish(&rig);
    const size_t keys = records(&rig, RECORD_EPOCH_KEY);
    assert_true(keys > 1);
    for (uint64_t i = 0; i < rig_leaves(&rig); i++) {
        const struct record record = rig_record(&rig, i);
        if (record.operation == RECORD_EPOCH_KEY) {
            const struct match_scope named = {rig.api.own_oin, record.peer, slice_text(record.purpose), EPOCH};
            assert_int_equal(sharing_set(rig.api.sharing, &named, &set, &err), RESULT_OK);
            assert_memory_equal(record.attachment, set.header.key.bytes, VOPRF_ELEMENT);
        }
    }
    const struct record published = last_of(&rig, RECORD_SETS_PUBLISHED);
    assert_int_equal(published.entries, keys);
    close_rig(&rig);
}

/* A database that comes back without the key folder, as from a backup: new keys, and everybody in his place again. */
static void sets_whose_seed_is_gone_are_made_anew(void **state)
{
    (void)state;
    struct rig rig;
    struct error err;
    open_as(&rig, DEBT_HELP);
    (void)client(&rig, "999000007");
    publish(&rig);
    stop(&rig);
    assert_int_equal(seal_epoch_destroy(rig.world.keyring, EPOCH, &err), RESULT_OK);
    start(&rig);
    publish(&rig);
    assert_true(knows(&rig, AREA_TEAM, ALIGNMENT, "999000007"));
    close_rig(&rig);
}

static void by_a_clock_that_is_wrong_nothing_is_done(void **state)
{
    (void)state;
    struct rig rig;
    open_as(&rig, DEBT_HELP);
    publish(&rig);
    const uint64_t ticks = sharing_version(rig.api.sharing);
    const uint64_t leaves = rig_leaves(&rig);
    api_clock_confirmed(&rig.api);
    assert_int_equal(api_clock_lag(&rig.api), 0);
    now -= HOUR;
    settle(&rig);
    assert_int_equal(sharing_version(rig.api.sharing), ticks);
    assert_int_equal(rig_leaves(&rig), leaves);
    now += HOUR;
    close_rig(&rig);
}

/* ---- against a model ---- */

enum { MODEL_PEOPLE = 10, MODEL_STEPS = 260 };

struct modelled {
    char number[BSN_DIGITS + 1];
    struct ident id, involvement;
    bool registered, involved, hidden, consented;
    int64_t ended_ms; /* since when nobody may know */
};

static bool may_know(const struct modelled *m)
{
    return m->registered && m->involved && !m->hidden && m->consented;
}

static void put_involvement(struct rig *rig, const struct modelled *m)
{
    struct involvement involvement = rig_budget();
    struct buf payload;
    involvement.sensitivity = m->hidden ? SENSITIVITY_SHIELDED : SENSITIVITY_NORMAL;
    if (!m->involved) {
        involvement.until = (struct date){2025, 12, 31};
    }
    buf_init(&payload, STORE_PAYLOAD_MAX);
    involvement_encode(&involvement, &payload);
    const struct store_write item = {.id = m->involvement, .parent = m->id, .payload = buf_slice(&payload)};
    rig_put(rig, STORE_INVOLVEMENT, &item);
    buf_free(&payload);
}

static void change_person(struct rig *rig, struct modelled *m)
{
    const bool before = may_know(m);
    if (!m->registered) {
        m->registered = true;
        m->id = rig_person(rig, m->number);
        m->involvement = entropy_ident(&rig->entropy);
    }
    switch (rand() % 4) { /* NOLINT: the same each time */
    case 0:
        m->hidden = !m->hidden;
        put_involvement(rig, m);
        break;
    case 1:
        m->consented = !m->consented;
        (m->consented ? consent_again : withdraw)(rig, &m->id);
        break;
    default:
        m->involved = !m->involved || rand() % 2 == 0; /* NOLINT */
        put_involvement(rig, m);
    }
    m->ended_ms = before && !may_know(m) ? now : m->ended_ms;
}

/* Who may be known is in the set after one tick; who may not, after the time in which he leaves; in each live epoch. */
static void check_model(struct rig *rig, const struct modelled *people)
{
    const uint32_t current = sharing_epoch(rig->api.sharing);
    for (unsigned i = 0; i < MODEL_PEOPLE; i++) {
        for (uint32_t epoch = current - 1; epoch <= current + 1; epoch++) {
            if (!sharing_epoch_serves(rig->api.sharing, epoch) || !seed_there(rig, epoch)) {
                continue;
            }
            const bool in = knows_in(rig, AREA_TEAM, ALIGNMENT, people[i].number, epoch);
            assert_true(in || !may_know(&people[i]));
            assert_true(!in || may_know(&people[i]) || now - people[i].ended_ms <= times.removal_ms + times.tick_ms);
        }
    }
}

static void random_changes_turns_and_restarts_agree_with_a_model(void **state)
{
    (void)state;
    struct rig rig;
    struct modelled people[MODEL_PEOPLE] = {{.registered = false}};
    srand(20261126);
    open_as(&rig, DEBT_HELP);
    for (unsigned i = 0; i < MODEL_PEOPLE; i++) {
        number_of(i, people[i].number);
        people[i].ended_ms = INT64_MIN / 2;
    }
    for (unsigned step = 0; step < MODEL_STEPS; step++) {
        now += 1 + rand() % HOUR;                                /* NOLINT */
        for (int changes = rand() % 4; changes > 0; changes--) { /* NOLINT */
            change_person(&rig, &people[rand() % MODEL_PEOPLE]); /* NOLINT */
            now += 1;
        }
        if (rand() % 5 == 0) { /* NOLINT: in the middle of a step */
            sharing_tick(rig.api.sharing);
            (void)uv_run(&rig.world.loop, UV_RUN_NOWAIT);
            restart(&rig);
        }
        if (rand() % 6 == 0) { /* NOLINT: looked at before the time goes by, as by a node that runs */
            settle(&rig);
            now += rand() % (3 * DAY); /* NOLINT */
        }
        publish(&rig);
        check_model(&rig, people);
    }
    assert_true(sharing_epoch(rig.api.sharing) > EPOCH + 1);
    close_rig(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_registered_stands_in_the_sets_that_the_covenant_says),
        cmocka_unit_test(a_shielded_one_and_one_that_begins_later_are_in_no_set),
        cmocka_unit_test(whose_sharing_ends_leaves_within_the_time_and_is_told_where_he_stood),
        cmocka_unit_test(who_comes_back_before_he_left_just_stays_and_afterwards_comes_anew),
        cmocka_unit_test(a_set_is_given_out_only_when_its_record_is_durable),
        cmocka_unit_test(each_tick_has_a_version_and_one_record_whether_or_not_anything_changed),
        cmocka_unit_test(a_restart_gives_the_same_sets_before_any_tick),
        cmocka_unit_test(a_node_with_people_from_before_looks_at_all_of_them),
        cmocka_unit_test(without_people_there_are_sets_of_dummies_alone),
        cmocka_unit_test(who_is_no_provider_has_no_sets_and_goes_on),
        cmocka_unit_test(sets_for_urgent_purposes_are_published_more_often),
        cmocka_unit_test(of_a_country_of_requesters_each_knows_whom_it_may),
        cmocka_unit_test(a_partner_without_a_covenant_has_no_set_and_all_who_stood_in_it_are_told),
        cmocka_unit_test(an_epoch_is_ready_before_it_begins_and_is_destroyed_after_it_ended),
        cmocka_unit_test(an_epoch_before_the_first_start_does_not_serve),
        cmocka_unit_test(what_went_on_through_a_turn_is_one_past_place),
        cmocka_unit_test(each_key_is_in_the_log_once_before_its_set_is_there),
        cmocka_unit_test(sets_whose_seed_is_gone_are_made_anew),
        cmocka_unit_test(by_a_clock_that_is_wrong_nothing_is_done),
        cmocka_unit_test(random_changes_turns_and_restarts_agree_with_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
