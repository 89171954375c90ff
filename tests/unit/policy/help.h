/* help.h - the sample covenant and small changes to it, for the tests of policy. */
#ifndef KETENBRUG_TESTS_POLICY_HELP_H
#define KETENBRUG_TESTS_POLICY_HELP_H

#include "unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "policy/covenant.h"

/* The log of a party that only the tests know; keys of the right form that nobody has. */
#define LOG_KEY     "x+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define WITNESS_KEY "x+00000000+BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define LOG_OF(name)                                                                                                   \
    "\"logboek\":{\"oorsprong\":\"" name "\",\"sleutel\":\"" LOG_KEY "\",\"getuige\":\"" WITNESS_KEY "\"}"

#define SAMPLE_PATH TEST_SOURCE_DIR "/tests/region/convenant.json"

/* The sample's text; mem_free it. */
static inline char *sample_text(void)
{
    FILE *file = fopen(SAMPLE_PATH, "rb");
    assert_non_null(file);
    char *text = mem_zalloc(COVENANT_BYTES_MAX);
    assert_non_null(text);
    const size_t len = fread(text, 1, COVENANT_BYTES_MAX - 1, file);
    (void)fclose(file);
    assert_true(len > 1000);
    return text;
}

/* The text with the first occurrence of `from` replaced; frees the old one. */
static inline char *replace(char *text, const char *from, const char *to)
{
    char *at = strstr(text, from);
    if (at == NULL) {
        fail_msg("not in the sample: %s", from);
        return text;
    }
    const size_t size = strlen(text) + strlen(to) + 1;
    char *out = mem_alloc(size);
    assert_non_null(out);
    (void)snprintf(out, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    mem_free(text);
    return out;
}

static inline struct covenant *parse(const char *text)
{
    struct covenant *covenant = NULL;
    struct fault_list faults = {0};
    if (covenant_parse(slice_text(text), &covenant, &faults) != RESULT_OK) {
        fail_msg("%zu faults, first: %s: %s", faults.count, faults.items[0].where, faults.items[0].what);
    }
    return covenant;
}

static inline const struct party *party(const struct covenant *covenant, const char *digits)
{
    struct oin oin;
    assert_true(oin_parse(slice_text(digits), &oin));
    return covenant_party(covenant, &oin);
}

#endif
