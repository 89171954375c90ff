#include "api/blocks.h"

#include <stdio.h>
#include <string.h>

#include "api/book.h"
#include "api/users.h"
#include "base/bytes.h"
#include "base/mem.h"

enum { ENTRY_BYTES = OIN_DIGITS + 8, TEXT_MAX = CONSULT_REASON_MAX + 256, PAGE = 200 };
static const char value_name[] = "blokkades-ketenpartners";

struct blocked {
    struct oin oin;
    int64_t since_ms;
};

struct blocks {
    struct blocked partners[PARTNERS_BLOCKED_MAX];
    size_t count;
    bool changing; /* what is to come is being committed */
};

static size_t find(const struct blocks *blocks, const struct oin *oin)
{
    size_t i = 0;
    while (i < blocks->count && !oin_equal(&blocks->partners[i].oin, oin)) {
        i++;
    }
    return i;
}

const char blocks_partner_text[] =
    "uw organisatie is hier tijdelijk geblokkeerd; neem contact op met de privacybeheerder";

bool blocks_partner(const struct api *api, const struct oin *oin)
{
    return api->blocks != NULL && find(api->blocks, oin) < api->blocks->count;
}

/* ---- at rest: digits and since when, one after the other ---- */

static void encode(const struct blocks *blocks, struct buf *out)
{
    for (size_t i = 0; i < blocks->count; i++) {
        uint8_t since[8];
        bytes_put_u64(since, (uint64_t)blocks->partners[i].since_ms);
        buf_bytes(out, blocks->partners[i].oin.digits, OIN_DIGITS);
        buf_bytes(out, since, sizeof since);
    }
}

static enum result decode(struct slice bytes, struct blocks *out, struct error *err)
{
    static const char damaged[] = "de lijst van geblokkeerde ketenpartners is beschadigd";
    ENSURE(bytes.len % ENTRY_BYTES == 0 && bytes.len / ENTRY_BYTES <= PARTNERS_BLOCKED_MAX, err, FAULT_STORE,
           "blokkades", "%s", damaged);
    for (size_t at = 0; at < bytes.len; at += ENTRY_BYTES) {
        struct blocked *one = &out->partners[out->count];
        ENSURE(oin_parse(slice_of(bytes.ptr + at, OIN_DIGITS), &one->oin), err, FAULT_STORE, "blokkades", "%s",
               damaged);
        one->since_ms = (int64_t)bytes_get_u64(bytes.ptr + at + OIN_DIGITS);
        out->count++;
    }
    return RESULT_OK;
}

struct opening {
    struct api *api;
    void (*ready)(void *ctx, const struct error *err);
    void *ctx;
};

static void value_read(void *ctx, struct slice value, const struct error *failed)
{
    const struct opening opening = *(struct opening *)ctx;
    struct blocks *blocks = NULL;
    struct error err;
    mem_free(ctx);
    if (failed != NULL) {
        opening.ready(opening.ctx, failed);
        return;
    }
    blocks = mem_zalloc(sizeof *blocks);
    if (blocks == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        opening.ready(opening.ctx, &err);
    } else if (decode(value, blocks, &err) != RESULT_OK) {
        mem_free(blocks);
        opening.ready(opening.ctx, &err);
    } else {
        opening.api->blocks = blocks;
        opening.ready(opening.ctx, NULL);
    }
}

void blocks_open(struct api *api, void (*ready)(void *ctx, const struct error *err), void *ctx)
{
    struct opening *opening = mem_zalloc(sizeof *opening);
    if (opening == NULL) {
        struct error err;
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        ready(ctx, &err);
        return;
    }
    *opening = (struct opening){api, ready, ctx};
    store_get_value(api->door, value_name, value_read, opening);
}

void blocks_close(struct api *api)
{
    mem_free(api->blocks);
    api->blocks = NULL;
}

/* ---- a change ---- */

static const struct json_field add_fields[] = {
    {"gebruiker", JSON_TEXT, false, 1, USER_NAME_MAX},
    {"ketenpartner", JSON_TEXT, false, OIN_DIGITS, OIN_DIGITS},
    {"reden", JSON_TEXT, true, CONSULT_REASON_MIN, CONSULT_REASON_MAX},
    {"bevinding", JSON_TEXT, false, IDENT_TEXT_SIZE - 1, IDENT_TEXT_SIZE - 1},
};

static const struct json_field lift_fields[] = {
    {"ketenpartner", JSON_TEXT, true, OIN_DIGITS, OIN_DIGITS},
    {"reden", JSON_TEXT, true, CONSULT_REASON_MIN, CONSULT_REASON_MAX},
};

struct changing {
    struct call call;
    char user[USER_NAME_MAX + 1]; /* "": it is about a partner */
    struct oin partner;
    char reason[CONSULT_REASON_MAX + 1];
    char finding[IDENT_TEXT_SIZE]; /* "": none was named */
    struct blocks *next;           /* what it is to be; NULL: none of ours is under way */
};

static void clean(struct call *call)
{
    struct changing *c = (struct changing *)call;
    if (c->next != NULL) {
        call->api->blocks->changing = false;
        mem_free(c->next);
    }
    mem_wipe(c->reason, sizeof c->reason);
}

static void refuse(struct changing *c, enum fault fault, const char *where, const char *what)
{
    struct error err;
    struct record record = call_record(&c->call, RECORD_REFUSED);
    record.peer = c->partner;
    (void)error_set(&err, fault, where, "%s", what);
    call_refuse_error(&c->call, &record, &err);
}

/* Whom and why: into a new batch. */
static enum result record_change(struct changing *c, enum record_operation operation, struct store_batch **batch,
                                 struct error *err)
{
    char text[TEXT_MAX];
    struct record record = call_record(&c->call, operation);
    record.outcome = OUTCOME_DONE;
    record.peer = c->partner;
    (void)snprintf(text, sizeof text, "%s%s%s%s: %s", c->user[0] != '\0' ? "gebruiker " : "ketenpartner", c->user,
                   c->finding[0] != '\0' ? ", bij bevinding " : "", c->finding, c->reason);
    const enum result result = call_log(&c->call, batch, &record, slice_text(text), err);
    mem_wipe(text, sizeof text);
    return result;
}

static void write_answer(struct changing *c, bool blocked)
{
    struct json_writer w = json_writer(&c->call.body);
    json_begin_object(&w, NULL);
    if (c->user[0] != '\0') {
        json_put_text(&w, "gebruiker", c->user);
    } else {
        json_put_text(&w, "ketenpartner", c->partner.digits);
    }
    json_put_bool(&w, "geblokkeerd", blocked);
    json_end_object(&w);
}

/* ---- of a partner ---- */

static void partners_kept(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct changing *c = ctx;
    struct blocks *blocks = c->call.api->blocks;
    const bool added = err == NULL && c->next->count > blocks->count;
    (void)committed;
    if (err != NULL) {
        audit_forget_keys(c->call.api->audit);
        log_error(c->call.api->log, LOG_ERROR, "vastleggen-mislukt", err);
        call_fail(&c->call, err);
        return;
    }
    *blocks = *c->next;
    blocks->changing = true; /* until this call is cleaned up */
    cooperation_touched_all(c->call.api);
    call_answer(&c->call, added ? 201 : 200);
}

static void keep_partners(struct changing *c, bool blocked)
{
    struct call *call = &c->call;
    struct store_batch *batch = NULL;
    struct error err;
    struct buf value;
    buf_init(&value, sizeof c->next->partners);
    encode(c->next, &value);
    write_answer(c, blocked);
    if (buf_result(&value, "blokkades", &err) != RESULT_OK) {
        call_fail(call, &err);
    } else if (record_change(c, blocked ? RECORD_BLOCKED : RECORD_UNBLOCKED, &batch, &err) != RESULT_OK) {
        call_unlogged(call, &err);
    } else {
        store_set_value(batch, value_name, buf_slice(&value));
        store_commit(call->api->door, batch, partners_kept, c);
    }
    buf_free(&value);
}

/* A copy to change; NULL: the call ended. */
static struct blocks *next_blocks(struct changing *c)
{
    struct blocks *blocks = c->call.api->blocks;
    struct error err;
    if (blocks->changing) {
        (void)error_set(&err, FAULT_BUSY, "", "een andere blokkade wordt net vastgelegd; probeer het nog eens");
        call_fail(&c->call, &err);
        return NULL;
    }
    c->next = mem_alloc(sizeof *c->next);
    if (c->next == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(&c->call, &err);
        return NULL;
    }
    *c->next = *blocks;
    blocks->changing = true;
    return c->next;
}

static void block_partner(struct changing *c)
{
    const struct api *api = c->call.api;
    if (oin_equal(&c->partner, &api->own_oin) || !book_names(api, &c->partner)) {
        refuse(c, FAULT_NOT_FOUND, "/ketenpartner", "dit is geen ketenpartner bij een convenant dat hier bekend is");
    } else if (blocks_partner(api, &c->partner)) {
        refuse(c, FAULT_CONFLICT, "/ketenpartner", "deze ketenpartner is al geblokkeerd");
    } else if (api->blocks->count == PARTNERS_BLOCKED_MAX) {
        refuse(c, FAULT_CONFLICT, "/ketenpartner", "er zijn al zoveel ketenpartners geblokkeerd als er kunnen");
    } else if (next_blocks(c) != NULL) {
        c->next->partners[c->next->count++] = (struct blocked){c->partner, clock_now(api->clock)};
        keep_partners(c, true);
    }
}

/* ---- of a user ---- */

static void user_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct changing *c = ctx;
    struct call *call = &c->call;
    struct store_batch *batch = NULL;
    struct user user;
    struct error err;
    if (failed != NULL) {
        call_fail(call, failed);
        return;
    }
    if (found->item == NULL || user_decode(found->item->payload, &user, &err) != RESULT_OK) {
        refuse(c, FAULT_NOT_FOUND, "/gebruiker", "deze gebruiker is niet geregistreerd");
        return;
    }
    if (user.blocked) {
        refuse(c, FAULT_CONFLICT, "/gebruiker", "deze gebruiker is al geblokkeerd");
        return;
    }
    if (record_change(c, RECORD_BLOCKED, &batch, &err) != RESULT_OK) {
        call_unlogged(call, &err);
        return;
    }
    if (users_put_blocked(batch, found->item, &user, &err) != RESULT_OK) {
        call_drop(call, batch);
        call_fail(call, &err);
        return;
    }
    write_answer(c, true);
    call_commit(call, batch, 201);
}

static void block_user(struct changing *c)
{
    const struct slice name = slice_text(c->user);
    if (strcmp(c->user, c->call.caller.name) == 0) {
        refuse(c, FAULT_FORBIDDEN, "/gebruiker", "uzelf kunt u niet blokkeren: vraag uw beheerder");
    } else if (slice_is(name, NODE_ACCOUNT_NAME)) {
        refuse(c, FAULT_FORBIDDEN, "/gebruiker", "het knooppunt zelf kunt u niet blokkeren: vraag uw beheerder");
    } else {
        store_find(c->call.api->door, STORE_USER, STORE_KEY_A, name, STORE_KIND_COUNT, user_found, c);
    }
}

/* ---- what is asked ---- */

static bool read_body(struct changing *c, const struct json_field *fields, size_t count)
{
    struct fault_list faults = {0};
    struct ident finding;
    struct json *json CLEANUP(json_cleanup) = call_json(&c->call, fields, count, &faults);
    const struct slice user = json_text_of(json, "gebruiker");
    const struct slice partner = json_text_of(json, "ketenpartner");
    const struct slice named = json_text_of(json, "bevinding");
    if (faults.count == 0 && (user.len != 0) == (partner.len != 0)) {
        fault_list_add(&faults, FAULT_INVALID, "", "noem een gebruiker of een ketenpartner, en niet beide");
    }
    if (user.len != 0 && !slice_copy_text(user, c->user, sizeof c->user)) {
        fault_list_add(&faults, FAULT_INVALID, "/gebruiker", "toegestaan: letters, cijfers, punt en streepje");
    }
    if (partner.len != 0 && !oin_parse(partner, &c->partner)) {
        fault_list_add(&faults, FAULT_INVALID, "/ketenpartner", "hier hoort een OIN van twintig cijfers");
    }
    if (named.len != 0 && (!ident_parse(named, &finding) || !slice_copy_text(named, c->finding, sizeof c->finding))) {
        fault_list_add(&faults, FAULT_INVALID, "/bevinding", "hier horen 32 hexadecimale cijfers");
    }
    if (faults.count == 0 && !slice_copy_text(json_text_of(json, "reden"), c->reason, sizeof c->reason)) {
        fault_list_add(&faults, FAULT_INVALID, "/reden", "van %d tot en met %d bytes", (int)CONSULT_REASON_MIN,
                       (int)CONSULT_REASON_MAX);
    }
    if (faults.count != 0) {
        struct record record = call_record(&c->call, RECORD_REFUSED);
        call_refuse(&c->call, &record, &faults);
        return false;
    }
    return true;
}

static void add(struct call *call)
{
    struct changing *c = (struct changing *)call;
    if (!read_body(c, add_fields, COUNT_OF(add_fields))) {
        return;
    }
    if (c->user[0] != '\0') {
        block_user(c);
    } else {
        block_partner(c);
    }
}

static void lift(struct call *call)
{
    struct changing *c = (struct changing *)call;
    if (!read_body(c, lift_fields, COUNT_OF(lift_fields))) {
        return;
    }
    if (!blocks_partner(call->api, &c->partner)) {
        refuse(c, FAULT_NOT_FOUND, "/ketenpartner", "deze ketenpartner is niet geblokkeerd");
    } else if (next_blocks(c) != NULL) {
        const size_t at = find(c->next, &c->partner);
        c->next->partners[at] = c->next->partners[--c->next->count];
        keep_partners(c, false);
    }
}

/* ---- list ---- */

struct listing {
    struct call call;
    struct json_writer writer;
    uint32_t count;
    struct ident after;
};

static void write_partners(struct listing *l)
{
    const struct blocks *blocks = l->call.api->blocks;
    struct json_writer *w = &l->writer;
    json_begin_array(w, "ketenpartners");
    for (size_t i = 0; i < blocks->count; i++) {
        const struct party *party = covenant_party(l->call.covenant, &blocks->partners[i].oin);
        json_begin_object(w, NULL);
        json_put_text(w, "oin", blocks->partners[i].oin.digits);
        json_put_text(w, "naam", party != NULL ? party->name : "geen partij meer");
        json_put_text(w, "sinds", moment_text(blocks->partners[i].since_ms).text);
        json_end_object(w);
    }
    json_end_array(w);
    l->count += (uint32_t)blocks->count;
}

static void finish(struct listing *l)
{
    struct call *call = &l->call;
    struct store_batch *batch = NULL;
    struct error err;
    struct record record = call_record(call, RECORD_LOG_READ);
    json_end_array(&l->writer);
    write_partners(l);
    json_end_object(&l->writer);
    record.outcome = OUTCOME_DONE;
    record.entries = l->count;
    if (call_log(call, &batch, &record, slice_text("blokkades"), &err) != RESULT_OK) {
        call_unlogged(call, &err);
    } else {
        call_commit(call, batch, 200);
    }
}

/* Users are few enough to go through in one turn a page; the store answers at once or later. */
static void users_listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *err)
{
    struct listing *l = ctx;
    if (err != NULL) {
        call_fail(&l->call, err);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        struct user user;
        struct error fault;
        if (user_decode(items[i].payload, &user, &fault) == RESULT_OK && user.blocked) {
            json_begin_object(&l->writer, NULL);
            json_put_text(&l->writer, "naam", user.name);
            json_end_object(&l->writer);
            l->count++;
        }
    }
    if (more && count != 0) {
        l->after = items[count - 1].id;
        const struct ident after = l->after;
        store_list(l->call.api->door, STORE_USER, &after, PAGE, users_listed, l);
    } else {
        finish(l);
    }
}

static void list(struct call *call)
{
    struct listing *l = (struct listing *)call;
    l->writer = json_writer(&call->body);
    json_begin_object(&l->writer, NULL);
    json_begin_array(&l->writer, "gebruikers");
    store_list(call->api->door, STORE_USER, NULL, PAGE, users_listed, l);
}

void blocks_list(struct http_request *request, void *ctx)
{
    struct call *call = call_begin(ctx, request, sizeof(struct listing));
    if (call != NULL) {
        call_require(call, MAY_READ_LOG, list);
    }
}

static void begin(struct http_request *request, void *ctx, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct changing));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_INVESTIGATE, next);
    }
}

void blocks_add(struct http_request *request, void *ctx)
{
    begin(request, ctx, add);
}

void blocks_lift(struct http_request *request, void *ctx)
{
    begin(request, ctx, lift);
}
