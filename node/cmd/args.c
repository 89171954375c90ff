#include "cmd/args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t row_named(const struct option_row *rows, size_t count, const char *name, size_t len)
{
    for (size_t i = 0; i < count; i++) {
        if (strlen(rows[i].name) == len && strncmp(rows[i].name, name, len) == 0) {
            return i;
        }
    }
    return count;
}

struct shown {
    char text[32];
};

/* An unknown option is repeated as far as it can be a slip of the pen: never a value, nor anything with a digit. */
static struct shown shown_name(const char *name, size_t len)
{
    struct shown shown = {"--"};
    for (size_t i = 0; i < len; i++) {
        if (i + 3 >= sizeof shown.text || !((name[i] >= 'a' && name[i] <= 'z') || name[i] == '-')) {
            return (struct shown){"--..."};
        }
        shown.text[i + 2] = name[i];
    }
    return shown;
}

static enum result take_option(struct args *args, int argc, char *const *argv, int *at, struct error *err)
{
    const char *name = argv[*at] + 2;
    const char *equals = strchr(name, '=');
    const size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const size_t i = row_named(args->rows, args->row_count, name, len);
    ENSURE(i < args->row_count, err, FAULT_USAGE, shown_name(name, len).text,
           "deze optie bestaat hier niet; zie --help");
    const char *known = args->rows[i].name;
    ENSURE(args->counts[i] < ARGS_REPEAT_MAX, err, FAULT_USAGE, known, "deze optie staat er te vaak");
    const char *value = "";
    if (args->rows[i].value == NULL) {
        ENSURE(equals == NULL, err, FAULT_USAGE, known, "deze optie heeft geen waarde");
    } else if (equals != NULL) {
        value = equals + 1;
    } else {
        ENSURE(*at + 1 < argc, err, FAULT_USAGE, known, "hier hoort een waarde achter");
        value = argv[++*at];
    }
    args->values[i][args->counts[i]++] = value;
    return RESULT_OK;
}

enum result args_parse(const struct option_row *rows, size_t row_count, int argc, char *const *argv, struct args *out,
                       struct error *err)
{
    ENSURE(row_count <= ARGS_OPTIONS_MAX, err, FAULT_INTERNAL, "", "te veel opties in de tabel");
    *out = (struct args){.rows = rows, .row_count = row_count};
    for (int at = 0; at < argc; at++) {
        if (strncmp(argv[at], "--", 2) == 0) {
            TRY(take_option(out, argc, argv, &at, err));
        } else {
            ENSURE(out->free_count < ARGS_FREE_MAX, err, FAULT_USAGE, "", "te veel losse woorden");
            out->free_words[out->free_count++] = argv[at];
        }
    }
    for (size_t i = 0; i < row_count; i++) {
        ENSURE(!rows[i].required || out->counts[i] != 0, err, FAULT_USAGE, rows[i].name, "deze optie is verplicht");
    }
    return RESULT_OK;
}

const char *args_value(const struct args *args, const char *name)
{
    const size_t i = row_named(args->rows, args->row_count, name, strlen(name));
    return i < args->row_count && args->counts[i] != 0 ? args->values[i][args->counts[i] - 1] : NULL;
}

const char *const *args_values(const struct args *args, const char *name, size_t *count)
{
    const size_t i = row_named(args->rows, args->row_count, name, strlen(name));
    *count = i < args->row_count ? args->counts[i] : 0;
    return *count != 0 ? args->values[i] : NULL;
}

bool args_flag(const struct args *args, const char *name)
{
    return args_value(args, name) != NULL;
}

enum result args_number(const struct args *args, const char *name, long long min, long long max, long long standard,
                        long long *out, struct error *err)
{
    const char *text = args_value(args, name);
    if (text == NULL) {
        *out = standard;
        return RESULT_OK;
    }
    char *end = NULL;
    errno = 0;
    const long long value = strtoll(text, &end, 10);
    ENSURE(errno == 0 && end != text && *end == '\0' && value >= min && value <= max, err, FAULT_USAGE, name,
           "toegestaan: een getal van %lld tot en met %lld", min, max);
    *out = value;
    return RESULT_OK;
}
