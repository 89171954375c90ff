/*
 * vectors.h - reads the published vectors of rfc9497.txt. For tests: a file that is not as it should be ends the test.
 */
#ifndef KETENBRUG_TESTS_MATCHING_VECTORS_H
#define KETENBRUG_TESTS_MATCHING_VECTORS_H

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "matching/voprf.h"

enum { VECTOR_BATCH = 2, VECTOR_TEXT = 64, VECTOR_LINE = 400 };

struct vector_bytes {
    size_t len;
    uint8_t bytes[VECTOR_TEXT];
};

/* Lists of a batch by their place; Proof and pkSm are empty in the base mode. */
struct vector {
    struct vector_bytes mode, seed, info, secret, public, random, proof;
    size_t count;
    struct vector_bytes input[VECTOR_BATCH], blind[VECTOR_BATCH], blinded[VECTOR_BATCH], evaluated[VECTOR_BATCH],
        output[VECTOR_BATCH];
};

/* Hex, with a comma between those of a batch; how many. */
static size_t vector_list(char *text, struct vector_bytes *out)
{
    size_t count = 0;
    for (char *rest = NULL, *one = strtok_r(text, ",", &rest); one != NULL; one = strtok_r(NULL, ",", &rest)) {
        assert_true(count < VECTOR_BATCH);
        out[count].len = strlen(one) / 2;
        assert_true(out[count].len <= VECTOR_TEXT);
        assert_true(hex_decode(slice_text(one), out[count].bytes, out[count].len));
        count++;
    }
    return count;
}

static void vector_line(char *line, struct vector *v)
{
    const struct {
        const char *name;
        struct vector_bytes *to;
    } fields[] = {
        {"mode", &v->mode},
        {"Seed", &v->seed},
        {"KeyInfo", &v->info},
        {"skSm", &v->secret},
        {"pkSm", &v->public},
        {"Proof", &v->proof},
        {"ProofRandomScalar", &v->random},
        {"Input", v->input},
        {"Blind", v->blind},
        {"BlindedElement", v->blinded},
        {"EvaluationElement", v->evaluated},
        {"Output", v->output},
    };
    char *value = strchr(line, ' ');
    assert_non_null(value);
    *value++ = '\0';
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (strcmp(fields[i].name, line) == 0) {
            v->count = vector_list(value, fields[i].to);
            return;
        }
    }
    fail_msg("unknown name %s", line);
}

/* Each vector is given to `use`; how many there were. */
static size_t vectors_each(void (*use)(const struct vector *vector))
{
    FILE *in = fopen(TEST_SOURCE_DIR "/tests/unit/matching/rfc9497.txt", "r");
    char line[VECTOR_LINE];
    struct vector v = {0};
    size_t count = 0;
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        if (line[0] != '\0' && line[0] != '#') {
            vector_line(line, &v);
        } else if (v.count != 0) { /* the last line, Output, said how many */
            use(&v);
            v = (struct vector){0};
            count++;
        }
    }
    assert_int_equal(v.count, 0);
    (void)fclose(in);
    return count;
}

#endif
