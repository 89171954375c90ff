/*
 * utf8.h - is this text? For input that does not come through the JSON reader, and for text that people will see.
 *
 * Thread: any; pure.
 */
#ifndef KETENBRUG_BASE_UTF8_H
#define KETENBRUG_BASE_UTF8_H

#include <stdbool.h>

#include "base/slice.h"

/* UTF-8 per RFC 3629: no overlong forms, no surrogates, nothing past U+10FFFF. */
bool utf8_valid(struct slice bytes);
/*
 * Valid UTF-8 that is safe on a screen and in a terminal: no control characters (C0, DEL, C1), no line or paragraph
 * separators, no characters that turn the direction of what follows (Unicode TR 36, section 2.6).
 */
bool utf8_printable(struct slice bytes);

#endif
