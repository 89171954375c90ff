/*
 * letter_page.h - the letter to a person about who looked at his data, drawn with a pen: as a page that prints, or on a
 * terminal.
 *
 * Does:      turns the letter of GET /v1/overzichten/{id}/brief, which is in its final words, into headings and tables;
 *            across a draft it says so.
 * Does not:  decide what is told, or translate codes. Thread: main. Ownership: borrowed for the call. Faults: of the file.
 */
#ifndef KETENBRUG_CMD_LETTER_PAGE_H
#define KETENBRUG_CMD_LETTER_PAGE_H

#include "base/json.h"
#include "cmd/pen.h"

void letter_page(struct pen *pen, const struct json *letter);

#endif
