#include "api/staff.h"

#include <stdio.h>
#include <string.h>

#include "api/later.h"
#include "base/mem.h"

enum { VERSION = 1, PAYLOAD_MAX = 1 + BSN_DIGITS + USER_NAME_MAX, TEXT_MAX = USER_NAME_MAX + 32 };

/* Version, nine digits, the name to the end. */
static void encode(const struct staff_member *member, struct buf *out)
{
    buf_byte(out, VERSION);
    buf_slice_in(out, bsn_digits(&member->bsn));
    buf_text(out, member->user);
}

static enum result decode(struct slice bytes, struct staff_member *out, struct error *err)
{
    const size_t fixed = 1 + BSN_DIGITS;
    *out = (struct staff_member){.user = ""};
    ENSURE(bytes.len > fixed && bytes.ptr[0] == VERSION && bsn_parse(slice_of(bytes.ptr + 1, BSN_DIGITS), &out->bsn) &&
               slice_copy_text(slice_of(bytes.ptr + fixed, bytes.len - fixed), out->user, sizeof out->user),
           err, FAULT_STORE, "personeel", "een opgeslagen gegeven is beschadigd");
    return RESULT_OK;
}

/* ---- all of them, for the watch ---- */

struct loading {
    struct api *api;
    struct staff_member *all;
    size_t count, room;
    struct ident after;
    void (*got)(void *ctx, const struct staff_member *all, size_t count, const struct error *err);
    void *ctx;
};

static void loaded(struct loading *l, const struct error *err)
{
    l->got(l->ctx, err == NULL ? l->all : NULL, err == NULL ? l->count : 0, err);
    l->api->calls--;
    if (l->all != NULL) {
        mem_wipe(l->all, l->room * sizeof *l->all);
    }
    mem_free(l->all);
    mem_free(l);
}

/* Twice the room, without leaving numbers behind. */
static bool grow(struct loading *l)
{
    const size_t room = l->room == 0 ? 64 : 2 * l->room;
    struct staff_member *more = mem_array(room, sizeof *more);
    if (more == NULL) {
        return false;
    }
    if (l->all != NULL) {
        memcpy(more, l->all, l->count * sizeof *more);
        mem_wipe(l->all, l->room * sizeof *l->all);
        mem_free(l->all);
    }
    l->all = more;
    l->room = room;
    return true;
}

static void next_page(void *ctx);

static void page_read(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *failed)
{
    struct loading *l = ctx;
    struct error err;
    if (failed != NULL) {
        loaded(l, failed);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (l->count == l->room && !grow(l)) {
            (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
            loaded(l, &err);
            return;
        }
        if (decode(items[i].payload, &l->all[l->count], &err) != RESULT_OK) {
            log_error(l->api->log, LOG_ERROR, "personeel-onleesbaar", &err);
        } else {
            l->count++;
        }
    }
    if (!more || count == 0) {
        loaded(l, NULL);
        return;
    }
    l->after = items[count - 1].id;
    if (later(l->api->loop, next_page, l, &err) != RESULT_OK) {
        loaded(l, &err);
    }
}

static void next_page(void *ctx)
{
    struct loading *l = ctx;
    const struct ident after = l->after;
    store_list(l->api->door, STORE_STAFF, &after, STORE_LIST_MAX, page_read, l);
}

void staff_load(struct api *api,
                void (*got)(void *ctx, const struct staff_member *all, size_t count, const struct error *err),
                void *ctx)
{
    struct loading *l = mem_zalloc(sizeof *l);
    if (l == NULL) {
        struct error err;
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        got(ctx, NULL, 0, &err);
        return;
    }
    l->api = api;
    l->got = got;
    l->ctx = ctx;
    api->calls++;
    store_list(api->door, STORE_STAFF, NULL, STORE_LIST_MAX, page_read, l);
}

/* ---- a change ---- */

static const struct json_field add_fields[] = {
    {"gebruiker", JSON_TEXT, true, 1, USER_NAME_MAX},
    {"bsn", JSON_TEXT, true, BSN_DIGITS, BSN_DIGITS},
};

static const struct json_field remove_fields[] = {{"gebruiker", JSON_TEXT, true, 1, USER_NAME_MAX}};

struct changing {
    struct call call;
    struct staff_member member;
};

static void clean(struct call *call)
{
    struct changing *c = (struct changing *)call;
    mem_wipe(&c->member, sizeof c->member);
    call->api->staff_changes++;
}

/* The row's change, whoever asked, and the answer: one commit. */
static void save(struct changing *c, const struct ident *id, bool added)
{
    struct call *call = &c->call;
    struct store_batch *batch = NULL;
    struct error err;
    struct buf payload;
    char text[TEXT_MAX];
    struct record record = call_record(call, RECORD_STAFF);
    record.outcome = OUTCOME_DONE;
    record.bsn = c->member.bsn;
    (void)snprintf(text, sizeof text, "%s: %s", added ? "toegevoegd" : "verwijderd", c->member.user);
    buf_init(&payload, PAYLOAD_MAX);
    encode(&c->member, &payload);
    if (buf_result(&payload, "personeel", &err) != RESULT_OK) {
        call_fail(call, &err);
    } else if (call_log(call, &batch, &record, slice_text(text), &err) != RESULT_OK) {
        call_unlogged(call, &err);
    } else {
        if (added) {
            const struct store_write item = {
                .id = *id, .keys = {slice_text(c->member.user)}, .payload = buf_slice(&payload), .is_new = true};
            store_put(batch, STORE_STAFF, &item);
        } else {
            store_remove(batch, STORE_STAFF, id);
        }
        struct json_writer w = json_writer(&call->body);
        json_begin_object(&w, NULL);
        json_put_text(&w, "gebruiker", c->member.user);
        json_end_object(&w);
        call_commit(call, batch, added ? 201 : 200);
    }
    mem_wipe(&record, sizeof record);
    buf_wipe(&payload);
}

static bool read_body(struct changing *c, const struct json_field *fields, size_t count)
{
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = call_json(&c->call, fields, count, &faults);
    const struct slice name = json_text_of(json, "gebruiker");
    const struct slice bsn = json_text_of(json, "bsn");
    if (name.len != 0 && (!user_name_ok(name) || !slice_copy_text(name, c->member.user, sizeof c->member.user))) {
        fault_list_add(&faults, FAULT_INVALID, "/gebruiker", "toegestaan: letters, cijfers, punt en streepje");
    }
    if (bsn.len == BSN_DIGITS && !bsn_parse(bsn, &c->member.bsn)) {
        fault_list_add(&faults, FAULT_INVALID, "/bsn", "geen geldig burgerservicenummer (negen cijfers, elfproef)");
    }
    c->call.person = c->member.bsn;
    if (faults.count != 0) {
        struct record record = call_refusal(&c->call);
        call_refuse(&c->call, &record, &faults);
        mem_wipe(&record, sizeof record);
        return false;
    }
    return true;
}

static void newest_known(void *ctx, uint64_t ordinal, const struct error *err)
{
    struct changing *c = ctx;
    if (err != NULL) {
        call_fail(&c->call, err);
    } else if (ordinal >= STAFF_MAX) {
        call_refuse_with(&c->call, FAULT_CONFLICT, "", "de personeelslijst is vol");
    } else {
        const struct ident id = entropy_ident(c->call.api->entropy);
        save(c, &id, true);
    }
}

static void add(struct call *call)
{
    struct changing *c = (struct changing *)call;
    if (read_body(c, add_fields, COUNT_OF(add_fields))) {
        store_newest(call->api->door, STORE_STAFF, newest_known, c);
    }
}

static void found(void *ctx, const struct store_found *item, const struct error *failed)
{
    struct changing *c = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&c->call, failed);
    } else if (item->item == NULL) {
        call_refuse_with(&c->call, FAULT_NOT_FOUND, "/gebruiker", "deze naam staat niet op de personeelslijst");
    } else if (decode(item->item->payload, &c->member, &err) != RESULT_OK) {
        call_fail(&c->call, &err);
    } else {
        save(c, &item->item->id, false);
    }
}

static void take_off(struct call *call)
{
    struct changing *c = (struct changing *)call;
    if (read_body(c, remove_fields, COUNT_OF(remove_fields))) {
        store_find(call->api->door, STORE_STAFF, STORE_KEY_A, slice_text(c->member.user), STORE_KIND_COUNT, found, c);
    }
}

/* ---- list ---- */

static void listed(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *failed)
{
    struct call *call = ctx;
    struct store_batch *batch = NULL;
    struct error err;
    struct json_writer w = json_writer(&call->body);
    if (failed != NULL && failed->fault == FAULT_NOT_FOUND) {
        call_refuse_with(call, FAULT_INVALID, "na", "deze plaats in de lijst is er niet");
        return;
    }
    if (failed != NULL) {
        call_fail(call, failed);
        return;
    }
    json_begin_object(&w, NULL);
    json_begin_array(&w, "personeel");
    for (size_t i = 0; i < count; i++) {
        struct staff_member member;
        if (decode(items[i].payload, &member, &err) == RESULT_OK) {
            json_put_text(&w, NULL, member.user);
        }
        mem_wipe(&member, sizeof member);
    }
    json_end_array(&w);
    if (more && count != 0) {
        json_put_text(&w, "volgende", ident_text(&items[count - 1].id).text);
    }
    json_end_object(&w);
    struct record record = call_record(call, RECORD_LOG_READ);
    record.outcome = OUTCOME_DONE;
    record.entries = (uint32_t)count;
    if (call_log(call, &batch, &record, slice_text("personeelslijst"), &err) != RESULT_OK) {
        call_unlogged(call, &err);
    } else {
        call_commit(call, batch, 200);
    }
}

static void list(struct call *call)
{
    call_list(call, STORE_STAFF, listed);
}

static void begin(struct http_request *request, void *ctx, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct changing));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, MAY_INVESTIGATE, next);
    }
}

void staff_list(struct http_request *request, void *ctx)
{
    begin(request, ctx, list);
}

void staff_add(struct http_request *request, void *ctx)
{
    begin(request, ctx, add);
}

void staff_remove(struct http_request *request, void *ctx)
{
    begin(request, ctx, take_off);
}
