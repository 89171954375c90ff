#include "base/limits.h"
#include "peer/peer.h"

static const struct {
    const char *slug;
    const char *text;
} rows[PEER_OUTCOME_COUNT] = {
#define X(code, slug, text) [code] = {(slug), (text)},
    PEER_OUTCOME_TABLE(X)
#undef X
};

const char *peer_outcome_slug(enum peer_outcome_kind kind)
{
    return (unsigned)kind < PEER_OUTCOME_COUNT ? rows[kind].slug : "onbekend";
}

const char *peer_outcome_text(enum peer_outcome_kind kind)
{
    return (unsigned)kind < PEER_OUTCOME_COUNT ? rows[kind].text : "onbekend";
}

struct peer_options peer_default_options(void)
{
    return (struct peer_options){.connect_ms = PEER_CONNECT_MS,
                                 .total_ms = PEER_TOTAL_MS,
                                 .retry_ms = PEER_RETRY_MS,
                                 .circuit_ms = PEER_CIRCUIT_MS,
                                 .tries = PEER_TRIES,
                                 .circuit_failures = PEER_CIRCUIT_FAILURES,
                                 .connections = PEER_CONNECTIONS,
                                 .answer_max = PEER_ANSWER_MAX};
}
