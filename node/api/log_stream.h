/*
 * log_stream.h - the whole log as bytes, for verification: no personal data leaves, since leaves are sealed.
 *
 * Each entry: one byte how its sealed part is (enum log_seal), two bytes length of the receipt (big endian), the leaf
 * (LOG_LEAF_BYTES), the receipt. Nothing is opened for whoever reads, and a log that is being verified must not change by
 * it: so this is no reading of the log that leaves a record, as GET /v1/logboek is.
 * Thread: the loop's. Faults: 400.
 */
#ifndef KETENBRUG_API_LOG_STREAM_H
#define KETENBRUG_API_LOG_STREAM_H

struct http_request;

void log_stream(struct http_request *request, void *ctx);

#endif
