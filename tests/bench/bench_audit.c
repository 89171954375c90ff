/*
 * bench_audit - what the tamper-evident log costs, each against the bare work that cannot be done without.
 *
 *   bench_audit append   audit-append: records of exchanges a second, sealed, durable, receipted, with many in flight, against
 *                        SQLite alone inserting as many bytes in groups of the same sizes (WAL, synchronous=FULL);
 *                        audit-bytes: what a record takes on disk, against its leaf and the receipt beside it
 *   bench_audit verify   audit-verify: MB/s of checking a log leaf by leaf with its receipts, against SHA-256 over the same
 *   bench_audit proof    audit-proof: microseconds a consistency proof of BENCH_LEAVES (5000000) leaves, against the
 *                        hashing that a check of that proof does
 * BENCH_PAIRS (5): ours and the other in turn so many times; medians are printed, one JSON object a line.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/receipts.h"
#include "audit/audit.h"
#include "audit/verify.h"
#include "base/mem.h"
#include "base/merkle_proof.h"
#include "support/store_world.h"

enum {
    PAIRS_MAX = 25,
    IN_FLIGHT = 512,
    GROUPS_MAX = 1 << 20,
    VERIFY_LEAVES = 20000,
    PROOFS = 2000,
    FILL_BATCH = STORE_BATCH_MAX,
    SECONDS = 2,
};
static const char partner[] = "00000099000000002000";
static const char origin[] = "school.localhost/logboek";

static void fail(const char *what)
{
    (void)fprintf(stderr, "bench_audit: %s\n", what);
    exit(1);
}

static void require(bool condition, const char *what)
{
    if (!condition) {
        fail(what);
    }
}

static size_t setting(const char *name, size_t otherwise)
{
    const char *text = getenv(name);
    return text != NULL ? (size_t)strtoull(text, NULL, 10) : otherwise;
}

static size_t pair_count(void)
{
    const size_t pairs = setting("BENCH_PAIRS", 5);
    return pairs == 0 || pairs > PAIRS_MAX ? PAIRS_MAX : pairs;
}

static int compare(const void *a, const void *b)
{
    const double left = *(const double *)a;
    const double right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static void report(const char *bench, const char *unit, const char *peer, double value, double peer_value, double ratio)
{
    (void)printf(
        "{\"bench\":\"%s\",\"value\":%.3f,\"unit\":\"%s\",\"peer\":\"%s\",\"peer_value\":%.3f,\"ratio\":%.3f}\n", bench,
        value, unit, peer, peer_value, ratio);
    (void)fflush(stdout);
}

/* ---- a node's log, without the node ---- */

struct bench {
    struct world world;
    struct entropy entropy;
    struct audit *audit;
    struct log_identity identity;
    struct receipt_desk *desk;
    uint8_t receipt[RECEIPT_BYTES]; /* of the other side */
    /* appending */
    uint64_t until;
    uint64_t appended;
    uint64_t tree_size;
    uint32_t *groups; /* records in each commit */
    size_t group_count;
};

struct flight {
    struct bench *bench;
    struct store_place place;
    struct receipt_want want;
};

static void write_key(const struct world *world, const char *file, uint8_t byte)
{
    char path[WORLD_PATH_MAX + 32];
    uint8_t seed[SEAL_KEY_SIZE];
    memset(seed, byte, sizeof seed);
    (void)snprintf(path, sizeof path, "%s/%s", world->keys, file);
    FILE *out = fopen(path, "wb");
    require(out != NULL && fwrite(seed, 1, sizeof seed, out) == sizeof seed && fclose(out) == 0 &&
                chmod(path, 0600) == 0,
            "sleutel niet geschreven");
}

static void started(void *ctx, const struct error *err)
{
    *(bool *)ctx = err == NULL;
}

/* Cheap and never twice the same: what is measured is not the kernel's generator. */
static void fill(void *ctx, void *out, size_t len)
{
    static const uint64_t step = 6364136223846793005U;
    uint64_t *state = ctx;
    uint8_t *to = out;
    for (size_t i = 0; i < len; i++) {
        *state = *state * step + 1442695040888963407U;
        to[i] = (uint8_t)(*state >> 56);
    }
}

static uint64_t fill_state = 1;

static void open_bench(struct bench *b)
{
    struct error err;
    bool ready = false;
    const struct receipt_promise promise = {{{1}}, {{2}}};
    memset(b, 0, sizeof *b);
    world_make(&b->world);
    write_key(&b->world, "controlepunten.key", 1);
    write_key(&b->world, "getuige.key", 2);
    b->entropy = (struct entropy){fill, &fill_state};
    require(world_open(&b->world, &err) == RESULT_OK &&
                audit_open(b->world.keyring, &b->world.clock, &b->entropy, &b->audit, &err) == RESULT_OK &&
                log_identity_open(b->world.keyring, origin, 0, &b->identity, &err) == RESULT_OK &&
                receipt_desk_open(&b->world.loop, &b->identity, &b->world.clock, &b->entropy, &b->desk, &err) ==
                    RESULT_OK,
            "het logboek gaat niet open");
    audit_start(b->audit, b->world.door, started, &ready);
    const struct receipt_log log = {origin, 0, &b->identity.checkpoints};
    uint8_t made[1][RECEIPT_BYTES];
    require(ready && receipts_make(&log, &promise, 1, 1, &b->entropy, made, &err) == RESULT_OK, "geen sleutels");
    memcpy(b->receipt, made[0], RECEIPT_BYTES);
    b->groups = mem_zalloc(GROUPS_MAX * sizeof *b->groups);
    require(b->groups != NULL, "geen geheugen");
}

static void close_bench(struct bench *b)
{
    receipt_desk_close(b->desk);
    (void)uv_run(&b->world.loop, UV_RUN_DEFAULT);
    log_identity_drop(&b->identity);
    audit_close(b->audit);
    mem_free(b->groups);
    world_close(&b->world); /* the folder stays: see world_drop */
}

/* ---- appending ---- */

static struct record an_exchange(void)
{
    struct record record = {.operation = RECORD_RECEIVED, .outcome = OUTCOME_GOT_NOTHING, .age = 41};
    (void)snprintf(record.purpose, sizeof record.purpose, "hulpafstemming");
    (void)snprintf(record.user, sizeof record.user, "g.jansen");
    (void)snprintf(record.rules, sizeof record.rules, "hulp-01 hulp-02");
    require(oin_parse(slice_text(partner), &record.peer), "oin");
    return record;
}

static void append_one(struct flight *flight);

static void signed_for(void *ctx, const uint8_t *receipt, const struct error *why)
{
    struct flight *flight = ctx;
    (void)why;
    require(receipt != NULL, "geen ontvangstbewijs");
    flight->bench->appended++;
    if (uv_hrtime() < flight->bench->until) {
        append_one(flight);
    }
}

static void committed(void *ctx, const struct store_committed *done, const struct error *err)
{
    struct flight *flight = ctx;
    struct bench *b = flight->bench;
    require(err == NULL, "niet vastgelegd");
    if (done->tree_size != b->tree_size && b->group_count < GROUPS_MAX) {
        b->groups[b->group_count++] = (uint32_t)(done->tree_size - b->tree_size);
        b->tree_size = done->tree_size;
    }
    flight->want = (struct receipt_want){.sequence = done->first_leaf + flight->place.index,
                                         .leaf_hash = flight->place.leaf_hash,
                                         .got = signed_for,
                                         .ctx = flight};
    receipts_want(b->desk, &flight->want);
}

static void append_one(struct flight *flight)
{
    struct bench *b = flight->bench;
    struct error err;
    struct record record = an_exchange();
    struct store_batch *batch = store_batch_new(b->world.door);
    require(batch != NULL &&
                audit_append_exchange(b->audit, batch, &record, slice_of(NULL, 0), slice_of(b->receipt, RECEIPT_BYTES),
                                      &flight->place, &err) == RESULT_OK,
            "het logboek neemt niets aan");
    store_commit(b->world.door, batch, committed, flight);
}

static double append_for_a_while(struct bench *b)
{
    static struct flight flights[IN_FLIGHT];
    const uint64_t before = b->appended;
    const uint64_t start = uv_hrtime();
    b->until = start + setting("BENCH_SECONDS", SECONDS) * UINT64_C(1000000000);
    b->group_count = 0;
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        flights[i].bench = b;
        append_one(&flights[i]);
    }
    (void)uv_run(&b->world.loop, UV_RUN_DEFAULT);
    return (double)(b->appended - before) / ((double)(uv_hrtime() - start) / 1e9);
}

static void sql(sqlite3 *db, const char *text)
{
    require(sqlite3_exec(db, text, NULL, NULL, NULL) == SQLITE_OK, "sqlite");
}

/* The groups that were just committed, once more, by SQLite alone. */
static double insert_the_same(struct bench *b, sqlite3 *db, sqlite3_int64 *seq)
{
    uint8_t leaf[LOG_LEAF_BYTES];
    sqlite3_stmt *insert = NULL;
    uint64_t rows = 0;
    require(sqlite3_prepare_v2(db, "INSERT INTO leaf VALUES(?,?,?)", -1, &insert, NULL) == SQLITE_OK, "sqlite");
    const uint64_t start = uv_hrtime();
    for (size_t g = 0; g < b->group_count; g++) {
        sql(db, "BEGIN IMMEDIATE");
        for (uint32_t i = 0; i < b->groups[g]; i++, rows++) {
            memset(leaf, (int)(rows & 0xFF), sizeof leaf);
            (void)sqlite3_bind_int64(insert, 1, (*seq)++);
            (void)sqlite3_bind_blob(insert, 2, leaf, sizeof leaf, SQLITE_STATIC);
            (void)sqlite3_bind_blob(insert, 3, b->receipt, RECEIPT_BYTES, SQLITE_STATIC);
            require(sqlite3_step(insert) == SQLITE_DONE && sqlite3_reset(insert) == SQLITE_OK, "sqlite");
        }
        sql(db, "COMMIT");
    }
    const double seconds = (double)(uv_hrtime() - start) / 1e9;
    (void)sqlite3_finalize(insert);
    return (double)rows / seconds;
}

static void bench_append(void)
{
    struct bench b;
    sqlite3 *db = NULL;
    sqlite3_int64 seq = 0;
    char path[WORLD_PATH_MAX + 32];
    double ours[PAIRS_MAX], theirs[PAIRS_MAX], ratios[PAIRS_MAX];
    const size_t pairs = pair_count();
    struct stat file;
    open_bench(&b);
    (void)snprintf(path, sizeof path, "%s/kaal.db", b.world.folder);
    require(sqlite3_open(path, &db) == SQLITE_OK, "sqlite");
    sql(db, "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
            "CREATE TABLE leaf(seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL, receipt BLOB) STRICT;");
    for (size_t i = 0; i < pairs; i++) {
        const uint64_t before = b.appended;
        ours[i] = append_for_a_while(&b);
        theirs[i] = insert_the_same(&b, db, &seq);
        ratios[i] = ours[i] / theirs[i];
        (void)fprintf(stderr, "audit-append: %.0f regels per groep\n",
                      (double)(b.appended - before) / (double)b.group_count);
    }
    report("audit-append", "regels/s", "sqlite", median(ours, pairs), median(theirs, pairs), median(ratios, pairs));
    (void)sqlite3_close(db);
    (void)unlink(path);
    const double records = (double)b.tree_size;
    close_bench(&b);
    (void)snprintf(path, sizeof path, "%s/knooppunt.db", b.world.data);
    require(stat(path, &file) == 0, "geen bestand");
    const double each = (double)file.st_size / records;
    report("audit-bytes", "bytes/regel", "blad-en-ontvangstbewijs", each, LOG_LEAF_BYTES + RECEIPT_BYTES,
           (LOG_LEAF_BYTES + RECEIPT_BYTES) / each);
    world_drop(&b.world);
}

/* ---- checking ---- */

struct checked {
    struct note_key key;
    struct oin oin;
    uint8_t (*leaves)[LOG_LEAF_BYTES];
    uint8_t (*receipts)[RECEIPT_BYTES];
};

static const struct note_key *key_of(void *ctx, const struct oin *oin, const char **name)
{
    struct checked *c = ctx;
    *name = origin;
    return oin_equal(oin, &c->oin) ? &c->key : NULL;
}

/* A log of the asker: every record has a receipt, in groups as a busy partner makes them. */
static void make_log(struct bench *b, struct checked *c)
{
    const uint8_t seed[ED25519_SEED_SIZE] = {9};
    const uint8_t salt[SEAL_SALT_SIZE] = {9};
    struct receipt_promise promises[RECEIPT_GROUP_MAX];
    struct record record = an_exchange();
    struct error err;
    bool created = false;
    record.class.month = 202601;
    c->oin = record.peer;
    c->leaves = mem_alloc(VERIFY_LEAVES * sizeof *c->leaves);
    c->receipts = mem_alloc((VERIFY_LEAVES + RECEIPT_GROUP_MAX) * sizeof *c->receipts);
    require(c->leaves != NULL && c->receipts != NULL &&
                note_key_from_seed(origin, NOTE_ED25519, seed, &c->key, &err) == RESULT_OK &&
                seal_class_ready(b->world.keyring, record.class, &created, &err) == RESULT_OK,
            "geen sleutels");
    const struct receipt_log log = {origin, 0, &c->key};
    for (size_t at = 0; at < VERIFY_LEAVES; at += RECEIPT_GROUP_MAX) {
        for (size_t i = 0; i < RECEIPT_GROUP_MAX; i++) {
            fill(&fill_state, &promises[i], sizeof promises[i]);
        }
        require(receipts_make(&log, promises, RECEIPT_GROUP_MAX, 1, &b->entropy, c->receipts + at, &err) == RESULT_OK,
                "geen ontvangstbewijs");
    }
    for (size_t i = 0; i < VERIFY_LEAVES; i++) {
        struct sha256 digest;
        sha256_of(slice_of(c->receipts[i], RECEIPT_BYTES), &digest);
        memcpy(record.attachment, digest.bytes, sizeof record.attachment);
        require(record_encode(b->world.keyring, &record, salt, c->leaves[i], &err) == RESULT_OK, "geen regel");
    }
}

static void bench_verify(void)
{
    struct bench b;
    struct checked c;
    double ours[PAIRS_MAX], theirs[PAIRS_MAX], ratios[PAIRS_MAX];
    const size_t pairs = pair_count();
    const double megabytes = (double)VERIFY_LEAVES * (LOG_LEAF_BYTES + RECEIPT_BYTES) / 1e6;
    open_bench(&b);
    make_log(&b, &c);
    for (size_t p = 0; p < pairs; p++) {
        struct log_verifier verifier;
        struct sha256 hash;
        uint64_t start = uv_hrtime();
        log_verify_begin(&verifier, &(struct log_keys){key_of, &c});
        for (size_t i = 0; i < VERIFY_LEAVES; i++) {
            log_verify_leaf(&verifier, LOG_SEAL_WHOLE, c.leaves[i], slice_of(c.receipts[i], RECEIPT_BYTES));
        }
        ours[p] = megabytes / ((double)(uv_hrtime() - start) / 1e9);
        require(verifier.first_wrong < 0 && verifier.receipts == VERIFY_LEAVES, "het logboek klopt niet");
        start = uv_hrtime();
        for (size_t i = 0; i < VERIFY_LEAVES; i++) {
            sha256_of(slice_of(c.leaves[i], LOG_LEAF_BYTES), &hash);
            sha256_of(slice_of(c.receipts[i], RECEIPT_BYTES), &hash);
        }
        theirs[p] = megabytes / ((double)(uv_hrtime() - start) / 1e9);
        ratios[p] = ours[p] / theirs[p];
    }
    report("audit-verify", "MB/s", "sha256", median(ours, pairs), median(theirs, pairs), median(ratios, pairs));
    note_key_drop(&c.key);
    mem_free(c.leaves);
    mem_free(c.receipts);
    close_bench(&b);
    world_drop(&b.world);
}

/* ---- proving ---- */

struct proving {
    struct merkle_proof proof;
    struct sha256 root;
};

static void take_proof(void *ctx, const struct merkle_proof *proof, const struct error *err)
{
    struct proving *p = ctx;
    require(err == NULL, "geen bewijs");
    p->proof = *proof;
}

static void take_root(void *ctx, const struct sha256 *root, const struct error *err)
{
    struct proving *p = ctx;
    require(err == NULL, "geen wortel");
    p->root = *root;
}

static void bench_proof(void)
{
    struct bench b;
    double ours[PAIRS_MAX], theirs[PAIRS_MAX], ratios[PAIRS_MAX];
    const size_t pairs = pair_count();
    const size_t leaves = setting("BENCH_LEAVES", 5000000);
    open_bench(&b);
    for (size_t at = 0; at < leaves;) {
        struct store_batch *batch = store_batch_new(b.world.door);
        for (size_t i = 0; i < FILL_BATCH && at < leaves; i++, at++) {
            uint8_t leaf[LOG_LEAF_BYTES];
            world_leaf((uint32_t)at, leaf);
            store_append(batch, leaf, slice_of(NULL, 0), slice_of(NULL, 0), NULL);
        }
        require(world_commit(&b.world, batch) == FAULT_NONE, "niet vastgelegd");
    }
    for (size_t p = 0; p < pairs; p++) {
        uint64_t proving_ns = 0;
        uint64_t hashing_ns = 0;
        struct proving new;
        store_log_root(b.world.door, leaves, take_root, &new);
        for (size_t i = 0; i < PROOFS; i++) {
            struct proving old;
            uint64_t random = 0;
            fill(&fill_state, &random, sizeof random);
            const uint64_t from = 1 + random % (leaves - 1);
            store_log_root(b.world.door, from, take_root, &old);
            const uint64_t start = uv_hrtime();
            store_log_consistency(b.world.door, from, leaves, take_proof, &old);
            const uint64_t middle = uv_hrtime();
            require(merkle_consistency_holds(from, leaves, &old.root, &new.root, &old.proof), "het bewijs klopt niet");
            hashing_ns += uv_hrtime() - middle;
            proving_ns += middle - start;
        }
        ours[p] = (double)proving_ns / 1e3 / PROOFS;
        theirs[p] = (double)hashing_ns / 1e3 / PROOFS;
        ratios[p] = ours[p] / theirs[p];
    }
    report("audit-proof", "us/bewijs", "hashen", median(ours, pairs), median(theirs, pairs), median(ratios, pairs));
    close_bench(&b);
    world_drop(&b.world);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } benches[] = {{"append", bench_append}, {"verify", bench_verify}, {"proof", bench_proof}};
    for (size_t i = 0; argc == 2 && i < sizeof benches / sizeof benches[0]; i++) {
        if (strcmp(argv[1], benches[i].name) == 0) {
            benches[i].run();
            return 0;
        }
    }
    (void)fprintf(stderr, "bench_audit append|verify|proof\n");
    return 2;
}
