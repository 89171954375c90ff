/* What a user sees of it: his own, the newest first, page by page. */
#include "api/notices_parts.h"
#include "api/query.h"
#include "base/mem.h"

enum { PAGE = 400, READ_MAX = PAGE /* as many as fit in HTTP_BODY_SMALL */ };

struct reading {
    struct call call;
    struct notice_wait wait;
    void (*next)(struct call *call);
    struct ident ids[READ_MAX];
    size_t count;
    int64_t at_ms;
};

static bool is_own(const struct notice *notice, const struct caller *caller)
{
    return notice->roles != 0 ? (notice->roles & caller->roles) != 0 : strcmp(notice->user, caller->name) == 0;
}

/* ---- list ---- */

static void put_notice(struct json_writer *w, const struct notice *notice)
{
    json_begin_object(w, NULL);
    json_put_text(w, "bericht", ident_text(&notice->id).text);
    json_put_text(w, "soort", notice_kind_word(notice->kind));
    json_put_text(w, "over", ident_text(&notice->ref).text);
    json_put_text(w, "sinds", moment_text(notice->made_ms).text);
    if (notice->read_ms != 0) {
        json_put_text(w, "gelezenOp", moment_text(notice->read_ms).text);
    }
    if (notice->roles != 0) {
        json_begin_array(w, "rollen");
        for (unsigned i = 0; i < ROLE_COUNT; i++) {
            if ((notice->roles & 1U << i) != 0) {
                json_put_text(w, NULL, role_word((enum role)i));
            }
        }
        json_end_array(w);
    }
    json_end_object(w);
}

/* How many stand before it in order of entry; SIZE_MAX: it is not the caller's. */
static size_t place_of(const struct notices *notices, const struct caller *caller, const struct ident *id)
{
    for (size_t i = notices->count; i > 0; i--) {
        if (ident_equal(&notices->all[i - 1].id, id) && is_own(&notices->all[i - 1], caller)) {
            return i - 1;
        }
    }
    return SIZE_MAX;
}

static void put_page(struct call *call, size_t from, bool all)
{
    const struct notices *notices = call->api->notices;
    struct json_writer w = json_writer(&call->body);
    int64_t unread = 0;
    for (size_t i = 0; i < notices->count; i++) {
        unread += notices->all[i].read_ms == 0 && is_own(&notices->all[i], &call->caller);
    }
    json_begin_object(&w, NULL);
    json_put_int(&w, "ongelezen", unread);
    json_begin_array(&w, "berichten");
    const struct notice *last = NULL;
    size_t shown = 0;
    bool more = false;
    for (size_t i = from; i > 0 && !more; i--) {
        const struct notice *one = &notices->all[i - 1];
        if (!is_own(one, &call->caller) || (one->read_ms != 0 && !all)) {
            continue;
        }
        more = shown == PAGE;
        if (!more) {
            put_notice(&w, one);
            last = one;
            shown++;
        }
    }
    json_end_array(&w);
    if (more) {
        json_put_text(&w, "volgende", ident_text(&last->id).text);
    }
    json_end_object(&w);
    call_answer(call, 200);
}

static void list(struct call *call)
{
    const struct notices *notices = call->api->notices;
    const struct slice query = http_request_query(call->request);
    struct ident after;
    struct slice na;
    struct slice which = slice_text("");
    const bool goes_on = query_find(query, "na", &na);
    const bool named = query_find(query, "alle", &which);
    size_t from = notices->count;
    if (goes_on) {
        from = ident_parse(na, &after) ? place_of(notices, &call->caller, &after) : SIZE_MAX;
    }
    if (from == SIZE_MAX) {
        call_refuse_with(call, FAULT_INVALID, "na", "hier hoort wat een vorig antwoord bij volgende noemde");
    } else if (named && !slice_is(which, "ja") && !slice_is(which, "nee")) {
        call_refuse_with(call, FAULT_INVALID, "alle", "toegestaan: ja of nee");
    } else {
        put_page(call, from, slice_is(which, "ja"));
    }
}

/* ---- read ---- */

static const struct json_field read_fields[] = {{"berichten", JSON_ARRAY, true, 1, READ_MAX}};

static bool is_named(const struct reading *r, const struct notice *notice)
{
    for (size_t i = 0; i < r->count; i++) {
        if (ident_equal(&r->ids[i], &notice->id)) {
            return true;
        }
    }
    return false;
}

/* What was written is so in mind too. */
static void keep(struct call *call)
{
    struct reading *r = (struct reading *)call;
    struct notices *notices = call->api->notices;
    for (size_t i = 0; i < notices->count; i++) {
        struct notice *one = &notices->all[i];
        if (one->read_ms == 0 && is_own(one, &call->caller) && is_named(r, one)) {
            one->read_ms = r->at_ms;
            notices->standing.unread--;
        }
    }
}

/* Those not read yet, as read, in one batch; NULL: there are none. */
static enum result mark(struct reading *r, struct store_batch **out, struct error *err)
{
    struct api *api = r->call.api;
    const size_t first = api->notices->sweeping ? api->notices->removing : 0; /* those are going */
    for (size_t i = first; i < api->notices->count; i++) {
        struct notice one = api->notices->all[i];
        if (one.read_ms != 0 || !is_own(&one, &r->call.caller) || !is_named(r, &one)) {
            continue;
        }
        *out = *out != NULL ? *out : store_batch_new(api->door);
        ENSURE(*out != NULL, err, FAULT_NO_MEMORY, "", "geen geheugen");
        one.read_ms = r->at_ms;
        TRY(notice_write(*out, &one, err));
    }
    return RESULT_OK;
}

static void save(struct reading *r)
{
    struct call *call = &r->call;
    struct store_batch *batch = NULL;
    struct error err;
    struct json_writer w = json_writer(&call->body);
    r->at_ms = clock_now(call->api->clock);
    if (mark(r, &batch, &err) != RESULT_OK) {
        call_drop(call, batch);
        call_fail(call, &err);
        return;
    }
    json_begin_object(&w, NULL);
    json_put_int(&w, "gelezen", (int64_t)r->count);
    json_end_object(&w);
    if (batch == NULL) {
        call_answer(call, 200);
    } else {
        call->committed = keep;
        call_commit(call, batch, 200);
    }
}

static void read(struct call *call)
{
    struct reading *r = (struct reading *)call;
    struct fault_list faults = {0};
    struct json *json CLEANUP(json_cleanup) = call_json(call, read_fields, COUNT_OF(read_fields), &faults);
    for (const struct json *one = json_first(json_member(json, "berichten")); one != NULL && faults.count == 0;
         one = json_next(one)) {
        if (!ident_parse(json_text(one), &r->ids[r->count])) {
            fault_list_add(&faults, FAULT_INVALID, "/berichten", "op plaats %zu horen 32 hexadecimale cijfers",
                           r->count + 1);
        } else if (place_of(call->api->notices, &call->caller, &r->ids[r->count]) == SIZE_MAX) {
            fault_list_add(&faults, FAULT_NOT_FOUND, "/berichten",
                           "op plaats %zu: dit bericht staat niet in uw postbus", r->count + 1);
        } else {
            r->count++;
        }
    }
    if (faults.count != 0) {
        struct record record = call_refusal(call);
        call_refuse(call, &record, &faults);
    } else {
        save(r);
    }
}

static void all_in_mind(struct notice_wait *wait, const struct error *err)
{
    struct reading *r = (struct reading *)((char *)wait - offsetof(struct reading, wait));
    if (err != NULL) {
        call_fail(&r->call, err);
    } else if (r->call.request == NULL) {
        call_answer(&r->call, 0); /* the client has gone meanwhile */
    } else {
        r->next(&r->call);
    }
}

static void await(struct call *call)
{
    struct reading *r = (struct reading *)call;
    r->wait.go_on = all_in_mind;
    notices_await(call->api->notices, &r->wait);
}

static void begin(struct http_request *request, void *ctx, void (*next)(struct call *call))
{
    struct reading *r = (struct reading *)call_begin(ctx, request, sizeof *r);
    if (r != NULL) {
        r->next = next;
        call_require(&r->call, 0, await);
    }
}

void notices_list(struct http_request *request, void *ctx)
{
    begin(request, ctx, list);
}

void notices_read(struct http_request *request, void *ctx)
{
    begin(request, ctx, read);
}
