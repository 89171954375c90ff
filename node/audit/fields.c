#include "audit/fields.h"

#include "base/mem.h"

const struct audit_field audit_fields[] = {
#define X(standard, field, place, how) {(standard), (field), (place), (how)},
    LOG_FIELD_TABLE(X)
#undef X
};
const size_t audit_field_count = COUNT_OF(audit_fields);
