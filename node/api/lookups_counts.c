/* What is done with sets, counted, and what stands out in it: for the officer, who sees it in the log. */
#include <inttypes.h>
#include <stdio.h>

#include "api/finding_texts.h"
#include "api/lookups_parts.h"
#include "base/mem.h"
#include "base/workdays.h"

enum finding { FINDING_EMPTY, FINDING_OUTGROWN };

static void recorded(void *ctx, const struct store_committed *committed, const struct error *err)
{
    struct api *api = ctx;
    (void)committed;
    api->calls--;
    if (err != NULL) {
        audit_forget_keys(api->audit);
        log_error(api->log, LOG_ERROR, "vastleggen-mislukt", err);
    }
}

void lookups_record(struct lookup *lookup, enum record_operation operation, enum record_outcome outcome,
                    const char *text)
{
    struct api *api = lookup->lookups->api;
    const struct api_covenant *held = api_covenant_with(api, &lookup->provider);
    const struct covenant *covenant = held != NULL ? held->covenant : api->covenant->covenant;
    const struct purpose *purpose = covenant_purpose(covenant, slice_text(lookup->purpose));
    struct record record = {.operation = operation, .peer = lookup->provider, .outcome = outcome, .age = 255};
    struct error err;
    (void)snprintf(record.purpose, sizeof record.purpose, "%s", lookup->purpose);
    record.class.class = purpose != NULL ? (uint8_t)purpose->retention_class : 0;
    memcpy(record.covenant, covenant_digest(covenant)->bytes, sizeof record.covenant);
    struct store_batch *batch = store_batch_new(api->door);
    enum result result = batch != NULL ? RESULT_OK : error_set(&err, FAULT_NO_MEMORY, "logboek", "geen geheugen");
    if (result == RESULT_OK) {
        result = audit_append(api->audit, batch, &record, slice_text(text), &err);
    }
    if (result != RESULT_OK) {
        store_batch_free(batch);
        audit_forget_keys(api->audit);
        log_error(api->log, LOG_ERROR, "vastleggen-mislukt", &err);
        return;
    }
    api->calls++;
    store_commit(api->door, batch, recorded, api);
}

/* Of one partner, whatever the purpose. */
static bool same_partner(const struct lookups *lookups, size_t at, const struct lookup *lookup)
{
    return oin_equal(&lookups->all[at]->provider, &lookup->provider);
}

/* Once for a partner and day. */
static void tell(struct lookup *lookup, enum finding finding, const char *text)
{
    const struct lookups *lookups = lookup->lookups;
    const struct date today = workdays_dutch_day(clock_now(lookups->api->clock));
    for (size_t i = 0; i < lookups->count; i++) {
        if (same_partner(lookups, i, lookup) && date_compare(&lookups->all[i]->told[finding], &today) == 0) {
            return;
        }
    }
    lookup->told[finding] = today;
    log_event(lookups->api->log, LOG_WARNING, "koppeling-opvallend", LOG_TEXT("oin", lookup->provider.digits),
              LOG_TEXT("melding", text));
    lookups_record(lookup, RECORD_MATCH_FINDING, OUTCOME_DONE, text);
}

static void look_at_empties(struct lookup *lookup)
{
    const struct lookups *lookups = lookup->lookups;
    char text[200];
    uint64_t hits = 0;
    uint64_t empties = 0;
    for (size_t i = 0; i < lookups->count; i++) {
        if (same_partner(lookups, i, lookup)) {
            hits += lookups->all[i]->hits;
            empties += lookups->all[i]->empties;
        }
    }
    if (hits >= MATCH_EMPTY_MIN && empties * 100 > hits * MATCH_EMPTY_PERCENT) {
        (void)snprintf(text, sizeof text, FINDING_TEXT_EMPTY, hits, empties);
        tell(lookup, FINDING_EMPTY, text);
    }
}

void lookups_count(struct lookups *lookups, const struct oin *provider, struct slice purpose, enum lookup_count what)
{
    struct lookup *lookup = lookups_find(lookups, provider, purpose);
    if (lookup == NULL) {
        return;
    }
    lookup->counts[what]++;
    /* For so long by the own clock: a partner who turns his epoch does not begin with a clean slate. */
    const int64_t now_ms = clock_now(lookups->api->clock);
    if (now_ms - lookup->counted_ms > lookups->times.values_ms || now_ms < lookup->counted_ms - CLOCK_BACK_MAX_MS) {
        lookup->counted_ms = now_ms;
        lookup->hits = 0;
        lookup->empties = 0;
    }
    if (slice_is(purpose, PURPOSE_SIGNAL)) { /* who is in a set by a signal alone is told of to no question */
        return;
    }
    lookup->hits += what == LOOKUP_ANSWERED;
    lookup->empties += what == LOOKUP_EMPTY;
    if (what == LOOKUP_EMPTY) {
        look_at_empties(lookup);
    }
}

/* A class is doubled when the people in it come to three quarters of it. */
void lookups_look_at(struct lookup *lookup, const struct party *partner)
{
    const uint32_t class = lookup->set != NULL ? held_set_header(lookup->set)->class : 0;
    char text[200];
    if (partner->clients > 0 && class > SET_CLASS_MIN && class / 8 * 3 >= (uint32_t)partner->clients) {
        (void)snprintf(text, sizeof text, FINDING_TEXT_OUTGROWN, class, class / 8 * 3, partner->clients);
        tell(lookup, FINDING_OUTGROWN, text);
    }
}

void lookups_tell_anew(struct lookup *lookup, const struct error *why)
{
    char text[FAULT_WHERE_MAX + FAULT_WHAT_MAX + 100];
    (void)snprintf(text, sizeof text, FINDING_TEXT_ANEW "%s: %s", why->where, why->what);
    log_event(lookup->lookups->api->log, LOG_WARNING, "koppeling-opvallend", LOG_TEXT("oin", lookup->provider.digits),
              LOG_TEXT("melding", text));
    lookups_record(lookup, RECORD_MATCH_FINDING, OUTCOME_DONE, text);
}
