/* The store, the clock against what is in it, and the last backup. A node that serves has all that; else it is opened. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "cmd/check_parts.h"
#include "cmd/files.h"
#include "store/seal.h"
#include "store/store.h"

static const char what_store[] = "opslag";

static void no_fatal(void *ctx, const struct error *err)
{
    (void)ctx;
    (void)err; /* nothing is promised here that could be lost */
}

static enum result open_and_close(const struct config *config, struct error *err)
{
    struct keyring *keyring = NULL;
    struct store *store = NULL;
    TRY(keyring_open(config->key_folder, &keyring, err));
    const struct store_options options = {
        .folder = config->folder, .keyring = keyring, .clock = &system_clock, .fatal = no_fatal};
    const enum result result = store_open(&options, &store, err);
    if (result == RESULT_OK) {
        store_close(store);
    }
    keyring_close(keyring);
    return result;
}

void check_store(struct check *check)
{
    struct error err = {0};
    char path[CONFIG_PATH_MAX + 32];
    struct stat found;
    char fine[80];
    (void)snprintf(path, sizeof path, "%s/knooppunt.db", check->config.folder);
    if (check->standing != NULL) {
        check_say(check, CHECK_FINE, what_store, NULL, "open bij het knooppunt, schema %lld",
                  (long long)json_int(json_member(check->standing, "schema")));
    } else if (stat(path, &found) != 0) {
        check_say(check, CHECK_MIND, what_store,
                  "een nieuw knooppunt: ketenbrug init; verwachtte u gegevens: ketenbrug restore", "%s: %s", path,
                  strerror(errno));
    } else if (geteuid() != check->owner) {
        check_say(check, CHECK_MIND, what_store, "voer dit uit als de gebruiker die het knooppunt draait",
                  "niet geopend: de gegevens zijn van een andere gebruiker");
    } else {
        (void)snprintf(fine, sizeof fine, "gaat open met deze sleutels, schema %d", store_schema_version());
        const enum result result = open_and_close(&check->config, &err);
        check->store_opens = result == RESULT_OK;
        check_say_result(check, result, &err, what_store,
                         "horen sleutels en gegevens bij elkaar? Zo ja: herstel met ketenbrug restore", fine);
    }
}

static void say_clock(struct check *check, int64_t lag_ms)
{
    check_say(check, lag_ms > CLOCK_BACK_MAX_MS ? CHECK_WRONG : CHECK_FINE, "klok",
              "zet de klok goed (NTP), of aanvaard deze tijd met ketenbrug clock reset",
              lag_ms > 0 ? "%lld ms achter op wat eerder is gezien" : "niet achter op wat eerder is gezien (%lld ms)",
              (long long)lag_ms);
}

static void say_backup(struct check *check, const struct json *at)
{
    static const char make[] = "maak elke dag een reservekopie: ketenbrug backup MAP";
    int64_t at_ms = 0;
    if (!moment_parse(json_text(at), &at_ms)) {
        check_say(check, CHECK_MIND, "reservekopie", make, "nog geen gemaakt");
        return;
    }
    const long long hours = (check->now_s - at_ms / 1000) / 3600;
    check_say(check, hours >= CHECK_BACKUP_DAYS * 24LL ? CHECK_MIND : CHECK_FINE, "reservekopie", make,
              "de laatste is %lld uur oud", hours);
}

void check_clock_and_backup(struct check *check)
{
    struct json *opened CLEANUP(json_cleanup) = NULL;
    struct error err = {0};
    const struct json *standing = check->standing;
    if (standing == NULL && check->desk != NULL && check->store_opens &&
        desk_call(check->desk, "GET", "/v1/stand", NULL, &opened, &err) == RESULT_OK) {
        standing = opened;
    }
    if (standing == NULL) {
        check_say(check, CHECK_MIND, "klok en reservekopie", "herstel eerst het andere, en kijk opnieuw",
                  "niet na te gaan zolang de opslag niet open kan");
        return;
    }
    say_clock(check, json_int(json_member(standing, "klokAchterMs")));
    say_backup(check, json_member(standing, "laatsteReservekopie"));
}
