#include "audit/checkpoint.h"

#include <inttypes.h>

#include "base/encode.h"

static const char where[] = "controlepunt";
static const char request_where[] = "getuigenverzoek";

void checkpoint_write(const struct checkpoint *checkpoint, struct buf *out)
{
    buf_format(out, "%s\n%" PRIu64 "\n", checkpoint->origin, checkpoint->size);
    base64_encode(slice_of(checkpoint->root.bytes, SHA256_SIZE), out);
    buf_text(out, "\n");
}

/* Takes a line, without its newline, off the front; false: there is none. */
static bool take_line(struct slice *rest, struct slice *line)
{
    const uint8_t *end = rest->len != 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
    if (end == NULL) {
        return false;
    }
    *line = slice_of(rest->ptr, (size_t)(end - rest->ptr));
    *rest = slice_of(end + 1, rest->len - line->len - 1);
    return true;
}

/* Decimal without leading zeros. */
static bool read_size(struct slice text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0 || (text.len > 1 && text.ptr[0] == '0')) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        const unsigned digit = (unsigned)text.ptr[i] - '0';
        if (digit > 9 || value > ((uint64_t)INT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *out = value;
    return true;
}

static bool read_hash(struct slice text, struct sha256 *out)
{
    struct buf bytes;
    buf_init(&bytes, SHA256_SIZE);
    const bool read = base64_decode(text, &bytes) && buf_ok(&bytes) && bytes.len == SHA256_SIZE;
    if (read) {
        memcpy(out->bytes, bytes.ptr, SHA256_SIZE);
    }
    buf_free(&bytes);
    return read;
}

enum result checkpoint_parse(struct slice text, struct checkpoint *out, struct error *err)
{
    struct slice lines[3];
    struct slice rest = text;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        ENSURE(take_line(&rest, &lines[i]), err, FAULT_INVALID, where, "hier horen drie regels: naam, omvang, wortel");
    }
    ENSURE(rest.len == 0, err, FAULT_INVALID, where, "regels na de derde zijn niet toegestaan");
    ENSURE(lines[0].len != 0 && slice_copy_text(lines[0], out->origin, sizeof out->origin), err, FAULT_INVALID, where,
           "de naam heeft 1 tot en met %d bytes", (int)NOTE_NAME_MAX);
    ENSURE(read_size(lines[1], &out->size), err, FAULT_INVALID, where, "de omvang is een getal zonder voorloopnullen");
    ENSURE(read_hash(lines[2], &out->root), err, FAULT_INVALID, where, "de wortel is base64 van 32 bytes");
    return RESULT_OK;
}

void witness_request_write(uint64_t old_size, const struct merkle_proof *proof, struct slice note, struct buf *out)
{
    buf_format(out, "old %" PRIu64 "\n", old_size);
    for (size_t i = 0; i < proof->count; i++) {
        base64_encode(slice_of(proof->hashes[i].bytes, SHA256_SIZE), out);
        buf_text(out, "\n");
    }
    buf_text(out, "\n");
    buf_slice_in(out, note);
}

static enum result read_proof(struct slice *rest, struct merkle_proof *proof, struct error *err)
{
    struct slice line;
    proof->count = 0;
    for (;;) {
        ENSURE(take_line(rest, &line), err, FAULT_INVALID, request_where, "de lege regel na het bewijs ontbreekt");
        if (line.len == 0) {
            return RESULT_OK;
        }
        ENSURE(proof->count < WITNESS_PROOF_MAX, err, FAULT_TOO_LARGE, request_where,
               "een bewijs heeft hoogstens %d regels", (int)WITNESS_PROOF_MAX);
        ENSURE(read_hash(line, &proof->hashes[proof->count]), err, FAULT_INVALID, request_where,
               "regel %zu van het bewijs is geen base64 van 32 bytes", proof->count + 1);
        proof->count++;
    }
}

enum result witness_request_parse(struct slice body, struct witness_request *out, struct error *err)
{
    static const char old[] = "old ";
    struct slice rest = body;
    struct slice line;
    ENSURE(take_line(&rest, &line) && line.len > sizeof old - 1 && memcmp(line.ptr, old, sizeof old - 1) == 0 &&
               read_size(slice_of(line.ptr + sizeof old - 1, line.len - (sizeof old - 1)), &out->old_size),
           err, FAULT_INVALID, request_where, "de eerste regel is: old, spatie, omvang");
    TRY(read_proof(&rest, &out->proof, err));
    out->note_bytes = rest;
    TRY(note_parse(rest, &out->note, err));
    return checkpoint_parse(out->note.text, &out->checkpoint, err);
}

enum witness_verdict witness_judge(const struct witness_request *request, const struct note_key *key,
                                   const struct witness_held *held)
{
    const struct checkpoint *new = &request->checkpoint;
    if (note_verdict(&request->note, key, NULL) != NOTE_HOLDS) {
        return WITNESS_UNSIGNED;
    }
    if (request->old_size > new->size) {
        return WITNESS_BAD_OLD;
    }
    /* Whatever it says that we hold: this is in hand, signed. */
    if (held->size != 0 && held->size == new->size && memcmp(held->root.bytes, new->root.bytes, SHA256_SIZE) != 0) {
        return WITNESS_FORK;
    }
    if (request->old_size != held->size) {
        return WITNESS_STALE;
    }
    if (held->size == 0) {
        /* Nothing to be consistent with yet: the first that is seen is believed. */
        return request->proof.count == 0 ? WITNESS_COSIGN : WITNESS_UNPROVEN;
    }
    return merkle_consistency_holds(held->size, new->size, &held->root, &new->root, &request->proof) ? WITNESS_COSIGN
                                                                                                     : WITNESS_UNPROVEN;
}
