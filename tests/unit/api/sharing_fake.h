/*
 * sharing_fake.h - the provider's half of private matching as a test wants it: who is behind which ask key, which epochs
 * serve, what was published. Brings its own sharing_* functions, so that the linker takes these; keys are real ones.
 *
 * Thread: one. Ownership: a struct fake_sharing is the test's; fake_sharing_use before a handler runs.
 */
#ifndef KETENBRUG_TESTS_SHARING_FAKE_H
#define KETENBRUG_TESTS_SHARING_FAKE_H

#include "unit/api/api_rig.h"

#include "api/sharing.h"
#include "api/sharing_places.h"

enum { FAKE_PLACES_MAX = 16, FAKE_EPOCH = 700 };

struct fake_place {
    struct ask_key key;
    struct ident subject;
};

struct sharing {
    uint32_t epoch;
    bool before, after; /* the epochs beside it serve too */
    uint32_t with_set;  /* the newest with a published set; 0: none is said to be */
    struct fake_place places[FAKE_PLACES_MAX];
    size_t place_count;
    struct sharing_set set; /* without entries: none was published */
    uint64_t step_from;     /* 0: no step is kept */
    struct set_swap step[SET_STEP_SWAPS];
    uint32_t step_swaps;
    bool silent;                /* its sets are not published */
    size_t found, decoyed;      /* how often asked */
    struct ident shown_subject; /* in whose name `shown` is given, so many times */
    struct sharing_place shown;
    size_t shown_count;
};

static inline void fake_sharing_use(struct rig *rig, struct sharing *sharing)
{
    *sharing = (struct sharing){.epoch = FAKE_EPOCH};
    rig->api.sharing = sharing;
}

/* An ask key for this word, such as a number. */
static inline struct ask_key fake_key(const char *word)
{
    struct ask_key key;
    struct sha256 hash;
    sha256_of(slice_text(word), &hash);
    memcpy(key.bytes, hash.bytes, sizeof key.bytes);
    return key;
}

static inline void fake_place(struct rig *rig, const char *word, const struct ident *subject)
{
    struct sharing *sharing = rig->api.sharing;
    assert_true(sharing->place_count < FAKE_PLACES_MAX);
    sharing->places[sharing->place_count++] = (struct fake_place){fake_key(word), *subject};
}

size_t sharing_waiting(const struct sharing *sharing)
{
    (void)sharing;
    return 0;
}

uint64_t sharing_version(const struct sharing *sharing)
{
    return sharing->set.header.version;
}

void sharing_covenant_changed(struct sharing *sharing)
{
    (void)sharing;
}

/* Of the places of this person those that a test asked for. */
void sharing_places(const struct sharing *sharing, const struct ident *subject, sharing_place_fn *each, void *ctx)
{
    for (size_t i = 0; i < sharing->shown_count; i++) {
        if (ident_equal(&sharing->shown_subject, subject)) {
            each(ctx, &sharing->shown);
        }
    }
}

void sharing_describe(const struct sharing *sharing, struct json_writer *w)
{
    (void)sharing;
    json_put_int(w, "versie", 1);
}

uint32_t sharing_epoch(const struct sharing *sharing)
{
    return sharing->epoch;
}

bool sharing_epoch_serves(const struct sharing *sharing, uint32_t epoch)
{
    return epoch == sharing->epoch || (sharing->before && epoch + 1 == sharing->epoch) ||
           (sharing->after && epoch == sharing->epoch + 1);
}

uint32_t sharing_epoch_with_set(const struct sharing *sharing, const struct match_scope *scope)
{
    (void)scope;
    return sharing->with_set;
}

int64_t sharing_epoch_opens(const struct sharing *sharing, uint32_t epoch)
{
    (void)sharing;
    return epoch * INT64_C(86400000) * MATCH_EPOCH_MS_DAYS - INT64_C(3600000) * MATCH_OVERLAP_HOURS;
}

enum result sharing_key(struct sharing *sharing, const struct match_scope *scope, struct voprf_key *out,
                        struct error *err)
{
    static const uint8_t seed[VOPRF_SEED] = {1};
    uint8_t info[MATCH_INFO_MAX];
    assert_true(sharing_epoch_serves(sharing, scope->epoch));
    return voprf_derive_key(seed, slice_of(info, match_info(scope, info)), out, err);
}

bool sharing_find(const struct sharing *sharing, const struct match_scope *scope, const struct ask_key *key,
                  struct ident *subject)
{
    bool found = false;
    ((struct sharing *)sharing)->found++;
    assert_true(oin_is_set(&scope->requester) && scope->purpose.len != 0);
    for (size_t i = 0; i < sharing->place_count; i++) {
        if (memcmp(sharing->places[i].key.bytes, key->bytes, ASK_KEY_BYTES) == 0) {
            *subject = sharing->places[i].subject;
            found = true;
        }
    }
    return found;
}

bool sharing_answers(const struct sharing *sharing, const struct match_scope *scope)
{
    assert_true(oin_is_set(&scope->requester) && scope->purpose.len != 0);
    return !sharing->silent;
}

bool sharing_decoy(const struct sharing *sharing, uint64_t pick, struct ident *subject)
{
    ((struct sharing *)sharing)->decoyed++;
    if (sharing->place_count == 0) {
        return false;
    }
    *subject = sharing->places[pick % sharing->place_count].subject;
    return true;
}

enum result sharing_set(const struct sharing *sharing, const struct match_scope *scope, struct sharing_set *out,
                        struct error *err)
{
    assert_true(sharing_epoch_serves(sharing, scope->epoch));
    ENSURE(sharing->set.entries != NULL, err, FAULT_NOT_FOUND, "", "geen");
    *out = sharing->set;
    out->header.epoch = scope->epoch;
    return RESULT_OK;
}

enum result sharing_step(const struct sharing *sharing, const struct match_scope *scope, uint64_t from,
                         struct set_swap swaps[SET_STEP_SWAPS], uint32_t *count, struct error *err)
{
    (void)scope;
    ENSURE(sharing->step_from != 0 && from == sharing->step_from, err, FAULT_NOT_FOUND, "", "geen");
    memcpy(swaps, sharing->step, sizeof sharing->step);
    *count = sharing->step_swaps;
    return RESULT_OK;
}

#endif
