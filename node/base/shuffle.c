#include "base/shuffle.h"

#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/mem.h"

enum { WORDS = SHA256_SIZE / 8 };

/* The bound's numbers in a row, of which only the places that were changed are kept: place + 1 (0: free) and its number. */
struct place {
    uint64_t at, value;
};

struct shuffle {
    uint8_t seed[SHUFFLE_SEED];
    uint64_t bound;
    uint64_t drawn, most;
    uint64_t counter;
    uint64_t words[WORDS]; /* of the last digest */
    unsigned used;         /* of them */
    uint64_t mask;         /* places - 1 */
    struct place *places;
};

enum result shuffle_new(const uint8_t seed[SHUFFLE_SEED], uint64_t bound, uint32_t most, struct shuffle **out,
                        struct error *err)
{
    struct shuffle *s = mem_zalloc(sizeof *s);
    size_t count = 16;
    while (count < (size_t)most * 2) {
        count *= 2;
    }
    struct place *places = mem_array(count, sizeof *places);
    if (s == NULL || places == NULL) {
        mem_free(s);
        mem_free(places);
        return error_set(err, FAULT_NO_MEMORY, "", "geen geheugen");
    }
    memset(places, 0, count * sizeof *places);
    memcpy(s->seed, seed, SHUFFLE_SEED);
    s->bound = bound;
    s->most = most < bound ? most : bound;
    s->used = WORDS;
    s->mask = count - 1;
    s->places = places;
    *out = s;
    return RESULT_OK;
}

void shuffle_free(struct shuffle *shuffle)
{
    if (shuffle != NULL) {
        mem_free(shuffle->places);
        mem_free(shuffle);
    }
}

static uint64_t word(struct shuffle *s)
{
    if (s->used == WORDS) {
        uint8_t input[SHUFFLE_SEED + 8];
        struct sha256 digest;
        memcpy(input, s->seed, SHUFFLE_SEED);
        bytes_put_u64(input + SHUFFLE_SEED, s->counter++);
        sha256_of(slice_of(input, sizeof input), &digest);
        for (unsigned i = 0; i < WORDS; i++) {
            s->words[i] = bytes_get_u64(digest.bytes + 8 * (size_t)i);
        }
        s->used = 0;
    }
    return s->words[s->used++];
}

/* Below `bound`, which is not 0: what is past its last whole multiple is drawn anew. */
static uint64_t below(struct shuffle *s, uint64_t bound)
{
    const uint64_t rest = (UINT64_MAX % bound + 1) % bound;
    uint64_t drawn = word(s);
    while (drawn > UINT64_MAX - rest) {
        drawn = word(s);
    }
    return drawn % bound;
}

/* Its entry, or the free one where it would be. */
static struct place *find(struct shuffle *s, uint64_t at)
{
    uint64_t i = (at * UINT64_C(0x9E3779B97F4A7C15)) >> 20 & s->mask;
    while (s->places[i].at != 0 && s->places[i].at != at + 1) {
        i = (i + 1) & s->mask;
    }
    return &s->places[i];
}

static uint64_t value_at(struct shuffle *s, uint64_t at)
{
    const struct place *place = find(s, at);
    return place->at != 0 ? place->value : at;
}

bool shuffle_next(struct shuffle *s, uint64_t *out)
{
    if (s->drawn == s->most) {
        return false;
    }
    const uint64_t first = s->drawn++;
    const uint64_t at = first + below(s, s->bound - first);
    *out = value_at(s, at);
    if (at != first) { /* the first of what is left takes its place */
        const uint64_t moved = value_at(s, first);
        struct place *place = find(s, at);
        *place = (struct place){at + 1, moved};
    }
    return true;
}
