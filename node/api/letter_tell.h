/*
 * letter_tell.h - inside letter_write.c and letter_tell.c only: one line of a letter in words, and the names in it.
 *
 * Ownership: borrowed for the call; texts go through `text`, which is empty before and after. Thread: any; pure.
 */
#ifndef KETENBRUG_API_LETTER_TELL_H
#define KETENBRUG_API_LETTER_TELL_H

#include "api/letter_write.h"

/* How the text names whom it is about: "u", "uw gegevens". */
struct letter_person {
    const char *who;
    const char *data;
};

struct letter_person letter_person_of(const struct letter *letter);
const char *letter_own_name(const struct letter_view *view);
/* `then` as in letter_view, for what the letter's own covenant does not know; may be NULL. */
const char *letter_party_name(const struct letter_view *view, const struct covenant *then, const struct oin *oin);
const char *letter_purpose_text(const struct letter_view *view, const struct covenant *then, const char *code);
void letter_put(struct json_writer *w, const char *name,
                struct buf *text); /* and empties it; nothing when it is empty */
/* The members of the line at this place. */
void letter_tell(const struct letter_view *view, size_t at, struct buf *text, struct json_writer *w);

#endif
