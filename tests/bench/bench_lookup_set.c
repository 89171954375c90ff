/*
 * What lookup sets cost, by the time of the processor; medians of ROUNDS, ours and the other in turn; one JSON object.
 *   bench_lookup_set membership ROUNDS ENTRIES    one test in a set that was taken from its pages, half of them hits;
 *                                                 beside bsearch in the same entries
 *   bench_lookup_set build ROUNDS ENTRIES         one requester's set from people's numbers: evaluation, fingerprint, set;
 *                                                 beside one scalar multiplication for each
 *   bench_lookup_set tick ROUNDS CLIENTS          of a node with REQUESTERS that each may know of an area's clients for
 *                                                 PURPOSES: one in a thousand moves to another area; beside making all
 *                                                 sets anew (without the evaluation that this takes too)
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "base/attr.h"
#include "matching/derive.h"
#include "matching/held_set.h"
#include "matching/published_set.h"

enum { ROUNDS_MAX = 101, PROBES = 1 << 20, REQUESTERS = 340, PURPOSES = 4, SETS = REQUESTERS * PURPOSES };

static const uint8_t secret[VOPRF_SEED] = {7};

static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "bench_lookup_set: %s\n", what);
        exit(1);
    }
}

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static size_t heap(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

static uint64_t random_number(void)
{
    static uint64_t state = 1;
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (z ^ (z >> 31)) | 1U;
}

static void *room(size_t count, size_t size)
{
    void *all = calloc(count, size);
    need(all != NULL, "no memory");
    return all;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

struct pairs {
    double ours[ROUNDS_MAX];
    double theirs[ROUNDS_MAX];
    size_t count;
};

/* `ratio` is theirs by ours for times (less is better), ours by theirs for rates. The caller ends the line. */
static void report(const char *bench, const char *unit, const char *peer, struct pairs *pairs, bool rate)
{
    qsort(pairs->ours, pairs->count, sizeof *pairs->ours, by_size);
    qsort(pairs->theirs, pairs->count, sizeof *pairs->theirs, by_size);
    const double ours = pairs->ours[pairs->count / 2];
    const double theirs = pairs->theirs[pairs->count / 2];
    (void)printf("{\"bench\":\"%s\",\"value\":%.2f,\"unit\":\"%s\",\"peer\":\"%s\",\"peer_value\":%.2f,\"ratio\":%.3f,"
                 "\"min\":%.2f,\"max\":%.2f,\"peer_min\":%.2f,\"peer_max\":%.2f,\"pairs\":%zu",
                 bench, ours, unit, peer, theirs, rate ? ours / theirs : theirs / ours, pairs->ours[0],
                 pairs->ours[pairs->count - 1], pairs->theirs[0], pairs->theirs[pairs->count - 1], pairs->count);
}

static struct published_set *published(const uint64_t *people, size_t count)
{
    struct published_set *set = NULL;
    struct error err;
    need(published_set_open(secret, &(struct published_state){0, 0}, people, count, 1, &set, &err) == RESULT_OK,
         "no set");
    return set;
}

static struct held_set *taken(const struct published_set *set)
{
    struct held_set *held = NULL;
    struct error err;
    struct buf body;
    struct set_header header = {.class = published_set_class(set), .version = 1, .root = *published_set_root(set)};
    buf_init(&body, 1 << 20);
    for (; header.place < header.class; header.place += SET_PAGE_ENTRIES) {
        buf_clear(&body);
        set_write_page(&header, published_set_entries(set), &body);
        need((held == NULL ? held_set_begin(NULL, buf_slice(&body), &held, &err)
                           : held_set_page(held, buf_slice(&body), &err)) == RESULT_OK,
             "a page is refused");
    }
    need(held_set_finish(held, &err) == RESULT_OK, "the set is refused");
    buf_free(&body);
    return held;
}

/* ---- membership ---- */

static size_t test_ours(const struct held_set *set, const uint64_t *probes)
{
    size_t hits = 0;
    for (size_t i = 0; i < PROBES; i++) {
        hits += held_set_has(set, probes[i]);
    }
    return hits;
}

static size_t test_theirs(const uint64_t *entries, size_t count, const uint64_t *probes)
{
    size_t hits = 0;
    for (size_t i = 0; i < PROBES; i++) {
        hits += bsearch(&probes[i], entries, count, sizeof *entries, by_number) != NULL;
    }
    return hits;
}

static void membership(size_t rounds, size_t entries)
{
    static struct pairs pairs;
    uint64_t *people = room(entries, sizeof *people);
    uint64_t *probes = room(PROBES, sizeof *probes);
    for (size_t i = 0; i < entries; i++) {
        people[i] = random_number();
    }
    struct published_set *set = published(people, entries);
    const size_t before = heap();
    const double begin = now_s();
    struct held_set *held = taken(set);
    const double took = now_s() - begin;
    const double bytes = (double)(heap() - before) / (double)published_set_class(set);
    for (size_t i = 0; i < PROBES; i++) {
        probes[i] = (random_number() & 2U) != 0 ? people[random_number() % entries] : random_number();
    }
    for (; pairs.count < rounds; pairs.count++) {
        double start = now_s();
        const size_t ours = test_ours(held, probes);
        pairs.ours[pairs.count] = (now_s() - start) / PROBES * 1e9;
        start = now_s();
        const size_t theirs = test_theirs(published_set_entries(set), published_set_class(set), probes);
        pairs.theirs[pairs.count] = (now_s() - start) / PROBES * 1e9;
        need(ours == theirs && ours > PROBES / 3 && ours < PROBES / 3 * 2, "not the hits that there are");
    }
    report("membership", "ns/test", "bsearch", &pairs, false);
    (void)printf(",\"entries\":%u,\"take_ms\":%.1f,\"memory_bytes_entry\":%.2f,\"false_positives\":%.1e}\n",
                 published_set_class(set), took * 1e3, bytes,
                 (double)published_set_class(set) / 18446744073709551616.0);
    held_set_free(held);
    published_set_close(set);
    free(people);
    free(probes);
}

/* ---- build ---- */

static double multiply(const struct voprf_key *key, size_t count)
{
    uint8_t element[VOPRF_ELEMENT];
    uint8_t out[VOPRF_ELEMENT];
    crypto_core_ristretto255_random(element);
    const double begin = now_s();
    for (size_t i = 0; i < count; i++) {
        need(crypto_scalarmult_ristretto255(out, key->secret.bytes, element) == 0, "no multiplication");
    }
    return now_s() - begin;
}

static double evaluate(const struct match_scope *scope, const struct voprf_key *key, size_t from, size_t count,
                       uint64_t *people)
{
    const double begin = now_s();
    for (size_t i = 0; i < count; i++) {
        struct bsn number;
        uint8_t input[MATCH_INPUT_BYTES];
        struct voprf_output output;
        struct match_value value;
        struct error err;
        (void)snprintf(number.secret_digits, sizeof number.secret_digits, "%09zu", (from + i) % 1000000000);
        match_input(&number, input);
        need(voprf_own(key, slice_of(input, sizeof input), &output, &err) == RESULT_OK, "no evaluation");
        match_value_of(scope, &output, &value);
        people[from + i] = value.fingerprint;
    }
    return now_s() - begin;
}

static void build(size_t rounds, size_t entries)
{
    static struct pairs pairs;
    const uint8_t seed[VOPRF_SEED] = {3};
    const struct match_scope scope = {.provider = {"00000099000000002000"},
                                      .requester = {"00000099000000001000"},
                                      .purpose = slice_text("hulpafstemming"),
                                      .epoch = 700};
    uint8_t info[MATCH_INFO_MAX];
    struct voprf_key key;
    struct error err;
    struct published_set *set = NULL;
    double set_s[ROUNDS_MAX];
    double memory = 0;
    uint64_t *people = room(entries, sizeof *people);
    need(voprf_ready(&err) == RESULT_OK &&
             voprf_derive_key(seed, slice_of(info, match_info(&scope, info)), &key, &err) == RESULT_OK,
         "no key");
    for (; pairs.count < rounds; pairs.count++) {
        const size_t part = (entries + 9) / 10;
        double ours = 0;
        double theirs = 0;
        published_set_close(set);
        for (size_t at = 0; at < entries; at += part) { /* in turn: both see the same machine */
            const size_t count = entries - at < part ? entries - at : part;
            ours += evaluate(&scope, &key, at, count, people);
            theirs += multiply(&key, count);
        }
        const size_t before = heap();
        const double begin = now_s();
        set = published(people, entries);
        set_s[pairs.count] = now_s() - begin;
        memory = (double)(heap() - before) / (double)published_set_class(set);
        pairs.ours[pairs.count] = (double)entries / (ours + set_s[pairs.count]);
        pairs.theirs[pairs.count] = (double)entries / theirs;
    }
    const uint32_t class = published_set_class(set);
    const size_t pages = (class + SET_PAGE_ENTRIES - 1) / SET_PAGE_ENTRIES;
    report("lookup-set-build", "mensen/s", "scalarmult", &pairs, true);
    qsort(set_s, rounds, sizeof *set_s, by_size);
    (void)printf(",\"people\":%zu,\"entries\":%u,\"set_ms\":%.1f,\"wire_bytes_entry\":%.3f,\"wire_bytes_person\":%.3f,"
                 "\"memory_bytes_entry\":%.2f}\n",
                 entries, class, set_s[rounds / 2] * 1e3, 8 + (double)(pages * SET_HEADER_BYTES) / class,
                 ((double)class * 8 + (double)(pages * SET_HEADER_BYTES)) / (double)entries, memory);
    published_set_close(set);
    free(people);
}

/* ---- tick ---- */

struct node {
    size_t clients;
    uint16_t *area;                    /* of each client */
    uint64_t (*fingerprint)[PURPOSES]; /* of each client; it is the area's requester's, so it changes with a move */
    struct published_set *sets[SETS];
    uint64_t version;
};

/* Areas are of all sizes, the largest some fifty times the smallest. */
static uint16_t some_area(void)
{
    const double u = (double)(random_number() >> 11) / 9007199254740992.0;
    return (uint16_t)(REQUESTERS * u * u);
}

static void settle(struct node *node, size_t client)
{
    node->area[client] = some_area();
    for (size_t p = 0; p < PURPOSES; p++) {
        node->fingerprint[client][p] = random_number();
    }
}

struct list {
    uint64_t *entries;
    size_t count;
    size_t capacity;
};

static void append(struct list *list, uint64_t entry)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 64 : 2 * list->capacity;
        list->entries = realloc(list->entries, list->capacity * sizeof *list->entries);
        need(list->entries != NULL, "no memory");
    }
    list->entries[list->count++] = entry;
}

static double build_all(const struct node *node, struct published_set **sets)
{
    struct list *lists = room(SETS, sizeof *lists);
    for (size_t i = 0; i < node->clients; i++) {
        for (size_t p = 0; p < PURPOSES; p++) {
            append(&lists[node->area[i] * PURPOSES + p], node->fingerprint[i][p]);
        }
    }
    const double begin = now_s();
    for (size_t s = 0; s < SETS; s++) {
        sets[s] = published(lists[s].entries, lists[s].count);
    }
    const double took = now_s() - begin;
    for (size_t s = 0; s < SETS; s++) {
        free(lists[s].entries);
    }
    free(lists);
    return took;
}

/* The next version, made beside the one that is given out, as sharing_tick.c does it. */
static void next_version(struct node *node, size_t s, const struct published_change *change)
{
    struct published_set *next = NULL;
    struct error err;
    need(published_set_copy(node->sets[s], &next, &err) == RESULT_OK &&
             published_set_change(next, change, node->version, &err) == RESULT_OK,
         "no change");
    published_set_close(node->sets[s]);
    node->sets[s] = next;
}

static void write_step(const struct node *node, size_t s, struct buf *body)
{
    struct set_swap swaps[SET_STEP_SWAPS];
    struct error err;
    struct set_header header = {.class = published_set_class(node->sets[s]),
                                .version = node->version,
                                .from = node->version - 1,
                                .root = *published_set_root(node->sets[s])};
    buf_clear(body);
    if (published_set_step(node->sets[s], header.from, header.version, swaps, &header.swaps, &err) == RESULT_OK) {
        set_write_step(&header, swaps, body);
    }
}

/* Everything that a tick does with sets: those that changed, the root over all, a step for each requester. */
static double tick(struct node *node, const struct list *goes, const struct list *comes)
{
    struct merkle_frontier all;
    struct sha256 hash;
    struct buf body;
    buf_init(&body, 1 << 20);
    const double begin = now_s();
    node->version++;
    merkle_init(&all);
    for (size_t s = 0; s < SETS; s++) {
        const struct published_change change = {goes[s].entries, goes[s].count, comes[s].entries, comes[s].count};
        if (change.goes_count + change.comes_count != 0) {
            next_version(node, s, &change);
        }
        merkle_leaf_hash(slice_of(published_set_root(node->sets[s])->bytes, SHA256_SIZE), &hash);
        merkle_append(&all, &hash);
    }
    merkle_root(&all, &hash);
    for (size_t s = 0; s < SETS; s++) {
        write_step(node, s, &body);
    }
    const double took = now_s() - begin;
    buf_free(&body);
    return took;
}

static double tick_with(struct node *node, size_t moves)
{
    struct list *goes = room(SETS, sizeof *goes);
    struct list *comes = room(SETS, sizeof *comes);
    for (size_t m = 0; m < moves; m++) {
        const size_t client = random_number() / 2 % node->clients;
        for (size_t p = 0; p < PURPOSES; p++) {
            append(&goes[node->area[client] * PURPOSES + p], node->fingerprint[client][p]);
        }
        settle(node, client);
        for (size_t p = 0; p < PURPOSES; p++) {
            append(&comes[node->area[client] * PURPOSES + p], node->fingerprint[client][p]);
        }
    }
    const double took = tick(node, goes, comes);
    for (size_t s = 0; s < SETS; s++) {
        free(goes[s].entries);
        free(comes[s].entries);
    }
    free(goes);
    free(comes);
    return took;
}

static void same_people(const struct node *node, struct published_set **sets)
{
    for (size_t s = 0; s < SETS; s++) {
        need(published_set_people(sets[s]) == published_set_people(node->sets[s]), "the sets do not agree");
        published_set_close(sets[s]);
    }
}

static void ticks(size_t rounds, size_t clients)
{
    static struct pairs pairs;
    static struct node node;
    static struct published_set *again[SETS];
    double still[ROUNDS_MAX];
    size_t entries = 0;
    node.clients = clients;
    node.version = 1;
    node.area = room(clients, sizeof *node.area);
    node.fingerprint = room(clients, sizeof *node.fingerprint);
    for (size_t i = 0; i < clients; i++) {
        settle(&node, i);
    }
    const size_t before = heap();
    (void)build_all(&node, node.sets);
    const size_t memory = heap() - before;
    for (; pairs.count < rounds; pairs.count++) {
        still[pairs.count] = tick_with(&node, 0) * 1e3;
        pairs.ours[pairs.count] = tick_with(&node, clients / 1000 + 1) * 1e3;
        pairs.theirs[pairs.count] = build_all(&node, again) * 1e3;
        same_people(&node, again);
    }
    for (size_t s = 0; s < SETS; s++) {
        entries += published_set_class(node.sets[s]);
        published_set_close(node.sets[s]);
    }
    report("lookup-set-tick", "ms/tik", "opnieuw", &pairs, false);
    qsort(still, rounds, sizeof *still, by_size);
    (void)printf(",\"clients\":%zu,\"requesters\":%d,\"sets\":%d,\"people_in_sets\":%zu,\"entries\":%zu,\"moves\":%zu,"
                 "\"unchanged_ms\":%.2f,\"memory_bytes_entry\":%.2f}\n",
                 clients, REQUESTERS, SETS, clients * PURPOSES, entries, clients / 1000 + 1, still[rounds / 2],
                 (double)memory / (double)entries);
    free(node.area);
    free(node.fingerprint);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(size_t rounds, size_t size);
    } all[] = {{"membership", membership}, {"build", build}, {"tick", ticks}};
    const size_t rounds = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
    const size_t size = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
    need(rounds >= 1 && rounds <= ROUNDS_MAX && size >= 1, "usage: bench_lookup_set membership|build|tick ROUNDS SIZE");
    need(sodium_init() >= 0, "libsodium does not start");
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        if (strcmp(argv[1], all[i].name) == 0) {
            all[i].run(rounds, size);
            return 0;
        }
    }
    need(false, "membership, build or tick");
    return 1;
}
