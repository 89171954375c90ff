#include "api/users.h"

#include <string.h>

#include "api/api.h"
#include "base/mem.h"

enum { TOKEN_BYTES = 32, TOKEN_TEXT_MAX = 64 };

static const struct json_field add_fields[] = {
    {"naam", JSON_TEXT, true, 1, USER_NAME_MAX},
    {"rollen", JSON_ARRAY, true, 1, ROLE_COUNT},
};

static const struct json_field change_fields[] = {
    {"rollen", JSON_ARRAY, true, 1, ROLE_COUNT},
    {"geblokkeerd", JSON_BOOL, false, 0, 0},
};

static const char unknown_user[] = "deze gebruiker is niet geregistreerd";

struct changing {
    struct call call;
    struct user user;
    struct ident id; /* of the user; of a list, the last one that the client has */
};

static uint32_t read_roles(const struct json *list, struct fault_list *faults)
{
    uint32_t roles = 0;
    for (const struct json *item = json_first(list); item != NULL; item = json_next(item)) {
        enum role role;
        if (role_parse(json_text(item), &role)) {
            roles |= 1U << (unsigned)role;
        } else {
            fault_list_add(faults, FAULT_INVALID, "/rollen", "onbekende rol; toegestaan: %s", role_words());
        }
    }
    return roles;
}

static void put_user(struct json_writer *w, const struct ident *id, const struct user *user, const char *token)
{
    json_begin_object(w, NULL);
    json_put_text(w, "id", ident_text(id).text);
    json_put_text(w, "naam", user->name);
    json_begin_array(w, "rollen");
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        if ((user->roles & (1U << i)) != 0) {
            json_put_text(w, NULL, role_word((enum role)i));
        }
    }
    json_end_array(w);
    json_put_bool(w, "geblokkeerd", user->blocked);
    if (token != NULL) {
        json_put_text(w, "toegangsbewijs", token);
    }
    json_end_object(w);
}

static void new_token(const struct entropy *entropy, struct buf *out)
{
    uint8_t bytes[TOKEN_BYTES];
    entropy->fill(entropy->ctx, bytes, sizeof bytes);
    buf_text(out, "kb-");
    base64url_encode(slice_of(bytes, sizeof bytes), out);
    mem_wipe(bytes, sizeof bytes);
}

/* A blocked one has no token. */
static void save(struct changing *c, int status)
{
    struct error err;
    struct buf token;
    struct buf payload;
    buf_init(&token, TOKEN_TEXT_MAX);
    buf_init(&payload, STORE_PAYLOAD_MAX);
    new_token(c->call.api->entropy, &token);
    buf_byte(&token, '\0');
    user_encode(&c->user, &payload);
    const struct slice token_text = slice_of(token.ptr, c->user.blocked ? 0 : token.len - 1);
    struct store_batch *batch = NULL;
    struct record record = call_record(&c->call, RECORD_USER_CHANGED);
    record.outcome = OUTCOME_DONE;
    if (!buf_ok(&token) || !buf_ok(&payload)) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(&c->call, &err);
    } else if (call_log(&c->call, &batch, &record, slice_text(c->user.name), &err) != RESULT_OK) {
        call_unlogged(&c->call, &err);
    } else {
        const struct store_write item = {
            .id = c->id, .keys = {slice_text(c->user.name), token_text}, .payload = buf_slice(&payload)};
        store_put(batch, STORE_USER, &item);
        struct json_writer w = json_writer(&c->call.body);
        put_user(&w, &c->id, &c->user, c->user.blocked ? NULL : (const char *)token.ptr);
        call_commit(&c->call, batch, status);
    }
    buf_wipe(&token);
    buf_wipe(&payload);
}

enum result users_put_blocked(struct store_batch *batch, const struct store_item *there, const struct user *user,
                              struct error *err)
{
    struct user blocked = *user;
    struct buf payload;
    blocked.blocked = true;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    user_encode(&blocked, &payload);
    const enum result result = buf_result(&payload, "gebruiker", err);
    if (result == RESULT_OK) {
        const struct store_write item = {.id = there->id,
                                         .keys = {slice_text(blocked.name)},
                                         .payload = buf_slice(&payload),
                                         .version = there->version};
        store_put(batch, STORE_USER, &item);
    }
    buf_wipe(&payload);
    return result;
}

static void refuse(struct call *call, const struct fault_list *faults)
{
    struct record record = call_record(call, RECORD_REFUSED);
    call_refuse(call, &record, faults);
}

static void add(struct call *call)
{
    struct changing *c = (struct changing *)call;
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = call_json(call, add_fields, COUNT_OF(add_fields), &faults);
    const struct slice name = json_text_of(json, "naam");
    c->user.roles = read_roles(json_member(json, "rollen"), &faults);
    if (name.len != 0 && (!user_name_ok(name) || !slice_copy_text(name, c->user.name, sizeof c->user.name))) {
        fault_list_add(&faults, FAULT_INVALID, "/naam", "toegestaan: letters, cijfers, punt en streepje, niet \"%s\"",
                       NODE_ACCOUNT_NAME);
    }
    if (faults.count != 0) {
        refuse(call, &faults);
        return;
    }
    c->id = entropy_ident(call->api->entropy);
    save(c, 201);
}

static void found(void *ctx, const struct store_found *item, const struct error *err)
{
    struct changing *c = ctx;
    struct user old;
    struct error fault;
    if (err != NULL) {
        call_fail(&c->call, err);
        return;
    }
    if (item->item == NULL || user_decode(item->item->payload, &old, &fault) != RESULT_OK) {
        call_refuse_with(&c->call, FAULT_NOT_FOUND, "", unknown_user);
        return;
    }
    memcpy(c->user.name, old.name, sizeof c->user.name);
    memcpy(c->user.regulation, old.regulation, sizeof c->user.regulation);
    c->user.accepted = old.accepted;
    save(c, 200);
}

static void change(struct call *call)
{
    struct changing *c = (struct changing *)call;
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = call_json(call, change_fields, COUNT_OF(change_fields), &faults);
    c->user.roles = read_roles(json_member(json, "rollen"), &faults);
    c->user.blocked = json_bool(json_member(json, "geblokkeerd"));
    if (faults.count != 0) {
        refuse(call, &faults);
        return;
    }
    if (!ident_parse(http_request_parameter(call->request), &c->id)) {
        call_refuse_with(call, FAULT_NOT_FOUND, "", unknown_user);
        return;
    }
    store_get(call->api->door, STORE_USER, &c->id, STORE_KIND_COUNT, found, c);
}

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct call *call = ctx;
    struct json_writer w = json_writer(&call->body);
    if (err != NULL && err->fault == FAULT_NOT_FOUND) {
        call_refuse_with(call, FAULT_INVALID, "na", unknown_user);
        return;
    }
    if (err != NULL) {
        call_fail(call, err);
        return;
    }
    json_begin_object(&w, NULL);
    json_begin_array(&w, "gebruikers");
    for (size_t i = 0; i < count; i++) {
        struct user user;
        struct error fault;
        if (user_decode(items[i].payload, &user, &fault) == RESULT_OK) {
            put_user(&w, &items[i].id, &user, NULL);
        }
    }
    json_end_array(&w);
    if (more && count != 0) {
        json_put_text(&w, "volgende", ident_text(&items[count - 1].id).text);
    }
    json_end_object(&w);
    call_answer(call, 200);
}

static void list(struct call *call)
{
    call_list(call, STORE_USER, listed);
}

static void begin(struct http_request *request, void *ctx, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct changing));
    if (call != NULL) {
        call_require(call, MAY_MANAGE, next);
    }
}

void users_add(struct http_request *request, void *ctx)
{
    begin(request, ctx, add);
}

void users_list(struct http_request *request, void *ctx)
{
    begin(request, ctx, list);
}

void users_change(struct http_request *request, void *ctx)
{
    begin(request, ctx, change);
}
