#include "cmd/table.h"

#include <stdbool.h>

/* What a partner sends must not steer the terminal: control characters, also those of two bytes (U+0080..U+009F), and
 * marks that turn the direction of the text (U+202A..U+202E, U+2066..U+2069). Gives the bytes to skip; 0: harmless. */
static size_t steering(const unsigned char *c)
{
    if (c[0] < 0x20 || c[0] == 0x7F) {
        return 1;
    }
    if (c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F) {
        return 2;
    }
    const bool turns = c[0] == 0xE2 && ((c[1] == 0x80 && c[2] >= 0xAA && c[2] <= 0xAE) ||
                                        (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9));
    return turns ? 3 : 0;
}

void table_cell(FILE *out, const char *text, int width)
{
    int shown = 0;
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0';) {
        const size_t skip = steering(c);
        (void)fputc(skip != 0 ? '?' : *c, out);
        shown += skip != 0 || (*c & 0xC0U) != 0x80U;
        c += skip != 0 ? skip : 1;
    }
    const int wide = width != 0 && shown >= width ? shown + 1 : width; /* what follows is never glued to it */
    for (; shown < wide; shown++) {
        (void)fputc(' ', out);
    }
}
