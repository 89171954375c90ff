/*
 * voprf_lines.c - the functions of node/matching/voprf.h and derive.h by lines of text, so that other implementations can
 * be held against them. For tests.
 *
 * A line is a word and values in hex ("-": empty), with a space between; the answer "ok" and values in hex, or "refused"
 * and the JSON Pointer of the fault.
 *   key SEED INFO                                                        -> SECRET PUBLIC
 *   blind INPUT WIDE                                                     -> BLIND BLINDED
 *   evaluate SECRET PUBLIC WIDE BLINDED...                               -> PROOF EVALUATED...
 *   finalize PUBLIC PROOF (INPUT BLIND BLINDED EVALUATED)...             -> OUTPUT...
 *   own SECRET PUBLIC INPUT                                              -> OUTPUT
 *   info PROVIDER REQUESTER PURPOSE EPOCH                                -> INFO
 *   derive PROVIDER REQUESTER PURPOSE EPOCH OUTPUT                       -> FINGERPRINT ASK-KEY
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/encode.h"
#include "matching/derive.h"

enum { VALUES_MAX = 4 * VOPRF_BATCH_MAX + 8, VALUE_MAX = 256, LINE_MAX_BYTES = VALUES_MAX * (2 * VALUE_MAX + 1) };

struct line {
    size_t count;
    struct slice values[VALUES_MAX];
    uint8_t bytes[VALUES_MAX][VALUE_MAX];
};

/* What this program is given comes from its own tests: anything else ends it. */
static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "voprf-lines: %s\n", what);
        exit(1);
    }
}

static void take(const struct line *line, size_t at, void *out, size_t len)
{
    need(at < line->count && line->values[at].len == len, "a value is missing or of another length");
    memcpy(out, line->values[at].ptr, len);
}

static void put(const void *bytes, size_t len)
{
    char hex[2 * VALUE_MAX + 1];
    need(len <= VALUE_MAX, "a value is too long");
    hex_encode(slice_of(bytes, len), hex);
    (void)printf(" %s", hex);
}

static void take_key(const struct line *line, struct voprf_key *key)
{
    take(line, 0, key->secret.bytes, VOPRF_SCALAR);
    take(line, 1, key->public.bytes, VOPRF_ELEMENT);
}

static enum result do_key(const struct line *line, struct error *err)
{
    uint8_t seed[VOPRF_SEED];
    struct voprf_key key;
    take(line, 0, seed, sizeof seed);
    TRY(voprf_derive_key(seed, line->values[1], &key, err));
    (void)printf("ok");
    put(key.secret.bytes, VOPRF_SCALAR);
    put(key.public.bytes, VOPRF_ELEMENT);
    return RESULT_OK;
}

static enum result do_blind(const struct line *line, struct error *err)
{
    uint8_t wide[VOPRF_WIDE];
    struct voprf_scalar blind;
    struct voprf_element blinded;
    take(line, 1, wide, sizeof wide);
    TRY(voprf_blind(line->values[0], wide, &blind, &blinded, err));
    (void)printf("ok");
    put(blind.bytes, VOPRF_SCALAR);
    put(blinded.bytes, VOPRF_ELEMENT);
    return RESULT_OK;
}

static enum result do_evaluate(const struct line *line, struct error *err)
{
    struct voprf_key key;
    uint8_t wide[VOPRF_WIDE];
    uint8_t proof[VOPRF_PROOF];
    static struct voprf_element values[VALUES_MAX];
    take_key(line, &key);
    take(line, 2, wide, sizeof wide);
    const size_t count = line->count - 3;
    for (size_t i = 0; i < count; i++) {
        take(line, 3 + i, values[i].bytes, VOPRF_ELEMENT);
    }
    TRY(voprf_evaluate(&key, values, count, wide, values, proof, err));
    (void)printf("ok");
    put(proof, sizeof proof);
    for (size_t i = 0; i < count; i++) {
        put(values[i].bytes, VOPRF_ELEMENT);
    }
    return RESULT_OK;
}

static enum result do_finalize(const struct line *line, struct error *err)
{
    struct voprf_element public_key;
    uint8_t proof[VOPRF_PROOF];
    static struct slice inputs[VALUES_MAX];
    static struct voprf_scalar blinds[VALUES_MAX];
    static struct voprf_element blinded[VALUES_MAX];
    static struct voprf_element evaluated[VALUES_MAX];
    static struct voprf_output outputs[VALUES_MAX];
    take(line, 0, public_key.bytes, VOPRF_ELEMENT);
    take(line, 1, proof, sizeof proof);
    const size_t count = (line->count - 2) / 4;
    for (size_t i = 0; i < count; i++) {
        const size_t at = 2 + 4 * i;
        inputs[i] = line->values[at];
        take(line, at + 1, blinds[i].bytes, VOPRF_SCALAR);
        take(line, at + 2, blinded[i].bytes, VOPRF_ELEMENT);
        take(line, at + 3, evaluated[i].bytes, VOPRF_ELEMENT);
    }
    TRY(voprf_finalize(&public_key, inputs, blinds, blinded, evaluated, count, proof, outputs, err));
    (void)printf("ok");
    for (size_t i = 0; i < count; i++) {
        put(outputs[i].bytes, VOPRF_OUTPUT);
    }
    return RESULT_OK;
}

static enum result do_own(const struct line *line, struct error *err)
{
    struct voprf_key key;
    struct voprf_output output;
    take_key(line, &key);
    TRY(voprf_own(&key, line->values[2], &output, err));
    (void)printf("ok");
    put(output.bytes, VOPRF_OUTPUT);
    return RESULT_OK;
}

static struct match_scope scope_of(const struct line *line)
{
    struct match_scope scope = {.purpose = line->values[2]};
    uint8_t epoch[4];
    take(line, 0, scope.provider.digits, OIN_DIGITS);
    take(line, 1, scope.requester.digits, OIN_DIGITS);
    take(line, 3, epoch, sizeof epoch);
    scope.epoch = bytes_get_u32(epoch);
    return scope;
}

static enum result do_info(const struct line *line, struct error *err)
{
    (void)err;
    const struct match_scope scope = scope_of(line);
    uint8_t info[MATCH_INFO_MAX];
    (void)printf("ok");
    put(info, match_info(&scope, info));
    return RESULT_OK;
}

static enum result do_derive(const struct line *line, struct error *err)
{
    (void)err;
    const struct match_scope scope = scope_of(line);
    struct voprf_output output;
    struct match_value value;
    uint8_t fingerprint[8];
    take(line, 4, output.bytes, VOPRF_OUTPUT);
    match_value_of(&scope, &output, &value);
    bytes_put_u64(fingerprint, value.fingerprint);
    (void)printf("ok");
    put(fingerprint, sizeof fingerprint);
    put(value.key.bytes, ASK_KEY_BYTES);
    return RESULT_OK;
}

static const struct {
    const char *word;
    size_t least; /* values */
    enum result (*act)(const struct line *line, struct error *err);
} words[] = {
    {"key", 2, do_key}, {"blind", 2, do_blind}, {"evaluate", 3, do_evaluate}, {"finalize", 2, do_finalize},
    {"own", 3, do_own}, {"info", 4, do_info},   {"derive", 5, do_derive},
};

static void parse(char *rest, struct line *line)
{
    line->count = 0;
    for (char *one = strtok_r(rest, " \n", &rest); one != NULL; one = strtok_r(NULL, " \n", &rest)) {
        const size_t len = strcmp(one, "-") == 0 ? 0 : strlen(one) / 2;
        need(line->count < VALUES_MAX && len <= VALUE_MAX, "too many values, or too long a one");
        need(len == 0 || hex_decode(slice_text(one), line->bytes[line->count], len), "no hex");
        line->values[line->count] = slice_of(line->bytes[line->count], len);
        line->count++;
    }
}

static void answer(char *text)
{
    static struct line line;
    char *rest = NULL;
    const char *word = strtok_r(text, " \n", &rest);
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (word != NULL && strcmp(word, words[i].word) == 0) {
            struct error err;
            parse(rest, &line);
            need(line.count >= words[i].least, "too few values");
            if (words[i].act(&line, &err) != RESULT_OK) {
                (void)printf("refused %s", err.where);
            }
            (void)printf("\n");
            (void)fflush(stdout);
            return;
        }
    }
    need(false, "unknown word");
}

int main(void)
{
    static char text[LINE_MAX_BYTES];
    struct error err;
    need(voprf_ready(&err) == RESULT_OK, "libsodium does not start");
    while (fgets(text, sizeof text, stdin) != NULL) {
        answer(text);
    }
    return 0;
}
