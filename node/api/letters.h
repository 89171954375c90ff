/*
 * letters.h - desk: letters to people about who looked at their data (AVG art. 15).
 *
 *   POST /v1/overzichten               a draft, for the officer: each line, which are deferred and why
 *   GET  /v1/overzichten               drafts, and released ones in which a deferral has ended
 *   GET  /v1/overzichten/{id}          the same as at drafting, as it stands now
 *   GET  /v1/overzichten/brieven/{id}  what the person gets, and nothing else, in its final words
 *   POST /v1/overzichten/stappen       {"id","stap": uitstellen | toelaten | vrijgeven | intrekken}
 *
 * A letter is made again from the log as it was at drafting, each time; a released one says with its digest whether it is
 * the same. Records of the log that came later are never in it.
 * Each answer about a person is recorded before it leaves. A draft and a release are refused while the clock is wrong.
 * Who may get a letter is looked at when it is drafted, and again when it is released.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_LETTERS_H
#define KETENBRUG_API_LETTERS_H

#include "http/server.h"

void letters_add(struct http_request *request, void *ctx);
void letters_list(struct http_request *request, void *ctx);
void letters_show(struct http_request *request, void *ctx);
void letters_text(struct http_request *request, void *ctx);
void letters_step(struct http_request *request, void *ctx);

#endif
