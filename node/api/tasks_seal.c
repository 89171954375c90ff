/* Keys to which people are sealed: the own one, signed with the log's key, for partners; and theirs, fetched and checked. */
#include "api/tasks.h"

#include <stdio.h>

#include "api/receipts.h"
#include "api/tasks_parts.h"
#include "base/mem.h"
#include "certs/ed25519.h"

enum { SIGNED_MAX = 512, TURN_MS = 3600000 /* between looks at the own keys */ };

static const char path[] = "/v1/opdrachten/sleutel";

/* What is signed: a line each. */
static size_t signed_text(const char *origin, const uint8_t pub[SEALING_PUBLIC_SIZE], int64_t until_ms,
                          char out[SIGNED_MAX])
{
    char key[2 * SEALING_PUBLIC_SIZE + 1];
    hex_encode(slice_of(pub, SEALING_PUBLIC_SIZE), key);
    const int len = snprintf(out, SIGNED_MAX, "ketenbrug/verzegelsleutel/v1\n%s\n%s\n%s\n", origin, key,
                             moment_text(until_ms).text);
    return len > 0 && len < SIGNED_MAX ? (size_t)len : 0;
}

/* ---- the own key: it leaves when the log has it, and which that is stands in the commit of its record, so that a crash
 * between making one and recording it is made good at the next start ---- */

static const char logged_name[] = "verzegelsleutel-vastgelegd";

static void logged_read(void *ctx, struct slice value, const struct error *err)
{
    struct tasks *tasks = ctx;
    tasks->key_logged_known = err == NULL;
    if (err == NULL && value.len == SEALING_PUBLIC_SIZE) {
        memcpy(tasks->key_logged, value.ptr, SEALING_PUBLIC_SIZE);
    }
}

static bool is_logged(struct tasks *tasks, const uint8_t pub[SEALING_PUBLIC_SIZE])
{
    if (!tasks->key_logged_known) {
        store_get_value(tasks->api->door, logged_name, logged_read, tasks); /* answered at once */
    }
    return memcmp(tasks->key_logged, pub, SEALING_PUBLIC_SIZE) == 0;
}

static void key_recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct api *api = ctx;
    (void)committed;
    api->tasks->key_logging = false;
    if (err == NULL) {
        memcpy(api->tasks->key_logged, api->tasks->key_unlogged, SEALING_PUBLIC_SIZE);
    } else { /* the next second */
        audit_forget_keys(api->audit);
        log_error(api->log, LOG_ERROR, "verzegelsleutel-niet-vastgelegd", err);
    }
    api->calls--;
}

static void record_key(struct api *api)
{
    struct error err;
    const uint8_t *pub = api->tasks->key_unlogged; /* stays so until it is done */
    struct record record = {.operation = RECORD_SEALING_KEY, .outcome = OUTCOME_DONE, .age = 255};
    struct store_batch *batch = store_batch_new(api->door);
    _Static_assert(sizeof record.attachment == SEALING_PUBLIC_SIZE, "the key is the attachment");
    memcpy(record.attachment, pub, SEALING_PUBLIC_SIZE);
    memcpy(record.user, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
    enum result result = batch != NULL ? RESULT_OK : error_set(&err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    if (result == RESULT_OK) {
        result = audit_append(api->audit, batch, &record, slice_of(NULL, 0), &err);
    }
    if (result == RESULT_OK) {
        store_set_value(batch, logged_name, slice_of(pub, SEALING_PUBLIC_SIZE));
    }
    if (result != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(api->audit);
        log_error(api->log, LOG_ERROR, "verzegelsleutel-niet-vastgelegd", &err);
        return;
    }
    api->tasks->key_logging = true;
    api->calls++;
    store_commit(api->door, batch, key_recorded, api);
}

static enum result own_key(struct api *api, uint8_t pub[SEALING_PUBLIC_SIZE], int64_t *until_ms, struct error *err)
{
    struct tasks *tasks = api->tasks;
    bool created = false;
    TRY(sealing_key_current(api->keyring, clock_now(api->clock), pub, until_ms, &created, err));
    memcpy(tasks->key_seen, pub, SEALING_PUBLIC_SIZE);
    if (!is_logged(tasks, pub) && tasks->key_logged_known && !tasks->key_logging) {
        memcpy(tasks->key_unlogged, pub, SEALING_PUBLIC_SIZE);
        record_key(api);
    }
    return RESULT_OK;
}

void tasks_key_turn(struct tasks *tasks)
{
    struct error err;
    uint8_t pub[SEALING_PUBLIC_SIZE];
    int64_t until_ms = 0;
    const int64_t now = clock_now(tasks->api->clock);
    sealing_rest(tasks->api->keyring, now);
    const bool is_due =
        memcmp(tasks->key_logged, tasks->key_seen, SEALING_PUBLIC_SIZE) != 0; /* the last that was seen */
    if (!is_due && tasks->key_ms > now && tasks->key_ms - now <= TURN_MS) {
        return;
    }
    tasks->key_ms = now + TURN_MS;
    if (own_key(tasks->api, pub, &until_ms, &err) != RESULT_OK ||
        sealing_turn(tasks->api->keyring, now, &err) != RESULT_OK) {
        log_error(tasks->api->log, LOG_ERROR, "verzegelsleutel", &err);
    }
}

/* About no person: no record. */
void tasks_sealing_key(struct http_request *request, void *ctx)
{
    struct error err;
    struct call *call = call_begin(ctx, request, sizeof(struct call));
    uint8_t pub[SEALING_PUBLIC_SIZE];
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    char key_text[(SEALING_PUBLIC_SIZE * 4 + 2) / 3];
    char signature_text[(ED25519_SIGNATURE_SIZE * 4 + 2) / 3];
    char text[SIGNED_MAX];
    int64_t until_ms = 0;
    if (call == NULL) {
        return;
    }
    enum result result = own_key(call->api, pub, &until_ms, &err);
    if (result == RESULT_OK && !is_logged(call->api->tasks, pub)) {
        result = error_set(&err, FAULT_BUSY, "verzegelsleutel", "de sleutel wordt nog vastgelegd");
    }
    if (result == RESULT_OK) {
        const size_t len = signed_text(call->api->identity.origin, pub, until_ms, text);
        result = ed25519_sign(call->api->identity.checkpoints.key, slice_of(text, len), signature, &err);
    }
    if (result != RESULT_OK) {
        call_fail(call, &err);
        return;
    }
    base64url_write(slice_of(pub, sizeof pub), key_text);
    base64url_write(slice_of(signature, sizeof signature), signature_text);
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_put_slice(&w, "sleutel", slice_of(key_text, sizeof key_text));
    json_put_text(&w, "tot", moment_text(until_ms).text);
    json_put_slice(&w, "handtekening", slice_of(signature_text, sizeof signature_text));
    json_end_object(&w);
    call_answer(call, 200);
}

/* ---- those of partners ---- */

static struct tasks_key *find(struct tasks *tasks, const struct oin *partner)
{
    for (size_t i = 0; i < tasks->key_count; i++) {
        if (oin_equal(&tasks->keys[i].partner, partner)) {
            return &tasks->keys[i];
        }
    }
    return NULL;
}

const uint8_t *tasks_key_of(struct tasks *tasks, const struct oin *partner)
{
    const struct tasks_key *key = find(tasks, partner);
    return key != NULL && key->until_ms > clock_now(tasks->api->clock) ? key->pub : NULL;
}

bool tasks_key_refused(struct tasks *tasks, const struct oin *partner)
{
    struct tasks_key *key = find(tasks, partner);
    if (key == NULL) {
        return true;
    }
    key->until_ms = 0;
    return ++key->refusals < TASKS_KEY_REFUSALS;
}

void tasks_key_held(struct tasks *tasks, const struct oin *partner)
{
    struct tasks_key *key = find(tasks, partner);
    if (key != NULL) {
        key->refusals = 0;
    }
}

static void keep(struct tasks *tasks, const struct tasks_key *key)
{
    struct tasks_key *place = find(tasks, &key->partner);
    const unsigned refusals = place != NULL ? place->refusals : 0;
    if (place == NULL && tasks->key_count < TASKS_KEYS_MAX) {
        place = &tasks->keys[tasks->key_count++];
    }
    if (place == NULL) {
        place = &tasks->keys[0];
        for (size_t i = 1; i < tasks->key_count; i++) {
            place = tasks->keys[i].fetched_ms < place->fetched_ms ? &tasks->keys[i] : place;
        }
    }
    *place = *key;
    place->refusals = refusals;
}

struct fetching {
    struct tasks *tasks;
    struct api_covenant *held;
    struct oin partner;
    tasks_key_fn *done;
    void *ctx;
};

static const struct json_field fields[] = {
    {"sleutel", JSON_TEXT, true, 1, 64},
    {"tot", JSON_TEXT, true, 1, 32},
    {"handtekening", JSON_TEXT, true, 1, 128},
};

static enum result check(const struct fetching *f, const struct json *json, struct tasks_key *out, struct error *err)
{
    static const char what[] = "de verzegelsleutel van de ketenpartner klopt niet";
    uint8_t signature[ED25519_SIGNATURE_SIZE];
    char text[SIGNED_MAX];
    const struct party_keys *keys = NULL;
    const struct party *party = covenant_party(f->held->covenant, &f->partner);
    struct fault_list faults = {0};
    ENSURE(party != NULL, err, FAULT_PEER, "ketenpartner", "de ketenpartner is geen partij meer");
    json_check(json, "", fields, COUNT_OF(fields), &faults);
    ENSURE(faults.count == 0 && base64url_decode_exact(json_text_of(json, "sleutel"), out->pub, sizeof out->pub) &&
               base64url_decode_exact(json_text_of(json, "handtekening"), signature, sizeof signature) &&
               moment_parse(json_text_of(json, "tot"), &out->until_ms),
           err, FAULT_PEER, "ketenpartner", what);
    TRY(party_keys(f->held, party, &keys, err));
    const size_t len = signed_text(party->log_origin, out->pub, out->until_ms, text);
    ENSURE(ed25519_holds(keys->log.key, slice_of(text, len), signature), err, FAULT_PEER, "ketenpartner", what);
    ENSURE(out->until_ms > clock_now(f->tasks->api->clock), err, FAULT_PEER, "ketenpartner",
           "de verzegelsleutel van de ketenpartner geldt niet meer");
    return RESULT_OK;
}

static void fetched(void *ctx, const struct peer_outcome *outcome)
{
    struct fetching *f = ctx;
    struct error err;
    struct tasks_key key = {.partner = f->partner, .fetched_ms = clock_now(f->tasks->api->clock)};
    struct json *json CLEANUP(json_cleanup) = NULL;
    enum result result = RESULT_OK;
    if (outcome->kind != PEER_ANSWERED || outcome->status != 200) {
        result = error_set(&err, FAULT_PEER, "ketenpartner", "de verzegelsleutel van de ketenpartner kwam niet");
    }
    if (result == RESULT_OK) {
        result = json_parse(outcome->body, &json, &err);
    }
    if (result == RESULT_OK) {
        result = check(f, json, &key, &err);
    }
    if (result == RESULT_OK) {
        keep(f->tasks, &key);
    } else {
        err.fault = FAULT_PEER;
    }
    api_release_covenant(f->held);
    f->tasks->api->calls--;
    tasks_key_fn *done = f->done;
    void *whose = f->ctx;
    mem_free(f);
    done(whose, result == RESULT_OK ? NULL : &err);
}

enum result tasks_key_fetch(struct tasks *tasks, struct api_covenant *held, const struct oin *partner,
                            tasks_key_fn *done, void *ctx, struct error *err)
{
    const struct party *party = covenant_party(held->covenant, partner);
    ENSURE(party != NULL, err, FAULT_PEER, "ketenpartner", "de ketenpartner is geen partij meer");
    struct fetching *f = mem_zalloc(sizeof *f);
    ENSURE(f != NULL, err, FAULT_NO_MEMORY, "ketenpartner", "geen geheugen");
    *f = (struct fetching){tasks, api_hold(held), *partner, done, ctx};
    const struct peer_request request = {.target = {party->oin, party->url},
                                         .path = path,
                                         .request_id = entropy_ident(tasks->api->entropy),
                                         .background = true};
    if (peer_ask(tasks->api->peers, &request, fetched, f, NULL, err) != RESULT_OK) {
        api_release_covenant(f->held);
        mem_free(f);
        return RESULT_FAILED;
    }
    tasks->api->calls++;
    return RESULT_OK;
}
