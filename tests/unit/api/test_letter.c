/* Letters without a node: who may have one, what is not told yet, that it leaves no trace, and what each line says. */
#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/letter_words.h"
#include "api/letter_write.h"
#include "base/mem.h"

#define AREA_TEAM "00000099000000001000"
#define SCHOOL    "00000099000000002000"
#define DEBT_HELP "00000099000000005000"
#define SHELTER   "00000099000000008000"
#define SAFE_HOME "00000099000000009000"

static const int64_t NOON = INT64_C(1772535600000); /* 2026-03-03T11:00:00Z: 12:00 in Amsterdam */

static struct covenant *covenant_of_region(bool names)
{
    enum { ROOM = 131072 };
    char *text = malloc(ROOM);
    FILE *in = fopen(TEST_SOURCE_DIR "/tests/region/convenant.json", "r");
    struct covenant *covenant = NULL;
    struct fault_list faults = {0};
    assert_non_null(text);
    assert_non_null(in);
    static const char member[] = "{\"inzage\": {\"namenMedewerkers\": true},";
    const size_t before = names ? sizeof member - 2 : 0; /* in place of the document's own "{" */
    const size_t len = fread(text + before, 1, ROOM - 64, in);
    assert_int_equal(fclose(in), 0);
    text[before + len] = '\0';
    if (names) {
        assert_int_equal(text[before], '{');
        memcpy(text, member, sizeof member - 1);
    }
    assert_int_equal(covenant_parse(slice_text(text), &covenant, &faults), RESULT_OK);
    assert_int_equal(covenant_names_staff(covenant), names);
    free(text);
    return covenant;
}

static struct oin oin(const char *digits)
{
    struct oin out;
    assert_true(oin_parse(slice_text(digits), &out));
    return out;
}

static struct record record_of(enum record_operation operation, const char *peer, const char *purpose)
{
    struct record r = {.operation = operation,
                       .time_ms = NOON,
                       .class = {202603, 1},
                       .outcome = OUTCOME_DONE,
                       .age = 255,
                       .user = "g.jansen",
                       .role = "generalist",
                       .basis = "wmo-5.1.1"};
    (void)snprintf(r.purpose, sizeof r.purpose, "%s", purpose);
    if (peer != NULL) {
        r.peer = oin(peer);
    }
    return r;
}

/* ---- what is not told yet ---- */

static void what_may_endanger_is_deferred(void **state)
{
    (void)state;
    struct covenant *covenant = covenant_of_region(false);
    struct record shielded = record_of(RECORD_ANSWERED, SCHOOL, "hulpafstemming");
    struct record youth = record_of(RECORD_ANSWERED, SCHOOL, "hulpafstemming");
    struct record tested = record_of(RECORD_TESTED, NULL, "hulpafstemming");
    struct record on_report = record_of(RECORD_ASKED, SCHOOL, "hulpafstemming");
    struct record refused = record_of(RECORD_REFUSED, NULL, ""); /* a report that was not taken */
    (void)snprintf(on_report.report_number, sizeof on_report.report_number, "M-1");
    (void)snprintf(refused.report_number, sizeof refused.report_number, "M-2");
    struct record order = record_of(RECORD_REFUSED, NULL, ""); /* an order that was not taken */
    struct record in_case = record_of(RECORD_REFUSED, NULL, "hulpafstemming");
    (void)snprintf(order.case_number, sizeof order.case_number, "O-1");
    (void)snprintf(in_case.case_number, sizeof in_case.case_number, "Z-1");
    struct record untold = record_of(RECORD_SIGNAL, NULL, "zorgsignaal");
    struct record untold_at_home = record_of(RECORD_SIGNAL_TAKEN, SAFE_HOME, "zorgsignaal");
    struct record round = record_of(RECORD_SIGNALS_TESTED, SCHOOL, "zorgsignaal");
    untold.inputs = RECORD_INPUT_UNTOLD;
    untold_at_home.inputs = RECORD_INPUT_UNTOLD;
    round.inputs = RECORD_INPUT_UNTOLD; /* so many signals */
    shielded.shielded = 1;
    youth.inputs = RECORD_INPUT_KNOWN | RECORD_INPUT_DISAGREES;
    tested.inputs = RECORD_INPUT_DISAGREES; /* of a test it is a number of sets */
    const struct {
        struct record record;
        enum deferral to_self, to_authority;
    } cases[] = {
        {record_of(RECORD_ANSWERED, SCHOOL, "hulpafstemming"), DEFERRAL_NONE, DEFERRAL_NONE},
        {record_of(RECORD_ANSWERED, SCHOOL, "acuut-gevaar"), DEFERRAL_URGENT, DEFERRAL_URGENT},
        {record_of(RECORD_ASKED, SHELTER, "hulpafstemming"), DEFERRAL_SAFE_HOME, DEFERRAL_SAFE_HOME},
        {record_of(RECORD_ANSWERED, SAFE_HOME, "hulpafstemming"), DEFERRAL_SAFE_HOME, DEFERRAL_SAFE_HOME},
        {record_of(RECORD_REPORT, NULL, ""), DEFERRAL_REPORT, DEFERRAL_REPORT},
        {record_of(RECORD_ORDER, NULL, ""), DEFERRAL_REPORT, DEFERRAL_REPORT},
        {record_of(RECORD_TERM_PASSED, NULL, ""), DEFERRAL_REPORT, DEFERRAL_REPORT},
        {on_report, DEFERRAL_REPORT, DEFERRAL_REPORT},
        {refused, DEFERRAL_REPORT, DEFERRAL_REPORT},
        {order, DEFERRAL_REPORT, DEFERRAL_REPORT},
        {in_case, DEFERRAL_NONE, DEFERRAL_NONE},
        {shielded, DEFERRAL_SHIELDED, DEFERRAL_SHIELDED},
        {youth, DEFERRAL_NONE, DEFERRAL_YOUTH},
        {tested, DEFERRAL_NONE, DEFERRAL_NONE},
        {untold, DEFERRAL_UNTOLD, DEFERRAL_UNTOLD},
        {untold_at_home, DEFERRAL_SAFE_HOME, DEFERRAL_SAFE_HOME},
        {round, DEFERRAL_NONE, DEFERRAL_NONE},
        {record_of(RECORD_SIGNAL, NULL, "zorgsignaal"), DEFERRAL_NONE, DEFERRAL_NONE},
        {record_of(RECORD_TASK_NAMED, SCHOOL, "opdracht"), DEFERRAL_NONE, DEFERRAL_NONE},
        {record_of(RECORD_READ, NULL, ""), DEFERRAL_NONE, DEFERRAL_NONE},
    };
    const struct oin team = oin(AREA_TEAM);
    const struct oin safe = oin(SAFE_HOME);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct party *self = covenant_party(covenant, &team);
        assert_int_equal(deferral_of(covenant, self, &cases[i].record, false), cases[i].to_self);
        assert_int_equal(deferral_of(covenant, self, &cases[i].record, true), cases[i].to_authority);
        assert_int_equal(deferral_of(covenant, covenant_party(covenant, &safe), &cases[i].record, false),
                         DEFERRAL_SAFE_HOME);
        assert_int_equal(deferral_of(covenant, NULL, &cases[i].record, false), cases[i].to_self);
    }
    for (unsigned i = DEFERRAL_URGENT; i <= DEFERRAL_UNTOLD; i++) {
        assert_true(deferral_text((enum deferral)i)[0] != '\0');
    }
    assert_string_equal(deferral_text((enum deferral)(DEFERRAL_UNTOLD + 1)), "");
    covenant_free(covenant);
}

/* ---- lines ---- */

struct writing {
    struct covenant *covenant;
    struct letter_lines lines;
    struct letter letter;
    struct buf text;
    uint64_t next;
};

static void open_writing(struct writing *w, bool names, bool to_authority)
{
    struct error err;
    const struct oin team = oin(AREA_TEAM);
    memset(w, 0, sizeof *w);
    w->covenant = covenant_of_region(names);
    w->letter.drafted_ms = NOON;
    w->letter.from = (struct date){2026, 1, 1};
    w->letter.until = (struct date){2026, 3, 3};
    assert_int_equal(letter_lines_open(&w->lines, w->covenant, covenant_party(w->covenant, &team), to_authority, &err),
                     RESULT_OK);
    buf_init(&w->text, LETTER_JSON_MAX);
}

static void close_writing(struct writing *w)
{
    letter_lines_close(&w->lines);
    covenant_free(w->covenant);
    buf_free(&w->text);
}

static void add_with(struct writing *w, struct record record, const char *text)
{
    letter_lines_add(&w->lines, w->next++, &record, NULL, slice_text(text));
}

static void add(struct writing *w, struct record record)
{
    add_with(w, record, "");
}

static const char *written(struct writing *w)
{
    struct letter_view view = {.letter = &w->letter, .lines = &w->lines, .origin = "proef"};
    buf_clear(&w->text);
    struct json_writer writer = json_writer(&w->text);
    letter_write(&view, &writer);
    buf_byte(&w->text, '\0');
    assert_true(buf_ok(&w->text));
    return (const char *)w->text.ptr;
}

static void assert_says(struct writing *w, const char *text)
{
    if (strstr(written(w), text) == NULL) {
        fail_msg("niet gezegd: %s in %s", text, written(w));
    }
}

static void consult(struct writing *w, uint8_t number, const char *const *partners, size_t count)
{
    struct record r = record_of(RECORD_TESTED, NULL, "hulpafstemming");
    r.consult.bytes[0] = number;
    add_with(w, r, "een reden van de medewerker");
    for (size_t i = 0; i < count; i++) {
        r = record_of(RECORD_ASKED, partners[i], "hulpafstemming");
        r.consult.bytes[0] = number;
        r.outcome = OUTCOME_PENDING;
        add(w, r);
        r.operation = RECORD_RECEIVED;
        r.outcome = i == 0 ? OUTCOME_GOT_INVOLVEMENT : OUTCOME_NO_ANSWER;
        add(w, r);
    }
}

static void a_consult_is_one_line(void **state)
{
    (void)state;
    static const char *const partners[] = {DEBT_HELP, SCHOOL};
    struct writing w;
    open_writing(&w, false, false);
    consult(&w, 1, partners, 2);
    consult(&w, 2, partners, 0);
    assert_int_equal(w.lines.count, 2);
    assert_int_equal(w.lines.lines[0].records, 5);
    assert_says(&w, "\"wanneer\":\"3 maart 2026, 12:00 uur\"");
    assert_says(&w, "\"wie\":\"Gebiedsteam Noord, een generalist\"");
    assert_says(&w, "Vroeg het aan: Schuldhulp Zandland, Openbare Scholengroep De Linde.");
    assert_says(&w,
                "Vertelde iets over de hulp: Schuldhulp Zandland. Gaf geen antwoord: Openbare Scholengroep De Linde.");
    assert_says(&w, "Vroeg het aan geen enkele organisatie.");
    assert_says(&w, letter_fixed_sentence);
    assert_null(strstr(written(&w), "een reden van de medewerker"));
    const struct letter_decision tell = {.mark = w.lines.lines[0].mark, .choice = CHOICE_TELL_REASON, .why = "mag"};
    struct error err;
    assert_int_equal(letter_decide(&w.letter, &tell, &err), RESULT_OK);
    assert_says(&w, "\"reden\":\"een reden van de medewerker\"");
    close_writing(&w);
}

/* Its first record was of the month before, and its term is over: what the officer deferred stays out of a letter that is made
 * again. */
static void a_decision_outlives_the_first_record_of_its_line(void **state)
{
    (void)state;
    static const char *const partners[] = {DEBT_HELP};
    struct writing w;
    struct error err;
    open_writing(&w, false, false);
    consult(&w, 1, partners, 1);
    struct record change = record_of(RECORD_CHANGED, NULL, "");
    add(&w, change);
    change.time_ms++;
    add(&w, change);
    assert_int_equal(w.lines.count, 2);
    assert_int_not_equal(w.lines.lines[0].mark, w.lines.lines[1].mark);
    for (size_t i = 0; i < 2; i++) {
        const struct letter_decision defer = {.mark = w.lines.lines[i].mark, .choice = CHOICE_DEFER, .why = "x"};
        assert_int_equal(letter_decide(&w.letter, &defer, &err), RESULT_OK);
    }
    assert_says(&w, "geenRegels");
    const struct letter kept = w.letter;
    close_writing(&w);
    open_writing(&w, false, false);
    w.letter = kept;
    w.next = 1;
    struct record asked = record_of(RECORD_ASKED, DEBT_HELP, "hulpafstemming");
    asked.consult.bytes[0] = 1;
    add(&w, asked);
    w.next = 4;
    add(&w, change);
    assert_int_equal(w.lines.count, 2);
    assert_says(&w, "geenRegels");
    asked.consult.bytes[0] = 2;
    add(&w, asked);
    assert_null(strstr(written(&w), "geenRegels"));
    close_writing(&w);
}

/* The ex-husband's letter: of the shelter that was asked too, not a byte. */
static void a_deferred_partner_leaves_no_trace(void **state)
{
    (void)state;
    static const char *const with[] = {DEBT_HELP, SHELTER};
    struct writing a;
    struct writing b;
    for (unsigned to_authority = 0; to_authority < 2; to_authority++) {
        open_writing(&a, false, to_authority == 1);
        open_writing(&b, false, to_authority == 1);
        consult(&a, 1, with, 2);
        consult(&b, 1, with, 1);
        struct record hidden = record_of(RECORD_ANSWERED, SAFE_HOME, "onderzoek-veilig-thuis");
        add(&a, hidden);
        add(&a, record_of(RECORD_REPORT, NULL, ""));
        hidden = record_of(RECORD_ANSWERED, SCHOOL, "hulpafstemming");
        hidden.shielded = 2;
        add(&a, hidden);
        a.letter.places[a.letter.place_count++] =
            (struct letter_place){.requester = oin(SHELTER), .purpose = "hulpafstemming"};
        a.letter.places[a.letter.place_count++] =
            (struct letter_place){.requester = oin(SCHOOL), .purpose = "acuut-gevaar"};
        add(&a, record_of(RECORD_READ, NULL, ""));
        add(&b, record_of(RECORD_READ, NULL, ""));
        assert_int_equal(a.lines.count, b.lines.count + 4);
        assert_true(strlen(written(&b)) > 100);
        assert_string_equal(written(&a), written(&b));
        close_writing(&a);
        close_writing(&b);
    }
}

/* What was done with the worries of somebody who was told of them: who worried, who heard, who met, who helps. */
static void signals_and_tasks_are_told(void **state)
{
    (void)state;
    static const struct {
        enum record_operation operation;
        const char *peer, *purpose, *who, *what;
    } rows[] = {
        {RECORD_SIGNAL, NULL, "zorgsignaal", "Gebiedsteam Noord, een generalist",
         "Maakte zich zorgen over u, en schreef dat als signaal op."},
        {RECORD_SIGNAL_SENT, SCHOOL, "zorgsignaal", "Gebiedsteam Noord, een generalist",
         "Liet aan Openbare Scholengroep De Linde weten dat er een signaal over u is."},
        {RECORD_SIGNAL_TAKEN, SCHOOL, "zorgsignaal", "Openbare Scholengroep De Linde, een generalist",
         "Liet ons weten dat er niet langer een signaal over u is."},
        {RECORD_SIGNAL_MET, SCHOOL, "zorgsignaal", "Gebiedsteam Noord, een generalist",
         "Merkte dat Openbare Scholengroep De Linde en wij allebei bij u betrokken zijn."},
        {RECORD_SIGNAL_MET, NULL, "zorgsignaal", "Gebiedsteam Noord, een generalist",
         "Merkte dat een collega en wij allebei bij u betrokken zijn."},
        {RECORD_SIGNAL_ENDED, NULL, "zorgsignaal", "Gebiedsteam Noord, een generalist",
         "Een signaal over u is voorbij."},
        {RECORD_MATCH_STEP, SCHOOL, "zorgsignaal", "Gebiedsteam Noord",
         "Sprak met anderen af wie u helpt. Dat ging met: Openbare Scholengroep De Linde."},
        {RECORD_TASK, DEBT_HELP, "opdracht", "Gebiedsteam Noord, een generalist",
         "Vroeg Schuldhulp Zandland om iets te doen voor u."},
        {RECORD_TASK_NAMED, DEBT_HELP, "opdracht", "Gebiedsteam Noord, een generalist",
         "Vertelde aan Schuldhulp Zandland dat een opdracht over u gaat."},
        {RECORD_TASK_TAKEN, DEBT_HELP, "opdracht", "Schuldhulp Zandland, een generalist",
         "Vroeg ons om iets te doen voor u."},
        {RECORD_TASK_STEP, DEBT_HELP, "opdracht", "Gebiedsteam Noord",
         "Werkte aan een opdracht over u. Dat ging met: Schuldhulp Zandland."},
        {RECORD_READ, DEBT_HELP, "opdracht", "Gebiedsteam Noord, een generalist", "Bekeek een opdracht over u."},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char text[300];
        struct writing w;
        open_writing(&w, false, false);
        add(&w, record_of(rows[i].operation, rows[i].peer, rows[i].purpose));
        (void)snprintf(text, sizeof text, "\"wie\":\"%s\",\"wat\":\"%s\"", rows[i].who, rows[i].what);
        assert_says(&w, text);
        close_writing(&w);
    }
}

static void what_a_signal_told_is_said(void **state)
{
    (void)state;
    static const struct {
        enum record_operation operation;
        enum record_outcome outcome;
        const char *text;
    } rows[] = {
        {RECORD_SIGNAL_SENT, OUTCOME_PENDING,
         "Wij vertelden: dat er een signaal is, en misschien wie de contactpersoon is."},
        {RECORD_SIGNAL_TAKEN, OUTCOME_RELEASED,
         "Wij vertelden: dat wij ook betrokken zijn, en misschien wie de contactpersoon is."},
        {RECORD_SIGNAL_TAKEN, OUTCOME_WITHHELD, "Er is niets verteld."},
        {RECORD_SIGNAL_TAKEN, OUTCOME_WITHHELD, "Liet ons weten dat er een signaal over u is."},
        {RECORD_TASK_NAMED, OUTCOME_RELEASED, "Wij vertelden: over wie de opdracht gaat, en wat er wordt gevraagd."},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct writing w;
        open_writing(&w, false, false);
        struct record r = record_of(rows[i].operation, SCHOOL, "zorgsignaal");
        r.outcome = rows[i].outcome;
        add(&w, r);
        assert_says(&w, rows[i].text);
        close_writing(&w);
    }
}

/* He knows of ours and not of theirs: that ours went there, and what came back, would tell of it. Another partner stays. */
static void a_meeting_with_an_untold_signal_takes_its_sending_with_it(void **state)
{
    (void)state;
    struct writing a;
    struct writing b;
    open_writing(&a, false, false);
    open_writing(&b, false, false);
    for (unsigned i = 0; i < 2; i++) {
        struct writing *w = i == 0 ? &a : &b;
        add(w, record_of(RECORD_SIGNAL, NULL, "zorgsignaal"));
        add(w, record_of(RECORD_SIGNAL_SENT, SCHOOL, "zorgsignaal"));
        add(w, record_of(RECORD_ANSWERED, DEBT_HELP, "zorgsignaal"));
    }
    struct record met = record_of(RECORD_SIGNAL_MET, DEBT_HELP, "zorgsignaal");
    met.inputs = RECORD_INPUT_UNTOLD;
    add(&a, record_of(RECORD_SIGNAL_SENT, DEBT_HELP, "zorgsignaal"));
    add(&a, record_of(RECORD_CONFIRMED, DEBT_HELP, "zorgsignaal"));
    add(&a, met);
    letter_lines_end(&a.lines);
    letter_lines_end(&b.lines);
    assert_string_equal(written(&a), written(&b));
    close_writing(&a);
    close_writing(&b);
}

/* Of a signal that he is not told of yet, and of what came of it, not a byte; what he was told of before is still there. */
static void an_untold_signal_leaves_no_trace(void **state)
{
    (void)state;
    enum { DAY_MS = 86400000 };
    struct writing a;
    struct writing b;
    open_writing(&a, false, false);
    open_writing(&b, false, false);
    struct record told = record_of(RECORD_SIGNAL_TAKEN, SCHOOL, "zorgsignaal");
    struct record task = record_of(RECORD_TASK, DEBT_HELP, "opdracht");
    add(&a, told);
    add(&b, told);
    static const enum record_operation marked[] = {RECORD_SIGNAL,       RECORD_SIGNAL_SENT, RECORD_CONFIRMED,
                                                   RECORD_SIGNAL_TAKEN, RECORD_SIGNAL_MET,  RECORD_SIGNAL_ENDED};
    for (size_t i = 0; i < COUNT_OF(marked); i++) {
        struct record r = record_of(marked[i], marked[i] != RECORD_SIGNAL ? DEBT_HELP : NULL, "zorgsignaal");
        r.inputs = RECORD_INPUT_UNTOLD;
        r.time_ms += DAY_MS;
        add(&a, r);
        assert_int_equal(a.lines.lines[a.lines.count - 1].deferral, DEFERRAL_UNTOLD);
    }
    static const enum record_operation silent[] = {RECORD_MATCH_STEP, RECORD_SENT, RECORD_TAKEN,
                                                   RECORD_EVALUATION_RECEIVED};
    for (size_t i = 0; i < COUNT_OF(silent); i++) {
        struct record r = record_of(silent[i], DEBT_HELP, "zorgsignaal");
        r.time_ms += DAY_MS;
        add(&a, r);
    }
    add(&a, task);
    add(&b, task);
    const struct letter_place before = {.requester = oin(SCHOOL), .purpose = "zorgsignaal", .since_ms = NOON};
    const struct letter_place since = {
        .requester = oin(DEBT_HELP), .purpose = "zorgsignaal", .since_ms = NOON + DAY_MS};
    const struct letter_place other = {.requester = oin(DEBT_HELP), .purpose = "opdracht", .since_ms = NOON + DAY_MS};
    a.letter.places[a.letter.place_count++] = before;
    a.letter.places[a.letter.place_count++] = since;
    a.letter.places[a.letter.place_count++] = other;
    b.letter.places[b.letter.place_count++] = before;
    b.letter.places[b.letter.place_count++] = other;
    assert_string_equal(written(&a), written(&b));
    /* The officer lets him know: then its place is told too. */
    const struct letter_decision tell = {.mark = a.lines.lines[1].mark, .choice = CHOICE_TELL, .why = "ingelicht"};
    struct error err;
    assert_int_equal(letter_decide(&a.letter, &tell, &err), RESULT_OK);
    assert_says(&a, "Maakte zich zorgen over u");
    assert_int_equal(strlen(written(&a)) > strlen(written(&b)), 1);
    close_writing(&a);
    close_writing(&b);
}

/* A party that no covenant knows any more may have been a shelter. */
static void an_unknown_partner_is_deferred(void **state)
{
    (void)state;
    struct writing w;
    open_writing(&w, false, false);
    add(&w, record_of(RECORD_ANSWERED, "00000099000000099000", "hulpafstemming"));
    assert_int_equal(w.lines.lines[0].deferral, DEFERRAL_SAFE_HOME);
    assert_says(&w, "\"geenRegels\":");
    close_writing(&w);
}

static void what_is_done_often_is_counted(void **state)
{
    (void)state;
    enum { DAY_MS = 86400000 };
    struct writing w;
    open_writing(&w, false, false);
    struct record read = record_of(RECORD_LOG_READ, NULL, "");
    (void)snprintf(read.role, sizeof read.role, "privacybeheerder");
    add(&w, read);
    add(&w, read);
    (void)snprintf(read.role, sizeof read.role, "fg");
    add(&w, read);
    read.time_ms += DAY_MS;
    add(&w, read);
    struct record change = record_of(RECORD_CHANGED, NULL, "");
    add(&w, change);
    change.time_ms += 20 * (int64_t)DAY_MS;
    add(&w, change);
    change.time_ms += 20 * (int64_t)DAY_MS;
    add(&w, change);
    assert_int_equal(w.lines.count, 5);
    assert_says(
        &w,
        "\"wanneer\":\"3 maart 2026\",\"wie\":\"Gebiedsteam Noord, de privacybeheerder\",\"wat\":\"Controleerde ons "
        "logboek. Dit gebeurde 2 keer.\"");
    assert_says(&w, "\"wanneer\":\"maart 2026\"");
    assert_says(&w, "\"wanneer\":\"april 2026\"");
    close_writing(&w);
}

/* Every operation of the log has its line, and none says a code. */
static void every_operation_is_told(void **state)
{
    (void)state;
    static const enum record_operation all[] = {
#define X(name, code, word) name,
        RECORD_OPERATION_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        struct writing w;
        open_writing(&w, false, false);
        add(&w, record_of(all[i], NULL, "hulpafstemming"));
        assert_int_equal(w.lines.count, 1);
        const struct letter_decision tell = {.mark = w.lines.lines[0].mark, .choice = CHOICE_TELL, .why = "x"};
        struct error err;
        assert_int_equal(letter_decide(&w.letter, &tell, &err), RESULT_OK);
        assert_says(&w, "\"nr\":1");
        const char *word = record_operation_word(all[i]);
        assert_true(strchr(word, '-') == NULL || strstr(written(&w), word) == NULL);
        close_writing(&w);
    }
}

static void names_of_staff_only_when_the_covenant_says_so(void **state)
{
    (void)state;
    struct writing w;
    open_writing(&w, false, false);
    add(&w, record_of(RECORD_READ, NULL, ""));
    assert_null(strstr(written(&w), "g.jansen"));
    close_writing(&w);
    open_writing(&w, true, false);
    add(&w, record_of(RECORD_READ, NULL, ""));
    assert_says(&w, "g.jansen");
    close_writing(&w);
    open_writing(&w, true, false);
    add(&w, record_of(RECORD_ANSWERED, SCHOOL, "hulpafstemming")); /* a partner's is a pseudonym */
    assert_null(strstr(written(&w), "g.jansen"));
    close_writing(&w);
}

static void what_was_given_is_told_in_words(void **state)
{
    (void)state;
    struct writing w;
    open_writing(&w, false, false);
    struct record given = record_of(RECORD_ANSWERED, SCHOOL, "hulpafstemming");
    given.outcome = OUTCOME_RELEASED;
    given.categories = CATEGORY_BIT(CATEGORY_COUNT) - 1;
    add(&w, given);
    assert_says(
        &w, "Wij vertelden: dat er hulp is, op welk gebied en sinds wanneer; wie de contactpersoon is; welke hulp het "
            "is; hoe ver de hulp is; hoe het met de hulp staat; of er gevaar is; wat er in het plan staat.");
    close_writing(&w);
    char *texts[2];
    for (unsigned i = 0; i < 2; i++) { /* withheld and unknown are one */
        open_writing(&w, false, false);
        given.outcome = i == 0 ? OUTCOME_WITHHELD : OUTCOME_UNKNOWN;
        given.categories = 0;
        add(&w, given);
        assert_says(&w, "Er is niets verteld.");
        texts[i] = mem_strdup(written(&w));
        close_writing(&w);
    }
    assert_string_equal(texts[0], texts[1]);
    mem_free(texts[0]);
    mem_free(texts[1]);
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        struct buf one;
        buf_init(&one, 256);
        letter_categories(CATEGORY_BIT(i), &one);
        assert_true(one.len != 0);
        buf_free(&one);
    }
}

static void past_its_bounds_it_is_full(void **state)
{
    (void)state;
    struct writing w;
    open_writing(&w, false, false);
    for (size_t i = 0; i < LETTER_LINES_MAX; i++) {
        add(&w, record_of(RECORD_READ, NULL, ""));
    }
    assert_false(w.lines.full);
    add(&w, record_of(RECORD_READ, NULL, ""));
    assert_true(w.lines.full);
    close_writing(&w);
    open_writing(&w, false, false);
    for (size_t i = 0; i < LETTER_RECORDS_MAX; i++) {
        add(&w, record_of(RECORD_LOG_READ, NULL, ""));
    }
    assert_false(w.lines.full);
    add(&w, record_of(RECORD_LOG_READ, NULL, ""));
    assert_true(w.lines.full);
    close_writing(&w);
}

static void what_cannot_be_read_any_more_is_said(void **state)
{
    (void)state;
    struct writing w;
    open_writing(&w, false, false);
    add(&w, record_of(RECORD_READ, NULL, ""));
    add(&w, record_of(RECORD_ANSWERED, SHELTER, "hulpafstemming"));
    assert_true(letter_count_told(&w.lines, &w.letter));
    assert_int_equal(w.letter.told_count, 1);
    assert_int_equal(w.letter.told[0].lines, 1); /* what was not told was not there */
    assert_null(strstr(written(&w), "onleesbaar"));
    w.letter.told[0].lines = 3;
    assert_says(&w, "Hier stonden 2 regels over maart 2026. De inhoud is niet meer te lezen.");
    close_writing(&w);
    open_writing(&w, false, false);
    for (uint32_t i = 0; i <= LETTER_CLASSES_MAX; i++) {
        struct record r = record_of(RECORD_READ, NULL, "");
        r.class = (struct seal_class){200001 + i, 1};
        assert_true(letter_count_told(&w.lines, &w.letter));
        add(&w, r);
    }
    assert_false(letter_count_told(&w.lines, &w.letter));
    close_writing(&w);
}

static void moments_are_dutch(void **state)
{
    (void)state;
    static const struct {
        const char *utc;
        const char *told;
    } cases[] = {
        {"2026-03-29T00:59:00Z", "29 maart 2026, 01:59 uur"},   {"2026-03-29T01:00:00Z", "29 maart 2026, 03:00 uur"},
        {"2026-10-25T00:59:00Z", "25 oktober 2026, 02:59 uur"}, {"2026-10-25T01:00:00Z", "25 oktober 2026, 02:00 uur"},
        {"2026-12-31T23:30:00Z", "1 januari 2027, 00:30 uur"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf text;
        int64_t ms = 0;
        buf_init(&text, 64);
        assert_true(moment_parse(slice_text(cases[i].utc), &ms));
        letter_moment(ms, &text);
        assert_true(slice_is(buf_slice(&text), cases[i].told));
        buf_free(&text);
    }
}

/* ---- what is kept ---- */

static void it_goes_there_and_back(void **state)
{
    (void)state;
    static struct letter letter;
    static struct letter back;
    struct buf bytes;
    struct buf again;
    struct error err;
    memset(&letter, 0, sizeof letter);
    letter.state = LETTER_RELEASED;
    letter.subject.bytes[3] = 7;
    letter.holder.bytes[0] = 9;
    (void)snprintf(letter.name, sizeof letter.name, "S. Samira");
    (void)snprintf(letter.holder_name, sizeof letter.holder_name, "M. Moeder");
    (void)snprintf(letter.identity, sizeof letter.identity, "paspoort");
    (void)snprintf(letter.officer, sizeof letter.officer, "privacy");
    letter.youth = true;
    letter.drafted_ms = NOON;
    letter.released_ms = NOON + 1;
    letter.from = (struct date){2026, 1, 1};
    letter.until = (struct date){2026, 3, 3};
    letter.size = 12345;
    letter.digest.bytes[31] = 1;
    letter.places_left_out = true;
    for (size_t i = 0; i < LETTER_SETS_MAX; i++) {
        letter.places[letter.place_count++] = (struct letter_place){
            .requester = oin(SCHOOL), .purpose = "hulpafstemming", .since_ms = 60000, .until_ms = 120000};
    }
    for (size_t i = 0; i < LETTER_CLASSES_MAX; i++) {
        letter.told[letter.told_count++] = (struct letter_told){{202601 + (uint32_t)i, 3}, (uint16_t)i};
    }
    for (uint64_t i = 0; i < 3; i++) {
        const struct letter_decision d = {i, CHOICE_DEFER, {2026, 12, 31}, "dezelfde reden"};
        assert_int_equal(letter_decide(&letter, &d, &err), RESULT_OK);
    }
    buf_init(&bytes, STORE_PAYLOAD_MAX);
    assert_int_equal(letter_encode(&letter, &bytes, &err), RESULT_OK);
    assert_int_equal(letter_decode(buf_slice(&bytes), &back, &err), RESULT_OK);
    buf_init(&again, STORE_PAYLOAD_MAX);
    assert_int_equal(letter_encode(&back, &again, &err), RESULT_OK);
    assert_true(slice_equal(buf_slice(&bytes), buf_slice(&again)));
    assert_string_equal(back.name, letter.name);
    assert_string_equal(back.holder_name, letter.holder_name);
    assert_string_equal(back.decisions[2].why, "dezelfde reden");
    assert_int_equal(back.places[1].until_ms, 120000);
    assert_int_equal(back.told[3].class.month, 202604);
    buf_free(&again);
    for (size_t len = 0; len < bytes.len; len++) {
        assert_int_equal(letter_decode(slice_of(bytes.ptr, len), &back, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_STORE);
    }
    buf_free(&bytes);
}

static void decisions_are_bounded_and_the_last_one_counts(void **state)
{
    (void)state;
    static struct letter letter;
    struct error err;
    struct buf bytes;
    memset(&letter, 0, sizeof letter);
    for (uint64_t i = 0; i < LETTER_DEFERRED_MAX; i++) {
        const struct letter_decision d = {i, CHOICE_DEFER, {0}, "reden"};
        assert_int_equal(letter_decide(&letter, &d, &err), RESULT_OK);
    }
    const struct letter_decision again = {5, CHOICE_TELL, {0}, "toch"};
    assert_int_equal(letter_decide(&letter, &again, &err), RESULT_OK);
    assert_int_equal(letter_decision_of(&letter, 5)->choice, CHOICE_TELL);
    const struct letter_decision more = {LETTER_DEFERRED_MAX, CHOICE_DEFER, {0}, "reden"};
    assert_int_equal(letter_decide(&letter, &more, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    buf_init(&bytes, STORE_PAYLOAD_MAX);
    assert_int_equal(letter_encode(&letter, &bytes, &err), RESULT_OK); /* one reason, told once */
    for (size_t i = 0; i < LETTER_DEFERRED_MAX; i++) {
        (void)snprintf(letter.decisions[i].why, sizeof letter.decisions[i].why, "steeds een andere reden %zu", i);
    }
    buf_clear(&bytes);
    assert_int_equal(letter_encode(&letter, &bytes, &err), RESULT_FAILED);
    assert_int_equal(err.fault, FAULT_TOO_LARGE);
    buf_free(&bytes);
}

static void a_deferral_that_ended_is_seen(void **state)
{
    (void)state;
    static struct letter letter;
    struct error err;
    const struct letter_decision d = {1, CHOICE_DEFER, {2026, 3, 3}, "reden"};
    memset(&letter, 0, sizeof letter);
    assert_int_equal(letter_decide(&letter, &d, &err), RESULT_OK);
    const struct date last = {2026, 3, 3};
    const struct date after = {2026, 3, 4};
    assert_false(letter_over(&letter, &after)); /* a draft */
    letter.state = LETTER_RELEASED;
    assert_false(letter_over(&letter, &last));
    assert_true(letter_over(&letter, &after));
}

/* ---- who may have it ---- */

static void who_may_have_it(void **state)
{
    (void)state;
    static const struct ident himself = {{0}};
    static const struct date today = {2026, 3, 3};
    static const struct {
        const char *birth; /* "" unknown */
        enum authority_kind kind;
        bool self, holder, youth;
    } cases[] = {
        {"2015-03-04", AUTHORITY_PARENT, false, true, false},  /* 10 */
        {"2014-03-03", AUTHORITY_PARENT, false, true, true},   /* 12 today */
        {"2010-03-04", AUTHORITY_GUARDIAN, false, true, true}, /* 15 */
        {"2010-03-03", AUTHORITY_PARENT, true, false, false},  /* 16 today */
        {"2009-03-04", AUTHORITY_CURATOR, true, false, false}, /* 16: not an adult */
        {"1990-01-01", AUTHORITY_PARENT, true, false, false},
        {"1990-01-01", AUTHORITY_CURATOR, true, true, false},
        {"1990-01-01", AUTHORITY_MENTOR, true, true, false},
        {"1990-01-01", AUTHORITY_ADMINISTRATOR, true, false, false},
        {"2015-03-04", AUTHORITY_MENTOR, false, false, false},
        {"", AUTHORITY_PARENT, false, false, false},
        {"", AUTHORITY_CURATOR, false, false, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct ident id = {{1}};
        struct subject subject = {.authority_count = 1, .authorities = {{.kind = cases[i].kind, .holder = "H."}}};
        struct dossier dossier;
        struct error err;
        bool youth = false;
        (void)date_parse(slice_text(cases[i].birth), &subject.birth);
        assert_int_equal(dossier_open(&subject, &id, 0, &dossier, &err), RESULT_OK);
        dossier_ready(&dossier);
        const struct ident holder = dossier_holder(&id, &subject.authorities[0]);
        const struct ident other = {{5}};
        if ((letter_may(&dossier, &himself, false, &today, &youth, &err) == RESULT_OK) != cases[i].self ||
            (letter_may(&dossier, &holder, false, &today, &youth, &err) == RESULT_OK) != cases[i].holder ||
            youth != cases[i].youth) {
            fail_msg("%zu", i);
        }
        assert_int_equal(letter_may(&dossier, &other, true, &today, &youth, &err), RESULT_FAILED);
        assert_int_equal(err.fault, FAULT_UNPROVEN);
        dossier_close(&dossier);
    }
    struct error err;
    bool youth;
    assert_int_equal(letter_may(NULL, &himself, false, &today, &youth, &err), RESULT_FAILED);
    assert_int_equal(letter_may(NULL, &himself, true, &today, &youth, &err), RESULT_OK);
}

/* First and last day of authority count. */
static void authority_has_days(void **state)
{
    (void)state;
    const struct ident id = {{1}};
    struct subject subject = {
        .birth = {2016, 1, 1},
        .authority_count = 1,
        .authorities = {{.kind = AUTHORITY_PARENT, .holder = "H.", .since = {2026, 3, 3}, .until = {2026, 3, 5}}}};
    const struct ident holder = dossier_holder(&id, &subject.authorities[0]);
    for (uint8_t day = 2; day <= 6; day++) {
        const struct date today = {2026, 3, day};
        struct dossier dossier;
        struct error err;
        bool youth;
        assert_int_equal(dossier_open(&subject, &id, 0, &dossier, &err), RESULT_OK);
        dossier_ready(&dossier);
        assert_int_equal(letter_may(&dossier, &holder, false, &today, &youth, &err) == RESULT_OK, day >= 3 && day <= 5);
        dossier_close(&dossier);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_may_endanger_is_deferred),
        cmocka_unit_test(a_consult_is_one_line),
        cmocka_unit_test(a_decision_outlives_the_first_record_of_its_line),
        cmocka_unit_test(a_deferred_partner_leaves_no_trace),
        cmocka_unit_test(signals_and_tasks_are_told),
        cmocka_unit_test(what_a_signal_told_is_said),
        cmocka_unit_test(a_meeting_with_an_untold_signal_takes_its_sending_with_it),
        cmocka_unit_test(an_untold_signal_leaves_no_trace),
        cmocka_unit_test(an_unknown_partner_is_deferred),
        cmocka_unit_test(what_is_done_often_is_counted),
        cmocka_unit_test(every_operation_is_told),
        cmocka_unit_test(names_of_staff_only_when_the_covenant_says_so),
        cmocka_unit_test(what_was_given_is_told_in_words),
        cmocka_unit_test(past_its_bounds_it_is_full),
        cmocka_unit_test(what_cannot_be_read_any_more_is_said),
        cmocka_unit_test(moments_are_dutch),
        cmocka_unit_test(it_goes_there_and_back),
        cmocka_unit_test(decisions_are_bounded_and_the_last_one_counts),
        cmocka_unit_test(a_deferral_that_ended_is_seen),
        cmocka_unit_test(who_may_have_it),
        cmocka_unit_test(authority_has_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
