/* `ketenbrug check`: what is wrong before `serve` finds out. */
#include <stdio.h>

#include "base/date.h"
#include "certs/trust.h"
#include "cmd/command.h"
#include "cmd/files.h"
#include "cmd/node.h"
#include "policy/covenant.h"
#include "store/seal.h"

enum { EXPIRY_WARNING_DAYS = 30 };

struct check {
    struct config config;
    size_t wrong;
    struct oin own;
    struct date today;
};

static void report(struct check *check, const char *what, enum result result, const struct error *err)
{
    if (result == RESULT_OK) {
        (void)printf("  in orde    %s\n", what);
        return;
    }
    check->wrong++;
    (void)printf("  FOUT       %s: %s: %s\n", what, err->where, err->what);
}

static void check_certificates(struct check *check)
{
    struct trust *trust = NULL;
    struct error err;
    const struct trust_files files = {.anchors = check->config.anchors,
                                      .crl_folder = check->config.crl_folder,
                                      .certificate = check->config.certificate,
                                      .key = check->config.key};
    const enum result result = trust_load(&files, &trust, &err);
    report(check, "certificaten", result, &err);
    if (result != RESULT_OK) {
        return;
    }
    const struct cert_identity *own = trust_own_identity(trust);
    check->own = own->oin;
    const int64_t days = (own->not_after_s - clock_now(&system_clock) / 1000) / 86400;
    (void)printf("             %s, OIN %s, nog %lld dagen geldig%s\n", own->organisation, own->oin.digits,
                 (long long)days, days < EXPIRY_WARNING_DAYS ? " -- vraag een nieuw certificaat aan" : "");
    trust_free(trust);
}

static void check_covenant(struct check *check)
{
    struct covenant *covenant = NULL;
    struct fault_list faults = {0};
    struct error err;
    if (node_read_covenant(&check->config, &covenant, &faults) != RESULT_OK) {
        for (size_t i = 0; i < faults.count && i < FAULT_LIST_MAX; i++) {
            report(check, "convenant", RESULT_FAILED, &faults.items[i]);
        }
        return;
    }
    (void)printf("  in orde    convenant: %s, versie %s, %zu partijen\n", covenant_name(covenant),
                 covenant_version(covenant), covenant_party_count(covenant));
    const struct party *self = oin_is_set(&check->own) ? covenant_party(covenant, &check->own) : NULL;
    enum result result = RESULT_OK;
    if (!covenant_in_force(covenant, &check->today)) {
        result = error_set(&err, FAULT_CONFIG, "knooppunt.convenant", "het convenant is vandaag niet van kracht");
    } else if (self == NULL) {
        result = error_set(&err, FAULT_CONFIG, "certificaten.certificaat",
                           oin_is_set(&check->own) ? "dit OIN is geen partij bij het convenant"
                                                   : "niet na te gaan: eerst de certificaten");
    }
    report(check, self != NULL ? self->name : "eigen organisatie in het convenant", result, &err);
    covenant_free(covenant);
}

static int run(const struct args *args)
{
    struct check check = {.today = moment_date(clock_now(&system_clock))};
    struct error err;
    enum result result = config_read(config_file(args_value(args, "config")), &check.config, &err);
    report(&check, "configuratie", result, &err);
    if (result == RESULT_OK) {
        struct keyring *keyring = NULL;
        check_certificates(&check);
        check_covenant(&check);
        result = keyring_open(check.config.key_folder, &keyring, &err);
        report(&check, "sleutels (ketenbrug init maakt ze)", result, &err);
        if (result == RESULT_OK) {
            keyring_close(keyring);
        }
    }
    if (check.wrong != 0) {
        (void)printf("%zu punt(en) te verhelpen\n", check.wrong);
    }
    return check.wrong == 0 ? EXIT_FINE : EXIT_REFUSED;
}

static const struct option_row options[] = {OPTION_CONFIG};

const struct command command_check = {
    .name = "check",
    .summary = "zegt wat er niet klopt aan configuratie, certificaten, convenant en sleutels",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug check --config ketenbrug.ini",
    .run = run,
};
