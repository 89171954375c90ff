/* A signature and its certificate as a partner may send them: whatever the bytes, the payload that comes out is what the
 * header's algorithm signed with that certificate's key; a statement that is read is written again in the same words. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "certs/jws.h"
#include "policy/agreement.h"

static void check_statement(struct slice text)
{
    struct statement statement;
    struct statement again;
    struct error err;
    struct buf out;
    if (statement_read(text, &statement, &err) != RESULT_OK) {
        return;
    }
    buf_init(&out, JWS_BYTES_MAX);
    statement_write(&statement, &out);
    if (!buf_ok(&out) || statement_read(buf_slice(&out), &again, &err) != RESULT_OK ||
        memcmp(&again, &statement, sizeof again) != 0) {
        abort();
    }
    buf_free(&out);
}

/* A zero byte parts the JWS from the certificate; without one all of it is a statement. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size != 0 ? memchr(data, 0, size) : NULL;
    struct cert_identity signer;
    struct error err;
    struct buf payload;
    if (zero == NULL) {
        check_statement(slice_of(data, size));
        return 0;
    }
    const size_t len = (size_t)(zero - data);
    buf_init(&payload, JWS_BYTES_MAX);
    if (jws_open(slice_of(data, len), slice_of(zero + 1, size - len - 1), &payload, &signer, &err) == RESULT_OK) {
        if (!oin_is_set(&signer.oin) || !buf_ok(&payload)) {
            abort();
        }
        check_statement(buf_slice(&payload));
    }
    buf_free(&payload);
    return 0;
}
