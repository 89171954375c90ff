/*
 * half_rig.h - our half of an exchange and the partner's, whose log the test plays: its leaf, its receipt, its proofs.
 *
 * Ownership: open_check/close_check.
 */
#ifndef KETENBRUG_TESTS_HALF_RIG_H
#define KETENBRUG_TESTS_HALF_RIG_H

#include "unit/api/log_rig.h"

#define TOKEN "Bearer kb-toetser"

enum { PLACE = 3, SIZE = 20 };

struct check {
    struct rig rig;
    struct face face;
    uint8_t leaf[LOG_LEAF_BYTES];
    uint8_t receipt[1][RECEIPT_BYTES];
    struct http_request request;
};

/* Our half of an exchange, with that receipt. */
static inline void keep_half(struct check *c, uint8_t request_id)
{
    struct error err;
    struct store_place place;
    struct record record = {.operation = RECORD_RECEIVED, .age = 255, .request_id = {{request_id}}};
    struct store_batch *batch = store_batch_new(c->rig.world.door);
    assert_true(oin_parse(slice_text(DEBT_HELP), &record.peer));
    assert_int_equal(audit_append_exchange(c->rig.api.audit, batch, &record, slice_of(NULL, 0),
                                           slice_of(c->receipt[0], RECEIPT_BYTES), &place, &err),
                     RESULT_OK);
    assert_int_equal(world_commit(&c->rig.world, batch), FAULT_NONE);
}

/* The partner's leaf for request 1, and its receipt for that. */
static inline void open_check(struct check *c)
{
    struct error err;
    const uint8_t salt[SEAL_SALT_SIZE] = {9};
    bool created = false;
    struct record theirs = {.operation = RECORD_ANSWERED, .age = 255, .request_id = {{1}}, .class.month = 202601};
    rig_open(&c->rig, AREA_TEAM);
    rig_user(&c->rig, "t.toetser", 1U << ROLE_REVIEWER, false, TOKEN);
    face_open(&c->face, DEBT_HELP, NO_FORK);
    assert_true(oin_parse(slice_text(AREA_TEAM), &theirs.peer));
    assert_int_equal(seal_class_ready(c->rig.world.keyring, theirs.class, &created, &err), RESULT_OK);
    assert_int_equal(record_encode(c->rig.world.keyring, &theirs, salt, c->leaf, &err), RESULT_OK);
    merkle_leaf_hash(slice_of(c->leaf, LOG_LEAF_BYTES), &c->face.hashes[PLACE]);
    const struct receipt_log log = {c->face.origin, 0, &c->face.log};
    const struct receipt_promise promise = {{{1}}, c->face.hashes[PLACE]};
    assert_int_equal(receipts_make(&log, &promise, 1, 1767225600000 - 1, &c->rig.entropy, c->receipt, &err), RESULT_OK);
    keep_half(c, 1);
}

static inline void close_check(struct check *c)
{
    rig_forget(&c->request);
    face_close(&c->face);
    rig_close(&c->rig);
}

/* The partner shows a checkpoint that this many witnesses signed. */
static inline void show_checkpoint(struct check *c, uint64_t size, size_t witnesses)
{
    static const char *const others[] = {SCHOOL, "00000099000000003000", "00000099000000004000"};
    struct buf note;
    struct note parsed;
    assert_int_equal(c->rig.peers.count, 1);
    face_note_junk(&c->face, 0, size, 0, &note);
    for (size_t i = 0; i < witnesses; i++) {
        struct face witness;
        face_open(&witness, others[i], NO_FORK);
        assert_int_equal(note_parse(buf_slice(&note), &parsed, NULL), RESULT_OK);
        struct buf line;
        buf_init(&line, 1024);
        assert_int_equal(note_sign(&witness.witness, parsed.text, 1767225600, &line, NULL), RESULT_OK);
        buf_slice_in(&note, buf_slice(&line));
        buf_free(&line);
        face_close(&witness);
    }
    buf_byte(&note, '\0');
    rig_reply(&c->rig, 0, 200, (const char *)note.ptr);
    buf_free(&note);
}

/* The proof that the partner's leaf is in its log. */
static inline void prove_inclusion(struct check *c, const uint8_t *leaf)
{
    struct merkle_proof proof;
    struct buf answer;
    struct buf text;
    assert_int_equal(merkle_inclusion(&(struct merkle_nodes){face_node, &c->face}, PLACE, SIZE, &proof, NULL),
                     RESULT_OK);
    buf_init(&answer, 65536);
    buf_init(&text, 1024);
    base64_encode(slice_of(leaf, LOG_LEAF_BYTES), &text);
    buf_format(&answer, "{\"regel\":%d,\"blad\":\"%.*s\",\"bewijs\":[", PLACE, (int)text.len, (const char *)text.ptr);
    for (size_t i = 0; i < proof.count; i++) {
        buf_clear(&text);
        base64_encode(slice_of(proof.hashes[i].bytes, SHA256_SIZE), &text);
        buf_format(&answer, "%s\"%.*s\"", i != 0 ? "," : "", (int)text.len, (const char *)text.ptr);
    }
    buf_text(&answer, "]}");
    buf_byte(&answer, '\0');
    rig_reply(&c->rig, c->rig.peers.count - 1, 200, (const char *)answer.ptr);
    buf_free(&answer);
    buf_free(&text);
}

static inline void count_stored(void *ctx, bool ok)
{
    *(int *)ctx += ok;
}

static inline void seen_before(struct check *c, uint64_t size)
{
    struct oin oin;
    int stored = 0;
    struct merkle_nodes nodes = {face_node, &c->face};
    struct witnessed seen = {.held.size = size};
    const struct witnessed nothing = {.generation = 0};
    assert_true(oin_parse(slice_text(DEBT_HELP), &oin));
    assert_int_equal(merkle_range_root(&nodes, (struct merkle_range){0, size}, &seen.held.root, NULL), RESULT_OK);
    assert_true(witness_adopt(&c->rig.api, &oin, &nothing, &seen, count_stored, &stored));
    rig_run(&c->rig);
    assert_int_equal(stored, 1);
}

#endif
