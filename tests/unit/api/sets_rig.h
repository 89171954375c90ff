/*
 * sets_rig.h - the providers' half of private matching, played by a test of the asker's: every partner has a set for every
 * purpose, real ones by published_set.h, and evaluates with real keys; what is asked of it is answered by sets_answer, and
 * what is left in rig->peers are the questions about people.
 *
 * Thread: one. Ownership: sets_open/sets_close, between rig_open and rig_close.
 */
#ifndef KETENBRUG_TESTS_SETS_RIG_H
#define KETENBRUG_TESTS_SETS_RIG_H

#include "unit/api/api_rig.h"

#include "api/match_wire.h"
#include "matching/published_set.h"

enum { SETS_PEOPLE_MAX = 64, SETS_EPOCH = 700, SETS_ROUNDS_MAX = 400 };

enum sets_spoil {
    SPOIL_NOTHING,
    SPOIL_PROOF,   /* a bit of the proof is another */
    SPOIL_KEY,     /* evaluates with a key that its set does not name, proven */
    SPOIL_EPOCH,   /* says another epoch */
    SPOIL_RECEIPT, /* of another organisation */
    SPOIL_FORM,
    SPOIL_QUOTA, /* 429 */
    SPOIL_OVER,  /* 422 */
    SPOIL_BUSY,  /* 503 */
    SPOIL_DOWN,
};

/* Of the keys of all partners: another when they lost theirs. */
static uint8_t sets_seed = 1;

struct sets {
    struct rig *rig;
    uint32_t epoch; /* the newest */
    uint64_t version;
    struct {
        char oin[OIN_DIGITS + 1];
        struct bsn person;
    } people[SETS_PEOPLE_MAX];
    size_t count;
    char spoiler[OIN_DIGITS + 1]; /* who does that; "": all */
    enum sets_spoil spoil;
    char setless[OIN_DIGITS + 1]; /* 403 */
    size_t evaluations;           /* answered */
    size_t pages;
    uint32_t class;                     /* at least, */
    char large[OIN_DIGITS + 1];         /* of this one's sets; "": all */
    bool silent;                        /* the spoiler's sets are asked for and not answered */
    enum peer_outcome_kind set_outcome; /* and how that ends; PEER_ANSWERED: with the set */
    /* Makes another body of the true one, of the spoiler's sets; `path` is what was asked. */
    void (*bend)(struct sets *sets, const char *path, struct buf *body);
    void *bend_ctx;
};

static inline bool sets_is(const char *name, const struct oin *oin)
{
    return name[0] == '\0' || strcmp(name, oin->digits) == 0;
}

static inline struct match_scope sets_scope(const struct sets *sets, const struct oin *provider, struct slice purpose)
{
    return (struct match_scope){*provider, sets->rig->api.own_oin, purpose, sets->epoch};
}

static inline struct voprf_key sets_key(const struct match_scope *scope, uint8_t first)
{
    uint8_t seed[VOPRF_SEED] = {first};
    uint8_t info[MATCH_INFO_MAX];
    struct voprf_key key;
    struct error err;
    assert_int_equal(voprf_derive_key(seed, slice_of(info, match_info(scope, info)), &key, &err), RESULT_OK);
    return key;
}

static inline struct match_value sets_value(const struct match_scope *scope, const struct bsn *person)
{
    const struct voprf_key key = sets_key(scope, sets_seed);
    uint8_t input[MATCH_INPUT_BYTES];
    struct voprf_output output;
    struct match_value value;
    struct error err;
    match_input(person, input);
    assert_int_equal(voprf_own(&key, slice_of(input, sizeof input), &output, &err), RESULT_OK);
    match_value_of(scope, &output, &value);
    return value;
}

static inline void sets_know(struct sets *sets, const char *oin, const char *bsn)
{
    assert_true(sets->count < SETS_PEOPLE_MAX);
    (void)snprintf(sets->people[sets->count].oin, OIN_DIGITS + 1, "%s", oin);
    assert_true(bsn_parse(slice_text(bsn), &sets->people[sets->count].person));
    sets->count++;
}

/* The sample covenant with `more` parties of the kind debt help that work in `area`. */
static inline char *sets_covenant_with(unsigned more, const char *area)
{
    enum { ROOM = 2097152 };
    char *text = rig_covenant_text();
    char *at = strstr(text, "\"partijen\": [");
    char *larger = malloc(ROOM);
    assert_non_null(at);
    assert_non_null(larger);
    at += strlen("\"partijen\": [");
    size_t len = (size_t)snprintf(larger, ROOM, "%.*s", (int)(at - text), text);
    for (unsigned i = 0; i < more; i++) {
        len += (size_t)snprintf(
            larger + len, ROOM - len,
            "{\"oin\":\"000000990000001%05u\",\"naam\":\"Schuldhulp %u\",\"soort\":\"schuldhulp\","
            "\"knooppunt\":\"https://s%u.localhost:17443\",\"niveau\":2,\"bsnGrondslag\":"
            "\"wmo-5.2.9\",\"werkgebied\":[\"%s\"],\"fgContact\":\"fg@s.example\","
            "\"logboek\":{\"oorsprong\":\"s%u\",\"sleutel\":\"x+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAA"
            "AAAAAAAAAAAAAAAA\",\"getuige\":\"x+00000000+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}},",
            i, i, i, area, i);
    }
    assert_true(len + strlen(at) < ROOM);
    memcpy(larger + len, at, strlen(at) + 1);
    free(text);
    return larger;
}

/* ---- sets ---- */

/* The set of these people; the last one is kept, as a large one is asked for in many pages. */
static inline struct published_set *sets_made(uint32_t class, const uint64_t *people, size_t count, uint64_t version)
{
    static const uint8_t secret[VOPRF_SEED] = {9};
    static struct {
        struct published_set *set;
        uint32_t class;
        uint64_t people[SETS_PEOPLE_MAX];
        size_t count;
        uint64_t version;
    } kept;
    const struct published_state least = {class, 0};
    struct error err;
    if (kept.set == NULL || kept.class != class || kept.version != version || kept.count != count ||
        memcmp(kept.people, people, count * sizeof *people) != 0) {
        memcpy(kept.people, people, count * sizeof *people);
        published_set_close(kept.set);
        kept.class = class;
        kept.count = count;
        kept.version = version;
        assert_int_equal(published_set_open(secret, &least, people, count, version, &kept.set, &err), RESULT_OK);
    }
    return kept.set;
}

static inline void sets_page(struct sets *sets, const struct match_scope *scope, uint32_t place, struct buf *body)
{
    uint64_t people[SETS_PEOPLE_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; i < sets->count; i++) {
        if (sets_is(sets->people[i].oin, &scope->provider)) {
            people[count++] = sets_value(scope, &sets->people[i].person).fingerprint;
        }
    }
    const uint32_t class = sets_is(sets->large, &scope->provider) ? sets->class : 0;
    const struct published_set *set = sets_made(class, people, count, sets->version);
    const struct set_header header = {.part = SET_PAGE,
                                      .epoch = scope->epoch,
                                      .newest = sets->epoch,
                                      .class = published_set_class(set),
                                      .place = place,
                                      .version = sets->version,
                                      .root = *published_set_root(set),
                                      .key = sets_key(scope, sets_seed).public};
    set_write_page(&header, published_set_entries(set), body);
    sets->pages++;
}

static inline void sets_give(struct sets *sets, const struct rig_ask *ask, struct buf *body)
{
    const char *purpose = strrchr(ask->path, '/') + 1;
    const size_t len = strcspn(purpose, "?");
    const struct match_scope scope = sets_scope(sets, &ask->partner, slice_of(purpose, len));
    const char *place = strstr(ask->path, "plaats=");
    sets_page(sets, &scope, place != NULL ? (uint32_t)strtoul(place + 7, NULL, 10) : 0, body);
    if (sets->bend != NULL && sets_is(sets->spoiler, &ask->partner)) {
        sets->bend(sets, ask->path, body);
    }
}

/* ---- evaluations ---- */

static inline size_t sets_read(const struct rig_ask *ask, char purpose[CODE_MAX + 1],
                               struct voprf_element blinded[MATCH_BATCH])
{
    struct json *json CLEANUP(json_cleanup) = NULL;
    struct error err;
    size_t count = 0;
    assert_int_equal(json_parse(slice_of(ask->body.ptr, ask->body.len - 1), &json, &err), RESULT_OK);
    assert_true(slice_copy_text(json_text_of(json, "doel"), purpose, CODE_MAX + 1));
    const struct json *list = json_member(json, "waarden");
    for (const struct json *value = json_first(list); value != NULL; value = json_next(value)) {
        struct buf bytes;
        buf_init(&bytes, VOPRF_ELEMENT);
        assert_true(count < MATCH_BATCH && base64_decode(json_text(value), &bytes));
        assert_int_equal(bytes.len, VOPRF_ELEMENT);
        memcpy(blinded[count++].bytes, bytes.ptr, VOPRF_ELEMENT);
        buf_free(&bytes);
    }
    return count;
}

static inline void sets_put(struct json_writer *w, const char *name, const uint8_t *bytes, size_t len)
{
    struct buf text;
    buf_init(&text, 128);
    base64_encode(slice_of(bytes, len), &text);
    json_put_slice(w, name, buf_slice(&text));
    buf_free(&text);
}

static inline void sets_evaluate(struct sets *sets, const struct rig_ask *ask, enum sets_spoil spoil, struct buf *body)
{
    char purpose[CODE_MAX + 1];
    struct voprf_element blinded[MATCH_BATCH];
    struct voprf_element evaluated[MATCH_BATCH];
    uint8_t wide[VOPRF_WIDE] = {3};
    uint8_t proof[VOPRF_PROOF];
    struct error err;
    assert_int_equal(sets_read(ask, purpose, blinded), MATCH_BATCH);
    const struct match_scope scope = sets_scope(sets, &ask->partner, slice_text(purpose));
    const struct voprf_key key = sets_key(&scope, spoil == SPOIL_KEY ? 2 : sets_seed);
    assert_int_equal(voprf_evaluate(&key, blinded, MATCH_BATCH, wide, evaluated, proof, &err), RESULT_OK);
    proof[0] ^= spoil == SPOIL_PROOF;
    struct json_writer w = json_writer(body);
    json_begin_object(&w, NULL);
    json_put_int(&w, "periode", sets->epoch + (spoil == SPOIL_EPOCH));
    sets_put(&w, "sleutel", key.public.bytes, VOPRF_ELEMENT);
    json_begin_array(&w, "waarden");
    for (size_t i = spoil == SPOIL_FORM; i < MATCH_BATCH; i++) {
        sets_put(&w, NULL, evaluated[i].bytes, VOPRF_ELEMENT);
    }
    json_end_array(&w);
    sets_put(&w, "bewijs", proof, sizeof proof);
    const char *signer = spoil != SPOIL_RECEIPT ? ask->partner.digits : sets->rig->api.own_oin.digits;
    json_put_text(&w, "ontvangstbewijs", rig_receipt_at(signer, sets->rig->moved_ms).text);
    json_end_object(&w);
    sets->evaluations++;
}

/* ---- answering ---- */

static inline bool sets_asked(const struct sets *sets, const struct rig_ask *ask)
{
    if (sets->silent && sets_is(sets->spoiler, &ask->partner)) {
        return false;
    }
    return strncmp(ask->path, "/v1/opzoeksets/", 15) == 0 || strcmp(ask->path, "/v1/blinde-evaluaties") == 0;
}

static inline void sets_answer_one(struct sets *sets, struct rig_ask *ask)
{
    static const int statuses[] = {[SPOIL_QUOTA] = 429, [SPOIL_OVER] = 422, [SPOIL_BUSY] = 503, [SPOIL_DOWN] = 0};
    struct buf body;
    struct peer_outcome outcome = {.kind = PEER_ANSWERED, .status = 200, .media_type = "", .tries = 1};
    const bool is_set = strncmp(ask->path, "/v1/opzoeksets/", 15) == 0;
    const enum sets_spoil spoil = !is_set && sets_is(sets->spoiler, &ask->partner) ? sets->spoil : SPOIL_NOTHING;
    buf_init(&body, 65536);
    if (is_set && sets->setless[0] != '\0' && sets_is(sets->setless, &ask->partner)) {
        outcome.status = 403;
    } else if (is_set && sets->set_outcome != PEER_ANSWERED && sets_is(sets->spoiler, &ask->partner)) {
        outcome.status = 0;
        outcome.kind = sets->set_outcome;
    } else if (is_set) {
        sets_give(sets, ask, &body);
    } else if (spoil >= SPOIL_QUOTA) {
        outcome.status = statuses[spoil];
        outcome.kind = spoil == SPOIL_DOWN ? PEER_DOWN : PEER_ANSWERED;
    } else {
        sets_evaluate(sets, ask, spoil, &body);
    }
    outcome.body = buf_slice(&body);
    ask->done(ask->ctx, &outcome);
    buf_free(&body);
}

/* Until nothing is asked but about people. */
static inline void sets_answer(struct sets *sets)
{
    struct peer_pool *peers = &sets->rig->peers;
    bool any = true;
    for (int rounds = 0; any; rounds++) {
        assert_true(rounds < SETS_ROUNDS_MAX);
        any = false;
        for (size_t i = 0; i < peers->count && !any; i++) {
            if (sets_asked(sets, &peers->asks[i])) {
                struct rig_ask ask = peers->asks[i];
                peers->count--;
                memmove(&peers->asks[i], &peers->asks[i + 1], (peers->count - i) * sizeof *peers->asks);
                sets_answer_one(sets, &ask);
                buf_free(&ask.body);
                any = true;
            }
        }
        rig_run(sets->rig);
    }
}

static inline void sets_ready(void *ctx, const struct error *err)
{
    assert_null(err);
    *(bool *)ctx = true;
}

static inline int64_t sets_now(void *ctx)
{
    const struct rig *rig = ctx;
    return 1767225600000 + rig->moved_ms;
}

/* The next version of all sets, and a round of asking for it, without answers. */
static inline void sets_due(struct sets *sets)
{
    sets->version++;
    sets->rig->moved_ms += MATCH_TICK_MS;
    lookups_tick(sets->rig->api.lookups);
    rig_run(sets->rig);
}

static inline void sets_turn(struct sets *sets)
{
    sets_due(sets);
    sets_answer(sets);
}

/* Everybody in `people` is in everybody's sets. */
static inline void sets_open(struct sets *sets, struct rig *rig, const char *const *people, size_t count)
{
    bool ready = false;
    *sets = (struct sets){.rig = rig, .epoch = SETS_EPOCH, .version = 1};
    sets_seed = 1;
    rig->world.clock = (struct clock){sets_now, rig};
    for (size_t i = 0; i < count; i++) {
        sets_know(sets, "", people[i]);
    }
    lookups_start(rig->api.lookups, sets_ready, &ready);
    rig_run(rig);
    assert_true(ready);
    lookups_tick(rig->api.lookups);
    rig_run(rig);
    sets_answer(sets);
    assert_int_equal(lookups_rounds_ended(rig->api.lookups), 1);
}

#endif
