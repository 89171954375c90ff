#include "api/log_partner.h"

#include <string.h>

#include "api/growth.h"
#include "audit/record.h"
#include "base/merkle_proof.h"

enum result log_partner_ask(struct api *api, const struct party *partner, const char *path, struct slice body,
                            peer_done *done, void *ctx, struct error *err)
{
    const struct peer_request request = {
        .target = {partner->oin, partner->url},
        .path = path,
        .request_id = entropy_ident(api->entropy),
        .media_type = body.len != 0 ? "application/json" : NULL,
        .body = body,
    };
    return peer_ask(api->peers, &request, done, ctx, NULL, err);
}

enum result log_partner_ask_inclusion(struct api *api, const struct party *partner,
                                      const uint8_t receipt[RECEIPT_BYTES], uint64_t size, peer_done *done, void *ctx,
                                      struct error *err)
{
    struct buf body;
    char text[RECEIPT_TEXT];
    buf_init(&body, HTTP_BODY_SMALL);
    receipt_write(receipt, text);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_begin_object(&w, "insluiting");
    json_put_slice(&w, "ontvangstbewijs", slice_of(text, RECEIPT_TEXT));
    json_put_int(&w, "omvang", (int64_t)size);
    json_end_object(&w);
    json_end_object(&w);
    enum result result = buf_result(&body, "logboek", err);
    if (result == RESULT_OK) {
        result = log_partner_ask(api, partner, "/v1/logboek/bewijzen", buf_slice(&body), done, ctx, err);
    }
    buf_free(&body);
    return result;
}

struct json *log_partner_answer(const struct peer_outcome *outcome)
{
    struct json *json = NULL;
    struct error err;
    if (outcome->kind != PEER_ANSWERED || outcome->status != 200 ||
        json_parse(outcome->body, &json, &err) != RESULT_OK) {
        return NULL;
    }
    return json;
}

const char *log_partner_judge(const struct api *api, const struct checkpoint *checkpoint, const struct receipt *receipt,
                              const struct ident *request_id, const struct json *answer, struct record *theirs)
{
    struct merkle_proof proof;
    struct record record;
    struct sha256 hash;
    uint8_t leaf[LOG_LEAF_BYTES];
    struct error err;
    const int64_t index = json_int(json_member(answer, "regel"));
    if (answer == NULL || index < 0 || !growth_read_bytes(json_text_of(answer, "blad"), leaf, sizeof leaf) ||
        !growth_read_proof(answer, &proof)) {
        return "de partner geeft geen bewijs van de regel waarvoor hij tekende";
    }
    merkle_leaf_hash(slice_of(leaf, sizeof leaf), &hash);
    if (memcmp(hash.bytes, receipt->promise.leaf_hash.bytes, SHA256_SIZE) != 0) {
        return "de regel is een andere dan die waarvoor de partner tekende: zijn logboek is herschreven";
    }
    if (!merkle_inclusion_holds((uint64_t)index, checkpoint->size, &hash, &proof, &checkpoint->root)) {
        return "de regel waarvoor de partner tekende, staat niet in zijn logboek";
    }
    if (record_decode_visible(leaf, &record, &err) != RESULT_OK || !ident_equal(&record.request_id, request_id) ||
        !oin_equal(&record.peer, &api->own_oin)) {
        return "de regel waarvoor de partner tekende, gaat over iets anders";
    }
    if (theirs != NULL) {
        *theirs = record;
    }
    return NULL;
}

size_t log_partner_cosigned(const struct call *call, const struct party *partner, const struct note *note,
                            size_t *needed)
{
    const struct covenant *covenant = call->covenant;
    const int64_t now = clock_now(call->api->clock);
    size_t witnesses = 0;
    size_t cosigned = 0;
    for (size_t i = 0; i < covenant_party_count(covenant); i++) {
        const struct party *party = covenant_party_at(covenant, i);
        const struct party_keys *keys = NULL;
        struct error err;
        uint64_t when = 0;
        if (!party->witness || party == partner) {
            continue;
        }
        witnesses++;
        if (party_keys(call->held, party, &keys, &err) == RESULT_OK &&
            note_verdict(note, &keys->witness, &when) == NOTE_HOLDS &&
            (int64_t)when * 1000 > now - CHECKPOINT_RELIED_MS) {
            cosigned++;
        }
    }
    *needed = witnesses != 0 ? witnesses / 2 + 1 : 0;
    return cosigned;
}
