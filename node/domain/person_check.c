/* What a partner registers, checked field by field. No fault repeats a value. */
#include <stdio.h>

#include "base/utf8.h"
#include "domain/person.h"

enum {
    PHONE_DIGITS_MIN = 3,
    POINTER_MAX = FAULT_WHERE_MAX - 32, /* of an inner value: room for a field name behind it */
};

/* A place under the value's own, and where its faults go. */
struct checker {
    const char *pointer;
    struct fault_list *faults;
};

struct place {
    char text[FAULT_WHERE_MAX];
};

static struct place place_of(const struct checker *at, const char *field)
{
    struct place place;
    (void)snprintf(place.text, sizeof place.text, "%s%s", at->pointer, field);
    return place;
}

#define WRONG(at, field, ...) fault_list_add((at)->faults, FAULT_INVALID, place_of((at), (field)).text, __VA_ARGS__)

enum need { OPTIONAL, REQUIRED };

/* True when there is a text and nothing is wrong with it. */
static bool check_text(const struct checker *at, const char *field, const char *text, size_t size, enum need need)
{
    const char *end = memchr(text, '\0', size);
    if (end == NULL) {
        WRONG(at, field, "hoogstens %zu bytes", size - 1);
        return false;
    }
    const struct slice slice = slice_of(text, (size_t)(end - text));
    if (slice.len == 0) {
        if (need == REQUIRED) {
            WRONG(at, field, "dit veld ontbreekt");
        }
        return false;
    }
    if (!utf8_printable(slice) || text[0] == ' ' || end[-1] == ' ') {
        WRONG(at, field, "tekst zonder stuurtekens, en zonder spatie aan begin of eind");
        return false;
    }
    return true;
}

static void check_phone(const struct checker *at, const char *field, const char *text, size_t size, enum need need)
{
    size_t digits = 0;
    if (!check_text(at, field, text, size, need)) {
        return;
    }
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (text[i] >= '0' && text[i] <= '9') {
            digits++;
        } else if (strchr(" -()", text[i]) == NULL && !(text[i] == '+' && i == 0)) {
            digits = 0;
            break;
        }
    }
    if (digits < PHONE_DIGITS_MIN) {
        WRONG(at, field, "een telefoonnummer heeft cijfers, spaties, streepjes, haakjes en vooraan +");
    }
}

/* Something, one @, a name with a dot: enough to catch a slip. Whether it arrives only mail can tell. */
static void check_email(const struct checker *at, const char *field, const char *text, size_t size)
{
    if (!check_text(at, field, text, size, OPTIONAL)) {
        return;
    }
    const char *sign = strchr(text, '@');
    const bool shaped = sign != NULL && sign != text && strchr(sign + 1, '@') == NULL && strchr(text, ' ') == NULL;
    const char *dot = shaped ? strrchr(sign, '.') : NULL;
    if (dot == NULL || dot == sign + 1 || dot[1] == '\0') {
        WRONG(at, field, "een e-mailadres is naam@organisatie.nl");
    }
}

/* True when the date is set and stands in the calendar. */
static bool check_date(const struct checker *at, const char *field, const struct date *date, enum need need)
{
    if (!date_is_set(date)) {
        if (need == REQUIRED) {
            WRONG(at, field, "dit veld ontbreekt");
        }
        return false;
    }
    if (!date_exists(date)) {
        WRONG(at, field, "hier hoort een bestaande datum: JJJJ-MM-DD");
        return false;
    }
    return true;
}

static bool check_past(const struct checker *at, const char *field, const struct date *date, const struct date *today,
                       enum need need)
{
    if (!check_date(at, field, date, need)) {
        return false;
    }
    if (date_compare(date, today) > 0) {
        WRONG(at, field, "deze datum ligt in de toekomst");
        return false;
    }
    return true;
}

static void check_period(const struct checker *at, const struct date *since, const struct date *until)
{
    const bool begun = check_date(at, "/sinds", since, REQUIRED);
    if (check_date(at, "/tot", until, OPTIONAL) && begun && date_compare(since, until) > 0) {
        WRONG(at, "/tot", "het einde ligt voor het begin");
    }
}

static void check_bsn(const struct checker *at, const char *field, const struct bsn *bsn)
{
    struct bsn same;
    if (bsn_is_set(bsn) && !bsn_parse(bsn_digits(bsn), &same)) {
        WRONG(at, field, "een BSN heeft negen cijfers en voldoet aan de elfproef");
    }
}

static void check_authority(const struct checker *above, size_t index, const struct authority *authority)
{
    char pointer[POINTER_MAX];
    (void)snprintf(pointer, sizeof pointer, "%s/gezag/%zu", above->pointer, index);
    const struct checker at = {pointer, above->faults};
    if ((unsigned)authority->kind >= AUTHORITY_COUNT) {
        WRONG(&at, "/soort", "dit soort gezag is niet bekend");
    }
    (void)check_text(&at, "/naam", authority->holder, sizeof authority->holder, REQUIRED);
    (void)check_text(&at, "/bewijs", authority->evidence, sizeof authority->evidence, REQUIRED);
    check_bsn(&at, "/bsn", &authority->holder_bsn);
    check_period(&at, &authority->since, &authority->until);
}

static bool is_municipality(const char *text)
{
    size_t digits = 0;
    while (digits < MUNICIPALITY_DIGITS && text[digits] >= '0' && text[digits] <= '9') {
        digits++;
    }
    return text[0] == '\0' || (digits == MUNICIPALITY_DIGITS && text[digits] == '\0');
}

void subject_check(const struct subject *subject, const char *pointer, const struct date *today,
                   struct fault_list *faults)
{
    const struct checker at = {pointer, faults};
    check_bsn(&at, "/bsn", &subject->bsn);
    const bool keyed = check_text(&at, "/bronsleutel", subject->source_key, sizeof subject->source_key, OPTIONAL);
    if (!bsn_is_set(&subject->bsn) && !keyed) {
        WRONG(&at, "/bsn", "een BSN of een bronsleutel is nodig");
    }
    (void)check_text(&at, "/voornamen", subject->given_names, sizeof subject->given_names, OPTIONAL);
    (void)check_text(&at, "/achternaam", subject->family_name, sizeof subject->family_name, REQUIRED);
    if (check_past(&at, "/geboortedatum", &subject->birth, today, OPTIONAL) &&
        date_age(&subject->birth, today) > PERSON_AGE_MAX) {
        WRONG(&at, "/geboortedatum", "hoogstens %d jaar geleden", PERSON_AGE_MAX);
    }
    if (!is_municipality(subject->municipality)) {
        WRONG(&at, "/gemeente", "een gemeentecode heeft vier cijfers");
    }
    if (subject->authority_count > AUTHORITIES_MAX) {
        WRONG(&at, "/gezag", "hoogstens %d", AUTHORITIES_MAX);
    }
    for (size_t i = 0; i < subject->authority_count && i < AUTHORITIES_MAX; i++) {
        check_authority(&at, i, &subject->authorities[i]);
    }
}

void household_check(const struct household *household, const char *pointer, const struct date *today,
                     struct fault_list *faults)
{
    const struct checker at = {pointer, faults};
    if (household->member_count == 0 || household->member_count > HOUSEHOLD_MEMBERS_MAX) {
        WRONG(&at, "/leden", "een huishouden heeft 1 tot en met %d leden", HOUSEHOLD_MEMBERS_MAX);
    }
    for (size_t i = 1; i < household->member_count && i < HOUSEHOLD_MEMBERS_MAX; i++) {
        for (size_t k = 0; k < i; k++) {
            if (ident_equal(&household->members[i], &household->members[k])) {
                char field[24];
                (void)snprintf(field, sizeof field, "/leden/%zu", i);
                WRONG(&at, field, "dit lid staat er al");
                break;
            }
        }
    }
    (void)check_text(&at, "/bron", household->source, sizeof household->source, REQUIRED);
    (void)check_past(&at, "/datum", &household->recorded, today, REQUIRED);
    (void)check_text(&at, "/bronsleutel", household->source_key, sizeof household->source_key, OPTIONAL);
}

static void check_contact(const struct checker *above, const char *name, const struct contact *contact, enum need need)
{
    char pointer[POINTER_MAX];
    (void)snprintf(pointer, sizeof pointer, "%s%s", above->pointer, name);
    const struct checker at = {pointer, above->faults};
    /* Who is named can be called, and who can be called has a name. */
    const bool given = contact->name[0] != '\0' || contact->phone[0] != '\0' || contact->email[0] != '\0';
    need = given ? REQUIRED : need;
    (void)check_text(&at, "/naam", contact->name, sizeof contact->name, need);
    check_phone(&at, "/telefoon", contact->phone, sizeof contact->phone, need);
    check_email(&at, "/email", contact->email, sizeof contact->email);
}

void involvement_check(const struct involvement *involvement, const char *pointer, const struct date *today,
                       struct fault_list *faults)
{
    const struct checker at = {pointer, faults};
    if ((unsigned)involvement->life_domain >= LIFE_DOMAIN_COUNT) {
        WRONG(&at, "/leefgebied", "dit leefgebied is niet bekend");
    }
    if ((unsigned)involvement->sensitivity >= SENSITIVITY_COUNT) {
        WRONG(&at, "/gevoeligheid", "dit woord is hier niet bekend");
    }
    (void)check_text(&at, "/dienst", involvement->service, sizeof involvement->service, REQUIRED);
    (void)check_text(&at, "/fase", involvement->phase, sizeof involvement->phase, OPTIONAL);
    (void)check_text(&at, "/status", involvement->status, sizeof involvement->status, OPTIONAL);
    (void)check_text(&at, "/bronsleutel", involvement->source_key, sizeof involvement->source_key, OPTIONAL);
    check_period(&at, &involvement->since, &involvement->until);
    (void)check_past(&at, "/laatsteContact", &involvement->last_contact, today, OPTIONAL);
    check_contact(&at, "/contactpersoon", &involvement->contact, REQUIRED);
    check_contact(&at, "/vervanger", &involvement->stand_in, OPTIONAL);
}

bool involvement_active(const struct involvement *involvement, const struct date *day)
{
    return date_is_set(day) && date_is_set(&involvement->since) && date_compare(&involvement->since, day) <= 0 &&
           (!date_is_set(&involvement->until) || date_compare(day, &involvement->until) <= 0);
}
