/*
 * letters_parts.h - inside letters.c, letters_draft.c, letters_step.c and letters_make.c only: a call about one letter.
 * Thread: the loop's.
 */
#ifndef KETENBRUG_API_LETTERS_PARTS_H
#define KETENBRUG_API_LETTERS_PARTS_H

#include "api/api.h"
#include "api/letter_write.h"
#include "api/log_walk.h"

struct letters_call {
    struct call call;
    struct json *json;
    struct ident id;
    uint64_t version; /* of the letter as it was read; 0: a new one */
    struct letter letter;
    struct log_sought sought;
    struct letter_lines lines;
    struct sha256 root;
    uint64_t behind; /* records that the search index did not know yet: gone through one by one */
    size_t reason_at;
    void (*made)(struct letters_call *c);
    struct letter_decision decision; /* of a step */
    /* of letters_each */
    struct letter *other;
    struct ident after;
    bool goes_on;
    void (*each)(struct letters_call *c, const struct ident *id, const struct letter *letter);
    void (*done)(struct letters_call *c);
    size_t drafts;
    struct json_writer writer;
    /* of a draft */
    uint64_t place_after;
    bool places_more;
};

/* Begins such a call; `next` when the caller has this permission. */
void letters_begin(struct http_request *request, void *ctx, uint32_t permission, void (*next)(struct call *call));
/* The letter with call id `c->id`, into c->letter; 404 when there is none. */
void letters_find(struct letters_call *c, void (*found)(struct letters_call *c));
/* Its lines and the log's root, from the log at letter.size; then `made`. On failure the call has ended. */
void letters_make(struct letters_call *c, void (*made)(struct letters_call *c));
struct letter_view letters_view(const struct letters_call *c);
/* The digest of what the person gets: over its JCS form. */
MUST_USE enum result letters_digest(const struct letters_call *c, struct sha256 *out, struct error *err);
/* For the officer, into call->body. */
void letters_write(struct letters_call *c);
enum letters_save { SAVE_NOTHING, SAVE_LETTER, SAVE_REMOVAL };
/* A record of this operation about the person, with `text`, and the letter; answers `status` with call->body. */
void letters_commit(struct letters_call *c, enum record_operation operation, const char *text, enum letters_save save,
                    int status);
/* Refuses, recorded with the person. */
void letters_refuse(struct letters_call *c, const struct error *err);
void letters_refuse_faults(struct letters_call *c, const struct fault_list *faults);
/* May he who asked have it today? Of a new letter the names are filled in. `found`: the person, with what is recorded. */
MUST_USE enum result letters_judge(struct letters_call *c, const struct store_found *found, struct error *err);
/* All letters, one after the other; then `done`. On failure the call has ended. */
void letters_each(struct letters_call *c,
                  void (*each)(struct letters_call *c, const struct ident *id, const struct letter *letter),
                  void (*done)(struct letters_call *c));
void letters_draft(struct call *call);
void letters_take_step(struct call *call);

#endif
