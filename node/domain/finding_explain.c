/* Why a finding is there, in Dutch: a template for each rule. */
#include "domain/finding.h"

#include <inttypes.h>

#include "base/workdays.h"

/* In braces: u user, p partner, d day, f and l time of first and last record, a digit the count of that place. Behind the
 * digit: a bar, the word for one, a bar, the word for more; or t: in tenths; or r: it is a rule's number. */
static const char *const templates[RULE_END] = {
    [RULE_MANY_PEOPLE] = "{u} keek in {0} uur naar {1|mens|mensen} uit {2|huishouden|huishoudens} in {3|zaak|zaken}; "
                         "gewoonlijk naar hoogstens {4}",
    [RULE_OFF_HOURS] = "{u} keek {0|keer|keer} tussen {f} en {l}, buiten werktijd, zonder spoeddoel",
    [RULE_NO_CASE] = "{0|waarde|waarden} bij {p} omgezet of getoetst die geen zaak, melding of toets verklaart",
    [RULE_SAME_PERSON] = "{0|medewerker keek|medewerkers keken} in {1|dag|dagen} naar dezelfde persoon, in "
                         "{2|zaak|zaken}",
    [RULE_OWN_CIRCLE] = "{u} keek {0|keer|keer} naar een huisgenoot van zichzelf of van een collega",
    [RULE_SAME_REASON] = "dezelfde reden woord voor woord bij {0|mens|mensen} uit {1|huishouden|huishoudens} in "
                         "{2|dag|dagen}, door {u}",
    [RULE_OFTEN_URGENT] = "{u} gebruikte {0|keer|keer} een spoeddoel of crisisnummer in {1|dag|dagen}; collega's met "
                          "dezelfde rol gemiddeld {2t}",
    [RULE_WITHDRAWAL] = "{u} keek {0} uur voordat deze persoon toestemming introk",
    [RULE_EMPTY_HITS] = "bij {1} van {0|treffer|treffers} vertelde {p} niets",
    [RULE_SET_OUTGROWN] = "een opzoekset van {p} heeft plaats voor {0} en werd dat bij meer dan {1|mens|mensen}; in "
                          "het convenant noemt hij {2|client|clienten}",
    [RULE_PAST_QUOTA] = "{p} liet voor een spoeddoel meer waarden omzetten dan het convenant noemt",
    [RULE_SAMPLE] = "willekeurig gekozen op {d}, {0} van {1}",
    [RULE_FORKED] = "{p} zond bij een opdracht een andere gebeurtenis dan hier onder dat nummer vastligt",
    [RULE_AND_MORE] = "en nog {1|bevinding|bevindingen} van regel {0r} op {d}",
};

/* Where the counts choose the words. */
static const char *template_of(const struct finding *finding)
{
    const uint32_t *n = finding->numbers;
    switch (finding->rule) {
    case RULE_OWN_CIRCLE:
        return n[1] == 1   ? "{u} keek {0|keer|keer} naar zichzelf"
               : n[1] == 2 ? "{u} keek {0|keer|keer} naar een collega"
                           : templates[RULE_OWN_CIRCLE];
    case RULE_WITHDRAWAL:
        return n[1] != 0 ? "{u} keek {0} uur nadat deze persoon toestemming introk" : templates[RULE_WITHDRAWAL];
    case RULE_SET_OUTGROWN:
        return n[0] == 0 ? "een opzoekset van {p} klopt niet of volgt niet op de vorige" : templates[RULE_SET_OUTGROWN];
    default:
        return finding->rule > RULE_NONE && finding->rule < RULE_END ? templates[finding->rule] : "";
    }
}

static void put_clock(struct buf *out, int64_t moment_ms)
{
    const int minute = workdays_dutch_minute(moment_ms);
    buf_format(out, "%02d:%02d", minute / 60, minute % 60);
}

/* `how`: what stands behind the digit, up to the closing brace. */
static void put_number(struct buf *out, uint32_t number, struct slice how)
{
    if (how.len != 0 && *how.ptr == 't') {
        buf_format(out, "%" PRIu32 ",%" PRIu32, number / 10, number % 10);
        return;
    }
    if (how.len != 0 && *how.ptr == 'r') {
        buf_text(out, number < RULE_END ? finding_rule_word((uint8_t)number) : "");
        return;
    }
    buf_format(out, "%" PRIu32, number);
    const uint8_t *second = how.len != 0 ? memchr(how.ptr + 1, '|', how.len - 1) : NULL;
    if (second != NULL) {
        const uint8_t *end = how.ptr + how.len;
        buf_byte(out, ' ');
        buf_slice_in(out, number == 1 ? slice_of(how.ptr + 1, (size_t)(second - how.ptr - 1))
                                      : slice_of(second + 1, (size_t)(end - second - 1)));
    }
}

static void put_field(const struct finding *finding, const char *peer_name, struct slice field, struct buf *out)
{
    switch (*field.ptr) {
    case 'u':
        buf_text(out, finding->user[0] != '\0' ? finding->user : "iemand");
        return;
    case 'p':
        buf_text(out, peer_name != NULL ? peer_name : finding->peer.digits);
        return;
    case 'd':
        buf_text(out, date_text(&finding->day).text);
        return;
    case 'f':
        put_clock(out, finding->first_ms);
        return;
    case 'l':
        put_clock(out, finding->last_ms);
        return;
    default:
        put_number(out, finding->numbers[*field.ptr - '0'], slice_of(field.ptr + 1, field.len - 1));
    }
}

void finding_explain(const struct finding *finding, const char *peer_name, struct buf *out)
{
    const char *at = template_of(finding);
    for (;;) {
        const size_t plain = strcspn(at, "{");
        buf_bytes(out, at, plain);
        at += plain;
        if (*at == '\0') {
            return;
        }
        const size_t field = strcspn(at, "}");
        put_field(finding, peer_name, slice_of(at + 1, field - 1), out);
        at += field + 1;
    }
}
