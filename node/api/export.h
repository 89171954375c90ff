/*
 * export.h - POST /v1/logboek/uitvoer: records of the log with what proves them, for whom they must convince elsewhere.
 *
 * Does:      gives the records of a period, or those that answer to filters, as they were at a size of the log, in one of
 *            the forms of audit/export.h; beside each its leaf, the path to a checkpoint that witnesses cosigned, the other
 *            side's receipt, and when asked its own key; at the end what is in it, signed by the log. Only what is in the
 *            latest checkpoint is given; how many came after it is said.
 *            That it was done is a record (RECORD_EXPORTED) that is durable before the first byte leaves.
 * Answer:    pieces, each a line "NAME LENGTH" and that many bytes that go behind what NAME holds already: regels.*,
 *            bewijs.jsonl, controlepunt.txt, inhoud.json, ondertekening.txt. The last comes last: a stream that ends before
 *            it is broken.
 * People:    stand in it by own id, else by a pseudonym of this export; by number only with keys, by which each record
 *            that is given opens, and no other.
 * Thread:    the loop's. Memory does not grow with the log. Faults: 400; 409 without a checkpoint; 422 past
 *            EXPORT_RECORDS_MAX.
 */
#ifndef KETENBRUG_API_EXPORT_H
#define KETENBRUG_API_EXPORT_H

struct http_request;

void log_export(struct http_request *request, void *ctx);

#endif
