/* `ketenbrug user add | change | list`: who may use this node, in which roles. */
#include <stdio.h>

#include "base/ident.h"
#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

enum { USER_BODY_MAX = 4096, USER_NAME_WIDTH = 24, USER_PAGES_MAX = 1000, USER_LIST_MAX = 8388608 };

static void put_roles(struct json_writer *w, const struct args *args)
{
    json_begin_array(w, "rollen");
    size_t count = 0;
    const char *const *roles = args_values(args, "rol", &count);
    for (size_t i = 0; i < count; i++) {
        json_put_text(w, NULL, roles[i]);
    }
    json_end_array(w);
}

static void print_user(const struct json *user)
{
    table_cell(stdout, json_cstr(json_member(user, "naam")), USER_NAME_WIDTH);
    for (const struct json *role = json_first(json_member(user, "rollen")); role != NULL; role = json_next(role)) {
        (void)printf(" %s", json_cstr(role));
    }
    (void)printf("%s\n", json_bool(json_member(user, "geblokkeerd")) ? "  (geblokkeerd)" : "");
}

/* The token alone on standard output, so that it can go straight into a file that only its owner reads. */
static void print_token(const struct json *user, const void *ctx)
{
    (void)ctx;
    const char *token = json_cstr(json_member(user, "toegangsbewijs"));
    if (token[0] != '\0') {
        (void)fprintf(stderr, "Toegangsbewijs van %s (wordt maar een keer getoond):\n",
                      json_cstr(json_member(user, "naam")));
        (void)printf("%s\n", token);
    }
}

static int run_add(const struct args *args)
{
    struct buf body;
    buf_init(&body, USER_BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "naam", args_value(args, "naam"));
    put_roles(&w, args);
    json_end_object(&w);
    const int code = desk_command(args, "POST", "/v1/gebruikers", &body, print_token, NULL);
    buf_free(&body);
    return code;
}

static bool plain_name(const char *name)
{
    for (const char *c = name; *c != '\0'; c++) {
        const bool plain =
            (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || *c == '.' || *c == '-';
        if (!plain) {
            return false;
        }
    }
    return name[0] != '\0';
}

/* A page of the list; `after` is what the page before it said comes next, "" at first. */
static enum result list_page(struct desk *desk, const char *after, struct json **page, struct error *err)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/v1/gebruikers%s%s", after[0] != '\0' ? "?na=" : "", after);
    return desk_call(desk, "GET", path, NULL, page, err);
}

/* Calls `see` with each page, until it has seen enough. */
static enum result each_page(struct desk *desk, bool (*see)(const struct json *page, void *ctx), void *ctx,
                             struct error *err)
{
    char after[IDENT_TEXT_SIZE] = "";
    for (int pages = 0; pages < USER_PAGES_MAX; pages++) {
        struct json *page CLEANUP(json_cleanup) = NULL;
        TRY(list_page(desk, after, &page, err));
        if (!see(page, ctx) || json_member(page, "volgende") == NULL) {
            return RESULT_OK;
        }
        ENSURE(slice_copy_text(json_text_of(page, "volgende"), after, sizeof after), err, FAULT_INTERNAL, "volgende",
               "het knooppunt noemt geen bruikbaar vervolg");
    }
    FAIL(err, FAULT_TOO_LARGE, "gebruikers", "meer dan %d bladzijden", USER_PAGES_MAX);
}

struct sought {
    const char *name;
    char id[IDENT_TEXT_SIZE];
};

static bool seek(const struct json *page, void *ctx)
{
    struct sought *sought = ctx;
    for (const struct json *user = json_first(json_member(page, "gebruikers")); user != NULL; user = json_next(user)) {
        if (slice_is(json_text_of(user, "naam"), sought->name)) {
            return !slice_copy_text(json_text_of(user, "id"), sought->id, sizeof sought->id);
        }
    }
    return true;
}

static enum result change(struct desk *desk, const struct args *args, struct json **answer, struct error *err)
{
    char path[96];
    struct buf body;
    struct sought sought = {.name = args_value(args, "naam")};
    ENSURE(plain_name(sought.name), err, FAULT_USAGE, "naam", "toegestaan: letters, cijfers, punt en streepje");
    TRY(each_page(desk, seek, &sought, err));
    ENSURE(sought.id[0] != '\0', err, FAULT_NOT_FOUND, "naam", "deze gebruiker is niet geregistreerd");
    buf_init(&body, USER_BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    put_roles(&w, args);
    json_put_bool(&w, "geblokkeerd", args_flag(args, "blokkeer"));
    json_end_object(&w);
    (void)snprintf(path, sizeof path, "/v1/gebruikers/%s", sought.id);
    enum result result = buf_result(&body, "verzoek", err);
    if (result == RESULT_OK) {
        result = desk_call(desk, "PUT", path, &body, answer, err);
    }
    buf_free(&body);
    return result;
}

/* The API knows a user by its own id: a name stands in no path. */
static int run_change(const struct args *args)
{
    struct error err;
    struct desk *desk = NULL;
    struct json *answer CLEANUP(json_cleanup) = NULL;
    int code = EXIT_FINE;
    if (desk_open(args, &desk, &err) != RESULT_OK || change(desk, args, &answer, &err) != RESULT_OK) {
        code = command_fail(&err);
    } else if (args_flag(args, "json")) {
        desk_print_raw(desk);
    } else {
        print_token(answer, NULL);
    }
    desk_close(desk);
    return code;
}

/* One document, however many pages it took. */
static bool write_page(const struct json *page, void *ctx)
{
    struct json_writer *w = ctx;
    for (const struct json *user = json_first(json_member(page, "gebruikers")); user != NULL; user = json_next(user)) {
        json_begin_object(w, NULL);
        json_put_slice(w, "id", json_text_of(user, "id"));
        json_put_slice(w, "naam", json_text_of(user, "naam"));
        json_begin_array(w, "rollen");
        for (const struct json *role = json_first(json_member(user, "rollen")); role != NULL; role = json_next(role)) {
            json_put_slice(w, NULL, json_text(role));
        }
        json_end_array(w);
        json_put_bool(w, "geblokkeerd", json_bool(json_member(user, "geblokkeerd")));
        json_end_object(w);
    }
    return true;
}

static bool print_page(const struct json *page, void *ctx)
{
    (void)ctx;
    for (const struct json *user = json_first(json_member(page, "gebruikers")); user != NULL; user = json_next(user)) {
        print_user(user);
    }
    return true;
}

static enum result list_as_json(struct desk *desk, struct buf *out, struct error *err)
{
    struct json_writer w = json_writer(out);
    json_begin_object(&w, NULL);
    json_begin_array(&w, "gebruikers");
    TRY(each_page(desk, write_page, &w, err));
    json_end_array(&w);
    json_end_object(&w);
    TRY(buf_result(out, "gebruikers", err));
    (void)fwrite(out->ptr, 1, out->len, stdout);
    (void)printf("\n");
    return RESULT_OK;
}

static int run_list(const struct args *args)
{
    struct error err;
    struct desk *desk = NULL;
    struct buf out;
    buf_init(&out, USER_LIST_MAX);
    enum result result = desk_open(args, &desk, &err);
    if (result == RESULT_OK) {
        result = args_flag(args, "json") ? list_as_json(desk, &out, &err) : each_page(desk, print_page, NULL, &err);
    }
    desk_close(desk);
    buf_free(&out);
    return result == RESULT_OK ? EXIT_FINE : command_fail(&err);
}

static const struct option_row add_options[] = {
    {"naam", "NAAM", true, "letters, cijfers, punt en streepje: j.devries"},
    {"rol", "ROL", true, "generalist, regisseur, privacybeheerder, ...; mag vaker"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row change_options[] = {
    {"naam", "NAAM", true, "een geregistreerde gebruiker"},
    {"rol", "ROL", true, "de rollen die hij voortaan heeft; mag vaker"},
    {"blokkeer", NULL, false, "trekt zijn toegangsbewijs in; zonder deze optie krijgt hij een nieuw"},
    OPTION_JSON,
    OPTION_TOKEN,
    OPTION_CONFIG,
};

static const struct option_row list_options[] = {OPTION_JSON, OPTION_TOKEN, OPTION_CONFIG};

const struct command command_user_add = {
    .name = "user add",
    .summary = "registreert een gebruiker en toont eenmalig zijn toegangsbewijs",
    .options = add_options,
    .option_count = COUNT_OF(add_options),
    .example = "umask 077; ketenbrug user add --naam j.devries --rol generalist > j.devries.bewijs",
    .run = run_add,
};

const struct command command_user_change = {
    .name = "user change",
    .summary = "verandert de rollen van een gebruiker, vernieuwt zijn bewijs of blokkeert hem",
    .options = change_options,
    .option_count = COUNT_OF(change_options),
    .example = "ketenbrug user change --naam j.devries --rol generalist --blokkeer",
    .run = run_change,
};

const struct command command_user_list = {
    .name = "user list",
    .summary = "toont de geregistreerde gebruikers en hun rollen",
    .options = list_options,
    .option_count = COUNT_OF(list_options),
    .example = "ketenbrug user list",
    .run = run_list,
};
