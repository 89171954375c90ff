/* Signals of a partner as they come in: under a new spoor before the end of the old one, and after an end; of a person who is
 * helped here, or about whom somebody here worries too. The node is the school's. */
#define UNIFORM_PURPOSE  "zorgsignaal"
#define UNIFORM_PROVIDER SCHOOL
#define UNIFORM_SHARED   LIFE_EDUCATION
#define UNIFORM_WITHHELD LIFE_MENTAL_HEALTH
#define UNIFORM_NEVER    LIFE_MENTAL_HEALTH
#include "unit/api/uniform.h"

#include "unit/api/homes_rig.h"

#include "api/meetings.h"
#include "api/meetings_parts.h"

#define TOKEN "Bearer kb-meester"
#define ONE   "11111111111111111111111111111111"
#define OTHER "22222222222222222222222222222222"

static struct uniform u;

static int open_all(void **state)
{
    static const struct match_times times = {.tick_ms = 1, .removal_ms = 0};
    struct error err;
    (void)state;
    uniform_open(&u, 3, 1);
    rig_user(&u.rig, "l.meester", 1U << ROLE_PROFESSIONAL, false, TOKEN);
    assert_int_equal(cooperation_open(&u.rig.api, &u.rig.api.cooperation, &err), RESULT_OK);
    assert_int_equal(signals_open(&u.rig.api, &times, &u.rig.api.signals, &err), RESULT_OK);
    meetings_register(&u.rig.api);
    return 0;
}

/* Those who are shared live together. */
static int open_home(void **state)
{
    (void)open_all(state);
    const struct ident home[] = {u.people[CLASS_SHARED][0].id, u.people[CLASS_SHARED][1].id};
    homes_put(&u.rig, NULL, home, COUNT_OF(home));
    homes_open(&u.rig);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    signals_stop(u.rig.api.signals);
    for (size_t i = 0; i < u.rig.peers.count; i++) {
        const struct peer_outcome none = {.kind = PEER_DOWN, .media_type = "", .tries = 1};
        u.rig.peers.asks[i].done(u.rig.peers.asks[i].ctx, &none);
        rig_run(&u.rig);
    }
    signals_close(u.rig.api.signals);
    homes_close(&u.rig);
    cooperation_close(u.rig.api.cooperation);
    uniform_close(&u);
    return 0;
}

static char own_spoor[IDENT_TEXT_SIZE]; /* of what met last */

/* True when it met. */
static bool post(http_handler *handler, char *body)
{
    static unsigned number;
    char id[IDENT_TEXT_SIZE];
    (void)snprintf(id, sizeof id, "%032x", ++number);
    struct http_request request = rig_request(&u.rig, body);
    request.peer = &u.asker;
    request.request_id = id;
    rig_handle(handler, &request);
    if (request.status != 200) {
        fail_msg("%d: %s", request.status, (const char *)request.answer.ptr);
    }
    const bool met = rig_says(&request, "\"spoor\"");
    const char *at = met ? strstr((const char *)request.answer.ptr, "\"spoor\":\"") : NULL;
    (void)snprintf(own_spoor, sizeof own_spoor, "%s", at != NULL ? at + strlen("\"spoor\":\"") : "");
    rig_forget(&request);
    return met;
}

static bool comes_by(const char *via, const char *spoor)
{
    char body[SIGNAL_REQUEST_BYTES + 1];
    char digits[2 * ASK_KEY_BYTES + 1];
    const struct ask_key *key = &u.people[CLASS_SHARED][0].key;
    hex_encode(slice_of(key->bytes, sizeof key->bytes), digits);
    const int len = snprintf(body, sizeof body,
                             "{\"ontvangstbewijs\":\"%s\",\"doel\":\"zorgsignaal\",\"betrokkene\":{\"sleutel\":\"%s\","
                             "\"periode\":%d},\"via\":\"%s\",\"inbreng\":{\"spoor\":\"%s\",\"grondslag\":"
                             "\"wmo-5.1.1\",\"verteld\":true,\"tot\":\"2026-12-31\",\"rollen\":[]},\"opvulling\":\"",
                             rig_receipt_at(AREA_TEAM, u.rig.moved_ms).text, digits, (int)u.scope.epoch, via, spoor);
    memset(body + len, ' ', (size_t)(SIGNAL_REQUEST_BYTES - 2 - len));
    memcpy(body + SIGNAL_REQUEST_BYTES - 2, "\"}", 3);
    return post(signals_take, body);
}

static bool comes(const char *spoor)
{
    return comes_by("persoon", spoor);
}

static void ends(const char *spoor)
{
    char body[RECEIPT_TEXT + 128];
    (void)snprintf(body, sizeof body, "{\"ontvangstbewijs\":\"%s\",\"spoor\":\"%s\"}",
                   rig_receipt_at(AREA_TEAM, u.rig.moved_ms).text, spoor);
    (void)post(signals_take_end, body);
}

static void publish_with(const char *more)
{
    char body[512];
    const struct bsn *bsn = &u.people[CLASS_SHARED][0].bsn;
    (void)snprintf(body, sizeof body,
                   "{\"sleutel\":\"" ONE "\",\"bsn\":\"%.*s\",\"grondslag\":\"wpo-8\",\"verteld\":true,\"contact\":"
                   "{\"naam\":\"L. Meester\",\"telefoon\":\"0990555200\"}%s}",
                   BSN_DIGITS, (const char *)bsn_digits(bsn).ptr, more);
    struct http_request request = rig_request(&u.rig, body);
    signals_tick(u.rig.api.signals);
    request.authorization = TOKEN;
    rig_handle(signals_add, &request);
    if (request.status != 201) {
        fail_msg("%d: %s", request.status, (const char *)request.answer.ptr);
    }
    rig_forget(&request);
}

static void publish(void)
{
    publish_with("");
}

/* Whose contact data or life is still here of the partner; and those that are over. */
struct counted {
    size_t live, over;
};

static enum result count_one(void *ctx, const struct meeting_row *row, struct error *err)
{
    struct counted *counted = ctx;
    const struct meeting_half *theirs = &row->meeting.halves[meeting_other(row->meeting.own)];
    (void)err;
    if (row->meeting.head.number != 0) {
        const bool live = row->meeting.state != MEETING_CLOSED && theirs->live && !theirs->ended;
        *(live ? &counted->live : &counted->over) += 1;
    }
    return RESULT_OK;
}

static void assert_matches(size_t live, size_t over)
{
    struct counted counted = {0};
    struct error err;
    assert_int_equal(meetings_each(&u.rig.api, count_one, &counted, &err), RESULT_OK);
    assert_int_equal(counted.live, live);
    assert_int_equal(counted.over, over);
}

static void a_new_spoor_stands_and_the_late_end_of_the_old_one_ends_nothing(void **state)
{
    (void)state;
    assert_true(comes(ONE));
    assert_matches(1, 0);
    assert_true(comes(OTHER));
    assert_matches(1, 1);
    ends(ONE);
    assert_matches(1, 1);
    assert_false(comes(ONE)); /* nor comes it back */
    assert_matches(1, 1);
    ends(OTHER);
    assert_matches(0, 2);
}

static void also_where_two_signals_met(void **state)
{
    publish();
    a_new_spoor_stands_and_the_late_end_of_the_old_one_ends_nothing(state);
}

static void what_comes_after_its_end_meets_nothing(void **state)
{
    (void)state;
    ends(ONE);
    assert_false(comes(ONE));
    assert_matches(0, 0);
    assert_true(comes(OTHER));
    assert_matches(1, 0);
}

/* ---- by way of a household ---- */

struct place {
    struct ident id;
    uint64_t version;
};

static void keep_place(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *failed)
{
    (void)more;
    assert_null(failed);
    assert_int_equal(count, 1);
    *(struct place *)ctx = (struct place){items[0].id, items[0].version};
}

struct open_ones {
    struct ident under; /* of ours */
    size_t count;       /* that are not closed and live here, or came of help here; */
    size_t under_count; /* and under that spoor */
};

static enum result count_open(void *ctx, const struct meeting_row *row, struct error *err)
{
    struct open_ones *open = ctx;
    const struct meeting_half *own = &row->meeting.halves[row->meeting.own];
    const bool lives = row->meeting.state != MEETING_CLOSED && ((own->live && !own->ended) || own->by_involvement);
    (void)err;
    open->count += lives;
    open->under_count += lives && ident_equal(&own->spoor, &open->under);
    return RESULT_OK;
}

static void keep_signal(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *failed)
{
    struct error err;
    (void)more;
    assert_null(failed);
    assert_int_equal(count, 1);
    assert_int_equal(signal_decode(items[0].payload, ctx, &err), RESULT_OK);
}

static enum signal_reached at_the_team(void)
{
    struct signal signal;
    store_list(u.rig.world.door, STORE_SIGNAL, NULL, 2, keep_signal, &signal);
    return signal_reached(&signal, &u.asker.oin);
}

/* What met was about another of the household, at the team: the signal about her is still to go there. */
static void who_helps_somebody_that_is_met_by_a_household_still_tells_of_her(void **state)
{
    (void)state;
    assert_true(comes_by("huishouden", ONE));
    publish();
    assert_int_equal(at_the_team(), REACH_NOTHING);
}

/* The own signal about one met by the name of the other. What meets himself is no match under the same spoor. */
static void who_met_by_another_and_then_himself_goes_under_two_spoors(void **state)
{
    char before[IDENT_TEXT_SIZE];
    struct error err;
    struct signal signal;
    struct place row;
    (void)state;
    publish();
    store_list(u.rig.world.door, STORE_SIGNAL, NULL, 2, keep_signal, &signal);
    store_list(u.rig.world.door, STORE_SIGNAL, NULL, 2, keep_place, &row);
    const struct ident *subject = &u.people[CLASS_SHARED][0].id;
    const struct ident none = {{0}};
    const struct ident spoor = signals_spoor(&u.rig.api, &signal.spoor, &u.asker.oin, 0);
    assert_int_equal(signal_reach_put(&signal, &u.asker.oin, REACH_SENT, &none, &err), RESULT_OK);
    signal.reach[0].person = u.people[CLASS_SHARED][1].id;
    struct meeting_new met = {.peer = u.asker.oin, .subject = *subject, .via_household = true};
    met.covenant = u.rig.api.covenant->covenant;
    met.own = (struct meeting_half){.spoor = spoor, .live = true, .told = true, .until = signal.until};
    met.theirs = (struct meeting_half){.spoor = {{7}}, .by_involvement = true, .told = true};
    struct store_batch *batch = store_batch_new(u.rig.world.door);
    assert_int_equal(signals_put_row(batch, &row.id, subject, &signal, row.version, &err), RESULT_OK);
    assert_int_equal(meetings_meet(&u.rig.api, batch, &met, &err), RESULT_OK);
    assert_int_equal(world_commit(&u.rig.world, batch), FAULT_NONE);
    assert_true(comes(ONE));
    (void)snprintf(before, sizeof before, "%s", ident_text(&spoor).text);
    assert_string_not_equal(own_spoor, before);
    assert_int_equal(at_the_team(), REACH_SENT);
    struct open_ones open = {.under = spoor};
    assert_int_equal(meetings_each(&u.rig.api, count_open, &open, &err), RESULT_OK);
    assert_int_equal(open.under_count, 0); /* its end waits for its place in the history, or has it */
    assert_int_equal(open.count, 1);
}

/* Each is a match of its own; a partner fills no store by them. */
static void by_a_household_so_many_matches_live_and_no_more(void **state)
{
    char spoor[IDENT_TEXT_SIZE];
    struct open_ones open = {.count = 0};
    struct error err;
    (void)state;
    for (int i = 0; i < 2 * HOUSEHOLD_MEMBERS_MAX; i++) {
        (void)snprintf(spoor, sizeof spoor, "%032x", 0xabc000 + i);
        assert_true(comes_by("huishouden", spoor));
    }
    assert_int_equal(meetings_each(&u.rig.api, count_open, &open, &err), RESULT_OK);
    assert_int_equal(open.count, HOUSEHOLD_MEMBERS_MAX);
}

static enum result keep_match(void *ctx, const struct meeting_row *row, struct error *err)
{
    (void)err;
    *(struct meeting_row *)ctx = *row;
    return RESULT_OK;
}

static struct meeting_row the_match(void)
{
    struct meeting_row row = {.version = 0};
    struct error err;
    assert_int_equal(meetings_each(&u.rig.api, keep_match, &row, &err), RESULT_OK);
    return row;
}

/* ---- two signals by way of a household: the team's of another, and ours of the one that it names ---- */

#define THIRD "33333333333333333333333333333333"

static struct signal ours(struct place *row)
{
    struct signal signal;
    store_list(u.rig.world.door, STORE_SIGNAL, NULL, 2, keep_signal, &signal);
    store_list(u.rig.world.door, STORE_SIGNAL, NULL, 2, keep_place, row);
    return signal;
}

/* Our signal went to the team by the name of the other, or is on its way. */
static struct ident went_by_the_other(enum signal_reached state)
{
    struct place row;
    struct error err;
    const struct ident none = {{0}};
    struct signal signal = ours(&row);
    assert_int_equal(signal_reach_put(&signal, &u.asker.oin, state, &none, &err), RESULT_OK);
    signal.reach[0].person = u.people[CLASS_SHARED][1].id;
    struct store_batch *batch = store_batch_new(u.rig.world.door);
    assert_int_equal(signals_put_row(batch, &row.id, &u.people[CLASS_SHARED][0].id, &signal, row.version, &err),
                     RESULT_OK);
    assert_int_equal(world_commit(&u.rig.world, batch), FAULT_NONE);
    return signals_spoor(&u.rig.api, &signal.spoor, &u.asker.oin, 0);
}

static struct open_ones open_under(const struct ident *spoor)
{
    struct open_ones open = {.under = *spoor};
    struct error err;
    assert_int_equal(meetings_each(&u.rig.api, count_open, &open, &err), RESULT_OK);
    return open;
}

static void assert_open(size_t count)
{
    const struct ident none = {{0}};
    assert_int_equal(open_under(&none).count, count);
}

static void a_signal_meets_a_signal_and_is_there_then(void **state)
{
    char spoor[IDENT_TEXT_SIZE];
    struct place row;
    (void)state;
    publish();
    assert_true(comes_by("huishouden", ONE));
    (void)snprintf(spoor, sizeof spoor, "%s", own_spoor);
    const struct meeting_row match = the_match();
    assert_true(match.meeting.via_household);
    assert_true(match.meeting.halves[match.meeting.own].live); /* no help, though she is helped here too */
    assert_int_equal(at_the_team(), REACH_SENT);
    assert_true(ident_equal(&ours(&row).reach[0].person, &u.people[CLASS_SHARED][0].id));
    assert_true(comes_by("huishouden", ONE)); /* its answer was lost */
    assert_string_equal(own_spoor, spoor);
    assert_open(1);
    publish(); /* renewed: by what name the team is to be told is not known */
    assert_int_equal(at_the_team(), REACH_SENT);
    assert_true(comes_by("huishouden", OTHER)); /* about a third who lives there: the team finds one match by a spoor */
    assert_string_not_equal(own_spoor, spoor);
    assert_open(2);
    ends(ONE);
    assert_false(comes_by("huishouden", ONE));
    assert_matches(1, 1);
    assert_true(comes_by("huishouden", THIRD)); /* nothing lives of ours */
    assert_string_not_equal(own_spoor, spoor);
    assert_matches(2, 1);
}

static void ours_is_told_anew_where_the_team_knows_of_none(void **state)
{
    struct error err;
    (void)state;
    publish();
    assert_true(comes_by("huishouden", ONE));
    const struct meeting_row first = the_match();
    struct store_batch *batch = store_batch_new(u.rig.world.door);
    assert_int_equal(signals_turn_over(&u.rig.api, batch, &first.meeting, &err), RESULT_OK);
    assert_int_equal(world_commit(&u.rig.world, batch), FAULT_NONE);
    assert_int_equal(at_the_team(), REACH_NOTHING);
}

/* What lived of it is over, or never was: it meets anew, and not under what the team heard before. */
static void after_the_end_of_the_other_a_new_one_meets_anew(void **state)
{
    char spoor[IDENT_TEXT_SIZE];
    struct ident before;
    (void)state;
    publish();
    assert_true(comes_by("huishouden", ONE));
    (void)snprintf(spoor, sizeof spoor, "%s", own_spoor);
    assert_true(ident_parse(slice_text(spoor), &before));
    ends(ONE);
    assert_true(comes_by("huishouden", OTHER));
    assert_string_not_equal(own_spoor, spoor);
    assert_int_equal(open_under(&before).under_count, 0);
    assert_matches(1, 1);
}

static void what_met_help_stays_with_that(void **state)
{
    char spoor[IDENT_TEXT_SIZE];
    (void)state;
    assert_true(comes_by("huishouden", ONE));
    (void)snprintf(spoor, sizeof spoor, "%s", own_spoor);
    publish();
    assert_true(comes_by("huishouden", ONE));
    assert_string_equal(own_spoor, spoor);
    assert_open(1);
    assert_int_equal(at_the_team(), REACH_NOTHING);
}

/* Ours met, by the name of the other, what the team has of that one. */
static void ours_meets_until(bool help, const struct date *until)
{
    struct error err;
    publish();
    struct meeting_new met = {.peer = u.asker.oin, .via_household = true, .subject = u.people[CLASS_SHARED][0].id};
    met.covenant = u.rig.api.covenant->covenant;
    met.own = (struct meeting_half){.spoor = went_by_the_other(REACH_SENT), .live = true, .told = true};
    met.own.until = (struct date){2026, 12, 31};
    met.theirs = (struct meeting_half){.spoor = {{7}}, .by_involvement = help, .live = !help, .told = true};
    met.theirs.until = *until;
    struct store_batch *batch = store_batch_new(u.rig.world.door);
    assert_int_equal(meetings_meet(&u.rig.api, batch, &met, &err), RESULT_OK);
    assert_int_equal(world_commit(&u.rig.world, batch), FAULT_NONE);
}

static void ours_meets(bool help)
{
    const struct date until = {2026, 12, 31};
    ours_meets_until(help, &until);
}

/* A signal of the team about the one that is helped there is no second match. */
static void where_ours_met_help_no_signal_meets_it(void **state)
{
    (void)state;
    ours_meets(true);
    assert_false(comes_by("huishouden", ONE));
    assert_open(1);
}

/* The team's was on its way when ours met it there, under another spoor. */
static void nor_where_ours_met_a_signal_does_what_was_sent_before(void **state)
{
    (void)state;
    ours_meets(false);
    assert_false(comes_by("huishouden", ONE));
    assert_open(1);
}

/* Its day is over, and neither node put that into the history yet: it keeps nobody's next signal away. */
static void where_what_ours_met_is_past_its_day_a_new_one_meets(void **state)
{
    const struct date past = {2025, 12, 31};
    struct place row;
    (void)state;
    ours_meets_until(false, &past);
    const struct signal signal = ours(&row);
    const struct ident before = signals_spoor(&u.rig.api, &signal.spoor, &u.asker.oin, 0);
    assert_int_equal(open_under(&before).under_count, 1);
    assert_true(comes_by("huishouden", ONE));
    assert_string_not_equal(own_spoor, ident_text(&before).text);
    assert_int_equal(open_under(&before).under_count, 0);
    assert_open(1);
}

/* Both are on their way: the team's, the lower OIN, goes on (test_signals_higher.c has the other way round), and what ours met by its first spoor, if anything, ends. */
static void of_two_on_their_way_the_lower_ones_goes_on(void **state)
{
    (void)state;
    publish();
    const struct ident before = went_by_the_other(REACH_HIT);
    assert_true(comes_by("huishouden", ONE));
    assert_string_not_equal(own_spoor, ident_text(&before).text);
    assert_int_equal(at_the_team(), REACH_SENT);
    assert_open(1);
}

/* Ours was withdrawn since, and she is helped: under the spoor that met ours help meets nothing. */
static void nothing_else_meets_under_a_spoor_that_met(void **state)
{
    struct place row;
    struct error err;
    (void)state;
    publish();
    assert_true(comes_by("huishouden", ONE));
    struct signal signal = ours(&row);
    signal.state = SIGNAL_WITHDRAWN;
    struct store_batch *batch = store_batch_new(u.rig.world.door);
    assert_int_equal(signals_put_row(batch, &row.id, &u.people[CLASS_SHARED][0].id, &signal, row.version, &err),
                     RESULT_OK);
    assert_int_equal(world_commit(&u.rig.world, batch), FAULT_NONE);
    assert_false(comes_by("huishouden", ONE));
    assert_open(1);
    assert_true(comes_by("huishouden", OTHER));
}

/* Her own name goes by another spoor, and what met by the household ends. */
static void who_is_named_himself_later_meets_once(void **state)
{
    struct ident before;
    (void)state;
    publish();
    assert_true(comes_by("huishouden", ONE));
    assert_true(ident_parse(slice_text(own_spoor), &before));
    assert_true(comes(OTHER));
    assert_string_not_equal(own_spoor, ident_text(&before).text);
    const struct open_ones open = open_under(&before);
    assert_int_equal(open.under_count, 0);
    assert_int_equal(open.count, 1);
    assert_true(comes_by("huishouden", THIRD)); /* by help: the signal is there by her own name */
    const struct meeting_row help = the_match();
    assert_true(help.meeting.halves[help.meeting.own].by_involvement);
    assert_int_equal(at_the_team(), REACH_SENT);
    assert_open(2);
}

static void what_is_kept_to_the_person_is_met_by_his_own_name_alone(void **state)
{
    (void)state;
    publish_with(",\"zonderHuishouden\":true");
    assert_true(comes_by("huishouden", ONE));
    assert_true(the_match().meeting.halves[the_match().meeting.own].by_involvement);
    assert_int_equal(at_the_team(), REACH_NOTHING);
}

/* ---- steps in our name ---- */

static struct event_state {
    struct ident match;
    struct sha256 chain; /* of the last event that was taken */
    int64_t moment_ms;
} told;

/* The team orders. What this school did not propose is no step of the school. */
static int event(uint8_t number, const char *step, enum thread_side side, const struct ident *proposal,
                 const char *text)
{
    struct event_state *at = &told;
    char body[RECEIPT_TEXT + 1024];
    char id[IDENT_TEXT_SIZE];
    static unsigned request_number = 5000;
    enum meeting_step which = MEETING_STEP_COUNT;
    struct thread_event event = {.number = number, .side = side, .moment_ms = at->moment_ms, .proposal = *proposal};
    struct buf json;
    assert_true(meeting_step_parse(slice_text(step), &which));
    event.step = (uint8_t)which;
    event.text = slice_text(text);
    thread_chain(&at->chain, &at->match, &event, &event.chain);
    buf_init(&json, 1024);
    struct json_writer w = json_writer(&json);
    json_begin_object(&w, NULL);
    thread_event_write(&w, "gebeurtenis", &event, step);
    json_end_object(&w);
    (void)snprintf(body, sizeof body, "{\"ontvangstbewijs\":\"%s\",\"match\":\"%s\",%.*s",
                   rig_receipt_at(AREA_TEAM, u.rig.moved_ms).text, ident_text(&at->match).text, (int)json.len - 1,
                   (const char *)json.ptr + 1);
    buf_free(&json);
    (void)snprintf(id, sizeof id, "%032x", ++request_number);
    struct http_request request = rig_request(&u.rig, body);
    request.peer = &u.asker;
    request.request_id = id;
    rig_handle(meetings_take_event, &request);
    const int status = request.status;
    if (status == 200) {
        at->chain = event.chain;
    }
    rig_forget(&request);
    return status;
}

static void begin_events(void)
{
    const struct meeting_row row = the_match();
    told = (struct event_state){.match = row.id, .chain = row.meeting.head.chain};
    told.moment_ms = uniform_now(&u.rig);
}

static void propose(const char *step)
{
    static unsigned key = 700;
    char body[256];
    const bool lead = strcmp(step, "regie") == 0;
    (void)snprintf(body, sizeof body, "{\"sleutel\":\"%032x\",\"stap\":\"%s\"%s}", ++key, step,
                   lead ? ",\"contact\":{\"naam\":\"L. Meester\",\"telefoon\":\"0990555200\"}" : "");
    struct http_request request = rig_request(&u.rig, body);
    struct ident_text match = ident_text(&told.match);
    request.authorization = TOKEN;
    request.parameter = match.text;
    rig_handle(meetings_step, &request);
    if (request.status != 200) {
        fail_msg("%d: %s", request.status, (const char *)request.answer.ptr);
    }
    rig_forget(&request);
}

static void who_orders_takes_no_lead_in_our_name(void **state)
{
    static const struct ident none = {{0}};
    static const struct ident drawn = {{9, 9, 9}};
    (void)state;
    assert_true(comes(ONE));
    begin_events();
    assert_int_equal(event(2, "regie", THREAD_OTHER, &none, "B. Bedrieger\n0900"), 403);
    assert_int_equal(event(2, "regie", THREAD_OTHER, &drawn, "B. Bedrieger\n0900"), 403);
    assert_false(the_match().meeting.has_lead);
    propose("regie");
    const struct ident proposal = the_match().meeting.proposal;
    assert_int_equal(event(2, "regie", THREAD_OTHER, &proposal, "B. Bedrieger\n0900"), 403);
    assert_int_equal(event(2, "contact", THREAD_OTHER, &proposal, ""), 403);
    assert_int_equal(event(2, "regie", THREAD_OTHER, &proposal, "L. Meester\n0990555200"), 200);
    assert_true(the_match().meeting.has_lead);
    assert_string_equal(the_match().meeting.lead_contact.name, "L. Meester");
    assert_int_equal(event(3, "regie-los", THREAD_OTHER, &proposal, ""), 403);
    propose("regie-los");
    const struct ident other = the_match().meeting.proposal;
    assert_int_equal(event(3, "regie-los", THREAD_OTHER, &other, ""), 200);
    assert_int_equal(event(4, "regie", THREAD_OTHER, &proposal, "L. Meester\n0990555200"), 403); /* once */
    assert_int_equal(event(4, "regie", THREAD_WRITER, &none, "G. Jansen\n0990555100"), 200);
}

/* Our own store knows of no proposal any more: it was put back from a backup. */
static void what_we_proposed_and_do_not_remember_is_taken(void **state)
{
    (void)state;
    assert_true(comes(ONE));
    begin_events();
    const struct meeting_row before = the_match();
    propose("regie");
    const struct meeting_row after = the_match();
    struct meeting_row row = before;
    struct error err;
    struct store_batch *batch = store_batch_new(u.rig.world.door);
    row.version = after.version;
    assert_int_equal(meetings_put(&u.rig.api, batch, &row, &err), RESULT_OK);
    assert_int_equal(world_commit(&u.rig.world, batch), FAULT_NONE);
    assert_int_equal(event(2, "regie", THREAD_OTHER, &after.meeting.proposal, "L. Meester\n0990555200"), 200);
    assert_true(the_match().meeting.has_lead);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_spoor_stands_and_the_late_end_of_the_old_one_ends_nothing, open_all,
                                        close_all),
        cmocka_unit_test_setup_teardown(also_where_two_signals_met, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_comes_after_its_end_meets_nothing, open_all, close_all),
        cmocka_unit_test_setup_teardown(who_helps_somebody_that_is_met_by_a_household_still_tells_of_her, open_home,
                                        close_all),
        cmocka_unit_test_setup_teardown(who_met_by_another_and_then_himself_goes_under_two_spoors, open_home,
                                        close_all),
        cmocka_unit_test_setup_teardown(by_a_household_so_many_matches_live_and_no_more, open_home, close_all),
        cmocka_unit_test_setup_teardown(a_signal_meets_a_signal_and_is_there_then, open_home, close_all),
        cmocka_unit_test_setup_teardown(ours_is_told_anew_where_the_team_knows_of_none, open_home, close_all),
        cmocka_unit_test_setup_teardown(after_the_end_of_the_other_a_new_one_meets_anew, open_home, close_all),
        cmocka_unit_test_setup_teardown(what_met_help_stays_with_that, open_home, close_all),
        cmocka_unit_test_setup_teardown(where_ours_met_help_no_signal_meets_it, open_home, close_all),
        cmocka_unit_test_setup_teardown(nor_where_ours_met_a_signal_does_what_was_sent_before, open_home, close_all),
        cmocka_unit_test_setup_teardown(where_what_ours_met_is_past_its_day_a_new_one_meets, open_home, close_all),
        cmocka_unit_test_setup_teardown(of_two_on_their_way_the_lower_ones_goes_on, open_home, close_all),
        cmocka_unit_test_setup_teardown(nothing_else_meets_under_a_spoor_that_met, open_home, close_all),
        cmocka_unit_test_setup_teardown(who_is_named_himself_later_meets_once, open_home, close_all),
        cmocka_unit_test_setup_teardown(what_is_kept_to_the_person_is_met_by_his_own_name_alone, open_home, close_all),
        cmocka_unit_test_setup_teardown(who_orders_takes_no_lead_in_our_name, open_all, close_all),
        cmocka_unit_test_setup_teardown(what_we_proposed_and_do_not_remember_is_taken, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
