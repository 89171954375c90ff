/*
 * findings_parts.h - what api/findings*.c and api/samples.c share. Thread: the loop's.
 */
#ifndef KETENBRUG_API_FINDINGS_PARTS_H
#define KETENBRUG_API_FINDINGS_PARTS_H

#include "api/findings.h"

/* Into the batch, without a record. `version` 0: a new one, under this id. */
MUST_USE enum result findings_store(struct store_batch *batch, const struct finding *finding, const struct ident *id,
                                    uint64_t version, struct error *err);
/* As findings_put of a new one, under this id. */
MUST_USE enum result findings_put_new(struct api *api, struct store_batch *batch, const struct finding *finding,
                                      const struct ident *id, struct error *err);
bool findings_excepted(const struct finding *finding, const struct date *today); /* makes an exception on this day */
/* Its members, inside an object that was begun. */
void findings_write(struct json_writer *w, const struct covenant *covenant, const struct finding *finding,
                    const struct ident *id);
void findings_write_steps(struct json_writer *w, const struct finding *finding);

#endif
