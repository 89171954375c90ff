/* Rights and owners of folders and files: what must be private is, and is of who runs the node. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/log_identity.h"
#include "cmd/check_parts.h"
#include "store/seal.h"

enum { PATH_ROOM = CONFIG_PATH_MAX + 300 };

struct rights {
    const char *what;
    mode_t forbidden;
    const char *allowed;
    const char *advice;
};

static const struct rights private_folder = {"rechten van map", S_IRWXG | S_IRWXO, "0700",
                                             "chmod 700, en chown naar de gebruiker die het knooppunt draait"};
static const struct rights private_file = {
    "rechten van sleutel", S_IRWXG | S_IRWXO, "0600",
    "chmod 600, en chown naar de gebruiker die het knooppunt draait; wie de sleutel "
    "kon lezen kan hem hebben: overweeg een nieuwe"};
static const struct rights unchanged = {"rechten van bestand", S_IWGRP | S_IWOTH, "niet door anderen te schrijven",
                                        "chmod go-w: wie dit kan wijzigen, bepaalt wat het knooppunt doet"};

/* `owned`: by who runs the node; root may own what the node only reads. */
static bool look(struct check *check, const char *path, const struct rights *rights, bool owned)
{
    struct stat found;
    if (stat(path, &found) != 0) {
        check_say(check, CHECK_WRONG, rights->what, "zet het op zijn plaats, of verbeter het pad in de configuratie",
                  "%s: %s", path, strerror(errno));
        return false;
    }
    if ((found.st_mode & rights->forbidden) != 0) {
        check_say(check, CHECK_WRONG, rights->what, rights->advice, "%s is %04o; toegestaan is %s", path,
                  (unsigned)(found.st_mode & 07777U), rights->allowed);
        return false;
    }
    if (found.st_uid != check->owner && (owned || found.st_uid != 0)) {
        check_say(check, CHECK_WRONG, rights->what, rights->advice, "%s is van gebruiker %u en niet van %u", path,
                  (unsigned)found.st_uid, (unsigned)check->owner);
        return false;
    }
    return true;
}

static bool look_in_keys(struct check *check)
{
    bool fine = look(check, check->config.key_folder, &private_folder, true);
    DIR *folder = opendir(check->config.key_folder);
    for (const struct dirent *entry = folder != NULL ? readdir(folder) : NULL; entry != NULL; entry = readdir(folder)) {
        char path[PATH_ROOM];
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof path, "%s/%s", check->config.key_folder, entry->d_name);
            fine = look(check, path, &private_file, true) && fine;
        }
    }
    if (folder != NULL) {
        (void)closedir(folder);
    }
    return fine;
}

/* Whoever may write there can put a socket of his own in its place. */
static bool look_at_socket(struct check *check)
{
    static const struct rights socket_folder = {"map van contactpunt", S_IWGRP | S_IWOTH,
                                                "niet door anderen te schrijven",
                                                "zet het contactpunt in een eigen map (0700)"};
    char path[CONFIG_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", check->config.desk_socket);
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        (void)snprintf(path, sizeof path, ".");
    } else {
        slash[slash == path ? 1 : 0] = '\0';
    }
    return look(check, path, &socket_folder, false);
}

void check_rights(struct check *check)
{
    const struct config *config = &check->config;
    bool fine = look(check, config->folder, &private_folder, true);
    fine = look_in_keys(check) && fine;
    fine = look(check, config->key, &private_file, true) && fine;
    fine = (strcmp(config->key, config->desk_key) == 0 || look(check, config->desk_key, &private_file, true)) && fine;
    fine = look(check, config->file, &unchanged, false) && fine;
    fine = look(check, config->covenant, &unchanged, false) && fine;
    fine = look(check, config->anchors, &unchanged, false) && fine;
    fine = look(check, config->crl_folder, &unchanged, false) && fine;
    fine = look_at_socket(check) && fine;
    if (geteuid() != check->owner) {
        check_say(check, CHECK_MIND, "gebruiker", "voer dit uit als de gebruiker die het knooppunt draait",
                  "de gegevens zijn van gebruiker %u en dit is gebruiker %u", (unsigned)check->owner,
                  (unsigned)geteuid());
    }
    if (fine) {
        check_say(check, CHECK_FINE, "rechten", NULL, "van gegevens, sleutels, configuratie en contactpunt");
    }
}

/* What this log signs is worth nothing to partners when the covenant names other keys. */
static void look_at_log_keys(struct check *check, const struct keyring *keyring)
{
    static const char what[] = "sleutels in convenant";
    struct log_identity log;
    struct error err = {0};
    if (check->self == NULL) {
        return; /* said at the covenant */
    }
    if (log_identity_open(keyring, check->self->log_origin, 0, &log, &err) != RESULT_OK) {
        check_say_result(check, RESULT_FAILED, &err, what, "zet de kopie van de sleutels terug", "");
        return;
    }
    if (log_identity_named(&log, check->self->log_origin, check->self->log_key, check->self->witness_key)) {
        check_say(check, CHECK_FINE, what, NULL, "die van dit logboek, %s", log.origin);
    } else {
        check_say(check, CHECK_WRONG, what,
                  "zet de sleutels terug die het convenant noemt, of laat er zetten wat ketenbrug audit keys toont",
                  "het convenant noemt voor dit knooppunt andere sleutels van het logboek");
    }
    log_identity_drop(&log);
}

void check_keys(struct check *check)
{
    struct keyring *keyring = NULL;
    struct error err = {0};
    const enum result result = keyring_open(check->config.key_folder, &keyring, &err);
    check_say_result(check, result, &err, "sleutels",
                     "een nieuw knooppunt: ketenbrug init; anders: zet de kopie van de sleutels terug", "leesbaar");
    if (result == RESULT_OK) {
        look_at_log_keys(check, keyring);
        keyring_close(keyring);
    }
}
