/*
 * log_other.h - the other side of an exchange: the record that a partner wrote of it, by the receipt that it gave.
 *
 * Does:      checks that the receipt is the one that the own record names and that the partner's log signed it; asks the
 *            partner for its newest checkpoint, which must follow from what was seen of its log, and for its record with the
 *            proof that it stands there. Proven is what stands in a checkpoint that enough witnesses cosigned lately; until
 *            then, or while the receipt's time is not over, it is not yet included.
 * Does not:  open it: what is sealed there stays the partner's own.
 * Ownership: `leaf` is copied; what `got` gets is borrowed until it returns; `call` lives until then. `got` is called
 *            once, from inside the call when nothing is asked.
 * Thread: the loop's. Faults: none: a partner that gives no proof is a result.
 */
#ifndef KETENBRUG_API_LOG_OTHER_H
#define KETENBRUG_API_LOG_OTHER_H

#include "api/api.h"

#define LOG_OTHER_TABLE(X)                                                                                             \
    X(LOG_OTHER_PROVEN, "bewezen")                                                                                     \
    X(LOG_OTHER_NOT_YET, "nog-niet-ingesloten")                                                                        \
    X(LOG_OTHER_WRONG, "klopt-niet")                                                                                   \
    X(LOG_OTHER_UNREACHED, "niet-bereikt")                                                                             \
    X(LOG_OTHER_NONE, "geen-ontvangstbewijs")

enum log_other_stand {
#define X(code, word) code,
    LOG_OTHER_TABLE(X)
#undef X
        LOG_OTHER_COUNT
};

struct log_other {
    enum log_other_stand stand;
    struct ident record_id; /* by which the partner's officer can find it; zeros: none */
    /* Of the partner's record, when it is proven. */
    enum record_operation operation;
    int64_t time_ms;
};

const char *log_other_word(enum log_other_stand stand);
void log_other_side(struct call *call, const struct store_leaf *leaf,
                    void (*got)(void *ctx, const struct log_other *other), void *ctx);

#endif
