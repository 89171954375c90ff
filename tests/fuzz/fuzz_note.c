/* Any bytes as a signed note, a checkpoint, a witness request and a key; what is accepted is written again as it was. */
#include <stdlib.h>
#include <string.h>

#include "audit/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 65536 };

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void try_checkpoint(struct slice text)
{
    struct checkpoint checkpoint;
    struct error err;
    struct buf again;
    if (checkpoint_parse(text, &checkpoint, &err) == RESULT_OK) {
        require(checkpoint.size <= INT64_MAX);
        buf_init(&again, ROOM);
        checkpoint_write(&checkpoint, &again);
        require(buf_ok(&again) && slice_equal(buf_slice(&again), text));
        buf_free(&again);
    }
}

static void try_note(struct slice bytes, const struct note_key *log, const struct note_key *witness)
{
    struct note note;
    struct error err;
    struct buf line;
    uint64_t when = 0;
    if (note_parse(bytes, &note, &err) != RESULT_OK) {
        return;
    }
    require(note.count <= NOTE_SIGNATURES_MAX && note.text.len < bytes.len);
    try_checkpoint(note.text);
    buf_init(&line, ROOM);
    require((note_verdict(&note, log, NULL) == NOTE_HOLDS) == note_copy_line(&note, log, &line));
    require(note_verdict(&note, witness, &when) != NOTE_HOLDS || when <= NOTE_TIME_MAX_S);
    /* Signed once more it is still a note, and holds unless a bad line of this key's stood there. */
    buf_clear(&line);
    buf_slice_in(&line, note.text);
    buf_text(&line, "\n");
    require(note_sign(log, note.text, 0, &line, &err) == RESULT_OK && buf_ok(&line));
    if (line.len <= NOTE_BYTES_MAX) {
        require(note_parse(buf_slice(&line), &note, &err) == RESULT_OK);
        require(note.count == 1 && note_verdict(&note, log, NULL) == NOTE_HOLDS);
    }
    buf_free(&line);
}

static void try_request(struct slice body, const struct note_key *log)
{
    struct witness_request request;
    struct error err;
    struct buf again;
    const struct witness_held held = {.size = 1};
    if (witness_request_parse(body, &request, &err) == RESULT_OK) {
        buf_init(&again, ROOM);
        witness_request_write(request.old_size, &request.proof, request.note_bytes, &again);
        require(buf_ok(&again) && slice_equal(buf_slice(&again), body));
        (void)witness_judge(&request, log, &held);
        buf_free(&again);
    }
}

static void try_key(struct slice text)
{
    struct note_key key;
    struct error err;
    struct buf again;
    if (note_key_parse(text, &key, &err) == RESULT_OK) {
        struct note_key same;
        buf_init(&again, ROOM);
        note_key_write(&key, &again);
        require(note_key_parse(buf_slice(&again), &same, &err) == RESULT_OK && strcmp(same.name, key.name) == 0);
        note_key_drop(&same);
        note_key_drop(&key);
        buf_free(&again);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t seed[ED25519_SEED_SIZE] = {1};
    struct note_key log, witness;
    struct error err;
    require(note_key_from_seed("voorbeeld.nl/logboek", NOTE_ED25519, seed, &log, &err) == RESULT_OK &&
            note_key_from_seed("voorbeeld.nl/getuige", NOTE_COSIGNATURE, seed, &witness, &err) == RESULT_OK);
    try_note(slice_of(data, size), &log, &witness);
    try_request(slice_of(data, size), &log);
    try_key(slice_of(data, size));
    note_key_drop(&log);
    note_key_drop(&witness);
    return 0;
}
