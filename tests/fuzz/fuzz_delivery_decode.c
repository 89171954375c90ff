/* Any bytes as the stored row of a post or of what came in; one that is accepted has exactly this stored form. */
#include <stdlib.h>

#include "api/incoming_row.h"
#include "api/outgoing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void require_same(struct buf *out, const uint8_t *data, size_t size)
{
    require(buf_ok(out) && slice_equal(buf_slice(out), slice_of(data, size)));
    buf_free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outgoing outgoing;
    struct incoming_row row;
    struct oin partner;
    struct error err = {0};
    struct buf out;
    buf_init(&out, 65536);
    if (incoming_row_decode(slice_of(data, size), &row, &err) == RESULT_OK) {
        incoming_row_encode(&row, &out);
        require_same(&out, data, size);
    } else {
        require(err.fault == FAULT_STORE);
    }
    if (outgoing_decode(slice_of(data, size), &outgoing, &err) == RESULT_OK) {
        outgoing_encode(&outgoing, &out);
        require_same(&out, data, size);
    } else {
        require(err.fault == FAULT_STORE);
    }
    require(outgoing_read_line(slice_of(data, size), &partner, &err) == RESULT_OK || err.fault == FAULT_STORE);
    return 0;
}
