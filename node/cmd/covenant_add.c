/* `ketenbrug covenant add`: gives documents and signatures to the node, documents first. */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/files.h"

struct given {
    const char *path;
    struct buf text;
    bool is_signature;
};

static enum result read_file(struct given *given, struct error *err)
{
    struct json *json CLEANUP(json_cleanup) = NULL;
    TRY(file_read(given->path, &given->text, err));
    if (json_parse(buf_slice(&given->text), &json, err) != RESULT_OK) {
        struct error why = *err;
        FAIL(err, why.fault, given->path, "%.80s: %.250s", why.where, why.what);
    }
    given->is_signature = json_member(json, "jws") != NULL;
    return RESULT_OK;
}

static enum result hand_in(struct desk *desk, const struct given *given, const struct args *args, struct error *err)
{
    struct json *answer CLEANUP(json_cleanup) = NULL;
    const char *path = given->is_signature ? "/v1/convenanten/handtekeningen" : "/v1/convenanten";
    if (desk_call(desk, "POST", path, &given->text, &answer, err) != RESULT_OK) {
        struct error why = *err;
        FAIL(err, why.fault, given->path, "%.80s%s%.250s", why.where, why.where[0] != '\0' ? ": " : "", why.what);
    }
    if (args_flag(args, "json")) {
        desk_print_raw(desk);
    } else {
        (void)printf("%s: %s\n", given->path, json_bool(json_member(answer, "nieuw")) ? "opgenomen" : "was al bekend");
    }
    return RESULT_OK;
}

static enum result add_all(struct given *files, const struct args *args, struct error *err)
{
    struct desk *desk = NULL;
    for (size_t i = 0; i < args->free_count; i++) {
        TRY(read_file(&files[i], err));
    }
    enum result result = desk_open(args, &desk, err);
    for (unsigned signatures = 0; signatures < 2; signatures++) {
        for (size_t i = 0; result == RESULT_OK && i < args->free_count; i++) {
            if (files[i].is_signature == (signatures == 1)) {
                result = hand_in(desk, &files[i], args, err);
            }
        }
    }
    desk_close(desk);
    return result;
}

static int run(const struct args *args)
{
    struct error err;
    struct given files[ARGS_FREE_MAX];
    if (args->free_count == 0) {
        (void)error_set(&err, FAULT_USAGE, "bestanden", "noem minstens een document of handtekening");
        return command_fail(&err);
    }
    for (size_t i = 0; i < args->free_count; i++) {
        files[i] = (struct given){.path = args->free_words[i]};
        buf_init(&files[i].text, COVENANT_BYTES_MAX);
    }
    const enum result result = add_all(files, args, &err);
    for (size_t i = 0; i < args->free_count; i++) {
        buf_free(&files[i].text);
    }
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

const struct command command_covenant_add = {
    .name = "covenant add",
    .summary = "geeft documenten en handtekeningen aan het knooppunt",
    .free_words = "BESTAND...",
    .options = options,
    .option_count = COUNT_OF(options),
    .example = "ketenbrug covenant add convenant.json aanvaard.json",
    .run = run,
};
