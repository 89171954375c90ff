/*
 * proofs.h - proofs of the own log, for partners and for the desk: that a record stands in it, that it only grew.
 *
 * A partner gets the record that names it, by the receipt it holds; nobody gets another's. What it then holds against its
 * receipt is the leaf as it stands here: a log that was rewritten shows itself.
 * Thread: the loop's. Faults: 400, 404 (no such record, or none of yours; the tree is smaller).
 */
#ifndef KETENBRUG_API_PROOFS_H
#define KETENBRUG_API_PROOFS_H

struct http_request;

void proofs_for_partner(struct http_request *request, void *ctx);
void proofs_for_desk(struct http_request *request, void *ctx);

#endif
