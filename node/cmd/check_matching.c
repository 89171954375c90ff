/* Private matching: the seeds of its epochs, and what a node that serves holds of partners' sets and of its own asking. */
#include <unistd.h>

#include "base/mem.h"
#include "cmd/check_parts.h"
#include "store/seal.h"

enum { EPOCHS_LOOKED = 16 };

static const char advice_seed[] =
    "zet dit bestand terug uit een kopie van de sleutelmap; is die er niet, haal het dan weg en herstart: het "
    "knooppunt maakt "
    "een nieuwe sleutel, en ketenpartners kunnen over niemand vragen tot hun opzoekset is verouderd en zij de nieuwe "
    "aannemen, met een bevinding in hun logboek; daarna laten zij iedereen opnieuw omzetten, wat telt voor hun quotum";
static const char what_seeds[] = "periodesleutels";
static const char what_sets[] = "opzoeksets";

static void look_at_seeds(struct check *check, struct keyring *keyring)
{
    uint32_t epochs[EPOCHS_LOOKED];
    uint8_t seed[SEAL_KEY_SIZE];
    struct error err = {0};
    size_t count = 0;
    if (seal_epochs(keyring, epochs, COUNT_OF(epochs), &count, &err) != RESULT_OK) {
        check_say_result(check, RESULT_FAILED, &err, what_seeds, "kijk naar de rechten van de sleutelmap", "");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const enum result result = seal_epoch_seed(keyring, epochs[i], seed, &err);
        mem_wipe(seed, sizeof seed);
        if (result != RESULT_OK) {
            check_say_result(check, result, &err, what_seeds, advice_seed, "");
            return;
        }
    }
    check_say(check, CHECK_FINE, what_seeds, NULL, "%zu, en ze gaan open", count);
}

static void check_seeds(struct check *check)
{
    struct keyring *keyring = NULL;
    struct error err;
    if (geteuid() == check->owner && keyring_open(check->config.key_folder, &keyring, &err) == RESULT_OK) {
        look_at_seeds(check, keyring); /* that the folder does not open is said elsewhere */
    }
    keyring_close(keyring);
}

static void say_sets(struct check *check, const struct json *answer)
{
    size_t all = 0;
    size_t current = 0;
    for (const struct json *set = json_first(json_member(answer, "setsVanKetenpartners")); set != NULL;
         set = json_next(set)) {
        all++;
        current += slice_is(json_text_of(set, "toestand"), "actueel");
    }
    check_say(check, current == all ? CHECK_FINE : CHECK_MIND, what_sets,
              "over wie in een andere set kan staan, is niets te vragen; ketenbrug matching status toont welke",
              "van ketenpartners zijn er %zu actueel, van %zu", current, all);
}

static void say_evaluations(struct check *check, const struct json *answer)
{
    const struct json *own = json_member(answer, "eigenEvaluaties");
    const long long untested = (long long)json_int(json_member(own, "zonderToets"));
    check_say(check, untested == 0 ? CHECK_FINE : CHECK_MIND, what_sets,
              "de privacybeheerder zoekt uit waarvoor: ketenbrug audit list",
              "van %lld waarden die partners omzetten is bij %lld niemand getoetst",
              (long long)json_int(json_member(own, "waarden")), untested);
}

void check_matching(struct check *check)
{
    struct json *answer CLEANUP(json_cleanup) = NULL;
    struct error err = {0};
    check_seeds(check);
    if (check->standing == NULL) {
        return;
    }
    if (desk_ask_serving(check->desk, "/v1/koppeling", &answer, &err) != RESULT_OK || answer == NULL) {
        check_say(check, CHECK_MIND, what_sets, "kijk opnieuw", "niet na te gaan: %s", err.what);
        return;
    }
    say_sets(check, answer);
    say_evaluations(check, answer);
}
