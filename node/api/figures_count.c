#include "api/figures_count.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"

enum { LOOKS_FIRST = 1024, NAMES_FIRST = 32 };

/* Purposes, or those who looked: sorted by name; each keeps the number that it got when it came. */
struct name {
    char text[RECORD_PURPOSE_MAX + 1]; /* an OIN is shorter */
    uint16_t number;
};

struct names {
    struct name *items;
    size_t count, size;
};

struct look {
    uint64_t person;
    uint16_t purpose, partner; /* numbers; once settled, places in the order of names */
    uint8_t domain;
    bool by_number;
};

struct figures {
    struct oin own;
    struct names purposes, partners;
    struct look *looks;
    size_t count, size;
    struct suppress_figure *tables;
    size_t table_count;
};

struct figures *figures_new(const struct oin *own)
{
    struct figures *f = mem_zalloc(sizeof *f);
    if (f != NULL) {
        f->own = *own;
    }
    return f;
}

void figures_free(struct figures *f)
{
    if (f == NULL) {
        return;
    }
    if (f->looks != NULL) {
        mem_wipe(f->looks, f->size * sizeof *f->looks);
    }
    mem_free(f->looks);
    mem_free(f->purposes.items);
    mem_free(f->partners.items);
    mem_free(f->tables);
    mem_free(f);
}

bool figures_is_look(enum record_operation operation)
{
    return operation == RECORD_ANSWERED || operation == RECORD_TESTED;
}

/* ---- looks ---- */

static enum result name_number(struct names *names, const char *text, uint16_t *out, struct error *err)
{
    size_t low = 0;
    size_t high = names->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(names->items[middle].text, text);
        if (order == 0) {
            *out = names->items[middle].number;
            return RESULT_OK;
        }
        low = order < 0 ? middle + 1 : low;
        high = order < 0 ? high : middle;
    }
    if (names->count == names->size) {
        const size_t size = names->size == 0 ? NAMES_FIRST : 2 * names->size;
        struct name *items = mem_realloc(names->items, size * sizeof *items);
        ENSURE(items != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
        names->items = items;
        names->size = size;
    }
    memmove(names->items + low + 1, names->items + low, (names->count - low) * sizeof *names->items);
    names->items[low] = (struct name){.number = (uint16_t)names->count};
    (void)slice_copy_text(slice_text(text), names->items[low].text, sizeof names->items[low].text);
    *out = (uint16_t)names->count++;
    return RESULT_OK;
}

static uint8_t domain_of(const struct record *record)
{
    const uint32_t domains = record->domains;
    for (unsigned d = 0; d < LIFE_DOMAIN_COUNT; d++) {
        if (domains == LIFE_DOMAIN_BIT(d)) {
            return (uint8_t)d;
        }
    }
    return domains != 0 ? FIGURES_SEVERAL : FIGURES_NO_DOMAIN;
}

/* Of an own id its halves folded: two of which that is the same would count as one, which tells less, not more. */
static void set_person(struct look *look, const struct record *record)
{
    look->by_number = bsn_is_set(&record->bsn);
    look->person = look->by_number
                       ? strtoull((const char *)bsn_digits(&record->bsn).ptr, NULL, 10)
                       : bytes_get_u64(record->subject.bytes) ^ bytes_get_u64(record->subject.bytes + IDENT_SIZE / 2);
}

static enum result make_room(struct figures *f, struct error *err)
{
    if (f->count < f->size) {
        return RESULT_OK;
    }
    ENSURE(f->count < FIGURES_RECORDS_MAX, err, FAULT_TOO_LARGE, "/maand",
           "in deze maand is vaker dan %d keer gekeken: zoveel telt het knooppunt niet", (int)FIGURES_RECORDS_MAX);
    size_t size = f->size == 0 ? LOOKS_FIRST : 2 * f->size;
    size = size < FIGURES_RECORDS_MAX ? size : FIGURES_RECORDS_MAX;
    struct look *looks = mem_array(size, sizeof *looks);
    ENSURE(looks != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    if (f->looks != NULL) {
        memcpy(looks, f->looks, f->count * sizeof *looks);
        mem_wipe(f->looks, f->size * sizeof *looks);
        mem_free(f->looks);
    }
    f->looks = looks;
    f->size = size;
    return RESULT_OK;
}

enum result figures_add(struct figures *f, const struct record *record, struct error *err)
{
    struct look look = {.domain = domain_of(record)};
    const char *partner = record->operation == RECORD_ANSWERED ? record->peer.digits : f->own.digits;
    TRY(make_room(f, err));
    TRY(name_number(&f->purposes, record->purpose, &look.purpose, err));
    TRY(name_number(&f->partners, partner, &look.partner, err));
    ENSURE(f->purposes.count * (f->partners.count + FIGURES_DOMAINS) <= FIGURES_CELLS_MAX, err, FAULT_TOO_LARGE,
           "/maand", "deze maand heeft meer dan %d cellen: zoveel telt het knooppunt niet", (int)FIGURES_CELLS_MAX);
    set_person(&look, record);
    f->looks[f->count++] = look;
    return RESULT_OK;
}

/* ---- tables ---- */

/* Cells of the first table, of the second, then the totals: of rows, columns of both, all. */
static size_t at_partner(const struct figures *f, size_t purpose, size_t partner)
{
    return purpose * f->partners.count + partner;
}

static size_t at_domain(const struct figures *f, size_t purpose, size_t domain)
{
    return f->purposes.count * f->partners.count + purpose * FIGURES_DOMAINS + domain;
}

static size_t at_totals(const struct figures *f)
{
    return f->purposes.count * (f->partners.count + FIGURES_DOMAINS);
}

static size_t at_purpose_total(const struct figures *f, size_t purpose)
{
    return at_totals(f) + purpose;
}

static size_t at_partner_total(const struct figures *f, size_t partner)
{
    return at_totals(f) + f->purposes.count + partner;
}

static size_t at_domain_total(const struct figures *f, size_t domain)
{
    return at_totals(f) + f->purposes.count + f->partners.count + domain;
}

static size_t at_all(const struct figures *f)
{
    return at_domain_total(f, FIGURES_DOMAINS);
}

static void join(struct figures *f, size_t at, size_t from, size_t to, bool total)
{
    f->tables[at] = (struct suppress_figure){.from = (uint32_t)from, .to = (uint32_t)to, .total = total};
}

/* From a partner to a purpose, through its total, to a domain, to the end, and by the total of all back to the start. */
static uint32_t lay_out(struct figures *f)
{
    const size_t purposes = f->purposes.count;
    const size_t in = f->partners.count;
    const size_t out = in + purposes;
    const size_t domains = out + purposes;
    const size_t end = domains + FIGURES_DOMAINS;
    const size_t start = end + 1;
    for (size_t p = 0; p < purposes; p++) {
        for (size_t q = 0; q < f->partners.count; q++) {
            join(f, at_partner(f, p, q), q, in + p, false);
        }
        for (size_t d = 0; d < FIGURES_DOMAINS; d++) {
            join(f, at_domain(f, p, d), out + p, domains + d, false);
        }
        join(f, at_purpose_total(f, p), in + p, out + p, true);
    }
    for (size_t q = 0; q < f->partners.count; q++) {
        join(f, at_partner_total(f, q), start, q, true);
    }
    for (size_t d = 0; d < FIGURES_DOMAINS; d++) {
        join(f, at_domain_total(f, d), domains + d, end, true);
    }
    join(f, at_all(f), end, start, true);
    return (uint32_t)start + 1;
}

/* ---- looks and persons of each figure ---- */

/* In which figures a look counts. */
static size_t in_partner(const struct figures *f, const struct look *look)
{
    return at_partner(f, look->purpose, look->partner);
}

static size_t in_domain(const struct figures *f, const struct look *look)
{
    return at_domain(f, look->purpose, look->domain);
}

static size_t in_purpose_total(const struct figures *f, const struct look *look)
{
    return at_purpose_total(f, look->purpose);
}

static size_t in_partner_total(const struct figures *f, const struct look *look)
{
    return at_partner_total(f, look->partner);
}

static size_t in_domain_total(const struct figures *f, const struct look *look)
{
    return at_domain_total(f, look->domain);
}

static size_t in_all(const struct figures *f, const struct look *look)
{
    (void)look;
    return at_all(f);
}

struct seen {
    uint64_t person;
    uint32_t figure;
    uint32_t by_number;
};

static int by_figure(const void *a, const void *b)
{
    const struct seen *x = a;
    const struct seen *y = b;
    if (x->figure != y->figure) {
        return x->figure < y->figure ? -1 : 1;
    }
    if (x->by_number != y->by_number) {
        return x->by_number < y->by_number ? -1 : 1;
    }
    return x->person < y->person ? -1 : x->person > y->person;
}

/* Rows of one figure stand together, and in it those of one way to know people. */
static void count_sorted(struct figures *f, const struct seen *seen)
{
    uint32_t persons = 0;
    for (size_t i = 0; i < f->count; i++) {
        struct suppress_figure *figure = &f->tables[seen[i].figure];
        const bool same_way =
            i != 0 && seen[i - 1].figure == seen[i].figure && seen[i - 1].by_number == seen[i].by_number;
        if (!same_way) {
            persons = 1;
        } else if (seen[i - 1].person != seen[i].person) {
            persons++;
        }
        figure->count++;
        figure->persons = persons > figure->persons ? persons : figure->persons;
    }
}

static enum result count_all(struct figures *f, struct error *err)
{
    size_t (*const into[])(const struct figures *f, const struct look *look) = {
        in_partner, in_domain, in_purpose_total, in_partner_total, in_domain_total, in_all};
    struct seen *seen = mem_array(f->count, sizeof *seen);
    ENSURE(seen != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    for (size_t k = 0; k < COUNT_OF(into); k++) {
        for (size_t i = 0; i < f->count; i++) {
            const struct look *look = &f->looks[i];
            seen[i] = (struct seen){look->person, (uint32_t)into[k](f, look), look->by_number};
        }
        qsort(seen, f->count, sizeof *seen, by_figure);
        count_sorted(f, seen);
    }
    mem_wipe(seen, f->count * sizeof *seen);
    mem_free(seen);
    return RESULT_OK;
}

/* Numbers by order of coming become places by name. */
static enum result put_in_order(struct figures *f, struct error *err)
{
    const size_t purposes = f->purposes.count;
    uint16_t *places = mem_array(purposes + f->partners.count, sizeof *places);
    ENSURE(places != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    for (size_t p = 0; p < purposes; p++) {
        places[f->purposes.items[p].number] = (uint16_t)p;
    }
    for (size_t q = 0; q < f->partners.count; q++) {
        places[purposes + f->partners.items[q].number] = (uint16_t)q;
    }
    for (size_t i = 0; i < f->count; i++) {
        f->looks[i].purpose = places[f->looks[i].purpose];
        f->looks[i].partner = places[purposes + f->looks[i].partner];
    }
    mem_free(places);
    return RESULT_OK;
}

enum result figures_settle(struct figures *f, uint32_t least, struct error *err)
{
    f->table_count = at_all(f) + 1;
    f->tables = mem_array(f->table_count, sizeof *f->tables);
    ENSURE(f->tables != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    const uint32_t points = lay_out(f);
    TRY(put_in_order(f, err));
    TRY(count_all(f, err));
    return suppress(f->tables, f->table_count, points, least, err);
}

/* ---- what came of it ---- */

size_t figures_looks(const struct figures *f)
{
    return f->count;
}

size_t figures_purposes(const struct figures *f)
{
    return f->purposes.count;
}

size_t figures_partners(const struct figures *f)
{
    return f->partners.count;
}

const char *figures_purpose(const struct figures *f, size_t purpose)
{
    return f->purposes.items[purpose].text;
}

const char *figures_partner(const struct figures *f, size_t partner)
{
    return f->partners.items[partner].text;
}

const char *figures_domain(size_t domain)
{
    return domain < LIFE_DOMAIN_COUNT  ? life_domain_word((enum life_domain)domain)
           : domain == FIGURES_SEVERAL ? "meerdere"
                                       : "onbekend";
}

const struct suppress_figure *figures_by_partner(const struct figures *f, int purpose, int partner)
{
    if (purpose == FIGURES_ALL) {
        return &f->tables[partner == FIGURES_ALL ? at_all(f) : at_partner_total(f, (size_t)partner)];
    }
    return &f->tables[partner == FIGURES_ALL ? at_purpose_total(f, (size_t)purpose)
                                             : at_partner(f, (size_t)purpose, (size_t)partner)];
}

const struct suppress_figure *figures_by_domain(const struct figures *f, int purpose, int domain)
{
    if (purpose == FIGURES_ALL) {
        return &f->tables[domain == FIGURES_ALL ? at_all(f) : at_domain_total(f, (size_t)domain)];
    }
    return &f->tables[domain == FIGURES_ALL ? at_purpose_total(f, (size_t)purpose)
                                            : at_domain(f, (size_t)purpose, (size_t)domain)];
}
