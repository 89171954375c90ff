/* What was agreed: what the covenant asks of users, who signed it and with what certificates, and what is in force. */
#include <stdio.h>
#include <string.h>

#include "base/date.h"
#include "cmd/check_parts.h"

static const char what_signed[] = "handtekeningen";

void check_covenant_terms(struct check *check)
{
    if (check->covenant == NULL) {
        return; /* said at the covenant */
    }
    const struct regulation *regulation = covenant_regulation(check->covenant);
    const struct consent_terms *consent = covenant_consent_terms(check->covenant);
    if (covenant_is_sample(check->covenant)) {
        check_say(check, CHECK_MIND, "convenant", "gebruik voor echte mensen een convenant dat een jurist vaststelde",
                  "dit is een voorbeeld met verzonnen organisaties");
    }
    const size_t len = strlen(regulation->text);
    check_say(check, len < CHECK_REGULATION_BYTES ? CHECK_MIND : CHECK_FINE, "privacyreglement",
              "laat in het convenant opnemen waar een gebruiker mee instemt: hij leest alleen deze tekst",
              "versie %s, %zu tekens, %d dagen om een nieuwe versie te aanvaarden", regulation->version, len,
              regulation->days);
    check_say(check, consent->months_at_most > CHECK_CONSENT_MONTHS ? CHECK_MIND : CHECK_FINE, "toestemming",
              "laat de partijen een kortere duur afspreken: wat lang geleden werd gezegd, is geen toestemming van nu",
              "geldt hoogstens %d maanden", consent->months_at_most);
}

/* ---- signatures ---- */

struct looking {
    struct check *check;
    const char *own; /* OIN */
    size_t count, soon;
    long long first_days; /* until the first certificate ends */
};

static bool counts(const struct looking *l, const struct json *party)
{
    return strcmp(json_cstr(json_member(party, "stand")), "accept") == 0 &&
           (json_bool(json_member(party, "vanKracht")) || strcmp(json_cstr(json_member(party, "oin")), l->own) == 0);
}

static void look_at_party(struct looking *l, const struct json *party)
{
    static const char again[] =
        "onderteken opnieuw met een nieuw certificaat (ketenbrug covenant sign) en geef dat op met "
        "ketenbrug covenant add";
    static const char ask[] = "vraag deze partner opnieuw te ondertekenen met een nieuw certificaat";
    const char *name = json_cstr(json_member(party, "naam"));
    const char *advice = strcmp(json_cstr(json_member(party, "oin")), l->own) == 0 ? again : ask;
    int64_t until_ms = 0;
    if (!counts(l, party) || !moment_parse(json_text(json_member(party, "certificaatTot")), &until_ms)) {
        return;
    }
    const long long days = (long long)(until_ms / 1000 - l->check->now_s) / 86400;
    if (until_ms / 1000 <= l->check->now_s) {
        check_say(l->check, CHECK_MIND, what_signed, advice,
                  "%s: het certificaat van de handtekening is verlopen; zij blijft gelden", name);
    } else if (days < CHECK_CERTIFICATE_DAYS) {
        check_say(l->check, CHECK_MIND, what_signed, advice,
                  "%s: het certificaat van de handtekening is nog %lld dagen geldig", name, days);
    } else {
        l->first_days = l->count == 0 || days < l->first_days ? days : l->first_days;
        l->count++;
        return;
    }
    l->soon++;
}

static void look_at_book(struct check *check, const struct json *book)
{
    struct looking l = {.check = check, .own = check->self != NULL ? check->self->oin.digits : ""};
    const char *given = check->covenant != NULL ? covenant_hash(check->covenant) : "";
    const char *other = NULL; /* version in force that is not the file's */
    bool in_force = false;
    bool given_in_force = false;
    for (const struct json *d = json_first(json_member(book, "convenanten")); d != NULL; d = json_next(d)) {
        if (json_int(json_member(d, "vanKrachtMet")) == 0) {
            continue;
        }
        in_force = true;
        if (strcmp(json_cstr(json_member(d, "hash")), given) == 0) {
            given_in_force = true;
        } else {
            other = json_cstr(json_member(d, "versie"));
        }
        for (const struct json *p = json_first(json_member(d, "partijen")); p != NULL; p = json_next(p)) {
            look_at_party(&l, p);
        }
    }
    if (!in_force) {
        check_say(check, CHECK_MIND, what_signed, "ketenbrug covenant status zegt wie nog niet aanvaardde",
                  "met geen enkele partner is een convenant van kracht");
    } else if (l.soon == 0) {
        check_say(check, CHECK_FINE, what_signed, NULL, "%zu; het eerste certificaat verloopt over %lld dagen", l.count,
                  l.first_days);
    }
    if (other != NULL && !given_in_force && check->covenant != NULL) {
        check_say(check, CHECK_MIND, "convenant",
                  "zet de versie die van kracht is op de plaats van knooppunt.convenant, voor een start zonder opslag",
                  "van kracht is versie %s, en het bestand is versie %s", other, covenant_version(check->covenant));
    }
}

void check_signatures(struct check *check)
{
    struct json *book CLEANUP(json_cleanup) = NULL;
    struct error err = {0};
    if (check->standing == NULL && !check->store_opens) {
        check_say(check, CHECK_MIND, what_signed, "herstel eerst het andere, en kijk opnieuw",
                  "niet na te gaan zolang de opslag niet open kan");
    } else if (check->desk == NULL ||
               desk_call(check->desk, "GET", "/v1/convenanten", NULL, &book, &err) != RESULT_OK) {
        check_say(check, CHECK_MIND, what_signed, "herstel eerst het andere, en kijk opnieuw", "niet na te gaan: %s",
                  err.what);
    } else {
        look_at_book(check, book);
    }
}
