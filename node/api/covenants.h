/*
 * covenants.h - the covenants' own resources, on both listeners: what is known, and what others hand in.
 *
 * Does:      shows an organisation the documents that name it as a party and what was signed under them, and no other:
 *            the rest is not there (404); takes signatures and invitations; at the desk also documents. What is taken is in
 *            the store and the log before it counts; what is refused is in the log.
 * Ownership: as every handler's. Thread: the loop's.
 */
#ifndef KETENBRUG_API_COVENANTS_H
#define KETENBRUG_API_COVENANTS_H

#include "api/api.h"
#include "api/book.h"

/* Peer listener. */
void covenants_list(struct http_request *request, void *ctx);
void covenants_document(struct http_request *request, void *ctx);
void covenants_signatures(struct http_request *request, void *ctx);
void covenants_sign(struct http_request *request, void *ctx);
void covenants_invited(struct http_request *request, void *ctx);

/* Desk. */
void covenants_status(struct http_request *request, void *ctx);
void covenants_text(struct http_request *request,
                    void *ctx); /* the document, by its fingerprint or as the one in force */
void covenants_add(struct http_request *request, void *ctx);
void covenants_add_signature(struct http_request *request, void *ctx);

/* A signature that was read and checked is taken: recorded, kept, then in force. `done` is called once, with what came of
 * it; err NULL: taken. Takes the signature over. */
typedef void covenants_taken_fn(void *ctx, enum agreement_news news, const struct error *err);
void covenants_take(struct api *api, const char *user, struct signature *signature, covenants_taken_fn *done,
                    void *ctx);
/* The same of a document that names this organisation and its log rightly; `text` is copied. It is read on another
 * thread. `from`: who handed it in; NULL the own administrator. */
typedef void covenants_added_fn(void *ctx, const struct api_covenant *held, bool is_new, const struct error *err);
void covenants_take_document(struct api *api, const char *user, struct slice text, const struct oin *from,
                             covenants_added_fn *done, void *ctx);

#endif
