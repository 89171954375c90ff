/* `ketenbrug status`: how the node is; `ketenbrug clock reset`: the administrator accepts a clock that went back. */
#include <stdio.h>

#include "base/date.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/files.h"

static void print_until(const char *name, const struct json *value)
{
    int64_t at_ms = 0;
    if (moment_parse(json_text(value), &at_ms)) {
        const long long days = (at_ms - clock_now(&system_clock)) / 86400000;
        (void)printf("  %-22s %.10s  (%lld dagen)%s\n", name, json_cstr(value), days,
                     days < 0    ? "  VERLOPEN"
                     : days < 30 ? "  vernieuwen"
                                 : "");
    }
}

static void print_age(const char *name, const struct json *value)
{
    int64_t at_ms = 0;
    if (moment_parse(json_text(value), &at_ms)) {
        (void)printf("  %-22s %s (%lld uur geleden)\n", name, json_cstr(value),
                     (long long)(clock_now(&system_clock) - at_ms) / 3600000);
    } else {
        (void)printf("  %-22s nog geen\n", name);
    }
}

static void print_size(const char *name, const struct json *value)
{
    (void)printf("  %-22s %.1f MiB\n", name, (double)json_int(value) / 1048576.0);
}

static void print_log_keys(const struct json *keys)
{
    const long long over = json_int(json_member(keys, "termijnOm"));
    const long long wrong = json_int(json_member(keys, "wijktAf")) + json_int(json_member(keys, "vastgehoudenWijktAf"));
    (void)printf("  %-22s %lld aanwezig, %lld vernietigd, %lld regels vastgehouden\n", "logboeksleutels",
                 (long long)json_int(json_member(keys, "aanwezig")),
                 (long long)json_int(json_member(keys, "vernietigd")),
                 (long long)json_int(json_member(keys, "vastgehoudenRegels")));
    if (over != 0) {
        (void)printf("  - van %lld sleutels is de termijn om; zie ketenbrug audit retention\n", over);
    }
    if (wrong != 0) {
        (void)printf("  - bij %lld sleutels verschillen logboek en sleutelmap; zie audit retention\n", wrong);
    }
}

/* What others can rely on of the log, and what was found in theirs. */
static void print_log(const struct json *log)
{
    const long long needed = (long long)json_int(json_member(log, "nodig"));
    const long long off_s = (long long)json_int(json_member(log, "klokWijktAfMs")) / 1000;
    int64_t at_ms = 0;
    if (needed == 0) {
        (void)printf("  %-22s het convenant noemt er geen\n", "getuigen");
    } else if (moment_parse(json_text(json_member(log, "tijd")), &at_ms)) {
        (void)printf("  %-22s %lld regels, %lld s geleden\n", "medeondertekend",
                     (long long)json_int(json_member(log, "regels")),
                     (long long)(clock_now(&system_clock) - at_ms) / 1000);
    } else {
        (void)printf("  %-22s nog niet sinds de start\n", "medeondertekend");
    }
    if (needed != 0) {
        (void)printf("  %-22s %lld van %lld tekenden, %lld nodig\n", "getuigen",
                     (long long)json_int(json_member(log, "medeondertekend")),
                     (long long)json_int(json_member(log, "getuigen")), needed);
        (void)printf("  %-22s %+lld s\n", "klok en getuigen", off_s);
    }
    if (json_bool(json_member(log, "eigenLogboekWijktAf"))) {
        (void)printf("  EEN PARTNER ZAG VAN DIT LOGBOEK WAT ER NIET STAAT\n");
    }
    for (const struct json *f = json_first(json_member(log, "tweeGezichten")); f != NULL; f = json_next(f)) {
        (void)printf("  TWEE GEZICHTEN: het logboek van %s\n", json_cstr(f));
    }
}

static void print_status(const struct json *answer, const void *ctx)
{
    (void)ctx;
    const struct json *covenant = json_member(answer, "convenant");
    const struct json *until = json_member(answer, "certificaten");
    (void)printf("ketenbrug %s, schema %lld, sinds %s\n", json_cstr(json_member(answer, "versie")),
                 (long long)json_int(json_member(answer, "schema")), json_cstr(json_member(answer, "sinds")));
    (void)printf("gereed: %s\n", json_bool(json_member(answer, "gereed")) ? "ja" : "nee");
    for (const struct json *why = json_first(json_member(answer, "nietGereed")); why != NULL; why = json_next(why)) {
        (void)printf("  - %s\n", json_cstr(why));
    }
    (void)printf("\ngeldig tot\n");
    print_until("eigen certificaat", json_member(until, "eigen"));
    print_until("medewerkers", json_member(until, "medewerkers"));
    print_until("vertrouwensankers", json_member(until, "ankers"));
    print_until("intrekkingslijsten", json_member(until, "intrekkingslijsten"));
    print_until("convenant", json_member(covenant, "geldigTot"));
    (void)printf("\n%s, versie %s\n", json_cstr(json_member(covenant, "naam")),
                 json_cstr(json_member(covenant, "versie")));
    for (const struct json *p = json_first(json_member(answer, "ketenpartners")); p != NULL; p = json_next(p)) {
        (void)printf("  %-40.40s %s\n", json_cstr(json_member(p, "naam")), json_cstr(json_member(p, "stand")));
    }
    const struct json *users = json_member(answer, "gebruikers");
    (void)printf("\ngebruikers: %lld actief, %lld geblokkeerd\n", (long long)json_int(json_member(users, "actief")),
                 (long long)json_int(json_member(users, "geblokkeerd")));
    (void)printf("logboek: %lld regels, wortel %.16s...\n", (long long)json_int(json_member(answer, "logboekRegels")),
                 json_cstr(json_member(answer, "logboekWortel")));
    print_log(json_member(answer, "controlepunten"));
    const struct json *terms = json_member(answer, "termijnen");
    (void)printf("termijnen van meldingen en maatregelen: %lld lopend\n",
                 (long long)json_int(json_member(terms, "lopend")));
    if (json_int(json_member(terms, "verstreken")) != 0) {
        (void)printf("  VERSTREKEN: %lld termijnen; de FG ziet welke met `ketenbrug term list`\n",
                     (long long)json_int(json_member(terms, "verstreken")));
    }
    const long long open = (long long)json_int(json_member(answer, "bevindingenOpen"));
    (void)printf("bevindingen: %lld niet gesloten%s\n", open, open != 0 ? "; zie `ketenbrug audit findings`" : "");
    const struct json *matching = json_member(answer, "koppeling");
    (void)printf("opzoeksets: %lld keer gepubliceerd, %lld wijzigingen wachten\n"
                 "  %lld rondes langs partners; zie `ketenbrug matching status`\n",
                 (long long)json_int(json_member(matching, "versie")),
                 (long long)json_int(json_member(matching, "wachtend")),
                 (long long)json_int(json_member(matching, "rondesKlaar")));
    (void)printf("berichten aan ketenpartners: %lld wachten op bevestiging%s\n",
                 (long long)json_int(json_member(answer, "berichtenWachtend")),
                 json_int(json_member(answer, "berichtenWachtend")) != 0 ? "; zie `ketenbrug outbox list`" : "");
    const struct json *tasks = json_member(answer, "opdrachten");
    (void)printf("opdrachten: %lld open, %lld te laat, %lld stil, %lld vastgelopen\n",
                 (long long)json_int(json_member(tasks, "open")), (long long)json_int(json_member(tasks, "teLaat")),
                 (long long)json_int(json_member(tasks, "stil")),
                 (long long)json_int(json_member(tasks, "vastgelopen")));
    const struct json *inbox = json_member(answer, "postbus");
    (void)printf("postbus: %lld berichten aan medewerkers nog niet gelezen\n",
                 (long long)json_int(json_member(inbox, "ongelezen")));
    if (json_member(inbox, "laatsteUitkomst") != NULL) {
        (void)printf("  webhook en mail: %lld verstuurd, %lld opgegeven; de laatste: %s\n",
                     (long long)json_int(json_member(inbox, "verstuurd")),
                     (long long)json_int(json_member(inbox, "mislukt")),
                     json_cstr(json_member(inbox, "laatsteUitkomst")));
    }
    print_size("logboek", json_member(answer, "logboekBytes"));
    print_log_keys(json_member(answer, "logboekSleutels"));
    print_size("database", json_member(answer, "databaseBytes"));
    print_size("vooruitlopend logboek", json_member(answer, "walBytes"));
    print_size("vrij op de schijf", json_member(answer, "vrijBytes"));
    print_size("geheugen", json_member(answer, "geheugenBytes"));
    print_age("laatste reservekopie", json_member(answer, "laatsteReservekopie"));
}

static int run_status(const struct args *args)
{
    return desk_command(args, "GET", "/v1/stand", NULL, print_status, NULL);
}

static void print_time(const struct json *answer, const void *ctx)
{
    (void)ctx;
    (void)printf("de tijd %s geldt voortaan\n", json_cstr(json_member(answer, "tijd")));
}

static int run_reset(const struct args *args)
{
    struct buf body;
    buf_init(&body, 16);
    buf_text(&body, "{}");
    const int code = desk_command(args, "POST", "/v1/klok-herstellingen", &body, print_time, NULL);
    buf_free(&body);
    return code;
}

static const struct option_row options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

const struct command command_status = {
    .name = "status",
    .summary = "toont hoe het knooppunt eraan toe is: gereed, certificaten, partners, maten",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug status",
    .run = run_status,
};

const struct command command_clock_reset = {
    .name = "clock reset",
    .summary = "aanvaardt de tijd van nu, ook als eerder een latere is gezien; wordt vastgelegd",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug clock reset",
    .run = run_reset,
};
