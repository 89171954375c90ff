#include "cmd/covenant_file.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/workdays.h"
#include "cmd/desk.h"
#include "cmd/files.h"

static enum result parse(const char *path, struct covenant_file *file, struct error *err)
{
    struct fault_list faults = {0};
    if (covenant_parse(buf_slice(&file->text), &file->covenant, &faults) == RESULT_OK) {
        return json_parse(buf_slice(&file->text), &file->document, err);
    }
    for (size_t i = 1; i < faults.count && i < FAULT_LIST_MAX; i++) {
        (void)fprintf(stderr, "  ook: %s %s: %s\n", path, faults.items[i].where, faults.items[i].what);
    }
    char where[FAULT_WHERE_MAX];
    (void)snprintf(where, sizeof where, "%.100s %.50s", path, faults.items[0].where);
    FAIL(err, faults.items[0].fault, where, "%s", faults.items[0].what);
}

enum result covenant_file_read(const char *path, struct covenant_file *out, struct error *err)
{
    *out = (struct covenant_file){0};
    buf_init(&out->text, COVENANT_BYTES_MAX);
    enum result result = file_read(path, &out->text, err);
    if (result == RESULT_OK) {
        result = parse(path, out, err);
    }
    if (result != RESULT_OK) {
        covenant_file_free(out);
    }
    return result;
}

void covenant_file_free(struct covenant_file *file)
{
    json_free(file->document);
    covenant_free(file->covenant);
    buf_free(&file->text);
    *file = (struct covenant_file){0};
}

/* What is in force at the node, from its book: the file of its configuration may be an older version. */
static enum result read_in_force(struct desk *desk, struct covenant_file *out, struct error *err)
{
    struct slice text;
    TRY(desk_text(desk, "/v1/convenanten/van-kracht", &text, err));
    *out = (struct covenant_file){0};
    buf_init(&out->text, COVENANT_BYTES_MAX);
    buf_slice_in(&out->text, text);
    enum result result = buf_result(&out->text, "convenant", err);
    if (result == RESULT_OK) {
        result = parse("convenant van dit knooppunt", out, err);
    }
    if (result != RESULT_OK) {
        covenant_file_free(out);
    }
    return result;
}

enum result covenant_file_of(const struct args *args, struct covenant_file *out, struct error *err)
{
    struct desk *desk = NULL;
    ENSURE(args->free_count <= 1, err, FAULT_USAGE, "BESTAND", "hier hoort hoogstens een bestand");
    if (args->free_count == 1) {
        return covenant_file_read(args->free_words[0], out, err);
    }
    TRY(desk_open(args, &desk, err));
    const enum result result = read_in_force(desk, out, err);
    desk_close(desk);
    return result;
}

const char *covenant_file_word(const struct covenant_file *file, const char *list, const char *code, const char *field)
{
    const struct json *items = json_member(file->document, list);
    for (const struct json *item = json_first(items); item != NULL; item = json_next(item)) {
        const bool rule = strcmp(list, "regels") == 0;
        if (slice_is(json_text_of(item, rule ? "id" : "code"), code)) {
            return json_cstr(json_member(item, field));
        }
    }
    return "";
}

enum result covenant_day(const struct args *args, struct date *out, struct error *err)
{
    const char *text = args_value(args, "dag");
    *out = workdays_dutch_day(clock_now(&system_clock));
    ENSURE(text == NULL || date_parse(slice_text(text), out), err, FAULT_USAGE, "dag",
           "hier hoort een dag als JJJJ-MM-DD");
    return RESULT_OK;
}
