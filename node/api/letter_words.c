#include "api/letter_words.h"

#include <string.h>

#include "base/attr.h"
#include "base/workdays.h"
#include "policy/words.h"

static const char *const roles[][2] = {
    {"signaleerder", "een signaleerder"},
    {"generalist", "een generalist"},
    {"consulent", "een consulent"},
    {"regisseur", "een regisseur"},
    {"partnerprofessional", "een professional"},
    {"veilig-thuis", "een medewerker van Veilig Thuis"},
    {"jeugdbeschermer", "een jeugdbeschermer"},
    {"leerplichtambtenaar", "een leerplichtambtenaar"},
    {"toetser", "een toetser"},
    {"privacybeheerder", "de privacybeheerder"},
    {"fg", "de functionaris gegevensbescherming (FG)"},
    {"beheerder", "een beheerder"},
};

static const char *const categories_told[CATEGORY_COUNT] = {
    [CATEGORY_EXISTENCE] = "dat er hulp is, op welk gebied en sinds wanneer",
    [CATEGORY_CONTACT] = "wie de contactpersoon is",
    [CATEGORY_SERVICE] = "welke hulp het is",
    [CATEGORY_PHASE] = "hoe ver de hulp is",
    [CATEGORY_STATUS] = "hoe het met de hulp staat",
    [CATEGORY_THREAT] = "of er gevaar is",
    [CATEGORY_PLAN] = "wat er in het plan staat",
};

static const char *const months[] = {"januari", "februari", "maart",     "april",   "mei",      "juni",
                                     "juli",    "augustus", "september", "oktober", "november", "december"};

const char *letter_role(const char *role)
{
    for (size_t i = 0; i < COUNT_OF(roles); i++) {
        if (strcmp(roles[i][0], role) == 0) {
            return roles[i][1];
        }
    }
    return "een medewerker";
}

void letter_categories(uint32_t categories, struct buf *out)
{
    const char *before = "";
    for (unsigned i = 0; i < CATEGORY_COUNT; i++) {
        if ((categories & CATEGORY_BIT(i)) != 0) {
            buf_text(out, before);
            buf_text(out, categories_told[i]);
            before = "; ";
        }
    }
}

void letter_month(const struct date *day, struct buf *out)
{
    buf_format(out, "%s %d", day->month >= 1 && day->month <= 12 ? months[day->month - 1] : "", day->year);
}

void letter_day(const struct date *day, struct buf *out)
{
    buf_format(out, "%d ", day->day);
    letter_month(day, out);
}

void letter_moment(int64_t moment_ms, struct buf *out)
{
    const int64_t clock = workdays_dutch_clock(moment_ms);
    const struct date day = moment_date(clock);
    const struct moment_text text = moment_text(clock); /* YYYY-MM-DDThh:mm:ssZ */
    letter_day(&day, out);
    buf_format(out, ", %.5s uur", text.text + sizeof "2026-01-01T" - 1);
}
