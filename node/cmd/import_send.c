#include "cmd/import_send.h"

#include <string.h>

#include <uv.h>

#include "base/mem.h"

enum { SLOTS = 2, ROW_ROOM = 8192 };

struct slot {
    struct desk *desk;
    struct buf body;
    struct json_writer writer;
    size_t rows;
    uint64_t keys[IMPORT_BATCH_MAX]; /* digests of the involvements' keys */
    bool busy;
    uv_thread_t thread;
    struct json *answer;
    enum result result;
    struct error err;
};

struct import_send {
    struct import_send_options options;
    struct slot slots[SLOTS];
    size_t filling;
    struct import_counts counts;
    bool reached; /* the first batch was answered: whoever answers, is there */
};

static void begin_batch(const struct import_send *send, struct slot *slot)
{
    buf_clear(&slot->body);
    slot->rows = 0;
    slot->writer = json_writer(&slot->body);
    json_begin_object(&slot->writer, NULL);
    json_put_text(&slot->writer, "bron", send->options.system);
    json_put_text(&slot->writer, "inleesrun", ident_text(&send->options.run).text);
    json_put_bool(&slot->writer, "proef", send->options.trial);
    json_begin_array(&slot->writer, "regels");
}

enum result import_send_open(const struct import_send_options *options, struct import_send **out, struct error *err)
{
    struct import_send *send = mem_zalloc(sizeof *send);
    ENSURE(send != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
    send->options = *options;
    for (size_t i = 0; i < SLOTS; i++) {
        buf_init(&send->slots[i].body, HTTP_BODY_IMPORT);
    }
    for (size_t i = 0; i < SLOTS; i++) {
        if (desk_open(options->args, &send->slots[i].desk, err) != RESULT_OK) {
            import_send_close(send);
            return RESULT_FAILED;
        }
    }
    begin_batch(send, &send->slots[0]);
    *out = send;
    return RESULT_OK;
}

static void deliver(void *ctx)
{
    struct slot *slot = ctx;
    slot->result = desk_call(slot->desk, "POST", "/v1/importen", &slot->body, &slot->answer, &slot->err);
}

static void take_refused(const struct import_send *send, const struct json *list)
{
    for (const struct json *row = json_first(list); row != NULL; row = json_next(row)) {
        const uint64_t line = (uint64_t)json_int(json_member(row, "regel"));
        for (const struct json *f = json_first(json_member(row, "fouten")); f != NULL; f = json_next(f)) {
            send->options.refused(send->options.ctx, line, json_cstr(json_member(f, "waar")),
                                  json_cstr(json_member(f, "wat")));
        }
    }
}

static enum result await(struct import_send *send, struct slot *slot, struct error *err)
{
    if (!slot->busy) {
        return RESULT_OK;
    }
    (void)uv_thread_join(&slot->thread);
    slot->busy = false;
    if (slot->result != RESULT_OK) {
        *err = slot->err;
        return RESULT_FAILED;
    }
    send->reached = true;
    send->counts.fresh += (uint64_t)json_int(json_member(slot->answer, "nieuw"));
    send->counts.changed += (uint64_t)json_int(json_member(slot->answer, "gewijzigd"));
    send->counts.same += (uint64_t)json_int(json_member(slot->answer, "ongewijzigd"));
    take_refused(send, json_member(slot->answer, "afgewezen"));
    json_free(slot->answer);
    slot->answer = NULL;
    return RESULT_OK;
}

static bool share_a_key(const struct slot *a, const struct slot *b)
{
    for (size_t i = 0; i < a->rows; i++) {
        for (size_t j = 0; j < b->rows; j++) {
            if (a->keys[i] == b->keys[j]) {
                return true;
            }
        }
    }
    return false;
}

static enum result start_batch(struct import_send *send, struct error *err)
{
    struct slot *slot = &send->slots[send->filling];
    struct slot *other = &send->slots[(send->filling + 1) % SLOTS];
    json_end_array(&slot->writer);
    json_end_object(&slot->writer);
    TRY(buf_result(&slot->body, "importen", err));
    if (other->busy && share_a_key(slot, other)) {
        TRY(await(send, other, err));
    }
    ENSURE(uv_thread_create(&slot->thread, deliver, slot) == 0, err, FAULT_NO_MEMORY, "", "geen draad te maken");
    slot->busy = true;
    if (!send->reached) {
        /* When no node serves, the first batch starts one; the next must find it. */
        TRY(await(send, slot, err));
    }
    TRY(await(send, other, err));
    send->filling = (send->filling + 1) % SLOTS;
    begin_batch(send, other);
    return RESULT_OK;
}

static uint64_t key_digest(const char *key) /* FNV-1a: a meeting by chance costs a moment's waiting, no more */
{
    uint64_t digest = UINT64_C(14695981039346656037);
    for (; *key != '\0'; key++) {
        digest = (digest ^ (uint8_t)*key) * UINT64_C(1099511628211);
    }
    return digest;
}

enum result import_send_row(struct import_send *send, const struct adapter_row *row, struct error *err)
{
    struct slot *slot = &send->slots[send->filling];
    struct json_writer *w = &slot->writer;
    json_begin_object(w, NULL);
    json_put_int(w, "regel", (int64_t)row->line);
    subject_write(w, "betrokkene", &row->subject);
    involvement_write(w, "betrokkenheid", &row->involvement);
    if (row->household_key[0] != '\0') {
        json_begin_object(w, "huishouden");
        json_put_text(w, "bronsleutel", row->household_key);
        json_put_text(w, "bron", row->household_source);
        json_put_text(w, "datum", date_text(&row->household_recorded).text);
        json_end_object(w);
    }
    json_end_object(w);
    slot->keys[slot->rows++] = key_digest(row->involvement.source_key);
    if (slot->rows == IMPORT_BATCH_MAX || slot->body.len + ROW_ROOM > HTTP_BODY_IMPORT) {
        return start_batch(send, err);
    }
    return RESULT_OK;
}

enum result import_send_finish(struct import_send *send, struct error *err)
{
    if (send->slots[send->filling].rows != 0) {
        TRY(start_batch(send, err));
    }
    for (size_t i = 0; i < SLOTS; i++) {
        TRY(await(send, &send->slots[i], err));
    }
    return RESULT_OK;
}

enum result import_send_end_rest(struct import_send *send, bool many, uint64_t *ended, uint64_t *left,
                                 struct error *err)
{
    struct buf body;
    buf_init(&body, HTTP_BODY_SMALL);
    struct json_writer w = json_writer(&body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "bron", send->options.system);
    json_put_text(&w, "inleesrun", ident_text(&send->options.run).text);
    json_put_bool(&w, "proef", send->options.trial);
    json_put_bool(&w, "veel", many);
    json_end_object(&w);
    enum result result = buf_result(&body, "afsluitingen", err);
    for (bool done = false; result == RESULT_OK && !done;) { /* the node ends a part of it per request */
        struct json *answer CLEANUP(json_cleanup) = NULL;
        result = desk_call(send->slots[0].desk, "POST", "/v1/importen/afsluitingen", &body, &answer, err);
        done = json_bool(json_member(answer, "klaar"));
        *ended = (uint64_t)json_int(json_member(answer, "beeindigd"));
        *left = (uint64_t)json_int(json_member(answer, "ledenVerwijderd"));
    }
    buf_free(&body);
    return result;
}

struct import_counts import_send_counts(const struct import_send *send)
{
    return send->counts;
}

void import_send_close(struct import_send *send)
{
    if (send == NULL) {
        return;
    }
    for (size_t i = SLOTS; i-- > 0;) { /* the first may run the node that the others talk to */
        struct slot *slot = &send->slots[i];
        if (slot->busy) {
            (void)uv_thread_join(&slot->thread);
        }
        json_free(slot->answer);
        desk_close(slot->desk);
        buf_wipe(&slot->body);
    }
    mem_free(send);
}
