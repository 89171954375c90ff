#include "api/letter_write.h"

#include <stdio.h>
#include <string.h>

#include "api/letter_words.h"
#include "base/workdays.h"

enum { LINE_MAX = 16384, PARTS_NAMED = 64 };

const char letter_fixed_sentence[] = "De wet staat toe dat regels soms (nog) niet in een overzicht staan, bijvoorbeeld "
                                     "om iemand te beschermen. Deze zin "
                                     "staat in elk overzicht.";

/* How the text names whom it is about. */
struct person {
    const char *who;
    const char *data;
};

static struct person person_of(const struct letter *letter)
{
    static const struct ident nobody;
    return ident_equal(&letter->holder, &nobody) ? (struct person){"u", "uw gegevens"}
                                                 : (struct person){"deze persoon", "de gegevens van deze persoon"};
}

enum deferral letter_deferral(const struct letter *letter, const struct letter_line *line)
{
    const struct letter_decision *decision = letter_decision_of(letter, line->look);
    if (decision == NULL) {
        return line->deferral;
    }
    return decision->choice == CHOICE_DEFER ? DEFERRAL_OFFICER : DEFERRAL_NONE;
}

/* ---- names ---- */

static const struct covenant *then_of(const struct letter_view *view, const struct letter_line *line)
{
    return view->then != NULL ? view->then(view->ctx, &line->first) : NULL;
}

static const char *party_name(const struct letter_view *view, const struct covenant *then, const struct oin *oin)
{
    const struct party *party = covenant_party(view->lines->covenant, oin);
    party = party == NULL && then != NULL ? covenant_party(then, oin) : party;
    return party != NULL ? party->name : "een organisatie die niet meer meedoet";
}

static const char *own_name(const struct letter_view *view)
{
    return view->lines->self != NULL ? view->lines->self->name : "deze organisatie";
}

static const char *purpose_text(const struct letter_view *view, const struct covenant *then, const char *code)
{
    const struct purpose *purpose = covenant_purpose(view->lines->covenant, slice_text(code));
    purpose = purpose == NULL && then != NULL ? covenant_purpose(then, slice_text(code)) : purpose;
    return purpose != NULL ? purpose->text : code[0] != '\0' ? "een doel dat niet meer in de afspraken staat" : "";
}

static void put_buf(struct json_writer *w, const char *name, struct buf *text)
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

/* Of a partner only a pseudonym is known: never a name. */
static void who(const struct letter_view *view, const struct covenant *then, const struct letter_line *line,
                struct buf *out)
{
    const struct record *r = &line->first;
    const bool partner =
        line->act != ACT_CONSULT && line->act != ACT_CRISIS && oin_is_set(&r->peer) && line->act != ACT_MESSAGE;
    buf_text(out, partner ? party_name(view, then, &r->peer) : own_name(view));
    if (r->role[0] != '\0') {
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
        const char *name = party_name(view, then, &part->peer);
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
    buf_format(out, "Zocht welke organisaties %s helpen.", person_of(view->letter).who);
    if (!name_parts(view, then, at, " Vroeg het aan: ", RECORD_ASKED, OUTCOME_NONE, ".", out)) {
        buf_text(out, " Vroeg het aan geen enkele organisatie.");
    }
}

static void what(const struct letter_view *view, const struct covenant *then, size_t at, struct buf *out)
{
    const struct letter_line *line = &view->lines->lines[at];
    const struct person person = person_of(view->letter);
    switch (line->act) {
    case ACT_CONSULT:
        what_consult(view, then, at, out);
        return;
    case ACT_ANSWER:
        buf_format(out, "Vroeg ons of wij %s helpen.", person.who);
        return;
    case ACT_READ:
        buf_format(out,
                   line->first.outcome == OUTCOME_UNKNOWN ? "Zocht %s bij ons. Wij hadden niets." : "Zocht %s bij ons.",
                   person.data);
        return;
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
    const struct letter_decision *decision = letter_decision_of(view->letter, line->look);
    return decision != NULL && decision->choice == CHOICE_TELL_REASON
               ? slice_of(view->lines->texts.ptr + line->reason_at, line->reason_len)
               : slice_of(NULL, 0);
}

static void write_line(const struct letter_view *view, size_t at, struct buf *text, struct json_writer *w)
{
    const struct letter_line *line = &view->lines->lines[at];
    const struct covenant *then = then_of(view, line);
    const struct slice reason = reason_of(view, line);
    when(line, text);
    put_buf(w, "wanneer", text);
    who(view, then, line, text);
    put_buf(w, "wie", text);
    what(view, then, at, text);
    put_buf(w, "wat", text);
    given(view, then, at, text);
    put_buf(w, "gegevens", text);
    buf_text(text, purpose_text(view, then, line->first.purpose));
    put_buf(w, "waarvoor", text);
    ground(view, then, &line->first, text);
    put_buf(w, "grondslag", text);
    if (reason.len != 0) {
        json_put_slice(w, "reden", reason);
    }
}

/* ---- the parts of a letter ---- */

static void write_head(const struct letter_view *view, struct buf *text, struct json_writer *w)
{
    const struct letter *letter = view->letter;
    const bool draft = letter->state == LETTER_DRAFT;
    const struct date day = workdays_dutch_day(draft ? letter->drafted_ms : letter->released_ms);
    json_put_bool(w, "concept", draft);
    json_put_text(w, "titel",
                  person_of(letter).who[0] == 'u' ? "Wie keek naar uw gegevens?" : "Wie keek naar deze gegevens?");
    json_put_text(w, "kenmerk", ident_text(&view->id).text);
    json_put_text(w, "organisatie", own_name(view));
    letter_day(&day, text);
    put_buf(w, "datum", text);
    buf_text(text, letter->holder_name[0] != '\0' ? letter->holder_name : letter->name);
    put_buf(w, "voor", text);
    if (letter->holder_name[0] != '\0') {
        buf_text(text, letter->name);
        put_buf(w, "over", text);
    }
}

static void write_opening(const struct letter_view *view, struct buf *text, struct json_writer *w)
{
    const struct person person = person_of(view->letter);
    json_begin_array(w, "inleiding");
    buf_format(text, "In dit overzicht leest u wie bij %s naar %s keek. ", own_name(view), person.data);
    buf_text(text, "U leest ook waarom dat mocht, en wat er is verteld.");
    put_buf(w, NULL, text);
    buf_text(text, "Het overzicht gaat over ");
    letter_day(&view->letter->from, text);
    buf_text(text, " tot en met ");
    letter_day(&view->letter->until, text);
    buf_text(text, ".");
    put_buf(w, NULL, text);
    json_end_array(w);
}

static size_t write_told(const struct letter_view *view, struct buf *text, struct json_writer *w)
{
    size_t told = 0;
    json_begin_array(w, "regels");
    for (size_t i = 0; i < view->lines->count; i++) {
        if (letter_deferral(view->letter, &view->lines->lines[i]) == DEFERRAL_NONE) {
            json_begin_object(w, NULL);
            json_put_int(w, "nr", (int64_t)++told);
            write_line(view, i, text, w);
            json_end_object(w);
        }
    }
    json_end_array(w);
    if (told == 0) {
        json_put_text(w, "geenRegels", "Er staan geen regels in dit overzicht.");
    }
    return told;
}

static bool count_line(struct letter *letter, const struct letter_line *line)
{
    const struct seal_class class = line->first.class;
    size_t i = 0;
    while (i < letter->told_count &&
           (letter->told[i].class.month != class.month || letter->told[i].class.class != class.class)) {
        i++;
    }
    if (i == LETTER_CLASSES_MAX) {
        return false;
    }
    if (i == letter->told_count) {
        letter->told[letter->told_count++] = (struct letter_told){.class = class};
    }
    letter->told[i].lines++;
    return true;
}

bool letter_count_told(const struct letter_lines *lines, struct letter *letter)
{
    letter->told_count = 0;
    for (size_t i = 0; i < lines->count; i++) {
        if (letter_deferral(letter, &lines->lines[i]) == DEFERRAL_NONE && !count_line(letter, &lines->lines[i])) {
            return false;
        }
    }
    return true;
}

static size_t told_now(const struct letter_view *view, struct seal_class class)
{
    size_t count = 0;
    for (size_t i = 0; i < view->lines->count; i++) {
        const struct letter_line *line = &view->lines->lines[i];
        count += line->first.class.month == class.month && line->first.class.class == class.class &&
                 letter_deferral(view->letter, line) == DEFERRAL_NONE;
    }
    return count;
}

/* What a released letter told and cannot be read any more, because its term was over: never silent. */
static void write_gone(const struct letter_view *view, struct buf *text, struct json_writer *w)
{
    bool any = false;
    for (size_t i = 0; i < view->letter->told_count; i++) {
        const struct letter_told *told = &view->letter->told[i];
        const struct date month = {(int16_t)(told->class.month / 100), (uint8_t)(told->class.month % 100), 1};
        const size_t now = told_now(view, told->class);
        if (now >= told->lines) {
            continue;
        }
        if (!any) {
            json_begin_array(w, "onleesbaar");
            any = true;
        }
        buf_format(text, "Hier stonden %zu regels over ", told->lines - now);
        letter_month(&month, text);
        buf_text(text, ". De inhoud is niet meer te lezen.");
        put_buf(w, NULL, text);
    }
    if (any) {
        json_end_array(w);
    }
}

static bool is_told(const struct letter_view *view, const struct letter_place *place)
{
    struct record record = {.operation = RECORD_ANSWERED, .peer = place->requester};
    (void)slice_copy_text(slice_text(place->purpose), record.purpose, sizeof record.purpose);
    return covenant_party(view->lines->covenant, &place->requester) != NULL &&
           deferral_of(view->lines->covenant, view->lines->self, &record, view->lines->to_authority) == DEFERRAL_NONE;
}

static void write_places(const struct letter_view *view, struct buf *text, struct json_writer *w)
{
    json_begin_array(w, "opzoeklijsten");
    for (size_t i = 0; i < view->letter->place_count; i++) {
        const struct letter_place *place = &view->letter->places[i];
        if (!is_told(view, place)) {
            continue;
        }
        json_begin_object(w, NULL);
        json_put_text(w, "organisatie", party_name(view, NULL, &place->requester));
        json_put_text(w, "waarvoor", purpose_text(view, NULL, place->purpose));
        const struct date since = workdays_dutch_day(place->since_ms);
        letter_day(&since, text);
        put_buf(w, "sinds", text);
        if (place->until_ms != 0) {
            const struct date until = workdays_dutch_day(place->until_ms);
            letter_day(&until, text);
            put_buf(w, "tot", text);
        }
        json_end_object(w);
    }
    json_end_array(w);
}

/* ---- whom to ask further ---- */

static bool is_named(const struct letter_view *view, const struct oin *oin)
{
    for (size_t i = 0; i < view->lines->part_count; i++) {
        const struct letter_part *part = &view->lines->parts[i];
        if (oin_equal(&part->peer, oin) &&
            letter_deferral(view->letter, &view->lines->lines[part->line]) == DEFERRAL_NONE) {
            return true;
        }
    }
    for (size_t i = 0; i < view->letter->place_count; i++) {
        if (oin_equal(&view->letter->places[i].requester, oin) && is_told(view, &view->letter->places[i])) {
            return true;
        }
    }
    return false;
}

static void write_contacts(const struct letter_view *view, struct json_writer *w)
{
    const struct covenant *covenant = view->lines->covenant;
    json_begin_array(w, "navragen");
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        const struct party *party = covenant_party_at(covenant, i);
        if (party != view->lines->self && is_named(view, &party->oin)) {
            json_begin_object(w, NULL);
            json_put_text(w, "organisatie", party->name);
            json_put_text(w, "contact", party->officer_contact != NULL ? party->officer_contact : "");
            json_end_object(w);
        }
    }
    json_end_array(w);
}

static void write_foot(const struct letter_view *view, struct buf *text, struct json_writer *w)
{
    char hex[2 * SHA256_SIZE + 1];
    const struct party *self = view->lines->self;
    json_put_text(w, "vasteZin", letter_fixed_sentence);
    json_begin_array(w, "rechten");
    json_put_text(w, NULL, "U hebt recht op dit overzicht. Dat staat in artikel 15 van de AVG.");
    json_put_text(w, NULL, "Klopt er iets niet? Dan mag u vragen om dat te verbeteren. U mag ook bezwaar maken.");
    if (self != NULL && self->officer_contact != NULL) {
        buf_format(text, "Hebt u een vraag? Vraag het de functionaris gegevensbescherming (FG): %s.",
                   self->officer_contact);
        put_buf(w, NULL, text);
    }
    json_put_text(w, NULL, "Hebt u een klacht? Die kunt u geven aan de Autoriteit Persoonsgegevens.");
    json_end_array(w);
    hex_encode(slice_of(view->root.bytes, SHA256_SIZE), hex);
    json_begin_object(w, "bewijs");
    json_put_text(w, "logboek", view->origin);
    json_put_int(w, "omvang", (int64_t)view->letter->size);
    json_put_text(w, "wortel", hex);
    json_end_object(w);
}

void letter_write(const struct letter_view *view, struct json_writer *w)
{
    struct buf text;
    buf_init(&text, LINE_MAX);
    json_begin_object(w, NULL);
    write_head(view, &text, w);
    write_opening(view, &text, w);
    (void)write_told(view, &text, w);
    write_gone(view, &text, w);
    write_places(view, &text, w);
    if (view->letter->places_left_out) {
        json_put_text(w, "meerOpzoeklijsten", "Er zijn meer opzoeklijsten. Vraag ernaar.");
    }
    write_contacts(view, w);
    write_foot(view, &text, w);
    json_end_object(w);
    buf_wipe(&text);
}

/* ---- for the officer ---- */

static void write_numbers(const struct letter_lines *lines, size_t at, struct json_writer *w)
{
    json_begin_array(w, "volgnummers");
    size_t count = 0;
    for (uint32_t i = lines->lines[at].first_part; i != NO_PART && count < FINDING_RECORDS_MAX;
         i = lines->parts[i].next) {
        json_put_int(w, NULL, (int64_t)lines->parts[i].sequence);
        count++;
    }
    json_end_array(w);
    json_put_int(w, "aantal", (int64_t)lines->lines[at].records);
}

void letter_write_lines(const struct letter_view *view, struct json_writer *w)
{
    struct buf text;
    buf_init(&text, LINE_MAX);
    json_begin_array(w, "regels");
    for (size_t i = 0; i < view->lines->count; i++) {
        const struct letter_line *line = &view->lines->lines[i];
        const struct letter_decision *decision = letter_decision_of(view->letter, line->look);
        const enum deferral deferral = letter_deferral(view->letter, line);
        json_begin_object(w, NULL);
        json_put_int(w, "nr", (int64_t)i + 1);
        json_put_text(w, "soort", letter_act_word(line->act));
        write_line(view, i, &text, w);
        json_put_bool(w, "uitgesteld", deferral != DEFERRAL_NONE);
        if (line->deferral != DEFERRAL_NONE || deferral != DEFERRAL_NONE) {
            json_put_text(w, "waarom", deferral_text(deferral == DEFERRAL_OFFICER ? deferral : line->deferral));
        }
        if (decision != NULL) {
            json_put_text(w, "besluit", decision->why);
        }
        if (decision != NULL && date_is_set(&decision->until)) {
            json_put_text(w, "uitgesteldTot", date_text(&decision->until).text);
        }
        write_numbers(view->lines, i, w);
        json_end_object(w);
    }
    json_end_array(w);
    buf_wipe(&text);
}
