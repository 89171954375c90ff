#include "api/letter_write.h"

#include <string.h>

#include "api/letter_tell.h"
#include "api/letter_words.h"
#include "base/workdays.h"

enum { LINE_MAX = 16384 };

const char letter_fixed_sentence[] =
    "De wet staat toe dat regels soms (nog) niet in een overzicht staan, bijvoorbeeld om iemand te beschermen. "
    "Deze zin staat in elk overzicht.";

enum deferral letter_deferral(const struct letter *letter, const struct letter_line *line)
{
    const struct letter_decision *decision = letter_decision_of(letter, line->mark);
    if (decision == NULL) {
        return line->deferral;
    }
    return decision->choice == CHOICE_DEFER ? DEFERRAL_OFFICER : DEFERRAL_NONE;
}

/* ---- the parts of a letter ---- */

static void write_head(const struct letter_view *view, struct buf *text, struct json_writer *w)
{
    const struct letter *letter = view->letter;
    const bool draft = letter->state == LETTER_DRAFT;
    const struct date day = workdays_dutch_day(draft ? letter->drafted_ms : letter->released_ms);
    json_put_bool(w, "concept", draft);
    json_put_text(w, "titel",
                  letter_person_of(letter).who[0] == 'u' ? "Wie keek naar uw gegevens?"
                                                         : "Wie keek naar deze gegevens?");
    json_put_text(w, "kenmerk", ident_text(&view->id).text);
    json_put_text(w, "organisatie", letter_own_name(view));
    letter_day(&day, text);
    letter_put(w, "opgemaakt", text);
    buf_text(text, letter->holder_name[0] != '\0' ? letter->holder_name : letter->name);
    letter_put(w, "voor", text);
    if (letter->holder_name[0] != '\0') {
        buf_text(text, letter->name);
        letter_put(w, "over", text);
    }
}

static void write_opening(const struct letter_view *view, struct buf *text, struct json_writer *w)
{
    const struct letter_person person = letter_person_of(view->letter);
    json_begin_array(w, "inleiding");
    buf_format(text, "In dit overzicht leest u wie bij %s naar %s keek. ", letter_own_name(view), person.data);
    buf_text(text, "U leest ook waarom dat mocht, en wat er is verteld.");
    letter_put(w, NULL, text);
    buf_text(text, "Het overzicht gaat over ");
    letter_day(&view->letter->from, text);
    buf_text(text, " tot en met ");
    letter_day(&view->letter->until, text);
    buf_text(text, ".");
    letter_put(w, NULL, text);
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
            letter_tell(view, i, text, w);
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
        letter_put(w, NULL, text);
    }
    if (any) {
        json_end_array(w);
    }
}

bool letter_tells_place(const struct covenant *covenant, const struct party *self, const struct oin *requester,
                        const char *purpose)
{
    struct record record = {.operation = RECORD_ANSWERED, .peer = *requester};
    (void)slice_copy_text(slice_text(purpose), record.purpose, sizeof record.purpose);
    return covenant_party(covenant, requester) != NULL && covenant_purpose(covenant, slice_text(purpose)) != NULL &&
           deferral_of(covenant, self, &record, false) == DEFERRAL_NONE;
}

/* A list of people about whom there are signals, in which he stands since one that he is not told of yet. */
static bool is_by_untold(const struct letter_view *view, const struct letter_place *place)
{
    enum { ROUNDED_MS = 60000 };
    for (size_t i = 0; i < view->lines->count; i++) {
        const struct letter_line *line = &view->lines->lines[i];
        if (line->first.operation == RECORD_SIGNAL && letter_deferral(view->letter, line) == DEFERRAL_UNTOLD &&
            strcmp(line->first.purpose, place->purpose) == 0 && place->since_ms + ROUNDED_MS > line->first.time_ms) {
            return true;
        }
    }
    return false;
}

static bool is_told(const struct letter_view *view, const struct letter_place *place)
{
    return !is_by_untold(view, place) &&
           letter_tells_place(view->lines->covenant, view->lines->self, &place->requester, place->purpose);
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
        json_put_text(w, "organisatie", letter_party_name(view, NULL, &place->requester));
        json_put_text(w, "waarvoor", letter_purpose_text(view, NULL, place->purpose));
        const struct date since = workdays_dutch_day(place->since_ms);
        letter_day(&since, text);
        letter_put(w, "sinds", text);
        if (place->until_ms != 0) {
            const struct date until = workdays_dutch_day(place->until_ms);
            letter_day(&until, text);
            letter_put(w, "tot", text);
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
        letter_put(w, NULL, text);
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
        const struct letter_decision *decision = letter_decision_of(view->letter, line->mark);
        const enum deferral deferral = letter_deferral(view->letter, line);
        json_begin_object(w, NULL);
        json_put_int(w, "nr", (int64_t)i + 1);
        json_put_text(w, "soort", letter_act_word(line->act));
        letter_tell(view, i, &text, w);
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
