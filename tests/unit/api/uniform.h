/*
 * uniform.h - people about whom a partner must learn nothing, for five reasons, and questions about them in mixed order.
 *
 * Classes: an ask key that is nobody's; somebody who is here and was never shared with the asker; and, of those in his
 * set, somebody about whom the covenant by now withholds all, who is by now shielded, whose help has ended. These come
 * into the set as it is published, by the very engine that a node runs, and change afterwards; it has noticed, and they
 * have not left yet. Beside them stand people who are shared: a decoy may be any of those in a set.
 * What a question may depend on is a person's shape: how many involvements there are. Shapes are drawn without regard to
 * the class, so that they tell nothing about it.
 * Used by test_uniform.c (what is done) and bench_timing_classes.c (how long it takes).
 */
#ifndef KETENBRUG_TESTS_UNIFORM_H
#define KETENBRUG_TESTS_UNIFORM_H

#include "unit/api/api_rig.h"

#include <math.h>

#include "api/consult_answer.h"
#include "api/consult_wire.h"
#include "api/sharing.h"

#define UNIFORM_CLASS_TABLE(X)                                                                                         \
    X(CLASS_UNKNOWN, "onbekend")                                                                                       \
    X(CLASS_NEVER_SHARED, "nooit gedeeld")                                                                             \
    X(CLASS_WITHHELD, "ingehouden")                                                                                    \
    X(CLASS_SHIELDED, "afgeschermd")                                                                                   \
    X(CLASS_ENDED, "beëindigd")

enum uniform_class {
#define X(class, word) class,
    UNIFORM_CLASS_TABLE(X)
#undef X
        CLASS_COUNT,
    CLASS_SHARED = CLASS_COUNT /* not compared: it is told */
};

static const char *const uniform_words[CLASS_COUNT] = {
#define X(class, word) [class] = (word),
    UNIFORM_CLASS_TABLE(X)
#undef X
};

enum { UNIFORM_SHAPE_MAX = 5, UNIFORM_BODY = 1024, UNIFORM_BATCH_PEOPLE = 400, UNIFORM_FIRST_NUMBER = 999000000 };

/* Of consults; test_uniform_signals.c has words of its own, and nobody's consent in the matter. */
#ifndef UNIFORM_PURPOSE
#define UNIFORM_PURPOSE  "hulpafstemming"
#define UNIFORM_PROVIDER DEBT_HELP
#define UNIFORM_SHARED   LIFE_FINANCE
#define UNIFORM_WITHHELD LIFE_MENTAL_HEALTH
#endif
#ifndef UNIFORM_ASKER
#define UNIFORM_ASKER AREA_TEAM
#endif
#ifndef UNIFORM_NEVER
#define UNIFORM_NEVER UNIFORM_SHARED
#endif

struct uniform_person {
    struct ident id;
    struct bsn bsn;
    struct ask_key key; /* by which the asker would name him */
    size_t shape;
    struct ident involvements[UNIFORM_SHAPE_MAX];
};

struct uniform_question {
    enum uniform_class class;
    uint32_t number; /* of the person within it */
};

struct uniform {
    struct rig rig;
    struct match_scope scope;
    struct cert_identity asker;
    struct rig_receipt receipt;
    size_t each;                                     /* people of each class */
    struct uniform_person *people[CLASS_SHARED + 1]; /* those of unknown keys have nothing but a key */
    struct uniform_question *questions;
    size_t count;
    uint32_t chance;
    uint32_t next_number;
};

static inline uint32_t uniform_draw(struct uniform *u, uint32_t below)
{
    u->chance = u->chance * 1664525U + 1013904223U;
    return (uint32_t)((uint64_t)u->chance * below >> 32);
}

static inline int64_t uniform_now(void *ctx)
{
    const struct rig *rig = ctx;
    return INT64_C(1767225600000) + rig->moved_ms;
}

/* ---- who is here ---- */

static inline void uniform_put(struct store_batch *batch, enum store_kind kind, const struct ident *parent,
                               struct slice key, struct buf *payload, const struct ident *id)
{
    const struct store_write item = {.id = *id,
                                     .parent = parent != NULL ? *parent : (struct ident){{0}},
                                     .keys = {key},
                                     .payload = buf_slice(payload)};
    assert_true(buf_ok(payload));
    store_put(batch, kind, &item);
    buf_clear(payload);
}

static inline struct bsn uniform_number(struct uniform *u)
{
    struct bsn bsn;
    char digits[BSN_DIGITS + 1];
    do {
        (void)snprintf(digits, sizeof digits, "%09u", u->next_number++ % 1000000000U);
    } while (!bsn_parse(slice_text(digits), &bsn));
    return bsn;
}

static inline void uniform_register(struct uniform *u, struct store_batch *batch, enum uniform_class class,
                                    struct uniform_person *p)
{
    struct subject subject = {.municipality = "9901", .birth = {1985, 3, 4}};
    struct fact consent = {.kind = FACT_CONSENT,
                           .state = STATE_GIVEN,
                           .consent = CONSENT_GROUND,
                           .as = GIVER_SUBJECT,
                           .categories = CATEGORY_BIT(CATEGORY_COUNT) - 1,
                           .recipients = {1, {"gebiedsteam"}},
                           .purposes = {1, {UNIFORM_PURPOSE}},
                           .from = {2025, 6, 1},
                           .told = true};
    struct buf payload;
    const struct ident fact = entropy_ident(&u->rig.entropy);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    p->id = entropy_ident(&u->rig.entropy);
    p->bsn = uniform_number(u);
    p->shape = 1 + uniform_draw(u, UNIFORM_SHAPE_MAX);
    subject.bsn = p->bsn;
    (void)snprintf(subject.family_name, sizeof subject.family_name, "Proefpersoon");
    subject_encode(&subject, &payload);
    uniform_put(batch, STORE_SUBJECT, NULL, bsn_digits(&p->bsn), &payload, &p->id);
    if (class != CLASS_NEVER_SHARED) {
        fact_encode(&consent, &payload);
        uniform_put(batch, STORE_FACT, &p->id, slice_of(NULL, 0), &payload, &fact);
    }
    buf_free(&payload);
    for (size_t i = 0; i < p->shape; i++) {
        p->involvements[i] = entropy_ident(&u->rig.entropy);
    }
}

/* As `class` has it; CLASS_SHARED: as it was when the set was published. */
static inline void uniform_involve(struct store_batch *batch, enum uniform_class class, const struct uniform_person *p)
{
    struct involvement i = rig_budget();
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    i.life_domain = class == CLASS_WITHHELD       ? UNIFORM_WITHHELD
                    : class == CLASS_NEVER_SHARED ? UNIFORM_NEVER
                                                  : UNIFORM_SHARED;
    i.sensitivity = class == CLASS_SHIELDED ? SENSITIVITY_SHIELDED : SENSITIVITY_NORMAL;
    i.until = class == CLASS_ENDED ? (struct date){2025, 12, 31} : (struct date){2030, 12, 31};
    for (size_t n = 0; n < p->shape; n++) {
        involvement_encode(&i, &payload);
        uniform_put(batch, STORE_INVOLVEMENT, &p->id, slice_of(NULL, 0), &payload, &p->involvements[n]);
    }
    buf_free(&payload);
}

/* Writes all people, or changes those who change; batch by batch. */
static inline void uniform_write_all(struct uniform *u, bool change)
{
    struct store_batch *batch = NULL;
    size_t in_batch = 0;
    for (int class = CLASS_NEVER_SHARED; class <= CLASS_SHARED; class ++) {
        for (size_t n = 0; n < u->each; n++) {
            struct uniform_person *p = &u->people[class][n];
            batch = batch != NULL ? batch : store_batch_new(u->rig.world.door);
            assert_non_null(batch);
            if (!change) {
                uniform_register(u, batch, (enum uniform_class) class, p);
                uniform_involve(batch, class == CLASS_NEVER_SHARED ? CLASS_NEVER_SHARED : CLASS_SHARED, p);
            } else {
                uniform_involve(batch, (enum uniform_class) class, p);
            }
            if (++in_batch == UNIFORM_BATCH_PEOPLE || (class == CLASS_SHARED && n + 1 == u->each)) {
                assert_int_equal(world_commit(&u->rig.world, batch), FAULT_NONE);
                batch = NULL;
                in_batch = 0;
            }
        }
    }
}

/* ---- their set, and how the asker names them ---- */

static inline void uniform_started(void *ctx, const struct error *err)
{
    assert_null(err);
    *(bool *)ctx = true;
}

static inline void uniform_share(struct uniform *u)
{
    static const struct match_times times = {.tick_ms = 1000,
                                             .urgent_tick_ms = 1000,
                                             .epoch_ms = INT64_C(28) * 86400000,
                                             .overlap_ms = INT64_C(48) * 3600000,
                                             .removal_ms = 86400000,
                                             .values_ms = INT64_C(28) * 86400000};
    struct error err;
    bool ready = false;
    assert_int_equal(sharing_open(&u->rig.api, &times, &u->rig.api.sharing, &err), RESULT_OK);
    sharing_start(u->rig.api.sharing, uniform_started, &ready);
    rig_run(&u->rig);
    assert_true(ready);
}

/* All that can be done at this moment is done; then a tick later, when it is to be published. */
static inline void uniform_settle(struct uniform *u, bool publish)
{
    for (int i = 0; i < 20 && (i == 0 || (publish && sharing_waiting(u->rig.api.sharing) != 0)); i++) {
        u->rig.moved_ms += publish ? 1000 : 0;
        sharing_tick(u->rig.api.sharing);
        rig_run(&u->rig);
    }
    assert_true(!publish || sharing_waiting(u->rig.api.sharing) == 0);
}

static inline void uniform_name_all(struct uniform *u)
{
    struct voprf_key key;
    struct error err;
    u->scope = (struct match_scope){.provider = u->rig.api.own_oin,
                                    .requester = u->asker.oin,
                                    .purpose = slice_text(UNIFORM_PURPOSE),
                                    .epoch = sharing_epoch(u->rig.api.sharing)};
    assert_int_equal(sharing_key(u->rig.api.sharing, &u->scope, &key, &err), RESULT_OK);
    for (int class = 0; class <= CLASS_SHARED; class ++) {
        for (size_t n = 0; n < u->each; n++) {
            struct uniform_person *p = &u->people[class][n];
            struct voprf_output output;
            struct match_value value;
            uint8_t input[MATCH_INPUT_BYTES];
            if (class == CLASS_UNKNOWN) {
                u->rig.entropy.fill(u->rig.entropy.ctx, p->key.bytes, sizeof p->key.bytes);
                continue;
            }
            match_input(&p->bsn, input);
            assert_int_equal(voprf_own(&key, slice_of(input, sizeof input), &output, &err), RESULT_OK);
            match_value_of(&u->scope, &output, &value);
            p->key = value.key;
        }
    }
}

/* Each class is what it is said to be: in the set or not, as the engine has it. */
static inline void uniform_check(struct uniform *u)
{
    for (int class = 0; class <= CLASS_SHARED; class ++) {
        size_t found = 0;
        for (size_t n = 0; n < u->each; n++) {
            struct ident id;
            const struct uniform_person *p = &u->people[class][n];
            if (sharing_find(u->rig.api.sharing, &u->scope, &p->key, &id)) {
                assert_true(ident_equal(&id, &p->id));
                found++;
            }
        }
        /* Of those who leave within a day, at moments by chance, a few may have left in the first second. */
        const bool in = class != CLASS_UNKNOWN && class != CLASS_NEVER_SHARED;
        assert_true(in ? found * 100 >= u->each * 99 : found == 0);
    }
}

static inline void uniform_shuffle(struct uniform *u)
{
    for (size_t i = u->count; i > 1; i--) {
        const size_t j = uniform_draw(u, (uint32_t)i);
        const struct uniform_question swap = u->questions[i - 1];
        u->questions[i - 1] = u->questions[j];
        u->questions[j] = swap;
    }
}

/* One question about each of `each` people of every class, in an order by chance. */
static inline void uniform_open(struct uniform *u, size_t each, uint32_t seed)
{
    *u = (struct uniform){.each = each, .chance = seed, .next_number = UNIFORM_FIRST_NUMBER};
    rig_open_with(&u->rig, UNIFORM_PROVIDER, false);
    u->rig.world.clock = (struct clock){uniform_now, &u->rig};
    u->asker = (struct cert_identity){.organisation = "Proef"};
    assert_true(oin_parse(slice_text(UNIFORM_ASKER), &u->asker.oin));
    u->receipt = rig_receipt(UNIFORM_ASKER);
    u->questions = calloc(each * CLASS_COUNT, sizeof *u->questions);
    assert_non_null(u->questions);
    for (int class = 0; class <= CLASS_SHARED; class ++) {
        u->people[class] = calloc(each, sizeof *u->people[class]);
        assert_non_null(u->people[class]);
        for (uint32_t n = 0; class < CLASS_COUNT && n < each; n++) {
            u->questions[u->count++] = (struct uniform_question){(enum uniform_class) class, n};
        }
    }
    uniform_write_all(u, false);
    uniform_share(u);
    uniform_settle(u, true);
    uniform_name_all(u);
    uniform_write_all(u, true);
    uniform_settle(u, false);
    uniform_check(u);
    uniform_shuffle(u);
}

static inline void uniform_close(struct uniform *u)
{
    sharing_stop(u->rig.api.sharing);
    rig_run(&u->rig);
    sharing_close(u->rig.api.sharing);
    free(u->questions);
    for (int class = 0; class <= CLASS_SHARED; class ++) {
        free(u->people[class]);
    }
    rig_close(&u->rig);
}

static inline void uniform_write(const struct uniform *u, const struct ask_key *key, char body[UNIFORM_BODY])
{
    char digits[2 * ASK_KEY_BYTES + 1];
    hex_encode(slice_of(key->bytes, sizeof key->bytes), digits);
    (void)snprintf(body, UNIFORM_BODY,
                   "{\"betrokkene\":{\"sleutel\":\"%s\",\"periode\":%d},\"doel\":\"hulpafstemming\","
                   "\"grondslag\":\"wmo-5.1.1\",\"rol\":\"generalist\",\"zaak\":\"0123456789abcdef0123456789abcdef\","
                   "\"gebruiker\":\"fedcba9876543210fedcba9876543210\",\"ontvangstbewijs\":\"%s\"}",
                   digits, (int)u->scope.epoch, u->receipt.text);
}

/* To be handed to consult_answer; `body` is the request's for as long as it lives. */
static inline struct http_request uniform_request(struct uniform *u, const struct ask_key *key, char body[UNIFORM_BODY])
{
    uniform_write(u, key, body);
    struct http_request request = rig_request(&u->rig, body);
    request.peer = &u->asker;
    request.request_id = "000102030405060708090a0b0c0d0e0f";
    return request;
}

/*
 * Whether two samples come from one distribution: Kolmogorov and Smirnov's distance, the largest between both cumulated
 * shares, against the bound past which it comes with the given chance when they do (their limit,
 * sqrt(-ln(chance / 2) / 2 * (n + m) / (n * m)); for values with ties it comes less often). Both rising.
 */
static inline double uniform_distance(const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
    double most = 0;
    for (size_t i = 0, j = 0; i < n && j < m;) {
        const uint64_t value = a[i] < b[j] ? a[i] : b[j];
        while (i < n && a[i] == value) {
            i++;
        }
        while (j < m && b[j] == value) {
            j++;
        }
        const double apart = fabs((double)i / (double)n - (double)j / (double)m);
        most = apart > most ? apart : most;
    }
    return most;
}

static inline double uniform_bound(double chance, size_t n, size_t m)
{
    return sqrt(-log(chance / 2) / 2 * (double)(n + m) / ((double)n * (double)m));
}

static inline int uniform_by_value(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

#endif
