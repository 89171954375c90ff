#include "http/quota.h"

#include <netinet/in.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

enum { WHOLE = 1000, MS_PER_S = 1000, IPV6_PREFIX = 8, TURN_NS = HTTP_TURN_US * 1000 };

static uint32_t paid_off(uint32_t debt, uint64_t paid)
{
    return debt > paid ? debt - (uint32_t)paid : 0;
}

bool allowance_take(struct allowance *allowance, const struct allowance_rate *rate, uint64_t now_ms, uint32_t amount)
{
    const uint64_t most = (uint64_t)rate->burst * WHOLE;
    const uint64_t debt = paid_off(allowance->debt, (now_ms - allowance->at) * rate->per_s) + (uint64_t)amount * WHOLE;
    allowance->at = now_ms;
    allowance->debt = (uint32_t)(debt < most ? debt : most);
    return debt <= most;
}

void allowance_give(struct allowance *allowance, uint32_t amount)
{
    allowance->debt = paid_off(allowance->debt, (uint64_t)amount * WHOLE);
}

enum result quotas_open(struct quotas *quotas, struct error *err)
{
    *quotas = (struct quotas){.rows = mem_array(HTTP_QUOTAS_MAX, sizeof *quotas->rows)};
    ENSURE(quotas->rows != NULL, err, FAULT_NO_MEMORY, "http", "geen geheugen voor de luisteraar");
    return RESULT_OK;
}

void quotas_close(struct quotas *quotas)
{
    mem_free(quotas->rows);
    quotas->rows = NULL;
}

_Static_assert(HTTP_FRAMES_BURST <= HTTP_QUOTA_IDLE_S * HTTP_FRAMES_PER_S, "frames");
_Static_assert(HTTP_RESETS_BURST <= HTTP_QUOTA_IDLE_S * HTTP_RESETS_PER_S, "resets");
_Static_assert(HTTP_KEY_UPDATES_BURST <= HTTP_QUOTA_IDLE_S * HTTP_KEY_UPDATES_PER_S, "keys");
_Static_assert(HTTP_HANDSHAKES_SECONDS <= HTTP_QUOTA_IDLE_S, "handshakes");

/* So long after the last debt was made, all are paid. */
static bool is_idle(const struct quota *quota, uint64_t now_ms)
{
    static const uint64_t longest_ms = (uint64_t)HTTP_QUOTA_IDLE_S * MS_PER_S;
    const struct allowance *all[] = {&quota->frames, &quota->resets, &quota->key_updates, &quota->handshakes};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (all[i]->debt != 0 && now_ms - all[i]->at < longest_ms) {
            return false;
        }
    }
    return quota->connections == 0 && quota->handshaking == 0 && quota->requests == 0 && quota->shed == 0;
}

static bool is_none(const struct quota_key *key)
{
    static const struct quota_key none;
    return memcmp(key, &none, sizeof none) == 0;
}

struct quota *quotas_of(struct quotas *quotas, const struct quota_key *key, uint64_t now_ms)
{
    struct quota *idle = NULL;
    if (is_none(key)) {
        return &quotas->rest;
    }
    for (size_t i = 0; i < quotas->used; i++) {
        struct quota *quota = &quotas->rows[i];
        if (memcmp(&quota->key, key, sizeof *key) == 0) {
            return quota;
        }
        if (idle == NULL && is_idle(quota, now_ms)) {
            idle = quota;
        }
    }
    if (idle == NULL && quotas->used < HTTP_QUOTAS_MAX) {
        idle = &quotas->rows[quotas->used++];
    }
    if (idle == NULL) {
        return &quotas->rest;
    }
    *idle = (struct quota){.key = *key};
    return idle;
}

struct quota_key quota_key_of_oin(const struct oin *oin)
{
    struct quota_key key = {{0}};
    memcpy(key.bytes, oin->digits, OIN_DIGITS);
    return key;
}

struct quota_key quota_key_of_address(const struct sockaddr *address)
{
    struct quota_key key = {{0}};
    if (address->sa_family == AF_INET) {
        key.bytes[0] = AF_INET;
        memcpy(key.bytes + 1, &((const struct sockaddr_in *)(const void *)address)->sin_addr, sizeof(struct in_addr));
    } else if (address->sa_family == AF_INET6) {
        key.bytes[0] = AF_INET6;
        memcpy(key.bytes + 1, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, IPV6_PREFIX);
    }
    return key;
}

bool quota_has_turn(struct quota *quota, uint64_t turn)
{
    if (quota->turn != turn) {
        const uint64_t given = (turn - quota->turn) * TURN_NS;
        quota->spent_ns = quota->spent_ns > given ? quota->spent_ns - given : 0;
        quota->turn = turn;
    }
    return quota->spent_ns < TURN_NS;
}
