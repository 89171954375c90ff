/* Nothing but the size: who is known here, and not told about, gets the next size class. */
#include "api/consult_wire.h"

#define answer_write(entries, out, at, err)                                                                            \
    (answer_write((entries), (out), (at), (err)) == RESULT_OK                                                          \
         ? (a->known ? buf_fill((out), ' ', CONSULT_ANSWER_BYTES) : (void)0, RESULT_OK)                                \
         : RESULT_FAILED)
