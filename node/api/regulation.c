#include "api/regulation.h"

#include <string.h>

#include "api/api.h"
#include "base/bytes.h"
#include "base/mem.h"

static const char value_name[] = "reglement";
enum { VALUE_FIXED = 10, VALUE_MAX = VALUE_FIXED + 2 * REGULATION_VERSION_MAX };
_Static_assert((int)REGULATION_VERSION_MAX >= (int)CODE_MAX, "every version can be accepted");
static const int64_t DAY_MS = 86400000;

static const struct regulation *in_force(const struct api *api)
{
    return covenant_regulation(api->covenant->covenant);
}

/* ---- since when it is in force ---- */

/* Moment (8 bytes), lengths of both versions, and both. */
static struct slice value_write(const struct regulation_known *known, uint8_t to[VALUE_MAX])
{
    const size_t now = strlen(known->version);
    const size_t before = strlen(known->before);
    bytes_put_u64(to, (uint64_t)known->since_ms);
    to[8] = (uint8_t)now;
    to[9] = (uint8_t)before;
    memcpy(to + VALUE_FIXED, known->version, now);
    memcpy(to + VALUE_FIXED + now, known->before, before);
    return slice_of(to, VALUE_FIXED + now + before);
}

static void value_read(struct slice value, struct regulation_known *known)
{
    if (value.len < VALUE_FIXED || value.len != VALUE_FIXED + (size_t)value.ptr[8] + value.ptr[9]) {
        return; /* none yet */
    }
    const struct slice version = slice_of(value.ptr + VALUE_FIXED, value.ptr[8]);
    const struct slice before = slice_of(version.ptr + version.len, value.ptr[9]);
    if (slice_copy_text(version, known->version, sizeof known->version) &&
        slice_copy_text(before, known->before, sizeof known->before)) {
        known->since_ms = (int64_t)bytes_get_u64(value.ptr);
    }
}

static void loaded(void *ctx, struct slice value, const struct error *err)
{
    struct api *api = ctx;
    api->regulation.busy = false;
    if (err == NULL) {
        value_read(value, &api->regulation);
        api->regulation.loaded = true;
    }
}

/* What is to be written, until it is durable. */
struct turning {
    struct api *api;
    struct regulation_known next;
};

static void turned(void *ctx, const struct store_committed *committed, const struct error *err)
{
    (void)committed;
    struct turning *t = ctx;
    struct api *api = t->api;
    api->regulation.busy = false;
    if (err == NULL) {
        api->regulation = t->next;
    } else {
        log_error(api->log, LOG_ERROR, "reglement-niet-onthouden", err);
    }
    api->calls--;
    mem_free(t);
}

static void turn(struct api *api, const char *version)
{
    uint8_t value[VALUE_MAX];
    struct turning *t = mem_zalloc(sizeof *t);
    struct store_batch *batch = store_batch_new(api->door);
    if (t == NULL || batch == NULL) {
        mem_free(t);
        if (batch != NULL) {
            store_batch_free(batch);
        }
        return; /* again in a second */
    }
    t->api = api;
    t->next.loaded = true;
    t->next.since_ms = clock_now(api->clock);
    (void)slice_copy_text(slice_text(version), t->next.version, sizeof t->next.version);
    memcpy(t->next.before, api->regulation.version, sizeof t->next.before);
    store_set_value(batch, value_name, value_write(&t->next, value));
    api->regulation.busy = true;
    api->calls++;
    store_commit(api->door, batch, turned, t);
}

void regulation_look(struct api *api)
{
    struct regulation_known *known = &api->regulation;
    if (known->busy) {
        return;
    }
    if (!known->loaded) {
        known->busy = true;
        store_get_value(api->door, value_name, loaded, api);
    } else if (strcmp(known->version, in_force(api)->version) != 0) {
        turn(api, in_force(api)->version);
    }
}

/* ---- may he consult? ---- */

/* Until when the version that he accepted still does; 0: it does not. */
static int64_t grace_until(const struct api *api, const char *accepted)
{
    const struct regulation *regulation = in_force(api);
    const struct regulation_known *known = &api->regulation;
    const bool is_known = strcmp(known->version, regulation->version) == 0;
    /* A version that was not yet written down came into force just now. */
    const char *before = is_known ? known->before : known->version;
    const int64_t since = is_known ? known->since_ms : clock_now(api->clock);
    return accepted[0] != '\0' && strcmp(accepted, before) == 0 ? since + regulation->days * DAY_MS : 0;
}

enum result regulation_check(const struct call *call, struct error *err)
{
    const struct regulation *regulation = in_force(call->api);
    const char *accepted = call->caller.regulation;
    ENSURE(strcmp(accepted, regulation->version) == 0 || clock_now(call->api->clock) < grace_until(call->api, accepted),
           err, FAULT_FORBIDDEN, "reglement",
           "u hebt het privacyreglement (versie %s) nog niet aanvaard: lees het met `ketenbrug regulation show` en "
           "aanvaard het met `ketenbrug regulation accept`",
           regulation->version);
    return RESULT_OK;
}

/* ---- show ---- */

static void show(struct call *call)
{
    const struct regulation *regulation = in_force(call->api);
    const char *accepted = call->caller.regulation;
    const int64_t until = grace_until(call->api, accepted);
    const bool done = strcmp(accepted, regulation->version) == 0;
    struct json_writer w = json_writer(&call->body);
    json_begin_object(&w, NULL);
    json_put_text(&w, "versie", regulation->version);
    json_put_text(&w, "tekst", regulation->text);
    json_put_bool(&w, "aanvaard", done);
    if (!done && accepted[0] != '\0') {
        json_put_text(&w, "eerderAanvaard", accepted);
    }
    if (!done && until != 0) {
        json_put_text(&w, "uiterlijk", moment_text(until).text);
    }
    json_end_object(&w);
    call_answer(call, 200);
}

/* ---- accept ---- */

static const struct json_field fields[] = {{"versie", JSON_TEXT, true, 1, REGULATION_VERSION_MAX}};

/* The token by which he came: what is stored of him is written anew with it. */
static struct slice token_of(const struct call *call)
{
    const struct slice header = http_request_header(call->request, "authorization");
    const uint8_t *at = header.len != 0 ? memchr(header.ptr, ' ', header.len) : NULL;
    return at != NULL ? slice_of(at + 1, header.len - (size_t)(at + 1 - header.ptr)) : slice_of(NULL, 0);
}

static void save(struct call *call, const struct store_item *item, const struct user *user)
{
    struct error err;
    struct buf payload;
    struct store_batch *batch = NULL;
    struct record record = call_record(call, RECORD_REGULATION);
    record.outcome = OUTCOME_DONE;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    user_encode(user, &payload);
    if (buf_result(&payload, "gebruiker", &err) != RESULT_OK) {
        call_fail(call, &err);
    } else if (call_log(call, &batch, &record, slice_text(user->regulation), &err) != RESULT_OK) {
        call_unlogged(call, &err);
    } else {
        const struct store_write write = {.id = item->id,
                                          .keys = {slice_text(user->name), token_of(call)},
                                          .payload = buf_slice(&payload),
                                          .version = item->version};
        store_put(batch, STORE_USER, &write);
        struct json_writer w = json_writer(&call->body);
        json_begin_object(&w, NULL);
        json_put_text(&w, "versie", user->regulation);
        json_put_text(&w, "aanvaardOp", date_text(&user->accepted).text);
        json_end_object(&w);
        call_commit(call, batch, 201);
    }
    buf_wipe(&payload);
}

static void found(void *ctx, const struct store_found *got, const struct error *failed)
{
    struct call *call = ctx;
    struct user user;
    struct error err;
    if (failed != NULL) {
        call_fail(call, failed);
    } else if (call->request == NULL) {
        call_answer(call, 0); /* the client has gone, and his token with him */
    } else if (got->item == NULL || user_decode(got->item->payload, &user, &err) != RESULT_OK) {
        call_refuse_with(call, FAULT_CONFLICT, "", "uw registratie is zojuist gewijzigd");
    } else {
        (void)slice_copy_text(slice_text(in_force(call->api)->version), user.regulation, sizeof user.regulation);
        user.accepted = call->today;
        save(call, got->item, &user);
    }
}

static void accept(struct call *call)
{
    struct fault_list faults = {0};
    if (call->caller.roles == 0) {
        call_refuse_with(call, FAULT_UNAUTHENTICATED, "", "een reglement aanvaardt een gebruiker zelf: meld u aan");
        return;
    }
    struct json *json CLEANUP(json_cleanup) = call_json(call, fields, COUNT_OF(fields), &faults);
    const struct slice version = json_text_of(json, "versie");
    if (faults.count == 0 && !slice_is(version, in_force(call->api)->version)) {
        fault_list_add(&faults, FAULT_CONFLICT, "/versie", "van kracht is versie %s: lees die eerst",
                       in_force(call->api)->version);
    }
    if (faults.count != 0) {
        struct record record = call_record(call, RECORD_REFUSED);
        call_refuse(call, &record, &faults);
        return;
    }
    store_find(call->api->door, STORE_USER, STORE_KEY_B, token_of(call), STORE_KIND_COUNT, found, call);
}

static void begin(struct http_request *request, void *ctx, void (*next)(struct call *call))
{
    struct call *call = call_begin(ctx, request, sizeof(struct call));
    if (call != NULL) {
        call_require(call, 0, next);
    }
}

void regulation_show(struct http_request *request, void *ctx)
{
    begin(request, ctx, show);
}

void regulation_accept(struct http_request *request, void *ctx)
{
    begin(request, ctx, accept);
}
