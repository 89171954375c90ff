/* `ketenbrug pki ca | issue | revoke | crl`: a certificate authority for development and the sample region. */
#include <stdio.h>

#include "base/clock.h"
#include "certs/pki.h"
#include "cmd/command.h"
#include "cmd/files.h"

static const int64_t DAY_S = 86400;
enum { DAYS_MIN = -3650, DAYS_MAX = 7300, CA_DAYS = 3650, CERTIFICATE_DAYS = 365, CRL_DAYS = 30 };

static int64_t now_s(void)
{
    return clock_now(&system_clock) / 1000;
}

static int finish(enum result result, const struct error *err, const char *done)
{
    if (result != RESULT_OK) {
        return command_fail(err);
    }
    (void)printf("%s\n", done);
    return EXIT_FINE;
}

static int run_ca(const struct args *args)
{
    struct error err;
    return finish(pki_create(args_value(args, "map"), args_value(args, "naam"), now_s(), CA_DAYS, &err), &err,
                  "certificaatautoriteit gemaakt");
}

static enum result issue(const struct args *args, struct error *err)
{
    const char *oin = args_value(args, "oin");
    struct pki_request request = {
        .organisation = args_value(args, "organisatie"),
        .crl_url = args_value(args, "crl-url"),
        .certificate_file = args_value(args, "certificaat"),
        .key_file = args_value(args, "sleutel"),
    };
    long long days = 0;
    long long start = 0;
    TRY(args_number(args, "dagen", DAYS_MIN, DAYS_MAX, CERTIFICATE_DAYS, &days, err));
    TRY(args_number(args, "vanaf", DAYS_MIN, DAYS_MAX, 0, &start, err));
    ENSURE(oin == NULL || oin_parse(slice_text(oin), &request.oin), err, FAULT_USAGE, "oin", "toegestaan: 20 cijfers");
    request.hosts = args_values(args, "host", &request.host_count);
    request.not_before_s = now_s() + start * DAY_S - 60; /* a minute for clocks that differ */
    request.not_after_s = now_s() + days * DAY_S;
    ENSURE(request.not_after_s > request.not_before_s, err, FAULT_USAGE, "dagen", "het einde ligt voor het begin");
    return pki_issue(args_value(args, "map"), &request, err);
}

static int run_issue(const struct args *args)
{
    struct error err;
    return finish(issue(args, &err), &err, "certificaat uitgegeven");
}

static int run_revoke(const struct args *args)
{
    struct error err;
    return finish(pki_revoke(args_value(args, "map"), args_value(args, "certificaat"), now_s(), &err), &err,
                  "certificaat ingetrokken; nieuwe intrekkingslijst geschreven");
}

static int run_crl(const struct args *args)
{
    struct error err;
    long long days = 0;
    enum result result = args_number(args, "dagen", 1, DAYS_MAX, CRL_DAYS, &days, &err);
    if (result == RESULT_OK) {
        result = pki_publish_crl(args_value(args, "map"), now_s(), days, &err);
    }
    return finish(result, &err, "intrekkingslijst geschreven");
}

#define OPTION_FOLDER                                                                                                  \
    {                                                                                                                  \
        "map", "MAP", true, "map van de certificaatautoriteit"                                                         \
    }

static const struct option_row ca_options[] = {
    OPTION_FOLDER,
    {"naam", "NAAM", true, "naam van de autoriteit"},
};

static const struct option_row issue_options[] = {
    OPTION_FOLDER,
    {"oin", "OIN", false, "20 cijfers; zonder OIN is het certificaat alleen voor proeven"},
    {"organisatie", "NAAM", true, "naam van de organisatie"},
    {"host", "NAAM", true, "DNS-naam of IP-adres; mag vaker"},
    {"certificaat", "BESTAND", true, "hier komt het certificaat"},
    {"sleutel", "BESTAND", true, "hier komt de sleutel (0600, nooit overschreven)"},
    {"crl-url", "URL", false, "waar de intrekkingslijst te halen is"},
    {"vanaf", "DAGEN", false, "eerste dag, geteld vanaf vandaag (0)"},
    {"dagen", "DAGEN", false, "laatste dag, geteld vanaf vandaag (365)"},
};

static const struct option_row revoke_options[] = {
    OPTION_FOLDER,
    {"certificaat", "BESTAND", true, "het certificaat dat niet meer geldt"},
};

static const struct option_row crl_options[] = {
    OPTION_FOLDER,
    {"dagen", "DAGEN", false, "zo lang geldt de lijst (30)"},
};

const struct command command_pki_ca = {
    .name = "pki ca",
    .summary = "maakt een certificaatautoriteit voor ontwikkeling",
    .options = ca_options,
    .option_count = COUNT_OF(ca_options),
    .example = "ketenbrug pki ca --map ca --naam 'Proefautoriteit'",
    .run = run_ca,
};

const struct command command_pki_issue = {
    .name = "pki issue",
    .summary = "geeft een organisatiecertificaat uit",
    .options = issue_options,
    .option_count = COUNT_OF(issue_options),
    .example = "ketenbrug pki issue --map ca --oin 00000099000000001000 --organisatie 'Gebiedsteam Noord' \\\n"
               "    --host gebiedsteam.localhost --certificaat team.pem --sleutel team.key",
    .run = run_issue,
};

const struct command command_pki_revoke = {
    .name = "pki revoke",
    .summary = "trekt een certificaat in",
    .options = revoke_options,
    .option_count = COUNT_OF(revoke_options),
    .example = "ketenbrug pki revoke --map ca --certificaat team.pem",
    .run = run_revoke,
};

const struct command command_pki_crl = {
    .name = "pki crl",
    .summary = "schrijft de intrekkingslijst opnieuw",
    .options = crl_options,
    .option_count = COUNT_OF(crl_options),
    .example = "ketenbrug pki crl --map ca",
    .run = run_crl,
};
