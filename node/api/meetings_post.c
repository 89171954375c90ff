/* What of matches goes to partners: bodies at each try, and what an answer means. */
#include "api/meetings.h"

#include "api/meetings_parts.h"
#include "base/workdays.h"

struct building {
    const struct post *post;
    struct buf body;
    struct error err;
    enum result result;
};

static void event_found(void *ctx, const struct store_found *found, const struct error *failed)
{
    struct building *b = ctx;
    struct thread_event event;
    b->result = RESULT_FAILED;
    if (failed != NULL) {
        b->err = *failed;
    } else if (found->item == NULL) {
        (void)error_set(&b->err, FAULT_NOT_FOUND, "match", "deze gebeurtenis is er niet meer");
    } else if (thread_event_decode(found->item->payload, MEETING_STEP_COUNT, &event, &b->err) == RESULT_OK) {
        struct json_writer w = json_writer(&b->body);
        json_begin_object(&w, NULL);
        json_put_text(&w, "match", ident_text(&b->post->thread).text);
        thread_event_write(&w, "gebeurtenis", &event, meeting_step_word((enum meeting_step)event.step));
        json_end_object(&w);
        b->result = buf_result(&b->body, "match", &b->err);
    }
}

static void build_event(struct api *api, const struct post *post, struct api_covenant *held, post_built_fn *done,
                        void *ctx)
{
    struct building b = {.post = post};
    const struct ident id = meetings_event_id(&post->thread, post->number);
    (void)held;
    buf_init(&b.body, OUTBOX_BODY_MAX);
    store_get(api->door, STORE_MEETING_EVENT, &id, STORE_KIND_COUNT, event_found, &b); /* answered at once */
    done(ctx, buf_slice(&b.body), b.result == RESULT_OK ? NULL : &b.err);
    buf_wipe(&b.body);
}

static void tell_stuck(struct api *api, const struct post *post, int status, struct store_batch *batch,
                       post_written_fn *done, void *ctx)
{
    struct error err;
    const struct notice_to to = {.roles = roles_that_may(MAY_MEET)};
    (void)status;
    const enum result result = notice_put(api, batch, &to, NOTICE_STUCK, &post->thread, post->number, &err);
    done(ctx, result == RESULT_OK ? NULL : &err);
}

/* The other side does not know of the match, and will not: it is over here too. */
static enum result over(struct api *api, const struct post *post, struct store_batch *batch, struct error *err)
{
    struct meeting_row row;
    const struct date today = workdays_dutch_day(clock_now(api->clock));
    TRY(meetings_get(api, &post->thread, &row, err));
    if (row.version == 0 || row.meeting.state == MEETING_CLOSED) { /* the step that was on its way then, is no more */
        const bool was = row.version != 0 && row.meeting.under_way;
        row.meeting.under_way = false;
        return was ? meetings_put(api, batch, &row, err) : RESULT_OK;
    }
    const struct meeting before = row.meeting;
    struct api_covenant *held = api_covenant_with(api, &before.peer);
    meeting_replace(&row.meeting, &today);
    row.meeting.under_way = false;
    TRY(signals_turn_over(api, batch, &before, err));
    TRY(meetings_put(api, batch, &row, err));
    TRY(meetings_record(api, batch, held != NULL ? held->covenant : api->covenant->covenant, RECORD_MATCH_STEP, &row,
                        NULL, "elders onbekend", err));
    return meetings_notice(api, batch, &row, NOTICE_STEP, err);
}

/* An answer without a receipt is the refusal that settled it. */
static void answered(struct api *api, const struct post *post, struct slice answer, struct store_batch *batch,
                     post_written_fn *done, void *ctx)
{
    struct error err;
    struct json *json CLEANUP(json_cleanup) = NULL;
    const bool taken = json_parse(answer, &json, &err) == RESULT_OK && json_text_of(json, "ontvangstbewijs").len != 0;
    const enum result result = taken ? RESULT_OK : over(api, post, batch, &err);
    done(ctx, result == RESULT_OK ? NULL : &err);
}

/* Then its signals go there anew, under another spoor. */
static void settled(struct api *api, const struct post *post)
{
    struct meeting_row row;
    struct error err;
    if (meetings_get(api, &post->thread, &row, &err) == RESULT_OK && row.version != 0 && row.meeting.replaced) {
        cooperation_touched(api, &row.meeting.subject);
    }
}

static enum post_refusal refused(struct api *api, const struct post *post, int status, struct slice answer)
{
    enum { GONE = 410 };
    (void)api;
    (void)post;
    (void)answer;
    return status == GONE ? POST_SETTLED : POST_STICKS;
}

void meetings_register(struct api *api)
{
    static const struct post_kind event = {.build = build_event,
                                           .confirmed = answered,
                                           .stuck = tell_stuck,
                                           .refused = refused,
                                           .settled = settled,
                                           .numbered = true,
                                           .purpose = PURPOSE_SIGNAL};
    static const struct post_kind proposal = {
        .confirmed = answered, .stuck = tell_stuck, .refused = refused, .settled = settled, .purpose = PURPOSE_SIGNAL};
    static const struct post_kind signal_end = {.stuck = tell_stuck, .purpose = PURPOSE_SIGNAL};
    outbox_register(api->outbox, MESSAGE_MEETING_EVENT, &event);
    outbox_register(api->outbox, MESSAGE_MEETING_PROPOSAL, &proposal);
    outbox_register(api->outbox, MESSAGE_SIGNAL_END, &signal_end);
}
