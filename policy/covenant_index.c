/* Rules sorted into buckets by (purpose, kind of requester, kind of provider), so that a decision looks at few. */
#include <stdlib.h>

#include "base/mem.h"
#include "policy/covenant_parts.h"
#include "policy/read.h"

static int compare_rules(const void *a, const void *b)
{
    const struct rule *left = a;
    const struct rule *right = b;
    const int kind = (int)(right->flags & RULE_DENIES) - (int)(left->flags & RULE_DENIES);
    return kind != 0 ? kind : strcmp(left->id, right->id);
}

static size_t count_entries(const struct covenant *covenant)
{
    size_t count = 0;
    for (size_t i = 0; i < covenant->rule_count; i++) {
        const struct rule *rule = &covenant->rules[i];
        count += (size_t)__builtin_popcount(rule->requester_kinds) * (size_t)__builtin_popcount(rule->provider_kinds);
    }
    return count;
}

/* Calls for every bucket of a rule: counts in a first pass, places in a second. */
static void each_bucket(struct covenant *covenant, size_t index, bool place)
{
    const struct rule *rule = &covenant->rules[index];
    for (uint32_t asks = rule->requester_kinds; asks != 0; asks &= asks - 1) {
        for (uint32_t gives = rule->provider_kinds; gives != 0; gives &= gives - 1) {
            const size_t bucket =
                covenant_bucket(covenant, rule->purpose, (size_t)__builtin_ctz(asks), (size_t)__builtin_ctz(gives));
            const uint32_t at = covenant->starts[bucket]++;
            if (place) {
                covenant->entries[at] = (uint16_t)index;
            }
        }
    }
}

void covenant_index(struct covenant *covenant, struct fault_list *faults)
{
    const size_t kinds = covenant->kind_codes.capacity;
    const size_t buckets = covenant->purpose_codes.capacity * kinds * kinds;
    const size_t count = count_entries(covenant);
    if (count > COVENANT_ENTRIES_MAX) {
        fault_list_add(faults, FAULT_TOO_LARGE, "/regels",
                       "de regels verbinden samen te veel soorten partijen: %zu paren, hoogstens %d", count,
                       COVENANT_ENTRIES_MAX);
        return;
    }
    covenant->starts = mem_array(buckets + 1, sizeof *covenant->starts);
    covenant->entries = mem_array(count, sizeof *covenant->entries);
    if (covenant->starts == NULL || covenant->entries == NULL) {
        read_out_of_memory(faults);
        return;
    }
    if (covenant->rule_count != 0) {
        qsort(covenant->rules, covenant->rule_count, sizeof *covenant->rules, compare_rules);
    }
    for (size_t i = 0; i < covenant->rule_count; i++) {
        each_bucket(covenant, i, false);
    }
    uint32_t start = 0;
    for (size_t b = 0; b <= buckets; b++) {
        const uint32_t size = covenant->starts[b];
        covenant->starts[b] = start;
        start += size;
    }
    for (size_t i = 0; i < covenant->rule_count; i++) {
        each_bucket(covenant, i, true);
    }
    /* Placing moved every start to its end, which is the next one's start. */
    for (size_t b = buckets; b > 0; b--) {
        covenant->starts[b] = covenant->starts[b - 1];
    }
    covenant->starts[0] = 0;
}
