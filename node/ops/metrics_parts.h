/* metrics_parts.h - inside metrics.c and metrics_labelled.c only. Thread: any. */
#ifndef KETENBRUG_OPS_METRICS_PARTS_H
#define KETENBRUG_OPS_METRICS_PARTS_H

#include "ops/standing.h"

void metrics_put_head(struct buf *out, const char *name, const char *type, const char *unit, const char *help);
void metrics_put_labelled(struct buf *out, const struct standing *standing);

#endif
