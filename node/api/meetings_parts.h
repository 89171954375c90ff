/*
 * meetings_parts.h - inside meetings*.c and signals*.c only: matches as these files share them; see signals_parts.h.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_MEETINGS_PARTS_H
#define KETENBRUG_API_MEETINGS_PARTS_H

#include "api/incoming.h"
#include "api/notices.h"
#include "api/outbox.h"
#include "api/signals_parts.h"

uint32_t meetings_untold(const struct meeting *meeting); /* RECORD_INPUT_UNTOLD, or 0: for each record about it */
struct ident meetings_event_id(const struct ident *match, uint32_t number);
MUST_USE enum result meetings_notice(struct api *api, struct store_batch *batch, const struct meeting_row *row,
                                     enum notice_kind kind, struct error *err);
/* That there is a lead, or none any more, to those whose own signal is in it and who only signal. */
MUST_USE enum result meetings_tell_publishers(struct api *api, struct store_batch *batch, const struct meeting_row *row,
                                              struct error *err);
MUST_USE enum result meetings_post(struct api *api, struct store_batch *batch, const struct meeting_row *row,
                                   enum message_kind kind, uint32_t number, struct slice body, struct error *err);

/* ---- meetings_quiet.c ---- */
void meetings_quiet_tick(struct signals *signals); /* when signals->quiet_due */

#endif
