/*
 * letter_write.h - a letter in words: for the person, in plain Dutch without a code; for the officer, each line with why.
 *
 * Deferred lines leave no trace in what the person gets: numbers, counts, organisations to ask and sets are made of what is
 * told. The same letter and log give the same bytes each time.
 * Plain: level B1, as the government's writing guide has it: short sentences, no terms of law where a word will do.
 * Does:      writes both as JSON; counts what was told per class key, and says of which of it nothing can be read now.
 * Does not:  decide what is told (letter.h, deferral.h), or draw a page (cmd/letter_page.h).
 * Ownership: all borrowed for the call. Thread: any; pure. Faults: those of the buffer behind the writer.
 */
#ifndef KETENBRUG_API_LETTER_WRITE_H
#define KETENBRUG_API_LETTER_WRITE_H

#include "api/letter.h"
#include "api/letter_lines.h"
#include "base/json.h"

extern const char letter_fixed_sentence[]; /* in every letter */

struct letter_view {
    const struct letter *letter;
    const struct letter_lines *lines;
    struct ident id;
    struct sha256 root; /* of the log at letter->size */
    const char *origin;
    /* The covenant that decided a record, when it is known; may be NULL. */
    const struct covenant *(*then)(void *ctx, const struct record *record);
    void *ctx;
};

/* Why this line is not told; DEFERRAL_NONE: it is. */
enum deferral letter_deferral(const struct letter *letter, const struct letter_line *line);
/* May he know now that he stands in this set? */
bool letter_tells_place(const struct covenant *covenant, const struct party *self, const struct oin *requester,
                        const char *purpose);
void letter_write(const struct letter_view *view, struct json_writer *w);       /* for the person: one object */
void letter_write_lines(const struct letter_view *view, struct json_writer *w); /* for the officer: member `regels` */
/* Fills letter->told from what is told now; false: of more class keys than LETTER_CLASSES_MAX. */
bool letter_count_told(const struct letter_lines *lines, struct letter *letter);

#endif
