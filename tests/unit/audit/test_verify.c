/* A log checked leaf by leaf: each thing that can be wrong is told with the first record where it is. */
#include "unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/log_identity.h"
#include "audit/verify.h"
#include "support/store_world.h"

static const char partner[] = "00000099000000002000";
static const char origin[] = "school.localhost/logboek";

struct rig {
    struct world world;
    struct note_key key;
    struct oin oin;
    struct entropy entropy;
    struct log_verifier verifier;
    uint8_t receipt[1][RECEIPT_BYTES];
};

static void fill(void *ctx, void *out, size_t len)
{
    (void)ctx;
    memset(out, 3, len);
}

static const struct note_key *key_of(void *ctx, const struct oin *oin, const char **name)
{
    struct rig *rig = ctx;
    *name = origin;
    return oin_equal(oin, &rig->oin) ? &rig->key : NULL;
}

static void open_rig(struct rig *rig)
{
    const uint8_t seed[ED25519_SEED_SIZE] = {5};
    struct error err;
    bool created = false;
    memset(rig, 0, sizeof *rig);
    world_make(&rig->world);
    assert_int_equal(world_open(&rig->world, &err), RESULT_OK);
    assert_int_equal(seal_class_ready(rig->world.keyring, (struct seal_class){202601, 0}, &created, &err), RESULT_OK);
    assert_int_equal(note_key_from_seed(origin, NOTE_ED25519, seed, &rig->key, &err), RESULT_OK);
    assert_true(oin_parse(slice_text(partner), &rig->oin));
    rig->entropy = (struct entropy){fill, rig};
    const struct receipt_log log = {origin, 0, &rig->key};
    const struct receipt_promise promise = {{{1}}, {{2}}};
    assert_int_equal(receipts_make(&log, &promise, 1, 1000, &rig->entropy, rig->receipt, &err), RESULT_OK);
    log_verify_begin(&rig->verifier, &(struct log_keys){key_of, rig});
}

static void close_rig(struct rig *rig)
{
    note_key_drop(&rig->key);
    world_close(&rig->world);
    world_drop(&rig->world);
}

static void make_leaf(struct rig *rig, enum record_operation operation, const char *peer, const uint8_t *receipt,
                      uint8_t leaf[LOG_LEAF_BYTES])
{
    struct record record = {.operation = operation, .age = 255, .class.month = 202601};
    const uint8_t salt[SEAL_SALT_SIZE] = {1};
    struct error err;
    assert_true(oin_parse(slice_text(peer), &record.peer));
    if (receipt != NULL) {
        struct sha256 digest;
        sha256_of(slice_of(receipt, RECEIPT_BYTES), &digest);
        memcpy(record.attachment, digest.bytes, SHA256_SIZE);
    }
    assert_int_equal(record_encode(rig->world.keyring, &record, salt, leaf, &err), RESULT_OK);
}

static void each_wrong_thing_is_named(void **state)
{
    (void)state;
    enum { NONE, WHOLE, OTHER, FORGED };
    static const struct {
        enum record_operation operation;
        enum log_seal seal;
        int named, beside; /* which receipt the leaf names, which lies beside it */
        const char *peer;
        const char *why; /* NULL: nothing is wrong */
    } rows[] = {
        {RECORD_ASKED, LOG_SEAL_WHOLE, NONE, NONE, partner, NULL},
        {RECORD_ANSWERED, LOG_SEAL_WHOLE, WHOLE, WHOLE, partner, NULL},
        {RECORD_RECEIVED, LOG_SEAL_WHOLE, WHOLE, WHOLE, partner, NULL},
        {RECORD_RECEIVED, LOG_SEAL_WHOLE, NONE, NONE, partner, NULL}, /* nothing came back */
        {RECORD_ANSWERED, LOG_SEAL_DESTROYED, WHOLE, WHOLE, partner, NULL},
        {RECORD_ANSWERED, LOG_SEAL_WHOLE, FORGED, FORGED, "00000099000000009000", NULL}, /* not in this covenant */
        {RECORD_ANSWERED, LOG_SEAL_DAMAGED, WHOLE, WHOLE, partner, "is veranderd"},
        {RECORD_ANSWERED, LOG_SEAL_WHOLE, NONE, NONE, partner, "mist het ontvangstbewijs"},
        {RECORD_RECEIVED, LOG_SEAL_WHOLE, WHOLE, NONE, partner, "mist het ontvangstbewijs"},
        {RECORD_ANSWERED, LOG_SEAL_WHOLE, WHOLE, OTHER, partner, "noemt een ander ontvangstbewijs"},
        {RECORD_RECEIVED, LOG_SEAL_WHOLE, NONE, WHOLE, partner, "noemt een ander ontvangstbewijs"},
        {RECORD_ANSWERED, LOG_SEAL_WHOLE, FORGED, FORGED, partner, "niet ondertekende"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rig rig;
        uint8_t leaf[LOG_LEAF_BYTES];
        uint8_t forged[RECEIPT_BYTES];
        open_rig(&rig);
        memcpy(forged, rig.receipt[0], RECEIPT_BYTES);
        forged[RECEIPT_BYTES - 1] ^= 1;
        const uint8_t *receipts[] = {NULL, rig.receipt[0], forged, forged};
        make_leaf(&rig, RECORD_ASKED, partner, NULL, leaf);
        log_verify_leaf(&rig.verifier, LOG_SEAL_WHOLE, leaf, slice_of(NULL, 0));
        make_leaf(&rig, rows[i].operation, rows[i].peer, receipts[rows[i].named], leaf);
        log_verify_leaf(&rig.verifier, rows[i].seal, leaf,
                        slice_of(receipts[rows[i].beside], rows[i].beside != NONE ? RECEIPT_BYTES : 0));
        assert_int_equal(rig.verifier.first_wrong, rows[i].why != NULL ? 1 : -1);
        assert_true(rows[i].why == NULL || strstr(rig.verifier.why, rows[i].why) != NULL);
        /* The first stays the first. */
        memset(leaf, 0xEE, sizeof leaf);
        log_verify_leaf(&rig.verifier, LOG_SEAL_WHOLE, leaf, slice_of(NULL, 0));
        assert_int_equal(rig.verifier.first_wrong, rows[i].why != NULL ? 1 : 2);
        assert_true(rows[i].why != NULL || strstr(rig.verifier.why, "onbekende vorm") != NULL);
        close_rig(&rig);
    }
}

static void the_promised_root_is_compared_at_its_size(void **state)
{
    (void)state;
    for (int wrong = 0; wrong < 2; wrong++) {
        struct rig rig;
        struct merkle_frontier tree;
        uint8_t leaf[LOG_LEAF_BYTES];
        struct sha256 hash;
        open_rig(&rig);
        merkle_init(&tree);
        make_leaf(&rig, RECORD_ASKED, partner, NULL, leaf);
        merkle_leaf_hash(slice_of(leaf, sizeof leaf), &hash);
        for (int i = 0; i < 3; i++) {
            merkle_append(&tree, &hash);
        }
        merkle_root(&tree, &rig.verifier.promised_root);
        rig.verifier.promised_size = 3;
        rig.verifier.promised_root.bytes[0] ^= (uint8_t)wrong;
        for (int i = 0; i < 5; i++) {
            assert_int_equal(rig.verifier.promised_holds, i >= 3 && !wrong);
            log_verify_leaf(&rig.verifier, LOG_SEAL_WHOLE, leaf, slice_of(NULL, 0));
        }
        assert_int_equal(rig.verifier.promised_holds, !wrong);
        close_rig(&rig);
    }
}

/* ---- names of records and logs ---- */

static void write_key(const struct world *world, const char *file, uint8_t byte)
{
    char path[WORLD_PATH_MAX + 32];
    uint8_t seed[SEAL_KEY_SIZE];
    memset(seed, byte, sizeof seed);
    (void)snprintf(path, sizeof path, "%s/%s", world->keys, file);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(seed, 1, sizeof seed, out), sizeof seed);
    assert_int_equal(fclose(out), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

static void open_log(struct world *world, struct log_identity *log)
{
    struct error err;
    world_make(world);
    write_key(world, "controlepunten.key", 1);
    write_key(world, "getuige.key", 2);
    assert_int_equal(world_open(world, &err), RESULT_OK);
    assert_int_equal(log_identity_open(world->keyring, origin, 0, log, &err), RESULT_OK);
}

static void record_ids_lead_back_and_only_here(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {0, 1, 2, 255, 256, 5000000, UINT32_MAX, INT64_MAX, UINT64_MAX};
    struct world worlds[2];
    struct log_identity logs[2];
    struct ident ids[sizeof numbers / sizeof numbers[0]];
    for (size_t i = 0; i < 2; i++) {
        open_log(&worlds[i], &logs[i]);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        uint64_t back = 7;
        log_record_id(&logs[0], numbers[i], &ids[i]);
        assert_true(log_record_sequence(&logs[0], &ids[i], &back));
        assert_int_equal(back, numbers[i]);
        assert_false(log_record_sequence(&logs[1], &ids[i], &back)); /* keys of another node */
        for (size_t k = 0; k < i; k++) {
            assert_false(ident_equal(&ids[k], &ids[i]));
        }
        for (unsigned bit = 0; bit < 8 * IDENT_SIZE; bit++) {
            struct ident changed = ids[i];
            changed.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_false(log_record_sequence(&logs[0], &changed, &back));
        }
    }
    for (size_t i = 0; i < 2; i++) {
        log_identity_drop(&logs[i]);
        world_close(&worlds[i]);
        world_drop(&worlds[i]);
    }
}

static void names_of_generations(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is;
        uint32_t generation;
    } rows[] = {{"a.nl/log", true, 0},
                {"a.nl/log/1", true, 1},
                {"a.nl/log/4294967295", true, UINT32_MAX},
                {"a.nl/log/4294967296", false, 0},
                {"a.nl/log/99999999999999999999999", false, 0},
                {"a.nl/log/0", false, 0},
                {"a.nl/log/01", false, 0},
                {"a.nl/log/", false, 0},
                {"a.nl/log/1x", false, 0},
                {"a.nl/log/1/1", false, 0},
                {"a.nl/logs", false, 0},
                {"a.nl/lo", false, 0},
                {"", false, 0},
                {"a.nl/log/-1", false, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t generation = 0;
        assert_int_equal(log_origin_is(rows[i].name, "a.nl/log", &generation), rows[i].is);
        if (rows[i].is) {
            assert_int_equal(generation, rows[i].generation);
            assert_string_equal(log_origin_text("a.nl/log", generation).text, rows[i].name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_wrong_thing_is_named),
        cmocka_unit_test(the_promised_root_is_compared_at_its_size),
        cmocka_unit_test(record_ids_lead_back_and_only_here),
        cmocka_unit_test(names_of_generations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
