/* `ketenbrug audit keys`: the public keys of this node's log, as the covenant must name them. Needs no running node. */
#include <stdio.h>

#include "audit/log_identity.h"
#include "cmd/command.h"
#include "cmd/config.h"

static void print(const struct log_identity *log, bool json)
{
    (void)printf(json ? "{\"oorsprong\":\"%s\",\"sleutel\":\"%s\",\"getuige\":\"%s\"}\n"
                      : "oorsprong  %s\nsleutel    %s\ngetuige    %s\n",
                 log->origin, log_key_text(&log->checkpoints).text, log_key_text(&log->cosignatures).text);
}

static enum result keys(const struct args *args, struct error *err)
{
    struct config config;
    struct keyring *keyring = NULL;
    struct log_identity log;
    TRY(config_read(config_file(args_value(args, "config")), &config, err));
    TRY(keyring_open(config.key_folder, &keyring, err));
    const enum result result = log_identity_open(keyring, args_value(args, "oorsprong"), 0, &log, err);
    if (result == RESULT_OK) {
        print(&log, args_flag(args, "json"));
        log_identity_drop(&log);
    }
    keyring_close(keyring);
    return result;
}

static int run(const struct args *args)
{
    struct error err;
    return keys(args, &err) == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row options[] = {
    {"oorsprong", "NAAM", true, "naam van het logboek: een URL zonder schema, voor altijd dezelfde"},
    OPTION_JSON,
    OPTION_CONFIG,
};

const struct command command_audit_keys = {
    .name = "audit keys",
    .summary = "toont de openbare sleutels van het logboek, zoals het convenant ze noemt",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug audit keys --oorsprong school.example/logboek",
    .run = run,
};
