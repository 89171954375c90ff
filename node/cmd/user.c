/* `ketenbrug user add | change | list`: who may use this node, in which roles. */
#include <stdio.h>

#include "cmd/command.h"
#include "cmd/desk.h"
#include "cmd/table.h"

enum { USER_BODY_MAX = 4096, USER_NAME_WIDTH = 24 };

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

static int run_change(const struct args *args)
{
    char path[160];
    struct buf body;
    const char *name = args_value(args, "naam");
    if (!plain_name(name)) {
        struct error err;
        (void)error_set(&err, FAULT_USAGE, "naam", "toegestaan: letters, cijfers, punt en streepje");
        return command_fail(&err);
    }
    buf_init(&body, USER_BODY_MAX);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    put_roles(&w, args);
    json_put_bool(&w, "geblokkeerd", args_flag(args, "blokkeer"));
    json_end_object(&w);
    (void)snprintf(path, sizeof path, "/v1/gebruikers/%s", name);
    const int code = desk_command(args, "PUT", path, &body, print_token, NULL);
    buf_free(&body);
    return code;
}

static void print_list(const struct json *answer, const void *ctx)
{
    (void)ctx;
    for (const struct json *user = json_first(json_member(answer, "gebruikers")); user != NULL;
         user = json_next(user)) {
        print_user(user);
    }
}

static int run_list(const struct args *args)
{
    return desk_command(args, "GET", "/v1/gebruikers", NULL, print_list, NULL);
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
