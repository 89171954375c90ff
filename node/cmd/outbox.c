/* `ketenbrug outbox list | retry`: messages to partners that wait for their confirmation. */
#include <stdio.h>
#include <string.h>

#include "base/ident.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

enum {
    PAGES_MAX = 1000,
    STATE_WIDTH = 20,
    NAME_WIDTH = 32,
    OUTBOX_TEXT_MAX = 268435456,
    PATH_ROOM = 160,
    BODY_MAX = 256
};

static void print_message(const struct json *m)
{
    table_cell(stdout, json_cstr(json_member(m, "toestand")), STATE_WIDTH);
    table_cell(stdout, json_cstr(json_member(m, "soort")), STATE_WIDTH);
    table_cell(stdout, json_cstr(json_member(m, "naam")), NAME_WIDTH);
    (void)printf(" %s  sinds %s, pogingen %lld", json_cstr(json_member(m, "bericht")),
                 json_cstr(json_member(m, "sinds")), (long long)json_int(json_member(m, "pogingen")));
    static const char *const more[][2] = {
        {"bevestigdOp", ", bevestigd op "}, {"oorzaak", ", "}, {"volgendePoging", ", weer om "}};
    for (size_t i = 0; i < COUNT_OF(more); i++) {
        const char *text = json_cstr(json_member(m, more[i][0]));
        if (text[0] != '\0') {
            (void)printf("%s%s", more[i][1], text);
        }
    }
    (void)printf("\n");
}

static void print_line(const struct json *line)
{
    table_cell(stdout, json_cstr(json_member(line, "stand")), STATE_WIDTH);
    table_cell(stdout, "ketenpartner", STATE_WIDTH);
    table_cell(stdout, json_cstr(json_member(line, "naam")), NAME_WIDTH);
    (void)printf(" %lld wachtend, waarvan %lld vastgelopen", (long long)json_int(json_member(line, "wachtend")),
                 (long long)json_int(json_member(line, "vastgelopen")));
    static const char *const more[][2] = {
        {"oudste", ", oudste van "}, {"oorzaak", ", "}, {"volgendePoging", ", weer om "}};
    for (size_t i = 0; i < COUNT_OF(more); i++) {
        const char *text = json_cstr(json_member(line, more[i][0]));
        if (text[0] != '\0') {
            (void)printf("%s%s", more[i][1], text);
        }
    }
    (void)printf("\n");
}

static void copy_object(struct json_writer *w, const struct json *object)
{
    json_begin_object(w, NULL);
    for (const struct json *member = json_first(object); member != NULL; member = json_next(member)) {
        if (json_kind(member) == JSON_TEXT) {
            json_put_slice(w, json_name(member), json_text(member));
        } else {
            json_put_int(w, json_name(member), json_int(member));
        }
    }
    json_end_object(w);
}

/* Printed, or each as JSON into `w`. */
static void show_each(const struct json *list, struct json_writer *w, void (*print)(const struct json *item))
{
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        if (w == NULL) {
            print(item);
        } else {
            copy_object(w, item);
        }
    }
}

static void add_option(const struct args *args, const char *name, char *path, size_t room)
{
    const char *value = args_value(args, name);
    const size_t used = strlen(path);
    if (value != NULL) {
        (void)snprintf(path + used, room - used, "%c%s=%s", strchr(path, '?') != NULL ? '&' : '?', name, value);
    }
}

/* On the first page a line for each partner comes first. */
static enum result list_page(struct desk *desk, const struct args *args, char after[IDENT_TEXT_SIZE],
                             struct json_writer *w, bool *more, struct error *err)
{
    char path[PATH_ROOM];
    struct json *page CLEANUP(json_cleanup) = NULL;
    const bool first = after[0] == '\0';
    (void)snprintf(path, sizeof path, "/v1/uitgaande-berichten%s%s", first ? "" : "?na=", after);
    add_option(args, "ketenpartner", path, sizeof path);
    add_option(args, "stand", path, sizeof path);
    TRY(desk_call(desk, "GET", path, NULL, &page, err));
    if (first && w != NULL) {
        json_begin_array(w, "lijnen");
    }
    if (first) {
        show_each(json_member(page, "lijnen"), w, print_line);
    }
    if (first && w != NULL) {
        json_end_array(w);
        json_begin_array(w, "berichten");
    }
    show_each(json_member(page, "berichten"), w, print_message);
    *more = slice_copy_text(json_text_of(page, "volgende"), after, IDENT_TEXT_SIZE) && after[0] != '\0';
    if (first && w == NULL && !*more && json_first(json_member(page, "lijnen")) == NULL &&
        json_first(json_member(page, "berichten")) == NULL) {
        (void)printf("geen berichten\n");
    }
    return RESULT_OK;
}

static enum result list_all(struct desk *desk, const struct args *args, struct json_writer *w, struct error *err)
{
    char after[IDENT_TEXT_SIZE] = "";
    bool more = true;
    for (int pages = 0; more && pages < PAGES_MAX; pages++) {
        TRY(list_page(desk, args, after, w, &more, err));
    }
    ENSURE(!more, err, FAULT_TOO_LARGE, "berichten", "meer dan %d bladzijden; kies een --ketenpartner", PAGES_MAX);
    return RESULT_OK;
}

static enum result list_as_json(struct desk *desk, const struct args *args, struct error *err)
{
    struct buf out;
    buf_init(&out, OUTBOX_TEXT_MAX);
    struct json_writer w = json_writer(&out);
    json_begin_object(&w, NULL);
    enum result result = list_all(desk, args, &w, err);
    if (result == RESULT_OK) {
        json_end_array(&w);
        json_end_object(&w);
        result = buf_result(&out, "berichten", err);
    }
    if (result == RESULT_OK) {
        (void)fwrite(out.ptr, 1, out.len, stdout);
        (void)printf("\n");
    }
    buf_free(&out);
    return result;
}

static enum result list(struct desk *desk, const struct args *args, struct error *err)
{
    return args_flag(args, "json") ? list_as_json(desk, args, err) : list_all(desk, args, NULL, err);
}

static int run_list(const struct args *args)
{
    return desk_session(args, list);
}

static int run_retry(const struct args *args)
{
    struct buf body;
    buf_init(&body, BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    if (args_value(args, "id") != NULL) {
        json_put_text(&w, "bericht", args_value(args, "id"));
    }
    if (args_value(args, "ketenpartner") != NULL) {
        json_put_text(&w, "ketenpartner", args_value(args, "ketenpartner"));
    }
    json_end_object(&w);
    const int code = desk_command(args, "POST", "/v1/uitgaande-berichten/herkansingen", &body, NULL, NULL);
    buf_free(&body);
    return code;
}

static const struct option_row list_options[] = {
    {"ketenpartner", "OIN", false, "alleen wat aan deze ketenpartner is"},
    {"stand", "STAND", false, "wachtend, bevestigd of vastgelopen"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row retry_options[] = {
    {"id", "ID", false, "van het vastgelopen bericht, zoals `outbox list` het toont"},
    {"ketenpartner", "OIN", false, "in plaats daarvan: wacht niet langer met wat aan deze ketenpartner is"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

const struct command command_outbox_list = {
    .name = "outbox list",
    .summary = "toont berichten aan ketenpartners: wachtend, bevestigd, vastgelopen",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .example = "ketenbrug outbox list",
    .run = run_list,
};

const struct command command_outbox_retry = {
    .name = "outbox retry",
    .summary = "biedt een vastgelopen bericht opnieuw aan, of eindigt het wachten op een ketenpartner",
    .options = retry_options,
    .option_count = COUNT_OF(retry_options),
    .example = "ketenbrug outbox retry --id 4f0c...",
    .run = run_retry,
};
