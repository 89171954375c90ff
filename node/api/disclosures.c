/* A walk through the log by the person -> partners and purposes, counted. */
#include "api/disclosures.h"

#include <string.h>

#include "api/deferral.h"
#include "api/log_walk.h"
#include "base/mem.h"

struct disclosing {
    struct call *call;
    const struct fact *fact;
    disclosures_fn *found;
    void *ctx;
    struct disclosure all[DISCLOSURES_MAX];
    size_t count;
    bool complete;
};

/* This is read together with the person, or with who speaks for him: what was asked in urgency, and who keeps people
 * hidden, stands in no such list; the officer tells it, when it may be told. */
static bool is_deferred(const struct disclosing *d, const struct record *r)
{
    const struct covenant *covenant = d->call->covenant;
    return deferral_of(covenant, api_self(d->call->api, covenant), r, false) != DEFERRAL_NONE;
}

static bool is_under(const struct disclosing *d, const struct record *r)
{
    const struct fact *fact = d->fact;
    const struct party *party = covenant_party(d->call->covenant, &r->peer);
    const bool recipient = fact->recipients.count == 0 ||
                           fact_codes_have(&fact->recipients, slice_text(r->peer.digits)) ||
                           (party != NULL && fact_codes_have(&fact->recipients, slice_text(party->kind)));
    const bool purpose = fact->purposes.count == 0 || fact_codes_have(&fact->purposes, slice_text(r->purpose));
    const bool category = fact->categories == 0 || (fact->categories & r->categories) != 0;
    return recipient && purpose && category && !is_deferred(d, r);
}

static void count(struct disclosing *d, const struct record *r)
{
    size_t i = 0;
    while (i < d->count && (!oin_equal(&d->all[i].partner, &r->peer) || strcmp(d->all[i].purpose, r->purpose) != 0)) {
        i++;
    }
    if (i == DISCLOSURES_MAX) {
        d->complete = false;
        return;
    }
    if (i == d->count) {
        d->all[d->count++] = (struct disclosure){.partner = r->peer};
        memcpy(d->all[i].purpose, r->purpose, sizeof d->all[i].purpose);
    }
    d->all[i].times++;
    d->all[i].last_ms = r->time_ms > d->all[i].last_ms ? r->time_ms : d->all[i].last_ms;
}

static enum log_walk_go take(void *ctx, const struct store_leaf *leaf, enum log_seal seal, const struct record *record,
                             struct slice text)
{
    struct disclosing *d = ctx;
    (void)leaf;
    (void)seal;
    (void)text;
    if (is_under(d, record)) {
        count(d, record);
    }
    return LOG_WALK_ON;
}

static void walked(void *ctx, const struct log_walk_end *end, const struct error *err)
{
    struct disclosing *d = ctx;
    d->complete = d->complete && err == NULL && !end->more;
    d->found(d->ctx, d->all, d->count, d->complete, err);
    mem_free(d);
}

void disclosures_write(struct json_writer *w, const struct covenant *covenant, const struct disclosure *all,
                       size_t count, bool complete)
{
    json_begin_array(w, "verstrekkingen");
    for (size_t i = 0; i < count; i++) {
        const struct party *party = covenant_party(covenant, &all[i].partner);
        json_begin_object(w, NULL);
        json_put_text(w, "ketenpartner", all[i].partner.digits);
        json_put_text(w, "naam", party != NULL ? party->name : "geen partij meer");
        json_put_text(w, "doel", all[i].purpose);
        json_put_int(w, "aantal", (int64_t)all[i].times);
        json_put_text(w, "laatste", moment_text(all[i].last_ms).text);
        json_end_object(w);
    }
    json_end_array(w);
    json_put_bool(w, "verstrekkingenVolledig", complete);
}

void disclosures_find(struct call *call, const struct fact *fact, disclosures_fn *found, void *ctx)
{
    struct disclosing *d = mem_zalloc(sizeof *d);
    struct error err;
    if (d == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        found(ctx, NULL, 0, false, &err);
        return;
    }
    *d = (struct disclosing){.call = call, .fact = fact, .found = found, .ctx = ctx, .complete = true};
    const struct log_sought sought = {
        .values = {.subject = call->subject, .operation = RECORD_ANSWERED},
        .person = true,
        .outcome = OUTCOME_RELEASED,
        .from_ms = fact->recorded_ms,
        .end_ms = fact->state == STATE_GIVEN ? INT64_MAX : fact->changed_ms + 1,
        .before = UINT64_MAX,
    };
    log_walk(call->api, &sought, LOG_WALK_RECORDS, true, take, walked, d);
}
