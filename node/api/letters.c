/* What all calls about letters share; the list, and the two ways to see one. */
#include "api/letters.h"

#include <stdio.h>

#include "api/later.h"
#include "api/letters_parts.h"
#include "base/mem.h"

enum { TEXT_MAX = 1024 };

static void clean(struct call *call)
{
    struct letters_call *c = (struct letters_call *)call;
    json_free(c->json);
    letter_lines_close(&c->lines);
    if (c->other != NULL) {
        mem_wipe(c->other, sizeof *c->other);
        mem_free(c->other);
    }
    mem_wipe(&c->letter, sizeof c->letter);
    mem_wipe(&c->sought, sizeof c->sought);
}

void letters_begin(struct http_request *request, void *ctx, uint32_t permission, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct letters_call));
    if (call != NULL) {
        call->clean = clean;
        call_require(call, permission, next);
    }
}

/* ---- ends ---- */

void letters_refuse_faults(struct letters_call *c, const struct fault_list *faults)
{
    struct record record = call_refusal(&c->call);
    buf_clear(&c->call.body);
    call_refuse(&c->call, &record, faults);
    mem_wipe(&record, sizeof record);
}

void letters_refuse(struct letters_call *c, const struct error *err)
{
    const struct fault_list faults = {.count = 1, .items = {*err}};
    letters_refuse_faults(c, &faults);
}

static enum result save_letter(struct letters_call *c, struct store_batch *batch, struct error *err)
{
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    const enum result result = letter_encode(&c->letter, &payload, err);
    if (result == RESULT_OK) {
        const struct store_write item = {
            .id = c->id, .payload = buf_slice(&payload), .version = c->version, .is_new = c->version == 0};
        store_put(batch, STORE_LETTER, &item);
    }
    buf_wipe(&payload);
    return result;
}

void letters_commit(struct letters_call *c, enum record_operation operation, const char *text, enum letters_save save,
                    int status)
{
    struct error err;
    struct store_batch *batch = NULL;
    struct record record = call_record(&c->call, operation);
    record.outcome = OUTCOME_DONE;
    record.entries = (uint32_t)c->lines.count;
    record.subject = c->letter.subject;
    record.bsn = c->letter.bsn;
    const enum result logged = call_log(&c->call, &batch, &record, slice_text(text), &err);
    mem_wipe(&record, sizeof record);
    if (logged != RESULT_OK) {
        call_unlogged(&c->call, &err);
        return;
    }
    if (save == SAVE_LETTER && save_letter(c, batch, &err) != RESULT_OK) {
        call_drop(&c->call, batch);
        letters_refuse(c, &err);
        return;
    }
    if (save == SAVE_REMOVAL) {
        store_remove(batch, STORE_LETTER, &c->id);
    }
    call_commit(&c->call, batch, status);
}

/* ---- one letter ---- */

static void letter_got(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct letters_call *c = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&c->call, failed);
    } else if (found->item == NULL) {
        (void)error_set(&err, FAULT_NOT_FOUND, "/id", "zo'n overzicht is er niet");
        letters_refuse(c, &err);
    } else if (letter_decode(found->item->payload, &c->letter, &err) != RESULT_OK) {
        call_fail(&c->call, &err);
    } else {
        c->version = found->item->version;
        c->call.subject = c->letter.subject;
        c->call.person = c->letter.bsn;
        c->done(c);
    }
}

void letters_find(struct letters_call *c, void (*found)(struct letters_call *c))
{
    c->done = found;
    store_get(c->call.api->door, STORE_LETTER, &c->id, STORE_KIND_COUNT, letter_got, c);
}

/* ---- all letters ---- */

static void each_page(void *ctx);

static void page_got(void *ctx, const struct store_item *items, size_t count, bool more, const struct error *failed)
{
    struct letters_call *c = ctx;
    struct error err;
    if (failed != NULL) {
        call_fail(&c->call, failed);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (letter_decode(items[i].payload, c->other, &err) == RESULT_OK) {
            c->each(c, &items[i].id, c->other);
        } else {
            log_error(c->call.api->log, LOG_ERROR, "overzicht-onleesbaar", &err);
        }
        c->after = items[i].id;
        c->goes_on = true;
    }
    if (!more || count == 0) {
        c->done(c);
    } else if (later(c->call.api->loop, each_page, c, &err) != RESULT_OK) {
        call_fail(&c->call, &err);
    }
}

static void each_page(void *ctx)
{
    struct letters_call *c = ctx;
    store_list(c->call.api->door, STORE_LETTER, c->goes_on ? &c->after : NULL, STORE_LIST_MAX / 5, page_got, c);
}

void letters_each(struct letters_call *c,
                  void (*each)(struct letters_call *c, const struct ident *id, const struct letter *letter),
                  void (*done)(struct letters_call *c))
{
    struct error err;
    c->other = mem_zalloc(sizeof *c->other);
    c->each = each;
    c->done = done;
    if (c->other == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        call_fail(&c->call, &err);
        return;
    }
    each_page(c);
}

/* ---- the list ---- */

static void list_one(struct letters_call *c, const struct ident *id, const struct letter *letter)
{
    struct json_writer *w = &c->writer;
    const bool over = letter_over(letter, &c->call.today);
    if (letter->state != LETTER_DRAFT && !over) {
        return;
    }
    json_begin_object(w, NULL);
    json_put_text(w, "id", ident_text(id).text);
    json_put_text(w, "toestand", letter_state_word(letter->state));
    json_put_text(w, "opgesteld", moment_text(letter->drafted_ms).text);
    json_put_text(w, "door", letter->officer);
    json_put_bool(w, "uitstelVoorbij", over);
    json_end_object(w);
}

static void listed(struct letters_call *c)
{
    json_end_array(&c->writer);
    json_end_object(&c->writer);
    letters_commit(c, RECORD_LOG_READ, "overzichten", SAVE_NOTHING, 200);
}

static void list(struct call *call)
{
    struct letters_call *c = (struct letters_call *)call;
    c->writer = json_writer(&call->body);
    json_begin_object(&c->writer, NULL);
    json_begin_array(&c->writer, "overzichten");
    letters_each(c, list_one, listed);
}

void letters_list(struct http_request *request, void *ctx)
{
    letters_begin(request, ctx, MAY_READ_LOG, list);
}

/* ---- seeing one ---- */

static void tell_read(struct letters_call *c, const char *what)
{
    char text[TEXT_MAX];
    (void)snprintf(text, sizeof text, "overzicht %s: %s", ident_text(&c->id).text, what);
    letters_commit(c, RECORD_LOG_READ, text, SAVE_NOTHING, 200);
}

static void show_made(struct letters_call *c)
{
    letters_write(c);
    tell_read(c, "ingezien");
}

static void text_made(struct letters_call *c)
{
    const struct letter_view view = letters_view(c);
    struct json_writer w = json_writer(&c->call.body);
    letter_write(&view, &w);
    tell_read(c, "brief ingezien");
}

static void withdrawn(struct letters_call *c)
{
    struct error err;
    (void)error_set(&err, FAULT_CONFLICT, "/id", "dit overzicht is ingetrokken");
    letters_refuse(c, &err);
}

static void show_found(struct letters_call *c)
{
    if (c->letter.state == LETTER_WITHDRAWN) {
        withdrawn(c);
    } else {
        letters_make(c, show_made);
    }
}

static void text_found(struct letters_call *c)
{
    if (c->letter.state == LETTER_WITHDRAWN) {
        withdrawn(c);
    } else {
        letters_make(c, text_made);
    }
}

static void see(struct call *call, void (*found)(struct letters_call *c))
{
    struct letters_call *c = (struct letters_call *)call;
    if (!ident_parse(http_request_parameter(call->request), &c->id)) {
        call_refuse_with(call, FAULT_INVALID, "overzichten", "hier hoort het kenmerk van een overzicht");
        return;
    }
    letters_find(c, found);
}

static void show(struct call *call)
{
    see(call, show_found);
}

static void show_text(struct call *call)
{
    see(call, text_found);
}

void letters_show(struct http_request *request, void *ctx)
{
    letters_begin(request, ctx, MAY_READ_LOG, show);
}

void letters_text(struct http_request *request, void *ctx)
{
    letters_begin(request, ctx, MAY_READ_LOG, show_text);
}

void letters_add(struct http_request *request, void *ctx)
{
    letters_begin(request, ctx, MAY_INVESTIGATE, letters_draft);
}

void letters_step(struct http_request *request, void *ctx)
{
    letters_begin(request, ctx, MAY_INVESTIGATE, letters_take_step);
}
