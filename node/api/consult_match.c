/* Whose sets and which values are here, and who is in those sets: all of it at home, no partner hears of it. */
#include "api/consult_parts.h"
#include "api/match_values.h"
#include "api/outbox.h"
#include "base/mem.h"

const char *match_outcome_slug(enum match_outcome outcome)
{
    static const char *const slugs[MATCH_OUTCOME_COUNT] = {
#define X(code, slug, text) [code] = slug,
        MATCH_TOLD_TABLE(X)
#undef X
    };
    return slugs[outcome] != NULL ? slugs[outcome] : "";
}

const char *match_outcome_text(enum match_outcome outcome)
{
    static const char *const texts[MATCH_OUTCOME_COUNT] = {
#define X(code, slug, text) [code] = text,
        MATCH_TOLD_TABLE(X)
#undef X
    };
    return texts[outcome] != NULL ? texts[outcome] : "";
}

bool consult_is_held(const struct ask *ask)
{
    const struct consult *c = ask->consult;
    const struct purpose *purpose = covenant_purpose(ask->held->covenant, c->request.purpose);
    return purpose != NULL && !purpose->urgent &&
           outbox_holds(c->call.api->outbox, &ask->partner->oin, &c->request.subjects[ask->subject]);
}

/* ---- what is here ---- */

static enum match_outcome look_for_set(const struct consult *c, const struct party *partner, uint32_t *epoch)
{
    switch (lookups_state(c->call.api->lookups, &partner->oin, c->request.purpose, epoch)) {
    case LOOKUP_READY:
        return MATCH_OPEN;
    case LOOKUP_STALE:
        return MATCH_STALE;
    default:
        return MATCH_NO_SET;
    }
}

static void take_value(struct ask *ask)
{
    const struct match_values *values = ask->consult->values[ask->subject];
    const struct match_value *value = values != NULL ? match_values_find(values, &ask->partner->oin, ask->epoch) : NULL;
    if (value != NULL) {
        ask->value = *value;
        ask->has_value = true;
    }
}

void consult_match_prepare(struct consult *c)
{
    struct api *api = c->call.api;
    for (size_t s = 0; s < c->request.subject_count; s++) {
        c->values[s] = match_values_read(api, &c->request.subjects[s], c->request.purpose);
    }
    for (size_t p = 0; p < c->partner_count; p++) {
        const struct party *partner = c->asks[p].partner;
        uint32_t epoch = 0;
        const enum match_outcome outcome = look_for_set(c, partner, &epoch);
        if (outcome != MATCH_OPEN) {
            log_event(api->log, LOG_WARNING, "ketenpartner-zonder-antwoord", LOG_TEXT("oin", partner->oin.digits),
                      LOG_TEXT("oorzaak", match_outcome_slug(outcome)));
        }
        for (size_t i = p; i < c->ask_count; i += c->partner_count) {
            c->asks[i].match = outcome;
            c->asks[i].epoch = epoch;
            c->asks[i].is_held = consult_is_held(&c->asks[i]);
            take_value(&c->asks[i]);
        }
    }
}

/* ---- the test ---- */

static void test(struct ask *ask)
{
    const struct consult *c = ask->consult;
    struct lookups *lookups = c->call.api->lookups;
    const struct oin *partner = &ask->partner->oin;
    uint32_t epoch = 0;
    const enum match_outcome now = look_for_set(c, ask->partner, &epoch);
    if (now != MATCH_OPEN || epoch != ask->epoch) {
        ask->match = now != MATCH_OPEN ? now : MATCH_TURNED; /* while it was being evaluated */
        return;
    }
    ask->tested = true;
    ask->hit = lookups_test(lookups, partner, c->request.purpose, epoch, ask->value.fingerprint);
    lookups_count(lookups, partner, c->request.purpose, LOOKUP_TESTED);
    if (ask->evaluated) {
        lookups_count(lookups, partner, c->request.purpose, LOOKUP_USED);
    }
    if (ask->hit) {
        lookups_count(lookups, partner, c->request.purpose, LOOKUP_HIT);
    }
}

void consult_match_test(struct consult *c)
{
    c->ended = !consult_matter_stands(c);
    for (size_t i = 0; i < c->ask_count && !c->ended; i++) {
        struct ask *ask = &c->asks[i];
        ask->is_held = consult_is_held(ask);
        if (ask->match == MATCH_OPEN && ask->has_value && !ask->is_held) {
            test(ask);
        }
    }
}

/* ---- what is written of it ---- */

static struct store_batch *record_test(struct consult *c, size_t subject, struct store_batch *batch)
{
    struct error err;
    struct record r = consult_record(c, c->call.covenant, RECORD_TESTED);
    r.bsn = c->request.subjects[subject];
    r.outcome = OUTCOME_DONE;
    for (size_t i = subject * c->partner_count; i < (subject + 1) * c->partner_count; i++) {
        r.inputs += c->asks[i].tested;
        r.entries += c->asks[i].hit;
    }
    /* The reason is kept once, with the first. */
    const struct slice text = subject == 0 ? c->request.reason : slice_of(NULL, 0);
    const enum result result = call_log(&c->call, &batch, &r, text, &err);
    mem_wipe(&r, sizeof r);
    if (result != RESULT_OK) {
        call_unlogged(&c->call, &err);
        return NULL;
    }
    return batch;
}

/* Only what was tested with is kept, and only while what it stands on does. */
static enum result keep_values(struct consult *c, size_t subject, struct store_batch *batch, struct error *err)
{
    struct api *api = c->call.api;
    struct match_values *values = c->values[subject];
    struct match_stand matter = {.is_order = c->request.order_number.len != 0};
    const struct slice number = matter.is_order ? c->request.order_number : c->request.report_number;
    for (size_t i = subject * c->partner_count; i < (subject + 1) * c->partner_count; i++) {
        const struct ask *ask = &c->asks[i];
        if (ask->evaluated && ask->tested) {
            TRY(match_values_put(values, &ask->partner->oin, ask->epoch, &ask->value, err));
        }
    }
    if (values->count == 0) {
        return RESULT_OK;
    }
    (void)slice_copy_text(number, matter.number, sizeof matter.number);
    match_values_stand(values, number.len != 0 ? &matter : NULL, clock_now(api->clock),
                       lookups_values_ms(api->lookups));
    return match_values_write(api, values, &c->request.subjects[subject], batch, err);
}

struct store_batch *consult_match_record(struct consult *c, struct store_batch *batch)
{
    struct error err;
    for (size_t s = 0; s < c->request.subject_count; s++) {
        batch = record_test(c, s, batch);
        if (batch == NULL) {
            return NULL;
        }
        if (!c->ended && c->values[s] != NULL && keep_values(c, s, batch, &err) != RESULT_OK) {
            call_drop(&c->call, batch);
            call_fail(&c->call, &err);
            return NULL;
        }
    }
    return batch;
}

void consult_match_free(struct consult *c)
{
    for (size_t s = 0; s < CONSULT_SUBJECTS_MAX; s++) {
        match_values_free(c->values[s]);
    }
}
