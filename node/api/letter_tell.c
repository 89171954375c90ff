#include "api/letter_tell.h"

#include <string.h>

#include "api/letter_words.h"
#include "base/workdays.h"

enum { PARTS_NAMED = 64 };

struct letter_person letter_person_of(const struct letter *letter)
{
    static const struct ident nobody;
    return ident_equal(&letter->holder, &nobody)
               ? (struct letter_person){"u", "uw gegevens"}
               : (struct letter_person){"deze persoon", "de gegevens van deze persoon"};
}

/* ---- names ---- */

static const struct covenant *then_of(const struct letter_view *view, const struct letter_line *line)
{
    return view->then != NULL ? view->then(view->ctx, &line->first) : NULL;
}

const char *letter_party_name(const struct letter_view *view, const struct covenant *then, const struct oin *oin)
{
    const struct party *party = covenant_party(view->lines->covenant, oin);
    party = party == NULL && then != NULL ? covenant_party(then, oin) : party;
    return party != NULL ? party->name : "een organisatie die niet meer meedoet";
}

const char *letter_own_name(const struct letter_view *view)
{
    return view->lines->self != NULL ? view->lines->self->name : "deze organisatie";
}

const char *letter_purpose_text(const struct letter_view *view, const struct covenant *then, const char *code)
{
    const struct purpose *purpose = covenant_purpose(view->lines->covenant, slice_text(code));
    purpose = purpose == NULL && then != NULL ? covenant_purpose(then, slice_text(code)) : purpose;
    return purpose != NULL ? purpose->text : code[0] != '\0' ? "een doel dat niet meer in de afspraken staat" : "";
}

void letter_put(struct json_writer *w, const char *name, struct buf *text)
{
    if (text->len != 0) {
        json_put_slice(w, name, buf_slice(text));
    }
    buf_clear(text);
}

/* ---- a line ---- */

static void when(const struct letter_line *line, struct buf *out)
{
    const struct date day = workdays_dutch_day(line->first.time_ms);
    if (line->span == SPAN_MOMENT) {
        letter_moment(line->first.time_ms, out);
    } else if (line->span == SPAN_DAY) {
        letter_day(&day, out);
    } else {
        letter_month(&day, out);
    }
}

/* A partner did it, or its user. */
static bool is_partners(const struct letter_line *line)
{
    switch (line->act) {
    case ACT_CONSULT:
    case ACT_CRISIS:
    case ACT_MESSAGE:
    case ACT_READ:
    case ACT_MEETING:
    case ACT_TASK_STEP:
        return false;
    case ACT_SIGNAL:
        return line->first.operation == RECORD_SIGNAL_TAKEN;
    case ACT_TASK:
        return line->first.operation == RECORD_TASK_TAKEN;
    default:
        return oin_is_set(&line->first.peer);
    }
}

/* Of a partner only a pseudonym is known: never a name. */
static void who(const struct letter_view *view, const struct covenant *then, const struct letter_line *line,
                struct buf *out)
{
    const struct record *r = &line->first;
    const bool partner = is_partners(line) && oin_is_set(&r->peer);
    const bool both = line->act == ACT_MEETING || line->act == ACT_TASK_STEP; /* steps of either side */
    buf_text(out, partner ? letter_party_name(view, then, &r->peer) : letter_own_name(view));
    if (r->role[0] != '\0' && !both) {
        buf_format(out, ", %s", letter_role(r->role));
    }
    if (!partner && r->user[0] != '\0' && line->span == SPAN_MOMENT && covenant_names_staff(view->lines->covenant)) {
        buf_format(out, " (%s)", r->user);
    }
}

/* Each partner with an outcome of these, once. */
static bool name_parts(const struct letter_view *view, const struct covenant *then, size_t at, const char *before,
                       enum record_operation operation, enum record_outcome outcome, const char *behind,
                       struct buf *out)
{
    const char *named[PARTS_NAMED];
    size_t count = 0;
    const struct letter_part *parts = view->lines->parts;
    for (uint32_t i = view->lines->lines[at].first_part; i != NO_PART; i = parts[i].next) {
        const struct letter_part *part = &parts[i];
        if (part->operation != operation || (outcome != OUTCOME_NONE && part->outcome != outcome) ||
            !oin_is_set(&part->peer)) {
            continue;
        }
        const char *name = letter_party_name(view, then, &part->peer);
        size_t k = 0;
        while (k < count && strcmp(named[k], name) != 0) {
            k++;
        }
        if (k == count && count < PARTS_NAMED) {
            buf_format(out, "%s%s", count == 0 ? before : ", ", name);
            named[count++] = name;
        }
    }
    buf_text(out, count != 0 ? behind : "");
    return count != 0;
}

static void what_consult(const struct letter_view *view, const struct covenant *then, size_t at, struct buf *out)
{
    buf_format(out, "Zocht welke organisaties %s helpen.", letter_person_of(view->letter).who);
    if (!name_parts(view, then, at, " Vroeg het aan: ", RECORD_ASKED, OUTCOME_NONE, ".", out)) {
        buf_text(out, " Vroeg het aan geen enkele organisatie.");
    }
}

/* The partner of a signal or task, where one is named. */
static const char *other_of(const struct letter_view *view, const struct covenant *then, const struct record *record)
{
    return oin_is_set(&record->peer) ? letter_party_name(view, then, &record->peer) : "een collega";
}

static void what_signal(const struct letter_view *view, const struct covenant *then, const struct record *record,
                        struct buf *out)
{
    const char *person = letter_person_of(view->letter).who;
    switch (record->operation) {
    case RECORD_SIGNAL:
        buf_format(out, "Maakte zich zorgen over %s, en schreef dat als signaal op.", person);
        return;
    case RECORD_SIGNAL_ENDED:
        buf_format(out, "Een signaal over %s is voorbij.", person);
        return;
    case RECORD_SIGNAL_SENT:
        buf_format(out, "Liet aan %s weten dat er een signaal over %s is.", other_of(view, then, record), person);
        return;
    case RECORD_SIGNAL_TAKEN: /* done: that it is over */
        buf_format(out, "Liet ons weten dat er %seen signaal over %s is.",
                   record->outcome == OUTCOME_DONE ? "niet langer " : "", person);
        return;
    default:
        buf_format(out, "Merkte dat %s en wij allebei bij %s betrokken zijn.", other_of(view, then, record), person);
        return;
    }
}

static void what_task(const struct letter_view *view, const struct covenant *then, const struct record *record,
                      struct buf *out)
{
    const char *person = letter_person_of(view->letter).who;
    if (record->operation == RECORD_TASK_TAKEN) {
        buf_format(out, "Vroeg ons om iets te doen voor %s.", person);
    } else if (record->operation == RECORD_TASK_NAMED) {
        buf_format(out, "Vertelde aan %s dat een opdracht over %s gaat.", other_of(view, then, record), person);
    } else {
        buf_format(out, "Vroeg %s om iets te doen voor %s.", other_of(view, then, record), person);
    }
}

static void what_read(const struct letter_view *view, const struct record *record, struct buf *out)
{
    const struct letter_person person = letter_person_of(view->letter);
    if (oin_is_set(&record->peer)) { /* of a task */
        buf_format(out, "Bekeek een opdracht over %s.", person.who);
    } else {
        buf_format(out,
                   record->outcome == OUTCOME_UNKNOWN ? "Zocht %s bij ons. Wij hadden niets." : "Zocht %s bij ons.",
                   person.data);
    }
}

static void what(const struct letter_view *view, const struct covenant *then, size_t at, struct buf *out)
{
    const struct letter_line *line = &view->lines->lines[at];
    const struct letter_person person = letter_person_of(view->letter);
    switch (line->act) {
    case ACT_CONSULT:
        what_consult(view, then, at, out);
        return;
    case ACT_ANSWER:
        buf_format(out, "Vroeg ons of wij %s helpen.", person.who);
        return;
    case ACT_READ:
        what_read(view, &line->first, out);
        return;
    case ACT_SIGNAL:
        what_signal(view, then, &line->first, out);
        return;
    case ACT_TASK:
        what_task(view, then, &line->first, out);
        return;
    case ACT_MEETING:
        buf_format(out, "Sprak met anderen af wie %s helpt.", person.who);
        (void)name_parts(view, then, at, " Dat ging met: ", RECORD_MATCH_STEP, OUTCOME_NONE, ".", out);
        break;
    case ACT_TASK_STEP:
        buf_format(out, "Werkte aan een opdracht over %s.", person.who);
        (void)name_parts(view, then, at, " Dat ging met: ", RECORD_TASK_STEP, OUTCOME_NONE, ".", out);
        break;
    case ACT_REFUSED:
        buf_format(out, "Probeerde iets te doen met %s. Dat is geweigerd.", person.data);
        return;
    case ACT_CRISIS:
        buf_format(out, "Bekeek een telefoonnummer voor nood. Vroeg niets over %s.", person.who);
        return;
    case ACT_SETS:
        buf_format(out, "Keek in welke opzoeklijsten %s staat.", person.who);
        return;
    case ACT_CHECK:
        buf_text(out, "Controleerde ons logboek.");
        break;
    case ACT_CHANGE:
        buf_format(out, "Schreef iets op in %s.", person.data);
        break;
    case ACT_MESSAGE:
        buf_format(out, "Gaf iets over %s door, of kreeg iets door.", person.who);
        (void)name_parts(view, then, at, " Dat ging met: ", RECORD_SENT, OUTCOME_NONE, ".", out);
        (void)name_parts(view, then, at, " Dat kwam van: ", RECORD_TAKEN, OUTCOME_NONE, ".", out);
        break;
    case ACT_MATTER:
        buf_format(out, "Schreef een melding of maatregel over %s op.", person.who);
        return;
    default:
        buf_format(out, "Deed iets anders met %s.", person.data);
        break;
    }
    if (line->records > 1) {
        buf_format(out, " Dit gebeurde %zu keer.", line->records);
    }
}

static void given(const struct letter_view *view, const struct covenant *then, size_t at, struct buf *out)
{
    const struct letter_line *line = &view->lines->lines[at];
    if (line->act == ACT_ANSWER) {
        if (line->first.outcome == OUTCOME_RELEASED && line->first.categories != 0) {
            buf_text(out, "Wij vertelden: ");
            letter_categories(line->first.categories, out);
            buf_text(out, ".");
        } else {
            buf_text(out, "Er is niets verteld.");
        }
    } else if (line->first.operation == RECORD_SIGNAL_SENT) {
        buf_text(out, "Wij vertelden: dat er een signaal is, en misschien wie de contactpersoon is.");
    } else if (line->first.operation == RECORD_SIGNAL_TAKEN) {
        buf_text(out, line->first.outcome == OUTCOME_RELEASED
                          ? "Wij vertelden: dat wij ook betrokken zijn, en misschien wie de contactpersoon is."
                          : "Er is niets verteld.");
    } else if (line->first.operation == RECORD_TASK_NAMED) {
        buf_text(out, "Wij vertelden: over wie de opdracht gaat, en wat er wordt gevraagd.");
    } else if (line->act == ACT_CONSULT) {
        const bool told = name_parts(view, then, at, "Vertelde iets over de hulp: ", RECORD_RECEIVED,
                                     OUTCOME_GOT_INVOLVEMENT, ".", out);
        const bool nothing =
            name_parts(view, then, at, told ? " Vertelde niets: " : "Vertelde niets: ", RECORD_RECEIVED,
                       OUTCOME_GOT_NOTHING, ".", out);
        (void)name_parts(view, then, at,
                         told || nothing ? " Gaf geen antwoord: " : "Gaf geen antwoord: ", RECORD_RECEIVED,
                         OUTCOME_NO_ANSWER, ".", out);
        buf_text(out, out->len == 0 ? "Er is niets verteld." : "");
    }
}

static void ground(const struct letter_view *view, const struct covenant *then, const struct record *r, struct buf *out)
{
    const struct basis *basis = covenant_basis(view->lines->covenant, slice_text(r->basis));
    basis = basis == NULL && then != NULL ? covenant_basis(then, slice_text(r->basis)) : basis;
    if (basis != NULL) {
        buf_format(out, "%s (%s)", basis->text, basis->article);
    } else if (r->basis[0] != '\0') {
        buf_text(out, "een regel die niet meer in de afspraken staat");
    }
}

static struct slice reason_of(const struct letter_view *view, const struct letter_line *line)
{
    const struct letter_decision *decision = letter_decision_of(view->letter, line->mark);
    return decision != NULL && decision->choice == CHOICE_TELL_REASON
               ? slice_of(view->lines->texts.ptr + line->reason_at, line->reason_len)
               : slice_of(NULL, 0);
}

void letter_tell(const struct letter_view *view, size_t at, struct buf *text, struct json_writer *w)
{
    const struct letter_line *line = &view->lines->lines[at];
    const struct covenant *then = then_of(view, line);
    const struct slice reason = reason_of(view, line);
    when(line, text);
    letter_put(w, "wanneer", text);
    who(view, then, line, text);
    letter_put(w, "wie", text);
    what(view, then, at, text);
    letter_put(w, "wat", text);
    given(view, then, at, text);
    letter_put(w, "gegevens", text);
    buf_text(text, letter_purpose_text(view, then, line->first.purpose));
    letter_put(w, "waarvoor", text);
    ground(view, then, &line->first, text);
    letter_put(w, "grondslag", text);
    if (reason.len != 0) {
        json_put_slice(w, "reden", reason);
    }
}
