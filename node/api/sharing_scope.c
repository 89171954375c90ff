/* Sets by number and by name, and what is secret of them. */
#include <stdlib.h>
#include <string.h>

#include "api/sharing_parts.h"
#include "base/mem.h"

/* ---- sets by number and by name ---- */

struct shared_set *scope_set(const struct sharing *s, uint32_t number)
{
    const size_t at = (size_t)number - 1;
    if (number == 0 || at / SETS_PER_CHUNK >= s->chunk_count) {
        return NULL;
    }
    struct shared_set *set = &s->chunks[at / SETS_PER_CHUNK]->sets[at % SETS_PER_CHUNK];
    return set->number != 0 ? set : NULL;
}

struct set_secrets *scope_secrets(const struct sharing *s, uint32_t number)
{
    const size_t at = (size_t)number - 1;
    return &s->chunks[at / SETS_PER_CHUNK]->secrets[at % SETS_PER_CHUNK];
}

struct match_scope scope_of(const struct sharing *s, const struct shared_set *set)
{
    return (struct match_scope){s->api->own_oin, set->requester, slice_text(set->purpose), set->epoch};
}

bool scope_published(const struct sharing *s, const struct shared_set *set)
{
    return set->shown && !set->closed && set->born <= s->state.swept;
}

void scope_wait(struct sharing *s, struct shared_set *set)
{
    set->born = s->state.sweep + 1;
    scope_changed(s, set);
}

int scope_compare_names(const struct oin *requester, const char *purpose, const struct oin *other,
                        const char *other_purpose)
{
    const int by_requester = memcmp(requester->digits, other->digits, OIN_DIGITS);
    return by_requester != 0 ? by_requester : strcmp(purpose, other_purpose);
}

struct indexed {
    const struct shared_set *set;
};

static int compare_indexed(const void *a, const void *b)
{
    const struct shared_set *left = ((const struct indexed *)a)->set;
    const struct shared_set *right = ((const struct indexed *)b)->set;
    const int by_name = scope_compare_names(&left->requester, left->purpose, &right->requester, right->purpose);
    const int by_epoch = by_name != 0 ? by_name : (left->epoch > right->epoch) - (left->epoch < right->epoch);
    return by_epoch != 0 ? by_epoch : (left->number > right->number) - (left->number < right->number);
}

enum result scope_index(struct sharing *s, struct error *err)
{
    const size_t room = s->chunk_count * SETS_PER_CHUNK;
    struct indexed *sorted = mem_array(room, sizeof *sorted);
    uint32_t *index = mem_array(room, sizeof *index);
    if (sorted == NULL || index == NULL) {
        mem_free(sorted);
        mem_free(index);
        FAIL(err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
    }
    size_t count = 0;
    for (uint32_t number = 1; number <= room; number++) {
        const struct shared_set *set = scope_set(s, number);
        if (set != NULL && set->kept && !set->closed) {
            sorted[count++].set = set;
        }
    }
    qsort(sorted, count, sizeof *sorted, compare_indexed);
    for (size_t i = 0; i < count; i++) {
        index[i] = sorted[i].set->number;
    }
    mem_free(sorted);
    mem_free(s->index);
    s->index = index;
    s->set_count = count;
    return RESULT_OK;
}

struct shared_set *scope_find(const struct sharing *s, const struct match_scope *scope)
{
    char purpose[CODE_MAX + 1];
    size_t from = 0;
    size_t end = s->set_count;
    if (!slice_copy_text(scope->purpose, purpose, sizeof purpose)) {
        return NULL;
    }
    while (from < end) {
        const size_t middle = from + (end - from) / 2;
        struct shared_set *set = scope_set(s, s->index[middle]);
        if (set == NULL) {
            return NULL; /* never: the index names sets that are there */
        }
        const int by_name = scope_compare_names(&scope->requester, purpose, &set->requester, set->purpose);
        if (by_name == 0 && set->epoch == scope->epoch) {
            return set;
        }
        if (by_name < 0 || (by_name == 0 && scope->epoch < set->epoch)) {
            end = middle;
        } else {
            from = middle + 1;
        }
    }
    return NULL;
}

static enum result chunk_of(struct sharing *s, size_t chunk, struct error *err)
{
    ENSURE(chunk < MATCH_SETS_MAX / SETS_PER_CHUNK, err, FAULT_TOO_LARGE, "koppeling", "meer dan %d opzoeksets",
           (int)MATCH_SETS_MAX);
    for (; s->chunk_count <= chunk; s->chunk_count++) {
        struct set_chunk *made = mem_zalloc(sizeof *made);
        struct set_secrets *secrets = voprf_secret_new(SETS_PER_CHUNK * sizeof *secrets);
        if (made == NULL || secrets == NULL) {
            mem_free(made);
            voprf_secret_free(secrets);
            FAIL(err, FAULT_NO_MEMORY, "koppeling", "geen geheugen");
        }
        made->secrets = secrets;
        s->chunks[s->chunk_count] = made;
    }
    return RESULT_OK;
}

enum result scope_new_set(struct sharing *s, uint32_t number, struct shared_set **out, struct error *err)
{
    const size_t at = (size_t)number - 1;
    TRY(chunk_of(s, at / SETS_PER_CHUNK, err));
    struct shared_set *set = &s->chunks[at / SETS_PER_CHUNK]->sets[at % SETS_PER_CHUNK];
    *set = (struct shared_set){.number = number};
    *out = set;
    return RESULT_OK;
}

void scope_changed(struct sharing *s, const struct shared_set *set)
{
    s->chunks[(set->number - 1) / SETS_PER_CHUNK]->changed = true;
}

void scope_drop_set(struct sharing *s, struct shared_set *set)
{
    scope_changed(s, set);
    mem_wipe(scope_secrets(s, set->number), sizeof(struct set_secrets));
    published_set_close(set->set);
    *set = (struct shared_set){.number = 0};
}

void scope_bury_set(struct sharing *s, struct shared_set *set)
{
    if (set->state.class == 0 || !epochs_live(s, set->epoch)) {
        scope_drop_set(s, set);
        return;
    }
    scope_changed(s, set);
    mem_wipe(scope_secrets(s, set->number), sizeof(struct set_secrets));
    published_set_close(set->set);
    set->set = NULL;
    set->closed = true;
    set->tomb = true;
    set->kept = true;
    set->shown = false;
}

enum result scope_lose_chunk(struct sharing *s, size_t chunk, struct error *err)
{
    TRY(chunk_of(s, chunk, err));
    memset(s->chunks[chunk]->sets, 0, sizeof s->chunks[chunk]->sets);
    s->chunks[chunk]->changed = true;
    return RESULT_OK;
}

void scope_free(struct sharing *s)
{
    targets_drop(s);
    for (size_t i = 0; i < s->chunk_count; i++) {
        for (size_t k = 0; k < SETS_PER_CHUNK; k++) {
            published_set_close(s->chunks[i]->sets[k].set);
        }
        voprf_secret_free(s->chunks[i]->secrets);
        mem_free(s->chunks[i]);
    }
    mem_free(s->index);
}

enum result scope_secrets_make(const struct sharing *s, const uint8_t seed[VOPRF_SEED], const struct shared_set *set,
                               struct set_secrets *out, struct error *err)
{
    uint8_t info[MATCH_INFO_MAX];
    const struct match_scope scope = scope_of(s, set);
    TRY(voprf_derive_key(seed, slice_of(info, match_info(&scope, info)), &out->key, err));
    match_dummy_secret(&scope, seed, out->dummies);
    return RESULT_OK;
}
