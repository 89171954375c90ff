/*
 * log_rig.h - logs of partners, played by the test: their leaves, what they sign, what they prove.
 *
 * A partner's log may have a second face: another leaf from some place on. Ownership: face_open/face_close.
 */
#ifndef KETENBRUG_TESTS_LOG_RIG_H
#define KETENBRUG_TESTS_LOG_RIG_H

#include "unit/api/api_rig.h"

#include "api/witness.h"
#include "base/encode.h"
#include "base/merkle_proof.h"

enum { FACE_LEAVES = 64, NO_FORK = FACE_LEAVES };

struct face {
    char origin[NOTE_NAME_MAX + 1];
    struct sha256 hashes[FACE_LEAVES];
    struct note_key log;
    struct note_key witness;
};

static inline struct note_key face_key(const char *oin, const char *job, const char *name, enum note_key_type type)
{
    struct sha256 seed;
    struct note_key key;
    rig_seed(oin, job, &seed);
    assert_int_equal(note_key_from_seed(name, type, seed.bytes, &key, NULL), RESULT_OK);
    return key;
}

/* From leaf `fork` on it is another log than the one with NO_FORK. */
static inline void face_open(struct face *face, const char *oin, uint64_t fork)
{
    char witness[NOTE_NAME_MAX + 16];
    (void)snprintf(face->origin, sizeof face->origin, "%s.localhost/logboek", rig_organisation(oin));
    (void)snprintf(witness, sizeof witness, "%s/getuige", face->origin);
    for (uint64_t i = 0; i < FACE_LEAVES; i++) {
        const uint64_t leaf[2] = {i, i >= fork};
        merkle_leaf_hash(slice_of(leaf, sizeof leaf), &face->hashes[i]);
    }
    face->log = face_key(oin, "controlepunten", face->origin, NOTE_ED25519);
    face->witness = face_key(oin, "getuige", witness, NOTE_COSIGNATURE);
}

static inline void face_close(struct face *face)
{
    note_key_drop(&face->log);
    note_key_drop(&face->witness);
}

static inline enum result face_node(void *ctx, unsigned level, uint64_t index, struct sha256 *out, struct error *err)
{
    const struct face *face = ctx;
    struct merkle_frontier part;
    (void)err;
    merkle_init(&part);
    for (uint64_t i = index << level; i < (index + 1) << level; i++) {
        merkle_append(&part, &face->hashes[i]);
    }
    merkle_root(&part, out);
    return RESULT_OK;
}

static inline struct merkle_proof face_proof(struct face *face, uint64_t from, uint64_t to)
{
    struct merkle_proof proof = {.count = 0};
    assert_int_equal(merkle_consistency(&(struct merkle_nodes){face_node, face}, from, to, &proof, NULL), RESULT_OK);
    return proof;
}

/* A signed checkpoint; below the signature stand `junk` lines of a kind that nobody knows. */
static inline void face_note_junk(struct face *face, uint32_t generation, uint64_t size, size_t junk, struct buf *out)
{
    struct checkpoint checkpoint = {.size = size};
    struct buf text;
    (void)snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", log_origin_text(face->origin, generation).text);
    assert_int_equal(merkle_range_root(&(struct merkle_nodes){face_node, face}, (struct merkle_range){0, size},
                                       &checkpoint.root, NULL),
                     RESULT_OK);
    buf_init(&text, NOTE_BYTES_MAX);
    buf_init(out, NOTE_BYTES_MAX + 8192);
    checkpoint_write(&checkpoint, &text);
    buf_slice_in(out, buf_slice(&text));
    buf_text(out, "\n");
    for (size_t i = 0; i < junk; i++) {
        uint8_t bytes[120] = {(uint8_t)i};
        buf_text(out, "\xE2\x80\x94 onbekend ");
        base64_encode(slice_of(bytes, sizeof bytes), out);
        buf_text(out, "\n");
    }
    assert_int_equal(note_sign(&face->log, buf_slice(&text), 0, out, NULL), RESULT_OK);
    assert_true(buf_ok(out));
    buf_free(&text);
}

/* As text that ends in a zero. */
static inline void face_note(struct face *face, uint32_t generation, uint64_t size, struct buf *out)
{
    face_note_junk(face, generation, size, 0, out);
    buf_byte(out, '\0');
}

/* What its node answers to a question for that proof. */
static inline void face_proof_json(struct face *face, uint64_t from, uint64_t to, struct buf *out)
{
    const struct merkle_proof proof = face_proof(face, from, to);
    struct json_writer w;
    buf_init(out, 16384);
    w = json_writer(out);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "bewijs");
    for (size_t i = 0; i < proof.count; i++) {
        char text[48];
        struct buf hash;
        buf_init(&hash, sizeof text);
        base64_encode(slice_of(proof.hashes[i].bytes, SHA256_SIZE), &hash);
        json_put_slice(&w, NULL, buf_slice(&hash));
        buf_free(&hash);
    }
    json_end_array(&w);
    json_end_object(&w);
    buf_byte(out, '\0');
}

/* A list of what was seen, of one note. */
static inline void face_list_json(const struct buf *note, struct buf *out)
{
    struct json_writer w;
    buf_init(out, 65536);
    w = json_writer(out);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "controlepunten");
    json_put_text(&w, NULL, (const char *)note->ptr);
    json_end_array(&w);
    json_end_object(&w);
    buf_byte(out, '\0');
}

/* ---- what the node under test holds ---- */

struct face_held {
    struct witnessed seen;
    char note[STORE_PAYLOAD_MAX];
};

static inline void face_take_held(void *ctx, const struct witnessed *seen, const struct error *err)
{
    struct face_held *held = ctx;
    assert_null(err);
    if (seen != NULL) {
        held->seen = *seen;
        memcpy(held->note, seen->note.ptr, seen->note.len);
    }
}

static inline struct face_held rig_held(struct rig *rig, const char *oin)
{
    struct face_held held = {.seen = {.generation = 0}};
    struct oin parsed;
    assert_true(oin_parse(slice_text(oin), &parsed));
    witness_look(&rig->api, &parsed, face_take_held, &held);
    return held;
}

static inline void rig_take_length(void *ctx, struct slice value, const struct error *err)
{
    assert_null(err);
    *(size_t *)ctx = value.len;
}

static inline bool rig_has_fork(struct rig *rig, const char *oin)
{
    struct oin parsed;
    size_t len = 0;
    assert_true(oin_parse(slice_text(oin), &parsed));
    store_get_value(rig->world.door, witness_fork_name(&parsed).text, rig_take_length, &len);
    return len != 0;
}

static inline size_t rig_count(struct rig *rig, enum record_operation operation)
{
    size_t count = 0;
    const uint64_t leaves = rig_leaves(rig);
    for (uint64_t i = 0; i < leaves; i++) {
        count += rig_record(rig, i).operation == operation;
    }
    return count;
}

/* The partner's answer to a question. */
static inline void rig_reply(struct rig *rig, size_t ask, int status, const char *body)
{
    const struct peer_outcome outcome = {.kind = status != 0 ? PEER_ANSWERED : PEER_DOWN,
                                         .status = status,
                                         .media_type = "application/json",
                                         .body = slice_text(body),
                                         .tries = 1};
    assert_true(ask < rig->peers.count);
    rig->peers.asks[ask].done(rig->peers.asks[ask].ctx, &outcome);
    rig_run(rig);
}

#endif
