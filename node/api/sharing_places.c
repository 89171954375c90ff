#include "api/sharing_places.h"

#include "api/sharing_parts.h"
#include "base/mem.h"

/* ---- the trees of the last ticks ---- */

void publication_free(struct publication *kept)
{
    mem_free(kept->sets);
    mem_free(kept->nodes);
    *kept = (struct publication){0};
}

/* Hashed once a tick, so that a proof costs no hash however many are asked for. */
static void hash_levels(struct sha256 *nodes, size_t count)
{
    for (size_t below = count; below > 1; below >>= 1) {
        for (size_t i = 0; i < below >> 1; i++) {
            merkle_node_hash(&nodes[2 * i], &nodes[2 * i + 1], &nodes[below + i]);
        }
        nodes += below;
    }
}

void publication_keep(struct publication *kept, const uint32_t *sets, const struct sha256 *leaves, size_t count,
                      uint64_t record)
{
    publication_free(kept);
    uint32_t *own_sets = mem_array(count, sizeof *own_sets);
    struct sha256 *nodes = mem_array(2 * count, sizeof *nodes);
    if (own_sets == NULL || nodes == NULL) {
        mem_free(own_sets);
        mem_free(nodes);
        return; /* nothing of it is shown until the next */
    }
    memcpy(own_sets, sets, count * sizeof *sets);
    memcpy(nodes, leaves, count * sizeof *leaves);
    hash_levels(nodes, count);
    *kept = (struct publication){record, count, own_sets, nodes};
}

static enum result node_of(void *ctx, unsigned level, uint64_t index, struct sha256 *out, struct error *err)
{
    const struct publication *kept = ctx;
    size_t at = index;
    (void)err;
    for (unsigned below = 0; below < level; below++) {
        at += kept->count >> below;
    }
    *out = kept->nodes[at];
    return RESULT_OK;
}

static void prove(const struct publication *kept, uint32_t set, struct sharing_place *place)
{
    struct publication tree = *kept;
    const struct merkle_nodes nodes = {node_of, &tree};
    for (size_t i = 0; i < kept->count; i++) {
        if (kept->sets[i] == set) {
            place->record = kept->record;
            place->leaf = i;
            place->leaves = kept->count;
            place->proven = merkle_inclusion(&nodes, i, kept->count, &place->path, NULL) == RESULT_OK;
            return;
        }
    }
}

/* ---- a person's places ---- */

static bool is_seen(const struct sharing *s, const struct roster_place *place, const struct shared_set *set)
{
    return set != NULL && scope_published(s, set) && place->since <= set->version;
}

void sharing_places(const struct sharing *sharing, const struct ident *subject, sharing_place_fn *each, void *ctx)
{
    for (uint32_t slot = roster_first(sharing->roster, subject); slot != 0; slot = roster_next(sharing->roster, slot)) {
        const struct roster_place *found = roster_at(sharing->roster, slot);
        const struct shared_set *set = scope_set(sharing, found->set);
        struct sharing_place place = {
            .began_ms = found->began_ms, .ends = found->due_ms != 0, .fingerprint = found->fingerprint};
        if (!is_seen(sharing, found, set) || !published_set_show(set->set, found->fingerprint, &place.opening)) {
            continue; /* in no version that was given out, or out of it again */
        }
        place.requester = &set->requester;
        place.purpose = set->purpose;
        place.epoch = set->epoch;
        place.version = set->version;
        place.root = *published_set_root(set->set);
        prove(&sharing->publications[set->urgent ? TICK_URGENT : TICK_ORDINARY], set->number, &place);
        each(ctx, &place);
    }
}
