/* Questions about a covenant that is there. */
#include "policy/covenant_parts.h"

enum { MUNICIPALITY_LEN = 4 };

const char *covenant_name(const struct covenant *covenant)
{
    return covenant->name;
}

const char *covenant_version(const struct covenant *covenant)
{
    return covenant->version;
}

const struct sha256 *covenant_digest(const struct covenant *covenant)
{
    return &covenant->digest;
}

bool covenant_is_sample(const struct covenant *covenant)
{
    return covenant->sample;
}

struct date covenant_last_day(const struct covenant *covenant)
{
    return covenant->until;
}

bool covenant_in_force(const struct covenant *covenant, const struct date *today)
{
    return date_is_set(today) && date_compare(&covenant->from, today) <= 0 &&
           date_compare(today, &covenant->until) <= 0;
}

size_t covenant_party_count(const struct covenant *covenant)
{
    return covenant->party_count;
}

const struct party *covenant_party_at(const struct covenant *covenant, size_t index)
{
    return index < covenant->party_count ? &covenant->parties[index].party : NULL;
}

size_t covenant_party_index(const struct covenant *covenant, const struct party *party)
{
    return (size_t)(covenant_entry(covenant, party) - covenant->parties);
}

const struct party *covenant_party(const struct covenant *covenant, const struct oin *oin)
{
    const int place = codes_find(&covenant->oins, slice_text(oin->digits));
    return place < 0 ? NULL : &covenant->parties[place].party;
}

const struct party *covenant_log(const struct covenant *covenant, struct slice origin)
{
    const int place = codes_find(&covenant->origins, origin);
    return place < 0 ? NULL : &covenant->parties[place].party;
}

const struct party_entry *covenant_entry(const struct covenant *covenant, const struct party *party)
{
    /* As numbers: a pointer into an older covenant may not be compared otherwise (C17 6.5.8). */
    const uintptr_t first = (uintptr_t)covenant->parties;
    const uintptr_t at = (uintptr_t)party;
    const uintptr_t offset = at - first;
    if (party == NULL || at < first || offset / sizeof *covenant->parties >= covenant->party_count ||
        offset % sizeof *covenant->parties != 0) {
        return NULL;
    }
    return &covenant->parties[offset / sizeof *covenant->parties];
}

static bool area_has(const uint16_t *areas, size_t count, uint16_t wanted)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (areas[middle] == wanted) {
            return true;
        }
        if (areas[middle] < wanted) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return false;
}

bool covenant_party_area(const struct covenant *covenant, const struct party *party, const char *municipality)
{
    const struct party_entry *entry = covenant_entry(covenant, party);
    unsigned number = 0;
    size_t len = 0;
    for (; municipality != NULL && municipality[len] >= '0' && municipality[len] <= '9' && len < MUNICIPALITY_LEN;
         len++) {
        number = number * 10 + (unsigned)(municipality[len] - '0');
    }
    if (entry == NULL || len != MUNICIPALITY_LEN || municipality[len] != '\0') {
        return false;
    }
    return entry->nationwide || area_has(covenant->areas + entry->area_first, entry->area_count, (uint16_t)number);
}

bool covenant_share_area(const struct covenant *covenant, const struct party_entry *a, const struct party_entry *b)
{
    if (a->nationwide || b->nationwide) {
        return true;
    }
    const uint16_t *in_a = covenant->areas + a->area_first;
    const uint16_t *in_b = covenant->areas + b->area_first;
    for (size_t i = 0, k = 0; i < a->area_count && k < b->area_count;) { /* both sorted */
        if (in_a[i] == in_b[k]) {
            return true;
        }
        if (in_a[i] < in_b[k]) {
            i++;
        } else {
            k++;
        }
    }
    return false;
}

const struct purpose *covenant_purpose(const struct covenant *covenant, struct slice code)
{
    const int place = codes_find(&covenant->purpose_codes, code);
    return place < 0 ? NULL : &covenant->purposes[place];
}

int covenant_retention(const struct covenant *covenant, int retention_class)
{
    int longest = 0;
    for (size_t i = 0; i < covenant->purpose_codes.count; i++) {
        const struct purpose *purpose = &covenant->purposes[i];
        if (purpose->retention_class == retention_class && purpose->retention_months > longest) {
            longest = purpose->retention_months;
        }
    }
    return longest;
}

size_t covenant_purpose_count(const struct covenant *covenant)
{
    return covenant->purpose_codes.count;
}

const struct purpose *covenant_purpose_at(const struct covenant *covenant, size_t index)
{
    return index < covenant->purpose_codes.count ? &covenant->purposes[index] : NULL;
}

const struct basis *covenant_basis(const struct covenant *covenant, struct slice code)
{
    const int place = codes_find(&covenant->basis_codes, code);
    return place < 0 ? NULL : &covenant->bases[place];
}

bool covenant_role(const struct covenant *covenant, struct slice code)
{
    return codes_find(&covenant->role_codes, code) >= 0;
}

bool covenant_basis_in_force(const struct covenant *covenant, uint16_t basis, const struct date *today)
{
    if (basis >= covenant->basis_count) {
        return false;
    }
    const struct date *from = &covenant->bases[basis].from;
    const struct date *until = &covenant->bases[basis].until;
    return (!date_is_set(from) || date_compare(from, today) <= 0) &&
           (!date_is_set(until) || date_compare(today, until) <= 0);
}

static bool kind_in(const struct covenant *covenant, struct slice kind, uint32_t kinds)
{
    const int place = codes_find(&covenant->kind_codes, kind);
    return place >= 0 && (kinds >> (unsigned)place & 1U) != 0;
}

bool covenant_kind_secret(const struct covenant *covenant, struct slice kind)
{
    return kind_in(covenant, kind, covenant->secret_kinds);
}

bool covenant_kind_public(const struct covenant *covenant, struct slice kind)
{
    return kind_in(covenant, kind, covenant->public_kinds);
}

bool covenant_party_bsn(const struct covenant *covenant, const struct party *party, const struct purpose *purpose,
                        const struct date *today)
{
    const struct party_entry *entry = covenant_entry(covenant, party);
    const size_t place = purpose != NULL ? (size_t)(purpose - covenant->purposes) : covenant->purpose_codes.count;
    return entry != NULL && place < covenant->purpose_codes.count && (entry->bsn_purposes >> place & 1U) != 0 &&
           covenant_basis_in_force(covenant, entry->bsn_basis, today);
}

const struct consent_terms *covenant_consent_terms(const struct covenant *covenant)
{
    return &covenant->consent;
}

bool covenant_names_staff(const struct covenant *covenant)
{
    return covenant->names_staff;
}

const struct regulation *covenant_regulation(const struct covenant *covenant)
{
    return &covenant->regulation;
}

const char *covenant_hash(const struct covenant *covenant)
{
    return covenant->hash;
}

const char *covenant_predecessor(const struct covenant *covenant)
{
    return covenant->predecessor;
}
