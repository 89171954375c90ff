#include "cmd/table.h"

void table_cell(FILE *out, const char *text, int width)
{
    int shown = 0;
    for (const char *c = text; *c != '\0'; c++) {
        /* What a partner sends must not steer the terminal. */
        const unsigned char byte = (unsigned char)*c;
        (void)fputc(byte < 0x20 || byte == 0x7F ? '?' : byte, out);
        shown += (byte & 0xC0U) != 0x80U;
    }
    for (; shown < width; shown++) {
        (void)fputc(' ', out);
    }
}
