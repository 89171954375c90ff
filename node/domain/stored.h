/*
 * stored.h - the stored form's pieces: what every encoder and decoder of this room writes and takes.
 *
 * Text: a length byte and the bytes. Date: year (2 bytes, big endian), month, day; four zeros when not set. BSN: a length
 * byte (0 or 9) and the digits. Words: one byte, the place in their table, which may grow at its end but not be reordered.
 * Ownership: value types; what is taken is copied. Thread: any; pure. Faults: FAULT_STORE from stored_end.
 */
#ifndef KETENBRUG_DOMAIN_STORED_H
#define KETENBRUG_DOMAIN_STORED_H

#include "base/bsn.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/fault.h"
#include "base/ident.h"

void stored_put_text(struct buf *out, const char *text, size_t size); /* of an array of `size` bytes, at most 256 */
void stored_put_date(struct buf *out, const struct date *date);
void stored_put_bsn(struct buf *out, const struct bsn *bsn);

/* What is left to read; the first thing that does not fit empties it and marks it. */
struct stored {
    const uint8_t *at;
    size_t left;
    unsigned version;
    bool bad;
};

struct stored stored_begin(struct slice bytes, unsigned first_version, unsigned last_version);
bool stored_take(struct stored *in, size_t count, const uint8_t **out);
unsigned stored_take_number(struct stored *in, unsigned end); /* below `end`; 0 when there is none */
void stored_take_text(struct stored *in, char *to, size_t size);
void stored_take_date(struct stored *in, struct date *to); /* leaves `to` as it is when not set */
void stored_take_bsn(struct stored *in, struct bsn *to);
void stored_take_ident(struct stored *in, struct ident *to);
MUST_USE enum result stored_end(const struct stored *in, struct error *err); /* all was taken, and all was good */

#endif
