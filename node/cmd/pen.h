/*
 * pen.h - one text for people, drawn in two ways: on a terminal, or as a page of HTML that stands by itself and prints.
 *
 * Does:      headings, paragraphs, lists and tables; wraps for a terminal, escapes for HTML, and keeps out what steers a
 *            terminal or turns the direction of a text.
 * Does not:  know what it draws. A newline in a cell is a new line in it.
 * Reading:   nothing is told by colour alone; tables have a caption and cells that head a row or column; the page asks
 *            for nothing from elsewhere.
 * Ownership: all texts are borrowed for the call; column names until pen_table_end. Thread: main. Faults: as of the file.
 */
#ifndef KETENBRUG_CMD_PEN_H
#define KETENBRUG_CMD_PEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct pen {
    FILE *out;
    bool html;
    const char *const *columns; /* of the table under way */
    size_t column_count;
};

void pen_begin(struct pen *pen, const char *title);
void pen_end(struct pen *pen);
void pen_heading(struct pen *pen, int level, const char *text); /* 2 or 3 */
void pen_text(struct pen *pen, const char *text);
void pen_notice(struct pen *pen, const char *text); /* a paragraph that nobody should miss */
void pen_list_begin(struct pen *pen);
void pen_list_item(struct pen *pen, const char *text);
void pen_list_end(struct pen *pen);
/* The first cell heads the row. On a terminal each row is a block of named lines, without those that are empty. */
void pen_table(struct pen *pen, const char *caption, const char *const *columns, size_t count);
void pen_row(struct pen *pen, const char *const *cells);
void pen_table_end(struct pen *pen);

#endif
