/* Findings: their form at rest, which step follows on which state, room for closing, and why they are there. */
#include "unit/domain/help.h"

#include "base/buf.h"
#include "base/mem.h"
#include "domain/finding.h"

static struct finding full_finding(void)
{
    struct finding f = {
        .rule = RULE_MANY_PEOPLE,
        .key = 0x0123456789ABCDEF,
        .day = {2026, 11, 22},
        .first_ms = 1795374000000, /* 2026-11-22T19:00:00Z */
        .last_ms = 1795380300000,  /* 20:45 */
        .numbers = {4, 40, 38, 31, 6, 4294967295},
        .score = 60,
        .record_count = FINDING_RECORDS_MAX,
        .more = 7,
        .state = FINDING_CLOSED,
        .verdict = FINDING_UNJUSTIFIED,
        .except_until = {2027, 1, 31},
        .step_count = FINDING_STEPS_MAX,
    };
    TEXT_INTO(f.user, "g.jansen");
    TEXT_INTO(f.peer.digits, "00000009900000002000");
    for (size_t i = 0; i < FINDING_RECORDS_MAX; i++) {
        f.records[i] = 1000000000000 + i;
    }
    for (size_t i = 0; i < FINDING_STEPS_MAX; i++) {
        struct finding_step *step = &f.steps[i];
        step->kind = (enum finding_step_kind)(i % FINDING_STEP_COUNT);
        step->verdict = (enum finding_verdict)(i % FINDING_VERDICT_COUNT);
        step->at_ms = 1795380300000 + (int64_t)i;
        memset(step->user, 'u', USER_NAME_MAX);
        memset(step->text, 'n', FINDING_NOTE_MAX);
    }
    return f;
}

static void assert_same(const struct finding *a, const struct finding *b)
{
    assert_int_equal(a->rule, b->rule);
    assert_true(a->key == b->key);
    assert_string_equal(a->user, b->user);
    assert_string_equal(a->peer.digits, b->peer.digits);
    assert_int_equal(date_compare(&a->day, &b->day), 0);
    assert_true(a->first_ms == b->first_ms && a->last_ms == b->last_ms);
    assert_memory_equal(a->numbers, b->numbers, sizeof a->numbers);
    assert_int_equal(a->score, b->score);
    assert_int_equal(a->record_count, b->record_count);
    assert_memory_equal(a->records, b->records, sizeof a->records);
    assert_int_equal(a->more, b->more);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->verdict, b->verdict);
    assert_string_equal(date_text(&a->except_until).text, date_text(&b->except_until).text);
    assert_int_equal(a->step_count, b->step_count);
    for (size_t i = 0; i < a->step_count; i++) {
        assert_int_equal(a->steps[i].kind, b->steps[i].kind);
        assert_int_equal(a->steps[i].verdict, b->steps[i].verdict);
        assert_true(a->steps[i].at_ms == b->steps[i].at_ms);
        assert_string_equal(a->steps[i].user, b->steps[i].user);
        assert_string_equal(a->steps[i].text, b->steps[i].text);
    }
}

/* The fullest one fits a row; every shorter form of it, and a longer one, is none. */
static void the_form_at_rest_is_whole_or_nothing(void **state)
{
    (void)state;
    const struct finding fulls[] = {full_finding(), {.rule = RULE_SAMPLE, .day = {2026, 11, 22}}};
    for (size_t i = 0; i < COUNT_OF(fulls); i++) {
        struct buf bytes;
        struct finding found;
        struct error err = {.fault = FAULT_NONE};
        buf_init(&bytes, STORE_PAYLOAD_MAX - 64);
        finding_encode(&fulls[i], &bytes);
        assert_true(buf_ok(&bytes));
        assert_int_equal(finding_decode(buf_slice(&bytes), &found, &err), RESULT_OK);
        assert_same(&fulls[i], &found);
        for (size_t len = 0; len < bytes.len; len++) {
            assert_int_not_equal(finding_decode(slice_of(bytes.ptr, len), &found, &err), RESULT_OK);
            assert_int_equal(err.fault, FAULT_STORE);
        }
        buf_byte(&bytes, 0);
        assert_int_not_equal(finding_decode(buf_slice(&bytes), &found, &err), RESULT_OK);
        bytes.ptr[1] = RULE_END;
        bytes.len--;
        assert_int_not_equal(finding_decode(buf_slice(&bytes), &found, &err), RESULT_OK);
        bytes.ptr[1] = RULE_NONE;
        assert_int_not_equal(finding_decode(buf_slice(&bytes), &found, &err), RESULT_OK);
        buf_free(&bytes);
    }
}

static void only_listed_steps_follow_on_a_state(void **state)
{
    (void)state;
    static const struct {
        bool may[FINDING_STEP_COUNT]; /* note, look, close, reopen */
        enum finding_state to[FINDING_STEP_COUNT];
    } rows[FINDING_STATE_COUNT] = {
        [FINDING_OPEN] = {{true, true, true, false}, {FINDING_OPEN, FINDING_SEEN, FINDING_CLOSED, FINDING_OPEN}},
        [FINDING_SEEN] = {{true, false, true, false}, {FINDING_SEEN, FINDING_SEEN, FINDING_CLOSED, FINDING_SEEN}},
        [FINDING_CLOSED] = {{true, false, false, true}, {FINDING_CLOSED, FINDING_CLOSED, FINDING_CLOSED, FINDING_OPEN}},
    };
    for (unsigned from = 0; from < FINDING_STATE_COUNT; from++) {
        for (unsigned kind = 0; kind < FINDING_STEP_COUNT; kind++) {
            struct finding f = {.rule = RULE_OFF_HOURS, .state = (enum finding_state)from};
            const struct finding_step step = {.kind = (enum finding_step_kind)kind};
            struct error err = {.fault = FAULT_NONE};
            assert_int_equal(finding_may((enum finding_state)from, step.kind), rows[from].may[kind]);
            assert_int_equal(finding_do(&f, &step, &(struct date){0}, &err) == RESULT_OK, rows[from].may[kind]);
            assert_int_equal(f.state, rows[from].may[kind] ? rows[from].to[kind] : (enum finding_state)from);
            assert_int_equal(f.step_count, rows[from].may[kind] ? 1 : 0);
            if (!rows[from].may[kind]) {
                assert_int_equal(err.fault, FAULT_CONFLICT);
                assert_string_equal(err.where, "/stap");
            }
        }
    }
    assert_false(finding_may(FINDING_STATE_COUNT, FINDING_NOTE));
    assert_false(finding_may(FINDING_OPEN, FINDING_STEP_COUNT));
}

static bool stepped(struct finding *f, enum finding_step_kind kind)
{
    const struct finding_step step = {.kind = kind, .verdict = kind == FINDING_CLOSE ? FINDING_JUSTIFIED : 0};
    const struct date until = {2027, 1, 31};
    struct error err = {.fault = FAULT_NONE};
    return finding_do(f, &step, &until, &err) == RESULT_OK;
}

static void closing_keeps_verdict_and_exception_and_reopening_ends_them(void **state)
{
    (void)state;
    struct finding f = {.rule = RULE_OFF_HOURS};
    assert_true(stepped(&f, FINDING_CLOSE));
    assert_int_equal(f.verdict, FINDING_JUSTIFIED);
    assert_string_equal(date_text(&f.except_until).text, "2027-01-31");
    assert_true(stepped(&f, FINDING_NOTE));
    assert_int_equal(f.verdict, FINDING_JUSTIFIED);
    assert_true(date_is_set(&f.except_until));
    assert_true(stepped(&f, FINDING_REOPEN));
    assert_int_equal(f.verdict, FINDING_NO_VERDICT);
    assert_false(date_is_set(&f.except_until));
}

/* Whatever was done before, one that is not closed can be closed. */
static void closing_always_has_room(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed < 2000; seed++) {
        struct finding f = {.rule = RULE_OFF_HOURS};
        unsigned draw = seed;
        for (unsigned i = 0; i < 60; i++) {
            draw = draw * 1103515245U + 12345U;
            (void)stepped(&f, (enum finding_step_kind)(draw >> 16 & 3));
            assert_true(f.step_count <= FINDING_STEPS_MAX);
            struct finding copy = f;
            assert_true(f.state == FINDING_CLOSED || stepped(&copy, FINDING_CLOSE));
        }
    }
    struct finding f = {.rule = RULE_OFF_HOURS};
    while (stepped(&f, FINDING_NOTE)) {
    }
    assert_int_equal(f.step_count, FINDING_STEPS_MAX - 2);
    assert_true(stepped(&f, FINDING_CLOSE));
    assert_false(stepped(&f, FINDING_REOPEN));
    assert_int_equal(f.step_count, FINDING_STEPS_MAX - 1);
}

static void words_are_read_back(void **state)
{
    (void)state;
    uint8_t rule = 0;
    enum finding_state at = FINDING_OPEN;
    enum finding_verdict verdict = FINDING_NO_VERDICT;
    enum finding_step_kind step = FINDING_NOTE;
    for (uint8_t i = RULE_NONE + 1; i < RULE_END; i++) {
        assert_true(finding_rule_parse(slice_text(finding_rule_word(i)), &rule));
        assert_int_equal(rule, i);
    }
    for (unsigned i = 0; i < FINDING_STATE_COUNT; i++) {
        assert_true(finding_state_parse(slice_text(finding_state_word((enum finding_state)i)), &at) && at == i);
    }
    for (unsigned i = 1; i < FINDING_VERDICT_COUNT; i++) {
        assert_true(finding_verdict_parse(slice_text(finding_verdict_word((enum finding_verdict)i)), &verdict) &&
                    verdict == i);
    }
    for (unsigned i = 0; i < FINDING_STEP_COUNT; i++) {
        assert_true(finding_step_parse(slice_text(finding_step_word((enum finding_step_kind)i)), &step) && step == i);
    }
    assert_false(finding_verdict_parse(slice_text(""), &verdict)); /* closing has one */
    assert_false(finding_rule_parse(slice_text(""), &rule));
    assert_false(finding_rule_parse(slice_text("Veel-mensen"), &rule));
    assert_string_equal(finding_rule_word(RULE_NONE), "");
    assert_string_equal(finding_rule_word(RULE_END), "");
}

static void every_rule_explains_itself(void **state)
{
    (void)state;
    static const struct {
        uint8_t rule;
        uint32_t numbers[FINDING_NUMBERS];
        const char *peer_name;
        const char *text;
    } cases[] = {
        {RULE_MANY_PEOPLE,
         {4, 40, 38, 31, 6},
         NULL,
         "g.jansen keek in 4 uur naar 40 mensen uit 38 huishoudens in 31 zaken; gewoonlijk naar hoogstens 6"},
        {RULE_MANY_PEOPLE,
         {1, 1, 1, 1, 0},
         NULL,
         "g.jansen keek in 1 uur naar 1 mens uit 1 huishouden in 1 zaak; gewoonlijk naar hoogstens 0"},
        {RULE_OFF_HOURS, {3}, NULL, "g.jansen keek 3 keer tussen 20:00 en 21:45, buiten werktijd, zonder spoeddoel"},
        {RULE_NO_CASE,
         {2},
         "Schuldhulp",
         "2 waarden bij Schuldhulp omgezet of getoetst die geen zaak, melding of toets verklaart"},
        {RULE_SAME_PERSON, {5, 14, 3}, NULL, "5 medewerkers keken in 14 dagen naar dezelfde persoon, in 3 zaken"},
        {RULE_OWN_CIRCLE, {1, 1}, NULL, "g.jansen keek 1 keer naar zichzelf"},
        {RULE_OWN_CIRCLE, {2, 2}, NULL, "g.jansen keek 2 keer naar een collega"},
        {RULE_OWN_CIRCLE, {2, 3}, NULL, "g.jansen keek 2 keer naar een huisgenoot van zichzelf of van een collega"},
        {RULE_SAME_REASON,
         {12, 11, 7},
         NULL,
         "dezelfde reden woord voor woord bij 12 mensen uit 11 huishoudens in 7 dagen, door g.jansen"},
        {RULE_OFTEN_URGENT,
         {6, 7, 13},
         NULL,
         "g.jansen gebruikte 6 keer een spoeddoel of crisisnummer in 7 dagen; collega's met dezelfde rol gemiddeld "
         "1,3"},
        {RULE_WITHDRAWAL, {5, 0}, NULL, "g.jansen keek 5 uur voordat deze persoon toestemming introk"},
        {RULE_WITHDRAWAL, {5, 1}, NULL, "g.jansen keek 5 uur nadat deze persoon toestemming introk"},
        {RULE_EMPTY_HITS, {40, 22}, "Schuldhulp", "bij 22 van 40 treffers vertelde Schuldhulp niets"},
        {RULE_SET_OUTGROWN,
         {64, 50, 10},
         NULL,
         "een opzoekset van 00000009900000002000 heeft plaats voor 64 en werd dat bij meer dan 50 mensen; in het "
         "convenant noemt hij 10 clienten"},
        {RULE_SET_OUTGROWN, {0}, "Schuldhulp", "een opzoekset van Schuldhulp klopt niet of volgt niet op de vorige"},
        {RULE_PAST_QUOTA,
         {0},
         "Schuldhulp",
         "Schuldhulp liet voor een spoeddoel meer waarden omzetten dan het convenant noemt"},
        {RULE_FORKED,
         {0},
         "Schuldhulp",
         "Schuldhulp zond bij een opdracht een andere gebeurtenis dan hier onder dat nummer vastligt"},
        {RULE_SAMPLE, {3, 20}, NULL, "willekeurig gekozen op 2026-11-22, 3 van 20"},
        {RULE_AND_MORE, {RULE_SAME_REASON, 17}, NULL, "en nog 17 bevindingen van regel zelfde-reden op 2026-11-22"},
        {RULE_AND_MORE, {300, 1}, NULL, "en nog 1 bevinding van regel  op 2026-11-22"},
    };
    bool told[RULE_END] = {false};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct finding f = full_finding();
        struct buf text;
        f.rule = cases[i].rule;
        told[f.rule] = true;
        memcpy(f.numbers, cases[i].numbers, sizeof f.numbers);
        buf_init(&text, 1024);
        finding_explain(&f, cases[i].peer_name, &text);
        buf_byte(&text, 0);
        assert_true(buf_ok(&text));
        assert_string_equal((const char *)text.ptr, cases[i].text);
        buf_free(&text);
    }
    for (unsigned i = RULE_NONE + 1; i < RULE_END; i++) {
        assert_true(told[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_at_rest_is_whole_or_nothing),
        cmocka_unit_test(only_listed_steps_follow_on_a_state),
        cmocka_unit_test(closing_keeps_verdict_and_exception_and_reopening_ends_them),
        cmocka_unit_test(closing_always_has_room),
        cmocka_unit_test(words_are_read_back),
        cmocka_unit_test(every_rule_explains_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
