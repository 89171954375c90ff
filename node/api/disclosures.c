/* The months with an index, newest first -> where the person stands in each -> the records, some a turn -> partners. */
#include "api/disclosures.h"

#include <string.h>

#include "api/indexing.h"
#include "api/later.h"
#include "audit/index.h"
#include "base/mem.h"

enum { SLICE_RECORDS = 25 };

struct finding {
    struct call *call;
    const struct fact *fact;
    disclosures_fn *found;
    void *ctx;
    uint64_t leads[LOG_SEARCH_LOOKED];
    size_t lead_count;
    size_t lead_at;
    struct disclosure all[DISCLOSURES_MAX];
    size_t count;
    bool complete;
    bool failed;
    struct error err;
};

static void finish(struct finding *f)
{
    f->found(f->ctx, f->all, f->count, f->complete, f->failed ? &f->err : NULL);
    mem_free(f);
}

static void fail(struct finding *f, const struct error *err)
{
    if (!f->failed) {
        f->failed = true;
        f->err = *err;
    }
}

/* This is read together with the person, or with who speaks for him: what was asked in urgency, and who keeps people
 * hidden, stands in no such list; the officer tells it, when it may be told. */
static bool is_deferred(const struct finding *f, const struct record *r, const struct party *party)
{
    const struct purpose *purpose = covenant_purpose(f->call->covenant, slice_text(r->purpose));
    return (purpose != NULL && purpose->urgent) || (party != NULL && party->central_phone != NULL);
}

static bool is_under(const struct finding *f, const struct record *r)
{
    const struct fact *fact = f->fact;
    const struct party *party = covenant_party(f->call->covenant, &r->peer);
    const bool recipient = fact->recipients.count == 0 ||
                           fact_codes_have(&fact->recipients, slice_text(r->peer.digits)) ||
                           (party != NULL && fact_codes_have(&fact->recipients, slice_text(party->kind)));
    const bool purpose = fact->purposes.count == 0 || fact_codes_have(&fact->purposes, slice_text(r->purpose));
    const bool category = fact->categories == 0 || (fact->categories & r->categories) != 0;
    const bool in_time =
        r->time_ms >= fact->recorded_ms && (fact->state == STATE_GIVEN || r->time_ms <= fact->changed_ms);
    return r->operation == RECORD_ANSWERED && r->outcome == OUTCOME_RELEASED &&
           ident_equal(&r->subject, &f->call->subject) && recipient && purpose && category && in_time &&
           !is_deferred(f, r, party);
}

static void count(struct finding *f, const struct record *r)
{
    size_t i = 0;
    while (i < f->count && (!oin_equal(&f->all[i].partner, &r->peer) || strcmp(f->all[i].purpose, r->purpose) != 0)) {
        i++;
    }
    if (i == DISCLOSURES_MAX) {
        f->complete = false;
        return;
    }
    if (i == f->count) {
        f->all[f->count++] = (struct disclosure){.partner = r->peer};
        memcpy(f->all[i].purpose, r->purpose, sizeof f->all[i].purpose);
    }
    f->all[i].times++;
    f->all[i].last_ms = r->time_ms > f->all[i].last_ms ? r->time_ms : f->all[i].last_ms;
}

static void look_at(void *ctx, const struct store_leaf *leaves, size_t found, const struct error *err)
{
    struct finding *f = ctx;
    struct record record;
    struct error fault;
    if (err != NULL) {
        fail(f, err);
    } else if (found == 1 && audit_read(f->call->api->audit, leaves, &record, NULL, &fault) == RESULT_OK) {
        if (is_under(f, &record)) {
            count(f, &record);
        }
        mem_wipe(&record, sizeof record);
    }
}

static void look(void *ctx)
{
    struct finding *f = ctx;
    struct error err;
    for (size_t i = 0; i < SLICE_RECORDS && !f->failed && f->lead_at < f->lead_count; i++) {
        store_log_read(f->call->api->door, f->leads[f->lead_at++], 1, look_at, f);
    }
    if (f->failed || f->lead_at == f->lead_count) {
        finish(f);
    } else if (later(f->call->api->loop, look, f, &err) != RESULT_OK) {
        fail(f, &err);
        finish(f);
    }
}

static void take_leads(void *ctx, const uint64_t *sequences, size_t found, const struct error *err)
{
    struct finding *f = ctx;
    const size_t room = LOG_SEARCH_LOOKED - f->lead_count;
    if (err != NULL) {
        fail(f, err);
        return;
    }
    f->complete = f->complete && found <= room && found < STORE_LIST_MAX;
    const size_t taken = found <= room ? found : room;
    if (taken != 0) {
        memcpy(f->leads + f->lead_count, sequences, taken * sizeof *sequences);
    }
    f->lead_count += taken;
}

/* Months before the statement hold nothing under it. */
static void search_class(struct finding *f, struct seal_class class)
{
    const struct date first = moment_date(f->fact->recorded_ms);
    const struct record sought = {.subject = f->call->subject};
    struct seal_index_key key;
    uint8_t hash[SEAL_HASH_SIZE];
    struct error err;
    if (class.month < (uint32_t)first.year * 100U + first.month) {
        return;
    }
    if (seal_index_key(f->call->api->keyring, class, &key, &err) != RESULT_OK) {
        if (err.fault != FAULT_NOT_FOUND) { /* destroyed: nothing of it can be found */
            fail(f, &err);
        }
        f->complete = false;
        return;
    }
    seal_index_hash(&key, (uint8_t)INDEX_SUBJECT, index_value(&sought, INDEX_SUBJECT, false), hash);
    store_index_find(f->call->api->door, class, hash, INT64_MAX, STORE_LIST_MAX, take_leads, f);
    mem_wipe(&key, sizeof key);
}

/* What was recorded just now is not in the index yet. */
static void add_newest(void *ctx, const struct merkle_frontier *tree, const struct error *err)
{
    struct finding *f = ctx;
    uint64_t from = indexing_watermark(f->call->api->indexing);
    if (err != NULL) {
        fail(f, err);
        return;
    }
    for (; from < tree->size && f->lead_count < LOG_SEARCH_LOOKED; from++) {
        f->leads[f->lead_count++] = from;
    }
    f->complete = f->complete && from >= tree->size;
}

static void take_classes(void *ctx, const struct seal_class *classes, size_t found, const struct error *err)
{
    struct finding *f = ctx;
    if (err != NULL) {
        fail(f, err);
        finish(f);
        return;
    }
    for (size_t i = 0; i < found && !f->failed; i++) {
        search_class(f, classes[i]);
    }
    store_log_head(f->call->api->door, add_newest, f);
    look(f);
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
    struct finding *f = mem_zalloc(sizeof *f);
    struct error err;
    if (f == NULL) {
        (void)error_set(&err, FAULT_NO_MEMORY, "", "geen geheugen");
        found(ctx, NULL, 0, false, &err);
        return;
    }
    f->call = call;
    f->fact = fact;
    f->found = found;
    f->ctx = ctx;
    f->complete = true;
    store_index_classes(call->api->door, take_classes, f);
}
