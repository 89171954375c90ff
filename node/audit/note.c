#include "audit/note.h"

#include <inttypes.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/encode.h"
#include "base/utf8.h"

static const char where[] = "ondertekende notitie";
static const char key_where[] = "sleutel";
static const char dash[] = "\xE2\x80\x94 "; /* U+2014 and a space */

enum { DASH_LEN = sizeof dash - 1, TYPED_KEY_SIZE = 1 + ED25519_PUBLIC_SIZE, COSIGNED_HEAD_MAX = 64 };

static bool name_ok(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] <= ' ' || name.ptr[i] == '+' || name.ptr[i] == 0x7F) {
            return false;
        }
    }
    return name.len != 0 && name.len <= NOTE_NAME_MAX && utf8_valid(name);
}

/* ---- keys ---- */

static void typed_key(const struct note_key *key, uint8_t out[TYPED_KEY_SIZE])
{
    out[0] = (uint8_t)key->type;
    ed25519_public(key->key, out + 1);
}

/* First four bytes of SHA-256 over name, newline, type, public key. */
static void set_id(struct note_key *key)
{
    uint8_t input[NOTE_NAME_MAX + 1 + TYPED_KEY_SIZE];
    struct sha256 hash;
    const size_t len = strlen(key->name);
    memcpy(input, key->name, len);
    input[len] = '\n';
    typed_key(key, input + len + 1);
    sha256_of(slice_of(input, len + 1 + TYPED_KEY_SIZE), &hash);
    memcpy(key->id, hash.bytes, NOTE_KEY_ID_SIZE);
}

enum result note_key_from_seed(const char *name, enum note_key_type type, const uint8_t seed[ED25519_SEED_SIZE],
                               struct note_key *out, struct error *err)
{
    struct note_key key = {.type = type};
    ENSURE(name_ok(slice_text(name)), err, FAULT_INVALID, key_where,
           "een sleutelnaam heeft 1 tot en met %d tekens, zonder spatie of plus", (int)NOTE_NAME_MAX);
    memcpy(key.name, name, strlen(name) + 1);
    TRY(ed25519_private_new(seed, &key.key, err));
    set_id(&key);
    *out = key;
    return RESULT_OK;
}

/* name+hex(id)+base64(type, key): the base64 part may hold a plus of its own, the others not. */
static bool split_key(struct slice text, struct slice parts[3])
{
    const uint8_t *first = text.len != 0 ? memchr(text.ptr, '+', text.len) : NULL;
    if (first == NULL) {
        return false;
    }
    const size_t left = text.len - (size_t)(first + 1 - text.ptr);
    const uint8_t *second = memchr(first + 1, '+', left);
    if (second == NULL) {
        return false;
    }
    parts[0] = slice_of(text.ptr, (size_t)(first - text.ptr));
    parts[1] = slice_of(first + 1, (size_t)(second - first) - 1);
    parts[2] = slice_of(second + 1, text.len - (size_t)(second + 1 - text.ptr));
    return true;
}

static enum result read_typed(struct slice text, struct note_key *key, struct error *err)
{
    struct buf bytes;
    buf_init(&bytes, TYPED_KEY_SIZE);
    enum result result = RESULT_OK;
    if (!base64_decode(text, &bytes) || !buf_ok(&bytes) || bytes.len != TYPED_KEY_SIZE ||
        (bytes.ptr[0] != NOTE_ED25519 && bytes.ptr[0] != NOTE_COSIGNATURE)) {
        result = error_set(err, FAULT_INVALID, key_where, "hier hoort een Ed25519-sleutel van soort 1 of 4");
    } else {
        key->type = (enum note_key_type)bytes.ptr[0];
        result = ed25519_public_new(bytes.ptr + 1, &key->key, err);
    }
    buf_free(&bytes);
    return result;
}

enum result note_key_parse(struct slice text, struct note_key *out, struct error *err)
{
    struct slice parts[3];
    struct note_key key = {.key = NULL};
    uint8_t id[NOTE_KEY_ID_SIZE];
    ENSURE(split_key(text, parts) && name_ok(parts[0]) && slice_copy_text(parts[0], key.name, sizeof key.name) &&
               hex_decode(parts[1], id, sizeof id),
           err, FAULT_INVALID, key_where, "een sleutel is naam+hex+base64 (C2SP signed-note)");
    TRY(read_typed(parts[2], &key, err));
    set_id(&key);
    if (memcmp(id, key.id, sizeof id) != 0) {
        note_key_drop(&key);
        FAIL(err, FAULT_INVALID, key_where, "het kenmerk hoort niet bij naam en sleutel");
    }
    *out = key;
    return RESULT_OK;
}

void note_key_write(const struct note_key *key, struct buf *out)
{
    char hex[2 * NOTE_KEY_ID_SIZE + 1];
    uint8_t typed[TYPED_KEY_SIZE];
    hex_encode(slice_of(key->id, NOTE_KEY_ID_SIZE), hex);
    typed_key(key, typed);
    buf_format(out, "%s+%s+", key->name, hex);
    base64_encode(slice_of(typed, sizeof typed), out);
}

void note_key_drop(struct note_key *key)
{
    ed25519_free(key->key);
    key->key = NULL;
}

/* ---- reading ---- */

/* Newlines are the only control characters. */
static bool plain_text(struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if ((bytes.ptr[i] < ' ' && bytes.ptr[i] != '\n') || bytes.ptr[i] == 0x7F) {
            return false;
        }
    }
    return utf8_valid(bytes);
}

/* Where the last empty line is: the length of the text with its newline; 0: there is none. */
static size_t text_length(struct slice bytes)
{
    for (size_t i = bytes.len; i >= 2; i--) {
        if (bytes.ptr[i - 1] == '\n' && bytes.ptr[i - 2] == '\n') {
            return i - 1;
        }
    }
    return 0;
}

static bool read_signature(struct slice line, struct note_signature *out, bool *known)
{
    if (line.len <= DASH_LEN || memcmp(line.ptr, dash, DASH_LEN) != 0) {
        return false;
    }
    const uint8_t *name = line.ptr + DASH_LEN;
    const uint8_t *space = memchr(name, ' ', line.len - DASH_LEN);
    if (space == NULL) {
        return false;
    }
    out->name = slice_of(name, (size_t)(space - name));
    struct buf bytes;
    buf_init(&bytes, NOTE_BYTES_MAX);
    bool read = name_ok(out->name) &&
                base64_decode(slice_of(space + 1, line.len - (size_t)(space + 1 - line.ptr)), &bytes) &&
                buf_ok(&bytes) && bytes.len > NOTE_KEY_ID_SIZE;
    if (read) {
        out->len = bytes.len - NOTE_KEY_ID_SIZE;
        *known = out->len == ED25519_SIGNATURE_SIZE || out->len == sizeof out->bytes;
        memcpy(out->id, bytes.ptr, NOTE_KEY_ID_SIZE);
        if (*known) {
            memcpy(out->bytes, bytes.ptr + NOTE_KEY_ID_SIZE, out->len);
        }
    }
    buf_free(&bytes);
    return read;
}

enum result note_parse(struct slice bytes, struct note *out, struct error *err)
{
    ENSURE(bytes.len <= NOTE_BYTES_MAX, err, FAULT_TOO_LARGE, where, "hoogstens %d bytes", (int)NOTE_BYTES_MAX);
    ENSURE(plain_text(bytes), err, FAULT_INVALID, where, "alleen UTF-8 zonder stuurtekens");
    const size_t text = text_length(bytes);
    ENSURE(text != 0 && bytes.ptr[bytes.len - 1] == '\n' && text + 1 < bytes.len, err, FAULT_INVALID, where,
           "hier horen een tekst, een lege regel en regels met handtekeningen");
    out->text = slice_of(bytes.ptr, text);
    out->count = 0;
    size_t lines = 0;
    for (size_t at = text + 1; at < bytes.len; lines++) {
        const uint8_t *end = memchr(bytes.ptr + at, '\n', bytes.len - at);
        const size_t len = (size_t)(end - bytes.ptr) - at;
        bool known = false;
        ENSURE(lines < NOTE_SIGNATURES_MAX, err, FAULT_TOO_LARGE, where, "hoogstens %d handtekeningen",
               (int)NOTE_SIGNATURES_MAX);
        ENSURE(read_signature(slice_of(bytes.ptr + at, len), &out->signatures[out->count], &known), err, FAULT_INVALID,
               where, "regel %zu van de handtekeningen is er geen", lines + 1);
        out->count += known;
        at += len + 1;
    }
    return RESULT_OK;
}

/* ---- signing and verifying ---- */

/* What a cosignature is over: two lines before the text. */
static void cosigned(struct slice text, uint64_t time_s, struct buf *out)
{
    buf_format(out, "cosignature/v1\ntime %" PRIu64 "\n", time_s);
    buf_slice_in(out, text);
}

static bool cosignature_holds(const struct note *note, const struct note_key *key,
                              const struct note_signature *signature, uint64_t *time_s)
{
    struct buf message;
    const uint64_t when = bytes_get_u64(signature->bytes);
    buf_init(&message, NOTE_BYTES_MAX + COSIGNED_HEAD_MAX);
    cosigned(note->text, when, &message);
    const bool holds = buf_ok(&message) && when <= NOTE_TIME_MAX_S &&
                       ed25519_holds(key->key, buf_slice(&message), signature->bytes + NOTE_TIME_SIZE);
    buf_free(&message);
    if (holds && time_s != NULL) {
        *time_s = when;
    }
    return holds;
}

static bool signature_holds(const struct note *note, const struct note_key *key, const struct note_signature *signature,
                            uint64_t *time_s)
{
    if (key->type == NOTE_COSIGNATURE) {
        return signature->len == sizeof signature->bytes && cosignature_holds(note, key, signature, time_s);
    }
    return signature->len == ED25519_SIGNATURE_SIZE && ed25519_holds(key->key, note->text, signature->bytes);
}

static bool is_of(const struct note_signature *signature, const struct note_key *key)
{
    return memcmp(signature->id, key->id, NOTE_KEY_ID_SIZE) == 0 && slice_is(signature->name, key->name);
}

enum note_verdict note_verdict(const struct note *note, const struct note_key *key, uint64_t *time_s)
{
    enum note_verdict verdict = NOTE_ABSENT;
    for (size_t i = 0; i < note->count; i++) {
        const struct note_signature *signature = &note->signatures[i];
        if (is_of(signature, key)) {
            if (!signature_holds(note, key, signature, time_s)) {
                return NOTE_FAILS;
            }
            verdict = NOTE_HOLDS;
        }
    }
    return verdict;
}

static void write_line(const struct note_key *key, struct slice id_and_bytes, struct buf *out)
{
    buf_format(out, "%s%s ", dash, key->name);
    base64_encode(id_and_bytes, out);
    buf_text(out, "\n");
}

bool note_copy_line(const struct note *note, const struct note_key *key, struct buf *out)
{
    if (note_verdict(note, key, NULL) != NOTE_HOLDS) {
        return false;
    }
    for (size_t i = 0; i < note->count; i++) {
        const struct note_signature *signature = &note->signatures[i];
        if (is_of(signature, key)) {
            uint8_t bytes[NOTE_KEY_ID_SIZE + sizeof signature->bytes];
            memcpy(bytes, signature->id, NOTE_KEY_ID_SIZE);
            memcpy(bytes + NOTE_KEY_ID_SIZE, signature->bytes, signature->len);
            write_line(key, slice_of(bytes, NOTE_KEY_ID_SIZE + signature->len), out);
            break;
        }
    }
    return true;
}

static enum result sign(const struct note_key *key, struct slice text, uint64_t time_s, uint8_t *out, size_t *len,
                        struct error *err)
{
    if (key->type == NOTE_ED25519) {
        *len = ED25519_SIGNATURE_SIZE;
        return ed25519_sign(key->key, text, out, err);
    }
    struct buf message;
    buf_init(&message, NOTE_BYTES_MAX + COSIGNED_HEAD_MAX);
    cosigned(text, time_s, &message);
    enum result result = buf_result(&message, where, err);
    if (result == RESULT_OK) {
        bytes_put_u64(out, time_s);
        *len = NOTE_TIME_SIZE + ED25519_SIGNATURE_SIZE;
        result = ed25519_sign(key->key, buf_slice(&message), out + NOTE_TIME_SIZE, err);
    }
    buf_free(&message);
    return result;
}

enum result note_sign(const struct note_key *key, struct slice text, uint64_t time_s, struct buf *out,
                      struct error *err)
{
    uint8_t bytes[NOTE_KEY_ID_SIZE + NOTE_TIME_SIZE + ED25519_SIGNATURE_SIZE];
    size_t len = 0;
    memcpy(bytes, key->id, NOTE_KEY_ID_SIZE);
    TRY(sign(key, text, time_s, bytes + NOTE_KEY_ID_SIZE, &len, err));
    write_line(key, slice_of(bytes, NOTE_KEY_ID_SIZE + len), out);
    return RESULT_OK;
}
