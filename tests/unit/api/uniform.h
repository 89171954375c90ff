/*
 * uniform.h - people about whom a partner must learn nothing, for five reasons, and questions about them in mixed order.
 *
 * Classes: an ask key that is nobody's; somebody who is here and was never shared with the asker; and, of those in his
 * set, somebody about whom the covenant withholds all, somebody shielded, somebody whose help ended. Beside them stand
 * people who are shared: a decoy may be any of those in a set.
 * What a question may depend on is a person's shape: how many involvements there are. Shapes are drawn without regard to
 * the class, so that they tell nothing about it.
 * Used by test_uniform.c (what is done) and bench_timing_classes.c (how long it takes).
 */
#ifndef KETENBRUG_TESTS_UNIFORM_H
#define KETENBRUG_TESTS_UNIFORM_H

#define FAKE_PLACES_MAX 16384
#include "unit/api/sharing_fake.h"

#include <math.h>

#include "api/consult_answer.h"
#include "api/consult_wire.h"

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

enum { UNIFORM_SHAPE_MAX = 5, UNIFORM_BODY = 1024, UNIFORM_BATCH = 400 };

struct uniform_question {
    enum uniform_class class;
    uint32_t number; /* of the person within it */
};

struct uniform {
    struct rig rig;
    struct sharing sharing;
    struct cert_identity asker;
    struct rig_receipt receipt;
    size_t each; /* people of each class */
    struct uniform_question *questions;
    size_t count;
    uint32_t chance;
};

static inline uint32_t uniform_draw(struct uniform *u, uint32_t below)
{
    u->chance = u->chance * 1664525U + 1013904223U;
    return (uint32_t)((uint64_t)u->chance * below >> 32);
}

static inline struct ask_key uniform_key(enum uniform_class class, uint32_t number)
{
    char word[32];
    (void)snprintf(word, sizeof word, "%d/%u", (int)class, number);
    return fake_key(word);
}

static inline void uniform_put(struct store_batch *batch, struct rig *rig, enum store_kind kind,
                               const struct ident *parent, struct slice key, struct buf *payload, struct ident *id)
{
    *id = entropy_ident(&rig->entropy);
    const struct store_write item = {.id = *id,
                                     .parent = parent != NULL ? *parent : (struct ident){{0}},
                                     .keys = {key},
                                     .payload = buf_slice(payload),
                                     .is_new = true};
    assert_true(buf_ok(payload));
    store_put(batch, kind, &item);
    buf_clear(payload);
}

static inline struct involvement uniform_involvement(enum uniform_class class)
{
    struct involvement i = rig_budget();
    i.life_domain = class == CLASS_WITHHELD ? LIFE_MENTAL_HEALTH : LIFE_FINANCE;
    i.sensitivity = class == CLASS_SHIELDED ? SENSITIVITY_SHIELDED : SENSITIVITY_NORMAL;
    i.until = class == CLASS_ENDED ? (struct date){2025, 12, 31} : (struct date){2030, 12, 31};
    return i;
}

static inline void uniform_person(struct uniform *u, struct store_batch *batch, enum uniform_class class,
                                  uint32_t number)
{
    struct subject subject = {.municipality = "9901", .birth = {1985, 3, 4}};
    struct fact consent = {.kind = FACT_CONSENT,
                           .state = STATE_GIVEN,
                           .consent = CONSENT_GROUND,
                           .as = GIVER_SUBJECT,
                           .categories = CATEGORY_BIT(CATEGORY_COUNT) - 1,
                           .recipients = {1, {"gebiedsteam"}},
                           .purposes = {1, {"hulpafstemming"}},
                           .from = {2025, 6, 1},
                           .told = true};
    struct involvement involvement = uniform_involvement(class);
    char key[32];
    struct buf payload;
    struct ident person;
    struct ident child;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    (void)snprintf(subject.family_name, sizeof subject.family_name, "Proefpersoon");
    (void)snprintf(key, sizeof key, "%d-%u", (int)class, number);
    subject_encode(&subject, &payload);
    uniform_put(batch, &u->rig, STORE_SUBJECT, NULL, slice_text(key), &payload, &person);
    fact_encode(&consent, &payload);
    uniform_put(batch, &u->rig, STORE_FACT, &person, slice_of(NULL, 0), &payload, &child);
    for (uint32_t shape = 1 + uniform_draw(u, UNIFORM_SHAPE_MAX); shape > 0; shape--) {
        involvement_encode(&involvement, &payload);
        uniform_put(batch, &u->rig, STORE_INVOLVEMENT, &person, slice_of(NULL, 0), &payload, &child);
    }
    buf_free(&payload);
    if (class != CLASS_NEVER_SHARED) {
        assert_true(u->sharing.place_count < FAKE_PLACES_MAX);
        u->sharing.places[u->sharing.place_count++] = (struct fake_place){uniform_key(class, number), person};
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
    u->each = each;
    u->chance = seed;
    rig_open_with(&u->rig, DEBT_HELP, false);
    fake_sharing_use(&u->rig, &u->sharing);
    u->asker = (struct cert_identity){.organisation = "Proef"};
    assert_true(oin_parse(slice_text(AREA_TEAM), &u->asker.oin));
    u->receipt = rig_receipt(AREA_TEAM);
    u->count = 0;
    u->questions = calloc(each * CLASS_COUNT, sizeof *u->questions);
    assert_non_null(u->questions);
    struct store_batch *batch = NULL;
    for (uint32_t number = 0; number < each; number++) {
        for (int class = 0; class <= CLASS_SHARED; class ++) {
            batch = batch != NULL ? batch : store_batch_new(u->rig.world.door);
            assert_non_null(batch);
            if (class != CLASS_UNKNOWN) {
                uniform_person(u, batch, (enum uniform_class) class, number);
            }
            if (class != CLASS_SHARED) {
                u->questions[u->count++] = (struct uniform_question){(enum uniform_class) class, number};
            }
        }
        if (number % (UNIFORM_BATCH / CLASS_COUNT) == 0 || number + 1 == each) {
            assert_int_equal(world_commit(&u->rig.world, batch), FAULT_NONE);
            batch = NULL;
        }
    }
    uniform_shuffle(u);
}

static inline void uniform_close(struct uniform *u)
{
    free(u->questions);
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
                   digits, FAKE_EPOCH, u->receipt.text);
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
