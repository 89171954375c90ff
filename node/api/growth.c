#include "api/growth.h"

#include <inttypes.h>

#include "base/encode.h"
#include "base/mem.h"

enum { QUESTION_MAX = 128, ANSWERED = 200, NOT_FOUND = 404 };

bool growth_read_bytes(struct slice base64, uint8_t *out, size_t len)
{
    struct buf bytes;
    buf_init(&bytes, len);
    const bool read = base64_decode(base64, &bytes) && buf_ok(&bytes) && bytes.len == len;
    if (read) {
        memcpy(out, bytes.ptr, len);
    }
    buf_free(&bytes);
    return read;
}

bool growth_read_proof(const struct json *answer, struct merkle_proof *proof)
{
    const struct json *list = json_member(answer, "bewijs");
    proof->count = 0;
    for (const struct json *hash = json_first(list); hash != NULL; hash = json_next(hash)) {
        if (proof->count == MERKLE_PROOF_MAX ||
            !growth_read_bytes(json_text(hash), proof->hashes[proof->count].bytes, SHA256_SIZE)) {
            return false;
        }
        proof->count++;
    }
    return json_kind(list) == JSON_ARRAY;
}

enum result growth_ask(struct api *api, const struct party *party, uint64_t one, uint64_t other, peer_done *done,
                       void *ctx, struct error *err)
{
    struct buf body;
    buf_init(&body, QUESTION_MAX);
    buf_format(&body, "{\"samenhang\":{\"van\":%" PRIu64 ",\"tot\":%" PRIu64 "}}", one < other ? one : other,
               one < other ? other : one);
    const struct peer_request request = {
        .target = {party->oin, party->url},
        .path = "/v1/logboek/bewijzen",
        .request_id = entropy_ident(api->entropy),
        .media_type = "application/json",
        .body = buf_slice(&body),
    };
    enum result result = buf_result(&body, "samenhang", err);
    if (result == RESULT_OK) {
        result = peer_ask(api->peers, &request, done, ctx, NULL, err);
    }
    buf_free(&body);
    return result;
}

enum growth growth_judge(const struct peer_outcome *outcome, const struct witness_held *one,
                         const struct witness_held *other)
{
    const struct witness_held *old = one->size < other->size ? one : other;
    const struct witness_held *new = old == one ? other : one;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    struct merkle_proof proof;
    struct error err;
    if (outcome->kind != PEER_ANSWERED || (outcome->status != ANSWERED && outcome->status != NOT_FOUND)) {
        return GROWTH_UNKNOWN;
    }
    return outcome->status == ANSWERED && json_parse(outcome->body, &answer, &err) == RESULT_OK &&
                   growth_read_proof(answer, &proof) &&
                   merkle_consistency_holds(old->size, new->size, &old->root, &new->root, &proof)
               ? GROWTH_HOLDS
               : GROWTH_FAILS;
}
