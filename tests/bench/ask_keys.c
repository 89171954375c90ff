/*
 * By what name an organisation asks a partner about people, reckoned from the partner's own keys: so that a load can ask
 * about very many, of whom evaluating would take long and a quota.
 *   bench-ask-keys KEYS PROVIDER REQUESTER PURPOSE: KEYS is the partner's key folder, the others OINs and a purpose; on
 *   standard input a number a line, on standard output a line for each: ask key and period.
 */
#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "matching/derive.h"
#include "matching/naming.h"
#include "store/seal.h"

enum { ARGUMENTS = 5, EPOCHS = 4, LINE = 64 };

static enum result key_of(const char *folder, struct match_scope *scope, struct voprf_key *out, struct error *err)
{
    struct keyring *keyring = NULL;
    uint8_t seed[SEAL_KEY_SIZE];
    uint8_t info[MATCH_INFO_MAX];
    uint32_t epochs[EPOCHS];
    TRY(keyring_open(folder, &keyring, err));
    size_t count = 0;
    enum result result = seal_epochs(keyring, epochs, EPOCHS, &count, err);
    scope->epoch = count != 0 ? epochs[count - 1] : 0;
    if (result == RESULT_OK) {
        result = seal_epoch_seed(keyring, scope->epoch, seed, err);
    }
    if (result == RESULT_OK) {
        result = voprf_derive_key(seed, slice_of(info, match_info(scope, info)), out, err);
    }
    mem_wipe(seed, sizeof seed);
    keyring_close(keyring);
    return result;
}

static enum result tell(const struct match_scope *scope, const struct voprf_key *key, const struct bsn *person,
                        struct error *err)
{
    uint8_t input[MATCH_INPUT_BYTES];
    struct voprf_output output;
    struct match_value value;
    char hex[2 * ASK_KEY_BYTES + 1];
    match_input(person, input);
    TRY(voprf_own(key, slice_of(input, sizeof input), &output, err));
    match_value_of(scope, &output, &value);
    hex_encode(slice_of(value.key.bytes, sizeof value.key.bytes), hex);
    (void)printf("%s %u\n", hex, (unsigned)scope->epoch);
    return RESULT_OK;
}

static enum result tell_all(const struct match_scope *scope, const struct voprf_key *key, struct error *err)
{
    char line[LINE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        struct bsn person;
        line[strcspn(line, "\r\n")] = '\0';
        ENSURE(bsn_parse(slice_text(line), &person), err, FAULT_INVALID, "invoer", "geen burgerservicenummer");
        TRY(tell(scope, key, &person, err));
    }
    return RESULT_OK;
}

static enum result run(char **argv, struct error *err)
{
    struct match_scope scope = {.purpose = slice_text(argv[4])};
    struct voprf_key key;
    ENSURE(oin_parse(slice_text(argv[2]), &scope.provider) && oin_parse(slice_text(argv[3]), &scope.requester), err,
           FAULT_INVALID, "OIN", "20 cijfers");
    TRY(voprf_ready(err));
    TRY(key_of(argv[1], &scope, &key, err));
    return tell_all(&scope, &key, err);
}

int main(int argc, char **argv)
{
    struct error err;
    if (argc != ARGUMENTS) {
        (void)fprintf(stderr, "bench-ask-keys SLEUTELS AANBIEDER VRAGER DOEL\n");
        return 2;
    }
    if (run(argv, &err) != RESULT_OK) {
        (void)fprintf(stderr, "bench-ask-keys: %s: %s\n", err.where, err.what);
        return 1;
    }
    return 0;
}
