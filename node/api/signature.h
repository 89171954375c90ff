/*
 * signature.h - one signature under a covenant as nodes hand it on: the JWS and the certificate beside it.
 *
 * Does:      reads `{"jws": ..., "certificaat": ...}`, checks it against trust anchors and the clock, tells what is said
 *            and by whom; writes it in the same form.
 * Does not:  know any covenant: whether the signer is a party is policy/agreement.h's.
 * Ownership: signature_read gives, signature_free takes. Thread: any; a signature is read-only.
 * Faults:    FAULT_INVALID, FAULT_UNPROVEN, FAULT_CERTIFICATE, FAULT_TOO_LARGE, FAULT_CLOCK, FAULT_NO_MEMORY.
 */
#ifndef KETENBRUG_API_SIGNATURE_H
#define KETENBRUG_API_SIGNATURE_H

#include "base/json.h"
#include "certs/trust.h"
#include "policy/agreement.h"

struct signature {
    struct statement statement;
    int64_t until_s; /* the certificate's last second */
    bool stored;
    struct slice jws, pem; /* in `text` */
    char text[];
};

extern const struct json_field signature_fields[];
extern const size_t signature_field_count;

/* Of an object that json_check found to be as signature_fields says. `trust` NULL: one of the own store, whose chain and
 * revocation were checked when it came; that its certificate's key signed it is checked always. */
MUST_USE enum result signature_read(const struct json *object, const struct trust *trust, int64_t now_ms,
                                    struct signature **out, struct error *err);
/* The same of a text. */
MUST_USE enum result signature_parse(struct slice json, const struct trust *trust, int64_t now_ms,
                                     struct signature **out, struct error *err);
void signature_write(const struct signature *signature, struct json_writer *w);
void signature_free(struct signature *signature);

#endif
