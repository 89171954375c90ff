/* `ketenbrug init`: the keys and the empty store of a new node. */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/config.h"
#include "cmd/files.h"
#include "store/seal.h"
#include "store/store.h"

static enum result init(const struct args *args, struct error *err)
{
    struct config config;
    struct keyring *keyring = NULL;
    struct store *store = NULL;
    TRY(config_read(config_file(args_value(args, "config")), &config, err));
    TRY(keyring_create(config.key_folder, err));
    TRY(keyring_open(config.key_folder, &keyring, err));
    const struct store_options options = {
        .folder = config.folder, .keyring = keyring, .clock = &system_clock, .log = &stderr_log};
    const enum result result = store_open(&options, &store, err);
    if (result == RESULT_OK) {
        store_close(store);
        (void)printf(
            "knooppunt ingericht\n  gegevens: %s\n  sleutels: %s (bewaar een kopie op een andere plaats dan de "
            "gegevens)\n",
            config.folder, config.key_folder);
    }
    keyring_close(keyring);
    return result;
}

static int run(const struct args *args)
{
    struct error err;
    return init(args, &err) == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row options[] = {OPTION_CONFIG};

const struct command command_init = {
    .name = "init",
    .summary = "maakt de sleutels en de lege opslag van een nieuw knooppunt",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug init --config ketenbrug.ini",
    .run = run,
};
