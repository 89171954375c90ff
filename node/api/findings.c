/* Findings at rest: put with their record, found again, and which exceptions are in force. */
#include "api/findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/findings_parts.h"
#include "api/findings_walk.h"
#include "api/notices.h"
#include "base/mem.h"
#include "base/workdays.h"

enum { KEY_TEXT_MAX = 64, TEXT_MAX = 160 };

/* Rule, key and day make it one. */
static struct slice key_of(const struct finding *finding, char text[KEY_TEXT_MAX])
{
    const int len = snprintf(text, KEY_TEXT_MAX, "%u|%016" PRIx64 "|%s", (unsigned)finding->rule, finding->key,
                             date_text(&finding->day).text);
    return slice_of(text, (size_t)len);
}

enum result findings_store(struct store_batch *batch, const struct finding *finding, const struct ident *id,
                           uint64_t version, struct error *err)
{
    char key[KEY_TEXT_MAX];
    struct buf payload;
    buf_init(&payload, STORE_PAYLOAD_MAX);
    finding_encode(finding, &payload);
    const enum result result = buf_result(&payload, "bevinding", err);
    if (result == RESULT_OK) {
        const struct store_write item = {.id = *id,
                                         .keys = {key_of(finding, key)},
                                         .payload = buf_slice(&payload),
                                         .version = version,
                                         .is_new = version == 0};
        store_put(batch, STORE_FINDING, &item);
    }
    buf_free(&payload);
    return result;
}

static enum result record_it(struct api *api, struct store_batch *batch, const struct finding *finding,
                             const struct ident *id, bool grows, struct error *err)
{
    char text[TEXT_MAX];
    struct record record = {.operation = RECORD_FINDING,
                            .outcome = OUTCOME_DONE,
                            .age = 255,
                            .peer = finding->peer,
                            .entries = finding->record_count + finding->more};
    memcpy(record.user, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
    memcpy(record.covenant, covenant_digest(api->covenant->covenant)->bytes, sizeof record.covenant);
    (void)snprintf(text, sizeof text, "%s %s%s", finding_rule_word(finding->rule), ident_text(id).text,
                   grows ? " is gegroeid" : "");
    return audit_append(api->audit, batch, &record, slice_text(text), err);
}

/* Tells who judges findings that there is one. */
static enum result tell(struct api *api, struct store_batch *batch, const struct ident *id, struct error *err)
{
    const struct notice_to to = {.roles = roles_that_may(MAY_INVESTIGATE)};
    return notice_put(api, batch, &to, NOTICE_FINDING, id, 0, err);
}

enum result findings_put_new(struct api *api, struct store_batch *batch, const struct finding *finding,
                             const struct ident *id, struct error *err)
{
    struct findings_seen *seen = &api->findings;
    if (seen->open >= FINDINGS_OPEN_MAX) {
        if (seen->not_kept++ == 0) {
            log_event(api->log, LOG_WARNING, "bevindingen-vol", LOG_NUMBER("open", seen->open));
        }
        return RESULT_OK;
    }
    TRY(findings_store(batch, finding, id, 0, err));
    TRY(record_it(api, batch, finding, id, false, err));
    seen->open++;
    findings_changed(api);
    return RESULT_OK;
}

enum result findings_put(struct api *api, struct store_batch *batch, const struct finding *finding,
                         const struct store_item *there, bool news, struct error *err)
{
    const struct ident id = there != NULL ? there->id : entropy_ident(api->entropy);
    if (news && (there != NULL || api->findings.open < FINDINGS_OPEN_MAX)) { /* past it, it is counted only */
        TRY(tell(api, batch, &id, err));
    }
    if (there == NULL) {
        return findings_put_new(api, batch, finding, &id, err);
    }
    TRY(findings_store(batch, finding, &id, there->version, err));
    TRY(record_it(api, batch, finding, &id, true, err));
    findings_changed(api);
    return RESULT_OK;
}

/* ---- finding one ---- */

struct seeking {
    findings_found *got;
    void *ctx;
};

static void sought(void *ctx, const struct store_found *found, const struct error *err)
{
    struct seeking seeking = *(struct seeking *)ctx;
    struct finding *finding = NULL;
    struct error fault;
    mem_free(ctx);
    if (err == NULL && found->item != NULL) {
        finding = mem_alloc(sizeof *finding);
        if (finding == NULL) {
            (void)error_set(&fault, FAULT_NO_MEMORY, "", "geen geheugen");
            err = &fault;
        } else if (finding_decode(found->item->payload, finding, &fault) != RESULT_OK) {
            err = &fault;
        }
    }
    if (err != NULL) {
        seeking.got(seeking.ctx, NULL, NULL, err);
    } else {
        seeking.got(seeking.ctx, finding, found->item, NULL);
    }
    mem_free(finding);
}

void findings_find(struct api *api, const struct finding *like, findings_found *got, void *ctx)
{
    char key[KEY_TEXT_MAX];
    struct seeking *seeking = mem_zalloc(sizeof *seeking);
    if (seeking == NULL) {
        struct error err;
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        got(ctx, NULL, NULL, &err);
        return;
    }
    *seeking = (struct seeking){got, ctx};
    store_find(api->door, STORE_FINDING, STORE_KEY_A, key_of(like, key), STORE_KIND_COUNT, sought, seeking);
}

/* ---- exceptions ---- */

bool findings_excepted(const struct finding *finding, const struct date *today)
{
    return finding->state == FINDING_CLOSED && date_is_set(&finding->except_until) &&
           date_compare(&finding->except_until, today) >= 0;
}

struct excepting {
    struct findings_walk walk;
    struct date today;
    struct finding *all;
    size_t count, room;
    bool failed;
    void (*got)(void *ctx, const struct finding *all, size_t count, const struct error *err);
    void *ctx;
};

static void see(struct findings_walk *walk, const struct finding *finding, const struct store_item *item)
{
    struct excepting *e = (struct excepting *)walk;
    (void)item;
    if (!findings_excepted(finding, &e->today) || e->count == EXCEPTIONS_MAX || e->failed) {
        return;
    }
    if (e->count == e->room) {
        const size_t room = e->room == 0 ? 4 : e->room * 2;
        struct finding *more = mem_realloc(e->all, room * sizeof *more);
        if (more == NULL) {
            e->failed = true;
            return;
        }
        e->all = more;
        e->room = room;
    }
    e->all[e->count++] = *finding;
}

static void excepted(struct findings_walk *walk, const struct error *err)
{
    struct excepting *e = (struct excepting *)walk;
    struct error fault;
    if (err == NULL && e->failed) {
        (void)error_set(&fault, FAULT_NO_MEMORY, "", "geen geheugen");
        err = &fault;
    }
    e->got(e->ctx, err == NULL ? e->all : NULL, err == NULL ? e->count : 0, err);
    e->walk.api->calls--;
    mem_free(e->all);
    mem_free(e);
}

void findings_exceptions(struct api *api,
                         void (*got)(void *ctx, const struct finding *all, size_t count, const struct error *err),
                         void *ctx)
{
    struct excepting *e = mem_zalloc(sizeof *e);
    if (e == NULL) {
        struct error err;
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        got(ctx, NULL, 0, &err);
        return;
    }
    e->walk.api = api;
    e->walk.see = see;
    e->walk.end = excepted;
    e->today = workdays_dutch_day(clock_now(api->clock));
    e->got = got;
    e->ctx = ctx;
    api->calls++;
    findings_walk(&e->walk);
}
