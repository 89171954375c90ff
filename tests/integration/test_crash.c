/*
 * A writer that is killed at a random moment, on a disk that forgets what was not synced, loses nothing that it
 * acknowledged: each receipt that it signed names a record that is there, with that leaf. And the control: without
 * syncing, the same test does find losses, so it can find them.
 */
#include "unit/unit.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/log_identity.h"
#include "audit/receipt.h"
#include "base/bytes.h"
#include "integration/dropsync_vfs.h"
#include "support/store_world.h"

enum {
    ROUNDS = 20,
    KILL_AFTER_MS = 10, /* at least, and up to KILL_SPREAD_MS later */
    KILL_SPREAD_MS = 120,
    LONG_EVERY = 9, /* so many rounds, one lives until its log is full and a checkpoint is due */
    LONG_ACKS = 8000,
    LONG_SPREAD = 3000,
    IN_FLIGHT = 32,
    ROUND_NUMBERS = 10000000, /* each round numbers its leaves from round * this */
    PROOFS = 200,             /* checked after each crash, spread over the log */
    WITH_ITEM = 8,            /* every so many batches bring an item too */
    ACKED_MAX = 400000,
    TEXT_BYTES = 2000, /* beside each leaf: fills the write-ahead log, so that checkpoints fall into the rounds */
};

static const uint8_t text[TEXT_BYTES] = "tekst";

static const char origin[] = "proef.example/logboek";

/* What a client holds: it is made of the place that the commit told, and of the leaf. */
struct ack {
    uint8_t receipt[RECEIPT_BYTES];
};

/* ---- the child: appends until it dies ---- */
struct child {
    struct world *world;
    struct log_identity log;
    uint32_t next;
    int pipe;
};

struct pending {
    struct child *child;
    uint32_t number;
};

static void append_next(struct pending *pending);

static void fill(void *ctx, void *out, size_t len)
{
    (void)ctx;
    memset(out, 7, len);
}

static void leaf_hash_of(uint32_t number, struct sha256 *out)
{
    uint8_t leaf[LOG_LEAF_BYTES];
    world_leaf(number, leaf);
    merkle_leaf_hash(slice_of(leaf, sizeof leaf), out);
}

static void sign(const struct child *child, uint64_t sequence, uint32_t number, struct ack *out)
{
    static const struct entropy entropy = {fill, NULL};
    const struct receipt_log log = {origin, 0, &child->log.checkpoints};
    struct receipt_promise promise;
    struct error err;
    uint8_t receipt[1][RECEIPT_BYTES];
    log_record_id(&child->log, sequence, &promise.record_id);
    leaf_hash_of(number, &promise.leaf_hash);
    if (receipts_make(&log, &promise, 1, 1767225600000 + RECEIPT_WITHIN_MS, &entropy, receipt, &err) != RESULT_OK) {
        _exit(5);
    }
    memcpy(out->receipt, receipt[0], RECEIPT_BYTES);
}

static void on_acknowledged(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct pending *pending = ctx;
    if (err != NULL) {
        (void)fprintf(stderr, "%s\n", err->what);
        _exit(3);
    }
    struct ack ack;
    sign(pending->child, committed->first_leaf, pending->number, &ack);
    if (write(pending->child->pipe, &ack, sizeof ack) != (ssize_t)sizeof ack) {
        _exit(4);
    }
    append_next(pending);
}

static void append_next(struct pending *pending)
{
    struct world *world = pending->child->world;
    struct store_batch *batch = store_batch_new(world->door);
    uint8_t leaf[LOG_LEAF_BYTES];
    pending->number = pending->child->next++;
    world_leaf(pending->number, leaf);
    store_append(batch, leaf, slice_of(text, sizeof text), slice_of(NULL, 0), NULL);
    if (pending->number % WITH_ITEM == 0) {
        store_put(batch, STORE_SUBJECT,
                  &(struct store_write){.id = world_ident(pending->number), .payload = slice_text("inhoud")});
    }
    store_commit(world->door, batch, on_acknowledged, pending);
}

static void child_main(struct world *world, uint32_t first, bool without_sync, int pipe_end)
{
    struct pending pending[IN_FLIGHT];
    struct error err;
    dropsync_install();
    world->options.test_without_sync = without_sync;
    if (world_open(world, &err) != RESULT_OK) {
        (void)fprintf(stderr, "%s: %s\n", err.where, err.what);
        _exit(2);
    }
    struct child child = {.world = world, .next = first, .pipe = pipe_end};
    if (log_identity_open(world->keyring, origin, 0, &child.log, &err) != RESULT_OK) {
        _exit(6);
    }
    for (size_t i = 0; i < IN_FLIGHT; i++) {
        pending[i].child = &child;
        append_next(&pending[i]);
    }
    (void)uv_run(&world->loop, UV_RUN_DEFAULT);
    _exit(1);
}

/* ---- the parent ---- */
struct acks {
    struct ack *items;
    size_t count;
};

/* When to kill: so long after the first acknowledgement, and not before so many. */
struct fate {
    int after_ms;
    size_t acks;
};

/* Reads acknowledgements until the child is dead. */
static void run_child(struct world *world, uint32_t first, bool without_sync, struct fate fate, struct acks *acks)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(ends[0]);
        child_main(world, first, without_sync, ends[1]);
    }
    (void)close(ends[1]);
    uint64_t kill_at = 0;
    bool killed = false;
    struct ack ack;
    acks->count = 0;
    while (read(ends[0], &ack, sizeof ack) == (ssize_t)sizeof ack) {
        /* The clock starts at the first acknowledgement: opening takes its own time on a slow machine. */
        kill_at = kill_at == 0 ? uv_hrtime() + (uint64_t)fate.after_ms * 1000000U : kill_at;
        assert_true(acks->count < ACKED_MAX);
        acks->items[acks->count++] = ack;
        if (!killed && uv_hrtime() >= kill_at && acks->count >= fate.acks) {
            assert_int_equal(kill(pid, SIGKILL), 0);
            killed = true;
        }
    }
    (void)close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

/* What stands in the store after the crash. */
struct standing {
    uint32_t *numbers; /* by sequence */
    uint64_t count;
    struct merkle_frontier tree; /* reckoned over the leaves read back */
    bool damaged;
};

static void on_leaves(void *ctx, const struct store_leaf *leaves, size_t count, const struct error *err)
{
    struct standing *standing = ctx;
    standing->damaged = standing->damaged || err != NULL;
    for (size_t i = 0; i < count; i++) {
        struct sha256 hash;
        uint8_t expected[LOG_LEAF_BYTES];
        const uint32_t number = bytes_get_u32(leaves[i].leaf);
        world_leaf(number, expected);
        standing->damaged = standing->damaged || leaves[i].sequence != standing->count ||
                            memcmp(expected, leaves[i].leaf, LOG_LEAF_BYTES) != 0 ||
                            !slice_equal(leaves[i].sealed_text, slice_of(text, sizeof text));
        merkle_leaf_hash(slice_of(leaves[i].leaf, LOG_LEAF_BYTES), &hash);
        merkle_append(&standing->tree, &hash);
        standing->numbers[standing->count++] = number;
    }
}

static void on_head(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct standing *standing = ctx;
    struct sha256 reckoned;
    struct sha256 kept;
    if (err != NULL || tree->size != standing->count) {
        standing->damaged = true;
        return;
    }
    merkle_root(&standing->tree, &reckoned);
    merkle_root(tree, &kept);
    standing->damaged = standing->damaged || memcmp(reckoned.bytes, kept.bytes, SHA256_SIZE) != 0;
}

static void on_item(void *ctx, const struct store_found *found, const struct error *err)
{
    *(bool *)ctx = err == NULL && found->item != NULL && slice_is(found->item->payload, "inhoud");
}

/* All or nothing: the item of a batch is there because its leaf is. */
static bool items_match(struct world *world, const struct standing *standing, uint64_t from)
{
    bool fine = true;
    for (uint64_t i = from; i < standing->count && fine; i++) {
        if (standing->numbers[i] % WITH_ITEM == 0) {
            const struct ident id = world_ident(standing->numbers[i]);
            store_get(world->door, STORE_SUBJECT, &id, STORE_KIND_COUNT, on_item, &fine);
        }
    }
    return fine;
}

/* The feed of changed people names exactly those whose items stand, in the order in which they were committed. */
struct fed {
    const struct standing *standing;
    uint64_t at; /* leaf behind that of the last one */
    uint64_t place;
    size_t count;
    bool fine;
};

static bool next_item(struct fed *fed, struct ident *out)
{
    while (fed->at < fed->standing->count && fed->standing->numbers[fed->at] % WITH_ITEM != 0) {
        fed->at++;
    }
    if (fed->at == fed->standing->count) {
        return false;
    }
    *out = world_ident(fed->standing->numbers[fed->at++]);
    return true;
}

static void on_feed(void *ctx, const struct store_change *changes, size_t count, const struct error *err)
{
    struct fed *fed = ctx;
    fed->fine = fed->fine && err == NULL;
    for (size_t i = 0; i < count; i++) {
        struct ident id;
        fed->fine = fed->fine && next_item(fed, &id) && ident_equal(&id, &changes[i].subject);
        fed->place = changes[i].place;
    }
    fed->count = count;
}

static bool feed_matches(struct world *world, const struct standing *standing)
{
    struct fed fed = {.standing = standing, .count = 1, .fine = true};
    struct ident more;
    while (fed.count != 0 && fed.fine) {
        store_feed_read(world->door, fed.place, STORE_LIST_MAX, on_feed, &fed);
    }
    return fed.fine && !next_item(&fed, &more);
}

/* From the leaf `from` on; what stands before it was read back in an earlier round. */
static void read_back(struct world *world, uint64_t from, struct standing *standing)
{
    uint64_t before = UINT64_MAX;
    while (standing->count != before) {
        before = standing->count;
        store_log_read(world->door, standing->count, STORE_LIST_MAX, on_leaves, standing);
    }
    store_log_head(world->door, on_head, standing);
    standing->damaged = standing->damaged || !items_match(world, standing, from) || !feed_matches(world, standing);
}

/* A receipt leads to its record by the id alone, and to the leaf that it was signed for. */
static bool is_held(const struct log_identity *log, const struct ack *ack, const struct standing *standing)
{
    struct receipt receipt;
    struct error err;
    struct sha256 hash;
    uint64_t sequence = 0;
    assert_int_equal(receipt_parse(slice_of(ack->receipt, RECEIPT_BYTES), &receipt, &err), RESULT_OK);
    if (!log_record_sequence(log, &receipt.promise.record_id, &sequence) || sequence >= standing->count) {
        return false;
    }
    leaf_hash_of(standing->numbers[sequence], &hash);
    return memcmp(hash.bytes, receipt.promise.leaf_hash.bytes, SHA256_SIZE) == 0;
}

static size_t count_lost(const struct log_identity *log, const struct acks *acks, const struct standing *standing)
{
    size_t lost = 0;
    for (size_t i = 0; i < acks->count; i++) {
        lost += is_held(log, &acks->items[i], standing) ? 0 : 1;
    }
    return lost;
}

/* Proofs are made of the subtree roots that are stored; the leaves that were read back give the root to hold them to. */
struct proving {
    const struct standing *standing;
    uint64_t sequence;
    bool holds;
};

static void on_root(void *ctx, const struct sha256 *root, const struct error *err)
{
    struct proving *proving = ctx;
    struct sha256 reckoned;
    merkle_root(&proving->standing->tree, &reckoned);
    proving->holds = err == NULL && memcmp(reckoned.bytes, root->bytes, SHA256_SIZE) == 0;
}

static void on_proof(void *ctx, const struct merkle_proof *proof, const struct error *err)
{
    struct proving *proving = ctx;
    struct sha256 root;
    struct sha256 leaf;
    merkle_root(&proving->standing->tree, &root);
    leaf_hash_of(proving->standing->numbers[proving->sequence], &leaf);
    proving->holds =
        err == NULL && merkle_inclusion_holds(proving->sequence, proving->standing->count, &leaf, proof, &root);
}

static void assert_proofs_agree(struct world *world, const struct standing *standing)
{
    struct proving proving = {.standing = standing};
    store_log_root(world->door, standing->count, on_root, &proving);
    assert_true(proving.holds);
    for (uint64_t step = standing->count / PROOFS + 1; proving.sequence < standing->count; proving.sequence += step) {
        proving.holds = false;
        store_log_inclusion(world->door, proving.sequence, standing->count, on_proof, &proving);
        assert_true(proving.holds);
    }
}

struct rig {
    struct world world;
    struct acks acks;
    struct standing standing;
    unsigned seed;
    size_t acknowledged;
    unsigned checkpoints; /* rounds in which the database itself was written before the kill */
};

static int setup(void **state)
{
    struct rig *rig = calloc(1, sizeof *rig);
    const char *seed = getenv("CRASH_SEED");
    struct error err;
    rig->seed = seed != NULL ? (unsigned)strtoul(seed, NULL, 10) : (unsigned)getpid();
    (void)printf("CRASH_SEED=%u\n", rig->seed);
    (void)fflush(stdout);
    world_make(&rig->world);
    rig->acks.items = calloc(ACKED_MAX, sizeof *rig->acks.items);
    rig->standing.numbers = calloc(ACKED_MAX, sizeof *rig->standing.numbers);
    /* Made on the normal disk: what gets lost is to be records, not the database. */
    assert_int_equal(world_open(&rig->world, &err), RESULT_OK);
    world_close(&rig->world);
    *state = rig;
    return 0;
}

static int teardown(void **state)
{
    struct rig *rig = *state;
    world_drop(&rig->world);
    free(rig->acks.items);
    free(rig->standing.numbers);
    free(rig);
    return 0;
}

static off_t size_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

/* `log` is the caller's to drop. */
static void verify(struct rig *rig, uint64_t from, struct log_identity *log)
{
    struct error err;
    assert_int_equal(world_open(&rig->world, &err), RESULT_OK);
    read_back(&rig->world, from, &rig->standing);
    assert_false(rig->standing.damaged);
    assert_proofs_agree(&rig->world, &rig->standing);
    assert_int_equal(log_identity_open(rig->world.keyring, origin, 0, log, &err), RESULT_OK);
    world_close(&rig->world);
}

/* One life and death; the number of acknowledged leaves that are gone. */
static size_t crash_once(struct rig *rig, unsigned round, bool without_sync)
{
    const off_t size_before = size_of(rig->world.database);
    struct fate fate = {KILL_AFTER_MS + rand_r(&rig->seed) % KILL_SPREAD_MS, 0};
    if (round % LONG_EVERY == 0) {
        fate.acks = LONG_ACKS + (size_t)(rand_r(&rig->seed) % LONG_SPREAD);
    }
    run_child(&rig->world, round * ROUND_NUMBERS, without_sync, fate, &rig->acks);
    rig->acknowledged += rig->acks.count;
    rig->checkpoints += size_of(rig->world.database) > size_before ? 1 : 0;
    struct log_identity log;
    verify(rig, rig->standing.count, &log);
    const size_t lost = count_lost(&log, &rig->acks, &rig->standing);
    log_identity_drop(&log);
    return lost;
}

static void nothing_acknowledged_is_lost(void **state)
{
    struct rig *rig = *state;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        assert_int_equal(crash_once(rig, round, false), 0);
    }
    (void)printf("acknowledged %zu, standing %llu, rounds with a checkpoint %u\n", rig->acknowledged,
                 (unsigned long long)rig->standing.count, rig->checkpoints);
    assert_true(rig->acknowledged > ROUNDS);
    assert_true(rig->checkpoints > 0);
    /* And once more from the first leaf on: no crash harmed what stood before it. */
    rig->standing.count = 0;
    merkle_init(&rig->standing.tree);
    struct log_identity log;
    verify(rig, 0, &log);
    log_identity_drop(&log);
}

static void without_sync_the_same_test_finds_losses(void **state)
{
    struct rig *rig = *state;
    assert_true(crash_once(rig, 1, true) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_acknowledged_is_lost, setup, teardown),
        cmocka_unit_test_setup_teardown(without_sync_the_same_test_finds_losses, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
