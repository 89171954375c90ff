#include "api/deferral.h"

#include <string.h>

static const char safe_home[] = "veilig-thuis"; /* kind of party, as the covenant names it */

static bool hides_people(const struct party *party)
{
    return party != NULL && (party->central_phone != NULL || strcmp(party->kind, safe_home) == 0);
}

/* Of an order that was refused only its number tells, which stands where that of a case does; a case has a purpose. */
static bool is_matter(const struct record *record)
{
    return record->operation == RECORD_REPORT || record->operation == RECORD_ORDER ||
           record->operation == RECORD_TERM_PASSED || record->report_number[0] != '\0' ||
           (record->operation == RECORD_REFUSED && record->case_number[0] != '\0' && record->purpose[0] == '\0');
}

/* Of a test, and of a round of signals, inputs are a number. */
static bool is_untold(const struct record *record)
{
    return (record->inputs & RECORD_INPUT_UNTOLD) != 0 && record->operation != RECORD_TESTED &&
           record->operation != RECORD_SIGNALS_TESTED;
}

enum deferral deferral_of(const struct covenant *covenant, const struct party *self, const struct record *record,
                          bool to_authority)
{
    const struct purpose *purpose = covenant_purpose(covenant, slice_text(record->purpose));
    if (hides_people(self) || hides_people(covenant_party(covenant, &record->peer))) {
        return DEFERRAL_SAFE_HOME;
    }
    if (is_matter(record)) {
        return DEFERRAL_REPORT;
    }
    if (purpose != NULL && purpose->urgent) {
        return DEFERRAL_URGENT;
    }
    if (record->shielded != 0) {
        return DEFERRAL_SHIELDED;
    }
    if (is_untold(record)) {
        return DEFERRAL_UNTOLD;
    }
    return to_authority && record->operation == RECORD_ANSWERED && (record->inputs & RECORD_INPUT_DISAGREES) != 0
               ? DEFERRAL_YOUTH
               : DEFERRAL_NONE;
}

const char *deferral_text(enum deferral deferral)
{
    static const char *const texts[] = {
        [DEFERRAL_NONE] = "",
        [DEFERRAL_URGENT] = "het doel is spoed",
        [DEFERRAL_SHIELDED] = "er hoort een afgeschermde betrokkenheid bij",
        [DEFERRAL_SAFE_HOME] = "een organisatie die mensen beschermt, hoort erbij",
        [DEFERRAL_REPORT] = "het gaat over een melding of maatregel",
        [DEFERRAL_YOUTH] = "de jongere besloot zelf, en wie gezag heeft was het daar niet mee eens",
        [DEFERRAL_OFFICER] = "uitgesteld door de privacybeheerder",
        [DEFERRAL_UNTOLD] = "de betrokkene is nog niet ingelicht",
    };
    return (unsigned)deferral < sizeof texts / sizeof *texts ? texts[deferral] : "";
}
