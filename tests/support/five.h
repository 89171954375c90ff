/*
 * five.h - the sample covenant as the sample region has it: of all its parties, the five with a node. region.sh does the
 * same to the file. Every party of the sample is one line, and the last one is of the five.
 */
#ifndef KETENBRUG_TESTS_FIVE_H
#define KETENBRUG_TESTS_FIVE_H

#include <string.h>

static inline void keep_five_parties(char *text)
{
    static const char oin[] = "    {\"oin\": \"00000099";
    for (char *line = strstr(text, oin); line != NULL; line = strstr(line, oin)) {
        const char *digits = line + sizeof oin - 1;
        char *end = strchr(line, '\n');
        if (memcmp(digits, "000000001000", 12) < 0 || memcmp(digits, "000000005000", 12) > 0) {
            memmove(line, end + 1, strlen(end + 1) + 1);
        } else {
            line = end;
        }
    }
}

#endif
