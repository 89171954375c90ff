/*
 * book.h - the node's book of covenants: the documents it knows, who signed them, and which one holds between whom.
 *
 * Does:      keeps documents and signatures, also in the store; picks per partner the covenant in force; chooses the one by
 *            which the node works where no partner is concerned (`api->covenant`): of those that the own organisation
 *            accepted and that are valid today the newest, and else what the administrator handed in.
 * Does not:  check signatures (signature.h) or decide who may hand in what (covenants.h).
 * Ownership: book_open gives, book_close takes; documents are shared with calls under way (api_covenant, by holders), so
 *            that one may be replaced while they work. What is said under a document changes for all of them at once.
 * Thread:    the loop's.
 * Faults:    FAULT_NO_MEMORY, FAULT_TOO_LARGE (past COVENANTS_MAX), FAULT_NOT_FOUND, those of policy/agreement.h and of the
 *            store. A failure changes nothing.
 */
#ifndef KETENBRUG_API_BOOK_H
#define KETENBRUG_API_BOOK_H

#include "api/api.h"
#include "api/signature.h"

struct book {
    struct api_covenant *entries[COVENANTS_MAX];
    struct agreement_entry index[COVENANTS_MAX]; /* the same, for agreement_pick */
    size_t count;
    struct api_covenant *given; /* by the administrator, with his configuration; one of the entries */
    struct signature *invitations[COVENANT_INVITATIONS_MAX];
    size_t invitation_count;
    const struct statement *keeping[COVENANT_KEEPING_MAX]; /* being stored */
    size_t keeping_count;
    struct date chosen_on;  /* when api->covenant was chosen */
    struct date counted_on; /* what follows; not set: it is not of now. See book_partners */
    size_t partners[COVENANTS_MAX];
};

MUST_USE struct book *book_new(void); /* NULL: no memory */
void book_free(struct book *book);    /* at the end, when no call is left */

/* Takes the covenant over, also when it fails. One that is known already is not taken twice; `given`: it is the
 * administrator's. */
MUST_USE enum result book_add(struct api *api, struct covenant *covenant, struct slice text, bool given,
                              struct api_covenant **out, struct error *err);
struct api_covenant *book_find(const struct api *api, const char *hash); /* NULL: not known */
/* The one that a record names as what decided, by the first bytes of its digest; NULL: not known. Borrowed for this turn. */
const struct covenant *book_that_decided(const struct api *api, const struct record *record);
bool book_names(const struct api *api, const struct oin *oin); /* as a party to any of its documents */
/* What it would come to; FAULT_NOT_FOUND when its document is not known. */
MUST_USE enum result book_check(const struct api *api, const struct statement *statement, enum agreement_news *news,
                                struct error *err);
/* Takes the signature over, also when it fails. */
MUST_USE enum result book_sign(struct api *api, struct signature *signature, enum agreement_news *news,
                               struct error *err);
/* agreement_digest of it, made once for each change. */
const struct sha256 *book_said(struct api_covenant *held);
/* With how many partners this document is in force today; counted once for each change and day. */
size_t book_partners(const struct api *api, size_t entry);
/* Whether it is by this document that we deal with them today. */
bool book_holds_with(const struct api *api, const struct api_covenant *held, const struct oin *other);
/* What a party's word rests on; NULL: it said nothing. */
const struct signature *book_signature(const struct api_covenant *held, size_t party);
/* From storing to stored: what the same signer says of the same document meanwhile is not taken, so that the store ends with
 * what he said last; of invitations one at a time. FAULT_BUSY; also while the document itself is not stored. */
MUST_USE enum result book_begin_keeping(const struct api *api, const struct statement *statement, struct error *err);
void book_end_keeping(const struct api *api, const struct statement *statement);
/* Whether there is room for it, and whether it is new: FAULT_TOO_LARGE. */
MUST_USE enum result book_check_invitation(const struct api *api, const struct statement *invitation,
                                           enum agreement_news *news, struct error *err);
/* An invitation to this node, or by it. */
MUST_USE enum result book_invite(struct api *api, struct signature *signature, struct error *err);
const struct signature *book_invitation(const struct api *api, const char *hash);
/* Chooses api->covenant anew; to be called when what is in the book changed. */
void book_choose(struct api *api);
void book_look(struct api *api); /* the same, when the day changed */

/* ---- in the store (book_store.c) ---- */

/* Everything that was kept; the store answers at once, as at open. */
MUST_USE enum result book_load(struct api *api, struct error *err);
/* Adds to the batch what must be kept of it. */
void book_keep_document(struct store_batch *batch, const struct api_covenant *held);
void book_keep_signature(struct store_batch *batch, const struct signature *signature);
/* Commits what came from files and is not kept yet, each with its record; `done` also when there was nothing, or it did not
 * succeed: then it is tried again the next time. */
void book_flush(struct api *api, void (*done)(void *ctx), void *ctx);
/* The text of a record about a document: its name, version and hash. */
void book_tell(const struct covenant *covenant, struct buf *out);
void book_tell_statement(const struct statement *statement, struct buf *out);

#endif
