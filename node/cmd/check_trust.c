/* Certificates, revocation lists and covenant: are they good, for how long, and do they fit together. */
#include <stdio.h>
#include <string.h>

#include "base/oin.h"
#include "base/workdays.h"
#include "cmd/check_parts.h"
#include "cmd/node.h"

static const char renew[] = "vraag tijdig een nieuw certificaat aan, zet het op zijn plaats en stuur SIGHUP";

static void say_until(struct check *check, const char *what, const char *name, int64_t until_s, const char *advice)
{
    const long long days = (until_s - check->now_s) / 86400;
    if (until_s <= check->now_s) {
        check_say(check, CHECK_WRONG, what, advice, "%s: verlopen", name);
    } else {
        check_say(check, days < CHECK_CERTIFICATE_DAYS ? CHECK_MIND : CHECK_FINE, what, advice,
                  "%s: nog %lld dagen geldig", name, days);
    }
}

static void say_own(struct check *check)
{
    static const char what[] = "certificaat";
    struct error err = {0};
    const struct cert_identity *own = trust_own_identity(check->trust);
    char name[512];
    (void)snprintf(name, sizeof name, "%s, OIN %s", own->organisation, own->oin.digits);
    if (own->not_before_s > check->now_s) {
        check_say(check, CHECK_WRONG, what, "zet de klok van deze machine goed (NTP), of wacht tot het geldig is",
                  "%s: nog niet geldig", name);
        return;
    }
    say_until(check, what, name, trust_dates(check->trust).own_until, renew);
    const enum result result = trust_verify_own(check->trust, &err);
    check_say_result(
        check, result, &err, "certificaatketen",
        "zet alle tussencertificaten achter het eigen certificaat, en de autoriteit in certificaten.ankers",
        "partners kunnen het controleren");
}

static void say_lists(struct check *check)
{
    const struct trust_dates dates = trust_dates(check->trust);
    static const char what[] = "intrekkingslijsten";
    static const char fetch[] = "haal de nieuwe lijst elke dag op en stuur SIGHUP; zonder wordt niemand toegelaten";
    const long long hours = (dates.crls_until - check->now_s) / 3600;
    if (dates.crls_until <= check->now_s) {
        check_say(check, CHECK_WRONG, what, fetch, "de eerste is verlopen");
    } else {
        check_say(check, hours < CHECK_CRL_HOURS ? CHECK_MIND : CHECK_FINE, what, fetch,
                  "de eerste verloopt over %lld uur", hours);
    }
    say_until(check, "vertrouwensankers", "de eerste", dates.anchors_until,
              "zet het nieuwe certificaat van de autoriteit erbij en stuur SIGHUP");
}

void check_certificates(struct check *check)
{
    struct error err = {0};
    if (node_load_trust(&check->config, false, &check->trust, &err) != RESULT_OK) {
        check_say_result(check, RESULT_FAILED, &err, "certificaat",
                         "herstel dit bestand; een sleutel is alleen voor de eigenaar leesbaar (chmod 600)", "");
        return;
    }
    say_own(check);
    say_lists(check);
}

void check_desk_certificate(struct check *check)
{
    static const char what[] = "certificaat medewerkers";
    struct trust *desk = NULL;
    struct error err = {0};
    if (check->config.desk_listen.host[0] == '\0' ||
        strcmp(check->config.desk_certificate, check->config.certificate) == 0) {
        return; /* not used, or looked at already */
    }
    if (node_load_trust(&check->config, true, &desk, &err) != RESULT_OK) {
        check_say_result(check, RESULT_FAILED, &err, what, "herstel medewerkers.certificaat of medewerkers.sleutel",
                         "");
        return;
    }
    say_until(check, what, check->config.desk_certificate, trust_dates(desk).own_until, renew);
    trust_free(desk);
}

/* The host of https://host[:port]; "" when it is none. */
static void host_of(const char *url, char out[PARTY_URL_MAX + 1])
{
    const char *at = strncmp(url, "https://", 8) == 0 ? url + 8 : "";
    const bool v6 = at[0] == '[';
    at += v6 ? 1 : 0;
    (void)snprintf(out, PARTY_URL_MAX + 1, "%.*s", (int)strcspn(at, v6 ? "]" : ":/"), at);
}

static void say_party(struct check *check)
{
    static const char what[] = "partij bij het convenant";
    char host[PARTY_URL_MAX + 1];
    if (check->trust == NULL) {
        check_say(check, CHECK_MIND, what, "herstel eerst het certificaat", "niet na te gaan");
        return;
    }
    const struct cert_identity *own = trust_own_identity(check->trust);
    check->self = covenant_party(check->covenant, &own->oin);
    if (check->self == NULL) {
        check_say(check, CHECK_WRONG, what, "gebruik het certificaat van een partij, of het convenant dat u tekende",
                  "OIN %s is geen partij", own->oin.digits);
        return;
    }
    check_say(check, CHECK_FINE, what, NULL, "%s", check->self->name);
    host_of(check->self->url, host);
    if (trust_own_names(check->trust, host)) {
        check_say(check, CHECK_FINE, "adres in certificaat", NULL, "%s", host);
    } else {
        check_say(check, CHECK_WRONG, "adres in certificaat",
                  "vraag een certificaat aan met deze hostnaam, of laat het adres in het convenant wijzigen",
                  "het convenant noemt %s en het certificaat niet: partners weigeren dit knooppunt", host);
    }
}

void check_covenant(struct check *check)
{
    static const char what[] = "convenant";
    struct fault_list faults = {0};
    if (node_read_covenant(&check->config, &check->covenant, &faults) != RESULT_OK) {
        for (size_t i = 0; i < faults.count && i < FAULT_LIST_MAX; i++) {
            check_say_result(check, RESULT_FAILED, &faults.items[i], what,
                             "vraag het convenant opnieuw op, zoals alle partijen het tekenden", "");
        }
        return;
    }
    const struct date today = workdays_dutch_day(check->now_s * 1000);
    const struct date last = covenant_last_day(check->covenant);
    const struct date soon = workdays_dutch_day((check->now_s + CHECK_COVENANT_DAYS * INT64_C(86400)) * 1000);
    const bool in_force = covenant_in_force(check->covenant, &today);
    check_say(check,
              !in_force                                    ? CHECK_WRONG
              : !covenant_in_force(check->covenant, &soon) ? CHECK_MIND
                                                           : CHECK_FINE,
              what, "zorg dat de partijen het convenant verlengen, zet het nieuwe op zijn plaats en stuur SIGHUP",
              "%s, versie %s, %zu partijen, laatste dag %s%s", covenant_name(check->covenant),
              covenant_version(check->covenant), covenant_party_count(check->covenant), date_text(&last).text,
              in_force ? "" : ": vandaag niet van kracht");
    say_party(check);
}
