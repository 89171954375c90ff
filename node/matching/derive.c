#include "matching/derive.h"

#include <string.h>

#include <sodium.h>

#include "base/bytes.h"

_Static_assert(crypto_auth_hmacsha256_BYTES >= (int)ASK_KEY_BYTES && crypto_auth_hmacsha256_BYTES == (int)VOPRF_SEED,
               "what HMAC-SHA-256 gives");

static const char input_label[] = "bsn:";
static const char key_label[] = "ketenbrug-sleutelpaar-v1";
static const char fingerprint_label[] = "ketenbrug-vingerafdruk-v1";
static const char ask_label[] = "ketenbrug-vraagsleutel-v1";
static const char dummy_label[] = "ketenbrug-opvulling-v1";

void match_input(const struct bsn *person, uint8_t out[MATCH_INPUT_BYTES])
{
    memcpy(out, input_label, sizeof input_label - 1);
    memcpy(out + sizeof input_label - 1, person->secret_digits, BSN_DIGITS);
}

static size_t put(uint8_t *out, size_t at, const void *bytes, size_t len)
{
    bytes_put_u16(out + at, (uint16_t)len);
    memcpy(out + at + 2, bytes, len);
    return at + 2 + len;
}

enum { PURPOSE_MAX = MATCH_INFO_MAX - (2 + (int)sizeof fingerprint_label - 1) - 2 * (2 + OIN_DIGITS) - 2 - (2 + 4) };

/* Each part with its length in two bytes before it: label, requester, provider, purpose, epoch. */
static size_t labelled(const char *label, const struct match_scope *scope, uint8_t out[MATCH_INFO_MAX])
{
    uint8_t epoch[4];
    bytes_put_u32(epoch, scope->epoch);
    size_t len = put(out, 0, label, strlen(label));
    len = put(out, len, scope->requester.digits, OIN_DIGITS);
    len = put(out, len, scope->provider.digits, OIN_DIGITS);
    len = put(out, len, scope->purpose.ptr, scope->purpose.len < PURPOSE_MAX ? scope->purpose.len : PURPOSE_MAX);
    return put(out, len, epoch, sizeof epoch);
}

size_t match_info(const struct match_scope *scope, uint8_t out[MATCH_INFO_MAX])
{
    return labelled(key_label, scope, out);
}

static void keyed(const uint8_t *key, size_t key_len, const char *label, const struct match_scope *scope,
                  uint8_t out[crypto_auth_hmacsha256_BYTES])
{
    uint8_t message[MATCH_INFO_MAX];
    crypto_auth_hmacsha256_state state;
    const size_t len = labelled(label, scope, message);
    (void)crypto_auth_hmacsha256_init(&state, key, key_len);
    (void)crypto_auth_hmacsha256_update(&state, message, len);
    (void)crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

void match_value_of(const struct match_scope *scope, const struct voprf_output *output, struct match_value *out)
{
    uint8_t mac[crypto_auth_hmacsha256_BYTES];
    keyed(output->bytes, sizeof output->bytes, fingerprint_label, scope, mac);
    out->fingerprint = bytes_get_u64(mac);
    out->fingerprint += out->fingerprint == 0;
    keyed(output->bytes, sizeof output->bytes, ask_label, scope, mac);
    memcpy(out->key.bytes, mac, sizeof out->key.bytes);
    sodium_memzero(mac, sizeof mac);
}

void match_dummy_secret(const struct match_scope *scope, const uint8_t seed[VOPRF_SEED], uint8_t out[VOPRF_SEED])
{
    keyed(seed, VOPRF_SEED, dummy_label, scope, out);
}
