/* A consult over lookup sets: who is in none is no question to anybody, and a partner that cannot be believed is shown. */
#include "unit/api/sets_rig.h"

#include "api/consult_ask.h"
#include "api/match_values.h"
#include "base/bytes.h"
#include "domain/report.h"

#define TOKEN "Bearer kb-generalist"
#define BODY(person, matter)                                                                                           \
    "{\"doel\":\"hulpafstemming\",\"grondslag\":\"wmo-5.1.1\"," matter                                                 \
    ",\"reden\":\"gezin meldt zich\",\"betrokkenen\":[{\"bsn\":\"" person "\"}]}"
#define CASE   "\"zaak\":\"Z-1\""
#define REPORT "\"melding\":\"M-7\""
#define ADA    "999000007"
#define BEN    "999000019"

static const char *const nobody[] = {NULL};

static void open_team(struct rig *rig, struct sets *sets)
{
    rig_open(rig, AREA_TEAM);
    rig_user(rig, "g.jansen", 1U << ROLE_GENERALIST, false, TOKEN);
    sets_open(sets, rig, nobody, 0);
}

static void ask(struct sets *sets, const char *body, struct http_request *request)
{
    *request = rig_request(sets->rig, body);
    request->authorization = TOKEN;
    rig_handle(consult_ask, request);
    sets_answer(sets);
}

static size_t recorded(struct rig *rig, enum record_operation operation, struct record *last)
{
    size_t count = 0;
    for (uint64_t i = 0; i < rig_leaves(rig); i++) {
        const struct record record = rig_record(rig, i);
        if (record.operation == operation) {
            count++;
            *last = record;
        }
    }
    return count;
}

/* This partner with these, all others with nothing; or all with a receipt of that one. */
static void answer(struct rig *rig, const char *oin, const char *entries, bool all_sign_as_one)
{
    char body[CONSULT_ANSWER_BYTES + 1];
    const struct peer_outcome outcome = {.kind = PEER_ANSWERED,
                                         .status = 200,
                                         .media_type = "application/json",
                                         .body = slice_of(body, CONSULT_ANSWER_BYTES),
                                         .tries = 1};
    for (size_t i = 0; i < rig->peers.count; i++) {
        const char *partner = rig->peers.asks[i].partner.digits;
        rig_answer_at(all_sign_as_one ? oin : partner, strcmp(partner, oin) == 0 ? entries : "[]", rig->moved_ms, body);
        rig->peers.asks[i].done(rig->peers.asks[i].ctx, &outcome);
        buf_free(&rig->peers.asks[i].body);
    }
    rig->peers.count = 0;
    rig_run(rig);
}

static void answer_with(struct rig *rig, const char *oin, const char *entries)
{
    answer(rig, oin, entries, false);
}

/* What the answer says of this partner, from its name to the end of the object. */
static void of_partner(const struct http_request *r, const char *oin, char out[1024])
{
    char name[64];
    (void)snprintf(name, sizeof name, "\"oin\":\"%s\"", oin);
    const char *at = strstr((const char *)r->answer.ptr, name);
    assert_non_null(at);
    (void)snprintf(out, 1024, "%.*s", (int)(strchr(at, '}') - at), at);
}

static void who_is_in_no_set_is_asked_about_nowhere(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct http_request r;
    struct record record;
    open_team(&rig, &sets);
    sets_know(&sets, "", BEN); /* after the sets were fetched */
    ask(&sets, BODY(ADA, CASE), &r);
    assert_int_equal(rig.peers.count, 0);
    assert_int_equal(r.status, 200);
    assert_true(rig_says(&r, "geen-betrokkenheid-gedeeld"));
    assert_false(rig_says(&r, "geen-antwoord"));
    assert_true(sets.evaluations >= 2);
    assert_int_equal(recorded(&rig, RECORD_ASKED, &record), 0);
    assert_int_equal(recorded(&rig, RECORD_TESTED, &record), 1);
    assert_int_equal(record.inputs, sets.evaluations);
    assert_int_equal(record.entries, 0);
    assert_string_equal(record.user, "g.jansen");
    assert_string_equal(record.case_number, "Z-1");
    assert_memory_equal(bsn_digits(&record.bsn).ptr, ADA, BSN_DIGITS);
    assert_int_equal(r.leaves, rig_leaves(&rig));
    rig_forget(&r);
    rig_close(&rig);
}

/* The same members and words, so that nobody sees whether a partner had somebody in its set and told nothing. */
static void a_miss_is_shown_as_an_empty_answer_is(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct http_request hit;
    struct http_request miss;
    char shown[2][1024];
    open_team(&rig, &sets);
    sets_know(&sets, SCHOOL, ADA);
    sets_turn(&sets);
    ask(&sets, BODY(ADA, CASE), &hit);
    assert_int_equal(rig.peers.count, 1);
    assert_string_equal(rig.peers.asks[0].partner.digits, SCHOOL);
    answer_with(&rig, SCHOOL, "[]");
    ask(&sets, BODY(BEN, CASE), &miss);
    assert_int_equal(rig.peers.count, 0);
    of_partner(&hit, SCHOOL, shown[0]);
    of_partner(&miss, SCHOOL, shown[1]);
    for (int i = 0; i < 2; i++) { /* but for the number of the request */
        char *number = strstr(shown[i], "\"verzoek\":\"");
        assert_non_null(number);
        memset(number + 11, '-', 32);
    }
    assert_string_equal(shown[0], shown[1]);
    rig_forget(&hit);
    rig_forget(&miss);
    rig_close(&rig);
}

static void an_evaluation_tells_neither_who_nor_how_many(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    struct http_request r = rig_request(&rig, BODY(ADA, CASE));
    struct voprf_element seen[64][MATCH_BATCH];
    r.authorization = TOKEN;
    rig_handle(consult_ask, &r);
    assert_true(rig.peers.count >= 2 && rig.peers.count < 64);
    for (size_t i = 0; i < rig.peers.count; i++) {
        char purpose[CODE_MAX + 1];
        const struct rig_ask *one = &rig.peers.asks[i];
        const char *body = (const char *)one->body.ptr;
        const char *receipt = strstr(body, "\"ontvangstbewijs\"");
        assert_int_equal(sets_read(one, purpose, seen[i]), MATCH_BATCH);
        assert_string_equal(purpose, "hulpafstemming");
        assert_true(strstr(body, "Z-1") == NULL || strstr(body, "Z-1") > receipt);
        assert_null(strstr(body, "jansen"));
        assert_null(strstr(body, ADA));
        for (size_t a = 0; a < i * MATCH_BATCH; a++) { /* fresh for each partner, what fills up included */
            for (size_t b = 0; b < MATCH_BATCH; b++) {
                assert_memory_not_equal(seen[a / MATCH_BATCH][a % MATCH_BATCH].bytes, seen[i][b].bytes, VOPRF_ELEMENT);
            }
        }
        assert_true(one->within_ms > 0 && one->within_ms <= PEER_TOTAL_MS / 2);
    }
    sets_answer(&sets);
    assert_int_equal(r.status, 200);
    rig_forget(&r);
    rig_close(&rig);
}

/* One partner that cannot be believed, or may not be asked more: shown as that, and the others go on. */
static void a_partner_that_cannot_be_tested_is_shown_as_such(void **state)
{
    (void)state;
    static const struct {
        enum sets_spoil spoil;
        const char *word;
    } cases[] = {
        {SPOIL_PROOF, "bewijs-onjuist"},     {SPOIL_KEY, "sleutel-gewijzigd"}, {SPOIL_EPOCH, "sleutel-gewijzigd"},
        {SPOIL_RECEIPT, "onleesbaar"},       {SPOIL_FORM, "onleesbaar"},       {SPOIL_QUOTA, "quotum-bereikt"},
        {SPOIL_OVER, "opzoekset-verouderd"}, {SPOIL_BUSY, "geweigerd"},        {SPOIL_DOWN, "onbereikbaar"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct rig rig;
        struct sets sets;
        struct http_request r;
        struct record record;
        char shown[1024];
        open_team(&rig, &sets);
        sets_know(&sets, "", ADA);
        sets_turn(&sets);
        sets.spoil = cases[i].spoil;
        (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
        ask(&sets, BODY(ADA, CASE), &r);
        assert_true(rig.peers.count >= 1);
        for (size_t a = 0; a < rig.peers.count; a++) {
            assert_string_not_equal(rig.peers.asks[a].partner.digits, SCHOOL);
        }
        answer_with(&rig, DEBT_HELP, "[{\"leefgebied\":\"financien\"}]");
        assert_int_equal(r.status, 200);
        of_partner(&r, SCHOOL, shown);
        assert_non_null(strstr(shown, "\"uitkomst\":\"geen-antwoord\""));
        assert_non_null(strstr(shown, cases[i].word));
        of_partner(&r, DEBT_HELP, shown);
        assert_non_null(strstr(shown, "\"uitkomst\":\"betrokken\""));
        assert_int_equal(recorded(&rig, RECORD_TESTED, &record), 1);
        assert_int_equal(record.inputs, record.entries); /* in all that were tested */
        sets.spoil = SPOIL_NOTHING; /* nothing of it was kept: the next consult has that partner evaluate anew */
        const size_t before = sets.evaluations;
        rig_forget(&r);
        ask(&sets, BODY(ADA, CASE), &r);
        assert_int_equal(sets.evaluations, before + 1);
        answer_with(&rig, SCHOOL, "[]");
        rig_forget(&r);
        rig_close(&rig);
    }
}

static void a_partner_without_a_set_is_shown_as_such(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct http_request r;
    char shown[1024];
    rig_open(&rig, AREA_TEAM);
    rig_user(&rig, "g.jansen", 1U << ROLE_GENERALIST, false, TOKEN);
    sets = (struct sets){.rig = &rig, .epoch = SETS_EPOCH};
    ask(&sets, BODY(ADA, CASE), &r); /* none was fetched yet */
    of_partner(&r, SCHOOL, shown);
    assert_non_null(strstr(shown, "geen-opzoekset"));
    assert_false(rig_says(&r, "geen-betrokkenheid-gedeeld"));
    assert_int_equal(rig.peers.count, 0);
    assert_int_equal(rig_last(&rig).operation, RECORD_TESTED);
    rig_forget(&r);
    rig_close(&rig);
}

static void a_set_past_its_age_is_not_believed(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct http_request r;
    open_team(&rig, &sets);
    rig.moved_ms = (int64_t)MATCH_STALE_TICKS * MATCH_TICK_MS;
    ask(&sets, BODY(ADA, CASE), &r);
    assert_true(rig_says(&r, "geen-betrokkenheid-gedeeld"));
    rig_forget(&r);
    rig.moved_ms++;
    ask(&sets, BODY(ADA, CASE), &r);
    assert_false(rig_says(&r, "geen-betrokkenheid-gedeeld"));
    assert_true(rig_says(&r, "opzoekset-verouderd"));
    rig_forget(&r);
    rig_close(&rig);
}

/* That its set is too old by now follows from it, and helps nobody. */
static void a_partner_that_cannot_be_reached_is_shown_so_however_old_its_set_is(void **state)
{
    (void)state;
    static const struct {
        enum peer_outcome_kind set_outcome;
        const char *shown;
    } turns[] = {
        {PEER_DOWN, "onbereikbaar"},
        {PEER_CIRCUIT_OPEN, "onbereikbaar"},
        {PEER_TLS_REFUSED, "tls-geweigerd"},
        {PEER_ANSWERED, "geen-betrokkenheid-gedeeld"},
    };
    struct rig rig;
    struct sets sets;
    struct http_request r;
    char shown[1024];
    open_team(&rig, &sets);
    (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
    sets.set_outcome = PEER_DOWN;
    for (unsigned i = 0; i <= MATCH_STALE_TICKS; i++) {
        sets_turn(&sets);
    }
    for (size_t i = 0; i < COUNT_OF(turns); i++) {
        sets.set_outcome = turns[i].set_outcome;
        sets_turn(&sets);
        ask(&sets, BODY(ADA, CASE), &r);
        of_partner(&r, SCHOOL, shown);
        assert_non_null(strstr(shown, turns[i].shown));
        of_partner(&r, DEBT_HELP, shown);
        assert_non_null(strstr(shown, "geen-betrokkenheid-gedeeld"));
        rig_forget(&r);
    }
    rig_close(&rig);
}

/* ---- values that are kept ---- */

static void count_items(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    (void)items;
    assert_null(err);
    assert_false(more);
    *(size_t *)ctx = count;
}

static size_t kept(struct rig *rig)
{
    size_t count = SIZE_MAX;
    store_list(rig->api.door, STORE_MATCH_VALUE, NULL, STORE_LIST_MAX, count_items, &count);
    assert_true(count != SIZE_MAX);
    return count;
}

static size_t evaluations_for(struct sets *sets, const char *body)
{
    struct http_request r;
    const size_t before = sets->evaluations;
    ask(sets, body, &r);
    assert_int_equal(r.status, 200);
    rig_forget(&r);
    return sets->evaluations - before;
}

static void a_value_is_evaluated_once_while_its_case_goes_on(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    assert_true(evaluations_for(&sets, BODY(ADA, CASE)) >= 2);
    assert_int_equal(kept(&rig), 1);
    assert_int_equal(evaluations_for(&sets, BODY(ADA, CASE)), 0);
    assert_true(evaluations_for(&sets, BODY(BEN, CASE)) >= 2);
    assert_int_equal(kept(&rig), 2);
    sets.epoch++; /* the partners go over to another epoch: what was evaluated says nothing there */
    sets_turn(&sets);
    assert_true(evaluations_for(&sets, BODY(ADA, CASE)) >= 2);
    rig_close(&rig);
}

/* ---- the first question follows an evaluation ---- */

/* Both in the own log and in what leaves. */
static void assert_evaluated_before_asked(struct rig *rig, uint64_t from)
{
    bool evaluated = false;
    bool asked = false;
    for (uint64_t i = from; i < rig_leaves(rig); i++) {
        const struct record record = rig_record(rig, i);
        if (strcmp(record.peer.digits, SCHOOL) == 0) {
            evaluated = evaluated || record.operation == RECORD_EVALUATION_ASKED;
            asked = asked || record.operation == RECORD_ASKED;
            assert_true(evaluated || !asked);
        }
    }
    assert_true(asked);
}

/* Else the school, where no batch came before, learns that she was looked for when it did not know her. */
static void who_came_into_a_set_later_is_evaluated_once_more_before_the_first_question(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct http_request r;
    open_team(&rig, &sets);
    assert_true(evaluations_for(&sets, BODY(ADA, CASE)) >= 2);
    assert_int_equal(evaluations_for(&sets, BODY(ADA, CASE)), 0); /* in nobody's set: the value serves */
    sets_know(&sets, SCHOOL, ADA);
    sets_turn(&sets);
    for (int i = 0; i < 2; i++) { /* the first answer is none: nobody knows whether the school was asked */
        const uint64_t from = rig_leaves(&rig);
        const size_t before = sets.evaluations;
        ask(&sets, BODY(ADA, CASE), &r);
        assert_int_equal(sets.evaluations, before + 1);
        assert_int_equal(rig.peers.count, 1);
        assert_string_equal(rig.peers.asks[0].path, "/v1/raadplegingen");
        assert_evaluated_before_asked(&rig, from);
        answer(&rig, i == 0 ? DEBT_HELP : SCHOOL, "[]", true); /* a receipt of another is no answer */
        rig_forget(&r);
    }
    const size_t before = sets.evaluations;
    ask(&sets, BODY(ADA, CASE), &r); /* it knows that she is asked about */
    assert_int_equal(sets.evaluations, before);
    assert_int_equal(rig.peers.count, 1);
    answer_with(&rig, SCHOOL, "[]");
    rig_forget(&r);
    rig_close(&rig);
}

/* Over quota, or away: then she is not asked about either. */
static void without_that_evaluation_nothing_is_asked(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct http_request r;
    struct record record;
    char shown[1024];
    open_team(&rig, &sets);
    (void)evaluations_for(&sets, BODY(ADA, CASE));
    sets_know(&sets, SCHOOL, ADA);
    sets_turn(&sets);
    sets.spoil = SPOIL_QUOTA;
    (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
    ask(&sets, BODY(ADA, CASE), &r);
    assert_int_equal(rig.peers.count, 0);
    of_partner(&r, SCHOOL, shown);
    assert_non_null(strstr(shown, "quotum-bereikt"));
    assert_int_equal(recorded(&rig, RECORD_ASKED, &record), 0);
    rig_forget(&r);
    rig_close(&rig);
}

/* While others are evaluated a new version comes: for who was tested with a kept value it is one for the next consult. */
static void who_comes_into_a_set_during_a_consult_is_asked_about_in_the_next(void **state)
{
    (void)state;
    static const char both[] =
        "{\"doel\":\"hulpafstemming\",\"grondslag\":\"wmo-5.1.1\"," CASE
        ",\"reden\":\"gezin meldt zich\",\"betrokkenen\":[{\"bsn\":\"" ADA "\"},{\"bsn\":\"" BEN "\"}]}";
    struct rig rig;
    struct sets sets;
    struct http_request r;
    struct record record;
    open_team(&rig, &sets);
    (void)evaluations_for(&sets, BODY(ADA, CASE));
    r = rig_request(&rig, both);
    r.authorization = TOKEN;
    rig_handle(consult_ask, &r);
    assert_true(rig.peers.count >= 2); /* BEN's batches wait for their answers */
    struct rig_ask waiting[8];
    const size_t count = rig.peers.count;
    assert_true(count <= COUNT_OF(waiting));
    memcpy(waiting, rig.peers.asks, count * sizeof *waiting);
    rig.peers.count = 0;
    sets_know(&sets, SCHOOL, ADA);
    sets_turn(&sets);
    memcpy(rig.peers.asks, waiting, count * sizeof *waiting);
    rig.peers.count = count;
    sets_answer(&sets);
    assert_int_equal(r.status, 200);
    assert_int_equal(recorded(&rig, RECORD_ASKED, &record), 0);
    rig_forget(&r);
    const uint64_t from = rig_leaves(&rig);
    ask(&sets, BODY(ADA, CASE), &r);
    assert_evaluated_before_asked(&rig, from);
    answer_with(&rig, SCHOOL, "[]");
    rig_forget(&r);
    rig_close(&rig);
}

/* A partner that was put back under another key, in the same epoch: an old value would find nobody in the new set. */
static void a_value_of_another_key_is_of_no_use(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct http_request r;
    open_team(&rig, &sets);
    sets_know(&sets, SCHOOL, ADA);
    (void)evaluations_for(&sets, BODY(ADA, CASE)); /* the sets do not tell of her yet */
    sets_seed = 7;
    for (int i = 0; i < 2 * MATCH_STALE_TICKS; i++) {
        sets_turn(&sets);
    }
    assert_int_equal(sets.epoch, SETS_EPOCH);
    const size_t before = sets.evaluations;
    ask(&sets, BODY(ADA, CASE), &r);
    assert_true(sets.evaluations >= before + 2); /* all partners lost theirs */
    assert_int_equal(rig.peers.count, 1);
    assert_string_equal(rig.peers.asks[0].partner.digits, SCHOOL);
    answer_with(&rig, SCHOOL, "[]");
    rig_forget(&r);
    rig_close(&rig);
}

/* ---- against what was tested ---- */

static void the_record_of_a_test_holds_which_sets_it_was_made_in(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct record first;
    struct record second = {.inputs = 0};
    struct sha256 digest;
    struct buf text;
    open_team(&rig, &sets);
    (void)snprintf(sets.spoiler, sizeof sets.spoiler, "%s", SCHOOL);
    (void)evaluations_for(&sets, BODY(ADA, CASE));
    assert_int_equal(recorded(&rig, RECORD_TESTED, &first), 1);
    /* Reckoned anew, from what the partners gave, in the order in which the answer shows them. */
    struct http_request r;
    ask(&sets, BODY(ADA, CASE), &r);
    assert_int_equal(recorded(&rig, RECORD_TESTED, &second), 2);
    assert_memory_equal(first.attachment, second.attachment, sizeof first.attachment);
    buf_init(&text, 65536);
    const char *at = (const char *)r.answer.ptr;
    uint32_t tested = 0;
    while ((at = strstr(at, "\"oin\":\"")) != NULL) {
        struct oin oin;
        struct lookup_set set;
        uint8_t number[8];
        at += 7;
        assert_true(oin_parse(slice_of(at, OIN_DIGITS), &oin));
        const struct slice purpose = slice_text("hulpafstemming");
        assert_int_equal(lookups_state(rig.api.lookups, &oin, purpose, &set), LOOKUP_READY);
        buf_bytes(&text, oin.digits, OIN_DIGITS);
        buf_byte(&text, (uint8_t)purpose.len);
        buf_bytes(&text, purpose.ptr, purpose.len);
        bytes_put_u64(number, set.epoch);
        buf_bytes(&text, number, 8);
        bytes_put_u64(number, set.version);
        buf_bytes(&text, number, 8);
        buf_bytes(&text, set.root.bytes, SHA256_SIZE);
        buf_bytes(&text, set.key.bytes, VOPRF_ELEMENT);
        tested++;
    }
    assert_int_equal(tested, second.inputs);
    sha256_of(buf_slice(&text), &digest);
    assert_memory_equal(second.attachment, digest.bytes, SHA256_SIZE);
    rig_forget(&r);
    sets_turn(&sets); /* another version of each */
    (void)evaluations_for(&sets, BODY(ADA, CASE));
    assert_int_equal(recorded(&rig, RECORD_TESTED, &second), 3);
    assert_memory_not_equal(first.attachment, second.attachment, sizeof first.attachment);
    buf_free(&text);
    rig_close(&rig);
}

static void sweep_by(struct sets *sets, int64_t highest_ms)
{
    sets->rig->api.highest_ms = highest_ms; /* witnesses confirmed it */
    for (int i = 0; i < 8; i++) {
        lookups_tick(sets->rig->api.lookups);
        rig_run(sets->rig);
        sets_answer(sets);
    }
}

static void sweep(struct sets *sets)
{
    sweep_by(sets, sets_now(sets->rig));
}

static void values_go_when_their_term_is_over(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    (void)evaluations_for(&sets, BODY(ADA, CASE));
    rig.moved_ms = rig_match_times.values_ms - 1000;
    sweep(&sets);
    assert_int_equal(kept(&rig), 1);
    rig.moved_ms = rig_match_times.values_ms + MATCH_SWEEP_MS;
    sweep(&sets);
    assert_int_equal(kept(&rig), 0);
    rig_close(&rig);
}

/* A case that goes on keeps those of others; of a partner that gives nothing any more nobody knows what they are worth. */
static void values_of_a_partner_that_is_gone_go_after_their_term(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct bsn person;
    struct oin school;
    struct oin debt_help;
    open_team(&rig, &sets);
    assert_true(oin_parse(slice_text(SCHOOL), &school) && oin_parse(slice_text(DEBT_HELP), &debt_help));
    assert_true(bsn_parse(slice_text(ADA), &person));
    (void)evaluations_for(&sets, BODY(ADA, CASE));
    (void)snprintf(sets.setless, sizeof sets.setless, "%s", SCHOOL);
    for (int i = 1; i <= 4; i++) { /* each time a third of the term further */
        rig.moved_ms += rig_match_times.values_ms / 3;
        sets_turn(&sets);
        (void)evaluations_for(&sets, BODY(ADA, CASE));
        sweep(&sets);
        struct match_values *values = match_values_read(&rig.api, &person, slice_text("hulpafstemming"));
        bool has_school = false;
        bool has_debt_help = false;
        for (size_t k = 0; k < values->count; k++) {
            has_school = has_school || oin_equal(&values->kept[k].provider, &school);
            has_debt_help = has_debt_help || oin_equal(&values->kept[k].provider, &debt_help);
        }
        assert_true(has_debt_help);
        assert_int_equal(has_school, i < 3);
        match_values_free(values);
    }
    rig_close(&rig);
}

/* A clock that is ahead makes terms seem over. */
static void nothing_is_swept_while_the_clock_is_wrong(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    (void)evaluations_for(&sets, BODY(ADA, CASE));
    assert_int_equal(kept(&rig), 1);
    const int64_t then_ms = sets_now(&rig);
    rig.moved_ms = 5 * rig_match_times.values_ms;
    sweep_by(&sets, then_ms); /* nobody confirmed that jump */
    assert_int_equal(kept(&rig), 1);
    sweep_by(&sets, 2 * then_ms); /* it was seen later than it says now */
    assert_int_equal(kept(&rig), 1);
    sweep(&sets);
    assert_int_equal(kept(&rig), 0);
    rig_close(&rig);
}

static void damage(struct rig *rig, const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(rig->world.database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void a_damaged_row_keeps_no_others_from_the_sweep(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    (void)evaluations_for(&sets, BODY(ADA, CASE));
    (void)evaluations_for(&sets, BODY(BEN, CASE));
    assert_int_equal(kept(&rig), 2);
    damage(&rig, "UPDATE match_value SET payload = x'01' WHERE entry = (SELECT min(entry) FROM match_value)");
    (void)evaluations_for(&sets, BODY(BEN, CASE)); /* readers see a hand's work with the next commit */
    rig.moved_ms = rig_match_times.values_ms - 1000;
    sweep(&sets);
    assert_int_equal(kept(&rig), 1); /* it went, and the other is in its term */
    rig.moved_ms = rig_match_times.values_ms + MATCH_SWEEP_MS;
    sweep(&sets);
    assert_int_equal(kept(&rig), 0);
    rig_close(&rig);
}

static void values_go_at_the_turn_of_the_epoch(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    (void)evaluations_for(&sets, BODY(ADA, CASE));
    sweep(&sets);
    assert_int_equal(kept(&rig), 1);
    sets.epoch++;
    sets_turn(&sets);
    sweep(&sets);
    assert_int_equal(kept(&rig), 0);
    rig_close(&rig);
}

static void close_report(struct rig *rig, const char *number, const char *person)
{
    struct match_stand stand = {.is_order = false};
    struct bsn bsn;
    struct error err;
    struct store_batch *batch = store_batch_new(rig->world.door);
    (void)snprintf(stand.number, sizeof stand.number, "%s", number);
    assert_true(bsn_parse(slice_text(person), &bsn));
    assert_int_equal(match_values_close(&rig->api, &stand, &bsn, 1, batch, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

static void values_go_with_the_report_that_they_stand_on(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    open_team(&rig, &sets);
    assert_true(evaluations_for(&sets, BODY(ADA, REPORT)) >= 2);
    close_report(&rig, "M-8", ADA);
    close_report(&rig, "M-7", BEN);
    assert_int_equal(kept(&rig), 1);
    close_report(&rig, "M-7", ADA);
    assert_int_equal(kept(&rig), 0);
    (void)evaluations_for(&sets, BODY(ADA, REPORT));
    assert_int_equal(evaluations_for(&sets, BODY(ADA, CASE)), 0);
    close_report(&rig, "M-7", ADA); /* a case needs them still */
    assert_int_equal(kept(&rig), 1);
    assert_int_equal(evaluations_for(&sets, BODY(ADA, CASE)), 0);
    rig_close(&rig);
}

/* A closed report is seen by the sweep too, for who was just asking when it closed. */
static void values_on_a_closed_report_are_swept(void **state)
{
    (void)state;
    struct rig rig;
    struct sets sets;
    struct report report = {.kind = REPORT_SAFE_HOME, .received = {2026, 1, 1}};
    struct buf payload;
    open_team(&rig, &sets);
    (void)evaluations_for(&sets, BODY(ADA, REPORT));
    (void)snprintf(report.matter.number, sizeof report.matter.number, "M-7");
    report.matter.people_count = 1;
    assert_true(bsn_parse(slice_text(ADA), &report.matter.people[0]));
    report.closed = (struct date){2026, 1, 1};
    buf_init(&payload, STORE_PAYLOAD_MAX);
    report_encode(&report, &payload);
    const struct store_write item = {
        .id = entropy_ident(&rig.entropy), .keys = {slice_text("M-7")}, .payload = buf_slice(&payload)};
    rig_put(&rig, STORE_REPORT, &item);
    buf_free(&payload);
    rig.moved_ms = MATCH_SWEEP_MS;
    sweep(&sets);
    assert_int_equal(kept(&rig), 0);
    rig_close(&rig);
}

static void many_values_take_more_pages_and_all_go(void **state)
{
    (void)state;
    enum { MANY = 500 };
    struct rig rig;
    struct error err;
    struct bsn ada;
    rig_open(&rig, AREA_TEAM);
    assert_true(bsn_parse(slice_text(ADA), &ada));
    struct match_values *values = match_values_read(&rig.api, &ada, slice_text("hulpafstemming"));
    for (uint32_t i = 0; i < MANY; i++) {
        struct oin oin;
        (void)snprintf(oin.digits, sizeof oin.digits, "%020u", i);
        const struct match_kept one = {.provider = oin,
                                       .key = {.epoch = i % 3, .tag = {(uint8_t)i}},
                                       .minute = 1000 + i,
                                       .asked = i % 2 != 0,
                                       .value = {.fingerprint = i + 1}};
        assert_int_equal(match_values_put(values, &one, &err), RESULT_OK);
    }
    match_values_stand(values, NULL, 1767225600000, 1000);
    struct store_batch *batch = store_batch_new(rig.world.door);
    assert_int_equal(match_values_write(&rig.api, values, &ada, batch, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    match_values_free(values);
    assert_int_equal(kept(&rig), 4);
    values = match_values_read(&rig.api, &ada, slice_text("hulpafstemming"));
    assert_int_equal(values->count, MANY);
    for (uint32_t i = 0; i < MANY; i++) {
        struct oin oin;
        (void)snprintf(oin.digits, sizeof oin.digits, "%020u", i);
        struct match_key key = {.epoch = i % 3, .tag = {(uint8_t)i}};
        const struct match_kept *one = match_values_find(values, &oin, &key);
        assert_non_null(one);
        assert_int_equal(one->value.fingerprint, i + 1);
        assert_int_equal(one->minute, 1000 + i);
        assert_int_equal(one->asked, i % 2);
        key.tag[0]++; /* of another key it is nobody's */
        assert_null(match_values_find(values, &oin, &key));
        key.tag[0]--;
        key.epoch = 3;
        assert_null(match_values_find(values, &oin, &key));
    }
    values->case_until_ms = 0;
    batch = store_batch_new(rig.world.door);
    assert_int_equal(match_values_write(&rig.api, values, &ada, batch, &err), RESULT_OK);
    assert_int_equal(world_commit(&rig.world, batch), FAULT_NONE);
    match_values_free(values);
    assert_int_equal(kept(&rig), 0);
    rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_in_no_set_is_asked_about_nowhere),
        cmocka_unit_test(a_miss_is_shown_as_an_empty_answer_is),
        cmocka_unit_test(an_evaluation_tells_neither_who_nor_how_many),
        cmocka_unit_test(a_partner_that_cannot_be_tested_is_shown_as_such),
        cmocka_unit_test(a_partner_without_a_set_is_shown_as_such),
        cmocka_unit_test(a_set_past_its_age_is_not_believed),
        cmocka_unit_test(a_partner_that_cannot_be_reached_is_shown_so_however_old_its_set_is),
        cmocka_unit_test(a_value_is_evaluated_once_while_its_case_goes_on),
        cmocka_unit_test(who_came_into_a_set_later_is_evaluated_once_more_before_the_first_question),
        cmocka_unit_test(without_that_evaluation_nothing_is_asked),
        cmocka_unit_test(who_comes_into_a_set_during_a_consult_is_asked_about_in_the_next),
        cmocka_unit_test(a_value_of_another_key_is_of_no_use),
        cmocka_unit_test(the_record_of_a_test_holds_which_sets_it_was_made_in),
        cmocka_unit_test(values_go_when_their_term_is_over),
        cmocka_unit_test(values_of_a_partner_that_is_gone_go_after_their_term),
        cmocka_unit_test(nothing_is_swept_while_the_clock_is_wrong),
        cmocka_unit_test(a_damaged_row_keeps_no_others_from_the_sweep),
        cmocka_unit_test(values_go_at_the_turn_of_the_epoch),
        cmocka_unit_test(values_go_with_the_report_that_they_stand_on),
        cmocka_unit_test(values_on_a_closed_report_are_swept),
        cmocka_unit_test(many_values_take_more_pages_and_all_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
