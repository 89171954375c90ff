#include "cmd/people_input.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

enum { INPUT_LINE_MAX = 256 };

/* The first word before a '#', without its surrounding space. */
static struct slice first_word(const char *line)
{
    const char *from = line;
    while (isspace((unsigned char)*from)) {
        from++;
    }
    size_t len = 0;
    while (from[len] != '\0' && from[len] != '#' && !isspace((unsigned char)from[len])) {
        len++;
    }
    return slice_of(from, len);
}

enum result people_from_input(struct bsn *people, size_t max, size_t *count, struct error *err)
{
    const bool terminal = isatty(STDIN_FILENO) == 1;
    char line[INPUT_LINE_MAX];
    char where[32];
    enum result result = RESULT_OK;
    *count = 0;
    for (unsigned number = 1; result == RESULT_OK; number++) {
        if (terminal) {
            (void)fprintf(stderr, "Burgerservicenummer (leeg = klaar): ");
        }
        if (fgets(line, sizeof line, stdin) == NULL) {
            break;
        }
        (void)snprintf(where, sizeof where, "regel %u", number);
        if (strlen(line) == sizeof line - 1 && line[sizeof line - 2] != '\n') {
            result = error_set(err, FAULT_INVALID, where, "een regel heeft hoogstens %d bytes", INPUT_LINE_MAX - 2);
            break; /* what follows is no line of its own */
        }
        const struct slice word = first_word(line);
        if (word.len == 0) {
            if (terminal) {
                break;
            }
            continue;
        }
        if (*count == max) {
            result = error_set(err, FAULT_INVALID, where, "hoogstens %zu personen in een keer", max);
        } else if (!bsn_parse(word, &people[*count])) {
            result = error_set(err, FAULT_INVALID, where, "geen geldig burgerservicenummer (negen cijfers, elfproef)");
        } else {
            ++*count;
        }
    }
    mem_wipe(line, sizeof line);
    ENSURE(result != RESULT_OK || *count != 0, err, FAULT_INVALID, "invoer",
           "geef een of meer burgerservicenummers op de standaardinvoer, een per regel");
    return result;
}

enum result json_from_input(struct buf *out, struct error *err)
{
    uint8_t piece[4096];
    if (isatty(STDIN_FILENO) == 1) {
        (void)fprintf(stderr, "Geef de JSON op de standaardinvoer, en sluit af met Ctrl-D:\n");
    }
    for (;;) {
        const size_t got = fread(piece, 1, sizeof piece, stdin);
        if (got == 0) {
            break;
        }
        buf_bytes(out, piece, got);
    }
    mem_wipe(piece, sizeof piece);
    return buf_result(out, "invoer", err);
}

enum result line_from_input(const char *what, char *out, size_t size, struct error *err)
{
    if (isatty(STDIN_FILENO) == 1) {
        (void)fprintf(stderr, "%s: ", what);
    }
    const bool got = fgets(out, (int)size, stdin) != NULL;
    const size_t len = got ? strcspn(out, "\r\n") : 0;
    ENSURE(len != 0 && (out[len] != '\0' || len + 1 < size), err, FAULT_INVALID, "invoer",
           "geef op de standaardinvoer een regel van hoogstens %zu bytes: %s", size - 2, what);
    out[len] = '\0';
    return RESULT_OK;
}
