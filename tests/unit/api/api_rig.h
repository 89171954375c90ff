/*
 * api_rig.h - handlers over a fake transport: a request in, an answer and log records out, partners played by the test.
 *
 * The test program brings its own http_* and peer_ask functions, so that the linker takes these and no socket exists.
 * The store is a real one in a folder of its own, on a disk that can be told to be full.
 * Thread: one. Ownership: rig_open/rig_close; a request is the test's.
 */
#ifndef KETENBRUG_TESTS_API_RIG_H
#define KETENBRUG_TESTS_API_RIG_H

#include "unit/unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "api/api.h"
#include "api/blocks.h"
#include "api/book.h"
#include "api/checkpoints.h"
#include "api/gossip.h"
#include "api/import_runs.h"
#include "api/indexing.h"
#include "api/lookups.h"
#include "api/meetings.h"
#include "api/outbox.h"
#include "base/mem.h"
#include "domain/fact.h"
#include "domain/person.h"
#include "support/fault_vfs.h"
#include "support/five.h"
#include "support/store_world.h"

#define AREA_TEAM "00000099000000001000"
#define SCHOOL    "00000099000000002000"
#define DEBT_HELP "00000099000000005000"
#define STRANGER  "00000099000000009000"

enum { RIG_ASKS_MAX = 256, RIG_TOKEN_MAX = 64 };

struct rig_ask { /* a question to a partner */
    struct oin partner;
    struct ident request_id;
    char path[160];
    char url[PARTY_URL_MAX + 1];
    struct buf body;
    peer_done *done;
    void *ctx;
    uint64_t leaves; /* durable when it was asked */
    uint32_t within_ms;
};

struct peer_pool {
    struct rig_ask asks[RIG_ASKS_MAX];
    size_t count;
    bool refuses;
    struct rig *rig;
};

struct rig {
    struct world world;
    struct fault_vfs vfs;
    struct api api;
    struct entropy entropy;
    struct peer_pool peers;
    uint32_t drawn;
    int64_t covenants; /* that were set */
    int64_t moved_ms;  /* for a test whose clock goes on */
};

struct http_request {
    struct rig *rig;
    const char *body;
    const char *authorization;
    const char *request_id;
    const char *parameter;
    const char *query;
    const struct cert_identity *peer;
    uint32_t uid;
    void (*gone)(void *ctx);
    void *gone_ctx;
    uint8_t room[64];                                                /* for http_request_alloc */
    enum http_pull (*pull)(void *ctx, struct buf *out, size_t room); /* of a streamed answer under way */
    void *pull_ctx;
    /* what came of it */
    bool broken; /* a streamed answer that was reset */
    int answers;
    int status;
    struct buf answer;
    char header[64]; /* "name: value" of one more header field; "" none */
    uint64_t leaves; /* durable when the answer left */
};

/* ---- the log ---- */

static inline void rig_describe(void *ctx, struct json_writer *w)
{
    (void)ctx;
    json_put_bool(w, "gereed", true);
}

static inline void rig_take_size(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    assert_null(err);
    *(uint64_t *)ctx = tree->size;
}

static inline uint64_t rig_leaves(struct rig *rig)
{
    uint64_t size = UINT64_MAX;
    store_log_head(rig->world.door, rig_take_size, &size);
    assert_true(size != UINT64_MAX);
    return size;
}

struct rig_reading {
    struct rig *rig;
    struct record *record;
    struct buf *text;
    uint8_t *leaf;
};

static inline void rig_take_leaf(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct rig_reading *r = ctx;
    struct error fault;
    assert_null(err);
    assert_int_equal(count, 1);
    assert_int_equal(audit_read(r->rig->api.audit, leaves, r->record, r->text, &fault), RESULT_OK);
    if (r->leaf != NULL) {
        memcpy(r->leaf, leaves->leaf, LOG_LEAF_BYTES);
    }
}

static inline struct record rig_record(struct rig *rig, uint64_t sequence)
{
    struct record record;
    struct rig_reading reading = {rig, &record, NULL, NULL};
    store_log_read(rig->world.door, sequence, 1, rig_take_leaf, &reading);
    return record;
}

static inline void rig_leaf(struct rig *rig, uint64_t sequence, uint8_t leaf[LOG_LEAF_BYTES])
{
    struct record record;
    struct rig_reading reading = {rig, &record, NULL, leaf};
    store_log_read(rig->world.door, sequence, 1, rig_take_leaf, &reading);
}

static inline struct record rig_last(struct rig *rig)
{
    return rig_record(rig, rig_leaves(rig) - 1);
}

/* ---- the fake transport ---- */

struct slice http_request_body(const struct http_request *request)
{
    return slice_text(request->body != NULL ? request->body : "");
}

struct slice http_request_header(const struct http_request *request, const char *lower_case_name)
{
    const char *value = strcmp(lower_case_name, "authorization") == 0 ? request->authorization
                        : strcmp(lower_case_name, "request-id") == 0  ? request->request_id
                                                                      : NULL;
    return slice_text(value != NULL ? value : "");
}

struct slice http_request_parameter(const struct http_request *request)
{
    return slice_text(request->parameter != NULL ? request->parameter : "");
}

struct slice http_request_query(const struct http_request *request)
{
    return slice_text(request->query != NULL ? request->query : "");
}

const struct cert_identity *http_request_peer(const struct http_request *request)
{
    return request->peer;
}

uint32_t http_request_uid(const struct http_request *request)
{
    return request->uid;
}

void http_request_on_gone(struct http_request *request, void (*gone)(void *ctx), void *ctx)
{
    request->gone = gone;
    request->gone_ctx = ctx;
}

void http_answer(struct http_request *request, int status, const char *media_type, struct slice body)
{
    assert_true(strcmp(media_type, status < 400 ? "application/json" : "application/problem+json") == 0 ||
                strncmp(media_type, "text/", 5) == 0 || strcmp(media_type, "application/octet-stream") == 0);
    request->answers++;
    request->status = status;
    request->leaves = rig_leaves(request->rig);
    buf_clear(&request->answer);
    buf_slice_in(&request->answer, body);
    buf_byte(&request->answer, '\0');
}

void http_answer_with(struct http_request *request, int status, const char *media_type, struct slice body,
                      const struct http_header *headers, size_t count)
{
    assert_true(count <= 1);
    request->header[0] = '\0';
    if (count != 0) {
        (void)snprintf(request->header, sizeof request->header, "%s: %s", headers[0].name, headers[0].value);
    }
    http_answer(request, status, media_type, body);
}

void *http_request_alloc(struct http_request *request, size_t size)
{
    assert_true(size <= sizeof request->room);
    return memset(request->room, 0, sizeof request->room);
}

/* As a client with a window of a kilobyte and a bit would get it. */
void http_resume(struct http_request *request)
{
    enum { ROOM = 1100 };
    enum http_pull more = HTTP_MORE;
    assert_non_null(request->pull);
    while (more == HTTP_MORE) {
        const size_t before = request->answer.len;
        more = request->pull(request->pull_ctx, &request->answer, ROOM);
        assert_true(request->answer.len - before <= ROOM && (more != HTTP_MORE || request->answer.len != before));
    }
    request->broken = more == HTTP_BROKEN;
    request->pull = more == HTTP_WAIT ? request->pull : NULL;
}

void http_answer_stream(struct http_request *request, int status, const char *media_type,
                        enum http_pull (*pull)(void *ctx, struct buf *out, size_t room), void *ctx)
{
    assert_non_null(media_type);
    request->answers++;
    request->status = status;
    request->leaves = rig_leaves(request->rig);
    buf_clear(&request->answer);
    request->pull = pull;
    request->pull_ctx = ctx;
    http_resume(request);
}

void http_answer_stream_with(struct http_request *request, int status, const char *media_type,
                             const struct http_header *headers, size_t count,
                             enum http_pull (*pull)(void *ctx, struct buf *out, size_t room), void *ctx)
{
    struct buf body;
    (void)headers;
    (void)count;
    buf_init(&body, 8388608);
    while (pull(ctx, &body, 100) == HTTP_MORE) {
    }
    assert_true(buf_ok(&body));
    http_answer(request, status, media_type, buf_slice(&body));
    buf_free(&body);
}

void http_answer_error(struct http_request *request, const struct error *err)
{
    struct buf problem;
    const struct fault_list faults = {.count = 1, .items = {*err}};
    buf_init(&problem, 4096);
    json_problem(&problem, &faults);
    http_answer(request, fault_status(err->fault), "application/problem+json", buf_slice(&problem));
    buf_free(&problem);
}

enum result peer_ask(struct peer_pool *pool, const struct peer_request *request, peer_done *done, void *ctx,
                     struct peer_call **out, struct error *err)
{
    (void)out;
    ENSURE(!pool->refuses, err, FAULT_BUSY, "", "vol");
    assert_true(pool->count < RIG_ASKS_MAX);
    struct rig_ask *ask = &pool->asks[pool->count++];
    *ask =
        (struct rig_ask){.partner = request->target.oin, .request_id = request->request_id, .done = done, .ctx = ctx};
    ask->leaves = rig_leaves(pool->rig);
    ask->within_ms = request->within_ms;
    (void)snprintf(ask->path, sizeof ask->path, "%s", request->path);
    (void)snprintf(ask->url, sizeof ask->url, "%s", request->target.url);
    buf_init(&ask->body, HTTP_BODY_SMALL);
    buf_slice_in(&ask->body, request->body);
    buf_byte(&ask->body, '\0');
    return RESULT_OK;
}

void peer_cancel(struct peer_call *call)
{
    (void)call;
    fail(); /* none is given out here */
}

uint32_t peer_pool_total_ms(const struct peer_pool *pool)
{
    (void)pool;
    return PEER_TOTAL_MS;
}

/* ---- logs of the sample's parties: tests/region/convenant.json names the keys of these seeds ---- */

static inline const char *rig_organisation(const char *oin)
{
    static const char *const names[] = {"gebiedsteam", "school", "cjg", "uwv", "schuldhulp"};
    return names[oin[16] >= '1' && oin[16] <= '5' ? oin[16] - '1' : 4];
}

static inline void rig_seed(const char *oin, const char *job, struct sha256 *out)
{
    char text[80];
    (void)snprintf(text, sizeof text, "ketenbrug voorbeeld %s %s", rig_organisation(oin), job);
    sha256_of(slice_text(text), out);
}

static inline void rig_write_key(const struct world *world, const char *oin, const char *job, const char *file)
{
    char path[WORLD_PATH_MAX + 32];
    struct sha256 seed;
    rig_seed(oin, job, &seed);
    (void)snprintf(path, sizeof path, "%s/%s", world->keys, file);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(seed.bytes, 1, SHA256_SIZE, out), SHA256_SIZE);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static inline void rig_counted_fill(void *ctx, void *out, size_t len)
{
    (void)ctx;
    memset(out, 7, len);
}

/* A receipt as this organisation's log would sign it now, as text. */
struct rig_receipt {
    char text[RECEIPT_TEXT + 1];
};

static inline struct rig_receipt rig_receipt_at(const char *oin, int64_t moved_ms)
{
    static const struct entropy entropy = {rig_counted_fill, NULL};
    struct rig_receipt receipt = {""};
    struct sha256 seed;
    struct note_key key;
    struct error err;
    uint8_t bytes[1][RECEIPT_BYTES];
    char origin[NOTE_NAME_MAX + 1];
    (void)snprintf(origin, sizeof origin, "%s.localhost/logboek", rig_organisation(oin));
    rig_seed(oin, "controlepunten", &seed);
    assert_int_equal(note_key_from_seed(origin, NOTE_ED25519, seed.bytes, &key, &err), RESULT_OK);
    const struct receipt_log log = {origin, 0, &key};
    const struct receipt_promise promise = {{{1}}, {{2}}};
    assert_int_equal(
        receipts_make(&log, &promise, 1, 1767225600000 + moved_ms + RECEIPT_WITHIN_MS, &entropy, bytes, &err),
        RESULT_OK);
    receipt_write(bytes[0], receipt.text);
    note_key_drop(&key);
    return receipt;
}

static inline struct rig_receipt rig_receipt(const char *oin)
{
    return rig_receipt_at(oin, 0);
}

/* An answer as that organisation would give it: padded, with its receipt. */
static inline void rig_answer_at(const char *oin, const char *entries, int64_t moved_ms,
                                 char out[CONSULT_ANSWER_BYTES + 1])
{
    const struct rig_receipt receipt = rig_receipt_at(oin, moved_ms);
    const int used =
        snprintf(out, CONSULT_ANSWER_BYTES, "{\"ontvangstbewijs\":\"%s\",\"betrokkenheden\":%s,\"opvulling\":\"",
                 receipt.text, entries);
    memset(out + used, 'x', CONSULT_ANSWER_BYTES - (size_t)used);
    memcpy(out + CONSULT_ANSWER_BYTES - 2, "\"}", 3);
}

static inline void rig_answer(const char *oin, const char *entries, char out[CONSULT_ANSWER_BYTES + 1])
{
    rig_answer_at(oin, entries, 0, out);
}

/* ---- the rig ---- */

/* Every byte another than the one before, and no two draws the same. */
static inline void rig_fill(void *ctx, void *out, size_t len)
{
    struct rig *rig = ctx;
    uint8_t *to = out;
    for (size_t i = 0; i < len; i++) {
        rig->drawn = rig->drawn * 1664525U + 1013904223U;
        to[i] = (uint8_t)(rig->drawn >> 24);
    }
}

static inline void rig_started(void *ctx, const struct error *err)
{
    assert_null(err);
    *(bool *)ctx = true;
}

static inline struct covenant *rig_covenant(const char *text)
{
    struct covenant *covenant = NULL;
    struct fault_list faults = {0};
    assert_int_equal(covenant_parse(slice_text(text), &covenant, &faults), RESULT_OK);
    return covenant;
}

/* The covenant of the sample region; the caller frees it. */
static inline char *rig_covenant_text(void)
{
    enum { ROOM = 65536 };
    char *text = malloc(ROOM);
    FILE *in = fopen(TEST_SOURCE_DIR "/tests/region/convenant.json", "r");
    assert_non_null(text);
    assert_non_null(in);
    const size_t len = fread(text, 1, ROOM - 1, in);
    assert_true(len > 0 && len < ROOM - 1);
    text[len] = '\0';
    (void)fclose(in);
    keep_five_parties(text);
    return text;
}

/* As if a signature had come in. */
static inline void rig_word(struct api_covenant *held, const struct oin *oin, enum statement_type type, int64_t at_s)
{
    struct statement statement = {.type = type, .signed_at_s = at_s, .oin = *oin};
    enum agreement_news news;
    struct error err;
    (void)snprintf(statement.hash, sizeof statement.hash, "%s", covenant_hash(held->covenant));
    assert_int_equal(agreement_add(held->agreement, held->covenant, &statement, &news, &err), RESULT_OK);
}

/* All its parties accept it, and no other document holds any more. */
static inline void rig_set_covenant(struct rig *rig, const char *text)
{
    struct error err;
    struct api_covenant *held = NULL;
    rig->covenants++;
    for (size_t i = 0; i < rig->api.book->count; i++) {
        struct api_covenant *other = rig->api.book->entries[i];
        for (size_t p = 0; p < covenant_party_count(other->covenant); p++) {
            rig_word(other, &covenant_party_at(other->covenant, p)->oin, STATEMENT_REJECT, rig->covenants);
        }
    }
    rig->covenants++;
    assert_int_equal(book_add(&rig->api, rig_covenant(text), slice_text(text), true, &held, &err), RESULT_OK);
    for (size_t i = 0; i < covenant_party_count(held->covenant); i++) {
        rig_word(held, &covenant_party_at(held->covenant, i)->oin, STATEMENT_ACCEPT, rig->covenants);
    }
    book_choose(&rig->api);
}

static const struct match_times rig_match_times = {
    .tick_ms = MATCH_TICK_MS,
    .urgent_tick_ms = MATCH_TICK_URGENT_MS,
    .epoch_ms = MATCH_EPOCH_MS_DAYS * INT64_C(86400000),
    .overlap_ms = MATCH_OVERLAP_HOURS * INT64_C(3600000),
    .removal_ms = MATCH_REMOVAL_MS,
    .values_ms = MATCH_VALUES_DAYS * INT64_C(86400000),
};

/* `synced`: whether a commit waits for the disk; without, ten thousand of them take seconds instead of a minute. */
static inline void rig_open_with(struct rig *rig, const char *own_oin, bool synced)
{
    struct error err = {0};
    bool started = false;
    *rig = (struct rig){.drawn = 1};
    rig->entropy = (struct entropy){rig_fill, rig};
    rig->peers.rig = rig;
    fault_vfs_install(&rig->vfs);
    world_make(&rig->world);
    rig->world.options.test_without_sync = !synced;
    rig_write_key(&rig->world, own_oin, "controlepunten", "controlepunten.key");
    rig_write_key(&rig->world, own_oin, "getuige", "getuige.key");
    assert_int_equal(world_open(&rig->world, &err), RESULT_OK);
    rig->api = (struct api){.door = rig->world.door,
                            .keyring = rig->world.keyring,
                            .peers = &rig->peers,
                            .clock = &rig->world.clock,
                            .entropy = &rig->entropy,
                            .loop = &rig->world.loop,
                            .imports = import_runs_new(),
                            .book = book_new(),
                            .describe = rig_describe};
    assert_non_null(rig->api.imports);
    assert_true(oin_parse(slice_text(own_oin), &rig->api.own_oin));
    assert_int_equal(audit_open(rig->world.keyring, &rig->world.clock, &rig->entropy, &rig->api.audit, &err),
                     RESULT_OK);
    audit_start(rig->api.audit, rig->world.door, rig_started, &started);
    assert_true(started);
    started = false;
    blocks_open(&rig->api, rig_started, &started);
    assert_true(started);
    char *text = rig_covenant_text();
    rig_set_covenant(rig, text);
    free(text);
    const struct party *self = api_self(&rig->api, rig->api.covenant->covenant);
    assert_int_equal(
        log_identity_open(rig->world.keyring, self != NULL ? self->log_origin : "vreemd", 0, &rig->api.identity, &err),
        RESULT_OK);
    assert_int_equal(
        receipt_desk_open(rig->api.loop, &rig->api.identity, rig->api.clock, &rig->entropy, &rig->api.receipts, &err),
        RESULT_OK);
    assert_int_equal(gossip_open(&rig->api, &rig->api.gossip, &err), RESULT_OK);
    assert_int_equal(outbox_open(&rig->api, &rig->api.outbox, &err), RESULT_OK);
    assert_int_equal(lookups_open(&rig->api, &rig_match_times, &rig->api.lookups, &err), RESULT_OK);
    assert_int_equal(indexing_open(&rig->api, &rig->api.indexing, &err), RESULT_OK);
    assert_int_equal(checkpoints_open(&rig->api, CHECKPOINT_MS, &rig->api.checkpoints, &err), RESULT_OK);
}

static inline void rig_open(struct rig *rig, const char *own_oin)
{
    rig_open_with(rig, own_oin, true);
}

static inline void rig_run(struct rig *rig);

static inline void rig_close(struct rig *rig)
{
    assert_int_equal(rig->api.calls, 0);
    for (size_t i = 0; i < rig->peers.count; i++) {
        buf_free(&rig->peers.asks[i].body);
    }
    import_runs_free(rig->api.imports);
    receipt_desk_close(rig->api.receipts);
    rig_run(rig);
    checkpoints_close(rig->api.checkpoints);
    blocks_close(&rig->api);
    gossip_close(rig->api.gossip);
    meetings_close(&rig->api);
    outbox_close(rig->api.outbox);
    lookups_close(rig->api.lookups);
    indexing_close(rig->api.indexing);
    log_identity_drop(&rig->api.identity);
    audit_close(rig->api.audit);
    world_close(&rig->world);
    world_drop(&rig->world);
    fault_vfs_remove(&rig->vfs);
    book_free(rig->api.book);
}

/* From here on nothing can be written any more, or again. */
static inline void rig_disk_full(struct rig *rig, bool full)
{
    atomic_store(&rig->vfs.write_code, full ? SQLITE_FULL : SQLITE_OK);
}

/* Until nothing is under way but questions to partners. */
static inline void rig_run(struct rig *rig)
{
    (void)uv_run(&rig->world.loop, UV_RUN_DEFAULT);
}

static inline struct http_request rig_request(struct rig *rig, const char *body)
{
    struct http_request request = {.rig = rig, .body = body, .uid = HTTP_NO_UID};
    buf_init(&request.answer, 8388608);
    return request;
}

static inline void rig_handle(http_handler *handler, struct http_request *request)
{
    handler(request, &request->rig->api);
    rig_run(request->rig);
    assert_null(request->pull); /* nobody is left waiting */
}

static inline bool rig_says(const struct http_request *request, const char *text)
{
    return strstr((const char *)request->answer.ptr, text) != NULL;
}

static inline void rig_forget(struct http_request *request)
{
    buf_wipe(&request->answer);
}

/* ---- what is registered ---- */

static inline void rig_put(struct rig *rig, enum store_kind kind, const struct store_write *item)
{
    struct store_batch *batch = store_batch_new(rig->world.door);
    assert_non_null(batch);
    store_put(batch, kind, item);
    assert_int_equal(world_commit(&rig->world, batch), FAULT_NONE);
}

/* A user whose authorization header is `header` ("Bearer ..."). */
static inline void rig_user(struct rig *rig, const char *name, uint32_t roles, bool blocked, const char *header)
{
    struct user user = {.roles = roles, .blocked = blocked};
    struct buf payload;
    (void)snprintf(user.name, sizeof user.name, "%s", name);
    (void)snprintf(user.regulation, sizeof user.regulation, "%s",
                   covenant_regulation(rig->api.covenant->covenant)->version);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    user_encode(&user, &payload);
    const struct store_write item = {.id = entropy_ident(&rig->entropy),
                                     .keys = {slice_text(name), slice_text(header + 7)},
                                     .payload = buf_slice(&payload)};
    rig_put(rig, STORE_USER, &item);
    buf_free(&payload);
}

static inline struct ident rig_person(struct rig *rig, const char *bsn)
{
    struct subject subject = {.municipality = "9901"};
    struct buf payload;
    assert_true(bsn_parse(slice_text(bsn), &subject.bsn));
    assert_true(date_parse(slice_text("1985-03-04"), &subject.birth));
    (void)snprintf(subject.family_name, sizeof subject.family_name, "Proefpersoon");
    buf_init(&payload, STORE_PAYLOAD_MAX);
    subject_encode(&subject, &payload);
    const struct store_write item = {
        .id = entropy_ident(&rig->entropy), .keys = {slice_text(bsn)}, .payload = buf_slice(&payload)};
    rig_put(rig, STORE_SUBJECT, &item);
    buf_free(&payload);
    return item.id;
}

static inline void rig_fact(struct rig *rig, const struct ident *person, const struct fact *fact)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    fact_encode(fact, &payload);
    const struct store_write item = {
        .id = entropy_ident(&rig->entropy), .parent = *person, .payload = buf_slice(&payload)};
    rig_put(rig, STORE_FACT, &item);
    buf_free(&payload);
}

/* The person lets the area team know what the sample covenant asks his consent for. */
static inline void rig_consent(struct rig *rig, const struct ident *person)
{
    struct fact fact = {.kind = FACT_CONSENT,
                        .state = STATE_GIVEN,
                        .consent = CONSENT_GROUND,
                        .as = GIVER_SUBJECT,
                        .categories = CATEGORY_BIT(CATEGORY_COUNT) - 1,
                        .recipients = {1, {"gebiedsteam"}},
                        .purposes = {1, {"hulpafstemming"}},
                        .from = {2025, 6, 1},
                        .told = true};
    rig_fact(rig, person, &fact);
}

static inline struct involvement rig_budget(void)
{
    struct involvement i = {.life_domain = LIFE_FINANCE};
    (void)snprintf(i.service, sizeof i.service, "budgetbeheer");
    (void)snprintf(i.phase, sizeof i.phase, "uitvoering");
    (void)snprintf(i.contact.name, sizeof i.contact.name, "Jo de Boer");
    (void)snprintf(i.contact.phone, sizeof i.contact.phone, "088-5550101");
    assert_true(date_parse(slice_text("2025-02-01"), &i.since));
    return i;
}

static inline void rig_involve(struct rig *rig, const struct ident *person, const struct involvement *involvement)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    involvement_encode(involvement, &payload);
    const struct store_write item = {
        .id = entropy_ident(&rig->entropy), .parent = *person, .payload = buf_slice(&payload)};
    rig_put(rig, STORE_INVOLVEMENT, &item);
    buf_free(&payload);
}

#endif
