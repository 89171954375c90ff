#include "api/notices.h"

#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "base/bytes.h"
#include "base/digest.h"

#define X(kind, word) [kind] = (word),
static const char *const words[] = {NOTICE_KIND_TABLE(X)};
#undef X

/* Version 1: at these places; the user's name to the end. */
enum {
    VERSION = 1,
    AT_KIND = 1,
    AT_ROLES = 2,
    AT_NUMBER = 6,
    AT_MADE = 10,
    AT_READ = 18, /* 0: not yet */
    AT_REF = 26,
    FIXED = AT_REF + IDENT_SIZE,
    KEY_MAX = 128,
};

static void encode(const struct notice_to *to, enum notice_kind kind, const struct ident *ref, uint32_t number,
                   int64_t made_ms, struct buf *out)
{
    uint8_t fixed[FIXED] = {VERSION, (uint8_t)kind};
    bytes_put_u32(fixed + AT_ROLES, to->user == NULL ? to->roles : 0);
    bytes_put_u32(fixed + AT_NUMBER, number);
    bytes_put_u64(fixed + AT_MADE, (uint64_t)made_ms);
    memcpy(fixed + AT_REF, ref->bytes, IDENT_SIZE);
    buf_bytes(out, fixed, sizeof fixed);
    buf_text(out, to->user != NULL ? to->user : "");
}

enum result notice_put(struct api *api, struct store_batch *batch, const struct notice_to *to, enum notice_kind kind,
                       const struct ident *ref, uint32_t number, struct error *err)
{
    char key[KEY_MAX];
    struct sha256 hash;
    struct ident id;
    struct buf payload;
    const int len = snprintf(key, sizeof key, "%s|%s|%u|%s|%u", words[kind], ident_text(ref).text, (unsigned)number,
                             to->user != NULL ? to->user : "", to->user == NULL ? (unsigned)to->roles : 0U);
    sha256_of(slice_of(key, (size_t)len), &hash);
    memcpy(id.bytes, hash.bytes, IDENT_SIZE);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    encode(to, kind, ref, number, clock_now(api->clock), &payload);
    const enum result result = buf_result(&payload, "meldingen", err);
    if (result == RESULT_OK) {
        const struct store_write item = {
            .id = id, .keys = {slice_of(key, (size_t)len)}, .payload = buf_slice(&payload)};
        store_put(batch, STORE_NOTICE, &item);
    }
    buf_free(&payload);
    return result;
}
