/* That there is news: when, how often, and what comes of it. What is new in one stretch of NOTICE_MAIL_MS is told in the next, at
 * a random moment of it: so there is at most one in each, and it does not tell when something happened. */
#include <string.h>

#include "api/notices_parts.h"
#include "base/bytes.h"

#define SENTENCE "Er is nieuws voor u in Ketenbrug."

enum { AGAIN_MS = 60000 /* after the first try, doubling */ };

static const char told_name[] = "postbus-verteld";

static const struct {
    const char *word, *text;
} ways[] = {
    [POST_WEBHOOK] = {"webhook", "{\"bericht\":\"" SENTENCE "\"}"},
    [POST_MAIL] = {"mail", SENTENCE},
};

static bool is_on(const struct notices *notices, enum post_way kind)
{
    const struct notice_settings *s = &notices->settings;
    return kind == POST_WEBHOOK ? s->webhook[0] != '\0'
                                : s->mail_server[0] != '\0' && s->from[0] != '\0' && s->to[0] != '\0';
}

/* ---- one try ---- */

static void posted(struct notices *notices, enum post_way kind, enum post_outcome outcome)
{
    struct notice_way *way = &notices->ways[kind];
    way->under_way = false;
    notices->api->calls--;
    notices->standing.last = post_outcome_slug(outcome);
    if (outcome == POST_SENT) {
        way->due = false;
        notices->standing.sent++;
    } else if (way->tries >= POST_TRIES) {
        way->due = false;
        notices->standing.failed++;
        log_event(notices->api->log, LOG_WARNING, "melding-niet-verstuurd", LOG_TEXT("langs", ways[kind].word),
                  LOG_TEXT("oorzaak", post_outcome_slug(outcome)));
    } else {
        way->next_ms = clock_now(notices->api->clock) + ((int64_t)AGAIN_MS << (way->tries - 1));
    }
}

static void webhook_posted(void *ctx, enum post_outcome outcome, int status)
{
    (void)status;
    posted(ctx, POST_WEBHOOK, outcome);
}

static void mail_posted(void *ctx, enum post_outcome outcome, int status)
{
    (void)status;
    posted(ctx, POST_MAIL, outcome);
}

static void try_way(struct notices *notices, enum post_way kind)
{
    struct notice_way *way = &notices->ways[kind];
    const struct notice_settings *s = &notices->settings;
    const int64_t now = clock_now(notices->api->clock);
    struct error err;
    const struct post_request request = {.kind = kind,
                                         .url = kind == POST_WEBHOOK ? s->webhook : s->mail_server,
                                         .anchors = s->anchors,
                                         .from = s->from,
                                         .to = s->to,
                                         .text = ways[kind].text,
                                         .date_ms = now,
                                         .total_ms = POST_TOTAL_MS};
    way->tries++;
    way->under_way = true;
    notices->api->calls++;
    if (post_send(notices->posts, &request, kind == POST_MAIL ? mail_posted : webhook_posted, notices, &err) !=
        RESULT_OK) {
        log_error(notices->api->log, LOG_ERROR, "melding-niet-verstuurd", &err);
        posted(notices, kind, POST_DOWN);
    }
}

/* True while there is something to bring. */
static bool drive(struct notices *notices)
{
    const int64_t now = clock_now(notices->api->clock);
    bool busy = false;
    for (unsigned k = 0; k < COUNT_OF(notices->ways); k++) {
        struct notice_way *way = &notices->ways[k];
        way->due = way->due && (way->under_way || is_on(notices, (enum post_way)k));
        const bool waits = way->next_ms > now && way->next_ms - now <= NOTICE_MAIL_MS; /* or the clock went back */
        if (way->due && !way->under_way && !waits) {
            try_way(notices, (enum post_way)k);
        }
        busy = busy || way->due;
    }
    return busy;
}

/* ---- the record first ---- */

static void recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    (void)committed;
    struct notices *notices = ctx;
    notices->recording = false;
    notices->api->calls--;
    if (err != NULL) {
        audit_forget_keys(notices->api->audit);
        log_error(notices->api->log, LOG_ERROR, "melding-niet-vastgelegd", err);
        return; /* again at another moment */
    }
    notices->told = notices->telling;
    for (unsigned k = 0; k < COUNT_OF(notices->ways) && !notices->stopping; k++) {
        notices->ways[k] = (struct notice_way){.due = is_on(notices, (enum post_way)k)};
    }
    (void)drive(notices);
}

static void record(struct notices *notices)
{
    struct api *api = notices->api;
    struct error err;
    struct record record = {.operation = RECORD_NOTIFIED, .outcome = OUTCOME_DONE, .age = 255};
    struct store_batch *batch = store_batch_new(api->door);
    const bool hook = is_on(notices, POST_WEBHOOK);
    const bool mail = is_on(notices, POST_MAIL);
    memcpy(record.user, NODE_ACCOUNT_NAME, sizeof NODE_ACCOUNT_NAME);
    memcpy(record.covenant, covenant_digest(api->covenant->covenant)->bytes, sizeof record.covenant);
    notices->due_ms = 0;
    if (batch == NULL) {
        return;
    }
    if (audit_append(api->audit, batch, &record,
                     slice_text(hook && mail ? "webhook en mail"
                                : hook       ? "webhook"
                                             : "mail"),
                     &err) != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(api->audit);
        log_error(api->log, LOG_ERROR, "melding-niet-vastgelegd", &err);
        return;
    }
    notices->telling = notices->all[notices->count - 1].id;
    store_set_value(batch, told_name, slice_of(notices->telling.bytes, IDENT_SIZE));
    notices->recording = true;
    api->calls++;
    store_commit(api->door, batch, recorded, notices);
}

/* ---- when ---- */

static void told_read(void *ctx, struct slice value, const struct error *err)
{
    struct notices *notices = ctx;
    notices->told_known = err == NULL;
    if (err == NULL && value.len == IDENT_SIZE) {
        memcpy(notices->told.bytes, value.ptr, IDENT_SIZE);
    }
}

/* Is there one that nobody read and that came after what was told? When that was swept, so was all before it. */
static bool is_news(const struct notices *notices)
{
    for (size_t i = notices->count; i > 0 && !ident_equal(&notices->all[i - 1].id, &notices->told); i--) {
        if (notices->all[i - 1].read_ms == 0) {
            return true;
        }
    }
    return false;
}

static int64_t moment_of_next(const struct notices *notices, int64_t now)
{
    uint8_t drawn[8];
    notices->api->entropy->fill(notices->api->entropy->ctx, drawn, sizeof drawn);
    return (now / NOTICE_MAIL_MS + 1) * NOTICE_MAIL_MS + (int64_t)(bytes_get_u64(drawn) % NOTICE_MAIL_MS);
}

void notices_tell(struct notices *notices)
{
    const int64_t now = clock_now(notices->api->clock);
    if (!notices->told_known) {
        store_get_value(notices->api->door, told_name, told_read, notices); /* answered at once */
    }
    if (!notices->told_known || !notices->loaded || notices->recording || drive(notices) ||
        !(is_on(notices, POST_WEBHOOK) || is_on(notices, POST_MAIL))) {
        return;
    }
    if (!is_news(notices)) {
        notices->due_ms = 0;
    } else if (notices->due_ms == 0 ||
               notices->due_ms - now > 2 * (int64_t)NOTICE_MAIL_MS) { /* a clock that went back */
        notices->due_ms = moment_of_next(notices, now);
    } else if (now >= notices->due_ms) {
        record(notices);
    }
}
